"""What the default network was not made for: `PHASECALL_DATA=FOLDER python benchmarks/transfer.py [FIGURES]`.

Two worked examples: human cells in a double thymidine course (the track `human` of the benchmark, seen gene
by gene), and mouse liver round the day, which is no cell cycle. In both the default network is compared with
the cosinor on the same clock. Tables go to stdout (docs/transfer.md has them); with a folder, the figures of
that page are drawn into it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

import phasecall
from phasecall import figures
from phasecall.benchmark import TRACKS
from phasecall.benchmark.clocks import fit_clocks
from phasecall.benchmark.task import ask_all
from phasecall.caller.clock import call_by_clock
from phasecall.circular import difference, distance, wrap
from phasecall.clock import ClockEstimate, estimate_clock, find_peaks
from phasecall.density import ORDER, find_peak, lay_out, share_out
from phasecall.metrics import bound_share
from phasecall.phases import Scheme
from phasecall.points import lay_points
from phasecall.publicdata import load_public
from phasecall.reading import find_readable, open_network, read_course
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

DAY = 1440.0
# In the order of their peaks in mouse liver: Yamamoto et al. 2004, doi 10.1186/1471-2199-5-18. Bmal1 (Arntl)
# comes before all, and Per2 after all; neither is in this table.
CLOCK_GENES = ("Npas2", "Nr1d1", "Dbp", "Nr1d2", "Per3", "Per1")
SURE = 0.05
STARTS = (0.0, 0.25, 0.5, 0.75)


def read_peaks(course: TimeCourse, estimate: ClockEstimate) -> tuple[Floats, Floats]:
    """Return the peak of each gene by the default network and by the cosinor, turns."""
    grid = lay_out(read_course(course, estimate).natural)
    return np.asarray(find_peak(grid).turn), find_peaks(course, estimate).turn


def read_alone(course: TimeCourse, estimate: ClockEstimate) -> Floats:
    """Return the peak of each gene by the network alone, without the wave that it is averaged with."""
    turns = np.full(len(course), np.nan)
    readable = find_readable(course)
    heads = open_network().predict(lay_points(course, estimate)[readable])
    turns[readable] = find_peak(lay_out(heads[:, : 2 * ORDER])).turn
    return turns


def reach_arc(peaks: Floats, codes: NDArray[np.int64], scheme: Scheme) -> Floats:
    """Return how far each peak is from the arc of its gene's phase, turns; 0 on it."""
    starts = np.array([phase.start for phase in scheme.phases])[codes]
    widths = np.array([phase.width for phase in scheme.phases])[codes]
    inside = wrap(peaks - starts) < widths
    away = np.minimum(distance(peaks, starts), distance(peaks, wrap(starts + widths)))
    return np.where(inside, 0.0, away)


def show_share(hits: NDArray[np.bool_]) -> str:
    low, high = bound_share(int(hits.sum()), hits.size) or [np.nan, np.nan]
    return f"{100 * hits.mean():.1f} ({100 * low:.1f} to {100 * high:.1f})"


def print_human() -> tuple[TimeCourse, ClockEstimate]:
    task = TRACKS["human"].load()
    estimate = fit_clocks(task, ask_all(task, 0))[1][0]
    course, codes = task.asked[0].course, task.codes
    probabilities = share_out(lay_out(read_course(course, estimate).natural), task.scheme)
    plain = call_by_clock(course, estimate, task.scheme)
    peaks = read_peaks(course, estimate)
    called = (probabilities.argmax(axis=1), task.scheme.assign(peaks[1]))
    right = [codes == one for one in called]
    print("## HeLa cells after a double thymidine block\n")
    print(f"{course.times.size} times over {np.ptp(course.times) / 60:g} h, {len(course)} clones of known")
    print(f"phase; a turn takes {estimate.clock.period / 60:g} h, as given, and t = 0 is turn")
    print(f"{estimate.clock.turn_at_zero:.2f} by {estimate.anchor}. 95 % intervals: Wilson's.\n")
    print("| clones | n | network, accuracy % | cosinor, accuracy % | only one right, p |")
    print("|---|---|---|---|---|")
    rhythmic = plain.periodic_p <= SURE
    sure = probabilities.max(axis=1) >= 0.5
    groups = {"all": np.ones(codes.size, dtype=np.bool_), f"periodic_p up to {SURE}": rhythmic}
    groups |= {"probability of 0.5 or more": sure}
    groups |= {f"published as {phase.name}": codes == phase.code for phase in task.scheme.phases}
    for name, kept in groups.items():
        won, lost = (int((kept & right[i] & ~right[1 - i]).sum()) for i in (0, 1))
        p = binomtest(won, won + lost).pvalue if won + lost else 1.0
        cells = [show_share(one[kept]) for one in right]
        print(f"| {name} | {kept.sum()} | {' | '.join(cells)} | {won} : {lost}, {p:.2g} |")
    every = (*peaks, read_alone(course, estimate))
    near = [reach_arc(one, codes, task.scheme) for one in every]
    print("\n| peaks | network | cosinor | network without the wave |\n|---|---|---|---|")
    for title, most in (
        ("on the arc of the published phase, %", 0.0),
        ("at most 0.1 turn (1.5 h) off it, %", 0.1),
    ):
        print(f"| {title} | {' | '.join(show_share(one <= most) for one in near)} |")
    print(f"| distance from it, mean turns | {' | '.join(f'{one.mean():.3f}' for one in near)} |")
    apart = [show_share(distance(one, peaks[1]) <= 0.1) for one in (every[0], every[2])]
    print(f"| within 0.1 turn of the cosinor, % | {apart[0]} | | {apart[1]} |")
    return course, estimate


def tell_day(course: TimeCourse) -> ClockEstimate:
    """Return the clock of the day: 24 h, and turn 0 is ZT0, the lights on."""
    estimate = estimate_clock(course, period=DAY)
    return replace(estimate, clock=replace(estimate.clock, turn_at_zero=0.0))


def print_liver() -> TimeCourse:
    course = load_public("zhang2014")
    found = estimate_clock(course)
    estimate = tell_day(course)
    plain = call_by_clock(course, estimate, phasecall.call(course, period=DAY).scheme)
    network, cosinor = read_peaks(course, estimate)
    alone = read_alone(course, estimate)
    sure = plain.periodic_q <= SURE
    print("\n## Mouse liver round the day\n")
    print(
        f"{course.times.size} times over {np.ptp(course.times) / 60:g} h, {len(course)} genes. All genes tell"
    )
    print(
        f"{found.clock.period / 60:.1f} h (95 %: {found.period_lo / 60:.1f} to {found.period_hi / 60:.1f});"
    )
    print(f"24 h are given. {sure.sum()} genes have a rhythm of the day at periodic_q up to {SURE}.\n")
    print("| genes, and what is compared with the cosinor | n | within 1 h, % | within 2 h, % | median, h |")
    print("|---|---|---|---|---|")
    others = ~sure & np.isfinite(cosinor)
    groups = {
        "sure rhythm, network": (sure, network),
        "sure rhythm, network without the wave": (sure, alone),
        "all others with a peak, network": (others, network),
        "all others with a peak, network without the wave": (others, alone),
    }
    for title, (kept, turns) in groups.items():
        gap = distance(turns, cosinor)[kept] * 24
        cells = [show_share(gap <= hours) for hours in (1, 2)]
        print(f"| {title} | {kept.sum()} | {' | '.join(cells)} | {np.median(gap):.2f} |")
    print("\n| clock gene, in the published order | cosinor, ZT (95 %) | network, ZT | without the wave |")
    print("|---|---|---|---|")
    rows = [course.genes.index(gene) for gene in CLOCK_GENES]
    for gene, row in zip(CLOCK_GENES, rows, strict=True):
        reach = find_peaks(course.select_genes([row]), estimate).reach[0] * 24
        hours = [f"{24 * turns[row]:.1f}" for turns in (cosinor, network, alone)]
        print(f"| {gene} | {hours[0]} ± {reach:.1f} | {hours[1]} | {hours[2]} |")
    print("\nPairs of these genes in the published order, the later one's peak after the earlier one's:\n")
    for name, turns in (("cosinor", cosinor), ("network", network), ("network without the wave", alone)):
        gaps = [
            difference(turns[rows[j]], turns[rows[i]])
            for i in range(len(rows))
            for j in range(i + 1, len(rows))
        ]
        print(f"- {name}: {sum(gap > 0 for gap in gaps)} of {len(gaps)}")
    print("\nThe network does not know that turn 0 is the lights on. Its own peaks, by other starts:\n")
    print(
        "| turn at ZT0 | within 1 h of the cosinor, %, of a sure rhythm | median distance, h |\n|---|---|---|"
    )
    for start, peaks in turn_clock(course.select_genes(sure), estimate):
        gap = distance(peaks, cosinor[sure]) * 24
        print(f"| {start:.2f} | {show_share(gap <= 1)} | {np.median(gap):.2f} |")
    return course


def turn_clock(course: TimeCourse, estimate: ClockEstimate) -> Iterator[tuple[float, Floats]]:
    """Yield starts of the clock, and the peaks that the network sees on it, less the start."""
    for start in STARTS:
        turned = replace(estimate, clock=replace(estimate.clock, turn_at_zero=start))
        yield start, wrap(read_alone(course, turned) - start)


def draw(folder: Path, human: tuple[TimeCourse, ClockEstimate], liver: TimeCourse) -> None:
    course, estimate = human
    calls = phasecall.call(course, period=estimate.clock.period, model="phasecall", scheme="human")
    figures.save(figures.draw("heatmap", (calls, course)), folder / "transfer-hela", ["png"])
    genes = liver.select_genes([liver.genes.index(gene) for gene in CLOCK_GENES])
    days = phasecall.call(genes, period=DAY)
    figures.save(figures.draw("genes", (days, genes)), folder / "transfer-liver", ["svg"])


if __name__ == "__main__":
    hela, mice = print_human(), print_liver()
    if len(sys.argv) > 1:
        draw(Path(sys.argv[1]), hela, mice)
