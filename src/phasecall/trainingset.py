"""Training sets: labelled genes on one grid, and what a network sees of them in an epoch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasecall import datasets
from phasecall.clock import Clock, align_clock, fit_clock
from phasecall.errors import InputError
from phasecall.labels import TEST_FOLD, VALIDATION_FOLD, encode, fold_of
from phasecall.phases import Scheme
from phasecall.preparation import Series, prepare, standardise
from phasecall.simulation import NINE_POINTS, Culture, simulate
from phasecall.timecourse import TimeCourse

CULTURES: tuple[tuple[float, float | None], ...] = ((0.25, 0.02), (0.8, None))
"""Noise and spread of the simulated cultures: one a little noisier than the `simulated` track; one as noisy
as real genes (of half of them a cosine explains less than half of the variance), with peaks anywhere."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Parameters
    ----------
    seed
        Decides the initial weights, the order of genes, dropout and simulation.
    epochs
        At most so many.
    patience
        Epochs without a better validation loss after which training ends.
    batch_size
        Genes a step.
    learning_rate
        Of the first epoch; it falls to 0 along a cosine over `epochs`.
    simulated
        Fresh simulated genes an epoch; 0 for none.
    repeats
        How often each labelled gene is seen an epoch, each time with fresh jitter.
    jitter
        Noise added to labelled genes, in standard deviations of the gene.
    class_weights
        `balanced` gives each phase of the labelled genes the same weight; `none` each gene.
    """

    seed: int = 0
    epochs: int = 40
    patience: int = 12
    batch_size: int = 64
    learning_rate: float = 1e-3
    simulated: int = 2000
    repeats: int = 4
    jitter: float = 0.3
    class_weights: Literal["none", "balanced"] = "none"


class Epoch(NamedTuple):
    """What is seen in one epoch, in this order: series, codes, and the weight of each gene."""

    series: Series
    codes: NDArray[np.int64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class TrainingSet:
    """Labelled genes on one grid, and the clock of their experiment.

    Parameters
    ----------
    course
        The experiment at the time points of the network.
    codes
        Phase of each gene, shape (n,); -1 = unlabelled, not used.
    scheme
        What the codes mean.
    clock
        The experiment's clock, fitted without the test fold.
    """

    course: TimeCourse
    codes: NDArray[np.int64]
    scheme: Scheme
    clock: Clock

    def __post_init__(self) -> None:
        for name, genes in (("training", self.training()), ("validation", self.fold(VALIDATION_FOLD))):
            present = np.unique(self.codes[genes]).size
            if present < (len(self.scheme) if name == "training" else 1):
                raise InputError(
                    f"the {name} folds hold too few labelled genes",
                    expected="a labelled gene of every phase for training, and any for validation",
                    found=f"{int(genes.sum())} labelled genes of {present} phases in '{self.scheme.key}'",
                    fix="label more genes; a gene's fold follows from its name",
                )

    def labels_sha256(self) -> str:
        """Return a digest of the labels of all folds but the test fold."""
        seen = np.where(fold_of(self.course.genes) == TEST_FOLD, -1, self.codes)
        return hashlib.sha256(np.asarray(seen, dtype="<i8").tobytes()).hexdigest()

    def fold(self, number: int) -> NDArray[np.bool_]:
        """Return which genes are labelled and in a fold."""
        return np.asarray((fold_of(self.course.genes) == number) & (self.codes >= 0))

    def validation(self) -> tuple[Series, NDArray[np.int64]]:
        """Return the series and codes of the labelled genes of the validation fold."""
        chosen = self.fold(VALIDATION_FOLD)
        return standardise(self.course.values[chosen], self.course.times), self.codes[chosen]

    def simulated(
        self, n_genes: int, culture: tuple[float, float | None], seed: int
    ) -> tuple[Series, NDArray[np.int64]]:
        """Return series and codes of simulated genes on this grid and clock, by noise and spread."""
        made = simulate(
            n_genes, times=self.course.times, culture=Culture(self.clock, self.scheme, *culture), seed=seed
        )
        return standardise(made.course.values, made.course.times), made.codes

    def training(self) -> NDArray[np.bool_]:
        """Return which genes are labelled and in none of the folds held out."""
        return np.asarray((self.codes >= 0) & ~self.fold(TEST_FOLD) & ~self.fold(VALIDATION_FOLD))

    def epoch(self, recipe: Recipe, number: int) -> Epoch:
        """Return what is seen in one epoch: it follows from the recipe's seed and the epoch's number."""
        rng = np.random.default_rng([recipe.seed, number])
        chosen = self.training()
        values = np.repeat(self.course.values[chosen], recipe.repeats, axis=0)
        spread = np.nanstd(values, axis=1, keepdims=True)
        jittered = values + recipe.jitter * spread * rng.standard_normal(values.shape)
        series = [standardise(jittered, self.course.times)]
        codes = [np.repeat(self.codes[chosen], recipe.repeats)]
        weights = [_class_weights(codes[0], recipe)]
        count = recipe.simulated // len(CULTURES)
        for culture in CULTURES if count else ():
            made, truth = self.simulated(count, culture, int(rng.integers(2**32)))
            series.append(made)
            codes.append(truth)
            weights.append(np.ones(count))
        order = rng.permutation(sum(map(len, codes)))
        return Epoch(
            np.concatenate(series)[order], np.concatenate(codes)[order], np.concatenate(weights)[order]
        )


def embedded_set(scheme: Scheme, times: Sequence[float] = NINE_POINTS) -> TrainingSet:
    """Return the embedded cdc15 course and the published phases; the clock is fitted to all its times."""
    course = datasets.load("cdc15-4381")
    return make_set(course, datasets.load_labels("phases"), scheme, times=times)


def make_set(
    course: TimeCourse,
    labels: Mapping[str, str],
    scheme: Scheme,
    *,
    times: Sequence[float] | None = None,
    period: float | None = None,
) -> TrainingSet:
    """Return a training set from any labelled time course.

    Parameters
    ----------
    course
        The experiment.
    labels
        Gene to phase, as `labels.encode` takes it; genes that the course lacks are passed over.
    scheme
        The phases to learn.
    times
        The network's grid; all times of the course if not given.
    period
        Minutes a turn takes; fitted to the labelled genes if not given.

    Raises
    ------
    InputError
        If a label is no phase, labelled genes are too few, or the period can be neither fitted nor found.
    """
    codes = encode(labels, course.genes, scheme)
    if (codes < 0).all():
        raise InputError(
            "none of the labelled genes is in the time course",
            expected=f"gene names such as {', '.join(course.genes[:3])}",
            found=f"labels for {', '.join(list(labels)[:3])}",
        )
    codes[np.isnan(course.values).all(axis=1)] = -1
    # The test fold must not set the clock, not even a little.
    seen = np.where(fold_of(course.genes) == TEST_FOLD, -1, codes)
    clock = align_clock(course, seen, scheme, period) if period else fit_clock(course, seen, scheme)
    grid = np.unique(course.times).tolist() if times is None else times
    return TrainingSet(prepare(course, grid).course, codes, scheme, clock)


def _class_weights(codes: NDArray[np.int64], recipe: Recipe) -> NDArray[np.float64]:
    if recipe.class_weights == "none":
        return np.ones(codes.size)
    counts = np.bincount(codes)
    return np.asarray(codes.size / (np.count_nonzero(counts) * counts[codes]))
