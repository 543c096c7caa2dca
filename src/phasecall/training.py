"""Training: a network from simulated cultures and the labelled genes of the training folds.

A run lives in one folder. After every epoch its whole state is written beside the last one and then named
in `state.json` in one rename, so that a run killed at any moment goes on from the last finished epoch. What
an epoch sees and drops depends on the seed and the epoch's number alone: a resumed run ends with the same
weights as one that was never stopped.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from phasecall import __version__
from phasecall.calibration import fit_temperature
from phasecall.errors import InputError
from phasecall.io import atomic
from phasecall.preparation import Series
from phasecall.trainingset import CULTURES, Epoch, Recipe, TrainingSet

if TYPE_CHECKING:
    import keras

Progress = Callable[[dict[str, float]], None]
Judges = tuple[Series, NDArray[np.int64]]

_N_VALIDATION = 1000
_VALIDATION_SEED = 40_000


@dataclass(frozen=True)
class Trained:
    """A trained network: the weights of the epoch with the lowest validation loss.

    Parameters
    ----------
    model
        The network.
    log
        One entry an epoch: `epoch`; `loss` and `accuracy` of what was trained on; `val_loss`, the mean of
        the losses of the validation fold and of simulated genes that were not trained on; `val_accuracy`
        of the validation fold.
    best_epoch
        The epoch whose weights these are.
    temperature
        What the logits are divided by, so that probabilities fit the validation fold.
    """

    model: keras.Model
    log: list[dict[str, float]]
    best_epoch: int
    temperature: float


def train(
    model: keras.Model,
    data: TrainingSet,
    recipe: Recipe,
    folder: Path,
    progress: Progress | None = None,
) -> Trained:
    """Train a network, or go on with the run that the folder holds.

    Parameters
    ----------
    model
        An untrained network that takes series of the data's time points; it is trained itself.
    data
        Labelled genes; those of the test fold are not touched, those of the validation fold only stop
        training and set the temperature.
    recipe
        How to train.
    folder
        Where the state is kept; made if it is not there.
    progress
        Called after every epoch with its log entry, also for the epochs of a resumed run.

    Raises
    ------
    InputError
        If the folder holds a run with other data or settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(folder, _fingerprint(model, data, recipe))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    run.resume(model)
    validation, truth = data.validation()
    simulated = data.simulated(_N_VALIDATION, CULTURES[0], _VALIDATION_SEED) if recipe.simulated else None
    tell = progress or _silence
    for entry in run.log:
        tell(entry)
    while not run.finished(recipe):
        epoch = len(run.log) + 1
        loss, accuracy = _train_epoch(model, data.epoch(recipe, epoch), recipe, epoch)
        entry = {"epoch": epoch, "loss": loss, "accuracy": accuracy}
        run.save(model, entry | _validate(model, (validation, truth), simulated))
        tell(run.log[-1])
    run.restore_best(model)
    return Trained(model, run.log, run.best_epoch, fit_temperature(predict(model, validation), truth))


def predict(model: keras.Model, series: Series) -> NDArray[np.float64]:
    """Return the probabilities that a Keras network gives, shape (n, phases)."""
    return np.asarray(model.predict(series, batch_size=1024, verbose=0), dtype=np.float64)


def _train_epoch(
    model: keras.Model,
    genes: Epoch,
    recipe: Recipe,
    epoch: int,
) -> tuple[float, float]:
    """Train one epoch; return the mean loss of its steps and the accuracy after it."""
    series, codes, weights = genes
    model.optimizer.learning_rate = recipe.learning_rate * _cosine((epoch - 1) / recipe.epochs)
    # Dropout, wherever it hides, draws from states of its own; setting them makes an epoch independent of the
    # ones before.
    states = [variable for variable in model.variables if variable.path.endswith("seed_generator_state")]
    for number, state in enumerate(states):
        state.assign([recipe.seed + number, epoch])
    # Full batches only: another size would be compiled again.
    size = min(recipe.batch_size, codes.size)
    used = codes.size // size * size
    history = model.fit(
        series[:used],
        codes[:used],
        sample_weight=weights[:used],
        batch_size=size,
        shuffle=False,
        verbose=0,
    )
    loss = float(history.history["loss"][0])
    if not math.isfinite(loss):
        raise InputError(
            "training diverged: the loss is no number any more",
            where=f"epoch {epoch}",
            found=f"learning rate {recipe.learning_rate:g}",
            fix="give a smaller --learning-rate and start anew with --restart",
        )
    return loss, float((predict(model, series).argmax(axis=1) == codes).mean())


def _cosine(share: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * share))


def _silence(_: dict[str, float]) -> None:
    pass


def _validate(model: keras.Model, labelled: Judges, simulated: Judges | None) -> dict[str, float]:
    """Return an epoch's validation figures; real and simulated genes count half each in the loss."""
    probabilities = predict(model, labelled[0])
    losses = [_loss(probabilities, labelled[1])]
    if simulated is not None:
        losses.append(_loss(predict(model, simulated[0]), simulated[1]))
    accuracy = float((probabilities.argmax(axis=1) == labelled[1]).mean())
    return {"val_loss": sum(losses) / len(losses), "val_accuracy": accuracy}


def _loss(probabilities: NDArray[np.float64], codes: NDArray[np.int64]) -> float:
    chosen = np.clip(probabilities[np.arange(codes.size), codes], 1e-12, 1.0)
    return float(-np.log(chosen).mean())


def _fingerprint(model: keras.Model, data: TrainingSet, recipe: Recipe) -> dict[str, Any]:
    """Return what must be the same for a run to go on."""
    return {
        "version": __version__,
        **asdict(recipe),
        "cultures": json.loads(json.dumps(CULTURES)),
        "data": data.course.sha256(),
        "labels": data.labels_sha256(),
        "scheme": data.scheme.key,
        "clock": asdict(data.clock),
        "layers": _unnamed(json.loads(model.to_json())["config"]["layers"]),
        "weights": digest_weights(model),
    }


def digest_weights(model: keras.Model) -> str:
    """Return SHA-256 of all weights: equal networks, equal digest."""
    digest = hashlib.sha256()
    for weight in model.weights:
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()


def _unnamed(config: Any) -> Any:
    """Return a description of layers without their names: Keras counts these up with every network."""
    if isinstance(config, dict):
        return {key: _unnamed(value) for key, value in config.items() if key != "name"}
    return [_unnamed(value) for value in config] if isinstance(config, list) else config


class _Run:
    """The state of a run on disk. `state.json` names the files that count; all others are left-overs."""

    def __init__(self, folder: Path, fingerprint: dict[str, Any]) -> None:
        self.folder = folder
        self.fingerprint = fingerprint
        self.log: list[dict[str, float]] = []
        self.best_epoch = 0

    def resume(self, model: keras.Model) -> None:
        """Bring the network to where the last finished epoch left it; leave it as it is if the run is new."""
        state = self.folder / "state.json"
        if not state.exists():
            return
        try:
            saved = json.loads(state.read_text("utf-8"))
        except ValueError as fault:
            raise InputError(
                "the state of the run in the output folder cannot be read",
                where=str(state),
                found=str(fault),
                fix="start anew with --restart",
            ) from fault
        changed = [key for key in self.fingerprint if saved["fingerprint"].get(key) != self.fingerprint[key]]
        if changed:
            raise InputError(
                "the output folder holds a run with other settings",
                where=str(self.folder),
                found=f"different: {', '.join(changed)}",
                fix="choose another folder, give the same settings, or start anew with --restart",
            )
        self.log, self.best_epoch = saved["log"], saved["best_epoch"]
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

    def finished(self, recipe: Recipe) -> bool:
        """Return whether the last epoch was reached, or patience ran out."""
        return len(self.log) >= recipe.epochs or len(self.log) - self.best_epoch >= recipe.patience > 0

    def restore_best(self, model: keras.Model) -> None:
        """Give the network the weights of the epoch with the lowest validation loss."""
        _restore(self._file(self.best_epoch), _variables(model))

    def _file(self, epoch: int) -> Path:
        return self.folder / f"epoch-{epoch:04d}.npz"


def _variables(model: keras.Model) -> dict[str, Any]:
    """Return all that training changes: weights, and what the optimiser remembers."""
    groups = {"weight": model.weights, "optimizer": model.optimizer.variables}
    return {f"{group}{index}": v for group, values in groups.items() for index, v in enumerate(values)}


def _restore(path: Path, variables: dict[str, Any]) -> None:
    with np.load(path, allow_pickle=False) as saved:
        for name, variable in variables.items():
            variable.assign(saved[name])
