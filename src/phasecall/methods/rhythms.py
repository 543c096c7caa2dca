"""Our own classical scores as methods that order a genome by how periodic its genes are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.methods.record import Examples, Score
from phasecall.rhythm import RHYTHMS, align_fourier


def score_aligned(genes: Examples, _: int) -> NDArray[np.float64]:
    """Return the Fourier score of Spellman et al. 1998 over all experiments, their phases aligned."""
    pairs = zip(genes.courses, genes.clocks, strict=True)
    return align_fourier([(course.values, course.times, one.clock.period) for course, one in pairs])


def score_by(key: str) -> Score:
    """Return the score of a row of `RHYTHMS`; over several experiments the sum, what is missing left out."""
    judge = RHYTHMS[key].score

    def score(genes: Examples, _: int) -> NDArray[np.float64]:
        pairs = zip(genes.courses, genes.clocks, strict=True)
        scores = np.stack([judge(c.values, c.times, one.clock.period).score for c, one in pairs])
        return np.where(np.isfinite(scores).any(axis=0), np.nansum(scores, axis=0), np.nan)

    return score
