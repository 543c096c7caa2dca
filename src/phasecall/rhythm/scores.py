"""What every method of rhythm answers, in one shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.timecourse import find_constant

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class RhythmScores:
    """One method's answer for each gene; every field has shape (n,), NaN where there is none.

    Parameters
    ----------
    score
        Orders the genes: the largest first.
    p_value
        Of what the method tests, (0, 1].
    q_value
        Benjamini-Hochberg's, over the genes judged together. As good as the p values: only those of
        `combined` allow for autocorrelated noise.
    peak_time
        Minute of the peak, [0, period).
    amplitude
        Half of peak minus trough, in the unit of the values.
    """

    score: Floats
    p_value: Floats
    q_value: Floats
    peak_time: Floats
    amplitude: Floats


def centre(values: Floats) -> tuple[Floats, Bools, NDArray[np.int64], Bools]:
    """Return values about each gene's mean (0 where missing), what was observed, how often, which vary.

    Examples
    --------
    >>> about, observed, count, varies = centre(np.array([[1.0, np.nan, 3.0]]))
    >>> about.tolist(), observed.tolist(), count.tolist(), varies.tolist()
    ([[-1.0, 0.0, 1.0]], [[True, False, True]], [2], [True])
    """
    observed = np.isfinite(values)
    count = observed.sum(axis=1)
    middle = np.where(observed, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    about = np.where(observed, values - middle[:, None], 0.0)
    return about, observed, count, (count > 0) & ~find_constant(values)


def rescale(values: Floats) -> Floats:
    """Return each gene divided by its largest value: squares of very large numbers are no numbers.

    Examples
    --------
    >>> rescale(np.array([[1e200, -2e200]])).tolist()
    [[0.5, -1.0]]
    """
    largest = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=1, initial=0.0)
    return np.asarray(values / np.where(largest > 0, largest, 1.0)[:, None])


def strength(p_values: Floats) -> Floats:
    """Return `-log10 p`, finite also where p has run out of floating-point numbers.

    Examples
    --------
    >>> strength(np.array([0.01, np.nan])).tolist()
    [2.0, nan]
    """
    return -np.log10(np.maximum(p_values, np.finfo(np.float64).tiny))
