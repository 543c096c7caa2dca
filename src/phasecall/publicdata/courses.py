"""Courses: the public time courses, each brought to genes x minutes, and nothing of it lost."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from phasecall.errors import InputError, find_row
from phasecall.publicdata.annotations import load_orfs, orf_of_name
from phasecall.publicdata.folder import text_of_dataset
from phasecall.publicdata.table import PUBLIC, PublicDataset

if TYPE_CHECKING:
    from phasecall.timecourse import Note, TimeCourse

_SEVERAL = " /// "
"""What parts the genes of a probe set that matches several."""


def load_public(key: str) -> TimeCourse:
    """Load a public time course from the folder of public data.

    No row is left out: of rows with the same name the later ones are numbered, `NAME#2`. Rows named by gene
    get the names of their ORFs where SGD knows them. Ratios become log2 ratios. Notes say what was done.

    Parameters
    ----------
    key
        A key of `PUBLIC` whose kind is `time course`.

    Returns
    -------
    course
        Named by the key; its notes say what to know about the measurements.

    Raises
    ------
    MissingDataError
        If its file, or one that it needs, is not here.
    InputError
        If there is no such data set, it is no time course, or its file is not the one expected.
    """
    import numpy as np

    from phasecall.io.courses import course_from
    from phasecall.io.names import number_names
    from phasecall.io.sheet import cut
    from phasecall.timecourse import Note

    dataset = find_row(PUBLIC, key, "public data set")
    if dataset.kind != "time course":
        raise InputError(
            f"'{key}' is no time course",
            expected=f"one of {', '.join(row.key for row in PUBLIC.values() if row.kind == 'time course')}",
            found=f"{dataset.title}: {dataset.kind}",
        )
    text, _ = text_of_dataset(dataset)
    rows = [list(row) for row in cut(text, dataset.file).rows]
    if dataset.columns is not None:
        rows = _chosen(rows, dataset)
    names, notes = [row[0] for row in rows[1:]], [Note(code, text) for code, text in dataset.traits]
    if dataset.by_name:
        names, note = _by_orf(names)
        notes.append(note)
    names, numbered = number_names(names)
    table = [rows[0], *([name, *row[1:]] for name, row in zip(names, rows[1:], strict=True))]
    course = course_from(_tsv(table), dataset.file, name=key, sync=dataset.sync)
    if dataset.ratios:
        if np.nanmin(course.values) <= 0:
            raise InputError("a ratio is not above 0", where=dataset.file)
        course = replace(course, values=np.log2(course.values))
        notes.append(Note("log2", "the file holds ratios: their log2 was taken"))
    return replace(course, notes=(*course.notes, *notes, *numbered))


def export_public(key: str, path: str | os.PathLike[str]) -> Path:
    """Write a public time course, as it is loaded, as a table that `phasecall call` reads.

    Parameters
    ----------
    key
        A key of `PUBLIC` whose kind is `time course`.
    path
        A file whose suffix names its format: `phasecall.io.coursefile`.

    Returns
    -------
    path
        The file written.

    Raises
    ------
    InputError
        If the course cannot be loaded, or the file cannot be written.
    """
    from phasecall.io.coursefile import write_course

    write_course(load_public(key), path)
    return Path(path)


def _chosen(rows: Sequence[list[str]], dataset: PublicDataset) -> list[list[str]]:
    """Return the columns of one experiment: those whose label is its name and a time."""
    wanted = re.compile(rf"{dataset.columns}\d+")
    columns = [index for index, label in enumerate(rows[0]) if wanted.fullmatch(label)]
    return [[row[0], *(row[column] for column in columns)] for row in rows]


def _by_orf(names: Sequence[str]) -> tuple[list[str], Note]:
    """Return names with those of genes turned into their ORFs, and a note on those that are left."""
    from phasecall.timecourse import Note

    orf = orf_of_name(load_orfs())
    left = [name for name in names if name not in orf]
    several = [name for name in left if _SEVERAL in name]
    unknown = [name for name in left if _SEVERAL not in name]
    text = f"{len(names) - len(left)} of {len(names)} names were turned into ORFs by SGD's table, "
    text += f"{len(left)} not: {len(several)} of several genes, {len(unknown)} that SGD does not know"
    text += f" ({', '.join(unknown)})" if unknown else ""
    return [orf.get(name, name) for name in names], Note("names", text)


def _tsv(rows: Sequence[Sequence[str]]) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)
