"""Lessons: simulated experiments as long, as gappy and on clocks as wrong as the module says."""

import numpy as np
import pytest

from phasecall import lessons
from phasecall.circular import difference
from phasecall.clock import ClockEstimate
from phasecall.errors import InputError
from phasecall.lessons import (
    LEAST_GENES,
    draw_lesson,
)
from phasecall.points import CHANNELS, LEAST_CYCLES, LEAST_POINTS, MOST_CYCLES, MOST_POINTS
from phasecall.simulation import Simulation

Told = tuple[Simulation, ClockEstimate]


@pytest.fixture(scope="module")
def simulations() -> list[Simulation]:
    rng = np.random.default_rng(0)
    return [lessons._draw(rng, LEAST_GENES) for _ in range(300)]


@pytest.fixture(scope="module")
def told() -> list[Told]:
    """Experiments on the clocks that are told for them, those that teach nothing left out."""
    rng = np.random.default_rng(1)
    drawn = [lessons._draw(rng, 128) for _ in range(24)]
    pairs = [(one, lessons._tell_clock(one, rng)) for one in drawn]
    return [(one, estimate) for one, estimate in pairs if lessons._is_near(estimate, one)]


def test_the_same_seed_gives_the_same_lesson() -> None:
    first, again, other = (draw_lesson(seed, LEAST_GENES) for seed in (5, 5, 6))
    assert np.array_equal(first.points, again.points)
    assert np.array_equal(first.peak_turn, again.peak_turn, equal_nan=True)
    assert not np.array_equal(first.peak_turn, other.peak_turn, equal_nan=True)
    for lesson in (first, other):
        assert lesson.points.shape[::2] == (LEAST_GENES, len(CHANNELS))
        assert np.isfinite(lesson.points).all()
        known = lesson.peak_turn[np.isfinite(lesson.peak_turn)]
        assert known.size
        assert ((known >= 0) & (known < 1)).all()


def test_too_few_genes_are_refused() -> None:
    with pytest.raises(InputError, match="so few genes") as caught:
        draw_lesson(0, LEAST_GENES - 1)
    assert "64 genes or more" in str(caught.value)


def test_experiments_are_as_long_as_documented(simulations: list[Simulation]) -> None:
    counts = [one.course.times.size for one in simulations]
    assert min(counts) == LEAST_POINTS
    assert MOST_POINTS - 6 < max(counts) <= MOST_POINTS
    cycles = [one.clock.cycles(one.course.times) for one in simulations]
    assert LEAST_CYCLES <= min(cycles) < 0.6
    assert 3.5 < max(cycles) <= MOST_CYCLES
    # As many times at least as show a wave.
    assert all(count - 1 >= 3 * length for count, length in zip(counts, cycles, strict=True))


def test_experiments_have_gaps_replicates_and_genes_without_a_cycle(simulations: list[Simulation]) -> None:
    replicated = [np.unique(one.course.times).size < one.course.times.size for one in simulations]
    assert 0.02 < np.mean(replicated) < 0.12
    gappy = [bool(np.isnan(one.course.values).any()) for one in simulations]
    assert 0.3 < np.mean(gappy) < 0.8
    idle = np.array([np.isnan(one.peak_turn).mean() for one in simulations])
    assert idle.min() < 0.1
    assert 0.8 < idle.max() <= 0.9 + 1 / LEAST_GENES


def test_starts_and_peaks_lie_anywhere(simulations: list[Simulation]) -> None:
    starts = [one.clock.turn_at_zero for one in simulations]
    peaks = np.concatenate([one.peak_turn[np.isfinite(one.peak_turn)] for one in simulations])
    for turns in (starts, peaks):
        counts = np.histogram(turns, bins=4, range=(0, 1))[0]
        assert counts.min() > 0.7 * counts.max()


def test_clocks_are_off_but_not_far(told: list[Told]) -> None:
    assert len(told) > 12
    starts = np.abs([difference(e.clock.turn_at_zero, one.clock.turn_at_zero) for one, e in told])
    assert (starts > 0.003).mean() > 0.5
    assert np.median(starts) < 0.05
    ratios = np.array([e.clock.period / one.clock.period for one, e in told])
    assert (np.abs(ratios - 1) > 0.003).mean() > 0.5
    assert ratios.max() < 1.25
    assert ratios.min() > 0.8


def test_an_experiment_without_a_clock_is_no_lesson(told: list[Told]) -> None:
    from dataclasses import replace

    simulation, estimate = told[0]
    for change in ({"period": 1.3 * simulation.clock.period}, {"turn_at_zero": np.nan}, {"period": np.nan}):
        wrong = replace(estimate, clock=replace(estimate.clock, **change))
        assert not lessons._is_near(wrong, simulation)
