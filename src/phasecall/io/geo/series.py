"""GEO: time courses from the files in which the Gene Expression Omnibus hands out a series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.io.geo.channels import Side, align, sides_of
from phasecall.io.geo.experiments import (
    DESCRIPTION,
    MIN_SAMPLES,
    TITLE,
    Group,
    Reading,
    find_doubts,
    find_times,
    split,
    texts_of,
)
from phasecall.io.geo.freetext import find_sync, tells_asynchrony
from phasecall.io.geo.lines import lines_of
from phasecall.io.geo.probes import name_rows
from phasecall.io.geo.soft import MATRIX_BEGIN, Deposit, Sample, Table, deposit_from
from phasecall.io.header import listed
from phasecall.io.names import number_names
from phasecall.timecourse import Note, TimeCourse

_BLOCKS = ("^DATABASE", "^SERIES", "^SAMPLE", "^PLATFORM", "^DATASET")
_GIVE_TIMES = "give the times yourself: --samples FILE with the columns sample and time, or --times"
_MANY = 60


@dataclass(frozen=True)
class GeoWishes:
    """What a user says of a file of GEO beforehand.

    Parameters
    ----------
    name
        What the experiment is called; the accession of the series if not given.
    sync
        Synchronisation; from the words of the file if not given.
    unit
        Minutes that a number without a unit stands for.
    times
        Minutes of samples, by accession or title, instead of what the file says; others are left out.
    experiment
        Name of the one experiment that is wanted.
    platform
        Accession of the one platform that is wanted.
    """

    name: str | None = None
    sync: str | None = None
    unit: float | None = None
    times: Mapping[str, float] | None = None
    experiment: str | None = None
    platform: str | None = None


@dataclass(frozen=True)
class _Part:
    """The samples on one platform, and what is known of each of them."""

    table: Table
    sides: Sequence[Side]
    cards: Sequence[Mapping[str, str]]
    reading: Reading
    groups: Sequence[Group]


def recognise_geo(text: str) -> str | None:
    """Return why a text is a file of GEO; None if it is not.

    Examples
    --------
    >>> recognise_geo("!Series_title"), recognise_geo("gene,0,10")
    ("its first line begins with '!Series_'", None)
    """
    first = next((line for _, line in lines_of(text[:65536]) if line.strip()), "")
    for start in ("!Series_", "!Sample_"):
        if first.startswith(start):
            table = " and a table follows" if MATRIX_BEGIN in text else ""
            return f"its first line begins with '{start}'{table}"
    kind = next((kind for kind in _BLOCKS if first.upper().startswith(kind)), None)
    return f"its first line begins with '{kind}'" if kind else None


def read_geo(text: str, source: str, wanted: GeoWishes = GeoWishes()) -> list[TimeCourse]:
    r"""Return the experiments of a series matrix, a family file or a data set of GEO.

    Times, replicates, experiments, synchronisation and swapped dyes are read from the words that describe the
    samples; notes say which, and name every sample that is left out. No row is left out.

    Parameters
    ----------
    text
        The whole file.
    source
        How messages name it.
    wanted
        What is known beforehand.

    Returns
    -------
    courses
        In the order of the file, times in minutes.

    Raises
    ------
    InputError
        If the file is damaged, no text gives the times of its samples, or what is wanted is not in it.

    Examples
    --------
    >>> lines = ['!Series_geo_accession\t"GSE1"', "!Sample_geo_accession\tGSM1\tGSM2\tGSM3\tGSM4",
    ...          "!Sample_title\tcdc15, 0 min\tcdc15, 10 min\tcdc15, 20 min\tcdc15, 30 min",
    ...          "!series_matrix_table_begin", "ID_REF\tGSM1\tGSM2\tGSM3\tGSM4", "YAL001C\t1\t\t3\tnull",
    ...          "!series_matrix_table_end"]
    >>> course, = read_geo("\n".join(lines), "GSE1_series_matrix.txt")
    >>> course.name, course.sync, course.times.tolist(), course.values.tolist()
    ('GSE1', 'cdc15', [0.0, 10.0, 20.0, 30.0], [[1.0, nan, 3.0, nan]])
    >>> course.notes[0].text
    'times from "!Sample_title": \'cdc15, 0 min\' -> 0 min, \'cdc15, 10 min\' -> 10 min, ... (4 samples)'
    """
    deposit = deposit_from(text, source)
    tables = _on_platform(deposit.tables, wanted.platform, source)
    samples = [sample for table in tables for sample in table.samples]
    sides = sides_of(samples)
    cards = [texts_of(sample, side.channel) for sample, side in zip(samples, sides, strict=True)]
    reading = _reading(samples, sides, cards, wanted, source)
    notes = _notes_on_times(samples, cards, reading)
    parts, start = [], 0
    for table in tables:
        of = slice(start, start := start + len(table.samples))
        own = replace(reading, minutes=reading.minutes[of], spans=reading.spans[of])
        parts.append(_Part(table, sides[of], cards[of], own, split(cards[of], own)))
    named = _named(parts, wanted, deposit.accession or source, source)
    notes += _notes_on_groups(parts, [name for name, _, _ in named])
    return [_course(name, part, group, deposit, wanted, notes) for name, part, group in named]


def _on_platform(tables: Sequence[Table], platform: str | None, source: str) -> Sequence[Table]:
    chosen = [
        table for table in tables if platform is None or table.platform.upper() == platform.strip().upper()
    ]
    if not chosen:
        raise InputError(
            f"the file has no samples on '{platform}'",
            expected=f"one of {listed([table.platform or '(none)' for table in tables])}",
            where=source,
        )
    return chosen


def _reading(
    samples: Sequence[Sample],
    sides: Sequence[Side],
    cards: Sequence[Mapping[str, str]],
    wanted: GeoWishes,
    source: str,
) -> Reading:
    """Return the times that are given, or else those that the file tells; not those of asynchronous cells."""
    if wanted.times is not None:
        return _given(samples, wanted.times, source)
    reading = find_times(cards, wanted.unit)
    if reading is None:
        raise InputError(
            "no text of the samples gives their times",
            expected="titles or characteristics such as 'alpha factor, 30 min', 'ZT4' or 'time: 1.5 h'",
            found=f"{len(samples)} samples: {'; '.join(repr(sample.title[:60]) for sample in samples[:4])}",
            where=source,
            fix=f"{_GIVE_TIMES}; where numbers only count (1, 2, 3), the unit says what one of them is",
        )
    idle = [_is_asynchronous(sample, side) for sample, side in zip(samples, sides, strict=True)]
    # Of a course of asynchronous cells the time is a time; at zero it only stands for no treatment.
    minutes = tuple(
        None if out and not time else time for time, out in zip(reading.minutes, idle, strict=True)
    )
    return replace(reading, minutes=minutes)


def _given(samples: Sequence[Sample], times: Mapping[str, float], source: str) -> Reading:
    minutes = tuple(times.get(sample.accession, times.get(sample.title)) for sample in samples)
    unknown = sorted(set(times) - {name for sample in samples for name in (sample.accession, sample.title)})
    if unknown:
        raise InputError(
            "times are given for samples that are not in the file",
            expected=f"accessions or titles such as {samples[0].accession} or '{samples[0].title[:60]}'",
            found=listed(unknown),
            where=source,
        )
    return Reading("times given", "unit", minutes, (None,) * len(samples), None)


def _is_asynchronous(sample: Sample, side: Side) -> bool:
    texts = [sample.title] if side.swapped is None else []
    texts += sample.texts.get(f"source_name_ch{side.channel}", ()) if side.channel else ()
    return any(map(tells_asynchrony, texts))


def _notes_on_times(
    samples: Sequence[Sample], cards: Sequence[Mapping[str, str]], reading: Reading
) -> list[Note]:
    timed = [index for index, time in enumerate(reading.minutes) if time is not None]
    shown = [
        f"'{cards[index].get(reading.field, samples[index].title)[:80]}' -> {reading.minutes[index]:g} min"
        for index in timed[:2]
    ]
    text = f'times from "{reading.field}": {", ".join(shown)}, ... ({len(timed)} samples)'
    notes = [Note("times", text)]
    if reading.unit is not None:
        what = "minutes" if reading.unit == 1 else f"units of {reading.unit:g} min"
        numbers = _running(reading) if reading.kind == "number" else "numbers without a unit"
        notes.append(Note("unit", f"{numbers} were taken for {what}: look whether that is right"))
    for field, odd in find_doubts(cards, reading).items():
        names = listed([samples[index].accession for index in odd], _MANY)
        notes.append(
            Note("times_disagree", f'"{field}" gives other times than "{reading.field}" for {names}')
        )
    left = [sample for sample, time in zip(samples, reading.minutes, strict=True) if time is None]
    if left:
        names = listed([f"{sample.accession} '{sample.title[:60]}'" for sample in left], _MANY)
        notes.append(Note("samples_left_out", f"left out for want of a time there ({len(left)}): {names}"))
    return notes


def _running(reading: Reading) -> str:
    numbers = np.unique([time / (reading.unit or 1.0) for time in reading.minutes if time is not None])
    steps = np.unique(np.diff(numbers).round(6)).tolist()
    how = f"in even steps of {steps[0]:g}" if len(steps) == 1 else "in even steps or all multiples of 5"
    return f"running numbers from {numbers[0]:g} to {numbers[-1]:g}, {how},"


def _named(
    parts: Sequence[_Part], wanted: GeoWishes, accession: str, source: str
) -> list[tuple[str, _Part, Group]]:
    """Return the experiments that are wanted, each with its name."""
    large = [(part, group) for part in parts for group in part.groups if len(group.members) >= MIN_SAMPLES]
    if not large:
        found = [f"'{group.name}' ({len(group.members)})" for part in parts for group in part.groups]
        raise InputError(
            f"no experiment of the file has {MIN_SAMPLES} samples with a time",
            found=f"groups of samples by title and characteristics: {listed(found)}",
            where=source,
            fix=_GIVE_TIMES,
        )
    base = wanted.name or accession
    several = len({part.table.platform for part, _ in large}) > 1
    names = [
        " ".join(filter(None, (base, group.name, part.table.platform if several else "")))
        for part, group in large
    ]
    names = number_names(names)[0] if len(large) > 1 else [base]
    named = [(name, *pair) for name, pair in zip(names, large, strict=True)]
    wish = (wanted.experiment or "").casefold().strip()
    chosen = [row for row in named if not wish or wish in (row[0].casefold(), row[2].name.casefold())]
    if not chosen:
        raise InputError(
            f"the file has no experiment '{wanted.experiment}'",
            expected=f"one of {', '.join(repr(row[2].name or row[0]) for row in named)}",
            where=source,
        )
    return chosen


def _notes_on_groups(parts: Sequence[_Part], names: Sequence[str]) -> list[Note]:
    groups = [(group, part.table.samples) for part in parts for group in part.groups]
    notes = []
    if len(names) > 1:
        text = f"{len(names)} experiments, by what titles and characteristics say beside times: "
        notes.append(Note("experiments", text + listed(names, _MANY)))
    small = [
        f"'{group.name}' ({', '.join(samples[index].accession for index in group.members)})"
        for group, samples in groups
        if len(group.members) < MIN_SAMPLES
    ]
    if small:
        text = f"groups of fewer than {MIN_SAMPLES} samples are left out: {listed(small, _MANY)}"
        notes.append(Note("samples_left_out", text))
    return notes


def _course(
    name: str, part: _Part, group: Group, deposit: Deposit, wanted: GeoWishes, notes: Sequence[Note]
) -> TimeCourse:
    members = list(group.members)
    samples = [part.table.samples[index] for index in members]
    times = np.array([part.reading.minutes[index] for index in members], dtype=np.float64)
    values, notes_on_sign = align(
        part.table.values[:, members], times, samples, [part.sides[index] for index in members]
    )
    genes, notes_on_names = name_rows(part.table.ids, part.table.genes, part.table.column)
    sync, notes_on_sync = wanted.sync, list[Note]()
    if sync is None:
        sync, notes_on_sync = _sync([part.cards[index] for index in members], samples, deposit)
    if not part.table.column:
        text = f"rows keep their ID of {part.table.platform or 'the platform'}: the file names no genes"
        notes_on_names.insert(0, Note("names", text))
    more = [*part.table.notes, *_replicates(times, group), *notes_on_sync, *notes_on_names, *notes_on_sign]
    return TimeCourse(genes, times, values, name, sync, notes=(*notes, *more))


def _replicates(times: NDArray[np.float64], group: Group) -> list[Note]:
    count = Counter(times.tolist())
    if len(count) == times.size:
        return []
    several = sum(number > 1 for number in count.values())
    text = f"{several} of {len(count)} times were measured more than once"
    if group.cultures:
        cultures = ", ".join(f"'{culture}'" for culture in group.cultures)
        text += f": {cultures} have the same times, and were taken for replicates"
    return [Note("replicates", text)]


def _sync(
    cards: Sequence[Mapping[str, str]], samples: Sequence[Sample], deposit: Deposit
) -> tuple[str | None, list[Note]]:
    """Return the synchronisation that titles name, or else characteristics and sources, or else protocols."""
    organism = samples[0].text("organism_ch1")
    protocols = ("treatment_protocol_ch1", "growth_protocol_ch1", "treatment_protocol_ch2")
    levels = (
        [card.get(TITLE, "") for card in cards],
        [text for card in cards for field, text in card.items() if field not in (TITLE, DESCRIPTION)],
        [card.get(DESCRIPTION, "") for card in cards],
        [text for sample in samples for key in protocols for text in sample.texts.get(key, ())],
        list(deposit.texts),
    )
    for texts in levels:
        if found := find_sync(texts, organism):
            key, words = found
            return key, [
                Note("sync", f"'{words}' in the words of the file: taken for the synchronisation {key}")
            ]
    return None, []
