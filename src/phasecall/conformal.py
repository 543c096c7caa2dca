r"""Conformal sets: phases that a gene may belong to, the right one among them as often as was promised.

A phase is in the set of a gene if its probability is at least t, or the largest. On n genes of known phase,
t is the :math:`\lfloor (n + 1)(1 - c) \rfloor`-th smallest probability that these gave to their right
phases: of another gene like them the right phase is in its set with a probability of c or more, however wrong
the probabilities are.

References
----------
Sadinle, Lei and Wasserman 2019, doi 10.1080/01621459.2017.1395341.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.9
"""How often the right phase is to be in the set."""


def find_least(probabilities: ArrayLike, truth: ArrayLike, level: float = LEVEL) -> float:
    """Return the least probability of a phase in a set; 0, all phases, where the genes are too few to tell.

    Parameters
    ----------
    probabilities
        Shape (n, phases), rows sum to 1; of genes that taught the method nothing.
    truth
        Codes of the known phases, shape (n,).
    level
        How often the right phase is to be in the set, above 0, below 1.

    Examples
    --------
    >>> find_least([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]], [0, 0, 1, 1], level=0.6)
    0.6
    """
    labels = np.asarray(truth, dtype=np.int64)
    given = np.sort(np.asarray(probabilities, dtype=np.float64)[np.arange(labels.size), labels])
    # Less a little: the product of n + 1 and the share left out may lie just below a whole number.
    place = int((labels.size + 1) * (1 - level) + 1e-9)
    return float(given[place - 1]) if place else 0.0


def choose_sets(probabilities: ArrayLike, least: float) -> NDArray[np.bool_]:
    """Return which phases are in the set of each gene, shape (n, phases); none where there is no answer.

    Examples
    --------
    >>> choose_sets([[0.9, 0.1], [0.6, 0.4]], 0.3).tolist()
    [[True, False], [True, True]]
    """
    chances = np.asarray(probabilities, dtype=np.float64)
    known = np.isfinite(chances).all(axis=1, keepdims=True)
    return np.asarray(known & (chances >= np.minimum(least, chances.max(axis=1, keepdims=True))))
