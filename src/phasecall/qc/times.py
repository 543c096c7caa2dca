"""Times: one that is wrong, all backwards, or in another unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from phasecall.caller import find_organism
from phasecall.clock import ClockEstimate, KnownGenes
from phasecall.qc.examined import Examined
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.markers import MIN_MARKERS, correlate, find_known
from phasecall.qc.naming import name_arrays
from phasecall.qc.resemblance import cannot_tell
from phasecall.qc.suspects import is_believed, limit_gain
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

REVERSED, DOUBTFUL = -0.3, -0.15
"""Circular correlation of known and fitted turns from which on time runs backwards, and is doubted."""
_CHANCE = 5.3
"""Over the number of genes that weigh alike, what chance exceeds once in 400 times: the tail is `exp(-x) / 2`
(Fisher and Lee 1983)."""
_LIMITS = {"budding yeast": (40.0, 1500.0), "human": (300.0, 4320.0), "": (20.0, 4320.0)}
"""Minutes of a turn: yeast divides within an hour or so in rich media, and within a day in a slow chemostat;
mammalian cells do in 8 to 72 h."""
_UNITS = (("hours", 60.0), ("seconds", 1 / 60), ("days", 1440.0))


def find_mislabelling(seen: Examined) -> Finding:
    """Find a sample whose time is wrong.

    By how much the mean deviance of a gene falls when a sample lies at another time, given all other samples:
    at the best of all samples, and of all times from a usual step before the first to one after the last,
    in quarters of a step, at least a step from its own. It counts if neither taking it for an odd array nor
    exchanging two gains as much.

    Examples
    --------
    >>> import phasecall
    >>> from dataclasses import replace
    >>> from phasecall.caller import tell_clock
    >>> course = phasecall.load("alpha")
    >>> times = course.times.copy()
    >>> times[3] = 87.5
    >>> wrong = replace(course, times=times)
    >>> find_mislabelling(Examined(wrong, tell_clock(wrong))).text.split(' (')[0]
    'the sample at 87.5 min fits better at 21 min'
    """
    key, found = "mislabelled_times", seen.suspects
    if found is None:
        return cannot_tell(key)
    move = found.move
    text = f"no sample fits better at another time (evidence at best {move.gain:.2f} a gene)"
    made = Finding(key, Verdict.OK, text, move.gain, limit_gain(found.sound), "a gene")
    if not is_believed(found.sound, move):
        return made
    (named,) = where = name_arrays(seen.course.times, found.sound.columns[list(move.arrays)])
    return replace(
        made,
        verdict=Verdict.WARN,
        text=f"the sample at {named} fits better at {move.minute:g} min (evidence {move.gain:.2f} a gene)",
        advice=f"look up when it was taken; --correct {key} moves it there",
        where=where,
    )


def find_reversal(course: TimeCourse, estimate: ClockEstimate, known: KnownGenes | None = None) -> Finding:
    """Find out whether the whole course runs backwards, by the order of known genes.

    The circular correlation of the turns known of genes with those at which their waves peak, which is
    1 where these are the same but for a start, -1 where they are mirrored, and 0 by chance
    (`phasecall.qc.markers.correlate`). Sharp peaks weigh more; what chance reaches is that of as many genes
    as weigh alike (`count_alike`). Nothing but known genes can tell: a wave looks the same backwards.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock.
    known
        Genes whose peak is known; the built-in marker genes if not given.
    """
    key = "reversed_times"
    markers = find_known(course, estimate, known)
    if markers is None or markers.rows.size < MIN_MARKERS:
        n = 0 if markers is None else markers.rows.size
        return Finding(
            key, Verdict.UNKNOWN, f"{n} known genes have a peak: {MIN_MARKERS} tell which way time runs"
        )
    value = correlate(markers.known, markers.moved, markers.weight)
    chance = -_CHANCE / count_alike(markers.weight)
    figure = f"known and fitted peaks of {markers.rows.size} {markers.what} correlate by {value:.2f}"
    if value > min(DOUBTFUL, chance / 2):
        return Finding(
            key, Verdict.OK, f"{figure}: time runs forwards" if value > 0.3 else figure, value, DOUBTFUL
        )
    fails = value <= min(REVERSED, chance)
    return Finding(
        key,
        Verdict.FAIL if fails else Verdict.WARN,
        f"{figure}: " + ("time runs backwards" if fails else "time may run backwards"),
        value,
        DOUBTFUL,
        advice=f"are samples listed from last to first? --correct {key} turns the times round",
    )


def count_alike(weight: Floats) -> float:
    r"""Return how many values of equal weight say as much as values of these: `(sum w)^2 / sum w^2`.

    References
    ----------
    Kish 1965, Survey Sampling, ISBN 0-471-48900-X

    Examples
    --------
    >>> count_alike(np.ones(5)), count_alike(np.array([1.0, 1.0, 0.0]))
    (5.0, 2.0)
    """
    return float(weight.sum() ** 2 / (weight**2).sum())


def find_unit(course: TimeCourse, estimate: ClockEstimate) -> Finding:
    """Find out whether the times are in another unit than minutes, by the length of a turn.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock. Without a sure period there is nothing to judge.
    """
    key = "time_unit"
    period = estimate.clock.period
    organism = find_organism(course.genes, course.sync)
    low, high = _LIMITS.get(organism, _LIMITS[""])
    if not np.isfinite(period) or not estimate.sure:
        return Finding(key, Verdict.UNKNOWN, "no sure period says which unit the times have", unit="min")
    whose = f" of {organism}" if organism else ""
    if low <= period <= high:
        return Finding(key, Verdict.OK, f"a turn of {period:.0f} min is one{whose}", period, high, "min")
    limit = low if period < low else high
    text = f"a turn of {period:.3g} min is no cell cycle{whose}: those take {low:g} to {high:g} min"
    meant = [unit for unit, factor in _UNITS if low <= period * factor <= high]
    if np.array_equal(np.diff(np.unique(course.times)), np.ones(np.unique(course.times).size - 1)):
        advice = "do the times count samples? Give minutes"
    elif meant:
        text += f"; in {meant[0]} it would be {period * dict(_UNITS)[meant[0]]:.0f}"
        advice = f"are the times {meant[0]}? Write the unit into the header (2h, 30s)"
    else:
        advice = "is this another rhythm than the cell cycle, or another organism?"
    return Finding(key, Verdict.FAIL if meant else Verdict.WARN, text, period, limit, "min", advice=advice)
