"""Grids: a table taken apart into header, names and cells, and where in the file each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

from phasecall.errors import InputError
from phasecall.io.sheet import Sheet
from phasecall.timecourse import Values


class Picked(Sequence[list[str]]):
    """Some columns of rows, in the order wanted, picked when a row is asked for."""

    def __init__(self, rows: Sequence[Sequence[str]], columns: Sequence[int]) -> None:
        self._rows = rows
        self._columns = columns

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> list[str]: ...
    @overload
    def __getitem__(self, index: slice) -> Picked: ...
    def __getitem__(self, index: int | slice) -> list[str] | Picked:
        if isinstance(index, slice):
            return Picked(self._rows[index], self._columns)
        row = self._rows[index]
        return [row[column] for column in self._columns]


@dataclass(frozen=True)
class Grid:
    """A table with a header and row names, genes down the rows once it is turned the right way.

    Parameters
    ----------
    source
        How messages name the file.
    corner
        The header of the row names.
    labels
        The header of the columns.
    names
        What the rows are called.
    cells
        Texts, or numbers where the source has such, NaN = missing. Shape (names, labels), or the other way
        round where the table was transposed: they are as they are in the file.
    rows, columns
        Where each name and each label stands in the file: line or column, counted from 1; those of names
        are columns and those of labels lines where the table was transposed.
    transposed
        Whether rows and columns were exchanged: places are told as they are in the file.
    delimiter
        What parts the cells of the file.
    comments
        Lines of the file that are none of the table.
    """

    source: str
    corner: str
    labels: Sequence[str]
    names: Sequence[str]
    cells: Sequence[Sequence[str]] | Values
    rows: Sequence[int]
    columns: Sequence[int]
    transposed: bool = False
    delimiter: str = "\t"
    comments: tuple[str, ...] = ()
    header_line: int = 1

    def place(self, row: int, column: int) -> str:
        """Return where in the file a cell stands."""
        if self.transposed:
            return (
                f"{self.source}, line {self.columns[column]}, column {self.rows[row]} ('{self.names[row]}')"
            )
        return (
            f"{self.source}, line {self.rows[row]}, column {self.columns[column]} ('{self.labels[column]}')"
        )

    def place_of_label(self, column: int) -> str:
        """Return where in the file a label of the header stands."""
        if self.transposed:
            return f"{self.source}, line {self.columns[column]}, column 1"
        return f"{self.source}, line {self.header_line}, column {self.columns[column]}"

    def place_of_name(self, row: int) -> str:
        """Return where in the file the name of a row stands, without the file."""
        return f"{'column' if self.transposed else 'line'} {self.rows[row]}"

    def pick(self, columns: Sequence[int]) -> Grid:
        """Return the grid of some columns, in the order given."""
        labels = [self.labels[column] for column in columns]
        places = [self.columns[column] for column in columns]
        cells: Sequence[Sequence[str]] | Values
        if not isinstance(self.cells, Sequence):
            cells = self.cells[list(columns)] if self.transposed else self.cells[:, list(columns)]
        elif self.transposed:
            cells = [self.cells[column] for column in columns]
        else:
            cells = Picked(self.cells, columns)
        return replace(self, labels=labels, columns=places, cells=cells)


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
        If a line has more or fewer cells than the header, the header comes twice or has one cell, or nothing
        is below it.

    Examples
    --------
    >>> from phasecall.io.sheet import cut
    >>> framed(cut("gene,0,10\na,1,2", "course.csv"), row_names=False).labels
    ['0', '10']
    """
    header = ["", *sheet.rows[0]] if row_names else list(sheet.rows[0])
    body = sheet.rows[1:]
    if not body:
        raise InputError("there is no gene below the header", where=sheet.source)
    if len(header) < 2:
        raise InputError(
            "the table has only one column",
            expected="the gene in the first column, one column for each time point",
            found=f"'{header[0].strip()[:60]}'",
            where=f"{sheet.source}, line {sheet.lines[0]}",
        )
    _refuse_ragged(sheet, len(header))
    names = [row[0].strip() for row in body]
    _refuse_second_header(sheet, names)
    return Grid(
        source=sheet.source,
        corner=header[0].strip(),
        labels=[label.strip() for label in header[1:]],
        names=names,
        cells=Picked(body, range(1, len(header))),
        rows=sheet.lines[1:],
        columns=range(2, len(header) + 1),
        delimiter=sheet.delimiter,
        comments=sheet.comments,
        header_line=sheet.lines[0],
    )


def transposed(grid: Grid) -> Grid:
    r"""Exchange rows and columns, as for a table with times down its first column.

    Examples
    --------
    >>> from phasecall.io.sheet import cut
    >>> turned = transposed(framed(cut("time,a,b\n0,1,2\n10,3,4", "course.csv"), row_names=False))
    >>> turned.names, turned.labels, turned.cells[0]
    (['a', 'b'], ['0', '10'], ['1', '2'])
    """
    return replace(
        grid,
        labels=grid.names,
        names=grid.labels,
        rows=grid.columns,
        columns=grid.rows,
        transposed=not grid.transposed,
    )


def _refuse_second_header(sheet: Sheet, names: Sequence[str]) -> None:
    header = list(sheet.rows[0])
    corner = header[0].strip()
    for row, name in enumerate(names, 1):
        if name == corner and list(sheet.rows[row]) == header:
            raise InputError(
                "the header occurs again further down",
                where=f"{sheet.source}, line {sheet.lines[row]}",
                fix="leave only the first; were two files joined?",
            )


def _refuse_ragged(sheet: Sheet, width: int) -> None:
    ragged = [index for index in range(1, len(sheet.rows)) if sheet.width(index) != width]
    if not ragged:
        return
    first, cells = ragged[0], sheet.width(ragged[0])
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
