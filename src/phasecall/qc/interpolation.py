"""Interpolation: columns that were not measured but made from others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import ClockEstimate
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.naming import name_arrays
from phasecall.timecourse import TimeCourse, find_constant

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MADE_SHARE = 0.9
"""Share of the genes that must be on the line between two columns: gaps filled first spoil a few."""
HALF_SHARE = 0.2
"""Share of the values that must lie halfway between the steps in which all others are written: those of the
mean of two do half of the time."""
TWIN_SHARE = 0.95
_MIN_GENES = 20
_PLACES = range(7)
_ROUNDED = 0.999
_EXACT = 1e-6
_NEAR = 0.01
"""Of a step: tables are written in four digits or so, and by single precision."""


def find_interpolated(course: TimeCourse, estimate: ClockEstimate) -> Finding:  # noqa: ARG001
    """Find columns that lie on the straight line between their neighbours, from the values alone.

    Two traces of it: nearly all genes are, to rounding, where a line in time through the column before and
    that after has them; and, where a neighbour is no longer there, values lie halfway between the steps in
    which those measured are written: the mean of two numbers of two digits has three, the last 0 or 5.

    Parameters
    ----------
    course
        The experiment. Times already declared to be interpolated are looked at like all others.
    estimate
        Its clock; not used.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.caller import tell_clock
    >>> course = phasecall.load("cdc15-4381")
    >>> find_interpolated(course, tell_clock(course)).where
    ('40 min', '60 min', '260 min')
    """
    key = "interpolated_columns"
    if course.times.size < 3 or _count_telling(course) < _MIN_GENES:
        return _cannot_tell(key, f"3 columns and {_MIN_GENES} genes that vary")
    made = spot_interpolated(course)
    where = name_arrays(course.times, np.flatnonzero(made))
    known = made & ~course.measured()
    if not made.any():
        return Finding(key, Verdict.OK, "no column is made of its neighbours", 0.0, 1.0, "columns")
    text = f"{_count(int(made.sum()))} not measured but interpolated: {', '.join(where)}"
    if known.sum() == made.sum():
        return Finding(
            key, Verdict.OK, f"{text}; declared, and left out", float(made.sum()), 1.0, "columns", where=where
        )
    verdict = Verdict.FAIL if 2 * made.sum() >= made.size else Verdict.WARN
    advice = f"they carry nothing of their own and make results too sure: --correct {key} leaves them out"
    return Finding(key, verdict, text, float(made.sum()), 1.0, "columns", advice=advice, where=where)


def find_twins(course: TimeCourse, estimate: ClockEstimate) -> Finding:  # noqa: ARG001
    """Find columns that hold the values of another one.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock; not used.
    """
    key = "duplicated_columns"
    if course.times.size < 2 or _count_telling(course) < _MIN_GENES:
        return _cannot_tell(key, f"2 columns and {_MIN_GENES} genes that vary")
    values = course.values[~find_constant(course.values)]
    pairs = [
        (one, other)
        for one in range(course.times.size)
        for other in range(one + 1, course.times.size)
        if _are_twins(values[:, one], values[:, other])
    ]
    if not pairs:
        return Finding(key, Verdict.OK, "no column is there twice", 0.0, 1.0, "columns")
    where = name_arrays(course.times, sorted({column for pair in pairs for column in pair}))
    named = "; ".join(" and ".join(name_arrays(course.times, pair)) for pair in pairs[:3])
    copies = float(len({other for _, other in pairs}))
    return Finding(
        key,
        Verdict.WARN,
        f"columns hold the same values: {named}",
        copies,
        1.0,
        "columns",
        advice="one of them was copied by mistake, or a sample is listed twice: look into the source",
        where=where,
    )


def spot_interpolated(course: TimeCourse) -> Mask:
    """Return which columns are made of their neighbours, shape (n_times,)."""
    values = course.values[~find_constant(course.values)]
    made = _find_halves(values)
    for column in range(1, course.times.size - 1):
        before, at, after = course.times[column - 1 : column + 2]
        if before < at < after:
            made[column] |= _is_on_line(values[:, column - 1 : column + 2], (at - before) / (after - before))
    return made


def _is_on_line(three: Floats, share: float) -> bool:
    """Return whether nearly all genes that change between the outer columns are on the line between them."""
    three = three[np.isfinite(three).all(axis=1)]
    before, at, after = three.T
    slack = (
        _find_step(three[:, [0, 2]]) * 0.51
        + _find_step(at[:, None]) * 0.51
        + _EXACT * np.abs(three).max(initial=0.0)
    )
    # A gene that hardly changes is on every line.
    tells = np.abs(after - before) > 4 * slack
    if tells.sum() < _MIN_GENES:
        return False
    off = np.abs(at - (1 - share) * before - share * after)
    return bool((off[tells] <= slack).mean() >= MADE_SHARE)


def _find_halves(values: Floats) -> Mask:
    """Return which columns are written in half steps, though most are written in whole ones."""
    observed = np.isfinite(values)
    count = np.maximum(observed.sum(axis=0), 1)
    for places in _PLACES:
        scaled = np.where(observed, values * 10.0**places, 0.0)
        whole, half = (np.abs(scaled * by - np.rint(scaled * by)) <= _NEAR * by for by in (1, 2))
        if (((whole & observed).sum(axis=0) / count) > _ROUNDED).mean() > 0.5:
            between = ((half & ~whole & observed).sum(axis=0) / count) >= HALF_SHARE
            return np.asarray(between & ((half & observed).sum(axis=0) / count > _ROUNDED))
    return np.zeros(values.shape[1], dtype=np.bool_)


def _find_step(values: Floats) -> float:
    """Return the step in which values are written, 0.01 for two digits; 0 for more than six."""
    known = values[np.isfinite(values)]
    for places in _PLACES if known.size else ():
        scaled = known * 10.0**places
        if (np.abs(scaled - np.rint(scaled)) <= _EXACT * np.maximum(np.abs(scaled), 1.0)).mean() > _ROUNDED:
            return float(10.0**-places)
    return 0.0


def _are_twins(one: Floats, other: Floats) -> bool:
    both = np.isfinite(one) & np.isfinite(other)
    # Values of few digits agree by chance, but not those of nearly all genes.
    varied = np.unique(one[both]).size > _MIN_GENES
    return bool(both.sum() >= _MIN_GENES and varied and (one[both] == other[both]).mean() >= TWIN_SHARE)


def _count_telling(course: TimeCourse) -> int:
    return int((~find_constant(course.values) & np.isfinite(course.values).any(axis=1)).sum())


def _count(n: int) -> str:
    return "1 column was" if n == 1 else f"{n} columns were"


def _cannot_tell(key: str, needed: str) -> Finding:
    return Finding(key, Verdict.UNKNOWN, f"columns tell of one another in {needed} or more")
