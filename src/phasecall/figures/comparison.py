"""The figure of two conditions: how far peaks and amplitudes moved, and the genes that moved most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.circular import difference
from phasecall.clock import Clock
from phasecall.comparison import Change, Comparison
from phasecall.figures.atlas.planes import draw_legend
from phasecall.figures.courses import MAX_VECTORS
from phasecall.figures.palette import Theme
from phasecall.figures.picture import Picture
from phasecall.timecourse import TimeCourse

Data = tuple[Comparison, TimeCourse, TimeCourse]
Floats = NDArray[np.float64]

_N_GENES = 6
_SMALLEST = 1e-12
"""p values below this are drawn as this."""
_LONGEST = 14
_KINDS = (
    (Change.SAME, "o", "muted"),
    (Change.CHANGED, "D", "phase-4"),
    (Change.SHIFTED, "o", "accent"),
    (Change.AMPLITUDE, "s", "second"),
    (Change.BOTH, "P", "phase-3"),
    (Change.GAINED, "^", "phase-2"),
    (Change.LOST, "v", "phase-0"),
)


def draw_comparison(data: Data, figure: Any, theme: Theme) -> None:
    """Draw shift and ratio of amplitudes against their p values, and the genes that changed most."""
    found, *courses = data
    tests = (
        (found.shift, found.shift_p, "shift (turns)", "Peaks, of genes rhythmic in both"),
        (
            found.log2_amplitude_ratio,
            found.amplitude_p,
            "amplitude (log2 ratio)",
            "Amplitudes, of genes rhythmic in the mean",
        ),
    )
    shown = [test for test in tests if (np.isfinite(test[0]) & np.isfinite(test[1])).any()]
    rows = _find_most(found)
    if not shown or not rows.size:
        return
    n_lines = -(-rows.size // 3)
    figure.set_size_inches(8.4, 3.6 + 1.9 * n_lines)
    grid = figure.add_gridspec(1 + n_lines, 6, height_ratios=[1.6, *[1] * n_lines])
    width = 6 // len(shown)
    for place, (value, p_value, label, title) in enumerate(shown):
        axes = figure.add_subplot(grid[0, place * width : (place + 1) * width])
        _draw_test(axes, found, value, p_value, theme)
        axes.set(xlabel=label, ylabel="-log10 p" if not place else "")
        axes.set_title(title)
    clocks = _side_by_side(found.clocks)
    for place, row in enumerate(rows):
        column = 2 * (place % 3)
        axes = figure.add_subplot(grid[1 + place // 3, column : column + 2])
        for course, clock, style in zip(courses, clocks, _styles(found, theme), strict=True):
            _draw_profile(axes, course, clock, found.genes[row], style)
        axes.set_title(f"{_cut(found.genes[row])}: {str(found.change[row]).replace('_', ', ')}", fontsize=8)
        axes.set_xlabel("turns of its own clock" if place + 3 >= rows.size else "", fontsize=8)
    draw_legend(figure, figure.axes, columns=4)


def _find_most(found: Comparison) -> NDArray[np.int64]:
    """Return the rows of the genes that changed most surely, those that are said to have changed first."""
    told = np.array([change not in (Change.SAME, Change.NEITHER) for change in found.change])
    order = np.lexsort((found.change_p, ~told))
    return order[np.isfinite(found.change_p[order])][:_N_GENES]


def _draw_test(axes: Any, found: Comparison, value: Floats, p_value: Floats, theme: Theme) -> None:
    colours, height = theme.roles(), -np.log10(np.maximum(p_value, _SMALLEST))
    shown = np.isfinite(value) & np.isfinite(height)
    for change, marker, role in _KINDS:
        own = shown & np.array([one is change for one in found.change])
        if own.any():
            size, alpha = (8, 0.5) if change is Change.SAME else (22, 0.9)
            axes.scatter(
                value[own],
                height[own],
                s=size,
                marker=marker,
                color=colours[role],
                alpha=alpha,
                linewidth=0,
                label=str(change).replace("_", ", "),
                rasterized=int(shown.sum()) > MAX_VECTORS,
            )
    reach = 1.08 * float(np.abs(value[shown]).max()) or 1.0
    axes.set(xlim=(-reach, reach))
    axes.axvline(0, color=theme.muted, linewidth=0.6, linestyle=":")


def _draw_profile(axes: Any, course: TimeCourse, clock: Clock, gene: str, style: dict[str, Any]) -> None:
    """Draw a gene's means at each time, less their mean, over the turns of its clock."""
    even = course.select_times(course.measured()).average_replicates()
    values = even.values[even.genes.index(gene)]
    seen = np.isfinite(values)
    turns = clock.turn_at_zero + np.asarray(clock.moved(even.times[seen]))
    axes.plot(turns, values[seen] - values[seen].mean(), linewidth=1.1, **style)


def _side_by_side(clocks: Sequence[Clock]) -> list[Clock]:
    """Return the clocks with starts within half a turn of the first: .98 and .02 are neighbours.

    Without an anchor they start at 0.
    """
    starts = [clock.turn_at_zero if np.isfinite(clock.turn_at_zero) else 0.0 for clock in clocks]
    laid = [starts[0] + float(difference(start, starts[0])) for start in starts]
    return [replace(clock, turn_at_zero=start) for clock, start in zip(clocks, laid, strict=True)]


def _styles(found: Comparison, theme: Theme) -> list[dict[str, Any]]:
    one, other = found.names if found.names[0] != found.names[1] else ("first", "second")
    return [
        {"color": theme.accent, "marker": "o", "markersize": 3, "label": _cut(one, 30)},
        {"color": theme.second, "marker": "s", "markersize": 3, "linestyle": "--", "label": _cut(other, 30)},
    ]


def _cut(name: str, longest: int = _LONGEST) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


PICTURES = (
    Picture(
        "comparison",
        "Two conditions, gene by gene",
        "Above, a mark a gene: how far its peak moved from the first condition to the second beyond what"
        " all genes share, in turns, and how many times as large its amplitude became, as binary"
        " logarithm, against the p values of no such change. Colour and shape say what is concluded at a"
        " false discovery rate of 5 %. Below, the genes that changed most surely, each condition about its"
        " own mean over the turns of its own clock: a shift moves a curve sideways, a gain lifts it out of"
        " a flat line. Marks that crowd away from 0 would speak of clocks that are off, not of genes.",
        "comparison",
        draw_comparison,
        "no gene has a sure rhythm in either condition",
        source="Parsons et al. 2020, doi 10.1093/bioinformatics/btz730",
    ),
)
