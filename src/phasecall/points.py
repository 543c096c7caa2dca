"""Points: a time course as the default network reads it, every value with its place on the clock.

| channel | what, of a gene at a time |
|---|---|
| value | asinh of the value less the gene's mean, in units of the experiment |
| observed | 1, or 0 where the value is missing (value is 0 then) |
| cosine, sine | of the turn of the clock at that time |
| wave cosine, wave sine | direction of the gene's wave on the turn, times asinh of its signal to noise |
| moved | turns since t = 0, halved, at most 2 |
| noise | standard deviation of the noise at that time, that of all times being 1 on average |

The unit of an experiment is the median over its genes of their standard deviation: what is common to all is
no news, and what a gene has more or less of is. The wave is fitted by generalised least squares to the gene's
own times, with the noise that arrays share (`phasecall.clock.measure_peaks`): missing values are left out,
and nothing is filled in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import ClockEstimate, fit_waves
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

CHANNELS = ("value", "observed", "cosine", "sine", "wave cosine", "wave sine", "moved", "noise")
LEAST_POINTS, MOST_POINTS = 4, 48
"""Times of the experiments that the network is trained on."""
LEAST_CYCLES, MOST_CYCLES = 0.4, 4.0
"""Turns that these cover."""
MIN_VALUES = 4
"""Values that a gene must have: mean and wave are three numbers."""

_LARGEST = 1e100
"""Values are at most so many times the usual one."""
_MOST_MOVED = 2.0
_STIFFNESS = 1e-3
"""Holds a wave back where the times hardly show one; anywhere else it is nothing."""
_SHARED_FREEDOM = 5.0
"""Values that the noise of the other genes counts for in a gene's own."""


def lay_points(course: TimeCourse, estimate: ClockEstimate) -> NDArray[np.float32]:
    """Return a course as the default network reads it.

    Parameters
    ----------
    course
        The experiment, as measured: any times, replicates and missing values. All its genes set the unit.
    estimate
        Its clock, with a period and a start.

    Returns
    -------
    numpy.ndarray
        Shape (n, n_times, 8): the channels of this module's table. A gene without a value has only what
        belongs to the times.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.clock import estimate_clock, find_markers
    >>> course = phasecall.load("alpha")
    >>> estimate = estimate_clock(course, known=find_markers(course.genes))
    >>> lay_points(course, estimate).shape
    (800, 18, 8)
    """
    times, values = course.times, _shrink(course.values)
    noise = estimate.noise_at(times)
    observed = np.isfinite(values)
    about = np.where(observed, values - _mean(values, observed), 0.0)
    angle = 2 * np.pi * estimate.clock.turn(times)
    moved = estimate.clock.moved(times)
    deviation = np.sqrt(np.diag(noise))
    at_times = np.column_stack(
        [np.cos(angle), np.sin(angle), np.minimum(moved / 2, _MOST_MOVED), deviation / deviation.mean()]
    )
    points = np.empty((*values.shape, len(CHANNELS)), dtype=np.float32)
    points[:, :, 0] = np.arcsinh(about / find_unit(values))
    points[:, :, 1] = observed
    points[:, :, 4:6] = _judge_waves(about, observed, times, estimate, noise)[:, None, :]
    points[:, :, [2, 3, 6, 7]] = at_times
    return points


def find_unit(values: Floats) -> float:
    """Return the median over the genes that vary of their standard deviation; 1 if none does."""
    observed = np.isfinite(values)
    about = np.where(observed, values - _mean(values, observed), 0.0)
    freedom = np.maximum(observed.sum(axis=1) - 1, 1)
    deviation = np.sqrt(np.square(about).sum(axis=1) / freedom)
    return float(np.median(deviation[deviation > 0])) if (deviation > 0).any() else 1.0


def _shrink(values: Floats) -> Floats:
    """Return values in units of a power of two near the usual one.

    Squares of very large and of very small numbers are no numbers. By powers of two nothing is rounded.
    """
    size = np.abs(values[np.isfinite(values) & (values != 0)])
    exponent = np.frexp(np.median(size))[1] if size.size else 0
    with np.errstate(over="ignore"):
        return np.asarray(np.clip(np.ldexp(values, -exponent), -_LARGEST, _LARGEST))


def _mean(values: Floats, observed: NDArray[np.bool_]) -> Floats:
    total = np.where(observed, values, 0.0).sum(axis=1, keepdims=True)
    return np.asarray(total / np.maximum(observed.sum(axis=1, keepdims=True), 1))


def _judge_waves(
    about: Floats, observed: NDArray[np.bool_], times: Floats, estimate: ClockEstimate, noise: Floats
) -> Floats:
    """Return the direction of each gene's wave times asinh of its signal to noise, shape (n, 2)."""
    values = np.where(observed, about, np.nan)
    clock = estimate.clock
    weights, spread = fit_waves(values, times, clock, noise, stiffness=_STIFFNESS)
    # A gene's own noise is known poorly from few values: that of all genes stands beside it.
    variance = spread[:, 1:, 1:].trace(axis1=1, axis2=2) / 2
    known = variance[variance > 0]
    usual = np.median(known) if known.size else 1.0
    freedom = np.maximum(observed.sum(axis=1) - 3, 1)
    variance = (freedom * variance + _SHARED_FREEDOM * usual) / (freedom + _SHARED_FREEDOM)
    wave = (weights[:, 1] + 1j * weights[:, 2]) * np.exp(2j * np.pi * clock.turn_at_zero)
    size = np.abs(wave)
    strength = np.arcsinh(size / np.sqrt(variance))
    shown = strength * wave / np.where(size > 0, size, 1.0)
    return np.asarray(np.nan_to_num(np.column_stack([shown.real, shown.imag])))
