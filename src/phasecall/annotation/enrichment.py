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
    calls
        Calls of the genes.
    members
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
    both = called.astype(np.int64) @ members.holds
    in_set, in_phase = np.broadcast_arrays(members.holds.sum(axis=0), called.sum(axis=1)[:, None])
    total = codes.size
    p_values = hypergeom.sf(both - 1, total, in_set, in_phase)
    cells = np.stack([both, in_phase - both, in_set - both, total - in_set - in_phase + both]) + 0.5
    log_odds = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    reach = _QUANTILE * np.sqrt((1 / cells).sum(axis=0))
    order = np.argsort(p_values.ravel(), kind="stable")
    phase, place = np.unravel_index(order, p_values.shape)
    return {
        **members.columns(place),
        "phase": tuple(phases[index].name for index in phase),
        **{
            name: values.ravel()[order]
            for name, values in {
                "n_set": in_set,
                "n_phase": in_phase,
                "n_both": both,
                "expected": in_set * in_phase / total,
                "odds_ratio": np.exp(log_odds),
                "odds_lo": np.exp(log_odds - reach),
                "odds_hi": np.exp(log_odds + reach),
                "p": p_values,
                "q": adjust(p_values.ravel()),
            }.items()
        },
        "genes": tuple(
            _join(members, called[one] & members.holds[:, other])
            for one, other in zip(phase, place, strict=True)
        ),
    }


def compare_clock(calls: Calls, members: Membership, *, seed: int = 0, n_draws: int | None = None) -> Columns:
    r"""Return, of each set, where on the clock it peaks, and whether its genes peak together.

    Of the genes that cycle, each with its peak `theta` and a weight `w`, a set has the mean resultant

    .. math:: R = |\sum_i w_i e^{2 \pi i \theta_i}| / \sum_i w_i

    The weight is the mean resultant length of a wrapped normal as wide as the interval of the peak: what of a
    peak is left where it may be elsewhere. `p` is the share of random sets of as many cycling genes whose `R`
    is as large or larger, `(b + 1) / (m + 1)` of `m`. Genes of a culture do not peak evenly over the turn:
    random sets of them have a direction too, and `R` is compared with theirs (`expected`), not with 0. The
    interval of the mean is Fisher's, for as many genes as the weights are worth; below about 25 genes it
    is approximate.

    Parameters
    ----------
    calls
        Calls of the genes.
    members
        Of the same genes.
    seed
        Of the random sets.
    n_draws
        How many; 9,999, or 20 a set where that is more, if not given.

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
    holds = members.holds[cycling]
    place = np.flatnonzero(holds.sum(axis=0) >= _LEAST_CYCLING)
    holds = holds[:, place]
    turns = calls.peak_turn[members.rows][cycling]
    weights = weigh_peaks(calls)[members.rows][cycling]
    means = [mean(turns[own], weights[own]) for own in holds.T]
    centre, resultant = (np.array([pair[index] for pair in means]) for index in (0, 1))
    reach = np.array([_reach(turns[own], weights[own]) for own in holds.T])
    draws = n_draws or min(max(N_DRAWS, _DRAWS_A_SET * place.size), _MOST_DRAWS)
    rng = np.random.default_rng(seed)
    expected, p_values = _compare_draws(
        resultant, holds.sum(axis=0), turns, weights, _draw(turns.size, draws, rng)
    )
    order = np.lexsort((-resultant, p_values))
    columns = {
        "n": holds.sum(axis=0),
        "turn": centre,
        "turn_lo": centre - reach,
        "turn_hi": centre + reach,
        "time": _to_minutes(calls, centre),
        "resultant": resultant,
        "expected": expected,
        "p": p_values,
        "q": adjust(p_values),
    }
    inside = np.flatnonzero(cycling)
    return {
        **members.columns(place[order]),
        **{name: values[order] for name, values in columns.items()},
        "genes": tuple(
            ";".join(members.names[row] for row in inside[np.flatnonzero(holds[:, own])]) for own in order
        ),
    }


def weigh_peaks(calls: Calls) -> Floats:
    """Return how much each peak counts, shape (n,), 0 to 1; 1 where there is no interval.

    The interval, `2 * 1.96` standard deviations wide, makes a wrapped normal, whose mean resultant length is
    `exp(-2 pi^2 s^2)`, `s` in turns (Mardia and Jupp 2000, section 3.5.7, doi 10.1002/9780470316979).
    """
    deviation = (calls.peak_hi - calls.peak_lo) / calls.period / (2 * _QUANTILE)
    return np.where(np.isfinite(deviation), np.exp(-2 * (np.pi * deviation) ** 2), 1.0)


def _reach(turns: Floats, weights: Floats) -> float:
    """Return half the 95 % interval of a mean in turns; half a turn where it may be anywhere."""
    centre, resultant = mean(turns, weights)
    share = weights / weights.sum()
    second = float(share @ np.cos(4 * np.pi * (turns - centre)))
    dispersion = (1 - second) / (2 * max(resultant, _ROUNDING) ** 2)
    sine = _QUANTILE * np.sqrt(max(dispersion, 0.0) * float(share @ share))
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


def _join(members: Membership, mask: Mask) -> str:
    return ";".join(members.names[row] for row in np.flatnonzero(mask))
