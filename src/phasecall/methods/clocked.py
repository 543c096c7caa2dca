"""Methods that read genes on the clock of their experiment, so that any experiment can be asked about."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import Turns, wrap
from phasecall.clock import find_peaks, fit_waves
from phasecall.methods.record import Examples, Predict, Probabilities
from phasecall.phases import Scheme

Floats = NDArray[np.float64]

LABEL_SPREAD = 0.05
"""Standard deviation by which a published phase's peak differs from that in one experiment, turns: between
two experiments the median difference of the 800 genes is .055 (docs/clock.md)."""

_HARMONICS = 2
_STIFFNESS = 1.0
"""How strongly higher harmonics are held back; from .1 to 3 nothing changed on the inner folds."""


def call_peaks(_: Examples, __: NDArray[np.int64], scheme: Scheme, ___: int) -> Predict:
    """Call the arc under the peak of each gene's cosinor on the clock: nothing is learnt."""

    def predict(asked: Examples) -> Probabilities:
        found = (find_peaks(course, one) for course, one in zip(asked.courses, asked.clocks, strict=True))
        joined = join_peaks((peaks.turn, np.hypot(peaks.reach / 1.96, LABEL_SPREAD)) for peaks in found)
        return spread_over_arcs(*joined, scheme)

    return predict


def join_peaks(found: Iterable[tuple[Turns, Floats]]) -> tuple[Turns, Floats]:
    """Return peak and standard error of each gene over all experiments, turns, shape (n,); NaN: no peak.

    The mean direction of its peaks, each weighted by the inverse of its variance.

    Parameters
    ----------
    found
        Of each experiment the peaks and their standard errors, turns, shape (n,); NaN where there is none.

    Examples
    --------
    >>> turn, error = join_peaks([([0.9, 0.2], [0.1, 0.1]), ([0.1, np.nan], [0.1, np.nan])])
    >>> (turn.round(6) % 1).tolist(), error.round(4).tolist()
    ([0.0, 0.2], [0.0707, 0.1])
    """
    turns, errors = (np.stack(parts) for parts in zip(*found, strict=True))
    known = np.isfinite(turns) & np.isfinite(errors)
    weights = np.where(known, errors, np.inf) ** -2
    direction = (weights * np.exp(2j * np.pi * np.where(known, turns, 0.0))).sum(axis=0)
    weight = np.where(known.any(axis=0), weights.sum(axis=0), np.nan)
    return np.where(weight > 0, wrap(np.angle(direction) / (2 * np.pi)), np.nan), weight**-0.5


def spread_over_arcs(turn: Turns, error: Floats, scheme: Scheme) -> Probabilities:
    """Return the share of a wrapped normal distribution on the arc of each phase, shape (n, phases).

    A gene without a peak gets the widths of the arcs.

    Examples
    --------
    >>> from phasecall.phases import SCHEMES
    >>> turn, error = np.array([0.64, np.nan]), np.array([0.02, np.nan])
    >>> spread_over_arcs(turn, error, SCHEMES["four"]).round(2).tolist()
    [[0.0, 0.0, 1.0, 0.0], [0.17, 0.39, 0.16, 0.28]]
    """
    from scipy.special import ndtr

    columns = []
    for phase in scheme.phases:
        # Two turns either way hold all of it that matters: beyond half a turn of error it is flat.
        ends = [(phase.start + phase.width * side + np.arange(-2, 3) - turn[:, None]) for side in (0, 1)]
        scale = np.minimum(error, 0.5)[:, None]
        columns.append((ndtr(ends[1] / scale) - ndtr(ends[0] / scale)).sum(axis=1))
    shares = np.stack(columns, axis=1)
    widths = np.array([phase.width for phase in scheme.phases])
    shares = np.where(np.isnan(shares).any(axis=1, keepdims=True), widths, shares)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def fit_folded(known: Examples, codes: NDArray[np.int64], scheme: Scheme, _: int) -> Predict:
    """Fit multinomial logistic regression to each gene's profile folded on the clock.

    A profile is the direction of its first two harmonics, fitted with the noise of the experiment; one
    experiment is one row of training, and in several asked about the log probabilities are averaged.
    """
    from sklearn.linear_model import LogisticRegression

    rows = [fold_profiles(one) for one in _apart(known)]
    model = LogisticRegression(C=1.0, max_iter=1000).fit(np.vstack(rows), np.tile(codes, len(rows)))

    def predict(asked: Examples) -> Probabilities:
        logs = np.mean([model.predict_log_proba(fold_profiles(one)) for one in _apart(asked)], axis=0)
        probabilities = np.zeros((len(asked), len(scheme)))
        probabilities[:, model.classes_] = np.exp(logs)
        return np.asarray(probabilities / probabilities.sum(axis=1, keepdims=True))

    return predict


def fold_profiles(genes: Examples) -> Floats:
    """Return the direction of the harmonics of each gene's profile on the turn, shape (n, 4)."""
    (course,), (estimate,) = genes.courses, genes.clocks
    measured = course.select_times(course.measured())
    noise, clock = estimate.noise_at(measured.times), estimate.clock
    weights, _ = fit_waves(
        measured.values, measured.times, clock, noise, harmonics=_HARMONICS, stiffness=_STIFFNESS
    )
    # Cosines and sines of turns moved since t = 0 become those of the turn.
    harmonic = np.arange(1, _HARMONICS + 1)
    turned = (weights[:, 1::2] - 1j * weights[:, 2::2]) * np.exp(-2j * np.pi * harmonic * clock.turn_at_zero)
    profile = np.nan_to_num(np.hstack([turned.real, -turned.imag]))
    length = np.linalg.norm(profile, axis=1, keepdims=True)
    return np.asarray(profile / np.where(length > 0, length, 1.0))


def _apart(genes: Examples) -> list[Examples]:
    return [Examples((c,), (k,)) for c, k in zip(genes.courses, genes.clocks, strict=True)]
