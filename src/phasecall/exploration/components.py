"""Components: the few profiles that all others are made of, and genes and samples laid out by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import difference
from phasecall.exploration.chance import N_SHUFFLES, select_cycling
from phasecall.exploration.record import Exploration, keep
from phasecall.exploration.selection import FEW, place_minutes, place_peaks, shuffle_times

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Components:
    """Principal components of profiles.

    Parameters
    ----------
    n_genes
        Of how many profiles.
    shares, chance
        Share of the variance of each component, shape (n_components,), and the largest in 20 shuffles of
        every profile's times on its own; of cycling genes, those that would pass for such are chosen anew
        from all profiles each time.
    loadings
        What one unit of a component adds to a profile at each time, shape (n_components, n_times), of
        length 1.
    scores
        Each profile in components, shape (n_genes, n_components).
    """

    n_genes: int
    shares: Floats
    chance: Floats
    loadings: Floats
    scores: Floats

    @property
    def participation(self) -> float:
        """Number of equal components that would spread the variance as much: `(sum s)^2 / sum s^2`."""
        return float(1 / (self.shares**2).sum())

    @property
    def n_above_chance(self) -> int:
        """How many components come before the first that is no larger than chance has it."""
        below = self.shares <= self.chance
        return int(below.argmax()) if below.any() else len(below)


@keep
def find_components(exploration: Exploration, *, cycling: bool = False) -> Components | None:
    r"""Find the principal components of the profiles of all genes, or of the cycling ones.

    The genes are the observations, the times the variables; the mean profile is taken off.

    .. math:: X - 1 \bar x^T = U S V^T, \quad s_k = S_k^2 / \sum_j S_j^2

    Returns
    -------
    Components or None
        None for fewer than ten different profiles of these genes, or three times.

    References
    ----------
    Jolliffe 2002, doi 10.1007/b98835; Horn 1965, doi 10.1007/BF02289447 (comparison with chance);
    `phasecall.exploration.chance.select_cycling` (choice anew)

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> found = find_components(explore(phasecall.load("alpha")), cycling=True)
    >>> found.n_above_chance, bool(found.shares[:2].sum() > 0.5)
    (3, True)
    """
    profiles = exploration.filled[exploration.cycling] if cycling else exploration.filled
    if count_different(profiles) < FEW or profiles.shape[1] < 3:
        return None
    shares, loadings = decompose(profiles)
    # Signs mean nothing: those of all genes' components make the cycling ones' easy to compare with them.
    everyone = find_components(exploration) if cycling else None
    model = loadings if everyone is None else everyone.loadings[: len(loadings)]
    loadings *= _choose_signs(loadings, model)
    scores = (profiles - profiles.mean(axis=0)) @ loadings.T
    return Components(len(profiles), shares, _shuffle_shares(exploration, len(profiles)), loadings, scores)


def _shuffle_shares(exploration: Exploration, count: int) -> Floats:
    """Return the largest share of each component of `count` profiles chosen from shuffled ones.

    The times of each profile are shuffled on their own: in one order for all, the components of all profiles
    would be what they were.
    """
    generator, largest = exploration.draw(), np.zeros(1)
    for _ in range(N_SHUFFLES):
        shuffled = shuffle_times(exploration.filled, generator)
        if count < len(shuffled):
            shuffled = shuffled[select_cycling(shuffled, exploration.course.times, count)[0]]
        largest = np.maximum(largest, decompose(shuffled)[0])
    return largest


def count_different(profiles: Floats) -> int:
    """Return how many profiles there are, of equal ones one."""
    return len(np.unique(profiles, axis=0))


def _choose_signs(loadings: Floats, model: Floats) -> Floats:
    """Return the sign of each loading that makes it like its model, or its largest value positive."""
    largest = loadings[np.arange(len(loadings)), np.abs(loadings).argmax(axis=1)]
    alike = largest if model is loadings else (loadings * model).sum(axis=1)
    return np.asarray(np.where(alike < 0, -1.0, 1.0)[:, None])


def decompose(profiles: Floats) -> tuple[Floats, Floats]:
    """Return shares and loadings of all components that profiles of mean 0 can have."""
    about = profiles - profiles.mean(axis=0)
    # The matrix of times is small; a genome's singular vectors are not needed.
    values, vectors = np.linalg.eigh(about.T @ about)
    count = min(profiles.shape[1] - 1, len(profiles) - 1)
    values, vectors = np.maximum(values[::-1][:count], 0.0), vectors[:, ::-1][:, :count]
    return values / max(values.sum(), np.finfo(np.float64).tiny), vectors.T.copy()


@dataclass(frozen=True)
class Ring:
    """Genes and samples on the first two components of the cycling genes.

    Parameters
    ----------
    genes
        Shape (n, 2): turned and mirrored so that peaks run clockwise from the top: from the M/G1 boundary,
        or from t = 0 where nothing anchors the clock.
    samples
        Shape (n_times, 2), the same for the samples, each about its genes' mean.
    shares
        Of the variance between genes, and between samples, that the two components show; shape (2,).
    agreement
        How well the angle of a gene follows its called peak, [-1, 1]; NaN where no peak is known.
    """

    genes: Floats
    samples: Floats
    shares: Floats
    agreement: float


@keep
def lay_ring(exploration: Exploration) -> Ring | None:
    """Lay out the cycling genes, and the samples as they see them, on two components.

    Genes that peak one after another lie on a ring, and samples run round one.

    Returns
    -------
    Ring or None
        None for fewer than ten cycling genes or three times.

    References
    ----------
    Alter, Brown and Botstein 2000, doi 10.1073/pnas.97.18.10101

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> ring = lay_ring(explore(phasecall.load("alpha")))
    >>> bool(ring.agreement > 0.9)
    True
    """
    found = find_components(exploration, cycling=True)
    if found is None:
        return None
    profiles = exploration.filled[exploration.cycling]
    left, sizes, _ = np.linalg.svd((profiles - profiles.mean(axis=1, keepdims=True)).T, full_matrices=False)
    turns = place_peaks(exploration)[exploration.cycling]
    genes = turn_upright(found.scores[:, :2], turns)
    minutes = exploration.course.times
    samples = turn_upright(left[:, :2] * sizes[:2], place_minutes(exploration, minutes))
    angles = np.arctan2(genes[:, 0], genes[:, 1]) / (2 * np.pi)
    off = difference(angles, turns)
    known = np.isfinite(off)
    shares = np.array([found.shares[:2].sum(), (sizes[:2] ** 2).sum() / (sizes**2).sum()])
    agreement = float(np.cos(2 * np.pi * off[known]).mean()) if known.any() else float("nan")
    return Ring(genes, samples, shares, agreement)


def turn_upright(points: Floats, turns: Floats) -> Floats:
    """Turn and mirror points so that they lie clockwise from the top, by the turns that are known."""
    from scipy.linalg import orthogonal_procrustes

    known = np.isfinite(turns)
    angles = 2 * np.pi * turns[known]
    target = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    return np.asarray(points @ orthogonal_procrustes(points[known], target)[0]) if known.any() else points


@dataclass(frozen=True)
class SampleMap:
    """Samples on a plane.

    Parameters
    ----------
    points
        Shape (n_times, 2): first axis the wider.
    stress
        Kruskal's stress: how far the distances on the plane are off, by the best scale; 0 where not at all.
    """

    points: Floats
    stress: float


@keep
def map_samples(exploration: Exploration) -> SampleMap | None:
    r"""Lay the samples on a plane whose distances are those of the samples, by all genes.

    Classical scaling of the distances `d = sqrt(2 (1 - r))`, r the correlation of two samples over the genes:

    .. math:: B = -\tfrac12 J D^2 J = V \Lambda V^T, \quad Y = V_2 \Lambda_2^{1/2}, \quad
        \text{stress}^2 = \min_b \sum (d - b \hat d)^2 / \sum d^2

    Returns
    -------
    SampleMap or None
        None for fewer than ten profiles or three times.

    References
    ----------
    Torgerson 1952, doi 10.1007/BF02288916; Kruskal 1964, doi 10.1007/BF02289565 (stress)

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> map_samples(explore(phasecall.load("alpha"))).points.shape
    (18, 2)
    """
    from scipy.spatial.distance import pdist, squareform

    profiles = exploration.filled
    if len(profiles) < FEW or profiles.shape[1] < 3:
        return None
    gaps = pdist(profiles.T, "correlation")
    distances = np.sqrt(2 * np.maximum(np.nan_to_num(gaps), 0.0))
    centring = np.eye(profiles.shape[1]) - 1 / profiles.shape[1]
    values, vectors = np.linalg.eigh(-0.5 * centring @ squareform(distances) ** 2 @ centring)
    points = vectors[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 0.0))
    points *= np.where(points[0] > 0, -1, 1)
    drawn = pdist(points)
    squares = float((distances @ distances) * (drawn @ drawn))
    kept = float(distances @ drawn) ** 2 / squares if squares else 1.0
    return SampleMap(points, float(np.sqrt(max(1 - kept, 0.0))))
