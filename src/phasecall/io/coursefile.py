"""Course files: time courses written so that reading them gives the same time course again.

| format | what it carries beside genes, times and values |
|---|---|
| `.tsv`, `.csv`, `.txt`, gzip or not | nothing |
| `.xlsx` | nothing; values to the 15 digits that Excel keeps |
| `.parquet`, `.feather`, `.arrow` | name, synchronisation, interpolated times: metadata of the schema |
| `.h5ad` | the same, in `uns["phasecall"]`; interpolated times in `obs["interpolated"]`, too |

Values have all their digits. Genes are text wherever a format has a type for it, so that nothing makes dates
of them; samples of the same time are numbered (`40`, `40_r2`).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from phasecall.errors import InputError, require
from phasecall.io.annotated import course_to_h5ad
from phasecall.io.arrow import pack_feather, pack_parquet
from phasecall.io.files import atomic, packed
from phasecall.io.provenance import tell
from phasecall.io.workbook import course_to_workbook
from phasecall.timecourse import TimeCourse

GENE = "gene"
"""The header of the names."""
_QUOTED = ("\t", ";", ",", '"', "\n", "\r")


@dataclass(frozen=True)
class CourseWriter:
    """A format that time courses are written to.

    Parameters
    ----------
    title
        What people call it.
    suffixes
        How its files end, in lower case.
    encode
        The function that gives the bytes of the file.
    """

    title: str
    suffixes: tuple[str, ...]
    encode: Callable[[TimeCourse], bytes]


def write_course(course: TimeCourse, path: str | os.PathLike[str]) -> None:
    """Write a time course to a file, in the format that its suffix names.

    `phasecall.read(path, scale="log")` gives the same genes, times and values; of a course whose values are
    plainly logarithms, `phasecall.read(path)` does. Blanks around names, and control characters in them, are
    not kept by all formats. The file is there whole or not at all.

    Parameters
    ----------
    course
        What to write.
    path
        A file that ends in a suffix of `COURSE_WRITERS`.

    Raises
    ------
    InputError
        If the suffix names no format, the format cannot hold the course, or the file cannot be written.
    MissingExtraError
        If the format needs a library that is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> course = TimeCourse(("CLN2", "2-Sep"), [0, 2.5], [[1, None], [-0.25, 3]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "course.csv"
    ...     write_course(course, path)
    ...     print(path.read_text())
    gene,0,2.50
    CLN2,1.0,
    2-Sep,-0.25,3.0
    <BLANKLINE>
    """
    ending = os.fspath(path).lower()
    writer = next((writer for writer in COURSE_WRITERS if ending.endswith(writer.suffixes)), None)
    if writer is None:
        raise InputError(
            f"'{path}' has no suffix of a format that time courses are written in",
            expected=", ".join(suffix for writer in COURSE_WRITERS for suffix in writer.suffixes),
        )
    payload = writer.encode(course)
    with atomic(path, "wb") as file:
        file.write(packed(payload) if ending.endswith(".gz") else payload)


def labels_of(course: TimeCourse) -> list[str]:
    """Return what the columns of a table are called: minutes, and the number of the replicate behind them.

    Examples
    --------
    >>> labels_of(TimeCourse(("CLN2",), [0, 0, 40.1], [[1, 2, 3]]))
    ['0', '0_r2', '40.10']
    """
    seen: Counter[float] = Counter()
    labels = []
    for time in course.times.tolist():
        seen[time] += 1
        text = np.format_float_positional(time, trim="-")
        # Read as a time whatever stands beside it: decimals that count from 1 number replicates.
        text += "0" if "." in text else ""
        labels.append(text if seen[time] == 1 else f"{text}_r{seen[time]}")
    return labels


def _rows(course: TimeCourse) -> Iterator[tuple[str, list[str]]]:
    """Yield the name of each gene and its values as text, empty where one is missing."""
    for gene, values in zip(course.genes, course.values.tolist(), strict=True):
        # repr gives the shortest text that is read as the same number again.
        yield gene, ["" if value != value else repr(value) for value in values]


def _to_text(course: TimeCourse, delimiter: str) -> bytes:
    lines = [delimiter.join([GENE, *labels_of(course)])]
    lines += [delimiter.join([_quoted(gene), *values]) for gene, values in _rows(course)]
    return ("\n".join(lines) + "\n").encode()


def _quoted(name: str) -> str:
    # Also what parts cells elsewhere: a reader tells the delimiter by counting.
    return '"' + name.replace('"', '""') + '"' if any(sign in name for sign in _QUOTED) else name


def _to_workbook(course: TimeCourse) -> bytes:
    require("Excel output", "formats", "openpyxl")
    return course_to_workbook(course, [GENE, *labels_of(course)])


def _packing(pack: Callable[[Mapping[str, Any], str], bytes]) -> Callable[[TimeCourse], bytes]:
    def encode(course: TimeCourse) -> bytes:
        require("Parquet and Feather output", "formats", "pyarrow")
        names = [GENE, *labels_of(course)]
        columns = (course.genes, *course.values.T)
        return pack(dict(zip(names, columns, strict=True)), tell(course))

    return encode


def _to_h5ad(course: TimeCourse) -> bytes:
    require("AnnData output", "anndata", "anndata", "h5py")
    return course_to_h5ad(course, {"course": [tell(course)]})


COURSE_WRITERS: tuple[CourseWriter, ...] = (
    CourseWriter(
        "TSV, plain or gzip",
        (".tsv", ".tsv.gz", ".txt", ".txt.gz", ".tab", ".tab.gz"),
        lambda course: _to_text(course, "\t"),
    ),
    CourseWriter("CSV, plain or gzip", (".csv", ".csv.gz"), lambda course: _to_text(course, ",")),
    CourseWriter("Excel", (".xlsx",), _to_workbook),
    CourseWriter("Parquet", (".parquet",), _packing(pack_parquet)),
    CourseWriter("Feather", (".feather", ".arrow"), _packing(pack_feather)),
    CourseWriter("AnnData", (".h5ad",), _to_h5ad),
)
"""Every format that time courses are written in."""
