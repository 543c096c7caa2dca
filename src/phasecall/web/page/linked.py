"""The linked picture: a figure in which genes can be pointed at, and one of them is marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from phasecall.web.page.desk.pictures import Drawing


class LinkedPicture(Element, component="linked.js"):
    """A drawing whose genes name themselves under the pointer, and are chosen by a click.

    What it shows is in the table beside it, too, where everything can be done by keyboard.

    Parameters
    ----------
    drawing
        With the places of its genes.
    names
        Of all genes, by row.
    choose
        Is called with the row of a gene that is clicked.
    """

    def __init__(self, drawing: Drawing, names: Sequence[str], choose: Callable[[int], Any]) -> None:
        super().__init__()
        self._props["svg"] = drawing.svg
        self._props["places"] = [[row, round(x, 4), round(y, 5)] for row, x, y in drawing.places]
        self._props["names"] = [names[row] for row, _, _ in drawing.places]
        self._props["band"] = drawing.band and [round(end, 4) for end in drawing.band]
        self._props["chosen"] = None

        def chosen(event: GenericEventArguments) -> Any:
            return choose(int(event.args))

        self.on("choose", chosen)

    def point_out(self, row: int | None) -> None:
        """Mark the gene of a row, or none."""
        self._props["chosen"] = row
        self.update()
