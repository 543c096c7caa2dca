"""Synchrony: how much of what one cell does shows in the whole culture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from phasecall.caller.rules import MIN_GENES
from phasecall.clock import Clock, ClockEstimate, KnownGenes
from phasecall.clock.anchors import MIN_KNOWN
from phasecall.clock.covariance import (
    MIN_VALUES,
    PARTS,
    Decomposition,
    compare_arrays,
    find_telling,
    lay_wave,
)
from phasecall.timecourse import TimeCourse, find_constant

Floats = NDArray[np.float64]

_LOSSES = tuple(np.linspace(0.0, 0.9, 19).tolist())
"""Losses a turn that are looked at; the first, none, is that of the score."""
_GROUPS = 20
"""Parts of all genes that are left out in turn."""
_SURE = 0.975
"""Upper quantile of a 95 % interval."""


@dataclass(frozen=True)
class Synchrony:
    """How synchronous a culture is, as it shows in expression.

    Parameters
    ----------
    score
        Mean over the times measured, [0, 1]; NaN where there is no clock, or too few genes tell.
    start
        The same at the release, [0, 1]: the score over the mean of what is left since.
    loss
        Share lost in a turn, [0, 1): that of known genes, where the clock has that of all genes.
    told_by
        What it was read from, in words.
    low, high
        95 % interval of the score over genes drawn anew, [0, 1]. The clock is taken as it is, and errors that
        all genes of an array share are not in it.
    """

    score: float
    start: float
    loss: float
    told_by: str
    low: float = np.nan
    high: float = np.nan


UNKNOWN = Synchrony(np.nan, np.nan, np.nan, "")


def measure_synchrony(course: TimeCourse, estimate: ClockEstimate, known: KnownGenes | None) -> Synchrony:
    r"""Measure how synchronous a culture is.

    With r the multiple correlation of a known gene with the wave of the clock, m the turns moved at its peak
    and k the turn at which it is known to peak, the score of n known genes is

    .. math:: \left| \frac{1}{n} \sum_g r_g e^{2 \pi i (m_g - k_g)} \right|

    the length of the mean arrow. It is 1 where each known gene is a wave without noise that peaks when it
    should. Cells that are spread over the cycle make waves small beside the noise, r small and peaks random:
    arrows are short, and cancel. Its interval is Student's, of the arrows' parts along the mean one (delta
    method). Where fewer than five genes are known, it is the square root of the wave's share of the variance
    of wave, drift and noise of all genes, if 50 or more vary, and the interval that of the jackknife over 20
    groups of genes (Tukey 1958, doi 10.1214/aoms/1177706647).

    Parameters
    ----------
    course
        The experiment.
    estimate
        Its clock.
    known
        Genes whose peak is known; None for none.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.clock import estimate_clock, find_markers
    >>> course = phasecall.load("cdc15")
    >>> known = find_markers(course.genes)
    >>> measure_synchrony(course, estimate_clock(course, known=known), known).told_by
    '85 marker genes of budding yeast'
    """
    clock = estimate.clock
    if not (np.isfinite(clock.period) and np.isfinite(estimate.gain)):
        return UNKNOWN
    measured = course.select_times(course.measured())
    genes = pick_genes(measured, known)
    if known is None or len(genes) < MIN_KNOWN:
        return _measure_all(measured, estimate)
    values, turns = measured.values[genes], known.turns[genes]
    fits = np.array([_correlate(values, replace(clock, loss=loss), measured.times) for loss in _LOSSES])
    # A wave that fades as the culture does explains the most.
    loss = _LOSSES[int((np.abs(fits) ** 2).sum(axis=1).argmax())]
    arrows = fits[0] * np.exp(-2j * np.pi * turns)
    score = float(abs(arrows.mean()))
    along = (arrows * np.exp(-1j * np.angle(arrows.mean()))).real
    error = float(along.std(ddof=1)) / np.sqrt(along.size)
    made = _start(score, replace(clock, loss=loss), estimate, f"{len(genes)} {known.what}")
    return _bound(made, error, along.size - 1)


def _measure_all(measured: TimeCourse, estimate: ClockEstimate) -> Synchrony:
    """Measure by the wave's share of the variance of all genes; `UNKNOWN` of fewer than 50 that vary."""
    there = np.isfinite(measured.values).any(axis=0)
    telling, times = measured.values[find_telling(measured.values)][:, there], measured.times[there]
    if len(telling) < MIN_GENES:
        return UNKNOWN
    made = _start(_share(estimate.wave, estimate.shares), estimate.clock, estimate, "all genes")
    group = np.arange(len(telling)) % _GROUPS
    # The wave's share is that of a clock without loss.
    clock = replace(estimate.clock, loss=0.0)
    without = np.array([_fit_share(telling[group != one], times, clock) for one in range(_GROUPS)])
    return _bound(made, float(np.sqrt((_GROUPS - 1) * without.var())), _GROUPS - 1)


def _fit_share(values: Floats, times: Floats, clock: Clock) -> float:
    mixture = Decomposition(compare_arrays(values), times).mix(clock)
    return _share(mixture.wave, dict(zip(PARTS, mixture.shares.tolist(), strict=True)))


def _share(wave: float, shares: Mapping[str, float]) -> float:
    return float(np.sqrt(wave / (wave + shares["white"] + shares["drift"])))


def _start(score: float, clock: Clock, estimate: ClockEstimate, told_by: str) -> Synchrony:
    left = float(clock.retained(estimate.times).mean())
    return Synchrony(score, min(score / left, 1.0), clock.loss, told_by)


def _bound(made: Synchrony, error: float, freedom: int) -> Synchrony:
    """Return a synchrony with the interval of Student's t about its score."""
    from scipy.special import stdtrit

    reach = float(stdtrit(freedom, _SURE)) * error
    return replace(made, low=float(max(made.score - reach, 0.0)), high=float(min(made.score + reach, 1.0)))


def pick_genes(course: TimeCourse, known: KnownGenes | None) -> NDArray[np.int64]:
    """Return which known genes can have a wave."""
    if known is None:
        return np.empty(0, dtype=np.int64)
    enough = np.isfinite(course.values).sum(axis=1) >= MIN_VALUES
    return np.flatnonzero(np.isfinite(known.turns) & enough & ~find_constant(course.values))


def _correlate(values: Floats, clock: Clock, times: Floats) -> NDArray[np.complex128]:
    """Return the multiple correlation of each gene with the wave, at the angle of its peak, shape (n,)."""
    waves = lay_wave(clock, times)
    return np.array([_fit(row, waves) for row in values])


def _fit(values: Floats, waves: Floats) -> complex:
    seen = np.isfinite(values)
    # In units of the largest value: squares of very large numbers are no numbers.
    own = values[seen] / np.abs(values[seen]).max()
    own -= own.mean()
    shape = waves[seen] - waves[seen].mean(axis=0)
    weights, *_ = np.linalg.lstsq(shape, own, rcond=1e-6)
    size = float(np.linalg.norm(shape @ weights) / np.linalg.norm(own))
    return complex(size * np.exp(1j * np.arctan2(weights[1], weights[0])))
