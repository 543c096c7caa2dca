"""Calls by a network that reads any course: where on the turn each gene peaks, on the experiment's clock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from phasecall.caller.clock import call_by_clock
from phasecall.caller.network import name_network
from phasecall.caller.rules import MIN_CONFIDENCE, WEAK_RHYTHM_P, Mask, first_reason
from phasecall.calls import Calls, Reason
from phasecall.circular import wrap
from phasecall.clock import ClockEstimate
from phasecall.density import find_peak, lay_out, share_out
from phasecall.modelfile import ModelFile
from phasecall.phases import Scheme
from phasecall.points import LEAST_CYCLES, MOST_CYCLES, MOST_POINTS
from phasecall.reading import read_course
from phasecall.timecourse import Note, TimeCourse

_KEPT = (Reason.ALL_MISSING, Reason.CONSTANT)
"""Reasons that no network changes."""

MIN_PERIODIC = 0.5
"""A gene that neither the network, with this probability, nor the test of rhythm takes for periodic gets no
phase."""


def call_by_density(course: TimeCourse, estimate: ClockEstimate, scheme: Scheme, source: ModelFile) -> Calls:
    """Call every gene by the density that the default network lays over the turn.

    What the network does not tell, amplitude and rhythm, is as `call_by_clock` has it. So is everything where
    the experiment has no clock, none that ties it to the cell cycle, or more times or turns than the network
    was trained on. Where it has fewer turns, phases are withheld.

    Parameters
    ----------
    course
        The experiment. Interpolated times are not used.
    estimate
        Its clock.
    scheme
        The phases wanted.
    source
        The network.
    """
    plain = call_by_clock(course, estimate, scheme)
    clock = estimate.clock
    if not (estimate.sure and np.isfinite(clock.turn_at_zero)):
        return plain
    times = course.times[course.measured()]
    if times.size > MOST_POINTS or clock.cycles(times) > MOST_CYCLES:
        return replace(plain, notes=(*plain.notes, _explain_range(times.size, clock.cycles(times))))
    reading = read_course(course, estimate, source)
    unread: Mask = np.asarray(np.isnan(reading.natural).any(axis=1))
    masses = lay_out(np.nan_to_num(reading.natural))
    peak = find_peak(masses)
    probabilities = np.where(unread[:, None], np.nan, share_out(masses, scheme))
    minute = clock.lag + wrap(peak.turn - clock.turn_at_zero) * clock.period
    low, high = (minute + (end - peak.turn) * clock.period for end in (peak.low, peak.high))
    flat = (reading.periodic < MIN_PERIODIC) & ~(plain.periodic_p <= WEAK_RHYTHM_P)
    conditions: list[tuple[Mask, Reason]] = [
        *((np.array([why == kept for why in plain.reason], dtype=np.bool_), kept) for kept in _KEPT),
        (unread, Reason.TOO_FEW_POINTS),
        (np.full(len(course), clock.cycles(times) < LEAST_CYCLES), Reason.OUTSIDE_TRAINING_RANGE),
        (flat, Reason.NOT_PERIODIC),
        (np.asarray(probabilities.max(axis=1) < MIN_CONFIDENCE), Reason.BETWEEN_PHASES),
    ]
    return replace(
        plain,
        probabilities=probabilities,
        reason=first_reason(conditions),
        peak_turn=np.where(unread, np.nan, peak.turn),
        peak_time=np.where(unread, np.nan, minute),
        peak_lo=np.where(unread, np.nan, low),
        peak_hi=np.where(unread, np.nan, high),
        method=name_network(source.card),
    )


def _explain_range(n_times: int, cycles: float) -> Note:
    text = (
        f"{n_times} time points over {cycles:.1f} turns: the network was trained on at most {MOST_POINTS}"
        f" over at most {MOST_CYCLES:g}; genes are called by the peak of their wave"
    )
    return Note("outside_training_range", text)
