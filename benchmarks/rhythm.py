"""Can p and q values of rhythm be believed? `[PHASECALL_DATA=FOLDER] python benchmarks/rhythm.py`.

Without rhythm p values must be uniform, and of the genes with q at most 0.05 no more than 5 % may be without
rhythm. "before" is the F test of the cosinor, which takes errors for independent; "after" the combined p
(`judge_rhythm`), with the noise estimated from these very profiles. With a folder that holds the courses of
Spellman et al. 1998 (`phasecall datasets`), real profiles are shuffled in time, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from phasecall.publicdata import VARIABLE, load_public
from phasecall.rhythm import Noise, adjust, correlation, find_period, fit_cosinor, fit_jtk, judge_rhythm

Floats = NDArray[np.float64]

N_GENES = 20_000
# About those of their clocks; without rhythm any period will do.
PERIODS = {"spellman-alpha": 62.5, "spellman-cdc15": 114.5, "spellman-cdc28": 86.5}
LEVELS = (0.05, 0.01, 0.001)
GRIDS = {
    "24 points, 2 periods": (np.arange(0.0, 240, 10), 120.0),
    "cdc15, 24 uneven points": (np.array([10.0, 30, 50, *range(70, 251, 10), 270, 290]), 114.5),
    "9 points, 0.7 periods": (np.arange(40.0, 121, 10), 114.0),
}
CORRELATIONS = (0.0, -0.4, 0.2, 0.4, 0.6, 0.8)


def draw(times: Floats, neighbours: float, rng: np.random.Generator) -> Floats:
    """Return profiles of first-order autoregressive noise, each gene of its own size."""
    step = float(np.median(np.diff(times)))
    noise = Noise(step, 1.0, neighbours) if neighbours >= 0 else Noise(step, 0.0, 0.0, 1.0, -neighbours)
    root = np.linalg.cholesky(correlation(noise, times))
    return np.asarray(rng.normal(size=(N_GENES, times.size)) @ root.T * np.exp(rng.normal(size=(N_GENES, 1))))


def lose(values: Floats, share: float, rng: np.random.Generator) -> Floats:
    return np.where(rng.random(values.shape) < share, np.nan, values)


def lay_nulls() -> Iterator[tuple[str, Floats, Floats, float]]:
    """Yield what it is, profiles without rhythm, their minutes and the period."""
    for grid, (times, period) in GRIDS.items():
        for neighbours in CORRELATIONS:
            for missing in (0.0, 0.1):
                rng = np.random.default_rng(1)
                name = f"{grid}; {neighbours:+.1f}; {missing:.0%} missing"
                yield name, lose(draw(times, neighbours, rng), missing, rng), times, period
    if VARIABLE in os.environ:
        for key, period in PERIODS.items():
            course = load_public(key)
            drawn = np.resize(course.values, (N_GENES, course.times.size))
            yield f"shuffled {key}", np.random.default_rng(1).permuted(drawn, axis=1), course.times, period


def describe(p_values: Floats) -> str:
    """Return the share of p values at most each level, and Kolmogorov's distance from the uniform."""
    known = np.sort(p_values[np.isfinite(p_values)])
    place = np.arange(known.size + 1) / known.size
    distance = max((place[1:] - known).max(), (known - place[:-1]).max())
    return " / ".join(f"{(known <= level).mean():.4f}" for level in LEVELS) + f" | {distance:.3f}"


def print_nulls() -> None:
    print(
        f"## {N_GENES:,} profiles without rhythm: share with p <= .05 / .01 / .001, Kolmogorov's distance\n"
    )
    error = [np.sqrt(level * (1 - level) / N_GENES) for level in LEVELS]
    print(f"Standard errors {error[0]:.4f} / {error[1]:.4f} / {error[2]:.4f}; distance below", end=" ")
    print(f"{1.36 / np.sqrt(N_GENES):.3f} in 95 % of samples of uniform p values.\n")
    print("| profiles; correlation of neighbours | before | distance | after | distance |")
    print("|---|---|---|---|---|")
    for name, values, times, period in lay_nulls():
        before = fit_cosinor(values, times, period).p_value
        print(
            f"| {name} | {describe(before)} | {describe(judge_rhythm(values, times, period))} |", flush=True
        )


def print_methods() -> None:
    print("\n## Share with p <= .05 by method, 24 points over two periods\n")
    print("| correlation | cosinor | JTK_CYCLE | find_period | combined |\n|---|---|---|---|---|")
    times, period = GRIDS["24 points, 2 periods"]
    for neighbours in sorted(CORRELATIONS):
        values = draw(times, neighbours, np.random.default_rng(1))
        columns = [
            fit_cosinor(values, times, period).p_value,
            fit_jtk(values, times, period).p_value,
            find_period(values, times, 0.5 * period, 1.5 * period).p_value,
            judge_rhythm(values, times, period),
        ]
        print(f"| {neighbours:.1f} |", " | ".join(f"{(p <= 0.05).mean():.3f}" for p in columns), "|")


def print_mixtures() -> None:
    print("\n## One gene in five rhythmic: share of false ones at q <= .05 / .1, and share found\n")
    print("Null p: share of genes without rhythm with p <= .05. Amplitude: 0.6 to 2.3 deviations of noise.")
    print("\n| profiles | wave | before: false | found | null p | after: false | found | null p |")
    print("|---|---|---|---|---|---|---|---|")
    rhythmic = np.arange(N_GENES) < N_GENES // 5
    for grid, (times, period) in GRIDS.items():
        for neighbours in (0.0, -0.4, 0.4, 0.8):
            for wave in ("cosine", "sharp"):
                rng = np.random.default_rng(2)
                noise = draw(times, neighbours, rng)
                angle = 2 * np.pi * (times / period - rng.uniform(size=(N_GENES, 1)))
                shape = np.cos(angle) if wave == "cosine" else np.exp(2 * np.cos(angle)) / 2.36
                size = noise.std(axis=1, keepdims=True) * rng.uniform(0.6, 2.3, (N_GENES, 1))
                values = noise + shape * size * rhythmic[:, None]
                columns = [f"{grid}; {neighbours:+.1f}", wave]
                for p in (fit_cosinor(values, times, period).p_value, judge_rhythm(values, times, period)):
                    called = [adjust(p) <= level for level in (0.05, 0.1)]
                    false = [(hit & ~rhythmic).sum() / max(hit.sum(), 1) for hit in called]
                    columns.append(" / ".join(f"{x:.3f}" for x in false))
                    columns.append(" / ".join(f"{hit[rhythmic].mean():.3f}" for hit in called))
                    columns.append(f"{(p[~rhythmic] <= 0.05).mean():.4f}")
                print("|", " | ".join(columns), "|", flush=True)


if __name__ == "__main__":
    print_nulls()
    print_methods()
    print_mixtures()
