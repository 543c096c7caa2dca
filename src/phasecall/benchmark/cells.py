"""Cells: what one method answered in one part of one track, each a file of its own."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from phasecall.io import atomic

Status = Literal["ok", "refused", "skipped", "failed"]
FORMAT = 1
"""Of the files; those of another are made anew."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One method in one part of one track.

    Parameters
    ----------
    track, part, method
        Key, fold or draw, and key.
    key
        Digest of all that the answer rests on.
    status
        `ok`; `refused`: the method cannot or will not do this; `skipped`: data or packages are not here, or
        it would not be fair; `failed`: it broke.
    reason
        Why, in a table's few words, unless it is `ok`.
    genes, codes
        Those asked for, and their known phases, shape (n,).
    values
        Probabilities, shape (n, phases), or scores, shape (n, 1).
    n_known
        How many genes it learnt from.
    filled
        Whether gaps in the data were filled for it, since it refuses them.
    seconds_fit, seconds_predict
        Time to learn, and to answer.
    peak_bytes, model_bytes
        Memory that this took on top; size of the model file of a method that has one.
    versions
        Of the packages that did the work.
    """

    track: str
    part: int
    method: str
    key: str = ""
    status: Status = "ok"
    reason: str = ""
    genes: tuple[str, ...] = ()
    codes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    values: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    n_known: int = 0
    filled: bool = False
    seconds_fit: float | None = None
    seconds_predict: float | None = None
    peak_bytes: int | None = None
    model_bytes: int | None = None
    versions: tuple[str, ...] = ()
    seed: int = 0


_ARRAYS = ("genes", "codes", "values")


def file_of(folder: Path, track: str, part: int, method: str) -> Path:
    """Return where a cell is kept."""
    return folder / f"{track}.{part:02d}.{method}.npz"


def write_cell(cell: Cell, folder: Path) -> None:
    """Write a cell, whole or not at all."""
    facts = {name: value for name, value in asdict(cell).items() if name not in _ARRAYS}
    with atomic(file_of(folder, cell.track, cell.part, cell.method), "wb") as file:
        np.savez_compressed(
            file,
            facts=np.array(json.dumps({"format": FORMAT, **facts})),
            genes=np.array(cell.genes, dtype=np.str_),
            codes=cell.codes,
            values=cell.values,
        )


def read_cell(folder: Path, track: str, part: int, method: str) -> Cell | None:
    """Return a cell that was kept; None if there is none, or it is broken or of another format."""
    try:
        # Opened here, since NumPy leaves a file open that is no archive.
        with (
            file_of(folder, track, part, method).open("rb") as file,
            np.load(file, allow_pickle=False) as kept,
        ):
            facts: dict[str, Any] = json.loads(str(kept["facts"]))
            if facts.pop("format") != FORMAT:
                return None
            facts["versions"] = tuple(facts["versions"])
            genes = tuple(map(str, kept["genes"].tolist()))
            return replace(Cell(**facts), genes=genes, codes=kept["codes"], values=kept["values"])
    except Exception:  # what a damaged file raises inside zipfile, zlib, ast or json has no common name
        return None
