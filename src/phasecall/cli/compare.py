"""`phasecall compare`: two conditions of the same genes in, what differs out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import messages, options, reading

if TYPE_CHECKING:
    from phasecall.comparison import Comparison

_EPILOG = """\b
Examples:
  phasecall compare control.tsv mutant.tsv -o changes.tsv     or .csv, .json, .jsonl, .xlsx, .parquet ...
  phasecall compare control.tsv mutant.tsv --figure changes.svg
  phasecall compare control.tsv mutant.tsv --period 62 --period 85
  phasecall compare a.csv b.csv --sync alpha --sync cdc15     one --sync each, in their order
  phasecall compare combined.txt --experiment alpha --experiment cdc28 --json

What each column means, and how far it can be believed: docs/comparison.md.
"""


@click.command("compare", epilog=_EPILOG)
@click.argument("sources", metavar="A B", nargs=-1, required=True, type=click.Path(allow_dash=True))
@options.output_table
@options.figure
@options.syncs
@options.periods
@options.as_json
@reading.options
def command(
    sources: tuple[str, ...],
    output: Path | None,
    figure: Path | None,
    syncs: tuple[str, ...],
    periods: tuple[float, ...],
    as_json: bool,
    **how: Any,
) -> None:
    """Compare two conditions of the same genes, each on its own clock.

    A and B are two time courses, or one file with two of its experiments (--experiment). A wave is fitted to
    every gene of either: its peak may shift, its amplitude change, its rhythm be gained or lost. What all
    genes share of the difference is removed: it is that of the cultures. Every gene gets a row.
    """
    from phasecall import caller
    from phasecall.comparison import compare, require_compared, tabulate
    from phasecall.io.callfile import columns_to_text
    from phasecall.io.tablefile import table_to_json, write_table

    _require_files(sources, output, figure, how["reading"])
    told = caller.apportion("--sync", syncs, len(sources))
    courses = reading.read_together(sources, told, how["reading"])
    if len(courses) != 2:
        raise click.UsageError(
            f"two conditions are compared, not {len(courses)}: give two files, or two --experiment of one."
        )
    found = compare(courses[0], courses[1], period=caller.apportion("--period", periods, 2))
    messages.show_notes((*courses[0].notes, *courses[1].notes, *found.notes))
    require_compared(found)
    table = tabulate(found)
    if output is not None:
        write_table(table, output)
    if figure is not None:
        options.save_figure("comparison", (found, *courses), figure)
    if as_json:
        click.echo(table_to_json(table), nl=False)
    elif output is None:
        click.echo(columns_to_text(table.whole()), nl=False)
    messages.say(_count(found))
    if not as_json:
        messages.show_written(output, figure, as_json=False)


def _require_files(
    sources: tuple[str, ...], output: Path | None, figure: Path | None, reading: dict[str, Any]
) -> None:
    if len(sources) > 2:
        raise click.UsageError(f"two conditions are compared, not {len(sources)}.")
    options.require_sources(sources, reading["samples"], output, figure)
    options.require_outputs(output, figure, "changes")


def _count(found: Comparison) -> str:
    """Return how many genes there are of each change; of those that are the same, how much that says."""
    counted = {str(change).replace("_", " and "): n for change, n in found.count().items() if n and change}
    if "same" in counted:
        counted[f"same ({found.count_sure()} of them rhythmic in both)"] = counted.pop("same")
    told = ", ".join(f"{n} {change}" for change, n in counted.items())
    missing = sum(map(bool, found.reason))
    return f"{len(found)} genes: {told or 'none compared'}" + (f"; {missing} not compared" if missing else "")
