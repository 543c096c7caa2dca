"""Influence and landscape of the atlas: against plain loops, SciPy and processes whose numbers are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

import examples
from phasecall import figures
from phasecall.circular import difference, distance, wrap
from phasecall.clock import Clock
from phasecall.exploration import Exploration, explore
from phasecall.exploration import dynamics as dyn
from phasecall.exploration import fluctuations as flu
from phasecall.exploration import freeenergy as free
from phasecall.exploration import influence as inf
from phasecall.exploration import landscape as land
from phasecall.exploration.selection import place_peaks
from phasecall.exploration.stretch import (
    find_stretch,
    lay_stretch,
    randomise_phases,
    remove_waves,
)
from phasecall.timecourse import TimeCourse
from test_figures import assert_legible

Floats = NDArray[np.float64]

FAMILIES = ("Influence", "Landscape")
KEYS = [key for key, picture in figures.FIGURES.items() if picture.family in FAMILIES]
MEASURES = (
    inf.measure_leads,
    inf.measure_influence,
    inf.measure_gain_by_distance,
    land.measure_landscape,
    land.measure_flow,
    free.measure_free_energy,
    dyn.measure_drift,
    dyn.measure_relaxation,
    flu.measure_susceptibility,
    flu.measure_criticality,
)
PERIOD = 100.0


def relax(n: int, size: int, step: float, time: float, rng: np.random.Generator) -> Floats:
    """Ornstein-Uhlenbeck series of variance 1, sampled exactly; shape (n, size)."""
    kept = np.exp(-step / time)
    series = np.empty((n, size))
    series[:, 0] = rng.normal(size=n)
    for place in range(1, size):
        series[:, place] = kept * series[:, place - 1] + np.sqrt(1 - kept**2) * rng.normal(size=n)
    return series


@cache
def waves(
    noise: float = 0.3, n_genes: int = 200, n_times: int = 30, sync: str | None = "alpha", loss: float = 0.0
) -> Exploration:
    """Waves at every phase, a tenth of the period a step, with white noise."""
    rng = np.random.default_rng(5)
    times = np.arange(n_times) * PERIOD / 10
    peaks = (np.arange(n_genes) + 0.5) / n_genes
    kept = (1 - loss) ** (times / PERIOD)
    values = kept * np.cos(2 * np.pi * (times / PERIOD - peaks[:, None]))
    values = values + rng.normal(0, noise, values.shape)
    course = TimeCourse(tuple(f"gene {number}" for number in range(n_genes)), times, values, sync=sync)
    return explore(course, period=PERIOD)


@cache
def alpha() -> Exploration:
    return examples.exploration("alpha", 300)


# The even stretch, and random series.


@given(st.lists(st.sampled_from([0.1, 0.1, 0.1, 0.2, 0.37]), min_size=0, max_size=20))
def test_a_stretch_is_even_and_none_is_longer(steps: list[float]) -> None:
    moved = np.cumsum([0.0, *steps])
    stretch = find_stretch(moved)
    usual = np.median(steps) if steps else 0.0
    even = np.abs(np.array(steps) - usual) <= 0.1 * usual
    if not even.any():
        assert len(stretch) == 0
        return
    np.testing.assert_array_equal(np.diff(stretch.columns), 1)
    assert even[stretch.columns[:-1]].all()
    longest = max((len(run) for run in "".join("01"[int(one)] for one in even).split("0")), default=0)
    assert len(stretch) == longest + 1


def test_without_a_clock_or_with_one_array_there_is_no_stretch() -> None:
    for moved in (np.full(5, np.nan), np.zeros(1), np.zeros(4)):
        stretch = find_stretch(moved)
        assert len(stretch) == 0
        assert np.isnan(stretch.step)


@given(st.integers(3, 25), st.integers(0, 10**6))
def test_random_series_keep_mean_and_spectrum(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    series = rng.normal(2.0, 1.0, (3, size))
    made = randomise_phases(series, 2, rng)
    assert made.shape == (2, 3, size)
    np.testing.assert_allclose(
        np.abs(np.fft.rfft(made)),
        np.broadcast_to(np.abs(np.fft.rfft(series)), (2, 3, size // 2 + 1)),
        atol=1e-9,
    )


def test_series_turned_together_keep_what_they_share() -> None:
    rng = np.random.default_rng(1)
    series = rng.normal(size=(4, 21))
    (together,) = randomise_phases(series, 1, rng, together=True)
    (alone,) = randomise_phases(series, 1, rng)
    np.testing.assert_allclose(np.corrcoef(together), np.corrcoef(series), atol=1e-9)
    assert np.abs(np.corrcoef(alone) - np.corrcoef(series)).max() > 0.1


def test_what_the_waves_leave_is_at_right_angles_to_them() -> None:
    exploration = waves()
    rest, kept = remove_waves(exploration)
    np.testing.assert_array_equal(kept, np.arange(200))
    np.testing.assert_allclose((rest**2).mean(axis=1), 1)
    angle = 2 * np.pi * exploration.course.times / PERIOD
    # Generalised least squares with almost white noise: nearly, not exactly, at right angles.
    assert np.abs(rest @ np.cos(angle)).max() / angle.size < 0.1


# Influence.


def test_lagged_correlation_is_that_of_a_plain_loop() -> None:
    rng = np.random.default_rng(2)
    moved = np.cumsum(rng.uniform(0.05, 0.2, 14))
    series = rng.normal(size=(3, 14))
    lags = np.array([-0.3, 0.0, 0.11, 0.5, 2.0])
    found = inf.cross_correlate(series, series, moved, lags)
    for place, lag in enumerate(lags):
        inside = (moved + lag >= moved[0]) & (moved + lag <= moved[-1])
        for one in range(3):
            for other in range(3):
                if inside.sum() < 6:
                    assert np.isnan(found[one, other, place])
                    continue
                read = np.interp(moved[inside] + lag, moved, series[other])
                expected = np.corrcoef(series[one][inside], read)[0, 1]
                assert found[one, other, place] == pytest.approx(expected, abs=1e-9)


def test_phases_lead_by_the_difference_of_their_peaks() -> None:
    leads = inf.measure_leads(waves())
    assert leads is not None
    assert leads.codes.size == 4
    known = np.isfinite(leads.lag)
    assert known.sum() >= 12
    # A lag is looked for in steps of 0.02; half a turn ahead is half a turn behind.
    assert distance(leads.lag, leads.expected)[known].max() < 0.045
    assert (leads.lag_low <= leads.lag)[known].all()
    assert (leads.lag_high >= leads.lag)[known].all()
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose(difference(leads.lag, -leads.lag.T)[known & known.T], 0, atol=0.05)
    assert np.nanmax(leads.high[off]) > 0.8


def test_a_correlation_that_still_rises_at_the_last_lag_has_no_top() -> None:
    rising = np.where(np.abs(inf._LAGS) < 0.3, inf._LAGS, np.nan)
    humped = np.where(np.abs(inf._LAGS) < 0.3, -((inf._LAGS - 0.1) ** 2), np.nan)
    np.testing.assert_array_equal(inf._is_top(np.stack([rising, humped])), [False, True])


@pytest.mark.parametrize("with_clock", [False, True])
def test_the_gain_is_that_of_two_regressions(with_clock: bool) -> None:
    rng = np.random.default_rng(3)
    series = rng.normal(size=(4, 15))
    beside = rng.normal(size=(14, 2)) if with_clock else None

    def squares(columns: list[Floats], target: Floats) -> float:
        design = np.column_stack([np.ones(14), *columns, *(() if beside is None else beside.T)])
        fitted = design @ np.linalg.lstsq(design, target, rcond=None)[0]
        return float(((target - fitted) ** 2).sum())

    gain = inf.measure_gain(series, series, beside)
    for leader in range(4):
        for follower in range(4):
            if leader == follower:
                assert np.isnan(gain[leader, follower])
                continue
            past, target = series[follower, :-1], series[follower, 1:]
            expected = 1 - squares([past, series[leader, :-1]], target) / squares([past], target)
            assert gain[leader, follower] == pytest.approx(expected, abs=1e-9)


def test_a_leader_that_says_nothing_new_gains_nothing() -> None:
    rng = np.random.default_rng(4)
    series = rng.normal(size=12)
    gain = inf.measure_gain(np.stack([series, 2 * series + 1]), np.stack([series, 2 * series + 1]), None)
    assert gain[0, 1] == gain[1, 0] == 0
    flat = np.stack([np.zeros(12), series])
    assert inf.measure_gain(flat, flat, None)[0, 1] == 0


def test_a_driver_is_found_and_its_follower_is_none() -> None:
    rng = np.random.default_rng(6)
    series = rng.normal(size=(6, 40))
    series[1, 1:] = 0.9 * series[0, :-1] + 0.3 * rng.normal(size=39)
    gain, q = inf._judge(series, randomise_phases(series, 999, rng), None)
    assert int(np.nanargmin(q)) == 1
    assert q[0, 1] < 0.05
    assert (q <= 0.05).sum() <= 2
    assert gain[0, 1] > 0.8 > gain[1, 0]


def test_p_values_of_unrelated_series_are_even() -> None:
    rng = np.random.default_rng(7)
    series = np.concatenate([rng.normal(size=(10, 24)), np.cumsum(rng.normal(size=(10, 24)), axis=1) / 3])
    gain = inf.measure_gain(series, series, None)
    null = inf.measure_gain(randomise_phases(series, 199, rng), series, None)
    p_values = (1 + (null >= gain).sum(axis=0)) / 200
    off = p_values[~np.eye(20, dtype=bool)]
    assert (off <= 0.05).mean() < 0.1
    assert 0.4 < off.mean() < 0.6


def test_the_clock_explains_what_waves_gain() -> None:
    exploration = waves()
    found = inf.measure_influence(exploration)
    assert found is not None
    assert found.n_pairs == 29
    assert found.step == pytest.approx(0.1)
    assert (np.diff(found.places) >= 0).all()
    assert found.rows.size == 24
    assert np.nanmean(found.gain) > 3 * np.nanmean(found.gain_clock)
    # Any two waves of one period forecast one another: leaders of random phase gain as much.
    for q in (found.q, found.q_clock):
        assert (q <= 0.05).sum() < 28
    assert np.isnan(np.diag(found.gain)).all()
    averaged = inf.measure_gain_by_distance(exploration)
    assert averaged is not None
    # A quarter of a turn off says most, the same place and the opposite one least.
    assert averaged.gain[[2, 3, 8, 9]].min() > averaged.gain[[0, 5, 6, 11]].max()
    low, high = averaged.null_clock
    assert ((averaged.gain_clock > low - 0.01) & (averaged.gain_clock < high + 0.01)).all()


# Landscape.


@given(st.floats(0.5, 6.5), st.integers(8, 20))
def test_holding_back_reads_between_arrays(steps: float, size: int) -> None:
    series = np.random.default_rng(0).normal(size=(2, size))
    found = land.hold_back(series, steps)
    place = np.arange(size) - steps
    for row in range(2):
        expected = np.where(place >= -1e-6, np.interp(place, np.arange(size), series[row]), np.nan)
        seen = np.isfinite(found[row])
        np.testing.assert_allclose(found[row][seen], expected[seen], atol=1e-4)
        assert (seen == (place >= -1e-6)).all()


def test_a_limit_cycle_is_a_valley_round_a_hill_and_noise_is_a_basin() -> None:
    found = land.measure_landscape(waves())
    assert found is not None
    assert found.hill_low <= found.hill <= found.hill_high
    assert found.hill > 1.5
    # Genes on a ring lie on one in any order: those of another order that pass for waves have a hill, too.
    assert found.hill_low > found.null_hill > 0
    middle = (found.edges[1:] + found.edges[:-1]) / 2
    row, column = np.unravel_index(np.nanargmin(found.potential), found.potential.shape)
    # Profiles have variance 1, so a pure wave has radius sqrt 2, and this one less by its noise.
    assert np.hypot(middle[row], middle[column]) == pytest.approx(np.sqrt(2 * 0.5 / 0.59), abs=0.35)
    radius = np.hypot(*found.cycle.T)
    assert radius.min() > 1.05
    assert radius.max() < 1.45
    angle = np.arctan2(found.cycle[:, 1], found.cycle[:, 0]) / (2 * np.pi)
    assert np.abs(difference(angle, (np.arange(24) + 0.5) / 24)).max() < 0.05


def test_the_potential_of_a_gaussian_is_its_square() -> None:
    rng = np.random.default_rng(8)
    edges = np.linspace(-land.EDGE, land.EDGE, 73)
    cells = land._find_cells(rng.normal(size=10**6), rng.normal(size=10**6), edges)
    potential = land._sink(cells[cells >= 0], np.ones((cells >= 0).sum()), 2.0)
    middle = (edges[1:] + edges[:-1]) / 2
    wide = 1 + (2.0 * (edges[1] - edges[0])) ** 2
    expected = (middle[:, None] ** 2 + middle**2) / (2 * wide)
    near = expected < 2
    assert np.abs(potential - expected)[near].max() < 0.12


def test_states_beyond_the_plane_are_left_out() -> None:
    edges = np.linspace(-land.EDGE, land.EDGE, 4)
    cells = land._find_cells(np.array([0.0, 9.0, np.nan, -2.5]), np.array([0.0, 0.0, 0.0, 2.5]), edges)
    assert cells.tolist() == [4, -1, -1, 6]


def test_waves_turn_with_the_clock_and_noise_does_not() -> None:
    found = land.measure_flow(waves())
    assert found is not None
    assert found.rotation_low < 1 < found.rotation_high
    assert found.rotation == pytest.approx(1, abs=0.02)
    # Standard deviations of the profiles are those of wave and noise together.
    assert found.noise == pytest.approx(0.3 / np.sqrt(0.59), rel=0.1)
    assert found.spread == pytest.approx(0, abs=0.05)
    across, up = np.meshgrid(found.centres, found.centres)
    known = np.isfinite(found.velocity).all(axis=2) & (np.hypot(across, up) > 0.8)
    turning = across * found.velocity[..., 1] - up * found.velocity[..., 0]
    outward = across * found.velocity[..., 0] + up * found.velocity[..., 1]
    assert (turning[known] > 0).all()
    assert np.abs(outward[known]).mean() < 0.25 * turning[known].mean()


def fit_diffusion(series: Floats, step: float) -> Floats:
    squares = land._stray(series, step)
    solve = np.linalg.pinv(land._lay_moments(step, len(squares)))
    return np.asarray(solve @ [np.nanmean(one) for one in squares])


def test_states_of_a_process_that_could_run_backwards_do_not_turn() -> None:
    rng = np.random.default_rng(9)
    value, other = (relax(800, 40, 0.1, 0.2, rng) for _ in range(2))
    assert abs(np.angle(land._turn(value, other).sum()) / (2 * np.pi * 0.1)) < 0.05
    blocks = land._find_cells(value, other, np.linspace(-land.EDGE, land.EDGE, 14))
    centres = np.broadcast_to(np.linspace(-land.EDGE, land.EDGE, 14)[:-1] + land.EDGE / 13, (13, 13))
    forward = np.full(value.shape, np.nan)
    forward[:, :-1] = np.diff(value, axis=1) / 0.1

    def slope(moves: Floats) -> float:
        field = land._average(moves, blocks, 13)
        known = np.isfinite(field)
        return float((field * centres)[known].sum() / (centres[known] ** 2).sum())

    # The forward drift pulls inwards, by (1 - exp(-1/2)) / 0.1 a turn; the flux is none.
    assert slope(forward) == pytest.approx(-3.93, abs=0.2)
    assert abs(slope(land._differ(value, 0.1))) < 0.15
    assert abs(slope(land._differ(other, 0.1))) < 0.15


def test_the_second_gene_of_a_state_peaks_a_quarter_later() -> None:
    states = land.find_states(waves(0.0, 40, 20))
    assert states is not None
    # Two waves 0.05 turns from a quarter apart, and a little more as their peaks are called.
    np.testing.assert_allclose(np.hypot(states.value, states.other), np.sqrt(2), atol=0.4)
    angle = np.arctan2(states.other, states.value) / (2 * np.pi)
    assert distance(angle, states.since).max() < 0.07


@pytest.mark.parametrize(("diffusion", "error"), [(0.2, 0.0), (0.2, 0.5), (0.0, 0.5), (1.0, 0.3)])
@pytest.mark.parametrize("step", [0.125, 0.05, 0.11])
def test_diffusion_is_told_from_errors_of_measurement(diffusion: float, error: float, step: float) -> None:
    rng = np.random.default_rng(10)
    n, size = 3000, 20
    jumps = rng.normal(0, np.sqrt(2 * diffusion * step), (2, n, size))
    place = np.cumsum(jumps[0] + 1j * jumps[1], axis=1) + np.exp(2j * np.pi * rng.random((n, 1)))
    series = (place * np.exp(2j * np.pi * step * np.arange(size))).real + rng.normal(0, error, (n, size))
    found = fit_diffusion(series, step)
    # Between arrays the curve is bent, what a line through two of them misses: a little error, or diffusion.
    assert found[0] == pytest.approx(diffusion, abs=0.03 + 0.06 * diffusion)
    assert found[1] == pytest.approx(error**2, abs=0.03)


# Free energy.


@given(st.floats(0.06, 0.15), st.floats(0, 1))
def test_the_free_energy_of_a_wrapped_gaussian(spread: float, centre: float) -> None:
    turns = wrap(stats.norm.ppf((np.arange(4000) + 0.5) / 4000, centre, spread))
    counts = np.bincount(np.floor(turns * 240).astype(int) % 240, minlength=240)
    energy = free._raise(counts[None])[0]
    places = (np.arange(240) + 0.5) / 240
    shifts = np.arange(-3, 4)[:, None]
    wide = np.hypot(spread, 0.04)
    expected = -np.log(stats.norm.pdf(places + shifts, centre, wide).sum(axis=0))
    near = expected < 2
    np.testing.assert_allclose(energy[near], expected[near], atol=0.1)


def test_genes_spread_evenly_have_no_barrier() -> None:
    found = free.measure_free_energy(waves())
    assert found is not None
    assert found.anchored
    assert np.ptp(found.energy) < found.null_barrier
    # Genes that peak anywhere have curves higher than that in one draw of twenty.
    counts = np.random.default_rng(6).multinomial(found.n_genes, np.full(240, 1 / 240), 400)
    assert np.mean(np.ptp(free._raise(counts), axis=1) > found.null_barrier) == pytest.approx(0.05, abs=0.035)
    assert ((found.low <= found.energy + 0.2) & (found.high >= found.energy - 0.2)).all()


def test_two_waves_of_genes_have_two_valleys_and_the_barriers_between() -> None:
    turns = wrap(np.concatenate([0.2 + 0.05 * np.linspace(-1, 1, 300), 0.7 + 0.05 * np.linspace(-1, 1, 100)]))
    energy = free._raise(np.bincount(np.floor(turns * 240).astype(int), minlength=240)[None])[0]
    valleys, peaks = free.find_barriers(energy)
    np.testing.assert_allclose(valleys / 240, [0.2, 0.7], atol=0.01)
    assert 0.2 < peaks[0] / 240 < 0.7
    assert energy[valleys[1]] - energy[valleys[0]] == pytest.approx(np.log(3), abs=0.05)
    assert free.find_barriers(np.zeros(240))[0].size == 0


@given(st.integers(0, 1000))
def test_barriers_alternate_and_none_is_below_the_least(seed: int) -> None:
    energy = free._raise(np.random.default_rng(seed).multinomial(60, np.full(240, 1 / 240))[None])[0]
    valleys, peaks = free.find_barriers(energy, 0.1)
    assert valleys.size == peaks.size
    if valleys.size > 1:
        assert (energy[peaks] - energy[valleys] >= 0.1).all()
        assert (energy[peaks] - energy[np.roll(valleys, -1)] >= 0.1).all()
        order = np.stack([valleys, peaks], axis=1).ravel()
        assert (np.diff(order) > 0).sum() >= order.size - 2


# Drift, diffusion, relaxation.


@pytest.mark.parametrize("time", [0.3, 1.0])
def test_the_drift_and_diffusion_of_an_ornstein_uhlenbeck_process(time: float) -> None:
    step = 0.02
    series = relax(400, 300, step, time, np.random.default_rng(11))
    sums = dyn.gather_jumps(series)
    assert sums.shape == (400, 3, 9)
    drift, diffusion = dyn.weigh_jumps(sums.sum(axis=0), step)
    # Exactly, over a step: -x (1 - exp(-step / time)) / step, and (1 - exp(-2 step / time)) / 2 step.
    expected = -dyn.CENTRES / time
    np.testing.assert_allclose(drift, expected, rtol=0.18, atol=0.1 / time)
    np.testing.assert_allclose(diffusion, 1 / time, rtol=0.08)


def test_jumps_are_those_of_a_plain_loop() -> None:
    rng = np.random.default_rng(12)
    series = np.where(rng.random((5, 12)) < 0.15, np.nan, rng.normal(0, 1.5, (5, 12)))
    expected = np.zeros((5, 3, 9))
    edges = np.linspace(-2.25, 2.25, 10)
    for row in range(5):
        for start, end in zip(series[row, :-1], series[row, 1:], strict=True):
            place = int(np.searchsorted(edges, start, side="right")) - 1
            if np.isfinite(start) and np.isfinite(end) and 0 <= place < 9:
                expected[row, :, place] += (end - start) ** np.arange(3)
    np.testing.assert_allclose(dyn.gather_jumps(series), expected)


def test_white_noise_drifts_as_its_null() -> None:
    found = dyn.measure_drift(waves())
    assert found is not None
    assert found.rate == pytest.approx(found.null_rate, rel=0.05)
    known = np.isfinite(found.drift) & np.isfinite(found.null_drift[0])
    inside = (found.drift >= found.null_drift[0] - 0.5) & (found.drift <= found.null_drift[1] + 0.5)
    assert inside[known].mean() > 0.7


@given(st.lists(st.floats(0.05, 0.3), min_size=6, max_size=12))
def test_autocorrelation_by_lag_is_that_of_a_plain_loop(steps: list[float]) -> None:
    moved: Floats = np.cumsum(np.array([0.0, *steps], dtype=np.float64))
    covariance = np.exp(-np.abs(moved[:, None] - moved))
    lags: Floats = np.arange(4, dtype=np.float64) / 10
    found = dyn.average_lags(covariance, moved, lags)
    for place, lag in enumerate(lags):
        near = [
            covariance[one, other]
            for one in range(moved.size)
            for other in range(moved.size)
            if abs(abs(moved[one] - moved[other]) - lag) < 0.025
        ]
        assert found[place] == pytest.approx(np.mean(near), nan_ok=True) if near else np.isnan(found[place])


def test_memory_and_loss_of_synchrony_are_recovered() -> None:
    rng = np.random.default_rng(13)
    times = np.arange(40) * PERIOD / 20
    peaks = rng.random(400)
    signal = 0.7 ** (times / PERIOD) * np.cos(2 * np.pi * (times / PERIOD - peaks[:, None]))
    values = signal * np.where(np.arange(400) < 150, 1.0, 0.0)[:, None] + 0.4 * relax(400, 40, 0.05, 0.2, rng)
    course = TimeCourse(tuple(f"gene {number}" for number in range(400)), times, values, sync="alpha")
    found = dyn.measure_relaxation(explore(course, period=PERIOD))
    assert found is not None
    assert found.memory == pytest.approx(0.2, rel=0.35)
    # The loss is told in tenths.
    assert -1 / np.log(0.6) <= found.synchrony + 1e-9
    assert found.synchrony - 1e-9 <= -1 / np.log(0.8)
    np.testing.assert_allclose(found.expected[1:4], found.autocorrelation[1:4], atol=0.08)
    assert (found.autocorrelation[1:3] > found.white[1:3] + 0.2).all()
    assert np.corrcoef(found.amplitude, 0.7**found.moved)[0, 1] > 0.8


def test_the_amplitude_of_pure_waves_is_whole() -> None:
    amplitude, error = dyn.measure_amplitude(waves(0.01))
    np.testing.assert_allclose(amplitude, 1, atol=0.01)
    assert error.max() < 0.01


# Susceptibility, early warnings.


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_susceptibility_is_one_and_what_genes_share(share: float) -> None:
    rng = np.random.default_rng(14)
    common = rng.normal(size=2000)
    series = np.sqrt(share) * common + np.sqrt(1 - share) * rng.normal(size=(50, 2000))
    each = flu.respond(series)
    assert each.mean() == pytest.approx(1 + 49 * share, rel=0.12)
    assert (each < flu.ONE_ARRAY * (1 + 49 * share)).mean() == pytest.approx(0.95, abs=0.02)


def test_independent_genes_are_within_their_null() -> None:
    found = flu.measure_susceptibility(waves())
    assert found is not None
    assert found.codes[0] == -1
    assert ((found.whole > found.null_low - 0.3) & (found.whole < found.null_high + 0.3)).all()
    np.testing.assert_allclose(found.whole, 1 + (found.sizes - 1) * found.likeness)
    assert found.each.shape == (found.codes.size, 30)


def test_indicators_are_those_of_a_plain_loop() -> None:
    series = np.random.default_rng(15).normal(size=(6, 14))
    found = flu.watch(series, 7)
    assert found.shape == (3, 8)
    for start in range(8):
        own = series[:, start : start + 7]
        about = own - own.mean(axis=1, keepdims=True)
        assert found[0, start] == pytest.approx(np.sqrt(own.var(axis=1, ddof=1).mean()))
        assert found[1, start] == pytest.approx((about[:, 1:] * about[:, :-1]).sum() / (about**2).sum())
        pairs = np.asarray(np.corrcoef(own))[np.triu_indices(6, 1)]
        assert found[2, start] == pytest.approx(pairs.mean())


@given(st.integers(0, 1000), st.integers(3, 12))
def test_the_trend_is_kendalls(seed: int, size: int) -> None:
    series = np.random.default_rng(seed).normal(size=(2, size))
    expected = [stats.kendalltau(np.arange(size), one)[0] for one in series]
    np.testing.assert_allclose(flu.rank_trend(series), expected)


def test_a_system_that_loses_its_stability_is_noticed() -> None:
    rng = np.random.default_rng(16)
    size, state = 48, rng.normal(size=120)
    series = np.empty((120, size))
    for place in range(size):
        kept, common = 0.1 + 0.8 * place / size, rng.normal()
        share = 0.05 + 0.6 * place / size
        state = kept * state + np.sqrt(share) * common + np.sqrt(1 - share) * rng.normal(size=120)
        series[:, place] = state
    steady = randomise_phases(series, 1, rng, together=True)[0]
    for values, rises in ((series, True), (steady, False)):
        trends = np.asarray(flu.rank_trend(flu.watch(values, 24)))
        assert (trends[[0, 2]] > 0.5).all() == rises


# Every exploration is drawn, or it is said why not.


def thin(exploration: Exploration, **changes: Any) -> Exploration:
    return replace(exploration, calls=replace(exploration.calls, **changes))


def gappy() -> Exploration:
    course = alpha().course
    rng = np.random.default_rng(17)
    values = np.where(rng.random(course.values.shape) < 0.25, np.nan, course.values)
    return explore(replace(course, values=values, sync="alpha"))


def without_cycling() -> Exploration:
    n = len(alpha().calls)
    return thin(alpha(), periodic_q=np.ones(n), periodic_p=np.ones(n))


def without_clock() -> Exploration:
    n = len(alpha().calls)
    blank = np.full(n, np.nan)
    estimate = replace(alpha().estimate, clock=Clock(np.nan, np.nan))
    made = thin(alpha(), periodic_q=blank, periodic_p=blank, peak_turn=blank, peak_time=blank, period=np.nan)
    return replace(made, estimate=estimate)


DEGENERATE: dict[str, Callable[[], Exploration]] = {
    "nine": cache(lambda: explore(alpha().course.select_times(range(9)))),
    "ten genes": cache(lambda: examples.exploration("alpha", 10)),
    "one gene": cache(lambda: examples.exploration("alpha", 1)),
    "none cycling": cache(without_cycling),
    "no anchor": lambda: waves(0.3, 200, 30, None),
    "missing": cache(gappy),
    "no clock": cache(without_clock),
    "four times": cache(lambda: explore(alpha().course.select_times(range(4)))),
    "uneven": cache(lambda: examples.exploration("cdc15", 300)),
    "pure": lambda: waves(0.0, 40, 20),
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("kind", DEGENERATE)
def test_poor_data_are_drawn_or_it_is_said_why_not(kind: str, key: str) -> None:
    exploration = DEGENERATE[kind]()
    figure: Any = figures.draw(key, exploration)
    assert figure.axes or figure.texts[0].get_text() == f"Nothing to draw: {figures.FIGURES[key].empty}."
    assert all(axes.has_data() for axes in figure.axes)
    assert_legible(figure)
    assert isinstance(figures.FIGURES[key].warning(exploration), str)


@pytest.mark.parametrize("key", KEYS)
def test_each_row_says_what_few_points_cannot_bear_and_where_it_is_from(key: str) -> None:
    picture = figures.FIGURES[key]
    assert "doi 10." in picture.source
    for exploration in (alpha(), DEGENERATE["nine"](), DEGENERATE["uneven"]()):
        told = picture.warning(exploration)
        assert "cannot" in told or "no transition" in told or "intervals over genes do not" in told
        assert "read" in told or "names arrays" in told
        assert told.endswith(".")
    times = np.arange(120) * PERIOD / 10
    long = TimeCourse(waves().course.genes, times, np.ones((200, 120)), sync="alpha")
    assert figures.FIGURES[key].warning(replace(waves(), course=long)) == ""


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.__name__)
def test_an_equal_seed_gives_equal_numbers(measure: Any) -> None:
    first, again = measure(alpha()), measure(replace(alpha()))
    assert first is not None
    for field in fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(again, field.name))


def test_places_without_an_anchor_are_turns_since_the_start() -> None:
    exploration = waves(0.3, 200, 30, None)
    places = place_peaks(exploration)
    assert not exploration.anchored
    known = np.isfinite(places)
    assert known.mean() > 0.9
    assert distance(places, (np.arange(200) + 0.5) / 200)[known].max() < 0.1
    assert alpha().anchored
    assert len(lay_stretch(exploration)) == 30
