"""The evaluation: tracks that never change, rows that say all they must, and what it refuses."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from phasecall import benchmark, caller, modelfile, qc
from phasecall.benchmark.evaluation import JUDGED
from phasecall.benchmark.task import split_by_draw
from phasecall.cli import call, evaluate, options
from phasecall.datasets import load
from phasecall.errors import InputError, ModelError
from phasecall.graph import to_onnx
from phasecall.io import read
from phasecall.labels import fold_of
from phasecall.methods import RefusalError
from phasecall.network import reference
from phasecall.phases import SCHEMES

# A change of a track makes old figures worthless: these counts are fixed.
FIXED = {
    "simulated": ("four", 1600, 400),
    "cdc15-9": ("four", 510, 123),
    "cdc15-9-five": ("five", 510, 123),
}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return benchmark.evaluate(modelfile.shipped(), benchmark.tracks_of("four"))


def test_every_track_of_nine_points_is_fixed() -> None:
    found = {}
    for key in FIXED:
        track = benchmark.TRACKS[key]
        task = track.load()
        labelled = task.codes >= 0
        found[key] = (track.scheme, int((labelled & ~task.test).sum()), int((labelled & task.test).sum()))
        assert task.course.sha256() == track.load().course.sha256()
        assert task.course.times.tolist() == list(modelfile.shipped().card.times)
    assert found == FIXED
    assert [track.key for scheme in SCHEMES for track in benchmark.tracks_of(scheme)] == list(FIXED)


def test_no_test_gene_of_a_real_track_is_in_another_fold() -> None:
    task = benchmark.TRACKS["cdc15-9"].load()
    assert np.array_equal(task.test, fold_of(task.course.genes) == 0)


def test_the_simulated_track_is_balanced() -> None:
    task = benchmark.TRACKS["simulated"].load()
    assert np.bincount(task.codes[task.test]).tolist() == [100] * 4
    assert np.bincount(task.codes[~task.test]).tolist() == [400] * 4


def test_the_published_figures_are_reached_on_the_simulated_track(rows: list[dict[str, Any]]) -> None:
    row = rows[0]
    assert (row["track"], row["method"]) == ("simulated", "reference")
    assert row["accuracy"] >= 0.9875
    assert row["macro_f1"] >= 0.9872
    assert min(row["auc"].values()) > 0.99


def test_every_row_has_its_track_n_interval_and_baselines(rows: list[dict[str, Any]]) -> None:
    assert [(row["track"], row["method"]) for row in rows] == [
        (track.key, method) for track in benchmark.tracks_of("four") for method in JUDGED["grid"]
    ]
    for row in rows:
        low, high = row["accuracy_ci"]
        assert low <= row["accuracy"] <= high
        assert row["n_test"] == sum(map(sum, row["confusion"]))
        assert row["what"] == benchmark.TRACKS[row["track"]].what
        assert (row["bayes_expected"] is None) == (row["track"] != "simulated")
    json.dumps(rows, allow_nan=False)


def test_what_a_network_was_trained_on_is_what_its_card_says(rows: list[dict[str, Any]]) -> None:
    training = modelfile.shipped().card.training
    seen = {row["track"]: row["n_train"] for row in rows if row["method"] == "reference"}
    assert seen == {"simulated": training["simulated_genes"], "cdc15-9": training["labelled_genes"]}


def test_somebody_elses_network_is_not_called_ours() -> None:
    card = replace(modelfile.shipped().card, name="mine", description="made at home", training={})
    mine = modelfile.seal(to_onnx(reference(seed=3).build()), card)
    row = benchmark.evaluate(mine, [benchmark.TRACKS["cdc15-9"]])[0]
    assert (row["method"], row["method_title"]) == ("mine", "mine (own network)")
    assert row["method_summary"] == "made at home"
    assert row["n_train"] is None


def test_a_track_of_another_scheme_is_refused() -> None:
    with pytest.raises(ModelError, match="another scheme"):
        benchmark.evaluate(modelfile.shipped(), [benchmark.TRACKS["cdc15-9-five"]])


def judge(key: str) -> dict[str, dict[str, Any]]:
    """Return the rows of the default network's evaluation on a track, by method."""
    source = modelfile.shipped(modelfile.DEFAULT)
    return {row["method"]: row for row in benchmark.evaluate(source, [benchmark.TRACKS[key]])}


def test_a_rival_that_refuses_is_left_out() -> None:
    # Logistic regression reads one time grid, and learns from other experiments here.
    assert list(judge("transfer-alpha")) == ["phasecall", "cosinor", "majority"]


def test_a_network_that_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RefusalError("will not")

    monkeypatch.setattr("phasecall.benchmark.evaluation.answer", refuse)
    with pytest.raises(RefusalError, match="will not"):
        judge("transfer-alpha")


def test_few_labels_are_as_few_as_the_track_says() -> None:
    rows, task = judge("few-20-alpha"), benchmark.TRACKS["few-20-alpha"].load()
    assert {key: row["n_train"] for key, row in rows.items() if key != "phasecall"} == {
        "cosinor": 0,
        "logistic": 20,
        "majority": 20,
    }
    # The first draw asks for fold 0.
    asked = split_by_draw(task, 0).asked
    assert np.array_equal(asked, task.labelled & task.test)
    assert rows["phasecall"]["n_test"] == asked.sum()
    assert "first draw alone" in rows["phasecall"]["what"]


def test_without_labels_those_that_need_them_are_left_out() -> None:
    rows = judge("few-0-cdc15-9")
    # The published network knows four folds of these very genes.
    assert list(rows) == ["phasecall", "cosinor"]


def test_a_track_that_asks_for_no_phases_is_refused() -> None:
    with pytest.raises(InputError, match="for no phases") as caught:
        judge("recovery-alpha")
    assert caught.value.fix == "phasecall benchmark --track recovery-alpha"


@pytest.mark.parametrize(
    ("genes", "asked", "found"),
    [
        (("CCNE1", "CDC6", "PCNA", "CCNB1", "PLK1"), None, "human"),
        (("CCNE1", "CDC6", "PCNA", "CCNB1", "PLK1"), "four", "four"),
        (("YAL040C", "YPL256C"), None, "four"),
        (("a", "b"), None, "four"),
        (("a", "b"), "five", "five"),
    ],
)
def test_own_data_are_judged_by_the_phases_of_their_organism(
    genes: tuple[str, ...], asked: str | None, found: str, table: Callable[..., Path]
) -> None:
    path = table("gene\t0\t60\n" + "".join(f"{gene}\t1\t2\n" for gene in genes), "course.tsv")
    labels = table(f"{genes[0]}\tM\n", "labels.tsv")
    assert options.own_track(read(path), labels, asked).scheme == found
    told = options.own_track(read(path, sync="thymidine"), labels, asked).scheme
    assert told == (asked or "human")


def test_the_help_says_what_runs_and_what_is_read() -> None:
    told = " ".join(CliRunner().invoke(evaluate.command, ["--help"]).output.split())
    assert f"If not given, {', '.join(t.key for t in benchmark.tracks_of(None)[:2])} and cdc15-23" in told
    assert "finetune" not in told
    assert "the cosinor on the clock, too, and the published network" in told
    told = " ".join(CliRunner().invoke(call.command, ["--help"]).output.split())
    assert "`phasecall finetune`, `pretrain`" in told


@pytest.mark.parametrize("words", [["--scheme", "five"], ["--sync", "alpha"], ["--unit", "h"]])
def test_scheme_and_synchronisation_are_those_of_own_data(words: list[str]) -> None:
    told = CliRunner().invoke(evaluate.command, words)
    assert told.exit_code == 2
    assert "are about your own --data" in told.output


def test_labels_without_a_test_fold_are_refused() -> None:
    course = load("alpha")
    seen = {gene: "M" for gene, fold in zip(course.genes, fold_of(course.genes), strict=True) if fold}
    with pytest.raises(InputError, match="nothing to judge on"):
        benchmark.own_track(course, seen, SCHEMES["four"]).load()


def test_training_genes_of_one_phase_are_refused() -> None:
    course = load("cdc15-4381")
    track = benchmark.own_track(course, dict.fromkeys(course.genes[:50], "M"), SCHEMES["four"])
    with pytest.raises(InputError, match="nothing to tell apart"):
        benchmark.evaluate(modelfile.shipped(), [track])


def test_a_summary_counts_every_gene_once() -> None:
    course = load("cdc15-4381").select_genes(range(300))
    calls = caller.call(course)
    source = modelfile.shipped()
    speed = benchmark.measure_speed(source, n_batch=100, n_single=5)
    summary = benchmark.summarise_run(source, command="x", answer=(calls, qc.examine(course)), speed=speed)
    counts = summary["calls"]
    assert counts["n"] == 300 == counts["called"] + sum(counts["abstained"].values())
    assert sum(counts["per_phase"].values()) == counts["called"]
    assert summary["data"]["sha256"] == course.sha256()
    assert summary["model"]["bytes"] == len(source.content) < 50_000
    assert [one["key"] for one in summary["qc"]["findings"]] == list(qc.CHECKS)
    json.dumps(summary, allow_nan=False)
