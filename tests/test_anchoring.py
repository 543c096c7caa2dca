"""What ties an experiment to the cell cycle, where its own times or the genes given leave doubts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import phasecall
from phasecall.caller import open_model
from phasecall.caller.anchoring import anchor_clock
from phasecall.caller.fusion import ALIKE, measure_likeness
from phasecall.calls import Calls
from phasecall.clock import estimate_clock, find_markers, know_phases
from phasecall.datasets import load, load_labels
from phasecall.errors import InputError
from phasecall.finetuning import finetune
from phasecall.labels import encode
from phasecall.phases import SCHEMES
from phasecall.timecourse import TimeCourse

FOUR = SCHEMES["four"]


def nine() -> TimeCourse:
    whole = load("cdc15-4381")
    return replace(whole.select_times(np.isin(whole.times, range(40, 121, 10))), interpolated=())


def noted(calls: Calls) -> dict[str, str]:
    return {note.code: note.text for note in calls.notes}


def accuracy(calls: Calls) -> float:
    codes = encode(load_labels(), calls.genes, FOUR)
    judged = (codes >= 0) & (calls.codes >= 0)
    return float((calls.codes[judged] == codes[judged]).mean())


def test_labels_that_do_not_vouch_for_the_period_leave_it_to_the_markers() -> None:
    course = load("elu")
    known = know_phases(course.genes, load_labels(), FOUR)
    assert not estimate_clock(course, known=known).sure
    found = anchor_clock(course, known, sync=None, period=None)
    by_markers = estimate_clock(course, known=find_markers(course.genes))
    assert found.sure
    assert found.clock.period == by_markers.clock.period
    assert found.anchor.endswith("genes of known phase")
    assert "period_by_markers" in {note.code for note in found.notes}
    assert (~phasecall.call(course, known=known).abstained).sum() > 400


def test_elutriation_is_tuned_without_a_period_and_gains() -> None:
    course, labels = load("elu"), load_labels()
    model = finetune(course, {gene: labels[gene] for gene in course.genes[::4] if gene in labels})
    assert not model.verdict.kept_original
    assert model.verdict.tuned.loss < model.verdict.zero_shot.loss - 0.1


def test_a_period_given_is_kept_and_so_is_a_clock_that_is_sure() -> None:
    course = load("alpha")
    known = know_phases(course.genes, load_labels(), FOUR)
    assert anchor_clock(course, known, sync=None, period=70.0).clock.period == 70
    plain = estimate_clock(course, known=known)
    assert anchor_clock(course, known, sync=None, period=None).clock == plain.clock


def test_nine_points_have_the_period_of_the_published_clock_wherever_they_are_read() -> None:
    course = nine()
    alone = phasecall.call(course, model="phasecall")
    assert alone.period == 114
    assert "114 min, is taken" in noted(alone)["period_of_network"]
    labels = load_labels()
    tuned = finetune(course, {gene: labels[gene] for gene in course.genes[:600] if gene in labels})
    assert tuned.period == 114
    assert accuracy(alone) > 0.75
    # Another synchronisation has another clock.
    other = phasecall.call(course, model="phasecall", sync="alpha")
    assert "period_of_network" not in noted(other)


def test_minutes_of_several_are_those_of_one_that_shows_its_period() -> None:
    elu, alpha = load("elu"), load("alpha")
    calls = phasecall.call([elu, alpha])
    assert round(calls.period) == 62
    assert noted(calls)["clock_of_one"].endswith("the clock of alpha")


def test_experiments_that_disagree_much_say_so() -> None:
    keys = ("alpha", "cdc15", "cdc28", "elu")
    assert "many_disagreements" in noted(phasecall.call([load(key) for key in keys]))
    assert "many_disagreements" not in noted(phasecall.call([load(key) for key in keys[:3]]))


@pytest.mark.parametrize("change", ["units", "genes", "times", "digits"])
def test_one_culture_given_twice_is_noticed(change: str) -> None:
    course = load("alpha")
    other = {
        "units": lambda: replace(course, values=np.exp(course.values) * 100),
        "genes": lambda: course.select_genes(range(1, 400)),
        "times": lambda: course.select_times(range(0, 18, 2)),
        "digits": lambda: replace(course, values=course.values + 1e-4),
    }[change]()
    assert measure_likeness(course, other) > ALIKE
    assert "look like one culture" in noted(phasecall.call([course, other]))["one_culture_twice"]


def test_two_cultures_are_not_taken_for_one() -> None:
    keys = ("alpha", "cdc15", "cdc28", "elu")
    assert all(
        abs(measure_likeness(load(one), load(other))) < 0.2 for one in keys for other in keys if one != other
    )
    assert "one_culture_twice" not in noted(phasecall.call([load("alpha"), load("cdc28")]))


def test_models_of_the_package_are_known_by_name() -> None:
    for key in ("phasecall", "reference"):
        model = open_model(key)
        assert model is not None
        assert phasecall.call(nine(), model=key).method.startswith(key)


@pytest.mark.parametrize("said", [{"period": 114.0}, {"known": find_markers(load("alpha").genes)}])
def test_what_a_model_settles_cannot_be_said_beside_it(said: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"settles what the clock rests on[\\s\\S]*{next(iter(said))}"):
        phasecall.call(nine(), model="reference", **said)


@pytest.mark.parametrize("key", ["alpha", "elu"])
def test_every_peak_on_the_arc_of_another_phase_is_flagged(key: str) -> None:
    calls = phasecall.call(load(key))
    outside = (calls.codes >= 0) & (FOUR.assign(calls.peak_turn) != calls.codes)
    assert outside.any()
    assert np.array_equal(["peak_outside_phase" in flags for flags in calls.flags], outside)
