"""Finetuning: the default network tuned to one experiment by labelled genes of it, if that makes it better.

Whether it does is told by genes held out. The labelled genes are parted, and each part is answered by what
the others teach: they say where the experiment starts, with marker genes that are not in the part, and they
say what is learnt and how much of that counts. Only the period is told once, by all genes of the experiment.
Where the answers without labels are as good, they are kept. Elsewhere the two are averaged, each counting by
how likely it makes the genes held out, but not far from half: what 20 genes say is not to be believed whole.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from phasecall import __version__, modelfile
from phasecall.caller import find_organism, scheme_of
from phasecall.caller.anchoring import know_genes
from phasecall.caller.evidence import gather_evidence, is_placed
from phasecall.caller.network import tell_period
from phasecall.caller.tuned import answer_by_network, tell_clock
from phasecall.clock import ClockEstimate, Peaks, find_peaks, find_synchronisation
from phasecall.clock.anchors import find_start
from phasecall.conformal import find_least
from phasecall.density import lay_out, share_out
from phasecall.errors import InputError, make_printable
from phasecall.labels import encode
from phasecall.metrics import bound_share
from phasecall.phases import Scheme
from phasecall.phases import scheme as find_scheme
from phasecall.points import MIN_VALUES
from phasecall.timecourse import TimeCourse, find_constant
from phasecall.tunedmodel import (
    MAX_NAME,
    MIN_LABELLED,
    Held,
    TunedModel,
    Verdict,
    condense,
)
from phasecall.tuning import draw_genes, part_genes, score, tune

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

_N_PARTS = 5
_SHARES = np.arange(1, 100) / 100
_HALF = 5.0
"""Genes that speak for the tuned answers, and as many for those without labels, before any was seen."""


def finetune(
    course: TimeCourse,
    labels: Mapping[str, str],
    *,
    scheme: str | None = None,
    sync: str | None = None,
    period: float | None = None,
) -> TunedModel:
    """Tune the default network to an experiment by labelled genes of it.

    Never to the worse, as far as the labelled genes can tell: see `Verdict.kept_original`.

    Parameters
    ----------
    course
        The experiment, all its genes: they set its unit and its clock.
    labels
        Gene to its phase as the source spells it. Of genes in the course with four values or more, 20 at the
        least, of two phases or more; of more than 1,000, as many are drawn.
    scheme
        Key of the scheme of the labels; that of the organism whose marker genes are found, if not given.
    sync
        How the culture was synchronised; what the course says if not given.
    period
        Minutes of a turn, if known; it is estimated otherwise.

    Raises
    ------
    InputError
        If the labels are too few, of one phase or of none of the scheme, or the default network cannot read
        the course on a clock of its own.

    Examples
    --------
    >>> import phasecall
    >>> course, labels = phasecall.load("alpha"), phasecall.datasets.load_labels()
    >>> tuned = finetune(course, {gene: labels[gene] for gene in course.genes[:60]})
    >>> tuned.verdict.n, tuned.verdict.kept_original
    (60, True)
    """
    import scipy.optimize  # noqa: F401  (it brings a BLAS of its own, which can be limited once it is here)
    from threadpoolctl import threadpool_limits

    sync = sync or course.sync
    wanted = find_scheme(scheme or scheme_of(find_organism(course.genes, sync)))
    # Hundreds of products of small matrices: a second thread costs each of them more than it saves.
    with threadpool_limits(limits=1, user_api="blas"):
        bench = _lay_bench(course, labels, wanted, sync)
        return _learn(bench, tell_period(bench.course, sync)[0] if period is None else period)


@dataclass(frozen=True)
class _Bench:
    """What is worked on: the course as measured, the scheme, and rows and phases of the labelled genes."""

    course: TimeCourse
    scheme: Scheme
    sync: str | None
    rows: Codes
    codes: Codes

    @property
    def labels(self) -> dict[str, str]:
        genes = (self.course.genes[row] for row in self.rows)
        return {gene: str(code) for gene, code in zip(genes, self.codes, strict=True)}

    @property
    def values(self) -> Floats:
        return np.asarray(self.course.values[self.rows])


@dataclass(frozen=True)
class _Anchored:
    """A clock, the peaks of all genes on it, and the labels that anchor it beside marker genes."""

    estimate: ClockEstimate
    peaks: Peaks
    labels: Mapping[str, str]


def _lay_bench(course: TimeCourse, labels: Mapping[str, str], scheme: Scheme, sync: str | None) -> _Bench:
    measured = course.select_times(course.measured())
    codes = encode(labels, measured.genes, scheme)
    enough = np.isfinite(measured.values).sum(axis=1) >= MIN_VALUES
    rows = np.flatnonzero((codes >= 0) & enough & ~find_constant(measured.values))
    if rows.size < MIN_LABELLED:
        found = f"{len(labels)} labels, {int((codes >= 0).sum())} of them of genes in the course"
        raise InputError(
            "there are too few labelled genes to learn from and to judge by",
            expected=f"{MIN_LABELLED} or more with {MIN_VALUES} values, not all the same",
            found=f"{rows.size} such genes: {found}",
            fix="label more genes, as the course spells them, or call without labels: phasecall call COURSE",
        )
    rows = rows[draw_genes(rows.size)]
    _require_names(measured.genes[row] for row in rows)
    codes = codes[rows]
    if (codes == codes[0]).all():
        raise InputError(
            "all labelled genes are of one phase",
            expected=f"genes of two or more of {', '.join(phase.name for phase in scheme.phases)}",
            found=f"{rows.size} genes of {scheme.phases[codes[0]].name}",
            fix="label genes of other phases, too",
        )
    return _Bench(measured, scheme, sync, rows, codes)


def _require_names(genes: Iterable[str]) -> None:
    """Refuse names that no file of a tuned model may hold, before anything is learnt."""
    wrong = [gene for gene in genes if len(gene) > MAX_NAME or not gene.isprintable()]
    if wrong:
        raise InputError(
            "the name of a labelled gene cannot be written into a model file",
            expected=f"at most {MAX_NAME} characters, all printable",
            found=make_printable(wrong[0])[:60],
            fix="rename it, or leave out its label",
        )


def _learn(bench: _Bench, period: float | None) -> TunedModel:
    plain, taught = (_anchor(bench, given, period) for given in ({}, bench.labels))
    # Where nothing but the labels says where the experiment starts, they do so without tuning, too.
    unaided = plain if is_placed(plain.estimate) else taught
    tuning = condense(tune(bench.values, _read(bench, taught), bench.codes))
    zero, tuned = _hold_out(bench, unaided, taught)
    averaged = _average(zero, tuned, bench.codes)
    verdict = _judge(zero, averaged, bench.codes)
    kept = verdict.kept_original
    return TunedModel(
        name=make_printable(bench.course.name)[:MAX_NAME] or "time course",
        version=__version__,
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        network=modelfile.shipped(modelfile.DEFAULT).sha256,
        scheme=bench.scheme.key,
        times=tuple(bench.course.times.tolist()),
        sync=bench.sync,
        period=period,
        genes=tuple(bench.labels),
        codes=tuple(bench.codes.tolist()),
        share=0.0 if kept else _weigh(zero, tuned, bench.codes),
        tuning=None if kept else tuning,
        verdict=verdict,
        least=find_least(zero if kept else averaged, bench.codes),
    )


def _anchor(bench: _Bench, labels: Mapping[str, str], period: float | None) -> _Anchored:
    estimate = tell_clock(bench.course, labels, bench.scheme, bench.sync, period)
    return _Anchored(estimate, find_peaks(bench.course, estimate), labels)


def _read(bench: _Bench, anchored: _Anchored) -> Floats:
    """Return what the default network answers for the labelled genes on a clock, shape (n, phases).

    Raises
    ------
    InputError
        If it cannot read the course.
    """
    network = modelfile.shipped(modelfile.DEFAULT)
    evidence = gather_evidence(bench.course, anchored.estimate, bench.scheme, network, ())
    if evidence.reading is None or evidence.fault:
        raise InputError(
            "the default network cannot be tuned to this experiment",
            expected="a course that it reads on a clock of its own",
            found=evidence.fault,
            where=f"time course '{bench.course.name}'",
            fix="where the clock is missing, give --period, and check that the labels are of this experiment;"
            " for a course that is too long or too short, phasecall train makes a network",
        )
    return share_out(lay_out(evidence.reading.natural[bench.rows]), bench.scheme)


def _hold_out(bench: _Bench, unaided: _Anchored, taught: _Anchored) -> tuple[Floats, Floats]:
    """Return the answers for each labelled gene without tuning and with it, both without its part."""
    parts = part_genes(bench.rows.size, _N_PARTS)
    zero, tuned = np.empty((2, bench.rows.size, len(bench.scheme)))
    genes = np.array(list(bench.labels))
    for part in range(parts.max() + 1):
        held = parts == part
        out = frozenset(genes[held].tolist())
        zero[held] = _foresee(bench, unaided, out)[held]
        offset = _foresee(bench, taught, out)
        learnt = tune(bench.values[~held], offset[~held], bench.codes[~held])
        tuned[held] = learnt.answer(bench.values[held], offset[held])
    return zero, tuned


def _foresee(bench: _Bench, anchored: _Anchored, out: frozenset[str]) -> Floats:
    """Return the network's answers for the labelled genes, the clock anchored without some of them."""
    labels = {gene: label for gene, label in anchored.labels.items() if gene not in out}
    known = know_genes(bench.course.genes, labels, bench.scheme, bench.sync, out)
    start = None if known is None else find_start(anchored.peaks.moved, anchored.peaks.error, known)
    clock, how = anchored.estimate.clock, find_synchronisation(bench.sync)
    # Where neither is left, the start that all genes together say.
    if start is not None:
        clock = replace(clock, turn_at_zero=start.turn)
    elif how is not None:
        clock = replace(clock, turn_at_zero=how.turn)
    moved = replace(anchored.estimate, clock=clock)
    return answer_by_network(bench.course, moved, bench.scheme)[bench.rows]


def _average(zero: Floats, tuned: Floats, codes: Codes) -> Floats:
    """Return the mean of both answers for each gene, weighted as the other parts have it."""
    parts = part_genes(codes.size, _N_PARTS)
    shares = np.array(
        [_weigh(*(one[parts != part] for one in (zero, tuned, codes))) for part in range(parts.max() + 1)]
    )
    share = shares[parts][:, None]
    return np.asarray(share * tuned + (1 - share) * zero)


def _weigh(zero: Floats, tuned: Floats, codes: Codes) -> float:
    """Return what the tuned answers are to count in a mean of both, (0, 1)."""
    likelihoods = [score(share * tuned + (1 - share) * zero, codes).sum() for share in _SHARES]
    return float(_SHARES[np.argmax(likelihoods + _HALF * np.log(_SHARES * (1 - _SHARES)))])


def _judge(zero: Floats, tuned: Floats, codes: Codes) -> Verdict:
    """Return whether held-out genes are likelier with tuning, and not clearly fewer of them called rightly.

    Clearly: by more than the standard deviation of what chance alone does to the genes that change.
    """
    before, after = _measure(zero, codes), _measure(tuned, codes)
    losses = f"{after.loss:.3f} with tuning, {before.loss:.3f} without"
    if not after.loss < before.loss:
        why = f"the known phases of genes held out get no higher probability: loss {losses}"
        return Verdict(codes.size, before, after, True, why)
    right, still = (answers.argmax(axis=1) == codes for answers in (zero, tuned))
    lost, won = int((right & ~still).sum()), int((still & ~right).sum())
    if lost - won > np.sqrt(lost + won):
        shares = f"{100 * after.accuracy:.1f} % with tuning, {100 * before.accuracy:.1f} % without"
        why = f"clearly fewer genes held out are called rightly: {shares}"
        return Verdict(codes.size, before, after, True, why)
    why = f"the known phases of genes held out get a higher probability: loss {losses}"
    return Verdict(codes.size, before, after, False, why)


def _measure(answers: Floats, codes: Codes) -> Held:
    right = int((answers.argmax(axis=1) == codes).sum())
    low, high = bound_share(right, codes.size) or (0.0, 1.0)
    return Held(right / codes.size, (low, high), float(-score(answers, codes).mean()))
