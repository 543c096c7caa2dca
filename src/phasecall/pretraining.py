r"""Pretraining: the default network, from simulated experiments alone.

The loss of a gene whose peak in the cell is :math:`\theta` is the cross entropy of the network's density with
a normal distribution about it,

.. math:: \log Z - \sum_{k=1}^{4} e^{-2 (\pi k \sigma)^2} (a_k \cos 2 \pi k \theta + b_k \sin 2 \pi k \theta)

because a gene does not peak at quite the same turn in every experiment, nor at what was published; and, for
all genes, the logistic loss of being periodic. It sees no real gene, so that every real gene can judge it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from phasecall import __version__
from phasecall.checkpoints import Run, describe_layers, digest_weights, seed_dropout
from phasecall.circular import distance
from phasecall.density import ORDER, SPREAD, find_peak, lay_out
from phasecall.lessons import Lesson, draw_lesson
from phasecall.network import load_keras
from phasecall.points import MOST_POINTS
from phasecall.training import Progress, Trained, cool, require_finite, silence

if TYPE_CHECKING:
    import keras

_PERIODIC = 0.3
"""What the loss of being periodic counts beside that of the peak."""
_GRID = 96
_LENGTHS = (MOST_POINTS // 3, 2 * MOST_POINTS // 3, MOST_POINTS)
"""Lessons are padded to the next of these: a network is compiled anew for every length."""
_JUDGES = 60
_JUDGES_SEED = 50_000_000
_LARGEST_STEP = 1.0


@dataclass(frozen=True)
class Plan:
    """How the default network is trained.

    Parameters
    ----------
    seed
        Decides the lessons, initial weights and dropout.
    epochs
        Epochs; the learning rate falls to 0 along a cosine over them.
    lessons
        Fresh simulated experiments an epoch.
    n_genes
        Genes of each.
    batch_size
        Genes a step.
    learning_rate
        Of the first epoch.
    """

    seed: int = 0
    epochs: int = 60
    lessons: int = 100
    n_genes: int = 256
    batch_size: int = 512
    learning_rate: float = 3e-3


def pretrain(model: keras.Model, plan: Plan, folder: Path, progress: Progress | None = None) -> Trained:
    """Train the default network, or go on with the run that the folder holds.

    Parameters
    ----------
    model
        What `network.default(seed).build()` returns; it is trained itself.
    plan
        How to train.
    folder
        Where the state is kept.
    progress
        Called after every epoch with its log entry, also for the epochs of a resumed run.

    Returns
    -------
    Trained
        The network after the last epoch. The log has `loss`, `val_loss` and `val_accuracy`, the share of
        genes whose peak is within a tenth of a turn, on simulated experiments that were not trained on.

    Raises
    ------
    InputError
        If the folder holds a run with other settings, or the loss is no number any more.
    """
    run = Run(folder, _fingerprint(model, plan))
    keras = load_keras()
    model.compile(keras.optimizers.Adam(clipnorm=_LARGEST_STEP), measure_loss)
    model.optimizer.build(model.trainable_variables)
    run.resume(model)
    judges = [draw_lesson(_JUDGES_SEED + number, plan.n_genes) for number in range(_JUDGES)]
    tell = progress or silence
    for entry in run.log:
        tell(entry)
    while len(run.log) < plan.epochs:
        epoch = len(run.log) + 1
        seed_dropout(model, plan.seed, epoch)
        model.optimizer.learning_rate = plan.learning_rate * cool((epoch - 1) / plan.epochs)
        loss = _train_epoch(model, plan, epoch)
        run.save(model, {"epoch": epoch, "loss": loss, **_judge(model, judges)})
        tell(run.log[-1])
    return Trained(model, run.log, len(run.log), 1.0)


def measure_loss(truth: Any, heads: Any) -> Any:
    """Return the loss of each gene.

    Parameters
    ----------
    truth
        Peak in turns, and 1 where there is one, else 0; shape (n, 2).
    heads
        What the network returns, shape (n, 9).
    """
    ops = load_keras().ops
    order = np.arange(1, ORDER + 1)
    places = 2 * np.pi * np.arange(_GRID)[:, None] / _GRID * order
    waves = np.hstack([np.cos(places), np.sin(places)]).astype(np.float32)
    kept = np.exp(-2 * np.square(np.pi * order * SPREAD)).astype(np.float32)
    natural, logit = heads[:, : 2 * ORDER], heads[:, 2 * ORDER]
    angle = 2 * np.pi * truth[:, :1] * order.astype(np.float32)
    expected = ops.concatenate([kept * ops.cos(angle), kept * ops.sin(angle)], axis=1)
    total = ops.logsumexp(ops.matmul(natural, waves.T), axis=1) - float(np.log(_GRID))
    peak = total - ops.sum(natural * expected, axis=1)
    periodic = ops.softplus(logit) - truth[:, 1] * logit
    return truth[:, 1] * peak + _PERIODIC * periodic


def _train_epoch(model: keras.Model, plan: Plan, epoch: int) -> float:
    """Train on an epoch's lessons, those padded alike together; return the mean loss."""
    first = (plan.seed * plan.epochs + epoch) * plan.lessons
    lessons = [draw_lesson(first + number, plan.n_genes) for number in range(plan.lessons)]
    rng = np.random.default_rng((plan.seed, epoch))
    losses, sizes = [], []
    for least, length in pairwise((0, *_LENGTHS)):
        group = [one for one in lessons if least < one.points.shape[1] <= length]
        if not group:
            continue
        points, truth = pad(group, length)
        order = rng.permutation(len(truth))
        # Full batches only: another size would be compiled again.
        size = min(plan.batch_size, order.size)
        order = order[: order.size // size * size]
        fitted = model.fit(points[order], truth[order], batch_size=size, shuffle=False, verbose=0)
        losses.append(require_finite(fitted.history["loss"][0], epoch, plan.learning_rate))
        sizes.append(order.size)
    return float(np.average(losses, weights=sizes))


def pad(lessons: Sequence[Lesson], length: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return lessons of different lengths as one array, rows of 0 before the first time, and their truth.

    Returns
    -------
    points
        Shape (genes of all, length, 8).
    truth
        Peak in turns, 0 without one, and 1 where there is one; shape (genes of all, 2).
    """
    points = [np.pad(one.points, [(0, 0), (length - one.points.shape[1], 0), (0, 0)]) for one in lessons]
    peaks = np.concatenate([one.peak_turn for one in lessons])
    periodic = np.isfinite(peaks)
    truth = np.column_stack([np.where(periodic, peaks, 0.0), periodic])
    return np.concatenate(points), truth.astype(np.float32)


def predict_heads(model: keras.Model, points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what a Keras network returns, shape (n, 9)."""
    return np.asarray(model.predict(points, batch_size=1024, verbose=0), dtype=np.float64)


def _judge(model: keras.Model, judges: Sequence[Lesson]) -> dict[str, float]:
    points, truth = pad(judges, MOST_POINTS)
    heads = predict_heads(model, points)
    loss = np.asarray(measure_loss(truth, heads.astype(np.float32)))
    periodic = truth[:, 1] > 0
    peaks = find_peak(lay_out(heads[periodic, : 2 * ORDER])).turn
    near = distance(peaks, truth[periodic, 0]) < 0.1
    return {"val_loss": float(loss.mean()), "val_accuracy": float(near.mean())}


def _fingerprint(model: keras.Model, plan: Plan) -> dict[str, Any]:
    """Return what must be the same for a run to go on."""
    return {
        "version": __version__,
        **asdict(plan),
        "layers": describe_layers(model),
        "weights": digest_weights(model),
    }
