"""What peers share: the numbers they are given, the check of the time grid, one core, how they answer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import MissingExtraError
from phasecall.methods.record import Examples, Fit, Predict, Probabilities, RefusalError
from phasecall.phases import Scheme
from phasecall.preparation import standardise

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Answer = Callable[[Examples], Probabilities]
"""Probabilities of the phases that were present in training, in the order of their codes."""
Learn = Callable[[Examples, Codes, int], Answer]
"""Takes training genes, codes 0, 1, ... without holes, and a seed."""


def on_one_grid(fit: Fit) -> Fit:
    """Return a method that refuses to be asked on other time points than it was trained on."""

    def fit_checked(known: Examples, codes: Codes, scheme: Scheme, seed: int) -> Predict:
        predict, times = fit(known, codes, scheme, seed), known.times

        def predict_checked(asked: Examples) -> Probabilities:
            if asked.times != times:
                other = "at other minutes" if len(asked.times) == len(times) else f"asked {len(asked.times)}"
                raise RefusalError(f"reads one time grid; trained on {len(times)} columns, {other}")
            return predict(asked)

        return predict_checked

    return fit_checked


def of_columns(learn: Learn) -> Fit:
    """Return a method from a classifier of rows of numbers: one grid, one core, all phases as columns."""

    def fit(known: Examples, codes: Codes, scheme: Scheme, seed: int) -> Predict:
        present, dense = np.unique(codes, return_inverse=True)
        if present.size < 2:
            raise RefusalError("training genes of one phase only")
        with one_core():
            answer = learn(known, dense.astype(np.int64), seed)

        def predict(asked: Examples) -> Probabilities:
            probabilities = np.zeros((len(asked), len(scheme)))
            with one_core():
                probabilities[:, present] = answer(asked)
            return np.asarray(probabilities / probabilities.sum(axis=1, keepdims=True))

        return predict

    return on_one_grid(fit)


def read_values(genes: Examples, *, filled: bool = True) -> Floats:
    """Return asinh of the values of all experiments side by side, as logistic regression reads them."""
    return np.arcsinh(genes.filled if filled else genes.matrix)


def read_profiles(genes: Examples) -> Floats:
    """Return the series of all experiments end to end, gaps filled, each of mean 0 and deviation 1.

    It is what classifiers of time series expect (Bagnall et al. 2017, doi 10.1007/s10618-016-0483-9), and
    what the reference network reads.
    """
    series = [standardise(course.values, course.times)[:, :, 0] for course in genes.courses]
    return np.hstack(series).astype(np.float64)


def share_evenly(codes: Codes, n_parts: int, seed: int) -> Codes:
    """Return the part, 0 to `n_parts - 1`, of each training gene: phases are shared out evenly.

    Examples
    --------
    >>> sorted(share_evenly(np.array([0, 0, 1, 1]), 2, seed=0)[:2].tolist())
    [0, 1]
    """
    random = np.random.default_rng(seed)
    parts = np.empty(codes.size, dtype=np.int64)
    order = np.lexsort((random.random(codes.size), codes))
    parts[order] = np.arange(codes.size) % n_parts
    return parts


@contextmanager
def one_core() -> Iterator[None]:
    """Keep linear algebra and OpenMP on one core, so that seconds of all methods mean the same."""
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    with threadpool_limits(limits=1):
        yield


@contextmanager
def needing(feature: str, extra: str = "peers") -> Iterator[None]:
    """Say which extra is missing if an import fails; what packages warn of on import is theirs alone.

    Raises
    ------
    MissingExtraError
        If a module is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImportError as error:
        raise MissingExtraError(feature, extra, error.name or "unknown") from error
