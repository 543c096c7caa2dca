"""Faults: everything that can go wrong for a client, in the one shape of errors that `--json` has, too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from phasecall.errors import InputError, PhasecallError, make_printable


class RequestError(PhasecallError):
    """A request that the server refuses.

    Parameters
    ----------
    problem, **said
        As of `PhasecallError`.
    retry_after
        Seconds after which it is worth another try; None where it is not.
    """

    code = "bad_request"

    def __init__(self, problem: str, *, retry_after: int | None = None, **said: str | None) -> None:
        super().__init__(problem, **said)
        self.retry_after = retry_after


class NotFoundError(RequestError):
    """There is no such address, job or result."""

    code = "not_found"


class WrongMethodError(RequestError):
    """The address is asked in another way."""

    code = "wrong_method"


class NotReadyError(RequestError):
    """A result is asked for that is not there yet."""

    code = "not_ready"


class TooLargeError(RequestError):
    """More than one request or one job may hold."""

    code = "too_large"


class TooSlowError(RequestError):
    """A body that does not come to its end."""

    code = "too_slow"


class UnsupportedError(RequestError):
    """A body of another kind than a form with files."""

    code = "unsupported"


class TooManyError(RequestError):
    """The client has as many jobs as it may have, or all clients together have."""

    code = "too_many"


class UnavailableError(RequestError):
    """The server cannot take work now."""

    code = "unavailable"


class ForeignError(RequestError):
    """A request that another page made a browser send."""

    code = "foreign_request"


class JobError(PhasecallError):
    """A job that ended without an answer, whatever its input was.

    Parameters
    ----------
    code
        `time_over`, `job_lost`, `cancelled` or `internal`.
    problem, **said
        As of `PhasecallError`.
    """

    def __init__(self, code: str, problem: str, **said: str | None) -> None:
        super().__init__(problem, **said)
        self.code = code


class ToldError(PhasecallError):
    """An error that another process told, as it told it.

    Parameters
    ----------
    told
        What `as_dict` returned there.

    Examples
    --------
    >>> ToldError(InputError("no times", fix="name them").as_dict()).as_dict()["fix"]
    'name them'
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        parts = {name: told[name] for name in ("expected", "found", "where", "fix")}
        super().__init__(told["problem"], **parts)
        self.code = told["error"]


STATUSES: Mapping[str, int] = MappingProxyType(
    {
        "bad_request": 400,
        "foreign_request": 403,
        "not_found": 404,
        "wrong_method": 405,
        "too_slow": 408,
        "not_ready": 409,
        "cancelled": 409,
        "too_large": 413,
        "unsupported": 415,
        InputError.code: 422,
        "missing_data": 422,
        "bad_model": 422,
        "missing_extra": 422,
        "time_over": 422,
        "too_many": 429,
        "internal": 500,
        "job_lost": 500,
        "unavailable": 503,
    }
)
"""Status of an answer, by the code of the error."""

_OF_STATUS: Mapping[int, tuple[type[RequestError], str]] = MappingProxyType(
    {
        404: (NotFoundError, "there is no such address"),
        405: (WrongMethodError, "the address cannot be asked in this way"),
    }
)


def status_of(told: Mapping[str, Any]) -> int:
    """Return the status of the answer that tells an error.

    Examples
    --------
    >>> status_of(TooManyError("enough").as_dict()), status_of(InputError("no times").as_dict())
    (429, 422)
    """
    return STATUSES.get(str(told["error"]), 422)


def fault_of_status(status: int, detail: str, asked: str) -> PhasecallError:
    """Return what to say where the web framework refuses a request by a status.

    Parameters
    ----------
    status, detail
        What it says.
    asked
        Method and address.
    """
    kind, told = _OF_STATUS.get(status, (RequestError, detail[:1].lower() + detail[1:]))
    fix = "/api/v1/docs lists what can be asked" if status in (404, 405) else None
    return kind(told, where=make_printable(asked), fix=fix)


def fault_of_fields(faults: Iterable[Mapping[str, Any]], known: Collection[str] = ()) -> InputError:
    """Return one error for all that is wrong with the fields of a request.

    Parameters
    ----------
    faults
        As pydantic lists them: `loc`, `msg`, `input`, `type`.
    known
        Names of fields: one that is nearly called so is hinted at.

    Examples
    --------
    >>> wrong = {"loc": ("body", "period", 0), "msg": "Input should be greater than 0", "input": "-1"}
    >>> print(fault_of_fields([wrong]))
    a field of the request cannot be used: period
      expected: period: should be greater than 0
      found: period: -1
      where: body, period, 0
    >>> fault_of_fields([{"loc": ("body", "perod"), "msg": "Extra", "input": "5"}], ["period", "sync"]).fix
    'did you mean period?'
    """
    listed = list(faults)
    names = [_name_of(one["loc"]) for one in listed]
    strange = [name for name in names if name not in known]
    meant = [close for name in strange for close in get_close_matches(name, known, 1)]
    said = [str(one["msg"]).removeprefix("Input ").removeprefix("Value error, ") for one in listed]
    many = f"{len(set(names))} fields of the request" if len(set(names)) > 1 else "a field of the request"
    return InputError(
        f"{many} cannot be used: {', '.join(dict.fromkeys(names))}",
        expected="; ".join(f"{name}: {text}" for name, text in zip(names, said, strict=True)),
        found="; ".join(
            f"{name}: {make_printable(str(one.get('input')))}"
            for name, one in zip(names, listed, strict=True)
        ),
        where="; ".join(", ".join(map(str, one["loc"])) for one in listed),
        fix=f"did you mean {' and '.join(meant)}?" if meant else None,
    )


def _name_of(place: Sequence[Any]) -> str:
    """Return what a field is called, by where it stands."""
    words = [part for part in place if isinstance(part, str) and part not in ("body", "query", "path")]
    return ".".join(words) or "body"
