"""Answers: one method asked about the genes of one part of a track, and what became of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.benchmark.cells import FORMAT, Cell, Status, read_cell, write_cell
from phasecall.benchmark.clocks import fit_clocks
from phasecall.benchmark.digests import (
    describe_versions,
    digest_codes,
    digest_examples,
    digest_json,
    digest_method,
)
from phasecall.benchmark.evaluation import network_of
from phasecall.benchmark.gauge import Gauge
from phasecall.benchmark.task import Task
from phasecall.benchmark.tracks import Track
from phasecall.errors import MissingDataError, MissingExtraError, PhasecallError, make_printable
from phasecall.labels import TEST_FOLD
from phasecall.methods import Examples, Method, RefusalError
from phasecall.modelfile import DEFAULT, REFERENCE, shipped
from phasecall.simulation import posterior

OPTIMUM = Method(
    "best-possible",
    "Best possible",
    "The Bayes-optimal classifier, which knows how the genes were simulated.",
)
"""Stands beside the methods where genes are simulated; no method can beat it except by luck."""

_STAND_INS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"reference": network_of, OPTIMUM.key: posterior}
)
"""What answers for the rows that hold no function, by key."""
_FILES = {"phasecall": DEFAULT, "phasecall-tuned": DEFAULT, "reference": REFERENCE}
"""The model file that a method rests on, where it rests on one."""
_TOLERANCE = 1e-3
_FEW = 60
_WARM: set[str] = set()


class SkipError(PhasecallError):
    """An answer that would not be fair, or is not asked for; the message says why."""


@dataclass(frozen=True)
class Question:
    """What a method is given in one part of a track, and the known phases of the genes asked for.

    Parameters
    ----------
    track, task, part
        Which one, and its task.
    known, codes
        Genes to learn from, and their phases. Without any there is no experiment among them either.
    asked, truth
        Genes asked for, and their phases, which no method sees.
    """

    track: Track
    task: Task
    part: int
    known: Examples
    codes: NDArray[np.int64]
    asked: Examples
    truth: NDArray[np.int64]


@lru_cache(maxsize=1)
def _load(track: Track) -> Task:
    return track.load()


@lru_cache(maxsize=1)
def pose(track: Track, part: int) -> Question:
    """Return the question of one part of a track.

    Raises
    ------
    MissingDataError
        If its data are not on this machine.
    RefusalError
        If nothing ties an experiment's minutes to turns.
    """
    task = _load(track)
    split = track.split(task, part)
    learnt, found = fit_clocks(task, split)
    asked = Examples(tuple(one.course.select_genes(split.asked) for one in task.asked), found)
    known = Examples(())
    if split.known.any():
        known = Examples(tuple(one.course.select_genes(split.known) for one in task.learnt), learnt)
    return Question(track, task, part, known, task.codes[split.known], asked, task.codes[split.asked])


def settle(track: Track, part: int, method: Method, *, seed: int, folder: Path, restart: bool) -> Cell:
    """Return the cell of a method in one part of a track: the one that was kept, or one made now and kept.

    A kept cell counts only if data, folds, labels, clocks, code, versions and seed are what they were.
    Nothing is kept of what failed or was skipped: next time it may go well.
    """
    empty = Cell(track.key, part, method.key, seed=seed, versions=tuple(describe_versions(method)))
    try:
        question = pose(track, part)
    except Exception as fault:  # the run goes on, whatever is wrong with one track
        return _explain(empty, fault)
    empty = replace(empty, key=digest_question(question, method, seed), n_known=question.codes.size)
    kept = None if restart else read_cell(folder, track.key, part, method.key)
    if kept is not None and kept.key == empty.key:
        return kept
    cell = answer(question, method, empty)
    if cell.status in ("ok", "refused"):
        write_cell(cell, folder)
    return cell


def digest_question(question: Question, method: Method, seed: int) -> str:
    """Return a digest of all that an answer rests on."""
    track = question.track
    return digest_json(
        [
            FORMAT,
            [track.key, track.kind, track.scheme, question.part],
            [digest_examples(question.known), digest_codes(question.codes)],
            [digest_examples(question.asked), digest_codes(question.truth)],
            digest_method(method, _STAND_INS.get(method.key)),
            shipped(_FILES[method.key]).sha256 if method.key in _FILES else None,
            seed,
        ]
    )


def answer(question: Question, method: Method, empty: Cell) -> Cell:
    """Ask a method, on one thread; whatever it raises becomes a status and a reason."""
    from threadpoolctl import threadpool_limits

    with warnings.catch_warnings(), threadpool_limits(1):
        # A method that warns still answers; what matters is how good the answer is.
        warnings.simplefilter("ignore")
        _warm_up(question, method)
        gauge = Gauge()
        try:
            respond = _learn(question, method, empty.seed)
            seconds_fit = gauge.lap()
            values = respond(question.asked)
            seconds_predict = gauge.lap()
            _check(values, question)
        except Exception as fault:
            return _explain(empty, fault)
    return replace(
        empty,
        genes=question.asked.courses[0].genes,
        codes=question.truth,
        values=np.asarray(values, dtype=np.float64),
        filled=method.refuses_gaps and bool(np.isnan(question.asked.matrix).any()),
        seconds_fit=seconds_fit,
        seconds_predict=seconds_predict,
        peak_bytes=gauge.peak_bytes(),
        model_bytes=len(shipped(_FILES[method.key]).content) if method.key in _FILES else None,
    )


def _warm_up(question: Question, method: Method) -> None:
    """Let a method do a little once in a process: to load its libraries is no part of its time."""
    few = np.arange(min(_FEW, question.codes.size))
    if method.key in _WARM or method.slow or not few.size:
        return
    _WARM.add(method.key)
    little = replace(question, known=question.known.select(few), codes=question.codes[few])
    # What is wrong with it shows when it is asked in earnest.
    with suppress(Exception):
        _learn(little, method, 0)(question.asked)


def _learn(question: Question, method: Method, seed: int) -> Callable[[Examples], NDArray[np.float64]]:
    """Return what answers for a method, once it has learnt."""
    if question.track.kind == "genome":
        score = method.score
        if score is None:
            raise RefusalError("orders no genes by how periodic they are")
        return lambda asked: score(asked, seed)[:, None]
    if method.key == OPTIMUM.key:
        return lambda asked: posterior(asked.courses[0], question.task.culture)
    if method.fit is not None:
        if method.needs_labels and not question.codes.size:
            raise RefusalError("learns from labelled genes, and there are none")
        return method.fit(question.known, question.codes, question.task.scheme, seed)
    if method.key == "reference":
        return _open_shipped(question)
    raise RefusalError("calls no phases")


def _open_shipped(question: Question) -> Callable[[Examples], NDArray[np.float64]]:
    """Return the published network, where it may be judged."""
    source = shipped()
    if question.task.scheme.key != source.card.scheme:
        raise RefusalError(f"calls the phases of the scheme '{source.card.scheme}' only")
    if question.asked.times != source.card.times:
        raise RefusalError("reads the nine points of the cdc15 course only")
    if question.task.culture is None:
        if question.track.kind != "folds":
            raise SkipError("comes trained on the labels of four folds")
        if question.part != TEST_FOLD:
            raise SkipError(f"its weights saw genes of this fold: judged on fold {TEST_FOLD} only")
    return network_of(source)


def _check(values: NDArray[np.float64], question: Question) -> None:
    """Refuse what is no probability of each phase, or no score, for each gene."""
    width = 1 if question.track.kind == "genome" else len(question.task.scheme)
    if np.shape(values) != (question.truth.size, width):
        raise ValueError(f"answered in the shape {np.shape(values)}, not {(question.truth.size, width)}")
    sums = np.asarray(values).sum(axis=1)
    # Written so that NaN fails too.
    if width > 1 and not (np.min(values) >= 0 and np.abs(sums - 1).max() <= _TOLERANCE):
        raise ValueError("answered with numbers that are no probabilities")


_STATUS: tuple[tuple[type[Exception], Status], ...] = (
    (RefusalError, "refused"),
    (SkipError, "skipped"),
    (MissingDataError, "skipped"),
    (MissingExtraError, "skipped"),
    (ModuleNotFoundError, "skipped"),
)


def _explain(empty: Cell, fault: Exception) -> Cell:
    """Return a cell that says why there is no answer."""
    status: Status = next((status for kind, status in _STATUS if isinstance(fault, kind)), "failed")
    if isinstance(fault, PhasecallError):
        reason = fault.problem
    else:
        told = (str(fault).strip() or type(fault).__name__).splitlines()[0]
        reason = f"{type(fault).__name__}: {told}"
    return replace(empty, status=status, reason=make_printable(reason))
