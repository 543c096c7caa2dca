"""Calls: the answer for every gene, and the native table that carries it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.conformal import choose_sets
from phasecall.errors import require
from phasecall.phases import Scheme
from phasecall.timecourse import Note

Floats = NDArray[np.float64]


class Reason(StrEnum):
    """Why a gene's phase is withheld. Empty: it is not."""

    CALLED = ""
    ALL_MISSING = "all_missing"
    CONSTANT = "constant"
    TOO_FEW_POINTS = "too_few_points"
    NO_CLOCK = "no_clock"
    UNDER_ONE_CYCLE = "under_one_cycle"
    NO_ANCHOR = "no_anchor"
    OUTSIDE_TRAINING_RANGE = "outside_training_range"
    NOT_PERIODIC = "not_periodic"
    EXPERIMENTS_DISAGREE = "experiments_disagree"
    BETWEEN_PHASES = "between_phases"

    @property
    def meaning(self) -> str:
        """Return the reason in words."""
        return _MEANINGS[self]


_MEANINGS = {
    Reason.CALLED: "the phase is called",
    Reason.ALL_MISSING: "no value at any time point",
    Reason.CONSTANT: "the same value at every time point: there is no peak",
    Reason.TOO_FEW_POINTS: "too few of the time points were observed",
    Reason.NO_CLOCK: "the experiment shows no period, and no known genes vouch for one",
    Reason.UNDER_ONE_CYCLE: "less than a cycle was measured, and no known genes vouch for its length",
    Reason.NO_ANCHOR: "nothing ties the clock to the cell cycle, neither known genes nor the synchronisation",
    Reason.OUTSIDE_TRAINING_RANGE: "the experiment is unlike all that the network was trained on",
    Reason.NOT_PERIODIC: "neither the network nor the test of rhythm takes it for periodic",
    Reason.EXPERIMENTS_DISAGREE: "it peaks elsewhere in one experiment than in another",
    Reason.BETWEEN_PHASES: "no phase is likely enough; the gene sits on a border or is noisy",
}


@dataclass(frozen=True, eq=False, repr=False)
class Calls:
    """The answer for every gene of one time course, in its order. No gene is left out.

    Parameters
    ----------
    genes
        Gene names, shape (n,).
    scheme
        The phases that `probabilities` speaks of.
    probabilities
        Shape (n, phases), rows sum to 1; NaN rows where there is no answer.
    reason
        Shape (n,): why the phase is withheld, `Reason.CALLED` where it is not.
    peak_turn, peak_time, peak_lo, peak_hi
        Peak in turns [0, 1) and in minutes, with the 95 % interval in minutes; shape (n,). `peak_time` is
        the first peak at or after t = 0; `peak_lo` may lie before 0, `peak_hi` after the period's end.
    period
        Minutes, one for the experiment; NaN without an anchor.
    amplitude
        Half of peak minus trough of the fitted wave, in the input's unit, shape (n,).
    periodic_p, periodic_q
        Periodicity p value and its Benjamini-Hochberg q value, shape (n,).
    rank
        1 = most periodic, shape (n,); 0 where there is no p value.
    n_observed, n_missing
        Of the time points that were measured and that the method reads, those with a value and those
        without, shape (n,).
    novelty
        How unlike the other genes of its experiment a profile is, shape (n,): a p value from all the
        patterns of `phasecall.novelty.PATTERNS`; NaN where nothing can be said.
    flags
        Codes of what to know about a gene, joined by `;`, shape (n,).
    method
        Name and version of what made the calls.
    notes
        What to know about the whole experiment.
    least
        Least probability of a phase in `phase_set`; None where the method promises nothing of sets.
    clocks
        What the calls rest on, one clock an experiment: `name`; `period`, `turn_at_zero`, `lag` and `loss` as
        of `phasecall.clock.Clock`, NaN where nothing tells them; `period_lo`, `period_hi` and `anchor` as of
        `phasecall.clock.ClockEstimate`, NaN (an infinite end, too) and empty where nothing tells them.
    card
        The card of the network that was used, as JSON has it; None where none was.
    embed
        Gives the network's numbers for each gene of the course that it read, shape (n, 32), NaN rows for
        genes that it did not read (`phasecall.embedding`); None where it read no course, or several.
    density
        Natural parameters of the density of each gene's peak over the turn (`phasecall.density`), shape
        (n, 8), NaN rows where there is none; None where the probabilities rest on no density.
    atypical
        What is unlike the others, in words, of each gene flagged for it (`phasecall.novelty.describe`).
    """

    genes: tuple[str, ...]
    scheme: Scheme
    probabilities: Floats
    reason: tuple[Reason, ...]
    peak_turn: Floats
    peak_time: Floats
    peak_lo: Floats
    peak_hi: Floats
    period: float
    amplitude: Floats
    periodic_p: Floats
    periodic_q: Floats
    rank: NDArray[np.int64]
    n_observed: NDArray[np.int64]
    n_missing: NDArray[np.int64]
    novelty: Floats
    flags: tuple[str, ...]
    method: str
    notes: tuple[Note, ...] = field(default=())
    least: float | None = None
    clocks: tuple[Mapping[str, Any], ...] = ()
    card: Mapping[str, Any] | None = None
    embed: Callable[[], Floats] | None = None
    density: Floats | None = None
    atypical: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.genes)

    def __repr__(self) -> str:
        called = int((~self.abstained).sum())
        return f"<Calls: {called} of {len(self)} genes called, scheme '{self.scheme.key}', by {self.method}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from phasecall.notebook import show_answers

        called = int((~self.abstained).sum())
        known = np.isfinite(self.period)
        period = f"a turn takes {round(self.period, 1):g} min" if known else "no period is known"
        title = f"{called} of {len(self)} genes called by {self.method}; {period}"
        codes = np.where(self.abstained, -1, self.codes)
        return show_answers(title, self.scheme, self.peak_turn, codes, self.columns())

    @property
    def abstained(self) -> NDArray[np.bool_]:
        """Whether the phase is withheld, shape (n,)."""
        return np.array([bool(reason) for reason in self.reason], dtype=bool)

    @property
    def weak(self) -> NDArray[np.bool_]:
        """Whether a phase is called though the rhythm is weak, shape (n,)."""
        flagged = np.array(["weak_rhythm" in flags for flags in self.flags], dtype=bool)
        return flagged & ~self.abstained

    @property
    def codes(self) -> NDArray[np.int64]:
        """Code of the most probable phase, shape (n,); -1 where there are no probabilities.

        It is given for a gene on which the method abstains as `between_phases`, too: `phase` is not.
        """
        unknown = np.isnan(self.probabilities).any(axis=1)
        codes: NDArray[np.int64] = np.nan_to_num(self.probabilities).argmax(axis=1)
        codes[unknown] = -1
        return codes

    @property
    def confidence(self) -> Floats:
        """Probability of the most probable phase, shape (n,), NaN where there is none."""
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def phase(self) -> tuple[str, ...]:
        """Name of the called phase, empty where the phase is withheld."""
        names = [phase.name for phase in self.scheme.phases]
        pairs = zip(self.codes, self.reason, strict=True)
        return tuple("" if reason else names[code] for code, reason in pairs)

    @property
    def phase_set(self) -> tuple[str, ...]:
        """Names of the phases that a gene may belong to, joined by `;`, the most probable one first.

        Empty where there are no probabilities, or the method promises nothing. How often the right phase is
        among them: `phasecall.conformal`.
        """
        if self.least is None:
            return ("",) * len(self)
        order = np.argsort(-self.probabilities, axis=1, kind="stable")
        kept = choose_sets(self.probabilities, self.least)
        names = [phase.name for phase in self.scheme.phases]
        return tuple(
            ";".join(names[code] for code in row if held[code]) for row, held in zip(order, kept, strict=True)
        )

    def columns(self) -> Mapping[str, Any]:
        """Return the native table: column name to a sequence of n values, in the table's order."""
        chances = {f"p_{p.key}": self.probabilities[:, p.code] for p in self.scheme.phases}
        return {
            "gene": self.genes,
            "phase": self.phase,
            **chances,
            "confidence": self.confidence,
            "phase_set": self.phase_set,
            "abstained": self.abstained,
            "reason": tuple(map(str, self.reason)),
            "peak_time": self.peak_time,
            "peak_turn": self.peak_turn,
            "peak_lo": self.peak_lo,
            "peak_hi": self.peak_hi,
            "period": np.full(len(self), self.period),
            "amplitude": self.amplitude,
            "periodic_p": self.periodic_p,
            "periodic_q": self.periodic_q,
            "rank": self.rank,
            "n_observed": self.n_observed,
            "n_missing": self.n_missing,
            "novelty": self.novelty,
            "flags": self.flags,
        }

    def to_pandas(self) -> Any:
        """Return the native table as a pandas DataFrame, a gene a row, with a column for the names.

        Texts are strings, and an empty one stays empty, as in `columns` and in every file: `phase` is `""`
        where it is withheld. A missing number is NaN; `abstained` is bool, counts are int64.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.

        Examples
        --------
        >>> import phasecall
        >>> frame = phasecall.call(phasecall.load("alpha")).to_pandas()
        >>> frame.set_index("gene")["phase"]["YPR120C"], frame["abstained"].sum().item()
        ('Late G1/S', 150)
        """
        require("A data frame", "frames", "pandas")
        import pandas as pd

        return pd.DataFrame(dict(self.columns()))

    def to_polars(self) -> Any:
        """Return the native table as a polars DataFrame; a missing number is null, else as `to_pandas`.

        Raises
        ------
        MissingExtraError
            If polars is not installed.

        Examples
        --------
        >>> import phasecall
        >>> frame = phasecall.call(phasecall.load("alpha")).to_polars()
        >>> frame.filter(frame["gene"] == "YPR120C").select("phase", "rank").rows()
        [('Late G1/S', 233)]
        """
        require("A data frame", "frames", "polars")
        import polars as pl

        columns = self.columns().items()
        return pl.DataFrame([pl.Series(name, values, nan_to_null=True) for name, values in columns])
