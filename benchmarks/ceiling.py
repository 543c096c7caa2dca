"""How good calls of one experiment can be at all: `python benchmarks/ceiling.py`.

A published phase is an arc of the turn, and many genes peak near the end of one: noise carries their peaks
over it, whatever method reads them. Of each gene the peak is taken to lie on the arc of its published phase,
where alpha, cdc15 and cdc28 together put it (`density.fuse`). The experiment shows it with the error that its
own noise gives (`clock.find_peaks`), and with what the peaks of one gene differ between experiments
(`density.SPREAD`). The share of genes whose peak then falls on the right arc is what a method that reads
peaks can expect, if errors are as stated; beside it what the cosinor has, which does read them. Last, of each
two experiments: how many genes the cosinor calls alike in both, and how many of these rightly. The genes are
the labelled ones of folds 1 to 4. Each fold is asked in turn, as in `inner_tracks.py`: the labelled genes of
the other three anchor the clocks, so that no gene's own label sets the clock it is read on.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from phasecall.benchmark import TRACKS, Task
from phasecall.benchmark.clocks import fit_clocks
from phasecall.benchmark.task import Split
from phasecall.clock import find_peaks
from phasecall.density import N_GRID, SPREAD, fuse, lay_out, share_out
from phasecall.labels import TEST_FOLD
from phasecall.methods import METHODS, Examples
from phasecall.phases import Scheme
from phasecall.reading import read_course

Floats = NDArray[np.float64]
ASKED = ("cdc15-9", "cdc15-23", "alpha", "cdc28", "elu")


def ask_folds(task: Task) -> Iterator[tuple[Examples, NDArray[np.int64]]]:
    """Yield the labelled genes of folds 1 to 4 and their phases, each fold on clocks of the other three."""
    for fold in range(1, 5):
        labelled = task.labelled & (task.folds != TEST_FOLD)
        split = Split(labelled & (task.folds != fold), labelled & (task.folds == fold))
        _, clocks = fit_clocks(task, split)
        asked = Examples(tuple(one.course.select_genes(split.asked) for one in task.asked), clocks)
        yield asked, task.codes[split.asked]


def fuse_peaks() -> dict[str, Floats]:
    """Return by gene the natural parameters of its peak in three experiments together."""
    found: dict[str, Floats] = {}
    for asked, _ in ask_folds(TRACKS["fused"].load()):
        pairs = zip(asked.courses, asked.clocks, strict=True)
        naturals = fuse(np.stack([read_course(course, clock).natural for course, clock in pairs]))
        found |= zip(asked.courses[0].genes, naturals, strict=True)
    return found


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


def find_errors(asked: Examples) -> Floats:
    """Return the error of each gene's peak in the only experiment, turns."""
    (course,), (clock,) = asked.courses, asked.clocks
    reach = find_peaks(course, clock).reach
    return np.asarray(np.minimum(np.nan_to_num(np.hypot(reach / 1.96, SPREAD), nan=0.5), 0.5))


def show(key: str, peaks: dict[str, Floats]) -> dict[str, tuple[int, int]]:
    """Print a row of the first table, and return the called and the published phase by gene."""
    task, cosinor = TRACKS[key].load(), METHODS["cosinor"].fit
    assert cosinor is not None
    errors, possible = [], []
    calls: dict[str, tuple[int, int]] = {}
    for asked, codes in ask_folds(task):
        genes, error = asked.courses[0].genes, find_errors(asked)
        errors.append(error)
        possible.append(expect(np.stack([peaks[gene] for gene in genes]), error, codes, task.scheme))
        # It learns nothing, and is given no gene to learn from.
        called = cosinor(Examples(()), codes[:0], task.scheme, 0)(asked).argmax(axis=1)
        calls |= zip(genes, zip(called.tolist(), codes.tolist(), strict=True), strict=True)
    right = np.mean([called == published for called, published in calls.values()])
    cells = (
        *(f"`{key}`", str(len(calls)), f"{np.median(np.concatenate(errors)):.3f}"),
        *(f"{100 * share:.1f}" for share in (np.concatenate(possible).mean(), right)),
    )
    print(f"| {' | '.join(cells)} |", flush=True)
    return calls


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
