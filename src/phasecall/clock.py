"""The clock: what all genes of one experiment share, and what ties minutes to turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasecall.circular import Turns, difference, mean, wrap
from phasecall.errors import InputError
from phasecall.phases import Scheme
from phasecall.rhythm import fit_cosinor
from phasecall.timecourse import TimeCourse


@dataclass(frozen=True)
class Clock:
    """What all genes of one experiment share.

    Parameters
    ----------
    period
        Minutes a turn takes, more than 0.
    turn_at_zero
        Place on the turn at t = 0, in turns, [0, 1).
    lag
        Recovery: minutes after t = 0 before the culture moves on, 0 or more.
    loss
        Loss of synchrony: share of the waves' amplitude that is lost in a turn, [0, 1).

    Examples
    --------
    >>> clock = Clock(period=100.0, turn_at_zero=0.9)
    >>> clock.turn([10, 35]).round(6).tolist()
    [0.0, 0.25]
    >>> Clock(100.0, 0.9, lag=20.0, loss=0.5).retained([10, 120, 220]).tolist()
    [1.0, 0.5, 0.25]
    """

    period: float
    turn_at_zero: float
    lag: float = 0.0
    loss: float = 0.0

    def turn(self, minutes: ArrayLike) -> Turns:
        """Return the turn at some minutes, [0, 1)."""
        return wrap(self.turn_at_zero + self.moved(minutes))

    def moved(self, minutes: ArrayLike) -> NDArray[np.float64]:
        """Return how many turns the culture has moved since t = 0; none during the recovery."""
        time = np.asarray(minutes, dtype=np.float64)
        return np.asarray((time - np.clip(time, 0.0, self.lag)) / self.period)

    def retained(self, minutes: ArrayLike) -> NDArray[np.float64]:
        """Return the share of the waves' amplitude that is left at some minutes."""
        return np.asarray((1.0 - self.loss) ** np.maximum(self.moved(minutes), 0.0))

    def cycles(self, times: NDArray[np.float64]) -> float:
        """Return how many turns lie between the first and the last of some times."""
        return float(np.ptp(times)) / self.period


CDC15 = Clock(period=114.0, turn_at_zero=0.96)
"""The clock of the simulated cultures: the one fitted to the embedded cdc15 course, rounded."""

_STEPS_PER_PERIOD = 2.5
"""Fewer steps of the sampling in a period cannot show it (2 is the Nyquist limit)."""
_GRID = 0.5


def fit_clock(course: TimeCourse, codes: NDArray[np.int64], scheme: Scheme) -> Clock:
    """Fit one clock to the labelled genes of a synchronised experiment.

    The period is the one whose cosinor explains most of these genes' variance; the start is the turn that
    brings their peaks nearest to the centres of the arcs of their labels (circular mean of the differences).

    Parameters
    ----------
    course
        The experiment; its longest stretch is best. Its period is sought from 2.5 of its longest steps up to
        all the time it spans.
    codes
        Phase of each gene, shape (n,); -1 = unlabelled, not used.
    scheme
        What the codes mean.

    Raises
    ------
    InputError
        If no gene is labelled, or the best period lies at an end of what can be seen: it may lie beyond.

    Examples
    --------
    >>> from phasecall.phases import SCHEMES
    >>> from phasecall.simulation import simulate
    >>> made = simulate(200, times=range(0, 240, 10), seed=1)
    >>> clock = fit_clock(made.course, made.codes, SCHEMES["four"])
    >>> round(clock.period), round(clock.turn_at_zero, 2)
    (114, 0.96)
    """
    times = np.unique(course.times)
    low, high = _STEPS_PER_PERIOD * float(np.diff(times).max(initial=0.0)), float(np.ptp(times))
    candidates = np.arange(low, high + _GRID, _GRID)
    values = course.values[codes >= 0]
    explained = [_explained(values, course.times, period) for period in candidates if period > 0]
    best = int(np.argmax(explained)) if explained else 0
    if not 0 < best < len(explained) - 1:
        raise InputError(
            "the period cannot be fitted to this course",
            expected="labelled genes that rise and fall at least once in the time measured",
            found=f"{len(values)} labelled genes; periods from {low:g} to {high:g} minutes can be seen",
            fix="give the period (--period)",
        )
    return align_clock(course, codes, scheme, float(candidates[best]))


def _explained(values: NDArray[np.float64], times: NDArray[np.float64], period: float) -> float:
    shares = fit_cosinor(values, times, period).r_squared
    return float(shares[np.isfinite(shares)].sum())


def align_clock(course: TimeCourse, codes: NDArray[np.int64], scheme: Scheme, period: float) -> Clock:
    """Return the clock of a known period whose start agrees best with the labels, as `fit_clock` has it.

    Raises
    ------
    InputError
        If no labelled gene has a peak.
    """
    labelled = codes >= 0
    peaks = fit_cosinor(course.values[labelled], course.times, period).peak_time / period
    centres = np.array([phase.centre for phase in scheme.phases])[codes[labelled]]
    start, _ = mean(wrap(difference(centres, peaks)))
    if not np.isfinite(start):
        raise InputError(
            "no labelled gene shows where in its turn the experiment starts",
            expected="labelled genes with four or more different values",
            found=f"{int(labelled.sum())} labelled genes at {course.times.size} times",
        )
    return Clock(period, round(start, 4))
