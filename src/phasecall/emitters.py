"""Emitters: how each Keras layer is written in operators of ONNX, as one explicit table.

A network is a chain, so a graph being written has one current tensor with axes in some order (n: genes,
t: time points, c: channels), which are turned only where an operator wants another order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import ModelError
from phasecall.quantisation import Weight

if TYPE_CHECKING:
    import onnx

OPERATORS = frozenset(
    {
        *("Add", "AveragePool", "Cast", "Conv", "DequantizeLinear", "GlobalAveragePool", "GlobalMaxPool"),
        *("LSTM", "MatMul", "MaxPool", "Mul", "Relu", "Reshape", "Sigmoid", "Softmax", "Tanh", "Transpose"),
    }
)
"""Every operator that this module and `quantisation` write: all that a model file may hold."""
ACTIVATIONS = MappingProxyType(
    {"linear": "", "relu": "Relu", "sigmoid": "Sigmoid", "softmax": "Softmax", "tanh": "Tanh"}
)
"""Keras activation -> ONNX operator."""

SILENT = ("Dropout", "GaussianNoise", "InputLayer", "Masking", "SpatialDropout1D")
"""Layers that do nothing in a prediction, where no series is padded."""
_Array = NDArray[np.float64]


@dataclass
class Graph:
    """The graph so far: the current tensor (its name, axes and shape for one gene) and what leads to it.

    The number of time points in the shape is None where the graph takes any number of them.
    """

    shape: tuple[int | None, ...]
    tensor: str
    axes: str = "ntc"
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[Weight] = field(default_factory=list)
    constants: list[tuple[str, NDArray[np.int64]]] = field(default_factory=list)
    count: int = 0

    def name(self) -> str:
        """Return a new short name."""
        self.count += 1
        return f"t{self.count}"

    def apply(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> None:
        """Append a node on the current tensor; its last output becomes the current tensor."""
        from onnx import helper

        result = self.name()
        names = [""] * (outputs - 1) + [result]
        self.nodes.append(helper.make_node(operator, [self.tensor, *inputs], names, **attributes))
        self.tensor = result

    def arrange(self, axes: str) -> None:
        """Turn the axes of the current tensor into the order that the next operator wants."""
        if axes != self.axes:
            self.apply("Transpose", perm=[self.axes.index(axis) for axis in axes])
            self.axes = axes

    def reshape(self, *shape: int) -> None:
        """Reshape the current tensor; 0 keeps an axis."""
        name = self.name()
        self.constants.append((name, np.array(shape, dtype=np.int64)))
        self.apply("Reshape", name)

    def weight(self, values: NDArray[Any], group_axis: int | None = None) -> str:
        """Record a weight, shared out in groups along an axis where it may be quantised; return its name."""
        name = self.name()
        self.weights.append(Weight(name, np.ascontiguousarray(values, dtype=np.float32), group_axis))
        return name


@dataclass(frozen=True)
class Step:
    """One layer to write, with the batch normalisation folded into it and the temperature, if any."""

    layer: Any
    norm: Any = None
    temperature: float = 1.0


def activation(layer: Any) -> str:
    """Return the name of a layer's activation; a layer can be an activation too, `Softmax` even is one."""
    found = getattr(layer, "activation", layer)
    return str(getattr(found, "__name__", type(found).__name__.lower()))


def unsupported(layer: Any, found: str, expected: str) -> ModelError:
    """Return the error about a layer that has no counterpart here."""
    return ModelError(
        "the network holds something that the graph writer cannot write",
        expected=expected,
        found=found,
        where=f"layer '{layer.name}'",
    )


def require(layer: Any, **wanted: Any) -> None:
    """Refuse a layer that has an option which the graph would silently leave out."""
    for option, value in wanted.items():
        allowed = value if isinstance(value, tuple) else (value,)
        found = getattr(layer, option)
        if found not in allowed:
            names = " or ".join(map(repr, allowed))
            raise unsupported(layer, f"{option}={found!r} in {type(layer).__name__}", f"{option}={names}")


def _emit_activation(graph: Graph, layer: Any) -> None:
    name = activation(layer)
    if name not in ACTIVATIONS:
        raise unsupported(layer, f"activation {name}", f"one of {', '.join(ACTIVATIONS)}")
    if name == "softmax":
        graph.apply("Softmax", axis=graph.axes.index("c"))
    elif name != "linear":
        graph.apply(ACTIVATIONS[name])


def _fold(step: Step) -> tuple[_Array, _Array | None]:
    """Return kernel and bias of a linear layer, normalisation and temperature folded in."""
    kernel = np.asarray(step.layer.kernel, dtype=np.float64)
    bias = np.asarray(step.layer.bias, dtype=np.float64) if step.layer.use_bias else None
    if step.norm is not None:
        gain, offset = _scale_and_offset(step.norm)
        kernel = kernel * gain
        bias = offset if bias is None else bias * gain + offset
    return kernel / step.temperature, None if bias is None else bias / step.temperature


def _scale_and_offset(norm: Any) -> tuple[_Array, _Array]:
    """Return what a trained batch normalisation multiplies by and adds, one number a channel."""
    require(norm, axis=(-1, norm.input_spec.ndim - 1))
    mean, variance = (np.asarray(x, dtype=np.float64) for x in (norm.moving_mean, norm.moving_variance))
    gain = 1.0 / np.sqrt(variance + norm.epsilon)
    if norm.scale:
        gain = gain * np.asarray(norm.gamma, dtype=np.float64)
    offset = -mean * gain
    if norm.center:
        offset = offset + np.asarray(norm.beta, dtype=np.float64)
    return gain, offset


def _pads(layer: Any, points: int | None, reach: int, step: int) -> list[int]:
    """Return the points to add before and after, for a window that reaches over so many points."""
    if layer.padding == "valid":
        return [0, 0]
    if layer.padding == "causal":
        return [reach - 1, 0]
    if points is None:
        # Of windows that stand at every point, their number does not matter.
        require(layer, strides=((1,),))
        points = reach
    missing = max((-(-points // step) - 1) * step + reach - points, 0)
    return [missing // 2, missing - missing // 2]


def _emit_conv(graph: Graph, step: Step) -> None:
    layer = step.layer
    require(layer, data_format="channels_last", padding=("valid", "same", "causal"))
    kernel, bias = _fold(step)
    (stride,), (dilation,) = layer.strides, layer.dilation_rate
    pads = _pads(layer, graph.shape[0], (kernel.shape[0] - 1) * dilation + 1, stride)
    graph.arrange("nct")
    inputs = [graph.weight(kernel.transpose(2, 1, 0), group_axis=1)]
    if bias is not None:
        inputs.append(graph.weight(bias))
    graph.apply("Conv", *inputs, pads=pads, strides=[stride], dilations=[dilation], group=layer.groups)
    _emit_activation(graph, layer)


def _emit_dense(graph: Graph, step: Step) -> None:
    kernel, bias = _fold(step)
    if not graph.axes.endswith("c"):
        graph.arrange("ntc")
    graph.apply("MatMul", graph.weight(kernel, group_axis=0))
    if bias is not None:
        graph.apply("Add", graph.weight(bias))
    _emit_activation(graph, step.layer)


def _emit_norm(graph: Graph, step: Step) -> None:
    shape = (-1, 1) if graph.axes == "nct" else (-1,)
    gain, offset = _scale_and_offset(step.layer)
    graph.apply("Mul", graph.weight(gain.reshape(shape)))
    graph.apply("Add", graph.weight(offset.reshape(shape)))


def _emit_relu(graph: Graph, step: Step) -> None:
    require(step.layer, max_value=None, negative_slope=0.0, threshold=0.0)
    graph.apply("Relu")


def _emit_softmax(graph: Graph, step: Step) -> None:
    require(step.layer, axis=-1)
    graph.apply("Softmax", axis=graph.axes.index("c"))


def _emit_pool(graph: Graph, step: Step) -> None:
    layer = step.layer
    require(layer, data_format="channels_last", padding=("valid", "same"))
    (size,), (stride,) = layer.pool_size, layer.strides
    operator = "MaxPool" if type(layer).__name__ == "MaxPooling1D" else "AveragePool"
    graph.arrange("nct")
    graph.apply(
        operator, kernel_shape=[size], strides=[stride], pads=_pads(layer, graph.shape[0], size, stride)
    )


def _emit_global_pool(graph: Graph, step: Step) -> None:
    require(step.layer, data_format="channels_last", keepdims=False)
    operator = "GlobalMaxPool" if type(step.layer).__name__ == "GlobalMaxPooling1D" else "GlobalAveragePool"
    graph.arrange("nct")
    graph.apply(operator)
    _lay_flat(graph, step)


def _emit_flatten(graph: Graph, step: Step) -> None:
    require(step.layer, data_format="channels_last")
    if graph.axes != "nc":
        graph.arrange("ntc")
        _lay_flat(graph, step)


def _lay_flat(graph: Graph, step: Step) -> None:
    """Make one vector a gene of the current tensor, as long as the layer says."""
    (width,) = step.layer.compute_output_shape((None, *graph.shape))[1:]
    graph.reshape(0, width)
    graph.axes = "nc"


def _emit_lstm(graph: Graph, step: Step) -> None:
    require(step.layer, go_backwards=False)
    _emit_cells(graph, [step.layer])


def _emit_bidirectional(graph: Graph, step: Step) -> None:
    layer = step.layer
    require(layer, merge_mode="concat")
    cells = [layer.forward_layer, layer.backward_layer]
    for cell in cells:
        if type(cell).__name__ != "LSTM":
            raise unsupported(layer, f"Bidirectional({type(cell).__name__})", "Bidirectional(LSTM)")
    require(cells[0], go_backwards=False)
    require(cells[1], go_backwards=True, units=cells[0].units)
    _emit_cells(graph, cells)


def _emit_cells(graph: Graph, cells: Sequence[Any]) -> None:
    """Write one LSTM a direction as one operator; it wants time first and its gates in another order."""
    for cell in cells:
        require(cell, return_state=False, stateful=False)
        for option, wanted in (("activation", "tanh"), ("recurrent_activation", "sigmoid")):
            found = getattr(cell, option).__name__
            if found != wanted:
                raise unsupported(cell, f"{option}={found} in LSTM", f"{option}={wanted}")
    units, width = cells[0].units, cells[0].units * len(cells)
    kernels, recurrents, biases = (np.stack(arrays) for arrays in zip(*map(_gates, cells), strict=True))
    graph.arrange("tnc")
    inputs = [graph.weight(kernels, 2), graph.weight(recurrents, 2), graph.weight(biases, 1)]
    direction = "bidirectional" if len(cells) == 2 else "forward"
    sequences = cells[0].return_sequences
    graph.apply("LSTM", *inputs, outputs=1 if sequences else 2, hidden_size=units, direction=direction)
    # The states of both directions come on an axis of their own; Keras has them side by side.
    if sequences:
        graph.apply("Transpose", perm=[0, 2, 1, 3])
        graph.reshape(0, 0, width)
    else:
        graph.apply("Transpose", perm=[1, 0, 2])
        graph.reshape(0, width)
        graph.axes = "nc"


def _gates(cell: Any) -> tuple[_Array, _Array, _Array]:
    """Return input kernel, recurrent kernel and bias of an LSTM as ONNX has them."""
    kernel, recurrent = (np.asarray(x).T for x in (cell.cell.kernel, cell.cell.recurrent_kernel))
    bias = np.asarray(cell.cell.bias) if cell.use_bias else np.zeros(len(kernel))
    # Keras: input, forget, candidate, output. ONNX: input, output, forget, candidate.
    turned = [
        np.concatenate([np.split(array, 4)[gate] for gate in (0, 3, 1, 2)])
        for array in (kernel, recurrent, bias)
    ]
    return turned[0], turned[1], np.concatenate([turned[2], np.zeros_like(turned[2])])


EMITTERS: MappingProxyType[str, Callable[[Graph, Step], None]] = MappingProxyType(
    {
        "Activation": lambda graph, step: _emit_activation(graph, step.layer),
        "AveragePooling1D": _emit_pool,
        "BatchNormalization": _emit_norm,
        "Bidirectional": _emit_bidirectional,
        "Conv1D": _emit_conv,
        "Dense": _emit_dense,
        "Flatten": _emit_flatten,
        "GlobalAveragePooling1D": _emit_global_pool,
        "GlobalMaxPooling1D": _emit_global_pool,
        "LSTM": _emit_lstm,
        "MaxPooling1D": _emit_pool,
        "ReLU": _emit_relu,
        "Softmax": _emit_softmax,
    }
)
LAYERS = (*EMITTERS, *SILENT)
"""Every Keras layer that can be written, by class name."""
