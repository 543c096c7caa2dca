"""Planes: genes by phase, samples by minute, the ring of phases, and the legend below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration import Exploration
from phasecall.figures.palette import MARKERS, Theme

Floats = NDArray[np.float64]

MAX_VECTORS = 750
"""More points than this in a panel are drawn as an image: an SVG of a whole genome would be megabytes."""
_AROUND = (
    *((1, 1), (-1, 1), (1, -1), (-1, -1)),
    *((1, 0), (-1, 0), (0, 1), (0, -1)),
)
_PAD = 3.5
_MOST_NAMED = 20
"""Genes of a panel that are named, where there is room."""


def warn_few(least: int, what: str) -> Callable[[Exploration], str]:
    """Return what says of a course of fewer times than some what they cannot bear."""

    def warn(exploration: Exploration) -> str:
        count = exploration.course.times.size
        return f"With {count} times {what}." if count < least else ""

    return warn


def scatter_genes(
    axes: Any, points: Floats, codes: NDArray[np.int64], exploration: Exploration, theme: Theme
) -> None:
    """Draw genes as marks in the colour and shape of their called phase, those without one as crosses."""
    raster = len(points) > MAX_VECTORS
    withheld = points[codes < 0]
    if len(withheld):
        style = {"color": theme.muted, "marker": "x", "linewidth": 0.8, "label": "withheld"}
        axes.scatter(*withheld.T, s=12, alpha=0.7, rasterized=raster, **style)
    for phase in exploration.calls.scheme.phases:
        own = points[codes == phase.code]
        if len(own):
            style = {"color": theme.phases[phase.code], "marker": MARKERS[phase.code], "linewidth": 0}
            axes.scatter(*own.T, s=14, alpha=0.75, rasterized=raster, label=phase.name, **style)


def draw_legend(figure: Any, panels: Sequence[Any], *, columns: int = 5) -> None:
    """Draw one legend below the figure, of all that has a name in its panels."""
    handles = {
        label: handle
        for axes in panels
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    style = {"loc": "outside lower center", "ncols": min(columns, len(handles)), "handletextpad": 0.4}
    figure.legend(list(handles.values()), list(handles), **style)


def draw_samples(figure: Any, axes: Any, points: Floats, times: Floats, theme: Theme) -> None:
    """Draw samples as a path in time, darkest at the end, and their minutes where there is room."""
    from matplotlib import colormaps

    axes.plot(*points.T, color=theme.muted, linewidth=0.8, zorder=1)
    shades = colormaps["viridis"](np.linspace(0.05, 0.95, len(points)))
    axes.scatter(*points.T, s=30, c=shades, edgecolors=theme.paper, linewidth=0.6, zorder=2)
    # Where marks lie on the paper is known when the figure has been laid out.
    figure.draw_without_rendering()
    _label(figure, axes, axes.transData.transform(points), [f"{minute:g}" for minute in times])


def name_genes(
    figure: Any, axes: Any, points: Floats, rows: NDArray[np.int64], exploration: Exploration
) -> None:
    """Write the names of profiles, by their rows, beside their marks where these are few.

    Where marks lie on the paper is known when the figure has its legend.
    """
    if 0 < rows.size <= _MOST_NAMED:
        figure.draw_without_rendering()
        names = [exploration.course.genes[row] for row in exploration.rows[rows]]
        _label(figure, axes, axes.transData.transform(points), names)


def _label(figure: Any, axes: Any, places: Floats, names: Sequence[str]) -> None:
    """Write names beside marks, each on the first side where it covers no mark and no other name."""
    pixel = figure.dpi / 72
    taken = [(*(place - 3 * pixel), *(place + 3 * pixel)) for place in places]
    frame = axes.get_window_extent().extents
    for place, name in zip(places, names, strict=True):
        size = np.array([4.6 * len(name), 7.0]) * pixel
        for side in _AROUND:
            middle = place + np.array(side) * (size / 2 + _PAD * pixel)
            box = (*(middle - size / 2), *(middle + size / 2))
            inside = (np.array(box[:2]) > frame[:2]).all() and (np.array(box[2:]) < frame[2:]).all()
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                spot = axes.transData.inverted().transform(middle)
                axes.text(*spot, name, fontsize=7, ha="center", va="center", in_layout=False)
                break


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def draw_ring(axes: Any, exploration: Exploration, theme: Theme, *, inner: float, outer: float) -> None:
    """Draw the arcs of the phases round a polar panel, clockwise from the top, and their names."""
    for phase in exploration.calls.scheme.phases:
        start, width = 2 * np.pi * phase.start, 2 * np.pi * phase.width
        style = {"color": theme.phases[phase.code], "edgecolor": theme.paper, "linewidth": 1.5}
        axes.bar(start, outer - inner, width, inner, align="edge", **style)
        angle = 2 * np.pi * phase.centre
        # A name right of the circle begins at the ring, one left of it ends there.
        side = ("right", "center", "left")[int(np.sign(np.round(np.sin(angle), 1))) + 1]
        axes.text(angle, 1.06 * outer, phase.name, ha=side, va="center", fontsize=8, fontweight="bold")
