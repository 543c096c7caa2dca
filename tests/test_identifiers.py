"""Whichever way genes are named: what is in a name, and what is known of its gene."""

from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import phasecall
from phasecall.caller.anchoring import find_organism, know_genes, seek_markers
from phasecall.cli import options
from phasecall.cli.call import command
from phasecall.clock import find_markers
from phasecall.datasets import load, load_labels
from phasecall.errors import InputError
from phasecall.identifiers import match, read_ensembl, split_name
from phasecall.phases import SCHEMES

WriteTable = Callable[..., Path]
FOUR = SCHEMES["four"]


def read_rows(name: str) -> list[list[str]]:
    text = (resources.files("phasecall") / "data" / name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


ALIAS = {gene: alias.partition("|")[0] for _, gene, alias, *_ in read_rows("markers.tsv")}
HUMAN = [gene for organism, gene, *_ in read_rows("markers.tsv") if organism == "human"]
SYMBOL = st.from_regex(r"[A-Z][A-Z0-9]{1,5}(-[A-Z0-9]{1,3})?", fullmatch=True)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("YAL040C", []),
        ("YAL040C-A", []),
        ("HLA-A", []),
        ("ARG5,6", []),
        ("CLN3;YAL040C", ["CLN3", "YAL040C"]),
        ("YAL040C|CLN3", ["YAL040C", "CLN3"]),
        ("CLN3/YAL040C", ["CLN3", "YAL040C"]),
        ("YAL040C CLN3", ["YAL040C", "CLN3"]),
        ("CCNB1 (891)", ["CCNB1", "891"]),
        ("ENSG00000134057_CCNB1", ["ENSG00000134057", "CCNB1"]),
        ("ENSG00000117724:CENPF", ["ENSG00000117724", "CENPF"]),
        ("ENSG00000134057.14", ["ENSG00000134057"]),
        ("CCNB1#2", ["CCNB1"]),
        ("YAL064W.B", ["YAL064W-B"]),
        ("CLN3 /// YAL039C", []),
        ("F25B3.1", []),
    ],
)
def test_a_name_is_split(name: str, parts: list[str]) -> None:
    assert split_name(f" {name} ") == (name, *parts)


@given(st.text(max_size=20))
def test_any_name_is_split_into_parts_that_are_not_split_again(name: str) -> None:
    whole, *parts = split_name(name)
    assert whole == name.strip()
    assert len({whole, *parts}) == len(parts) + 1
    assert all(split_name(part) == (part,) for part in parts if "#" not in part and "." not in part)


@given(
    st.lists(SYMBOL, min_size=2, max_size=4, unique_by=str.casefold),
    st.sampled_from([";", "|", "/", " ", "_"]),
)
def test_the_parts_of_a_double_name_are_its_genes(genes: list[str], separator: str) -> None:
    double = separator.join(genes)
    assert split_name(double) == (double, *genes)
    assert match([double], genes[1:2]) == {double: genes[1]}
    assert match(genes[1:2], [double.lower()]) == {genes[1]: double.lower()}
    assert match([double], [separator.join(reversed(genes))]) == {double: separator.join(reversed(genes))}
    # Two wanted genes in one name: it stands for neither.
    assert match([double], genes[:2]) == {}


@given(st.lists(SYMBOL, unique=True, max_size=8), st.lists(SYMBOL, unique=True, max_size=8))
def test_the_very_same_name_comes_first_and_each_gene_is_given_once(
    names: list[str], wanted: list[str]
) -> None:
    numbered = [*names, *(f"{name}#2" for name in names)]
    found = match(numbered, wanted)
    assert {name: name for name in set(names) & set(wanted)}.items() <= found.items()
    assert set(found.values()) <= set(wanted)
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["gene_1", "gene_2"], ["gene_3"]),
        (["1769308_at"], ["1769310_at"]),
        (["NM_001"], ["NM_002"]),
        (["CCNB1 (891)"], ["891"]),
        (["IMAGE:1"], ["IMAGE:2"]),
        (["YAL040C-A"], ["YAL040C"]),
        (["CLN3 /// CLN2"], ["CLN3"]),
    ],
)
def test_names_that_share_no_gene_do_not_match(names: list[str], wanted: list[str]) -> None:
    assert match(names, wanted) == {}
    assert match(wanted, names) == {}


def test_every_human_marker_has_an_id_in_human_and_mouse() -> None:
    rows = read_rows("ensembl.tsv")
    assert [gene for gene, *_ in rows] == HUMAN
    identifiers = [one for _, *several in rows for one in several]
    assert len(set(identifiers)) == 2 * len(rows) == len(read_ensembl())
    assert all(len(human) == 15 and human.startswith("ENSG") for _, human, _ in rows)
    assert all(len(mouse) == 18 and mouse.startswith("ENSMUSG") for *_, mouse in rows)


@pytest.mark.parametrize(
    "write",
    [
        lambda gene: f"{ALIAS.get(gene, '')};{gene}",
        lambda gene: f"{gene}|{ALIAS.get(gene, 'X')}",
        lambda gene: f"{gene.lower()} {ALIAS.get(gene, '').lower()}",
        lambda gene: f"{gene}_mRNA",
        lambda gene: f"{gene}#2",
    ],
)
def test_calls_are_the_same_whichever_way_genes_are_named(write: Callable[[str], str]) -> None:
    course = load("alpha")
    plain = phasecall.call(course)
    named = phasecall.call(replace(course, genes=tuple(map(write, course.genes))))
    assert_array_equal(named.probabilities, plain.probabilities)
    notes = {note.code: note.text for note in named.notes}
    assert "91 of 91" in notes.pop("markers_by_part")
    assert set(notes) == {note.code for note in plain.notes}


@pytest.mark.parametrize("column", [1, 2])
def test_ensembl_ids_are_known_as_their_symbols(column: int) -> None:
    rows = read_rows("ensembl.tsv")
    known = seek_markers([f"{row[column]}.{number}" for number, row in enumerate(rows)])
    plain = find_markers([gene for gene, *_ in rows])
    assert known is not None
    assert plain is not None
    assert known.organism == "human"
    assert_array_equal(known.turns, plain.turns)


@given(st.lists(st.sampled_from([*HUMAN, *ALIAS, "X1", "ABC-2", "CLN2", "ccnb1"]), min_size=1, unique=True))
def test_plain_names_are_found_as_before(genes: list[str]) -> None:
    known, plain = seek_markers(genes), find_markers(genes)
    assert (known is None) == (plain is None)
    if known is not None and plain is not None:
        assert known.organism == plain.organism
        assert_array_equal(known.turns, plain.turns)


def test_a_marker_counts_once_and_a_doubtful_name_not() -> None:
    genes = ["CCNB1_a", "CCNB1_b", "CCNE1/CCNB1", "PLK1", "PLK1#2"]
    known = seek_markers(genes)
    assert known is not None
    assert np.isfinite(known.turns).tolist() == [True, False, False, True, False]


def test_the_organism_is_that_of_most_markers_in_the_names() -> None:
    # CDC6 and CDC20 are markers of both.
    assert find_organism(["YJL194W;CDC6", "YGL116W;CDC20", "YAL040C;CLN3"], None) == "budding yeast"
    assert find_organism(["ENSG00000094804_CDC6", "CDC20 (991)", "CCNB1 (891)"], None) == "human"
    assert find_organism(["a;b", "c"], None) == ""
    assert find_organism(["CCNB1;X"], "alpha") == "budding yeast"


@pytest.mark.parametrize(
    ("style", "noted"),
    [(str.capitalize, True), (str.upper, False), (lambda gene: f"{gene.capitalize()}_1", True)],
)
def test_mouse_genes_are_called_as_human_ones_and_told(style: Callable[[str], str], noted: bool) -> None:
    course, turn = load("alpha"), np.arange(len(HUMAN)) / len(HUMAN)
    wave = np.cos(2 * np.pi * (course.times / 62 - turn[:, None]))
    noise = np.random.default_rng(0).normal(0, 0.1, wave.shape)
    genes = tuple(map(style, HUMAN))
    calls = phasecall.call(phasecall.TimeCourse(genes, course.times, wave + noise))
    assert calls.scheme.key == "human"
    assert ("human_markers" in {note.code for note in calls.notes}) == noted


def double_names(labels: dict[str, str]) -> str:
    return "gene,phase\n" + "".join(f"{gene},{label}\n" for gene, label in labels.items())


@pytest.mark.parametrize("doubled", ["labels", "course"])
def test_labels_fit_a_course_by_a_part_of_a_name(
    doubled: str, table: WriteTable, capsys: pytest.CaptureFixture[str]
) -> None:
    course = load("alpha").select_genes(range(60))
    labels = {gene: label for gene, label in load_labels().items() if gene in course.genes}
    double = {gene: f"{gene}|x{row}" for row, gene in enumerate(course.genes)}
    if doubled == "course":
        named = replace(course, genes=tuple(double.values()))
        path = table(double_names(labels))
    else:
        named, path = course, table(double_names({double[gene]: label for gene, label in labels.items()}))
    fitted = options.fit_labels(path, named, FOUR)
    genes = double if doubled == "course" else {gene: gene for gene in course.genes}
    assert fitted == {genes[gene]: label for gene, label in labels.items()}
    assert f"labels that fit a part of a name: {len(labels)} of {len(labels)}" in capsys.readouterr().err
    known, plain = know_genes(named.genes, fitted, FOUR, None), know_genes(course.genes, labels, FOUR, None)
    assert known is not None
    assert plain is not None
    assert_array_equal(known.turns, plain.turns)


def test_labels_of_other_genes_and_of_no_phase_are_told(table: WriteTable) -> None:
    course = load("alpha").select_genes(range(5))
    with pytest.raises(InputError, match="none of the labelled genes") as caught:
        options.fit_labels(table("x,M\n"), course, FOUR)
    assert course.genes[0] in str(caught.value.expected)
    first, second, third, *_ = course.genes
    path = table(f"gene,phase\nother,what\n{first},M\n{second},metaphase\n{third},S phase\n")
    with pytest.raises(InputError, match="no phase of the scheme 'four'") as caught:
        options.fit_labels(path, course, FOUR)
    fault = caught.value
    assert fault.found == "S phase, metaphase"
    assert str(fault.where).endswith("line 4")
    assert "Early G1 (early_g1, m/g1, mg1, g1 early, 0); Late G1/S (" in str(fault.expected)
    assert fault.fix is None
    with pytest.raises(InputError, match="--scheme four"):
        options.fit_labels(table(f"{first},Late G1/S\n{second},M\n"), course, SCHEMES["human"])


def test_markers_of_ones_own_may_have_decimal_commas_and_double_names(table: WriteTable) -> None:
    course = load("alpha")
    markers = {gene: f"{turn}".replace(".", ",") for organism, gene, *_, turn in read_rows("markers.tsv")}
    rows = "".join(f"{gene};{turn}\n" for gene, turn in markers.items() if gene in course.genes)
    table_of_course = "gene\t" + "\t".join(f"{time:g}" for time in course.times) + "\n"
    for gene, values in zip(course.genes, course.values.tolist(), strict=True):
        cells = ("" if value != value else repr(value) for value in values)
        table_of_course += f"{gene}|x\t" + "\t".join(cells) + "\n"
    words = [
        str(table(table_of_course, "course.tsv")),
        "--markers",
        str(table("orf;turn\n" + rows, "own.csv")),
    ]
    told = CliRunner().invoke(command, words)
    assert told.exit_code == 0
    assert "labels that fit a part of a name" in told.stderr
    assert "marker genes given" in told.stderr
