"""The upload: a place to drop a file or choose one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import UploadEventArguments

from phasecall.errors import PhasecallError
from phasecall.web.page.desk.question import Given
from phasecall.web.page.elements import show_button, show_text
from phasecall.web.page.visit import Visit, refuse_file
from phasecall.web.saying import label_of_upload

MEGABYTE = 1 << 20
_FORM = 1 << 12
"""Bytes that a request takes beside its file, and more."""
Take = Callable[[Given], Awaitable[None]]


def show_upload(
    visit: Visit, label: str, hint: str, take: Take, refuse: Callable[[PhasecallError], None]
) -> ui.upload:
    """Show a place to drop a file; a keyboard reaches it by its button.

    Parameters
    ----------
    visit
        Where the file is kept.
    label, hint
        Of the button; what kind of file is wanted.
    take
        Is called with the file.
    refuse
        Is called with the error where the file is too large, or cannot be kept.
    """
    most = visit.limits.upload_bytes

    async def keep(event: UploadEventArguments) -> None:
        upload.reset()
        try:
            path = visit.reserve("upload", event.file.size())
            await event.file.save(path)
        except PhasecallError as fault:
            refuse(fault)
        except OSError as fault:
            refuse(refuse_file(fault))
        else:
            await take(Given(str(path), label_of_upload(event.file.name)))

    def reject() -> None:
        refuse(
            PhasecallError(
                "the file was not taken",
                expected=f"one file of at most {most // MEGABYTE} MiB",
                fix="a gzip file of the table (.csv.gz) is smaller; the command line has no such limit",
            )
        )

    def fail() -> None:
        fix = "give it again; the server's own output says more"
        refuse(PhasecallError("the file did not arrive", found="the server refused it or is gone", fix=fix))

    upload = ui.upload(on_upload=keep, on_rejected=reject, max_file_size=most - _FORM, auto_upload=True)
    upload.on("failed", fail, args=[])
    upload.classes("pc-away")
    with ui.element("div").classes("pc-drop").props(f"data-drop={upload.id}"):
        show_button(label, None, "pc-main", "upload_file").on(
            "click", js_handler=f"() => chooseFile({upload.id})"
        )
        show_text("p", hint, "pc-hint")
    return upload
