"""Spreadsheets: the cells of an Excel workbook as text, of a file that nobody vouches for.

An xlsx file is a zip archive of XML parts. Each part is read as a stream: no tree of it is built, no entity
in it is ever resolved, and reading stops where it unfolds to more than a table of time courses can be. What a
sheet claims of its own size is not looked at.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from posixpath import join

from phasecall.errors import InputError
from phasecall.io.files import MAX_BYTES
from phasecall.io.numberformat import BUILT_IN, kind_of, show
from phasecall.io.package import ROOT, Attributes, find_targets, one_message, parse, refuse_archive
from phasecall.io.sheet import MAX_CELLS, Lines, Sheet

MAX_STRINGS = 4_000_000
MAX_TEXT = 1 << 20
"""Characters of a cell; Excel has 32,767."""
UNCOMPUTED = "(a formula that was never computed)"
"""What a cell is read as that holds a formula and no value: no number, and no missing value."""
_MAX_WIDTH = 16_384
_MAX_ROW = 1_048_576

_PART = "\x1f"
"""What parts the cells of a row here: XML has no such character."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Spreadsheet:
    """An open workbook.

    Parameters
    ----------
    source
        How messages name the file.
    archive
        The file.
    sheets
        The part of every sheet, by name, in the order of the workbook.
    strings
        Texts that cells refer to.
    styles
        What each style makes of a number: empty for a number, `date`, `clock` or `elapsed`.
    epoch
        The day that is 0.
    """

    source: str
    archive: zipfile.ZipFile
    sheets: Mapping[str, str]
    strings: list[str]
    styles: list[str]
    epoch: datetime


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
    """
    with one_message(source):
        archive = zipfile.ZipFile(io.BytesIO(content))
        refuse_archive(archive, source)
        book = find_targets(archive, ROOT, source)["officeDocument"][0]
        links = join(book.rpartition("/")[0], "_rels", book.rpartition("/")[2] + ".rels")
        targets = find_targets(archive, links, source)
        sheets, epoch = _contents(archive, book, targets, source)
        if not sheets:
            raise InputError(f"'{source}' has no sheet of cells")
        strings = _strings(archive, targets["sharedStrings"][0], source) if "sharedStrings" in targets else []
        styles = _styles(archive, targets["styles"][0], source) if "styles" in targets else []
        return Spreadsheet(source, archive, sheets, strings, styles, epoch)


def read_sheet(book: Spreadsheet, name: str) -> Sheet:
    """Return the cells of a sheet as texts; rows are as wide as the widest, those without text left out.

    Numbers are as they are in the file, days ISO 8601 (`2023-09-02`), times of day `12:00`.

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
    with one_message(where):
        cells = _Cells(book, where)
        parse(book.archive, book.sheets[name], where, cells.start, cells.end, cells.read)
        return cells.sheet()


@dataclass
class _Cells:
    """The cells of a sheet, while it is read."""

    book: Spreadsheet
    where: str
    rows: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    size: int = 0
    count: int = 0
    line: int = 0
    column: int = 0
    row: dict[int, str] = field(default_factory=dict)
    kind: str = "n"
    style: str = ""
    text: list[str] = field(default_factory=list)
    length: int = 0
    uncomputed: bool = False
    inside: int = 0

    def start(self, tag: str, about: Attributes) -> None:
        if tag == "c":
            place = about.get("r")
            self.column = self.column + 1 if place is None else _column_of(place)
            self.kind = about.get("t", "n")
            style = about.get("s")
            self.style = self.book.styles[int(style)] if style and self.book.styles else ""
            self.text.clear()
            self.length = 0
            self.uncomputed = False
        elif tag in ("v", "t", "rPh"):
            # What stands in rPh says how a text is spoken.
            self.inside += 1 if tag != "rPh" else 1 << 10
        elif tag == "f":
            # The value of a formula may be a text without a letter, but no such number.
            self.uncomputed = self.kind != "str"
        elif tag == "row":
            self.line = int(about.get("r", self.line + 1))
            self.column = 0
            if not 0 < self.line <= _MAX_ROW:
                raise ValueError(f"a row has the number {self.line}")

    def read(self, text: str) -> None:
        if self.inside == 1:
            self.text.append(text)
            self.length += len(text)
            if self.length > MAX_TEXT:
                raise self.too_large("a cell of more text than a book", self.line)

    def end(self, tag: str) -> None:
        if tag in ("v", "t", "rPh"):
            self.inside -= 1 if tag != "rPh" else 1 << 10
        elif tag == "c":
            value = self.value("".join(self.text)) if self.text else UNCOMPUTED * self.uncomputed
            if value:
                if not 0 < self.column <= _MAX_WIDTH:
                    raise ValueError(f"a cell has the number {self.column} in its row")
                self.row[self.column] = value
                # Many cells may refer to one long text.
                self.size += len(value)
                if self.size > MAX_BYTES:
                    raise self.too_large("more text", self.line)
        elif tag == "row" and self.row:
            self.keep()

    def value(self, raw: str) -> str:
        """Return the text of a cell."""
        if self.kind == "n":
            return show(raw, self.style, self.book.epoch) if self.style else raw.removesuffix(".0")
        if self.kind == "s":
            return self.book.strings[int(raw)]
        if self.kind == "b":
            return "FALSE" if raw == "0" else "TRUE"
        if self.kind == "d":
            return raw.removesuffix("T00:00:00")
        return _unescaped(raw) if self.kind in ("inlineStr", "str") else raw

    def keep(self) -> None:
        """Take the row over, and refuse a sheet that grows too large."""
        width = max(self.row)
        self.count += width
        if len(self.row) == width:
            text = _PART.join([self.row[column] for column in sorted(self.row)])
        else:
            text = _PART.join([self.row.get(column, "") for column in range(1, width + 1)])
        self.size += 0 if text.isascii() else 3 * len(text)
        if self.count > MAX_CELLS:
            raise self.too_large("more cells", self.line)
        self.rows.append(text)
        self.lines.append(self.line)
        self.widths.append(width)
        self.firsts.append(min(self.row))
        self.row.clear()

    def sheet(self) -> Sheet:
        """Return the rows, made equally wide."""
        if not self.rows:
            raise InputError(f"'{self.where}' is empty", expected="a header and one line for each gene")
        widest, left = max(self.widths), min(self.firsts) - 1
        if widest * len(self.rows) > MAX_CELLS:
            line = self.lines[self.widths.index(widest)]
            raise self.too_large(f"{len(self.rows):,} rows, and one of {widest:,} cells", line)
        for index, width in enumerate(self.widths):
            self.rows[index] = self.rows[index][left:] + _PART * (widest - width)
        return Sheet(self.where, "\t", Lines(self.rows, _PART, quoted=False), self.lines)

    def too_large(self, found: str, line: int) -> InputError:
        return InputError(
            f"'{self.where}' is too large",
            expected=f"at most {MAX_CELLS:,} cells, and {MAX_BYTES >> 20} MiB of text",
            found=found,
            where=f"line {line}",
            fix="keep the columns of one experiment, and clear cells far from the table",
        )


def _contents(
    archive: zipfile.ZipFile, part: str, targets: Mapping[str, list[str]], source: str
) -> tuple[dict[str, str], datetime]:
    """Return the part of each sheet by its name, and the day that is 0."""
    sheets: dict[str, str] = {}
    epoch = datetime(1899, 12, 30)

    def start(tag: str, about: Attributes) -> None:
        nonlocal epoch
        if tag == "workbookPr" and about.get("date1904", "0") in ("1", "true"):
            epoch = datetime(1904, 1, 1)
        elif tag == "sheet":
            key = next((value for name, value in about.items() if name.endswith(":id")), "")
            # Charts are sheets, too.
            if f"id {key}" in targets:
                sheets[about["name"]] = targets[f"id {key}"][0]

    parse(archive, part, source, start)
    return sheets, epoch


def _strings(archive: zipfile.ZipFile, part: str, source: str) -> list[str]:
    """Return the texts that cells refer to."""
    found: list[str] = []
    pieces: list[str] = []
    inside, length, size = 0, 0, 0

    def refuse_size() -> None:
        if len(found) > MAX_STRINGS or length > MAX_TEXT or size > MAX_BYTES // 2:
            raise InputError(
                f"'{source}' is too large",
                expected=f"at most {MAX_STRINGS:,} texts of {MAX_BYTES >> 21} MiB",
                fix="keep the sheet of one experiment",
            )

    def start(tag: str, _: Attributes) -> None:
        nonlocal inside
        inside += {"t": 1, "rPh": 1 << 10}.get(tag, 0)

    def read(text: str) -> None:
        nonlocal length, size
        if inside == 1:
            pieces.append(text)
            length, size = length + len(text), size + len(text)
            refuse_size()

    def end(tag: str) -> None:
        nonlocal inside, length
        inside -= {"t": 1, "rPh": 1 << 10}.get(tag, 0)
        if tag == "si":
            found.append(_unescaped("".join(pieces)))
            pieces.clear()
            length = 0
            refuse_size()

    parse(archive, part, source, start, end, read)
    return found


def _styles(archive: zipfile.ZipFile, part: str, source: str) -> list[str]:
    """Return what each style of cells makes of a number."""
    codes: dict[int, str] = {}
    numbers: list[int] = []
    inside = False

    def start(tag: str, about: Attributes) -> None:
        nonlocal inside
        if tag == "numFmt":
            codes[int(about["numFmtId"])] = kind_of(about.get("formatCode", ""))
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            numbers.append(int(about.get("numFmtId", 0)))

    def end(tag: str) -> None:
        nonlocal inside
        inside = inside and tag != "cellXfs"

    parse(archive, part, source, start, end)
    return [(BUILT_IN | codes).get(number, "") for number in numbers]


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace(_PART, " ")


def _column_of(place: str) -> int:
    """Return the number of the column of a cell, such as 28 of AB7."""
    column = 0
    for letter in place:
        if letter.isdigit():
            break
        column = 26 * column + ord(letter) - 64
    return column
