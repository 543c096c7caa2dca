"""The map of genes: where the default network has them, coloured by phase and by the turn of the peak."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasecall.figures.atlas.planes import draw_legend
from phasecall.figures.courses import MAX_VECTORS
from phasecall.figures.palette import MARKERS, Theme
from phasecall.figures.picture import Picture
from phasecall.neighbours import Embedding, Neighbours

_N_HUES = 256
_CHROMA = 48.0
_WHITE = np.array([0.9505, 1.0, 1.089])
_TO_RGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.204, 1.057]])
"""CIE XYZ, white of D65, to linear sRGB (IEC 61966-2-1)."""


def draw_map(data: Embedding | tuple[Embedding, Neighbours], figure: Any, theme: Theme) -> None:
    """Draw each gene at its place on the map, twice: by its called phase, and by the turn of its peak.

    With the neighbours of a gene, these and the gene itself are ringed, and it is named.
    """
    found, near = data if isinstance(data, tuple) else (data, None)
    places, shares = found.principal
    shown = found.read
    if shown.sum() < 2:
        return
    figure.set_size_inches(8.4, 4.6)
    style = {"s": 14, "linewidth": 0, "alpha": 0.8, "rasterized": int(shown.sum()) > MAX_VECTORS}
    by_phase, by_peak = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
    held = shown & found.calls.abstained
    if held.any():
        label = f"withheld ({held.sum()})"
        by_phase.scatter(*places[held].T, **style | {"s": 8, "alpha": 0.4}, color=theme.muted, label=label)
    for phase in found.calls.scheme.phases:
        own = shown & ~found.calls.abstained & (found.calls.codes == phase.code)
        if own.any():
            mark = {"marker": MARKERS[phase.code], "color": theme.phases[phase.code]}
            by_phase.scatter(*places[own].T, **style, **mark, label=f"{phase.name} ({own.sum()})")
    turns = found.calls.peak_turn
    known = shown & np.isfinite(turns)
    dots = by_peak.scatter(*places[known].T, c=turns[known], cmap=_lay_wheel(theme), vmin=0, vmax=1, **style)
    figure.colorbar(dots, ax=by_peak, label="peak (turns)", shrink=0.8, aspect=25, pad=0.02)
    for axes, title in ((by_phase, "By phase"), (by_peak, "By peak")):
        axes.set(xlabel=f"component 1 ({shares[0]:.0%})", ylabel=f"component 2 ({shares[1]:.0%})")
        axes.set_title(title)
        axes.set_aspect("equal", adjustable="datalim")
        if near is not None:
            _mark(axes, found, near, theme)
    draw_legend(figure, [by_phase])


def _mark(axes: Any, found: Embedding, near: Neighbours, theme: Theme) -> None:
    """Ring a gene, which is named, and its neighbours."""
    row_of = {gene: row for row, gene in enumerate(found.course.genes)}
    places = found.principal[0][[row_of[gene] for gene in (near.gene, *near.genes)]]
    ring = {"facecolor": "none", "edgecolor": theme.ink}
    axes.scatter(*places[1:].T, s=42, linewidth=0.9, **ring)
    axes.scatter(*places[:1].T, s=130, linewidth=1.8, **ring)
    inwards = -1 if places[0, 0] > np.nanmean(found.principal[0][:, 0]) else 1
    axes.annotate(
        near.gene,
        places[0],
        xytext=(24 * inwards, 30),
        textcoords="offset points",
        ha="right" if inwards < 0 else "left",
        fontweight="bold",
        bbox={"facecolor": theme.paper, "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
        arrowprops={"arrowstyle": "-", "color": theme.ink, "linewidth": 0.9, "shrinkB": 6},
    )


def _lay_wheel(theme: Theme) -> Any:
    """Return a circle of hues of one lightness and chroma in CIELAB: none of them fades into the paper."""
    from matplotlib.colors import ListedColormap

    lightness = 55.0 if theme.key == "light" else 70.0
    angle = 2 * np.pi * np.arange(_N_HUES) / _N_HUES
    lab = np.stack([np.full(_N_HUES, lightness), _CHROMA * np.cos(angle), _CHROMA * np.sin(angle)])
    middle = (lab[0] + 16) / 116
    roots = np.stack([middle + lab[1] / 500, middle, middle - lab[2] / 200])
    xyz = np.where(roots > 6 / 29, roots**3, 3 * (6 / 29) ** 2 * (roots - 4 / 29)) * _WHITE[:, None]
    linear = np.clip(_TO_RGB @ xyz, 0, 1)
    return ListedColormap(np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear).T)


PICTURES = (
    Picture(
        "map",
        "The genes as the network sees them",
        "Each mark is a gene at the first two principal components of the 32 numbers that the default"
        " network has for it before its last layer, and the share of their variance along each. Left, colour"
        " and shape are the called phase, small grey dots genes whose phase is withheld; right, colour is the"
        " turn of the peak. Genes of a sure rhythm lie on a ring in the order of their peaks, the others"
        " inside. A large ring is the gene asked for, small ones its neighbours in all 32 numbers, which need"
        " not be the nearest on the map. Its trustworthiness is 0.975 to 0.989 of 1: few genes that touch are"
        " strangers in the other dimensions.",
        "embedding",
        draw_map,
        "the network has numbers for fewer than two genes",
        source="Venna and Kaski 2001, doi 10.1007/3-540-44668-0_68 (trustworthiness)",
    ),
)
