"""The task: labelled genes of one experiment or several, and which of them a method may learn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.labels import N_FOLDS, TEST_FOLD, encode, fold_of
from phasecall.phases import Scheme
from phasecall.simulation import Culture
from phasecall.timecourse import TimeCourse

Mask = NDArray[np.bool_]

_DRAW_SEED = 2002


@dataclass(frozen=True)
class Experiment:
    """One experiment of a task.

    Parameters
    ----------
    course
        The genes of the task, at the times that a method is given.
    whole
        What its clock is told from: all its times, and as many genes as were measured.
    labelled
        Whether known phases may set its clock; those of genes asked for never do.
    period
        Minutes of a turn where they are known better than such a course can tell.
    """

    course: TimeCourse
    whole: TimeCourse
    labelled: bool = True
    period: float | None = None


@dataclass(frozen=True)
class Task:
    """Genes with known phases, and the experiments that a method learns from and is asked about.

    Parameters
    ----------
    learnt, asked
        Experiments with the same genes in the same order. Where both are the same ones, a method is asked
        about other genes of the experiments that it knows.
    codes
        Phase of each gene, shape (n,); -1 = unlabelled, not used. Where genes are to be recovered: 1 for
        those to be found, and 0 for all others.
    folds
        Fold of each gene, shape (n,).
    scheme
        What the codes mean.
    culture
        How the genes were simulated, which tells how good a method can be; None of real ones.
    n_labels
        How many labelled genes may be learnt from; None for all of the other folds.
    """

    learnt: tuple[Experiment, ...]
    asked: tuple[Experiment, ...]
    codes: NDArray[np.int64]
    folds: NDArray[np.int64]
    scheme: Scheme
    culture: Culture | None = None
    n_labels: int | None = None

    @property
    def course(self) -> TimeCourse:
        """The first experiment that is asked about."""
        return self.asked[0].course

    @property
    def labelled(self) -> Mask:
        """Which genes have a known phase, shape (n,)."""
        return np.asarray(self.codes >= 0)

    @property
    def test(self) -> Mask:
        """Which genes judge the networks, shape (n,)."""
        return np.asarray(self.folds == TEST_FOLD)


class Split(NamedTuple):
    """Which genes of a task are learnt from and which are asked for; none is both."""

    known: Mask
    asked: Mask


def split_by_fold(task: Task, fold: int) -> Split:
    """Return the labelled genes of the other folds, and those of one."""
    held = task.folds == fold
    return Split(task.labelled & ~held, task.labelled & held)


def split_by_draw(task: Task, draw: int) -> Split:
    """Return some labelled genes drawn at random from four folds, and those of the fifth.

    A draw is an order of the genes: that of fewer labels is a part of that of more.
    """
    whole = split_by_fold(task, draw % N_FOLDS)
    order = np.random.default_rng([_DRAW_SEED, draw]).permutation(np.flatnonzero(whole.known))
    known = np.zeros_like(whole.known)
    known[order[: task.n_labels]] = True
    return Split(known, whole.asked)


def ask_all(task: Task, _: int) -> Split:
    """Return no gene to learn from, and all with a code."""
    return Split(np.zeros_like(task.labelled), task.labelled)


def split_task(course: TimeCourse, labels: Mapping[str, str], scheme: Scheme) -> Task:
    """Return a task from any labelled course.

    Raises
    ------
    InputError
        If no labelled gene is in fold 0, which judges, or in any other.
    """
    codes, folds = encode(labels, course.genes, scheme), fold_of(course.genes)
    held = folds == TEST_FOLD
    judging, others = int((held & (codes >= 0)).sum()), int((~held & (codes >= 0)).sum())
    if not judging or not others:
        raise InputError(
            "there is nothing to judge on, or nothing to train the plain methods on",
            expected="labelled genes in fold 0, which judges, and in other folds",
            found=f"{judging} and {others} labelled genes",
            fix="label more genes; a gene's fold follows from its name",
        )
    experiments = (Experiment(course, course),)
    return Task(experiments, experiments, codes, folds, scheme)
