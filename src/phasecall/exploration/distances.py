"""Distances: how far samples, clusters and genes are from one another, and which times lie in the middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import distance
from phasecall.exploration.clusters import find_centres, group
from phasecall.exploration.components import count_different
from phasecall.exploration.memory import correlate_rows
from phasecall.exploration.record import Exploration, keep
from phasecall.exploration.selection import FEW, choose_rows

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

_MOST_GENES = 1500
_LEAVES = 12
_RESAMPLES = 200
_GAPS = np.linspace(0, 0.5, 11)
_SHORTEST = 1e-9
"""A distance of 0 would be taken for no way at all."""


@dataclass(frozen=True)
class Tree:
    """Samples or clusters by average linkage.

    Parameters
    ----------
    linkage
        As SciPy has it, shape (n - 1, 4), its leaves in the order of least distance between neighbours.
    leaves
        What is joined, in that order, shape (n,).
    cophenetic
        Correlation of the heights at which two are joined with their distances.
    """

    linkage: Floats
    leaves: Codes
    cophenetic: float


def grow_tree(profiles: Floats) -> Tree:
    """Join rows by average linkage of `1 - r`, r their correlation.

    References
    ----------
    Sokal and Rohlf 1962, doi 10.2307/1217208 (cophenetic correlation); Bar-Joseph, Gifford and Jaakkola
    2001, doi 10.1093/bioinformatics/17.suppl_1.S22 (order of the leaves)

    Examples
    --------
    >>> tree = grow_tree(np.array([[0.0, 1, 0, 1], [1, 0, 1, 0.1], [0, 1, 0, 0.9]]))
    >>> tree.linkage[0, :2].tolist(), tree.leaves.tolist()
    ([0.0, 2.0], [1, 0, 2])
    """
    from scipy.cluster.hierarchy import average, cophenet, leaves_list, optimal_leaf_ordering
    from scipy.spatial.distance import pdist

    gaps = np.maximum(np.nan_to_num(pdist(profiles, "correlation"), nan=1.0), 0.0)
    linkage = optimal_leaf_ordering(average(gaps), gaps)
    heights: Any = cophenet(linkage)
    spread = float(np.std(gaps) * np.std(heights))
    together = float(np.mean((gaps - gaps.mean()) * (heights - heights.mean())))
    return Tree(linkage, leaves_list(linkage).astype(np.int64), together / spread if spread else float("nan"))


@keep
def relate_samples(exploration: Exploration) -> Tree | None:
    """Join the samples by their correlations over all genes.

    Returns
    -------
    Tree or None
        None for fewer than ten profiles or three times.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> relate_samples(explore(phasecall.load("alpha"))).leaves.shape
    (18,)
    """
    samples = exploration.filled.T
    if samples.shape[1] < FEW or len(samples) < 3:
        return None
    return grow_tree(samples)


@dataclass(frozen=True)
class GeneTree:
    """Small clusters of cycling genes, joined.

    Parameters
    ----------
    centres
        Mean profiles, shape (k, n_times).
    sizes
        Genes of each, shape (k,).
    tree
        Of the clusters.
    """

    centres: Floats
    sizes: Codes
    tree: Tree


@keep
def relate_clusters(exploration: Exploration) -> GeneTree | None:
    """Group at most 1,500 cycling genes into twelve by k-means, and join these.

    Returns
    -------
    GeneTree or None
        None for fewer than sixty different cycling profiles: five a cluster.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> relate_clusters(explore(phasecall.load("alpha"))).centres.shape
    (12, 18)
    """
    from threadpoolctl import threadpool_limits

    profiles = exploration.filled[choose_rows(exploration, _MOST_GENES)]
    if count_different(profiles) < 5 * _LEAVES:
        return None
    with threadpool_limits(limits=1):
        labels = group(profiles, _LEAVES, exploration.seed)
    centres = find_centres(profiles, labels)
    return GeneTree(centres, np.bincount(labels), grow_tree(centres))


@dataclass(frozen=True)
class GeneDistances:
    """Distances of cycling genes, `1 - r`.

    Parameters
    ----------
    within, between
        Of pairs called to one phase, and to two, any shape (n,).
    gaps
        Borders of bins of how far two genes peak apart, turns, shape (n_bins + 1,).
    middle, low, high
        Median and middle 80 % of the distances in each bin, NaN without a pair; shape (n_bins,).
    expected
        Distance of two cosines without noise that peak as far apart, over whole periods, shape (n_bins,).
    n_genes
        How many were compared.
    """

    within: Floats
    between: Floats
    gaps: Floats
    middle: Floats
    low: Floats
    high: Floats
    expected: Floats
    n_genes: int


@keep
def measure_distances(exploration: Exploration) -> GeneDistances | None:
    r"""Measure the distance of every two of at most 1,500 cycling genes with a phase.

    Cosines without noise that peak Delta turns apart would have, over whole periods,

    .. math:: d = 1 - r = 1 - \cos(2 \pi \Delta)

    Returns
    -------
    GeneDistances or None
        None for fewer than ten such genes.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> found = measure_distances(explore(phasecall.load("alpha")))
    >>> bool(np.median(found.within) < np.median(found.between))
    True
    """
    rows = choose_rows(exploration, _MOST_GENES)
    rows = rows[(exploration.codes[rows] >= 0) & np.isfinite(exploration.turns[rows])]
    if rows.size < FEW:
        return None
    one, other = np.triu_indices(rows.size, k=1)
    apart = (1 - correlate_rows(exploration.filled[rows]))[one, other]
    codes, turns = exploration.codes[rows], exploration.turns[rows]
    same = codes[one] == codes[other]
    place = np.minimum((distance(turns[one], turns[other]) / _GAPS[1]).astype(np.int64), len(_GAPS) - 2)
    bins = [apart[place == number] for number in range(len(_GAPS) - 1)]
    low, middle, high = np.array(
        [np.percentile(own, (10, 50, 90)) if own.size else np.full(3, np.nan) for own in bins]
    ).T
    expected = 1 - np.cos(2 * np.pi * (_GAPS[:-1] + _GAPS[1:]) / 2)
    return GeneDistances(apart[same], apart[~same], _GAPS, middle, low, high, expected, rows.size)


@dataclass(frozen=True)
class Centrality:
    """Closeness of each time to all others; every field has shape (n_times,).

    Parameters
    ----------
    closeness
        One by the mean shortest way to the others.
    low, high
        95 % of the closenesses when genes are drawn anew.
    """

    closeness: Floats
    low: Floats
    high: Floats


@keep
def measure_centrality(exploration: Exploration) -> Centrality | None:
    """Measure how close each sample is to all others, and how far that rests on which genes there are.

    The interval is of 200 drawings of as many genes, with replacement.

    Returns
    -------
    Centrality or None
        None for fewer than ten profiles or three times.

    References
    ----------
    Efron 1979, doi 10.1214/aos/1176344552 (drawing anew)

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> measure_centrality(explore(phasecall.load("alpha"))).closeness.shape
    (18,)
    """
    profiles = exploration.filled
    if len(profiles) < FEW or profiles.shape[1] < 3:
        return None
    generator, size = exploration.draw(), len(profiles)
    drawn = [
        find_closeness(profiles[generator.integers(len(profiles), size=size)].T) for _ in range(_RESAMPLES)
    ]
    low, high = np.percentile(drawn, (2.5, 97.5), axis=0)
    return Centrality(find_closeness(profiles.T), low, high)


def find_closeness(samples: Floats) -> Floats:
    r"""Return the closeness of each row to all others, shape (n,).

    .. math:: C_i = (n - 1) / \sum_{j \neq i} \ell_{ij}

    with :math:`\ell` the length of the shortest way in the graph in which every two rows are joined by an
    edge of length `1 - r`. That is half a squared distance: a way over rows in between is shorter than a
    direct one, as it is from time to time.

    References
    ----------
    Freeman 1979, doi 10.1016/0378-8733(78)90021-7; Dijkstra 1959, doi 10.1007/BF01386390

    Examples
    --------
    >>> find_closeness(np.array([[1.0, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0]])).round(2).tolist()
    [1.58, 2.37, 1.58]
    """
    from scipy.sparse.csgraph import shortest_path

    # What does not vary correlates with nothing.
    lengths = np.maximum(1 - np.nan_to_num(correlate_rows(samples)), _SHORTEST)
    np.fill_diagonal(lengths, 0.0)
    return np.asarray((len(samples) - 1) / shortest_path(lengths, method="D").sum(axis=1))
