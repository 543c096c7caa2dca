"""Files of gene sets: what each format holds, what is refused, and which gene a measured name stands for."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import WriteTable
from phasecall.errors import InputError
from phasecall.genesets import FORMATS, ROOTS, GeneSets, load_slim, read_sets, sets_from
from phasecall.publicdata import load_go_slim, reason_absent


def slim_row(orf: str, gene: str, aspect: str, term: str, key: str, kind: str = "ORF|Verified") -> str:
    return "\t".join([orf, gene, "S000000001", aspect, term, key, kind])


def gaf_row(
    key: str,
    symbol: str,
    term: str,
    *,
    qualifier: str = "involved_in",
    evidence: str = "IDA",
    synonyms: str = "",
) -> str:
    cells = ["SGD", key, symbol, qualifier, term, "PMID:1", evidence, "", "P", "a name", synonyms, "protein"]
    return "\t".join([*cells, "taxon:559292", "20240101", "SGD", "", ""])


SLIM = "\n".join(
    [
        slim_row("YAL040C", "CLN3", "P", "cell cycle", "GO:0007049"),
        slim_row("YPL256C", "CLN2", "P", "cell cycle", "GO:0007049"),
        slim_row("YPL256C", "CLN2", "F", "kinase regulator activity", "GO:0019207"),
        slim_row("YAL027W", "SAW1", "P", "biological process", "GO:0008150"),
        slim_row("YAL026C-A", "", "P", "biological process", "GO:0008150", "ORF|Dubious"),
        slim_row("CPX-1", "a complex", "P", "cell cycle", "GO:0007049", "protein complex"),
    ]
)
GAF = "\n".join(
    [
        "!gaf-version: 2.2",
        "!generated-by: SGD",
        gaf_row("S1", "CLN3", "GO:0000082", synonyms="YAL040C|WHI1|G1"),
        gaf_row("S2", "CLN2", "GO:0000082", synonyms="YPL256C|G1"),
        gaf_row("S3", "ACT1", "GO:0000082", qualifier="NOT|involved_in", synonyms="YFL039C"),
        gaf_row("S3", "ACT1", "GO:0000082", evidence="IEP"),
        gaf_row("S4", "FUN1", "GO:0008150", evidence="ND", synonyms="YAL001X"),
    ]
)


def test_a_slim_gives_terms_names_and_what_are_no_genes() -> None:
    found = sets_from(SLIM, "slim.tab")
    assert [(one.name, one.title, one.aspect, one.genes) for one in found.sets] == [
        ("GO:0007049", "cell cycle", "process", ("YAL040C", "YPL256C")),
        ("GO:0019207", "kinase regulator activity", "function", ("YPL256C",)),
    ]
    assert found.dubious == {"YAL026C-A"}
    # A gene that is in the root only is known by name, to be told from one that the file lacks.
    assert found.find("SAW1") == "YAL027W"
    assert found.find("cln3;yal040c") == "YAL040C"
    assert found.find("CPX-1") is None


def test_a_gaf_gives_what_is_annotated_and_not_what_is_denied_or_told_by_expression() -> None:
    found = sets_from(GAF, "sgd.gaf")
    assert [(one.name, one.aspect, one.genes) for one in found.sets] == [
        ("GO:0000082", "process", ("S1", "S2"))
    ]
    assert [found.find(name) for name in ("S1", "WHI1", "YPL256C", "YFL039C", "FUN1")] == [
        *("S1", "S1", "S2", "S3", "S4")
    ]
    assert found.find("G1") is None
    (note,) = found.notes
    assert note.text == "annotations left out: 1 that say NOT; 1 told by expression (IEP, HEP)"


def test_a_symbol_goes_before_the_synonym_of_another_gene() -> None:
    rows = [gaf_row("S1", "CLN3", "GO:1"), gaf_row("S2", "CLN2", "GO:1", synonyms="CLN3|X")]
    found = sets_from("\n".join(rows), "sgd.gaf")
    assert (found.find("CLN3"), found.find("X")) == ("S1", "S2")


def test_a_gmt_gives_sets_with_their_titles() -> None:
    text = "A\thttp://x.org/A\tg1\tg2\tg1\t\nB\tG1 cyclins\tG1\tg3\nC\tna\tg4\nEMPTY\tna\n"
    found = sets_from(text, "x.gmt")
    assert [(one.name, one.title, one.genes) for one in found.sets] == [
        ("A", "A", ("g1", "g2")),
        ("B", "G1 cyclins", ("g1", "g3")),
        ("C", "C", ("g4",)),
    ]
    assert found.find("G2 /// G3") is None


@pytest.mark.parametrize(
    "text",
    [
        "gene,set\na,one\nb,one\na,two\n",
        "a;one\nb;one\na;two\n",
        "Pathway\tGene symbol\none\ta\none\tb\ntwo\ta\n",
        "# a comment\na\tone\nb\tone\na\ttwo\n",
    ],
)
def test_two_columns_are_genes_and_sets(text: str) -> None:
    found = sets_from(text, "x.csv")
    assert {one.name: one.genes for one in found.sets} == {"one": ("a", "b"), "two": ("a",)}


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_read_packed_or_not(table: WriteTable, packed: bool) -> None:
    path = table(GAF, "sgd.gaf.gz" if packed else "sgd.gaf", packed=packed)
    assert len(read_sets(path).sets) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gene,0,10,20\na,1,2,3\n", "this is no file of gene sets"),
        ("gene\t0\t10\t20\na\t0.1\t-0.2\t0.3\nb\t0.1\t0.2\t0.4\n", "is it a time course"),
        ("a\nb\nc\n", "SGD's go_slim_mapping.tab"),
        ("A\tna\tg1\nA\tna\tg2\n", "the set A is there twice"),
        ("!gaf-version: 2.2\nSGD\tS1\tCLN3\n", "a line is no GO annotation"),
        (GAF.split("\n")[-1], "holds no gene set"),
        (slim_row("YAL040C", "CLN3", "X", "cell cycle", "GO:0007049"), "P, F or C in column 4"),
        ("gene,set\na,\n", "holds no gene set"),
    ],
)
def test_what_is_no_file_of_sets_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError) as fault:
        sets_from(text, "x.txt")
    assert told in str(fault.value)
    assert "x.txt" in str(fault.value)


def test_a_broken_line_of_a_gaf_is_named() -> None:
    with pytest.raises(InputError, match="line 8") as fault:
        sets_from(f"{GAF}\nSGD\tS1\tCLN3\n", "x.gaf")
    assert "3 columns" in str(fault.value)


WORDS = st.text("abcdefGHIJ0123-_", min_size=1, max_size=8).filter(lambda word: not word.isdecimal())


@given(
    st.dictionaries(
        WORDS.map(lambda word: f"S{word}"),
        st.lists(WORDS, min_size=1, max_size=6, unique_by=str.casefold),
        min_size=1,
    )
)
def test_a_gmt_says_what_was_written(sets: dict[str, list[str]]) -> None:
    text = "".join(
        "\t".join([name, "na", *(f"g{gene}" for gene in own)]) + "\n" for name, own in sets.items()
    )
    found = sets_from(text, "x.gmt")
    told = {one.name: [gene.casefold() for gene in one.genes] for one in found.sets}
    assert told == {name: [f"g{gene}".casefold() for gene in own] for name, own in sets.items()}


@given(st.text(st.sampled_from('abGO:0P\t\t\t,;"!#\n\r |NOT')) | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = sets_from(text, "x.txt")
    except InputError:
        return
    assert found.sets
    assert all(one.genes for one in found.sets)
    assert {gene for one in found.sets for gene in one.genes} <= set(found.names.values())


@given(st.binary(max_size=200), st.booleans())
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, packed: bool
) -> None:
    path = tmp_path_factory.mktemp("sets") / "x.gmt"
    path.write_bytes(gzip.compress(data) if packed else data)
    try:
        assert read_sets(path).sets
    except InputError:
        return


def test_every_format_explains_itself() -> None:
    assert len({form.key for form in FORMATS}) == len(FORMATS)
    assert all(form.title for form in FORMATS)
    page = (Path(__file__).parents[1] / "docs" / "annotation.md").read_text("utf-8")
    assert [form.key for form in FORMATS if f"`{form.key}`" not in page] == []


def test_the_public_slim_is_the_one_of_the_package_of_public_data() -> None:
    if absent := reason_absent("go-slim"):
        pytest.skip(absent)
    found = load_slim()
    terms = {(term.key, term.genes) for term in load_go_slim() if term.key not in ROOTS}
    assert {(one.name, one.genes) for one in found.sets} == terms
    assert found.find("CLB2") == "YPR119W"
    assert len(found.dubious) > 500


def test_numbers_that_name_genes_are_found_whole_only() -> None:
    found = sets_from("A\tna\t1017\t983\t595\n", "entrez.gmt")
    assert isinstance(found, GeneSets)
    assert (found.find("1017"), found.find("CDK2_1017")) == ("1017", None)


@pytest.mark.parametrize(
    ("text", "found"), [("# nothing but a comment\n", None), ("cyclins\tna\t\n", "1 lines without a gene")]
)
def test_a_file_without_a_set_says_so(text: str, found: str | None) -> None:
    with pytest.raises(InputError, match="the file holds no gene set") as told:
        sets_from(text, "sets.gmt")
    assert (told.value.found, told.value.where) == (found, "sets.gmt")
