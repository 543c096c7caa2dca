"""The answer: calls as the page shows them, a row a gene."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from phasecall.timecourse import Note
from phasecall.web.page.desk.question import Question
from phasecall.web.work import Tell

if TYPE_CHECKING:
    from phasecall.calls import Calls

WITHHELD = "withheld"


@dataclass(frozen=True)
class Answer:
    """The calls of a question.

    Parameters
    ----------
    title
        What the experiment is called.
    scheme
        Key of the scheme.
    phases
        Names of its phases, in the order of their codes.
    counts
        Genes of each phase, and of none.
    method
        What called them.
    facts
        Terms and what was found, in words.
    notes, doubts
        What to know about the experiment, and what speaks against it at first sight.
    rows
        A mapping a gene, in the order of the course.
    """

    title: str
    scheme: str
    phases: tuple[str, ...]
    counts: tuple[int, ...]
    method: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[Note, ...]
    doubts: tuple[Note, ...]
    rows: tuple[dict[str, Any], ...]


def answer(question: Question, tell: Tell) -> Answer:
    """Return the calls of a question, and what speaks against them at first sight.

    Raises
    ------
    PhasecallError
        As `phasecall.call` does.
    """
    from phasecall.qc import find_doubts
    from phasecall.web.page.desk.culture import call_genes, find_course, know_culture, list_remarks

    tell(0.1, "reading")
    course = find_course(question)
    tell(0.2, f"calling {len(course)} genes at {course.times.size} times")
    calls = call_genes(question)
    tell(0.7, "looking for what speaks against the experiment")
    known, period = know_culture(question)
    doubts = find_doubts(course, known=known, period=period)
    tell(0.95, "laying out the table")
    counted = Counter(calls.phase)
    names = tuple(phase.name for phase in calls.scheme.phases)
    return Answer(
        course.name,
        calls.scheme.key,
        names,
        tuple(counted[name] for name in (*names, "")),
        calls.method,
        tuple(_tell_facts(calls)),
        tuple(dict.fromkeys((*course.notes, *list_remarks(question), *calls.notes))),
        doubts,
        tuple(lay_rows(calls)),
    )


def _tell_facts(calls: Calls) -> Sequence[tuple[str, str]]:
    from phasecall.notation import format_number

    called = int((~calls.abstained).sum())
    facts = [
        ("genes called", f"{called} of {len(calls)}"),
        ("a turn takes", f"{format_number(calls.period, 1)} min"),
        ("weak rhythm among them", str(int(calls.weak.sum()))),
    ]
    if calls.atypical:
        facts.append(("atypical genes", str(len(calls.atypical))))
    return facts


def lay_rows(calls: Calls) -> list[dict[str, Any]]:
    """Return a mapping a gene: names and words as they are, numbers rounded, None where there is none.

    `other` has the gene's other names. `odd` is 1 for the most atypical gene, 2 for the next; None of those
    that are like the others.
    """
    import numpy as np

    from phasecall.novelty import describe
    from phasecall.synonyms import list_names

    others = list_names(calls.genes)
    place = {remark.gene: rank for rank, remark in enumerate(describe(calls), 1)}

    def plain(values: Any, digits: str) -> list[float | None]:
        return [float(format(value, digits)) if np.isfinite(value) else None for value in values]

    columns: dict[str, Any] = {
        "gene": calls.genes,
        "other": [" ".join(others.get(row, ())) for row in range(len(calls))],
        "phase": [phase or WITHHELD for phase in calls.phase],
        "confidence": plain(calls.confidence, ".3f"),
        "peak": plain(calls.peak_time, ".1f"),
        "low": plain(calls.peak_lo, ".1f"),
        "high": plain(calls.peak_hi, ".1f"),
        "q": plain(calls.periodic_q, ".2g"),
        "amplitude": plain(calls.amplitude, ".3g"),
        "rank": [rank or None for rank in calls.rank.tolist()],
        "novelty": plain(calls.novelty, ".2g"),
        "flags": [flags.replace(";", ", ") for flags in calls.flags],
        "reason": [str(reason) for reason in calls.reason],
        "odd": [place.get(gene) for gene in calls.genes],
        "row": range(len(calls)),
        "code": np.where(calls.abstained, -1, calls.codes).tolist(),
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
