"""The evaluation: tracks that never change, rows that say all they must, and what it refuses."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from phasecall import benchmark, caller, modelfile
from phasecall.benchmark.evaluation import JUDGED
from phasecall.datasets import load
from phasecall.errors import InputError, ModelError
from phasecall.graph import to_onnx
from phasecall.labels import fold_of
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
    summary = benchmark.summarise_run(source, command="x", answer=(course, calls), speed=speed)
    counts = summary["calls"]
    assert counts["n"] == 300 == counts["called"] + sum(counts["abstained"].values())
    assert sum(counts["per_phase"].values()) == counts["called"]
    assert summary["data"]["sha256"] == course.sha256()
    assert summary["model"]["bytes"] == len(source.content) < 50_000
    json.dumps(summary, allow_nan=False)
