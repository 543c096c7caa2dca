"""The server: an address, a folder, and the application that answers there until it is stopped."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from phasecall.errors import InputError
from phasecall.web.limits import Limits

_LOCK = ".lock"
_CONNECTIONS = 800
"""At once; more are told to come back later. Systems let a process have 1,024 files, which these are."""
_PATIENCE = 2
"""Seconds that answers under way may take when the server is stopped."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; its port is free where 0 is asked for.

    Parameters
    ----------
    host, port
        Where.

    Raises
    ------
    InputError
        If the address is none of this machine, or is taken.

    Examples
    --------
    >>> with listen("127.0.0.1", 0) as first:
    ...     listen("127.0.0.1", first.getsockname()[1])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    phasecall.errors.InputError: the port ... of 127.0.0.1 is taken
      found: another program listens there, maybe another phasecall serve
      fix: stop that, or choose another by --port; 0 is any that is free
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, protocol)
    except OSError as fault:
        raise InputError(
            f"there is no address '{host}' to listen on", found=str(fault.strerror), fix="leave out --host"
        ) from None
    try:
        if os.name == "posix":
            # Else the port stays taken for a minute after a server has stopped.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(1024)
    except OSError as fault:
        made.close()
        raise _refused(host, port, fault) from None
    return made


def _refused(host: str, port: int, fault: OSError) -> InputError:
    if fault.errno == errno.EADDRINUSE:
        return InputError(
            f"the port {port} of {host} is taken",
            found="another program listens there, maybe another phasecall serve",
            fix="stop that, or choose another by --port; 0 is any that is free",
        )
    return InputError(
        f"nobody may listen on port {port} of {host}",
        found=str(fault.strerror),
        fix="choose a port above 1023 by --port, and an address of this machine by --host",
    )


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold a folder of jobs: two servers in one would do the same jobs.

    Raises
    ------
    InputError
        If another server has it, or it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w")
    except OSError as fault:
        raise InputError(
            f"'{folder}' cannot hold jobs", found=str(fault.strerror), fix="choose another folder by --folder"
        ) from None
    with lock:
        # Where the system has no such locks, nobody is kept out.
        with suppress(ImportError):
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InputError(
                    f"another phasecall serve uses '{folder}'",
                    fix="stop that, or choose another folder by --folder",
                ) from None
        yield


def run(opened: socket.socket, host: str, folder: Path, limits: Limits, ready: Callable[[], None]) -> None:
    """Answer until the process is told to stop.

    Parameters
    ----------
    opened
        What `listen` returned.
    host
        The name that it was asked for.
    folder
        Where jobs are kept.
    limits
        What is allowed.
    ready
        Called when requests are answered.

    Raises
    ------
    InputError
        If another server has the folder.
    """
    import uvicorn

    from phasecall.web.api import make_app
    from phasecall.web.dispatch import Dispatcher
    from phasecall.web.page.mounting import mount_page
    from phasecall.web.safety import Guard

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            # Those who wait for jobs get their answers; the loop that this interrupts may hold a lock.
            threading.Thread(target=desk.release).start()
            super().handle_exit(sig, frame)

    with claimed(folder):
        desk = Dispatcher(folder, limits)
        app = make_app(desk)
        mount_page(app, limits, folder)
        config = uvicorn.Config(
            Guard(app, host, limits, desk.require_place),
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=_PATIENCE,
        )
        Server(config).run(sockets=[opened])
