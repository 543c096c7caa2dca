"""Labels: a table of known phases tunes the network to the experiment, if that makes it better."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nicegui import ui

from phasecall.errors import PhasecallError
from phasecall.web.page.desk.question import Given
from phasecall.web.page.desk.tuning import Tuned, tune_model
from phasecall.web.page.elements import show_button, show_notes, show_text
from phasecall.web.page.upload import show_upload

if TYPE_CHECKING:
    from pathlib import Path

    from phasecall.web.page.room import Room

_HINT = "or drop it here: a column of genes and one of their phases, 20 genes or more"


class LabelsView:
    """The tab of labels.

    Parameters
    ----------
    room
        The page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        show_text("h3", "Tune the network to this experiment")
        show_text(
            "p",
            "Genes of known phase say where the experiment starts and what its profiles look like. Whether"
            " that makes the calls better is told by genes held out; where it does not, nothing changes.",
            "pc-hint",
        )
        show_upload(room.visit, "Choose a table of labels", _HINT, self._tune, room.faults.show)
        self._box = ui.element("div")

    async def show(self) -> bool:
        """Say which model the calls of the visit rest on."""
        if self._room.visit.question.model is None and self._room.visit.tuned is None:
            self._box.clear()
        return True

    async def _tune(self, labels: Given) -> None:
        """Tune to the labels of a file, and show what came out."""
        try:
            output = self._room.visit.reserve("tuned.json")
        except PhasecallError as fault:
            self._room.faults.show(fault)
            return
        found = await self._room.ask(tune_model, self._room.visit.question, labels, str(output), tells=True)
        if found is None:
            return
        self._room.visit.tuned = str(output)
        self._box.clear()
        with self._box:
            self._show(found, output)

    def _show(self, found: Tuned, output: Path) -> None:
        show_text("h3", f"{found.labels} labelled genes, each judged by what was learnt without it")
        with ui.element("table").classes("pc-table"):
            with ui.element("thead"), ui.element("tr"):
                for title in ("answers", "accuracy %, 95 % interval", "loss"):
                    show_text("th", title).props("scope=col")
            with ui.element("tbody"):
                for name, accuracy, loss in found.rows:
                    with ui.element("tr"):
                        show_text("th", name).props("scope=row")
                        show_text("td", accuracy)
                        show_text("td", loss)
        done = "The original answers are kept" if found.kept else "The tuned answers are better"
        show_text("p", f"{done}: {found.why}.")
        if found.warning:
            show_text("p", found.warning, "pc-warning")
        show_notes(found.notes, "What was noticed in the table")
        with ui.element("div").classes("pc-actions"):
            show_button("Call by the tuned model", partial(self._use, str(output)), "pc-main")
            show_button("Call without it", partial(self._use, None), "pc-quiet")
            show_button(
                "Download tuned.json",
                lambda: ui.download.content(output.read_bytes(), "tuned.json"),
                "pc-quiet",
            )

    async def _use(self, model: str | None) -> None:
        await self._room.change(model=model)
