"""Memory: how time points, genes, and a profile and its own past resemble one another."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasecall.exploration import Exploration
from phasecall.exploration.memory import (
    N_SHUFFLES,
    correlate_genes,
    correlate_lags,
    correlate_times,
    measure_memory,
    pair_lags,
)
from phasecall.figures.atlas.marks import MAX_LABELS, bins, name_times, outline, part, scale_colours
from phasecall.figures.courses import draw_strip, name_phases
from phasecall.figures.palette import Theme
from phasecall.figures.picture import Picture
from phasecall.notation import format_count

FAMILY = "Memory"
_FEW = 12
"""Times; fewer have a handful of pairs at each lag."""


def draw_times(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the correlation of each time with each other one, with the turn of the clock beside it."""
    figure.set_size_inches(5.9, 5.2)
    axes = figure.add_subplot()
    told = correlate_times(exploration)
    image = axes.imshow(told, cmap=part(theme), vmin=-1, vmax=1, interpolation="nearest")
    name_times(axes.xaxis, exploration.course.times)
    name_times(axes.yaxis, exploration.course.times)
    axes.tick_params(axis="x", rotation=90)
    axes.set(xlabel="minutes", ylabel="minutes")
    turns = exploration.estimate.clock.turn(exploration.course.times)
    if np.isfinite(turns).all():
        beside = axes.secondary_yaxis("right")
        step = -(-turns.size // MAX_LABELS)
        places = np.arange(0, turns.size, step)
        beside.set_yticks(places, [f"{round(turn, 2) % 1:.2f}" for turn in turns[places]])
        beside.set_ylabel("turn of the clock")
        beside.spines["right"].set_visible(False)
    axes.spines[:].set_visible(False)
    scale_colours(figure, image, axes, "correlation over genes")


def draw_genes(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the correlation of cycling genes in the order of their peaks."""
    told = correlate_genes(exploration)
    if told is None:
        return
    figure.set_size_inches(5.9, 5.2)
    strip, axes = figure.subplots(1, 2, width_ratios=[1, 22], gridspec_kw={"wspace": 0.01})
    codes = np.where(exploration.codes < 0, len(exploration.calls.scheme), exploration.codes)[told.order]
    draw_strip(strip, codes, [*theme.phases[: len(exploration.calls.scheme)], theme.faint])
    strip.set(
        xticks=[],
        yticks=[],
        ylabel=f"{format_count(told.order.size, 'cycling gene')}, by the turn of their peak",
    )
    side = told.order.size
    image = axes.imshow(
        told.correlation,
        cmap=part(theme),
        vmin=-1,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
        extent=(0, side, side, 0),
    )
    axes.set(xticks=[], yticks=[], xlabel="the same genes")
    for panel in (strip, axes):
        panel.spines[:].set_visible(False)
    scale_colours(figure, image, axes, "correlation over times")
    name_phases(figure, exploration.calls, codes, theme)


def draw_autocorrelation(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the mean autocorrelation of all and of cycling genes, with the band of shuffled times."""
    told = correlate_lags(exploration)
    if not told.lags.size:
        return
    figure.set_size_inches(5.6, 3.4)
    axes = figure.add_subplot()
    axes.fill_between(
        told.lags, told.low, told.high, color=theme.faint, linewidth=0, label="95 % of shuffled times"
    )
    axes.axhline(0, color=theme.muted, linewidth=0.6, linestyle=":")
    axes.plot(told.lags, told.all_genes, color=theme.accent, marker="o", markersize=3.5, label="all genes")
    if np.isfinite(told.cycling).any():
        style = {"color": theme.second, "linestyle": "--", "marker": "^", "markersize": 3.5}
        axes.plot(told.lags, told.cycling, label="cycling genes", **style)
    period = float(exploration.calls.period)
    if period <= told.lags[-1]:
        axes.axvline(period, color=theme.muted, linewidth=1.0, linestyle="-.", label="one period")
    axes.set(xlabel="minutes apart", ylabel="mean autocorrelation", xlim=(0, None))
    figure.legend(loc="outside lower center", ncols=4, columnspacing=1.2, handlelength=1.6)


def draw_memory(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how long profiles resemble themselves."""
    told = measure_memory(exploration)
    if not (np.isfinite(told.crossing).any() and np.isfinite(told.shuffled_crossing).any()):
        return
    figure.set_size_inches(7.4, 3.2)
    pairs = (
        ("first minute without autocorrelation", told.crossing, told.shuffled_crossing),
        ("integrated autocorrelation time (min)", told.integrated, told.shuffled_integrated),
    )
    for axes, (name, values, shuffled) in zip(figure.subplots(1, 2), pairs, strict=True):
        edges = bins(np.concatenate([values, shuffled]), 30)
        for shown, colour, style, label in (
            (values[~exploration.cycling], theme.accent, "-", "not cycling"),
            (values[exploration.cycling], theme.second, "--", "cycling"),
            (shuffled, theme.muted, ":", "all, times shuffled"),
        ):
            outline(axes, shown, edges, color=colour, linestyle=style, linewidth=1.6, label=label)
        axes.set(xlabel=name, ylabel="% of genes")
    first = figure.axes[0]
    if np.isfinite(exploration.calls.period):
        line = {"color": theme.muted, "linewidth": 1.0, "linestyle": "-.", "label": "quarter of a period"}
        first.axvline(exploration.calls.period / 4, **line)
    figure.legend(*first.get_legend_handles_labels(), loc="outside lower center", ncols=4)


def _warn_pairs(exploration: Exploration) -> str:
    times = exploration.course.times
    if times.size >= _FEW:
        return ""
    fewest = min((len(one) for one, _ in pair_lags(times)[1]), default=0)
    return (
        f"{times.size} times have {fewest} to {times.size - 1} pairs at each lag: the autocorrelation of a"
        " single gene is mostly chance, and that of the mean rests on few arrays."
    )


def _warn_turn(exploration: Exploration) -> str:
    if np.ptp(exploration.course.times) < exploration.calls.period:
        return "the course is shorter than a period: nothing in it was seen to come back."
    return ""


PICTURES = (
    Picture(
        "timecorrelation",
        "How time points resemble one another",
        "Correlation over genes of the scaled profiles (mean 0 and standard deviation 1, gaps filled) at "
        "every two times; on the right the turn of the experiment's clock, where one could be told. In a "
        "culture that cycles, warm stripes lie one period beside the diagonal, and cold ones between, paler"
        " the more synchrony is lost. A row that resembles no other is a bad array or two samples mixed up;"
        " a chequerboard is arrays of two batches in turn; one warm block at the start is the answer to the"
        " release.",
        "exploration",
        draw_times,
        "no gene has a profile",
        family=FAMILY,
        warning=_warn_turn,
    ),
    Picture(
        "genecorrelation",
        "How cycling genes resemble one another",
        "Correlation over times of every two cycling genes, in the order of their peaks; of more than 200 "
        "genes the mean over blocks of neighbours. The strip is the called phase. A cycle shows as a warm "
        "band along the diagonal that closes at the other two corners, with cold between: neighbours on the"
        " turn rise and fall together, genes half a turn apart against each other. Square blocks with sharp"
        " borders are genes that go together for another reason; a pale diagonal, genes whose peaks are "
        "placed by chance.",
        "exploration",
        draw_genes,
        "fewer than two genes have a sure rhythm and a peak",
        family=FAMILY,
    ),
    Picture(
        "autocorrelation",
        "How profiles resemble their own past",
        "Mean over genes of the autocorrelation of the scaled profiles, by the minutes between two times; "
        "at unequal steps, the mean over all pairs of times about so far apart (lags with five pairs or "
        "more). The band holds 95 % of the same mean over all genes when the times are shuffled, "
        f"{N_SHUFFLES} times, the same way for all genes, so that what genes share stays; it is none of "
        "the cycling genes, which were chosen for a wave. A cycle falls below the band after half a period "
        "and rises above it after a whole one; drift alone falls and does not come back.",
        "exploration",
        draw_autocorrelation,
        "too few times for pairs at any lag",
        family=FAMILY,
        source="Discrete correlation function: Edelson and Krolik 1988, doi 10.1086/166773.",
        warning=_warn_pairs,
    ),
    Picture(
        "memory",
        "How long a profile remembers",
        "Left: the lag at which the autocorrelation of each gene first falls to 0. Right: its integrated "
        "autocorrelation time up to there, the usual step times one half and the sum of the "
        "autocorrelations: about that many minutes lie between two values that tell different things. In "
        "percent of the genes of each kind, and of all after their times were shuffled. A wave alone "
        "reaches 0 after a quarter of its period. Genes right of the shuffled ones that do not cycle drift.",
        "exploration",
        draw_memory,
        "too few times for pairs at any lag",
        family=FAMILY,
        source="Integrated autocorrelation time: Sokal 1997, doi 10.1007/978-1-4899-0319-8_6.",
        warning=_warn_pairs,
    ),
)
