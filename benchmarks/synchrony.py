"""Measure the score of synchrony: on simulated cultures, real courses, and these in random orders.

    PHASECALL_DATA=FOLDER python benchmarks/synchrony.py > benchmarks/results/synchrony.md

Simulated: three times 80 cultures like alpha, cdc15 and cdc28 (`phasecall.simulation.REALISTIC`), and 80 like
the whole genome of cdc15-4381, whose synchrony is anything: cells spread by up to 0.25 turns at the release,
up to 60 % lost a turn by the spread of cycle times, daughters late by up to 0.15 turns. Noise is up to a
quarter more or less, the period too; 400 to 2,000 genes, 12 to 24 samples in 1.5 to 3 turns; half recover for
up to 0.1 turns. Then 200 experiments in which everything is drawn from the prior (`draw_culture`). True
synchrony is the mean over the samples of what is left of the first harmonic (`attenuation`). Known are 90
genes, at their turn give or take 0.07, as the markers of yeast: of the half with the larger amplitude, since
markers were found by single-gene work.

Real courses: all embedded ones, and the public ones that are in the folder. Each in 20 random orders of its
arrays, too: others than those by which limits were set. Ten minutes on one core.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

import phasecall
from phasecall.clock import Clock, KnownGenes, estimate_clock
from phasecall.clock.anchors import MARKER_SPREAD
from phasecall.datasets import DATASETS
from phasecall.publicdata import PUBLIC, load_public, reason_absent
from phasecall.qc import Examination, examine
from phasecall.qc.synchrony import Synchrony, measure_synchrony
from phasecall.simulation import (
    REALISTIC,
    Culture,
    Population,
    Simulation,
    draw_culture,
    draw_times,
    simulate,
)
from phasecall.timecourse import TimeCourse

N_TYPICAL, N_PRIOR, N_KNOWN, N_ORDERS = 80, 200, 90, 20


def draw_culture_like(key: str, rng: np.random.Generator) -> tuple[Culture, NDArray[np.float64]]:
    """Draw a culture like an embedded one, of any synchrony, and the times at which it is measured."""
    like = REALISTIC[key].culture

    def about(value: float) -> float:
        return value * float(np.exp(rng.uniform(-1, 1) * np.log(1.25)))

    period = about(like.clock.period)
    lag = rng.uniform(0, 0.1) * period if rng.random() < 0.5 else 0.0
    culture = replace(
        like,
        clock=Clock(period, rng.random(), lag=lag, loss=rng.uniform(0, 0.6)),
        population=Population(rng.uniform(0, 0.25), rng.uniform(0, 0.15)),
        noise=about(like.noise),
    )
    return culture, np.linspace(0, rng.uniform(1.5, 3) * period, int(rng.integers(12, 24, endpoint=True)))


def draw_typical(key: str, seed: int) -> Simulation:
    """Simulate a culture like an embedded one, of any synchrony."""
    rng = np.random.default_rng((seed, 6))
    culture, times = draw_culture_like(key, rng)
    return simulate(int(rng.integers(400, 2000, endpoint=True)), times=times, culture=culture, seed=seed)


def draw_any(seed: int) -> Simulation:
    """Simulate an experiment of the prior."""
    culture: Culture = draw_culture(seed)
    return simulate(800, times=draw_times(culture, seed), culture=culture, seed=seed)


def measure(made: Simulation, seed: int) -> tuple[float, Synchrony, Synchrony]:
    """Return the true synchrony, and what is told with and without known genes."""
    rng = np.random.default_rng((seed, 7))
    cycling = np.flatnonzero(made.kinds == "periodic")
    strong = cycling[made.amplitude[cycling] >= np.median(made.amplitude[cycling])]
    chosen = rng.choice(strong, N_KNOWN, replace=False)
    turns = np.full(len(made.course), np.nan)
    turns[chosen] = (made.peak_turn[chosen] + rng.normal(0, MARKER_SPREAD, N_KNOWN)) % 1
    known = KnownGenes(turns, np.full(len(turns), MARKER_SPREAD), "known genes")
    estimate = estimate_clock(made.course, known=known)
    told, plain = (measure_synchrony(made.course, estimate, genes) for genes in (known, None))
    return float(np.abs(made.attenuation[0]).mean()), told, plain


def show_simulated() -> None:
    """Print how the score orders simulated cultures."""
    runs = {
        f"like {key}": [measure(draw_typical(key, seed), seed) for seed in range(N_TYPICAL)]
        for key in ("alpha", "cdc15", "cdc28")
    }
    together = {"the three together": [one for run in runs.values() for one in run]}
    genome = {
        "like cdc15-4381": [measure(draw_typical("cdc15-4381", seed), seed) for seed in range(N_TYPICAL)]
    }
    prior = {"everything by the prior": [measure(draw_any(seed), seed) for seed in range(N_PRIOR)]}
    print(
        "| cultures | n | true synchrony, 5 to 95 % | score, 90 known genes | score, all genes | 1 - loss |"
    )
    print("|---|---|---|---|---|---|")
    for name, run in {**runs, **together, **genome, **prior}.items():
        truth = np.array([true for true, _, _ in run])
        low, high = np.quantile(truth, [0.05, 0.95])
        columns = [
            [one.score for _, one, _ in run],
            [one.score for _, _, one in run],
            [-one.loss for _, one, _ in run],
        ]
        ranks = " | ".join(f"{_correlate(truth, np.array(column)):.3f}" for column in columns)
        print(f"| {name} | {len(run)} | {low:.2f} to {high:.2f} | {ranks} |", flush=True)


def _correlate(truth: np.ndarray, score: np.ndarray) -> float:
    return float(spearmanr(truth, np.nan_to_num(score)).statistic)


def list_courses() -> Iterator[tuple[str, TimeCourse]]:
    """Yield every real course that is there."""
    for key, row in DATASETS.items():
        if row.kind == "time course":
            yield key, phasecall.load(key)
    for key, row in PUBLIC.items():
        if row.kind == "time course" and not reason_absent(key):
            yield key, load_public(key)


def mix_up(course: TimeCourse, seed: int) -> TimeCourse:
    """Return a course whose measured arrays stand at one another's times."""
    measured = course.select_times(course.measured())
    order = np.random.default_rng((seed, 9)).permutation(measured.times.size)
    return replace(measured, values=measured.values[:, order])


def show_real() -> None:
    """Print verdicts of real courses, as they are and mixed up."""
    print(
        "| course | verdict | synchrony | loss a turn | not ok | in random orders: fail / all | score there |"
    )
    print("|---|---|---|---|---|---|---|")
    for key, course in list_courses():
        made = examine(course)
        mixed = [examine(mix_up(course, seed)) for seed in range(N_ORDERS)]
        verdicts = Counter(str(one.verdict) for one in mixed)
        highest = max((one.score for one in mixed if np.isfinite(one.score)), default=np.nan)
        print(
            f"| {key} | {made.verdict} | {made.score:.2f} | {made.loss:.2f} | {_list_faults(made)}"
            f" | {verdicts['fail']} / {len(mixed)} | up to {highest:.2f} |",
            flush=True,
        )


def _list_faults(made: Examination) -> str:
    return ", ".join(f"{one.key} {one.verdict}" for one in made.findings if one.verdict in ("warn", "fail"))


if __name__ == "__main__":
    print("# How far the score of synchrony can be believed\n")
    print("`PHASECALL_DATA=FOLDER python benchmarks/synchrony.py`\n")
    print("Rank correlation (Spearman) with the true synchrony of simulated cultures:\n")
    show_simulated()
    print("\nReal courses:\n")
    show_real()
