"""Whether intervals and sets hold what they promise: `python benchmarks/intervals.py [--experiments N]`.

Three tables. Of simulated experiments that no network was trained on: how often the 95 % interval of a gene's
peak holds the true one, and how long it is. Of real genes: how often the conformal set of phases, as the card
of the shipped network promises it, holds the published phase. Embedded experiments are asked about fold 0,
which the promise does not rest on; those of other laboratories, where `PHASECALL_DATA` has them, about all.
And of the sets that `phasecall finetune` promises by 100 labelled genes of the experiment itself, drawn as in
`few_labels.py`, four times for each of folds 1 to 4: how often those hold the phase of genes of that fold.
"""

from __future__ import annotations

import argparse

import numpy as np
from few_labels import N_DRAWS, draw
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from phasecall.benchmark import TRACKS, Task
from phasecall.benchmark.clocks import fit_clocks
from phasecall.caller.tuned import call_by_tuned
from phasecall.circular import wrap
from phasecall.conformal import choose_sets
from phasecall.density import find_peak, lay_out
from phasecall.finetuning import finetune
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
TUNED = ("cdc15-23", "alpha", "cdc28", "elu")
N_LABELS = 100
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


def show_tuned_sets() -> None:
    """Print the table of the sets of finetuned models."""
    print()
    show("track", "genes", "set holds the phase %", "least and most of a draw", "phases in a set")
    show(*["---"] * 5)
    absent = {key for key, data in OTHERS.items() if reason_absent(data)}
    for key in (*TUNED, *(key for key in OTHERS if key not in absent)):
        task = TRACKS[key].load()
        draws = [judge_tuned(task, number) for number in range(N_DRAWS)]
        held, size = (np.concatenate([one[place] for one in draws]) for place in (0, 1))
        shares = sorted(100 * float(one.mean()) for one, _ in draws)
        n_genes = int((task.labelled & (task.folds != TEST_FOLD)).sum())
        ends = f"{shares[0]:.1f} to {shares[-1]:.1f}"
        show(f"`{key}`", n_genes, f"{100 * held.mean():.1f}", ends, f"{size.mean():.2f}")


def judge_tuned(task: Task, number: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return the same of the genes asked for in a draw, by a model finetuned to the others."""
    course, labels, asked = draw(task, N_LABELS, number)
    model = finetune(course, labels, scheme=task.scheme.key, period=task.asked[0].period)
    calls = call_by_tuned(course, model)
    assert calls.least is not None
    rows = np.flatnonzero(asked & np.isfinite(calls.probabilities).all(axis=1))
    sets = choose_sets(calls.probabilities[rows], calls.least)
    return sets[np.arange(rows.size), task.codes[rows]], sets.sum(axis=1)


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
        show_tuned_sets()
