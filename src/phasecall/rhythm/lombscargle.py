"""The Lomb-Scargle periodogram with a floating mean, for the times and the gaps as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phasecall.rhythm.scores import Bools, Floats, centre, rescale

_OVERSAMPLING = 10
"""Frequencies looked at for each that the span of the times can tell apart."""
_CHUNK = 2000


def periodogram(values: Floats, times: Floats, periods: Floats) -> Floats:
    r"""Return the normalised power of each gene at each period, shape (n, n_periods), [0, 1].

    It is the share of the variance that a cosine of that period and a mean fitted together explain: 1 is a
    perfect wave. Genes with fewer than four values, or none that vary, and periods at which their times
    cannot tell a wave from a line, get NaN.

    References
    ----------
    Zechmeister and Kuerster 2009, doi 10.1051/0004-6361:200811296

    Examples
    --------
    >>> minutes = np.arange(0.0, 120.0, 7.0)
    >>> power = periodogram(np.cos(2 * np.pi * minutes / 60)[None], minutes, np.array([60.0, 40.0]))
    >>> power.round(2).tolist()
    [[1.0, 0.01]]
    """
    about, seen, count, varies = centre(rescale(values))
    angle = 2 * np.pi * times[:, None] / periods
    cosine, sine = np.cos(angle), np.sin(angle)
    observed, n = seen.astype(np.float64), np.maximum(count, 1)[:, None]
    mean_c, mean_s = observed @ cosine / n, observed @ sine / n
    cc = observed @ cosine**2 / n - mean_c**2
    ss = observed @ sine**2 / n - mean_s**2
    cs = observed @ (cosine * sine) / n - mean_c * mean_s
    yc, ys, yy = about @ cosine / n, about @ sine / n, (about**2).sum(axis=1)[:, None] / n
    determinant = cc * ss - cs**2
    usable = (varies & (count > 3))[:, None] & (determinant > 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        power = (ss * yc**2 + cc * ys**2 - 2 * cs * yc * ys) / (yy * determinant)
    return np.where(usable, np.clip(power, 0.0, 1.0), np.nan)


def judge_period(values: Floats, times: Floats, period: float) -> Floats:
    r"""Return the p value of the power P at a period known beforehand, shape (n,): `(1 - P)^((n - 3) / 2)`.

    It is the cosinor's F test, written otherwise.

    Examples
    --------
    >>> minutes = np.arange(0.0, 60.0, 10.0)
    >>> judge_period(np.array([[1.0, 3, 2, 0, 1, 2]]), minutes, 40.0).round(4).tolist()
    [0.0345]
    """
    power = periodogram(values, times, np.array([period]))[:, 0]
    return np.asarray((1 - power) ** ((np.isfinite(values).sum(axis=1) - 3) / 2))


@dataclass(frozen=True)
class PeriodogramPeak:
    """The highest power of each gene over a range of periods; every field has shape (n,).

    Parameters
    ----------
    period
        Minutes, where the power is highest.
    power
        The share of the variance explained there, [0, 1].
    p_value
        Probability that noise has so high a power anywhere in the range.
    """

    period: Floats
    power: Floats
    p_value: Floats


def find_period(values: Floats, times: Floats, shortest: float, longest: float) -> PeriodogramPeak:
    r"""Find each gene's own period in a range, with the false-alarm probability of having looked everywhere.

    .. math:: p = 1 - (1 - q) e^{-\tau}, \quad q = (1 - P)^{(n - 3)/2}, \quad
        \tau = W \gamma (1 - P)^{(n - 4)/2} \sqrt{P (n - 1) / 2}

    with `W = (1/shortest - 1/longest) sqrt(4 pi var t)` and `gamma = sqrt(2/m) G(m/2) / G((m-1)/2)`,
    `m = n - 1`, G the gamma function. An upper limit, close where p is small and the times do not alias.

    Parameters
    ----------
    values, times
        As in `periodogram`.
    shortest, longest
        The range of periods, minutes.

    References
    ----------
    Baluev 2008, doi 10.1111/j.1365-2966.2007.12689.x

    Examples
    --------
    >>> minutes = np.arange(0.0, 120.0, 7.0)
    >>> peak = find_period(np.cos(2 * np.pi * minutes / 60)[None], minutes, 40.0, 90.0)
    >>> peak.period.round(-1).tolist()
    [60.0]
    """
    low, high = 1 / longest, 1 / shortest
    n_steps = max(2, int(np.ceil((high - low) * float(np.ptp(times)) * _OVERSAMPLING)) + 1)
    periods = 1 / np.linspace(low, high, n_steps)
    best = np.zeros(len(values), dtype=np.int64)
    power = np.full(len(values), np.nan)
    # One chunk at a time: all powers of a genome would not fit beside other things.
    for start in range(0, len(values), _CHUNK):
        rows = slice(start, start + _CHUNK)
        powers = periodogram(values[rows], times, periods)
        place = np.argmax(np.where(np.isfinite(powers), powers, -1.0), axis=1)
        best[rows], power[rows] = place, powers[np.arange(len(place)), place]
    return PeriodogramPeak(
        period=np.where(np.isfinite(power), periods[best], np.nan),
        power=power,
        p_value=_false_alarm(power, np.isfinite(values), times, high - low),
    )


def _false_alarm(power: Floats, observed: Bools, times: Floats, width: float) -> Floats:
    from scipy.special import gammaln

    count = np.maximum(observed.sum(axis=1), 4)
    middle = observed @ times / count
    variance = observed @ times**2 / count - middle**2
    looked = width * np.sqrt(4 * np.pi * np.maximum(variance, 0.0))
    free = count - 1
    factor = np.sqrt(2 / free) * np.exp(gammaln(free / 2) - gammaln((free - 1) / 2))
    crossings = looked * factor * (1 - power) ** ((count - 4) / 2) * np.sqrt(power * free / 2)
    single = (1 - power) ** ((count - 3) / 2)
    # 1 - (1 - q) exp(-tau), without losing a small p to rounding.
    return np.asarray(single * np.exp(-crossings) - np.expm1(-crossings))
