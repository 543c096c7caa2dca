"""`phasecall datasets`: what data the package carries, and how to get them out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from phasecall.cli import messages, options

_EPILOG = """\b
Examples:
  phasecall datasets list
  phasecall datasets show cdc15-4381
  phasecall datasets export alpha -o alpha.tsv
"""


@click.group("datasets", epilog=_EPILOG)
def command() -> None:
    """List, show and export the embedded data."""


@command.command("list")
@options.as_json
def list_all(as_json: bool) -> None:
    """List the embedded data sets."""
    from phasecall.datasets import DATASETS

    if as_json:
        messages.show_json([asdict(dataset) for dataset in DATASETS.values()])
        return
    rows = [
        (one.key, one.kind, str(one.shape[0]), str(one.shape[1]), one.sync or "", one.title)
        for one in DATASETS.values()
    ]
    messages.show_table(("key", "kind", "genes", "columns", "sync", "title"), rows)


@command.command("show")
@click.argument("key")
@options.as_json
def show(key: str, as_json: bool) -> None:
    """Show what is known of a data set: source, units, period, known traits."""
    from phasecall.datasets import DATASETS
    from phasecall.errors import find_row

    fields = asdict(find_row(DATASETS, key, "dataset"))
    if as_json:
        messages.show_json(fields)
        return
    width = max(map(len, fields))
    for name, value in fields.items():
        click.echo(f"{name:{width}}  {_shown(value)}".rstrip())


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(map(_shown, value))
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


@command.command("export")
@click.argument("key")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help="TSV, or .tsv.gz."
)
@options.as_json
def export(key: str, output: Path, as_json: bool) -> None:
    """Write a data set as a TSV table."""
    from phasecall import datasets

    datasets.export(key, output)
    messages.show_written(output, as_json=as_json)
