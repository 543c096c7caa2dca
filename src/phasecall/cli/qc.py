"""`phasecall qc`: whether an experiment can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import anchors, messages, options, reading

if TYPE_CHECKING:
    from phasecall.qc import Examination

_EPILOG = """\b
Examples:
  phasecall qc course.tsv                       what was found, and what to do
  phasecall qc course.tsv --figure qc.pdf       the same on one page; or .svg, .png
  phasecall qc course.tsv -o findings.tsv       or .csv, .json, .xlsx ...
  phasecall qc course.tsv --correct alternating_batches --corrected better.tsv
  phasecall qc alpha.tsv cdc15.tsv --json
  phasecall qc mine.csv --markers mine.tsv --sync alpha --period 85

Ends with 1 where an experiment fails. What each check means, and where its limit is from: docs/qc.md.
"""

_FAILED = 1


@click.command("qc", epilog=_EPILOG)
@click.argument("sources", metavar="INPUT...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@options.output_table
@options.figure
@click.option(
    "--correct",
    "keys",
    multiple=True,
    metavar="KEY",
    help="Put this finding right in what --corrected writes; `all`, every one that can be.",
)
@click.option(
    "--corrected",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the time course with the findings of --correct put right.",
)
@options.syncs
@anchors.markers
@options.labels
@options.periods
@options.as_json
@reading.options
def command(
    sources: tuple[str, ...],
    output: Path | None,
    figure: Path | None,
    corrected: Path | None,
    as_json: bool,
    **how: Any,
) -> int:
    """Tell whether an experiment can be trusted, and what to do about it.

    INPUT is read as by `phasecall call`; each experiment is looked at alone. Every check ends with ok, warn,
    fail, or unknown where the data cannot tell; the verdict of the experiment is the worst of them. The score
    says how synchronous the culture is, from 0 to 1. What can be put right says so; nothing is, unless asked
    for, and the findings are those of the course as it came.
    """
    from phasecall import caller
    from phasecall.io.tablefile import table_to_json, write_table
    from phasecall.qc import examine, tabulate

    keys = _choose(how["keys"], corrected)
    _require_files(sources, (output, figure, corrected), how)
    syncs = caller.apportion("--sync", how["syncs"], len(sources))
    courses = reading.read_together(sources, syncs, how["reading"])
    periods = caller.apportion("--period", how["periods"], len(courses))
    _require_alone(len(courses), figure, corrected)
    known = anchors.know_all(courses, how["markers"], how["labels"], None)
    made = [
        examine(course, known=genes, period=period)
        for course, genes, period in zip(courses, known, periods, strict=True)
    ]
    if output is not None:
        write_table(tabulate(made), output)
    if figure is not None:
        options.save_figure("qc", made[0], figure)
    if corrected is not None:
        _correct(made[0], keys, corrected)
    if as_json:
        click.echo(table_to_json(tabulate(made)), nl=False)
    else:
        for one in made:
            _show(one)
        messages.show_written(output, figure, corrected, as_json=False)
    return _FAILED if any(one.verdict == "fail" for one in made) else 0


def _show(made: Examination) -> None:
    """Write what was found to stdout, and the notes of the experiment to stderr."""
    from phasecall.qc import CHECKS

    messages.show_notes((*made.course.notes, *made.estimate.notes))
    told = made.seen.synchrony
    span = f"{told.score:.2f} of 1 (95 %: {told.low:.2f} to {told.high:.2f})"
    score = f"synchrony {span}" if told.score == told.score else "synchrony unknown"
    click.echo(f"{made.course.name}: {made.verdict}, {score}\n")
    rows = [
        (
            str(one.verdict),
            CHECKS[one.key].title,
            "; ".join(filter(None, (one.text, ", ".join(one.unnamed), one.advice))),
        )
        for one in made.findings
    ]
    messages.show_table(("verdict", "check", "what was found; what to do"), rows)
    click.echo()


def _choose(keys: tuple[str, ...], corrected: Path | None) -> tuple[str, ...]:
    """Return which findings are to be put right; `all` stays what it is until they are known."""
    from phasecall.errors import find_row
    from phasecall.qc.corrections import CORRECTIONS

    if bool(keys) != (corrected is not None):
        raise click.UsageError("--correct KEY and --corrected FILE go together.")
    for key in keys:
        if key != "all":
            find_row(CORRECTIONS, key, "correction")
    return keys


def _correct(made: Examination, keys: tuple[str, ...], path: Path) -> None:
    """Write the course with findings put right, and say what was done."""
    from phasecall.io.coursefile import write_course
    from phasecall.qc.corrections import CORRECTIONS, correct

    found = [one.key for one in made.findings if one.verdict in ("warn", "fail")]
    wanted = [key for key in CORRECTIONS if key in found] if "all" in keys else keys
    better, notes = correct(made.course, made.estimate, wanted, made.seen.known)
    if not wanted:
        messages.say("nothing was found that can be put right: the course is written as it came")
    messages.show_notes(notes)
    write_course(better, path)


def _require_files(
    sources: tuple[str, ...], outputs: tuple[Path | None, Path | None, Path | None], how: dict[str, Any]
) -> None:
    """Refuse files that cannot go together or be written."""
    from phasecall.io.coursefile import COURSE_WRITERS
    from phasecall.io.files import require_place
    from phasecall.io.writing import find_writer

    output, figure, corrected = outputs
    _require_alone(len(sources), figure, corrected)
    markers = None if how["markers"] in anchors.ORGANISMS else how["markers"]
    beside = (how["labels"], how["reading"]["samples"], markers and Path(markers))
    options.require_sources(sources, *beside, *outputs)
    options.require_outputs(output, figure, "findings")
    if corrected is not None:
        find_writer(COURSE_WRITERS, corrected, "a time course")
        require_place(corrected)


def _require_alone(n_experiments: int, figure: Path | None, corrected: Path | None) -> None:
    if n_experiments > 1 and (figure is not None or corrected is not None):
        raise click.UsageError("--figure and --corrected are of one experiment: look at one alone.")
