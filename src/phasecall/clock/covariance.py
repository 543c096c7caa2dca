"""How arrays resemble one another over all genes, and what that is made of: wave, drift, trend, recovery.

One small matrix, arrays x arrays, holds what thousands of genes say together about their experiment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.clock.record import Clock
from phasecall.clock.scoring import LEAST, fit_variances, judge_waves
from phasecall.timecourse import find_batches, find_constant

Floats = NDArray[np.float64]

PARTS = ("white", "drift", "alternation", "trend", "fast recovery", "slow recovery")
"""What may make genes vary beside the wave; the order of `Mixture.shares`."""

MIN_VALUES = 4
"""Genes with fewer values say nothing about how arrays resemble one another."""

_DRIFT = 0.05
_RECOVERIES = (0.08, 0.25)
"""Decay times of drift and of the response to the release, as shares of the time measured."""


@dataclass(frozen=True)
class Mixture:
    """How much of the genes' variance each part explains, at the best.

    Parameters
    ----------
    deviance
        Minus twice the mean log likelihood of a gene, up to a constant: the smaller the better.
    wave
        Share of the wave, [0, 1].
    shares
        Share of each of `PARTS`, shape (6,).
    weights
        Variance of each of `PARTS`, shape (6,), where the mean variance of a gene is 1.
    """

    deviance: float
    wave: float
    shares: Floats
    weights: Floats


def compare_arrays(values: Floats) -> Floats:
    """Return the mean product of all genes' values at any two times, each gene scaled to mean 0, variance 1.

    Missing values are left out, pair by pair of times.

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing. Genes with less than four values, or only one, say nothing.

    Returns
    -------
    Floats
        Shape (n_times, n_times).

    Examples
    --------
    >>> compare_arrays(np.array([[1.0, 1, -1, -1], [2, 2, 0, 0], [5, 5, 5, 5]])).tolist()[0]
    [1.0, 1.0, -1.0, -1.0]
    """
    telling = find_telling(values)
    observed = np.isfinite(values[telling])
    count = observed.sum(axis=1)[:, None]
    known = np.where(observed, values[telling], 0.0)
    # Scaling by the largest value first keeps squares of very large or small numbers finite.
    largest = np.abs(known).max(axis=1, keepdims=True, initial=0.0)
    known /= np.where(largest > 0, largest, 1.0)
    known = np.where(observed, known - known.sum(axis=1, keepdims=True) / count, 0.0)
    known /= np.sqrt((known**2).sum(axis=1, keepdims=True) / count)
    pairs = observed.astype(np.float64)
    return np.asarray(known.T @ known / np.maximum(pairs.T @ pairs, 1.0))


def find_telling(values: Floats) -> NDArray[np.bool_]:
    """Return which genes have four values or more that are not all the same, shape (n,)."""
    return np.asarray((np.isfinite(values).sum(axis=1) >= MIN_VALUES) & ~find_constant(values))


class Decomposition:
    r"""Fits the covariance of the arrays by that of a wave and of what else makes genes vary.

    With S the matrix of `compare_arrays` and B a basis of all profiles of mean 0, the parts' variances a
    minimise

    .. math:: \log |K| + \mathrm{tr}(K^{-1} B'SB), \quad K = B' (a_0 W W' + \sum_i a_i N_i) B

    the restricted Gaussian likelihood (Patterson and Thompson 1971, doi 10.1093/biomet/58.3.545) of profiles
    that are random sums of the parts: a wave at any phase, W (its cosine and sine); white noise; drift of a
    short memory; a shift between every other array; a linear trend; and two exponential recoveries from the
    release. All genes count alike, and no gene is said to be rhythmic or not.

    Parameters
    ----------
    likeness
        What `compare_arrays` returned, shape (n_times, n_times).
    times
        Minutes, shape (n_times,).
    parts
        What `lay_parts` returns for the times, if not just that.
    """

    def __init__(self, likeness: Floats, times: Floats, parts: Floats | None = None) -> None:
        basis, _ = np.linalg.qr(np.ones((times.size, 1)), mode="complete")
        self.times = times
        self._likeness = likeness
        self._basis = basis[:, 1:]
        self._seen = self._project(likeness)
        self._parts = lay_parts(times, times) if parts is None else parts
        self._noises = np.stack([self._project(part) for part in self._parts])
        self._found: dict[tuple[float, ...], tuple[float, Floats]] = {}

    def without(self, arrays: NDArray[np.bool_]) -> Decomposition:
        """Return the same for all arrays but some, by a mask over all."""
        left = np.flatnonzero(~arrays)
        pairs = np.ix_(left, left)
        # The parts of the others stay as they are: an array keeps its batch when its neighbour leaves.
        return Decomposition(self._likeness[pairs], self.times[left], self._parts[:, left][:, :, left])

    def deviance(self, clock: Clock | None) -> float:
        """Return minus twice the mean log likelihood of a gene, at best: with a clock, or without a wave."""
        return float(self.deviances([clock])[0])

    def deviances(self, clocks: Sequence[Clock | None]) -> Floats:
        """Return minus twice the mean log likelihood of a gene with each of some clocks, shape (n,)."""
        return np.array([value for value, _ in self._fit(clocks)])

    def weigh(self, clock: Clock | None) -> Floats:
        """Return the best weight of the wave and of each part, shape (7,); without a wave, shape (6,)."""
        return self._fit([clock])[0][1]

    def judge_periods(self, clock: Clock, periods: Floats, weights: Floats) -> Floats:
        """Return the deviance of a clock with other periods, at the weights of one nearby, shape (n,)."""
        wave, *others = weights
        noise = np.tensordot(np.array(others), self._noises, 1) + LEAST * np.eye(len(self._seen))
        waves = self._basis.T @ lay_waves(clock, periods, self.times)
        return judge_waves(self._seen, noise, float(wave), waves)

    def mix(self, clock: Clock | None) -> Mixture:
        """Return how much each part explains at the best."""
        ((deviance, weights),) = self._fit([clock])
        n_waves = 0 if clock is None else 1
        variance = np.array([np.trace(part) for part in self._noises]) * weights[n_waves:]
        wave = 0.0 if clock is None else float((self._lay(clock) ** 2).sum() * weights[0])
        total = float(variance.sum()) + wave
        return Mixture(deviance, wave / total, variance / total, weights[n_waves:])

    def _fit(self, clocks: Sequence[Clock | None]) -> list[tuple[float, Floats]]:
        """Return the least deviance with each clock, and the weights there; each is sought once."""
        keys = [() if clock is None else (clock.period, clock.lag, clock.loss) for clock in clocks]
        asked = dict(zip(keys, clocks, strict=True))
        for waved in (False, True):
            new = [key for key in asked if key not in self._found and bool(key) == waved]
            if new:
                waves = np.stack([self._lay(asked[key]) for key in new])
                deviances, weights = fit_variances(self._seen, self._noises, waves)
                self._found.update(zip(new, zip(deviances.tolist(), weights, strict=True), strict=True))
        return [self._found[key] for key in keys]

    def _lay(self, clock: Clock | None) -> Floats:
        """Return the columns of the wave of a clock about their mean, shape (d, 2); none without a clock."""
        wave = np.empty((self.times.size, 0)) if clock is None else lay_wave(clock, self.times)
        return np.asarray(self._basis.T @ wave)

    def _project(self, matrix: Floats) -> Floats:
        return np.asarray(self._basis.T @ matrix @ self._basis)


def lay_wave(clock: Clock, times: Floats) -> Floats:
    """Return cosine and sine of the turns since t = 0, fading with synchrony, shape (n_times, 2)."""
    return np.asarray(lay_waves(clock, np.array([clock.period]), times)[0])


def lay_waves(clock: Clock, periods: Floats, times: Floats) -> Floats:
    """Return what `lay_wave` does of the same clock with each of some periods, shape (n, n_times, 2)."""
    turns = clock.moved(times) * clock.period / periods[:, None]
    kept = (1.0 - clock.loss) ** np.maximum(turns, 0.0)
    return np.asarray(kept[:, :, None] * np.stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)], -1))


def lay_parts(times: Floats, reference: Floats) -> Floats:
    """Return the covariance that each of `PARTS` gives profiles, shape (6, n_times, n_times).

    Parameters
    ----------
    times
        Minutes, shape (n_times,).
    reference
        All times of the experiment, minutes: they say which arrays alternate, and what is slow and fast.
    """
    span = float(np.ptp(reference)) or 1.0
    gone = (times - reference.min()) / span

    def lay_shapes(minutes: Floats) -> Floats:
        since = minutes - reference.min()
        batch = np.where(find_batches(minutes, reference), 1.0, -1.0)
        return np.stack([batch, since / span, *(np.exp(-since / span / decay) for decay in _RECOVERIES)])

    white, drift = np.eye(times.size), np.exp(-np.abs(gone[:, None] - gone) / _DRIFT)
    return np.stack([white, drift, *map(_spread, lay_shapes(times), lay_shapes(reference))])


def lay_noise(weights: Floats, times: Floats, reference: Floats) -> Floats:
    """Return the covariance of the noise at some times, shape (n_times, n_times), positive definite."""
    return np.tensordot(weights, lay_parts(times, reference), 1) + LEAST * np.eye(times.size)


def _spread(shape: Floats, reference: Floats) -> Floats:
    """Return the covariance of profiles of one shape, of mean 0 and mean variance 1 over the reference."""
    centred, variance = shape - reference.mean(), float(reference.var())
    return np.asarray(np.outer(centred, centred) / max(variance, 1e-12))
