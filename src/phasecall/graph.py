"""Graph: a trained Keras network written as an ONNX graph.

There are two kinds. A `grid` reads series on one grid of times and ends in the probability of each phase; a
`clock` reads any number of points, each with its place on the clock, and ends in heads: the parameters of a
density over the turn, see `phasecall.density`.

Keras' own export fails on recurrent layers of the JAX backend unless they are unrolled; this writes them as
ONNX's own `LSTM` operator. How each layer is written is a row of the table in `phasecall.emitters`.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from phasecall.density import N_HEADS
from phasecall.emitters import EMITTERS, LAYERS, SILENT, Graph, Step, activation, require, unsupported
from phasecall.errors import ModelError
from phasecall.quantisation import make_tensor, store

if TYPE_CHECKING:
    import keras
    import onnx

Kind = Literal["grid", "clock"]
INPUTS: MappingProxyType[Kind, str] = MappingProxyType({"grid": "series", "clock": "points"})
OUTPUTS: MappingProxyType[Kind, str] = MappingProxyType({"grid": "probabilities", "clock": "heads"})
EMBEDDING = "embedding"
N_CHANNELS = 8
"""Numbers that a network of the kind `clock` reads at each point."""
MIN_POINTS = 4
"""The fewest points that a network of the kind `clock` takes: its layers must leave one of them."""
MAX_POINTS = 4096
"""The most points that it takes, for the memory they need."""
OPSET = 21
"""The first operator set with 4-bit weights; ONNX Runtime reads it from 1.18 on."""
IR_VERSION = 10
"""The file format that goes with the operator set."""


def to_onnx(
    model: keras.Model, *, bits: Literal["float", "small"] = "float", temperature: float = 1.0
) -> onnx.ModelProto:
    """Write a trained network as an ONNX graph.

    Parameters
    ----------
    model
        A `keras.Sequential` of the layers in `phasecall.emitters.LAYERS`. Either a grid: input (n_points, 1),
        a dense layer with softmax at the end; or a clock: input (None, `N_CHANNELS`), `N_HEADS` linear units
        at the end.
    bits
        `float`: weights as float32. `small`: weights in 16, 8 or 4 bits, so that the reference network
        with its card stays under 50,000 bytes; see `phasecall.quantisation`.
    temperature
        Logits are divided by it, above 0; it is folded into the last dense layer. For a clock it is 1: its
        weights hold it already.

    Returns
    -------
    onnx.ModelProto
        Of a grid: input `series`, float32 (n, n_points, 1), and output `probabilities`, float32
        (n, n_phases). Of a clock: input `points`, float32 (n, t, `N_CHANNELS`), and output `heads`, float32
        (n, `N_HEADS`). A second output, `embedding`, float32 (n, width), is what the last dense layer sees.
        The same weights give the same bytes.

    Raises
    ------
    ModelError
        If a layer, or an option of it, has no counterpart here; the message names it.
    """
    kind = kind_of(model)
    steps, last = _plan(model, kind, temperature)
    entry = tuple(model.input_shape[1:])
    graph = Graph(entry, INPUTS[kind])
    for place, step in enumerate(steps):
        if place == last:
            embedding, width = graph.tensor, graph.shape
        EMITTERS[type(step.layer).__name__](graph, step)
        graph.shape = tuple(step.layer.compute_output_shape((None, *graph.shape)))[1:]
    for node in graph.nodes:
        names = {graph.tensor: OUTPUTS[kind], embedding: EMBEDDING}
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    return _assemble(graph, bits, {INPUTS[kind]: entry}, {OUTPUTS[kind]: graph.shape, EMBEDDING: width})


def kind_of(model: keras.Model) -> Kind:
    """Return which kind of network this is: one of any number of points is a clock.

    Raises
    ------
    ModelError
        If it is no chain of layers on series of numbers.
    """
    shape = getattr(model, "input_shape", None)
    points, channels = shape[1:] if shape and len(shape) == 3 else (None, None)
    if type(model).__name__ != "Sequential" or (points is None and channels != N_CHANNELS):
        raise ModelError(
            "this network cannot be written as a graph",
            expected=f"a built keras.Sequential with input (points, channels), or (None, {N_CHANNELS})",
            found=f"{type(model).__name__} with input {shape or 'unknown'}",
        )
    return "clock" if points is None else "grid"


def _assemble(
    graph: Graph,
    bits: Literal["float", "small"],
    inputs: dict[str, tuple[int | None, ...]],
    outputs: dict[str, tuple[int | None, ...]],
) -> onnx.ModelProto:
    from onnx import TensorProto, helper

    def describe(values: dict[str, tuple[int | None, ...]]) -> list[Any]:
        shapes = {name: ["n", *(size or "t" for size in sizes)] for name, sizes in values.items()}
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in shapes.items()]

    nodes, initialisers = store(graph.weights, bits)
    initialisers += [make_tensor(name, TensorProto.INT64, values) for name, values in graph.constants]
    whole = helper.make_graph(
        nodes + graph.nodes, "phasecall", describe(inputs), describe(outputs), initialisers
    )
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(whole, opset_imports=[opset], ir_version=IR_VERSION, producer_name="phasecall")


def _plan(model: keras.Model, kind: Kind, temperature: float) -> tuple[list[Step], int]:
    """Return the steps, and the place of the last dense layer among them."""
    if not temperature > 0:
        raise ModelError("the temperature is not above 0", found=str(temperature), where="temperature")
    if kind == "clock" and temperature != 1:
        raise ModelError(
            "the heads of a network are no logits that a temperature divides",
            expected="a temperature of 1",
            found=str(temperature),
            where="temperature",
        )
    for layer in model.layers:
        # Any other value would be changed to 0 on the way.
        if type(layer).__name__ == "Masking":
            require(layer, mask_value=0.0)
    layers = [layer for layer in model.layers if type(layer).__name__ not in SILENT]
    for layer in layers:
        if type(layer).__name__ not in EMITTERS:
            raise unsupported(layer, f"layer {type(layer).__name__}", f"one of {', '.join(sorted(LAYERS))}")
    steps: list[Step] = []
    for layer in layers:
        before = steps[-1].layer if steps else None
        # A normalisation right after a linear layer is itself linear: fold it in and it costs nothing.
        if type(layer).__name__ == "BatchNormalization" and _is_linear(before):
            steps[-1] = Step(before, norm=layer)
        else:
            steps.append(Step(layer))
    last = _find_logits(model, steps) if kind == "grid" else _find_heads(model, steps)
    steps[last] = Step(steps[last].layer, steps[last].norm, temperature)
    return steps, last


def _find_logits(model: keras.Model, steps: Sequence[Step]) -> int:
    """Return the place of the dense layer that gives the logits, having checked that a softmax follows."""
    kinds = [type(step.layer).__name__ for step in steps]
    activations = [activation(step.layer) for step in steps]
    last = len(kinds) - 1
    if kinds[-2:] in (["Dense", "Softmax"], ["Dense", "Activation"]) and activations[-2] == "linear":
        last -= 1
    if kinds[last:][:1] != ["Dense"] or activations[-1] != "softmax" or len(model.output_shape) != 2:
        raise ModelError(
            "the network does not end in probabilities",
            expected="a Dense layer with softmax as the last layer, on one vector a gene",
            found=f"{' -> '.join(kinds[-2:])} with output {model.output_shape}",
        )
    return last


def _find_heads(model: keras.Model, steps: Sequence[Step]) -> int:
    """Return the place of the dense layer that gives the heads, having checked that nothing follows."""
    end = steps[-1].layer if steps else None
    if type(end).__name__ != "Dense" or not _is_linear(end) or model.output_shape[1:] != (N_HEADS,):
        raise ModelError(
            "the network does not end in heads",
            expected=f"a Dense layer of {N_HEADS} linear units as the last layer, on one vector a gene",
            found=f"{type(end).__name__} with output {model.output_shape}",
        )
    return len(steps) - 1


def _is_linear(layer: Any) -> bool:
    return type(layer).__name__ in ("Conv1D", "Dense") and activation(layer) == "linear"
