"""`phasecall embed`: the network's numbers for each gene, a gene's neighbours, and the map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import messages, options, reading

if TYPE_CHECKING:
    from phasecall.io.tablefile import Table
    from phasecall.neighbours import Embedding, Neighbours

_EPILOG = """\b
Examples:
  phasecall embed course.tsv -o genes.tsv           32 numbers a gene; or .csv, .json, .xlsx, .parquet ...
  phasecall embed course.tsv -o genes.h5ad          AnnData of genes: scanpy makes neighbours and clusters
  phasecall embed course.tsv --figure map.svg       the map of genes, coloured by phase
  phasecall embed course.tsv --neighbours CLN2      the ten genes most like one, by ORF or by name
  phasecall embed course.tsv --neighbours YPL256C -n 25 --json
  phasecall embed course.tsv --neighbours CLN2 --figure map.svg   they are ringed and named on the map

What it is worth, and what it is not: docs/embedding.md.
"""


@click.command("embed", epilog=_EPILOG)
@click.argument("source", metavar="INPUT", type=click.Path(allow_dash=True))
@options.output_table
@options.figure
@click.option(
    "--neighbours", "gene", metavar="GENE", help="The genes nearest to one, not all: YPL256C, or CLN2."
)
@click.option("-n", "--number", type=click.IntRange(min=1), help="How many neighbours.  [default: 10]")
@options.network
@options.sync
@options.period
@options.as_json
@reading.options
def command(
    source: str,
    output: Path | None,
    figure: Path | None,
    gene: str | None,
    number: int | None,
    as_json: bool,
    **how: Any,
) -> None:
    """Give the numbers by which the default network tells genes apart, or the genes nearest to one.

    They stand before its last layer, 32 a gene: genes that it takes for alike lie near one another. Numbers
    of two networks, or of other weights, have nothing in common.
    """
    from phasecall.io.callfile import columns_to_text
    from phasecall.io.tablefile import table_to_json, write_table
    from phasecall.neighbours import N_NEAREST, embed, nearest

    if number is not None and gene is None:
        raise click.UsageError("-n says how many --neighbours: name a gene.")
    options.require_distinct(
        None if source == "-" else Path(source), how["model"], how["reading"]["samples"], output, figure
    )
    options.require_outputs(output, figure, "neighbours" if gene else "genes")
    course = reading.read_one(source, how["sync"], how["reading"])
    found = embed(course, model=how["model"], sync=how["sync"], period=how["period"])
    messages.show_notes(found.calls.notes)
    near = None if gene is None else nearest(found, gene, number or N_NEAREST)
    table = _tabulate(found) if near is None else _list_nearest(found, near)
    if output is not None:
        write_table(table, output)
    if figure is not None:
        options.save_figure("map", found if near is None else (found, near), figure)
    if as_json:
        click.echo(table_to_json(table), nl=False)
    elif output is None:
        click.echo(columns_to_text(table.whole()), nl=False)
    messages.say(f"{int(found.read.sum())} of {len(found)} genes read by {found.calls.method}")
    if not as_json:
        messages.show_written(output, figure, as_json=False)


def _tabulate(found: Embedding) -> Table:
    from phasecall.io.tablefile import Table

    return Table("genes", found.columns(), _describe(found), found.vectors)


def _list_nearest(found: Embedding, near: Neighbours) -> Table:
    from phasecall.io.tablefile import Table

    return Table("neighbours", near.columns(), {"neighbours_of": near.gene, **_describe(found)})


def _describe(found: Embedding) -> dict[str, Any]:
    from phasecall.io.heading import describe_notes

    calls = found.calls
    return {
        "method": calls.method,
        "clocks": [dict(clock) for clock in calls.clocks],
        "variance_of_the_map": found.principal[1].tolist(),
        "notes": describe_notes(calls.notes),
    }
