"""Fourier score and Lomb-Scargle periodogram against plain loops, the cosinor and SciPy."""

import numpy as np
import pytest
from scipy import signal, stats

from phasecall.rhythm import (
    add_fourier,
    align_fourier,
    find_period,
    fit_cosinor,
    judge_period,
    measure_fourier,
    periodogram,
)
from phasecall.rhythm.fourier import judge_fourier

MINUTES = np.array([0.0, 7, 14, 30, 30, 41, 55, 62, 70, 88, 95, 110, 124])
PERIOD = 60.0


def noisy(n: int = 40, seed: int = 1, missing: float = 0.2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, MINUTES.size)) + np.cos(2 * np.pi * MINUTES / 60 - rng.uniform(0, 6, (n, 1)))
    values[rng.random(values.shape) < missing] = np.nan
    return np.asarray(values)


def test_the_fourier_score_equals_a_plain_loop() -> None:
    values = noisy()
    for row, y in enumerate(values):
        magnitudes = []
        for period in np.linspace(50, 70, 40):
            sine = cosine = 0.0
            for minute, value in zip(MINUTES, y, strict=True):
                if np.isfinite(value):
                    sine += (value - np.nanmean(y)) * np.sin(2 * np.pi * minute / period)
                    cosine += (value - np.nanmean(y)) * np.cos(2 * np.pi * minute / period)
            magnitudes.append(np.hypot(sine, cosine))
        assert measure_fourier(values[row : row + 1], MINUTES, PERIOD)[0] == pytest.approx(
            np.mean(magnitudes)
        )


def test_the_fourier_score_grows_with_the_amplitude_and_not_with_the_level() -> None:
    values = noisy()
    assert measure_fourier(3 * values + 50, MINUTES, PERIOD) == pytest.approx(
        3 * measure_fourier(values, MINUTES, PERIOD)
    )


def test_shifting_time_does_not_change_the_fourier_score_at_one_period() -> None:
    values = noisy(8)
    moved = MINUTES + 17
    experiments = [(values, MINUTES, PERIOD), (2 * values, moved, PERIOD)]
    # All components turn by the same angle, so the vectors add up as if nothing had moved.
    aligned = align_fourier(experiments)
    assert aligned / aligned[0] == pytest.approx(
        align_fourier([experiments[0]] * 2) / align_fourier([experiments[0]] * 2)[0], rel=0.05
    )
    assert add_fourier([experiments[0]] * 2) == pytest.approx(2 * add_fourier(experiments[:1]))


def test_an_experiment_that_missed_a_gene_adds_nothing_to_it() -> None:
    values, gone = noisy(20), noisy(20)
    gone[3] = np.nan
    for combine in (add_fourier, align_fourier):
        assert np.isfinite(combine([(values, MINUTES, PERIOD), (gone, MINUTES, PERIOD)])).all()
        assert np.flatnonzero(np.isnan(combine([(gone, MINUTES, PERIOD)] * 2))).tolist() == [3]


def test_aligned_experiments_agree_on_genes_of_one_clock_only() -> None:
    rng = np.random.default_rng(0)
    peaks, later = rng.uniform(0, 60, (300, 1)), rng.uniform(0, 60, (300, 1))
    later[:200] = peaks[:200] + 23
    pair = [(np.cos(2 * np.pi * (MINUTES - lag) / 60), MINUTES, 60.0) for lag in (peaks, later)]
    score = align_fourier(pair)
    assert np.median(score[:200]) > 1.2 * np.median(score[200:])


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_the_power_is_the_share_that_the_cosinor_explains(missing: float) -> None:
    values = noisy(missing=missing)
    periods = np.array([35.0, 47, 60, 90, 200])
    power = periodogram(values, MINUTES, periods)
    for column, period in enumerate(periods):
        fit = fit_cosinor(values, MINUTES, float(period))
        assert power[:, column] == pytest.approx(fit.r_squared, abs=1e-9)
        assert judge_period(values, MINUTES, float(period)) == pytest.approx(fit.p_value, rel=1e-7)


def test_the_power_equals_that_of_scipy() -> None:
    values, periods = noisy(10), np.linspace(30, 150, 50)
    power = periodogram(values, MINUTES, periods)
    for row, y in enumerate(values):
        seen = np.isfinite(y)
        theirs = signal.lombscargle(
            MINUTES[seen], y[seen], 2 * np.pi / periods, normalize=True, floating_mean=True
        )
        assert power[row] == pytest.approx(theirs, abs=1e-9)


def test_very_large_and_very_small_values_have_the_power_of_others() -> None:
    usual = periodogram(noisy(8), MINUTES, np.array([PERIOD]))
    for scale in (1e-200, 1e200):
        assert periodogram(noisy(8) * scale, MINUTES, np.array([PERIOD])) == pytest.approx(usual)


def test_the_period_of_a_wave_is_found() -> None:
    minutes, truth = np.arange(0, 240, 8.0), np.array([48.0, 63, 90])
    waves = np.cos(2 * np.pi * minutes / truth[:, None] + 1)
    found = find_period(waves, minutes, 30, 120)
    assert found.period == pytest.approx(truth, rel=0.02)
    assert (found.p_value < 1e-6).all()


@pytest.mark.parametrize(("n_times", "shortest"), [(18, 40.0), (40, 25.0)])
def test_false_alarms_are_as_rare_as_their_p_value_says(n_times: int, shortest: float) -> None:
    rng = np.random.default_rng(8)
    times = np.sort(rng.uniform(0, 240, n_times))
    p_values = find_period(rng.normal(size=(4000, n_times)), times, shortest, 240).p_value
    for level in (0.01, 0.05):
        share = float((p_values <= level).mean())
        # Baluev's is an upper limit, and a close one.
        assert 0.5 * level < share < level + 3 * np.sqrt(level / 4000)


def test_shuffled_profiles_have_uniform_fourier_p_values() -> None:
    noise = np.random.default_rng(9).exponential(size=(3000, MINUTES.size))
    p_values = judge_fourier(noise, MINUTES, PERIOD, n_random=20_000)
    assert abs(float((p_values <= 0.05).mean()) - 0.05) < 0.015
    assert abs(float((p_values <= 0.5).mean()) - 0.5) < 0.04
    assert p_values.min() >= 1 / 20_001


def test_noise_has_uniform_p_values_at_the_period() -> None:
    noise = np.random.default_rng(2).normal(size=(4000, MINUTES.size))
    assert stats.kstest(judge_period(noise, MINUTES, PERIOD), "uniform").pvalue > 0.01


def test_genes_without_a_wave_to_fit_get_nan() -> None:
    values = np.full((3, MINUTES.size), np.nan)
    values[1, :3], values[2] = [1, 2, 3], 0.1
    assert np.isnan(periodogram(values, MINUTES, np.array([PERIOD]))).all()
    found = find_period(values, MINUTES, 40, 80)
    assert np.isnan([found.period, found.power, found.p_value]).all()
    assert np.isnan(judge_fourier(values, MINUTES, PERIOD)).all()
    assert np.isnan(measure_fourier(values, MINUTES, PERIOD)).tolist() == [True, False, False]
