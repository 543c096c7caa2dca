"""Layouts: how the tables of other tools are told from one another, and what they mean by a header.

All are genes by time points; they differ in what a bare number counts, in what stands behind a time, and in
which way they lie.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from phasecall.errors import InputError
from phasecall.io.grid import Grid
from phasecall.io.header import Label, label_from, labels_from, listed
from phasecall.io.timing import LEAST_STEP, find_step

_HOUR = 60.0
_FLAGS = re.ASCII | re.IGNORECASE


@dataclass(frozen=True)
class Layout:
    """What a kind of table looks like.

    Parameters
    ----------
    key, title
        What code and people call it.
    looks
        A header of it, for messages.
    recognise
        What says that a grid is one, as the end of a sentence; None where it is none.
    read
        What reads the labels of its header; None for one that does not fit.
    unit
        Minutes of a number without a unit, where times are dense (`phasecall.io.timing`); None where nothing
        is agreed on.
    transposed
        Whether times run down its first column.
    averages
        Whether columns of the same time and replicate are one sample, measured more than once.
    """

    key: str
    title: str
    looks: str
    recognise: Callable[[Grid], str | None]
    read: Callable[[Sequence[str]], list[Label | None]] = labels_from
    unit: float | None = None
    transposed: bool = False
    averages: bool = False


def _each(read: Callable[[str], Label | None]) -> Callable[[Sequence[str]], list[Label | None]]:
    return lambda texts: [read(text) for text in texts]


# DiscoRhythm: prefix, time, identity of the sample, replicate (its vignette, section on column names).
# The pattern never goes back: a label may be of any length.
_DISCORHYTHM = re.compile(
    r"(?P<prefix>[A-Za-z]*+)(?P<number>-?[0-9]++\.?+[0-9]*+)_?+(?P<id>[A-Za-z0-9.]*+)_?+"
    r"(?P<replicate>[A-Za-z0-9.]*+)",
    re.ASCII,
)
_CLOCKS = ("zt", "ct", "t", "tp", "time", "h", "hr", "hrs", "hour", "hours", "min")
_ECHO = re.compile(r"(?P<prefix>TP)(?P<number>\d+(?:\.\d+)?)\.(?P<replicate>\d+)", _FLAGS)
_COSINORPY = re.compile(r"(?P<prefix>[A-Z]*)(?P<number>\d+(?:\.\d+)?)_(?P<replicate>rep\d+)", _FLAGS)
_IS_COSINORPY = re.compile(r"T\d+(?:\.\d+)?_Rep\d+", re.ASCII)
_JTK = re.compile(r"(?:ZT|CT)\d+(?:\.\d+)?(?:_(?:rep)?\d+)?", _FLAGS)
_SPELLMAN = re.compile(r"(alpha|cdc15_|cdc28_|elu)\d+", _FLAGS)
_OF_DAY = re.compile(r"(?:.*[\s_\-])?(?:[01]?\d|2[0-4]):[0-5]\d.*", re.ASCII)


def _read_discorhythm(text: str) -> Label | None:
    match = _DISCORHYTHM.fullmatch(text)
    if match is None:
        return None
    clock = match["prefix"].lower()
    minutes = _HOUR if clock in ("zt", "ct") else 1.0 if clock in ("min", "m") else None
    # Without a fourth part every column is a sample of its own.
    replicate = f"_{match['replicate']}" if match["replicate"] else ""
    return Label(text, clock, match["number"], minutes, replicate, sure=True)


def _read_echo(text: str) -> Label | None:
    match = _ECHO.fullmatch(text)
    return match and Label(text, "tp", match["number"], None, f"_{match['replicate']}", sure=True)


def _read_cosinorpy(text: str) -> Label | None:
    match = _COSINORPY.fullmatch(text)
    return match and Label(
        text, match["prefix"].lower(), match["number"], None, f"_{match['replicate']}", sure=True
    )


def _share(pattern: re.Pattern[str], texts: Sequence[str]) -> float:
    return sum(pattern.fullmatch(text) is not None for text in texts) / max(len(texts), 1)


def _is_metacycle(grid: Grid) -> str | None:
    return "the first column is called CycID" if grid.corner.lower() == "cycid" else None


def _is_jtk(grid: Grid) -> str | None:
    corner = grid.corner.lower()
    if _share(_JTK, grid.labels) == 1 and (corner in ("#", "probe", "id") or corner.startswith("#")):
        return f"the first column is called {grid.corner}, the others ZT or CT and a time"
    return None


def _is_discorhythm(grid: Grid) -> str | None:
    parts = [match for text in grid.labels if (match := _DISCORHYTHM.fullmatch(text))]
    if len(parts) < len(grid.labels) or not all(match["id"] and match["replicate"] for match in parts):
        return None
    if not all(match["prefix"].lower() in _CLOCKS for match in parts):
        return None
    if any(match["id"].lower().startswith(("rep", "bio", "tech")) for match in parts):
        return None
    times_of: dict[str, set[str]] = {}
    for match in parts:
        times_of.setdefault(match["id"], set()).add(match["number"])
    # A sample is of one time: what goes on from time to time is a condition, as WT in ZT4_WT_1.
    if any(len(times) > 1 for times in times_of.values()) or len(set().union(*times_of.values())) < 2:
        return None
    return "all columns are called by prefix, time, sample and replicate"


def _is_echo(grid: Grid) -> str | None:
    if _share(_ECHO, grid.labels) == 1:
        return "all columns are called TP, a time, a point and the number of a replicate"
    return None


def _is_cosinorpy(grid: Grid) -> str | None:
    return "all columns are called by T, a time and Rep" if _share(_IS_COSINORPY, grid.labels) == 1 else None


def _is_nitecap(grid: Grid) -> str | None:
    of_day = sum(_OF_DAY.fullmatch(text) is not None for text in grid.labels)
    if of_day >= 3:
        return f"{of_day} columns are called by a time of day"
    clocked = sum(_JTK.fullmatch(text) is not None for text in grid.labels)
    if 3 <= clocked < len(grid.labels):
        return f"{clocked} columns are called ZT or CT and a time, beside others"
    return None


def _is_spellman(grid: Grid) -> str | None:
    words = {match[1].lower() for text in grid.labels if (match := _SPELLMAN.fullmatch(text))}
    if len(words) < 2:
        return None
    return f"columns are called by {len(words)} synchronisations of Spellman et al. 1998"


def _is_biodare2(grid: Grid) -> str | None:
    times = [label_from(text) for text in grid.names]
    timed = all(label is not None and label.sure for label in times)
    if not timed or not grid.corner.lower().startswith("time"):
        return None
    numbers = [float(label.number) for label in times if label is not None]
    if find_step(numbers) >= LEAST_STEP or max(numbers) - min(numbers) < 12:
        return None
    return f"times run down the first column, called {grid.corner}, in steps of {find_step(numbers):g}"


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        row.key: row
        for row in (
            Layout(
                "spellman",
                "the table of Spellman et al. 1998",
                "alpha0 alpha7 ... cdc15_10 ... elu0",
                _is_spellman,
                unit=1.0,
            ),
            Layout("echo", "ECHO", "Gene.Name,TP2.1,TP2.2,TP4.1", _is_echo, _each(_read_echo), _HOUR),
            Layout(
                "cosinorpy",
                "CosinorPy",
                "T0_Rep1 T0_Rep2 T2_Rep1",
                _is_cosinorpy,
                _each(_read_cosinorpy),
                _HOUR,
            ),
            Layout(
                "jtk", "JTK_CYCLE, eJTK and BooteJTK", "# ZT0_rep1 ZT0_rep2 ZT2_rep1", _is_jtk, unit=_HOUR
            ),
            Layout(
                "discorhythm",
                "DiscoRhythm",
                "ID,CT18_AA_1,CT18_AB_2",
                _is_discorhythm,
                _each(_read_discorhythm),
                _HOUR,
                averages=True,
            ),
            Layout("metacycle", "MetaCycle", "CycID,0,4,8", _is_metacycle, unit=_HOUR),
            Layout("nitecap", "Nitecap", "id,symbol,CT00,CT04,stat or 00:00,04:00", _is_nitecap, unit=_HOUR),
            Layout(
                "biodare2",
                "BioDare2",
                "Time,CLN2,CLB2 with a time a row",
                _is_biodare2,
                unit=_HOUR,
                transposed=True,
            ),
        )
    }
)
"""Every layout that has a name, the surest to tell first."""


def find_layout(grid: Grid, turned: Grid) -> tuple[Layout, str] | None:
    """Return the layout of a grid and what says so; None where it is none of those with a name.

    Parameters
    ----------
    grid
        As it lies in the file.
    turned
        The same, rows and columns exchanged where times run down the first column.
    """
    for layout in LAYOUTS.values():
        if layout.transposed and not turned.transposed:
            continue
        why = layout.recognise(grid if layout.transposed else turned)
        if why is not None:
            return layout, why
    return None


def require_layout(grid: Grid, layout: Layout) -> None:
    """Refuse a table that was said to be of a layout and has no label of it."""
    labels = layout.read(grid.labels)
    if not any(label is not None for label in labels):
        raise InputError(
            f"this is no table of the format '{layout.key}'",
            expected=f"a header such as {layout.looks}",
            found=listed(grid.labels),
            where=grid.place_of_label(0),
            fix="leave --format out: the table is then read as what it looks like",
        )
