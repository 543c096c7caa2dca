"""The record of a comparison: for every gene of either course, what differs and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import Clock
from phasecall.timecourse import Note

Floats = NDArray[np.float64]

LEVEL = 0.05
"""False discovery rate at which a rhythm, or a change, is said to be there."""


class Change(StrEnum):
    """What became of a gene's rhythm from the first condition to the second."""

    UNTOLD = ""
    NEITHER = "neither"
    SAME = "same"
    SHIFTED = "shifted"
    AMPLITUDE = "amplitude"
    BOTH = "shifted_amplitude"
    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"

    @property
    def meaning(self) -> str:
        """Return the change in words."""
        return _MEANINGS[self]


_MEANINGS = {
    Change.UNTOLD: "it could not be compared; the reason says why",
    Change.NEITHER: "no rhythm is shown in either condition, and no change",
    Change.SAME: "a rhythm is shown, and no change of it; the intervals say what could have been missed",
    Change.SHIFTED: "it peaks at another place of the turn",
    Change.AMPLITUDE: "it is rhythmic in both, with another amplitude",
    Change.BOTH: "it peaks elsewhere, with another amplitude",
    Change.GAINED: "the amplitude is larger in the second, and only there a rhythm is shown",
    Change.LOST: "the amplitude is smaller in the second, and only in the first a rhythm is shown",
    Change.CHANGED: "the wave is another one, and it cannot be said which way",
}


@dataclass(frozen=True)
class Common:
    """What all genes share of the difference between two experiments: it is theirs, not the genes'.

    Parameters
    ----------
    n_genes
        Genes of a sure rhythm in both, which tell it; where they are fewer than 10, the rest is 0.
    offset
        Median shift of their peaks, turns: the error of either clock's start.
    log2_amplitude_ratio
        Median of the binary logarithm of the ratio of their amplitudes: synchrony, scale and platform.
    shift_excess, log_excess
        Standard deviation by which shifts (turns) and natural logarithms of ratios of amplitudes differ from
        gene to gene beyond what the noise of either course explains.
    """

    n_genes: int
    offset: float = 0.0
    log2_amplitude_ratio: float = 0.0
    shift_excess: float = 0.0
    log_excess: float = 0.0


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Two conditions gene by gene: those of the first course in its order, then what only the second has.

    Parameters
    ----------
    genes
        Gene names, shape (n,).
    names
        Of both experiments.
    clocks
        Of both experiments.
    peak_turn_a, peak_turn_b
        Peak of the wave on its own clock, turns, [0, 1), shape (n,); NaN without an anchor.
    shift_absolute
        `peak_turn_b - peak_turn_a`, turns, [-0.5, 0.5): clocks' starts are in error by as much for all genes.
    shift, shift_lo, shift_hi
        The same less `common.offset`, and its 95 % interval, turns; above 0 where the second peaks later.
    shift_p, shift_q
        Of no shift but the common one; genes of a sure rhythm in both, else NaN.
    amplitude_a, amplitude_b
        Of the waves, in the unit of the values.
    log2_amplitude_ratio, log2_amplitude_ratio_lo, log2_amplitude_ratio_hi
        Binary logarithm of `amplitude_b / amplitude_a`, less that of `common`, and its 95 % interval; NaN
        where that has no end.
    amplitude_p, amplitude_q
        Of equal amplitudes but for the common ratio; genes whose mean wave shows a rhythm, else NaN.
    change_p, change_q
        Of equal waves, peak and amplitude together; all genes that have a wave in both.
    periodic_q_a, periodic_q_b
        How sure the rhythm is in either course, among all its genes.
    change
        Shape (n,).
    reason
        Why a gene was not compared, empty where it was, shape (n,).
    common
        What is common to all genes.
    notes
        What to know about it.
    """

    genes: tuple[str, ...]
    names: tuple[str, str]
    clocks: tuple[Clock, Clock]
    peak_turn_a: Floats
    peak_turn_b: Floats
    shift_absolute: Floats
    shift: Floats
    shift_lo: Floats
    shift_hi: Floats
    shift_p: Floats
    shift_q: Floats
    amplitude_a: Floats
    amplitude_b: Floats
    log2_amplitude_ratio: Floats
    log2_amplitude_ratio_lo: Floats
    log2_amplitude_ratio_hi: Floats
    amplitude_p: Floats
    amplitude_q: Floats
    change_p: Floats
    change_q: Floats
    periodic_q_a: Floats
    periodic_q_b: Floats
    change: tuple[Change, ...]
    reason: tuple[str, ...]
    common: Common
    notes: tuple[Note, ...] = ()

    def __len__(self) -> int:
        return len(self.genes)

    def __repr__(self) -> str:
        one, other = self.names
        told = ", ".join(f"{n} {change}" for change, n in self.count().items() if change and n)
        return f"<Comparison: '{other}' against '{one}', {len(self)} genes: {told}>"

    def count(self) -> dict[Change, int]:
        """Return how many genes there are of each change, in the order of `Change`."""
        counted = Counter(self.change)
        return {change: counted[change] for change in Change}

    def count_sure(self) -> int:
        """Return how many genes are the same and rhythmic in both: of others little could be seen."""
        with np.errstate(invalid="ignore"):
            sure = (self.periodic_q_a <= LEVEL) & (self.periodic_q_b <= LEVEL)
        return int(sum(np.array([change is Change.SAME for change in self.change]) & sure))

    def columns(self) -> Mapping[str, Any]:
        """Return the table: column name to a sequence of n values, in the table's order."""
        return {
            "gene": self.genes,
            "change": tuple(map(str, self.change)),
            "peak_turn_a": self.peak_turn_a,
            "peak_turn_b": self.peak_turn_b,
            "shift_absolute": self.shift_absolute,
            "shift": self.shift,
            "shift_lo": self.shift_lo,
            "shift_hi": self.shift_hi,
            "shift_minutes": self.shift * (self.clocks[0].period + self.clocks[1].period) / 2,
            "shift_p": self.shift_p,
            "shift_q": self.shift_q,
            "amplitude_a": self.amplitude_a,
            "amplitude_b": self.amplitude_b,
            "log2_amplitude_ratio": self.log2_amplitude_ratio,
            "log2_amplitude_ratio_lo": self.log2_amplitude_ratio_lo,
            "log2_amplitude_ratio_hi": self.log2_amplitude_ratio_hi,
            "amplitude_p": self.amplitude_p,
            "amplitude_q": self.amplitude_q,
            "change_p": self.change_p,
            "change_q": self.change_q,
            "periodic_q_a": self.periodic_q_a,
            "periodic_q_b": self.periodic_q_b,
            "reason": self.reason,
        }
