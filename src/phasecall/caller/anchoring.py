"""Anchoring: what ties an experiment to the cell cycle, and the clock that is told so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np

from phasecall.clock import (
    ClockEstimate,
    KnownGenes,
    estimate_clock,
    find_markers,
    find_synchronisation,
    know_phases,
)
from phasecall.phases import Scheme
from phasecall.timecourse import Note, TimeCourse

MANY = 150
"""So many labelled genes tell the start of an experiment; with fewer, marker genes help."""

_SCHEMES = {"human": "human"}


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


def know_genes(
    genes: Sequence[str],
    labels: Mapping[str, str],
    scheme: Scheme,
    sync: str | None,
    without: AbstractSet[str] = frozenset(),
) -> KnownGenes | None:
    """Return the genes that anchor an experiment: labelled ones, and markers where these are few.

    Parameters
    ----------
    genes
        Of the course.
    labels
        Gene to its phase; may be empty.
    scheme
        What the labels mean.
    sync
        How the culture was synchronised: it says whose markers to look for; else those of which most are
        found.
    without
        Genes of which nothing may be known.

    Returns
    -------
    KnownGenes or None
        None if there is none.

    Examples
    --------
    >>> from phasecall.phases import SCHEMES
    >>> known = know_genes(["CLN2", "YAL040C", "a"], {"a": "G2"}, SCHEMES["four"], None, {"YAL040C"})
    >>> known.turns.round(3).tolist(), known.what
    ([0.316, nan, 0.644], 'genes of known phase and marker genes of budding yeast')
    """
    known = know_phases(genes, labels, scheme) if labels else None
    if len(labels) < MANY:
        how = find_synchronisation(sync)
        markers = find_markers(genes, how.organism if how else None)
        known = known.join(markers) if known and markers else known or markers
    if known is None or not without:
        return known
    return known.select(np.array([gene not in without for gene in genes]))


def anchor_clock(
    course: TimeCourse, known: KnownGenes | None, *, sync: str | None, period: float | None
) -> ClockEstimate:
    """Return the clock of an experiment, anchored by known genes; by the marker genes if there are none.

    Where the genes given do not vouch for a period that the course does not show in full, and marker genes
    do, the period is the one that those vouch for: labels name arcs, and agree on a start less well.

    Parameters
    ----------
    course
        The experiment.
    known
        Genes whose peak is known, by whoever asks for the calls.
    sync, period
        How the culture was synchronised, and minutes of a turn, where that is known.
    """
    markers = find_markers(course.genes, find_organism(course.genes, sync) or None)
    estimate = estimate_clock(course, known=known or markers, sync=sync, period=period)
    if known is None or markers is None or period is not None or estimate.sure:
        return estimate
    beside = estimate_clock(course, known=markers, sync=sync)
    if not beside.sure:
        return estimate
    found = estimate_clock(course, known=known, sync=sync, period=beside.clock.period)
    text = (
        f"the period of {beside.clock.period:.0f} min is vouched for by {beside.anchor}, not by those given"
    )
    return replace(found, notes=(*found.notes, Note("period_by_markers", text)))
