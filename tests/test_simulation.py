"""The simulator, its clock and the Bayes-optimal answer."""

import itertools
import math

import numpy as np
import pytest

from phasecall.circular import difference, distance
from phasecall.clock import CDC15, Clock, align_clock, fit_clock
from phasecall.datasets import load, load_labels
from phasecall.errors import InputError
from phasecall.labels import encode
from phasecall.phases import SCHEMES
from phasecall.simulation import Culture, posterior, simulate

FOUR = SCHEMES["four"]


def test_the_same_seed_gives_the_same_data_and_another_one_does_not() -> None:
    assert simulate(40, seed=3).course.sha256() == simulate(40, seed=3).course.sha256()
    assert simulate(40, seed=3).course.sha256() != simulate(40, seed=4).course.sha256()


def test_the_truth_is_what_was_asked_for() -> None:
    made = simulate(4000, culture=Culture(noise=0.2, spread=0.03), seed=1)
    assert np.bincount(made.codes).tolist() == [1000] * 4
    centres = np.array([phase.centre for phase in FOUR.phases])[made.codes]
    off = difference(made.peak_turn, centres)
    assert off.std() == pytest.approx(0.03, rel=0.05)
    assert abs(off.mean()) < 0.002
    wave = np.cos(2 * np.pi * (CDC15.turn(made.course.times) - made.peak_turn[:, None]))
    left = made.course.values - made.amplitude[:, None] * wave
    assert (left - left.mean(axis=1, keepdims=True)).std(ddof=0) == pytest.approx(
        0.2 * math.sqrt(8 / 9), rel=0.03
    )
    assert np.median(made.amplitude) == pytest.approx(1, rel=0.02)


def test_the_posterior_equals_a_plain_sum_over_a_grid() -> None:
    culture = Culture(noise=0.5, spread=0.05)
    made = simulate(6, culture=culture, seed=2)
    nodes = np.linspace(-4, 4, 33)
    weight = np.exp(-0.5 * nodes**2)
    covariance = culture.noise**2 * np.eye(9) + 0.25 * np.ones((9, 9))
    inverse = np.linalg.inv(covariance)
    turn = culture.clock.turn(made.course.times)
    expected = np.zeros((6, 4))
    for gene, phase in itertools.product(range(6), FOUR.phases):
        for i, j in itertools.product(range(33), range(33)):
            wave = math.exp(0.3 * nodes[j]) * np.cos(2 * np.pi * (turn - phase.centre - 0.05 * nodes[i]))
            left = made.course.values[gene] - wave
            expected[gene, phase.code] += weight[i] * weight[j] * math.exp(-0.5 * left @ inverse @ left)
    expected /= expected.sum(axis=1, keepdims=True)
    assert posterior(made.course, culture) == pytest.approx(expected, abs=1e-9)


def test_the_posterior_is_calibrated_and_worse_with_more_noise() -> None:
    accuracies = []
    for noise in (0.2, 0.6, 1.2):
        culture = Culture(noise=noise)
        made = simulate(4000, culture=culture, seed=9)
        answer = posterior(made.course, culture)
        right = answer.argmax(axis=1) == made.codes
        accuracies.append(right.mean())
        # If the answer is the true posterior, its mean confidence is its accuracy.
        assert answer.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.015)
    assert accuracies == sorted(accuracies, reverse=True)


@pytest.mark.parametrize(("noise", "spread"), [(0.0, 0.02), (-1.0, 0.02), (0.3, -0.1)])
def test_an_impossible_culture_is_refused(noise: float, spread: float) -> None:
    with pytest.raises(InputError, match="a culture cannot be like that"):
        Culture(noise=noise, spread=spread)


def test_no_genes_are_refused() -> None:
    with pytest.raises(InputError, match="at least one gene"):
        simulate(0)


@pytest.mark.parametrize("period", [65.0, 90.0, 114.0])
@pytest.mark.parametrize("start", [0.0, 0.4, 0.96])
def test_the_clock_is_found_again(period: float, start: float) -> None:
    culture = Culture(clock=Clock(period, start))
    made = simulate(200, times=np.arange(0, 250, 10.0), culture=culture, seed=8)
    clock = fit_clock(made.course, made.codes, FOUR)
    assert clock.period == pytest.approx(period, abs=1)
    assert float(distance(clock.turn_at_zero, start)) < 0.02
    aligned = align_clock(made.course, made.codes, FOUR, period)
    assert aligned.period == period
    assert float(distance(aligned.turn_at_zero, start)) < 0.01


def test_a_clock_needs_labels_and_time() -> None:
    made = simulate(20, times=[0, 10, 20, 30])
    with pytest.raises(InputError, match="the period cannot be fitted to this course"):
        fit_clock(made.course, made.codes, FOUR)
    with pytest.raises(InputError, match="0 labelled genes"):
        fit_clock(simulate(20).course, np.full(20, -1), FOUR)
    with pytest.raises(InputError, match="no labelled gene shows where"):
        align_clock(simulate(20, times=[0, 10, 20]).course, np.arange(20) % 4, FOUR, 100.0)


def test_a_period_beyond_what_was_measured_is_not_invented() -> None:
    # The elutriation covers hardly a cycle: the best period is all of it, and may be longer.
    course, labels = load("elu"), load_labels()
    with pytest.raises(InputError, match="give the period"):
        fit_clock(course, encode(labels, course.genes, FOUR), FOUR)


def test_a_clock_counts_turns() -> None:
    clock = Clock(80.0, 0.3)
    assert clock.turn([0, 40, 56, 80]) == pytest.approx([0.3, 0.8, 0.0, 0.3])
    assert clock.cycles(np.array([0.0, 40.0, 120.0])) == 1.5
