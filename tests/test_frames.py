"""Tables of other libraries, and the files that they write: Parquet, Arrow, Feather."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import phasecall
from phasecall.datasets import load
from phasecall.errors import InputError, MissingExtraError
from phasecall.io import memory, read, read_all, series
from phasecall.io.series import spell
from phasecall.timecourse import TimeCourse

pandas = pytest.importorskip("pandas", reason="pandas is not installed")
arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

GENES = ["YAL001C", "YAL002W", "YAL003W"]
TIMES = [0, 20, 40, 60]
VALUES = np.random.default_rng(0).normal(size=(3, 4))
VALUES[1, 2] = np.nan

Save = Callable[[Any], list[Any]]


def frame(**changes: Any) -> Any:
    return pandas.DataFrame(VALUES, index=GENES, columns=TIMES).assign(**changes)


def same(course: TimeCourse, times: list[float] | None = None) -> None:
    assert course.genes == tuple(GENES)
    assert course.times.tolist() == (TIMES if times is None else times)
    np.testing.assert_array_equal(course.values, VALUES)


def codes(course: TimeCourse) -> set[str]:
    return {note.code for note in course.notes}


def notes(course: TimeCourse) -> str:
    return " ".join(note.text for note in course.notes)


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a data frame as Parquet and as Feather, and return it and both paths."""
    from pyarrow import feather, parquet

    def write(data: Any) -> list[Any]:
        table = data if isinstance(data, arrow.Table) else arrow.Table.from_pandas(data.rename(columns=str))
        parquet.write_table(table, tmp_path / "x.parquet")
        feather.write_feather(table, str(tmp_path / "x.feather"))
        return [tmp_path / "x.parquet", tmp_path / "x.feather"]

    return write


# pandas, Parquet and Feather alike


@pytest.mark.parametrize(
    "data",
    [
        frame(),
        frame().reset_index(names="gene"),
        frame().rename_axis("gene"),
        frame().astype("Float64").reset_index(names="gene"),
        frame().astype(object).reset_index(names="gene"),
        frame().T,
        frame().T.rename_axis("time"),
        frame().T.reset_index(names="time"),
        frame().set_axis(pandas.to_timedelta(TIMES, unit="m"), axis=1),
        frame().rename(columns=lambda time: f"{time}min"),
        frame().reset_index(names="gene").astype({"gene": "category"}),
    ],
    ids=["index", "column", "named", "nullable", "objects", "turned", "time index", "time column", "lengths",
         "units", "categories"],
)  # fmt: skip
def test_frames_and_their_files_read_the_same(data: Any, save: Save) -> None:
    for source in (data, *save(data)):
        course = read(source)
        same(course)
        assert codes(course) <= {"transposed"}


def test_texts_numbers_as_texts_and_other_types(save: Save) -> None:
    data = frame(symbol=["a", "b", None], when=pandas.Timestamp("2023-09-02"), ok=True)
    data = data.reset_index(names="gene")
    data[20] = data[20].map(lambda value: f"{value:.17g}")
    for source in (data, *save(data)):
        same(read(source))
        assert "3 columns of text were left out: symbol, when, ok" in notes(read(source))


def test_fault_in_a_column_of_times_is_told(save: Save) -> None:
    data = frame().astype(object)
    data.loc["YAL002W", 20] = "oops"
    for source in (data, *save(data.astype(str))):
        with pytest.raises(InputError, match="not a number") as caught:
            read(source)
        assert "row 2, column '20'" in str(caught.value.where)


def test_options_hold_for_frames() -> None:
    same(read(frame(), unit="h"), [0, 1200, 2400, 3600])
    same(read(frame().set_axis(list("abcd"), axis=1), times=[1, 2, 3, 4]), [1, 2, 3, 4])
    named = read(frame(), name="culture", sync="alpha")
    assert (named.name, named.sync, read(frame()).name) == ("culture", "alpha", "time course")
    counts = np.exp2(VALUES)
    told = read(pandas.DataFrame(counts, GENES, TIMES), scale="ratio")
    np.testing.assert_allclose(told.values, VALUES)
    with pytest.raises(InputError, match="no experiment named"):
        read(frame(), experiment="x")


def test_samples_are_found_by_the_names_of_columns(tmp_path: Path) -> None:
    sheet = tmp_path / "samples.csv"
    sheet.write_text("sample,minutes\n" + "".join(f"s{time},{time}\n" for time in TIMES))
    same(read(frame().rename(columns=lambda time: f"s{time}"), samples=sheet))


@pytest.mark.parametrize("second", [[1, 2], ["a", "b"], ["rep1", "rep2"]])
def test_times_and_replicates_in_two_levels(second: list[Any]) -> None:
    columns = pandas.MultiIndex.from_product([[0, 20], second], names=["time", "replicate"])
    same(read(frame().set_axis(columns, axis=1)), [0, 0, 20, 20])


def test_experiments_and_times_in_two_levels() -> None:
    values = np.arange(18.0).reshape(3, 6)
    columns = pandas.MultiIndex.from_product([["wt", "ko"], [0, 10, 20]])
    courses = read_all(pandas.DataFrame(values, GENES, columns))
    assert [one.name for one in courses] == ["wt", "ko"]
    np.testing.assert_array_equal(courses[1].values, values[:, 3:])


def test_rows_without_names_are_refused() -> None:
    with pytest.raises(InputError, match="have no names"):
        read(frame().reset_index(drop=True))
    with pytest.raises(InputError, match="no columns"):
        read(pandas.DataFrame())
    with pytest.raises(InputError, match="has no rows"):
        read(frame().iloc[:0])


def test_call_takes_frames() -> None:
    course = load("alpha")
    told = pandas.DataFrame(course.values, course.genes, course.times)
    one, other = phasecall.call(course), phasecall.call(told)
    assert one.period == other.period
    np.testing.assert_array_equal(one.peak_turn, other.peak_turn)
    assert "2 experiments fused" in phasecall.call([told, load("cdc28")]).method
    with pytest.raises(InputError, match="this is no time course"):
        phasecall.call("course.csv")  # type: ignore[arg-type]


def test_reading_a_file_imports_no_frames(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("gene,0,10,20\na,1,2,3\n")
    code = "import sys, phasecall; phasecall.read(sys.argv[1]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "x.csv")], capture_output=True, text=True, check=True
    )
    assert {"pandas", "polars", "pyarrow", "xarray", "h5py", "openpyxl"} & set(done.stdout.split()) == set()


# Other libraries


def test_polars() -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    columns = {str(time): VALUES[:, place].tolist() for place, time in enumerate(TIMES)}
    columns["40"][1] = None
    data = polars.DataFrame({"gene": GENES, "symbol": ["a", None, "c"], **columns})
    same(read(data))
    assert "symbol" in notes(read(data))
    whole = data.with_columns(polars.col("20").cast(polars.Float32))
    np.testing.assert_allclose(read(whole).values, VALUES, rtol=1e-6)


def test_arrow_types() -> None:
    cells: list[Any] = [1, None, 3]
    columns = {
        "gene": arrow.array(GENES),
        "0": arrow.array(cells, arrow.float32()),
        "20": arrow.array(cells, arrow.int64()),
        "40": arrow.array([Decimal("1.25"), None, Decimal(3)], arrow.decimal128(10, 2)),
        "60": arrow.array(cells).dictionary_encode(),
    }
    course = read(arrow.table(columns))
    np.testing.assert_array_equal(course.values, [[1, 1, 1.25, 1], [np.nan] * 4, [3, 3, 3, 3]])
    same(read(arrow.Table.from_pandas(frame().rename(columns=str))))


@pytest.mark.parametrize(("label", "right"), [("60", False), ("neighbours", True)])
def test_nested_columns_are_left_out_or_refused(label: str, right: bool, save: Save) -> None:
    columns = {str(time): VALUES[:, place] for place, time in enumerate(TIMES)}
    table = arrow.table({"gene": GENES, **columns} | {label: [[1.0], [2.0], [3.0]]})
    for source in (table, *save(table)):
        if right:
            same(read(source))
            assert "neighbours" in notes(read(source))
        else:
            with pytest.raises(InputError, match="the column '60' holds no numbers"):
                read(source)


def array(**how: Any) -> Any:
    xarray = pytest.importorskip("xarray", reason="xarray is not installed")
    return xarray.DataArray(
        VALUES, **({"coords": {"gene": GENES, "time": TIMES}, "dims": ("gene", "time")} | how)
    )


def test_xarray() -> None:
    same(read(array()))
    same(read(array().T))
    same(read(array().rename(time="hours")), [0, 1200, 2400, 3600])
    lengths = {"gene": GENES, "t": np.array(TIMES, "timedelta64[m]")}
    same(read(array(coords=lengths, dims=("gene", "t"))))
    in_hours = array()
    in_hours.time.attrs["units"] = "hours"
    same(read(in_hours), [0, 1200, 2400, 3600])
    beside = array(coords={"gene": GENES, "time": ("sample", TIMES)}, dims=("gene", "sample"))
    same(read(beside))
    same(read(array().to_dataset(name="levels")))
    assert read(array(name="culture")).name == "culture"
    letters = {"gene": GENES, "sample": list("abcd")}
    same(read(array(coords=letters, dims=("gene", "sample")), times=TIMES))


def test_xarray_that_is_no_course() -> None:
    with pytest.raises(InputError, match="does not say which of its dimensions is the time"):
        read(array(coords={"gene": GENES, "sample": list("abcd")}, dims=("gene", "sample")))
    with pytest.raises(InputError, match="genes of the array have no names"):
        read(array(coords={"time": TIMES}))
    with pytest.raises(InputError, match="not genes x times"):
        read(array().expand_dims("replicate"))
    with pytest.raises(InputError, match="not one table"):
        read(array().to_dataset(name="a").assign(b=1))


# Labels and limits


@given(time=st.floats(-1e6, 1e6, allow_nan=False))
def test_labels_of_numbers_read_as_that_number(time: float) -> None:
    label = spell(time)
    assert float(label) == time
    assert "e" not in label


def test_labels() -> None:
    assert spell(timedelta(minutes=7, seconds=30)) == "7.5min"
    assert spell(np.timedelta64(90, "s")) == "1.5min"
    assert spell("1 days 02:30:00") == "1590min"
    assert [spell(name) for name in (None, " a ", np.int64(4), (10, 2), ("wt", 10))] == [
        "", "a", "4", "10_r2", "wt_10",
    ]  # fmt: skip


def test_size_is_looked_at_before_values(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = save(frame())
    monkeypatch.setattr(series, "MAX_VALUES", 11)
    for source in (frame(), *paths):
        with pytest.raises(InputError, match="too large"):
            read(source)


UNFOLD = """
import pathlib, sys
from phasecall.errors import InputError
from phasecall.io import memory, read
memory.CEILING = 64 << 20
for path in sys.argv[1:]:
    try:
        read(path)
    except InputError as fault:
        print(fault.problem)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no limit of memory here")
def test_a_file_that_unfolds_to_more_than_memory_is_refused(tmp_path: Path) -> None:
    from pyarrow import feather, parquet

    table = arrow.table(
        {"gene": arrow.array(["x" * 10_000_000] * 12, arrow.large_string()), "0": np.ones(12)}
    )
    feather.write_feather(table, str(tmp_path / "x.feather"), compression="zstd")
    parquet.write_table(table, tmp_path / "x.parquet", use_dictionary=False, compression="zstd")
    paths = sorted(map(str, tmp_path.iterdir()))
    # In a process of its own: what this one has freed is not new memory.
    command = [sys.executable, "-c", UNFOLD, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"'{path}' is too large" for path in paths]


def test_the_limit_is_lifted_again() -> None:
    resource = pytest.importorskip("resource", reason="this system has no limits")
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(ValueError, match="x"), memory.limited("x.parquet"), memory.limited("y.parquet"):
        raise ValueError("x")
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_one_long_name_in_many_rows_is_refused(tmp_path: Path) -> None:
    from pyarrow import parquet

    n = 2_000
    names = arrow.DictionaryArray.from_arrays(arrow.array(np.zeros(n, "int32")), ["x" * 100_000])
    parquet.write_table(arrow.table({"gene": names, "0": np.ones(n)}), tmp_path / "x.parquet")
    with pytest.raises(InputError, match="too large"):
        read(tmp_path / "x.parquet")


@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(["parquet", "feather"]))
def test_broken_bytes_are_one_message_or_a_course(
    seed: int, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from pyarrow import feather, parquet

    rng, stream = np.random.default_rng(seed), io.BytesIO()
    table = arrow.Table.from_pandas(frame().rename(columns=str))
    parquet.write_table(table, stream) if kind == "parquet" else feather.write_feather(table, stream)
    content = bytearray(stream.getvalue())
    for place in rng.integers(8, len(content), size=3):
        content[place] = rng.integers(256)
    path = tmp_path_factory.mktemp("broken") / "x"
    path.write_bytes(content)
    try:
        read_all(path)
    except InputError as fault:
        assert fault.problem  # noqa: PT017  either outcome is right


def test_without_pyarrow(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = save(frame())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for path in paths:
        with pytest.raises(MissingExtraError, match="needs the extra 'formats'"):
            read(path)


def test_texts_in_a_frame_are_numbers_as_they_are_in_a_file() -> None:
    table = pandas.DataFrame({"gene": ["a", "b"], "0": ["1,234.5", "\u22122"], "60": ["#DIV/0!", "3"]})
    course = read(table)
    np.testing.assert_array_equal(course.values, [[1234.5, np.nan], [-2, 3]])
    assert "faults_of_excel" in [note.code for note in course.notes]
    with pytest.raises(InputError, match="the commas may be decimal commas or part thousands"):
        read(pandas.DataFrame({"gene": ["a"], "0": ["1,234"], "60": ["2"]}))
