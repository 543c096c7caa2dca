"""Fluctuations: how much genes fluctuate together, and whether that warns of a transition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration.record import Exploration
from phasecall.exploration.selection import shuffle_times
from phasecall.exploration.stretch import lay_stretch, randomise_phases, remove_waves

Floats = NDArray[np.float64]

MIN_GENES = 20
MIN_ARRAYS = 8

ONE_ARRAY = 3.84
"""95 % of the arrays of independent genes have a smaller susceptibility: chi squared of one degree."""

_NULLS = 50
_MOST = 1000
"""Genes that are followed through random series: more of them do not move means of thousands."""
_SURROGATES = 200
_LEAST_WINDOW = 5


@dataclass(frozen=True)
class Susceptibility:
    """How much genes of a phase fluctuate together; k groups.

    Parameters
    ----------
    codes
        Code of each group's phase, -1 for all genes, shape (k,).
    sizes
        Genes of each, shape (k,).
    each
        Susceptibility at each array, shape (k, n_times).
    whole
        Its mean over arrays, shape (k,): 1 where genes are independent.
    null_low, null_high
        Between which 95 % of `whole` lie where each gene's arrays are shuffled, shape (k,).
    likeness
        Mean correlation of two genes, shape (k,).
    """

    codes: NDArray[np.int64]
    sizes: NDArray[np.int64]
    each: Floats
    whole: Floats
    null_low: Floats
    null_high: Floats
    likeness: Floats


@dataclass(frozen=True)
class Criticality:
    """Early warnings in a window that slides over the arrays; w windows.

    Parameters
    ----------
    minutes
        Middle of each window, shape (w,).
    indicators
        Standard deviation, autocorrelation of neighbouring arrays, mean correlation of two genes; (3, w).
    low, high
        Between which 95 % of them lie in stationary series of the same spectra, shape (3, w).
    trend, p_values
        Kendall's tau of each with time, and how often such series have as large a one; shape (3,).
    window, n_arrays, n_genes
        Arrays in a window, arrays in all, genes.
    """

    minutes: Floats
    indicators: Floats
    low: Floats
    high: Floats
    trend: Floats
    p_values: Floats
    window: int
    n_arrays: int
    n_genes: int


def measure_susceptibility(exploration: Exploration) -> Susceptibility | None:
    r"""Measure how much more the mean of genes fluctuates than that of independent ones would.

    With m the mean residual of N genes at an array and angle brackets their mean over arrays,

    .. math:: \chi = N \langle m^2 \rangle / \langle r^2 \rangle

    the susceptibility of linear response, in units of that of one gene: by the fluctuation-dissipation
    theorem the variance of a sum at rest tells how far a common force would move it. Independent genes have
    1, genes of mean correlation rho `1 + (N - 1) rho`. None with fewer than 20 genes or without a clock.

    References
    ----------
    Kubo 1966, doi 10.1088/0034-4885/29/1/306
    """
    series, telling = remove_waves(exploration)
    codes = exploration.codes[telling]
    groups = [(-1, np.ones(len(series), dtype=bool))]
    groups += [(int(code), codes == code) for code in np.unique(codes) if code >= 0]
    groups = [(code, own) for code, own in groups if own.sum() >= MIN_GENES]
    if not groups:
        return None
    each = np.stack([respond(series[own]) for _, own in groups])
    generator, null = exploration.draw(), []
    for _ in range(_NULLS):
        shuffled = shuffle_times(series, generator)
        null.append([np.nanmean(respond(shuffled[own])) for _, own in groups])
    low, high = np.percentile(null, [2.5, 97.5], axis=0)
    sizes = np.array([own.sum() for _, own in groups])
    whole = np.nanmean(each, axis=1)
    return Susceptibility(
        np.array([code for code, _ in groups]), sizes, each, whole, low, high, (whole - 1) / (sizes - 1)
    )


def respond(series: Floats) -> Floats:
    """Return N times the squared mean of N series at each array, over their mean square, shape (m,).

    Examples
    --------
    >>> respond(np.array([[1.0, -1.0], [1.0, 1.0]])).tolist()
    [2.0, 0.0]
    """
    known = np.isfinite(series)
    count = known.sum(axis=0)
    filled = np.where(known, series, 0.0)
    square = (filled**2).sum() / max(known.sum(), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(filled.sum(axis=0) ** 2 / count / square)


def measure_criticality(exploration: Exploration) -> Criticality | None:
    """Measure early warnings of a transition, in a window of half of the even stretch.

    What the waves leave of genes with a value at each of its arrays: standard deviation, autocorrelation of
    neighbouring arrays and mean correlation of two genes all rise before a system loses its stability. The
    null is 200 sets of stationary series with the same spectra and the same relations between genes. Of up to
    1,000 genes. None with fewer than 20, or eight arrays at one step.

    References
    ----------
    Scheffer et al. 2009, doi 10.1038/nature08227; Dakos et al. 2012, doi 10.1371/journal.pone.0041010
    (windows, trend); Chen et al. 2012, doi 10.1038/srep00342 (correlation); Prichard and Theiler 1994,
    doi 10.1103/PhysRevLett.73.951 (null).
    """
    stretch = lay_stretch(exploration)
    series = remove_waves(exploration)[0][:, stretch.columns]
    series = series[np.isfinite(series).all(axis=1)]
    if len(series) < MIN_GENES or len(stretch) < MIN_ARRAYS:
        return None
    generator = exploration.draw()
    if len(series) > _MOST:
        series = series[np.sort(generator.choice(len(series), _MOST, replace=False))]
    window = max(len(stretch) // 2, _LEAST_WINDOW)
    seen = watch(series, window)
    null = np.stack(
        [watch(randomise_phases(series, 1, generator, together=True)[0], window) for _ in range(_SURROGATES)]
    )
    trend = rank_trend(seen)
    reached = (np.abs(rank_trend(null)) >= np.abs(trend) - 1e-12).sum(axis=0)
    low, high = np.percentile(null, [2.5, 97.5], axis=0)
    times = exploration.course.times[stretch.columns]
    middles = (times[: seen.shape[1]] + times[window - 1 :]) / 2
    p_values = (1 + reached) / (1 + _SURROGATES)
    return Criticality(middles, seen, low, high, trend, p_values, window, len(stretch), len(series))


def watch(series: Floats, window: int) -> Floats:
    """Return the indicators of `Criticality` in each window of complete series, shape (3, m - window + 1)."""
    found = []
    for start in range(series.shape[1] - window + 1):
        own = series[:, start : start + window]
        about = own - own.mean(axis=1, keepdims=True)
        square = (about**2).sum(axis=1)
        memory = (about[:, 1:] * about[:, :-1]).sum() / max(float(square.sum()), 1e-300)
        together = (about / np.sqrt(np.maximum(square, 1e-300))[:, None]).sum(axis=0)
        pairs = len(series) * (len(series) - 1)
        likeness = ((together**2).sum() - len(series)) / pairs
        found.append((np.sqrt(square.mean() / (window - 1)), memory, likeness))
    return np.array(found).T


def rank_trend(series: Floats) -> Floats:
    """Return Kendall's tau of series with time: pairs that rise less pairs that fall, of all; shape (...,).

    Examples
    --------
    >>> rank_trend(np.array([[1.0, 2, 3], [1, 3, 2]])).round(3).tolist()
    [1.0, 0.333]
    """
    first, second = np.triu_indices(series.shape[-1], k=1)
    return np.asarray(np.sign(series[..., second] - series[..., first]).mean(axis=-1))
