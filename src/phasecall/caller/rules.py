"""Rules that all calls share: when a phase is withheld, what is flagged, how sure a rhythm is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasecall.calls import Calls, Reason
from phasecall.rhythm import Noise, adjust, fit_noise, judge_rhythm
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MIN_CONFIDENCE = 0.5
"""Below this probability of the best phase, the phase is withheld as `between_phases`."""

WEAK_RHYTHM_P = 0.05

_OUTSIDE = "peak_outside_phase"

MIN_GENES = 50
"""So many genes show how the noise of their experiment is correlated; that of fewer is taken for white."""


class Rhythm(NamedTuple):
    """How sure the rhythm of each gene is, shape (n,): p, q, and 1 = surest, 0 where there is no p."""

    p_value: Floats
    q_value: Floats
    rank: NDArray[np.int64]


def know_noise(course: TimeCourse, period: float) -> Noise:
    """Return the noise of an experiment from all its genes; white if they are too few to show it."""
    measured = course.select_times(course.measured())
    if len(course) < MIN_GENES:
        return Noise(step=max(float(np.ptp(measured.times)), 1.0))
    return fit_noise(measured.values, measured.times, period)


def rate_rhythm(values: Floats, times: Floats, period: float, noise: Noise) -> Rhythm:
    """Return how sure the rhythm of each gene is."""
    return rank_rhythm(judge_rhythm(values, times, period, noise))


def rank_rhythm(p_value: Floats) -> Rhythm:
    """Return p values with the q values and ranks that they have among one another; NaN counts for nothing.

    Examples
    --------
    >>> rank_rhythm(np.array([0.04, np.nan, 0.01])).rank.tolist()
    [2, 0, 1]
    """
    known = np.isfinite(p_value)
    rank = np.zeros(p_value.size, dtype=np.int64)
    order = np.argsort(p_value[known], kind="stable")
    rank[np.flatnonzero(known)[order]] = np.arange(1, known.sum() + 1)
    return Rhythm(p_value, adjust(p_value), rank)


def first_reason(conditions: Sequence[tuple[Mask, Reason]]) -> tuple[Reason, ...]:
    """Return for each gene the reason of the first condition that it meets; `CALLED` if it meets none."""
    names = [reason for _, reason in conditions]
    picked = np.select([met for met, _ in conditions], range(len(names)), default=-1)
    return tuple(Reason.CALLED if index < 0 else names[index] for index in picked)


def flag_outside(calls: Calls) -> Calls:
    """Return calls whose genes are flagged where they peak on the arc of another phase than the likeliest."""
    arc = calls.scheme.assign(calls.peak_turn)
    outside = (arc >= 0) & (calls.codes >= 0) & (arc != calls.codes)
    others = ([code for code in own.split(";") if code and code != _OUTSIDE] for own in calls.flags)
    flags = (";".join([*own, _OUTSIDE] if here else own) for own, here in zip(others, outside, strict=True))
    return replace(calls, flags=tuple(flags))


def join_flags(columns: Sequence[tuple[Mask, str]]) -> tuple[str, ...]:
    """Return for each gene the codes that it carries, joined by `;`."""
    return tuple(
        ";".join(code for (_, code), met in zip(columns, row, strict=True) if met)
        for row in zip(*(met for met, _ in columns), strict=True)
    )
