"""Conformal sets of a network that reads any course: what probability is enough, on embedded experiments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.benchmark.clocks import fit_clocks
from phasecall.benchmark.sources import COMPLETE_CDC15, load_embedded
from phasecall.benchmark.task import Split, Task
from phasecall.conformal import LEVEL, find_least
from phasecall.labels import N_FOLDS, TEST_FOLD
from phasecall.methods import Examples
from phasecall.methods.default import answer
from phasecall.modelfile import ModelFile

_EXPERIMENTS = ("alpha", COMPLETE_CDC15, "cdc28")
"""Those of more than a turn. Elutriation, barely one and a weak one, would put all phases into every set."""
_SCHEMES = ("four", "five")


def calibrate_sets(source: ModelFile) -> dict[str, Any]:
    """Return what makes sets of phases hold the right one as often as promised, as a card says it.

    Parameters
    ----------
    source
        A network that reads any course and saw no real gene.

    Returns
    -------
    dict
        `level`, what is promised; `least`, by scheme the probability that puts a phase into a set; and
        `genes`, how many it rests on, a gene once for each experiment. Each of the experiments is asked
        about its labelled genes, but for those of fold 0, fold by fold, by clocks without their labels;
        `least` is the smallest of theirs.
    """
    least, genes = {}, 0
    for scheme in _SCHEMES:
        tasks = [load_embedded(key, scheme=scheme) for key in _EXPERIMENTS]
        answered = [_ask(task, source) for task in tasks]
        # Rounded down: no set gets smaller.
        least[scheme] = min(int(1000 * find_least(*one)) / 1000 for one in answered)
        genes = max(genes, sum(codes.size for _, codes in answered))
    return {"level": LEVEL, "least": least, "genes": genes}


def _ask(task: Task, source: ModelFile) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the answers for the labelled genes of all folds but the first, and what they are."""
    usable = task.labelled & ~task.test
    answers, codes = [], []
    for fold in range(N_FOLDS):
        if fold == TEST_FOLD:
            continue
        split = Split(usable & (task.folds != fold), usable & (task.folds == fold))
        _, clocks = fit_clocks(task, split)
        asked = Examples(tuple(one.course.select_genes(split.asked) for one in task.asked), clocks)
        answers.append(answer(asked, task.scheme, source))
        codes.append(task.codes[split.asked])
    return np.concatenate(answers), np.concatenate(codes)
