"""What is written is read again as it was, in every format."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import phasecall
from phasecall import datasets
from phasecall.errors import InputError, MissingExtraError
from phasecall.io import read
from phasecall.io.coursefile import COURSE_WRITERS, labels_of, write_course
from phasecall.io.names import tidy_names
from phasecall.timecourse import TimeCourse

SUFFIXES = [suffix for writer in COURSE_WRITERS for suffix in writer.suffixes]
CARRYING = (".parquet", ".feather", ".arrow", ".h5ad")
LIBRARIES = {
    ".xlsx": "openpyxl",
    ".parquet": "pyarrow",
    ".feather": "pyarrow",
    ".arrow": "pyarrow",
    ".h5ad": "h5py",
}

# Letters of any script and what tables are made of; control characters are for files of bytes.
SIGNS = st.sampled_from("\"',;	 #=_. -/")
CHARACTERS = st.characters(exclude_categories=("C", "Z")) | SIGNS
NAMES = st.text(CHARACTERS, min_size=1, max_size=12).map(str.strip) | st.sampled_from(
    [
        "1E5",
        "=1+1",
        "NA",
        "nan",
        "TRUE",
        "#N/A",
        "Gene",
        "time",
        "10",
        "0",
        "_x0041_",
        "a\nb",
        "-",
        "#1",
        "!x",
    ]
)
VALUES = st.floats(allow_nan=True, allow_infinity=False) | st.sampled_from([0.0, -0.0, 5e-324, 1.7e308, 0.1])
MINUTES = st.integers(-500, 5000).map(float) | st.floats(-500, 5000).filter(lambda time: abs(time) > 1e-9)


@st.composite
def courses(draw: st.DrawFn) -> TimeCourse:
    genes = draw(st.lists(NAMES, min_size=1, max_size=30, unique=True))
    # What is done to names that are dates, or empty, is another matter.
    assume(tidy_names(genes, str)[0] == genes)
    # Rows of Stanford's tables are no genes, and lines of nothing but signs are none.
    assume(not any(name == "EWEIGHT" or not name.strip(' ",;	') for name in genes))
    times = draw(st.lists(MINUTES, min_size=1, max_size=8))
    shape = len(genes), len(times)
    cells = draw(st.lists(VALUES, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    values = np.reshape(cells, shape)
    assume(not np.isnan(values).all())
    interpolated = tuple(sorted(set(times[1:2])))
    return TimeCourse(tuple(genes), np.array(times), values, "culture 1", "alpha", interpolated)


def course_of(
    genes: tuple[str, ...],
    times: list[float],
    values: list[list[float]],
    name: str = "culture",
    sync: str | None = None,
) -> TimeCourse:
    return TimeCourse(genes, np.array(times), np.array(values), name, sync)


def check_round_trip(suffix: str, course: TimeCourse) -> None:
    if suffix in LIBRARIES:
        pytest.importorskip(LIBRARIES[suffix], reason="the library of the format is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        write_course(course, path)
        again = read(path, scale="log")
    assert again.genes == course.genes
    assert again.times.tolist() == course.times.tolist()
    # Excel keeps 15 digits.
    np.testing.assert_allclose(again.values, course.values, rtol=1e-15 if suffix == ".xlsx" else 0, atol=0)
    if suffix in CARRYING:
        assert (again.name, again.sync) == (course.name, course.sync)
        assert again.interpolated == course.interpolated
    else:
        assert (again.name, again.sync, again.interpolated) == ("file", None, ())


@pytest.mark.parametrize("suffix", [suffix for suffix in SUFFIXES if suffix != ".h5ad"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(course=courses())
def test_round_trip_is_the_identity(suffix: str, course: TimeCourse) -> None:
    # Excel has no larger numbers.
    assume(suffix != ".xlsx" or np.nanmax(np.abs(course.values)) < 9e307)
    check_round_trip(suffix, course)


# Each is read by a process of its own.
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(course=courses())
def test_round_trip_through_anndata_is_the_identity(course: TimeCourse) -> None:
    check_round_trip(".h5ad", course)


def test_what_is_said_wins_over_what_the_file_says(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    course = course_of(("CLN2",), [0, 10], [[1, 2]], "culture", "alpha")
    write_course(course, tmp_path / "x.parquet")
    again = read(tmp_path / "x.parquet", name="other", sync="cdc15")
    assert (again.name, again.sync) == ("other", "cdc15")


def test_anndata_reads_what_is_written(tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata", reason="anndata is not installed")
    course = datasets.load("cdc15-4381")
    write_course(course, tmp_path / "x.h5ad")
    data = anndata.read_h5ad(tmp_path / "x.h5ad")
    assert tuple(data.var_names) == course.genes
    assert data.obs["time"].tolist() == course.times.tolist()
    assert data.obs["interpolated"].tolist() == (~course.measured()).tolist()
    np.testing.assert_array_equal(data.X, course.values.T)


def test_pandas_reads_what_is_written(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    course = course_of(("2-Sep", "1E5"), [0, 10, 10], [[1, 2.5, np.nan], [0.1, -1, 3]])
    readers = {".csv": pandas.read_csv, ".parquet": pandas.read_parquet, ".xlsx": pandas.read_excel}
    for suffix, reader in readers.items():
        write_course(course, tmp_path / f"x{suffix}")
        frame = reader(tmp_path / f"x{suffix}")
        assert list(map(str, frame.columns)) == ["gene", "0", "10", "10_r2"]
        assert frame["gene"].tolist() == ["2-Sep", "1E5"]
        np.testing.assert_array_equal(frame.iloc[:, 1:].to_numpy(), course.values)


def test_equal_courses_give_equal_bytes(tmp_path: Path) -> None:
    course = datasets.load("alpha")
    for suffix in (".tsv.gz", ".xlsx"):
        write_course(course, tmp_path / f"a{suffix}")
        write_course(course, tmp_path / f"b{suffix}")
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_embedded_courses_are_exported_in_any_format(tmp_path: Path, suffix: str) -> None:
    path = datasets.export("alpha", tmp_path / f"alpha{suffix}")
    again = read(path)
    assert again.sha256() == datasets.load("alpha").sha256()
    with pytest.raises(InputError, match="is no name for a TSV file"):
        datasets.export("phases", tmp_path / f"phases{suffix}")


def test_decimals_of_times_number_no_replicates() -> None:
    course = course_of(("CLN2",), [40, 40.1, 50, 50.1], [[1, 2, 3, 4]])
    assert labels_of(course) == ["40", "40.10", "50", "50.10"]


def test_phasecall_write_takes_a_course(tmp_path: Path) -> None:
    course = course_of(("CLN2", "CLB2"), [0, 30, 60], [[1, 2, 3], [-4, 5, 6]])
    phasecall.write(course, tmp_path / "a.csv")
    write_course(course, tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    with pytest.raises(InputError, match="time courses are written in"):
        phasecall.write(course, tmp_path / "a.json")


def test_suffix_and_names_that_a_format_cannot_hold(tmp_path: Path) -> None:
    course = course_of(("a\0b",), [0], [[1]])
    with pytest.raises(InputError, match="no suffix of a format"):
        write_course(course, tmp_path / "x.docx")
    pytest.importorskip("h5py", reason="h5py is not installed")
    with pytest.raises(InputError, match="NUL"):
        write_course(course, tmp_path / "x.h5ad")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("suffix", "module"), LIBRARIES.items())
def test_missing_libraries(suffix: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match="needs the extra"):
        write_course(course_of(("a",), [0], [[1]]), tmp_path / f"x{suffix}")
    assert list(tmp_path.iterdir()) == []
