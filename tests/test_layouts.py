"""Every format and layout, and every spelling of a header, is read as what it is, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from conftest import WriteTable
from layouts import EXAMPLES, Example, packed
from phasecall.errors import InputError
from phasecall.io import READERS, read_all
from phasecall.timecourse import TimeCourse

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
    assert {example.key for example in EXAMPLES} >= set(READERS)


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
