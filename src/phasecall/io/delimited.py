"""Delimited tables: a time course from CSV or TSV, genes in rows and time points in columns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from phasecall.errors import InputError
from phasecall.io.cells import numbers
from phasecall.io.files import STDIN, label_of, text_of
from phasecall.io.grid import Grid, Sheet, cut, framed, transposed
from phasecall.io.header import label_from, sync_of, times_of
from phasecall.timecourse import Note, TimeCourse, Values, find_constant

SUFFIXES = (".csv", ".tsv", ".txt", ".tab")

_TIME_WORDS = ("t", "time", "times", "min", "minute", "minutes", "hour", "hours", "timepoint", "time_points")
_GENE_WORDS = ("gene", "g", "probe", "orf", "id", "transcript")


def read_delimited(
    path: str | os.PathLike[str], transpose: bool, name: str | None, sync: str | None
) -> TimeCourse:
    """Read a time course from a CSV or TSV file; see `phasecall.io.read`."""
    return course_from(
        text_of(path), label_of(path), transpose=transpose, name=name or _stem(path), sync=sync
    )


def course_from(
    text: str, source: str, *, transpose: bool = False, name: str | None = None, sync: str | None = None
) -> TimeCourse:
    r"""Return the time course that a delimited text holds.

    Parameters
    ----------
    text
        The whole table.
    source
        How messages name it.
    transpose
        Whether genes are in columns and time points in rows.
    name, sync
        What the experiment is called, the source if not given, and how it was synchronised, what the
        header says (`alpha0`, `cdc15_10`) if not given.

    Raises
    ------
    InputError
        If the text is no such table.

    Examples
    --------
    >>> course = course_from("gene\tcdc15_10\tcdc15_30\nYAL001C\t0.5\t\n", "course.tsv")
    >>> course.times.tolist(), course.values.tolist()
    ([10.0, 30.0], [[0.5, nan]])
    """
    grid = _grid(cut(text, source), transpose)
    times, notes = times_of(grid)
    _refuse_unnamed(grid)
    values, notes_on_cells = numbers(grid)
    if np.isnan(values).all():
        raise InputError(
            "every value is missing", found=f"{len(grid.names)} genes without a single number", where=source
        )
    notes += notes_on_cells + _remarks(grid.names, times, values)
    if sync is None and (sync := sync_of(grid.labels)):
        notes.append(Note("sync", f"the columns are named {sync}: taken as the synchronisation"))
    return TimeCourse(tuple(grid.names), np.array(times), values, name or source, sync, notes=tuple(notes))


def _grid(sheet: Sheet, transpose: bool) -> Grid:
    body = sheet.rows[1:]
    width = len(sheet.rows[0]) + 1
    # R writes row names without a header cell above them.
    row_names = bool(body) and all(len(row) == width for row in body) and label_from(sheet.rows[0][0].strip())
    grid = framed(sheet, row_names=bool(row_names))
    if transpose:
        return transposed(grid)
    if _looks_transposed(grid):
        raise InputError(
            "the table looks transposed",
            expected="one gene a row, one time point a column",
            found=f"times down the first column ({', '.join(grid.names[:3])}, ...), "
            f"names along the header ({', '.join(grid.labels[:3])}, ...)",
            where=sheet.source,
            fix="--transpose on the command line, transpose=True in Python",
        )
    return grid


def _looks_transposed(grid: Grid) -> bool:
    """Whether times go up along the first column while the header holds names."""
    times: list[float] = []
    for name in grid.names:
        label = label_from(name)
        if label is None or not label.sure or (times and float(label.number) < times[-1]):
            return False
        times.append(float(label.number))
    if times[0] == times[-1]:
        return False
    along = [label_from(text) for text in grid.labels]
    if sum(label is not None and label.sure for label in along) * 2 >= len(along):
        return False
    if any(label is None for label in along):
        return True
    # Labels such as alpha7 and gene7 look alike: go by the words, then by the shape.
    words = {label.prefix.strip(" _.-") for label in along if label}
    return (
        grid.corner.lower() in _TIME_WORDS or words <= set(_GENE_WORDS) or len(grid.names) < len(grid.labels)
    )


def _refuse_unnamed(grid: Grid) -> None:
    first: dict[str, int] = {}
    repeated: dict[str, list[int]] = {}
    for row, name in enumerate(grid.names):
        if not name:
            raise InputError(
                "a gene has no name",
                where=f"{grid.sheet.source}, {grid.place_of_name(row)}",
                fix="name it in the first column, or leave the line out",
            )
        if first.setdefault(name, row) != row:
            repeated.setdefault(name, [first[name]]).append(row)
    if repeated:
        shown = list(repeated.items())[:5]
        texts = [f"{name} ({', '.join(map(grid.place_of_name, rows[:5]))})" for name, rows in shown]
        more = f" and {len(repeated) - 5} more" if len(repeated) > 5 else ""
        raise InputError(
            "genes occur more than once" if len(repeated) > 1 else "a gene occurs more than once",
            expected="one row for each gene",
            found=", ".join(texts) + more,
            where=grid.sheet.source,
            fix="give every row a name of its own, or average the rows of a gene first",
        )


def _remarks(genes: Sequence[str], times: Sequence[float], values: Values) -> list[Note]:
    """Return what is odd about the values but no error: what is missing throughout or never changes."""
    missing = np.isnan(values)
    observed = (~missing).sum(axis=1)
    constant = find_constant(values) & (observed > 1)
    remarks = (
        ("all_missing_genes", "no value at any time point", np.flatnonzero(observed == 0).tolist()),
        ("constant_genes", "the same value at every time point", np.flatnonzero(constant).tolist()),
    )
    notes = []
    for code, what, rows in remarks:
        if rows:
            verb = "gene has" if len(rows) == 1 else "genes have"
            notes.append(Note(code, f"{len(rows)} {verb} {what}: {_some(genes, rows)}"))
    empty = sorted({times[column] for column in np.flatnonzero(missing.all(axis=0)).tolist()})
    if empty:
        listed = ", ".join(f"{time:g} min" for time in empty)
        notes.append(Note("all_missing_times", f"columns without a single value: {listed}"))
    return notes


def _some(genes: Sequence[str], rows: Sequence[int]) -> str:
    shown = ", ".join(genes[row] for row in rows[:5])
    return f"{shown} and {len(rows) - 5} more" if len(rows) > 5 else shown


def _stem(path: str | os.PathLike[str]) -> str:
    if os.fspath(path) == STDIN:
        return "standard input"
    name = PurePath(path).name
    for suffix in (".gz", *SUFFIXES):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return name or PurePath(path).name
