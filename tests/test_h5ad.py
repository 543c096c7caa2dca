"""AnnData files: which way they lie, when samples were measured, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from phasecall.errors import InputError, MissingExtraError
from phasecall.io import read, read_all, series
from phasecall.io.h5ad import axes, child, hdf5
from phasecall.timecourse import TimeCourse

anndata = pytest.importorskip("anndata", reason="anndata is not installed")
h5py = pytest.importorskip("h5py", reason="h5py is not installed")
pandas = pytest.importorskip("pandas", reason="pandas is not installed")

Save = Callable[..., Path]
Alter = Callable[[Any], object]

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

TIMES = [0, 20, 40, 60, 80]
GENES = [f"YAL00{place}C" for place in range(4)]
VALUES = np.random.default_rng(0).normal(size=(5, 4))


def samples(**columns: Any) -> Any:
    return pandas.DataFrame(columns, index=[f"s{place}" for place in range(5)])


def genes() -> Any:
    return pandas.DataFrame({"symbol": ["a", "b", "c", "d"]}, index=GENES)


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write an AnnData file and return its path; what is given may change it behind anndata's back."""

    def write(
        obs: Any = None, x: Any = VALUES, var: Any = None, *, alter: Alter | None = None, **more: Any
    ) -> Path:
        obs = samples(time=TIMES) if obs is None else obs
        path = tmp_path / "course.h5ad"
        compression = more.pop("compression", None)
        data = anndata.AnnData(x, obs=obs, var=genes() if var is None else var, **more)
        data.write_h5ad(path, compression=compression)
        if alter is not None:
            with h5py.File(path, "a") as file:
                alter(file)
        return path

    return write


def same(course: TimeCourse, times: list[float] | None = None, scale: float = 1.0) -> None:
    assert course.genes == tuple(GENES)
    assert course.times.tolist() == (TIMES if times is None else times)
    np.testing.assert_array_equal(course.values, VALUES.T * scale)


def refusal(path: Path, **how: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(path, **how)
    return str(caught.value)


# What is read


@pytest.mark.parametrize(
    ("column", "values", "minutes"),
    [
        ("time", TIMES, 1),
        ("time_min", [float(time) for time in TIMES], 1),
        ("Hours", TIMES, 60),
        ("ZT", TIMES, 60),
        ("timepoint", [f"{time}h" for time in TIMES], 60),
        ("time", pandas.Categorical([f"{time}min" for time in TIMES]), 1),
        ("time", pandas.Categorical(TIMES), 1),
        ("time", pandas.array(TIMES, dtype="Int64"), 1),
    ],
)
def test_times_stand_in_a_column(save: Save, column: str, values: Any, minutes: int) -> None:
    course = read(save(samples(**{column: values})))
    same(course, [minutes * time for time in TIMES])
    assert [note.text for note in course.notes] == [f"times were read from the column '{column}' of obs"]


def test_unit_that_is_asked_for(save: Save) -> None:
    same(read(save(), unit="h"), [60 * time for time in TIMES])


def test_genes_may_be_obs(save: Save) -> None:
    same(read(save(genes(), VALUES.T, samples(time=TIMES))))
    plain = save(genes(), VALUES.T, samples())
    same(read(plain, transpose=True, times=TIMES))
    same(read(plain, times=TIMES))


@pytest.mark.parametrize("names", [[f"{time}min" for time in TIMES], [f"alpha{time}" for time in TIMES]])
def test_times_stand_in_names(save: Save, names: list[str]) -> None:
    same(read(save(samples().set_axis(names))))
    same(read(save(genes(), VALUES.T, samples().set_axis(names))))


def test_times_and_samples_are_given(save: Save, tmp_path: Path) -> None:
    path = save(samples())
    same(read(path, times=TIMES))
    (tmp_path / "samples.csv").write_text("sample,hours\n" + "".join(f"s{i},{i}\n" for i in range(5)))
    same(read(path, samples=tmp_path / "samples.csv"), [0, 60, 120, 180, 240])


@pytest.mark.parametrize("compression", [None, "gzip", "lzf"])
@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_matrix, np.asarray, np.float32])
def test_forms_of_values(save: Save, form: Any, compression: str | None) -> None:
    counts = np.arange(20).reshape(5, 4)
    course = read(save(x=form(counts), compression=compression), scale="log")
    np.testing.assert_array_equal(course.values, counts.T)


def test_layers(save: Save) -> None:
    path = save(layers={"raw": sparse.csr_matrix(2 * VALUES)})
    same(read(path))
    same(read(path, layer="raw"), scale=2)
    assert "has no layer 'rw'\n  expected: one of raw" in refusal(path, layer="rw")
    assert "it has X only" in refusal(save(), layer="raw")
    only = save(layers={"raw": VALUES}, alter=lambda file: file.__delitem__("X"))
    assert "--layer with one of raw" in refusal(only)


def test_experiments_signs_interpolated_and_missing_times(save: Save) -> None:
    marks = [False, True, False, False, False]
    obs = samples(time=[0, 10, 20, 0, 10], experiment=list("aaabb"), interpolated=marks)
    courses = read_all(save(obs))
    assert [(one.name, one.times.tolist(), one.interpolated) for one in courses] == [
        ("a", [0, 10, 20], (10.0,)),
        ("b", [0, 10], ()),
    ]
    turned = read(save(samples(time=TIMES, dye_swap=[True, False, False, False, False])))
    np.testing.assert_array_equal(turned.values[:, 0], -VALUES[0])
    short = read(save(samples(time=pandas.array([0, None, 40, 60, 80], dtype="Int64"))))
    assert short.times.tolist() == [0, 40, 60, 80]
    assert "samples without one were left out: 1" in short.notes[0].text


# What is refused


def test_no_times_anywhere(save: Save) -> None:
    told = refusal(save(samples(batch=list("abcde"))))
    assert "does not say when its samples were measured" in told
    assert "obs: s0, s1" in told


def test_single_cells(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    n = axes.MAX_TIMES + 1
    cells = pandas.DataFrame({"time": np.arange(n) / 10}, index=[f"c{place}" for place in range(n)])
    assert "are these single cells?" in refusal(save(cells, np.zeros((n, 4))))


@pytest.mark.parametrize(
    ("key", "found"),
    [("matrix", "a loom or 10x file"), ("#refs#", "a MATLAB file"), ("a", "an HDF5 file of a")],
)
def test_other_files_of_hdf5(tmp_path: Path, key: str, found: str) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file[key] = [1]
    assert found in refusal(tmp_path / "x.h5")


def outside(kind: str, key: str) -> Alter:
    def change(file: Any) -> None:
        del file[key]
        if kind == "external link":
            file[key] = h5py.ExternalLink("other.h5", "/X")
        elif kind == "soft link":
            file[key] = h5py.SoftLink("/obs/_index")
        elif kind == "virtual":
            layout = h5py.VirtualLayout((5, 4), "f8")
            layout[:] = h5py.VirtualSource("other.h5", "X", (5, 4))
            file.create_virtual_dataset(key, layout)
        else:
            file.create_dataset(key, (5, 4), "f8", external=[("/etc/hostname", 0, 160)])

    return change


@pytest.mark.parametrize("kind", ["external link", "soft link", "virtual", "external storage"])
@pytest.mark.parametrize("key", ["X", "obs/time", "var/_index"])
def test_nothing_outside_the_file_is_followed(save: Save, kind: str, key: str) -> None:
    assert "refers to other files" in refusal(save(alter=outside(kind, key)))


def put(key: str, data: Any, **how: Any) -> Alter:
    def change(file: Any) -> None:
        del file[key]
        file.create_dataset(key, data=data, **how)

    return change


@pytest.mark.parametrize(
    ("alter", "told"),
    [
        (put("X", np.zeros((5, 3))), "as obs and var say"),
        (put("X", None, shape=(5, 10**12), dtype="f8", chunks=(1, 1000)), "as obs and var say"),
        (put("X", np.zeros((5, 4), dtype="c16")), "holds no numbers"),
        (put("X", np.zeros((5, 4), dtype=[("a", "f8")])), "holds no numbers"),
        (put("obs/time", np.zeros(4)), "columns of different lengths in obs"),
        (put("var/_index", None, shape=(10**9,), dtype=h5py.string_dtype()), "too large"),
        (lambda file: file["obs"].attrs.__setitem__("_index", "gone"), "has no /obs/gone"),
        (lambda file: file.__delitem__("X"), "has no X"),
    ],
    ids=["shape", "huge", "complex", "compound", "short", "endless", "no index", "no X"],
)  # fmt: skip
def test_odd_files_are_one_message(save: Save, alter: Alter, told: str) -> None:
    assert told in refusal(save(alter=alter))


@pytest.mark.parametrize("part", ["indices", "indptr", "data"])
def test_broken_sparse_values(save: Save, part: str) -> None:
    matrix = sparse.csr_matrix(VALUES)
    assert "broken HDF5 file" in refusal(save(x=matrix, alter=put(f"X/{part}", [10**6, 1])))


def test_size_is_looked_at_before_values(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "MAX_VALUES", 19)
    with h5py.File(save(), "r") as file, pytest.raises(InputError, match="too large"):
        axes.extract(hdf5.Store(file, "x"), None)


def test_chunk_that_unfolds_to_more_than_it_declares(save: Save) -> None:
    import zlib

    def bomb(file: Any) -> None:
        del file["X"]
        data = file.create_dataset("X", (5, 4), "f8", chunks=(5, 4), compression="gzip")
        packer = zlib.compressobj(1)
        pieces = [packer.compress(bytes(1 << 20)) for _ in range(900)]
        data.id.write_direct_chunk((0, 0), b"".join([*pieces, packer.flush()]))

    assert "broken HDF5 file" in refusal(save(alter=bomb)) or sys.platform != "linux"


def test_crash_and_loop_of_the_library_are_one_message(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save()
    monkeypatch.setattr(child, "_PROGRAM", "import os; os.abort()")
    assert "crashed the HDF5 library" in refusal(path)
    monkeypatch.setattr(child, "_PROGRAM", "while True: pass")
    monkeypatch.setattr(child, "SECONDS", 0.2)
    assert "took more than 0.2 s" in refusal(path)


@pytest.mark.parametrize("seed", range(12))
def test_broken_bytes_are_one_message_or_a_course(save: Save, seed: int) -> None:
    path = save()
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for place in rng.integers(8, len(content), size=200):
        content[place] = rng.integers(256)
    path.write_bytes(content)
    try:
        read_all(path)
    except InputError as fault:
        assert str(path) in fault.problem  # noqa: PT017  either outcome is right


def test_without_h5py(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save()
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match="needs the extra 'anndata'"):
        read(path)
