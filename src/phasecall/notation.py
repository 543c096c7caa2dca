"""Notation: how numbers, intervals and what is best possible are written, once for all faces."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

UNKNOWN = "–"
"""Stands where there is no value."""
_MAX_DIGITS = 9

EXPLANATIONS = MappingProxyType(
    {
        "intervals": "Intervals are 95 % intervals over the test genes: Wilson's for accuracy, precision and"
        " recall; for macro-F1 and AUC the bootstrap, which cannot say (–) where all resamples agree.",
        "calibrated": "Calibration error (ECE): how far a stated confidence is from the share that turns out"
        " right (Guo et al. 2017, doi 10.48550/arXiv.1706.04599). 'Perfect': where 95 % of the errors of a"
        " perfectly calibrated method with these very probabilities would lie on as many genes; an error in"
        " this range is no evidence of miscalibration.",
        "best": "the classifier that knows how the genes were simulated; there is none for"
        " real genes. Expected: the mean of its highest probability over the test genes. On these genes: the"
        " share that it got right, which a method can beat by luck.",
    }
)
"""How to read a table of tracks, whoever shows it."""


def format_number(value: float | None, digits: int = 3) -> str:
    """Return a number, with a dash for one that is not known and no minus before nought.

    Examples
    --------
    >>> format_number(-0.0001), format_number(None)
    ('0.000', '–')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "\u2212")


def format_span(interval: Sequence[float] | None, digits: int = 3, scale: float = 1) -> str:
    """Return an interval; one that is narrower than the digits can show gets more of them.

    Examples
    --------
    >>> format_span([0.981955, 1.0], 1, scale=100), format_span([0.9996, 1.0], 2), format_span(None)
    ('98.2 to 100.0', '0.9996 to 1.0000', '–')
    """
    if interval is None:
        return UNKNOWN
    low, high = (scale * end for end in interval)
    wide = (more for more in range(digits, _MAX_DIGITS) if round(low, more) != round(high, more))
    digits = next(wide, digits)
    return f"{format_number(low, digits)} to {format_number(high, digits)}"


def format_estimate(
    value: float | None, interval: Sequence[float] | None, digits: int = 3, *, scale: float = 1
) -> str:
    """Return a value with its interval in brackets.

    Examples
    --------
    >>> format_estimate(0.8361, [0.7603, 0.8913], 1, scale=100), format_estimate(1.0, None)
    ('83.6 (76.0 to 89.1)', '1.000 (–)')
    """
    if value is None:
        return UNKNOWN
    return f"{format_number(scale * value, digits)} ({format_span(interval, digits, scale)})"


def format_count(n: int, noun: str) -> str:
    """Return a number of things in words.

    Examples
    --------
    >>> format_count(1, "gene"), format_count(6178, "gene").replace("\u202f", " ")
    ('1 gene', '6 178 genes')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}".replace(",", "\u202f")


def format_percent(value: float | None, digits: int = 1) -> str:
    """Return a share in percent.

    Examples
    --------
    >>> format_percent(0.8361), format_percent(None)
    ('83.6 %', '–')
    """
    text = format_number(None if value is None else 100 * value, digits)
    return text if text == UNKNOWN else f"{text} %"


def format_calibration(row: Mapping[str, Any]) -> str:
    """Return the calibration error of a row of an evaluation, and what a perfect method would show.

    Examples
    --------
    >>> format_calibration({"ece": 0.0622, "ece_calibrated": [0.0331, 0.1046]})
    '0.062 (perfect: 0.033 to 0.105)'
    """
    return f"{format_number(row['ece'])} (perfect: {format_span(row['ece_calibrated'])})"


def format_worst_area(row: Mapping[str, Any]) -> str:
    """Return the least area under the curve of a row's phases, with its interval.

    Examples
    --------
    >>> format_worst_area({"auc": {"g2": 0.9, "m": None}, "auc_ci": {"g2": [0.85, 0.94], "m": None}})
    '0.900 (0.850 to 0.940)'
    """
    areas = {key: area for key, area in row["auc"].items() if area is not None}
    worst = min(areas, key=areas.__getitem__, default=None)
    return UNKNOWN if worst is None else format_estimate(areas[worst], row["auc_ci"][worst])


def list_best(row: Mapping[str, Any]) -> dict[str, float]:
    """Return the best possible accuracy on a row's track, by its name; empty where it is not known.

    Examples
    --------
    >>> list_best({"bayes_optimal": 1.0, "bayes_expected": 0.999})
    {'expected': 0.999, 'on these genes': 1.0}
    """
    named = {"expected": row.get("bayes_expected"), "on these genes": row.get("bayes_optimal")}
    return {name: value for name, value in named.items() if value is not None}


def format_best(row: Mapping[str, Any]) -> str:
    """Return the best possible accuracy in percent, expected / on these genes.

    Examples
    --------
    >>> format_best({"bayes_optimal": 1.0, "bayes_expected": 0.9991}), format_best({})
    ('99.91 / 100.00', '–')
    """
    best = list_best(row)
    shown = (best.get(name) for name in ("expected", "on these genes"))
    return " / ".join(format_number(v and 100 * v, 2) for v in shown) if best else UNKNOWN
