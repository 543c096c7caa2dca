"""Timing: the minutes that the labels of one experiment's columns stand for.

A number with a decimal point is a time, `40.1` too. Only where the decimals count from 1 for two or more
times (`40, 40.1, 50, 50.1` or `2.1, 2.2, 4.1, 4.2`) do they number replicates, and a note says so.
Numbers after an unknown word that only count (`cln3.1, cln3.2`, `sample1, sample2, sample3`) are no times.
Times of day go on over midnight.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from phasecall.errors import InputError
from phasecall.io.grid import Grid
from phasecall.io.header import MINUTES, Label, count_up, listed
from phasecall.timecourse import Note

UNITS = {"min": 1.0, "h": 60.0, "s": 1.0 / 60.0}
"""Units that may be asked for, and the minutes of each."""
LEAST_STEP = 5.0
"""Minutes between samples, usually; where a format's times are in hours, denser ones are hours."""
LEAST_CYCLE = 50.0
"""Minutes; in less hardly any culture goes round, and bare numbers that end sooner may well be hours."""

_NAMES = {60.0: "hours", 1.0: "minutes", 1.0 / 60.0: "seconds"}
_CORNER_UNIT = re.compile(
    r"(?:time|t)[\s_.,]*[(\[]?\s*(hours?|hrs?|h|minutes?|mins?|min|m|seconds?|secs?|s)\s*[)\]]?"
    r"|(hours?|hrs?|minutes?|mins?|seconds?|secs?)",
    re.ASCII | re.IGNORECASE,
)
_MAX_REPLICATES = 8
# Headers of a column of times, in tables with one value a line.
_TIME_COLUMNS = {"time", "time_point", "timepoint", "minutes", "hours", "time_min", "time_h"}
_DAY = 1440.0


def times_of(
    grid: Grid, labels: Sequence[Label], *, unit: str | None = None, usual: float | None = None
) -> tuple[list[float], list[Note]]:
    r"""Return the time of each column in minutes, and what should be known about them.

    Parameters
    ----------
    grid
        Genes in rows.
    labels
        What each of its columns is called.
    unit
        Unit of the numbers, a key of `UNITS`, whatever the labels say; as they say if not given.
    usual
        Minutes that a number without a unit stands for in files of this format, where the numbers lie closer
        than `LEAST_STEP`; 1 if not given.

    Raises
    ------
    InputError
        If the labels contradict each other, or look like no times.

    Examples
    --------
    >>> from phasecall.io.grid import framed
    >>> from phasecall.io.sheet import cut
    >>> from phasecall.io.header import labels_from
    >>> grid = framed(cut("gene,T0,T1.5h\na,1,2", "course.csv"), row_names=False)
    >>> times_of(grid, labels_from(grid.labels))[0]
    [0.0, 90.0]
    """
    if unit is None:
        refuse_counting(grid, labels)
    labels, notes = _without_numbering(labels)
    _refuse_dotted(grid, labels)
    minutes = _units(grid, labels, unit, usual)
    times = [_in_minutes(float(label.number), each) for label, each in zip(labels, minutes, strict=True)]
    times = _past_midnight(labels, times)
    _refuse_data(grid, labels, times)
    _refuse_repeated(grid, labels)
    notes += _tell_unit(labels, times, max(minutes, key=lambda each: each != 1.0), unit)
    return times, notes


def _in_minutes(number: float, each: float) -> float:
    # 0.1 h are 6 minutes, and not 6.000000000000001; minutes are as they are.
    return number if each == 1.0 else round(number * each, 9)


def find_step(times: Sequence[float]) -> float:
    """Return the usual (median) step between different times; endless where there is one time only.

    Examples
    --------
    >>> find_step([0, 2, 4, 4, 8])
    2
    """
    different = sorted(set(times))
    return median(later - time for time, later in pairwise(different)) if len(different) > 1 else math.inf


def counts_only(labels: Sequence[Label]) -> bool:
    """Return whether the numbers of some labels are running numbers rather than times, or all the same."""
    numbers = [label.number for label in labels]
    same = len(numbers) > 1 and len(set(numbers)) == 1
    return not any(label.sure for label in labels) and (same or count_up(numbers))


def refuse_counting(grid: Grid, labels: Sequence[Label]) -> None:
    """Refuse labels that only count."""
    if counts_only(labels):
        shown = listed([label.text for label in labels])
        raise InputError(
            "no times in the header: the labels only count",
            expected="columns such as 40, 40min, 1.5h, T40, ZT4 or cdc15_40",
            found=f"{shown}: numbered replicate arrays of one experiment, or running numbers",
            where=grid.place_of_label(0),
            fix=f"if they are times, say their unit (--unit); else {how_to_time(grid)}",
        )


def how_to_time(grid: Grid) -> str:
    """Return what to do where the header has no times."""
    # Whether it was turned round or not, as it lies in the file.
    header, first = (grid.names, grid.labels) if grid.transposed else (grid.labels, grid.names)
    if len(set(first)) < len(first) and {name.lower() for name in header} & _TIME_COLUMNS:
        return (
            "a table with one value a line must be made wide first, with one column for each time: pivot in"
            " pandas, pivot_wider in R"
        )
    if grid.transposed:
        return "leave out --transpose: the genes seem to be in rows already"
    return (
        "name each column by its time, such as 40, 40min or 1.5h; or give --times, or --samples FILE with the"
        " columns sample and time; if times run down the first column, --transpose"
    )


def _tell_unit(
    labels: Sequence[Label], times: Sequence[float], minutes: float, unit: str | None
) -> list[Note]:
    if any(label.of_day for label in labels):
        text = f"times of day were read as minutes since midnight, {min(times):g} to {max(times):g}"
        return [Note("unit", text)]
    if minutes != 1.0:
        return [Note("unit", f"times in {_NAMES[minutes]} were turned into minutes")]
    said = unit is not None or any(label.minutes is not None for label in labels)
    return [] if said else tell_short(times)


def tell_short(times: Sequence[float]) -> list[Note]:
    """Return a note where times whose unit nobody said are over too soon for minutes.

    Examples
    --------
    >>> len(tell_short([0, 4, 8, 12])), tell_short([0, 20, 40, 60])
    (1, [])
    """
    if max(times) - min(times) >= LEAST_CYCLE or len(set(times)) <= 3:
        return []
    text = (
        f"times from {min(times):g} to {max(times):g} were taken for minutes, too few for a cell cycle:"
        " if they are hours, --unit h"
    )
    return [Note("unit", text)]


def _past_midnight(labels: Sequence[Label], times: list[float]) -> list[float]:
    """Return times of day counted on from the first day, each series of replicates by itself."""
    day: dict[str, float] = {}
    last: dict[str, float] = {}
    going_on = []
    for label, time in zip(labels, times, strict=True):
        key = label.replicate
        if label.of_day and time < last.get(key, time):
            day[key] = day.get(key, 0.0) + _DAY
        last[key] = time
        going_on.append(time + day.get(key, 0.0))
    return going_on


def _without_numbering(labels: Sequence[Label]) -> tuple[list[Label], list[Note]]:
    """Take decimals that number replicates off the times, as in `40, 40.1, 50, 50.1`."""
    decimals: dict[str, list[str]] = {}
    for label in labels:
        whole, _, decimal = label.number.partition(".")
        decimals.setdefault(whole, []).append(decimal)
    several = [marks for marks in decimals.values() if len(marks) > 1]
    if len(several) < 2 or not all(_counts(marks) for marks in decimals.values()):
        return list(labels), []
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


def _units(grid: Grid, labels: Sequence[Label], unit: str | None, usual: float | None) -> list[float]:
    if unit is not None:
        return [1.0 if label.of_day else UNITS[unit] for label in labels]
    corner = _CORNER_UNIT.fullmatch(grid.corner)
    dense = usual is not None and find_step([float(label.number) for label in labels]) < LEAST_STEP
    default = (usual if usual and dense else 1.0) if corner is None else _unit_of(corner)
    said = {label.minutes for label in labels if label.minutes is not None}
    unsaid = [index for index, label in enumerate(labels) if label.minutes is None and float(label.number)]
    if unsaid and said - {default}:
        raise InputError(
            "some times carry a unit and others do not",
            found=listed([label.text for label in labels]),
            where=grid.place_of_label(unsaid[0]),
            fix="give every column its unit",
        )
    return [default if label.minutes is None else label.minutes for label in labels]


def _unit_of(corner: re.Match[str]) -> float:
    return MINUTES[(corner[1] or corner[2])[0].lower()]


def _refuse_data(grid: Grid, labels: Sequence[Label], times: list[float]) -> None:
    # Log ratios go up and down around 0; times, even those before the start, are listed in order.
    bare = all(label.text.strip("+-0123456789.,") == "" for label in labels)
    if bare and min(times) < 0 and times != sorted(times):
        raise InputError(
            "the first line looks like data, not like a header",
            expected="a header with the time of each column",
            found=listed([label.text for label in labels]),
            where=grid.place_of_label(0),
            fix="add a header, such as gene,40,50,60",
        )


def _refuse_dotted(grid: Grid, labels: Sequence[Label]) -> None:
    if all(label.dotted for label in labels):
        raise InputError(
            "the dots in the header may be decimal points or part two numbers",
            found=listed([label.text for label in labels]),
            where=grid.place_of_label(0),
            fix="put an underscore before the time, as in rep1_10min or wt_1.5h",
        )


def _refuse_repeated(grid: Grid, labels: Sequence[Label]) -> None:
    # Equal times without more are replicates; a replicate that has a name can be there only once.
    named = Counter(label.text for label in labels if label.replicate)
    repeated = [text for text, count in named.items() if count > 1]
    if repeated:
        second = [index for index, label in enumerate(labels) if label.text == repeated[0]][1]
        raise InputError(
            f"{len(repeated)} columns occur more than once in the header",
            found=listed(repeated),
            where=grid.place_of_label(second),
            fix="give every replicate a name of its own, or leave the copy out",
        )
