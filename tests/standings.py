"""An example of a benchmark: made-up answers of three methods on tracks of every kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from phasecall.benchmark.answers import OPTIMUM
from phasecall.benchmark.cells import Cell, Status
from phasecall.benchmark.outcomes import Outcome, gather
from phasecall.benchmark.standing import summarise_benchmark
from phasecall.benchmark.tracks import TRACKS, Track
from phasecall.methods import METHODS
from phasecall.phases import SCHEMES

KEYS = (
    "simulated",
    "noise-0.4",
    "noise-0.8",
    "genes-250",
    "genes-1000",
    "cdc15-9",
    "cdc15-23",
    "missing-10-cdc15-23",
    "missing-cdc15-23",
    "fused-five",
    "transfer-cdc15",
    "few-20-alpha",
    "recovery-alpha",
)
SKILLS = {"reference": 0.6, "logistic": 0.8, "majority": 0.3, OPTIMUM.key: 0.95}


def cells(keys: tuple[str, ...] = KEYS) -> list[Cell]:
    """Answers whose quality follows from the method; the network has few."""
    return [
        _cell(TRACKS[key], part, method, np.random.default_rng([len(key), part, len(method)]))
        for key in keys
        for part in TRACKS[key].parts
        for method in SKILLS
        if method != OPTIMUM.key or TRACKS[key].simulated
    ]


def outcomes(keys: tuple[str, ...] = KEYS) -> list[Outcome]:
    """The same by track and method."""
    return gather(cells(keys), TRACKS)


def summary(keys: tuple[str, ...] = KEYS) -> dict[str, Any]:
    """The summary of them."""
    return summarise_benchmark(outcomes(keys), METHODS.values(), command="phasecall benchmark", seed=0)


def _cell(track: Track, part: int, method: str, rng: np.random.Generator) -> Cell:
    versions = ("phasecall 0.1.0", "numpy 2.0.0")
    empty = Cell(track.key, part, method, n_known=160, versions=versions)
    if method == "reference" and not track.simulated and (track.key, part) != ("cdc15-9", 0):
        status: Status = "skipped" if track.key == "cdc15-9" else "refused"
        return Cell(track.key, part, method, status=status, reason="not for it", versions=versions)
    n = 40
    genes = tuple(f"G{part % 5}-{row}" for row in range(n))
    n_phases = len(SCHEMES[track.scheme])
    codes = np.arange(n) % n_phases
    values = rng.dirichlet(np.ones(n_phases), size=n) * (1 - SKILLS[method])
    values[np.arange(n), codes] += SKILLS[method] * (rng.random(n) < 0.5 + SKILLS[method] / 2)
    values /= values.sum(axis=1, keepdims=True)
    if track.kind == "genome":
        genes, codes = tuple(f"G{row}" for row in range(1000)), (np.arange(1000) % 10 == 0).astype(np.int64)
        values = (codes * SKILLS[method] + rng.random(1000))[:, None]
    return replace(
        empty,
        genes=genes,
        codes=codes,
        values=values,
        filled=method == "logistic" and track.key.startswith("missing"),
        seconds_fit=float(rng.uniform(0.1, 2)),
        seconds_predict=float(rng.uniform(0.01, 0.2)),
        peak_bytes=int(rng.integers(100_000, 10_000_000)),
    )
