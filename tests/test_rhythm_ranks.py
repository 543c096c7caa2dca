"""JTK_CYCLE and Kendall's tau against SciPy gene by gene, and against counting every order."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from phasecall.rhythm import fit_jtk
from phasecall.rhythm.jtk import lay_lags
from phasecall.rhythm.kendall import correlate

MINUTES = np.array([0.0, 7, 14, 30, 30, 41, 55, 62, 70, 88, 95, 110, 124])
PERIOD = 60.0


def profiles(kind: str, n: int = 40) -> np.ndarray:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(n, MINUTES.size)) + np.cos(2 * np.pi * MINUTES / 60 - rng.uniform(0, 6, (n, 1)))
    if "tied" in kind:
        values = values.round(0)
    if "missing" in kind:
        values[rng.random(values.shape) < 0.25] = np.nan
    return np.asarray(values)


@pytest.mark.parametrize("kind", ["plain", "missing", "tied", "tied and missing"])
def test_tau_equals_that_of_scipy_gene_by_gene(kind: str) -> None:
    values = profiles(kind)
    lags = lay_lags(MINUTES, PERIOD)[:, None]
    references = np.asarray(np.cos(2 * np.pi * (MINUTES / PERIOD - lags)).round(9), dtype=np.float64)
    mine = correlate(values, references)
    for row, y in enumerate(values):
        seen = np.isfinite(y)
        for column, reference in enumerate(references):
            theirs = stats.kendalltau(y[seen], reference[seen], method="asymptotic")
            assert mine.tau[row, column] == pytest.approx(theirs.statistic, nan_ok=True)
            if kind != "plain" and theirs.statistic != 0:
                # SciPy leaves the steps of two out of account: undo that, and its standard deviation is left.
                spread = abs(mine.excess[row, column]) / stats.norm.isf(theirs.pvalue / 2)
                away = (abs(mine.excess[row, column]) - 1) / spread
                # A complete gene without equal values is judged exactly.
                if not (seen.all() and np.unique(y).size == y.size):
                    assert mine.p_value[row, column] == pytest.approx(2 * stats.norm.sf(away), rel=1e-6)


def test_p_equals_the_exact_one_of_scipy_where_nothing_is_equal() -> None:
    values = np.random.default_rng(2).normal(size=(30, 17))
    reference = np.arange(17.0)
    mine = correlate(values, reference[None])
    theirs = [stats.kendalltau(y, reference, method="exact").pvalue for y in values]
    assert mine.p_value[:, 0] == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(
    "reference", [[0, 1, 2, 3, 4, 5], [0, 0, 1, 1, 2, 2], [3, 1, 1, 1, 0, 2], [0, 0, 0, 1, 1, 1]]
)
def test_p_equals_the_share_of_all_orders(reference: list[int]) -> None:
    orders = np.array(list(permutations(range(6))), dtype=np.float64)
    mine = correlate(orders, np.array([reference], dtype=np.float64))
    excess = np.abs(mine.excess[:, 0])
    for value in np.unique(excess):
        share = float((excess >= value).mean())
        assert mine.p_value[excess == value, 0] == pytest.approx(share, rel=1e-12)


def test_jtk_takes_the_best_lag_and_pays_for_all() -> None:
    values = profiles("plain")
    lags = lay_lags(MINUTES, PERIOD)
    result = fit_jtk(values, MINUTES, PERIOD)
    for row, y in enumerate(values):
        p_values, peaks = [], []
        for lag in lags:
            curve = np.round(np.cos(2 * np.pi * (MINUTES / PERIOD - lag)), 9)
            one = correlate(y[None], curve[None])
            p_values.append(one.p_value[0, 0])
            peaks.append(PERIOD * (lag + (0.5 if one.excess[0, 0] < 0 else 0)))
        assert result.p_value[row] == pytest.approx(min(1, min(p_values) * len(lags)))
        assert result.peak_time[row] == pytest.approx(peaks[int(np.argmin(p_values))])


def test_a_monotone_change_of_scale_changes_nothing_but_the_amplitude() -> None:
    values = profiles("missing")
    here, there = fit_jtk(values, MINUTES, PERIOD), fit_jtk(np.exp(values), MINUTES, PERIOD)
    assert there.p_value == pytest.approx(here.p_value)
    assert there.peak_time == pytest.approx(here.peak_time)
    assert fit_jtk(3 * values - 5, MINUTES, PERIOD).amplitude == pytest.approx(3 * here.amplitude)


def test_shifting_time_by_a_lag_moves_the_peak_by_it() -> None:
    minutes = np.arange(0, 120, 5.0)
    values = np.random.default_rng(3).normal(size=(200, 24))
    here, there = fit_jtk(values, minutes, 60.0), fit_jtk(values, minutes + 5, 60.0)
    assert there.p_value == pytest.approx(here.p_value)
    # Where two lags are equally good, the first is taken, and that may then be the other one.
    moved = (there.peak_time - here.peak_time - 5 + 30) % 60 - 30
    assert float((np.abs(moved) < 1e-6).mean()) > 0.5


def test_the_peak_and_amplitude_of_a_wave() -> None:
    minutes, truth = np.arange(0, 180, 5.0), np.array([[0.0], [12.5], [37.5], [55.0]])
    result = fit_jtk(3 * np.cos(2 * np.pi * (minutes - truth) / 60).round(9), minutes, 60.0)
    assert result.peak_time == pytest.approx(truth[:, 0])
    assert result.tau == pytest.approx(1.0)
    assert result.amplitude == pytest.approx(3.0, rel=1e-6)


@pytest.mark.parametrize("kind", ["plain", "missing", "rounded"])
def test_jtk_finds_no_more_in_noise_than_it_says(kind: str) -> None:
    rng = np.random.default_rng(4)
    noise = rng.normal(size=(6000, MINUTES.size))
    if kind == "missing":
        noise[rng.random(noise.shape) < 0.15] = np.nan
    if kind == "rounded":
        noise = noise.round(1)
    p_values = fit_jtk(noise, MINUTES, PERIOD).p_value
    for level in (0.005, 0.05, 0.2):
        share = float((p_values <= level).mean())
        assert share <= level + 3 * np.sqrt(level / 6000)
    assert float((p_values <= 0.05).mean()) > 0.005


def test_many_time_points_and_many_genes_keep_to_the_memory() -> None:
    values = np.random.default_rng(5).normal(size=(50, 130))
    result = fit_jtk(values, np.arange(130.0), 24.0)
    assert np.isfinite(result.p_value).all()
    chunked = fit_jtk(np.repeat(profiles("plain"), 700, axis=0), MINUTES, PERIOD)
    assert chunked.p_value == pytest.approx(
        np.repeat(fit_jtk(profiles("plain"), MINUTES, PERIOD).p_value, 700)
    )


def test_genes_that_cannot_be_ranked_get_nan() -> None:
    values = np.full((4, MINUTES.size), np.nan)
    values[1, :3], values[2], values[3] = [1, 2, 3], 4.0, 0.1
    result = fit_jtk(values, MINUTES, PERIOD)
    assert np.isnan([result.p_value, result.peak_time, result.tau, result.amplitude]).all()
