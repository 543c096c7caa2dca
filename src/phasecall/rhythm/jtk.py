"""JTK_CYCLE at one period: whether a gene rises and falls in the order that a cosine of some lag does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phasecall.rhythm.kendall import correlate
from phasecall.rhythm.scores import Floats, centre

_DIGITS = 9
"""Cosines that agree to so many digits are equal: the two sides of a peak differ by rounding only."""


@dataclass(frozen=True)
class Jtk:
    """The reference curve that fits each gene best; every field has shape (n,), NaN where none can be tried.

    Parameters
    ----------
    peak_time
        Minute of its peak, [0, period), on the grid of lags.
    tau
        Kendall's tau-b with it, [0, 1].
    amplitude
        Median of the values about their median, turned over where the curve is below its middle, over the
        same median of a cosine of amplitude 1: `1 / sqrt(2)`, as published, where time points are many and
        even. Not below 0.
    p_value
        For having tried all lags (Bonferroni), at most 1. Conservative: lags resemble one another.
    """

    peak_time: Floats
    tau: Floats
    amplitude: Floats
    p_value: Floats


def lay_lags(times: Floats, period: float) -> Floats:
    """Return the lags that are tried, in turns: half a usual time step apart, over half a period.

    The other half are the same curves turned over, which the sign of tau tells apart.

    Examples
    --------
    >>> lay_lags(np.array([0.0, 10, 20, 20, 30, 50]), 40.0).tolist()
    [0.0, 0.125, 0.25, 0.375]
    """
    steps = np.diff(np.unique(times))
    usual = float(np.median(steps)) if steps.size else period
    n_lags = max(2, round(period / usual))
    return np.asarray(np.arange(n_lags) / (2 * n_lags))


def fit_jtk(values: Floats, times: Floats, period: float) -> Jtk:
    r"""Test each gene against cosines of all lags by Kendall's tau.

    Missing values are left out, gene by gene; equal times are replicates, equal in the curve. `correlate`
    says when p is exact. It is that of the best lag, two-sided, times the number of lags (one-sided, times
    twice that many curves).

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing. Genes with fewer than four values, or none that vary, get NaN.
    times
        Minutes, shape (n_times,); uneven steps and replicates as they are.
    period
        Minutes, more than 0.

    References
    ----------
    Hughes, Hogenesch and Kornacker 2010, doi 10.1177/0748730410379711

    Examples
    --------
    >>> minutes = np.arange(0.0, 120.0, 10.0)
    >>> sharp = np.exp(np.cos(2 * np.pi * (minutes - 45) / 60)).round(6)
    >>> result = fit_jtk(sharp[None], minutes, 60.0)
    >>> result.peak_time.round(6).tolist(), result.tau.round(6).tolist()
    ([45.0], [1.0])
    """
    lags = lay_lags(times, period)
    curves = np.asarray(np.round(np.cos(2 * np.pi * (times / period - lags[:, None])), _DIGITS), np.float64)
    against = correlate(values, curves)
    _, observed, count, varies = centre(values)
    usable = varies & (count > 3)
    rows = np.arange(len(values))
    best = np.argmin(against.p_value, axis=1)
    falling = against.excess[rows, best] < 0
    sign = np.where(falling, -1.0, 1.0)[:, None] * np.sign(curves[best])
    middle = np.nanmedian(np.where(usable[:, None], values, 0.0), axis=1, keepdims=True)
    signed = np.where(observed & usable[:, None] & (sign != 0), (values - middle) * sign, np.nan)
    unit = np.where(np.isnan(signed), np.nan, np.abs(curves[best]))
    unit[np.isnan(signed).all(axis=1)] = 1.0
    signed[np.isnan(signed).all(axis=1)] = 0.0

    def known(field: Floats) -> Floats:
        return np.where(usable, field, np.nan)

    return Jtk(
        peak_time=known((lags[best] + 0.5 * falling) * period),
        tau=known(np.abs(against.tau[rows, best])),
        amplitude=known(np.maximum(np.nanmedian(signed, axis=1) / np.nanmedian(unit, axis=1), 0.0)),
        p_value=known(np.minimum(against.p_value[rows, best] * lags.size, 1.0)),
    )
