"""Corrections: what can be put right in a time course, and what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from phasecall.caller import tell_clock
from phasecall.clock import ClockEstimate, KnownGenes
from phasecall.clock.covariance import PARTS
from phasecall.errors import InputError
from phasecall.qc.examined import Examined
from phasecall.qc.finding import Verdict
from phasecall.qc.interpolation import spot_interpolated
from phasecall.qc.naming import name_arrays
from phasecall.qc.resemblance import Resemblance, invert, lay_alternation
from phasecall.qc.suspects import FLIP_LIMIT, is_believed
from phasecall.qc.times import find_reversal
from phasecall.timecourse import Note, TimeCourse

Floats = NDArray[np.float64]
Correction = Callable[[Examined], tuple[TimeCourse, str]]

_MOST_EXCHANGES = 3


def correct(
    course: TimeCourse, estimate: ClockEstimate, keys: Iterable[str], known: KnownGenes | None = None
) -> tuple[TimeCourse, tuple[Note, ...]]:
    """Put right what some findings say is wrong with a course.

    Whatever the order of the keys, what concerns single samples comes first, so that batches and outlying
    samples are judged in the course as it is then. The clock is better told anew afterwards.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock.
    keys
        Those of `CORRECTIONS` that are wanted.
    known
        Genes whose peak is known; the built-in marker genes if not given. They say which way time runs.

    Returns
    -------
    course, notes
        The course corrected, its notes as before; and one note a key, of that code, saying what was done.

    Raises
    ------
    InputError
        If there is no correction of a key, or it would leave no sample.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.caller import tell_clock
    >>> course = phasecall.load("cdc15-4381")
    >>> better, notes = correct(course, tell_clock(course), ["alternating_batches"])
    >>> round(tell_clock(better).shares["alternation"], 2), notes[0].code
    (0.0, 'alternating_batches')
    """
    wanted = tuple(keys)
    unknown = [key for key in wanted if key not in CORRECTIONS]
    if unknown:
        raise InputError(
            f"there is no correction of '{unknown[0]}'",
            expected=", ".join(CORRECTIONS),
            fix="name the findings to be corrected",
        )
    notes, seen = [], Examined(course, estimate, known)
    for key, mend in CORRECTIONS.items():
        if key in wanted:
            better, done = mend(seen)
            notes.append(Note(key, done))
            seen = _renew(seen, better)
    return seen.course, tuple(notes)


def _renew(seen: Examined, better: TimeCourse) -> Examined:
    """Return what is known of a course after it was put right; the same where nothing was done."""
    if better is seen.course:
        return seen
    estimate = seen.estimate
    if not np.array_equal(better.times, seen.course.times):
        # Lag and loss were at other times: what comes after needs the clock of those that are.
        given = estimate.clock.period if estimate.period_lo == estimate.period_hi else None
        estimate = tell_clock(better, known=seen.known, period=given)
    return Examined(better, estimate, seen.known)


def _declare_interpolated(seen: Examined) -> tuple[TimeCourse, str]:
    course = seen.course
    made = spot_interpolated(course) & course.measured()
    if not made.any():
        return course, "no column was found that is interpolated and not declared: nothing was done"
    if not (course.measured() & ~made).any():
        return course, "every column is interpolated: nothing was done"
    times = tuple(sorted({*course.interpolated, *course.times[made].tolist()}))
    named = ", ".join(name_arrays(course.times, np.flatnonzero(made)))
    return replace(
        course, interpolated=times
    ), f"declared to be interpolated, and left out from now on: {named}"


def _turn_round(seen: Examined) -> tuple[TimeCourse, str]:
    course = seen.course
    if find_reversal(course, seen.estimate, seen.known).verdict is not Verdict.FAIL:
        return course, "known genes do not say that time runs backwards: nothing was done"
    ends = course.times[0] + course.times[-1]
    declared = tuple(float(ends - time) for time in course.interpolated)
    return replace(course, times=ends - course.times, interpolated=declared), "the times were turned round"


def _turn_back(seen: Examined) -> tuple[TimeCourse, str]:
    course, found = seen.course, seen.suspects
    if found is None or not is_believed(found.arrays, found.flip, FLIP_LIMIT):
        return course, "no sample was found with its sign turned round: nothing was done"
    (column,) = found.arrays.columns[list(found.flip.arrays)]
    values = course.values.copy()
    values[:, column] *= -1
    (named,) = name_arrays(course.times, [column])
    return replace(course, values=values), f"the sign of {named} was turned back"


def _exchange(seen: Examined) -> tuple[TimeCourse, str]:
    done: list[str] = []
    while len(done) < _MOST_EXCHANGES:
        course, found = seen.course, seen.suspects
        if found is None or not is_believed(found.sound, found.exchange):
            break
        pair = found.sound.columns[list(found.exchange.arrays)]
        values = course.values.copy()
        values[:, pair] = values[:, pair[::-1]]
        done.append(" and ".join(name_arrays(course.times, pair)))
        seen = _renew(seen, replace(course, values=values))
    return seen.course, f"exchanged: {'; '.join(done)}" if done else "no exchange was found: nothing was done"


def _relabel(seen: Examined) -> tuple[TimeCourse, str]:
    course, found = seen.course, seen.suspects
    if found is None or not is_believed(found.sound, found.move):
        return course, "no sample was found at a wrong time: nothing was done"
    (column,) = found.sound.columns[list(found.move.arrays)]
    times = course.times.copy()
    times[column] = found.move.minute
    (named,) = name_arrays(course.times, [column])
    return replace(
        course, times=times
    ), f"the sample at {named} was moved to {found.move.minute:g} min, give or take a step"


def _level_batches(seen: Examined) -> tuple[TimeCourse, str]:
    course = seen.course
    arrays = None if seen.suspects is None else seen.suspects.arrays
    if arrays is None or arrays.weights[PARTS.index("alternation")] <= 0:
        return course, "no alternation can be told from the rest: nothing was done"
    shift = predict_alternation(course.values[:, arrays.columns], arrays)
    values = course.values.copy()
    values[:, arrays.columns] -= np.outer(shift, lay_alternation(arrays.times))
    size = float(np.median(np.abs(shift)))
    text = f"the shift between every other array was taken out of each gene, {size:.2g} in the median one"
    left = course.times.size - arrays.columns.size
    text += f"; {left} samples that were not measured are as they were" if left else ""
    return replace(course, values=values), text


def predict_alternation(values: Floats, seen: Resemblance) -> Floats:
    """Return by how much each gene is shifted between every other array, shape (n,).

    The best linear unbiased prediction (Robinson 1991, doi 10.1214/ss/1177011926): with a the shift of
    variance 1, w its variance and P the precision at the gene's own times, `w a'P y`. Wave, drift and noise
    are parts of P, and are not taken for a shift.

    Parameters
    ----------
    values
        Shape (n, n_arrays); NaN = missing. Genes with fewer than two values are not shifted.
    seen
        The arrays.
    """
    shape, weight = lay_alternation(seen.times), seen.weights[PARTS.index("alternation")]
    observed = np.isfinite(values)
    shift = np.zeros(len(values))
    patterns, group = np.unique(observed, axis=0, return_inverse=True)
    order = np.argsort(group, kind="stable")
    for pattern, rows in zip(patterns, np.split(order, np.cumsum(np.bincount(group))[:-1]), strict=True):
        if pattern.sum() > 1:
            gain = weight * shape[pattern] @ invert(seen.covariance[np.ix_(pattern, pattern)])
            own = values[np.ix_(rows, pattern)]
            # About the gene's own mean: the products of very large numbers lose their digits.
            shift[rows] = (own - own.mean(axis=1, keepdims=True)) @ gain
    return shift


def _drop_outliers(seen: Examined) -> tuple[TimeCourse, str]:
    course = seen.course
    odd = [] if seen.suspects is None else seen.suspects.outliers[0]
    if not odd:
        return course, "no outlying sample was found: nothing was done"
    named = ", ".join(name_arrays(course.times, sorted(odd)))
    return course.select_times(np.setdiff1d(np.arange(course.times.size), odd)), f"left out: {named}"


CORRECTIONS: Mapping[str, Correction] = MappingProxyType(
    {
        "interpolated_columns": _declare_interpolated,
        "reversed_times": _turn_round,
        "flipped_samples": _turn_back,
        "swapped_samples": _exchange,
        "mislabelled_times": _relabel,
        "alternating_batches": _level_batches,
        "outlying_samples": _drop_outliers,
    }
)
"""What puts each finding right, by its key, in the order in which they are done."""
