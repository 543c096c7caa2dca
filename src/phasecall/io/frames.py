"""Frames: time courses from the tables of other libraries, none of which is imported here.

pandas and polars data frames, pyarrow tables, xarray arrays, AnnData: what somebody hands over is of a
library that is loaded already, and its class says of which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from phasecall.errors import InputError
from phasecall.io.arrow.courses import courses_of_arrow
from phasecall.io.courses import courses_of_grid
from phasecall.io.grid import Grid
from phasecall.io.header import label_from, listed
from phasecall.io.provenance import KEY, recall
from phasecall.io.request import Request, refuse_other
from phasecall.io.samples import TIMES, plain
from phasecall.io.series import Series, courses_of_series, require_size, spell
from phasecall.timecourse import TimeCourse

_NAME = "time course"


def is_frame(source: object) -> bool:
    """Return whether something is a table of another library.

    Examples
    --------
    >>> is_frame("course.csv")
    False
    """
    return _kind_of(source) in _FRAMES


def courses_of_frame(frame: Any, request: Request) -> list[TimeCourse]:
    """Return the time courses of a table of another library.

    Parameters
    ----------
    frame
        A pandas or polars data frame, a pyarrow table, or an xarray array of genes x times, in either order,
        or a data set of one such array; an AnnData.
    request
        What is asked of it.

    Raises
    ------
    InputError
        If it is no such table, or none of time courses.
    """
    if not is_frame(frame):
        raise InputError(
            "this is neither a file nor a table that is read",
            expected="a path, a pandas or polars frame, a pyarrow table, an xarray array or an AnnData",
            found=type(frame).__name__,
        )
    refuse_other("the table", request, layer=_kind_of(frame)[0] == "anndata")
    request = replace(request, name=request.name or _NAME, format=_layout(request.format))
    return _FRAMES[_kind_of(frame)](frame, request)


def _layout(key: str) -> str:
    if key in ("excel", "h5ad", "geo"):
        raise InputError(f"a table in memory is not of the format '{key}'", fix="leave format out")
    return "auto" if key in ("parquet", "arrow") else key


def _kind_of(source: object) -> tuple[str, str]:
    """Return library and class of an object, or of the class that it is derived from."""
    kinds = [(kind.__module__.partition(".")[0], kind.__name__) for kind in type(source).__mro__]
    return next((kind for kind in kinds if kind in _FRAMES), ("", ""))


def _read_pandas(frame: Any, request: Request) -> list[TimeCourse]:
    source = "the data frame"
    require_size(source, *frame.shape)
    labels = map(spell, frame.columns)
    columns = [_pandas_series(label, frame.iloc[:, place]) for place, label in enumerate(labels)]
    # An index that only counts names nothing.
    counts = type(frame.index).__name__ == "RangeIndex"
    names = None if counts else Series(_text(frame.index.name), [spell(name) for name in frame.index])
    return courses_of_series(source, columns, request, names)


def _pandas_series(label: str, column: Any) -> Series:
    # The types of pandas' own have a kind, too; that of text and of categories is O.
    if getattr(column.dtype, "kind", "O") in "iuf":
        return Series(label, np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan)))
    missing = column.isna().tolist()
    return Series(label, ["" if gone else spell(cell) for cell, gone in zip(column, missing, strict=True)])


def _read_polars(frame: Any, request: Request) -> list[TimeCourse]:
    source = "the data frame"
    require_size(source, *frame.shape)
    columns = []
    for column in frame.get_columns():
        cells = column.to_list()
        if column.dtype.is_numeric():
            values = np.array([np.nan if cell is None else float(cell) for cell in cells])
            columns.append(Series(spell(column.name), values))
        else:
            columns.append(Series(spell(column.name), [_text(cell) for cell in cells]))
    return courses_of_series(source, columns, request)


def _read_arrow(table: Any, request: Request) -> list[TimeCourse]:
    told = (table.schema.metadata or {}).get(KEY.encode())
    return recall(courses_of_arrow(table, request, "the table"), told, request, _NAME)


def _read_dataset(dataset: Any, request: Request) -> list[TimeCourse]:
    names = list(dataset.data_vars)
    if len(names) != 1:
        raise InputError(
            "the data set is not one table",
            expected="one variable",
            found=listed([str(name) for name in names]) or "none",
            fix="give one of them: dataset['name']",
        )
    return _read_xarray(dataset[names[0]], request)


def _read_xarray(array: Any, request: Request) -> list[TimeCourse]:
    source = "the array"
    if len(array.dims) != 2:
        raise InputError(
            "the array is not genes x times",
            expected="two dimensions",
            found=f"{', '.join(map(str, array.dims))}",
        )
    require_size(source, *array.shape)
    axis = _time_axis(array, request)
    times, genes = array.dims[axis], array.dims[1 - axis]
    if genes not in array.coords and array.dims[1 - axis] not in array.indexes:
        raise InputError("the genes of the array have no names", expected=f"a coordinate '{genes}'")
    values = np.asarray(array.values, dtype=np.float64)
    names = [spell(name) for name in array[genes].values.tolist()]
    grid = Grid(
        source,
        str(genes),
        _time_labels(array, times),
        names,
        values.T if axis == 0 else values,
        range(1, len(names) + 1),
        range(1, array.shape[axis] + 1),
    )
    if request.name == _NAME and isinstance(array.name, str):
        request = replace(request, name=array.name)
    # Which dimension is the time was asked already.
    return courses_of_grid(grid, replace(request, transpose=False, format="table"))


def _time_axis(array: Any, request: Request) -> int:
    """Return which dimension of an array is the time."""
    if request.transpose:
        return 0
    called = [axis for axis, name in enumerate(array.dims) if plain(str(name)) in TIMES]
    carried = [axis for axis, name in enumerate(array.dims) if _time_coordinate(array, name) is not None]
    spans = [axis for axis, name in enumerate(array.dims) if array[name].dtype.kind == "m"]
    if len(found := called or carried or spans) == 1:
        return found[0]
    if request.times is not None or request.samples is not None:
        return 1
    raise InputError(
        "the array does not say which of its dimensions is the time",
        expected="a dimension or a coordinate called time",
        found=f"the dimensions {', '.join(map(str, array.dims))}",
        fix="array.rename(...), or give times",
    )


def _time_coordinate(array: Any, dimension: Any) -> Any:
    """Return the coordinate of times along a dimension; None where there is none."""
    along = [name for name, coordinate in array.coords.items() if coordinate.dims == (dimension,)]
    return next((array[name] for name in along if plain(str(name)) in TIMES), None)


def _time_labels(array: Any, dimension: Any) -> list[str]:
    """Return the times along a dimension as labels with their unit."""
    coordinate = _time_coordinate(array, dimension)
    coordinate = array[dimension] if coordinate is None else coordinate
    if coordinate.dtype.kind == "m":
        return [spell(time) for time in coordinate.values]
    unit = str(coordinate.attrs.get("units", ""))
    known = label_from(f"1{unit}")
    minutes = TIMES.get(plain(str(coordinate.name)))
    if known is None or known.minutes is None:
        unit = {60.0: "h", 1.0: "min", 1 / 60: "s"}.get(minutes or 0.0, "")
    labels = [spell(time) for time in coordinate.values.tolist()]
    return [label + unit if label.replace(".", "").lstrip("-").isdigit() else label for label in labels]


def _read_anndata(adata: Any, request: Request) -> list[TimeCourse]:
    from phasecall.io.h5ad.axes import extract_from
    from phasecall.io.h5ad.courses import courses_of_contents

    return courses_of_contents(extract_from(adata, request.layer), "the AnnData", request)[1]


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


_FRAMES: Mapping[tuple[str, str], Callable[[Any, Request], list[TimeCourse]]] = MappingProxyType(
    {
        ("pandas", "DataFrame"): _read_pandas,
        ("polars", "DataFrame"): _read_polars,
        ("pyarrow", "Table"): _read_arrow,
        ("xarray", "DataArray"): _read_xarray,
        ("xarray", "Dataset"): _read_dataset,
        ("anndata", "AnnData"): _read_anndata,
    }
)
"""Every kind of table that is read without a file."""
