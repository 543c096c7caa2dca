"""Arrow: columns as Parquet and as Feather, which is a file of Arrow: typed, with all digits."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from phasecall.io.provenance import KEY


def pack_parquet(columns: Mapping[str, Any], about: str) -> bytes:
    """Return a Parquet file.

    Parameters
    ----------
    columns
        Name to values; NaN = missing.
    about
        What the metadata of the schema hold under `phasecall`.
    """
    from pyarrow import parquet

    stream = io.BytesIO()
    parquet.write_table(_tabulate(columns, about), stream)
    return stream.getvalue()


def pack_feather(columns: Mapping[str, Any], about: str) -> bytes:
    """Return a Feather file of version 2, not compressed; see `pack_parquet`."""
    from pyarrow import feather

    stream = io.BytesIO()
    # Compressed files open only where the compression is built in.
    feather.write_feather(_tabulate(columns, about), stream, compression="uncompressed")
    return stream.getvalue()


def _tabulate(columns: Mapping[str, Any], about: str) -> Any:
    import pyarrow as arrow

    arrays = {name: arrow.array(values, from_pandas=True) for name, values in columns.items()}
    return arrow.table(arrays).replace_schema_metadata({KEY: about})
