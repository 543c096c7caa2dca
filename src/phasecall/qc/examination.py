"""Examination: what all checks found in an experiment, its score and its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.caller import tell_clock
from phasecall.caller.anchoring import find_organism, seek_markers
from phasecall.caller.rules import MIN_GENES
from phasecall.clock import ClockEstimate, KnownGenes
from phasecall.io.heading import blank_nan, describe_notes
from phasecall.io.tablefile import Table
from phasecall.qc.examined import Examined
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.table import CHECKS
from phasecall.timecourse import Note, TimeCourse

_WORST_FIRST = (Verdict.FAIL, Verdict.WARN, Verdict.OK, Verdict.UNKNOWN)

DOUBTS = (
    *("order", "reversed_times", "marker_order", "swapped_samples", "mislabelled_times"),
    *("flipped_samples", "outlying_samples"),
)
"""Checks that take little time and tell whether calls can be right at all: samples in place and time. All of
them take 0.22 s of one core for a genome of 6,178 genes x 18 or 24, most of it for the clock."""
_OF_ALL = 3
"""Those that few genes tell, too; a single sample is odd in 12 genes of alpha 7 times in 40."""
_CAUSES, _EFFECTS = ("swapped_samples", "flipped_samples"), ("mislabelled_times", "outlying_samples")
"""A sample in another's place, or with its sign turned round, seems an odd one at a wrong time, too."""


@dataclass(frozen=True, eq=False)
class Examination:
    """An experiment, and what its checks found.

    Parameters
    ----------
    seen
        The experiment, and what is known of it.
    findings
        One a check, in the order of `CHECKS`.
    """

    seen: Examined
    findings: tuple[Finding, ...]

    def __repr__(self) -> str:
        score = f"{self.score:.2f}" if np.isfinite(self.score) else "unknown"
        return f"<Examination of '{self.course.name}': {self.verdict}, synchrony {score}>"

    @property
    def course(self) -> TimeCourse:
        """The experiment."""
        return self.seen.course

    @property
    def estimate(self) -> ClockEstimate:
        """Its clock."""
        return self.seen.estimate

    @property
    def score(self) -> float:
        """How synchronous the culture is over the time measured, [0, 1]; NaN where there is no clock."""
        return self.seen.synchrony.score

    @property
    def loss(self) -> float:
        """Share of their amplitude that waves of known genes lose a turn, [0, 1); NaN without a clock.

        That of all genes is the clock's (`estimate.clock.loss`).
        """
        return self.seen.synchrony.loss

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings; `unknown` only where all are."""
        found = {one.verdict for one in self.findings}
        return next((verdict for verdict in _WORST_FIRST if verdict in found), Verdict.UNKNOWN)

    def columns(self) -> Mapping[str, Any]:
        """Return the table of findings: column name to a value a check, in the table's order."""
        found = self.findings
        return {
            "key": [one.key for one in found],
            "title": [CHECKS[one.key].title for one in found],
            "verdict": [str(one.verdict) for one in found],
            "value": _finite([one.value for one in found]),
            "low": _finite([one.low for one in found]),
            "high": _finite([one.high for one in found]),
            "limit": _finite([one.limit for one in found]),
            "unit": [one.unit for one in found],
            "text": [one.text for one in found],
            "advice": [one.advice for one in found],
            "where": ["; ".join(one.where) for one in found],
        }

    def describe(self) -> dict[str, Any]:
        """Return its summary and, as `findings`, a dict with the columns of the table for each check."""
        columns = {name: blank_nan(list(values)) for name, values in self.columns().items()}
        rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        return self.summary() | {"findings": rows}

    def summary(self) -> dict[str, Any]:
        """Return what it came to, as JSON has it: None where a number is not known or not finite."""
        clock = self.estimate.clock
        told = {
            "name": self.course.name,
            "verdict": str(self.verdict),
            "score": self.score,
            "score_lo": self.seen.synchrony.low,
            "score_hi": self.seen.synchrony.high,
            "loss": self.loss,
            "genes": len(self.course),
            "times": self.course.times.tolist(),
            "clock": {
                "period": clock.period,
                "period_lo": self.estimate.period_lo,
                "period_hi": self.estimate.period_hi,
                "turn_at_zero": clock.turn_at_zero,
                "lag": clock.lag,
                "loss": clock.loss,
                "anchor": self.estimate.anchor,
            },
            "notes": describe_notes((*self.course.notes, *self.estimate.notes)),
        }
        plain: dict[str, Any] = blank_nan(told)
        return plain


def examine(
    course: TimeCourse,
    *,
    sync: str | None = None,
    known: KnownGenes | None = None,
    period: float | None = None,
) -> Examination:
    """Examine an experiment: whether it can be trusted, and what to do about it.

    Parameters
    ----------
    course
        The experiment.
    sync
        How the culture was synchronised; what the course says if not given.
    known
        Genes whose peak is known (`phasecall.clock.know_phases`, `know_turns`); the built-in marker genes if
        not given.
    period
        Minutes of a turn, if known; it is estimated otherwise.

    Raises
    ------
    InputError
        If the period cannot be.

    Examples
    --------
    >>> import phasecall
    >>> made = examine(phasecall.load("cdc15"))
    >>> made.verdict.value, round(made.score, 2)
    ('warn', 0.68)
    """
    seen = _look(replace(course, sync=sync or course.sync), known, period)
    return Examination(seen, _explain([check.find(seen) for check in CHECKS.values()]))


def find_doubts(
    course: TimeCourse, *, known: KnownGenes | None = None, period: float | None = None
) -> tuple[Note, ...]:
    """Return why calls of a course are to be doubted: a note for each quick check that is not ok.

    The checks are those of `DOUBTS`, of fewer than 50 genes the first three, and a note has the key of its
    check as its code. One that fails is the last: what others find in a course whose times are wrong means
    nothing.

    Parameters
    ----------
    course
        The experiment.
    known, period
        As of `examine`.

    Examples
    --------
    >>> import phasecall
    >>> course = phasecall.load("alpha")
    >>> find_doubts(course)
    ()
    >>> backwards = replace(course, times=course.times[::-1])
    >>> [note.code for note in find_doubts(backwards)]
    ['reversed_times']
    """
    seen = _look(course, known, period)
    findings: list[Finding] = []
    few = seen.n_telling < MIN_GENES
    for key in DOUBTS[:_OF_ALL] if few else DOUBTS:
        findings.append(CHECKS[key].find(seen))
        if findings[-1].verdict is Verdict.FAIL:
            break
    told = [one for one in _explain(findings) if one.verdict in (Verdict.WARN, Verdict.FAIL)]
    return tuple(
        Note(one.key, f"{course.name}, check '{CHECKS[one.key].title}': {one.verdict}, {one.text}")
        for one in told
    )


def _explain(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings, each fault told once: samples exchanged or turned round are no others' finding."""
    causes = [one for one in findings if one.key in _CAUSES and one.verdict is Verdict.WARN]
    return tuple(_pass_on(one, causes) if one.key in _EFFECTS else one for one in findings)


def _pass_on(one: Finding, causes: Sequence[Finding]) -> Finding:
    """Return a finding of samples that are all explained by another one as ok, with that one's name."""
    for cause in causes:
        if one.verdict in (Verdict.WARN, Verdict.FAIL) and set(one.where) <= set(cause.where):
            title = CHECKS[cause.key].title
            text = f"no sample but {', '.join(one.where)}, which '{title}' explains"
            return replace(one, verdict=Verdict.OK, text=text, advice="", where=())
    return one


def _look(course: TimeCourse, known: KnownGenes | None, period: float | None) -> Examined:
    """Return a course with its clock, and the built-in marker genes where no gene is known."""
    estimate = tell_clock(course, known=known, period=period)
    if known is None:
        known = seek_markers(course.genes, find_organism(course.genes, course.sync) or None)
    return Examined(course, estimate, known)


def tabulate(made: Sequence[Examination]) -> Table:
    """Return the findings of some experiments as one table to write, a check of an experiment a row.

    Examples
    --------
    >>> import phasecall
    >>> list(tabulate([examine(phasecall.load("alpha"))]).columns)[:4]
    ['experiment', 'key', 'title', 'verdict']
    """
    tables = [one.columns() for one in made]
    names = [one.course.name for one in made for _ in one.findings]
    joined: dict[str, Any] = {"experiment": names}
    joined |= {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    return Table("findings", joined, {"experiments": [one.summary() for one in made]}, rows="findings")


def _finite(numbers: Sequence[float]) -> NDArray[np.float64]:
    """Return numbers with NaN for those that are not finite: an interval without an end has none."""
    array = np.array(numbers, dtype=np.float64)
    return np.where(np.isfinite(array), array, np.nan)
