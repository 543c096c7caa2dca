"""Reading: which genes the default network reads, and that its answers come back where they belong."""

from dataclasses import replace

import numpy as np
import pytest

import networks
from phasecall import modelfile, reading
from phasecall.clock import ClockEstimate, KnownGenes, estimate_clock, find_peaks
from phasecall.density import ORDER, SPREAD
from phasecall.points import lay_points
from phasecall.reading import read_course
from phasecall.runtime import Predictor
from phasecall.simulation import REALISTIC, simulate
from phasecall.timecourse import TimeCourse

N_GENES = 40


@pytest.fixture(scope="module")
def source() -> modelfile.ModelFile:
    return modelfile.seal(networks.graph("small", "clock"), networks.CLOCK_CARD)


@pytest.fixture(scope="module")
def experiment() -> tuple[TimeCourse, ClockEstimate]:
    """A course whose first genes have no value, three, four, and one value only."""
    preset = REALISTIC["alpha"]
    made = simulate(N_GENES, times=preset.times, culture=preset.culture, seed=5)
    known = KnownGenes(made.peak_turn, np.full(N_GENES, 0.05), "genes of a known peak")
    estimate = estimate_clock(made.course, known=known)
    values = np.nan_to_num(made.course.values, nan=0.5)
    values[0] = values[1, 3:] = values[2, 4:] = np.nan
    values[3] = 2.5
    return replace(made.course, values=values), estimate


def test_genes_of_too_few_values_or_one_only_are_not_read(
    experiment: tuple[TimeCourse, ClockEstimate], source: modelfile.ModelFile
) -> None:
    course, estimate = experiment
    told = read_course(course, estimate, source)
    assert told.natural.shape == (N_GENES, 2 * ORDER)
    unread = np.isin(np.arange(N_GENES), [0, 1, 3])
    assert np.array_equal(np.isnan(told.natural), np.repeat(unread[:, None], 2 * ORDER, axis=1))
    assert np.array_equal(np.isnan(told.periodic), unread)
    assert ((told.periodic[~unread] >= 0) & (told.periodic[~unread] <= 1)).all()


def test_answers_are_the_mean_of_the_network_on_all_points_and_of_the_waves(
    experiment: tuple[TimeCourse, ClockEstimate], source: modelfile.ModelFile
) -> None:
    course, estimate = experiment
    told = read_course(course, estimate, source)
    heads = Predictor(source.content).predict(lay_points(course, estimate))
    read = np.isfinite(told.periodic)
    peaks = find_peaks(course, estimate)
    concentration = 1 / np.square(2 * np.pi * np.hypot(peaks.reach / 1.96, SPREAD))
    waves = np.zeros((N_GENES, 2 * ORDER))
    waves[:, 0] = concentration * np.cos(2 * np.pi * peaks.turn)
    waves[:, ORDER] = concentration * np.sin(2 * np.pi * peaks.turn)
    assert told.natural[read] == pytest.approx((heads[:, : 2 * ORDER] + waves)[read] / 2, abs=1e-5)
    assert told.periodic[read] == pytest.approx(1 / (1 + np.exp(-heads[read, 2 * ORDER])), abs=1e-6)


def test_interpolated_times_are_not_read(
    experiment: tuple[TimeCourse, ClockEstimate], source: modelfile.ModelFile
) -> None:
    course, estimate = experiment
    times = course.times[[5, 11]]
    told = read_course(replace(course, interpolated=tuple(times.tolist())), estimate, source)
    cut = read_course(course.select_times(~np.isin(course.times, times)), estimate, source)
    assert np.array_equal(told.natural, cut.natural, equal_nan=True)
    assert not np.allclose(told.natural, read_course(course, estimate, source).natural, equal_nan=True)


def test_a_course_of_which_no_gene_can_be_read_has_no_answer(
    experiment: tuple[TimeCourse, ClockEstimate], source: modelfile.ModelFile
) -> None:
    course, estimate = experiment
    told = read_course(course.select_genes([1, 3]), estimate, source)
    assert np.isnan(told.natural).all()
    assert np.isnan(told.periodic).all()


def test_the_network_of_the_package_reads_where_none_is_given(
    experiment: tuple[TimeCourse, ClockEstimate],
    source: modelfile.ModelFile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    course, estimate = experiment
    asked: list[str] = []

    def ship(name: str) -> modelfile.ModelFile:
        asked.append(name)
        return source

    monkeypatch.setattr(modelfile, "shipped", ship)
    told = read_course(course, estimate)
    assert asked == [modelfile.DEFAULT]
    assert np.array_equal(told.natural, read_course(course, estimate, source).natural, equal_nan=True)


def test_no_logit_is_too_large(
    experiment: tuple[TimeCourse, ClockEstimate],
    source: modelfile.ModelFile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Sure:
        def predict(self, points: np.ndarray) -> np.ndarray:
            return np.full((len(points), 2 * ORDER + 1), -2000.0)

    monkeypatch.setattr(reading, "_open", lambda content, where: Sure())
    course, estimate = experiment
    assert np.nanmax(read_course(course, estimate, source).periodic) == 0.0
