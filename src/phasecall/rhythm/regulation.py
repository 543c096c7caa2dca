"""Regulation: whether a gene varies more than a profile put together at random from all genes."""

from __future__ import annotations

import numpy as np

from phasecall.rhythm.scores import Floats, centre


def judge_regulation(values: Floats, *, n_random: int = 100_000, seed: int = 0) -> Floats:
    r"""Return the p value of each gene's standard deviation, shape (n,), among random profiles.

    A random profile takes the value at each time point from a gene drawn anew. Before that, every gene is set
    to mean 0, so that levels do not count as variation. A gene with missing values is compared with random
    profiles of as many points. `p = (1 + number at least as variable) / (1 + n_random)`: no p value is below
    `1 / (n_random + 1)`, 0.00001 as it stands, and those of the most variable genes are all equal.

    It judges how much a gene varies, not how: it is to be combined with a test of periodicity (`rank_score`).

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing. Genes with fewer than two values get NaN.
    n_random
        How many random profiles; decides the resolution, time and memory.
    seed
        Equal seeds, equal p values.

    References
    ----------
    de Lichtenberg et al. 2005, doi 10.1093/bioinformatics/bti093 (with 1,000,000 random profiles).

    Examples
    --------
    >>> values = np.random.default_rng(1).normal(size=(500, 12))
    >>> values[0] *= 5
    >>> judge_regulation(values, n_random=999)[0].item()
    0.001
    """
    about, observed, count, _ = centre(values)
    # One unit for all genes, as they are compared: squares of very large numbers are no numbers.
    about /= np.abs(about).max(initial=0.0) or 1.0
    rng = np.random.default_rng(seed)
    p_values = np.full(len(values), np.nan)
    usable = count > 1
    # Values about their own mean vary less than they would about the true one.
    shrunk = np.sqrt(np.maximum(count, 2) / (np.maximum(count, 2) - 1))[:, None] * about
    # In the order of their values: the order of the genes says nothing.
    columns = [np.sort(shrunk[observed[:, time] & usable, time]) for time in range(values.shape[1])]
    filled = [column for column in columns if column.size]
    if not filled:
        return p_values
    drawn = np.stack([rng.choice(column, n_random) for column in filled], axis=1)
    # In random order, the first k points of a profile are any k points.
    drawn = rng.permuted(drawn, axis=1)
    spread = np.sqrt((about**2).sum(axis=1) / np.maximum(count - 1, 1))
    for n_points in np.unique(count[usable]):
        null = np.sort(drawn[:, :n_points].std(axis=1, ddof=1))
        rows = count == n_points
        # A gene as variable as a random profile but for rounding is as variable.
        reached = null.size - np.searchsorted(null, spread[rows] * (1 - 1e-12))
        p_values[rows] = (1 + reached) / (1 + n_random)
    return p_values
