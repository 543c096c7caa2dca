"""The culture: a question's time course, what is known of it, its calls; each worked out once a process."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phasecall.web.faults import TooLargeError
from phasecall.web.limits import require_cells
from phasecall.web.page.desk.question import Given, Question, say_source

if TYPE_CHECKING:
    from phasecall.calls import Calls
    from phasecall.clock import KnownGenes
    from phasecall.exploration import Exploration
    from phasecall.exploration.waves import Waves
    from phasecall.io.labelling import LabelTable
    from phasecall.qc import Examination
    from phasecall.timecourse import Note, TimeCourse

_MOST_CELLS: list[int] = []
MOST_GENES = 60_000
"""Genes of a table that a browser still shows well."""
_KEPT = 4
"""Answers that a process keeps of each kind: those before a change, and of a course compared."""


def limit_cells(cells: int) -> None:
    """Refuse files of more genes times time points from now on."""
    _MOST_CELLS[:] = [cells]


def list_experiments(question: Question) -> tuple[TimeCourse, ...]:
    """Return every experiment of the file of a question, or its sample set.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    return _read(_of_file(question))


def _of_file(question: Question) -> Question:
    """Return what a question says of its file alone."""
    return replace(
        question,
        experiment=None,
        scheme=None,
        period=None,
        markers=None,
        labels=None,
        mended=(),
        model=None,
    )


@lru_cache(maxsize=_KEPT)
def _read(question: Question) -> tuple[TimeCourse, ...]:
    from phasecall import datasets
    from phasecall.io.sources import read_content

    if question.sample:
        course = datasets.load(question.sample)
        return (replace(course, sync=question.sync or course.sync),)
    how: dict[str, Any] = {"unit": question.unit, "times": question.times, "scale": question.scale}
    content = Path(question.path).read_bytes()
    found = read_content(content, question.name, sync=question.sync, transpose=question.transpose, **how)
    for course in found:
        _require_size(course)
    return tuple(found)


def list_editable(question: Question) -> tuple[float, ...]:
    """Return the times of the columns of a file as they may be typed; none where they cannot be told so.

    A course keeps its samples in the order of their times, and leaves out columns that are none: only where
    the file reads the same with these times said, they are those of its columns.
    """
    import numpy as np

    from phasecall.errors import InputError
    from phasecall.io.timing import UNITS

    found = list_experiments(question)
    if question.sample or question.times is not None or len(found) > 1:
        return ()
    course = found[0]
    times = tuple((course.times / UNITS[question.unit or "min"]).tolist())
    try:
        (said,) = _read(replace(_of_file(question), times=times))
    except (InputError, ValueError):
        return ()
    same = said.genes == course.genes and np.array_equal(said.values, course.values, equal_nan=True)
    return times if same else ()


def _require_size(course: TimeCourse) -> None:
    if len(course) > MOST_GENES:
        raise TooLargeError(
            f"'{course.name}' has too many genes to show",
            expected=f"at most {MOST_GENES:,}",
            found=f"{len(course):,} genes",
            fix="use the command line, phasecall call, which has no such limit, or split the file",
        )
    for most in _MOST_CELLS:
        require_cells(course, most)


@lru_cache(maxsize=_KEPT)
def find_course(question: Question) -> TimeCourse:
    """Return the experiment of a question, put right as it asks.

    Raises
    ------
    InputError
        If the file cannot be read, or holds several experiments and none is chosen.
    """
    from phasecall.io.courses import the_one

    course = the_one(list(list_experiments(question)), question.name or question.sample, question.experiment)
    if not question.mended:
        return course
    from phasecall import caller
    from phasecall.qc.corrections import correct

    known = know_genes(question)
    estimate = caller.tell_clock(course, known=known, period=question.period)
    better, notes = correct(course, estimate, question.mended, known)
    return replace(better, notes=(*better.notes, *notes))


def know_genes(question: Question) -> KnownGenes | None:
    """Return the genes that the visitor knows; None where none was named."""
    return _know(replace(question, mended=(), model=None))[0]


def list_remarks(question: Question) -> tuple[Note, ...]:
    """Return what was noticed in the table of known genes."""
    return _know(replace(question, mended=(), model=None))[1]


def read_table(file: Given) -> LabelTable:
    """Return the table of genes that a visitor gave; messages name it as they do.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from phasecall.io.files import decode
    from phasecall.io.labelling import table_from

    return table_from(decode(Path(file.path).read_bytes(), file.name), file.name)


@lru_cache(maxsize=_KEPT)
def _know(question: Question) -> tuple[KnownGenes | None, tuple[Note, ...]]:
    """Return the known genes and what was noticed.

    Raises
    ------
    InputError
        If their table cannot be read, or the course has none of them.
    """
    from phasecall import enquiry
    from phasecall.io.labelling import turns_from

    markers: Any = question.markers
    if isinstance(markers, Given):
        markers = turns_from(read_table(markers))
    labels = None if question.labels is None else read_table(question.labels)
    if markers is None and labels is None:
        return None, ()
    (known,), notes = enquiry.know_all([find_course(question)], markers, labels, question.scheme)
    return known, tuple(notes)


@lru_cache(maxsize=_KEPT)
def call_genes(question: Question) -> Calls:
    """Return the calls of a question.

    Raises
    ------
    PhasecallError
        As `phasecall.call` does.
    """
    from phasecall import caller

    course = find_course(question)
    if question.model is not None:
        return caller.call(course, model=question.model, scheme=question.scheme)
    return caller.call(course, scheme=question.scheme, known=know_genes(question), period=question.period)


def know_culture(question: Question) -> tuple[KnownGenes | None, float | None]:
    """Return the known genes and minutes of a turn that calls rest on; a model has a clock of its own."""
    return (None, None) if question.model is not None else (know_genes(question), question.period)


@lru_cache(maxsize=_KEPT)
def call_with_doubts(question: Question) -> Calls:
    """Return the calls of a question; notes say what was remarked and what speaks against them, too.

    Raises
    ------
    PhasecallError
        As `phasecall.call` does.
    """
    from phasecall.enquiry import doubt

    known, period = know_culture(question)
    calls = call_genes(question)
    doubts = doubt([find_course(question)], [known], [period], [say_source(question)])
    return replace(calls, notes=tuple(dict.fromkeys((*calls.notes, *list_remarks(question), *doubts))))


@lru_cache(maxsize=_KEPT)
def examine_course(question: Question) -> Examination:
    """Return what quality control finds in the experiment of a question."""
    from phasecall.qc import examine

    known, period = know_culture(question)
    return examine(find_course(question), known=known, period=period)


@lru_cache(maxsize=_KEPT)
def explore_course(question: Question) -> Exploration:
    """Return what figures of the atlas are drawn from.

    Raises
    ------
    InputError
        If no gene has a profile.
    """
    from phasecall.exploration import explore

    return explore(find_course(question), calls=call_genes(question), period=question.period)


@lru_cache(maxsize=_KEPT)
def fit_waves(question: Question) -> Waves | None:
    """Return the wave of the clock's period fitted to each profile; None where there is no period."""
    from phasecall.exploration.waves import fit_profiles

    return fit_profiles(explore_course(question))


@lru_cache(maxsize=_KEPT)
def lay_density(question: Question) -> Any:
    """Return the density of each gene's peak, shape (n, 360); None where the calls rest on none."""
    from phasecall.density import lay_out

    calls = call_genes(question)
    return None if calls.density is None else lay_out(calls.density)
