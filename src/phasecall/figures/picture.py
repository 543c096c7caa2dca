"""A row of the table of figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from phasecall.figures.palette import Theme

Need = Literal[
    "evaluation",
    "calls",
    "genes",
    "training",
    "benchmark",
    "exploration",
    "annotation",
    "comparison",
    "embedding",
    "examination",
]


def _no_warning(_: Any) -> str:
    return ""


@dataclass(frozen=True)
class Picture:
    """One row of the table of figures.

    Parameters
    ----------
    key
        Name on the command line and of the file.
    title
        What stands above it, and what a screen reader says.
    caption
        What it shows, how it was computed and what to look for.
    needs
        What it is drawn from: `evaluation`, an evaluation summary; `calls`, a pair of calls and their time
        course; `genes`, the same of a few genes; `training`, a list of one mapping an epoch; `benchmark`, the
        summary of a benchmark; `exploration`, a `phasecall.exploration.Exploration`; `annotation`, a
        `phasecall.annotation.Annotation`; `comparison`, a `phasecall.comparison.Comparison` and both courses;
        `embedding`, a `phasecall.neighbours.Embedding`; `examination`, a `phasecall.qc.Examination`.
    render
        Draws the data on an empty figure; leaves it empty where the data hold nothing to draw.
    empty
        What is said instead, then.
    family
        Under which heading of the atlas it stands; empty where it stands in none.
    source
        Where the definition is from, with its DOI, as the end of a caption; empty where nobody need ask.
    warning
        Says what these very data cannot bear, in a sentence; the empty text where they can.
    """

    key: str
    title: str
    caption: str
    needs: Need
    render: Callable[[Any, Any, Theme], None]
    empty: str
    family: str = ""
    source: str = ""
    warning: Callable[[Any], str] = _no_warning
