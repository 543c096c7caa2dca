"""Figures of distances: of samples, of clusters, of genes, and which times lie in the middle."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasecall.exploration import Exploration
from phasecall.exploration.distances import (
    Tree,
    measure_centrality,
    measure_distances,
    relate_clusters,
    relate_samples,
)
from phasecall.figures.atlas.planes import warn_few
from phasecall.figures.palette import Theme
from phasecall.figures.picture import Picture

_FAMILY = "Distances"


def draw_sample_tree(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the tree of the samples."""
    tree = relate_samples(exploration)
    if tree is None:
        return
    times = exploration.course.times
    # Every leaf has its minutes below it.
    figure.set_size_inches(max(5.6, 0.17 * times.size), 3.6)
    axes = figure.add_subplot()
    _draw_tree(axes, tree, theme)
    axes.set_xticks(_leaf_places(tree), [f"{times[leaf]:g}" for leaf in tree.leaves])
    axes.tick_params(axis="x", rotation=90, length=0)
    axes.set(xlabel="minutes", ylabel="1 - r, mean of the pairs joined")
    axes.set_title(f"cophenetic correlation {tree.cophenetic:.2f}")


def draw_gene_tree(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the tree of small clusters of genes, and beside each leaf its mean profile."""
    found = relate_clusters(exploration)
    if found is None:
        return
    figure.set_size_inches(7.6, 4.2)
    left, right = figure.subplots(1, 2, width_ratios=[1, 2])
    _draw_tree(left, found.tree, theme, sideways=True)
    places = _leaf_places(found.tree)
    left.set(yticks=[], xlabel="1 - r", ylim=(places[-1] + 5, places[0] - 5))
    left.spines["left"].set_visible(False)
    left.invert_xaxis()
    times = exploration.course.times
    shown = found.centres[found.tree.leaves]
    image = right.imshow(shown, cmap="viridis", aspect="auto", vmin=-2, vmax=2)
    step = -(-times.size // 10)
    columns = np.arange(0, times.size, step)
    right.set_xticks(columns, [f"{times[column]:g}" for column in columns])
    right.set_yticks(range(len(shown)), [f"{found.sizes[leaf]}" for leaf in found.tree.leaves])
    right.yaxis.tick_right()
    right.yaxis.set_label_position("right")
    right.set(xlabel="minutes", ylabel="genes")
    right.tick_params(axis="y", length=0)
    right.spines[:].set_visible(False)
    figure.colorbar(image, ax=right, label="row z score", shrink=0.7, aspect=25, pad=0.02)


def draw_gene_distances(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw distances of genes within and between phases, and by how far apart they peak."""
    found = measure_distances(exploration)
    if found is None:
        return
    figure.set_size_inches(8.6, 3.7)
    left, right = figure.subplots(1, 2)
    edges = np.linspace(0, 2, 41)
    groups = (
        (found.within, theme.accent, "-", "within a phase"),
        (found.between, theme.second, "--", "between"),
    )
    for values, colour, dash, label in groups:
        if values.size:
            heights = 100 * np.histogram(np.clip(values, 0, 2), edges)[0] / values.size
            text = f"{label}, median {np.median(values):.2f}"
            left.stairs(heights, edges, color=colour, linestyle=dash, linewidth=1.4, label=text)
    left.set(xlim=(0, 2), xlabel="distance of two genes, 1 - r", ylabel="pairs, %")
    left.set_title(f"{found.n_genes} cycling genes with a phase")
    left.set_ylim(0, 1.35 * left.get_ylim()[1])
    left.legend(loc="upper right")
    there = np.isfinite(found.middle)
    places = (found.gaps[:-1] + found.gaps[1:]) / 2
    style = {"color": theme.accent, "alpha": 0.25, "linewidth": 0, "label": "middle 80 %"}
    right.fill_between(places[there], found.low[there], found.high[there], **style)
    style = {"color": theme.accent, "marker": "o", "markersize": 4, "label": "median"}
    right.plot(places[there], found.middle[there], **style)
    style = {"color": theme.muted, "linestyle": ":", "label": "cosines without noise"}
    right.plot(places, found.expected, **style)
    right.set(xlim=(0, 0.5), ylim=(0, 2), xlabel="peaks apart, turns", ylabel="1 - r")
    right.legend(loc="upper left")


def draw_centrality(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how close each sample is to all others."""
    found = measure_centrality(exploration)
    if found is None:
        return
    figure.set_size_inches(6.4, 3.5)
    axes = figure.add_subplot()
    times = exploration.course.times
    # Closenesses of genes drawn anew need not lie about that of all.
    low, high = np.minimum(found.low, found.closeness), np.maximum(found.high, found.closeness)
    axes.vlines(times, low, high, color=theme.accent, linewidth=1.6)
    axes.plot(times, found.closeness, color=theme.accent, marker="o", markersize=3.5, linewidth=0.9)
    axes.axhline(float(np.median(found.closeness)), color=theme.muted, linewidth=0.9, linestyle=":")
    axes.set(xlabel="minutes", ylabel="closeness")
    axes.set_title(f"{times.size} samples by {len(exploration.rows)} genes")


def _draw_tree(axes: Any, tree: Tree, theme: Theme, *, sideways: bool = False) -> None:
    """Draw the brackets of a tree; leaves stand at 5, 15, 25 and so on, as SciPy has them."""
    from matplotlib.collections import LineCollection
    from scipy.cluster.hierarchy import dendrogram

    drawn = dendrogram(tree.linkage, no_plot=True)
    order = (drawn["dcoord"], drawn["icoord"]) if sideways else (drawn["icoord"], drawn["dcoord"])
    brackets = np.stack([np.array(values) for values in order], axis=2)
    axes.add_collection(LineCollection(list(brackets), colors=theme.accent, linewidths=1.3))
    axes.autoscale()
    if not sideways:
        axes.set(xlim=(0, 10 * len(tree.leaves)), ylim=(0, None))


def _leaf_places(tree: Tree) -> list[float]:
    return [10.0 * place + 5 for place in range(len(tree.leaves))]


PICTURES = (
    Picture(
        "sampletree",
        "Which samples belong together",
        "Samples joined by average linkage of 1 - r, like ones side by side; r is their correlation over all "
        "genes, each gene scaled to mean 0 and standard deviation 1 and gaps filled. The cophenetic "
        "correlation is how well heights keep the distances, 1 at best. Neighbours in time should be joined "
        "first; a sample alone, or joined with one far off in time, is a bad or mistaken array; two branches "
        "of every other sample are two batches in turn.",
        "exploration",
        draw_sample_tree,
        "under 10 genes with a profile, or 3 times",
        _FAMILY,
        "Sokal and Rohlf 1962, doi 10.2307/1217208; Bar-Joseph, Gifford and Jaakkola 2001, "
        "doi 10.1093/bioinformatics/17.suppl_1.S22",
    ),
    Picture(
        "genetree",
        "Which groups of genes belong together",
        "At most 1,500 cycling genes in twelve small clusters (k-means), joined by average linkage of 1 - r "
        "of their mean profiles, which stand beside the leaves, cut at 2; like ones side by side. A cycle is "
        "a bright band that moves from leaf to leaf. Leaves that join the others last, or with few genes, "
        "hold profiles that no cycle makes.",
        "exploration",
        draw_gene_tree,
        "under 60 different cycling genes",
        _FAMILY,
        "Bar-Joseph, Gifford and Jaakkola 2001, doi 10.1093/bioinformatics/17.suppl_1.S22",
        warn_few(12, "twelve clusters are more than the profiles can tell apart"),
    ),
    Picture(
        "genedistances",
        "How far genes are apart within a phase and between phases",
        "Distances 1 - r of every two of at most 1,500 cycling genes with a phase: 0 alike, 1 unrelated, 2 "
        "opposite. Left, pairs of one phase and of two; right, by how far apart they peak, with what cosines "
        "without noise would have over whole periods (dotted). Two well parted curves say that phases "
        "differ; a median far above the dotted line near 0 is noise, far below it near half a turn something "
        "that all genes share, or less than a period.",
        "exploration",
        draw_gene_distances,
        "under 10 cycling genes with a phase",
        _FAMILY,
        "Eisen et al. 1998, doi 10.1073/pnas.95.25.14863",
        warn_few(12, "correlations of unrelated genes spread widely"),
    ),
    Picture(
        "centrality",
        "Which times lie in the middle",
        "Closeness of each sample: one by the mean length of the shortest ways to all others, in the graph "
        "that joins every two samples by an edge of length 1 - r, r their correlation over all genes. Bars "
        "are 95 % intervals over genes drawn anew, the dotted line is the median. Since genes are taken "
        "about their means, closenesses differ little, and by more than their intervals all the same. A "
        "sample far below its neighbours is like none of them: a bad array, or a shock to the culture.",
        "exploration",
        draw_centrality,
        "under 10 genes with a profile, or 3 times",
        _FAMILY,
        "Freeman 1979, doi 10.1016/0378-8733(78)90021-7",
    ),
)
