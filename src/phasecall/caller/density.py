"""Calls by the density of each gene's peak on the turn, as one experiment or several together lay it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.caller.atypical import judge_together
from phasecall.caller.evidence import Evidence, find_timed
from phasecall.caller.fusion import (
    MIN_COMMON,
    Rows,
    combine_odds,
    combine_p,
    compare_peaks,
    lay_over,
    name_apart,
    unite_genes,
)
from phasecall.caller.network import name_network
from phasecall.caller.provenance import NO_CLOCK, describe_card, describe_clock
from phasecall.caller.rules import (
    MIN_CONFIDENCE,
    WEAK_RHYTHM_P,
    Mask,
    first_reason,
    flag_outside,
    join_flags,
    rank_rhythm,
)
from phasecall.calls import Calls, Reason
from phasecall.circular import wrap
from phasecall.clock import Clock
from phasecall.density import find_peak, fuse, lay_out, share_out
from phasecall.modelcard import ModelCard, find_least
from phasecall.novelty import note_novelty
from phasecall.phases import Scheme
from phasecall.reading import Reading
from phasecall.timecourse import Note

MIN_PERIODIC = 0.5
"""A gene that neither the network, with this probability, nor the test of rhythm takes for periodic gets no
phase."""

_SILENT = (
    Reason.ALL_MISSING,
    Reason.CONSTANT,
    Reason.TOO_FEW_POINTS,
    Reason.NO_CLOCK,
    Reason.UNDER_ONE_CYCLE,
    Reason.NO_ANCHOR,
    Reason.OUTSIDE_TRAINING_RANGE,
)
"""Why an experiment does not say where a gene peaks, the furthest from an answer first."""

MANY_PARTED = 0.05
"""Experiments that disagree on a larger share of the genes do so for a common reason. On alpha, cdc15 and
cdc28 it is 0.014, with elutriation, whose clock is off, 0.09."""


def call_by_density(experiments: Sequence[Evidence], scheme: Scheme, card: ModelCard) -> Calls:
    """Call every gene that any experiment has by the density that all of them lay over the turn.

    An experiment that cannot be read on the cell cycle counts for rhythm, amplitude and number of values
    only. So does one that covers too little of a turn, unless no other can be read: phases are withheld then.
    A single experiment that cannot be read is called by its clock alone.

    Parameters
    ----------
    experiments
        One or more. Minutes are those of the first that is on the cell cycle and shows its period.
    scheme
        The phases wanted.
    card
        That of the network.
    """
    first, *others = experiments
    genes, rows = unite_genes([one.plain.genes for one in experiments])
    novelty = judge_together(experiments, rows, len(genes))
    if not others and first.reading is None:
        return note_novelty(replace(first.plain, notes=tuple(_tell_alone(first))), novelty)
    read = [(one, own) for one, own in zip(experiments, rows, strict=True) if one.reading is not None]
    whole = [(one, own) for one, own in read if not one.fault]
    by = name_network(card) if read else first.plain.method
    calls = replace(
        _join(experiments, rows, genes, scheme),
        method=f"{by}, {len(experiments)} experiments fused" if others else by,
        notes=tuple(_tell_together(experiments) if others else _tell_alone(first)),
        least=find_least(card, scheme.key),
        clocks=tuple(_list_clocks(experiments)),
        card=describe_card(card) if read else None,
        embed=None if others else first.embed,
    )
    heard = [(one.reading, own) for one, own in whole or read if one.reading is not None]
    if not heard:
        return note_novelty(calls, novelty)
    timed = find_timed(experiments)
    calls = _place(calls, heard, timed.estimate.clock if timed else NO_CLOCK, short=not whole)
    return note_novelty(replace(calls, notes=(*calls.notes, *_tell_disagreement(calls))), novelty)


def _join(
    experiments: Sequence[Evidence], rows: Sequence[Rows], genes: tuple[str, ...], scheme: Scheme
) -> Calls:
    """Return calls with all but phases and peaks, which are withheld as the experiments withhold them."""
    plains = [one.plain for one in experiments]

    def laid(columns: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        return lay_over(columns, rows, len(genes))

    rhythm = rank_rhythm(combine_p(laid([one.periodic_p for one in plains])))
    waved = np.isfinite(laid([one.peak_time for one in plains])).any(axis=0)
    covered = laid([np.array(["under_one_cycle" not in flags for flags in one.flags]) for one in plains]) == 1
    amplitude = laid([one.amplitude for one in plains])
    known = np.isfinite(amplitude)
    share = known / np.maximum(known.sum(axis=0), 1)
    order = {why: place for place, why in enumerate(_SILENT)}
    # What its clock alone would call lies outside what the network was trained on, if it is not read.
    silent = laid([np.array([order.get(why, len(order) - 1) for why in one.reason]) for one in plains])
    observed, missing = (
        np.nansum(laid(counts), axis=0).astype(np.int64)
        for counts in ([one.n_observed for one in plains], [one.n_missing for one in plains])
    )
    blank = np.full(len(genes), np.nan)
    timed = find_timed(experiments)
    return Calls(
        genes=genes,
        scheme=scheme,
        probabilities=np.full((len(genes), len(scheme)), np.nan),
        reason=tuple(_SILENT[int(place)] for place in np.nanmax(silent, axis=0)),
        peak_turn=blank,
        peak_time=blank,
        peak_lo=blank,
        peak_hi=blank,
        period=np.nan if timed is None else timed.plain.period,
        amplitude=np.where(known.any(axis=0), (np.where(known, amplitude, 0.0) * share).sum(axis=0), np.nan),
        periodic_p=rhythm.p_value,
        periodic_q=rhythm.q_value,
        rank=rhythm.rank,
        n_observed=observed,
        n_missing=missing,
        novelty=blank,
        flags=join_flags(
            [
                (waved & ~(rhythm.p_value <= WEAK_RHYTHM_P), "weak_rhythm"),
                (~covered.any(axis=0), "under_one_cycle"),
            ]
        ),
        method=plains[0].method,
    )


def _place(calls: Calls, heard: Sequence[tuple[Reading, Rows]], clock: Clock, *, short: bool) -> Calls:
    """Return calls with phases and peaks as they were read, in the minutes of a clock.

    Parameters
    ----------
    calls
        As `_join` returns them.
    heard
        Readings that are evidence of phases, and the row of each of their genes.
    clock
        What minutes are on.
    short
        Whether the readings are of too little of a turn to call a phase.
    """
    rows, n = [own for _, own in heard], len(calls)
    natural = lay_over([reading.natural for reading, _ in heard], rows, n)
    periodic = combine_odds(lay_over([reading.periodic for reading, _ in heard], rows, n))
    unread: Mask = np.asarray(np.isnan(natural).any(axis=2).all(axis=0))
    fused = fuse(natural)
    masses = lay_out(fused)
    peak = find_peak(masses)
    probabilities = np.where(unread[:, None], np.nan, share_out(masses, calls.scheme))
    minute = clock.lag + wrap(peak.turn - clock.turn_at_zero) * clock.period
    low, high = (minute + (end - peak.turn) * clock.period for end in (peak.low, peak.high))
    parted: Mask = compare_peaks(natural) < np.log(MIN_COMMON)
    conditions = [
        (np.full(n, short), Reason.OUTSIDE_TRAINING_RANGE),
        ((periodic < MIN_PERIODIC) & ~(calls.periodic_p <= WEAK_RHYTHM_P), Reason.NOT_PERIODIC),
        (parted, Reason.EXPERIMENTS_DISAGREE),
        (np.asarray(probabilities.max(axis=1) < MIN_CONFIDENCE), Reason.BETWEEN_PHASES),
    ]
    reasons = zip(unread, calls.reason, first_reason(conditions), strict=True)
    flags = zip(calls.flags, join_flags([(parted, "experiments_disagree")]), strict=True)
    placed = replace(
        calls,
        probabilities=probabilities,
        reason=tuple(silent if nothing else why for nothing, silent, why in reasons),
        peak_turn=np.where(unread, np.nan, peak.turn),
        peak_time=np.where(unread, np.nan, minute),
        peak_lo=np.where(unread, np.nan, low),
        peak_hi=np.where(unread, np.nan, high),
        flags=tuple(";".join(filter(None, codes)) for codes in flags),
        density=np.where(unread[:, None], np.nan, fused),
    )
    return flag_outside(placed)


def _list_clocks(experiments: Sequence[Evidence]) -> Iterator[dict[str, Any]]:
    names = name_apart([one.name for one in experiments])
    for name, one in zip(names, experiments, strict=True):
        yield describe_clock(name, one.estimate.clock, one.estimate)


def _tell_alone(one: Evidence) -> Iterator[Note]:
    """Yield what to know about the only experiment."""
    yield from one.plain.notes
    if one.placed and one.reading is None:
        yield Note("outside_training_range", f"{one.fault}; genes are called by the peak of their wave")
    yield from one.remarks


def _tell_together(experiments: Sequence[Evidence]) -> Iterator[Note]:
    """Yield what to know about each of several experiments, by its name, and about the clock of all."""
    names = name_apart([one.name for one in experiments])
    for name, one in zip(names, experiments, strict=True):
        for note in (*one.plain.notes, *one.remarks):
            yield replace(note, text=f"{name}: {note.text}")
        if one.fault:
            yield Note("no_evidence_of_phases", f"{name} is no evidence of phases: {one.fault}")
    timed = find_timed(experiments)
    if timed is not None:
        name = names[[one is timed for one in experiments].index(True)]
        yield Note("clock_of_one", f"minutes of peaks, and the period, are those of the clock of {name}")


def _tell_disagreement(calls: Calls) -> Iterator[Note]:
    """Yield a note if the experiments disagree on more genes than a few odd ones."""
    parted = sum("experiments_disagree" in flags for flags in calls.flags)
    told = int((calls.codes >= 0).sum())
    if parted > MANY_PARTED * told:
        yield Note(
            "many_disagreements",
            f"the experiments disagree on {parted} of {told} genes: the clock of one may be off; leave out"
            " each in turn to see which",
        )
