"""Cells: the numbers that the text of a table's cells stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from phasecall.errors import InputError
from phasecall.io.grid import Grid
from phasecall.timecourse import Note, Values

MISSING = (
    "",
    "NA",
    "N/A",
    "NaN",
    "nan",
    "null",
    "None",
    ".",
    "-",
    "#N/A",
    "na",
    "n/a",
    "NULL",
    "none",
    "NAN",
)
"""What stands for a missing value."""
FAULTS_OF_EXCEL = ("#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!")
"""What Excel writes where a formula has no value: missing, and worth a note."""

_BLOCK = 4096
"""Rows that are converted at a time, so that a large table is not held a second time as texts."""
_NAN = dict.fromkeys((*MISSING, *FAULTS_OF_EXCEL), "nan")
# Nothing here can match a digit in two ways: a cell may be of any length.
_NUMBER = re.compile(r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|inf(?:inity)?|nan)", re.ASCII | re.I)
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(?:e[-+]?\d+)?", re.ASCII | re.I)
# 1,234 may be a thousand or one and a bit; 0,234 and 1,23 are no thousands.
_EITHER = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}", re.ASCII)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)


@dataclass
class _Tally:
    """What is odd about the cells of a grid, and where it was met first."""

    commas: list[tuple[int, int, str]] = field(default_factory=list)
    points: tuple[int, int, str] | None = None
    wrong: list[tuple[int, int, str]] = field(default_factory=list)
    faults: int = 0


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
    >>> from phasecall.io.grid import framed
    >>> from phasecall.io.sheet import cut
    >>> numbers(framed(cut("gene;0;10;20\na;1,5;NA;2", "course.csv"), row_names=False))[0].tolist()
    [[1.5, nan, 2.0]]
    """
    cells = grid.cells
    notes: list[Note] = []
    if isinstance(cells, Sequence):
        tally = _Tally()
        width = len(grid.names) if grid.transposed else len(grid.labels)
        values = np.empty((len(cells), width))
        for start in range(0, len(cells), _BLOCK):
            block = cells[start : start + _BLOCK]
            values[start : start + len(block)] = _convert(block, start, tally, grid)
        notes = _remarks(grid, tally)
    else:
        values = np.array(cells, dtype=np.float64)
    _refuse_infinite(grid, values)
    return np.ascontiguousarray(values.T) if grid.transposed else values, notes


def _convert(block: Sequence[Sequence[str]], start: int, tally: _Tally, grid: Grid) -> Values:
    """Return the values of some rows; what is no plain number goes into the tally."""
    flat = [cell for row in block for cell in row]
    shape = (len(block), -1)
    known = [_NAN.get(cell, cell) for cell in flat]
    # Python's numbers may hold underscores and the digits of any script; those of a table may not.
    joined = "".join(flat)
    if joined.isascii() and "_" not in joined and "#" not in joined:
        try:
            values = np.array(known, dtype=np.float64).reshape(shape)
        except ValueError:
            pass
        else:
            if tally.points is None and "." in joined:
                tally.points = _first_point(flat, start, values.shape[1])
            return values
    width = len(flat) // len(block)
    return np.array(
        [
            _number(_plain(cell), (start + index // width, index % width), tally, grid)
            for index, cell in enumerate(flat)
        ]
    ).reshape(shape)


def _first_point(flat: Sequence[str], start: int, width: int) -> tuple[int, int, str] | None:
    index = next((i for i, cell in enumerate(flat) if "." in cell and cell not in _NAN), None)
    return None if index is None else (start + index // width, index % width, flat[index])


def _plain(cell: str) -> str:
    # Word processors write a minus sign of their own.
    return cell.strip().replace("\u2212", "-")


def _number(cell: str, place: tuple[int, int], tally: _Tally, grid: Grid) -> float:
    if cell in _NAN:
        tally.faults += cell in FAULTS_OF_EXCEL
        return np.nan
    if _NUMBER.fullmatch(cell):
        if "." in cell and tally.points is None:
            tally.points = (*place, cell)
        return float(cell)
    if _DECIMAL_COMMA.fullmatch(cell) and grid.delimiter != ",":
        tally.commas.append((*place, cell))
        return float(cell.replace(",", "."))
    # 1,234 may be a thousand or one and a bit; 1,234.5 and 1,234,567 can only be thousands.
    if _THOUSANDS.fullmatch(cell) and ("." in cell or cell.count(",") > 1):
        if "." in cell and tally.points is None:
            tally.points = (*place, cell)
        return float(cell.replace(",", ""))
    tally.wrong.append((*place, cell))
    return np.nan


def _remarks(grid: Grid, tally: _Tally) -> list[Note]:
    """Return the notes on what was odd; raise where it cannot be read."""
    notes = []
    if tally.wrong:
        raise _not_a_number(grid, tally.wrong)
    if tally.commas:
        if tally.points is not None:
            raise InputError(
                "some numbers have a decimal comma and others a decimal point",
                found=f"{tally.commas[0][2]} and {tally.points[2]} ({_place(grid, *tally.points[:2])})",
                where=_place(grid, *tally.commas[0][:2]),
                fix="write all numbers with a decimal point",
            )
        if all(_EITHER.fullmatch(cell) for _, _, cell in tally.commas):
            raise InputError(
                "the commas may be decimal commas or part thousands",
                found=tally.commas[0][2],
                where=_place(grid, *tally.commas[0][:2]),
                fix="write all numbers with a decimal point, and without a comma in thousands",
            )
        notes.append(Note("decimal_comma", f"{len(tally.commas)} numbers with a decimal comma were read"))
    if tally.faults:
        what = "cell holds a fault" if tally.faults == 1 else "cells hold faults"
        notes.append(Note("faults_of_excel", f"{tally.faults} {what} of Excel, such as #DIV/0!: missing"))
    return notes


def _not_a_number(grid: Grid, wrong: Sequence[tuple[int, int, str]]) -> InputError:
    more = f", and {len(wrong) - 1} more such cells" if len(wrong) > 1 else ""
    down, across, text = wrong[0]
    found = f"'{text[:40]}'" + ("..." if len(text) > 40 else "")
    return InputError(
        "a cell is not a number",
        expected="numbers, and empty cells or NA where a value is missing",
        found=found + more,
        where=_place(grid, down, across),
        fix="correct the cell, or leave it empty; columns that are no measurements must go",
    )


def _refuse_infinite(grid: Grid, values: Values) -> None:
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        down, across = divmod(int(infinite[0]), values.shape[1])
        more = f", and {infinite.size - 1} more such cells" if infinite.size > 1 else ""
        cell = grid.cells[down][across]
        raise InputError(
            "a value is infinite",
            found=f"'{str(cell).strip()[:40]}'{more}",
            where=_place(grid, down, across),
            fix="leave the cell empty if the value is missing; was a logarithm taken of 0?",
        )


def _place(grid: Grid, down: int, across: int) -> str:
    """Return where a cell stands, by its place in the file."""
    return grid.place(across, down) if grid.transposed else grid.place(down, across)


def is_missing(cell: str) -> bool:
    """Return whether a cell stands for a missing value.

    Examples
    --------
    >>> is_missing(" NA "), is_missing("0")
    (True, False)
    """
    return cell.strip() in _NAN


def is_number(cell: str) -> bool:
    """Return whether a cell holds a number, with a decimal point or comma.

    Examples
    --------
    >>> is_number("-1,5"), is_number("1.2e-3"), is_number("CLN2")
    (True, True, False)
    """
    text = _plain(cell)
    return any(pattern.fullmatch(text) for pattern in (_NUMBER, _DECIMAL_COMMA, _THOUSANDS))
