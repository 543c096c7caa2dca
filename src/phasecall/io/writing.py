"""Writing: the formats of files that are written, what writes something in one, and how its file is made."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from phasecall.errors import InputError, require
from phasecall.io.files import atomic, packed


@dataclass(frozen=True)
class Format:
    """A format of files.

    Parameters
    ----------
    key
        What code and messages call it.
    title
        What people call it.
    suffixes
        How its files end, in lower case.
    extra, modules
        The extra that brings the libraries that it needs, and what they are called; empty if it needs none.
    """

    key: str
    title: str
    suffixes: tuple[str, ...]
    extra: str = ""
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Writer(Format):
    """A format that calls, time courses or other tables are written in.

    Parameters
    ----------
    encode
        The function that gives the bytes of the file, from what the table of writers is for.
    """

    encode: Callable[..., bytes]


_FORMATS = (
    Format("tsv", "TSV", (".tsv", ".tsv.gz")),
    Format("csv", "CSV", (".csv", ".csv.gz")),
    Format("txt", "text", (".txt", ".txt.gz", ".tab", ".tab.gz")),
    Format("json", "JSON", (".json",)),
    Format("jsonl", "JSON lines", (".jsonl", ".jsonl.gz")),
    Format("xlsx", "Excel", (".xlsx",), "formats", ("openpyxl",)),
    Format("parquet", "Parquet", (".parquet",), "formats", ("pyarrow",)),
    Format("feather", "Feather", (".feather", ".arrow"), "formats", ("pyarrow",)),
    Format("h5ad", "AnnData", (".h5ad",), "anndata", ("anndata", "h5py")),
)


def lay_writers(**encode: Callable[..., bytes]) -> tuple[Writer, ...]:
    """Return a table of writers: of each format, by its key, what gives the bytes of a file.

    Examples
    --------
    >>> [writer.suffixes for writer in lay_writers(csv=lambda text: text.encode())]
    [('.csv', '.csv.gz')]
    """
    return tuple(Writer(**vars(one), encode=encode[one.key]) for one in _FORMATS if one.key in encode)


def find_writer(writers: Sequence[Writer], path: str | os.PathLike[str], what: str) -> Writer:
    """Return the writer of the format that the suffix of a file names.

    Parameters
    ----------
    writers
        All there are.
    path
        The file.
    what
        What is to be written, for messages.

    Raises
    ------
    InputError
        If the suffix names none.
    MissingExtraError
        If the format needs a library that is not installed.
    """
    ending = os.fspath(path).lower()
    found = next((writer for writer in writers if ending.endswith(writer.suffixes)), None)
    if found is None:
        raise InputError(
            f"'{path}' has no suffix of a format that {what} are written in",
            expected=", ".join(suffix for writer in writers for suffix in writer.suffixes),
        )
    require(f"{found.title} output", found.extra, *found.modules)
    return found


def put(payload: bytes, path: str | os.PathLike[str]) -> None:
    """Write the bytes of a file, gzip where its name says so; whole or not at all."""
    with atomic(path, "wb") as file:
        file.write(packed(payload) if os.fspath(path).lower().endswith(".gz") else payload)


def quoted(text: str, *signs: str) -> str:
    """Return the text of a cell, in quotes if it holds one of some signs, a quote or a line end.

    Examples
    --------
    >>> quoted("a,b", ","), quoted("a,b", ";")
    ('"a,b"', 'a,b')
    """
    if any(sign in text for sign in (*signs, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text
