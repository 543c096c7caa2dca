"""Influence: which phases lead which, and what one gene's past adds to the forecast of another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration import Exploration
from phasecall.exploration.influence import (
    SURE,
    Influence,
    Leads,
    measure_gain_by_distance,
    measure_influence,
    measure_leads,
)
from phasecall.exploration.stretch import lay_stretch
from phasecall.figures.palette import DASHES, Theme
from phasecall.figures.picture import Picture

_FAMILY = "Influence"
_MANY = 50
"""With so many arrays an F test of a forecast with five numbers has some power."""


def draw_leads(data: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the correlation of each phase's mean profile with the others, by lag, a panel a leader."""
    leads = measure_leads(data)
    if leads is None:
        return
    n_columns = 2
    n_rows = -(-leads.codes.size // n_columns)
    figure.set_size_inches(7.6, 0.9 + 2.3 * n_rows)
    first = None
    for place, code in enumerate(leads.codes):
        first = axes = figure.add_subplot(n_rows, n_columns, place + 1, sharex=first, sharey=first)
        _draw_leader(axes, leads, place, theme)
        name = data.calls.scheme.phases[code].name
        axes.set_title(f"{name} leads ({leads.sizes[place]} genes)")
        if place >= leads.codes.size - n_columns:
            axes.set_xlabel("lag of the follower, turns (below 0: ahead)")
        axes.set(xlim=(-0.52, 0.52), ylim=(-1.05, 1.05), ylabel="" if place % n_columns else "correlation")
    _name_phases(figure, data, leads.codes, theme)


def _draw_leader(axes: Any, leads: Leads, leader: int, theme: Theme) -> None:
    others = [place for place in range(leads.codes.size) if place != leader]
    low, high = leads.low[leader, others].min(axis=0), leads.high[leader, others].max(axis=0)
    axes.fill_between(leads.lags, low, high, color=theme.faint, alpha=0.6, linewidth=0)
    axes.axhline(0, color=theme.muted, linewidth=0.6)
    for place in others:
        code = leads.codes[place]
        curve = leads.correlation[leader, place]
        colour = theme.phases[code]
        axes.plot(leads.lags, curve, color=colour, linestyle=DASHES[code], linewidth=1.4)
        if np.isfinite(leads.lag[leader, place]):
            lag = leads.lag[leader, place]
            span = [leads.lag_low[leader, place], leads.lag_high[leader, place]]
            top = float(curve[np.argmin(np.abs(leads.lags - lag))])
            axes.plot(span, [top, top], color=colour, linewidth=3.5, solid_capstyle="butt", alpha=0.5)
            axes.plot(lag, top, "o", color=colour, markersize=4.5)
        if np.isfinite(leads.expected[leader, place]):
            axes.plot(leads.expected[leader, place], -1, "|", color=colour, markersize=11, markeredgewidth=2)


def draw_influence(data: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the gain of each pair of genes as two matrices: over the follower's past, and beyond the clock."""
    found = measure_influence(data)
    if found is None:
        return
    figure.set_size_inches(9.6, 5.6)
    codes = np.where(data.calls.abstained, -1, data.calls.codes)[found.rows]
    names = [data.course.genes[row] for row in found.rows]
    top = float(np.nanmax([np.nanmax(found.gain), np.nanmax(found.gain_clock), 1e-6]))
    panels = (
        (found.gain, found.q, "over the follower's own past"),
        (found.gain_clock, found.q_clock, "over its own past and the clock"),
    )
    images = []
    for place, (gain, q_values, title) in enumerate(panels):
        axes = figure.add_subplot(1, 2, place + 1)
        images.append(_draw_matrix(axes, gain, top, theme))
        sure = np.argwhere(np.nan_to_num(q_values, nan=1.0) <= SURE)
        style = {"facecolor": theme.paper, "edgecolor": theme.ink, "linewidth": 0.7, "zorder": 3}
        if len(sure):
            axes.scatter(sure[:, 1], sure[:, 0], s=12, **style)
        axes.set_title(f"{title}: {len(sure)} of {_count_pairs(found)}", fontsize=9)
        _name_genes(axes, names, codes, theme)
        axes.set_xlabel("follower, one array on")
        axes.set_ylabel("leader" if place == 0 else "")
    figure.colorbar(images[0], ax=figure.axes, label="gain", shrink=0.6, aspect=30, pad=0.01)
    _name_phases(figure, data, np.unique(codes), theme)


def _count_pairs(found: Influence) -> int:
    return found.rows.size * (found.rows.size - 1)


def _draw_matrix(axes: Any, gain: NDArray[np.float64], top: float, theme: Theme) -> Any:
    from matplotlib import colormaps

    shades = colormaps["viridis"].with_extremes(bad=theme.faint)
    axes.spines[:].set_visible(False)
    return axes.imshow(gain, cmap=shades, vmin=0, vmax=top)


def _name_genes(axes: Any, names: list[str], codes: NDArray[np.int64], theme: Theme) -> None:
    """Name rows and columns in the colours of their phases."""
    short = [name if len(name) <= 10 else f"{name[:9]}…" for name in names]
    axes.set_xticks(range(len(short)), short, rotation=90, fontsize=6)
    axes.set_yticks(range(len(short)), short, fontsize=6)
    axes.tick_params(length=0)
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        for label, code in zip(labels, codes, strict=True):
            label.set_color(theme.muted if code < 0 else theme.phases[code])


def draw_gain(data: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the mean gain by how far after the leader the follower peaks, without and with the clock."""
    found = measure_gain_by_distance(data)
    if found is None:
        return
    figure.set_size_inches(7.4, 3.2)
    panels = (
        (found.gain, found.null, "over the follower's own past"),
        (found.gain_clock, found.null_clock, "over its own past and the clock"),
    )
    first = None
    for place, (gain, null, title) in enumerate(panels):
        first = axes = figure.add_subplot(1, 2, place + 1, sharex=first, sharey=first)
        axes.fill_between(found.centres, *null, color=theme.muted, alpha=0.35, linewidth=0)
        axes.plot(found.centres, gain, color=theme.accent, marker="o", markersize=4)
        axes.axvline(0, color=theme.muted, linewidth=0.6, linestyle=":")
        axes.set_title(title)
        axes.grid(axis="y")
        axes.set(xlim=(-0.5, 0.5), ylim=(0, None))
    figure.supxlabel("turns by which the follower peaks after the leader", fontsize=9)
    figure.supylabel("mean gain", fontsize=9)


def _name_phases(figure: Any, data: Exploration, codes: NDArray[np.int64], theme: Theme) -> None:
    from matplotlib.lines import Line2D

    phases = data.calls.scheme.phases
    handles = [
        Line2D([], [], color=theme.phases[code], linestyle=DASHES[code], linewidth=2, label=phases[code].name)
        for code in codes
        if code >= 0
    ]
    if (codes < 0).any():
        handles.append(Line2D([], [], color=theme.muted, linestyle=":", linewidth=2, label="withheld"))
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


def _warn_of_leads(data: Exploration) -> str:
    n_times = data.course.times.size
    if n_times >= _MANY:
        return ""
    cycles = data.estimate.clock.cycles(data.course.times)
    reach = f" over {cycles:.1f} turns" if np.isfinite(cycles) else ""
    return (
        f"{n_times} arrays{reach} cannot bear a cause: any two rhythms of one period correlate highly at some"
        " lag, as the grey band shows, so that only the lags can be read, to about half of a step."
    )


def _warn_of_influence(data: Exploration) -> str:
    stretch = lay_stretch(data)
    if len(stretch) >= _MANY:
        return ""
    return (
        f"{max(len(stretch) - 1, 0)} pairs of neighbouring arrays cannot bear a network of genes: what looks"
        " like influence is mostly the common clock; read how much of the left is gone on the right, and take"
        " no single pair for a cause."
    )


_NO_SERIES = "too few complete cycling genes, or arrays at one step"

PICTURES = (
    Picture(
        "leads",
        "Which phases lead which",
        "One panel a phase: the correlation of the mean profile of its genes with that of each other "
        "phase, read some turns later; between arrays the follower is interpolated, outside of them "
        "nothing is. The mark is the highest correlation, the thick bar where it lies in 95 % of 200 "
        "drawings of the genes, the tick at the bottom where the called peaks say it should be. The grey "
        "band holds 95 % of the correlations of profiles of the same power spectrum with random phases. "
        "Marks should stand above their ticks; how high they stand means little, since every wave fits "
        "another at some lag.",
        "exploration",
        draw_leads,
        "too few called genes of two phases, or arrays",
        family=_FAMILY,
        source="Schmitt et al. 2004, doi 10.1101/gr.2439804; null: Theiler et al. 1992,"
        " doi 10.1016/0167-2789(92)90102-S",
        warning=_warn_of_leads,
    ),
    Picture(
        "influence",
        "What one gene adds to the forecast of another",
        "Rows lead, columns follow, both in order of their peaks and coloured by phase: up to 24 cycling "
        "genes, the four surest that peak in each sixth of the turn. A cell is the share of the variance "
        "left by a linear forecast of the follower at the next array that the leader's value at this one "
        "takes: left beside the follower's own value, right beside that and the cosine and sine of the "
        "clock. Only the longest run of arrays at one step is used, and nothing is interpolated. A white "
        "dot is a pair with a q value of 0.05 or less among all pairs, by 999 series of the leader's power "
        "spectrum with random phases; titles count them. Bright bands on the left that fade on the right "
        "are the clock's.",
        "exploration",
        draw_influence,
        _NO_SERIES,
        family=_FAMILY,
        source="Granger 1969, doi 10.2307/1912791; null: Theiler et al. 1992,"
        " doi 10.1016/0167-2789(92)90102-S; q: Benjamini and Hochberg 1995, doi "
        "10.1111/j.2517-6161.1995.tb02031.x",
        warning=_warn_of_influence,
    ),
    Picture(
        "gain",
        "Forecasts by distance on the clock",
        "The mean gain of all pairs of up to 150 cycling genes, by how many turns after the leader the "
        "follower peaks: left over the follower's own past, right over that and the clock. The band holds "
        "95 % of what leaders of the same power spectrum with random phases gain. Two humps a quarter of a "
        "turn to either side, as on the left of most cell-cycle courses, are what one common clock gives: "
        "a gene a quarter ahead or behind says where the culture is. What is above the band on the right "
        "is shared beside the clock: batches of arrays, a trend, or regulation; these data do not tell "
        "which.",
        "exploration",
        draw_gain,
        _NO_SERIES,
        family=_FAMILY,
        source="Granger 1969, doi 10.2307/1912791",
        warning=_warn_of_influence,
    ),
)
