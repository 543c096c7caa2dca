"""The statistics of the atlas, against SciPy, plain loops and what is known of simulated profiles."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import examples
import phasecall
from phasecall.errors import InputError
from phasecall.exploration import MAX_CHOSEN, Exploration, explore
from phasecall.exploration.components import find_components
from phasecall.exploration.memory import (
    correlate_genes,
    correlate_lags,
    correlate_times,
    measure_memory,
    pair_lags,
)
from phasecall.exploration.noise import compare_replicates, measure_likeness, weigh_signal
from phasecall.exploration.profiles import LEVELS, find_volatile, fold_profiles, measure_envelope
from phasecall.exploration.record import STAND_IN
from phasecall.exploration.values import (
    compare_normal,
    describe_profiles,
    estimate_densities,
    score_residuals,
    spread_skewness,
)
from phasecall.exploration.waves import fit_columns, fit_profiles
from phasecall.figures import ATLAS
from phasecall.figures.table import warn
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]
ALPHA = examples.exploration()
PERIOD = 60.0


def made(values: Floats, times: Floats, *, cycling: bool = False, **given: Any) -> Exploration:
    """Values as an exploration; the calls are those of other genes, with one period and surety."""
    genes = tuple(f"G{row}" for row in range(len(values)))
    calls = examples.calls(max(len(values), 5))
    cut = {name: getattr(calls, name)[: len(values)] for name in ("peak_turn", "peak_time")}
    calls = replace(
        calls,
        genes=genes,
        period=PERIOD,
        probabilities=calls.probabilities[: len(values)],
        reason=calls.reason[: len(values)],
        periodic_q=np.full(len(values), 0.001 if cycling else 0.9),
        rank=np.full(len(values), int(cycling)),
        **cut,
    )
    course = TimeCourse(genes, times, values)
    return Exploration(course, replace(calls, **given), ALPHA.estimate, seed=0)


def noise(n: int, n_times: int, *, kept: float = 0.0, seed: int = 0) -> Floats:
    """Autoregressive noise of variance 1."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, n_times))
    for place in range(1, n_times):
        values[:, place] = kept * values[:, place - 1] + np.sqrt(1 - kept**2) * values[:, place]
    return values


def waves(n: int, times: Floats, *, sigma: float = 0.0) -> tuple[Floats, Floats]:
    """Cosines of one period and their peak times."""
    rng = np.random.default_rng(1)
    peaks = rng.uniform(0, PERIOD, n)
    values = np.cos(2 * np.pi * (times - peaks[:, None]) / PERIOD)
    return values + rng.normal(0, sigma, values.shape), peaks


def with_gaps(values: Floats, share: float = 0.1) -> Floats:
    holes = np.random.default_rng(7).random(values.shape) < share
    return np.where(holes, np.nan, values)


def test_an_exploration_names_chosen_genes_and_keeps_replicates_apart() -> None:
    found = explore(phasecall.load("alpha"), chosen=["YPR120C", "yal022c", "ypr120c"])
    assert [found.course.genes[row] for row in found.chosen] == ["YPR120C", "YAL022C"]
    assert found.replicates is None
    replicates = examples.replicated().replicates
    assert replicates is not None
    assert replicates.times.tolist() == [0, 0, 7, 7, 14, 14, 21, 21]


def test_what_cannot_be_explored_is_refused() -> None:
    course = phasecall.load("alpha")
    with pytest.raises(InputError, match="no gene 'NOSUCH' in this course"):
        explore(course, chosen=["YPR120C", "NOSUCH"])
    with pytest.raises(InputError, match=f"too many genes(.|\n)*{MAX_CHOSEN}"):
        explore(course, chosen=course.genes[: MAX_CHOSEN + 1])
    with pytest.raises(InputError, match="no gene of 'flat' has a profile"):
        explore(TimeCourse(("a", "b"), np.arange(3.0), np.array([[1.0, 2, 3], [4, 4, 4]]), name="flat"))


def test_fits_are_those_of_least_squares_gene_by_gene() -> None:
    times = np.arange(0.0, 120.0, 10.0)
    values = 5 + with_gaps(waves(30, times, sigma=0.5)[0], 0.3)
    fit = fit_columns(values, times, PERIOD)
    design = np.stack(
        [np.ones(12), np.cos(2 * np.pi * times / PERIOD), np.sin(2 * np.pi * times / PERIOD)], 1
    )
    for row, own in enumerate(values):
        seen = np.isfinite(own)
        weights = np.linalg.lstsq(design[seen], own[seen], rcond=None)[0]
        np.testing.assert_allclose(fit.weights[row], weights, atol=1e-9)
        rest = own[seen] - design[seen] @ weights
        np.testing.assert_allclose(fit.residual[row, seen], rest, atol=1e-9)
        np.testing.assert_allclose(fit.deviation[row], np.sqrt((rest**2).sum() / (seen.sum() - 3)))
        hat = design[seen] @ np.linalg.pinv(design[seen])
        np.testing.assert_allclose(fit.leverage[row, seen], np.diag(hat), atol=1e-9)
        assert fit.freedom[row] == seen.sum() - 3
    np.testing.assert_allclose(fit.trace(times)[0, seen], (design @ fit.weights[0])[seen])


def test_a_wave_that_the_times_do_not_determine_is_not_known() -> None:
    fit = fit_columns(np.array([[1.0, 2.0, 4.0, 3.0]]), np.array([0.0, 60.0, 120.0, 180.0]), PERIOD)
    assert np.isnan(fit.weights).all()
    assert fit.freedom.tolist() == [0]
    assert np.isnan(fit.deviation).all()


def test_the_envelope_is_mean_and_quantiles_of_what_was_seen() -> None:
    told = measure_envelope(ALPHA)
    for place, column in enumerate(ALPHA.scaled.T):
        known = column[np.isfinite(column)]
        assert told.mean[place] == pytest.approx(known.mean())
        np.testing.assert_allclose(told.quantiles[:, place], np.quantile(known, LEVELS))


def test_folded_cosines_are_a_cosine() -> None:
    times = np.arange(0.0, 180.0, 7.0)
    values, peaks = waves(300, times)
    folded = fold_profiles(made(values, times, cycling=True, peak_time=peaks))
    assert folded is not None
    assert folded.n_genes == 300
    np.testing.assert_allclose(folded.share.sum(axis=0), 1.0)
    middles = (folded.edges[1:] + folded.edges[:-1]) / 2
    np.testing.assert_allclose(folded.median, np.sqrt(2) * np.cos(2 * np.pi * middles), atol=0.15)
    assert fold_profiles(made(values, times, cycling=False)) is None
    assert fold_profiles(made(values, times, cycling=True, period=float("nan"))) is None


def test_the_most_variable_genes_have_values_at_half_of_the_times() -> None:
    times = np.arange(0.0, 120.0, 10.0)
    values = noise(20, 12) * np.arange(1, 21)[:, None]
    values[5] = np.nan
    values[5, :4] = [0, 1e6, 0, -1e6]
    deviation = np.nanstd(values, axis=1)
    deviation[5] = 0
    assert find_volatile(made(values, times), 5).tolist() == np.argsort(-deviation)[:5].tolist()


@pytest.mark.parametrize("scale", [1.0, 1e-150, 1e150])
def test_moments_are_those_of_scipy(scale: float) -> None:
    values = with_gaps(np.random.default_rng(0).gamma(2.0, size=(40, 15)))
    told = describe_profiles(made(scale * values, np.arange(15.0)))
    skewness = stats.skew(values, axis=1, bias=False, nan_policy="omit")
    kurtosis = stats.kurtosis(values, axis=1, bias=False, nan_policy="omit")
    np.testing.assert_allclose(told.skewness, skewness, rtol=1e-8)
    np.testing.assert_allclose(told.kurtosis, kurtosis, rtol=1e-8)
    np.testing.assert_allclose(told.deviation, np.nanstd(values, axis=1, ddof=1) * scale)
    np.testing.assert_allclose(told.span, (np.nanmax(values, axis=1) - np.nanmin(values, axis=1)) * scale)


def test_the_spread_of_skewness_is_that_of_normal_samples() -> None:
    samples = stats.skew(np.random.default_rng(0).normal(size=(40_000, 12)), axis=1, bias=False)
    assert samples.std() == pytest.approx(spread_skewness(np.array([12]))[0], rel=0.02)


def test_densities_are_those_of_a_gaussian_kernel() -> None:
    values = np.random.default_rng(3).normal(size=(3000, 5))
    told = estimate_densities(made(values, np.arange(5.0)))
    for place, column in enumerate(values.T):
        low, high = np.quantile(column, [0.25, 0.75])
        width = 0.9 * min(column.std(), (high - low) / 1.34) * column.size**-0.2
        expected = stats.gaussian_kde(column, bw_method=width / column.std(ddof=1))(told.grid)
        # What lies beyond the ends is added to them, and the kernel stands on a grid.
        np.testing.assert_allclose(told.density[place][5:-5], expected[5:-5], atol=0.01)


@pytest.mark.parametrize("n_times", [6, 9, 24])
def test_scores_of_normal_noise_are_normal_however_few_the_points(n_times: int) -> None:
    values = with_gaps(noise(1500, n_times) * np.random.default_rng(1).gamma(2, size=(1500, 1)), 0.05)
    for period in (np.nan, 47.0):
        scores = score_residuals(fit_columns(values, np.arange(0.0, 10.0 * n_times, 10.0), period))
        assert stats.kstest(scores, "norm").statistic < 0.015
        assert np.abs(scores).max() < 5


def test_scores_are_those_of_the_beta_distribution() -> None:
    values = noise(1, 10)
    fit = fit_columns(values, np.arange(10.0))
    about = values[0] - values[0].mean()
    ratio = about / (values[0].std(ddof=1) * np.sqrt(1 - 1 / 10))
    tail = stats.beta.sf(ratio**2 / 9, 0.5, 4.0) / 2
    np.testing.assert_allclose(score_residuals(fit), np.sign(about) * stats.norm.isf(tail), atol=1e-9)


def test_outliers_leave_the_line_of_normal_quantiles() -> None:
    times = np.arange(0.0, 180.0, 7.0)
    calm, wild = noise(400, times.size), np.random.default_rng(0).standard_t(2, size=(400, times.size))
    off = [
        np.abs(one.observed - one.expected).max()
        for values in (calm, wild)
        for one in compare_normal(made(values, times)).values()
    ]
    assert max(off[:2]) < 0.6
    assert min(off[2:]) > 1.0
    told = compare_normal(made(calm, times))["the mean"]
    assert (np.diff(told.observed) >= 0).all()
    assert told.n == calm.size
    assert list(compare_normal(made(calm, times, period=float("nan")))) == ["the mean"]


def test_signal_to_noise_is_amplitude_over_deviation() -> None:
    times = np.arange(0.0, 300.0, 5.0)
    values, _ = waves(200, times, sigma=0.25)
    told = weigh_signal(made(values, times))
    assert told is not None
    assert np.median(told.amplitude) == pytest.approx(1.0, abs=0.02)
    assert np.median(told.ratio) == pytest.approx(4.0, abs=0.2)
    assert np.median(told.shuffled) < 0.5
    again = weigh_signal(made(values, times))
    assert again is not None
    np.testing.assert_array_equal(told.shuffled, again.shuffled)
    assert weigh_signal(made(values, times, period=float("nan"))) is None


@pytest.mark.parametrize("kept", [0.0, 0.7])
def test_residuals_are_as_alike_as_the_noise_model_expects(kept: float) -> None:
    times = np.arange(0.0, 200.0, 10.0)
    told = measure_likeness(made(noise(3000, times.size, kept=kept), times))
    assert told is not None
    np.testing.assert_allclose(told.seen, told.fitted, atol=0.03)
    apart = np.abs(told.seen - told.white).max()
    assert apart < 0.03 if kept == 0 else apart > 0.3


def test_replicates_agree_as_an_analysis_of_variance_says() -> None:
    told = compare_replicates(examples.replicated())
    assert told is not None
    assert told.times.tolist() == [0, 7, 14, 21]
    course = examples.replicated().replicates
    assert course is not None
    values = course.values[examples.replicated().rows]
    for minute, intraclass in zip(told.times, told.intraclass, strict=True):
        own = values[:, course.times == minute]
        own = own[np.isfinite(own).all(axis=1)]
        own = own - own.mean(axis=0)
        ratio = stats.f_oneway(*own).statistic
        assert intraclass == pytest.approx((ratio - 1) / (ratio + 1))
    assert compare_replicates(ALPHA) is None


def test_times_correlate_as_numpy_says() -> None:
    np.testing.assert_allclose(correlate_times(ALPHA), np.corrcoef(ALPHA.filled.T), atol=1e-12)


@pytest.mark.parametrize("n_genes", [12, 450])
def test_genes_correlate_as_numpy_says_in_the_order_of_their_peaks(n_genes: int) -> None:
    times = np.arange(0.0, 180.0, 10.0)
    values, peaks = waves(n_genes, times, sigma=0.3)
    turns = peaks / PERIOD
    told = correlate_genes(made(values, times, cycling=True, peak_turn=turns))
    assert told is not None
    assert (np.diff(turns[told.order]) >= 0).all()
    whole = np.asarray(np.corrcoef(values[told.order]))
    blocks = np.split(np.arange(n_genes), told.borders[1:-1])
    expected = [[whole[np.ix_(one, other)].mean() for other in blocks] for one in blocks]
    np.testing.assert_allclose(told.correlation, expected, atol=1e-5)
    assert correlate_genes(made(values, times, cycling=False)) is None


def test_lags_gather_pairs_about_as_far_apart() -> None:
    lags, pairs = pair_lags(np.array([0.0, 10, 20, 31, 40, 50, 60, 90]))
    assert [len(one) for one, _ in pairs] == [6, 5, 5]
    np.testing.assert_allclose(lags, [10.0, 20.0, 30.0])
    assert pair_lags(np.array([0.0, 1, 2, 3]))[0].size == 0


def test_the_autocorrelation_is_the_mean_over_genes_and_pairs() -> None:
    times = np.arange(0.0, 180.0, 10.0)
    found = made(waves(100, times, sigma=0.2)[0], times, cycling=True)
    told = correlate_lags(found)
    profiles = found.filled
    for lag, value, pairs in zip(told.lags, told.all_genes, told.pairs, strict=True):
        step = round(lag / 10)
        products = [profile[:-step] * profile[step:] for profile in profiles]
        assert value == pytest.approx(np.mean(products))
        assert pairs == times.size - step
    np.testing.assert_allclose(told.cycling, told.all_genes)
    # Half a period apart genes are opposed, a whole one alike; shuffled times have neither.
    assert told.all_genes[2] < -0.6
    assert told.all_genes[5] > 0.6
    np.testing.assert_allclose((told.low + told.high) / 2, -1 / 17, atol=0.06)


def test_the_mean_of_shuffled_times_is_as_expected() -> None:
    times = np.arange(0.0, 200.0, 10.0)
    told = correlate_lags(made(noise(800, times.size), times))
    inside = (told.all_genes >= told.low) & (told.all_genes <= told.high)
    assert inside.mean() > 0.7
    assert np.isnan(told.cycling).all()


def test_a_wave_is_remembered_for_a_quarter_of_its_period() -> None:
    times = np.arange(0.0, 600.0, 5.0)
    told = measure_memory(made(waves(50, times)[0], times))
    np.testing.assert_allclose(told.crossing, PERIOD / 4, atol=1.0)
    # The integral of a cosine up to a quarter of its period.
    np.testing.assert_allclose(told.integrated, PERIOD / (2 * np.pi), atol=1.0)
    assert np.median(told.shuffled_crossing) < 8


def test_memory_is_that_of_a_plain_loop() -> None:
    times = np.arange(0.0, 180.0, 10.0)
    found = made(noise(60, times.size, kept=0.8), times)
    told = measure_memory(found)
    for row, profile in enumerate(found.filled):
        likeness = [1.0] + [float(np.mean(profile[:-k] * profile[k:])) for k in range(1, 14)]
        ends = next((k for k, value in enumerate(likeness) if value <= 0), None)
        if ends is None:
            assert np.isnan(told.crossing[row])
            continue
        before, after = likeness[ends - 1], likeness[ends]
        assert told.crossing[row] == pytest.approx(10 * (ends - 1 + before / (before - after)))
        assert told.integrated[row] == pytest.approx(10 * (0.5 + sum(likeness[1:ends])))


def test_no_period_no_wave() -> None:
    assert fit_profiles(made(noise(5, 8), np.arange(8.0), period=float("nan"))) is None
    assert measure_likeness(made(noise(5, 8), np.arange(8.0), period=float("nan"))) is None


def test_the_best_ranks_stand_in_where_hardly_any_rhythm_is_sure() -> None:
    calls = ALPHA.calls
    weak = Exploration(ALPHA.course, replace(calls, periodic_q=np.full(len(calls), 0.5)), ALPHA.estimate)
    assert weak.stands_in
    assert not ALPHA.stands_in
    assert int(weak.cycling.sum()) == STAND_IN
    assert "by choice" in warn(ATLAS["ring"], weak)
    assert "by choice" not in warn(ATLAS["ring"], ALPHA)
    assert "by choice" not in warn(ATLAS["missing"], weak)
    assert set(calls.rank[weak.rows[weak.cycling]]) == set(range(1, STAND_IN + 1))


def test_a_statistic_is_kept_with_its_exploration_and_no_longer() -> None:
    found = replace(ALPHA)
    first = find_components(found, cycling=True)
    assert find_components(found, cycling=True) is first
    assert find_components(found) is not first
    assert find_components(replace(found, seed=1), cycling=True) is not first
    assert pickle.loads(pickle.dumps(found)).kept == {}
