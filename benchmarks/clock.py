"""How good clocks are: `python benchmarks/clock.py [--experiments 1000]`, Markdown to the screen.

First on the embedded experiments, by how much the same gene's phase differs between two of them; B1 is in the
folder in $PHASECALL_DATA (de Lichtenberg et al. 2005, doi 10.1093/bioinformatics/bti093). Then on simulated
experiments drawn from `phasecall.simulation.draw_culture`, whose clocks are known.
"""

from __future__ import annotations

import argparse
import itertools
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from phasecall.circular import difference, distance, wrap
from phasecall.clock import ClockEstimate, KnownGenes, estimate_clock, find_markers, find_peaks
from phasecall.clock.anchors import MARKER_SPREAD
from phasecall.datasets import load
from phasecall.errors import MissingDataError
from phasecall.publicdata import load_gene_set
from phasecall.simulation import Culture, attenuate, draw_culture, draw_times, simulate

N_GENES = 800
N_KNOWN = 60
EXPERIMENTS = ("alpha", "cdc15", "cdc28")


@dataclass(frozen=True)
class Outcome:
    """One simulated experiment: what was found, and how far off it is."""

    estimate: ClockEstimate
    culture: Culture
    cycles: float
    turn_off: float
    seconds: float

    @property
    def period_off(self) -> float:
        return self.estimate.clock.period / self.culture.clock.period - 1

    @property
    def period_held(self) -> bool:
        return self.estimate.period_lo <= self.culture.clock.period <= self.estimate.period_hi

    @property
    def turn_held(self) -> bool:
        return abs(self.turn_off) <= self.estimate.turn_error


def compare_embedded() -> None:
    """Print clocks of the embedded experiments, and how phases of the same gene differ between two."""
    courses = {key: load(key) for key in (*EXPERIMENTS, "elu", "cdc15-4381")}
    clocks = {key: estimate_clock(one, known=find_markers(one.genes)) for key, one in courses.items()}
    print("| experiment | period (95 %), min | turn at zero | lag | loss a turn | wave's share | notes |")
    print("|---|---|---|---|---|---|---|")
    for key, found in clocks.items():
        clock = found.clock
        print(
            f"| {key} | {clock.period:.1f} ({found.period_lo:.0f}-{found.period_hi:.0f})"
            f" | {clock.turn_at_zero:.3f} ± {found.turn_error:.3f} | {clock.lag:.0f} | {clock.loss:.1f}"
            f" | {found.wave:.2f} | {', '.join(note.code for note in found.notes)} |"
        )
    try:
        known = set(load_gene_set("benchmark-b1"))
    except MissingDataError:
        known = set()
    genes = courses["alpha"].genes
    b1 = np.array([gene in known for gene in genes])
    turns = {key: find_peaks(courses[key], clocks[key]).turn for key in EXPERIMENTS}
    print(f"\n| pair | 800 genes | the {b1.sum()} of B1 among them |\n|---|---|---|")
    for one, other in itertools.combinations(EXPERIMENTS, 2):
        off = distance(turns[one], turns[other])
        of_b1 = f"{np.nanmedian(off[b1]):.4f}" if b1.any() else "not here"
        print(f"| {one}, {other} | {np.nanmedian(off):.4f} | {of_b1} |")


def try_one(seed: int) -> Outcome:
    """Simulate an experiment and estimate its clock; some genes are known as well as markers are."""
    culture = draw_culture(seed)
    times = draw_times(culture, seed)
    made = simulate(N_GENES, times=times, culture=culture, seed=seed)
    random = np.random.default_rng([seed, 3])
    chosen = random.choice(np.flatnonzero(made.codes >= 0), N_KNOWN, replace=False)
    turns = np.full(N_GENES, np.nan)
    turns[chosen] = wrap(made.peak_turn[chosen] + MARKER_SPREAD * random.standard_normal(N_KNOWN))
    known = KnownGenes(turns, np.full(N_GENES, MARKER_SPREAD), "known genes")
    start = time.perf_counter()
    estimate = estimate_clock(made.course, known=known)
    seconds = time.perf_counter() - start
    # Where the wave of the mean cell is, which is where genes peak: cells that lag behind hold it back.
    behind = np.angle(attenuate(culture, times)[0]) / (2 * np.pi)
    off = difference(estimate.clock.turn(times), made.clock.turn(times) + behind)
    return Outcome(estimate, culture, float(made.clock.cycles(times)), _centre(off), seconds)


def _centre(off: NDArray[np.float64]) -> float:
    return float(np.angle(np.exp(2j * np.pi * off).mean()) / (2 * np.pi))


def summarise(name: str, outcomes: list[Outcome]) -> str:
    """Return a row of the table."""
    period = np.abs([one.period_off for one in outcomes])
    turn = np.abs([one.turn_off for one in outcomes])
    cells = [
        name,
        str(len(outcomes)),
        f"{np.median(period):.1%} / {np.quantile(period, 0.9):.1%}",
        f"{np.mean([one.period_held for one in outcomes]):.1%}",
        f"{np.median(turn):.3f} / {np.quantile(turn, 0.9):.3f}",
        f"{np.mean([one.turn_held for one in outcomes]):.1%}",
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=1000)
    n_experiments = parser.parse_args().experiments
    compare_embedded()
    outcomes = [try_one(seed) for seed in track(range(n_experiments), description="simulated")]
    groups = {
        "all": outcomes,
        "under one cycle": [one for one in outcomes if one.cycles < 1],
        "1 to 1.8 cycles": [one for one in outcomes if 1 <= one.cycles < 1.8],
        "1.8 cycles and more": [one for one in outcomes if one.cycles >= 1.8],
        "with a lag": [one for one in outcomes if one.culture.clock.lag > 0],
        "flagged weak_clock": [one for one in outcomes if _has(one, "weak_clock")],
        "open interval": [one for one in outcomes if np.isinf(one.estimate.period_hi)],
    }
    print(f"\n{n_experiments} simulated experiments of {N_GENES} genes, {N_KNOWN} of them known:\n")
    print("| experiments | n | period off, median / 90 % | held by its interval |", end="")
    print(" turn off, median / 90 % | held by its interval |\n|---|---|---|---|---|---|")
    print("\n".join(summarise(name, group) for name, group in groups.items() if group))
    loss = np.array([[one.culture.clock.loss, one.estimate.clock.loss] for one in outcomes])
    print(f"\nLoss of synchrony: off by {np.abs(np.diff(loss)).mean():.2f} a turn on average,", end="")
    print(f" correlation {np.corrcoef(loss.T)[0, 1]:.2f}.")
    print(f"Seconds: median {np.median([one.seconds for one in outcomes]):.2f}.")


def _has(one: Outcome, code: str) -> bool:
    return any(note.code == code for note in one.estimate.notes)


if __name__ == "__main__":
    main()
