"""The start: drop a file, or choose a sample set."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nicegui import ui

from phasecall.datasets import DATASETS
from phasecall.errors import PhasecallError
from phasecall.web.page.elements import show_text
from phasecall.web.page.upload import show_upload

if TYPE_CHECKING:
    from phasecall.web.page.room import Room

_HINT = (
    "or drop it anywhere on this page: CSV, TSV, Excel, Parquet, AnnData, GEO; genes in rows and times in"
    " columns, or the other way round"
)


def show_start(room: Room) -> None:
    """Show how to begin."""
    show_text("h2", "A time course of a synchronised culture")
    lost = show_text("p", "", "pc-hint").props("role=status")
    ui.on("lost-file", lambda event: lost.set_text(_say_lost(str(event.args))))
    ui.run_javascript("tellLost()")
    show_upload(room.visit, "Choose a file", _HINT, room.take_file, room.faults.show)
    ui.on("many-files", lambda event: room.faults.show(_refuse_many(int(event.args))))
    show_text("h3", "Or look at one that comes with phasecall")
    with ui.element("ul").classes("pc-samples"):
        for key, dataset in DATASETS.items():
            if dataset.kind != "time course":
                continue
            with ui.element("li"), ui.element("button").props("type=button").classes("pc-sample") as button:
                show_text("strong", key)
                show_text("span", dataset.title)
                n_genes, n_times = dataset.shape
                show_text("small", f"{n_genes} genes, {n_times} time points; doi {dataset.doi}")
            button.on("click", partial(room.take_sample, key))


def _say_lost(name: str) -> str:
    return f"The page was loaded anew, and what it showed of {name} is deleted: give the file again."


def _refuse_many(n_files: int) -> PhasecallError:
    return PhasecallError(
        "one file at a time is read",
        found=f"{n_files} files",
        fix="drop the first one, and a second experiment under Compare once the first is called",
    )
