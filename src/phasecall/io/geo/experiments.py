"""Experiments: the times of samples, from one of the texts that describe them, and which belong together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import gcd

from phasecall.io.geo.freetext import Kind, Mark, marks_in, names_time, residue_of, unit_of_key
from phasecall.io.geo.soft import Sample

TITLE = "!Sample_title"
SOURCE = "!Sample_source_name"
CHARACTERISTIC = "!Sample_characteristics"
DESCRIPTION = "!Sample_description"

MIN_SAMPLES = 4
"""An experiment of fewer samples with a time is no time course."""

_MIN_TIMES = 3
_MAX_SLOTS = 6
_MAX_RUNNING = 5000
_SAME_TIMES = 0.8
"""Cultures are replicates if so many of all their times are common to them; otherwise experiments."""

# Characteristics that tell experiments apart even if they change with time, and those that never do.
_CONDITION = re.compile(
    r"strain|genotype|treat|agent|synchron|cell|tissue|organ|medium|growth|carbon|condition|compound|dose|"
    r"stimul|knock|mutation|protocol",
    re.I,
)
_IDENTITY = re.compile(
    r"(?<![a-z])(?:replicates?|rep|batch|array|slide|chip|barcode|date|lane|run|dye|label|id|number|"
    r"sample\s?names?|individual|phase|stage)(?![a-z])",
    re.I,
)
_NUMBER = re.compile(r"(?<!\S)\d{1,3}(?!\S)", re.ASCII)
_ANY_NUMBER = re.compile(r"(?<!\S)\d+(?!\S)")


@dataclass(frozen=True)
class Reading:
    """The times of all samples as one text of each says them.

    Parameters
    ----------
    field
        The text, as GEO names it.
    kind
        What says that a number is a time.
    minutes
        One for each sample; None where its text says none.
    spans
        Where in the text the number stands.
    unit
        Minutes that a number without a unit was taken for; None where every number has one.
    """

    field: str
    kind: Kind
    minutes: tuple[float | None, ...]
    spans: tuple[tuple[int, int] | None, ...]
    unit: float | None

    @property
    def count(self) -> int:
        """How many samples have a time."""
        return sum(time is not None for time in self.minutes)


@dataclass(frozen=True)
class Group:
    """The samples of one experiment.

    Parameters
    ----------
    name
        What tells it from the others of the file; empty where it is the only one.
    members
        Which samples.
    cultures
        Names of what was taken for its replicates, where nothing calls them so.
    """

    name: str
    members: tuple[int, ...]
    cultures: tuple[str, ...] = ()


def texts_of(sample: Sample, channel: int | None) -> dict[str, str]:
    """Return what is said of a sample, by field: of one channel, or of both where the culture's is not known.

    Examples
    --------
    >>> texts_of(Sample("GSM1", {"title": ["wt, 5 min"], "characteristics_ch1": ["strain: W303"]}), 1)
    {'!Sample_title': 'wt, 5 min', '!Sample_characteristics: strain': 'W303'}
    """
    channels = (channel,) if channel else (1, 2)
    found: dict[str, list[str]] = {TITLE: [sample.title]}
    for number in channels:
        for text in sample.texts.get(f"characteristics_ch{number}", ()):
            key, colon, value = text.partition(":")
            place = f"{CHARACTERISTIC}: {key.strip().lower()}" if colon else CHARACTERISTIC
            found.setdefault(place, []).append((value if colon else text).strip())
    for number in channels:
        found.setdefault(SOURCE, []).extend(sample.texts.get(f"source_name_ch{number}", ()))
    found[DESCRIPTION] = list(sample.texts.get("description", ()))
    if channel is None:
        # Swapped dyes must not make two texts of one.
        found = {place: sorted(texts) for place, texts in found.items()}
    return {place: " | ".join(dict.fromkeys(texts)) for place, texts in found.items() if any(texts)}


def find_times(cards: Sequence[Mapping[str, str]], unit: float | None) -> Reading | None:
    """Return the times that one field gives for most samples; None if no field does.

    Numbers with a unit are preferred to bare ones, these to running numbers; a characteristic called time
    is preferred to the title, this to other texts. The first that most samples have is taken.

    Parameters
    ----------
    cards
        What is said of each sample, by field.
    unit
        Minutes that a number without a unit stands for; not known if None.

    Examples
    --------
    >>> reading = find_times([{TITLE: f"alpha release sample{time:03}"} for time in (0, 5, 10, 15)], None)
    >>> reading.minutes, reading.kind
    ((0.0, 5.0, 10.0, 15.0), 'number')
    """
    fields = sorted(dict.fromkeys(field for card in cards for field in card), key=_rank)
    found = [
        reading
        for kind in ("unit", "word", "number")
        for field in fields
        if (reading := _read(cards, field, kind, unit)) is not None
    ]
    most = [reading for reading in found if 2 * reading.count > len(cards)]
    return most[0] if most else max(found, key=lambda reading: reading.count, default=None)


def find_doubts(cards: Sequence[Mapping[str, str]], reading: Reading) -> dict[str, list[int]]:
    """Return the fields that give other times for a few samples, by field, and which these are.

    Examples
    --------
    >>> cards = [{TITLE: f"{t} min", SOURCE: f"cells, {t or 99} min"} for t in (0, 10, 20, 30)]
    >>> find_doubts(cards, find_times(cards, None))
    {'!Sample_source_name': [0]}
    """
    doubts = {}
    for field in dict.fromkeys(field for card in cards for field in card if field != reading.field):
        other = _read(cards, field, "unit", None)
        pairs = list(zip(reading.minutes, other.minutes, strict=True)) if other else []
        both = [index for index, pair in enumerate(pairs) if None not in pair]
        differ = [index for index in both if pairs[index][0] != pairs[index][1]]
        if 0 < 2 * len(differ) < len(both):
            doubts[field] = differ
    return doubts


def _rank(field: str) -> int:
    order = (TITLE, CHARACTERISTIC, SOURCE, DESCRIPTION)
    return -1 if _is_time(field) else next(i for i, start in enumerate(order) if field.startswith(start))


def _is_time(field: str) -> bool:
    return field.startswith(f"{CHARACTERISTIC}:") and names_time(field.removeprefix(f"{CHARACTERISTIC}:"))


def _read(cards: Sequence[Mapping[str, str]], field: str, kind: Kind, unit: float | None) -> Reading | None:
    """Return the times that the marks of one kind in one field give; None if they give none."""
    marks = [_marks(card[field], field) if field in card else () for card in cards]
    of_kind = [[mark for mark in found if mark.kind == kind] for found in marks]
    # Counted from the start or from the end of the text: some texts hold more numbers than others.
    slots = range(min(max(map(len, of_kind)), _MAX_SLOTS))
    columns = [_pick(of_kind, slot) for slot in (*slots, *(-1 - slot for slot in slots))]
    column = max(columns, key=lambda column: (len(_values(column)), sum(map(bool, column))), default=None)
    if column is None or len(_values(column)) < _MIN_TIMES:
        return None
    if kind == "unit":
        # Zero needs no unit.
        column = [
            mark or next((m for m in found if m.kind == "word" and m.number == 0), None)
            for mark, found in zip(column, marks, strict=True)
        ]
    elif unit is None and (_counts(column) if kind == "word" else not _steps(cards, field, column)):
        return None
    per = unit or 1.0
    minutes = [mark.number * (mark.minutes or per) if mark else None for mark in column]
    if all(time is None or time <= 0 for time in minutes):
        # Before every number: a dash, no sign.
        minutes = [None if time is None else abs(time) for time in minutes]
    spans = [(mark.start, mark.end) if mark else None for mark in column]
    rounded = tuple(None if time is None else round(time, 9) for time in minutes)
    return Reading(field, kind, rounded, tuple(spans), None if kind == "unit" else per)


def _pick(marks: Sequence[Sequence[Mark]], slot: int) -> list[Mark | None]:
    return [found[slot] if -len(found) <= slot < len(found) else None for found in marks]


def _marks(text: str, field: str) -> tuple[Mark, ...]:
    """Return the marks in a text; in a field that is called time, bare numbers are times, too."""
    marks = marks_in(text)
    if not _is_time(field):
        return marks
    per = unit_of_key(field.removeprefix(f"{CHARACTERISTIC}:"))
    return tuple(
        mark if mark.minutes else replace(mark, kind="unit" if per else "word", minutes=per) for mark in marks
    )


def _values(column: Sequence[Mark | None]) -> list[float]:
    return sorted({mark.number * (mark.minutes or 1.0) for mark in column if mark})


def _counts(column: Sequence[Mark | None]) -> bool:
    """Whether numbers only count: 0, 1, 2 or 1, 2, 3."""
    values = _values(column)
    return values[0] in (0, 1) and values == [values[0] + step for step in range(len(values))]


def _steps(cards: Sequence[Mapping[str, str]], field: str, column: Sequence[Mark | None]) -> bool:
    """Whether the running numbers after the same words look like minutes, whatever these are."""
    series: dict[str, list[Mark]] = {}
    for card, mark in zip(cards, column, strict=True):
        if mark:
            series.setdefault(residue_of(card[field], (mark.start, mark.end)).casefold(), []).append(mark)
    long = [values for marks in series.values() if len(values := _values(marks)) >= MIN_SAMPLES]
    return bool(long) and all(map(_step, long))


def _step(values: Sequence[float]) -> bool:
    """Whether numbers are whole, and evenly spaced by 2 or more or all multiples of 5."""
    if values[-1] > _MAX_RUNNING or any(value % 1 for value in values):
        return False
    steps = {int(b - a) for a, b in pairwise(values)}
    return (len(steps) == 1 and min(steps) > 1) or gcd(*map(int, values)) % 5 == 0


def split(cards: Sequence[Mapping[str, str]], reading: Reading) -> list[Group]:
    """Return the experiments among the samples with a time, the first of the file first.

    What tells them apart is what titles, characteristics and sources say beside times and replicates.
    Groups that differ by a number that counts, and have the same times, are replicates of one experiment.

    Examples
    --------
    >>> cards = [{TITLE: f"{who}, {time} min"} for who in ("wt 1", "wt 2", "clb") for time in (0, 10, 20, 30)]
    >>> [(group.name, len(group.members), group.cultures) for group in split(cards, find_times(cards, None))]
    [('wt', 8, ('wt 1', 'wt 2')), ('clb', 4, ())]
    """
    timed = [index for index, time in enumerate(reading.minutes) if time is not None]
    keys: list[tuple[str, ...]] = [() for _ in timed]
    for field in sorted(dict.fromkeys(field for card in cards for field in card), key=_rank):
        column = _column(cards, field, reading, timed)
        finer = [(*key, text) for key, text in zip(keys, column, strict=True)]
        # What says nothing new does not belong into the name.
        if len({_fold(key) for key in finer}) > len({_fold(key) for key in keys}):
            keys = finer
    groups: dict[tuple[str, ...], Group] = {}
    for key, index in zip(keys, timed, strict=True):
        group = groups.get(_fold(key), Group(" ".join(filter(None, key)), ()))
        groups[_fold(key)] = replace(group, members=(*group.members, index))
    return _merged(list(groups.values()), reading)


def _fold(key: Sequence[str]) -> tuple[str, ...]:
    return tuple(text.casefold() for text in key)


def _column(
    cards: Sequence[Mapping[str, str]], field: str, reading: Reading, timed: Sequence[int]
) -> list[str]:
    """Return what a field says of the experiment of each sample; all empty where it says nothing of it."""
    silent = [""] * len(timed)
    key = field.partition(": ")[2]
    own_field = field == reading.field and field != TITLE
    if field == DESCRIPTION or own_field or _is_time(field) or _IDENTITY.search(key):
        return silent
    spans = reading.spans if field == reading.field and reading.kind == "number" else [None] * len(cards)
    texts = [residue_of(cards[index].get(field, ""), spans[index]) for index in timed]
    if not _identifies(texts):
        pass
    elif not _identifies(common := _common(texts)):
        texts = common
    elif not _identifies(plain := [_ANY_NUMBER.sub("", text).strip() for text in common]):
        texts = plain
    else:
        return silent
    if (
        field != TITLE
        and not _CONDITION.search(key)
        and _follows_time(texts, [reading.minutes[i] for i in timed])
    ):
        return silent
    return texts


def _identifies(texts: Sequence[str]) -> bool:
    """Whether texts name samples rather than experiments: there are more of them than pairs of samples."""
    return 2 * len({text.casefold() for text in texts}) > len(texts)


def _common(texts: Sequence[str]) -> list[str]:
    """Return the words of each text that enough samples for an experiment have."""
    count = Counter(word for text in texts for word in set(text.casefold().split()))
    return [" ".join(w for w in text.split() if count[w.casefold()] >= MIN_SAMPLES) for text in texts]


def _follows_time(texts: Sequence[str], minutes: Sequence[float | None]) -> bool:
    """Whether a text changes, but is the same for all samples of a time, as a phase is."""
    pairs = set(zip(map(str.casefold, texts), minutes, strict=True))
    return len(pairs) == len(set(minutes))


def _merged(groups: Sequence[Group], reading: Reading) -> list[Group]:
    """Join groups whose names differ by a number that counts from 0 or 1, if they have the same times."""
    families: dict[str, list[Group]] = {}
    for group in groups:
        families.setdefault(_stem(group.name).casefold(), []).append(group)
    merged = [
        group
        for family in families.values()
        for group in (_joined(family, reading) if _is_numbered(family) else family)
    ]
    return sorted(merged, key=lambda group: group.members[0])


def _stem(name: str) -> str:
    return " ".join(_NUMBER.sub("", name).split())


def _is_numbered(family: Sequence[Group]) -> bool:
    numbers = [tuple(map(int, _NUMBER.findall(group.name))) for group in family]
    if len(set(map(len, numbers))) > 1:
        return False
    varying = [found for column in zip(*numbers, strict=True) if len(found := sorted(set(column))) > 1]
    return len(varying) == 1 and varying[0][0] <= 1 and varying[0][-1] - varying[0][0] == len(varying[0]) - 1


def _joined(family: Sequence[Group], reading: Reading) -> list[Group]:
    joined: list[Group] = []
    for group in family:
        times = {reading.minutes[index] for index in group.members}
        for place, other in enumerate(joined):
            theirs = {reading.minutes[index] for index in other.members}
            if len(times & theirs) >= _SAME_TIMES * len(times | theirs):
                cultures = (*(other.cultures or (other.name,)), group.name)
                joined[place] = Group(_stem(group.name), (*other.members, *group.members), cultures)
                break
        else:
            joined.append(group)
    return joined
