"""Datasets: the real measurements that come with phasecall, and where they are from."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from phasecall.errors import InputError, find_row

if TYPE_CHECKING:
    from phasecall.timecourse import Note, TimeCourse

Kind = Literal["time course", "contrast", "labels", "angles", "gene set", "annotation"]

_DOI = "10.1091/mbc.9.12.3273"
_MINERVA = ("Debian package r-cran-minerva 1.5.10", "GPL-3")
_KOHONEN = ("Debian package r-cran-kohonen 3.0.11", "GPL-2 or later")
_ALTERNATING = (
    "an artefact alternates between odd and even samples from 70 to 250 min (two batches of "
    "hybridisation): neighbouring columns anticorrelate over the whole genome"
)


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One table and what is known about it; those of `DATASETS` lie in the package.

    Parameters
    ----------
    key, title
        What code and people call it.
    kind
        What it holds: a `time course`, a `contrast` (arrays without a time), `labels` ...
    file, sha256
        Name and digest of the file as it is.
    shape
        Rows and columns: genes and arrays, of a time course.
    unit
        What the values are.
    organism
        Whose genes they are.
    period, period_source
        Length of a turn in minutes, and where that is from; None where there is none.
    sync
        How the culture was synchronised, for a time course.
    interpolated
        Times in minutes that were not measured.
    traits
        What to know about the measurements, code and sentence.
    doi
        The paper that published the data.
    source, licence
        Where the table was taken from, and on which terms.
    """

    key: str
    title: str
    kind: Kind
    file: str
    sha256: str
    shape: tuple[int, int]
    doi: str
    source: str
    licence: str
    unit: str = "log2 ratio"
    organism: str = "Saccharomyces cerevisiae"
    period: float | None = None
    period_source: str | None = None
    sync: str | None = None
    interpolated: tuple[float, ...] = ()
    traits: tuple[tuple[str, str], ...] = ()

    @property
    def description(self) -> str:
        """Return in one line what it is and what to know about it."""
        rows, columns = self.shape
        size = (
            f"{rows} genes x {columns} columns"
            if self.kind in ("time course", "contrast")
            else f"{rows} rows"
        )
        return "; ".join((f"{self.title}: {size}", *(text for _, text in self.traits)))


_ROWS = (
    Dataset(
        key="cdc15-4381",
        title="cdc15 arrest and release, complete genes of the genome, interpolated to 10 minutes",
        kind="time course",
        file="spellman_cdc15_4381.tsv.gz",
        sha256="1e9020815aa4cf4d67a7166c4401298331310aa2b08b6ae1d0ff4620e463f682",
        shape=(4381, 23),
        period=112.0,
        period_source="estimated; the published courses span about two and a half turns",
        sync="cdc15",
        interpolated=(40.0, 60.0, 260.0),
        traits=(("alternating", _ALTERNATING),),
        doi=_DOI,
        source=_MINERVA[0],
        licence=_MINERVA[1],
    ),
    Dataset(
        key="alpha",
        title="alpha factor arrest and release, the 800 genes",
        kind="time course",
        file="spellman800_alpha.tsv.gz",
        sha256="620b4b1c08d793c2339e348600ef002700a57932fdb762537d0a762ea8f5a993",
        shape=(800, 18),
        period=64.0,
        period_source="estimated; figures from 62 to 66 are in use",
        sync="alpha",
        doi=_DOI,
        source=_KOHONEN[0],
        licence=_KOHONEN[1],
    ),
    Dataset(
        key="cdc15",
        title="cdc15 arrest and release, the 800 genes",
        kind="time course",
        file="spellman800_cdc15.tsv.gz",
        sha256="60d0ec7a2b741c37ea8735fee3b3c5a9d7b1175c91f9ed601e47cdf948e8158b",
        shape=(800, 24),
        period=112.0,
        period_source="estimated; the course spans about two and a half turns",
        sync="cdc15",
        traits=(("uneven", "steps of 10 and 20 min"), ("alternating", _ALTERNATING)),
        doi=_DOI,
        source=_KOHONEN[0],
        licence=_KOHONEN[1],
    ),
    Dataset(
        key="cdc28",
        title="cdc28 arrest and release, the 800 genes",
        kind="time course",
        file="spellman800_cdc28.tsv.gz",
        sha256="54ba1a732a7a7c8496fd0d5be8b180b312616ae39ae0172b44703882e8573bc5",
        shape=(800, 17),
        period=85.0,
        period_source="estimated; the course spans nearly two turns",
        sync="cdc28",
        traits=(("other_platform", "measured by Cho et al. 1998 on another kind of array"),),
        doi=_DOI,
        source=_KOHONEN[0],
        licence=_KOHONEN[1],
    ),
    Dataset(
        key="elu",
        title="elutriation, the 800 genes",
        kind="time course",
        file="spellman800_elu.tsv.gz",
        sha256="d8c9fbafdaa8853bff9571e188ff12f09cf674c3c0435b0af7fabc16277b46bd",
        shape=(800, 14),
        period=390.0,
        period_source="the length of the course; one turn cannot be told from it more closely",
        sync="elu",
        traits=(("one_turn", "barely one turn of the cell cycle, and a weak one"),),
        doi=_DOI,
        source=_KOHONEN[0],
        licence=_KOHONEN[1],
    ),
    Dataset(
        key="cln",
        title="CLN3 induced, the 800 genes",
        kind="contrast",
        file="spellman800_cln.tsv.gz",
        sha256="ba64d37076c5db0883b621a6ce7155bde027995eef1ad980fcbb2b970be7e4e7",
        shape=(800, 2),
        traits=(("no_times", "two replicate arrays, no time course"),),
        doi=_DOI,
        source=_KOHONEN[0],
        licence=_KOHONEN[1],
    ),
    Dataset(
        key="clb",
        title="CLB2 induced, the 800 genes",
        kind="contrast",
        file="spellman800_clb.tsv.gz",
        sha256="31e220c3fb5a0909a06680d841b811e1c7194426e1d01e3cf087665a7d35b297",
        shape=(800, 2),
        traits=(("no_times", "two replicate arrays, no time course"),),
        doi=_DOI,
        source=_KOHONEN[0],
        licence=_KOHONEN[1],
    ),
    Dataset(
        key="phases",
        title="published phase of the 800 genes called cell-cycle regulated",
        kind="labels",
        file="spellman800_phase.tsv.gz",
        sha256="231a84717281abef8e6c86fd2daba726e779bde793a355f8e140cc38792a2416",
        shape=(800, 1),
        unit="phase: M/G1, G1, S, G2 (S/G2) or M (G2/M)",
        doi=_DOI,
        source=_KOHONEN[0],
        licence=_KOHONEN[1],
    ),
)

DATASETS: Mapping[str, Dataset] = MappingProxyType({row.key: row for row in _ROWS})
"""Every embedded table, by key."""


def load(key: str) -> TimeCourse:
    """Load an embedded time course.

    Parameters
    ----------
    key
        A key of `DATASETS` whose kind is `time course`.

    Returns
    -------
    course
        Named by the key; its notes say what to know about the measurements.

    Raises
    ------
    InputError
        If there is no such dataset, it is no time course, or its file was altered.

    Examples
    --------
    >>> course = load("cdc15-4381")
    >>> course.values.shape, course.sync, course.times[:3].tolist()
    ((4381, 23), 'cdc15', [40.0, 50.0, 60.0])
    """
    from dataclasses import replace

    from phasecall.io.courses import course_from
    from phasecall.io.files import decode

    dataset = find_row(DATASETS, key, "dataset")
    if dataset.kind != "time course":
        raise InputError(
            f"'{key}' is no time course",
            expected=f"one of {_keys('time course')}",
            found=f"{dataset.title}: {dataset.kind}",
            fix="load_labels reads labels" if dataset.kind == "labels" else None,
        )
    course = course_from(decode(_content(dataset), dataset.file), dataset.file, name=key, sync=dataset.sync)
    return replace(course, interpolated=dataset.interpolated, notes=course.notes + _notes(dataset))


def load_labels(key: str = "phases") -> dict[str, str]:
    """Load embedded labels: gene to its published phase.

    Parameters
    ----------
    key
        A key of `DATASETS` whose kind is `labels`.

    Raises
    ------
    InputError
        If there is no such dataset, it holds no labels, or its file was altered.

    Examples
    --------
    >>> labels = load_labels()
    >>> len(labels), labels["YAL040C"]
    (800, 'M')
    """
    from phasecall.io.files import decode
    from phasecall.io.labelling import labels_from

    dataset = find_row(DATASETS, key, "dataset")
    if dataset.kind != "labels":
        raise InputError(
            f"'{key}' holds no labels", expected=f"one of {_keys('labels')}", found=f"a {dataset.kind}"
        )
    return labels_from(decode(_content(dataset), dataset.file), dataset.file)


def export(key: str, path: str | os.PathLike[str]) -> Path:
    """Copy an embedded table out of the package.

    Parameters
    ----------
    key
        A key of `DATASETS`.
    path
        A file: gzip where its name ends in `.gz`, plain TSV otherwise; a time course also in the formats of
        `phasecall.io.coursefile`. In a folder the copy keeps its name.

    Returns
    -------
    path
        The file written.

    Raises
    ------
    InputError
        If there is no such dataset, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export("alpha", folder).name
    'spellman800_alpha.tsv.gz'
    """
    from phasecall.io.files import atomic

    dataset = find_row(DATASETS, key, "dataset")
    content = _content(dataset)
    target = Path(path)
    if target.is_dir():
        target = target / dataset.file
    endings = (".tsv", ".txt", ".tsv.gz", ".txt.gz")
    if not target.name.lower().endswith(endings):
        if dataset.kind == "time course":
            from phasecall.io.coursefile import write_course

            write_course(load(key), target)
            return target
        raise InputError(f"'{path}' is no name for a TSV file", expected=f"a folder, or {', '.join(endings)}")
    with atomic(target, "wb") as file:
        file.write(content if target.suffix.lower() == ".gz" else gzip.decompress(content))
    return target


def _keys(kind: Kind) -> str:
    return ", ".join(row.key for row in _ROWS if row.kind == kind)


def _content(dataset: Dataset) -> bytes:
    file = resources.files("phasecall") / "data" / dataset.file
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise InputError(
            f"the file of the dataset '{dataset.key}' is missing",
            found=fault.strerror,
            where=dataset.file,
            fix="install phasecall again",
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != dataset.sha256:
        raise InputError(
            f"the file of the dataset '{dataset.key}' was altered",
            expected=f"SHA-256 {dataset.sha256}",
            found=f"SHA-256 {digest}",
            where=dataset.file,
            fix="install phasecall again",
        )
    return content


def _notes(dataset: Dataset) -> tuple[Note, ...]:
    from phasecall.timecourse import Note

    notes = [Note(code, text) for code, text in dataset.traits]
    if dataset.interpolated:
        times = ", ".join(f"{time:g}" for time in dataset.interpolated)
        notes.insert(0, Note("interpolated", f"not measured but interpolated: {times} min"))
    return tuple(notes)
