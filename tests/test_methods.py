"""The table of methods: one contract for all of them, ours and the peers'."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from phasecall.circular import distance
from phasecall.clock import CDC15, Clock, ClockEstimate
from phasecall.errors import MissingExtraError
from phasecall.methods import METHODS, Examples, Predict, Probabilities, RefusalError, deep, peaks
from phasecall.methods.clocked import join_peaks, spread_over_arcs
from phasecall.methods.inputs import of_columns, read_profiles, share_evenly
from phasecall.methods.peaks import Findings, call_by_peak, score_by_test
from phasecall.phases import SCHEMES
from phasecall.simulation import simulate
from phasecall.timecourse import TimeCourse

FOUR = SCHEMES["four"]
FITTED = [key for key, method in METHODS.items() if method.fit]
SCORED = [key for key, method in METHODS.items() if method.score]
ON_THE_CLOCK = ("phasecall", "phasecall-tuned", "cosinor", "folded", "cosinorpy", "bootjtk")
UNTAUGHT = ("phasecall", "phasecall-tuned", "cosinor", "cosinorpy", "bootjtk")
OF_COLUMNS = [key for key in FITTED if key not in ("majority", *ON_THE_CLOCK)]
ABSENT = FOUR.code_of("G2")
# What a distribution is imported as, where that is another name.
MODULES = {"scikit-learn": "sklearn"}
# The extra that a package comes with; all others come with 'peers'.
EXTRAS = {"torch": "hydra", "keras": "train", "jax": "train"}
# The share that each gets right at least, from 60 genes; those that know no labels see 0.7 of a turn only.
LEAST = {"majority": 0.2, "bootjtk": 0.55, "cosinor": 0.7, "cosinorpy": 0.7, "fcn": 0.7}


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the convolutional network train for seconds only."""
    monkeypatch.setattr(deep, "_CONVOLUTIONAL", deep.Schedule(16, 150, 30))


def require(key: str) -> None:
    """Skip the test where a package of a method is not installed."""
    for name in METHODS[key].packages:
        if importlib.util.find_spec(MODULES.get(name, name)) is None:
            pytest.skip(f"{name} of the extra '{EXTRAS.get(name, 'peers')}' is not installed")


def examples_of(course: TimeCourse, *more: TimeCourse) -> Examples:
    """Examples on the clock of the simulator, with white noise."""
    white = np.array([1.0, 0, 0, 0, 0, 0])
    clock = ClockEstimate(CDC15, 113.0, 115.0, 0.01, "simulated", 1.0, 1.0, 0.5, {}, white, course.times)
    return Examples((course, *more), (clock,) * (1 + len(more)))


@cache
def lesson() -> tuple[Examples, NDArray[np.int64], Examples, NDArray[np.int64]]:
    """Training genes, of which none is in G2, with their codes; genes to ask, with theirs."""
    made = simulate(128, seed=5)
    seen = made.codes != ABSENT
    first = np.arange(128) < 80
    whole = examples_of(made.course)
    return whole.select(first & seen), made.codes[first & seen], whole.select(~first), made.codes[~first]


@cache
def teach(key: str) -> Predict:
    require(key)
    fit = METHODS[key].fit
    assert fit is not None
    known, codes, _, _ = lesson()
    return fit(known, codes, FOUR, 3)


@cache
def ask(key: str) -> Probabilities:
    return teach(key)(lesson()[2])


def with_gaps(course: TimeCourse) -> TimeCourse:
    values = course.values.copy()
    values[::2, 4] = values[0, 0] = np.nan
    return replace(course, values=values)


# The contract


@pytest.mark.parametrize("key", FITTED)
def test_answers_are_probabilities_of_the_phases_in_their_order(key: str) -> None:
    probabilities, (_, _, _, truth) = ask(key), lesson()
    assert probabilities.shape == (len(truth), len(FOUR))
    assert (probabilities >= 0).all()
    assert_allclose(probabilities.sum(axis=1), 1)
    seen = truth != ABSENT
    if key in OF_COLUMNS:
        assert (probabilities[:, ABSENT] == 0).all()
    right = (probabilities.argmax(axis=1) == truth)[seen].mean()
    assert right >= LEAST.get(key, 0.8)


@pytest.mark.parametrize("key", FITTED)
def test_neither_the_order_of_the_genes_nor_gaps_of_others_matter(key: str) -> None:
    predict, asked = teach(key), lesson()[2]
    order = np.random.default_rng(0).permutation(len(asked))
    probabilities = predict(examples_of(with_gaps(asked.courses[0])).select(order))
    assert_allclose(probabilities.sum(axis=1), 1)
    whole = order % 2 == 1
    # Single precision sums in another order; bootjtk breaks ties by lot; all genes set the network's unit.
    tolerance = {"bootjtk": 0.2, "phasecall": 0.05, "phasecall-tuned": 0.05}.get(key, 1e-4)
    assert_allclose(probabilities[whole], ask(key)[order][whole], atol=tolerance)


@pytest.mark.parametrize("key", FITTED)
def test_the_same_seed_gives_the_same_answer(key: str) -> None:
    before = ask(key)
    known, codes, asked, _ = lesson()
    fit = METHODS[key].fit
    assert fit is not None
    # Those that know no labels have nothing to learn twice.
    predict = fit(known, codes, FOUR, 3) if key in OF_COLUMNS else teach(key)
    assert_array_equal(predict(asked), before)


@pytest.mark.parametrize("key", OF_COLUMNS)
def test_another_grid_is_refused_in_few_words(key: str) -> None:
    predict, course = teach(key), lesson()[2].courses[0]
    fewer = examples_of(course.select_times(np.arange(7)))
    with pytest.raises(RefusalError, match="reads one time grid; trained on 9 columns, asked 7"):
        predict(fewer)
    later = examples_of(replace(course, times=course.times + 1))
    with pytest.raises(RefusalError, match="reads one time grid; trained on 9 columns, at other minutes"):
        predict(later)


@pytest.mark.parametrize("key", SCORED)
def test_genes_that_cycle_score_above_noise(key: str) -> None:
    require(key)
    made = simulate(24, times=range(0, 240, 10), seed=1).course
    values = made.values.copy()
    values[12:] = np.random.default_rng(2).standard_normal((12, 24))
    values[3, 5] = np.nan
    values[4], values[5] = 1.0, np.nan
    score = METHODS[key].score
    assert score is not None
    scores = score(examples_of(replace(made, values=values)), 0)
    known = np.isfinite(scores)
    assert not known[5]
    # The fourth never changes: no score, or the lowest.
    assert not known[4] or scores[4] == np.nanmin(scores)
    cycling = np.array([0, 1, 2, 3, *range(6, 12)])
    assert known[cycling].all()
    assert known[12:].all()
    assert (scores[cycling][:, None] > scores[12:]).mean() > 0.8


# What is refused, by the packages themselves


@pytest.mark.parametrize("key", ["dtw", "minirocket", "hydra"])
def test_aeon_refuses_gaps(key: str) -> None:
    require(key)
    from aeon.classification import convolution_based, distance_based

    makers = {
        "dtw": distance_based.KNeighborsTimeSeriesClassifier,
        "minirocket": convolution_based.MiniRocketClassifier,
        "hydra": convolution_based.MultiRocketHydraClassifier,
    }
    series = np.random.default_rng(0).standard_normal((8, 1, 12))
    series[0, 0, 0] = np.nan
    assert METHODS[key].refuses_gaps
    with pytest.raises(ValueError, match="missing values"):
        makers[key]().fit(series, np.arange(8) % 2)


def test_support_vectors_refuse_gaps_and_trees_do_not() -> None:
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.svm import SVC

    values, codes = np.array([[0.0], [1.0], [np.nan], [3.0]]), [0, 0, 1, 1]
    with pytest.raises(ValueError, match="contains NaN"):
        SVC().fit(values, codes)
    assert METHODS["svm"].refuses_gaps
    assert np.isfinite(ExtraTreesClassifier(5).fit(values, codes).predict_proba(values)).all()
    assert not METHODS["extra-trees"].refuses_gaps


def test_bootjtk_refuses_gaps_and_says_so_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    require("bootjtk")
    monkeypatch.setattr(peaks, "fill", lambda values, _: values)
    course = with_gaps(lesson()[2].courses[0])
    assert METHODS["bootjtk"].refuses_gaps
    with pytest.raises(RefusalError, match="bootjtk: ValueError: cannot convert float NaN to integer"):
        peaks.find_by_bootjtk(course, 114.0, 0)


def test_one_phase_cannot_be_learnt() -> None:
    known, codes, _, _ = lesson()
    fit = METHODS["svm"].fit
    assert fit is not None
    with pytest.raises(RefusalError, match="training genes of one phase only"):
        fit(known.select(codes == 1), codes[codes == 1], FOUR, 0)


def test_a_phase_of_one_gene_can_be_learnt() -> None:
    known, codes, asked, _ = lesson()
    few = (codes != 3) | (np.cumsum(codes == 3) == 1)
    for key in ("svm", "extra-trees"):
        fit = METHODS[key].fit
        assert fit is not None
        assert_allclose(fit(known.select(few), codes[few], FOUR, 0)(asked).sum(axis=1), 1)


@pytest.mark.parametrize(
    ("key", "module", "extra"),
    [
        ("lightgbm", "lightgbm", "peers"),
        ("dtw", "aeon.distances", "peers"),
        ("minirocket", "aeon.classification.convolution_based", "peers"),
        ("hydra", "torch", "hydra"),
        ("cosinorpy", "CosinorPy", "peers"),
        ("scratch", "keras", "train"),
    ],
)
def test_a_missing_package_is_told_with_its_extra(
    key: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    known, codes, asked, _ = lesson()
    fit = METHODS[key].fit
    assert fit is not None
    with pytest.raises(MissingExtraError) as told:
        fit(known, codes, FOUR, 0)(asked)
    assert told.value.fix == f"pip install 'phasecall[{extra}]'"


def test_missing_bootjtk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peaks, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match="bootjtk needs the extra 'peers'"):
        peaks.find_by_bootjtk(lesson()[2].courses[0], 114.0, 0)


# What the adapters are made of


def test_phases_without_training_genes_keep_their_column() -> None:
    fit = of_columns(lambda _known, codes, _seed: lambda asked: np.eye(codes.max() + 1)[[0] * len(asked)])
    known, _, asked, _ = lesson()
    codes = np.resize([1, 3], len(known))
    assert fit(known, codes, FOUR, 0)(asked)[0].tolist() == [0, 1, 0, 0]


def test_profiles_of_several_experiments_are_scaled_one_by_one() -> None:
    course = lesson()[2].courses[0]
    louder = replace(course, values=course.values * 100)
    once, twice = read_profiles(examples_of(course)), read_profiles(examples_of(course, louder))
    assert_allclose(twice, np.hstack([once, once]), atol=1e-6)


def test_inner_folds_share_out_every_phase() -> None:
    codes = np.repeat([0, 1, 2], [40, 12, 4])
    parts = share_evenly(codes, 4, seed=1)
    for code in range(3):
        counts = np.bincount(parts[codes == code], minlength=4)
        assert counts.max() - counts.min() <= 1
    assert_array_equal(parts, share_evenly(codes, 4, seed=1))
    assert (parts != share_evenly(codes, 4, seed=2)).any()


def test_a_sure_peak_lies_on_its_arc_and_a_vague_one_anywhere() -> None:
    for scheme in SCHEMES.values():
        turns = (np.arange(200) + 0.5) / 200
        sure = spread_over_arcs(turns, np.full(200, 1e-3), scheme)
        assert_array_equal(sure.argmax(axis=1), scheme.assign(turns))
        vague = spread_over_arcs(turns, np.full(200, 9.0), scheme)
        assert_allclose(vague, np.tile([phase.width for phase in scheme.phases], (200, 1)), atol=0.01)


def test_several_experiments_give_the_weighted_mean_direction_and_one_p() -> None:
    course = lesson()[2].courses[0].select_genes([0, 1])
    answers = iter(
        [
            Findings(np.array([10.0, 10.0]), np.array([1.0, np.nan]), np.array([0.01, np.nan])),
            Findings(np.array([22.0, 40.0]), np.array([2.0, 1.0]), np.array([0.01, 0.5])),
        ]
        * 2
    )
    genes = examples_of(course, course)
    pairs = zip(genes.courses, genes.clocks, strict=True)
    turn, spread = join_peaks(peaks._locate(next(answers), clock) for _, clock in pairs)
    # Weights 4 to 1, and arcs so short that directions are near to minutes.
    assert_allclose(distance(turn, CDC15.turn([12.4, 40.0])), 0, atol=3e-3)
    assert_allclose(spread * CDC15.period, [np.sqrt(0.8), 1.0])
    scores = score_by_test(lambda *_: next(answers))(genes, 0)
    assert_allclose(scores, [2.0, -np.log10(0.5)], atol=1e-9)


def test_a_peak_within_the_recovery_is_that_of_a_later_turn() -> None:
    clock = Clock(100.0, 0.9, lag=40.0)
    estimate = replace(examples_of(lesson()[2].courses[0]).clocks[0], clock=clock)
    whole = np.array([-90.0, 10, 110, 210])
    told = Findings(np.append(whole, np.nan), np.ones(5), np.zeros(5))
    turn, spread = peaks._locate(told, estimate)
    # A wave that peaks at 110 min peaks there whichever of its peaks a package names.
    assert_allclose(turn, [*np.full(4, clock.turn(110.0)), np.nan])
    assert_allclose(spread, 0.01)


def test_without_labels_a_peak_is_as_sure_as_its_package_says() -> None:
    asked = lesson()[2].select(np.arange(2))

    def find(course: TimeCourse, *_: object) -> Findings:
        return Findings(np.array([30.0, np.nan]), np.array([4.0, np.nan]), np.full(2, 0.01))

    probabilities = call_by_peak(find)(Examples(()), np.empty(0, dtype=np.int64), FOUR, 0)(asked)
    sure = spread_over_arcs(CDC15.turn([30.0]), np.array([4 / 114]), FOUR)
    assert_allclose(probabilities, [sure[0], [phase.width for phase in FOUR.phases]], atol=1e-12)


@pytest.mark.parametrize("key", FITTED)
def test_those_that_need_no_labels_do_without(key: str) -> None:
    method, asked = METHODS[key], lesson()[2].select(np.arange(6))
    assert method.needs_labels == (key not in UNTAUGHT)
    if method.needs_labels:
        return
    require(key)
    assert method.fit is not None
    probabilities = method.fit(Examples(()), np.empty(0, dtype=np.int64), FOUR, 0)(asked)
    assert_allclose(probabilities.sum(axis=1), 1)


def test_a_gene_without_a_peak_gets_the_shares_of_the_training_genes() -> None:
    known, codes, asked, _ = lesson()

    def find(course: TimeCourse, *_: object) -> Findings:
        nothing = np.full(len(course), np.nan)
        return Findings(nothing, nothing, nothing)

    probabilities = call_by_peak(find)(known, codes, FOUR, 0)(asked)
    assert (probabilities.argmax(axis=1) == np.bincount(codes).argmax()).all()
