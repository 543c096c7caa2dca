"""The table of checks of an experiment: a row looks at one thing and gives a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from phasecall.qc import clockwork, signal
from phasecall.qc.examined import Examined
from phasecall.qc.finding import Finding


@dataclass(frozen=True)
class Check:
    """One row of the table.

    Parameters
    ----------
    key
        What its finding is called.
    title
        What people call it.
    about
        What is looked at, and why it matters, in a sentence.
    find
        Looks, and never fails on a course.
    """

    key: str
    title: str
    about: str
    find: Callable[[Examined], Finding]


_ROWS = (
    Check(
        "order",
        "Arrays in order",
        "Arrays resemble those before and after them more than in random orders: times are not mixed up.",
        signal.find_order,
    ),
    Check(
        "signal",
        "Signal beside noise",
        "The best wave explains more of the genes' variance than in random orders: there is a rhythm.",
        signal.find_signal,
    ),
    Check(
        "period",
        "Period",
        "How long a turn takes, how well that is known, and whether a cell cycle can be that long.",
        clockwork.find_period,
    ),
    Check(
        "cycles",
        "Turns measured",
        "What was seen once may be no rhythm, and drift looks like a longer turn.",
        clockwork.find_cycles,
    ),
    Check(
        "sampling",
        "Samples a turn",
        "With few samples a turn, waves of other periods look the same and sharp peaks are missed.",
        clockwork.find_sampling,
    ),
    Check(
        "synchrony",
        "Synchrony",
        "How much of what one cell does shows in the culture, over the time measured: the score.",
        signal.find_synchrony,
    ),
    Check(
        "release",
        "Synchrony at the release",
        "The same at the release, by what a turn loses: how well the arrest worked.",
        signal.find_beginning,
    ),
    Check(
        "loss",
        "Loss of synchrony",
        "Cells differ in their tempo: how much of the waves' amplitude a turn takes away.",
        signal.find_loss,
    ),
    Check(
        "lag",
        "Recovery",
        "How long nothing moves after the release: samples of that time are of the arrest, not of the cycle.",
        clockwork.find_lag,
    ),
    Check(
        "start",
        "Start",
        "Where known genes put t = 0 on the turn, against where the declared synchronisation does.",
        clockwork.find_start,
    ),
    Check(
        "agreement",
        "Known genes",
        "Known genes peak in the order in which they should: the rhythm is that of the cell cycle.",
        signal.find_agreement,
    ),
    Check(
        "rhythm",
        "Rhythmic genes",
        "How many genes have a sure rhythm of that period.",
        signal.find_rhythm,
    ),
)

CHECKS: Mapping[str, Check] = MappingProxyType({row.key: row for row in _ROWS})
"""Every check of an experiment, by key, in the order in which they are shown."""
