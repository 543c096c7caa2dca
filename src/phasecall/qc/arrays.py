"""Arrays: samples unlike the others, exchanged, turned round, and replicates that disagree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import ClockEstimate
from phasecall.clock.covariance import compare_arrays
from phasecall.qc import suspects
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.naming import name_arrays
from phasecall.qc.resemblance import MIN_ARRAYS, Resemblance, cannot_tell, measure_excess, resemble
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

ODD_FAILS = 0.25
"""Share of the arrays that are odd."""
TWIN_LIMIT = 0.9
"""Mean squared difference of replicates, in those of samples of any two times."""


def find_outliers(course: TimeCourse, estimate: ClockEstimate) -> Finding:
    """Find samples unlike what all others predict of them.

    The variance of the leave-one-out residual in units of that expected under the covariance of the clock
    (`measure_excess`), over that of the median array. The oddest array is taken out and the others are judged
    anew, until none is odd.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock.

    Examples
    --------
    >>> import numpy as np, phasecall
    >>> from dataclasses import replace
    >>> from phasecall.caller import tell_clock
    >>> course = phasecall.load("alpha")
    >>> noise = 2 * np.random.default_rng(1).normal(size=800)
    >>> odd = replace(course, values=course.values + np.outer(noise, course.times == 56))
    >>> find_outliers(odd, tell_clock(odd)).where
    ('56 min',)
    """
    key = "outlying_samples"
    seen = resemble(course, estimate)
    if seen is None:
        return cannot_tell(key)
    odd, worst = spot_outliers(seen)
    figure = f"the oddest sample is {worst:.1f} times as far from what the others predict as the median one"
    if not odd:
        return Finding(key, Verdict.OK, figure, worst, suspects.ODD_LIMIT, "times")
    where = name_arrays(course.times, sorted(odd))
    n = "1 sample is" if len(odd) == 1 else f"{len(odd)} samples are"
    return Finding(
        key,
        Verdict.FAIL if len(odd) > ODD_FAILS * seen.times.size else Verdict.WARN,
        f"{n} unlike what the others predict: {', '.join(where)}, the worst {worst:.1f} times as far off as"
        " the median one",
        worst,
        suspects.ODD_LIMIT,
        "times",
        advice=f"see first whether its time or its place is wrong; else leave it out: --correct {key}",
        where=where,
    )


def spot_outliers(seen: Resemblance) -> tuple[list[int], float]:
    """Return the columns of a course that are odd, the oddest first, and how odd the oddest is."""
    odd: list[int] = []
    worst = np.nan
    while seen.times.size >= MIN_ARRAYS:
        excess = measure_excess(seen, np.eye(seen.times.size))
        ratio = excess / np.median(excess)
        array = int(ratio.argmax())
        worst = np.fmax(worst, ratio[array])
        if ratio[array] < suspects.ODD_LIMIT:
            break
        odd.append(int(seen.columns[array]))
        seen = seen.without([array])
    return odd, float(worst)


def find_exchange(course: TimeCourse, estimate: ClockEstimate) -> Finding:
    """Find two samples that changed places.

    By how much the mean deviance of a gene falls when two arrays change places and the covariance is fitted
    anew, at the best of all pairs. It counts if neither taking the two for odd arrays nor moving one of them
    to another time gains as much.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock.
    """
    key = "swapped_samples"
    seen = resemble(course, estimate)
    if seen is None:
        return cannot_tell(key)
    seen = suspects.drop_odd(seen)
    pair, limit = suspects.find_exchange(seen), suspects.limit_gain(seen)
    one, other = name_arrays(course.times, seen.columns[list(pair.arrays)])
    if pair.gain < limit:
        text = f"no two samples fit better in each other's place (evidence at best {pair.gain:.2f} a gene)"
        return Finding(key, Verdict.OK, text, pair.gain, limit, "a gene")
    if not suspects.is_believed(seen, pair):
        text = f"{one} and {other} would fit better exchanged, but something else explains them better"
        return Finding(key, Verdict.OK, text, pair.gain, limit, "a gene")
    return Finding(
        key,
        Verdict.WARN,
        f"{one} and {other} fit better in each other's place (evidence {pair.gain:.2f} a gene)",
        pair.gain,
        limit,
        "a gene",
        advice=f"compare the names of files and tubes; --correct {key} exchanges them",
        where=(one, other),
    )


def find_flip(course: TimeCourse, estimate: ClockEstimate) -> Finding:
    """Find a sample whose sign is turned round, as that of a dye swap not undone.

    By how much the mean deviance of a gene falls when the values of a sample change their sign, at the best
    of the oddest. It counts if taking it for an odd array does not gain as much.

    Parameters
    ----------
    course
        The experiment. Values that are nowhere below 0 are no log ratios, and have no sign.
    estimate
        Its clock.
    """
    key = "flipped_samples"
    seen = resemble(course, estimate)
    if seen is None:
        return cannot_tell(key)
    if not (course.values < 0).any():
        return Finding(key, Verdict.OK, "no value is below 0: these are no log ratios, and have no sign")
    array = suspects.find_flip(seen, course)
    limit = suspects.limit_gain(seen, suspects.FLIP_LIMIT)
    (named,) = name_arrays(course.times, seen.columns[list(array.arrays)])
    if not suspects.is_believed(seen, array, suspects.FLIP_LIMIT):
        text = f"no sample fits better with its sign turned round (evidence at best {array.gain:.2f} a gene)"
        return Finding(key, Verdict.OK, text, array.gain, limit, "a gene")
    return Finding(
        key,
        Verdict.WARN,
        f"{named} fits better with its sign turned round (evidence {array.gain:.2f} a gene)",
        array.gain,
        limit,
        "a gene",
        advice=f"were the dyes swapped? --correct {key} turns it back",
        where=(named,),
    )


def find_disagreement(course: TimeCourse, estimate: ClockEstimate) -> Finding:
    """Find replicates that are no more alike than samples of different times.

    The mean squared difference of two samples over all genes, their median taken off and each gene scaled to
    variance 1: that of the least
    alike replicates over the mean of all pairs of different times.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock.
    """
    key = "replicates"
    seen = resemble(course, estimate)
    if seen is None:
        return cannot_tell(key)
    values = course.values[:, seen.columns]
    # What all genes of an array have in common is its scale, not its sample.
    likeness = compare_arrays(values - np.nanmedian(values, axis=0))
    apart = np.add.outer(np.diag(likeness), np.diag(likeness)) - 2 * likeness
    one, other = np.triu_indices(seen.times.size, 1)
    same = seen.times[one] == seen.times[other]
    if not same.any():
        return Finding(key, Verdict.UNKNOWN, "no time was measured twice")
    ratio = apart[one, other] / max(float(apart[one, other][~same].mean()), 1e-12)
    worst = int(np.flatnonzero(same)[ratio[same].argmax()])
    value = float(ratio[worst])
    where = name_arrays(course.times, seen.columns[[one[worst], other[worst]]])
    figure = (
        f"the least alike replicates, {' and '.join(where)}, are {value:.0%} as far apart as any two times"
    )
    if value < TWIN_LIMIT:
        return Finding(key, Verdict.OK, figure, 100 * value, 100 * TWIN_LIMIT, "%")
    mean = float(ratio[same].mean())
    return Finding(
        key,
        Verdict.FAIL if mean >= 1 else Verdict.WARN,
        f"{figure}; replicates on average {mean:.0%}",
        100 * value,
        100 * TWIN_LIMIT,
        "%",
        advice="one of them is mislabelled or failed: outlying and swapped samples say which",
        where=where,
    )
