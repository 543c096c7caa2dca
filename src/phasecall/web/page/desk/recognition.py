"""Recognition: what a file was taken for, before anything is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from phasecall.timecourse import Note
from phasecall.web.page.desk.question import Question

if TYPE_CHECKING:
    from phasecall.clock import ClockEstimate
    from phasecall.timecourse import TimeCourse

_UNSAID = "no genes of a known organism"


@dataclass(frozen=True)
class Recognised:
    """What a file was taken for, in words.

    Parameters
    ----------
    experiments
        Names of all the file has.
    chosen
        Name of the one that is looked at; empty where one must be chosen.
    facts
        Terms and what was recognised.
    editable
        Times of the columns in the order of the file, in the unit that was said; none where its columns are
        in another order, some of them are no samples, or it has several experiments.
    genes
        Names of the first genes.
    scheme
        Key of the scheme that calls will have.
    notes
        What the reader noticed.
    """

    experiments: tuple[str, ...]
    chosen: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    editable: tuple[float, ...] = ()
    genes: tuple[str, ...] = ()
    scheme: str = ""
    notes: tuple[Note, ...] = ()


def open_file(question: Question) -> bool:
    """Return True where the file of a question can be a table, whatever else is to be said of it.

    Raises
    ------
    InputError
        If it is empty, broken, or of a kind that no table is kept in.
    """
    from phasecall.io.document import document_of

    document = document_of(Path(question.path).read_bytes(), question.name, question.name)
    return document.kind != "text" or bool(document.text)


def recognise(question: Question) -> Recognised:
    """Return what the file of a question was taken for.

    Raises
    ------
    InputError
        If it cannot be read, or the period or the known genes that were said cannot be.
    """
    from phasecall import caller
    from phasecall.web.page.desk.culture import (
        find_course,
        know_genes,
        list_editable,
        list_experiments,
        list_remarks,
    )

    names = tuple(one.name for one in list_experiments(question))
    if len(names) > 1 and question.experiment is None:
        return Recognised(names)
    course = find_course(question)
    organism = caller.find_organism(course.genes, course.sync)
    estimate = caller.tell_clock(course, known=know_genes(question), period=question.period)
    facts = (
        ("Genes", f"{len(course):,}".replace(",", "\u202f")),
        ("Times", _tell_times(course.times.tolist())),
        ("Replicates", _tell_replicates(course.times.tolist())),
        ("Values", _tell_values(course)),
        ("Organism", organism or _UNSAID),
        ("Synchronisation", course.sync or "not said"),
        ("Period", _tell_period(estimate)),
        ("Start", _tell_start(estimate)),
    )
    return Recognised(
        names,
        course.name,
        facts,
        list_editable(question),
        course.genes[:3],
        question.scheme or caller.scheme_of(organism),
        tuple(dict.fromkeys((*course.notes, *list_remarks(question), *estimate.notes))),
    )


def _tell_times(times: Sequence[float]) -> str:
    different = sorted(set(times))
    shown = ", ".join(f"{time:g}" for time in different)
    return f"{len(different)}, in minutes: {shown}"


def _tell_replicates(times: Sequence[float]) -> str:
    often = [n for n in Counter(times).values() if n > 1]
    if not often:
        return "none: every time was measured once"
    return f"{len(often)} times were measured more than once, up to {max(often)} times"


def _tell_values(course: TimeCourse) -> str:
    import numpy as np

    seen = course.values[np.isfinite(course.values)]
    missing = 100 * (1 - seen.size / course.values.size)
    told = next((note.text for note in course.notes if note.code == "scale"), "logarithms, used as they are")
    return f"{told}; from {seen.min():.3g} to {seen.max():.3g}, {missing:.1f} % missing"


def _tell_period(estimate: ClockEstimate) -> str:
    import numpy as np

    period, low, high = estimate.clock.period, estimate.period_lo, estimate.period_hi
    if not np.isfinite(period):
        return "none can be told"
    if low == high:
        return f"{period:.3g} min, as given"
    upper = f"{high:.0f}" if np.isfinite(high) else "unknown"
    return f"{period:.1f} min, told by all genes (95 %: {low:.0f} to {upper})"


def _tell_start(estimate: ClockEstimate) -> str:
    if not estimate.anchor:
        return "nothing ties the clock to the cell cycle"
    turn = estimate.clock.turn_at_zero
    return f"t = 0 is turn {turn:.2f}: that part of a cycle after cytokinesis, by {estimate.anchor}"
