"""Heading: what a file of calls says beside its rows, in every format that can say it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from phasecall import __version__
from phasecall.calls import Calls
from phasecall.timecourse import Note


def describe_calls(calls: Calls) -> dict[str, Any]:
    """Return what calls rest on, as JSON has it: None where nothing is known.

    Returns
    -------
    dict
        `method`, `scheme`, `period` in minutes, `notes` as code and text, `clocks` as of `Calls.clocks`,
        `card` of the network, and `version` of phasecall.
    """
    return {
        "method": calls.method,
        "scheme": calls.scheme.key,
        # Six digits, as in the column.
        "period": blank_nan(float(f"{calls.period:.6g}")),
        "notes": describe_notes(calls.notes),
        "clocks": [blank_nan(dict(clock)) for clock in calls.clocks],
        "card": None if calls.card is None else blank_nan(dict(calls.card)),
        "version": __version__,
    }


def describe_notes(notes: Iterable[Note]) -> list[dict[str, str]]:
    """Return notes as JSON has them: code and text."""
    return [{"code": note.code, "text": note.text} for note in notes]


def blank_nan(value: Any) -> Any:
    """Return a value of dicts, lists, numbers and texts with None for every number that is none.

    Examples
    --------
    >>> blank_nan({"period": float("nan"), "times": [40, 50.0]})
    {'period': None, 'times': [40, 50.0]}
    """
    if isinstance(value, Mapping):
        return {name: blank_nan(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [blank_nan(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
