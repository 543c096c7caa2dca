"""Deep peers, trained on the fold's own genes alone: the published network, and a plain convolutional one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from phasecall.calibration import fit_temperature, temper
from phasecall.methods.inputs import Answer, Codes, Floats, read_profiles, share_evenly
from phasecall.methods.record import Examples
from phasecall.preparation import Series

if TYPE_CHECKING:
    from phasecall.network import Network

_INNER_FOLDS = 5
"""One of so many inner folds of the training genes stops training and sets the temperature."""


@dataclass(frozen=True)
class Schedule:
    """How a network is trained: genes a step, epochs at most, and epochs without a better inner loss."""

    batch_size: int
    epochs: int
    patience: int


_PUBLISHED = Schedule(batch_size=64, epochs=50, patience=10)
_CONVOLUTIONAL = Schedule(batch_size=16, epochs=500, patience=100)


def learn_scratch(known: Examples, codes: Codes, seed: int) -> Answer:
    """Train the reference network in its published shape: Adam, batches of 64, 50 epochs at most."""
    from phasecall.network import reference

    network = reference(len(known.times), int(codes.max()) + 1, seed)
    return _learn(network, known, codes, _PUBLISHED)


def learn_fcn(known: Examples, codes: Codes, seed: int) -> Answer:
    """Train a fully convolutional network, written anew in Keras from its paper.

    Three convolutions (128 filters over 8 points, 256 over 5, 128 over 3), each with batch normalisation and
    ReLU, then the mean over time and a softmax; Adam at 0.001, batches of 16. The paper trains 2,000 epochs
    and keeps the lowest training loss; here an inner fold stops it, as it does the reference network.

    References
    ----------
    Wang, Yan and Oates 2017, doi 10.1109/IJCNN.2017.7966039.
    """
    from phasecall.network import Network, load_keras

    layers = load_keras().layers
    stem: list[Any] = []
    for number, (filters, width) in enumerate(((128, 8), (256, 5), (128, 3)), start=1):
        stem += [
            layers.Conv1D(filters, width, padding="same", name=f"conv{number}"),
            layers.BatchNormalization(name=f"norm{number}"),
            layers.ReLU(name=f"relu{number}"),
        ]
    n_phases = int(codes.max()) + 1
    head = [
        layers.GlobalAveragePooling1D(name="mean"),
        layers.Dense(n_phases, activation="softmax", name="phases"),
    ]
    return _learn(Network(stem, head, n_points=len(known.times), seed=seed), known, codes, _CONVOLUTIONAL)


def _learn(network: Network, known: Examples, codes: Codes, schedule: Schedule) -> Answer:
    """Train a network on all inner folds but one; keep the weights with the lowest loss on that."""
    from phasecall.training import predict

    inner = share_evenly(codes, _INNER_FOLDS, network.seed) == 0
    series = _read(known)
    model = network.build()
    model.compile("adam", "sparse_categorical_crossentropy")
    random = np.random.default_rng(network.seed)
    size = min(schedule.batch_size, int((~inner).sum()))
    best, weights, waited = math.inf, model.get_weights(), 0
    for _ in range(schedule.epochs):
        # In an order of our own, and in full batches: another size would be compiled again.
        order = random.permutation(np.flatnonzero(~inner))
        order = order[: order.size // size * size]
        model.fit(series[order], codes[order], batch_size=size, shuffle=False, verbose=0)
        chances = predict(model, series[inner])[np.arange(inner.sum()), codes[inner]]
        loss = float(-np.log(np.maximum(chances, 1e-12)).mean())
        waited += 1
        if loss < best:
            best, weights, waited = loss, model.get_weights(), 0
        if waited >= schedule.patience:
            break
    model.set_weights(weights)
    temperature = fit_temperature(predict(model, series[inner]), codes[inner])

    def answer(asked: Examples) -> Floats:
        return temper(predict(model, _read(asked)), temperature)

    return answer


def _read(genes: Examples) -> Series:
    return read_profiles(genes).astype(np.float32)[:, :, None]
