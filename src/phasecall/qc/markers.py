"""Markers: whether genes of known peak come in their known order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.caller import find_organism
from phasecall.caller.anchoring import seek_markers
from phasecall.circular import difference, mean, wrap
from phasecall.clock import ClockEstimate, KnownGenes, find_peaks
from phasecall.qc.finding import Finding, Verdict
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

MIN_MARKERS = 8
"""With fewer, chance alone makes strong correlations."""
ORDER_LIMIT, ORDER_FAILS = 0.25, -0.3
"""Circular rank correlation of known and fitted peaks."""
_FAR, _ERRORS = 0.2, 3.0
"""A marker is out of place by so many turns, and so many standard errors."""
_SHARPEST = 0.1
"""Standard error of a peak in turns, from which on it says nothing of an order."""
_CHANCE = 3.9
"""Over the number of genes, what chance exceeds once in a hundred times (Fisher and Lee 1982)."""
_MOST_NAMED = 8


@dataclass(frozen=True, eq=False)
class Known:
    """Marker genes with a peak that is sharp enough to say something.

    Parameters
    ----------
    rows
        Which genes of the course, shape (n,).
    known, moved
        The known turn, and the turns from t = 0 to the peak, shape (n,).
    error
        Standard error of the difference, turns, shape (n,).
    weight
        One over its square.
    what
        What they are, in words.
    """

    rows: NDArray[np.int64]
    known: Floats
    moved: Floats
    error: Floats
    weight: Floats
    what: str


def find_known(course: TimeCourse, estimate: ClockEstimate, known: KnownGenes | None = None) -> Known | None:
    """Return the known genes of a course that have a peak, its marker genes if none are given.

    None where there is no clock or no known gene.
    """
    markers = known or seek_markers(course.genes, find_organism(course.genes, course.sync) or None)
    if markers is None or not np.isfinite(estimate.clock.period):
        return None
    rows = np.flatnonzero(np.isfinite(markers.turns))
    peaks = find_peaks(course.select_genes(rows), estimate)
    sharp = np.isfinite(peaks.moved) & (peaks.error <= _SHARPEST)
    error = np.hypot(peaks.error[sharp], markers.spread[rows][sharp])
    return Known(
        rows[sharp], markers.turns[rows][sharp], peaks.moved[sharp], error, 1 / error**2, markers.what
    )


def find_disorder(course: TimeCourse, estimate: ClockEstimate, known: KnownGenes | None = None) -> Finding:
    """Find known genes whose peaks are out of their known order.

    The circular rank correlation of known and fitted turns (`correlate` on ranks as angles), and the genes
    whose peak is 0.2 turns or more, and three standard errors, from where the others put it.

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock.
    known
        Genes whose peak is known; the built-in marker genes if not given.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.caller import tell_clock
    >>> course = phasecall.load("alpha")
    >>> finding = find_disorder(course, tell_clock(course))
    >>> finding.verdict.value, round(finding.value, 1)
    ('ok', 0.8)
    """
    key = "marker_order"
    markers = find_known(course, estimate, known)
    if markers is None or markers.rows.size < MIN_MARKERS:
        n = 0 if markers is None else markers.rows.size
        text = f"{n} known genes have a sharp peak: {MIN_MARKERS} show an order"
        advice = "name genes whose peak is known (--markers, --labels)"
        return Finding(key, Verdict.UNKNOWN, text, advice=advice)
    n = markers.rows.size
    value = correlate(rank_angles(markers.known), rank_angles(markers.moved))
    apart = _find_misplaced(markers)
    names = tuple(course.genes[row] for row in markers.rows[apart[:_MOST_NAMED]])
    figure = f"the order of {n} {markers.what} correlates by {value:.2f} with the known one"
    placed = f"; {apart.size} out of place: {', '.join(names)}" if apart.size else "; none is out of place"
    limit = max(ORDER_LIMIT, _CHANCE / n)
    if value >= limit:
        return Finding(key, Verdict.OK, figure + placed, value, limit, where=names)
    advice = "is the period right, and the organism? Are times in order? Phases are not to be trusted"
    verdict = Verdict.FAIL if value <= min(ORDER_FAILS, -_CHANCE / n) else Verdict.WARN
    return Finding(key, verdict, figure + placed, value, limit, advice=advice, where=names)


def _find_misplaced(markers: Known) -> NDArray[np.int64]:
    """Return which markers are far from where the others put them, the farthest first."""
    starts = wrap(markers.known - markers.moved)
    centre, _ = mean(starts, markers.weight)
    off = np.abs(difference(starts, centre))
    far = (off >= _FAR) & (off >= _ERRORS * markers.error)
    return np.asarray(np.flatnonzero(far)[np.argsort(-off[far], kind="stable")])


def correlate(one: Floats, other: Floats, weight: Floats | None = None) -> float:
    r"""Return the correlation of two angles, [-1, 1]: 1 where they turn the same way, -1 the other way.

    .. math:: \frac{\sum w_i w_j \sin(a_i - a_j) \sin(b_i - b_j)}
              {\sqrt{\sum w_i w_j \sin^2(a_i - a_j) \sum w_i w_j \sin^2(b_i - b_j)}}

    over all pairs (Fisher and Lee 1983, doi 10.1093/biomet/70.2.327). It needs no common zero.

    Parameters
    ----------
    one, other
        Turns, shape (n,).
    weight
        Shape (n,); all alike if not given.

    Examples
    --------
    >>> turns = np.array([0.0, 0.1, 0.4, 0.7])
    >>> round(correlate(turns, turns + 0.3), 6), round(correlate(turns, -turns), 6)
    (1.0, -1.0)
    """
    weight = np.ones(one.size) if weight is None else weight
    pairs = np.outer(weight, weight)
    first, second = (np.sin(2 * np.pi * np.subtract.outer(turns, turns)) for turns in (one, other))
    spread = float(np.sqrt((pairs * first**2).sum() * (pairs * second**2).sum()))
    return float((pairs * first * second).sum()) / spread if spread > 0 else 0.0


def rank_angles(turns: Floats) -> Floats:
    """Return ranks as turns, evenly round: ties share one (Fisher and Lee 1982, doi 10.1093/biomet/69.2.315).

    Examples
    --------
    >>> rank_angles(np.array([0.9, 0.1, 0.2, 0.95])).tolist()
    [0.5, 0.0, 0.25, 0.75]
    """
    # The mean rank of ties; scipy.stats would take longer to load than every quick check together.
    ordered = np.sort(turns)
    below, upto = (np.searchsorted(ordered, turns, side=side) for side in ("left", "right"))
    return np.asarray((below + upto - 1) / 2 / max(turns.size, 1))
