"""Sources: the table of formats, and the functions that read time courses from any of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from types import MappingProxyType
from typing import Any, Unpack

from phasecall.errors import InputError, find_row
from phasecall.io.courses import TABLE, courses_of, the_one
from phasecall.io.document import KINDS, Document, document_of, open_document, stem_of
from phasecall.io.files import label_of
from phasecall.io.layouts import LAYOUTS
from phasecall.io.request import Reading, Request, refuse_other
from phasecall.timecourse import Note, TimeCourse

Read = Callable[[Document, Request], list[TimeCourse]]
Source = Any
"""A path, or a table of another library: of these no type is known without it."""


@dataclass(frozen=True)
class Reader:
    """A format that time courses are read from.

    Parameters
    ----------
    key
        What code and the command line call it.
    title
        What people call it.
    looks
        A line of it.
    kinds
        Kinds of files that it lies in, keys of `phasecall.io.document.KINDS`.
    read
        The function that reads one.
    """

    key: str
    title: str
    looks: str
    kinds: tuple[str, ...]
    read: Read


def _read_text(document: Document, request: Request) -> list[TimeCourse]:
    return courses_of(document.sheet, request)


def _later(module: str, name: str) -> Read:
    """Return a reader whose module is imported when a file needs it."""

    def read(document: Document, request: Request) -> list[TimeCourse]:
        function: Read = getattr(import_module(f"phasecall.io.{module}"), name)
        return function(document, request)

    return read


_CONTAINERS: Mapping[str, Read] = MappingProxyType(
    {
        "text": _read_text,
        "workbook": _later("excel.courses", "read_workbook"),
        "parquet": _later("arrow.courses", "read_parquet"),
        "arrow": _later("arrow.courses", "read_arrow"),
    }
)
"""What reads the cells of a table, by the kind of file that it lies in."""


def _read_table(document: Document, request: Request) -> list[TimeCourse]:
    return _CONTAINERS[document.kind](document, request)


_TABLES = tuple(_CONTAINERS)

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        row.key: row
        for row in (
            Reader(TABLE, "table, genes in rows or in columns", "gene,0,10,20", _TABLES, _read_table),
            Reader("excel", "Excel workbook", "a sheet with genes in rows", ("workbook",), _read_table),
            Reader("parquet", "Parquet", "a column for each time", ("parquet",), _read_table),
            Reader("arrow", "Arrow and Feather", "a column for each time", ("arrow",), _read_table),
            Reader(
                "h5ad", "AnnData", "X, var, obs with a time", ("hdf5",), _later("h5ad.courses", "read_h5ad")
            ),
            Reader(
                "geo",
                "GEO series matrix or SOFT file",
                "!Series_title ... GSM1",
                ("text",),
                _later("geo", "read_deposit"),
            ),
            *(Reader(one.key, one.title, one.looks, _TABLES, _read_table) for one in LAYOUTS.values()),
        )
    }
)
"""Every format. A file is read by the first row for its kind, unless one is asked for, or it is GEO's."""


def read(source: Source, **how: Unpack[Reading]) -> TimeCourse:
    r"""Read a time course from a file, or from a table in memory.

    Parameters
    ----------
    source
        The file; `-` is standard input. Or a pandas or polars data frame, a pyarrow table, or an xarray
        array: names of genes are its index, else its first column of text. Or an AnnData, as in a file.
    **how
        What to know of it, all of them optional:

        ``format``
            Key of `READERS`; what the file looks like if not given, and a note says what that was.
        ``transpose``
            Whether genes are in columns and time points in rows; told by the table if not given.
        ``name``
            What the experiment is called; the name of the file if not given.
        ``sync``
            Synchronisation method (`cdc15`, `alpha`, ...); what the header says if not given.
        ``experiment``
            Which experiment of a file with several.
        ``unit``
            Unit of the times: `min`, `h` or `s`; what the header says if not given.
        ``times``
            Times of the columns, in their order, for a header without times.
        ``samples``
            A file that says what was measured when: `phasecall.io.samples`.
        ``sheet``, ``layer``
            Of a workbook, of an AnnData file.
        ``genes``
            Header of the column that genes are called by, of a text table or a workbook; the first if not
            given.
        ``scale``
            `log`, `ratio`, `intensity` or `counts`; what the values look like if not given. Values that are
            no logarithms become such: `phasecall.io.scale`.

    Returns
    -------
    TimeCourse
        Times in minutes. No gene is left out, and `notes` says what was recognised, changed and noticed.

    Raises
    ------
    InputError
        If the file cannot be used, or holds several experiments; it says what was expected, what was found
        and where.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "culture.csv"
    ...     _ = path.write_text("gene,0h,0.5h,1h\nYAL001C,-1,NA,3\n")
    ...     course = read(path, sync="alpha")
    >>> course.name, course.times.tolist(), course.values.tolist()
    ('culture', [0.0, 30.0, 60.0], [[-1.0, nan, 3.0]])
    """
    courses = read_all(source, **how)
    return the_one(courses, _label_of(source))


def read_all(source: Source, **how: Unpack[Reading]) -> list[TimeCourse]:
    r"""Read every experiment of a file, in its order; see `read`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "both.csv"
    ...     _ = path.write_text("gene,wt_0,wt_10,wt_20,ko_0,ko_10,ko_20\nYAL001C,-1,2,3,4,5,6\n")
    ...     [(one.name, one.values.tolist()) for one in read_all(path)]
    [('wt', [[-1.0, 2.0, 3.0]]), ('ko', [[4.0, 5.0, 6.0]])]
    """
    request = Request(**how)
    if _is_path(source):
        courses = _courses_of(open_document(source), request)
    else:
        from phasecall.io.frames import courses_of_frame

        courses = courses_of_frame(source, request)
    return (
        courses if request.experiment is None else [the_one(courses, _label_of(source), request.experiment)]
    )


def read_content(data: bytes, source: str, **how: Unpack[Reading]) -> list[TimeCourse]:
    r"""Read every experiment of a file that is in memory already; see `read_all`.

    Parameters
    ----------
    data
        The file as it is, gzip or not.
    source
        What it is called: messages name it so. It is never opened.
    **how
        As of `read`.

    Examples
    --------
    >>> [one.name for one in read_content(b"gene,0,10\nYAL001C,1,2\n", "pilot.csv")]
    ['pilot']
    """
    request = Request(**how)
    courses = _courses_of(document_of(data, source, stem_of(source)), request)
    return courses if request.experiment is None else [the_one(courses, source, request.experiment)]


def _label_of(source: Source) -> str:
    return label_of(source) if _is_path(source) else "the table"


def _is_path(source: Source) -> bool:
    return isinstance(source, str | os.PathLike)


def _courses_of(document: Document, request: Request) -> list[TimeCourse]:
    request = replace(request, name=request.name or document.name)
    reader = _find_reader(document, request)
    book, text = document.kind == "workbook", document.kind == "text"
    layered = document.kind == "hdf5"
    refuse_other(document.source, request, sheet=book, layer=layered, genes=book or text)
    # What a file is says nothing of how a table in it is laid out.
    inside = request.format if reader.key in (TABLE, *LAYOUTS) else "auto"
    courses = reader.read(document, replace(request, format=inside))
    encoding = _tell_encoding(document)
    return [replace(one, notes=(*encoding, *one.notes)) for one in courses]


def _tell_encoding(document: Document) -> tuple[Note, ...]:
    encoding = document.decoded[1] if document.kind == "text" else "utf-8-sig"
    if encoding == "utf-8-sig":
        return ()
    return (Note("encoding", f"the text is not UTF-8: read as {encoding}, as Excel saves it"),)


def _find_reader(document: Document, request: Request) -> Reader:
    if request.format == "auto":
        # Its lines are marked so; the import waits for them.
        if document.kind == "text" and document.text.lstrip()[:1] in ("!", "^"):
            from phasecall.io.geo import recognise_geo

            if recognise_geo(document.text):
                return READERS["geo"]
        return next(reader for reader in READERS.values() if document.kind in reader.kinds)
    reader = find_row(READERS, request.format, "format")
    if document.kind not in reader.kinds:
        raise InputError(
            f"'{document.source}' is not of the format '{reader.key}'",
            expected=" or ".join(KINDS[kind] for kind in reader.kinds),
            found=KINDS[document.kind],
            fix="leave --format out: the file is then read as what it looks like",
        )
    return reader
