"""Stretch: the longest run of arrays at one step, where series have lags, and random series like them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import fit_waves
from phasecall.exploration.record import Exploration
from phasecall.rhythm.design import lay_columns

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_EVEN = 0.1
"""Steps within this share of the usual one are even."""
_TWO_WAVES = 12
"""With fewer arrays a second wave would take most of what the first one leaves."""


@dataclass(frozen=True)
class Stretch:
    """The longest run of arrays at the usual step: no value between arrays has to be made up.

    Parameters
    ----------
    columns
        Arrays of the run, as columns of the course, shape (m,); empty without a clock.
    step
        Turns from one to the next; NaN where there are not two.
    """

    columns: NDArray[np.int64]
    step: float

    def __len__(self) -> int:
        return self.columns.size


def find_stretch(moved: Floats) -> Stretch:
    """Return the longest run of arrays at the usual (median) step.

    Parameters
    ----------
    moved
        Turns moved at each array, shape (n_times,), not falling; NaN without a clock.

    Examples
    --------
    >>> find_stretch(np.array([0.0, 0.2, 0.3, 0.4, 0.5, 0.7])).columns.tolist()
    [1, 2, 3, 4]
    """
    steps = np.diff(moved)
    if not steps.size or not np.isfinite(steps).all() or not (steps > 0).any():
        return Stretch(np.empty(0, dtype=np.int64), np.nan)
    usual = float(np.median(steps[steps > 0]))
    even = np.abs(steps - usual) <= _EVEN * usual
    if not even.any():
        return Stretch(np.empty(0, dtype=np.int64), np.nan)
    edges = np.flatnonzero(np.diff(np.r_[False, even, False]))
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    columns = np.arange(starts[longest], ends[longest] + 1)
    return Stretch(columns, float(steps[columns[:-1]].mean()))


def lay_stretch(exploration: Exploration) -> Stretch:
    """Return the even stretch of an exploration's arrays on its clock."""
    return find_stretch(exploration.estimate.clock.moved(exploration.course.times))


def count_waves(exploration: Exploration) -> int:
    """Return how many waves are taken out of a profile: two of twelve arrays or more, else one."""
    return 2 if exploration.course.times.size >= _TWO_WAVES else 1


def remove_waves(exploration: Exploration, values: Floats | None = None) -> tuple[Floats, NDArray[np.int64]]:
    """Return what the waves of the clock leave of each profile, each of mean square 1.

    Mean and waves are those of `phasecall.clock.fit_waves`, as many as `count_waves` says. Profiles of which
    nothing is left, or no wave can be fitted to, are left out.

    Parameters
    ----------
    exploration
        Whose clock it is.
    values
        Others than its own profiles at the same times, shape (n, n_times).

    Returns
    -------
    residuals
        Shape (m, n_times), NaN where the value is missing.
    kept
        Which profiles these are, shape (m,).
    """
    values = exploration.scaled if values is None else values
    times, estimate = exploration.course.times, exploration.estimate
    n_waves = count_waves(exploration)
    weights, _ = fit_waves(values, times, estimate.clock, estimate.noise_at(times), harmonics=n_waves)
    rest = values - weights @ lay_columns(estimate.clock.moved(times), 1.0, harmonics=n_waves).T
    known = np.isfinite(rest)
    square = np.where(known, rest, 0.0) ** 2
    size = np.sqrt(square.sum(axis=1) / np.maximum(known.sum(axis=1), 1))
    # A wave that leaves nothing but rounding leaves no series either.
    kept = np.flatnonzero(size > 1e-9)
    return rest[kept] / size[kept, None], kept


def randomise_phases(
    series: Floats, n: int, generator: np.random.Generator, *, together: bool = False
) -> Floats:
    """Return random series with the mean and the power spectrum of some given ones.

    The phase of each Fourier component is drawn at random: how a series depends on its own past stays, when
    anything happens in it does not.

    Parameters
    ----------
    series
        At even times, complete, shape (k, m).
    n
        How many of each.
    together
        Turn a component of all k by the same angle: what they share stays, too.

    Returns
    -------
    Floats
        Shape (n, k, m).

    References
    ----------
    Theiler et al. 1992, doi 10.1016/0167-2789(92)90102-S; together: Prichard and Theiler 1994,
    doi 10.1103/PhysRevLett.73.951.

    Examples
    --------
    >>> wave = np.cos(2 * np.pi * np.arange(8) / 8)[None]
    >>> other = randomise_phases(wave, 1, np.random.default_rng(0))[0]
    >>> np.allclose(np.abs(np.fft.rfft(other)), np.abs(np.fft.rfft(wave)))
    True
    """
    size = series.shape[1]
    spectrum = np.fft.rfft(series, axis=1)
    angles = generator.uniform(0, 2 * np.pi, (n, 1 if together else len(series), spectrum.shape[1]))
    angles[..., 0] = 0.0
    if size % 2 == 0:
        # The fastest component of an even number of points is real: its sign is all that can change.
        angles[..., -1] = np.pi * (angles[..., -1] > np.pi)
    return np.asarray(np.fft.irfft(spectrum * np.exp(1j * angles), n=size, axis=2))
