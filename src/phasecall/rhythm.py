"""Rhythm: the cosinor, a single cosine wave fitted to every gene at the experiment's one period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PARAMETERS = 3  # mean, cosine, sine


@dataclass(frozen=True)
class Cosinor:
    """Fit of one cosine wave to each gene; every field has shape (n,), NaN where it cannot be fitted.

    Parameters
    ----------
    peak_time
        Minute of the peak, [0, period).
    half_width
        Half of the 95 % interval of `peak_time`, minutes, at most half a period.
    amplitude
        Half of peak minus trough, in the unit of the values.
    r_squared
        Share of the variance explained, [0, 1].
    p_value
        F test of the wave against a flat line.
    """

    peak_time: Floats
    half_width: Floats
    amplitude: Floats
    r_squared: Floats
    p_value: Floats


def fit_cosinor(values: Floats, times: Floats, period: float) -> Cosinor:
    r"""Fit `y = m + a cos(w t) + b sin(w t)`, `w = 2 pi / period`, to each gene by least squares.

    Missing values are left out, gene by gene. Amplitude `sqrt(a^2 + b^2)`, peak `atan2(b, a) / w`; the
    interval of the peak comes from the covariance of a and b by the delta method and Student's t.

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
    Nelson et al. 1979, Chronobiologia 6:305 (cosinor); Cornelissen 2014, doi 10.1186/1742-4682-11-16.

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
    centre = np.where(observed, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    centred = np.where(observed, values - centre[:, None], 0.0)
    total = (centred**2).sum(axis=1)
    gram = np.einsum("nt,ti,tj->nij", observed.astype(np.float64), design, design)
    # A rank test by determinant: with equal or badly placed times no wave can be told from a line.
    usable = (count > _PARAMETERS) & (total > 0) & (np.linalg.det(gram) > 1e-9 * np.maximum(count, 1) ** 3)
    gram[~usable] = np.eye(_PARAMETERS)
    covariance = np.linalg.inv(gram)
    weights = np.einsum("nij,nj->ni", covariance, centred @ design)
    residual = (np.where(observed, centred - weights @ design.T, 0.0) ** 2).sum(axis=1)
    return _describe(weights, covariance, (total, residual), np.where(usable, count, 0), period)


def _describe(
    weights: Floats,
    covariance: Floats,
    squares: tuple[Floats, Floats],
    count: NDArray[np.int64],
    period: float,
) -> Cosinor:
    """Return peak, interval and test from the fitted weights; NaN where the count is 0."""
    # The distributions of scipy.special, not of scipy.stats: importing that takes half a second, longer than
    # all else that a call does.
    from scipy.special import fdtrc, stdtrit

    total, residual = squares
    freedom = np.maximum(count - _PARAMETERS, 1)
    cosine, sine = weights[:, 1], weights[:, 2]
    power = np.maximum(cosine**2 + sine**2, 1e-300)
    gradient = np.stack([-sine, cosine], axis=1) / power[:, None]
    variance = np.einsum("ni,nij,nj->n", gradient, covariance[:, 1:, 1:], gradient) * residual / freedom
    half_width = stdtrit(freedom, 0.975) * np.sqrt(variance) * period / (2 * np.pi)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (total - residual) / (_PARAMETERS - 1) / (residual / freedom)
        explained = np.clip(1 - residual / total, 0.0, 1.0)

    def known(field: Floats) -> Floats:
        return np.where(count > 0, field, np.nan)

    return Cosinor(
        peak_time=known(np.mod(np.arctan2(sine, cosine) * period / (2 * np.pi), period)),
        half_width=known(np.minimum(half_width, period / 2)),
        amplitude=known(np.sqrt(power)),
        r_squared=known(explained),
        p_value=known(fdtrc(_PARAMETERS - 1, freedom, np.maximum(ratio, 0.0))),
    )


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
