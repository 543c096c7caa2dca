"""One way in: files of every format through `read` and `read_all`."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

import deposits
from conftest import WriteTable
from phasecall.caller import call
from phasecall.cli import reading
from phasecall.datasets import load
from phasecall.errors import InputError
from phasecall.io import READERS, read, read_all
from phasecall.io.scale import SCALES
from phasecall.io.timing import UNITS
from phasecall.timecourse import TimeCourse


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


def test_genes_are_called_by_another_column(table: WriteTable) -> None:
    path = table("probe,ORF,0,10,20\np1,YAL040C,-1,2,3\np2,YBR160W,1,2,3\n")
    course = read(path, genes="ORF")
    assert course.genes == ("YAL040C", "YBR160W")
    assert course.values.tolist() == [[-1, 2, 3], [1, 2, 3]]
    assert read(path, genes="probe").genes == ("p1", "p2")
    assert "--genes takes one for names" in read(path).notes[0].text
    with pytest.raises(
        InputError, match="no column 'symbol' to call genes by\n  expected: one of probe, ORF"
    ):
        read(path, genes="symbol")


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_texts_as_excel_saves_them(table: WriteTable, encoding: str) -> None:
    course = read(table("gène;0;10;20\nYAL040C;-1,5;2;3\n".encode(encoding)))
    assert course.values.tolist() == [[-1.5, 2, 3]]
    assert course.notes[0].code == "encoding"


def test_conditions_that_a_sheet_of_samples_has_are_told_if_not_used(
    table: WriteTable, tmp_path: Path
) -> None:
    path = table("gene,a,b,c,d,e,f\nYAL040C,-1,2,3,4,5,6\n")
    rows = [
        f"{name},{time},{kind}" for name, time, kind in zip("abcdef", [0, 10, 20] * 2, "xxxyyy", strict=True)
    ]
    sheet = tmp_path / "samples.csv"
    sheet.write_text("\n".join(["sample,minutes,medium", *rows]))
    (note,) = [note for note in read(path, samples=sheet).notes if note.code == "samples_pooled"]
    assert "medium" in note.text
    sheet.write_text("\n".join(["sample,minutes,genotype", *rows]))
    assert [one.name for one in read_all(path, samples=sheet)] == ["x", "y"]


def test_a_table_with_one_value_a_line_is_told(table: WriteTable) -> None:
    with pytest.raises(InputError, match="must be made wide first"):
        read(table("gene,time,expression\na,0,1\na,10,2\nb,0,3\n"))


def test_many_replicates_are_averaged_for_the_network() -> None:
    course = load("alpha")
    three = TimeCourse(course.genes, np.tile(course.times, 3), np.tile(course.values, 3), sync="alpha")
    calls = call(three)
    assert "replicates_averaged" in {note.code for note in calls.notes}
    assert calls.codes.tolist() == call(course).codes.tolist()
