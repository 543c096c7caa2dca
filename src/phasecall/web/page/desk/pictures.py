"""Pictures: figures drawn for the page, and where in them each gene lies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from phasecall.web.page.desk.question import Question

LINKED = ("wheel", "heatmap")
"""Figures in which the page finds genes again."""


@dataclass(frozen=True)
class Drawing:
    """A figure for the page, in the colours of the page.

    Parameters
    ----------
    key, title, caption
        Of the figure.
    svg
        The drawing; empty where there was nothing to draw, and `caption` says why.
    warning
        What these data cannot bear; empty where they can.
    places
        Row of each gene that is shown, and where: shares of the width from the left and of the height from
        the top. Of a heat map the place is the middle of the gene's row.
    band
        Left and right end of a gene's row, shares of the width; None where genes are points.
    """

    key: str
    title: str
    caption: str
    svg: str
    warning: str = ""
    places: tuple[tuple[int, float, float], ...] = ()
    band: tuple[float, float] | None = None


def draw_linked(question: Question, key: str) -> Drawing:
    """Return one of the figures `LINKED`, with the place of each gene."""
    import numpy as np

    from phasecall.figures import FIGURES, draw, recolour, svg
    from phasecall.figures.courses import order_by_peak
    from phasecall.web.page.desk.culture import call_genes, find_course

    calls, course = call_genes(question), find_course(question)
    figure, picture = draw(key, (calls, course)), FIGURES[key]
    if not figure.axes:
        return Drawing(key, picture.title, f"Nothing to draw: {picture.empty}.", "")
    drawing = Drawing(key, picture.title, picture.caption, recolour(svg(figure)))
    if key == "wheel":
        rows = np.flatnonzero(np.isfinite(calls.peak_turn))
        points = np.stack([2 * np.pi * calls.peak_turn[rows], np.nan_to_num(calls.confidence[rows])], axis=1)
        return replace(drawing, places=_place(figure, figure.axes[0], rows, points))
    rows, axes = order_by_peak(calls, course), figure.axes[1]
    points = np.stack([np.full(rows.size, course.times.size / 2), np.arange(rows.size)], axis=1)
    box = axes.get_position()
    return replace(drawing, places=_place(figure, axes, rows, points), band=(box.x0, box.x1))


def _place(figure: Any, axes: Any, rows: Any, points: Any) -> tuple[tuple[int, float, float], ...]:
    """Return where points of some axes lie in a figure that was drawn."""
    x, y = figure.transFigure.inverted().transform(axes.transData.transform(points)).T
    return tuple(zip(rows.tolist(), x.tolist(), (1 - y).tolist(), strict=True))


def draw_figure(question: Question, key: str) -> Drawing:
    """Return a figure of the atlas by its key."""
    from phasecall.figures import ATLAS, draw
    from phasecall.figures.table import data_of, warn
    from phasecall.web.page.desk.culture import explore_course

    found, picture = explore_course(question), ATLAS[key]
    told = f"{picture.caption} {picture.source}".strip()
    return show_figure(draw(key, data_of(picture, found)), key, told, warn(picture, found))


def show_figure(figure: Any, key: str, caption: str, warning: str = "") -> Drawing:
    """Return a figure that was drawn in the light theme, in the colours of the page."""
    from phasecall.figures import FIGURES, recolour, svg

    picture = FIGURES[key]
    if not figure.axes:
        return Drawing(key, picture.title, f"Nothing to draw: {picture.empty}.", "")
    return Drawing(key, picture.title, caption, recolour(svg(figure)), warning)
