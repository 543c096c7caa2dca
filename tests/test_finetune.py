"""Finetuning: what few labelled genes add, what they must not, and the file that carries it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasecall import finetuning, modelfile
from phasecall.caller import MIN_CONFIDENCE, call
from phasecall.caller.anchoring import MANY, know_genes
from phasecall.caller.tuned import call_by_tuned
from phasecall.calls import Calls, Reason
from phasecall.cli import main
from phasecall.clock import KnownGenes, know_phases
from phasecall.errors import InputError, ModelError
from phasecall.finetuning import finetune
from phasecall.labels import encode
from phasecall.metrics import bound_share
from phasecall.phases import SCHEMES
from phasecall.simulation import REALISTIC, simulate
from phasecall.timecourse import TimeCourse
from phasecall.tunedfile import from_json, is_tuned, read, to_json, write
from phasecall.tunedmodel import MIN_LABELLED, Held, TunedModel, Verdict, condense
from phasecall.tuning import MAX_GENES, STRENGTHS, Tuning, tune
from phasecall.wire import MAX_TEXT

FOUR = SCHEMES["four"]
N_GENES, N_LABELLED = 260, 60
WARP = 0.15
"""Turns by which borders lie earlier or later than the scheme says: labels can teach it, nothing else can."""


@pytest.fixture(scope="module")
def experiment() -> tuple[TimeCourse, np.ndarray]:
    """A course like alpha, anchored by its synchronisation alone, and where its genes peak."""
    preset = REALISTIC["alpha"]
    made = simulate(N_GENES, times=preset.times, culture=preset.culture, seed=3)
    return replace(made.course, sync="alpha", name="a culture"), made.peak_turn


def label(peaks: np.ndarray, genes: tuple[str, ...], shift: float = 0.0, warp: float = 0.0) -> dict[str, str]:
    """Return the phases of the genes that peak: the first ones, as a culture has its decoys last."""
    names = [phase.name for phase in FOUR.phases]
    codes = FOUR.assign(peaks - shift + warp * np.sin(4 * np.pi * peaks))
    return {gene: names[code] for gene, code in zip(genes, codes, strict=True) if code >= 0}


@pytest.fixture(scope="module")
def course(experiment: tuple[TimeCourse, np.ndarray]) -> TimeCourse:
    return experiment[0]


@pytest.fixture(scope="module")
def warped(experiment: tuple[TimeCourse, np.ndarray]) -> dict[str, str]:
    return label(experiment[1], experiment[0].genes, warp=WARP)


@pytest.fixture(scope="module")
def tuned(course: TimeCourse, warped: dict[str, str]) -> TunedModel:
    return finetune(course, first(warped, N_LABELLED))


@pytest.fixture(scope="module")
def chances(course: TimeCourse) -> dict[str, str]:
    """Labels by chance."""
    rng = np.random.default_rng(1)
    names = [phase.name for phase in FOUR.phases]
    return {gene: str(rng.choice(names)) for gene in course.genes[:N_LABELLED]}


@pytest.fixture(scope="module")
def kept(course: TimeCourse, chances: dict[str, str]) -> TunedModel:
    return finetune(course, chances)


def first(labels: dict[str, str], n: int) -> dict[str, str]:
    return dict(list(labels.items())[:n])


# What is learnt


def test_a_name_that_could_not_be_shown_is_made_so(course: TimeCourse, chances: dict[str, str]) -> None:
    odd = finetune(replace(course, name="\x1b[2J" + "x" * 400), chances)
    assert odd.name.startswith("\\x1b[2Jxxx")
    assert len(odd.name) == 200
    assert "x1b[2Jxxx" in to_json(odd)


def judge(calls: Calls, labels: dict[str, str]) -> float:
    """Return the share of the labelled genes that were not learnt from and are called rightly."""
    unseen = [row for row, gene in enumerate(calls.genes) if gene in labels][N_LABELLED:]
    assert len(unseen) > 100
    return float(np.mean([calls.codes[row] == FOUR.code_of(labels[calls.genes[row]]) for row in unseen]))


def test_borders_that_lie_elsewhere_are_learnt(
    course: TimeCourse, warped: dict[str, str], tuned: TunedModel
) -> None:
    before, after = call(course, model=modelfile.shipped(modelfile.DEFAULT)), call_by_tuned(course, tuned)
    assert not tuned.verdict.kept_original
    assert tuned.tuning is not None
    assert 0.5 < tuned.share < 1
    assert judge(after, warped) > judge(before, warped) + 0.1
    # What was said of genes held out holds for genes never seen.
    held = tuned.verdict.tuned
    assert held.accuracy_ci[0] < judge(after, warped) < held.accuracy_ci[1]


def test_a_start_that_lies_elsewhere_is_learnt(
    course: TimeCourse, experiment: tuple[TimeCourse, np.ndarray]
) -> None:
    # The clock takes it all: beside it nothing is left to learn.
    moved = label(experiment[1], course.genes, shift=0.12)
    tuned = finetune(course, first(moved, N_LABELLED))
    assert not tuned.verdict.kept_original
    before, after = call(course, model=modelfile.shipped(modelfile.DEFAULT)), call_by_tuned(course, tuned)
    assert judge(after, moved) > judge(before, moved) + 0.1
    assert after.method != before.method


def test_the_figures_without_tuning_are_those_of_the_calls(
    course: TimeCourse, warped: dict[str, str], tuned: TunedModel
) -> None:
    calls = call(course, model=modelfile.shipped(modelfile.DEFAULT))
    told = calls.probabilities[:N_LABELLED]
    truth = np.array([FOUR.code_of(warped[gene]) for gene in course.genes[:N_LABELLED]])
    right = int((told.argmax(axis=1) == truth).sum())
    zero = tuned.verdict.zero_shot
    assert tuned.verdict.n == N_LABELLED
    assert zero.accuracy == right / N_LABELLED
    assert list(zero.accuracy_ci) == bound_share(right, N_LABELLED)
    floored = np.maximum(told[np.arange(N_LABELLED), truth], 0.005)
    assert zero.loss == pytest.approx(-np.log(floored).mean())


def test_labels_by_chance_leave_the_answers_as_they_are(course: TimeCourse, kept: TunedModel) -> None:
    assert kept.verdict.kept_original
    assert kept.tuning is None
    assert kept.share == 0
    assert "no likelier" in kept.verdict.why or "fewer" in kept.verdict.why
    plain, calls = call(course, model=modelfile.shipped(modelfile.DEFAULT)), call_by_tuned(course, kept)
    assert np.array_equal(calls.probabilities, plain.probabilities, equal_nan=True)
    assert (calls.reason, calls.method) == (plain.reason, plain.method)
    (note,) = [note for note in calls.notes if note.code == "kept_original"]
    assert kept.verdict.why in note.text


def test_sets_hold_the_right_phase_of_genes_without_a_label(
    course: TimeCourse, warped: dict[str, str], tuned: TunedModel
) -> None:
    calls = call_by_tuned(course, tuned)
    codes = encode(warped, course.genes, FOUR)
    asked = np.flatnonzero((codes >= 0) & ~np.isin(course.genes, tuned.genes) & np.isfinite(calls.confidence))
    names = [FOUR.phases[code].name for code in codes[asked]]
    held = [name in calls.phase_set[row].split(";") for name, row in zip(names, asked, strict=True)]
    assert asked.size > 100
    assert 0.85 < np.mean(held) < 1


def test_nothing_of_a_part_is_known_when_it_is_answered(
    course: TimeCourse, warped: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    anchored: list[frozenset[str]] = []
    learnt: list[int] = []

    def know(genes: tuple[str, ...], labels: dict[str, str], *rest: Any) -> KnownGenes | None:
        out = rest[-1] if len(rest) == 3 else frozenset()
        assert not out & labels.keys()
        anchored.append(out)
        known = know_genes(genes, labels, *rest)
        assert known is None or not np.isfinite(known.turns[np.isin(genes, list(out))]).any()
        return known

    def learn(values: np.ndarray, offset: np.ndarray, codes: np.ndarray) -> Tuning:
        learnt.append(codes.size)
        return tune(values, offset, codes)

    monkeypatch.setattr(finetuning, "know_genes", know)
    monkeypatch.setattr(finetuning, "tune", learn)
    finetune(course, first(warped, 30))
    assert sorted(learnt) == [24] * 5 + [30]
    parts = [out for out in anchored if out]
    # Each part twice: on the clock without labels, and on the one with them.
    assert len(parts) == 10
    assert frozenset().union(*parts) == set(course.genes[:30])
    assert sum(map(len, parts)) == 2 * 30


def test_what_the_judge_says_decides() -> None:
    codes = np.repeat([0, 1], 20)
    sure, unsure = np.eye(2)[codes] * 0.8 + 0.1, np.tile([0.51, 0.49], (40, 1))
    better = finetuning._judge(unsure, sure, codes)
    assert not better.kept_original
    assert better.tuned.accuracy == 1.0
    assert list(better.tuned.accuracy_ci) == bound_share(40, 40)
    assert better.tuned.loss == pytest.approx(-np.log(0.9))
    assert better.zero_shot.accuracy == 0.5
    worse = finetuning._judge(sure, unsure, codes)
    assert worse.kept_original
    assert worse.why.endswith("get no higher probability: loss 0.693 with tuning, 0.105 without")
    assert finetuning._judge(sure, sure, codes).kept_original
    # Likelier on the whole, but fewer genes are called rightly: one may be chance, two are not.
    for n_slips, kept in ((1, False), (2, True)):
        slip = np.where(np.arange(40)[:, None] < n_slips, [[0.45, 0.55]], np.eye(2)[codes] * 0.94 + 0.03)
        fewer = finetuning._judge(sure, slip, codes)
        assert fewer.tuned.loss < fewer.zero_shot.loss
        assert fewer.kept_original is kept
    assert fewer.why == "clearly fewer genes held out are called rightly: 95.0 % with tuning, 100.0 % without"


def test_where_only_labels_say_where_a_course_starts_they_do_so_without_tuning_too(
    course: TimeCourse, experiment: tuple[TimeCourse, np.ndarray]
) -> None:
    unknown = replace(course, sync=None)
    model = modelfile.shipped(modelfile.DEFAULT)
    assert {Reason.NO_ANCHOR} >= set(call(unknown, model=model).reason) - {Reason.ALL_MISSING}
    tuned = finetune(unknown, first(label(experiment[1], course.genes), 40))
    assert tuned.verdict.zero_shot.accuracy > 0.6
    assert (~call_by_tuned(unknown, tuned).abstained).mean() > 0.5


def test_the_same_labels_teach_the_same(
    course: TimeCourse, warped: dict[str, str], tuned: TunedModel
) -> None:
    mixed = dict(sorted(first(warped, N_LABELLED).items(), key=lambda item: item[0][::-1]))
    again = finetune(course, {**mixed, "not measured": "M"})
    assert to_json(again) == to_json(tuned)


def test_of_very_many_labels_some_are_drawn(
    course: TimeCourse, warped: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phasecall.tuning.MAX_GENES", 30)
    few = finetune(course, warped)
    assert few.verdict.n == len(few.genes) == 30
    assert few.genes != course.genes[:30]


def test_what_hardly_counts_is_left_out() -> None:
    rng = np.random.default_rng(0)
    shares = np.array([0.5, 0, 0, 0.4, 0.0995, 0.0005, 0])
    whole = Tuning(
        shares,
        rng.normal(size=3),
        rng.normal(size=3) ** 2,
        rng.normal(size=(4, 3)),
        rng.normal(size=(len(STRENGTHS), 4, 2)),
        rng.normal(size=(len(STRENGTHS), 2)),
    )
    small = condense(whole)
    assert small is not None
    assert small.shares == pytest.approx(np.array([0.5, 0.4, 0.0995]) / 0.9995, abs=1e-7)
    assert small.weights == pytest.approx(whole.weights[2:4], abs=1e-6)
    assert all(len(f"{abs(one):.15g}".replace(".", "").lstrip("0")) <= 7 for one in small.bias.ravel())
    assert condense(replace(whole, shares=np.eye(7)[0])) is None


# Labels and courses that cannot be used


def single(labels: dict[str, str]) -> dict[str, str]:
    return dict.fromkeys(labels, "G2")


@pytest.mark.parametrize(
    ("spoil", "parts"),
    [
        (lambda labels: first(labels, 19), {
            "problem": "too few labelled genes", "expected": "20 or more with 4 values",
            "found": "19 such genes: 19 labels, 19 of them of genes in the course", "fix": "label more"}),
        (lambda labels: {f"other-{gene}": one for gene, one in labels.items()}, {
            "found": "0 such genes: 60 labels, 0 of them", "fix": "as the course spells them"}),
        (single, {
            "problem": "all labelled genes are of one phase", "expected": "two or more of Early G1, Late",
            "found": "60 genes of G2"}),
        (lambda labels: {**labels, "x": "metaphase"}, {"problem": "no phase of the scheme 'four'"}),
    ],
)  # fmt: skip
def test_labels_that_cannot_be_used(
    course: TimeCourse,
    warped: dict[str, str],
    spoil: Callable[[dict[str, str]], dict[str, str]],
    parts: dict[str, str],
) -> None:
    with pytest.raises(InputError) as caught:
        finetune(course, spoil(first(warped, N_LABELLED)))
    for part, wanted in parts.items():
        assert wanted in str(getattr(caught.value, part)), part


def test_genes_of_few_values_or_one_only_are_not_counted(course: TimeCourse, warped: dict[str, str]) -> None:
    values = course.values.copy()
    values[:3, 3:] = np.nan
    values[3:6] = 1.0
    gappy = replace(course, values=values)
    with pytest.raises(InputError, match=r"found: 19 such genes: 25 labels, 25 of them"):
        finetune(gappy, first(warped, 25))
    assert finetune(gappy, first(warped, 26)).genes == course.genes[6:26]


@pytest.mark.parametrize(
    ("times", "period", "found"),
    [
        (slice(0, 5), None, "it has no clock"),
        (slice(0, 5), 62.0, None),
        (slice(0, 4), 120.0, "it covers 0.1"),
        (slice(None), 25.0, "turns: the network was trained on at most"),
    ],
)
def test_a_course_that_the_network_cannot_read_is_refused(
    course: TimeCourse, warped: dict[str, str], times: slice, period: float | None, found: str | None
) -> None:
    part = course.select_times(np.arange(course.times.size)[times])
    labels = first(warped, 30)
    if found is None:
        assert finetune(part, labels, period=period).period == period
        return
    with pytest.raises(InputError, match=rf"cannot be tuned to this experiment[\s\S]*found: .*{found}"):
        finetune(part, labels, period=period)


# Anchors


def test_markers_help_where_labels_are_few() -> None:
    genes = ("CLN2", "YAL040C", *(f"g{i}" for i in range(MANY)))
    few = {f"g{i}": "M" for i in range(MANY - 1)}
    known = know_genes(genes, few, FOUR, None)
    assert known is not None
    assert np.isfinite(known.turns).sum() == 2 + MANY - 1
    many = know_genes(genes, {**few, f"g{MANY - 1}": "M"}, FOUR, None)
    assert many is not None
    assert np.isnan(many.turns[:2]).all()
    without = know_genes(genes, few, FOUR, None, frozenset({"CLN2", "g0"}))
    assert without is not None
    assert np.isnan(without.turns[[0, 2]]).all()
    assert np.isfinite(without.turns[1])
    # Of another organism than the culture's, no marker is known.
    assert know_genes(("CLN2",), {}, FOUR, "thymidine") is None


# Calls


def test_what_follows_from_probabilities_is_told_anew(course: TimeCourse, tuned: TunedModel) -> None:
    calls = call_by_tuned(course, tuned)
    known = know_phases(course.genes, tuned.labels, FOUR)
    # Without marker genes, the same clock.
    plain = call(course, model=modelfile.shipped(modelfile.DEFAULT), known=known)
    card = modelfile.shipped(modelfile.DEFAULT).card
    assert calls.method == f"{card.name} (tuned) {card.version}"
    told = np.isfinite(calls.probabilities).all(axis=1)
    assert calls.probabilities[told].sum(axis=1) == pytest.approx(1.0)
    followed = (Reason.CALLED, Reason.BETWEEN_PHASES)
    for why, before, sure in zip(calls.reason, plain.reason, calls.confidence, strict=True):
        if why in followed:
            assert why == (Reason.CALLED if sure >= MIN_CONFIDENCE else Reason.BETWEEN_PHASES)
        else:
            assert why == before
    arc = FOUR.assign(calls.peak_turn)
    outside = np.array(["peak_outside_phase" in flags for flags in calls.flags])
    assert np.array_equal(outside, told & (arc != calls.codes))
    assert outside.any()
    assert {note.code for note in calls.notes} >= {"tuned", "clock"}
    assert calls.least == tuned.least


def test_a_part_of_the_experiment_is_called_too(course: TimeCourse, tuned: TunedModel) -> None:
    part = course.select_genes(np.arange(30, N_GENES))
    whole = call_by_tuned(course, tuned).codes[30:]
    assert (call_by_tuned(part, tuned).codes == whole).mean() > 0.85
    assert "other_experiment" not in {note.code for note in call_by_tuned(part, tuned).notes}
    # Without a labelled gene, what is left says where the course starts.
    unlabelled = course.select_genes(np.arange(N_LABELLED, N_GENES))
    assert np.isfinite(call_by_tuned(unlabelled, tuned).probabilities).any()


def test_other_values_of_the_labelled_genes_are_noticed(course: TimeCourse, tuned: TunedModel) -> None:
    other = replace(course, values=course.values + 0.5)
    assert "other_experiment" in {note.code for note in call_by_tuned(other, tuned).notes}


def test_a_course_without_the_labelled_genes_is_noticed(course: TimeCourse, tuned: TunedModel) -> None:
    renamed = replace(course, genes=tuple(f"Q{gene}" for gene in course.genes))
    (note,) = [note for note in call_by_tuned(renamed, tuned).notes if note.code == "other_experiment"]
    assert note.text.startswith(f"0 of the {N_LABELLED} genes that the model was tuned by are here")


def test_a_model_that_can_say_nothing_does_not_boast(course: TimeCourse, tuned: TunedModel) -> None:
    codes = {note.code for note in call_by_tuned(course.select_genes([0]), tuned).notes}
    assert "tuned" not in codes
    assert "not_tuned" in codes


def test_labels_against_all_else_are_doubted(course: TimeCourse, warped: dict[str, str]) -> None:
    names = [phase.name for phase in FOUR.phases]
    turned = {gene: names[(names.index(name) + 2) % 4] for gene, name in first(warped, N_LABELLED).items()}
    model = finetune(course, turned)
    assert model.contradicted
    assert "labels_contradict" in {note.code for note in call_by_tuned(course, model).notes}


def test_labels_that_fit_are_not(tuned: TunedModel, kept: TunedModel) -> None:
    assert not tuned.contradicted
    assert not kept.contradicted


def test_a_name_that_no_file_may_hold_is_refused_before_the_work(
    course: TimeCourse, warped: dict[str, str]
) -> None:
    odd = "x" * 300
    renamed = replace(course, genes=(odd, *course.genes[1:]))
    with pytest.raises(InputError, match=r"labelled gene cannot be written[\s\S]*xxx"):
        finetune(renamed, {odd: "M", **first(warped, N_LABELLED)})


def test_interpolated_times_are_not_read(course: TimeCourse, warped: dict[str, str]) -> None:
    filled = replace(course, interpolated=(float(course.times[4]),))
    cut = course.select_times(np.arange(course.times.size) != 4)
    tuned = finetune(filled, first(warped, 40))
    assert len(tuned.times) == course.times.size - 1
    assert to_json(tuned) == to_json(finetune(cut, first(warped, 40)))
    calls = call_by_tuned(filled, tuned)
    assert np.allclose(calls.probabilities, call_by_tuned(cut, tuned).probabilities, equal_nan=True)


def test_other_times_are_refused(course: TimeCourse, tuned: TunedModel) -> None:
    for other in (course.select_times(np.arange(17)), replace(course, times=course.times + 1.0)):
        with pytest.raises(ModelError) as caught:
            call_by_tuned(other, tuned)
        assert caught.value.problem == "the model was tuned to other times"
        assert "18 measured times, 0, 7, 14" in str(caught.value.expected)
        assert f"{other.times.size} measured times, {other.times[0]:g}, " in str(caught.value.found)
        assert "run phasecall finetune on this one" in str(caught.value.fix)


def test_another_network_is_refused(course: TimeCourse, tuned: TunedModel) -> None:
    with pytest.raises(
        ModelError, match=r"another network[\s\S]*found: ffff[\s\S]*run phasecall finetune again"
    ):
        call_by_tuned(course, replace(tuned, network="f" * 64))


def test_another_scheme_is_refused(course: TimeCourse, tuned: TunedModel) -> None:
    assert call_by_tuned(course, tuned, scheme="four").scheme is FOUR
    with pytest.raises(ModelError, match=r"another scheme[\s\S]*'five'[\s\S]*'four'[\s\S]*use --scheme four"):
        call_by_tuned(course, tuned, scheme="five")


def test_numbers_that_overflow_are_refused(course: TimeCourse, tuned: TunedModel) -> None:
    assert tuned.tuning is not None
    tuning = replace(tuned.tuning, weights=tuned.tuning.weights * np.inf)
    with pytest.raises(ModelError, match="gives no probabilities"):
        call_by_tuned(course, replace(tuned, tuning=tuning))


# The file


def same(a: TunedModel, b: TunedModel) -> bool:
    if (a.tuning is None) != (b.tuning is None):
        return False
    arrays = [
        np.array_equal(getattr(a.tuning, name), getattr(b.tuning, name), equal_nan=name == "genes")
        for name in (Tuning.__dataclass_fields__ if a.tuning else ())
    ]
    return all(arrays) and vars(replace(a, tuning=None)) == vars(replace(b, tuning=None))


def test_what_was_written_is_read(
    course: TimeCourse, tuned: TunedModel, kept: TunedModel, tmp_path: Path
) -> None:
    for model in (tuned, kept):
        write(tmp_path / "tuned.json", model)
        again = read(tmp_path / "tuned.json")
        assert same(again, model)
        calls = call_by_tuned(course, again)
        assert np.array_equal(calls.probabilities, call_by_tuned(course, model).probabilities, equal_nan=True)
    assert [file.name for file in tmp_path.iterdir()] == ["tuned.json"]


def test_the_file_says_what_it_is(tuned: TunedModel, kept: TunedModel) -> None:
    whole = json.loads(to_json(tuned))
    assert (whole["kind"], whole["format"], whole["name"]) == ("tuned", 1, "a culture")
    assert whole["network"] == modelfile.shipped(modelfile.DEFAULT).sha256
    assert [whole["phases"][code] for code in whole["codes"][:2]] == [
        FOUR.phases[code].name for code in tuned.codes[:2]
    ]
    assert whole["kept_original"] is False
    none = json.loads(to_json(kept))
    assert (none["kept_original"], none["tuning"]) == (True, "none")
    assert none["why"] == kept.verdict.why


def test_the_largest_model_fits_into_a_file(tuned: TunedModel) -> None:
    rng = np.random.default_rng(0)
    n, n_times, n_strengths = MAX_GENES, 48, 3
    tuning = Tuning(
        np.full(n_strengths + 1, 1 / (n_strengths + 1)),
        rng.normal(size=n_times),
        rng.normal(size=n_times) ** 2,
        rng.normal(size=(n, n_times)),
        rng.normal(size=(n_strengths, n, 4)),
        rng.normal(size=(n_strengths, 4)),
    )
    genes = tuple(f"YAL{i:04d}C-A" for i in range(n))
    verdict = replace(tuned.verdict, n=n)
    large = replace(
        tuned,
        genes=genes,
        codes=tuple(i % 4 for i in range(n)),
        times=tuple(map(float, range(n_times))),
        tuning=condense(replace(tuning, shares=np.r_[tuning.shares])),
        verdict=verdict,
    )
    assert len(to_json(large)) < MAX_TEXT


NAMES = st.text(
    st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12
)  # what is printable, on any terminal
NUMBERS = st.floats(-1e6, 1e6).map(lambda one: float(f"{one:.7g}"))
SHARES = st.floats(0, 1)


@st.composite
def models(draw: st.DrawFn) -> TunedModel:
    scheme = draw(st.sampled_from(list(SCHEMES.values())))
    genes = draw(st.lists(NAMES, min_size=MIN_LABELLED, max_size=MIN_LABELLED + 5, unique=True))
    n, n_phases = len(genes), len(scheme)
    times = sorted(draw(st.lists(NUMBERS, min_size=1, max_size=5)))
    n_strengths = draw(st.integers(1, 6))

    def array(*shape: int, low: float = -1e6) -> np.ndarray:
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        return np.round(rng.uniform(low, 1e6, shape), 3)

    kept = draw(st.booleans())
    values = array(n, len(times))
    values[draw(st.integers(0, n - 1)), 0] = np.nan
    shares = np.round(np.random.default_rng(n).dirichlet(np.ones(n_strengths + 1)), 7)
    tuning = Tuning(
        shares,
        array(len(times)),
        array(len(times), low=0.0),
        values,
        array(n_strengths, n, n_phases),
        array(n_strengths, n_phases),
    )
    held = st.builds(Held, SHARES, st.tuples(SHARES, SHARES), st.floats(0, 10))
    return TunedModel(
        name=draw(NAMES),
        version="0.1.0",
        created="2026-01-01",
        network=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        scheme=scheme.key,
        times=tuple(times),
        sync=draw(st.none() | NAMES),
        period=draw(st.none() | st.floats(1e-3, 1e6)),
        share=0.0 if kept else draw(st.floats(0.01, 1)),
        genes=tuple(genes),
        codes=(0, 1, *draw(st.lists(st.integers(0, n_phases - 1), min_size=n - 2, max_size=n - 2))),
        tuning=None if kept else tuning,
        verdict=Verdict(n, draw(held), draw(held), kept, draw(NAMES)),
        least=draw(SHARES),
    )


@given(models())
def test_any_model_comes_back_as_it_was(model: TunedModel) -> None:
    text = to_json(model)
    assert same(from_json(text), model)
    assert to_json(from_json(text)) == text


def changed(text: str, *path: str | int, to: Any) -> str:
    """Return a text of JSON with another value at a place; `...` takes the entry away."""
    whole = json.loads(text)
    place = whole
    for key in path[:-1]:
        place = place[key]
    if to is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return json.dumps(whole)


FAULTS: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("format",), 2, r"newer phasecall[\s\S]*format 2[\s\S]*upgrade"),
    (("format",), "1", "not a tuned model"),
    (("format",), 0, r"not a tuned model[\s\S]*format 0"),
    (("kind",), "grid", r"not a tuned model[\s\S]*written by phasecall finetune"),
    (("more",), 1, "missing or unknown: more"),
    (("sync",), ..., "missing or unknown: sync"),
    (("name",), "\x1b[2J", r"name: a text of 1 to 200 characters[\s\S]*found: \\x1b\[2J"),
    (("name",), "x" * 201, "name: a text"),
    (("name",), 7, "name: a text"),
    (("version",), "", "version: a text"),
    (("created",), None, "created: a text"),
    (("network",), "F" * 64, "network: SHA-256 as 64 hexadecimal digits"),
    (("scheme",), "six", "scheme: one of four, five, human"),
    (("scheme",), ["four"], "scheme: one of"),
    (("scheme",), "five", r"phases: M/G1, G1, S, G2, M[\s\S]*found: \['Early G1'"),
    (("phases",), None, "phases: the names"),
    (("times",), [], "times: 1 to 1,000 minutes"),
    (("times",), [0, 20, 10], "times: "),
    (("times", 0), True, "times: "),
    (("times", 17), 1e7, "times: "),
    (("times",), list(range(1001)), "times: "),
    (("sync",), "a\nb", "sync: null or a text"),
    (("period",), 0, "period: null or minutes, more than 0"),
    (("period",), True, "period: "),
    (("share",), 2, "share: a number from 0 to 1"),
    (("share",), None, "share: a number from 0 to 1"),
    (("share",), 0, r"share: 0 where the original answers are kept, and only there[\s\S]*found: 0"),
    (("genes",), ["a"] * 60, "genes: 20 to 1,000 different names"),
    (("genes",), ["a", "b"], "genes: 20 to"),
    (("genes", 3), "a\tb", "genes: 20 to"),
    (("genes", 3), None, "genes: 20 to"),
    (("codes",), [0, 1], "codes: as many as genes"),
    (("codes",), [], "codes: a whole number for each gene"),
    (("codes", 5), 4, r"codes: two or more of 0 to 3[\s\S]*found: 0, 1, 2, 3, 4"),
    (("codes", 5), -1, "codes: two or more of 0 to 3"),
    (("codes", 5), 1.0, "codes: a whole number"),
    (("codes", 5), True, "codes: a whole number"),
    (("codes",), [2] * 60, r"codes: two or more of 0 to 3[\s\S]*found: 2"),
    (("kept_original",), True, r"tuning: 'none' where the original answers are kept[\s\S]*found: arrays"),
    (("kept_original",), 0, "kept_original: true or false"),
    (("why",), "", "why: a printable text"),
    (("verdict",), [], "verdict: figures by name"),
    (("verdict", "n"), 61, "verdict: n, the number of genes"),
    (("verdict", "n"), 60.0, "verdict: n, the number of genes"),
    (("verdict", "zero_shot"), 1, "verdict, zero_shot: shares from 0 to 1"),
    (("verdict", "tuned"), ..., "missing or unknown: tuned"),
    (("verdict", "tuned", "loss"), ..., "missing or unknown: loss"),
    (("verdict", "tuned", "loss"), -1, "verdict, tuned: shares"),
    (("verdict", "tuned", "accuracy"), 1.5, "verdict, tuned: shares"),
    (("verdict", "tuned", "accuracy_ci"), [0.1], "verdict, tuned: shares"),
    (("verdict", "tuned", "accuracy_ci", 1), "1", "verdict, tuned: shares"),
    (("tuning",), "some", "tuning: 'none' or arrays by name"),
    (("tuning", "bias"), ..., "missing or unknown: bias"),
    (("tuning", "shares"), [1.0], "tuning: shares of the network and of one strength or more"),
    (("tuning", "shares"), "all", "tuning: shares of the network"),
    (("tuning", "shares"), [1 / 200] * 200, "tuning: shares of the network"),
    (("tuning", "shares", 0), 7, "tuning: shares of 0 or more that sum to 1"),
    (("tuning", "centre"), [0.0], r"centre, numbers of shape \(18,\)[\s\S]*found: another shape"),
    (("tuning", "centre", 2), None, r"centre, numbers[\s\S]*found: None"),
    (("tuning", "centre", 2), 1e10, r"centre, numbers of shape \(18,\), within 1e\+09 of 0[\s\S]*found: 1"),
    (("tuning", "spread", 2), -1, "tuning: a spread of 0 or more"),
    (("tuning", "genes", 1), None, "genes, numbers of shape"),
    (("tuning", "genes", 1, 1), "1", r"genes, numbers[\s\S]*found: 1"),
    (("tuning", "genes", 1, 1), True, r"genes, numbers[\s\S]*found: True"),
    (("tuning", "weights", 0, 1), [0, 0, 0], "weights, numbers of shape"),
    (("tuning", "weights", 0, 1, 1), None, r"weights, numbers[\s\S]*found: None"),
    (("tuning", "bias"), [[]], "bias, numbers of shape"),
]


@pytest.mark.parametrize(
    ("path", "to", "message"), FAULTS, ids=[f"{row[0]}-{row[1]!s:.12}" for row in FAULTS]
)
def test_a_file_that_cannot_be_so_says_why(
    tuned: TunedModel, path: tuple[str | int, ...], to: Any, message: str
) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        from_json(changed(to_json(tuned), *path, to=to), "some/tuned.json")
    error = caught.value
    assert (error.where, bool(error.expected), bool(error.fix)) == ("some/tuned.json", True, True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"not a tuned model[\s\S]*Expecting value"),
        (b"gene,0,10\n", "not a tuned model"),
        (b"[]", r"not a tuned model[\s\S]*found: \[\]"),
        (b"{}", "not a tuned model"),
        (b"{" * 5000, "not a tuned model"),
        (b'{"kind": "tuned", "format": 1, "period": 1e999}', r"not a tuned model[\s\S]*not finite"),
        (b"\xff\xfe{}", r"not a tuned model[\s\S]*bytes that are no text"),
        (b"{" + b" " * 2**20, r"too large[\s\S]*at most 1,048,576 bytes"),
    ],
)
def test_a_file_that_is_no_tuned_model_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "tuned.json").write_bytes(content)
    with pytest.raises(ModelError, match=message):
        read(tmp_path / "tuned.json")


def test_a_missing_file_a_folder_and_one_that_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ModelError, match="there is no such model file"):
            read(path)
    (tmp_path / "tuned.json").write_text("{}")

    def forbid(path: Path, *_: object) -> None:
        raise PermissionError("not yours")

    monkeypatch.setattr(Path, "open", forbid)
    with pytest.raises(ModelError, match=r"cannot be read[\s\S]*not yours"):
        read(tmp_path / "tuned.json")


def test_a_model_that_could_not_be_read_is_not_written(tuned: TunedModel, tmp_path: Path) -> None:
    write(tmp_path / "tuned.json", tuned)
    before = (tmp_path / "tuned.json").read_bytes()
    assert tuned.tuning is not None
    broken = replace(tuned.tuning, bias=tuned.tuning.bias * np.nan)
    for model in (
        replace(tuned, name="a\x07"),
        replace(tuned, period=float("inf")),
        replace(tuned, scheme="six"),
        replace(tuned, genes=tuned.genes[1:]),
        replace(tuned, tuning=broken),
        replace(tuned, share=0.0),
    ):
        with pytest.raises(ModelError):
            write(tmp_path / "tuned.json", model)
    assert (tmp_path / "tuned.json").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["tuned.json"]


ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    1e300,
    10**17,
    "",
    "none",
    "\x1b",
    [],
    [[]],
    {},
    [None],
    {"a": 1},
    "four",
    [0, 1],
]


@pytest.mark.parametrize("seed", range(300))
def test_a_file_changed_anywhere_is_read_or_refused_in_one_message(tuned: TunedModel, seed: int) -> None:
    rng = random.Random(seed)
    whole = json.loads(to_json(tuned))
    place: Any = whole
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = rng.choice(list(keys))
        if not isinstance(place[key], dict | list) or not place[key] or rng.random() < 0.2:
            break
        place = place[key]
    place[key] = rng.choice(ODD)
    with suppress(ModelError):
        model = from_json(json.dumps(whole))
        assert same(from_json(to_json(model)), model)


def test_tuned_files_and_networks_are_told_apart(tuned: TunedModel, tmp_path: Path) -> None:
    write(tmp_path / "tuned.json", tuned)
    (tmp_path / "model.onnx").write_bytes(modelfile.shipped().content)
    (tmp_path / "marked.json").write_bytes(b"\xef\xbb\xbf\n {}")
    told = [is_tuned(tmp_path / name) for name in ("tuned.json", "marked.json", "model.onnx", "none.json")]
    assert told == [True, True, False, False]
    assert not is_tuned(tmp_path)
    assert not is_tuned("a\0b")


# The command


@pytest.fixture
def files(course: TimeCourse, warped: dict[str, str], tmp_path: Path) -> tuple[Path, Path]:
    """A course without a word on its synchronisation, and labels."""
    head = "\t".join(["gene", *(f"{minute:g}min" for minute in course.times)])
    rows = ["\t".join([gene, *map(str, row)]) for gene, row in zip(course.genes, course.values, strict=True)]
    (tmp_path / "course.tsv").write_text("\n".join([head, *rows]).replace("nan", "") + "\n")
    labels = [f"{gene}\t{name}" for gene, name in first(warped, N_LABELLED).items()]
    (tmp_path / "phases.tsv").write_text("\n".join(["gene\tphase", *labels]) + "\n")
    return tmp_path / "course.tsv", tmp_path / "phases.tsv"


def run(*words: object) -> object:
    with pytest.raises(SystemExit) as ended:
        main(["finetune", *map(str, words)])
    return ended.value.code


def test_the_command_writes_a_model_and_says_what_it_is_worth(
    files: tuple[Path, Path], tuned: TunedModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.json"
    assert run(files[0], "--labels", files[1], "--sync", "alpha", "-o", path) == 0
    told = capsys.readouterr()
    assert same(replace(read(path), name=tuned.name), tuned)
    zero, after = tuned.verdict.zero_shot, tuned.verdict.tuned
    lines = told.out.splitlines()
    assert lines[2].split()[:3] == ["zero-shot", "60", f"{100 * zero.accuracy:.1f}"]
    assert lines[3].split()[:3] == ["tuned", "60", f"{100 * after.accuracy:.1f}"]
    assert lines[3].endswith(f"{after.loss:.3f}")
    assert lines[4].startswith("The tuned answers are used: the known phases of genes held out get a higher")
    assert "judging by genes held out" in told.err
    assert f"wrote {path}" in told.err
    assert run(files[0], "--labels", files[1], "--sync", "alpha", "-o", path, "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["written"] == str(path)
    assert summary["tuned"]["accuracy"] == after.accuracy
    assert summary["kept_original"] is False


def test_the_command_says_that_the_original_answers_are_kept(
    files: tuple[Path, Path],
    chances: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files[1].write_text("".join(f"{gene}\t{name}\n" for gene, name in chances.items()))
    path = tmp_path / "out.json"
    assert run(files[0], "--labels", files[1], "--sync", "alpha", "-o", path) == 0
    out = capsys.readouterr().out
    model = read(path)
    assert model.verdict.kept_original
    assert out.splitlines()[4] == f"The original answers are kept: {model.verdict.why}."


def test_a_command_that_cannot_be_run_writes_nothing(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.json"
    files[1].write_text("\n".join(files[1].read_text().splitlines()[:10]))
    assert run(files[0], "--labels", files[1], "--sync", "alpha", "-o", path, "--json") == 2
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["found"].startswith("9 such genes")
    assert run(files[0], "-o", path) == 2
    assert "--labels" in capsys.readouterr().err
    assert run(files[0], "--labels", files[1], "-o", files[0]) == 2
    assert "the same one" in capsys.readouterr().err
    assert not path.exists()
