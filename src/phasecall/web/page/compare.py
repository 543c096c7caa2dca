"""Compare: a second experiment beside the first, and what differs."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from typing import TYPE_CHECKING

from nicegui import ui

from phasecall.datasets import DATASETS
from phasecall.web.page.desk.changes import Changes, lay_changes
from phasecall.web.page.desk.files import write_changes
from phasecall.web.page.desk.question import Given, Question
from phasecall.web.page.desk.recognition import recognise
from phasecall.web.page.download import send_file
from phasecall.web.page.elements import show_button, show_drawing, show_notes, show_text
from phasecall.web.page.genes import lay_number
from phasecall.web.page.upload import show_upload

if TYPE_CHECKING:
    from phasecall.web.page.room import Room

_HINT = "or drop it here: another condition of the same genes"
_COLUMNS = (
    {"field": "gene", "headerName": "gene", "minWidth": 120, "flex": 1, "filter": "agTextColumnFilter"},
    {"field": "change", "headerName": "change", "minWidth": 150, "flex": 1, "filter": "agTextColumnFilter"},
    lay_number("shift", "shift, min", "p.value.toFixed(1)", minWidth=115, flex=1),
    lay_number("shift_q", "shift q", "String(p.value)", minWidth=105, flex=1),
    lay_number("ratio", "log2 amplitude ratio", "p.value.toFixed(2)", minWidth=170, flex=1),
    lay_number("change_q", "change q", "String(p.value)", minWidth=110, flex=1),
)


class CompareView:
    """The tab of comparison.

    Parameters
    ----------
    room
        The page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        show_text("h3", "Compare with a second experiment")
        show_upload(room.visit, "Choose its file", _HINT, self._take, room.faults.show)
        samples = [key for key, dataset in DATASETS.items() if dataset.kind == "time course"]
        with ui.element("div").classes("pc-controls"):
            self._sample = ui.select(samples, label="Or a sample set", on_change=self._choose_sample)
            self._experiment = ui.select(
                [], label="Experiment of the file", on_change=self._choose_experiment
            )
            self._experiment.set_visibility(False)
        self._box = ui.element("div")
        self._quiet = False

    async def show(self) -> bool:
        """Compare again where there is a second experiment; else offer those of the same file."""
        visit = self._room.visit
        found = visit.recognised
        if visit.other is not None:
            return await self._compare(visit.other)
        self._box.clear()
        self._offer(found.experiments if found is not None else (), visit.question)
        return True

    def _offer(self, names: tuple[str, ...], question: Question) -> None:
        """Offer the experiments of a file that has several."""
        self._quiet = True
        self._file = question
        self._experiment.set_options(list(names), value=None)
        self._experiment.set_visibility(len(names) > 1)
        self._quiet = False

    async def _take(self, file: Given) -> None:
        question = Question(path=file.path, name=file.name)
        found = await self._room.ask(recognise, question)
        if found is None:
            return
        if found.chosen:
            await self._compare(question)
        else:
            self._offer(found.experiments, question)

    def _choose_sample(self) -> Awaitable[bool] | None:
        return self._compare(Question(sample=self._sample.value)) if self._sample.value else None

    def _choose_experiment(self) -> Awaitable[bool] | None:
        if self._quiet or not self._experiment.value:
            return None
        file = self._file
        other = Question(path=file.path, name=file.name, times=file.times, unit=file.unit, scale=file.scale)
        return self._compare(replace(other, experiment=self._experiment.value, transpose=file.transpose))

    async def _compare(self, other: Question) -> bool:
        """Show what differs in another experiment; say if that worked."""
        found = await self._room.ask(lay_changes, self._room.visit.question, other, tells=True)
        if found is None:
            return False
        self._room.visit.other = other
        self._box.clear()
        with self._box:
            self._show(found)
        return True

    def _show(self, found: Changes) -> None:
        show_text("h3", f"{found.names[1]} against {found.names[0]}")
        with ui.element("ul").classes("pc-counts"):
            for change, meaning, n in found.counts:
                with ui.element("li"):
                    show_text("strong", f"{n} {change}")
                    show_text("span", meaning, "pc-hint")
        show_notes(found.notes, "What to know about it")
        options = {
            "columnDefs": [*_COLUMNS],
            "rowData": list(found.rows),
            "suppressFieldDotNotation": True,
            "animateRows": False,
        }
        ui.aggrid(options, auto_size_columns=False).classes("pc-grid pc-low")
        show_button("Download changes.tsv", self._send, "pc-quiet")
        show_drawing(found.drawing)

    async def _send(self) -> None:
        other = self._room.visit.other
        if other is not None:
            await send_file(self._room, "changes.tsv", write_changes, self._room.visit.question, other)
