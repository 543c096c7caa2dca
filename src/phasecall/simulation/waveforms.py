"""Waveforms: what a gene does in one cell, along the turn or, if it does not cycle, along time."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from phasecall.simulation.population import N_HARMONICS, Complex

Floats = NDArray[np.float64]

_PLACES = 12
"""Steps of half a turn on which a waveform is laid out to find its harmonics; what these miss is < 1e-9."""
_LEAST_KAPPA = 1e-3
"""Stands for 0, a sinusoid, where the formula divides 0 by 0."""
CORRELATION = 0.2
"""Correlation time of drifts and wanderings, as a share of the time measured."""


def synthesise(peaks: Floats, kappa: Floats, second: Floats, moments: Complex) -> Floats:
    r"""Return waves of amplitude 1, averaged over the cells of a population.

    In a cell, at a distance x from the peak (in turns), with `c = cos(2 pi x)`,

    .. math:: w(x) = (e^{\kappa c} + h e^{-\kappa c}) / H

    less its mean; H makes half of peak minus trough 1. It is a sinusoid as kappa goes to 0, a von Mises peak
    where it does not, and has a second peak, of the height h, half a turn away. The average over cells
    whose places have the moments `M_k = E[exp(2 pi i k x)]` is `sum_k c_k Re(M_k exp(-2 pi i k peak))`.

    Parameters
    ----------
    peaks
        Turns, shape (n,).
    kappa
        Sharpness, shape (n,), 0 to 4.
    second
        Height h of the second peak as a share of the first, shape (n,), [0, 1).
    moments
        Complex, shape (6, n_times).

    Returns
    -------
    numpy.ndarray
        Shape (n, n_times).

    Examples
    --------
    >>> cells = np.exp(2j * np.pi * np.outer(np.arange(1, 7), [0.0, 0.2, 0.5]))  # all at one place
    >>> synthesise(np.zeros(1), np.zeros(1), np.zeros(1), cells).round(3).tolist()
    [[1.0, 0.309, -1.0]]
    """
    weights = _decompose(np.maximum(kappa, _LEAST_KAPPA), second)
    unit = np.broadcast_to(np.exp(2j * np.pi * peaks)[:, None], weights.shape)
    turned = np.multiply.accumulate(unit, axis=1) * weights
    return np.asarray(turned.real @ moments.real + turned.imag @ moments.imag)


def _decompose(kappa: Floats, second: Floats) -> Floats:
    """Return the cosine coefficients of waveforms, shape (n, harmonics)."""
    order = np.arange(1, N_HARMONICS + 1)
    angle = np.pi * np.arange(_PLACES + 1) / _PLACES
    # The trapezium rule on a half turn is exact but for harmonics beyond twice the places.
    rule = np.cos(np.outer(angle, order)) * 2 / _PLACES
    rule[[0, -1]] /= 2
    single = np.exp(np.outer(kappa, np.cos(angle))) @ rule
    both = single * (1 + np.multiply.outer(second, (-1.0) ** order))
    high, low = np.exp(kappa), np.exp(-kappa)
    # A second peak shows where the first is sharp enough: the trough is then between them, else opposite.
    trough = np.where(second > low**2, 2 * np.sqrt(second), low + second * high)
    return np.asarray(both / ((high + second * low - trough) / 2)[:, None])


def make_decoys(
    amplitude: Floats, times: Floats, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.str_]]:
    """Return genes that do not follow the cell cycle, and the kind of each.

    Parameters
    ----------
    amplitude
        Half of highest minus lowest of each, shape (n,); the standard deviation times the root of 2 of those
        that wander. Set to 0 where genes are flat.
    times
        Minutes, shape (n_times,).
    rng
        What is drawn from.

    Returns
    -------
    values, kinds
        Shape (n, n_times), and a key of `KINDS` for each of the n.

    Examples
    --------
    >>> _, kinds = make_decoys(np.ones(7), np.arange(9.0), np.random.default_rng(0))
    >>> kinds.tolist()
    ['transient', 'step', 'trend', 'spike', 'wander', 'flat', 'transient']
    """
    elapsed = (times - times.min()) / (np.ptp(times) or 1.0)
    values = np.empty((amplitude.size, times.size))
    kinds = np.array(tuple(_DECOYS))[np.arange(amplitude.size) % len(_DECOYS)]
    for kind, shape in _DECOYS.items():
        ours = kinds == kind
        sign = rng.choice([-1.0, 1.0], size=(int(ours.sum()), 1))
        values[ours] = amplitude[ours, None] * sign * shape(sign.size, elapsed, rng)
    return values, kinds


def wander(n_genes: int, times: Floats, rng: np.random.Generator) -> Floats:
    r"""Return genes that wander: stationary Gaussian noise of variance 1 that forgets exponentially.

    .. math:: cov(s, t) = e^{-|s - t| / (0.2 D)}, D = the time measured

    Parameters
    ----------
    n_genes
        How many.
    times
        Minutes or any other unit, shape (n_times,).
    rng
        What is drawn from.
    """
    covariance = np.exp(-np.abs(times[:, None] - times) / (CORRELATION * (np.ptp(times) or 1.0)))
    # Replicates are at one time: the root is taken by eigenvalues, since some are 0.
    size, direction = np.linalg.eigh(covariance)
    root = direction * np.sqrt(np.maximum(size, 0.0))
    return np.asarray(rng.standard_normal((n_genes, times.size)) @ root.T)


def _transient(n_genes: int, elapsed: Floats, rng: np.random.Generator) -> Floats:
    """Return stress responses: up from an early onset, and slowly back."""
    onset, width = rng.uniform(0, 0.2, (n_genes, 1)), rng.uniform(0.05, 0.3, (n_genes, 1))
    since = np.maximum(elapsed - onset, 0.0) / width
    return np.asarray(2 * since * np.exp(1 - since))


def _step(n_genes: int, elapsed: Floats, rng: np.random.Generator) -> Floats:
    """Return switches from one level to another."""
    middle, width = rng.uniform(0.2, 0.8, (n_genes, 1)), rng.uniform(0.01, 0.1, (n_genes, 1))
    return np.asarray(np.tanh((elapsed - middle) / width))


def _trend(n_genes: int, elapsed: Floats, rng: np.random.Generator) -> Floats:  # noqa: ARG001
    return np.broadcast_to(2 * elapsed - 1, (n_genes, elapsed.size))


def _spike(n_genes: int, elapsed: Floats, rng: np.random.Generator) -> Floats:
    return np.where(rng.integers(elapsed.size, size=(n_genes, 1)) == np.arange(elapsed.size), 2.0, 0.0)


def _wander(n_genes: int, elapsed: Floats, rng: np.random.Generator) -> Floats:
    return np.asarray(wander(n_genes, elapsed, rng) / np.sqrt(2))


def _stay(n_genes: int, elapsed: Floats, rng: np.random.Generator) -> Floats:  # noqa: ARG001
    return np.zeros((n_genes, elapsed.size))


_DECOYS: MappingProxyType[str, Callable[[int, Floats, np.random.Generator], Floats]] = MappingProxyType(
    {
        "transient": _transient,
        "step": _step,
        "trend": _trend,
        "spike": _spike,
        "wander": _wander,
        "flat": _stay,
    }
)
KINDS = ("periodic", *_DECOYS)
"""Kinds of genes: periodic, and what else there is, each equally common among the decoys."""
