"""The clock of labelled genes: period and start that agree best with known phases."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import difference, mean, wrap
from phasecall.clock.record import Clock
from phasecall.errors import InputError
from phasecall.phases import Scheme
from phasecall.rhythm import fit_cosinor
from phasecall.timecourse import TimeCourse

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
