"""The embedded data: what they hold, that they are whole, and that they come out again."""

from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import phasecall
from phasecall import datasets
from phasecall.datasets import DATASETS, Dataset
from phasecall.errors import InputError
from phasecall.io import read
from phasecall.labels import encode
from phasecall.phases import SCHEMES

COURSES = [key for key, row in DATASETS.items() if row.kind == "time course"]
CONTRASTS = [key for key, row in DATASETS.items() if row.kind == "contrast"]


def test_table_names_every_file_of_the_package() -> None:
    folder = resources.files("phasecall") / "data"
    files = {file.name for file in folder.iterdir() if file.name.endswith(".gz")}
    assert files == {row.file for row in DATASETS.values()}
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"`{key}`" in readme and f"`{row.file}`" in readme for key, row in DATASETS.items())


def test_keys() -> None:
    assert list(DATASETS) == ["cdc15-4381", "alpha", "cdc15", "cdc28", "elu", "cln", "clb", "phases"]
    assert COURSES == ["cdc15-4381", "alpha", "cdc15", "cdc28", "elu"]
    assert CONTRASTS == ["cln", "clb"]
    assert all(key == row.key for key, row in DATASETS.items())


@pytest.mark.parametrize("key", COURSES)
def test_time_courses(key: str) -> None:
    row, course = DATASETS[key], datasets.load(key)
    assert course.values.shape == row.shape
    assert (course.name, course.sync) == (key, row.sync)
    assert row.period is not None
    assert row.period <= np.ptp(course.times) + 1e-9
    assert set(row.interpolated) <= set(course.times)
    codes = [note.code for note in course.notes]
    assert [code for code, _ in row.traits] == [code for code in codes if code in dict(row.traits)]
    assert str(row.shape[0]) in row.description


def test_genome_wide_course() -> None:
    course = phasecall.load("cdc15-4381")
    assert_array_equal(course.times, np.arange(40, 261, 10))
    assert np.isfinite(course.values).all()
    notes = {note.code: note.text for note in course.notes}
    assert notes["interpolated"] == "not measured but interpolated: 40, 60, 260 min"
    assert "alternates" in notes["alternating"]
    assert course.values[course.genes.index("YAL001C"), :3].tolist() == [-0.07, -0.23, -0.1]
    assert course.sha256() == "34c178f53ecee9ed2400ffe9519fe3802305a74aaf71c9adbbee1cb207b6a19c"


def test_interpolated_columns_are_means_of_their_neighbours() -> None:
    wide, measured = datasets.load("cdc15-4381"), datasets.load("cdc15")
    rows = [measured.genes.index(gene) for gene in wide.genes if gene in measured.genes]
    at = {time: measured.values[rows, column] for column, time in enumerate(measured.times)}
    shared = [gene in measured.genes for gene in wide.genes]
    for time, before, after in ((40, 30, 50), (60, 50, 70), (260, 250, 270)):
        column = wide.values[shared, wide.times.tolist().index(time)]
        np.testing.assert_allclose(column, (at[before] + at[after]) / 2, atol=0.0051)


def test_alternating_artefact_is_there() -> None:
    course = datasets.load("cdc15-4381")
    steps = np.diff(course.values[:, (course.times >= 70) & (course.times <= 250)], axis=1)
    correlation = np.corrcoef(steps.T)
    assert np.diag(correlation, 1).mean() < np.diag(correlation, 2).mean() - 0.4


def test_published_phases() -> None:
    labels = datasets.load_labels()
    assert Counter(labels.values()) == {"G1": 300, "M": 196, "G2": 120, "M/G1": 113, "S": 71}
    wide = Counter(labels[gene] for gene in datasets.load("cdc15-4381").genes if gene in labels)
    assert wide == {"G1": 233, "M": 161, "G2": 102, "M/G1": 81, "S": 56}
    for key in ("alpha", "cdc15", "cdc28", "elu"):
        assert datasets.load(key).genes == tuple(labels)
    for scheme in ("four", "five"):
        assert (encode(labels, tuple(labels), SCHEMES[scheme]) >= 0).all()


@pytest.mark.parametrize("key", [*CONTRASTS, "phases"])
def test_what_is_no_time_course_is_refused(key: str) -> None:
    with pytest.raises(InputError, match=f"'{key}' is no time course"):
        datasets.load(key)


@pytest.mark.parametrize("key", CONTRASTS)
def test_contrasts_are_refused_as_files_too(key: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="numbered replicate arrays"):
        read(datasets.export(key, tmp_path))


def test_what_holds_no_labels_is_refused() -> None:
    with pytest.raises(InputError, match="'alpha' holds no labels\n  expected: one of phases"):
        datasets.load_labels("alpha")


def test_unknown_key_lists_the_known(tmp_path: Path) -> None:
    for function in (datasets.load, datasets.load_labels, lambda key: datasets.export(key, tmp_path)):
        with pytest.raises(InputError, match="no dataset named 'beta'\n  expected: one of cdc15-4381, alpha"):
            function("beta")


ALPHA = DATASETS["alpha"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (replace(ALPHA, file=DATASETS["elu"].file), "'alpha' was altered"),
        (replace(ALPHA, file="absent.tsv.gz"), "'alpha' is missing"),
    ],
)
def test_altered_or_missing_file_is_noticed(
    row: Dataset, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "DATASETS", {"alpha": row})
    with pytest.raises(InputError, match=problem) as caught:
        datasets.load("alpha")
    assert caught.value.fix == "install phasecall again"


@pytest.mark.parametrize("key", DATASETS)
def test_export(key: str, tmp_path: Path) -> None:
    row = DATASETS[key]
    whole = datasets.export(key, tmp_path)
    assert whole == tmp_path / row.file
    assert hashlib.sha256(whole.read_bytes()).hexdigest() == row.sha256
    plain = datasets.export(key, tmp_path / "plain.tsv")
    assert plain.read_bytes() == gzip.decompress(whole.read_bytes())
    if row.kind == "time course":
        assert read(plain).sha256() == read(whole).sha256() == datasets.load(key).sha256()


def test_export_refuses_other_formats(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no suffix of a format"):
        datasets.export("alpha", tmp_path / "alpha.docx")
    assert list(tmp_path.iterdir()) == []
