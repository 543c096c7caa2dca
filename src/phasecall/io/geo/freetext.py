"""Free text: the times, replicates, swapped dyes and synchronisations that descriptions of samples name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["unit", "word", "number"]
"""What says that a number is a time: its unit; a word for time before it; nothing."""

# No title is longer; matching stays cheap whatever a file holds.
_MAX_TEXT = 400
_FLAGS = re.IGNORECASE
_N = r"\d{1,6}(?:\.\d{1,6})?"
_SIGNED = rf"(?<![\d.])(?<!\d,)(?P<number>(?:(?<![A-Za-z0-9)\]])[-+])?{_N})"
_END = r"(?![A-Za-z0-9])"
_LONG = r"hours?|hrs?|hp[irft]|h|minutes?|mins?|seconds?|secs?|days?"
_SHORT = r"(?-i:m|s|d)"
_TIME_WORD = r"time[\s_-]*points?|time|tp|t"

_MINUTES = {"h": 60.0, "m": 1.0, "s": 1.0 / 60.0, "d": 1440.0, "'": 1.0, "\u2032": 1.0}


@dataclass(frozen=True)
class Mark:
    """A number in a text that may be a time.

    Parameters
    ----------
    number
        As written.
    minutes
        Minutes in its unit; None where no unit is said.
    kind
        What says that it is a time.
    start, end
        Where in the text it stands.
    """

    number: float
    minutes: float | None
    kind: Kind
    start: int
    end: int


def _per(unit: str) -> float:
    return _MINUTES[unit[0].lower()]


def _united(match: re.Match[str]) -> tuple[float, float | None]:
    return float(match["number"]), _per(match["unit"])


def _hours_and_minutes(match: re.Match[str]) -> tuple[float, float | None]:
    return 60.0 * float(match["hours"]) + float(match["minutes"]), 1.0


def _bare(match: re.Match[str]) -> tuple[float, float | None]:
    return float(match["number"]), None


# How times are written, the surest first; what one pattern has read, no later one reads again.
_PATTERNS: tuple[tuple[re.Pattern[str], Kind, Callable[[re.Match[str]], tuple[float, float | None]]], ...] = (
    # zero time point; time zero
    (
        re.compile(
            r"\bzero[\s_-]*time(?:[\s_-]*points?)?\b|\b(?:time[\s_-]*(?:point)?|t)[\s_-]*zero\b", _FLAGS
        ),
        "unit",
        lambda _: (0.0, 1.0),
    ),
    # 1 hr 30 min; 1h30
    (
        re.compile(
            rf"(?<![\d.])(?<!\d,)(?P<hours>\d{{1,3}})[\s_-]*(?:hours?|hrs?|h)[\s_,-]*(?:and\s+)?"
            rf"(?P<minutes>\d{{1,2}})[\s_-]*(?:minutes?|mins?|m){_END}",
            _FLAGS,
        ),
        "unit",
        _hours_and_minutes,
    ),
    (
        re.compile(rf"(?<![\d.])(?<!\d,)(?P<hours>\d{{1,3}})h(?P<minutes>[0-5]\d){_END}", _FLAGS),
        "unit",
        _hours_and_minutes,
    ),
    # 00:30
    (
        re.compile(r"(?<![\d:.])(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d)(?::[0-5]\d)?(?![\d:])"),
        "unit",
        _hours_and_minutes,
    ),
    # ZT4, CT 18
    (
        re.compile(
            rf"(?<![A-Za-z])(?:ZT|CT)[\s_:=.-]*(?P<number>{_N})(?P<unit>\s?h(?:ou)?(?:rs?)?)?{_END}", _FLAGS
        ),
        "unit",
        lambda match: (float(match["number"]), 60.0),
    ),
    # 30 min, 1.5h, 30'
    (re.compile(rf"{_SIGNED}[\s_-]*(?P<unit>{_LONG}){_END}", _FLAGS), "unit", _united),
    (re.compile(rf"{_SIGNED}(?P<unit>{_SHORT}){_END}", _FLAGS), "unit", _united),
    (re.compile(rf"{_SIGNED}\s?(?P<unit>['\u2032])(?![\w'\u2032-])"), "unit", _united),
    # hour 3, min_30
    (
        re.compile(
            rf"(?<![A-Za-z])(?P<unit>minutes?|mins?|hours?|hrs?|days?)[\s_=:#.-]*(?P<number>{_N}){_END}",
            _FLAGS,
        ),
        "unit",
        _united,
    ),
    # t = 30, T30, time point 5
    (re.compile(rf"(?<![A-Za-z])(?:{_TIME_WORD})[\s_=:#.]*{_SIGNED}{_END}", _FLAGS), "word", _bare),
    (re.compile(rf"(?<![A-Za-z])(?:{_TIME_WORD})[\s_=:#.-]*(?P<number>{_N}){_END}", _FLAGS), "word", _bare),
    (re.compile(rf"(?<![\d.])(?<!\d,)(?P<number>{_N})(?![\d.,]*\d)", _FLAGS), "number", _bare),
)

# Numbers with another unit are no times; they stay in the text, since they may tell conditions apart.
_QUANTITY = re.compile(
    rf"(?<![\d.]){_N}(?:\s*(?:-|to)\s*{_N})?[\s_-]*"
    r"(?:weeks?|wks?|months?|years?|yrs?|degrees?|rpm|kbp?|bp|(?-i:[mnu\u00b5\u03bc]?[MgLl]|\u00b0\s?C|C)|%|\u00b0)"
    r"(?![A-Za-z0-9])",
    _FLAGS,
)
_REPLICATE = re.compile(
    r"(?<![A-Za-z])(?:(?:biological|technical|independent|bio|tech)[\s_.-]*)?"
    r"(?:replicates?|repeats?|rep)[\s_.#:-]*(?:no\.?\s*)?(?:\d{1,3}|[A-Za-z])?"
    rf"{_END}|(?<![A-Za-z0-9])(?:b?r|tr|bio|tech)\d{{1,2}}{_END}",
    _FLAGS,
)
# Alone, reversed may be said of light or food as well.
_SWAP = re.compile(
    r"(?<![A-Za-z])(?:dye|fluor|label|colou?r)[\s_-]*(?:swap(?:ped)?|flip(?:ped)?|revers(?:ed?|al))(?![a-z])"
    r"|(?<![A-Za-z])(?:revers(?:ed?|al)|swap(?:ped)?|flip(?:ped)?)[\s_-]*(?:of\s)?(?:the\s)?"
    r"(?:dyes?|label(?:s|l?ing)?|colou?rs?)(?![A-Za-z])"
    r"|(?<![A-Za-z])swap(?:ped)?(?![A-Za-z])|\(reversed?\)",
    _FLAGS,
)
_ASYNCHRONOUS = re.compile(r"async|(?<![A-Za-z])(?:un|non-?)synchroni[sz]ed", _FLAGS)
_LEFTOVER = re.compile(
    rf"(?<![A-Za-z])(?:{_TIME_WORD}|after|post|at|ZT|CT|min(?:ute)?s?|hours?|hrs?|days?){_END}", _FLAGS
)
_PUNCTUATION = re.compile(r"[^\w+%\u0394]|_")

_TIME_KEY = re.compile(
    r"(?<![a-z])(?:time|times|time[\s_-]*points?|timepoints?|minutes?|mins?|hours?|hrs?|age|zt|ct|zeitgeber)(?![a-z])",
    _FLAGS,
)
_UNIT_OF_KEY = re.compile(
    r"(?<![a-z])(?:(?P<unit>h(?:ou)?(?:rs?)?|min(?:ute)?s?|sec(?:ond)?s?|days?)|zt|ct|zeitgeber|circadian)(?![a-z])",
    _FLAGS,
)

SYNC_WORDS: tuple[tuple[str, str, str], ...] = (
    # key of the synchronisation, whose cells, how it is written; a row beats those below it
    ("nocodazole-yeast", "Saccharomyces cerevisiae", r"nocodazole"),
    ("hydroxyurea-yeast", "Saccharomyces cerevisiae", r"hydroxyurea"),
    ("nocodazole", "Homo sapiens", r"nocodazole|thy(?:midine)?[\s_-]*noc(?![a-z])"),
    ("thymidine", "Homo sapiens", r"thymidine|thy[\s_-]*thy"),
    ("hydroxyurea", "Homo sapiens", r"hydroxyurea"),
    ("serum", "Homo sapiens", r"serum[\s_-]*(?:starv|stimul|depriv|re-?addition|release)"),
    (
        "alpha",
        "Saccharomyces cerevisiae",
        r"(?:alpha|\u03b1)[\s_-]*(?:mating[\s_-]*)?factor|pheromone|(?:alpha|\u03b1)[\s_-]*(?:arrest|release|block)"
        r"|^(?:alpha|\u03b1)(?![a-z])",
    ),
    ("cdc15", "Saccharomyces cerevisiae", r"(?<![a-z])cdc15(?!\d)"),
    ("cdc28", "Saccharomyces cerevisiae", r"(?<![a-z])cdc28(?!\d)"),
    ("elutriation", "Saccharomyces cerevisiae", r"elutriat\w*|(?<![a-z])elu(?![a-z])"),
)
"""The words that name a synchronisation of `phasecall.clock`, whose start is known for these cells only."""

_SYNCS = [(key, organism, re.compile(words, _FLAGS)) for key, organism, words in SYNC_WORDS]


@lru_cache(maxsize=1 << 14)
def marks_in(text: str) -> tuple[Mark, ...]:
    """Return the numbers in a text that may be times, the surest first.

    Examples
    --------
    >>> [(mark.number, mark.minutes, mark.kind) for mark in marks_in("cdc15 release at 37 C, 1 hr 10 min")]
    [(70.0, 1.0, 'unit'), (15.0, None, 'number')]
    """
    left = _QUANTITY.sub(_blank, text[:_MAX_TEXT])
    marks: list[Mark] = []
    for pattern, kind, read in _PATTERNS:
        for match in pattern.finditer(left):
            number, minutes = read(match)
            marks.append(Mark(number, minutes, kind, match.start(), match.end()))
        left = pattern.sub(_blank, left)
    order = {"unit": 0, "word": 1, "number": 2}
    return tuple(sorted(marks, key=lambda mark: (order[mark.kind], mark.start)))


def residue_of(text: str, span: tuple[int, int] | None = None) -> str:
    """Return what a text says beside times, replicates and swapped dyes.

    Parameters
    ----------
    text
        A title, for example.
    span
        Where a number stands that nothing but its place tells for a time.

    Examples
    --------
    >>> residue_of("Wild type, 30 minutes, replicate 2"), residue_of("clb mutant 2 (dye swap), t = 70 min")
    ('Wild type', 'clb mutant 2')
    """
    left = text[:_MAX_TEXT]
    if span:
        left = left[: span[0]] + " " * (span[1] - span[0]) + left[span[1] :]
    for mark in marks_in(left):
        if mark.kind != "number":
            left = left[: mark.start] + " " * (mark.end - mark.start) + left[mark.end :]
    for pattern in (_REPLICATE, _SWAP, _LEFTOVER):
        left = pattern.sub(_blank, left)
    return " ".join(_PUNCTUATION.sub(" ", left).split())


def tells_swap(text: str) -> bool:
    """Return whether a text says that dyes were swapped.

    Examples
    --------
    >>> tells_swap("dye-swap alpha 30 min"), tells_swap("reverse transcription")
    (True, False)
    """
    return _SWAP.search(text[:_MAX_TEXT]) is not None


def tells_asynchrony(text: str) -> bool:
    """Return whether a text names cells that were not synchronised.

    Examples
    --------
    >>> tells_asynchrony("unsynchronised control"), tells_asynchrony("synchronised")
    (True, False)
    """
    return _ASYNCHRONOUS.search(text[:_MAX_TEXT]) is not None


def names_time(key: str) -> bool:
    """Return whether a characteristic of this key is a time.

    Examples
    --------
    >>> names_time("time point"), names_time("hours after release"), names_time("strain")
    (True, True, False)
    """
    return _TIME_KEY.search(key[:_MAX_TEXT]) is not None


def unit_of_key(key: str) -> float | None:
    """Return the minutes in the unit that the key of a characteristic names; None where it names none.

    Examples
    --------
    >>> unit_of_key("time (min)"), unit_of_key("hours after release"), unit_of_key("time")
    (1.0, 60.0, None)
    """
    match = _UNIT_OF_KEY.search(key[:_MAX_TEXT])
    if match is None:
        return None
    return _per(match["unit"] or "h")


def find_sync(texts: Sequence[str], organism: str) -> tuple[str, str] | None:
    """Return the one synchronisation that some texts name, and the words that do; None if none or several.

    Parameters
    ----------
    texts
        Titles, for example.
    organism
        Whose cells they are; where it is not said (empty), the words alone decide.

    Examples
    --------
    >>> find_sync(["Thy-Thy 3, 12 hr"], "Homo sapiens"), find_sync(["elutriated"], "Mus musculus")
    (('thymidine', 'Thy-Thy'), None)
    """
    found: dict[str, str] = {}
    for text in dict.fromkeys(texts):
        for key, cells, pattern in _SYNCS:
            match = pattern.search(text[:_MAX_TEXT]) if organism in ("", cells) else None
            if match and not (organism == "" and key.endswith("-yeast")):
                found.setdefault(key, match[0])
                break
    return found.popitem() if len(found) == 1 else None


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
