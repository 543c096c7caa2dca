"""Calls and time courses as Excel workbooks in which no gene name becomes a date, a number or a formula."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from phasecall.calls import Calls
from phasecall.errors import InputError
from phasecall.io.heading import describe_calls
from phasecall.timecourse import TimeCourse

_MAX_ROWS = 2**20 - 1
"""Rows that Excel shows beside the header."""
_MAX_COLUMNS = 2**14
_TEXT = "@"
_FORMATS = {
    **dict.fromkeys(("peak_time", "peak_lo", "peak_hi", "period"), "0.0"),
    **dict.fromkeys(("peak_turn", "confidence"), "0.000"),
    **dict.fromkeys(("periodic_p", "periodic_q", "novelty"), "0.00E+00"),
}
"""How numbers are shown; cells hold all digits. Probabilities of phases as `confidence`."""
_WIDTHS = {"gene": 16, "phase": 12, "phase_set": 22, "reason": 22, "flags": 26}
_WIDTH = 11
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every part: equal calls give equal bytes."""


def to_workbook(calls: Calls) -> bytes:
    """Return calls as a workbook: the sheet `calls`, a gene a row, and `about`, what the calls rest on.

    Texts are text cells, whatever they look like, and numbers have all digits; a cell is empty where there is
    no number.

    Raises
    ------
    InputError
        If there are more genes than Excel has rows, or a name holds a control character.
    """
    return table_to_workbook("calls", calls.columns(), _tell(calls))


def table_to_workbook(
    title: str, columns: Mapping[str, Sequence[Any]], about: Iterable[Sequence[Any]]
) -> bytes:
    """Return a table as a workbook of two sheets: the table, a gene a row, and `about`.

    Parameters
    ----------
    title
        What the sheet of the table is called.
    columns
        Name to values, all of one length.
    about
        Rows of the other sheet, the header first.

    Raises
    ------
    InputError
        As of `to_workbook`.
    """
    from openpyxl.utils import get_column_letter

    told, texts = list(about), [values for values in columns.values() if isinstance(values, tuple)]
    n_rows = len(next(iter(columns.values())))
    _refuse(n_rows, (cell for row in (*texts, *told) for cell in row if isinstance(cell, str)), len(columns))
    book = _new_book()
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{n_rows + 1}"
    _set_widths(sheet, [_WIDTHS.get(name, _WIDTH) for name in columns])
    sheet.append(_cells(sheet, columns, bold=True))
    styled = [list(_style(sheet, name, values)) for name, values in columns.items()]
    for row in zip(*styled, strict=True):
        sheet.append(row)
    other = book.create_sheet("about")
    _set_widths(other, (24, 24, 14, 14, 14))
    for number, line in enumerate(told):
        other.append(_cells(other, line, bold=not number))
    return _pack(book)


def course_to_workbook(course: TimeCourse, header: Sequence[str]) -> bytes:
    """Return a time course as a workbook of one sheet, `course`.

    Parameters
    ----------
    course
        What to write; a cell is empty where a value is missing, and numbers have all digits.
    header
        What the columns are called, that of the genes first; labels that are whole numbers become such.

    Raises
    ------
    InputError
        If there are more genes or times than Excel has rows or columns, or a name holds a control character.
    """
    _refuse(len(course), course.genes, len(header))
    book = _new_book()
    sheet = book.create_sheet("course")
    sheet.freeze_panes = "B2"
    sheet.append(_cells(sheet, [int(text) if text.isdigit() else text for text in header], bold=True))
    names = _cells(sheet, course.genes)
    for name, values in zip(names, course.values.tolist(), strict=True):
        sheet.append([name, *(None if value != value else value for value in values)])
    return _pack(book)


def _new_book() -> Any:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "phasecall"
    book.properties.created = book.properties.modified = datetime(*_EPOCH)
    return book


def _refuse(n_genes: int, texts: Iterable[str], n_columns: int = 1) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if n_genes > _MAX_ROWS or n_columns > _MAX_COLUMNS:
        raise InputError(
            "Excel has not so many rows or columns",
            expected=f"at most {_MAX_ROWS} genes, and {_MAX_COLUMNS} columns",
            found=f"{n_genes} and {n_columns}",
            fix="write .tsv or .parquet",
        )
    odd = [text for text in texts if ILLEGAL_CHARACTERS_RE.search(text)]
    if odd:
        raise InputError(
            "a text holds a control character, which no Excel file can",
            found=odd[0],
            fix="rename it, or write .tsv or .json",
        )


def _style(sheet: Any, name: str, values: Any) -> Iterator[Any]:
    """Yield the cells of a column."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        yield from _cells(sheet, values)
        return
    shown = _FORMATS["confidence"] if name.startswith("p_") else _FORMATS.get(name, "General")
    for value in array.tolist():
        yield _number(sheet, value, shown)


def _number(sheet: Any, value: Any, shown: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if shown == "General" or not math.isfinite(value):
        return value if math.isfinite(value) else None
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = shown
    return cell


def _cells(sheet: Any, values: Iterable[Any], *, bold: bool = False) -> list[Any]:
    """Return cells of a row or of a column; texts stay text when somebody edits them, too."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    font, cells = Font(bold=bold), []
    for value in values:
        if not isinstance(value, str):
            cells.append(value)
            continue
        cell = WriteOnlyCell(sheet, value or None)
        if value:
            # By itself openpyxl would take a text that begins with = for a formula.
            cell.data_type, cell.number_format = "s", _TEXT
        if bold:
            cell.font = font
        cells.append(cell)
    return cells


def _tell(calls: Calls) -> Iterator[list[Any]]:
    """Yield the rows of the sheet `about`."""
    said = describe_calls(calls)
    yield ["what", "value"]
    for name in ("method", "scheme", "period", "version"):
        yield [name, said[name]]
    for note in said["notes"]:
        yield [f"note {note['code']}", note["text"]]
    for clock in said["clocks"]:
        name, *parts = clock.items()
        yield [f"clock {name[1]}", *(part for part, _ in parts)]
        yield ["", *(value for _, value in parts)]
    card = said["card"] or {}
    for name in ("name", "version", "description", "licence", "created"):
        if name in card:
            yield [f"network {name}", card[name]]


def _set_widths(sheet: Any, widths: Iterable[float]) -> None:
    from openpyxl.utils import get_column_letter

    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width


def _pack(book: Any) -> bytes:
    """Return the bytes of a workbook, without the time at which it was made."""
    from openpyxl.writer.excel import ExcelWriter

    drafted, packed = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(drafted, "w") as archive:
        # Not `book.save`, which sets the time of the last change.
        ExcelWriter(book, archive).save()
    with zipfile.ZipFile(drafted) as draft, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in draft.infolist():
            archive.writestr(zipfile.ZipInfo(entry.filename, _EPOCH), draft.read(entry), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
