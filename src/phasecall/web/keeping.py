"""Keeping: calls and their courses on disk as they are, so that another process has every digit of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from phasecall.calls import Calls, Reason
from phasecall.io.files import atomic
from phasecall.io.heading import blank_nan
from phasecall.phases import scheme
from phasecall.timecourse import Note, TimeCourse

NUMBERS, WORDS = "kept.npz", "kept.json"
_ARRAYS = (
    *("probabilities", "peak_turn", "peak_time", "peak_lo", "peak_hi", "amplitude", "periodic_p"),
    *("periodic_q", "rank", "n_observed", "n_missing", "novelty"),
)


def keep(calls: Calls, courses: Sequence[TimeCourse], folder: Path) -> None:
    """Write calls and the courses that they were made from, for `load_kept`.

    Parameters
    ----------
    calls
        The calls; the network's numbers are kept, too.
    courses
        What they were made from.
    folder
        Where to; what is kept there already is replaced.
    """
    numbers = {name: getattr(calls, name) for name in _ARRAYS}
    if calls.density is not None:
        numbers["density"] = calls.density
    if calls.embed is not None:
        numbers["embed"] = calls.embed()
    for place, course in enumerate(courses):
        numbers[f"times-{place}"], numbers[f"values-{place}"] = course.times, course.values
    words = {
        "genes": calls.genes,
        "scheme": calls.scheme.key,
        "reason": [str(reason) for reason in calls.reason],
        "period": calls.period,
        "flags": calls.flags,
        "method": calls.method,
        "notes": [asdict(note) for note in calls.notes],
        "least": calls.least,
        "clocks": calls.clocks,
        "card": calls.card,
        "atypical": calls.atypical,
        "courses": [
            {
                "genes": course.genes,
                "name": course.name,
                "sync": course.sync,
                "interpolated": course.interpolated,
                "notes": [asdict(note) for note in course.notes],
            }
            for course in courses
        ],
    }
    with atomic(folder / NUMBERS, "wb") as file:
        np.savez(file, **numbers)
    with atomic(folder / WORDS) as file:
        json.dump(blank_nan(words), file)


def load_kept(folder: Path) -> tuple[Calls, list[TimeCourse]]:
    """Return calls and the courses that they were made from, as `keep` wrote them.

    Parameters
    ----------
    folder
        Where they were kept.

    Examples
    --------
    >>> import tempfile, phasecall
    >>> course = phasecall.load("alpha").select_genes(range(60))
    >>> with tempfile.TemporaryDirectory() as name:
    ...     keep(phasecall.call(course), [course], Path(name))
    ...     calls, (same,) = load_kept(Path(name))
    >>> len(calls), same.sha256() == course.sha256()
    (60, True)
    """
    words = json.loads((folder / WORDS).read_text("utf-8"))
    with np.load(folder / NUMBERS, allow_pickle=False) as file:
        numbers = {name: file[name] for name in file.files}
    courses = [
        TimeCourse(
            tuple(one["genes"]),
            numbers[f"times-{place}"],
            numbers[f"values-{place}"],
            one["name"],
            one["sync"],
            tuple(one["interpolated"]),
            _notes(one["notes"]),
        )
        for place, one in enumerate(words["courses"])
    ]
    calls = Calls(
        **{name: numbers[name] for name in _ARRAYS},
        genes=tuple(words["genes"]),
        scheme=scheme(words["scheme"]),
        reason=tuple(map(Reason, words["reason"])),
        period=_number(words["period"]),
        flags=tuple(words["flags"]),
        method=words["method"],
        notes=_notes(words["notes"]),
        least=words["least"],
        clocks=tuple({name: _number(value) for name, value in one.items()} for one in words["clocks"]),
        card=words["card"],
        density=numbers.get("density"),
        atypical=words["atypical"],
    )
    return (replace(calls, embed=lambda: numbers["embed"]) if "embed" in numbers else calls), courses


def _notes(told: Sequence[dict[str, str]]) -> tuple[Note, ...]:
    return tuple(Note(**one) for one in told)


def _number(value: Any) -> Any:
    """Return what JSON has no word for: a number that is none."""
    return float("nan") if value is None else value
