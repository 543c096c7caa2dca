"""The evaluation: a model file and the plain methods beside it on fold 0, and the summary of a run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from phasecall.benchmark.clocks import fit_clocks
from phasecall.benchmark.task import Split, Task, split_task
from phasecall.benchmark.tracks import Track
from phasecall.errors import InputError
from phasecall.labels import TEST_FOLD
from phasecall.methods import METHODS, Examples, Method, Predict, RefusalError
from phasecall.methods.default import answer
from phasecall.metrics import summarise
from phasecall.modelcard import require_scheme
from phasecall.modelfile import SHIPPED, ModelFile, shipped
from phasecall.phases import Scheme
from phasecall.preparation import prepare
from phasecall.runtime import Predictor
from phasecall.simulation import posterior
from phasecall.timecourse import TimeCourse

JUDGED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "grid": ("reference", "logistic", "majority"),
        "clock": ("phasecall", "reference", "cosinor", "logistic", "majority"),
    }
)
"""Methods that an evaluation sets side by side, by the kind of the network, which replaces the first."""


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

    Genes of fold 0 are asked for, or all of a track that has nothing to learn from; of a track of draws the
    first draw counts. A method beside the network that cannot answer on a track is left out.

    Parameters
    ----------
    source
        The network, in place of the table's own of its kind.
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
    InputError
        If a track asks for no phases.
    RefusalError
        If the network cannot be asked: nothing ties an experiment's minutes to turns.
    """
    return [row for track in tracks for row in _judge(source, track, seed)]


def _judge(source: ModelFile, track: Track, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of a track."""
    require_scheme(source.card, track.scheme)
    if track.kind == "genome":
        raise InputError(
            f"the track '{track.key}' asks which genes are periodic, and for no phases",
            fix=f"phasecall benchmark --track {track.key}",
        )
    task = track.load()
    split = track.split(task, TEST_FOLD)
    known, asked = _gather(task, split, source)
    for place, method in enumerate(METHODS[key] for key in JUDGED[source.card.kind]):
        if place and not _stands_beside(method, track, task, split):
            continue
        try:
            predict = _learn(method, known, task, split) if place else _open(source, task)
            start = time.perf_counter()
            probabilities = predict(asked)
            seconds = time.perf_counter() - start
        except RefusalError:
            if place:
                continue
            raise
        row = {
            "track": track.key,
            "title": track.title,
            "what": track.what + " Here the first draw alone." * (track.kind == "draws"),
            "method": method.key,
            "method_title": method.title,
            "method_summary": method.summary,
            "n_train": int(split.known.sum()) if method.needs_labels else 0,
            "data_sha256": task.course.sha256(),
            **summarise(task.codes[split.asked], probabilities, task.scheme, seed=seed),
            **_bayes(task, split),
            "seconds": seconds,
        }
        network = shipped() if method.key == "reference" and place else None if place else source
        yield row if network is None else row | _describe_network(network, task)


def _gather(task: Task, split: Split, source: ModelFile) -> tuple[Examples, Examples]:
    """Return the genes to learn from and those asked for, as a network of that kind wants them.

    Without genes to learn from there is no experiment among them either.
    """
    if source.card.kind == "grid":
        on_grid = Examples((prepare(task.course, source.card.times).course,))
        whole = on_grid, on_grid
    else:
        pairs = zip((task.learnt, task.asked), fit_clocks(task, split), strict=True)
        learnt, asked = (Examples(tuple(e.course for e in part), clocks) for part, clocks in pairs)
        whole = learnt, asked
    known = whole[0].select(split.known) if split.known.any() else Examples(())
    return known, whole[1].select(split.asked)


def _stands_beside(method: Method, track: Track, task: Task, split: Split) -> bool:
    """Return whether a method can be asked beside the network."""
    if method.key != "reference":
        return bool(split.known.any()) or not method.needs_labels
    card = shipped().card
    # It knows the labels of four folds: no rival of methods that know a few of them.
    fair = task.culture is not None or track.kind == "folds"
    return fair and task.scheme.key == card.scheme and tuple(task.course.times) == card.times


def _open(source: ModelFile, task: Task) -> Predict:
    if source.card.kind == "grid":
        return network_of(source)
    return partial(answer, scheme=task.scheme, source=source)


def _learn(method: Method, known: Examples, task: Task, split: Split) -> Predict:
    """Return what a method learns of the genes known; the published network comes trained."""
    if method.fit is None:
        return network_of(shipped())
    return method.fit(known, task.codes[split.known], task.scheme, 0)


def _bayes(task: Task, split: Split) -> dict[str, float | None]:
    """Return the accuracy of the Bayes-optimal classifier: got on these genes, and to be expected."""
    if task.culture is None:
        return {"bayes_optimal": None, "bayes_expected": None}
    best = posterior(task.course.select_genes(split.asked), task.culture)
    right = best.argmax(axis=1) == task.codes[split.asked]
    return {"bayes_optimal": float(right.mean()), "bayes_expected": float(best.max(axis=1).mean())}


def _describe_network(source: ModelFile, task: Task) -> dict[str, Any]:
    """Return what a row says of a network in place of the table's: its card knows best."""
    card = source.card
    seen = card.training.get("simulated_genes")
    if card.kind == "grid" and task.culture is None:
        grid = prepare(task.course, card.times).course
        trained_on_it = grid.sha256() == card.training.get("data_sha256")
        seen = card.training.get("labelled_genes") if trained_on_it else None
    if source.sha256 in {shipped(name).sha256 for name in SHIPPED}:
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
