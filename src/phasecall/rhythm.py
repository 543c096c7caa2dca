"""Rhythm: the cosinor, a single cosine wave fitted to every gene at the experiment's one period."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import difference, wrap
from phasecall.timecourse import find_constant

Floats = NDArray[np.float64]

_PARAMETERS = 3  # mean, cosine, sine
_LEVEL = 0.05


@dataclass(frozen=True)
class Cosinor:
    """Fit of one cosine wave to each gene; every field has shape (n,), NaN where it cannot be fitted.

    Parameters
    ----------
    peak_time
        Minute of the peak, [0, period).
    peak_lo, peak_hi
        95 % interval of the peak, minutes, not wrapped: `peak_lo <= peak_time <= peak_hi`. A whole period
        where the wave cannot be told from a flat line.
    amplitude
        Half of peak minus trough, in the unit of the values.
    r_squared
        Share of the variance explained, [0, 1].
    p_value
        F test of the wave against a flat line.
    """

    peak_time: Floats
    peak_lo: Floats
    peak_hi: Floats
    amplitude: Floats
    r_squared: Floats
    p_value: Floats


def fit_cosinor(values: Floats, times: Floats, period: float) -> Cosinor:
    r"""Fit `y = m + a cos(w t) + b sin(w t)`, `w = 2 pi / period`, to each gene by least squares.

    Missing values are left out, gene by gene. Amplitude `sqrt(a^2 + b^2)`, peak `atan2(b, a) / w`. The
    interval of the peak is Fieller's: all directions n for which `n . (a, b)`, the part of the wave at right
    angles to them, is within Student's t of 0 given the covariance of a and b; a whole period where the F
    test does not find a wave (p > 0.05). It takes the period as known.

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing. Genes with fewer than four values, or none that vary, get NaN.
    times
        Minutes, shape (n_times,).
    period
        Minutes, more than 0.

    References
    ----------
    Cornelissen 2014, doi 10.1186/1742-4682-11-16 (cosinor); Fieller 1954,
    doi 10.1111/j.2517-6161.1954.tb00159.x (interval of a ratio).

    Examples
    --------
    >>> minutes = np.arange(0.0, 100.0, 10.0)
    >>> fit = fit_cosinor(3 + 2 * np.cos(2 * np.pi * (minutes[None] - 30) / 100), minutes, 100.0)
    >>> fit.peak_time.round(6).tolist(), fit.amplitude.round(6).tolist()
    ([30.0], [2.0])
    """
    angle = 2 * np.pi * times / period
    design = np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], axis=1)
    observed = np.isfinite(values)
    count = observed.sum(axis=1)
    # Squares of very large or small numbers are no numbers: each gene is fitted on its own scale.
    scale = np.where(observed, np.abs(values), 0.0).max(axis=1, initial=0.0)
    scale[scale == 0] = 1.0
    scaled = np.where(observed, values / scale[:, None], 0.0)
    centre = scaled.sum(axis=1) / np.maximum(count, 1)
    centred = np.where(observed, scaled - centre[:, None], 0.0)
    gram = np.einsum("nt,ti,tj->nij", observed.astype(np.float64), design, design)
    # A rank test by determinant: with equal or badly placed times no wave can be told from a line.
    determined = np.linalg.det(gram) > 1e-9 * np.maximum(count, 1) ** 3
    usable = (count > _PARAMETERS) & ~find_constant(values) & determined
    gram[~usable] = np.eye(_PARAMETERS)
    covariance = np.linalg.inv(gram)
    weights = np.einsum("nij,nj->ni", covariance, centred @ design)
    residual = (np.where(observed, centred - weights @ design.T, 0.0) ** 2).sum(axis=1)
    squares = (centred**2).sum(axis=1), residual
    fit = _describe(weights[:, 1:], covariance[:, 1:, 1:], squares, np.where(usable, count, 0), period)
    return replace(fit, amplitude=fit.amplitude * scale)


def _describe(
    wave: Floats, covariance: Floats, squares: tuple[Floats, Floats], count: NDArray[np.int64], period: float
) -> Cosinor:
    """Return peak, interval and test from the weights of cosine and sine; NaN where the count is 0."""
    # The distributions of scipy.special, not of scipy.stats: importing that takes half a second, longer than
    # all else that a call does.
    from scipy.special import fdtrc, stdtrit

    total, residual = squares
    freedom = np.maximum(count - _PARAMETERS, 1)
    spread = stdtrit(freedom, 1 - _LEVEL / 2) ** 2 * residual / freedom
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (total - residual) / (_PARAMETERS - 1) / (residual / freedom)
        explained = np.clip(1 - residual / total, 0.0, 1.0)
    p_value = fdtrc(_PARAMETERS - 1, freedom, np.maximum(ratio, 0.0))
    before, after = _fieller(wave, covariance * spread[:, None, None], p_value <= _LEVEL)
    peak = wrap(np.arctan2(wave[:, 1], wave[:, 0]) / (2 * np.pi))

    def known(field: Floats) -> Floats:
        return np.where(count > 0, field, np.nan)

    return Cosinor(
        peak_time=known(peak * period),
        peak_lo=known((peak - before) * period),
        peak_hi=known((peak + after) * period),
        amplitude=known(np.hypot(wave[:, 0], wave[:, 1])),
        r_squared=known(explained),
        p_value=known(p_value),
    )


def _fieller(wave: Floats, limit: Floats, found: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return how far the interval of a wave's direction reaches before and after it, turns, [0, 0.5].

    A direction belongs to it where its normal n has `(n . wave)^2 <= n' limit n`: the form
    `wave wave' - limit` is not positive there. With one positive eigenvalue these directions are a cone about
    its eigenvector; with none, or where no wave was found, they are the whole circle.
    """
    values, vectors = np.linalg.eigh(wave[:, :, None] * wave[:, None, :] - limit)
    low, high = values[:, 0], values[:, 1]
    bounded = found & (high > 0)
    opening = np.arctan(np.sqrt(np.maximum(-low, 0.0) / np.where(bounded, high, 1.0))) / (2 * np.pi)
    axis = np.arctan2(vectors[:, 1, 1], vectors[:, 0, 1]) / (2 * np.pi)
    direction = np.arctan2(wave[:, 1], wave[:, 0]) / (2 * np.pi)
    # An eigenvector has no sign: half a turn decides which end of the axis is the peak's.
    offset = difference(axis, direction)
    offset = np.where(np.abs(offset) > 0.25, difference(offset, 0.5), offset)
    before = np.where(bounded, opening - offset, 0.5)
    after = np.where(bounded, opening + offset, 0.5)
    return np.maximum(before, 0.0), np.maximum(after, 0.0)


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
