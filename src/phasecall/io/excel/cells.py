"""Spreadsheets: the cells of an Excel workbook as text, of a file that nobody vouches for.

openpyxl reads them, row by row. Before it sees the file, an archive that is no workbook or unfolds to more
than a table of time courses can be is refused. While it reads, document types and entities are refused by
defusedxml, and rows and cells are counted: what a sheet claims of its own size is not looked at.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from phasecall.errors import InputError, require
from phasecall.io.files import MAX_BYTES
from phasecall.io.header import listed
from phasecall.io.sheet import MAX_CELLS, Sheet

MAX_PARTS = 20_000
MAX_UNPACKED = 512 << 20
"""Bytes of all parts together, as unpacked; a table of 20,000 genes and 48 times has 35 MiB."""
MAX_ROWS = 1_048_576

UNCOMPUTED = "(a formula that was never computed)"
"""What a cell is read as that holds a formula and no value: no number, and no missing value."""

_STRINGS = "xl/sharedStrings.xml"
_MAX_TEXT_CELLS = MAX_CELLS // 4
# A formula, and behind it no value or an empty one, in a cell that is not said to hold a text.
_FORMULA_ALONE = re.compile(
    rb'<(?:\w+:)?c(?=[\s>])(?![^<>]*t="str")[^<>]*>\s*<(?:\w+:)?f(?:[^<>]*/>|[^<>]*>[^<>]*</(?:\w+:)?f>)'
    rb"\s*(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v></)"
)
_NAMES_OF_PARTS = "[Content_Types].xml"
# Archives that are often given by mistake, by a part that they have.
_OTHERS = (
    ("xl/workbook.bin", "a binary Excel workbook (xlsb)", "save it as xlsx or CSV"),
    ("word/document.xml", "a Word document", "save the table in it as CSV"),
    ("ppt/presentation.xml", "a presentation", "save the table in it as CSV"),
    ("content.xml", "an OpenDocument file", "save the sheet as xlsx or CSV"),
)


@dataclass(frozen=True)
class Spreadsheet:
    """An open workbook.

    Parameters
    ----------
    source
        How messages name the file.
    sheets
        openpyxl's sheet by name, in the order of the workbook.
    formulas
        The same sheets with formulas instead of their values, where some were never computed.
    """

    source: str
    sheets: Mapping[str, Any]
    formulas: Mapping[str, Any]


def open_spreadsheet(content: bytes, source: str) -> Spreadsheet:
    """Open a workbook, whose sheets are read by `read_sheet`.

    Parameters
    ----------
    content
        The file.
    source
        How messages name it.

    Raises
    ------
    InputError
        If it is no workbook, broken, or unfolds to more than a table can be.
    MissingExtraError
        If openpyxl or defusedxml is not installed.
    """
    # openpyxl reads by defusedxml where it is there.
    require("Excel input", "formats", "openpyxl", "defusedxml")
    import openpyxl

    with _one_message(source):
        archive = zipfile.ZipFile(io.BytesIO(content))
        _refuse_archive(archive, source)
        kinds = (True, False) if _has_uncomputed(archive) else (True,)
        books = [
            openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=values, keep_links=False)
            for values in kinds
        ]
        sheets, *formulas = ({sheet.title: sheet for sheet in book.worksheets} for book in books)
    if not sheets:
        raise InputError(f"'{source}' has no sheet of cells")
    return Spreadsheet(source, sheets, formulas[0] if formulas else {})


def read_sheet(book: Spreadsheet, name: str) -> Sheet:
    """Return the cells of a sheet as texts; rows are as wide as the widest, those without text left out.

    Numbers are as Python writes them, days ISO 8601 (`2023-09-02`), times of day `12:00`.

    Parameters
    ----------
    book
        The workbook.
    name
        A key of its `sheets`.

    Raises
    ------
    InputError
        If the sheet is broken or has too many cells.
    """
    where = f"{book.source}, sheet '{name}'"
    with _one_message(where):
        values = _rows_of(book.sheets[name])
        if name in book.formulas:
            values = map(_tell_uncomputed, values, _rows_of(book.formulas[name]))
        rows, lines = _read(values, where)
    if not rows:
        raise InputError(f"'{where}' is empty", expected="a header and one line for each gene")
    # Tables may stand anywhere on a sheet.
    widest = max(map(len, rows))
    left = min(next(place for place, cell in enumerate(row) if cell) for row in rows)
    if widest * len(rows) > _MAX_TEXT_CELLS:
        raise _too_large(where, f"{len(rows):,} rows, one of them of {widest:,} cells")
    return Sheet(where, "\t", [row[left:] + [""] * (widest - len(row)) for row in rows], lines)


def _rows_of(sheet: Any) -> Iterator[Sequence[object]]:
    sheet.reset_dimensions()
    rows: Iterator[Sequence[object]] = sheet.iter_rows(values_only=True)
    return rows


def _tell_uncomputed(values: Sequence[object], formulas: Sequence[object]) -> list[object]:
    """Return a row in which a formula without a value is no empty cell."""
    return [
        UNCOMPUTED if value is None and formula is not None else value
        for value, formula in zip(values, formulas, strict=True)
    ]


def _read(rows_of_values: Iterable[Sequence[object]], where: str) -> tuple[list[list[str]], list[int]]:
    rows, lines, count = [], [], 0
    for line, values in enumerate(rows_of_values, 1):
        count += len(values)
        if line > MAX_ROWS or count > _MAX_TEXT_CELLS:
            raise _too_large(where, f"more than {line - 1:,} rows of {count:,} cells together")
        row = [_text_of(value) for value in values]
        while row and not row[-1]:
            row.pop()
        if row:
            rows.append(row)
            lines.append(line)
    return rows, lines


def _text_of(value: object) -> str:
    """Return the text of a cell.

    Examples
    --------
    >>> [_text_of(value) for value in (None, 0.5, 40.0, time(12), datetime(2023, 9, 2), timedelta(hours=3))]
    ['', '0.5', '40', '12:00', '2023-09-02', '180min']
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        return f"{value / timedelta(minutes=1):.10g}min"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


@contextmanager
def _one_message(source: str) -> Iterator[None]:
    """Turn whatever reading a broken file raises into one message, and warnings about its looks into none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (InputError, MemoryError):
        raise
    except Exception as fault:
        raise InputError(
            f"'{source}' is no workbook that can be read",
            found=f"{type(fault).__name__}: {fault}",
            fix="open it in Excel and save it again as xlsx or CSV",
        ) from None


def _refuse_archive(archive: zipfile.ZipFile, source: str) -> None:
    """Refuse what is no workbook, and what would unfold to too much."""
    entries = archive.infolist()
    size_of = {entry.filename: entry.file_size for entry in entries}
    for part, what, fix in _OTHERS:
        if part in size_of:
            raise InputError(f"'{source}' is no table", found=f"it looks like {what}", fix=fix)
    if _NAMES_OF_PARTS not in size_of:
        found = f"another zip archive, of {listed(list(size_of))}" if entries else "an empty zip archive"
        raise InputError(f"'{source}' is no Excel workbook", found=found, fix="unpack it, and give the table")
    size = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_PARTS or size > MAX_UNPACKED or size_of.get(_STRINGS, 0) > MAX_BYTES:
        raise InputError(
            f"'{source}' is too large",
            expected=f"at most {MAX_UNPACKED >> 20} MiB unpacked, in {MAX_PARTS:,} parts",
            found=f"{size >> 20:,} MiB in {len(entries):,} parts",
            fix="keep the sheet of one experiment",
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise InputError(f"'{source}' is protected by a password", fix="save it without one")


def _has_uncomputed(archive: zipfile.ZipFile) -> bool:
    """Return whether a sheet has formulas without values, as programs write them that compute nothing."""
    for name in archive.namelist():
        if name.startswith("xl/worksheets/"):
            with archive.open(name) as part:
                before = b""
                while block := part.read(1 << 20):
                    if _FORMULA_ALONE.search(before + block):
                        return True
                    before = block[-10_000:]
    return False


def _too_large(where: str, found: str) -> InputError:
    return InputError(
        f"'{where}' is too large",
        expected=f"at most {_MAX_TEXT_CELLS:,} cells",
        found=found,
        fix="keep the columns of one experiment, and clear cells far from the table",
    )
