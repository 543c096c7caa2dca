"""Columns: which of a table's columns were measured, when, and in which experiment.

| column | what becomes of it |
|---|---|
| named by a time | a measurement |
| without a value, and named by no time | left out: it parts others |
| text | left out with a note: a description of the gene |
| numbers, named by no time | left out with a note, where at least as many columns have a time |
| times of another experiment | kept apart by what stands before a time (`alpha7`, `cdc15_10`) or behind it |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from phasecall.errors import InputError
from phasecall.io.cells import is_missing, is_number
from phasecall.io.grid import Grid
from phasecall.io.header import TIME_WORDS, Label, labels_from, listed
from phasecall.io.timing import counts_only, how_to_time, refuse_counting
from phasecall.timecourse import Note

LEAST_TIMES = 3
"""So many different times make columns of one name an experiment of its own."""

_LOOKED_AT = 200
"""Rows that tell what a column holds."""
_PARTING = re.compile(r"[\s_.,;:/\-()\[\]{}]+")
_ID = re.compile(r"^((?!(?:zt|ct|tp|t|time|h|min)\d)[a-z]+)\d+$", re.ASCII | re.IGNORECASE)
# What is no measurement, but tells of one.
_SPREADS = {
    "sd",
    "se",
    "sem",
    "std",
    "stdev",
    "stderr",
    "cv",
    "var",
    "variance",
    "pval",
    "pvalue",
    "padj",
    "fdr",
}
_SPREADS |= {"qval", "qvalue", "flag", "flags"}
# Words that name no experiment.
_WORDS = TIME_WORDS | {"gene", "g", "value"}


@dataclass(frozen=True)
class Columns:
    """The columns of one experiment.

    Parameters
    ----------
    name
        What the header calls it; empty where it does not.
    places
        Which columns of the grid.
    labels
        What these are called; empty where something else than the header says when they were measured.
    minutes
        When they were measured, where something else says so.
    signs
        -1 for columns whose ratios are upside down; empty where none is.
    """

    name: str
    places: tuple[int, ...]
    labels: tuple[Label, ...]
    minutes: tuple[float, ...] = ()
    signs: tuple[float, ...] = ()

    def n_times(self) -> int:
        """Return how many different times the labels name."""
        return len({(label.number, label.minutes) for label in self.labels})


def sort_columns(
    grid: Grid,
    read: Callable[[Sequence[str]], list[Label | None]] = labels_from,
    *,
    counted: bool = False,
) -> tuple[list[Columns], list[Note]]:
    r"""Sort the columns of a table into experiments, and leave out those that are no measurements.

    Parameters
    ----------
    grid
        Genes in rows.
    read
        What reads the labels of the header.
    counted
        Whether numbers that only count, `run_1, run_2, run_3`, are known to be times.

    Returns
    -------
    experiments, notes
        At least one, in the order of the file, and what was left out.

    Raises
    ------
    InputError
        If no column has a time, or too few of those that could be measurements.

    Examples
    --------
    >>> from phasecall.io.grid import framed
    >>> from phasecall.io.sheet import cut
    >>> text = "gene,what,alpha0,alpha7,alpha14,cdc15,cdc15_10,cdc15_30,cdc15_50\nCLN2,a cyclin,1,2,3,,4,5,6"
    >>> experiments, notes = sort_columns(framed(cut(text, "both.csv"), row_names=False))
    >>> [(one.name, one.places) for one in experiments], notes[0].text[:35]
    ([('alpha', (1, 2, 3)), ('cdc15', (5, 6, 7))], '1 column of text was left out: what')
    """
    kinds = kinds_of(grid)
    labels: list[Label | None] = read(grid.labels)
    timed = [
        place for place, label in enumerate(labels) if label is not None and _may_be_time(label, kinds[place])
    ]
    if not timed:
        raise InputError(
            "no times in the header",
            expected="columns such as 40, 40min, 1.5h, T40, ZT4 or cdc15_40",
            found=listed(grid.labels),
            where=grid.place_of_label(0),
            fix=how_to_time(grid),
        )
    experiments, beside = _group(grid, {place: labels[place] for place in timed}, kinds, counted=counted)
    taken = {place for one in experiments for place in one.places}
    left = [place for place in range(len(labels)) if place not in taken and kinds[place] != "empty"]
    texts = [place for place in left if kinds[place] == "text"]
    figures = [place for place in left if kinds[place] != "text"]
    _refuse_untimed(grid, [place for place in figures if place not in beside], taken)
    return experiments, [*tell_left(_named(grid, texts), _named(grid, figures))]


def tell_left(texts: Sequence[str], figures: Sequence[str]) -> Iterator[Note]:
    """Yield notes that name the columns of text and those of numbers that were left out.

    Examples
    --------
    >>> [note.text for note in tell_left(["symbol"], [])]
    ['1 column of text was left out: symbol; --genes takes one for names']
    """
    for labels, what in ((texts, "of text"), (figures, "without a time")):
        if labels:
            many = "column" if len(labels) == 1 else "columns"
            was = "was" if len(labels) == 1 else "were"
            text = f"{len(labels)} {many} {what} {was} left out: {listed(labels)}"
            hint = "; --genes takes one for names" if what == "of text" else ""
            yield Note("columns_left_out", text + hint)


def _named(grid: Grid, places: Sequence[int]) -> list[str]:
    return [grid.labels[place] for place in places]


def _may_be_time(label: Label, kind: str) -> bool:
    # Text below a label that is surely a time is a fault in a cell, to be told; an empty column with a time
    # in its name is a time at which nothing was measured.
    return kind == "numbers" or label.sure or (kind == "empty" and bool(label.prefix))


def kinds_of(grid: Grid) -> list[str]:
    """Return of each column whether it holds numbers, text or nothing, by some of its rows."""
    if not isinstance(grid.cells, Sequence):
        values = grid.cells if not grid.transposed else grid.cells.T
        return ["empty" if np.isnan(column).all() else "numbers" for column in values.T]
    if grid.transposed:
        return [_kind_of(row) for row in grid.cells]
    step = max(1, len(grid.cells) // _LOOKED_AT)
    rows = [grid.cells[row] for row in range(0, len(grid.cells), step)]
    kinds = [_kind_of([row[place] for row in rows]) for place in range(len(grid.labels))]
    empty = [place for place, kind in enumerate(kinds) if kind == "empty"]
    if empty and step > 1:
        held = {place for row in grid.cells for place in empty if not is_missing(row[place])}
        kinds = ["numbers" if place in held else kind for place, kind in enumerate(kinds)]
    return kinds


def _kind_of(cells: Sequence[str]) -> str:
    there = [cell for cell in cells[:_LOOKED_AT] if not is_missing(cell)]
    if not there and all(map(is_missing, cells)):
        return "empty"
    figures = sum(map(is_number, there))
    return "numbers" if 2 * figures > len(there) or not there else "text"


def _group(
    grid: Grid, labels: Mapping[int, Label | None], kinds: Sequence[str], *, counted: bool
) -> tuple[list[Columns], set[int]]:
    """Return the experiments, and the columns that have a time and belong to none."""
    own = {place: label for place, label in labels.items() if label is not None}
    spreads = {place for place, label in own.items() if _is_spread(label)}
    groups = _by_experiment(
        {place: label for place, label in own.items() if place not in spreads or len(spreads) == len(own)}
    )
    filled = {
        key: places for key, places in groups.items() if any(kinds[place] == "numbers" for place in places)
    }
    found = [
        Columns(name, tuple(places), tuple(own[place] for place in places))
        for name, places in (filled or groups).items()
    ]
    if len(found) == 1:
        if not counted:
            refuse_counting(grid, found[0].labels)
        return found, spreads
    main = [one for one in found if one.n_times() >= LEAST_TIMES and (counted or not counts_only(one.labels))]
    held_by_main = sum(len(one.places) for one in main)
    beside = {place for one in found if one not in main for place in one.places}
    if not main or held_by_main < len(beside):
        held = ", ".join(f"'{one.name}' ({len(one.places)} columns)" for one in found[:6])
        raise InputError(
            "the header names more than one experiment",
            expected=f"experiments of {LEAST_TIMES} different times or more",
            found=held,
            where=grid.place_of_label(0),
            fix="keep the columns of one experiment, or give all columns the same prefix",
        )
    return main, beside | spreads


def _by_experiment(labels: Mapping[int, Label]) -> dict[str, list[int]]:
    """Return the places of each experiment's columns, by its name."""
    named = {place: _words_of(label) for place, label in labels.items()}
    groups = _gather(named)
    if len(groups) == len(labels) >= LEAST_TIMES:
        # Every column has a name of its own: a number in it may be that of the sample, as in GSM81_0min.
        bare = _gather({place: [_ID.sub(r"\1", word) for word in words] for place, words in named.items()})
        if all(len({labels[place].number for place in places}) >= LEAST_TIMES for places in bare.values()):
            return bare
    return groups


def _gather(named: Mapping[int, Sequence[str]]) -> dict[str, list[int]]:
    keys: dict[str, str] = {}
    groups: dict[str, list[int]] = {}
    for place, words in named.items():
        name = keys.setdefault("_".join(words).lower(), "_".join(words))
        groups.setdefault(name, []).append(place)
    return groups


def _words_of(label: Label) -> list[str]:
    """Return the words of a label that may name an experiment, before the time and behind it."""
    before = [word for word in _PARTING.split(label.prefix) if word and not _is_word_of_replicate(word)]
    behind = [word for word in _PARTING.split(label.condition) if word]
    return [word for word in (*before, *behind) if word.lower() not in _WORDS]


def _is_word_of_replicate(word: str) -> bool:
    bare = word.lower().rstrip("0123456789")
    return (
        bare in ("", "replicate", "repeat", "rep", "biorep", "techrep", "bio", "tech", "r") and word != bare
    )


def _is_spread(label: Label) -> bool:
    """Return whether a label names what is told of a measurement, as its standard deviation."""
    words = [word.lower() for word in _PARTING.split(f"{label.prefix} {label.condition}") if word]
    return not _SPREADS.isdisjoint(words) or "p_value" in "_".join(words)


def _refuse_untimed(grid: Grid, untimed: Sequence[int], taken: set[int]) -> None:
    """Refuse to leave out more numbers than are kept: they may well be the measurements."""
    if len(untimed) >= len(taken):
        shown = listed([grid.labels[place] for place in untimed])
        raise InputError(
            "some columns carry no time",
            found=f"{len(untimed)} of {len(grid.labels)}: {shown}",
            where=grid.place_of_label(untimed[0]),
            fix="name them by their time, or leave out those that are no measurements",
        )
