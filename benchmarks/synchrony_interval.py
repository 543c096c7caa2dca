"""Measure how often the interval of the score of synchrony holds the score of many genes of the same culture.

    python benchmarks/synchrony_interval.py > benchmarks/results/synchrony_interval.md

18 cultures of 6,000 genes like alpha, cdc15 and cdc28 (`synchrony.draw_culture_like`). Known genes: 20 times
90, and 8, of the half with the larger amplitude, at their turn give or take 0.07, on the clock of the whole
culture; held is the score by all of that half. All genes: six times 400, and 60, with a clock of their own;
held is the score by all 6,000. A quarter of an hour on one core.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from synchrony import draw_culture_like

from phasecall.clock import KnownGenes, estimate_clock
from phasecall.clock.anchors import MARKER_SPREAD
from phasecall.qc.synchrony import measure_synchrony
from phasecall.simulation import Simulation, simulate

N_CULTURES, N_GENES = 18, 6000
KNOWN, ALL = {90: 20, 8: 20}, {400: 6, 60: 6}
"""How often how many genes are drawn."""


def know(made: Simulation, rows: np.ndarray, noisy: np.ndarray) -> KnownGenes:
    """Return some genes of a culture as known."""
    turns = np.full(len(made.course), np.nan)
    turns[rows] = noisy[rows]
    return KnownGenes(turns, np.full(len(turns), MARKER_SPREAD), "known genes")


def try_culture(seed: int) -> Iterator[tuple[str, bool, float]]:
    """Yield for every draw of genes of a culture what they are, whether the interval holds, and its width."""
    rng = np.random.default_rng((seed, 8))
    culture, times = draw_culture_like(("alpha", "cdc15", "cdc28")[seed % 3], rng)
    made = simulate(N_GENES, times=times, culture=culture, seed=seed)
    cycling = np.flatnonzero(made.kinds == "periodic")
    strong = cycling[made.amplitude[cycling] >= np.median(made.amplitude[cycling])]
    noisy = (made.peak_turn + rng.normal(0, MARKER_SPREAD, N_GENES)) % 1
    estimate = estimate_clock(made.course, known=know(made, strong, noisy))
    true = measure_synchrony(made.course, estimate, know(made, strong, noisy)).score
    for count, times_drawn in KNOWN.items():
        for _ in range(times_drawn):
            chosen = know(made, rng.choice(strong, count, replace=False), noisy)
            found = measure_synchrony(made.course, estimate, chosen)
            yield f"{count} known genes", found.low <= true <= found.high, found.high - found.low
    true = measure_synchrony(made.course, estimate, None).score
    for count, times_drawn in ALL.items():
        for _ in range(times_drawn):
            part = made.course.select_genes(rng.choice(N_GENES, count, replace=False))
            found = measure_synchrony(part, estimate_clock(part, known=None), None)
            if np.isfinite(found.score):
                yield f"all of {count} genes", found.low <= true <= found.high, found.high - found.low


def main() -> None:
    told: dict[str, list[tuple[bool, float]]] = {}
    for seed in range(N_CULTURES):
        for name, held, width in try_culture(seed):
            told.setdefault(name, []).append((held, width))
    print("| told by | intervals | held, % | mean width |\n|---|---|---|---|")
    for name, rows in told.items():
        held, width = np.array(rows, dtype=float).mean(axis=0)
        print(f"| {name} | {len(rows)} | {100 * held:.0f} | {width:.2f} |")


if __name__ == "__main__":
    main()
