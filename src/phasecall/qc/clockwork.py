"""Clockwork: whether an experiment can tell a period, a recovery and a start, and whether they make sense."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from phasecall.circular import difference
from phasecall.clock import find_synchronisation
from phasecall.clock.estimate import LEAST_STEPS, MIN_TIMES
from phasecall.qc.examined import Examined
from phasecall.qc.finding import Finding, Verdict

_WIDE = 0.25
"""Half of the interval as a share of the period: .06 in alpha, cdc15 and cdc28, .14 in cdc15-4381, .34 in the
whole genome of cdc28, where no wave is clear."""
_CYCLES, _LEAST_CYCLES = 1.5, 0.4
"""Turns. Of 1,000 simulated courses (docs/clock.md) periods were off by 5 % between 1 and 1.8 turns and by
1 % above (9 of 10 less). Below 0.4 no network was trained, and no phase is called."""
_STEPS = 4.0
"""Steps a turn: 6 to 15 in the courses that come with phasecall and the public ones; no network was trained
on fewer than 4 on average; below `LEAST_STEPS` no period is looked at."""
_LAG = 0.2
"""Turns: simulated experiments, which the network learned from, recover for up to that; all embedded 0."""
_APART = 0.15
"""Turns between genes and synchronisation: .05 at the most in alpha, cdc15, cdc28 and elu, .27 and .40 in
Orlando's, whose cells recover for long."""


def find_period(seen: Examined) -> Finding:
    """Judge how well the period is known."""
    estimate, period = seen.estimate, seen.estimate.clock.period
    if not np.isfinite(period):
        return Finding("period", Verdict.UNKNOWN, "no period can be told")
    low, high = estimate.period_lo, estimate.period_hi
    text = f"a turn takes {period:.3g} min"
    made = Finding("period", Verdict.OK, text, period, unit="min", low=low, high=high)
    if low == high:
        return replace(made, text=f"{text}, as given")
    if not np.isfinite(high):
        text = f"{text}: it is longer than {low:.0f} min, and its end was not measured"
        return replace(made, verdict=Verdict.WARN, text=text, advice="measure for one and a half turns")
    text = f"{text}, give or take {(high - period) / period:.0%}"
    if high > period * (1 + _WIDE):
        advice = "measure more turns; give the period if it is known (--period)"
        return replace(made, verdict=Verdict.WARN, text=text, advice=advice)
    return replace(made, text=text)


def find_cycles(seen: Examined) -> Finding:
    """Judge how many turns were measured."""
    times = seen.estimate.times
    if not np.isfinite(seen.estimate.clock.period) or times.size < 2:
        return Finding("cycles", Verdict.UNKNOWN, "no period, so no number of turns")
    value = seen.estimate.clock.cycles(times)
    verdict = Verdict.FAIL if value < _LEAST_CYCLES else Verdict.WARN if value < _CYCLES else Verdict.OK
    advice = "" if verdict is Verdict.OK else "measure for longer: what comes once may be no rhythm"
    text = f"{value:.2f} turns were measured"
    return Finding("cycles", verdict, text, value, _CYCLES, "turns", advice=advice)


def find_sampling(seen: Examined) -> Finding:
    """Judge how many samples a turn has."""
    if seen.n_times < MIN_TIMES:
        text = f"{seen.n_times} different times: no period shows in fewer than {MIN_TIMES}"
        return Finding(
            "sampling", Verdict.FAIL, text, seen.n_times, MIN_TIMES, "samples", advice="measure more times"
        )
    if not np.isfinite(seen.steps):
        return Finding("sampling", Verdict.UNKNOWN, "no period, so no number of samples a turn")
    value = seen.steps
    verdict = Verdict.FAIL if value < LEAST_STEPS else Verdict.WARN if value < _STEPS else Verdict.OK
    advice = "" if verdict is Verdict.OK else "measure more often: shorter waves look like longer ones"
    text = f"{value:.1f} samples a turn"
    return Finding("sampling", verdict, text, value, _STEPS, "samples", advice=advice)


def find_lag(seen: Examined) -> Finding:
    """Judge how long the culture recovers before it moves on."""
    clock = seen.estimate.clock
    if not (np.isfinite(clock.period) and np.isfinite(seen.estimate.gain)):
        return Finding("lag", Verdict.UNKNOWN, "no period, so no recovery can be told")
    late = clock.lag > _LAG * clock.period * (1 + 1e-9)
    text = f"the culture recovers for {clock.lag:.0f} min" if clock.lag else "no recovery shows"
    advice = "leave out the samples of the recovery, or begin later" if late else ""
    verdict = Verdict.WARN if late else Verdict.OK
    return Finding("lag", verdict, text, clock.lag, _LAG * clock.period, "min", advice=advice)


def find_start(seen: Examined) -> Finding:
    """Judge whether genes start where the synchronisation says."""
    how, estimate = find_synchronisation(seen.course.sync), seen.estimate
    if how is None:
        text = "no synchronisation is declared whose start is known"
        return Finding("start", Verdict.UNKNOWN, text, advice="name it (--sync)")
    if not estimate.agreement:
        return Finding("start", Verdict.UNKNOWN, "no known genes say where t = 0 is")
    off = float(difference(estimate.clock.turn_at_zero, how.turn))
    text = (
        f"genes put t = 0 at turn {estimate.clock.turn_at_zero:.2f}, a culture after {how.key} begins at"
        f" {how.turn:.2f}"
    )
    apart = abs(off) > _APART
    advice = "is the synchronisation right, and does t = 0 mean the release?" if apart else ""
    return Finding(
        "start",
        Verdict.WARN if apart else Verdict.OK,
        text,
        abs(off),
        _APART,
        "turns",
        max(abs(off) - estimate.turn_error, 0.0),
        min(abs(off) + estimate.turn_error, 0.5),
        advice,
    )
