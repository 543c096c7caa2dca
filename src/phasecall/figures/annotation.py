"""Figures of an annotation: sets of genes on the clock."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.annotation.enrichment import find_cycling
from phasecall.annotation.record import WANTED_Q, Annotation, pick_distinct
from phasecall.figures.palette import MARKERS, Theme
from phasecall.figures.picture import Picture
from phasecall.notation import format_number
from phasecall.phases import Scheme

MOST_SETS = 24
"""More rows are no picture; the table has them all."""
_LONGEST = 44
"""Characters of a title that fit beside the panel."""
_N_BINS = 48
_ROW, _ABOVE, _BELOW = 0.22, 0.65, 1.3
"""Inches."""


def draw_sets(found: Annotation, figure: Any, theme: Theme) -> None:
    """Draw each set that peaks together at its mean turn, with the interval, the earliest first."""
    clock, scheme = found.clock, found.calls.scheme
    shown = np.array(pick_distinct(clock, MOST_SETS), dtype=np.int64)
    if not shown.size:
        return
    shown = shown[np.argsort(clock["turn"][shown], kind="stable")]
    figure.set_size_inches(8.6, _ABOVE + _BELOW + _ROW * shown.size)
    heights = [0.9, max(shown.size, 2), 3.0]
    strip, axes, below = figure.subplots(3, 1, sharex=True, height_ratios=heights)
    _draw_phases(strip, scheme, theme)
    codes = scheme.assign(clock["turn"][shown])
    for row, (index, code) in enumerate(zip(shown, codes, strict=True)):
        style = {"color": theme.phases[code]}
        for shift in (-1, 0, 1):
            ends = np.clip([clock["turn_lo"][index] + shift, clock["turn_hi"][index] + shift], 0, 1)
            if ends[0] < ends[1]:
                axes.plot(ends, [row, row], linewidth=2.2, solid_capstyle="butt", **style)
        size = 2.0 + 1.2 * np.sqrt(clock["n"][index])
        axes.plot(clock["turn"][index], row, marker=MARKERS[code], markersize=min(size, 11.0), **style)
        told = f"{clock['n'][index]} genes, q {format_number(clock['q'][index])}"
        axes.text(1.015, row, told, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
    axes.set_yticks(np.arange(shown.size), [_cut(clock["title"][index]) for index in shown])
    axes.set(xlim=(0, 1), ylim=(shown.size - 0.4, -0.6))
    for phase in scheme.phases[1:]:
        axes.axvline(phase.start, color=theme.faint, linewidth=0.8, zorder=0)
    axes.tick_params(axis="x", labelbottom=False)
    _draw_background(below, found.calls.peak_turn[find_cycling(found.calls)], theme)


def _draw_phases(axes: Any, scheme: Scheme, theme: Theme) -> None:
    for phase in scheme.phases:
        colour = theme.phases[phase.code]
        axes.barh(0, phase.width, left=phase.start, height=0.35, color=colour, linewidth=0)
        axes.text(phase.start + phase.width / 2, 0.3, phase.name, ha="center", va="bottom", fontsize=8)
    axes.set(ylim=(-0.2, 1.1))
    axes.axis("off")


def _draw_background(axes: Any, turns: NDArray[np.float64], theme: Theme) -> None:
    counts, edges = np.histogram(turns, bins=_N_BINS, range=(0, 1))
    axes.bar(edges[:-1], counts, 1 / _N_BINS, align="edge", color=theme.muted, linewidth=0)
    axes.set(xlabel="turn, 0 = the M/G1 boundary", ylabel="all genes")


def _cut(title: str) -> str:
    return title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"


PICTURES = (
    Picture(
        "annotation",
        "Which sets of genes peak together, and when",
        "One row a set of genes whose peaks lie closer together than those of random sets of as many "
        f"cycling genes (q of {WANTED_Q:g} or less; at most {MOST_SETS}, the surest), by the place of "
        "their mean on the clock: the mark is the weighted circular mean, larger for more genes, in the "
        "colour and shape of the phase that it lies in; the bar is its 95 % interval. Below are the "
        "peaks of all cycling genes, which random sets are drawn from. A set more than half of whose "
        "genes are in a surer one is left out; the table has it.",
        "annotation",
        draw_sets,
        f"no set of genes peaks together with a q of {WANTED_Q:g} or less",
        source="Mardia and Jupp 2000, doi 10.1002/9780470316979; Phipson and Smyth 2010,"
        " doi 10.2202/1544-6115.1585.",
    ),
)
