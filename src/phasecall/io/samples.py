"""Samples: what was measured when, where the header does not say so: a list of times, or a sheet of samples.

A sheet has one line a sample, and columns that are told by their names:

| column | names |
|---|---|
| sample, as in the header of the table | sample, sample_id, library, run, array, gsm, id, name ... |
| time | time (minutes, or with a unit in the cell), minutes, hours, days, seconds, zt, ct; several add up |
| experiment | experiment, group, condition, culture, series, strain, treatment |
| sign | sign, dye_swap, swap: -1, yes or true where the ratio is upside down |

Other columns are not used. Samples of one time and experiment are replicates.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from phasecall.errors import InputError
from phasecall.io.cells import is_number
from phasecall.io.columns import Columns, kinds_of, tell_left
from phasecall.io.files import label_of, text_of
from phasecall.io.grid import Grid
from phasecall.io.header import label_from, listed
from phasecall.io.sheet import Sheet, cut
from phasecall.io.timing import UNITS
from phasecall.timecourse import Note

_NAMES = (
    *("sample", "sampleid", "samplename", "library", "libraryid", "run", "array", "chip", "gsm"),
    *("geoaccession", "column", "columnname", "id", "name", "file", "filename", ""),
)
TIMES: Mapping[str, float | None] = MappingProxyType(
    {
        **dict.fromkeys(("time", "timepoint", "times", "timepoints"), None),
        **dict.fromkeys(("second", "seconds", "sec", "s"), 1 / 60),
        **dict.fromkeys(("minute", "minutes", "min", "mins", "timemin", "timeminutes", "timepointmin"), 1.0),
        **dict.fromkeys(
            ("hour", "hours", "hr", "hrs", "h", "timeh", "timehr", "timehours", "zt", "ct"), 60.0
        ),
        **dict.fromkeys(("day", "days"), 1440.0),
    }
)
EXPERIMENTS = (
    *("experiment", "group", "condition", "culture", "series", "strain", "treatment", "genotype"),
    *("mutant", "cellline", "line", "tissue", "sex"),
)
_REPLICATES = ("replicate", "rep", "replicateid", "subject", "subjectid", "batch", "biorep", "techrep")
SIGNS = ("sign", "dyeswap", "swap", "flip")
_TURNED = {"-1": -1.0, "yes": -1.0, "true": -1.0, "swap": -1.0, "swapped": -1.0}
_STRAIGHT = {"1": 1.0, "+1": 1.0, "no": 1.0, "false": 1.0, "0": 1.0, "": 1.0}


@dataclass(frozen=True)
class Sample:
    """One sample: its time in minutes, its experiment, and -1 where its ratio is upside down."""

    name: str
    minutes: float
    experiment: str = ""
    sign: float = 1.0


def read_samples(path: str | os.PathLike[str], unit: str | None = None) -> dict[str, Sample]:
    r"""Read a sheet of samples, CSV or TSV, plain or gzip.

    Parameters
    ----------
    path
        The file.
    unit
        Unit of its times, a key of `phasecall.io.timing.UNITS`; as the sheet says if not given.

    Returns
    -------
    samples
        By name.

    Raises
    ------
    InputError
        If it has no column of samples or none of times, or a line of it cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "samples.csv"
    ...     _ = path.write_text("Sample,hour,minute\nGSM1,1,30\n")
    ...     read_samples(path)["GSM1"].minutes
    90.0
    """
    return samples_from(cut(text_of(path), label_of(path)), unit)


def find_unused(sheet: Sheet) -> list[str]:
    """Return the columns of a sheet of samples that are not used and part the samples, as conditions do."""
    header = [plain(cell) for cell in sheet.rows[0]]
    used = {_find(header, names) for names in (_NAMES, EXPERIMENTS, SIGNS)}
    unused = []
    for place, word in enumerate(header):
        held = [row[place].strip() for row in sheet.rows[1:] if place < len(row)]
        parts = 1 < len(set(held)) <= len(held) / 2 and not all(map(is_number, held))
        if place not in used and word not in TIMES and word not in _REPLICATES and parts:
            unused.append(sheet.rows[0][place])
    return unused


def samples_from(sheet: Sheet, unit: str | None = None) -> dict[str, Sample]:
    """Return the samples of a sheet, by name; see `read_samples`."""
    header = [plain(cell) for cell in sheet.rows[0]]
    name = _find(header, _NAMES)
    times = [(place, TIMES[word]) for place, word in enumerate(header) if word in TIMES]
    if name is None or not times:
        raise InputError(
            "this is no sheet of samples",
            expected="a column sample and a column time, minutes or hours",
            found=listed(list(sheet.rows[0])),
            where=f"{sheet.source}, line {sheet.lines[0]}",
        )
    if unit is not None and len(times) > 1:
        raise InputError(
            f"--unit {unit} is for one column of times",
            found=listed([sheet.rows[0][place] for place, _ in times]),
            where=f"{sheet.source}, line {sheet.lines[0]}",
            fix="leave out --unit, or all of these columns but one",
        )
    times = times if unit is None else [(times[0][0], UNITS[unit])]
    experiment, sign = _find(header, EXPERIMENTS), _find(header, SIGNS)
    samples: dict[str, Sample] = {}
    for row, line in zip(sheet.rows[1:], sheet.lines[1:], strict=True):
        cells = [cell.strip() for cell in row] + [""] * (len(header) - len(row))
        where = f"{sheet.source}, line {line}"
        minutes = [_minutes(cells[place], each, where) for place, each in times if cells[place]]
        if not cells[name] or not minutes:
            continue
        if cells[name] in samples:
            raise InputError(
                f"the sample {cells[name]} is there twice", where=where, fix="leave the right line"
            )
        samples[cells[name]] = Sample(
            cells[name],
            sum(minutes),
            "" if experiment is None else cells[experiment],
            1.0 if sign is None else _sign(cells[sign], where),
        )
    if not samples:
        raise InputError("no sample has a name and a time", where=sheet.source)
    return samples


def label_by_samples(
    grid: Grid, path: str | os.PathLike[str], unit: str | None = None
) -> tuple[list[Columns], list[Note]]:
    """Return the experiments of a table by a sheet of samples, and what was left out.

    Raises
    ------
    InputError
        If the sheet cannot be read, or none of its samples is a column of the table.
    """
    sheet = cut(text_of(path), label_of(path))
    samples = samples_from(sheet, unit)
    alike: dict[str, list[str]] = {}
    for name in samples:
        alike.setdefault(plain(name), []).append(name)
    members: list[tuple[int, Sample]] = []
    left = []
    for place, text in enumerate(grid.labels):
        bare = plain(text)
        # As it is written, else as tools may have changed it, unless several samples would become the same.
        names = [[text], alike.get(bare, []), alike.get(bare.removeprefix("x"), [])]
        own = next((found[0] for found in names if len(found) == 1 and found[0] in samples), None)
        if own is None:
            left.append(text)
        else:
            members.append((place, samples.pop(own)))
    if not members:
        raise InputError(
            "none of the samples is a column of the table",
            expected=f"names such as {listed(grid.labels)}",
            found=listed([sample.name for sample in samples.values()]),
            where=label_of(path),
            fix=None if grid.transposed else "if the samples are the rows of the table, --transpose",
        )
    notes = []
    if unused := find_unused(sheet):
        text = f"columns of the samples that were not used, though they part them: {listed(unused)}; call the"
        notes.append(Note("samples_pooled", f"{text} column 'condition' that parts experiments"))
    if left:
        text = f"{len(left)} columns that are no samples were left out: {listed(left)}"
        notes.append(Note("columns_left_out", text))
    if samples:
        gone = listed([sample.name for sample in samples.values()])
        notes.append(Note("samples_missing", f"{len(samples)} samples are no columns of the table: {gone}"))
    return group_samples(members), notes


def group_samples(members: Sequence[tuple[int, Sample]]) -> list[Columns]:
    """Return the experiments of some samples, each with the column of the table that it is."""
    groups: dict[str, list[tuple[int, Sample]]] = {}
    for place, sample in members:
        groups.setdefault(sample.experiment, []).append((place, sample))
    return [_columns(name, group) for name, group in groups.items()]


def label_by_times(grid: Grid, times: Sequence[float], unit: str | None) -> tuple[list[Columns], list[Note]]:
    """Return the one experiment of a table whose columns were measured at some times, in their order.

    Raises
    ------
    InputError
        If there are more or fewer times than columns that are no text.
    """
    kinds = kinds_of(grid)
    texts = [place for place, kind in enumerate(kinds) if kind == "text"]
    places = [place for place in range(len(kinds)) if place not in texts]
    if len(times) != len(places):
        raise InputError(
            "there must be one time for each column",
            expected=f"{len(places)} times, for {listed([grid.labels[place] for place in places])}",
            found=f"{len(times)} times",
            where=grid.source,
        )
    minutes = tuple(float(time) * UNITS[unit or "min"] for time in times)
    return [Columns("", tuple(places), (), minutes)], list(
        tell_left([grid.labels[place] for place in texts], ())
    )


def _columns(name: str, members: Sequence[tuple[int, Sample]]) -> Columns:
    places = tuple(place for place, _ in members)
    samples = [sample for _, sample in members]
    minutes, signs = (sample.minutes for sample in samples), (sample.sign for sample in samples)
    return Columns(name, places, (), tuple(minutes), tuple(signs))


def _find(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def plain(text: str) -> str:
    """Return a name without what tools change in it: case, blanks, dots and dashes.

    Examples
    --------
    >>> plain("Time (min)"), plain("GSM-1.a")
    ('timemin', 'gsm1a')
    """
    return re.sub(r"[\s._\-()\[\]]+", "", text).lower()


def _minutes(text: str, unit: float | None, where: str) -> float:
    label = label_from(text)
    if label is None or (unit is not None and label.minutes not in (None, unit)):
        raise InputError(
            "a time cannot be read", expected="a number, or one with a unit", found=text, where=where
        )
    return float(label.number) * (unit or label.minutes or 1.0)


def _sign(text: str, where: str) -> float:
    sign = {**_TURNED, **_STRAIGHT}.get(text.lower())
    if sign is None:
        raise InputError("a sign cannot be read", expected="1 or -1, yes or no", found=text, where=where)
    return sign
