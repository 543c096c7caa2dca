"""Pairing: two courses in, their clocks told, their genes side by side, every gene judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from phasecall import caller
from phasecall.circular import difference, wrap
from phasecall.clock import ClockEstimate, KnownGenes
from phasecall.comparison.judging import (
    MIN_GENES,
    find_common,
    find_pooled,
    find_sure,
    judge_amplitude,
    judge_change,
    judge_shift,
)
from phasecall.comparison.record import LEVEL, Change, Common, Comparison
from phasecall.comparison.waves import Waves, measure_waves
from phasecall.errors import InputError
from phasecall.rhythm import adjust
from phasecall.timecourse import Note, TimeCourse

Floats = NDArray[np.float64]


def compare(
    a: TimeCourse,
    b: TimeCourse,
    *,
    sync: str | Sequence[str | None] | None = None,
    period: float | Sequence[float | None] | None = None,
    known: Sequence[KnownGenes | None] | None = None,
) -> Comparison:
    """Compare two conditions of the same genes, each on the clock of its own experiment.

    A wave is fitted to every gene of either course by generalised least squares, in turns of its own clock:
    cultures of another period do not differ by that. What all genes share of the difference is told by the
    median of those that are rhythmic in both, and removed. How far the rest can be believed:
    docs/comparison.md.

    Parameters
    ----------
    a, b
        The conditions. Genes that only one of them has get a row without a comparison.
    sync, period
        As of `phasecall.call`: one for both, or one for each.
    known
        Genes whose peak is known, one for each course; the built-in marker genes if not given.

    Raises
    ------
    InputError
        If they have no gene in common, or a period cannot be.

    References
    ----------
    Parsons et al. 2020, doi 10.1093/bioinformatics/btz730 (two cosinors, gene by gene); Singer and Hughey
    2019, doi 10.1177/0748730418813785 (a test of the change of all coefficients of the wave); Pelikan et al.
    2022, doi 10.1111/febs.16095 (that rhythmic here and not there is no test of a change).

    Examples
    --------
    >>> import phasecall
    >>> found = compare(phasecall.load("alpha"), phasecall.load("cdc28"))
    >>> len(found), found.columns()["change"][found.genes.index("YPR120C")]
    (800, 'same')
    """
    _require_pair(a, b)
    syncs, periods = caller.apportion("sync", sync, 2), caller.apportion("period", period, 2)
    given = zip((a, b), syncs, periods, caller.apportion("known", known, 2), strict=True)
    clocks = [caller.tell_clock(one, sync=s, period=p, known=k) for one, s, p, k in given]
    rows, genes = _match(a.genes, b.genes)
    one, other = (
        measure_waves(course, clock).taken(own, f"not_in_{side}")
        for course, clock, own, side in zip((a, b), clocks, rows, "ab", strict=True)
    )
    return _judge((a.name, b.name), genes, clocks, one, other)


def _require_pair(a: TimeCourse, b: TimeCourse) -> None:
    for course in (a, b):
        if not isinstance(course, TimeCourse):
            raise InputError(
                "this is no time course",
                expected="a TimeCourse",
                found=type(course).__name__,
                fix="phasecall.read(path) makes one of a file",
            )
    if not set(a.genes) & set(b.genes):
        raise InputError(
            "the two conditions have no gene in common",
            expected="time courses of the same genes, under the same names",
            found=f"{a.name}: {', '.join(a.genes[:3])}; {b.name}: {', '.join(b.genes[:3])}",
        )


def _match(a: Sequence[str], b: Sequence[str]) -> tuple[list[NDArray[np.int64]], tuple[str, ...]]:
    """Return where the genes of either course are in both, -1 where they are not, and their names."""
    genes = tuple(dict.fromkeys((*a, *b)))
    places = [{gene: row for row, gene in enumerate(own)} for own in (a, b)]
    return [np.array([place.get(gene, -1) for gene in genes], dtype=np.int64) for place in places], genes


def _judge(
    names: tuple[str, str], genes: tuple[str, ...], clocks: list[ClockEstimate], one: Waves, other: Waves
) -> Comparison:
    both, _ = find_sure(one, other)
    common = find_common(one, other)
    pooled = find_pooled(one, other, common)
    shift, ratio = judge_shift(one, other, common), judge_amplitude(one, other, common)
    shift_p, amplitude_p = np.where(both, shift.p_value, np.nan), np.where(pooled, ratio.p_value, np.nan)
    change_p = judge_change(one, other, common)
    anchored = all(np.isfinite(clock.clock.turn_at_zero) for clock in clocks)
    turns = [
        wrap(waves.turn) if np.isfinite(clock.clock.turn_at_zero) else np.full(len(genes), np.nan)
        for waves, clock in zip((one, other), clocks, strict=True)
    ]
    shift_q, amplitude_q, change_q = adjust(shift_p), adjust(amplitude_p), adjust(change_p)
    return Comparison(
        genes=genes,
        names=names,
        clocks=(clocks[0].clock, clocks[1].clock),
        peak_turn_a=turns[0],
        peak_turn_b=turns[1],
        shift_absolute=np.asarray(difference(turns[1], turns[0])),
        shift=shift.value,
        shift_lo=shift.low,
        shift_hi=shift.high,
        shift_p=shift_p,
        shift_q=shift_q,
        amplitude_a=one.amplitude,
        amplitude_b=other.amplitude,
        log2_amplitude_ratio=ratio.value,
        log2_amplitude_ratio_lo=ratio.low,
        log2_amplitude_ratio_hi=ratio.high,
        amplitude_p=amplitude_p,
        amplitude_q=amplitude_q,
        change_p=change_p,
        change_q=change_q,
        periodic_q_a=one.periodic_q,
        periodic_q_b=other.periodic_q,
        change=_name_changes(one, other, ratio.value, (shift_q, amplitude_q, change_q)),
        reason=_find_reasons(one, other),
        common=common,
        notes=tuple(_notice(names, clocks, common, anchored=anchored)),
    )


def _name_changes(
    one: Waves, other: Waves, ratio: Floats, q_values: tuple[Floats, Floats, Floats]
) -> tuple[Change, ...]:
    with np.errstate(invalid="ignore"):
        shifted, resized, changed = (q_value <= LEVEL for q_value in q_values)
    both, either = find_sure(one, other)
    conditions = [
        (np.isnan(one.amplitude * other.amplitude), Change.UNTOLD),
        (resized & ~both & (ratio > 0) & ~(one.periodic_q <= LEVEL), Change.GAINED),
        (resized & ~both & (ratio < 0) & ~(other.periodic_q <= LEVEL), Change.LOST),
        (resized & shifted, Change.BOTH),
        (shifted, Change.SHIFTED),
        (resized & both, Change.AMPLITUDE),
        (changed | resized, Change.CHANGED),
        (either, Change.SAME),
    ]
    kinds = [change for _, change in conditions]
    picked = np.select([met for met, _ in conditions], range(len(kinds)), default=-1)
    return tuple(Change.NEITHER if place < 0 else kinds[place] for place in picked.tolist())


def _find_reasons(one: Waves, other: Waves) -> tuple[str, ...]:
    """Return why each gene was not compared: what is missing on a side, and on which."""

    def name(reason: str, side: str) -> str:
        return reason if not reason or reason.startswith("not_in") else f"{reason}_{side}"

    pairs = zip(one.reason, other.reason, strict=True)
    return tuple(name(first, "a") or name(second, "b") for first, second in pairs)


def _notice(
    names: tuple[str, str], clocks: list[ClockEstimate], common: Common, *, anchored: bool
) -> list[Note]:
    notes = [
        Note(note.code, f"{name}: {note.text}")
        for name, clock in zip(names, clocks, strict=True)
        for note in clock.notes
    ]
    if common.n_genes < MIN_GENES:
        text = (
            f"{common.n_genes} genes have a sure rhythm in both, fewer than {MIN_GENES}: what all genes share"
            " is not told, and the clocks' own errors count as shifts"
        )
        return [*notes, Note("common_unknown", text)]
    starts = " (their starts are not tied to the cell cycle)" * (not anchored)
    text = (
        f"common to the {common.n_genes} genes rhythmic in both, and removed: a shift of {common.offset:+.3f}"
        f" turns{starts}, amplitudes {2**common.log2_amplitude_ratio:.2f} times as large; beyond the noise"
        f" genes differ by {common.shift_excess:.3f} turns and {common.log_excess:.0%} of the amplitude,"
        " which is allowed for"
    )
    return [*notes, Note("common", text)]
