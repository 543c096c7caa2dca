"""Predictions: the same whatever the batch, the chunk and the thread."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from networks import (
    CARD,
    CLOCK_CARD,
    edited_graph,
    graph,
    points,
    profiles,
    shaken_default,
    shaken_reference,
)
from phasecall import modelfile, runtime
from phasecall.errors import ModelError
from phasecall.graph import Kind
from phasecall.inspection import inspect
from phasecall.runtime import Predictor

SERIES, _ = profiles(600)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor(modelfile.seal(graph(), CARD).content)


def test_predictions_agree_with_keras() -> None:
    predictor = Predictor(graph("float").SerializeToString())
    expected = np.asarray(shaken_reference()(SERIES[:50]))
    np.testing.assert_allclose(predictor.predict(SERIES[:50]), expected, atol=1e-5)
    assert (predictor.n_points, predictor.n_outputs, predictor.n_embedding) == (9, 4, 32)


def test_probabilities_are_floats_that_sum_to_1(predictor: Predictor) -> None:
    probabilities = predictor.predict(SERIES)
    assert probabilities.dtype == np.float64
    assert probabilities.shape == (600, 4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize("chunk", [1, 2, 7, 64, 600])
def test_chunks_change_nothing(predictor: Predictor, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    whole = predictor.predict(SERIES)
    monkeypatch.setattr(runtime, "CHUNK", chunk)
    np.testing.assert_allclose(predictor.predict(SERIES), whole, atol=1e-6)


def test_order_changes_nothing_and_the_same_call_gives_the_same_bits(predictor: Predictor) -> None:
    whole = predictor.predict(SERIES)
    order = np.random.default_rng(0).permutation(len(SERIES))
    np.testing.assert_allclose(predictor.predict(SERIES[order]), whole[order], atol=1e-6)
    np.testing.assert_array_equal(predictor.predict(SERIES), whole)


def test_no_gene_and_one_gene_are_fine(predictor: Predictor) -> None:
    assert predictor.predict(SERIES[:0]).shape == (0, 4)
    np.testing.assert_allclose(predictor.predict(SERIES[:1]), predictor.predict(SERIES)[:1], atol=1e-6)
    probabilities, embedding = predictor.predict(SERIES[:0], embeddings=True)
    assert (probabilities.shape, embedding.shape) == ((0, 4), (0, 32))


def test_embeddings_come_on_request(predictor: Predictor) -> None:
    probabilities, embedding = predictor.predict(SERIES, embeddings=True)
    np.testing.assert_array_equal(probabilities, predictor.predict(SERIES))
    assert embedding.shape == (600, 32)
    assert embedding.min() >= 0


def test_a_second_session_is_opened_only_for_many_genes() -> None:
    predictor = Predictor(graph().SerializeToString())
    predictor.predict(SERIES[: runtime.CHUNK])
    assert len(predictor._sessions) == 1
    predictor.predict(SERIES)
    assert len(predictor._sessions) == runtime.THREADS


def test_one_predictor_serves_several_threads() -> None:
    predictor = Predictor(graph().SerializeToString())
    expected = predictor.predict(SERIES)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(predictor.predict, [SERIES] * 8):
            np.testing.assert_array_equal(found, expected)
    assert len(predictor._sessions) == runtime.THREADS


def test_other_layouts_of_the_same_numbers_are_taken(predictor: Predictor) -> None:
    turned = np.asfortranarray(SERIES.astype(np.float64))
    np.testing.assert_array_equal(predictor.predict(turned), predictor.predict(SERIES))


@pytest.mark.parametrize("shape", [(3, 8, 1), (3, 9), (3, 9, 2), (9, 1)])
def test_series_of_another_shape_are_refused(predictor: Predictor, shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match=r"do not fit the model[\s\S]*\(n, 9, 1\)[\s\S]*found: shape"):
        predictor.predict(np.zeros(shape))


@pytest.mark.parametrize("content", [b"", b"rubbish"])
def test_what_is_no_graph_is_a_model_error(content: bytes) -> None:
    with pytest.raises(ModelError, match="ONNX Runtime cannot load the graph"):
        Predictor(content)


def _changed(operator: str, attribute: str, value: Any) -> bytes:
    proto = onnx.ModelProto()
    proto.CopyFrom(graph("float"))
    nodes = [node for node in proto.graph.node if node.op_type == operator]
    kept = [one for one in nodes[-1].attribute if one.name != attribute]
    del nodes[-1].attribute[:]
    nodes[-1].attribute.extend([*kept, onnx.helper.make_attribute(attribute, value)])
    content: bytes = proto.SerializeToString()
    return content


@pytest.mark.parametrize("count", [1, 2, 600])
def test_a_softmax_over_the_genes_is_found(count: int) -> None:
    predictor = Predictor(_changed("Softmax", "axis", 0), where="odd.onnx")
    with pytest.raises(ModelError, match=r"returns no probabilities[\s\S]*sums from[\s\S]*where: odd\.onnx"):
        predictor.predict(SERIES[:count])


def test_a_graph_that_fails_when_it_runs_is_a_model_error_and_prints_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    predictor = Predictor(_changed("Transpose", "perm", [2, 1, 0]), where="odd.onnx")
    with pytest.raises(ModelError, match=r"cannot run the graph[\s\S]*found: .+[\s\S]*where: odd\.onnx"):
        predictor.predict(SERIES)
    assert capfd.readouterr() == ("", "")


def test_an_output_of_another_shape_than_declared_is_found(predictor: Predictor) -> None:
    predictor = Predictor(graph().SerializeToString())
    predictor.n_outputs = 5
    with pytest.raises(ModelError, match=r"another shape[\s\S]*\(3, 5\)[\s\S]*\(3, 4\)"):
        predictor.predict(SERIES[:3])


def test_series_with_gaps_are_refused_and_not_laid_to_the_model(predictor: Predictor) -> None:
    gaps = SERIES[:3].copy()
    gaps[1, 2] = np.nan
    with pytest.raises(ModelError, match=r"series hold values that are no numbers"):
        predictor.predict(gaps)


@pytest.mark.parametrize("kind", ["grid", "clock"])
def test_of_some_hundreds_of_graphs_with_one_edit_each_gives_an_answer_or_one_message(kind: Kind) -> None:
    met = {"refused": 0, "stumbled": 0, "answered": 0}
    n_points, n_outputs, series = (9, 4, SERIES[:3]) if kind == "grid" else (None, 9, points(3, 7))
    for seed in range(400):
        proto = edited_graph(seed, kind)
        try:
            inspect(proto, n_points=n_points, n_outputs=n_outputs)
        except ModelError:
            met["refused"] += 1
            continue
        try:
            answers = Predictor(proto.SerializeToString()).predict(series)
        except ModelError:
            met["stumbled"] += 1
            continue
        met["answered"] += 1
        assert answers.shape == (3, n_outputs)
        assert np.isfinite(answers).all()
        if kind == "grid":
            assert answers.min() >= 0
            np.testing.assert_allclose(answers.sum(axis=1), 1.0, atol=1e-3)
    assert min(met.values()) > 20, met


@pytest.fixture(scope="module")
def clock() -> Predictor:
    return Predictor(modelfile.seal(graph(kind="clock"), CLOCK_CARD).content)


def test_a_clock_gives_heads_for_any_number_of_points(clock: Predictor) -> None:
    assert (clock.kind, clock.n_points, clock.n_outputs, clock.n_embedding) == ("clock", None, 9, 32)
    for t in (4, 24, 4096):
        series = points(5, t)
        heads, embedding = clock.predict(series, embeddings=True)
        assert heads.dtype == np.float64
        assert (heads.shape, embedding.shape) == ((5, 9), (5, 32))
        np.testing.assert_allclose(heads, np.asarray(shaken_default()(series)), atol=5e-3)
    assert clock.predict(points(0, 24)).shape == (0, 9)


@pytest.mark.parametrize(("t", "size"), [(9, 250), (12, 250), (24, 125), (2000, 1), (4096, 1)])
def test_chunks_of_long_series_hold_few_genes(t: int, size: int) -> None:
    assert runtime.chunk_size(t) == size


def test_chunks_of_a_clock_change_nothing(clock: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    series = points(300, 24)
    whole = clock.predict(series)
    monkeypatch.setattr(runtime, "CHUNK_POINTS", 24 * 7)
    np.testing.assert_allclose(clock.predict(series), whole, atol=1e-5)
    np.testing.assert_allclose(clock.predict(series[::-1])[::-1], whole, atol=1e-5)


@pytest.mark.parametrize("shape", [(3, 3, 8), (3, 4097, 8), (3, 9, 7), (3, 9, 1), (9, 8)])
def test_points_of_another_shape_are_refused(clock: Predictor, shape: tuple[int, ...]) -> None:
    with pytest.raises(
        ModelError, match=r"do not fit the model[\s\S]*\(n, 4 to 4096, 8\)[\s\S]*found: shape"
    ):
        clock.predict(np.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_points_that_are_no_numbers_are_refused(clock: Predictor, value: float) -> None:
    series = points(3, 9)
    series[1, 2, 3] = value
    with pytest.raises(ModelError, match="series hold values that are no numbers"):
        clock.predict(series)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_heads_that_are_no_numbers_are_found(value: float) -> None:
    proto = onnx.ModelProto()
    proto.CopyFrom(graph("float", "clock"))
    bias = next(tensor for tensor in proto.graph.initializer if list(tensor.dims) == [9])
    bias.raw_data = np.full(9, value, dtype="<f4").tobytes()
    inspect(proto, n_points=None, n_outputs=9)
    predictor = Predictor(proto.SerializeToString(), where="odd.onnx")
    with pytest.raises(ModelError, match=r"values that are no numbers[\s\S]*finite[\s\S]*where: odd\.onnx"):
        predictor.predict(points(3, 9))


def test_loading_and_predicting_print_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    modelfile.write(path, graph(), CARD)
    command = (
        "import sys, numpy as np; from phasecall.modelfile import unseal;"
        "from phasecall.runtime import Predictor;"
        "p = Predictor(unseal(open(sys.argv[1], 'rb').read()).content); p.predict(np.zeros((700, 9, 1)));"
        "assert not {'keras', 'onnx'} & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", command, path], capture_output=True, text=True, check=True)
    assert run.stdout + run.stderr == ""
