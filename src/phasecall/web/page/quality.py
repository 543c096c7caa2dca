"""Quality: what the checks found in the experiment, what to do, and putting it right."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from nicegui import ui

from phasecall.report.wording import VERDICTS
from phasecall.web.page.desk.quality import Check, Quality, examine_culture
from phasecall.web.page.elements import show_button, show_drawing, show_notes, show_text, show_verdict
from phasecall.web.page.fields import name_fields

if TYPE_CHECKING:
    from phasecall.web.page.room import Room


class QualityView:
    """The tab of quality control.

    Parameters
    ----------
    room
        The page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._box = ui.element("div")

    async def show(self) -> bool:
        """Show what the checks find in the experiment of the visit."""
        question = self._room.visit.question
        found = await self._room.ask(examine_culture, question, tells=True)
        self._box.clear()
        if found is None:
            return False
        with self._box:
            show_text("h2", "Can the experiment be trusted?")
            self._show_verdict(found)
            show_text("p", VERDICTS[found.verdict], "pc-hint")
            show_notes(found.done, "What was put right")
            told = [check for check in found.checks if check.verdict in ("fail", "warn")]
            rest = [check for check in found.checks if check not in told]
            self._show_checks(told)
            with ui.element("details").classes("pc-notes"):
                show_text("summary", f"{len(rest)} checks found nothing")
                self._show_checks(rest)
            with ui.element("details").classes("pc-notes"):
                show_text("summary", "The same in a figure")
                show_drawing(found.drawing)
        return True

    def _show_checks(self, checks: Sequence[Check]) -> None:
        if checks:
            with ui.element("ul").classes("pc-checks"):
                for check in checks:
                    self._show_check(check)

    def _show_verdict(self, found: Quality) -> None:
        with ui.element("div").classes("pc-verdict-line"):
            show_verdict(found.verdict)
            show_text("span", found.score)
            if self._room.visit.question.mended:
                show_button("Take back what was put right", partial(self._change, ()), "pc-quiet")

    def _show_check(self, check: Check) -> None:
        with ui.element("li").classes(f"pc-check pc-of-{check.verdict}"):
            show_verdict(check.verdict)
            with ui.element("div"):
                show_text("h3", check.title)
                show_text("p", name_fields(check.text))
                if check.advice:
                    show_text("p", name_fields(check.advice), "pc-advice")
                show_text("small", check.about, "pc-hint")
                if check.offered and self._room.visit.question.model is None:
                    label = f"Put right: {check.title}"
                    button = show_button("Put this right", partial(self._mend, check.key), "pc-quiet")
                    button.props["aria-label"] = label

    async def _mend(self, key: str) -> None:
        await self._change((*self._room.visit.question.mended, key))

    async def _change(self, mended: tuple[str, ...]) -> None:
        await self._room.change(mended=mended)
        # The button that was pressed is gone, and its place with it: who has no mouse would start at the top.
        with self._box:
            ui.run_javascript(f"focusHeading({self._box.id})")
