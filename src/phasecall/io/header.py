"""Headers: the times that the labels of a table's columns stand for.

A label is a prefix, a number, a unit and a replicate, of which only the number must be there: `40`,
`40min`, `2h`, `cdc15_10`, `ZT0_rep1`. How the number is found, the surest sign first:

1. the number before a unit (`cdc15_10min`, `0hr_sample7`);
2. the whole label (`40`, `40_rep1`);
3. the number after a word for time (`T40`, `time_40`, `ZT4`; ZT and CT count hours);
4. the last number, unless another one takes more values along the header (`cdc15_10`, `alpha7_2`).

A number with a decimal point is a time, `40.1` too. Only where the decimals count from 1 for two or more
times (`40, 40.1, 50, 50.1` or `2.1, 2.2, 4.1, 4.2`) do they number replicates, and a note says so.
Numbers after an unknown word that only count (`cln3.1, cln3.2`, `sample1, sample2, sample3`) are no times.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from phasecall.errors import InputError
from phasecall.io.grid import Grid
from phasecall.timecourse import Note

_NUMBER = r"\d+(?:\.\d+|,\d{1,2})?"
_UNIT = r"hours?|hrs?|h|minutes?|mins?|min|m|seconds?|secs?|s"
_CLOCK = r"zt|ct|time\s?points?|time|tp|t|minutes?|mins?|hours?|hrs?|h"
_REPLICATE = r"[\s_.\-]*(?:replicate|repeat|rep|bio|tech|r)[\s_.\-]*(?:\d+|[a-z])|[\s_.\-]+[a-z]"
_FLAGS = re.ASCII | re.IGNORECASE

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
_PREFIX_OF_REPLICATE = re.compile(r"(?:replicate|repeat|rep|bio|tech|r)?[\s_.\-]*\d+[\s_.\-]+", _FLAGS)

_MINUTES = {"h": 60.0, "m": 1.0, "s": 1.0 / 60.0}
_UNIT_NAMES = {60.0: "hours", 1.0 / 60.0: "seconds"}
_CORNER_UNIT = re.compile(
    rf"(?:time|t)[\s_.,]*[(\[]?\s*({_UNIT})\s*[)\]]?|(hours?|hrs?|minutes?|mins?|seconds?|secs?)", _FLAGS
)
_MAX_REPLICATES = 8
# No label that names a time is longer; matching stays cheap whatever a file holds.
_MAX_LABEL = 200

_SYNCS = {"alpha", "cdc15", "cdc28", "elu"}

_FIX = (
    "name each column by its time, such as 40, 40min or 1.5h; if times run down the first column, --transpose"
)


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
    """

    text: str
    prefix: str
    number: str
    minutes: float | None
    replicate: str
    sure: bool


def label_from(text: str) -> Label | None:
    """Read one label; None where it holds no number that could be a time.

    Examples
    --------
    >>> label_from("cdc15_10").number, label_from("ZT4_rep1").minutes, label_from("YAL001C")
    ('10', 60.0, None)
    """
    if len(text) > _MAX_LABEL:
        return None
    for pattern in (_UNITED, _BARE, _CLOCKED, _LAST):
        match = pattern.fullmatch(text)
        if match:
            return _label(match, sure=pattern is not _LAST)
    return None


def times_of(grid: Grid) -> tuple[list[float], list[Note]]:
    r"""Return the time of each column in minutes, and what should be known about them.

    Parameters
    ----------
    grid
        Genes in rows.

    Raises
    ------
    InputError
        If a label carries no time, or the labels contradict each other.

    Examples
    --------
    >>> from phasecall.io.grid import cut, framed
    >>> times_of(framed(cut("gene,T0,T1.5h\na,1,2", "course.csv"), row_names=False))[0]
    [0.0, 90.0]
    """
    labels = _labels(grid)
    _refuse_mixture(grid, labels)
    _refuse_counting(grid, labels)
    labels, notes = _without_numbering(labels)
    minutes = _units(grid, labels)
    times = [round(float(label.number) * unit, 9) for label, unit in zip(labels, minutes, strict=True)]
    _refuse_data(grid, labels, times)
    _refuse_repeated(grid, labels)
    unit = _UNIT_NAMES.get(max(minutes, key=lambda unit: unit != 1.0))
    if unit:
        notes.append(Note("unit", f"times in {unit} were turned into minutes"))
    count = Counter(times)
    if len(count) < len(times):
        several = sum(number > 1 for number in count.values())
        notes.append(Note("replicates", f"{several} of {len(count)} times were measured more than once"))
    return times, notes


def sync_of(labels: Sequence[str]) -> str | None:
    """Return the synchronisation that every label names by its prefix; None where they do not.

    Examples
    --------
    >>> sync_of(["cdc15_10", "cdc15_30"]), sync_of(["10", "30"])
    ('cdc15', None)
    """
    prefixes = {label.prefix.strip(" _.-") for label in map(label_from, labels) if label}
    return prefixes.pop() if len(prefixes) == 1 and prefixes <= _SYNCS else None


def _label(match: re.Match[str], *, sure: bool) -> Label:
    part = match.groupdict()
    number, prefix = part["number"].replace(",", "."), part["prefix"].lower()
    if prefix and number[0] in "+-":
        # Behind a prefix the sign is a dash.
        number, prefix = number[1:], prefix + number[0]
    minutes = None
    if part.get("unit"):
        minutes = _MINUTES[part["unit"][0].lower()]
    elif part.get("clock"):
        clock = part["clock"].lower()
        minutes = 60.0 if clock in ("zt", "ct") else _MINUTES.get(clock[0])
    return Label(match.string, prefix, number, minutes, part["replicate"] or "", sure)


def _labels(grid: Grid) -> list[Label]:
    found: Sequence[Label | None] = _paired(grid.labels) or [label_from(text) for text in grid.labels]
    without = [index for index, label in enumerate(found) if label is None]
    if len(without) == len(found):
        raise InputError(
            "no times in the header",
            expected="columns such as 40, 40min, 1.5h, T40, ZT4 or cdc15_40",
            found=_listed(grid.labels),
            where=grid.place_of_label(0),
            fix=_fix(grid),
        )
    if without:
        raise InputError(
            "some columns carry no time",
            found=f"{len(without)} of {len(found)}: {_listed([grid.labels[index] for index in without])}",
            where=grid.place_of_label(without[0]),
            fix="name them by their time, or leave out those that are no measurements",
        )
    return [label for label in found if label is not None]


def _paired(texts: Sequence[str]) -> list[Label] | None:
    """Read labels with two numbers each, `cdc15_10` or `alpha7_2`, where the first is the time."""
    matches = [_PAIR.fullmatch(text[:_MAX_LABEL]) for text in texts]
    if not all(matches) or any(_CLOCKED.fullmatch(text) for text in texts):
        return None
    labels = [_label(match, sure=False) for match in matches if match]
    first = {label.number for label in labels}
    last = {label.replicate for label in labels}
    alone = all(not label.prefix for label in labels)
    # With as many values on either side, a prefix makes the first number part of the name.
    return labels if len(first) > len(last) or (alone and len(first) == len(last)) else None


def _refuse_mixture(grid: Grid, labels: list[Label]) -> None:
    prefixes = Counter(
        "" if _PREFIX_OF_REPLICATE.fullmatch(label.prefix) else label.prefix for label in labels
    )
    if len(prefixes) > 1:
        held = ", ".join(f"'{prefix}' ({count} columns)" for prefix, count in prefixes.most_common(6))
        raise InputError(
            "the header names more than one experiment",
            expected="the time points of one experiment",
            found=held,
            where=grid.place_of_label(0),
            fix="keep the columns of one experiment, or give all columns the same prefix",
        )


def _refuse_counting(grid: Grid, labels: list[Label]) -> None:
    numbers = sorted({label.number for label in labels}, key=float)
    if any(label.sure for label in labels) or len(numbers) < 2:
        return
    whole, _, decimals = zip(*(number.partition(".") for number in numbers), strict=True)
    steps = decimals if len(set(whole)) == 1 else whole if not any(decimals) else ()
    if not steps or not all(step.isdigit() for step in steps):
        return
    count = [int(step) for step in steps]
    runs = count == list(range(count[0], count[0] + len(count)))
    if runs and (count[0] <= 1 or len(count) > 2):
        raise InputError(
            "no times in the header: the labels only count",
            expected="columns such as 40, 40min, 1.5h, T40, ZT4 or cdc15_40",
            found=f"{_listed(grid.labels)}: numbered replicate arrays of one experiment, or running numbers",
            where=grid.place_of_label(0),
            fix=_fix(grid),
        )


def _without_numbering(labels: list[Label]) -> tuple[list[Label], list[Note]]:
    """Take decimals that number replicates off the times, as in `40, 40.1, 50, 50.1`."""
    decimals: dict[str, list[str]] = {}
    for label in labels:
        whole, _, decimal = label.number.partition(".")
        decimals.setdefault(whole, []).append(decimal)
    several = [marks for marks in decimals.values() if len(marks) > 1]
    if len(several) < 2 or not all(_counts(marks) for marks in decimals.values()):
        return labels, []
    text = "decimals that count from 1, as in 40, 40.1, 40.2, were read as numbers of replicates"
    numbered = [
        replace(label, number=whole, replicate=f"{decimal}{label.replicate}")
        for label in labels
        for whole, _, decimal in (label.number.partition("."),)
    ]
    return numbered, [Note("numbered_replicates", text)]


def _counts(marks: list[str]) -> bool:
    marked = sorted(mark for mark in marks if mark)
    plain = len(marks) - len(marked)
    wanted = [str(number) for number in range(1, len(marked) + 1)]
    return plain <= 1 and marked == wanted and len(marked) <= _MAX_REPLICATES


def _units(grid: Grid, labels: list[Label]) -> list[float]:
    corner = _CORNER_UNIT.fullmatch(grid.corner)
    default = _MINUTES[(corner[1] or corner[2])[0].lower()] if corner else 1.0
    said = {label.minutes for label in labels if label.minutes is not None}
    unsaid = [index for index, label in enumerate(labels) if label.minutes is None and float(label.number)]
    if unsaid and said - {default}:
        raise InputError(
            "some times carry a unit and others do not",
            found=_listed(grid.labels),
            where=grid.place_of_label(unsaid[0]),
            fix="give every column its unit",
        )
    return [default if label.minutes is None else label.minutes for label in labels]


def _refuse_data(grid: Grid, labels: list[Label], times: list[float]) -> None:
    # Log ratios go up and down around 0; times, even those before the start, are listed in order.
    bare = all(label.text.strip("+-0123456789.,") == "" for label in labels)
    if bare and min(times) < 0 and times != sorted(times):
        raise InputError(
            "the first line looks like data, not like a header",
            expected="a header with the time of each column",
            found=_listed(grid.labels),
            where=grid.place_of_label(0),
            fix="add a header, such as gene,40,50,60",
        )


def _refuse_repeated(grid: Grid, labels: list[Label]) -> None:
    # Equal times without more are replicates; a replicate that has a name can be there only once.
    named = Counter(label.text for label in labels if label.replicate)
    repeated = [text for text, count in named.items() if count > 1]
    if repeated:
        second = [index for index, label in enumerate(labels) if label.text == repeated[0]][1]
        raise InputError(
            f"{len(repeated)} columns occur more than once in the header",
            found=_listed(repeated),
            where=grid.place_of_label(second),
            fix="give every replicate a name of its own, or leave the copy out",
        )


def _fix(grid: Grid) -> str:
    return "leave out --transpose: the genes seem to be in rows already" if grid.transposed else _FIX


def _listed(texts: Sequence[str]) -> str:
    shown = ", ".join(text[:40] or "(empty)" for text in texts[:5])
    return f"{shown} and {len(texts) - 5} more" if len(texts) > 5 else shown
