"""Quantised weights: how far off they may be, how they are packed, which width each gets."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from phasecall.quantisation import BUDGET, GROUP, Weight, choose_bits, count_bytes, make_tensor, quantise


@given(
    values=arrays(np.float32, array_shapes(max_dims=3, max_side=70), elements=st.floats(-8, 8, width=32)),
    axis=st.integers(0, 2),
    bits=st.sampled_from([4, 8]),
)
def test_no_group_is_worse_off_than_without_a_clip(values: NDArray[np.float32], axis: int, bits: int) -> None:
    axis %= values.ndim
    codes, scales = quantise(values, axis, bits)
    assert codes.shape == values.shape
    assert -(2 ** (bits - 1)) <= codes.min() <= codes.max() < 2 ** (bits - 1)
    assert scales.shape[axis] == -(-values.shape[axis] // GROUP)
    for place, group in enumerate(np.split(values, range(GROUP, values.shape[axis], GROUP), axis=axis)):
        own = np.split(codes, range(GROUP, values.shape[axis], GROUP), axis=axis)[place]
        scale = np.take(scales, [place], axis=axis).astype(np.float64)
        error = np.square(own * scale - group).sum(axis=axis)
        step = np.abs(group).max(axis=axis) / (2 ** (bits - 1) - 1)
        # A step of rounding without a clip, and what a scale loses in 16 bits.
        bound = group.shape[axis] * np.square(step * 0.5 + np.abs(group).max(axis=axis) * 2e-3 + 1e-4)
        assert (error <= bound).all()


def test_zeros_stay_zero_and_a_value_at_the_scale_stays_itself() -> None:
    codes, scales = quantise(np.zeros((3, 40), dtype=np.float32), 1, 4)
    assert not codes.any()
    assert (scales == 1).all()
    codes, scales = quantise(np.full((32, 1), 3.5, dtype=np.float32), 0, 8)
    np.testing.assert_allclose(codes * scales.astype(np.float64), 3.5, rtol=1e-3)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_packed_values_come_back_as_onnx_reads_them(n: int) -> None:
    values = np.array([-8, 7, -1, 0, 3, -4, 5], dtype=np.int8)[:n]
    tensor = make_tensor("w", onnx.TensorProto.INT4, values)
    assert len(tensor.raw_data) == (n + 1) // 2
    assert onnx.numpy_helper.to_array(tensor).astype(np.int8).tolist() == values.tolist()


def _weights(*shapes: tuple[int, ...]) -> list[Weight]:
    return [Weight("w", np.ones(shape, dtype=np.float32), group_axis=0) for shape in shapes]


def test_a_small_network_keeps_16_bits() -> None:
    assert choose_bits(_weights((100, 100), (32, 8))) == [16, 16]


def test_the_largest_weights_give_way_first() -> None:
    assert choose_bits(_weights((120, 100), (160, 100), (32, 20))) == [16, 8, 16]
    assert choose_bits(_weights((128, 100), (320, 100), (32, 20))) == [8, 4, 8]


def test_when_nothing_fits_all_are_as_small_as_they_get() -> None:
    weights = _weights((1000, 1000), (100, 10), (3, 3))
    assert choose_bits(weights) == [4, 4, 16]
    assert sum(map(count_bytes, weights, choose_bits(weights))) > BUDGET


def test_values_too_large_for_16_bits_keep_32() -> None:
    assert choose_bits([Weight("w", np.full((4, 4), 1e6, dtype=np.float32), group_axis=0)]) == [32]


def test_groups_too_short_to_pay_for_their_scales_keep_16_bits() -> None:
    assert choose_bits(_weights((1, 40_000))) == [16]
