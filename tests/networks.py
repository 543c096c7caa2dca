"""Networks that the tests of network, graph, model file and runtime share."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray

from phasecall.emitters import OPERATORS
from phasecall.graph import INPUTS, N_CHANNELS, Kind, to_onnx
from phasecall.modelcard import ModelCard
from phasecall.network import default, reference

CARD = ModelCard(
    name="reference",
    version="1",
    description="a network of random weights",
    method="reference",
    kind="grid",
    scheme="four",
    times=tuple(float(minute) for minute in range(40, 121, 10)),
    sync="cdc15",
    period=110.0,
    turn_at_zero=0.25,
    temperature=1.0,
    conformal={},
    parameters=54_180,
    training={"data": {"name": "none", "sha256": "a" * 64}, "folds": [2, 3, 4], "seed": 0},
    metrics={},
    licence="MIT",
    created="2025-01-01",
)


CLOCK_CARD = replace(
    CARD,
    name="default",
    method="default",
    kind="clock",
    scheme=None,
    times=(),
    sync=None,
    period=None,
    turn_at_zero=None,
    parameters=19_913,
    conformal={"level": 0.9, "least": {"four": 0.2}},
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
def shaken_default() -> Any:
    return shake(default().build())


@cache
def graph(bits: Literal["float", "small"] = "small", kind: Kind = "grid") -> Any:
    return to_onnx(shaken_default() if kind == "clock" else shaken_reference(), bits=bits)


def points(n: int, t: int, seed: int = 0) -> NDArray[np.float32]:
    """Return random points on a clock, shape (n, t, `N_CHANNELS`)."""
    return np.random.default_rng(seed).normal(size=(n, t, N_CHANNELS)).astype(np.float32)


def profiles(n: int, n_points: int = 9, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return standardised noisy cosines, shape (n, n_points, 1), and the quarter of the turn they peak in."""
    rng = np.random.default_rng(seed)
    peak = rng.random(n)
    turns = np.linspace(0.36, 1.09, n_points)
    values = np.cos(2 * np.pi * (turns - peak[:, None])) + 0.3 * rng.normal(size=(n, n_points))
    values -= values.mean(axis=1, keepdims=True)
    values /= values.std(axis=1, keepdims=True)
    return values[..., None].astype(np.float32), (peak * 4).astype(np.int64)


def edited_graph(seed: int, kind: Kind = "grid") -> Any:
    """Return a graph with one edit drawn by chance; many of the faults show only when it runs."""
    rng = random.Random(seed)
    proto = onnx.ModelProto()
    proto.CopyFrom(graph(rng.choice(("float", "small")), kind))
    nodes = proto.graph.node
    node, other = rng.sample(list(nodes), 2)
    with_attributes = rng.choice([one for one in nodes if one.attribute])
    attribute = rng.choice(with_attributes.attribute)
    number = rng.choice((0, 1, 2, 3, 5, 16, 64, 65, 1000, 65_536))
    match rng.choice(
        ("attribute", "attribute", "attribute", "forget", "add", "input", "kind", "drop", "dims")
    ):
        case "attribute" if attribute.ints:
            attribute.ints[rng.randrange(len(attribute.ints))] = number
        case "attribute":
            attribute.i, attribute.s = number, rng.choice((b"forward", b"reverse", b"bidirectional", b"x"))
        case "forget":
            with_attributes.attribute.remove(attribute)
        case "add":
            name = rng.choice(("axis", "layout", "input_forget", "ceil_mode", "block_size", "allowzero"))
            node.attribute.append(onnx.helper.make_attribute(name, number))
        case "input":
            names = ["", INPUTS[kind], *(tensor.name for tensor in proto.graph.initializer), *other.output]
            node.input[rng.randrange(len(node.input))] = rng.choice(names)
        case "kind":
            node.op_type = rng.choice(sorted(OPERATORS))
        case "drop":
            nodes.remove(node)
        case "dims":
            tensor = rng.choice(proto.graph.initializer)
            tensor.dims[:] = rng.sample(list(tensor.dims), len(tensor.dims))
    return proto
