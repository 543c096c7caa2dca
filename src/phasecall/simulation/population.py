"""The population: how much of each harmonic is left when all cells of a culture are measured together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import Clock
from phasecall.simulation.culture import Culture

Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]

N_HARMONICS = 6
"""Harmonics of a waveform; at the sharpest allowed the seventh has 0.3 % of the amplitude."""
_STEPS = 256
"""Steps of a turn on which lines of descent are followed."""
_REACH = 6.0
"""Standard deviations of the cells' places that are followed."""
_N_LOSS = 17
"""Places in time that the line of the loss goes through."""
_NOTHING_LEFT = 1e-12


def attenuate(culture: Culture, times: Floats) -> Complex:
    r"""Return what is left of each harmonic in the average over all cells, and how far it is behind.

    .. math:: a_k(t) = E[e^{2 \pi i k x(t)}] / e^{2 \pi i k \, turn(t)}

    A cell's place x is normal about the clock's turn. Its variance is that at the release, and more by the
    square of the spread of cycle times with each turn moved. Where mothers and daughters are alike this is
    `a_k = exp(-2 pi^2 k^2 variance)`. Where they are not, every line of descent takes a mother's or a
    daughter's cycle at each division, half of the lines either way (RNA is measured per RNA, and shared at
    division); daughters wait at turn 0. Founders divide first at turn 1.

    Parameters
    ----------
    culture
        Its clock and its population.
    times
        Minutes, shape (n_times,).

    Returns
    -------
    numpy.ndarray
        Complex, shape (6, n_times): the modulus, at most 1, is the share of the amplitude that is left; the
        angle is how far the harmonic is ahead of the clock.

    References
    ----------
    Orlando et al. 2007, doi 10.4161/cc.6.4.3859, whose cells keep one tempo for good; here each turn draws
    its own, so that amplitude is lost at one rate per turn.

    Examples
    --------
    >>> culture = Culture(Clock(100.0, 0.0, loss=0.5))
    >>> np.abs(attenuate(culture, np.array([0.0, 100.0, 200.0]))[0]).round(3).tolist()
    [1.0, 0.5, 0.25]
    """
    order = np.arange(1, N_HARMONICS + 1)
    moved = culture.clock.moved(times)
    variance = culture.population.initial_spread**2 + culture.cycle_spread**2 * np.maximum(moved, 0.0)
    if culture.population.asymmetry == 0:
        return np.exp(-2 * np.pi**2 * np.multiply.outer(order**2, variance)).astype(np.complex128)
    place = culture.clock.turn_at_zero + moved
    deviation = np.maximum(np.sqrt(variance), 1 / _STEPS)
    first = int(np.floor((place - _REACH * deviation).min() * _STEPS))
    last = int(np.ceil((place + _REACH * deviation).max() * _STEPS))
    shares = _share_out(place, deviation, np.arange(first, last + 1))
    harmonics = _follow_lines(order, first, last, culture.population.asymmetry)
    # No matrix product: BLAS would start threads for this little work, and wait where the machine is busy.
    means = np.einsum("ks,ts->kt", harmonics, shares)
    return np.asarray(means * np.exp(-2j * np.pi * np.multiply.outer(order, place)))


def effective_clock(culture: Culture, times: Floats) -> Clock:
    """Return the clock as it shows: its loss is what the first harmonic loses a turn, for whatever reason.

    Parameters
    ----------
    culture
        Its clock and its population.
    times
        Minutes, shape (n_times,): the loss is that of the line through the logarithm of what is left, from
        the first of them to the last, one turn at least.

    Examples
    --------
    >>> from phasecall.simulation import Population
    >>> culture = Culture(Clock(100.0, 0.0, loss=0.1), population=Population(asymmetry=0.2))
    >>> round(effective_clock(culture, np.array([0.0, 400.0])).loss, 1)  # about 1 - 0.9 cos(0.2 pi)
    0.3
    """
    clock = culture.clock
    start = max(float(np.min(times)), clock.lag)
    grid = np.linspace(start, max(float(np.max(times)), start + clock.period), _N_LOSS)
    left = np.maximum(np.abs(attenuate(culture, grid)[0]), _NOTHING_LEFT)
    slope = float(np.polyfit(clock.moved(grid), np.log(left), 1)[0])
    return replace(clock, loss=float(np.clip(-np.expm1(slope), 0.0, 1.0)))


def _share_out(place: Floats, deviation: Floats, steps: NDArray[np.int64]) -> Floats:
    """Return the share of the founders' lines on each step, shape (n_times, steps)."""
    from scipy.special import ndtr

    edges = (np.append(steps, steps[-1] + 1) - 0.5) / _STEPS
    return np.asarray(np.diff(ndtr((edges - place[:, None]) / deviation[:, None]), axis=1))


def _follow_lines(order: NDArray[np.int64], first: int, last: int, asymmetry: float) -> Complex:
    """Return the mean of `exp(2 pi i k place)` over the lines of a founder, by how far it has come.

    Shape (harmonics, last + 1 - first). With f the mean for a mother and g for a daughter, both by the time
    since they divided, c the mother's cycle and d the delay,

        f(s) = exp(2 pi i k s / c) for s < c, else (f(s - c) + g(s - c)) / 2
        g(s) = 1 for s < d, else f(s - d)
    """
    cycle, delay = round((1 - asymmetry / 2) * _STEPS), round(asymmetry * _STEPS)
    length = max(last + 1 - _STEPS, 0)
    # A daughter waits and is a mother then, and a mother that has divided is the mean of both: one array.
    daughter = np.ones((order.size, delay + cycle + length), dtype=np.complex128)
    mother = daughter[:, delay:]
    divided = mother[:, cycle:]
    mother[:, :cycle] = np.exp(2j * np.pi * np.multiply.outer(order, np.arange(cycle) / cycle))
    for start in range(0, length, cycle):
        # A stretch of one mother's cycle at a time: all that it needs lies before it.
        stretch = slice(start, min(start + cycle, length))
        divided[:, stretch] = (mother[:, stretch] + daughter[:, stretch]) / 2
    founder = np.exp(2j * np.pi * np.multiply.outer(order, np.arange(first, min(last + 1, _STEPS)) / _STEPS))
    return np.concatenate([founder, divided[:, max(first - _STEPS, 0) :]], axis=1)
