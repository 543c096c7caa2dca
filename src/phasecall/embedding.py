"""Embeddings: the numbers by which the default network tells genes apart, before its last layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall import modelfile
from phasecall.clock import ClockEstimate
from phasecall.points import lay_points
from phasecall.reading import find_readable, open_network
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]


def embed_course(
    course: TimeCourse, estimate: ClockEstimate, source: modelfile.ModelFile | None = None
) -> Floats:
    """Return what the default network knows of each gene before its last layer.

    Genes that the network takes for alike lie near one another: for maps and clusters of genes. Numbers of
    two networks have nothing in common.

    Parameters
    ----------
    course
        The experiment. Interpolated times are not read, nor genes of fewer than four values or of one only.
    estimate
        Its clock, with a period and a start.
    source
        The network, one that reads any course; the one that comes with the package if not given.

    Returns
    -------
    Floats
        Shape (n_genes, n_embedding), of the network that comes with the package (n_genes, 32); NaN rows for
        genes that are not read.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.clock import estimate_clock
    >>> course = phasecall.load("alpha").select_genes(range(5))
    >>> embed_course(course, estimate_clock(course, sync="alpha", period=62.0)).shape
    (5, 32)
    """
    network = open_network(source)
    embeddings = np.full((len(course), network.n_embedding), np.nan)
    measured = course.select_times(course.measured())
    readable = find_readable(measured)
    if readable.any():
        points = lay_points(measured, estimate)[readable]
        _, embeddings[readable] = network.predict(points, embeddings=True)
    return embeddings
