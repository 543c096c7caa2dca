"""Preparation: from a time course to the numbers a nine-point network reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.timecourse import TimeCourse

Series = NDArray[np.float32]
"""Standardised profiles, shape (genes, points, 1)."""


@dataclass(frozen=True)
class Prepared:
    """Profiles on a network's grid.

    Parameters
    ----------
    course
        The time course at the grid's times, replicates averaged, missing values still missing.
    series
        Each gene scaled to mean 0 and standard deviation 1, gaps filled; a gene without values or without
        variation is all 0.
    """

    course: TimeCourse
    series: Series


def prepare(course: TimeCourse, times: Sequence[float]) -> Prepared:
    """Take the grid's time points from a course and standardise every gene.

    Raises
    ------
    InputError
        If the course was not measured at every time of the grid.

    Examples
    --------
    >>> course = TimeCourse(("a", "b"), [0, 10, 20, 30], [[0, 5, 1, 2], [0, 5, None, 2]])
    >>> prepared = prepare(course, [0, 20, 30])
    >>> prepared.course.values.tolist()
    [[0.0, 1.0, 2.0], [0.0, nan, 2.0]]
    >>> prepared.series[0, :, 0].round(3).tolist() == [-np.float32(1.225), 0.0, np.float32(1.225)]
    True
    """
    on_grid = _select_grid(course, times)
    return Prepared(on_grid, standardise(on_grid.values, on_grid.times))


def standardise(values: NDArray[np.float64], times: NDArray[np.float64]) -> Series:
    """Fill gaps and scale each gene to mean 0 and standard deviation 1.

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing.
    times
        Minutes, shape (n_times,), increasing.

    Returns
    -------
    numpy.ndarray
        Shape (n, n_times, 1), float32.
    """
    filled = fill(values, times)
    # Scaling by the largest value first keeps squares of very large or small numbers finite.
    filled -= filled[:, :1]
    largest = np.abs(filled).max(axis=1, keepdims=True)
    filled /= np.where(largest > 0, largest, 1.0)
    filled -= filled.mean(axis=1, keepdims=True)
    deviation = filled.std(axis=1, keepdims=True)
    return np.asarray((filled / np.where(deviation > 0, deviation, 1.0))[:, :, None], dtype=np.float32)


def fill(values: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill gaps linearly in time, gene by gene.

    Before the first and after the last observed time the nearest value is taken; a gene without a value is 0.

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing.
    times
        Minutes, shape (n_times,), increasing.

    Examples
    --------
    >>> fill(np.array([[1.0, np.nan, 4.0]]), np.array([0.0, 10.0, 30.0])).tolist()
    [[1.0, 2.0, 4.0]]
    """
    filled = values.copy()
    for row in np.flatnonzero(np.isnan(values).any(axis=1)):
        observed = np.isfinite(values[row])
        filled[row] = np.interp(times, times[observed], values[row, observed]) if observed.any() else 0.0
    return filled


def _select_grid(course: TimeCourse, times: Sequence[float]) -> TimeCourse:
    averaged = course.average_replicates()
    wanted = np.asarray(times, dtype=np.float64)
    place = np.searchsorted(averaged.times, wanted)
    found = averaged.times[np.minimum(place, averaged.times.size - 1)] == wanted
    if not found.all():
        raise InputError(
            "this network reads one grid of time points only, and the time course lacks some of them",
            expected=f"measurements at {_minutes(wanted)} min",
            found=f"measurements at {_minutes(averaged.times)} min; missing {_minutes(wanted[~found])}",
            where=course.name,
            fix="choose a model trained on this grid (--model; phasecall train --data makes one);"
            " a network for any grid is planned",
        )
    return averaged.select_times(place)


def _minutes(times: NDArray[np.float64]) -> str:
    return ", ".join(f"{minute:g}" for minute in times)
