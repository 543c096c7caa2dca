"""Training: a network from simulated cultures and the labelled genes of the training folds.

A run lives in one folder (`phasecall.checkpoints`). What an epoch sees and drops depends on the seed and the
epoch's number alone: a resumed run ends with the same weights as one that was never stopped.
"""

from __future__ import annotations

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
from phasecall.checkpoints import Run, describe_layers, digest_weights, seed_dropout
from phasecall.errors import InputError
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
    run = Run(folder, _fingerprint(model, data, recipe))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    run.resume(model)
    validation, truth = data.validation()
    simulated = data.simulated(_N_VALIDATION, CULTURES[0], _VALIDATION_SEED) if recipe.simulated else None
    tell = progress or silence
    for entry in run.log:
        tell(entry)
    while not _finished(run, recipe):
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
    model.optimizer.learning_rate = recipe.learning_rate * cool((epoch - 1) / recipe.epochs)
    seed_dropout(model, recipe.seed, epoch)
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
    loss = require_finite(history.history["loss"][0], epoch, recipe.learning_rate)
    return loss, float((predict(model, series).argmax(axis=1) == codes).mean())


def require_finite(loss: Any, epoch: int, learning_rate: float) -> float:
    """Return the loss of an epoch.

    Raises
    ------
    InputError
        If it is no number any more.
    """
    if not math.isfinite(loss):
        raise InputError(
            "training diverged: the loss is no number any more",
            where=f"epoch {epoch}",
            found=f"learning rate {learning_rate:g}",
            fix="give a smaller --learning-rate and start anew with --restart",
        )
    return float(loss)


def cool(share: float) -> float:
    """Return what is left of the learning rate after a share of the epochs: a cosine from 1 to 0."""
    return 0.5 * (1 + math.cos(math.pi * share))


def _finished(run: Run, recipe: Recipe) -> bool:
    """Return whether the last epoch was reached, or patience ran out."""
    return len(run.log) >= recipe.epochs or len(run.log) - run.best_epoch >= recipe.patience > 0


def silence(_: dict[str, float]) -> None:
    """Say nothing of an epoch."""


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
        "layers": describe_layers(model),
        "weights": digest_weights(model),
    }
