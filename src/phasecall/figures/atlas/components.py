"""Figures of components: what all profiles are made of, and maps of genes and samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasecall.exploration import Exploration
from phasecall.exploration.components import Components, find_components, lay_ring, map_samples
from phasecall.exploration.manifold import embed_genes, measure_dimension
from phasecall.figures.atlas.planes import draw_legend, draw_samples, name_genes, scatter_genes, warn_few
from phasecall.figures.palette import DASHES, MARKERS, Theme
from phasecall.figures.picture import Picture

_FAMILY = "Components"
_MOST_SHOWN = 12
_PANELS = 4


def draw_ring(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw cycling genes, and samples, on the first two components of the cycling genes."""
    found = lay_ring(exploration)
    if found is None:
        return
    figure.set_size_inches(8.6, 4.7)
    left, right = figure.subplots(1, 2)
    scatter_genes(left, found.genes, exploration.codes[exploration.cycling], exploration, theme)
    left.set_title(f"{len(found.genes)} cycling genes, {100 * found.shares[0]:.0f} %")
    if np.isfinite(found.agreement):
        left.set_xlabel(f"angle and called peak agree to {found.agreement:.2f}")
    right.set_title(f"samples, {100 * found.shares[1]:.0f} %")
    for axes in (left, right):
        _lay_plane(axes, theme)
    draw_legend(figure, (left,))
    name_genes(figure, left, found.genes, np.flatnonzero(exploration.cycling), exploration)
    draw_samples(figure, right, found.samples, exploration.course.times, theme)


def draw_scree(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the share of each component, and what it would be by chance."""
    groups = {name: _components(exploration, name) for name in ("all genes", "cycling genes")}
    shown = {name: found for name, found in groups.items() if found is not None}
    if not shown:
        return
    figure.set_size_inches(4.3 * len(shown), 3.6)
    panels = figure.subplots(1, len(shown), squeeze=False, sharey=True)[0]
    for axes, (name, found) in zip(panels, shown.items(), strict=True):
        numbers = np.arange(1, min(_MOST_SHOWN, len(found.shares)) + 1)
        shares, chance = (100 * values[: numbers.size] for values in (found.shares, found.chance))
        axes.bar(numbers, shares, 0.7, color=theme.accent, label="share")
        style = {"color": theme.second, "linestyle": "--", "marker": "s", "markersize": 4}
        axes.plot(numbers, chance, label="largest of 20 shuffles", **style)
        axes.set_title(f"{name} ({found.n_genes})")
        axes.set(xlabel="component", xticks=numbers)
        told = f"{found.n_above_chance} above chance\nparticipation ratio {found.participation:.1f}"
        axes.text(0.97, 0.95, told, transform=axes.transAxes, ha="right", va="top", fontsize=8)
    panels[0].set_ylabel("share of the variance, %")
    draw_legend(figure, panels[:1])


def draw_loadings(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the first components as profiles over time."""
    groups = {name: _components(exploration, name) for name in ("all genes", "cycling genes")}
    shown = {name: found for name, found in groups.items() if found is not None}
    if not shown:
        return
    count = min(_PANELS, *(len(found.shares) for found in shown.values()))
    figure.set_size_inches(7.6, 4.4 if count > 2 else 2.6)
    panels = figure.subplots(-(-count // 2), min(count, 2), squeeze=False, sharex=True, sharey=True).ravel()
    styles = ((theme.second, "s", "--"), (theme.accent, "o", "-"))
    times = exploration.course.times
    for number, axes in enumerate(panels[:count]):
        shares = []
        for (name, found), (colour, marker, dash) in zip(shown.items(), styles, strict=False):
            style = {"color": colour, "marker": marker, "linestyle": dash, "markersize": 3.5}
            axes.plot(times, found.loadings[number], label=name, linewidth=1.2, **style)
            shares.append(f"{100 * found.shares[number]:.0f} %")
        axes.axhline(0, color=theme.muted, linewidth=0.6, linestyle=":")
        axes.set_title(f"component {number + 1} ({', '.join(shares)})")
        axes.set_xlabel("minutes" if number >= count - 2 else "")
        axes.set_ylabel("" if number % 2 else "loading")
    for axes in panels[count:]:
        axes.remove()
    draw_legend(figure, panels[:1])


def draw_sample_map(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the samples on a plane that keeps their distances."""
    found = map_samples(exploration)
    if found is None:
        return
    figure.set_size_inches(5.4, 4.8)
    axes = figure.add_subplot()
    axes.set_title(f"{len(found.points)} samples by {len(exploration.rows)} genes, stress {found.stress:.2f}")
    _lay_plane(axes, theme)
    axes.set_aspect("equal", "datalim")
    draw_samples(figure, axes, found.points, exploration.course.times, theme)


def draw_dimension(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw what the nearest neighbours of genes say of their dimension, beside what components say."""
    groups = measure_dimension(exploration)
    if not groups:
        return
    figure.set_size_inches(8.6, 3.8)
    left, right = figure.subplots(1, 2)
    colours = {"cycling genes": theme.accent, "all genes": theme.second, "times shuffled": theme.muted}
    marks = {name: number for number, name in enumerate(colours)}
    for place, found in enumerate(groups):
        colour, code = colours[found.name], marks[found.name]
        style = {"color": colour, "marker": MARKERS[code], "linestyle": "", "markersize": 2.5}
        left.plot(found.ratios, found.heights, rasterized=True, alpha=0.6, **style)
        label = f"{found.name}, {found.neighbours:.1f}"
        end = min(float(found.ratios[-1]), 2.4 / max(found.neighbours, 1e-9))
        line = {"color": colour, "linestyle": DASHES[code], "label": label}
        left.plot([0, end], [0, found.neighbours * end], **line)
        pairs = ((found.neighbours, "o", "TwoNN"), (found.participation, "D", "participation ratio"))
        for value, marker, kind in pairs:
            style = {"color": colour, "marker": marker, "markersize": 6, "linestyle": ""}
            style["fillstyle"] = "full" if marker == "o" else "none"
            right.plot(value, place, label=kind if place == len(groups) - 1 else None, **style)
    left.set(xlim=(0, None), ylim=(0, 2.5), xlabel="log of second by first distance", ylabel="-log(1 - F)")
    left.locator_params(axis="x", nbins=5)
    left.legend(loc="lower right")
    most = exploration.course.times.size - 1
    right.axvline(most, color=theme.muted, linewidth=0.9, linestyle=":")
    right.set_yticks(range(len(groups)), [found.name for found in groups])
    right.set(xlim=(0, 1.05 * most), ylim=(len(groups) - 0.5, -0.5), xlabel="dimension")
    right.grid(axis="x")
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2)


def draw_embeddings(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the cycling genes on a linear and on a curved plane."""
    found = embed_genes(exploration)
    if found is None:
        return
    figure.set_size_inches(8.6, 4.7)
    panels = figure.subplots(1, 2)
    planes = (("components", found.linear), (f"Isomap, {found.n_neighbours} neighbours", found.curved))
    for axes, (name, points), trust in zip(panels, planes, found.trust, strict=True):
        scatter_genes(axes, points, exploration.codes[found.rows], exploration, theme)
        axes.set_title(f"{name}: trustworthiness {trust:.2f}")
        _lay_plane(axes, theme)
    panels[0].set_ylabel(f"{found.rows.size} of {exploration.cycling.sum()} cycling genes")
    draw_legend(figure, panels[:1])


def _components(exploration: Exploration, name: str) -> Components | None:
    return find_components(exploration, cycling=name == "cycling genes")


def _lay_plane(axes: Any, theme: Theme) -> None:
    """Lay out a plane whose axes have no names: only distances and directions on it mean something."""
    axes.axhline(0, color=theme.faint, linewidth=0.8, zorder=0)
    axes.axvline(0, color=theme.faint, linewidth=0.8, zorder=0)
    axes.set(xticks=[], yticks=[], aspect="equal")
    axes.set_aspect("equal", "datalim")
    axes.margins(0.12)
    axes.spines[:].set_visible(False)


PICTURES = (
    Picture(
        "ring",
        "The ring of genes and the way of the samples round it",
        "Left, the cycling genes on their first two principal components (genes are the observations; each "
        "scaled to mean 0 and standard deviation 1, gaps filled), turned so that peaks run clockwise from "
        "the M/G1 boundary at the top, or from t = 0 where no phase is known; crosses are genes whose "
        "phase is withheld. Right, the samples on the first two components of the same genes, in the order "
        "of time, minutes beside them where there is room. Shares of variance stand above; below, how well "
        "the angle follows the called peak, 1 at best. A culture in step runs round a ring, and spirals in "
        "as it loses step. Genes chosen for a wave make some ring of any data: the scree has what chance "
        "makes.",
        "exploration",
        draw_ring,
        "under 10 different cycling genes, or 3 times",
        _FAMILY,
        "Alter, Brown and Botstein 2000, doi 10.1073/pnas.97.18.10101",
        warn_few(12, "any smooth profiles make part of a ring"),
    ),
    Picture(
        "scree",
        "How many components there are",
        "Share of the variance between genes of each principal component, of all genes and of the cycling "
        "ones, and the largest that the component had in 20 shuffles of every gene's times on its own; in "
        "each, as many genes as cycle are chosen anew by the wave that explains most. What genes share is "
        "not in them: a batch or a drift is above chance, too. Components before the first that chance "
        "equals are counted. A cycle takes two, for sine and cosine; further ones are drifts, batches or "
        "further harmonics. The participation ratio is the number of equal components that would spread "
        "the variance as much.",
        "exploration",
        draw_scree,
        "under 10 different genes with a profile, or 3 times",
        _FAMILY,
        "Horn 1965, doi 10.1007/BF02289447; Buja and Eyuboglu 1992, doi 10.1207/s15327906mbr2704_2",
        warn_few(12, "there are few components, and two always hold much"),
    ),
    Picture(
        "loadings",
        "What the components look like over time",
        "What one unit of each of the first components adds to a profile at each time, for all genes and for "
        "the cycling ones, with their shares of the variance; signs mean nothing. Two waves of "
        "the clock's period a quarter apart are the cycle; a line is a drift, a jump at single times a bad "
        "array, a zigzag two batches in turn. Components of like share mix freely.",
        "exploration",
        draw_loadings,
        "under 10 different genes with a profile, or 3 times",
        _FAMILY,
        "Jolliffe 2002, doi 10.1007/b98835",
        warn_few(12, "a wave and a trend look much alike"),
    ),
    Picture(
        "samplemap",
        "Which samples are alike",
        "Classical multidimensional scaling of the samples over all genes: distances on the plane are as "
        "near as can be to sqrt(2 (1 - r)), r the correlation of two samples over the genes, each scaled "
        "to mean 0 and standard deviation 1. The path follows time, from dark to light, minutes beside it "
        "where there is room. The stress is how far distances are off, 0 at best; above 0.2 the plane says "
        "little. Look for samples off the path, and for a path that closes after a period.",
        "exploration",
        draw_sample_map,
        "under 10 genes with a profile, or 3 times",
        _FAMILY,
        "Torgerson 1952, doi 10.1007/BF02288916; Kruskal 1964, doi 10.1007/BF02289565",
    ),
    Picture(
        "dimension",
        "How many numbers a profile has",
        "Left, the TwoNN plot: where genes lie evenly on a surface of dimension d, -log(1 - F) rises by d "
        "with the log of the distance to the second neighbour by that to the first; the largest tenth is "
        "left out. Right, that slope beside the participation ratio of the components; dotted, the most "
        "there could be. At most 2,000 genes a group. A ring alone would have dimension 1; noise adds to it "
        "up to what shuffled times show. These are of all genes: cycling ones were chosen for a wave, which "
        "of itself lowers their dimension.",
        "exploration",
        draw_dimension,
        "under 20 genes with a profile, or 5 times",
        _FAMILY,
        "Facco et al. 2017, doi 10.1038/s41598-017-11873-y",
        warn_few(12, "a dimension near the number of times says nothing"),
    ),
    Picture(
        "embeddings",
        "Whether the ring of genes is flat",
        "At most 1,000 cycling genes on a plane, by principal components and by Isomap, which keeps "
        "distances along the surface that genes and their nearest neighbours make. Trustworthiness is 1 "
        "where all of the ten nearest genes on the plane are near among the profiles, too. Where Isomap is "
        "no better, the genes lie flat: two waves say all. Marks are called phases, clockwise from the top.",
        "exploration",
        draw_embeddings,
        "under 30 different cycling genes, or 4 times",
        _FAMILY,
        "Tenenbaum, de Silva and Langford 2000, doi 10.1126/science.290.5500.2319; Venna and Kaski 2001, "
        "doi 10.1007/3-540-44668-0_68",
        warn_few(12, "planes of few numbers are trustworthy of themselves"),
    ),
)
