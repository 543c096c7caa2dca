"""Headers: the times that the labels of a table's columns stand for.

A label is a prefix, a number, a unit and a replicate, of which only the number must be there: `40`,
`40min`, `2h`, `cdc15_10`, `ZT0_rep1`. How the number is found, the surest sign first:

1. a time of day (`12:00`), the number before a unit (`cdc15_10min`, `0hr_sample7`);
2. the whole label (`40`, `40_rep1`);
3. the number after a word for time (`T40`, `time_40`, `ZT4`; ZT and CT count hours);
4. the last number, unless another one takes more values along the header (`cdc15_10`, `alpha7_2`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NUMBER = r"\d+(?:\.\d+|,\d{1,2})?"
_UNIT = r"hours?|hrs?|h|minutes?|mins?|min|m|seconds?|secs?|s"
_CLOCK = r"zt|ct|time\s?points?|time|tp|t|minutes?|mins?|hours?|hrs?|h"
_REPLICATE = r"[\s_.\-]*(?:replicate|repeat|rep|bio|tech|r)[\s_.\-]*(?:\d+|[a-z])|[\s_.\-]+[a-z]"
_FLAGS = re.ASCII | re.IGNORECASE

_DAYTIME = re.compile(
    rf"(?P<prefix>(?:.*?[\s_\-])?)(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::00)?"
    rf"(?P<replicate>{_REPLICATE}|[\s_.\-]+\d+)?",
    _FLAGS,
)
_UNITED = re.compile(
    rf"(?P<prefix>|.*?[^\d.,+])(?P<number>[-+]?{_NUMBER})\s*(?P<unit>{_UNIT})(?P<replicate>[^a-z0-9].*)?",
    _FLAGS,
)
_BARE = re.compile(rf"(?P<prefix>)(?P<number>[-+]?{_NUMBER})(?P<replicate>{_REPLICATE})?", _FLAGS)
_CLOCKED = re.compile(
    rf"(?P<prefix>(?:.*?[\s_.\-])?(?P<clock>{_CLOCK})[\s_.\-]*)(?P<number>{_NUMBER})"
    rf"(?P<replicate>{_REPLICATE}|[\s_\-]+\d+)?",
    _FLAGS,
)
_PAIR = re.compile(rf"(?P<prefix>|.*?[^\d.,])(?P<number>{_NUMBER})(?P<replicate>_\d+)", _FLAGS)
_LAST = re.compile(rf"(?P<prefix>.*?[^\d.,])(?P<number>{_NUMBER})(?P<replicate>{_REPLICATE})?", _FLAGS)
_IS_REPLICATE = re.compile(rf"(?:{_REPLICATE})|[\s_.\-]*[\d\s_.\-]*", _FLAGS)

MINUTES = {"h": 60.0, "m": 1.0, "s": 1.0 / 60.0}
"""Minutes in the unit that begins with the letter."""
# No label that names a time is longer; matching stays cheap whatever a file holds.
_MAX_LABEL = 200

_SYNCS = {"alpha", "cdc15", "cdc28", "elu"}


@dataclass(frozen=True)
class Label:
    """What a label of the header says.

    Parameters
    ----------
    text
        The label as it is in the file.
    prefix
        What stands before the number, in lower case.
    number
        The time as written, with a decimal point.
    minutes
        Minutes in its unit; None where no unit is said.
    replicate
        What stands behind.
    sure
        Whether a unit, a word for time or its standing alone says that the number is a time.
    of_day
        Whether it is a time of day, in minutes since midnight.
    """

    text: str
    prefix: str
    number: str
    minutes: float | None
    replicate: str
    sure: bool
    of_day: bool = False

    @property
    def condition(self) -> str:
        """Return what stands behind the time and numbers no replicate, as `_KO` in `40min_KO`."""
        return "" if _IS_REPLICATE.fullmatch(self.replicate) else self.replicate.lower()


def label_from(text: str) -> Label | None:
    """Read one label; None where it holds no number that could be a time.

    Examples
    --------
    >>> label_from("cdc15_10").number, label_from("ZT4_rep1").minutes, label_from("YAL001C")
    ('10', 60.0, None)
    """
    if len(text) > _MAX_LABEL:
        return None
    of_day = _DAYTIME.fullmatch(text)
    if of_day:
        minutes = 60 * int(of_day["hour"]) + int(of_day["minute"])
        return Label(text, of_day["prefix"].lower(), str(minutes), 1.0, of_day["replicate"] or "", True, True)
    for pattern in (_UNITED, _BARE, _CLOCKED, _LAST):
        match = pattern.fullmatch(text)
        if match:
            return _label(match, sure=pattern is not _LAST)
    return None


def labels_from(texts: Sequence[str]) -> list[Label | None]:
    """Read the labels of a header together: what one number means, the others can tell.

    Examples
    --------
    >>> [label.number for label in labels_from(["alpha0_1", "alpha7_1", "alpha14_1"])]
    ['0', '7', '14']
    """
    found = [label_from(text) for text in texts]
    paired = _paired([text for text, label in zip(texts, found, strict=True) if label is not None])
    if paired is None:
        return found
    rest = iter(paired)
    return [None if label is None else next(rest) for label in found]


def sync_of(labels: Sequence[str]) -> str | None:
    """Return the synchronisation that every label names by its prefix; None where they do not.

    Examples
    --------
    >>> sync_of(["cdc15_10", "cdc15_30"]), sync_of(["10", "30"])
    ('cdc15', None)
    """
    prefixes = {label.prefix.strip(" _.-") for label in map(label_from, labels) if label}
    return prefixes.pop() if len(prefixes) == 1 and prefixes <= _SYNCS else None


def listed(texts: Sequence[str]) -> str:
    """Return the first labels, as a message shows them."""
    shown = ", ".join(text[:40] or "(empty)" for text in texts[:5])
    return f"{shown} and {len(texts) - 5} more" if len(texts) > 5 else shown


def _label(match: re.Match[str], *, sure: bool) -> Label:
    part = match.groupdict()
    number, prefix = part["number"].replace(",", "."), part["prefix"].lower()
    if prefix and number[0] in "+-":
        # Behind a prefix the sign is a dash.
        number, prefix = number[1:], prefix + number[0]
    minutes = None
    if part.get("unit"):
        minutes = MINUTES[part["unit"][0].lower()]
    elif part.get("clock"):
        clock = part["clock"].lower()
        minutes = 60.0 if clock in ("zt", "ct") else MINUTES.get(clock[0])
    return Label(match.string, prefix, number, minutes, part["replicate"] or "", sure)


def _paired(texts: Sequence[str]) -> list[Label] | None:
    """Read labels with two numbers each, `cdc15_10` or `alpha7_2`, where the first is the time."""
    matches = [_PAIR.fullmatch(text[:_MAX_LABEL]) for text in texts]
    if not texts or not all(matches) or any(_CLOCKED.fullmatch(text) for text in texts):
        return None
    labels = [_label(match, sure=False) for match in matches if match]
    first = {label.number for label in labels}
    last = {label.replicate for label in labels}
    alone = all(not label.prefix for label in labels)
    # With as many values on either side, a prefix makes the first number part of the name.
    return labels if len(first) > len(last) or (alone and len(first) == len(last)) else None
