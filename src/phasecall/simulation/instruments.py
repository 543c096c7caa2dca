"""Instruments: what arrays and sequencers make of expression."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from phasecall.simulation.culture import BASELINE_SD, Culture
from phasecall.timecourse import find_batches

Floats = NDArray[np.float64]

_DEPTH_SD = 2.0
"""Standard deviation of the genes' log2 mean counts."""
_MOST_LOG2 = 60.0
"""Counts beyond 2^60 would come near to what 64 bits hold."""


def measure(
    expression: Floats, level: Floats, times: Floats, culture: Culture, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    r"""Measure expression.

    .. math:: y = b_g + x + s_g (1/2 - batch(t)) + u(t) + e

    Arrays show y, with normal noise e of the gene's standard deviation. Sequencing shows log2(count + 1),
    with the mean count 2^y (without e) and the variance `mean + (sd ln 2)^2 mean^2`.

    Parameters
    ----------
    expression
        x, log2, shape (n, n_times).
    level
        Standard normal variates, shape (n,): the genes' baselines b are spread as these.
    times
        Minutes, shape (n_times,).
    culture
        Its noise and measurement.
    rng
        What the noise is drawn from; all else comes from its children.

    Returns
    -------
    values, noise, shift
        Shape (n, n_times), NaN = missing; each gene's standard deviation of the noise and its shift s
        between the batches, both of shape (n,).
    """
    how = culture.measurement
    of_genes, of_arrays, of_cells = rng.spawn(3)
    noise = culture.noise * np.exp(how.noise_spread * of_genes.standard_normal(level.size))
    shift = how.alternation * of_genes.standard_normal(level.size)
    shared = how.shared * of_arrays.standard_normal(times.size)
    if how.counts is None:
        values = (BASELINE_SD * level)[:, None] + expression
        values += noise[:, None] * rng.standard_normal(values.shape)
    else:
        values = (math.log2(how.counts) + _DEPTH_SD * level)[:, None] + expression
    values += np.multiply.outer(shift, 0.5 - find_batches(times, times)) + shared
    if how.counts is not None:
        values = np.log2(1 + _count(np.exp2(np.minimum(values, _MOST_LOG2)), noise, rng))
    if how.missing > 0:
        values[of_cells.random(values.shape) < how.missing] = np.nan
    return values, noise, shift


def _count(mean: Floats, noise: Floats, rng: np.random.Generator) -> Floats:
    """Return negative binomial counts: Poisson counts whose mean is gamma distributed."""
    dispersion = (noise[:, None] * math.log(2)) ** 2
    rate = mean * dispersion * rng.standard_gamma(1 / dispersion, mean.shape)
    return np.asarray(rng.poisson(np.minimum(rate, 2.0**_MOST_LOG2)), dtype=np.float64)
