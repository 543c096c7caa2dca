"""Selection: which profiles a statistic is of, profiles in shuffled order, and places on the clock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import wrap
from phasecall.exploration.record import Exploration

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

FEW = 10
"""Fewer genes have no distribution to speak of."""


def choose_rows(exploration: Exploration, most: int, *, cycling: bool = True) -> Rows:
    """Return profiles to look at, in their order: all, or `most` of them drawn at random.

    Parameters
    ----------
    exploration
        The course.
    most
        No more profiles than these: what is done with them costs time by the square of their number.
    cycling
        Whether only cycling genes are wanted.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> choose_rows(explore(phasecall.load("alpha")), 200).shape
    (200,)
    """
    rows = np.flatnonzero(exploration.cycling) if cycling else np.arange(len(exploration.rows))
    if rows.size > most:
        rows = np.sort(exploration.draw().choice(rows, most, replace=False))
    return rows


def shuffle_times(profiles: Floats, generator: np.random.Generator) -> Floats:
    """Return profiles with the times of each in an order of its own: nothing is left but their values.

    Examples
    --------
    >>> shuffled = shuffle_times(np.array([[1.0, 2.0, 3.0]]), np.random.default_rng(0))
    >>> sorted(shuffled[0].tolist())
    [1.0, 2.0, 3.0]
    """
    return generator.permuted(profiles, axis=1)


def draw_orders(exploration: Exploration, n: int) -> list[Rows]:
    """Return random orders of the times, each for all profiles alike: what these share, they share still.

    Waves and bad arrays are of all genes, and a band of means of such orders is as wide as that makes it.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> [len(set(order.tolist())) for order in draw_orders(explore(phasecall.load("alpha")), 2)]
    [18, 18]
    """
    generator = exploration.draw()
    return [generator.permutation(exploration.course.times.size) for _ in range(n)]


def place_minutes(exploration: Exploration, minutes: Floats) -> Floats:
    """Return where some minutes lie on the clock, turns [0, 1): from t = 0 on where nothing anchors it.

    Minutes within the recovery are taken back from its end, so that a whole period is a whole turn.
    """
    clock = exploration.estimate.clock
    start = clock.turn_at_zero if np.isfinite(clock.turn_at_zero) else 0.0
    return wrap(start + (minutes - clock.lag) / exploration.calls.period)


def place_peaks(exploration: Exploration) -> Floats:
    """Return where each profile peaks, turns from t = 0 on where nothing anchors the clock; shape (n,)."""
    minutes = exploration.calls.peak_time[exploration.rows]
    return np.where(np.isfinite(exploration.turns), exploration.turns, place_minutes(exploration, minutes))
