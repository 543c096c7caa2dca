"""`phasecall call`: a time course in, a table of calls out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import anchors, messages, options, reading

if TYPE_CHECKING:
    from phasecall.calls import Calls
    from phasecall.modelfile import ModelFile
    from phasecall.qc import Examination
    from phasecall.timecourse import TimeCourse
    from phasecall.tunedmodel import TunedModel

_EPILOG = """\b
Examples:
  phasecall call course.csv                        the table to the screen
  phasecall call course.csv.gz -o calls.tsv        or .csv, .json, .jsonl, .xlsx, .parquet, .feather, .h5ad
  phasecall call course.tsv -o calls.tsv --report report.html
  phasecall call course.tsv --report report.html --figure landscape
  phasecall call combined.txt --experiment cdc15 --json       one experiment of a file with several
  phasecall call counts.xlsx --sheet raw --samples design.csv  times from a sheet of samples
  phasecall call GSE4987_series_matrix.txt.gz                 times from what GEO says of the samples
  phasecall call alpha.tsv --sync alpha            any times: peaks on the experiment's own clock
  phasecall call mine.csv --markers mine.tsv --period 85
  phasecall call alpha.tsv cdc15.tsv cdc28.tsv -o calls.tsv   several experiments of the same genes, fused
  phasecall call a.csv b.csv --sync alpha --sync cdc15        one --sync each, in their order
  phasecall call course.tsv --style metacycle -o meta2d.csv   the columns of another tool
"""


# The keys of styles.STYLES: the help of this verb needs no NumPy.
STYLES = ("metacycle", "jtk", "discorhythm", "cyclebase", "cosinor")


@click.command("call", epilog=_EPILOG)
@click.argument("sources", metavar="INPUT...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the table here, in the format of its suffix.",
)
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE", help="Write an HTML report, too.")
@click.option(
    "--figure",
    "keys",
    multiple=True,
    metavar="KEY",
    help="Show this figure of the atlas in the report, too; `phasecall explore --help` lists them.",
)
@options.model
@options.syncs
@anchors.markers
@options.labels
@options.periods
@options.scheme
@click.option("--style", type=click.Choice(STYLES), help="Write the columns of another tool (CSV, TSV).")
@options.as_json
@reading.options
def command(
    sources: tuple[str, ...], output: Path | None, report: Path | None, as_json: bool, **how: Any
) -> None:
    """Call the phase in which each gene of a time course, or of several together, peaks.

    INPUT is a table, a gene a row and a time point a column or the other way round: CSV, TSV, Excel, Parquet,
    AnnData, GEO, or that of another tool (docs/formats.md). Times stand in the header (40, 40min, cdc15_40,
    2h ...). Empty cells are missing values. `-` reads standard input.

    Genes are called on the clock of their experiment, at any times: its period is told by all genes, its
    start by known genes (built-in markers of yeast and human) or by the synchronisation. A course of the
    published network's nine points alone, 40 to 120 min by 10, which cannot tell a clock, is called by that
    network. Every gene gets a row; where its phase is withheld, the row says why. Notes name what speaks
    against the experiment at first sight, such as samples in no order; `phasecall qc` looks closely.

    Several INPUTs are experiments of the same genes, each read on its own clock: what they say of a gene is
    fused, and a gene on which they disagree gets no phase. Minutes are on the clock of the first with one.
    """
    from phasecall import caller, io
    from phasecall.enquiry import doubt

    _require_files(sources, output, report, how)
    _require_style(how["style"], output, as_json)
    syncs = caller.apportion("--sync", how["syncs"], len(sources))
    model = caller.open_model(how["model"])
    _require_free(model, how, {"--sync": any(syncs), "--period": bool(how["periods"])})
    courses = reading.read_together(sources, syncs, how["reading"])
    periods = caller.apportion("--period", how["periods"], len(courses))
    _require_alone(len(courses), report, how["style"])
    known = anchors.know_all(courses, how["markers"], how["labels"], how["scheme"])
    calls = caller.call(courses, model=model, scheme=how["scheme"], known=known, period=periods)
    calls = replace(calls, notes=(*calls.notes, *doubt(courses, known, periods, sources)))
    messages.show_notes(calls.notes)
    if how["style"] is not None:
        _write_style(how["style"], calls, courses[0], output)
    elif output is not None:
        io.write(calls, output, course=courses[0] if len(courses) == 1 else None)
    if report is not None:
        from phasecall.qc import examine

        made = examine(courses[0], known=known[0], period=periods[0])
        _write_report(calls, made, model, (report, output), how["keys"])
    if as_json:
        click.echo(io.to_json(calls))
    elif output is None and how["style"] is None:
        click.echo(io.to_text(calls), nl=False)
    messages.say(_count(calls, len(courses)))
    if not as_json:
        messages.show_written(output, report, as_json=False)


def _require_free(model: ModelFile | TunedModel | None, how: dict[str, Any], said: dict[str, bool]) -> None:
    """Refuse what is said of the culture where the model settles it."""
    from phasecall.tunedmodel import TunedModel

    settled = ["--markers", "--labels", "--period"]
    if isinstance(model, TunedModel):
        settled.append("--sync")
    elif model is None or model.card.kind != "grid":
        return
    said = said | {"--markers": bool(how["markers"]), "--labels": bool(how["labels"])}
    if any(said[name] for name in settled):
        raise click.UsageError(f"--model has a clock of its own: {', '.join(settled)} do not go with it.")


def _require_files(
    sources: tuple[str, ...], output: Path | None, report: Path | None, how: dict[str, Any]
) -> None:
    """Refuse files that cannot go together or be written; the same input twice is told by what is in it."""
    from phasecall.io.callfile import require_writable
    from phasecall.io.files import require_place

    _require_alone(len(sources), report, how["style"])
    markers = None if how["markers"] in anchors.ORGANISMS else how["markers"]
    beside = (how["model"], how["labels"], how["reading"]["samples"], markers and Path(markers))
    options.require_sources(sources, *beside, output, report)
    if output is not None:
        require_writable(output)
    if report is not None:
        require_place(report)
    if how["keys"] and report is None:
        raise click.UsageError("--figure shows a figure in the report: say where by --report FILE.")
    if how["keys"]:
        from phasecall.figures import choose_atlas

        choose_atlas(how["keys"])


def _require_alone(n_experiments: int, report: Path | None, style: str | None) -> None:
    """Refuse what shows one experiment only where there are more."""
    if n_experiments > 1 and report is not None:
        raise click.UsageError("--report shows one experiment: call one alone to see its pictures.")
    if n_experiments > 1 and style is not None:
        raise click.UsageError(
            "--style shows one experiment: call one alone to have it in another tool's columns."
        )


def _require_style(style: str | None, output: Path | None, as_json: bool) -> None:
    """Refuse what a table of another tool cannot be."""
    if style is None:
        return
    if as_json:
        raise click.UsageError("--json has the native columns: leave out --style, or have it as CSV or TSV.")
    if output is not None and not str(output).lower().endswith((".csv", ".tsv", ".csv.gz", ".tsv.gz")):
        raise click.UsageError(
            f"--style is written as .csv, .tsv, .csv.gz or .tsv.gz, not as '{output.name}'."
        )


def _write_style(style: str, calls: Calls, course: TimeCourse, output: Path | None) -> None:
    from phasecall import io, styles
    from phasecall.io.callfile import columns_to_text
    from phasecall.io.files import packed

    ending = "" if output is None else str(output).lower()
    delimiter = "," if ending.endswith((".csv", ".csv.gz")) else "\t"
    columns = styles.style_columns(calls, course, style)
    text = columns_to_text(columns, delimiter, styles.STYLES[style].missing)
    if output is None:
        click.echo(text, nl=False)
        return
    with io.atomic(output, "wb") as file:
        file.write(packed(text.encode()) if ending.endswith(".gz") else text.encode())


def _write_report(
    calls: Calls,
    made: Examination,
    model: ModelFile | TunedModel | None,
    files: tuple[Path, Path | None],
    keys: Sequence[str],
) -> None:
    from phasecall import io, modelfile
    from phasecall.report import compose

    report, output = files
    used = model if isinstance(model, modelfile.ModelFile) else None
    table = output.name if output is not None else "the table on the screen"
    page = compose(calls, made, command=options.command_line(), model=used, table=table, keys=keys)
    with io.atomic(report, "w") as file:
        file.write(page)


def _count(calls: Calls, n_experiments: int) -> str:
    """Return how many genes were called, and on how many to look twice."""
    from phasecall import caller

    called, weak = int((~calls.abstained).sum()), int(calls.weak.sum())
    told = f"{called} of {len(calls)} genes called by {calls.method}"
    if weak:
        told += f", {weak} of them with a weak rhythm (periodic_p above {caller.WEAK_RHYTHM_P:g})"
    if n_experiments > 1:
        parted = sum("experiments_disagree" in flags for flags in calls.flags)
        told += f"; the {n_experiments} experiments disagree on {parted}"
    return told
