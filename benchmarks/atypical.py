"""Are atypical genes found, and for the right reason? `[PHASECALL_DATA=DIR] python benchmarks/atypical.py`.

Genes are made atypical in twelve courses of each kind, and all genes are called: cultures drawn from the
prior (seeds 300 on, of twelve or more points over 1.3 turns or more), cultures like the embedded experiments,
all of them without decoys and second peaks, and the embedded alpha, cdc15 and cdc28 themselves without the
genes of fold 0. A gene's shape is replaced: noise stays what two waves on the clock leave of the gene, and
severity is the amplitude (half of highest minus lowest) of what is added in standard deviations of that; a
spike is added to a gene as it is, with its height as severity. Shifted genes peak elsewhere in one of three
experiments: severity is by how many turns. Labels are swapped: severity is by how many phases of four.

Found: flagged with any code of novelty (q at most 0.05). Named: of those, with the right one. False alarms:
genes that were left as they are and are flagged with such a code; of real ones nobody knows whether these are
false. With a folder of public data (`phasecall datasets`) whole experiments are called, too. Prints Markdown,
the contents of benchmarks/results/atypical.md; takes some three minutes on one core.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

import phasecall
from phasecall.caller import tell_clock
from phasecall.calls import Calls
from phasecall.circular import difference
from phasecall.clock import Clock, KnownGenes, know_phases
from phasecall.datasets import load_labels
from phasecall.labels import TEST_FOLD, fold_of
from phasecall.novelty import PATTERNS, Remark, describe
from phasecall.phases import SCHEMES
from phasecall.publicdata import VARIABLE, load_public
from phasecall.rhythm.design import lay_columns
from phasecall.simulation import REALISTIC, Culture, draw_culture, draw_times, simulate
from phasecall.simulation.waveforms import synthesise
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]
Draw = np.random.Generator
Key = tuple[str, ...]
Done = dict[str, tuple[str, str]]
"""Of genes by name, pattern and severity of what was put in."""

N_GENES = 800
N_COURSES = 12
N_EACH = 6
"""Genes of each pattern and severity in a course."""
N_FUSED = 3
N_EACH_FUSED = 24
EMBEDDED = ("alpha", "cdc15", "cdc28")
KINDS = ("prior", "realistic", "real")
WHOLE = ("spellman-alpha", "spellman-cdc15", "spellman-cdc28", "pramila2006", "orlando2008-wt1")
LEVELS = (0.5, 0.05, 0.01, 0.001, 0.0001)
FOUR = SCHEMES["four"]


@dataclass
class Base:
    """A course before anything is done to it, its clock, and what is known of its genes."""

    course: TimeCourse
    clock: Clock
    turns: Floats
    labels: dict[str, str]


@dataclass
class Tally:
    """What was found, by kind of course, pattern and severity; and what else is flagged."""

    made: dict[Key, list[tuple[bool, bool]]] = field(default_factory=lambda: defaultdict(list))
    alarms: dict[Key, list[bool]] = field(default_factory=lambda: defaultdict(list))
    novelty: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    why: dict[Key, int] = field(default_factory=lambda: defaultdict(int))

    def count(self, kind: str, where: str, calls: Calls, done: Done) -> None:
        """Add the calls of a course in which some genes, by name, had a pattern and severity put in."""
        for gene, flags in zip(calls.genes, calls.flags, strict=True):
            codes = PATTERNS.keys() & set(flags.split(";"))
            if gene in done:
                pattern, severity = done[gene]
                self.made[kind, pattern, severity].append((bool(codes), pattern in codes))
                continue
            self.alarms[kind, where].append(bool(codes))
            for code in codes:
                self.why[kind, code] += 1


# What is put in


def two_peaks(base: Base, rng: Draw) -> Floats:
    """Two peaks half a turn apart, the second 0.6 to 1 of the first."""
    turn = np.exp(2j * np.pi * np.outer(np.arange(1, 7), base.clock.moved(base.course.times)))
    wave = synthesise(rng.random(1), rng.uniform(2, 4, 1), rng.uniform(0.6, 0.99, 1), turn)
    return np.asarray(wave[0])


def other_period(base: Base, rng: Draw) -> Floats:
    """A cosine with 0.65 or 1.5 of the clock's frequency, if they can be told apart, else with 2.7 of it."""
    cycles = base.clock.cycles(base.course.times)
    choices = [ratio for ratio in (0.65, 1.5) if abs(ratio - 1) * cycles >= 1 and ratio * cycles >= 1.5]
    ratio = rng.choice(choices or [2.7])
    return np.asarray(np.cos(2 * np.pi * (ratio * base.course.times / base.clock.period + rng.random())))


def change(base: Base, rng: Draw) -> Floats:
    """A step, a trend or a recovery, up or down."""
    times = base.course.times
    gone = (times - times.min()) / np.ptp(times)
    shapes = [np.tanh((gone - rng.uniform(0.25, 0.75)) / 0.02), 2 * gone - 1, 2 * np.exp(-gone / 0.2) - 1]
    return np.asarray(rng.choice([-1, 1]) * shapes[rng.integers(3)])


SHAPES: Mapping[str, Callable[[Base, Draw], Floats]] = {
    "two_peaks": two_peaks,
    "other_period": other_period,
    "strong_not_periodic": change,
}
SEVERITIES = {"two_peaks": (1, 2, 4), "other_period": (1, 2, 4), "strong_not_periodic": (1, 2, 4)}
SPIKES = (4, 8, 16)
SWAPS = (1, 2)
SHIFTS = (0.1, 0.25, 0.5)


def put_in(base: Base, rng: Draw) -> tuple[TimeCourse, dict[str, str], Done]:
    """Return a course with atypical genes, labels some of which are wrong, and what was done."""
    course = base.course
    values, labels = course.values.copy(), dict(base.labels)
    done: Done = {}
    enough = np.isfinite(values).sum(axis=1) >= 0.8 * course.times.size
    free = rng.permutation(np.flatnonzero(enough)).tolist()
    for pattern, sizes in SEVERITIES.items():
        for size in sizes:
            for _ in range(N_EACH):
                row = free.pop()
                rest, spread = strip(values[row], course.times, base.clock)
                values[row] = rest + size * spread * SHAPES[pattern](base, rng)
                done[course.genes[row]] = pattern, f"{size} sd"
                labels.pop(course.genes[row], None)
    for size in SPIKES:
        for _ in range(N_EACH):
            row = free.pop()
            place = rng.choice(np.flatnonzero(np.isfinite(values[row])))
            values[row, place] += rng.choice([-1, 1]) * size * strip(values[row], course.times, base.clock)[1]
            done[course.genes[row]] = "spike", f"{size} sd"
    for steps in SWAPS:
        for row in [row for row in free if course.genes[row] in labels][: 2 * N_EACH]:
            free.remove(row)
            code = FOUR.code_of(labels[course.genes[row]])
            labels[course.genes[row]] = FOUR.phases[(code + rng.choice([-steps, steps])) % 4].name
            done[course.genes[row]] = "contradicts_label", f"{steps} phase{'s' * (steps > 1)}"
    return replace(course, values=values), labels, done


def strip(values: Floats, times: Floats, clock: Clock) -> tuple[Floats, float]:
    """Return what mean and two waves leave of a gene, as large as noise was, and its standard deviation."""
    seen = np.isfinite(values)
    design = lay_columns(times[seen], clock.period, harmonics=2)
    weights, *_ = np.linalg.lstsq(design, values[seen], rcond=None)
    rest = np.full_like(values, np.nan)
    left = values[seen] - design @ weights
    rest[seen] = left * np.sqrt(seen.sum() / (seen.sum() - 5))
    return rest + weights[0], float(np.sqrt((rest[seen] ** 2).mean()))


# Where it is put in


def clean(culture: Culture) -> Culture:
    return replace(culture, expression=replace(culture.expression, two_peaked=0.0, decoys=0.0))


def lay_simulated(culture: Culture, times: Floats, sync: str | None, seed: int) -> Base | None:
    """Return a simulated course with 300 labelled genes; None where its clock cannot be told."""
    made = simulate(N_GENES, times=times, culture=culture, seed=seed)
    course = replace(made.course, sync=sync)
    names = [FOUR.phases[code].name for code in FOUR.assign(made.peak_turn)]
    labels = dict(list(zip(course.genes, names, strict=True))[:300])
    estimate = tell_clock(course, known=know_phases(course.genes, labels, FOUR))
    if not estimate.sure or abs(np.log(estimate.clock.period / culture.clock.period)) > 0.1:
        return None
    return Base(course, culture.clock, made.peak_turn, labels)


def lay_bases(kind: str) -> Iterator[Base]:
    if kind == "prior":
        found = 0
        for seed in range(300, 500):
            culture = draw_culture(seed)
            times = draw_times(culture, seed)
            if times.size < 12 or culture.clock.cycles(times) < 1.3 or found == N_COURSES:
                continue
            base = lay_simulated(clean(culture), times, None, seed)
            if base is not None:
                found += 1
                yield base
    elif kind == "realistic":
        for place in range(N_COURSES):
            preset = list(REALISTIC.values())[place % len(REALISTIC)]
            base = lay_simulated(clean(preset.culture), np.array(preset.times), preset.sync, place)
            assert base is not None
            yield base
    else:
        for place in range(N_COURSES):
            yield lay_real(EMBEDDED[place % len(EMBEDDED)])


def lay_real(key: str) -> Base:
    course = phasecall.load(key)
    course = course.select_genes(np.flatnonzero(fold_of(course.genes) != TEST_FOLD))
    labels = {gene: phase for gene, phase in load_labels().items() if gene in set(course.genes)}
    estimate = tell_clock(course)
    return Base(course, estimate.clock, phasecall.call(course).peak_turn, labels)


def lay_three(kind: str, seed: int) -> tuple[list[TimeCourse], list[KnownGenes] | None, Done]:
    """Return three experiments in one of which some genes peak elsewhere, and what was done."""
    rng = np.random.default_rng(seed)
    done: Done = {}
    if kind == "real":
        bases = [lay_real(key) for key in EMBEDDED]
        genes, published = bases[0].course.genes, bases[0].turns
    else:
        genes, published = tuple(f"g{row}" for row in range(300)), rng.random(300)
    shifts = np.zeros((3, len(genes)))
    rows = rng.permutation(len(genes))
    for place, row in enumerate(rows[: len(SHIFTS) * N_EACH_FUSED]):
        shift = SHIFTS[place % len(SHIFTS)]
        shifts[rng.integers(3), row] = rng.choice([-1, 1]) * shift
        done[genes[row]] = "shifted", f"{shift:g} turns"
    courses: list[TimeCourse] = []
    known: list[KnownGenes] = []
    for place, key in enumerate(EMBEDDED):
        if kind == "real":
            course, turns = bases[place].course, bases[place].turns
            moved = np.flatnonzero(shifts[place])
            wanted = turns[moved] + shifts[place][moved]
            values = course.values.copy()
            values[moved] = [course.values[pick(turns, turn)] for turn in wanted]
            courses.append(replace(course, values=values))
            continue
        preset = REALISTIC[key]
        made = simulate(3000, times=preset.times, culture=clean(preset.culture), seed=10 * seed + place)
        wanted = published + shifts[place] + 0.04 * rng.standard_normal(len(genes))
        chosen = [pick(made.peak_turn, turn, rng) for turn in wanted]
        values = made.course.values[chosen]
        courses.append(replace(made.course, genes=genes, values=values, name=key, sync=preset.sync))
        told = np.where(rng.random(len(genes)) < 0.12, published, np.nan)
        told[np.any(shifts != 0, axis=0)] = np.nan
        known.append(KnownGenes(told, np.full(len(genes), 0.07), "genes of a known peak"))
    return courses, known or None, done


def pick(turns: Floats, wanted: float, rng: Draw | None = None) -> int:
    """Return the gene that peaks nearest to a place, or one of the ten nearest."""
    off = np.where(np.isfinite(turns), np.abs(difference(np.nan_to_num(turns), wanted)), 1.0)
    return int(np.argsort(off)[0 if rng is None else rng.integers(10)])


def run() -> Tally:
    tally = Tally()
    for kind in KINDS:
        for place, base in enumerate(lay_bases(kind)):
            rng = np.random.default_rng([KINDS.index(kind), place])
            if kind != "real" or place < len(EMBEDDED):
                known = know_phases(base.course.genes, base.labels, FOUR)
                calls = phasecall.call(base.course, known=known)
                tally.count(kind, "untouched courses", calls, {})
                tally.novelty[kind] += calls.novelty[np.isfinite(calls.novelty)].tolist()
            course, labels, done = put_in(base, rng)
            known = know_phases(course.genes, labels, FOUR)
            tally.count(kind, "beside atypical genes", phasecall.call(course, known=known), done)
        if kind != "prior":
            for seed in range(N_FUSED):
                courses, told, done = lay_three(kind, seed)
                tally.count(kind, "three experiments fused", phasecall.call(courses, known=told), done)
    return tally


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}" if whole else ""


def show(tally: Tally) -> None:
    print("# Atypical genes\n\n`PHASECALL_DATA=DIR python benchmarks/atypical.py`\n")
    print("Found at a false discovery rate of 5 %, and of those found named rightly, per cent.\n")
    show_head(
        "pattern", "severity", *(f"{kind}: {what}" for kind in KINDS for what in ("n", "found", "named"))
    )
    order = list(PATTERNS)
    rows = {(order.index(key[1]), float(key[2].split()[0]), key[1], key[2]) for key in tally.made}
    for _, _, pattern, severity in sorted(rows):
        cells = [f"`{pattern}`", severity]
        for kind in KINDS:
            made = tally.made.get((kind, pattern, severity), [])
            n, found, named = len(made), sum(one for one, _ in made), sum(both for _, both in made)
            cells += [str(n or ""), share(found, n), share(named, found)]
        show_row(*cells)
    print("\nFalse alarms, of genes that were left as they are.\n")
    show_head("courses", *KINDS)
    for where in dict.fromkeys(where for _, where in tally.alarms):
        alarms = [tally.alarms.get((kind, where), []) for kind in KINDS]
        show_row(where, *(f"{sum(one)} of {len(one)} ({np.mean(one):.2%})" if one else "" for one in alarms))
    print("\nAs what these are flagged.\n")
    show_head("pattern", *KINDS)
    for pattern in PATTERNS:
        show_row(f"`{pattern}`", *(str(tally.why[kind, pattern]) for kind in KINDS))
    print("\nShare of the genes of untouched courses whose novelty is at most p.\n")
    show_head("p", *KINDS)
    for level in LEVELS:
        show_row(f"{level:g}", *(f"{(np.array(tally.novelty[kind]) <= level).mean():.4f}" for kind in KINDS))


def show_public() -> None:
    """Print what is flagged in whole experiments, without the genes of fold 0."""
    print("\nWhole experiments: genes flagged, and those most unlike the others.\n")
    show_head("experiment", "genes", "flagged", *(f"`{pattern}`" for pattern in PATTERNS), "first")
    for keys in (*((key,) for key in WHOLE), WHOLE[:3]):
        courses = [load_public(key) for key in keys]
        courses = [one.select_genes(np.flatnonzero(fold_of(one.genes) != TEST_FOLD)) for one in courses]
        calls = phasecall.call(courses)
        remarks = describe(calls)
        codes = [remark.pattern for remark in remarks]
        counts = [str(codes.count(pattern)) for pattern in PATTERNS]
        flagged = f"{len(remarks)} ({len(remarks) / len(calls):.1%})"
        first = ", ".join(f"{remark.gene} ({remark.pattern})" for remark in choose(remarks))
        show_row(", ".join(keys), str(len(calls)), flagged, *counts, first)


def choose(remarks: list[Remark]) -> list[Remark]:
    """Return the first two of each pattern."""
    seen: dict[str, int] = defaultdict(int)
    chosen = []
    for remark in remarks:
        seen[remark.pattern] += 1
        if seen[remark.pattern] <= 2:
            chosen.append(remark)
    return chosen


def show_head(*cells: str) -> None:
    show_row(*cells)
    print("|" + "---|" * len(cells))


def show_row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    show(run())
    if VARIABLE in os.environ:
        show_public()
