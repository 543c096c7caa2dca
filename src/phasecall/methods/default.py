"""The default network as a method: as it is, and tuned to the experiments by their labelled genes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.density import fuse, lay_out, share_out
from phasecall.methods.record import Examples, Predict, Probabilities, RefusalError
from phasecall.modelfile import ModelFile
from phasecall.phases import Scheme
from phasecall.reading import read_course
from phasecall.tuning import draw_genes, tune


def call_default(_: Examples, __: NDArray[np.int64], scheme: Scheme, ___: int) -> Predict:
    """Call by the default network: nothing is learnt. What several experiments say is fused."""
    return lambda asked: answer(asked, scheme)


def tune_default(known: Examples, codes: NDArray[np.int64], scheme: Scheme, _: int) -> Predict:
    """Tune the default network to the experiments by their labelled genes.

    Without labels it answers as it is.

    Raises
    ------
    RefusalError
        If it is asked about other experiments than it was tuned to.
    """
    if not codes.size:
        return lambda asked: answer(asked, scheme)
    drawn = draw_genes(codes.size)
    tuning = tune(known.matrix[drawn], answer(known, scheme)[drawn], codes[drawn])

    def predict(asked: Examples) -> Probabilities:
        if asked.times != known.times:
            raise RefusalError("is tuned to the experiment that it is asked about")
        return tuning.answer(asked.matrix, answer(asked, scheme))

    return predict


def answer(genes: Examples, scheme: Scheme, source: ModelFile | None = None) -> Probabilities:
    """Return the probability of each phase; what several experiments say is fused.

    Parameters
    ----------
    genes
        The genes, with the clocks of their experiments.
    scheme
        The phases.
    source
        The network; the one that comes with the package if not given.
    """
    pairs = zip(genes.courses, genes.clocks, strict=True)
    naturals = np.stack([read_course(course, clock, source).natural for course, clock in pairs])
    return share_out(lay_out(fuse(naturals)), scheme)
