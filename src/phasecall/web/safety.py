"""Safety: who may ask, how much may come, and what a browser may do with the answer."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from phasecall.errors import PhasecallError
from phasecall.report import write_policy
from phasecall.web.bodies import Bodies, Receive
from phasecall.web.faults import ForeignError, status_of
from phasecall.web.limits import Limits
from phasecall.web.work import KINDS

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# In a sandbox a report belongs to no site: not even a fault of its own could ask this server for anything.
_REPORT = f"{write_policy()}; frame-ancestors 'none'; sandbox allow-scripts allow-popups"
POLICIES: dict[str, str] = {
    # NiceGUI writes scripts and styles into its page, and has handlers sent as text.
    "/": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    "/api/": _NOTHING,
    "/api/v1/docs": f"{_NOTHING}; style-src 'unsafe-inline'",
    "/api/v1/jobs/": _REPORT,
    "/api/v1/reports": _REPORT,
}
"""What a page may load and do (Content-Security-Policy), by how its address begins; the longest counts."""

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_READING = ("GET", "HEAD", "OPTIONS")
_WORK = tuple(f"/api/v1/{kind}" for kind in KINDS)
_TALK = "/_nicegui"
"""Where the page talks to the server: NiceGUI lets any other page read what is asked there."""


def policy_of(path: str) -> str:
    """Return what a page at an address may load and do.

    Examples
    --------
    >>> policy_of("/api/v1/health").split(";")[0], "sandbox" in policy_of("/api/v1/jobs/1/result")
    ("default-src 'none'", True)
    """
    return POLICIES[max((start for start in POLICIES if path.startswith(start)), key=len)]


class Guard:
    """Stands before an application: refuses strangers and what is too large, and adds the headers of safety.

    Another page that a browser has open can make it send requests to this server. By a name of its own that
    leads here (DNS rebinding) it would even read the answers: so only addresses in figures, `localhost` and
    the name that the server was given are answered. And it can post forms, and load what it can then
    measure: so what is written, and what the page says to the server, must come from a page of this server,
    or from no page at all, and a page of another site may lead here but not load anything.

    Parameters
    ----------
    app
        What is guarded.
    host
        The name or the address that the server was told to listen on.
    limits
        What bodies may be.
    admit
        Raises an error if a client has no place for another job: it is told so before it has sent the files.
    """

    def __init__(self, app: Application, host: str, limits: Limits, admit: Callable[[str], None]) -> None:
        self._app = app
        self._names = {"localhost", host.lower()}
        self._bodies = Bodies(limits)
        self._admit = admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        begun = False

        async def begin(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = True
            await guarded(message)

        guarded = _with_headers(send, scope["path"])
        try:
            self._require_home(scope, headers)
            if _has_body(scope, headers):
                await self._take(scope, headers, receive, begin)
            else:
                await self._app(scope, receive, begin)
        except PhasecallError as fault:
            if begun:
                raise
            await _refuse(scope, receive, guarded, fault)

    async def _take(self, scope: Scope, headers: dict[str, str], receive: Receive, send: Send) -> None:
        """Have a request answered that brings something."""
        self._bodies.require_size(headers)
        client = (scope.get("client") or ("",))[0]
        if scope["path"] in _WORK:
            await asyncio.to_thread(self._admit, client)
        with self._bodies.taken(client) as end:

            async def answer(message: MutableMapping[str, Any]) -> None:
                # Who has the answer may send the next, even if this is not quite put away.
                end()
                await send(message)

            await self._app(scope, self._bodies.counted(receive), answer)

    def _require_home(self, scope: Scope, headers: dict[str, str]) -> None:
        """Refuse what another page made a browser send."""
        host = headers.get("host", "")
        if not self._is_own(host):
            raise ForeignError(
                "the request is for another server",
                expected="an address in figures, localhost, or the name given by --host",
                found=host,
                where="header Host",
            )
        site, origin = headers.get("sec-fetch-site", "none"), headers.get("origin")
        if scope.get("method", "") in _READING and not scope["path"].startswith(_TALK):
            foreign = site == "cross-site" and headers.get("sec-fetch-mode") != "navigate"
        else:
            foreign = site not in ("none", "same-origin") or not _is_of(origin, host)
        if foreign:
            raise ForeignError(
                "the request comes from a page of another server",
                expected=host,
                found=origin or site,
                where="header Origin",
            )

    def _is_own(self, host: str) -> bool:
        with suppress(ValueError):
            name = urlsplit(f"//{host}").hostname or ""
            if name in self._names:
                return True
            ipaddress.ip_address(name)
            return True
        return False


def _has_body(scope: Scope, headers: dict[str, str]) -> bool:
    return scope["type"] == "http" and (
        "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
    )


def _is_of(origin: str | None, host: str) -> bool:
    """Return whether a page of an origin, if there is one, is of a host."""
    with suppress(ValueError):
        return origin is None or urlsplit(origin).netloc == host
    return False


def _with_headers(send: Send, path: str) -> Send:
    """Return what sends an answer with the headers of safety; one that has a policy of its own keeps it."""

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", []))
            named = {name.lower() for name, _ in given}
            policy = (b"content-security-policy", policy_of(path).encode())
            added = [(name, value) for name, value in (*_HEADERS, policy) if name not in named]
            message = {**message, "headers": given + added}
        await send(message)

    return sent


async def _refuse(scope: Scope, receive: Receive, send: Send, fault: PhasecallError) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    body = json.dumps(fault.as_dict()).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        # What of the request is still to come is not read.
        (b"connection", b"close"),
    ]
    wait = getattr(fault, "retry_after", None)
    if wait is not None:
        headers.append((b"retry-after", str(wait).encode()))
    status = status_of(fault.as_dict())
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
