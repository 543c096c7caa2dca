"""Exploration: a course with its calls and its clock, and the profiles that every statistic reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from phasecall import caller
from phasecall.calls import Calls
from phasecall.clock import ClockEstimate
from phasecall.errors import InputError
from phasecall.preparation import standardise
from phasecall.synonyms import find_gene
from phasecall.timecourse import TimeCourse, find_constant

Floats = NDArray[np.float64]
How = ParamSpec("How")
Found = TypeVar("Found")

MIN_VALUES = 4
"""Genes with fewer values at different times have no profile."""
MAX_CHOSEN = 40
"""Genes that fit one figure, a small plot each."""
CYCLING_Q = 0.05
"""Genes whose rhythm is as sure as that are the cycling ones."""
FEW_CYCLING, STAND_IN = 10, 100
"""With fewer of them the so many genes of the best rank stand in: a figure of three genes shows nothing."""


@dataclass(frozen=True, eq=False)
class Exploration:
    """A course, what was called, and its profiles.

    Statistics are those of the genes that have a profile: of four values or more, not all the same.

    Parameters
    ----------
    course
        Those times that were measured, replicates averaged, all genes.
    calls
        The calls of all its genes, in their order.
    estimate
        The clock they rest on.
    seed
        Of whatever is drawn at random.
    chosen
        Genes to be shown one by one, rows of `course`; those of the surest rhythm if there are none.
    replicates
        The times that were measured more than once, replicates apart; None where there are none.
    """

    course: TimeCourse
    calls: Calls
    estimate: ClockEstimate
    seed: int = 0
    chosen: tuple[int, ...] = ()
    replicates: TimeCourse | None = None

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Genes with a profile, as rows of `course` and `calls`; shape (n,)."""
        values = self.course.values
        enough = np.isfinite(values).sum(axis=1) >= MIN_VALUES
        return np.flatnonzero(enough & ~find_constant(values))

    @cached_property
    def filled(self) -> Floats:
        """Profiles of mean 0 and standard deviation 1, gaps filled linearly; shape (n, n_times)."""
        return standardise(self.course.values[self.rows], self.course.times)[:, :, 0].astype(np.float64)

    @cached_property
    def scaled(self) -> Floats:
        """The same with gaps left NaN; shape (n, n_times)."""
        return np.where(np.isfinite(self.course.values[self.rows]), self.filled, np.nan)

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """Code of each profile's called phase, -1 where it is withheld; shape (n,)."""
        return np.where(self.calls.abstained, -1, self.calls.codes)[self.rows]

    @cached_property
    def turns(self) -> Floats:
        """Where each profile peaks, turns [0, 1), NaN where that is not known; shape (n,)."""
        return self.calls.peak_turn[self.rows]

    @property
    def anchored(self) -> bool:
        """Whether peaks are turns of the cell cycle: 0 is the M/G1 boundary."""
        return bool(np.isfinite(self.turns).any())

    @cached_property
    def cycling(self) -> NDArray[np.bool_]:
        """Which profiles figures take for cycling: those of a sure rhythm, or what stands in; shape (n,)."""
        rank = self.calls.rank[self.rows]
        return np.asarray((rank > 0) & (rank <= STAND_IN)) if self.stands_in else self._sure

    @property
    def stands_in(self) -> bool:
        """Whether too few genes have a sure rhythm, so that those of the best rank are taken for cycling."""
        return int(self._sure.sum()) < FEW_CYCLING

    @cached_property
    def _sure(self) -> NDArray[np.bool_]:
        with np.errstate(invalid="ignore"):
            return np.asarray(self.calls.periodic_q[self.rows] <= CYCLING_Q)

    @cached_property
    def kept(self) -> dict[tuple[object, ...], Any]:
        """What was computed of it already: `keep`."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        # A process that draws computes what it needs: sending all would take longer.
        return {name: value for name, value in self.__dict__.items() if name != "kept"}

    def draw(self) -> np.random.Generator:
        """Return a new generator of the seed: what one statistic draws depends on no other's."""
        return np.random.default_rng(self.seed)


def keep(
    find: Callable[Concatenate[Exploration, How], Found],
) -> Callable[Concatenate[Exploration, How], Found]:
    """Return a statistic that is computed once of an exploration, and kept as long as that is.

    Figures in two themes, and statistics that rest on others, ask for the same one.

    Parameters
    ----------
    find
        Takes an exploration and options that can be hashed.
    """

    @wraps(find)
    def found(exploration: Exploration, /, *args: How.args, **options: How.kwargs) -> Found:
        key = (find, args, tuple(sorted(options.items())))
        if key not in exploration.kept:
            exploration.kept[key] = find(exploration, *args, **options)
        made: Found = exploration.kept[key]
        return made

    return found


def explore(
    course: TimeCourse,
    *,
    calls: Calls | None = None,
    sync: str | None = None,
    period: float | None = None,
    seed: int = 0,
    chosen: Sequence[str] = (),
) -> Exploration:
    """Return a course with what the figures of the atlas are drawn from.

    Parameters
    ----------
    course
        The experiment. Interpolated times are left out.
    calls
        Its calls; called by the default network if not given.
    sync, period
        How the culture was synchronised, and minutes of a turn, as `phasecall.call` takes them.
    seed
        Of whatever is drawn at random.
    chosen
        Genes to be shown one by one, 40 at most, by any of their names.

    Raises
    ------
    InputError
        If no gene has a profile, a chosen gene is not in the course, or they are too many.

    Examples
    --------
    >>> import phasecall
    >>> found = explore(phasecall.load("alpha"))
    >>> found.filled.shape, bool(found.cycling.sum() > 100)
    ((792, 18), True)
    """
    rows = _find(course, chosen)
    estimate = caller.tell_clock(course, sync=sync, period=period)
    made = calls or caller.call(course, sync=sync, period=period)
    measured = course.select_times(course.measured())
    _, place, count = np.unique(measured.times, return_inverse=True, return_counts=True)
    several = count[place] > 1
    replicates = measured.select_times(several) if several.any() else None
    found = Exploration(measured.average_replicates(), made, estimate, seed, rows, replicates)
    if not found.rows.size:
        raise InputError(
            f"no gene of '{course.name}' has a profile",
            expected=f"genes with {MIN_VALUES} values or more, not all the same",
            fix="an atlas needs a time course of at least that many time points",
        )
    return found


def _find(course: TimeCourse, chosen: Sequence[str]) -> tuple[int, ...]:
    """Return the rows of the chosen genes, in the order in which they were named."""
    if len(chosen) > MAX_CHOSEN:
        raise InputError(
            "too many genes are chosen", expected=f"at most {MAX_CHOSEN}", found=f"{len(chosen)}"
        )
    return tuple(dict.fromkeys(find_gene(course.genes, name, course.name) for name in chosen))
