"""One way in: files of every format through `read` and `read_all`."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import deposits
from conftest import WriteTable
from phasecall.errors import InputError
from phasecall.io import read, read_all


def test_a_file_of_geo_is_told_by_its_first_line_and_read(tmp_path: Path) -> None:
    text, _ = deposits.pramila()
    path = tmp_path / "GSE4987_series_matrix.txt.gz"
    path.write_bytes(gzip.compress(text.encode()))
    course = read(path)
    assert course.notes[0].text.startswith(
        "read as a file of GEO (geo): its first line begins with '!Series_'"
    )
    assert course.name == "GSE4987"
    assert read(path, name="mine").name == "mine"


def test_samples_give_the_times_of_a_file_of_geo(table: WriteTable, tmp_path: Path) -> None:
    text = deposits.whitfield()
    path = table(text, "GSE1_series_matrix.txt")
    plain = read_all(path)[0]
    assert plain.times.size > 3
    sheet = tmp_path / "samples.csv"
    (line,) = [line for line in text.splitlines() if line.startswith("!Sample_geo_accession")]
    names = line.split("\t")[1:]
    rows = [f"{name.strip(chr(34))},{7 * index}" for index, name in enumerate(names)]
    sheet.write_text("\n".join(["sample,minutes", *rows]))
    given = [course for course in read_all(path, samples=sheet) if course.times.size > 3]
    assert (given[0].times % 7 == 0).all()
    with pytest.raises(InputError, match="no order to give times in"):
        read_all(path, times=[0, 1, 2])
