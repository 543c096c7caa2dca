"""Chance: which profiles would pass for cycling if the times of a course were in another order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import wrap
from phasecall.exploration.spectrum import choose_periods, gather, lay_waves
from phasecall.rhythm.design import lay_columns

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

N_SHUFFLES = 20
"""What is larger than the largest of so many exchangeable draws is so by chance once in 21 times."""


def select_cycling(profiles: Floats, times: Floats, count: int) -> tuple[Rows, Floats]:
    """Return the profiles that pass most for cycling, in their order, and where their waves peak.

    Cycling genes were chosen for a wave: a statistic of them is larger than that of any genes, whatever the
    data are. What chance makes of it shows only where genes are chosen anew, as many, from all profiles in
    shuffled order. This is the caller's choice in its simplest form: the period is the one that explains most
    of all profiles, and of its wave those are taken whose largest share it explains.

    Parameters
    ----------
    profiles
        All profiles, of mean 0 and standard deviation 1, shape (n, n_times).
    times
        Minutes, shape (n_times,).
    count
        How many are wanted.

    Returns
    -------
    rows, turns
        Which ones, and where each peaks, turns of that period from t = 0 on; shape (count,).

    References
    ----------
    Ambroise and McLachlan 2002, doi 10.1073/pnas.102102699 (selection within resampling)

    Examples
    --------
    >>> times = np.arange(12.0)
    >>> noise = np.random.default_rng(0).normal(size=(8, 12))
    >>> profiles = np.concatenate([noise, 9 * np.cos(np.pi * (times - [[1], [2]]) / 3)])
    >>> profiles = (profiles - profiles.mean(axis=1)[:, None]) / profiles.std(axis=1)[:, None]
    >>> rows, turns = select_cycling(profiles, times, 2)
    >>> rows.tolist(), turns.round(1).tolist()
    ([8, 9], [0.2, 0.3])
    """
    periods = choose_periods(times)
    waves = lay_waves(times, periods)
    best = int((waves * (gather(profiles) @ waves)).sum(axis=(1, 2)).argmax())
    share = ((profiles @ waves[best]) ** 2).sum(axis=1)
    rows = np.sort(np.argsort(-share, kind="stable")[:count])
    weights = profiles[rows] @ np.linalg.pinv(lay_columns(times, float(periods[best]))).T
    return rows, wrap(np.arctan2(weights[:, 2], weights[:, 1]) / (2 * np.pi))
