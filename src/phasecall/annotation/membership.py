"""Membership: which measured genes the sets of some files hold, each gene counted once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.genesets import PROCESS, GeneSet, GeneSets
from phasecall.timecourse import Note

Mask = NDArray[np.bool_]
Columns = Mapping[str, Any]
"""Column name to n values, in the order of the table."""

LEAST, MOST = 3, 500
"""Sizes of the sets that are looked at, in measured genes: fewer tell nothing, and what more have in common
is hardly a function. The same bounds, or 15 and 500, are usual elsewhere."""

_NUMBER = re.compile(r"#\d+$")
"""How later rows of a gene are numbered."""


@dataclass(frozen=True, eq=False)
class Membership:
    """The measured genes, one row each, and the sets that hold them.

    Parameters
    ----------
    names
        What the rows are called in the table, shape (n,).
    rows
        Their places in the table, shape (n,).
    sets
        Those of a size that is looked at.
    holds
        Which set holds which gene, shape (n, n_sets).
    unknown
        Whether a gene has no known function, shape (n,): no set holds it, of any size; of GO no process, and
        GO's file names it: of other names not even that is known.
    notes
        What was left out, and why.
    """

    names: tuple[str, ...]
    rows: NDArray[np.int64]
    sets: tuple[GeneSet, ...]
    holds: Mask
    unknown: Mask
    notes: tuple[Note, ...] = ()

    def columns(self, place: Sequence[int] | NDArray[np.int64]) -> dict[str, Any]:
        """Return the columns that say which set a row of a table is about."""
        chosen = [self.sets[index] for index in place]
        return {
            "set": tuple(one.name for one in chosen),
            "title": tuple(one.title for one in chosen),
            "aspect": tuple(one.aspect for one in chosen),
        }

    def join(self, mask: Mask) -> str:
        """Return the names of some genes, joined by `;`."""
        return ";".join(self.names[row] for row in np.flatnonzero(mask))


def fit_sets(
    files: Sequence[GeneSets], genes: Sequence[str], measured: Mask, *, least: int = LEAST, most: int = MOST
) -> Membership:
    r"""Return which measured genes the sets of some files hold.

    A gene is known by any of its names (`phasecall.genesets.GeneSets.find`). Of several rows of one gene the
    first that was measured stands for it. A set that two files name alike is one set.

    Parameters
    ----------
    files
        One or more.
    genes
        Names in the table.
    measured
        Which of its rows can be called, shape (len(genes),): they are the background.
    least, most
        Sizes of the sets that are looked at, in measured genes.

    Raises
    ------
    InputError
        If no measured gene is in the files, or no set has such a size.

    Examples
    --------
    >>> from phasecall.genesets import sets_from
    >>> sets = sets_from("cyclins\tna\tCLN1\tCLN2\tCLN3\tCLB1\n", "sets.gmt")
    >>> genes = ["CLN1", "CLN2;YPL256C", "CLN3", "CLN3#2", "ACT1"]
    >>> found = fit_sets([sets], genes, np.array([True] * 5))
    >>> found.names, found.holds[:, 0].tolist()
    (('CLN1', 'CLN2;YPL256C', 'CLN3', 'ACT1'), [True, True, True, False])
    """
    rows, keys = _choose_rows(files, genes, measured)
    place = {key: index for index, own in enumerate(keys) for key in own if key is not None}
    if not place:
        raise _have_none_in_common(files, genes)
    found = list(_place_sets(files, place))
    size = np.array([len(own) for _, own in found])
    kept = [index for index in range(len(found)) if least <= size[index] <= most]
    if not kept:
        raise InputError(
            f"no gene set has {least} to {most} measured genes",
            found=f"{len(found)} sets, the largest of {size.max()}",
            fix="--min-size and --max-size set the bounds",
        )
    holds = np.zeros((len(rows), len(kept)), dtype=bool)
    for column, index in enumerate(kept):
        holds[sorted(found[index][1]), column] = True
    held = set[int]().union(*(own for one, own in found if one.aspect in ("", PROCESS)))
    about_go = any(one.aspect for one, _ in found)
    unknown = np.array([i not in held and (not about_go or any(own)) for i, own in enumerate(keys)])
    notes = (
        *(note for file in files for note in file.notes),
        *_notice_genes(files, genes, measured, keys),
        *_notice_sizes(size, least, most),
    )
    names = tuple(genes[row] for row in rows)
    return Membership(names, rows, tuple(found[index][0] for index in kept), holds, unknown, notes)


def _have_none_in_common(files: Sequence[GeneSets], genes: Sequence[str]) -> InputError:
    return InputError(
        "no measured gene is in the gene sets",
        expected=f"gene names such as {', '.join(genes[:3])}",
        found=f"genes such as {', '.join(files[0].sets[0].genes[:3])}",
        where=", ".join(file.source for file in files),
        fix="name genes alike in both; --genes HEADER calls them by another column of the course",
    )


_Keys = list[tuple[str | None, ...]]


def _choose_rows(
    files: Sequence[GeneSets], genes: Sequence[str], measured: Mask
) -> tuple[NDArray[np.int64], _Keys]:
    """Return one row a measured gene, and what each file calls it; dubious ones are left out."""
    rows: list[int] = []
    keys: _Keys = []
    seen: set[tuple[int, str]] = set()
    for row in np.flatnonzero(measured).tolist():
        own = tuple(file.find(genes[row]) for file in files)
        if any(key in file.dubious for file, key in zip(files, own, strict=True)):
            continue
        names = {(number, key) for number, key in enumerate(own) if key is not None}
        names |= {(-1, _NUMBER.sub("", genes[row]).casefold())} if not names else set()
        if not names & seen:
            rows.append(row)
            keys.append(tuple(key and f"{number}:{key}" for number, key in enumerate(own)))
        seen |= names
    return np.array(rows, dtype=np.int64), keys


def _place_sets(files: Sequence[GeneSets], place: Mapping[str, int]) -> Iterator[tuple[GeneSet, set[int]]]:
    """Give each set and the places of its measured genes; sets of one name and aspect are joined."""
    joined: dict[tuple[str, str], tuple[GeneSet, set[int]]] = {}
    for number, file in enumerate(files):
        for one in file.sets:
            own = {place[key] for gene in one.genes if (key := f"{number}:{gene}") in place}
            first, places = joined.setdefault((one.name, one.aspect), (one, set()))
            # Of two titles the one that is more than a name.
            best = one if first.title == first.name else first
            joined[one.name, one.aspect] = (best, places | own)
    yield from joined.values()


def _notice_genes(
    files: Sequence[GeneSets], genes: Sequence[str], measured: Mask, keys: _Keys
) -> Iterator[Note]:
    named = sum(any(key is not None for key in own) for own in keys)
    text = f"{len(keys)} genes were measured; {named} of them are in the gene sets' files"
    missing = sum(all(file.find(name) is None for file in files) for name in np.array(genes)[measured])
    if missing:
        text += f", {missing} names are not: they stay in the background, in no set"
    yield Note("background", text)
    dubious = sum(
        any(file.find(name) in file.dubious for file in files) for name in np.array(genes)[measured]
    )
    if dubious:
        yield Note("dubious_genes", f"dubious ORFs, which the file takes for no genes, left out: {dubious}")


def _notice_sizes(size: NDArray[np.int64], least: int, most: int) -> Iterator[Note]:
    small, large = int((size < least).sum()), int((size > most).sum())
    if small or large:
        text = f"gene sets left out: {small} of under {least} measured genes, {large} of over {most}"
        yield Note("sets_left_out", text)
