"""Waves: what a cosine at the experiment's period says of each profile, and what it leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phasecall.exploration.record import Exploration, Floats
from phasecall.rhythm.design import invert_gram, lay_columns


@dataclass(frozen=True, eq=False)
class Waves:
    """A cosine fitted to each profile by least squares, in the unit of the values.

    Parameters
    ----------
    period
        Minutes; NaN where nothing but the mean was fitted.
    weights
        Mean, and parts of cosine and sine if there is a wave; shape (n, 1 or 3).
    residual
        What the fit leaves, NaN where nothing was measured; shape (n, n_times).
    leverage
        Share of its own error that each value takes from its residual; shape (n, n_times).
    freedom
        Values less weights; shape (n,). 0 where the times do not determine the weights: all else is NaN then.
    """

    period: float
    weights: Floats
    residual: Floats
    leverage: Floats
    freedom: Floats

    @property
    def deviation(self) -> Floats:
        """Standard deviation of the residuals, by the degrees of freedom; shape (n,)."""
        squares = np.nansum(self.residual**2, axis=1)
        return np.sqrt(np.where(self.freedom > 0, squares / np.maximum(self.freedom, 1), np.nan))

    @property
    def amplitude(self) -> Floats:
        """Half of peak minus trough of the waves; shape (n,)."""
        return np.asarray(np.hypot(self.weights[:, 1], self.weights[:, 2]))

    def trace(self, minutes: Floats) -> Floats:
        """Return the fitted curves at some minutes; shape (n, n_minutes)."""
        columns = lay_columns(minutes, self.period)
        return np.asarray(self.weights @ columns.T)


def fit_profiles(found: Exploration) -> Waves | None:
    """Fit a cosine at the period of the calls to each profile; None where there is no period.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> waves = fit_profiles(explore(phasecall.load("alpha")))
    >>> waves.weights.shape, int(waves.freedom.max())
    ((792, 3), 15)
    """
    period = float(found.calls.period)
    if not np.isfinite(period):
        return None
    return fit_columns(found.course.values[found.rows], found.course.times, period)


def fit_columns(values: Floats, times: Floats, period: float = float("nan")) -> Waves:
    """Fit a mean to each row of values and, where there is a period, a cosine of that; NaN = missing."""
    design = lay_columns(times, period) if np.isfinite(period) else np.ones((times.size, 1))
    observed = np.isfinite(values)
    inverse, determined = invert_gram(observed, design)
    # About a value of each gene's own: squares of large means would cost digits.
    middle = np.nanmean(values, axis=1, keepdims=True)
    there = np.where(observed, values - middle, 0.0)
    weights = np.einsum("nij,nj->ni", inverse, there @ design)
    weights[~determined] = np.nan
    residual = np.where(observed, there - weights @ design.T, np.nan)
    leverage = np.einsum("ti,nij,tj->nt", design, inverse, design)
    weights[:, :1] += middle
    freedom = np.where(determined, observed.sum(axis=1) - design.shape[1], 0).astype(np.float64)
    return Waves(period, weights, residual, np.where(observed, leverage, np.nan), freedom)
