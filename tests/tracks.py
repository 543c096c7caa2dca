"""Small tracks and methods for tests of the benchmark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.benchmark.task import Experiment, Task
from phasecall.benchmark.tracks import Track
from phasecall.labels import fold_of
from phasecall.methods import Examples, Method, Predict
from phasecall.phases import SCHEMES, Scheme
from phasecall.simulation import simulate

FOUR = SCHEMES["four"]
N_GENES = 400


def task(shift: float = 0.0, scheme: Scheme = FOUR) -> Task:
    """Simulated genes by their own folds, at a period that is known."""
    made = simulate(N_GENES, seed=5)
    course = replace(made.course, values=made.course.values + shift)
    experiments = (Experiment(course, course, period=114.0),)
    return Task(experiments, experiments, made.codes, fold_of(course.genes), scheme)


def track(load: Callable[[], Task] = task, **changes: Any) -> Track:
    """A track of two folds."""
    return replace(Track("toy", "A toy", "four", "It says nothing.", load, parts=(1, 2)), **changes)


@dataclass
class Spy:
    """A method that remembers what it was given; slow, so that it is not warmed up."""

    given: list[tuple[tuple[str, ...], list[int]]] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def fit(self, known: Examples, codes: NDArray[np.int64], scheme: Scheme, seed: int) -> Predict:
        self.given.append((known.courses[0].genes, codes.tolist()))
        return partial(self.predict, np.bincount(codes, minlength=len(scheme)) / codes.size)

    def predict(self, shares: NDArray[np.float64], asked: Examples) -> NDArray[np.float64]:
        self.asked.append(asked.courses[0].genes)
        return np.tile(shares, (len(asked), 1))

    @property
    def method(self) -> Method:
        return Method("spy", "Spy", "It remembers.", self.fit, slow=True)


def failing(fault: Exception) -> Method:
    """A method that raises when it is to learn."""

    def fit(known: Examples, codes: NDArray[np.int64], scheme: Scheme, seed: int) -> Predict:
        raise fault

    return Method("broken", "Broken", "It breaks.", fit, slow=True)
