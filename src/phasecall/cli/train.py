"""`phasecall train`: a network from simulated cultures and labelled genes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import messages, options, reading, runs
from phasecall.cli.evaluate import show_tracks
from phasecall.errors import ModelError
from phasecall.phases import SCHEMES

if TYPE_CHECKING:
    from phasecall.benchmark import Track
    from phasecall.trainingset import Recipe, TrainingSet

_EPILOG = """\b
Examples:
  phasecall train -o run                            the published network, anew
  phasecall train -o run --epochs 5 --simulated 400 a quick look
  phasecall train -o own --data course.csv --labels phases.csv --sync alpha
  phasecall train -o deep --network deep.keras      your own layers (docs/training.md)

A run that was stopped goes on where it was when the same command is given again.
"""


@click.command("train", epilog=_EPILOG)
@runs.output
@click.option(
    "--network",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Your own network, .keras.",
)
@options.data
@options.labels
@options.sync
@click.option(
    "--period",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MIN",
    help="Minutes a cycle takes; fitted if not given.",
)
@click.option("--scheme", type=click.Choice(list(SCHEMES)), default="four", show_default=True)
@options.seed
@click.option("--epochs", type=click.IntRange(min=1), help="At most so many.  [default: 40]")
@click.option("--patience", type=click.IntRange(min=0), help="Epochs without gain, then stop.  [default: 12]")
@click.option("--batch-size", type=click.IntRange(min=1), help="[default: 64]")
@click.option("--learning-rate", type=click.FloatRange(0, 1, min_open=True), help="[default: 0.001]")
@click.option("--simulated", type=click.IntRange(min=0), help="Simulated genes an epoch.  [default: 2000]")
@click.option("--class-weights", type=click.Choice(["none", "balanced"]), help="[default: none]")
@click.option("--test", is_flag=True, help="When all is chosen: judge on the test fold, into the card.")
@runs.restart
@options.as_json
@reading.options
def command(output: Path, network: Path | None, as_json: bool, **settings: Any) -> None:
    """Train a network and write it as a model file with its card.

    Without --data it learns from the embedded cdc15 course, nine points, and from simulated cultures.
    Folds are by gene name: fold 0 is never seen, fold 1 stops training early and sets the temperature.
    The test fold is left alone until --test, so that nothing can be chosen by it.
    The folder gets model.onnx, model.keras, card.json, log.json and curve.svg/png/pdf. Same seed, same
    weights. Runs on a GPU where JAX has one. Needs the extra `train`.
    """
    from phasecall import packing, training

    options.require_both(settings["data"], settings["labels"])
    options.require_folder(output)
    data, sync = _training_data(settings)
    recipe = _recipe(settings)
    model = _network(network, data, recipe)
    checkpoints = runs.open_checkpoints(output, restart=settings["restart"])
    with runs.show_progress(recipe.epochs) as progress:
        trained = training.train(model, data, recipe, checkpoints, progress)
    plain = network is None and settings["data"] is None
    name = "reference" if plain else output.resolve().name
    words = options.command_line(names_only=True)
    card = packing.describe(trained, data, recipe, name=name, sync=sync, command=words)
    tracks = _tracks(settings) if settings["test"] else ()
    summary = packing.finish(trained, card, data, output, tracks)
    runs.write_log(trained.log, output)
    if as_json:
        messages.show_json(summary)
    elif settings["test"]:
        show_tracks(summary)
    _show_validation(summary["model"]["card"])
    messages.say(f"wrote {output}/model.onnx ({summary['model']['bytes']:,} bytes)")
    options.say_if_large(summary["model"]["bytes"])


def _training_data(settings: dict[str, Any]) -> tuple[TrainingSet, str | None]:
    """Return the training set asked for, and how its culture was synchronised."""
    from phasecall.phases import scheme as find_scheme
    from phasecall.trainingset import embedded_set, make_set

    scheme = find_scheme(settings["scheme"])
    if settings["data"] is None:
        if settings["sync"] or settings["period"] or reading.is_asked(settings["reading"]):
            raise click.UsageError("--sync, --period and how to read a file are about your own --data.")
        return embedded_set(scheme), "cdc15"
    course = reading.read_one(settings["data"], settings["sync"], settings["reading"])
    messages.show_notes(course.notes)
    labels = options.fit_labels(settings["labels"], course, scheme)
    return make_set(course, labels, scheme, period=settings["period"]), course.sync


def _recipe(settings: dict[str, Any]) -> Recipe:
    from dataclasses import fields

    from phasecall.trainingset import Recipe

    given = {field.name: settings.get(field.name) for field in fields(Recipe)}
    return Recipe(**{name: value for name, value in given.items() if value is not None})


def _network(path: Path | None, data: TrainingSet, recipe: Recipe) -> Any:
    from phasecall.graph import to_onnx
    from phasecall.network import load_network, reference

    n_points, n_phases = data.course.times.size, len(data.scheme)
    if path is None:
        return reference(n_points, n_phases, recipe.seed).build()
    model = load_network(path)
    if (model.input_shape[1], model.output_shape[1]) != (n_points, n_phases):
        raise ModelError(
            "the network does not fit the data",
            expected=f"{n_points} time points in and {n_phases} phases out",
            found=f"{model.input_shape[1]} in and {model.output_shape[1]} out",
            where=str(path),
            fix="build it with these numbers: phasecall.network.reference(n_points, n_phases)",
        )
    # What cannot be written in the end is told now, not after the training.
    to_onnx(model, bits="float")
    return model


def _tracks(settings: dict[str, Any]) -> list[Track]:
    from phasecall import benchmark

    if settings["data"] is None:
        return benchmark.tracks_of(settings["scheme"])
    course = reading.read_one(settings["data"], settings["sync"], settings["reading"])
    return [options.own_track(course, settings["labels"], settings["scheme"])]


def _show_validation(card: dict[str, Any]) -> None:
    best, loss = card["metrics"]["validation"], card["metrics"]["quantisation"]
    messages.say(
        f"epoch {best['epoch']}: {100 * best['val_accuracy']:.1f} % of the validation genes called rightly;"
        f" the small file changes {100 * loss['changed_calls']:.3f} % of the calls of {loss['n']} genes"
    )
