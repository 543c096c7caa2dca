"""What the estimators for scikit-learn are worth: `PHASECALL_DATA=... python benchmarks/estimator.py`.

Folds 1 to 4, each asked for in turn by estimators that know the other three; fold 0 is no part of it.
Prints, as Markdown, the tables of docs/estimator.md: accuracy in per cent and mean negative log-likelihood;
the same where few genes are labelled, 16 draws; score and median error in turns of the peaks that
`PHASECALL_DATA` has angles of; and seconds of one fit and one answer. Takes four minutes on one core.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from phasecall import TimeCourse
from phasecall.circular import difference, distance
from phasecall.clock import KnownGenes, estimate_clock, find_peaks
from phasecall.clock.anchors import MARKER_SPREAD
from phasecall.datasets import load, load_labels
from phasecall.errors import InputError
from phasecall.estimator import PeakRegressor, PhaseClassifier
from phasecall.labels import TEST_FOLD, encode, fold_of
from phasecall.phases import SCHEMES
from phasecall.publicdata import load_angles

Floats = NDArray[np.float64]
Answer = tuple[float, float]
"""Accuracy and negative log-likelihood of classes; score and median error of peaks."""

N_DRAWS = 16
ELUTRIATION = 390.0
"""Minutes of the track: the elutriation hardly covers a turn and does not tell its own."""
CLASSES = (
    ("alpha", None, ("five", "four")),
    ("cdc28", None, ("five", "four")),
    ("cdc15-4381", None, ("five", "four")),
    ("elu", ELUTRIATION, ("four",)),
)


def main() -> None:
    print("| | genes | scheme | logistic | without times | with times |")
    print("|---|---|---|---|---|---|")
    for key, period, schemes in CLASSES:
        for scheme in schemes:
            course, codes, folds = take_labelled(key, scheme)
            rivals = make_rivals(course, scheme, period)
            found = [np.mean(list(ask_folds(rival, course, codes, folds)), axis=0) for rival in rivals]
            print(f"| {key} | {len(course)} | {scheme} | {' | '.join(map(write_class, found))} |")
    print("\n| | labelled genes | without times | with times | draws refused |\n|---|---|---|---|---|")
    for key, _, _ in CLASSES[:3]:
        course, codes, folds = take_labelled(key, "five")
        for size in (30, 100):
            show_few(key, course, codes, folds, size)
    print("\n| | genes | cosine on the clock | without times | with times |\n|---|---|---|---|---|")
    for key in ("alpha", "cdc15", "cdc28"):
        show_peaks(key)
    show_seconds()


def take_labelled(key: str, scheme: str) -> tuple[TimeCourse, NDArray[np.int64], NDArray[np.int64]]:
    """Return the genes of known phase outside fold 0 at the times measured, their codes and folds."""
    course = load(key)
    course = course.select_times(course.measured())
    codes = encode(load_labels(), course.genes, SCHEMES[scheme])
    folds = fold_of(course.genes)
    kept = (codes >= 0) & (folds != TEST_FOLD)
    return course.select_genes(kept), codes[kept], folds[kept]


def make_rivals(course: TimeCourse, scheme: str, period: float | None) -> list[Callable[[], Any]]:
    """Return what makes each estimator: logistic regression, ours without times, and with them."""
    return [
        lambda: make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(max_iter=1000)),
        lambda: PhaseClassifier(scheme=scheme),
        lambda: PhaseClassifier(times=course.times, scheme=scheme, period=period),
    ]


def ask_folds(
    make: Callable[[], Any], course: TimeCourse, codes: NDArray[np.int64], folds: NDArray[np.int64]
) -> Iterator[Answer]:
    """Yield what an estimator that knows the other folds says of each."""
    for known, asked in LeaveOneGroupOut().split(course.values, codes, folds):
        yield judge(make().fit(course.values[known], codes[known]), course.values[asked], codes[asked])


def show_few(
    key: str, course: TimeCourse, codes: NDArray[np.int64], folds: NDArray[np.int64], size: int
) -> None:
    """Print what is learnt from a few genes of three folds, some of every class, about the fourth.

    Where those few agree on no start of the clock, `fit` refuses; what the message advises is taken then.
    """
    splits = list(LeaveOneGroupOut().split(course.values, codes, folds))
    plain, timed = make_rivals(course, "five", None)[1:]
    answers, refused = [], 0
    for draw in range(N_DRAWS):
        known, asked = splits[draw % len(splits)]
        drawn = np.random.default_rng(draw).permutation(known)
        first = [drawn[np.flatnonzero(codes[drawn] == code)[0]] for code in np.unique(codes)]
        chosen = np.concatenate([first, drawn[~np.isin(drawn, first)][: size - len(first)]])
        lesson, question = (course.values[chosen], codes[chosen]), (course.values[asked], codes[asked])
        without = judge(plain().fit(*lesson), *question)
        try:
            answers.append((without, judge(timed().fit(*lesson), *question)))
        except InputError:
            refused += 1
            answers.append((without, without))
    found = np.mean(answers, axis=0)
    print(f"| {key} | {size} | {' | '.join(map(write_class, found))} | {refused} |")


def judge(fitted: Any, values: Floats, codes: NDArray[np.int64]) -> Answer:
    chances = fitted.predict_proba(values)
    places = np.searchsorted(fitted.classes_, codes)
    right = np.mean(chances.argmax(axis=1) == places)
    return float(right), float(-np.log(chances[np.arange(codes.size), places]).mean())


def show_peaks(key: str) -> None:
    """Print how well peaks are found: by the cosine, and by the regressor."""
    course = load(key)
    angles = load_angles()
    turns = np.array([angles.get(gene, np.nan) for gene in course.genes])
    folds = fold_of(course.genes)
    kept = np.isfinite(turns) & (folds != TEST_FOLD) & (np.isfinite(course.values).sum(axis=1) >= 4)
    course, turns, folds = course.select_genes(kept), turns[kept], folds[kept]
    found = []
    for make in (None, PeakRegressor, lambda: PeakRegressor(times=course.times)):
        told = np.full(turns.size, np.nan)
        for known, asked in LeaveOneGroupOut().split(course.values, turns, folds):
            if make is None:
                told[asked] = follow_cosine(course, turns, known)[asked]
            else:
                told[asked] = make().fit(course.values[known], turns[known]).predict(course.values[asked])
        error = distance(told, turns)
        found.append(f"{np.cos(2 * np.pi * difference(told, turns)).mean():.3f} / {np.median(error):.3f}")
    print(f"| {key} | {len(course)} | {' | '.join(found)} |")


def follow_cosine(course: TimeCourse, turns: Floats, known: NDArray[np.int64]) -> Floats:
    """Return where the cosine of each gene peaks, on the clock that genes of known peak start."""
    told = np.full(turns.size, np.nan)
    told[known] = turns[known]
    genes = KnownGenes(told, np.full(turns.size, MARKER_SPREAD), "genes of known peak")
    return find_peaks(course, estimate_clock(course, known=genes)).turn


def show_seconds() -> None:
    course, codes, _ = take_labelled("alpha", "five")
    values = np.resize(course.values, (6000, course.times.size))
    started = time.perf_counter()
    fitted = PhaseClassifier(times=course.times, scheme="five").fit(course.values, codes)
    learnt = time.perf_counter()
    fitted.predict_proba(values)
    ended = time.perf_counter()
    print(f"\nfit, {len(course)} genes: {learnt - started:.2f} s; predict, 6,000: {ended - learnt:.2f} s")


def write_class(answer: Any) -> str:
    return f"{100 * answer[0]:.1f} / {answer[1]:.3f}"


if __name__ == "__main__":
    main()
