"""Excel workbooks: which sheet is read, what cells become, and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasecall.errors import InputError
from phasecall.io import read, read_all
from phasecall.io.excel import cells
from phasecall.io.excel.cells import open_spreadsheet, read_sheet
from phasecall.timecourse import TimeCourse

SMALL: list[list[Any]] = [["gene", 0, 10, 20], ["YAL001C", 0.5, -1, 0.2], ["YAL002W", 1, None, 3]]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"

RICH = '<r><t>CL</t></r><r><t>N2</t></r><rPh sb="0" eb="1"><t>spoken</t></rPh>'

Parts = Mapping[str, str | bytes]
Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a workbook of openpyxl, from sheets as lists of rows, and return its path."""
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")

    def write(
        sheets: Mapping[str, Iterable[Iterable[Any]]], formats: Mapping[str, str] | None = None
    ) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(list(row))
        for place, code in (formats or {}).items():
            book.worksheets[0][place].number_format = code
        path = tmp_path / "book.xlsx"
        book.save(path)
        return path

    return write


def plain_book() -> bytes:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "course"
    for row in SMALL:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def altered(changes: Parts, gone: Iterable[str] = ()) -> bytes:
    """Return a workbook some of whose parts are others."""
    parts: dict[str, str | bytes] = {}
    with zipfile.ZipFile(io.BytesIO(plain_book())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name not in gone}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | dict(changes)).items():
            archive.writestr(name, content)
    return stream.getvalue()


def sheet_of(cells: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'


def given_sheet(cells: str) -> bytes:
    return altered({SHEET: sheet_of(cells)})


def opened(path: Path, content: bytes) -> TimeCourse:
    path.write_bytes(content)
    return read(path, scale="log")


def note(course: TimeCourse, code: str) -> str:
    return next(note.text for note in course.notes if note.code == code)


# Cells


def test_workbook_of_openpyxl_is_read(save: Save) -> None:
    course = read(save({"a": SMALL}))
    assert course.genes == ("YAL001C", "YAL002W")
    assert course.times.tolist() == [0, 10, 20]
    np.testing.assert_array_equal(course.values, [[0.5, -1, 0.2], [1, np.nan, 3]])
    assert (course.name, course.notes) == ("book", ())


@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_are_read_as_openpyxl_wrote_them(values: list[float]) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["gene", *(f"{place}min" for place in range(len(values)))])
    book.active.append(["CLN2", *values])
    book.save(stream)
    sheet = read_sheet(open_spreadsheet(stream.getvalue(), "book.xlsx"), "Sheet")
    # openpyxl itself writes 16 digits of a float that needs 17.
    again = openpyxl.load_workbook(stream).active
    assert [float(cell) for cell in sheet.rows[1][1:]] == [cell.value for cell in again[2]][1:]


def test_cells_of_every_kind_become_text(save: Save) -> None:
    day, moment = dt.date(2023, 9, 2), dt.datetime(2023, 9, 2, 13, 30)
    cells = [day, moment, dt.time(12, 0), dt.timedelta(hours=36), True, False, 0.25, 7, 7.0, 0.1, "  x "]
    path = save({"a": [cells]}, {"G1": "0%", "C1": "h:mm"})
    row = list(read_sheet(open_spreadsheet(path.read_bytes(), "x"), "a").rows[0])
    assert row[:6] == ["2023-09-02", "2023-09-02 13:30", "12:00", "2160min", "TRUE", "FALSE"]
    assert row[6:] == ["0.25", "7", "7", "0.1", "  x "]


def test_formula_without_a_value_is_no_missing_value(save: Save) -> None:
    with pytest.raises(InputError, match="not a number") as caught:
        read(save({"a": [*SMALL, ["YAL003W", 1, "=B2+1", 2]]}))
    assert "a formula that was never computed" in str(caught.value.found)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c><v>1.0</v></c>", "1"),
        ("<c><v>1E-3</v></c>", "0.001"),
        ('<c t="e"><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c t="b"><v>1</v></c>', "TRUE"),
        ('<c t="str"><f>A1</f><v>sum</v></c>', "sum"),
        ('<c t="d"><v>2023-09-02T00:00:00</v></c>', "2023-09-02"),
        (f'<c t="inlineStr"><is>{RICH}</is></c>', "CLN2"),
        ("<c><f>A1+1</f></c>", "(a formula that was never computed)"),
        ('<c t="str"><f>A1</f><v></v></c>', ""),
    ],
)  # fmt: skip
def test_cell_of_the_file_becomes_text(cell: str, text: str) -> None:
    content = given_sheet(f"<row><c><v>8</v></c>{cell}<c><v>9</v></c></row>")
    assert list(read_sheet(open_spreadsheet(content, "x"), "course").rows[0]) == ["8", text, "9"]


def test_gaps_shifts_and_prefixes() -> None:
    cells = '<x:row r="3"><x:c r="C3"><x:v>1</x:v></x:c><x:c r="E3"><x:v>2</x:v></x:c></x:row>'
    cells += '<x:row r="7"><x:c r="D7"><x:v>3</x:v></x:c></x:row>'
    content = altered(
        {SHEET: f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{cells}</x:sheetData></x:worksheet>'}
    )
    sheet = read_sheet(open_spreadsheet(content, "x"), "course")
    assert [list(row) for row in sheet.rows] == [["1", "", "2"], ["", "3", ""]]
    assert list(sheet.lines) == [3, 7]


def test_days_of_1904(save: Save) -> None:
    import openpyxl

    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append([dt.date(2023, 9, 2), 43709])
    book.save(stream)
    sheet = read_sheet(open_spreadsheet(stream.getvalue(), "x"), "Sheet")
    assert list(sheet.rows[0]) == ["2023-09-02", "43709"]


def test_faults_of_excel_are_missing(tmp_path: Path) -> None:
    cells = '<row><c t="str"><v>gene</v></c><c><v>0</v></c><c><v>10</v></c></row>'
    cells += '<row><c t="str"><v>a</v></c><c t="e"><v>#DIV/0!</v></c><c><v>2</v></c></row>'
    course = opened(tmp_path / "x.xlsx", given_sheet(cells))
    np.testing.assert_array_equal(course.values, [[np.nan, 2]])
    assert "fault" in note(course, "faults_of_excel")


# Layouts and sheets


def test_titles_above_the_header_are_left_out(save: Save) -> None:
    course = read(save({"a": [["Supplementary table 1"], [], *SMALL]}))
    assert course.times.tolist() == [0, 10, 20]
    assert "Supplementary table 1" in note(course, "comments")


def test_layouts_of_text_tables_are_seen(save: Save) -> None:
    clock = [dt.time(hour) for hour in (0, 4, 8, 12, 16, 20)]
    course = read(save({"a": [["id", "symbol", *clock], ["YAL001C", "TFC3", 1, 2, 3, 4, 5, 6]]}))
    assert course.times.tolist() == [0, 240, 480, 720, 960, 1200]
    assert "nitecap" in note(course, "format")
    rows: list[list[Any]] = [[hour, hour, -hour] for hour in range(0, 48, 2)]
    down = read(save({"a": [["Time", "CLN2", "CLB2"], *rows]}))
    assert down.genes == ("CLN2", "CLB2")
    assert down.times[1] == 120
    assert read(save({"a": [["CycID", 0, 2, 4], ["CLN2", 1, 2, 3]]}), format="metacycle").times[1] == 120


def test_the_only_sheet_with_times_is_read(save: Save) -> None:
    sheets = {"about": [["made by", "us"], ["in", "2023"]], "data": SMALL, "notes": [["none"]]}
    course = read(save(sheets))
    assert len(course) == 2
    assert note(course, "sheet") == (
        "read from the sheet 'data', the only one with times; the others: 'about', 'notes'"
    )


def test_several_sheets_with_times_ask_which(save: Save) -> None:
    path = save({"wt": SMALL, "ko": SMALL})
    with pytest.raises(InputError, match="2 sheets: which one") as caught:
        read(path)
    assert caught.value.expected == "one of 'wt', 'ko'"
    assert caught.value.fix == "--sheet NAME"
    for wanted in ("ko", "2", "KO"):
        assert len(read(path, sheet=wanted)) == 2
    with pytest.raises(InputError, match="no sheet named 'x'") as caught:
        read(path, sheet="x")
    assert caught.value.expected == "one of 'wt', 'ko'"


def test_no_sheet_with_times_says_why(save: Save) -> None:
    with pytest.raises(InputError, match="2 sheets: which one") as caught:
        read(save({"a": [["x", "y"], ["z", "w"]], "b": [["x", "y"], ["z", "w"]]}))
    assert "no times in the header" in str(caught.value.found)


def test_a_sheet_for_each_gene_is_cosinorpys(save: Save) -> None:
    sheets: dict[str, list[list[Any]]] = {
        "CLN2": [[0, 1.5], [0, 2.5], [2, 3.5]],
        "CLB2": [[0, -1.0], [4, None], [2, 7.0]],
    }
    course = read(save(sheets))
    assert course.genes == ("CLN2", "CLB2")
    assert course.times.tolist() == [0, 0, 120, 240]
    np.testing.assert_array_equal(course.values, [[1.5, 2.5, 3.5, np.nan], [-1, np.nan, 7, np.nan]])
    assert "CosinorPy" in note(course, "format")
    assert read(save(sheets), unit="min").times.tolist() == [0, 0, 2, 4]
    headed = {name: [["x", "y"], *rows] for name, rows in sheets.items()}
    assert read(save(headed)).sha256() == course.sha256()


def test_place_of_a_fault_names_the_sheet(save: Save) -> None:
    path = save({"wt": [*SMALL, ["YAL003W", 1, "oops", 2]], "about": [["x"]]})
    with pytest.raises(InputError, match="not a number") as caught:
        read(path, sheet="wt")
    assert caught.value.where == f"{path}, sheet 'wt', line 4, column 3 ('10')"


# What is no workbook


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("word/document.xml", "a Word document"),
        ("xl/workbook.bin", "a binary Excel workbook"),
        ("content.xml", "an OpenDocument file"),
        ("values.npy", "another zip archive, of values.npy"),
    ],
)
def test_another_archive_is_named(tmp_path: Path, part: str, found: str) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
        archive.writestr(part, "")
    with pytest.raises(InputError, match="is no") as caught:
        read(tmp_path / "x.xlsx")
    assert found in str(caught.value.found)


@pytest.mark.parametrize("doctype", ['<!DOCTYPE x [<!ENTITY a "aa">]>', "<!DOCTYPE x>"])
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "[Content_Types].xml"])
def test_document_types_are_refused(tmp_path: Path, part: str, doctype: str) -> None:
    with pytest.raises(InputError, match="no workbook that can be read"):
        opened(tmp_path / "x.xlsx", altered({part: f"<?xml version='1.0'?>{doctype}<x>&a;</x>"}))


def test_entities_hidden_by_their_encoding_are_refused(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>'
    with pytest.raises(InputError, match="no workbook that can be read"):
        opened(tmp_path / "x.xlsx", altered({SHEET: text.encode("utf-16")}))


def test_too_much_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = plain_book()
    monkeypatch.setattr(cells, "MAX_UNPACKED", 100)
    with pytest.raises(InputError, match="too large") as caught:
        opened(tmp_path / "x.xlsx", content)
    assert "in 9 parts" in str(caught.value.found)
    monkeypatch.setattr(cells, "MAX_UNPACKED", 1 << 20)
    monkeypatch.setattr(cells, "MAX_PARTS", 4)
    with pytest.raises(InputError, match="too large"):
        opened(tmp_path / "x.xlsx", content)


FAR = '<row r="1"><c r="A1" t="str"><v>gene</v></c><c r="B1"><v>0</v></c></row>'
FAR += '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


WIDE = "".join(f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>' for row in range(1, 400))


@pytest.mark.parametrize(
    ("cells", "match"),
    [
        (FAR, "carry no time"),
        (WIDE, "too large"),
        ('<row r="1048577"><c><v>1</v></c></row>', "more than 1,048,576 rows"),
        ('<row r="999999999999"><c><v>1</v></c></row>', "more than 1,048,576 rows"),
        ("<a>" * 70_000 + "</a>" * 70_000, "is empty"),
        (f"<row r='{'1' * (5 << 20)}'></row>", "not a valid row number"),
        ('<row><c t="s"><v>3</v></c></row>', "IndexError"),
        ('<row r="x"></row>', "ValueError"),
        ("<row>", "mismatched tag"),
        ("", "is empty"),
    ],
    ids=lambda value: None if len(value) > 40 else value,
)
def test_hostile_sheet_is_one_message(tmp_path: Path, cells: str, match: str) -> None:
    with pytest.raises(InputError) as caught:
        opened(tmp_path / "x.xlsx", given_sheet(cells))
    assert match in str(caught.value)


@pytest.mark.parametrize("gone", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_missing_part_is_one_message(tmp_path: Path, gone: str) -> None:
    with pytest.raises(InputError, match="no workbook that can be read"):
        opened(tmp_path / "x.xlsx", altered({}, gone=[gone]))


def test_workbook_whose_sheet_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no sheet of cells"):
        opened(tmp_path / "x.xlsx", altered({}, gone=[SHEET]))


def test_workbook_without_sheets_of_cells(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sheet of cells"):
        opened(tmp_path / "x.xlsx", altered({"xl/workbook.xml": "<workbook><sheets/></workbook>"}))


@given(seed=st.integers(0, 2**32 - 1))
def test_broken_bytes_are_one_message_or_a_course(seed: int) -> None:
    rng = np.random.default_rng(seed)
    content = bytearray(plain_book())
    for place in rng.integers(4, len(content), size=3):
        content[place] = rng.integers(256)
    try:
        book = open_spreadsheet(bytes(content), "x.xlsx")
        for name in book.sheets:
            read_sheet(book, name)
    except InputError as fault:
        assert "x.xlsx" in fault.problem  # noqa: PT017  either outcome is right


def test_read_all_reads_experiments_of_a_sheet(save: Save) -> None:
    labels = [f"{name}_{time}" for name in ("wt", "ko") for time in (0, 10, 20)]
    courses = read_all(save({"a": [["gene", *labels], ["CLN2", 1, 2, 3, 4, 5, 6]]}))
    assert [(one.name, one.values.tolist()) for one in courses] == [("wt", [[1, 2, 3]]), ("ko", [[4, 5, 6]])]
