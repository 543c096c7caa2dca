"""Order: whether arrays change in step with time, or resemble one another as in any other order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.clock.covariance import compare_arrays
from phasecall.timecourse import TimeCourse, find_batches

Floats = NDArray[np.float64]

MIN_TIMES = 6
"""Fewer times have so few orders that none of them is rare."""
_N_ORDERS = 999
_BATCH = 111
"""Orders looked at together: more would take memory, not time."""
_N_PERIODS = 48
_PERIODS = (2.2, 1.5)
"""Shortest period in usual steps and longest in times measured: those that the clock looks at."""


@dataclass(frozen=True)
class Order:
    """What the order of the arrays is worth, against 999 random ones.

    Parameters
    ----------
    chance
        Share of the random orders in which neighbours in time resemble one another as much, (0, 1]; NaN of
        fewer than six times.
    wave
        Share of the genes' variance that the best wave explains, shift between batches set aside, [0, 1].
    reached
        What one random order in a hundred reaches of that.
    """

    chance: float
    wave: float
    reached: float


def judge_order(course: TimeCourse) -> Order:
    """Compare the arrays of a course with the same arrays in random orders.

    Two figures are had of the mean product of all genes at any two times (`compare_arrays`), replicates
    averaged, and a shift between alternating batches projected out: how much arrays resemble those near them
    in time, weighted `exp(-distance / usual step)`; and what the best wave of 48 periods explains. A random
    order keeps all but the times: the test is exact for whatever the arrays are (Pitman 1937,
    doi 10.2307/2984124).

    Parameters
    ----------
    course
        The experiment; interpolated times and arrays without a value are left out.

    Examples
    --------
    >>> import phasecall
    >>> order = judge_order(phasecall.load("alpha"))
    >>> order.chance, order.wave > order.reached
    (0.001, True)
    """
    told = course.measured() & np.isfinite(course.values).any(axis=0)
    even = course.select_times(told).average_replicates()
    if even.times.size < MIN_TIMES:
        return Order(np.nan, np.nan, np.nan)
    likeness = _set_aside_batches(compare_arrays(even.values), even.times)
    total = float(np.trace(likeness))
    if not total > 0:
        return Order(np.nan, np.nan, np.nan)
    figures = np.concatenate(list(_look(likeness / total, even.times)))
    (near, wave), others = figures[0], figures[1:]
    chance = (1 + int((others[:, 0] >= near).sum())) / (1 + len(others))
    return Order(chance, float(wave), float(np.quantile(others[:, 1], 0.99)))


def _set_aside_batches(likeness: Floats, times: Floats) -> Floats:
    batch = find_batches(times, times).astype(np.float64)
    basis, _ = np.linalg.qr(np.column_stack([np.ones(times.size), batch]))
    rest = np.eye(times.size) - basis @ basis.T
    return np.asarray(rest @ likeness @ rest)


def _look(likeness: Floats, times: Floats) -> Iterator[Floats]:
    """Yield both figures of the order as it is and of random ones, shape (orders, 2)."""
    step = float(np.median(np.diff(times)))
    near = np.exp(-np.abs(times[:, None] - times) / step) - np.eye(times.size)
    waves = _lay_waves(times, step)
    rng = np.random.default_rng(0)
    orders = [np.arange(times.size), *(rng.permutation(times.size) for _ in range(_N_ORDERS))]
    for start in range(0, len(orders), _BATCH):
        some = np.array(orders[start : start + _BATCH])
        laid = likeness[some[:, :, None], some[:, None, :]].reshape(len(some), -1)
        yield np.column_stack([laid @ near.ravel(), (laid @ waves.T).max(axis=1)])


def _lay_waves(times: Floats, step: float) -> Floats:
    """Return the projection on the wave of each period, flat, shape (periods, n_times^2)."""
    periods = np.geomspace(_PERIODS[0] * step, _PERIODS[1] * float(np.ptp(times)), _N_PERIODS)
    laid = []
    for angle in 2 * np.pi * times / periods[:, None]:
        basis, _ = np.linalg.qr(np.column_stack([np.ones(times.size), np.cos(angle), np.sin(angle)]))
        laid.append((basis[:, 1:] @ basis[:, 1:].T).ravel())
    return np.stack(laid)
