"""Arrays: samples unlike the others, exchanged, turned round, and replicates that disagree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from phasecall.clock.covariance import compare_arrays
from phasecall.qc.examined import Examined
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.naming import name_arrays
from phasecall.qc.resemblance import cannot_tell
from phasecall.qc.suspects import FLIP_LIMIT, ODD_LIMIT, is_believed, limit_gain

Floats = NDArray[np.float64]

ODD_FAILS = 0.25
"""Share of the arrays that are odd."""
TWIN_LIMIT = 0.9
"""Mean squared difference of replicates, in those of samples of any two times."""


def find_outliers(seen: Examined) -> Finding:
    """Find samples unlike what all others predict of them.

    The variance of the leave-one-out residual in units of that expected under the covariance of the clock
    (`measure_excess`), over that of the median array. The oddest array is taken out and the others are judged
    anew, until none is odd.

    Examples
    --------
    >>> import numpy as np, phasecall
    >>> from dataclasses import replace
    >>> from phasecall.caller import tell_clock
    >>> course = phasecall.load("alpha")
    >>> noise = 2 * np.random.default_rng(1).normal(size=800)
    >>> odd = replace(course, values=course.values + np.outer(noise, course.times == 56))
    >>> find_outliers(Examined(odd, tell_clock(odd))).where
    ('56 min',)
    """
    key, found = "outlying_samples", seen.suspects
    if found is None:
        return cannot_tell(key)
    odd, worst = found.outliers
    text = f"the oddest sample is {worst:.1f} times as far from what the others predict as the median one"
    made = Finding(key, Verdict.OK, text, worst, ODD_LIMIT, "times")
    if not odd:
        return made
    where = name_arrays(seen.course.times, sorted(odd))
    n = "1 sample is" if len(odd) == 1 else f"{len(odd)} samples are"
    return replace(
        made,
        verdict=Verdict.FAIL if len(odd) > ODD_FAILS * found.arrays.times.size else Verdict.WARN,
        text=f"{n} unlike what the others predict: {', '.join(where)}, the worst {worst:.1f} times as far off"
        " as the median one",
        advice=f"see first whether its time or its place is wrong; else leave it out: --correct {key}",
        where=where,
    )


def find_exchange(seen: Examined) -> Finding:
    """Find two samples that changed places.

    By how much the mean deviance of a gene falls when two arrays change places and the covariance is fitted
    anew, at the best of all pairs. It counts if neither taking the two for odd arrays nor moving one of them
    to another time gains as much.
    """
    key, found = "swapped_samples", seen.suspects
    if found is None:
        return cannot_tell(key)
    pair, limit = found.exchange, limit_gain(found.sound)
    where = name_arrays(seen.course.times, found.sound.columns[list(pair.arrays)])
    named = " and ".join(where)
    text = f"no two samples fit better in each other's place (evidence at best {pair.gain:.2f} a gene)"
    made = Finding(key, Verdict.OK, text, pair.gain, limit, "a gene")
    if pair.gain < limit:
        return made
    if not is_believed(found.sound, pair):
        text = f"{named} would fit better exchanged, but something else explains them better"
        return replace(made, text=text)
    return replace(
        made,
        verdict=Verdict.WARN,
        text=f"{named} fit better in each other's place (evidence {pair.gain:.2f} a gene)",
        advice=f"compare the names of files and tubes; --correct {key} exchanges them",
        where=where,
    )


def find_flip(seen: Examined) -> Finding:
    """Find a sample whose sign is turned round, as that of a dye swap not undone.

    By how much the mean deviance of a gene falls when the values of a sample change their sign, at the best
    of the oddest. It counts if taking it for an odd array does not gain as much. Values that are nowhere
    below 0 are no log ratios, and have no sign.
    """
    key, found = "flipped_samples", seen.suspects
    if found is None:
        return cannot_tell(key)
    if not (seen.course.values < 0).any():
        return Finding(key, Verdict.OK, "no value is below 0: these are no log ratios, and have no sign")
    array = found.flip
    text = f"no sample fits better with its sign turned round (evidence at best {array.gain:.2f} a gene)"
    made = Finding(key, Verdict.OK, text, array.gain, limit_gain(found.arrays, FLIP_LIMIT), "a gene")
    if not is_believed(found.arrays, array, FLIP_LIMIT):
        return made
    (named,) = where = name_arrays(seen.course.times, found.arrays.columns[list(array.arrays)])
    return replace(
        made,
        verdict=Verdict.WARN,
        text=f"{named} fits better with its sign turned round (evidence {array.gain:.2f} a gene)",
        advice=f"were the dyes swapped? --correct {key} turns it back",
        where=where,
    )


def find_disagreement(seen: Examined) -> Finding:
    """Find replicates that are no more alike than samples of different times.

    The mean squared difference of two samples over all genes, their median taken off and each gene scaled to
    variance 1: that of the least alike replicates over the mean of all pairs of different times.
    """
    key = "replicates"
    if seen.suspects is None:
        return cannot_tell(key)
    arrays = seen.suspects.arrays
    values = seen.course.values[:, arrays.columns]
    # What all genes of an array have in common is its scale, not its sample.
    likeness = compare_arrays(values - np.nanmedian(values, axis=0))
    apart = np.add.outer(np.diag(likeness), np.diag(likeness)) - 2 * likeness
    one, other = np.triu_indices(arrays.times.size, 1)
    same = arrays.times[one] == arrays.times[other]
    if not same.any():
        return Finding(key, Verdict.UNKNOWN, "no time was measured twice")
    ratio = apart[one, other] / max(float(apart[one, other][~same].mean()), 1e-12)
    worst = int(np.flatnonzero(same)[ratio[same].argmax()])
    value, mean = float(ratio[worst]), float(ratio[same].mean())
    where = name_arrays(seen.course.times, arrays.columns[[one[worst], other[worst]]])
    text = f"the least alike replicates, {' and '.join(where)}, are {value:.0%} as far apart as any two times"
    made = Finding(key, Verdict.OK, text, 100 * value, 100 * TWIN_LIMIT, "%")
    if value < TWIN_LIMIT:
        return made
    return replace(
        made,
        verdict=Verdict.FAIL if mean >= 1 else Verdict.WARN,
        text=f"{text}; replicates on average {mean:.0%}",
        advice="one of them is mislabelled or failed: outlying and swapped samples say which",
        where=where,
    )
