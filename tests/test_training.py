"""Training: same seed, same weights, also after a kill; and what it refuses."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phasecall import checkpoints, training
from phasecall.errors import InputError
from phasecall.labels import TEST_FOLD, VALIDATION_FOLD, fold_of
from phasecall.network import load_keras, reference
from phasecall.phases import SCHEMES
from phasecall.trainingset import Recipe, TrainingSet, embedded_set, make_set

layers = load_keras().layers
QUICK = Recipe(seed=4, epochs=3, simulated=128, repeats=1)
FOUR = SCHEMES["four"]

# A run of its own process, which kills itself with SIGKILL after the epoch named.
KILLED = """
import os, signal, sys
from pathlib import Path
from phasecall import checkpoints, training
from phasecall.network import reference
from phasecall.phases import SCHEMES
from phasecall.trainingset import Recipe, embedded_set

def stop(entry):
    if entry["epoch"] == 2:
        os.kill(os.getpid(), signal.SIGKILL)

recipe = Recipe(seed=4, epochs=3, simulated=128, repeats=1)
training.train(reference(seed=4).build(), embedded_set(SCHEMES["four"]), recipe, Path(sys.argv[1]), stop)
"""


@pytest.fixture(scope="module")
def data() -> TrainingSet:
    return embedded_set(FOUR)


@pytest.fixture(scope="module")
def undisturbed(data: TrainingSet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, training.Trained]:
    folder = tmp_path_factory.mktemp("run")
    return folder, training.train(reference(seed=4).build(), data, QUICK, folder)


def test_the_same_seed_gives_the_same_weights(
    data: TrainingSet, undisturbed: tuple[Path, training.Trained], tmp_path: Path
) -> None:
    _, first = undisturbed
    again = training.train(reference(seed=4).build(), data, QUICK, tmp_path)
    assert again.log == first.log
    assert checkpoints.digest_weights(again.model) == checkpoints.digest_weights(first.model)
    assert again.temperature == first.temperature


def test_a_killed_run_goes_on_and_ends_with_the_same_weights(
    data: TrainingSet, undisturbed: tuple[Path, training.Trained], tmp_path: Path
) -> None:
    _, first = undisturbed
    told = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], env=os.environ, check=False)
    assert told.returncode == -signal.SIGKILL
    assert len(json.loads((tmp_path / "state.json").read_text())["log"]) == 2
    seen: list[float] = []
    resumed = training.train(
        reference(seed=4).build(), data, QUICK, tmp_path, lambda entry: seen.append(entry["epoch"])
    )
    assert seen == [1, 2, 3]
    assert resumed.log == first.log
    assert checkpoints.digest_weights(resumed.model) == checkpoints.digest_weights(first.model)


def test_a_run_with_other_settings_is_not_resumed(
    data: TrainingSet, undisturbed: tuple[Path, training.Trained]
) -> None:
    folder, _ = undisturbed
    other = Recipe(seed=5, epochs=3, simulated=128, repeats=1)
    with pytest.raises(InputError, match="holds a run with other settings") as caught:
        training.train(reference(seed=4).build(), data, other, folder)
    assert "different: seed" in str(caught.value)
    assert "--restart" in str(caught.value)


def test_dropout_within_a_layer_is_resumed_too(data: TrainingSet, tmp_path: Path) -> None:
    def network() -> Any:
        made = reference(seed=4)
        made.add(layers.Bidirectional(layers.LSTM(4, dropout=0.4, return_sequences=True)))
        return made.build()

    class StoppedError(Exception):
        pass

    def stop(entry: dict[str, float]) -> None:
        raise StoppedError

    recipe = Recipe(seed=4, epochs=2, simulated=64, repeats=1)
    whole = training.train(network(), data, recipe, tmp_path / "whole")
    with pytest.raises(StoppedError):
        training.train(network(), data, recipe, tmp_path / "parts", stop)
    parts = training.train(network(), data, recipe, tmp_path / "parts")
    assert parts.log == whole.log
    assert checkpoints.digest_weights(parts.model) == checkpoints.digest_weights(whole.model)


def test_another_network_is_not_resumed(data: TrainingSet, tmp_path: Path) -> None:
    def network(activation: str) -> Any:
        made = reference(seed=4)
        made.add(layers.Conv1D(4, 3, activation=activation))
        return made.build()

    recipe = Recipe(seed=4, epochs=1, simulated=64, repeats=1)
    training.train(network("relu"), data, recipe, tmp_path)
    with pytest.raises(InputError, match="other settings") as caught:
        training.train(network("tanh"), data, recipe, tmp_path)
    assert "different: layers" in str(caught.value)


def test_a_training_that_diverges_is_told(data: TrainingSet, tmp_path: Path) -> None:
    wild = Recipe(seed=1, epochs=2, simulated=64, repeats=1, learning_rate=1e30)
    with pytest.raises(InputError, match="training diverged"):
        training.train(reference(seed=1).build(), data, wild, tmp_path)


def test_the_log_falls_and_the_best_epoch_is_kept(undisturbed: tuple[Path, training.Trained]) -> None:
    folder, trained = undisturbed
    losses = [entry["val_loss"] for entry in trained.log]
    assert trained.best_epoch == int(np.argmin(losses)) + 1
    assert losses[-1] < losses[0]
    kept = {file.name for file in folder.iterdir()}
    assert kept == {"state.json", f"epoch-{trained.best_epoch:04d}.npz", "epoch-0003.npz"}


def test_patience_ends_a_run(data: TrainingSet, tmp_path: Path) -> None:
    # A learning rate this high never improves on its first epoch for long.
    wild = Recipe(seed=1, epochs=12, simulated=64, repeats=1, learning_rate=0.5, patience=2)
    trained = training.train(reference(seed=1).build(), data, wild, tmp_path)
    assert len(trained.log) == trained.best_epoch + 2 or len(trained.log) == 12
    assert len(trained.log) < 12


def test_the_test_fold_is_never_touched(data: TrainingSet) -> None:
    folds = fold_of(data.course.genes)
    assert not data.training()[folds == TEST_FOLD].any()
    assert not data.training()[folds == VALIDATION_FOLD].any()
    spoilt = TrainingSet(
        data.course, np.where(folds == TEST_FOLD, (data.codes + 1) % 4, data.codes), data.scheme, data.clock
    )
    here, there = data.epoch(QUICK, 1), spoilt.epoch(QUICK, 1)
    assert np.array_equal(here.series, there.series)
    assert np.array_equal(here.codes, there.codes)
    assert np.array_equal(here.weights, there.weights)


def test_labels_of_the_test_fold_do_not_move_the_clock(data: TrainingSet) -> None:
    from phasecall import datasets

    course, labels = datasets.load("cdc15-4381"), datasets.load_labels("phases")
    spoilt = {
        gene: ("M" if fold == TEST_FOLD else label)
        for (gene, label), fold in zip(labels.items(), fold_of(list(labels)), strict=True)
    }
    assert make_set(course, spoilt, FOUR, times=data.course.times.tolist()).clock == data.clock


def test_balanced_classes_weigh_the_same(data: TrainingSet) -> None:
    epoch = data.epoch(Recipe(simulated=0, class_weights="balanced"), 1)
    sums = np.bincount(epoch.codes, weights=epoch.weights)
    assert sums == pytest.approx(np.full(4, epoch.codes.size / 4))


def test_labels_of_other_genes_are_refused(data: TrainingSet) -> None:
    with pytest.raises(InputError, match="none of the labelled genes is in the time course"):
        make_set(data.course, {"unknown": "M"}, FOUR, period=110.0)


def test_too_few_labels_are_refused(data: TrainingSet) -> None:
    labels = {gene: "M" for gene, code in zip(data.course.genes, data.codes, strict=True) if code == 3}
    with pytest.raises(InputError, match="the training folds hold too few labelled genes") as caught:
        make_set(data.course, labels, FOUR, period=110.0)
    assert "of 1 phases" in str(caught.value)
