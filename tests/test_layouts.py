"""Every format and layout, and every spelling of a header, is read as what it is, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_allclose

from conftest import WriteTable
from containers import EXAMPLES as CONTAINERS
from layouts import EXAMPLES as TEXTS
from layouts import Example, packed
from phasecall.errors import InputError
from phasecall.io import READERS, read_all, read_labels, sheet
from phasecall.io.document import KINDS
from phasecall.timecourse import TimeCourse

EXAMPLES = (*TEXTS, *(example for example in CONTAINERS if example.key in READERS))
IDS = [f"{example.key}: {example.title}" for example in EXAMPLES]


def check(example: Example, courses: list[TimeCourse], *, name: bool = True) -> None:
    assert len(courses) == len(example.courses)
    for course, told in zip(courses, example.courses, strict=True):
        assert course.genes == told.genes
        assert_allclose(course.times, told.times, rtol=1e-9, atol=1e-6)
        assert_allclose(course.values, told.values, rtol=1e-12)
        assert (course.name, course.sync) == (told.name, told.sync)


def codes_of(courses: list[TimeCourse]) -> set[str]:
    return {note.code for course in courses for note in course.notes}


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_every_example_is_read_as_it_must_be_and_says_why(tmp_path: Path, example: Example) -> None:
    path, how = example.write(tmp_path)
    courses = read_all(path, **how)
    check(example, courses)
    assert codes_of(courses) == example.codes


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_every_example_is_read_packed_and_by_the_name_of_its_format(tmp_path: Path, example: Example) -> None:
    path, how = packed(example).write(tmp_path)
    courses = read_all(path, **how, format=example.key)
    check(example, courses)
    assert "format" not in codes_of(courses)


def test_every_format_has_an_example() -> None:
    for library in ("openpyxl", "pyarrow", "anndata"):
        pytest.importorskip(library, reason="examples are made with it")
    # tests/test_geo.py has those of GEO, and of what its texts say.
    assert {example.key for example in EXAMPLES} >= set(READERS) - {"geo"}


def test_titles_are_unique() -> None:
    assert len(set(IDS)) == len(IDS)


def test_a_recognised_format_is_told_with_the_reason(tmp_path: Path) -> None:
    for example in EXAMPLES:
        if "format" in example.codes:
            path, how = example.write(tmp_path)
            told = next(note.text for note in read_all(path, **how)[0].notes if note.code == "format")
            title = READERS[example.key].title
            assert told.startswith(f"read as {title} ({example.key}): "), told
            assert len(told) > len(f"read as {title} ({example.key}): ") + 10


# Headers that are refused, since what they say is unknown or may be one thing or another.
REFUSED = [
    ("Rep1.0min|Rep1.10min|Rep2.0min|Rep2.10min", "the dots in the header may be decimal points"),
    ("GSM4.0min|GSM5.10min|GSM6.20min", "the dots in the header may be decimal points"),
    ("WT1.10|WT1.20|WT2.10|WT2.20", "the dots in the header may be decimal points"),
    ("10-20|20-30|30-40", "no times in the header"),
    ("0–10|10–20|20–30", "no times in the header"),
    ("0-10 min|10-20 min|20-30 min", "no times in the header"),
    ("2010-01-05|2010-01-10|2010-02-01", "no times in the header"),
    ("05.01.2010|10.01.2010|12.01.2010", "no times in the header"),
    ("0 days|1 days|2 days", "no times in the header"),
    ("0d|1d|2d", "no times in the header"),
    ("Day 0|Day 5|Day 7", "no times in the header"),
    ("1d 2h|1d 4h|1d 6h", "no times in the header"),
    ("0 weeks|1 week|2 weeks", "no times in the header"),
    ("0 ms|10 ms|20 ms", "no times in the header"),
    ("0 hpi|2 hpi|4 hpi", "no times in the header"),
    ("0_uM|5_uM|10_uM", "no times in the header"),
    ("0_uM_1|5_uM_1|10_uM_1", "the labels only count"),
    ("25C|30C|37C", "no times in the header"),
    ("8am|12pm|4pm", "no times in the header"),
    ("08:00 AM|12:00 PM|04:00 PM", "no times in the header"),
    ("25:00|26:00|27:00", "no times in the header"),
    ("1,000|1,010|1,020", "no times in the header"),
    ("2h1|2h2|4h1|4h2", "no times in the header"),
    ("T2G1|T4G1|T6G1", "more than one experiment"),
    ("1e1|2e1|3e1", "more than one experiment"),
    ("minus 10|0|10", "more than one experiment"),
    ("Time point 1|Time point 2|Time point 3", "the labels only count"),
    ("TP1|TP2|TP3", "the labels only count"),
    ("V1|V2|V3", "the labels only count"),
    ("X1|X2|X3", "the labels only count"),
    ("Unnamed: 1|Unnamed: 2|Unnamed: 3", "the labels only count"),
    ("GSM123_WT_1|GSM124_WT_2|GSM125_WT_3", "the labels only count"),
    ("WT_rep1|WT_rep2|WT_rep3", "the labels only count"),
    ("WT1|WT2|WT3|KO1|KO2|KO3", "more than one experiment"),
    ("0 h|0.25|0.5", "some times carry a unit and others do not"),
    ("T0D|T1D|T2D", "no times in the header"),
]


@pytest.mark.parametrize(("header", "problem"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_header_that_may_mean_something_else_is_refused(
    table: WriteTable, header: str, problem: str
) -> None:
    labels = header.split("|")
    rows = ["\t".join([f"g{row}", *(f"{row - 0.5 * n}" for n in range(len(labels)))]) for row in range(4)]
    path = table("\n".join(["\t".join(["gene", *labels]), *rows]))
    with pytest.raises(InputError) as caught:
        read_all(path)
    assert problem in caught.value.problem
    assert caught.value.fix
    assert labels[0][:2] in str(caught.value.found)


def test_samples_are_matched_as_written_before_they_are_matched_as_changed(table: WriteTable) -> None:
    sheet = table("sample,time\nA-1,0\nA1,10\nB 2,20\n1C,30\n", "samples.csv")
    course = read_all(table("gene,A1,A-1,b.2,X1C\ng,1,2,3,4\n"), samples=sheet)[0]
    assert course.times.tolist() == [0, 10, 20, 30]
    assert course.values.tolist() == [[2, 1, 3, 4]]
    changed = read_all(table("gene,A.1,B.2\ng,1,2\n"), samples=sheet)[0]
    assert changed.times.tolist() == [20]
    assert "A.1" in next(note.text for note in changed.notes if note.code == "columns_left_out")


def test_the_unit_asked_for_is_that_of_a_sheet_of_samples_too(table: WriteTable) -> None:
    path, sheet = table("gene,A,B,C\na,1,2,3\n"), table("sample,time\nA,0\nB,1.5\nC,3\n", "samples.csv")
    assert read_all(path, samples=sheet, unit="h")[0].times.tolist() == [0, 90, 180]
    parted = table("sample,hour,minute\nA,0,0\nB,1,30\nC,3,0\n", "parted.csv")
    with pytest.raises(InputError, match="--unit h is for one column of times"):
        read_all(path, samples=parted, unit="h")


def test_ratios_that_are_upside_down_are_put_right_on_the_log_scale(table: WriteTable) -> None:
    rows = [f"g{row},2,0.5,1,1" for row in range(20)]
    path = table("\n".join(["gene,A,B,C,D", *rows]))
    sheet = table("sample,time,sign\nA,0,1\nB,20,-1\nC,40,1\nD,60,-1\n", "samples.csv")
    for scale in ("auto", "ratio"):
        assert read_all(path, samples=sheet, scale=scale)[0].values[0].tolist() == [1, 1, 0, 0]


def test_times_are_those_of_the_columns_that_are_no_text(table: WriteTable) -> None:
    (course,) = read_all(table("gene,what,A,B\na,one thing,1,2\nb,another,3,4\n"), times=[0, 60])
    assert course.values.tolist() == [[1, 2], [3, 4]]
    assert [note.code for note in course.notes] == ["columns_left_out"]


def test_one_word_is_not_the_synchronisation_of_experiments_with_words_of_their_own(
    table: WriteTable,
) -> None:
    path = table("gene,alpha0,alpha7,alpha14,cdc15_0,cdc15_10,cdc15_30\na,1,2,3,4,5,6\n")
    courses = read_all(path, sync="alpha")
    assert [one.sync for one in courses] == ["alpha", "cdc15"]
    assert "not alpha" in next(note.text for note in courses[1].notes if note.code == "sync")
    assert [one.sync for one in read_all(table(SEVERAL), sync="alpha")] == ["alpha", "alpha"]


def test_only_the_row_that_weighs_arrays_is_no_gene_and_that_is_said(table: WriteTable) -> None:
    (course,) = read_all(table("gene,0,30,60,90\nEWEIGHT,1,1,1,1\nAID,1,2,3,4\n"))
    assert course.genes == ("AID",)
    assert [note.code for note in course.notes] == ["weights"]


GEO = (
    '!Series_geo_accession\t"GSE1"\n!Sample_geo_accession\tGSM1\tGSM2\tGSM3\tGSM4\n'
    "!Sample_title\ta 0 min\ta 20 min\ta 40 min\ta 60 min\n!series_matrix_table_begin\n"
    "ID_REF\tGSM1\tGSM2\tGSM3\tGSM4\nYAL001C\t1\t-2\t3\t4\n!series_matrix_table_end\n"
)


def test_what_cannot_be_said_of_a_file_of_geo(table: WriteTable) -> None:
    path = table(GEO, "GSE1_series_matrix.txt")
    with pytest.raises(InputError, match="never rows"):
        read_all(path, transpose=True)
    rows = "".join(f"GSM{n},{n},g\n" for n in range(1, 5))
    (course,) = read_all(path, samples=table(f"sample,time,group\n{rows}", "s.csv"), unit="h")
    assert course.times.tolist() == [60, 120, 180, 240]
    assert "not the experiments" in next(note.text for note in course.notes if note.code == "samples")
    with pytest.raises(InputError, match="turns no ratios"):
        read_all(path, samples=table("sample,time,sign\nGSM1,1,-1\n", "t.csv"))


# What is asked of a file and cannot be: what is said, and what each part of the message must say.
GOOD = "gene,0,10,20\na,1,2,3\nb,4,5,6\n"
SEVERAL = "gene,wt_0,wt_7,wt_14,ko_0,ko_7,ko_14\na,1,2,3,4,5,6\n"
ASKED: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (GOOD, {"format": "jtkk"}, {"problem": "no format named 'jtkk'", "expected": "table, excel"}),
    (GOOD, {"format": "discorhythm", "unit": "d"}, {"problem": "no unit named 'd'", "expected": "min, h, s"}),
    (GOOD, {"sheet": "raw"}, {"problem": "no sheet can be chosen", "expected": "Excel", "fix": "--sheet"}),
    (GOOD, {"layer": "raw"}, {"problem": "no layer can be chosen", "expected": "AnnData", "fix": "--layer"}),
    (GOOD, {"scale": "ln"}, {"problem": "no scale named 'ln'", "expected": "auto, log, ratio"}),
    (GOOD, {"format": "echo"}, {
        "problem": "no table of the format 'echo'", "expected": "TP2.1", "found": "0, 10", "fix": "leave"}),
    (GOOD, {"times": (0, 1)}, {
        "problem": "one time for each column", "expected": "3 times, for 0, 10, 20", "found": "2 times"}),
    (GOOD, {"times": (0, 1, float("inf"))}, {"problem": "a time is not a number"}),
    (GOOD, {"times": (0, 1, 2), "samples": "x.csv"}, {"problem": "times and samples both", "fix": "one of"}),
    (GOOD, {"samples": "absent.csv"}, {"problem": "there is no file 'absent.csv'"}),
    ("ID,A,B\na,1,2\n", {"format": "discorhythm", "times": (0, 1, 2)}, {"found": "3 times"}),
    (SEVERAL, {"experiment": "mut"}, {"problem": "no experiment named 'mut'", "expected": "one of wt, ko"}),
    ("gene,0,10\na,1,-2\nb,0,3\n", {"scale": "ratio"}, {
        "problem": "a value has no logarithm: ratio", "expected": "above 0", "found": "-2, and 1 more",
        "where": "row 1 and column 2", "fix": "--scale log"}),
    ("gene,0,10\na,1,-2\n", {"scale": "counts"}, {"problem": "no logarithm", "expected": "0 or more"}),
    ("EWEIGHT,0,10\nEWEIGHT,1,2\n", {}, {"problem": "the time course is empty"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "how", "parts"), ASKED)
def test_what_cannot_be_asked(
    table: WriteTable, text: str, how: dict[str, Any], parts: dict[str, str]
) -> None:
    with pytest.raises(InputError) as caught:
        read_all(table(text), **how)
    for part, wanted in parts.items():
        assert wanted in str(getattr(caught.value, part)), part


SHEETS = [
    ("well,dose\nA,1\n", {"problem": "no sheet of samples", "expected": "column sample", "found": "well"}),
    ("sample,dose\nA,1\n", {"problem": "no sheet of samples", "where": "line 1"}),
    ("sample,time\n0,1\n0,2\n", {"problem": "sample 0 is there twice", "where": "line 3", "fix": "right"}),
    ("sample,time\n,1\nA,\n", {"problem": "no sample has a name and a time"}),
    ("sample,time\nA,1\n", {
        "problem": "none of the samples", "expected": "names such as 0, 10, 20", "found": "A"}),
    ("sample,time\n0,late\n", {"problem": "a time cannot be read", "found": "late", "where": "line 2"}),
    ("sample,minutes\n0,2h\n", {"problem": "a time cannot be read", "found": "2h"}),
    ("sample,time,swap\n0,1,perhaps\n", {"problem": "a sign cannot be read", "found": "perhaps"}),
    ("sample\n0\n", {"problem": "only one column"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), SHEETS)
def test_sheets_of_samples_that_cannot_be_used(table: WriteTable, text: str, parts: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        read_all(table(GOOD), samples=table(text, "samples.csv"))
    for part, wanted in parts.items():
        assert wanted in str(getattr(caught.value, part)), part


def test_tables_beyond_the_limits(table: WriteTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MAX_COLUMNS", 3)
    with pytest.raises(InputError, match=r"too many cells\n  expected: at most 3\n  found: 4\n.*, line 1"):
        read_all(table(GOOD))
    monkeypatch.setattr(sheet, "MAX_CELLS", 8)
    with pytest.raises(InputError, match=r"is too large\n  expected: at most 8 cells in 1,000,000 lines"):
        read_all(table(GOOD))
    monkeypatch.setattr(sheet, "MAX_LINES", 2)
    with pytest.raises(InputError, match="found: about 9 cells in 4 lines\n  fix: keep the columns of one"):
        read_all(table(GOOD))


BEGINNINGS = {
    "text": b"gene,",
    "workbook": b"PK\x03\x04",
    "parquet": b"PAR1",
    "arrow": b"ARROW1",
    "hdf5": b"\x89HDF",
}


@pytest.mark.parametrize("key", READERS)
def test_a_file_of_another_kind_than_the_format_asked_for(table: WriteTable, key: str) -> None:
    kinds = READERS[key].kinds
    for kind, beginning in BEGINNINGS.items():
        if kind not in kinds:
            with pytest.raises(InputError) as caught:
                read_all(table(beginning + b"rest"), format=key)
            assert f"is not of the format '{key}'" in caught.value.problem
            assert caught.value.expected == " or ".join(KINDS[kind] for kind in kinds)
            assert (caught.value.found, str(caught.value.fix)[:5]) == (KINDS[kind], "leave")


def test_labels_are_text(table: WriteTable) -> None:
    with pytest.raises(InputError, match="is no text table"):
        read_labels(table(b"PAR1rest"))
