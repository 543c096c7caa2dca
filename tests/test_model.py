"""The shipped model: its size, its card, and what quantisation costs."""

import json
from importlib import resources

import numpy as np
import pytest

from phasecall import modelfile, packing
from phasecall.benchmark import TRACKS, tracks_of
from phasecall.checkpoints import digest_weights
from phasecall.datasets import load
from phasecall.preparation import prepare, standardise
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
    assert {row["track"] for row in card.metrics["tracks"]} == {track.key for track in tracks_of("four")}
    assert json.loads(card.to_json())["name"] == "reference"


def test_it_was_made_of_the_weights_beside_it() -> None:
    model, card = packing.open_trained("reference")
    assert digest_weights(model) == card.training["weights_sha256"]
    assert model.count_params() == 54_180


def test_quantisation_costs_at_most_a_tenth_of_a_point() -> None:
    model, card = packing.open_trained("reference")
    shipped = modelfile.shipped()
    genome = prepare(load("cdc15-4381"), card.times).series
    loss = packing.measure_loss(model, shipped, genome)
    assert {"data": "cdc15-4381", **loss} == pytest.approx(card.metrics["quantisation"], abs=1e-3)
    assert loss["changed_calls"] < 0.02
    assert loss["max_probability_change"] < 0.03
    # One gene of 508 is 0.2 points: every labelled gene outside the test fold is seen with many jitters.
    task = TRACKS["cdc15-9"].load()
    seen = (task.codes >= 0) & ~task.test
    course = prepare(task.course.select_genes(seen), card.times).course
    rng = np.random.default_rng(0)
    noise = 0.3 * course.values.std(axis=1, keepdims=True) * rng.standard_normal((20, *course.values.shape))
    series = standardise(np.concatenate(course.values + noise), course.times)
    truth = np.tile(task.codes[seen], 20)
    exact = (predict(model, series).argmax(axis=1) == truth).mean()
    small = (Predictor(shipped.content).predict(series).argmax(axis=1) == truth).mean()
    assert exact - small <= 0.001
