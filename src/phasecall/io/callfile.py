"""Tables of calls: the writers, one row for each format."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from phasecall.calls import Calls
from phasecall.io.arrow.writing import pack_feather, pack_parquet
from phasecall.io.coursefile import write_course
from phasecall.io.excel.writing import to_workbook
from phasecall.io.files import require_place
from phasecall.io.h5ad.writing import to_h5ad
from phasecall.io.heading import describe_calls
from phasecall.io.writing import Writer, find_writer, lay_writers, put, quoted
from phasecall.timecourse import TimeCourse


def write(
    calls: Calls | TimeCourse, path: str | os.PathLike[str], *, course: TimeCourse | None = None
) -> None:
    """Write calls, or a time course, to a file in the format that its suffix names.

    Numbers have six significant digits in text (`.tsv`, `.csv`, `.json`, `.jsonl`) and all of them elsewhere,
    and are empty or null where there is none. The file is written beside its place and renamed: it is there
    whole or not at all. What each format is for: docs/output.md.

    Parameters
    ----------
    calls
        What to write. Of a time course, all of which is read again: `phasecall.io.coursefile`.
    path
        A file that ends in a suffix of `WRITERS`.
    course
        The time course that was called: AnnData (`.h5ad`) holds its values, and the network's embedding of
        its genes; the others do not.

    Raises
    ------
    InputError
        If the suffix names no format, the format cannot hold the calls, the course is another than the one
        called, or the file cannot be written.
    MissingExtraError
        If the format needs a library that is not installed.

    Examples
    --------
    >>> write(None, "calls.docx")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    phasecall.errors.InputError: 'calls.docx' has no suffix of a format that calls are written in
      expected: .tsv, .tsv.gz, .csv, .csv.gz, .json, ...
    """
    if isinstance(calls, TimeCourse):
        write_course(calls, path)
        return
    put(_find_writer(path).encode(calls, course), path)


def require_writable(path: str | os.PathLike[str]) -> None:
    """Refuse a file that `write` could not write, before there is anything to write.

    Raises
    ------
    InputError
        If the suffix names no format, or `require_place` refuses the file.
    MissingExtraError
        If the format needs a library that is not installed.

    Examples
    --------
    >>> require_writable("no/such/folder/calls.tsv")
    Traceback (most recent call last):
        ...
    phasecall.errors.InputError: there is no folder 'no/such/folder' to write into
      fix: make it first
    """
    _find_writer(path)
    require_place(path)


def _find_writer(path: str | os.PathLike[str]) -> Writer:
    return find_writer(WRITERS, path, "calls")


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
    return columns_to_text(calls.columns(), delimiter)


def columns_to_text(columns: Mapping[str, Any], delimiter: str = "\t", missing: str = "") -> str:
    r"""Return columns as a delimited table with a header; numbers have six significant digits.

    Parameters
    ----------
    columns
        Name to values, one a line, all of one length.
    delimiter
        What parts the cells.
    missing
        What stands for a number that is not there.

    Examples
    --------
    >>> columns_to_text({"CycID": ("YAL040C", "YAL001C"), "LAG": np.array([12.5, np.nan])}, ",", "NA")
    'CycID,LAG\nYAL040C,12.5\nYAL001C,NA\n'
    """
    header = delimiter.join(quoted(name, delimiter) for name in columns)
    lines = map(
        delimiter.join, zip(*(_texts(values, delimiter, missing) for values in columns.values()), strict=True)
    )
    return "\n".join([header, *lines]) + "\n"


def to_json(calls: Calls) -> str:
    """Return calls as one JSON object.

    It has what `describe_calls` returns, `atypical` (a gene and what is unlike the others in it), and
    `genes`, a list of rows.
    """
    head = json.dumps({**describe_calls(calls), "atypical": dict(calls.atypical)}, ensure_ascii=False)
    genes = ",\n".join(encode_rows(calls.columns()))
    return f'{head[:-1]}, "genes": [\n{genes}\n]}}\n'


def to_jsonl(calls: Calls) -> str:
    """Return calls as JSON lines: one row of `genes` of `to_json` a line."""
    return "".join(f"{row}\n" for row in encode_rows(calls.columns()))


def _texts(values: Sequence[Any], delimiter: str, missing: str) -> list[str]:
    array = np.asarray(values)
    if array.dtype.kind == "f":
        return _floats(array, missing)
    if array.dtype.kind == "b":
        return ["true" if value else "false" for value in array.tolist()]
    if array.dtype.kind in "iu":
        return list(map(str, array.tolist()))
    return [quoted(text, delimiter) for text in values]


def _floats(array: Any, missing: str = "") -> list[str]:
    # One formatting for the whole column is several times faster than one a number.
    texts = ("%.6g\n" * array.size % tuple(array.tolist())).split("\n")[:-1]
    return [missing if text == "nan" else text for text in texts]


def _plain(values: Sequence[Any]) -> list[Any]:
    array = np.asarray(values)
    if array.dtype.kind == "f":
        return [float(text) if text else None for text in _floats(array)]
    return array.tolist() if array.dtype.kind in "biu" else list(values)


def list_rows(columns: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each row of some columns; numbers have six significant digits, and are None where unknown.

    Examples
    --------
    >>> list(list_rows({"set": ("a",), "p": [1 / 3], "n": [2], "q": [float("nan")]}))
    [{'set': 'a', 'p': 0.333333, 'n': 2, 'q': None}]
    """
    plain = {name: _plain(values) for name, values in columns.items()}
    for row in zip(*plain.values(), strict=True):
        yield dict(zip(plain, row, strict=True))


def encode_rows(columns: Mapping[str, Any]) -> Iterator[str]:
    """Yield each row of some columns as a JSON object; null where there is no number."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    return map(encode, list_rows(columns))


def _packing(pack: Callable[[Mapping[str, Any], str], bytes]) -> Callable[[Calls, TimeCourse | None], bytes]:
    return lambda calls, _: pack(calls.columns(), json.dumps(describe_calls(calls)))


WRITERS = lay_writers(
    tsv=lambda calls, _: to_text(calls, "\t").encode(),
    csv=lambda calls, _: to_text(calls, ",").encode(),
    json=lambda calls, _: to_json(calls).encode(),
    jsonl=lambda calls, _: to_jsonl(calls).encode(),
    xlsx=lambda calls, _: to_workbook(calls),
    parquet=_packing(pack_parquet),
    feather=_packing(pack_feather),
    h5ad=to_h5ad,
)
"""Every format that calls are written in."""
