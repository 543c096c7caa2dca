"""The default network as a method: as it is, and tuned to the experiment by its labelled genes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.density import fuse, lay_out, share_out
from phasecall.methods.record import Examples, Predict, Probabilities, RefusalError
from phasecall.phases import Scheme
from phasecall.reading import read_course
from phasecall.tuning import tune


def call_default(_: Examples, __: NDArray[np.int64], scheme: Scheme, ___: int) -> Predict:
    """Call by the default network: nothing is learnt. What several experiments say is fused."""
    return lambda asked: _answer(asked, scheme)


def tune_default(known: Examples, codes: NDArray[np.int64], scheme: Scheme, _: int) -> Predict:
    """Tune the default network to the experiments by their labelled genes.

    Without labels it answers as it is.

    Raises
    ------
    RefusalError
        If it is asked about other experiments than it was tuned to.
    """
    if not codes.size:
        return lambda asked: _answer(asked, scheme)
    tuning = tune(known.matrix, _answer(known, scheme), codes)

    def predict(asked: Examples) -> Probabilities:
        if asked.times != known.times:
            raise RefusalError("is tuned to the experiment that it is asked about")
        return tuning.answer(asked.matrix, _answer(asked, scheme))

    return predict


def _answer(genes: Examples, scheme: Scheme) -> Probabilities:
    pairs = zip(genes.courses, genes.clocks, strict=True)
    naturals = np.stack([read_course(course, clock).natural for course, clock in pairs])
    return share_out(lay_out(fuse(naturals)), scheme)
