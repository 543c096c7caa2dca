"""Where each gene peaks on the clock of its experiment, by generalised least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import wrap
from phasecall.clock.covariance import MIN_VALUES
from phasecall.clock.record import Clock
from phasecall.timecourse import find_constant

Floats = NDArray[np.float64]

_DETERMINED = 1e-6


@dataclass(frozen=True)
class Peaks:
    """The wave of each gene; every field has shape (n,), NaN where it cannot be fitted.

    Parameters
    ----------
    moved
        How far the culture has moved since t = 0 when the gene peaks, turns, [0, 1).
    turn
        The same as a turn, [0, 1); NaN where the clock has no start.
    error
        Standard error of both, turns.
    reach
        Half of the 95 % interval of both, turns: the error times Student's t.
    amplitude
        Amplitude of the wave, in the unit of the values.
    """

    moved: Floats
    turn: Floats
    error: Floats
    reach: Floats
    amplitude: Floats


def measure_peaks(values: Floats, times: Floats, clock: Clock, noise: Floats) -> Peaks:
    r"""Fit mean and wave to each gene, its values weighted by the noise that arrays share.

    With X = (1, cosine, sine), K the noise of a gene's own times and y its values,

    .. math:: w = (X' K^{-1} X)^{-1} X' K^{-1} y

    (Aitken 1936, doi 10.1017/S0370164600014346). Missing values are left out, gene by gene.

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing. Genes with less than four values, or only one, get NaN.
    times
        Minutes, shape (n_times,).
    clock
        Period, lag and start. The wave is undamped whatever the loss: one that
        fades leans on the first samples, which the release disturbs most (figures in docs/clock.md).
    noise
        Covariance of the noise up to a factor, shape (n_times, n_times), positive definite.

    Examples
    --------
    >>> minutes = np.arange(0.0, 200.0, 10.0)
    >>> wave = 5 + 2 * np.cos(2 * np.pi * (minutes / 100 - 0.3))
    >>> peaks = measure_peaks(wave[None], minutes, Clock(100.0, 0.9), np.eye(20))
    >>> peaks.moved.round(6).tolist(), peaks.amplitude.round(6).tolist()
    ([0.3], [2.0])
    """
    from scipy.special import stdtrit

    # Each gene is fitted in units of its largest value: squares of very large numbers are no numbers.
    largest = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=1, initial=0.0)
    largest[largest == 0] = 1.0
    weights, spread = fit_waves(values / largest[:, None], times, clock, noise)
    cosine, sine = weights[:, 1], weights[:, 2]
    amplitude = np.hypot(cosine, sine)
    # The error of an angle: that of the wave at right angles to itself, as the amplitude sees it.
    across = np.stack([-sine, cosine], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        across /= amplitude[:, None]
        variance = np.einsum("ni,nij,nj->n", across, spread[:, 1:, 1:], across)
        error = np.sqrt(np.maximum(variance, 0.0)) / amplitude / (2 * np.pi)
    moved = wrap(np.arctan2(sine, cosine) / (2 * np.pi))
    freedom = np.maximum(np.isfinite(values).sum(axis=1) - weights.shape[1], 1)
    reach = stdtrit(freedom, 0.975) * error
    return Peaks(moved, wrap(clock.turn_at_zero + moved), error, reach, amplitude * largest)


def fit_waves(
    values: Floats, times: Floats, clock: Clock, noise: Floats, *, harmonics: int = 1, stiffness: float = 0.0
) -> tuple[Floats, Floats]:
    """Return the weights of mean and waves of each gene, and their covariance, as `measure_peaks` has them.

    Parameters
    ----------
    values, times, clock, noise
        As there.
    harmonics
        How many waves make up the curve, of 1, 1/2, ... of the period.
    stiffness
        By how much weights are held back, in units of the noise: that of harmonic h by `stiffness h^2`.

    Returns
    -------
    weights, spread
        Mean, and cosine and sine of each harmonic, shape (n, 1 + 2 harmonics); NaN where they cannot be
        fitted. Their covariance, shape (n, 1 + 2 harmonics, 1 + 2 harmonics).
    """
    angle = 2 * np.pi * clock.moved(times)
    waves = [wave(h * angle) for h in range(1, harmonics + 1) for wave in (np.cos, np.sin)]
    design = np.column_stack([np.ones(times.size), *waves])
    held = np.diag([0.0, *(stiffness * h**2 for h in range(1, harmonics + 1) for _ in range(2))])
    observed = np.isfinite(values)
    weights = np.full((len(values), design.shape[1]), np.nan)
    spread = np.full((len(values), design.shape[1], design.shape[1]), np.nan)
    usable = (observed.sum(axis=1) >= MIN_VALUES) & ~find_constant(values) & np.isfinite(clock.period)
    patterns, group = np.unique(observed[usable], axis=0, return_inverse=True)
    # Sorting by group makes each pattern's genes one slice: most of a genome shares the complete one.
    rows = np.flatnonzero(usable)[np.argsort(group, kind="stable")]
    counts = np.bincount(group, minlength=len(patterns))
    ends = np.cumsum(counts)
    for pattern, start, end in zip(patterns, ends - counts, ends, strict=True):
        own = rows[start:end]
        inverse = np.asarray(np.linalg.inv(noise[np.ix_(pattern, pattern)]), dtype=np.float64)
        fitted = _fit(values[np.ix_(own, pattern)], design[pattern], inverse, held)
        if fitted is not None:
            weights[own], spread[own] = fitted
    return weights, spread


def _fit(values: Floats, design: Floats, inverse: Floats, held: Floats) -> tuple[Floats, Floats] | None:
    """Return weights and their covariance for genes seen at the same times; None if these show no wave."""
    freedom = values.shape[1] - design.shape[1]
    # A rank test by determinant: at badly placed times a wave is the mean over again, or nothing at all.
    determined = np.linalg.det(design.T @ design / len(design) + held) > _DETERMINED
    if freedom < 1 or not determined:
        return None
    covariance = np.linalg.inv(design.T @ inverse @ design + held)
    # Each gene is fitted about its own mean: squares of very large numbers are no numbers.
    centre = values.mean(axis=1, keepdims=True)
    about = values - centre
    weights = about @ (inverse @ design @ covariance)
    rest = about - weights @ design.T
    variance = np.einsum("ni,ij,nj->n", rest, inverse, rest) / freedom
    weights[:, 0] += centre[:, 0]
    return weights, variance[:, None, None] * covariance
