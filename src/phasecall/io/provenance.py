"""Provenance: what of a time course no cell of a table holds, as a line of JSON that files carry along."""

from __future__ import annotations

import json
from dataclasses import replace

from phasecall.io.request import Request
from phasecall.timecourse import TimeCourse

KEY = "phasecall"
"""What files call it."""
INTERPOLATED = "interpolated"
"""What AnnData calls the column that says which samples were not measured."""


def tell(course: TimeCourse) -> str:
    """Return name, synchronisation and interpolated times of a course.

    Examples
    --------
    >>> tell(TimeCourse(("CLN2",), [0, 10], [[1, 2]], "culture", interpolated=(10.0,)))
    '{"name": "culture", "sync": null, "interpolated": [10.0]}'
    """
    about = {"name": course.name, "sync": course.sync, "interpolated": list(course.interpolated)}
    return json.dumps(about, ensure_ascii=False)


def recall(
    courses: list[TimeCourse], told: str | bytes | None, request: Request, stem: str
) -> list[TimeCourse]:
    """Return courses with what a file says of them, as far as the request does not say otherwise.

    Parameters
    ----------
    courses
        As read from the cells.
    told
        What `tell` gave when the file was written; None where it has nothing of the kind.
    request
        What was asked of the file.
    stem
        What the course is called if nothing says so.

    Examples
    --------
    >>> course = TimeCourse(("CLN2",), [0, 10], [[1, 2]], "file")
    >>> recall([course], '{"name": "culture", "interpolated": [10]}', Request(), "file")[0].name
    'culture'
    """
    about = _parsed(told)
    if len(courses) != 1 or not about:
        return courses
    (course,) = courses
    name, sync, times = (about.get(key) for key in ("name", "sync", "interpolated"))
    if isinstance(name, str) and name and course.name == stem:
        course = replace(course, name=name)
    if isinstance(sync, str) and sync and request.sync is None:
        course = replace(course, sync=sync)
    if isinstance(times, list) and all(isinstance(time, int | float) for time in times):
        course = replace(course, interpolated=tuple(float(time) for time in times))
    return [course]


def _parsed(told: str | bytes | None) -> dict[str, object]:
    """Return what is told; nothing where somebody else wrote under the same key."""
    try:
        about = json.loads(told or "{}")
    except ValueError:
        return {}
    return about if isinstance(about, dict) else {}
