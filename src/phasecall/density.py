r"""Density: where on the turn a gene peaks, as a generalised von Mises distribution.

.. math:: p(\theta) \propto \exp \sum_{k=1}^{4} a_k \cos 2 \pi k \theta + b_k \sin 2 \pi k \theta

Its natural parameters :math:`(a_1 \dots a_4, b_1 \dots b_4)` are what the default network returns. Order 1 is
von Mises' own distribution; four orders describe lopsided peaks and two of them. Evidence from several
experiments adds.

References
----------
Gatto and Jammalamadaka 2007, doi 10.1016/j.stamet.2006.11.003.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasecall.circular import Turns, wrap
from phasecall.phases import Scheme

Floats = NDArray[np.float64]

ORDER = 4
"""Harmonics of the logarithm of the density."""
N_HEADS = 2 * ORDER + 1
"""Numbers that the default network returns for a gene: those, and the logit of being periodic."""

SPREAD = 0.04
"""Standard deviation of a gene's published peak about its peak in one experiment, turns."""

N_GRID = 360
"""Places on the turn at which densities are laid out."""
_FINE = 20
"""Parts of a grid cell by which an arc's border may cut it."""
_CENTRES = (np.arange(N_GRID) + 0.5) / N_GRID


class Peak(NamedTuple):
    """Where each gene peaks, all in turns, shape (n,).

    Parameters
    ----------
    turn
        The most likely place, [0, 1).
    low, high
        Ends of the shortest arc that holds the share asked for; `low <= turn <= high`, not wrapped, so that
        `high - low` is the arc's length, at most 1.
    concentration
        Resultant length of the density, [0, 1]: 0 anywhere alike, 1 one place.
    """

    turn: Turns
    low: Floats
    high: Floats
    concentration: Floats


def describe_peak(turn: Turns, error: Floats) -> Floats:
    r"""Return the natural parameters of von Mises' distribution about a peak, shape (n, 8).

    Its concentration is that of a normal distribution of the same width, :math:`1 / (2 \pi \sigma)^2`.

    Parameters
    ----------
    turn
        Where each gene peaks, shape (n,), turns; NaN where that is not known: all places are alike then.
    error
        Standard error of that, shape (n,), turns, above 0.

    Examples
    --------
    >>> masses = lay_out(describe_peak(np.array([0.25]), np.array([0.05])))
    >>> find_peak(masses).turn.round(2).tolist()
    [0.25]
    """
    known = np.isfinite(turn) & np.isfinite(error)
    concentration = np.where(known, 2 * np.pi * np.where(known, error, 1.0), np.inf) ** -2
    angle = 2 * np.pi * np.where(known, turn, 0.0)
    natural = np.zeros((known.size, 2 * ORDER))
    natural[:, 0], natural[:, ORDER] = concentration * np.cos(angle), concentration * np.sin(angle)
    return natural


def lay_out(natural: ArrayLike) -> Floats:
    """Return the probability of each of `N_GRID` equal parts of the turn, shape (n, N_GRID).

    Parameters
    ----------
    natural
        Natural parameters, shape (n, 8): cosines of order 1 to 4, then sines.

    Examples
    --------
    >>> masses = lay_out(np.zeros((1, 8)))
    >>> masses.shape, masses.sum().round(6).item()
    ((1, 360), 1.0)
    """
    angle = 2 * np.pi * _CENTRES[:, None] * np.arange(1, ORDER + 1)
    waves = np.hstack([np.cos(angle), np.sin(angle)])
    logs = np.asarray(natural, dtype=np.float64) @ waves.T
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def share_out(masses: Floats, scheme: Scheme) -> Floats:
    """Return the probability of each phase, shape (n, phases): what lies on its arc.

    Parameters
    ----------
    masses
        As `lay_out` returns them, shape (n, N_GRID).
    scheme
        The phases.

    Examples
    --------
    >>> from phasecall.phases import SCHEMES
    >>> share_out(lay_out(np.zeros((1, 8))), SCHEMES["four"]).round(3).tolist()
    [[0.173, 0.393, 0.156, 0.278]]
    """
    fine = (np.arange(N_GRID * _FINE) + 0.5) / (N_GRID * _FINE)
    codes = scheme.assign(fine).reshape(N_GRID, _FINE)
    overlap = np.stack([(codes == phase.code).mean(axis=1) for phase in scheme.phases], axis=1)
    return np.asarray(masses @ overlap)


def find_peak(masses: Floats, share: float = 0.95) -> Peak:
    """Return the most likely place, and the shortest arc about it that holds a share of the probability.

    Parameters
    ----------
    masses
        As `lay_out` returns them, shape (n, N_GRID).
    share
        Of the probability, above 0, below 1.

    Examples
    --------
    >>> natural = np.zeros((1, 8))
    >>> natural[0, ORDER] = 10.0
    >>> peak = find_peak(lay_out(natural))
    >>> peak.turn.round(2).tolist(), (peak.high - peak.low).round(2).tolist()
    ([0.25], [0.21])
    """
    n = len(masses)
    place = masses.argmax(axis=1)
    # Sums from every start on, over two turns: an arc may cross 0.
    sums = np.cumsum(np.hstack([np.zeros((n, 1)), masses, masses]), axis=1)
    # Bisection: the shortest length at which the fullest arc of that length holds the share.
    short, long = np.zeros(n, dtype=np.int64), np.full(n, N_GRID, dtype=np.int64)
    rows, starts = np.arange(n), np.zeros(n, dtype=np.int64)
    while (long - short > 1).any():
        middle = (short + long) // 2
        held = np.take_along_axis(sums, np.arange(N_GRID) + middle[:, None], axis=1) - sums[:, :N_GRID]
        # An arc that leaves out the most likely place is no interval of it.
        held[(place[:, None] - np.arange(N_GRID)) % N_GRID >= middle[:, None]] = -1.0
        best = held.argmax(axis=1)
        enough = held[rows, best] >= share
        starts = np.where(enough, best, starts)
        long, short = np.where(enough, middle, long), np.where(enough, short, middle)
    turn = _CENTRES[place]
    low = turn - wrap((place - starts) / N_GRID) - 0.5 / N_GRID
    low = np.where(long == N_GRID, turn - 0.5, low)
    direction = masses @ np.exp(2j * np.pi * _CENTRES)
    return Peak(turn, low, low + long / N_GRID, np.minimum(np.abs(direction), 1.0))


def fuse(naturals: Floats) -> Floats:
    """Return the natural parameters of what several experiments say together, shape (n, 8).

    Densities multiply, so parameters add: before any experiment, every place is as likely as any other.

    Parameters
    ----------
    naturals
        Shape (experiments, n, 8); NaN rows where an experiment says nothing of a gene.

    Examples
    --------
    >>> fuse(np.array([np.full((1, 8), 2.0), np.full((1, 8), np.nan), np.full((1, 8), 0.5)])).max().item()
    2.5
    """
    return np.asarray(np.nansum(naturals, axis=0))
