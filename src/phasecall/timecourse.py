"""The time course: genes x time points of one experiment, checked once, when it is made."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError

Values = NDArray[np.float64]
"""Expression values, shape (genes, time points); NaN = missing."""


@dataclass(frozen=True)
class Note:
    """Something a user should know about the data that is no error: a code and a sentence."""

    code: str
    text: str


@dataclass(frozen=True, eq=False, repr=False)
class TimeCourse:
    """Genes x time points of one experiment.

    Parameters
    ----------
    genes
        Gene names, unique, not empty, in the order of the rows.
    times
        Minutes, shape (n_times,), finite; sorted on making (columns follow). Uneven steps are allowed,
        equal times are replicates.
    values
        Expression, shape (n_genes, n_times); NaN = missing, infinite is refused. Any scale.
    name
        What the experiment is called in output.
    sync
        Synchronisation method (`cdc15`, `alpha`, ...) where it is known.
    interpolated
        Those of the times that were not measured but interpolated: they carry no information of their own.
    notes
        What was noticed on the way in.

    Raises
    ------
    InputError
        If shapes disagree, a gene is named twice, a time is not finite, a value is infinite, or no value
        is left.

    Examples
    --------
    >>> course = TimeCourse(("YAL001C", "YAL002W"), [0, 20, 10], [[1, 3, 2], [4, None, 5]])
    >>> course.times.tolist(), course.values.tolist()
    ([0.0, 10.0, 20.0], [[1.0, 2.0, 3.0], [4.0, 5.0, nan]])
    """

    genes: tuple[str, ...]
    times: NDArray[np.float64]
    values: Values
    name: str = "time course"
    sync: str | None = None
    interpolated: tuple[float, ...] = ()
    notes: tuple[Note, ...] = field(default=())

    def __post_init__(self) -> None:
        times = np.array(self.times, dtype=np.float64)
        values = np.array(self.values, dtype=np.float64)
        genes = tuple(map(str, self.genes))
        _check(genes, times, values)
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[:, order]
        # The data are shared by everything downstream: nobody may change them on the way.
        times.flags.writeable = values.flags.writeable = False
        object.__setattr__(self, "genes", genes)
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        return len(self.genes)

    def __repr__(self) -> str:
        return f"<TimeCourse '{self.name}': {len(self)} genes x {self.times.size} time points>"

    def select_genes(self, wanted: Sequence[int] | NDArray[np.int64] | NDArray[np.bool_]) -> TimeCourse:
        """Return the course of some genes, by index or by a mask over all genes."""
        index = np.arange(len(self))[np.asarray(wanted)]
        return replace(self, genes=tuple(self.genes[i] for i in index), values=self.values[index])

    def select_times(self, wanted: Sequence[int] | NDArray[np.int64] | NDArray[np.bool_]) -> TimeCourse:
        """Return the course at some time points, by index or by a mask over all time points."""
        index = np.arange(self.times.size)[np.asarray(wanted)]
        return replace(self, times=self.times[index], values=self.values[:, index])

    def average_replicates(self) -> TimeCourse:
        """Return the course with one column a time: the mean of what was observed at that time."""
        unique, column_of = np.unique(self.times, return_inverse=True)
        if unique.size == self.times.size:
            return self
        observed = np.isfinite(self.values)
        member = np.equal.outer(column_of, np.arange(unique.size)).astype(np.float64)
        count = observed @ member
        total = np.where(observed, self.values, 0.0) @ member
        with np.errstate(invalid="ignore"):
            return replace(self, times=unique, values=total / count)

    def measured(self) -> NDArray[np.bool_]:
        """Return which time points were measured, shape (n_times,)."""
        return ~np.isin(self.times, self.interpolated)

    def sha256(self) -> str:
        """Return a digest of names, times and values: equal data, equal digest, on any machine."""
        digest = hashlib.sha256("\n".join(self.genes).encode())
        for array in (self.times, self.values):
            # Adding 0.0 turns -0.0 into 0.0; NaN gets one bit pattern.
            canonical = np.where(np.isnan(array), np.nan, array + 0.0)
            digest.update(np.ascontiguousarray(canonical, dtype="<f8").tobytes())
        return digest.hexdigest()


def _check(genes: tuple[str, ...], times: NDArray[np.float64], values: Values) -> None:
    if values.ndim != 2 or times.ndim != 1 or values.shape != (len(genes), times.size):
        raise InputError(
            "genes, times and values do not fit together",
            expected="values of shape (genes, times)",
            found=f"{len(genes)} genes, times of shape {times.shape}, values of shape {values.shape}",
        )
    if not len(genes) or not times.size:
        raise InputError("the time course is empty", found=f"{len(genes)} genes, {times.size} times")
    if not np.isfinite(times).all():
        raise InputError("a time is not a number", found=f"times {times.tolist()}", expected="minutes")
    repeated = [gene for gene, count in Counter(genes).items() if count > 1]
    if repeated:
        raise InputError(
            f"{len(repeated)} gene names occur more than once",
            found=", ".join(repeated[:5]),
            fix="give every row a name of its own",
        )
    if "" in genes:
        raise InputError("a gene has no name", where=f"row {genes.index('') + 1}")
    if np.isinf(values).any():
        row, column = (int(place[0]) for place in np.nonzero(np.isinf(values)))
        raise InputError(
            "a value is infinite",
            where=f"gene {genes[row]}, {times[column]:g} min",
            fix="leave the cell empty if the value is missing",
        )
    if np.isnan(values).all():
        raise InputError("every value is missing", found=f"{len(genes)} genes without a single number")


def find_constant(values: Values) -> NDArray[np.bool_]:
    """Return which genes have a value and none but that one, shape (n_genes,).

    Examples
    --------
    >>> find_constant(np.array([[0.1, 0.1, np.nan], [1, 2, 1], [np.nan] * 3])).tolist()
    [True, False, False]
    """
    observed = np.isfinite(values)
    lowest = np.where(observed, values, np.inf).min(axis=1, initial=np.inf)
    highest = np.where(observed, values, -np.inf).max(axis=1, initial=-np.inf)
    return np.asarray(lowest == highest)


def find_batches(times: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the batch of arrays that are hybridised in turn, 0 or 1, shape (n_times,).

    Batches alternate with the usual (median) step of the sampling: where a sample was left out, its
    neighbours are of one batch, and replicates always are. In the embedded cdc15 course, whose steps are of
    10 and 20 min, all odd multiples of 10 min are one batch.

    Parameters
    ----------
    times
        Minutes, shape (n_times,).
    reference
        All times of the experiment, minutes: they say where it begins and what its usual step is.

    Examples
    --------
    >>> times = np.array([10.0, 30.0, 50.0, 70.0, 80.0, 90.0, 100.0, 110.0])
    >>> find_batches(times, times).tolist(), find_batches(times[5:], times).tolist()
    ([0, 0, 0, 0, 1, 0, 1, 0], [0, 1, 0])
    """
    different = np.unique(reference)
    step = float(np.median(np.diff(different))) if different.size > 1 else 1.0
    return np.asarray(np.rint((times - different[0]) / step) % 2, dtype=np.int64)
