"""Reader: the default network on the clock of the genes that were learnt from, for any other gene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasecall import modelfile
from phasecall.caller.evidence import gather_evidence
from phasecall.clock import ClockEstimate, KnownGenes, estimate_clock, fit_waves
from phasecall.density import lay_out
from phasecall.errors import InputError
from phasecall.phases import SCHEMES
from phasecall.points import find_unit
from phasecall.reading import read_course
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reader:
    """How the default network reads genes of the experiment that it was fitted to.

    Parameters
    ----------
    times
        Minutes of the columns, shape (n_times,).
    estimate
        The clock.
    ruler
        Values of a gene of the usual size and the usual noise, shape (n_times,).
    """

    times: Floats
    estimate: ClockEstimate
    ruler: Floats

    def read(self, values: Floats) -> Floats:
        """Return the density of each gene's peak, shape (n, 360); flat where a gene cannot be read.

        Parameters
        ----------
        values
            At the reader's times, shape (n, n_times); NaN = missing.
        """
        # The network reads size and noise in units of their medians over all genes of a course. One ruler
        # more than there are genes, and the medians are the ruler's, whatever the genes.
        beside = np.tile(self.ruler, (len(values) + 1, 1))
        course = _lay_course(np.vstack([values, beside]), self.times)
        natural = read_course(course, self.estimate).natural[: len(values)]
        return lay_out(np.nan_to_num(natural))


def fit_reader(values: Floats, times: ArrayLike, known: KnownGenes | None, period: float | None) -> Reader:
    """Return a reader on the clock that genes tell.

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing.
    times
        Minutes of the columns, shape (n_times,), any order.
    known
        What is known of where they peak.
    period
        Minutes of a turn, if known.

    Raises
    ------
    InputError
        If times and columns do not fit together, or the network cannot read these genes.
    """
    minutes = _check_times(times, values.shape[1])
    course = _lay_course(values, minutes)
    estimate = estimate_clock(course, known=known, period=period)
    network = modelfile.shipped(modelfile.DEFAULT)
    # The scheme is of no account here: whether the course can be read is asked, not what it says.
    fault = gather_evidence(course, estimate, SCHEMES["four"], network, ()).fault
    if fault:
        raise InputError(
            "the default network cannot read the genes of fit",
            expected="genes that show a period, and whose y agrees on where the experiment starts",
            found=fault,
            fix="give the period, and check that y is of these genes; or leave out times, to learn from the"
            " values alone",
        )
    return Reader(minutes, estimate, make_ruler(values, minutes, estimate))


def make_ruler(values: Floats, times: Floats, estimate: ClockEstimate) -> Floats:
    """Return the gene whose share of noise is nearest to the usual one, in the usual size.

    Parameters
    ----------
    values
        Shape (n, n_times); NaN = missing. Some show a wave.
    times
        Minutes, shape (n_times,).
    estimate
        Their clock.
    """
    noise = estimate.noise_at(times)
    variance = fit_waves(values, times, estimate.clock, noise)[1][:, 1:, 1:].trace(axis1=1, axis2=2)
    rows = np.flatnonzero(variance > 0)
    sizes = np.nanstd(values[rows], axis=1, ddof=1)
    unit = find_unit(values)
    usual = np.median(variance[rows]) / unit**2
    place = int(np.abs(np.log(variance[rows] / sizes**2 / usual)).argmin())
    return np.asarray(values[rows[place]] * (unit / sizes[place]))


def name_rows(n: int) -> tuple[str, ...]:
    """Return names for genes that have none.

    Examples
    --------
    >>> name_rows(2)
    ('row 0', 'row 1')
    """
    return tuple(f"row {row}" for row in range(n))


def _lay_course(values: Floats, times: Floats) -> TimeCourse:
    return TimeCourse(name_rows(len(values)), times, values)


def _check_times(times: ArrayLike, n_columns: int) -> Floats:
    try:
        minutes = np.array(times, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("times are no numbers", expected="minutes", found=str(times)) from None
    if minutes.shape != (n_columns,):
        raise InputError(
            "times and columns do not fit together",
            expected=f"{n_columns} times, one for each column of X",
            found=f"times of shape {minutes.shape}",
        )
    return minutes
