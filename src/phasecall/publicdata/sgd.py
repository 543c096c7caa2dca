"""SGD's tables: ORFs and GO slim terms out of a text, and whether a text can be a revision of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from phasecall.errors import InputError
from phasecall.publicdata.table import PublicDataset

_HEADER = ["orf", "gene", "status", "description"]
_COMPLEX = "protein complex"
_SHARE = 0.9
"""A revision with fewer rows than this share of ours is taken to be cut off."""


@dataclass(frozen=True)
class Orf:
    """What SGD says of one ORF: the gene's name or an empty text, its status, what it does."""

    name: str
    gene: str
    status: str
    description: str


@dataclass(frozen=True)
class Term:
    """A GO slim term.

    Parameters
    ----------
    key, name
        GO identifier, and what people call it.
    aspect
        `P` for process, `F` for function, `C` for component.
    genes
        Systematic names in the order of the file, each once.
    """

    key: str
    name: str
    aspect: str
    genes: tuple[str, ...]


@dataclass(frozen=True)
class Feature:
    """What a GO slim mapping says of a gene beside its terms: its name or an empty text, and what it is."""

    gene: str
    kind: str


def check_revision(dataset: PublicDataset, text: str, source: str) -> None:
    """Refuse a text that is no revision of a data set: of another layout, or too short.

    Parameters
    ----------
    dataset
        A row of `PUBLIC` that its home revises.
    text
        What its file holds.
    source
        How messages name the file.

    Raises
    ------
    InputError
        If the text is none; a digest cannot tell, so the layout and the number of rows do.
    """
    _READ[dataset.key](text, source)
    rows = len(text.splitlines())
    if rows < _SHARE * dataset.shape[0]:
        raise InputError(
            "the table seems cut off", found=f"{rows} rows, not {dataset.shape[0]}", where=source
        )


def orfs_from(text: str, source: str) -> dict[str, Orf]:
    r"""Return the ORFs that a table with the columns orf, gene, status and description holds.

    Examples
    --------
    >>> table = "orf\tgene\tstatus\tdescription\nYAL040C\tCLN3\tVerified\tcyclin\n"
    >>> orfs_from(table, "orfs.tsv")["YAL040C"].gene
    'CLN3'
    """
    rows = _rows(text, source, len(_HEADER))
    if rows[0] != _HEADER:
        raise InputError(
            "this is no table of ORFs", expected=", ".join(_HEADER), found=", ".join(rows[0]), where=source
        )
    return {row[0]: Orf(*row) for row in rows[1:]}


def terms_from(text: str, source: str) -> tuple[Term, ...]:
    r"""Return the terms of a GO slim mapping: ORF, gene, SGD's key, aspect, term, GO key, type of feature.

    Examples
    --------
    >>> terms_from("YAL040C\tCLN3\tS000000038\tP\tcell cycle\tGO:0007049\tORF|Verified\n", "slim.tab")
    (Term(key='GO:0007049', name='cell cycle', aspect='P', genes=('YAL040C',)),)
    """
    # A dictionary keeps the order and each gene once.
    genes: dict[tuple[str, str, str], dict[str, None]] = {}
    for name, _, _, aspect, term, key, kind in _rows(text, source, 7):
        if aspect not in ("P", "F", "C"):
            raise InputError(
                "this is no GO slim mapping", expected="P, F or C in column 4", found=aspect, where=source
            )
        if kind != _COMPLEX:
            genes.setdefault((key, term, aspect), {})[name] = None
    return tuple(Term(*term, tuple(named)) for term, named in genes.items())


def features_from(text: str, source: str) -> dict[str, Feature]:
    r"""Return the features of the genome that a GO slim mapping names, by systematic name.

    Examples
    --------
    >>> features_from("YAL040C\tCLN3\tS000000038\tP\tcell cycle\tGO:0007049\tORF|Verified\n", "slim.tab")
    {'YAL040C': Feature(gene='CLN3', kind='ORF|Verified')}
    """
    rows = _rows(text, source, 7)
    return {row[0]: Feature(row[1], row[6]) for row in rows if row[6] != _COMPLEX}


def orfs_of_features(text: str, source: str) -> str:
    r"""Return the table of ORFs that SGD's table of chromosomal features holds.

    Examples
    --------
    >>> feature = "S0\tORF\tVerified\tYAL040C\tCLN3" + "\t" * 11 + "cyclin\n"
    >>> orfs_of_features(feature, "SGD_features.tab").splitlines()[1]
    'YAL040C\tCLN3\tVerified\tcyclin'
    """
    chosen = [
        [row[3], row[4], row[2], row[15]] for row in _rows(text, source, 16) if row[1] == "ORF" and row[3]
    ]
    return "".join("\t".join(row) + "\n" for row in (_HEADER, *chosen))


def _rows(text: str, source: str, width: int) -> list[list[str]]:
    """Cut a text at its tabs. SGD quotes nothing: a quote stands for itself."""
    rows = [line.rstrip("\r").split("\t") for line in text.split("\n") if line.strip()]
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise InputError(
                "this is not the table expected",
                expected=f"{width} columns",
                found=f"{len(row)}: {' '.join(row)[:60]}",
                where=f"{source}, row {number}",
            )
    return rows


_READ: Mapping[str, Callable[[str, str], object]] = MappingProxyType(
    {"sgd-orfs": orfs_from, "go-slim": terms_from}
)
"""What reads the files that their homes revise."""
