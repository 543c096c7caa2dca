"""The clock: its parts against plain formulae, what must not change it, and what it finds on known data."""

import itertools
import math
import os
import platform
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phasecall.circular import difference, distance, wrap
from phasecall.clock import (
    SYNCHRONISATIONS,
    Clock,
    ClockEstimate,
    KnownGenes,
    align_clock,
    estimate_clock,
    find_markers,
    find_peaks,
    find_synchronisation,
    fit_clock,
    know_phases,
    know_turns,
    measure_peaks,
    scoring,
)
from phasecall.clock.anchors import MARKER_SPREAD, MIN_KNOWN, find_start
from phasecall.clock.covariance import PARTS, Decomposition, compare_arrays, lay_noise, lay_parts, lay_wave
from phasecall.datasets import load, load_labels
from phasecall.errors import InputError
from phasecall.labels import encode
from phasecall.phases import SCHEMES
from phasecall.publicdata import VARIABLE, load_gene_set, load_public, load_public_labels
from phasecall.rhythm import fit_cosinor
from phasecall.simulation import Culture, Expression, Measurement, simulate
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

FOUR = SCHEMES["four"]
PAGE = Path(__file__).parents[1] / "docs" / "clock.md"
EMBEDDED = ("alpha", "cdc15", "cdc28", "cdc15-4381", "elu")
PAIRS = tuple(itertools.combinations(("alpha", "cdc15", "cdc28"), 2))
UNEVEN = np.array([0.0, 10, 20, 30, 30, 45, 50, 70, 80, 100, 110])
needs_folder = pytest.mark.skipif(
    not os.environ.get(VARIABLE), reason=f"{VARIABLE} is not set: the public data are not here"
)
clocks = st.builds(
    Clock,
    period=st.floats(1, 2000),
    turn_at_zero=st.floats(0, 1, exclude_max=True),
    lag=st.floats(0, 500),
    loss=st.floats(0, 0.9),
)
minutes = st.floats(-2000, 2000)
seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=25, deadline=None)


def make_course(values: Floats, times: Floats) -> TimeCourse:
    return TimeCourse(tuple(f"G{row}" for row in range(len(values))), times, values)


def codes_of(estimate: ClockEstimate) -> list[str]:
    return [note.code for note in estimate.notes]


@cache
def embedded(key: str) -> tuple[TimeCourse, ClockEstimate]:
    course = load(key)
    return course, estimate_clock(course, known=find_markers(course.genes))


def with_gaps(seed: int, n_genes: int, times: Floats, share: float = 0.2) -> Floats:
    rng = np.random.default_rng(seed)
    values = 3 + rng.standard_normal((n_genes, times.size)) * rng.uniform(0.1, 9, (n_genes, 1))
    values += np.cos(2 * np.pi * (times / 60 - rng.random((n_genes, 1))))
    values[rng.random(values.shape) < share] = np.nan
    return values


# The record


@given(clocks, minutes)
@quick
def test_a_clock_stands_still_during_its_lag_and_only_then(clock: Clock, minute: float) -> None:
    if minute < 0:
        expected = minute / clock.period
    elif minute <= clock.lag:
        expected = 0.0
    else:
        expected = (minute - clock.lag) / clock.period
    assert clock.moved(minute).item() == pytest.approx(expected, abs=1e-9)
    assert float(distance(clock.turn(minute), clock.turn_at_zero + expected)) < 1e-6
    assert 0 <= clock.turn(minute).item() < 1
    assert clock.retained(minute).item() == pytest.approx((1 - clock.loss) ** max(expected, 0.0))


@given(clocks, minutes, st.integers(1, 4))
@quick
def test_a_period_later_it_is_the_same_turn_and_the_loss_is_taken(
    clock: Clock, minute: float, turns: int
) -> None:
    minute = abs(minute) + clock.lag
    later = minute + turns * clock.period
    assert float(distance(clock.turn(minute), clock.turn(later))) < 1e-6
    left = clock.retained(minute).item() * (1 - clock.loss) ** turns
    assert clock.retained(later).item() == pytest.approx(left, rel=1e-6, abs=1e-12)


@given(clocks, st.lists(minutes, min_size=2, max_size=9))
@quick
def test_a_clock_never_runs_backwards(clock: Clock, times: list[float]) -> None:
    moved = clock.moved(sorted(times))
    assert (np.diff(moved) >= -1e-12).all()
    assert (np.diff(clock.retained(sorted(times))) <= 1e-12).all()


def test_a_clock_counts_turns() -> None:
    clock = Clock(80.0, 0.3)
    assert clock.turn([0, 40, 56, 80]) == pytest.approx([0.3, 0.8, 0.0, 0.3])
    assert clock.turn([-40, -8]) == pytest.approx([0.8, 0.2])
    assert clock.cycles(np.array([0.0, 40.0, 120.0])) == 1.5


# How arrays resemble one another


@given(seeds, st.sampled_from([0.0, 0.1, 0.5]))
@quick
def test_the_likeness_of_arrays_is_that_of_a_plain_double_loop(seed: int, share: float) -> None:
    values = with_gaps(seed, 12, UNEVEN, share)
    values[0] = 7.0
    values[1, 3:] = np.nan
    n_times = UNEVEN.size
    total, count = np.zeros((n_times, n_times)), np.zeros((n_times, n_times))
    for gene in values:
        known = [float(value) for value in gene if not math.isnan(value)]
        if len(known) < 4 or len(set(known)) == 1:
            continue
        middle = sum(known) / len(known)
        spread = math.sqrt(sum((value - middle) ** 2 for value in known) / len(known))
        for i, j in itertools.product(range(n_times), repeat=2):
            if not math.isnan(gene[i]) and not math.isnan(gene[j]):
                total[i, j] += (gene[i] - middle) / spread * ((gene[j] - middle) / spread)
                count[i, j] += 1
    assert compare_arrays(values) == pytest.approx(total / np.maximum(count, 1), abs=1e-9)


@pytest.mark.parametrize("factor", [1e200, 1e-200])
def test_values_of_any_size_have_the_same_likeness(factor: float) -> None:
    values = with_gaps(3, 9, UNEVEN)
    assert compare_arrays(values * factor) == pytest.approx(compare_arrays(values), abs=1e-9)


def lay_plainly(times: Floats) -> list[Floats]:
    """Covariances of the parts, one by one as docs/clock.md has them."""
    gone = (times - times[0]) / (times[-1] - times[0])
    step = np.median(np.diff(np.unique(times)))
    shapes = [
        np.array([-1.0 if round(minute) % 2 == 0 else 1.0 for minute in (times - times[0]) / step]),
        gone,
        np.exp(-gone / 0.08),
        np.exp(-gone / 0.25),
    ]
    laid = [np.eye(times.size), np.exp(-np.abs(gone[:, None] - gone[None, :]) / 0.05)]
    for shape in shapes:
        scaled = (shape - shape.mean()) / shape.std()
        laid.append(np.outer(scaled, scaled))
    return laid


def test_the_parts_are_those_of_the_page() -> None:
    for laid, plain in zip(lay_parts(UNEVEN, UNEVEN), lay_plainly(UNEVEN), strict=True):
        assert laid == pytest.approx(plain, abs=1e-12)


def test_the_noise_at_some_times_is_that_part_of_the_whole() -> None:
    weights = np.array([0.5, 0.3, 0.2, 0.4, 0.1, 0.6])
    some = np.array([1, 2, 5, 9])
    whole = lay_noise(weights, UNEVEN, UNEVEN)
    assert lay_noise(weights, UNEVEN[some], UNEVEN) == pytest.approx(whole[np.ix_(some, some)], abs=1e-12)
    assert np.linalg.eigvalsh(whole).min() > 0


def restrict(values: Floats, covariance: Floats) -> float:
    """Minus twice the mean restricted log likelihood of a gene whose mean is not known, up to a constant."""
    ones = np.ones((len(covariance), 1))
    mean_precision = (ones.T @ np.linalg.solve(covariance, ones)).item()
    total = 0.0
    for gene in values:
        centre = (ones.T @ np.linalg.solve(covariance, gene)).item() / mean_precision
        rest = gene - centre
        total += rest @ np.linalg.solve(covariance, rest)
    return float(np.linalg.slogdet(covariance)[1] + math.log(mean_precision) + total / len(values))


def test_the_deviance_is_the_plain_restricted_likelihood() -> None:
    times = UNEVEN
    values = with_gaps(5, 30, times, 0.0)
    scaled = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    parts = Decomposition(compare_arrays(values), times)
    clock = Clock(60.0, math.nan, lag=5.0, loss=0.2)
    angle = 2 * np.pi * np.maximum(times - 5.0, 0) / 60
    wave = 0.8 ** (angle / (2 * np.pi)) * np.stack([np.cos(angle), np.sin(angle)])
    seen = lay_wave(clock, times).T
    assert seen == pytest.approx(wave, abs=1e-12)
    weights = np.array([0.7, 0.5, 0.3, 0.2, 0.4, 0.1, 0.6])
    laid = [wave.T @ wave, *lay_plainly(times)]
    covariance = sum((w * part for w, part in zip(weights, laid, strict=True)), 1e-6 * np.eye(times.size))
    # A basis of the profiles of mean 0 leaves out the constant log n.
    expected = restrict(scaled, covariance) - math.log(times.size)
    assert parts.judge_periods(clock, np.array([60.0]), weights) == pytest.approx([expected], rel=1e-9)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="kernels of other processors")
def test_another_processor_tells_the_same_clock() -> None:
    code = (
        "import phasecall\nfrom phasecall.caller import tell_clock\n"
        "told = tell_clock(phasecall.load('cdc28'))\n"
        "print(told.clock.period, told.period_hi, told.clock.turn_at_zero)"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "OPENBLAS_CORETYPE": kernel},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for kernel in ("PRESCOTT", "NEHALEM")
    ]
    one, other = (list(map(float, numbers)) for numbers in told)
    assert one == pytest.approx(other, rel=1e-7)


@pytest.mark.parametrize("n_waves", [0, 2])
def test_its_slope_and_curvature_are_those_of_finite_differences(n_waves: int) -> None:
    rng = np.random.default_rng(1)
    roots = rng.standard_normal((4, 10, 14))
    seen, *noises = roots @ roots.transpose(0, 2, 1)
    waves = rng.standard_normal((3, 10, n_waves))
    place = rng.uniform(-2, 1, (3, 3 + bool(n_waves)))

    def measure(place: NDArray[np.float64], seen: NDArray[np.float64] = seen) -> list[NDArray[np.float64]]:
        return list(scoring._measure(place, seen, np.stack(noises), waves))

    loss, slope, bend = measure(place)
    for at in range(place.shape[1]):
        step = np.zeros_like(place)
        step[:, at] = 1e-5
        change = (measure(place + step)[0] - measure(place - step)[0]) / 2e-5
        assert change == pytest.approx(slope[:, at], rel=1e-5)
    # Where the scatter is what the parts say, the slope is 0 and the curvature the expected one.
    truth = _covariance(np.exp(place[0]), noises, waves[0])
    assert measure(place, truth)[1][0] == pytest.approx(0, abs=1e-9)
    for at in range(place.shape[1]):
        step = np.zeros_like(place)
        step[:, at] = 1e-5
        change = (measure(place + step, truth)[1][0] - measure(place - step, truth)[1][0]) / 2e-5
        assert change == pytest.approx(bend[0, at], rel=1e-4, abs=1e-6)
    assert np.isfinite(loss).all()


def _covariance(
    weights: NDArray[np.float64], noises: Sequence[NDArray[np.float64]], wave: NDArray[np.float64]
) -> NDArray[np.float64]:
    parts = [wave @ wave.T, *noises] if wave.shape[1] else noises
    laid = sum((w * part for w, part in zip(weights, parts, strict=True)), 1e-6 * np.eye(10))
    return np.asarray(laid)


def test_the_weights_are_the_best_and_the_shares_add_up() -> None:
    made = simulate(200, times=np.arange(0.0, 200.0, 10.0), culture=Culture(noise=0.5, spread=None), seed=1)
    parts = Decomposition(compare_arrays(made.course.values), made.course.times)
    clock = Clock(114.0, math.nan)
    weights, best = parts.weigh(clock), parts.deviance(clock)
    for place, factor in itertools.product(range(7), (0.8, 1.25)):
        other = weights.copy()
        other[place] *= factor
        # Weights at the lower bound may well be smaller still.
        if other[place] > math.exp(-8):
            assert parts.judge_periods(clock, np.array([clock.period]), other).item() > best - 1e-9
    mixture = parts.mix(clock)
    assert mixture.deviance == best
    assert mixture.wave + mixture.shares.sum() == pytest.approx(1)
    # Amplitudes are log-normal of SD 0.3, so genes differ; on average a wave of 1 beside noise of 0.5 is:
    assert mixture.wave == pytest.approx(0.66, abs=0.04)
    assert mixture.shares[0] == pytest.approx(0.33, abs=0.05)
    assert parts.mix(None).wave == 0


# Peaks


@given(seeds, st.sampled_from([0.0, 20.0]))
@quick
def test_peaks_are_those_of_a_plain_loop_over_genes(seed: int, lag: float) -> None:
    values = with_gaps(seed, 8, UNEVEN, 0.25)
    values[0], values[1, 3:] = 2.0, np.nan
    noise = lay_noise(np.array([0.4, 0.3, 0.2, 0.1, 0.2, 0.1]), UNEVEN, UNEVEN)
    clock = Clock(60.0, 0.7, lag=lag, loss=0.4)
    found = measure_peaks(values, UNEVEN, clock, noise)
    turned = 2 * np.pi * (UNEVEN - np.minimum(UNEVEN, lag)) / 60
    for row, gene in enumerate(values):
        seen = np.isfinite(gene)
        design = np.stack([np.ones(seen.sum()), np.cos(turned[seen]), np.sin(turned[seen])], axis=1)
        if seen.sum() < 4 or len(set(gene[seen])) == 1 or np.linalg.cond(design) > 1e3:
            continue
        own = noise[np.ix_(seen, seen)]
        gram = design.T @ np.linalg.solve(own, design)
        weights = np.linalg.solve(gram, design.T @ np.linalg.solve(own, gene[seen]))
        rest = gene[seen] - design @ weights
        scale = rest @ np.linalg.solve(own, rest) / (seen.sum() - 3)
        length = math.hypot(weights[1], weights[2])
        side = np.array([0.0, -weights[2], weights[1]]) / length
        error = math.sqrt(scale * side @ np.linalg.solve(gram, side)) / length / (2 * math.pi)
        moved = math.atan2(weights[2], weights[1]) / (2 * math.pi)
        assert float(distance(found.moved[row], moved)) < 1e-6
        assert found.amplitude[row] == pytest.approx(length, rel=1e-6)
        assert found.error[row] == pytest.approx(error, rel=1e-6, abs=1e-9)
        assert float(distance(found.turn[row], 0.7 + moved)) < 1e-6
    for field in (found.moved, found.turn, found.error, found.amplitude):
        assert np.isnan(field[:2]).all()


def test_with_noise_alike_a_peak_is_that_of_the_cosinor() -> None:
    values = with_gaps(8, 40, UNEVEN, 0.0)
    found, plain = (
        measure_peaks(values, UNEVEN, Clock(60.0, 0.0), np.eye(11)),
        fit_cosinor(values, UNEVEN, 60.0),
    )
    assert distance(found.moved, plain.peak_time / 60).max() < 1e-9
    assert found.amplitude == pytest.approx(plain.amplitude)


@pytest.mark.parametrize("factor", [1e200, 1e-200, -1.0])
def test_values_of_any_size_have_the_same_peaks(factor: float) -> None:
    values, noise = with_gaps(4, 9, UNEVEN), np.eye(11)
    one, other = (measure_peaks(v, UNEVEN, Clock(60.0, 0.2), noise) for v in (values, values * factor))
    moved = wrap(one.moved + 0.5) if factor < 0 else one.moved
    assert distance(other.moved, moved).max() < 1e-9
    assert other.error == pytest.approx(one.error)
    assert other.amplitude == pytest.approx(one.amplitude * abs(factor))


def test_genes_that_say_nothing_have_no_peak_and_do_no_harm() -> None:
    silent = np.array([[1.0] * 11, [np.nan] * 11, [1.0, 2, 3, *[np.nan] * 8]])
    assert np.isnan(measure_peaks(silent, UNEVEN, Clock(60.0, 0.2), np.eye(11)).moved).all()
    assert np.isnan(measure_peaks(with_gaps(1, 3, UNEVEN), UNEVEN, Clock(math.nan, 0), np.eye(11)).turn).all()


# What must not change a clock

STEPS = np.arange(0.0, 180.0, 12.0)
LIVELY = Culture(
    Clock(72.0, 0.3),
    noise=0.5,
    spread=None,
    expression=Expression(sharpness=2.0, drift=0.1, decoys=0.2),
    measurement=Measurement(noise_spread=0.3, shared=0.1, missing=0.05),
)


def know(made_peaks: Floats, seed: int, n_known: int = 40) -> KnownGenes:
    """Know some genes' peaks as well as those of markers are."""
    rng = np.random.default_rng([seed, 7])
    chosen = rng.choice(np.flatnonzero(np.isfinite(made_peaks)), n_known, replace=False)
    turns = np.full(made_peaks.size, np.nan)
    turns[chosen] = wrap(made_peaks[chosen] + MARKER_SPREAD * rng.standard_normal(n_known))
    return KnownGenes(turns, np.full(made_peaks.size, MARKER_SPREAD), "known genes")


MADE = simulate(150, times=STEPS, culture=LIVELY, seed=4)
KNOWN = know(MADE.peak_turn, 4)


@cache
def plain_estimate() -> ClockEstimate:
    return estimate_clock(MADE.course, known=KNOWN)


def assert_same(one: ClockEstimate, other: ClockEstimate, tolerance: float = 2e-3) -> None:
    assert one.clock.period == pytest.approx(other.clock.period, rel=tolerance)
    assert float(distance(one.clock.turn_at_zero, other.clock.turn_at_zero)) < tolerance
    assert (one.clock.lag, one.clock.loss) == (other.clock.lag, other.clock.loss)
    assert one.wave == pytest.approx(other.wave, abs=0.01)
    assert one.turn_error == pytest.approx(other.turn_error, rel=0.02)
    assert one.period_hi - one.period_lo == pytest.approx(other.period_hi - other.period_lo, rel=0.1)
    assert (one.anchor, codes_of(one)) == (other.anchor, codes_of(other))


def test_the_plain_case_finds_its_clock() -> None:
    found = plain_estimate()
    assert found.clock.period == pytest.approx(72, abs=1)
    assert float(distance(found.clock.turn_at_zero, 0.3)) < 0.04
    assert (found.clock.lag, found.anchor, codes_of(found)) == (0.0, "40 known genes", [])


@given(seeds)
@settings(max_examples=5, deadline=None)
def test_neither_scale_nor_offset_of_a_gene_matters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scale, offset = np.exp(3 * rng.standard_normal((150, 1))), 100 * rng.standard_normal((150, 1))
    other = replace(MADE.course, values=MADE.course.values * scale + offset * scale)
    assert_same(estimate_clock(other, known=KNOWN), plain_estimate())


@given(seeds)
@settings(max_examples=5, deadline=None)
def test_the_order_of_the_genes_does_not_matter(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(150)
    known = replace(KNOWN, turns=KNOWN.turns[order], spread=KNOWN.spread[order])
    assert_same(estimate_clock(MADE.course.select_genes(order), known=known), plain_estimate())


@given(st.floats(0.5, 5000))
@settings(max_examples=5, deadline=None)
def test_a_shift_of_time_turns_the_start_back(shift: float) -> None:
    found, base = estimate_clock(replace(MADE.course, times=STEPS + shift), known=KNOWN), plain_estimate()
    assert found.clock.period == pytest.approx(base.clock.period, rel=2e-3)
    assert found.clock.lag == 0
    # An error of the period grows with the time it is carried back.
    told = base.clock.turn_at_zero - shift / found.clock.period
    reach = 5e-3 + 2e-3 * shift / base.clock.period
    assert float(distance(found.clock.turn_at_zero, told)) < min(reach, 0.5)
    assert distance(found.clock.turn(STEPS + shift), base.clock.turn(STEPS)).max() < 5e-3


@given(st.floats(-3, 3))
@settings(max_examples=5, deadline=None)
def test_a_scale_of_time_is_that_of_the_period(log_factor: float) -> None:
    factor = 10**log_factor
    found, base = estimate_clock(replace(MADE.course, times=STEPS * factor), known=KNOWN), plain_estimate()
    assert found.clock.period == pytest.approx(base.clock.period * factor, rel=2e-3)
    assert (found.period_lo, found.period_hi) == pytest.approx(
        (base.period_lo * factor, base.period_hi * factor), rel=5e-3
    )
    assert float(distance(found.clock.turn_at_zero, base.clock.turn_at_zero)) < 2e-3


def test_replicates_are_used_as_they_are() -> None:
    twice = simulate(150, times=np.repeat(STEPS, 2), culture=replace(LIVELY, noise=1.0), seed=6)
    found = estimate_clock(twice.course, known=know(twice.peak_turn, 6))
    assert found.times.tolist() == np.repeat(STEPS, 2).tolist()
    assert found.period_lo <= 72 <= found.period_hi
    assert found.clock.period == pytest.approx(72, rel=0.02)
    assert float(distance(found.clock.turn_at_zero, 0.3)) < 0.05
    # What two arrays of one time share is no white noise: an average would hide how much there is.
    averaged = estimate_clock(twice.course.average_replicates())
    assert found.shares["white"] > averaged.shares["white"] + 0.05


def test_missing_values_are_left_out_and_nothing_is_put_in_their_place() -> None:
    gaps = replace(LIVELY, measurement=replace(LIVELY.measurement, missing=0.3))
    made = simulate(300, times=STEPS, culture=gaps, seed=9)
    known = know(made.peak_turn, 9)
    found = estimate_clock(made.course, known=known)
    assert found.clock.period == pytest.approx(72, rel=0.02)
    assert float(distance(found.clock.turn_at_zero, 0.3)) < 0.05
    # Genes of which nothing is left change nothing.
    more = np.vstack([made.course.values, np.full((50, STEPS.size), np.nan)])
    course = replace(made.course, genes=tuple(map(str, range(350))), values=more)
    unknown = np.full(350, np.nan)
    unknown[:300] = known.turns
    same = estimate_clock(course, known=KnownGenes(unknown, np.full(350, MARKER_SPREAD), known.what))
    assert_same(same, found, 1e-9)


def test_an_array_without_a_value_is_no_array() -> None:
    values = MADE.course.values.copy()
    values[:, 6] = np.nan
    emptied, dropped = replace(MADE.course, values=values), MADE.course.select_times(np.arange(15) != 6)
    one, other = estimate_clock(emptied, known=KNOWN), estimate_clock(dropped, known=KNOWN)
    assert_same(one, other, 1e-9)
    assert one.times.tolist() == other.times.tolist()


def test_interpolated_times_are_not_used() -> None:
    values = MADE.course.values.copy()
    values[:, [3, 8]] = 1e6 * np.random.default_rng(1).standard_normal((150, 2))
    filled = replace(MADE.course, values=values, interpolated=(STEPS[3], STEPS[8]))
    left_out = MADE.course.select_times(np.setdiff1d(np.arange(15), [3, 8]))
    assert_same(estimate_clock(filled, known=KNOWN), estimate_clock(left_out, known=KNOWN), 1e-9)


# Real experiments


@pytest.mark.parametrize(
    ("key", "period", "turn"),
    [
        ("alpha", 61.6, 0.930),
        ("cdc15", 113.4, 0.926),
        ("cdc28", 85.2, 0.013),
        ("cdc15-4381", 111.3, 0.908),
    ],
)
def test_the_embedded_experiments_keep_their_clocks(key: str, period: float, turn: float) -> None:
    course, found = embedded(key)
    blind = estimate_clock(course)
    assert blind.clock.period == pytest.approx(period, abs=1)
    assert blind.anchor == f"synchronisation by {course.sync}"
    assert found.clock.period == pytest.approx(period, abs=1)
    assert float(distance(found.clock.turn_at_zero, turn)) < 0.01
    assert found.anchor.endswith("marker genes of budding yeast")
    assert found.clock.lag == 0


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_the_same_gene_peaks_at_the_same_turn_in_two_experiments(one: str, other: str) -> None:
    turns = [find_peaks(*embedded(key)).turn for key in (one, other)]
    off = distance(turns[0], turns[1])
    assert np.isfinite(off).sum() > 700
    assert np.nanmedian(off) <= 0.06


@needs_folder
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_known_genes_agree_better(one: str, other: str) -> None:
    known = set(load_gene_set("benchmark-b1"))
    course = load("alpha")
    wanted = np.array([gene in known for gene in course.genes])
    turns = [find_peaks(*embedded(key)).turn[wanted] for key in (one, other)]
    assert np.nanmedian(distance(turns[0], turns[1])) <= 0.045


def test_less_than_a_cycle_is_said_and_leaves_the_period_open() -> None:
    course, found = embedded("elu")
    assert "under_one_cycle" in codes_of(found)
    assert math.isinf(found.period_hi)
    assert found.period_lo < 390 < found.clock.period * 1.2
    assert found.clock.cycles(course.times) < 1


def test_batches_that_alternate_are_noticed_where_they_are() -> None:
    for key in ("cdc15", "cdc15-4381"):
        assert "alternation" in codes_of(embedded(key)[1])
        assert embedded(key)[1].shares["alternation"] > 0.08
    assert "alternation" not in codes_of(embedded("cdc28")[1])


@pytest.mark.parametrize("key", ["alpha", "cdc15", "cdc28"])
def test_half_the_arrays_make_a_wider_interval(key: str) -> None:
    course, found = embedded(key)
    for first in (0, 1):
        half = estimate_clock(course.select_times(np.arange(first, course.times.size, 2)))
        assert half.period_hi - half.period_lo > 1.2 * (found.period_hi - found.period_lo)
        assert half.period_lo < found.clock.period < half.period_hi


@needs_folder
def test_known_genes_choose_the_period_where_the_wave_of_all_is_weak() -> None:
    course, labels = load_public("whitfield2002"), load_public_labels("whitfield2002-phases")
    known = know_phases(course.genes, labels, SCHEMES["human"])
    assert known is not None
    few = known.select(np.random.default_rng(0).random(len(course)) < 0.1)
    blind = estimate_clock(course)
    assert "weak_clock" in codes_of(blind)
    for genes in (known, few):
        found = estimate_clock(course, known=genes)
        assert 14 * 60 <= found.clock.period <= 16.5 * 60
        assert found.period_lo <= 15 * 60 <= found.period_hi
        assert found.anchor.endswith("genes of known phase")
        assert "weak_clock" in codes_of(found)


# Cultures whose truth is known


@pytest.mark.parametrize(
    ("clock", "seed"),
    [
        (Clock(85.0, 0.96, loss=0.1), 1),
        (Clock(62.0, 0.3, loss=0.3), 12),
        (Clock(110.0, 0.6, lag=15.0, loss=0.2), 3),
        (Clock(900.0, 0.1, lag=150.0, loss=0.3), 4),
    ],
)
def test_the_clock_of_a_culture_is_found(clock: Clock, seed: int) -> None:
    culture = replace(LIVELY, clock=clock)
    made = simulate(300, times=np.linspace(0, 2.4 * clock.period, 22), culture=culture, seed=seed)
    known = know(made.peak_turn, seed)
    found = estimate_clock(made.course, known=known)
    assert found.clock.period == pytest.approx(clock.period, rel=0.02)
    assert found.period_lo <= clock.period <= found.period_hi
    assert found.period_hi - found.period_lo < 0.1 * clock.period
    assert abs(found.clock.lag - clock.lag) <= 0.06 * clock.period
    assert (found.clock.lag > 0) == (clock.lag > 0)
    assert found.clock.loss == pytest.approx(clock.loss, abs=0.11)
    off = difference(found.clock.turn(made.course.times), clock.turn(made.course.times))
    centre = float(np.angle(np.exp(2j * np.pi * off).mean()) / (2 * np.pi))
    assert abs(centre) < min(0.03, found.turn_error)
    peaks = find_peaks(made.course, found).turn
    assert np.nanmedian(distance(peaks, made.peak_turn)) < 0.05


@pytest.mark.parametrize("n_times", [8, 12, 20])
def test_white_noise_has_a_weak_clock(n_times: int) -> None:
    values = np.random.default_rng(n_times).standard_normal((200, n_times))
    found = estimate_clock(make_course(values, np.arange(0.0, 10.0 * n_times, 10.0)))
    assert "weak_clock" in codes_of(found)
    assert found.wave < 0.1


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_genes_that_follow_no_cycle_never_look_like_two_turns(seed: int) -> None:
    # Steps and responses that come back are like a wave as long as the experiment: then its end is open.
    decoys = Culture(noise=0.5, expression=Expression(decoys=1.0, drift=0.2 * seed))
    times = np.arange(0.0, 240.0, 10.0)
    found = estimate_clock(simulate(400, times=times, culture=decoys, seed=seed).course)
    told, cycles = set(codes_of(found)), found.clock.cycles(times)
    assert "weak_clock" in told or cycles < 1.01
    assert "weak_clock" in told or (
        math.isinf(found.period_hi) == ("under_one_cycle" in told) == (cycles < 1)
    )


@pytest.mark.parametrize("seed", [0, 7])
def test_a_lag_does_not_make_a_wave_of_what_is_none(seed: int) -> None:
    # A pulse and a new level, each gene its own: nothing comes back.
    rng, times = np.random.default_rng(seed), np.arange(0.0, 120.0, 10.0)
    shapes = [(times > 35) & (times < 65), times > 65]
    values = sum((np.outer(rng.standard_normal(300), shape) for shape in shapes), np.zeros((300, 12)))
    found = estimate_clock(make_course(values + rng.standard_normal(values.shape), times))
    assert found.clock.lag == 0
    assert "weak_clock" in codes_of(found)


def test_too_few_times_show_no_period() -> None:
    five = MADE.course.select_times(range(5))
    found = estimate_clock(five, known=KNOWN, sync="alpha")
    assert math.isnan(found.clock.period)
    assert math.isnan(found.clock.turn_at_zero)
    assert (found.period_lo, found.period_hi, found.turn_error) == (0, math.inf, 0.5)
    assert [note.text for note in found.notes] == ["5 different times show no period: 6 are needed"]
    assert codes_of(found) == ["too_few_times"]
    assert np.isnan(find_peaks(five, found).moved).all()
    twelve = replace(simulate(20, times=np.repeat(STEPS[:4], 3)).course, sync=None)
    assert codes_of(estimate_clock(twelve)) == ["too_few_times"]
    blank = estimate_clock(replace(MADE.course, interpolated=tuple(STEPS.tolist())))
    assert codes_of(blank) == ["too_few_times"]


@pytest.mark.parametrize("times", [[5.0], [5.0, 5.0, 5.0, 5.0], [0.0, 10.0], [0.0, 10.0, 20.0]])
def test_a_period_given_for_too_few_times_is_kept_and_said(times: list[float]) -> None:
    values = np.random.default_rng(1).standard_normal((9, len(times)))
    course = make_course(values, np.array(times))
    found = estimate_clock(course, period=70.0)
    assert (found.clock.period, found.period_lo, found.period_hi) == (70, 70, 70)
    assert codes_of(found) == ["too_few_times"]
    assert "show no wave: 4 are needed" in found.notes[0].text
    assert np.isnan(find_peaks(course, found).moved).all()


def test_a_period_given_is_kept() -> None:
    found = estimate_clock(MADE.course, known=KNOWN, period=80.0)
    assert (found.clock.period, found.period_lo, found.period_hi) == (80, 80, 80)
    assert found.anchor == "40 known genes"
    short = estimate_clock(MADE.course.select_times(range(5)), known=KNOWN, period=72.0)
    assert "too_few_times" not in codes_of(short)
    assert float(distance(short.clock.turn_at_zero, 0.3)) < 0.1


@pytest.mark.parametrize("period", [0.0, -5.0, math.nan, math.inf, 1e300])
def test_a_period_that_cannot_be_is_refused(period: float) -> None:
    with pytest.raises(InputError, match="a period cannot be that long") as fault:
        estimate_clock(MADE.course, period=period)
    assert fault.value.expected == "more than 0 minutes, and no more than 16800, 100 times the course"
    assert fault.value.found == f"{period:g} minutes"


def test_genes_that_never_vary_have_no_clock() -> None:
    found = estimate_clock(make_course(np.ones((9, 10)), np.arange(0.0, 100.0, 10.0)))
    assert codes_of(found) == ["no_varying_gene"]
    assert math.isnan(found.clock.period)


@pytest.mark.parametrize("n_genes", [1, 5, 20])
def test_few_genes_without_a_wave_are_no_clock_and_no_lag(n_genes: int) -> None:
    times = np.arange(0.0, 120.0, 10.0)
    for seed in range(6):
        noise = np.random.default_rng([seed, n_genes]).normal(size=(n_genes, times.size))
        found = estimate_clock(make_course(noise, times))
        assert "weak_clock" in codes_of(found)
        assert found.clock.lag == 0


def test_a_few_genes_with_a_wave_are_a_clock_without_a_lag() -> None:
    times, random = np.arange(0.0, 240.0, 10.0), np.random.default_rng(3)
    wave = 2 * np.cos(2 * np.pi * (times / 90 - random.random((8, 1))))
    found = estimate_clock(make_course(wave + 0.5 * random.normal(size=wave.shape), times))
    assert "weak_clock" not in codes_of(found)
    assert found.clock.period == pytest.approx(90, abs=3)
    assert found.clock.lag == 0


def test_a_period_given_is_not_called_the_best_nor_asked_for() -> None:
    long = estimate_clock(MADE.course, period=1.5 * float(np.ptp(MADE.course.times)))
    text = " ".join(note.text for note in long.notes)
    assert "of the period given" in text
    assert "--period" not in text
    short = estimate_clock(MADE.course, period=15.0)
    assert "period_unseen" in codes_of(short)


def test_a_period_given_against_all_genes_is_doubted() -> None:
    course = load("alpha")
    (doubt,) = [note for note in estimate_clock(course, period=85.0).notes if note.code == "period_doubted"]
    assert doubt.text.startswith("all genes together say 6")
    assert "rather than 85" in doubt.text
    assert "period_doubted" not in codes_of(estimate_clock(course, period=62.0))


def test_the_interval_of_a_peak_holds_the_truth_as_often_as_it_says() -> None:
    # Six points leave three degrees of freedom: the normal's 1.96 would hold 88 %.
    times, random = np.arange(0.0, 72.0, 12.0), np.random.default_rng(8)
    truth = random.random(4000)
    values = 3 * np.cos(2 * np.pi * (times / 72 - truth[:, None])) + 0.5 * random.normal(size=(4000, 6))
    peaks = measure_peaks(values, times, Clock(72.0, 0.0), np.eye(6))
    assert (distance(peaks.moved, truth) <= peaks.reach).mean() == pytest.approx(0.95, abs=0.012)


def test_a_wave_that_the_times_cannot_show_is_not_fitted() -> None:
    # Every 7 minutes: a wave of 14 is a sine that is nothing but rounding.
    times = np.arange(0.0, 140.0, 7.0)
    values = np.random.default_rng(1).normal(size=(5, 20))
    assert np.isnan(measure_peaks(values, times, Clock(14.0, 0.0), np.eye(20)).moved).all()


# Anchors


def test_synchronisations_are_a_lawful_table() -> None:
    names = Counter(name for row in SYNCHRONISATIONS.values() for name in (row.key, *row.aliases))
    assert names.most_common(1)[0][1] == 1
    assert all(name == name.lower().strip() != "" for name in names)
    scheme_organisms = {scheme.organism for scheme in SCHEMES.values()}
    for key, row in SYNCHRONISATIONS.items():
        assert key == row.key
        assert 0 <= row.turn < 1
        assert 0 < row.spread <= 0.25
        assert row.what
        assert row.source
        assert row.organism in scheme_organisms
        # An organism without markers would be refused.
        assert find_markers(["no gene"], row.organism) is None
        for name in (row.key, *row.aliases):
            assert find_synchronisation(f" {name.upper()} ") is row
    for unknown in (None, "", "magic"):
        assert find_synchronisation(unknown) is None


def read_markers() -> list[list[str]]:
    text = (resources.files("phasecall") / "data" / "markers.tsv").read_text("utf-8")
    head, *rows = text.splitlines()
    assert head.split("\t") == ["organism", "gene", "aliases", "phase", "turn"]
    return [row.split("\t") for row in rows]


def test_markers_are_a_lawful_table() -> None:
    rows = read_markers()
    assert Counter(row[0] for row in rows) == {"budding yeast": 91, "human": 53}
    names = Counter(
        (organism, name.upper())
        for organism, gene, aliases, *_ in rows
        for name in (gene, *aliases.split("|"))
        if name
    )
    assert names.most_common(1)[0][1] == 1
    schemes = {"budding yeast": SCHEMES["five"], "human": SCHEMES["human"]}
    for organism, gene, _, label, cell in rows:
        code, turn = schemes[organism].code_of(label), float(cell)
        assert code is not None, f"{gene}: {label}"
        assert 0 <= turn < 1
        # Both turns and borders are rounded to three decimals.
        arcs = schemes[organism].assign(wrap([turn - 5e-4, turn, turn + 5e-4]))
        assert code in arcs, f"{gene} at {turn} is not on the arc of {label}"


@pytest.mark.parametrize(
    ("names", "organism"),
    [
        (["YMR199W", "CLN1", "cln1", "Yal040C", "no gene"], "budding yeast"),
        (["CCNE1", "ccne1", "Pcna", "E2F1", "no gene"], "human"),
    ],
)
def test_markers_are_found_by_any_name_in_any_case(names: list[str], organism: str) -> None:
    known = find_markers(names)
    assert known is not None
    assert known.what == f"marker genes of {organism}"
    assert np.isfinite(known.turns).tolist() == [True] * 4 + [False]
    assert known.turns[0] == known.turns[1]
    assert (known.spread == MARKER_SPREAD).all()


def test_every_name_of_a_marker_finds_it() -> None:
    for organism, gene, aliases, _, turn in read_markers():
        for name in (gene, *filter(None, aliases.split("|"))):
            known = find_markers([name.lower()], organism)
            assert known is not None
            assert known.turns.tolist() == [float(turn)]


def test_the_organism_is_the_one_of_most_genes_unless_it_is_said() -> None:
    mixed = ["CDC6", "CCNE1", "PCNA", "CLN2"]
    human, yeast = find_markers(mixed), find_markers(mixed, "budding yeast")
    assert human is not None
    assert yeast is not None
    assert (human.what, yeast.what) == ("marker genes of human", "marker genes of budding yeast")
    assert np.isfinite(yeast.turns).tolist() == [True, False, False, True]
    assert find_markers(["none", "of these"]) is None
    with pytest.raises(InputError, match="no organism named 'fly'"):
        find_markers(mixed, "fly")


@pytest.mark.parametrize("key", SCHEMES)
def test_a_gene_of_known_phase_may_be_anywhere_on_its_arc(key: str) -> None:
    scheme = SCHEMES[key]
    genes = [phase.key for phase in scheme.phases]
    known = know_phases([*genes, "other"], {gene: gene for gene in genes}, scheme)
    assert known is not None
    for phase, turn, spread in zip(scheme.phases, known.turns, known.spread, strict=False):
        places = phase.start + phase.width * (np.arange(10_000) + 0.5) / 10_000
        assert float(distance(turn, places.mean())) < 1e-9
        assert spread == pytest.approx(places.std(), rel=1e-6)
    assert np.isnan(known.turns[-1])
    assert know_phases(["other"], {"a": genes[0]}, scheme) is None
    assert np.isnan(known.select(np.zeros(len(genes) + 1, dtype=np.bool_)).turns).all()


def test_turns_of_ones_own_markers_are_taken() -> None:
    known = know_turns(["a", "b", "c"], {"a": "0.25", "c": " 1 ", "z": "0.5"})
    assert known is not None
    assert known.turns == pytest.approx([0.25, math.nan, 0.0], nan_ok=True)
    assert (known.spread == MARKER_SPREAD).all()
    assert know_turns(["a"], {"b": "0.5"}) is None


@pytest.mark.parametrize("text", ["G1", "", "-0.1", "1.5", "nan", "inf"])
def test_a_turn_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="a marker's turn cannot be read") as fault:
        know_turns(["a", "b"], {"b": text})
    assert (fault.value.found, fault.value.where) == (f"'{text}'", "gene b")


def draw_known(seed: int, n: int, start: float, off: float = 0.05) -> tuple[Floats, Floats, KnownGenes]:
    rng = np.random.default_rng(seed)
    # Most known genes crowd, as markers do.
    turns = wrap(np.where(rng.random(n) < 0.6, 0.3 + 0.05 * rng.standard_normal(n), rng.random(n)))
    moved = wrap(turns - start + off * rng.standard_normal(n))
    return moved, rng.uniform(0.01, 0.1, n), KnownGenes(turns, rng.uniform(0.05, 0.1, n), "some")


@given(seeds, st.floats(0, 1, exclude_max=True), st.integers(12, 60))
@quick
def test_the_start_is_a_plain_weighted_circular_mean(seed: int, start: float, n: int) -> None:
    moved, error, known = draw_known(seed, n, start)
    silent = 1 if n % 2 else 0
    moved[:silent] = np.nan
    east = north = weights = squares = 0.0
    plain = [1 / (error[i] ** 2 + known.spread[i] ** 2) for i in range(n)]
    for i in range(silent, n):
        apart = [abs((known.turns[i] - known.turns[j] + 0.5) % 1 - 0.5) for j in range(n)]
        assume(all(abs(d - 0.2) > 1e-9 for d in apart))
        weight = plain[i] / sum(plain[j] for j in range(silent, n) if apart[j] <= 0.2)
        angle = 2 * math.pi * (known.turns[i] - moved[i])
        east, north = east + weight * math.cos(angle), north + weight * math.sin(angle)
        weights, squares = weights + weight, squares + weight**2
    found = find_start(moved, error, known)
    resultant = math.hypot(east, north) / weights
    assert (found is not None) == (weights**2 / squares * resultant**2 >= 4.6)
    if found is not None:
        assert float(distance(found.turn, math.atan2(north, east) / (2 * math.pi))) < 1e-9
        assert found.resultant == pytest.approx(resultant)
        assert found.n_genes == n - silent
        # However many genes agree, a culture may differ by this from the one before.
        assert 1.96 * 0.02 <= found.error < 0.3


def test_what_is_crowded_does_not_decide_alone() -> None:
    turns = np.r_[np.full(90, 0.3), np.full(10, 0.8)]
    moved = np.r_[np.full(90, 0.3), np.full(10, 0.7)]
    found = find_start(moved, np.full(100, 0.02), KnownGenes(turns, np.full(100, 0.07), "some"))
    assert found is not None
    assert found.turn == pytest.approx(0.05, abs=1e-6)


def test_too_few_known_genes_say_nothing() -> None:
    moved, error, known = draw_known(1, MIN_KNOWN, 0.3, 0.0)
    some = replace(known, spread=np.full(MIN_KNOWN, 0.05))
    moved[0] = np.nan
    assert find_start(moved, error, some) is None
    none = KnownGenes(np.full(9, np.nan), np.full(9, 0.07), "none")
    assert find_start(np.full(9, 0.1), np.full(9, 0.1), none) is None


def test_known_genes_at_random_turns_say_nothing() -> None:
    rng = np.random.default_rng(0)
    told = 0
    for _ in range(1000):
        known = KnownGenes(rng.random(40), np.full(40, 0.07), "random")
        told += find_start(rng.random(40), np.full(40, 0.02), known) is not None
    # One in a hundred is told by chance, and a few more as weights differ.
    assert told <= 25


def test_random_known_genes_leave_the_start_to_the_synchronisation() -> None:
    turns = np.random.default_rng(2).random(150)
    random = KnownGenes(turns, np.full(150, MARKER_SPREAD), "random genes")
    found = estimate_clock(MADE.course, known=random, sync="alpha")
    assert found.anchor == "synchronisation by alpha"
    assert found.clock.turn_at_zero == SYNCHRONISATIONS["alpha"].turn
    assert codes_of(found) == ["known_genes_unused"]
    told = "150 random genes found, not used: they agree on a start no better than chance"
    assert found.notes[0].text == told


@pytest.mark.parametrize(
    ("sync", "key"), [("alpha factor", "alpha"), ("ELU", "elutriation"), ("thy-thy", "thymidine")]
)
def test_without_genes_the_synchronisation_is_the_anchor(sync: str, key: str) -> None:
    row = SYNCHRONISATIONS[key]
    for found in (estimate_clock(MADE.course, sync=sync), estimate_clock(replace(MADE.course, sync=sync))):
        assert found.clock.turn_at_zero == row.turn
        assert found.turn_error == pytest.approx(1.96 * row.spread)
        assert found.anchor == f"synchronisation by {key}"
        assert codes_of(found) == []


@pytest.mark.parametrize(("sync", "codes"), [(None, ["no_anchor"]), ("magic", ["sync_unknown", "no_anchor"])])
def test_without_an_anchor_it_is_said(sync: str | None, codes: list[str]) -> None:
    found = estimate_clock(MADE.course, sync=sync)
    assert codes_of(found) == codes
    assert found.notes[-1].text.startswith("nothing says where t = 0 is on the cell cycle")
    if sync:
        assert found.notes[0].text.startswith("the start after 'magic' is not known; known are alpha, cdc15")
    assert math.isnan(found.clock.turn_at_zero)
    assert (found.anchor, found.turn_error) == ("", 0.5)
    peaks = find_peaks(MADE.course, found)
    assert np.isnan(peaks.turn).all()
    assert np.isfinite(peaks.moved).sum() > 140


def test_genes_are_believed_where_the_synchronisation_says_otherwise() -> None:
    found = estimate_clock(MADE.course, known=KNOWN, sync="alpha")
    assert codes_of(found) == ["anchors_disagree"]
    assert "40 known genes start at turn 0.3" in found.notes[0].text
    assert "a culture after alpha at 0.93" in found.notes[0].text
    assert float(distance(found.clock.turn_at_zero, 0.3)) < 0.04
    near = replace(KNOWN, turns=wrap(KNOWN.turns + 0.6))
    assert codes_of(estimate_clock(MADE.course, known=near, sync="alpha")) == []


# The clock of labelled genes


@pytest.mark.parametrize("period", [65.0, 90.0, 114.0])
@pytest.mark.parametrize("start", [0.0, 0.4, 0.96])
def test_the_clock_of_labelled_genes_is_found_again(period: float, start: float) -> None:
    culture = Culture(clock=Clock(period, start))
    made = simulate(200, times=np.arange(0, 250, 10.0), culture=culture, seed=8)
    clock = fit_clock(made.course, made.codes, FOUR)
    assert clock.period == pytest.approx(period, abs=1)
    assert float(distance(clock.turn_at_zero, start)) < 0.02
    aligned = align_clock(made.course, made.codes, FOUR, period)
    assert aligned.period == period
    assert float(distance(aligned.turn_at_zero, start)) < 0.01


def test_a_clock_of_labelled_genes_needs_labels_and_time() -> None:
    made = simulate(20, times=[0, 10, 20, 30])
    with pytest.raises(InputError, match="the period cannot be fitted to this course"):
        fit_clock(made.course, made.codes, FOUR)
    with pytest.raises(InputError, match="0 labelled genes"):
        fit_clock(simulate(20).course, np.full(20, -1), FOUR)
    with pytest.raises(InputError, match="no labelled gene shows where"):
        align_clock(simulate(20, times=[0, 10, 20]).course, np.arange(20) % 4, FOUR, 100.0)


def test_a_period_beyond_what_was_measured_is_not_invented() -> None:
    # The elutriation covers hardly a cycle: the best period is all of it, and may be longer.
    course, labels = load("elu"), load_labels()
    with pytest.raises(InputError, match="give the period"):
        fit_clock(course, encode(labels, course.genes, FOUR), FOUR)


# The page


def test_the_page_lists_every_synchronisation_as_it_is() -> None:
    section = PAGE.read_text("utf-8").split("\n## Anchors\n")[1].split("\n## ")[0]
    listed = [line for line in section.splitlines() if line.startswith("| `")]
    assert listed == [
        f"| {' '.join(f'`{name}`' for name in (row.key, *row.aliases))} | {row.organism}"
        f" | {row.turn:.2f} ± {row.spread:.2f} | {row.what} | {row.source} |"
        for row in SYNCHRONISATIONS.values()
    ]


def test_the_page_names_every_note_and_part() -> None:
    folder = resources.files("phasecall") / "clock"
    source = "".join((folder / name).read_text("utf-8") for name in ("estimate.py", "findings.py"))
    codes = set(re.findall(r'Note\(\s*"(\w+)"', source))
    assert {"too_few_times", "weak_clock"} <= codes
    page = PAGE.read_text("utf-8")
    assert [code for code in sorted(codes) if f"| `{code}` |" not in page] == []
    assert [part for part in PARTS if f"| {part} |" not in page] == []


@pytest.mark.parametrize("key", EMBEDDED)
def test_the_page_holds_the_clock_of_each_embedded_experiment(key: str) -> None:
    found = embedded(key)[1]
    row = re.search(
        rf"^\| {key} \| ([\d.]+) \((\d+)-(\d+|inf)\) \| ([\d.]+) ± ", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert row is not None
    period, low, high, turn = (float(cell) for cell in row.groups())
    assert found.clock.period == pytest.approx(period, abs=0.3)
    assert found.period_lo == pytest.approx(low, abs=1.5)
    assert found.period_hi == pytest.approx(high, abs=1.5)
    assert float(distance(found.clock.turn_at_zero, turn)) < 0.005
