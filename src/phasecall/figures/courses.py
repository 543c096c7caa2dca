"""Figures of the calls themselves: where the genes of a time course peak, and what they look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.calls import Calls
from phasecall.figures.palette import MARKERS, Theme
from phasecall.figures.picture import Picture
from phasecall.preparation import standardise
from phasecall.timecourse import TimeCourse

Data = tuple[Calls, TimeCourse]

_BAND = (10, 90)
_LONGEST = 10
"""Characters of a name that fit above a panel."""
MAX_VECTORS = 1500
"""More points than this are drawn as an image: an SVG of a whole genome would be megabytes."""


def draw_wheel(data: Data, figure: Any, theme: Theme) -> None:
    """Draw each gene at its peak on the circle, the further out the surer, and the scheme's arcs."""
    calls, _ = data
    shown = np.isfinite(calls.peak_turn)
    if not shown.any():
        return
    figure.set_size_inches(5.6, 5.9)
    axes = figure.add_subplot(projection="polar", theta_offset=np.pi / 2, theta_direction=-1)
    _draw_arcs(axes, calls, theme)
    for phase in calls.scheme.phases:
        own = shown & _called(calls, phase.code)
        style = {"color": theme.phases[phase.code], "marker": MARKERS[phase.code], "linewidth": 0}
        _dots(axes, calls, own, label=f"{phase.name} ({own.sum()})", alpha=0.8, **style)
    held = shown & calls.abstained
    n_held, silent = int(held.sum()), int(calls.abstained.sum())
    label = f"withheld ({n_held})" if n_held == silent else f"withheld ({n_held} of {silent} have a peak)"
    _dots(axes, calls, held, label=label, color=theme.muted, marker="x", linewidth=1.0)
    axes.set(ylim=(0, 1.16), xticks=[])
    axes.set_yticks([0.5, 1.0], ["", ""])
    for share in (0.5, 1.0):
        patch = {"facecolor": theme.paper, "edgecolor": "none", "alpha": 0.8, "pad": 1}
        axes.text(np.pi, share, f"{100 * share:.0f} %", ha="center", va="center", fontsize=7, bbox=patch)
    axes.spines["polar"].set_visible(False)
    axes.grid(axis="y", color=theme.muted, linestyle=":")
    figure.legend(loc="outside lower center", ncols=3, handletextpad=0.3)


def draw_heatmap(data: Data, figure: Any, theme: Theme) -> None:
    """Draw every gene with a peak as a row, earliest peak first, beside the colour of its phase."""
    from matplotlib import colormaps

    calls, course = data
    order = order_by_peak(calls, course)
    if not order.size:
        return
    figure.set_size_inches(5.6, 6.4)
    grid = figure.add_gridspec(1, 2, width_ratios=[1, 22], wspace=0.01)
    strip, axes = figure.add_subplot(grid[0]), figure.add_subplot(grid[1])
    codes = np.where(calls.abstained, len(calls.scheme), calls.codes)[order]
    draw_strip(strip, codes, [*theme.phases[: len(calls.scheme)], theme.faint])
    strip.set(xticks=[], yticks=[], ylabel=f"{order.size} genes, by the time of their peak")
    shades = colormaps["viridis"].with_extremes(bad=theme.faint)
    image = axes.imshow(_scaled(course)[order], cmap=shades, vmin=-2, vmax=2, aspect="auto")
    # A label for each column while they fit; of many, every second or third.
    step = -(-course.times.size // 13)
    columns = np.arange(0, course.times.size, step)
    axes.set_xticks(columns, [f"{minute:g}" for minute in course.times[columns]])
    axes.set(yticks=[], xlabel="minutes")
    for panel in (strip, axes):
        panel.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, label="row z score", shrink=0.5, aspect=25, pad=0.02)
    name_phases(figure, calls, codes, theme)


def draw_strip(axes: Any, codes: NDArray[np.int64], colours: Sequence[str]) -> None:
    """Draw a bar for each run of rows with one code; bars, unlike an image, follow the page's colours."""
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    lengths = np.diff(starts, append=codes.size)
    for code in np.unique(codes):
        runs = codes[starts] == code
        axes.bar(0, lengths[runs], width=1, bottom=starts[runs] - 0.5, color=colours[code], linewidth=0)
    axes.set(xlim=(-0.5, 0.5), ylim=(codes.size - 0.5, -0.5))


def draw_profiles(data: Data, figure: Any, theme: Theme) -> None:
    """Draw the mean profile and a band of the genes called to each phase, a panel a phase that has any."""
    calls, course = data
    even = course.average_replicates()
    scaled = _scaled(even)
    phases = [phase for phase in calls.scheme.phases if _called(calls, phase.code).any()]
    if not phases:
        return
    n_columns = 1 if len(phases) == 1 else 2
    n_rows = -(-len(phases) // n_columns)
    figure.set_size_inches(3.6 * n_columns, 0.4 + 2.1 * n_rows)
    first = None
    for place, phase in enumerate(phases):
        first = axes = figure.add_subplot(n_rows, n_columns, place + 1, sharex=first, sharey=first)
        own = scaled[_called(calls, phase.code)]
        seen = np.isfinite(own).any(axis=0)
        low, high = np.nanpercentile(own[:, seen], _BAND, axis=0)
        colour = theme.phases[phase.code]
        axes.fill_between(even.times[seen], low, high, color=colour, alpha=0.25, linewidth=0)
        style = {"color": colour, "marker": MARKERS[phase.code], "markersize": 3.5}
        axes.plot(even.times[seen], np.nanmean(own[:, seen], axis=0), **style)
        axes.axhline(0, color=theme.muted, linewidth=0.6, linestyle=":")
        axes.set_title(f"{phase.name} ({len(own)} gene{'s' if len(own) > 1 else ''})")
    figure.supxlabel("minutes", fontsize=9)
    figure.supylabel("row z score", fontsize=9)


def draw_genes(data: Data, figure: Any, theme: Theme) -> None:
    """Draw the values of each gene and where its fitted wave peaks, a panel a gene."""
    calls, course = data
    if not len(calls):
        return
    n_columns = min(len(calls), 3)
    n_rows = -(-len(calls) // n_columns)
    figure.set_size_inches(3.0 * n_columns, 0.4 + 1.9 * n_rows)
    even, first = course.average_replicates(), None
    for row, (gene, phase, reason) in enumerate(zip(calls.genes, calls.phase, calls.reason, strict=True)):
        first = axes = figure.add_subplot(n_rows, n_columns, row + 1, sharex=first)
        code = calls.codes[row] if phase else -1
        style = {"color": theme.muted if code < 0 else theme.phases[code]}
        _mark_peaks(axes, calls, row, course.times, style["color"])
        seen = np.isfinite(even.values[row])
        axes.plot(even.times[seen], even.values[row, seen], linewidth=1.0, **style)
        marker = MARKERS[code] if code >= 0 else "x"
        axes.plot(course.times, course.values[row], linestyle="", marker=marker, markersize=3.5, **style)
        axes.set_title(f"{_cut(gene)}: {phase or str(reason)}", fontsize=8)
    figure.supxlabel("minutes", fontsize=9)
    figure.supylabel("value", fontsize=9)


def _mark_peaks(axes: Any, calls: Calls, row: int, times: NDArray[np.float64], colour: str) -> None:
    """Mark every peak of a gene in the time measured, and the interval of its minute."""
    peak, period = float(calls.peak_time[row]), calls.period
    if not (np.isfinite(peak) and np.isfinite(period)):
        return
    turns = np.arange(np.ceil((times[0] - peak) / period), np.floor((times[-1] - peak) / period) + 1)
    for shift in turns * period:
        axes.axvline(peak + shift, color=colour, linewidth=0.8, linestyle="--")
        low, high = calls.peak_lo[row] + shift, calls.peak_hi[row] + shift
        # The time measured stays what is seen.
        axes.axvspan(max(low, times[0]), min(high, times[-1]), color=colour, alpha=0.15, linewidth=0)


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _called(calls: Calls, code: int) -> NDArray[np.bool_]:
    return np.asarray((calls.codes == code) & ~calls.abstained)


def _draw_arcs(axes: Any, calls: Calls, theme: Theme) -> None:
    for phase in calls.scheme.phases:
        start, width = 2 * np.pi * phase.start, 2 * np.pi * phase.width
        colour = theme.phases[phase.code]
        axes.bar(start, 0.07, width, 1.06, align="edge", color=colour, edgecolor=theme.paper, linewidth=1.5)
        angle = 2 * np.pi * phase.centre
        # A name right of the circle begins at the ring, one left of it ends there.
        side = ("right", "center", "left")[int(np.sign(np.round(np.sin(angle), 1))) + 1]
        axes.text(angle, 1.2, phase.name, ha=side, va="center", fontsize=9, fontweight="bold")


def _dots(axes: Any, calls: Calls, wanted: NDArray[np.bool_], **style: Any) -> None:
    if wanted.any():
        radius = np.nan_to_num(calls.confidence[wanted])
        rasterized = len(calls) > MAX_VECTORS
        axes.scatter(2 * np.pi * calls.peak_turn[wanted], radius, s=20, rasterized=rasterized, **style)


def order_by_peak(calls: Calls, course: TimeCourse) -> NDArray[np.int64]:
    """Return the genes with a peak, rows by the first peak at or after the first time point, shape (m,)."""
    minutes = np.asarray(calls.peak_time, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(minutes))
    if np.isfinite(calls.period):
        minutes = np.mod(minutes - course.times[0], calls.period)
    return known[np.argsort(minutes[known], kind="stable")]


def _scaled(course: TimeCourse) -> NDArray[np.float64]:
    """Return the profiles as a network reads them, but missing values stay missing."""
    return np.where(np.isfinite(course.values), standardise(course.values, course.times)[:, :, 0], np.nan)


def name_phases(figure: Any, calls: Calls, codes: NDArray[np.int64], theme: Theme, **style: Any) -> None:
    """Write which colour is which phase beside a figure; the code after the last is of withheld genes.

    They are `theme.faint`, as beside an image, unless the style says another colour, as `withheld`; the rest
    of it is that of the legend.
    """
    from matplotlib.patches import Patch

    names = [*(phase.name for phase in calls.scheme.phases), "withheld"]
    colours = [*theme.phases[: len(calls.scheme)], style.pop("withheld", theme.faint)]
    present = np.unique(codes)
    handles = [Patch(color=colours[code], label=names[code]) for code in present]
    style = {"loc": "outside lower center", "ncols": len(present), "handlelength": 1.0} | style
    figure.legend(handles=handles, **style)


PICTURES = (
    Picture(
        "wheel",
        "Where on the cell cycle the genes peak",
        "The circle is one cell cycle, clockwise from the M/G1 boundary at the top; the ring names "
        "the phases. Each mark is a gene at the angle of its fitted peak, the further out the more "
        "confident its call (thin circles: 50 % and 100 %), with the colour and shape of its "
        "called phase; a cross is a gene whose phase is withheld. The default network gives call and "
        "peak by one density; in calls of the published network or of a finetuned model they come "
        "from different computations: look there at a mark far from the arc of its colour.",
        "calls",
        draw_wheel,
        "no gene has a peak that is tied to the cell cycle",
        family="Peaks and shapes",
    ),
    Picture(
        "heatmap",
        "Every gene over time",
        "One row a gene, ordered by the time of its fitted peak from the first time point on; one "
        "column a time point, labelled in minutes. Each row is scaled to mean 0 and standard "
        "deviation 1, gaps filled for that, and cut at 2; missing values are grey. The strip on the "
        "left is the called phase, grey where it is withheld. Rhythmic genes make a bright band from "
        "the top left to the bottom right; rows without a band are not rhythmic or are noisy.",
        "calls",
        draw_heatmap,
        "no gene has a fitted peak",
        family="Profiles",
    ),
    Picture(
        "profiles",
        "The mean profile of each phase",
        "Mean of the genes called to each phase (line) and the range of their middle 80 % (band), "
        "after scaling every gene to mean 0 and standard deviation 1; replicates are averaged. A "
        "phase that no gene was called to has no panel. The phases should peak one after another; a "
        "wide band means that genes called to one phase do not look alike.",
        "calls",
        draw_profiles,
        "no gene was called to a phase",
        family="Profiles",
    ),
    Picture(
        "genes",
        "Single genes over time",
        "One panel a gene: its values as measured (marks; replicates share a minute), their means "
        "(line), each minute of the experiment at which the gene peaks (dashed) and the 95 % "
        "interval of that (band). Title and colour are the called phase, or grey and the reason why "
        "it is withheld. A band as wide as the panel says that the peak is not known.",
        "genes",
        draw_genes,
        "no gene was asked for",
    ),
)
