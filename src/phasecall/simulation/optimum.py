"""The optimum: what the data say of each gene's phase if one knows how they were simulated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.phases import Phase
from phasecall.simulation.culture import AMPLITUDE_LOG_SD, BASELINE_SD, Culture
from phasecall.timecourse import TimeCourse

_N_NODES = 33


def posterior(course: TimeCourse, culture: Culture | None = None) -> NDArray[np.float64]:
    """Return the probability of each phase given the data and the simulator, the Bayes-optimal answer.

    Peak and amplitude are integrated numerically on a grid (4 standard deviations either way), the
    baseline exactly.

    Parameters
    ----------
    course
        Simulated data without missing values.
    culture
        What `simulate` was given: plain, that is, without loss of synchrony and as it is by default in its
        population, its expression and its measurement.

    Returns
    -------
    numpy.ndarray
        Shape (n, phases), rows sum to 1.

    Raises
    ------
    InputError
        If the culture is not plain: the integrals are not known.

    Examples
    --------
    >>> from phasecall.simulation import simulate
    >>> made = simulate(400, seed=3)
    >>> bool((posterior(made.course).argmax(axis=1) == made.codes).mean() > 0.98)
    True
    """
    culture = culture or Culture()
    if not culture.plain:
        raise InputError(
            "the best possible answer is not known for this culture",
            expected="cosines, baselines and white noise only",
            found="a loss of synchrony, or a population, an expression or a measurement of its own",
            fix="leave out `loss`, `population`, `expression` and `measurement`",
        )
    nodes, weights = _normal_grid()
    angle = culture.clock.turn(course.times)
    amplitude = np.exp(AMPLITUDE_LOG_SD * nodes)
    columns = []
    for phase in culture.scheme.phases:
        peaks, chances = _peak_grid(phase, culture)
        wave = np.cos(2 * np.pi * (angle[None, :] - peaks[:, None]))
        expected = amplitude[None, :, None] * wave[:, None, :]  # (peaks, amplitudes, times)
        log_weight = np.log(np.multiply.outer(chances, weights))
        columns.append(_log_evidence(course.values, expected, log_weight, culture.noise))
    evidence = np.stack(columns, axis=1)
    likelihood = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    return np.asarray(likelihood / likelihood.sum(axis=1, keepdims=True))


def _normal_grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes = np.linspace(-4.0, 4.0, _N_NODES)
    weights = np.exp(-0.5 * nodes**2)
    return nodes, weights / weights.sum()


def _peak_grid(phase: Phase, culture: Culture) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return peaks of a phase and the probability of each, those of all phases together being 1."""
    if culture.spread is None:
        places = (np.arange(_N_NODES) + 0.5) / _N_NODES
        return phase.start + phase.width * places, np.full(_N_NODES, phase.width / _N_NODES)
    nodes, weights = _normal_grid()
    return phase.centre + culture.spread * nodes, weights / len(culture.scheme)


def _log_evidence(
    values: NDArray[np.float64],
    expected: NDArray[np.float64],
    log_weight: NDArray[np.float64],
    noise: float,
) -> NDArray[np.float64]:
    # The baseline makes the covariance noise^2 I + sd^2 11'; its inverse is known (Sherman-Morrison), so
    # |r|^2 and (sum r)^2 are all that is needed of the residual r, and both expand into matrix products.
    means = expected.reshape(-1, expected.shape[-1])
    squares = (values**2).sum(axis=1)[:, None] - 2 * values @ means.T + (means**2).sum(axis=1)[None, :]
    sums = values.sum(axis=1)[:, None] - means.sum(axis=1)[None, :]
    shrink = BASELINE_SD**2 / (noise**2 + values.shape[1] * BASELINE_SD**2)
    log_density = -0.5 * (squares - shrink * sums**2) / noise**2 + log_weight.ravel()[None, :]
    top = log_density.max(axis=1)
    return np.asarray(top + np.log(np.exp(log_density - top[:, None]).sum(axis=1)))
