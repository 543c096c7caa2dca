"""Where a fitted wave peaks, how far that may be off, and how high it is; places in turns of the period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import difference, wrap
from phasecall.rhythm.scores import Bools, Floats

_STEPS = 360
"""Places of the turn at which a curve of several harmonics is looked at first."""
_CHUNK = 1000


@dataclass(frozen=True)
class Place:
    """Peak of each wave, how far its interval reaches before and after it, [0, 0.5], and the amplitude."""

    peak: Floats
    before: Floats
    after: Floats
    amplitude: Floats


def locate_cosine(wave: Floats, limit: Floats, found: Bools) -> Place:
    """Return the place of waves of one harmonic, exactly.

    Parameters
    ----------
    wave
        Weights of cosine and sine, shape (n, 2).
    limit
        Their covariance times the square of Student's t, shape (n, 2, 2).
    found
        Where there is a wave at all; elsewhere the interval is the whole turn.

    Examples
    --------
    >>> place = locate_cosine(np.array([[0.0, 2.0]]), np.zeros((1, 2, 2)), np.array([True]))
    >>> place.peak.tolist(), place.amplitude.tolist()
    ([0.25], [2.0])
    """
    before, after = _fieller(wave, limit, found)
    peak = wrap(np.arctan2(wave[:, 1], wave[:, 0]) / (2 * np.pi))
    return Place(peak, before, after, np.hypot(wave[:, 0], wave[:, 1]))


def _fieller(wave: Floats, limit: Floats, found: Bools) -> tuple[Floats, Floats]:
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


def locate_curve(wave: Floats, limit: Floats, found: Bools) -> Place:
    """Return the place of curves of any number of harmonics; parameters as in `locate_cosine`.

    The interval is the stretch about the peak where the slope s has `s^2 <= s's limit`: Fieller's, which it
    equals for one harmonic up to the width of a step, 1/360 turn, by which it may be too wide. A second peak
    of about the same height is outside of it.
    """
    chunks = [slice(start, start + _CHUNK) for start in range(0, max(len(wave), 1), _CHUNK)]
    parts = [_locate(wave[rows], limit[rows], found[rows]) for rows in chunks]
    return Place(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _locate(wave: Floats, limit: Floats, found: Bools) -> tuple[Floats, Floats, Floats, Floats]:
    grid = np.arange(_STEPS) / _STEPS
    harmonics = wave.shape[1] // 2
    curve = wave @ _basis(grid, harmonics, 0).T
    top = np.argmax(curve, axis=1)
    peak, high = _refine(wave, grid[top], harmonics)
    _, low = _refine(wave, grid[np.argmin(curve, axis=1)], harmonics)
    slope = _basis(grid, harmonics, 1)
    products = (slope[:, :, None] * slope[:, None, :]).reshape(_STEPS, -1)
    steep = (wave @ slope.T) ** 2 > limit.reshape(len(wave), products.shape[1]) @ products.T
    ahead = np.arange(1, _STEPS // 2)
    rows, offset = np.arange(len(wave))[:, None], (peak - grid[top])
    after = _first(steep[rows, (top[:, None] + ahead) % _STEPS]) - offset
    before = _first(steep[rows, (top[:, None] - ahead) % _STEPS]) + offset
    bounded = [np.where(found, np.clip(reach, 0.0, 0.5), 0.5) for reach in (before, after)]
    return wrap(peak), bounded[0], bounded[1], (high - low) / 2


def _basis(turns: Floats, harmonics: int, derivative: int) -> Floats:
    """Return cosine and sine of each harmonic, or a derivative of them by turns, shape (n, 2 harmonics)."""
    rate = 2 * np.pi * np.repeat(np.arange(1, harmonics + 1), 2)
    # The sine is the cosine a quarter later; a derivative is the same a quarter earlier, times the rate.
    late = np.tile([0.0, np.pi / 2], harmonics) - derivative * np.pi / 2
    return np.asarray(rate**derivative * np.cos(turns[:, None] * rate - late))


def _refine(wave: Floats, turns: Floats, harmonics: int) -> tuple[Floats, Floats]:
    """Return where and how high the extremum nearest to a place of the grid is, by Newton's method."""
    start = turns
    for _ in range(3):
        slope = np.einsum("ni,ni->n", wave, _basis(turns, harmonics, 1))
        bend = np.einsum("ni,ni->n", wave, _basis(turns, harmonics, 2))
        step = np.divide(slope, bend, out=np.zeros_like(slope), where=bend != 0)
        turns = np.clip(turns - step, start - 1 / _STEPS, start + 1 / _STEPS)
    return turns, np.einsum("ni,ni->n", wave, _basis(turns, harmonics, 0))


def _first(steep: NDArray[np.bool_]) -> Floats:
    """Return how far away the first steep place is, in turns; half a turn where there is none."""
    return np.where(steep.any(axis=1), (np.argmax(steep, axis=1) + 1) / _STEPS, 0.5)
