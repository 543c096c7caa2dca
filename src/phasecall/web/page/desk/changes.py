"""Changes: two experiments compared, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from phasecall.timecourse import Note
from phasecall.web.page.desk.pictures import Drawing
from phasecall.web.page.desk.question import Question
from phasecall.web.work import Tell

if TYPE_CHECKING:
    from phasecall.comparison import Comparison


@dataclass(frozen=True)
class Changes:
    """What differs between two experiments.

    Parameters
    ----------
    names
        Of both.
    counts
        Each change that any gene shows: its code, what it means and how many genes there are.
    notes
        What to know about it.
    rows
        A mapping a gene.
    drawing
        The figure.
    """

    names: tuple[str, str]
    counts: tuple[tuple[str, str, int], ...]
    notes: tuple[Note, ...]
    rows: tuple[dict[str, Any], ...]
    drawing: Drawing


@lru_cache(maxsize=2)
def compare_courses(one: Question, other: Question) -> Comparison:
    """Return the comparison of two experiments.

    Raises
    ------
    InputError
        If one cannot be read, or not a gene of them could be compared.
    """
    from phasecall.comparison import compare, require_compared
    from phasecall.web.page.desk.culture import find_course

    found = compare(find_course(one), find_course(other), period=(one.period, other.period))
    require_compared(found)
    return found


def lay_changes(one: Question, other: Question, tell: Tell) -> Changes:
    """Return what differs between two experiments."""
    import numpy as np

    from phasecall.figures import FIGURES, draw
    from phasecall.web.page.desk.culture import find_course
    from phasecall.web.page.desk.pictures import show_figure

    tell(0.1, "comparing")
    found = compare_courses(one, other)
    tell(0.6, "drawing")
    drawn = draw("comparison", (found, find_course(one), find_course(other)))
    columns = found.columns()

    def plain(name: str, digits: str) -> list[float | None]:
        values = columns[name]
        return [float(format(value, digits)) if np.isfinite(value) else None for value in values]

    laid: dict[str, Any] = {
        "gene": found.genes,
        "change": [str(change).replace("_", " and ") or "not compared" for change in found.change],
        "shift": plain("shift_minutes", ".1f"),
        "shift_q": plain("shift_q", ".2g"),
        "ratio": plain("log2_amplitude_ratio", ".2f"),
        "change_q": plain("change_q", ".2g"),
    }
    return Changes(
        found.names,
        tuple(
            (str(change).replace("_", " and ") or "not compared", change.meaning, n)
            for change, n in found.count().items()
            if n
        ),
        found.notes,
        tuple(dict(zip(laid, values, strict=True)) for values in zip(*laid.values(), strict=True)),
        show_figure(drawn, "comparison", FIGURES["comparison"].caption),
    )
