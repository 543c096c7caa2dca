"""Gaps: where values are missing, and whether it is the low ones that are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import ClockEstimate
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.naming import name_arrays
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SAMPLE_LIMIT, SAMPLE_FAILS = 0.15, 0.5
"""Share of a sample's values missing beyond that of the median sample: warned of; and missing in the mean of
all samples: fails."""
EMPTY_FAILS = 0.25
"""Share of the samples without any value: as of the outlying ones. Fewer leave the course what it is without
them."""
GENE_LIMIT = 0.1
"""Share of the genes with fewer than half of their values."""
LEVEL_LIMIT = 0.08
"""How far the share of pairs may be from a half: in the embedded courses it is up to 0.04."""
_MIN_GAPS = 50
_MOST_NAMED = 5


def find_sparse_samples(course: TimeCourse, estimate: ClockEstimate) -> Finding:  # noqa: ARG001
    """Find samples with far more missing values than the others, and those without any value.

    A sample without a value is left out by every other check, as by the clock and the calls: what is left is
    a course with one time fewer. More than a quarter of them are no course.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock; not used.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.caller import tell_clock
    >>> course = phasecall.load("cdc28")
    >>> find_sparse_samples(course, tell_clock(course)).where
    ('130 min', '140 min')
    """
    key = "sparse_samples"
    shares = np.isnan(course.values).mean(axis=0)
    beyond = shares - float(np.median(shares))
    sparse, value = beyond >= SAMPLE_LIMIT, 100 * float(beyond.max())
    total, limit = float(shares.mean()), 100 * SAMPLE_LIMIT
    figure = f"{total:.1%} of the values are missing, {shares.max():.0%} of the worst sample's"
    empty = int((shares == 1).sum())
    advice = "was an array scanned badly, or filtered otherwise? Genes missing there have fewer times"
    if empty:
        figure += f"; {empty} of {shares.size} samples {'has' if empty == 1 else 'have'} no value at all"
        advice = "were their columns read as they should? A sample without a value is as one not taken"
    failed = total >= SAMPLE_FAILS or empty > EMPTY_FAILS * shares.size
    if not sparse.any() and not failed:
        return Finding(key, Verdict.OK, figure, value, limit, "%")
    return Finding(
        key,
        Verdict.FAIL if failed else Verdict.WARN,
        figure,
        value,
        limit,
        "%",
        advice=advice,
        where=name_arrays(course.times, np.flatnonzero(sparse)),
    )


def find_sparse_genes(course: TimeCourse, estimate: ClockEstimate) -> Finding:  # noqa: ARG001
    """Find genes with fewer than half of their values, and those with none.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock; not used.
    """
    key = "sparse_genes"
    missing = np.isnan(course.values).mean(axis=1)
    sparse, empty = missing > 0.5, missing == 1.0
    value, limit = 100 * float(sparse.mean()), 100 * GENE_LIMIT
    figure = f"{int(sparse.sum())} of {len(course)} genes have fewer than half of their values"
    figure += f", {int(empty.sum())} of them none" if empty.any() else ""
    if value < limit:
        return Finding(key, Verdict.OK, figure, value, limit, "%")
    names = tuple(course.genes[row] for row in np.flatnonzero(sparse)[:_MOST_NAMED])
    advice = (
        "were genes of an array's part, or of another platform, left without values? They cannot be called"
    )
    verdict = Verdict.FAIL if value >= 50 else Verdict.WARN
    return Finding(key, verdict, figure, value, limit, "%", advice=advice, where=names)


def find_censoring(course: TimeCourse, estimate: ClockEstimate) -> Finding:  # noqa: ARG001
    """Find out whether values are missing because they were low, or high.

    Each value is foretold by the mean of the gene's values just before and after. Of a missing value and one
    of the same sample that is there, the former is foretold lower in half of all pairs if gaps come by chance
    (Mann and Whitney 1947, doi 10.1214/aoms/1177730491).

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock; not used.
    """
    key = "missing_by_level"
    share, error, n_gaps = measure_censoring(course)
    if n_gaps < _MIN_GAPS:
        text = f"{n_gaps} gaps with values around them do not tell why they are there: {_MIN_GAPS} are needed"
        return Finding(key, Verdict.OK if not n_gaps else Verdict.UNKNOWN, text)
    # Chance alone moves one of two shares by this much once in a thousand.
    bar = max(LEVEL_LIMIT, 3.5 * error)
    lower = max(share, 1 - share)
    side = "low" if share > 0.5 else "high"
    figure = f"values around a gap are {side}er than around others in {lower:.0%} of pairs"
    value, limit = 100 * lower, 100 * (0.5 + bar)
    if lower - 0.5 < bar:
        return Finding(key, Verdict.OK, f"{figure}, near the half of gaps by chance", value, limit, "%")
    return Finding(
        key,
        Verdict.WARN,
        f"{figure}: {side} values are missing",
        value,
        limit,
        "%",
        advice=f"gaps are no accident: peaks and amplitudes of genes with {side} values are unsure",
    )


def measure_censoring(course: TimeCourse) -> tuple[float, float, int]:
    """Return how often a missing value is foretold lower than one that is there, its error, and the gaps.

    The standard error is that of chance: of m missing values and n of the same sample that are there, the
    number of pairs won has the variance `m n (m + n + 1) / 12` (Mann and Whitney 1947). Genes are compared by
    their values, and by these less their means: whichever tells more.
    """
    there = np.isfinite(course.values)
    count = np.maximum(there.sum(axis=1, keepdims=True), 1)
    means = np.where(there, course.values, 0.0).sum(axis=1, keepdims=True) / count
    shares = [_compare_gaps(course.values - level) for level in (0.0, means)]
    return max(shares, key=lambda found: abs(found[0] - 0.5))


def _compare_gaps(values: Floats) -> tuple[float, float, int]:
    from scipy.stats import rankdata

    won = pairs = variance = 0.0
    n_gaps = 0
    for column, around in enumerate(_foretell(values).T):
        known = np.isfinite(around)
        gap = np.isnan(values[known, column])
        n_gap, n_there = int(gap.sum()), int((~gap).sum())
        if not n_gap or not n_there:
            continue
        above = float(rankdata(around[known])[gap].sum()) - n_gap * (n_gap + 1) / 2
        won, pairs, n_gaps = won + n_gap * n_there - above, pairs + n_gap * n_there, n_gaps + n_gap
        variance += n_gap * n_there * (n_gap + n_there + 1) / 12
    return (won / pairs, float(np.sqrt(variance)) / pairs, n_gaps) if pairs else (0.5, 0.5, n_gaps)


def _foretell(values: Floats) -> Floats:
    """Return the mean of the values just before and after each, or of the one there is; NaN without any."""
    beside = np.full((2, *values.shape), np.nan)
    beside[0, :, 1:], beside[1, :, :-1] = values[:, :-1], values[:, 1:]
    there = np.isfinite(beside)
    total = np.where(there, beside, 0.0).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / there.sum(axis=0))
