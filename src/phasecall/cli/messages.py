"""Messages: what the command line says on stderr, and tables on stdout."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.errors import PhasecallError, make_printable

if TYPE_CHECKING:
    from phasecall.timecourse import Note


def show_error(error: PhasecallError, *, as_json: bool) -> None:
    """Write the one message of an error to stderr."""
    click.echo(json.dumps(error.as_dict()) if as_json else f"phasecall: {error}", err=True)


def show_notes(notes: Iterable[Note]) -> None:
    """Write notes to stderr."""
    for note in notes:
        click.echo(f"note: {make_printable(note.text)}", err=True)


def say(text: str) -> None:
    """Write a message to stderr."""
    click.echo(text, err=True)


def show_written(*paths: Path | None, as_json: bool) -> None:
    """Say which files were written: on stderr, or on stdout as JSON."""
    written = [str(path) for path in paths if path is not None]
    if as_json:
        show_json({"written": written})
    else:
        for path in written:
            say(f"wrote {path}")


def show_json(value: Any) -> None:
    """Write a value to stdout as JSON."""
    click.echo(json.dumps(value, indent=1))


def show_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table with aligned columns to stdout; a column of figures is flush right."""
    body = [list(map(str, row)) for row in rows]
    columns = list(zip(header, *body, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(cell[:1] in "0123456789-+." for cell in column[1:]) for column in columns]
    for row in [list(header), ["-" * width for width in widths], *body]:
        cells = (
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(row, widths, right, strict=True)
        )
        click.echo("  ".join(cells).rstrip())
