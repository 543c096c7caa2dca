"""`phasecall call`: a time course in, a table of calls out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import messages, options
from phasecall.errors import InputError

if TYPE_CHECKING:
    from phasecall.clock import KnownGenes
    from phasecall.timecourse import TimeCourse

_EPILOG = """\b
Examples:
  phasecall call course.csv                        the table to the screen
  phasecall call course.csv.gz -o calls.tsv        or .csv, .json, .parquet
  phasecall call course.tsv -o calls.tsv --report report.html
  phasecall call wide.csv --transpose --sync cdc15 --json
  phasecall call alpha.tsv --sync alpha            any times: peaks on the experiment's own clock
  phasecall call mine.csv --markers mine.tsv --period 85
"""


_ORGANISMS = {"yeast": "budding yeast", "human": "human"}


@click.command("call", epilog=_EPILOG)
@click.argument("source", metavar="INPUT", type=click.Path(allow_dash=True))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the table here.")
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE", help="Write an HTML report, too.")
@options.model
@options.sync
@click.option(
    "--markers",
    metavar="NAME|FILE",
    help="Genes that tie the clock to turns: yeast, human, or a file of two columns, gene and turn (0 to 1).",
)
@options.labels
@click.option(
    "--period",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MINUTES",
    help="Length of a cell cycle; estimated from all genes if not given.",
)
@options.scheme
@options.transpose
@options.as_json
def command(source: str, output: Path | None, report: Path | None, as_json: bool, **how: Any) -> None:
    """Call the phase in which each gene of a time course peaks.

    INPUT is a CSV or TSV table, plain or gzip: a gene a row, a time point a column, minutes in the header
    (40, 40min, cdc15_40, 2h ...). Empty cells are missing values. `-` reads standard input.

    The shipped network reads nine points, 40 to 120 min by 10, after a cdc15 release; a course with more
    points is read at these. Any other course, and one with --markers, --labels or --period, is called by the
    peak of each gene's wave on the clock of that experiment: its period is told by all genes, its start by
    known genes (built-in markers of yeast and human) or by the synchronisation. Every gene gets a row; where
    its phase is withheld, the row says why.
    """
    from phasecall import caller, io, modelfile

    given = None if source == "-" else Path(source)
    markers = None if how["markers"] in _ORGANISMS else how["markers"]
    inputs = (given, how["model"], how["labels"], None if markers is None else Path(markers))
    options.require_distinct(*inputs, output, report)
    model = None if how["model"] is None else options.open_model(how["model"])
    if model is not None and model.card.kind == "grid" and (how["markers"] or how["labels"] or how["period"]):
        raise click.UsageError(
            "--model has a clock of its own: --markers, --labels, --period do not go with it."
        )
    course = io.read(source, transpose=how["transpose"], sync=how["sync"])
    known = _know(course, how["markers"], how["labels"], how["scheme"])
    calls = caller.call(course, model=model, scheme=how["scheme"], known=known, period=how["period"])
    messages.show_notes(calls.notes)
    if output is not None:
        io.write(calls, output)
    if report is not None:
        from phasecall.benchmark import summarise_run
        from phasecall.report import render

        network = model or modelfile.shipped()
        # Calls by the clock owe nothing to a network: the page must not show one.
        used = network if calls.method == caller.name_network(network.card) else None
        summary = summarise_run(used, command=options.command_line(), answer=(course, calls))
        table = output.name if output is not None else "the table on the screen"
        with io.atomic(report, "w") as file:
            file.write(render(summary, calls, course, table=table))
    if as_json:
        click.echo(io.to_json(calls))
    elif output is None:
        click.echo(io.to_text(calls), nl=False)
    called, weak = int((~calls.abstained).sum()), int(calls.weak.sum())
    messages.say(
        f"{called} of {len(calls)} genes called"
        + f", {weak} of them with a weak rhythm (periodic_p above {caller.WEAK_RHYTHM_P:g})" * bool(weak)
    )
    if not as_json:
        messages.show_written(output, report, as_json=False)


def _know(
    course: TimeCourse, markers: str | None, labels: Path | None, scheme: str | None
) -> KnownGenes | None:
    """Return the genes that the user knows; None if that was not said."""
    from phasecall import caller, io
    from phasecall.clock import find_markers, know_phases, know_turns
    from phasecall.phases import scheme as find_scheme

    if markers is not None and labels is not None:
        raise click.UsageError("--markers and --labels both tie the clock to turns: give one of them.")
    if labels is not None:
        key = scheme or caller.scheme_of(caller.find_organism(course.genes, course.sync))
        known = know_phases(course.genes, io.read_labels(labels), find_scheme(key))
    elif markers in _ORGANISMS:
        known = find_markers(course.genes, _ORGANISMS[markers])
    elif markers is not None:
        known = know_turns(course.genes, io.read_labels(markers))
    else:
        return None
    if known is None:
        raise InputError(
            "none of the known genes is in the time course",
            expected="gene names as in the time course",
            found=f"genes such as {', '.join(course.genes[:3])}",
            where=str(labels or markers),
        )
    return known
