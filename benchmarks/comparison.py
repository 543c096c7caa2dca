"""Can a comparison be believed? `[PHASECALL_DATA=FOLDER] python benchmarks/comparison.py > FILE`.

Pairs of simulated cultures with known changes: p values of genes that do not change must be uniform, 95 %
of the intervals must hold the truth, and of the genes said to change no more than 5 % may not. Every pair is
read on clocks that are estimated from its own genes. Beside the labels stands what two separate tests would
say (rhythmic here and not there, a Venn diagram). With a folder of public data (`phasecall datasets`), real
pairs are compared, too; in some nothing should differ. The output is benchmarks/results/comparison.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from phasecall.comparison import LEVEL, Change, Comparison, compare
from phasecall.publicdata import VARIABLE, load_public
from phasecall.rhythm import Noise, correlation
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

N_GENES, N_PAIRS = 4000, 12
RHYTHMIC = 0.2
LEVELS = (0.05, 0.01, 0.001)
# Minutes and period of either culture, as of alpha, cdc15, cdc28 and Pramila's course.
GRIDS = {
    "18 and 17 points": ((np.arange(0.0, 120, 7), 62.0), (np.arange(0.0, 161, 10), 85.0)),
    "25 and 25 points": ((np.arange(0.0, 121, 5), 62.0), (np.arange(0.0, 121, 5), 62.0)),
    "24 and 12 points": ((np.arange(0.0, 240, 10), 112.0), (np.arange(0.0, 132, 11), 62.0)),
}
SHIFTS, FACTORS = (0.08, 0.25), (1.6, 3.0)


@dataclass(frozen=True)
class Pair:
    """Two courses, and what is true of their genes."""

    a: TimeCourse
    b: TimeCourse
    shift: Floats
    factor: Floats
    rhythmic_a: NDArray[np.bool_]
    rhythmic_b: NDArray[np.bool_]


def lay_course(
    grid: tuple[Floats, float], turn: Floats, size: Floats, kappa: Floats, rng: np.random.Generator
) -> TimeCourse:
    """Return waves, cosines to sharp ones, that lose 30 % a turn, in noise of which neighbours share 0.3."""
    times, period = grid
    step = float(np.median(np.diff(times)))
    root = np.linalg.cholesky(correlation(Noise(step, 0.6, 0.5), times))
    angle = 2 * np.pi * (times / period - turn[:, None])
    wave = np.exp(kappa[:, None] * (np.cos(angle) - 1))
    centre = np.exp(-kappa)[:, None] * np.i0(kappa)[:, None]
    first = np.exp(-kappa) * bessel(kappa) * 2
    values = size[:, None] * (wave - centre) / first[:, None] * 0.7 ** (times / period)
    values += rng.normal(size=values.shape) @ root.T
    return TimeCourse(tuple(f"g{row}" for row in range(turn.size)), times, values)


def bessel(kappa: Floats) -> Floats:
    from scipy.special import i1

    return np.asarray(i1(kappa))


def simulate_pair(
    grids: tuple[tuple[Floats, float], ...], seed: int, *, changed: float, excess: bool
) -> Pair:
    """Return a pair in which a share of the rhythmic genes is shifted, resized, lost and gained."""
    rng = np.random.default_rng(seed)
    n, waves = N_GENES, rng.random(N_GENES) < RHYTHMIC
    turn, kappa = rng.random(n), rng.uniform(0.05, 2.0, n)
    size = np.exp(rng.normal(0.6, 0.5, n)) * waves
    kind = np.where(waves, rng.choice(5, n, p=[1 - changed, *([changed / 4] * 4)]), 0)
    sign = rng.choice([-1.0, 1.0], n)
    shift = np.where(kind == 1, sign * rng.uniform(*SHIFTS, n), 0.0)
    factor = np.where(kind == 2, rng.uniform(*FACTORS, n) ** sign, 1.0)
    wobble = np.array([0.02, 0.15]) * excess
    first, second = np.where(kind == 4, 0.0, size), np.where(kind == 3, 0.0, size * factor)
    noisy = second * np.exp(wobble[1] * rng.normal(size=n))
    # Starts of the clocks differ by 0.1 turn, amplitudes by a factor of 1.3: common to all genes.
    a = lay_course(grids[0], turn, first, kappa, rng)
    b = lay_course(grids[1], turn + shift + 0.1 + wobble[0] * rng.normal(size=n), 1.3 * noisy, kappa, rng)
    return Pair(a, replace(b, name="second"), shift, factor, first > 0, second > 0)


def describe(p_values: Floats) -> str:
    """Return how many p values there are, and the share of them at most each level."""
    known = p_values[np.isfinite(p_values)]
    shares = " / ".join(f"{(known <= level).mean():.4f}" if known.size else "-" for level in LEVELS)
    return f"{known.size} | {shares}"


def lay_pairs(*, changed: float, excess: bool) -> Iterator[tuple[str, list[tuple[Pair, Comparison]]]]:
    for name, grids in GRIDS.items():
        pairs = [simulate_pair(grids, seed, changed=changed, excess=excess) for seed in range(N_PAIRS)]
        yield name, [(pair, compare(pair.a, pair.b)) for pair in pairs]


def print_nulls() -> None:
    print(f"## No gene changes: share with p <= .05 / .01 / .001, {N_PAIRS} pairs of {N_GENES:,} genes\n")
    print("Of each test the genes that it is made of; one in five is rhythmic. 'Wobble': peaks differ from")
    print("culture to culture by 0.02 turns, amplitudes by 15 % (standard deviations).\n")
    print("| pairs | test | genes | p | interval holds the truth |\n|---|---|---|---|---|")
    for excess in (False, True):
        for name, found in lay_pairs(changed=0.0, excess=excess):
            title = name + ", wobble" * excess
            rows = {
                "change": ([one.change_p for _, one in found], None),
                "shift": ([one.shift_p for _, one in found], [hold_shift(*both) for both in found]),
                "amplitude": ([one.amplitude_p for _, one in found], [hold_ratio(*both) for both in found]),
            }
            for test, (p_values, held) in rows.items():
                share = "" if held is None else f"{np.concatenate(held).mean():.3f}"
                print(f"| {title} | {test} | {describe(np.concatenate(p_values))} | {share} |", flush=True)


def hold_shift(pair: Pair, found: Comparison) -> NDArray[np.bool_]:
    """Return whether the intervals of genes rhythmic in both, shown and true, hold their shift."""
    asked = np.isfinite(found.shift_p) & pair.rhythmic_a & pair.rhythmic_b
    return np.asarray((found.shift_lo <= pair.shift) & (pair.shift <= found.shift_hi))[asked]


def hold_ratio(pair: Pair, found: Comparison) -> NDArray[np.bool_]:
    """Return whether intervals hold the ratio of the amplitudes; an open end holds all."""
    asked = np.isfinite(found.shift_p) & pair.rhythmic_a & pair.rhythmic_b
    truth = np.log2(pair.factor)
    low, high = (
        np.nan_to_num(found.log2_amplitude_ratio_lo, nan=-np.inf),
        np.nan_to_num(found.log2_amplitude_ratio_hi, nan=np.inf),
    )
    return ((low <= truth) & (truth <= high))[asked]


def is_true(pair: Pair, change: Change) -> NDArray[np.bool_]:
    """Return of which genes a label is true."""
    moved, resized = pair.shift != 0, pair.factor != 1
    both = pair.rhythmic_a & pair.rhythmic_b
    truths = {
        Change.SHIFTED: moved,
        Change.AMPLITUDE: resized,
        Change.GAINED: pair.rhythmic_b & (~pair.rhythmic_a | (pair.factor > 1)),
        Change.LOST: pair.rhythmic_a & (~pair.rhythmic_b | (pair.factor < 1)),
    }
    return np.asarray(truths.get(change, moved | resized | (both != (pair.rhythmic_a | pair.rhythmic_b))))


def print_mixtures() -> None:
    print("\n## A third of the rhythmic genes change: false ones among those said to, and share found\n")
    print(
        "Shifts of 0.08 to 0.25 turns, amplitudes 1.6 to 3 times as large or small, lost and gained in equal"
    )
    print("numbers. A gained gene counts as rightly called if its amplitude did grow, 'any' if it changed at")
    print("all. Venn: rhythmic at q <= .05 in one and not in the other.\n")
    print("| pairs | label | said | false | of those that changed so, found | intervals of shift / ratio |")
    print("|---|---|---|---|---|---|")
    for excess in (False, True):
        for name, found in lay_pairs(changed=1 / 3, excess=excess):
            held = " / ".join(
                f"{np.concatenate([hold(*both) for both in found]).mean():.3f}"
                for hold in (hold_shift, hold_ratio)
            )
            title = name + ", wobble" * excess
            for label in ("shifted", "amplitude", "gained", "lost", "any", "Venn gained", "Venn lost"):
                print(f"| {title} | {label} | {count(label, found)} | {held} |", flush=True)
                held = ""


def count(label: str, found: list[tuple[Pair, Comparison]]) -> str:
    """Return how many genes bear a label, the share of them wrongly, and the share found of those that do."""
    said, right, there = 0, 0, 0
    for pair, one in found:
        kind = Change.CHANGED if label == "any" else Change(label.removeprefix("Venn "))
        truth = is_true(pair, kind)
        if label.startswith("Venn"):
            sure = [q_value <= LEVEL for q_value in (one.periodic_q_a, one.periodic_q_b)]
            hit = sure[1] & ~sure[0] if kind is Change.GAINED else sure[0] & ~sure[1]
        elif label == "any":
            hit = np.isin(
                one.change, ["shifted", "amplitude", "shifted_amplitude", "gained", "lost", "changed"]
            )
        else:
            hit = np.isin(
                one.change, [label, *(["shifted_amplitude"] if label in ("shifted", "amplitude") else [])]
            )
        said, right, there = said + int(hit.sum()), right + int((hit & truth).sum()), there + int(truth.sum())
    return f"{said} | {1 - right / max(said, 1):.3f} | {right / max(there, 1):.3f}"


def lay_real() -> Iterator[tuple[str, TimeCourse, TimeCourse, float | None]]:
    """Yield what it is, two courses and the period where it is given."""
    liver = load_public("zhang2014")
    half = np.arange(liver.times.size) < liver.times.size // 2
    first, second = liver.select_times(half), liver.select_times(~half)
    yield "mouse liver, first and second day (nothing should differ)", first, second, 1440.0
    names = [f"orlando2008-wt{number}" for number in (1, 2)]
    wild = [replace(one, values=np.log2(one.values)) for one in map(load_public, names)]
    yield "Orlando wild type 1 and 2 (nothing should differ)", wild[0], wild[1], None
    late = [one.select_times(one.times >= 60) for one in wild]
    yield "the same from 60 min on, after the recovery", late[0], late[1], None
    alpha = load_public("spellman-alpha")
    yield "alpha factor: Spellman and Pramila", alpha, load_public("pramila2006"), None
    yield "Spellman: alpha and cdc28", alpha, load_public("spellman-cdc28"), None
    yield "Spellman: alpha and cdc15", alpha, load_public("spellman-cdc15"), None


def print_real() -> None:
    print("\n## Real pairs\n")
    print(
        "p: share with p <= .05 / .01 / .001 of all genes (change), and of those that the test is made of.\n"
    )
    print("| pair | change | shift | amplitude | offset, ratio | excess: turns, log | labels |")
    print("|---|---|---|---|---|---|---|")
    for name, a, b, period in lay_real():
        found = compare(a, b, period=period)
        common = found.common
        tests = (found.change_p, found.shift_p, found.amplitude_p)
        cells = [f"n {describe(one).replace(' | ', ': ')}" for one in tests]
        cells.append(f"{common.offset:+.3f}, {2**common.log2_amplitude_ratio:.2f}")
        cells.append(f"{common.shift_excess:.3f}, {common.log_excess:.2f}")
        cells.append(", ".join(f"{n} {change}" for change, n in found.count().items() if change and n))
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    print("# Can a comparison be believed?\n\nMade by `python benchmarks/comparison.py`.\n")
    print_nulls()
    print_mixtures()
    if VARIABLE in os.environ:
        print_real()
