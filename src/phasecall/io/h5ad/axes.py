"""Axes: what an AnnData knows of its rows and columns, in a file or in memory, and the values between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.io.h5ad.hdf5 import Store
from phasecall.io.header import Label, labels_from, listed, sync_of
from phasecall.io.provenance import INTERPOLATED, KEY
from phasecall.io.samples import EXPERIMENTS, SIGNS, TIMES, plain
from phasecall.io.series import require_size, spell
from phasecall.io.timing import counts_only
from phasecall.timecourse import Values

MAX_TIMES = 1000
"""No bulk course has more different times."""

# Other HDF5 files, by a member.
_OTHERS = (
    ("matrix", "a loom or 10x file"),
    ("#refs#", "a MATLAB file (mat 7.3)"),
    ("layer_names", "a Keras file"),
    ("model_weights", "a Keras file"),
)


@dataclass(frozen=True)
class Axis:
    """What an AnnData file knows of its rows, `obs`, or of its columns, `var`.

    Parameters
    ----------
    key
        `obs` or `var`.
    names
        What they are called.
    columns
        What is known of them, as text; by name.
    """

    key: str
    names: list[str]
    columns: dict[str, list[str]]

    @property
    def time(self) -> str | None:
        """The column of times; None where there is none."""
        return next((name for name in self.columns if plain(name) in TIMES), None)

    @property
    def labels(self) -> list[Label]:
        """The times that the names stand for; nothing where they are no times."""
        read = labels_from(self.names)
        labels = [label for label in read if label is not None]
        return [] if len(labels) < len(read) or counts_only(labels) else labels

    @property
    def is_sure(self) -> bool:
        """Whether the names are times beyond doubt."""
        return all(label.sure for label in self.labels) or sync_of(self.names) is not None


@dataclass(frozen=True, eq=False)
class Contents:
    """What is read of an AnnData file: its axes, its values, shape (obs, var), and `provenance.tell`."""

    obs: Axis
    var: Axis
    values: Values
    told: str | None


def extract(store: Store, layer: str | None) -> Contents:
    """Return what a time course is made of.

    Parameters
    ----------
    store
        An open AnnData file.
    layer
        The layer to read; X if not given.

    Raises
    ------
    InputError
        If it is no AnnData file, broken, or has no such layer; if it has more times than a bulk course.
    """
    _refuse_others(store)
    obs, var = _axis(store, "obs"), _axis(store, "var")
    for axis in (obs, var):
        _refuse_cells(store.source, axis)
    return Contents(obs, var, _values(store, layer, (len(obs.names), len(var.names))), _told(store))


def extract_from(adata: Any, layer: str | None, time: str | None = None) -> Contents:
    """Return what a time course is made of, of an AnnData in memory.

    Parameters
    ----------
    adata
        An AnnData.
    layer
        The layer to read; X if not given.
    time
        The column of times, whatever it is called; one called as in a sheet of samples if not given.

    Raises
    ------
    InputError
        If it lies on the disk, has no such layer or column, or more times than a bulk course has.
    """
    source = "the AnnData"
    if adata.isbacked:
        raise InputError(f"{source} lies on the disk", expected="one in memory", fix="adata.to_memory()")
    frames = {"obs": adata.obs, "var": adata.var}
    if time is not None and all(time not in frame.columns for frame in frames.values()):
        found = "; ".join(f"{key}: {listed(list(map(str, one.columns)))}" for key, one in frames.items())
        raise InputError(f"{source} has no column '{time}'", found=found)
    obs, var = (_axis_of(frame, key, time) for key, frame in frames.items())
    for axis in (obs, var):
        _refuse_cells(source, axis)
    _refuse_absent(source, layer, list(adata.layers), adata.X is not None)
    values = adata.X if layer is None else adata.layers[layer]
    require_size(source, *values.shape)
    dense = values.toarray() if hasattr(values, "toarray") else values
    told = adata.uns.get(KEY, {}).get("course")
    return Contents(obs, var, np.asarray(dense, dtype=np.float64), None if told is None else str(told[0]))


def _axis_of(frame: Any, key: str, time: str | None) -> Axis:
    """Return what is known of the rows or of the columns by a data frame."""
    columns = {}
    for name in map(str, frame.columns):
        is_time = name == time if time is not None else plain(name) in TIMES
        if is_time or plain(name) in (*EXPERIMENTS, *SIGNS) or name == INTERPOLATED:
            cells, missing = frame[name].tolist(), frame[name].isna().tolist()
            # A column of a name of its own counts minutes.
            called = "time" if is_time and plain(name) not in TIMES else name
            columns[called] = ["" if gone else spell(cell) for cell, gone in zip(cells, missing, strict=True)]
    return Axis(key, list(map(str, frame.index)), columns)


def _refuse_absent(source: str, layer: str | None, layers: Sequence[str], has_x: bool) -> None:
    """Refuse a layer that is not there, and an X that is not."""
    if layer is not None and layer not in layers:
        raise InputError(
            f"'{source}' has no layer '{layer}'",
            expected=f"one of {', '.join(layers)}" if layers else "none: it has X only",
        )
    if layer is None and not has_x:
        raise InputError(
            f"'{source}' has no X",
            expected="values in X, or in a layer",
            fix=f"--layer with one of {', '.join(layers)}" if layers else None,
        )


def _refuse_others(store: Store) -> None:
    if "obs" in store and "var" in store:
        return
    keys = store.keys()
    what = next((what for key, what in _OTHERS if key in keys), f"an HDF5 file of {listed(keys)}")
    raise InputError(
        f"'{store.source}' is no AnnData file",
        expected="an HDF5 file with obs, var and X",
        found=f"it looks like {what}",
        fix="read it with anndata or scanpy and write it as h5ad, or export the table as CSV",
    )


def _refuse_cells(source: str, samples: Axis) -> None:
    """Refuse single cells, before their values are read."""
    times = set(samples.columns[samples.time]) if samples.time is not None else set()
    if len(times) > MAX_TIMES:
        raise InputError(
            f"'{source}' has {len(times):,} different times: are these single cells?",
            expected=f"a bulk course of at most {MAX_TIMES} times",
            found=f"the column '{samples.time}' of {samples.key}",
            fix="sum the cells of each sample or bin of time first",
        )


def _axis(store: Store, key: str) -> Axis:
    """Return what is known of the rows or of the columns."""
    frame = store.open(key)
    index = frame.attribute("_index", "_index" if "_index" in frame else "index")
    names = _column(frame, str(index)) or []
    columns = {}
    for name in frame.keys():  # noqa: SIM118  a store is no mapping
        wanted = plain(name) in (*TIMES, *EXPERIMENTS, *SIGNS) or name == INTERPOLATED
        if name != index and wanted and (texts := _column(frame, name)) is not None:
            columns[name] = texts
    short = [name for name, texts in columns.items() if len(texts) != len(names)]
    if short or not names:
        raise InputError(
            f"'{store.source}' is a broken AnnData file",
            found=f"columns of different lengths in {key}" if names else f"no names in {key}",
        )
    # The order is that of the file's author, not of the alphabet.
    order = [name for name in frame.attribute("column-order", ()) if name in columns]
    return Axis(key, names, {name: columns[name] for name in (*order, *columns)})


def _column(frame: Store, key: str) -> list[str] | None:
    """Return a column as text, empty where it is missing; None where it holds neither numbers nor texts."""
    if not frame.is_group(key):
        if frame.is_text(key):
            return frame.texts(key)
        return _written(frame.numbers(key)) if frame.shape(key) else None
    column, kind = frame.open(key), frame.kind(key)
    if kind == "categorical":
        words = [*(_column(column, "categories") or []), ""]
        codes = column.numbers("codes").astype(np.int64)
        if codes.ndim != 1 or (codes.size and not -1 <= codes.min() <= codes.max() < len(words) - 1):
            raise InputError(
                f"'{frame.source}' is a broken AnnData file", found=f"codes of {frame.name}/{key}"
            )
        return [words[code] for code in codes.tolist()]
    if kind.startswith("nullable-"):
        texts, mask = _column(column, "values") or [], column.numbers("mask").tolist()
        return ["" if missing else text for text, missing in zip(texts, mask, strict=True)]
    return None


def _written(values: NDArray[np.generic]) -> list[str] | None:
    """Return numbers as text, empty where one is missing."""
    if values.ndim != 1:
        return None
    return ["" if value != value else spell(value) for value in values.tolist()]


def _values(store: Store, layer: str | None, shape: tuple[int, int]) -> Values:
    """Return the values, shape (obs, var)."""
    require_size(store.source, *shape)
    holder, key = store, layer or "X"
    layers = store.open("layers").keys() if "layers" in store else []
    _refuse_absent(store.source, layer, layers, "X" in store)
    if layer is not None:
        holder = store.open("layers")
    if holder.is_group(key):
        values = _sparse(holder.open(key), shape)
    else:
        _require_shape(store.source, holder.shape(key), shape)
        values = holder.numbers(key)
    return np.asarray(values, dtype=np.float64)


def _sparse(matrix: Store, shape: tuple[int, int]) -> NDArray[np.generic]:
    """Return a matrix of which only some entries are kept; the others are 0."""
    from scipy import sparse

    kind = matrix.kind() or f"{matrix.attribute('h5sparse_format', '')}_matrix"
    made = {"csr_matrix": sparse.csr_matrix, "csc_matrix": sparse.csc_matrix}.get(kind)
    if made is None:
        raise InputError(
            f"'{matrix.source}' keeps its values as '{kind}'", expected="an array, or csr or csc"
        )
    _require_shape(matrix.source, matrix.attribute("shape", matrix.attribute("h5sparse_shape", ())), shape)
    data, indices, indptr = (matrix.numbers(key) for key in ("data", "indices", "indptr"))
    packed = made((data, indices, indptr), shape=shape)
    packed.check_format(full_check=True)
    return np.asarray(packed.toarray())


def _require_shape(source: str, found: Sequence[int], shape: tuple[int, int]) -> None:
    if tuple(found) != shape:
        raise InputError(
            f"'{source}' is a broken AnnData file",
            expected=f"values of shape {shape}, as obs and var say",
            found=f"{tuple(found)}",
        )


def _told(store: Store) -> str | None:
    """Return what `phasecall.io.coursefile` wrote of the course."""
    for key in ("uns", KEY):
        if key not in store or not store.is_group(key):
            return None
        store = store.open(key)
    return store.texts("course")[0] if "course" in store and store.shape("course") == (1,) else None
