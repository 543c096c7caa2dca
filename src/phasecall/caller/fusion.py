"""Fusion: what several experiments say together of the genes that any of them has.

Experiments are independent of one another once their clocks are told: densities on the turn multiply, odds
of following the cell cycle multiply, and p values combine by Fisher's method. An experiment that lacks a gene
says nothing of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.density import N_GRID, SPREAD, lay_out
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

MIN_COMMON = 0.1
"""Below this Bayes factor of one common peak against a peak in each experiment, the experiments disagree: the
evidence against is then strong on Jeffreys' scale (Kass and Raftery 1995, doi 10.1080/01621459.1995.10476572,
section 3.2). In three cultures like alpha, cdc15 and cdc28 (tests/test_fusion.py, seeds 0 to 5), 0.2 % of the
genes with a common peak are below it, and 59 % of those that peak over a quarter turn away in one of them."""

ALIKE = 0.95
"""Median rank correlation of the same genes over the same minutes in two courses, above which they are one
culture. Of no two embedded cultures it is above 0.1."""
_MIN_ALIKE = 6
"""Minutes, and genes, that must be common to tell."""
_ENOUGH = 200
"""Genes that tell it: more take longer, and tell no more."""

_LEAST = float(np.finfo(np.float64).tiny)
_SUREST = 1 - float(np.finfo(np.float64).eps)


def unite_genes(names: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], list[Rows]]:
    """Return the genes that any experiment has, by first appearance, and where each experiment's are there.

    Parameters
    ----------
    names
        The genes of each experiment, in its order.

    Returns
    -------
    genes, rows
        The union, and of each experiment the index in it of each of its genes.

    Examples
    --------
    >>> genes, rows = unite_genes([("b", "a"), ("c", "a")])
    >>> genes, [one.tolist() for one in rows]
    (('b', 'a', 'c'), [[0, 1], [2, 1]])
    """
    place = {gene: index for index, gene in enumerate(dict.fromkeys(g for own in names for g in own))}
    return tuple(place), [np.array([place[gene] for gene in own], dtype=np.int64) for own in names]


def find_alike(courses: Sequence[TimeCourse]) -> list[tuple[int, int]]:
    """Return the pairs of courses that look like one culture, by their places, the earlier first.

    Examples
    --------
    >>> import phasecall
    >>> find_alike([phasecall.load("cdc15"), phasecall.load("alpha"), phasecall.load("cdc15-4381")])
    [(0, 2)]
    """
    pairs = combinations(range(len(courses)), 2)
    return [pair for pair in pairs if measure_likeness(*(courses[place] for place in pair)) > ALIKE]


def measure_likeness(one: TimeCourse, other: TimeCourse) -> float:
    """Return the median rank correlation of common genes over common minutes, 0 where they are few."""
    from scipy.stats import rankdata

    genes, *rows = np.intersect1d(one.genes, other.genes, return_indices=True)
    minutes, *columns = np.intersect1d(one.times, other.times, return_indices=True)
    if min(genes.size, minutes.size) < _MIN_ALIKE:
        return 0.0
    rows = [own[:: -(-genes.size // _ENOUGH)] for own in rows]
    places = zip((one, other), rows, columns, strict=True)
    both = np.stack([course.values[np.ix_(own, times)] for course, own, times in places])
    both = np.where(np.isfinite(both).all(axis=0), both, np.nan)
    # Ranks have no unit, and are as small as the course is short.
    ranks = rankdata(both, axis=2, nan_policy="omit")
    seen = np.isfinite(ranks)
    count = np.maximum(seen.sum(axis=2, keepdims=True), 1)
    about = np.where(seen, ranks - np.where(seen, ranks, 0.0).sum(axis=2, keepdims=True) / count, 0.0)
    length = np.sqrt(np.square(about).sum(axis=2))
    told = (count[0, :, 0] >= _MIN_ALIKE) & (length > 0).all(axis=0)
    products = (about[0] * about[1]).sum(axis=1)[told] / length.prod(axis=0)[told]
    return float(np.median(products)) if told.any() else 0.0


def lay_over(columns: Sequence[NDArray[Any]], rows: Sequence[Rows], n: int) -> Floats:
    """Return what each experiment says of each gene of the union, shape (experiments, n, ...).

    Parameters
    ----------
    columns
        Of each experiment a number or more for each of its genes, shape (n_genes, ...).
    rows
        As `unite_genes` returns them.
    n
        Genes of the union. Those that an experiment lacks have NaN.

    Examples
    --------
    >>> lay_over([np.array([1.0, 2.0])], [np.array([2, 0])], 3).tolist()
    [[2.0, nan, 1.0]]
    """
    laid = np.full((len(columns), n, *(columns[0].shape[1:] if columns else ())), np.nan)
    for layer, column, own in zip(laid, columns, rows, strict=True):
        layer[own] = column
    return laid


def combine_p(p_values: Floats) -> Floats:
    r"""Combine the p values of independent experiments by Fisher's method, shape (n,).

    .. math:: p = P(\chi^2_{2k} > -2 \sum_i \ln p_i)

    The p value of one experiment alone stays as it is.

    Parameters
    ----------
    p_values
        Shape (experiments, n); NaN is left out. NaN where none is left.

    References
    ----------
    Mosteller and Fisher 1948, doi 10.2307/2681650.

    Examples
    --------
    >>> combine_p(np.array([[0.05, 0.2, np.nan], [0.05, np.nan, np.nan]])).round(4).tolist()
    [0.0175, 0.2, nan]
    """
    from scipy.special import chdtrc

    known = np.isfinite(p_values)
    count = known.sum(axis=0)
    logs = np.log(np.clip(np.where(known, p_values, 1.0), _LEAST, 1.0)).sum(axis=0)
    alone = np.where(known, p_values, 0.0).sum(axis=0)
    together = chdtrc(2 * np.maximum(count, 1), -2 * logs)
    return np.where(count == 0, np.nan, np.where(count == 1, alone, together))


def combine_odds(probabilities: Floats) -> Floats:
    """Combine probabilities of independent experiments by multiplying their odds, shape (n,).

    Before any experiment, odds are taken to be even.

    Parameters
    ----------
    probabilities
        Shape (experiments, n); NaN is left out. NaN where none is left.

    Examples
    --------
    >>> combine_odds(np.array([[0.8, 0.3, np.nan], [0.8, np.nan, np.nan]])).round(4).tolist()
    [0.9412, 0.3, nan]
    """
    from scipy.special import expit, logit

    known = np.isfinite(probabilities)
    odds = logit(np.clip(np.where(known, probabilities, 0.5), _LEAST, _SUREST)).sum(axis=0)
    return np.where(known.any(axis=0), expit(odds), np.nan)


def compare_peaks(naturals: Floats) -> Floats:
    r"""Return the logarithm of the Bayes factor of one common peak against a peak in each experiment.

    With :math:`p_i` the density of the gene's peak by experiment i, relative to that of any place alike,

    .. math:: \ln \int_0^1 \prod_i p_i(\theta) \, d\theta

    Each density is widened by `SPREAD` first. It allows already for a gene that peaks elsewhere in one
    experiment than published, but not for a clock whose start is off for all genes of its experiment.
    Widened, 11 of the 800 genes of the embedded alpha, cdc15 and cdc28 are below `MIN_COMMON`, else 19.

    Parameters
    ----------
    naturals
        Natural parameters (`phasecall.density`), shape (experiments, n, 8); NaN where one says nothing.

    Returns
    -------
    Floats
        Shape (n,); 0 where less than two experiments say something.

    Examples
    --------
    >>> from phasecall.density import describe_peak
    >>> error = np.full(2, 0.05)
    >>> naturals = np.stack([describe_peak(np.array(turns), error) for turns in ([0.1, 0.1], [0.15, 0.6])])
    >>> compare_peaks(naturals).round(1).tolist()
    [1.3, -11.8]
    """
    logs = np.zeros((naturals.shape[1], N_GRID))
    if len(naturals) > 1:
        spread = _spread_peaks()
        for natural in naturals:
            logs += np.log(np.maximum(lay_out(np.nan_to_num(natural)) @ spread * N_GRID, _LEAST))
    highest = logs.max(axis=1, keepdims=True)
    return np.asarray(highest[:, 0] + np.log(np.exp(logs - highest).mean(axis=1)))


def _spread_peaks() -> Floats:
    """Return the probability of getting from each part of the turn to each, shape (N_GRID, N_GRID)."""
    steps = np.arange(N_GRID) / N_GRID
    weights = np.exp(-0.5 * (np.minimum(steps, 1 - steps) / SPREAD) ** 2)
    index = np.arange(N_GRID)
    return np.asarray((weights / weights.sum())[(index[:, None] - index) % N_GRID])


def name_apart(names: Sequence[str]) -> list[str]:
    """Return names of experiments, numbered where two have the same one.

    Examples
    --------
    >>> name_apart(["alpha", "culture", "culture"])
    ['alpha', 'culture (1)', 'culture (2)']
    """
    often, met = Counter(names), Counter[str]()
    told = []
    for name in names:
        met[name] += 1
        told.append(f"{name} ({met[name]})" if often[name] > 1 else name)
    return told
