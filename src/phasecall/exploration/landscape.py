"""Landscape: where genes are on the plane of value and value a quarter of a turn ago, and how they move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import wrap
from phasecall.exploration.record import Exploration
from phasecall.exploration.stretch import find_places, lay_stretch

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


@dataclass(frozen=True)
class States:
    """States of genes: the value at an array, and the value a quarter of a turn before.

    Parameters
    ----------
    now, before
        Standard deviations, shape (k, m); NaN where either is missing or lies before the first array.
    step
        Turns between neighbouring arrays.
    since
        Turns since the gene's own peak, [0, 1), shape (k, m).
    """

    now: Floats
    before: Floats
    step: float
    since: Floats


@dataclass(frozen=True)
class Landscape:
    """The quasi-potential on the plane of states; c cells a side.

    Parameters
    ----------
    edges
        Borders of the cells on either axis, shape (c + 1,).
    potential
        Quasi-potential, 0 at the lowest, first index `before`; shape (c, c), NaN where hardly a state is.
    null
        The same of profiles whose arrays are shuffled, gene by gene.
    hill, hill_low, hill_high
        Height of the middle over the lowest place, and its 95 % interval over genes drawn anew.
    null_hill
        The same of the shuffled profiles.
    cycle
        Mean state by turns since the gene's own peak, (now, before), shape (24, 2); NaN where none was seen.
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
        Mean rate of change of (now, before), a turn, shape (b, b, 2), first index `before`; NaN in blocks of
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
    """Return the states of the cycling genes on the even stretch of the arrays.

    A state is a value and the value a quarter of a turn before (Packard et al. 1980,
    doi 10.1103/PhysRevLett.45.712): a wave goes round a circle of radius sqrt 2, anticlockwise, and the
    errors of the two values are independent, which those of a value and of its rate of change are not. Where
    a quarter of a turn ends between arrays, it is read between the two. None with fewer than ten genes, fewer
    than four arrays a turn, or fewer than three arrays after the first quarter.
    """
    stretch, clock = lay_stretch(exploration), exploration.estimate.clock
    places, anchored = find_places(exploration)
    own = np.flatnonzero(exploration.cycling & np.isfinite(places))
    if own.size < MIN_GENES or not stretch.step <= 0.25 or len(stretch) - np.ceil(0.25 / stretch.step) < 3:
        return None
    now = exploration.scaled[np.ix_(own, stretch.columns)]
    times = exploration.course.times[stretch.columns]
    turns = clock.turn(times) if anchored else clock.moved(times)
    since = wrap(turns - places[own][:, None])
    return States(now, hold_back(now, 0.25 / stretch.step), stretch.step, since)


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

    References
    ----------
    Wang, Xu and Wang 2008, doi 10.1073/pnas.0800579105; Scott 1992, doi 10.1002/9780470316849.
    """
    states = find_states(exploration)
    if states is None:
        return None
    generator, edges = exploration.draw(), np.linspace(-EDGE, EDGE, _CELLS + 1)
    cells = _find_cells(states.now, states.before, edges)
    owner = np.repeat(np.arange(len(cells)), cells.shape[1]).reshape(cells.shape)
    inside = cells >= 0
    width = max(_LEAST_WIDTH, float(max(inside.sum(), 1)) ** (-1 / 6)) / (edges[1] - edges[0])
    potential = _sink(cells[inside], np.ones(inside.sum()), width)
    hills = []
    for _ in range(_BOOTSTRAPS):
        times_drawn = np.bincount(generator.integers(len(cells), size=len(cells)), minlength=len(cells))
        hills.append(_top(_sink(cells[inside], times_drawn[owner[inside]].astype(np.float64), width)))
    shuffled = generator.permuted(states.now, axis=1)
    others = _find_cells(shuffled, hold_back(shuffled, 0.25 / states.step), edges)
    others = others[others >= 0]
    null = _sink(others, np.ones(others.size), width)
    low, high = np.percentile(hills, [2.5, 97.5])
    return Landscape(
        edges,
        np.where(potential <= _DEEP, potential, np.nan),
        np.where(null <= _DEEP, null, np.nan),
        _top(potential),
        float(low),
        float(high),
        _top(null),
        _follow(states),
        len(cells),
        int(inside.sum()),
    )


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
    known = np.isfinite(states.now) & np.isfinite(states.before)
    bins = np.floor(states.since[known] * _CYCLE).astype(np.int64)
    count = np.bincount(bins, minlength=_CYCLE)
    sums = [np.bincount(bins, value[known], minlength=_CYCLE) for value in (states.now, states.before)]
    enough = count >= MIN_GENES
    return np.where(enough[:, None], np.stack(sums, axis=1) / np.maximum(count, 1)[:, None], np.nan)


def measure_flow(exploration: Exploration) -> Flow | None:
    r"""Measure how the states of cycling genes move: velocity, and diffusion of the value.

    The velocity of a block is the mean of `(s(t + d) - s(t - d)) / 2d`, d the step: forward and backward
    drift together. It is the probability flux over the density, and 0 wherever time could as well run
    backwards; errors of measurement, which pull the forward drift alone inwards, drop out of it. The
    diffusion coefficient D is that of what uniform rotation leaves,

    .. math:: \langle (x(t + \tau) - x \cos 2\pi\tau + y \sin 2\pi\tau)^2 \rangle
              = 2 D \tau + \sigma^2 (1 + \cos^2 2\pi\tau + c \sin^2 2\pi\tau)

    fitted to the lags of one to three steps: errors of measurement, of variance sigma squared, do not grow
    with the lag as diffusion does; c is less than 1 where y is read between arrays. The rotation is the mean
    angle that states turn in a step. None as `find_states`,
    or where no block has enough states.

    References
    ----------
    Wang, Xu and Wang 2008, doi 10.1073/pnas.0800579105 (flux); Siegert, Friedrich and Peinke 1998,
    doi 10.1016/S0375-9601(98)00283-7 (moments); Boettcher et al. 2006, doi 10.1103/PhysRevLett.97.090603
    (errors of measurement).
    """
    states = find_states(exploration)
    if states is None:
        return None
    both = np.isfinite(states.now) & np.isfinite(states.before)
    size = int(np.clip(np.sqrt(both.sum() / _MIN_STATES), _LEAST_BLOCKS, _MOST_BLOCKS))
    edges = np.linspace(-EDGE, EDGE, size + 1)
    blocks = _find_cells(states.now, states.before, edges)
    velocity = np.stack([_average(one, blocks, size) for one in _differ(states)], axis=-1)
    squares = _stray(states)
    moments = np.stack([_average(one, blocks, size) for one in squares], axis=-1)
    if not np.isfinite(moments).any():
        return None
    solve = np.linalg.pinv(_lay_moments(states.step, len(squares)))
    total = solve @ np.array([np.nanmean(one) for one in squares])
    place = states.now + 1j * states.before
    product = np.conj(place[:, :-1]) * place[:, 1:]
    turned = np.where(np.isfinite(product), product, 0.0).sum(axis=1)
    draws = exploration.draw().integers(len(turned), size=(_BOOTSTRAPS, len(turned)))
    rate = 2 * np.pi * states.step
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


def _differ(states: States) -> tuple[Floats, Floats]:
    """Return half of the forward and backward differences of value and held value, a turn; shape (k, m)."""
    found = np.full((2, *states.now.shape), np.nan)
    for place, series in enumerate((states.now, states.before)):
        found[place, :, 1:-1] = (series[:, 2:] - series[:, :-2]) / (2 * states.step)
    return found[0], found[1]


def _stray(states: States) -> list[Floats]:
    """Return squared distances of the value from uniform rotation after one to three steps; shape (k, m)."""
    found = []
    for lag in range(1, min(_N_LAGS, states.now.shape[1] - 1) + 1):
        angle = 2 * np.pi * lag * states.step
        away = np.full(states.now.shape, np.nan)
        turned = np.cos(angle) * states.now - np.sin(angle) * states.before
        away[:, :-lag] = (states.now[:, lag:] - turned[:, :-lag]) ** 2
        found.append(away)
    return found


def _lay_moments(step: float, n_lags: int) -> Floats:
    """Return what a unit of diffusion, and of the variance of errors, adds to each lag; shape (n_lags, 2)."""
    lags = step * np.arange(1, n_lags + 1)
    share = (0.25 / step) % 1
    mixed = share**2 + (1 - share) ** 2
    errors = 1 + np.cos(2 * np.pi * lags) ** 2 + mixed * np.sin(2 * np.pi * lags) ** 2
    return np.stack([2 * lags, errors], axis=1)


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
