"""Calibration: probabilities that mean what they say."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_RANGE = (0.5, 20.0)
# Below a half only validation genes ask that are too few or too easy to go wrong: any sharper looks better.


def temper(probabilities: ArrayLike, temperature: float) -> Floats:
    r"""Return probabilities made softer (temperature above 1) or sharper (below 1).

    .. math:: p_i' = p_i^{1/T} / \sum_j p_j^{1/T}

    Examples
    --------
    >>> temper([[0.8, 0.2]], 2.0).round(3).tolist()
    [[0.667, 0.333]]
    """
    # A probability rounded to 0 has no logarithm: it becomes the least that a float can hold.
    logits = np.log(np.maximum(np.asarray(probabilities, dtype=np.float64), np.finfo(np.float64).tiny))
    logits = logits / temperature
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def fit_temperature(probabilities: ArrayLike, truth: ArrayLike) -> float:
    """Return the temperature, 0.5 to 20, at which probabilities fit known phases best.

    Parameters
    ----------
    probabilities
        Shape (n, phases), rows sum to 1; of genes that no weight was fitted to.
    truth
        Codes of the known phases, shape (n,).

    Returns
    -------
    temperature
        What minimises the mean negative log-likelihood of `temper(probabilities, temperature)`.

    References
    ----------
    Guo et al. 2017, doi 10.48550/arXiv.1706.04599, section 4.2.

    Examples
    --------
    >>> overconfident = [[0.99, 0.01]] * 4
    >>> round(float(temper(overconfident, fit_temperature(overconfident, [0, 0, 0, 1]))[0, 0]), 3)
    0.75
    """
    from scipy.optimize import minimize_scalar

    labels, chances = np.asarray(truth, dtype=np.int64), np.asarray(probabilities, dtype=np.float64)

    def loss(log_temperature: float) -> float:
        likelihood = temper(chances, float(np.exp(log_temperature)))[np.arange(labels.size), labels]
        return float(-np.log(np.maximum(likelihood, np.finfo(np.float64).tiny)).mean())

    # On the logarithm the two sides, too sharp and too soft, are alike.
    best = minimize_scalar(loss, bounds=tuple(np.log(_RANGE)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(best.x))
