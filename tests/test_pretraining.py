"""Pretraining: the loss by numerical integration, and runs that go on as if never stopped."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from phasecall import pretraining
from phasecall.checkpoints import digest_weights
from phasecall.density import N_HEADS, ORDER, SPREAD
from phasecall.errors import InputError
from phasecall.lessons import LEAST_GENES, Lesson, draw_lesson
from phasecall.network import default
from phasecall.points import CHANNELS, MOST_POINTS
from phasecall.pretraining import Plan, measure_loss, pad, pretrain
from phasecall.training import Trained

PLAN = Plan(seed=2, epochs=3, lessons=2, n_genes=LEAST_GENES, batch_size=32)


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """Each lesson drawn once, few to judge by, and one length: a network is compiled for every one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretraining, "draw_lesson", cache(draw_lesson))
        patch.setattr(pretraining, "_JUDGES", 2)
        patch.setattr(pretraining, "_LENGTHS", (MOST_POINTS,))
        yield


@pytest.fixture(scope="module")
def unbroken(quick: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trained]:
    folder = tmp_path_factory.mktemp("run")
    return folder, pretrain(default(PLAN.seed).build(), PLAN, folder)


def cross_entropy(heads: np.ndarray, peak: float) -> float:
    """Return that of a density with a wrapped normal about a peak, by a sum over 20,000 places."""
    turns = (np.arange(20_000) + 0.5) / 20_000
    angle = 2 * np.pi * turns * np.arange(1, ORDER + 1)[:, None]
    logs = heads[:ORDER] @ np.cos(angle) + heads[ORDER : 2 * ORDER] @ np.sin(angle)
    logs -= np.log(np.exp(logs).mean())
    laps = turns - peak + np.array([-1, 0, 1])[:, None]
    about = np.exp(-0.5 * (laps / SPREAD) ** 2).sum(axis=0)
    return float(-(about * logs).sum() / about.sum())


def test_the_loss_is_the_cross_entropy_with_a_wrapped_normal() -> None:
    rng = np.random.default_rng(0)
    heads = rng.normal(size=(40, N_HEADS)) * rng.uniform(0, 2, (40, 1))
    peaks = rng.random(40)
    peaks[:2] = 0.0, 0.999
    truth = np.column_stack([peaks, np.ones(40)]).astype(np.float32)
    losses = np.asarray(measure_loss(truth, heads.astype(np.float32)))
    periodic = np.log1p(np.exp(-heads[:, 2 * ORDER]))
    expected = [cross_entropy(*one) for one in zip(heads, peaks, strict=True)] + 0.3 * periodic
    assert losses == pytest.approx(expected, abs=2e-4)


def test_a_gene_without_a_cycle_teaches_that_only() -> None:
    rng = np.random.default_rng(1)
    heads = rng.normal(size=(20, N_HEADS)).astype(np.float32)
    truth = np.column_stack([rng.random(20), np.zeros(20)]).astype(np.float32)
    expected = 0.3 * np.log1p(np.exp(heads[:, 2 * ORDER]))
    assert np.asarray(measure_loss(truth, heads)) == pytest.approx(expected, abs=1e-5)


def test_lessons_are_padded_in_front() -> None:
    rng = np.random.default_rng(2)
    lessons = [
        Lesson(rng.normal(size=(3, length, len(CHANNELS))).astype(np.float32), np.array([0.2, np.nan, 0.9]))
        for length in (4, 7)
    ]
    points, truth = pad(lessons, 7)
    assert points.shape == (6, 7, len(CHANNELS))
    assert (points[:3, :3] == 0).all()
    assert np.array_equal(points[:3, 3:], lessons[0].points)
    assert np.array_equal(points[3:], lessons[1].points)
    assert truth == pytest.approx(np.array([[0.2, 1], [0, 0], [0.9, 1]] * 2))


def test_a_stopped_run_goes_on_and_ends_with_the_same_weights(
    unbroken: tuple[Path, Trained], tmp_path: Path
) -> None:
    class StoppedError(Exception):
        pass

    def stop(entry: dict[str, float]) -> None:
        if entry["epoch"] == 2:
            raise StoppedError

    _, first = unbroken
    with pytest.raises(StoppedError):
        pretrain(default(PLAN.seed).build(), PLAN, tmp_path, stop)
    seen: list[float] = []
    resumed = pretrain(default(PLAN.seed).build(), PLAN, tmp_path, lambda one: seen.append(one["epoch"]))
    assert seen == [1, 2, 3]
    assert resumed.log == first.log
    assert digest_weights(resumed.model) == digest_weights(first.model)


def test_the_network_of_the_last_epoch_is_returned_and_its_temperature_is_1(
    unbroken: tuple[Path, Trained],
) -> None:
    folder, trained = unbroken
    assert [entry["epoch"] for entry in trained.log] == [1, 2, 3]
    assert (trained.best_epoch, trained.temperature) == (3, 1.0)
    for entry in trained.log:
        assert entry.keys() == {"epoch", "loss", "val_loss", "val_accuracy"}
        assert 0 <= entry["val_accuracy"] <= 1
    assert trained.log[-1]["loss"] < trained.log[0]["loss"]
    assert digest_weights(trained.model) != digest_weights(default(PLAN.seed).build())
    with np.load(folder / "epoch-0003.npz") as saved:
        assert np.array_equal(saved["weight0"], np.asarray(trained.model.weights[0]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seed": 3}, "seed"),
        ({"epochs": 4}, "epochs"),
        ({"lessons": 3}, "lessons"),
        ({"learning_rate": 1e-3}, "learning_rate"),
    ],
)
def test_a_run_with_other_settings_is_refused(
    unbroken: tuple[Path, Trained], change: dict[str, int], told: str
) -> None:
    folder, _ = unbroken
    with pytest.raises(InputError, match="holds a run with other settings") as caught:
        pretrain(default(PLAN.seed).build(), Plan(**{**vars(PLAN), **change}), folder)
    assert f"different: {told}" in str(caught.value)


def test_no_lesson_is_seen_twice_nor_judged_by(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def draw(seed: int, n_genes: int) -> Lesson:
        seen.append(seed)
        return Lesson(np.zeros((1, 4, len(CHANNELS)), dtype=np.float32), np.zeros(1))

    network = SimpleNamespace(fit=lambda *_, **__: SimpleNamespace(history={"loss": [1.0]}))
    monkeypatch.setattr(pretraining, "draw_lesson", draw)
    for seed in (0, 1):
        plan = Plan(seed=seed, epochs=5, lessons=7)
        for epoch in range(1, 6):
            pretraining._train_epoch(network, plan, epoch)
    assert len(seen) == len(set(seen)) == 70
    assert max(seen) < pretraining._JUDGES_SEED
