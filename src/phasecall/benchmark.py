"""The benchmark: fixed tracks, every method on the same genes, and one summary of how good they are."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall import __version__, datasets
from phasecall.calls import Calls
from phasecall.clock import Clock
from phasecall.errors import InputError
from phasecall.labels import TEST_FOLD, encode, fold_of
from phasecall.methods import METHODS, Examples, Predict
from phasecall.metrics import summarise
from phasecall.modelfile import ModelFile, require_scheme, shipped
from phasecall.phases import SCHEMES, Scheme
from phasecall.preparation import prepare
from phasecall.runtime import THREADS, Predictor
from phasecall.simulation import Culture, posterior, simulate
from phasecall.timecourse import TimeCourse

SIMULATED_SEED = 1998
N_SIMULATED = 2000


@dataclass(frozen=True)
class Task:
    """Labelled genes, split into those that a method may learn from and those that judge it.

    Parameters
    ----------
    course
        The genes, at all times measured.
    codes
        Phase of each gene, shape (n,); -1 = unlabelled, not used.
    test
        Which genes judge, shape (n,).
    scheme
        What the codes mean.
    bayes
        Posterior of the test genes' phases given the simulator, shape (n_test, phases), where data are
        simulated: no classifier can expect to do better.
    """

    course: TimeCourse
    codes: NDArray[np.int64]
    test: NDArray[np.bool_]
    scheme: Scheme
    bayes: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Track:
    """One benchmark task and what it means.

    Parameters
    ----------
    key, title
        Names in options and JSON, and for people.
    scheme
        Key of the scheme of its labels.
    what
        What a figure on this track says, in one sentence.
    load
        Makes the task; always the same one.
    """

    key: str
    title: str
    scheme: str
    what: str
    load: Callable[[], Task]


def simulated_task() -> Task:
    """Return the published protocol: 2,000 simulated genes, balanced phases, a fifth of each held out."""
    made = simulate(N_SIMULATED, seed=SIMULATED_SEED)
    scheme = SCHEMES["four"]
    test = np.arange(N_SIMULATED) // len(scheme) % 5 == 0
    return Task(made.course, made.codes, test, scheme, posterior(made.course.select_genes(test)))


def cdc15_task(scheme: str = "four") -> Task:
    """Return the embedded cdc15 course with the published phases; fold 0 is held out."""
    return split_task(datasets.load("cdc15-4381"), datasets.load_labels("phases"), SCHEMES[scheme])


def split_task(course: TimeCourse, labels: Mapping[str, str], scheme: Scheme) -> Task:
    """Return a task from any labelled course: the test genes are those of fold 0."""
    codes, test = encode(labels, course.genes, scheme), fold_of(course.genes) == TEST_FOLD
    judging, others = int((test & (codes >= 0)).sum()), int((~test & (codes >= 0)).sum())
    if not judging or not others:
        raise InputError(
            "there is nothing to judge on, or nothing to train the plain methods on",
            expected="labelled genes in fold 0, which judges, and in other folds",
            found=f"{judging} and {others} labelled genes",
            fix="label more genes; a gene's fold follows from its name",
        )
    return Task(course, codes, test, scheme)


def own_track(course: TimeCourse, labels: Mapping[str, str], scheme: Scheme) -> Track:
    """Return a track of a user's own data."""
    return Track(
        "own",
        course.name,
        scheme.key,
        "Genes of fold 0 of your own data with your own labels.",
        lambda: split_task(course, labels, scheme),
    )


_CDC15 = (
    "Held-out yeast genes (fold 0) at nine points (40-120 min) of the cdc15 course, judged by their published"
    " phases (Spellman et al. 1998), which rest on all experiments. Every gene counts, also"
    " where a call would be withheld."
    " The labels are arcs of a circle, and many genes sit on a border."
)

TRACKS: Mapping[str, Track] = MappingProxyType(
    {
        track.key: track
        for track in (
            Track(
                "simulated",
                "Simulated cultures",
                "four",
                f"{N_SIMULATED} simulated genes at nine points (40-120 min), balanced phases, a fifth held"
                f" out, noise {Culture().noise:g} of the median amplitude: the published protocol."
                " It says that a method has learnt the simulator, and nothing about real genes.",
                simulated_task,
            ),
            Track("cdc15-9", "Real genes, cdc15, nine points", "four", _CDC15, cdc15_task),
            Track(
                "cdc15-9-five",
                "Real genes, cdc15, nine points, five phases",
                "five",
                _CDC15,
                partial(cdc15_task, "five"),
            ),
        )
    }
)
"""Every track, by key."""


def tracks_of(scheme: str) -> list[Track]:
    """Return the tracks whose labels are of a scheme."""
    return [track for track in TRACKS.values() if track.scheme == scheme]


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
        clocks = (Clock(source.card.period, source.card.turn_at_zero),)
        known = Examples((on_grid.select_genes(train),), clocks)
        asked = Examples((on_grid.select_genes(test),), clocks)
        for method in METHODS.values():
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
    if task.bayes is None:
        return {"bayes_optimal": None, "bayes_expected": None}
    right = task.bayes.argmax(axis=1) == task.codes[task.test]
    return {"bayes_optimal": float(right.mean()), "bayes_expected": float(task.bayes.max(axis=1).mean())}


def _describe_network(source: ModelFile, task: Task) -> dict[str, Any]:
    """Return what a row says of a network in place of the table's: its card knows best."""
    card = source.card
    grid = prepare(task.course, card.times).course
    real = card.training.get("labelled_genes") if grid.sha256() == card.training.get("data_sha256") else None
    seen = real if task.bayes is None else card.training.get("simulated_genes")
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


def measure_speed(source: ModelFile, *, n_batch: int = 20_000, n_single: int = 500) -> dict[str, Any]:
    """Time a model: the median of five batches, and single genes one by one.

    Returns
    -------
    dict
        `us_per_gene_batch` and `genes_per_second` over `n_batch` genes with both threads; `us_single_p50`
        and `us_single_p99` over `n_single` genes.
    """
    predictor = Predictor(source.content)
    shape = (n_batch, len(source.card.times), 1)
    series = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    predictor.predict(series[:1000])
    batches = [_seconds(predictor, series) for _ in range(5)]
    singles = [_seconds(predictor, series[i : i + 1]) * 1e6 for i in range(n_single)]
    batch = float(np.median(batches))
    return {
        "threads": THREADS,
        "n_batch": n_batch,
        "us_per_gene_batch": batch / n_batch * 1e6,
        "genes_per_second": n_batch / batch,
        "us_single_p50": float(np.percentile(singles, 50)),
        "us_single_p99": float(np.percentile(singles, 99)),
    }


def describe_model(source: ModelFile) -> dict[str, Any]:
    """Return what the summary says of a model."""
    return {
        "name": source.card.name,
        "bytes": len(source.content),
        "parameters": source.card.parameters,
        "sha256": source.sha256,
        "scheme": source.card.scheme,
        "card": asdict(source.card),
    }


def count_calls(calls: Calls) -> dict[str, Any]:
    """Return how many genes were called, by phase, and how many not, by reason."""
    reasons = Counter(map(str, calls.reason))
    called = Counter(calls.phase)
    return {
        "n": len(calls),
        "called": reasons.pop("", 0),
        "abstained": dict(sorted(reasons.items())),
        "per_phase": {phase.name: called[phase.name] for phase in calls.scheme.phases},
    }


def summarise_run(
    source: ModelFile,
    *,
    command: str,
    seed: int | None = None,
    rows: list[dict[str, Any]] | None = None,
    answer: tuple[TimeCourse, Calls] | None = None,
    speed: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the one summary that JSON, figures and report are made of.

    Parameters
    ----------
    source
        The model.
    command, seed
        How to get the same summary again.
    rows
        What `evaluate` returned.
    answer
        A time course and its calls.
    speed
        What `measure_speed` returned.
    """
    summary: dict[str, Any] = {
        "phasecall": __version__,
        "command": command,
        "seed": seed,
        "tracks": rows or [],
        "model": describe_model(source),
        "speed": speed,
    }
    if answer is not None:
        course, calls = answer
        summary["data"] = {
            "name": course.name,
            "genes": len(course),
            "times": course.times.tolist(),
            "sync": course.sync,
            "sha256": course.sha256(),
        }
        summary["calls"] = count_calls(calls)
        summary["notes"] = [asdict(note) for note in calls.notes]
    return summary


def _seconds(predictor: Predictor, series: NDArray[np.float32]) -> float:
    start = time.perf_counter()
    predictor.predict(series)
    return time.perf_counter() - start
