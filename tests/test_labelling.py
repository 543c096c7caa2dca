"""Label files as people have them: more columns, either order, genes without a label, decimal commas."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasecall.errors import InputError
from phasecall.io.labelling import read_labels, read_turns, table_from

WriteTable = Callable[..., Path]
WANTED = {"YAL040C": "M", "YPL256C": "G1"}


@pytest.mark.parametrize(
    "text",
    [
        "orf,name,phase\nYAL040C,CLN3,M\nYPL256C,CLN2,G1\n",
        "name;phase;q\nYAL040C;M;0,1\nYPL256C;G1;0,2\n",
        ",Gene Name,Label\n0,YAL040C,M\n1,YPL256C,G1\n",
        "probe\tgene\tclass\tpeak\n1\tYAL040C\tM\t0.9\n2\tYPL256C\tG1\t0.3\n",
        "x,phase,y\nYAL040C,M,1\nYPL256C,G1,2\n",
        '"gene" "phase"\n"1" "YAL040C" "M"\n"2" "YPL256C" "G1"\n'.replace(" ", "\t"),
        '"phase" "p"\n"YAL040C" "M" "1"\n"YPL256C" "G1" "2"\n'.replace(" ", "\t"),
        "YAL040C,M,,\nYPL256C,G1,,\n",
        "phase,gene\nM,YAL040C\nG1,YPL256C\n",
        "gene,phase\nYAL040C,M\nYPL256C,G1\nYBR160W,\nYGR108W,NA\n",
        "gene,what,phase\nYAL040C,a,M\nYPL256C,b,G1\nYBR160W,c,\n",
    ],
)
def test_genes_and_labels_are_found_in_any_table(text: str) -> None:
    assert table_from(text, "x").labels == WANTED


def test_what_was_taken_and_what_was_left_out_is_told() -> None:
    table = table_from("orf,name,phase\nb,B,M\n\na,A,-\nc,C,S\na,A,G1\nd,D,\n", "x")
    assert table.labels == {"b": "M", "c": "S", "a": "G1"}
    assert table.lines == {"b": 2, "c": 5, "a": 6}
    told = {note.code: note.text for note in table.notes}
    assert told["label_columns"] == "of 3 columns 'orf' is taken for the genes, 'phase' for their labels"
    assert told["unlabelled_genes"].endswith("left out: 1, such as d")
    assert table_from("gene,phase\na,M\n", "x").notes == ()


@pytest.mark.parametrize(
    ("text", "part", "wanted"),
    [
        ("YAL040C\nYPL256C\n", "expected", "a gene and its label on each line, such as YAL040C,M"),
        ("YAL040C,CLN3,M\n", "expected", "a column such as gene and one such as phase"),
        ("YAL040C,CLN3,M\n", "found", "3 cells"),
        ("gene,x,phase\na,1\n", "found", "2 cells"),
        ("gene,phase\na,\nb,NA\n", "problem", "no gene has a label"),
        ("phase,x,y\nM,a,b\n", "problem", "not a gene and its label"),
    ],
)
def test_what_is_no_label_file_is_told_what_one_looks_like(text: str, part: str, wanted: str) -> None:
    with pytest.raises(InputError) as caught:
        table_from(text, "x")
    assert wanted in str(getattr(caught.value, part))
    assert "time point" not in str(caught.value)


@pytest.mark.parametrize("text", ["gene;turn\na;0,25\nb;0.5\n", "x\tturn\na\t0,25\nb\t0.5\n"])
def test_turns_may_have_decimal_commas(text: str, table: WriteTable) -> None:
    path = table(text)
    assert read_turns(path).labels == {"a": "0.25", "b": "0.5"}
    # A label is as it is written.
    assert read_labels(path)["a"] == "0,25"


CELLS = st.sampled_from(["gene", "phase", "", "a", "b", "M", "NA", "0,5", "1"])


@given(st.lists(st.lists(CELLS, max_size=4), min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_any_table_gives_labels_or_one_message(rows: list[list[str]], delimiter: str) -> None:
    with suppress(InputError):
        table = table_from("\n".join(map(delimiter.join, rows)), "x")
        assert table.labels.keys() == table.lines.keys() != set()
        assert "" not in {*table.labels, *table.labels.values()}
