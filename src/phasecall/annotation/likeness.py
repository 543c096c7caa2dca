"""Likeness: which genes of known function behave most like a gene, over all experiments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasecall.preparation import standardise
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

MIN_SHARE = 0.6
"""Genes without a value at more of the times have no profile in an experiment: what fills their gaps would
correlate."""
_MIN_VALUES = 4
_BLOCK = 512
"""Genes whose likeness to all others is held at a time."""


class Nearest(NamedTuple):
    """The neighbours of some genes, the most alike first: places and likeness, shape (n, k)."""

    places: NDArray[np.int64]
    likeness: Floats


def lay_profiles(courses: Sequence[TimeCourse], genes: Sequence[str]) -> list[Floats]:
    """Return the profile of each gene in each experiment, as vectors whose products are correlations.

    Parameters
    ----------
    courses
        One or more experiments.
    genes
        Names, shape (n,).

    Returns
    -------
    list
        Of each experiment, shape (n, n_times): 0 where a gene has no profile in it.

    Examples
    --------
    >>> course = TimeCourse(("a", "b"), [0, 10, 20, 30], [[0, 2, 0, 2], [5, 3, 5, 3]])
    >>> (profiles,) = lay_profiles([course], ["b", "a", "c"])
    >>> (profiles @ profiles.T).round(6).tolist()
    [[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    return [_lay_profile(course, genes) for course in courses]


def _lay_profile(course: TimeCourse, genes: Sequence[str]) -> Floats:
    even = course.select_times(course.measured()).average_replicates()
    observed = np.isfinite(even.values).sum(axis=1)
    usable = observed >= max(_MIN_VALUES, MIN_SHARE * even.times.size)
    scaled = np.where(usable[:, None], standardise(even.values, even.times)[:, :, 0], 0.0)
    return take_rows(to_units(scaled), course.genes, genes)


def to_units(vectors: Floats) -> Floats:
    """Return vectors scaled to length 1; those of length 0, and those with a NaN, are 0."""
    known = np.isfinite(vectors).all(axis=1, keepdims=True)
    vectors = np.where(known, vectors, 0.0)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1.0))


def take_rows(vectors: Floats, names: Sequence[str], genes: Sequence[str]) -> Floats:
    """Return the vectors of some genes; 0 for those that are not among the names."""
    row = {name: place for place, name in enumerate(names)}
    places = np.array([row.get(gene, -1) for gene in genes], dtype=np.int64)
    return np.where((places >= 0)[:, None], vectors[places], 0.0)


def find_nearest(vectors: Sequence[Floats], among: NDArray[np.int64], k: int) -> Nearest:
    """Return the genes that are most like each gene, itself left out.

    Likeness is the mean, over the experiments that have both genes, of the product of their vectors; -1 where
    none has.

    Parameters
    ----------
    vectors
        Of each experiment the vectors of all genes, shape (n, d), of length 1 or 0.
    among
        Places of the genes that may be neighbours, shape (m,).
    k
        How many are wanted, less than m.

    Examples
    --------
    >>> vectors = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    >>> find_nearest([vectors], np.arange(3), 1).places.ravel().tolist()
    [2, 2, 1]
    """
    n = len(vectors[0])
    there = [(one != 0).any(axis=1).astype(np.float64) for one in vectors]
    places, likeness = np.empty((n, k), dtype=np.int64), np.empty((n, k))
    for start in range(0, n, _BLOCK):
        rows = slice(start, min(start + _BLOCK, n))
        common = sum(np.outer(own[rows], own[among]) for own in there)
        products = sum(one[rows] @ one[among].T for one in vectors)
        alike = np.where(common > 0, products / np.maximum(common, 1), -1.0)
        alike[np.equal.outer(np.arange(rows.start, rows.stop), among)] = -np.inf
        best = np.argpartition(-alike, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(alike, best, axis=1)
        order = np.lexsort((among[best], -values), axis=1)
        places[rows] = among[np.take_along_axis(best, order, axis=1)]
        likeness[rows] = np.take_along_axis(values, order, axis=1)
    return Nearest(places, likeness)
