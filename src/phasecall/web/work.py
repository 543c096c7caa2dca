"""Work: what a job does, from the files in its folder to the results in it; the table of kinds of jobs."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from phasecall.errors import InputError, PhasecallError, find_row
from phasecall.web.jobs import Upload
from phasecall.web.limits import require_cells
from phasecall.web.saying import say_file, say_number

if TYPE_CHECKING:
    from phasecall.calls import Calls
    from phasecall.clock import KnownGenes
    from phasecall.io.labelling import LabelTable
    from phasecall.io.request import Reading
    from phasecall.timecourse import TimeCourse

Tell = Callable[[float, str], None]
"""Takes the share of the work that is done, and what is done next."""


@dataclass(frozen=True)
class Options:
    """What can be said of a job: the options of `phasecall call`, under their names.

    Parameters
    ----------
    dataset
        An embedded course to look at, instead of files.
    format, unit, times, genes, sheet, layer, scale, transpose
        As of `phasecall.read`.
    experiment
        Which experiments of a file with several.
    sync, period
        How the culture was synchronised, and minutes of a turn: once for all experiments, or once for each.
    markers
        A key of `phasecall.enquiry.ORGANISMS`.
    scheme
        A key of `phasecall.phases.SCHEMES`.
    """

    dataset: str | None = None
    format: str = "auto"
    experiment: Sequence[str] = ()
    unit: str | None = None
    times: Sequence[float] | None = None
    genes: str | None = None
    sheet: str | None = None
    layer: str | None = None
    scale: str = "auto"
    transpose: bool = False
    sync: Sequence[str | None] = ()
    period: Sequence[float | None] = ()
    markers: str | None = None
    scheme: str | None = None

    def said(self) -> dict[str, Any]:
        """Return what was said, without what is as if nothing were."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        blank = {one.name: one.default for one in fields(self)}
        return {name: value for name, value in given.items() if value != blank[name] and value != []}

    def reading(self) -> Reading:
        """Return what `phasecall.read` takes of it."""
        names = ("format", "unit", "times", "genes", "sheet", "layer", "scale", "transpose")
        return cast("Reading", {name: getattr(self, name) for name in names})


@dataclass(frozen=True)
class Errand:
    """One job as its process sees it.

    Parameters
    ----------
    folder
        Where its files are and its results go.
    options
        What was said of it.
    uploads
        The files.
    cells
        Genes times time points that a file may have.
    tell
        Told how far the work is.
    """

    folder: Path
    options: Options
    uploads: tuple[Upload, ...]
    cells: int
    tell: Tell


@dataclass(frozen=True)
class Kind:
    """A kind of jobs.

    Parameters
    ----------
    key, title
        What code, addresses and people call it.
    formats
        What its result can be had as, the first one made at once.
    perform
        Does the work.
    encode
        Makes another format of what `perform` left in the folder; None where that left all of them.
    """

    key: str
    title: str
    formats: tuple[str, ...]
    perform: Callable[[Errand], None]
    encode: Callable[[Path, str], None] | None = None


def result_in(folder: Path, form: str) -> Path:
    """Return where a result of a format lies in the folder of a job, if it is there."""
    return folder / f"result.{form}"


def command_of(verb: str, options: Options, uploads: Sequence[Upload]) -> str:
    """Return the command that gives the same on a command line; of a data set, two.

    Examples
    --------
    >>> command_of("call", Options(sync=["alpha"]), [Upload("file", "my course.tsv", "upload-0")])
    "phasecall call 'my course.tsv' --sync alpha"
    """
    words = ["phasecall", verb, *map(say_file, _sources(options, uploads))]
    for name, value in options.said().items():
        if name == "dataset":
            continue
        if name == "times":
            words += ["--times", ",".join(map(say_number, value))]
        elif value is True:
            words.append(f"--{name}")
        else:
            each = value if isinstance(value, list | tuple) else [value]
            said = [
                say_number(one) if isinstance(one, float) else str(one) for one in each if one is not None
            ]
            words += [word for one in said for word in (f"--{name}", one)]
    beside = [one for one in uploads if one.field != "file"]
    words += [word for one in beside for word in (f"--{one.field}", say_file(one.label))]
    if options.dataset is None:
        return shlex.join(words)
    first = ["phasecall", "datasets", "export", options.dataset, "-o", f"{options.dataset}.tsv"]
    return f"{shlex.join(first)}; {shlex.join(words)}"


def _sources(options: Options, uploads: Sequence[Upload]) -> list[str]:
    return [one.label for one in uploads if one.field == "file"] or [f"{options.dataset}.tsv"]


@dataclass(frozen=True)
class _Asked:
    """The experiments of a job, and of each what its owner knows."""

    courses: list[TimeCourse]
    known: list[KnownGenes | None]
    periods: list[float | None]


def _read(errand: Errand, scheme: str | None) -> _Asked:
    """Read what a job is about."""
    from phasecall import caller
    from phasecall.enquiry import know_all

    options = errand.options
    errand.tell(0.05, "reading")
    # A sheet of samples is opened by the reader itself: by our name for it, which messages then say.
    with chdir(errand.folder):
        courses = _read_courses(errand)
    for course in courses:
        require_cells(course, errand.cells)
    labels = _read_labels(errand)
    if labels is not None and options.markers is not None:
        raise InputError("markers and labels both tie the clock to turns", fix="give one of them")
    known, notes = know_all(courses, options.markers, labels, scheme)
    courses = [replace(course, notes=(*course.notes, *notes)) for course in courses]
    return _Asked(courses, known, caller.apportion("period", options.period, len(courses)))


def _read_courses(errand: Errand) -> list[TimeCourse]:
    from phasecall import caller, datasets
    from phasecall.caller.fusion import name_apart
    from phasecall.enquiry import choose_together
    from phasecall.io.sources import read_content

    options, files = errand.options, [one for one in errand.uploads if one.field == "file"]
    if not files:
        sync = caller.apportion("sync", options.sync, 1)[0]
        course = datasets.load(str(options.dataset))
        return [course if sync is None else replace(course, sync=sync)]
    samples = next((one.file for one in errand.uploads if one.field == "samples"), None)
    found: list[TimeCourse] = []
    for one, sync in zip(files, caller.apportion("sync", options.sync, len(files)), strict=True):
        how = cast("Reading", {**options.reading(), "sync": sync, "samples": samples})
        held = read_content(Path(one.file).read_bytes(), one.label, **how)
        found += choose_together(held, one.label, options.experiment)
    names = name_apart([course.name for course in found])
    return [replace(course, name=name) for course, name in zip(found, names, strict=True)]


def _read_labels(errand: Errand) -> LabelTable | None:
    from phasecall.io.files import decode
    from phasecall.io.labelling import table_from

    one = next((one for one in errand.uploads if one.field == "labels"), None)
    if one is None:
        return None
    return table_from(decode((errand.folder / one.file).read_bytes(), one.label), one.label)


def _call(errand: Errand) -> tuple[Calls, _Asked]:
    from phasecall import caller
    from phasecall.enquiry import doubt

    options = errand.options
    asked = _read(errand, options.scheme)
    errand.tell(0.2, "calling")
    calls = caller.call(asked.courses, scheme=options.scheme, known=asked.known, period=asked.periods)
    errand.tell(0.7, "looking for doubts")
    sources = _sources(options, errand.uploads)
    doubts = tuple(doubt(asked.courses, asked.known, asked.periods, sources))
    errand.tell(0.85, "writing")
    return replace(calls, notes=(*calls.notes, *doubts)), asked


def _perform_calls(errand: Errand) -> None:
    from phasecall import io
    from phasecall.web.keeping import keep

    calls, asked = _call(errand)
    keep(calls, asked.courses, errand.folder)
    _put(errand.folder, "json", io.to_json(calls).encode())


def _encode_calls(folder: Path, form: str) -> None:
    from phasecall.io.callfile import WRITERS
    from phasecall.io.writing import find_writer
    from phasecall.web.keeping import load_kept

    calls, courses = load_kept(folder)
    writer = find_writer(WRITERS, f"calls.{form}", "calls")
    _put(folder, form, writer.encode(calls, courses[0] if len(courses) == 1 else None))


def _perform_qc(errand: Errand) -> None:
    from phasecall.io.tablefile import TABLE_WRITERS
    from phasecall.qc import examine, tabulate

    asked = _read(errand, None)
    made = []
    pairs = zip(asked.courses, asked.known, asked.periods, strict=True)
    for place, (course, known, period) in enumerate(pairs):
        errand.tell(0.2 + 0.7 * place / len(asked.courses), "examining")
        made.append(examine(course, known=known, period=period))
    table = tabulate(made)
    errand.tell(0.9, "writing")
    for writer in TABLE_WRITERS:
        if writer.key in FINDINGS:
            _put(errand.folder, writer.key, writer.encode(table))


def _perform_report(errand: Errand) -> None:
    from phasecall.qc import examine
    from phasecall.report import compose

    if len([one for one in errand.uploads if one.field == "file"]) > 1:
        raise InputError("a report shows one experiment", fix="ask for one file alone")
    calls, asked = _call(errand)
    if len(asked.courses) > 1:
        raise InputError("a report shows one experiment", fix="choose one by the field experiment")
    made = examine(asked.courses[0], known=asked.known[0], period=asked.periods[0])
    command = f"{command_of('call', errand.options, errand.uploads)} --report report.html"
    page = compose(calls, made, command=command, table="the result of the job as calls")
    _put(errand.folder, "html", page.encode())


def _put(folder: Path, form: str, payload: bytes) -> None:
    from phasecall.io.files import atomic

    with atomic(result_in(folder, form), "wb") as file:
        file.write(payload)


CALLS = ("json", "tsv", "csv", "jsonl", "xlsx", "parquet", "feather", "h5ad")
"""Formats of calls: the keys of `phasecall.io.WRITERS`, the one of `--json` first."""
FINDINGS = ("json", "tsv", "csv", "jsonl")
"""Formats of findings: those of `phasecall.io.tablefile` that need no extra."""

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        row.key: row
        for row in (
            Kind("calls", "phase of every gene", CALLS, _perform_calls, _encode_calls),
            Kind("qc", "whether the experiment can be trusted", FINDINGS, _perform_qc),
            Kind("reports", "the report as one page", ("html",), _perform_report),
        )
    }
)
"""Every kind of jobs, by key."""


def perform(kind: str, errand: Errand, form: str | None) -> None:
    """Do the work of a job, or make another format of what is done.

    Parameters
    ----------
    kind
        A key of `KINDS`.
    errand
        What to do it on.
    form
        A format that was not made at once; None to do the work.

    Raises
    ------
    PhasecallError
        If the files or what was said of them cannot be used.
    """
    row = find_row(KINDS, kind, "kind of jobs")
    if form is None:
        row.perform(errand)
    elif row.encode is None:
        raise PhasecallError(f"there is no result of {kind} as {form}")
    else:
        errand.tell(0.1, f"writing {form}")
        row.encode(errand.folder, form)
