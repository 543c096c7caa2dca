"""The request: what is asked of a file that is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from phasecall.errors import InputError
from phasecall.io.scale import SCALES
from phasecall.io.timing import UNITS


class Reading(TypedDict, total=False):
    """What can be said of a file to `phasecall.read`; see there."""

    format: str
    transpose: bool
    name: str | None
    sync: str | None
    experiment: str | None
    unit: str | None
    times: Sequence[float] | None
    samples: str | os.PathLike[str] | None
    sheet: str | None
    layer: str | None
    scale: str
    genes: str | None


@dataclass(frozen=True)
class Request:
    """What is asked of a file, checked.

    Parameters
    ----------
    format
        Key of a reader, or `auto`.
    transpose
        Whether genes are in columns and time points in rows, whatever the table looks like.
    name, sync
        What the experiment is called, and how it was synchronised.
    experiment
        Which one of several in the file.
    unit
        Unit of the times, a key of `phasecall.io.timing.UNITS`.
    times
        The time of every column, in the order of the file; the header's if not given.
    samples
        A file that says of each column what was measured when.
    sheet, layer
        Of a workbook; of an AnnData file.
    scale
        A key of `phasecall.io.scale.SCALES`, or `auto`.
    genes
        Header of the column of a table that genes are called by; the first if not given.
    """

    format: str = "auto"
    transpose: bool = False
    name: str | None = None
    sync: str | None = None
    experiment: str | None = None
    unit: str | None = None
    times: Sequence[float] | None = None
    samples: str | os.PathLike[str] | None = None
    sheet: str | None = None
    layer: str | None = None
    scale: str = "auto"
    genes: str | None = None

    def __post_init__(self) -> None:
        _require("unit", self.unit, UNITS)
        _require("scale", self.scale, ("auto", *SCALES))
        if self.times is not None and self.samples is not None:
            raise InputError(
                "times and samples both say when each column was measured", fix="give one of them"
            )


def refuse_other(
    source: str, request: Request, *, sheet: bool = False, layer: bool = False, genes: bool = False
) -> None:
    """Refuse a sheet of what is no workbook, a layer of what is no AnnData file, a column of what has none.

    Parameters
    ----------
    source
        How messages name the file.
    request
        What is asked of it.
    sheet, layer, genes
        Whether it has such.
    """
    for name, wanted, has, whose in (
        ("sheet", request.sheet, sheet, "an Excel workbook"),
        ("layer", request.layer, layer, "an AnnData file"),
        ("genes", request.genes, genes, "a text table or an Excel workbook"),
    ):
        if wanted is not None and not has:
            raise InputError(
                f"of '{source}' no {name} can be chosen: '{wanted}'",
                expected=whose,
                fix=f"leave out --{name}",
            )


def _require(what: str, given: str | None, known: Sequence[str] | dict[str, float]) -> None:
    if given is not None and given not in known:
        raise InputError(f"no {what} named '{given}'", expected=f"one of {', '.join(known)}")
