"""`phasecall evaluate`: how good a model is, each figure with its track, n, interval and baselines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall import notation
from phasecall.cli import messages, options, reading

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_EPILOG = """\b
Examples:
  phasecall evaluate                                       the default network and others beside it
  phasecall evaluate --model reference                     the published network on its nine points
  phasecall evaluate --track cdc15-9 -o evaluation
  phasecall evaluate --model run/model.onnx --json
  phasecall evaluate --model run/model.onnx --data course.csv --labels phases.csv
  phasecall evaluate --data course.csv --labels phases.csv --scheme five
"""


@click.command("evaluate", epilog=_EPILOG)
@options.network
@click.option(
    "--track",
    "tracks",
    multiple=True,
    metavar="NAME",
    help="A built-in track (`phasecall benchmark --list`). If not given, simulated, cdc15-9 and cdc15-23; of"
    " a network of nine points those of its scheme that have nine.",
)
@options.data
@options.labels
@options.sync
@options.scheme
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write metrics.json and figures/."
)
@options.seed
@options.as_json
@reading.options
def command(tracks: tuple[str, ...], output: Path | None, seed: int, as_json: bool, **what: Any) -> None:
    """Judge a model on the benchmark's tracks, or on your own labelled time course.

    Accuracy, macro-F1, precision, recall and F1 a phase, AUC, calibration error, confusion matrix, ROC and
    reliability; intervals are 95 % intervals over the test genes. Beside the model stand the majority class
    and logistic regression, trained on the track's training genes; beside the default network, or another
    that reads any times, the cosinor on the clock, too, and the published network where the track has its
    nine points. A method that cannot answer on a track is left out.

    With --data and --labels the genes of fold 0 judge, and the others train the plain methods and tie the
    clock to the cell cycle.
    """
    from phasecall import benchmark
    from phasecall.errors import find_row

    options.require_both(what["data"], what["labels"])
    if output is not None:
        options.require_folder(output)
    about_own = what["scheme"] or what["sync"] or reading.is_asked(what["reading"])
    if about_own and what["data"] is None:
        raise click.UsageError(
            "--scheme, --sync and how to read a file are about your own --data; a track has its own."
        )
    model = options.open_model(what["model"])
    if what["data"] is not None:
        if tracks:
            raise click.UsageError("--track names a built-in track; with --data your own data are the track.")
        course = reading.read_one(what["data"], what["sync"], what["reading"])
        messages.show_notes(course.notes)
        chosen = [options.own_track(course, what["labels"], what["scheme"] or model.card.scheme)]
    elif tracks:
        chosen = [find_row(benchmark.TRACKS, key, "track") for key in tracks]
    else:
        chosen = benchmark.tracks_of(model.card.scheme)
    rows = benchmark.evaluate(model, chosen, seed=seed)
    summary = benchmark.summarise_run(model, command=options.command_line(), seed=seed, rows=rows)
    if output is not None:
        from phasecall.figures import draw_all

        write_evaluation(summary, output, draw_all(evaluation=summary))
        messages.say(f"wrote {output}/metrics.json and {output}/figures")
    if as_json:
        messages.show_json(summary)
    else:
        show_tracks(summary)
        show_phases(summary)


def show_tracks(summary: dict[str, Any]) -> None:
    """Write a table a track to stdout, and how to read them."""
    header = ("method", "accuracy %", "macro-F1 %", "AUC of the worst phase", "ECE", "ECE if perfect")
    tracks = {row["track"]: row for row in summary["tracks"]}
    for place, (key, first) in enumerate(tracks.items()):
        click.echo("\n" * (place > 0) + f"{key}: {first['title']}, {first['n_test']} test genes\n")
        messages.show_table(header, (_cells(row) for row in summary["tracks"] if row["track"] == key))
        if notation.list_best(first):
            _say(f"best possible accuracy %, expected / on these genes: {notation.format_best(first)}")
        _say(first["what"])
    if tracks:
        _say(notation.EXPLANATIONS["intervals"])
        _say(notation.EXPLANATIONS["calibrated"])
    if any(map(notation.list_best, tracks.values())):
        _say(f"Best possible: {notation.EXPLANATIONS['best']}")


def show_phases(summary: dict[str, Any]) -> None:
    """Write precision, recall, F1 and area of each phase to stdout, for the model on each track."""
    from phasecall.figures.evaluation import judged

    rows = [
        (
            row["track"],
            phase["name"],
            str(phase["support"]),
            _percent(phase["precision"], phase["precision_ci"]),
            _percent(phase["recall"], phase["recall_ci"]),
            notation.format_number(100 * phase["f1"], 1),
            notation.format_estimate(row["auc"][phase["phase"]], row["auc_ci"][phase["phase"]]),
        )
        for row in judged(summary)
        for phase in row["per_phase"]
    ]
    names = dict.fromkeys(row["method_title"] for row in judged(summary))
    click.echo(f"\n{', '.join(names)}, phase by phase\n")
    messages.show_table(("track", "phase", "n", "precision %", "recall %", "F1 %", "AUC"), rows)


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


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["method_title"],
        _percent(row["accuracy"], row["accuracy_ci"]),
        _percent(row["macro_f1"], row["macro_f1_ci"]),
        notation.format_worst_area(row),
        notation.format_number(row["ece"]),
        notation.format_span(row["ece_calibrated"]),
    )


def _percent(value: float, interval: list[float] | None) -> str:
    return notation.format_estimate(value, interval, 1, scale=100)


def _say(text: str) -> None:
    click.echo(f"\n{click.wrap_text(text, 110)}")
