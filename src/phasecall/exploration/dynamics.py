"""Dynamics: how what the waves leave of the profiles drifts and diffuses, and how long it lasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration.record import Exploration
from phasecall.exploration.selection import place_peaks
from phasecall.exploration.stretch import (
    count_waves,
    lay_stretch,
    remove_waves,
)
from phasecall.rhythm import correlation, fit_noise
from phasecall.rhythm.design import lay_columns

Floats = NDArray[np.float64]

MIN_GENES = 20
MIN_ARRAYS = 8

_EDGES = np.linspace(-2.25, 2.25, 10)
CENTRES = (_EDGES[1:] + _EDGES[:-1]) / 2
"""Bins of residuals, standard deviations."""
_MIN_JUMPS = 30
_BOOTSTRAPS = 200
_NULLS = 20
_MOST = 1000
"""Genes of the null: bins of ten thousand jumps move by less than they differ."""
_LONGEST = 0.6


@dataclass(frozen=True)
class Drift:
    """Drift and diffusion of what the waves leave, by where it is; b bins.

    Parameters
    ----------
    centres
        Middles of the bins, standard deviations of a gene's residuals, shape (b,).
    drift, diffusion
        First and second Kramers-Moyal coefficient, a turn, shape (b,); NaN in bins of fewer than 30 jumps.
    drift_span, diffusion_span
        Their 95 % intervals over genes drawn anew, shape (2, b).
    null_drift, null_diffusion
        Lowest and highest of 20 sets of white noise out of which the same waves were taken, shape (2, b).
    rate, null_rate
        Slope of the drift through 0, a turn, and that of the null: a relaxation time is minus one over it.
    n_genes, n_arrays
        How many there are.
    """

    centres: Floats
    drift: Floats
    diffusion: Floats
    drift_span: Floats
    diffusion_span: Floats
    null_drift: Floats
    null_diffusion: Floats
    rate: float
    null_rate: float
    n_genes: int
    n_arrays: int


@dataclass(frozen=True)
class Relaxation:
    """How long fluctuations, and how long synchrony, last.

    Parameters
    ----------
    lags
        Turns, shape (l,).
    autocorrelation
        Of what the waves leave, all genes together, shape (l,).
    expected, white
        What the fitted noise, and white noise, would show after the same waves were taken out, shape (l,).
    memory
        Relaxation time of the part of the noise that drifts, turns; NaN where there is none.
    memory_share
        Share of that part in the noise, [0, 1].
    moved
        Turns moved at each array, shape (n_times,).
    amplitude, amplitude_error
        Of the wave of all cycling genes together, and its standard error over genes, shape (n_times,).
    kept
        The same by the clock's loss, at the scale that fits best, shape (n_times,).
    synchrony
        Relaxation time of synchrony by the clock's loss, turns; infinite where nothing is lost.
    n_genes, n_cycling
        How many there are.
    """

    lags: Floats
    autocorrelation: Floats
    expected: Floats
    white: Floats
    memory: float
    memory_share: float
    moved: Floats
    amplitude: Floats
    amplitude_error: Floats
    kept: Floats
    synchrony: float
    n_genes: int
    n_cycling: int


def measure_drift(exploration: Exploration) -> Drift | None:
    r"""Measure the Kramers-Moyal coefficients of what the waves leave of all genes.

    .. math:: D_1(x) = \langle \Delta \mid x \rangle / \tau, \quad
              D_2(x) = (\langle \Delta^2 \mid x \rangle - \langle \Delta \mid x \rangle^2) / 2 \tau

    with jumps from residual x over one step, tau. Errors of measurement alone give a drift back to 0, too,
    and taking out waves makes it steeper: the null is white noise at the same times out of which the same
    waves were taken. None with fewer than 20 genes or eight arrays at one step.

    References
    ----------
    Siegert, Friedrich and Peinke 1998, doi 10.1016/S0375-9601(98)00283-7; Friedrich et al. 2011,
    doi 10.1016/j.physrep.2011.05.003.
    """
    stretch = lay_stretch(exploration)
    series = remove_waves(exploration)[0][:, stretch.columns]
    if len(series) < MIN_GENES or len(stretch) < MIN_ARRAYS:
        return None
    generator = exploration.draw()
    sums = gather_jumps(series)
    total = sums.sum(axis=0)
    drift, diffusion = weigh_jumps(total, stretch.step)
    drawn = [
        weigh_jumps(np.tensordot(draw_weights(len(series), generator), sums, 1), stretch.step, 1)
        for _ in range(_BOOTSTRAPS)
    ]
    null = []
    for _ in range(_NULLS):
        own = generator.permutation(len(exploration.scaled))[:_MOST]
        noise = generator.normal(size=(own.size, exploration.course.times.size)) + 0 * exploration.scaled[own]
        others = remove_waves(exploration, noise)[0][:, stretch.columns]
        null.append(weigh_jumps(gather_jumps(others).sum(axis=0), stretch.step, 1))
    spans = np.percentile(drawn, [2.5, 97.5], axis=0)
    nulls = np.array([np.min(null, axis=0), np.max(null, axis=0)])
    return Drift(
        CENTRES,
        drift,
        diffusion,
        drift_span=spans[:, 0],
        diffusion_span=spans[:, 1],
        null_drift=nulls[:, 0],
        null_diffusion=nulls[:, 1],
        rate=_slope(total[0], drift),
        null_rate=float(np.mean([_slope(total[0], one) for one, _ in null])),
        n_genes=len(series),
        n_arrays=len(stretch),
    )


def draw_weights(n: int, generator: np.random.Generator) -> Floats:
    """Return how often each of n genes is among n drawn with replacement, shape (n,)."""
    return np.bincount(generator.integers(n, size=n), minlength=n).astype(np.float64)


def _slope(count: Floats, drift: Floats) -> float:
    """Return the slope of a line through 0 that the bins' drifts follow, each bin by its jumps."""
    weight = np.where(np.isfinite(drift), count, 0.0)
    return float((weight * CENTRES * np.nan_to_num(drift)).sum() / max((weight * CENTRES**2).sum(), 1e-12))


def gather_jumps(series: Floats) -> Floats:
    """Return number, sum and sum of squares of the jumps over one step, by the bin they start from.

    Parameters
    ----------
    series
        Shape (n, m) at even steps; NaN = missing.

    Returns
    -------
    Floats
        Shape (n, 3, 9).
    """
    size = CENTRES.size
    jump, start = np.diff(series, axis=1), series[:, :-1]
    bins = np.searchsorted(_EDGES, np.where(np.isfinite(jump), start, np.inf), side="right") - 1
    known = (bins >= 0) & (bins < size)
    place = (bins + np.arange(len(series))[:, None] * size)[known]
    powers = [np.bincount(place, jump[known] ** power, len(series) * size) for power in range(3)]
    return np.asarray(np.stack(powers).reshape(3, len(series), size).transpose(1, 0, 2))


def weigh_jumps(sums: Floats, step: float, least: int = _MIN_JUMPS) -> tuple[Floats, Floats]:
    """Return drift and diffusion a turn from gathered jumps, shape (3, b); NaN with fewer than `least`."""
    count = np.where(sums[0] >= least, sums[0], np.nan)
    first, second = sums[1] / count, sums[2] / count
    return first / step, (second - first**2) / (2 * step)


def measure_relaxation(exploration: Exploration) -> Relaxation | None:
    r"""Measure how long fluctuations of genes, and the synchrony of the culture, last.

    Fluctuations: the noise of the experiment (`phasecall.rhythm.fit_noise`) has a part that relaxes as an
    Ornstein-Uhlenbeck process, of correlation `exp(-lag / memory)`. What it would show after the waves were
    taken out is drawn beside what is seen: taking them out bends any autocorrelation. Synchrony: a loss of l
    a turn is a relaxation time of `-1 / ln(1 - l)` turns; the amplitude at each array is that of the wave
    `a cos + b sin` of the turns since their peaks, over all cycling genes.

    None with fewer than 20 genes or without a clock.

    References
    ----------
    Uhlenbeck and Ornstein 1930, doi 10.1103/PhysRev.36.823
    """
    clock, times = exploration.estimate.clock, exploration.course.times
    (series, _), n_waves = remove_waves(exploration), count_waves(exploration)
    if len(series) < MIN_GENES or times.size < MIN_ARRAYS:
        return None
    moved = clock.moved(times)
    noise = fit_noise(exploration.scaled, times, clock.period, harmonics=n_waves)
    columns = lay_columns(moved, 1.0, harmonics=n_waves)
    rest = np.eye(times.size) - columns @ np.asarray(np.linalg.pinv(columns), dtype=np.float64)
    stretch = lay_stretch(exploration)
    step = stretch.step if len(stretch) > 1 else float(np.median(np.diff(moved)))
    lags: Floats = np.arange(max(int(_LONGEST / step), 3) + 1, dtype=np.float64) * step
    known = np.isfinite(series)
    filled = np.where(known, series, 0.0)
    seen = filled.T @ filled / np.maximum(known.T.astype(float) @ known, 1)
    drifting = rest @ correlation(noise, times) @ rest
    amplitude, error = measure_amplitude(exploration)
    return Relaxation(
        lags=lags,
        autocorrelation=average_lags(seen, moved, lags),
        expected=average_lags(drifting, moved, lags),
        white=average_lags(rest, moved, lags),
        memory=-noise.step / clock.period / np.log(noise.drift_kept) if noise.drift > 0 else np.nan,
        memory_share=noise.drift,
        moved=moved,
        amplitude=amplitude,
        amplitude_error=error,
        kept=_fit_scale(clock.retained(times), amplitude),
        synchrony=-1 / np.log(1 - clock.loss) if clock.loss > 0 else np.inf,
        n_genes=len(series),
        n_cycling=int(exploration.cycling.sum()),
    )


def _fit_scale(shape: Floats, values: Floats) -> Floats:
    """Return a shape at the scale at which it is nearest to values; NaN where there are none."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(shape.shape, np.nan)
    return np.asarray(shape * (shape[known] @ values[known]) / (shape[known] @ shape[known]))


def average_lags(covariance: Floats, moved: Floats, lags: Floats) -> Floats:
    """Return the autocorrelation by lag that a covariance of arrays holds; NaN at lags that no two are apart.

    Examples
    --------
    >>> turns = np.arange(4) / 10
    >>> average_lags(0.5 ** np.abs(np.arange(4)[:, None] - np.arange(4)), turns, turns[:3]).tolist()
    [1.0, 0.5, 0.25]
    """
    apart = np.abs(moved[:, None] - moved)
    near = [np.abs(apart - lag) < 0.25 * (lags[1] - lags[0]) for lag in lags]
    values = np.array([covariance[pairs].mean() if pairs.any() else np.nan for pairs in near])
    return np.asarray(values / values[0])


def measure_amplitude(exploration: Exploration) -> tuple[Floats, Floats]:
    """Return the amplitude of the cycling genes' common wave at each array, and its standard error.

    Both have shape (n_times,), in units of the amplitude of a whole wave, sqrt 2 standard deviations; NaN
    where fewer than 20 genes have a value.
    """
    places = place_peaks(exploration)
    own = np.flatnonzero(exploration.cycling & np.isfinite(places))
    values, angle = exploration.scaled[own], 2 * np.pi * places[own]
    columns = np.stack([np.ones(own.size), np.cos(angle), np.sin(angle)], axis=1)
    found = np.full((2, values.shape[1]), np.nan)
    for array, column in enumerate(values.T):
        known = np.isfinite(column)
        if known.sum() < MIN_GENES:
            continue
        inverse = np.linalg.pinv(columns[known].T @ columns[known])
        weights = inverse @ columns[known].T @ column[known]
        variance = ((column[known] - columns[known] @ weights) ** 2).sum() / (known.sum() - 3)
        size = np.hypot(*weights[1:])
        across = np.array([0.0, *(weights[1:] / max(size, 1e-12))])
        found[:, array] = size, np.sqrt(variance * across @ inverse @ across)
    return found[0] / np.sqrt(2), found[1] / np.sqrt(2)
