"""Scoring: the most likely variances of the parts of a covariance, for many waves at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST = 1e-6
"""White noise that every covariance has beside its parts: it can be inverted whatever they are."""
_LOWEST, _HIGHEST = -8.0, 2.0
"""Bounds of the logarithms of the variances."""
_START = -2.0
_MAX_STEPS = 60
_LONGEST_STEP = 2.0
_SETTLED = 1e-10
"""Deviance; a step that gains less is the last."""
_DAMPING, _MOST_DAMPING = 1e-3, 1e6
_MAX_CELLS = 4_000_000


def fit_variances(seen: Floats, noises: Floats, waves: Floats) -> tuple[Floats, Floats]:
    r"""Return the least deviance beside each of some waves, and the variances of the parts there.

    .. math:: \log |K| + \mathrm{tr}(K^{-1} S), \quad K = a_0 W W' + \sum_i a_i N_i

    by Fisher scoring in the logarithms of the variances a, damped as by Levenberg and Marquardt. Every search
    starts from the same place: an answer does not hang on what else was asked, or in which order.

    Parameters
    ----------
    seen
        The scatter S, shape (d, d).
    noises
        The parts N, shape (p, d, d).
    waves
        The columns W of each wave, shape (m, d, 2); of shape (1, d, 0), there is none.

    Returns
    -------
    deviances, variances
        Shape (m,); shape (m, p), or (m, 1 + p) with that of the wave first.

    References
    ----------
    Jennrich and Sampson 1976, doi 10.1080/00401706.1976.10489395 (scoring for components of variance).

    Examples
    --------
    >>> deviance, variance = fit_variances(2 * np.eye(3), np.eye(3)[None], np.zeros((1, 3, 0)))
    >>> deviance.round(4).tolist(), variance.round(4).tolist()
    ([5.0794], [[2.0]])
    """
    size = max(1, _MAX_CELLS // (len(noises) * seen.size))
    found = [_search(seen, noises, waves[at : at + size]) for at in range(0, len(waves), size)]
    return np.concatenate([one for one, _ in found]), np.exp(np.concatenate([logs for _, logs in found]))


def judge_waves(seen: Floats, noise: Floats, variance: float, waves: Floats) -> Floats:
    """Return the deviance beside each of many waves of one variance, where the noise is known, shape (m,).

    The inverse and the determinant of a covariance and a few columns more are those of small matrices
    (Woodbury 1950; Harville 1997, doi 10.1007/b98818, section 18.2).

    Parameters
    ----------
    seen, waves
        As of `fit_variances`.
    noise
        The covariance of all but the wave, shape (d, d).
    variance
        That of the wave.
    """
    inverse = np.linalg.inv(noise)
    explained = inverse @ seen
    alone = np.trace(explained) + np.linalg.slogdet(noise)[1]
    turned = waves.transpose(0, 2, 1)
    inner = turned @ inverse @ waves
    taken = turned @ (explained @ inverse) @ waves
    both = np.eye(waves.shape[2]) + variance * inner
    gained = np.trace(np.linalg.solve(both, variance * taken), axis1=1, axis2=2)
    return np.asarray(alone + np.linalg.slogdet(both)[1] - gained)


def _search(seen: Floats, noises: Floats, waves: Floats) -> tuple[Floats, Floats]:
    """Return the least deviances and the logarithms of the variances."""
    place = np.full((len(waves), len(noises) + bool(waves.shape[2])), _START)
    damping = np.full(len(waves), _DAMPING)
    loss, slope, bend = _measure(place, seen, noises, waves)
    left = np.arange(len(waves))
    for _ in range(_MAX_STEPS):
        move = _step(place[left], slope[left], bend[left], damping[left])
        there = np.clip(place[left] + move, _LOWEST, _HIGHEST)
        told = _measure(there, seen, noises, waves[left])
        gain = loss[left] - told[0]
        better = gain > 0
        kept = left[better]
        place[kept], loss[kept] = there[better], told[0][better]
        slope[kept], bend[kept] = told[1][better], told[2][better]
        damping[left] = np.where(better, np.maximum(damping[left] / 10, 1e-9), damping[left] * 10)
        left = left[np.where(better, gain > _SETTLED, damping[left] < _MOST_DAMPING)]
        if not left.size:
            break
    return loss, place


def _step(place: Floats, slope: Floats, bend: Floats, damping: Floats) -> Floats:
    """Return the next step of each search; variances that a bound holds stay."""
    held = ((place <= _LOWEST) & (slope > 0)) | ((place >= _HIGHEST) & (slope < 0))
    free = ~held
    inner = np.where(free[:, :, None] & free[:, None, :], bend, 0.0)
    diagonal = np.einsum("mii->mi", inner)
    diagonal += damping[:, None] * diagonal + np.where(held, 1.0, 1e-12)
    move = -np.linalg.solve(inner, np.where(held, 0.0, slope)[:, :, None])[:, :, 0]
    return np.asarray(np.clip(move, -_LONGEST_STEP, _LONGEST_STEP))


def _measure(place: Floats, seen: Floats, noises: Floats, waves: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the deviances, their slopes by the logarithms, and their expected curvatures."""
    m, d, n_waves = len(waves), len(seen), bool(waves.shape[2])
    weights = np.exp(place)
    covariance = np.tensordot(weights[:, n_waves:], noises, 1) + LEAST * np.eye(d)
    if n_waves:
        covariance += weights[:, :1, None] * (waves @ waves.transpose(0, 2, 1))
    inverse = np.linalg.inv(covariance)
    explained = inverse @ seen
    loss = np.trace(explained, axis1=1, axis2=2) + np.linalg.slogdet(covariance)[1]
    misfit = inverse - explained @ inverse
    slope = misfit.reshape(m, d * d) @ noises.reshape(-1, d * d).T
    moved = inverse[:, None] @ noises
    across = moved.transpose(0, 1, 3, 2).reshape(m, -1, d * d)
    bend = moved.reshape(m, -1, d * d) @ across.transpose(0, 2, 1)
    if n_waves:
        ahead = inverse @ waves
        inner = waves.transpose(0, 2, 1) @ ahead
        own = np.einsum("mda,mda->m", waves, misfit @ waves)
        beside = np.einsum("mda,mida->mi", ahead, noises @ ahead[:, None])
        slope = np.concatenate([own[:, None], slope], axis=1)
        first = np.concatenate([(inner**2).sum(axis=(1, 2))[:, None], beside], axis=1)
        bend = np.concatenate([beside[:, :, None], bend], axis=2)
        bend = np.concatenate([first[:, None], bend], axis=1)
    return loss, weights * slope, weights[:, :, None] * weights[:, None, :] * bend
