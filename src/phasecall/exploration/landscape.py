"""Landscape: where genes are on the plane of two values a quarter turn apart, and how they move there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import wrap
from phasecall.exploration.chance import N_SHUFFLES, select_cycling
from phasecall.exploration.record import Exploration
from phasecall.exploration.selection import place_peaks
from phasecall.exploration.stretch import lay_stretch

Floats = NDArray[np.float64]

MIN_GENES = 10
"""Fewer genes make no density."""
EDGE = 2.6
"""Half the side of the plane, standard deviations of a profile."""

_CELLS = 72
_LEAST_WIDTH = 0.15
_DEEP = 6.0
_BOOTSTRAPS = 100
_CYCLE = 24
_MOST_BLOCKS, _LEAST_BLOCKS = 13, 5
_MIN_STATES, _MIN_OWNERS = 25, 8
_N_LAGS = 3
_MIN_ARRAYS = 6
_NEAR = 0.05
"""Turns, about the error of a peak: a partner so far off turns the circle into a slight ellipse."""


@dataclass(frozen=True)
class States:
    """States of genes at every array.

    Parameters
    ----------
    value
        Of the gene, standard deviations, shape (k, n_times); NaN = missing.
    other
        Of a gene that peaks a quarter of a turn later, shape (k, n_times).
    since
        Turns since the gene's own peak, [0, 1), shape (k, n_times).
    """

    value: Floats
    other: Floats
    since: Floats


@dataclass(frozen=True)
class Landscape:
    """The quasi-potential on the plane of states; c cells a side.

    Parameters
    ----------
    edges
        Borders of the cells on either axis, shape (c + 1,).
    potential
        Quasi-potential, 0 at the lowest, first index `other`; shape (c, c), NaN where hardly a state is.
    null
        The same where the arrays are in a random order, one for all genes, and as many genes are chosen
        anew that pass for cycling then, with their peaks.
    hill, hill_low, hill_high
        Height of the middle over the lowest place, and its 95 % interval over genes drawn anew.
    null_hill
        The highest hill of 20 such orders.
    cycle
        Mean state by turns since the gene's own peak, (value, other), shape (24, 2); NaN where none was seen.
    n_genes, n_states
        How many there are.
    """

    edges: Floats
    potential: Floats
    null: Floats
    hill: float
    hill_low: float
    hill_high: float
    null_hill: float
    cycle: Floats
    n_genes: int
    n_states: int


@dataclass(frozen=True)
class Flow:
    """How states move; b blocks a side.

    Parameters
    ----------
    centres
        Middles of the blocks on either axis, shape (b,).
    velocity
        Mean rate of change of (value, other), a turn, shape (b, b, 2), first index `other`; NaN in blocks of
        fewer than 25 states or 8 genes.
    diffusion
        Diffusion coefficient of the value, squared standard deviations a turn, shape (b, b); may be negative
        where errors of measurement outweigh it.
    rotation
        Turns of the plane a turn of the clock, 1 for waves that keep to the clock.
    rotation_low, rotation_high
        Its 95 % interval over genes drawn anew.
    spread
        Diffusion coefficient of all states.
    noise
        Standard deviation of the error of measurement, as the same fit has it; 0 where none is left for it.
    n_genes
        How many there are.
    """

    centres: Floats
    velocity: Floats
    diffusion: Floats
    rotation: float
    rotation_low: float
    rotation_high: float
    spread: float
    noise: float
    n_genes: int


def find_states(exploration: Exploration) -> States | None:
    """Return the states of the cycling genes: the value of each, and of one that peaks a quarter turn later.

    A wave goes round a circle of radius sqrt 2 in them, anticlockwise. Unlike a rate of change, or a value
    some time ago, the second value is measured at the same array and with an error of its own: where time
    could as well run backwards, states do not turn. The second gene is drawn from those within 0.05 turns of
    the right place; a gene without such a one has no state. None with fewer than ten genes.
    """
    places, anchored = place_peaks(exploration), exploration.anchored
    own = np.flatnonzero(exploration.cycling & np.isfinite(places))
    first, second = _pair(places[own], exploration.draw())
    if first.size < MIN_GENES:
        return None
    first, second = own[first], own[second]
    clock, times = exploration.estimate.clock, exploration.course.times
    turns = clock.turn(times) if anchored else clock.moved(times)
    since = wrap(turns - places[first][:, None])
    return States(exploration.scaled[first], exploration.scaled[second], since)


def _pair(places: Floats, generator: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which genes have one that peaks a quarter turn later, and one of these each, at random."""
    order = np.argsort(places, kind="stable")
    ring = np.concatenate([places[order], places[order] + 1])
    target = wrap(places + 0.25 - _NEAR)
    start = np.searchsorted(ring, target, side="left")
    count = np.searchsorted(ring, target + 2 * _NEAR, side="right") - start
    drawn = start + (generator.random(places.size) * count).astype(np.int64)
    first = np.flatnonzero(count)
    return first, order[drawn[first] % places.size]


def hold_back(series: Floats, steps: float) -> Floats:
    """Return series as they were some steps before, read between arrays; NaN before the first.

    Examples
    --------
    >>> hold_back(np.array([[0.0, 1.0, 4.0, 9.0]]), 1.5).tolist()
    [[nan, nan, 0.5, 2.5]]
    """
    size, whole = series.shape[1], int(np.floor(steps + 1e-9))
    share = steps - whole
    late = np.full(series.shape, np.nan)
    if share < 1e-6:
        late[:, whole:] = series[:, : size - whole]
    else:
        earlier, later = series[:, : size - whole - 1], series[:, 1 : size - whole]
        late[:, whole + 1 :] = share * earlier + (1 - share) * later
    return late


def measure_landscape(exploration: Exploration) -> Landscape | None:
    r"""Measure the quasi-potential of the states of cycling genes.

    .. math:: U(x, y) = -\ln p(x, y) + \ln \max p

    p is the density of all states, smoothed by a Gaussian of Scott's width (n^(-1/6) standard deviations of n
    states, at least 0.15). The hill in the middle is U(0, 0). None as `find_states`.

    Genes that were chosen for a wave, and paired by its peaks, have a hill whatever the data are: those that
    chance is shown by are chosen and paired anew in each order of the arrays, by the wave that explains most
    (`select_cycling`), where the course's own are by its calls.

    References
    ----------
    Wang, Xu and Wang 2008, doi 10.1073/pnas.0800579105; Scott 1992, doi 10.1002/9780470316849.
    """
    states = find_states(exploration)
    if states is None:
        return None
    generator, edges = exploration.draw(), np.linspace(-EDGE, EDGE, _CELLS + 1)
    cells = _find_cells(states.value, states.other, edges)
    owner = np.repeat(np.arange(len(cells)), cells.shape[1]).reshape(cells.shape)
    inside = cells >= 0
    width = max(_LEAST_WIDTH, float(max(inside.sum(), 1)) ** (-1 / 6)) / (edges[1] - edges[0])
    potential = _sink(cells[inside], np.ones(inside.sum()), width)
    hills = []
    for _ in range(_BOOTSTRAPS):
        times_drawn = np.bincount(generator.integers(len(cells), size=len(cells)), minlength=len(cells))
        hills.append(_top(_sink(cells[inside], times_drawn[owner[inside]].astype(np.float64), width)))
    nulls = [_sink(*_shuffle(exploration, edges, generator), width) for _ in range(N_SHUFFLES)]
    low, high = np.percentile(hills, [2.5, 97.5])
    return Landscape(
        edges,
        np.where(potential <= _DEEP, potential, np.nan),
        np.where(nulls[0] <= _DEEP, nulls[0], np.nan),
        _top(potential),
        float(low),
        float(high),
        max(map(_top, nulls)),
        _follow(states),
        len(cells),
        int(inside.sum()),
    )


def _shuffle(
    exploration: Exploration, edges: Floats, generator: np.random.Generator
) -> tuple[NDArray[np.int64], Floats]:
    """Return the cells of the states of genes that pass for cycling in a random order of the arrays."""
    times = exploration.course.times
    order = generator.permutation(times.size)
    rows, places = select_cycling(exploration.filled[:, order], times, int(exploration.cycling.sum()))
    first, second = _pair(places, generator)
    cells = _find_cells(exploration.scaled[rows[first]], exploration.scaled[rows[second]], edges)
    return cells[cells >= 0], np.ones(int((cells >= 0).sum()))


def _find_cells(now: Floats, before: Floats, edges: Floats) -> NDArray[np.int64]:
    """Return the number of the cell of each state, -1 outside; shape as given."""
    size = edges.size - 1
    with np.errstate(invalid="ignore"):
        inside = (np.abs(now) < edges[-1]) & (np.abs(before) < edges[-1])
    column = np.searchsorted(edges, np.where(inside, now, 0.0), side="right") - 1
    row = np.searchsorted(edges, np.where(inside, before, 0.0), side="right") - 1
    return np.where(inside, row * size + column, -1)


def _sink(cells: NDArray[np.int64], weights: Floats, width: float) -> Floats:
    """Return the quasi-potential of counted cells, smoothed by a Gaussian of some cells."""
    from scipy.ndimage import gaussian_filter

    count = np.bincount(cells, weights, minlength=_CELLS**2).reshape(_CELLS, _CELLS)
    density = gaussian_filter(count, width, mode="constant")
    return np.asarray(-np.log(np.maximum(density, 1e-300) / max(float(density.max()), 1e-300)))


def _top(potential: Floats) -> float:
    """Return the mean of the four cells that meet in the middle."""
    middle = len(potential) // 2
    return float(potential[middle - 1 : middle + 1, middle - 1 : middle + 1].mean())


def _follow(states: States) -> Floats:
    """Return the mean state by turns since the gene's own peak, shape (24, 2)."""
    known = np.isfinite(states.value) & np.isfinite(states.other)
    bins = np.floor(states.since[known] * _CYCLE).astype(np.int64)
    count = np.bincount(bins, minlength=_CYCLE)
    sums = [np.bincount(bins, value[known], minlength=_CYCLE) for value in (states.value, states.other)]
    enough = count >= MIN_GENES
    return np.where(enough[:, None], np.stack(sums, axis=1) / np.maximum(count, 1)[:, None], np.nan)


def measure_flow(exploration: Exploration) -> Flow | None:
    r"""Measure how the states of cycling genes move: velocity, and diffusion of the value.

    The velocity of a block is the mean of `(s(t + d) - s(t - d)) / 2d`, d the step: forward and backward
    drift together. It is the probability flux over the density, and 0 wherever time could as well run
    backwards; errors of measurement, which pull the forward drift alone inwards, drop out of it. The
    diffusion coefficient D is that of what uniform rotation leaves of the value x, with y the gene's own
    value a quarter of a turn before (read between arrays),

    .. math:: \langle (x(t + \tau) - x \cos 2\pi\tau + y \sin 2\pi\tau)^2 \rangle
              = 2 D (\tau + \tfrac14 \sin^2 2\pi\tau) + \sigma^2 (1 + \cos^2 2\pi\tau + c \sin^2 2\pi\tau)

    fitted to the lags of one to three steps: errors of measurement, of variance sigma squared, do not grow
    with the lag as diffusion does; c is less than 1 where y is read between arrays. The rotation is the mean
    angle that states turn in a step. Only the longest even stretch of arrays is used. None as `find_states`,
    with fewer than four arrays a turn or six at one step, or where no block has enough states.

    References
    ----------
    Wang, Xu and Wang 2008, doi 10.1073/pnas.0800579105 (flux); Siegert, Friedrich and Peinke 1998,
    doi 10.1016/S0375-9601(98)00283-7 (moments); Boettcher et al. 2006, doi 10.1103/PhysRevLett.97.090603
    (errors of measurement).
    """
    states, stretch = find_states(exploration), lay_stretch(exploration)
    if states is None or not stretch.step <= 0.25 or len(stretch) < _MIN_ARRAYS:
        return None
    value, other = states.value[:, stretch.columns], states.other[:, stretch.columns]
    n_states = int((np.isfinite(value) & np.isfinite(other)).sum())
    size = int(np.clip(np.sqrt(n_states / _MIN_STATES), _LEAST_BLOCKS, _MOST_BLOCKS))
    edges = np.linspace(-EDGE, EDGE, size + 1)
    blocks = _find_cells(value, other, edges)
    velocity = np.stack([_average(_differ(one, stretch.step), blocks, size) for one in (value, other)], -1)
    squares = _stray(value, stretch.step)
    moments = np.stack([_average(one, blocks, size) for one in squares], axis=-1)
    if not np.isfinite(moments).any():
        return None
    solve = np.linalg.pinv(_lay_moments(stretch.step, len(squares)))
    total = solve @ np.array([np.nanmean(one) for one in squares])
    turned = _turn(value, other)
    draws = exploration.draw().integers(len(turned), size=(_BOOTSTRAPS, len(turned)))
    rate = 2 * np.pi * stretch.step
    low, high = np.percentile(np.angle(turned[draws].sum(axis=1)) / rate, [2.5, 97.5])
    return Flow(
        centres=(edges[1:] + edges[:-1]) / 2,
        velocity=velocity,
        diffusion=moments @ solve[0],
        rotation=float(np.angle(turned.sum())) / rate,
        rotation_low=float(low),
        rotation_high=float(high),
        spread=float(total[0]),
        noise=float(np.sqrt(max(total[1], 0.0))),
        n_genes=len(turned),
    )


def _turn(value: Floats, other: Floats) -> NDArray[np.complex128]:
    """Return the sum of each gene's states, as complex numbers, times the conjugate of those before."""
    place = value + 1j * other
    product = np.conj(place[:, :-1]) * place[:, 1:]
    return np.asarray(np.where(np.isfinite(product), product, 0.0).sum(axis=1))


def _differ(series: Floats, step: float) -> Floats:
    """Return half of the forward and backward differences of series together, a turn; shape (k, m)."""
    found = np.full(series.shape, np.nan)
    found[:, 1:-1] = (series[:, 2:] - series[:, :-2]) / (2 * step)
    return found


def _stray(value: Floats, step: float) -> list[Floats]:
    """Return squared distances of values from uniform rotation after one to three steps, shape (k, m)."""
    before, found = hold_back(value, 0.25 / step), []
    for lag in range(1, _N_LAGS + 1):
        angle = 2 * np.pi * lag * step
        away = np.full(value.shape, np.nan)
        turned = np.cos(angle) * value - np.sin(angle) * before
        away[:, :-lag] = (value[:, lag:] - turned[:, :-lag]) ** 2
        if np.isfinite(away).any():
            found.append(away)
    return found


def _lay_moments(step: float, n_lags: int) -> Floats:
    """Return what a unit of diffusion, and of the variance of errors, adds to each lag; shape (n_lags, 2)."""
    lags = step * np.arange(1, n_lags + 1)
    share = (0.25 / step) % 1
    mixed = share**2 + (1 - share) ** 2
    errors = 1 + np.cos(2 * np.pi * lags) ** 2 + mixed * np.sin(2 * np.pi * lags) ** 2
    # What a state strayed in the quarter of a turn before counts as far as y is turned into x.
    strayed = lags + 0.25 * np.sin(2 * np.pi * lags) ** 2
    return np.stack([2 * strayed, errors], axis=1)


def _average(values: Floats, blocks: NDArray[np.int64], side: int) -> Floats:
    """Return the mean of values in each block, shape (b, b); NaN where too few states or genes are."""
    known = np.isfinite(values) & (blocks >= 0)
    own, size = blocks[known], side**2
    count = np.bincount(own, minlength=size)
    total = np.bincount(own, values[known], minlength=size)
    pairs = np.unique(np.stack([own, np.nonzero(known)[0]]), axis=1)
    owners = np.bincount(pairs[0], minlength=size)
    enough = (count >= _MIN_STATES) & (owners >= _MIN_OWNERS)
    return np.where(enough, total / np.maximum(count, 1), np.nan).reshape(side, side)
