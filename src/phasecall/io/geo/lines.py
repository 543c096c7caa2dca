"""Tables in files of GEO: lines between a begin and an end, read in blocks, and where a fault stands."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from phasecall.errors import InputError
from phasecall.io.cells import MISSING
from phasecall.io.header import listed
from phasecall.timecourse import Values

AGAIN = "download it again: it may have been cut off or altered"

_CHUNK = 1 << 20
"""Characters of the text that are cut into lines at a time."""
_CELLS = 1 << 16
"""Cells that are converted at a time."""
_NAN = dict.fromkeys((*MISSING, "Null"), "nan")
_NUMBER = re.compile(r"[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf(?:inity)?|nan)", re.ASCII | re.I)

Numbered = Iterator[tuple[int, str]]
"""Lines and their numbers, counted from 1."""

Choose = Callable[[Sequence[str]], tuple[Sequence[int], slice]]
"""From the header, the columns to keep as text and those to read as numbers."""


@dataclass(frozen=True)
class Rows:
    """What was asked for of one table.

    Parameters
    ----------
    header
        Names of the columns that hold `values`.
    ids
        First column.
    values
        Shape (ids, header); NaN = missing.
    texts
        Columns kept as text, by name.
    line
        Line of the header.
    """

    header: Sequence[str]
    ids: Sequence[str]
    values: Values
    texts: dict[str, list[str]]
    line: int


def lines_of(text: str) -> Numbered:
    r"""Yield the lines of a text that are not empty with their numbers; the text is not held twice.

    Examples
    --------
    >>> list(lines_of("a\n\nb\n"))
    [(1, 'a'), (3, 'b')]
    """
    start, number = 0, 0
    while start < len(text):
        end = text.find("\n", start + _CHUNK) + 1 or len(text)
        for line in text[start:end].removesuffix("\n").split("\n"):
            number += 1
            if line:
                yield number, line
        start = end


def unquoted(cell: str) -> str:
    """Return a cell without blanks and quotes around it.

    Examples
    --------
    >>> unquoted(' "wild type" ')
    'wild type'
    """
    cell = cell.strip()
    return cell[1:-1].strip() if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def rows_of(lines: Numbered, begin: int, source: str, choose: Choose) -> Rows:
    r"""Read a table up to the line that ends it.

    Parameters
    ----------
    lines
        Those after the line that begins it; they are used up.
    begin
        The number of that line.
    source
        How messages name the file.
    choose
        Which columns are wanted.

    Raises
    ------
    InputError
        If the table has no end, a line does not fit its header, or a cell is no number.

    Examples
    --------
    >>> lines = lines_of('"ID_REF"\t"GSM1"\na\t1.5\nb\tnull\n!series_matrix_table_end\n')
    >>> rows_of(lines, 0, "x.txt", lambda _: ((), slice(1, None))).values.tolist()
    [[1.5], [nan]]
    """
    line, header = _header(lines, begin, source)
    kept, numeric = choose(header)
    names = header[numeric]
    ids: list[str] = []
    texts: dict[str, list[str]] = {header[column]: [] for column in kept}
    blocks: list[Values] = []
    flat: list[str] = []
    at: list[int] = []
    rows = max(_CELLS // max(len(names), 1), 1)
    for number, cells in _body(lines, begin, source, len(header)):
        ids.append(sys.intern(unquoted(cells[0])))
        flat += cells[numeric]
        at.append(number)
        for column in kept:
            texts[header[column]].append(unquoted(cells[column]))
        if len(at) == rows:
            blocks.append(_numbers(flat, names, at, source))
            flat, at = [], []
    blocks.append(_numbers(flat, names, at, source))
    if "" in ids:
        raise InputError(
            "a row has no name",
            expected=f"{header[0]} in the first cell",
            where=f"{source}, after line {line}",
        )
    return Rows(names, ids, np.concatenate(blocks), texts, line)


def _header(lines: Numbered, begin: int, source: str) -> tuple[int, list[str]]:
    number, line = next(lines, (begin, ""))
    header = [unquoted(cell) for cell in line.split("\t")]
    if header[0].upper() not in ("ID_REF", "ID"):
        raise InputError(
            "a table has no header",
            expected="ID_REF (of a platform: ID), and the names of the other columns",
            found=f"'{line[:60]}'",
            where=f"{source}, line {number}",
            fix=AGAIN,
        )
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise InputError(
            "a column occurs more than once", found=listed(repeated), where=f"{source}, line {number}"
        )
    return number, header


def _body(lines: Numbered, begin: int, source: str, width: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a table cut into cells; cells left out at the end of a line are empty."""
    for number, line in lines:
        if line[:1] in ("!", "^"):
            if line.strip().lower().endswith("_table_end"):
                return
            break
        if not line.strip():
            continue
        cells = line.split("\t")
        # Programs that trim lines take the empty cells at their end away, but never all but the first.
        if len(cells) > width or len(cells) < min(width, 2):
            raise InputError(
                "a line has too many cells" if len(cells) > width else "a line has too few cells",
                expected=f"{width} cells, as in the header",
                found=f"{len(cells)}",
                where=f"{source}, line {number}",
                fix=AGAIN,
            )
        yield number, cells + [""] * (width - len(cells)) if len(cells) < width else cells
    raise InputError(
        "a table begins and does not end",
        expected="a line that ends in _table_end",
        where=f"{source}, line {begin}",
        fix=AGAIN,
    )


def _numbers(flat: Sequence[str], names: Sequence[str], at: Sequence[int], source: str) -> Values:
    """Return cells as numbers, shape (lines, names)."""
    shape = (len(at), len(names))
    cells = [_NAN.get(cell, cell) for cell in flat]
    joined = "".join(cells)
    try:
        # Python's numbers may hold underscores and the digits of any script; those of a table may not.
        values = np.array(cells, dtype=np.float64) if joined.isascii() and "_" not in joined else None
    except ValueError:
        values = None
    if values is None:
        cells = [_NAN.get(cell, cell) for cell in map(unquoted, flat)]
        for index, cell in enumerate(cells):
            if not _NUMBER.fullmatch(cell):
                raise _fault("a cell is not a number", cell, names, at, index, source)
        values = np.array(cells, dtype=np.float64)
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        index = int(infinite[0])
        raise _fault("a value is infinite", flat[index], names, at, index, source)
    return values.reshape(shape)


def _fault(
    problem: str, cell: str, names: Sequence[str], at: Sequence[int], index: int, source: str
) -> InputError:
    row, column = divmod(index, len(names))
    return InputError(
        problem,
        expected="numbers, and empty cells or null where a value is missing",
        found=f"'{cell[:40]}'",
        where=f"{source}, line {at[row]}, column '{names[column]}'",
        fix="empty the cell if the value is missing",
    )
