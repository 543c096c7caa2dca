"""Inspection: whether a file from a stranger holds only what phasecall writes, before a library loads it.

An ONNX file runs no code, but it can point to other files and declare shapes that fill the memory: 105 bytes
have allocated 4 GB. So operators, attributes, weights and every shape on the way are checked. A `.keras` file
can name code to run and declare layers that fill the memory as well: names and sizes are checked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from phasecall.emitters import LAYERS, OPERATORS
from phasecall.errors import ModelError
from phasecall.graph import (
    EMBEDDING,
    INPUTS,
    IR_VERSION,
    MAX_POINTS,
    MIN_POINTS,
    N_CHANNELS,
    OPSET,
    OUTPUTS,
    Kind,
)
from phasecall.runtime import CHUNK, CHUNK_POINTS, chunk_size

if TYPE_CHECKING:
    import onnx

MAX_NODES = 1000
MAX_ATTRIBUTE = 2**16
"""The largest whole number in an attribute or a shape."""
MAX_VALUES = 2**26
"""Numbers that the whole graph may hold at a time, weights unfolded."""
MAX_VALUES_PER_GENE = 2**20
"""Numbers on top of that for each gene on a grid."""
MAX_VALUES_PER_POINT = 2**15
"""Numbers on top of that for each point of a gene, where a graph takes any number of points."""

MAX_LAYERS = 64
"""Layers of a network file, those inside others too."""
MAX_WEIGHTS = 20_000_000
"""Numbers that the layers of a network file may have; the reference network has 54,180."""
MAX_SIZE = 4096
"""The largest number in the description of a network: units, filters, points, kernels, rates."""
_MAX_UNROLLED = 256
# What a network file may name: nothing among it takes code, a file name or an address. Layers stand in the
# list of layers only; a part of a layer that is itself one has no weights.
_PARTS: dict[str, tuple[str, ...]] = {
    "keras": ("DTypePolicy",),
    "keras.constraints": ("MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"),
    "keras.initializers": (
        *("Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal"),
        *("LecunUniform", "Ones", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal"),
        *("VarianceScaling", "Zeros"),
    ),
    "keras.layers": ("Activation", "ReLU", "Softmax"),
    "keras.regularizers": ("L1", "L1L2", "L2"),
}
# Numbers that may be larger than the others; what is inside such an entry may be too.
_BOUNDS = {"build_config": MAX_VALUES_PER_GENE, "seed": 2**63, "shared_object_id": 2**63}


def inspect(proto: onnx.ModelProto, *, n_points: int | None, n_outputs: int, where: str = "model") -> None:
    """Check that a graph holds only what `phasecall.graph` writes and stays within bounds.

    Parameters
    ----------
    proto
        A parsed model file.
    n_points
        Points of a series of one number each, as its card says; None for a graph that takes any number of
        points of `N_CHANNELS` numbers. Its memory is judged for at most `MAX_POINTS` of them, in the batches
        that `phasecall.runtime` makes.
    n_outputs
        Phases, or heads.
    where
        What messages name.

    Raises
    ------
    ModelError
        At the first thing found: another version, operator, domain, attribute or type, data outside the file,
        a weight whose bytes do not fill its shape, a shape beyond the bounds, other inputs or outputs.
    """
    fault = next(_faults(proto, n_points, n_outputs), None)
    if fault:
        _refuse(fault, where)
    for n, t, bound in _batches(n_points):
        size = _count_values(proto, n, t, where)
        if size > bound:
            _refuse(f"a graph that needs {size:,} numbers of memory for {n} genes at {t} points", where)


def _batches(n_points: int | None) -> list[tuple[int, int, int]]:
    """Return genes and points of the batches that tell about all others, and the numbers each may need.

    What a graph needs is a sum of products of powers of genes n and points t. Where n times t is bounded,
    each of them is largest at an end: at the most genes, or at the most points.
    """
    if n_points is not None:
        sizes = (1, chunk_size(n_points))
        return [(n, n_points, MAX_VALUES + (n - 1) * MAX_VALUES_PER_GENE) for n in sizes]
    corners = ((1, MIN_POINTS), (CHUNK, CHUNK_POINTS // CHUNK), (chunk_size(MAX_POINTS), MAX_POINTS))
    return [(n, t, MAX_VALUES + n * t * MAX_VALUES_PER_POINT) for n, t in corners]


def _refuse(found: str, where: str) -> NoReturn:
    raise ModelError(
        "the graph holds something that phasecall does not write",
        expected=f"ONNX operator set {OPSET}, operators {', '.join(sorted(OPERATORS))}, weights in the file",
        found=found,
        where=where,
        fix="use a model file written by phasecall",
    )


def _faults(proto: onnx.ModelProto, n_points: int | None, n_outputs: int) -> Iterator[str]:
    graph = proto.graph
    kind: Kind = "clock" if n_points is None else "grid"
    series = (n_points, N_CHANNELS if n_points is None else 1)
    opsets = [(opset.domain, opset.version) for opset in proto.opset_import]
    if opsets != [("", OPSET)] or proto.ir_version > IR_VERSION:
        yield f"operator sets {opsets}, file format {proto.ir_version}"
    if proto.functions or proto.training_info or graph.sparse_initializer or graph.quantization_annotation:
        yield "functions, training information or sparse weights"
    if len(graph.node) > MAX_NODES:
        yield f"{len(graph.node)} nodes"
    for node in graph.node:
        yield from _node_faults(node)
    for tensor in graph.initializer:
        yield from _tensor_faults(tensor)
    inputs, outputs = ([_signature(value) for value in end] for end in (graph.input, graph.output))
    if inputs != [(INPUTS[kind], series)]:
        yield f"inputs {inputs}"
    widths = [shape for name, shape in outputs[1:] if name == EMBEDDING]
    first = (OUTPUTS[kind], (n_outputs,))
    if outputs[:1] != [first] or len(outputs) != 2 or len(widths) != 1 or len(widths[0]) != 1:
        yield f"outputs {outputs}"


def _node_faults(node: onnx.NodeProto) -> Iterator[str]:
    from onnx import AttributeProto

    if node.domain or node.op_type not in OPERATORS:
        yield f"operator {node.domain or 'ai.onnx'}.{node.op_type}"
    for attribute in node.attribute:
        numbers = [attribute.i, *attribute.ints]
        if attribute.type not in (AttributeProto.INT, AttributeProto.INTS, AttributeProto.STRING):
            yield f"attribute {attribute.name} of {node.op_type}"
        elif any(not 0 <= number <= MAX_ATTRIBUTE for number in numbers):
            yield f"attribute {attribute.name}={numbers} of {node.op_type}"


def _tensor_faults(tensor: onnx.TensorProto) -> Iterator[str]:
    import numpy as np
    from onnx import TensorProto

    bits = {
        TensorProto.FLOAT: 32,
        TensorProto.FLOAT16: 16,
        TensorProto.INT8: 8,
        TensorProto.INT4: 4,
        TensorProto.INT64: 64,
    }
    if tensor.data_location != TensorProto.DEFAULT or tensor.external_data:
        yield f"weight {tensor.name} outside the file"
    elif tensor.data_type not in bits:
        yield f"weight {tensor.name} of type {tensor.data_type}"
    elif (
        any(not 0 < size < 2**31 for size in tensor.dims)
        or len(tensor.raw_data) != (math.prod(tensor.dims) * bits[tensor.data_type] + 7) // 8
    ):
        yield f"weight {tensor.name} of shape {list(tensor.dims)} in {len(tensor.raw_data)} bytes"
    elif tensor.data_type == TensorProto.INT64:
        shape = np.frombuffer(tensor.raw_data, dtype="<i8").tolist()
        if any(not 0 <= size <= MAX_ATTRIBUTE for size in shape):
            yield f"shape {shape}"


def _signature(value: onnx.ValueInfoProto) -> tuple[str, tuple[int | None, ...]]:
    """Return the name of an input or output and its shape for one gene, None where a size is open.

    The shape is empty if it is none of floats.
    """
    from onnx import TensorProto

    tensor = value.type.tensor_type
    dims = tensor.shape.dim
    if tensor.elem_type != TensorProto.FLOAT or not dims or dims[0].HasField("dim_value"):
        return value.name, ()
    return value.name, tuple(dim.dim_value if dim.HasField("dim_value") else None for dim in dims[1:])


def _count_values(proto: onnx.ModelProto, n: int, t: int, where: str) -> int:
    """Return how many numbers the graph holds for n genes of t points, by ONNX's own rules for shapes."""
    import onnx

    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    for value in (*copy.graph.input, *copy.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = n
    copy.graph.input[0].type.tensor_type.shape.dim[1].dim_value = t
    del copy.graph.value_info[:]
    try:
        full = onnx.shape_inference.infer_shapes(copy, check_type=True, strict_mode=True).graph
    except (onnx.shape_inference.InferenceError, ValueError) as error:
        _refuse(f"a graph whose shapes do not fit: {str(error).splitlines()[0]}", where)
    known = {value.name: value for value in (*full.value_info, *full.output)}
    total = sum(math.prod(tensor.dims) for tensor in full.initializer)
    for name in (name for node in full.node for name in node.output if name):
        tensor = known[name].type.tensor_type if name in known else onnx.TypeProto.Tensor()
        sizes = [int(dim.dim_value) for dim in tensor.shape.dim]
        if tensor.elem_type != onnx.TensorProto.FLOAT or not sizes or min(sizes) < 1:
            _refuse(f"a tensor of unknown type or shape, {name}", where)
        total += math.prod(sizes)
    return int(total)


def inspect_network(description: Any, where: str = "network") -> None:
    """Check that the description of a Keras network names nothing that runs code and stays within bounds.

    Parameters
    ----------
    description
        What the file `config.json` in a `.keras` file holds, as `wire.parse_json` gives it, without how the
        network was compiled.
    where
        What messages name.

    Raises
    ------
    ModelError
        At the first thing found: a number beyond the bounds, another class, a layer where none
        belongs, too many layers or weights.
    """
    try:
        _check_numbers(description, "number", MAX_SIZE)
        layers = _layers_of(description)
        weights = _count_weights(layers)
        if weights > MAX_WEIGHTS:
            raise ValueError(f"layers of {weights:,} weights, more than {MAX_WEIGHTS:,}")
    except ValueError as error:
        raise ModelError(
            "the network file holds something that phasecall does not load",
            expected=f"a keras.Sequential of {', '.join(sorted(LAYERS))}",
            found=str(error),
            where=where,
            fix="build the network from these layers and save it again",
        ) from error


def _check_numbers(value: Any, name: str, bound: int) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _check_numbers(item, key, max(bound, _BOUNDS.get(key, 0)))
    elif isinstance(value, list):
        for item in value:
            _check_numbers(item, name, bound)
    elif isinstance(value, int | float) and not -bound <= value <= bound:
        raise ValueError(f"{name}={value}")


def _layers_of(description: Any) -> list[dict[str, Any]]:
    """Return the layers of a description, having checked everything that it names."""
    config = _named(description, {"keras": ("Sequential",)})
    layers = config.pop("layers", None)
    _check_parts([config, _beside_config(description)])
    if not isinstance(layers, list) or not layers:
        raise ValueError("no list of layers")
    count = sum(_check_layer(layer, LAYERS) for layer in layers)
    if count > MAX_LAYERS:
        raise ValueError(f"{count} layers, more than {MAX_LAYERS}")
    return layers


def _check_layer(layer: Any, kinds: tuple[str, ...]) -> int:
    """Check what a layer names; return how many layers it is."""
    config, count = _named(layer, {"keras.layers": kinds}), 1
    if layer["class_name"] == "Bidirectional":
        inner = [config.pop(key, None) for key in ("layer", "backward_layer")]
        count += sum(_check_layer(one, ("LSTM",)) for one in inner if one is not None)
    if config.get("data_format") not in (None, "channels_last"):
        raise ValueError(f"data_format={config['data_format']}")
    _check_parts([config, _beside_config(layer)])
    return count


def _check_parts(value: Any) -> None:
    if isinstance(value, dict):
        if "class_name" in value:
            _named(value, _PARTS)
        for item in value.values():
            _check_parts(item)
    elif isinstance(value, list):
        for item in value:
            _check_parts(item)


def _named(value: Any, safe: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return a copy of the configuration of an object, having checked that its class is a safe one."""
    if not isinstance(value, dict) or "class_name" not in value:
        raise ValueError("something where a layer belongs")
    module, name, config = str(value.get("module")), value["class_name"], value.get("config")
    if name not in safe.get(module, ()) or value.get("registered_name") or not isinstance(config, dict):
        raise ValueError(f"{module}.{name}")
    return dict(config)


def _beside_config(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in ("class_name", "config")}


def _count_weights(layers: list[dict[str, Any]]) -> int:
    """Return a number of weights that the layers do not exceed, from their sizes alone."""
    shape = layers[0]["config"].get("batch_shape") if layers[0]["class_name"] == "InputLayer" else None
    if not isinstance(shape, list) or len(shape) != 3:
        raise ValueError(f"a first layer {layers[0]['class_name']} for series of shape {shape}")
    # Weights never depend on a number of points that is open: Keras builds no such layer.
    points = 1 if shape[1] is None else _whole(shape[1], "batch_shape")
    channels = _whole(shape[2], "batch_shape")
    total = 0
    for place, layer in enumerate(layers):
        if place:
            added, points, channels = _grow(layer, points, channels)
            total += added
        if points * channels > MAX_VALUES_PER_GENE:
            raise ValueError(f"{points * channels:,} numbers for each gene behind {layer['class_name']}")
    return total


def _grow(layer: dict[str, Any], points: int, channels: int) -> tuple[int, int, int]:
    """Return the weights of a layer, and points and channels behind it, none of them too low."""
    kind, config = layer["class_name"], layer["config"]
    # Keras builds a layer for the shape that its `build_config` says before it looks at what comes in.
    entering = max([channels, *_numbers_in(layer.get("build_config"))])
    match kind:
        case "InputLayer":
            raise ValueError("a second InputLayer")
        case "Conv1D":
            width, filters = _size(config, "kernel_size"), _size(config, "filters")
            if width * _size(config, "dilation_rate") * entering > MAX_VALUES_PER_GENE:
                raise ValueError(f"a window of {width} points, {config['dilation_rate']} apart")
            return (width * entering + 1) * filters, points, filters
        case "Dense":
            units = _size(config, "units")
            return (entering + 1) * units, points, units
        case "LSTM" | "Bidirectional":
            return _grow_recurrent(layer, points, entering)
        case "BatchNormalization":
            return 4 * max(points, entering), points, channels
        case "Flatten":
            return 0, 1, points * channels
        case "GlobalAveragePooling1D" | "GlobalMaxPooling1D":
            return 0, 1, channels
    return 0, points, channels


def _grow_recurrent(layer: dict[str, Any], points: int, entering: int) -> tuple[int, int, int]:
    config, cells = layer["config"], [layer]
    if layer["class_name"] == "Bidirectional":
        cells = [cell for cell in (config.get("layer"), config.get("backward_layer")) if cell]
        cells *= 3 - len(cells)
    weights = width = 0
    for cell in cells:
        if cell["config"].get("unroll") and points > _MAX_UNROLLED:
            raise ValueError(f"an LSTM unrolled over {points} points")
        units = _size(cell["config"], "units")
        inputs = max([entering, *_numbers_in(cell.get("build_config"))])
        weights += 4 * units * (inputs + units + 1)
        width += units
    sequences = any(cell["config"].get("return_sequences") for cell in cells)
    return weights, points if sequences else 1, width


def _size(config: dict[str, Any], key: str) -> int:
    value = config.get(key)
    return _whole(value[0] if isinstance(value, list) and len(value) == 1 else value, key)


def _whole(value: Any, name: str) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"{name}={value}")
    return value


def _numbers_in(value: Any) -> Iterator[int]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _numbers_in(item)
    elif isinstance(value, int):
        yield value
