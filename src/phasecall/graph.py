"""Graph: a trained Keras network written as an ONNX graph.

Keras' own export fails on recurrent layers of the JAX backend unless they are unrolled; this writes them as
ONNX's own `LSTM` operator. How each layer is written is a row of the table in `phasecall.emitters`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from phasecall.emitters import EMITTERS, LAYERS, SILENT, Graph, Step, activation, unsupported
from phasecall.errors import ModelError
from phasecall.quantisation import make_tensor, store

if TYPE_CHECKING:
    import keras
    import onnx

INPUT, OUTPUT, EMBEDDING = "series", "probabilities", "embedding"
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
        A `keras.Sequential` of the layers in `phasecall.emitters.LAYERS`, input (n_points, 1), that ends in a
        dense layer with softmax.
    bits
        `float`: weights as float32. `small`: weights in 16, 8 or 4 bits, so that the reference network
        with its card stays under 50,000 bytes; see `phasecall.quantisation`.
    temperature
        Logits are divided by it, above 0; it is folded into the last dense layer.

    Returns
    -------
    onnx.ModelProto
        Input `series`, float32 (n, n_points, 1). Outputs `probabilities`, float32 (n, n_phases), and
        `embedding`, float32 (n, width): what the last dense layer sees. The same weights give the same bytes.

    Raises
    ------
    ModelError
        If a layer, or an option of it, has no counterpart here; the message names it.
    """
    steps, last, entry = _plan(model, temperature)
    graph = Graph(entry, INPUT)
    for place, step in enumerate(steps):
        if place == last:
            embedding, width = graph.tensor, graph.shape
        EMITTERS[type(step.layer).__name__](graph, step)
        graph.shape = tuple(step.layer.compute_output_shape((None, *graph.shape)))[1:]
    for node in graph.nodes:
        names = {graph.tensor: OUTPUT, embedding: EMBEDDING}
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    return _assemble(graph, bits, {INPUT: entry}, {OUTPUT: graph.shape, EMBEDDING: width})


def _assemble(
    graph: Graph,
    bits: Literal["float", "small"],
    inputs: dict[str, tuple[int, ...]],
    outputs: dict[str, tuple[int, ...]],
) -> onnx.ModelProto:
    from onnx import TensorProto, helper

    def describe(values: dict[str, tuple[int, ...]]) -> list[Any]:
        kind = TensorProto.FLOAT
        return [helper.make_tensor_value_info(name, kind, ["n", *dims]) for name, dims in values.items()]

    nodes, initialisers = store(graph.weights, bits)
    initialisers += [make_tensor(name, TensorProto.INT64, values) for name, values in graph.constants]
    whole = helper.make_graph(
        nodes + graph.nodes, "phasecall", describe(inputs), describe(outputs), initialisers
    )
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(whole, opset_imports=[opset], ir_version=IR_VERSION, producer_name="phasecall")


def _plan(model: keras.Model, temperature: float) -> tuple[list[Step], int, tuple[int, int]]:
    """Return the steps, the place of the last dense layer among them, and the shape of one series."""
    if type(model).__name__ != "Sequential" or len(getattr(model, "input_shape", ())) != 3:
        raise ModelError(
            "this network cannot be written as a graph",
            expected="a built keras.Sequential with input (points, channels)",
            found=f"{type(model).__name__} with input {getattr(model, 'input_shape', 'unknown')}",
        )
    if not temperature > 0:
        raise ModelError("the temperature is not above 0", found=str(temperature), where="temperature")
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
    last = _find_last_dense(model, steps)
    steps[last] = Step(steps[last].layer, steps[last].norm, temperature)
    return steps, last, model.input_shape[1:]


def _find_last_dense(model: keras.Model, steps: Sequence[Step]) -> int:
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


def _is_linear(layer: Any) -> bool:
    return type(layer).__name__ in ("Conv1D", "Dense") and activation(layer) == "linear"
