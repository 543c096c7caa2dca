"""Checkpoints: what a run goes on from, what it leaves behind, and which folders it refuses."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phasecall.checkpoints import Run, describe_layers, digest_weights, seed_dropout
from phasecall.errors import InputError
from phasecall.network import load_keras

keras = load_keras()
SETTINGS = {"seed": 1, "layers": ["dense"]}


def network(value: float = 0.0) -> Any:
    """Return a small network ready to train, all of whose numbers are the one given."""
    layers = [keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dropout(0.5, seed=1)]
    model = keras.Sequential(layers)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    set_all(model, value)
    return model


def set_all(model: Any, value: float) -> None:
    for variable in (*model.trainable_variables, *model.optimizer.variables):
        variable.assign(np.full(variable.shape, value))


def numbers_of(model: Any) -> set[float]:
    variables = (*model.trainable_variables, *model.optimizer.variables)
    return {float(number) for one in variables for number in np.ravel(np.asarray(one))}


def write_run(folder: Path, losses: list[float]) -> Run:
    """Write a run whose network holds the number of the epoch."""
    run, model = Run(folder, SETTINGS), network()
    for epoch, loss in enumerate(losses, start=1):
        set_all(model, epoch)
        run.save(model, {"epoch": epoch, "val_loss": loss})
    return run


def test_a_new_run_leaves_the_network_as_it_is(tmp_path: Path) -> None:
    run, model = Run(tmp_path / "a" / "b", SETTINGS), network(7.0)
    run.resume(model)
    assert (tmp_path / "a" / "b").is_dir()
    assert (run.log, run.best_epoch) == ([], 0)
    assert numbers_of(model) == {7.0}


def test_a_run_goes_on_from_the_last_epoch_with_all_that_the_optimiser_knows(tmp_path: Path) -> None:
    written = write_run(tmp_path, [3.0, 1.0, 2.0])
    run, model = Run(tmp_path, SETTINGS), network()
    run.resume(model)
    assert numbers_of(model) == {3.0}
    assert run.log == written.log
    assert run.best_epoch == 2
    run.restore_best(model)
    assert numbers_of(model) == {2.0}


def test_only_the_last_and_the_best_epoch_are_kept(tmp_path: Path) -> None:
    write_run(tmp_path, [3.0, 1.0, 2.0, 4.0])
    assert {file.name for file in tmp_path.iterdir()} == {"state.json", "epoch-0002.npz", "epoch-0004.npz"}


def test_left_over_files_count_for_nothing(tmp_path: Path) -> None:
    write_run(tmp_path, [3.0, 1.0])
    # As a kill leaves them: the epoch was written, but not yet named.
    (tmp_path / "epoch-0003.npz").write_bytes(b"half of an epoch")
    (tmp_path / "notes.txt").write_text("mine")
    run, model = Run(tmp_path, SETTINGS), network()
    run.resume(model)
    assert numbers_of(model) == {2.0}
    set_all(model, 3.0)
    run.save(model, {"epoch": 3, "val_loss": 0.5})
    again, model = Run(tmp_path, SETTINGS), network()
    again.resume(model)
    assert numbers_of(model) == {3.0}
    assert again.best_epoch == 3
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b"{}", b'{"log": [], "best_epoch": 0}'])
def test_a_broken_state_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.json").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read") as caught:
        Run(tmp_path, SETTINGS).resume(network())
    assert "--restart" in str(caught.value)


def test_a_run_with_other_settings_is_refused_and_left_alone(tmp_path: Path) -> None:
    write_run(tmp_path, [1.0])
    before = (tmp_path / "state.json").read_bytes()
    model = network(7.0)
    for other in ({"seed": 2, "layers": ["dense"]}, {"seed": 2, "layers": ["dense"], "epochs": 3}):
        with pytest.raises(InputError, match="holds a run with other settings") as caught:
            Run(tmp_path, other).resume(model)
        assert f"different: {', '.join(name for name in other if name != 'layers')}" in str(caught.value)
    assert (tmp_path / "state.json").read_bytes() == before
    assert numbers_of(model) == {7.0}


def test_the_fingerprint_is_kept_as_it_was_given(tmp_path: Path) -> None:
    write_run(tmp_path, [1.0])
    assert json.loads((tmp_path / "state.json").read_text())["fingerprint"] == SETTINGS


def test_equal_networks_have_equal_digests_and_layers() -> None:
    one, other = network(1.0), network(1.0)
    assert one.layers[0].name != other.layers[0].name
    assert digest_weights(one) == digest_weights(other)
    assert describe_layers(one) == describe_layers(other)
    one.trainable_variables[0].assign(np.full((3, 2), 1.0 + 1e-6))
    assert digest_weights(one) != digest_weights(other)


def test_what_an_epoch_drops_depends_on_seed_and_epoch_alone() -> None:
    model = network(1.0)
    series = np.ones((1, 3), dtype=np.float32)

    def drop(seed: int, epoch: int) -> list[float]:
        seed_dropout(model, seed, epoch)
        shown = [np.asarray(model(series, training=True)) for _ in range(12)]
        return [float(number) for number in np.ravel(shown)]

    first = drop(1, 1)
    assert drop(1, 1) == first
    assert drop(1, 2) != first
    assert drop(2, 1) != first
