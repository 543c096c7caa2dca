"""Synonyms: the gene of a course that somebody means, by its own name or by another one that it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from importlib import resources

from phasecall.errors import InputError, MissingDataError
from phasecall.identifiers import match, read_ensembl
from phasecall.publicdata.annotations import load_orfs

_ORF = re.compile(r"Y[A-P][LR]\d{3}[WC]", re.I)
_ENSEMBL = re.compile(r"ENS[A-Z]*G\d{11}", re.I)
_MOST_SHOWN = 3
_HALF_ALIKE = 0.5
"""Of difflib's ratio; its own limit, 0.6, takes names of four letters for unlike at two other ones."""


def find_gene(genes: Sequence[str], name: str, where: str | None = None) -> int:
    """Return the row of the gene of a course that a name means, in any case.

    A name that is none in the course is looked up among the other names of the built-in marker genes, among
    their Ensembl ids, and among SGD's names of all yeast genes where that table is here
    (`phasecall datasets fetch sgd-orfs`).

    Parameters
    ----------
    genes
        Those of the course.
    name
        What somebody calls the gene.
    where
        What the course is called.

    Raises
    ------
    InputError
        If no gene of the course has that name, or several have; it says which are near.

    Examples
    --------
    >>> find_gene(["YMR199W", "YPL256C"], "cln2"), find_gene(["x", "ENSG00000134057"], "CCNB1")
    (1, 1)
    >>> find_gene(["PLK1", "ENSG00000134057"], "CCNB7", "HeLa")
    Traceback (most recent call last):
        ...
    phasecall.errors.InputError: no gene 'CCNB7' in this course
      expected: a name such as CCNB1 (ENSG00000134057)
      where: HeLa
    """
    own = match(genes, [name])
    if own:
        return genes.index(next(iter(own)))
    groups = list(_list_groups())
    meant = {other for group in groups if _holds(group, name) for other in group}
    found = list(dict.fromkeys(gene for other in sorted(meant) for gene in match(genes, [other])))
    if len(found) == 1:
        return genes.index(found[0])
    if found:
        raise InputError(
            f"'{name}' is a name of several genes", expected=f"one of {', '.join(found)}", where=where
        )
    fetch = "phasecall datasets fetch sgd-orfs brings the names of all yeast genes"
    yeast = any(_ORF.fullmatch(gene) for gene in genes)
    raise InputError(
        f"no gene '{name}' in this course",
        expected=f"a name such as {', '.join(_list_near(genes, name, groups))}",
        where=where,
        fix=fetch if yeast and not _read_orfs() else None,
    )


def list_names(genes: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """Return the other names of the genes of a course, by their row; genes without any are left out.

    They are those by which `find_gene` finds a gene whose own name is one identifier. The same symbol may be
    that of a gene of yeast and of man: yeast's names are for genes that are called by their ORF, others get
    no ORF. Identifiers that nobody says aloud are left out.

    Examples
    --------
    >>> list_names(["YMR199W", "nothing", "ENSG00000134057", "CDC20"])
    {0: ('CLN1',), 2: ('CCNB1',)}
    """
    row_of = {gene.casefold(): row for row, gene in enumerate(genes)}
    names: dict[int, dict[str, None]] = {}
    for group in _list_groups():
        yeast = any(_ORF.fullmatch(name) for name in group)
        for row in {row_of[name.casefold()] for name in group if name.casefold() in row_of}:
            own = genes[row].casefold()
            if yeast and not _ORF.fullmatch(genes[row]):
                continue
            spoken = (name for name in group if name.casefold() != own and not _ENSEMBL.match(name))
            names.setdefault(row, {}).update(dict.fromkeys(spoken))
    return {row: tuple(names[row]) for row in sorted(names) if names[row]}


def _holds(group: Sequence[str], name: str) -> bool:
    return name.strip().casefold() in {other.casefold() for other in group}


def _list_groups() -> Iterator[tuple[str, ...]]:
    """Yield the names of each gene that has several."""
    text = (resources.files("phasecall") / "data" / "markers.tsv").read_text("utf-8")
    for line in text.splitlines()[1:]:
        _, gene, aliases, *_ = line.split("\t")
        if aliases:
            yield (gene, *aliases.split("|"))
    ids: dict[str, list[str]] = {}
    for identifier, symbol in read_ensembl().items():
        ids.setdefault(symbol, []).append(identifier)
    yield from ((symbol, *own) for symbol, own in ids.items())
    yield from _read_orfs()


def _read_orfs() -> list[tuple[str, str]]:
    """Return SGD's ORF and name of each gene that has one; none where the table is not here."""
    try:
        return [(orf.name, orf.gene) for orf in load_orfs().values() if orf.gene]
    except MissingDataError:
        return []


def _list_near(genes: Sequence[str], name: str, groups: Sequence[tuple[str, ...]]) -> list[str]:
    """Return the names of the course most like one, by whichever of their names; its first where none is."""
    row_of = {gene.casefold(): gene for gene in genes}
    shown = {gene.casefold(): gene for gene in genes}
    for group in groups:
        here = next((row_of[one.casefold()] for one in group if one.casefold() in row_of), None)
        if here is not None:
            shown |= {one.casefold(): f"{one} ({here})" for one in group if one.casefold() not in row_of}
    near = get_close_matches(name.casefold(), sorted(shown), _MOST_SHOWN, _HALF_ALIKE)
    return sorted(shown[one] for one in near) or list(genes[:_MOST_SHOWN])
