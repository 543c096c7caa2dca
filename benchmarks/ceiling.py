"""How good calls of one experiment can be at all: `python benchmarks/ceiling.py`.

A published phase is an arc of the turn, and many genes peak near the end of one: noise carries their peaks
over it, whatever method reads them. Of each gene the peak is taken to lie on the arc of its published phase,
where alpha, cdc15 and cdc28 together put it (`density.fuse`). The experiment shows it with the error that its
own noise gives (`clock.find_peaks`), and with what the peaks of one gene differ between experiments
(`density.SPREAD`). The share of genes whose peak then falls on the right arc is what a method that reads
peaks can expect, if errors are as stated; beside it what the cosinor has, which does read them. Last, of each
two experiments: how many genes the cosinor calls alike in both, and how many of these rightly. The genes are
the labelled ones of folds 1 to 4.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from phasecall.benchmark import TRACKS
from phasecall.benchmark.clocks import fit_clocks
from phasecall.benchmark.task import Split
from phasecall.clock import ClockEstimate, find_peaks
from phasecall.density import N_GRID, SPREAD, fuse, lay_out, share_out
from phasecall.methods.clocked import spread_over_arcs
from phasecall.phases import Scheme
from phasecall.reading import read_course
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]
ASKED = ("cdc15-9", "cdc15-23", "alpha", "cdc28", "elu")


def fuse_peaks() -> dict[str, Floats]:
    """Return by gene the natural parameters of its peak in three experiments together."""
    task = TRACKS["fused"].load()
    everything = Split(task.labelled & ~task.test, np.zeros_like(task.test))
    _, clocks = fit_clocks(task, everything)
    pairs = zip(task.asked, clocks, strict=True)
    naturals = fuse(np.stack([read_course(one.course, clock).natural for one, clock in pairs]))
    return dict(zip(task.course.genes, naturals, strict=True))


def blur(masses: Floats, error: Floats) -> Floats:
    """Return densities on the turn, each convolved with a wrapped normal distribution, shape (n, N_GRID)."""
    order = np.arange(N_GRID // 2 + 1)
    left = np.exp(-2 * np.square(np.pi * order * error[:, None]))
    return np.asarray(np.fft.irfft(np.fft.rfft(masses, axis=1) * left, n=N_GRID, axis=1))


def expect(fused: Floats, error: Floats, codes: NDArray[np.int64], scheme: Scheme) -> Floats:
    """Return how likely each gene's peak falls on the right arc, shape (n,)."""
    arcs = scheme.assign((np.arange(N_GRID) + 0.5) / N_GRID)
    # Where even together they leave nothing on the arc, the gene lies anywhere on it.
    inside = (lay_out(fused) + 1e-9) * (arcs == codes[:, None])
    shown = blur(inside / inside.sum(axis=1, keepdims=True), error)
    return np.asarray(share_out(shown, scheme)[np.arange(codes.size), codes])


def look(course: TimeCourse, clock: ClockEstimate, scheme: Scheme) -> tuple[Floats, NDArray[np.int64]]:
    """Return the error of each gene's peak, turns, and the phase under the peak."""
    peaks = find_peaks(course, clock)
    error = np.minimum(np.nan_to_num(np.hypot(peaks.reach / 1.96, SPREAD), nan=0.5), 0.5)
    return error, spread_over_arcs(peaks.turn, error, scheme).argmax(axis=1)


def show(key: str, peaks: dict[str, Floats]) -> dict[str, tuple[int, int]]:
    """Print a row of the first table, and return the called and the published phase by gene."""
    task = TRACKS[key].load()
    genes = task.labelled & ~task.test & np.array([gene in peaks for gene in task.course.genes])
    _, (clock,) = fit_clocks(task, Split(genes, np.zeros_like(genes)))
    course, codes = task.course.select_genes(genes), task.codes[genes]
    error, called = look(course, clock, task.scheme)
    possible = expect(np.stack([peaks[gene] for gene in course.genes]), error, codes, task.scheme)
    shares = (f"{100 * share:.1f}" for share in (possible.mean(), (called == codes).mean()))
    print(f"| `{key}` | {codes.size} | {np.median(error):.3f} | {' | '.join(shares)} |", flush=True)
    return dict(zip(course.genes, zip(called.tolist(), codes.tolist(), strict=True), strict=True))


def show_agreement(one: dict[str, tuple[int, int]], other: dict[str, tuple[int, int]], names: str) -> None:
    """Print a row of the second table."""
    both = [(one[gene][0], other[gene][0], one[gene][1]) for gene in one if gene in other]
    alike = [called == published for called, beside, published in both if called == beside]
    shares = (f"{100 * share:.1f}" for share in (len(alike) / len(both), sum(alike) / len(alike)))
    print(f"| {names} | {len(both)} | {' | '.join(shares)} |")


if __name__ == "__main__":
    print("| track | genes | error of a peak, turns | can be expected % | cosinor has % |")
    print("|---|---|---|---|---|")
    with threadpool_limits(1):
        fused = fuse_peaks()
        calls = {name: show(name, fused) for name in ASKED}
    print("\n| experiments | genes | called alike % | of these rightly % |\n|---|---|---|---|")
    for first, second in combinations(ASKED[1:], 2):
        show_agreement(calls[first], calls[second], f"`{first}`, `{second}`")
