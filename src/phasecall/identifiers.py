"""Identifiers: the gene that a name in a table stands for, whichever way it is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

_SEPARATORS = re.compile(r"[\s;|/:_()\[\]]+")
_SEVERAL = " /// "
"""What parts the genes of a probe set that matches several: none of them is the one measured."""

_PLAIN = re.compile(r"[A-Za-z0-9-]+")
"""Names without parts, as most are."""
_ROW = re.compile(r"#\d+$")
"""How later rows of a gene are numbered."""

_ENSEMBL = re.compile(r"(ENS[A-Z]*[GTP]\d{11})\.\d+", re.I)
"""An Ensembl id with a version."""

_DOTTED_ORF = re.compile(r"(Y[A-P][LR]\d{3}[WC])\.([A-Z])", re.I)
"""An ORF in which R has put a dot for the hyphen."""


def split_name(name: str) -> tuple[str, ...]:
    """Return the identifiers in a name: the whole of it first, then its parts, each once.

    Spaces and `;|/:_()[]` part identifiers; a hyphen or a comma does not (`HLA-A`, `YAL040C-A`, `ARG5,6`).
    The number of a gene's second row and the version of an Ensembl id are no parts. The names of several
    genes, parted by ` /// `, are one: it cannot be told which of them was measured.

    Examples
    --------
    >>> split_name("CLN3;YAL040C")
    ('CLN3;YAL040C', 'CLN3', 'YAL040C')
    >>> split_name("ENSG00000134057.14_CCNB1#2")
    ('ENSG00000134057.14_CCNB1#2', 'ENSG00000134057', 'CCNB1')
    >>> split_name("HLA-A"), split_name("YAL064W.B"), split_name("HHF1 /// HHF2")
    (('HLA-A',), ('YAL064W.B', 'YAL064W-B'), ('HHF1 /// HHF2',))
    """
    whole = name.strip()
    if _PLAIN.fullmatch(whole):
        return (whole,)
    if _SEVERAL in whole:
        return (whole,)
    parts = filter(None, _SEPARATORS.split(_ROW.sub("", whole)))
    return tuple(dict.fromkeys((whole, *map(_bare, parts))))


def match(names: Sequence[str], wanted: Iterable[str]) -> dict[str, str]:
    """Return which wanted gene a name stands for, for each name that stands for one.

    A name is the wanted one itself, or all identifiers of one of the two, in any case, are among those of the
    other. A name that fits two wanted genes stands for none. Of several names that fit one gene the very
    same, or else the first, gets it: each wanted gene is given once. A number alone proves nothing.

    Parameters
    ----------
    names
        As they are in a table.
    wanted
        As they are elsewhere: in a file of labels, or in another table.

    Examples
    --------
    >>> match(["CLN3;YAL040C", "YPL256C", "CDC20/CDC28"], ["yal040c", "CLN2|YPL256C", "CDC20", "CDC28"])
    {'CLN3;YAL040C': 'yal040c', 'YPL256C': 'CLN2|YPL256C'}
    """
    keys = list(dict.fromkeys(wanted))
    same = set(names) & set(keys)
    theirs = {key: _identify(key) for key in keys if key not in same}
    ours = {name: _identify(name) for name in names if name not in same}
    fits: dict[str, set[str]] = {}
    for key, name in _find_within(theirs, ours):
        fits.setdefault(name, set()).add(key)
    for name, key in _find_within(ours, theirs):
        fits.setdefault(name, set()).add(key)
    found: dict[str, str] = {}
    given: set[str] = set()
    for name in names:
        if name in same:
            found[name] = name
        elif len(fits.get(name, ())) == 1 and not fits[name] <= given:
            found[name] = next(iter(fits[name]))
            given |= fits[name]
    return found


@cache
def read_ensembl() -> Mapping[str, str]:
    """Return the symbols of the human marker genes by the Ensembl ids of the gene and its mouse orthologue.

    Examples
    --------
    >>> symbols = read_ensembl()
    >>> symbols["ENSG00000134057"], symbols["ENSMUSG00000041431"]
    ('CCNB1', 'CCNB1')
    """
    text = (resources.files("phasecall") / "data" / "ensembl.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {identifier: gene for gene, *identifiers in rows for identifier in identifiers}


def _bare(part: str) -> str:
    """Return an identifier without version, and with the hyphen that R took."""
    versioned = _ENSEMBL.fullmatch(part)
    return versioned[1] if versioned else _DOTTED_ORF.sub(r"\1-\2", part)


def _identify(name: str) -> frozenset[str]:
    """Return the identifiers in a name, to be compared."""
    whole, *parts = split_name(name)
    return frozenset(part.casefold() for part in parts or [whole])


def _find_within(
    small: Mapping[str, frozenset[str]], large: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, str]]:
    """Give each pair of names of which all identifiers of the first are among those of the second."""
    count = Counter(part for parts in small.values() for part in parts)
    by_rarest: dict[str, list[str]] = {}
    for name, parts in small.items():
        if not all(part.isdecimal() for part in parts):
            by_rarest.setdefault(min(parts, key=lambda part: (count[part], part)), []).append(name)
    for other, parts in large.items():
        for part in parts:
            yield from ((name, other) for name in by_rarest.get(part, ()) if small[name] <= parts)
