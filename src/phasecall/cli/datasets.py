"""`phasecall datasets`: what data there are, how to get public ones, and how to get tables out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from phasecall.cli import messages, options

if TYPE_CHECKING:
    from phasecall.datasets import Dataset
    from phasecall.publicdata import PublicDataset

_EPILOG = """\b
Examples:
  phasecall datasets list
  phasecall datasets show cdc15-4381
  phasecall datasets fetch spellman-alpha sgd-orfs
  phasecall datasets export alpha -o alpha.tsv     or .xlsx, .parquet, .h5ad ...
"""


class _Progress(Protocol):
    def __call__(self, file: str, done: int, total: int | None) -> None: ...


@click.group("datasets", epilog=_EPILOG)
def command() -> None:
    """List, show, fetch and export data sets.

    Embedded ones come with the package. Public ones lie in the folder that PHASECALL_DATA names, or else in
    one for this user.
    """


@command.command("list")
@options.as_json
def list_all(as_json: bool) -> None:
    """List the data sets, embedded and public: which are here, and which can be fetched."""
    from phasecall.publicdata import data_folder
    from phasecall.publicdata.listing import all_datasets, tell_state

    states = [(row, tell_state(row)) for row in all_datasets().values()]
    if as_json:
        messages.show_json([asdict(row) | {"state": state} for row, state in states])
        return
    rows = [(row.key, row.kind, _size(row), _listed(row, state), row.title) for row, state in states]
    messages.show_table(("key", "kind", "size", "state", "title"), rows)
    messages.say(
        f"public data lie in {data_folder()}; 'phasecall datasets fetch KEY' puts there what is to fetch, and"
        " 'phasecall datasets show KEY' says how a file is made by hand"
    )


@command.command("show")
@click.argument("key")
@options.as_json
def show(key: str, as_json: bool) -> None:
    """Show what is known of a data set: source, units, period, known traits, and how to get a public one."""
    from phasecall.errors import find_row
    from phasecall.publicdata import PublicDataset, data_folder
    from phasecall.publicdata.listing import all_datasets, tell_state

    row = find_row(all_datasets(), key, "dataset")
    fields = asdict(row) | {"state": tell_state(row)}
    if isinstance(row, PublicDataset):
        fields |= {"folder": str(data_folder()), "how_to_get": _how_to_get(row)}
    if as_json:
        messages.show_json(fields)
        return
    fields |= {"shape": _size(row), "traits": tuple(text for _, text in row.traits)}
    # What does not apply is left out; JSON has it.
    messages.show_fields({name: _shown(value) for name, value in fields.items() if value})


@command.command("fetch")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder to put them in; PHASECALL_DATA, or one for this user, if not given.",
)
@options.as_json
def fetch(keys: tuple[str, ...], folder: Path | None, as_json: bool) -> None:
    """Fetch public data sets from their homes; all that can be, if none is named.

    An interrupted download goes on where it stopped. Every file is checked before it is taken; one that is
    there is left alone. What cannot be fetched is listed with how to make it by hand.
    """
    from phasecall.publicdata import fetching

    with _progress() as told:
        outcomes = fetching.fetch(keys, folder, told)
    if as_json:
        entries = [
            {
                "file": one.file,
                "keys": one.keys,
                "status": one.status,
                "path": None if one.path is None else str(one.path),
                "error": None if one.error is None else one.error.as_dict(),
            }
            for one in outcomes
        ]
        messages.show_json(entries)
    else:
        rows = [(one.status, one.file, ", ".join(one.keys)) for one in outcomes]
        messages.show_table(("status", "file", "data sets"), rows)
        if any(one.status == "by hand" for one in outcomes):
            messages.say("'phasecall datasets show KEY' says how a file is made by hand")
    failed = [one.error for one in outcomes if one.status == "failed" or (keys and one.status == "by hand")]
    # The last one is raised, which ends the command with status 2.
    for error in failed[:-1]:
        if error is not None:
            messages.show_error(error, as_json=as_json)
    if failed and failed[-1] is not None:
        raise failed[-1]


@command.command("export")
@click.argument("key")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A time course: .tsv, .csv, .xlsx, .parquet, .feather or .h5ad; labels: .tsv; .gz of text.",
)
@options.as_json
def export(key: str, output: Path, as_json: bool) -> None:
    """Write a data set as a table; of public ones, the time courses.

    Parquet, Feather and AnnData carry its name, its synchronisation and which times are interpolated; the
    others hold genes, times and values.
    """
    from phasecall import datasets
    from phasecall.publicdata import PUBLIC, export_public

    if key in PUBLIC:
        export_public(key, output)
    else:
        datasets.export(key, output)
        minutes = datasets.load(key).interpolated if datasets.DATASETS[key].kind == "time course" else ()
        if minutes and not output.name.lower().endswith((".parquet", ".feather", ".arrow", ".h5ad")):
            shown = ", ".join(f"{minute:g}" for minute in minutes)
            messages.say(f"note: {shown} min are interpolated: read from a table they count as measured")
    messages.show_written(output, as_json=as_json)


def _listed(row: Dataset, state: str) -> str:
    """Return how the list says a state: of what is absent, whether it can be fetched."""
    from phasecall.publicdata import PublicDataset

    if state != "absent" or not isinstance(row, PublicDataset):
        return state
    return "to fetch" if row.addresses else "by hand"


def _how_to_get(row: PublicDataset) -> str:
    if row.addresses:
        return f"phasecall datasets fetch {row.key}"
    return f"by hand: make {row.file} as the recipe says of what is at its home, and put it into the folder"


def _size(row: Dataset) -> str:
    rows, columns = row.shape
    return f"{rows} x {columns}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(map(_shown, value))
    return "yes" if value is True else f"{value:g}" if isinstance(value, float) else str(value)


@contextmanager
def _progress() -> Iterator[_Progress]:
    """Show a bar for each file on stderr, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:

        def told(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file)
            bar.update(tasks[file], completed=done, total=total)

        yield told
