"""Documents: what answers look like, for the OpenAPI description and for those who read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, Field

from phasecall import __version__
from phasecall.web.dispatch import Dispatcher
from phasecall.web.faults import STATUSES
from phasecall.web.jobs import Job, State
from phasecall.web.work import KINDS

PREFIX = "/api/v1"

MEDIA: Mapping[str, str] = MappingProxyType(
    {
        "json": "application/json",
        "tsv": "text/tab-separated-values; charset=utf-8",
        "csv": "text/csv; charset=utf-8",
        "jsonl": "application/x-ndjson",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "parquet": "application/vnd.apache.parquet",
        "feather": "application/vnd.apache.arrow.file",
        "h5ad": "application/x-hdf5",
        "html": "text/html; charset=utf-8",
    }
)
"""What each format of results is called on the web."""


class ErrorDocument(BaseModel):
    """What went wrong: the one shape of errors, of REST as of `--json`."""

    error: str = Field(description=f"One of {', '.join(STATUSES)}.")
    problem: str = Field(description="What is wrong, in one sentence.")
    expected: str | None = Field(description="What was wanted.")
    found: str | None = Field(description="What was met instead.")
    where: str | None = Field(description="File, line and column, or the name of the field.")
    fix: str | None = Field(description="What to do about it.")


class ProgressDocument(BaseModel):
    """How far a job is."""

    share: float = Field(ge=0, le=1)
    stage: str


class FileDocument(BaseModel):
    """A file that came with a job."""

    field: str
    name: str


class JobDocument(BaseModel):
    """A job: what was asked, how far it is, and where its result is."""

    id: str
    kind: str = Field(description=f"One of {', '.join(KINDS)}.")
    state: State
    progress: ProgressDocument
    created: datetime
    expires: datetime = Field(description="When the job and all its files are deleted.")
    files: list[FileDocument]
    options: dict[str, Any]
    error: ErrorDocument | None
    result: str | None = Field(description="Address of the result, once there is one.")
    formats: list[str] = Field(description="What the result can be had as: ?format=")


class HealthDocument(BaseModel):
    """Whether the server works, and what it allows."""

    status: str = Field(description="ok, or why no process can be started.")
    version: str
    workers: int
    jobs: dict[str, int]
    limits: dict[str, int | float]


def describe_job(job: Job) -> JobDocument:
    """Return a job as REST tells it."""
    return JobDocument(
        id=job.id,
        kind=job.kind,
        state=job.state,
        progress=ProgressDocument(share=job.share, stage=job.stage),
        created=datetime.fromtimestamp(job.created, UTC),
        expires=datetime.fromtimestamp(job.expires, UTC),
        files=[FileDocument(field=one.field, name=one.label) for one in job.uploads],
        options=dict(job.options),
        error=None if job.error is None else ErrorDocument(**job.error),
        result=f"{address_of(job)}/result" if job.state is State.DONE else None,
        formats=list(KINDS[job.kind].formats),
    )


def address_of(job: Job) -> str:
    """Return the address of a job on its server."""
    return f"{PREFIX}/jobs/{job.id}"


def describe_health(desk: Dispatcher) -> HealthDocument:
    """Return how the server is."""
    status = "ok" if desk.fault is None else f"no process can be started: {desk.fault}"
    limits = dict(asdict(desk.limits))
    return HealthDocument(
        status=status, version=__version__, workers=len(desk.pids), jobs=desk.count(), limits=limits
    )
