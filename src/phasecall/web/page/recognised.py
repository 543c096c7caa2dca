"""What was recognised: times, unit, scale, organism and the rest, each of which can be corrected."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from typing import TYPE_CHECKING

from nicegui import ui

from phasecall.errors import PhasecallError
from phasecall.io.scale import SCALES
from phasecall.io.timing import UNITS
from phasecall.web.page.controls import CultureControls
from phasecall.web.page.desk.question import Question
from phasecall.web.page.elements import GRAVE, show_button, show_facts, show_notes, show_text
from phasecall.web.page.fields import FIELDS
from phasecall.web.saying import say_number, split_times

if TYPE_CHECKING:
    from phasecall.web.page.room import Room


class RecognisedView:
    """The second step of the page.

    Parameters
    ----------
    room
        The page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._recognised_times = ""
        self._title = show_text("h2", "What was recognised")
        with ui.element("div").classes("pc-two"):
            self._told = ui.element("div")
            form = ui.element("form").classes("pc-form").props('aria-label="Corrections"')
            with form.on("submit.prevent", self._look_again):
                show_text("h3", "Correct it, where it is not so")
                self._experiment = ui.select([], label=FIELDS["experiment"], on_change=self._choose)
                self._file = ui.element("div").classes("pc-controls")
                with self._file:
                    self._times = ui.input(FIELDS["times"], placeholder="0, 10, 20").props("stack-label")
                    self._times.on("blur", self._look_again).on("keydown.enter", self._look_again)
                    units = {"": "as recognised"} | {unit: unit for unit in UNITS}
                    self._unit = ui.select(units, label=FIELDS["unit"], value="", on_change=self._look_again)
                    scales = {"auto": "as recognised"} | {
                        key: f"{key}: {what}" for key, what in SCALES.items()
                    }
                    self._scale = ui.select(
                        scales, label=FIELDS["scale"], value="auto", on_change=self._look_again
                    )
                    self._transpose = ui.switch(FIELDS["transpose"], on_change=self._look_again)
                self._controls = CultureControls(room, self._read_again)
                with ui.element("div").classes("pc-actions"):
                    self._call = show_button("Call the phases", self._call_genes, "pc-main")
        self._quiet = False

    def show(self, *, fresh: bool) -> None:
        """Show what the question of the visit is about, and what it was taken for.

        Parameters
        ----------
        fresh
            Whether the file is another one: else the fields stay as the visitor filled them.
        """
        question, found = self._room.visit.draft, self._room.visit.recognised
        self._quiet = True
        self._title.text = f"{question.name or question.sample}: what was recognised"
        names = [] if found is None else list(found.experiments)
        self._experiment.set_options(names, value=(found and found.chosen) or None)
        self._experiment.set_visibility(len(names) > 1)
        self._file.set_visibility(not question.sample)
        if fresh:
            self._unit.value, self._scale.value = question.unit or "", question.scale
            self._transpose.value = question.transpose
            self._controls.show(question)
        if fresh or question.times is None:
            self._recognised_times = ", ".join(map(say_number, found.editable if found else ()))
            self._times.value = self._recognised_times
        self._call.set_enabled(found is not None and bool(found.chosen))
        self._told.clear()
        with self._told:
            if found is None:
                show_text(
                    "p", "It could not be read as it is: say what it is, and it is read again.", "pc-hint"
                )
            elif not found.chosen:
                text = f"The file holds {len(names)} experiments: choose one."
                show_text("p", text, "pc-hint")
            else:
                show_facts(found.facts)
                grave = any(note.code in GRAVE for note in found.notes)
                show_notes(found.notes, "What was noticed", unfolded=grave)
        self._quiet = False

    def _gather(self) -> Question:
        """Return the question as the form has it."""
        question = replace(
            self._room.visit.draft,
            times=self._read_times(),
            unit=self._unit.value or None,
            scale=self._scale.value,
            transpose=self._transpose.value,
        )
        return self._controls.read(question)

    def _read_times(self) -> tuple[float, ...] | None:
        """Return the times where they are not those that were recognised."""
        text = self._times.value or ""
        return None if text == self._recognised_times else split_times(text)

    def _choose(self) -> Awaitable[None] | None:
        # Not a coroutine itself: it would run when what set the value by itself is long done.
        if self._quiet or not self._experiment.value:
            return None
        return self._room.look(replace(self._room.visit.draft, experiment=self._experiment.value))

    def _look_again(self) -> Awaitable[None] | None:
        return None if self._quiet else self._read_again()

    async def _read_again(self) -> None:
        """Show what the file is taken for with what the fields say now."""
        try:
            question = self._gather()
        except PhasecallError as fault:
            self._room.faults.show(fault)
            return
        if question != self._room.visit.draft or self._room.visit.recognised is None:
            await self._room.look(question)

    async def _call_genes(self) -> None:
        try:
            question = self._gather()
        except PhasecallError as fault:
            self._room.faults.show(fault)
            return
        if question != self._room.visit.draft:
            await self._room.look(question)
            if self._room.visit.draft != question or self._room.visit.recognised is None:
                return
        await self._room.call(question)
