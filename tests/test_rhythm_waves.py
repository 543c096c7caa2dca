"""The cosinor with a trend and with harmonics, against plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from phasecall.rhythm import Cosinor, fit_cosinor
from phasecall.rhythm.waves import locate_cosine, locate_curve

MINUTES = np.sort(np.random.default_rng(0).uniform(0, 150, 24))
PERIOD = 60.0


def noisy(n: int = 30, seed: int = 1, missing: float = 0.15) -> np.ndarray:
    rng = np.random.default_rng(seed)
    lag = rng.uniform(0, 60, (n, 1))
    values = np.exp(1.5 * np.cos(2 * np.pi * (MINUTES - lag) / PERIOD)) + rng.normal(size=(n, MINUTES.size))
    values += 0.03 * rng.normal(size=(n, 1)) * MINUTES
    values[rng.random(values.shape) < missing] = np.nan
    values[0] = np.where(np.isnan(values[0]), 0.3, values[0])
    return np.asarray(values)


def columns(times: np.ndarray, trend: bool, harmonics: int) -> np.ndarray:
    made = [np.ones_like(times)] + ([times] if trend else [])
    for h in range(1, harmonics + 1):
        made += [np.cos(2 * np.pi * h * times / PERIOD), np.sin(2 * np.pi * h * times / PERIOD)]
    return np.column_stack(made)


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("harmonics", [1, 2, 3])
def test_every_option_equals_a_plain_loop_gene_by_gene(trend: bool, harmonics: int) -> None:
    values = noisy()
    fit = fit_cosinor(values, MINUTES, PERIOD, trend=trend, harmonics=harmonics)
    fine = np.linspace(0, PERIOD, 60_000, endpoint=False)
    for row, y in enumerate(values):
        seen = np.isfinite(y)
        squares, weights = [], np.empty(0)
        for n_waves in (0, harmonics):
            design = columns(MINUTES[seen], trend, n_waves)
            weights = np.linalg.lstsq(design, y[seen], rcond=None)[0]
            squares.append(float(((y[seen] - design @ weights) ** 2).sum()))
        freedom = int(seen.sum()) - weights.size
        ratio = (squares[0] - squares[1]) / (2 * harmonics) / (squares[1] / freedom)
        curve = columns(fine, False, harmonics)[:, 1:] @ weights[1 + trend :]
        off = (fit.peak_time[row] - fine[np.argmax(curve)] + 30) % 60 - 30
        assert abs(off) < 0.002
        assert fit.amplitude[row] == pytest.approx(np.ptp(curve) / 2, rel=1e-6)
        assert fit.r_squared[row] == pytest.approx(1 - squares[1] / squares[0], abs=1e-9)
        assert fit.p_value[row] == pytest.approx(stats.f.sf(ratio, 2 * harmonics, freedom), rel=1e-6)


def test_a_trend_is_no_wave_and_hides_none() -> None:
    slope = np.linspace(-1, 1, 7)[:, None] * MINUTES
    wave = 2 * np.cos(2 * np.pi * (MINUTES - 20) / PERIOD)
    noise = 0.1 * np.random.default_rng(3).normal(size=(7, MINUTES.size))
    fit = fit_cosinor(slope + wave + noise, MINUTES, PERIOD, trend=True)
    assert fit.peak_time == pytest.approx(20, abs=0.5)
    assert fit.amplitude == pytest.approx(2, abs=0.15)
    lines = fit_cosinor(slope[[0, 1, 5, 6]], MINUTES, PERIOD, trend=True)
    assert np.isnan(lines.p_value).all()
    plain = fit_cosinor(noise, MINUTES, PERIOD, trend=True)
    tilted = fit_cosinor(noise + slope, MINUTES, PERIOD, trend=True)
    assert tilted.p_value == pytest.approx(plain.p_value, rel=1e-6)


def test_the_curve_of_one_harmonic_is_the_cosine() -> None:
    rng = np.random.default_rng(4)
    wave, root = rng.normal(size=(500, 2)), rng.normal(size=(500, 2, 2)) * 0.3
    limit = root @ root.transpose(0, 2, 1)
    # Where the slope is within the limit on the whole turn the cone is open, and there is nothing to compare.
    found = np.linalg.eigvalsh(wave[:, :, None] * wave[:, None, :] - limit)[:, 1] > 0.05
    one, other = locate_cosine(wave, limit, found), locate_curve(wave, limit, found)
    assert other.peak == pytest.approx(one.peak, abs=1e-9)
    assert other.amplitude == pytest.approx(one.amplitude)
    for mine, theirs in ((other.before, one.before), (other.after, one.after)):
        assert (mine >= theirs - 1e-9).all()
        assert (mine <= theirs + 1 / 360 + 1e-9).all()


@pytest.mark.parametrize("harmonics", [2, 3])
def test_the_interval_of_a_curve_covers_its_peak_as_often_as_it_says(harmonics: int) -> None:
    rng = np.random.default_rng(5)
    truth = rng.uniform(0, PERIOD, 3000)
    angle = 2 * np.pi * (MINUTES - truth[:, None]) / PERIOD
    values = 2 * np.cos(angle) + 0.5 * np.cos(2 * angle) + 0.5 * rng.normal(size=angle.shape)
    fit = fit_cosinor(values, MINUTES, PERIOD, harmonics=harmonics)
    off = (truth - fit.peak_time + 30) % 60 - 30
    inside = (fit.peak_time + off >= fit.peak_lo) & (fit.peak_time + off <= fit.peak_hi)
    assert 0.94 < inside.mean() < 0.975
    assert (fit.peak_lo <= fit.peak_time).all()
    assert (fit.peak_hi >= fit.peak_time).all()


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("harmonics", [1, 2, 3])
def test_p_values_of_noise_are_uniform(trend: bool, harmonics: int) -> None:
    noise = np.random.default_rng(2).normal(size=(4000, MINUTES.size))
    noise[:2000][np.random.default_rng(3).random((2000, MINUTES.size)) < 0.2] = np.nan
    p_values = fit_cosinor(noise, MINUTES, PERIOD, trend=trend, harmonics=harmonics).p_value
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


@settings(max_examples=30, deadline=None)
@given(st.floats(-200, 200), st.floats(0.01, 100), st.floats(-50, 50))
def test_shifting_time_moves_the_peak_and_nothing_else(shift: float, scale: float, offset: float) -> None:
    values = noisy(8)
    here = fit_cosinor(values, MINUTES, PERIOD, trend=True, harmonics=2)
    there = fit_cosinor(values * scale + offset, MINUTES + shift, PERIOD, trend=True, harmonics=2)
    moved = (there.peak_time - here.peak_time - shift + 30) % 60 - 30
    assert np.abs(moved).max() < 1e-5
    assert there.amplitude == pytest.approx(here.amplitude * scale, rel=1e-5)
    assert there.p_value == pytest.approx(here.p_value, rel=1e-4)


def fields(fit: Cosinor) -> np.ndarray:
    return np.stack([fit.peak_time, fit.peak_lo, fit.peak_hi, fit.amplitude, fit.r_squared, fit.p_value])


@pytest.mark.parametrize("harmonics", [1, 3])
def test_a_gene_is_fitted_the_same_whoever_stands_beside_it(harmonics: int) -> None:
    values = noisy(40, missing=0.02)
    together = fields(fit_cosinor(values, MINUTES, PERIOD, trend=True, harmonics=harmonics))
    order = np.random.default_rng(0).permutation(40)
    shuffled = fields(fit_cosinor(values[order], MINUTES, PERIOD, trend=True, harmonics=harmonics))
    assert shuffled == pytest.approx(together[:, order], rel=1e-7, abs=1e-9)


def test_too_few_values_for_the_weights_give_nan() -> None:
    values = np.full((2, MINUTES.size), np.nan)
    values[:, :8] = np.random.default_rng(1).normal(size=(2, 8))
    assert np.isfinite(fit_cosinor(values, MINUTES, PERIOD, harmonics=3).p_value).all()
    fit = fit_cosinor(values, MINUTES, PERIOD, harmonics=3, trend=True)
    assert np.isnan(fields(fit)).all()
