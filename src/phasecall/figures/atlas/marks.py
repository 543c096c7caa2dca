"""Marks that figures of the atlas share: images that suit both themes, clouds of points, axes of minutes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.figures.courses import MAX_VECTORS
from phasecall.figures.palette import Theme

Floats = NDArray[np.float64]

MAX_LABELS = 13
"""Times that are named on an axis while they fit."""


def fade(colour: str) -> Any:
    """Return a colour map from nothing to a colour: the paper shows through, whichever it is."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    return LinearSegmentedColormap.from_list("fade", [to_rgba(colour, 0.0), to_rgba(colour, 1.0)])


def part(theme: Theme) -> Any:
    """Return a colour map from one colour through nothing to another: of what may be below or above 0."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    stops = [
        (0.0, to_rgba(theme.accent, 1.0)),
        (0.5, to_rgba(theme.accent, 0.0)),
        (0.5, to_rgba(theme.second, 0.0)),
        (1.0, to_rgba(theme.second, 1.0)),
    ]
    return LinearSegmentedColormap.from_list("part", stops)


def cloud(axes: Any, x: Floats, y: Floats, **style: Any) -> None:
    """Draw points; many of them as an image."""
    style = {"s": 7, "linewidths": 0, "alpha": 0.6} | style
    axes.scatter(x, y, rasterized=x.size > MAX_VECTORS, **style)


def outline(axes: Any, values: Floats, edges: Floats, **style: Any) -> None:
    """Draw the outline of a histogram: the share of those values that are known in each bin, in percent."""
    known = values[np.isfinite(values)]
    if known.size:
        counts, _ = np.histogram(np.clip(known, edges[0], edges[-1]), edges)
        axes.stairs(100 * counts / known.size, edges, **style)


def bins(values: Floats, n: int = 40) -> Floats:
    """Return the edges of bins for all but the outermost hundredth of some values."""
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, [0.005, 0.995])
    spread = (high - low) or abs(high) or 1.0
    return np.linspace(low - 0.02 * spread, high + 0.02 * spread, n + 1)


def name_times(axis: Any, times: Floats) -> None:
    """Name columns or rows that stand at 0, 1, 2 ... by their minutes: all, or every second or third."""
    places = np.arange(0, times.size, -(-times.size // MAX_LABELS))
    axis.set_ticks(places, [f"{minute:g}" for minute in times[places]])


def scale_colours(figure: Any, image: Any, axes: Any, label: str) -> None:
    """Draw the bar that says which colour is which value."""
    bar = figure.colorbar(image, ax=axes, label=label, shrink=0.6, aspect=25, pad=0.02)
    bar.solids.set_rasterized(True)
    bar.outline.set_visible(False)
