"""Grids: the cells of a delimited table, and where in the file each of them stands."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

from phasecall.errors import InputError

DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma"}
"""The delimiters that are tried, in the order in which they win a tie, and their names.

A comma comes last: beside a tab or a semicolon it is a decimal comma.
"""


@dataclass(frozen=True)
class Sheet:
    """The lines of a delimited text, cut into cells.

    Parameters
    ----------
    source
        How messages name the file.
    delimiter
        What parts the cells.
    rows
        Cells as text, one sequence a line; lines without any text are left out.
    lines
        Line number in the file of each row, counted from 1.
    """

    source: str
    delimiter: str
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]


@dataclass(frozen=True)
class Grid:
    """A table with a header and row names, genes down the rows once it is turned the right way.

    Parameters
    ----------
    sheet
        The file it is taken from.
    corner
        The cell above the row names.
    labels
        The header without the corner, in the order of the columns.
    names
        The first column, in the order of the rows.
    cells
        Shape (names, labels).
    transposed
        Whether rows and columns were exchanged: places are told as they are in the file.
    """

    sheet: Sheet
    corner: str
    labels: Sequence[str]
    names: Sequence[str]
    cells: Sequence[Sequence[str]]
    transposed: bool = False

    def place(self, row: int, column: int) -> str:
        """Return where in the file a cell stands."""
        across, down = (row, column) if self.transposed else (column, row)
        header = self.names if self.transposed else self.labels
        return f"{self._line(down)}, column {across + 2} ('{header[across]}')"

    def place_of_label(self, column: int) -> str:
        """Return where in the file a label of the header stands."""
        if self.transposed:
            return f"{self._line(column)}, column 1"
        return f"{self.sheet.source}, line {self.sheet.lines[0]}, column {column + 2}"

    def place_of_name(self, row: int) -> str:
        """Return where in the file the name of a row stands, without the file."""
        return f"column {row + 2}" if self.transposed else f"line {self.sheet.lines[row + 1]}"

    def _line(self, down: int) -> str:
        return f"{self.sheet.source}, line {self.sheet.lines[down + 1]}"


def cut(text: str, source: str) -> Sheet:
    r"""Cut a text into cells by the delimiter of its first line.

    Parameters
    ----------
    text
        The whole file.
    source
        How messages name it.

    Raises
    ------
    InputError
        If there is only one column, or a quote is never closed.

    Examples
    --------
    >>> sheet = cut("gene;0;10\n\n'a';1,5;2\n", "course.csv")
    >>> sheet.delimiter, sheet.rows[1], sheet.lines
    (';', ["'a'", '1,5', '2'], [1, 3])
    """
    delimiter = _delimiter(text, source)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 0
    try:
        for row in reader:
            if any(row):
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
    return Sheet(source, delimiter, rows, lines)


def framed(sheet: Sheet, *, row_names: bool) -> Grid:
    r"""Take a sheet apart into header, row names and cells.

    Parameters
    ----------
    sheet
        At least a header.
    row_names
        Whether the header has no cell above the row names, as R writes tables.

    Raises
    ------
    InputError
        If a line has more or fewer cells than the header, the header comes twice, or nothing is below it.

    Examples
    --------
    >>> framed(cut("gene,0,10\na,1,2", "course.csv"), row_names=False).labels
    ['0', '10']
    """
    header = ["", *sheet.rows[0]] if row_names else list(sheet.rows[0])
    body = sheet.rows[1:]
    if not body:
        raise InputError("there is no gene below the header", where=sheet.source)
    _refuse_ragged(sheet, len(header))
    if sheet.rows[0] in body:
        raise InputError(
            "the header occurs again further down",
            where=f"{sheet.source}, line {sheet.lines[1 + body.index(sheet.rows[0])]}",
            fix="leave only the first; were two files joined?",
        )
    labels = [label.strip() for label in header[1:]]
    names = [row[0].strip() for row in body]
    return Grid(sheet, header[0].strip(), labels, names, [row[1:] for row in body])


def transposed(grid: Grid) -> Grid:
    r"""Exchange rows and columns, as for a table with times down its first column.

    Examples
    --------
    >>> turned = transposed(framed(cut("time,a,b\n0,1,2\n10,3,4", "course.csv"), row_names=False))
    >>> turned.names, turned.labels, turned.cells[0]
    (['a', 'b'], ['0', '10'], ('1', '3'))
    """
    cells = list(zip(*grid.cells, strict=True))
    return replace(grid, labels=grid.names, names=grid.labels, cells=cells, transposed=not grid.transposed)


def _delimiter(text: str, source: str) -> str:
    width = {delimiter: _width_of_header(text, delimiter) for delimiter in DELIMITERS}
    best = max(width, key=lambda delimiter: width[delimiter])
    if width[best] < 2:
        first = text.strip().partition("\n")[0][:60]
        raise InputError(
            "the table has only one column",
            expected="the gene in the first column, one column for each time point",
            found=f"'{first}'; tried {', '.join(DELIMITERS.values())}",
            where=source,
            fix="part the columns by tab or comma",
        )
    return best


def _width_of_header(text: str, delimiter: str) -> int:
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return len(next((row for row in rows if any(row)), []))
    except csv.Error:
        return 0


def _refuse_ragged(sheet: Sheet, width: int) -> None:
    ragged = [index for index, row in enumerate(sheet.rows) if index and len(row) != width]
    if not ragged:
        return
    first, cells = ragged[0], len(sheet.rows[ragged[0]])
    more = f"; {len(ragged) - 1} more lines do not fit" if len(ragged) > 1 else ""
    fix = "give every line one cell for each column of the header, empty where a value is missing"
    if cells > width and sheet.delimiter == ",":
        fix += "; where numbers carry a decimal comma, part the columns by tab or semicolon"
    raise InputError(
        "a line has too few cells" if cells < width else "a line has too many cells",
        expected=f"{width} cells, as in the header",
        found=f"{cells} {'cell' if cells == 1 else 'cells'}{more}",
        where=f"{sheet.source}, line {sheet.lines[first]}",
        fix=fix,
    )
