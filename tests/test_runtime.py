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

from networks import CARD, edited_graph, graph, profiles, shaken_reference
from phasecall import modelfile, runtime
from phasecall.errors import ModelError
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
    assert (predictor.n_points, predictor.n_phases, predictor.n_embedding) == (9, 4, 32)


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
    predictor.n_phases = 5
    with pytest.raises(ModelError, match=r"another shape[\s\S]*\(3, 5\)[\s\S]*\(3, 4\)"):
        predictor.predict(SERIES[:3])


def test_series_with_gaps_are_refused_and_not_laid_to_the_model(predictor: Predictor) -> None:
    gaps = SERIES[:3].copy()
    gaps[1, 2] = np.nan
    with pytest.raises(ModelError, match=r"series hold values that are no numbers"):
        predictor.predict(gaps)


def test_of_some_hundreds_of_graphs_with_one_edit_each_gives_probabilities_or_one_message() -> None:
    met = {"refused": 0, "stumbled": 0, "answered": 0}
    for seed in range(400):
        proto = edited_graph(seed)
        try:
            inspect(proto, n_points=9, n_phases=4)
        except ModelError:
            met["refused"] += 1
            continue
        try:
            probabilities = Predictor(proto.SerializeToString()).predict(SERIES[:3])
        except ModelError:
            met["stumbled"] += 1
            continue
        met["answered"] += 1
        assert probabilities.shape == (3, 4)
        assert probabilities.min() >= 0
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-3)
    assert min(met.values()) > 20, met


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
