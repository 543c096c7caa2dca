"""The words every other module uses: the circle, phases, time courses, labels, calls."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import FrozenInstanceError, replace
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conftest import make_calls
from phasecall import circular
from phasecall.calls import Reason
from phasecall.errors import InputError
from phasecall.labels import N_FOLDS, encode, fold_of
from phasecall.phases import SCHEMES, Scheme, scheme
from phasecall.timecourse import TimeCourse

ANGLES = st.floats(-1e3, 1e3)
TURNS = st.floats(0, 1, exclude_max=True)
BORDERS = [phase.start for each in SCHEMES.values() for phase in each.phases]
SCHEME = st.sampled_from(list(SCHEMES.values()))

# The circle


@given(st.lists(ANGLES))
def test_wrap_lands_on_the_same_place_in_0_to_1(angles: list[float]) -> None:
    wrapped = circular.wrap(angles)
    assert ((wrapped >= 0) & (wrapped < 1)).all()
    assert_array_equal(circular.wrap(wrapped), wrapped)
    assert_allclose(np.exp(2j * np.pi * wrapped), np.exp(2j * np.pi * np.array(angles)), atol=1e-9)


@pytest.mark.parametrize("tiny", [-1e-18, -5e-324, -0.0, 1.0])
def test_wrap_never_gives_1(tiny: float) -> None:
    assert circular.wrap(tiny) == 0.0


@given(ANGLES, ANGLES)
def test_difference_is_antisymmetric_and_short(a: float, b: float) -> None:
    there, back = float(circular.difference(a, b)), float(circular.difference(b, a))
    assert -0.5 <= there < 0.5
    assert circular.distance(there, -back) < 1e-9
    assert circular.distance(b + there, a) < 1e-9
    assert circular.distance(a, b) == abs(there)


@given(ANGLES, ANGLES, ANGLES)
def test_distance_is_a_metric(a: float, b: float, c: float) -> None:
    assert circular.distance(a, a) == 0
    assert circular.distance(a, c) <= circular.distance(a, b) + circular.distance(b, c) + 1e-9


@given(st.lists(TURNS, min_size=1, max_size=20), ANGLES)
def test_mean_turns_with_the_angles(angles: list[float], by: float) -> None:
    centre, resultant = circular.mean(angles)
    turned, same = circular.mean(np.array(angles) + by)
    assert same == pytest.approx(resultant, abs=1e-9)
    # Angles that cancel out point nowhere.
    assume(resultant > 1e-3)
    assert circular.distance(turned, centre + by) < 1e-6


@given(st.lists(st.tuples(TURNS, st.integers(0, 4)), min_size=1, max_size=10))
def test_weights_count_like_repetitions(weighted: list[tuple[float, int]]) -> None:
    angles, weights = zip(*weighted, strict=True)
    mean, resultant = circular.mean(angles, weights)
    repeated, same = circular.mean(np.repeat(angles, weights))
    assert resultant == pytest.approx(same, abs=1e-9, nan_ok=True)
    assert math.isnan(mean) == (sum(weights) == 0)
    assume(resultant > 1e-3)
    assert circular.distance(mean, repeated) < 1e-6


def test_mean_leaves_unknown_angles_out() -> None:
    assert circular.mean([0.25, np.nan])[0] == pytest.approx(0.25)
    assert all(map(math.isnan, circular.mean([np.nan])))
    assert all(map(math.isnan, circular.mean([])))


@given(TURNS, TURNS, st.floats(0.01, 0.99))
def test_within_holds_on_the_arc_and_nowhere_else(turn: float, start: float, width: float) -> None:
    ahead = float(circular.wrap(turn - start))
    assume(min(abs(ahead - width), ahead, 1 - ahead) > 1e-9)
    assert bool(circular.within(turn, start, start + width)) == (ahead < width)
    assert bool(circular.within(turn, start + width, start)) == (ahead >= width)


@given(TURNS, TURNS)
def test_arc_whose_ends_meet_is_the_whole_circle(turn: float, start: float) -> None:
    assert circular.within(turn, start, start)


# Phases


@given(SCHEME, st.lists(TURNS | st.sampled_from(BORDERS), min_size=1))
def test_assign_agrees_with_every_arc(of: Scheme, turns: list[float]) -> None:
    # A hair before a border, subtraction may round onto it; on the border itself it is exact.
    borders = np.array([*(phase.start for phase in of.phases), 1.0])
    gap = np.abs(np.subtract.outer(turns, borders)).min(axis=1)
    turns = np.array(turns)[(gap == 0) | (gap > 1e-9)].tolist()
    codes = of.assign(turns)
    for phase in of.phases:
        assert_array_equal(codes == phase.code, circular.within(turns, phase.start, phase.end))


@pytest.mark.parametrize("of", SCHEMES.values(), ids=list(SCHEMES))
def test_scheme_covers_the_turn_once(of: Scheme) -> None:
    assert [phase.code for phase in of.phases] == list(range(len(of)))
    assert [phase.end for phase in of.phases] == [*(phase.start for phase in of.phases[1:]), 0.0]
    assert of.phases[0].start == 0.0
    assert sum(phase.width for phase in of.phases) == pytest.approx(1)
    for phase in of.phases:
        assert (
            of.assign([phase.start, phase.centre, np.nextafter(phase.end or 1.0, 0)]).tolist()
            == [phase.code] * 3
        )
    assert of.assign([-0.01, np.nan]).tolist() == [of.phases[-1].code, -1]


@pytest.mark.parametrize("of", SCHEMES.values(), ids=list(SCHEMES))
def test_every_spelling_means_one_phase(of: Scheme) -> None:
    seen: dict[str, int] = {}
    for phase in of.phases:
        for word in (phase.key, phase.name, str(phase.code), *phase.aliases):
            assert of.code_of(f" {word.upper()} ") == phase.code
            assert seen.setdefault(word.lower(), phase.code) == phase.code
    assert of.code_of("nowhere") is None


def test_unknown_scheme_lists_the_known() -> None:
    with pytest.raises(InputError, match="expected: one of four, five, human"):
        scheme("six")


# Labels


@given(SCHEME, st.data())
def test_encode_gives_each_gene_the_code_of_its_label(of: Scheme, data: st.DataObject) -> None:
    spelling = st.sampled_from([word for phase in of.phases for word in (phase.name, phase.key)])
    labels = data.draw(st.dictionaries(st.sampled_from("abcdef"), spelling))
    genes = data.draw(st.lists(st.sampled_from("abcdefgh"), unique=True))
    wanted = [of.code_of(labels[gene]) if gene in labels else -1 for gene in genes]
    assert encode(labels, genes, of).tolist() == wanted


def test_encode_names_labels_that_are_no_phase() -> None:
    with pytest.raises(InputError, match="found: lunch, night"):
        encode({"a": "night", "b": "lunch", "c": "G1"}, ["a"], SCHEMES["four"])


@given(st.lists(st.text(), unique=True))
def test_fold_depends_on_the_name_alone(genes: list[str]) -> None:
    folds = fold_of(genes)
    assert ((folds >= 0) & (folds < N_FOLDS)).all()
    assert_array_equal(folds, [fold_of([gene])[0] for gene in genes])


# Time courses


@st.composite
def courses(draw: st.DrawFn) -> tuple[list[float], list[list[float]]]:
    n_times, n_genes = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    times = draw(st.lists(st.sampled_from([0.0, 5.0, 7.5, 30.0, -10.0]), min_size=n_times, max_size=n_times))
    value = st.floats(-100, 100) | st.just(math.nan)
    row = st.lists(value, min_size=n_times, max_size=n_times)
    values = draw(st.lists(row, min_size=n_genes, max_size=n_genes))
    assume(not np.isnan(values).all())
    return times, values


def make_course(times: list[float], values: list[list[float]]) -> TimeCourse:
    return TimeCourse(tuple(f"g{i}" for i in range(len(values))), np.array(times), np.array(values))


@given(courses(), st.randoms())
def test_order_of_the_columns_does_not_matter(
    course: tuple[list[float], list[list[float]]], random: Random
) -> None:
    times, values = course
    # Replicates keep their order, so shuffle only where every time is another.
    assume(len(set(times)) == len(times))
    order = list(range(len(times)))
    random.shuffle(order)
    one = make_course(times, values)
    other = make_course([times[i] for i in order], [[row[i] for i in order] for row in values])
    assert one.times.tolist() == sorted(times)
    assert_array_equal(one.values, other.values)
    assert one.sha256() == other.sha256()


@given(courses())
def test_replicates_average_like_a_plain_loop(course: tuple[list[float], list[list[float]]]) -> None:
    times, values = course
    averaged = make_course(times, values).average_replicates()
    assert averaged.times.tolist() == sorted(set(times))
    for row, means in zip(values, averaged.values, strict=True):
        at: dict[float, list[float]] = defaultdict(list)
        for time, value in zip(times, row, strict=True):
            if not math.isnan(value):
                at[time].append(value)
        for time, mean in zip(averaged.times, means, strict=True):
            wanted = sum(at[time]) / len(at[time]) if at[time] else math.nan
            assert mean == pytest.approx(wanted, nan_ok=True, abs=1e-9)


@given(courses())
def test_slices_keep_genes_and_columns_together(course: tuple[list[float], list[list[float]]]) -> None:
    whole = make_course(*course)
    assume(np.isfinite(whole.values[0]).any())
    first = whole.select_genes([0])
    assert first.genes == ("g0",)
    assert_array_equal(first.values[0], whole.values[0])
    assert_array_equal(whole.select_times(whole.times < 1e9).values, whole.values)


def test_digest_is_the_same_on_any_machine() -> None:
    course = make_course([0, 10], [[1, 2], [0.0, math.nan]])
    assert course.sha256() == "815f6cbfa0c455ebae284eb9d4a96cd1ab180ee9ed53ffa7348a5b4d12d4c55c"
    assert make_course([0, 10], [[1, 2], [-0.0, -math.nan]]).sha256() == course.sha256()
    assert make_course([0, 10], [[1, 2], [0.0, 1e-300]]).sha256() != course.sha256()
    assert make_course([0, 11], [[1, 2], [0.0, math.nan]]).sha256() != course.sha256()


def test_time_course_cannot_be_changed() -> None:
    source = np.array([[1.0, 2.0]])
    course = TimeCourse(("a",), np.array([0.0, 1.0]), source)
    source[0, 0] = 9.0
    assert course.values[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        course.values[0, 0] = 9.0
    with pytest.raises(FrozenInstanceError):
        course.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("genes", "times", "values", "problem"),
    [
        (("a",), [0, 1], [[1]], "do not fit together"),
        (("a", "b"), [0], [[1]], "do not fit together"),
        ((), [], np.empty((0, 0)), "is empty"),
        (("a",), [math.nan], [[1]], "a time is not a number"),
        (("a", "a"), [0], [[1], [2]], "more than once"),
        (("a", ""), [0], [[1], [2]], "has no name"),
        (("a",), [0], [[math.inf]], "a value is infinite"),
        (("a",), [0], [[math.nan]], "every value is missing"),
    ],
)
def test_what_is_no_time_course_is_refused(
    genes: tuple[str, ...], times: list[float], values: list[list[float]], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        TimeCourse(genes, np.array(times, dtype=float), np.array(values, dtype=float))


# Calls


@pytest.mark.parametrize("of", SCHEMES.values(), ids=list(SCHEMES))
def test_columns_of_calls(of: Scheme) -> None:
    calls = make_calls(tuple(f"g{i}" for i in range(7)), scheme=of)
    columns = calls.columns()
    wanted = "gene phase {} confidence phase_set abstained reason peak_time peak_turn peak_lo peak_hi period "
    wanted += "amplitude periodic_p periodic_q rank n_observed n_missing novelty flags"
    chances = " ".join(f"p_{phase.key}" for phase in of.phases)
    assert list(columns) == wanted.format(chances).split()
    assert {len(column) for column in columns.values()} == {7} == {len(calls)}


def test_sets_name_the_likely_phases_the_most_probable_first() -> None:
    calls = make_calls(("a", "b", "c", "d"))
    chances = np.array([[0.1, 0.6, 0.3, 0.0], [1.0, 0.0, 0.0, 0.0], [0.15] * 3 + [0.55], [np.nan] * 4])
    told = replace(calls, probabilities=chances, least=0.2)
    assert told.phase_set == ("Late G1/S;G2", "Early G1", "M", "")
    assert replace(told, least=0.7).phase_set == ("Late G1/S", "Early G1", "M", "")
    assert replace(told, least=None).phase_set == ("",) * 4


def test_withheld_phases_are_empty_but_say_why() -> None:
    calls = make_calls(tuple(f"g{i}" for i in range(7)))
    for index, reason in enumerate(calls.reason):
        code, known = calls.codes[index], not np.isnan(calls.probabilities[index]).any()
        assert bool(calls.abstained[index]) == bool(reason) == (not calls.phase[index])
        assert (code == -1) == (not known) == math.isnan(calls.confidence[index])
        if known:
            assert calls.phase[index] == calls.scheme.phases[code].name
            assert calls.confidence[index] == calls.probabilities[index].max()


def test_every_reason_has_a_meaning() -> None:
    assert len({reason.meaning for reason in Reason}) == len(Reason)
