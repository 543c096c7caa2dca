"""Regulation, combined p values, the score that orders genes, and the table of methods."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from phasecall.datasets import load
from phasecall.rhythm import RHYTHMS, adjust, combine, fit_cosinor, fit_jtk, judge_regulation, rank_score

MINUTES = np.arange(0, 168, 7.0)
PERIOD = 62.0


def noise(n: int = 4000, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, MINUTES.size))


def drifting(correlation: float, n: int) -> np.ndarray:
    values = noise(n)
    values[:, 0] /= np.sqrt(1 - correlation**2)
    for column in range(1, values.shape[1]):
        values[:, column] += correlation * values[:, column - 1]
    return values


def test_regulation_of_alike_genes_is_uniform() -> None:
    p_values = judge_regulation(noise())
    assert stats.kstest(p_values, "uniform").pvalue > 0.001
    gappy = noise()
    gappy[np.random.default_rng(1).random(gappy.shape) < 0.3] = np.nan
    assert abs(float((judge_regulation(gappy) <= 0.05).mean()) - 0.05) < 0.02


def test_regulation_equals_a_plain_loop_but_for_chance() -> None:
    values = noise(50) * np.linspace(0.3, 3, 50)[:, None] + np.arange(50.0)[:, None]
    rng = np.random.default_rng(5)
    about = values - values.mean(axis=1, keepdims=True)
    # A value about the mean of 24 varies by 23/24 of what it would about the true one.
    drawn = about.T * np.sqrt(24 / 23)
    null = np.array([np.std([rng.choice(column) for column in drawn], ddof=1) for _ in range(3000)])
    plain = [(1 + (null >= np.std(gene, ddof=1)).sum()) / 3001 for gene in values]
    assert np.abs(judge_regulation(values) - plain).max() < 0.04


def test_regulation_is_repeatable_and_says_no_more_than_its_resolution() -> None:
    values = noise(200)
    values[0] *= 100
    first = judge_regulation(values, n_random=500, seed=3)
    assert (first == judge_regulation(values, n_random=500, seed=3)).all()
    assert (first != judge_regulation(values, n_random=500, seed=4)).any()
    assert first.min() == first[0] == 1 / 501


def test_regulation_does_not_mind_levels_and_units() -> None:
    values = noise(300)
    moved = judge_regulation(4 * values + np.arange(300.0)[:, None], n_random=2000)
    assert moved == pytest.approx(judge_regulation(values, n_random=2000), abs=0.01)


def test_regulation_of_what_was_not_measured_is_nan() -> None:
    values = noise(10)
    values[2], values[3, 1:] = np.nan, np.nan
    assert np.flatnonzero(np.isnan(judge_regulation(values, n_random=100))).tolist() == [2, 3]
    assert np.isnan(judge_regulation(np.full((2, 3), np.nan))).all()


def test_combined_p_equals_the_published_formula() -> None:
    p_values = np.random.default_rng(1).uniform(size=(100, 4))
    statistic = np.tan((0.5 - p_values) * np.pi).mean(axis=1)
    assert combine(p_values) == pytest.approx(stats.cauchy.sf(statistic), rel=1e-9)


def test_combined_p_of_equal_p_values_is_that_p_value() -> None:
    p_values = np.array([1e-300, 1e-100, 1e-12, 1e-8, 1e-3, 0.3, 0.5, 0.9])
    assert combine(np.repeat(p_values[:, None], 3, axis=1)) == pytest.approx(p_values, rel=1e-6)
    assert combine(p_values[:, None]) == pytest.approx(p_values, rel=1e-6)


def test_combining_leaves_out_what_is_not_known_and_survives_p_of_one() -> None:
    p_values = np.array([[0.01, np.nan], [np.nan, np.nan], [1e-6, 1.0], [1.0, 1.0]])
    together = combine(p_values)
    assert together[0] == pytest.approx(0.01)
    assert np.isnan(together[1])
    assert together[2] == pytest.approx(2e-6, rel=1e-3)
    assert 0.4 < together[3] <= 1


def test_combined_p_values_of_dependent_tests_find_no_more_in_noise_than_they_say() -> None:
    values = noise(6000)
    both = [fit_cosinor(values, MINUTES, PERIOD).p_value, fit_jtk(values, MINUTES, PERIOD).p_value]
    together = combine(np.stack(both, axis=1))
    alone = combine(np.stack([both[0], both[0]], axis=1))
    for level in (0.005, 0.05):
        assert float((together <= level).mean()) <= level + 3 * np.sqrt(level / 6000)
    assert alone == pytest.approx(both[0])
    independent = combine(np.random.default_rng(3).uniform(size=(6000, 5)))
    assert stats.kstest(independent, "uniform").pvalue > 0.01


def test_shuffled_profiles_of_any_kind_are_as_good_as_noise() -> None:
    shuffled = np.random.default_rng(2).permuted(drifting(0.8, 6000), axis=1)
    p_values = fit_cosinor(shuffled, MINUTES, PERIOD).p_value
    assert abs(float((p_values <= 0.05).mean()) - 0.05) < 0.012
    assert float((fit_jtk(shuffled, MINUTES, PERIOD).p_value <= 0.05).mean()) < 0.06


def test_shuffled_real_profiles_are_as_good_as_noise() -> None:
    course = load("cdc15")
    shuffled = np.random.default_rng(2).permuted(course.values, axis=1)
    p_values = fit_cosinor(shuffled, course.times, 114.0).p_value
    known = p_values[np.isfinite(p_values)]
    assert abs(float((known <= 0.05).mean()) - 0.05) < 0.015
    assert abs(float((known <= 0.5).mean()) - 0.5) < 0.03


def test_drifting_noise_passes_for_rhythm_as_often_as_the_page_says() -> None:
    values, times = drifting(0.4, 6000), np.arange(0.0, 240, 10, dtype=np.float64)
    assert float((fit_cosinor(values, times, 115.0).p_value <= 0.05).mean()) == pytest.approx(0.21, abs=0.02)
    assert float((fit_jtk(values, times, 115.0).p_value <= 0.05).mean()) == pytest.approx(0.11, abs=0.02)


def test_the_rank_score_equals_the_published_formula() -> None:
    regulation, periodicity = np.random.default_rng(1).uniform(size=(2, 50)) ** 4
    total = regulation * periodicity * (1 + (regulation / 0.001) ** 2) * (1 + (periodicity / 0.001) ** 2)
    assert rank_score(regulation, periodicity) == pytest.approx(-np.log10(total))
    assert np.isfinite(rank_score(np.array([0.0]), np.array([0.0]))).all()
    assert np.isnan(rank_score(np.array([np.nan]), np.array([0.5]))).all()


@pytest.mark.parametrize("key", RHYTHMS)
class TestEveryMethod:
    def values(self) -> np.ndarray:
        values = noise(300)
        values[:100] += 3 * np.cos(2 * np.pi * (MINUTES - np.linspace(0, 62, 100)[:, None]) / PERIOD)
        values[np.random.default_rng(9).random(values.shape) < 0.05] = np.nan
        values[298], values[299] = 0.1, np.nan
        return values

    def test_answers_for_every_gene_and_says_where_it_cannot(self, key: str) -> None:
        values = self.values()
        kept = values.copy()
        scores = RHYTHMS[key].score(values, MINUTES, PERIOD)
        assert np.array_equal(values, kept, equal_nan=True)
        for field in (scores.score, scores.p_value, scores.q_value, scores.peak_time, scores.amplitude):
            assert field.shape == (300,)
            assert np.isfinite(field[:298]).all()
            assert np.isnan(field[299])
        assert scores.q_value == pytest.approx(adjust(scores.p_value), nan_ok=True)
        seen = slice(0, 298)
        assert ((scores.p_value[seen] > 0) & (scores.p_value[seen] <= 1)).all()
        assert ((scores.peak_time[seen] >= 0) & (scores.peak_time[seen] < PERIOD)).all()
        assert (scores.amplitude[seen] >= 0).all()

    def test_puts_waves_before_noise(self, key: str) -> None:
        scores = RHYTHMS[key].score(self.values(), MINUTES, PERIOD)
        first = np.argsort(-scores.score[:298])[:100]
        assert float((first < 100).mean()) > 0.9

    def test_finds_the_peak_of_a_wave(self, key: str) -> None:
        scores = RHYTHMS[key].score(self.values(), MINUTES, PERIOD)
        off = (scores.peak_time[:100] - np.linspace(0, 62, 100) + 31) % 62 - 31
        assert float(np.median(np.abs(off))) < 6
        assert float(np.median(scores.amplitude[:100])) == pytest.approx(3, abs=1.5)

    def test_judges_each_gene_the_same_in_any_order(self, key: str) -> None:
        values = self.values()
        order = np.random.default_rng(0).permutation(300)
        here, there = (RHYTHMS[key].score(x, MINUTES, PERIOD) for x in (values, values[order]))
        assert there.peak_time == pytest.approx(here.peak_time[order], nan_ok=True)
        assert there.amplitude == pytest.approx(here.amplitude[order], nan_ok=True)
        # Random profiles are drawn from the same genes, but not the same ones.
        spread = np.abs(there.p_value - here.p_value[order])
        assert np.nanmax(spread) < (0.01 if key in ("regulation", "fourier") else 1e-9)

    def test_is_named_by_its_key(self, key: str) -> None:
        method = RHYTHMS[key]
        assert method.key == key
        assert method.doi.startswith("10.")
        assert method.title
        assert method.summary.endswith(".")


def test_importing_rhythm_loads_no_scipy() -> None:
    code = "import sys, phasecall.rhythm; print([m for m in sys.modules if m.split('.')[0] == 'scipy'])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_judging_rhythm_loads_no_scipy_stats() -> None:
    code = (
        "import sys, numpy as np\n"
        "from phasecall.rhythm import RHYTHMS, find_period\n"
        "values, times = np.random.default_rng(0).normal(size=(3, 9)), np.arange(9.0)\n"
        "for method in RHYTHMS.values():\n    method.score(values, times, 5.0)\n"
        "find_period(values, times, 3, 6)\n"
        "print('scipy.stats' in sys.modules)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_regulation_does_not_depend_on_the_order_of_the_genes_nor_on_the_unit() -> None:
    values = noise()[:300]
    order = np.random.default_rng(1).permutation(300)
    plain = judge_regulation(values, n_random=500)
    assert (judge_regulation(values[order], n_random=500) == plain[order]).all()
    assert judge_regulation(2.0**660 * values, n_random=500) == pytest.approx(plain)
