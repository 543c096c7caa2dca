"""Encodings: other formats of what is done, made when they are first asked for, and once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from phasecall.web.faults import ToldError
from phasecall.web.jobs import Job
from phasecall.web.workers import Order, Pool

_REMEMBERED_SECONDS = 600.0
"""So long a format that failed is not tried again: it would fail again, and take as long."""

Error = Mapping[str, Any] | None


@dataclass(frozen=True)
class _Encoding:
    client: str
    order: Order
    made: asyncio.Future[Error]


class Encodings:
    """The formats that are being made.

    Parameters
    ----------
    pool
        What makes them.
    ended
        Called with the id of a job when a format of it was made, or was not.
    now
        The time, in seconds since 1970.
    """

    def __init__(self, pool: Pool, ended: Callable[[str], object], now: Callable[[], float]) -> None:
        self._pool = pool
        self._ended = ended
        self._now = now
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], _Encoding] = {}
        self._failed: dict[tuple[str, str], tuple[float, Mapping[str, Any]]] = {}

    def clients(self) -> list[str]:
        """Return who asked for each of the jobs of which a format waits or is made."""
        with self._lock:
            return [one.client for one in self._made.values()]

    async def make(self, job: Job, form: str, told: Mapping[str, Any], admit: Callable[[], None]) -> None:
        """Have a format made; two who ask for it wait for the same.

        Parameters
        ----------
        job
            What is done.
        form
            The format.
        told
            What a process is told of it.
        admit
            Raises an error if there is no place for one more.

        Raises
        ------
        ToldError
            Why it cannot be made, or could not a short while ago.
        """
        key = job.id, form
        with self._lock:
            one = self._made.get(key)
            until, error = self._failed.get(key, (0.0, None))
        if one is None and error is not None and self._now() < until:
            raise ToldError(error)
        if one is None:
            admit()
            one = self._start(job, key, told)
        error = await asyncio.shield(one.made)
        if error is not None:
            raise ToldError(error)

    def cancel(self, name: str) -> None:
        """Stop what is being made of a job; when this returns, nothing writes into its folder."""
        with self._lock:
            orders = [one.order for (job, _), one in self._made.items() if job == name]
        for order in orders:
            self._pool.cancel(order)

    def purge(self) -> None:
        """Forget which formats failed long ago."""
        with self._lock:
            self._failed = {key: one for key, one in self._failed.items() if self._now() < one[0]}

    def _start(self, job: Job, key: tuple[str, str], told: Mapping[str, Any]) -> _Encoding:
        loop = asyncio.get_running_loop()
        made: asyncio.Future[Error] = loop.create_future()

        def settle(error: Error) -> None:
            if not made.done():
                made.set_result(error)

        def ended(error: Error) -> None:
            self._ended(job.id)
            with self._lock:
                del self._made[key]
                if error is not None and error["error"] != "cancelled":
                    self._failed[key] = (self._now() + _REMEMBERED_SECONDS, error)
            # The loop may have ended before.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, error)

        one = _Encoding(job.client, Order(told, lambda: None, lambda *_: None, ended), made)
        with self._lock:
            self._made[key] = one
        self._pool.put(one.order)
        return one
