"""Places: tests of where a gene peaks, against other experiments and against what is known of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from phasecall.circular import wrap
from phasecall.density import N_GRID, lay_out
from phasecall.novelty.profiles import Floats, Profiles
from phasecall.novelty.shapes import Unlikeness, silent

_LEAST = 1e-15
"""Sums of N_GRID probabilities have no more digits."""


def find_shifted(profiles: Profiles) -> Unlikeness:
    """Test whether a gene peaks elsewhere than in all other experiments together."""
    if profiles.density is None or profiles.elsewhere is None:
        return silent(profiles)
    told = np.isfinite(profiles.density).all(axis=1) & np.isfinite(profiles.elsewhere).all(axis=1)
    here, there = (lay_out(each[told]) for each in (profiles.density, profiles.elsewhere))
    moments = np.fft.rfft(here) * np.fft.rfft(there).conj()
    p_value = np.full(told.size, np.nan)
    p_value[told] = judge_place(np.fft.irfft(moments, N_GRID), np.zeros(len(here), dtype=np.int64))
    place = np.full((2, told.size), np.nan)
    place[:, told] = (here.argmax(axis=1) + 0.5) / N_GRID, (there.argmax(axis=1) + 0.5) / N_GRID

    def tell(row: int) -> Mapping[str, object]:
        return {"here": place[0, row], "there": place[1, row]}

    return Unlikeness(p_value, tell)


def find_contradicted(profiles: Profiles) -> Unlikeness:
    """Test whether a gene peaks elsewhere than it is known to."""
    if profiles.density is None or profiles.known is None:
        return silent(profiles)
    known = profiles.known
    told = np.isfinite(profiles.density).all(axis=1) & np.isfinite(known.turns)
    masses = lay_out(profiles.density[told])
    order = np.arange(N_GRID // 2 + 1)
    widened = np.exp(-2 * (np.pi * np.outer(known.spread[told], order)) ** 2)
    spread = np.fft.irfft(np.fft.rfft(masses) * widened, N_GRID)
    p_value = np.full(told.size, np.nan)
    cell = (wrap(known.turns[told]) * N_GRID).astype(np.int64) % N_GRID
    p_value[told] = judge_place(spread, cell)
    place = np.full(told.size, np.nan)
    place[told] = (masses.argmax(axis=1) + 0.5) / N_GRID

    def tell(row: int) -> Mapping[str, object]:
        return {"here": place[row], "there": known.turns[row]}

    return Unlikeness(p_value, tell)


def judge_place(masses: Floats, cell: np.ndarray) -> Floats:
    r"""Return the probability of all places that are no likelier than one, shape (n,).

    Where the densities are right this is a p value: that of the smallest region of highest density that
    reaches the place, the contour probability (Held 2004, Journal of Computational and Graphical Statistics
    13, 20-35).

    Parameters
    ----------
    masses
        Probability of each of equal parts of the turn, shape (n, N_GRID).
    cell
        Index of the place, shape (n,).

    Examples
    --------
    >>> judge_place(np.array([[0.1, 0.2, 0.7]]), np.array([1])).round(3).tolist()
    [0.3]
    """
    masses = np.maximum(masses, 0.0)
    there = np.take_along_axis(masses, cell[:, None], axis=1)
    # Equal up to the rounding of a Fourier transform is equal.
    unlikely = np.where(masses <= there * (1 + 1e-9) + 1e-18, masses, 0.0).sum(axis=1)
    return np.asarray(np.clip(unlikely / masses.sum(axis=1), _LEAST, 1.0))
