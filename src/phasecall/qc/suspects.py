"""Suspects: the arrays that do not fit, and what explains each of them best.

An array that is odd, one at a wrong time, two that changed places and one with its sign turned round all make
the same arrays unlike what the others predict. Each explanation gains so much likelihood; the best one
has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from phasecall.clock.covariance import compare_arrays, find_telling
from phasecall.qc.resemblance import MIN_ARRAYS, Resemblance, judge, measure_excess, measure_moves
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

ODD_LIMIT = 3.5
"""Times the variance of the median array."""
GAIN_LIMIT, GAIN_TOTAL = 0.3, 15.0
"""In the mean of the genes, and in their sum, where these are few."""
FLIP_LIMIT = 0.5
"""Of a sign: turning one round changes all genes of an array, and gains more than another time would."""
_LEAST = 1e-12
_FINEST = 0.25
"""Times to try, in usual steps of the sampling."""
_BEYOND = 1
"""Usual steps beyond either end that are tried, too: farther out, no other array could gainsay."""
_NEAR = 1.0
"""An array is not said to be mislabelled by less than so many usual steps."""
_MISFIT = 1.25
"""Nor where it fits: its excess must be so many times that of the median array. Cultures lose variance as
they lose synchrony, and a late array would be said to lie where the clock expects less."""
_MOST_FLIPS = 3
"""So many of the oddest arrays are tried with their sign turned round."""


@dataclass(frozen=True)
class Suspect:
    """An explanation of arrays that do not fit.

    Parameters
    ----------
    arrays
        Which arrays of the resemblance: one, or two that changed places.
    gain
        By how much it lowers the mean deviance of a gene.
    minute
        The better time, of one at a wrong time; NaN otherwise.
    """

    arrays: tuple[int, ...]
    gain: float
    minute: float = np.nan


@dataclass(frozen=True, eq=False)
class Suspects:
    """What explains the arrays of a course best that do not fit; each found once.

    Parameters
    ----------
    course
        The experiment.
    arrays
        How alike its arrays are.
    """

    course: TimeCourse
    arrays: Resemblance

    @cached_property
    def outliers(self) -> tuple[list[int], float]:
        """The columns that are odd, the oddest first, and how odd the oddest is."""
        return spot_outliers(self.arrays)

    @cached_property
    def sound(self) -> Resemblance:
        """The arrays without those that are odd at any time and place."""
        return drop_odd(self.arrays)

    @cached_property
    def exchange(self) -> Suspect:
        """The two sound arrays that gain most by changing places."""
        return find_exchange(self.sound)

    @cached_property
    def move(self) -> Suspect:
        """The sound array that gains most by another time."""
        return find_move(self.sound)

    @cached_property
    def flip(self) -> Suspect:
        """The array that gains most by turning its sign round; none where no value has one."""
        return find_flip(self.arrays, self.course) if (self.course.values < 0).any() else Suspect((0,), 0.0)


def spot_outliers(seen: Resemblance) -> tuple[list[int], float]:
    """Return the columns of a course that are odd, the oddest first, and how odd the oddest is."""
    odd: list[int] = []
    worst = np.nan
    while seen.times.size >= MIN_ARRAYS:
        excess = measure_excess(seen, np.eye(seen.times.size))
        ratio = excess / np.median(excess)
        array = int(ratio.argmax())
        worst = np.fmax(worst, ratio[array])
        if ratio[array] < ODD_LIMIT:
            break
        odd.append(int(seen.columns[array]))
        seen = seen.without([array])
    return odd, float(worst)


def rate_oddness(seen: Resemblance) -> Floats:
    """Return what is gained by giving each array a variance of its own, shape (n,).

    With r the excess of `measure_excess`, `r - 1 - log r` where it is above 1: the gain at the best variance.
    """
    excess = np.maximum(measure_excess(seen, np.eye(seen.times.size)), 1.0)
    return np.asarray(excess - 1 - np.log(excess))


def find_exchange(seen: Resemblance) -> Suspect:
    """Return the two arrays that gain most by changing places; with a gain of 0 if none does."""
    n = seen.times.size
    base = float((seen.precision * seen.likeness).sum())
    best = Suspect((0, 1), -np.inf)
    for one, other in combinations(range(n), 2):
        if seen.times[one] == seen.times[other]:
            continue
        order = _swap(n, one, other)
        gain = base - float((seen.precision * seen.likeness[np.ix_(order, order)]).sum())
        if gain > best.gain:
            best = Suspect((one, other), gain)
    if best.gain <= 0:
        return Suspect(best.arrays, 0.0)
    # What the two did to the covariance is undone with them.
    return Suspect(best.arrays, judge(seen) - judge(seen.exchange(_swap(n, *best.arrays))))


def find_move(seen: Resemblance) -> Suspect:
    """Return the array that gains most by another time; with a gain of 0 if none does."""
    excess = measure_excess(seen, np.eye(seen.times.size))
    misfits = np.flatnonzero(excess >= _MISFIT * np.median(excess))
    moves = [_move(seen, int(array)) for array in misfits]
    return max(moves, key=lambda move: move.gain, default=Suspect((0,), 0.0))


def _move(seen: Resemblance, array: int) -> Suspect:
    """Return the better time of one array, with what it gains; with a gain of 0 if there is none."""
    own, step = seen.times[array], float(np.median(np.diff(np.unique(seen.times))))
    ends = seen.times[0] - _BEYOND * step, seen.times[-1] + _BEYOND * step
    grid = np.arange(ends[0], ends[1] + _FINEST * step / 2, _FINEST * step)
    tried = np.r_[own, grid[np.abs(grid - own) >= _NEAR * step]]
    deviance, _ = measure_moves(seen, array, tried)
    place = int(deviance.argmin())
    return Suspect((array,), float(deviance[0] - deviance[place]), float(tried[place]))


def drop_odd(seen: Resemblance) -> Resemblance:
    """Return the arrays without those that are odd at any time and place: they would lead others astray."""
    while seen.times.size > MIN_ARRAYS:
        excess = measure_excess(seen, np.eye(seen.times.size))
        array = int(excess.argmax())
        if excess[array] < ODD_LIMIT * np.median(excess):
            break
        pair = find_exchange(seen)
        odd = float(rate_oddness(seen)[array])
        if _move(seen, array).gain >= odd or (array in pair.arrays and pair.gain >= odd):
            break
        seen = seen.without([array])
    return seen


def find_flip(seen: Resemblance, course: TimeCourse) -> Suspect:
    """Return the array that gains most by turning its sign round; with a gain of 0 if none does.

    Signs are turned of the values as they are: log ratios.
    """
    values = course.values[:, seen.columns]
    best = Suspect((0,), 0.0)
    for array in np.argsort(-rate_oddness(seen), kind="stable")[:_MOST_FLIPS]:
        sign = np.where(np.arange(seen.times.size) == array, -1.0, 1.0)
        gain = judge(seen) - judge(seen.refit(compare_arrays(values * sign)))
        # Both are of genes scaled to variance 1: what scaling did to the likelihood differs.
        gain += _measure_spread(values) - _measure_spread(values * sign)
        if gain > best.gain:
            best = Suspect((int(array),), gain)
    return best


def _measure_spread(values: Floats) -> float:
    """Return the mean of the genes' log variances, times their degrees of freedom."""
    known = values[find_telling(values)]
    # In units of the largest value: squares of very large numbers are no numbers.
    largest = np.nanmax(np.abs(known), axis=1, keepdims=True)
    logs = np.log(np.maximum(np.nanvar(known / largest, axis=1), _LEAST)) + 2 * np.log(largest[:, 0])
    return float(((np.isfinite(known).sum(axis=1) - 1) * logs).mean())


def limit_gain(seen: Resemblance, least: float = GAIN_LIMIT) -> float:
    """Return the gain in the mean deviance of a gene from which on an explanation is believed."""
    return max(least, GAIN_TOTAL / seen.n_genes)


def is_believed(seen: Resemblance, suspect: Suspect, least: float = GAIN_LIMIT) -> bool:
    """Return whether an explanation gains enough, and no other one of the same arrays gains as much."""
    if suspect.gain < limit_gain(seen, least):
        return False
    own = set(suspect.arrays)
    odd = float(rate_oddness(seen)[list(own)].sum())
    rivals = (rival for rival in (find_exchange(seen), find_move(seen)) if own & set(rival.arrays))
    return suspect.gain > odd and all(suspect.gain >= rival.gain for rival in rivals)


def _swap(n: int, one: int, other: int) -> NDArray[np.int64]:
    order = np.arange(n)
    order[[one, other]] = other, one
    return order
