"""A finding: one thing that was looked at in an experiment, how it came out, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """How a check came out; the worst of all is that of the experiment."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    """These data cannot tell."""


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Parameters
    ----------
    key
        That of the check.
    verdict
        How it came out.
    text
        What was found, as a sentence.
    value
        The number judged; NaN where there is none.
    limit
        The value from which on it is not `ok`; NaN where there is none.
    unit
        Of value and limit: `min`, `turns`, `%`, `samples` ...
    low, high
        95 % interval of the value; NaN where none is known.
    advice
        What to do; empty where there is nothing to be done.
    where
        Times, samples or genes concerned, as text: `70 min`, `alpha_35 (sample 6)`, `YPR120C`.
    """

    key: str
    verdict: Verdict
    text: str
    value: float = float("nan")
    limit: float = float("nan")
    unit: str = ""
    low: float = float("nan")
    high: float = float("nan")
    advice: str = ""
    where: tuple[str, ...] = field(default=())

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Those of `where` that the text does not name.

        Examples
        --------
        >>> Finding("odd", Verdict.WARN, "worst is 28 min", where=("8 min", "28 min")).unnamed
        ('8 min',)
        """
        names = ((one, rf"(?<![\w.]){re.escape(one)}(?!\w)") for one in self.where)
        return tuple(one for one, name in names if not re.search(name, self.text))
