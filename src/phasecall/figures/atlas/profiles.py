"""Profiles: genes over one another, folded about their peaks, their envelope, and those that vary most."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasecall.exploration import Exploration
from phasecall.exploration.profiles import find_volatile, fold_profiles, measure_envelope
from phasecall.figures.atlas.marks import fade, name_times, part, scale_colours
from phasecall.figures.courses import MAX_VECTORS, draw_strip, name_phases
from phasecall.figures.palette import Theme
from phasecall.figures.picture import Picture
from phasecall.notation import format_count

FAMILY = "Profiles"
_LIGHTEST, _DARKEST = 0.06, 0.7


def draw_overlay(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw every cycling gene over time in the colour of its phase, and all folded about their peaks."""
    from matplotlib.collections import LineCollection

    folded = fold_profiles(exploration)
    if folded is None:
        return
    figure.set_size_inches(7.6, 3.4)
    left, right = figure.subplots(1, 2, width_ratios=[3, 2], sharey=True)
    lines = exploration.filled[exploration.cycling]
    codes = np.where(exploration.codes < 0, len(exploration.calls.scheme), exploration.codes)[
        exploration.cycling
    ]
    palette = [*theme.phases[: len(exploration.calls.scheme)], theme.muted]
    paths = np.stack([np.broadcast_to(exploration.course.times, lines.shape), lines], axis=2)
    # A hundred lines still show one by one; thousands show where they are dense.
    alpha = float(np.clip(40 / len(lines), _LIGHTEST, _DARKEST))
    drawn = LineCollection(list(paths), colors=[palette[code] for code in codes], linewidths=0.7, alpha=alpha)
    drawn.set_rasterized(lines.size > MAX_VECTORS)
    left.add_collection(drawn)
    left.autoscale_view()
    left.set(xlabel="minutes", ylabel="row z score", title=format_count(len(lines), "cycling gene"))
    image = right.pcolormesh(folded.edges, folded.levels, 100 * folded.share, cmap=fade(theme.accent), vmin=0)
    image.set_rasterized(True)
    middles = (folded.edges[1:] + folded.edges[:-1]) / 2
    right.plot(middles, folded.median, color=theme.second, label="median")
    wave = np.sqrt(2) * np.cos(2 * np.pi * middles)
    right.plot(middles, wave, color=theme.ink, linestyle=":", linewidth=1.0, label="a cosine")
    right.set(xlabel="turns from the gene's own peak", title="folded about the peak", ylim=(-3, 3))
    scale_colours(figure, image, right, "% of the column")
    name_phases(figure, exploration.calls, codes, theme, withheld=theme.muted)
    right.legend(loc="upper right", handlelength=1.4, borderaxespad=0.1)


def draw_envelope(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw mean, median and bands of the scaled profiles of all genes."""
    told = measure_envelope(exploration)
    figure.set_size_inches(5.6, 3.2)
    axes = figure.add_subplot()
    low, lower, median, upper, high = told.quantiles
    axes.fill_between(told.times, low, high, color=theme.accent, alpha=0.15, linewidth=0, label="middle 90 %")
    style = {"color": theme.accent, "alpha": 0.35, "linewidth": 0, "label": "middle 50 %"}
    axes.fill_between(told.times, lower, upper, **style)
    axes.plot(told.times, median, color=theme.accent, marker="o", markersize=3, label="median")
    axes.plot(told.times, told.mean, color=theme.second, linestyle="--", label="mean")
    axes.axhline(0, color=theme.muted, linewidth=0.6, linestyle=":")
    axes.set(xlabel="minutes", ylabel="row z score")
    figure.legend(loc="outside lower center", ncols=4)


def draw_volatile(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the genes that vary most, in the unit of the values, a row a gene."""
    order = find_volatile(exploration)
    rows = exploration.rows[order]
    if not rows.size:
        return
    values = exploration.course.values[rows]
    about = values - np.nanmean(values, axis=1, keepdims=True)
    figure.set_size_inches(6.2, 1.4 + 0.17 * rows.size)
    strip, axes = figure.subplots(1, 2, width_ratios=[1, 24], gridspec_kw={"wspace": 0.01})
    codes = np.where(exploration.codes[order] < 0, len(exploration.calls.scheme), exploration.codes[order])
    draw_strip(strip, codes, [*theme.phases[: len(exploration.calls.scheme)], theme.faint])
    strip.set_xticks([])
    names = [exploration.course.genes[row] for row in rows]
    strip.set_yticks(
        range(rows.size), [name if len(name) < 15 else f"{name[:13]}…" for name in names], fontsize=7
    )
    highest = float(np.nanmax(np.abs(about)))
    image = axes.imshow(about, cmap=part(theme), vmin=-highest, vmax=highest, aspect="auto")
    image.set_interpolation("nearest")
    name_times(axes.xaxis, exploration.course.times)
    axes.set(yticks=[], xlabel="minutes")
    for panel in (strip, axes):
        panel.spines[:].set_visible(False)
    strip.tick_params(length=0)
    scale_colours(figure, image, axes, "value about the gene's mean")
    name_phases(figure, exploration.calls, codes, theme)


def _warn_fold(exploration: Exploration) -> str:
    turns = float(np.ptp(exploration.course.times)) / exploration.calls.period
    if turns < 1:
        return f"the course covers {turns:.2f} of a turn, so that no part of the folded wave was seen twice."
    return ""


PICTURES = (
    Picture(
        "overlay",
        "Cycling genes over one another",
        "Left: every gene with a sure rhythm, scaled to mean 0 and standard deviation 1, gaps filled, in "
        "the colour of its called phase. Right: the same values by the turns from the gene's own peak; the "
        "darker a cell, the larger its share of the values in its column. A culture in synchrony has waves "
        "one after another on the left, lower from turn to turn as synchrony is lost, and one narrow wave "
        "on the right. A median (line) that is sharper than the cosine (dots) means peaks shorter than "
        "troughs; one that is much lower, peaks that are placed badly or profiles of noise.",
        "exploration",
        draw_overlay,
        "no gene has a sure rhythm and a peak",
        family=FAMILY,
        warning=_warn_fold,
    ),
    Picture(
        "envelope",
        "What all genes do together",
        "Mean, median, and the middle 50 and 90 % of the genes at each time, every gene scaled to mean 0 "
        "and standard deviation 1. As genes peak at all times, the median should stay near 0. A time at "
        "which it leaves 0, or at which the bands are wider than beside it, is that of an array with "
        "another level or with more noise, or of a change that takes hold of most genes, as the release "
        "from the block may.",
        "exploration",
        draw_envelope,
        "no gene has a profile",
        family=FAMILY,
    ),
    Picture(
        "volatile",
        "The genes that vary most",
        "The genes with the largest standard deviation in the unit of the values, largest first, of those "
        "with a value at half of the times or more, at each time about their mean; missing values are left "
        "blank. The strip is the called phase, grey where it is withheld. In a culture that cycles, most of"
        " them should have two colours in turn once a turn; a gene with one deep cell is an outlier, and "
        "many that change once, at the start, answer the release from the block.",
        "exploration",
        draw_volatile,
        "no gene has a value at half of the times",
        family=FAMILY,
    ),
)
