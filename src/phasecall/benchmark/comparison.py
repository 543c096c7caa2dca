"""Comparison: intervals over folds, and whether two methods differ on the same genes.

McNemar's exact test: McNemar 1947, doi 10.1007/BF02295996; it asks of the genes on which just one of two
methods is right whether either is right more often. Holm 1979, www.jstor.org/stable/4615733.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Right = Mapping[str, bool]
"""By gene, whether it was called rightly."""


@dataclass(frozen=True)
class Comparison:
    """A method against its best rival, of those that called most of its genes, on the genes that both called.

    Parameters
    ----------
    rival
        Key of the other method with the highest accuracy.
    n
        Genes that both called.
    won, lost
        Genes on which only the method, and only the rival, is right.
    p, p_holm
        Of McNemar's exact test, as it is, and adjusted for the choice of the rival and for the methods of the
        track.
    """

    rival: str
    n: int
    won: int
    lost: int
    p: float
    p_holm: float


def bound_mean(values: Sequence[float]) -> tuple[float, list[float] | None]:
    """Return the mean and its 95 % interval by Student's t; none of a single value.

    Examples
    --------
    >>> bound_mean([0.5])
    (0.5, None)
    >>> mean, (low, high) = bound_mean([0.7, 0.8, 0.9])
    >>> round(mean, 3), round(low, 3), round(high, 3)
    (0.8, 0.552, 1.048)
    """
    from scipy.special import stdtrit

    numbers = np.asarray(values, dtype=np.float64)
    mean = float(numbers.mean())
    if numbers.size < 2:
        return mean, None
    half = float(stdtrit(numbers.size - 1, 0.975) * numbers.std(ddof=1) / numbers.size**0.5)
    return mean, [mean - half, mean + half]


def judge_pairs(won: int, lost: int) -> float:
    """Return the two-sided p value of McNemar's exact test.

    Examples
    --------
    >>> round(judge_pairs(9, 2), 4), judge_pairs(0, 0)
    (0.0654, 1.0)
    """
    from scipy.special import bdtr

    n = won + lost
    return min(1.0, 2 * float(bdtr(min(won, lost), n, 0.5))) if n else 1.0


def adjust_by_holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted by Holm's method, in their order.

    Examples
    --------
    >>> adjust_by_holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    numbers = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(numbers, kind="stable")
    raised = np.minimum(numbers[order] * np.arange(numbers.size, 0, -1), 1.0)
    adjusted: NDArray[np.float64] = np.empty_like(numbers)
    adjusted[order] = np.maximum.accumulate(raised)
    return [float(value) for value in adjusted]


def compare(right: Mapping[str, Right]) -> dict[str, Comparison]:
    """Compare each method with its best rival.

    The best of m rivals is chosen on the genes that it is tested on: any of m tests could have been the one,
    so that p counts m times (Bonferroni) before Holm's method adjusts it for the number of methods.

    Parameters
    ----------
    right
        By method and gene, whether it was called rightly.

    Returns
    -------
    dict
        By method; empty of a single one. Methods that share no gene with any other are left out.
    """
    found = {}
    for method, own in right.items():
        rivals = {key: other for key, other in right.items() if key != method and own.keys() & other.keys()}
        if rivals:
            found[method] = _against(own, rivals)
    adjusted = adjust_by_holm([min(1.0, choices * test.p) for test, choices in found.values()])
    return {
        method: replace(test, p_holm=p)
        for (method, (test, _)), p in zip(found.items(), adjusted, strict=True)
    }


def _against(own: Right, rivals: Mapping[str, Right]) -> tuple[Comparison, int]:
    """Return the test against the rival with the highest accuracy, p as it is, and among how many it was.

    Only rivals that share as many genes as any does are among them: fewer genes may be the easier ones.
    """
    shared = {key: sorted(own.keys() & other.keys()) for key, other in rivals.items()}
    most = max(map(len, shared.values()))
    hits = {
        key: np.array([rivals[key][gene] for gene in genes])
        for key, genes in shared.items()
        if len(genes) == most
    }
    rival = max(hits, key=lambda key: float(hits[key].mean()))
    mine, theirs = np.array([own[gene] for gene in shared[rival]]), hits[rival]
    won, lost = int((mine & ~theirs).sum()), int((theirs & ~mine).sum())
    p = judge_pairs(won, lost)
    return Comparison(rival, most, won, lost, p, p), len(hits)
