"""The Fourier score of Spellman et al.: how much of a profile turns with the period.

It is in the unit of the values: unlike a share of variance it grows with the amplitude, and that finds
cell-cycle genes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from phasecall.rhythm.scores import Floats, centre

Complexes = NDArray[np.complex128]
Measured = tuple[Floats, Floats, float]
"""One experiment: values of shape (n, n_times), minutes, and its period in minutes."""

_N_PERIODS = 40
_WIDTH = 1 / 6
"""The score is averaged over periods so far to either side, as a share of the period."""


def transform(values: Floats, times: Floats, periods: Floats) -> Complexes:
    r"""Return the Fourier component `sum_t (y_t - mean) exp(2 pi i t / period)` of each gene at each period.

    Missing values add nothing. Genes without a value get NaN.

    Returns
    -------
    Complexes
        Shape (n, n_periods). Its angle, as a share of a turn, is the peak; twice its magnitude over the
        number of values is about the amplitude.
    """
    about, _, count, _ = centre(values)
    components = about @ np.exp(2j * np.pi * times[:, None] / periods)
    return np.where(count[:, None] > 0, components, np.nan)


def _sweep(period: float) -> Floats:
    return np.asarray(np.linspace(period * (1 - _WIDTH), period * (1 + _WIDTH), _N_PERIODS))


def measure_fourier(values: Floats, times: Floats, period: float) -> Floats:
    r"""Return the Fourier score of each gene, shape (n,): the magnitude, averaged over 40 periods.

    .. math:: D = \sqrt{(\sum_t y_t \sin w t)^2 + (\sum_t y_t \cos w t)^2}

    of the values about their mean, averaged over 40 evenly spaced periods from 1/6 below to 1/6 above the one
    given, so that a period estimated a little wrong costs little.

    References
    ----------
    Spellman et al. 1998, doi 10.1091/mbc.9.12.3273

    Examples
    --------
    >>> minutes = np.arange(0.0, 120.0, 7.0)
    >>> wave = np.cos(2 * np.pi * minutes / 60)
    >>> measure_fourier(np.stack([wave, 2 * wave]), minutes, 60.0).round(1).tolist()
    [8.7, 17.4]
    """
    return np.asarray(np.abs(transform(values, times, _sweep(period))).mean(axis=1))


def add_fourier(experiments: Sequence[Measured]) -> Floats:
    """Return the Fourier score of the same genes over several experiments: the sum of their magnitudes.

    Each experiment counts in units of its own median score, so that none wins by having more points or
    another scale. A gene that an experiment did not measure gets nothing from it; NaN where none did.

    Examples
    --------
    >>> minutes = np.arange(0.0, 120.0, 7.0)
    >>> waves = np.array([[1.0], [2.0], [4.0]]) * np.cos(2 * np.pi * minutes / 60)
    >>> add_fourier([(waves, minutes, 60.0), (10 * waves, minutes, 60.0)]).round(6).tolist()
    [1.0, 2.0, 4.0]
    """
    scores = [measure_fourier(*experiment) for experiment in experiments]
    scaled = np.stack([score / np.nanmedian(score) for score in scores])
    total = np.nansum(scaled, axis=0)
    return np.where(np.isfinite(scaled).any(axis=0), total, np.nan)


def align_fourier(experiments: Sequence[Measured]) -> Floats:
    r"""Return the Fourier score of the same genes over several experiments put on one clock.

    As Spellman et al. add the components of the experiments as vectors, once turned so that the experiments
    agree: a gene that peaks at the same time of the cycle everywhere keeps its sum, noise does not. The turn
    and the weight of each experiment are here the first principal component of all genes' components (in
    units of their median magnitude): no known gene is needed. The magnitude of the sum is averaged over the
    periods.

    References
    ----------
    Spellman et al. 1998, doi 10.1091/mbc.9.12.3273

    Examples
    --------
    >>> minutes = np.arange(0.0, 120.0, 7.0)
    >>> wave = np.cos(2 * np.pi * (minutes - np.array([[10.0], [40.0], [55.0]])) / 60)
    >>> later = np.cos(2 * np.pi * (minutes - np.array([[25.0], [55.0], [40.0]])) / 60)
    >>> score = align_fourier([(wave, minutes, 60.0), (later, minutes, 60.0)])
    >>> bool(score[2] < score[:2].min())
    True
    """
    sums = [transform(values, times, _sweep(period)) for values, times, period in experiments]
    scale = [np.nanmedian(np.abs(part).mean(axis=1)) for part in sums]
    scaled = np.stack([part / size for part, size in zip(sums, scale, strict=True)], axis=2)
    at_period = [transform(values, times, np.array([period]))[:, 0] for values, times, period in experiments]
    single = np.stack([part / size for part, size in zip(at_period, scale, strict=True)], axis=1)
    measured = np.isfinite(single)
    single = np.where(measured, single, 0.0)
    _, vectors = np.linalg.eigh(single.conj().T @ single)
    total = np.abs(np.where(measured[:, None, :], scaled, 0.0) @ vectors[:, -1]).mean(axis=1)
    return np.where(measured.any(axis=1), total, np.nan)


def judge_fourier(values: Floats, times: Floats, period: float, *, n_random: int = 100_000) -> Floats:
    """Return the p value of each gene's Fourier score, shape (n,): its rank among shuffled profiles.

    The genes' own values are standardised and shuffled in time, `n_random` profiles in all, so that all genes
    share one null distribution. No p value is below `1 / (n_random + 1)`. The random numbers are always the
    same.

    Examples
    --------
    >>> minutes = np.arange(0.0, 120.0, 7.0)
    >>> bool(judge_fourier(np.cos(2 * np.pi * minutes / 60)[None], minutes, 60.0)[0] < 1e-4)
    True
    """
    about, observed, count, varies = centre(values)
    usable = varies & (count > 3)
    if not usable.any():
        return np.full(len(values), np.nan)
    spread = np.sqrt((about**2).sum(axis=1))
    shapes = np.where(observed, about / np.where(usable, spread, 1.0)[:, None], np.nan)
    rng = np.random.default_rng(0)
    drawn = np.resize(np.flatnonzero(usable), max(n_random, 1))
    null = np.sort(measure_fourier(rng.permuted(shapes[drawn], axis=1), times, period))
    reached = null.size - np.searchsorted(null, measure_fourier(shapes, times, period) * (1 - 1e-9))
    return np.where(usable, (reached + 1) / (null.size + 1), np.nan)
