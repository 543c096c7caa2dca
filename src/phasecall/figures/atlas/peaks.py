"""Figures of peaks and shapes: when profiles peak, how often, in which patterns, how smoothly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration import Exploration
from phasecall.exploration.peaks import PATTERNS, count_motifs, count_peaks, fit_shapes, measure_roughness
from phasecall.figures.atlas.planes import draw_legend, draw_ring, name_genes, scatter_genes, warn_few
from phasecall.figures.palette import DASHES, Theme
from phasecall.figures.picture import Picture

_FAMILY = "Peaks and shapes"
_BINS = 36


def draw_peak_times(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw peaks and troughs round the clock, and each gene's trough against its peak."""
    found = fit_shapes(exploration)
    if found is None:
        return
    figure.set_size_inches(8.6, 4.5)
    anchored = bool(np.isfinite(exploration.estimate.clock.turn_at_zero))
    clock = figure.add_subplot(1, 2, 1, projection="polar", theta_offset=np.pi / 2, theta_direction=-1)
    edges = np.linspace(0, 1, _BINS + 1)
    peaks, troughs = (np.histogram(turns, edges)[0] for turns in (found.peak, found.trough))
    most = max(peaks.max(), troughs.max())
    angles = 2 * np.pi * edges
    style = {"align": "edge", "color": theme.accent, "edgecolor": theme.paper, "linewidth": 0.5}
    clock.bar(angles[:-1], peaks, np.diff(angles), label="peaks", **style)
    outline = {"color": theme.second, "linewidth": 1.3, "label": "troughs"}
    clock.plot(np.repeat(angles, 2)[1:-1], np.repeat(troughs, 2), **outline)
    if anchored:
        draw_ring(clock, exploration, theme, inner=1.08 * most, outer=1.16 * most)
    clock.set(ylim=(0, 1.16 * most), xticks=[])
    clock.set_yticks([most], [""])
    clock.text(np.pi, most, f"{most} genes", ha="center", va="bottom", fontsize=7)
    clock.spines["polar"].set_visible(False)
    clock.grid(axis="y", color=theme.muted, linestyle=":")
    clock.set_title(f"{found.rows.size} cycling genes", pad=22 if anchored else 6)
    panel = figure.add_subplot(1, 2, 2)
    half = np.array([0.0, 0.5, np.nan, 0.5, 1.0])
    opposite = np.array([0.5, 1.0, np.nan, 0.0, 0.5])
    panel.plot(half, opposite, color=theme.muted, linewidth=0.9, linestyle=":", label="half a turn apart")
    points = np.stack([found.peak, found.trough], axis=1)
    scatter_genes(panel, points, exploration.codes[found.rows], exploration, theme)
    start = "the M/G1 boundary" if anchored else "t = 0"
    panel.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    panel.set(xlabel=f"peak, turns from {start}", ylabel="trough, turns")
    panel.grid()
    draw_legend(figure, (clock, panel), columns=7)
    name_genes(figure, panel, points, found.rows, exploration)


def draw_asymmetry(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how long waves rise, against cosines with the same errors."""
    found = fit_shapes(exploration)
    if found is None:
        return
    figure.set_size_inches(6.0, 3.4)
    axes = figure.add_subplot()
    edges = np.linspace(0, 100, 26)
    _steps(axes, 100 * found.rise, edges, "genes", color=theme.accent, fill=True)
    _steps(axes, 100 * found.plain, edges, "cosines with their errors", color=theme.second, linestyle="--")
    middle = float(np.median(found.rise))
    axes.axvline(50, color=theme.muted, linewidth=0.9, linestyle=":")
    axes.set(xlim=(0, 100), xlabel="share of the period from trough to peak, %", ylabel="genes, %")
    axes.set_title(f"{found.rise.size} cycling genes, median {100 * middle:.0f} %")
    draw_legend(figure, (axes,))


def draw_peak_counts(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how many profiles have how many peaks above their noise."""
    found = count_peaks(exploration)
    if found is None:
        return
    figure.set_size_inches(6.4, 3.7)
    axes = figure.add_subplot()
    cycling = exploration.cycling
    groups = {
        f"cycling ({cycling.sum()})": (found.counts[cycling], theme.accent, ""),
        f"other ({(~cycling).sum()})": (found.counts[~cycling], theme.muted, ""),
        "all, times shuffled": (found.shuffled, theme.second, "///"),
    }
    groups = {name: row for name, row in groups.items() if row[0].size}
    width = 0.8 / len(groups)
    most = max(2, int(np.quantile(found.counts, 0.99)))
    places = np.arange(most + 1)
    for number, (name, (counts, colour, hatch)) in enumerate(groups.items()):
        shares = np.bincount(np.minimum(counts, most), minlength=most + 1) / counts.size
        at = places - 0.4 + (number + 0.5) * width
        face = "none" if hatch else colour
        axes.bar(at, 100 * shares, width, facecolor=face, edgecolor=colour, hatch=hatch, label=name)
    axes.set_xticks(places, [*map(str, places[:-1]), f"{most} or more"])
    axes.set(xlabel="peaks above the noise", ylabel="genes, %")
    axes.set_title(
        f"{found.cycles:.1f} periods measured" if np.isfinite(found.cycles) else "no period is known"
    )
    draw_legend(figure, (axes,))


def draw_motifs(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how often three times in a row are in each order."""
    found = count_motifs(exploration)
    if found is None:
        return
    figure.set_size_inches(6.4, 3.8)
    axes = figure.add_subplot()
    places = np.arange(len(PATTERNS))
    middle, spread = 50 * (found.low + found.high), 100 * (found.high - found.low)
    style = {"color": theme.faint, "label": "95 % with shuffled times"}
    axes.bar(places, spread, 0.7, middle - spread / 2, **style)
    axes.axhline(100 / len(PATTERNS), color=theme.muted, linewidth=0.9, linestyle=":")
    axes.plot(places, 100 * found.share, "s", color=theme.second, markersize=6, label="all genes")
    if np.isfinite(found.cycling).all():
        label = f"cycling genes ({exploration.cycling.sum()})"
        axes.plot(places, 100 * found.cycling, "o", color=theme.accent, markersize=6, label=label)
    axes.set(xlim=(-0.6, 5.6), ylabel="triples of times, %")
    axes.set_xticks(places, ["\n".join(("", "", _PATTERN_NAMES[number])) for number in places])
    axes.tick_params(axis="x", length=0)
    _draw_patterns(axes, theme)
    draw_legend(figure, (axes,))


def _draw_patterns(axes: Any, theme: Theme) -> None:
    """Draw each pattern as what it is, between the axis and its name."""
    style: dict[str, Any] = {"color": theme.ink, "marker": "o", "markersize": 2.5, "linewidth": 1.2}
    for place, pattern in enumerate(PATTERNS):
        heights = -0.085 + 0.03 * np.array(pattern)
        axes.plot(
            *(place + np.array([-0.2, 0, 0.2]), heights),
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            **style,
        )


_PATTERN_NAMES = (
    "rises",
    "peak,\nends higher",
    "dip,\nends higher",
    "peak,\nends lower",
    "dip,\nends lower",
    "falls",
)


def draw_roughness(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how much profiles jump from each value to the next, against the same values in another order."""
    found = measure_roughness(exploration)
    if found is None:
        return
    figure.set_size_inches(6.0, 3.4)
    axes = figure.add_subplot()
    edges = np.linspace(0, 4, 33)
    cycling = exploration.cycling
    if cycling.any():
        _steps(axes, found.ratio[cycling], edges, f"cycling ({cycling.sum()})", color=theme.accent, fill=True)
    if not cycling.all():
        _steps(axes, found.ratio[~cycling], edges, f"other ({(~cycling).sum()})", color=theme.ink)
    style = {"color": theme.second, "linestyle": DASHES[1]}
    _steps(axes, found.shuffled, edges, "all, times shuffled", **style)
    axes.set(xlim=(0, 4), xlabel="von Neumann ratio", ylabel="genes, %")
    axes.legend(loc="upper right")


def _steps(
    axes: Any, values: NDArray[np.float64], edges: NDArray[np.float64], label: str, **style: Any
) -> None:
    """Draw the distribution of values as steps, in percent; what lies beyond the edges counts at the last."""
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    shares = 100 * counts / max(values.size, 1)
    if style.pop("fill", False):
        axes.stairs(shares, edges, fill=True, alpha=0.3, color=style["color"])
    axes.stairs(shares, edges, label=label, linewidth=1.4, **style)


PICTURES = (
    Picture(
        "peaktimes",
        "When genes peak and when they are lowest",
        "Peaks (bars) and troughs (line) of the cycling genes round the clock, and each gene's trough "
        "against its peak, both of a wave of two harmonics of the clock's period, gaps filled. Turns run "
        "clockwise from the M/G1 boundary at the top, or from t = 0 where no phase is known. Bunches are "
        "waves of transcription; troughs that bunch where no gene peaks are waves of decay. Genes on the "
        "dotted line are lowest half a turn after their peak.",
        "exploration",
        draw_peak_times,
        "under 10 cycling genes, 7 times or one period",
        _FAMILY,
        "Harmonics: Bloomfield 2000, doi 10.1002/0471722235",
        warn_few(12, "two harmonics leave few errors to see: peak and trough are rough"),
    ),
    Picture(
        "asymmetry",
        "Whether waves rise faster than they fall",
        "Share of the period from trough to peak in the fitted wave of two harmonics of each cycling gene, "
        "and the same of plain cosines that carry the gene's own errors in another order: those lie about "
        "half (dotted), as far off as errors alone bring them. Genes left of what cosines show rise faster "
        "than they fall, as after a switch; genes right of it fall faster.",
        "exploration",
        draw_asymmetry,
        "under 10 cycling genes, 7 times or one period",
        _FAMILY,
        "Harmonics: Bloomfield 2000, doi 10.1002/0471722235",
        warn_few(12, "the second harmonic is little more than error"),
    ),
    Picture(
        "peakcounts",
        "How many peaks a profile has",
        "Local maxima between the first time and the last whose prominence is above two standard deviations "
        "of the difference of two values of noise, the noise being how far values lie off the line between "
        "their neighbours; gaps are filled. A cycling gene should have about one peak a period measured; "
        "more are noise or a faster rhythm, fewer a wave cut off at the ends.",
        "exploration",
        draw_peak_counts,
        "under 10 genes with a profile, or 5 times",
        _FAMILY,
        "Noise: Gasser, Sroka and Jennen-Steinmetz 1986, doi 10.1093/biomet/73.3.625",
        warn_few(12, "a wave bends much from one to the next, and passes for noise in part"),
    ),
    Picture(
        "motifs",
        "Which patterns three times in a row make",
        "Share of each of the six orders that three observed values in a row can be in, over all genes and "
        "over the cycling ones. The band holds 95 % of the shares of all genes when the times are "
        "shuffled, in one order for all genes; cycling ones, which were chosen for a wave, need not lie in "
        "it. Above it are rises and falls where profiles are smooth; peaks and dips above it say that "
        "arrays alternate, as two batches in turn do.",
        "exploration",
        draw_motifs,
        "under 10 genes with a profile, or 3 times in a row",
        _FAMILY,
        "Bandt and Pompe 2002, doi 10.1103/PhysRevLett.88.174102",
        warn_few(12, "there are few triples, and the band is wide"),
    ),
    Picture(
        "roughness",
        "How smooth profiles are",
        "The von Neumann ratio of each gene: the mean square of the steps between observed values, by their "
        "variance; steps of different length count alike. Values in no order have 2 n / (n - 1), as the "
        "shuffled ones show; slow waves and drifts have less. What lies right of the shuffled genes jumps "
        "to and fro with each array.",
        "exploration",
        draw_roughness,
        "under 10 genes with a profile",
        _FAMILY,
        "von Neumann 1941, doi 10.1214/aoms/1177731677",
        warn_few(12, "the ratio of one gene is known to about a half"),
    ),
)
