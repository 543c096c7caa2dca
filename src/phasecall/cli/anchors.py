"""Anchors: the option and the files that say which genes of a course the user knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from phasecall.cli import messages
from phasecall.enquiry import ORGANISMS as ORGANISMS

if TYPE_CHECKING:
    from phasecall.clock import KnownGenes
    from phasecall.timecourse import TimeCourse

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
    from phasecall.enquiry import know_all as know
    from phasecall.io.labelling import read_label_table, read_turns

    turns = None if markers is None or markers in ORGANISMS else read_turns(markers)
    table = None if labels is None else read_label_table(labels)
    known, notes = know(courses, markers if turns is None else turns, table, scheme)
    messages.show_notes(notes)
    return known
