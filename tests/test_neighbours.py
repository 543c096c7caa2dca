"""Genes by the network's numbers: the table, the nearest of one against a plain loop, the map, the verb."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import phasecall
from phasecall import figures
from phasecall.cli.embed import command
from phasecall.errors import InputError
from phasecall.neighbours import Embedding, embed, nearest
from phasecall.timecourse import TimeCourse

COURSE = phasecall.load("alpha").select_genes(range(250))
FOUND = embed(COURSE)
READ = np.flatnonzero(FOUND.read)
ROW = int(READ[7])


def test_every_gene_has_a_row_and_numbers_or_a_reason() -> None:
    columns = FOUND.columns()
    assert columns["gene"] == COURSE.genes
    assert FOUND.vectors.shape == (len(COURSE), 32)
    for read, reason, place in zip(FOUND.read, columns["reason"], columns["map_1"], strict=True):
        assert bool(reason) != read
        assert np.isfinite(place) == read
    assert repr(FOUND) == f"<Embedding: {READ.size} of 250 genes in 32 numbers each>"


def test_the_nearest_are_those_of_a_loop() -> None:
    gene = COURSE.genes[ROW]
    found = nearest(FOUND, gene, 12)
    gaps = {
        COURSE.genes[row]: float(np.linalg.norm(FOUND.vectors[row] - FOUND.vectors[ROW]))
        for row in READ
        if row != ROW
    }
    expected = sorted(gaps, key=lambda name: gaps[name])[:12]
    assert list(found.genes) == expected
    np.testing.assert_allclose(found.distance, [gaps[name] for name in expected])
    for name, correlation in zip(found.genes, found.correlation, strict=True):
        pair = COURSE.values[[ROW, COURSE.genes.index(name)]]
        both = np.isfinite(pair).all(axis=0)
        assert correlation == pytest.approx(float(np.asarray(np.corrcoef(pair[:, both]))[0, 1]))


def test_a_gene_is_no_neighbour_of_itself_and_all_others_are() -> None:
    found = nearest(FOUND, COURSE.genes[ROW], 10_000)
    assert len(found.genes) == READ.size - 1
    assert COURSE.genes[ROW] not in found.genes
    assert (np.diff(found.distance) >= 0).all()


def test_two_genes_of_the_same_values_are_neighbours() -> None:
    values = np.concatenate([COURSE.values, COURSE.values[ROW][None] + 0.0])
    twin = TimeCourse((*COURSE.genes, "TWIN"), COURSE.times, values, name="twin", sync="alpha")
    found = nearest(embed(twin), COURSE.genes[ROW], 1)
    assert found.genes == ("TWIN",)
    assert found.distance[0] == pytest.approx(0, abs=1e-5)
    assert found.correlation[0] == pytest.approx(1)


def test_a_gene_is_found_by_a_part_of_its_name() -> None:
    genes = tuple(f"{gene}|x{row}" for row, gene in enumerate(COURSE.genes))
    renamed = Embedding(replace(COURSE, genes=genes), FOUND.calls, FOUND.vectors)
    assert nearest(renamed, COURSE.genes[ROW].lower(), 1).gene == genes[ROW]


def test_the_map_is_that_of_the_principal_components() -> None:
    places, shares = FOUND.principal
    vectors = FOUND.vectors[READ]
    variances = np.sort(np.linalg.eigvalsh(np.asarray(np.cov(vectors.T))))[::-1]
    np.testing.assert_allclose(places[READ].var(axis=0, ddof=1), variances[:2], rtol=1e-6)
    np.testing.assert_allclose(shares, variances[:2] / variances.sum(), rtol=1e-6)
    gaps = np.linalg.norm(vectors - vectors[0], axis=1)
    assert (np.linalg.norm(places[READ] - places[READ][0], axis=1) <= gaps + 1e-9).all()
    turned = Embedding(COURSE, FOUND.calls, FOUND.vectors[:, ::-1].copy())
    np.testing.assert_allclose(np.abs(turned.principal[0][READ]), np.abs(places[READ]), atol=1e-6)


@pytest.mark.parametrize("n_genes", [0, 1, 2])
def test_a_map_of_few_genes_is_drawn_or_said_to_be_none(n_genes: int) -> None:
    vectors = FOUND.vectors.copy()
    vectors[READ[n_genes:]] = np.nan
    few = Embedding(COURSE, FOUND.calls, vectors)
    with np.errstate(invalid="ignore"):
        places, shares = few.principal
    assert np.isfinite(places).all(axis=1).sum() == n_genes
    assert (shares >= 0).all()


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(InputError, match=r"no gene 'YZZ999W'[\s\S]*such as Y"):
        nearest(FOUND, "YZZ999W")
    with pytest.raises(InputError, match="one neighbour or more"):
        nearest(FOUND, COURSE.genes[ROW], 0)
    blank = FOUND.vectors.copy()
    blank[ROW] = np.nan
    with pytest.raises(InputError, match="no numbers for 'Y"):
        nearest(Embedding(COURSE, FOUND.calls, blank), COURSE.genes[ROW])
    with pytest.raises(InputError, match="no numbers for the genes of this course"):
        embed(COURSE.select_times(range(4)))


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "alpha.tsv"
    phasecall.write(COURSE, path)
    return str(path)


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_the_verb_writes_the_numbers(file: str, tmp_path: Path) -> None:
    status, text, told = run(file)
    assert status == 0
    header, *rows = text.splitlines()
    assert header.split("\t")[-32:] == [f"e{place}" for place in range(1, 33)]
    assert len(rows) == len(COURSE)
    assert f"{READ.size} of 250 genes read by phasecall" in told
    for suffix in ("csv", "jsonl", "xlsx", "parquet"):
        assert run(file, "-o", str(tmp_path / f"genes.{suffix}"))[0] == 0


def test_the_verb_writes_annotated_data(file: str, tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    assert run(file, "-o", str(tmp_path / "genes.h5ad"))[0] == 0
    adata = anndata.read_h5ad(tmp_path / "genes.h5ad")
    assert adata.shape == (250, 32)
    assert list(adata.obs_names) == list(COURSE.genes)
    np.testing.assert_allclose(adata.X[READ], FOUND.vectors[READ], rtol=1e-4, atol=1e-4)
    assert adata.obsm["X_map"].shape == (250, 2)
    assert "phase" in adata.obs


def test_the_verb_lists_neighbours_and_draws(file: str, tmp_path: Path) -> None:
    picture = tmp_path / "map.png"
    gene = COURSE.genes[ROW]
    status, text, _ = run(file, "--neighbours", gene, "-n", "4", "--json", "--figure", str(picture))
    told = json.loads(text)
    assert status == 0
    assert told["neighbours_of"] == gene
    assert [row["gene"] for row in told["genes"]] == list(nearest(FOUND, gene, 4).genes)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_verb_refuses(file: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [file, "-n", "4"])
    assert done.exit_code == 2
    assert "name a gene" in done.output
    done = CliRunner().invoke(command, [file, "--neighbours", "Y1", "-o", str(tmp_path / "x.h5ad")])
    assert "no gene 'Y1'" in str(done.exception)
    done = CliRunner().invoke(
        command, [file, "--neighbours", COURSE.genes[ROW], "-o", str(tmp_path / "x.h5ad")]
    )
    assert "a table of neighbours has none" in str(done.exception)


def test_the_map_marks_a_gene_and_its_neighbours() -> None:
    near = nearest(FOUND, COURSE.genes[ROW], 7)
    places = FOUND.principal[0]
    for axes in figures.draw("map", (FOUND, near)).axes[:2]:
        others, own = (np.asarray(marks.get_offsets(), dtype=np.float64) for marks in axes.collections[-2:])
        np.testing.assert_allclose(own, places[[ROW]])
        np.testing.assert_allclose(others, places[[COURSE.genes.index(gene) for gene in near.genes]])
        assert [text.get_text() for text in axes.texts] == [near.gene]
    assert not figures.draw("map", FOUND).axes[0].texts
