"""The waves of one condition: cosine and sine of every gene on the clock of its experiment, with errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from phasecall.caller.rules import know_noise, rate_rhythm
from phasecall.calls import Reason
from phasecall.clock import ClockEstimate, fit_waves
from phasecall.rhythm import correlation
from phasecall.timecourse import TimeCourse, find_constant

Floats = NDArray[np.float64]

MIN_FREEDOM = 3
"""Of fewer values than six a gene's own noise is not known: four may lie on a wave by chance, and the error
of the difference would be taken for that of the other condition."""


@dataclass(frozen=True)
class Waves:
    """The wave of each gene of one condition; NaN where there is none.

    Parameters
    ----------
    vector
        Amplitude times cosine and sine of the peak's turn, shape (n, 2).
    spread
        Its covariance, shape (n, 2, 2).
    freedom
        Degrees of freedom of that, shape (n,).
    periodic_q
        How sure the rhythm is, shape (n,).
    reason
        Why there is none, shape (n,); empty where there is one.
    """

    vector: Floats
    spread: Floats
    freedom: Floats
    periodic_q: Floats
    reason: tuple[str, ...]

    @property
    def amplitude(self) -> Floats:
        """Amplitude, shape (n,)."""
        return np.hypot(self.vector[:, 0], self.vector[:, 1])

    @property
    def turn(self) -> Floats:
        """Peak in turns, not wrapped, shape (n,)."""
        return np.arctan2(self.vector[:, 1], self.vector[:, 0]) / (2 * np.pi)

    @property
    def variances(self) -> tuple[Floats, Floats]:
        """Variance of the wave along itself, and across, shape (n,) each."""
        with np.errstate(divide="ignore", invalid="ignore"):
            along = self.vector / self.amplitude[:, None]
        across = along[:, ::-1] * [-1.0, 1.0]
        along_, across_ = (np.einsum("ni,nij,nj->n", u, self.spread, u) for u in (along, across))
        return along_, across_

    def moved(self, turns: float, factor: float) -> Waves:
        """Return the waves turned on by some turns, and larger by a factor."""
        cosine, sine = np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)
        turn = factor * np.array([[cosine, -sine], [sine, cosine]])
        return replace(self, vector=self.vector @ turn.T, spread=turn @ self.spread @ turn.T)

    def taken(self, rows: NDArray[np.int64], missing: str) -> Waves:
        """Return the waves of some genes by row, -1 for one that is not there, whose reason is given."""
        index = np.where(rows < 0, len(self.reason), rows)

        def take(values: Floats) -> Floats:
            blank = np.full((1, *values.shape[1:]), np.nan)
            return np.concatenate([values, blank])[index]

        reason = (*self.reason, missing)
        return Waves(
            take(self.vector),
            take(self.spread),
            take(self.freedom),
            take(self.periodic_q),
            tuple(reason[place] for place in index.tolist()),
        )


def measure_waves(course: TimeCourse, estimate: ClockEstimate) -> Waves:
    r"""Fit mean and wave to every gene on the clock of its experiment, by generalised least squares.

    The weights are those of `phasecall.clock.fit_waves`, under the noise that all genes of the experiment
    show (`phasecall.rhythm.fit_noise`), as the test of rhythm has it.

    Parameters
    ----------
    course
        One condition. Interpolated times are not used.
    estimate
        Its clock. Without a start turns count from t = 0; without a sure period there is no wave.
    """
    measured = course.select_times(course.measured())
    n, clock = len(course), estimate.clock
    if not estimate.sure or not np.isfinite(clock.period):
        blank = np.full(n, np.nan)
        reason = (str(Reason.NO_CLOCK),) * n
        return Waves(np.full((n, 2), np.nan), np.full((n, 2, 2), np.nan), blank, blank, reason)
    noise = know_noise(course, clock.period)
    scale = _scale(measured.values)
    weights, spread = fit_waves(
        measured.values / scale[:, None], measured.times, clock, correlation(noise, measured.times)
    )
    freedom = np.isfinite(measured.values).sum(axis=1) - 3.0
    weights[freedom < MIN_FREEDOM] = spread[freedom < MIN_FREEDOM] = np.nan
    waves = Waves(
        vector=weights[:, 1:] * scale[:, None],
        spread=spread[:, 1:, 1:] * (scale**2)[:, None, None],
        freedom=freedom,
        periodic_q=rate_rhythm(measured.values, measured.times, clock.period, noise).q_value,
        reason=_reasons(measured.values, weights),
    )
    start = clock.turn_at_zero if np.isfinite(clock.turn_at_zero) else 0.0
    return waves.moved(start, 1.0)


def _scale(values: Floats) -> Floats:
    """Return the largest value of each gene, to fit it in units of: squares of large numbers are none."""
    largest = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=1, initial=0.0)
    return np.where(largest > 0, largest, 1.0)


def _reasons(values: Floats, weights: Floats) -> tuple[str, ...]:
    conditions: Sequence[tuple[NDArray[np.bool_], Reason]] = [
        (np.asarray(~np.isfinite(values).any(axis=1)), Reason.ALL_MISSING),
        (find_constant(values), Reason.CONSTANT),
        (np.asarray(np.isnan(weights).any(axis=1)), Reason.TOO_FEW_POINTS),
    ]
    picked = np.select([met for met, _ in conditions], range(len(conditions)), default=-1)
    return tuple("" if place < 0 else str(conditions[place][1]) for place in picked.tolist())
