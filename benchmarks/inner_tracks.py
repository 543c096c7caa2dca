"""Methods on the tracks, by folds 1 to 4 alone: `python benchmarks/inner_tracks.py [METHOD ...]`.

What the default network and its tuning were chosen by. Each of these folds is asked in turn and the other
three are learnt from; fold 0 is no part of it. Prints accuracy in per cent and mean negative log-likelihood.
"""

from __future__ import annotations

import sys

import numpy as np
from threadpoolctl import threadpool_limits

from phasecall.benchmark import TRACKS, Task, Track
from phasecall.benchmark.clocks import fit_clocks
from phasecall.benchmark.task import Split
from phasecall.labels import TEST_FOLD
from phasecall.methods import METHODS, Examples, Method

KEYS = (
    *("cdc15-9", "cdc15-23", "alpha", "cdc28", "elu", "fused", "cdc15-9-five", "cdc15-23-five", "fused-five"),
    *("transfer-alpha", "transfer-cdc15", "transfer-cdc28"),
)
SHOWN = ("phasecall", "phasecall-tuned", "cosinor", "folded", "logistic", "svm")
FLOOR = 0.002
"""What every phase is given at least, so that one gene cannot decide a likelihood."""


def judge(task: Task, method: Method) -> tuple[float, float] | None:
    """Return accuracy and mean negative log-likelihood over folds 1 to 4; None where a method refuses."""
    right, losses = [], []
    for fold in range(1, 5):
        labelled = task.labelled & (task.folds != TEST_FOLD)
        split = Split(labelled & (task.folds != fold), labelled & (task.folds == fold))
        clocks = fit_clocks(task, split)
        parts = zip((task.learnt, task.asked), split, clocks, strict=True)
        known, asked = (Examples(tuple(e.course.select_genes(w) for e in es), c) for es, w, c in parts)
        codes = task.codes[split.asked]
        assert method.fit is not None
        try:
            answers = method.fit(known, task.codes[split.known], task.scheme, 0)(asked)
        except Exception:  # whatever a method refuses by, the table has a gap
            return None
        right.append(answers.argmax(axis=1) == codes)
        losses.append(-np.log(np.maximum(answers[np.arange(codes.size), codes], FLOOR)))
    return 100 * float(np.concatenate(right).mean()), float(np.concatenate(losses).mean())


def show(track: Track, methods: list[str]) -> str:
    """Return a row of the table."""
    task = track.load()
    found = [judge(task, METHODS[key]) for key in methods]
    cells = ["–" if one is None else f"{one[0]:.1f} / {one[1]:.3f}" for one in found]
    n_genes = int((task.labelled & (task.folds != TEST_FOLD)).sum())
    return f"| `{track.key}` | {n_genes} | {' | '.join(cells)} |"


if __name__ == "__main__":
    wanted = sys.argv[1:] or list(SHOWN)
    print(f"| track | genes | {' | '.join(wanted)} |\n|{'---|' * (2 + len(wanted))}")
    with threadpool_limits(1):
        for key in KEYS:
            print(show(TRACKS[key], wanted), flush=True)
