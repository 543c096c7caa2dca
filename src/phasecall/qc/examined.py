"""Examined: a course with its clock, and what several checks of it need, computed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from phasecall.caller import find_organism
from phasecall.caller.rules import Rhythm, know_noise, rank_rhythm, rate_rhythm
from phasecall.circular import wrap
from phasecall.clock import ClockEstimate, KnownGenes
from phasecall.clock.covariance import compare_arrays, find_telling
from phasecall.qc.order import Order, judge_order
from phasecall.qc.resemblance import resemble
from phasecall.qc.suspects import Suspects
from phasecall.qc.synchrony import Synchrony, measure_synchrony, pick_genes
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

_BINS, _GRID = 12, 101


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
        Genes whose peak is known, if any.
    """

    course: TimeCourse
    estimate: ClockEstimate
    known: KnownGenes | None = None

    @cached_property
    def organism(self) -> str:
        """Whose cells they are; empty where nothing says so."""
        return find_organism(self.course.genes, self.course.sync)

    @cached_property
    def n_times(self) -> int:
        """How many different times were measured."""
        return int(np.unique(self.estimate.times).size)

    @cached_property
    def n_telling(self) -> int:
        """How many genes have four values or more that are not all the same."""
        return int(find_telling(self.course.values[:, self.course.measured()]).sum())

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

    @cached_property
    def likeness(self) -> Floats:
        """How arrays resemble one another over all genes, the mean product; shape (n_times, n_times)."""
        told = self.course.measured() & np.isfinite(self.course.values).any(axis=0)
        return compare_arrays(self.course.values[:, told])

    @cached_property
    def marker_wave(self) -> tuple[Floats, Floats]:
        """Mean of the known genes, each of standard deviation 1, by the turns past their known peak.

        Turns, shape (12,), and means, NaN where nothing was measured; none of a clock without a start.
        """
        turns = (np.arange(_BINS) + 0.5) / _BINS
        measured = self.course.select_times(self.course.measured())
        clock = self.estimate.clock
        genes = pick_genes(measured, self.known)
        if self.known is None or not (np.isfinite(clock.turn_at_zero) and genes.size):
            return turns, np.full(_BINS, np.nan)
        # In units of the largest value: squares of very large numbers are no numbers.
        values = measured.values[genes] / np.nanmax(np.abs(measured.values[genes]), axis=1, keepdims=True)
        scaled = values - np.nanmean(values, axis=1, keepdims=True)
        scaled /= np.nanstd(values, axis=1, keepdims=True)
        past = wrap(clock.turn(measured.times) - self.known.turns[genes][:, None])
        place = np.minimum((past * _BINS).astype(np.int64), _BINS - 1)
        held = [scaled[(place == bin_) & np.isfinite(scaled)] for bin_ in range(_BINS)]
        return turns, np.array([own.mean() if own.size else np.nan for own in held])

    @cached_property
    def suspects(self) -> Suspects | None:
        """What explains arrays that do not fit; None where too few of them say too little."""
        arrays = resemble(self.course, self.estimate)
        return None if arrays is None else Suspects(self.course, arrays)

    @property
    def retained(self) -> tuple[Floats, Floats]:
        """What is left of the synchrony, from the first minute measured to the last; shape (101,) both."""
        minutes = np.linspace(self.estimate.times.min(), self.estimate.times.max(), _GRID)
        made = self.synchrony
        if not np.isfinite(made.start):
            return minutes, np.full(_GRID, np.nan)
        return minutes, made.start * replace(self.estimate.clock, loss=made.loss).retained(minutes)

    def noted(self, code: str) -> bool:
        """Return whether the clock carries a note."""
        return code in {note.code for note in self.estimate.notes}

    @property
    def n_known(self) -> int:
        """How many genes have a known peak."""
        return 0 if self.known is None else int(np.isfinite(self.known.turns).sum())
