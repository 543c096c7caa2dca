"""Tables other than calls: the writers, one row for each format."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall import __version__
from phasecall.errors import InputError
from phasecall.io.arrow.writing import pack_feather, pack_parquet
from phasecall.io.callfile import columns_to_text, encode_rows
from phasecall.io.excel.writing import table_to_workbook
from phasecall.io.files import require_place
from phasecall.io.h5ad.writing import vectors_to_h5ad
from phasecall.io.heading import blank_nan
from phasecall.io.writing import find_writer, lay_writers, put


@dataclass(frozen=True)
class Table:
    """Columns, and what they rest on.

    Parameters
    ----------
    title
        What it is, in a word: the sheet of a workbook, and what messages call it.
    columns
        Name to values, all of one length.
    about
        What to know beside the rows, as JSON has it.
    vectors
        Numbers of each row that belong together, shape (n, k): the last columns, `e1` to `ek`, and in AnnData
        the matrix. None where there are none.
    rows
        What its rows are, as JSON names them.
    """

    title: str
    columns: Mapping[str, Any]
    about: Mapping[str, Any] = field(default_factory=dict)
    vectors: NDArray[np.float64] | None = None
    rows: str = "genes"

    def whole(self) -> dict[str, Any]:
        """Return all columns, those of the vectors too."""
        numbers = np.empty((0, 0)) if self.vectors is None else self.vectors.T
        return {**self.columns, **{f"e{place}": values for place, values in enumerate(numbers, 1)}}


def write_table(table: Table, path: str | os.PathLike[str]) -> None:
    """Write a table to a file in the format that its suffix names; whole or not at all.

    Numbers are written as those of calls (`phasecall.io.write`).

    Raises
    ------
    InputError
        If the suffix names no format, the format cannot hold the table, or the file cannot be written.
    MissingExtraError
        If the format needs a library that is not installed.
    """
    put(find_writer(TABLE_WRITERS, path, f"tables of {table.title}").encode(table), path)


def require_table(path: str | os.PathLike[str], title: str) -> None:
    """Refuse a file that `write_table` could not write, before there is anything to write.

    Raises
    ------
    InputError
        If the suffix names no format, or the file cannot be written there.
    MissingExtraError
        If the format needs a library that is not installed.

    Examples
    --------
    >>> require_table("table.docx", "changes")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    phasecall.errors.InputError: 'table.docx' has no suffix of a format that tables of changes are written in
      expected: .tsv, .tsv.gz, .csv, .csv.gz, .json, ...
    """
    find_writer(TABLE_WRITERS, path, f"tables of {title}")
    require_place(path)


def table_to_json(table: Table) -> str:
    """Return a table as one JSON object: what it rests on, and a list of its rows.

    Examples
    --------
    >>> made = table_to_json(Table("peaks", {"gene": ("a",), "turn": [0.25]}, {"period": 62.0}))
    >>> json.loads(made)["genes"]
    [{'gene': 'a', 'turn': 0.25}]
    """
    head = json.dumps(_describe(table), ensure_ascii=False)
    rows = ",\n".join(encode_rows(table.whole()))
    return f'{head[:-1]}, "{table.rows}": [\n{rows}\n]}}\n'


def _describe(table: Table) -> dict[str, Any]:
    return {**blank_nan(table.about), "version": __version__}


def _tell(table: Table) -> Iterator[Sequence[Any]]:
    """Yield the rows of the sheet `about`."""
    yield "what", "value"
    for name, value in _describe(table).items():
        for entry in value if isinstance(value, list) else [value]:
            yield name, entry if isinstance(entry, str | int | float) else json.dumps(entry)


def _pack(pack: Callable[[Mapping[str, Any], str], bytes]) -> Callable[[Table], bytes]:
    return lambda table: pack(table.whole(), json.dumps(_describe(table)))


def _to_h5ad(table: Table) -> bytes:
    if table.vectors is None:
        raise InputError(
            f"AnnData holds a matrix, and a table of {table.title} has none", fix="write .tsv or .parquet"
        )
    return vectors_to_h5ad(table.vectors, table.columns, _describe(table))


TABLE_WRITERS = lay_writers(
    tsv=lambda table: columns_to_text(table.whole()).encode(),
    csv=lambda table: columns_to_text(table.whole(), ",").encode(),
    json=lambda table: table_to_json(table).encode(),
    jsonl=lambda table: "".join(f"{row}\n" for row in encode_rows(table.whole())).encode(),
    xlsx=lambda table: table_to_workbook(table.title, table.whole(), _tell(table)),
    parquet=_pack(pack_parquet),
    feather=_pack(pack_feather),
    h5ad=_to_h5ad,
)
"""Every format that such tables are written in."""
