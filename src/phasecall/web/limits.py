"""Limits: how much one server takes from its clients, and how long it keeps what it made."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from phasecall.timecourse import TimeCourse
from phasecall.web.faults import TooLargeError

_MOST_WORKERS = 4


def _count_workers() -> int:
    return min(os.cpu_count() or 1, _MOST_WORKERS)


@dataclass(frozen=True)
class Limits:
    """What a server allows.

    Parameters
    ----------
    upload_bytes
        Size of one request with all its files.
    upload_seconds
        Time in which one request must have come.
    cells
        Genes times time points of one file, once read.
    job_seconds
        Time that one job may work.
    job_bytes
        Memory that one job may take beside what its process needs anyway.
    workers
        Jobs that work at once, each in a process of its own.
    waiting
        Jobs that wait, of all clients together; so many requests with files may come at once, too.
    per_client
        Jobs that one client may have waiting and working, and requests with files that it may send at once.
    keep_hours
        Uploads and results are deleted so long after a job has ended.
    kept_bytes
        Disk that uploads and results may take together.
    wait_seconds
        So long an answer may be waited for in one request.
    visits
        Visits to the page at once.
    visit_bytes
        Disk that the files of one visit may take.

    Examples
    --------
    >>> Limits(keep_hours=1).keep_seconds
    3600.0
    """

    upload_bytes: int = 64 << 20
    upload_seconds: float = 300.0
    cells: int = 5_000_000
    job_seconds: float = 300.0
    job_bytes: int = 2 << 30
    workers: int = field(default_factory=_count_workers)
    waiting: int = 200
    per_client: int = 50
    keep_hours: float = 24.0
    kept_bytes: int = 8 << 30
    wait_seconds: float = 60.0
    visits: int = 50
    visit_bytes: int = 512 << 20

    @property
    def keep_seconds(self) -> float:
        """`keep_hours` in seconds."""
        return self.keep_hours * 3600.0


def require_cells(course: TimeCourse, most: int) -> None:
    """Refuse a time course of more values than a job may have.

    Raises
    ------
    TooLargeError
        If it has.
    """
    if course.values.size > most:
        raise TooLargeError(
            f"'{course.name}' has too many values",
            expected=f"at most {most:,} genes times time points",
            found=f"{len(course):,} genes x {course.times.size} time points",
            fix="split the genes over files, or use the command line, which has no such limit",
        )
