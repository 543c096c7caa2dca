"""Examined: a course with its clock, and what several checks of it need, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from phasecall.caller import find_organism
from phasecall.caller.rules import Rhythm, know_noise, rank_rhythm, rate_rhythm
from phasecall.clock import ClockEstimate, KnownGenes
from phasecall.qc.order import Order, judge_order
from phasecall.qc.synchrony import Synchrony, measure_synchrony
from phasecall.timecourse import TimeCourse


@dataclass(frozen=True, eq=False)
class Examined:
    """A course with what is known of it.

    Parameters
    ----------
    course
        The experiment; its `sync` is how the culture is said to have been synchronised.
    estimate
        Its clock.
    known
        Genes whose peak is known; None for none.
    """

    course: TimeCourse
    estimate: ClockEstimate
    known: KnownGenes | None

    @cached_property
    def organism(self) -> str:
        """Whose cells they are; empty where nothing says so."""
        return find_organism(self.course.genes, self.course.sync)

    @cached_property
    def n_times(self) -> int:
        """How many different times were measured."""
        return int(np.unique(self.estimate.times).size)

    @cached_property
    def steps(self) -> float:
        """Usual steps of the sampling in a turn; NaN where there is no period or no step."""
        minutes = np.unique(self.estimate.times)
        return self.estimate.clock.period / float(np.median(np.diff(minutes))) if minutes.size > 1 else np.nan

    @cached_property
    def order(self) -> Order:
        """What the order of the arrays is worth."""
        return judge_order(self.course)

    @cached_property
    def rhythm(self) -> Rhythm:
        """How sure the rhythm of each gene is, as in the table of calls."""
        measured = self.course.select_times(self.course.measured())
        period = self.estimate.clock.period
        if not np.isfinite(period):
            return rank_rhythm(np.full(len(self.course), np.nan))
        return rate_rhythm(measured.values, measured.times, period, know_noise(self.course, period))

    @cached_property
    def synchrony(self) -> Synchrony:
        """How synchronous the culture is."""
        return measure_synchrony(self.course, self.estimate, self.known)

    def noted(self, code: str) -> bool:
        """Return whether the clock carries a note."""
        return code in {note.code for note in self.estimate.notes}

    @property
    def n_known(self) -> int:
        """How many genes have a known peak."""
        known: NDArray[np.float64] | None = None if self.known is None else self.known.turns
        return 0 if known is None else int(np.isfinite(known).sum())
