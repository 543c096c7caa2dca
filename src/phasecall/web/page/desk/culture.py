"""The culture: an inquiry's time course, what is known of it, its calls; each worked out once a process."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phasecall.web.page.desk.inquiry import Inquiry

if TYPE_CHECKING:
    from phasecall.calls import Calls
    from phasecall.clock import KnownGenes
    from phasecall.exploration import Exploration
    from phasecall.exploration.waves import Waves
    from phasecall.timecourse import TimeCourse

_KEPT = 4
"""Answers that a process keeps of each kind: those before a change, and of a course compared."""


def list_experiments(inquiry: Inquiry) -> tuple[TimeCourse, ...]:
    """Return every experiment of the file of an inquiry, or its sample set.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    return _read(
        replace(inquiry, experiment=None, scheme=None, period=None, markers=None, labels=None, mended=(), model=None)
    )


@lru_cache(maxsize=_KEPT)
def _read(inquiry: Inquiry) -> tuple[TimeCourse, ...]:
    from phasecall import datasets, io

    if inquiry.sample:
        course = datasets.load(inquiry.sample)
        return (replace(course, sync=inquiry.sync or course.sync),)
    how: dict[str, Any] = {"unit": inquiry.unit, "times": inquiry.times, "scale": inquiry.scale}
    found = io.read_all(inquiry.path, sync=inquiry.sync, transpose=inquiry.transpose, **how)
    return tuple(found)


@lru_cache(maxsize=_KEPT)
def find_course(inquiry: Inquiry) -> TimeCourse:
    """Return the experiment of an inquiry, put right as it asks.

    Raises
    ------
    InputError
        If the file cannot be read, or holds several experiments and none is chosen.
    """
    from phasecall.io.courses import the_one

    course = the_one(list(list_experiments(inquiry)), inquiry.name or inquiry.sample, inquiry.experiment)
    if not inquiry.mended:
        return course
    from phasecall import caller
    from phasecall.qc.corrections import correct

    known = know_genes(replace(inquiry, mended=()))
    estimate = caller.tell_clock(course, known=known, period=inquiry.period)
    better, notes = correct(course, estimate, inquiry.mended, known)
    return replace(better, notes=(*better.notes, *notes))


def know_genes(inquiry: Inquiry) -> KnownGenes | None:
    """Return the genes that the visitor knows; None where none was named.

    Raises
    ------
    InputError
        If their table cannot be read, or the course has none of them.
    """
    if inquiry.markers is None and inquiry.labels is None:
        return None
    from phasecall.cli.anchors import know_all

    labels = None if inquiry.labels is None else Path(inquiry.labels)
    return know_all([find_course(inquiry)], inquiry.markers, labels, inquiry.scheme)[0]


@lru_cache(maxsize=_KEPT)
def call_genes(inquiry: Inquiry) -> Calls:
    """Return the calls of an inquiry.

    Raises
    ------
    PhasecallError
        As `phasecall.call` does.
    """
    from phasecall import caller

    course = find_course(inquiry)
    if inquiry.model is not None:
        return caller.call(course, model=inquiry.model, scheme=inquiry.scheme)
    return caller.call(course, scheme=inquiry.scheme, known=know_genes(inquiry), period=inquiry.period)


@lru_cache(maxsize=_KEPT)
def explore_course(inquiry: Inquiry) -> Exploration:
    """Return what figures of the atlas are drawn from.

    Raises
    ------
    InputError
        If no gene has a profile.
    """
    from phasecall.exploration import explore

    return explore(find_course(inquiry), calls=call_genes(inquiry), period=inquiry.period)


@lru_cache(maxsize=_KEPT)
def fit_waves(inquiry: Inquiry) -> Waves | None:
    """Return the wave of the clock's period fitted to each profile; None where there is no period."""
    from phasecall.exploration.waves import fit_profiles

    return fit_profiles(explore_course(inquiry))


@lru_cache(maxsize=_KEPT)
def lay_density(inquiry: Inquiry) -> Any:
    """Return the density of each gene's peak, shape (n, 360); None where the calls rest on none."""
    from phasecall.caller.posterior import tell_density

    if inquiry.model is not None:
        return None
    return tell_density(
        find_course(inquiry), call_genes(inquiry), known=know_genes(inquiry), period=inquiry.period
    )
