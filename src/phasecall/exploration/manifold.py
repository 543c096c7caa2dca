"""Manifold: the surface on which genes lie, its dimension, and whether it is flat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration.components import count_different, decompose, turn_upright
from phasecall.exploration.record import Exploration, keep
from phasecall.exploration.selection import FEW, choose_rows, place_peaks, shuffle_times

Floats = NDArray[np.float64]

_MOST_NEAR = 2000
"""Genes whose nearest neighbours are looked for."""
_MOST_EMBEDDED = 1000
"""Genes that are embedded: the cost grows with their number's third power."""
_NEIGHBOURS = 10
"""Neighbours that make a surface, and that trustworthiness asks for."""
_APART = 1e-5
"""Profiles of standard deviation 1 that lie nearer than this are equal but for rounding."""
_KEPT = 0.9
"""Share of the ratios of distances that are fitted: the largest are few and wild (Facco et al. 2017)."""


@dataclass(frozen=True)
class Dimension:
    """How many numbers a profile of a group of genes has, by its nearest neighbours and by its components.

    Parameters
    ----------
    name
        Of the group.
    ratios, heights
        Log of the second by the first distance of each gene to others, rising, without the largest tenth;
        and `-log(1 - F)`, F the share of genes up to it; shape (n,).
    neighbours
        Dimension by these (TwoNN).
    participation
        Participation ratio of the principal components.
    """

    name: str
    ratios: Floats
    heights: Floats
    neighbours: float
    participation: float


@keep
def measure_dimension(exploration: Exploration) -> tuple[Dimension, ...]:
    """Measure the dimension of the cycling genes, of all, and of all with shuffled times: at most 2,000 each.

    Groups of fewer than twenty genes, or of four times or fewer, are left out.

    References
    ----------
    Facco et al. 2017, doi 10.1038/s41598-017-11873-y

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> cycling, everyone, shuffled = measure_dimension(explore(phasecall.load("alpha")))
    >>> cycling.neighbours < everyone.neighbours < shuffled.neighbours
    True
    """
    everyone = exploration.filled[choose_rows(exploration, _MOST_NEAR, cycling=False)]
    groups = {
        "cycling genes": exploration.filled[choose_rows(exploration, _MOST_NEAR)],
        "all genes": everyone,
        "times shuffled": shuffle_times(everyone, exploration.draw()),
    }
    found = []
    for name, profiles in groups.items():
        ratios = find_ratios(profiles) if len(profiles) >= 2 * FEW and profiles.shape[1] > 4 else np.empty(0)
        if ratios.size >= FEW:
            shares = decompose(profiles)[0]
            participation = float(1 / (shares**2).sum())
            found.append(Dimension(name, *_lay_ratios(ratios), fit_dimension(ratios), participation))
    return tuple(found)


def find_ratios(points: Floats) -> Floats:
    """Return the distance to the second neighbour by that to the first, rising; of equal points none."""
    from sklearn.neighbors import NearestNeighbors

    distances = NearestNeighbors(n_neighbors=3, algorithm="brute").fit(points).kneighbors(points)[0]
    # The nearest point of all is the point itself.
    apart = distances[:, 1] > _APART
    return np.asarray(np.sort(distances[apart, 2] / distances[apart, 1]))


def fit_dimension(ratios: Floats) -> float:
    r"""Return the dimension that ratios of distances to two neighbours show (TwoNN).

    Where points lie evenly, the ratio mu has the distribution `F(mu) = 1 - mu^-d`: d is the slope of a line
    through 0 of `-log(1 - F)` by `log mu`, over the smallest nine tenths.

    Parameters
    ----------
    ratios
        Rising, shape (n,).

    Examples
    --------
    >>> even = np.random.default_rng(0).uniform(size=(2000, 3))
    >>> bool(abs(fit_dimension(find_ratios(even)) - 3) < 0.3)
    True
    """
    across, height = _lay_ratios(ratios)
    return float(across @ height) / max(float(across @ across), float(np.finfo(np.float64).tiny))


def _lay_ratios(ratios: Floats) -> tuple[Floats, Floats]:
    across = np.log(ratios[: int(_KEPT * len(ratios))])
    return across, -np.log1p(-np.arange(1, len(across) + 1) / len(ratios))


@dataclass(frozen=True)
class Embeddings:
    """Cycling genes on planes, a linear and a curved one.

    Parameters
    ----------
    rows
        Which profiles, shape (n,).
    linear, curved
        Principal components and Isomap, upright as in `Ring`, shape (n, 2).
    trust
        Trustworthiness of each, shape (2,).
    n_neighbours
        Neighbours that Isomap's graph needed to hang together.
    """

    rows: NDArray[np.int64]
    linear: Floats
    curved: Floats
    trust: Floats
    n_neighbours: int


@keep
def embed_genes(exploration: Exploration) -> Embeddings | None:
    r"""Lay at most 1,000 cycling genes on a plane by principal components, and by Isomap.

    Isomap keeps distances along the surface that genes and their ten nearest neighbours make. Trustworthiness
    is 1 where every neighbour on the plane is one among the profiles, too:

    .. math:: T = 1 - \frac{2}{n k (2n - 3k - 1)} \sum_i \sum_{j \in U_k(i)} (r(i, j) - k), \quad k = 10

    with U the neighbours on the plane that are none among the profiles, r their rank there.

    Returns
    -------
    Embeddings or None
        None for fewer than thirty different cycling profiles, or fewer than four times.

    References
    ----------
    Tenenbaum, de Silva and Langford 2000, doi 10.1126/science.290.5500.2319 (Isomap); Venna and Kaski 2001,
    doi 10.1007/3-540-44668-0_68 (trustworthiness)

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> embed_genes(explore(phasecall.load("alpha"))).trust.round(1).tolist()
    [0.9, 0.9]
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import Isomap, trustworthiness

    rows = choose_rows(exploration, _MOST_EMBEDDED)
    profiles = exploration.filled[rows]
    if count_different(profiles) < 3 * FEW or profiles.shape[1] < 4:
        return None
    count = _find_neighbours(profiles)
    linear = PCA(2, svd_solver="full").fit_transform(profiles)
    # The other solver starts anywhere, so that no two pictures would be the same.
    curved = Isomap(n_neighbors=count, eigen_solver="dense").fit_transform(profiles)
    trust = [trustworthiness(profiles, plane, n_neighbors=_NEIGHBOURS) for plane in (linear, curved)]
    turns = place_peaks(exploration)[rows]
    return Embeddings(rows, turn_upright(linear, turns), turn_upright(curved, turns), np.array(trust), count)


def _find_neighbours(profiles: Floats) -> int:
    """Return how many neighbours it takes until one can go from any gene to any other, ten or more."""
    from scipy.sparse.csgraph import connected_components
    from sklearn.neighbors import kneighbors_graph

    count = _NEIGHBOURS
    while count < len(profiles) - 1 and connected_components(kneighbors_graph(profiles, count))[0] > 1:
        count = min(2 * count, len(profiles) - 1)
    return count
