"""The noise of an experiment: how its errors at different times resemble one another, the same for all genes.

Slow drifts of a profile look like half a wave, and arrays of two batches in turn like none: a test that takes
errors for independent finds waves in the first and misses them in the second. The correlation is one for all
genes of an experiment, as the clock is, and thousands of genes show it well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from phasecall.rhythm.design import invert_gram, lay_columns
from phasecall.rhythm.scores import Floats, centre, rescale

Whitened = tuple[NDArray[np.intp], Floats, Floats, Floats]

_ROUNDS = 20
_CLOSE = 0.0005
"""Correlations that move by less in a round have settled."""
_FLAT = 0.2
"""Genes whose wave has a p value below this do not show the noise: their other harmonics would."""
_ENOUGH = 40_000
"""So many values show the correlation to 0.005; incomplete genes beyond them would cost time only."""
_NOTHING_LEFT = 1e-20
"""Share of the squares that a wave may leave by rounding alone."""
_MAX_STEPS = 25
_LARGEST = 6.0
"""Bound of the parameters of the search: no share and no correlation nearer to 0 or 1 than 0.0025."""
_CHUNK_CELLS = 1_000_000


@dataclass(frozen=True)
class Noise:
    r"""Correlation of the errors of one gene at two times, a sum of three parts.

    .. math:: R_{ij} = (1 - a - b) [i = j] + a \, r^{d} + b \, s^{d} \cos(\pi d), \quad d = |t_i - t_j| / step

    The first is error of measurement, which replicates at equal times do not share; the second an
    Ornstein-Uhlenbeck process, first-order autoregression at any times; the third the same with the sign
    changing from step to step: negative autocorrelation, and arrays of two batches in turn.

    Parameters
    ----------
    step
        Minutes: the usual step of the times.
    drift, drift_kept
        Share a of the drift in the variance, and its correlation r one step on.
    swing, swing_kept
        Share b of what alternates, and minus its correlation one step on, s.

    References
    ----------
    Uhlenbeck and Ornstein 1930, doi 10.1103/PhysRev.36.823

    Examples
    --------
    >>> noise = Noise(step=10.0, drift=0.5, drift_kept=0.8)
    >>> correlation(noise, np.array([0.0, 10, 20, 20])).round(3)[0].tolist()
    [1.0, 0.4, 0.32, 0.32]
    """

    step: float
    drift: float = 0.0
    drift_kept: float = 0.0
    swing: float = 0.0
    swing_kept: float = 0.0


def correlation(noise: Noise, times: Floats) -> Floats:
    """Return the correlation of the errors at some times, shape (n_times, n_times)."""
    gap = np.abs(times[:, None] - times) / noise.step
    white = (1 - noise.drift - noise.swing) * np.eye(times.size)
    swing = noise.swing * noise.swing_kept**gap * np.cos(np.pi * gap)
    return np.asarray(white + noise.drift * noise.drift_kept**gap + swing)


def whiten(noise: Noise, times: Floats, values: Floats, design: Floats) -> Iterator[Whitened]:
    """Yield genes' values and columns as if their errors were independent: complete genes, then the others.

    Least squares on them is generalised least squares. `W' W` is the inverse of the correlation of a gene's
    observed points alone; a missing one is 0, stays 0 and touches no other.

    Yields
    ------
    tuple
        Rows of the genes, shape (m,); the matrix W, shape (1, n_times, n_times) for complete genes, else one
        for each gene; W times the values, shape (m, n_times); W times the design, shape (1 or m, n_times, k).

    Examples
    --------
    >>> noise, times = Noise(1.0, drift=1.0, drift_kept=0.6), np.arange(3.0)
    >>> [(rows, _, errors, _)] = whiten(noise, times, np.array([[1.0, 0.6, 0.36]]), np.ones((3, 1)))
    >>> rows.tolist(), errors.round(6).tolist()
    ([0], [[1.0, 0.0, 0.0]])
    """
    observed = np.isfinite(values)
    complete = observed.all(axis=1)
    whole, gappy = np.flatnonzero(complete), np.flatnonzero(~complete)
    size = max(1, _CHUNK_CELLS // max(times.size**2, 1))
    covariance = correlation(noise, times)
    for rows in [whole, *(gappy[start : start + size] for start in range(0, gappy.size, size))]:
        if not rows.size:
            continue
        seen = observed[rows[:1]] if rows is whole else observed[rows]
        own = np.where(seen[:, :, None] & seen[:, None, :], covariance, np.eye(times.size))
        whitener: Floats = np.asarray(np.linalg.inv(np.linalg.cholesky(own)), dtype=np.float64)
        there = np.where(observed[rows], values[rows], 0.0)
        yield rows, whitener, apply(whitener, there), whitener @ (seen[:, :, None] * design)


def apply(matrices: Floats, vectors: Floats) -> Floats:
    """Return each gene's matrix times its vector; one matrix, shape (1, i, j), may serve all genes."""
    if len(matrices) == 1:
        return np.asarray(vectors @ matrices[0].T)
    return np.asarray(np.matmul(matrices, vectors[:, :, None])[:, :, 0])


def split_squares(errors: Floats, columns: Floats) -> tuple[Floats, Floats]:
    """Return what all columns leave of each gene, and the squares that each takes of what those before left.

    The second has shape (m, k).
    """
    basis: Floats = np.asarray(np.linalg.qr(columns)[0], dtype=np.float64)
    weights = apply(basis.transpose(0, 2, 1), errors)
    return errors - apply(basis, weights), weights**2


def fit_noise(
    values: Floats, times: Floats, period: float, *, trend: bool = False, harmonics: int = 1
) -> Noise:
    r"""Estimate the correlation of an experiment's noise from what the waves leave of all its genes.

    Restricted maximum likelihood: what is fitted are the contrasts of each gene that no wave can touch, so
    that residuals being smaller and less alike than errors is accounted for, and rhythmic genes do not
    matter. Each gene has a variance of its own, and only the direction of its contrasts counts (the angular
    Gaussian likelihood, Tyler's): a few wild genes do no harm. Missing values are accounted for by EM. Which
    of the three parts of `Noise` there are is decided by the Bayesian information criterion: few genes, or
    white ones, get white noise.

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing. All genes of the experiment, rhythmic or not.
    times, period, trend, harmonics
        As in `fit_cosinor`: the same waves are taken off.

    References
    ----------
    Patterson and Thompson 1971, doi 10.1093/biomet/58.3.545 (restricted likelihood); Tyler 1987,
    doi 10.1093/biomet/74.3.579 (angular Gaussian); Schwarz 1978, doi 10.1214/aos/1176344136 (criterion).

    Examples
    --------
    >>> errors = np.random.default_rng(0).normal(size=(2000, 24))
    >>> for minute in range(1, 24):
    ...     errors[:, minute] = 0.6 * errors[:, minute - 1] + 0.8 * errors[:, minute]
    >>> noise = fit_noise(errors, np.arange(24.0), 12.0)
    >>> abs(correlation(noise, np.arange(24.0))[0, 1].item() - 0.6) < 0.02
    True
    """
    steps = np.diff(np.unique(times))
    noise = Noise(float(np.median(steps)) if steps.size else 1.0)
    design = lay_columns(times, period, trend=trend, harmonics=harmonics)
    about = _choose(values, design)
    if not len(about) or times.size < design.shape[1] + 2:
        return noise
    contrasts = np.linalg.svd(design)[0][:, design.shape[1] :]
    candidates = [parts for size in (1, 2, 3) for parts in combinations(range(3), size)]
    if np.unique(times).size < times.size:
        # Replicates without an error of their own would have to be equal.
        candidates = [parts for parts in candidates if 0 in parts]
    places = [np.zeros(5) for _ in candidates]
    for _ in range(_ROUNDS):
        scatter, n_genes = _gather(about, times, noise, design, 1 + trend)
        if not n_genes:
            break
        scatter = contrasts.T @ scatter @ contrasts
        losses = np.empty(len(candidates))
        for at, parts in enumerate(candidates):
            places[at], loss = _search(places[at], parts, scatter, times / noise.step, contrasts)
            losses[at] = n_genes * loss + len(_free(parts)) * np.log(n_genes * contrasts.shape[1])
        best = int(np.argmin(losses))
        before, noise = noise, _read(places[best], candidates[best], noise.step)
        if np.abs(correlation(noise, times) - correlation(before, times)).max() < _CLOSE:
            break
    return noise


def _choose(values: Floats, design: Floats) -> Floats:
    """Return the genes that show the noise, about their mean; the same ones in whatever order they stand."""
    about, observed, count, varies = centre(rescale(values))
    inverse, determined = invert_gram(observed, design)
    weights = np.einsum("nij,nj->ni", inverse, about @ design)
    left = (np.where(observed, about - weights @ design.T, 0.0) ** 2).sum(axis=1)
    usable = varies & determined & (count > design.shape[1] + 1)
    usable &= left > _NOTHING_LEFT * (about**2).sum(axis=1)
    about = np.where(observed, about, np.nan)[usable]
    whole = np.isfinite(about).all(axis=1)
    enough = _ENOUGH // max(1, len(design) - design.shape[1])
    room = min(max(0, enough - int(whole.sum())), int((~whole).sum()))
    gappy = about[~whole]
    # Evenly from all that are incomplete, in the order of their values.
    order = np.lexsort(gappy.T)[np.linspace(0, max(len(gappy) - 1, 0), room).astype(np.int64)]
    return np.concatenate([about[whole], gappy[order]])


def _gather(about: Floats, times: Floats, noise: Noise, design: Floats, n_flat: int) -> tuple[Floats, int]:
    r"""Return the expected scatter of the errors given what was observed, were the noise the present one.

    With P the projector of restricted likelihood of a gene's observed times (0 at the others), V the
    correlation and p = P y, it is the mean of `w V p p' V + V - V P V`, `w` the number of free values over
    `y' P y`. For complete genes its contrasts are those of the data. Genes with a wave are left out: how
    large the wave is says nothing about the direction of what it leaves, so that this biases nothing.
    """
    from scipy.special import betainc

    kept, explained = np.zeros((times.size, times.size)), np.zeros((times.size, times.size))
    observed = np.isfinite(about)
    free = observed.sum(axis=1) - design.shape[1]
    n_genes, n_free = 0, 0
    for rows, whitener, errors, columns in whiten(noise, times, about, design):
        rest, taken = split_squares(errors, columns)
        left = (rest**2).sum(axis=1)
        share = left / (left + taken[:, n_flat:].sum(axis=1))
        flat = betainc(free[rows] / 2, (design.shape[1] - n_flat) / 2, share) > _FLAT
        turned = whitener.transpose(0, 2, 1)
        touched = turned @ np.linalg.qr(columns)[0]
        projector = turned @ whitener - touched @ touched.transpose(0, 2, 1)
        seen = observed[rows[: len(projector)]]
        projector *= seen[:, :, None] & seen[:, None, :]
        back = apply(turned, rest)
        kept += back.T @ (back * (flat * free[rows] / left)[:, None])
        explained += np.tensordot(flat if len(projector) > 1 else [flat.sum()], projector, 1)
        n_genes += int(flat.sum())
        n_free += int(free[rows][flat].sum())
    present = correlation(noise, times)
    if not n_genes:
        return present, 0
    # Gaps slow EM down by what they hide: it is sped up by as much.
    pace = (times.size - design.shape[1]) * n_genes / n_free
    return present + pace * present @ (kept - explained) @ present / n_genes, n_genes


def _search(
    place: Floats, parts: tuple[int, ...], scatter: Floats, steps: Floats, contrasts: Floats
) -> tuple[Floats, float]:
    r"""Return the most likely place of the search with some parts of the noise, and its loss.

    The loss is `log det V + m log tr(V^-1 S)` of the contrasts, whose scale is free. Fisher scoring, damped
    as by Levenberg and Marquardt.
    """
    free = _free(parts)
    damping = 1e-3
    loss, slope, bend = _measure(place, parts, scatter, steps, contrasts)
    for _ in range(_MAX_STEPS):
        inner = bend[np.ix_(free, free)]
        inner = inner + np.diag(damping * np.diag(inner) + 1e-9)
        move = np.zeros(5)
        move[free] = -np.linalg.solve(inner, slope[free])
        there = np.clip(place + np.clip(move, -2, 2), -_LARGEST, _LARGEST)
        next_loss, next_slope, next_bend = _measure(there, parts, scatter, steps, contrasts)
        if next_loss > loss:
            damping *= 10
            if damping > 1e6:
                break
            continue
        gained = loss - next_loss
        place, loss, slope, bend = there, next_loss, next_slope, next_bend
        damping = max(damping / 10, 1e-9)
        if gained < 1e-10:
            break
    return place, loss


def _free(parts: tuple[int, ...]) -> list[int]:
    """Return which of the five parameters there are: shares but the first, and what drift and swing keep."""
    return [*parts[1:], *(2 + part for part in parts if part > 0)]


def _weigh(place: Floats, parts: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return the shares of white noise, drift and swing, and what drift and swing keep from step to step."""
    shares = np.zeros(3)
    shares[list(parts)] = np.exp(place[list(parts)])
    return shares / shares.sum(), 1 / (1 + np.exp(-place[3:]))


def _read(place: Floats, parts: tuple[int, ...], step: float) -> Noise:
    (_, drift, swing), (drift_kept, swing_kept) = _weigh(place, parts)
    return Noise(step, *(round(float(x), 4) for x in (drift, drift_kept, swing, swing_kept)))


def _measure(
    place: Floats, parts: tuple[int, ...], scatter: Floats, steps: Floats, contrasts: Floats
) -> tuple[float, Floats, Floats]:
    """Return the loss, its slope by the five parameters, and its expected curvature."""
    shares, kept = _weigh(place, parts)
    gap = np.abs(steps[:, None] - steps)
    drift, swing = kept[0] ** gap, kept[1] ** gap * np.cos(np.pi * gap)
    forms = np.stack([np.eye(steps.size), drift, swing, gap * drift, gap * swing])
    forms = contrasts.T @ forms @ contrasts
    whole = np.tensordot(shares, forms[:3], 1)
    turned = np.concatenate([forms[:3] - whole, forms[3:] * (1 - kept)[:, None, None]])
    turned *= np.concatenate([shares, shares[1:]])[:, None, None]
    inverse = np.linalg.inv(whole)
    moved = inverse @ turned
    fitted = inverse @ scatter
    size, total = len(whole), np.trace(fitted)
    loss = np.linalg.slogdet(whole)[1] + size * np.log(total)
    traces = np.trace(moved, axis1=1, axis2=2)
    slope = traces - size * np.einsum("kij,ji->k", moved, fitted) / total
    bend = np.einsum("kij,lji->kl", moved, moved) - np.outer(traces, traces) / size
    return float(loss), slope, bend
