"""The atlas: any figure of the experiment, drawn when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from phasecall.figures import ATLAS, FAMILIES
from phasecall.web.page.desk.pictures import draw_figure
from phasecall.web.page.elements import show_drawing, show_text

if TYPE_CHECKING:
    from phasecall.web.page.room import Room

FIRST = "landscape"


class AtlasView:
    """The tab of the atlas.

    Parameters
    ----------
    room
        The page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        titles = {
            picture.key: f"{family}: {picture.title}"
            for family in FAMILIES
            for picture in ATLAS.values()
            if picture.family == family
        }
        with ui.element("div").classes("pc-controls"):
            self._key = ui.select(titles, label="Figure", value=FIRST, on_change=self.show, with_input=True)
            self._key.classes("pc-wide")
        self._box = ui.element("div")
        with self._box:
            show_text("p", "A figure takes a few seconds the first time.", "pc-hint")

    async def show(self) -> bool:
        """Draw the figure that is chosen."""
        if self._room.visit.answer is None or self._key.value is None:
            return False
        drawing = await self._room.ask(draw_figure, self._room.visit.question, self._key.value)
        if drawing is not None:
            self._box.clear()
            with self._box:
                show_drawing(drawing)
        return drawing is not None
