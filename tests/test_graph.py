"""The graph writer against Keras itself: every layer of the table, every weight width, every refusal."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from networks import graph, points, profiles, shake, shaken_default, shaken_reference
from phasecall.emitters import EMITTERS, OPERATORS, SILENT
from phasecall.errors import ModelError
from phasecall.graph import to_onnx
from phasecall.network import default, load_keras, reference
from phasecall.runtime import Predictor

keras = load_keras()
k = keras.layers

END = (k.Flatten, lambda: k.Dense(4, activation="softmax"))


def _published(*added: Callable[[], Any]) -> Any:
    model = reference()
    for layer in added:
        model.add(layer())
    return model.build()


def _stack(*makers: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: keras.Sequential([keras.Input((9, 1)), *(make() for make in makers)])


STACKS: dict[str, Callable[[], Any]] = {
    "reference": shaken_reference,
    "published change 1": lambda: _published(
        lambda: k.Conv1D(64, 3, activation="relu"), lambda: k.MaxPooling1D(2)
    ),
    "published change 2": lambda: _published(lambda: k.Bidirectional(k.LSTM(128, return_sequences=True))),
    "convolutions": _stack(
        lambda: k.Conv1D(6, 4, strides=2, padding="same", activation="tanh"),
        lambda: k.Conv1D(8, 2, padding="causal", dilation_rate=2, groups=2, use_bias=False),
        lambda: k.Conv1D(5, 3, activation="sigmoid"),
        *END,
    ),
    "normalisation folded": _stack(
        lambda: k.Conv1D(6, 3, use_bias=False),
        lambda: k.Dropout(0.2),
        k.BatchNormalization,
        lambda: k.Dense(7),
        lambda: k.BatchNormalization(center=False, scale=False),
        *END,
    ),
    "normalisation alone": _stack(
        k.BatchNormalization,
        lambda: k.Conv1D(6, 3, activation="relu"),
        k.BatchNormalization,
        k.ReLU,
        lambda: k.LSTM(5, return_sequences=True),
        k.BatchNormalization,
        k.Flatten,
        lambda: k.BatchNormalization(axis=1),
        lambda: k.Dense(4, activation="softmax"),
    ),
    "pools": _stack(
        lambda: k.AveragePooling1D(2, strides=1),
        lambda: k.Conv1D(6, 3, padding="same"),
        lambda: k.MaxPooling1D(3, strides=2, padding="same"),
        lambda: k.AveragePooling1D(3, strides=2, padding="same"),
        *END,
    ),
    "global average": _stack(
        lambda: k.Conv1D(6, 3),
        k.GlobalAveragePooling1D,
        lambda: k.Dense(4),
        lambda: k.Activation("softmax"),
    ),
    "global maximum": _stack(
        lambda: k.Dense(6, use_bias=False),
        lambda: k.SpatialDropout1D(0.2),
        k.GlobalMaxPooling1D,
        lambda: k.Dense(4, use_bias=False),
        k.BatchNormalization,
        k.Softmax,
    ),
    "recurrent": _stack(
        lambda: k.GaussianNoise(0.1),
        lambda: k.LSTM(6, return_sequences=True, unit_forget_bias=False),
        lambda: k.Bidirectional(k.LSTM(5, return_sequences=True, use_bias=False, dropout=0.1)),
        lambda: k.Dense(6, activation="relu"),
        lambda: k.Bidirectional(k.LSTM(4)),
        lambda: k.Dense(4, activation="softmax"),
    ),
    "masked": _stack(k.Masking, lambda: k.LSTM(6), END[1]),
    "last state": _stack(lambda: k.LSTM(6), k.Flatten, lambda: k.Dense(4, activation="softmax")),
    "activations": _stack(
        lambda: k.Conv1D(6, 3),
        lambda: k.Activation("tanh"),
        k.Softmax,
        lambda: k.Activation("linear"),
        lambda: k.Dense(6, activation="softmax"),
        lambda: k.Activation("sigmoid"),
        *END,
    ),
}


@cache
def _built(name: str) -> Any:
    return shake(STACKS[name](), seed=1)


def _predict(proto: Any, series: NDArray[np.float32]) -> NDArray[np.float64]:
    return Predictor(proto.SerializeToString()).predict(series)


@pytest.mark.parametrize("name", STACKS)
def test_the_float_graph_agrees_with_keras(name: str) -> None:
    model = _built(name)
    proto = to_onnx(model)
    onnx.checker.check_model(proto, full_check=True)
    series = np.random.default_rng(2).normal(size=(40, 9, 1)).astype(np.float32)
    expected = np.asarray(model(series))
    assert np.ptp(expected, axis=0).max() > 1e-3
    np.testing.assert_allclose(_predict(proto, series), expected, atol=1e-5)


def test_the_stacks_above_cover_the_whole_table() -> None:
    models = [_built(name) for name in STACKS]
    kinds = {type(layer).__name__ for model in models for layer in model.layers}
    assert kinds >= {*EMITTERS, *SILENT} - {"InputLayer"}
    written = {node.op_type for model in models for node in to_onnx(model).graph.node}
    assert written | {node.op_type for node in graph("small").graph.node} == OPERATORS


def test_the_embedding_is_what_the_last_dense_layer_sees() -> None:
    model = shaken_reference()
    series, _ = profiles(20)
    inner = keras.Model(model.inputs[0], model.layers[-2].output)
    _, embedding = Predictor(graph("float").SerializeToString()).predict(series, embeddings=True)
    assert embedding.shape == (20, 32)
    np.testing.assert_allclose(embedding, np.asarray(inner(series)), atol=1e-5)


def test_a_normalisation_after_a_linear_layer_costs_no_node() -> None:
    assert "Mul" not in {node.op_type for node in graph("float").graph.node}


def test_the_temperature_divides_the_logits() -> None:
    series, _ = profiles(30)
    cold = _predict(graph("float"), series)
    warm = _predict(to_onnx(shaken_reference(), temperature=2.5), series)
    expected = cold ** (1 / 2.5)
    np.testing.assert_allclose(warm, expected / expected.sum(axis=1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_that_is_not_above_0_is_refused(temperature: float) -> None:
    with pytest.raises(ModelError, match="temperature is not above 0"):
        to_onnx(shaken_reference(), temperature=temperature)


@pytest.mark.parametrize("bits", ["float", "small"])
def test_the_same_weights_give_the_same_bytes(bits: Any) -> None:
    def write() -> bytes:
        proto = to_onnx(shake(reference().build(), seed=5), bits=bits)
        return bytes(proto.SerializeToString(deterministic=True))

    assert write() == write()


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (_stack(lambda: k.GRU(4), *END), r"expected: one of Activation[\s\S]*found: layer GRU"),
        (_stack(lambda: k.Bidirectional(k.GRU(4)), *END), r"found: Bidirectional\(GRU\)"),
        (_stack(lambda: k.Bidirectional(k.LSTM(4), merge_mode="sum"), *END), "merge_mode='sum'"),
        (_stack(lambda: k.LSTM(4, go_backwards=True), *END), "go_backwards=True"),
        (_stack(lambda: k.LSTM(4, activation="relu"), *END), "activation=relu in LSTM"),
        (_stack(lambda: k.LSTM(4, recurrent_activation="tanh"), *END), "recurrent_activation=tanh"),
        (_stack(lambda: k.Dense(4, activation="gelu"), *END), r"one of linear, relu[\s\S]*activation gelu"),
        (_stack(lambda: k.Masking(-1.0), lambda: k.LSTM(4), END[1]), "mask_value=-1.0 in Masking"),
        (_stack(lambda: k.ReLU(max_value=6.0), *END), r"max_value=6.0 in ReLU[\s\S]*layer 're_lu"),
        (_stack(lambda: k.Softmax(axis=1), *END), "axis=1 in Softmax"),
        (_stack(lambda: k.BatchNormalization(axis=1), *END), r"axis=1 in BatchNormalization"),
        (
            _stack(lambda: k.Conv1D(9, 3, data_format="channels_first", padding="same"), *END),
            "channels_first",
        ),
        (_stack(lambda: k.GlobalMaxPooling1D(keepdims=True), *END), "keepdims=True"),
        (
            _stack(lambda: k.Bidirectional(k.LSTM(4), backward_layer=k.LSTM(3, go_backwards=True)), *END),
            "units=3",
        ),
    ],
)
def test_what_cannot_be_written_is_named(make: Callable[[], Any], found: str) -> None:
    with pytest.raises(ModelError, match=rf"graph writer cannot write[\s\S]*{found}"):
        to_onnx(make())


@pytest.mark.parametrize(
    "make",
    [
        _stack(k.Flatten, lambda: k.Dense(4)),
        _stack(lambda: k.Dense(4, activation="softmax")),
        _stack(k.Flatten, k.Softmax),
        _stack(k.Flatten, lambda: k.Dense(4, activation="relu"), k.Softmax),
        _stack(k.Flatten, lambda: k.Dense(4), lambda: k.Activation("tanh")),
    ],
)
def test_a_network_without_probabilities_at_its_end_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(ModelError, match=r"does not end in probabilities[\s\S]*Dense layer with softmax"):
        to_onnx(make())


def _clock(*added: Any) -> Any:
    model = default()
    for layer in added:
        model.add(layer)
    return shake(model.build(), seed=1)


def _any_number(*makers: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: keras.Sequential([keras.Input((None, 8)), *(make() for make in makers)])


@pytest.mark.parametrize("t", [4, 5, 9, 24, 40])
@pytest.mark.parametrize(("bits", "tolerance"), [("float", 1e-5), ("small", 5e-3)])
def test_the_default_network_agrees_with_keras_at_any_number_of_points(
    t: int, bits: Any, tolerance: float
) -> None:
    series = points(30, t)
    expected = np.asarray(shaken_default()(series))
    assert np.ptp(expected, axis=0).min() > 0.1
    np.testing.assert_allclose(_predict(graph(bits, "clock"), series), expected, atol=tolerance)


# Added layers that do not carry the mask say so each time; nothing is padded here.
@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask:UserWarning")
@pytest.mark.parametrize(
    "added",
    [
        lambda: [k.Conv1D(64, 3, activation="relu"), k.MaxPooling1D(2)],
        lambda: [k.Bidirectional(k.LSTM(16, return_sequences=True)), k.Dense(12)],
        lambda: [k.Conv1D(8, 4, padding="same"), k.AveragePooling1D(3, strides=1, padding="same")],
        lambda: [
            k.Conv1D(8, 3, padding="causal", strides=2, dilation_rate=1),
            k.LSTM(6, return_sequences=True),
        ],
    ],
)
def test_so_do_layers_added_to_it(added: Callable[[], list[Any]]) -> None:
    model = _clock(*added())
    proto = to_onnx(model)
    onnx.checker.check_model(proto, full_check=True)
    for t in (4, 7, 24):
        series = points(20, t)
        np.testing.assert_allclose(_predict(proto, series), np.asarray(model(series)), atol=1e-5)


def test_the_graph_of_the_default_network_leaves_genes_and_points_open() -> None:
    proto = graph("small", "clock")
    onnx.checker.check_model(proto, full_check=True)
    shapes = {
        value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*proto.graph.input, *proto.graph.output)
    }
    assert shapes == {"points": ["n", "t", 8], "heads": ["n", 9], "embedding": ["n", 32]}
    # Mask and normalisation cost nothing in a prediction.
    assert not {"Mul", "Where"} & {node.op_type for node in proto.graph.node}
    assert len(proto.SerializeToString()) < 44_000


def test_the_embedding_of_the_default_network_is_what_its_heads_see() -> None:
    model, series = shaken_default(), points(20, 12)
    inner = keras.Model(model.inputs[0], model.get_layer("embedding").output)
    _, embedding = Predictor(graph("float", "clock").SerializeToString()).predict(series, embeddings=True)
    np.testing.assert_allclose(embedding, np.asarray(inner(series)), atol=1e-5)


def test_heads_have_no_temperature() -> None:
    with pytest.raises(ModelError, match=r"heads of a network[\s\S]*temperature of 1[\s\S]*found: 2"):
        to_onnx(shaken_default(), temperature=2.0)


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (_any_number(k.GlobalMaxPooling1D, lambda: k.Dense(9, activation="softmax")), "not end in heads"),
        (_any_number(k.GlobalMaxPooling1D, lambda: k.Dense(8)), r"not end in heads[\s\S]*9 linear units"),
        (_any_number(lambda: k.Dense(9)), r"not end in heads[\s\S]*output \(None, None, 9\)"),
        (_any_number(lambda: k.Dense(9), k.GlobalMaxPooling1D), "not end in heads"),
        (
            _any_number(
                lambda: k.Conv1D(4, 3, strides=2, padding="same"), k.GlobalMaxPooling1D, lambda: k.Dense(9)
            ),
            r"cannot write[\s\S]*strides=\(1,\)[\s\S]*strides=\(2,\) in Conv1D",
        ),
        (
            lambda: keras.Sequential([keras.Input((None, 1)), k.GlobalMaxPooling1D(), k.Dense(9)]),
            r"cannot be written as a graph[\s\S]*\(None, 8\)",
        ),
    ],
)
def test_what_cannot_read_any_number_of_points_is_refused(make: Callable[[], Any], found: str) -> None:
    with pytest.raises(ModelError, match=found):
        to_onnx(make())


def test_only_a_built_chain_of_layers_can_be_written() -> None:
    entry = keras.Input((9, 1))
    branched = keras.Model(entry, k.Dense(4, activation="softmax")(k.Flatten()(entry)))
    for model in (branched, keras.Sequential([k.Dense(4, activation="softmax")])):
        with pytest.raises(ModelError, match=r"cannot be written[\s\S]*a built keras.Sequential"):
            to_onnx(model)


@pytest.fixture(scope="module")
def trained() -> Any:
    """The reference network after a moment of training: weights as they are in use."""
    model = reference(seed=1).build()
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    series, quarter = profiles(2000, seed=3)
    model.fit(series, quarter, batch_size=100, epochs=4, shuffle=False, verbose=0)
    return model


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_small_weights_change_next_to_nothing(trained: Any) -> None:
    series, quarter = profiles(4000, seed=4)
    small = to_onnx(trained, bits="small")
    exact, rounded = _predict(to_onnx(trained), series), _predict(small, series)
    assert np.mean(exact.argmax(axis=1) == quarter) > 0.7
    assert len(small.SerializeToString()) < 44_000
    assert np.abs(rounded - exact).max() < 0.03
    assert np.mean(rounded.argmax(axis=1) != exact.argmax(axis=1)) < 0.01


def test_a_network_of_any_size_can_be_made_small() -> None:
    large, tiny = _built("published change 2"), _built("global average")
    series, _ = profiles(50)
    sizes = []
    for model, tolerance in ((large, 0.1), (tiny, 0.01)):
        proto = to_onnx(model, bits="small")
        np.testing.assert_allclose(_predict(proto, series), _predict(to_onnx(model), series), atol=tolerance)
        sizes.append(len(proto.SerializeToString()))
    assert sizes[0] < 0.6 * large.count_params()
    assert sizes[1] < 2000
