"""Sheet writer: a table as the smallest workbook that Excel opens, the same bytes for the same table."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from phasecall.errors import InputError

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_EPOCH = (1980, 1, 1, 0, 0, 0)
# What XML cannot hold, and what looks as if it had been escaped.
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

Cell = str | float


def to_workbook(rows: Sequence[Sequence[Cell]], sheet: str) -> bytes:
    """Return a workbook of one sheet.

    Parameters
    ----------
    rows
        Texts, which stay text whatever they look like, and numbers, with all digits; NaN is an empty cell.
    sheet
        What the sheet is called.

    Raises
    ------
    InputError
        If Excel has not so many rows or columns.
    """
    widest = max(map(len, rows), default=0)
    if len(rows) > MAX_ROWS or widest > MAX_COLUMNS:
        raise InputError(
            "Excel has not so many rows or columns",
            expected=f"at most {MAX_ROWS:,} rows and {MAX_COLUMNS:,} columns",
            found=f"{len(rows):,} and {widest:,}",
            fix="write .tsv or .parquet",
        )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in _parts(rows, sheet):
            with archive.open(_entry(part), "w") as file:
                file.writelines(text.encode() for text in content)
    return stream.getvalue()


def _entry(part: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(part, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _parts(rows: Iterable[Sequence[Cell]], sheet: str) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the parts of the workbook, by name."""
    types = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
    )
    content_types = "http://schemas.openxmlformats.org/package/2006/content-types"
    yield "[Content_Types].xml", [_XML, f'<Types xmlns="{content_types}">{types}</Types>']
    yield "_rels/.rels", _link("officeDocument", "xl/workbook.xml")
    book = f'<sheets><sheet name={quoteattr(sheet)} sheetId="1" r:id="rId1"/></sheets>'
    yield "xl/workbook.xml", [_XML, f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{book}</workbook>']
    yield "xl/_rels/workbook.xml.rels", _link("worksheet", "worksheets/sheet1.xml")
    yield "xl/worksheets/sheet1.xml", _sheet(rows)


def _link(kind: str, target: str) -> list[str]:
    link = f'<Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    return [_XML, f'<Relationships xmlns="{_LINKS}">{link}</Relationships>']


def _sheet(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    yield f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'
    for row in rows:
        yield f"<row>{''.join(map(_cell, row))}</row>"
    yield "</sheetData></worksheet>"


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        text = escape(_UNSPEAKABLE.sub(lambda sign: f"_x{ord(sign[0]):04X}_", value))
        return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return "<c/>" if math.isnan(value) else f"<c><v>{value!r}</v></c>"
