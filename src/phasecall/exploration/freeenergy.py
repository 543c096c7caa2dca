"""Free energy: where on the cell cycle the peaks of genes crowd, and how high the barriers between are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration.record import Exploration
from phasecall.exploration.selection import place_peaks

Floats = NDArray[np.float64]

MIN_GENES = 10

_GRID = np.arange(240) / 240
_WIDTH = 0.04
_DEEP = 6.0
_DRAWS = 200


@dataclass(frozen=True)
class FreeEnergy:
    """Free energy along the cell cycle.

    Parameters
    ----------
    places
        Turns, shape (240,).
    energy, low, high
        0 where genes are as dense as if spread evenly; 95 % interval over genes drawn anew.
    null_low, null_high
        Between which 95 % of it lie, at one place, where each of as many genes peaks anywhere, whatever the
        others do.
    valleys, peaks
        Places of the minima, and of the maximum after each; turns, shape (v,).
    barriers
        Height of each of these maxima over the minimum before it, shape (v,).
    null_barrier
        What 95 % of the curves of such genes stay below from their lowest to their highest place, so that no
        barrier of theirs is higher. Genes that arrays or shared noise crowd are no such genes.
    anchored
        Whether places are turns of the cell cycle.
    n_genes
        How many there are.
    """

    places: Floats
    energy: Floats
    low: Floats
    high: Floats
    null_low: Floats
    null_high: Floats
    valleys: Floats
    peaks: Floats
    barriers: Floats
    null_barrier: float
    anchored: bool
    n_genes: int


def measure_free_energy(exploration: Exploration) -> FreeEnergy | None:
    r"""Measure the free energy along the cell cycle, of the places where cycling genes peak.

    .. math:: F(\theta) = -\ln p(\theta)

    in units of kT, p the density of peaks a turn, smoothed by a wrapped Gaussian of 0.04 turns: narrower than
    the narrowest phase of the scheme `four` (0.156), so that phases do not run into one another. None with
    fewer than ten genes.

    References
    ----------
    Kirkwood 1935, doi 10.1063/1.1749657 (potential of mean force).
    """
    places, anchored = place_peaks(exploration), exploration.anchored
    own = places[exploration.cycling & np.isfinite(places)]
    if own.size < MIN_GENES:
        return None
    generator, size = exploration.draw(), _GRID.size
    count = np.bincount(np.floor(own * size).astype(np.int64) % size, minlength=size)
    energy = _raise(count[None])[0]
    drawn = _raise(generator.multinomial(own.size, count / own.size, _DRAWS))
    even = _raise(generator.multinomial(own.size, np.full(size, 1 / size), _DRAWS))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    null_low, null_high = np.percentile(even, [2.5, 97.5], axis=0)
    valleys, peaks = find_barriers(energy)
    return FreeEnergy(
        places=_GRID + 0.5 / size,
        energy=energy,
        low=low,
        high=high,
        null_low=null_low,
        null_high=null_high,
        valleys=_GRID[valleys] + 0.5 / size,
        peaks=_GRID[peaks] + 0.5 / size,
        barriers=energy[peaks] - energy[valleys],
        null_barrier=float(np.percentile(np.ptp(even, axis=1), 95)),
        anchored=anchored,
        n_genes=own.size,
    )


def _raise(counts: NDArray[np.int64]) -> Floats:
    """Return minus the log of the smoothed density of counts on the circle, at most 6; shape as given."""
    size = counts.shape[1]
    kernel = np.exp(-0.5 * (2 * np.pi * np.arange(size // 2 + 1) * _WIDTH) ** 2)
    density = np.fft.irfft(np.fft.rfft(counts, axis=1) * kernel, n=size, axis=1) * size
    density /= counts.sum(axis=1, keepdims=True)
    return np.asarray(-np.log(np.maximum(density, np.exp(-_DEEP))))


def find_barriers(energy: Floats, least: float = 0.1) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the valleys of a curve on the circle, and the peak after each.

    Of neighbours less than `least` apart in height neither counts.

    Examples
    --------
    >>> turns = np.arange(12) / 12
    >>> find_barriers(np.cos(4 * np.pi * turns))
    (array([3, 9]), array([6, 0]))
    """
    after, before = np.roll(energy, -1), np.roll(energy, 1)
    turning = np.flatnonzero(
        ((energy > before) & (energy >= after)) | ((energy < before) & (energy <= after))
    )
    places = list(turning)
    while len(places) > 2:
        heights = energy[places]
        gaps = np.abs(np.roll(heights, -1) - heights)
        closest = int(np.argmin(gaps))
        if gaps[closest] >= least:
            break
        gone = {places[closest], places[(closest + 1) % len(places)]}
        places = [place for place in places if place not in gone]
    if len(places) < 2:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    order = np.array(places)
    if energy[order[0]] > energy[order[1]]:
        order = np.roll(order, -1)
    return order[::2], order[1::2]
