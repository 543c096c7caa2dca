"""Inspection: whether a graph from a stranger holds only what phasecall writes, before a runtime loads it.

An ONNX file runs no code, but it can point to other files and declare shapes that fill the memory: 105 bytes
have allocated 4 GB. So operators, attributes, weights and every shape on the way are checked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

from phasecall.emitters import OPERATORS
from phasecall.errors import ModelError
from phasecall.graph import EMBEDDING, INPUT, IR_VERSION, OPSET, OUTPUT

if TYPE_CHECKING:
    import onnx

MAX_NODES = 1000
MAX_ATTRIBUTE = 2**16
"""The largest whole number in an attribute or a shape."""
MAX_VALUES = 2**26
"""Numbers that the whole graph may hold at a time, weights unfolded."""
MAX_VALUES_PER_GENE = 2**20
"""Numbers on top of that for each gene."""


def inspect(proto: onnx.ModelProto, *, n_points: int, n_phases: int, where: str = "model") -> None:
    """Check that a graph holds only what `phasecall.graph` writes and stays within bounds.

    Parameters
    ----------
    proto
        A parsed model file.
    n_points, n_phases
        What its card says.
    where
        What messages name.

    Raises
    ------
    ModelError
        At the first thing found: another version, operator, domain, attribute or type, data outside the file,
        a weight whose bytes do not fill its shape, a shape beyond the bounds, other inputs or outputs.
    """
    fault = next(_faults(proto, n_points, n_phases), None)
    if fault:
        _refuse(fault, where)
    sizes = [_count_values(proto, n, where) for n in (1, 2)]
    if sizes[0] > MAX_VALUES or sizes[1] - sizes[0] > MAX_VALUES_PER_GENE:
        _refuse(f"a graph that needs {sizes[0]:,} numbers of memory for one gene", where)


def _refuse(found: str, where: str) -> NoReturn:
    raise ModelError(
        "the graph holds something that phasecall does not write",
        expected=f"ONNX operator set {OPSET}, operators {', '.join(sorted(OPERATORS))}, weights in the file",
        found=found,
        where=where,
        fix="use a model file written by phasecall",
    )


def _faults(proto: onnx.ModelProto, n_points: int, n_phases: int) -> Iterator[str]:
    graph = proto.graph
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
    if [_signature(value) for value in graph.input] != [(INPUT, (n_points, 1))]:
        yield f"inputs {[_signature(value) for value in graph.input]}"
    outputs = [_signature(value) for value in graph.output]
    if outputs[:1] != [(OUTPUT, (n_phases,))] or [name for name, _ in outputs[1:]] != [EMBEDDING]:
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


def _signature(value: onnx.ValueInfoProto) -> tuple[str, tuple[int, ...]]:
    """Return the name of an input or output and its shape for one gene; empty if it is none of floats."""
    from onnx import TensorProto

    tensor = value.type.tensor_type
    dims = tensor.shape.dim
    if tensor.elem_type != TensorProto.FLOAT or not dims or dims[0].HasField("dim_value"):
        return value.name, ()
    return value.name, tuple(dim.dim_value for dim in dims[1:])


def _count_values(proto: onnx.ModelProto, n: int, where: str) -> int:
    """Return how many numbers the graph holds for n genes, by ONNX's own rules for shapes."""
    import onnx

    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    for value in (*copy.graph.input, *copy.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = n
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
