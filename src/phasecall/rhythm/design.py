"""What is fitted to a profile, and which of its points there are: shared by all that fit waves."""

from __future__ import annotations

import numpy as np

from phasecall.rhythm.scores import Bools, Floats


def lay_columns(times: Floats, period: float, *, trend: bool = False, harmonics: int = 1) -> Floats:
    """Return the columns that are fitted: mean, trend if wanted, cosine and sine of each harmonic.

    Examples
    --------
    >>> lay_columns(np.array([0.0, 10.0, 20.0]), 40.0, trend=True).round(6).tolist()
    [[1.0, -0.5, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0], [1.0, 0.5, -1.0, 0.0]]
    """
    angle = 2 * np.pi * times / period
    columns = [np.ones_like(angle)]
    if trend:
        columns.append((times - times.mean()) / (float(np.ptp(times)) or 1.0))
    for harmonic in range(1, harmonics + 1):
        columns += [np.cos(harmonic * angle), np.sin(harmonic * angle)]
    return np.stack(columns, axis=1)


def invert_gram(observed: Bools, design: Floats) -> tuple[Floats, Bools]:
    """Return the inverse Gram matrix of each gene's own times, and which genes' weights these determine.

    Complete genes, most of a genome, share one.

    Examples
    --------
    >>> seen = np.array([[True, True, True], [True, False, False]])
    >>> inverse, determined = invert_gram(seen, np.array([[1.0], [1.0], [1.0]]))
    >>> inverse[0].round(3).tolist(), determined.tolist()
    ([[0.333]], [True, False])
    """
    complete = observed.all(axis=1)
    own = np.flatnonzero(~complete)
    pattern = np.concatenate([np.ones((1, len(design)), dtype=np.bool_), observed[own]]).astype(np.float64)
    of_gene = np.zeros(len(observed), dtype=np.int64)
    of_gene[own] = np.arange(1, own.size + 1)
    count, n_weights = pattern.sum(axis=1), design.shape[1]
    gram = np.einsum("nt,ti,tj->nij", pattern, design, design)
    # A rank test by determinant: with equal or badly placed times no wave can be told from a line.
    determined = np.linalg.det(gram) > 1e-9 * np.maximum(count, 1) ** n_weights
    determined &= count > n_weights
    gram[~determined] = np.eye(n_weights)
    return np.linalg.inv(gram)[of_gene], determined[of_gene]
