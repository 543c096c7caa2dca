"""One way in: files of every format through `read` and `read_all`."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import deposits
from conftest import WriteTable
from phasecall.cli import reading
from phasecall.errors import InputError
from phasecall.io import READERS, read, read_all
from phasecall.io.scale import SCALES
from phasecall.io.timing import UNITS


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


def test_the_command_line_offers_what_there_is() -> None:
    assert ("auto", *READERS) == reading.FORMATS
    assert tuple(UNITS) == reading.UNITS
    assert ("auto", *SCALES) == reading.SCALES


COMBINED = "gene,alpha0,alpha7,alpha14,cdc15_10,cdc15_30,cdc15_50,what\na,-1,2,3,4,5,6,x\nb,1,1,2,2,3,3,y\n"


def test_experiments_of_known_synchronisations_are_read_together(table: WriteTable) -> None:
    how = dict.fromkeys(("format", "unit", "times", "samples", "sheet", "layer", "scale"))
    how |= {"format": "auto", "scale": "auto", "transpose": False}
    path = str(table(COMBINED))
    courses = reading.read_together([path], [None], {**how, "experiments": ()})
    assert [(one.name, one.sync) for one in courses] == [("alpha", "alpha"), ("cdc15", "cdc15")]
    (one,) = reading.read_together([path], [None], {**how, "experiments": ("cdc15",)})
    assert one.times.tolist() == [10, 30, 50]
    conditions = str(table(COMBINED.replace("alpha", "wt").replace("cdc15", "ko"), "conditions.csv"))
    with pytest.raises(InputError, match=r"holds 2 experiments\n  found: wt \(3 samples\); ko \(3 samples\)"):
        reading.read_together([conditions], [None], {**how, "experiments": ()})
    with pytest.raises(InputError, match="has no experiment named 'elu'\n  expected: one of wt, ko"):
        reading.read_together([conditions], [None], {**how, "experiments": ("elu",)})
