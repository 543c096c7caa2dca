"""The simulator: a time course of a culture, and the truth behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import CDC15, Clock
from phasecall.errors import InputError
from phasecall.simulation.culture import Culture
from phasecall.simulation.instruments import measure
from phasecall.simulation.population import N_HARMONICS, Complex, attenuate, effective_clock
from phasecall.simulation.waveforms import KINDS, make_decoys, synthesise, wander
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

NINE_POINTS = tuple(float(minute) for minute in range(40, 121, 10))
"""The time points of the published model, minutes."""

_MOST_TURNS = 100
"""Turns that cells are followed; their places take memory by turns and times."""
_TWO_PEAKED_KAPPA = (2.0, 4.0)
_SECOND_PEAK = (0.3, 0.8)


@dataclass(frozen=True)
class Simulation:
    """A simulated time course and the truth behind it.

    Parameters
    ----------
    course
        What would have been measured.
    codes
        Phase of each gene, shape (n,); -1 = it does not follow the cell cycle.
    peak_turn
        Peak of each gene in turns, shape (n,); NaN without one.
    amplitude
        Amplitude of each gene in one cell, shape (n,); 0 for flat ones.
    kinds
        Kind of each gene, of `KINDS`, shape (n,).
    sharpness, second_peak
        Kappa of each gene's waveform, and the height of a second peak as a share of the first, shape (n,).
    noise, shift
        Standard deviation of each gene's noise, and its shift between alternating batches, shape (n,).
    clock
        The clock as it shows: its loss is that of the first harmonic, for whatever reason.
    attenuation
        What is left of each harmonic at each time of the course, complex, shape (6, n_times), as
        `attenuate` has it.
    """

    course: TimeCourse
    codes: NDArray[np.int64]
    peak_turn: Floats
    amplitude: Floats
    kinds: NDArray[np.str_]
    sharpness: Floats
    second_peak: Floats
    noise: Floats
    shift: Floats
    clock: Clock
    attenuation: Complex


def simulate(
    n_genes: int = 2000,
    *,
    times: Sequence[float] | Floats = NINE_POINTS,
    culture: Culture | None = None,
    seed: int = 0,
) -> Simulation:
    """Simulate a synchronised culture.

    Parameters
    ----------
    n_genes
        Number of genes, at least 1. Where peaks are centred, phases take turns: multiples of their number
        are balanced. Genes that do not follow the cell cycle come last.
    times
        Minutes, in any steps, at most 100 turns from the release; equal times are replicates.
    culture
        What it is like; `Culture()` if not given.
    seed
        Equal seeds give equal data.

    Raises
    ------
    InputError
        If there is no gene or no time, or one too many turns away.

    Examples
    --------
    >>> made = simulate(8, seed=1)
    >>> made.codes.tolist(), made.course.values.shape
    ([0, 1, 2, 3, 0, 1, 2, 3], (8, 9))
    """
    if n_genes < 1:
        raise InputError("a simulation needs at least one gene", found=str(n_genes))
    culture = culture or Culture()
    minutes = np.asarray(times, dtype=np.float64)
    if minutes.ndim != 1 or not minutes.size or not np.isfinite(minutes).all():
        raise InputError("a simulation needs times", expected="a list of minutes", found=str(times))
    _require_turns(minutes, culture.clock)
    rng = np.random.default_rng(seed)
    codes, peaks = _draw_peaks(n_genes, culture, rng)
    amplitude = np.exp(culture.expression.amplitude_spread * rng.standard_normal(n_genes))
    amplitude *= culture.expression.amplitude
    level = rng.standard_normal(n_genes)
    expression, of_genes = _express(amplitude, peaks, minutes, culture, rng)
    values, noise, shift = measure(expression, level, minutes, culture, rng)
    genes = tuple(f"SIM{index:05d}" for index in range(n_genes))
    # A culture on the clock of cdc15, in step or not, is one that a model set on cdc15 may call.
    sync = "cdc15" if replace(culture.clock, loss=0.0) == CDC15 else None
    course = TimeCourse(genes, minutes, values, name=f"simulated culture, seed {seed}", sync=sync)
    kinds, sharpness, second_peak = of_genes
    heights = np.where(kinds == "flat", 0.0, amplitude)
    clock, left = effective_clock(culture, course.times), attenuate(culture, course.times)
    return Simulation(course, codes, peaks, heights, kinds, sharpness, second_peak, noise, shift, clock, left)


def _require_turns(times: Floats, clock: Clock) -> None:
    moved = np.abs(clock.moved(times))
    furthest = int(moved.argmax())
    if moved[furthest] > _MOST_TURNS:
        raise InputError(
            "a culture cannot be followed for so many turns",
            expected=f"times at most {_MOST_TURNS} turns from the release",
            found=f"{times[furthest]:g} min, {moved[furthest]:g} turns of {clock.period:g} min",
            fix="give a longer period, or other times",
        )


def _draw_peaks(
    n_genes: int, culture: Culture, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return phase and peak of each gene: -1 and NaN for the decoys, which come last."""
    if culture.spread is None:
        peaks = rng.random(n_genes)
        codes = culture.scheme.assign(peaks)
    else:
        codes = np.arange(n_genes) % len(culture.scheme)
        centres = np.array([phase.centre for phase in culture.scheme.phases])[codes]
        peaks = np.mod(centres + culture.spread * rng.standard_normal(n_genes), 1.0)
    decoys = np.arange(n_genes) >= n_genes - round(culture.expression.decoys * n_genes)
    return np.where(decoys, -1, codes), np.where(decoys, np.nan, peaks)


def _express(
    amplitude: Floats, peaks: Floats, times: Floats, culture: Culture, rng: np.random.Generator
) -> tuple[Floats, tuple[NDArray[np.str_], Floats, Floats]]:
    """Return expression but for baseline and noise, (n, n_times), and kind and waveform of each gene."""
    how = culture.expression
    of_waves, of_decoys, of_drift = rng.spawn(3)
    n_waves = int(np.isfinite(peaks).sum())
    second_peak = np.zeros(peaks.size)
    sharpness = how.sharpness * of_waves.random(peaks.size)
    two = of_waves.random(peaks.size) < how.two_peaked
    second_peak[two] = of_waves.uniform(*_SECOND_PEAK, int(two.sum()))
    # A second peak shows only beside a sharp one.
    sharpness[two] = of_waves.uniform(*_TWO_PEAKED_KAPPA, int(two.sum()))
    sharpness[n_waves:] = second_peak[n_waves:] = 0.0
    values = np.empty((peaks.size, times.size))
    waves = _cycle(peaks[:n_waves], sharpness[:n_waves], second_peak[:n_waves], times, culture)
    values[:n_waves] = amplitude[:n_waves, None] * waves
    values[n_waves:], decoys = make_decoys(amplitude[n_waves:], times, of_decoys)
    if how.drift > 0:
        values += how.drift * wander(peaks.size, times, of_drift)
    return values, (np.concatenate([np.full(n_waves, KINDS[0]), decoys]), sharpness, second_peak)


def _cycle(peaks: Floats, sharpness: Floats, second_peak: Floats, times: Floats, culture: Culture) -> Floats:
    """Return waves of amplitude 1 averaged over the cells, shape (n, n_times)."""
    left, turn = attenuate(culture, times), culture.clock.turn(times)
    if not sharpness.any():
        ahead = np.angle(left[0]) / (2 * np.pi)
        return np.asarray(np.abs(left[0]) * np.cos(2 * np.pi * ((turn + ahead)[None, :] - peaks[:, None])))
    order = np.arange(1, N_HARMONICS + 1)
    return synthesise(peaks, sharpness, second_peak, left * np.exp(2j * np.pi * np.outer(order, turn)))
