"""Networks that the tests of network, graph, model file and runtime share."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from phasecall.graph import to_onnx
from phasecall.modelfile import ModelCard
from phasecall.network import reference

CARD = ModelCard(
    name="reference",
    version="1",
    description="a network of random weights",
    method="reference",
    scheme="four",
    times=tuple(float(minute) for minute in range(40, 121, 10)),
    sync="cdc15",
    period=110.0,
    turn_at_zero=0.25,
    temperature=1.0,
    parameters=54_180,
    training={"data": {"name": "none", "sha256": "a" * 64}, "folds": [2, 3, 4], "seed": 0},
    metrics={},
    licence="MIT",
    created="2025-01-01",
)


def shake(model: Any, seed: int = 0) -> Any:
    """Give every weight a random value, as if trained: no zero biases, no trivial normalisation."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        values = rng.normal(0.0, min(0.4, 2 * weight.shape[0] ** -0.5), size=weight.shape)
        if weight.path.endswith(("gamma", "moving_variance")):
            values = rng.uniform(0.5, 2.0, size=weight.shape)
        weight.assign(values.astype(np.float32))
    return model


@cache
def shaken_reference() -> Any:
    return shake(reference().build())


@cache
def graph(bits: Literal["float", "small"] = "small") -> Any:
    return to_onnx(shaken_reference(), bits=bits)


def profiles(n: int, n_points: int = 9, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return standardised noisy cosines, shape (n, n_points, 1), and the quarter of the turn they peak in."""
    rng = np.random.default_rng(seed)
    peak = rng.random(n)
    turns = np.linspace(0.36, 1.09, n_points)
    values = np.cos(2 * np.pi * (turns - peak[:, None])) + 0.3 * rng.normal(size=(n, n_points))
    values -= values.mean(axis=1, keepdims=True)
    values /= values.std(axis=1, keepdims=True)
    return values[..., None].astype(np.float32), (peak * 4).astype(np.int64)
