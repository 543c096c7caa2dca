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
    """Period and start of one experiment.

    Parameters
    ----------
    period
        Minutes a turn takes.
    turn_at_zero
        Place on the turn at t = 0, in turns, [0, 1).

    Examples
    --------
    >>> clock = Clock(period=100.0, turn_at_zero=0.9)
    >>> clock.turn([10, 35]).round(6).tolist(), clock.minute(0.25).round(6).item()
    ([0.0, 0.25], 35.0)
    """

    period: float
    turn_at_zero: float

    def turn(self, minutes: ArrayLike) -> Turns:
        """Return the turn at some minutes, [0, 1)."""
        return wrap(self.turn_at_zero + np.asarray(minutes, dtype=np.float64) / self.period)

    def minute(self, turns: ArrayLike) -> NDArray[np.float64]:
        """Return the first minute at or after t = 0 at which the clock shows some turns."""
        return wrap(np.asarray(turns, dtype=np.float64) - self.turn_at_zero) * self.period

    def cycles(self, times: NDArray[np.float64]) -> float:
        """Return how many turns lie between the first and the last of some times."""
        return float(np.ptp(times)) / self.period


CDC15 = Clock(period=114.0, turn_at_zero=0.96)
"""The clock of the simulated cultures: the one fitted to the embedded cdc15 course, rounded."""

_PERIODS = (60.0, 240.0)
_STEP = 0.5


def fit_clock(course: TimeCourse, codes: NDArray[np.int64], scheme: Scheme) -> Clock:
    """Fit one clock to the labelled genes of a synchronised experiment.

    The period is the one whose cosinor explains most of these genes' variance; the start is the turn that
    brings their peaks nearest to the centres of the arcs of their labels (circular mean of the differences).

    Parameters
    ----------
    course
        The experiment; its longest stretch is best, more than one cycle is needed.
    codes
        Phase of each gene, shape (n,); -1 = unlabelled, not used.
    scheme
        What the codes mean.

    Examples
    --------
    >>> from phasecall.phases import SCHEMES
    >>> from phasecall.simulation import simulate
    >>> made = simulate(200, times=range(0, 240, 10), seed=1)
    >>> clock = fit_clock(made.course, made.codes, SCHEMES["four"])
    >>> round(clock.period), round(clock.turn_at_zero, 2)
    (114, 0.96)
    """
    labelled = codes >= 0
    span = float(np.ptp(course.times))
    if not labelled.any() or span < _PERIODS[0]:
        raise InputError(
            "a clock cannot be fitted",
            expected=f"labelled genes, and times that span at least {_PERIODS[0]:g} minutes",
            found=f"{int(labelled.sum())} labelled genes, {span:g} minutes",
            fix="give the period",
        )
    values = course.values[labelled]
    low, high = _PERIODS
    candidates = np.arange(low, min(high, span) + _STEP, _STEP)
    explained = [float(np.nanmean(fit_cosinor(values, course.times, p).r_squared)) for p in candidates]
    period = float(candidates[int(np.argmax(explained))])
    return align_clock(course, codes, scheme, period)


def align_clock(course: TimeCourse, codes: NDArray[np.int64], scheme: Scheme, period: float) -> Clock:
    """Return the clock of a known period whose start agrees best with the labels, as `fit_clock` has it."""
    labelled = codes >= 0
    values = course.values[labelled]
    peaks = fit_cosinor(values, course.times, period).peak_time / period
    centres = np.array([phase.centre for phase in scheme.phases])[codes[labelled]]
    start, _ = mean(wrap(difference(centres, peaks)))
    return Clock(period, round(start, 4))
