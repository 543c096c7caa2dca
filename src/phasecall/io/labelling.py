"""Label files: the known phase of some genes, as two columns."""

from __future__ import annotations

import os

from phasecall.errors import InputError
from phasecall.io.files import label_of, text_of
from phasecall.io.sheet import Sheet, cut

_GENE_WORDS = ("", "gene", "genes", "gene_id", "gene_name", "name", "orf", "id", "probe", "symbol", "#")
_LABEL_WORDS = ("phase", "phases", "label", "labels", "class", "peak", "peak_phase", "peak phase", "code")


def read_labels(path: str | os.PathLike[str]) -> dict[str, str]:
    r"""Read the labels of genes: two columns, gene and label, as CSV or TSV, plain or gzip.

    A first line that names the columns (`gene,phase`) is left out.

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
        If the file cannot be used, a label is empty, or a gene has two.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "labels.csv"
    ...     _ = path.write_text("gene,phase\nYAL040C,G2/M\n")
    ...     read_labels(path)
    {'YAL040C': 'G2/M'}
    """
    return labels_from(text_of(path), label_of(path))


def labels_from(text: str, source: str) -> dict[str, str]:
    r"""Return the labels that a delimited text of two columns holds.

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
    sheet = cut(text, source)
    labels: dict[str, str] = {}
    lines: dict[str, int] = {}
    for row, line in _entries(sheet):
        gene, label = _entry(row, f"{source}, line {line}")
        if labels.setdefault(gene, label) != label:
            raise InputError(
                f"the gene {gene} has two labels",
                found=f"{labels[gene]} (line {lines[gene]}) and {label}",
                where=f"{source}, line {line}",
                fix="leave the right one",
            )
        lines.setdefault(gene, line)
    if not labels:
        raise InputError("there is no label below the header", where=source)
    return labels


def _entries(sheet: Sheet) -> list[tuple[list[str], int]]:
    entries = [
        ([cell.strip() for cell in row], line) for row, line in zip(sheet.rows, sheet.lines, strict=True)
    ]
    head = [cell.lower() for cell in entries[0][0]]
    named = head[0] in _GENE_WORDS or head[-1] in _LABEL_WORDS
    return entries[1:] if named else entries


def _entry(row: list[str], where: str) -> tuple[str, str]:
    if len(row) != 2:
        raise InputError(
            "a line is not a gene and its label", expected="two cells", found=f"{len(row)} cells", where=where
        )
    gene, label = row
    if not gene or not label:
        raise InputError(
            "a label is empty" if gene else "a gene has no name",
            where=where,
            fix="leave out the lines of genes without a label",
        )
    return gene, label
