"""The checks that look for faults in arrays, times and tables, and what puts these right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import phasecall
from phasecall.caller import tell_clock
from phasecall.clock import Clock, ClockEstimate
from phasecall.errors import InputError
from phasecall.qc import arrays, batches, gaps, interpolation, markers, times
from phasecall.qc.corrections import CORRECTIONS, correct, predict_alternation
from phasecall.qc.examined import Examined
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.naming import name_arrays
from phasecall.qc.resemblance import (
    Resemblance,
    invert,
    lay_alternation,
    measure_excess,
    measure_moves,
    resemble,
)
from phasecall.simulation import Culture, Expression, Measurement, simulate
from phasecall.timecourse import TimeCourse

Check = Callable[[TimeCourse, ClockEstimate], Finding]


def look(check: Callable[[Examined], Finding]) -> Check:
    """Return a check of what is known of a course as one of the course and its clock."""
    return lambda course, estimate: check(Examined(course, estimate))


CHECKS: tuple[Check, ...] = (
    look(arrays.find_outliers),
    look(arrays.find_exchange),
    look(arrays.find_flip),
    look(arrays.find_disagreement),
    look(times.find_mislabelling),
    times.find_reversal,
    times.find_unit,
    look(batches.find_alternation),
    look(batches.find_block),
    interpolation.find_interpolated,
    interpolation.find_twins,
    gaps.find_sparse_samples,
    gaps.find_sparse_genes,
    gaps.find_censoring,
    markers.find_disorder,
)
ALARMS = (Verdict.WARN, Verdict.FAIL)
MINUTES = tuple(float(minute) for minute in range(0, 240, 10))


@cache
def alpha() -> TimeCourse:
    return phasecall.load("alpha")


@cache
def clock_of_alpha() -> ClockEstimate:
    return tell_clock(alpha())


@cache
def seen_of_alpha() -> Resemblance:
    seen = resemble(alpha(), clock_of_alpha())
    assert seen is not None
    return seen


def with_values(course: TimeCourse, change: Callable[[np.ndarray], None]) -> TimeCourse:
    values = course.values.copy()
    change(values)
    return replace(course, values=values)


def exchange(values: np.ndarray) -> None:
    values[:, [4, 11]] = values[:, [11, 4]]


def add_noise(values: np.ndarray) -> None:
    values[:, 8] += np.round(2 * np.random.default_rng(1).standard_normal(len(values)), 2)


def flip(values: np.ndarray) -> None:
    values[:, 8] *= -1


def alternate(values: np.ndarray) -> None:
    values += np.outer(np.random.default_rng(2).standard_normal(len(values)), np.arange(18) % 2)


def step(values: np.ndarray) -> None:
    values += np.outer(2 * np.random.default_rng(3).standard_normal(len(values)), np.arange(18) >= 9)


def interpolate(values: np.ndarray) -> None:
    values[:, 6] = np.round((values[:, 5] + values[:, 7]) / 2, 2)


def copy(values: np.ndarray) -> None:
    values[:, 6] = values[:, 2]


def empty(values: np.ndarray) -> None:
    values[:, 6] = np.nan


def thin(values: np.ndarray) -> None:
    values[::3, 6] = np.nan


def bare(values: np.ndarray) -> None:
    values[::5, :12] = np.nan


def censor(values: np.ndarray) -> None:
    values[values < np.nanquantile(values, 0.1)] = np.nan


FAULTS = (
    (add_noise, look(arrays.find_outliers), ("56 min",)),
    (exchange, look(arrays.find_exchange), ("28 min", "77 min")),
    (flip, look(arrays.find_flip), ("56 min",)),
    (
        alternate,
        look(batches.find_alternation),
        name_arrays(np.arange(0.0, 126.0, 7.0, dtype=np.float64), range(1, 18, 2)),
    ),
    (step, look(batches.find_block), ("56 min", "63 min")),
    (interpolate, interpolation.find_interpolated, ("42 min",)),
    (copy, interpolation.find_twins, ("14 min", "42 min")),
    (thin, gaps.find_sparse_samples, ("42 min",)),
    (empty, gaps.find_sparse_samples, ("42 min",)),
    (bare, gaps.find_sparse_genes, ()),
    (censor, gaps.find_censoring, ()),
)


@pytest.mark.parametrize("check", CHECKS)
def test_a_clean_course_raises_no_alarm(check: Check) -> None:
    found = check(alpha(), clock_of_alpha())
    assert found.verdict not in ALARMS, found.text
    assert found.text


@pytest.mark.parametrize(("change", "check", "where"), FAULTS)
def test_a_fault_is_found_in_its_place(
    change: Callable[[np.ndarray], None], check: Check, where: tuple[str, ...]
) -> None:
    faulty = with_values(alpha(), change)
    found = check(faulty, tell_clock(faulty))
    assert found.verdict in ALARMS, found.text
    assert found.advice
    if where:
        assert found.where == where


def test_samples_without_a_value_are_counted_and_many_of_them_fail() -> None:
    one = with_values(alpha(), empty)
    found = gaps.find_sparse_samples(one, tell_clock(one))
    assert found.verdict is Verdict.WARN
    assert "1 of 18 samples has no value at all" in found.text
    several = alpha().values.copy()
    several[:, 3:8] = np.nan
    found = gaps.find_sparse_samples(replace(alpha(), values=several), clock_of_alpha())
    assert found.verdict is Verdict.FAIL
    assert "5 of 18 samples have no value at all" in found.text


def test_a_wrong_time_is_found_and_the_better_one_told() -> None:
    minutes = alpha().times.copy()
    minutes[3] = 87.5
    wrong = replace(alpha(), times=minutes)
    found = look(times.find_mislabelling)(wrong, tell_clock(wrong))
    assert (found.verdict, found.where) == (Verdict.WARN, ("87.5 min",))
    better, notes = correct(wrong, tell_clock(wrong), ["mislabelled_times"])
    assert np.abs(np.sort(better.times) - alpha().times).max() <= 7
    assert "the sample at 87.5 min was moved to" in notes[0].text


def test_what_an_exchange_explains_is_no_wrong_time() -> None:
    faulty = with_values(alpha(), exchange)
    assert look(times.find_mislabelling)(faulty, tell_clock(faulty)).verdict is Verdict.OK


def test_random_turns_of_unequal_weight_run_backwards_no_more_often_than_promised() -> None:
    """The promise is 1 in 400; by the plain number of genes it would be 1 in 20."""
    rng = np.random.default_rng(0)
    backwards = 0
    for _ in range(1500):
        weight = np.exp(rng.normal(size=40))
        value = markers.correlate(rng.random(40), rng.random(40), weight)
        backwards += value <= -times._CHANCE / times.count_alike(weight)
    assert backwards <= 10


def test_chance_of_gaps_is_that_of_mann_and_whitney() -> None:
    rng = np.random.default_rng(1)
    shares, errors = [], []
    for _ in range(300):
        # Few values beside many gaps: these vary the share as much as the gaps do.
        values = rng.normal(size=(40, 6))
        values[rng.permutation(40)[:30], 3] = np.nan
        share, error, n_gaps = gaps._compare_gaps(values)
        assert n_gaps == 30
        shares.append(share)
        errors.append(error)
    assert np.std(shares) == pytest.approx(np.mean(errors), rel=0.15)
    assert np.mean(errors) == pytest.approx(np.sqrt(41 / (12 * 30 * 10)), rel=1e-6)


def test_times_backwards_are_found_by_markers_only() -> None:
    backwards = replace(alpha(), times=119 - alpha().times)
    found = times.find_reversal(backwards, tell_clock(backwards))
    assert found.verdict is Verdict.FAIL
    assert found.value < -0.8
    assert markers.find_disorder(backwards, tell_clock(backwards)).verdict is Verdict.FAIL
    nameless = replace(backwards, genes=tuple(f"g{n}" for n in range(len(backwards))))
    assert times.find_reversal(nameless, tell_clock(nameless)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("factor", "words"), [(1 / 60, "hours"), (60.0, "seconds")])
def test_another_unit_of_time_is_named(factor: float, words: str) -> None:
    faulty = replace(alpha(), times=alpha().times * factor)
    found = times.find_unit(faulty, tell_clock(faulty))
    assert found.verdict is Verdict.FAIL
    assert words in found.advice


def test_times_that_count_samples_are_named() -> None:
    faulty = replace(alpha(), times=np.arange(18.0))
    assert "count samples" in times.find_unit(faulty, tell_clock(faulty)).advice


def test_markers_under_other_names_are_out_of_order() -> None:
    known = markers.find_known(alpha(), clock_of_alpha())
    assert known is not None
    genes = np.array(alpha().genes, dtype=object)
    genes[known.rows] = genes[np.random.default_rng(1).permutation(known.rows)]
    found = markers.find_disorder(replace(alpha(), genes=tuple(genes)), clock_of_alpha())
    assert found.verdict in ALARMS
    assert set(found.where) <= set(alpha().genes)


def test_one_marker_out_of_place_is_named() -> None:
    known = markers.find_known(alpha(), clock_of_alpha())
    assert known is not None
    row, other = (known.rows[int(np.argmin(np.abs(known.known - turn)))] for turn in (0.8, 0.3))
    faulty = with_values(alpha(), lambda values: values.__setitem__(row, values[other]))
    assert alpha().genes[row] in markers.find_disorder(faulty, clock_of_alpha()).where


def test_replicates_are_judged_against_other_times() -> None:
    made = simulate(300, times=np.repeat(MINUTES[:12], 2), seed=1).course
    assert look(arrays.find_disagreement)(made, tell_clock(made)).verdict is Verdict.OK
    faulty = with_values(made, lambda values: values.__setitem__((slice(None), 3), values[:, 14]))
    found = look(arrays.find_disagreement)(faulty, tell_clock(faulty))
    assert found.verdict in ALARMS
    assert found.where == ("10 min (sample 3)", "10 min (sample 4)")


def test_the_embedded_faults_are_found_from_the_values_alone() -> None:
    course = replace(phasecall.load("cdc15-4381"), interpolated=())
    estimate = tell_clock(course)
    assert interpolation.find_interpolated(course, estimate).where == ("40 min", "60 min", "260 min")
    found = look(batches.find_alternation)(course, estimate)
    assert found.verdict is Verdict.WARN
    assert "--correct alternating_batches" in found.advice
    better, _ = correct(course, estimate, ["interpolated_columns"])
    assert better.interpolated == (40.0, 60.0, 260.0)
    assert interpolation.find_interpolated(better, estimate).verdict is Verdict.OK
    assert (
        look(batches.find_alternation)(phasecall.load("cdc15"), tell_clock(phasecall.load("cdc15"))).verdict
        in ALARMS
    )


def make_odd_courses() -> dict[str, TimeCourse]:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((40, 12))
    hole = np.full((40, 12), np.nan)
    hole[3, 5] = 1.0
    names = tuple(f"g{n}" for n in range(40))
    minutes = np.arange(0.0, 120.0, 10.0, dtype=np.float64)
    return {
        "one gene": TimeCourse(("YAL040C",), minutes, values[:1]),
        "one value": TimeCourse(names, minutes, hole),
        "three times": TimeCourse(names, minutes[:3], values[:, :3]),
        "one time": TimeCourse(names, minutes[:1], values[:, :1]),
        "replicates only": TimeCourse(names, np.zeros(12), values),
        "constant": TimeCourse(names, minutes, np.ones((40, 12))),
        "few digits": TimeCourse(names, minutes, np.rint(values)),
        "huge": TimeCourse(names, minutes, 1e200 * values),
        "all interpolated": TimeCourse(names, minutes, values, interpolated=tuple(minutes)),
        "mostly empty": TimeCourse(names, minutes, np.where(rng.random((40, 12)) < 0.9, np.nan, values)),
        "copies": TimeCourse(names, minutes, np.repeat(values[:, :1], 12, axis=1)),
        "a straight line": TimeCourse(names, minutes, np.outer(values[:, 0], minutes)),
    }


@pytest.mark.parametrize("what", make_odd_courses())
def test_no_course_is_too_odd(what: str) -> None:
    course = make_odd_courses()[what]
    estimate = tell_clock(course)
    for check in CHECKS:
        found = check(course, estimate)
        assert found.verdict in Verdict
        assert found.text
    mended, notes = correct(course, estimate, CORRECTIONS)
    assert len(notes) == len(CORRECTIONS)
    assert len(mended) == len(course)


@pytest.mark.parametrize("check", CHECKS)
def test_the_order_and_the_scale_of_genes_do_not_matter(check: Check) -> None:
    order = np.random.default_rng(4).permutation(len(alpha()))
    here = check(alpha(), clock_of_alpha())
    for course in (alpha().select_genes(order), replace(alpha(), values=100 * alpha().values)):
        there = check(course, clock_of_alpha())
        assert there.verdict is here.verdict
        assert there.value == pytest.approx(here.value, rel=1e-3, abs=1e-6, nan_ok=True)


def test_exchanged_turned_and_reversed_samples_are_restored() -> None:
    for change, key in ((exchange, "swapped_samples"), (flip, "flipped_samples")):
        faulty = with_values(alpha(), change)
        better, notes = correct(faulty, tell_clock(faulty), [key])
        np.testing.assert_array_equal(better.values, alpha().values)
        assert notes[0].code == key
    backwards = replace(alpha(), times=119 - alpha().times)
    better, _ = correct(backwards, tell_clock(backwards), ["reversed_times"])
    np.testing.assert_array_equal(better.values, alpha().values)


def test_an_odd_sample_is_left_out() -> None:
    faulty = with_values(alpha(), add_noise)
    better, notes = correct(faulty, tell_clock(faulty), ["outlying_samples"])
    assert better.times.size == 17
    assert notes[0].text == "left out: 56 min"


def test_the_alternation_is_taken_out_and_the_wave_left() -> None:
    culture = Culture(
        Clock(110.0, 0.9), expression=Expression(0.8), measurement=Measurement(alternation=1.0, missing=0.05)
    )
    made = simulate(500, times=MINUTES, culture=culture, seed=3)
    shifted = made.course
    true = np.outer(made.shift, 0.5 - np.arange(len(MINUTES)) % 2)
    clean = shifted.values - true
    better, _ = correct(shifted, tell_clock(shifted), ["alternating_batches"])
    left = np.nanstd(better.values - clean)
    assert left < 0.2 * np.std(true)
    assert tell_clock(better).shares["alternation"] < 0.01


def test_a_correction_that_finds_nothing_changes_nothing() -> None:
    keys = [key for key in CORRECTIONS if key != "alternating_batches"]
    better, notes = correct(alpha(), clock_of_alpha(), keys)
    np.testing.assert_array_equal(better.values, alpha().values)
    assert all(note.text.endswith("nothing was done") for note in notes)


def test_an_unknown_correction_is_refused() -> None:
    with pytest.raises(InputError, match="there is no correction of 'marker_order'"):
        correct(alpha(), clock_of_alpha(), ["marker_order"])


def test_excess_is_the_leave_one_out_residual() -> None:
    seen, array = seen_of_alpha(), 7
    others = np.delete(np.arange(seen.times.size), array)
    # Gaussian conditioning with a mean of its own for each gene, by a very wide prior.
    wide = seen.covariance + 1e6
    given_others = wide[array, others] @ np.linalg.inv(wide[np.ix_(others, others)])
    contrast = np.zeros(seen.times.size)
    contrast[array], contrast[others] = 1.0, -given_others
    variance = wide[array, array] - given_others @ wide[others, array]
    expected = contrast @ seen.likeness @ contrast / variance
    got = measure_excess(seen, np.eye(seen.times.size))[array]
    assert got == pytest.approx(expected, rel=5e-3)
    assert measure_moves(seen, array, seen.times[[array]])[1][0] == pytest.approx(expected, rel=0.02)


def test_alternation_is_predicted_as_by_gaussian_conditioning() -> None:
    seen = seen_of_alpha()
    values = np.random.default_rng(0).standard_normal((3, 18))
    values[1, 4] = np.nan
    shape = lay_alternation(seen.times)
    for row, own in zip(values, predict_alternation(values, seen), strict=True):
        there = np.isfinite(row)
        wide = seen.covariance[np.ix_(there, there)] + 1e6
        expected = seen.weights[2] * shape[there] @ np.linalg.inv(wide) @ (row[there] - row[there].mean())
        assert own == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_invert_knows_no_mean() -> None:
    covariance = np.cov(np.random.default_rng(0).standard_normal((6, 40)))
    inverse = invert(covariance)
    np.testing.assert_allclose(inverse.sum(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(inverse, np.linalg.inv(covariance + 1e7), atol=1e-5)


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=3, max_size=12), st.integers(0, 1000), st.floats(-1, 1))
def test_the_correlation_of_angles_needs_no_zero(turns: list[float], seed: int, start: float) -> None:
    one, other = np.array(turns), np.random.default_rng(seed).random(len(turns))
    top = left = right = 0.0
    for i in range(one.size):
        for j in range(i):
            here, there = (float(np.sin(2 * np.pi * (own[i] - own[j]))) for own in (one, other))
            top, left, right = top + here * there, left + here**2, right + there**2
    got = markers.correlate(one, other)
    if left > 1e-6:
        assert got == pytest.approx(top / np.sqrt(left * right), abs=1e-6)
        assert markers.correlate(one + start, other) == pytest.approx(got, abs=1e-6)
        assert markers.correlate(-one, other) == pytest.approx(-got, abs=1e-6)
    assert -1.000001 <= got <= 1.000001


def test_chance_in_the_correlation_of_ranks() -> None:
    rng = np.random.default_rng(0)
    n = 20
    drawn = [
        markers.correlate(markers.rank_angles(rng.random(n)), markers.rank_angles(rng.random(n)))
        for _ in range(2000)
    ]
    assert np.mean(np.array(drawn) * n >= 3.9) < 0.02
