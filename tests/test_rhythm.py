"""The cosinor and the q value against plain loops and SciPy, and what must not change them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from phasecall.rhythm import adjust, fit_cosinor

MINUTES = np.array([0.0, 7, 14, 30, 41, 55, 62, 70, 88, 95, 110])


def plain_cosinor(y: np.ndarray, times: np.ndarray, period: float) -> tuple[float, float, float, float]:
    seen = np.isfinite(y)
    angle = 2 * np.pi * times[seen] / period
    design = np.column_stack([np.ones(seen.sum()), np.cos(angle), np.sin(angle)])
    weights, *_ = np.linalg.lstsq(design, y[seen], rcond=None)
    residual = float(((y[seen] - design @ weights) ** 2).sum())
    total = float(((y[seen] - y[seen].mean()) ** 2).sum())
    freedom = int(seen.sum()) - 3
    f_value = (total - residual) / 2 / (residual / freedom)
    peak = float(np.arctan2(weights[2], weights[1]) / (2 * np.pi) * period % period)
    return peak, float(np.hypot(*weights[1:])), 1 - residual / total, float(stats.f.sf(f_value, 2, freedom))


def noisy(n: int = 40, seed: int = 1, missing: float = 0.2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, MINUTES.size)) + np.cos(2 * np.pi * MINUTES / 60 - rng.uniform(0, 6, (n, 1)))
    values[rng.random(values.shape) < missing] = np.nan
    return np.asarray(values)


def test_the_cosinor_equals_a_plain_loop_gene_by_gene() -> None:
    values = noisy()
    fit = fit_cosinor(values, MINUTES, 60.0)
    for row in range(len(values)):
        peak, amplitude, explained, p_value = plain_cosinor(values[row], MINUTES, 60.0)
        assert fit.peak_time[row] == pytest.approx(peak, abs=1e-8)
        assert fit.amplitude[row] == pytest.approx(amplitude, rel=1e-9)
        assert fit.r_squared[row] == pytest.approx(explained, abs=1e-9)
        assert fit.p_value[row] == pytest.approx(p_value, rel=1e-7)


def test_the_interval_covers_the_true_peak_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    truth = rng.uniform(0, 60, 4000)
    values = 2 * np.cos(2 * np.pi * (MINUTES - truth[:, None]) / 60) + 0.6 * rng.normal(
        size=(4000, MINUTES.size)
    )
    fit = fit_cosinor(values, MINUTES, 60.0)
    off = (truth - fit.peak_time + 30) % 60 - 30
    inside = (fit.peak_time + off >= fit.peak_lo) & (fit.peak_time + off <= fit.peak_hi)
    assert 0.94 < inside.mean() < 0.96


@pytest.mark.parametrize("noise", [0.8, 1.2, 2.0, 8.0])
def test_the_interval_does_not_promise_more_when_the_rhythm_is_weak(noise: float) -> None:
    rng = np.random.default_rng(6)
    truth = rng.uniform(0, 60, 4000)
    wave = np.cos(2 * np.pi * (MINUTES - truth[:, None]) / 60)
    fit = fit_cosinor(wave + noise * rng.normal(size=wave.shape), MINUTES, 60.0)
    off = (truth - fit.peak_time + 30) % 60 - 30
    inside = (fit.peak_time + off >= fit.peak_lo) & (fit.peak_time + off <= fit.peak_hi)
    assert inside.mean() > 0.945
    assert (fit.peak_lo <= fit.peak_time).all()
    assert (fit.peak_hi >= fit.peak_time).all()
    assert (fit.peak_hi - fit.peak_lo <= 60 + 1e-9).all()


def test_p_values_of_noise_are_uniform() -> None:
    noise = np.random.default_rng(2).normal(size=(4000, MINUTES.size))
    p_values = fit_cosinor(noise, MINUTES, 60.0).p_value
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


@settings(max_examples=50, deadline=None)
@given(st.floats(-200, 200), st.floats(0.01, 100), st.floats(-50, 50))
def test_shifting_time_moves_the_peak_and_nothing_else(shift: float, scale: float, offset: float) -> None:
    values = noisy(8)
    here, there = (
        fit_cosinor(values, MINUTES, 60.0),
        fit_cosinor(values * scale + offset, MINUTES + shift, 60.0),
    )
    moved = (there.peak_time - here.peak_time - shift + 30) % 60 - 30
    assert np.abs(moved).max() < 1e-6
    assert there.amplitude == pytest.approx(here.amplitude * scale, rel=1e-6)
    assert there.p_value == pytest.approx(here.p_value, rel=1e-5)


def test_genes_that_cannot_be_fitted_get_nan() -> None:
    values = np.full((5, MINUTES.size), np.nan)
    values[1, :3] = [1, 2, 3]
    # The mean of equal numbers is not always that number: 0.1 and 7.7 are the ones to try.
    values[2], values[3], values[4] = 4.0, 0.1, 7.7
    fit = fit_cosinor(values, MINUTES, 60.0)
    for field in (fit.peak_time, fit.peak_lo, fit.peak_hi, fit.amplitude, fit.r_squared, fit.p_value):
        assert np.isnan(field).all()


def test_very_large_and_very_small_values_are_fitted_as_others() -> None:
    values = noisy(8)
    usual = fit_cosinor(values, MINUTES, 60.0)
    for scale in (1e-200, 1e200):
        odd = fit_cosinor(values * scale, MINUTES, 60.0)
        assert odd.amplitude == pytest.approx(usual.amplitude * scale)
        assert odd.p_value == pytest.approx(usual.p_value)


def test_q_values_equal_a_plain_loop() -> None:
    p_values = np.random.default_rng(3).uniform(size=50) ** 2
    ordered = np.argsort(p_values)
    plain = np.empty(50)
    smallest = 1.0
    for place in range(49, -1, -1):
        smallest = min(smallest, p_values[ordered[place]] * 50 / (place + 1))
        plain[ordered[place]] = smallest
    assert adjust(p_values) == pytest.approx(plain)
    assert adjust(p_values) == pytest.approx(stats.false_discovery_control(p_values))
    assert np.isnan(adjust(np.array([np.nan, np.nan]))).all()
