"""Runs: what the verbs that train share, from the folder of a run to the bar that shows how far it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from phasecall.training import Progress

_CHECKPOINTS = "checkpoints"

output = click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder of the run."
)
restart = click.option("--restart", is_flag=True, help="Forget what the folder holds and start anew.")


def open_checkpoints(output: Path, *, restart: bool) -> Path:
    """Return where a run keeps its state, emptied if it is to start anew."""
    import shutil

    folder = output / _CHECKPOINTS
    if restart:
        shutil.rmtree(folder, ignore_errors=True)
    return folder


@contextmanager
def show_progress(epochs: int) -> Iterator[Progress]:
    """Show a bar with the last epoch's figures on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    texts = TextColumn("epoch"), TextColumn("{task.description}")
    columns = (texts[0], BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), texts[1])
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=epochs)

        def show(entry: dict[str, float]) -> None:
            accuracy = f"{100 * entry['val_accuracy']:.1f} %"
            text = f"loss {entry['loss']:.3f}, validation {entry['val_loss']:.3f} ({accuracy})"
            bar.update(task, completed=entry["epoch"], description=text)

        yield show


def write_log(log: list[dict[str, float]], output: Path) -> None:
    """Write the log of a run, and the figure of it."""
    from phasecall import figures
    from phasecall.io import atomic

    with atomic(output / "log.json", "w") as file:
        json.dump(log, file, indent=1)
    figures.save(figures.draw("training", log), output / "curve")
