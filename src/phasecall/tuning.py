r"""Tuning: what labelled genes of an experiment add to the answers of the default network.

Kernel logistic regression on the values as measured, beside the network's answer:

.. math:: \log p(c \mid g) = \log p_0(c \mid g) + f_c(x_g) + b_c + \text{const}

where :math:`p_0` is the network's answer, :math:`x` the asinh of the gene's values and :math:`f_c` a function
that is held back, in the norm of a kernel: without labels nothing is left but the network. The kernel has two
parts,

.. math:: k(x, x') = \exp \left( -\frac{1}{2 d} \frac{|x - x'|^2}{s^2} \right) + \frac{1}{2 d} z \cdot z'

with d values, :math:`s^2` their mean variance over the genes, and z the values standardised time by time.
Where values are missing, sums run over the values that both genes have, and d counts those: nothing is filled
in.

References
----------
Zhu and Hastie 2005, doi 10.1198/106186005X25619: kernel logistic regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Variances of the function's prior; 0, the network alone, stands beside them."""

FLOOR = 0.005
"""What the network's answer is mixed with, so that no phase is impossible; and no gene is judged less likely,
so that none decides alone."""

MAX_GENES = 1000
"""Labelled genes that are learnt from, at most: time grows with their cube, and files with their number."""

_PARTS = 5
_PARTS_SEED = 0
_DRAW_SEED = 0
_ALONE = 0.8
"""Probability, before labelled genes are seen, that the network alone is best."""
_BIAS_VARIANCE = 1.0
_LINEAR = 0.5
_LEAST = 1e-4
"""Directions of the kernel with less than this share of the largest are noise of the arithmetic."""
_CURVATURE = 0.1
"""Usual variance of whether a gene is of a phase, given its answer."""


@dataclass(frozen=True)
class Tuning:
    """What was learnt from labelled genes, with some strengths: `tune` tries all of `STRENGTHS`.

    Parameters
    ----------
    shares
        What the network alone, and each strength, counts in an answer, shape (1 + strengths,), sum 1. Where
        the network alone has it all, the labelled genes gave no reason to leave its answers.
    centre, spread
        Mean and standard deviation of the asinh of the values, shape (n_times,); 0 at a time without a value.
    genes
        asinh of the values that it was learnt from, shape (n_known, n_times); NaN = missing.
    weights
        Of each of these in the function of each phase, by strength, shape (strengths, n_known, phases).
    bias
        Shape (strengths, phases).
    """

    shares: Floats
    centre: Floats
    spread: Floats
    genes: Floats
    weights: Floats
    bias: Floats

    def answer(self, values: Floats, offset: Floats) -> Floats:
        """Return the probability of each phase, shape (n, phases).

        Parameters
        ----------
        values
            As measured, at the times of the genes that it was learnt from, shape (n, n_times); NaN = missing.
        offset
            The network's answers, shape (n, phases).
        """
        answers = self.shares[0] * offset
        used = np.flatnonzero(self.shares[1:])
        if used.size:
            kernel = measure_alikeness(np.arcsinh(values), self.genes, self.centre, self.spread)
            logs = _soften(offset)
            for place in used:
                tuned = _normalise(logs + kernel @ self.weights[place] + self.bias[place])
                answers = answers + self.shares[1 + place] * tuned
        return np.asarray(answers)


def tune(values: Floats, offset: Floats, codes: NDArray[np.int64]) -> Tuning:
    """Learn from labelled genes.

    How much is learnt is told by cross-validation over them: the answers by all strengths are averaged, each
    weighted by how likely it makes the phases of held-out genes, the network alone favoured before. If no
    strength makes them likelier, the network's answers stay as they are.

    Parameters
    ----------
    values
        As measured, shape (n, n_times); NaN = missing.
    offset
        The network's answers, shape (n, phases).
    codes
        Known phases, shape (n,), none negative.
    """
    rows = np.arcsinh(values)
    centre, spread = _describe(rows)
    kernel = measure_alikeness(rows, rows, centre, spread)
    parts = part_genes(codes.size, _PARTS)
    alone = score(offset, codes).sum()
    gains = _judge(kernel, offset, codes, parts) - alone
    weights, bias = _fit(kernel, _soften(offset), codes)
    return Tuning(_share_out(gains), centre, spread, rows, weights, bias)


def draw_genes(n: int) -> NDArray[np.int64]:
    """Return which of n labelled genes are learnt from, ascending: all, or `MAX_GENES` drawn by chance.

    The draw is the same each time.

    Examples
    --------
    >>> draw_genes(3).tolist(), draw_genes(5000).size
    ([0, 1, 2], 1000)
    """
    return np.sort(np.random.default_rng(_DRAW_SEED).permutation(n)[:MAX_GENES])


def part_genes(n: int, n_parts: int) -> NDArray[np.int64]:
    """Return the part of each labelled gene in a cross-validation, shape (n,): by chance, the same each time.

    Parameters
    ----------
    n
        Labelled genes.
    n_parts
        Parts wanted, 1 or more; there are no more of them than genes.

    Examples
    --------
    >>> sorted(part_genes(5, 2).tolist()), sorted(part_genes(2, 5).tolist())
    ([0, 0, 0, 1, 1], [0, 1])
    """
    return np.random.default_rng(_PARTS_SEED).permutation(n) % min(n_parts, n)


def score(answers: Floats, codes: NDArray[np.int64]) -> Floats:
    """Return the log of the probability of each gene's phase, shape (n,); below `FLOOR` counts as that.

    Parameters
    ----------
    answers
        Probabilities, shape (n, phases).
    codes
        Known phases, shape (n,).

    Examples
    --------
    >>> score(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0, 1])).round(3).tolist()
    [-0.693, -5.298]
    """
    return np.asarray(np.log(np.maximum(answers[np.arange(codes.size), codes], FLOOR)))


def _share_out(gains: Floats) -> Floats:
    """Return what the network alone and each strength count, by the gain of each in log-likelihood."""
    if not gains.max() > 0:
        return np.asarray(np.eye(1 + gains.size)[0])
    before = np.array([_ALONE, *np.full(gains.size, (1 - _ALONE) / gains.size)])
    weights = before * np.exp(np.array([0.0, *gains]) - gains.max())
    return np.asarray(weights / weights.sum())


def measure_alikeness(rows: Floats, others: Floats, centre: Floats, spread: Floats) -> Floats:
    """Return the kernel of this module between genes and others, shape (n, m).

    Parameters
    ----------
    rows, others
        Shape (n, n_times) and (m, n_times); NaN = missing. Genes that share no time are not alike at all.
    centre, spread
        Mean and standard deviation, shape (n_times,).
    """
    seen, known = np.isfinite(rows).astype(np.float64), np.isfinite(others).astype(np.float64)
    shared = np.maximum(seen @ known.T, 1.0)
    about, beside = (np.where(np.isfinite(one), one - centre, 0.0) for one in (rows, others))
    apart = np.square(about) @ known.T + seen @ np.square(beside).T - 2 * about @ beside.T
    # A time at which none of the others was measured tells no variance.
    told = known.any(axis=0)
    variance = float(np.square(spread[told]).mean()) if told.any() else 0.0
    variance = max(variance, np.finfo(np.float64).tiny)
    near = np.exp(-np.maximum(apart, 0.0) / (2 * shared * variance)) * (seen @ known.T > 0)
    unit = np.where(spread > 0, spread, 1.0)
    along = (about / unit) @ (beside / unit).T / shared
    return np.asarray(near + _LINEAR * along)


def _describe(rows: Floats) -> tuple[Floats, Floats]:
    seen = np.isfinite(rows)
    count = np.maximum(seen.sum(axis=0), 1)
    centre = np.where(seen, rows, 0.0).sum(axis=0) / count
    return centre, np.sqrt(np.where(seen, np.square(rows - centre), 0.0).sum(axis=0) / count)


def _judge(kernel: Floats, offset: Floats, codes: NDArray[np.int64], parts: NDArray[np.int64]) -> Floats:
    """Return the log-likelihood of all genes' phases by each strength, each learnt without its part."""
    total = np.zeros(len(STRENGTHS))
    logs = _soften(offset)
    for part in range(parts.max() + 1):
        held = parts == part
        weights, bias = _fit(kernel[np.ix_(~held, ~held)], logs[~held], codes[~held])
        functions = kernel[np.ix_(held, ~held)] @ weights + bias[:, None]
        total += [score(_normalise(logs[held] + one), codes[held]).sum() for one in functions]
    return total


def _fit(kernel: Floats, logs: Floats, codes: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the weights of the genes and the biases with the highest posterior density, by strength.

    Shape (strengths, n, phases) and (strengths, phases).
    """
    values, vectors = np.linalg.eigh(kernel)
    kept = values > _LEAST * values.max(initial=0.0)
    values, vectors = values[kept], vectors[:, kept]
    # Directions of the kernel, and last the bias: each with what its slope varies by before any label.
    features = np.hstack([vectors * np.sqrt(values), np.ones((codes.size, 1))])
    truth = np.eye(logs.shape[1])[codes]
    slopes = np.zeros((features.shape[1], logs.shape[1]))
    found = []
    for strength in STRENGTHS:
        # What a little more strength adds is little: the last slopes are near.
        slopes = _climb(features, np.r_[np.full(values.size, strength), _BIAS_VARIANCE], logs, truth, slopes)
        found.append(slopes)
    weights = [vectors / np.sqrt(values) @ one[:-1] for one in found]
    return np.stack(weights), np.stack([one[-1] for one in found])


def _climb(features: Floats, variances: Floats, logs: Floats, truth: Floats, start: Floats) -> Floats:
    """Return the most likely slopes, shape (features, phases), each held back by its variance."""
    from scipy.optimize import minimize

    # In these units all slopes are about as curved, and the way to the top is short: the directions are at
    # right angles to each other, and an answer's variance is about _CURVATURE.
    unit = 1 / np.sqrt(1 / variances + _CURVATURE * np.square(features).sum(axis=0))[:, None]
    scaled = features * unit.T
    held = unit**2 / variances[:, None]

    def loss(flat: Floats) -> tuple[float, Floats]:
        slopes = flat.reshape(start.shape)
        answers = _normalise(logs + scaled @ slopes)
        likelihood = np.log(np.maximum((answers * truth).sum(axis=1), np.finfo(np.float64).tiny)).sum()
        slope = scaled.T @ (answers - truth) + held * slopes
        return float((held * np.square(slopes)).sum() / 2 - likelihood), slope.ravel()

    found = minimize(loss, (start / unit).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return np.asarray(found.reshape(start.shape) * unit)


def _soften(answers: Floats) -> Floats:
    """Return log probabilities, none of them infinite."""
    n_phases = answers.shape[1]
    return np.asarray(np.log(answers * (1 - n_phases * FLOOR) + FLOOR))


def _normalise(logs: Floats) -> Floats:
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
