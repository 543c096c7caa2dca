"""Jobs: what was asked, how far it is and how it ended, in memory and on disk, whole or not at all."""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from phasecall.errors import InputError
from phasecall.io.files import atomic

RECORD = "job.json"
_NEW = ".new-"
_GONE = ".gone-"
_LOG = logging.getLogger(__name__)
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class State(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self not in (State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class Upload:
    """A file that came with a job.

    Parameters
    ----------
    field
        What it is for: `file`, `labels` or `samples`.
    label
        What its owner calls it; it is shown and never opened.
    file
        Its name in the folder of the job, ours.
    """

    field: str
    label: str
    file: str


@dataclass(frozen=True)
class Job:
    """One thing that was asked of the server.

    Parameters
    ----------
    id
        Its name, which nobody can guess.
    kind
        A key of `phasecall.web.work.KINDS`.
    options
        What was said of it, as JSON has it.
    uploads
        The files that came with it.
    client
        Who asked.
    created, expires
        Seconds since 1970; it is deleted after the second.
    state
        How far it is.
    share, stage
        How much of the work is done, from 0 to 1, and what is being done; while it runs.
    error
        How it failed, in the one shape of errors.
    starts
        How often it was begun: more than once where the server was stopped in the middle.
    size
        Bytes that its folder takes.
    """

    id: str
    kind: str
    options: Mapping[str, Any]
    uploads: tuple[Upload, ...]
    client: str
    created: float
    expires: float
    state: State = State.QUEUED
    share: float = 0.0
    stage: str = ""
    error: Mapping[str, Any] | None = field(default=None)
    starts: int = 0
    size: int = 0

    def label(self) -> str:
        """Return what people call what the job is about: its first file, or its data set."""
        named = [one.label for one in self.uploads if one.field == "file"]
        return ", ".join(named) or str(self.options.get("dataset") or "")


Files = Sequence[tuple[str, str, IO[bytes]]]
"""Files that come with a job: what each is for, what its owner calls it, and what to read it from."""


class Records:
    """All jobs of a server: one folder each, with a record that is written whole or not at all.

    What a folder without a record holds was never promised to anybody: it is deleted at the next start.

    Parameters
    ----------
    root
        The folder of all; made if it is not there, and nobody else may look into it.
    now
        The time, in seconds since 1970.
    """

    def __init__(self, root: Path, now: Callable[[], float]) -> None:
        self.root = root
        self._now = now
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._writing: dict[str, threading.Lock] = {}
        """A lock for the folder of each job: a slow disk keeps nobody from looking."""
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in sorted(root.iterdir()):
            if folder.is_dir():
                self._recover(folder)

    def _recover(self, folder: Path) -> None:
        try:
            job = _decode((folder / RECORD).read_text("utf-8"))
        except (OSError, ValueError, TypeError, KeyError):
            if _ID.fullmatch(folder.name) or folder.name.startswith((_NEW, _GONE)):
                shutil.rmtree(folder, ignore_errors=True)
            return
        if job.id == folder.name:
            self._enter(job)

    def _enter(self, job: Job) -> None:
        with self._lock:
            self._jobs[job.id] = job
            self._writing[job.id] = threading.Lock()

    def folder_of(self, name: str) -> Path:
        """Return the folder of a job that there is."""
        return self.root / name

    def find(self, name: str) -> Job | None:
        """Return a job; None if there is none of that name, or its time is over."""
        with self._lock:
            job = self._jobs.get(name)
        return None if job is None or (job.state.ended and job.expires <= self._now()) else job

    def all(self) -> list[Job]:
        """Return all jobs, the oldest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: job.created)

    def add(self, kind: str, files: Files, options: Mapping[str, Any], client: str, keep: float) -> Job:
        """Write a new job with its files; it is there for good when this returns.

        Parameters
        ----------
        kind, options, client
            As of `Job`.
        files
            What came with it.
        keep
            Seconds after which it expires.
        """
        name = secrets.token_hex(16)
        beside = self.root / f"{_NEW}{name}"
        beside.mkdir(mode=0o700)
        try:
            uploads = [_save(beside, number, *one) for number, one in enumerate(files)]
            now = self._now()
            job = Job(name, kind, dict(options), tuple(uploads), client, now, now + keep, size=_size(beside))
            _write(beside, job)
            beside.rename(self.root / name)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        self._enter(job)
        return job

    def change(self, name: str, *, keep: bool = True, **news: Any) -> Job | None:
        """Change a job and return it; None if it is gone.

        Parameters
        ----------
        name
            Which.
        keep
            Whether the change goes to disk, too: progress does not.
        **news
            What is new of it.
        """
        with self._lock:
            writing = self._writing.get(name)
        if writing is None:
            return None
        if not keep:
            return self._renew(name, news)
        with writing:
            # On a full disk the record stays as it was: after a restart the job is done once more.
            with suppress(InputError, OSError, KeyError):
                job = self._jobs[name]
                news["size"] = _size(self.root / name)
                _write(self.root / name, replace(job, **news))
            return self._renew(name, news)

    def _renew(self, name: str, news: Mapping[str, Any]) -> Job | None:
        with self._lock:
            if name not in self._jobs:
                return None
            job = self._jobs[name] = replace(self._jobs[name], **news)
            return job

    def remove(self, name: str) -> None:
        """Delete a job with all its files.

        Raises
        ------
        OSError
            If its folder cannot be taken away; it is still there then.
        """
        with self._lock:
            writing = self._writing.get(name)
        if writing is None:
            return
        gone = self.root / f"{_GONE}{name}"
        with writing:
            # Somebody who deleted the folder by hand wanted the same.
            with suppress(FileNotFoundError):
                (self.root / name).rename(gone)
            with self._lock:
                self._jobs.pop(name, None)
                self._writing.pop(name, None)
        shutil.rmtree(gone, ignore_errors=True)

    def purge(self) -> list[str]:
        """Delete every job whose time is over, and return which; what cannot be is left for later."""
        over = [job.id for job in self.all() if job.state.ended and job.expires <= self._now()]
        purged = []
        for name in over:
            try:
                self.remove(name)
                purged.append(name)
            except OSError as fault:
                _LOG.warning("the job %s cannot be deleted: %s", name, fault.strerror)
        for folder in self.root.glob(f"{_GONE}*"):
            shutil.rmtree(folder, ignore_errors=True)
        return purged

    def size(self) -> int:
        """Return the bytes that all jobs take on disk."""
        return sum(job.size for job in self.all())


def _save(folder: Path, number: int, name: str, label: str, source: IO[bytes]) -> Upload:
    """Write a file under a name of ours."""
    file = f"upload-{number}"
    with (folder / file).open("xb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    return Upload(name, label, file)


def _size(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.iterdir() if one.is_file())


def _write(folder: Path, job: Job) -> None:
    with atomic(folder / RECORD) as file:
        json.dump(asdict(job), file)


def _decode(text: str) -> Job:
    told = json.loads(text)
    uploads = tuple(Upload(**one) for one in told.pop("uploads"))
    return Job(**{**told, "uploads": uploads, "state": State(told["state"])})
