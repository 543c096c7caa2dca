"""Label files: the known phase of some genes, one gene a line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from phasecall.errors import InputError
from phasecall.identifiers import match
from phasecall.io.cells import is_missing
from phasecall.io.files import label_of, text_of
from phasecall.io.sheet import Sheet, cut
from phasecall.phases import SCHEMES, Phase, Scheme
from phasecall.timecourse import Note

# In the order in which a column is taken for that of genes, or of labels, where several could be.
_GENE_WORDS = (
    ("gene", "genes", "gene_id", "gene_name", "gene_symbol", "name", "orf", "symbol"),
    ("id", "probe"),
    ("", "#"),
)
_LABEL_WORDS = ("phase", "phases", "label", "labels", "class", "peak", "peak_phase", "code", "turn", "turns")
_DECIMAL_COMMA = re.compile(r"\d*,\d+", re.ASCII)
_FORM = "a gene and its label on each line, such as YAL040C,M; or columns with a header that names them"


@dataclass(frozen=True)
class LabelTable:
    """What a label file holds.

    Parameters
    ----------
    source
        How messages name the file.
    labels
        Gene to its label, both as they are written.
    lines
        Gene to the line of its label, counted from 1.
    notes
        What was noticed on the way in.
    """

    source: str
    labels: dict[str, str]
    lines: dict[str, int]
    notes: tuple[Note, ...] = ()


def read_labels(path: str | os.PathLike[str]) -> dict[str, str]:
    r"""Read the labels of genes: a column of genes and one of labels, as CSV or TSV, plain or gzip.

    A first line that names the columns (`gene,phase`) is left out; where there are more than two, it says
    which are the ones. Genes without a label are left out.

    Parameters
    ----------
    path
        The file; `-` is standard input.

    Returns
    -------
    labels
        Gene to its label as it is written; `phasecall.labels.encode` gives it a meaning.

    Raises
    ------
    InputError
        If the file cannot be used, no gene has a label, or a gene has two.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "labels.csv"
    ...     _ = path.write_text("gene,phase\nYAL040C,G2/M\n")
    ...     read_labels(path)
    {'YAL040C': 'G2/M'}
    """
    return read_label_table(path).labels


def read_label_table(path: str | os.PathLike[str]) -> LabelTable:
    """Read the labels of genes, the lines that they are in, and what was noticed; see `read_labels`."""
    return table_from(text_of(path), label_of(path))


def read_turns(path: str | os.PathLike[str]) -> LabelTable:
    """Read the turns of genes as texts, decimal commas turned into points; see `read_labels`."""
    return turns_from(read_label_table(path))


def turns_from(table: LabelTable) -> LabelTable:
    """Return a table whose labels are turns, decimal commas turned into points.

    Examples
    --------
    >>> turns_from(LabelTable("turns.csv", {"YAL040C": "0,25"}, {"YAL040C": 1})).labels
    {'YAL040C': '0.25'}
    """
    turns = {
        gene: text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text
        for gene, text in table.labels.items()
    }
    return replace(table, labels=turns)


def labels_from(text: str, source: str) -> dict[str, str]:
    r"""Return the labels that a delimited text holds; see `read_labels`.

    Parameters
    ----------
    text
        The whole table.
    source
        How messages name it.

    Raises
    ------
    InputError
        If the text is no such table.

    Examples
    --------
    >>> labels_from("YAL040C\tM\n", "labels.tsv")
    {'YAL040C': 'M'}
    """
    return table_from(text, source).labels


def table_from(text: str, source: str) -> LabelTable:
    r"""Return what a delimited text of genes and labels holds; see `read_labels`.

    Raises
    ------
    InputError
        If the text is no such table.

    Examples
    --------
    >>> table = table_from("orf,name,phase\nYAL040C,CLN3,M\nYPL256C,CLN2,\n", "labels.csv")
    >>> table.labels, table.lines, [note.code for note in table.notes]
    ({'YAL040C': 'M'}, {'YAL040C': 2}, ['label_columns', 'unlabelled_genes'])
    """
    sheet = _cut(text, source)
    rows = [[cell.strip() for cell in row] for row in sheet.rows]
    head = _find_head(rows)
    columns, notes = _find_columns(head)
    labels: dict[str, str] = {}
    lines: dict[str, int] = {}
    unlabelled: set[str] = set()
    named = columns is not None
    for row, line in zip(rows[named:], list(sheet.lines)[named:], strict=True):
        gene, label = _entry(row, columns, len(head), f"{source}, line {line}")
        if is_missing(label):
            unlabelled.add(gene)
        elif labels.setdefault(gene, label) != label:
            raise InputError(
                f"the gene {gene} has two labels",
                found=f"{labels[gene]} (line {lines[gene]}) and {label}",
                where=f"{source}, line {line}",
                fix="leave the right one",
            )
        else:
            lines.setdefault(gene, line)
    if not labels:
        problem = "no gene has a label" if unlabelled else "there is no label below the header"
        raise InputError(problem, expected=_FORM, where=source)
    if unlabelled := unlabelled - set(labels):
        text = f"genes without a label in {source}, left out: {len(unlabelled)}, such as {min(unlabelled)}"
        notes.append(Note("unlabelled_genes", text))
    return LabelTable(source, labels, lines, tuple(notes))


def fit_labels(
    table: LabelTable, genes: Sequence[str], scheme: Scheme | None = None
) -> tuple[dict[str, str], list[Note]]:
    """Return the labels of the genes of a course, by the course's own names, and what is to be known of them.

    A gene is found by any of its names that file and course share: see `phasecall.identifiers.match`.

    Parameters
    ----------
    table
        What the label file holds.
    genes
        Names in the course.
    scheme
        Whose phases the labels must be; any text goes if not given.

    Raises
    ------
    InputError
        If the label of a gene of the course is no phase of the scheme.

    Examples
    --------
    >>> table = LabelTable("labels.csv", {"yal040c": "M", "X": "S"}, {"yal040c": 1, "X": 2})
    >>> labels, notes = fit_labels(table, ["CLN3;YAL040C", "CLN2"])
    >>> labels, [note.code for note in notes]
    ({'CLN3;YAL040C': 'M'}, ['labels_by_part', 'labels_without_gene'])
    """
    found = match(genes, table.labels)
    if scheme is not None:
        _require_phases(table, list(found.values()), scheme)
    return {name: table.labels[key] for name, key in found.items()}, list(_notice_fit(table, found))


def _notice_fit(table: LabelTable, found: dict[str, str]) -> Iterator[Note]:
    parted = [(name, key) for name, key in found.items() if name != key]
    if parted:
        name, key = parted[0]
        text = (
            f"labels that fit a part of a name: {len(parted)} of {len(found)}, such as that of {key}: {name}"
        )
        yield Note("labels_by_part", text)
    if found and (left := sorted(set(table.labels) - set(found.values()))):
        text = f"the course lacks {len(left)} of {len(table.labels)} labelled genes, such as {left[0]}"
        yield Note("labels_without_gene", text)


def _require_phases(table: LabelTable, genes: Sequence[str], scheme: Scheme) -> None:
    """Refuse labels that are no phase of a scheme: say where the first is, and how phases may be written."""
    unknown = [gene for gene in genes if scheme.code_of(table.labels[gene]) is None]
    if not unknown:
        return
    labels = {table.labels[gene] for gene in genes}
    fitting = [one.key for one in SCHEMES.values() if all(one.code_of(label) is not None for label in labels)]
    first = min(unknown, key=lambda gene: table.lines[gene])
    raise InputError(
        f"labels that are no phase of the scheme '{scheme.key}'",
        expected="; ".join(map(_spell, scheme.phases)),
        found=", ".join(sorted({table.labels[gene] for gene in unknown})[:5]),
        where=f"{table.source}, line {table.lines[first]}",
        fix=f"they are phases of another scheme: --scheme {fitting[0]}" if fitting else None,
    )


def _spell(phase: Phase) -> str:
    """Return a phase's name, and how else it may be written."""
    others = dict.fromkeys((phase.key, *phase.aliases, str(phase.code)))
    return f"{phase.name} ({', '.join(other for other in others if other != phase.name.lower())})"


def _cut(text: str, source: str) -> Sheet:
    try:
        return cut(text, source)
    except InputError as fault:
        if "column" not in fault.problem:
            raise
        # What is said of one column there is about time courses.
        raise InputError(fault.problem, expected=_FORM, found=fault.found, where=fault.where) from None


def _find_head(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the first line as words, with the corner that R leaves out above numbers or names of rows."""
    head, body = ["_".join(cell.lower().split()) for cell in rows[0]], rows[1:]
    cornerless = bool(body) and all(len(row) == len(head) + 1 for row in body)
    numbered = all(row[0].isdecimal() for row in body) or _find_gene(head) is None
    return ["", *head] if cornerless and numbered else head


def _find_columns(head: Sequence[str]) -> tuple[tuple[int, int] | None, list[Note]]:
    """Return the columns of genes and of labels; None where no header names them."""
    label = next((head.index(word) for word in _LABEL_WORDS if word in head), None)
    gene = _find_gene(head)
    if len(head) == 2:
        if (gene, label) == (1, 0):
            return (1, 0), []
        return ((0, 1) if _find_gene(head[:1]) == 0 or label == 1 else None), []
    if len(head) < 2 or label is None or (gene is None and label == 0):
        return None, []
    gene = 0 if gene is None else gene
    text = f"of {len(head)} columns '{head[gene]}' is taken for the genes, '{head[label]}' for their labels"
    return (gene, label), [Note("label_columns", text)]


def _find_gene(head: Sequence[str]) -> int | None:
    columns = (column for words in _GENE_WORDS for column, word in enumerate(head) if word in words)
    return next(columns, None)


def _entry(row: Sequence[str], columns: tuple[int, int] | None, width: int, where: str) -> tuple[str, str]:
    cells, wide = list(row), columns is not None and width > 2
    while len(cells) > 2 and not wide and not cells[-1]:
        cells.pop()
    last = max(columns or (0, 1))
    if len(cells) <= last or (len(cells) > 2 and not wide):
        raise InputError(
            "a line is not a gene and its label",
            expected="two cells, or a header with a column such as gene and one such as phase",
            found=f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'}",
            where=where,
        )
    gene, label = (cells[column] for column in columns or (0, 1))
    if not gene and not is_missing(label):
        raise InputError("a gene has no name", where=where, fix="name the gene, or leave out the line")
    return gene, label
