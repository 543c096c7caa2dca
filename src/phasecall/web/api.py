"""The API: what can be asked under `/api/v1`, and the application that answers."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import PurePath
from typing import IO, Annotated, Any

from fastapi import APIRouter, FastAPI, Form, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from phasecall import __version__
from phasecall.errors import PhasecallError
from phasecall.web.dispatch import Dispatcher
from phasecall.web.documents import (
    MEDIA,
    PREFIX,
    ErrorDocument,
    HealthDocument,
    JobDocument,
    address_of,
    describe_health,
    describe_job,
)
from phasecall.web.faults import (
    JobError,
    NotFoundError,
    UnsupportedError,
    fault_of_fields,
    fault_of_status,
    status_of,
)
from phasecall.web.forms import CallForm, CourseForm
from phasecall.web.jobs import Job
from phasecall.web.limits import Limits
from phasecall.web.manual import render_manual
from phasecall.web.work import KINDS

_ABOUT = (
    "Which phase of the cell cycle each gene of a time course peaks in, over HTTP. Work is a job: its address"
    " comes with the answer 202. With ?wait=30 the answer is the result itself, where the job ends in time."
    " Every error has one shape: error, problem, expected, found, where, fix."
)
_MEANINGS = {
    400: "the request cannot be read",
    403: "the request comes from a page of another server",
    404: "there is no such job or result, or its time is over",
    408: "the request did not come to its end in time",
    409: "the job has no result yet, or was cancelled",
    413: "the request, or what is in the file, is too large",
    415: "the body is no form",
    422: "the file, or a field, cannot be used; or the job took too long",
    429: "there are too many jobs; the header Retry-After says when to ask again",
    500: "a fault of the program",
    503: "there is no room for more; the header Retry-After says when to ask again",
}
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_Wait = Annotated[float, Query(ge=0, le=Limits.wait_seconds, description="Seconds to wait for the end.")]

_PART = 1 << 16
"""Bytes of a result that are sent at once."""

router = APIRouter(prefix=PREFIX)


def _faults(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"model": ErrorDocument, "description": _MEANINGS[status]} for status in (*statuses, 403, 500)
    }


def _answers(*forms: str) -> dict[int | str, dict[str, Any]]:
    """Return the description of a result in one of some formats."""
    kinds = {
        MEDIA[form].split(";")[0]: {"schema": {} if form == "json" else {"type": "string"}} for form in forms
    }
    return {200: {"description": "the result", "content": kinds}}


def _posted(kind: str) -> dict[str, Any]:
    """Return what all addresses that take work have in common."""
    return {
        "status_code": 202,
        "response_model": JobDocument,
        "responses": {**_answers(KINDS[kind].formats[0]), **_faults(400, 408, 413, 415, 422, 429, 503)},
    }


@router.post("/calls", summary="Call the phase of every gene", **_posted("calls"))
async def post_calls(
    request: Request, form: Annotated[CallForm, Form(media_type="multipart/form-data")], wait: _Wait = 0
) -> Response:
    """Call the phase in which every gene peaks. The result is the JSON of `phasecall call --json`."""
    return await _take("calls", request, form, wait)


@router.post("/qc", summary="Tell whether an experiment can be trusted", **_posted("qc"))
async def post_qc(
    request: Request, form: Annotated[CourseForm, Form(media_type="multipart/form-data")], wait: _Wait = 0
) -> Response:
    """Tell whether an experiment can be trusted. The result is the JSON of `phasecall qc --json`."""
    return await _take("qc", request, form, wait)


@router.post("/reports", summary="Make the report of an experiment", **_posted("reports"))
async def post_reports(
    request: Request, form: Annotated[CallForm, Form(media_type="multipart/form-data")], wait: _Wait = 0
) -> Response:
    """Make the page of `phasecall call --report`: one HTML file that loads nothing."""
    return await _take("reports", request, form, wait)


@router.get("/jobs/{id}", summary="Tell how far a job is", responses=_faults(404, 422))
async def get_job(request: Request, id: str, wait: _Wait = 0) -> JobDocument:  # noqa: A002  its name in addresses
    """Tell how far a job is; with `wait`, when it has ended, or after so many seconds."""
    return describe_job(await _desk(request).wait(id, wait))


@router.get(
    "/jobs/{id}/result",
    summary="Give the result of a job",
    response_class=Response,
    responses={**_answers(*MEDIA), **_faults(404, 409, 413, 422, 429, 503)},
)
async def get_result(
    request: Request,
    id: str,  # noqa: A002  its name in addresses
    format: Annotated[str | None, Query(description="One of the job's formats.")] = None,  # noqa: A002
) -> Response:
    """Give the result of a job: JSON, or the page of a report; calls and findings in other formats, too."""
    return await _give(request, _desk(request).find(id), format)


@router.post("/jobs/{id}/cancel", summary="Stop a job", responses=_faults(404))
async def cancel_job(request: Request, id: str) -> JobDocument:  # noqa: A002  its name in addresses
    """Stop a job that has not ended. It is still there: cancelled, without a result."""
    return describe_job(await asyncio.to_thread(_desk(request).cancel, id))


@router.delete(
    "/jobs/{id}", summary="Delete a job", status_code=204, response_class=Response, responses=_faults(404)
)
async def delete_job(request: Request, id: str) -> Response:  # noqa: A002  its name in addresses
    """Stop a job if it has not ended, and delete it with its files and its result."""
    await asyncio.to_thread(_desk(request).forget, id)
    return Response(status_code=204)


@router.get("/datasets", summary="List the data sets", responses=_faults())
def get_datasets() -> list[dict[str, Any]]:
    """List the data sets, as `phasecall datasets list --json` does. Embedded courses can be asked for."""
    return _list_datasets()


@router.get("/methods", summary="List the methods", responses=_faults())
def get_methods() -> list[dict[str, Any]]:
    """List the methods of the benchmark; calls are made by `phasecall` or, on its own grid, `reference`."""
    from phasecall.methods import METHODS

    names = ("key", "title", "summary", "needs_labels", "refuses_gaps", "slow")
    return [{name: getattr(row, name) for name in names} for row in METHODS.values()]


@router.get("/health", summary="Tell whether the server works", responses=_faults())
async def get_health(request: Request) -> HealthDocument:
    """Tell whether the server works, how many jobs there are, and what it allows."""
    return describe_health(_desk(request))


@router.get("/docs", include_in_schema=False)
async def get_manual(request: Request) -> HTMLResponse:
    """Give the description of this API as a page."""
    return HTMLResponse(render_manual(request.app.openapi()))


@functools.cache
def _list_datasets() -> list[dict[str, Any]]:
    """Return the listing; looking at all public files takes a while, and is done once."""
    from phasecall.publicdata.listing import all_datasets, tell_state

    return [asdict(row) | {"state": tell_state(row)} for row in all_datasets().values()]


def _desk(request: Request) -> Dispatcher:
    desk: Dispatcher = request.app.state.desk
    return desk


async def _take(kind: str, request: Request, form: CourseForm, wait: float) -> Response:
    """Take a job; answer with its result if it ends while it is waited for, else with the job."""
    body = request.headers.get("content-type", "")
    if not body.startswith(_FORMS):
        raise UnsupportedError("the body is no form", expected=" or ".join(_FORMS), found=body or "nothing")
    desk, client = _desk(request), request.client.host if request.client else ""
    job = await asyncio.to_thread(desk.submit, kind, list(form.files()), form.options(), client)
    if wait:
        job = await desk.wait(job.id, wait)
    if not job.state.ended:
        told = describe_job(job).model_dump(mode="json")
        return JSONResponse(told, 202, {"Location": address_of(job)})
    answer = await _give(request, job, None)
    answer.headers["Location"] = address_of(job)
    return answer


async def _give(request: Request, job: Job, form: str | None) -> Response:
    """Return the result of a job in a format."""
    kind = KINDS[job.kind]
    path = await _desk(request).result(job.id, form)
    try:
        opened = await asyncio.to_thread(path.open, "rb")
    except FileNotFoundError:
        raise NotFoundError("the job was deleted meanwhile", found=job.id) from None
    suffix = form or kind.formats[0]
    length = os.fstat(opened.fileno()).st_size
    # FileResponse would open it only after it has promised it, and answers ranges with errors of its own.
    answer = StreamingResponse(_parts(opened), 200, {"Content-Length": str(length)}, MEDIA[suffix])
    if suffix not in ("json", "html"):
        # Letters of names that no header can hold are left out: the name is a suggestion only.
        stem = PurePath(job.label()).stem.encode("ascii", "ignore").decode()
        plain = "".join(char if char.isalnum() or char in "-_" else "-" for char in stem)
        answer.headers["Content-Disposition"] = (
            f'attachment; filename="{plain or "result"}-{kind.key}.{suffix}"'
        )
    return answer


def _parts(opened: IO[bytes]) -> Iterator[bytes]:
    """Yield what a file holds, so that no large result is in memory as a whole."""
    with opened:
        while part := opened.read(_PART):
            yield part


def make_app(desk: Dispatcher) -> FastAPI:
    """Return the application that answers for a dispatcher, and starts and stops it with itself.

    It is to be served behind a `phasecall.web.safety.Guard`: a middleware would see no answers to faults.

    Parameters
    ----------
    desk
        What does the work.
    """

    @asynccontextmanager
    async def live(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(desk.start)
        yield
        await asyncio.to_thread(desk.close)

    app = FastAPI(
        title="phasecall",
        version=__version__,
        description=_ABOUT,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=live,
    )
    app.state.desk = desk
    app.include_router(router)
    app.add_exception_handler(PhasecallError, _tell_fault)
    app.add_exception_handler(RequestValidationError, _tell_fields)
    app.add_exception_handler(HTTPException, _tell_status)
    app.add_exception_handler(Exception, _tell_internal)
    return app


def _answer(
    fault: PhasecallError, headers: dict[str, str] | None = None, status: int | None = None
) -> JSONResponse:
    told = fault.as_dict()
    wait = getattr(fault, "retry_after", None)
    more = {} if wait is None else {"Retry-After": str(wait)}
    return JSONResponse(told, status or status_of(told), {**(headers or {}), **more})


async def _tell_fault(_: Request, fault: Exception) -> JSONResponse:
    return _answer(fault if isinstance(fault, PhasecallError) else _internal())


async def _tell_fields(_: Request, fault: Exception) -> JSONResponse:
    faults = fault.errors() if isinstance(fault, RequestValidationError) else []
    return _answer(fault_of_fields(faults, CallForm.model_fields))


async def _tell_status(request: Request, fault: Exception) -> JSONResponse:
    if not isinstance(fault, HTTPException):
        return _answer(_internal())
    # The framework calls whatever stops a body from being read a fault of the body.
    if isinstance(fault.__cause__, PhasecallError):
        return _answer(fault.__cause__, {"Connection": "close"})
    asked = f"{request.method} {request.url.path}"
    told = fault_of_status(fault.status_code, str(fault.detail), asked)
    return _answer(told, dict(fault.headers or {}), fault.status_code)


async def _tell_internal(_: Request, __: Exception) -> JSONResponse:
    return _answer(_internal())


def _internal() -> JobError:
    return JobError(
        "internal",
        "a fault of the program",
        fix="tell the makers of phasecall; the server's own output has it",
    )
