"""Density: against sums and integrals written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import i0e, i1e

from phasecall.density import N_GRID, ORDER, find_peak, fuse, lay_out, share_out
from phasecall.phases import SCHEMES, Scheme

Floats = NDArray[np.float64]

NATURAL = st.lists(st.floats(-6, 6), min_size=2 * ORDER, max_size=2 * ORDER).map(lambda one: np.array([one]))


def some(n: int, seed: int = 0, size: float = 2.0) -> Floats:
    """Return natural parameters of densities of many shapes, shape (n, 8)."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(size=(n, 2 * ORDER)) * size * rng.random((n, 1)))


def turned(natural: Floats, turns: float) -> Floats:
    """Return the parameters of the same densities, further round the turn."""
    waves = natural[:, :ORDER] + 1j * natural[:, ORDER:]
    waves = waves * np.exp(2j * np.pi * turns * np.arange(1, ORDER + 1))
    return np.hstack([waves.real, waves.imag])


@given(NATURAL)
def test_masses_sum_to_1(natural: Floats) -> None:
    masses = lay_out(natural)
    assert (masses >= 0).all()
    assert masses.sum(axis=1) == pytest.approx(1.0)
    for scheme in SCHEMES.values():
        assert share_out(masses, scheme).sum(axis=1) == pytest.approx(1.0)


def test_very_large_parameters_are_one_place() -> None:
    natural = np.zeros((1, 2 * ORDER))
    natural[0, 0] = 1e6
    assert lay_out(natural).sum() == pytest.approx(1.0)
    assert find_peak(lay_out(natural)).concentration == pytest.approx(1.0, abs=1e-3)


@given(NATURAL, st.integers(0, N_GRID - 1))
def test_turned_parameters_turn_the_peak(natural: Floats, steps: int) -> None:
    masses = lay_out(natural)
    there = lay_out(turned(natural, steps / N_GRID))
    assert there == pytest.approx(np.roll(masses, steps, axis=1), abs=1e-9)
    before, after = find_peak(masses), find_peak(there)
    assert after.concentration == pytest.approx(before.concentration, abs=1e-9)
    # Two places may be as likely as each other but for rounding: either is right.
    place = round(float(after.turn[0]) * N_GRID - 0.5 - steps) % N_GRID
    assert masses[0, place] == pytest.approx(masses.max())


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda one: one.key)
def test_phases_hold_the_integral_over_their_arcs(scheme: Scheme) -> None:
    natural = some(30)
    fine = (np.arange(40_000) + 0.5) / 40_000
    logs = np.zeros((len(natural), fine.size))
    for order in range(1, ORDER + 1):
        logs += natural[:, [order - 1]] * np.cos(2 * np.pi * order * fine)
        logs += natural[:, [ORDER + order - 1]] * np.sin(2 * np.pi * order * fine)
    weights = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
    codes = scheme.assign(fine)
    truth = np.column_stack([weights[:, codes == phase.code].sum(axis=1) for phase in scheme.phases])
    assert share_out(lay_out(natural), scheme) == pytest.approx(truth, abs=1e-3)


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_the_interval_is_the_shortest_that_holds_the_share(share: float) -> None:
    masses = lay_out(some(12, seed=1))
    peak = find_peak(masses, share)
    for row, (turn, low, high) in enumerate(zip(peak.turn, peak.low, peak.high, strict=True)):
        place = int(masses[row].argmax())
        assert turn == pytest.approx((place + 0.5) / N_GRID)
        assert low <= turn <= high <= low + 1
        first, length = round(low * N_GRID), round((high - low) * N_GRID)
        assert low * N_GRID == pytest.approx(first, abs=1e-6)
        assert held(masses[row], first, length) >= share - 1e-12
        shorter = [
            held(masses[row], start, length - 1)
            for start in range(N_GRID)
            if (place - start) % N_GRID < length - 1
        ]
        assert max(shorter) < share


def held(masses: Floats, start: int, length: int) -> float:
    return sum(float(masses[(start + step) % N_GRID]) for step in range(length))


def test_an_interval_without_the_peak_is_none() -> None:
    # Half of the probability lies far from the most likely place, and closer together.
    masses = np.zeros((1, N_GRID))
    masses[0, 100:150] = 0.014
    masses[0, 200] = 0.3
    peak = find_peak(masses, 0.5)
    assert (peak.turn * N_GRID).round(6).item() == 200.5
    # 15 places of the block, and the 50 between it and the peak.
    assert ((peak.high - peak.low) * N_GRID).round(6).item() == 66
    assert (peak.low * N_GRID).round(6).item() == 135


def test_where_nothing_is_known_the_interval_is_as_long_as_its_share() -> None:
    peak = find_peak(lay_out(np.zeros((1, 2 * ORDER))))
    assert peak.high - peak.low == pytest.approx(0.95, abs=1.5 / N_GRID)
    assert peak.concentration == pytest.approx(0.0, abs=1e-12)


def test_concentration_is_that_of_von_mises() -> None:
    kappa = np.array([0.1, 1.0, 5.0, 40.0])
    natural = np.zeros((kappa.size, 2 * ORDER))
    natural[:, ORDER] = kappa
    peak = find_peak(lay_out(natural))
    assert peak.concentration == pytest.approx(i1e(kappa) / i0e(kappa), abs=1e-4)
    assert peak.turn == pytest.approx(0.25, abs=1 / N_GRID)


def test_fusing_multiplies_densities() -> None:
    one, other = some(20, seed=2), some(20, seed=3)
    product = lay_out(one) * lay_out(other)
    fused = lay_out(fuse(np.stack([one, other])))
    assert fused == pytest.approx(product / product.sum(axis=1, keepdims=True))


def test_an_experiment_that_says_nothing_changes_nothing() -> None:
    one = some(3, seed=4)
    silent = np.full_like(one, np.nan)
    assert np.array_equal(fuse(np.stack([silent, one])), one)
    assert lay_out(fuse(np.stack([silent, silent]))) == pytest.approx(1 / N_GRID)
