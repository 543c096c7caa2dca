"""Download: the table in every format, figures, the report, and the command line that gives the same."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from nicegui import app as page_app
from nicegui import ui
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from phasecall.errors import PhasecallError, make_printable
from phasecall.figures import ATLAS, FORMATS
from phasecall.io import WRITERS
from phasecall.web.page.desk import files
from phasecall.web.page.desk.question import list_commands
from phasecall.web.page.elements import show_button, show_text

if TYPE_CHECKING:
    from phasecall.web.page.room import Room

_LONGEST = 60
"""Characters of an experiment's name in that of a file."""


async def send_file(room: Room, name: str, work: Callable[..., None], *given: Any) -> None:
    """Have a file written by a function of the desk, whose last argument is its path, and send it.

    Parameters
    ----------
    room
        The page.
    name
        What the file is called; its suffix says of which format it is.
    work, *given
        The function, and what it takes before the path.
    """
    try:
        path = room.visit.reserve(f"download{PurePath(name).suffix}")
        await room.ask(work, *given, str(path))
        if path.exists():
            _require_room(room, path)
            _hand_over(path, name)
    except PhasecallError as fault:
        room.faults.show(fault)


def _require_room(room: Room, path: Path) -> None:
    """Delete what was written where the visit has no room for it; how large it is shows only then."""
    try:
        room.visit.require_room()
    except PhasecallError:
        path.unlink()
        raise


def _hand_over(path: Path, name: str) -> None:
    """Have the browser fetch a file once, and delete it then."""
    address = f"/taken/{secrets.token_urlsafe(32)}"

    def give() -> FileResponse:
        page_app.remove_route(address)
        sent = BackgroundTask(path.unlink, missing_ok=True)
        return FileResponse(path, filename=name, headers={"Cache-Control": "no-store"}, background=sent)

    page_app.get(address, include_in_schema=False)(give)
    ui.context.client.on_delete(partial(page_app.remove_route, address))
    ui.download.from_url(address, name)


class DownloadView:
    """The tab of downloads.

    Parameters
    ----------
    room
        The page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        show_text("h3", "Calls")
        with ui.element("div").classes("pc-actions"):
            for writer in WRITERS:
                ending = writer.suffixes[0]
                button = show_button(
                    f"{writer.title} ({ending})", partial(self._send_calls, ending), "pc-quiet"
                )
                lacking = [module for module in writer.modules if find_spec(module) is None]
                if lacking:
                    button.disable()
                    button.tooltip(f"needs the extra '{writer.extra}'")
        show_text("h3", "Report, findings and the time course")
        with ui.element("div").classes("pc-actions"):
            show_button("Report (.html)", partial(self._send, "report.html", files.write_report), "pc-quiet")
            show_button(
                "Findings (.tsv)", partial(self._send, "findings.tsv", files.write_findings), "pc-quiet"
            )
            show_button(
                "Time course (.tsv)", partial(self._send, "course.tsv", files.write_course), "pc-quiet"
            )
        show_text("h3", "Figures")
        with ui.element("div").classes("pc-controls"):
            titles = {key: picture.title for key, picture in ATLAS.items()}
            self._key = ui.select(titles, label="Figure to download", value="wheel", with_input=True)
            self._form = ui.select(list(FORMATS), label="Format", value=FORMATS[0])
            self._theme = ui.select(["light", "dark"], label="Theme", value="light")
        show_button("Download the figure", self._send_figure, "pc-quiet")
        show_text("h3", "The same by the command line")
        self._lines = show_text("pre", "", "pc-commands").props("tabindex=0 role=region")
        self._lines.props["aria-label"] = "Commands"
        show_button("Copy", self._copy, "pc-quiet")

    async def show(self) -> bool:
        """Show the command line that gives the calls of the visit."""
        self._lines.text = "\n".join(list_commands(self._room.visit.question))
        return True

    def _copy(self) -> None:
        ui.clipboard.write(self._lines.text)
        ui.notify("copied")

    def _name(self, what: str) -> str:
        """Return the name of a file that says which experiment it is of."""
        answer = self._room.visit.answer
        title = make_printable(answer.title)[:_LONGEST] if answer is not None else ""
        # Browsers put right what their system cannot take; folders and dots would mislead them.
        stem = re.sub(r"[^\w()+,@=-]+", "_", title).strip("_") or "course"
        return f"{stem}.{what}"

    async def _send_calls(self, ending: str) -> None:
        await self._send(f"calls{ending}", files.write_calls)

    async def _send(self, what: str, work: Callable[..., None]) -> None:
        await send_file(self._room, self._name(what), work, self._room.visit.question)

    async def _send_figure(self) -> None:
        key, name = self._key.value, self._name(f"{self._key.value}.{self._form.value}")
        await send_file(
            self._room, name, files.write_figure, self._room.visit.question, key, self._theme.value
        )
