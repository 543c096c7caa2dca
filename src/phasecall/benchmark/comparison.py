"""Comparison: intervals over folds, and whether two methods differ on the same genes.

McNemar's exact test: McNemar 1947, doi 10.1007/BF02295996; it asks of the genes on which just one of two
methods is right whether either is right more often. Holm 1979, www.jstor.org/stable/4615733.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Right = Mapping[str, bool]
"""By gene, whether it was called rightly."""


@dataclass(frozen=True)
class Comparison:
    """A method against its best rival on the genes that both called.

    Parameters
    ----------
    rival
        Key of the other method with the highest accuracy.
    n
        Genes that both called.
    won, lost
        Genes on which only the method, and only the rival, is right.
    p, p_holm
        Of McNemar's exact test, as it is and adjusted for the methods of the track.
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


def adjust(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted by Holm's method, in their order.

    Examples
    --------
    >>> adjust([0.01, 0.04, 0.03])
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
    adjusted = adjust([p for *_, p in found.values()])
    return {
        method: Comparison(*numbers, p_holm=p)
        for (method, numbers), p in zip(found.items(), adjusted, strict=True)
    }


def _against(own: Right, rivals: Mapping[str, Right]) -> tuple[str, int, int, int, float]:
    """Return the rival with the highest accuracy on the genes shared with it, and the test against it."""
    shared = {key: sorted(own.keys() & other.keys()) for key, other in rivals.items()}
    rival = max(rivals, key=lambda key: float(np.mean([rivals[key][gene] for gene in shared[key]])))
    mine = np.array([own[gene] for gene in shared[rival]])
    theirs = np.array([rivals[rival][gene] for gene in shared[rival]])
    won, lost = int((mine & ~theirs).sum()), int((theirs & ~mine).sum())
    return rival, mine.size, won, lost, judge_pairs(won, lost)
