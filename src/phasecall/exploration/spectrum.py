"""Spectrum: at which periods profiles move, how much of that is the clock's, and which move together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration.record import Exploration, keep
from phasecall.exploration.selection import FEW, draw_orders, shuffle_times
from phasecall.rhythm.design import lay_columns

Floats = NDArray[np.float64]

PARTS = ("the clock's wave", "half its period", "a straight line", "the rest")
"""What the variance is split into, in the order in which each takes its share."""

_LEAST_TIMES = 6
_OVERSAMPLING = 10
"""Frequencies looked at for each that the span of the times can tell apart."""
_ORDERS = 500
_ALIKE = 1e-6
"""Singular values below that share of the largest are rounding: a wave seen at its zeros only."""


@dataclass(frozen=True)
class Spectrum:
    """Mean power by period; every field but the last has shape (n_periods,).

    Parameters
    ----------
    periods
        Minutes, falling, evenly spaced in frequency.
    power, cycling
        Mean share of variance that a wave of the period explains: of all profiles, and of the cycling ones
        (NaN without any).
    low, high
        Where 95 % of the means of all profiles lie at a period when the times are shuffled.
    highest
        What 95 % of the shuffled spectra stay below at every period.
    """

    periods: Floats
    power: Floats
    cycling: Floats
    low: Floats
    high: Floats
    highest: float


@keep
def measure_spectrum(exploration: Exploration) -> Spectrum | None:
    r"""Average the Lomb-Scargle periodograms of all profiles, and of profiles with shuffled times.

    The times are shuffled in one order for all profiles, so that what these share stays. Gaps are filled.
    Then the mean power is a product of two small matrices, and every gene counts at no cost:

    .. math:: \bar P(f) = \mathrm{tr}(\Pi_f S), \quad S = \frac{1}{n} \sum_g \frac{y_g y_g^T}{y_g^T y_g}

    with :math:`\Pi_f` the projection on the wave about its mean.

    Returns
    -------
    Spectrum or None
        None for fewer than ten profiles or six times.

    References
    ----------
    Zechmeister and Kuerster 2009, doi 10.1051/0004-6361:200811296

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> spectrum = measure_spectrum(explore(phasecall.load("alpha")))
    >>> round(float(spectrum.periods[spectrum.cycling.argmax()]))
    61
    """
    profiles, times = exploration.filled, exploration.course.times
    if len(profiles) < FEW or times.size < _LEAST_TIMES:
        return None
    periods = choose_periods(times)
    waves = lay_waves(times, periods)
    # One row a period: the projection on its wave, written out.
    projections = np.einsum("fti,fui->ftu", waves, waves).reshape(len(periods), -1)
    scatter = gather(profiles)
    orders = draw_orders(exploration, _ORDERS)
    shuffled = np.stack([scatter[np.ix_(order, order)].ravel() for order in orders]) @ projections.T
    low, high = np.percentile(shuffled, (2.5, 97.5), axis=0)
    return Spectrum(
        periods,
        projections @ scatter.ravel(),
        projections @ gather(profiles[exploration.cycling]).ravel(),
        low,
        high,
        float(np.percentile(shuffled.max(axis=1), 95)),
    )


def choose_periods(times: Floats) -> Floats:
    """Return periods from half again the span of the times down to two of their steps, even in frequency.

    Examples
    --------
    >>> periods = choose_periods(np.arange(0.0, 61.0, 10.0))
    >>> len(periods), periods[[0, -1]].tolist()
    (25, [90.0, 20.0])
    """
    span = float(np.ptp(times))
    slowest, fastest = 1 / (1.5 * span), 1 / (2 * float(np.median(np.diff(times))))
    count = max(2, int(np.ceil((fastest - slowest) * span * _OVERSAMPLING)) + 1)
    return 1 / np.linspace(slowest, fastest, count)


def lay_waves(times: Floats, periods: Floats) -> Floats:
    """Return two orthonormal columns a period that span its waves about their mean, (n_periods, n_times, 2).

    Where the times see one of the two only, the other is 0.
    """
    columns = np.stack([lay_columns(times, float(period))[:, 1:] for period in periods])
    columns -= columns.mean(axis=1, keepdims=True)
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left * (sizes > _ALIKE * sizes[:, :1])[:, None, :])


def gather(profiles: Floats) -> Floats:
    """Return the mean outer product of profiles of length 1, (n_times, n_times); NaN without any."""
    with np.errstate(invalid="ignore"):
        lengths = np.sqrt((profiles**2).sum(axis=1, keepdims=True))
        unit = profiles / lengths
        return np.asarray(unit.T @ unit / np.float64(len(profiles)))


@dataclass(frozen=True)
class ClockShare:
    """How much of each profile is the clock's.

    Parameters
    ----------
    share, shuffled
        Share of the variance that the clock's wave explains, shape (n,): of each profile, and of its values
        in another order.
    parts
        Mean share of each of `PARTS`, shape (2, 4): of the cycling profiles (NaN without any), of the others.
    """

    share: Floats
    shuffled: Floats
    parts: Floats


@keep
def measure_share(exploration: Exploration) -> ClockShare | None:
    r"""Split the variance of every profile into what is the clock's wave and what is not.

    .. math:: R^2 = 1 - \sum_i (x_i - \hat x_i)^2 / \sum_i (x_i - \bar x)^2

    Each of `PARTS` takes what those before it left (sequential sums of squares); gaps are filled.

    Returns
    -------
    ClockShare or None
        None for fewer than ten profiles, six times, or without a period.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> measure_share(explore(phasecall.load("alpha"))).parts.sum(axis=1).round(6).tolist()
    [1.0, 1.0]
    """
    profiles, times = exploration.filled, exploration.course.times
    period = exploration.calls.period
    if len(profiles) < FEW or times.size < _LEAST_TIMES or not np.isfinite(period):
        return None
    design = lay_columns(times, period, trend=True, harmonics=2)[:, [0, 2, 3, 4, 5, 1]]
    basis, sizes = np.linalg.qr(design)
    # A column that those before it explain has no direction of its own.
    basis = basis[:, 1:] * (np.abs(np.diag(sizes)) > _ALIKE * np.sqrt(times.size))[1:]

    def split(wanted: Floats) -> Floats:
        squares = (wanted @ basis) ** 2 / (wanted**2).sum(axis=1, keepdims=True)
        wave, half, line = squares[:, :2].sum(axis=1), squares[:, 2:4].sum(axis=1), squares[:, 4]
        return np.stack([wave, half, line, 1 - wave - half - line], axis=1)

    parts, cycling = split(profiles), exploration.cycling
    groups = [
        parts[group].mean(axis=0) if group.any() else np.full(len(PARTS), np.nan)
        for group in (cycling, ~cycling)
    ]
    shuffled = split(shuffle_times(profiles, exploration.draw()))
    return ClockShare(parts[:, 0], shuffled[:, 0], np.array(groups))


@dataclass(frozen=True)
class Coherence:
    """How far the waves of genes agree, by period; arrays have shape (n_periods,) but `groups`.

    Parameters
    ----------
    periods
        Minutes, as of a `Spectrum`.
    everyone
        Coherence of all profiles.
    high
        What 95 % of the coherences of all profiles stay below when the times are shuffled.
    codes
        Phases to which ten cycling genes or more were called.
    groups
        Coherence of the cycling genes of each, shape (n_codes, n_periods).
    sizes
        How many these are.
    """

    periods: Floats
    everyone: Floats
    high: Floats
    codes: tuple[int, ...]
    groups: Floats
    sizes: tuple[int, ...]


@keep
def measure_coherence(exploration: Exploration) -> Coherence | None:
    r"""Measure at each period how far the waves of all genes, and of the genes of a phase, agree.

    .. math:: C(f) = \frac{|\sum_g z_g(f)|^2}{n \sum_g |z_g(f)|^2}

    with z the wave of a gene as a complex number: 1 where all waves are the same, about 1/n where their
    phases are random. It is the magnitude-squared coherence of each gene with the common wave,
    averaged over genes where a long series is averaged over its segments: a short one has none.

    Returns
    -------
    Coherence or None
        None for fewer than ten profiles or six times.

    References
    ----------
    Carter 1987, doi 10.1109/PROC.1987.13723

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> found = measure_coherence(explore(phasecall.load("alpha")))
    >>> bool(found.groups.max() > 0.8 > found.everyone.max())
    True
    """
    profiles, times = exploration.filled, exploration.course.times
    if len(profiles) < FEW or times.size < _LEAST_TIMES:
        return None
    periods = choose_periods(times)
    waves = lay_waves(times, periods)
    middle, scatter = profiles.mean(axis=0), profiles.T @ profiles / len(profiles)
    orders = draw_orders(exploration, _ORDERS)
    shuffled = [_cohere(middle[order], scatter[np.ix_(order, order)], waves) for order in orders]
    members = {
        phase.code: profiles[exploration.cycling & (exploration.codes == phase.code)]
        for phase in exploration.calls.scheme.phases
    }
    members = {code: own for code, own in members.items() if len(own) >= FEW}
    return Coherence(
        periods,
        _cohere(middle, scatter, waves),
        np.percentile(shuffled, 95, axis=0),
        tuple(members),
        np.array([measure_agreement(own, waves) for own in members.values()]).reshape(-1, len(periods)),
        tuple(map(len, members.values())),
    )


def measure_agreement(profiles: Floats, waves: Floats) -> Floats:
    """Return the coherence of profiles at each period of `lay_waves`, shape (n_periods,)."""
    return _cohere(profiles.mean(axis=0), profiles.T @ profiles / len(profiles), waves)


def _cohere(middle: Floats, scatter: Floats, waves: Floats) -> Floats:
    common = (np.einsum("fti,t->fi", waves, middle) ** 2).sum(axis=1)
    own = np.einsum("fti,fti->f", waves, np.matmul(scatter, waves))
    return np.asarray(common / np.maximum(own, np.finfo(np.float64).tiny))
