"""Significance: q values, one p from several dependent ones, and the score that orders a genome.

How far the p values can be believed was measured on 20,000 profiles without rhythm, 24 points over two
periods. On white noise, and on shuffled profiles of any kind, cosinor and Lomb-Scargle are exact and
JTK_CYCLE is conservative. None of them expects autocorrelated noise, whose slow drifts look like half a wave.
The share of first-order autoregressive profiles with p <= 0.05, by the correlation of neighbouring points:

| correlation | cosinor, Lomb-Scargle, Fourier | JTK_CYCLE | both combined | `find_period` |
|---|---|---|---|---|
| 0 | .05 | .02 | .03 | .05 |
| 0.2 | .11 | .05 | .09 | .14 |
| 0.4 | .21 | .11 | .16 | .31 |
| 0.6 | .29 | .17 | .24 | .49 |
| 0.8 | .29 | .18 | .25 | .59 |

(`find_period` from 0.5 to 1.5 periods.) q values inherit that; a trend fitted beside the wave is no cure.
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


def combine(p_values: Floats) -> Floats:
    r"""Combine p values of the same gene, which may depend on one another, into one: the Cauchy combination.

    `t = mean tan((1/2 - p) pi)`, `p = 1/2 - atan(t) / pi`. It holds in the tail whatever the dependence: two
    methods on the same data, or the same method on several experiments. A p of exactly 1 says nothing more
    than a p near 1, yet would outweigh all others: as the authors do, it is taken as `1 - 1/k` among k.

    Parameters
    ----------
    p_values
        Shape (n, k); NaN is left out.

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
    total = np.where(known, cauchy, 0.0).sum(axis=1) / np.maximum(count, 1)
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
