"""Novelty: p values that hold, patterns that are found and named, and numbers that do not depend on units."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import phasecall
from phasecall import caller, modelfile
from phasecall.clock import Clock, KnownGenes
from phasecall.density import N_GRID, describe_peak, lay_out
from phasecall.errors import InputError
from phasecall.novelty import MAX_Q, PATTERNS, Novelty, Profiles, describe, explain, judge_novelty, shapes
from phasecall.novelty.places import judge_place
from phasecall.novelty.shapes import exceed, lay_periods
from phasecall.simulation.waveforms import synthesise
from phasecall.timecourse import TimeCourse

CONVENTIONS = Path(__file__).parents[1] / "docs" / "conventions.md"
CLOCK = Clock(100.0, 0.0)
TIMES = np.arange(0.0, 240.0, 10.0)
SHAPES = ("two_peaks", "other_period", "spike", "strong_not_periodic")


def waves(n: int, amplitude: float, rng: np.random.Generator, *, kappa: float = 0.0) -> np.ndarray:
    """Waves of one peak on the clock."""
    cells = np.exp(2j * np.pi * np.outer(np.arange(1, 7), TIMES / CLOCK.period))
    return amplitude * synthesise(rng.random(n), np.full(n, kappa), np.zeros(n), cells)


def profiles(values: np.ndarray, times: np.ndarray = TIMES, **more: object) -> Profiles:
    return Profiles("course", values, times, CLOCK, np.eye(times.size), **more)  # type: ignore[arg-type]


def judge(values: np.ndarray, times: np.ndarray = TIMES, **more: object) -> Novelty:
    return judge_novelty([(profiles(values, times, **more), np.arange(len(values)))], len(values))


def lose(values: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(values.shape) < share, np.nan, values)


# --- p values hold ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize(("amplitude", "kappa"), [(0.0, 0.0), (1.0, 0.0), (3.0, 1.5), (3.0, 4.0)])
def test_p_values_of_genes_of_one_peak_are_no_smaller_than_uniform(
    amplitude: float, kappa: float, missing: float
) -> None:
    rng = np.random.default_rng(1)
    values = waves(1500, amplitude, rng, kappa=kappa) + rng.normal(size=(1500, TIMES.size))
    values = lose(values * np.exp(rng.normal(size=(1500, 1))), missing, rng)
    course = profiles(values)
    for key in SHAPES:
        found = PATTERNS[key].test(course).p_value
        assert stats.kstest(found, "uniform", alternative="greater").pvalue > 1e-3, key
    novelty = judge(values)
    assert stats.kstest(novelty.p_value, "uniform", alternative="greater").pvalue > 1e-3
    assert sum(map(bool, novelty.flags)) <= 2


@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_without_tolerance_it_is_the_f_test_of_least_squares(
    missing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(2)
    root = rng.normal(size=(TIMES.size, TIMES.size)) / 5 + np.eye(TIMES.size)
    noise = root @ root.T
    values = lose(rng.normal(size=(20, TIMES.size)) @ root.T, missing, rng)
    course = replace(profiles(values), covariance=noise)
    angle = 2 * np.pi * TIMES / CLOCK.period
    design = np.column_stack([np.ones(TIMES.size), np.cos(angle), np.sin(angle)])
    extra = np.column_stack([np.cos(2 * angle), np.sin(2 * angle)])
    monkeypatch.setattr(shapes, "TOLERANCE", 0.0)
    found, _ = exceed(course.one_wave, extra.T[:, :, None])
    for row, profile in enumerate(values):
        seen = np.isfinite(profile)
        half = np.linalg.inv(np.linalg.cholesky(noise[np.ix_(seen, seen)]))

        def left(
            columns: np.ndarray, own: np.ndarray = half @ profile[seen], half: np.ndarray = half
        ) -> float:
            return float(np.linalg.lstsq(half @ columns, own, rcond=None)[1][0])

        before, after = left(design[seen]), left(np.hstack([design, extra])[seen])
        freedom = int(seen.sum()) - 5
        ratio = (before - after) / 2 / (after / freedom)
        assert found[row] == pytest.approx(stats.f.sf(ratio, 2, freedom), rel=1e-6)


def test_an_array_that_is_off_in_all_genes_is_no_spike_of_any() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(400, TIMES.size))
    values[:, 7] *= 6
    assert sum(map(bool, judge(values).flags)) <= 2
    values[11, 7] += 80
    assert judge(values).flags[11] == "spike"


def test_spikes_of_many_genes_at_one_array_are_the_arrays_own() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=(600, TIMES.size))
    values[:30, 7] += 40 * rng.choice([-1, 1], size=30)
    assert set(judge(values).flags[:30]) == {""}
    # A gene's own spike elsewhere is one still, and so are those of a few genes at one array.
    values[40, 12] += 40
    values[50:55, 3] += 40
    flags = judge(values).flags
    assert [flags[row] for row in (40, *range(50, 55))] == ["spike"] * 6
    assert sum(map(bool, flags)) <= 8
    # Where all arrays are piled up, nothing is looked at.
    everywhere = rng.normal(size=(240, TIMES.size))
    everywhere[np.arange(240), np.arange(240) % TIMES.size] += 40
    assert np.isnan(PATTERNS["spike"].test(profiles(everywhere)).p_value).all()


def test_columns_of_shapes_are_as_high_as_a_wave() -> None:
    changes, _ = shapes.lay_changes(TIMES)
    np.testing.assert_allclose(np.abs(changes).max(axis=0), 1)
    # So a spike of the tolerated share of the wave is as likely as any of p values of no spike.
    rng = np.random.default_rng(5)
    values = waves(1500, 6.0, rng) + rng.normal(size=(1500, TIMES.size))
    values[np.arange(1500), rng.integers(TIMES.size, size=1500)] += 6.0 * shapes.TOLERANCE
    found = PATTERNS["spike"].test(profiles(values)).p_value
    assert stats.kstest(found, "uniform", alternative="greater").pvalue > 1e-3


@given(st.integers(0, 1000), st.floats(0.02, 0.2))
def test_the_place_drawn_from_a_density_is_rarely_called_unlikely(seed: int, error: float) -> None:
    rng = np.random.default_rng(seed)
    masses = lay_out(describe_peak(rng.random(400), np.full(400, error)))
    drawn = (rng.random((400, 1)) > np.cumsum(masses, axis=1)).sum(axis=1)
    p_value = judge_place(masses, np.minimum(drawn, N_GRID - 1))
    for level in (0.05, 0.2):
        assert (p_value <= level).mean() <= level + 5 * np.sqrt(level / 400)


def test_periods_looked_at_can_be_told_from_the_clock() -> None:
    periods = lay_periods(profiles(np.zeros((1, TIMES.size))))
    turns = np.ptp(TIMES) / periods
    assert periods.size
    assert (np.abs(turns - 2.3) >= 0.75).all()
    assert (np.abs(turns - 4.6) >= 0.75).all()


# --- what is put in is found, and named -------------------------------------------------------------------


def put_in(seed: int = 4) -> tuple[np.ndarray, dict[int, str]]:
    rng = np.random.default_rng(seed)
    values = waves(300, 2.0, rng, kappa=1.0) + 0.5 * rng.normal(size=(300, TIMES.size))
    noise = 0.5 * rng.normal(size=(3, TIMES.size))
    cells = np.exp(2j * np.pi * np.outer(np.arange(1, 7), TIMES / CLOCK.period))
    values[0] = noise[0] + 4 * synthesise(np.array([0.2]), np.array([3.0]), np.array([0.8]), cells)[0]
    values[1] = noise[1] + 4 * np.cos(2 * np.pi * TIMES / 63)
    values[2, 9] += 12
    values[3] = noise[2] + 4 * np.where(TIMES > 115, 1, -1)
    return values, dict(enumerate(SHAPES))


@pytest.mark.parametrize("missing", [0.0, 0.08])
def test_each_shape_is_found_and_named(missing: float) -> None:
    values, put = put_in()
    told = judge(lose(values, missing, np.random.default_rng(5)))
    assert {row: code for row, code in enumerate(told.flags) if code} == put
    assert set(told.sentences) == set(put)
    assert re.match(r"two peaks a turn, (19|2[0-3]) and (69|7[0-3]) min, p = ", told.sentences[0])
    assert re.match(r"a period of 6[0-6] min, unlike the clock's", told.sentences[1])
    assert told.sentences[2].startswith("the sample at 90 min is far from what the others say")
    assert told.sentences[3].startswith("a step at 115 min, and little that goes with the clock")
    assert (told.q_value[: len(put)] <= MAX_Q).all()


def test_a_gene_that_peaks_elsewhere_is_told_from_the_others_and_from_what_is_known() -> None:
    rng = np.random.default_rng(6)
    turns = rng.random(100)
    here, there = (describe_peak(turns + 0.05 * rng.normal(size=100), np.full(100, 0.05)) for _ in range(2))
    here[5] = describe_peak(turns[5:6] + 0.5, np.array([0.05]))[0]
    values = rng.normal(size=(100, TIMES.size))
    shifted = judge(values, density=here, elsewhere=there)
    assert [row for row, code in enumerate(shifted.flags) if code] == [5]
    assert shifted.flags[5] == "shifted"
    assert f"peaks at turn {(turns[5] + 0.5) % 1:.2f}" in shifted.sentences[5]
    known = KnownGenes(turns, np.full(100, 0.05), "labels")
    contradicted = judge(values, density=here, known=known)
    assert [row for row, code in enumerate(contradicted.flags) if code] == [5]
    assert contradicted.flags[5] == "contradicts_label"
    assert f"known to peak at {turns[5]:.2f}" in contradicted.sentences[5]


def test_calls_carry_what_is_unlike_the_others() -> None:
    course = phasecall.load("alpha")
    values = course.values.copy()
    values[3, 8] += 20
    calls = phasecall.call(replace(course, values=values))
    gene = course.genes[3]
    assert calls.flags[3].endswith("spike")
    assert explain(calls, gene) == calls.atypical[gene]
    assert "56 min" in explain(calls, gene)
    first = describe(calls)[0]
    assert (first.gene, first.pattern, first.title) == (gene, "spike", PATTERNS["spike"].title)
    assert first.p_value == calls.novelty[3] == np.nanmin(calls.novelty)
    # Calls of a file have no sentences.
    assert "one sample far from the others" in explain(replace(calls, atypical={}), gene)
    with pytest.raises(InputError, match="do not have the gene"):
        explain(calls, "nobody")


def test_a_wrong_label_is_told() -> None:
    course = phasecall.load("cdc28")
    before = phasecall.call(course)
    turns, row = before.peak_turn, int(np.nanargmin(before.peak_hi - before.peak_lo))
    told = np.where(np.arange(len(course)) % 3 == 0, turns, np.nan)
    told[row] = (turns[row] + 0.5) % 1
    calls = caller.call(course, known=KnownGenes(told, np.full(len(course), 0.05), "genes that we know"))
    assert "contradicts_label" in calls.flags[row]
    assert sum("contradicts_label" in flags for flags in calls.flags) == 1


def test_experiments_that_part_are_told_with_the_experiment() -> None:
    courses = [phasecall.load(key) for key in ("alpha", "cdc15", "cdc28")]
    alone = [phasecall.call(course) for course in courses]
    width = np.sum([one.peak_hi - one.peak_lo for one in alone], axis=0)
    row = int(np.nanargmin(width))
    turns = alone[0].peak_turn
    far = np.abs((turns - turns[row] + 0.5) % 1 - 0.5) > 0.4
    other = int(np.flatnonzero(far)[np.nanargmin(width[far])])
    values = courses[0].values.copy()
    values[row] = courses[0].values[other]
    calls = phasecall.call([replace(courses[0], values=values), *courses[1:]])
    assert "shifted" in calls.flags[row]
    assert "(alpha)" in calls.atypical[courses[0].genes[row]]


def test_the_published_network_judges_all_times_and_nine_of_them_say_nothing() -> None:
    whole = phasecall.load("cdc15-4381")
    calls = phasecall.call(whole, model=modelfile.shipped())
    assert np.isfinite(calls.novelty).mean() > 0.99
    assert 0 < len(describe(calls)) < 0.06 * len(calls)
    nine = whole.select_times(np.isin(whole.times, range(40, 121, 10)))
    assert np.isnan(phasecall.call(nine).novelty).all()


# --- units, order and what is missing ---------------------------------------------------------------------


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_units_levels_and_order_do_not_matter(missing: float) -> None:
    rng = np.random.default_rng(7)
    values = lose(put_in()[0], missing, rng)
    told = judge(values)
    scale, level = np.exp(3 * rng.normal(size=(300, 1))), rng.normal(size=(300, 1))
    moved = judge(scale * (values + level))
    assert moved.flags == told.flags
    np.testing.assert_allclose(moved.p_value, told.p_value, rtol=1e-6)
    genes, arrays = rng.permutation(300), rng.permutation(TIMES.size)
    turned = judge(values[genes][:, arrays], TIMES[arrays])
    assert turned.flags == tuple(told.flags[row] for row in genes)
    np.testing.assert_allclose(turned.p_value, told.p_value[genes], rtol=1e-6)
    # Neither does the unit of time, nor a column without a value.
    hours = replace(profiles(values, TIMES / 60), clock=Clock(CLOCK.period / 60, 0.0))
    np.testing.assert_allclose(judge_novelty([(hours, np.arange(300))], 300).p_value, told.p_value, rtol=1e-6)


def test_an_empty_array_says_nothing() -> None:
    values = put_in()[0]
    values[:, 4] = np.nan
    there = np.arange(TIMES.size) != 4
    with_it, without = judge(values).p_value, judge(values[:, there], TIMES[there]).p_value
    # One candidate less is no other answer.
    assert stats.spearmanr(with_it, without).statistic > 0.99


def test_what_cannot_be_judged_is_nan() -> None:
    rng = np.random.default_rng(8)
    values = rng.normal(size=(8, TIMES.size))
    values[0] = np.nan
    values[1] = 5.0
    values[2, 6:] = np.nan
    values[3] = np.cos(2 * np.pi * TIMES / CLOCK.period)
    values[4] *= 1e300
    values[5] *= 1e-300
    p_value = judge(values).p_value
    assert np.isnan(p_value[:4]).tolist() == [True] * 4
    assert np.isfinite(p_value[4:]).all()
    assert np.isnan(judge(values[:, :9], TIMES[:9]).p_value).all()
    assert np.isnan(judge(values[:, :1], TIMES[:1]).p_value).all()
    assert judge(values[:0]).flags == ()
    assert np.isnan(judge_novelty([], 3).p_value).all()


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(3, 14), st.booleans())
def test_any_course_gets_p_values_or_none(seed: int, n: int, n_times: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    times = np.sort(rng.integers(0, 24, n_times)) * 10.0
    values = np.round(rng.normal(size=(n, n_times)), 1)
    told = judge(values if whole else lose(values, 0.3, rng), times)
    known = np.isfinite(told.p_value)
    assert ((told.p_value[known] >= 0) & (told.p_value[known] <= 1)).all()


def test_a_course_without_a_clock_has_no_novelty() -> None:
    rng = np.random.default_rng(9)
    course = TimeCourse(tuple(f"g{i}" for i in range(60)), TIMES, rng.normal(size=(60, TIMES.size)))
    calls = phasecall.call(course)
    assert np.isnan(calls.novelty).all()
    assert not describe(calls)


# --- words ------------------------------------------------------------------------------------------------


def test_every_pattern_is_a_flag_that_the_conventions_explain() -> None:
    text = CONVENTIONS.read_text("utf-8")
    assert [key for key in PATTERNS if f"\n| `{key}` |" not in text] == []
    assert all(key == row.key for key, row in PATTERNS.items())
