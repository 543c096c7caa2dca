"""Probes: the genes that the rows of an array stand for, and names of which none occurs twice."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from phasecall.io.header import listed
from phasecall.io.names import number_names
from phasecall.timecourse import Note

# Columns of a platform's annotation that name genes, the best first, without case and punctuation.
_COLUMNS = (
    "orf",
    "genesymbol",
    "symbol",
    "ilmngene",
    "gene",
    "genename",
    "systematicname",
    "ensembl",
    "ensemblid",
    "ensemblgeneid",
)
_NO_GENE = {"", "na", "null", "none", "empty", "blank", "nan"}
_SIGNS = re.compile(r"[\W_]+")


def gene_columns(header: Sequence[str]) -> list[int]:
    """Return which columns of an annotation name genes, the best first.

    Examples
    --------
    >>> gene_columns(["ID", "Gene Symbol", "SEQUENCE", "ORF"])
    [3, 1]
    """
    keys = [_key(name) for name in header]
    return [keys.index(column) for column in _COLUMNS if column in keys]


def genes_of(ids: Sequence[str], annotation: Mapping[str, Mapping[str, str]]) -> tuple[list[str], str]:
    """Return the gene of each row, empty where there is none, and the column that says so.

    The best column that names half of the rows is taken, or else the one that names most.

    Parameters
    ----------
    ids
        `ID_REF` of the rows.
    annotation
        Columns that name genes, the best first, each from `ID` to gene.

    Examples
    --------
    >>> genes_of(["1", "2"], {"ORF": {"1": "---"}, "SYMBOL": {"1": "CLN2", "2": "CLB2"}})
    (['CLN2', 'CLB2'], 'SYMBOL')
    """
    best: tuple[list[str], str] = ([""] * len(ids), "")
    most = 0
    for column, gene_of in annotation.items():
        genes = [_gene(gene_of.get(name, "")) for name in ids]
        named = sum(map(bool, genes))
        if 2 * named >= len(ids):
            return genes, column
        if named > most:
            best, most = (genes, column), named
    return best


def name_rows(ids: Sequence[str], genes: Sequence[str], column: str) -> tuple[tuple[str, ...], list[Note]]:
    """Return a name for each row, its gene or else its id, and notes on them.

    Parameters
    ----------
    ids, genes
        `ID_REF` of the rows, and the gene of each, empty where there is none.
    column
        Where the genes are from; empty if nothing names them.

    Examples
    --------
    >>> name_rows(["p1", "p2", "p3"], ["CLN2", "CLN2", ""], "ORF")[0]
    ('CLN2', 'CLN2#2', 'p3')
    """
    nameless = [name for name, gene in zip(ids, genes, strict=True) if not gene]
    notes = []
    if column:
        text = f"genes from the column '{column}' of the annotation"
        text += (
            f"; rows without a gene keep their ID ({len(nameless)}): {listed(nameless)}" if nameless else ""
        )
        notes.append(Note("names", text))
    names, numbered = number_names([gene or name for name, gene in zip(ids, genes, strict=True)])
    return tuple(names), [*notes, *numbered]


def _key(text: str) -> str:
    return _SIGNS.sub("", text).lower()


def _gene(text: str) -> str:
    return "" if _key(text) in _NO_GENE else text
