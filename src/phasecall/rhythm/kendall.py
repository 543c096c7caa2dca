"""Kendall's tau of every gene against a few reference curves, with its null distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import factorial, prod

import numpy as np

from phasecall.rhythm.scores import Bools, Floats

_EXACT = 50
"""Up to so many time points the null distribution is counted out; beyond, the normal one is as good."""
_CHUNK_CELLS = 4_000_000
"""How many signs of pairs are held at once."""


@dataclass(frozen=True)
class Concordance:
    """Each gene against each reference; every field has shape (n, n_references).

    Parameters
    ----------
    excess
        Concordant minus discordant pairs of time points.
    tau
        Kendall's tau-b, [-1, 1]; NaN where either does not vary.
    p_value
        Two-sided.
    """

    excess: Floats
    tau: Floats
    p_value: Floats


def correlate(values: Floats, references: Floats) -> Concordance:
    """Return Kendall's tau of genes (n, n_times; NaN = missing) with references (n_references, n_times).

    The p value is exact for a gene without missing or equal values and up to 50 time points, whatever is
    equal in the reference: replicates, or the two sides of a peak. Else it is that of the normal
    approximation, with the variance corrected for what is equal in both, and for the distribution going in
    steps of two.

    References
    ----------
    Kendall 1970, Rank Correlation Methods, chapters 3 and 4.

    Examples
    --------
    >>> result = correlate(np.array([[1.0, 2, 4, 3]]), np.array([[1.0, 2, 3, 4]]))
    >>> result.tau.round(3).tolist(), result.p_value.round(4).tolist()
    ([[0.667]], [[0.3333]])
    """
    step = max(1, _CHUNK_CELLS // max(values.shape[1] ** 2, 1))
    parts = [_correlate(values[at : at + step], references) for at in range(0, max(len(values), 1), step)]
    return Concordance(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _correlate(values: Floats, references: Floats) -> tuple[Floats, Floats, Floats]:
    first, second = np.triu_indices(values.shape[1], k=1)
    # Signs and their sums are small whole numbers: half the bytes hold them exactly.
    signs = np.sign(np.nan_to_num(values[:, second] - values[:, first])).astype(np.float32)
    order = np.sign(references[:, second] - references[:, first]).astype(np.float32)
    excess = (signs @ order.T).astype(np.float64)
    observed = np.isfinite(values)
    n = observed.sum(axis=1).astype(np.float64)[:, None]
    same = (values[:, :, None] == values[:, None, :]).sum(axis=2)
    own = [total[:, None] for total in _tie_sums(same, observed)]
    level = references[:, :, None] == references[:, None, :]
    theirs = [_tie_sums(observed @ equal.astype(np.float64), observed) for equal in level]
    reference = [np.stack(column, axis=1) for column in zip(*theirs, strict=True)]
    pairs = n * (n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        tau = 2 * excess / np.sqrt((pairs - own[0]) * (pairs - reference[0]))
        tau[~np.isfinite(tau)] = np.nan
    p_value = _approximate(excess, n, own, reference)
    plain = observed.all(axis=1) & (own[0][:, 0] == 0)
    if plain.any() and values.shape[1] <= _EXACT:
        for column, equal in enumerate(level):
            # Each group of equal places holds as many rows as it has members: one row of each is kept.
            sizes = tuple(sorted(int(row.sum()) for row in np.unique(equal, axis=0)))
            tail = _two_sided(sizes)
            p_value[plain, column] = tail[np.abs(excess[plain, column]).astype(np.int64)]
    return excess, tau, p_value


def _tie_sums(size: Floats, observed: Bools) -> list[Floats]:
    """Return the sums over groups of equal values of t(t-1), t(t-1)(t-2) and t(t-1)(2t+5), each (n,).

    Every member of a group of t knows t: the sum over members of `f(t) / t` is the sum over groups.
    """
    t = np.where(observed, size, 1.0)
    return [((t - 1) * rest).sum(axis=1) for rest in (1.0, t - 2, 2 * t + 5)]


def _approximate(excess: Floats, n: Floats, own: Sequence[Floats], reference: Sequence[Floats]) -> Floats:
    from scipy.special import ndtr

    variance = (n * (n - 1) * (2 * n + 5) - own[2] - reference[2]) / 18
    variance = variance + own[0] * reference[0] / np.maximum(2 * n * (n - 1), 1)
    variance = variance + own[1] * reference[1] / np.maximum(9 * n * (n - 1) * (n - 2), 1)
    away = np.maximum(np.abs(excess) - 1, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(variance > 1e-9, away / np.sqrt(np.maximum(variance, 0.0)), 0.0)
    return np.asarray(2 * ndtr(-distance))


@lru_cache(maxsize=256)
def _two_sided(sizes: tuple[int, ...]) -> Floats:
    r"""Return P(|S| >= s) for s = 0, 1, ... for groups of equal reference of some sizes.

    The number of orders of N different values with j pairs in order across groups is the coefficient of
    `q^j` in `prod_{i=1}^N (1 - q^i) / prod_groups prod_{i=1}^{size} (1 - q^i)` (Harding's generating function
    of the Jonckheere-Terpstra statistic); `S = 2 j - M`, M the number of such pairs. Whole numbers of any
    length keep it exact.

    References
    ----------
    Harding 1984, doi 10.2307/2347448
    """
    total = sum(sizes)
    largest = (total**2 - sum(size**2 for size in sizes)) // 2
    counts = np.zeros(largest + 1, dtype=object)
    counts[0] = 1
    for i in range(1, min(total, largest) + 1):
        counts[i:] = counts[i:] - counts[:-i]
    for size in sizes:
        for i in range(1, size + 1):
            for start in range(min(i, largest + 1)):
                counts[start::i] = np.add.accumulate(counts[start::i])
    orders = factorial(total) // prod(factorial(size) for size in sizes)
    below = np.add.accumulate(counts)
    # P(|S| >= s) = 2 P(j <= (M - s) / 2), for s > 0.
    tail = [1.0] + [min(1.0, 2 * below[(largest - s) // 2] / orders) for s in range(1, largest + 1)]
    return np.array(tail)
