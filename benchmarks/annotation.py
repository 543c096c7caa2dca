"""How often hypotheses on functions are right: `PHASECALL_DATA=FOLDER python benchmarks/annotation.py`.

Each gene of known process (SGD's GO slim, terms of 3 to 500 measured genes) is hidden in turn, and its sets
are told by the others: by its neighbours in likeness of some kind, by its phase, or by frequency alone. The
table printed is `benchmarks/results/annotation.md`. Fold 0 took no part in any choice. With `--constants` the
choices: numbers of neighbours and sharpness, on genes of folds 1 to 4 among genes of these folds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from phasecall import caller
from phasecall.annotation import hypotheses
from phasecall.annotation.enrichment import find_cycling
from phasecall.annotation.hypotheses import (
    calibrate_apart,
    list_processes,
    measure_calibration,
    measure_precision,
    score_phases,
    score_prior,
    score_sets,
)
from phasecall.annotation.likeness import find_nearest, lay_profiles, take_rows, to_units
from phasecall.annotation.membership import MOST
from phasecall.annotation.record import Annotation, annotate
from phasecall.genesets import load_slim
from phasecall.labels import N_FOLDS, fold_of
from phasecall.metrics import bound_share
from phasecall.publicdata import load_public
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

SPELLMAN = ("spellman-alpha", "spellman-cdc15", "spellman-cdc28", "spellman-elu")
ORLANDO = ("orlando2008-wt1", "orlando2008-wt2")
EXPERIMENTS = {
    "alpha": SPELLMAN[:1],
    "Spellman, four experiments": SPELLMAN,
    "Pramila": ("pramila2006",),
    "Orlando, two replicates": ORLANDO,
    "all seven": (*SPELLMAN, "pramila2006", *ORLANDO),
}
HIDDEN_FOLD = 0
BINS = (0.0, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)


def lay_embeddings(courses: Sequence[TimeCourse], genes: Sequence[str]) -> list[Floats]:
    """Return the network's numbers of each gene in each experiment that it reads, scaled, at length 1."""
    vectors = []
    for course in courses:
        embed = caller.call(course).embed
        if embed is not None:
            numbers = embed()
            numbers = (numbers - np.nanmean(numbers, axis=0)) / np.nanstd(numbers, axis=0)
            vectors.append(take_rows(to_units(numbers), course.genes, genes))
    return vectors


def lay_peaks(found: Annotation) -> list[Floats]:
    """Return the peak of each cycling gene as a point on the circle."""
    angle = 2 * np.pi * np.where(find_cycling(found.calls), found.calls.peak_turn, np.nan)
    return [to_units(np.stack([np.cos(angle), np.sin(angle)], axis=1)[found.members.rows])]


class Question:
    """The genes of known process of some experiments, and the likenesses to tell it by."""

    def __init__(self, keys: Sequence[str], *, without: int | None = None) -> None:
        self.courses = [_leave_out(load_public(key), without) for key in keys]
        # Of four folds of five, terms are as large as of all.
        most = MOST if without is None else MOST * (N_FOLDS - 1) // N_FOLDS
        self.found = annotate(caller.call(self.courses), [load_slim()], most=most)
        members = self.found.members
        profiles = lay_profiles(self.courses, members.names)
        self.likenesses = {"correlation": profiles}
        self.holds = members.holds[:, list_processes(members)]
        self.known = np.any([(one != 0).any(axis=1) for one in profiles], axis=0) & self.holds.any(axis=1)
        self.truth = self.holds[self.known]
        self.folds = fold_of([name for name, one in zip(members.names, self.known, strict=True) if one])

    def score(self, vectors: Sequence[Floats]) -> Floats:
        """Return the scores of the hidden genes by their neighbours."""
        near = find_nearest(vectors, np.flatnonzero(self.known), hypotheses.N_NEIGHBOURS)
        return np.asarray(score_sets(near, self.holds, self.known)[self.known])

    def answer(self) -> dict[str, Floats]:
        """Return the scores of the hidden genes in every way."""
        calls, members = self.found.calls, self.found.members
        phase = np.where(find_cycling(calls), calls.codes, -1)[members.rows][self.known]
        profiles = self.likenesses["correlation"]
        embeddings = lay_embeddings(self.courses, members.names)
        return {
            "most frequent sets": score_prior(self.truth),
            "most frequent sets of its phase": score_phases(phase, self.truth),
            "neighbours by peak": self.score(lay_peaks(self.found)),
            "neighbours by embedding": self.score(embeddings),
            "neighbours by correlation": self.score(profiles),
            "neighbours by both": self.score([*profiles, *embeddings]),
        }


def _leave_out(course: TimeCourse, fold: int | None) -> TimeCourse:
    return course if fold is None else course.select_genes(fold_of(course.genes) != fold)


def _percent(scores: Floats, truth: NDArray[np.bool_]) -> str:
    return " / ".join(f"{100 * share:.1f}" for share in measure_precision(scores, truth).values())


def _bound(scores: Floats, truth: NDArray[np.bool_]) -> str:
    """Return the precision among the first 1, 3 and 5 with Wilson's interval over genes, as cells."""
    cells = []
    for share in measure_precision(scores, truth).values():
        low, high = bound_share(share * len(truth), len(truth)) or (0.0, 1.0)
        cells.append(f"{100 * share:.1f} ({100 * low:.1f} to {100 * high:.1f})")
    return " | ".join(cells)


def list_precision(title: str, question: Question) -> Iterator[str]:
    """Yield a row a way: precision among the first 1, 3 and 5, and calibration error of the first."""
    hidden = question.folds == HIDDEN_FOLD
    for way, scores in question.answer().items():
        chances = calibrate_apart(scores, question.truth, question.folds)
        others = _percent(scores[~hidden], question.truth[~hidden])
        own = _bound(scores[hidden], question.truth[hidden])
        error = measure_calibration(scores, chances, question.truth)
        yield f"| {title} | {way} | {others} | {own} | {error:.3f} |"


def list_reliability(question: Question) -> Iterator[str]:
    """Yield a row a range of probabilities: first hypotheses in it, their mean, the share that is right."""
    scores = question.score(question.likenesses["correlation"])
    chances = calibrate_apart(scores, question.truth, question.folds)
    first = scores.argmax(axis=1)[:, None]
    chance, right = (np.take_along_axis(one, first, axis=1).ravel() for one in (chances, question.truth))
    for low, high in pairwise(BINS):
        own = (chance >= low) & (chance < high)
        if own.any():
            found = _bound(chance[own, None], right[own, None])
            yield f"| {low:g} to {high:g} | {own.sum()} | {100 * chance[own].mean():.1f} | {found} |"


def list_constants(title: str, question: Question) -> Iterator[str]:
    """Yield a row for each choice of the constants."""
    for k in (10, 20, 50, 100):
        for sharpness in (0, 2, 4, 8):
            hypotheses.N_NEIGHBOURS, hypotheses.SHARPNESS = k, sharpness
            scores = question.score(question.likenesses["correlation"])
            yield f"| {title} | {k} | {sharpness} | {_percent(scores, question.truth)} |"


def main() -> None:
    """Print the tables."""
    if "--constants" in sys.argv:
        print("| experiments | neighbours | sharpness | right of the first 1 / 3 / 5, % |\n|---|---|---|---|")
        for title, keys in EXPERIMENTS.items():
            print(*list_constants(title, Question(keys, without=HIDDEN_FOLD)), sep="\n", flush=True)
        return
    questions = {title: Question(keys) for title, keys in EXPERIMENTS.items()}
    sizes = (f"{title}: {one.known.sum()}" for title, one in questions.items())
    print("# Hypotheses on hidden genes\n\n`python benchmarks/annotation.py`\n")
    print(f"Genes hidden, one at a time: {'; '.join(sizes)}.\n")
    print("Right of the first 1 / 3 / 5 hypotheses, %; calibration error of the first, its probability by a")
    print(
        "curve of genes of other folds. Of fold 0 with Wilson's 95 % interval over genes; a gene counts once,"
    )
    print("however many of its hypotheses are looked at.\n")
    names = ("experiments", "way", "folds 1 to 4", "fold 0, first", "first 3", "first 5", "calibration error")
    print(f"| {' | '.join(names)} |\n{'|---' * len(names)}|")
    for title, question in questions.items():
        print(*list_precision(title, question), sep="\n", flush=True)
    title = "Spellman, four experiments"
    print(f"\n{title}: first hypotheses by correlation, by their probability\n")
    print("| probability | genes | mean probability, % | right, % |\n|---|---|---|---|")
    print(*list_reliability(questions[title]), sep="\n")


if __name__ == "__main__":
    main()
