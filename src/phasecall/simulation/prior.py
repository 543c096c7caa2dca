"""The prior: what experiments are like before one is seen, for tests and training.

| what | is drawn from |
|---|---|
| period | 45 to 1,500 min, log-uniform |
| turn at zero | uniform |
| lag | half none, half up to a fifth of the period |
| loss by cycle times | 0 to 0.4 a turn |
| initial spread, asymmetry | 0 to 0.08; half none, half up to 0.15 turns |
| median amplitude, its log SD | 0.2 to 2, log-uniform; 0.2 to 0.8 |
| noise | 0.1 to 1 of the median amplitude, log-uniform; its log SD over genes 0 to 0.6 |
| sharpness, two-peaked | up to 0 to 4; share 0 to 0.1 |
| drift, shared noise | 0 to 0.4, 0 to 0.2 of the median amplitude |
| decoys | share 0 to 0.5 |
| sequencing | a quarter, with a median count of 30 to 3,000 |
| alternation | a quarter, 0 to 0.5 of the median amplitude |
| missing | half none, half up to 0.15 |
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import Clock
from phasecall.simulation.culture import Culture, Expression, Measurement, Population

_PERIODS = (45.0, 1500.0)
"""Minutes: from fast budding yeast to slow human cells."""
_POINTS = (6, 30)
_CYCLES = (0.8, 3.0)
_LEAST_STEPS = 4
"""Steps in a turn; with fewer, sampling cannot show a wave that is not a sinusoid."""
_STREAM_OF_TIMES = 1


def draw_culture(seed: int) -> Culture:
    """Draw what a whole experiment is like.

    The module says what from.

    Parameters
    ----------
    seed
        Equal seeds give equal cultures.

    Returns
    -------
    culture
        Its peaks lie anywhere on the turn.

    Examples
    --------
    >>> draw_culture(1) == draw_culture(1), draw_culture(1) == draw_culture(2)
    (True, False)
    """
    rng = np.random.default_rng(seed)
    amplitude = _log_uniform(rng, 0.2, 2.0)
    period = _log_uniform(rng, *_PERIODS)
    clock = Clock(
        period=period,
        turn_at_zero=rng.random(),
        lag=period * _sometimes(rng, 0.5, 0.2),
        loss=rng.uniform(0, 0.4),
    )
    return Culture(
        clock=clock,
        noise=amplitude * _log_uniform(rng, 0.1, 1.0),
        spread=None,
        population=Population(initial_spread=rng.uniform(0, 0.08), asymmetry=_sometimes(rng, 0.5, 0.15)),
        expression=Expression(
            amplitude=amplitude,
            amplitude_spread=rng.uniform(0.2, 0.8),
            sharpness=rng.uniform(0, 4),
            two_peaked=rng.uniform(0, 0.1),
            drift=amplitude * rng.uniform(0, 0.4),
            decoys=rng.uniform(0, 0.5),
        ),
        measurement=Measurement(
            noise_spread=rng.uniform(0, 0.6),
            shared=amplitude * rng.uniform(0, 0.2),
            counts=_log_uniform(rng, 30, 3000) if rng.random() < 0.25 else None,
            alternation=amplitude * _sometimes(rng, 0.25, 0.5),
            missing=_sometimes(rng, 0.5, 0.15),
        ),
    )


def draw_times(culture: Culture, seed: int) -> NDArray[np.float64]:
    """Draw when a culture is sampled: 6 to 30 times over 0.8 to 3 turns.

    There are four steps or more in a turn on average, so short courses cover few turns. Half start at 0, half
    up to 0.3 turns later. Half have even steps; a quarter leave out samples of a finer grid, as the embedded
    cdc15 course does; in a quarter each time is off by up to 0.4 steps.

    Parameters
    ----------
    culture
        Its period is what the grid is drawn by.
    seed
        Equal seeds give equal times.

    Returns
    -------
    numpy.ndarray
        Minutes, shape (n_times,), ascending.

    Examples
    --------
    >>> draw_times(Culture(), seed=5).round(1).tolist()
    [0.0, 19.4, 38.9, 58.3, 77.8, 97.2, 116.7, 136.1, 155.6]
    """
    rng = np.random.default_rng((seed, _STREAM_OF_TIMES))
    count = int(rng.integers(_POINTS[0], _POINTS[1], endpoint=True))
    cycles = rng.uniform(_CYCLES[0], min(_CYCLES[1], (count - 1) / _LEAST_STEPS))
    start, kind = _sometimes(rng, 0.5, 0.3), rng.random()
    places = np.arange(count, dtype=np.float64)
    if kind < 0.25:
        finer = 3 * count // 2
        inner = np.sort(rng.choice(np.arange(1, finer - 1), count - 2, replace=False))
        places = np.concatenate([[0], inner, [finer - 1]])
    elif kind < 0.5:
        places[1:-1] += rng.uniform(-0.4, 0.4, count - 2)
    return np.asarray(culture.clock.period * (start + cycles * places / places[-1]))


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _sometimes(rng: np.random.Generator, chance: float, most: float) -> float:
    """Return 0, or with some chance a number up to the most."""
    return rng.uniform(0, most) if rng.random() < chance else 0.0
