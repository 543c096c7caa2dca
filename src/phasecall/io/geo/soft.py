"""SOFT: the layouts of GEO - series matrices, family files, data sets - brought to tables of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.io.geo.lines import AGAIN, Numbered, Rows, lines_of, rows_of, unquoted
from phasecall.io.geo.probes import gene_columns, genes_of
from phasecall.io.header import listed
from phasecall.io.names import number_names
from phasecall.timecourse import Note, Values

MATRIX_BEGIN = "!series_matrix_table_begin"

_MATRIX_ONLY = "a series matrix of counts has no values: read the supplementary table instead"


@dataclass(frozen=True)
class Sample:
    """What GEO says of one sample.

    Parameters
    ----------
    accession
        GSM and a number.
    texts
        Attributes without `!Sample_`, in lower case, each with its values; `#value` is how the column of
        values is described.
    """

    accession: str
    texts: Mapping[str, Sequence[str]]

    def text(self, attribute: str) -> str:
        """Return the first value of an attribute, empty where it has none."""
        return next(iter(self.texts.get(attribute, ())), "")

    @property
    def title(self) -> str:
        """What the submitter calls the sample."""
        return self.text("title") or self.accession


@dataclass(frozen=True)
class Table:
    """The values of the samples on one platform.

    Parameters
    ----------
    platform
        GPL and a number, empty where that is not said.
    samples
        In the order of the columns.
    ids
        `ID_REF` of the rows.
    values
        Shape (ids, samples); NaN = missing.
    genes, column
        The gene of each row, empty where none is named, and the column of the annotation that names them.
    notes
        What was noticed.
    """

    platform: str
    samples: tuple[Sample, ...]
    ids: Sequence[str]
    values: Values
    genes: Sequence[str]
    column: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Deposit:
    """What one file of GEO holds: accession and words of the series, and a table for each platform."""

    accession: str
    texts: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass
class _Block:
    """What stands under a line that begins with `^`; filled while the file is read."""

    kind: str
    name: str
    texts: dict[str, list[str]] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    rows: Rows | None = None

    def text(self, attribute: str) -> str:
        return next(iter(self.texts.get(attribute, ())), "")


def deposit_from(text: str, source: str) -> Deposit:
    """Return what a series matrix, a family file or a data set of GEO holds.

    Parameters
    ----------
    text
        The whole file.
    source
        How messages name it.

    Raises
    ------
    InputError
        If the file is not laid out as GEO lays them out, or is cut off.
    """
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError("the file holds a NUL byte", where=f"{source}, line {line}", fix=AGAIN)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = next((line for _, line in lines_of(text) if line.strip()), "")
    return _family(text, source) if first.startswith("^") else _matrix(text, source)


def _matrix(text: str, source: str) -> Deposit:
    series: dict[str, list[str]] = {}
    attributes: list[tuple[str, list[str]]] = []
    rows: Rows | None = None
    lines = lines_of(text)
    for number, line in lines:
        key, _, rest = line.partition("\t")
        key = key.strip().lower()
        if key.startswith("!sample_"):
            texts = [unquoted(cell) for cell in rest.split("\t")]
            _refuse_uneven(texts, attributes, f"{source}, line {number}")
            attributes.append((key.removeprefix("!sample_"), texts))
        elif key == MATRIX_BEGIN:
            _refuse_second(rows, f"{source}, line {number}")
            rows = rows_of(lines, number, source, lambda _: ((), slice(1, None)))
        elif key.startswith("!series_"):
            series.setdefault(key.removeprefix("!series_"), []).append(unquoted(rest))
        elif line.strip() and not line.startswith("!"):
            raise _stray(line, f"{source}, line {number}")
    if rows is None:
        raise _no_table(source, f"lines between {MATRIX_BEGIN} and !series_matrix_table_end", AGAIN)
    samples = _in_order(_samples(attributes, source), rows, source)
    if not rows.ids:
        raise _no_table(source, "rows below the header of the table", _MATRIX_ONLY)
    platform = ", ".join(dict.fromkeys(filter(None, (sample.text("platform_id") for sample in samples))))
    table = Table(platform, samples, rows.ids, rows.values, [""] * len(rows.ids), "")
    return Deposit("".join(series.get("geo_accession", [])[:1]), _words(series), (table,))


def _refuse_uneven(texts: Sequence[str], attributes: Sequence[tuple[str, list[str]]], place: str) -> None:
    if attributes and len(texts) != len(attributes[0][1]):
        raise InputError(
            "a line does not say something of every sample",
            expected=f"{len(attributes[0][1])} values, as in !Sample_{attributes[0][0]}",
            found=f"{len(texts)}",
            where=place,
            fix=AGAIN,
        )


def _samples(attributes: Sequence[tuple[str, list[str]]], source: str) -> list[Sample]:
    names = next((texts for key, texts in attributes if key == "geo_accession"), [])
    if not names or not all(names):
        raise InputError(
            "the file names no samples", expected="a line !Sample_geo_accession above the table", where=source
        )
    _refuse_repeated(names, source)
    samples = []
    for column, accession in enumerate(names):
        texts: dict[str, list[str]] = {}
        for key, cells in attributes:
            if cells[column]:
                texts.setdefault(key, []).append(cells[column])
        samples.append(Sample(accession, texts))
    return samples


def _in_order(samples: Sequence[Sample], rows: Rows, source: str) -> tuple[Sample, ...]:
    """Return the samples in the order of the columns of the table."""
    by_name = {sample.accession: sample for sample in samples}
    odd = sorted(set(rows.header) ^ set(by_name))
    if odd:
        raise InputError(
            "the columns of the table are not the samples of the file",
            expected=f"the {len(by_name)} samples of !Sample_geo_accession",
            found=f"{len(rows.header)} columns; in one of both only: {listed(odd)}",
            where=f"{source}, line {rows.line}",
            fix=AGAIN,
        )
    return tuple(by_name[name] for name in rows.header)


def _family(text: str, source: str) -> Deposit:
    blocks: list[_Block] = []
    lines = lines_of(text)
    for number, line in lines:
        if line.startswith("^"):
            kind, _, name = line[1:].partition("=")
            blocks.append(_Block(kind.strip().upper(), name.strip()))
        elif line.strip():
            if not blocks or line[0] not in "!#":
                raise _stray(line, f"{source}, line {number}")
            _fill(blocks[-1], line, lines, number, source)
    chosen = [block for block in blocks if block.kind in ("SERIES", "DATASET")]
    joined = _data_set if any(block.kind == "DATASET" for block in blocks) else _by_platform
    words = [word for block in chosen for word in _words(block.texts)]
    return Deposit(chosen[0].name if chosen else "", tuple(words), joined(blocks, source))


def _fill(block: _Block, line: str, lines: Numbered, number: int, source: str) -> None:
    """Take one line, and the table that it begins, into a block."""
    if line.strip().lower().endswith("_table_begin"):
        _refuse_second(block.rows, f"{source}, line {number}")

        def choose(header: Sequence[str]) -> tuple[Sequence[int], slice]:
            upper = [name.upper() for name in header]
            if block.kind == "PLATFORM":
                return gene_columns(header), slice(0, 0)
            if block.kind == "DATASET":
                named = [1] if upper[1:2] == ["IDENTIFIER"] else []
                return named, slice(1 + len(named), None)
            if "VALUE" not in upper:
                raise InputError(
                    "the table of a sample has no values",
                    expected="a column VALUE",
                    found=listed(header),
                    where=f"{source}, line {number + 1}",
                )
            return (), slice(upper.index("VALUE"), upper.index("VALUE") + 1)

        block.rows = rows_of(lines, number, source, choose)
        return
    key, _, value = (part.strip() for part in line[1:].partition("="))
    if line[0] == "#":
        block.columns[key] = value
    elif value:
        block.texts.setdefault(key.partition("_")[2].lower(), []).append(value)


def _by_platform(blocks: Sequence[_Block], source: str) -> tuple[Table, ...]:
    """Return the tables of the samples, joined by `ID_REF`, one for each platform."""
    samples = [block for block in blocks if block.kind == "SAMPLE"]
    if not samples:
        raise InputError("the file names no samples", expected="blocks of ^SAMPLE", where=source, fix=AGAIN)
    _refuse_repeated([block.name for block in samples], source)
    empty = [block.name for block in samples if block.rows is None or not block.rows.ids]
    platforms: dict[str, list[_Block]] = {}
    for block in samples:
        if block.name not in set(empty):
            platforms.setdefault(block.text("platform_id"), []).append(block)
    if not platforms:
        raise _no_table(source, "rows between !sample_table_begin and !sample_table_end", _MATRIX_ONLY)
    annotations = {block.name: block.rows for block in blocks if block.kind == "PLATFORM"}
    notes = [Note("samples_left_out", f"without a table: {listed(empty)}")] if empty else []
    return tuple(
        _on_platform(platform, members, annotations.get(platform), notes)
        for platform, members in platforms.items()
    )


def _on_platform(
    platform: str, members: Sequence[_Block], annotation: Rows | None, notes: Sequence[Note]
) -> Table:
    tables = [block.rows for block in members if block.rows is not None]
    ids, values = _joined(tables)
    short = [b.name for b, rows in zip(members, tables, strict=True) if len(rows.ids) < len(ids)]
    if short:
        text = f"{len(short)} of {len(tables)} samples lack some of the {len(ids)} rows: {listed(short)}"
        notes = [*notes, Note("rows_joined", text)]
    columns = annotation.texts if annotation else {}
    by_id = {
        name: dict(zip(annotation.ids, genes, strict=True)) for name, genes in columns.items() if annotation
    }
    genes, column = genes_of(ids, by_id)
    samples = tuple(Sample(block.name, {**block.texts, **_described(block)}) for block in members)
    return Table(platform, samples, ids, values, genes, column, tuple(notes))


def _joined(tables: Sequence[Rows]) -> tuple[Sequence[str], Values]:
    """Return the ids of all tables, and their values, NaN where a table lacks a row."""
    first = tables[0].ids
    row_of = {name: row for row, name in enumerate(number_names(first)[0])}
    places: list[NDArray[np.int64] | slice] = []
    for rows in tables:
        if rows.ids == first:
            places.append(slice(0, len(first)))
        else:
            names, _ = number_names(rows.ids)
            places.append(np.array([row_of.setdefault(name, len(row_of)) for name in names], dtype=np.int64))
    values = np.full((len(row_of), len(tables)), np.nan)
    for column, (rows, place) in enumerate(zip(tables, places, strict=True)):
        values[place, column] = rows.values[:, 0]
    return list(row_of), values


def _described(block: _Block) -> dict[str, list[str]]:
    texts = [text for key, text in block.columns.items() if key.upper() == "VALUE"]
    return {"#value": texts} if texts else {}


def _data_set(blocks: Sequence[_Block], source: str) -> tuple[Table, ...]:
    """Return the one table of a data set; its subsets say of samples what characteristics do elsewhere."""
    sets = [block for block in blocks if block.kind == "DATASET"]
    subsets = [block for block in blocks if block.kind == "SUBSET"]
    rows = next((block.rows for block in sets if block.rows is not None), None)
    if rows is None or not rows.ids or not rows.header:
        raise _no_table(source, "rows between !dataset_table_begin and !dataset_table_end", AGAIN)
    about = {key: text for block in sets for key, text in block.columns.items()}
    organisms = [text for block in sets for text in block.texts.get("sample_organism", [])]
    members = [(block, set(block.text("sample_id").replace(" ", "").split(","))) for block in subsets]
    samples = []
    for accession in rows.header:
        # GEO writes: Value for GSM1: title; src: source
        title, _, origin = (
            about.get(accession, "").removeprefix(f"Value for {accession}:").partition("; src:")
        )
        kinds = [
            f"{b.text('type') or 'subset'}: {b.text('description')}"
            for b, held in members
            if accession in held
        ]
        texts = {"title": title, "source_name_ch1": origin}
        known = {key: [text.strip()] for key, text in texts.items() if text.strip()}
        samples.append(Sample(accession, {**known, "characteristics_ch1": kinds, "organism_ch1": organisms}))
    named = {column: dict(zip(rows.ids, texts, strict=True)) for column, texts in rows.texts.items()}
    genes, column = genes_of(rows.ids, named)
    platform = next((block.text("platform") for block in sets if block.text("platform")), "")
    return (Table(platform, tuple(samples), rows.ids, rows.values, genes, column),)


def _words(texts: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return what is said of a whole series, the shortest first."""
    return tuple(
        word for key in ("title", "overall_design", "summary", "description") for word in texts.get(key, ())
    )


def _refuse_repeated(names: Iterable[str], source: str) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InputError(
            "a sample occurs more than once", found=listed(repeated), where=source, fix="leave one of them"
        )


def _refuse_second(rows: Rows | None, place: str) -> None:
    if rows is not None:
        raise InputError("a second table begins where one was expected", where=place, fix=AGAIN)


def _stray(line: str, place: str) -> InputError:
    return InputError(
        "a line belongs to no table",
        expected="lines that begin with ! or, in a family file, with ^ or #",
        found=f"'{line[:60]}'",
        where=place,
        fix=AGAIN,
    )


def _no_table(source: str, expected: str, fix: str) -> InputError:
    return InputError("the file holds no table of values", expected=expected, where=source, fix=fix)
