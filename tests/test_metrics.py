"""Metrics against scikit-learn, against plain loops, and at their edges."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn import metrics as reference

import examples
from phasecall import metrics
from phasecall.errors import InputError
from phasecall.phases import SCHEMES

FOUR = SCHEMES["four"]
Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def case(n: int = 90, *, seed: int = 0, digits: int = 2) -> tuple[Codes, Floats]:
    """Labels and probabilities with ties: rounded to few digits."""
    truth = np.random.default_rng(seed).choice(4, n, p=[0.2, 0.45, 0.15, 0.2])
    chances = examples.probabilities(truth, FOUR, seed=seed, signal=1.5).round(digits)
    chances[:, 3] = 1.0 - chances[:, :3].sum(axis=1)
    return truth, chances


@pytest.mark.parametrize("seed", range(5))
def test_point_values_are_those_of_scikit_learn(seed: int) -> None:
    truth, chances = case(seed=seed)
    called = chances.argmax(axis=1)
    made = metrics.summarise(truth, chances, FOUR, n_boot=0)
    assert made["n_test"] == truth.size
    assert made["accuracy"] == pytest.approx(reference.accuracy_score(truth, called))
    assert made["macro_f1"] == pytest.approx(reference.f1_score(truth, called, average="macro"))
    assert made["confusion"] == reference.confusion_matrix(truth, called, labels=range(4)).tolist()
    per_phase = zip(*reference.precision_recall_fscore_support(truth, called), strict=True)
    for row, expected in zip(made["per_phase"], per_phase, strict=True):
        assert [row[key] for key in ("precision", "recall", "f1", "support")] == pytest.approx(expected)
    for code, phase in enumerate(FOUR.phases):
        area = reference.roc_auc_score(truth == code, chances[:, code])
        assert made["auc"][phase.key] == pytest.approx(area)
        fpr, tpr, _ = reference.roc_curve(truth == code, chances[:, code], drop_intermediate=False)
        curve = made["roc"][phase.key]
        assert set(zip(curve["fpr"], curve["tpr"], strict=True)) <= set(zip(fpr, tpr, strict=True))
        assert reference.auc(curve["fpr"], curve["tpr"]) == pytest.approx(area)


def looped_ece(truth: Codes, chances: Floats) -> float:
    total = 0.0
    for number in range(10):
        held = [
            gene
            for gene in range(truth.size)
            if number / 10 < chances[gene].max() <= (number + 1) / 10 + 1e-15
        ]
        if held:
            right = np.mean([chances[gene].argmax() == truth[gene] for gene in held])
            stated = np.mean([chances[gene].max() for gene in held])
            total += len(held) / truth.size * abs(right - stated)
    return total


@pytest.mark.parametrize("seed", range(3))
def test_calibration_and_brier_are_those_of_a_plain_loop(seed: int) -> None:
    truth, chances = case(seed=seed, digits=6)
    made = metrics.summarise(truth, chances, FOUR, n_boot=0)
    assert made["ece"] == pytest.approx(looped_ece(truth, chances))
    squares = [
        sum((chances[gene, code] - (code == truth[gene])) ** 2 for code in range(4))
        for gene in range(truth.size)
    ]
    assert made["brier"] == pytest.approx(np.mean(squares))


def test_reliability_bins_add_up_to_the_calibration_error() -> None:
    truth, chances = case(300)
    made = metrics.summarise(truth, chances, FOUR, n_boot=0)
    bins = made["reliability"]
    assert len(bins["edges"]) == 11
    assert sum(bins["count"]) == truth.size
    triples = zip(bins["count"], bins["accuracy"], bins["confidence"], strict=True)
    gaps = [count * abs(right - stated) for count, right, stated in triples if count]
    assert made["ece"] == pytest.approx(sum(gaps) / truth.size)
    assert all(
        (right is None) == (count == 0) for right, count in zip(bins["accuracy"], bins["count"], strict=True)
    )


def test_a_confidence_on_an_edge_belongs_to_the_bin_below() -> None:
    chances = [[0.7, 0.3, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
    assert metrics.summarise([0, 0], chances, FOUR, n_boot=0)["reliability"]["count"] == [0] * 6 + [
        1,
        0,
        0,
        1,
    ]


def test_intervals_are_those_of_a_loop_over_the_same_resamples() -> None:
    truth, chances = case(40)
    made = metrics.summarise(truth, chances, FOUR, seed=7, n_boot=60)
    weights = np.concatenate(list(metrics._resamples(truth.size, 60, 7)), axis=1).astype(int)
    assert weights.shape == (40, 60)
    assert (weights.sum(axis=0) == 40).all()
    draws: dict[str, list[float]] = {"macro_f1": [], "early_g1": [], "m": []}
    for column in weights.T:
        genes = np.repeat(np.arange(40), column)
        labels, given_ = truth[genes], chances[genes]
        called = given_.argmax(axis=1)
        draws["macro_f1"].append(reference.f1_score(labels, called, average="macro"))
        for code, key in ((0, "early_g1"), (3, "m")):
            draws[key].append(reference.roc_auc_score(labels == code, given_[:, code]))
    for key, values in draws.items():
        found = made["auc_ci"][key] if key in made["auc_ci"] else made[f"{key}_ci"]
        assert found == pytest.approx(np.percentile(values, [2.5, 97.5]).tolist()), key


def test_blocks_of_resamples_do_not_depend_on_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, chances = case(50)
    made = metrics.summarise(truth, chances, FOUR, n_boot=30)
    assert made == metrics.summarise(truth, chances, FOUR, n_boot=30)
    other = metrics.summarise(truth, chances, FOUR, seed=1, n_boot=30)
    assert made["accuracy_ci"] == other["accuracy_ci"]
    for key in ("macro_f1_ci", "ece_calibrated"):
        assert made[key] != other[key]
    monkeypatch.setattr(metrics, "_BLOCK", 50 * 7)
    sizes = [block.shape for block in metrics._resamples(50, 30, 0)]
    assert sizes == [(50, 7)] * 4 + [(50, 2)]
    assert metrics._calibrated_errors(chances, 0, 30).shape == (30,)


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (0, 9), (102, 122), (400, 400), (3, 10), (1, 4000)])
def test_the_interval_of_a_share_is_that_of_wilson(hits: int, n: int) -> None:
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    found = metrics.bound_share(hits, n)
    assert found == pytest.approx([expected.low, expected.high])
    assert found is not None
    assert 0 <= found[0] <= hits / n <= found[1] <= 1
    assert found[0] < found[1]


def test_the_interval_of_a_share_is_the_published_one() -> None:
    # Newcombe 1998, doi 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3.
    assert np.round(metrics.bound_share(81, 263) or [], 4).tolist() == [0.2553, 0.3662]
    assert np.round(metrics.bound_share(15, 148) or [], 4).tolist() == [0.0624, 0.1605]
    assert np.round(metrics.bound_share(0, 20) or [], 4).tolist() == [0.0, 0.1611]
    assert metrics.bound_share(0, 0) is None


def test_shares_of_genes_have_the_interval_of_their_counts() -> None:
    truth, chances = case(90)
    made = metrics.summarise(truth, chances, FOUR, n_boot=0)
    table = np.array(made["confusion"])
    assert made["accuracy_ci"] == metrics.bound_share(int(np.trace(table)), 90)
    for code, row in enumerate(made["per_phase"]):
        assert row["precision_ci"] == metrics.bound_share(table[code, code], table[:, code].sum())
        assert row["recall_ci"] == metrics.bound_share(table[code, code], table[code].sum())
        assert row["recall_ci"][0] < row["recall"] < row["recall_ci"][1]


def test_a_perfect_score_has_no_interval_without_a_width() -> None:
    truth = np.arange(40) % 4
    made = metrics.summarise(truth, np.eye(4)[truth] * 0.8 + 0.05, FOUR, n_boot=200)
    assert made["accuracy"] == made["macro_f1"] == made["auc"]["m"] == 1.0
    assert made["accuracy_ci"] == pytest.approx([0.9124, 1.0], abs=1e-4)
    assert made["macro_f1_ci"] is None
    assert set(made["auc_ci"].values()) == {None}
    assert all(row["recall_ci"][0] < 1 for row in made["per_phase"])


def drawn_from(chances: Floats, rng: np.random.Generator) -> Codes:
    """Phases of a perfectly calibrated method's genes."""
    return np.asarray((rng.random((len(chances), 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(max=3))


@pytest.mark.parametrize(("n", "signal"), [(20, 1.0), (122, 1.0), (122, 6.0), (400, 3.0)])
def test_a_calibrated_method_lies_in_its_range_as_often_as_it_says(n: int, signal: float) -> None:
    rng = np.random.default_rng(n)
    chances = examples.probabilities(rng.integers(0, 4, n), FOUR, seed=n, signal=signal)
    low, high = metrics.summarise(drawn_from(chances, rng), chances, FOUR)["ece_calibrated"]
    errors = [metrics.summarise(drawn_from(chances, rng), chances, FOUR, n_boot=0)["ece"] for _ in range(800)]
    # Three standard errors of a share of 800 to each side; few calls can be wrong where signal is strong, so
    # that errors come in lumps, and a lump on an end lies within.
    assert 0.925 < np.mean([low <= error <= high for error in errors]) < (0.975 if signal < 5 else 0.99)


def test_an_overconfident_method_lies_beyond_its_range() -> None:
    rng = np.random.default_rng(0)
    chances = examples.probabilities(rng.integers(0, 4, 122), FOUR, signal=2.0)
    sharp = chances**3 / (chances**3).sum(axis=1, keepdims=True)
    for _ in range(5):
        made = metrics.summarise(drawn_from(chances, rng), sharp, FOUR)
        assert made["ece"] > made["ece_calibrated"][1]


def test_the_range_of_a_calibrated_method_is_that_of_a_loop() -> None:
    truth, chances = case(60, digits=6)
    low, high = metrics.summarise(truth, chances, FOUR, n_boot=4000)["ece_calibrated"]
    rng = np.random.default_rng(5)
    errors = [looped_ece(drawn_from(chances, rng), chances) for _ in range(1000)]
    assert [low, high] == pytest.approx(np.percentile(errors, [2.5, 97.5]), abs=0.012)


def test_a_method_that_is_always_sure_has_no_range() -> None:
    made = metrics.summarise([0, 1], np.eye(4)[[0, 1]], FOUR)
    assert (made["ece"], made["ece_calibrated"]) == (0.0, None)


def test_intervals_hold_the_point_value() -> None:
    truth, chances = case(200)
    made = metrics.summarise(truth, chances, FOUR)
    for key in ("accuracy", "macro_f1"):
        low, high = made[f"{key}_ci"]
        assert low <= made[key] <= high
        assert low < high
    for key, area in made["auc"].items():
        assert made["auc_ci"][key][0] <= area <= made["auc_ci"][key][1]


def test_a_summary_is_plain_json() -> None:
    truth, chances = case(60)
    made = metrics.summarise(truth, chances, FOUR, n_boot=20)
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_a_phase_without_labels_has_no_area_and_the_bootstrap_copes() -> None:
    truth, chances = case(60)
    truth[truth == 2] = 1
    made = metrics.summarise(truth, chances, FOUR, n_boot=50)
    assert made["auc"]["g2"] is made["auc_ci"]["g2"] is made["roc"]["g2"] is None
    assert made["per_phase"][2]["support"] == 0
    assert made["per_phase"][2]["recall"] == 0.0
    assert made["per_phase"][2]["recall_ci"] is None
    assert made["macro_f1"] == pytest.approx(
        reference.f1_score(truth, chances.argmax(axis=1), average="macro")
    )
    assert made["auc"]["m"] is not None
    json.dumps(made, allow_nan=False)


def test_a_single_label_of_a_phase_is_missing_from_some_resamples() -> None:
    truth, chances = case(60)
    truth[truth == 2] = 1
    truth[0] = 2
    made = metrics.summarise(truth, chances, FOUR, n_boot=200)
    low, high = made["auc_ci"]["g2"]
    assert 0 <= low <= made["auc"]["g2"] <= high <= 1


def test_one_phase_alone_has_no_area() -> None:
    made = metrics.summarise([1, 1], [[0.1, 0.7, 0.1, 0.1], [0.7, 0.1, 0.1, 0.1]], FOUR, n_boot=10)
    assert set(made["auc"].values()) == {None}
    assert made["accuracy"] == 0.5


def test_the_same_probabilities_for_all_genes_rank_nothing() -> None:
    truth, _ = case(60)
    made = metrics.summarise(truth, np.tile([0.2, 0.45, 0.15, 0.2], (60, 1)), FOUR, n_boot=10)
    assert set(made["auc"].values()) == set(made["auc_ci"].values()) == set(made["roc"].values()) == {None}
    assert made["accuracy"] == pytest.approx(np.mean(truth == 1))


def test_a_curve_of_many_points_is_thinned_close_to_itself() -> None:
    truth = np.random.default_rng(0).integers(0, 4, 4000)
    chances = examples.probabilities(truth, FOUR, signal=0.5)
    curve = metrics.summarise(truth, chances, FOUR, n_boot=0)["roc"]["m"]
    fpr, tpr, _ = reference.roc_curve(truth == 3, chances[:, 3])
    assert len(fpr) > 500
    assert len(curve["fpr"]) <= 101
    assert (curve["fpr"][0], curve["tpr"][0], curve["fpr"][-1], curve["tpr"][-1]) == (0, 0, 1, 1)
    assert np.abs(np.interp(fpr, curve["fpr"], curve["tpr"]) - tpr).max() < 0.03


@pytest.mark.parametrize(
    ("truth", "chances", "problem"),
    [
        ([], np.empty((0, 4)), "do not fit"),
        ([0, 1], np.full((1, 4), 0.25), "do not fit"),
        ([0], np.full((1, 5), 0.2), "do not fit"),
        ([-1], np.full((1, 4), 0.25), "no phase"),
        ([4], np.full((1, 4), 0.25), "no phase"),
        ([0], np.full((1, 4), np.nan), "no probabilities"),
    ],
)
def test_what_cannot_be_judged_is_refused(truth: list[int], chances: Floats, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        metrics.summarise(truth, chances, FOUR)


def test_no_resamples_no_intervals_but_those_of_shares() -> None:
    made = metrics.summarise(*case(20), FOUR, n_boot=0)
    assert made["macro_f1_ci"] is made["ece_calibrated"] is made["auc_ci"]["m"] is None
    assert made["accuracy_ci"] is not None
