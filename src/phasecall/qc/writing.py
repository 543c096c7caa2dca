"""Writing: findings as TSV, CSV and JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from phasecall.io.callfile import columns_to_text
from phasecall.io.files import require_place
from phasecall.io.writing import Writer, find_writer, put
from phasecall.qc.examination import Examination


def to_text(made: Sequence[Examination], delimiter: str = "\t") -> str:
    """Return findings as a delimited table with a header, a check of an experiment a line.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.qc import examine
    >>> to_text([examine(phasecall.load("alpha"))], ",").split(",")[:4]
    ['experiment', 'key', 'title', 'verdict']
    """
    tables = [one.columns() for one in made]
    names = [one.course.name for one in made for _ in one.findings]
    joined: dict[str, Any] = {"experiment": names}
    joined |= {name: np.concatenate([table[name] for table in tables]).tolist() for name in tables[0]}
    return columns_to_text(joined, delimiter)


def to_json(made: Sequence[Examination]) -> str:
    """Return the summaries of some experiments as one JSON object."""
    told = {"experiments": [one.summary() for one in made]}
    return json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


WRITERS: tuple[Writer, ...] = (
    Writer("tsv", "TSV, plain or gzip", (".tsv", ".tsv.gz"), lambda made: to_text(made).encode()),
    Writer("csv", "CSV, plain or gzip", (".csv", ".csv.gz"), lambda made: to_text(made, ",").encode()),
    Writer("json", "JSON, plain or gzip", (".json", ".json.gz"), lambda made: to_json(made).encode()),
)
"""Every format that findings are written in."""


def write(made: Sequence[Examination], path: str | os.PathLike[str]) -> None:
    """Write findings to a file in the format that its suffix names; it is there whole or not at all.

    Parameters
    ----------
    made
        One examination or more.
    path
        A file that ends in a suffix of `WRITERS`.

    Raises
    ------
    InputError
        If the suffix names no format, or the file cannot be written.
    """
    put(find_writer(WRITERS, path, "findings").encode(made), path)


def require_writable(path: str | os.PathLike[str]) -> None:
    """Refuse a file that `write` could not write.

    Raises
    ------
    InputError
        If the suffix names no format, or the file cannot be written.
    """
    find_writer(WRITERS, path, "findings")
    require_place(path)
