"""Series: a table that is kept column by column, each of one type, as data frames, Parquet and Arrow keep it.

| column | what becomes of it |
|---|---|
| the index of a data frame, unless it only counts; else the first of text; else the first | names |
| numbers | measurements, as `phasecall.io.columns` sorts them |
| text that is all numbers | numbers |
| text, dates, truth values | left out with a note: descriptions of the genes |
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.io.cells import is_missing, is_number, numbers
from phasecall.io.columns import tell_left
from phasecall.io.courses import courses_of_grid
from phasecall.io.grid import Grid
from phasecall.io.header import label_from
from phasecall.io.request import Request
from phasecall.io.sheet import MAX_CELLS
from phasecall.timecourse import Note, TimeCourse

MAX_VALUES = MAX_CELLS // 2
"""The largest table of numbers: of each a few copies are made on the way."""
# How a length of time is written by pandas.
_LENGTH = re.compile(r"(-?\d+) days (\d\d):(\d\d):(\d\d(?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True, eq=False)
class Series:
    """One column: what it is called, and its numbers, shape (n,), NaN = missing, or its texts."""

    label: str
    values: NDArray[np.float64] | Sequence[str]

    @property
    def is_text(self) -> bool:
        """Whether it holds texts."""
        return not isinstance(self.values, np.ndarray)


def courses_of_series(
    source: str, columns: Sequence[Series], request: Request, names: Series | None = None
) -> list[TimeCourse]:
    """Return the time courses of a table that is kept by column.

    Parameters
    ----------
    source
        How messages name it.
    columns
        All of the same length.
    request
        What is asked of it.
    names
        What the rows are called, where that is no column.

    Raises
    ------
    InputError
        If it has no rows or no numbers, or is no table of time courses.

    Examples
    --------
    >>> columns = [Series("gene", ["CLN2"]), *(Series(str(t), np.array([t / 8])) for t in (0, 10, 20))]
    >>> courses_of_series("frame", columns, Request())[0].values.tolist()
    [[0.0, 1.25, 2.5]]
    """
    names = _name_rows(source, columns) if names is None else names
    rest = {place: column for place, column in enumerate(columns, 1) if column is not names}
    written = [place for place, column in rest.items() if _holds_numbers(source, column)]
    read, notes = _as_numbers(source, {place: rest[place] for place in written})
    rest |= read
    figures = [(place, column) for place, column in rest.items() if not column.is_text]
    texts = [column.label for column in rest.values() if column.is_text]
    rows = _texts(names)
    if not rows or not figures:
        raise InputError(
            f"{source} has no {'columns of numbers' if rows else 'rows'}",
            expected="names of genes, and a column of numbers for each time",
        )
    grid = Grid(
        source,
        names.label,
        [column.label for _, column in figures],
        rows,
        np.column_stack([column.values for _, column in figures]),
        range(1, len(rows) + 1),
        [place for place, _ in figures],
    )
    left = [*notes, *tell_left(texts, ())]
    return [replace(one, notes=(*left, *one.notes)) for one in courses_of_grid(grid, request)]


def _name_rows(source: str, columns: Sequence[Series]) -> Series:
    """Return the column that names the rows: the first of text, else the first that is no time."""
    if not columns:
        raise InputError(f"{source} has no columns", expected="names of genes, and a column for each time")
    names = next((column for column in columns if column.is_text), columns[0])
    label = None if names.is_text else label_from(names.label)
    if label is not None and label.sure:
        raise InputError(
            f"the rows of {source} have no names",
            expected="names of genes as the index, or in a column of text",
            found=f"columns of numbers only, from '{names.label}' on",
        )
    return names


def spell(name: Any) -> str:
    """Return the text that the name of a column stands for: numbers as written, lengths of time in minutes.

    Examples
    --------
    >>> spell(40.0), spell(1e-5), spell(timedelta(hours=1.5)), spell((10, 2))
    ('40', '0.00001', '90min', '10_r2')
    """
    if isinstance(name, tuple):
        first, *others = name
        timed = isinstance(first, int | float | np.number | timedelta | np.timedelta64)
        # Numbers behind a time count replicates.
        more = [
            f"r{part}" if timed and isinstance(part, int | np.integer) else spell(part) for part in others
        ]
        return "_".join([spell(first), *(part for part in more if part)])
    if isinstance(name, timedelta):
        return f"{spell(name / timedelta(minutes=1))}min"
    if isinstance(name, np.timedelta64):
        return f"{spell(name / np.timedelta64(1, 'm'))}min"
    if isinstance(name, int | float | np.number) and not isinstance(name, bool):
        return (
            np.format_float_positional(name, trim="-") if isinstance(name, float | np.floating) else str(name)
        )
    text = "" if name is None else str(name).strip()
    if match := _LENGTH.fullmatch(text):
        days, hours, minutes, seconds = (float(part) for part in match.groups())
        return f"{spell(1440 * days + 60 * hours + minutes + seconds / 60)}min"
    return text


def require_size(source: str, rows: int, columns: int) -> None:
    """Refuse a table with more numbers than time courses have, before any of them is read."""
    if rows * columns > MAX_VALUES:
        raise InputError(
            f"'{source}' is too large",
            expected=f"at most {MAX_VALUES:,} numbers",
            found=f"{rows:,} rows and {columns:,} columns",
            fix="keep the columns of one experiment, or split the genes over files",
        )


def _holds_numbers(source: str, column: Series) -> bool:
    """Return whether a column of texts is all numbers; one that is called by a time must be."""
    if isinstance(column.values, np.ndarray):
        return False
    cells = enumerate(column.values)
    wrong = next((row for row, cell in cells if not (is_missing(cell) or is_number(cell))), None)
    label = label_from(column.label)
    if wrong is not None and label is not None and label.sure:
        raise InputError(
            "a cell is not a number",
            expected="numbers, and no value where one is missing",
            found=f"'{column.values[wrong][:40]}'",
            where=f"{source}, row {wrong + 1}, column '{column.label}'",
            fix="correct the cell, or leave it empty; columns that are no measurements must go",
        )
    return wrong is None


def _as_numbers(source: str, columns: Mapping[int, Series]) -> tuple[dict[int, Series], list[Note]]:
    """Return columns of texts that are numbers as numbers, and what was odd about them."""
    if not columns:
        return {}, []
    rows = list(zip(*(column.values for column in columns.values()), strict=True))
    labels = [column.label for column in columns.values()]
    numbered = range(1, len(rows) + 1)
    values, notes = numbers(Grid(source, "", labels, [""] * len(rows), rows, numbered, list(columns)))
    named = zip(columns, labels, values.T, strict=True)
    return {place: Series(label, column) for place, label, column in named}, notes


def _texts(names: Series) -> list[str]:
    if isinstance(names.values, np.ndarray):
        return ["" if np.isnan(value) else spell(value) for value in names.values.tolist()]
    return [name.strip() for name in names.values]
