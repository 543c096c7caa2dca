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
>>> from phasecall.io.h5ad.writing import to_anndata
>>> course = phasecall.load("alpha")
>>> adata = to_anndata(phasecall.call(course), course)
>>> call(adata, sync="alpha")
>>> adata.var.loc["YPR120C", "phasecall_phase"], adata.varm["X_phasecall"].shape
('Late G1/S', (800, 32))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import numpy as np

from phasecall import caller
from phasecall.calls import Calls, Reason
from phasecall.errors import InputError, require
from phasecall.figures import draw
from phasecall.io.h5ad.writing import EMBEDDING, to_frame, to_uns
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
MAX_PANELS = 24
"""Genes that `plot_profile` draws at most."""

_READING = ("layer", "unit", "scale", "experiment", "transpose")


class How(TypedDict, total=False):
    """How the course is read, as of `phasecall.read`; the culture and the model, as of `phasecall.call`."""

    layer: str | None
    unit: str | None
    scale: str
    experiment: str | None
    transpose: bool
    model: str | Path | ModelFile | TunedModel | None
    sync: str | None
    scheme: str | None
    known: KnownGenes | None
    period: float | None


def call(adata: Any, *, time: str | None = None, copy: bool = False, **how: Unpack[How]) -> Any:
    """Call the phase in which each gene of an AnnData peaks, and write the answers into it.

    The module says which columns and arrays these are. Answers of an earlier call are replaced. The course is
    read as `phasecall.read` reads an `.h5ad` file: samples are whichever of `obs` and `var` have times, equal
    times are replicates, counts and ratios become logarithms, zeros are values and NaN is missing.

    Parameters
    ----------
    adata
        A bulk course. Samples may have a column `interpolated` of bools.
    time
        The column that holds the time of each sample; one called time, minutes, hours ... if not given.
    copy
        Whether to leave `adata` as it is, and return a copy with the answers.
    **how
        `layer`, `unit`, `scale`, `experiment` and `transpose`, as of `phasecall.read`; `sync`, `period`,
        `known`, `scheme` and `model`, as of `phasecall.call`.

    Returns
    -------
    anndata.AnnData or None
        The copy, if asked for.

    Raises
    ------
    InputError
        If there is no such column or layer, nothing says when samples were taken, there are several
        experiments or single cells, or `phasecall.call` refuses the course.
    MissingExtraError
        If anndata is not installed.
    """
    _require_anndata(adata)
    asked: dict[str, Any] = dict(how)
    reading = {name: asked.pop(name) for name in _READING if asked.get(name) is not None}
    reading |= {} if time is None else {"time": time}
    samples, course = _read(adata, reading)
    calls = caller.call(course, **asked)
    target = adata.copy() if copy else adata
    _keep(target, calls, samples, reading)
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
    table, said, reading = _find_answers(adata)
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
    # All genes tell the scale of the values.
    course = _read(adata, reading)[1]
    rows = [table.index.get_loc(gene) for gene in wanted]
    return draw("genes", (_restore(table.loc[wanted], said), course.select_genes(rows)), theme=theme)


def _require_anndata(adata: Any) -> None:
    require("AnnData", "anndata", "anndata")
    from anndata import AnnData

    if not isinstance(adata, AnnData):
        raise InputError("this is no AnnData", expected="an AnnData", found=type(adata).__name__)


def _read(adata: Any, how: Mapping[str, Any]) -> tuple[str, TimeCourse]:
    """Return which axis is the samples, and the course, as of `phasecall.read`."""
    from phasecall.io.courses import the_one
    from phasecall.io.h5ad.axes import extract_from
    from phasecall.io.h5ad.courses import courses_of_contents
    from phasecall.io.request import Request

    request = Request(**{"name": "AnnData", **{name: how[name] for name in how if name != "time"}})
    found = extract_from(adata, request.layer, how.get("time"))
    samples, courses = courses_of_contents(found, "the AnnData", request)
    return samples, the_one(courses, "the AnnData", request.experiment)


def _keep(adata: Any, calls: Calls, samples: str, reading: Mapping[str, Any]) -> None:
    """Write calls into an AnnData, in the place of those of an earlier call."""
    side, arrays = ("var", "varm") if samples == "obs" else ("obs", "obsm")
    table = getattr(adata, side)
    kept = table[[name for name in table.columns if not str(name).startswith(PREFIX)]]
    setattr(adata, side, kept.join(to_frame(calls, PREFIX).set_axis(kept.index)))
    getattr(adata, arrays).pop(EMBEDDING, None)
    if calls.embed is not None:
        getattr(adata, arrays)[EMBEDDING] = calls.embed()
    uns = to_uns(calls, PREFIX)
    uns["phasecall"] |= {"genes": side, "reading": dict(reading)}
    adata.uns.update(uns)


def _find_answers(adata: Any) -> tuple[Any, Mapping[str, Any], Mapping[str, Any]]:
    """Return the native table in an AnnData, what it rests on, and how the course is read.

    Raises
    ------
    InputError
        If it holds none.
    """
    _require_anndata(adata)
    said = adata.uns.get("phasecall", {})
    # A file of calls is about nothing else, and its columns have no prefix.
    prefix = PREFIX if "genes" in said else ""
    table = getattr(adata, str(said.get("genes", "var")))
    table = table[[name for name in table.columns if str(name).startswith(prefix)]]
    if not said or f"{prefix}peak_turn" not in table.columns:
        raise InputError(
            "phasecall has not called the genes of this AnnData",
            fix="call them first: phasecall.scverse.call(adata)",
        )
    return table.rename(columns=lambda name: str(name).removeprefix(prefix)), said, said.get("reading", {})


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
