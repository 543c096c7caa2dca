"""Simulated cultures: phase-centred peaks with amplitude, baseline and noise, and what is known of them.

This first simulator is the one the published protocol implies. Each gene belongs to a phase; it peaks near
the centre of that phase's arc and follows a cosine:

    y(t) = b + A cos(2 pi (turn(t) - peak)) + e
    peak ~ N(centre of the phase, spread), or anywhere; A ~ lognormal(0, 0.3), b ~ N(0, 0.5), e ~ N(0, noise)

As every distribution is stated, the best possible classifier is known too (`posterior`): no method, however
trained, can beat its accuracy except by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import CDC15, Clock
from phasecall.errors import InputError
from phasecall.phases import SCHEMES, Phase, Scheme
from phasecall.timecourse import TimeCourse

NINE_POINTS = tuple(float(minute) for minute in range(40, 121, 10))
"""The time points of the published model, minutes."""

_AMPLITUDE_LOG_SD = 0.3
_BASELINE_SD = 0.5
_N_NODES = 33


@dataclass(frozen=True)
class Culture:
    """What a simulated culture is like.

    Parameters
    ----------
    clock
        Its period and start.
    scheme
        The phases its genes belong to.
    noise
        Standard deviation of the measurement noise, more than 0; the median amplitude is 1. The default is
        the noise of the `simulated` track.
    spread
        Standard deviation of the peaks of one phase about its centre, turns, not negative; phases are then
        equally common. None: peaks lie anywhere on the turn alike, and a gene's phase is the arc it peaks on.
    """

    clock: Clock = CDC15
    scheme: Scheme = SCHEMES["four"]
    noise: float = 0.2
    spread: float | None = 0.02

    def __post_init__(self) -> None:
        if self.noise <= 0 or (self.spread is not None and self.spread < 0):
            raise InputError(
                "a culture cannot be like that",
                expected="noise more than 0, spread not negative",
                found=f"noise {self.noise}, spread {self.spread}",
            )


@dataclass(frozen=True)
class Simulation:
    """A simulated time course and the truth behind it.

    Parameters
    ----------
    course
        What would have been measured.
    codes
        Phase of each gene, shape (n,).
    peak_turn
        Peak of each gene in turns, shape (n,).
    amplitude
        Amplitude of each gene, shape (n,).
    """

    course: TimeCourse
    codes: NDArray[np.int64]
    peak_turn: NDArray[np.float64]
    amplitude: NDArray[np.float64]


def simulate(
    n_genes: int = 2000,
    *,
    times: Sequence[float] | NDArray[np.float64] = NINE_POINTS,
    culture: Culture | None = None,
    seed: int = 0,
) -> Simulation:
    """Simulate a synchronised culture.

    Parameters
    ----------
    n_genes
        Number of genes, at least 1. Where peaks are centred, phases take turns: multiples of their number
        are balanced.
    times
        Minutes.
    culture
        What it is like; `Culture()` if not given.
    seed
        Equal seeds give equal data.

    Raises
    ------
    InputError
        If there is no gene.

    Examples
    --------
    >>> made = simulate(8, seed=1)
    >>> made.codes.tolist(), made.course.values.shape
    ([0, 1, 2, 3, 0, 1, 2, 3], (8, 9))
    """
    if n_genes < 1:
        raise InputError("a simulation needs at least one gene", found=str(n_genes))
    culture = culture or Culture()
    rng = np.random.default_rng(seed)
    codes, peaks = _draw_peaks(n_genes, culture, rng)
    amplitude = np.exp(_AMPLITUDE_LOG_SD * rng.standard_normal(n_genes))
    baseline = _BASELINE_SD * rng.standard_normal(n_genes)
    minutes = np.asarray(times, dtype=np.float64)
    wave = np.cos(2 * np.pi * (culture.clock.turn(minutes)[None, :] - peaks[:, None]))
    values = baseline[:, None] + amplitude[:, None] * wave + culture.noise * rng.standard_normal(wave.shape)
    genes = tuple(f"SIM{index:05d}" for index in range(n_genes))
    # A culture on the clock of cdc15 is one that a model set on cdc15 may call.
    sync = "cdc15" if culture.clock == CDC15 else None
    course = TimeCourse(genes, minutes, values, name=f"simulated culture, seed {seed}", sync=sync)
    return Simulation(course, codes, peaks, amplitude)


def posterior(course: TimeCourse, culture: Culture | None = None) -> NDArray[np.float64]:
    """Return the probability of each phase given the data and the simulator, the Bayes-optimal answer.

    Peak and amplitude are integrated numerically on a grid (4 standard deviations either way), the
    baseline exactly.

    Parameters
    ----------
    course
        Simulated data without missing values.
    culture
        What `simulate` was given.

    Returns
    -------
    numpy.ndarray
        Shape (n, phases), rows sum to 1.

    Examples
    --------
    >>> made = simulate(400, seed=3)
    >>> bool((posterior(made.course).argmax(axis=1) == made.codes).mean() > 0.98)
    True
    """
    culture = culture or Culture()
    nodes, weights = _normal_grid()
    angle = culture.clock.turn(course.times)
    amplitude = np.exp(_AMPLITUDE_LOG_SD * nodes)
    columns = []
    for phase in culture.scheme.phases:
        peaks, chances = _peak_grid(phase, culture)
        wave = np.cos(2 * np.pi * (angle[None, :] - peaks[:, None]))
        expected = amplitude[None, :, None] * wave[:, None, :]  # (peaks, amplitudes, times)
        log_weight = np.log(np.multiply.outer(chances, weights))
        columns.append(_log_evidence(course.values, expected, log_weight, culture.noise))
    evidence = np.stack(columns, axis=1)
    likelihood = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    return np.asarray(likelihood / likelihood.sum(axis=1, keepdims=True))


def _draw_peaks(
    n_genes: int, culture: Culture, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    if culture.spread is None:
        peaks = rng.random(n_genes)
        return culture.scheme.assign(peaks), peaks
    codes = np.arange(n_genes) % len(culture.scheme)
    centres = np.array([phase.centre for phase in culture.scheme.phases])[codes]
    return codes, np.mod(centres + culture.spread * rng.standard_normal(n_genes), 1.0)


def _normal_grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes = np.linspace(-4.0, 4.0, _N_NODES)
    weights = np.exp(-0.5 * nodes**2)
    return nodes, weights / weights.sum()


def _peak_grid(phase: Phase, culture: Culture) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return peaks of a phase and the probability of each, those of all phases together being 1."""
    if culture.spread is None:
        places = (np.arange(_N_NODES) + 0.5) / _N_NODES
        return phase.start + phase.width * places, np.full(_N_NODES, phase.width / _N_NODES)
    nodes, weights = _normal_grid()
    return phase.centre + culture.spread * nodes, weights / len(culture.scheme)


def _log_evidence(
    values: NDArray[np.float64],
    expected: NDArray[np.float64],
    log_weight: NDArray[np.float64],
    noise: float,
) -> NDArray[np.float64]:
    # The baseline makes the covariance noise^2 I + sd^2 11'; its inverse is known (Sherman-Morrison), so
    # |r|^2 and (sum r)^2 are all that is needed of the residual r, and both expand into matrix products.
    means = expected.reshape(-1, expected.shape[-1])
    squares = (values**2).sum(axis=1)[:, None] - 2 * values @ means.T + (means**2).sum(axis=1)[None, :]
    sums = values.sum(axis=1)[:, None] - means.sum(axis=1)[None, :]
    shrink = _BASELINE_SD**2 / (noise**2 + values.shape[1] * _BASELINE_SD**2)
    log_density = -0.5 * (squares - shrink * sums**2) / noise**2 + log_weight.ravel()[None, :]
    top = log_density.max(axis=1)
    return np.asarray(top + np.log(np.exp(log_density - top[:, None]).sum(axis=1)))
