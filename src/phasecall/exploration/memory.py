"""Memory: how profiles resemble one another, time points one another, and a profile its own past."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration.record import Exploration, Floats
from phasecall.exploration.selection import draw_orders, shuffle_times

Ints = NDArray[np.int64]
Pairs = list[tuple[Ints, Ints]]

MAX_BLOCKS = 200
"""Genes beyond that are shown by the means of neighbours."""
MIN_PAIRS = 5
"""Lags with fewer pairs of times say nothing."""
N_SHUFFLES = 999
_BAND = (0.025, 0.975)


@dataclass(frozen=True, eq=False)
class GeneCorrelation:
    """Correlation of cycling genes in the order of their peaks.

    Parameters
    ----------
    order
        Profiles, earliest peak first; shape (k,).
    borders
        Where each block begins in that order, and where the last ends; shape (m + 1,).
    correlation
        Mean over the pairs of genes of two blocks; shape (m, m).
    """

    order: Ints
    borders: Ints
    correlation: Floats


@dataclass(frozen=True, eq=False)
class Autocorrelation:
    """How profiles resemble themselves some minutes later, in the mean of genes.

    Parameters
    ----------
    lags
        Minutes; shape (m,).
    pairs
        Pairs of times so far apart; shape (m,).
    all_genes, cycling
        Mean over genes; the second is NaN where none cycles. Shape (m,).
    low, high
        95 % of the mean over all genes with the times shuffled, the same way for all; shape (m,).
    """

    lags: Floats
    pairs: Ints
    all_genes: Floats
    cycling: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Memory:
    """How far ahead each profile resembles itself, minutes; shape (n,).

    Parameters
    ----------
    crossing
        Lag at which its autocorrelation first falls to 0; NaN where it never does.
    integrated
        Integrated autocorrelation time up to there; NaN likewise.
    shuffled_crossing, shuffled_integrated
        The same of the profiles with their times shuffled, each on its own.
    """

    crossing: Floats
    integrated: Floats
    shuffled_crossing: Floats
    shuffled_integrated: Floats


def correlate_times(found: Exploration) -> Floats:
    """Return the correlation of the scaled profiles at two times over genes; shape (n_times, n_times).

    NaN for a time at which no profile differs from another.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> told = correlate_times(explore(phasecall.load("alpha")))
    >>> told.shape, told.diagonal().round(6).tolist() == [1.0] * 18
    ((18, 18), True)
    """
    return correlate_rows(found.filled.T)


def correlate_rows(rows: Floats) -> Floats:
    """Return the correlation of every two rows; NaN where one of them does not vary. Shape (n, n).

    Examples
    --------
    >>> correlate_rows(np.array([[0.0, 1, 2], [2, 1, 0], [0, 1, 2]])).round(6).tolist()
    [[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, -1.0, 1.0]]
    """
    about = rows - rows.mean(axis=1, keepdims=True)
    length = np.sqrt((about**2).sum(axis=1))
    length[length <= 0] = np.nan
    return np.asarray(np.clip(about @ about.T / length / length[:, None], -1.0, 1.0))


def correlate_genes(found: Exploration) -> GeneCorrelation | None:
    """Return how cycling genes correlate, in the order of their peaks; None if fewer than two have one."""
    place = np.where(found.cycling, found.turns, np.nan)
    if not np.isfinite(place).any():
        place = np.where(found.cycling, found.calls.peak_time[found.rows], np.nan)
    known = np.flatnonzero(np.isfinite(place))
    if known.size < 2:
        return None
    order = known[np.argsort(place[known], kind="stable")]
    n_blocks = min(order.size, MAX_BLOCKS)
    borders = np.round(np.linspace(0, order.size, n_blocks + 1)).astype(np.int64)
    profiles = found.filled[order]
    # The mean of the correlations of two blocks is the product of their mean profiles.
    blocks = np.add.reduceat(profiles, borders[:-1], axis=0) / np.diff(borders)[:, None]
    return GeneCorrelation(order, borders, blocks @ blocks.T / profiles.shape[1])


def pair_lags(times: Floats) -> tuple[Floats, Pairs]:
    """Return lags, minutes, and the pairs of times that are so far apart, within half of the usual step.

    Examples
    --------
    >>> lags, pairs = pair_lags(np.array([0.0, 10, 20, 30, 40, 50, 60, 71]))
    >>> lags.round(2).tolist(), [len(one) for one, _ in pairs]
    ([10.14, 20.17, 30.2], [7, 6, 5])
    """
    one, other = np.triu_indices(times.size, k=1)
    apart = times[other] - times[one]
    steps = np.rint(apart / np.median(np.diff(times))).astype(np.int64)
    kept = [step for step in np.unique(steps) if step > 0 and (steps == step).sum() >= MIN_PAIRS]
    lags = np.array([apart[steps == step].mean() for step in kept])
    return lags, [(one[steps == step], other[steps == step]) for step in kept]


def correlate_lags(found: Exploration) -> Autocorrelation:
    """Return the mean autocorrelation of all profiles and of the cycling ones, with that of shuffled times.

    At unequal steps it is the discrete correlation function: the mean of the products of two standardised
    values over all pairs of times about as far apart. As every profile has its own mean taken off, shuffled
    times have -1 / (n - 1) in the mean, not 0.

    References
    ----------
    Edelson and Krolik 1988, doi 10.1086/166773

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> told = correlate_lags(explore(phasecall.load("alpha")))
    >>> told.lags[:3].tolist(), bool(told.all_genes[0] > told.high[0])
    ([7.0, 14.0, 21.0], True)
    """
    lags, pairs = pair_lags(found.course.times)
    scatter = _scatter(found.filled)
    orders = draw_orders(found, N_SHUFFLES)
    shuffled = np.array([_mean_pairs(scatter[np.ix_(order, order)], pairs) for order in orders])
    low, high = np.quantile(shuffled, _BAND, axis=0)
    return Autocorrelation(
        lags,
        np.array([len(one) for one, _ in pairs], dtype=np.int64),
        _mean_pairs(scatter, pairs),
        _mean_pairs(_scatter(found.filled[found.cycling]), pairs),
        low,
        high,
    )


def measure_memory(found: Exploration) -> Memory:
    """Return how far ahead each profile resembles itself.

    The integrated autocorrelation time is `step (1/2 + sum of the autocorrelations)` over the lags before the
    first at which there is none left. A wave of period T alone crosses 0 after T / 4.

    References
    ----------
    Sokal 1997, doi 10.1007/978-1-4899-0319-8_6

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> told = measure_memory(explore(phasecall.load("alpha")))
    >>> bool(np.nanmedian(told.integrated) > np.nanmedian(told.shuffled_integrated))
    True
    """
    shuffled = shuffle_times(found.filled, found.draw())
    return Memory(*_remember(found.filled, found.course.times), *_remember(shuffled, found.course.times))


def _remember(profiles: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Return the first lag without autocorrelation, by straight lines between lags, and the integral."""
    lags, pairs = pair_lags(times)
    if not lags.size:
        never = np.full(len(profiles), np.nan)
        return never, never
    likeness = np.ones((len(profiles), lags.size + 1))
    for place, (one, other) in enumerate(pairs, 1):
        likeness[:, place] = (profiles[:, one] * profiles[:, other]).mean(axis=1)
    lags = np.concatenate([[0.0], lags])
    below = likeness <= 0
    ends, first = below.any(axis=1), np.maximum(below.argmax(axis=1), 1)
    rows = np.arange(len(profiles))
    before, after = likeness[rows, first - 1], likeness[rows, first]
    part = before / np.where(ends, before - after, 1.0)
    crossing = lags[first - 1] + part * (lags[first] - lags[first - 1])
    inside = np.arange(lags.size) < first[:, None]
    integrated = float(np.median(np.diff(times))) * (np.where(inside, likeness, 0.0).sum(axis=1) - 0.5)
    return np.where(ends, crossing, np.nan), np.where(ends, integrated, np.nan)


def _scatter(profiles: Floats) -> Floats:
    """Return the mean over genes of the products of two times; NaN where there is no gene."""
    if not len(profiles):
        return np.full((profiles.shape[1],) * 2, np.nan)
    return np.asarray(profiles.T @ profiles / len(profiles))


def _mean_pairs(scatter: Floats, pairs: Pairs) -> Floats:
    return np.array([scatter[one, other].mean() for one, other in pairs])
