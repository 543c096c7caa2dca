"""Enrichment: which sets of genes a phase holds too many of, and which peak together on the clock."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from phasecall.annotation.membership import Columns, Mask, Membership
from phasecall.calls import Calls
from phasecall.circular import mean
from phasecall.rhythm import adjust

Floats = NDArray[np.float64]

N_DRAWS = 9_999
"""Random sets that a set is compared with, at least; the smallest p is one in as many."""
_DRAWS_A_SET = 20
"""Of many sets more are drawn, so that a single one can still have a q of 0.05."""
_MOST_DRAWS = 200_000
_BLOCK = 500
"""Random sets drawn at a time."""
_LEAST_CYCLING = 3
"""Fewer genes with a peak have no common one."""
_QUANTILE = 1.959963984540054
_ROUNDING = 1e-9


def find_cycling(calls: Calls) -> Mask:
    """Return which genes are called, and not with a weak rhythm; shape (n,)."""
    return np.asarray(~calls.abstained & ~calls.weak & np.isfinite(calls.peak_turn))


def compare_phases(calls: Calls, members: Membership) -> Columns:
    r"""Return, of each set and phase, whether the set has more genes in the phase than chance gives it.

    Of `N` measured genes `K` are in the set and `n` are called to the phase with more than a weak rhythm; `k`
    are both. Then `p` is the hypergeometric tail `P(X >= k)`, which is Fisher's exact test of one side. The
    odds ratio has half a gene added to each of the four counts, its 95 % interval is Woolf's; `q` is
    Benjamini and Hochberg's over all sets and phases.

    Parameters
    ----------
    calls, members
        Of the same genes.

    Returns
    -------
    Columns
        `set`, `title`, `aspect`, `phase`, `n_set`, `n_phase`, `n_both`, `expected`, `odds_ratio`, `odds_lo`,
        `odds_hi`, `p`, `q`, `genes` (joined by `;`); the smallest p first.

    References
    ----------
    Rivals et al. 2007, doi 10.1093/bioinformatics/btl633; Haldane 1956,
    doi 10.1111/j.1469-1809.1956.tb01285.x; Woolf 1955, doi 10.1111/j.1469-1809.1955.tb01348.x.
    """
    from scipy.stats import hypergeom

    codes = np.where(find_cycling(calls), calls.codes, -1)[members.rows]
    phases = calls.scheme.phases
    called = np.equal.outer([phase.code for phase in phases], codes)
    both = np.stack([members.holds[own].sum(axis=0) for own in called])
    n_set, n_phase = np.broadcast_arrays(members.holds.sum(axis=0), called.sum(axis=1)[:, None])
    p_values = hypergeom.sf(both - 1, codes.size, n_set, n_phase)
    odds_ratio, odds_lo, odds_hi = _estimate_odds(both, n_set, n_phase, codes.size)
    numbers = {
        "n_set": n_set,
        "n_phase": n_phase,
        "n_both": both,
        "expected": n_set * n_phase / codes.size,
        "odds_ratio": odds_ratio,
        "odds_lo": odds_lo,
        "odds_hi": odds_hi,
        "p": p_values,
        "q": adjust(p_values.ravel()),
    }
    order = np.argsort(p_values, axis=None, kind="stable")
    phase, place = np.unravel_index(order, p_values.shape)
    pairs = zip(phase, place, strict=True)
    return {
        **members.columns(place),
        "phase": tuple(phases[index].name for index in phase),
        **{name: values.ravel()[order] for name, values in numbers.items()},
        "genes": tuple(members.join(called[one] & members.holds[:, other]) for one, other in pairs),
    }


def _estimate_odds(
    both: NDArray[np.int64], n_set: NDArray[np.int64], n_phase: NDArray[np.int64], total: int
) -> tuple[Floats, Floats, Floats]:
    """Return odds ratios and their 95 % intervals."""
    cells = np.stack([both, n_phase - both, n_set - both, total - n_set - n_phase + both]) + 0.5
    log_odds = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    reach = _QUANTILE * np.sqrt((1 / cells).sum(axis=0))
    return np.exp(log_odds), np.exp(log_odds - reach), np.exp(log_odds + reach)


def compare_clock(calls: Calls, members: Membership, *, seed: int = 0, n_draws: int | None = None) -> Columns:
    r"""Return, of each set, where on the clock it peaks, and whether its genes peak together.

    Of the genes that cycle, each with its peak `theta` and a weight `w`, a set has the mean resultant

    .. math:: R = |\sum_i w_i e^{2 \pi i \theta_i}| / \sum_i w_i

    The weight is that of `weigh_peaks`. `p` is the share of random sets of as many cycling genes whose `R` is
    as large or larger, `(b + 1) / (m + 1)` of `m`. Genes do not peak evenly over the turn: random sets have a
    direction too, and `R` is compared with theirs (`expected`), not with 0. The interval of the mean is
    Fisher's with Student's quantile, for as many genes as the weights are worth.

    Parameters
    ----------
    calls, members
        Of the same genes.
    seed, n_draws
        Of the random sets; 9,999, or 20 a set where that is more, if not given.

    Returns
    -------
    Columns
        `set`, `title`, `aspect`, `n`, `turn`, `turn_lo`, `turn_hi` (the ends may lie beyond 0 and 1), `time`
        (minute of the first such peak), `resultant`, `expected`, `p`, `q`, `genes` (joined by `;`); the
        smallest p first. Sets of fewer than three cycling genes are left out.

    References
    ----------
    Mardia and Jupp 2000, doi 10.1002/9780470316979 (resultants); Fisher 1993,
    doi 10.1017/CBO9780511564345, section 4.4.4 (interval); Phipson and Smyth 2010,
    doi 10.2202/1544-6115.1585 (p of a permutation).
    """
    cycling = find_cycling(calls)[members.rows]
    place = np.flatnonzero(members.holds[cycling].sum(axis=0) >= _LEAST_CYCLING)
    holds = members.holds[np.ix_(cycling, place)]
    turns, weights = (values[members.rows][cycling] for values in (calls.peak_turn, weigh_peaks(calls)))
    means = np.array([mean(turns[own], weights[own]) for own in holds.T]).reshape(-1, 2)
    reach = np.array([_reach(turns[own], weights[own]) for own in holds.T])
    draws = n_draws or min(max(N_DRAWS, _DRAWS_A_SET * place.size), _MOST_DRAWS)
    shuffles = _draw(turns.size, draws, np.random.default_rng(seed))
    expected, p_values = _compare_draws(means[:, 1], holds.sum(axis=0), turns, weights, shuffles)
    numbers = {
        "n": holds.sum(axis=0),
        "turn": means[:, 0],
        "turn_lo": means[:, 0] - reach,
        "turn_hi": means[:, 0] + reach,
        "time": _to_minutes(calls, means[:, 0]),
        "resultant": means[:, 1],
        "expected": expected,
        "p": p_values,
        "q": adjust(p_values),
    }
    order = np.lexsort((-means[:, 1], p_values))
    return {
        **members.columns(place[order]),
        **{name: values[order] for name, values in numbers.items()},
        "genes": tuple(members.join(cycling & members.holds[:, own]) for own in place[order]),
    }


def weigh_peaks(calls: Calls) -> Floats:
    """Return how much each peak counts, shape (n,), 0 to 1; 1 where there is no interval.

    The interval, `2 * 1.96` standard deviations wide, makes a wrapped normal, whose mean resultant length is
    `exp(-2 pi^2 s^2)`, `s` in turns (Mardia and Jupp 2000, section 3.5.7, doi 10.1002/9780470316979).
    """
    deviation = (calls.peak_hi - calls.peak_lo) / calls.period / (2 * _QUANTILE)
    return np.where(np.isfinite(deviation), np.exp(-2 * (np.pi * deviation) ** 2), 1.0)


def _reach(turns: Floats, weights: Floats) -> float:
    """Return half the 95 % interval of a mean in turns; half a turn where it may be anywhere.

    Fisher's large-sample interval has the normal quantile and divides by n. With Student's and n - 1 it holds
    the mean of 3 to 50 von Mises peaks (concentration 0.5 to 50) in 94 to 98 % of draws, else in 74 to 95 %.
    """
    from scipy.special import stdtrit

    centre, resultant = mean(turns, weights)
    share = weights / weights.sum()
    second = float(share @ np.cos(4 * np.pi * (turns - centre)))
    dispersion = max(1 - second, 0.0) / (2 * max(resultant, _ROUNDING) ** 2)
    freedom = max(1 / float(share @ share) - 1, 1.0)
    sine = float(stdtrit(freedom, 0.975)) * np.sqrt(dispersion / freedom)
    return float(np.arcsin(sine) / (2 * np.pi)) if sine < 1 else 0.5


def _compare_draws(
    resultant: Floats,
    sizes: NDArray[np.int64],
    turns: Floats,
    weights: Floats,
    shuffles: Iterator[NDArray[np.int64]],
) -> tuple[Floats, Floats]:
    """Return the mean resultant of random sets of some sizes, and how often it is as large as a given one."""
    vectors, n = weights * np.exp(2j * np.pi * turns), 0
    total, beyond = np.zeros(sizes.size), np.zeros(sizes.size)
    for shuffled in shuffles if sizes.size else ():
        # The first genes of a shuffled list are a random set of any size.
        drawn = shuffled[:, : sizes.max()]
        sums = np.abs(np.cumsum(vectors[drawn], axis=1)) / np.cumsum(weights[drawn], axis=1)
        random = sums[:, sizes - 1]
        total += random.sum(axis=0)
        beyond += (random >= resultant - _ROUNDING).sum(axis=0)
        n += len(drawn)
    return total / max(n, 1), (beyond + 1) / (n + 1)


def _draw(size: int, n: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Give shuffled places, some rows at a time, n in all."""
    for start in range(0, n, _BLOCK):
        yield rng.permuted(np.tile(np.arange(size), (min(_BLOCK, n - start), 1)), axis=1)


def _to_minutes(calls: Calls, turns: Floats) -> Floats:
    """Return the minute of the first peak at some turns, on the clock that the peaks of genes are on."""
    timed = np.flatnonzero(np.isfinite(calls.peak_time) & np.isfinite(calls.peak_turn))
    if not timed.size:
        return np.full(turns.shape, np.nan)
    lag = next((clock["lag"] for clock in calls.clocks if clock["period"] == calls.period), 0.0)
    since = calls.peak_time[timed[0]] - lag + (turns - calls.peak_turn[timed[0]]) * calls.period
    return np.asarray(lag + np.mod(since, calls.period))
