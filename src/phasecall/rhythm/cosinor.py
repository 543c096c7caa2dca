"""The cosinor: one wave, of one to three harmonics, fitted to every gene at the experiment's one period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from phasecall.rhythm.design import invert_gram, lay_columns
from phasecall.rhythm.noise import Noise, Whitened, apply, split_squares, whiten
from phasecall.rhythm.scores import Bools, Floats
from phasecall.rhythm.waves import locate_cosine, locate_curve
from phasecall.timecourse import find_constant

_LEVEL = 0.05
_NOTHING_LEFT = 1e-20
"""Share of the squares that a trend may leave by rounding alone."""


@dataclass(frozen=True)
class Cosinor:
    """Fit of one wave to each gene; every field has shape (n,), NaN where it cannot be fitted.

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
        Share of the variance explained by the wave, of what mean and trend leave, [0, 1].
    p_value
        F test of the wave against a flat line, or against the trend.
    """

    peak_time: Floats
    peak_lo: Floats
    peak_hi: Floats
    amplitude: Floats
    r_squared: Floats
    p_value: Floats


@dataclass(frozen=True)
class _Solution:
    """Weights of all columns, their covariance in units of the error's, and the squares without and with.

    Beside them whether the gene's times determine the weights, and whether there is a wave to judge.
    """

    weights: Floats
    covariance: Floats
    total: Floats
    residual: Floats
    determined: Bools
    usable: Bools


def fit_cosinor(
    values: Floats,
    times: Floats,
    period: float,
    *,
    trend: bool = False,
    harmonics: int = 1,
    noise: Noise | None = None,
) -> Cosinor:
    r"""Fit `y = m + a cos(w t) + b sin(w t)`, `w = 2 pi / period`, to each gene by least squares.

    Missing values are left out, gene by gene. Amplitude `sqrt(a^2 + b^2)`, peak `atan2(b, a) / w`. The
    interval of the peak is Fieller's: all directions n for which `n . (a, b)`, the part of the wave at right
    angles to them, is within Student's t of 0 given the covariance of a and b; a whole period where the F
    test does not find a wave (p > 0.05). It takes the period as known.

    With more harmonics the peak is the maximum of the fitted curve, and the interval is the same one seen
    from the curve: the stretch about the peak where its slope is within Student's t of 0.

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing. Genes with no more values than weights to fit (three; one more for
        a trend, two more for a harmonic), or none that vary, get NaN.
    times
        Minutes, shape (n_times,).
    period
        Minutes, more than 0.
    trend
        Whether a straight line is fitted beside the wave.
    harmonics
        How many waves make up the curve, of 1, 1/2, 1/3 of the period: 1 to 3.
    noise
        How errors resemble one another (`fit_noise`): generalised least squares. Independent if not given.

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
    design = lay_columns(times, period, trend=trend, harmonics=harmonics)
    observed, centred, scale = _scale(values)
    solution = _solve(centred, observed, design, trend)
    if noise is not None:
        whitened = whiten(noise, times, np.where(observed, centred, np.nan), design)
        solution = _generalise(solution, whitened, 1 + trend)
    waves = slice(1 + trend, None)
    usable = solution.usable & ~find_constant(values)
    freedom = np.where(usable, observed.sum(axis=1) - design.shape[1], 0)
    wave, covariance = solution.weights[:, waves], solution.covariance[:, waves, waves]
    fit = _describe(wave, covariance, (solution.total, solution.residual), freedom, period)
    return replace(fit, amplitude=fit.amplitude * scale)


def _scale(values: Floats) -> tuple[Bools, Floats, Floats]:
    """Return what was observed, values about each gene's mean in units of its largest, and these units.

    Squares of very large or small numbers are no numbers: each gene is fitted on its own scale.
    """
    observed = np.isfinite(values)
    scale = np.where(observed, np.abs(values), 0.0).max(axis=1, initial=0.0)
    scale[scale == 0] = 1.0
    scaled = np.where(observed, values / scale[:, None], 0.0)
    middle = scaled.sum(axis=1) / np.maximum(observed.sum(axis=1), 1)
    return observed, np.where(observed, scaled - middle[:, None], 0.0), scale


def _solve(centred: Floats, observed: Bools, design: Floats, trend: bool) -> _Solution:
    """Fit by least squares."""
    covariance, determined = invert_gram(observed, design)
    weights = np.einsum("nij,nj->ni", covariance, centred @ design)
    residual = (np.where(observed, centred - weights @ design.T, 0.0) ** 2).sum(axis=1)
    usable, total = determined, (centred**2).sum(axis=1)
    if trend:
        left = _remove_trend(centred, observed, design[:, 1])
        usable, total = usable & (left > _NOTHING_LEFT * total), left
    return _Solution(weights, covariance, total, residual, determined, usable)


def _generalise(solution: _Solution, whitened: Iterable[Whitened], n_flat: int) -> _Solution:
    """Fit by generalised least squares: by least squares, once the errors are made independent."""
    weights, covariance = np.zeros_like(solution.weights), np.zeros_like(solution.covariance)
    total, residual = np.zeros_like(solution.total), np.zeros_like(solution.residual)
    for rows, _, errors, columns in whitened:
        turned = columns.transpose(0, 2, 1)
        # Where the times do not determine the weights these are no more than numbers, and not used.
        gram = turned @ columns
        gram[~solution.determined[rows[: len(gram)]]] = np.eye(gram.shape[1])
        inverse: Floats = np.asarray(np.linalg.inv(gram), dtype=np.float64)
        covariance[rows] = inverse
        weights[rows] = apply(inverse, apply(turned, errors))
        rest, taken = split_squares(errors, columns)
        residual[rows] = (rest**2).sum(axis=1)
        total[rows] = residual[rows] + taken[:, n_flat:].sum(axis=1)
    return replace(solution, weights=weights, covariance=covariance, total=total, residual=residual)


def _remove_trend(centred: Floats, observed: Bools, line: Floats) -> Floats:
    """Return the squares left when mean and trend are fitted without a wave."""
    count = np.maximum(observed.sum(axis=1), 1)
    middle = observed @ line / count
    spread = observed @ line**2 - count * middle**2
    slope = np.divide(centred @ line, spread, out=np.zeros_like(spread), where=spread > 0)
    # Value by value: the difference of two sums of squares would leave rounding that looks like a wave.
    rest = centred - slope[:, None] * (line - middle[:, None])
    return np.asarray((np.where(observed, rest, 0.0) ** 2).sum(axis=1))


def _describe(
    wave: Floats,
    covariance: Floats,
    squares: tuple[Floats, Floats],
    freedom: NDArray[np.int64],
    period: float,
) -> Cosinor:
    """Return peak, interval and test from the weights of the waves; NaN where nothing is left to judge by."""
    # The distributions of scipy.special, not of scipy.stats: importing that takes half a second, longer than
    # all else that a call does.
    from scipy.special import fdtrc, stdtrit

    total, residual = squares
    usable, freedom, n_waves = freedom > 0, np.maximum(freedom, 1), wave.shape[1]
    spread = stdtrit(freedom, 1 - _LEVEL / 2) ** 2 * residual / freedom
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (total - residual) / n_waves / (residual / freedom)
        explained = np.clip(1 - residual / total, 0.0, 1.0)
    p_value = fdtrc(n_waves, freedom, np.maximum(ratio, 0.0))
    locate = locate_cosine if n_waves == 2 else locate_curve
    place = locate(wave, covariance * spread[:, None, None], p_value <= _LEVEL)

    def known(field: Floats) -> Floats:
        return np.where(usable, field, np.nan)

    return Cosinor(
        peak_time=known(place.peak * period),
        peak_lo=known((place.peak - place.before) * period),
        peak_hi=known((place.peak + place.after) * period),
        amplitude=known(place.amplitude),
        r_squared=known(explained),
        p_value=known(p_value),
    )
