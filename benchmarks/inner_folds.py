"""What was tried for the published network, on folds 1 to 4: `python benchmarks/inner_folds.py [KEY ...]`.

Each of these folds is held out in turn, the next one stops training, the other two train; fold 0 is no part
of it. Without a key: the inputs, by logistic regression, the Bayes-optimal accuracies, and every recipe
(about a minute each).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from phasecall import datasets, training, trainingset
from phasecall.calibration import temper
from phasecall.labels import encode, fold_of
from phasecall.network import reference
from phasecall.phases import SCHEMES
from phasecall.preparation import prepare, standardise
from phasecall.simulation import NINE_POINTS, Culture, posterior, simulate

FOUR = SCHEMES["four"]
INNER = (1, 2, 3, 4)
SHARP = (0.25, 0.02)
# What differs from the recipe as it is: settings of `Recipe`, and the simulated cultures (noise, spread).
RECIPES: dict[str, dict[str, Any]] = {
    "chosen": {},
    "real-alone": {"simulated": 0},
    "centred": {"cultures": (SHARP, (0.8, 0.06))},
    "sharp-alone": {"cultures": (SHARP,)},
    "noise-0.6": {"cultures": (SHARP, (0.6, None))},
    "noise-1.0": {"cultures": (SHARP, (1.0, None))},
    "simulation-doubled": {"simulated": 4000},
    "more-jitter": {"repeats": 8, "jitter": 0.5},
}


def judge_inputs() -> None:
    """Print the accuracy of logistic regression for each way to prepare the nine points."""
    course = prepare(datasets.load("cdc15-4381"), NINE_POINTS).course
    codes, folds = encode(datasets.load_labels(), course.genes, FOUR), fold_of(course.genes)
    raw = course.values
    centred = raw - raw.mean(axis=1, keepdims=True)
    inputs = {
        "asinh": np.arcsinh(raw),
        "values": raw,
        "asinh, centred": np.arcsinh(centred),
        "centred": centred,
        "scaled": standardise(raw, course.times)[:, :, 0],
    }
    for name, values in inputs.items():
        for strength in (0.03, 0.1, 0.3, 1.0, 3.0):
            right = []
            for held in INNER:
                train, test = (codes >= 0) & ~np.isin(folds, (0, held)), (codes >= 0) & (folds == held)
                regression = LogisticRegression(C=strength, max_iter=1000)
                model = make_pipeline(StandardScaler(), regression).fit(values[train], codes[train])
                right.append(model.predict(values[test]) == codes[test])
            print(
                f"input {name}: C {strength} accuracy {100 * np.concatenate(right).mean():.1f} %", flush=True
            )


def judge_noise() -> None:
    """Print the accuracy of the Bayes-optimal classifier at some noises."""
    for noise in (0.2, 0.25, 0.3):
        culture = Culture(noise=noise)
        made = simulate(40_000, culture=culture, seed=11)
        best = posterior(made.course, culture).argmax(axis=1) == made.codes
        print(f"noise {noise}: Bayes-optimal {100 * best.mean():.2f} %", flush=True)


def judge_recipe(key: str) -> None:
    """Print what a recipe gets on the inner folds and on simulated genes of the track's kind."""
    settings = dict(RECIPES[key])
    cultures = settings.pop("cultures", trainingset.CULTURES)
    course, labels = datasets.load("cdc15-4381"), datasets.load_labels()
    seen = {gene: label for gene, label in labels.items() if fold_of([gene])[0] != 0}
    made = simulate(4000, seed=101)
    simulated = standardise(made.course.values, made.course.times)
    right, losses, simulation = [], [], []
    for held in INNER:
        folds: dict[str, Any] = {"TEST_FOLD": held, "VALIDATION_FOLD": held % 4 + 1}
        with (
            patch.multiple(trainingset, CULTURES=cultures, **folds),
            patch.multiple(training, CULTURES=cultures),
            tempfile.TemporaryDirectory() as folder,
        ):
            data = trainingset.make_set(course, seen, FOUR, times=NINE_POINTS)
            recipe = trainingset.Recipe(**settings)
            trained = training.train(reference().build(), data, recipe, Path(folder))
        test = data.fold(held)
        series, truth = standardise(data.course.values[test], data.course.times), data.codes[test]
        chances = temper(training.predict(trained.model, series), trained.temperature)
        right.append(chances.argmax(axis=1) == truth)
        losses.append(-np.log(chances[np.arange(truth.size), truth]))
        simulation.append(training.predict(trained.model, simulated).argmax(axis=1) == made.codes)
    real, loss = 100 * np.concatenate(right).mean(), np.concatenate(losses).mean()
    print(f"{key}: real {real:.1f} % NLL {loss:.3f} simulated {100 * np.mean(simulation):.1f} %", flush=True)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    if not wanted:
        judge_inputs()
        judge_noise()
    for recipe_key in wanted or RECIPES:
        judge_recipe(recipe_key)
