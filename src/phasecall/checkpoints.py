"""Checkpoints: the state of a training run on disk, from which it goes on after being stopped.

After every epoch the whole state is written beside the last one and then named in `state.json` in one
rename, so that a run killed at any moment goes on from the last finished epoch.
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from phasecall.errors import InputError
from phasecall.io import atomic

if TYPE_CHECKING:
    import keras


class Run:
    """The state of a run on disk. `state.json` names the files that count; all others are left-overs.

    Parameters
    ----------
    folder
        Where the state is kept; made if it is not there.
    fingerprint
        What must be the same for a run to go on.

    Attributes
    ----------
    log
        One entry an epoch, of which `val_loss` says how good it was.
    best_epoch
        The epoch of the lowest `val_loss`; 0 before the first.
    """

    def __init__(self, folder: Path, fingerprint: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.fingerprint = fingerprint
        self.log: list[dict[str, float]] = []
        self.best_epoch = 0

    def resume(self, model: keras.Model) -> None:
        """Bring the network to where the last finished epoch left it; leave it as it is if the run is new.

        Raises
        ------
        InputError
            If the folder holds a run with other data or settings, or its state cannot be read.
        """
        state = self.folder / "state.json"
        if not state.exists():
            return
        try:
            saved = json.loads(state.read_text("utf-8"))
            log, best_epoch, fingerprint = saved["log"], saved["best_epoch"], saved["fingerprint"]
        except (ValueError, KeyError, TypeError) as fault:
            raise InputError(
                "the state of the run in the output folder cannot be read",
                where=str(state),
                found=str(fault) if isinstance(fault, ValueError) else "no state of a run",
                fix="start anew with --restart",
            ) from fault
        changed = [key for key in self.fingerprint if fingerprint.get(key) != self.fingerprint[key]]
        if changed:
            raise InputError(
                "the output folder holds a run with other settings",
                where=str(self.folder),
                found=f"different: {', '.join(changed)}",
                fix="choose another folder, give the same settings, or start anew with --restart",
            )
        self.log, self.best_epoch = log, best_epoch
        _restore(self._file(len(self.log)), _variables(model))

    def save(self, model: keras.Model, entry: dict[str, float]) -> None:
        """Write the state after an epoch."""
        losses = [past["val_loss"] for past in self.log]
        last, best = len(self.log), self.best_epoch
        self.log.append(entry)
        if entry["val_loss"] < min(losses, default=math.inf):
            self.best_epoch = len(self.log)
        with atomic(self._file(len(self.log)), "wb") as archive:
            arrays: dict[str, Any] = {name: np.asarray(value) for name, value in _variables(model).items()}
            np.savez(archive, **arrays)
        with atomic(self.folder / "state.json", "w") as file:
            state = {"fingerprint": self.fingerprint, "best_epoch": self.best_epoch, "log": self.log}
            json.dump(state, file, indent=1)
        for epoch in {last, best} - {self.best_epoch, len(self.log), 0}:
            self._file(epoch).unlink(missing_ok=True)

    def restore_best(self, model: keras.Model) -> None:
        """Give the network the weights of the epoch with the lowest validation loss."""
        _restore(self._file(self.best_epoch), _variables(model))

    def _file(self, epoch: int) -> Path:
        return self.folder / f"epoch-{epoch:04d}.npz"


def digest_weights(model: keras.Model) -> str:
    """Return SHA-256 of all weights: equal networks, equal digest."""
    digest = hashlib.sha256()
    for weight in model.weights:
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()


def describe_layers(model: keras.Model) -> Any:
    """Return what the layers of a network are, without their names: Keras counts these up with every one."""
    return _unnamed(json.loads(model.to_json())["config"]["layers"])


def seed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    """Make what an epoch drops depend on the seed and the epoch's number alone.

    Dropout, wherever it hides, draws from states of its own, which go on from epoch to epoch otherwise.
    """
    states = [variable for variable in model.variables if variable.path.endswith("seed_generator_state")]
    for number, state in enumerate(states):
        state.assign([seed + number, epoch])


def _unnamed(config: Any) -> Any:
    if isinstance(config, dict):
        return {key: _unnamed(value) for key, value in config.items() if key != "name"}
    return [_unnamed(value) for value in config] if isinstance(config, list) else config


def _variables(model: keras.Model) -> dict[str, Any]:
    """Return all that training changes: weights, and what the optimiser remembers."""
    groups = {"weight": model.weights, "optimizer": model.optimizer.variables}
    return {f"{group}{index}": v for group, values in groups.items() for index, v in enumerate(values)}


def _restore(path: Path, variables: dict[str, Any]) -> None:
    with np.load(path, allow_pickle=False) as saved:
        for name, variable in variables.items():
            variable.assign(saved[name])
