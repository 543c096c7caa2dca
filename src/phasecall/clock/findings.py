"""Findings: the clock of one experiment, how sure it is, and what to know about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import distance
from phasecall.clock.anchors import SYNCHRONISATIONS, Start, Synchronisation
from phasecall.clock.covariance import lay_noise
from phasecall.clock.record import Clock
from phasecall.timecourse import Note

Floats = NDArray[np.float64]

_ALTERNATION = 0.05
_APART = 0.15
_AGREE = 0.6
"""Agreement of known genes that vouches for a period; in the embedded courses it is .9 and more."""
_NO_CYCLE = 20.0
"""Minutes: no culture known divides faster."""


class Bar(NamedTuple):
    """Gains in mean deviance that a wave, and a lag, must reach to be believed."""

    wave: float
    lag: float


@dataclass(frozen=True)
class ClockEstimate:
    """The clock of one experiment, how sure it is, and what else moves its genes.

    Parameters
    ----------
    clock
        Its turn at zero is NaN without an anchor.
    period_lo, period_hi
        95 % interval of the period, minutes; `period_hi` is infinite where the sampling cannot tell.
    turn_error
        Half of the 95 % interval of the turns of the times measured, turns, [0, 0.5]; 0.5 without an anchor.
    anchor
        What the start rests on, in words; empty without an anchor.
    agreement
        How well known genes agree on the start, [0, 1]; 0 where none say it.
    gain
        How much better a wave describes the arrays, as mean deviance of a gene.
    wave
        Share of the genes' variance that the wave explains, [0, 1].
    shares
        Share of each of `PARTS`.
    weights
        Variance of each of `PARTS`, shape (6,), of genes of variance 1.
    times
        Minutes that it rests on, shape (n_measured,).
    notes
        What to know, as code and sentence.
    """

    clock: Clock
    period_lo: float
    period_hi: float
    turn_error: float
    anchor: str
    agreement: float
    gain: float
    wave: float
    shares: dict[str, float]
    weights: Floats
    times: Floats
    notes: tuple[Note, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether there is a period: given, shown by the genes in full, or vouched for by known ones."""
        doubts = {"too_few_times", "no_varying_gene", "weak_clock", "under_one_cycle"}
        told = not doubts & {note.code for note in self.notes}
        return told or self.period_lo == self.period_hi or self.agreement >= _AGREE

    def noise_at(self, minutes: Floats) -> Floats:
        """Return the covariance of a gene's noise at some times, up to a factor, shape (n_times, n_times)."""
        return lay_noise(self.weights, minutes, self.times)


def notice_period(estimate: ClockEstimate, bar: Bar, *, given: bool) -> Iterator[Note]:
    """Yield what to know about a clock's period and about what else moves the genes."""
    clock, times = estimate.clock, estimate.times
    steps = clock.period / float(np.median(np.diff(np.unique(times))))
    if steps < 2:
        yield Note(
            "period_unseen",
            f"a period of {clock.period:g} min is {steps:.1f} steps of the sampling: with fewer than 2,"
            " waves of other periods look the same",
        )
    if clock.period < _NO_CYCLE and not given:
        yield Note(
            "period_implausible",
            f"a turn of {clock.period:.3g} min is no cell cycle: if the times are hours, write 2h in the"
            " header; if they count samples, give minutes",
        )
    if (cycles := clock.cycles(times)) < 1:
        ending = "" if given else f": it is longer than {estimate.period_lo:.0f} min, and more cannot be said"
        whose = "period given" if given else "best period"
        yield Note(
            "under_one_cycle",
            f"the times measured cover {cycles:.2f} of the {whose}, {clock.period:.0f} min{ending}",
        )
    if estimate.gain < bar.wave:
        advice = "" if given else "; give it if it is known (--period)"
        yield Note(
            "weak_clock",
            f"a wave explains {estimate.wave:.0%} of the genes' variance, little more than chance would:"
            f" the period, {clock.period:.0f} min, does not show in these data{advice}",
        )
    if (shift := estimate.shares["alternation"]) > _ALTERNATION and estimate.gain >= bar.wave:
        yield Note(
            "alternation",
            f"every other array is shifted: {shift:.0%} of the genes' variance,"
            " as two batches of arrays in turn would do",
        )


def notice_start(
    estimate: ClockEstimate, start: Start, how: Synchronisation | None, sync: str | None
) -> Iterator[Note]:
    """Yield what to know about a clock's start."""
    if sync is not None and how is None:
        names = ", ".join(SYNCHRONISATIONS)
        yield Note("sync_unknown", f"the start after '{sync}' is not known; known are {names}")
    if not estimate.anchor:
        yield Note(
            "no_anchor",
            "nothing says where t = 0 is on the cell cycle: no gene is a known one, or the known ones do not"
            " agree, and no synchronisation is known; --sync, --markers or --labels tie peaks to phases",
        )
    elif how is not None and start.n_genes and distance(start.turn, how.turn) > _APART:
        yield Note(
            "anchors_disagree",
            f"{estimate.anchor} start at turn {start.turn:.2f}, a culture after {how.key} at {how.turn:.2f}:"
            " the genes are believed",
        )
