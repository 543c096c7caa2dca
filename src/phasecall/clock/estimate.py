"""The clock of an experiment, from all its genes and without a label; then its start, from an anchor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from phasecall.clock.anchors import (
    MIN_KNOWN,
    KnownGenes,
    Start,
    Synchronisation,
    find_start,
    find_synchronisation,
)
from phasecall.clock.covariance import (
    MIN_VALUES,
    PARTS,
    Decomposition,
    compare_arrays,
    find_telling,
    lay_noise,
)
from phasecall.clock.findings import Bar, ClockEstimate, notice_period, notice_start
from phasecall.clock.peaks import Peaks, measure_peaks
from phasecall.clock.record import Clock
from phasecall.errors import InputError
from phasecall.timecourse import Note, TimeCourse

Floats = NDArray[np.float64]

MIN_TIMES = 6
"""With fewer different times no period is sought."""

LEAST_STEPS = 2.2
"""Usual steps of the sampling in the shortest period looked at (2 is the Nyquist limit)."""
_N_PERIODS = 48
_LONGEST = 1.5
"""Longest period looked at, in times the time measured."""
_LOSSES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
_LAGS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
"""Recovery lags looked at, in periods."""
_LAG_GAIN, _LAG_TOTAL = 0.02, 10.0
_WEAK, _WEAK_TOTAL = 0.1, 15.0
"""Gain in deviance by a lag, and by the wave, that is believed: in the mean of the genes, which noise that is
not of the parts can reach, and in their sum, which chance can. White noise reached 7 and 10 in the sum, of
one gene and of hundreds alike (8 to 24 times)."""
_RIVAL = 0.3
_BETTER = 0.15
_NEAR, _N_NEAR, _ZOOMS, _POLISHED = 1.15, 17, 5, 2
"""A period is polished within this factor: the best of so many is sought so often, each time among those that
lie between its neighbours, for weights that are the best twice."""
_FAR_TOO_LONG = 100
_WIDER, _FLOOR = 1.5, 0.04
"""The jackknife's interval is too short: waves are no cosines, and lags and drifts resemble longer periods.
So widened, it held 96 % of the periods of 120 cultures drawn from the prior (seeds 2000 to 2119)."""
_MAX_GROUPS = 24


def estimate_clock(
    course: TimeCourse,
    *,
    known: KnownGenes | None = None,
    sync: str | None = None,
    period: float | None = None,
) -> ClockEstimate:
    """Estimate the clock of an experiment from all its genes, at the times as they are.

    Period, loss of synchrony and recovery lag are those of the wave that, beside drift, trend, recovery from
    the release and alternating batches, best explains how the arrays resemble one another (`Decomposition`).
    The interval of the period is the jackknife's over arrays (Tukey 1958). Known genes anchor the clock; the
    synchronisation does where there are none, or where these disagree.

    Parameters
    ----------
    course
        The experiment. Interpolated times are not used.
    known
        Genes whose peak is known: `find_markers`, `know_phases`.
    sync
        How the culture was synchronised; what the course says if not given.
    period
        Minutes, if it is known: it is then not sought.

    Raises
    ------
    InputError
        If the period given is not more than 0, or a hundred times longer than the course.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.clock import find_markers
    >>> course = phasecall.load("cdc15")
    >>> estimate = estimate_clock(course, known=find_markers(course.genes))
    >>> round(estimate.clock.period), estimate.period_lo < 114 < estimate.period_hi, estimate.anchor
    (113, True, '85 marker genes of budding yeast')
    """
    longest = _FAR_TOO_LONG * max(float(np.ptp(course.times)), 1.0)
    if period is not None and not 0 < period <= longest:
        raise InputError(
            "a period cannot be that long",
            expected=f"more than 0 minutes, and no more than {longest:g}, {_FAR_TOO_LONG} times the course",
            found=f"{period:g} minutes",
            fix="give the length of a cell cycle in minutes (--period)",
        )
    from threadpoolctl import threadpool_limits

    # Hundreds of products of small matrices: a second thread costs each of them more than it saves.
    with threadpool_limits(limits=1, user_api="blas"):
        return _estimate(course, known, sync or course.sync, period)


def find_peaks(course: TimeCourse, estimate: ClockEstimate) -> Peaks:
    """Fit the wave of an experiment's clock to genes of it, at all times that were measured.

    Parameters
    ----------
    course
        Genes of the experiment, at some or all of its times.
    estimate
        Its clock.

    Examples
    --------
    >>> import phasecall
    >>> course = phasecall.load("cdc15")
    >>> peaks = find_peaks(course, estimate_clock(course, sync="cdc15"))
    >>> peaks.turn.shape
    (800,)
    """
    measured = course.select_times(course.measured())
    return measure_peaks(measured.values, measured.times, estimate.clock, estimate.noise_at(measured.times))


def _estimate(
    course: TimeCourse, known: KnownGenes | None, sync: str | None, period: float | None
) -> ClockEstimate:
    # An array without a value says nothing, and would seem one without variance.
    told = course.measured() & np.isfinite(course.values).any(axis=0)
    how = find_synchronisation(sync)
    n_genes = int(find_telling(course.values[:, told]).sum())
    fault = _find_fault(course.times[told], n_genes, period)
    if fault is not None:
        return _give_up(course.times[told], fault, period, how)
    measured = course.select_times(told)
    parts = Decomposition(compare_arrays(measured.values), measured.times)
    bar = Bar(max(_WEAK, _WEAK_TOTAL / n_genes), max(_LAG_GAIN, _LAG_TOTAL / n_genes))
    clock = _choose(parts, measured, known, bar) if period is None else Clock(period, np.nan)
    clock = _find_lag(parts, clock, bar, free=period is None)
    mixture = parts.mix(clock)
    low, high = _judge_period(parts, clock) if period is None else (period, period)
    noise = lay_noise(mixture.weights, measured.times, measured.times)
    start = None if known is None else find_start(*_measure(measured, clock, noise, known), known)
    start, anchor = _anchor(start, known, how)
    estimate = ClockEstimate(
        clock=replace(clock, turn_at_zero=start.turn, loss=_find_loss(parts, clock)),
        period_lo=low,
        period_hi=high,
        turn_error=min(start.error, 0.5),
        anchor=anchor,
        agreement=start.resultant if start.n_genes else 0.0,
        gain=parts.deviance(None) - mixture.deviance,
        wave=mixture.wave,
        shares=dict(zip(PARTS, mixture.shares.tolist(), strict=True)),
        weights=mixture.weights,
        times=measured.times,
    )
    notes = [
        *notice_period(estimate, bar, given=period is not None),
        *([] if period is None else _doubt(parts, measured, estimate, bar)),
        *notice_start(estimate, start, how, sync),
    ]
    if known is not None and not start.n_genes:
        n_known = int(np.isfinite(known.turns).sum())
        why = (
            f"{MIN_KNOWN} are needed"
            if n_known < MIN_KNOWN
            else "they agree on a start no better than chance"
        )
        text = f"{n_known} {known.what} found, not used: {why}"
        notes.append(Note("known_genes_unused", text))
    return replace(estimate, notes=tuple(notes))


def _find_fault(times: Floats, n_genes: int, period: float | None) -> Note | None:
    """Return why there is no clock in so few times and genes; None if there may be one."""
    n_times, n_needed = np.unique(times).size, MIN_TIMES if period is None else MIN_VALUES
    if n_times < n_needed:
        shown = "period" if period is None else "wave"
        return Note("too_few_times", f"{n_times} different times show no {shown}: {n_needed} are needed")
    if not n_genes:
        return Note("no_varying_gene", f"no gene has {MIN_VALUES} values that are not all the same: no clock")
    return None


def _choose(parts: Decomposition, course: TimeCourse, known: KnownGenes | None, bar: Bar) -> Clock:
    """Return the period of the best wave.

    Known genes choose where they agree on the start far better with another one: among waves nearly as good
    as the best, or, where no wave is clear, among all.
    """
    clocks = [Clock(float(period), np.nan) for period in lay_periods(course.times)]
    gains = parts.deviance(None) - parts.deviances(clocks)
    best = int(gains.argmax())
    beside = np.r_[-np.inf, gains, -np.inf]
    rivals = (gains >= beside[:-2]) & (gains >= beside[2:]) & (gains >= _RIVAL * gains[best])
    if known is None or (rivals.sum() == 1 and gains[best] >= bar.wave):
        return clocks[best]
    if gains[best] < bar.wave:
        rivals[:] = True
    pairs = zip(clocks, rivals, strict=True)
    agreement = [_agree(parts, course, clock, known) if near else 0.0 for clock, near in pairs]
    chosen = int(np.argmax(agreement))
    return clocks[chosen if agreement[chosen] > agreement[best] + _BETTER else best]


def lay_periods(times: Floats) -> Floats:
    """Return the periods that a clock is sought among, minutes, even in their logarithms; shape (48,).

    From 2.2 usual steps of the sampling to one and a half times the time measured.

    Examples
    --------
    >>> lay_periods(np.arange(0.0, 161.0, 10.0))[[0, -1]].round(6).tolist()
    [22.0, 240.0]
    """
    minutes = np.unique(times)
    step, span = float(np.median(np.diff(minutes))), float(np.ptp(minutes))
    return np.geomspace(LEAST_STEPS * step, _LONGEST * span, _N_PERIODS)


def _agree(parts: Decomposition, course: TimeCourse, clock: Clock, known: KnownGenes) -> float:
    """Return how well known genes agree on the start, [0, 1]; 0 if they do not."""
    noise = lay_noise(parts.mix(clock).weights, course.times, course.times)
    start = find_start(*_measure(course, clock, noise, known), known)
    return 0.0 if start is None else start.resultant


def _doubt(parts: Decomposition, course: TimeCourse, estimate: ClockEstimate, bar: Bar) -> Iterator[Note]:
    """Yield a note if another period than the one given explains far more."""
    best = _choose(parts, course, None, bar)
    gain = parts.deviance(None) - parts.deviance(best)
    if gain >= bar.wave and estimate.gain < gain / 2:
        yield Note(
            "period_doubted",
            f"all genes together say {best.period:.0f} min rather than {estimate.clock.period:.0f}: the"
            f" period given explains {estimate.gain / gain:.0%} of what that one does",
        )


def _find_lag(parts: Decomposition, clock: Clock, bar: Bar, *, free: bool) -> Clock:
    """Return the best clock near one, with a lag only where that is clearly better.

    A wave that is none without its lag gets none: waiting and then moving looks like any change of level.
    """
    clocks = [replace(clock, lag=share * clock.period) for share in _LAGS]
    for _ in range(_POLISHED if free else 0):
        parts.deviances(clocks)
        clocks = [_polish(parts, one, parts.weigh(one)) for one in clocks]
    deviances = parts.deviances(clocks)
    best = int(deviances.argmin()) if deviances[0] - deviances.min() > bar.lag else 0
    return clocks[best if best and parts.deviance(None) - deviances[0] >= bar.wave else 0]


def _find_loss(parts: Decomposition, clock: Clock) -> float:
    """Return the loss of synchrony with which the wave explains most."""
    return _LOSSES[int(parts.deviances([replace(clock, loss=loss) for loss in _LOSSES]).argmin())]


def _polish(parts: Decomposition, clock: Clock, weights: Floats) -> Clock:
    """Return the clock with the best period near its own, the parts weighted as they are best there."""
    logs = np.log(clock.period) + np.log(_NEAR) * np.linspace(-1, 1, _N_NEAR)
    for _ in range(_ZOOMS):
        deviances = parts.judge_periods(clock, np.exp(logs), weights)
        best = int(deviances.argmin())
        low, high = logs[max(best - 1, 0)], logs[min(best + 1, logs.size - 1)]
        logs = np.linspace(low, high, _N_NEAR)
    return replace(clock, period=float(np.exp(logs[_N_NEAR // 2])))


def _judge_period(parts: Decomposition, clock: Clock) -> tuple[float, float]:
    """Return the 95 % interval of the period: what leaving out arrays, each in turn, does to it.

    An experiment shorter than a turn does not show where the turn ends: the interval is open.
    """
    from scipy.special import stdtrit

    n_times = parts.times.size
    groups = min(n_times, _MAX_GROUPS)
    left_out = (np.arange(n_times) % groups == group for group in range(groups))
    weights = parts.weigh(clock)
    periods = np.array([_polish(parts.without(arrays), clock, weights).period for arrays in left_out])
    error = np.sqrt((groups - 1) * periods.var())
    cycles = clock.cycles(parts.times)
    reach = np.hypot(_WIDER * stdtrit(groups - 1, 0.975) * error, _FLOOR * clock.period / cycles**2)
    seen = cycles >= 1
    return max(clock.period - float(reach), 0.0), clock.period + float(reach) if seen else np.inf


def _measure(course: TimeCourse, clock: Clock, noise: Floats, known: KnownGenes) -> tuple[Floats, Floats]:
    """Return turns moved at the peak of known genes, and their error; NaN for all others."""
    rows = np.flatnonzero(np.isfinite(known.turns))
    peaks = measure_peaks(course.values[rows], course.times, clock, noise)
    moved, error = np.full((2, len(course)), np.nan)
    moved[rows], error[rows] = peaks.moved, peaks.error
    return moved, error


def _anchor(start: Start | None, known: KnownGenes | None, how: Synchronisation | None) -> tuple[Start, str]:
    """Return where the experiment starts and what says so; an unknown start if nothing does."""
    if start is not None and known is not None:
        return start, f"{start.n_genes} {known.what}"
    if how is not None:
        return Start(how.turn, 1.96 * how.spread, 0, np.nan), f"synchronisation by {how.key}"
    return Start(np.nan, 0.5, 0, np.nan), ""


def _give_up(times: Floats, fault: Note, period: float | None, how: Synchronisation | None) -> ClockEstimate:
    """Return what is left of a clock that cannot be told: what was said of it."""
    start, anchor = _anchor(None, None, how if period is not None else None)
    clock = Clock(np.nan if period is None else period, start.turn)
    low, high = (0.0, np.inf) if period is None else (period, period)
    blank, white = dict.fromkeys(PARTS, np.nan), np.eye(len(PARTS))[0]
    return ClockEstimate(
        clock, low, high, start.error, anchor, 0.0, np.nan, np.nan, blank, white, times, (fault,)
    )
