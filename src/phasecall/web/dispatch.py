"""Dispatch: takes jobs within the limits, has them done, and tells those who wait for them."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from phasecall.errors import InputError, find_row
from phasecall.web.encodings import Encodings
from phasecall.web.faults import NotFoundError, NotReadyError, ToldError, TooManyError, UnavailableError
from phasecall.web.jobs import Files, Job, Records, State
from phasecall.web.limits import Limits
from phasecall.web.work import KINDS, Options, result_in
from phasecall.web.workers import Order, Pool

_LOG = logging.getLogger(__name__)
_PURGE_SECONDS = 60.0
_MOST_STARTS = 2
"""A job that the server was stopped in twice may be what stops it."""


class Dispatcher:
    """All jobs of a server, and the processes that do them.

    Its functions may be called from any thread; those that wait belong to a loop of asyncio.

    Parameters
    ----------
    root
        The folder of the jobs. Those in it are taken over: what had ended is there, what had not is done
        again.
    limits
        What is allowed.
    now
        The time, in seconds since 1970.
    """

    def __init__(self, root: Path, limits: Limits, now: Callable[[], float] = time.time) -> None:
        self.limits = limits
        self._now = now
        self._records = Records(root, now)
        self._pool = Pool(limits)
        self._orders: dict[str, Order] = {}
        # Another format takes disk, too.
        self._encodings = Encodings(self._pool, self._records.change, now)
        self._watchers: dict[str, set[Callable[[], None]]] = {}
        self._lock, self._taking = threading.Lock(), threading.Lock()
        self._closing = threading.Event()
        self._purger = threading.Thread(target=self._purge, name="purge", daemon=True)

    def start(self) -> None:
        """Start the processes, and take up what an earlier server left."""
        self._records.purge()
        for job in self._records.all():
            if job.state.ended:
                continue
            if job.starts >= _MOST_STARTS:
                told = UnavailableError(
                    "the server was stopped in the middle of the job, more than once", fix="ask again"
                )
                self._end(job.id, {**told.as_dict(), "error": "job_lost"})
            else:
                self._records.change(job.id, state=State.QUEUED)
                self._order(job)
        self._pool.start()
        self._purger.start()

    def release(self) -> None:
        """Take no more jobs, and let nobody wait any longer: the server is about to stop."""
        self._closing.set()
        with self._lock:
            names = list(self._watchers)
        for name in names:
            self._tell(name)

    def close(self) -> None:
        """Stop; what was not done is done after the next start."""
        self.release()
        self._pool.close()

    def submit(self, kind: str, files: Files, options: Options, client: str) -> Job:
        """Take a job; it is on disk when this returns, and will be done.

        Parameters
        ----------
        kind
            A key of `phasecall.web.work.KINDS`.
        files
            What each file is for (`file`, `labels`, `samples`), what its owner calls it, and what to read.
        options
            What is said of them.
        client
            Who asks: each has a share of the places.

        Raises
        ------
        InputError
            If there is nothing to look at.
        TooManyError, UnavailableError
            As of `require_place`.
        """
        find_row(KINDS, kind, "kind of jobs")
        if (options.dataset is None) == all(name != "file" for name, _, _ in files):
            raise InputError(
                "there must be a file, or a data set, and not both",
                expected="the field 'file' with a file, or the field 'dataset' with the key of one",
                found=", ".join(f"the file '{label}'" for _, label, _ in files)
                or "no file that came in full",
            )
        # Copying a large file takes a while: only others who bring one wait for that.
        with self._taking:
            self.require_place(client)
            job = self._records.add(kind, files, options.said(), client, self.limits.keep_seconds)
            self._order(job)
        return job

    def find(self, name: str) -> Job:
        """Return a job.

        Raises
        ------
        NotFoundError
            If there is none of that name, or its time is over.
        """
        job = self._records.find(name)
        if job is None:
            raise NotFoundError(
                "there is no such job",
                expected=f"the id of a job; one is kept for {self.limits.keep_hours:g} h after it has ended",
                found=name,
            )
        return job

    def folder_of(self, name: str) -> Path:
        """Return the folder of a job, with its uploads and its results (`phasecall.web.keeping`)."""
        return self._records.folder_of(self.find(name).id)

    async def wait(self, name: str, seconds: float) -> Job:
        """Return a job when it has ended, or after some seconds as it is then.

        Raises
        ------
        NotFoundError
            If there is no such job, or it was forgotten meanwhile.
        """
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            # The loop may have ended before the job did.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(changed.set)

        with self._lock:
            self._watchers.setdefault(name, set()).add(wake)
        try:
            end = loop.time() + seconds
            while not (job := self.find(name)).state.ended and not self._closing.is_set():
                changed.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), end - loop.time())
                    continue
                return self.find(name)
            return job
        finally:
            with self._lock:
                self._watchers[name].discard(wake)
                if not self._watchers[name]:
                    del self._watchers[name]

    async def result(self, name: str, form: str | None = None) -> Path:
        """Return the file with the result of a job, made now if it is of a format that is not there yet.

        Parameters
        ----------
        name
            The job.
        form
            A format of its kind; the first of them if not given.

        Raises
        ------
        NotFoundError
            If there is no such job, or no such format.
        NotReadyError
            If the job has not ended.
        ToldError
            What it failed by, if it did; or that the format needs a library that is not installed.
        TooManyError, UnavailableError
            As of `require_place`, if the format is still to be made.
        """
        job = self.find(name)
        kind = KINDS[job.kind]
        form = form or kind.formats[0]
        if form not in kind.formats:
            raise NotFoundError(
                f"there is no result of '{job.kind}' as '{form}'",
                expected=f"one of {', '.join(kind.formats)}",
            )
        if job.error is not None:
            raise ToldError(job.error)
        if job.state is not State.DONE:
            raise NotReadyError(
                f"the job has no result: it is {job.state}",
                fix="ask for the job: it says how far it is, and may be waited for (?wait=30)",
            )
        path = result_in(self.folder_of(name), form)
        if not path.exists():
            told, client = self._told(job, form), job.client
            await self._encodings.make(job, form, told, lambda: self.require_place(client))
        return path

    def cancel(self, name: str) -> Job:
        """Stop a job that has not ended; it is still there, without a result.

        Raises
        ------
        NotFoundError
            If there is no such job.
        """
        job = self.find(name)
        with self._lock:
            order = self._orders.get(job.id)
        if order is not None:
            self._pool.cancel(order)
        return self.find(name)

    def forget(self, name: str) -> None:
        """Stop a job if it has not ended, and delete all that there is of it.

        Raises
        ------
        NotFoundError
            If there is no such job.
        """
        # Its processes would go on writing into a folder that is gone.
        self._encodings.cancel(name)
        self._records.remove(self.cancel(name).id)
        self._tell(name)

    def count(self) -> dict[str, int]:
        """Return how many jobs there are in each state, and the bytes that they take."""
        jobs = self._records.all()
        return {
            **{str(state): sum(job.state is state for job in jobs) for state in State},
            "bytes": sum(job.size for job in jobs),
        }

    @property
    def pids(self) -> list[int]:
        """Numbers of the processes that there are now."""
        return self._pool.pids

    @property
    def fault(self) -> str | None:
        """Why no process can be started, if that is so."""
        return self._pool.fault

    def require_place(self, client: str) -> None:
        """Refuse a client's work that there is no place for.

        Raises
        ------
        TooManyError
            If the client, or all together, have as many jobs as they may.
        UnavailableError
            If the server stops, or has no room for more results.
        """
        if self._closing.is_set():
            raise UnavailableError("the server stops", retry_after=10)
        active = [job.client for job in self._records.all() if not job.state.ended]
        active += self._encodings.clients()
        own = active.count(client)
        # A job takes about two seconds: so long it takes until some of those before it are done.
        soon = max(1, math.ceil(len(active) / self.limits.workers))
        if own >= self.limits.per_client:
            raise TooManyError(
                "you have as many jobs as one client may have",
                expected=f"at most {self.limits.per_client} that wait or work",
                found=str(own),
                fix="wait for one of them, or delete one",
                retry_after=min(soon, 30),
            )
        if len(active) >= self.limits.waiting + self.limits.workers:
            raise TooManyError(
                "the server has as many jobs as it may have",
                expected=f"at most {self.limits.waiting} that wait",
                found=f"{len(active)} that wait or work",
                fix="ask again a little later",
                retry_after=min(soon, 30),
            )
        if self._records.size() >= self.limits.kept_bytes:
            self._records.purge()
        if self._records.size() >= self.limits.kept_bytes:
            raise UnavailableError(
                "there is no room for more results",
                expected=f"at most {self.limits.kept_bytes >> 20} MiB of uploads and results",
                fix="delete jobs that are not needed any more, or wait until their time is over",
                retry_after=600,
            )

    def _order(self, job: Job) -> None:
        """Have a job done when its turn comes."""
        name = job.id

        def started() -> None:
            self._records.change(name, state=State.RUNNING, starts=job.starts + 1)
            self._tell(name)

        def progressed(share: float, stage: str) -> None:
            self._records.change(name, keep=False, share=share, stage=stage)
            self._tell(name)

        order = Order(self._told(job, None), started, progressed, lambda error: self._end(name, error))
        with self._lock:
            self._orders[name] = order
        self._pool.put(order)

    def _told(self, job: Job, form: str | None) -> dict[str, Any]:
        """Return what a process is told of a job."""
        return {
            "kind": job.kind,
            "folder": str(self._records.folder_of(job.id).resolve()),
            "options": dict(job.options),
            "uploads": [asdict(one) for one in job.uploads],
            "cells": self.limits.cells,
            "form": form,
        }

    def _end(self, name: str, error: Mapping[str, Any] | None) -> None:
        """Write down how a job ended."""
        state = State.DONE if error is None else State.FAILED
        if error is not None and error["error"] == "cancelled":
            state = State.CANCELLED
        with self._lock:
            self._orders.pop(name, None)
        self._records.change(
            name,
            state=state,
            error=error,
            share=1.0,
            stage="",
            expires=self._now() + self.limits.keep_seconds,
        )
        self._tell(name)

    def _tell(self, name: str) -> None:
        """Wake those who wait for a job."""
        with self._lock:
            watchers = list(self._watchers.get(name, ()))
        for wake in watchers:
            wake()

    def _purge(self) -> None:
        while not self._closing.wait(_PURGE_SECONDS):
            # Whatever goes wrong once, the disk must not fill up for ever.
            try:
                self._records.purge()
                self._encodings.purge()
            except Exception:
                _LOG.exception("what is over could not be deleted")
