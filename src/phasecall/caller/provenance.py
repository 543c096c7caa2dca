"""Provenance: what calls say of the clocks and of the network that they rest on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from phasecall.clock import Clock
from phasecall.modelcard import ModelCard
from phasecall.tunedmodel import TunedModel

NO_CLOCK = Clock(np.nan, np.nan)
"""Of an experiment whose clock nothing tells."""


def describe_clock(name: str, clock: Clock) -> dict[str, Any]:
    """Return the clock of an experiment as plain values: NaN where nothing tells it.

    Examples
    --------
    >>> describe_clock("alpha", Clock(62.0, 0.93))
    {'name': 'alpha', 'period': 62.0, 'turn_at_zero': 0.93, 'lag': 0.0, 'loss': 0.0}
    """
    return {"name": name, **{part: float(value) for part, value in asdict(clock).items()}}


def describe_card(card: ModelCard) -> dict[str, Any]:
    """Return the card of a network as JSON has it."""
    return {**asdict(card), "times": list(card.times)}


def describe_tuned(tuned: TunedModel) -> dict[str, Any]:
    """Return what stands in the card of the network about the model tuned to one experiment."""
    return {
        "name": tuned.name,
        "version": tuned.version,
        "created": tuned.created,
        "labelled_genes": tuned.verdict.n,
        "kept_original": tuned.verdict.kept_original,
    }
