"""Peaks and shapes: when profiles peak and fall lowest, how often, by which patterns, and how smoothly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import wrap
from phasecall.exploration.record import Exploration, keep
from phasecall.exploration.selection import FEW, draw_orders, place_minutes, shuffle_times
from phasecall.rhythm.design import lay_columns

Floats = NDArray[np.float64]

PATTERNS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
"""The ranks of three values in a row, in the order in which `Motifs` counts them."""

_STEPS = 360
_LEAST_CYCLES = 0.9
"""Samples all round a turn span a step less than that."""
_LEAST_TIMES = 7
"""Two harmonics are five numbers: two times more leave something to judge them by."""
_ABOVE = 2 * np.sqrt(2)
"""Two standard deviations of the difference of two values, in those of one."""
_ORDERS = 200
# Which of PATTERNS three values make, by three comparisons; two combinations of them cannot be.
_OF_COMPARISONS = np.array([5, -1, 4, 2, 3, 1, -1, 0])


@dataclass(frozen=True)
class Shapes:
    """The wave of each cycling gene: mean and two harmonics of the clock's period.

    Parameters
    ----------
    rows
        Which profiles, shape (n,).
    peak, trough
        Where the wave is highest and lowest, turns [0, 1), shape (n,).
    rise, plain
        Share of the period from trough to peak, shape (n,): of the wave, and of a cosine with the gene's own
        errors in another order.
    """

    rows: NDArray[np.int64]
    peak: Floats
    trough: Floats
    rise: Floats
    plain: Floats


@keep
def fit_shapes(exploration: Exploration) -> Shapes | None:
    r"""Fit two harmonics of the clock's period to every cycling gene, and find peak and trough.

    .. math:: x(t) = m + \sum_{k=1}^{2} a_k \cos(2 \pi k t / P) + b_k \sin(2 \pi k t / P)

    The rise of a cosine is half a period; noise moves it. How far is seen in waves without a second
    harmonic: the gene's cosine with its errors in another order, fitted the same way.

    Returns
    -------
    Shapes or None
        None for fewer than ten cycling genes, fewer than seven times, or less than one period measured.

    References
    ----------
    Bloomfield 2000, Fourier Analysis of Time Series, doi 10.1002/0471722235, chapter 2

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> shapes = fit_shapes(explore(phasecall.load("alpha")))
    >>> bool(abs(np.median(shapes.rise) - 0.5) < 0.1)
    True
    """
    rows, times = np.flatnonzero(exploration.cycling), exploration.course.times
    whole = exploration.estimate.clock.cycles(times) >= _LEAST_CYCLES
    if rows.size < FEW or times.size < _LEAST_TIMES or not whole:
        return None
    period, profiles = exploration.calls.period, exploration.filled[rows]
    peak, trough = _find_extremes(profiles, times, period)
    cosine = lay_columns(times, period)
    fitted = profiles @ np.linalg.pinv(cosine).T @ cosine.T
    plain = fitted + shuffle_times(profiles - fitted, exploration.draw())
    high, low = _find_extremes(plain, times, period)
    return Shapes(
        rows,
        place_minutes(exploration, peak),
        place_minutes(exploration, trough),
        wrap((peak - trough) / period),
        wrap((high - low) / period),
    )


def _find_extremes(profiles: Floats, times: Floats, period: float) -> tuple[Floats, Floats]:
    """Return the minutes at which the waves of two harmonics are highest and lowest, [0, period)."""
    minutes = np.arange(_STEPS) * period / _STEPS
    weights = profiles @ np.linalg.pinv(lay_columns(times, period, harmonics=2)).T
    waves = weights @ lay_columns(minutes, period, harmonics=2).T
    return minutes[waves.argmax(axis=1)], minutes[waves.argmin(axis=1)]


@dataclass(frozen=True)
class PeakCounts:
    """How often profiles peak.

    Parameters
    ----------
    counts, shuffled
        Peaks of each profile, and of the same values in another order, shape (n,).
    noise
        Standard deviation of each profile's noise, in standard deviations of the profile, shape (n,).
    cycles
        How many periods were measured; NaN where none is known.
    """

    counts: NDArray[np.int64]
    shuffled: NDArray[np.int64]
    noise: Floats
    cycles: float


@keep
def count_peaks(exploration: Exploration) -> PeakCounts | None:
    """Count the local maxima of every profile whose prominence is above its noise.

    The prominence of a maximum is how far one must go down from it before one can go higher (SciPy's
    `find_peaks`); two standard deviations of the difference of two values of noise are asked for. The first
    and the last time are no local maxima.

    Returns
    -------
    PeakCounts or None
        None for fewer than ten profiles or five times.

    References
    ----------
    Gasser, Sroka and Jennen-Steinmetz 1986, doi 10.1093/biomet/73.3.625 (the noise)

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> count_peaks(explore(phasecall.load("alpha"))).counts.shape
    (792,)
    """
    profiles, times = exploration.filled, exploration.course.times
    if len(profiles) < FEW or times.size < 5:
        return None
    noise = measure_noise(profiles, times)
    shuffled = shuffle_times(profiles, exploration.draw())
    return PeakCounts(
        _count_above(profiles, noise),
        _count_above(shuffled, measure_noise(shuffled, times)),
        noise,
        exploration.estimate.clock.cycles(times),
    )


def measure_noise(profiles: Floats, times: Floats) -> Floats:
    r"""Return the noise of each profile, as standard deviation: how far values lie off their neighbours.

    .. math:: \hat\sigma^2 = \frac{1}{n - 2} \sum_i \frac{(\alpha_i x_{i-1} + \beta_i x_{i+1} - x_i)^2}
        {\alpha_i^2 + \beta_i^2 + 1}

    with the weights of a straight line between the neighbours. A wave that bends much between two times is
    taken for noise in part.

    Parameters
    ----------
    profiles
        Shape (n, n_times), no gaps.
    times
        Minutes, shape (n_times,), increasing; three or more.

    Examples
    --------
    >>> measure_noise(np.array([[0.0, 1, 2, 3], [0, 1, 0, 1]]), np.arange(4.0)).round(3).tolist()
    [0.0, 0.816]
    """
    after = (times[1:-1] - times[:-2]) / (times[2:] - times[:-2])
    before = 1 - after
    off = before * profiles[:, :-2] + after * profiles[:, 2:] - profiles[:, 1:-1]
    return np.asarray(np.sqrt((off**2 / (before**2 + after**2 + 1)).mean(axis=1)))


def _count_above(profiles: Floats, noise: Floats) -> NDArray[np.int64]:
    from scipy.signal import find_peaks

    least = np.maximum(_ABOVE * noise, 1e-9)
    found = (find_peaks(profile, prominence=level)[0] for profile, level in zip(profiles, least, strict=True))
    return np.array([len(places) for places in found], dtype=np.int64)


@dataclass(frozen=True)
class Motifs:
    """How often three values in a row are in each order, of `PATTERNS`; every field has shape (6,).

    Parameters
    ----------
    share, cycling
        Share of the triples of all profiles, and of the cycling ones; NaN where there are none.
    low, high
        Where 95 % of the shares of all profiles lie when the times are shuffled.
    """

    share: Floats
    cycling: Floats
    low: Floats
    high: Floats


@keep
def count_motifs(exploration: Exploration) -> Motifs | None:
    """Count the ordinal patterns of three times in a row that were all observed.

    The times are shuffled in one order for all profiles: what these share, waves or a bad array, they share
    still, and the band is as wide as that makes it. Of equal values the earlier one is the smaller.

    Returns
    -------
    Motifs or None
        None for fewer than ten profiles, or without three times in a row.

    References
    ----------
    Bandt and Pompe 2002, doi 10.1103/PhysRevLett.88.174102

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> motifs = count_motifs(explore(phasecall.load("alpha")))
    >>> bool(motifs.share[0] > motifs.high[0])
    True
    """
    profiles = exploration.scaled
    if len(profiles) < FEW or profiles.shape[1] < 3:
        return None
    share = share_patterns(profiles)
    if not np.isfinite(share).all():
        return None
    orders = draw_orders(exploration, _ORDERS)
    shuffled = np.array([share_patterns(profiles[:, order]) for order in orders])
    # With many gaps an order may have no three observed times in a row.
    low, high = np.nanpercentile(shuffled, (2.5, 97.5), axis=0)
    return Motifs(share, share_patterns(profiles[exploration.cycling]), low, high)


def share_patterns(profiles: Floats) -> Floats:
    """Return the share of each of `PATTERNS` among all triples without a gap, shape (6,).

    Examples
    --------
    >>> share_patterns(np.array([[1.0, 2, 3, 0], [np.nan, 2, 1, 0]])).tolist()
    [0.3333333333333333, 0.0, 0.0, 0.3333333333333333, 0.0, 0.3333333333333333]
    """
    first, second, third = profiles[:, :-2], profiles[:, 1:-1], profiles[:, 2:]
    whole = np.isfinite(first + second + third)
    key = 4 * (first <= second) + 2 * (second <= third) + (first <= third)
    counts = np.bincount(_OF_COMPARISONS[key[whole]], minlength=6)
    with np.errstate(invalid="ignore"):
        return np.asarray(counts / counts.sum(dtype=np.float64))


@dataclass(frozen=True)
class Roughness:
    """The von Neumann ratio of each profile; every field has shape (n,), NaN for fewer than four values.

    Parameters
    ----------
    ratio, shuffled
        Of the profile, and of its values in another order.
    """

    ratio: Floats
    shuffled: Floats


@keep
def measure_roughness(exploration: Exploration) -> Roughness | None:
    """Measure how much profiles jump from each value to the next, by what they vary.

    Returns
    -------
    Roughness or None
        None for fewer than ten profiles.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> found = measure_roughness(explore(phasecall.load("alpha")))
    >>> bool(np.median(found.ratio) < 0.7 * np.median(found.shuffled))
    True
    """
    profiles = exploration.scaled
    if len(profiles) < FEW:
        return None
    generator = exploration.draw()
    seen = [profile[np.isfinite(profile)] for profile in profiles]
    ratio = [neumann_ratio(values) for values in seen]
    shuffled = [neumann_ratio(generator.permutation(values)) for values in seen]
    return Roughness(np.array(ratio), np.array(shuffled))


def neumann_ratio(values: Floats) -> float:
    r"""Return the mean square of the steps between successive values, by their variance.

    .. math:: \eta = \frac{\sum_{i<n} (x_{i+1} - x_i)^2 / (n - 1)}{\sum_i (x_i - \bar x)^2 / n}

    Values without any order have `2 n / (n - 1)`; a slow wave has far less, one that alternates up to 4.

    References
    ----------
    von Neumann 1941, doi 10.1214/aoms/1177731677

    Examples
    --------
    >>> neumann_ratio(np.array([0.0, 1.0, 0.0, 1.0]))
    4.0
    """
    return float((np.diff(values) ** 2).mean() / values.var())
