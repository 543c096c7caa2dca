"""The caller: from a time course to calls, with a trained network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phasecall import modelfile
from phasecall.calls import Calls, Reason
from phasecall.clock import Clock
from phasecall.phases import scheme as find_scheme
from phasecall.preparation import Prepared, prepare
from phasecall.rhythm import adjust, fit_cosinor
from phasecall.runtime import Predictor
from phasecall.timecourse import Note, TimeCourse

MIN_CONFIDENCE = 0.5
"""Below this probability of the best phase, the phase is withheld as `between_phases`."""

MIN_OBSERVED = 2 / 3
"""Share of a network's time points that must carry a value; with fewer the phase is withheld."""

WEAK_RHYTHM_P = 0.05


def call(
    course: TimeCourse,
    *,
    model: str | Path | modelfile.ModelFile | None = None,
    sync: str | None = None,
    scheme: str | None = None,
) -> Calls:
    """Call the phase in which each gene of a time course peaks.

    Parameters
    ----------
    course
        The experiment. It must have been measured at every time of the model's grid; other times are
        not used.
    model
        A model file or what `modelfile.read` made of it; the shipped one if not given.
    sync
        How the culture was synchronised. If neither this nor the course says, the model's own
        synchronisation is assumed and noted. With another one the model's clock does not hold, so that
        phases are withheld (`no_anchor`).
    scheme
        The scheme wanted; it must be the model's. The model's if not given.

    Returns
    -------
    Calls
        One answer a gene, in the order of the course.

    Raises
    ------
    ModelError
        If the model file is none, was altered, or speaks of another scheme.
    InputError
        If the course lacks time points of the grid.

    Examples
    --------
    >>> import phasecall
    >>> calls = phasecall.call(phasecall.load("cdc15-4381"))
    >>> len(calls), calls.scheme.key
    (4381, 'four')
    """
    source = _open_model(model)
    if scheme is not None:
        modelfile.require_scheme(source.card, scheme)
    prepared = prepare(course, source.card.times)
    return _answer(course, prepared, source, sync or course.sync)


def _answer(course: TimeCourse, prepared: Prepared, source: modelfile.ModelFile, sync: str | None) -> Calls:
    card = source.card
    clock = Clock(card.period, card.turn_at_zero)
    anchored = sync in (None, card.sync)
    probabilities = np.asarray(Predictor(source.content).predict(prepared.series), dtype=np.float64)
    reason = _reasons(prepared, probabilities, anchored)
    withheld = np.array([why not in (Reason.CALLED, Reason.BETWEEN_PHASES) for why in reason], dtype=bool)
    probabilities[withheld] = np.nan
    fit = fit_cosinor(prepared.course.values, prepared.course.times, clock.period)
    observed = np.isfinite(prepared.course.values).sum(axis=1)
    return Calls(
        genes=course.genes,
        scheme=find_scheme(card.scheme),
        probabilities=probabilities,
        reason=reason,
        peak_turn=clock.turn(fit.peak_time) if anchored else np.full(len(course), np.nan),
        peak_time=fit.peak_time,
        peak_lo=fit.peak_time - fit.half_width,
        peak_hi=fit.peak_time + fit.half_width,
        period=clock.period,
        amplitude=fit.amplitude,
        periodic_p=fit.p_value,
        periodic_q=adjust(fit.p_value),
        rank=_rank(fit.p_value),
        n_observed=observed,
        n_missing=prepared.course.times.size - observed,
        novelty=np.full(len(course), np.nan),
        flags=_flags(prepared, fit.p_value, clock),
        method=f"{card.name} {card.version}",
        notes=(*course.notes, *_notes(prepared, sync, card, clock)),
    )


def _open_model(model: str | Path | modelfile.ModelFile | None) -> modelfile.ModelFile:
    if isinstance(model, modelfile.ModelFile):
        return model
    return modelfile.shipped() if model is None else modelfile.read(model)


def _reasons(prepared: Prepared, probabilities: NDArray[np.float64], anchored: bool) -> tuple[Reason, ...]:
    values = prepared.course.values
    observed = np.isfinite(values).sum(axis=1)
    low = np.where(np.isfinite(values), values, np.inf).min(axis=1)
    high = np.where(np.isfinite(values), values, -np.inf).max(axis=1)
    # The first condition that holds is the reason: what the data lack comes before what the network says.
    conditions = [
        (observed == 0, Reason.ALL_MISSING),
        (observed < MIN_OBSERVED * values.shape[1], Reason.TOO_FEW_POINTS),
        (low == high, Reason.CONSTANT),
        (np.full(observed.size, not anchored), Reason.NO_ANCHOR),
        (probabilities.max(axis=1) < MIN_CONFIDENCE, Reason.BETWEEN_PHASES),
    ]
    names = [reason for _, reason in conditions]
    picked = np.select([met for met, _ in conditions], range(len(names)), default=-1)
    return tuple(Reason.CALLED if index < 0 else names[index] for index in picked)


def _rank(p_values: NDArray[np.float64]) -> NDArray[np.int64]:
    known = np.isfinite(p_values)
    rank = np.zeros(p_values.size, dtype=np.int64)
    order = np.argsort(p_values[known], kind="stable")
    rank[np.flatnonzero(known)[order]] = np.arange(1, known.sum() + 1)
    return rank


def _flags(prepared: Prepared, p_values: NDArray[np.float64], clock: Clock) -> tuple[str, ...]:
    gaps = np.isnan(prepared.course.values).any(axis=1)
    weak = p_values > WEAK_RHYTHM_P
    short = clock.cycles(prepared.course.times) < 1
    columns = [(gaps, "filled"), (weak, "weak_rhythm"), (np.full(gaps.size, short), "under_one_cycle")]
    return tuple(
        ";".join(code for (_, code), met in zip(columns, row, strict=True) if met)
        for row in zip(*(met for met, _ in columns), strict=True)
    )


def _notes(
    prepared: Prepared, declared: str | None, card: modelfile.ModelCard, clock: Clock
) -> Iterable[Note]:
    if declared is None and card.sync:
        yield Note(
            "sync_assumed",
            f"the synchronisation was not given; {card.sync} is assumed, the only one this model knows",
        )
    elif declared not in (None, card.sync):
        yield Note(
            "no_anchor",
            f"the model's clock was set on {card.sync}; with {declared} it does not hold:"
            " phases are withheld, peak times stand",
        )
    cycles = clock.cycles(prepared.course.times)
    if cycles < 1:
        yield Note(
            "under_one_cycle",
            f"the {prepared.course.times.size} time points cover {cycles:.2f} of a cycle of {clock.period:g}"
            " min: they cannot show periodicity, and peaks outside them are extrapolated",
        )
    filled = int((np.isnan(prepared.course.values).any(axis=1)).sum())
    if filled:
        yield Note("filled", f"{filled} genes have gaps, filled linearly in time for the network only")
