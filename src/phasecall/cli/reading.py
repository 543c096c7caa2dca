"""Reading: the options that say what a file is, shared by all verbs that read one."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

if TYPE_CHECKING:
    from phasecall.io.request import Reading
    from phasecall.timecourse import TimeCourse

_Command = TypeVar("_Command", bound=Callable[..., Any])

# The keys of io.READERS, io.timing.UNITS and io.scale.SCALES: the help of a verb needs no NumPy.
FORMATS = (
    *("auto", "table", "excel", "parquet", "arrow", "h5ad", "geo", "spellman", "echo", "cosinorpy", "jtk"),
    *("discorhythm", "metacycle", "nitecap", "biodare2"),
)
UNITS = ("min", "h", "s")
SCALES = ("auto", "log", "ratio", "intensity", "counts")


def _split_times(_: click.Context, option: click.Parameter, text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.replace(",", " ").split())
    except ValueError:
        raise click.BadParameter(
            f"'{text}' are no numbers parted by commas, such as 0,10,20", param=option
        ) from None


_OPTIONS = (
    click.option(
        "--format",
        "format",
        type=click.Choice(FORMATS),
        default="auto",
        show_default=True,
        help="What kind of table it is; auto tells by the look of it, and a note says what and why.",
    ),
    click.option(
        "--experiment",
        "experiments",
        multiple=True,
        metavar="NAME",
        help="Which experiment of a file with several.",
    ),
    click.option("--unit", type=click.Choice(UNITS), help="Unit of the times, whatever the header says."),
    click.option(
        "--times",
        callback=_split_times,
        metavar="T,T,...",
        help="Time of every column, for a header without, in minutes or --unit.",
    ),
    click.option(
        "--samples",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="What was measured when: a table with the columns sample, time, maybe experiment and sign.",
    ),
    click.option("--genes", metavar="HEADER", help="Column of a table that genes are called by."),
    click.option("--sheet", metavar="NAME", help="Sheet of an Excel workbook, or its number."),
    click.option("--layer", metavar="NAME", help="Layer of an AnnData file."),
    click.option(
        "--scale",
        type=click.Choice(SCALES),
        default="auto",
        show_default=True,
        help="What the values are; ratios and counts become logarithms.",
    ),
    click.option("--transpose", is_flag=True, help="Genes are columns and times are rows."),
)
_NAMES = (
    "format",
    "experiments",
    "unit",
    "times",
    "samples",
    "genes",
    "sheet",
    "layer",
    "scale",
    "transpose",
)


def options(command: _Command) -> _Command:
    """Give a verb the options that say what a file is; it gets them together, as `reading`."""

    @functools.wraps(command)
    def packed(**given: Any) -> Any:
        return command(reading={name: given.pop(name) for name in _NAMES}, **given)

    for option in reversed(_OPTIONS):
        packed = option(packed)
    return packed  # type: ignore[return-value]


def is_asked(reading: dict[str, Any]) -> bool:
    """Return whether anything was said of how to read a file."""
    return any(value not in (None, False, "auto", ()) for value in reading.values())


def read_one(source: str | Path, sync: str | None, reading: dict[str, Any]) -> TimeCourse:
    """Return the one experiment of a file.

    Raises
    ------
    InputError
        If the file cannot be read, or holds several experiments and not one of them was chosen.
    """
    from phasecall import io

    names = reading["experiments"]
    if len(names) > 1:
        raise click.UsageError("this verb reads one --experiment.")
    return io.read(source, **_of_file(reading, sync, names[0] if names else None))


def read_together(
    sources: Sequence[str], syncs: Sequence[str | None], reading: dict[str, Any]
) -> list[TimeCourse]:
    """Return the experiments of some files, to be called together.

    A file of several is read in full where each of them is named by a synchronisation that is known, as in
    the table of Spellman et al. 1998: they are of the same cells, and fused. Others may be conditions, which
    nobody wants to see fused: one must be chosen. Files of the same name are told apart by their folders.

    Raises
    ------
    InputError
        If a file cannot be read, or holds several experiments of which one must be chosen.
    """
    from phasecall import io
    from phasecall.enquiry import choose_together

    courses: list[tuple[str, TimeCourse]] = []
    for source, sync in zip(sources, syncs, strict=True):
        found = io.read_all(source, **_of_file(reading, sync, None))
        courses += [(source, one) for one in choose_together(found, source, reading["experiments"])]
    return _name_apart(courses)


def _name_apart(courses: Sequence[tuple[str, TimeCourse]]) -> list[TimeCourse]:
    """Return experiments, those of one name by the folders of their files, too: a/course, b/course."""
    from phasecall.caller.fusion import name_apart

    often = Counter(one.name for _, one in courses)
    places = [
        f"{Path(source).resolve().parent.name}/{one.name}"
        if often[one.name] > 1 and source != "-"
        else one.name
        for source, one in courses
    ]
    return [replace(one, name=name) for name, (_, one) in zip(name_apart(places), courses, strict=True)]


def _of_file(reading: dict[str, Any], sync: str | None, experiment: str | None) -> Reading:
    given = {name: value for name, value in reading.items() if name != "experiments"}
    return cast("Reading", {**given, "sync": sync, "experiment": experiment})
