"""`phasecall call`: a time course in, a table of calls out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from phasecall.cli import messages, options

_EPILOG = """\b
Examples:
  phasecall call course.csv                        the table to the screen
  phasecall call course.csv.gz -o calls.tsv        or .csv, .json, .parquet
  phasecall call course.tsv -o calls.tsv --report report.html
  phasecall call wide.csv --transpose --sync cdc15 --json
"""


@click.command("call", epilog=_EPILOG)
@click.argument("source", metavar="INPUT", type=click.Path(allow_dash=True))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the table here.")
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE", help="Write an HTML report, too.")
@options.model
@options.sync
@options.scheme
@options.transpose
@options.as_json
def command(source: str, output: Path | None, report: Path | None, as_json: bool, **how: Any) -> None:
    """Call the phase in which each gene of a time course peaks.

    INPUT is a CSV or TSV table, plain or gzip: a gene a row, a time point a column, minutes in the header
    (40, 40min, cdc15_40, 2h ...). Empty cells are missing values. `-` reads standard input.

    The shipped network reads nine points, 40 to 120 min by 10, after a cdc15 release; a course with more
    points is read at these. Every gene gets a row; where its phase is withheld, the row says why.
    """
    from phasecall import caller, io

    given = None if source == "-" else Path(source)
    options.require_distinct(given, output, report, how["model"])
    model = options.open_model(how["model"])
    course = io.read(source, transpose=how["transpose"], sync=how["sync"])
    calls = caller.call(course, model=model, scheme=how["scheme"])
    messages.show_notes(calls.notes)
    if output is not None:
        io.write(calls, output)
    if report is not None:
        from phasecall.benchmark import summarise_run
        from phasecall.report import render

        summary = summarise_run(model, command=options.command_line(), answer=(course, calls))
        table = output.name if output is not None else "the table on the screen"
        with io.atomic(report, "w") as file:
            file.write(render(summary, calls, course, table=table))
    if as_json:
        click.echo(io.to_json(calls))
    elif output is None:
        click.echo(io.to_text(calls), nl=False)
    called = ~calls.abstained
    weak = sum("weak_rhythm" in flags for flags, met in zip(calls.flags, called, strict=True) if met)
    messages.say(
        f"{int(called.sum())} of {len(calls)} genes called"
        + f", {weak} of them with a weak rhythm (periodic_p above {caller.WEAK_RHYTHM_P:g})" * bool(weak)
    )
    if not as_json:
        messages.show_written(output, report, as_json=False)
