"""Sources: the table of readers, and the one function that reads a time course from any of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from phasecall.io.delimited import SUFFIXES, read_delimited
from phasecall.timecourse import TimeCourse

Read = Callable[[str | os.PathLike[str], bool, str | None, str | None], TimeCourse]


@dataclass(frozen=True)
class Reader:
    """A format that time courses are read from.

    Parameters
    ----------
    key
        What code and messages call it.
    title
        What people call it.
    suffixes
        How its files end, in lower case and without `.gz`.
    read
        The function that reads one: path, transpose, name, sync.
    """

    key: str
    title: str
    suffixes: tuple[str, ...]
    read: Read


READERS: tuple[Reader, ...] = (Reader("delimited", "CSV or TSV, plain or gzip", SUFFIXES, read_delimited),)
"""Every reader. The first reads what no other claims by its suffix."""


def read(
    path: str | os.PathLike[str],
    *,
    transpose: bool = False,
    name: str | None = None,
    sync: str | None = None,
) -> TimeCourse:
    r"""Read a time course from a file.

    CSV or TSV, plain or gzip, delimiter and compression found by looking: genes down the first column, a
    header with the time of each column. Times are minutes, or carry a unit (`40`, `40min`, `1.5h`,
    `cdc15_40`, `ZT4_rep1`); equal times are replicates. No gene is left out: empty cells, NA and their
    like stay missing, and `notes` of the result says what was noticed.

    Parameters
    ----------
    path
        The file; `-` is standard input.
    transpose
        Whether the file has genes in columns and time points in rows.
    name
        What the experiment is called; the name of the file if not given.
    sync
        Synchronisation method (`cdc15`, `alpha`, ...). If not given, what the header says (`alpha0`,
        `cdc15_10`), and unknown where it does not.

    Raises
    ------
    InputError
        If the file cannot be used; it says what was expected, what was found and where.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "culture.csv"
    ...     _ = path.write_text("gene,0h,0.5h,1h\nYAL001C,1,NA,3\n")
    ...     course = read(path, sync="alpha")
    >>> course.name, course.times.tolist(), course.values.tolist()
    ('culture', [0.0, 30.0, 60.0], [[1.0, nan, 3.0]])
    """
    return _reader_of(path).read(path, transpose, name, sync)


def _reader_of(path: str | os.PathLike[str]) -> Reader:
    ending = os.fspath(path).lower().removesuffix(".gz")
    return next((reader for reader in READERS if ending.endswith(reader.suffixes)), READERS[0])
