"""The choice: which way a time course, or several of them together, are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from phasecall import modelfile, tunedfile
from phasecall.caller.anchoring import anchor_clock, find_organism, scheme_of, seek_markers
from phasecall.caller.density import call_by_density
from phasecall.caller.evidence import Evidence, gather_evidence
from phasecall.caller.fusion import find_alike, name_apart
from phasecall.caller.network import call_by_network, is_grid, tell_period
from phasecall.caller.tuned import call_by_tuned
from phasecall.calls import Calls
from phasecall.clock import ClockEstimate, KnownGenes
from phasecall.clock.anchors import MIN_KNOWN
from phasecall.errors import InputError
from phasecall.io import read
from phasecall.phases import Scheme
from phasecall.phases import scheme as find_scheme
from phasecall.points import MOST_POINTS
from phasecall.timecourse import Note, TimeCourse
from phasecall.tunedmodel import TunedModel

Given = TypeVar("Given", str, float, KnownGenes)


class _Experiment(NamedTuple):
    """A course, and what is known of its culture."""

    course: TimeCourse
    sync: str | None
    known: KnownGenes | None
    period: float | None

    @property
    def told(self) -> str | None:
        """How the culture was synchronised, by whoever knows."""
        return self.sync or self.course.sync


def call(
    course: TimeCourse | Iterable[TimeCourse],
    *,
    model: str | Path | modelfile.ModelFile | TunedModel | None = None,
    sync: str | Sequence[str | None] | None = None,
    scheme: str | None = None,
    known: KnownGenes | Sequence[KnownGenes | None] | None = None,
    period: float | Sequence[float | None] | None = None,
) -> Calls:
    """Call the phase in which each gene of a time course, or of several together, peaks.

    The default network calls any course on the clock of that experiment. Nine points of 0.7 of a cycle do
    not tell a clock: a course of the published network's nine, and no other, is called by that network, which
    has a clock of its own. Several experiments are read each on its own clock, and fused (docs/fusion.md).

    Parameters
    ----------
    course
        The experiment, or several of the same genes; data frames are read as by `phasecall.read`. Rows of the
        answer are its genes in their order; of several, all that any has, by first appearance.
    model
        `phasecall` or `reference`, a file of a network or of a finetuned model, or what was read from one.
        One with a grid of its own must fit the course. A finetuned one settles what the clock rests on.
    sync
        How the culture was synchronised; what the course says if not given. Of several one, or one for each.
    scheme
        The scheme wanted; that of the model, or of the organism whose marker genes are found, if not given.
    known
        Genes whose peak is known, to tie the clock to turns (`phasecall.clock.know_phases`); the built-in
        marker genes if not given. Of several experiments one for each.
    period
        Minutes of a turn, if known; it is estimated otherwise. Of several one, or one for each.

    Raises
    ------
    ModelError
        If the model file is none, was altered, or speaks of another scheme; if a finetuned one was tuned to
        other times, or rests on another network.
    InputError
        If the course is none or lacks time points that the model needs, or the period cannot be. Of several
        experiments, if one is given twice or has no gene of the others, or the model reads one only. If
        something is said of the culture that the model settles.

    Examples
    --------
    >>> import phasecall
    >>> calls = phasecall.call([phasecall.load("alpha"), phasecall.load("cdc28")])
    >>> round(calls.period), calls.method.split(", ")[1]
    (62, '2 experiments fused')
    """
    courses = _require_courses(course)
    n = len(courses)
    given = apportion("sync", sync, n), _apportion_known(known, n), apportion("period", period, n)
    experiments = [_Experiment(*one) for one in zip(courses, *given, strict=True)]
    return _call(experiments, open_model(model), scheme)


def tell_clock(
    course: TimeCourse,
    *,
    sync: str | None = None,
    known: KnownGenes | None = None,
    period: float | None = None,
) -> ClockEstimate:
    """Return the clock on which `call` reads a course by the default network.

    Parameters
    ----------
    course
        The experiment.
    sync, known, period
        As of `call`.

    Examples
    --------
    >>> import phasecall
    >>> round(tell_clock(phasecall.load("alpha")).clock.period)
    62
    """
    return _tell_clock(_thin_out(course)[0], _Experiment(course, sync, known, period))[0]


def apportion(what: str, given: Given | Sequence[Given | None] | None, n: int) -> list[Given | None]:
    """Return what is given of each of some experiments: nothing, the same of all, or one of each.

    Parameters
    ----------
    what
        What messages call it.
    given
        Nothing, one or several.
    n
        Experiments.

    Raises
    ------
    InputError
        If several are given, and not as many as there are experiments.

    Examples
    --------
    >>> apportion("period", [62.0], 2), apportion("period", [62.0, None], 2), apportion("period", (), 1)
    ([62.0, 62.0], [62.0, None], [None])
    """
    each = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    if len(each) not in (0, 1, n):
        raise InputError(
            f"{what} is given {len(each)} times for {n} experiment{'s' * (n > 1)}",
            expected=f"once for all, or {n} times, in the order of the experiments" if n > 1 else "once",
            found=", ".join(map(str, each)),
        )
    return each if len(each) == n else (each or [None]) * n


def _apportion_known(
    known: KnownGenes | Sequence[KnownGenes | None] | None, n: int
) -> list[KnownGenes | None]:
    """Return the known genes of each course: they are in its order, so that no two courses share them."""
    if n > 1 and (isinstance(known, KnownGenes) or (known and len(known) != n)):
        raise InputError(
            "known genes are those of one course",
            expected=f"a list of {n}, in the order of the courses, each for the genes of one",
            found="one" if isinstance(known, KnownGenes) else f"a list of {len(known or ())}",
        )
    return apportion("known", known, n)


def _require_courses(given: object) -> list[TimeCourse]:
    """Return the time courses given; refuse what is none, and experiments that cannot be fused."""
    if isinstance(given, TimeCourse):
        return [given]
    from phasecall.io.frames import is_frame

    courses = []
    if not isinstance(given, Iterable) or isinstance(given, str) or is_frame(given):
        given = [given]
    for one in (read(one) if is_frame(one) else one for one in given):
        if not isinstance(one, TimeCourse):
            raise InputError(
                "this is no time course",
                expected="a TimeCourse, or a data frame",
                found=type(one).__name__,
                fix="phasecall.read(path) makes one of a file",
            )
        courses.append(one)
    if not courses:
        raise InputError("there is no time course to call", found="an empty list")
    if len(courses) > 1:
        _require_fusible(courses, name_apart([one.name for one in courses]))
    return courses


def _require_fusible(courses: Sequence[TimeCourse], names: Sequence[str]) -> None:
    """Refuse experiments that are given twice, and those without a gene of the others."""
    digests = [one.sha256() for one in courses]
    twice = [name for name, digest in zip(names, digests, strict=True) if digests.count(digest) > 1]
    if twice:
        raise InputError(
            "the same experiment is given twice: its evidence would count twice",
            found=f"the same genes, times and values in {', '.join(twice)}",
            fix="give each experiment once",
        )
    genes = [frozenset(one.genes) for one in courses]
    for place, own in enumerate(genes):
        if not own & frozenset[str]().union(*genes[:place], *genes[place + 1 :]):
            pairs = zip(names, courses, strict=True)
            raise InputError(
                f"'{names[place]}' has no gene in common with the other experiments",
                expected="experiments of the same genes, under the same names",
                found="; ".join(f"{name}: {', '.join(one.genes[:3])}" for name, one in pairs),
            )


def _require_one(experiments: Sequence[_Experiment]) -> _Experiment:
    if len(experiments) > 1:
        raise InputError(
            "this model reads one experiment only",
            found=f"{len(experiments)} experiments",
            fix="leave the model out: the default network reads several together",
        )
    return experiments[0]


def open_model(
    model: str | Path | modelfile.ModelFile | TunedModel | None,
) -> modelfile.ModelFile | TunedModel | None:
    """Return a model by the name of one that comes with the package, or by its file.

    Raises
    ------
    ModelError
        If there is no such file, or it is no model.
    """
    if not isinstance(model, str | Path):
        return model
    if str(model) in modelfile.SHIPPED and not Path(model).is_file():
        return modelfile.shipped(str(model))
    return tunedfile.read(model) if tunedfile.is_tuned(model) else modelfile.read(model)


def _call(
    experiments: Sequence[_Experiment], model: modelfile.ModelFile | TunedModel | None, scheme: str | None
) -> Calls:
    from threadpoolctl import threadpool_limits

    if isinstance(model, TunedModel):
        one = _require_one(experiments)
        _require_free(one, ("sync", "known", "period"))
        return call_by_tuned(one.course, model, scheme=scheme)
    # Thousands of products of small matrices: a second thread costs each of them more than it saves. The
    # network's threads are its own.
    with threadpool_limits(limits=1, user_api="blas"):
        if model is not None and model.card.kind == "grid":
            one = _require_one(experiments)
            _require_free(one, ("known", "period"))
            return call_by_network(one.course, model, sync=one.told, scheme=scheme)
        published = _call_published(experiments, scheme) if model is None else None
        if published is not None:
            return published
        return _call_read(experiments, scheme, model or modelfile.shipped(modelfile.DEFAULT))


def _require_free(one: _Experiment, names: Sequence[str]) -> None:
    """Refuse what is said of an experiment where the model settles it."""
    said = [name for name in names if getattr(one, name) is not None]
    if said:
        raise InputError(
            "the model settles what the clock rests on",
            found=f"{', '.join(said)} beside it",
            fix="leave that out, or the model",
        )


def _call_published(experiments: Sequence[_Experiment], scheme: str | None) -> Calls | None:
    """Call by the published network where that is told by the points of the only course; None elsewhere."""
    published = modelfile.shipped()
    one = experiments[0]
    unasked = len(experiments) == 1 and one.known is None and one.period is None
    if unasked and scheme in (None, published.card.scheme) and is_grid(one.course, published.card.times):
        calls = call_by_network(one.course, published, sync=one.told, scheme=scheme)
        return calls if np.isfinite(calls.period) else None
    return None


def _call_read(experiments: Sequence[_Experiment], scheme: str | None, source: modelfile.ModelFile) -> Calls:
    """Call by a network that reads every course on its own clock."""
    organisms = [find_organism(one.course.genes, one.told) for one in experiments]
    wanted = find_scheme(scheme or scheme_of(next(filter(None, organisms), "")))
    pairs = zip(experiments, organisms, strict=True)
    evidence = [_gather(one, organism, wanted, source) for one, organism in pairs]
    calls = call_by_density(evidence, wanted, source.card)
    return replace(calls, notes=(*calls.notes, *_notice_alike([one.course for one in experiments])))


def _notice_alike(courses: Sequence[TimeCourse]) -> Iterator[Note]:
    names = name_apart([one.name for one in courses])
    for one, other in find_alike(courses):
        text = (
            f"{names[one]} and {names[other]} look like one culture, which counts twice then: what they say"
            " together is too sure; give one of them"
        )
        yield Note("one_culture_twice", text)


def _gather(one: _Experiment, organism: str, scheme: Scheme, source: modelfile.ModelFile) -> Evidence:
    course, averaged = _thin_out(one.course)
    estimate, notes = _tell_clock(course, one)
    remarks = (*_notice_organism(course.genes, organism), *averaged, *notes)
    return gather_evidence(course, estimate, scheme, source, remarks, one.known)


def _tell_clock(course: TimeCourse, one: _Experiment) -> tuple[ClockEstimate, list[Note]]:
    """Return the clock of what is left of an experiment's course, and what to say of its period."""
    period, notes = tell_period(course, one.told) if one.period is None else (one.period, [])
    return anchor_clock(course, one.known, sync=one.told, period=period), notes


def _thin_out(course: TimeCourse) -> tuple[TimeCourse, list[Note]]:
    """Return a course with the mean of its replicates where it has more samples than the network reads."""
    measured = course.times[course.measured()]
    n_times = np.unique(measured).size
    if measured.size <= MOST_POINTS or n_times == measured.size:
        return course, []
    text = f"{measured.size} samples of {n_times} times, more than the network reads: their mean was taken"
    return course.average_replicates(), [Note("replicates_averaged", text)]


def _notice_organism(genes: Sequence[str], organism: str) -> list[Note]:
    """Return a note where the genes look like those of another organism than the synchronisation's."""
    here, best = (seek_markers(genes, name) for name in (organism or None, None))
    n_here, n_best = (0 if one is None else int(np.isfinite(one.turns).sum()) for one in (here, best))
    if best is None or best.organism == organism or n_best < 2 * n_here + MIN_KNOWN:
        return []
    text = f"{n_best} genes are {best.what}, {n_here} of {organism}: is the synchronisation right?"
    return [Note("other_organism", text)]
