"""Calls by a tuned model: the default network's, with what labelled genes of the experiment added to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from phasecall import modelfile
from phasecall.caller.anchoring import anchor_clock, know_genes
from phasecall.caller.density import call_by_density
from phasecall.caller.evidence import gather_evidence, is_placed
from phasecall.caller.provenance import describe_tuned
from phasecall.caller.rules import MIN_CONFIDENCE, Floats, Mask, flag_outside
from phasecall.calls import Calls, Reason
from phasecall.clock import ClockEstimate
from phasecall.density import lay_out, share_out
from phasecall.errors import ModelError
from phasecall.phases import Scheme
from phasecall.phases import scheme as find_scheme
from phasecall.reading import read_course
from phasecall.timecourse import Note, TimeCourse
from phasecall.tunedmodel import CONTRADICTED, TunedModel
from phasecall.tuning import Tuning

_SAME = 1e-4
"""asinh of a value may differ by so much from what was learnt from, and be the same."""
_TOLD = (Reason.CALLED, Reason.BETWEEN_PHASES)
"""Reasons that follow from the probabilities alone."""


def call_by_tuned(course: TimeCourse, tuned: TunedModel, *, scheme: str | None = None) -> Calls:
    """Call every gene of the experiment that a model was tuned to, or of a part of it.

    Its clock is told anew, anchored by the labelled genes; peaks, amplitude and rhythm are on that clock. The
    probabilities are a mean of the tuned answers and of those without labels, by the model's share. Where the
    model keeps the original answers, so is everything as without labels.

    Parameters
    ----------
    course
        The experiment: the same times, and as many genes as it has. It need not have the labelled ones.
    tuned
        What `phasecall.finetuning.finetune` or `phasecall.tunedfile.read` returned.
    scheme
        Key of the scheme wanted; it must be the model's, if given.

    Raises
    ------
    ModelError
        If the model rests on another network than the one installed, was tuned to other times, or speaks of
        another scheme.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.finetuning import finetune
    >>> course, labels = phasecall.load("alpha"), phasecall.datasets.load_labels()
    >>> tuned = finetune(course, {gene: labels[gene] for gene in course.genes[:60]})
    >>> len(call_by_tuned(course, tuned))
    800
    """
    from threadpoolctl import threadpool_limits

    network = modelfile.shipped(modelfile.DEFAULT)
    _require_network(tuned, network)
    _require_scheme(tuned, scheme)
    _require_times(course.select_times(course.measured()), tuned)
    # As in `call`: a second thread costs products of small matrices more than it saves.
    with threadpool_limits(limits=1, user_api="blas"):
        return _call(course, tuned, network)


def _call(course: TimeCourse, tuned: TunedModel, network: modelfile.ModelFile) -> Calls:
    scheme = find_scheme(tuned.scheme)
    # What the course says of its synchronisation counts as it did when the model was tuned.
    course = replace(course, sync=tuned.sync)
    told = (scheme, tuned.sync, tuned.period)
    plain = tell_clock(course, {}, *told)
    kept, placed = tuned.verdict.kept_original, is_placed(plain)
    taught = plain if kept and placed else tell_clock(course, tuned.labels, *told)
    evidence = gather_evidence(course, taught, scheme, network, ())
    calls = call_by_density([evidence], scheme, network.card)
    measured = course.select_times(course.measured())
    notes = (*calls.notes, *_notice_other(measured, tuned))
    if evidence.reading is None:
        nothing = Note("not_tuned", "the model could say nothing of this course")
        return replace(calls, notes=(*notes, nothing))
    # The network's card promises sets by other experiments: labelled genes of this one know better.
    calls = replace(
        calls,
        least=tuned.least,
        notes=(*notes, *_explain(tuned)),
        card={**(calls.card or {}), "tuned": describe_tuned(tuned)},
    )
    if kept:
        return calls
    answers = calls.probabilities
    if tuned.tuning is not None:
        answers = _answer(measured.values, answers, tuned.tuning, tuned.name)
    original = answer_by_network(course, plain if placed else taught, scheme)
    probabilities = tuned.share * answers + (1 - tuned.share) * original
    return flag_outside(
        replace(
            calls,
            probabilities=probabilities,
            # What was learnt is of phases, not of places: no density goes with these probabilities.
            density=None,
            reason=_reconsider(calls.reason, probabilities),
            method=f"{network.card.name} (tuned) {network.card.version}",
        )
    )


def tell_clock(
    course: TimeCourse, labels: Mapping[str, str], scheme: Scheme, sync: str | None, period: float | None
) -> ClockEstimate:
    """Return the clock of an experiment, anchored by labelled genes, if there are any, and by markers."""
    known = know_genes(course.genes, labels, scheme, sync) if labels else None
    return anchor_clock(course, known, sync=sync, period=period)


def answer_by_network(course: TimeCourse, estimate: ClockEstimate, scheme: Scheme) -> Floats:
    """Return what the default network answers on a clock, shape (n, phases); NaN where it says nothing."""
    natural = read_course(course, estimate).natural
    unread: Mask = np.asarray(np.isnan(natural).any(axis=1))
    return np.where(unread[:, None], np.nan, share_out(lay_out(np.nan_to_num(natural)), scheme))


def _require_network(tuned: TunedModel, network: modelfile.ModelFile) -> None:
    if tuned.network != network.sha256:
        raise ModelError(
            "the tuned model rests on another network than the one installed",
            expected=f"SHA-256 {network.sha256[:16]}...",
            found=f"{tuned.network[:16]}..., of phasecall {tuned.version}",
            where=f"model '{tuned.name}'",
            fix="run phasecall finetune again",
        )


def _require_scheme(tuned: TunedModel, wanted: str | None) -> None:
    if wanted not in (None, tuned.scheme):
        raise ModelError(
            "the model was tuned to the phases of another scheme",
            expected=f"scheme '{wanted}'",
            found=f"scheme '{tuned.scheme}'",
            where=f"model '{tuned.name}'",
            fix=f"use --scheme {tuned.scheme}, or run phasecall finetune with --scheme {wanted}",
        )


def _require_times(measured: TimeCourse, tuned: TunedModel) -> None:
    times = np.array(tuned.times)
    if measured.times.shape != times.shape or not np.allclose(measured.times, times, rtol=0, atol=1e-6):
        raise ModelError(
            "the model was tuned to other times",
            expected=_describe_times(tuned.times),
            found=_describe_times(measured.times.tolist()),
            where=f"model '{tuned.name}'",
            fix="call the experiment that it was tuned to, or run phasecall finetune on this one",
        )


def _describe_times(times: Sequence[float]) -> str:
    shown = [f"{minute:g}" for minute in times]
    if len(shown) > 30:
        shown[15:-14] = ["..."]
    return f"{len(times)} measured times, {', '.join(shown)} min"


def _answer(values: Floats, offset: Floats, tuning: Tuning, name: str) -> Floats:
    """Return the tuned probabilities, shape (n, phases); NaN rows where the network says nothing."""
    told = np.isfinite(offset).all(axis=1)
    answers = np.full_like(offset, np.nan)
    # The numbers of a stranger's model need not go well together.
    with np.errstate(all="ignore"):
        answers[told] = tuning.answer(values[told], offset[told])
    if not np.isfinite(answers[told]).all():
        raise ModelError(
            "the tuned model gives no probabilities",
            found="numbers that overflow",
            where=f"model '{name}'",
            fix="run phasecall finetune again",
        )
    return answers


def _notice_other(measured: TimeCourse, tuned: TunedModel) -> Iterator[Note]:
    """Yield a note if this does not look like the whole experiment that the model was tuned to."""
    row_of = {gene: row for row, gene in enumerate(measured.genes)}
    places = [place for place, gene in enumerate(tuned.genes) if gene in row_of]
    if len(places) < len(tuned.genes) / 2:
        text = (
            f"{len(places)} of the {len(tuned.genes)} genes that the model was tuned by are here: of another"
            " experiment its answers mean nothing, and a part of one has a clock and a unit of its own"
        )
        yield Note("other_experiment", text)
    if not places or tuned.tuning is None:
        return
    here = np.arcsinh(measured.values[[row_of[tuned.genes[place]] for place in places]])
    same = np.isclose(here, tuned.tuning.genes[places], rtol=0, atol=_SAME, equal_nan=True).all(axis=1)
    if same.mean() < 0.5:
        text = (
            "do not believe these calls: the labelled genes have other values here, so that this is another"
            " experiment than the model was tuned to, or has other units"
        )
        yield Note("other_experiment", text)


def _reconsider(reasons: Sequence[Reason], probabilities: Floats) -> tuple[Reason, ...]:
    """Return why phases are withheld by the tuned answers; what has another reason keeps it."""
    low = probabilities.max(axis=1) < MIN_CONFIDENCE
    pairs = zip(reasons, low, strict=True)
    return tuple(
        (Reason.BETWEEN_PHASES if unsure else Reason.CALLED) if why in _TOLD else why for why, unsure in pairs
    )


def _explain(tuned: TunedModel) -> Iterator[Note]:
    """Yield what the labelled genes said when the model was tuned."""
    if tuned.contradicted:
        yield Note("labels_contradict", CONTRADICTED)
    verdict = tuned.verdict
    before, after = (f"{100 * held.accuracy:.1f} %" for held in (verdict.zero_shot, verdict.tuned))
    if verdict.kept_original:
        yield Note("kept_original", f"the answers are those without tuning: {verdict.why}")
        return
    text = (
        f"tuned by {verdict.n} labelled genes: of these, held out, {after} are called rightly, and {before}"
        " without tuning; their own calls here have seen their labels"
    )
    yield Note("tuned", text)
