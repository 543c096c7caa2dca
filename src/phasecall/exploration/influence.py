"""Influence: which groups lead which, and what one gene's past adds to the forecast of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import difference, mean
from phasecall.exploration.record import Exploration
from phasecall.exploration.selection import place_peaks
from phasecall.exploration.stretch import Stretch, lay_stretch, randomise_phases
from phasecall.rhythm import adjust

Floats = NDArray[np.float64]

MIN_GROUP = 3
"""Genes of a phase with fewer have no mean profile."""
MIN_ARRAYS = 8
"""Arrays at one step: a forecast with the clock fits five numbers to one pair fewer."""
SURE = 0.05

_LAGS = np.round(np.arange(-0.52, 0.521, 0.02), 2)
"""A little beyond half a turn: a top at half a turn has a neighbour on either side."""
_MIN_OVERLAP = 6
_BOOTSTRAPS = 200
_LEAD_SURROGATES = 200
_ARCS, _A_ARC = 6, 4
_SURROGATES = 999
_MOST, _BINS, _SETS = 150, 12, 40


@dataclass(frozen=True)
class Leads:
    """How the mean profiles of phases follow one another; k phases, l lags.

    Parameters
    ----------
    codes, sizes
        Code of each phase and how many genes it has, shape (k,).
    lags
        Turns by which the leader's profile is held back, shape (l,).
    correlation
        Of leader (first index) and follower, shape (k, k, l); NaN where fewer than six arrays overlap.
    low, high
        Between which 95 % of them lie when the leader's Fourier phases are random, shape (k, k, l).
    lag, lag_low, lag_high
        Where the correlation is highest, and its 95 % interval over genes drawn anew, turns, shape (k, k);
        the ends may lie beyond half a turn. NaN where it still rises at the last lag that was measured.
    expected
        Turns from the mean peak of the leader's genes to that of the follower's, shape (k, k).
    """

    codes: NDArray[np.int64]
    sizes: NDArray[np.int64]
    lags: Floats
    correlation: Floats
    low: Floats
    high: Floats
    lag: Floats
    lag_low: Floats
    lag_high: Floats
    expected: Floats


@dataclass(frozen=True)
class Influence:
    """What the value of one gene adds to the forecast of another, one array on; k genes in order of peak.

    Every array of shape (k, k) has the leader first and the follower second, and NaN on the diagonal.

    Parameters
    ----------
    rows
        The genes, as rows of `course`, shape (k,).
    places
        Where they peak, shape (k,).
    anchored
        Whether these are turns of the cell cycle.
    gain, q
        Share of the variance left by the follower's own past that the leader takes, [0, 1], and the
        Benjamini-Hochberg q value over all pairs.
    gain_clock, q_clock
        The same beyond the follower's own past and the clock.
    n_pairs
        How many pairs of neighbouring arrays there are.
    step
        Turns between them.
    """

    rows: NDArray[np.int64]
    places: Floats
    anchored: bool
    gain: Floats
    q: Floats
    gain_clock: Floats
    q_clock: Floats
    n_pairs: int
    step: float


@dataclass(frozen=True)
class GainByDistance:
    """Mean gain of all pairs of cycling genes, by how far after the leader the follower peaks.

    Parameters
    ----------
    centres
        Middles of the bins, turns, shape (b,).
    gain, gain_clock
        Mean gain over the follower's own past, and beyond the clock, shape (b,).
    null, null_clock
        2.5th and 97.5th percentile of these where the leader's Fourier phases are random, shape (2, b).
    n_genes, n_pairs
        Genes, and pairs of neighbouring arrays.
    """

    centres: Floats
    gain: Floats
    gain_clock: Floats
    null: Floats
    null_clock: Floats
    n_genes: int
    n_pairs: int


def measure_leads(exploration: Exploration) -> Leads | None:
    r"""Correlate the mean profile of each phase with that of each other, held back by some turns.

    .. math:: r_{AB}(\tau) = \mathrm{corr}_i(A(t_i), B(t_i + \tau))

    over the arrays whose time plus the lag was measured; B is read there between its two neighbouring arrays,
    so uneven times need no grid. Only genes whose phase is called count. None where fewer than two phases
    have three genes.

    References
    ----------
    Schmitt et al. 2004, doi 10.1101/gr.2439804
    """
    moved = exploration.estimate.clock.moved(exploration.course.times)
    codes = [code for code in np.unique(exploration.codes) if code >= 0]
    members = [np.flatnonzero(exploration.codes == code) for code in codes]
    pairs = [(code, own) for code, own in zip(codes, members, strict=True) if own.size >= MIN_GROUP]
    # Arrays of the recovery lag share one place on the clock: the last of them stands there.
    kept = np.flatnonzero(np.diff(moved, append=np.inf) > 0)
    if len(pairs) < 2 or not np.isfinite(moved).all() or kept.size < _MIN_OVERLAP:
        return None
    generator, groups = exploration.draw(), [own for _, own in pairs]
    profiles = np.stack([exploration.filled[own].mean(axis=0) for own in groups])[:, kept]
    drawn = np.stack(
        [
            np.stack([exploration.filled[generator.choice(own, own.size)].mean(axis=0) for own in groups])
            for _ in range(_BOOTSTRAPS)
        ]
    )[:, :, kept]
    surrogates = randomise_phases(profiles, _LEAD_SURROGATES, generator)
    correlation = cross_correlate(profiles, profiles, moved[kept], _LAGS)
    null = cross_correlate(surrogates, np.broadcast_to(profiles, surrogates.shape), moved[kept], _LAGS)
    low, high = np.percentile(null, [2.5, 97.5], axis=0)
    highest = _find_highest(correlation)
    spread = difference(_find_highest(cross_correlate(drawn, drawn, moved[kept], _LAGS)), highest)
    lag = np.where(_is_top(correlation), highest, np.nan)
    lag_low, lag_high = lag + np.percentile(spread, [2.5, 97.5], axis=0)
    centres = np.array([mean(place_peaks(exploration)[own])[0] for own in groups])
    return Leads(
        codes=np.array([code for code, _ in pairs]),
        sizes=np.array([own.size for own in groups]),
        lags=_LAGS,
        correlation=correlation,
        low=low,
        high=high,
        lag=lag,
        lag_low=lag_low,
        lag_high=lag_high,
        expected=difference(centres[None, :], centres[:, None]),
    )


def cross_correlate(leaders: Floats, followers: Floats, moved: Floats, lags: Floats) -> Floats:
    """Return the correlation of leaders with followers read some turns later.

    Parameters
    ----------
    leaders, followers
        Shape (..., k, n_times) each.
    moved
        Turns at the arrays, shape (n_times,), rising.
    lags
        Turns, shape (l,).

    Returns
    -------
    Floats
        Shape (..., k, k, l), leaders first; NaN where fewer than six arrays overlap or one does not vary.

    Examples
    --------
    >>> turns = np.arange(0, 2, 0.05)
    >>> waves = np.cos(2 * np.pi * (turns - np.array([[0.0], [0.25]])))
    >>> cross_correlate(waves, waves, turns, np.array([0.0, 0.25]))[0, 1].round(2).tolist()
    [0.0, 1.0]
    """
    found = np.full((*leaders.shape[:-1], followers.shape[-2], lags.size), np.nan)
    for place, lag in enumerate(lags):
        inside = (moved + lag >= moved[0] - 1e-9) & (moved + lag <= moved[-1] + 1e-9)
        if inside.sum() < _MIN_OVERLAP:
            continue
        right = np.clip(np.searchsorted(moved, moved[inside] + lag), 1, moved.size - 1)
        share = np.clip((moved[inside] + lag - moved[right - 1]) / (moved[right] - moved[right - 1]), 0, 1)
        read = followers[..., right - 1] * (1 - share) + followers[..., right] * share
        found[..., place] = _standard(leaders[..., inside]) @ np.swapaxes(_standard(read), -1, -2)
    return found


def _standard(series: Floats) -> Floats:
    """Return series of mean 0 and length 1; NaN where one does not vary."""
    about = series - series.mean(axis=-1, keepdims=True)
    size = np.sqrt((about**2).sum(axis=-1, keepdims=True))
    return np.asarray(about / np.where(size > 1e-9, size, np.nan))


def _find_highest(correlation: Floats) -> Floats:
    """Return the lag of the highest correlation within half a turn."""
    inside = np.isfinite(correlation) & (np.abs(_LAGS) <= 0.5)
    return np.asarray(_LAGS[np.argmax(np.where(inside, correlation, -2.0), axis=-1)])


def _is_top(correlation: Floats) -> NDArray[np.bool_]:
    """Return whether the highest correlation has lower ones on either side."""
    known = np.where(np.isfinite(correlation), correlation, np.inf)
    inside = np.where(np.isfinite(correlation) & (np.abs(_LAGS) <= 0.5), correlation, -2.0)
    best = np.argmax(inside, axis=-1)[..., None]
    edges = [np.take_along_axis(known, np.clip(best + step, 0, _LAGS.size - 1), -1) for step in (-1, 1)]
    top = np.take_along_axis(inside, best, -1)
    return np.asarray(((top >= edges[0]) & (top >= edges[1]))[..., 0])


def measure_influence(exploration: Exploration) -> Influence | None:
    r"""Measure what gene A at one array adds to the forecast of gene B at the next.

    With R the sum of squares that a linear forecast of B leaves,

    .. math:: G_{AB} = 1 - R(B_{t+1} | B_t, A_t) / R(B_{t+1} | B_t)

    and the same with cosine and sine of the turn at both sides, so that what a common clock explains is no
    gain. The null is the gain by 999 series with A's power spectrum and random Fourier phases. Up to 24
    genes: the four of the smallest `periodic_p` that peak in each sixth of the turn, of the cycling genes
    with a value at every array of the even stretch. None with fewer than two, or than eight arrays.

    References
    ----------
    Granger 1969, doi 10.2307/1912791; Theiler et al. 1992, doi 10.1016/0167-2789(92)90102-S;
    Phipson and Smyth 2010, doi 10.2202/1544-6115.1585 (p values of random series).
    """
    stretch = lay_stretch(exploration)
    places, anchored = place_peaks(exploration), exploration.anchored
    ranked = _rank(exploration, stretch, places)
    arcs = np.floor(places[ranked] * _ARCS)
    best = np.concatenate([ranked[arcs == arc][:_A_ARC] for arc in range(_ARCS)])
    chosen = best[np.argsort(places[best], kind="stable")]
    if chosen.size < 2 or len(stretch) < MIN_ARRAYS:
        return None
    series = exploration.filled[np.ix_(chosen, stretch.columns)]
    surrogates = randomise_phases(series, _SURROGATES, exploration.draw())
    gain, q = _judge(series, surrogates, None)
    gain_clock, q_clock = _judge(series, surrogates, lay_clock(exploration, stretch))
    return Influence(
        rows=exploration.rows[chosen],
        places=places[chosen],
        anchored=anchored,
        gain=gain,
        q=q,
        gain_clock=gain_clock,
        q_clock=q_clock,
        n_pairs=len(stretch) - 1,
        step=stretch.step,
    )


def _judge(series: Floats, surrogates: Floats, beside: Floats | None) -> tuple[Floats, Floats]:
    """Return the gain of each pair, and its q value by the gain of random leaders; shape (k, k)."""
    gain = measure_gain(series, series, beside)
    with np.errstate(invalid="ignore"):
        reached = (measure_gain(surrogates, series, beside) >= gain - 1e-12).sum(axis=0)
    p_values = np.where(np.isfinite(gain), (1 + reached) / (1 + len(surrogates)), np.nan)
    return gain, adjust(p_values.ravel()).reshape(gain.shape)


def _rank(exploration: Exploration, stretch: Stretch, places: Floats) -> NDArray[np.int64]:
    """Return cycling profiles with a place and a value at each array of the stretch, surest first."""
    complete = np.isfinite(exploration.scaled[:, stretch.columns]).all(axis=1)
    usable = np.flatnonzero(exploration.cycling & np.isfinite(places) & complete)
    p_values = exploration.calls.periodic_p[exploration.rows[usable]]
    return usable[np.argsort(p_values, kind="stable")]


def lay_clock(exploration: Exploration, stretch: Stretch) -> Floats:
    """Return cosine and sine of the clock where a forecast ends, shape (m - 1, 2)."""
    angle = 2 * np.pi * exploration.estimate.clock.moved(exploration.course.times[stretch.columns[1:]])
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def measure_gain(leaders: Floats, followers: Floats, beside: Floats | None) -> Floats:
    """Return the share of what forecasts leave that each leader's past takes.

    Parameters
    ----------
    leaders
        Series at even steps, shape (..., k, m).
    followers
        Shape (k, m), of the same genes.
    beside
        What else a forecast may use, shape (m - 1, c).

    Returns
    -------
    Floats
        Shape (..., k, k), leaders first; NaN where leader and follower are one gene, 0 where the forecast
        leaves nothing, or the leader says nothing new.

    Examples
    --------
    >>> first = np.array([1.0, -1, 1, 1, -1, 1, -1, -1, 1])
    >>> second = np.r_[0.0, first[:-1]]
    >>> measure_gain(np.stack([first, second]), np.stack([first, second]), None).round(2)[0, 1]
    np.float64(1.0)
    """
    n_genes, n_pairs = followers.shape[0], followers.shape[1] - 1
    gain = np.full((*leaders.shape[:-1], n_genes), np.nan)
    extra = np.empty((n_pairs, 0)) if beside is None else beside
    for target, own in enumerate(followers):
        basis, _ = np.linalg.qr(np.column_stack([np.ones(n_pairs), own[:-1], extra]))
        rest = own[1:] - basis @ (basis.T @ own[1:])
        news = leaders[..., :-1] - (leaders[..., :-1] @ basis) @ basis.T
        scale = (rest @ rest) * (news**2).sum(axis=-1)
        enough = (scale > 1e-12) & ((news**2).sum(axis=-1) > 1e-9)
        gain[..., target] = np.where(enough, (news @ rest) ** 2 / np.where(enough, scale, 1.0), 0.0)
    index = np.arange(n_genes)
    gain[..., index, index] = np.nan
    return gain


def measure_gain_by_distance(exploration: Exploration) -> GainByDistance | None:
    """Average the gain of `measure_influence` over all pairs of cycling genes, by how far apart they peak.

    Of up to 150 genes, the surest; 40 sets of random series. None as there.
    """
    stretch = lay_stretch(exploration)
    places = place_peaks(exploration)
    chosen = _rank(exploration, stretch, places)[:_MOST]
    if chosen.size < 2 * _BINS or len(stretch) < MIN_ARRAYS:
        return None
    series = exploration.filled[np.ix_(chosen, stretch.columns)]
    surrogates = randomise_phases(series, _SETS, exploration.draw())
    apart = difference(places[chosen][None, :], places[chosen][:, None])
    bins = np.floor((apart + 0.5) * _BINS).astype(np.int64).clip(0, _BINS - 1)
    found = []
    for clock in (None, lay_clock(exploration, stretch)):
        null = [_average(measure_gain(one, series, clock), bins) for one in surrogates]
        found += [
            _average(measure_gain(series, series, clock), bins),
            np.percentile(null, [2.5, 97.5], axis=0),
        ]
    return GainByDistance(
        centres=(np.arange(_BINS) + 0.5) / _BINS - 0.5,
        gain=found[0],
        gain_clock=found[2],
        null=found[1],
        null_clock=found[3],
        n_genes=chosen.size,
        n_pairs=len(stretch) - 1,
    )


def _average(gain: Floats, bins: NDArray[np.int64]) -> Floats:
    """Return the mean gain in each bin; NaN in an empty one."""
    known = np.isfinite(gain)
    count = np.bincount(bins[known], minlength=_BINS)
    total = np.bincount(bins[known], gain[known], minlength=_BINS)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
