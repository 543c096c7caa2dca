"""Measure what the atlas takes for more than chance where there is nothing: courses of noise.

    python benchmarks/atlas_chance.py > benchmarks/results/atlas_chance.md

100 courses of 600 genes at 18 times, of independent noise, and 100 whose genes share three series of noise as
well. Of each, whether the first component of the cycling genes, and the hill of the landscape, are above
chance, and how far neighbouring states turn in a turn of the clock; of the first 30, the share of silhouettes
above those of one shuffle, of which half would be. A quarter of an hour on one core.
"""

from __future__ import annotations

import numpy as np

from phasecall.exploration import explore
from phasecall.exploration.clusters import find_clusters
from phasecall.exploration.components import find_components
from phasecall.exploration.landscape import measure_flow, measure_landscape
from phasecall.timecourse import TimeCourse

N_COURSES, N_CLUSTERED, N_GENES, N_SHARED = 100, 30, 600, 3
SHARE = 0.6
"""Standard deviation of each shared series, of that of a gene's own noise."""
FEWEST = 20
"""Cycling genes of a course that is counted."""


def draw_noise(seed: int, *, shared: bool) -> TimeCourse:
    """Return a course without any rhythm."""
    rng, times = np.random.default_rng((seed, 77)), np.arange(0.0, 126.0, 7.0)
    values = rng.normal(size=(N_GENES, times.size))
    if shared:
        values += SHARE * rng.normal(size=(N_GENES, N_SHARED)) @ rng.normal(size=(N_SHARED, times.size))
    return TimeCourse(tuple(f"gene{row}" for row in range(N_GENES)), times, values)


def judge(*, shared: bool) -> tuple[str, ...]:
    """Return a row of the table."""
    first, hills, turns, silhouettes = [], [], [], []
    for seed in range(N_COURSES):
        found = explore(draw_noise(seed, shared=shared), sync="alpha")
        components = find_components(found, cycling=True)
        if found.cycling.sum() < FEWEST or components is None:
            continue
        first.append(components.n_above_chance > 0)
        hill, flow = measure_landscape(found), measure_flow(found)
        if hill is not None:
            hills.append(hill.hill > hill.null_hill)
        if flow is not None:
            turns.append(flow.rotation)
        clusters = find_clusters(found) if len(first) <= N_CLUSTERED else None
        if clusters is not None:
            silhouettes += (clusters.scores > clusters.chance).tolist()
    low, high = np.percentile(turns, [2.5, 97.5])
    shares = [f"{100 * np.mean(held):.0f} %" for held in (first, hills, silhouettes)]
    kind = "three shared series" if shared else "independent"
    return kind, str(len(first)), *shares, f"{np.median(turns):.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    head = (
        "noise",
        "courses",
        "component above chance",
        "hill above all orders",
        "silhouette above a shuffle",
    )
    print(f"| {' | '.join((*head, 'turns a turn, middle 95 %'))} |\n|{'---|' * 6}")
    for shared in (False, True):
        print(f"| {' | '.join(judge(shared=shared))} |", flush=True)


if __name__ == "__main__":
    main()
