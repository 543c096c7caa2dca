"""Quantisation: the weights of a graph in 16, 8 or 4 bits, in groups that share a scale.

The weights stand in the file behind `Cast` or `DequantizeLinear`; the runtime unfolds them once, at load,
so that a prediction costs what it costs with float32 weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

GROUP = 32
"""Weights that share one scale, along the axis that is summed over."""
BUDGET = 44_000
"""Bytes that the weights may take: with nodes and card a file stays under 50,000."""

_OVERHEAD = 150
"""Bytes for the names, shapes and nodes of one weight."""
_HALF_LIMIT = 6e4
"""Beyond about 65,000 a 16-bit float is infinite."""
_FEW = 512
"""Weights of fewer values are not worth a scale."""
# A group's largest weight need not be representable: the clip that costs the least squared error is better.
_CLIPS = np.linspace(0.6, 1.0, 21)


@dataclass(frozen=True)
class Weight:
    """One weight of a graph.

    Parameters
    ----------
    name
        The tensor that the graph reads.
    values
        Any shape.
    group_axis
        The axis that is summed over, along which groups are cut; None keeps at least 16 bits a value.
    """

    name: str
    values: NDArray[np.float32]
    group_axis: int | None = None


def store(
    weights: Sequence[Weight], bits: Literal["float", "small"]
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Return the nodes and initialisers that give a graph its weights.

    Parameters
    ----------
    weights
        In the order of the file.
    bits
        `float`: as they are. `small`: as few bits as keep all of them within `BUDGET`; see `choose_bits`.
    """
    widths = choose_bits(weights) if bits == "small" else [32] * len(weights)
    nodes: list[onnx.NodeProto] = []
    tensors: list[onnx.TensorProto] = []
    for weight, width in zip(weights, widths, strict=True):
        _write(weight, width, nodes, tensors)
    return nodes, tensors


def choose_bits(weights: Sequence[Weight], budget: int = BUDGET) -> list[int]:
    """Return the bits a value, 32, 16, 8 or 4, for each weight.

    All start at 16 (32 where a value is too large for it). While they do not fit the budget, the largest goes
    down to 8; when all have and still do not fit, the largest goes down to 4. If even that is too large, so
    be it.

    Examples
    --------
    >>> large, small = (Weight(n, np.ones((32, n), np.float32), group_axis=0) for n in (1000, 100))
    >>> choose_bits([large, small]), choose_bits([large, small], budget=25_000)
    ([8, 16], [4, 8])
    """
    widths = [32 if np.abs(weight.values).max(initial=0) > _HALF_LIMIT else 16 for weight in weights]
    by_size = sorted(range(len(weights)), key=lambda place: -weights[place].values.size)
    for width in (8, 4):
        for place in by_size:
            if sum(map(count_bytes, weights, widths)) <= budget:
                return widths
            weight = weights[place]
            if weight.group_axis is not None and weight.values.size >= _FEW and widths[place] < 32:
                # Short groups may need more bytes for scales than they save.
                widths[place] = min(widths[place], width, key=lambda bits: count_bytes(weight, bits))
    return widths


def count_bytes(weight: Weight, bits: int) -> int:
    """Return about how many bytes a weight takes in a file."""
    size = int(weight.values.size)
    plain = -(-size * bits // 8) + _OVERHEAD
    if bits > 8 or weight.group_axis is None:
        return plain
    length = int(weight.values.shape[weight.group_axis])
    return plain + 2 * (size // length) * -(-length // GROUP)


def quantise(
    values: NDArray[np.float32], axis: int, bits: int
) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Round values to whole multiples of a scale shared by groups of `GROUP` along an axis.

    Parameters
    ----------
    values
        Any shape.
    axis
        The axis along which groups are cut; the last group may be shorter.
    bits
        8 or 4.

    Returns
    -------
    codes, scales
        Codes of the shape of `values`, scales with one entry a group on `axis`: value = code x scale. The
        scale is that, of 21 tried, with the least squared error in its group.

    Examples
    --------
    >>> codes, scales = quantise(np.array([-0.7, 0.1, 0.0], np.float32), axis=0, bits=4)
    >>> codes.tolist(), round(float(scales[0]), 2)
    ([-7, 1, 0], 0.1)
    """
    turned = np.moveaxis(values.astype(np.float64), axis, -1)
    length = turned.shape[-1]
    padded = np.pad(turned, [(0, 0)] * (turned.ndim - 1) + [(0, -length % GROUP)])
    groups = padded.reshape(*turned.shape[:-1], -1, GROUP)
    top = 2 ** (bits - 1) - 1
    largest = np.abs(groups).max(axis=-1, keepdims=True)
    best = np.full_like(largest, np.inf)
    codes, scales = np.zeros_like(groups), np.ones_like(largest)
    for clip in _CLIPS:
        scale = (largest * clip / top).astype(np.float16).astype(np.float64)
        scale[scale == 0] = 1.0
        trial = np.clip(np.round(groups / scale), -top - 1, top)
        error = np.square(trial * scale - groups).sum(axis=-1, keepdims=True)
        better = error < best
        best, codes, scales = (
            np.where(better, new, old) for new, old in ((error, best), (trial, codes), (scale, scales))
        )
    flat = codes.reshape(*turned.shape[:-1], -1)[..., :length]
    shares = scales[..., 0].astype(np.float16)
    return np.moveaxis(flat, -1, axis).astype(np.int8), np.moveaxis(shares, -1, axis)


def make_tensor(name: str, kind: int, values: NDArray[Any]) -> onnx.TensorProto:
    """Return an initialiser of an ONNX element type; 4-bit values come as int8 and are packed by twos."""
    from onnx import TensorProto

    flat = np.ascontiguousarray(values).reshape(-1)
    if kind == TensorProto.INT4:
        pairs = np.pad(flat, (0, flat.size % 2)).view(np.uint8).reshape(-1, 2) & 0xF
        flat = pairs[:, 0] | pairs[:, 1] << 4
    data = flat.astype(flat.dtype.newbyteorder("<")).tobytes()
    return TensorProto(name=name, data_type=kind, dims=values.shape, raw_data=data)


def _write(weight: Weight, bits: int, nodes: list[Any], tensors: list[Any]) -> None:
    from onnx import TensorProto, helper

    name = weight.name
    if bits == 32:
        tensors.append(make_tensor(name, TensorProto.FLOAT, weight.values))
    elif bits == 16:
        _cast(name, name + "h", weight.values.astype(np.float16), nodes, tensors)
    else:
        axis = weight.group_axis or 0
        codes, scales = quantise(weight.values, axis, bits)
        tensors.append(make_tensor(name + "q", TensorProto.INT8 if bits == 8 else TensorProto.INT4, codes))
        _cast(name + "s", name + "h", scales, nodes, tensors)
        inputs = [name + "q", name + "s"]
        nodes.append(helper.make_node("DequantizeLinear", inputs, [name], axis=axis, block_size=GROUP))


def _cast(name: str, stored: str, values: NDArray[np.float16], nodes: list[Any], tensors: list[Any]) -> None:
    """Store 16-bit values and the node that makes them float32, the only floats that the operators take."""
    from onnx import TensorProto, helper

    tensors.append(make_tensor(stored, TensorProto.FLOAT16, values))
    nodes.append(helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT))
