"""Batches: arrays that were measured in groups, and shifted with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import ClockEstimate
from phasecall.clock.covariance import PARTS, lay_parts
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.naming import name_arrays
from phasecall.qc.resemblance import MIN_ARRAYS, Resemblance, measure_excess, resemble
from phasecall.timecourse import TimeCourse, find_batches

Floats = NDArray[np.float64]

ALTERNATION_LIMIT, ALTERNATION_FAILS = 0.05, 0.4
"""Share of the genes' variance."""
STEP_LIMIT, STEP_FAILS = 4.0, 40.0
"""Times the variance that the clock explains."""
_LEAST_BLOCK = 3
"""Arrays in a batch: fewer are outlying samples."""


def find_alternation(course: TimeCourse, estimate: ClockEstimate) -> Finding:
    """Find out whether every other array is shifted, as two batches of arrays hybridised in turn are.

    The share of the genes' variance that a shift between every other array explains beside wave, drift, trend
    and recovery, by the restricted likelihood of docs/clock.md.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.caller import tell_clock
    >>> course = phasecall.load("cdc15-4381")
    >>> find_alternation(course, tell_clock(course)).verdict.value
    'warn'
    """
    key = "alternating_batches"
    seen = resemble(course, estimate)
    if seen is None:
        return _cannot_tell(key)
    share = measure_alternation(seen)
    verdict = _judge(share, ALTERNATION_LIMIT, ALTERNATION_FAILS)
    figure = f"every other array is shifted: {share:.0%} of the genes' variance"
    if verdict is Verdict.OK:
        return Finding(key, verdict, f"{figure}, no more than chance", 100 * share, 100 * ALTERNATION_LIMIT, "%")
    odd = np.flatnonzero(find_batches(seen.times, seen.times))
    return Finding(
        key,
        verdict,
        f"{figure}, as two batches of arrays in turn would do",
        100 * share,
        100 * ALTERNATION_LIMIT,
        "%",
        advice=f"take the shift out: --correct {key}",
        where=name_arrays(course.times, seen.columns[odd]),
    )


def find_block(course: TimeCourse, estimate: ClockEstimate) -> Finding:
    """Find out whether the arrays before some time are shifted against those after, or those of a stretch.

    How many times more genes vary along the step than wave, drift, trend and recovery explain
    (`measure_excess`), at the worst of all steps between at least three arrays and three others.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock.
    """
    key = "block_batch"
    seen = resemble(course, estimate)
    if seen is None or seen.times.size < 2 * _LEAST_BLOCK:
        return _cannot_tell(key)
    starts = np.arange(_LEAST_BLOCK, seen.times.size - _LEAST_BLOCK + 1)
    shapes = (np.arange(seen.times.size)[:, None] >= starts).astype(np.float64)
    excess = measure_excess(seen, shapes)
    worst = int(excess.argmax())
    value, start = float(excess[worst]), int(starts[worst])
    verdict = _judge(value, STEP_LIMIT, STEP_FAILS)
    before, after = name_arrays(course.times, seen.columns[[start - 1, start]])
    figure = f"between {before} and {after} genes step {value:.1f} times as much as the clock explains"
    if verdict is Verdict.OK:
        return Finding(key, verdict, f"{figure}, no more than elsewhere", value, STEP_LIMIT, "times")
    return Finding(
        key,
        verdict,
        f"{figure}, as if another batch of arrays began there",
        value,
        STEP_LIMIT,
        "times",
        advice="were the arrays made, or the cells treated, in two goes? Peaks near the step are less sure",
        where=(before, after),
    )


def measure_alternation(seen: Resemblance) -> float:
    """Return the share of the genes' variance that every other array is shifted by, [0, 1]."""
    basis = np.eye(seen.times.size) - 1 / seen.times.size
    parts = lay_parts(seen.times, seen.times)
    own = float((basis * parts[PARTS.index("alternation")]).sum()) * seen.weights[PARTS.index("alternation")]
    return own / float((basis * seen.covariance).sum())


def _judge(value: float, limit: float, fails: float) -> Verdict:
    return Verdict.FAIL if value >= fails else Verdict.WARN if value >= limit else Verdict.OK


def _cannot_tell(key: str) -> Finding:
    return Finding(key, Verdict.UNKNOWN, f"batches show in {MIN_ARRAYS} times of measured genes or more")
