"""The choice: which way a time course is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from phasecall import modelfile
from phasecall.caller.clock import call_by_clock
from phasecall.caller.density import call_by_density
from phasecall.caller.network import call_by_network, fits_grid
from phasecall.calls import Calls
from phasecall.clock import KnownGenes, estimate_clock, find_markers, find_synchronisation
from phasecall.clock.anchors import MIN_KNOWN
from phasecall.errors import InputError
from phasecall.phases import scheme as find_scheme
from phasecall.timecourse import Note, TimeCourse

_SCHEMES = {"human": "human"}


def call(
    course: TimeCourse,
    *,
    model: str | Path | modelfile.ModelFile | None = None,
    sync: str | None = None,
    scheme: str | None = None,
    known: KnownGenes | None = None,
    period: float | None = None,
) -> Calls:
    """Call the phase in which each gene of a time course peaks.

    The network calls what it was trained on: its time points after its synchronisation. Any other course
    is called by the peak of each gene's wave on the clock of that experiment.

    Parameters
    ----------
    course
        The experiment.
    model
        A model file or what `modelfile.read` made of it. One with a grid of its own must fit the course; one
        that reads any course, `modelfile.shipped(modelfile.DEFAULT)`, is used on the experiment's clock.
    sync
        How the culture was synchronised; what the course says if not given.
    scheme
        The scheme wanted; that of the model, or of the organism whose marker genes are found, if not given.
    known
        Genes whose peak is known, to tie the clock to turns (`phasecall.clock.know_phases`); the built-in
        marker genes if not given.
    period
        Minutes of a turn, if known; it is estimated otherwise.

    Raises
    ------
    ModelError
        If the model file is none, was altered, or speaks of another scheme.
    InputError
        If the course is none or lacks time points that the model needs, or the period cannot be.

    Examples
    --------
    >>> import phasecall
    >>> calls = phasecall.call(phasecall.load("cdc15-4381"))
    >>> len(calls), calls.method.split()[0]
    (4381, 'reference')
    >>> calls = phasecall.call(phasecall.load("alpha"))
    >>> round(calls.period), calls.method.split()[0]
    (62, 'cosinor')
    """
    from threadpoolctl import threadpool_limits

    _require_course(course)
    source = model if model is None or isinstance(model, modelfile.ModelFile) else modelfile.read(model)
    # Thousands of products of small matrices: a second thread costs each of them more than it saves. The
    # network's threads are its own.
    with threadpool_limits(limits=1, user_api="blas"):
        if source is not None and source.card.kind == "grid":
            return call_by_network(course, source, sync=sync or course.sync, scheme=scheme)
        return _choose(course, source, sync or course.sync, scheme, known, period)


def _require_course(course: object) -> None:
    if not isinstance(course, TimeCourse):
        raise InputError(
            "this is no time course",
            expected="a TimeCourse",
            found=type(course).__name__,
            fix="phasecall.read(path) makes one of a file",
        )


def _choose(
    course: TimeCourse,
    source: modelfile.ModelFile | None,
    sync: str | None,
    scheme: str | None,
    known: KnownGenes | None,
    period: float | None,
) -> Calls:
    """Call on the experiment's clock, or by the published network where it fits and nothing was asked."""
    published = modelfile.shipped()
    unasked = source is None and known is None and period is None
    if unasked and scheme in (None, published.card.scheme) and fits_grid(course, published.card.times):
        calls = call_by_network(course, published, sync=sync, scheme=scheme)
        if np.isfinite(calls.period):
            return calls
    organism = find_organism(course.genes, sync)
    known = known or find_markers(course.genes, organism or None)
    estimate = estimate_clock(course, known=known, sync=sync, period=period)
    wanted = find_scheme(scheme or scheme_of(organism))
    if source is None:
        called = call_by_clock(course, estimate, wanted)
    else:
        called = call_by_density(course, estimate, wanted, source)
    return replace(called, notes=(*called.notes, *_notice_organism(course.genes, organism)))


def find_organism(genes: Sequence[str], sync: str | None) -> str:
    """Return whose cells they are: by the synchronisation if its start is known, else by the marker genes."""
    how = find_synchronisation(sync)
    if how is not None:
        return how.organism
    known = find_markers(genes)
    return "" if known is None else known.organism


def scheme_of(organism: str) -> str:
    """Return the key of the scheme of an organism's calls where none is asked for."""
    return _SCHEMES.get(organism, "four")


def _notice_organism(genes: Sequence[str], organism: str) -> list[Note]:
    """Return a note where the genes look like those of another organism than the synchronisation's."""
    here, best = (find_markers(genes, name) for name in (organism or None, None))
    n_here, n_best = (0 if one is None else int(np.isfinite(one.turns).sum()) for one in (here, best))
    if best is None or best.organism == organism or n_best < 2 * n_here + MIN_KNOWN:
        return []
    text = f"{n_best} genes are {best.what}, {n_here} of {organism}: is the synchronisation right?"
    return [Note("other_organism", text)]
