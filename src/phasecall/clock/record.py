"""The clock itself: what all genes of one experiment share, and how minutes become turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasecall.circular import Turns, wrap


@dataclass(frozen=True)
class Clock:
    """What all genes of one experiment share.

    Parameters
    ----------
    period
        Minutes a turn takes, more than 0.
    turn_at_zero
        Place on the turn at t = 0, in turns, [0, 1); NaN where nothing ties it to the cell cycle.
    lag
        Recovery: minutes after t = 0 before the culture moves on, 0 or more.
    loss
        Loss of synchrony: share of the waves' amplitude that is lost in a turn, [0, 1).

    Examples
    --------
    >>> clock = Clock(period=100.0, turn_at_zero=0.9)
    >>> clock.turn([10, 35]).round(6).tolist()
    [0.0, 0.25]
    >>> Clock(100.0, 0.9, lag=20.0, loss=0.5).retained([10, 120, 220]).tolist()
    [1.0, 0.5, 0.25]
    """

    period: float
    turn_at_zero: float
    lag: float = 0.0
    loss: float = 0.0

    def turn(self, minutes: ArrayLike) -> Turns:
        """Return the turn at some minutes, [0, 1)."""
        return wrap(self.turn_at_zero + self.moved(minutes))

    def moved(self, minutes: ArrayLike) -> NDArray[np.float64]:
        """Return how many turns the culture has moved since t = 0; none during the recovery."""
        time = np.asarray(minutes, dtype=np.float64)
        return np.asarray((time - np.clip(time, 0.0, self.lag)) / self.period)

    def retained(self, minutes: ArrayLike) -> NDArray[np.float64]:
        """Return the share of the waves' amplitude that is left at some minutes."""
        return np.asarray((1.0 - self.loss) ** np.maximum(self.moved(minutes), 0.0))

    def cycles(self, times: NDArray[np.float64]) -> float:
        """Return how many turns lie between the first and the last of some times."""
        return float(np.ptp(times)) / self.period


CDC15 = Clock(period=114.0, turn_at_zero=0.96)
"""The clock of the simulated cultures: the one fitted to the embedded cdc15 course, rounded."""
