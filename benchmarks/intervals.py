"""Whether intervals and sets hold what they promise: `python benchmarks/intervals.py [--experiments N]`.

Two tables. Of simulated experiments that no network was trained on: how often the 95 % interval of a gene's
peak holds the true one, and how long it is. Of real genes: how often the conformal set of phases, as the card
of the shipped network promises it, holds the published phase. Embedded experiments are asked about fold 0,
which the promise does not rest on; those of other laboratories, where `PHASECALL_DATA` has them, about all.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from phasecall.benchmark import TRACKS
from phasecall.benchmark.clocks import fit_clocks
from phasecall.circular import wrap
from phasecall.conformal import choose_sets
from phasecall.density import find_peak, lay_out
from phasecall.labels import TEST_FOLD
from phasecall.lessons import draw_experiment
from phasecall.methods import Examples
from phasecall.methods.default import answer
from phasecall.metrics import bound_share
from phasecall.modelcard import find_least
from phasecall.modelfile import DEFAULT, shipped
from phasecall.publicdata import reason_absent
from phasecall.reading import read_course

SEED = 70_000_000
GROUPS = ((4, 8), (9, 16), (17, 48))
EMBEDDED = ("cdc15-9", "cdc15-23", "alpha", "cdc28", "fused", "elu", "cdc15-9-five", "cdc15-23-five")
OTHERS = {"pramila": "pramila2006", "orlando": "orlando2008-wt1"}


def look(seed: int) -> tuple[int, NDArray[np.bool_], NDArray[np.float64]]:
    """Return the times of an experiment, whether the interval of each gene holds its peak, and its length."""
    made, estimate = draw_experiment(seed)
    natural = read_course(made.course, estimate).natural
    asked = np.isfinite(made.peak_turn) & np.isfinite(natural).all(axis=1)
    peak = find_peak(lay_out(natural[asked]))
    held = wrap(made.peak_turn[asked] - peak.low) <= peak.high - peak.low
    return made.course.times.size, held, peak.high - peak.low


def show(*cells: object) -> None:
    """Print a row of a table."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def show_intervals(n_experiments: int) -> None:
    """Print the table of the intervals."""
    found = [look(SEED + number) for number in range(n_experiments)]
    show("times", "experiments", "genes", "interval holds the peak %", "median length, turns")
    show(*["---"] * 5)
    for low, high in (*GROUPS, (4, 48)):
        own = [one for one in found if low <= one[0] <= high]
        held, length = (np.concatenate([one[place] for one in own]) for place in (1, 2))
        shares = f"{100 * held.mean():.1f}", f"{np.median(length):.2f}"
        show(f"{low} to {high}", len(own), held.size, *shares)


def show_sets() -> None:
    """Print the table of the sets."""
    print()
    show("track", "genes", "set holds the phase %", "phases in a set", "sets of one phase %")
    show(*["---"] * 5)
    absent = {key for key, data in OTHERS.items() if reason_absent(data)}
    for key in (*EMBEDDED, *(key for key in OTHERS if key not in absent)):
        held, size = judge(key)
        low, high = bound_share(int(held.sum()), held.size) or (0.0, 1.0)
        shares = f"{100 * held.mean():.1f} ({100 * low:.1f} to {100 * high:.1f})"
        show(f"`{key}`", held.size, shares, f"{size.mean():.2f}", f"{100 * (size == 1).mean():.0f}")


def judge(key: str) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return whether each gene's set holds its phase, and how many phases are in it."""
    track = TRACKS[key]
    task = track.load()
    least = find_least(shipped(DEFAULT).card, track.scheme)
    assert least is not None
    held, size = [], []
    for part in track.parts if key in OTHERS else (TEST_FOLD,):
        split = track.split(task, part)
        _, clocks = fit_clocks(task, split)
        asked = Examples(tuple(one.course.select_genes(split.asked) for one in task.asked), clocks)
        sets = choose_sets(answer(asked, task.scheme), least)
        held.append(sets[np.arange(len(sets)), task.codes[split.asked]])
        size.append(sets.sum(axis=1))
    return np.concatenate(held), np.concatenate(size)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=300)
    with threadpool_limits(1):
        show_intervals(parser.parse_args().experiments)
        show_sets()
