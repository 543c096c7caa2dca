"""Calls of time courses: what must not change them, when they abstain, and the golden ones."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import phasecall
from phasecall import caller, modelfile
from phasecall.calls import Reason
from phasecall.circular import distance
from phasecall.clock import find_markers, know_phases
from phasecall.datasets import load, load_labels
from phasecall.errors import InputError, ModelError
from phasecall.labels import TEST_FOLD, encode, fold_of
from phasecall.phases import SCHEMES
from phasecall.rhythm import Noise, judge_rhythm
from phasecall.simulation import Culture, Expression, simulate
from phasecall.timecourse import TimeCourse

GOLDEN = Path(__file__).parent / "golden"


def cdc15(n: int = 60) -> TimeCourse:
    return load("cdc15-4381").select_genes(range(n))


def by_published(course: TimeCourse, sync: str | None = None) -> phasecall.Calls:
    """Call by the published network, which reads a longer course at its nine points."""
    return caller.call(course, model=modelfile.shipped(), sync=sync)


@cache
def published() -> phasecall.Calls:
    return by_published(cdc15())


@cache
def alpha() -> phasecall.Calls:
    return caller.call(load("alpha"))


def with_values(course: TimeCourse, values: np.ndarray) -> TimeCourse:
    return replace(course, values=values)


def test_a_whole_course_is_read_at_the_nine_points() -> None:
    course = cdc15()
    nine = course.select_times(np.isin(course.times, range(40, 121, 10)))
    whole, part = by_published(course), caller.call(nine)
    assert whole.columns()["phase"] == part.columns()["phase"]
    assert np.array_equal(whole.probabilities, part.probabilities)


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_scale_and_offset_do_not_change_a_call(scale: float, offset: float) -> None:
    course = cdc15()
    here, there = published(), by_published(with_values(course, course.values * scale + offset))
    assert there.probabilities == pytest.approx(here.probabilities, abs=1e-3)
    assert there.amplitude == pytest.approx(here.amplitude * scale, rel=1e-6)
    assert np.abs((there.peak_turn - here.peak_turn + 0.5) % 1 - 0.5).max() < 1e-6


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(60)))
def test_the_order_of_genes_does_not_change_a_call(order: list[int]) -> None:
    course = cdc15()
    here, there = published(), by_published(course.select_genes(order))
    assert there.genes == tuple(here.genes[index] for index in order)
    assert there.probabilities == pytest.approx(here.probabilities[order], abs=1e-5)
    assert there.reason == tuple(here.reason[index] for index in order)
    assert np.array_equal(there.rank, here.rank[order])


@settings(max_examples=5, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(-100, 100), st.randoms(use_true_random=False))
def test_scale_offset_and_order_change_nothing_for_the_default_network(
    scale: float, offset: float, random: Random
) -> None:
    course = load("alpha")
    order = random.sample(range(len(course)), len(course))
    moved = TimeCourse(course.genes, course.times, course.values * scale + offset).select_genes(order)
    here, there = alpha(), caller.call(moved)
    # The clock is the same up to where its search stops.
    assert there.period == pytest.approx(here.period, rel=5e-3)
    assert there.probabilities == pytest.approx(here.probabilities[order], abs=0.02, nan_ok=True)
    same = np.array(there.reason) == np.array(here.reason)[order]
    assert same.mean() > 0.98


def test_another_zero_of_time_changes_minutes_and_hardly_a_call() -> None:
    # Only how far the culture has moved since its release is told by the zero of time.
    course = load("alpha")
    here = caller.call(course)
    there = caller.call(TimeCourse(course.genes, course.times + 20, course.values))
    assert there.period == pytest.approx(here.period, rel=5e-3)
    assert (there.codes == here.codes).mean() > 0.97
    both = np.isfinite(here.peak_turn) & np.isfinite(there.peak_turn)
    assert np.median(distance(here.peak_turn[both], there.peak_turn[both])) < 0.005
    late = (there.peak_time - here.peak_time - 20)[both] / here.period
    assert np.median(np.abs(late - np.round(late))) < 0.005


def test_a_gene_is_called_alone_as_among_others() -> None:
    course = cdc15()
    alone = by_published(course.select_genes([7]))
    assert alone.probabilities[0] == pytest.approx(by_published(course).probabilities[7], abs=1e-5)


def test_replicates_are_averaged() -> None:
    course = cdc15()
    twice = TimeCourse(
        course.genes,
        np.concatenate([course.times, course.times]),
        np.concatenate([course.values + 0.5, course.values - 0.5], axis=1),
        sync="cdc15",
    )
    assert by_published(twice).probabilities == pytest.approx(by_published(course).probabilities, abs=1e-4)


def test_every_gene_gets_an_answer_or_a_reason() -> None:
    course = cdc15(6)
    values = course.values.copy()
    values[0] = np.nan
    values[1] = 0.1
    values[2, 1:6] = np.nan
    values[3, 1] = np.nan
    calls = by_published(with_values(course, values))
    assert calls.reason[:3] == (Reason.ALL_MISSING, Reason.CONSTANT, Reason.TOO_FEW_POINTS)
    assert calls.reason[3] in (Reason.CALLED, Reason.BETWEEN_PHASES)
    # 40 and 60 min are interpolated: seven of the nine points were measured.
    assert calls.n_observed[:4].tolist() == [0, 7, 3, 6]
    assert calls.n_missing[:4].tolist() == [7, 0, 4, 1]
    assert calls.rank[:2].tolist() == [0, 0]
    assert "filled" in calls.flags[3]
    assert np.isnan(calls.probabilities[:3]).all()
    assert calls.phase[:3] == ("", "", "")
    assert np.isfinite(calls.probabilities[3:]).all()
    assert "gaps of 2 gene(s) are filled" in " ".join(note.text for note in calls.notes)


def test_a_gene_between_phases_is_withheld_with_its_probabilities() -> None:
    calls = by_published(load("cdc15-4381"))
    unsure = calls.confidence < caller.MIN_CONFIDENCE
    assert unsure.any()
    assert {calls.reason[index] for index in np.flatnonzero(unsure)} == {Reason.BETWEEN_PHASES}
    assert np.allclose(calls.probabilities.sum(axis=1), 1)


def test_another_synchronisation_is_called_on_its_own_clock() -> None:
    course = load("cdc15-4381")
    calls = caller.call(course, sync="alpha")
    assert calls.method.startswith("phasecall ")
    assert calls.period == pytest.approx(111.3, abs=1)
    # The marker genes are believed, not the wrong synchronisation.
    own = caller.call(course, known=find_markers(course.genes))
    assert np.array_equal(own.probabilities, calls.probabilities, equal_nan=True)


def test_a_model_that_was_asked_for_withholds_what_hangs_on_its_clock() -> None:
    calls = caller.call(cdc15(), sync="alpha", model=modelfile.shipped())
    assert set(calls.reason) == {Reason.NO_ANCHOR}
    for field in (calls.peak_turn, calls.peak_time, calls.periodic_p, calls.probabilities):
        assert np.isnan(field).all()
    assert np.isnan(calls.period)
    assert any("does not hold after alpha" in note.text for note in calls.notes)


def test_known_genes_vouch_for_a_synchronisation_that_was_not_given() -> None:
    course = replace(load("cdc15-4381"), sync=None)
    calls = by_published(course)
    assert calls.reason == by_published(course, sync="cdc15").reason
    assert any("genes of known phase are called as published" in note.text for note in calls.notes)


def test_an_experiment_of_another_clock_is_called_on_its_own() -> None:
    # cdc28 has the nine points, too; by the clock of cdc15 one gene in six would be right.
    course = replace(load("cdc28"), sync=None)
    calls = caller.call(course)
    assert calls.method.startswith("phasecall ")
    known = encode(load_labels(), course.genes, calls.scheme)
    learning = fold_of(course.genes) != TEST_FOLD
    asked = learning & (known >= 0)
    assert (calls.codes == known)[asked].mean() > 0.7
    assert np.allclose(calls.probabilities[calls.codes >= 0].sum(axis=1), 1)


def test_without_an_anchor_peaks_are_minutes_and_no_phase_is_called() -> None:
    made = replace(simulate(200, times=range(0, 240, 10)).course, sync=None)
    calls = caller.call(made)
    assert set(calls.reason) == {Reason.NO_ANCHOR}
    assert np.isnan(calls.probabilities).all()
    assert np.isnan(calls.peak_turn).all()
    assert np.isfinite(calls.peak_time).all()
    assert calls.period == pytest.approx(114, abs=1)
    assert any("--sync, --markers or --labels" in note.text for note in calls.notes)


def test_labels_of_ones_own_tie_the_clock() -> None:
    made = simulate(200, times=range(0, 240, 10), seed=3)
    course = replace(made.course, sync=None)
    scheme = SCHEMES["four"]
    names = {
        gene: scheme.phases[code].name for gene, code in zip(course.genes[:60], made.codes[:60], strict=True)
    }
    calls = caller.call(course, known=know_phases(course.genes, names, scheme))
    assert (calls.codes == made.codes)[60:].mean() > 0.95


def test_any_course_gets_every_gene_with_an_answer_or_a_reason() -> None:
    course = load("alpha")
    values = course.values.copy()
    values[0], values[1] = np.nan, 0.1
    values[2, 3:] = np.nan
    calls = caller.call(with_values(course, values))
    assert calls.reason[:3] == (Reason.ALL_MISSING, Reason.CONSTANT, Reason.TOO_FEW_POINTS)
    assert len(calls) == 800
    assert np.isnan(calls.probabilities[:3]).all()
    assert (calls.rank[:3] == 0).all()
    called = calls.codes >= 0
    assert ((calls.peak_lo <= calls.peak_time) & (calls.peak_time <= calls.peak_hi))[called].all()
    assert np.array_equal(calls.n_observed + calls.n_missing, np.full(800, 18))


def test_too_few_times_for_a_clock_withhold_everything_with_a_reason() -> None:
    calls = caller.call(simulate(30, times=[0, 10, 20]).course)
    assert set(calls.reason) == {Reason.TOO_FEW_POINTS}
    assert any("show no period" in note.text for note in calls.notes)
    assert calls.codes.tolist() == [-1] * 30


def test_a_short_course_and_unused_times_are_said() -> None:
    assert {"unused_times", "under_one_cycle"} <= {note.code for note in by_published(cdc15()).notes}


def test_a_model_that_was_asked_for_gets_its_grid_or_one_clear_message() -> None:
    with pytest.raises(InputError, match="one grid of time points only") as caught:
        caller.call(load("alpha"), model=modelfile.shipped())
    assert "40, 50, 60" in str(caught.value)
    assert "missing 40, 50, 60, 80, 90, 100, 110, 120" in str(caught.value)


def test_another_scheme_is_refused_by_a_model_and_met_by_the_clock() -> None:
    with pytest.raises(ModelError, match="another scheme"):
        caller.call(cdc15(), scheme="five", model=modelfile.shipped())
    assert caller.call(load("cdc15"), scheme="five").scheme.key == "five"


def test_the_peak_agrees_with_the_truth_of_a_simulation() -> None:
    made = simulate(400, seed=77)
    calls = caller.call(made.course)
    off = np.abs((calls.peak_turn - made.peak_turn + 0.5) % 1 - 0.5)
    assert np.median(off) < 0.03
    assert (calls.codes == made.codes).mean() > 0.97


def test_the_table_is_what_the_conventions_say() -> None:
    columns = caller.call(cdc15(5)).columns()
    assert list(columns) == [
        *("gene", "phase", "p_early_g1", "p_late_g1_s", "p_g2", "p_m", "confidence", "phase_set"),
        *("abstained", "reason"),
        *("peak_time", "peak_turn", "peak_lo", "peak_hi", "period", "amplitude", "periodic_p", "periodic_q"),
        *("rank", "n_observed", "n_missing", "novelty", "flags"),
    ]
    assert {len(column) for column in columns.values()} == {5}


def test_the_public_names_do_the_same() -> None:
    calls = phasecall.call(phasecall.load("cdc15-4381"), model=modelfile.shipped())
    assert len(calls) == 4381
    assert calls.method.startswith("reference ")


def test_well_known_genes_are_where_biology_has_them() -> None:
    # Known from single-gene work long before: CLN2 late G1, SWI5 and CLB2 G2/M (Spellman et al. 1998). SIC1
    # (M/G1, YLR079W) is not among them: it peaks before the first of the nine points and is called Late G1/S.
    calls = caller.call(load("cdc15-4381"))
    found = dict(zip(calls.genes, calls.phase, strict=True))
    known = {"YPL256C": "Late G1/S", "YDR146C": "M", "YPR119W": "M"}
    assert {gene: found[gene] for gene in known} == known


def test_the_calls_of_the_first_genes_are_the_golden_ones() -> None:
    # tests/golden/demo_calls.tsv is the top of calls.tsv of `phasecall demo`; it changes when calls change.
    header, *golden = (
        line.split("\t") for line in (GOLDEN / "demo_calls.tsv").read_text("utf-8").splitlines()
    )
    calls = caller.call(load("cdc15-4381"))
    for (name, every), column in zip(calls.columns().items(), zip(*golden, strict=True), strict=True):
        values = every[: len(golden)]
        assert name == header[list(calls.columns()).index(name)]
        if isinstance(values, np.ndarray) and values.dtype.kind == "f":
            expected = [float(cell) if cell else np.nan for cell in column]
            # Other processors and libraries change the last digits of the clock's search.
            assert values == pytest.approx(expected, rel=1e-3, abs=1e-2, nan_ok=True), name
        elif name == "rank":
            # So do neighbours in the order of thousands of genes.
            assert values == pytest.approx([int(cell) for cell in column], abs=20)
        else:
            assert [str(value).lower() for value in values] == [cell.lower() for cell in column], name


def test_the_noise_of_few_genes_is_taken_for_white() -> None:
    # Drifts of 30 genes do not show how noise is correlated: what they seem to show must not decide their p.
    times, random = np.arange(0.0, 240.0, 10.0), np.random.default_rng(5)
    drift = np.cumsum(random.normal(size=(30, times.size)), axis=1)
    course = TimeCourse(tuple(f"g{i}" for i in range(30)), times, drift)
    calls = caller.call(course, period=80.0)
    white = judge_rhythm(drift, times, 80.0, Noise(step=10.0))
    assert calls.periodic_p == pytest.approx(white)


def test_no_rhythm_without_a_p_value_is_weak_too() -> None:
    course = load("alpha").select_genes(range(100))
    calls = caller.call(course, period=62.0)
    called = calls.codes >= 0
    sure = called & (calls.periodic_p <= 0.05)
    weak = np.array(["weak_rhythm" in flags for flags in calls.flags])
    assert np.array_equal(weak, called & ~sure)


def test_a_culture_without_a_cycle_gets_no_phases_unless_the_period_is_given() -> None:
    culture = Culture(expression=Expression(decoys=1.0))
    made = simulate(300, times=range(0, 170, 10), culture=culture, seed=4)
    calls = caller.call(made.course, sync="alpha")
    clockless = {Reason.NO_CLOCK, Reason.UNDER_ONE_CYCLE}
    assert clockless & set(calls.reason)
    assert (calls.codes == -1).all()
    given = caller.call(made.course, sync="alpha", period=80.0)
    assert not clockless & set(given.reason)


def test_less_than_a_cycle_is_another_reason_than_no_wave() -> None:
    elu = load("elu")
    nameless = replace(elu, genes=tuple(f"g{row}" for row in range(len(elu))))
    noise = replace(nameless, values=np.random.default_rng(0).normal(size=elu.values.shape))
    for course, reason in ((nameless, Reason.UNDER_ONE_CYCLE), (noise, Reason.NO_CLOCK)):
        assert set(caller.call(course).reason) <= {reason, Reason.ALL_MISSING}
        assert (caller.call(course, period=390.0).codes >= 0).any()


def test_genes_of_another_organism_than_the_synchronisation_are_noticed() -> None:
    course = load("alpha")
    notes = [note for note in caller.call(course, sync="thymidine").notes if note.code == "other_organism"]
    assert [note.text for note in notes] == [
        "91 genes are marker genes of budding yeast, 0 of human: is the synchronisation right?"
    ]
    assert not any(note.code == "other_organism" for note in caller.call(course).notes)


def test_hours_that_were_read_as_minutes_are_noticed() -> None:
    course = load("alpha")
    hours = TimeCourse(course.genes, course.times / 60, course.values, sync="alpha")
    assert any(note.code == "period_implausible" for note in caller.call(hours).notes)


def test_what_is_no_time_course_is_refused() -> None:
    with pytest.raises(InputError, match="this is no time course") as caught:
        caller.call("alpha.tsv")  # type: ignore[arg-type]
    assert "phasecall.read(path)" in str(caught.value)


def test_a_period_of_nothing_is_refused_where_the_published_network_would_fit() -> None:
    with pytest.raises(InputError, match="period"):
        caller.call(cdc15(), period=0.0)
