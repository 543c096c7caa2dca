"""Points: what must not change what the network reads, and what is not there."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from phasecall.circular import distance
from phasecall.clock import Clock, ClockEstimate, KnownGenes, estimate_clock
from phasecall.points import CHANNELS, lay_points
from phasecall.simulation import REALISTIC, simulate
from phasecall.timecourse import TimeCourse

VALUE, OBSERVED, COSINE, SINE, WAVE, MOVED, NOISE = 0, 1, 2, 3, slice(4, 6), 6, 7
N_GENES = 60


@pytest.fixture(scope="module")
def experiment() -> tuple[TimeCourse, ClockEstimate]:
    """A course with gaps, a gene without a value among them, and its clock."""
    preset = REALISTIC["alpha"]
    culture = replace(preset.culture, measurement=replace(preset.culture.measurement, missing=0.1))
    made = simulate(N_GENES, times=preset.times, culture=culture, seed=3)
    values = made.course.values.copy()
    values[7] = np.nan
    course = replace(made.course, values=values)
    known = KnownGenes(made.peak_turn, np.full(N_GENES, 0.05), "genes of a known peak")
    return course, estimate_clock(course, known=known)


def same(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    return bool(one == pytest.approx(other, abs=2e-5))


def test_a_point_has_all_channels_and_no_gaps(experiment: tuple[TimeCourse, ClockEstimate]) -> None:
    course, estimate = experiment
    points = lay_points(course, estimate)
    assert points.shape == (N_GENES, course.times.size, len(CHANNELS))
    assert points.dtype == np.float32
    assert np.isfinite(points).all()


@pytest.mark.parametrize("minutes", [30.0, -200.0])
def test_times_may_be_counted_from_anywhere(
    experiment: tuple[TimeCourse, ClockEstimate], minutes: float
) -> None:
    course, estimate = experiment
    estimate = replace(estimate, clock=replace(estimate.clock, lag=0.0))
    clock = estimate.clock
    start = float(clock.turn(-minutes))
    points = lay_points(course, estimate)
    moved = lay_points(
        replace(course, times=course.times + minutes),
        replace(estimate, clock=replace(clock, turn_at_zero=start), times=estimate.times + minutes),
    )
    # How far the culture has moved since t = 0 is told too, and is another then.
    kept = [place for place in range(len(CHANNELS)) if place != MOVED]
    assert same(moved[..., kept], points[..., kept])
    assert not same(moved[..., MOVED], points[..., MOVED])


@pytest.mark.parametrize("factor", [3.0, 1e-3, 1e200, 1e-200])
def test_scale_is_nothing(experiment: tuple[TimeCourse, ClockEstimate], factor: float) -> None:
    course, estimate = experiment
    scaled = lay_points(replace(course, values=course.values * factor), estimate)
    assert same(scaled, lay_points(course, estimate))


def test_the_offset_of_a_gene_is_nothing(experiment: tuple[TimeCourse, ClockEstimate]) -> None:
    course, estimate = experiment
    offsets = np.random.default_rng(0).normal(size=(N_GENES, 1)) * 100
    shifted = lay_points(replace(course, values=course.values + offsets), estimate)
    assert same(shifted, lay_points(course, estimate))


def test_genes_come_in_any_order(experiment: tuple[TimeCourse, ClockEstimate]) -> None:
    course, estimate = experiment
    order = np.random.default_rng(1).permutation(N_GENES)
    assert same(lay_points(course.select_genes(order), estimate), lay_points(course, estimate)[order])


def test_a_value_beyond_all_others_is_no_fault(experiment: tuple[TimeCourse, ClockEstimate]) -> None:
    course, estimate = experiment
    values = course.values.copy()
    values[2, 3] = 1e300
    points = lay_points(replace(course, values=values), estimate)
    assert np.isfinite(points).all()
    others = np.arange(N_GENES) != 2
    assert points[others] == pytest.approx(lay_points(course, estimate)[others], abs=0.1)


def test_missing_values_stay_missing(experiment: tuple[TimeCourse, ClockEstimate]) -> None:
    course, estimate = experiment
    points = lay_points(course, estimate)
    missing = np.isnan(course.values)
    assert missing.any()
    assert np.array_equal(points[..., OBSERVED], ~missing)
    assert (points[missing, VALUE] == 0).all()
    # A gene without a value has only what belongs to the times.
    assert (points[7, :, [VALUE, OBSERVED, 4, 5]] == 0).all()
    assert np.array_equal(
        points[7, :, [COSINE, SINE, MOVED, NOISE]], points[0, :, [COSINE, SINE, MOVED, NOISE]]
    )


def test_missing_values_contribute_nothing(experiment: tuple[TimeCourse, ClockEstimate]) -> None:
    course, estimate = experiment
    left = ~np.isin(np.arange(course.times.size), [2, 9])
    gaps = lay_points(replace(course, values=np.where(left, course.values, np.nan)), estimate)
    cut = lay_points(course.select_times(left), estimate)
    # The noise is told in units of its mean over the times.
    assert same(gaps[:, left, :NOISE], cut[..., :NOISE])


def test_replicates_are_points(experiment: tuple[TimeCourse, ClockEstimate]) -> None:
    course, estimate = experiment
    twice = replace(
        course,
        times=np.concatenate([course.times, course.times]),
        values=np.hstack([course.values, course.values + 0.1]),
    )
    points = lay_points(twice, estimate)
    assert points.shape[1] == 2 * course.times.size
    first, second = points[:, ::2], points[:, 1::2]
    assert np.array_equal(first[..., [COSINE, SINE, MOVED]], second[..., [COSINE, SINE, MOVED]])
    observed = first[..., OBSERVED] == 1
    assert (first[observed, VALUE] < second[observed, VALUE]).all()


def test_the_wave_points_to_the_peak_and_is_as_long_as_it_is_clear(
    experiment: tuple[TimeCourse, ClockEstimate],
) -> None:
    _, estimate = experiment
    times = np.arange(0.0, 190.0, 10.0)
    peaks = np.linspace(0, 1, 50, endpoint=False)
    estimate = replace(estimate, clock=Clock(90.0, 0.3), weights=np.eye(6)[-1], times=times)
    wave = np.cos(2 * np.pi * (estimate.clock.turn(times) - peaks[:, None]))
    noise = np.random.default_rng(2).normal(size=wave.shape)
    strengths = []
    for size in (0.3, 0.03):
        course = TimeCourse(tuple(map(str, range(50))), times, wave + size * noise)
        shown = lay_points(course, estimate)[:, 0, WAVE].astype(np.float64) @ [1, 1j]
        assert distance(np.angle(shown) / (2 * np.pi), peaks).max() < size
        strengths.append(np.median(np.abs(shown)))
    # asinh of ten times as much: log 10 more.
    assert strengths[1] - strengths[0] == pytest.approx(np.log(10), abs=0.1)


def test_long_courses_are_not_further_than_any_seen(experiment: tuple[TimeCourse, ClockEstimate]) -> None:
    course, estimate = experiment
    later = replace(course, times=course.times * 20)
    assert lay_points(later, estimate)[..., MOVED].max() == 2.0
