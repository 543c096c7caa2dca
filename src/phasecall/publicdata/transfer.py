"""Transfer: one file over HTTP into `NAME.part`, taken up again where it stopped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from phasecall import __version__
from phasecall.errors import InputError
from phasecall.io.files import MAX_BYTES

Show = Callable[[int, int | None], None]
"""Told how many bytes are there, and how many there will be where that is known."""

TIMEOUT = 60.0
"""Seconds without a byte after which a connection counts as broken."""

_ATTEMPTS = 4
_BLOCK = 1 << 16
_RANGE_NOT_SATISFIABLE = 416


class _BrokenError(Exception):
    """A connection that broke off, and may be taken up again."""


class _NeverDown(HTTPRedirectHandler):
    """Follows redirects, but none from HTTPS to a connection that anybody on the way can change."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """Return the request that a redirect asks for."""
        if urlsplit(req.full_url).scheme == "https" != urlsplit(newurl).scheme:
            raise URLError(f"it redirects from HTTPS to {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(address: str, part: Path, show: Show) -> None:
    """Download a file, and go on where an earlier download of it stopped.

    A server that cannot go on, or whose file has changed since, sends it from the start.

    Parameters
    ----------
    address
        Where the file is.
    part
        The file to write; beside it `.tag` keeps what it is the beginning of.
    show
        Told of every block.

    Raises
    ------
    InputError
        If the server cannot be reached, refuses, or breaks off several times; what has come stays in `part`.
        If `part` cannot be written.
    """
    broken = ""
    for _ in range(_ATTEMPTS):
        try:
            _transfer(address, part, show)
            return
        except HTTPError as fault:
            fault.close()
            if fault.code != _RANGE_NOT_SATISFIABLE or not part.exists():
                raise InputError(
                    "the server refuses the file", found=f"HTTP {fault.code} {fault.reason}", where=address
                ) from None
            # What is there is no beginning of what the server has.
            discard(part)
            broken = "the server's file has changed"
        except URLError as fault:
            raise InputError("the server cannot be reached", found=str(fault.reason), where=address) from None
        except _BrokenError as fault:
            broken = str(fault)
        except OSError as fault:
            raise InputError(f"'{part}' cannot be written", found=fault.strerror) from None
    raise InputError(
        "the connection broke off", found=broken, where=address, fix="run the command again: it goes on there"
    )


def discard(part: Path) -> None:
    """Remove what an unfinished download has left."""
    part.unlink(missing_ok=True)
    _tag(part).unlink(missing_ok=True)


def _transfer(address: str, part: Path, show: Show) -> None:
    start, validator = _beginning(address, part)
    headers = {"User-Agent": f"phasecall/{__version__}", "Accept-Encoding": "identity"}
    if validator:
        headers |= {"Range": f"bytes={start}-", "If-Range": validator}
    # Addresses stand in our own table, and all begin with https.
    request = Request(address, headers=headers)  # noqa: S310
    try:
        response = build_opener(_NeverDown).open(request, timeout=TIMEOUT)
    except URLError:
        raise
    except (HTTPException, OSError) as fault:
        # Of all errors of the system only these are not wrapped: a server that hangs up, or stays silent.
        raise _BrokenError(str(fault) or type(fault).__name__) from None
    with response:
        _receive(response, address, part, start, show)


def _receive(response: Any, address: str, part: Path, start: int, show: Show) -> None:
    if response.status != 206 or not start:
        start = 0
    elif not re.match(rf"bytes {start}-", response.headers.get("Content-Range", "")):
        discard(part)
        raise _BrokenError("the server went on at another place than asked")
    length = response.headers.get("Content-Length", "")
    total = start + int(length) if length.isdecimal() else None
    # A weak ETag does not vouch for every byte, so that nothing can be put behind them.
    etag, done = response.headers.get("ETag", ""), start
    validator = etag if etag.startswith('"') else response.headers.get("Last-Modified", "")
    _tag(part).write_text(json.dumps([address, validator]), encoding="utf-8")
    with part.open("ab" if start else "wb") as file:
        show(done, total)
        while block := _block(response):
            done += file.write(block)
            if done > MAX_BYTES:
                discard(part)
                raise InputError(
                    "the file is too large", expected=f"at most {MAX_BYTES >> 20} MiB", where=address
                )
            show(done, total)
    if total is not None and done < total:
        raise _BrokenError(f"{done} of {total} bytes have come")


def _block(response: Any) -> bytes:
    try:
        return bytes(response.read(_BLOCK))
    except (HTTPException, OSError) as fault:
        raise _BrokenError(str(fault) or type(fault).__name__) from None


def _beginning(address: str, part: Path) -> tuple[int, str]:
    """Return how much of a file is there, and by what the server knows whether it is still that file."""
    try:
        known, validator = json.loads(_tag(part).read_text(encoding="utf-8"))
        size = part.stat().st_size
    except (OSError, ValueError):
        return 0, ""
    return (size, str(validator)) if known == address and size and validator else (0, "")


def _tag(part: Path) -> Path:
    return part.with_name(f"{part.name}.tag")
