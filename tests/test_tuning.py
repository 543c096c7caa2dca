"""Tuning: what labelled genes add, what they must not, and the kernel by a plain loop."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from phasecall.tuning import MAX_GENES, STRENGTHS, Tuning, draw_genes, measure_alikeness, tune

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

N_TIMES = 12
TIMES = np.arange(N_TIMES) / 8


def waves(n: int, seed: int, noise: float = 0.15) -> tuple[Floats, Floats]:
    """Return noisy waves, shape (n, 12), and where they peak, turns."""
    rng = np.random.default_rng(seed)
    peaks = rng.random(n)
    return np.cos(2 * np.pi * (TIMES - peaks[:, None])) + noise * rng.normal(size=(n, N_TIMES)), peaks


def quarters(peaks: Floats, border: float = 0.0) -> Codes:
    return np.asarray(np.floor((peaks - border) % 1.0 * 4), dtype=np.int64)


def network(peaks: Floats, sharpness: float = 6.0) -> Floats:
    """Return the answers of a network that knows the peaks, and takes the phases for quarters from 0 on."""
    centres = (np.arange(4) + 0.5) / 4
    weights = np.exp(sharpness * np.cos(2 * np.pi * (peaks[:, None] - centres)))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@pytest.fixture(scope="module")
def shifted() -> Tuning:
    """What is learnt from an experiment whose borders lie an eighth of a turn later."""
    values, peaks = waves(64, seed=0)
    return tune(values, network(peaks), quarters(peaks, 0.125))


def test_a_shifted_border_is_learnt(shifted: Tuning) -> None:
    values, peaks = waves(300, seed=1)
    truth = quarters(peaks, 0.125)
    plain, tuned = network(peaks), shifted.answer(values, network(peaks))
    assert (plain.argmax(axis=1) == truth).mean() < 0.6
    assert (tuned.argmax(axis=1) == truth).mean() > 0.85
    assert shifted.shares[0] < 0.01


def test_probabilities_sum_to_1(shifted: Tuning) -> None:
    values, peaks = waves(50, seed=2)
    answers = shifted.answer(values, network(peaks))
    assert (answers >= 0).all()
    assert answers.sum(axis=1) == pytest.approx(1.0)
    assert shifted.shares.shape == (1 + len(STRENGTHS),)
    assert shifted.shares.sum() == pytest.approx(1.0)


def test_without_a_gain_the_answers_are_those_of_the_network() -> None:
    # The network is right, and the values say nothing at all.
    values, _ = waves(30, seed=3)
    peaks = np.random.default_rng(4).random(30)
    sure = np.eye(4)[quarters(peaks)] * 0.96 + 0.01
    tuning = tune(values, sure, quarters(peaks))
    assert tuning.shares.tolist() == [1.0] + [0.0] * len(STRENGTHS)
    asked, there = waves(20, seed=5)
    assert np.array_equal(tuning.answer(asked, network(there)), network(there))


def test_the_gain_is_judged_on_genes_held_out() -> None:
    # Labels by chance can be learnt by heart, but not foretold.
    values, _ = waves(30, seed=6)
    codes = np.random.default_rng(7).integers(0, 4, 30)
    even = np.full((30, 4), 0.25)
    tuning = tune(values, even, codes)
    asked, _ = waves(200, seed=8)
    assert tuning.answer(asked, np.full((200, 4), 0.25)) == pytest.approx(0.25, abs=0.2)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_hardly_a_label_hardly_moves_an_answer(n: int) -> None:
    values, peaks = waves(n, seed=9)
    tuning = tune(values, network(peaks), quarters(peaks))
    asked, there = waves(30, seed=10)
    assert np.abs(tuning.answer(asked, network(there)) - network(there)).max() < 0.1


def test_missing_values_are_left_out(shifted: Tuning) -> None:
    values, peaks = waves(200, seed=11)
    holes = np.random.default_rng(12).random(values.shape) < 0.3
    gappy = np.where(holes, np.nan, values)
    # Values without one: of the genes asked about, of the genes that it learns from, and of all at a time.
    whole = shifted.answer(values, network(peaks))
    answers = shifted.answer(gappy, network(peaks))
    assert answers.sum(axis=1) == pytest.approx(1.0)
    assert (answers.argmax(axis=1) == whole.argmax(axis=1)).mean() > 0.85
    gappy[:, 5] = np.nan
    truth = quarters(peaks, 0.125)
    learnt = tune(gappy[:60], network(peaks)[:60], truth[:60])
    answers = learnt.answer(gappy[60:], network(peaks)[60:])
    assert (answers.argmax(axis=1) == truth[60:]).mean() > 0.75
    # What stands at a time that no labelled gene was measured at is nothing to go by.
    filled = gappy[60:].copy()
    filled[:, 5] = 1e3
    assert learnt.answer(filled, network(peaks)[60:]) == pytest.approx(answers)


def test_a_gene_without_a_value_is_answered_by_the_network_and_how_common_phases_are() -> None:
    values, peaks = waves(20, seed=13)
    tuning = tune(values, network(peaks), quarters(peaks, 0.125))
    silent = tuning.answer(np.full((1, N_TIMES), np.nan), network(peaks[:1]))
    assert np.isfinite(silent).all()
    unbiased = replace(tuning, bias=np.zeros_like(tuning.bias))
    alone = unbiased.answer(np.full((1, N_TIMES), np.nan), network(peaks[:1]))
    assert alone == pytest.approx(network(peaks[:1]), abs=0.02)


def test_genes_in_another_order_are_answered_alike(shifted: Tuning) -> None:
    values, peaks = waves(40, seed=14)
    order = np.random.default_rng(15).permutation(40)
    answers = shifted.answer(values, network(peaks))
    assert shifted.answer(values[order], network(peaks[order])) == pytest.approx(answers[order])


def test_what_is_learnt_is_most_likely_given_how_much_it_is_held_back() -> None:
    values, peaks = waves(24, seed=17)
    offset, codes = network(peaks), quarters(peaks, 0.125)
    tuning = tune(values, offset, codes)
    kernel = measure_alikeness(np.arcsinh(values), tuning.genes, tuning.centre, tuning.spread)
    logs = np.log(offset * 0.98 + 0.005)
    for strength, weights, bias in zip(STRENGTHS, tuning.weights, tuning.bias, strict=True):
        answers = np.exp(logs + kernel @ weights + bias)
        missed = np.eye(4)[codes] - answers / answers.sum(axis=1, keepdims=True)
        # Where the slope of the posterior is 0.
        assert kernel @ weights == pytest.approx(strength * kernel @ missed, abs=0.02 * max(1, strength))
        assert bias == pytest.approx(missed.sum(axis=0), abs=0.02)


def test_times_without_a_value_count_for_nothing() -> None:
    values, peaks = waves(40, seed=18)
    empty = np.full((40, 3), np.nan)
    tuning = tune(values, network(peaks), quarters(peaks, 0.125))
    wider = tune(np.hstack([values, empty]), network(peaks), quarters(peaks, 0.125))
    assert wider.shares == pytest.approx(tuning.shares, abs=1e-3)
    asked, there = waves(30, seed=19)
    answers = wider.answer(np.hstack([asked, np.full((30, 3), 5.0)]), network(there))
    assert answers == pytest.approx(tuning.answer(asked, network(there)), abs=1e-3)
    # One at which all genes are alike is measured, and varies by nothing.
    level = measure_alikeness(
        np.array([[1.0, 0.0]]), np.array([[-1.0, 0.0]]), np.zeros(2), np.array([1.0, 0.0])
    )
    assert level.item() == pytest.approx(math.exp(-(2.0**2) / (2 * 2 * 0.5)) - 1 / (2 * 2))


def test_the_kernel_is_that_of_a_plain_loop() -> None:
    rng = np.random.default_rng(16)
    rows, others = rng.normal(size=(6, N_TIMES)), rng.normal(size=(5, N_TIMES))
    rows[rng.random(rows.shape) < 0.3] = np.nan
    others[rng.random(others.shape) < 0.3] = np.nan
    rows[0, 6:] = np.nan
    others[0, :6] = np.nan
    centre, spread = rng.normal(size=N_TIMES), rng.uniform(0.5, 2.0, N_TIMES)
    kernel = measure_alikeness(rows, others, centre, spread)
    variance = sum(one**2 for one in spread.tolist()) / N_TIMES
    for i, row in enumerate(rows.tolist()):
        for j, other in enumerate(others.tolist()):
            apart = along = 0.0
            count = 0
            for k, (x, y) in enumerate(zip(row, other, strict=True)):
                if math.isnan(x) or math.isnan(y):
                    continue
                count += 1
                apart += (x - y) ** 2 / variance
                along += (x - centre[k]) * (y - centre[k]) / spread[k] ** 2
            expected = math.exp(-apart / (2 * count)) + along / (2 * count) if count else 0.0
            assert kernel[i, j] == pytest.approx(expected), (i, j)
    assert kernel[0, 0] == 0.0


@pytest.mark.parametrize("n", [0, 1, MAX_GENES, MAX_GENES + 1, 3 * MAX_GENES])
def test_of_very_many_genes_some_are_drawn_from_all(n: int) -> None:
    drawn = draw_genes(n)
    assert drawn.size == np.unique(drawn).size == min(n, MAX_GENES)
    assert (np.diff(drawn) > 0).all()
    if n > 2 * MAX_GENES:
        assert drawn[-1] > 2 * MAX_GENES
    assert np.array_equal(drawn, draw_genes(n))
