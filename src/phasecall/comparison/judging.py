"""Judging: how sure it is that two waves differ, in their peaks, in their amplitudes, or in either."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import difference, mean
from phasecall.comparison.record import LEVEL, Common
from phasecall.comparison.waves import Waves
from phasecall.rhythm import adjust

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MIN_GENES = 10
"""With fewer genes that are rhythmic in both, a median says little of what all share."""
_STEPS = 60
_FILTER = 0.2
"""Genes whose pooled wave has a larger q value are not asked about their amplitude: they are many, and show
nothing. Of 0.05, 0.2 and 0.5 this found most lost and gained genes in simulated pairs (those of
benchmarks/comparison.py, seeds 0 to 3)."""


class Judgement(NamedTuple):
    """An estimate of each gene, its 95 % interval, and the p value of no difference; shape (n,) each."""

    value: Floats
    low: Floats
    high: Floats
    p_value: Floats


def find_pooled(one: Waves, other: Waves, common: Common) -> Mask:
    r"""Return which genes show a rhythm in the mean of both waves, each weighted by its precision.

    .. math:: m = (S_a^{-1} + S_b^{-1})^{-1} (S_a^{-1} a + S_b^{-1} b)

    is independent of the difference of a and b: to choose genes by it does not bias a test of that, as to
    choose those that are rhythmic in either would (Bourgon et al. 2010, doi 10.1073/pnas.0914005107).
    """
    from scipy.special import fdtrc

    factor = 2.0 ** (common.log2_amplitude_ratio / 2)
    sides = one.moved(common.offset / 2, factor), other.moved(-common.offset / 2, 1 / factor)
    known = np.isfinite(one.amplitude * other.amplitude)
    known &= np.array([np.linalg.det(np.nan_to_num(side.spread)) > 0 for side in sides]).all(axis=0)
    inverses = [np.linalg.inv(np.where(known[:, None, None], side.spread, np.eye(2))) for side in sides]
    pulls = sum(
        np.einsum("nij,nj->ni", inverse, side.vector) for inverse, side in zip(inverses, sides, strict=True)
    )
    ratio = np.einsum("ni,nij,nj->n", pulls, np.linalg.inv(inverses[0] + inverses[1]), pulls) / 2
    p_value = np.where(known, fdtrc(2, np.minimum(one.freedom, other.freedom), ratio), np.nan)
    with np.errstate(invalid="ignore"):
        return np.asarray(adjust(p_value) <= _FILTER)


def find_sure(one: Waves, other: Waves) -> tuple[Mask, Mask]:
    """Return which genes have a sure rhythm in both, and in either, of those with a wave in both."""
    with np.errstate(invalid="ignore"):
        first, second = one.periodic_q <= LEVEL, other.periodic_q <= LEVEL
    known = np.isfinite(one.amplitude * other.amplitude)
    return first & second & known, (first | second) & known


def find_common(one: Waves, other: Waves) -> Common:
    """Return what the genes that are rhythmic in both share of their differences.

    Medians: most genes are taken to do in both conditions what they do in one. The excess is the standard
    deviation, added to the errors of all genes alike, with which half of the differences are as small as
    Student's t has them.
    """
    sure, _ = find_sure(one, other)
    n_genes = int(sure.sum())
    if n_genes < MIN_GENES:
        return Common(n_genes)
    turns = other.turn[sure] - one.turn[sure]
    centre, _ = mean(turns)
    around = np.asarray(difference(turns, centre))
    offset = float(difference(centre + np.median(around), 0.0))
    logs = np.log(other.amplitude[sure] / one.amplitude[sure])
    middle = float(np.median(logs))
    errors = [_relative(waves) for waves in (one, other)]
    freedom = [waves.freedom[sure] for waves in (one, other)]
    along, across = ([error[kind][sure] for error in errors] for kind in (0, 1))
    return Common(
        n_genes,
        offset,
        middle / float(np.log(2)),
        _find_excess(np.asarray(difference(turns, offset)), across, freedom),
        _find_excess(logs - middle, along, freedom),
    )


def judge_shift(one: Waves, other: Waves, common: Common) -> Judgement:
    r"""Return the shift of each peak beyond the common one, turns.

    With A the amplitude and :math:`s_\perp` the standard error of the wave at right angles to itself, the
    error of a peak is :math:`s_\perp / (2 \pi A)` turns (delta method). The sum of both variances and of the
    excess has Welch's degrees of freedom (doi 10.1093/biomet/34.1-2.28).
    """
    from scipy.special import stdtr, stdtrit

    value = np.asarray(difference(other.turn - one.turn, common.offset))
    parts = [_relative(waves)[1] for waves in (one, other)]
    total = parts[0] + parts[1] + common.shift_excess**2
    freedom = _pool(total, parts, [one.freedom, other.freedom])
    error = np.sqrt(total)
    reach = np.minimum(stdtrit(freedom, 0.975) * error, 0.5)
    p_value = 2 * stdtr(freedom, -np.abs(value) / error)
    return Judgement(value, value - reach, value + reach, p_value)


def judge_amplitude(one: Waves, other: Waves, common: Common) -> Judgement:
    """Return the ratio of the amplitudes of each gene, second over first, but for the common one, log2.

    The interval is Fieller's (1954, doi 10.1111/j.2517-6161.1954.tb00159.x), of the difference between the
    second amplitude and a multiple of the first: it may be open, NaN, where an amplitude may be 0. p is that
    of the same difference, so that it is at most 0.05 where the interval leaves out 0.
    """
    from scipy.special import stdtr, stdtrit

    factor = 2.0 ** (common.log2_amplitude_ratio / 2)
    sides = [one.moved(0.0, factor), other.moved(0.0, 1 / factor)]
    (a, b), noises = [s.amplitude for s in sides], [s.variances[0] for s in sides]
    v, w = (noise + common.log_excess**2 * size**2 / 2 for noise, size in zip(noises, (a, b), strict=True))
    freedom = _pool(v + w, noises, [one.freedom, other.freedom])
    p_value = 2 * stdtr(freedom, -np.abs(b - a) / np.sqrt(v + w))
    square = stdtrit(freedom, 0.975) ** 2
    first, second = a**2 - square * v, b**2 - square * w
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = a * b + np.sqrt(np.maximum((a * b) ** 2 - first * second, 0.0))
        low = np.where(second > 0, np.log2(second / middle), np.nan)
        high = np.where(first > 0, np.log2(middle / first), np.nan)
        return Judgement(np.log2(b / a), low, high, p_value)


def judge_change(one: Waves, other: Waves, common: Common) -> Floats:
    r"""Return the p value of equal waves but for what is common, shape (n,).

    .. math:: F = \tfrac{1}{2} d' (S_a + S_b + E)^{-1} d, \quad d = b - a

    of the vectors of amplitude times cosine and sine of the peak, S their covariances and E the excess along
    and across the mean wave; 2 and Welch's degrees of freedom, of the traces.
    """
    from scipy.special import fdtrc

    factor = 2.0 ** (common.log2_amplitude_ratio / 2)
    first, second = one.moved(common.offset / 2, factor), other.moved(-common.offset / 2, 1 / factor)
    spread = first.spread + second.spread
    centre = (first.vector + second.vector) / 2
    parts = [np.trace(waves.spread, axis1=1, axis2=2) for waves in (first, second)]
    # The square of a noisy mean is too large by its variance.
    square = (centre**2).sum(axis=1)
    held = np.maximum(1 - (parts[0] + parts[1]) / 4 / np.where(square > 0, square, 1.0), 0.0)
    across = centre[:, ::-1] * [-1.0, 1.0]
    excess = common.log_excess**2 * centre[:, :, None] * centre[:, None, :]
    excess += (2 * np.pi * common.shift_excess) ** 2 * across[:, :, None] * across[:, None, :]
    whole = spread + held[:, None, None] * excess
    known = np.isfinite(whole).all(axis=(1, 2)) & (np.linalg.det(np.nan_to_num(whole)) > 0)
    gap = np.nan_to_num(second.vector - first.vector)
    inverse = np.linalg.inv(np.where(known[:, None, None], whole, np.eye(2)))
    ratio = np.einsum("ni,nij,nj->n", gap, inverse, gap) / 2
    freedom = _pool(np.trace(whole, axis1=1, axis2=2), parts, [one.freedom, other.freedom])
    return np.where(known, fdtrc(2, freedom, ratio), np.nan)


def _relative(waves: Waves) -> tuple[Floats, Floats]:
    """Return the variance of the logarithm of each amplitude, and of each peak in turns."""
    along, across = waves.variances
    with np.errstate(divide="ignore", invalid="ignore"):
        return along / waves.amplitude**2, across / (2 * np.pi * waves.amplitude) ** 2


def _pool(total: Floats, parts: list[Floats], freedom: list[Floats]) -> Floats:
    """Return Welch's degrees of freedom of a sum of variances, of which some parts were estimated."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return total**2 / sum(part**2 / free for part, free in zip(parts, freedom, strict=True))


def _find_excess(gaps: Floats, parts: list[Floats], freedom: list[Floats]) -> float:
    from scipy.special import stdtrit

    variance = parts[0] + parts[1]
    expected = stdtrit(_pool(variance, parts, freedom), 0.75) ** 2

    def is_small(excess: float) -> bool:
        return float(np.median(gaps**2 / ((variance + excess) * expected))) <= 1

    low, high = 0.0, float((gaps**2).max()) + float(np.finfo(np.float64).tiny)
    if is_small(low):
        return 0.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_small(middle) else (middle, high)
    return float(np.sqrt(high))
