"""Clusters: cycling genes in groups, how many there are, and whether they are found again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import mean
from phasecall.exploration.chance import select_cycling
from phasecall.exploration.components import count_different
from phasecall.exploration.record import Exploration, keep
from phasecall.exploration.selection import FEW, choose_rows, place_peaks, shuffle_times

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MOST_CLUSTERS = 8
_MOST_GENES = 1500
_STARTS = 4
_SUBSAMPLES = 12
_PART = 2 / 3
FOUND_AGAIN = 0.75
"""Least mean Jaccard index of a cluster that is found again, by Hennig's rule of thumb."""


@dataclass(frozen=True)
class Clusters:
    """Cycling genes in groups, and how numbers of groups compare.

    Parameters
    ----------
    rows
        Which profiles, shape (n,).
    labels
        Cluster of each, from 0 on, in the order in which they peak; shape (n,).
    centres
        Mean profile of each cluster, shape (k, n_times).
    silhouettes
        Silhouette of each gene, [-1, 1], shape (n,).
    recovered
        How like its nearest cluster in a clustering of fewer genes each one is, [0, 1], shape (k,).
    tried
        Numbers of clusters that were tried, shape (m,).
    scores, chance
        Mean silhouette for each, of the genes and of as many that would pass for cycling where the times of
        every gene are shuffled on their own; shape (m,).
    agreement
        Mean adjusted Rand index of the clusters of two thirds of the genes with those of all, shape (m,).
    recovery
        What `recovered` is, for each number of clusters that was tried.
    """

    rows: Codes
    labels: Codes
    centres: Floats
    silhouettes: Floats
    recovered: Floats
    tried: Codes
    scores: Floats
    chance: Floats
    agreement: Floats
    recovery: tuple[Floats, ...]


@keep
def find_clusters(exploration: Exploration) -> Clusters | None:
    r"""Group at most 1,500 cycling genes by k-means, into as many clusters as are found again.

    The squared distance of two profiles is `2 n (1 - r)`: genes are grouped by correlation. The silhouette
    of a gene compares the mean distance a to its own cluster with the mean distance b to the nearest other:

    .. math:: s = (b - a) / \max(a, b)

    Each k from 2 to 8 with ten genes a cluster is tried, and clusters are looked for again in 12 random two
    thirds of the genes. The largest k is taken each of whose clusters is found again, to a mean Jaccard
    index of 0.75; if there is none, that of the highest mean silhouette. On a ring of genes, silhouettes
    alone would mostly halve it.

    Returns
    -------
    Clusters or None
        None for fewer than twenty different cycling profiles.

    References
    ----------
    Rousseeuw 1987, doi 10.1016/0377-0427(87)90125-7 (silhouette); Hubert and Arabie 1985,
    doi 10.1007/BF01908075 (adjusted Rand index); Ben-Hur, Elisseeff and Guyon 2002,
    doi 10.1142/9789812799623_0002 (fewer genes); Hennig 2007, doi 10.1016/j.csda.2006.11.025 (Jaccard)

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> found = find_clusters(explore(phasecall.load("alpha")))
    >>> found.centres.shape, bool(found.recovered.min() > 0.75)
    ((5, 18), True)
    """
    from sklearn.metrics import silhouette_samples
    from threadpoolctl import threadpool_limits

    rows = choose_rows(exploration, _MOST_GENES)
    profiles = exploration.filled[rows]
    if count_different(profiles) < 2 * FEW:
        return None
    # One thread adds in one order: the same clusters on every machine.
    with threadpool_limits(limits=1):
        tries = _try_counts(profiles, exploration)
        stable = [place for place, tried in enumerate(tries) if tried.recovery.min() >= FOUND_AGAIN]
        best = stable[-1] if stable else int(np.argmax([tried.score for tried in tries]))
        labels, order = _order_clusters(tries[best].labels, rows, exploration)
        silhouettes = silhouette_samples(profiles, labels)
    return Clusters(
        rows,
        labels,
        find_centres(profiles, labels),
        silhouettes,
        tries[best].recovery[order],
        np.array([len(tried.recovery) for tried in tries]),
        np.array([tried.score for tried in tries]),
        np.array([tried.chance for tried in tries]),
        np.array([tried.agreement for tried in tries]),
        tuple(tried.recovery for tried in tries),
    )


class _Try(NamedTuple):
    """One number of clusters: its labels, and what `Clusters` says of it."""

    labels: Codes
    score: float
    chance: float
    agreement: float
    recovery: Floats


def _try_counts(profiles: Floats, exploration: Exploration) -> list[_Try]:
    from sklearn.metrics import silhouette_score

    generator, seed = exploration.draw(), exploration.seed
    shuffled = _choose_shuffled(exploration, len(profiles), generator)
    subsamples = _draw_subsamples(len(profiles), generator)
    tries = []
    for count in range(2, min(MOST_CLUSTERS, len(profiles) // FEW) + 1):
        labels, at_random = group(profiles, count, seed), group(shuffled, count, seed)
        again = [group(profiles[part], count, seed) for part in subsamples]
        tries.append(
            _Try(
                labels,
                float(silhouette_score(profiles, labels)),
                float(silhouette_score(shuffled, at_random)),
                _compare(labels, again, subsamples),
                measure_recovery(labels, again, subsamples),
            )
        )
    return tries


def _choose_shuffled(exploration: Exploration, count: int, generator: np.random.Generator) -> Floats:
    """Return some of the profiles that pass for cycling where the times of each are shuffled on their own."""
    shuffled = shuffle_times(exploration.filled, generator)
    rows, _ = select_cycling(shuffled, exploration.course.times, int(exploration.cycling.sum()))
    return np.asarray(shuffled[np.sort(generator.choice(rows, count, replace=False))])


def group(profiles: Floats, count: int, seed: int) -> Codes:
    """Return the cluster of each profile by k-means, the best of four starts; shape (n,)."""
    from sklearn.cluster import KMeans

    found = KMeans(count, n_init=_STARTS, random_state=seed).fit_predict(profiles)
    return np.asarray(found, dtype=np.int64)


def find_centres(profiles: Floats, labels: Codes) -> Floats:
    """Return the mean profile of each cluster, shape (k, n_times)."""
    return np.stack([profiles[labels == label].mean(axis=0) for label in range(labels.max() + 1)])


def measure_recovery(labels: Codes, again: list[Codes], subsamples: list[Codes]) -> Floats:
    r"""Return how like its nearest cluster among fewer genes each cluster is, shape (k,).

    .. math:: \bar J_c = \text{mean}_b \max_d \frac{|C_c \cap D_d|}{|C_c \cup D_d|}

    over subsamples b, the clusters C cut down to their genes; a cluster without any there is not counted.

    References
    ----------
    Hennig 2007, doi 10.1016/j.csda.2006.11.025

    Examples
    --------
    >>> labels, part = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 3, 4])
    >>> measure_recovery(labels, [np.array([1, 1, 0, 1])], [part]).round(3).tolist()
    [0.667, 0.5]
    """
    found = np.full((len(subsamples), labels.max() + 1), np.nan)
    for place, (part, others) in enumerate(zip(subsamples, again, strict=True)):
        own = np.equal.outer(labels[part], np.arange(labels.max() + 1)).astype(np.float64)
        other = np.equal.outer(others, np.arange(others.max() + 1)).astype(np.float64)
        shared = own.T @ other
        either = own.sum(axis=0)[:, None] + other.sum(axis=0) - shared
        there = own.any(axis=0)
        found[place, there] = (shared / np.maximum(either, 1)).max(axis=1)[there]
    counted = np.isfinite(found)
    return np.asarray(np.where(counted, found, 0.0).sum(axis=0) / np.maximum(counted.sum(axis=0), 1))


def _draw_subsamples(n: int, generator: np.random.Generator) -> list[Codes]:
    return [np.sort(generator.choice(n, round(_PART * n), replace=False)) for _ in range(_SUBSAMPLES)]


def _compare(labels: Codes, again: list[Codes], subsamples: list[Codes]) -> float:
    from sklearn.metrics import adjusted_rand_score

    pairs = zip(again, subsamples, strict=True)
    return float(np.mean([adjusted_rand_score(labels[part], others) for others, part in pairs]))


def _order_clusters(labels: Codes, rows: Codes, exploration: Exploration) -> tuple[Codes, Codes]:
    """Return the labels in the order in which their genes peak on the clock, and which was which before."""
    turns = place_peaks(exploration)[rows]
    order = np.argsort([mean(turns[labels == label])[0] for label in range(labels.max() + 1)])
    return np.asarray(np.argsort(order)[labels]), order


@dataclass(frozen=True)
class PhaseTable:
    """Clusters against called phases.

    Parameters
    ----------
    counts
        Genes of each cluster called to each phase, shape (k, n_phases).
    withheld
        Genes of each cluster without a phase, shape (k,).
    agreement
        Adjusted Rand index of clusters and phases, over genes with a phase.
    """

    counts: Codes
    withheld: Codes
    agreement: float


def compare_phases(exploration: Exploration) -> PhaseTable | None:
    """Count the genes of each cluster by called phase.

    Returns
    -------
    PhaseTable or None
        None without clusters, or where no gene of them has a phase.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> table = compare_phases(explore(phasecall.load("alpha")))
    >>> table.counts.shape, round(table.agreement, 2)
    ((5, 4), 0.28)
    """
    from sklearn.metrics import adjusted_rand_score

    found = find_clusters(exploration)
    if found is None:
        return None
    codes = exploration.codes[found.rows]
    called = codes >= 0
    if not called.any():
        return None
    counts = np.zeros((len(found.centres), len(exploration.calls.scheme)), dtype=np.int64)
    np.add.at(counts, (found.labels[called], codes[called]), 1)
    withheld = np.bincount(found.labels[~called], minlength=len(counts))
    agreement = float(adjusted_rand_score(codes[called], found.labels[called]))
    return PhaseTable(counts, withheld, agreement)
