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
from numpy.typing import NDArray

from phasecall import __version__, modelfile
from phasecall.benchmark import Track, evaluate, summarise_run
from phasecall.benchmark.sets import calibrate_sets
from phasecall.calibration import temper
from phasecall.checkpoints import digest_weights
from phasecall.density import ORDER, lay_out, share_out
from phasecall.errors import ModelError
from phasecall.graph import to_onnx
from phasecall.io import atomic
from phasecall.labels import TEST_FOLD, VALIDATION_FOLD
from phasecall.lessons import draw_lesson
from phasecall.modelcard import ModelCard
from phasecall.network import load_network
from phasecall.phases import SCHEMES
from phasecall.points import MOST_POINTS
from phasecall.preparation import Series, standardise
from phasecall.pretraining import Plan, pad, predict_heads
from phasecall.runtime import Predictor
from phasecall.simulation import simulate
from phasecall.training import Trained, predict
from phasecall.trainingset import CULTURES, Recipe, TrainingSet

if TYPE_CHECKING:
    import keras

MAX_SMALL_BYTES = 50_000
"""Largest size of a shipped model file."""

# Neither is a seed of anything that a network is trained on or judged by.
_N_SIMULATED, _SIMULATED_SEED = 4000, 50_000
_N_LESSONS, _LESSONS_SEED = 16, 60_000_000
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
    """Compare a model file of the kind `grid` with the network it was made of.

    Returns
    -------
    dict
        `n` profiles, `changed_calls` (share of them whose most probable phase differs) and
        `max_probability_change`.
    """
    exact = temper(predict(model, series), packed.card.temperature)
    return _compare(exact, Predictor(packed.content).predict(series))


def measure_simulated_loss(model: keras.Model, packed: modelfile.ModelFile) -> dict[str, float | int]:
    """Compare a model file with the network it was made of, on simulated genes that it was not trained on.

    A model of the kind `clock` has no phases of its own: those of scheme `four` are compared.

    Returns
    -------
    dict
        What `measure_loss` returns.
    """
    if packed.card.kind == "grid":
        made = simulate(_N_SIMULATED, times=packed.card.times, seed=_SIMULATED_SEED)
        return measure_loss(model, packed, standardise(made.course.values, made.course.times))
    lessons = [draw_lesson(_LESSONS_SEED + number) for number in range(_N_LESSONS)]
    # Keras compiles a network anew for every length; padded there is one. ONNX Runtime takes them all.
    exact = predict_heads(model, pad(lessons, MOST_POINTS)[0])
    predictor = Predictor(packed.content)
    small = np.concatenate([predictor.predict(lesson.points) for lesson in lessons])
    return _compare(*(share_out(lay_out(heads[:, : 2 * ORDER]), SCHEMES["four"]) for heads in (exact, small)))


def _compare(exact: NDArray[np.float64], small: NDArray[np.float64]) -> dict[str, float | int]:
    return {
        "n": len(exact),
        "changed_calls": float((exact.argmax(axis=1) != small.argmax(axis=1)).mean()),
        "max_probability_change": float(np.abs(exact - small).max()),
    }


def describe(
    trained: Trained, data: TrainingSet, recipe: Recipe, *, name: str, sync: str | None, command: str
) -> ModelCard:
    """Return the card of a network trained on one grid, with its validation figures only."""
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
    }
    return _describe(
        trained,
        name,
        command,
        training,
        description=f"Phase of peak expression, trained on {data.course.name} and simulations.",
        method="reference",
        kind="grid",
        scheme=data.scheme.key,
        times=tuple(data.course.times.tolist()),
        sync=sync,
        period=data.clock.period,
        turn_at_zero=data.clock.turn_at_zero,
    )


def describe_default(trained: Trained, plan: Plan, *, name: str, command: str) -> ModelCard:
    """Return the card of a network that reads any course, with its validation figures only."""
    n_lessons = plan.lessons * len(trained.log)
    training = {
        "plan": asdict(plan),
        "simulated_experiments": n_lessons,
        "simulated_genes": n_lessons * plan.n_genes,
        "real_genes": 0,
    }
    return _describe(
        trained,
        name,
        command,
        training,
        description="Where on the turn a gene peaks, in any course on its clock; trained on simulations.",
        method="phasecall",
        kind="clock",
        scheme=None,
        times=(),
        sync=None,
        period=None,
        turn_at_zero=None,
    )


def _describe(trained: Trained, name: str, command: str, training: dict[str, Any], **own: Any) -> ModelCard:
    """Return a card: what is said of every network, and what is its kind's own."""
    made = {"weights_sha256": digest_weights(trained.model), "command": command, "commit": _commit()}
    return ModelCard(
        name=name,
        version=__version__,
        temperature=trained.temperature,
        conformal={},
        parameters=int(trained.model.count_params()),
        training={**training, **made},
        metrics={"validation": trained.log[trained.best_epoch - 1]},
        licence="MIT",
        created=datetime.now(UTC).date().isoformat(),
        **own,
    )


def finish(
    trained: Trained, card: ModelCard, data: TrainingSet, folder: Path, tracks: Iterable[Track]
) -> dict[str, Any]:
    """Write the files of a run on one grid: the network, and the model file with what was measured on it.

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
    return summarise_run(_write(trained.model, card, folder), command=card.training["command"], rows=rows)


def finish_default(model: keras.Model, card: ModelCard, folder: Path) -> dict[str, Any]:
    """Write the files of a run of the default network, as `finish` does; no track judges it here.

    Returns
    -------
    dict
        The summary of the run.
    """
    packed = modelfile.seal(to_onnx(model, bits="small"), card)
    loss = {"data": "simulated experiments", **measure_simulated_loss(model, packed)}
    card = replace(card, metrics={**card.metrics, "quantisation": loss}, conformal=calibrate_sets(packed))
    return summarise_run(_write(model, card, folder), command=card.training["command"])


def _write(model: keras.Model, card: ModelCard, folder: Path) -> modelfile.ModelFile:
    save_trained(model, card, folder)
    return pack(model, card, folder / "model.onnx")


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
        `phasecall` or `reference` for a shipped network, the folder of a training run, or the `.keras` file
        in it.

    Raises
    ------
    ModelError
        If there is no network, or no card beside it.
    """
    if source in modelfile.SHIPPED:
        shipped = resources.files("phasecall") / "data" / f"{source}.keras"
        with resources.as_file(shipped) as path:
            return load_network(path), modelfile.shipped(source).card
    path = Path(source)
    network, card = (path / "model.keras" if path.is_dir() else path), _beside(path)
    if not card.is_file():
        raise ModelError(
            "a network alone does not say what it was trained for",
            expected=f"the file {_CARD} that a training run writes beside the network",
            where=str(card),
            fix=f"name the folder of a training run, or a shipped network: {', '.join(modelfile.SHIPPED)}",
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
