"""AnnData in and out: calls where scanpy and its relatives look for them, and figures of them.

| where, if genes are `var` | what |
|---|---|
| `var["phasecall_..."]` | the native table; `phasecall_phase` has an order, and is missing if withheld |
| `varm["X_phasecall"]` | 32 numbers for each gene, if the network read the course (`phasecall.embedding`) |
| `uns["phasecall"]` | what the calls rest on, and where the course lies |
| `uns["phasecall_phase_colors"]` | a colour for each phase |

Examples
--------
>>> import phasecall
>>> from phasecall.io.annotated import to_anndata
>>> course = phasecall.load("alpha")
>>> adata = to_anndata(phasecall.call(course), course)
>>> call(adata, sync="alpha")
>>> adata.var.loc["YPR120C", "phasecall_phase"], adata.varm["X_phasecall"].shape
('Late G1/S', (800, 32))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from phasecall import caller
from phasecall.calls import Calls, Reason
from phasecall.errors import InputError, MissingExtraError, find_row
from phasecall.figures import draw
from phasecall.io.annotated import EMBEDDING, to_frame, to_uns
from phasecall.io.provenance import INTERPOLATED
from phasecall.phases import scheme as find_scheme
from phasecall.timecourse import TimeCourse

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from phasecall.clock import KnownGenes
    from phasecall.modelfile import ModelFile
    from phasecall.tunedmodel import TunedModel

PREFIX = "phasecall_"
"""What the columns of `call` begin with."""
UNITS = MappingProxyType({"s": 1 / 60, "min": 1.0, "h": 60.0})
"""Minutes in a unit of time."""
MAX_TIMES = 1000
"""No bulk course has more different times."""
MAX_PANELS = 24
"""Genes that `plot_profile` draws at most."""

Axis = Literal["obs", "var"]


class How(TypedDict, total=False):
    """What is known of the culture, and the model: as of `phasecall.call`."""

    model: str | Path | ModelFile | TunedModel | None
    sync: str | None
    scheme: str | None
    known: KnownGenes | None
    period: float | None


class _Layout(NamedTuple):
    """Where an AnnData holds the course."""

    time: str
    layer: str | None
    unit: str
    genes: Axis


def call(
    adata: Any,
    *,
    time: str = "time",
    layer: str | None = None,
    unit: str = "min",
    genes: Axis | None = None,
    copy: bool = False,
    **how: Unpack[How],
) -> Any:
    """Call the phase in which each gene of an AnnData peaks, and write the answers into it.

    The module says which columns and arrays these are. Answers of an earlier call are replaced.

    Parameters
    ----------
    adata
        A bulk course, samples x genes or genes x samples. Samples may have a column `interpolated` of bools.
    time
        The column that holds the time of each sample, a number: equal ones are replicates.
    layer
        The layer to read; `X` if not given. It may be sparse. Zeros are values, NaN is missing.
    unit
        Of the times: `s`, `min` or `h`. Answers are in minutes.
    genes
        Which of `var` and `obs` the genes are, where both have a column of that name.
    copy
        Whether to leave `adata` as it is, and return a copy with the answers.
    **how
        `sync`, `period`, `known`, `scheme` and `model`, as of `phasecall.call`.

    Returns
    -------
    anndata.AnnData or None
        The copy, if asked for.

    Raises
    ------
    InputError
        If there is no such column, layer or unit, times are no numbers or more than 1000, as of single cells,
        or `phasecall.call` refuses the course.
    MissingExtraError
        If anndata is not installed.
    """
    _require_anndata(adata)
    layout = _Layout(time, layer, unit, genes or _find_genes(adata, time))
    course = _read_course(adata, layout)
    calls = caller.call(course, **how)
    target = adata.copy() if copy else adata
    _keep(target, calls, course, layout)
    return target if copy else None


def plot_wheel(adata: Any, *, theme: str = "light") -> Figure:
    """Draw where on the cell cycle the genes of an AnnData peak.

    Parameters
    ----------
    adata
        What `call` was given, or the `.h5ad` file of calls that `phasecall.write` wrote.
    theme
        `light` or `dark`.

    Raises
    ------
    InputError
        If there are no calls in it.
    """
    table, said, _ = _find_answers(adata)
    return draw("wheel", (_restore(table, said), None), theme=theme)


def plot_profile(adata: Any, genes: str | Sequence[str], *, theme: str = "light") -> Figure:
    """Draw the values of a few genes over time, and where each peaks.

    Parameters
    ----------
    adata
        What `call` was given, or the `.h5ad` file of calls and their course that `phasecall.write` wrote.
    genes
        Their names, 24 at most.
    theme
        `light` or `dark`.

    Raises
    ------
    InputError
        If there are no calls, no samples or not all of these genes in it, or these are too many.
    """
    wanted = [genes] if isinstance(genes, str) else list(genes)
    table, said, layout = _find_answers(adata)
    absent = [gene for gene in wanted if gene not in table.index]
    if absent:
        raise InputError(
            f"{len(absent)} of the genes are not in the AnnData",
            expected=f"names such as {', '.join(table.index[:3])}",
            found=", ".join(absent[:5]),
        )
    if not 0 < len(wanted) <= MAX_PANELS:
        raise InputError(
            "so many genes cannot be drawn", expected=f"1 to {MAX_PANELS}", found=f"{len(wanted)} genes"
        )
    own = adata[:, wanted] if layout.genes == "var" else adata[wanted]
    data = (_restore(table.loc[wanted], said), _read_course(own, layout))
    return draw("genes", data, theme=theme)


def _require_anndata(adata: Any) -> None:
    try:
        from anndata import AnnData
    except ImportError as fault:
        raise MissingExtraError("AnnData", "anndata", "anndata") from fault
    if not isinstance(adata, AnnData):
        raise InputError("this is no AnnData", expected="an AnnData", found=type(adata).__name__)
    if adata.isbacked:
        raise InputError(
            "the AnnData lies on the disk", expected="one in memory", fix="call it with adata.to_memory()"
        )


def _find_genes(adata: Any, time: str) -> Axis:
    """Return which of `obs` and `var` are the genes: the one that has no times."""
    timed = {"var": time in adata.obs.columns, "obs": time in adata.var.columns}
    if all(timed.values()):
        raise InputError(
            f"both obs and var have a column '{time}'",
            expected="times in one of them, that of the samples",
            fix='say which of them are the genes: genes="var" or genes="obs"',
        )
    if not any(timed.values()):
        raise InputError(
            f"no column '{time}' says when a sample was taken",
            found=f"in obs {_list(adata.obs.columns)}; in var {_list(adata.var.columns)}",
            fix="name the column that holds the times: time=...",
        )
    return "var" if timed["var"] else "obs"


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(str, names[:10])) or "no column"


def _read_course(adata: Any, layout: _Layout) -> TimeCourse:
    """Return the course that an AnnData holds, genes x times, minutes."""
    samples, genes = (adata.obs, adata.var) if layout.genes == "var" else (adata.var, adata.obs)
    if layout.time not in samples.columns:
        side = "obs" if layout.genes == "var" else "var"
        raise InputError(f"{side} has no column '{layout.time}'", found=_list(samples.columns))
    # An hour's sixtieth, sixty times, need not be an hour: so is it in files (`phasecall.io.header`).
    minutes = find_row(UNITS, layout.unit, "unit of time")
    times = np.round(_read_times(samples[layout.time], layout.time) * minutes, 9)
    n_times = np.unique(times).size
    if n_times > MAX_TIMES:
        raise InputError(
            "these look like single cells: phasecall reads bulk time courses",
            expected=f"samples at no more than {MAX_TIMES} different times",
            found=f"{times.size} samples at {n_times} different times",
            fix="sum or average the cells of each time point, and call those",
        )
    values = _read_values(adata, layout.layer)
    made_up = samples.get(INTERPOLATED)
    return TimeCourse(
        tuple(map(str, genes.index)),
        times,
        values.T if layout.genes == "var" else values,
        name="AnnData",
        interpolated=() if made_up is None or made_up.dtype != np.bool_ else tuple(times[made_up].tolist()),
    )


def _read_times(column: Any, name: str) -> NDArray[np.float64]:
    import pandas as pd

    times: NDArray[np.float64] = pd.to_numeric(column.astype(object), errors="coerce").to_numpy(np.float64)
    odd = np.flatnonzero(~np.isfinite(times))
    if odd.size:
        raise InputError(
            f"{odd.size} of {times.size} times are no numbers",
            expected=f"a number for each sample in the column '{name}'",
            found=f"'{column.iloc[odd[0]]}' of sample {column.index[odd[0]]}",
            fix="write plain numbers, and say what they are: unit='min' or unit='h'; leave out other samples",
        )
    return times


def _read_values(adata: Any, layer: str | None) -> NDArray[np.float64]:
    if layer is not None and layer not in adata.layers:
        raise InputError(f"there is no layer '{layer}'", found=_list(list(adata.layers)))
    values = adata.X if layer is None else adata.layers[layer]
    if values is None:
        raise InputError(
            "the AnnData has no X", found=f"layers {_list(list(adata.layers))}", fix="name one: layer=..."
        )
    dense = values.toarray() if hasattr(values, "toarray") else values
    return np.asarray(dense, dtype=np.float64)


def _keep(adata: Any, calls: Calls, course: TimeCourse, layout: _Layout) -> None:
    """Write calls into an AnnData, in the place of those of an earlier call."""
    sides = ("var", "varm") if layout.genes == "var" else ("obs", "obsm")
    table, arrays = (getattr(adata, side) for side in sides)
    kept = table[[name for name in table.columns if not str(name).startswith(PREFIX)]]
    answers = to_frame(calls, PREFIX)
    setattr(adata, sides[0], kept.join(answers.set_axis(kept.index)))
    arrays.pop(EMBEDDING, None)
    if calls.embed is not None:
        arrays[EMBEDDING] = calls.embed(course)
    uns = to_uns(calls, PREFIX)
    where = {name: value for name, value in layout._asdict().items() if value is not None}
    uns["phasecall"]["layout"] = where
    adata.uns.update(uns)


def _find_answers(adata: Any) -> tuple[Any, Mapping[str, Any], _Layout]:
    """Return the native table in an AnnData, what it rests on, and where the course is.

    Raises
    ------
    InputError
        If it holds none.
    """
    _require_anndata(adata)
    said = adata.uns.get("phasecall", {})
    # A file of calls is about nothing else, and its columns have no prefix.
    layout = _Layout(**{"layer": None, **said.get("layout", {"time": "time", "unit": "min", "genes": "var"})})
    prefix = PREFIX if "layout" in said else ""
    table = getattr(adata, layout.genes)
    table = table[[name for name in table.columns if str(name).startswith(prefix)]]
    if not said or f"{prefix}peak_turn" not in table.columns:
        raise InputError(
            "phasecall has not called the genes of this AnnData",
            fix="call them first: phasecall.scverse.call(adata)",
        )
    return table.rename(columns=lambda name: str(name).removeprefix(prefix)), said, layout


def _restore(table: Any, said: Mapping[str, Any]) -> Calls:
    """Return the calls that a native table holds, as far as figures need them."""
    scheme = find_scheme(str(said["scheme"]))
    numbers = ("peak_turn", "peak_time", "peak_lo", "peak_hi", "amplitude", "periodic_p", "periodic_q")
    counts = ("rank", "n_observed", "n_missing")
    return Calls(
        genes=tuple(map(str, table.index)),
        scheme=scheme,
        probabilities=table[[f"p_{phase.key}" for phase in scheme.phases]].to_numpy(np.float64),
        reason=tuple(map(Reason, table["reason"])),
        period=float(table["period"].iloc[0]),
        novelty=table["novelty"].to_numpy(np.float64),
        flags=tuple(table["flags"]),
        method=str(said["method"]),
        least=said.get("least"),
        **{name: table[name].to_numpy(np.float64) for name in numbers},
        **{name: table[name].to_numpy(np.int64) for name in counts},
    )
