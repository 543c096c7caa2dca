"""Bodies: what requests bring, counted while it comes, before any of it lies on the disk."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from phasecall.web.faults import TooLargeError, TooManyError, TooSlowError
from phasecall.web.limits import Limits

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_SOON = 2
"""Seconds after which another try is worth it: a body of the usual size has come by then."""


class Bodies:
    """The bodies that come to a server at the moment; belongs to one loop of asyncio.

    Parameters
    ----------
    limits
        How many may come at once, as jobs may: of one client, and of all. How large one may be, and how
        long it may take.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._coming: Counter[str] = Counter()

    @contextmanager
    def taken(self, client: str) -> Iterator[Callable[[], None]]:
        """Count a body while it comes; what is yielded ends that early.

        Raises
        ------
        TooManyError
            If the client, or all together, send as many as they may.
        """
        most_of_all = self._limits.waiting + self._limits.workers
        for coming, most, whose in (
            (self._coming[client], self._limits.per_client, "one client"),
            (self._coming.total(), most_of_all, "all clients together"),
        ):
            if coming >= most:
                raise TooManyError(
                    "too many requests bring files at once",
                    expected=f"at most {most} of {whose}",
                    found=str(coming),
                    fix="send one after the other",
                    retry_after=_SOON,
                )
        self._coming[client] += 1
        ended = False

        def end() -> None:
            nonlocal ended
            if not ended:
                ended = True
                self._coming[client] -= 1
                # Who sends nothing any more is not remembered.
                if not self._coming[client]:
                    del self._coming[client]

        try:
            yield end
        finally:
            end()

    def require_size(self, headers: dict[str, str]) -> None:
        """Refuse a body that says that it is too large.

        Raises
        ------
        TooLargeError
            If it does.
        """
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._limits.upload_bytes:
            raise self._too_large(f"{int(length):,} bytes")

    def counted(self, receive: Receive) -> Receive:
        """Return what receives the parts of a body, and stops where they are too much or come too late."""
        so_far, whole = 0, False
        end = asyncio.get_running_loop().time() + self._limits.upload_seconds

        async def count() -> MutableMapping[str, Any]:
            nonlocal so_far, whole
            if whole:
                # What comes after it is that somebody has gone, whenever that is.
                return await receive()
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                raise TooSlowError(
                    "the request took too long to come",
                    expected=f"all of it within {self._limits.upload_seconds:g} s",
                    fix="send a table packed by gzip, or one file at a time",
                ) from None
            so_far += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if so_far > self._limits.upload_bytes:
                raise self._too_large("more than that")
            return message

        return count

    def _too_large(self, found: str) -> TooLargeError:
        return TooLargeError(
            "the request is too large",
            expected=f"at most {self._limits.upload_bytes:,} bytes with all files",
            found=found,
            fix="send a table packed by gzip, or keep the columns of one experiment",
        )
