"""`phasecall benchmark`: every method, ours and others', on the same genes of every track, in one run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import messages, options

if TYPE_CHECKING:
    from phasecall.benchmark.cells import Cell
    from phasecall.benchmark.runner import Step
    from phasecall.benchmark.tracks import Track
    from phasecall.methods import Method

_EPILOG = """\b
Examples:
  phasecall benchmark --quick                          a minute: embedded data, fast methods, two folds
  phasecall benchmark --list                           what there is
  phasecall benchmark --track cdc15-9 --method logistic --method svm -o mine
  phasecall benchmark --track transfer --jobs 2
  phasecall benchmark --jobs 2 -o full                 everything: hours, and it goes on where it was cut off
"""


@click.command("benchmark", epilog=_EPILOG)
@click.option(
    "--track", "tracks", multiple=True, metavar="NAME", help="A track or a group of them; else all."
)
@click.option("--method", "methods", multiple=True, metavar="NAME", help="A method; all if not given.")
@click.option("--quick", is_flag=True, help="Embedded data, fast methods and two folds only.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("phasecall-benchmark"),
    show_default=True,
    metavar="DIR",
    help="Folder for tracks.tsv, tracks.md, benchmark.html, benchmark.json, figures/ and cells/.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes, a core each."
)
@click.option("--restart", is_flag=True, help="Do not use what an earlier run left in the folder.")
@click.option("--list", "listed", is_flag=True, help="Show tracks, groups and methods, and stop.")
@options.seed
@options.as_json
def command(output: Path, listed: bool, as_json: bool, **what: Any) -> None:
    """Judge every method on the same genes of every track, with intervals, paired tests, time and size.

    Finished cells (one method in one fold of one track) are kept in DIR/cells: a run that was cut off goes
    on where it was, and a cell is made anew where data, folds, code, versions or the seed have changed.
    What a method refuses, what is skipped and what breaks is in the tables, with the reason.
    """
    from phasecall.benchmark import runner
    from phasecall.benchmark.groups import QUICK_PARTS

    if listed:
        _show_list(as_json=as_json)
        return
    options.require_folder(output)
    chosen = _choose_tracks(what["tracks"], quick=what["quick"])
    methods = _choose_methods(what["methods"], quick=what["quick"])
    parts = QUICK_PARTS if what["quick"] else None
    steps = runner.plan(chosen, methods, parts=parts, named=what["methods"])
    settings = {"seed": what["seed"], "jobs": what["jobs"], "restart": what["restart"]}
    with messages.progress(len(steps)) as show:
        cells = runner.run(
            steps, output / "cells", tell=lambda cell: show(f"{cell.track} {cell.method}"), **settings
        )
    summary = _write(cells, steps, output, seed=what["seed"])
    if as_json:
        messages.show_json(summary)
    else:
        _show(summary)
    _show_failed(cells)
    messages.say(f"wrote {output}/tracks.tsv, tracks.md, benchmark.html, benchmark.json and figures/")


def _choose_tracks(names: Sequence[str], *, quick: bool) -> list[Track]:
    """Return the tracks that some names stand for, each once, in the order of the table."""
    from phasecall.benchmark.groups import GROUPS, QUICK_TRACKS
    from phasecall.benchmark.tracks import TRACKS
    from phasecall.errors import find_row

    alone = {key: (key,) for key in TRACKS}
    wanted = {
        key for name in names for key in find_row({**alone, **GROUPS}, name, "track or group of tracks")
    }
    wanted = wanted or set(QUICK_TRACKS if quick else TRACKS)
    return [track for key, track in TRACKS.items() if key in wanted]


def _choose_methods(names: Sequence[str], *, quick: bool) -> list[Method]:
    from phasecall.errors import find_row
    from phasecall.methods import METHODS

    if names:
        return [find_row(METHODS, name, "method") for name in dict.fromkeys(names)]
    return [method for method in METHODS.values() if not (quick and method.slow)]


def _write(cells: Sequence[Cell], steps: Sequence[Step], folder: Path, *, seed: int) -> dict[str, Any]:
    """Write the tables, the page and the figures, and return the summary that they are made of."""
    import json

    from phasecall import figures
    from phasecall.benchmark import outcomes, summarise_benchmark
    from phasecall.io import atomic
    from phasecall.report import standings

    gathered = outcomes.gather(cells, {step.track.key: step.track for step in steps})
    methods = {step.method.key: step.method for step in steps}
    summary = summarise_benchmark(gathered, methods.values(), command=options.command_line(), seed=seed)
    outcomes.write_rows(outcomes.tabulate(gathered), folder / "tracks.tsv")
    drawn = figures.draw_all(benchmark=summary)
    texts = {
        "benchmark.json": json.dumps(summary, indent=1),
        "tracks.md": standings.write_markdown(summary),
        "benchmark.html": standings.render_standings(summary, drawn),
    }
    for name, text in texts.items():
        with atomic(folder / name) as file:
            file.write(text)
    (folder / "figures").mkdir(exist_ok=True)
    for key, figure in drawn.items():
        figures.save(figure, folder / "figures" / key, ("svg",))
    return summary


def _show(summary: dict[str, Any]) -> None:
    """Write a table a track to stdout."""
    from phasecall.report.standings import format_standing

    for place, track in enumerate(summary["tracks"]):
        click.echo("\n" * (place > 0) + f"{track['track']}: {track['title']}\n")
        header = ("method", f"{track['metric']} %", "genes", "seconds to fit", "note")
        messages.show_table(header, (format_standing(row) for row in track["rows"]))
        click.echo(f"\n{click.wrap_text(track['what'], 110)}")


def _show_failed(cells: Sequence[Cell]) -> None:
    """Say on stderr what broke."""
    failed = [cell for cell in cells if cell.status == "failed"]
    if failed:
        first = failed[0]
        where = f"{first.method} on {first.track}, part {first.part}"
        messages.say(f"note: {len(failed)} of {len(cells)} cells failed; first, {where}: {first.reason}")


def _show_list(*, as_json: bool) -> None:
    """Write what there is to stdout."""
    from phasecall.benchmark.groups import GROUPS
    from phasecall.benchmark.tracks import TRACKS
    from phasecall.methods import METHODS

    found: dict[str, dict[str, str]] = {
        "tracks": {track.key: track.what for track in TRACKS.values()},
        "groups": {name: ", ".join(keys) for name, keys in GROUPS.items()},
        "methods": {method.key: f"{method.title}. {method.summary}" for method in METHODS.values()},
    }
    if as_json:
        messages.show_json(found)
        return
    formatter = click.HelpFormatter(width=110)
    for title, rows in found.items():
        with formatter.section(title.capitalize()):
            formatter.write_dl(list(rows.items()))
    click.echo(formatter.getvalue(), nl=False)
