"""Presets: cultures like the embedded experiments, as `benchmarks/simulator.py` fits and verifies them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from phasecall.clock import Clock
from phasecall.simulation.culture import Culture, Expression, Measurement, Population


@dataclass(frozen=True)
class Preset:
    """A culture like an embedded experiment.

    Parameters
    ----------
    key
        Key of the experiment in `phasecall.datasets.DATASETS`.
    sync
        How it was synchronised.
    times
        When it was sampled, minutes.
    culture
        What it is like.
    """

    key: str
    sync: str
    times: tuple[float, ...]
    culture: Culture


_YEAST = Population(initial_spread=0.05, asymmetry=0.1)
_TWO_PEAKED = 0.05


def _every(step: int, first: int, last: int) -> tuple[float, ...]:
    return tuple(float(minute) for minute in range(first, last + 1, step))


# Periods are those that `clock.fit_clock` finds on the embedded labelled genes; starts are by
# `clock.align_clock` on those of the training folds. Peaks lie anywhere: how common phases are differs.
_ROWS = (
    Preset(
        "alpha",
        "alpha",
        _every(7, 0, 119),
        Culture(
            Clock(62.5, 0.96, loss=0.29),
            noise=0.174,
            spread=None,
            population=_YEAST,
            expression=Expression(0.56, 0.51, 1.6, _TWO_PEAKED, drift=0.166, decoys=0.28),
            measurement=Measurement(noise_spread=0.56, shared=0.113, alternation=0.122, missing=0.027),
        ),
    ),
    Preset(
        "cdc15",
        "cdc15",
        (10.0, 30.0, 50.0, *_every(10, 70, 250), 270.0, 290.0),
        Culture(
            Clock(114.5, 0.97, loss=0.29),
            noise=0.2,
            spread=None,
            population=_YEAST,
            expression=Expression(0.75, 0.57, 0.9, _TWO_PEAKED, drift=0.29),
            measurement=Measurement(noise_spread=0.7, shared=0.1, alternation=0.36, missing=0.062),
        ),
    ),
    Preset(
        "cdc28",
        "cdc28",
        _every(10, 0, 160),
        Culture(
            Clock(86.5, 0.05, loss=0.2),
            noise=0.186,
            spread=None,
            population=_YEAST,
            expression=Expression(0.67, 0.36, 1.1, _TWO_PEAKED, drift=0.33, decoys=0.29),
            measurement=Measurement(noise_spread=0.5, shared=0.132, missing=0.058),
        ),
    ),
    Preset(
        "cdc15-4381",
        "cdc15",
        _every(10, 40, 260),
        Culture(
            Clock(114.5, 0.97, loss=0.3),
            noise=0.252,
            spread=None,
            population=_YEAST,
            expression=Expression(0.283, 0.76, 1.2, _TWO_PEAKED, drift=0.056, decoys=0.52),
            measurement=Measurement(noise_spread=0.32, shared=0.052, alternation=0.42),
        ),
    ),
)

REALISTIC: Mapping[str, Preset] = MappingProxyType({row.key: row for row in _ROWS})
"""Cultures like the embedded experiments, by the key of the dataset."""
