"""The document: what a file holds, before anything is made of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from types import MappingProxyType

from phasecall.io.files import STDIN, bytes_of, decoded, kind_of, label_of, unpacked
from phasecall.io.sheet import Sheet, cut

SUFFIXES = (
    ".csv",
    ".tsv",
    ".txt",
    ".tab",
    ".xlsx",
    ".parquet",
    ".feather",
    ".arrow",
    ".h5ad",
    ".soft",
    ".pcl",
)


KINDS = MappingProxyType(
    {
        "text": "a text table",
        "workbook": "an Excel workbook",
        "parquet": "a Parquet table",
        "arrow": "an Arrow table",
        "hdf5": "an HDF5 file",
    }
)
"""What a file can be by its first bytes, and what messages call that."""


@dataclass(frozen=True)
class Document:
    """A file that was opened, and what it is by its first bytes.

    Parameters
    ----------
    source
        How messages name it.
    name
        What its experiment is called where nothing else says so.
    kind
        A key of `KINDS`.
    content
        The bytes, gzip undone.
    """

    source: str
    name: str
    kind: str
    content: bytes

    @cached_property
    def decoded(self) -> tuple[str, str]:
        """The text of a text file, and its encoding."""
        return decoded(self.content, self.source)

    @property
    def text(self) -> str:
        """The text of a text file."""
        return self.decoded[0]

    @cached_property
    def sheet(self) -> Sheet:
        """The cells of a text file."""
        return cut(self.text, self.source)


def open_document(path: str | os.PathLike[str]) -> Document:
    """Open a file, or standard input where the path is `-`.

    Raises
    ------
    InputError
        If it cannot be read, is empty, broken or too large, or is nothing that can be a table.

    Examples
    --------
    >>> open_document("no/such/file.csv")
    Traceback (most recent call last):
        ...
    phasecall.errors.InputError: there is no file 'no/such/file.csv'
      fix: check the name and the folder
    """
    return document_of(bytes_of(path), label_of(path), stem_of(path))


def document_of(data: bytes, source: str, name: str) -> Document:
    """Return the bytes of a file, plain or gzip, as what was opened.

    Parameters
    ----------
    data
        The file as it is.
    source, name
        How messages name it, and what its experiment is called where nothing else says so.

    Raises
    ------
    InputError
        If it is empty, broken or too large, or is nothing that can be a table.

    Examples
    --------
    >>> document_of(b"gene,0,10", "course.csv", "course").kind
    'text'
    """
    content = unpacked(data, source)
    return Document(source, name, kind_of(content, source), content)


def stem_of(path: str | os.PathLike[str]) -> str:
    """Return what the experiment of a file is called where nothing else says so: its name without suffixes.

    Examples
    --------
    >>> stem_of("data/culture.csv.gz")
    'culture'
    """
    if os.fspath(path) == STDIN:
        return "standard input"
    name = PurePath(path).name
    for suffix in (".gz", *SUFFIXES):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return name or PurePath(path).name
