"""Calls by the clock: the phase under the peak of each gene's wave, on the clock of its own experiment."""

from __future__ import annotations

import numpy as np

from phasecall import __version__
from phasecall.caller.provenance import describe_clock
from phasecall.caller.rules import (
    MIN_CONFIDENCE,
    WEAK_RHYTHM_P,
    Floats,
    Mask,
    first_reason,
    join_flags,
    know_noise,
    rate_rhythm,
)
from phasecall.calls import Calls, Reason
from phasecall.circular import wrap
from phasecall.clock import ClockEstimate, find_peaks
from phasecall.methods.clocked import LABEL_SPREAD, spread_over_arcs
from phasecall.phases import Scheme
from phasecall.timecourse import Note, TimeCourse, find_constant


def call_by_clock(course: TimeCourse, estimate: ClockEstimate, scheme: Scheme) -> Calls:
    """Call every gene by the peak of its wave on the clock of the experiment, at any times.

    Parameters
    ----------
    course
        The experiment. Interpolated times are not used.
    estimate
        Its clock. Without a start, phases are withheld and peaks are minutes only; without a period, all is.
    scheme
        The phases wanted.
    """
    measured = course.select_times(course.measured())
    observed = np.isfinite(measured.values)
    clock, period = estimate.clock, estimate.clock.period
    if not np.isfinite(period):
        return _withhold(course, estimate, scheme)
    peaks = find_peaks(course, estimate)
    rhythm = rate_rhythm(measured.values, measured.times, period, know_noise(course, period))
    # The first peak at or after t = 0 comes after the recovery.
    minute = clock.lag + wrap(peaks.moved) * period
    reach = np.where(rhythm.p_value <= WEAK_RHYTHM_P, np.minimum(peaks.reach, 0.5), 0.5) * period
    # Of few points the error is itself uncertain: the normal distribution that has Student's interval.
    error = np.hypot(peaks.reach / 1.96, LABEL_SPREAD)
    probabilities = spread_over_arcs(peaks.turn, error, scheme)
    unknown = np.isnan(peaks.turn) | (not estimate.sure)
    probabilities[unknown] = np.nan
    lost = np.isnan(peaks.moved)
    flags = [
        (~lost & ~(rhythm.p_value <= WEAK_RHYTHM_P), "weak_rhythm"),
        (np.full(len(course), clock.cycles(measured.times) < 1), "under_one_cycle"),
    ]
    return Calls(
        genes=course.genes,
        scheme=scheme,
        probabilities=probabilities,
        reason=_reasons(measured.values, lost, probabilities, estimate),
        peak_turn=peaks.turn,
        peak_time=minute,
        peak_lo=minute - reach,
        peak_hi=minute + reach,
        period=period,
        amplitude=peaks.amplitude,
        periodic_p=rhythm.p_value,
        periodic_q=rhythm.q_value,
        rank=rhythm.rank,
        n_observed=observed.sum(axis=1),
        n_missing=(~observed).sum(axis=1),
        novelty=np.full(len(course), np.nan),
        flags=join_flags(flags),
        method=f"cosinor on the clock {__version__}",
        notes=(*course.notes, *_describe(estimate), *estimate.notes),
        clocks=(describe_clock(course.name, clock, estimate),),
    )


def _reasons(
    values: Floats, lost: Mask, probabilities: Floats, estimate: ClockEstimate
) -> tuple[Reason, ...]:
    # A wave that is cut off is something else than none.
    short = {"under_one_cycle", "weak_clock"} & {note.code for note in estimate.notes} == {"under_one_cycle"}
    conditions = [
        (np.asarray(~np.isfinite(values).any(axis=1)), Reason.ALL_MISSING),
        (find_constant(values), Reason.CONSTANT),
        (lost, Reason.TOO_FEW_POINTS),
        (np.full(lost.size, not estimate.sure), Reason.UNDER_ONE_CYCLE if short else Reason.NO_CLOCK),
        (np.asarray(np.isnan(probabilities).any(axis=1)), Reason.NO_ANCHOR),
        (np.asarray(probabilities.max(axis=1) < MIN_CONFIDENCE), Reason.BETWEEN_PHASES),
    ]
    return first_reason(conditions)


def _describe(estimate: ClockEstimate) -> list[Note]:
    """Return the clock in words."""
    clock = estimate.clock
    upper = f"{estimate.period_hi:.0f}" if np.isfinite(estimate.period_hi) else "unknown"
    sure = f"95 %: {estimate.period_lo:.0f} to {upper}"
    given = estimate.period_lo == estimate.period_hi
    digits = f"{clock.period:.1f}" if clock.period >= 10 else f"{clock.period:.3g}"
    text = f"a turn takes {digits} min ({'as given' if given else sure})"
    if estimate.anchor:
        text += f"; t = 0 is turn {clock.turn_at_zero:.2f} ± {estimate.turn_error:.2f} by {estimate.anchor}"
    if np.isfinite(estimate.gain):
        text += f"; the waves of all genes lose {clock.loss:.0%} of their amplitude a turn"
    if clock.lag:
        text += f"; the culture recovers for {clock.lag:.0f} min first"
    return [Note("clock", text)]


def _withhold(course: TimeCourse, estimate: ClockEstimate, scheme: Scheme) -> Calls:
    """Return no call of any gene, for want of a period."""
    blank = np.full(len(course), np.nan)
    observed = np.isfinite(course.values[:, course.measured()])
    conditions = [
        (np.asarray(~observed.any(axis=1)), Reason.ALL_MISSING),
        (np.ones(len(course), dtype=np.bool_), Reason.TOO_FEW_POINTS),
    ]
    return Calls(
        genes=course.genes,
        scheme=scheme,
        probabilities=np.full((len(course), len(scheme)), np.nan),
        reason=first_reason(conditions),
        peak_turn=blank,
        peak_time=blank,
        peak_lo=blank,
        peak_hi=blank,
        period=np.nan,
        amplitude=blank,
        periodic_p=blank,
        periodic_q=blank,
        rank=np.zeros(len(course), dtype=np.int64),
        n_observed=observed.sum(axis=1),
        n_missing=(~observed).sum(axis=1),
        novelty=blank,
        flags=("",) * len(course),
        method=f"cosinor on the clock {__version__}",
        notes=(*course.notes, *estimate.notes),
        clocks=(describe_clock(course.name, estimate.clock, estimate),),
    )
