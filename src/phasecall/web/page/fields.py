"""Fields: what the controls of the page are called, and the messages that speak of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_ANCHOR = "Anchor of the clock"
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "experiment": "Experiment",
        "times": "Times, one for each column",
        "unit": "Unit of the times",
        "scale": "Values are",
        "transpose": "Genes are columns, times are rows",
        "scheme": "Phases (scheme)",
        "sync": "Synchronisation",
        "markers": _ANCHOR,
        "labels": _ANCHOR,
        "period": "Period, minutes",
    }
)
"""Label of a control, by the option of the command line that says the same."""
_OPTION = re.compile(rf"--({'|'.join(FIELDS)})\b(?!-)")


def name_fields(text: str) -> str:
    """Return a message with the options of the command line called as the controls of the page are.

    Examples
    --------
    >>> print(name_fields("if they are hours, --unit h"))
    if they are hours, “Unit of the times” h
    """
    return _OPTION.sub(lambda match: f"“{FIELDS[match[1]]}”", text)
