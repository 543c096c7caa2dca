"""Resemblance: how alike the arrays of an experiment are, and how alike its clock says they should be.

What thousands of genes say of their arrays is one small matrix; every check of an array or a time asks it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import Clock, ClockEstimate
from phasecall.clock.covariance import (
    PARTS,
    Decomposition,
    compare_arrays,
    find_telling,
    lay_noise,
    lay_parts,
    lay_wave,
)
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.interpolation import spot_interpolated
from phasecall.timecourse import TimeCourse, find_batches

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MIN_ARRAYS = 6
"""With fewer arrays none can be told from the others: four to five numbers describe what they share."""

_ALTERNATION = PARTS.index("alternation")
_LEAST = 1e-6
_LEVEL = 1e3
"""Variance of the genes' unknown means, where that of a gene about its mean is 1: as good as infinite."""


@dataclass(frozen=True, eq=False)
class Resemblance:
    """How alike arrays are over all genes, and how alike the clock says.

    Parameters
    ----------
    columns
        Which columns of the course the arrays are, shape (n,): those that were measured and hold a value.
    times
        Minutes, shape (n,).
    likeness
        What `compare_arrays` returned, shape (n, n).
    covariance
        The one fitted to it, shape (n, n).
    precision
        Its inverse for profiles whose mean is not known, shape (n, n).
    weights
        Variance of each of `PARTS`, then of the wave (0 without a clock), shape (7,).
    clock
        The clock; None where there is none.
    n_genes
        Genes that say something.
    """

    columns: Codes
    times: Floats
    likeness: Floats
    covariance: Floats
    precision: Floats
    weights: Floats
    clock: Clock | None
    n_genes: int

    def without(self, arrays: Iterable[int]) -> Resemblance:
        """Return the same for all arrays but some, their covariance fitted anew."""
        left = np.setdiff1d(np.arange(self.times.size), list(arrays))
        likeness = self.likeness[np.ix_(left, left)]
        return _fit(self.columns[left], self.times[left], likeness, self.clock, self.n_genes)

    def exchange(self, order: Codes) -> Resemblance:
        """Return the same with the arrays in another order at the same times, fitted anew."""
        return self.refit(self.likeness[np.ix_(order, order)])

    def refit(self, likeness: Floats) -> Resemblance:
        """Return the same for arrays at the same times that resemble one another otherwise, fitted anew."""
        return _fit(self.columns, self.times, likeness, self.clock, self.n_genes)


def resemble(course: TimeCourse, estimate: ClockEstimate) -> Resemblance | None:
    """Return how alike the arrays of a course are; None where too few say too little.

    Parameters
    ----------
    course
        The experiment. Arrays interpolated, declared or not, and those without a value are left out.
    estimate
        Its clock.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.caller import tell_clock
    >>> course = phasecall.load("cdc15")
    >>> resemble(course, tell_clock(course)).precision.shape
    (24, 24)
    """
    told = course.measured() & ~spot_interpolated(course) & np.isfinite(course.values).any(axis=0)
    columns, times = np.flatnonzero(told), course.times[told]
    values = course.values[:, told]
    n_genes = int(find_telling(values).sum())
    if np.unique(times).size < MIN_ARRAYS or not n_genes:
        return None
    clock = estimate.clock if np.isfinite(estimate.clock.period) else None
    return _fit(columns, times, compare_arrays(values), clock, n_genes)


def _fit(columns: Codes, times: Floats, likeness: Floats, clock: Clock | None, n_genes: int) -> Resemblance:
    parts = Decomposition(likeness, times)
    weights = np.r_[parts.mix(None).weights, 0.0] if clock is None else np.roll(parts.weigh(clock), -1)
    covariance = _lay_covariance(weights, clock, times, times)
    return Resemblance(columns, times, likeness, covariance, invert(covariance), weights, clock, n_genes)


def _lay_covariance(weights: Floats, clock: Clock | None, times: Floats, reference: Floats) -> Floats:
    *others, rhythm = weights
    covariance = lay_noise(np.array(others), times, reference)
    if clock is None:
        return covariance
    wave = lay_wave(clock, times)
    return np.asarray(covariance + rhythm * wave @ wave.T)


def judge(seen: Resemblance) -> float:
    """Return minus twice the mean log likelihood of a gene by the covariance fitted, up to a constant."""
    total = np.linalg.inv(seen.covariance).sum()
    return float(
        (seen.precision * seen.likeness).sum() + np.linalg.slogdet(seen.covariance)[1] + np.log(total)
    )


def invert(covariance: Floats) -> Floats:
    """Return the inverse of a covariance for profiles whose mean is not known, shape (n, n).

    Examples
    --------
    >>> invert(np.eye(2)).tolist()
    [[0.5, -0.5], [-0.5, 0.5]]
    """
    inverse = np.linalg.inv(covariance)
    total = inverse.sum(axis=1)
    return np.asarray(inverse - np.outer(total, total) / total.sum())


def measure_excess(seen: Resemblance, shapes: Floats) -> Floats:
    r"""Return how many times more genes vary along some shapes than the clock explains, shape (m,).

    With P the precision, S the likeness and v a shape over the arrays, `v'PSPv / v'Pv`: 1 on average where
    the covariance is right. The shape of one array alone asks how far it is from what all others predict, in
    units of the variance expected: the square of the leave-one-out residual.

    Parameters
    ----------
    seen
        The arrays.
    shapes
        Shape (n, m): one shape a column.
    """
    ahead = seen.precision @ shapes
    scale = np.einsum("im,im->m", shapes, ahead)
    return np.asarray(np.einsum("im,ij,jm->m", ahead, seen.likeness, ahead) / np.maximum(scale, 1e-12))


def try_shape(seen: Resemblance, shape: Floats) -> float:
    """Return the gain in the mean deviance of a gene by one more part: a shift by some shape, of any size.

    All parts are fitted anew: before, drift and trend had to stand for what the shape is.

    Parameters
    ----------
    seen
        The arrays.
    shape
        Shape (n,), not the same everywhere.
    """
    centred = (shape - shape.mean()) / shape.std()
    laid = lay_parts(seen.times, seen.times)
    more = np.concatenate([laid, np.outer(centred, centred)[None]])
    without = Decomposition(seen.likeness, seen.times, laid).deviance(seen.clock)
    return without - Decomposition(seen.likeness, seen.times, more).deviance(seen.clock)


def measure_moves(seen: Resemblance, array: int, minutes: Floats) -> tuple[Floats, Floats]:
    """Return how well one array fits at other times than its own, in either batch.

    Parameters
    ----------
    seen
        The arrays.
    array
        Which of them.
    minutes
        Times to try, shape (m,).

    Returns
    -------
    deviance, excess
        Minus twice the mean log likelihood of a gene's value given those of all other arrays, up to a
        constant, and the variance about what they predict in units of that expected; shape (m,), at the
        better of the two batches.
    """
    others = np.delete(np.arange(seen.times.size), array)
    inverse = np.linalg.inv(seen.covariance[np.ix_(others, others)] + _LEVEL)
    every = np.r_[seen.times[others], minutes]
    # A time that was not measured has no batch: the alternation is laid by hand, one way and the other.
    smooth = np.where(np.arange(seen.weights.size) == _ALTERNATION, 0.0, seen.weights)
    whole = _lay_covariance(smooth, seen.clock, every, seen.times) + _LEVEL
    n, shift = others.size, lay_alternation(seen.times)
    ways = []
    for own in (shift.max(), shift.min()):
        across = whole[n:, :n] + seen.weights[_ALTERNATION] * own * shift[others]
        given = across @ inverse
        left = (
            whole.diagonal()[n:] + seen.weights[_ALTERNATION] * own**2 - np.einsum("mn,mn->m", given, across)
        )
        left = np.maximum(left, _LEAST)
        contrast = np.zeros((minutes.size, seen.times.size))
        contrast[:, others], contrast[:, array] = -given, 1.0
        misfit = np.einsum("mi,ij,mj->m", contrast, seen.likeness, contrast)
        ways.append((np.log(left) + misfit / left, misfit / left))
    (one, other), better = ways, np.argmin([way[0] for way in ways], axis=0)
    return np.where(better, other[0], one[0]), np.where(better, other[1], one[1])


def lay_alternation(times: Floats) -> Floats:
    """Return the shift between every other array, of mean 0 and variance 1, shape (n,)."""
    batch = np.where(find_batches(times, times), 1.0, -1.0)
    return np.asarray((batch - batch.mean()) / max(float(batch.std()), _LEAST))


def cannot_tell(key: str) -> Finding:
    """Return the finding of a check where `resemble` gives nothing."""
    text = f"this shows in {MIN_ARRAYS} different times or more, of genes that vary"
    return Finding(key, Verdict.UNKNOWN, text)
