"""Temperatures against a grid search, and what tempering keeps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from phasecall import calibration

Floats = NDArray[np.float64]


def test_temperature_is_the_best_of_a_fine_grid() -> None:
    rng = np.random.default_rng(6)
    chances = rng.dirichlet(np.ones(4), 400)
    truth = np.array([rng.choice(4, p=row) for row in chances])
    sharp = calibration.temper(chances, 0.6)

    def loss(temperature: float) -> float:
        powers = sharp ** (1 / temperature)
        likelihood = powers[range(400), truth] / powers.sum(axis=1)
        return float(-np.log(likelihood).mean())

    found = calibration.fit_temperature(sharp, truth)
    grid = np.geomspace(0.5, 20, 4000)
    assert found == pytest.approx(grid[np.argmin([loss(x) for x in grid])], rel=3e-3)
    assert calibration.fit_temperature(chances, truth) == pytest.approx(0.6 * found, rel=1e-3)


def test_temperature_stays_in_its_range() -> None:
    chances = np.tile([0.9, 0.05, 0.05, 0.0], (10, 1))
    assert calibration.fit_temperature(chances, np.zeros(10, dtype=int)) == pytest.approx(0.5, rel=0.01)
    assert calibration.fit_temperature(chances, np.full(10, 3)) == pytest.approx(20.0, rel=0.01)


@settings(deadline=None)
@given(
    arrays.arrays(np.float64, (3, 4), elements=st.floats(0.0, 1.0)),
    st.floats(0.5, 20.0),
)
def test_tempering_keeps_sums_and_order(raw: Floats, temperature: float) -> None:
    chances = (raw + 1e-3) / (raw + 1e-3).sum(axis=1, keepdims=True)
    made = calibration.temper(chances, temperature)
    np.testing.assert_allclose(made.sum(axis=1), 1.0)
    gain = np.diff(np.take_along_axis(made, np.argsort(chances, axis=1), axis=1), axis=1)
    assert (gain >= -1e-12).all()
    np.testing.assert_allclose(calibration.temper(chances, 1.0), chances)
