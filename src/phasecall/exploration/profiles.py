"""Profiles together: their envelope, their shape about the peak, and which of them vary most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration.record import Exploration, Floats

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of an envelope."""
N_VOLATILE = 30
_N_COLUMNS, _N_LEVELS = 24, 36
_HIGHEST = 3.0
"""Standard deviations up to which a folded profile is shown."""


@dataclass(frozen=True, eq=False)
class Envelope:
    """What the scaled profiles of all genes do together.

    Parameters
    ----------
    times
        Minutes at which any profile has a value; shape (m,).
    mean
        Mean over genes; shape (m,).
    quantiles
        Of the genes, at `LEVELS`; shape (5, m).
    """

    times: Floats
    mean: Floats
    quantiles: Floats


@dataclass(frozen=True, eq=False)
class Folded:
    """The values of cycling genes by their distance from the gene's own peak.

    Parameters
    ----------
    edges, levels
        Borders of the cells: turns from the peak, shape (25,), and standard deviations, shape (37,).
    share
        Share of the values of a column that lie in each of its cells; shape (36, 24), NaN where a column has
        no value.
    median
        Of each column; shape (24,).
    n_genes
        How many genes were folded.
    """

    edges: Floats
    levels: Floats
    share: Floats
    median: Floats
    n_genes: int


def measure_envelope(found: Exploration) -> Envelope:
    """Return mean and quantiles over genes, time by time, of the profiles scaled gene by gene.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> measure_envelope(explore(phasecall.load("alpha"))).quantiles.shape
    (5, 18)
    """
    scaled = found.scaled
    seen = np.isfinite(scaled).any(axis=0)
    quantiles = np.nanquantile(scaled[:, seen], LEVELS, axis=0)
    return Envelope(found.course.times[seen], np.nanmean(scaled[:, seen], axis=0), quantiles)


def fold_profiles(found: Exploration) -> Folded | None:
    """Return the scaled values of cycling genes by turns from their peak; None where no gene has both."""
    period = float(found.calls.period)
    peak = found.calls.peak_time[found.rows]
    wanted = np.flatnonzero(found.cycling & np.isfinite(peak))
    if not wanted.size or not np.isfinite(period):
        return None
    away = (found.course.times - peak[wanted, None]) / period
    values = found.scaled[wanted]
    seen = np.isfinite(values)
    folded = (away[seen] + 0.5) % 1.0 - 0.5
    edges = np.linspace(-0.5, 0.5, _N_COLUMNS + 1)
    levels = np.linspace(-_HIGHEST, _HIGHEST, _N_LEVELS + 1)
    column = np.clip(np.digitize(folded, edges) - 1, 0, _N_COLUMNS - 1)
    row = np.clip(np.digitize(values[seen], levels) - 1, 0, _N_LEVELS - 1)
    counts = np.zeros((_N_LEVELS, _N_COLUMNS))
    np.add.at(counts, (row, column), 1)
    median = np.full(_N_COLUMNS, np.nan)
    for place in np.unique(column):
        median[place] = np.median(values[seen][column == place])
    total = counts.sum(axis=0)
    share = np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)
    return Folded(edges, levels, share, median, wanted.size)


def find_volatile(found: Exploration, n: int = N_VOLATILE) -> NDArray[np.int64]:
    """Return the profiles with the largest standard deviation in the unit of the values, largest first.

    Of those with a value at half of the times or more: one wild value among few says nothing of a gene.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> found = explore(phasecall.load("alpha"))
    >>> [found.course.genes[row] for row in found.rows[find_volatile(found, 3)]]
    ['YNL327W', 'YNR044W', 'YDR461W']
    """
    values = found.course.values[found.rows]
    deviation = np.nanstd(values, axis=1)
    full = np.flatnonzero(np.isfinite(values).mean(axis=1) >= 0.5)
    return full[np.argsort(-deviation[full], kind="stable")][:n]
