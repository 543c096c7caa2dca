"""Anchors: the option and the files that say which genes of a course the user knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from phasecall.cli import messages
from phasecall.errors import InputError

if TYPE_CHECKING:
    from phasecall.clock import KnownGenes
    from phasecall.timecourse import TimeCourse

ORGANISMS = {"yeast": "budding yeast", "human": "human"}

markers = click.option(
    "--markers",
    metavar="NAME|FILE",
    help="Genes that tie the clock to turns: yeast, human, or a file of two columns, gene and turn (0 to 1).",
)


def know_all(
    courses: Sequence[TimeCourse], markers: str | None, labels: Path | None, scheme: str | None
) -> list[KnownGenes | None]:
    """Return the genes of each course that the user knows; None where that is none.

    Raises
    ------
    InputError
        If something was said, and no course has a gene of it.
    """
    if markers is not None and labels is not None:
        raise click.UsageError("--markers and --labels both tie the clock to turns: give one of them.")
    known = [_know(course, markers, labels, scheme) for course in courses]
    if (markers or labels) and not any(known):
        names = ", ".join(f"'{course.name}'" for course in courses)
        raise InputError(
            f"none of the known genes is in the time course{'s' * (len(courses) > 1)} {names}",
            expected="gene names as in the time course",
            found=f"genes such as {', '.join(courses[0].genes[:3])}",
            where=str(labels or markers),
        )
    return known


def _know(
    course: TimeCourse, markers: str | None, labels: Path | None, scheme: str | None
) -> KnownGenes | None:
    """Return the genes of a course that the user knows; None if there is none."""
    from phasecall import caller
    from phasecall.caller.anchoring import know_genes, seek_markers
    from phasecall.clock import know_turns
    from phasecall.io.labelling import fit_labels, read_label_table, read_turns
    from phasecall.phases import scheme as find_scheme

    if markers in ORGANISMS:
        return seek_markers(course.genes, ORGANISMS[markers])
    if labels is None and markers is None:
        return None
    key = scheme or caller.scheme_of(caller.find_organism(course.genes, course.sync))
    wanted = None if labels is None else find_scheme(key)
    table = read_turns(str(markers)) if labels is None else read_label_table(labels)
    own, notes = fit_labels(table, course.genes, wanted)
    messages.show_notes((*table.notes, *notes))
    if wanted is None:
        return know_turns(course.genes, own)
    return know_genes(course.genes, own, wanted, course.sync) if own else None
