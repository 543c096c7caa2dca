"""Styles: calls as a table with the column names and units of another tool.

A script written for MetaCycle, JTK_CYCLE, DiscoRhythm, Cyclebase or CosinorPy goes on working. Period, peak,
p and q are those of the calls; what a tool says beside them is computed from the course as that tool defines
it. docs/styles.md says what stands in each column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from phasecall.calls import Calls
from phasecall.circular import wrap
from phasecall.errors import find_row
from phasecall.rhythm import RHYTHMS, RhythmScores, adjust, judge_regulation, rank_score
from phasecall.rhythm.design import invert_gram, lay_columns
from phasecall.rhythm.scores import Floats, centre
from phasecall.timecourse import TimeCourse

Columns = Mapping[str, Any]
"""Column name to n values, in the order of the table: numbers as an array, NaN for none, texts as a tuple."""

_QUANTILE = 1.959963984540054
"""Of the normal distribution: half an interval of 95 % in standard errors."""


@dataclass(frozen=True)
class Style:
    """One row of the table of styles.

    Parameters
    ----------
    key
        Name on the command line.
    title
        The tool whose tables look like this.
    what
        Which of its tables, in one sentence.
    doi
        Where the tool was published.
    missing
        What the tool writes where there is no number.
    make
        Gives the columns: calls, and the measured times of the course that they are of.
    """

    key: str
    title: str
    what: str
    doi: str
    missing: str
    make: Callable[[Calls, TimeCourse], Columns]


@dataclass(frozen=True)
class _Wave:
    """`mesor + cosine cos(w t) + sine sin(w t)` fitted to each gene; shape (n,), NaN where it cannot be."""

    mesor: Floats
    cosine: Floats
    sine: Floats
    amplitude: Floats
    amplitude_error: Floats
    r_squared: Floats


def style_columns(calls: Calls, course: TimeCourse, key: str) -> Columns:
    """Return calls as the columns of another tool's table, and three of our own at its end.

    Parameters
    ----------
    calls
        The calls, shape (n,).
    course
        The one experiment that they are of, the same genes in the same order. Interpolated times are left
        out.
    key
        A row of `STYLES`.

    Returns
    -------
    Mapping
        Column name to n values, in the order of the table. At the end `phasecall_phase`,
        `phasecall_confidence` and `phasecall_reason`: no gene is left out, and none goes without a reason.

    Raises
    ------
    InputError
        If there is no style of that name.

    Examples
    --------
    >>> import phasecall
    >>> course = phasecall.load("alpha")
    >>> columns = style_columns(phasecall.call(course), course, "jtk")
    >>> list(columns)[:6]
    ['CycID', 'BH.Q', 'ADJ.P', 'PER', 'LAG', 'AMP']
    """
    made = find_row(STYLES, key, "style").make(calls, course.select_times(course.measured()))
    return {
        **made,
        "phasecall_phase": calls.phase,
        "phasecall_confidence": calls.confidence,
        "phasecall_reason": tuple(map(str, calls.reason)),
    }


def _as_metacycle(calls: Calls, course: TimeCourse) -> Columns:
    """MetaCycle's order: what each method says, then what they say together."""
    phase = _phase(calls)
    base, amplitude = _fit_at(phase, calls.period, course)
    return {
        "CycID": calls.genes,
        **_method_columns("JTK", "jtk", calls, course),
        **_method_columns("LS", "lombscargle", calls, course),
        "meta2d_pvalue": calls.periodic_p,
        "meta2d_BH.Q": calls.periodic_q,
        "meta2d_period": _period(calls),
        "meta2d_phase": phase,
        "meta2d_Base": base,
        "meta2d_AMP": amplitude,
        # Of values about 0, such as log ratios, a share of the baseline means nothing: the tool takes 1.
        "meta2d_rAMP": amplitude / np.maximum(np.abs(base), 1.0),
    }


def _as_jtk(calls: Calls, _: TimeCourse) -> Columns:
    return {
        "CycID": calls.genes,
        "BH.Q": calls.periodic_q,
        "ADJ.P": calls.periodic_p,
        "PER": _period(calls),
        "LAG": _phase(calls),
        "AMP": calls.amplitude,
    }


def _as_discorhythm(calls: Calls, course: TimeCourse) -> Columns:
    wave = _fit_wave(course, calls.period)
    return {
        # The names of the rows, as R writes them.
        "": calls.genes,
        "acrophase": _phase(calls),
        "amplitude": wave.amplitude,
        "pvalue": calls.periodic_p,
        "qvalue": calls.periodic_q,
        "Rsq": wave.r_squared,
        "mesor": wave.mesor,
        "sincoef": wave.sine,
        "coscoef": wave.cosine,
        "period": _period(calls),
    }


def _as_cyclebase(calls: Calls, course: TimeCourse) -> Columns:
    # The test draws random profiles, and ranks can tie: a gene's figures must not hang on the order of rows.
    order = np.argsort(np.array(calls.genes))
    regulation, rank = np.full((2, len(calls)), np.nan)
    # Only its size among the others counts, and squares of very large numbers are none.
    largest = np.abs(np.nan_to_num(course.values)).max() or 1.0
    regulation[order] = judge_regulation(course.values[order] / largest)
    rank[order] = _rank(rank_score(regulation, calls.periodic_p)[order])
    return {
        "Gene": calls.genes,
        "Rank": rank,
        "Peaktime": 100 * calls.peak_turn,
        "P(per)": calls.periodic_p,
        "P(reg)": regulation,
    }


def _as_cosinor(calls: Calls, course: TimeCourse) -> Columns:
    wave = _fit_wave(course, calls.period)
    reach = _QUANTILE * wave.amplitude_error
    p_amplitude = _normal_p(wave.amplitude, wave.amplitude_error)
    acrophase, low, high = _acrophases(calls)
    p_acrophase = _normal_p(acrophase, (high - low) / (2 * _QUANTILE))
    return {
        "test": calls.genes,
        "period": _period(calls),
        "p": calls.periodic_p,
        "q": calls.periodic_q,
        "amplitude": wave.amplitude,
        "p(amplitude)": p_amplitude,
        "q(amplitude)": adjust(p_amplitude),
        "CI(amplitude)": _intervals(wave.amplitude - reach, wave.amplitude + reach),
        "acrophase": acrophase,
        "p(acrophase)": p_acrophase,
        "q(acrophase)": adjust(p_acrophase),
        "CI(acrophase)": _intervals(low, high),
        "acrophase[h]": _phase(calls),
    }


def _period(calls: Calls) -> Floats:
    return np.full(len(calls), calls.period)


def _phase(calls: Calls) -> Floats:
    """Return the peak in minutes, [0, period): after a recovery lag the first one may be later."""
    return np.asarray(wrap(calls.peak_time / calls.period) * calls.period)


def _acrophases(calls: Calls) -> tuple[Floats, Floats, Floats]:
    """Return phi of `cos(2 pi t / period + phi)`, (-pi, pi], and its interval, radians, not wrapped."""
    turns = -calls.peak_time / calls.period
    acrophase = 2 * np.pi * (turns - np.ceil(turns - 0.5))
    radians = 2 * np.pi / calls.period
    low = acrophase - radians * (calls.peak_hi - calls.peak_time)
    return acrophase, low, acrophase + radians * (calls.peak_time - calls.peak_lo)


def _method_columns(prefix: str, method: str, calls: Calls, course: TimeCourse) -> Columns:
    """Return the five columns that MetaCycle gives a method; NaN where there is no period."""
    if np.isfinite(calls.period):
        told = RHYTHMS[method].score(course.values, course.times, calls.period)
    else:
        told = RhythmScores(*np.full((5, len(calls)), np.nan))
    return {
        f"{prefix}_pvalue": told.p_value,
        f"{prefix}_BH.Q": told.q_value,
        f"{prefix}_period": np.where(np.isfinite(told.p_value), calls.period, np.nan),
        f"{prefix}_adjphase": told.peak_time,
        f"{prefix}_amplitude": told.amplitude,
    }


def _fit_wave(course: TimeCourse, period: float) -> _Wave:
    """Fit the one-component cosinor to the values of each gene that are there, by least squares."""
    if not np.isfinite(period):
        return _Wave(*np.full((6, len(course)), np.nan))
    scaled, unit = _scale(course.values)
    about, observed, count, varies = centre(scaled)
    design = lay_columns(course.times, period)
    inverse, determined = invert_gram(observed, design)
    weights = np.einsum("nij,nj->ni", inverse, about @ design)
    rest = (np.where(observed, about - weights @ design.T, 0.0) ** 2).sum(axis=1)
    amplitude = np.hypot(weights[:, 1], weights[:, 2])
    with np.errstate(divide="ignore", invalid="ignore"):
        # The error of the amplitude is that of the two coefficients in the direction of the wave.
        along = weights[:, 1:] / amplitude[:, None]
        variance = np.einsum("ni,nij,nj->n", along, inverse[:, 1:, 1:], along)
        variance *= rest / np.maximum(count - 3, 1)
        mesor = np.nansum(scaled, axis=1) / count + weights[:, 0]
        shares = np.clip(1 - rest / (about**2).sum(axis=1), 0.0, 1.0)
    in_units = np.stack([mesor, weights[:, 1], weights[:, 2], amplitude, np.sqrt(variance)]) * unit
    return _Wave(*np.where(determined & varies, [*in_units, shares], np.nan))


def _fit_at(phase: Floats, period: float, course: TimeCourse) -> tuple[Floats, Floats]:
    r"""Return baseline and amplitude of a wave whose phase is known, as meta2d defines them.

    Least squares of :math:`Base + Trend (t - \bar t) + AMP \cos(2 \pi (t - phase) / period)` over the times
    at which the gene has a value; the amplitude without its sign. Without a phase the baseline is the median.

    References
    ----------
    Wu et al. 2016, doi 10.1093/bioinformatics/btw405
    """
    (values, unit), times = _scale(course.values), course.times
    observed = np.isfinite(values)
    count = observed.sum(axis=1)
    middle = observed @ times / np.maximum(count, 1)
    span = float(np.ptp(times)) or 1.0
    wave = np.cos(2 * np.pi * (times - phase[:, None]) / period)
    line = (times - middle[:, None]) / span
    columns = np.where(observed[:, :, None], np.stack([np.ones_like(wave), line, wave], axis=2), 0.0)
    gram = np.einsum("nti,ntj->nij", columns, columns)
    usable = np.isfinite(phase) & (count > 3)
    gram[~usable] = np.eye(3)
    usable &= np.linalg.det(gram) > 1e-9 * np.maximum(count, 1) ** 3
    gram[~usable] = np.eye(3)
    moments = np.einsum("nti,nt->ni", np.nan_to_num(columns), np.where(observed, values, 0.0))
    weights = np.linalg.solve(gram, moments[:, :, None])[:, :, 0]
    base = np.full(len(course), np.nan)
    base[count > 0] = np.nanmedian(values[count > 0], axis=1)
    base[usable] = weights[usable, 0]
    return base * unit, np.where(usable, np.abs(weights[:, 2]), np.nan) * unit


def _scale(values: Floats) -> tuple[Floats, Floats]:
    """Return each gene in units of its largest value, and these: squares of very large numbers are none."""
    unit = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=1)
    unit[unit == 0] = 1.0
    return values / unit[:, None], unit


def _normal_p(estimate: Floats, error: Floats) -> Floats:
    """Return the two-sided p of an estimate against 0, by the normal distribution as CosinorPy has it."""
    from scipy.special import ndtr

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(2 * ndtr(-np.abs(estimate / error)))


def _rank(score: Floats) -> Floats:
    """Return 1 for the largest score, then 2 and so on; equal ones in the order of the rows, NaN for none."""
    ranks = np.full(score.shape, np.nan)
    order = np.argsort(-score, kind="stable")[: int(np.isfinite(score).sum())]
    ranks[order] = np.arange(1, order.size + 1)
    return ranks


def _intervals(low: Floats, high: Floats) -> tuple[str, ...]:
    """Return intervals as pandas writes a list of two numbers; empty where there is none."""
    pairs = zip(low.tolist(), high.tolist(), strict=True)
    return tuple(f"[{a:.6g}, {b:.6g}]" if a == a and b == b else "" for a, b in pairs)


STYLES = MappingProxyType(
    {
        style.key: style
        for style in (
            Style(
                "metacycle",
                "MetaCycle",
                "The integrated table of meta2d, with its columns of JTK_CYCLE and Lomb-Scargle.",
                "10.1093/bioinformatics/btw405",
                "NA",
                _as_metacycle,
            ),
            Style(
                "jtk",
                "JTK_CYCLE",
                "The results of JTK_CYCLE, version 3, without the values behind them.",
                "10.1177/0748730410379711",
                "NA",
                _as_jtk,
            ),
            Style(
                "discorhythm",
                "DiscoRhythm",
                "The cosinor table of discoODAs, and the period.",
                "10.1093/bioinformatics/btz834",
                "NA",
                _as_discorhythm,
            ),
            Style(
                "cyclebase",
                "Cyclebase",
                "The results of an analysis, a column each.",
                "10.1093/nar/gkm729",
                "",
                _as_cyclebase,
            ),
            Style(
                "cosinor",
                "CosinorPy",
                "The table of cosinor1.fit_group: one component, one period.",
                "10.1186/s12859-020-03830-w",
                "",
                _as_cosinor,
            ),
        )
    }
)
"""Every style, by key."""
