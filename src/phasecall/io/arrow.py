"""Calls as Parquet and as Feather, which is a file of Arrow: typed columns, all digits, a heading."""

from __future__ import annotations

import io
import json
from typing import Any

from phasecall.calls import Calls
from phasecall.io.heading import describe_calls


def to_parquet(calls: Calls) -> bytes:
    """Return calls as a Parquet file; its metadata hold what `describe_calls` returns, under `phasecall`."""
    from pyarrow import parquet

    stream = io.BytesIO()
    parquet.write_table(_tabulate(calls), stream)
    return stream.getvalue()


def to_feather(calls: Calls) -> bytes:
    """Return calls as a Feather file of version 2, not compressed; metadata as of `to_parquet`."""
    from pyarrow import feather

    stream = io.BytesIO()
    # Compressed files open only where the compression is built in.
    feather.write_feather(_tabulate(calls), stream, compression="uncompressed")
    return stream.getvalue()


def _tabulate(calls: Calls) -> Any:
    import pyarrow as arrow

    columns = {name: arrow.array(values, from_pandas=True) for name, values in calls.columns().items()}
    return arrow.table(columns).replace_schema_metadata({"phasecall": json.dumps(describe_calls(calls))})
