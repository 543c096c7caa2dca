"""Every file that cannot be used gets one message: what, expected, found, where, what to do."""

from __future__ import annotations

import gzip
import json
import pickle
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import WriteTable, make_calls
from phasecall.errors import InputError, MissingExtraError, PhasecallError
from phasecall.io import atomic, files, read, read_labels, write
from phasecall.io.courses import course_from

GOOD = "gene,0,10,20\na,1,2,3\nb,4,5,6\n"
PACKED = gzip.compress(GOOD.encode() * 50)


class Exploding:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('unpickled')",))


def refused(path: Path, *, transpose: bool = False) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path, transpose=transpose)
    return caught.value


# What is wrong with the text, and what each part of the message must say.
TABLES = [
    ("blank", " \n\n", {"problem": "is empty"}),
    ("header only", "gene,0,10\n", {"problem": "no gene below the header"}),
    ("one column", "gene\na\nb\n", {"problem": "only one column", "found": "tried tab, semicolon, comma"}),
    ("comments only", "# made by R\n!b\n!b,0,10,20\n!b,1,2,3\n!b,1,,3\n", {
        "problem": "only one column", "found": "'# made by R'", "where": "line 1"}),
    ("bars part", "gene|0|10\na|1|2\n", {"problem": "only one column", "fix": "tab or comma"}),
    ("too few cells", "gene,0,10\na,1,2\nb,1\nc,1\n", {
        "problem": "too few cells", "expected": "3 cells", "found": "2 cells; 1 more", "where": "line 3"}),
    ("too many cells", "gene,0,10\na,1,2,3\nb,1,2\n", {
        "problem": "too many cells", "found": "4 cells", "where": "line 2"}),
    ("commas both ways", "gene,0,10\na,1,5,2,5\n", {"problem": "too many cells", "fix": "decimal comma"}),
    ("open quote", 'gene,0,10\na,1,2\n"b,3,4\nc,5,6\n', {"problem": "cannot be cut", "where": "line 3"}),
    ("huge cell", f"gene,0,10\na,1,{'2' * 200_000}\n", {"problem": "infinite", "where": "line 2"}),
    ("huge text", f'gene,0,10\na,1,"{"2" * 200_000}"\n', {
        "problem": "cannot be cut", "found": "field limit"}),
    ("no times", "gene,one,two\na,1,2\n", {"problem": "no times in the header", "found": "one, two"}),
    ("endless label", f"gene,{'1' * 300},10\na,1,2\n", {"problem": "some columns", "found": "1 of 2: 1111"}),
    ("arrays", "gene,cln3.1,cln3.2\na,1,2\n", {
        "problem": "no times in the header", "found": "cln3.1, cln3.2: numbered replicate arrays"}),
    ("arrays backwards", "gene,clb2.2,clb2.1\na,1,2\n", {"problem": "labels only count"}),
    ("arrays by dash", "gene,cln3-1,cln3-2\na,1,2\n", {"problem": "labels only count"}),
    ("running numbers", "gene,sample1,sample2,sample3\na,1,2,3\n", {"found": "running numbers"}),
    ("accessions", "gene,GSM81,GSM82,GSM83\na,1,2,3\n", {"found": "running numbers"}),
    ("numbers without a time", "gene,early,late,0,10\na,7,8,1,2\n", {
        "problem": "some columns carry no time", "found": "2 of 4: early, late",
        "where": "line 1, column 2"}),
    ("empty label", "gene,0,,\na,1,2,3\n", {"found": "(empty)", "where": "line 1, column 3"}),
    ("two experiments", "gene,alpha0,alpha7,cdc15_10\na,1,2,3\n", {
        "problem": "more than one experiment", "found": "'alpha' (2 columns), 'cdc15' (1 columns)"}),
    ("two whole experiments", "gene,a_0,a_7,a_14,b_0,b_7,b_14\na,1,2,3,4,5,6\n", {
        "problem": "holds 2 experiments", "found": "a (3 samples); b (3 samples)",
        "fix": "--experiment NAME"}),
    ("units missing", "gene,1,2h,3h\na,1,2,3\n", {"problem": "others do not", "fix": "its unit"}),
    ("no header", "a,0.5,-1,2\nb,1,2,3\n", {"problem": "looks like data", "fix": "add a header"}),
    ("header twice", "gene,0,10\na,1,2\ngene,0,10\nb,1,2\n", {"problem": "again", "where": "line 3"}),
    ("same replicate twice", "gene,40_rep1,50_rep1,40_rep1\na,1,2,3\n", {
        "problem": "more than once in the header", "found": "40_rep1", "where": "line 1, column 4"}),
    ("no number", "gene,0,10\na,1,2\n\nb,1,oops\nc,x,y\n", {
        "problem": "not a number", "found": "'oops', and 2 more", "where": "line 4, column 3 ('10')"}),
    ("underscore", "gene,0,10\na,1_000,2\n", {"problem": "not a number", "found": "'1_000'"}),
    ("other digits", "gene,0,10\na,١,2\n", {"problem": "not a number", "found": "'١'"}),
    ("comma in quotes", 'gene,0,10\na,"1,5",2\n', {"problem": "not a number", "found": "'1,5'"}),
    ("comma and point", "gene;0;10\na;1,5;2\nb;1.5;2\n", {
        "problem": "decimal comma and others a decimal point", "found": "1,5 and 1.5", "where": "line 2"}),
    ("commas of thousands", "gene\t0\t10\na\t1,234\t2\nb\t12,345\t2\n", {
        "problem": "decimal commas or part thousands", "found": "1,234", "where": "line 2", "fix": "point"}),
    ("thousands and commas", 'gene;0;10\na;1,5;"1,234.5"\n', {"problem": "others a decimal point"}),
    ("no names", "0,10,20\n1,2,3\n-4.5,5,6\n", {
        "problem": "no column with the names", "found": "called 0, with 1, -4.5", "fix": "in front"}),
    ("comma and text", "gene;0;10\na;1,5;2\nb;x;2\n", {"problem": "not a number", "found": "'x'"}),
    ("infinite", "gene,0,10\na,1,2\nb,-inf,1\nc,Infinity,2\n", {
        "problem": "infinite", "found": "'-inf', and 1 more", "where": "line 3, column 2 ('0')"}),
    ("too large", "gene,0,10\na,1,2\nb,1,1e999\n", {
        "problem": "infinite", "found": "'1e999'", "where": "line 3, column 3 ('10')"}),
    ("all missing", "gene,0,10\na,,NA\nb,,\n", {"problem": "every value is missing", "found": "2 genes"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), [row[1:] for row in TABLES], ids=[row[0] for row in TABLES])
@pytest.mark.parametrize("packed", [False, True])
def test_tables(table: WriteTable, text: str, parts: dict[str, str], packed: bool) -> None:
    path = table(text, packed=packed)
    error = refused(path)
    for part, wanted in parts.items():
        assert wanted in str(getattr(error, part)), f"{part}: {getattr(error, part)}"
    if error.where:
        assert error.where.startswith(str(path))
    assert error.exit_status == 2


BINARY = [
    ("nothing", b"", "is empty", None),
    ("xls", b"\xd0\xcf\x11\xe0rest", "no table", "old Excel workbook"),
    ("pickle", pickle.dumps(Exploding()), "no table", "a Python pickle"),
    ("npy", b"\x93NUMPY\x01\x00", "no table", "NumPy array"),
    ("rds", gzip.compress(b"X\n\x00\x00\x00\x03"), "no table", "R data file"),
    ("page", b"<!DOCTYPE html><html>", "no table", "a web page"),
    ("json", b'{"a": 1}', "no table", "JSON"),
    ("twice", gzip.compress(PACKED), "no table", "a gzip file inside"),
    ("broken utf16", GOOD.encode("utf-16")[:-1], "is not UTF-8", "the byte"),
    ("nul", b"gene,0\na,1\nb\x00,2", "holds a NUL byte", "binary data"),
    ("no text", b"gene,0\na,1\nn\x81,2", "is not UTF-8", "the byte 0x81"),
    ("truncated", PACKED[:-20], "broken gzip", "end too early"),
    ("corrupt", PACKED[:20] + b"\xff" * 9 + PACKED[29:], "broken gzip", "corrupt"),
    ("trailing", PACKED + b"more", "broken gzip", "corrupt"),
]


@pytest.mark.parametrize(
    ("data", "problem", "found"), [row[1:] for row in BINARY], ids=[row[0] for row in BINARY]
)
def test_files_that_are_no_text(table: WriteTable, data: bytes, problem: str, found: str | None) -> None:
    for error in (refused(table(data)), labels_refused(table(data, "labels.tsv"))):
        assert problem in error.problem
        assert found is None or found in str(error.found)
        assert found is None or error.fix


def test_place_of_a_byte_that_is_not_utf8(table: WriteTable) -> None:
    error = refused(table(b"gene,0\r\na,1\r\nn\x81,2"))
    assert str(error.where).endswith("line 3, byte 14")
    assert error.fix == "save the file as UTF-8"
    assert str(refused(table(b"gene,0\ra,1\rn\x81,2")).where).endswith("line 3, byte 12")


def test_pickles_are_named_and_not_opened(table: WriteTable) -> None:
    for protocol in range(2, 6):
        error = refused(table(pickle.dumps(Exploding(), protocol=protocol)))
        assert "never opens pickles" in str(error.fix)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "there is no file" in refused(tmp_path / "absent.csv").problem
    assert "is a folder" in refused(tmp_path).problem
    assert "cannot be read" in refused(tmp_path / ("x" * 300)).problem
    assert "cannot be read" in refused(Path("a\0b")).problem


def test_unfolding_stops_at_the_limit(table: WriteTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 1 << 20)
    bomb = table(gzip.compress(b"gene,0,10\n" + b"a" * (1 << 22)))
    assert bomb.stat().st_size < 1 << 14
    error = refused(bomb)
    assert "too large" in error.problem
    assert error.expected == "at most 1 MiB"
    assert "split the genes over files" in str(error.fix)


def test_the_limit_is_well_above_a_table_of_a_whole_genome_and_below_what_fills_a_memory() -> None:
    genome = 20_000 * 48 * len("-1.23456,")
    assert 10 * genome < files.MAX_BYTES <= 128 << 20


# Messages


HOSTILE_CELL = "\x1b[2J\x1b[31m\x9b1m\r\a\u202e\u2028"


@pytest.mark.parametrize(
    "text",
    [
        f"gene,0,10\na,1,{HOSTILE_CELL}\n",
        f"gene,0,{HOSTILE_CELL}\na,1,2\n",
        f"gene,{HOSTILE_CELL}x,{HOSTILE_CELL}y\na,1,2\n",
    ],
)
def test_what_a_file_holds_cannot_command_a_terminal(text: str) -> None:
    with pytest.raises(InputError) as caught:
        course_from(text.replace("\r", ""), f"dir{HOSTILE_CELL}/course.csv")
    shown = str(caught.value)
    assert all(line.isprintable() for line in shown.split("\n"))
    assert "\\x1b[2J\\x1b[31m\\x9b1m" in shown
    assert [line.partition(":")[0] for line in shown.split("\n")[1:]] == [
        f"  {part}" for part in ("expected", "found", "where", "fix") if getattr(caught.value, part)
    ]
    # JSON escapes by itself, and whoever reads it wants what the file holds.
    assert "\x1b[2J" in json.dumps(caught.value.as_dict(), ensure_ascii=False).encode().decode(
        "unicode_escape"
    )


def test_every_part_of_a_message_is_cut_in_its_middle_and_fits_on_one_line() -> None:
    error = InputError("p" * 5000, found="a\nb", where=f"{'x' * 5000}, line 3", fix="\udce9")
    problem, found, where, fix = str(error).split("\n")
    assert len(problem) <= 300
    assert " ... " in problem
    assert found == "  found: a\\nb"
    assert where.startswith("  where: xxx")
    assert where.endswith("xxx, line 3")
    assert len(where) <= 320
    assert fix.encode() == b"  fix: \\udce9"
    assert error.as_dict()["found"] == "a\nb"


@pytest.mark.parametrize(
    ("text", "genes"),
    [
        ("time,YAL001C,CLN3\n0,1,2\n10,3,4\n", ("YAL001C", "CLN3")),
        ("time,gene1,gene2\n0h,1,2\n1h,3,4\n", ("gene1", "gene2")),
        ("x,tub1,tub2,tub3\n0,1,2,5\n10,3,4,5\n", ("tub1", "tub2", "tub3")),
    ],
)
def test_a_transposed_table_is_read_as_such_and_said_so(
    table: WriteTable, text: str, genes: tuple[str, ...]
) -> None:
    course = read(table(text))
    assert course.genes == genes
    assert course.values[:, 0].tolist() == [1, 2, 5][: len(genes)]
    assert "times run down the first column" in course.notes[0].text


def test_transposing_a_table_that_stands_right(table: WriteTable) -> None:
    error = refused(table("gene,0,10,20\nYAL,1,2,3\nYBR,4,5,6\n"), transpose=True)
    assert error.problem == "no times in the header"
    assert "leave out --transpose" in str(error.fix)


def test_places_of_a_transposed_table_are_those_of_the_file(table: WriteTable) -> None:
    bad = refused(table("time,a,b\n0,1,2\n10,3,oops\n"), transpose=True)
    assert str(bad.where).endswith("line 3, column 3 ('b')")
    label = refused(table("time,a,b\n0,1,2\nlate,3,4\n"), transpose=True)
    assert str(label.where).endswith("line 3, column 1")


def test_increasing_numbers_as_gene_names_are_no_transposed_table(table: WriteTable) -> None:
    assert len(read(table("gene,T0,T10\n850000,1,2\n850001,3,4\n"))) == 2
    assert len(read(table("gene,alpha0,alpha7\n1,1,2\n2,3,4\n3,5,6\n"))) == 3


@given(st.binary(max_size=200))
def test_any_bytes_give_a_time_course_or_one_message(data: bytes) -> None:
    with suppress(PhasecallError):
        course = course_from(files.decode(data, "x"), "x")
        assert np.isfinite(course.times).all()


CELLS = st.sampled_from(
    ["gene", "a", "b", "0", "10", "T20", "alpha7", "1.5", "1,5", "", "NA", '"', "inf", "-1"]
)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=5), st.sampled_from(",;\t"), st.booleans())
def test_any_table_gives_a_time_course_or_one_message(
    rows: list[list[str]], delimiter: str, transpose: bool
) -> None:
    text = "\n".join(map(delimiter.join, rows))
    with suppress(PhasecallError):
        course = course_from(files.decode(text.encode(), "x"), "x", transpose=transpose)
        assert np.isfinite(course.times).all()


# Labels


def labels_refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_labels(path)
    return caught.value


@pytest.mark.parametrize(
    ("text", "part", "wanted"),
    [
        ("gene\na\n", "problem", "only one column"),
        ("gene,phase\n", "problem", "no label below the header"),
        ("gene,phase\na,G1\na,M\n", "found", "G1 (line 2) and M"),
        ("gene,phase\na,G1\na,M\n", "where", "line 3"),
        ("gene,phase\na,\n", "problem", "no gene has a label"),
        ("gene,phase\na,G1\n,M\n", "problem", "a gene has no name"),
        ("gene,phase\na,G1,S\n", "found", "3 cells"),
        ('gene,phase\n"a,G1\n', "problem", "cannot be cut"),
    ],
)
def test_labels(table: WriteTable, text: str, part: str, wanted: str) -> None:
    assert wanted in str(getattr(labels_refused(table(text)), part))


def test_missing_label_file(tmp_path: Path) -> None:
    assert "there is no file" in labels_refused(tmp_path / "absent.tsv").problem


# Writing


def test_unknown_suffix_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected: \.tsv, \.tsv\.gz, \.csv, \.csv\.gz, \.json, "):
        write(make_calls(), tmp_path / "calls.docx")


def test_missing_folder_and_folder_as_target(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        write(make_calls(), tmp_path / "absent" / "calls.tsv")
    (tmp_path / "folder.tsv").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        write(make_calls(), tmp_path / "folder.tsv")


def test_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", forbid)
    with pytest.raises(InputError, match="cannot be written\n  found: Permission denied"):
        write(make_calls(), tmp_path / "calls.tsv")


def test_full_disk(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No space left"), atomic(tmp_path / "x"):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_parquet_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'phasecall\[formats\]'"):
        write(make_calls(), tmp_path / "calls.parquet")
    assert list(tmp_path.iterdir()) == []
