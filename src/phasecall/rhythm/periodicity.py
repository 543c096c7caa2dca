"""Periodicity: the one p value of a gene for rising and falling with the experiment's period."""

from __future__ import annotations

import numpy as np

from phasecall.rhythm.design import invert_gram, lay_columns
from phasecall.rhythm.noise import Noise, fit_noise, split_squares, whiten
from phasecall.rhythm.scores import Floats, centre, rescale
from phasecall.rhythm.significance import combine

_WEIGHTS = np.array([0.9, 0.1])
"""Of the wave, and of what a second one adds: nearly all genes have one peak in a turn."""


def judge_rhythm(values: Floats, times: Floats, period: float, noise: Noise | None = None) -> Floats:
    r"""Return the combined p value of periodicity of each gene, shape (n,); `adjust` makes q values of it.

    Two F tests of generalised least squares under the experiment's noise: of the wave (`fit_cosinor`'s), and
    of a wave of half the period in what the first leaves,

    .. math:: p_1 = (S_1 / S_0)^{(n - 3) / 2}, \quad p_2 = (S_2 / S_1)^{(n - 5) / 2}

    where S are the squares left by the mean, by one wave and by both. Without rhythm the two are independent,
    so that their weighted Cauchy combination (0.9 and 0.1) is exact. A gene with two peaks in a turn is
    found, too. `significance` tells how far this holds, and why JTK_CYCLE has no part in it.

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing. Genes that `fit_cosinor` cannot fit get NaN.
    times, period
        As in `fit_cosinor`.
    noise
        The experiment's; `fit_noise` of these values if not given. Where only a part of a course is judged,
        that of the whole course is better.

    References
    ----------
    Liu and Xie 2020, doi 10.1080/01621459.2018.1554485 (combination); Aitken 1936,
    doi 10.1017/S0370164600014346 (generalised least squares).

    Examples
    --------
    >>> minutes, rng = np.arange(0.0, 120.0, 5.0), np.random.default_rng(0)
    >>> values = rng.normal(size=(500, 24))
    >>> values[0] += 3 * np.cos(2 * np.pi * minutes / 60)
    >>> p_values = judge_rhythm(values, minutes, 60.0)
    >>> bool(p_values[0] < 1e-6), bool(abs((p_values[1:] <= 0.05).mean() - 0.05) < 0.02)
    (True, True)
    """
    noise = noise or fit_noise(values, times, period)
    about, observed, count, varies = centre(rescale(values))
    columns = lay_columns(times, period, harmonics=2)
    squares = np.full((len(values), 3), np.nan)
    for rows, _, errors, whitened in whiten(noise, times, np.where(observed, about, np.nan), columns):
        rest, taken = split_squares(errors, whitened)
        # Left by both waves, by the first, and by the mean alone.
        steps = [(rest**2).sum(axis=1), taken[:, 3:].sum(axis=1), taken[:, 1:3].sum(axis=1)]
        squares[rows] = np.cumsum(np.stack(steps, axis=1), axis=1)
    p_values = np.full((len(values), 2), np.nan)
    for place, n_weights in enumerate((3, 5)):
        usable = varies & invert_gram(observed, columns[:, :n_weights])[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = squares[:, 1 - place] / squares[:, 2 - place]
        p_values[usable, place] = (share ** (np.maximum(count - n_weights, 0) / 2))[usable]
    return np.where(np.isfinite(p_values[:, 0]), combine(p_values, _WEIGHTS), np.nan)
