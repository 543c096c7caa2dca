"""Headers: the times that the labels of a table's columns stand for.

A label is a prefix, a number, a unit and a replicate, of which only the number must be there: `40`,
`40min`, `2h`, `cdc15_10`, `ZT0_rep1`. How the number is found, the surest sign first:

1. a time of day (`12:00`), hours and minutes (`1h30`), the number before a unit (`cdc15_10min`, `10'`);
2. the whole label (`40`, `40_rep1`);
3. the number after a word for time (`T40`, `time_40`, `ZT4_WT`; ZT and CT count hours);
4. the last number (`cdc15_10`).

Where one label can be read in several ways, all of them together tell: a number that never changes is no time
(`T1_WT_0, T1_WT_10`), nor is one that only counts where another does not (`0_WT_1, 10_WT_1`, `alpha7_2`).
Dates, days and weeks are no times of a cell cycle.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_NUMBER = r"\d+(?:\.\d+|,\d{1,2})?"
# A letter alone is a unit only right behind the number: 40_s is a replicate, 40_min is none.
_UNIT = r"hours?|hrs?|h|minutes?|mins?|min|seconds?|secs?|(?<![_.\-])(?:m|s|['′’])"
_CLOCK = r"zt|ct|time\s?points?|time|tp|t|minutes?|mins?|hours?|hrs?|h"
_GAP = r"[\s_.,;:/\-]"
_REPLICATE = (
    rf"{_GAP}*(?:replicate|repeat|biorep|techrep|duplicated|rep|bio|tech|r)[\s_.\-]*(?:\d+|[a-z])"
    rf"|{_GAP}+[a-z]|\.{{3}}\d+"
)
_FLAGS = re.ASCII | re.IGNORECASE
_BEFORE = r"(?P<prefix>|.*?[^\d.,+]\.?)"

_DAYTIME = re.compile(
    rf"(?P<prefix>(?:.*?[\s_\-])?)(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
    rf"(?P<replicate>{_REPLICATE}|[\s_.\-]+\d+)?",
    _FLAGS,
)
_HOURS = re.compile(
    rf"{_BEFORE}(?P<hour>\d+)\s*(?:hours?|hrs?|h)[\s_,]*(?P<minute>\d{{1,2}})\s*(?:minutes?|mins?|m)"
    rf"(?P<replicate>[^a-z0-9].*)?",
    _FLAGS,
)
_HOURS_BARE = re.compile(r"(?P<prefix>)(?P<hour>\d+)h(?P<minute>[0-5]\d)(?P<replicate>)", _FLAGS)
_NO_TIME = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4}|\d:\d|^\d+\s*-\s*\d+\s*[a-z]"
    r"|(?<![a-z0-9])\d+(?:\s*d|[\s_.\-]*(?:days?|wks?|weeks?))(?![a-z])|(?<![a-z])(?:days?|weeks?)[\s_.\-]*\d"
    # A number right behind a letter for a unit may be minutes or a replicate.
    r"|(?<=\d)[hms]\d",
    _FLAGS,
)
_UNITED = re.compile(
    rf"{_BEFORE}(?P<number>[-+]?{_NUMBER})[\s_.\-]*(?P<unit>{_UNIT})"
    rf"(?P<replicate>[^a-z0-9].*|(?<=[a-z]{{2}})\d{{1,2}})?",
    _FLAGS,
)
_BARE = re.compile(rf"(?P<prefix>)(?P<number>[-+]?{_NUMBER})(?P<replicate>{_REPLICATE})?", _FLAGS)
_CLOCKED = re.compile(
    rf"(?P<prefix>(?:.*?[\s_.\-])?(?P<clock>{_CLOCK})[\s_.\-=:]*)(?P<number>{_NUMBER})"
    rf"(?P<replicate>{_REPLICATE}|[\s_\-]+\d+|[\s_.,\-]+[a-z].*)?",
    _FLAGS,
)
_LAST = re.compile(rf"(?P<prefix>.*?[^\d.,]\.?)(?P<number>{_NUMBER})(?P<replicate>{_REPLICATE})?", _FLAGS)
_PAIR = re.compile(rf"(?P<prefix>|.*?[^\d.,])(?P<number>{_NUMBER})(?P<replicate>[\s_\-]+\d+)", _FLAGS)
_COPY = re.compile(r"(?P<stem>.*[^\s_])(?P<replicate>[\s_]+\d+)", re.ASCII)
_RANGE = re.compile(r"\d+\s*-\s*\d+", re.ASCII)
_FINAL = re.compile(
    rf"(?P<prefix>.*[^\d.,+])(?P<number>{_NUMBER})(?:\s*(?P<unit>{_UNIT}))?(?P<replicate>{_REPLICATE})?",
    _FLAGS,
)
# A unit of something else than time makes no condition: 5_uM, 10_nM, 30_C.
_AHEAD = re.compile(
    rf"(?P<prefix>)(?P<number>{_NUMBER})"
    rf"(?P<replicate>[_.\-](?!(?:[munp]?[mgl]|c|f|k|hp[a-z]|cycles?|gen\w*|jan|feb|mar|apr|may|jun|jul|aug|sep|oct"
    rf"|nov|dec)(?![a-z]))(?:[a-z]{{2}}|s\d).*)",
    _FLAGS,
)
_IS_REPLICATE = re.compile(rf"(?:{_REPLICATE})|{_GAP}*[\d\s_.\-]*", _FLAGS)
_NUMBERING = re.compile(rf"(?:{_REPLICATE}|{_GAP}+\d+)$", _FLAGS)
# Brackets, and what word processors put for blanks and dashes.
_PLAIN = str.maketrans("()[]{}\u00a0\u2009\u202f\u2010\u2011\u2012\u2013\u2212", " " * 9 + "-" * 5)

MINUTES = {"h": 60.0, "m": 1.0, "s": 1.0 / 60.0, "'": 1.0, "′": 1.0, "’": 1.0}
"""Minutes in the unit that begins with the letter."""
# No label that names a time is longer; matching stays cheap whatever a file holds.
_MAX_LABEL = 200
_LETTERS = "abcdefgh"

TIME_WORDS = frozenset(
    "zt ct t tp time times timepoint point min minute minutes h hr hour hours x".split()  # noqa: SIM905
)
"""Words before a time that name no experiment; x is what R puts before a number."""

_SYNCS = {"alpha", "cdc15", "cdc28", "elu"}


@dataclass(frozen=True)
class Label:
    """What a label of the header says.

    Parameters
    ----------
    text
        The label as it is in the file.
    prefix
        What stands before the number.
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
    def dotted(self) -> bool:
        """Return whether the dot of the number may part two: `rep1.10` may be replicate 1 at 10."""
        word = re.search(r"[a-z]+$", self.prefix, _FLAGS)
        whole, dot, _ = self.number.partition(".")
        return bool(dot and word and int(whole) and word[0].lower() not in TIME_WORDS)

    @property
    def condition(self) -> str:
        """Return what stands behind the time and numbers no replicate, as `_KO` in `40min_KO_1`."""
        return "" if _IS_REPLICATE.fullmatch(self.replicate) else _NUMBERING.sub("", self.replicate)


def label_from(text: str) -> Label | None:
    """Read one label; None where it holds no number that could be a time.

    Examples
    --------
    >>> label_from("cdc15_10").number, label_from("ZT4_rep1").minutes, label_from("YAL001C")
    ('10', 60.0, None)
    """
    plain = _plain(text)
    of_day = _DAYTIME.fullmatch(plain)
    whole = of_day or _HOURS.fullmatch(plain) or _HOURS_BARE.fullmatch(plain)
    if whole:
        minutes = f"{60 * int(whole['hour']) + int(whole['minute']) + _seconds(whole) / 60:.12g}"
        return Label(text, whole["prefix"], minutes, 1.0, whole["replicate"] or "", True, of_day is not None)
    if _NO_TIME.search(plain):
        return None
    for pattern in (_UNITED, _BARE, _CLOCKED, _LAST):
        match = pattern.fullmatch(plain)
        if match:
            return _label(text, match, sure=pattern is not _LAST)
    return None


def _seconds(match: re.Match[str]) -> int:
    return int(match.groupdict().get("second") or 0)


def labels_from(texts: Sequence[str]) -> list[Label | None]:
    """Read the labels of a header together: what one number means, the others can tell.

    Examples
    --------
    >>> [label.number for label in labels_from(["alpha0_1", "alpha7_1", "alpha14_1"])]
    ['0', '7', '14']
    >>> [label.number for label in labels_from(["T-10", "T0", "T10"])]
    ['-10', '0', '10']
    """
    found = _copies(texts, _lettered(texts, [label_from(text) for text in texts]))
    places = [place for place, text in enumerate(texts) if found[place] or _AHEAD.fullmatch(_plain(text))]
    own = [texts[place] for place in places]
    reread = _reread(own, [label for label in found if label is not None])
    if reread:
        for place, label in zip(places, reread, strict=True):
            found[place] = label
    else:
        found = [
            None if _RANGE.fullmatch(_plain(text)) else label
            for text, label in zip(texts, found, strict=True)
        ]
    return _signed(found)


def count_up(numbers: Sequence[str]) -> bool:
    """Return whether numbers only count: `1, 2, 3`, or `3.1, 3.2` with one whole part for all.

    Examples
    --------
    >>> count_up(["0", "1", "2"]), count_up(["3.1", "3.2"]), count_up(["0", "10"])
    (True, True, False)
    """
    different = sorted(set(numbers), key=float)
    if len(different) < 2:
        return False
    whole, _, decimals = zip(*(number.partition(".") for number in different), strict=True)
    steps = decimals if len(set(whole)) == 1 else whole if not any(decimals) else ()
    if not steps or not all(step.isdigit() for step in steps):
        return False
    count = [int(step) for step in steps]
    runs = count == list(range(count[0], count[0] + len(count)))
    return runs and (count[0] <= 1 or len(count) > 2)


def sync_of(labels: Sequence[str]) -> str | None:
    """Return the synchronisation that every label names by its prefix; None where they do not.

    Examples
    --------
    >>> sync_of(["cdc15_10", "cdc15_30"]), sync_of(["10", "30"])
    ('cdc15', None)
    """
    prefixes = {label.prefix.strip(" _.-").lower() for label in labels_from(labels) if label}
    return prefixes.pop() if len(prefixes) == 1 and prefixes <= _SYNCS else None


def listed(texts: Sequence[str], most: int = 5) -> str:
    """Return the first of some texts, as a message shows them, and how many more there are.

    Examples
    --------
    >>> listed(["GSM1", "", "GSM3"], 2)
    'GSM1, (empty) and 1 more'
    """
    shown = ", ".join(text[:60] or "(empty)" for text in texts[:most])
    return f"{shown} and {len(texts) - most} more" if len(texts) > most else shown


def _label(text: str, match: re.Match[str], *, sure: bool) -> Label:
    part = match.groupdict()
    number, prefix = part["number"].replace(",", "."), part["prefix"]
    if prefix and number[0] in "+-":
        # Behind a prefix the sign is a dash.
        number, prefix = number[1:], prefix + number[0]
    minutes = None
    if part.get("unit"):
        minutes = MINUTES[part["unit"][0].lower()]
    elif part.get("clock"):
        clock = part["clock"].lower()
        minutes = 60.0 if clock in ("zt", "ct") else MINUTES.get(clock[0])
        # Time points may be numbered.
        sure = sure and not (clock == "tp" or clock.endswith(("point", "points")))
    return Label(text, prefix, number, minutes, part["replicate"] or "", sure)


def _read_all(pattern: re.Pattern[str], texts: Sequence[str], *, sure: bool = False) -> list[Label]:
    """Read labels by one pattern; none where one of them does not match."""
    matches = [pattern.fullmatch(_plain(text)) for text in texts]
    found = [_label(text, match, sure=sure) for text, match in zip(texts, matches, strict=True) if match]
    return found if len(found) == len(texts) else []


def _reread(texts: Sequence[str], labels: Sequence[Label]) -> list[Label]:
    """Read labels again, where all of them together say that another of their numbers is the time."""
    found = _ahead(texts, labels) or _paired(texts)
    if found or len(labels) < 2 or len({(label.number, label.minutes) for label in labels}) > 1:
        return found
    # A number that is always the same is no time where another one changes.
    if all(map(_BARE.fullmatch, map(_plain, texts))):
        return []
    final = _read_all(_FINAL, texts)
    return [] if count_up([label.number for label in final]) else final


def _ahead(texts: Sequence[str], labels: Sequence[Label]) -> list[Label]:
    """Read labels that begin with a number, `0_WT_1`, where the last one takes fewer values or counts."""
    ahead = _read_all(_AHEAD, texts, sure=True)
    numbers = {label.number for label in ahead}
    if len(numbers) < 3 or count_up([*numbers]):
        return []
    last = {label.number for label in labels}
    if not last:
        # One word behind all numbers may be a unit: only several can be conditions.
        return ahead if len({label.replicate for label in ahead}) > 1 else []
    return ahead if len(last) < len(numbers) or count_up([*last]) else []


def _paired(texts: Sequence[str]) -> list[Label]:
    """Read labels with two numbers each, `cdc15_10` or `alpha7_2`, where the first is the time."""
    labels = _read_all(_PAIR, texts)
    if any(_CLOCKED.fullmatch(text) for text in texts):
        return []
    first = {label.number for label in labels}
    last = {label.replicate.lstrip(" _-").lstrip("0") or "0" for label in labels}
    if all(not label.prefix for label in labels):
        return labels if len(first) >= len(last) and _number_replicates(last) else []
    # With as many values on either side, a prefix makes the first number part of the name.
    return labels if len(first) > len(last) else []


def _number_replicates(numbers: set[str]) -> bool:
    return len(numbers) == 1 or count_up([*numbers])


def _copies(texts: Sequence[str], found: Sequence[Label | None]) -> list[Label | None]:
    """Read `10_2` beside `10`, or `alpha7_2` beside `alpha7`, as its replicate."""
    labels = {text: label for text, label in zip(texts, found, strict=True) if label is not None}
    copies = [_COPY.fullmatch(_plain(text)) for text in texts]
    stems = {copy["stem"] for copy in copies if copy and copy["stem"] in labels}
    # cdc15_10 beside cdc15 is a time of it.
    stems = stems if len(stems) >= 3 else {stem for stem in stems if _BARE.fullmatch(stem)}
    return [
        replace(labels[copy["stem"]], text=text, replicate=copy["replicate"])
        if copy and copy["stem"] in stems
        else label
        for text, copy, label in zip(texts, copies, found, strict=True)
    ]


def _lettered(texts: Sequence[str], found: Sequence[Label | None]) -> list[Label | None]:
    """Read replicates that are lettered without a gap, `T0A, T0B`, where the letters begin with a."""
    parted = [
        label_from(f"{text[:-1]}_{text[-1:]}") if label is None and text[-1:].lower() in _LETTERS else None
        for text, label in zip(texts, found, strict=True)
    ]
    letters = {label.text[-1].lower() for label in parted if label is not None and label.sure}
    if not letters or letters != set(_LETTERS[: len(letters)]):
        return list(found)
    return [
        replace(other, text=text) if other is not None and other.sure else label
        for text, label, other in zip(texts, found, parted, strict=True)
    ]


def _signed(labels: Sequence[Label | None]) -> list[Label | None]:
    """Take a dash for a sign where the same labels are there without one: `T-10, T0, T10`."""
    prefixes = {label.prefix for label in labels if label is not None}
    return [
        replace(label, prefix=label.prefix[:-1], number=f"-{label.number}")
        if label and label.prefix[-1:] in ("-", ".") and label.prefix[:-1] in prefixes and float(label.number)
        else label
        for label in labels
    ]


def _plain(text: str) -> str:
    """Return a label without brackets, in ASCII; nothing of one that is too long to name a time."""
    return text.translate(_PLAIN).strip() if len(text) <= _MAX_LABEL else ""
