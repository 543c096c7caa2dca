"""The results: what was called, the controls that change it, and a tab for each way to look at it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from nicegui import ui

from phasecall.errors import PhasecallError
from phasecall.web.page.atlas import AtlasView
from phasecall.web.page.compare import CompareView
from phasecall.web.page.controls import CultureControls
from phasecall.web.page.desk.quality import judge_culture
from phasecall.web.page.download import DownloadView
from phasecall.web.page.elements import (
    GRAVE,
    show_button,
    show_facts,
    show_notes,
    show_text,
    show_verdict,
)
from phasecall.web.page.genes import GenesView
from phasecall.web.page.labels import LabelsView
from phasecall.web.page.quality import QualityView

if TYPE_CHECKING:
    from phasecall.web.page.room import Room


class View(Protocol):
    """One tab."""

    async def show(self) -> bool:
        """Show the calls of the visit, when the tab is opened or they change; say if that worked."""


TABS: dict[str, Callable[[Room], View]] = {
    "Genes": GenesView,
    "Quality": QualityView,
    "Atlas": AtlasView,
    "Labels": LabelsView,
    "Compare": CompareView,
    "Download": DownloadView,
}


class ResultsView:
    """The third step of the page.

    Parameters
    ----------
    room
        The page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._title = show_text("h2", "Calls")
        self._told = ui.element("div")
        self._trust = ui.element("div")
        with ui.element("details").classes("pc-change"):
            show_text("summary", "Change scheme, anchor or period: the calls follow")
            self._controls = CultureControls(room, self._change)
        with ui.tabs(on_change=self._open).props(
            "no-caps align=left outside-arrows mobile-arrows"
        ) as self._tabs:
            for name in TABS:
                ui.tab(name)
        self._views: dict[str, View] = {}
        with ui.tab_panels(self._tabs, value="Genes", animated=False).classes("pc-panels"):
            for name, kind in TABS.items():
                with ui.tab_panel(name):
                    self._views[name] = kind(room)
        self._shown: dict[str, object] = {}

    async def show(self) -> None:
        """Show the calls of the visit."""
        answer, question = self._room.visit.answer, self._room.visit.question
        if answer is None:
            return
        self._title.text = answer.title
        self._told.clear()
        with self._told:
            show_facts(answer.facts, "pc-key")
            self._trust = ui.element("div").classes("pc-verdict-line").props("role=status")
            show_notes(answer.doubts, "What speaks against these calls", unfolded=True)
            grave = any(note.code in GRAVE for note in answer.notes)
            nothing = answer.counts[-1] == len(answer.rows)
            show_notes(answer.notes, "What to know about the experiment", unfolded=grave or nothing)
        self._controls.show(question)

    async def draw(self) -> None:
        """Fill the tab that is open, and say whether the experiment can be trusted."""
        await self._fill(self._tabs.value or "Genes")
        place, answer = self._trust, self._room.visit.answer
        judged = await self._room.ask(judge_culture, self._room.visit.question, tells=True)
        if judged is None or self._room.visit.answer is not answer:
            return
        verdict, found = judged
        with place:
            show_text("span", "The experiment:")
            show_verdict(verdict)
            show_text("span", found)
            show_button("See the checks", partial(self._tabs.set_value, "Quality"), "pc-quiet")

    async def _open(self) -> None:
        if self._room.visit.answer is not None:
            await self._fill(self._tabs.value)

    async def _fill(self, name: str) -> None:
        """Show the calls of the visit in a tab, once."""
        answer = self._room.visit.answer
        if self._shown.get(name) is answer:
            return
        self._shown[name], done = answer, False
        try:
            done = await self._views[name].show()
        finally:
            # What was cancelled or failed is tried again when the tab is opened again.
            if not done and self._shown.get(name) is answer:
                del self._shown[name]

    async def _change(self) -> None:
        """Call again with what the controls say."""
        try:
            question = self._controls.read(self._room.visit.question)
        except PhasecallError as fault:
            self._room.faults.show(fault)
            return
        if question != self._room.visit.question:
            await self._room.call(question)
