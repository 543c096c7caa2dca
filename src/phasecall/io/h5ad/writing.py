"""Calls as AnnData: genes with all that is said of them, and the time course that was called."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.calls import Calls
from phasecall.colours import THEMES
from phasecall.errors import InputError
from phasecall.io.heading import describe_calls
from phasecall.io.provenance import INTERPOLATED, KEY
from phasecall.timecourse import TimeCourse

EMBEDDING = "X_phasecall"
"""Where the network's numbers for genes are."""


def to_h5ad(calls: Calls, course: TimeCourse | None) -> bytes:
    """Return calls as a file of AnnData; see `to_anndata`."""
    _refuse(calls.genes)
    return _pack(to_anndata(calls, course))


def course_to_h5ad(course: TimeCourse, about: Mapping[str, Any]) -> bytes:
    """Return a time course as a file of AnnData, samples x genes.

    Parameters
    ----------
    course
        What to write: `X`, and `obs` with `time` in minutes and whether it is `interpolated`.
    about
        What `uns["phasecall"]` says of it.
    """
    import pandas as pd
    from anndata import AnnData

    _refuse(course.genes)
    obs = _samples(course.times, course.measured())
    uns = {KEY: keep_plain(about)}
    return _pack(
        AnnData(X=course.values.T.copy(), obs=obs, var=pd.DataFrame(index=list(course.genes)), uns=uns)
    )


def vectors_to_h5ad(
    vectors: NDArray[np.float64], columns: Mapping[str, Any], about: Mapping[str, Any]
) -> bytes:
    """Return numbers of genes as a file of AnnData, genes x numbers, as programs for cells expect cells.

    Parameters
    ----------
    vectors
        `X`, shape (n, k).
    columns
        `obs`: name to n values; those of `gene` are the index, those of `map_1` and `map_2` are
        `obsm["X_map"]`.
    about
        What `uns["phasecall"]` says of it.
    """
    import pandas as pd
    from anndata import AnnData

    _refuse(columns["gene"])
    obs = pd.DataFrame(dict(columns)).set_index("gene").rename_axis(None)
    places = obs[["map_1", "map_2"]].to_numpy()
    names = [f"e{place}" for place in range(1, vectors.shape[1] + 1)]
    return _pack(
        AnnData(
            X=vectors.copy(),
            obs=obs.drop(columns=["map_1", "map_2"]),
            var=pd.DataFrame(index=names),
            obsm={"X_map": places},
            uns={KEY: keep_plain(about)},
        )
    )


def _samples(times: Any, measured: Any) -> Any:
    import pandas as pd

    return pd.DataFrame({"time": times, INTERPOLATED: ~measured}, index=name_samples(times.tolist()))


def _refuse(genes: Sequence[str]) -> None:
    odd = [gene for gene in genes if "\0" in gene]
    if odd:
        raise InputError("the name of a gene holds a NUL character, which no .h5ad file can", found=odd[0])


def _pack(adata: Any) -> bytes:
    import h5py  # type: ignore[import-untyped]
    from anndata.io import write_elem

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        write_elem(file, "/", adata)
    return stream.getvalue()


def to_anndata(calls: Calls, course: TimeCourse | None = None) -> Any:
    """Return calls as AnnData, samples x genes.

    Parameters
    ----------
    calls
        What is said of each gene.
    course
        The one that was called; without it there are no samples.

    Returns
    -------
    anndata.AnnData
        `X`, the values, NaN where they are missing. `obs`: `time` in minutes, and whether it is
        `interpolated`. `var`: the native table. `varm["X_phasecall"]`: the network's numbers for each gene,
        shape (n, 32), if it read the course. `uns["phasecall"]`: `describe_calls` as `keep_plain` has it.

    Raises
    ------
    InputError
        If the course has other genes than the calls.
    """
    from anndata import AnnData

    if course is not None and course.genes != calls.genes:
        raise InputError(
            "the course is not the one that was called",
            expected=f"its {len(calls)} genes in their order",
            found=f"{len(course)} genes: {', '.join(course.genes[:3])} ...",
        )
    times = np.zeros(0) if course is None else course.times
    measured = np.zeros(0, dtype=np.bool_) if course is None else course.measured()
    obs = _samples(times, measured)
    values = np.zeros((0, len(calls))) if course is None else course.values.T.copy()
    adata = AnnData(X=values, obs=obs, var=to_frame(calls), uns=to_uns(calls))
    if calls.embed is not None:
        adata.varm[EMBEDDING] = calls.embed()
    return adata


def to_frame(calls: Calls, prefix: str = "") -> Any:
    """Return the native table as a data frame by gene; `phase` has an order, and is missing if withheld.

    Parameters
    ----------
    calls
        What is said of each gene.
    prefix
        What names of columns begin with.
    """
    import pandas as pd

    frame = calls.to_pandas().set_index("gene").rename_axis(None)
    names = [phase.name for phase in calls.scheme.phases]
    frame["phase"] = pd.Categorical(frame["phase"], names, ordered=True)
    return frame.add_prefix(prefix)


def to_uns(calls: Calls, prefix: str = "") -> dict[str, Any]:
    """Return what belongs to no gene: `phasecall`, and the colours of phases where scanpy looks for them."""
    said = describe_calls(calls)
    said["notes"] = {name: [note[name] for note in said["notes"]] for name in ("code", "text")}
    names = said["clocks"][0] if said["clocks"] else ()
    # A column for each part of the clock, NaN where it is not known.
    said["clocks"] = {name: [clock[name] for clock in calls.clocks] for name in names}
    said["least"] = calls.least
    colours = [THEMES["light"].phases[phase.code] for phase in calls.scheme.phases]
    return {KEY: keep_plain(said), f"{prefix}phase_colors": np.array(colours, dtype=object)}


def keep_plain(value: Any) -> Any:
    """Return a value as an `.h5ad` file can hold it.

    Dicts lose what is None. Lists of texts or of numbers become arrays; others, JSON.

    Examples
    --------
    >>> keep_plain({"times": [40, 50], "sync": None, "plans": [[1, None]], "name": "phasecall"})
    {'times': array([40, 50]), 'plans': '[[1, null]]', 'name': 'phasecall'}
    """
    if isinstance(value, Mapping):
        # A slash would part a name in two.
        kept = {name.replace("/", "_"): keep_plain(entry) for name, entry in value.items()}
        return {name: entry for name, entry in kept.items() if entry is not None}
    if not isinstance(value, list | tuple):
        return value
    kinds = {type(entry) for entry in value}
    if kinds <= {int, float}:
        return np.array(value)
    return np.array(value, dtype=object) if kinds == {str} else json.dumps(value)


def name_samples(times: Sequence[float]) -> list[str]:
    """Return a name for each time: its minutes, and for replicates a number.

    Examples
    --------
    >>> name_samples([0.0, 7.5, 7.5])
    ['0min', '7.5min', '7.5min-1']
    """
    met = Counter[str]()
    names = []
    for time in times:
        name = f"{time:g}min"
        names.append(f"{name}-{met[name]}" if met[name] else name)
        met[name] += 1
    return names
