"""Scale: whether values are log ratios, ratios, intensities or counts, and their logarithm.

Peaks are looked for on the log scale, on which a gene that doubles and one that halves move as far. Only of
intensities the log is not taken unasked: calls are as often right without it (`benchmarks/scale.py`).

| scale | told by | becomes |
|---|---|---|
| log | a value below 0; or none above 30, unless it is a ratio; or fewer than 10 genes | itself |
| ratio | all above 0, the genes' medians about 1, and too high a value for a log ratio | log2 |
| intensity | none below 0, and values above 100 | itself; log2 of 1 more where that is asked for |
| counts | the same, and all whole numbers | log2 of 1 more, each sample divided by its size |

The size of a sample is the median over the genes of its count relative to the gene's geometric mean (Anders
and Huber 2010, doi 10.1186/gb-2010-11-10-r106).
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.timecourse import Note, Values

SCALES = MappingProxyType(
    {
        "log": "used as they are",
        "ratio": "their log2 was taken",
        "intensity": "the log2 of 1 more was taken",
        "counts": "each sample was divided by its size, and the log2 of 1 more was taken",
    }
)
"""Every scale, and what is done with values on it."""

_MOST_LOG = 30.0
"""No log2 of an intensity or a count is higher."""
_LEAST_INTENSITY = 100.0
_ABOUT_ONE = (0.5, 2.0)
_MOSTLY = 0.9
_LEAST_GENES = 10
"""Fewer do not tell."""


def find_scale(values: Values) -> tuple[str, str]:
    """Return the scale that some values are on, and what says so.

    Parameters
    ----------
    values
        Shape (n_genes, n_times); NaN = missing.

    Examples
    --------
    >>> genes = np.ones((20, 1))
    >>> find_scale(genes * [-0.5, 0.2, 0.1])[0], find_scale(genes * [120, 4031, 8])[0]
    ('log', 'counts')
    >>> find_scale(genes * [1.0, 0.5, 1.2, 4.1])[0]
    'ratio'
    """
    seen = values[np.isfinite(values)]
    if len(values) < _LEAST_GENES:
        return "log", "too few genes to tell"
    if not seen.size:
        return "log", "there are no values"
    low, high = float(seen.min()), float(seen.max())
    span = f"values from {low:.4g} to {high:.4g}"
    if low < 0:
        return "log", span
    if high > _LEAST_INTENSITY:
        whole = bool((seen == np.rint(seen)).all())
        return ("counts", f"whole numbers up to {high:.4g}") if whole else ("intensity", span)
    rows = values[np.isfinite(values).any(axis=1)]
    medians = np.nanmedian(rows, axis=1)
    about = float(np.mean((medians >= _ABOUT_ONE[0]) & (medians <= _ABOUT_ONE[1])))
    if low > 0 and about >= _MOSTLY:
        return "ratio", f"{span}, the genes' medians about 1"
    if high > _MOST_LOG:
        return "intensity", span
    return "log", f"{span}, too low for intensities"


def to_log(values: Values, scale: str, source: str) -> Values:
    """Return values on the log scale.

    Raises
    ------
    InputError
        If a value has no logarithm.

    Examples
    --------
    >>> to_log(np.array([[1.0, 2.0, np.nan]]), "ratio", "course.csv").tolist()
    [[0.0, 1.0, nan]]
    """
    if scale == "log":
        return values
    wrong = values <= 0 if scale == "ratio" else values < 0
    if wrong.any():
        row, column = (int(place[0]) for place in np.nonzero(wrong))
        raise InputError(
            f"a value has no logarithm: {scale} is the scale",
            expected="values above 0" if scale == "ratio" else "values of 0 or more",
            found=f"{values[row, column]:g}, and {int(wrong.sum()) - 1} more",
            where=f"{source}, row {row + 1} and column {column + 1} of the values",
            fix="--scale log if they are logarithms already; leave cells empty that are missing",
        )
    if scale == "ratio":
        return np.asarray(np.log2(values))
    divided = values / find_sizes(values) if scale == "counts" else values
    return np.asarray(np.log2(divided + 1))


def find_sizes(counts: Values) -> NDArray[np.float64]:
    """Return the size of each sample: how much more was counted in it than in the others, shape (n_times,).

    Of genes without a count of 0; 1 where there is none.

    Examples
    --------
    >>> find_sizes(np.array([[10.0, 20.0], [7.0, 14.0], [0.0, 90.0]])).round(3).tolist()
    [0.707, 1.414]
    """
    full = counts[(counts > 0).all(axis=1)]
    if not full.size:
        return np.ones(counts.shape[1])
    logs = np.log(full)
    return np.asarray(np.exp(np.median(logs - logs.mean(axis=1, keepdims=True), axis=0)))


def rescaled(values: Values, scale: str, source: str) -> tuple[Values, list[Note]]:
    """Return values on the log scale and what to tell of it, for a scale asked for or `auto`."""
    found, why = find_scale(values) if scale == "auto" else (scale, "as asked for")
    if found == "log":
        return values, []
    if scale == "auto" and found == "intensity":
        text = f"taken for intensities ({why}): used as they are; --scale intensity takes their log2"
        return values, [Note("scale", text)]
    text = f"taken for {found} ({why}): {SCALES[found]}; --scale log uses them as they are"
    return to_log(values, found, source), [Note("scale", text)]
