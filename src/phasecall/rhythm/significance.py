"""Significance: q values, one p from several dependent ones, and the score that orders a genome.

How far the p values can be believed is measured by `python benchmarks/rhythm.py` on 20,000 profiles without
rhythm. On white noise, and on shuffled profiles of any kind, cosinor and Lomb-Scargle are exact and JTK_CYCLE
is conservative. None of them expects autocorrelated noise, whose slow drifts look like half a wave;
neighbouring points that differ by more than chance hide waves. The combined p (`judge_rhythm`) estimates the
correlation and allows for it. The share of first-order autoregressive profiles, 24 points over two periods,
with p <= 0.05:

| correlation of neighbours | cosinor, Lomb-Scargle | JTK_CYCLE | `find_period` | combined |
|---|---|---|---|---|
| -0.4 | .003 | .001 | .002 | .050 |
| 0 | .050 | .016 | .050 | .049 |
| 0.2 | .115 | .048 | .143 | .050 |
| 0.4 | .208 | .103 | .308 | .050 |
| 0.6 | .298 | .169 | .495 | .050 |
| 0.8 | .313 | .184 | .594 | .050 |

(`find_period` from 0.5 to 1.5 periods; the standard error of .050 is .0015.) With a tenth of the values
missing, or on the uneven times of the cdc15 course, the combined p has .048 to .052; on nine points in 0.7 of
a period .047 to .056: what drifts and what turns can hardly be told apart there, and the noise is
extrapolated. Where a fifth of the genes are rhythmic, 3.4 to 4.5 % of those with q <= 0.05 are false on 24
points (4 % is what that q allows; plain cosinor: 0.1 to 50 %), and hardly any gene is found on the nine.
There, sharp waves of many genes pass for noise, and make p conservative (.042 to .052). JTK_CYCLE is no part
of the combination: being conservative it took power wherever it was tried. q values of the other methods
inherit their p values' faults; a trend fitted beside the wave is no cure.
"""

from __future__ import annotations

import numpy as np

from phasecall.rhythm.scores import Floats

_FULL = 0.001
"""A p value above this is punished by the square of how far it is above it."""


def adjust(p_values: Floats) -> Floats:
    """Return Benjamini-Hochberg q values, shape (n,); NaN stays NaN and does not count.

    References
    ----------
    Benjamini and Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> adjust(np.array([0.01, 0.02, np.nan, 0.5])).round(3).tolist()
    [0.03, 0.03, nan, 0.5]
    """
    q_values = np.full(p_values.shape, np.nan)
    order = np.argsort(p_values, kind="stable")[: int(np.isfinite(p_values).sum())]
    scaled = p_values[order] * order.size / np.arange(1, order.size + 1)
    q_values[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return q_values


def combine(p_values: Floats, weights: Floats | None = None) -> Floats:
    r"""Combine p values of the same gene, which may depend on one another, into one: the Cauchy combination.

    `t = mean tan((1/2 - p) pi)`, `p = 1/2 - atan(t) / pi`. It is exact for independent p values, and holds in
    the tail whatever the dependence: two methods on the same data, or the same method on several experiments.
    A p of exactly 1 says nothing more than a p near 1, yet would outweigh all others: as the authors do, it
    is taken as `1 - 1/k` among k.

    Parameters
    ----------
    p_values
        Shape (n, k); NaN is left out.
    weights
        How much each of the k counts in the mean, more than 0; equally if not given.

    Returns
    -------
    Floats
        Shape (n,); NaN where none is left.

    References
    ----------
    Liu and Xie 2020, doi 10.1080/01621459.2018.1554485; Liu et al. 2019, doi 10.1016/j.ajhg.2019.01.002
    (p values of 1).

    Examples
    --------
    >>> combine(np.array([[0.01, 0.01], [0.001, 1.0], [0.2, np.nan]])).round(4).tolist()
    [0.01, 0.002, 0.2]
    """
    known = np.isfinite(p_values)
    count = known.sum(axis=1)
    ceiling = np.where(count > 1, 1 - 1 / np.maximum(count, 1), 1.0)[:, None]
    p_values = np.where(p_values >= 1.0, ceiling, np.where(known, p_values, 0.5))
    smallest = np.maximum(p_values, np.finfo(np.float64).tiny)
    # Near 0 the tangent of a rounded angle has no digits left; there it is 1 / (pi p).
    cauchy = np.where(p_values < 1e-8, 1 / (np.pi * smallest), np.tan((0.5 - smallest) * np.pi))
    share = known * (np.ones(p_values.shape[1]) if weights is None else weights)
    total = (cauchy * share).sum(axis=1) / np.where(count > 0, share.sum(axis=1), 1.0)
    with np.errstate(divide="ignore"):
        tail = np.arctan(1 / np.abs(total)) / np.pi
    return np.where(count > 0, np.where(total > 0, tail, 1 - tail), np.nan)


def rank_score(regulation: Floats, periodicity: Floats) -> Floats:
    r"""Return the score that orders genes by how much they vary and how periodically, the largest first.

    With `r` the p value of regulation and `p` that of periodicity, it is `-log10` of

    .. math:: r \, p \, (1 + (r / 0.001)^2) (1 + (p / 0.001)^2)

    A gene has to be both: above 0.001 either p value counts three times. For several experiments add the
    scores (`np.nansum` over experiments).

    References
    ----------
    de Lichtenberg et al. 2005, doi 10.1093/bioinformatics/bti093

    Examples
    --------
    >>> rank_score(np.array([1e-5, 1e-5, 1.0]), np.array([1e-6, 0.1, 1.0])).round(3).tolist()
    [11.0, 2.0, -12.0]
    """
    tiny = np.finfo(np.float64).tiny

    def punished(p_values: Floats) -> Floats:
        p_values = np.maximum(p_values, tiny)
        return -np.log10(p_values) - np.log10(1 + (p_values / _FULL) ** 2)

    return np.asarray(punished(regulation) + punished(periodicity))
