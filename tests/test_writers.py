"""Files of calls: every format holds every gene, every number and no surprise, whole or not at all."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import phasecall
from conftest import make_calls
from phasecall.calls import Calls
from phasecall.errors import InputError, MissingExtraError
from phasecall.io import WRITERS, write
from phasecall.io.callfile import require_writable
from phasecall.io.files import require_place
from phasecall.io.h5ad.writing import keep_plain, name_samples
from phasecall.io.heading import describe_calls
from phasecall.phases import SCHEMES
from phasecall.timecourse import Note, TimeCourse

pytest.importorskip("anndata", reason="anndata is not installed")
pytest.importorskip("openpyxl", reason="openpyxl is not installed")
pytest.importorskip("pyarrow", reason="pyarrow is not installed")

SUFFIXES = [suffix for writer in WRITERS for suffix in writer.suffixes]
TEXT = (".tsv", ".csv", ".json", ".jsonl", ".gz")
NAMES = st.lists(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=8
    ),
    min_size=1,
    max_size=7,
    unique=True,
)
TRICKY = ["SEPT2", "MARCH1", "OCT1", "1E5", "=1+1", "+A1", "-3", "@x", "NA", "nan", "TRUE", "007", "2/3"]
Row = dict[str, Any]


def written(calls: Calls, suffix: str, course: TimeCourse | None = None) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"calls{suffix}"
        write(calls, path, course=course)
        assert list(Path(folder).iterdir()) == [path]
        return path.read_bytes()


def rows_of(content: bytes, suffix: str) -> list[Row]:
    """Read a file as others do, a dict a gene; None or NaN where nothing is known."""
    if suffix.endswith(".gz"):
        return rows_of(gzip.decompress(content), suffix.removesuffix(".gz"))
    return READ[suffix](content)


def read_text(content: bytes, delimiter: str) -> list[Row]:
    lines = io.StringIO(content.decode(), newline="")
    return list(csv.DictReader(lines, delimiter=delimiter, strict=True))


def read_xlsx(content: bytes) -> list[Row]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content))
    header, *body = book["calls"].iter_rows(values_only=True)
    texts = {"phase", "phase_set", "reason", "flags"}
    rows = [dict(zip(header, row, strict=True)) for row in body]
    return [{name: row[name] or "" if name in texts else row[name] for name in header} for row in rows]


def read_parquet(content: bytes) -> list[Row]:
    from pyarrow import parquet

    rows: list[Row] = parquet.read_table(io.BytesIO(content)).to_pylist()
    return rows


def read_feather(content: bytes) -> list[Row]:
    from pyarrow import feather

    rows: list[Row] = feather.read_table(io.BytesIO(content)).to_pylist()
    return rows


def read_anndata(content: bytes) -> Any:
    import anndata

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.h5ad"
        path.write_bytes(content)
        return anndata.read_h5ad(path)


def read_h5ad(content: bytes) -> list[Row]:
    table = read_anndata(content).var
    table["phase"] = table["phase"].astype(object).where(table["phase"].notna(), "")
    rows: list[Row] = table.rename_axis("gene").reset_index().to_dict("records")
    return rows


READ: dict[str, Callable[[bytes], list[Row]]] = {
    ".tsv": lambda content: read_text(content, "\t"),
    ".csv": lambda content: read_text(content, ","),
    ".json": lambda content: json.loads(content)["genes"],
    ".jsonl": lambda content: [json.loads(line) for line in content.decode().split("\n")[:-1]],
    ".xlsx": read_xlsx,
    ".parquet": read_parquet,
    ".feather": read_feather,
    ".arrow": read_feather,
    ".h5ad": read_h5ad,
}


def check_rows(calls: Calls, rows: list[Row], suffix: str) -> None:
    """Compare what was read back with the native table."""
    columns = calls.columns()
    assert all(list(row) == list(columns) for row in rows)
    as_text = ".tsv" in suffix or ".csv" in suffix
    for name, column in columns.items():
        wanted, back = np.asarray(column), [row[name] for row in rows]
        if wanted.dtype.kind not in "biuf":
            assert back == list(column), name
        elif wanted.dtype.kind == "b":
            told = [{"true": True, "false": False}[cell] for cell in back] if as_text else back
            assert told == wanted.tolist(), name
        else:
            missing = (None, "")
            numbers = [np.nan if cell in missing else float(cell) for cell in back]
            # Excel has 16 digits.
            digits = 1e-5 if suffix.endswith(TEXT) else 1e-15
            assert_allclose(numbers, wanted.astype(float), rtol=digits, atol=0, err_msg=name)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=15)
@given(names=NAMES, scheme=st.sampled_from(sorted(SCHEMES)))
def test_every_format_holds_every_row(suffix: str, names: list[str], scheme: str) -> None:
    calls = make_calls(tuple(names), scheme=SCHEMES[scheme], seed=len(names))
    check_rows(calls, rows_of(written(calls, suffix), suffix), suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_names_that_look_like_something_else_stay_names(suffix: str) -> None:
    calls = make_calls(tuple(TRICKY))
    check_rows(calls, rows_of(written(calls, suffix), suffix), suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_equal_calls_give_equal_bytes(suffix: str) -> None:
    calls, course = called("alpha")
    assert written(calls, suffix, course) == written(calls, suffix, course)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_crash_leaves_the_old_file_whole(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"calls{suffix}"
    path.write_bytes(b"old")

    def crash(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(InputError, match="cannot be written"):
        write(make_calls(), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@cache
def called(name: str) -> tuple[Calls, TimeCourse]:
    course = phasecall.load(name)
    return phasecall.call(course), course


# The heading


def heading_of(content: bytes, suffix: str) -> Any:
    if suffix == ".json":
        said = json.loads(content)
        return {name: said[name] for name in said if name not in ("genes", "atypical")}
    if suffix == ".parquet":
        from pyarrow import parquet

        return json.loads(parquet.read_schema(io.BytesIO(content)).metadata[b"phasecall"])
    from pyarrow import ipc

    return json.loads(ipc.open_file(io.BytesIO(content)).schema.metadata[b"phasecall"])


def test_json_says_in_words_what_is_atypical() -> None:
    calls, _ = called("cdc15")
    assert calls.atypical
    assert json.loads(written(calls, ".json"))["atypical"] == calls.atypical
    (note,) = [note for note in calls.notes if note.code == "atypical"]
    assert note.text.startswith(f"{len(calls.atypical)} genes are unlike all others: ")


@pytest.mark.parametrize("suffix", [".json", ".parquet", ".feather", ".arrow"])
def test_the_heading_says_what_the_calls_rest_on(suffix: str) -> None:
    calls, course = called("alpha")
    said = heading_of(written(calls, suffix), suffix)
    assert said == describe_calls(calls)
    (clock,) = said["clocks"]
    assert clock["name"] == course.name
    assert clock["period"] == calls.clocks[0]["period"]
    assert said["card"]["name"] == "phasecall"
    assert said["version"] == phasecall.__version__


def test_what_nothing_tells_is_null_in_the_heading() -> None:
    clock = {"name": "x", "period": np.nan, "turn_at_zero": np.nan, "lag": 0.0, "loss": 0.0}
    said = json.loads(written(replace(make_calls(), period=np.nan, clocks=(clock,)), ".json"))
    assert said["period"] is None
    assert said["clocks"] == [{"name": "x", "period": None, "turn_at_zero": None, "lag": 0.0, "loss": 0.0}]
    assert said["card"] is None


# CSV in other programs


def test_pandas_reads_csv_as_the_docs_say(tmp_path: Path) -> None:
    import pandas as pd

    calls = make_calls(tuple(TRICKY))
    write(calls, tmp_path / "calls.csv")
    table = pd.read_csv(tmp_path / "calls.csv", index_col="gene", keep_default_na=False, na_values=[""])
    assert table.index.tolist() == TRICKY
    assert table.loc["SEPT2", "rank"] == 1
    assert table["abstained"].tolist() == calls.abstained.tolist()
    assert table["phase"].isna().tolist() == calls.abstained.tolist()


# Excel


def test_a_workbook_reads_like_one_somebody_made_with_care() -> None:
    import openpyxl

    calls, _ = called("alpha")
    book = openpyxl.load_workbook(io.BytesIO(written(calls, ".xlsx")))
    assert book.sheetnames == ["calls", "about"]
    sheet = book["calls"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == sheet.dimensions
    header = {cell.value: cell for cell in sheet[1]}
    assert all(cell.font.bold for cell in header.values())
    first = {name: sheet.cell(2, cell.column) for name, cell in header.items()}
    assert first["gene"].number_format == "@"
    shown = {name: first[name].number_format for name in ("p_m", "peak_time", "peak_turn", "periodic_p")}
    assert shown == {"p_m": "0.000", "peak_time": "0.0", "peak_turn": "0.000", "periodic_p": "0.00E+00"}
    assert first["abstained"].data_type == "b"
    widths = {name: sheet.column_dimensions[cell.column_letter].width for name, cell in header.items()}
    assert widths["gene"] > widths["rank"] >= 10


def test_no_gene_becomes_a_formula_a_date_or_a_number() -> None:
    import openpyxl

    content = written(make_calls(tuple(TRICKY)), ".xlsx")
    column = openpyxl.load_workbook(io.BytesIO(content))["calls"]["A"][1:]
    assert [(cell.value, cell.data_type) for cell in column] == [(name, "s") for name in TRICKY]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_the_sheet_about_says_what_the_calls_rest_on() -> None:
    import openpyxl

    calls, _ = called("alpha")
    noted = replace(calls, notes=(Note("trap", "=1+1"),))
    sheet = openpyxl.load_workbook(io.BytesIO(written(noted, ".xlsx")))["about"]
    said = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert said["method"] == calls.method
    assert said["scheme"] == "four"
    assert said["note trap"] == "=1+1"
    assert said["network name"] == "phasecall"
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    place = [row[0] for row in rows].index("clock alpha")
    assert rows[place][1:] == [*("period", "turn_at_zero", "lag", "loss", "period_lo", "period_hi", "anchor")]
    assert rows[place + 1][1] == calls.clocks[0]["period"]


def test_what_excel_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="control character"):
        written(make_calls(("a\x01b", "c")), ".xlsx")
    monkeypatch.setattr("phasecall.io.excel.writing._MAX_ROWS", 2)
    with pytest.raises(InputError, match="not so many rows"):
        written(make_calls(), ".xlsx")


# AnnData


def test_anndata_holds_the_course_its_genes_and_what_they_rest_on() -> None:
    calls, course = called("alpha")
    adata = read_anndata(written(calls, ".h5ad", course))
    assert_array_equal(adata.X, course.values.T)
    assert_array_equal(adata.obs["time"], course.times)
    assert not adata.obs["interpolated"].any()
    assert adata.obs_names[:2].tolist() == ["0min", "7min"]
    assert adata.var_names.tolist() == list(course.genes)
    names = [phase.name for phase in calls.scheme.phases]
    assert adata.var["phase"].cat.categories.tolist() == names
    assert adata.var["phase"].cat.ordered
    assert adata.var["phase"].isna().tolist() == calls.abstained.tolist()
    assert calls.embed is not None
    assert_array_equal(adata.varm["X_phasecall"], calls.embed())
    said = adata.uns["phasecall"]
    assert said["method"] == calls.method
    assert said["clocks"]["period"].tolist() == [calls.clocks[0]["period"]]
    assert said["notes"]["code"].tolist() == [note.code for note in calls.notes]
    assert said["card"]["licence"] == "MIT"
    assert len(adata.uns["phase_colors"]) == len(names)


def test_interpolated_times_are_told() -> None:
    calls, course = called("cdc15-4381")
    adata = read_anndata(written(calls, ".h5ad", course))
    assert adata.obs["interpolated"].sum() == np.isin(course.times, course.interpolated).sum() > 0


def test_anndata_without_a_course_has_no_samples() -> None:
    calls, _ = called("alpha")
    adata = read_anndata(written(calls, ".h5ad"))
    assert adata.shape == (0, len(calls))
    assert adata.varm["X_phasecall"].shape == (len(calls), 32)


def test_a_network_that_reads_no_course_gives_no_embedding() -> None:
    whole = phasecall.load("cdc15-4381")
    course = whole.select_times(np.isin(whole.times, range(40, 121, 10)))
    calls = phasecall.call(course, sync="cdc15")
    assert calls.method.startswith("reference")
    assert not read_anndata(written(calls, ".h5ad", course)).varm


def test_the_course_must_be_the_one_that_was_called() -> None:
    calls, course = called("alpha")
    with pytest.raises(InputError, match="not the one that was called"):
        written(calls, ".h5ad", course.select_genes(range(5)))


def test_a_name_that_hdf5_cannot_hold_is_refused() -> None:
    with pytest.raises(InputError, match="NUL"):
        written(make_calls(("a\0b", "c")), ".h5ad")


@given(st.lists(st.sampled_from([0.0, 7.5, 40.0, -3.0]), max_size=8))
def test_names_of_samples_are_unique(times: list[float]) -> None:
    names = name_samples(times)
    assert len(set(names)) == len(names) == len(times)
    assert [float(name.split("min")[0]) for name in names] == times


def test_what_hdf5_cannot_hold_becomes_json_or_is_left_out() -> None:
    kept = keep_plain({"a/b": None, "c/d": [1, None], "e": {"f": [0.5, 1]}, "g": ["x"], "h": [{"i": 1}]})
    assert set(kept) == {"c_d", "e", "g", "h"}
    assert (kept["c_d"], kept["h"]) == ("[1, null]", '[{"i": 1}]')
    assert kept["e"]["f"].tolist() == [0.5, 1.0]
    assert kept["g"].tolist() == ["x"]


# What cannot be written


@pytest.mark.parametrize("refuse", [require_writable, lambda path: write(make_calls(), path)])
def test_an_unknown_suffix_lists_the_known_ones(refuse: Callable[[str], None]) -> None:
    with pytest.raises(InputError, match=r"no suffix of a format") as told:
        refuse("calls.docx")
    assert told.value.expected == ", ".join(SUFFIXES)


@pytest.mark.parametrize("writer", [one for one in WRITERS if one.modules], ids=lambda one: one.key)
def test_a_missing_library_names_the_extra_at_once(
    writer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in writer.modules:
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, module, None)
            for refuse in (require_writable, lambda path: write(make_calls(), path)):
                with pytest.raises(MissingExtraError, match=re.escape(f"phasecall[{writer.extra}]")):
                    refuse(tmp_path / f"calls{writer.suffixes[0]}")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_takes_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        require_place(tmp_path)
    with pytest.raises(InputError, match="there is no folder"):
        require_place(tmp_path / "no" / "calls.tsv")
    for fine in (tmp_path / "calls.tsv", Path(os.devnull)):
        require_place(fine)
    (tmp_path / "calls.tsv").write_text("old")
    require_writable(tmp_path / "calls.tsv")
    assert (tmp_path / "calls.tsv").read_text() == "old"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="no permission"):
        require_place(tmp_path / "calls.tsv")


def test_the_command_refuses_an_output_before_it_reads(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from phasecall.cli.call import command

    for words in (
        ["-o", "calls.docx"],
        ["-o", f"{tmp_path}/no/calls.tsv"],
        ["--report", f"{tmp_path}/no/r.html"],
    ):
        told = CliRunner().invoke(command, ["no-such-course.tsv", *words])
        assert isinstance(told.exception, InputError)
        assert "no-such-course" not in str(told.exception)


def test_the_command_writes_the_course_of_one_experiment(tmp_path: Path) -> None:
    import anndata
    from click.testing import CliRunner

    from phasecall.cli.call import command

    for name in ("alpha", "cdc28"):
        phasecall.datasets.export(name, tmp_path / f"{name}.tsv")
    one, both = tmp_path / "one.h5ad", tmp_path / "both.h5ad"
    inputs = [str(tmp_path / "alpha.tsv"), str(tmp_path / "cdc28.tsv")]
    assert CliRunner().invoke(command, [inputs[0], "-o", str(one)]).exit_code == 0
    assert CliRunner().invoke(command, [*inputs, "-o", str(both)]).exit_code == 0
    adata = anndata.read_h5ad(one)
    assert adata.shape == (18, 800)
    assert adata.varm["X_phasecall"].shape == (800, 32)
    fused = anndata.read_h5ad(both)
    assert fused.shape == (0, 800)
    assert fused.uns["phasecall"]["clocks"]["name"].tolist() == ["alpha", "cdc28"]
