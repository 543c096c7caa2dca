"""Writing: what a format that something is written in must say, and how its file is found and made."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from phasecall.errors import InputError, require
from phasecall.io.files import atomic, packed


@dataclass(frozen=True)
class Writer:
    """A format that calls, or time courses, are written to.

    Parameters
    ----------
    key
        What code and messages call it.
    title
        What people call it.
    suffixes
        How its files end, in lower case.
    encode
        The function that gives the bytes of the file, from what the table of writers is for.
    extra, modules
        The extra that brings the libraries that it needs, and what they are called; empty if it needs none.
    """

    key: str
    title: str
    suffixes: tuple[str, ...]
    encode: Callable[..., bytes]
    extra: str = ""
    modules: tuple[str, ...] = ()


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
