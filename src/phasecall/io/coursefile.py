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
from typing import Any

import numpy as np

from phasecall.io.arrow.writing import pack_feather, pack_parquet
from phasecall.io.excel.writing import course_to_workbook
from phasecall.io.h5ad.writing import course_to_h5ad
from phasecall.io.provenance import tell
from phasecall.io.writing import find_writer, lay_writers, put, quoted
from phasecall.timecourse import TimeCourse

GENE = "gene"
"""The header of the names."""


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
    put(find_writer(COURSE_WRITERS, path, "time courses").encode(course), path)


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


def _to_text(course: TimeCourse, delimiter: str) -> bytes:
    lines = [delimiter.join([GENE, *labels_of(course)])]
    for gene, values in zip(course.genes, course.values.tolist(), strict=True):
        # repr gives the shortest text that is read as the same number again.
        cells = ["" if value != value else repr(value) for value in values]
        # Also what parts cells elsewhere is quoted: a reader tells the delimiter by counting.
        lines.append(delimiter.join([quoted(gene, *"\t;,"), *cells]))
    return ("\n".join(lines) + "\n").encode()


def _columns(course: TimeCourse) -> dict[str, Any]:
    return dict(zip([GENE, *labels_of(course)], (course.genes, *course.values.T), strict=True))


COURSE_WRITERS = lay_writers(
    tsv=lambda course: _to_text(course, "\t"),
    csv=lambda course: _to_text(course, ","),
    txt=lambda course: _to_text(course, "\t"),
    xlsx=lambda course: course_to_workbook(course, [GENE, *labels_of(course)]),
    parquet=lambda course: pack_parquet(_columns(course), tell(course)),
    feather=lambda course: pack_feather(_columns(course), tell(course)),
    h5ad=lambda course: course_to_h5ad(course, {"course": [tell(course)]}),
)
"""Every format that time courses are written in."""
