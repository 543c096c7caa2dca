"""Tables of calls: the writers, one row for each format."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from phasecall.calls import Calls
from phasecall.errors import InputError, MissingExtraError
from phasecall.io.files import atomic


@dataclass(frozen=True)
class Writer:
    """A format that calls are written to.

    Parameters
    ----------
    key
        What code and messages call it.
    title
        What people call it.
    suffixes
        How its files end, in lower case.
    encode
        The function that gives the bytes of the file.
    """

    key: str
    title: str
    suffixes: tuple[str, ...]
    encode: Callable[[Calls], bytes]


def write(calls: Calls, path: str | os.PathLike[str]) -> None:
    """Write calls to a file, in the format that its suffix names.

    Numbers have six significant digits (Parquet: all), and are empty (JSON, Parquet: null) where there
    is none. The file is written beside its place and renamed: it is there whole or not at all.

    Parameters
    ----------
    calls
        What to write.
    path
        A file that ends in `.tsv`, `.csv`, `.tsv.gz`, `.csv.gz`, `.json` or `.parquet`.

    Raises
    ------
    InputError
        If the suffix names no format, or the file cannot be written.
    MissingExtraError
        If the format needs a library that is not installed.

    Examples
    --------
    >>> write(None, "calls.docx")
    Traceback (most recent call last):
        ...
    phasecall.errors.InputError: 'calls.docx' has no suffix of a format that calls are written in
      expected: .tsv, .tsv.gz, .csv, .csv.gz, .json, .parquet
    """
    ending = os.fspath(path).lower()
    writer = next((writer for writer in WRITERS if ending.endswith(writer.suffixes)), None)
    if writer is None:
        raise InputError(
            f"'{path}' has no suffix of a format that calls are written in",
            expected=", ".join(suffix for writer in WRITERS for suffix in writer.suffixes),
        )
    payload = writer.encode(calls)
    with atomic(path, "wb") as file:
        file.write(packed(payload) if ending.endswith(".gz") else payload)


def to_text(calls: Calls, delimiter: str = "\t") -> str:
    """Return calls as a delimited table with a header, one gene a line.

    Examples
    --------
    >>> from phasecall.calls import Reason
    >>> from phasecall.phases import scheme
    >>> x, n = np.array([0.5]), np.array([1])
    >>> calls = Calls(("YAL040C",), scheme("four"), np.array([[0.1, 0.7, 0.2, 0]]), (Reason.CALLED,),
    ...     x, x, x, x, 112.0, x, x, x, n, n, n, x, ("",), "example")
    >>> print(to_text(calls, ",")[:53])
    gene,phase,p_early_g1,p_late_g1_s,p_g2,p_m,confidence
    """
    columns = [(name, _texts(values, delimiter)) for name, values in calls.columns().items()]
    header = delimiter.join(name for name, _ in columns)
    lines = map(delimiter.join, zip(*(texts for _, texts in columns), strict=True))
    return "\n".join([header, *lines]) + "\n"


def to_json(calls: Calls) -> str:
    """Return calls as one JSON object: method, scheme, period, notes, and `genes`, a list of rows."""
    columns = {name: _plain(values) for name, values in calls.columns().items()}
    rows = zip(*columns.values(), strict=True)
    head = json.dumps(_about(calls), ensure_ascii=False)
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    genes = ",\n".join(encode(dict(zip(columns, row, strict=True))) for row in rows)
    return f'{head[:-1]}, "genes": [\n{genes}\n]}}\n'


def packed(payload: bytes) -> bytes:
    """Return bytes as a gzip file: the same bytes give the same file, whenever and wherever.

    Examples
    --------
    >>> packed(b"gene") == packed(b"gene"), gzip.decompress(packed(b"gene"))
    (True, b'gene')
    """
    stream = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=stream, mtime=0) as file:
        file.write(payload)
    return stream.getvalue()


def _texts(values: Sequence[Any], delimiter: str) -> list[str]:
    array = np.asarray(values)
    if array.dtype.kind == "f":
        return _floats(array)
    if array.dtype.kind == "b":
        return ["true" if value else "false" for value in array.tolist()]
    if array.dtype.kind in "iu":
        return list(map(str, array.tolist()))
    return [_quoted(text, delimiter) for text in values]


def _floats(array: Any) -> list[str]:
    # One formatting for the whole column is several times faster than one a number.
    texts = ("%.6g\n" * array.size % tuple(array.tolist())).split("\n")[:-1]
    return ["" if text == "nan" else text for text in texts]


def _quoted(text: str, delimiter: str) -> str:
    if delimiter in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def _plain(values: Sequence[Any]) -> list[Any]:
    array = np.asarray(values)
    if array.dtype.kind == "f":
        return [float(text) if text else None for text in _floats(array)]
    return array.tolist() if array.dtype.kind in "biu" else list(values)


def _about(calls: Calls) -> dict[str, Any]:
    return {
        "method": calls.method,
        "scheme": calls.scheme.key,
        "period": _plain([float(calls.period)])[0],
        "notes": [{"code": note.code, "text": note.text} for note in calls.notes],
    }


def _parquet(calls: Calls) -> bytes:
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ImportError as fault:
        raise MissingExtraError("Parquet output", "formats", "pyarrow") from fault
    columns = {name: arrow.array(values, from_pandas=True) for name, values in calls.columns().items()}
    table = arrow.table(columns).replace_schema_metadata({"phasecall": json.dumps(_about(calls))})
    stream = io.BytesIO()
    parquet.write_table(table, stream)
    return stream.getvalue()


WRITERS: tuple[Writer, ...] = (
    Writer("tsv", "TSV, plain or gzip", (".tsv", ".tsv.gz"), lambda calls: to_text(calls, "\t").encode()),
    Writer("csv", "CSV, plain or gzip", (".csv", ".csv.gz"), lambda calls: to_text(calls, ",").encode()),
    Writer("json", "JSON", (".json",), lambda calls: to_json(calls).encode()),
    Writer("parquet", "Parquet", (".parquet",), _parquet),
)
"""Every format that calls are written in."""
