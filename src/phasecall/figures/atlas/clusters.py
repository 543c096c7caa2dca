"""Figures of clusters: how many there are, what they look like, how sure and which phases they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasecall.exploration import Exploration
from phasecall.exploration.clusters import FOUND_AGAIN, compare_phases, find_clusters
from phasecall.figures.atlas.planes import draw_legend, warn_few
from phasecall.figures.evaluation import draw_shares
from phasecall.figures.palette import Theme
from phasecall.figures.picture import Picture

_FAMILY = "Clusters"
_BAND = (10, 90)


def draw_number(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how well each number of clusters parts the genes, and how well it is found again."""
    found = find_clusters(exploration)
    if found is None:
        return
    figure.set_size_inches(8.6, 3.6)
    left, right = figure.subplots(1, 2)
    style = {"marker": "o", "markersize": 5}
    left.plot(found.tried, found.scores, color=theme.accent, label="genes", **style)
    style = {"marker": "s", "markersize": 4, "linestyle": "--"}
    left.plot(found.tried, found.chance, color=theme.second, label="chosen of shuffled", **style)
    left.set(ylim=(0, None), title="separation", ylabel="mean silhouette")
    style = {"marker": "D", "markersize": 4, "fillstyle": "none", "linestyle": "", "color": theme.second}
    places = np.concatenate(
        [np.full(len(own), k) for k, own in zip(found.tried, found.recovery, strict=True)]
    )
    right.plot(places, np.concatenate(found.recovery), label="Jaccard index of a cluster", **style)
    style = {"marker": "o", "markersize": 5, "color": theme.accent, "linewidth": 0.9}
    right.plot(found.tried, found.agreement, label="adjusted Rand index", **style)
    right.axhline(FOUND_AGAIN, color=theme.muted, linewidth=0.9, linestyle=":")
    right.set(ylim=(min(0.0, float(found.agreement.min())), 1.03), title="found again")
    for axes in (left, right):
        axes.axvline(len(found.centres), color=theme.muted, linewidth=0.9, linestyle="--", zorder=0)
        axes.set(xlabel="number of clusters", xticks=found.tried)
    draw_legend(figure, (left, right))


def draw_profiles(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the mean profile and a band of each cluster."""
    found = find_clusters(exploration)
    if found is None:
        return
    count = len(found.centres)
    n_columns = 2 if count in (2, 4) else min(count, 3)
    n_rows = -(-count // n_columns)
    figure.set_size_inches(2.9 * n_columns, 0.5 + 2.1 * n_rows)
    times, profiles = exploration.course.times, exploration.filled[found.rows]
    first = None
    for label in range(count):
        first = axes = figure.add_subplot(n_rows, n_columns, label + 1, sharex=first, sharey=first)
        low, high = np.percentile(profiles[found.labels == label], _BAND, axis=0)
        axes.fill_between(times, low, high, color=theme.accent, alpha=0.25, linewidth=0)
        axes.plot(times, found.centres[label], color=theme.accent, marker="o", markersize=3)
        axes.axhline(0, color=theme.muted, linewidth=0.6, linestyle=":")
        size = int((found.labels == label).sum())
        axes.set_title(f"{label + 1}: {size} genes, {found.recovered[label]:.2f}", fontsize=9)
    figure.supxlabel("minutes", fontsize=9)
    figure.supylabel("row z score", fontsize=9)


def draw_silhouettes(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the silhouette of every gene, best first in each cluster."""
    found = find_clusters(exploration)
    if found is None:
        return
    figure.set_size_inches(5.6, 4.4)
    axes = figure.add_subplot()
    gap = max(1, len(found.rows) // 60)
    start, middles = 0, []
    for label in range(len(found.centres)):
        own = np.sort(found.silhouettes[found.labels == label])[::-1]
        edges = np.arange(start, start + own.size + 1) - 0.5
        colour = (theme.accent, theme.second)[label % 2]
        axes.stairs(own, edges, orientation="horizontal", fill=True, color=colour, alpha=0.8)
        axes.plot([own.mean()] * 2, [start, start + own.size], color=theme.ink, linewidth=1.2, linestyle=":")
        middles.append(start + own.size / 2)
        start += own.size + gap
    axes.axvline(0, color=theme.muted, linewidth=0.8)
    names = [f"{label + 1}\n({(found.labels == label).sum()})" for label in range(len(middles))]
    axes.set_yticks(middles, names)
    axes.tick_params(axis="y", length=0)
    axes.set(ylim=(start - gap, -1), xlabel="silhouette", ylabel="cluster (genes)")
    axes.set_title(
        f"mean {found.silhouettes.mean():.2f}, {100 * (found.silhouettes < 0).mean():.0f} % below 0"
    )


def draw_phases(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how many genes of each cluster were called to each phase."""
    table = compare_phases(exploration)
    if table is None:
        return
    figure.set_size_inches(5.6, 1.6 + 0.62 * len(table.counts))
    axes = figure.add_subplot()
    draw_shares(axes, table.counts, [phase.name for phase in exploration.calls.scheme.phases], theme)
    names = [f"{row + 1} ({held} withheld)" for row, held in enumerate(table.withheld)]
    axes.set_yticks(np.arange(len(names)) + 0.5, names)
    axes.set(ylabel="cluster", aspect="auto")
    axes.set_title(f"adjusted Rand index {table.agreement:.2f}")


PICTURES = (
    Picture(
        "clusternumber",
        "How many clusters there are",
        "k-means of at most 1,500 cycling genes into 2 to 8 clusters. Left, the mean silhouette, and that "
        "of as many that would pass for cycling with the times of every gene shuffled. Right, how well "
        "clusters are found again in two thirds of the genes, 12 times: the mean adjusted Rand index of "
        "all of them, and each one's mean Jaccard index with the likest there. The largest number is taken "
        "(dashed) whose clusters all reach 0.75 (dotted), or that of the highest silhouette if there is "
        "none. Silhouettes that fall evenly say that genes lie on a ring, which any number of clusters "
        "cuts at will.",
        "exploration",
        draw_number,
        "under 20 different cycling genes",
        _FAMILY,
        "Rousseeuw 1987, doi 10.1016/0377-0427(87)90125-7; Hubert and Arabie 1985, doi 10.1007/BF01908075; "
        "Ben-Hur, Elisseeff and Guyon 2002, doi 10.1142/9789812799623_0002; Hennig 2007, "
        "doi 10.1016/j.csda.2006.11.025",
        warn_few(12, "clusters may be those of the noise that genes share"),
    ),
    Picture(
        "clusterprofiles",
        "What the clusters look like",
        "Mean of the genes of each cluster (line) and the range of their middle 80 % (band), genes scaled to "
        "mean 0 and standard deviation 1, gaps filled; in the order in which they peak. Above, the number of "
        "genes and how well the cluster is found again in two thirds of them: the mean Jaccard index with "
        "its likest cluster there. Below 0.6 it is no cluster, above 0.85 a sure one. Clusters that peak "
        "once a period are parts of the cycle; others are what else moves genes.",
        "exploration",
        draw_profiles,
        "under 20 different cycling genes",
        _FAMILY,
        "Hennig 2007, doi 10.1016/j.csda.2006.11.025",
        warn_few(12, "clusters may be those of the noise that genes share"),
    ),
    Picture(
        "silhouettes",
        "How well the clusters are apart",
        "The silhouette of each gene, best first in each cluster: its mean distance to the nearest other "
        "cluster less that to its own, by the larger of the two. Dotted, the mean of the cluster. Genes near "
        "1 lie well inside, near 0 on a border, below 0 nearer to another cluster. On a ring of genes many "
        "lie on borders, and means of 0.2 to 0.4 are the usual.",
        "exploration",
        draw_silhouettes,
        "under 20 different cycling genes",
        _FAMILY,
        "Rousseeuw 1987, doi 10.1016/0377-0427(87)90125-7",
        warn_few(12, "a few numbers make any two genes alike"),
    ),
    Picture(
        "clusterphases",
        "Which phases the clusters are",
        "Genes of each cluster by called phase: the count and its share of those with a phase, which is the "
        "shade; genes whose phase is withheld are counted beside it. The clusters know nothing of phases: "
        "where each cluster is one phase or two neighbours, profiles alone tell the phases apart. The "
        "adjusted Rand index is 1 where both are the same, about 0 by chance.",
        "exploration",
        draw_phases,
        "under 20 different cycling genes, or none with a phase",
        _FAMILY,
        "Hubert and Arabie 1985, doi 10.1007/BF01908075",
        warn_few(12, "clusters may be those of the noise that genes share"),
    ),
)
