"""Excel: time courses from a workbook, from one of its sheets or, as CosinorPy has them, from all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from phasecall.errors import InputError
from phasecall.io.cells import is_missing, is_number, numbers
from phasecall.io.courses import courses_of, courses_of_grid
from phasecall.io.document import Document
from phasecall.io.excel.cells import Spreadsheet, open_spreadsheet, read_sheet
from phasecall.io.grid import Grid
from phasecall.io.header import listed
from phasecall.io.request import Request
from phasecall.io.sheet import Sheet, trimmed
from phasecall.timecourse import Note, TimeCourse


def read_workbook(document: Document, request: Request) -> list[TimeCourse]:
    """Return the time courses of a workbook.

    They are read from the sheet that is asked for; if none is, from the only one, or the only one that is a
    table with times. A workbook whose sheets are all two columns of numbers, times and values, without a
    header, is CosinorPy's: every sheet is a gene.

    Parameters
    ----------
    document
        The file.
    request
        What is asked of it. `sheet` is the name of a sheet, or its number, counted from 1.

    Raises
    ------
    InputError
        If it is no workbook, has no such sheet, or several that could be meant, or the sheet is no table.
    """
    book = open_spreadsheet(document.content, document.source)
    if request.sheet is not None:
        return courses_of(_table(book, _find(book, request.sheet)), request)
    names = list(book.sheets)
    if len(names) == 1:
        return courses_of(_table(book, names[0]), request)
    if request.format in ("auto", "cosinorpy") and (pairs := _pairs(book)):
        return _courses_of_pairs(document.source, pairs, request)
    return _choose(book, request)


def _table(book: Spreadsheet, name: str) -> Sheet:
    """Return a sheet without the titles above its header."""
    # With one sheet its name is no news.
    sheet = read_sheet(book, name)
    return trimmed(replace(sheet, source=book.source) if len(book.sheets) == 1 else sheet)


def _find(book: Spreadsheet, wanted: str) -> str:
    names = list(book.sheets)
    if wanted in names:
        return wanted
    if wanted.isdecimal() and 0 < int(wanted) <= len(names):
        return names[int(wanted) - 1]
    alike = [name for name in names if name.strip().lower() == wanted.strip().lower()]
    if len(alike) != 1:
        raise InputError(f"'{book.source}' has no sheet named '{wanted}'", expected=f"one of {_shown(names)}")
    return alike[0]


def _choose(book: Spreadsheet, request: Request) -> list[TimeCourse]:
    """Return the time courses of the only sheet that has some."""
    found: dict[str, list[TimeCourse]] = {}
    faults: dict[str, InputError] = {}
    for name in book.sheets:
        try:
            found[name] = courses_of(_table(book, name), request)
        except InputError as fault:
            faults[name] = fault
        if len(found) > 1:
            break
    if len(found) != 1:
        if len(faults) == 1 and not found:
            raise next(iter(faults.values()))
        why = "; ".join(f"{name}: {fault.problem}" for name, fault in list(faults.items())[:5])
        both = f"{_shown(list(found))} are tables with times"
        raise InputError(
            f"'{book.source}' has {len(book.sheets)} sheets: which one is the table?",
            expected=f"one of {_shown(list(book.sheets))}",
            found=both if found else f"no table with times; {why}",
            fix="--sheet NAME",
        )
    ((name, courses),) = found.items()
    text = f"read from the sheet '{name}', the only one with times; the others: {_shown(list(faults))}"
    return [replace(one, notes=(Note("sheet", text), *one.notes)) for one in courses]


def _pairs(book: Spreadsheet) -> dict[str, tuple[Sequence[float], Sequence[float]]]:
    """Return times and values of every sheet; nothing where one is no pair of columns of numbers."""
    pairs: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
    for name in book.sheets:
        try:
            sheet = read_sheet(book, name)
        except InputError:
            return {}
        # Some have a header after all.
        first = not any(map(is_number, sheet.rows[0]))
        rows, lines = sheet.rows[first:], sheet.lines[first:]
        if not rows or not all(len(row) == 2 and all(map(_is_figure, row)) for row in rows):
            return {}
        grid = Grid(
            f"{book.source}, sheet '{name}'", "", ("time", "value"), [""] * len(rows), rows, lines, (1, 2)
        )
        times, values = numbers(grid)[0].T.tolist()
        pairs[name] = times, values
        if not np.isfinite(pairs[name][0]).all():
            return {}
    return pairs


def _is_figure(cell: str) -> bool:
    return is_number(cell) or is_missing(cell)


def _courses_of_pairs(
    source: str, pairs: dict[str, tuple[Sequence[float], Sequence[float]]], request: Request
) -> list[TimeCourse]:
    """Return the time courses of genes that were each measured at times of their own, in hours."""
    places: dict[tuple[float, int], int] = {}
    cells: list[tuple[int, tuple[float, int], float]] = []
    for row, (times, values) in enumerate(pairs.values()):
        seen: dict[float, int] = {}
        for time, value in zip(times, values, strict=True):
            # What a gene has at the same time once more is its next replicate.
            seen[time] = seen.get(time, 0) + 1
            cells.append((row, (time, seen[time]), value))
            places.setdefault((time, seen[time]), 0)
    columns = {key: column for column, key in enumerate(sorted(places))}
    table = np.full((len(pairs), len(columns)), np.nan)
    for row, key, value in cells:
        table[row, columns[key]] = value
    labels = [f"{np.format_float_positional(time, trim='-')}h_rep{replicate}" for time, replicate in columns]
    rows = range(1, len(pairs) + 1)
    grid = Grid(source, "", labels, list(pairs), table, rows, range(1, len(labels) + 1))
    text = f"read as a workbook of CosinorPy: {len(pairs)} sheets of times and values, one a gene"
    courses = courses_of_grid(grid, replace(request, format="table"))
    return [replace(one, notes=(Note("format", text), *one.notes)) for one in courses]


def _shown(names: Sequence[str]) -> str:
    return listed([f"'{name}'" for name in names])
