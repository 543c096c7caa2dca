"""Reading: where the genes of a course peak on its clock, by the default network and by their waves.

The logarithm of a gene's density is the mean of two: the network's, and that of a cosine fitted to the gene
with the experiment's clock and noise. Each corrects the other: the network knows lopsided waves, drift and
few values, as far as real experiments are like simulated ones; the cosine knows nothing, and so no simulator
misleads it. On the inner folds the mean is more likely than either (docs/experiments.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from phasecall import modelfile
from phasecall.clock import ClockEstimate, find_peaks
from phasecall.density import ORDER, SPREAD, describe_peak
from phasecall.points import MIN_VALUES, lay_points
from phasecall.runtime import Predictor
from phasecall.timecourse import TimeCourse, find_constant

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """What is said of each gene; NaN where nothing is.

    Parameters
    ----------
    natural
        Natural parameters of the density of its peak (`phasecall.density`), shape (n, 8).
    periodic
        Probability that it follows the cell cycle, shape (n,).
    """

    natural: Floats
    periodic: Floats


def read_course(
    course: TimeCourse, estimate: ClockEstimate, source: modelfile.ModelFile | None = None
) -> Reading:
    """Read a course by the default network and by the waves of its genes.

    Parameters
    ----------
    course
        The experiment. Interpolated times are not read, nor genes of fewer than four values or of one only.
    estimate
        Its clock, with a period and a start.
    source
        The network; the one that comes with the package if not given.
    """
    measured = course.select_times(course.measured())
    readable = find_readable(measured)
    natural = np.full((len(course), 2 * ORDER), np.nan)
    periodic = np.full(len(course), np.nan)
    if readable.any():
        # All genes set the unit, also those that are not read.
        points = lay_points(measured, estimate)[readable]
        heads = open_network(source).predict(points)
        natural[readable] = (heads[:, : 2 * ORDER] + _read_waves(measured, estimate)[readable]) / 2
        # The logistic function, written so that no logit is too large for it.
        periodic[readable] = (1 + np.tanh(heads[:, 2 * ORDER] / 2)) / 2
    return Reading(natural, periodic)


def find_readable(measured: TimeCourse) -> NDArray[np.bool_]:
    """Return which genes the network reads, shape (n,): those of four values or more, not all the same.

    Parameters
    ----------
    measured
        The experiment without interpolated times.
    """
    enough = np.isfinite(measured.values).sum(axis=1) >= MIN_VALUES
    return np.asarray(enough & ~find_constant(measured.values))


def open_network(source: modelfile.ModelFile | None = None) -> Predictor:
    """Return what runs a network that reads any course; the one that comes with the package if not given."""
    used = source or modelfile.shipped(modelfile.DEFAULT)
    return _open(used.content, used.card.name)


def _read_waves(course: TimeCourse, estimate: ClockEstimate) -> Floats:
    """Return the natural parameters of each gene's peak as its wave shows it, shape (n, 8)."""
    peaks = find_peaks(course, estimate)
    # Of few points the error is itself uncertain: the normal distribution that has Student's interval.
    return describe_peak(peaks.turn, np.hypot(peaks.reach / 1.96, SPREAD))


@lru_cache(maxsize=4)
def _open(content: bytes, where: str) -> Predictor:
    return Predictor(content, where=where)
