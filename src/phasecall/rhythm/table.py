"""The table of methods that judge rhythm, all with one signature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from phasecall.circular import wrap
from phasecall.rhythm.cosinor import fit_cosinor
from phasecall.rhythm.fourier import judge_fourier, measure_fourier, transform
from phasecall.rhythm.jtk import fit_jtk
from phasecall.rhythm.lombscargle import judge_period, periodogram
from phasecall.rhythm.noise import fit_noise
from phasecall.rhythm.periodicity import judge_rhythm
from phasecall.rhythm.regulation import judge_regulation
from phasecall.rhythm.scores import Floats, RhythmScores, strength
from phasecall.rhythm.significance import adjust, rank_score


@dataclass(frozen=True)
class Rhythm:
    """One row of the table of methods.

    Parameters
    ----------
    key
        Name on the command line and in result files.
    title
        What stands above it.
    summary
        What its score is, in one sentence.
    doi
        Where it was published.
    score
        Judges genes: values of shape (n, n_times) with NaN = missing, minutes, and the period in minutes.
    """

    key: str
    title: str
    summary: str
    doi: str
    score: Callable[[Floats, Floats, float], RhythmScores]


def score_cosinor(values: Floats, times: Floats, period: float) -> RhythmScores:
    """Score by how sure the F test of the cosinor is of the wave."""
    fit = fit_cosinor(values, times, period)
    return _answer(strength(fit.p_value), fit.p_value, fit.peak_time, fit.amplitude)


def score_amplitude(values: Floats, times: Floats, period: float) -> RhythmScores:
    """Score by the amplitude of the cosinor."""
    fit = fit_cosinor(values, times, period)
    return _answer(fit.amplitude, fit.p_value, fit.peak_time, fit.amplitude)


def score_fourier(values: Floats, times: Floats, period: float) -> RhythmScores:
    """Score by the magnitude of the Fourier component about the period."""
    component = transform(values, times, np.array([period]))[:, 0]
    p_value = judge_fourier(values, times, period)
    known = np.isfinite(p_value)
    count = np.maximum(np.isfinite(values).sum(axis=1), 1)
    return _answer(
        score=np.where(known, measure_fourier(values, times, period), np.nan),
        p_value=p_value,
        peak_time=np.where(known, wrap(np.angle(component) / (2 * np.pi)) * period, np.nan),
        amplitude=np.where(known, 2 * np.abs(component) / count, np.nan),
    )


def score_lombscargle(values: Floats, times: Floats, period: float) -> RhythmScores:
    """Score by the power of the Lomb-Scargle periodogram at the period."""
    fit = fit_cosinor(values, times, period)
    power = periodogram(values, times, np.array([period]))[:, 0]
    return _answer(power, judge_period(values, times, period), fit.peak_time, fit.amplitude)


def score_jtk(values: Floats, times: Floats, period: float) -> RhythmScores:
    """Score by how sure JTK_CYCLE is; the better tau first where it is equally sure."""
    fit = fit_jtk(values, times, period)
    # Many genes share a p value of 1: tau, below 1 and 1,000 times smaller, only parts these.
    return _answer(strength(fit.p_value) + fit.tau / 1000, fit.p_value, fit.peak_time, fit.amplitude)


def score_regulation(values: Floats, times: Floats, period: float) -> RhythmScores:
    """Score by the standard deviation; the peak is the time of the largest value."""
    observed = np.isfinite(values)
    p_value = judge_regulation(values)
    known = np.isfinite(p_value)
    high = np.where(observed, values, -np.inf)
    low = np.where(observed, values, np.inf).min(axis=1)
    spread = np.nanstd(np.where(known[:, None], values, 0.0), axis=1, ddof=1)
    with np.errstate(invalid="ignore"):
        amplitude = (high.max(axis=1) - low) / 2
    return _answer(
        score=np.where(known, spread, np.nan),
        p_value=p_value,
        peak_time=np.where(known, wrap(times[np.argmax(high, axis=1)] / period) * period, np.nan),
        amplitude=np.where(known, amplitude, np.nan),
    )


def score_combined(values: Floats, times: Floats, period: float) -> RhythmScores:
    """Score by regulation and periodicity together; p is that of periodicity, under the fitted noise."""
    noise = fit_noise(values, times, period)
    fit = fit_cosinor(values, times, period, noise=noise)
    p_value = judge_rhythm(values, times, period, noise)
    return _answer(rank_score(judge_regulation(values), p_value), p_value, fit.peak_time, fit.amplitude)


def _answer(score: Floats, p_value: Floats, peak_time: Floats, amplitude: Floats) -> RhythmScores:
    return RhythmScores(score, p_value, adjust(p_value), peak_time, amplitude)


RHYTHMS = MappingProxyType(
    {
        rhythm.key: rhythm
        for rhythm in (
            Rhythm(
                "cosinor",
                "Cosinor",
                "-log10 p of the F test of a cosine wave: shape only.",
                "10.1186/1742-4682-11-16",
                score_cosinor,
            ),
            Rhythm(
                "amplitude",
                "Cosinor amplitude",
                "Amplitude of the fitted cosine wave, however badly it fits.",
                "10.1186/1742-4682-11-16",
                score_amplitude,
            ),
            Rhythm(
                "fourier",
                "Fourier score",
                "Magnitude of the Fourier component, averaged over 40 periods about the given one.",
                "10.1091/mbc.9.12.3273",
                score_fourier,
            ),
            Rhythm(
                "lombscargle",
                "Lomb-Scargle",
                "Share of the variance explained at the period, mean fitted too: shape only.",
                "10.1051/0004-6361:200811296",
                score_lombscargle,
            ),
            Rhythm(
                "jtk",
                "JTK_CYCLE",
                "-log10 p of Kendall's tau with the best of the lagged cosines: order only.",
                "10.1177/0748730410379711",
                score_jtk,
            ),
            Rhythm(
                "regulation",
                "Regulation",
                "Standard deviation, judged among random profiles: how much, not how periodically.",
                "10.1093/bioinformatics/bti093",
                score_regulation,
            ),
            Rhythm(
                "combined",
                "Regulation and periodicity",
                "Product of the p values of regulation and periodicity, punished where either is weak.",
                "10.1093/bioinformatics/bti093",
                score_combined,
            ),
        )
    }
)
