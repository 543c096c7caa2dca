"""Messages: what the command line says on stderr, and tables on stdout."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.errors import PhasecallError, make_printable

if TYPE_CHECKING:
    from phasecall.timecourse import Note


_NO_TERMINAL = 10_000
"""Columns where nobody reads but a program: nothing is wrapped."""
_LEAST_ROOM = 24


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
    """Write a table with aligned columns to stdout; a column of figures is flush right.

    Where a terminal is too narrow, the last column goes on below itself.
    """
    body = [list(map(str, row)) for row in rows]
    columns = list(zip(header, *body, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(cell[:1] in "0123456789-+." for cell in column[1:]) for column in columns]
    left = sum(width + 2 for width in widths[:-1])
    widths[-1] = min(widths[-1], _room(left))
    for row in [list(header), ["-" * width for width in widths], *body]:
        cells = (
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(row, widths, right, strict=True)
        )
        line = "  ".join(cells)
        click.echo(_hang(line[:left], line[left:]))


def show_fields(fields: Mapping[str, str]) -> None:
    """Write names and what they stand for to stdout, one a line; a terminal too narrow has more lines."""
    longest = max(map(len, fields))
    for name, value in fields.items():
        click.echo(_hang(f"{name:{longest}}  ", value))


def _hang(head: str, text: str) -> str:
    """Return a line whose text goes on below itself, cut between words, where the terminal is too narrow."""
    lines = textwrap.wrap(text, _room(len(head)), break_long_words=False, break_on_hyphens=False)
    return head + ("\n" + " " * len(head)).join(lines) if lines else head.rstrip()


def _room(left: int) -> int:
    return max(shutil.get_terminal_size((_NO_TERMINAL, 0)).columns - left, _LEAST_ROOM)


@contextmanager
def progress(total: int, what: str = "") -> Iterator[Callable[[str], None]]:
    """Show how many of some steps are done, where somebody looks on; call with words for the step done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    shown = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}")
    texts = (TextColumn(what), *shown) if what else shown
    with Progress(*texts, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda words: bar.update(task, advance=1, description=words)
