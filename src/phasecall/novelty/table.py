"""The table of patterns: how a profile can be unlike the others, how that is tested, and in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from phasecall.novelty.places import find_contradicted, find_shifted
from phasecall.novelty.profiles import Profiles
from phasecall.novelty.shapes import Unlikeness, find_change, find_other_period, find_spike, find_two_peaks


@dataclass(frozen=True)
class Pattern:
    """One way to be unlike the other genes of an experiment.

    Parameters
    ----------
    key
        Code in `flags`.
    title
        In words.
    sentence
        What is said of a gene; its fields are those that the test tells.
    test
        Gives the p value of each gene of an experiment.
    """

    key: str
    title: str
    sentence: str
    test: Callable[[Profiles], Unlikeness]


PATTERNS: Mapping[str, Pattern] = MappingProxyType(
    {
        row.key: row
        for row in (
            Pattern(
                "two_peaks",
                "two peaks a turn",
                "two peaks a turn, {first:.0f} and {second:.0f} min",
                find_two_peaks,
            ),
            Pattern(
                "other_period",
                "a period unlike the clock's",
                "a period of {period:.0f} min, unlike the clock's",
                find_other_period,
            ),
            Pattern(
                "spike",
                "one sample far from the others",
                "the sample at {minute:.0f} min is far from what the others say",
                find_spike,
            ),
            Pattern(
                "strong_not_periodic",
                "strong, and not with the clock",
                "{change}, and little that goes with the clock",
                find_change,
            ),
            Pattern(
                "shifted",
                "peaks elsewhere in one experiment than in the others",
                "peaks at turn {here:.2f}, in the other experiments at {there:.2f}",
                find_shifted,
            ),
            Pattern(
                "contradicts_label",
                "peaks elsewhere than it is known to",
                "peaks at turn {here:.2f}, known to peak at {there:.2f}",
                find_contradicted,
            ),
        )
    }
)
"""Every pattern, by its code."""
