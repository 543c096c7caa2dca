"""Provenance: what calls say of the clocks and of the network that they rest on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from phasecall.clock import Clock, ClockEstimate
from phasecall.modelcard import ModelCard
from phasecall.tunedmodel import TunedModel

NO_CLOCK = Clock(np.nan, np.nan)
"""Of an experiment whose clock nothing tells."""


def describe_clock(name: str, clock: Clock, estimate: ClockEstimate | None = None) -> dict[str, Any]:
    """Return the clock of an experiment as plain values: NaN where nothing tells it.

    Parameters
    ----------
    name
        What the experiment is called.
    clock
        The clock.
    estimate
        How it was told; None of a clock that a network brings.

    Returns
    -------
    dict
        `name`; the fields of `Clock`; `period_lo`, `period_hi`, the 95 % interval of the period, which has no
        width where it was given and no upper end where that was not measured; and `anchor`, what the start
        rests on.

    Examples
    --------
    >>> told = describe_clock("alpha", Clock(62.0, 0.93))
    >>> told["name"], told["period"], told["period_lo"], told["anchor"]
    ('alpha', 62.0, nan, '')
    """
    interval = (np.nan, np.nan) if estimate is None else (estimate.period_lo, estimate.period_hi)
    return {
        "name": name,
        **{part: float(value) for part, value in asdict(clock).items()},
        "period_lo": float(interval[0]),
        # An end that was not measured is not known: no table of numbers holds an infinite one.
        "period_hi": float(interval[1]) if np.isfinite(interval[1]) else np.nan,
        "anchor": "" if estimate is None else estimate.anchor,
    }


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
