"""Columnar files: Parquet, Arrow and Feather, of which only the columns that matter are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError, require
from phasecall.io.document import Document
from phasecall.io.files import MAX_BYTES
from phasecall.io.header import label_from
from phasecall.io.memory import limited
from phasecall.io.provenance import KEY, recall
from phasecall.io.request import Request
from phasecall.io.series import Series, courses_of_series, require_size, spell
from phasecall.timecourse import TimeCourse


def read_parquet(document: Document, request: Request) -> list[TimeCourse]:
    """Return the time courses of a Parquet file.

    Parameters
    ----------
    document
        The file.
    request
        What is asked of it.

    Raises
    ------
    InputError
        If it is broken, too large, or no table of time courses.
    MissingExtraError
        If pyarrow is not installed.
    """
    arrow = _arrow("Parquet input")
    from pyarrow import parquet

    with _one_message(document.source, "a Parquet file"):
        metadata = parquet.read_metadata(arrow.BufferReader(document.content))
        schema = metadata.schema.to_arrow_schema()
        wanted = _wanted(schema, metadata.num_rows, document.source)
        _refuse_unfolding(metadata, document.source)
        called = [schema.names[place] for place in wanted]
        # As codes texts are no larger than the file, however often each is there.
        texts = [schema.names[place] for place in wanted if _is_text(schema.types[place])]
        file = parquet.ParquetFile(arrow.BufferReader(document.content), read_dictionary=texts)
        # Columns are chosen by name, and names may occur more than once.
        chosen = called if len(set(schema.names)) == len(schema.names) else None
        table = file.read(columns=chosen, use_threads=False)
        columns, names = _take_apart(table, document.source, schema)
    del table, file
    courses = courses_of_series(document.source, columns, request, names)
    return recall(courses, (schema.metadata or {}).get(KEY.encode()), request, document.name)


def read_arrow(document: Document, request: Request) -> list[TimeCourse]:
    """Return the time courses of an Arrow or Feather file, as `read_parquet` does."""
    arrow = _arrow("Arrow input")
    with _one_message(document.source, "an Arrow file"):
        whole = arrow.ipc.open_file(arrow.BufferReader(document.content))
        wanted = _wanted(whole.schema, 0, document.source)
        options = arrow.ipc.IpcReadOptions(included_fields=wanted, use_threads=False)
        file = arrow.ipc.open_file(
            arrow.BufferReader(document.content), options=options, memory_pool=arrow.system_memory_pool()
        )
        batches, rows = [], 0
        for number in range(file.num_record_batches):
            batches.append(file.get_batch(number))
            rows += batches[-1].num_rows
            require_size(document.source, rows, len(wanted))
        table = arrow.Table.from_batches(batches, schema=file.schema)
        columns, names = _take_apart(table, document.source, whole.schema)
    del table, batches
    courses = courses_of_series(document.source, columns, request, names)
    return recall(courses, (whole.schema.metadata or {}).get(KEY.encode()), request, document.name)


def courses_of_arrow(table: Any, request: Request, source: str) -> list[TimeCourse]:
    """Return the time courses of a pyarrow table.

    Parameters
    ----------
    table
        The table.
    request
        What is asked of it.
    source
        How messages name it.

    Raises
    ------
    InputError
        If it is no table of time courses.
    """
    columns, names = _take_apart(table, source, table.schema)
    return courses_of_series(source, columns, request, names)


def _take_apart(table: Any, source: str, schema: Any) -> tuple[list[Series], Series | None]:
    """Return the columns of a table, and its names where they were an index.

    Of the columns in `schema`, the table has at least the names and those that are numbers.
    """
    require_size(source, table.num_rows, table.num_columns)
    # Offsets that point outside of an array would be followed.
    table.validate(full=True)
    index = _index_of(schema)
    columns: list[Series] = []
    names = None
    at_hand = iter(table.columns)
    held = set(table.schema.names)
    for field in schema:
        label = spell(field.name)
        column = next(at_hand) if field.name in held else None
        if column is None or not (_is_number(field.type) or _is_text(field.type)):
            _refuse_timed(field, label, source)
            # A column of neither is only named.
            columns.append(Series(label, ["?"] * table.num_rows))
        elif index is not None and field.name == index:
            plain = "" if index.startswith("__index_level_") else label
            names = Series(plain, _series(label, column, source).values)
        else:
            columns.append(_series(label, column, source))
    return columns, names


def _arrow(feature: str) -> Any:
    require(feature, "formats", "pyarrow")
    import pyarrow
    import pyarrow.ipc

    return pyarrow


@contextmanager
def _one_message(source: str, what: str) -> Iterator[None]:
    """Turn whatever reading a broken file raises into one message."""
    with limited(source):
        try:
            yield
        except (InputError, MemoryError):
            raise
        except Exception as fault:
            raise InputError(
                f"'{source}' is {what} that cannot be read",
                found=str(fault) or type(fault).__name__,
                fix="write it again, or export the table as CSV",
            ) from None


def _wanted(schema: Any, rows: int, source: str) -> list[int]:
    """Return the columns to read: those of numbers, the names, and texts that should be numbers."""
    index = _index_of(schema)
    texts = [place for place, field in enumerate(schema) if _is_text(field.type)]
    figures = [place for place, field in enumerate(schema) if _is_number(field.type)]
    named = [place for place, name in enumerate(schema.names) if name == index]
    timed = [place for place in texts if (label := label_from(spell(schema.names[place]))) and label.sure]
    wanted = sorted({*figures, *(named or texts[:1]), *timed})
    require_size(source, rows, len(wanted))
    return wanted


def _refuse_unfolding(metadata: Any, source: str) -> None:
    """Refuse a file that unfolds to more than a table of time courses."""
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    if sum(group.total_byte_size for group in groups) > 4 * MAX_BYTES:
        raise InputError(
            f"'{source}' is too large",
            expected=f"a table that unfolds to at most {4 * MAX_BYTES >> 20} MiB",
            fix="keep the columns of one experiment, or split the genes over files",
        )


def _index_of(schema: Any) -> str | None:
    """Return the column that was the index of a pandas data frame, if it was a column."""
    try:
        index = (schema.pandas_metadata or {}).get("index_columns", [])
    except (ValueError, AttributeError):
        return None
    # An index that only counts is kept as a range.
    return index[0] if len(index) == 1 and isinstance(index[0], str) else None


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_number(kind.value_type)
    return bool(
        types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_null(kind)
    )


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _refuse_timed(field: Any, label: str, source: str) -> None:
    """Refuse a column that is called by a time and can hold no numbers."""
    read = label_from(label)
    if read is not None and read.sure and not _is_text(field.type):
        raise InputError(
            f"the column '{label}' holds no numbers",
            expected="numbers, and no value where one is missing",
            found=str(field.type),
            where=source,
        )


def _series(label: str, column: Any, source: str) -> Series:
    import pyarrow as arrow

    if _is_text(column.type):
        return Series(label, _texts(column, source))
    if arrow.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    values: NDArray[np.float64] = column.cast(arrow.float64(), safe=False).to_numpy()
    return Series(label, np.asarray(values, dtype=np.float64))


def _texts(column: Any, source: str) -> Sequence[str]:
    """Return the texts of a column, empty where one is missing."""
    texts: list[str] = []
    size = 0
    for chunk in column.chunks:
        coded = chunk if hasattr(chunk, "dictionary") else chunk.dictionary_encode()
        words = ["" if word is None else str(word) for word in coded.dictionary.to_pylist()]
        codes = coded.indices.to_pylist()
        size += sum(len(words[code]) for code in codes if code is not None)
        if size > MAX_BYTES:
            raise InputError(
                f"'{source}' is too large",
                expected=f"a table that unfolds to at most {4 * MAX_BYTES >> 20} MiB",
                fix="keep the columns of one experiment, or split the genes over files",
            )
        texts += ["" if code is None else words[code] for code in codes]
    return texts
