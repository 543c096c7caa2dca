"""Synonyms: a gene is found by whichever of its names, and near ones are told where there is none."""

import pytest

import phasecall
from phasecall import synonyms
from phasecall.errors import InputError
from phasecall.publicdata import Orf
from phasecall.synonyms import find_gene

GENES = phasecall.load("alpha").genes


@pytest.fixture(autouse=True)
def without_public_data(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PHASECALL_DATA", str(tmp_path))


@pytest.mark.parametrize("name", ["YPL256C", "ypl256c", "CLN2", "cln2", " CLN2 "])
def test_a_gene_is_found_by_its_orf_and_by_its_name(name: str) -> None:
    assert GENES[find_gene(GENES, name)] == "YPL256C"


def test_a_name_of_the_course_comes_first() -> None:
    genes = ["YPL256C", "x", "CLN2"]
    assert find_gene(genes, "CLN2") == 2
    assert find_gene(["YPL256C#2", "CLN2|YPL256C"], "YPL256C") in (0, 1)


def test_a_symbol_finds_an_ensembl_id_and_the_other_way_round() -> None:
    assert find_gene(["ENSG00000134057.14", "PLK1"], "ccnb1") == 0
    assert find_gene(["PLK1", "CCNB1"], "ENSG00000134057") == 1


def test_a_name_of_two_genes_is_none() -> None:
    # CDC6 of yeast is YJL194W, that of human has its own name.
    assert find_gene(["YJL194W", "a"], "CDC6") == 0
    with pytest.raises(InputError, match=r"name of several genes[\s\S]*YJL194W"):
        find_gene(["YJL194W", "ENSG00000094804"], "CDC6")


def test_near_names_are_told_with_what_they_stand_for() -> None:
    with pytest.raises(InputError) as told:
        find_gene(GENES, "CLN7", "alpha")
    assert "no gene 'CLN7' in this course" in str(told.value)
    assert "CLN2 (YPL256C)" in (told.value.expected or "")
    assert "phasecall datasets fetch sgd-orfs" in (told.value.fix or "")


def test_all_names_of_sgd_are_known_where_its_table_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no gene 'ODD9'"):
        find_gene(GENES, "ODD9")
    monkeypatch.setattr(synonyms, "load_orfs", lambda: {"YAL022C": Orf("YAL022C", "ODD9", "Verified", "")})
    assert GENES[find_gene(GENES, "odd9")] == "YAL022C"
    with pytest.raises(InputError) as told:
        find_gene(GENES, "ODD8")
    assert (told.value.fix, told.value.expected) == (None, "a name such as ODD9 (YAL022C)")
