"""Names: one of its own for every row of a table, whatever a spreadsheet made of them.

Spreadsheets read some gene names as dates or numbers, and keep those (Ziemann et al. 2016, doi
10.1186/s13059-016-1044-7); the human genes have other symbols since (Bruford et al. 2020, doi
10.1038/s41588-020-0669-3).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from phasecall.timecourse import Note

_NAMELESS = ("", "NA", "N/A", "#N/A", "NaN", "-", "--", "---", ".", "#NAME?", "#REF!", "#VALUE!")
"""What stands where a gene has no name."""

_MONTHS = {
    word: month
    for month, words in enumerate(
        (
            "jan january januar jän jänner janv janvier ene enero gen gennaio januari",
            "feb february februar févr février febrero febbraio februari",
            "mar march mär märz mrz mars marzo mrt maart",
            "apr april avr avril abr abril aprile",
            "may mai mayo mag maggio mei",
            "jun june juni juin junio giu giugno",
            "jul july juli juil juillet julio lug luglio",
            "aug august août ago agosto augustus",
            "sep sept september septembre septiembre set settembre",
            "oct october okt oktober octobre octubre ott ottobre",
            "nov november novembre noviembre",
            "dec december dez dezember déc décembre dic diciembre dicembre",
        ),
        start=1,
    )
    for word in words.split()
}
"""Months in English, German, French, Spanish, Italian and Dutch."""

_DAY_MONTH = re.compile(r"(\d{1,2})(?:\. ?|[-/ ])([^\W\d_]+)\.?(?:[-/. ](?:\d{2}|\d{4}))?")
# Spreadsheets write two digits then: sep-1 is a gene of the worm, Oct-4 another name of POU5F1.
_MONTH_DAY = re.compile(r"([A-Z][^\W\d_]+)[- ](\d{2})")
_ISO = re.compile(r"\d{4}-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(?:\d{4}|\d\d)", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.\d{4}", re.ASCII)

_FLOAT = re.compile(r"(\d)(?:[.,](\d+))?E\+(\d+)", re.ASCII | re.I)
_RIKEN = re.compile(r"\d{7}[A-Z]\d\d(?:Rik)?", re.ASCII)
_INTEGER = re.compile(r"\d{1,9}", re.ASCII)
_FIRST_DAY = date(1899, 12, 30)
_SERIALS = range(36526, 60001)
"""Numbers of days that stand for dates from the year 2000 on."""
_FEW = 0.2
"""Share of names that may be numbers where the others are none."""

_ORF = re.compile(r"Y[A-P][LR]\d{3}[WC](?:-[A-Z])?", re.ASCII | re.I)
_SYMBOLS = {
    "yeast": re.compile(rf"[A-Z]{{3}}\d+|{_ORF.pattern}", re.ASCII | re.I),
    "human": re.compile(r"(?!.*\d{5})(?:[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)*|C\d+orf\d+)", re.ASCII),
    "mouse": re.compile(r"[A-Z][a-z0-9]*[a-z][a-z0-9]*(?:-[A-Za-z0-9]+)*|\d{7}[A-Z]\d\dRik", re.ASCII),
}
"""What gene symbols look like; the first that most names look like holds."""
_MOST = 2 / 3
_SOME_ORFS = 0.05
"""Share of systematic names that a genome of yeast has at the least: a symbol alone could be a human one."""


class _Origin(NamedTuple):
    """Symbols that become a date: which days of a month, and what was typed on such a day."""

    organism: str
    month: int
    days: range
    symbols: tuple[str, ...]


_ORIGINS = (
    _Origin("human", 9, range(1, 15), ("SEPT{}",)),
    _Origin("human", 9, range(15, 16), ("SEP{}",)),
    _Origin("human", 3, range(1, 3), ("MARCH{}", "MARC{}")),
    _Origin("human", 3, range(3, 12), ("MARCH{}",)),
    # BHLHE40 goes by DEC1, too: whichever was meant, the name that was typed is the same. DEC2 never was a
    # symbol of its own, so that 2-Dec tells nothing.
    _Origin("human", 12, range(1, 2), ("DEC{}",)),
    _Origin("mouse", 9, range(1, 15), ("Sept{}",)),
    _Origin("mouse", 9, range(15, 16), ("Sep{}",)),
    _Origin("mouse", 3, range(1, 3), ("March{}", "Marc{}")),
    _Origin("mouse", 3, range(3, 12), ("March{}",)),
    _Origin("yeast", 10, range(1, 2), ("OCT{}",)),
)
"""Symbols that were approved until 2020, as they were typed; of yeast the one that SGD lists."""


def tidy_names(names: Sequence[str], places: Callable[[int], str]) -> tuple[list[str], list[Note]]:
    """Return a name of its own for every row, and notes on all that were not so.

    Names that a spreadsheet turned into dates or numbers are given back where only one symbol makes that date
    and the other names look like symbols of that organism; the others are left. Rows without a name get one
    by their line. Of rows with the same name the later ones are numbered. No row is lost.

    Parameters
    ----------
    names
        As they are in the table.
    places
        Row, counted from 0, to where it stands in the file, such as `line 5`.

    Returns
    -------
    names, notes
        Different names in the same order; notes `names_turned_into_dates`, `names_turned_into_numbers`,
        `unnamed_genes`, `numbered_names`.

    Examples
    --------
    >>> tidy_names(["CCNB1", "PLK1", "2-Sep", "", "CCNB1"], lambda row: f"line {row + 2}")[0]
    ['CCNB1', 'PLK1', 'SEPT2', 'unnamed#5', 'CCNB1#2']
    """
    tidy = [name.strip() for name in names]
    notes = []
    for mend in (_mend_dates, _mend_numbers, _name_unnamed):
        tidy, note = mend(tidy, places)
        notes += note
    tidy, note = number_names(tidy)
    return tidy, notes + note


def number_names(names: Sequence[str]) -> tuple[list[str], list[Note]]:
    """Return names of which none occurs twice, and a note where some did: the later ones are numbered.

    Examples
    --------
    >>> number_names(["a", "b", "a", "a", "a#2"])[0]
    ['a', 'b', 'a#3', 'a#4', 'a#2']
    """
    taken, seen = set(names), Counter[str]()
    unique, numbered = [], []
    for name in names:
        seen[name] += 1
        new = name
        while seen[name] > 1 and new in taken:
            new = f"{name}#{seen[name]}"
            seen[name] += new in taken
        if new != name:
            taken.add(new)
            numbered.append(new)
        unique.append(new)
    if not numbered:
        return unique, []
    text = f"names that occur more than once: {len(numbered)} later rows are numbered: {_list(numbered)}"
    return unique, [Note("numbered_names", text)]


def _mend_dates(names: list[str], places: Callable[[int], str]) -> tuple[list[str], list[Note]]:
    """Give back names that became dates, where that is certain."""
    dates = {row: days for row, name in enumerate(names) if (days := _read_date(name))}
    if not dates or 2 * len(dates) > len(names):
        return names, []
    organism = _tell_organism([name for row, name in enumerate(names) if row not in dates])
    origins = {
        row: [symbol for day in days for symbol in _trace(organism, *day)] for row, days in dates.items()
    }
    count = Counter([*names, *(one[0] for one in origins.values() if len(one) == 1)])
    sure = {row: one[0] for row, one in origins.items() if len(one) == 1 and count[one[0]] == 1}
    back = [f"{names[row]} ({places(row)}) is {symbol}" for row, symbol in sure.items()]
    left = [f"{names[row]} ({_say(places(row), origins[row])})" for row in dates if row not in sure]
    text = f"gene names that a spreadsheet turned into dates: {len(dates)}{_tell(back, left)}"
    mended = [sure.get(row, name) for row, name in enumerate(names)]
    return mended, [Note("names_turned_into_dates", text)]


def _mend_numbers(names: list[str], places: Callable[[int], str]) -> tuple[list[str], list[Note]]:
    """Give back names of clones that became numbers, where no digit is lost; tell of the others."""
    clones = any(map(_RIKEN.fullmatch, names))
    few = sum(bool(_INTEGER.fullmatch(name)) for name in names) <= _FEW * len(names)
    organism = _tell_organism(names)
    mended, back, left = list(names), [], []
    for row, name in enumerate(names):
        if found := _FLOAT.fullmatch(name):
            clone = _read_clone(*found.groups(default="")) if clones else ""
            if clone and clone not in mended:
                mended[row] = clone
                back.append(f"{name} ({places(row)}) is {clone}")
            else:
                left.append(f"{name} ({places(row)})")
        elif few and _INTEGER.fullmatch(name) and int(name) in _SERIALS:
            day = _FIRST_DAY + timedelta(days=int(name))
            if any(_trace(one, day.month, day.day) for one in _SYMBOLS):
                left.append(f"{name} ({_say(places(row), _trace(organism, day.month, day.day))})")
    if not back and not left:
        return names, []
    text = (
        f"numbers that a spreadsheet may have made of gene names: {len(back) + len(left)}{_tell(back, left)}"
    )
    return mended, [Note("names_turned_into_numbers", text)]


def _name_unnamed(names: list[str], places: Callable[[int], str]) -> tuple[list[str], list[Note]]:
    rows = [row for row, name in enumerate(names) if name in _NAMELESS]
    if not rows:
        return names, []
    new = {row: f"unnamed#{(re.findall(r'[0-9]+', places(row)) or [row + 1])[-1]}" for row in rows}
    shown = _list(list(new.values()))
    text = f"rows without a gene name: {len(rows)}, named by where they stand: {shown}"
    return [new.get(row, name) for row, name in enumerate(names)], [Note("unnamed_genes", text)]


def _read_date(text: str) -> list[tuple[int, int]]:
    """Return month and day of a text that is a date; both ways where the order is not known."""
    if found := _ISO.fullmatch(text):
        days = [(found[1], found[2])]
    elif found := _SLASHED.fullmatch(text):
        days = list(dict.fromkeys([(found[1], found[2]), (found[2], found[1])]))
    elif found := _DOTTED.fullmatch(text):
        days = [(found[2], found[1])]
    elif found := _DAY_MONTH.fullmatch(text):
        days = [(_MONTHS.get(found[2].lower(), 0), found[1])]
    elif (found := _MONTH_DAY.fullmatch(text)) and found[1][1:].islower():
        days = [(_MONTHS.get(found[1].lower(), 0), found[2])]
    else:
        return []
    numbers = [(int(month), int(day)) for month, day in days]
    return [(month, day) for month, day in numbers if 1 <= month <= 12 and 1 <= day <= 31]


def _read_clone(first: str, others: str, exponent: str) -> str:
    """Return a RIKEN clone, 7 digits and E and 2, of its number; empty where digits may have been cut off."""
    place = int(exponent) - 6
    return f"{first}{others}E{place:02d}" if len(others) == 6 and 0 <= place <= 99 else ""


def _tell_organism(names: Sequence[str]) -> str:
    """Return whose symbols most names look like; empty if none's."""
    named = [name for name in names if name not in _NAMELESS and not name.startswith("ENS")]
    orfs = sum(bool(_ORF.fullmatch(name)) for name in named)
    for organism, symbol in _SYMBOLS.items():
        alike = sum(bool(symbol.fullmatch(name)) for name in named)
        if alike > _MOST * len(named) and (organism == "yeast") == (orfs > _SOME_ORFS * len(named)):
            return organism
    return ""


def _trace(organism: str, month: int, day: int) -> list[str]:
    """Return the symbols of an organism that become a date."""
    return [
        symbol.format(day)
        for origin in _ORIGINS
        if origin.organism == organism and origin.month == month and day in origin.days
        for symbol in origin.symbols
    ]


def _say(place: str, symbols: Sequence[str]) -> str:
    return f"{place}; {' or '.join(symbols)}" if symbols else place


def _tell(back: Sequence[str], left: Sequence[str]) -> str:
    """Return which names are given back and which are not."""
    text = f"; given back as typed: {_list(back)}" if back else ""
    return text + (f"; left, since not certain: {_list(left)}" if left else "")


def _list(parts: Sequence[str], most: int = 30) -> str:
    """Return some of many, and how many more there are."""
    more = [f"{len(parts) - most} more"] if len(parts) > most else []
    return ", ".join([*parts[:most], *more])
