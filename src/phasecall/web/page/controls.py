"""Controls of the culture: scheme, synchronisation, period and what ties the clock to the cell cycle."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from nicegui import ui

from phasecall.clock import SYNCHRONISATIONS
from phasecall.enquiry import ORGANISMS
from phasecall.phases import SCHEMES
from phasecall.web.page.desk.question import Given, Question, parse_period
from phasecall.web.page.elements import show_text
from phasecall.web.page.fields import FIELDS
from phasecall.web.page.upload import show_upload
from phasecall.web.saying import say_number

if TYPE_CHECKING:
    from phasecall.web.page.room import Room

_ANCHORS = {
    "": "marker genes, as found",
    "yeast": "marker genes of yeast",
    "human": "marker genes of human cells",
    "markers": "my genes of known turn",
    "labels": "my genes of known phase",
}
_HINTS = {
    "markers": "a table of two columns: gene, and the turn of its peak from 0 to 1",
    "labels": "a table of two columns: gene, and the name of its phase",
}


class CultureControls:
    """What may be said of a culture, whether before it is called or to see the calls change.

    Parameters
    ----------
    room
        The page.
    changed
        Is called when something was changed; None if it is read when it is needed.
    """

    def __init__(self, room: Room, changed: Callable[[], Awaitable[None]] | None = None) -> None:
        self._room, self._changed = room, changed
        self._files: dict[str, Given] = {}
        self._quiet = True
        with ui.element("div").classes("pc-controls"):
            schemes = {"": "that of the organism"} | {
                key: f"{key}: {', '.join(phase.name for phase in one.phases)}" for key, one in SCHEMES.items()
            }
            self._scheme = ui.select(schemes, label=FIELDS["scheme"], on_change=self._tell)
            syncs = {"": "as recognised"} | {key: key for key in SYNCHRONISATIONS}
            self._sync = ui.select(syncs, label=FIELDS["sync"], on_change=self._tell)
            self._anchor = ui.select(_ANCHORS, label=FIELDS["markers"], on_change=self._choose_anchor)
            self._period = ui.input(FIELDS["period"], placeholder="told by all genes").props(
                "inputmode=decimal stack-label"
            )
            self._period.on("blur", self._tell).on("keydown.enter", self._tell)
        self._place = ui.element("div")
        self._quiet = False

    def show(self, question: Question) -> None:
        """Show what a question says of the culture."""
        self._quiet = True
        self._files = {
            name: file
            for name, file in (("markers", question.markers), ("labels", question.labels))
            if isinstance(file, Given)
        }
        self._scheme.value = question.scheme or ""
        self._sync.value = question.sync or ""
        built_in = question.markers if isinstance(question.markers, str) else ""
        self._anchor.value = next(iter(self._files), built_in)
        self._period.value = "" if question.period is None else say_number(question.period)
        settled = question.model is not None
        for control in (self._sync, self._anchor, self._period):
            control.set_enabled(not settled)
        self._show_upload()
        self._quiet = False

    def read(self, question: Question) -> Question:
        """Return a question with what the controls say of the culture.

        Raises
        ------
        InputError
            If the period is none.
        """
        anchor = self._anchor.value
        built_in = anchor if anchor in ORGANISMS else None
        return replace(
            question,
            scheme=self._scheme.value or None,
            sync=self._sync.value or None,
            period=parse_period(self._period.value or ""),
            markers=self._files.get("markers") if anchor == "markers" else built_in,
            labels=self._files.get("labels") if anchor == "labels" else None,
        )

    def _tell(self) -> Awaitable[None] | None:
        # Not a coroutine itself: it would run when what set the value by itself is long done.
        return None if self._quiet or self._changed is None else self._changed()

    def _choose_anchor(self) -> Awaitable[None] | None:
        if self._quiet:
            return None
        self._show_upload()
        known = self._anchor.value not in _HINTS or self._anchor.value in self._files
        return self._tell() if known else None

    def _show_upload(self) -> None:
        self._place.clear()
        kind = self._anchor.value
        if kind not in _HINTS:
            return
        with self._place:
            if kind in self._files:
                show_text("p", f"From {self._files[kind].name}", "pc-hint")

            async def take(file: Given) -> None:
                self._files[kind] = file
                self._show_upload()
                if self._changed is not None:
                    await self._changed()

            show_upload(self._room.visit, "Choose the table", _HINTS[kind], take, self._room.faults.show)
