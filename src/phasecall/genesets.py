"""Sets of genes: the table of formats that they come in, and the gene that a measured name stands for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from phasecall.errors import InputError
from phasecall.identifiers import split_name
from phasecall.io.files import label_of, text_of
from phasecall.io.sheet import cut
from phasecall.publicdata.folder import text_of_dataset
from phasecall.publicdata.sgd import features_from, terms_from
from phasecall.publicdata.table import PUBLIC
from phasecall.timecourse import Note

ROOTS = frozenset({"GO:0008150", "GO:0003674", "GO:0005575"})
"""GO's roots, which say nothing of a gene: a gene that has no other term is one without known function."""

PROCESS = "process"
_ASPECTS = MappingProxyType({"P": PROCESS, "F": "function", "C": "component"})
_NO_DATA = "ND"
_BY_EXPRESSION = frozenset({"IEP", "HEP"})
"""Evidence by an expression pattern: tested against expression it would prove itself."""
_DUBIOUS = "ORF|Dubious"

_LOOKED_AT = 200
"""Lines that tell the format."""
_GENE_WORDS = frozenset({"gene", "genes", "orf", "symbol", "gene_id", "gene_name", "gene_symbol", "id"})
_SET_WORDS = frozenset({"set", "sets", "gene_set", "geneset", "term", "pathway", "category", "group", "go"})


@dataclass(frozen=True)
class GeneSet:
    """Genes that have something in common.

    Parameters
    ----------
    name
        Unique in its file: a GO identifier, or what the file calls it.
    title
        What people call it.
    genes
        Each once, in the order of the file.
    aspect
        Of GO `process`, `function` or `component`; empty elsewhere.
    """

    name: str
    title: str
    genes: tuple[str, ...]
    aspect: str = ""


@dataclass(frozen=True)
class GeneSets:
    """What a file of gene sets holds.

    Parameters
    ----------
    source
        How messages name it.
    sets
        Its sets, without the roots of GO.
    names
        Every name of a gene, in lower case, and the gene of the sets that it stands for; those too that are
        in a root only.
    dubious
        Genes that the file takes for none.
    notes
        What was noticed on the way in.
    """

    source: str
    sets: tuple[GeneSet, ...]
    names: Mapping[str, str]
    dubious: frozenset[str] = frozenset()
    notes: tuple[Note, ...] = ()

    def find(self, name: str) -> str | None:
        """Return the gene that a measured name stands for; None where that is none, or one of several.

        Examples
        --------
        >>> sets = GeneSets("x.gmt", (), {"cln3": "YAL040C", "yal040c": "YAL040C", "cln2": "YPL256C"})
        >>> [sets.find(name) for name in ("Cln3", "CLN3;YAL040C#2", "CLN2/CLN3", "ACT1")]
        ['YAL040C', 'YAL040C', None, None]
        """
        whole, *parts = (part.casefold() for part in split_name(name))
        if whole in self.names:
            return self.names[whole]
        found = {self.names[part] for part in parts if part in self.names and not part.isdecimal()}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class SetFormat:
    """One row of the table of formats.

    Parameters
    ----------
    key
        What code and messages call it.
    title
        What people call it, and how it looks.
    fits
        Whether the first lines of a text look like it.
    parse
        Gives the sets: the text, and how messages name it.
    """

    key: str
    title: str
    fits: Callable[[Sequence[str]], bool]
    parse: Callable[[str, str], GeneSets]


def read_sets(path: str | os.PathLike[str]) -> GeneSets:
    r"""Read gene sets from a file of any format of `FORMATS`, plain or gzip; what it holds tells which.

    Parameters
    ----------
    path
        The file; `-` is standard input.

    Raises
    ------
    InputError
        If the file cannot be read, is of no format that is known, or holds no set.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "sets.gmt"
    ...     _ = path.write_text("cyclins\tG1 cyclins\tCLN1\tCLN2\tCLN3\n")
    ...     read_sets(path).sets
    (GeneSet(name='cyclins', title='G1 cyclins', genes=('CLN1', 'CLN2', 'CLN3'), aspect=''),)
    """
    return sets_from(text_of(path), label_of(path))


def load_slim() -> GeneSets:
    """Load SGD's GO slim from the folder of public data (`phasecall datasets fetch go-slim`).

    Raises
    ------
    MissingDataError
        If the file is not here.
    InputError
        If it is no such table.
    """
    dataset = PUBLIC["go-slim"]
    return _from_slim(text_of_dataset(dataset)[0], dataset.file)


def sets_from(text: str, source: str) -> GeneSets:
    r"""Return the gene sets that a text holds; see `read_sets`.

    Examples
    --------
    >>> [one.name for one in sets_from("gene,set\nCLN1,G1\nCLN2,G1\nCLB2,M\n", "sets.csv").sets]
    ['G1', 'M']
    """
    if not _rows(text):
        raise InputError(
            "the file holds no gene set", expected="; or ".join(form.title for form in FORMATS), where=source
        )
    lines = [line for line in text.splitlines()[:_LOOKED_AT] if line.strip()]
    form = next((form for form in FORMATS if form.fits(lines)), None)
    if form is None:
        raise InputError(
            "this is no file of gene sets",
            expected="; or ".join(form.title for form in FORMATS),
            found=lines[0][:80] if lines else "nothing",
            where=source,
        )
    found = form.parse(text, source)
    if not found.sets:
        found_here = f"{len(_rows(text))} lines without a gene"
        raise InputError("the file holds no gene set", expected=form.title, found=found_here, where=source)
    _refuse_numbers(found)
    return found


def _refuse_numbers(found: GeneSets) -> None:
    """Refuse a table of measurements, whose rows look like sets of numbers."""
    genes = [gene for one in found.sets[:_LOOKED_AT] for gene in one.genes]
    measured = [gene for gene in genes if not gene.isdecimal() and _is_number(gene)]
    if 2 * len(measured) > len(genes):
        raise InputError(
            "this is no file of gene sets",
            expected="names of genes",
            found=f"numbers, such as {', '.join(measured[:3])}",
            where=found.source,
            fix="is it a time course? That is the INPUT, not the --sets",
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Return the lines of a text, numbered, cut at tabs; those without text and comments are left out."""
    numbered = enumerate(text.splitlines(), 1)
    kept = ((number, line) for number, line in numbered if line.strip() and line[0] not in "#!")
    return [(number, [cell.strip() for cell in line.split("\t")]) for number, line in kept]


def _uncommented(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def _fits_slim(lines: Sequence[str]) -> bool:
    rows = [line.split("\t") for line in lines]
    return bool(rows) and all(len(row) == 7 and row[5].startswith("GO:") for row in rows)


def _fits_gaf(lines: Sequence[str]) -> bool:
    if any(line.lower().startswith("!gaf-version") for line in lines):
        return True
    rows = [line.split("\t") for line in lines if not line.startswith("!")]
    return bool(rows) and all(len(row) >= 15 and row[4].startswith("GO:") for row in rows)


def _fits_gmt(lines: Sequence[str]) -> bool:
    rows = [row for _, row in _rows("\n".join(lines))]
    return 2 * sum(len(row) > 2 for row in rows) > len(rows)


def _fits_columns(lines: Sequence[str]) -> bool:
    try:
        rows = cut(_uncommented("\n".join(lines)), "").rows
    except InputError:
        return False
    return all(len(row) == 2 for row in rows)


def _from_slim(text: str, source: str) -> GeneSets:
    features = features_from(text, source)
    terms = [term for term in terms_from(text, source) if term.key not in ROOTS]
    sets = tuple(GeneSet(term.key, term.name, term.genes, _ASPECTS[term.aspect]) for term in terms)
    symbols = ((one.gene, name) for name, one in features.items() if one.gene)
    dubious = frozenset(name for name, one in features.items() if one.kind == _DUBIOUS)
    return GeneSets(source, sets, _name_all(((name, name) for name in features), symbols), dubious)


def _from_gaf(text: str, source: str) -> GeneSets:
    """Return the terms of a GO annotation file: those that it gives genes directly, not what follows."""
    genes: dict[tuple[str, str], dict[str, None]] = {}
    keys: list[tuple[str, str]] = []
    symbols: list[tuple[str, str]] = []
    synonyms: list[tuple[str, str]] = []
    left = {"that say NOT": 0, "told by expression (IEP, HEP)": 0}
    for number, row in _rows(text):
        if len(row) < 15 or row[8] not in _ASPECTS:
            raise InputError(
                "a line is no GO annotation",
                expected="15 columns or more parted by tabs, P, F or C in column 9",
                found=f"{len(row)} columns: {' '.join(row)[:60]}",
                where=f"{source}, line {number}",
            )
        gene, symbol, term, evidence = row[1], row[2], row[4], row[6]
        keys.append((gene, gene))
        symbols.append((symbol, gene))
        synonyms += [(name, gene) for name in row[10].split("|") if name]
        if "NOT" in row[3].upper().split("|"):
            left["that say NOT"] += 1
        elif evidence in _BY_EXPRESSION:
            left["told by expression (IEP, HEP)"] += 1
        elif term not in ROOTS and evidence != _NO_DATA:
            genes.setdefault((term, _ASPECTS[row[8]]), {})[gene] = None
    told = [f"{count} {what}" for what, count in left.items() if count]
    notes = (Note("annotations_left_out", f"annotations left out: {'; '.join(told)}"),) if told else ()
    sets = tuple(GeneSet(term, term, tuple(own), aspect) for (term, aspect), own in genes.items())
    return GeneSets(source, sets, _name_all(keys, symbols, synonyms), notes=notes)


def _from_gmt(text: str, source: str) -> GeneSets:
    sets: dict[str, GeneSet] = {}
    for number, (name, *rest) in _rows(text):
        title = rest[0] if rest and rest[0].lower() not in ("", "na") and "://" not in rest[0] else name
        genes = tuple(dict.fromkeys(gene for gene in rest[1:] if gene))
        if name in sets:
            raise InputError(
                f"the set {name} is there twice",
                where=f"{source}, line {number}",
                fix="give each set a name of its own, or join them",
            )
        if genes:
            sets[name] = GeneSet(name, title, genes)
    return _plain(source, sets.values())


def _from_columns(text: str, source: str) -> GeneSets:
    rows = [[cell.strip() for cell in row] for row in cut(_uncommented(text), source).rows]
    first, second = ("_".join(cell.lower().split()) for cell in rows[0])
    turned = first in _SET_WORDS and second in _GENE_WORDS
    named = turned or first in _GENE_WORDS or second in _SET_WORDS
    genes: dict[str, dict[str, None]] = {}
    for row in rows[named:]:
        gene, name = reversed(row) if turned else row
        if gene and name:
            genes.setdefault(name, {})[gene] = None
    return _plain(source, (GeneSet(name, name, tuple(own)) for name, own in genes.items()))


def _plain(source: str, sets: Iterable[GeneSet]) -> GeneSets:
    """Return sets of genes that have one name each, whatever its case."""
    found = tuple(sets)
    names: dict[str, str] = {}
    for gene in (gene for one in found for gene in one.genes):
        names.setdefault(gene.casefold(), gene)
    genes = ((one, dict.fromkeys(names[gene.casefold()] for gene in one.genes)) for one in found)
    return GeneSets(source, tuple(replace(one, genes=tuple(own)) for one, own in genes), names)


def _name_all(*tiers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the gene of each name; a name of several genes is none, unless it is more to one of them."""
    names: dict[str, str] = {}
    for tier in tiers:
        own: dict[str, set[str]] = {}
        for name, gene in tier:
            own.setdefault(name.casefold(), set()).add(gene)
        names |= {name: min(gene) for name, gene in own.items() if len(gene) == 1 and name not in names}
    return names


FORMATS: tuple[SetFormat, ...] = (
    SetFormat("slim", "SGD's go_slim_mapping.tab: seven columns, no header", _fits_slim, _from_slim),
    SetFormat("gaf", "GAF 2, GO annotations: 15 columns or more, comments with !", _fits_gaf, _from_gaf),
    SetFormat("gmt", "GMT, as of MSigDB: a set a line: name, description, genes", _fits_gmt, _from_gmt),
    SetFormat("columns", "two columns: a gene and a set on each line", _fits_columns, _from_columns),
)
"""Every format of gene sets, in the order in which they are tried."""
