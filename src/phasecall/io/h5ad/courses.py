"""AnnData: time courses from h5ad files and from memory, samples x genes or genes x samples.

When samples were measured stands in a column of `obs` or of `var`, called as in a sheet of samples
(`phasecall.io.samples`): time, minutes, hours, zt ...; else in the names of the samples. Whatever has the
times is the samples. A column of the names of experiments there parts them, and a column `interpolated` says
what was not measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from phasecall.errors import InputError
from phasecall.io.columns import Columns, sort_columns
from phasecall.io.courses import courses_of_columns
from phasecall.io.document import Document
from phasecall.io.grid import Grid, transposed
from phasecall.io.h5ad.axes import Axis, Contents
from phasecall.io.h5ad.child import read_contents
from phasecall.io.header import listed
from phasecall.io.provenance import INTERPOLATED, recall
from phasecall.io.request import Request
from phasecall.io.samples import (
    EXPERIMENTS,
    SIGNS,
    group_samples,
    label_by_samples,
    label_by_times,
    plain,
    samples_from,
)
from phasecall.io.sheet import Sheet
from phasecall.timecourse import Note, TimeCourse


def read_h5ad(document: Document, request: Request) -> list[TimeCourse]:
    """Return the time courses of an AnnData file.

    Parameters
    ----------
    document
        The file.
    request
        What is asked of it; `layer` names one of its layers, `transpose` says that genes are in `obs`.

    Raises
    ------
    InputError
        If it is no AnnData file, broken, refers to other files, or is no table of time courses; if there are
        more times than a bulk course has.
    MissingExtraError
        If h5py is not installed.
    """
    found = read_contents(document.content, document.source, request.layer)
    return courses_of_contents(found, document.source, request)[1]


def courses_of_contents(found: Contents, source: str, request: Request) -> tuple[str, list[TimeCourse]]:
    """Return which axis of an AnnData is the samples, `obs` or `var`, and its time courses.

    Parameters
    ----------
    found
        What is in it.
    source
        How messages name it.
    request
        What is asked of it, with a name.

    Raises
    ------
    InputError
        If nothing says when its samples were measured.
    """
    obs, var = found.obs, found.var
    samples = _samples_of(obs, var, request)
    if samples is None:
        raise _untimed(source, obs, var)
    numbers = range(1, len(obs.names) + 1), range(1, len(var.names) + 1)
    grid = Grid(source, "", var.names, obs.names, found.values, *numbers)
    grid = transposed(grid) if samples is obs else grid
    experiments, notes = _experiments(grid, samples, request)
    courses = courses_of_columns(grid, experiments, request, notes)
    marks = samples.columns.get(INTERPOLATED)
    if marks is not None:
        courses = [_mark(course, one, marks) for course, one in zip(courses, experiments, strict=True)]
    return samples.key, recall(courses, found.told, request, request.name or source)


def _samples_of(obs: Axis, var: Axis, request: Request) -> Axis | None:
    """Return which axis is the samples; None where nothing says when one was measured."""
    if request.transpose:
        return var
    if request.times is not None:
        return var if len(request.times) == len(var.names) != len(obs.names) else obs
    if request.samples is not None:
        return obs
    timed = [axis for axis in (obs, var) if axis.time is not None]
    named = sorted((axis for axis in (obs, var) if axis.labels), key=lambda axis: not axis.is_sure)
    # Names of genes may end in a number, too; but samples are few.
    few = [axis for axis in named if axis.is_sure or len(axis.names) == min(len(obs.names), len(var.names))]
    return next(iter([*timed, *few]), None)


def _untimed(source: str, obs: Axis, var: Axis) -> InputError:
    return InputError(
        f"'{source}' does not say when its samples were measured",
        expected="a column time, minutes or hours in obs, or in var if genes are in obs",
        found=f"obs: {listed(obs.names)}; var: {listed(var.names)}",
        fix="add the column; or give --times, or --samples FILE with the columns sample and time",
    )


def _experiments(grid: Grid, samples: Axis, request: Request) -> tuple[list[Columns], list[Note]]:
    """Return the experiments of the samples, and what should be known about them."""
    if request.times is not None:
        return label_by_times(grid, request.times, request.unit)
    if request.samples is not None:
        return label_by_samples(grid, request.samples, request.unit)
    if samples.time is None:
        return sort_columns(grid)
    return _by_column(samples, samples.time, request, grid.source)


def _by_column(samples: Axis, time: str, request: Request, source: str) -> tuple[list[Columns], list[Note]]:
    """Return the experiments of the samples by what is known of them."""
    others = [name for name in samples.columns if plain(name) in (*EXPERIMENTS, *SIGNS)]
    numbers = [str(number) for number in range(len(samples.names))]
    rows = list(zip(numbers, *(samples.columns[name] for name in (time, *others)), strict=True))
    sheet = Sheet(
        f"{source}, {samples.key}",
        "\t",
        [["sample", time, *others], *map(list, rows)],
        range(len(rows) + 1),
    )
    known = samples_from(sheet, request.unit)
    text = f"times were read from the column '{time}' of {samples.key}"
    if len(known) < len(rows):
        text += f"; samples without one were left out: {len(rows) - len(known)}"
    return group_samples([(int(key), sample) for key, sample in known.items()]), [Note("samples", text)]


def _mark(course: TimeCourse, columns: Columns, marks: Sequence[str]) -> TimeCourse:
    """Return a course with the times that were interpolated."""
    pairs = zip(columns.minutes, columns.places, strict=False)
    times = sorted({minutes for minutes, place in pairs if marks[place] in ("True", "1")})
    return replace(course, interpolated=tuple(times))
