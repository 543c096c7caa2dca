"""Shapes: tests of what a profile has beside a wave of the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.clock.estimate import LEAST_STEPS
from phasecall.novelty.profiles import LEAST_CYCLES, LEAST_FREEDOM, Floats, Profiles, Rest

TOLERANCE = 0.25
"""What of the amplitude of a gene's wave may differ from a cosine, and be common: waves are lopsided, and
fade as the culture loses synchrony. It keeps real sharp waves from being flagged (docs/novelty.md)."""
SHARP = 1 / 3
"""A second harmonic is common within this of being this, in step with the first, both as shares of it: that
of a wave of one peak is in step, and 0 to 0.66 (kappa 4, the sharpest that the simulator has)."""
PROMINENCE = 0.25
"""A second peak rises by so much of the curve's range from its valley: of the sharpest wave of one peak that
the simulator has (kappa 4) the first two harmonics leave a second that rises by 0.20."""
NEAR = 0.75
"""Turns in the time measured by which another period must differ from the clock's to be told from it."""
MOST_SPIKES = 0.01
"""Share of the genes that may have a spike at one array, by a p value of `_SPIKE_P`: chance has a thousandth.
Without fold 0 it is .007 at most in the courses of Spellman et al., .014 and .024 at the first arrays of
Orlando's, .016 and .024 at two of Pramila's."""

_SPIKE_P, _FEW_SPIKES = 0.01, 5
"""Spikes are counted up to this p value, and so few are no pile."""
_TURNS = 360
_LOOKED_AT = 0.05
"""Above this p value nobody asks where a second peak would be."""
_TOLD = 1e-6
"""Share of a column's length that waves and gaps must leave of it."""
_EXACT = 1e-12
"""Share of a gene's squares that rounding may leave."""


@dataclass(frozen=True, eq=False)
class Unlikeness:
    """What one test says of each gene.

    Parameters
    ----------
    p_value
        Shape (n,); NaN where a gene cannot be judged.
    tell
        Gives what a sentence about a gene says, by its row.
    """

    p_value: Floats
    tell: Callable[[int], Mapping[str, object]]


def exceed(rest: Rest, columns: Floats, *, in_step: float | None = None) -> tuple[Floats, NDArray[np.intp]]:
    r"""Return the p value of having more of some column than a share of the wave, and which column it is.

    Of candidate z (k columns) beside the wave w of the clock, the null hypothesis is that the amplitude of z
    is no more than :math:`\tau`, `TOLERANCE`, times that of w. With :math:`\hat c` what is found of z,
    :math:`S = z' M z` and :math:`\hat a` the amplitude of w beside it,

    .. math:: F = \frac{(\sqrt{\hat c' S \hat c} - \tau \hat a \sqrt{\lambda_{max}(S)})_+^2}
              {k (1 + \tau^2) \hat\sigma^2}

    is compared with Fisher's distribution: were the tolerance 0 this would be the F test; by the triangle
    inequality, p is no smaller than it should be. The variance is the gene's own, of what is left beside z.
    Where common waves have :math:`\beta \hat a` of z in step with w, that is taken off :math:`\hat c` first,
    :math:`\tau` is :math:`\beta`, and :math:`1 + 4 \beta^2` stands for :math:`1 + \tau^2`.
    The best of q candidates has Šidák's correction (1967, doi 10.1080/01621459.1967.10482935).

    Parameters
    ----------
    rest
        What waves leave.
    columns
        Shape (k, n_times, q), k 1 or 2; a column is at most 1 from 0, as a cosine is. The tolerance is
        thus on how far a curve is from the clock's wave at its farthest time, be that a wave, a step from -1
        to 1, or a spike at one time.
    in_step
        Of the cosine and sine of half the clock's period: what of the wave common waves have of them.

    Returns
    -------
    p_value, best
        Shape (n,), NaN where a gene cannot be judged; the index of the best candidate.
    """
    from scipy.special import fdtrc

    score, precision, taken = rest.score(columns)
    k = len(columns)
    size = rest.weight * (columns**2).sum(axis=(0, 1)) / k
    determinant = precision[0, 0] if k == 1 else precision[0, 0] * precision[1, 1] - precision[0, 1] ** 2
    usable = determinant > (_TOLD * size) ** k
    weight = _solve(precision, score, np.where(usable, determinant, np.inf))
    gain = (score * weight).sum(axis=0)
    wave = [rest.wave[:, [part]] - sum(weight[i] * taken[i, part] for i in range(k)) for part in (0, 1)]
    height = np.hypot(*wave)
    tolerance, blur = TOLERANCE, TOLERANCE
    excess = gain
    if in_step is not None:
        tolerance, blur = in_step, 2 * in_step
        weight = weight - in_step * _double(wave, height)
        excess = (weight * (precision * weight).sum(axis=1)).sum(axis=0)
    room = tolerance * height * np.sqrt(np.maximum(_largest(precision), 0.0))
    beyond = np.maximum(np.sqrt(np.maximum(excess, 0.0)) - room, 0.0) ** 2
    floor = np.where(rest.freedom > 0, _EXACT * rest.squares, 1.0)[:, None]
    beyond /= np.maximum(rest.squares[:, None] - gain, floor)
    best = beyond.argmax(axis=1)
    freedom = np.maximum(rest.freedom - k, 1)
    told = (rest.freedom - k >= LEAST_FREEDOM) & usable.any(axis=1)
    p_value = fdtrc(k, freedom, beyond.max(axis=1) * freedom / (k * (1 + blur**2)))
    return np.where(told, sidak(p_value, usable.sum(axis=1)), np.nan), best


def _solve(precision: Floats, score: Floats, determinant: Floats) -> Floats:
    """Return the weights of one column or of two, shape (k, n, q)."""
    if len(score) == 1:
        return score / determinant
    first = precision[1, 1] * score[0] - precision[0, 1] * score[1]
    second = precision[0, 0] * score[1] - precision[0, 1] * score[0]
    return np.stack([first, second]) / determinant


def sidak(p_value: Floats, count: NDArray[np.int64]) -> Floats:
    """Return the p value of the smallest of some independent p values.

    Examples
    --------
    >>> sidak(np.array([0.01, 1e-20]), np.array([2, 10])).round(4).tolist()
    [0.0199, 0.0]
    """
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(np.maximum(count, 1) * np.log1p(-p_value)))


def _double(wave: list[Floats], height: Floats) -> Floats:
    """Return the second harmonic as high as the first, and in step with it, shape (2, n, q)."""
    safe = np.where(height > 0, height, 1.0)
    return np.stack([(wave[0] ** 2 - wave[1] ** 2) / safe, 2 * wave[0] * wave[1] / safe])


def _largest(precision: Floats) -> Floats:
    """Return the largest eigenvalue of matrices of 1 x 1 or 2 x 2."""
    if len(precision) == 1:
        return np.asarray(precision[0, 0])
    middle, half = (precision[0, 0] + precision[1, 1]) / 2, (precision[0, 0] - precision[1, 1]) / 2
    return np.asarray(middle + np.hypot(half, precision[0, 1]))


def silent(profiles: Profiles) -> Unlikeness:
    """Return what a test says that does not apply to an experiment."""
    return Unlikeness(np.full(len(profiles.values), np.nan), lambda _: {})


def _lay_pair(angle: Floats) -> Floats:
    return np.stack([np.cos(angle), np.sin(angle)])


def covers(profiles: Profiles) -> bool:
    """Return whether the times say anything of a profile's shape."""
    return profiles.clock.cycles(profiles.times) >= LEAST_CYCLES


def find_two_peaks(profiles: Profiles) -> Unlikeness:
    """Test for a second wave, of half the clock's period, that makes two peaks a turn."""
    if not covers(profiles):
        return silent(profiles)
    clock, rest = profiles.clock, profiles.one_wave
    columns = _lay_pair(4 * np.pi * clock.moved(profiles.times)[:, None])
    p_value, _ = exceed(rest, columns, in_step=SHARP)
    minutes = np.full((len(p_value), 2), np.nan)
    for row in np.flatnonzero(p_value <= _LOOKED_AT):
        peaks = _find_pair(rest, columns, int(row))
        if peaks is None:
            p_value[row] = 1.0
        else:
            minutes[row] = clock.lag + peaks * clock.period
    return Unlikeness(p_value, lambda row: {"first": minutes[row, 0], "second": minutes[row, 1]})


def _find_pair(rest: Rest, columns: Floats, row: int) -> Floats | None:
    """Return the two peaks of a gene's curve, turns since t = 0, the earlier first; None if it has one."""
    score, precision, taken = rest.select(row).score(columns)
    second = np.linalg.solve(precision[:, :, 0, 0], score[:, 0, 0])
    first = rest.wave[row] - second @ taken[:, :, 0]
    angle = 2 * np.pi * np.arange(_TURNS) / _TURNS
    waves = np.stack([np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)], axis=1)
    curve = waves @ np.r_[first, second]
    tops = np.flatnonzero((curve > np.roll(curve, 1)) & (curve >= np.roll(curve, -1)))
    if tops.size < 2:
        return None
    early, late = np.sort(tops[np.argsort(curve[tops])[-2:]])
    valley = max(curve[early:late].min(), min(curve[late:].min(), curve[:early].min(initial=np.inf)))
    risen = min(curve[early], curve[late]) - valley
    return np.array([early, late]) / _TURNS if risen >= PROMINENCE * np.ptp(curve) else None


def find_other_period(profiles: Profiles) -> Unlikeness:
    """Test for a wave of a period unlike the clock's, and unlike half of it."""
    periods = lay_periods(profiles) if covers(profiles) else np.empty(0)
    if not periods.size:
        return silent(profiles)
    columns = _lay_pair(2 * np.pi * profiles.times[:, None] / periods)
    p_value, best = exceed(profiles.two_waves, columns)
    return Unlikeness(p_value, lambda row: {"period": periods[best[row]]})


def lay_periods(profiles: Profiles) -> Floats:
    """Return the periods looked at, minutes: those that the times can tell from the clock's and half of it.

    Frequencies half of what the time measured resolves apart, from one and a half turns in it to 2.2 usual
    steps (`LEAST_STEPS`); none within what it resolves of the clock's frequency, or of twice that.
    """
    times = np.unique(profiles.times)
    span = float(np.ptp(times))
    own = span / profiles.clock.period
    most = span / (LEAST_STEPS * float(np.median(np.diff(times))))
    turns = np.arange(1.5, most + 1e-9, 0.5)
    apart = np.minimum(np.abs(turns - own), np.abs(turns - 2 * own)) >= NEAR
    return np.asarray(span / turns[apart])


def find_spike(profiles: Profiles) -> Unlikeness:
    """Test for one sample that is far from what all others predict.

    An array at which many genes are is at fault itself, be it a part of it or what was done to the culture:
    none of these genes is unlike the others, and the sample is not looked at.
    """
    if not covers(profiles):
        return silent(profiles)
    columns = np.eye(profiles.times.size)[None]
    p_value, best = exceed(profiles.two_waves, columns)
    few = np.bincount(best[p_value <= _SPIKE_P], minlength=profiles.times.size)
    fair = np.flatnonzero(few <= max(MOST_SPIKES * np.isfinite(p_value).sum(), _FEW_SPIKES))
    if not fair.size:
        return silent(profiles)
    if fair.size < profiles.times.size:
        p_value, best = exceed(profiles.two_waves, columns[:, :, fair])
    return Unlikeness(p_value, lambda row: {"minute": profiles.times[fair[best[row]]]})


def find_change(profiles: Profiles) -> Unlikeness:
    """Test for a change of level, a trend or a recovery: strong, and not with the clock."""
    if not covers(profiles):
        return silent(profiles)
    columns, words = lay_changes(profiles.times)
    p_value, best = exceed(profiles.two_waves, columns[None])
    return Unlikeness(p_value, lambda row: {"change": words[best[row]]})


def lay_changes(times: Floats) -> tuple[Floats, list[str]]:
    """Return columns of steps, a trend and recoveries, shape (n_times, q), and what they are in words."""
    minutes = np.unique(times)
    gone = (times - minutes[0]) / float(np.ptp(minutes))
    middles = (minutes[1:-2] + minutes[2:-1]) / 2
    columns = [np.where(times > middle, 1.0, -1.0) for middle in middles]
    words = [f"a step at {middle:.0f} min" for middle in middles]
    recoveries = [2 * np.exp(-gone / decay) - 1 for decay in (0.08, 0.25)]
    columns = [*columns, 2 * gone - 1, *recoveries]
    words += ["a trend", "a fast recovery after the start", "a slow recovery after the start"]
    return np.stack(columns, axis=1), words
