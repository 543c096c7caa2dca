"""Batches: arrays that were measured in groups, and shifted with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from phasecall.clock.covariance import PARTS, lay_parts
from phasecall.qc.examined import Examined
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.naming import name_arrays
from phasecall.qc.resemblance import Resemblance, cannot_tell, measure_excess, try_shape
from phasecall.qc.suspects import limit_gain
from phasecall.timecourse import find_batches

Floats = NDArray[np.float64]

ALTERNATION_LIMIT, ALTERNATION_FAILS = 0.05, 0.4
"""Share of the genes' variance."""
STEP_LIMIT, STEP_FAILS = 0.45, 6.0
"""Gain in the mean deviance of a gene."""
_TRIED = 4
"""Steps that look most likely before all is fitted anew."""
_LEAST_BLOCK = 3
"""Arrays in a batch: fewer are outlying samples."""


def find_alternation(seen: Examined) -> Finding:
    """Find out whether every other array is shifted, as two batches of arrays hybridised in turn are.

    The share of the genes' variance that a shift between every other array explains beside wave, drift, trend
    and recovery, by the restricted likelihood of docs/clock.md.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.caller import tell_clock
    >>> course = phasecall.load("cdc15-4381")
    >>> find_alternation(Examined(course, tell_clock(course))).verdict.value
    'warn'
    """
    key = "alternating_batches"
    if seen.suspects is None:
        return cannot_tell(key)
    arrays = seen.suspects.arrays
    share = measure_alternation(arrays)
    figure = f"every other array is shifted: {share:.0%} of the genes' variance"
    text = f"{figure}, no more than chance"
    made = Finding(key, Verdict.OK, text, 100 * share, 100 * ALTERNATION_LIMIT, "%")
    if share < ALTERNATION_LIMIT:
        return made
    odd = np.flatnonzero(find_batches(arrays.times, arrays.times))
    return replace(
        made,
        verdict=Verdict.FAIL if share >= ALTERNATION_FAILS else Verdict.WARN,
        text=f"{figure}, as two batches of arrays in turn would do",
        advice=f"take the shift out: --correct {key}",
        where=name_arrays(seen.course.times, arrays.columns[odd]),
    )


def find_block(seen: Examined) -> Finding:
    """Find out whether the arrays before some time are shifted against those after.

    By how much the mean deviance of a gene falls when a step is one more part of the covariance, each gene
    stepping its own way, beside wave, drift, trend and recovery: at the best place between three arrays or
    more before and after. Arrays odd by themselves are left out.
    """
    key = "block_batch"
    if seen.suspects is None:
        return cannot_tell(key)
    sound = seen.suspects.sound
    gain, start = seek_step(sound)
    before, after = where = name_arrays(seen.course.times, sound.columns[[start - 1, start]])
    figure = f"a step between {before} and {after} (evidence {gain:.2f} a gene)"
    limit = limit_gain(sound, STEP_LIMIT)
    made = Finding(key, Verdict.OK, f"{figure}: no more than chance", gain, limit, "a gene")
    if gain < limit:
        return made
    return replace(
        made,
        verdict=Verdict.FAIL if gain >= max(STEP_FAILS, limit) else Verdict.WARN,
        text=f"{figure}, as if another batch of arrays began there",
        advice="were the arrays made, or the cells treated, in two goes? Peaks near the step are less sure",
        where=where,
    )


def seek_step(seen: Resemblance) -> tuple[float, int]:
    """Return what the best step gains, and the first array after it."""
    n = seen.times.size
    starts = np.arange(min(_LEAST_BLOCK, n // 2), max(n - _LEAST_BLOCK, n // 2) + 1)
    shapes = (np.arange(n)[:, None] >= starts).astype(np.float64)
    likely = np.argsort(-measure_excess(seen, shapes), kind="stable")[:_TRIED]
    return max((try_shape(seen, shapes[:, one]), int(starts[one])) for one in likely)


def measure_alternation(seen: Resemblance) -> float:
    """Return the share of the genes' variance that every other array is shifted by, [0, 1]."""
    basis = np.eye(seen.times.size) - 1 / seen.times.size
    parts = lay_parts(seen.times, seen.times)
    own = (basis * parts[PARTS.index("alternation")]).sum() * seen.weights[PARTS.index("alternation")]
    return float(own / (basis * seen.covariance).sum())
