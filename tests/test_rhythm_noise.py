"""The noise of an experiment, generalised least squares by it, and p values that hold under it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from phasecall.rhythm import (
    RHYTHMS,
    Noise,
    adjust,
    combine,
    correlation,
    fit_cosinor,
    fit_noise,
    judge_rhythm,
)

EVEN = np.arange(0.0, 240, 10)
UNEVEN = np.array([10.0, 30, 50, *range(70, 251, 10), 270, 290])
TWICE = np.sort(np.concatenate([np.arange(0.0, 200, 20), np.arange(0.0, 200, 20)]))
PERIOD = 115.0
KINDS = {
    "white": Noise(10.0),
    "drift": Noise(10.0, 1.0, 0.6),
    "swing": Noise(10.0, 0.0, 0.0, 1.0, 0.4),
    "drift and error": Noise(10.0, 0.7, 0.8),
    "all three": Noise(10.0, 0.4, 0.8, 0.3, 0.7),
}


def draw(noise: Noise, times: np.ndarray, n: int = 3000, missing: float = 0.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, times.size)) @ np.linalg.cholesky(correlation(noise, times)).T
    values[rng.random(values.shape) < missing] = np.nan
    return np.asarray(values * np.exp(rng.normal(size=(n, 1))))


def apart(one: Noise, other: Noise, times: np.ndarray) -> float:
    return float(np.abs(correlation(one, times) - correlation(other, times)).max())


def assert_uniform(p_values: np.ndarray, limit: float = 4.0) -> None:
    known = p_values[np.isfinite(p_values)]
    for level in (0.01, 0.05, 0.2, 0.5):
        error = np.sqrt(level * (1 - level) / known.size)
        assert abs(float((known <= level).mean()) - level) < limit * error, level


def plain_gls(y: np.ndarray, design: np.ndarray, errors: np.ndarray, n_flat: int) -> tuple[np.ndarray, float]:
    """Weights and p value of one gene, by the textbook formula."""
    seen = np.isfinite(y)
    inverse = np.linalg.inv(errors[np.ix_(seen, seen)])
    squares = []
    weights = np.empty(0)
    for columns in (design[seen, :n_flat], design[seen]):
        weights = np.linalg.solve(columns.T @ inverse @ columns, columns.T @ inverse @ y[seen])
        rest = y[seen] - columns @ weights
        squares.append(float(rest @ inverse @ rest))
    freedom, n_waves = int(seen.sum()) - design.shape[1], design.shape[1] - n_flat
    ratio = (squares[0] - squares[1]) / n_waves / (squares[1] / freedom)
    return weights, float(stats.f.sf(ratio, n_waves, freedom))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("times", [EVEN, UNEVEN, np.array([0.0, 3, 3, 7, 20, 26])])
def test_the_correlation_equals_the_published_formula(kind: str, times: np.ndarray) -> None:
    noise = KINDS[kind]
    made = correlation(noise, times)
    for i, here in enumerate(times):
        for j, there in enumerate(times):
            gap = abs(here - there) / 10
            plain = noise.drift * noise.drift_kept**gap
            plain += noise.swing * noise.swing_kept**gap * np.cos(np.pi * gap)
            plain += (1 - noise.drift - noise.swing) * (i == j)
            assert made[i, j] == pytest.approx(plain)
    assert np.linalg.eigvalsh(made).min() > -1e-12


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("harmonics", [1, 2])
def test_the_fit_equals_a_plain_loop_gene_by_gene(trend: bool, harmonics: int) -> None:
    noise = KINDS["all three"]
    values = draw(noise, UNEVEN, 40, missing=0.15)
    values[:10] = draw(noise, UNEVEN, 10)
    fit = fit_cosinor(values, UNEVEN, PERIOD, trend=trend, harmonics=harmonics, noise=noise)
    angle = 2 * np.pi * UNEVEN / PERIOD
    waves = [turn(h * angle) for h in range(1, harmonics + 1) for turn in (np.cos, np.sin)]
    design = np.column_stack([np.ones_like(angle), *([UNEVEN] if trend else []), *waves])
    for row, y in enumerate(values):
        weights, p_value = plain_gls(y, design, correlation(noise, UNEVEN), 1 + trend)
        assert fit.p_value[row] == pytest.approx(p_value, rel=1e-6)
        if harmonics == 1:
            assert fit.amplitude[row] == pytest.approx(np.hypot(*weights[-2:]), rel=1e-7)
            peak = np.arctan2(weights[-1], weights[-2]) / (2 * np.pi) * PERIOD
            assert (fit.peak_time[row] - peak + PERIOD / 2) % PERIOD - PERIOD / 2 == pytest.approx(
                0, abs=1e-6
            )


def test_a_gene_is_fitted_the_same_whoever_stands_beside_it() -> None:
    values = draw(KINDS["all three"], EVEN, 50, missing=0.01)
    beside = np.stack([EVEN, np.full(EVEN.size, 0.1), np.full(EVEN.size, np.nan)])
    alone = fit_cosinor(values, EVEN, PERIOD, trend=True, noise=KINDS["all three"])
    together = fit_cosinor(
        np.concatenate([beside, values]), EVEN, PERIOD, trend=True, noise=KINDS["all three"]
    )
    assert together.p_value[3:] == pytest.approx(alone.p_value)
    assert together.peak_time[3:] == pytest.approx(alone.peak_time)
    assert np.isnan(together.p_value[:3]).all()


def test_white_noise_changes_nothing() -> None:
    values = draw(KINDS["white"], EVEN, 200, missing=0.1)
    plain = fit_cosinor(values, EVEN, PERIOD, trend=True, harmonics=2)
    white = fit_cosinor(values, EVEN, PERIOD, trend=True, harmonics=2, noise=Noise(10.0))
    for name in ("peak_time", "peak_lo", "peak_hi", "amplitude", "r_squared", "p_value"):
        assert getattr(white, name) == pytest.approx(getattr(plain, name), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("times", [EVEN, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_noise_is_found(kind: str, times: np.ndarray, missing: float) -> None:
    found = fit_noise(draw(KINDS[kind], times, missing=missing), times, PERIOD)
    assert apart(found, KINDS[kind], times) < 0.05


def test_replicates_share_the_drift_and_not_the_error() -> None:
    noise = Noise(20.0, 0.6, 0.7)
    found = fit_noise(draw(noise, TWICE), TWICE, PERIOD)
    assert apart(found, noise, TWICE) < 0.05
    assert found.drift == pytest.approx(0.6, abs=0.03)
    assert_uniform(judge_rhythm(draw(noise, TWICE, seed=4), TWICE, PERIOD))
    # Without an error of its own a replicate could not differ: no such noise is proposed.
    pure = fit_noise(np.repeat(draw(KINDS["drift"], EVEN[:10], 500), 2, axis=1), TWICE, PERIOD)
    assert pure.drift + pure.swing < 1


@pytest.mark.parametrize(("kind", "times"), [("drift", EVEN), ("white", np.arange(40.0, 121, 10))])
def test_sharp_waves_of_many_genes_do_not_pass_for_noise(kind: str, times: np.ndarray) -> None:
    values = draw(KINDS[kind], times)
    values /= values.std(axis=1, keepdims=True)
    angle = 2 * np.pi * (times / PERIOD - np.random.default_rng(1).uniform(size=(600, 1)))
    values[:600] += np.exp(2 * np.cos(angle)) * np.linspace(0.5, 2, 600)[:, None]
    assert apart(fit_noise(values, times, PERIOD), KINDS[kind], times) < 0.06


def test_wild_genes_and_trends_do_no_harm() -> None:
    values = draw(KINDS["drift"], EVEN)
    values[:20] *= 1e6
    assert apart(fit_noise(values, EVEN, PERIOD), KINDS["drift"], EVEN) < 0.03
    sloping = values + np.linspace(-1, 1, len(values))[:, None] * EVEN
    assert apart(fit_noise(sloping, EVEN, PERIOD, trend=True), KINDS["drift"], EVEN) < 0.05


def test_few_genes_get_white_noise_and_what_cannot_be_fitted_does_no_harm() -> None:
    white = Noise(10.0)
    assert apart(fit_noise(draw(KINDS["white"], EVEN, 5), EVEN, PERIOD), white, EVEN) == 0
    nothing = np.full((4, EVEN.size), np.nan)
    nothing[1, :3], nothing[2] = [1, 2, 3], 0.1
    nothing[3] = np.cos(2 * np.pi * EVEN / PERIOD)
    for values in (nothing, nothing[:0]):
        assert apart(fit_noise(values, EVEN, PERIOD), white, EVEN) == 0
        assert np.isnan(judge_rhythm(values, EVEN, PERIOD)[:3]).all()
    short = np.random.default_rng(0).normal(size=(50, 4))
    assert fit_noise(short, EVEN[:4], PERIOD).drift == 0
    assert fit_noise(short[:, :1], EVEN[:1], PERIOD) == Noise(1.0)


def test_the_noise_does_not_depend_on_the_order_of_genes() -> None:
    values = draw(KINDS["all three"], EVEN, 4000, missing=0.1)
    order = np.random.default_rng(0).permutation(4000)
    assert fit_noise(values[order], EVEN, PERIOD) == fit_noise(values, EVEN, PERIOD)


@pytest.mark.parametrize("times", [EVEN, UNEVEN, np.arange(40.0, 121, 10)], ids=["even", "uneven", "short"])
@pytest.mark.parametrize(
    ("neighbours", "missing"),
    [(-0.4, 0.0), (0.0, 0.0), (0.2, 0.0), (0.4, 0.0), (0.6, 0.0), (0.8, 0.0), (-0.4, 0.1), (0.4, 0.1)],
)
def test_p_values_of_noise_are_uniform_whatever_its_correlation(
    neighbours: float, times: np.ndarray, missing: float
) -> None:
    noise = Noise(10.0, 1.0, neighbours) if neighbours >= 0 else Noise(10.0, 0.0, 0.0, 1.0, -neighbours)
    # The noise is estimated from the same profiles: its error adds to that of counting.
    values = draw(noise, times, 3000 if times.size > 9 else 8000, missing, seed=7)
    assert_uniform(judge_rhythm(values, times, PERIOD), limit=5.0)


def test_shuffled_profiles_have_uniform_p_values() -> None:
    rng = np.random.default_rng(3)
    skewed = np.exp(draw(KINDS["drift"], EVEN) + rng.normal(size=(3000, EVEN.size)).cumsum(axis=1) / 3)
    assert_uniform(judge_rhythm(rng.permuted(np.log1p(skewed), axis=1), EVEN, PERIOD), limit=5.0)


@pytest.mark.parametrize("neighbours", [-0.4, 0.0, 0.4, 0.8])
def test_false_discoveries_are_as_rare_as_q_says(neighbours: float) -> None:
    noise = Noise(10.0, 1.0, neighbours) if neighbours >= 0 else Noise(10.0, 0.0, 0.0, 1.0, -neighbours)
    values = draw(noise, EVEN)
    values /= values.std(axis=1, keepdims=True)
    angle = 2 * np.pi * (EVEN / PERIOD - np.random.default_rng(1).uniform(size=(600, 1)))
    values[:600] += 2.5 * np.cos(angle)
    for q_values in (
        adjust(judge_rhythm(values, EVEN, PERIOD)),
        RHYTHMS["combined"].score(values, EVEN, PERIOD).q_value,
    ):
        called = np.flatnonzero(q_values <= 0.1)
        assert float((called >= 600).mean()) < 0.1
        assert float((q_values[:600] <= 0.1).mean()) > 0.6


def test_a_gene_with_two_peaks_in_a_turn_is_found() -> None:
    values = draw(KINDS["white"], EVEN, 400)
    values[0] += 20 * np.cos(4 * np.pi * EVEN / PERIOD)
    assert judge_rhythm(values, EVEN, PERIOD)[0] < 1e-3 < fit_cosinor(values, EVEN, PERIOD).p_value[0]


def test_the_combined_p_value_equals_two_f_tests() -> None:
    noise = KINDS["all three"]
    values = draw(noise, UNEVEN, 20, missing=0.1)
    angle = 2 * np.pi * UNEVEN / PERIOD
    waves = [turn(h * angle) for h in (1, 2) for turn in (np.cos, np.sin)]
    design = np.column_stack([np.ones_like(angle), *waves])
    for y, p_value in zip(values, judge_rhythm(values, UNEVEN, PERIOD, noise), strict=True):
        first = plain_gls(y, design[:, :3], correlation(noise, UNEVEN), 1)[1]
        second = plain_gls(y, design, correlation(noise, UNEVEN), 3)[1]
        mean = 0.9 * np.tan((0.5 - first) * np.pi) + 0.1 * np.tan((0.5 - second) * np.pi)
        assert p_value == pytest.approx(stats.cauchy.sf(mean), rel=1e-6)


def test_a_profile_too_short_for_a_second_wave_is_judged_by_the_first() -> None:
    values = draw(KINDS["white"], EVEN[:9], 30)
    values[0, 5:] = np.nan
    p_value = judge_rhythm(values, EVEN[:9], PERIOD, Noise(10.0))[0]
    assert p_value == pytest.approx(fit_cosinor(values, EVEN[:9], PERIOD).p_value[0])
    assert np.isfinite(p_value)


def test_weights_count_in_the_combination() -> None:
    p_values = np.array([[0.001, 0.4], [0.4, 0.001], [0.02, np.nan]])
    together = combine(p_values, np.array([3.0, 1.0]))
    mean = np.tan((0.5 - p_values[:2]) * np.pi) @ [0.75, 0.25]
    assert together[:2] == pytest.approx(stats.cauchy.sf(mean))
    assert together[2] == pytest.approx(0.02)


@settings(max_examples=15, deadline=None)
@given(st.floats(-200, 200), st.floats(0.01, 100), st.floats(-50, 50))
def test_units_levels_and_the_start_of_time_change_nothing(shift: float, scale: float, offset: float) -> None:
    values = draw(KINDS["all three"], UNEVEN, 300, missing=0.03)
    noise = fit_noise(values, UNEVEN, PERIOD)
    moved = values * scale + offset
    assert apart(fit_noise(moved, UNEVEN + shift, PERIOD), noise, UNEVEN) < 1e-3
    there = judge_rhythm(moved, UNEVEN + shift, PERIOD, noise)
    assert there == pytest.approx(judge_rhythm(values, UNEVEN, PERIOD, noise), rel=1e-4)


def test_the_interval_covers_the_peak_in_drifting_noise() -> None:
    noise, rng = KINDS["drift"], np.random.default_rng(5)
    truth = rng.uniform(0, PERIOD, 4000)
    errors = rng.normal(size=(4000, EVEN.size)) @ np.linalg.cholesky(correlation(noise, EVEN)).T
    values = 3 * np.cos(2 * np.pi * (EVEN - truth[:, None]) / PERIOD) + errors
    covered = []
    for known in (noise, None):
        fit = fit_cosinor(values, EVEN, PERIOD, noise=known)
        off = (truth - fit.peak_time + PERIOD / 2) % PERIOD - PERIOD / 2
        inside = (fit.peak_time + off >= fit.peak_lo) & (fit.peak_time + off <= fit.peak_hi)
        covered.append(float(inside.mean()))
    assert 0.94 < covered[0] < 0.965
    assert covered[1] < 0.9
