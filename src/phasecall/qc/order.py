"""Order: whether arrays change in step with time, or resemble one another as in any other order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.clock.covariance import compare_arrays
from phasecall.clock.estimate import lay_periods
from phasecall.timecourse import TimeCourse, find_batches

Floats = NDArray[np.float64]

MIN_TIMES = 6
"""Fewer times have so few orders that none of them is rare."""
_N_ORDERS = 999
MANY_TIMES = 10
"""From so many times on there are 14,400 orders and more within two batches."""
_BATCH = 111
"""Orders looked at together: more would take memory, not time."""


@dataclass(frozen=True)
class Order:
    """What the order of the arrays is worth, against 999 random ones.

    Parameters
    ----------
    chance
        Share of the orders in which neighbours in time resemble one another as much, or a wave explains as
        much, (0, 1]; NaN of fewer than six times.
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
    averaged, and a shift between alternating batches projected out of either: how much arrays resemble those
    near them in time, weighted `exp(-distance / usual step)`; and what the best wave explains, of the periods
    that the clock is sought among. A random order exchanges arrays of the same batch and keeps all else: the
    test is exact for whatever the arrays are (Pitman 1937, doi 10.2307/2984124).

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
    likeness = compare_arrays(even.values)
    if not np.trace(likeness) > 0:
        return Order(np.nan, np.nan, np.nan)
    figures = np.concatenate(list(_look(likeness, even.times)))
    wave, reached = figures[0, 1], np.quantile(figures[1:, 1], 0.99)
    return Order(_judge(figures), float(wave), float(reached))


def _judge(figures: Floats) -> float:
    """Return the share of the orders whose better figure is as rare as that of the first order, (0, 1].

    Neighbours tell more where samples are dense, waves where there are few a turn. That the better of two
    counts is so for each order (minimum p, Tippett 1931, by permutation), and so it costs nothing.
    """
    # How many orders reach as much: scipy.stats would take longer to load than all of this to compute.
    rare = np.stack([column.size - np.searchsorted(np.sort(column), column) for column in figures.T]).min(
        axis=0
    )
    return float(np.mean(rare <= rare[0]))


def _look(likeness: Floats, times: Floats) -> Iterator[Floats]:
    """Yield both figures of the order as it is and of random ones, shape (orders, 2)."""
    step = float(np.median(np.diff(times)))
    batch = find_batches(times, times)
    rest = _set_aside(batch)
    near = rest @ (np.exp(-np.abs(times[:, None] - times) / step) - np.eye(times.size)) @ rest
    waves = _lay_waves(times, rest)
    orders = [np.arange(times.size), *_draw_orders(batch)]
    for start in range(0, len(orders), _BATCH):
        some = np.array(orders[start : start + _BATCH])
        laid = likeness[some[:, :, None], some[:, None, :]].reshape(len(some), -1)
        # What varies beside the shift is more in one order than in another.
        total = np.maximum(laid @ rest.ravel(), np.finfo(float).tiny)
        yield np.column_stack([laid @ near.ravel(), (laid @ waves.T).max(axis=1)]) / total[:, None]


def _draw_orders(batch: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield random orders in which arrays stay in their batch: what parts batches is in all of them alike.

    Of few arrays any order is drawn: there would be too few that are different.
    """
    rng = np.random.default_rng(0)
    parts = [np.flatnonzero(batch == one) for one in np.unique(batch)]
    if batch.size < MANY_TIMES:
        parts = [np.arange(batch.size)]
    for _ in range(_N_ORDERS):
        order = np.arange(batch.size)
        for part in parts:
            order[part] = rng.permutation(part)
        yield order


def _set_aside(batch: NDArray[np.int64]) -> Floats:
    """Return the projection on what neither a mean nor a shift between alternating batches makes."""
    basis, _ = np.linalg.qr(np.column_stack([np.ones(batch.size), batch]))
    return np.asarray(np.eye(batch.size) - basis @ basis.T)


def _lay_waves(times: Floats, rest: Floats) -> Floats:
    """Return the projection on the wave of each period, batches aside, flat, shape (periods, n_times^2)."""
    laid = []
    for angle in 2 * np.pi * times / lay_periods(times)[:, None]:
        basis, _ = np.linalg.qr(rest @ np.column_stack([np.cos(angle), np.sin(angle)]))
        laid.append((basis @ basis.T).ravel())
    return np.stack(laid)
