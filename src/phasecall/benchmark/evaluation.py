"""The evaluation: a model file and the plain methods beside it on fold 0, and the summary of a run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from phasecall.benchmark.task import Task, split_task
from phasecall.benchmark.tracks import Track
from phasecall.methods import METHODS, Examples, Predict
from phasecall.metrics import summarise
from phasecall.modelcard import require_scheme
from phasecall.modelfile import ModelFile, shipped
from phasecall.phases import Scheme
from phasecall.preparation import prepare
from phasecall.runtime import Predictor
from phasecall.simulation import posterior
from phasecall.timecourse import TimeCourse

JUDGED = ("reference", "logistic", "majority")
"""Methods that an evaluation sets side by side: a network, in place of the first, and two plain ones."""


def own_track(course: TimeCourse, labels: Mapping[str, str], scheme: Scheme) -> Track:
    """Return a track of a user's own data."""
    return Track(
        "own",
        course.name,
        scheme.key,
        "Genes of fold 0 of your own data with your own labels.",
        partial(split_task, course, labels, scheme),
    )


def evaluate(source: ModelFile, tracks: Iterable[Track], *, seed: int = 0) -> list[dict[str, Any]]:
    """Judge a model file and the plain methods beside it on some tracks.

    Parameters
    ----------
    source
        The network, in place of the table's `reference`.
    tracks
        What to judge on.
    seed
        Of the bootstrap.

    Returns
    -------
    list of dict
        One row a track and method: names of both, `what` the track means, `n_train` (genes trained on; of
        a network the real or the simulated ones that its card names), `data_sha256`, all of
        `metrics.summarise`, `bayes_optimal`, and the `seconds` it took to call the test genes.

    Raises
    ------
    ModelError
        If the model speaks of another scheme than a track.
    """
    rows = []
    for track in tracks:
        require_scheme(source.card, track.scheme)
        task = track.load()
        labelled = task.codes >= 0
        train, test = labelled & ~task.test, labelled & task.test
        on_grid = prepare(task.course, source.card.times).course
        known = Examples((on_grid.select_genes(train),))
        asked = Examples((on_grid.select_genes(test),))
        for method in (METHODS[key] for key in JUDGED):
            fit = method.fit
            predict = fit(known, task.codes[train], task.scheme, seed) if fit else network_of(source)
            start = time.perf_counter()
            probabilities = predict(asked)
            seconds = time.perf_counter() - start
            row = {
                "track": track.key,
                "title": track.title,
                "what": track.what,
                "method": method.key,
                "method_title": method.title,
                "method_summary": method.summary,
                "n_train": int(train.sum()),
                "data_sha256": task.course.sha256(),
                **summarise(task.codes[test], probabilities, task.scheme, seed=seed),
                **_bayes(task),
                "seconds": seconds,
            }
            rows.append(row if fit else row | _describe_network(source, task))
    return rows


def _bayes(task: Task) -> dict[str, float | None]:
    """Return the accuracy of the Bayes-optimal classifier: got on these genes, and to be expected."""
    if task.culture is None:
        return {"bayes_optimal": None, "bayes_expected": None}
    best = posterior(task.course.select_genes(task.test), task.culture)
    right = best.argmax(axis=1) == task.codes[task.test]
    return {"bayes_optimal": float(right.mean()), "bayes_expected": float(best.max(axis=1).mean())}


def _describe_network(source: ModelFile, task: Task) -> dict[str, Any]:
    """Return what a row says of a network in place of the table's: its card knows best."""
    card = source.card
    grid = prepare(task.course, card.times).course
    real = card.training.get("labelled_genes") if grid.sha256() == card.training.get("data_sha256") else None
    seen = real if task.culture is None else card.training.get("simulated_genes")
    if source.sha256 == shipped().sha256:
        return {"n_train": seen}
    return {
        "n_train": seen,
        "method": card.name,
        "method_title": f"{card.name} (own network)",
        "method_summary": card.description,
    }


def network_of(source: ModelFile) -> Predict:
    """Return a model file as a method."""
    predictor = Predictor(source.content)
    return lambda asked: predictor.predict(prepare(asked.courses[0], source.card.times).series)
