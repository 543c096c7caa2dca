"""Sheets: the lines of a table, cut into cells."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import overload

from phasecall.errors import InputError

DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma", " ": "space"}
"""The delimiters that are tried, in the order in which they win a tie, and their names.

A comma comes late: beside a tab or a semicolon it is a decimal comma. Spaces part cells where nothing else
does.
"""

MAX_LINES = 1_000_000
MAX_COLUMNS = 200_000
MAX_CELLS = 24_000_000
"""The largest table that is read: beyond it are no time courses, but files that fill a memory."""

_LOOKED_AT = 50
"""Lines that tell the delimiter and the width of a table."""
_COMMENT = ("#", "!", "%", "//")


class Lines(Sequence[list[str]]):
    """The rows of a delimited text without quotes, each cut into cells when it is asked for.

    Cells as texts take ten times the memory of the lines they are cut from.
    """

    def __init__(self, texts: Sequence[str], delimiter: str) -> None:
        self._texts = texts
        self._delimiter = delimiter

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> list[str]: ...
    @overload
    def __getitem__(self, index: slice) -> Lines: ...
    def __getitem__(self, index: int | slice) -> list[str] | Lines:
        if isinstance(index, slice):
            return Lines(self._texts[index], self._delimiter)
        return self._texts[index].split(self._delimiter)

    def width(self, index: int) -> int:
        """Return how many cells a row has."""
        return self._texts[index].count(self._delimiter) + 1


@dataclass(frozen=True)
class Sheet:
    """The lines of a table, cut into cells.

    Parameters
    ----------
    source
        How messages name the file, and the sheet of a workbook.
    delimiter
        What parts the cells; a tab for a workbook.
    rows
        Cells as text, one sequence a line; lines without any text and comments are left out.
    lines
        Line number in the file of each row, counted from 1.
    comments
        The lines above the header that are none of the table, as they are.
    """

    source: str
    delimiter: str
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    comments: tuple[str, ...] = ()

    def width(self, index: int) -> int:
        """Return how many cells a row has."""
        return self.rows.width(index) if isinstance(self.rows, Lines) else len(self.rows[index])


def cut(text: str, source: str) -> Sheet:
    r"""Cut a text into cells, by the delimiter that most of its first lines agree on.

    Lines that begin with a sign of comments, and titles of one cell above the header, are none of the table.

    Parameters
    ----------
    text
        The whole file.
    source
        How messages name it.

    Raises
    ------
    InputError
        If there is only one column, a quote is never closed, or it is too large.

    Examples
    --------
    >>> sheet = cut("gene;0;10\n\n'a';1,5;2\n", "course.csv")
    >>> sheet.delimiter, list(sheet.rows[1]), sheet.lines
    (';', ["'a'", '1,5', '2'], [1, 3])
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    quoted = '"' in text
    _refuse_size(text, source, MAX_CELLS // 4 if quoted else MAX_CELLS)
    numbered = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    delimiter = _delimiter(_telling([line for _, line in numbered]), source)
    if quoted:
        rows, lines = _cut_quoted(text, delimiter, source)
        sheet = Sheet(source, delimiter, rows, lines)
    else:
        empty = delimiter + " \t"
        kept = [(number, line) for number, line in numbered if line.strip(empty)]
        texts, lines = [line for _, line in kept], [number for number, _ in kept]
        sheet = Sheet(source, delimiter, Lines(texts, delimiter), lines)
    _refuse_width(sheet)
    return trimmed(sheet)


def _refuse_size(text: str, source: str, most: int) -> None:
    cells = max(text.count(delimiter) for delimiter in DELIMITERS)
    lines = text.count("\n")
    if cells > most or lines > MAX_LINES:
        raise InputError(
            f"'{source}' is too large",
            expected=f"at most {most:,} cells in {MAX_LINES:,} lines",
            found=f"about {cells:,} cells in {lines + 1:,} lines",
            fix="keep the columns of one experiment, or split the genes over files with the same header",
        )


def _refuse_width(sheet: Sheet) -> None:
    widest = max(range(len(sheet.rows)), key=sheet.width, default=None)
    if widest is not None and sheet.width(widest) > MAX_COLUMNS:
        raise InputError(
            "a line has too many cells",
            expected=f"at most {MAX_COLUMNS:,}",
            found=f"{sheet.width(widest):,}",
            where=f"{sheet.source}, line {sheet.lines[widest]}",
        )


def _cut_quoted(text: str, delimiter: str, source: str) -> tuple[list[list[str]], list[int]]:
    """Return the rows of a text, some cells of which are quoted and may go on over lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 0
    try:
        for row in reader:
            if any(map(str.strip, row)):
                rows.append(row)
                lines.append(start + 1)
            start = reader.line_num
    except csv.Error as fault:
        raise InputError(
            "a line cannot be cut into cells",
            found=str(fault),
            where=f"{source}, line {start + 1}",
            fix="look for a quote that is opened and never closed",
        ) from None
    return rows, lines


def trimmed(sheet: Sheet) -> Sheet:
    r"""Return a sheet without the comments and titles above its header, and the comments within it.

    Raises
    ------
    InputError
        If it has no line.

    Examples
    --------
    >>> rows = [["A title", "", ""], ["gene", "0", "10"], ["a", "1", "2"]]
    >>> sheet = trimmed(Sheet("a.xlsx", "\t", rows, [1, 3, 4]))
    >>> sheet.rows[0], sheet.lines, sheet.comments
    (['gene', '0', '10'], [3, 4], ('A title',))
    """
    if not sheet.rows:
        raise InputError(f"'{sheet.source}' is empty", expected="a header and one line for each gene")
    rows_told = islice((row for row in sheet.rows if not _is_comment(row)), _LOOKED_AT)
    usual = Counter(map(len, list(rows_told) or sheet.rows[:1])).most_common(1)[0][0]
    first = 0
    while first < len(sheet.rows) - 1 and _is_no_row(sheet.rows[first], usual):
        first += 1
    others = [
        index
        for index in range(first + 1, len(sheet.rows))
        if sheet.width(index) != usual and _is_comment(sheet.rows[index])
    ]
    if not first and not others:
        return sheet
    kept = sorted(set(range(first, len(sheet.rows))) - set(others))
    if others:
        rows: Sequence[Sequence[str]] = [sheet.rows[index] for index in kept]
    else:
        rows = sheet.rows[first:]
    told = [*range(first), *others]
    return replace(
        sheet,
        rows=rows,
        lines=[sheet.lines[index] for index in kept],
        comments=tuple(" ".join(filter(None, sheet.rows[index])) for index in told[:_LOOKED_AT]),
    )


def _is_no_row(row: Sequence[str], usual: int) -> bool:
    filled = sum(1 for cell in row if cell.strip())
    return usual > 2 and (filled <= 1 or (len(row) not in (usual, usual - 1) and _is_comment(row)))


def _is_comment(row: Sequence[str]) -> bool:
    return row[0].lstrip().startswith(_COMMENT)


def _telling(lines: Sequence[str]) -> list[str]:
    """Return the first lines that are no comments; of comments only, the first of them."""
    others = (line for line in lines if not line.lstrip(' "').startswith(_COMMENT))
    return list(islice(others, _LOOKED_AT)) or list(lines[:_LOOKED_AT])


def _delimiter(looked_at: Sequence[str], source: str) -> str:
    """Return what parts the cells: what the most lines have the same number of, and the more the better."""
    best, most = "", 0.0
    for delimiter in DELIMITERS:
        if delimiter == " " and best:
            break
        widths = [_width(line, delimiter) for line in looked_at]
        usual, count = Counter(widths).most_common(1)[0] if widths else (1, 0)
        worth = (usual - 1) * count / len(looked_at) if usual > 1 else 0.0
        # Of a table whose lines disagree the header is still a sign.
        worth = max(worth, 1e-3 * (widths[0] - 1)) if widths else 0.0
        if worth > most:
            best, most = delimiter, worth
    if not best:
        shown = looked_at[0].strip()[:60] if looked_at else ""
        raise InputError(
            "the table has only one column",
            expected="the gene in the first column, one column for each time point",
            found=f"'{shown}'; tried {', '.join(DELIMITERS.values())}",
            where=source,
            fix="part the columns by tab or comma",
        )
    return best


def _width(line: str, delimiter: str) -> int:
    if '"' not in line:
        return line.count(delimiter) + 1
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 1
