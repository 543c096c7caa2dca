"""Cells: the numbers that the text of a table's cells stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from phasecall.errors import InputError
from phasecall.io.grid import Grid
from phasecall.timecourse import Note, Values

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "None", ".", "-", "#N/A", "na", "n/a", "NULL", "none")
"""What stands for a missing value."""

_BLOCK = 4096
"""Rows that are converted at a time."""
_NAN = dict.fromkeys(MISSING, "nan")
_NUMBER = re.compile(r"[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf(?:inity)?|nan)", re.ASCII | re.I)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+", re.ASCII)


def numbers(grid: Grid) -> tuple[Values, list[Note]]:
    r"""Return the values of a table, NaN where one is missing, and what should be known about them.

    Parameters
    ----------
    grid
        Genes in rows.

    Returns
    -------
    values, notes
        Shape (names, labels), and the notes.

    Raises
    ------
    InputError
        If a cell holds neither a number nor a sign for a missing value, or a number without end.

    Examples
    --------
    >>> from phasecall.io.grid import cut, framed
    >>> numbers(framed(cut("gene;0;10;20\na;1,5;NA;2", "course.csv"), row_names=False))[0].tolist()
    [[1.5, nan, 2.0]]
    """
    notes: list[Note] = []
    values = _converted(grid)
    if values is None:
        flat = [_NAN.get(cell, cell) for row in grid.cells for cell in map(str.strip, row)]
        faults = [index for index, cell in enumerate(flat) if not _NUMBER.fullmatch(cell)]
        if faults:
            notes.append(_decimal_commas(grid, flat, faults))
        whole = np.fromiter((float(cell.replace(",", ".")) for cell in flat), np.float64, len(flat))
        values = whole.reshape(len(grid.names), len(grid.labels))
    _refuse_infinite(grid, values)
    return values, notes


def _converted(grid: Grid) -> Values | None:
    """Return the values if every cell is a plain number or missing; None if any needs a closer look."""
    values = np.empty((len(grid.names), len(grid.labels)))
    # In blocks, so that a large table is not held a third time as one list of its cells.
    for start in range(0, len(values), _BLOCK):
        block = slice(start, start + _BLOCK)
        flat = [_NAN.get(cell, cell) for row in grid.cells[block] for cell in row]
        try:
            values[block] = np.array(flat, dtype=np.float64).reshape(values[block].shape)
        except ValueError:
            return None
        # Python's numbers may hold underscores and the digits of any script; those of a table may not.
        joined = "".join(flat)
        if not joined.isascii() or "_" in joined:
            return None
    return values


def _decimal_commas(grid: Grid, flat: Sequence[str], faults: Sequence[int]) -> Note:
    """Return the note on decimal commas where they are all that is odd; raise where something else is."""
    comma = grid.sheet.delimiter != "," and all(_DECIMAL_COMMA.fullmatch(flat[index]) for index in faults)
    if not comma:
        wrong = [index for index in faults if not _DECIMAL_COMMA.fullmatch(flat[index])]
        raise _not_a_number(grid, flat, wrong if grid.sheet.delimiter != "," else faults)
    point = next((index for index, cell in enumerate(flat) if "." in cell), None)
    if point is not None:
        raise InputError(
            "some numbers have a decimal comma and others a decimal point",
            found=f"{flat[faults[0]]} and {flat[point]} ({_place(grid, point)})",
            where=_place(grid, faults[0]),
            fix="write all numbers with a decimal point",
        )
    return Note("decimal_comma", f"{len(faults)} numbers with a decimal comma were read")


def _not_a_number(grid: Grid, flat: Sequence[str], wrong: Sequence[int]) -> InputError:
    more = f", and {len(wrong) - 1} more such cells" if len(wrong) > 1 else ""
    text = flat[wrong[0]]
    found = f"'{text[:40]}'" + ("..." if len(text) > 40 else "")
    return InputError(
        "a cell is not a number",
        expected="numbers, and empty cells or NA where a value is missing",
        found=found + more,
        where=_place(grid, wrong[0]),
        fix="correct the cell, or leave it empty; columns that are no measurements must go",
    )


def _refuse_infinite(grid: Grid, values: Values) -> None:
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        row, column = divmod(int(infinite[0]), values.shape[1])
        more = f", and {infinite.size - 1} more such cells" if infinite.size > 1 else ""
        raise InputError(
            "a value is infinite",
            found=f"'{grid.cells[row][column].strip()[:40]}'{more}",
            where=grid.place(row, column),
            fix="leave the cell empty if the value is missing; was a logarithm taken of 0?",
        )


def _place(grid: Grid, index: int) -> str:
    return grid.place(*divmod(index, len(grid.labels)))
