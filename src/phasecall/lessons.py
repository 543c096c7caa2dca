"""Lessons: simulated experiments, read as the default network will read real ones.

Three in four are cultures drawn from the prior of `phasecall.simulation`, sampled 4 to 48 times over half a
turn to four turns; one in four is a culture like an embedded experiment, with a start and noise of its own,
and half of these are cut to a part of their times. Up to nine in ten genes do not follow the cell cycle. Each
experiment is put on the clock that would be estimated for it: its period by all genes, or given where that
would not show, and its start by known genes whose published turns are off. So the network learns from clocks
that are as wrong as they will be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import ClockEstimate, KnownGenes, estimate_clock
from phasecall.errors import InputError
from phasecall.points import LEAST_CYCLES, LEAST_POINTS, MOST_CYCLES, MOST_POINTS, lay_points
from phasecall.simulation import REALISTIC, Culture, Simulation, draw_culture, simulate

Floats = NDArray[np.float64]

LEAST_GENES = 64
"""Genes that it has at least: of fewer, too few follow the cell cycle to tell where a clock starts."""

_USUAL_CYCLES = 0.5
_MOST_DECOYS = 0.9

_STREAM = 77
_LIKE_REAL = 0.25
_PART = 0.5
_LIKE_GENOMES = 0.5
"""Share of the cultures of which most genes may be decoys, as of a whole genome; the prior has up to half."""
_LEAST_STEPS = 3.5
"""Steps in a turn that an experiment has at least, on average."""
_REPLICATED = 0.08
_KNOWN = 0.3
"""Share of the genes that follow the cycle whose peak is known."""
_OFF = 0.05
"""Standard deviation of what is published of these about their true peak, turns."""
_GIVEN = 0.3
"""Share of the experiments whose period is given though they would show it."""
_PERIOD_ERROR = 0.03
_FAR = 1.25
"""An experiment whose period is found worse than by this factor teaches nothing but its error."""


@dataclass(frozen=True)
class Lesson:
    """One simulated experiment.

    Parameters
    ----------
    points
        As `phasecall.points.lay_points` has them, shape (n, n_times, 8).
    peak_turn
        Where each gene peaks, shape (n,), turns; NaN for those that do not follow the cell cycle.
    """

    points: NDArray[np.float32]
    peak_turn: Floats


def draw_lesson(seed: int, n_genes: int = 256) -> Lesson:
    """Draw a simulated experiment, and read it.

    Parameters
    ----------
    seed, n_genes
        As `draw_experiment` takes them.

    Raises
    ------
    InputError
        If there are too few genes.

    Examples
    --------
    >>> lesson = draw_lesson(3, n_genes=64)
    >>> lesson.points.shape[0], lesson.points.shape[2], lesson.peak_turn.shape
    (64, 8, (64,))
    """
    simulation, estimate = draw_experiment(seed, n_genes)
    return Lesson(lay_points(simulation.course, estimate), simulation.peak_turn)


def draw_experiment(seed: int, n_genes: int = 256) -> tuple[Simulation, ClockEstimate]:
    """Draw a simulated experiment, and the clock that is estimated for it.

    Parameters
    ----------
    seed
        Equal seeds give equal experiments.
    n_genes
        Genes of the experiment, all of which tell its clock; at least `LEAST_GENES`.

    Raises
    ------
    InputError
        If there are too few genes.
    """
    if n_genes < LEAST_GENES:
        raise InputError(
            "an experiment of so few genes shows no clock",
            expected=f"{LEAST_GENES} genes or more",
            found=str(n_genes),
        )
    rng = np.random.default_rng((seed, _STREAM))
    while True:
        simulation = _draw(rng, n_genes)
        estimate = _tell_clock(simulation, rng)
        if _is_near(estimate, simulation):
            return simulation, estimate


def _draw(rng: np.random.Generator, n_genes: int) -> Simulation:
    seed = int(rng.integers(2**32))
    if rng.random() < _LIKE_REAL:
        preset = list(REALISTIC.values())[rng.integers(len(REALISTIC))]
        culture, times = _vary(preset.culture, rng), np.array(preset.times)
        if rng.random() < _PART:
            count = int(rng.integers(max(LEAST_POINTS + 1, times.size // 2), times.size + 1))
            first = int(rng.integers(0, times.size - count + 1))
            times = times[first : first + count]
    else:
        culture = draw_culture(seed)
        times = _draw_times(culture, rng)
        if rng.random() < _LIKE_GENOMES:
            decoys = rng.uniform(0.0, _MOST_DECOYS)
            culture = replace(culture, expression=replace(culture.expression, decoys=decoys))
    return simulate(n_genes, times=times, culture=culture, seed=seed)


def _vary(culture: Culture, rng: np.random.Generator) -> Culture:
    return replace(
        culture,
        clock=replace(culture.clock, turn_at_zero=rng.random()),
        noise=culture.noise * float(np.exp(rng.normal(0.0, 0.3))),
        expression=replace(culture.expression, decoys=rng.uniform(0.0, _MOST_DECOYS)),
    )


def _draw_times(culture: Culture, rng: np.random.Generator) -> Floats:
    """Return when a culture is sampled, minutes: few times are as common as many."""
    count = round(float(np.exp(rng.uniform(np.log(LEAST_POINTS), np.log(MOST_POINTS)))))
    most = min(MOST_CYCLES, (count - 1) / _LEAST_STEPS)
    cycles = rng.uniform(max(LEAST_CYCLES, min(_USUAL_CYCLES, 0.8 * most)), most)
    start = 0.0 if rng.random() < 0.5 else rng.uniform(0.0, 0.35)
    places, kind = np.arange(count, dtype=np.float64), rng.random()
    if kind < 0.25 and count > LEAST_POINTS + 1:
        finer = 3 * count // 2
        inner = np.sort(rng.choice(np.arange(1, finer - 1), count - 2, replace=False))
        places = np.concatenate([[0], inner, [finer - 1]])
    elif kind < 0.5:
        places[1:-1] += rng.uniform(-0.4, 0.4, count - 2)
    times = culture.clock.period * (start + cycles * places / places[-1])
    if rng.random() < _REPLICATED and count >= 2 * LEAST_POINTS:
        times = np.sort(np.concatenate([times[::2], times[::2]]))[:count]
    return np.asarray(times)


def _tell_clock(simulation: Simulation, rng: np.random.Generator) -> ClockEstimate:
    n_genes, course, clock = len(simulation.codes), simulation.course, simulation.clock
    published = (simulation.peak_turn + rng.normal(0.0, _OFF, n_genes)) % 1.0
    known = KnownGenes(
        np.where(rng.random(n_genes) < _KNOWN, published, np.nan),
        np.full(n_genes, _OFF),
        "genes of a known peak",
    )
    shown = clock.cycles(course.times) >= 1.2 and np.unique(course.times).size > 6
    given = rng.random() < _GIVEN or not shown
    period = clock.period * float(np.exp(rng.normal(0.0, _PERIOD_ERROR)))
    return estimate_clock(course, known=known, period=period if given else None)


def _is_near(estimate: ClockEstimate, simulation: Simulation) -> bool:
    ratio = estimate.clock.period / simulation.clock.period
    # Written so that NaN, no clock, fails.
    return 1 / _FAR < ratio < _FAR and bool(np.isfinite(estimate.clock.turn_at_zero))
