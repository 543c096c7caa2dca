"""The genes: wheel and heat map, linked with a table of all genes, and a card for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui import ui
from nicegui.events import GenericEventArguments, ValueChangeEventArguments

from phasecall.notation import format_count
from phasecall.web.page.card import CardDialog
from phasecall.web.page.desk.answer import WITHHELD, Answer
from phasecall.web.page.desk.pictures import LINKED, draw_linked
from phasecall.web.page.elements import show_text
from phasecall.web.page.linked import LinkedPicture

if TYPE_CHECKING:
    from phasecall.web.page.room import Room

ALL = "all phases"
_LAST = (
    "(a, b, one, other, down) =>"
    " a == null ? (b == null ? 0 : down ? -1 : 1) : b == null ? (down ? 1 : -1) : a - b"
)
"""Numbers by size; what is not known comes last, whichever way they are sorted."""
_WHOLE = "String(Math.round(p.value) + 0)"
"""Without the sign that JavaScript leaves before nought."""


def lay_number(field: str, title: str, form: str, **more: Any) -> dict[str, Any]:
    """Return a column of numbers for a table: what it is called, and how a number is written (JavaScript)."""
    return {
        "field": field,
        "headerName": title,
        "type": "numericColumn",
        "filter": "agNumberColumnFilter",
        "suppressHeaderFilterButton": True,
        ":comparator": _LAST,
        ":valueFormatter": f"p => p.value == null ? '–' : {form}",
        **more,
    }


_COLUMNS: tuple[dict[str, Any], ...] = (
    {"field": "gene", "headerName": "gene", "pinned": "left", "width": 130, "filter": "agTextColumnFilter"},
    {"field": "other", "headerName": "other name", "width": 115, "filter": "agTextColumnFilter"},
    {
        "field": "phase",
        "headerName": "phase",
        "width": 130,
        "filter": "agTextColumnFilter",
        ":cellClass": "p => 'pc-cell pc-phase-' + p.data.code",
        ":comparator": "(a, b, one, other) => one.data.code - other.data.code",
    },
    lay_number("odd", "atypical", "String(p.value)", width=120, hide=True),
    lay_number("confidence", "confidence", "(100 * p.value).toFixed(0) + ' %'", width=120),
    lay_number("peak", "peak, min", "p.value.toFixed(1)", width=105),
    lay_number("low", "from", _WHOLE, width=80),
    lay_number("high", "to", _WHOLE, width=80),
    lay_number("q", "rhythm q", "String(p.value)", width=105),
    lay_number("rank", "rank", "String(p.value)", width=85),
    lay_number("amplitude", "amplitude", "String(p.value)", width=110),
    lay_number("novelty", "novelty", "String(p.value)", width=100),
    {"field": "flags", "headerName": "flags", "width": 220, "filter": "agTextColumnFilter"},
    {"field": "reason", "headerName": "withheld for", "width": 150, "filter": "agTextColumnFilter"},
)


class GenesView:
    """The tab of genes.

    Parameters
    ----------
    room
        The page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._pictures: list[LinkedPicture] = []
        with ui.element("div").classes("pc-genes"):
            with ui.element("div").classes("pc-table-part"):
                with ui.element("div").classes("pc-controls pc-search"):
                    self._search = ui.input("Search genes", on_change=self._filter).props(
                        "clearable debounce=200"
                    )
                    self._phase = ui.select([ALL], label="Show", value=ALL, on_change=self._filter)
                    self._odd = ui.switch("Atypical genes first", on_change=self._sort)
                self._count = show_text("p", "", "pc-hint").props("role=status")
                options = {
                    "columnDefs": [*_COLUMNS],
                    "rowData": [],
                    "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
                    "suppressFieldDotNotation": True,
                    "animateRows": False,
                    ":getRowId": "p => String(p.data.row)",
                    ":onModelUpdated": "p => emitEvent('shown-genes', p.api.getDisplayedRowCount())",
                    ":onCellKeyDown": "p => p.event.key === 'Enter' && emitEvent('open-gene', p.data.row)",
                }
                self._grid = ui.aggrid(options, auto_size_columns=False).classes("pc-grid")
                self._grid.on("cellClicked", self._click, args=["rowId"])
            self._side = ui.element("div").classes("pc-pictures")
        self._card = CardDialog(room)
        ui.on("open-gene", self._key)
        ui.on("shown-genes", self._tell_count)

    async def show(self) -> bool:
        """Show the calls of the visit: the table at once, pictures when they are drawn."""
        answer = self._room.visit.answer
        if answer is None:
            return False
        names = [ALL, *answer.phases, WITHHELD]
        counts = dict(zip(names, (len(answer.rows), *answer.counts), strict=True))
        chosen = self._phase.value if self._phase.value in names else ALL
        self._phase.set_options({name: f"{name} ({n})" for name, n in counts.items()}, value=chosen)
        self._grid.options["rowData"] = list(answer.rows)
        self._grid.update()
        self._filter()
        return await self._draw(answer)

    async def _draw(self, answer: Answer) -> bool:
        # Those of the last calls are no pictures of these.
        self._side.clear()
        self._pictures = []
        names = [row["gene"] for row in answer.rows]
        drawings = []
        for key in LINKED:
            drawing = await self._room.ask(draw_linked, self._room.visit.question, key)
            if drawing is None or self._room.visit.answer is not answer:
                return False
            drawings.append(drawing)
        with self._side:
            for drawing in drawings:
                with ui.element("figure").classes("pc-figure"):
                    show_text("h3", drawing.title)
                    if not drawing.svg:
                        show_text("figcaption", drawing.caption)
                        continue
                    self._pictures.append(LinkedPicture(drawing, names, self._choose))
                    with ui.element("details"):
                        show_text("summary", "How to read it")
                        show_text("figcaption", drawing.caption)
        return True

    def _filter(self) -> None:
        """Show the genes that are searched for, of the phase that is chosen."""
        self._grid.run_grid_method("setGridOption", "quickFilterText", self._search.value or "")
        phase = self._phase.value
        model = None if phase == ALL else {"phase": {"filterType": "text", "type": "equals", "filter": phase}}
        self._grid.run_grid_method("setFilterModel", model)

    def _sort(self, event: ValueChangeEventArguments[bool | None]) -> None:
        """Put the atypical genes first, or all in the order of the file."""
        state = (
            [{"colId": "odd", "sort": "asc", "hide": False}]
            if event.value
            else [{"colId": "odd", "hide": True}]
        )
        self._grid.run_grid_method("applyColumnState", {"state": state, "defaultState": {"sort": None}})

    def _tell_count(self, event: GenericEventArguments) -> None:
        n_shown = int(event.args)
        verb = "is" if n_shown == 1 else "are"
        self._count.text = (
            f"{format_count(n_shown, 'gene')} {verb} shown; a click or Enter opens the card of one"
        )

    async def _click(self, event: GenericEventArguments) -> None:
        await self._choose(int(event.args["rowId"]))

    async def _key(self, event: GenericEventArguments) -> None:
        await self._choose(int(event.args))

    async def _choose(self, row: int) -> None:
        """Mark a gene in table and pictures, and open its card."""
        for picture in self._pictures:
            picture.point_out(row)
        ui.run_javascript(
            f"const api = getElement({self._grid.id}).api, node = api.getRowNode('{row:d}');"
            " if (node?.displayed) api.ensureNodeVisible(node); node?.setSelected(true, true);"
        )
        await self._card.open(row)
