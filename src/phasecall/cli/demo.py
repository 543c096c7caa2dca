"""`phasecall demo`: the main job on embedded real data."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from phasecall.cli import messages, options
from phasecall.cli.evaluate import show_tracks, write_evaluation

_EPILOG = """\b
Examples:
  phasecall demo
  phasecall demo -o my-demo
  phasecall demo --json
"""


@click.command("demo", epilog=_EPILOG)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("phasecall-demo"),
    show_default=True,
    metavar="DIR",
    help="Folder for calls.tsv, metrics.json, report.html and figures/.",
)
@options.as_json
def command(output: Path, as_json: bool) -> None:
    """Run the main job on the embedded real data, without network access or training.

    Loads the cdc15 time course of Spellman et al. 1998, calls the phase of every gene with the default
    network, and recreates the test split to show how good that is: on the simulated cultures of the published
    protocol and, told apart, on real genes, with the published network and plain methods beside it.
    """
    from phasecall import benchmark, caller, datasets, figures, io, qc, report

    options.require_folder(output)
    start = time.perf_counter()
    model = options.open_model(None)
    course = datasets.load("cdc15-4381")
    calls = caller.call(course, model=model)
    summary = benchmark.summarise_run(
        model,
        command="phasecall demo",
        seed=0,
        rows=benchmark.evaluate(model, benchmark.tracks_of(model.card.scheme)),
        answer=(calls, qc.examine(course)),
        speed=benchmark.measure_speed(model),
    )
    drawn = figures.draw_all(evaluation=summary, calls=(calls, course))
    write_evaluation(summary, output, drawn)
    io.write(calls, output / "calls.tsv")
    with io.atomic(output / "report.html", "w") as file:
        file.write(report.render(summary, calls, course, figures=drawn))
    if as_json:
        messages.show_json(summary)
        return
    _show(summary)
    click.echo(
        f"\n{output}: calls.tsv, metrics.json, report.html, figures/  ({time.perf_counter() - start:.1f} s)"
    )


def _show(summary: dict[str, Any]) -> None:
    show_tracks(summary)
    model, speed, calls = summary["model"], summary["speed"], summary["calls"]
    lines = (
        f"model: {model['name']}, {model['parameters']:,} parameters, {model['bytes']:,} bytes,"
        f" SHA-256 {model['sha256'][:12]}",
        f"speed: {speed['us_per_gene_batch']:.1f} us a gene of {speed['n_points']} points in a batch of"
        f" {speed['n_batch']:,}; a gene alone {speed['us_single_p50']:.0f} us (median),"
        f" {speed['us_single_p99']:.0f} us (99th percentile)",
        f"calls: {calls['called']} of {calls['n']} genes called; withheld:"
        f" {', '.join(f'{count} {reason}' for reason, count in calls['abstained'].items()) or 'none'}",
        *(f"note:  {note['text']}" for note in summary["notes"]),
    )
    click.echo("\n" + "\n".join(lines))
