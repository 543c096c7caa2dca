"""Calls by a network: the phase that a trained network gives each gene, at the time points of its grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall import modelfile
from phasecall.caller.atypical import judge_whole
from phasecall.caller.provenance import NO_CLOCK, describe_card, describe_clock
from phasecall.caller.rules import (
    MIN_CONFIDENCE,
    WEAK_RHYTHM_P,
    first_reason,
    flag_outside,
    join_flags,
    know_noise,
    rate_rhythm,
)
from phasecall.calls import Calls, Reason
from phasecall.clock import Clock
from phasecall.datasets import load_labels
from phasecall.labels import encode
from phasecall.modelcard import ModelCard, require_grid, require_scheme
from phasecall.phases import Scheme
from phasecall.phases import scheme as find_scheme
from phasecall.preparation import Prepared, prepare
from phasecall.rhythm import fit_cosinor
from phasecall.runtime import Predictor
from phasecall.timecourse import Note, TimeCourse, find_constant

MIN_OBSERVED = 2 / 3
"""Share of a network's time points that must carry a value; with fewer the phase is withheld."""

MIN_KNOWN = 20
"""So many genes of known phase can vouch for a synchronisation that was not given."""

MIN_AGREEMENT = 0.6
"""Share of them that must be called as published. 0.83 were on cdc15, 0.16 on cdc28."""


def name_network(card: ModelCard) -> str:
    """Return what calls of a network say of who made them."""
    return f"{card.name} {card.version}"


def is_grid(course: TimeCourse, times: Sequence[float]) -> bool:
    """Return whether a course was measured at every time of a network's grid, and at no other."""
    return set(course.times.tolist()) == set(times)


def tell_period(course: TimeCourse, sync: str | None) -> tuple[float | None, list[Note]]:
    """Return the period of the published network's clock where that holds for a course of its very times.

    So few times show no period, and known genes may vouch for a wrong one. Beside it what to say of it; of
    any other course None, and nothing.
    """
    published = modelfile.shipped()
    if not is_grid(course, published.card.times):
        return None, []
    period = call_by_network(course, published, sync=sync, scheme=None).period
    if not np.isfinite(period):
        return None, []
    text = f"so few times show no period: that of the published network's clock, {period:g} min, is taken"
    return period, [Note("period_of_network", text)]


def call_by_network(
    course: TimeCourse, source: modelfile.ModelFile, *, sync: str | None, scheme: str | None
) -> Calls:
    """Call every gene by a trained network, at the time points of its grid.

    Parameters
    ----------
    course, source
        The experiment and the network. Times that are not on its grid tell only how noise is correlated.
    sync
        How the culture was synchronised: as the network's clock was set on. If nobody says, known genes
        decide; without an anchor phases and peaks are withheld, and the period is NaN.
    scheme
        The scheme wanted; it must be the network's, if given.

    Raises
    ------
    ModelError
        If the network speaks of another scheme.
    InputError
        If the course lacks time points of the grid.
    """
    if scheme is not None:
        require_scheme(source.card, scheme)
    card, clock = source.card, _clock_of(source.card)
    prepared = prepare(course, card.times)
    probabilities = Predictor(source.content).predict(prepared.series)
    anchored, anchor = _find_anchor(prepared, probabilities, card, sync)
    reason = _reasons(prepared, probabilities, anchored)
    withheld = np.array([why not in (Reason.CALLED, Reason.BETWEEN_PHASES) for why in reason], dtype=bool)
    probabilities[withheld] = np.nan
    measured = prepared.course.select_times(prepared.course.measured())
    # Without an anchor the model's period is as foreign as its start.
    values = measured.values if anchored else np.full_like(measured.values, np.nan)
    # Nine points show no correlation of the noise: those of the whole course do.
    noise = know_noise(course, clock.period)
    fit = fit_cosinor(values, measured.times, clock.period, noise=noise)
    rhythm = rate_rhythm(values, measured.times, clock.period, noise)
    calls = Calls(
        genes=course.genes,
        scheme=_scheme_of(card),
        probabilities=probabilities,
        reason=reason,
        peak_turn=clock.turn(fit.peak_time),
        peak_time=fit.peak_time,
        peak_lo=fit.peak_lo,
        peak_hi=fit.peak_hi,
        period=clock.period if anchored else np.nan,
        amplitude=fit.amplitude,
        periodic_p=rhythm.p_value,
        periodic_q=rhythm.q_value,
        rank=rhythm.rank,
        n_observed=np.isfinite(measured.values).sum(axis=1),
        n_missing=np.isnan(measured.values).sum(axis=1),
        novelty=np.full(len(course), np.nan),
        flags=("",) * len(course),
        notes=(*course.notes, *anchor, *_notes(course, prepared, clock if anchored else None)),
        **_sign(course.name, card, clock if anchored else NO_CLOCK),
    )
    return judge_whole(flag_outside(replace(calls, flags=_flags(prepared, calls))), course, clock, noise)


def _sign(name: str, card: ModelCard, clock: Clock) -> dict[str, Any]:
    """Return what calls say of the network and of the clock that they rest on."""
    return {
        "method": name_network(card),
        "clocks": (describe_clock(name, clock),),
        "card": describe_card(card),
    }


def _clock_of(card: ModelCard) -> Clock:
    grid = require_grid(card)
    return Clock(grid.period, grid.turn_at_zero)


def _scheme_of(card: ModelCard) -> Scheme:
    return find_scheme(require_grid(card).scheme)


def _find_anchor(
    prepared: Prepared, probabilities: NDArray[np.float64], card: ModelCard, sync: str | None
) -> tuple[bool, list[Note]]:
    """Return whether the model's clock holds for this course, and what to say about it."""
    if card.sync is None or (sync or "").lower() == card.sync.lower():
        return True, []
    withheld = f"phases and peaks are withheld: the model's clock was set on {card.sync}"
    if sync is not None:
        return False, [Note("no_anchor", f"{withheld} and does not hold after {sync}")]
    scheme = _scheme_of(card)
    labels = load_labels() if scheme.organism == "budding yeast" else {}
    known = encode(labels, prepared.course.genes, scheme)
    n_known = int((known >= 0).sum())
    n_right = int((probabilities.argmax(axis=1) == known).sum())
    share = f"{n_right} of {n_known} genes of known phase are called as published"
    if n_known >= MIN_KNOWN and n_right >= MIN_AGREEMENT * n_known:
        return True, [Note("anchored_by_genes", f"taken for {card.sync}, which was not given: {share}")]
    advice = f"if it was {card.sync}, say so (--sync {card.sync})"
    return False, [Note("no_anchor", f"{withheld}, and no synchronisation was given; {share}; {advice}")]


def _reasons(prepared: Prepared, probabilities: NDArray[np.float64], anchored: bool) -> tuple[Reason, ...]:
    values = prepared.course.values
    observed = np.isfinite(values).sum(axis=1)
    # The first condition that holds is the reason: what the data lack comes before what the network says.
    conditions = [
        (observed == 0, Reason.ALL_MISSING),
        (observed < MIN_OBSERVED * values.shape[1], Reason.TOO_FEW_POINTS),
        (find_constant(values), Reason.CONSTANT),
        (np.full(observed.size, not anchored), Reason.NO_ANCHOR),
        (probabilities.max(axis=1) < MIN_CONFIDENCE, Reason.BETWEEN_PHASES),
    ]
    return first_reason(conditions)


def _flags(prepared: Prepared, calls: Calls) -> tuple[str, ...]:
    gaps = np.isnan(prepared.course.values).any(axis=1) & (calls.codes >= 0)
    weak = calls.periodic_p > WEAK_RHYTHM_P
    # Without an anchor the period is NaN, and nothing is known to be short.
    short = np.ptp(prepared.course.times) < calls.period
    columns = [
        (gaps, "filled"),
        (weak, "weak_rhythm"),
        (np.full(gaps.size, short), "under_one_cycle"),
    ]
    return join_flags(columns)


def _notes(course: TimeCourse, prepared: Prepared, clock: Clock | None) -> Iterable[Note]:
    used = prepared.course
    unused = np.setdiff1d(course.times, used.times)
    if unused.size:
        yield Note(
            "unused_times",
            f"{unused.size} time points are not used: they are not on the model's grid",
        )
    if clock is not None and (cycles := clock.cycles(used.times)) < 1:
        yield Note(
            "under_one_cycle",
            f"the {used.times.size} time points cover {cycles:.2f} of a cycle of {clock.period:g} min:"
            " they cannot show periodicity, and peaks outside them are extrapolated",
        )
    missing = np.isnan(used.values)
    filled = int((missing.any(axis=1) & ~missing.all(axis=1)).sum())
    if clock is not None and filled:
        yield Note("filled", f"gaps of {filled} gene(s) are filled linearly in time, for the network only")
