"""Tuned model: the default network tuned to one experiment by labelled genes, and whether that is better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.phases import SCHEMES
from phasecall.tuning import Tuning

Floats = NDArray[np.float64]

MIN_LABELLED = 20
"""Labelled genes of a tuned model: fewer cannot be learnt from and judged by."""
MAX_NAME = 200
"""Characters of a name."""

CONTRADICTED = (
    "without their labels fewer of the labelled genes are called rightly than by chance: do the names of"
    " their phases mean what the scheme means by them?"
)

_DIGITS = 7
_LEAST_SHARE = 1e-3
"""What counts less than this in an answer is left out."""


@dataclass(frozen=True)
class Held:
    """How good answers are for labelled genes, each answered by what was learnt without it.

    Parameters
    ----------
    accuracy
        Share of them whose phase is the most likely one, [0, 1].
    accuracy_ci
        Wilson's 95 % interval of that.
    loss
        Mean negative log of the probability of the known phase, nats, 0 or more; lower is better.
    """

    accuracy: float
    accuracy_ci: tuple[float, float]
    loss: float


@dataclass(frozen=True)
class Verdict:
    """Whether the labelled genes made the answers better.

    Parameters
    ----------
    n
        Labelled genes that were learnt from and judged by.
    zero_shot, tuned
        How good the answers are without labels, and with what was learnt counting as it does.
    kept_original
        Whether the answers stay as they are without labels.
    why
        The reason, in words.
    """

    n: int
    zero_shot: Held
    tuned: Held
    kept_original: bool
    why: str


@dataclass(frozen=True, eq=False)
class TunedModel:
    """The default network tuned to one experiment by labelled genes of it.

    Parameters
    ----------
    name
        Of the experiment.
    version, created
        Of phasecall, and the date, ISO 8601.
    network
        SHA-256 of the file of the network that it rests on.
    scheme
        Key of the scheme of its phases.
    times
        Minutes that were measured, as they stand in the course, rising; replicates are equal times.
    sync, period
        How the culture was synchronised, and minutes of a turn, where that was given; else None.
    genes, codes
        Names of the labelled genes and the codes of their phases.
    share
        What the tuned answers count beside those without labels, [0, 1]; 0 where the original ones are kept.
    tuning
        What was learnt from the values of these genes at these times, beside the start of the clock; None if
        nothing was, or if the original answers are kept.
    verdict
        Whether that is better, as judged by genes held out.
    least
        Least probability of a phase in a conformal set, [0, 1], as these genes tell it while held out.
    """

    name: str
    version: str
    created: str
    network: str
    scheme: str
    times: tuple[float, ...]
    sync: str | None
    period: float | None
    genes: tuple[str, ...]
    codes: tuple[int, ...]
    share: float
    tuning: Tuning | None
    verdict: Verdict
    least: float

    @property
    def contradicted(self) -> bool:
        """Whether the labels contradict all else that is known of the experiment; see `CONTRADICTED`."""
        return self.verdict.zero_shot.accuracy_ci[1] < 1 / len(SCHEMES[self.scheme])

    @property
    def labels(self) -> dict[str, str]:
        """Return the code of each labelled gene, as a text that `phasecall.labels.encode` takes."""
        return {gene: str(code) for gene, code in zip(self.genes, self.codes, strict=True)}


def condense(tuning: Tuning) -> Tuning | None:
    """Return what was learnt as it stands in a file: rounded, without what counts next to nothing.

    Parameters
    ----------
    tuning
        What `phasecall.tuning.tune` returned.

    Returns
    -------
    Tuning or None
        None where nothing but the network counts. Answers differ by less than 0.01 from those before.
    """
    used = tuning.shares[1:] >= _LEAST_SHARE
    if not used.any():
        return None
    shares = tuning.shares[np.r_[True, used]]
    arrays = (shares / shares.sum(), tuning.centre, tuning.spread, tuning.genes)
    return Tuning(*map(_round, (*arrays, tuning.weights[used], tuning.bias[used])))


def _round(values: Floats) -> Floats:
    short = [float(f"{one:.{_DIGITS}g}") for one in values.ravel().tolist()]
    return np.array(short).reshape(values.shape)
