"""Peers that read a series: neighbours under dynamic time warping, and random convolutions (package aeon)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from phasecall.calibration import fit_temperature, temper
from phasecall.methods.inputs import Answer, Codes, Floats, needing, read_profiles, share_evenly
from phasecall.methods.record import Examples

_WINDOWS = (0.0, 0.1, 0.2, 0.5, 1.0)
_NEIGHBOURS = (1, 3, 5, 9, 15, 25)
_INNER_FOLDS = 4
_SHARPNESS = 4.0
"""Ridge decisions lie about -1 and 1: a softmax of so much of them is near to what they mean."""
_MINIROCKET_LEAST, _MULTIROCKET_LEAST = 9, 10
"""Kernels have 9 points, and MultiRocket reads differences too."""

Decide = Callable[[Any, Floats], Floats]


def learn_neighbours(known: Examples, codes: Codes, _: int) -> Answer:
    """Ask the nearest training genes under dynamic time warping; probabilities are shares of their votes.

    How far time may be warped, and how many neighbours vote, is what calls most training genes rightly when
    each is left out. All training genes together have one vote more, so that no phase is impossible.

    References
    ----------
    Sakoe and Chiba 1978, doi 10.1109/TASSP.1978.1163055; leaving one out to choose the window: Bagnall et al.
    2017, doi 10.1007/s10618-016-0483-9.
    """
    with needing("k-NN with dynamic time warping"):
        from aeon.distances import dtw_pairwise_distance

    def measure(one: Floats, other: Floats, window: float) -> Floats:
        with _silent():
            return np.asarray(dtw_pairwise_distance(one, other, window=window, n_jobs=1))

    profiles = read_profiles(known)[:, None, :]
    n_phases = int(codes.max()) + 1
    best = (-1.0, 0.0, 1)
    for window in _WINDOWS:
        distances = measure(profiles, profiles, window)
        np.fill_diagonal(distances, np.inf)
        for count in (count for count in _NEIGHBOURS if count < codes.size):
            right = float((_vote(distances, codes, count, n_phases).argmax(axis=1) == codes).mean())
            best = max(best, (right, window, count), key=lambda found: found[0])
    window, count = best[1:]

    def answer(asked: Examples) -> Floats:
        distances = measure(read_profiles(asked)[:, None, :], profiles, window)
        return _vote(distances, codes, count, n_phases)

    return answer


def learn_minirocket(known: Examples, codes: Codes, seed: int) -> Answer:
    """Fit MiniRocket, 10,000 kernels and a ridge classifier; probabilities by a temperature.

    References
    ----------
    Dempster, Schmidt and Webb 2021, doi 10.1145/3447548.3467231.
    """
    with needing("MiniRocket"):
        from aeon.classification.convolution_based import MiniRocketClassifier

    def make() -> Any:
        return MiniRocketClassifier(random_state=seed, n_jobs=1)

    def decide(model: Any, series: Floats) -> Floats:
        return np.asarray(model.pipeline_.decision_function(series))

    return _learn_ridge(make, decide, (known, codes, seed), _MINIROCKET_LEAST)


def learn_hydra(known: Examples, codes: Codes, seed: int) -> Answer:
    """Fit MultiRocket-Hydra as aeon has it, with a ridge classifier; probabilities by a temperature.

    References
    ----------
    Dempster, Schmidt and Webb 2023, doi 10.1007/s10618-023-00939-3 (Hydra); Tan et al. 2022,
    doi 10.1007/s10618-022-00844-1 (MultiRocket).
    """
    with needing("MultiRocket-Hydra", "hydra"):
        import torch  # noqa: F401  # what aeon's Hydra runs on
    with needing("MultiRocket-Hydra"):
        from aeon.classification.convolution_based import MultiRocketHydraClassifier

    def make() -> Any:
        return MultiRocketHydraClassifier(random_state=seed, n_jobs=1)

    def decide(model: Any, series: Floats) -> Floats:
        # aeon tells labels only; this is its own `predict` up to the last step.
        hydra = model._scale_hydra.transform(model._transform_hydra.transform(series))
        rocket = model._scale_multirocket.transform(model._transform_multirocket.transform(series))
        return np.asarray(model.classifier.decision_function(np.concatenate((hydra, rocket), axis=1)))

    return _learn_ridge(make, decide, (known, codes, seed), _MULTIROCKET_LEAST)


def _learn_ridge(
    make: Callable[[], Any], decide: Decide, taught: tuple[Examples, Codes, int], least: int
) -> Answer:
    """Fit a classifier that gives decisions, and the temperature that turns them into probabilities.

    The temperature is fitted to decisions on training genes that the classifier of an inner fold did not see.
    """
    known, codes, seed = taught
    n_phases = int(codes.max()) + 1
    series = _pad(read_profiles(known), least)
    parts = share_evenly(codes, _INNER_FOLDS, seed)
    unseen = np.zeros((codes.size, n_phases))
    with _silent():
        for part in range(_INNER_FOLDS):
            held, seen = parts == part, codes[parts != part]
            model = make().fit(series[~held], seen)
            unseen[held] = _chances(decide(model, series[held]), np.unique(seen), n_phases)
        model = make().fit(series, codes)
    temperature = fit_temperature(unseen, codes)

    def answer(asked: Examples) -> Floats:
        with _silent():
            decisions = decide(model, _pad(read_profiles(asked), least))
        return temper(_chances(decisions, np.arange(n_phases), n_phases), temperature)

    return answer


def _chances(decisions: Floats, present: Codes, n_phases: int) -> Floats:
    """Return the softmax of decisions; a phase not present has the lowest of its gene."""
    if decisions.ndim == 1:  # of two classes scikit-learn decides for the second
        decisions = np.column_stack([-decisions, decisions])
    whole = np.repeat(decisions.min(axis=1, keepdims=True), n_phases, axis=1)
    whole[:, present] = decisions
    return temper(np.exp(_SHARPNESS * (whole - whole.max(axis=1, keepdims=True))), 1.0)


def _vote(distances: Floats, codes: Codes, count: int, n_phases: int) -> Floats:
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :count]
    votes = (codes[nearest][:, :, None] == np.arange(n_phases)).sum(axis=1)
    shares = np.bincount(codes, minlength=n_phases) / codes.size
    return np.asarray((votes + shares) / (count + 1))


def _pad(profiles: Floats, least: int) -> Floats:
    """Return series as aeon takes them, shorter ones ended with zeros as its message advises."""
    missing = max(0, least - profiles.shape[1])
    return np.pad(profiles, ((0, 0), (0, missing)))[:, None, :]


@contextmanager
def _silent() -> Iterator[None]:
    """Hide what numba and scikit-learn tell aeon, and nobody else."""
    with warnings.catch_warnings():
        # numba names the file instead of the module.
        warnings.filterwarnings("ignore", module=r"(.*[/\\])?(aeon|numba|sklearn)\b")
        yield
