"""The summary of a run: what JSON, figures and report of a call, an evaluation or the demo are made of."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall import __version__
from phasecall.calls import Calls
from phasecall.graph import N_CHANNELS
from phasecall.modelfile import ModelFile
from phasecall.qc import Examination
from phasecall.runtime import THREADS, Predictor

_N_POINTS = 24


def measure_speed(source: ModelFile, *, n_batch: int = 20_000, n_single: int = 500) -> dict[str, Any]:
    """Time a model: the median of five batches, and single genes one by one.

    One that reads any course is timed on series of 24 points.

    Returns
    -------
    dict
        `n_points` of a series; `us_per_gene_batch` and `genes_per_second` over `n_batch` genes with both
        threads; `us_single_p50` and `us_single_p99` over `n_single` genes.
    """
    predictor = Predictor(source.content)
    shape = (n_batch, *((_N_POINTS, N_CHANNELS) if predictor.n_points is None else (predictor.n_points, 1)))
    series = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    predictor.predict(series[:1000])
    batches = [_seconds(predictor, series) for _ in range(5)]
    singles = [_seconds(predictor, series[i : i + 1]) * 1e6 for i in range(n_single)]
    batch = float(np.median(batches))
    return {
        "threads": THREADS,
        "n_points": shape[1],
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
    """Return how many genes were called, by phase, how many of weak rhythm, and how many not, by reason."""
    reasons = Counter(map(str, calls.reason))
    called = Counter(calls.phase)
    return {
        "n": len(calls),
        "called": reasons.pop("", 0),
        "weak_rhythm": int(calls.weak.sum()),
        "abstained": dict(sorted(reasons.items())),
        "per_phase": {phase.name: called[phase.name] for phase in calls.scheme.phases},
    }


def summarise_run(
    source: ModelFile | None,
    *,
    command: str,
    seed: int | None = None,
    rows: list[dict[str, Any]] | None = None,
    answer: tuple[Calls, Examination] | None = None,
    speed: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the one summary that JSON, figures and report are made of.

    Parameters
    ----------
    source
        The model; None if none was used.
    command, seed
        How to get the same summary again.
    rows
        What `evaluate` returned.
    answer
        Calls, and what quality control says of their time course.
    speed
        What `measure_speed` returned.
    """
    summary: dict[str, Any] = {
        "phasecall": __version__,
        "command": command,
        "seed": seed,
        "tracks": rows or [],
        "model": None if source is None else describe_model(source),
        "speed": speed,
    }
    if answer is not None:
        calls, made = answer
        course = made.course
        summary["data"] = {
            "name": course.name,
            "genes": len(course),
            "times": course.times.tolist(),
            "sync": course.sync,
            "sha256": course.sha256(),
        }
        summary["calls"] = count_calls(calls)
        summary["notes"] = [asdict(note) for note in calls.notes]
        summary["qc"] = made.describe()
    return summary


def _seconds(predictor: Predictor, series: NDArray[np.float32]) -> float:
    start = time.perf_counter()
    predictor.predict(series)
    return time.perf_counter() - start
