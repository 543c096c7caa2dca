"""Mounting: the page on the server's application."""

from __future__ import annotations

import shutil
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.routing import Match, Mount
from starlette.types import Scope

from phasecall.errors import PhasecallError
from phasecall.web.documents import PREFIX
from phasecall.web.limits import Limits

if TYPE_CHECKING:
    from nicegui.client import Client

    from phasecall.web.page.clerk import Office

_VISITS = "visits"
_HERE = Path(__file__).parent
_SECONDS_TO_COME_BACK = 60.0
"""A visit outlasts a lost connection so long: a phone sleeps, and nothing is lost."""


class _Page(Mount):
    """Everything but REST, whose unknown addresses have answers of their own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.NONE, {}) if scope["path"].startswith(PREFIX) else super().matches(scope)


def mount_page(app: FastAPI, limits: Limits, folder: Path) -> None:
    """Show the page at `/` of an application; a process can have one such application.

    Parameters
    ----------
    app
        The application.
    limits
        What visits may take.
    folder
        The server's own; files of visits are in one that is emptied when the server starts.
    """
    from nicegui import app as page_app
    from nicegui import ui

    from phasecall.figures import stylesheet
    from phasecall.web.page.clerk import Office

    root = folder / _VISITS
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(mode=0o700, parents=True)
    office = Office(limits, root)
    page_app.add_static_file(local_file=_HERE / "drop.js", url_path="/static/drop.js")
    style = stylesheet() + (_HERE / "style.css").read_text("utf-8")

    @ui.page("/", title="phasecall")
    def show_page() -> None:
        ui.add_css(style)
        ui.add_head_html('<script type="module" src="/static/drop.js"></script>')
        client = ui.context.client
        # Not before a browser shows the page: a page of another site can fetch it, and must make no visit.
        # And once: somebody who lost the connection comes back to the same visit.
        client.on_connect(cache(partial(_receive, office, client)))

    page_app.on_shutdown(office.close)
    # Quasar's bar for uploads has no name for a screen reader; ours says in words what is done.
    page_app.config.quasar_config["loadingBar"] = {"skipHijack": True}
    ui.run_with(
        app,
        title="phasecall",
        dark=None,
        tailwind=False,
        language="en-GB",
        show_welcome_message=False,
        reconnect_timeout=_SECONDS_TO_COME_BACK,
    )
    app.router.routes[-1] = _Page("/", app=page_app)


def _receive(office: Office, client: Client) -> None:
    """Show the page to a visitor, or why there is no room for another."""
    from nicegui import ui

    from phasecall.web.page.elements import show_text
    from phasecall.web.page.room import Room
    from phasecall.web.page.visit import Visit

    try:
        visit = Visit(office)
    except PhasecallError as fault:
        with ui.element("div").classes("pc-main-part"):
            show_text("h1", "phasecall")
            show_text("p", f"{fault.problem}: {fault.expected}. {fault.fix}.").props("role=alert")
        return
    client.on_delete(visit.close)
    Room(visit)
