"""The shipped model: its size, its card, and what quantisation costs."""

import json
from importlib import resources

import numpy as np
import pytest

from phasecall import modelfile, packing
from phasecall.benchmark import TRACKS
from phasecall.datasets import load
from phasecall.labels import fold_of
from phasecall.preparation import prepare
from phasecall.runtime import Predictor
from phasecall.training import predict


def test_it_is_small_and_complete() -> None:
    shipped = modelfile.shipped()
    on_disk = (resources.files("phasecall") / "data" / "reference.onnx").read_bytes()
    assert shipped.content == on_disk
    assert len(on_disk) < packing.MAX_SMALL_BYTES
    assert shipped.card.parameters == 54_180


def test_its_card_says_how_it_was_made() -> None:
    card = modelfile.shipped().card
    assert card.licence == "MIT"
    assert card.times == tuple(range(40, 121, 10))
    assert (card.scheme, card.sync) == ("four", "cdc15")
    for key in (
        "data_sha256",
        "command",
        "commit",
        "recipe",
        "weights_sha256",
        "test_fold",
        "validation_fold",
    ):
        assert card.training[key] is not None, key
    data = prepare(load("cdc15-4381"), card.times).course
    assert card.training["data_sha256"] == data.sha256()
    assert {row["track"] for row in card.metrics["tracks"]} == set(TRACKS)
    assert json.loads(card.to_json())["name"] == "reference"


def test_it_was_made_of_the_weights_beside_it() -> None:
    model, card = packing.open_trained("reference")
    assert packing.digest_weights(model) == card.training["weights_sha256"]
    assert model.count_params() == 54_180


def test_quantisation_costs_at_most_a_tenth_of_a_point() -> None:
    model, card = packing.open_trained("reference")
    shipped = modelfile.shipped()
    loss = packing.measure_loss(model, shipped)
    assert loss == pytest.approx(card.metrics["quantisation"], abs=1e-4)
    truth = TRACKS["cdc15-9"].load()
    seen = (truth.codes >= 0) & (fold_of(truth.course.genes) != 0)
    series = prepare(truth.course.select_genes(seen), card.times).series
    exact = predict(model, series).argmax(axis=1) == truth.codes[seen]
    small = Predictor(shipped.content).predict(series).argmax(axis=1) == truth.codes[seen]
    assert abs(exact.mean() - small.mean()) <= 0.001 + 1e-9
    assert np.isfinite(loss["max_probability_change"])
