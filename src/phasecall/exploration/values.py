"""Values: how they are distributed at each time, over each gene, and against a normal distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration.record import Exploration, Floats
from phasecall.exploration.waves import Waves, fit_columns, fit_profiles

_GRID = 160
_TAIL = 0.001
"""Share of all values beyond either end of the grid on which densities are told."""
N_POINTS = 300
"""Quantiles at which two distributions are compared: more would lie on one another."""


@dataclass(frozen=True, eq=False)
class Densities:
    """How the values of all genes are distributed, time by time.

    Parameters
    ----------
    times
        Minutes at which any gene has a value; shape (m,).
    grid
        Values, shape (160,); one in a thousand lies beyond either end.
    density
        Share of the genes in a unit of the values; shape (m, 160).
    quartiles
        Of all genes; shape (3, m).
    """

    times: Floats
    grid: Floats
    density: Floats
    quartiles: Floats


@dataclass(frozen=True, eq=False)
class Moments:
    """What each profile's values are like, in the unit of the values; shape (n,), NaN where not defined.

    Parameters
    ----------
    mean, deviation
        And standard deviation, by the number of values less one.
    span
        Largest less smallest value: the dynamic range.
    skewness, kurtosis
        Adjusted for the number of values: of normal values both are 0 in the mean.
    count
        Number of values.
    """

    mean: Floats
    deviation: Floats
    span: Floats
    skewness: Floats
    kurtosis: Floats
    count: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Quantiles of what was observed beside those of the standard normal distribution.

    Parameters
    ----------
    expected, observed
        Shape (k,), k = 300 at most, increasing.
    n
        Number of values.
    """

    expected: Floats
    observed: Floats
    n: int


def estimate_densities(found: Exploration) -> Densities:
    """Return the density of the values of all genes at each time, by a Gaussian kernel.

    Its width is Silverman's, 0.9 min(standard deviation, interquartile range / 1.34) n^(-1/5).

    References
    ----------
    Silverman 1986, doi 10.1201/9781315140919

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> told = estimate_densities(explore(phasecall.load("alpha")))
    >>> step = told.grid[1] - told.grid[0]
    >>> bool((abs(told.density.sum(axis=1) * step - 1) < 0.02).all())
    True
    """
    values = found.course.values[found.rows]
    seen = np.isfinite(values).any(axis=0)
    values = values[:, seen]
    low, high = np.nanquantile(values, [_TAIL, 1 - _TAIL])
    grid = np.linspace(float(low), float(high), _GRID)
    density = np.array([_smooth(column[np.isfinite(column)], grid) for column in values.T])
    return Densities(
        found.course.times[seen], grid, density, np.nanquantile(values, [0.25, 0.5, 0.75], axis=0)
    )


def _smooth(values: Floats, grid: Floats) -> Floats:
    low, high = np.quantile(values, [0.25, 0.75])
    step = grid[1] - grid[0]
    spread = min(values.std(), (high - low) / 1.34) or values.std()
    width = max(0.9 * spread * values.size**-0.2, step)
    # On the grid: a kernel for each of thousands of values would cost seconds, and show the same.
    counts = np.bincount(
        np.rint((np.clip(values, grid[0], grid[-1]) - grid[0]) / step).astype(np.int64), minlength=grid.size
    )
    kernel = np.exp(-0.5 * ((grid[:, None] - grid) / width) ** 2)
    kernel /= kernel.sum(axis=0) * step
    return np.asarray(kernel @ counts / values.size)


def describe_profiles(found: Exploration) -> Moments:
    r"""Return mean, standard deviation, range, skewness and kurtosis of each profile.

    The last two are G1 and G2, `G1 = sqrt(n (n - 1)) / (n - 2) m3 / m2^1.5` and
    `G2 = (n - 1) / ((n - 2) (n - 3)) ((n + 1) (m4 / m2^2 - 3) + 6)`, m the central moments.

    References
    ----------
    Joanes and Gill 1998, doi 10.1111/1467-9884.00122

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> told = describe_profiles(explore(phasecall.load("alpha")))
    >>> told.count.max().item(), bool((told.span > told.deviation).all())
    (18, True)
    """
    values = found.course.values[found.rows]
    count = np.isfinite(values).sum(axis=1)
    span = np.nanmax(values, axis=1) - np.nanmin(values, axis=1)
    mean = np.nanmean(values, axis=1)
    # In units of the range: powers of very large or small numbers are no numbers.
    about = (values - mean[:, None]) / span[:, None]
    second, third, fourth = (np.nanmean(about**power, axis=1) for power in (2, 3, 4))
    n = count.astype(np.float64)
    skewness = np.sqrt(n * (n - 1)) / (n - 2) * third / second**1.5
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (fourth / second**2 - 3) + 6)
    return Moments(mean, np.sqrt(second * n / (n - 1)) * span, span, skewness, kurtosis, count)


def spread_skewness(count: NDArray[np.int64]) -> Floats:
    """Return the standard deviation of G1 over samples of so many normal values.

    Examples
    --------
    >>> spread_skewness(np.array([18])).round(3).tolist()
    [0.536]
    """
    n = np.asarray(count, dtype=np.float64)
    return np.asarray(np.sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3))))


def compare_normal(found: Exploration) -> dict[str, Quantiles]:
    """Return how all values lie against a normal distribution: about each gene's mean, and about its wave.

    Each residual is divided by its own standard deviation and turned into a normal score by the exact
    distribution of such a ratio: `r^2 / freedom` of internally studentised residuals r is beta distributed
    with 1/2 and (freedom - 1) / 2, freedom the number of values less that of weights. However few points a
    gene has, scores of normal noise are standard normal.

    References
    ----------
    Thompson 1935, doi 10.1214/aoms/1177732567 (distribution); Wilk and Gnanadesikan 1968,
    doi 10.1093/biomet/55.1.1 (plot).
    """
    values, times = found.course.values[found.rows], found.course.times
    waves = fit_profiles(found)
    fits = {"the mean": fit_columns(values, times)} | ({} if waves is None else {"the wave": waves})
    scores = {name: score_residuals(fit) for name, fit in fits.items()}
    return {name: _compare(score) for name, score in scores.items() if score.size}


def score_residuals(fit: Waves) -> Floats:
    """Return the normal score of each residual that has one, in any order; shape (m,)."""
    from scipy.special import betainc, ndtri

    free = fit.freedom > 1
    residual, leverage = fit.residual[free], fit.leverage[free]
    squares = residual**2 / (fit.deviation[free, None] ** 2 * (1 - leverage))
    freedom = np.broadcast_to(fit.freedom[free, None], squares.shape)
    known = np.isfinite(squares) & (leverage < 1 - 1e-9)
    share = np.clip(squares[known] / freedom[known], 0.0, 1.0)
    within = betainc(0.5, (freedom[known] - 1) / 2, share)
    # From the smaller side: next to 1 nothing would be left of it.
    score = -ndtri(np.maximum((1 - within) / 2, 1e-16))
    return np.asarray(np.sign(residual[known]) * score)


def _compare(scores: Floats) -> Quantiles:
    """Return quantiles of scores at places that are dense in the tails."""
    from scipy.special import ndtri

    ordered = np.sort(scores)
    n = ordered.size
    # Evenly by what is expected; the places of plotting are Hazen's, (i - 1/2) / n.
    expected = ndtri((np.arange(n) + 0.5) / n)
    wanted = np.linspace(expected[0], expected[-1], N_POINTS) if n > N_POINTS else expected
    return Quantiles(wanted, np.interp(wanted, expected, ordered), n)
