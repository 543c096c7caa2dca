"""Reading time courses and labels, writing calls: what works."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conftest import WriteTable, make_calls
from phasecall.calls import Calls
from phasecall.errors import InputError
from phasecall.io import READERS, WRITERS, atomic, read, read_labels, to_text, write
from phasecall.io.header import label_from
from phasecall.phases import SCHEMES
from phasecall.timecourse import Note, TimeCourse

SMALL = "gene,0,10,20\nYAL001C,0.5,-1,2e-1\nYAL002W,1,,3\n"
VALUES = [[0.5, -1.0, 0.2], [1.0, np.nan, 3.0]]


def codes(course: TimeCourse) -> set[str]:
    return {note.code for note in course.notes}


def note(course: TimeCourse, code: str) -> str:
    return next(note.text for note in course.notes if note.code == code)


def names_in(folder: str | Path) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


# Reading: layouts


@pytest.mark.parametrize(
    "text",
    [
        SMALL,
        SMALL.replace(",", "\t"),
        SMALL.replace(",", ";"),
        SMALL.replace("\n", "\r\n"),
        SMALL.replace("\n", "\r"),
        "\ufeff" + SMALL,
        SMALL.rstrip("\n"),
        SMALL.replace("YAL001C", '"YAL001C"').replace("gene,0", '"gene","0"'),
        SMALL.replace("gene,", "time,"),
        SMALL.replace("gene,", ","),
        SMALL.replace("gene,", "#,"),
        "\n" + SMALL.replace("\n", "\n\n") + ",,,\n",
        SMALL.replace("0.5", " 0.5 ").replace("YAL002W", " YAL002W"),
        "0,10,20\nYAL001C,0.5,-1,0.2\nYAL002W,1,NA,3\n",
    ],
    ids=[
        "csv",
        "tsv",
        "semicolon",
        "windows",
        "old mac",
        "byte order mark",
        "no last line end",
        "quoted",
        "published header",
        "empty corner",
        "hash corner",
        "blank lines",
        "blanks around cells",
        "row names of R",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_layouts_read_the_same(table: WriteTable, text: str, packed: bool) -> None:
    course = read(table(text, packed=packed))
    assert course.genes == ("YAL001C", "YAL002W")
    assert course.times.tolist() == [0, 10, 20]
    assert_array_equal(course.values, VALUES)
    assert course.name == "course"
    assert course.sync is None
    assert course.notes == ()


def test_gzip_is_seen_in_the_content_not_the_name(table: WriteTable) -> None:
    assert_array_equal(read(table(SMALL, "plain.csv.gz")).values, VALUES)
    assert read(table(SMALL, "packed.tsv", packed=True)).name == "packed"


def test_quoted_cells_may_hold_delimiters_and_line_ends(table: WriteTable) -> None:
    course = read(table('gene,0,10\n"a,b",1,2\n"c\nd",3,4\n"say ""x""",5,6\n'))
    assert course.genes == ("a,b", "c\nd", 'say "x"')


def test_transposed_table_reads_with_the_option(table: WriteTable) -> None:
    path = table("time,YAL001C,YAL002W\n0,0.5,1\n10,-1,\n20,0.2,3\n")
    course = read(path, transpose=True)
    assert course.genes == ("YAL001C", "YAL002W")
    assert_array_equal(course.values, VALUES)


def test_name_and_sync_are_taken_over(table: WriteTable) -> None:
    course = read(table(SMALL), name="first try", sync="alpha")
    assert (course.name, course.sync) == ("first try", "alpha")


def test_header_that_names_the_synchronisation_is_believed(table: WriteTable) -> None:
    text = "gene,alpha0,alpha7,alpha14\na,1,2,3\n"
    course = read(table(text))
    assert course.sync == "alpha"
    assert "alpha" in note(course, "sync")
    told = read(table(text), sync="other")
    assert told.sync == "other"
    assert "sync" not in codes(told)


def test_standard_input() -> None:
    code = "from phasecall.io import read; c = read('-'); print(c.name, c.values.shape)"
    done = subprocess.run([sys.executable, "-c", code], input=SMALL.encode(), capture_output=True, check=True)
    assert done.stdout.decode().strip() == "standard input (2, 3)"


def test_importing_the_package_loads_no_numpy() -> None:
    code = (
        "import sys, phasecall.io, phasecall.datasets, phasecall.io.files; sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_reader_table_has_rows_that_read(table: WriteTable) -> None:
    for key, reader in READERS.items():
        assert (reader.key, bool(reader.title), bool(reader.looks)) == (key, True, True)
        assert reader.kinds


# Reading: times


@pytest.mark.parametrize(
    ("header", "times"),
    [
        ("40,50,60", [40, 50, 60]),
        ("0,7.5,15", [0, 7.5, 15]),
        ("-10,0,10", [-10, 0, 10]),
        ("60,40,50", [40, 50, 60]),
        ("cdc15_10,cdc15_30,cdc15_110", [10, 30, 110]),
        ("alpha0,alpha7,alpha119", [0, 7, 119]),
        ("elu0,elu30,elu390", [0, 30, 390]),
        ("T40,T50,T60", [40, 50, 60]),
        ("T1,T2,T3", [1, 2, 3]),
        ("time_40,time_50,time_60", [40, 50, 60]),
        ("40min,50min,60min", [40, 50, 60]),
        ("40 min,50 min,60 min", [40, 50, 60]),
        ("0,2h,4h", [0, 120, 240]),
        ("1.5 hr,2 hr,2.5 hr", [90, 120, 150]),
        ("90s,120s,180s", [1.5, 2, 3]),
        ("30min,1h,1.5h", [30, 60, 90]),
        ("ZT0_rep1,ZT4_rep1,ZT8_rep1", [0, 240, 480]),
        ("CT18,CT20,CT22", [1080, 1200, 1320]),
        ("CT18h,CT20h,CT22h", [1080, 1200, 1320]),
        ("CT0_1,CT2_2,CT4_3", [0, 120, 240]),
        ("0hr_10127,2hr_10129,4hr_10130", [0, 120, 240]),
        ("cdc15_10min,cdc15_30min,cdc15_50min", [10, 30, 50]),
        ("wt_T0,wt_T10,wt_T20", [0, 10, 20]),
        ("wt_ZT0,wt_ZT4,wt_ZT8", [0, 240, 480]),
        ("4.1h,8.1h,12.1h", [246, 486, 726]),
        ("0.1,0.2,0.3", [0.1, 0.2, 0.3]),
        ("0,0.5,1", [0, 0.5, 1]),
    ],
)
def test_times_of_the_header(table: WriteTable, header: str, times: list[float]) -> None:
    course = read(table(f"gene,{header}\na,1,2,3\n"))
    assert course.times.tolist() == times


@pytest.mark.parametrize(
    ("header", "times"),
    [
        ("40,40,50,50", [40, 40, 50, 50]),
        ("alpha0,alpha7,alpha0,alpha7", [0, 0, 7, 7]),
        ("40_rep1,40_rep2,50_rep1,50_rep2", [40, 40, 50, 50]),
        ("40_r1,40_r2,50_r1,50_r2", [40, 40, 50, 50]),
        ("40_a,40_b,50_a,50_b", [40, 40, 50, 50]),
        ("rep1_40,rep1_50,rep2_40,rep2_50", [40, 40, 50, 50]),
        ("40_1,40_2,50_1,50_2", [40, 40, 50, 50]),
        ("alpha0_1,alpha7_1,alpha14_1,alpha14_2", [0, 7, 14, 14]),
        ("40,40.1,50,50.1", [40, 40, 50, 50]),
        ("TP20.1,TP20.2,TP40.1,TP40.2", [20, 20, 40, 40]),
    ],
)
def test_replicates(table: WriteTable, header: str, times: list[float]) -> None:
    course = read(table(f"gene,{header}\na,1,2,3,4\n"))
    assert course.times.tolist() == times
    assert note(course, "replicates") == (
        f"{sum(times.count(time) > 1 for time in set(times))} of {len(set(times))} times "
        "were measured more than once"
    )
    assert ("numbered_replicates" in codes(course)) == header.startswith("40,40.1")


def test_a_decimal_beside_its_whole_number_is_a_time(table: WriteTable) -> None:
    assert read(table("gene,40,40.1,50\na,1,2,3\n")).times.tolist() == [40, 40.1, 50]


def test_unit_in_the_corner_counts_for_bare_numbers(table: WriteTable) -> None:
    course = read(table("time (h),0,1,2\na,1,2,3\n"))
    assert course.times.tolist() == [0, 60, 120]
    assert note(course, "unit") == "times in hours were turned into minutes"


@given(
    st.lists(st.integers(0, 5000), min_size=3, max_size=8, unique=True),
    st.sampled_from(["", "T", "time_", "x_T"]),
    st.sampled_from(["min", " min", " minutes", "m"]),
    st.sampled_from(["", "_rep1", "_r2"]),
)
def test_any_label_gives_its_number(times: list[int], prefix: str, unit: str, replicate: str) -> None:
    for time in times:
        label = label_from(f"{prefix}{time}{unit}{replicate}")
        assert label is not None
        assert (float(label.number), label.minutes, label.sure) == (time, 1.0, True)


# Reading: values


@pytest.mark.parametrize(
    "missing", ["", "NA", "N/A", "NaN", "nan", "null", "None", ".", "-", "#N/A", " NA ", "-NaN"]
)
def test_missing_values_stay_missing(table: WriteTable, missing: str) -> None:
    course = read(table(f"gene\t0\t10\t20\na\t1\t{missing}\t3\n"))
    assert_array_equal(course.values, [[1, np.nan, 3]])


def test_genes_without_values_and_constant_genes_are_kept_and_noted(table: WriteTable) -> None:
    rows = ["gene,0,10,20", "a,1,2,NA", *(f"empty{i},,,NA" for i in range(7)), "flat,2,2,NA", "once,2,,"]
    course = read(table("\n".join(rows)))
    assert len(course) == 10
    assert note(course, "all_missing_genes") == (
        "7 genes have no value at any time point: empty0, empty1, empty2, empty3, empty4 and 2 more"
    )
    assert note(course, "constant_genes") == "1 gene has the same value at every time point: flat"
    assert note(course, "all_missing_times") == "columns without a single value: 20 min"


def test_decimal_commas_are_read_and_noted(table: WriteTable) -> None:
    course = read(table("gene;0;10;20\na;0,5;-1,25;\nb;3;NA;1,5\n"))
    assert_array_equal(course.values, [[0.5, -1.25, np.nan], [3, np.nan, 1.5]])
    assert note(course, "decimal_comma") == "3 numbers with a decimal comma were read"


@given(
    st.lists(
        st.lists(st.none() | st.floats(-1e6, 1e6), min_size=4, max_size=4), min_size=1, max_size=6
    ).filter(lambda rows: any(value is not None for row in rows for value in row)),
    st.sampled_from("\t,;"),
)
def test_values_read_as_written(rows: list[list[float | None]], delimiter: str) -> None:
    lines = [["gene", "0", "10", "20", "30"]]
    lines += [[f"g{i}", *("" if v is None else repr(v) for v in row)] for i, row in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.txt"
        path.write_text("\n".join(map(delimiter.join, lines)))
        course = read(path)
    assert_array_equal(course.values, np.array(rows, dtype=float))


# Labels


@pytest.mark.parametrize(
    "text",
    [
        "gene,phase\na,G1\nb,M/G1\n",
        "a\tG1\nb\tM/G1\n",
        "ORF;Peak\r\na;G1\r\nb;M/G1\r\n",
        '"","x"\n"a","G1"\n"b","M/G1"\n',
        "a,G1\na,G1\n\nb, M/G1 \n",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_labels_with_and_without_header(table: WriteTable, text: str, packed: bool) -> None:
    assert read_labels(table(text, packed=packed)) == {"a": "G1", "b": "M/G1"}


# Writing

NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8),
    min_size=1,
    max_size=7,
    unique=True,
)


def written(calls: Calls, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(calls, path)
        assert names_in(folder) == [name]
        return path.read_bytes()


def parsed(kind: str, cell: str) -> object:
    """Return what a cell of a column of that kind of array says."""
    if kind == "f":
        return float(cell) if cell else None
    if kind == "i":
        return int(cell)
    return {"true": True, "false": False}[cell] if kind == "b" else cell


def check_row(calls: Calls, index: int, row: dict[str, object]) -> None:
    """Compare a row that was read back, missing as None, with the calls."""
    for name, column in calls.columns().items():
        value, back = column[index], row[name]
        if isinstance(value, float) and np.isnan(value):
            assert back is None, name
        elif isinstance(value, float):
            assert_allclose(float(str(back)), value, rtol=1e-5, atol=1e-300, err_msg=name)
        else:
            assert back == value, name


@given(NAMES, st.sampled_from(sorted(SCHEMES)), st.sampled_from(["x.tsv", "x.csv", "x.tsv.gz", "X.CSV.GZ"]))
def test_delimited_round_trip(names: list[str], scheme: str, file: str) -> None:
    calls = make_calls(tuple(names), scheme=SCHEMES[scheme], seed=len(names))
    content = written(calls, file)
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    text = content.decode()
    delimiter = "\t" if "tsv" in file else ","
    assert text == to_text(calls, delimiter)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    assert list(rows[0]) == list(calls.columns())
    assert len(rows) == len(calls)
    columns = calls.columns()
    for index, row in enumerate(rows):
        back = {name: parsed(np.asarray(column).dtype.kind, row[name]) for name, column in columns.items()}
        check_row(calls, index, back)


@given(NAMES)
def test_json_round_trip(names: list[str]) -> None:
    calls = make_calls(tuple(names), notes=(Note("code", "a “sentence”"),))
    said = json.loads(written(calls, "x.json"))
    assert {key: said[key] for key in ("method", "scheme", "period", "notes")} == {
        "method": "example 1",
        "scheme": "four",
        "period": 112.0,
        "notes": [{"code": "code", "text": "a “sentence”"}],
    }
    assert [row["gene"] for row in said["genes"]] == names
    for index, row in enumerate(said["genes"]):
        assert list(row) == list(calls.columns())
        check_row(calls, index, row)


def test_json_without_a_period_says_null() -> None:
    from dataclasses import replace

    assert json.loads(written(replace(make_calls(), period=float("nan")), "x.json"))["period"] is None


@given(NAMES)
def test_parquet_round_trip(names: list[str]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    calls = make_calls(tuple(names))
    table = parquet.read_table(io.BytesIO(written(calls, "x.parquet")))
    assert table.column_names == list(calls.columns())
    for index, row in enumerate(table.to_pylist()):
        check_row(calls, index, row)
    assert json.loads(table.schema.metadata[b"phasecall"])["scheme"] == "four"


def test_writing_is_deterministic() -> None:
    for writer in WRITERS:
        for suffix in writer.suffixes:
            if suffix != ".parquet":
                assert written(make_calls(), f"x{suffix}") == written(make_calls(), f"x{suffix}")


def test_text_of_known_calls() -> None:
    header, first, *_, silent = to_text(make_calls()).splitlines()
    assert header.split("\t")[:6] == ["gene", "phase", "p_early_g1", "p_late_g1_s", "p_g2", "p_m"]
    assert first.startswith("YAL001C\tLate G1/S\t0.394941\t")
    assert "\tfalse\t\t" in first
    assert silent.startswith("YBR160W\t\t\t\t\t\t\t\ttrue\tall_missing\t\t\t\t\t112\t")


# Atomic files


def test_atomic_replaces_a_file_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("old")
    path.chmod(0o640)
    with atomic(path) as file:
        file.write("né\r\n")
        assert path.read_text() == "old"
    assert path.read_bytes() == "né\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert names_in(tmp_path) == ["x.txt"]


@pytest.mark.parametrize("fault", [ValueError(), KeyboardInterrupt(), InputError("no")])
def test_atomic_leaves_the_old_file_whole(tmp_path: Path, fault: BaseException) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"old")

    def crash() -> None:
        with atomic(path, "wb") as file:
            file.write(b"new")
            raise fault

    with pytest.raises(type(fault)):
        crash()
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["x.bin"]


def test_atomic_leaves_no_file_where_there_was_none(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), atomic(tmp_path / "x") as file:
        file.write(str(1 // 0))
    assert names_in(tmp_path) == []


def test_atomic_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with atomic(tmp_path / "link") as file:
        file.write("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_atomic_does_not_replace_a_device() -> None:
    with atomic(os.devnull) as file:
        file.write("gone")
    assert not Path(os.devnull).is_file()


def test_atomic_passes_on_errors_about_other_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent"), atomic(tmp_path / "x") as file:
        file.write((tmp_path / "absent").read_text())
    assert names_in(tmp_path) == []


def test_a_table_of_several_blocks_is_read_as_one(table: WriteTable, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = np.arange(40.0).reshape(20, 2)
    wanted[7, 1] = np.nan
    rows = [f"g{index},{one:g},{two:g}" for index, (one, two) in enumerate(wanted)]
    path = table("\n".join(["gene,0,10", *rows]))
    monkeypatch.setattr("phasecall.io.cells._BLOCK", 3)
    np.testing.assert_array_equal(read(path).values, wanted)
    path = table("\n".join(["gene;0;10", *rows]).replace(",", ";").replace("g19;38", "g19;38,0"))
    np.testing.assert_array_equal(read(path).values, wanted)
