"""Arithmetic on the circle. Every angle is in turns, a float in [0, 1); 0 is the M/G1 boundary."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Turns = NDArray[np.float64]
"""Angles in turns, [0, 1), any shape; NaN means unknown."""


def wrap(turns: ArrayLike) -> Turns:
    """Bring angles into [0, 1).

    Examples
    --------
    >>> wrap([-0.25, 1.5]).tolist()
    [0.75, 0.5]
    """
    wrapped = np.mod(np.asarray(turns, dtype=np.float64), 1.0)
    # np.mod(-1e-18, 1.0) rounds to 1.0, which is the same place as 0.
    return np.where(wrapped >= 1.0, 0.0, wrapped)


def difference(a: ArrayLike, b: ArrayLike) -> Turns:
    """Signed shortest way from `b` to `a`, in turns, [-0.5, 0.5).

    Examples
    --------
    >>> difference(0.05, 0.95).round(12).item()
    0.1
    """
    return wrap(np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64) + 0.5) - 0.5


def distance(a: ArrayLike, b: ArrayLike) -> Turns:
    """Shortest way between `a` and `b`, in turns, [0, 0.5]."""
    return np.abs(difference(a, b))


def mean(turns: ArrayLike, weights: ArrayLike | None = None) -> tuple[float, float]:
    r"""Circular mean and resultant length.

    .. math:: \bar z = \sum_i w_i e^{2 \pi i \theta_i} / \sum_i w_i

    Parameters
    ----------
    turns
        Angles, shape (n,), in turns. NaN is left out.
    weights
        Weights, shape (n,), not negative. Equal if not given.

    Returns
    -------
    mean, resultant
        The mean angle in turns, [0, 1), and the resultant length in [0, 1] (1: all the same, 0: no
        direction). Both NaN where nothing is left or all weights are 0.

    References
    ----------
    Mardia and Jupp 2000, Directional Statistics, doi 10.1002/9780470316979, section 2.2.

    Examples
    --------
    >>> centre, resultant = mean([0.9, 0.1])
    >>> round(centre, 6) % 1, round(resultant, 4)
    (0.0, 0.809)
    """
    angles = np.asarray(turns, dtype=np.float64)
    weight = np.ones_like(angles) if weights is None else np.asarray(weights, dtype=np.float64)
    known = np.isfinite(angles)
    total = float(weight[known].sum())
    if total <= 0.0:
        return float("nan"), float("nan")
    resultant = complex((weight[known] * np.exp(2j * np.pi * angles[known])).sum()) / total
    return float(wrap(np.angle(resultant) / (2 * np.pi))), min(abs(resultant), 1.0)


def within(turns: ArrayLike, start: float, end: float) -> NDArray[np.bool_]:
    """Whether angles lie on the arc from `start` forward to `end`, start included, end not.

    An arc whose ends meet is the whole circle.

    Examples
    --------
    >>> within([0.95, 0.05, 0.5], 0.9, 0.1).tolist()
    [True, True, False]
    """
    width = float(wrap(end - start)) or 1.0
    return wrap(np.asarray(turns, dtype=np.float64) - start) < width
