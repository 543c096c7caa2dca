"""Figures of the spectrum: at which periods genes move, how much is the clock's, and who moves together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration import Exploration
from phasecall.exploration.spectrum import PARTS, measure_coherence, measure_share, measure_spectrum
from phasecall.figures.atlas.planes import draw_legend, warn_few
from phasecall.figures.palette import DASHES, MARKERS, Theme
from phasecall.figures.picture import Picture

_FAMILY = "Spectrum"
_TICKS = (1, 1.5, 2, 3, 4, 6, 8)


def draw_periodogram(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the mean power by period, and what shuffled times give."""
    found = measure_spectrum(exploration)
    if found is None:
        return
    figure.set_size_inches(6.6, 4.0)
    axes = figure.add_subplot()
    band = {"color": theme.faint, "linewidth": 0, "label": "95 % with shuffled times"}
    axes.fill_between(found.periods, 100 * found.low, 100 * found.high, **band)
    style = {"color": theme.muted, "linewidth": 1.0, "linestyle": DASHES[1], "label": "95 % of their maxima"}
    axes.axhline(100 * found.highest, **style)
    if np.isfinite(found.cycling).all():
        label = f"cycling genes ({exploration.cycling.sum()})"
        axes.plot(found.periods, 100 * found.cycling, color=theme.accent, label=label)
    label = f"all genes ({len(exploration.rows)})"
    axes.plot(found.periods, 100 * found.power, color=theme.second, linestyle=DASHES[2], label=label)
    _lay_periods(axes, found.periods, exploration, theme)
    axes.set(ylim=(0, None), ylabel="variance explained, %")
    draw_legend(figure, (axes,), columns=3)


def draw_clock_share(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how much of each profile the clock's wave explains, and what the rest is."""
    from matplotlib.colors import to_rgba

    found = measure_share(exploration)
    if found is None:
        return
    figure.set_size_inches(8.6, 3.7)
    left, right = figure.subplots(1, 2)
    edges = np.linspace(0, 100, 26)
    groups = (
        (found.share, theme.accent, "-", "genes"),
        (found.shuffled, theme.second, "--", "times shuffled"),
    )
    for shares, colour, dash, label in groups:
        heights = 100 * np.histogram(100 * shares, edges)[0] / shares.size
        style = {"color": colour, "linestyle": dash, "linewidth": 1.4, "label": label}
        left.stairs(heights, edges, **style)
    left.set(xlim=(0, 100), xlabel="variance that the clock's wave explains, %", ylabel="genes, %")
    left.set_title(f"{found.share.size} genes")
    left.legend(loc="upper right")
    cycling = int(exploration.cycling.sum())
    names = [f"cycling\n({cycling})", f"other\n({found.share.size - cycling})"]
    rows = [row for row in range(2) if np.isfinite(found.parts[row]).all()]
    shades = (to_rgba(theme.accent), to_rgba(theme.accent, 0.5), theme.second, theme.faint)
    for part, (name, shade) in enumerate(zip(PARTS, shades, strict=True)):
        before = 100 * found.parts[rows, :part].sum(axis=1)
        widths = 100 * found.parts[rows, part]
        right.barh(range(len(rows)), widths, 0.6, before, color=shade, edgecolor=theme.paper, label=name)
    right.set_yticks(range(len(rows)), [names[row] for row in rows])
    right.set(xlim=(0, 100), ylim=(-0.6, len(rows) - 0.4), xlabel="mean share of the variance, %")
    right.invert_yaxis()
    right.set_title("what profiles are made of", pad=6)
    right.legend(loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=2)


def draw_coherence(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how far genes move together at each period, all of them and those of each phase."""
    found = measure_coherence(exploration)
    if found is None:
        return
    figure.set_size_inches(6.6, 5.4 if found.codes else 3.2)
    panels = figure.subplots(1 + bool(found.codes), 1, sharex=True, squeeze=False)[:, 0]
    style = {"color": theme.faint, "linewidth": 0, "label": "95 % with shuffled times"}
    panels[0].fill_between(found.periods, 0, found.high, **style)
    label = f"all genes ({len(exploration.rows)})"
    panels[0].plot(found.periods, found.everyone, color=theme.ink, label=label)
    for code, values, size in zip(found.codes, found.groups, found.sizes, strict=True):
        style = {"color": theme.phases[code], "linestyle": DASHES[code], "marker": MARKERS[code]}
        label = f"{exploration.calls.scheme.phases[code].name} ({size})"
        panels[1].plot(found.periods, values, markersize=4, markevery=9, linewidth=1.2, label=label, **style)
    for axes in panels:
        _lay_periods(axes, found.periods, exploration, theme)
        axes.set(ylim=(0, None if axes is panels[0] else 1), ylabel="coherence")
        axes.label_outer()
    draw_legend(figure, panels, columns=4)


def _lay_periods(axes: Any, periods: NDArray[np.float64], exploration: Exploration, theme: Theme) -> None:
    """Lay out periods, each factor of them as wide, and mark the clock's."""
    longest, shortest, clock = float(periods.max()), float(periods.min()), exploration.calls.period
    ticks = [round(first * 10.0**power, 6) for power in range(-3, 6) for first in _TICKS]
    ticks = [tick for tick in ticks if shortest <= tick <= longest]
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set(xlim=(shortest, longest), xlabel="period, minutes")
    if shortest <= clock <= longest:
        axes.axvline(clock, color=theme.muted, linewidth=1.0, linestyle=":", label=f"clock, {clock:.0f} min")


PICTURES = (
    Picture(
        "periodogram",
        "At which periods genes move",
        "Mean Lomb-Scargle power: the share of a profile's variance that a wave of each period explains, "
        "over all genes and over the cycling ones, gaps filled. The band holds "
        "95 % of what all genes show when the times are shuffled, in one order for all of them; the "
        "dashed line lies above 95 % of the highest powers then. Neither is of the cycling genes, which were "
        "chosen for their power. A culture that cycles has a peak at the "
        "clock's period (dotted); one at the right end is a drift, one at the left end arrays that "
        "alternate.",
        "exploration",
        draw_periodogram,
        "under 10 genes with a profile, or 6 times",
        _FAMILY,
        "Zechmeister and Kuerster 2009, doi 10.1051/0004-6361:200811296",
        warn_few(12, "neighbouring periods cannot be told apart"),
    ),
    Picture(
        "clockshare",
        "How much of a profile is the clock's",
        "Left, the share of each gene's variance that a wave of the clock's period explains, and the same "
        "with the times of each gene shuffled. Right, mean shares: the clock's wave, then a wave of half its "
        "period, then a straight line, each of what those before left; gaps are filled. The genes right of "
        "the shuffled ones are more than chance; a large share of the line is a trend, not a cycle.",
        "exploration",
        draw_clock_share,
        "no period, or under 10 genes with a profile or 6 times",
        _FAMILY,
        "Periodogram: Zechmeister and Kuerster 2009, doi 10.1051/0004-6361:200811296",
        warn_few(12, "a wave explains a good part of anything: compare with the shuffled genes only"),
    ),
    Picture(
        "coherence",
        "Who moves together at which period",
        "Coherence of waves over genes, 1 where all rise and fall at the same time: above of all genes, "
        "below of the cycling genes of each phase of ten genes or more; about 1/n of n genes is none. "
        "Genes of a phase agree at the clock's period, since that is how they were called; look where else "
        "they do. All genes together should not: what stands above the band (95 % with shuffled times) is "
        "a shift of whole arrays, or a response of the culture that is no cycle.",
        "exploration",
        draw_coherence,
        "under 10 genes with a profile, or 6 times",
        _FAMILY,
        "Averaged over genes in place of segments of time; Carter 1987, doi 10.1109/PROC.1987.13723",
        warn_few(12, "a wave of one period agrees with those of many others"),
    ),
)
