"""The enquiry: what somebody who gives some files and says a few things of them wants to know.

The command line and the web ask alike: which experiments of a file are looked at together, which genes are
known, what speaks against the calls.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from phasecall.errors import InputError

if TYPE_CHECKING:
    from phasecall.clock import KnownGenes
    from phasecall.io.labelling import LabelTable
    from phasecall.timecourse import Note, TimeCourse

ORGANISMS = {"yeast": "budding yeast", "human": "human"}
"""Whose built-in marker genes can be asked for, and what the table of them calls these cells."""


def choose_together(found: list[TimeCourse], source: str, names: Sequence[str]) -> list[TimeCourse]:
    """Return the experiments of a file that are looked at together.

    All of them where each is named by a synchronisation that is known, as in the table of Spellman et al.
    1998: they are of the same cells, and fused. Others may be conditions, which nobody wants to see fused.

    Parameters
    ----------
    found
        All that the file holds.
    source
        How messages name it.
    names
        Those that were chosen; none if nobody chose.

    Raises
    ------
    InputError
        If there is none of a name that was chosen, or one must be chosen and was not.

    Examples
    --------
    >>> import phasecall
    >>> len(choose_together([phasecall.load("alpha"), phasecall.load("cdc28")], "both.tsv", ()))
    2
    """
    from phasecall.clock import find_synchronisation
    from phasecall.io.courses import the_one

    if names:
        return [the_one(found, source, name) for name in names]
    if all(find_synchronisation(one.name) for one in found):
        return found
    return [the_one(found, source)]


def know_all(
    courses: Sequence[TimeCourse],
    markers: str | LabelTable | None,
    labels: LabelTable | None,
    scheme: str | None,
) -> tuple[list[KnownGenes | None], list[Note]]:
    """Return the genes of each course that the user knows, and what to be told of that.

    Parameters
    ----------
    courses
        The experiments.
    markers
        A key of `ORGANISMS`, or genes and their turns; None if nothing was said.
    labels
        Genes and their phases.
    scheme
        The scheme that the phases are of; that of the organism if not given.

    Returns
    -------
    known, notes
        Known genes of each course; None where it has none of them, or nothing was said.

    Raises
    ------
    InputError
        If something was said, and no course has a gene of it.

    Examples
    --------
    >>> import phasecall
    >>> (known,), notes = know_all([phasecall.load("alpha")], "yeast", None, None)
    >>> known.what
    'marker genes of budding yeast'
    """
    notes: list[Note] = []
    known = [_know(course, markers, labels, scheme, notes) for course in courses]
    if (markers or labels) and not any(known):
        names = ", ".join(f"'{course.name}'" for course in courses)
        said = labels or markers
        raise InputError(
            f"none of the known genes is in the time course{'s' * (len(courses) > 1)} {names}",
            expected="gene names as in the time course",
            found=f"genes such as {', '.join(courses[0].genes[:3])}",
            where=said if isinstance(said, str | None) else said.source,
        )
    return known, notes


def _know(
    course: TimeCourse,
    markers: str | LabelTable | None,
    labels: LabelTable | None,
    scheme: str | None,
    notes: list[Note],
) -> KnownGenes | None:
    """Return the genes of a course that the user knows, None if there is none; add to the notes."""
    from phasecall import caller
    from phasecall.caller.anchoring import know_genes, seek_markers
    from phasecall.clock import know_turns
    from phasecall.io.labelling import fit_labels
    from phasecall.phases import scheme as find_scheme

    if isinstance(markers, str):
        return seek_markers(course.genes, ORGANISMS[markers])
    table = labels or markers
    if table is None:
        return None
    key = scheme or caller.scheme_of(caller.find_organism(course.genes, course.sync))
    wanted = None if labels is None else find_scheme(key)
    own, said = fit_labels(table, course.genes, wanted)
    notes += (*table.notes, *said)
    if wanted is None:
        return know_turns(course.genes, own)
    return know_genes(course.genes, own, wanted, course.sync) if own else None


def doubt(
    courses: Sequence[TimeCourse],
    known: Sequence[KnownGenes | None],
    periods: Sequence[float | None],
    sources: Sequence[str],
) -> Iterator[Note]:
    """Yield what the quick checks of quality control say against the calls, and how to learn more.

    Parameters
    ----------
    courses, known, periods
        The experiments, and of each the genes and the minutes of a turn that the user knows.
    sources
        What their files are called.

    Examples
    --------
    >>> import phasecall
    >>> list(doubt([phasecall.load("alpha")], [None], [None], ["alpha.tsv"]))
    []
    """
    from phasecall.qc import find_doubts

    more = shlex.join(["phasecall", "qc", *sources])
    for course, genes, period in zip(courses, known, periods, strict=True):
        for note in find_doubts(course, known=genes, period=period):
            yield replace(note, text=f"{note.text}; more by {more}")
