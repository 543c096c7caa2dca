"""`phasecall evaluate`: how good a model is, each figure with its track, n, interval and baselines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import messages, options

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_EPILOG = """\b
Examples:
  phasecall evaluate                                       the shipped model, both tracks
  phasecall evaluate --track cdc15-9 -o evaluation
  phasecall evaluate --model run/model.onnx --json
  phasecall evaluate --model run/model.onnx --data course.csv --labels phases.csv
"""


@click.command("evaluate", epilog=_EPILOG)
@options.model
@click.option(
    "--track", "tracks", multiple=True, metavar="NAME", help="simulated or cdc15-9; both if not given."
)
@options.data
@options.labels
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write metrics.json and figures/."
)
@options.seed
@options.as_json
def command(tracks: tuple[str, ...], output: Path | None, seed: int, as_json: bool, **what: Any) -> None:
    """Judge a model on the benchmark's tracks, or on your own labelled time course.

    Accuracy, macro-F1, precision, recall and F1 a phase, AUC, calibration error, confusion matrix, ROC and
    reliability; intervals are 95 % bootstrap intervals over genes. The majority class and logistic
    regression, trained on the track's training genes, stand beside the model. With --data and --labels the
    genes of fold 0 judge, and the others train the plain methods.
    """
    from phasecall import benchmark
    from phasecall.errors import find_row

    options.require_both(what["data"], what["labels"])
    model = options.open_model(what["model"])
    if what["data"] is not None:
        chosen = [options.own_track(what["data"], what["labels"], model.card.scheme)]
    else:
        chosen = [find_row(benchmark.TRACKS, key, "track") for key in tracks or benchmark.TRACKS]
    rows = benchmark.evaluate(model, chosen, seed=seed)
    summary = benchmark.summarise_run(model, command="phasecall evaluate", seed=seed, rows=rows)
    if output is not None:
        from phasecall.figures import draw_all

        write_evaluation(summary, output, draw_all(evaluation=summary))
        messages.say(f"wrote {output}/metrics.json and {output}/figures")
    if as_json:
        messages.show_json(summary)
    else:
        show_tracks(summary)


def show_tracks(summary: dict[str, Any]) -> None:
    """Write the tracks' table to stdout."""
    rows = []
    for row in summary["tracks"]:
        areas = [area for area in row["auc"].values() if area is not None]
        rows.append(
            (
                row["track"],
                row["method"],
                str(row["n_test"]),
                _percent(row["accuracy"], row["accuracy_ci"]),
                _percent(row["macro_f1"], row["macro_f1_ci"]),
                f"{min(areas):.3f}" if areas else "",
                f"{row['ece']:.3f}",
                f"{100 * row['bayes_optimal']:.2f}" if row["bayes_optimal"] else "",
            )
        )
    header = ("track", "method", "n", "accuracy %", "macro-F1 %", "least AUC", "ECE", "Bayes-optimal %")
    messages.show_table(header, rows)
    for what in dict.fromkeys(f"{row['track']}: {row['what']}" for row in summary["tracks"]):
        click.echo(f"\n{what}")


def write_evaluation(summary: dict[str, Any], folder: Path, drawn: dict[str, Figure]) -> None:
    """Write metrics.json and figures into a folder."""
    import json

    from phasecall import figures
    from phasecall.io import atomic

    (folder / "figures").mkdir(parents=True, exist_ok=True)
    with atomic(folder / "metrics.json", "w") as file:
        json.dump(summary, file, indent=1)
    for key, figure in drawn.items():
        figures.save(figure, folder / "figures" / key)


def _percent(value: float, interval: list[float]) -> str:
    low, high = interval
    return f"{100 * value:.2f} ({100 * low:.1f}-{100 * high:.1f})"
