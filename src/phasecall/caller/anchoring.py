"""Anchoring: what ties an experiment to the cell cycle, and the clock that is told so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np

from phasecall.clock import (
    ClockEstimate,
    KnownGenes,
    estimate_clock,
    find_markers,
    find_synchronisation,
    know_phases,
)
from phasecall.identifiers import read_ensembl, split_name
from phasecall.phases import SCHEMES, Scheme
from phasecall.timecourse import Note, TimeCourse

MANY = 150
"""So many labelled genes tell the start of an experiment; with fewer, marker genes help."""

_SCHEMES = {"human": "human"}
_REMEMBERED = 40_000
"""Names whose parts are remembered, a genome and more: marker genes are sought several times a call."""

_Told = tuple[KnownGenes | None, tuple[str | None, float | None], ClockEstimate]
_TOLD: WeakKeyDictionary[TimeCourse, list[_Told]] = WeakKeyDictionary()
"""Clocks of the courses there are: calls, what speaks against them and the report ask for the same one."""


def find_organism(genes: Sequence[str], sync: str | None) -> str:
    """Return whose cells they are: by the synchronisation if its start is known, else by the marker genes."""
    how = find_synchronisation(sync)
    if how is not None:
        return how.organism
    known = seek_markers(genes)
    return "" if known is None else known.organism


def scheme_of(organism: str) -> str:
    """Return the key of the scheme of an organism's calls where none is asked for."""
    return _SCHEMES.get(organism, "four")


def seek_markers(genes: Sequence[str], organism: str | None = None) -> KnownGenes | None:
    """Return the built-in marker genes among some genes, whichever way these are named.

    As `find_markers`, and a name that is none of a marker gene may have one in it, or the Ensembl id of one.
    Where its parts are markers of different turns, nothing is known of it; of several names with the same
    marker in it the first counts.

    Parameters
    ----------
    genes
        Names; human marker genes are known by the ids of their mouse orthologues, too.
    organism
        Whose markers; those of which most are found, if not given.

    Examples
    --------
    >>> seek_markers(["ENSG00000134057.14", "CCNB1#2", "PLK1 (5347)", "no gene"]).turns.tolist()
    [0.953, nan, 0.953, nan]
    """
    return find_markers(_name_plainly(genes, organism), organism)


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
        markers = seek_markers(genes, how.organism if how else None)
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
    told = _TOLD.setdefault(course, [])
    asked = (sync, period)
    for genes, others, estimate in told:
        if genes is known and others == asked:
            return estimate
    estimate = _anchor_clock(course, known, sync, period)
    told.append((known, asked, estimate))
    return estimate


def _anchor_clock(
    course: TimeCourse, known: KnownGenes | None, sync: str | None, period: float | None
) -> ClockEstimate:
    markers = seek_markers(course.genes, find_organism(course.genes, sync) or None)
    estimate = estimate_clock(course, known=known or markers, sync=sync, period=period)
    if markers is not None:
        estimate = replace(estimate, notes=(*estimate.notes, *_notice_names(course.genes, markers)))
    if known is None or markers is None or period is not None or estimate.sure:
        return estimate
    beside = estimate_clock(course, known=markers, sync=sync)
    if not beside.sure:
        return estimate
    found = estimate_clock(course, known=known, sync=sync, period=beside.clock.period)
    text = (
        f"the period of {beside.clock.period:.0f} min is vouched for by {beside.anchor}, not by those given"
    )
    remarks = (*_notice_names(course.genes, markers), Note("period_by_markers", text))
    return replace(found, notes=(*found.notes, *remarks))


def _name_plainly(genes: Sequence[str], organism: str | None) -> list[str]:
    """Return the names with those of marker genes written as the table of markers has them."""
    parts = [_list_parts(gene) for gene in genes]
    if not any(parts):
        return list(genes)
    organisms = dict.fromkeys(scheme.organism for scheme in SCHEMES.values())
    plain = {name: _replace(genes, parts, name) for name in ([organism] if organism else organisms)}
    # The first of those that tell most, as where no organism is said.
    return max(plain.values(), key=lambda found: found[1])[0]


@lru_cache(maxsize=_REMEMBERED)
def _list_parts(gene: str) -> tuple[str, ...]:
    """Return the names in a name, and the symbols of its Ensembl ids; none of a plain name."""
    parts, symbols = split_name(gene), read_ensembl()
    return (*parts[1:], *(symbols[part.upper()] for part in parts if part.upper() in symbols))


def _replace(genes: Sequence[str], parts: Sequence[tuple[str, ...]], organism: str) -> tuple[list[str], int]:
    """Return the names, each marker gene's by its plain one, and how many marker genes there are then."""
    pieces = list(dict.fromkeys([*genes, *(part for several in parts for part in several)]))
    known = find_markers(pieces, organism)
    if known is None:
        return list(genes), 0
    turn = {piece: turn for piece, turn in zip(pieces, known.turns.tolist(), strict=True) if turn == turn}
    names, given = list(genes), {gene.upper() for gene in genes if gene in turn}
    for row, several in enumerate(parts):
        found = [part for part in several if part in turn]
        if genes[row] in turn or len({turn[part] for part in found}) != 1:
            continue
        if not given & {part.upper() for part in found}:
            names[row] = found[0]
        given |= {part.upper() for part in found}
    return names, sum(name in turn for name in names)


def _notice_names(genes: Sequence[str], markers: KnownGenes) -> list[Note]:
    """Return notes on marker genes that were not found by plain names, or have those of mouse genes."""
    plain = find_markers(genes, markers.organism)
    known = np.isfinite(markers.turns)
    parted = known if plain is None else known & np.isnan(plain.turns)
    notes = []
    if n_parted := int(parted.sum()):
        text = (
            f"{markers.what} found by a part of a name or by an Ensembl id: {n_parted} of {int(known.sum())},"
            f" such as {genes[int(parted.argmax())]}"
        )
        notes.append(Note("markers_by_part", text))
    rodent = sum(_looks_rodent(gene) for gene, one in zip(genes, known, strict=True) if one)
    if markers.organism == "human" and 2 * rodent > known.sum():
        text = "genes are named as in mouse or rat: marker genes and phases are those of human cells"
        notes.append(Note("human_markers", text))
    return notes


def _looks_rodent(gene: str) -> bool:
    """Return whether a name has a symbol such as Ccnb1 in it, or an Ensembl id of mouse."""
    return any(
        part.upper().startswith("ENSMUSG") or (part[:1].isupper() and part[1:].islower())
        for part in split_name(gene)
    )
