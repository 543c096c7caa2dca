"""The room: the page of one visit, its steps, and what leads from one to the next."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from nicegui import ui

from phasecall.errors import PhasecallError
from phasecall.web.page.desk.answer import answer
from phasecall.web.page.desk.question import Given, Question
from phasecall.web.page.desk.recognition import open_file, recognise
from phasecall.web.page.elements import Faults, Progress, show_button, show_text
from phasecall.web.page.recognised import RecognisedView
from phasecall.web.page.results import ResultsView
from phasecall.web.page.start import show_start
from phasecall.web.page.visit import Visit

Result = TypeVar("Result")

STEPS = {"start": "1 File", "recognised": "2 What it is", "results": "3 Calls"}


class Room:
    """The page of one visit.

    Parameters
    ----------
    visit
        Whose it is.
    """

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._asking = self._looking = 0
        with ui.element("header").classes("pc-header"):
            show_text("h1", "phasecall")
            show_text("p", "in which phase of the cell cycle each gene peaks", "pc-claim")
            self._steps = ui.element("nav").props('aria-label="Steps"').classes("pc-steps")
        with ui.element("div").classes("pc-main-part") as main:
            self.faults = Faults()
            self._parts = {name: ui.element("section") for name in STEPS}
            with self._parts["start"]:
                show_start(self)
            with self._parts["recognised"]:
                self._recognised = RecognisedView(self)
            with self._parts["results"]:
                self._results = ResultsView(self)
        with ui.element("footer").classes("pc-footer"):
            show_text(
                "p",
                "Nothing leaves this machine: files are read by the server that shows this page, and deleted"
                " when the page is closed.",
            )
        self.progress = Progress(visit.clerk.stop)
        ui.skip_link("Skip to the content", target=main)
        self._turn_to("start")

    def go(self, step: str) -> None:
        """Show a step, and go on reading at its heading; what was done in others stays."""
        self._turn_to(step)
        # The button that was pressed may be gone: who has no mouse would start again at the top.
        ui.run_javascript(f"focusHeading({self._parts[step].id})")

    def _turn_to(self, step: str) -> None:
        self.step = step
        for name, part in self._parts.items():
            part.props(remove="hidden") if name == step else part.props("hidden")
        reached = {
            "start": True,
            "recognised": self.visit.recognised is not None,
            "results": self.visit.answer is not None,
        }
        self._steps.clear()
        with self._steps:
            for name, title in STEPS.items():
                button = show_button(title, partial(self.go, name), "pc-step")
                if name == step:
                    button.props("aria-current=step")
                if not reached[name]:
                    button.props("disable")

    async def ask(self, work: Callable[..., Result], *given: object, tells: bool = False) -> Result | None:
        """Return what a function of the desk says; show how far it is, and why where it fails: None then.

        Parameters
        ----------
        work
            A function of the desk.
        *given
            What it takes.
        tells
            Whether it says how far it is.
        """
        self.faults.clear()
        with self.progress:
            try:
                return await self.visit.ask(work, *given, tell=self.progress.tell if tells else None)
            except PhasecallError as fault:
                self.faults.show(fault)
                return None

    async def take_file(self, file: Given) -> None:
        """Look at a file that was given."""
        question = Question(path=file.path, name=file.name)
        # Of what is no table nothing can be said that makes it one.
        if await self.ask(open_file, question):
            await self.look(question)

    async def take_sample(self, key: str) -> None:
        """Look at an embedded sample set."""
        await self.look(Question(sample=key))

    async def look(self, question: Question) -> None:
        """Show what the file of a question is taken for; the last one stays where this cannot be read."""
        self._looking += 1
        mine = self._looking
        found = await self.ask(recognise, question)
        # Somebody who corrected more meanwhile wants the later answer only.
        if mine != self._looking:
            return
        last = self.visit.draft
        fresh = (question.path, question.sample) != (last.path, last.sample)
        if found is None and not (fresh and question.path):
            return
        if fresh:
            ui.run_javascript(f"rememberFile({json.dumps(question.name or question.sample)})")
            self.visit.answer = self.visit.other = self.visit.tuned = None
        # A file that cannot be read as it is may be readable once it is said what it is.
        self.visit.draft, self.visit.recognised = question, found
        self._recognised.show(fresh=fresh)
        if self.step != "recognised":
            self.go("recognised")

    async def call(self, question: Question) -> None:
        """Show the calls of a question; the last ones stay where it has none."""
        self._asking += 1
        mine = self._asking
        found = await self.ask(answer, question, tells=True)
        # Somebody who changed their mind meanwhile wants the later answer only.
        if found is None or mine != self._asking:
            return
        self.visit.draft = self.visit.question = question
        self.visit.answer = found
        await self._results.show()
        if self.step != "results":
            self.go("results")
        await self._results.draw()

    async def change(self, **news: object) -> None:
        """Call again with something else said of the culture."""
        await self.call(replace(self.visit.question, **news))  # type: ignore[arg-type]
