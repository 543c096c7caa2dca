"""What a simulated culture is like: its cells, its genes and how it is measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from phasecall.clock import CDC15, Clock
from phasecall.errors import InputError
from phasecall.phases import SCHEMES, Scheme

AMPLITUDE_LOG_SD = 0.3
BASELINE_SD = 0.5

# Wide of any cell cycle, and narrow enough that no square or quotient of these leaves what 64 bits hold.
_PERIODS = (0.01, 100_000.0)
_MOST_LAG = 100_000.0
_LEAST_NOISE = 1e-12


@dataclass(frozen=True)
class Population:
    """How alike the cells are; how their cycle times spread is said by the loss of the culture's clock.

    Parameters
    ----------
    initial_spread
        Standard deviation of the cells' places at the release, turns, 0 to 0.3.
    asymmetry
        How much longer a daughter's cycle is than its mother's, turns, 0 to 0.5: it waits in early G1, at
        turn 0. The mean of both is the period.

    References
    ----------
    Orlando et al. 2007, doi 10.4161/cc.6.4.3859: spread of the start, spread of the tempo and delayed
    daughters describe how a synchronised culture of budding yeast loses synchrony.
    """

    initial_spread: float = 0.0
    asymmetry: float = 0.0

    def __post_init__(self) -> None:
        _require("initial_spread", self.initial_spread, 0.0, 0.3)
        _require("asymmetry", self.asymmetry, 0.0, 0.5)


@dataclass(frozen=True)
class Expression:
    """What genes do in a cell.

    Parameters
    ----------
    amplitude
        Median amplitude, half of peak minus trough in one cell, in the unit of the values, more than 0.
    amplitude_spread
        Standard deviation of its natural logarithm over the genes, 0 to 3.
    sharpness
        How sharp peaks are, 0 to 4: each gene's kappa is anywhere from 0, a sinusoid, up to this. At 4 a
        peak is above half of its height for 0.19 of a turn.
    two_peaked
        Share of the periodic genes with a second peak half a turn from the first, 0 to 1.
    drift
        Standard deviation of each gene's drifting baseline, not negative. It is correlated over a fifth of
        the time measured.
    decoys
        Share of the genes that do not follow the cell cycle, 0 to 1; the kinds in `KINDS` are equally common.
    """

    amplitude: float = 1.0
    amplitude_spread: float = AMPLITUDE_LOG_SD
    sharpness: float = 0.0
    two_peaked: float = 0.0
    drift: float = 0.0
    decoys: float = 0.0

    def __post_init__(self) -> None:
        _require("amplitude", self.amplitude, 0.0, 20.0, above=True)
        _require("amplitude_spread", self.amplitude_spread, 0.0, 3.0)
        _require("sharpness", self.sharpness, 0.0, 4.0)
        _require("two_peaked", self.two_peaked, 0.0, 1.0)
        _require("drift", self.drift, 0.0, 20.0)
        _require("decoys", self.decoys, 0.0, 1.0)


@dataclass(frozen=True)
class Measurement:
    """What measuring adds to the noise of the culture.

    Parameters
    ----------
    noise_spread
        Standard deviation of the natural logarithm of the genes' noise, 0 to 2.
    shared
        Standard deviation of what all genes of an array have in common, not negative.
    counts
        None: log ratios of arrays. Else log2(count + 1) of sequencing, with this median count, 1 to 1e6.
        Counts are negative binomial, of variance `mean + dispersion mean^2`; the dispersion is
        `(noise ln 2)^2`, so that genes of many counts have the noise of the culture.
    alternation
        Standard deviation over the genes of the shift between two batches of arrays that alternate, not
        negative.
    missing
        Share of values that are missing, 0 to 0.9.
    """

    noise_spread: float = 0.0
    shared: float = 0.0
    counts: float | None = None
    alternation: float = 0.0
    missing: float = 0.0

    def __post_init__(self) -> None:
        _require("noise_spread", self.noise_spread, 0.0, 2.0)
        _require("shared", self.shared, 0.0, 20.0)
        _require("counts", 1.0 if self.counts is None else self.counts, 1.0, 1e6)
        _require("alternation", self.alternation, 0.0, 20.0)
        _require("missing", self.missing, 0.0, 0.9)


@dataclass(frozen=True)
class Culture:
    """What a simulated culture is like.

    Parameters
    ----------
    clock
        Its period (0.01 to 100,000 min) and start, its recovery (at most 100,000 min), and the loss of
        synchrony that the spread of the cells' cycle times brings about.
    scheme
        The phases its genes belong to.
    noise
        Standard deviation of the measurement noise, 1e-12 to 1,000; the median amplitude is 1 unless
        `expression` says otherwise. The default is the noise of the `simulated` track.
    spread
        Standard deviation of the peaks of one phase about its centre, turns, not negative; phases are then
        equally common. None: peaks lie anywhere on the turn alike, and a gene's phase is the arc it peaks on.
    population, expression, measurement
        Its cells, its genes and how it is measured. As they are by default, nothing is added to sinusoids,
        baselines and white noise.

    Examples
    --------
    >>> round(Culture(Clock(114.0, 0.96, loss=0.2)).cycle_spread, 3)
    0.106
    """

    clock: Clock = CDC15
    scheme: Scheme = SCHEMES["four"]
    noise: float = 0.2
    spread: float | None = 0.02
    population: Population = field(default_factory=Population)
    expression: Expression = field(default_factory=Expression)
    measurement: Measurement = field(default_factory=Measurement)

    def __post_init__(self) -> None:
        _require("noise", self.noise, _LEAST_NOISE, 1000.0)
        _require("spread", self.spread or 0.0, 0.0, math.inf)
        _require("period", self.clock.period, *_PERIODS)
        _require("turn_at_zero", self.clock.turn_at_zero, 0.0, 1.0)
        _require("lag", self.clock.lag, 0.0, _MOST_LAG)
        _require("loss", self.clock.loss, 0.0, 0.99)

    @property
    def cycle_spread(self) -> float:
        """Standard deviation of the cells' cycle times, as a share of the period.

        Each turn adds `cycle_spread^2` to the variance of the cells' places, so the first harmonic loses
        `1 - exp(-2 pi^2 cycle_spread^2)` of its amplitude a turn: the loss of the clock.
        """
        return math.sqrt(-math.log1p(-self.clock.loss) / 2) / math.pi

    @property
    def plain(self) -> bool:
        """Whether it has cosines, baselines and white noise only: what `posterior` has an answer for."""
        extra = (self.population, self.expression, self.measurement)
        return extra == (Population(), Expression(), Measurement()) and self.clock.loss == 0


def _require(name: str, value: float, low: float, high: float, *, above: bool = False) -> None:
    """Refuse a value outside [low, high], or (low, high]; NaN is outside, infinity too."""
    if low <= value <= high and not (above and value == low) and math.isfinite(value):
        return
    least = f"more than {low:g}" if above else f"at least {low:g}"
    raise InputError(
        "a culture cannot be like that",
        expected=f"{name} {least}" + (f", at most {high:g}" if math.isfinite(high) else ""),
        found=f"{name} {value:g}",
        fix=f"give another {name}",
    )
