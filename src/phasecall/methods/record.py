"""What a method is: one record of the table, and the genes it is taught and asked with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import PhasecallError
from phasecall.phases import Scheme
from phasecall.preparation import fill

if TYPE_CHECKING:
    from phasecall.clock import ClockEstimate
    from phasecall.timecourse import TimeCourse

Probabilities = NDArray[np.float64]
"""Shape (genes, phases), rows sum to 1."""


@dataclass(frozen=True)
class Examples:
    """Genes as one experiment or several saw them.

    Parameters
    ----------
    courses
        The experiments, as measured: the same genes in the same order, own times, NaN = missing.
    clocks
        The clock of each, estimated from all its genes without the labels of those asked for; none for those
        who ask only methods that read no clock.
    """

    courses: tuple[TimeCourse, ...]
    clocks: tuple[ClockEstimate, ...] = ()

    def __len__(self) -> int:
        return len(self.courses[0])

    @property
    def times(self) -> tuple[float, ...]:
        """Minutes of all columns of `matrix`."""
        return tuple(minute for course in self.courses for minute in course.times.tolist())

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """Values of all experiments side by side, shape (n, all time points); NaN = missing."""
        return np.hstack([course.values for course in self.courses])

    @cached_property
    def filled(self) -> NDArray[np.float64]:
        """The matrix for those who refuse missing values: gaps filled linearly in time, gene by gene.

        Before the first and after the last observed time the nearest value is taken; a gene without a value
        in an experiment is 0 there.
        """
        return np.hstack([fill(course.values, course.times) for course in self.courses])

    def select(self, wanted: NDArray[np.bool_] | NDArray[np.int64]) -> Examples:
        """Return some of the genes, by index or by mask."""
        return Examples(tuple(course.select_genes(wanted) for course in self.courses), self.clocks)


class RefusalError(PhasecallError):
    """A method cannot or will not work on these data; the message says why, in a table's few words."""


Predict = Callable[[Examples], Probabilities]
Fit = Callable[[Examples, NDArray[np.int64], Scheme, int], Predict]
"""Takes training genes, their codes (no -1 among them), what these mean, and a seed.

A method that needs no labels may be given no training genes: examples without an experiment, and no codes."""
Score = Callable[[Examples, int], NDArray[np.float64]]
"""Takes genes and a seed; returns how periodic each is, shape (n,), the most periodic largest; NaN = none."""


@dataclass(frozen=True)
class Method:
    """One way to call phases, or to order genes by how periodic they are.

    Parameters
    ----------
    key
        Name in options, tables and JSON.
    title
        Name shown to people.
    summary
        What it does, in one sentence.
    fit
        Trains it on a track's training genes; None if it comes trained, as a model file, or calls no phases.
    score
        Orders a genome; None if it does not.
    packages
        Names of the distributions that do the work, whose versions belong to a result.
    refuses_gaps
        Whether it refuses missing values: it is then given `Examples.filled`, and the table says so.
    slow
        Whether it is left out of a quick run.
    needs_labels
        Whether it has nothing to go by without training genes, and is not asked then.
    """

    key: str
    title: str
    summary: str
    fit: Fit | None = None
    score: Score | None = None
    packages: tuple[str, ...] = ()
    refuses_gaps: bool = False
    slow: bool = False
    needs_labels: bool = True
