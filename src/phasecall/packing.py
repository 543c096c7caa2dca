"""Packing: from a trained network to a model file with its card, and what the smaller file costs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from phasecall import __version__, modelfile
from phasecall.benchmark import Track, evaluate, summarise_run
from phasecall.calibration import temper
from phasecall.errors import ModelError
from phasecall.graph import to_onnx
from phasecall.io import atomic
from phasecall.labels import TEST_FOLD, VALIDATION_FOLD
from phasecall.modelfile import ModelCard
from phasecall.network import load_network
from phasecall.preparation import Series, standardise
from phasecall.runtime import Predictor
from phasecall.training import Trained, digest_weights, predict
from phasecall.trainingset import CULTURES, Recipe, TrainingSet

if TYPE_CHECKING:
    import keras

SHIPPED = "reference"
"""The name under which the shipped network is exported."""

MAX_SMALL_BYTES = 50_000
"""Largest size of a shipped model file."""

_CARD = "card.json"
_KEPT = ("track", "n_test", "accuracy", "accuracy_ci", "macro_f1", "ece")


def pack(model: keras.Model, card: ModelCard, path: Path, *, exact: bool = False) -> modelfile.ModelFile:
    """Write a network and its card as a model file, and return what was written.

    Parameters
    ----------
    model
        A trained network without its temperature, which is taken from the card.
    card
        What to know about it.
    path
        Where to write, `.onnx`.
    exact
        Keep 32-bit weights; otherwise most are stored in 4 and 8 bits.
    """
    if exact:
        # What the small weights cost says nothing about this file.
        card = replace(card, metrics={k: v for k, v in card.metrics.items() if k != "quantisation"})
    graph = to_onnx(model, bits="float" if exact else "small", temperature=card.temperature)
    return modelfile.write(path, graph, card)


def measure_loss(model: keras.Model, packed: modelfile.ModelFile, series: Series) -> dict[str, float | int]:
    """Compare a model file with the network it was made of.

    Returns
    -------
    dict
        `n` profiles, `changed_calls` (share of them whose most probable phase differs) and
        `max_probability_change`.
    """
    exact = temper(predict(model, series), packed.card.temperature)
    small = Predictor(packed.content).predict(series)
    return {
        "n": len(series),
        "changed_calls": float((exact.argmax(axis=1) != small.argmax(axis=1)).mean()),
        "max_probability_change": float(np.abs(exact - small).max()),
    }


def describe(
    trained: Trained, data: TrainingSet, recipe: Recipe, *, name: str, sync: str | None, command: str
) -> ModelCard:
    """Return the card of a trained network, with its validation figures only."""
    training = {
        "data": data.course.name,
        "data_sha256": data.course.sha256(),
        "labels_sha256": data.labels_sha256(),
        "labelled_genes": int(data.training().sum()),
        "simulated_genes": recipe.simulated * trained.best_epoch,
        "cultures": [list(culture) for culture in CULTURES],
        "phase_counts": np.bincount(data.codes[data.training()]).tolist(),
        "test_fold": TEST_FOLD,
        "validation_fold": VALIDATION_FOLD,
        "recipe": asdict(recipe),
        "best_epoch": trained.best_epoch,
        "weights_sha256": digest_weights(trained.model),
        "command": command,
        "commit": _commit(),
    }
    return ModelCard(
        name=name,
        version=__version__,
        description=f"Phase of peak expression, trained on {data.course.name} and simulations.",
        method="reference",
        scheme=data.scheme.key,
        times=tuple(data.course.times.tolist()),
        sync=sync,
        period=data.clock.period,
        turn_at_zero=data.clock.turn_at_zero,
        temperature=trained.temperature,
        parameters=int(trained.model.count_params()),
        training=training,
        metrics={"validation": trained.log[trained.best_epoch - 1]},
        licence="MIT",
        created=datetime.now(UTC).date().isoformat(),
    )


def finish(
    trained: Trained, card: ModelCard, data: TrainingSet, folder: Path, tracks: Iterable[Track]
) -> dict[str, Any]:
    """Write the files of a run: the network, and the model file with what was measured on it in its card.

    Returns
    -------
    dict
        The summary of the evaluation.
    """
    # Judged before it is written: what lies in the folder says in its card how good it is.
    packed = modelfile.seal(to_onnx(trained.model, bits="small", temperature=card.temperature), card)
    rows = evaluate(packed, tracks)
    judged = [{key: row[key] for key in _KEPT} for row in rows if row["method"] == card.name]
    series = standardise(data.course.values, data.course.times)
    loss = {"data": card.training["data"], **measure_loss(trained.model, packed, series)}
    card = replace(card, metrics={**card.metrics, "tracks": judged, "quantisation": loss})
    save_trained(trained.model, card, folder)
    written = pack(trained.model, card, folder / "model.onnx")
    return summarise_run(written, command=str(card.training["command"]), rows=rows)


def save_network(model: keras.Model, path: Path) -> None:
    """Write a Keras network, whole or not at all."""
    with TemporaryDirectory() as elsewhere:
        written = Path(elsewhere) / "network.keras"
        model.save(written)
        with atomic(path, "wb") as file:
            file.write(written.read_bytes())


def save_trained(model: keras.Model, card: ModelCard, folder: Path) -> None:
    """Write the float network and its card side by side, as `open_trained` wants them."""
    save_network(model, folder / "model.keras")
    with atomic(folder / _CARD, "w") as file:
        file.write(card.to_json())


def open_trained(source: str) -> tuple[keras.Model, ModelCard]:
    """Return a trained float network and its card.

    Parameters
    ----------
    source
        `reference` for the shipped one, the folder of a training run, or the `.keras` file in it.

    Raises
    ------
    ModelError
        If there is no network, or no card beside it.
    """
    if source == SHIPPED:
        shipped = resources.files("phasecall") / "data" / "reference.keras"
        with resources.as_file(shipped) as path:
            return load_network(path), modelfile.shipped().card
    path = Path(source)
    network, card = (path / "model.keras" if path.is_dir() else path), _beside(path)
    if not card.is_file():
        raise ModelError(
            "a network alone does not say which grid, phases and clock it was trained for",
            expected=f"the file {_CARD} that `phasecall train` writes beside the network",
            where=str(card),
            fix="name the folder of a training run, or `reference` for the shipped network",
        )
    model, known = load_network(network), ModelCard.from_json(_read_card(card), str(card))
    if digest_weights(model) != known.training.get("weights_sha256"):
        raise ModelError(
            "the network is not the one that the card beside it describes",
            where=str(network),
            fix="train again, or fetch both files from the same run",
        )
    return model, known


def _read_card(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as fault:
        raise ModelError("the card is not UTF-8 text", where=str(path), found=str(fault)) from fault


def _beside(path: Path) -> Path:
    return (path if path.is_dir() else path.parent) / _CARD


def _commit() -> str | None:
    """Return the commit of the source that runs, where it runs from a git checkout."""
    here = Path(__file__).parent
    words = ["git", "-C", str(here), "log", "-1", "--format=%H", "--", "."]
    try:
        told = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return None
    return told.stdout.strip() or None
