"""`phasecall serve`: the same over HTTP, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from phasecall.cli import messages

_EPILOG = """\b
Examples:
  phasecall serve                               http://127.0.0.1:8642, this machine only
  phasecall serve --port 0 --open               any free port, and open it in the browser
  phasecall serve --keep-hours 1 --workers 2
  curl -F file=@course.tsv 'http://127.0.0.1:8642/api/v1/calls?wait=60'

Ends by Ctrl-C. What can be asked: docs/rest.md, or /api/v1/docs of the server.
"""
_MIB = 1 << 20


@click.command("serve", epilog=_EPILOG)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="0 is any free one."
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen on; any other lets other machines in, and there is no password.",
)
@click.option("--open/--no-open", "browse", default=False, help="Open it in the browser.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where jobs are kept; one of this user and port if not given.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), metavar="N", help="Jobs at once; one a core, up to four."
)
@click.option(
    "--keep-hours", type=click.FloatRange(0, min_open=True), metavar="H", help="Keep results so long.  [24]"
)
@click.option("--max-upload", type=click.IntRange(1), metavar="MIB", help="Size of a request.  [64]")
@click.option("--max-cells", type=click.IntRange(1), metavar="N", help="Genes times time points.  [5000000]")
@click.option(
    "--max-seconds", type=click.FloatRange(0, min_open=True), metavar="S", help="Time of a job.  [300]"
)
@click.option("--max-memory", type=click.IntRange(64), metavar="MIB", help="Memory of a job.  [2048]")
@click.option("--max-disk", type=click.IntRange(1), metavar="MIB", help="Disk of all jobs.  [8192]")
@click.option("--max-waiting", type=click.IntRange(0), metavar="N", help="Jobs that wait.  [200]")
@click.option("--max-per-client", type=click.IntRange(1), metavar="N", help="Jobs of one client.  [50]")
def command(port: int, host: str, browse: bool, folder: Path | None, **given: Any) -> None:
    """Serve phasecall over HTTP: a page for the browser, and REST under /api/v1.

    Only this machine can reach it unless --host says otherwise, and nothing leaves the machine. Files given
    to the page are deleted when it is closed, those of REST --keep-hours after a job has ended; a restart
    with the same folder loses none of the latter.
    """
    from phasecall.errors import require

    require("The server", "web", "fastapi", "nicegui", "python_multipart", "uvicorn")
    from phasecall.web import server

    with server.listen(host, port) as opened:
        number = opened.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{number}"
        place = folder or Path(click.get_app_dir("phasecall")) / f"serve-{number}"

        def tell() -> None:
            messages.say(f"phasecall listens: open {address} in your browser")
            messages.say(f"REST: {address}/api/v1 (its description: {address}/api/v1/docs)")
            messages.say(f"jobs are kept in {place}; Ctrl-C stops")
            if browse:
                click.launch(address)

        try:
            server.run(opened, host, place, _limits(given), tell)
        except KeyboardInterrupt:
            messages.say("stopped")


def _limits(given: dict[str, Any]) -> Any:
    """Return the limits that were asked for, the others as they are."""
    from phasecall.web.limits import Limits

    names = {
        "workers": ("workers", 1),
        "keep_hours": ("keep_hours", 1),
        "max_upload": ("upload_bytes", _MIB),
        "max_cells": ("cells", 1),
        "max_seconds": ("job_seconds", 1),
        "max_memory": ("job_bytes", _MIB),
        "max_disk": ("kept_bytes", _MIB),
        "max_waiting": ("waiting", 1),
        "max_per_client": ("per_client", 1),
    }
    said = {name: value for name, value in given.items() if value is not None}
    return Limits(**{names[name][0]: value * names[name][1] for name, value in said.items()})
