"""Tables: time courses from a grid of cells, whatever file it lies in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from phasecall.errors import InputError, find_row
from phasecall.io.cells import is_missing, is_number, numbers
from phasecall.io.columns import Columns, sort_columns
from phasecall.io.grid import Grid, framed, transposed
from phasecall.io.header import Label, label_from, listed, sync_of
from phasecall.io.layouts import LAYOUTS, Layout, find_layout, require_layout
from phasecall.io.names import tidy_names
from phasecall.io.request import Request
from phasecall.io.samples import label_by_samples, label_by_times
from phasecall.io.scale import rescaled
from phasecall.io.sheet import Sheet, cut
from phasecall.io.timing import tell_short, times_of
from phasecall.timecourse import Note, TimeCourse, Values, find_constant

TABLE = "table"
"""Key of a table that is none of another tool's."""

_TIME_WORDS = ("t", "time", "times", "min", "minute", "minutes", "hour", "hours", "timepoint", "time_points")
_GENE_WORDS = ("gene", "g", "probe", "orf", "id", "transcript")
_WEIGHTS = "EWEIGHT"
"""The row of Stanford's tables that weighs arrays: no gene."""
_PLAIN = Layout(TABLE, "Table", "gene,0,10,20", lambda _: None)


def course_from(
    text: str, source: str, *, transpose: bool = False, name: str | None = None, sync: str | None = None
) -> TimeCourse:
    r"""Return the time course that a delimited text holds, its values as they are.

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
        If the text is no such table, or holds several experiments.

    Examples
    --------
    >>> course = course_from("gene\tcdc15_10\tcdc15_30\nYAL001C\t0.5\t\n", "course.tsv")
    >>> course.times.tolist(), course.values.tolist()
    ([10.0, 30.0], [[0.5, nan]])
    """
    request = Request(transpose=transpose, name=name or source, sync=sync, scale="log")
    return the_one(courses_of(cut(text, source), request), source)


def courses_of(sheet: Sheet, request: Request) -> list[TimeCourse]:
    """Return the time courses that a sheet holds, one an experiment.

    Parameters
    ----------
    sheet
        The table.
    request
        What is asked of it. Its `name` is that of the file, which experiments of their own name go by too.

    Raises
    ------
    InputError
        If the sheet is no table of time courses.
    """
    body = sheet.rows[1:]
    width = len(sheet.rows[0]) + 1
    # R writes row names without a header cell above them.
    row_names = bool(body) and all(len(row) == width for row in body) and label_from(sheet.rows[0][0].strip())
    return courses_of_grid(framed(sheet, row_names=bool(row_names)), request)


def courses_of_grid(grid: Grid, request: Request) -> list[TimeCourse]:
    """Return the time courses that a grid holds, as `courses_of` does."""
    if request.genes is None:
        _refuse_nameless(grid)
        grid, numbered = _named(grid)
    else:
        grid, numbered = _called_by(grid, _place_of(grid, request.genes)), []
    turned, layout, notes = _recognise(grid, request)
    notes += numbered
    if turned.comments:
        notes.append(Note("comments", f"lines above the table were left out: {listed(turned.comments)}"))
    if request.times is not None:
        experiments, left = label_by_times(turned, request.times, request.unit)
    elif request.samples is not None:
        experiments, left = label_by_samples(turned, request.samples, request.unit)
    else:
        experiments, left = sort_columns(turned, layout.read, counted=request.unit is not None)
    return courses_of_columns(turned, experiments, request, [*notes, *left], layout)


def courses_of_columns(
    grid: Grid,
    experiments: Sequence[Columns],
    request: Request,
    notes: Sequence[Note],
    layout: Layout = _PLAIN,
) -> list[TimeCourse]:
    """Return the time courses of experiments whose columns are known.

    Parameters
    ----------
    grid
        Genes in rows.
    experiments
        The columns of each.
    request
        What is asked of the file.
    notes
        What is known of all of them.
    layout
        How the labels of columns are read.
    """
    several = len(experiments) > 1
    return [_course(grid, layout, one, request, notes, several) for one in experiments]


def the_one(courses: Sequence[TimeCourse], source: str, experiment: str | None = None) -> TimeCourse:
    """Return the only time course of a file, or the one that is asked for.

    Raises
    ------
    InputError
        If there are several and none is asked for, or none has that name.
    """
    if experiment is not None:
        named = [one for one in courses if experiment.lower() in (one.name.lower(), (one.sync or "").lower())]
        if len(named) != 1:
            raise InputError(
                f"'{source}' has no experiment named '{experiment}'",
                expected=f"one of {', '.join(one.name for one in courses)}",
            )
        return named[0]
    if len(courses) > 1:
        raise InputError(
            f"'{source}' holds {len(courses)} experiments",
            found="; ".join(f"{one.name} ({one.times.size} samples)" for one in courses),
            fix="--experiment NAME on the command line; experiment='NAME' or read_all in Python",
        )
    return courses[0]


def _recognise(grid: Grid, request: Request) -> tuple[Grid, Layout, list[Note]]:
    """Return a grid with genes in rows, its layout, and what was recognised."""
    asked = None if request.format in ("auto", TABLE) else find_row(LAYOUTS, request.format, "format")
    over = request.transpose or (asked is not None and asked.transposed)
    told_by_columns = request.times is not None or request.samples is not None
    over_all = over or (not told_by_columns and _looks_transposed(grid))
    turned = transposed(grid) if over_all else grid
    if asked is not None:
        if not told_by_columns:
            require_layout(turned, asked)
        return turned, asked, []
    found = find_layout(grid, turned) if request.format == "auto" and not told_by_columns else None
    notes = []
    if found:
        notes.append(Note("format", f"read as {found[0].title} ({found[0].key}): {found[1]}"))
    if turned.transposed and not over:
        text = f"times run down the first column ({listed(grid.names[:3])}, ...): read with genes in columns"
        notes.append(Note("transposed", text))
    return turned, found[0] if found else _PLAIN, notes


def _course(
    grid: Grid, layout: Layout, columns: Columns, request: Request, notes: Sequence[Note], several: bool
) -> TimeCourse:
    own = grid.pick(columns.places)
    about_times: list[Note] = []
    if columns.minutes:
        times = list(columns.minutes)
        about_times += [] if request.unit else tell_short(times)
    else:
        times, about_times = times_of(own, columns.labels, unit=request.unit, usual=layout.unit)
    values, about_cells = numbers(own)
    if np.isnan(values).all():
        found = f"{len(own.names)} genes without a single number"
        raise InputError("every value is missing", found=found, where=grid.source)
    weighed = isinstance(own.cells, Sequence)
    kept = [row for row, name in enumerate(own.names) if not (weighed and name == _WEIGHTS)]
    genes, about_names = tidy_names(
        [own.names[row] for row in kept], lambda row: own.place_of_name(kept[row])
    )
    if len(kept) < len(own.names):
        about_names.append(Note("weights", f"the row {_WEIGHTS} weighs the arrays and is no gene: left out"))
    values = values[kept]
    if layout.averages and columns.labels:
        times, values, averaged = _average(columns.labels, times, values)
        about_times += averaged
    sync, about_sync = _synchronisation(own.labels, request.sync, several)
    name = (several and columns.name) or request.name or grid.source
    about = (*notes, *about_times, *about_cells, *about_names, *about_sync)
    course = TimeCourse(tuple(genes), np.array(times), values, name, sync, notes=about)
    return finished(course, request.scale, grid.source, columns.signs)


def finished(course: TimeCourse, scale: str, source: str, signs: Sequence[float] = ()) -> TimeCourse:
    """Return a course as it is handed out: on the log scale, and with what is odd about its values noted.

    Parameters
    ----------
    course
        As it was read.
    scale
        A key of `phasecall.io.scale.SCALES`, or `auto`.
    source
        How messages name the file.
    signs
        -1 for samples whose ratios are upside down; empty where none is.
    """
    odd = [
        *_tell_replicates(course.times.tolist()),
        *_remarks(course.genes, course.times.tolist(), course.values),
    ]
    # What is upside down is told by the ratio, and put right by its logarithm.
    values, about = rescaled(course.values, scale, source)
    values = values * np.array(signs) if signs else values
    return replace(course, values=values, notes=(*course.notes, *odd, *about))


def _place_of(grid: Grid, header: str) -> int | None:
    """Return the column of a header; None for that of the names."""
    if header == grid.corner:
        return None
    if header not in grid.labels:
        raise InputError(
            f"there is no column '{header}' to call genes by",
            expected=f"one of {listed([grid.corner, *grid.labels])}",
            where=grid.source,
        )
    return grid.labels.index(header)


def _called_by(grid: Grid, place: int | None) -> Grid:
    """Return a grid whose rows are called by a column of its cells, which are texts."""
    if place is None:
        return grid
    rest = grid.pick([column for column in range(len(grid.labels)) if column != place])
    return replace(rest, names=[str(row[place]).strip() for row in grid.cells], corner=grid.labels[place])


def _refuse_nameless(grid: Grid) -> None:
    corner = label_from(grid.corner)
    there = [name for name in grid.names if not is_missing(name)]
    if corner is not None and corner.sure and there and all(map(is_number, there)):
        raise InputError(
            "there is no column with the names of the genes",
            expected="the gene in the first column, as in gene,0,10,20",
            found=f"a first column called {grid.corner}, with {listed(grid.names)}",
            where=grid.source,
            fix="put a column with a name for each row in front",
        )


def _named(grid: Grid) -> tuple[Grid, list[Note]]:
    """Return a grid whose first column only numbers its rows with the names of the second instead."""
    if not isinstance(grid.cells, Sequence) or len(grid.labels) < 2 or not _numbers_rows(grid):
        return grid, []
    called = _called_by(grid, 0)
    times = grid.labels[0].lower() in _TIME_WORDS
    if not times and any(is_number(name) or is_missing(name) for name in called.names):
        return grid, []
    text = f"the first column only numbers the rows: they are called by the second, {grid.labels[0]}"
    return called, [Note("named", text)]


def _numbers_rows(grid: Grid) -> bool:
    """Return whether the names are those of pandas and R for rows without one: 0, 1, 2 or 1, 2, 3."""
    first = grid.names[0]
    counts = first in ("0", "1") and len(grid.names) > 1
    if counts and all(name == str(row) for row, name in enumerate(grid.names, int(first))):
        return grid.corner.lower() not in _TIME_WORDS
    # Of rows that were left out the numbers are missing.
    return not grid.corner and grid.labels[0].lower() in _GENE_WORDS and all(map(str.isdigit, grid.names))


def _synchronisation(
    labels: Sequence[str], given: str | None, several: bool
) -> tuple[str | None, list[Note]]:
    said = sync_of(labels)
    # One word cannot be that of several experiments that have words of their own.
    if said is None or (given and not several):
        return given, []
    instead = f", not {given}" if given and given != said else ""
    return said, [Note("sync", f"the columns are named {said}: taken as the synchronisation{instead}")]


def _average(
    labels: Sequence[Label], times: Sequence[float], values: Values
) -> tuple[list[float], Values, list[Note]]:
    """Average what was measured more than once of one sample: columns of the same time and replicate."""
    samples: dict[tuple[float, str], list[int]] = {}
    for column, (label, time) in enumerate(zip(labels, times, strict=True)):
        samples.setdefault((time, label.replicate or str(column)), []).append(column)
    if len(samples) == len(times):
        return list(times), values, []
    columns = [_mean(values[:, places]) for places in samples.values()]
    text = f"{len(times)} columns are of {len(samples)} samples: those of one sample were averaged"
    return [time for time, _ in samples], np.stack(columns, axis=1), [Note("technical_replicates", text)]


def _tell_replicates(times: Sequence[float]) -> Iterator[Note]:
    count = Counter(times)
    if len(count) < len(times):
        several = sum(number > 1 for number in count.values())
        yield Note("replicates", f"{several} of {len(count)} times were measured more than once")


def _mean(values: Values) -> Values:
    """Return the mean of the values that are there, row by row; NaN where none is."""
    seen = np.isfinite(values)
    count = seen.sum(axis=1)
    total = np.where(seen, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _looks_transposed(grid: Grid) -> bool:
    """Return whether times run along the first column while the header holds names."""
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
    words = {label.prefix.strip(" _.-").lower() for label in along if label}
    return (
        grid.corner.lower() in _TIME_WORDS or words <= set(_GENE_WORDS) or len(grid.names) < len(grid.labels)
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
            notes.append(Note(code, f"{len(rows)} {verb} {what}: {listed([genes[row] for row in rows])}"))
    empty = sorted({times[column] for column in np.flatnonzero(missing.all(axis=0)).tolist()})
    if empty:
        shown = ", ".join(f"{time:g} min" for time in empty)
        notes.append(Note("all_missing_times", f"columns without a single value: {shown}"))
    return notes
