"""Noise: what the wave of each gene leaves, how it compares with the wave, and what replicates say of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phasecall.caller.rules import MIN_GENES, know_noise
from phasecall.exploration.memory import Pairs, pair_lags
from phasecall.exploration.record import Exploration, Floats
from phasecall.exploration.selection import shuffle_times
from phasecall.exploration.waves import fit_columns, fit_profiles
from phasecall.rhythm.noise import Noise, correlation

N_DRAWN = 4000
"""Profiles drawn from a model of the noise: means of their products are off by 0.02 at most."""


@dataclass(frozen=True, eq=False)
class Signal:
    """The wave of each profile beside its noise, in the unit of the values; shape (n,).

    Parameters
    ----------
    amplitude
        Half of peak minus trough.
    deviation
        Standard deviation of what the wave leaves.
    ratio
        Amplitude over deviation; NaN where either cannot be told.
    shuffled
        The same of the profiles with their times shuffled, each on its own.
    """

    amplitude: Floats
    deviation: Floats
    ratio: Floats
    shuffled: Floats


@dataclass(frozen=True, eq=False)
class Likeness:
    """How what the waves leave at two times is alike, and how alike it would be by the model of the noise.

    Parameters
    ----------
    noise
        The model: how the errors themselves are alike.
    lags
        Minutes between two times; shape (m,).
    seen
        Mean over genes and pairs of times of the product of two standardised residuals; shape (m,).
    fitted, white
        What is expected of it by the model, and if errors were independent; shape (m,). Neither is 0 in the
        mean: the fit has taken its part of every error.
    n_genes
        How many genes show it: those that do not cycle, or all if these are too few.
    """

    noise: Noise
    lags: Floats
    seen: Floats
    fitted: Floats
    white: Floats
    n_genes: int


@dataclass(frozen=True, eq=False)
class Agreement:
    """How replicates agree.

    Parameters
    ----------
    one, other
        Values of the same gene at the same time, about the mean of the two times' arrays; shape (m,).
    times
        Minutes with replicates; shape (k,).
    intraclass
        Intraclass correlation of the genes' values, time by time; shape (k,).
    """

    one: Floats
    other: Floats
    times: Floats
    intraclass: Floats


def weigh_signal(found: Exploration) -> Signal | None:
    """Return the amplitude of each profile's wave against its noise; None where there is no period.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> told = weigh_signal(explore(phasecall.load("alpha")))
    >>> bool(np.nanmedian(told.ratio) > np.nanmedian(told.shuffled))
    True
    """
    waves = fit_profiles(found)
    if waves is None:
        return None
    values = shuffle_times(found.course.values[found.rows], found.draw())
    shuffled = fit_columns(values, found.course.times, waves.period)
    return Signal(
        waves.amplitude,
        waves.deviation,
        _divide(waves.amplitude, waves.deviation),
        _divide(shuffled.amplitude, shuffled.deviation),
    )


def measure_likeness(found: Exploration) -> Likeness | None:
    """Return how residuals at two times are alike, as seen and as expected; None without a period.

    What is expected is what 4,000 profiles drawn from the model, normal and complete, show on average.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> told = measure_likeness(explore(phasecall.load("cdc15-4381")))
    >>> off = abs(told.seen - told.fitted), abs(told.seen - told.white)
    >>> bool(off[0].mean() < off[1].mean())
    True
    """
    waves = fit_profiles(found)
    if waves is None:
        return None
    times = found.course.times
    noise = know_noise(found.course, waves.period)
    usable = waves.deviation > 0
    calm = usable & ~found.cycling
    shown = calm if calm.sum() >= MIN_GENES else usable
    scaled = waves.residual[shown] / waves.deviation[shown, None]
    known = np.isfinite(scaled).astype(np.float64)
    there = np.nan_to_num(scaled)
    lags, pairs = pair_lags(times)
    seen = [
        float((there[:, one] * there[:, other]).sum() / (known[:, one] * known[:, other]).sum())
        for one, other in pairs
    ]
    white, fitted = (
        _expect(found, model, pairs) for model in (np.eye(times.size), correlation(noise, times))
    )
    return Likeness(noise, lags, np.array(seen), fitted, white, int(shown.sum()))


def _expect(found: Exploration, model: Floats, pairs: Pairs) -> Floats:
    """Return the mean product of standardised residuals of profiles drawn from a model of the errors."""
    # Dividing by each gene's own deviation changes what is expected in no way that can be written down.
    # The shares of the model are rounded: a correlation that is singular by that is taken as it is.
    values, vectors = np.linalg.eigh(model)
    drawn = found.draw().normal(size=(N_DRAWN, len(model)))
    errors = (drawn * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    fit = fit_columns(errors, found.course.times, float(found.calls.period))
    scaled = fit.residual / fit.deviation[:, None]
    return np.array([(scaled[:, one] * scaled[:, other]).mean() for one, other in pairs])


def compare_replicates(found: Exploration) -> Agreement | None:
    r"""Return how replicates agree; None where there are none.

    The intraclass correlation of a time is that of a one-way analysis of variance, ICC(1,1):
    `(B - W) / (B + (k - 1) W)`, B and W the mean squares between and within genes, k the replicates.

    References
    ----------
    Shrout and Fleiss 1979, doi 10.1037/0033-2909.86.2.420
    """
    if found.replicates is None:
        return None
    course = found.replicates
    values = course.values[found.rows]
    pairs, agreed = [], []
    times = np.unique(course.times)
    for minute in times:
        own = values[:, course.times == minute]
        own = own[np.isfinite(own).all(axis=1)]
        # Arrays differ in their level: what is compared is genes.
        own = own - own.mean(axis=0) if len(own) else own
        agreed.append(_correlate_classes(own))
        pairs.append(own[:, :2])
    one, other = np.concatenate(pairs).T
    return Agreement(one, other, times, np.array(agreed))


def _correlate_classes(values: Floats) -> float:
    n, k = values.shape
    if n < 2:
        return float("nan")
    between = k * values.mean(axis=1).var(ddof=1)
    within = values.var(axis=1, ddof=1).mean()
    total = between + (k - 1) * within
    return float((between - within) / total) if total > 0 else float("nan")


def _divide(amplitude: Floats, deviation: Floats) -> Floats:
    return np.divide(amplitude, deviation, out=np.full_like(amplitude, np.nan), where=deviation > 0)
