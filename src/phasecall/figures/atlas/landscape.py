"""Landscape: where the states of genes are, how they move, and where on the cycle genes crowd."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasecall.exploration import Exploration
from phasecall.exploration.freeenergy import FreeEnergy, measure_free_energy
from phasecall.exploration.landscape import EDGE, MIN_GENES, Landscape, measure_flow, measure_landscape
from phasecall.exploration.stretch import lay_stretch
from phasecall.figures.palette import Theme
from phasecall.figures.picture import Picture

FAMILY = "Landscape"
FEW = 50
"""Fewer arrays than this are a handful of turns, and their errors are those of every gene."""

_LEVELS = (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 6)
"""Fine where hills of real courses are, a tenth to one kT."""
_NAMED = ((0.0, "peak"), (0.25, "falling"), (0.5, "trough"), (0.75, "rising"))
_BARRIER = 0.2
_SPEED = 9.0
"""Deviations a turn, of an arrow as long as a block: about that of a pure wave, 2 pi sqrt 2."""


def draw_landscape(data: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the quasi-potential of states with the mean cycle, beside that of times in a random order."""
    from matplotlib.colors import BoundaryNorm

    found = measure_landscape(data)
    if found is None:
        return
    figure.set_size_inches(8.2, 4.1)
    norm = BoundaryNorm(_LEVELS, 256)
    middle = (found.edges[1:] + found.edges[:-1]) / 2
    filled = None
    spans = f"({found.hill_low:.2f} to {found.hill_high:.2f})"
    panels = (
        (found.potential, f"{found.n_genes} cycling genes\nhill {found.hill:.2f} kT {spans}"),
        (found.null, f"times in random order\nhill up to {found.null_hill:.2f} kT"),
    )
    for place, (potential, title) in enumerate(panels):
        axes = figure.add_subplot(1, 2, place + 1, aspect="equal")
        filled = axes.contourf(middle, middle, potential, levels=_LEVELS, cmap="viridis_r", norm=norm)
        filled.set_rasterized(True)
        axes.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE))
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("value, standard deviations")
    figure.axes[0].set_ylabel("value of a gene a quarter of a turn later")
    _draw_cycle(figure.axes[0], found, theme)
    bar = {"shrink": 0.8, "aspect": 25, "pad": 0.02, "ticks": _LEVELS, "format": "%g"}
    figure.colorbar(filled, ax=figure.axes, label="quasi-potential, kT", **bar)


def _draw_cycle(axes: Any, found: Landscape, theme: Theme) -> None:
    """Draw the mean cycle, an arrow each eighth of a turn, and names of the quarters."""
    from matplotlib.patheffects import withStroke

    edge = [withStroke(linewidth=3.5, foreground=theme.paper)]
    ring = np.concatenate([found.cycle, found.cycle[:1]])
    axes.plot(*ring.T, color=theme.ink, linewidth=1.6, path_effects=edge)
    size = len(found.cycle)
    for start in range(0, size, size // 8):
        ends = ring[start], ring[start + 1]
        if np.isfinite(ends).all():
            arrow = {
                "arrowstyle": "-|>,head_width=0.25",
                "color": theme.ink,
                "linewidth": 1.2,
                "shrinkA": 0,
                "shrinkB": 0,
            }
            made = axes.annotate("", xy=ends[1], xytext=ends[0], arrowprops=arrow)
            made.arrow_patch.set_path_effects(edge)
    radius = float(np.nanmax(np.hypot(*found.cycle.T), initial=1.0)) + 0.5
    for turn, name in _NAMED:
        at = radius * np.cos(2 * np.pi * turn), radius * np.sin(2 * np.pi * turn)
        style = {"ha": "center", "va": "center", "fontsize": 8, "fontweight": "bold"}
        axes.text(*at, name, color=theme.ink, path_effects=edge, **style)


def draw_flow(data: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the mean velocity of states as arrows, and their diffusion as a map."""
    from matplotlib import colormaps

    found = measure_flow(data)
    if found is None:
        return
    figure.set_size_inches(8.2, 4.1)
    left, right = (figure.add_subplot(1, 2, place, aspect="equal") for place in (1, 2))
    across, up = np.meshgrid(found.centres, found.centres)
    known = np.isfinite(found.velocity).all(axis=2)
    arrows = found.velocity[known].T
    style = {"color": theme.accent, "angles": "xy", "scale_units": "xy", "width": 0.007}
    block = 2 * EDGE / found.centres.size
    left.quiver(across[known], up[known], *arrows, scale=_SPEED / block, **style)
    left.plot(across[known], up[known], ".", color=theme.muted, markersize=2)
    spans = f"({found.rotation_low:.2f} to {found.rotation_high:.2f})"
    left.set_title(f"velocity: {found.rotation:.2f} turns a turn\n{spans}", fontsize=9)
    top = float(np.nanmax(np.append(found.diffusion, 1e-3)))
    shades = colormaps["viridis"].with_extremes(bad=theme.paper, under=theme.faint)
    side = (-EDGE, EDGE, -EDGE, EDGE)
    image = right.imshow(found.diffusion, origin="lower", extent=side, cmap=shades, vmin=0, vmax=top)
    mean = f"mean {found.spread:.2f}; error of measurement {found.noise:.2f}"
    right.set_title(f"diffusion of the value\n{mean}", fontsize=9)
    for axes in (left, right):
        axes.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), xlabel="value, standard deviations")
    left.set_ylabel("value of a gene a quarter of a turn later")
    figure.colorbar(image, ax=right, label="squared deviations a turn", shrink=0.8, aspect=25, pad=0.02)


def draw_free_energy(data: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the free energy along the cycle with its band, that of genes spread evenly, and the barriers."""
    found = measure_free_energy(data)
    if found is None:
        return
    figure.set_size_inches(7.4, 3.6)
    axes = figure.add_subplot()
    turns, null = found.places, (found.null_low, found.null_high)
    axes.fill_between(turns, *null, color=theme.muted, alpha=0.35, linewidth=0, label="spread evenly, 95 %")
    axes.fill_between(
        turns, found.low, found.high, color=theme.accent, alpha=0.25, linewidth=0, label="95 % interval"
    )
    axes.plot(turns, found.energy, color=theme.accent, label=f"{found.n_genes} cycling genes")
    axes.axhline(0, color=theme.muted, linewidth=0.6, linestyle=":")
    _mark_barriers(axes, found, theme)
    low, high = float(found.low.min()), float(found.high.max())
    room = high - low
    if found.anchored:
        _draw_phases(axes, data, (low - 0.2 * room, low - 0.08 * room), theme)
    axes.set(xlim=(0, 1), ylim=(low - 0.22 * room, high + 0.2 * room))
    place = "turn, 0 is the M/G1 boundary" if found.anchored else "turns moved since t = 0 (no anchor)"
    axes.set(xlabel=place, ylabel="free energy, kT")
    figure.legend(loc="outside lower center", ncols=3)


def _mark_barriers(axes: Any, found: FreeEnergy, theme: Theme) -> None:
    heights = np.interp(found.peaks, found.places, found.energy)
    for peak, height, barrier in zip(found.peaks, heights, found.barriers, strict=True):
        if barrier >= _BARRIER:
            axes.plot(peak, height, "v", color=theme.second, markersize=5, clip_on=False)
            side = "left" if peak < 0.05 else "right" if peak > 0.95 else "center"
            axes.annotate(
                f"+{barrier:.2f}",
                (peak, height),
                xytext=(0, 6),
                textcoords="offset points",
                ha=side,
                fontsize=8,
                color=theme.second,
            )


def _draw_phases(axes: Any, data: Exploration, span: tuple[float, float], theme: Theme) -> None:
    """Draw the scheme's phases as a bar along the turn, with their names."""
    bottom, top = span
    for phase in data.calls.scheme.phases:
        # A phase that crosses 0 is drawn in two pieces.
        pieces = [(phase.start, min(phase.start + phase.width, 1.0))]
        if phase.start + phase.width > 1:
            pieces.append((0.0, phase.start + phase.width - 1))
        for start, end in pieces:
            style = {"color": theme.phases[phase.code], "linewidth": 0}
            axes.bar(start, top - bottom, end - start, bottom, align="edge", **style)
        start, end = max(pieces, key=lambda piece: piece[1] - piece[0])
        style = {"ha": "center", "va": "center", "fontsize": 8, "color": theme.paper, "fontweight": "bold"}
        axes.text((start + end) / 2, (bottom + top) / 2, phase.name, **style)


def _warn_of_states(data: Exploration) -> str:
    n_arrays = len(lay_stretch(data))
    if n_arrays >= FEW:
        return ""
    return (
        f"{n_arrays} arrays at one step are all that genes were seen at: the states of all genes share these"
        " arrays' errors, and intervals over genes do not hold them. Depths and fields describe this"
        " experiment only; read the contrast with random orders."
    )


def _warn_of_energy(data: Exploration) -> str:
    n_times = data.course.times.size
    if n_times >= FEW:
        return ""
    return (
        f"{n_times} arrays place each peak within some hundredths of a turn at best, and which genes pass for"
        " cycling depends on where arrays lie: a barrier cannot be read as a rate. Read where genes crowd."
    )


_NO_STATES = "too few cycling genes, or arrays at one step"

PICTURES = (
    Picture(
        "landscape",
        "The landscape of states",
        "A state is the values of two cycling genes at one array, in standard deviations: of a gene and of "
        "one that peaks a quarter of a turn later, so that a wave goes round anticlockwise. The "
        "quasi-potential, minus the log of the density of all states, is low where states are often. The "
        "line is the mean cycle by turns since each gene's own peak. Titles give the height of the hill in "
        "the middle over the lowest place, with its 95 % interval over genes drawn anew, and the highest "
        "of 20 random orders of the times, one for all genes, in each of which as many genes are chosen "
        "and paired anew by the wave that explains most; right, the first of them. Waves of any order "
        "leave some hill; one no higher is no sign of a cycle. A valley round a hill is a limit cycle's "
        "landscape; one basin without a hill is noise's, or that of waves no higher than their noise.",
        "exploration",
        draw_landscape,
        _NO_STATES,
        family=FAMILY,
        source="Wang, Xu and Wang 2008, doi 10.1073/pnas.0800579105",
        warning=_warn_of_states,
    ),
    Picture(
        "flow",
        "Flow and diffusion of states",
        "On the plane of the landscape. Left, the mean velocity of states, from the array before to the "
        "array after, which is the probability flux over the density: 0 wherever time could as well run "
        "backwards. An arrow as long as a block is a velocity of nine deviations a turn; the title says "
        "how often states go round a turn of the clock (1: with it), with its interval over genes drawn "
        "anew. Genes were chosen for a wave, and such turn with it even if they are noise, by 1.1 to 1.6 "
        "turns. Right, how fast the value strays from uniform rotation, errors of measurement taken off by "
        "how squares grow over one to three steps; grey where these outweigh it, everywhere if arrays "
        "alternate. Blocks of fewer than 25 states or 8 genes are empty. Look for arrows that go round, "
        "and for places where states scatter.",
        "exploration",
        draw_flow,
        _NO_STATES,
        family=FAMILY,
        source="Siegert, Friedrich and Peinke 1998, doi 10.1016/S0375-9601(98)00283-7; flux: Wang, Xu and"
        " Wang 2008, doi 10.1073/pnas.0800579105; errors of measurement: Boettcher et al. 2006, doi "
        "10.1103/PhysRevLett.97.090603",
        warning=_warn_of_states,
    ),
    Picture(
        "freeenergy",
        "Free energy along the cell cycle",
        "Minus the log of the density of the cycling genes' peaks along the turn, 0 where they are as "
        "dense as if spread evenly; smoothed by 0.04 turns. The reaction coordinate is the turn, the "
        "ensemble is of genes: a valley is a moment at which many genes peak, not one at which cells "
        "dwell. At each place the coloured band holds 95 % of curves of genes drawn anew, the grey one of "
        "as many genes that peak anywhere, each on its own: few genes, but not noise that genes share nor "
        "arrays that lie unevenly. Marks are the tops between valleys and how far each is above the valley "
        "before it, where that is 0.2 or more. Look for valleys below the grey band: waves of "
        "transcription, and for tops between them.",
        "exploration",
        draw_free_energy,
        f"fewer than {MIN_GENES} genes have a sure rhythm",
        family=FAMILY,
        source="potential of mean force: Kirkwood 1935, doi 10.1063/1.1749657",
        warning=_warn_of_energy,
    ),
)
