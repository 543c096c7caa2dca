"""The estimators: scikit-learn's own checks, the clock of `fit`, and answers that no other gene changes."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from phasecall.circular import difference
from phasecall.clock import Clock, estimate_clock, know_phases
from phasecall.datasets import load, load_labels
from phasecall.density import lay_out
from phasecall.errors import InputError
from phasecall.estimator import PeakRegressor, PhaseClassifier
from phasecall.estimator.classifier import match_scheme
from phasecall.estimator.reader import fit_reader, make_ruler
from phasecall.phases import SCHEMES
from phasecall.points import find_unit
from phasecall.reading import read_course
from phasecall.simulation import simulate
from phasecall.timecourse import TimeCourse
from phasecall.tuning import measure_alikeness

Floats = NDArray[np.float64]

COURSE = load("alpha")
LABELS = load_labels()
PHASES = np.array([LABELS[gene] for gene in COURSE.genes])
TIMES = COURSE.times
VALUES = COURSE.values
KNOWN, ASKED = slice(0, 200), slice(200, 300)
ESTIMATE = estimate_clock(COURSE, known=know_phases(COURSE.genes, LABELS, SCHEMES["five"]))


@pytest.fixture(scope="module")
def caller() -> PhaseClassifier:
    return PhaseClassifier(times=TIMES).fit(VALUES[KNOWN], PHASES[KNOWN])


@pytest.fixture(scope="module")
def finder() -> PeakRegressor:
    return PeakRegressor(times=TIMES).fit(VALUES[KNOWN], turns_of(PHASES[KNOWN]))


def turns_of(phases: NDArray[Any]) -> Floats:
    centre = {phase.name: phase.centre for phase in SCHEMES["five"].phases}
    return np.array([centre[name] for name in phases])


def clock_of(fitted: PhaseClassifier) -> Clock:
    assert fitted.clock_ is not None
    return fitted.clock_.clock


@parametrize_with_checks([PhaseClassifier(), PeakRegressor()])  # type: ignore[untyped-decorator]
def test_the_common_checks_of_scikit_learn_hold_without_exception(
    estimator: Any, check: Callable[[Any], None]
) -> None:
    check(estimator)


def test_importing_phasecall_does_not_import_scikit_learn() -> None:
    code = "import sys, phasecall; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# What is learnt


def test_the_network_helps_where_few_genes_are_labelled() -> None:
    few = slice(0, 30)
    with_clock = PhaseClassifier(times=TIMES).fit(VALUES[few], PHASES[few])
    without = PhaseClassifier().fit(VALUES[few], PHASES[few])
    scores = [one.score(VALUES[ASKED], PHASES[ASKED]) for one in (with_clock, without)]
    assert scores[0] > scores[1] + 0.05
    assert clock_of(with_clock).period == pytest.approx(62, abs=4)


def test_labels_say_where_the_experiment_starts() -> None:
    made = simulate(150, times=range(0, 240, 10), seed=4)
    values, times = made.course.values, made.course.times
    starts = []
    for later in (0.0, 0.3):
        codes = SCHEMES["four"].assign(made.peak_turn + later)
        fitted = PhaseClassifier(times=times, scheme="four").fit(values, codes)
        starts.append(clock_of(fitted).turn_at_zero)
    assert difference(starts[1], starts[0]) == pytest.approx(0.3, abs=0.05)


def test_a_known_period_is_that_of_the_clock() -> None:
    fitted = PhaseClassifier(times=TIMES, period=66).fit(VALUES[KNOWN], PHASES[KNOWN])
    assert clock_of(fitted).period == 66


def test_classes_that_are_no_phases_are_learnt_without_a_clock() -> None:
    # The halves of the turn, under names that no scheme has, and as numbers that may mean anything.
    halves = np.where(turns_of(PHASES) < 0.5, "early", "late")
    plain = PhaseClassifier().fit(VALUES[KNOWN], halves[KNOWN])
    for classes in (halves, (halves == "late").astype(int)):
        fitted = PhaseClassifier(times=TIMES).fit(VALUES[KNOWN], classes[KNOWN])
        assert (fitted.scheme_, fitted.clock_) == (None, None)
        assert np.array_equal(fitted.predict_proba(VALUES[ASKED]), plain.predict_proba(VALUES[ASKED]))
    assert plain.score(VALUES[ASKED], halves[ASKED]) > 0.75


def test_codes_stand_for_phases_where_the_scheme_is_given(caller: PhaseClassifier) -> None:
    codes = np.array([SCHEMES["five"].code_of(name) for name in PHASES])
    fitted = PhaseClassifier(times=TIMES, scheme="five").fit(VALUES[KNOWN], codes[KNOWN])
    names = [SCHEMES["five"].phases[code].name for code in fitted.classes_]
    order = [names.index(name) for name in caller.classes_]
    # The order of the classes changes nothing but the rounding of the search for the likeliest slopes.
    assert fitted.predict_proba(VALUES[ASKED])[:, order] == pytest.approx(
        caller.predict_proba(VALUES[ASKED]), abs=0.01
    )


def test_some_of_the_phases_are_enough() -> None:
    some = np.isin(PHASES, ["G1", "M"])
    values, phases = VALUES[some], PHASES[some]
    fitted = PhaseClassifier(times=TIMES).fit(values[:150], phases[:150])
    answers = fitted.predict_proba(values[150:])
    assert answers.shape == (some.sum() - 150, 2)
    assert answers.sum(axis=1) == pytest.approx(1)
    assert fitted.score(values[150:], phases[150:]) > 0.9


@pytest.mark.parametrize(
    ("classes", "key", "codes"),
    [
        (["G1", "G2", "M", "M/G1", "S"], "five", [1, 3, 4, 0, 2]),
        (["G1", "G2", "M", "M/G1"], "five", [1, 3, 4, 0]),
        (["Early G1", "G2", "Late G1/S", "M"], "four", [0, 2, 1, 3]),
        (["early_g1", "late_g1_s"], "four", [0, 1]),
        (["G1/S", "G2", "G2/M", "M/G1", "S"], "human", [1, 3, 4, 0, 2]),
    ],
)
def test_the_scheme_is_the_one_whose_own_names_the_classes_are(
    classes: list[str], key: str, codes: list[int]
) -> None:
    found = match_scheme(np.array(classes), None)
    assert found is not None
    assert (found[0].key, found[1].tolist()) == (key, codes)


@pytest.mark.parametrize("classes", [["0", "1", "2", "3"], ["G1", "other"], ["M", "G2/M"], ["True", "False"]])
def test_classes_that_are_no_different_phases_have_no_scheme(classes: list[str]) -> None:
    assert match_scheme(np.array(classes), None) is None


# No gene asked for changes what is said of another


def test_what_is_said_of_a_gene_does_not_depend_on_the_others(
    caller: PhaseClassifier, finder: PeakRegressor
) -> None:
    asked = VALUES[ASKED].copy()
    answers, peaks = caller.predict_proba(asked), finder.predict(asked)
    asked[5:] *= 1000
    asked[50] = np.nan
    for part in (asked[:1], asked[:5], asked):
        n = min(len(part), 5)
        assert caller.predict_proba(part)[:n] == pytest.approx(answers[:n], abs=1e-5)
        assert np.abs(difference(finder.predict(part)[:n], peaks[:n])).max() < 1e-5


def test_without_a_ruler_it_would() -> None:
    # So that the test above can fail: the network reads a gene beside others in their units.
    other = TimeCourse(COURSE.genes, TIMES, VALUES * np.where(np.arange(800) < 5, 1, 1000)[:, None])
    alone, beside = (read_course(course, ESTIMATE).natural[:5] for course in (COURSE, other))
    assert np.abs(alone - beside).max() > 0.1


def test_a_reader_says_of_the_genes_of_fit_what_the_network_says_of_their_course() -> None:
    course = COURSE.select_genes(range(200))
    known = know_phases(course.genes, LABELS, SCHEMES["five"])
    reader = fit_reader(course.values, TIMES, known, None)
    natural = read_course(course, reader.estimate).natural
    assert reader.read(course.values) == pytest.approx(lay_out(np.nan_to_num(natural)), abs=2e-4)


@settings(max_examples=20)
@given(scale=st.floats(1e-6, 1e6), level=st.floats(-10, 10))
def test_a_ruler_has_the_usual_size(scale: float, level: float) -> None:
    values = scale * (VALUES[:60] + level)
    ruler = make_ruler(values, TIMES, ESTIMATE)
    assert np.nanstd(ruler, ddof=1) == pytest.approx(find_unit(values))


def test_the_order_of_the_columns_does_not_matter(caller: PhaseClassifier, finder: PeakRegressor) -> None:
    order = np.random.default_rng(0).permutation(TIMES.size)
    turned = PhaseClassifier(times=TIMES[order]).fit(VALUES[KNOWN, order], PHASES[KNOWN])
    assert turned.predict_proba(VALUES[ASKED, order]) == pytest.approx(
        caller.predict_proba(VALUES[ASKED]), abs=1e-3
    )
    other = PeakRegressor(times=TIMES[order]).fit(VALUES[KNOWN, order], turns_of(PHASES[KNOWN]))
    assert np.abs(difference(other.predict(VALUES[ASKED, order]), finder.predict(VALUES[ASKED]))).max() < 1e-3


def test_missing_values_and_genes_without_any_get_an_answer(
    caller: PhaseClassifier, finder: PeakRegressor
) -> None:
    gaps = np.random.default_rng(1).random(VALUES[ASKED].shape) < 0.3
    values = np.where(gaps, np.nan, VALUES[ASKED])
    values[0], values[1] = np.nan, 0.0
    answers, peaks = caller.predict_proba(values), finder.predict(values)
    assert answers.sum(axis=1) == pytest.approx(1)
    assert np.isfinite(answers).all()
    assert ((peaks >= 0) & (peaks < 1)).all()
    assert (caller.predict(values) == PHASES[ASKED]).mean() > 0.6


# Directions


def circle(n: int, seed: int, noise: float = 0.3) -> tuple[Floats, Floats]:
    """Return noisy waves, shape (n, 8), and where they peak."""
    rng = np.random.default_rng(seed)
    peaks = rng.random(n)
    values = np.cos(2 * np.pi * (np.arange(8) / 8 - peaks[:, None]))
    return values + noise * rng.normal(size=values.shape), peaks


@settings(max_examples=15)
@given(turn=st.floats(0, 1), whole=st.integers(-2, 2))
def test_directions_have_no_beginning(turn: float, whole: int) -> None:
    values, peaks = circle(40, seed=0)
    there = PeakRegressor().fit(values, peaks).predict(values)
    found = PeakRegressor().fit(values, peaks + turn + whole).predict(values)
    assert ((found >= 0) & (found < 1)).all()
    assert np.abs(difference(found, there + turn)).max() < 1e-9


def test_the_stiffness_is_that_of_a_plain_loop_over_genes_left_out() -> None:
    values, peaks = circle(40, seed=1, noise=1.0)
    rows, truth = np.arcsinh(values), np.exp(2j * np.pi * peaks)
    kernel = 1 + measure_alikeness(rows, rows, rows.mean(axis=0), rows.std(axis=0))
    errors = {}
    for stiffness in (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0):
        missed = 0.0
        for gene in range(40):
            rest = np.arange(40) != gene
            weights = np.linalg.solve(kernel[np.ix_(rest, rest)] + stiffness * np.eye(39), truth[rest])
            missed += abs(truth[gene] - kernel[gene, rest] @ weights) ** 2
        errors[stiffness] = missed
    fitted = PeakRegressor().fit(values, peaks)
    assert fitted.stiffness_ == min(errors, key=lambda one: errors[one])
    weights = np.linalg.solve(kernel + fitted.stiffness_ * np.eye(40), truth)
    expected = np.angle(kernel @ weights) / (2 * np.pi)
    # The least directions of the kernel are left out.
    assert np.abs(difference(fitted.predict(values), expected)).max() < 1e-3


def test_missing_values_do_not_upset_the_kernel() -> None:
    # A kernel over the values that two genes share has directions below 0: learnt from, these gave anything.
    values, peaks = circle(300, seed=2)
    values[np.random.default_rng(3).random(values.shape) < 0.5] = np.nan
    assert PeakRegressor().fit(values[:100], peaks[:100]).score(values[100:], peaks[100:]) > 0.87


def test_the_network_helps_where_few_peaks_are_known() -> None:
    made = simulate(120, times=range(0, 240, 10), seed=5)
    values, peaks = made.course.values, made.peak_turn
    with_clock = PeakRegressor(times=made.course.times).fit(values[:20], peaks[:20])
    without = PeakRegressor().fit(values[:20], peaks[:20])
    off = [np.abs(difference(one.predict(values[20:]), peaks[20:])).mean() for one in (with_clock, without)]
    assert off[0] < 0.75 * off[1]


def test_the_score_is_the_mean_cosine_of_the_error(finder: PeakRegressor) -> None:
    truth = turns_of(PHASES[ASKED])
    cosines = np.cos(2 * np.pi * (finder.predict(VALUES[ASKED]) - truth))
    weights = np.arange(100.0)
    assert finder.score(VALUES[ASKED], truth) == pytest.approx(cosines.mean())
    weighted = (cosines * weights).sum() / weights.sum()
    assert finder.score(VALUES[ASKED], truth + 1, sample_weight=weights) == pytest.approx(weighted)


def test_of_many_genes_a_thousand_are_learnt_from() -> None:
    values, peaks = circle(1010, seed=4)
    fitted = PhaseClassifier().fit(values, peaks < 0.5)
    assert fitted.tuning_.genes.shape == (1000, 8)
    assert PeakRegressor().fit(values, peaks).score(values, peaks) > 0.9


# In the company of scikit-learn


def test_both_work_in_pipelines_searches_and_cross_validation() -> None:
    halved = FunctionTransformer(lambda rows: rows / 2)
    piped = make_pipeline(halved, PhaseClassifier(times=TIMES))
    assert cross_val_score(piped, VALUES[KNOWN], PHASES[KNOWN], cv=2).min() > 0.6
    search = GridSearchCV(PhaseClassifier(), {"times": [None, TIMES]}, cv=2, scoring="neg_log_loss")
    assert search.fit(VALUES[KNOWN], PHASES[KNOWN]).best_params_["times"] is TIMES
    turns = turns_of(PHASES[KNOWN])
    assert cross_val_score(PeakRegressor(times=TIMES), VALUES[KNOWN], turns, cv=2).min() > 0.6
    found = cross_val_predict(PeakRegressor(), VALUES[KNOWN], turns, cv=2)
    assert np.cos(2 * np.pi * difference(found, turns)).mean() > 0.6


def test_series_of_one_channel_are_rows(caller: PhaseClassifier) -> None:
    series = VALUES[:, None, :]
    fitted = PhaseClassifier(times=TIMES).fit(series[KNOWN], PHASES[KNOWN])
    assert fitted.n_features_in_ == TIMES.size
    assert np.array_equal(fitted.predict_proba(series[ASKED]), caller.predict_proba(VALUES[ASKED]))
    assert cross_val_score(PhaseClassifier(), series[KNOWN], PHASES[KNOWN], cv=2).min() > 0.5


@pytest.mark.parametrize("which", ["caller", "finder"])
def test_both_survive_pickling_and_are_cloned_unfitted(which: str, request: pytest.FixtureRequest) -> None:
    fitted = request.getfixturevalue(which)
    thawed = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(thawed.predict(VALUES[ASKED]), fitted.predict(VALUES[ASKED]))
    blank = clone(fitted)
    assert np.array_equal(blank.times, TIMES)
    assert not hasattr(blank, "clock_")


def test_both_accept_missing_values_and_say_so() -> None:
    for estimator in (PhaseClassifier(), PeakRegressor()):
        tags = estimator.__sklearn_tags__().input_tags
        assert (tags.allow_nan, tags.two_d_array, tags.three_d_array) == (True, True, True)


# Faults


@pytest.mark.parametrize("estimator", [PhaseClassifier, PeakRegressor])
@pytest.mark.parametrize(
    ("changed", "series", "told"),
    [
        ({"times": TIMES[1:]}, VALUES, r"times and columns.*\n.*18 times.*\n.*shape \(17,\)"),
        ({"times": "10 20"}, VALUES, r"times are no numbers\n.*minutes\n.*10 20"),
        ({"times": TIMES * np.nan}, VALUES, "a time is not a number"),
        ({"times": TIMES, "period": -1}, VALUES, "a period cannot be that long"),
        ({}, np.stack([VALUES, VALUES], axis=1), r"one series of values\n.*\n.*2 channels"),
        ({"times": TIMES * 0}, VALUES, r"cannot read the genes of fit\n.*\n.*no clock\n.*leave out times"),
    ],
)
def test_faults_are_told_in_one_message(
    estimator: Any, changed: dict[str, Any], series: Floats, told: str
) -> None:
    y = PHASES if estimator is PhaseClassifier else turns_of(PHASES)
    with pytest.raises(InputError, match=told):
        estimator(**changed).fit(series[KNOWN], y[KNOWN])


def test_genes_without_a_label_are_refused() -> None:
    y = PHASES[KNOWN].astype(object)
    y[[3, 5]] = None
    with pytest.raises(InputError, match=r"2 genes have no class\n.*None in row 3 of y\n.*labelled genes"):
        PhaseClassifier().fit(VALUES[KNOWN], y)


def test_labels_that_fit_no_start_are_refused() -> None:
    chance = np.random.default_rng(0).permutation(PHASES[KNOWN])
    with pytest.raises(InputError, match=r"whose y agrees on where.*\n.*nothing ties its clock"):
        PhaseClassifier(times=TIMES).fit(VALUES[KNOWN], chance)


@pytest.mark.parametrize(
    ("scheme", "told"),
    [
        ("six", "no scheme named 'six'"),
        ("human", "no phase of the scheme 'human'"),
        ("four", r"one phase of the scheme 'four'\n.*\n.*G1 and S, all of them Late G1/S"),
    ],
)
def test_classes_that_do_not_fit_the_scheme_given_are_refused(scheme: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        PhaseClassifier(times=TIMES, scheme=scheme).fit(VALUES[KNOWN], PHASES[KNOWN])
