"""Names of rows: each keeps one, and what a spreadsheet did to gene names is undone where that is certain."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasecall.io.names import number_names, tidy_names

HUMAN = ["CCNB1", "PLK1", "CDK1", "TOP2A", "HLA-A", "C1orf112", "MCM2", "CCNE1"]
MOUSE = ["Ccnb1", "Plk1", "Cdk1", "Top2a", "H2-K1", "1810037I17Rik", "Mcm2", "Ccne1"]
YEAST = ["YAL001C", "YAL040C", "YBL064W-A", "CLN3", "CLN2", "CDC28", "SWI5", "ACE2"]
WORM = ["cdk-1", "cyb-1", "sep-1", "dec-1", "plk-1", "lin-35"]


def line(row: int) -> str:
    return f"line {row + 2}"


def tidied(names: list[str], others: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return what becomes of names among others, and the notes."""
    tidy, notes = tidy_names([*others, *names], line)
    assert tidy[: len(others)] == others
    return tidy[len(others) :], {note.code: note.text for note in notes}


@given(
    st.lists(st.sampled_from(["", " ", "NA", "a", "a ", "a#2", "unnamed#2", "2-Sep", "SEPT2", "45171", "B"]))
)
def test_no_row_is_lost_and_none_is_named_twice(names: list[str]) -> None:
    tidy, _ = tidy_names(names, line)
    assert len(tidy) == len(set(tidy)) == len(names)
    assert all(name == name.strip() != "" for name in tidy)
    assert tidy_names(tidy, line)[0] == tidy


@given(st.lists(st.text(max_size=6), max_size=12))
def test_any_names_become_different_ones(names: list[str]) -> None:
    tidy, _ = tidy_names(names, line)
    assert len(tidy) == len(set(tidy)) == len(names)
    assert all(tidy)


@given(st.lists(st.sampled_from(["a", "b", "a#2", "a#3", "a#2#2"]), max_size=9))
def test_the_first_of_a_name_keeps_it_and_the_others_say_whose_they_are(names: list[str]) -> None:
    unique, notes = number_names(names)
    assert len(set(unique)) == len(names)
    seen: Counter[str] = Counter()
    for name, new in zip(names, unique, strict=True):
        assert new == name if not seen[name] else new.rpartition("#")[0] == name
        seen[name] += 1
    assert bool(notes) == (len(set(names)) < len(names))


def test_numbered_and_unnamed_rows_are_told() -> None:
    tidy, notes = tidy_names(["CLN3", "", "CLN3", "---", "CLN3"], line)
    assert tidy == ["CLN3", "unnamed#3", "CLN3#2", "unnamed#5", "CLN3#3"]
    told = {note.code: note.text for note in notes}
    assert told["unnamed_genes"].startswith("rows without a gene name: 2, named")
    assert told["unnamed_genes"].endswith("unnamed#3, unnamed#5")
    assert told["numbered_names"].endswith("2 later rows are numbered: CLN3#2, CLN3#3")
    assert tidy_names(["a", "b"], line) == (["a", "b"], [])


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2-Sep",
            "02-Sep",
            "Sep-02",
            "02.Sep",
            "2. Sep",
            "2. Sep.",
            "2-sept",
            "2-Sep-23",
            "2/Sep/2023",
        ),
        *("2023-09-02", "2023-09-02 00:00:00", "2023-09-02T00:00:00.000", "9/2/2023", "2/9/23", "02.09.2023"),
    ],
)
def test_a_date_is_given_back_as_the_symbol_that_it_was(text: str) -> None:
    assert tidied([text], HUMAN)[0] == ["SEPT2"]
    told = tidied([text], HUMAN)[1]["names_turned_into_dates"]
    assert told.endswith(f"given back as typed: {text} (line 10) is SEPT2")
    assert tidied([text], MOUSE)[0] == ["Sept2"]
    # Yeast has no such gene, and of names that are no symbols nothing can be said.
    assert tidied([text], YEAST)[0] == [text]
    probes = [f"{number}_at" for number in range(1769308, 1769316)]
    left, told_of = tidied([text], probes)
    assert left == [text]
    assert told_of["names_turned_into_dates"].endswith(f"not certain: {text} (line 10)")


@pytest.mark.parametrize(
    ("text", "human", "mouse", "yeast"),
    [
        ("15-Sep", "SEP15", "Sep15", ""),
        ("14-Sep", "SEPT14", "Sept14", ""),
        ("16-Sep", "", "", ""),
        ("3-Mar", "MARCH3", "March3", ""),
        ("11-Mrz", "MARCH11", "March11", ""),
        ("12-Mar", "", "", ""),
        ("1-Mär", "", "", ""),
        ("2-Mar", "", "", ""),
        ("1-Dez", "DEC1", "", ""),
        ("2-Dec", "", "", ""),
        ("1. Okt", "", "", "OCT1"),
        ("4-Okt", "", "", ""),
        ("3/9/2023", "", "", ""),
        ("9/15/2023", "SEP15", "Sep15", ""),
        ("12/1/2023", "DEC1", "", ""),
        ("10/1/2023", "", "", "OCT1"),
        ("2023-03-01", "", "", ""),
    ],
)
def test_only_what_is_certain_is_given_back(text: str, human: str, mouse: str, yeast: str) -> None:
    for others, symbol in ((HUMAN, human), (MOUSE, mouse), (YEAST, yeast)):
        names, told = tidied([text], others)
        assert names == [symbol or text]
        assert ("given back" in told["names_turned_into_dates"]) == bool(symbol)


def test_a_date_of_two_symbols_names_both() -> None:
    told = tidied(["1-Mar"], HUMAN)[1]["names_turned_into_dates"]
    assert told.endswith("not certain: 1-Mar (line 10; MARCH1 or MARC1)")
    assert "(line 10; SEPT3 or MARCH9)" in tidied(["9/3/2023"], HUMAN)[1]["names_turned_into_dates"].replace(
        "MARCH9 or SEPT3", "SEPT3 or MARCH9"
    )


def test_two_rows_never_get_one_symbol() -> None:
    assert tidied(["2-Sep", "2-Sep"], HUMAN)[0] == ["2-Sep", "2-Sep#2"]
    assert tidied(["2-Sep", "2023-09-02"], HUMAN)[0] == ["2-Sep", "2023-09-02"]
    assert tidied(["2-Sep"], [*HUMAN, "SEPT2"])[0] == ["2-Sep"]
    assert tidied(["1-Mar", "1-Mar", "5-Mar"], HUMAN)[0] == ["1-Mar", "1-Mar#2", "MARCH5"]


@pytest.mark.parametrize(
    "name",
    [
        "OCT1",
        "SEPT2",
        "sep-1",
        "dec-1",
        "sep-02",
        "Oct-4",
        "MAR-01",
        "32-Sep",
        "0-Sep",
        "2-Foo",
        "9/2",
        "13/13/2023",
        "1.2.3",
        "2310009E13",
    ],
)
def test_what_is_no_date_stays(name: str) -> None:
    for others in (HUMAN, MOUSE, YEAST):
        assert tidied([name], others) == ([name], {})


def test_a_worm_has_genes_named_as_days() -> None:
    assert tidy_names(WORM, line) == (WORM, [])


def test_a_column_of_dates_is_none_of_genes() -> None:
    days = ["2-Sep", "3-Sep", "4-Sep", "A"]
    assert tidy_names(days, line) == (days, [])


@pytest.mark.parametrize("text", ["2.31E+19", "2,31E+19", "2.31e+19", "2.31001E+19", "5E+10"])
def test_numbers_of_clones_are_told_and_left_where_digits_are_lost(text: str) -> None:
    names, told = tidied([text], [*MOUSE, "2310009F12"])
    assert names == [text]
    assert told["names_turned_into_numbers"].endswith(f"not certain: {text} (line 11)")


def test_a_number_of_all_digits_is_a_clone_again_among_clones() -> None:
    names, told = tidied(["2.310009E+19"], [*MOUSE, "2310009F12"])
    assert names == ["2310009E13"]
    assert told["names_turned_into_numbers"].endswith("2.310009E+19 (line 11) is 2310009E13")
    assert tidied(["2.310009E+19"], [*HUMAN])[0] == ["2.310009E+19"]
    assert tidied(["2.310009E+19", "2.310009E+19"], [*MOUSE, "2310009F12"])[0] == [
        "2310009E13",
        "2.310009E+19",
    ]


@given(st.dates(date(2000, 1, 1), date(2063, 12, 31)))
def test_days_that_a_gene_becomes_are_told_where_other_names_are_no_numbers(day: date) -> None:
    serial = str((day - date(1899, 12, 30)).days)
    names, told = tidied([serial], HUMAN)
    assert names == [serial]
    became = {3: range(1, 12), 9: range(1, 16), 10: range(1, 2), 12: range(1, 2)}.get(day.month, ())
    assert ("names_turned_into_numbers" in told) == (day.day in became and int(serial) <= 60000)


def test_a_day_is_told_with_the_symbol_that_it_may_have_been() -> None:
    assert "45171 (line 10; SEPT2)" in tidied(["45171"], HUMAN)[1]["names_turned_into_numbers"]
    assert "45171 (line 10)" in tidied(["45171"], YEAST)[1]["names_turned_into_numbers"]


def test_numbers_among_numbers_are_names() -> None:
    numbers = [str(45171 + number) for number in range(10)]
    assert tidy_names(numbers, line) == (numbers, [])
    assert tidied(["36525", "60001"], HUMAN) == (["36525", "60001"], {})


def test_many_names_are_told_in_short() -> None:
    _, notes = tidy_names(["a", *[""] * 50], line)
    assert notes[0].text.endswith("unnamed#32, 20 more")


def test_a_name_of_endless_digits_is_a_name() -> None:
    assert tidy_names(["CLN2", "CLB2", "9" * 50_000], str)[0][2] == "9" * 50_000
