"""Values: their distribution at each time and over genes, against a normal one, their spread, their gaps."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasecall.exploration import Exploration
from phasecall.exploration.values import (
    compare_normal,
    describe_profiles,
    estimate_densities,
    spread_skewness,
)
from phasecall.figures.atlas.marks import bins, cloud, fade, name_times, outline
from phasecall.figures.palette import Theme
from phasecall.figures.picture import Picture
from phasecall.notation import format_count

FAMILY = "Values"
_CENTRED = 0.05
"""Means that differ by less than this share of a gene's own spread were taken off."""
_FEW = 12
"""Fewer values of a gene say little of the shape of their distribution."""
_FEW_GENES, _LEAST_GROUP = 50, 6
"""Up to so many genes have larger marks; fewer than the other have no median of their own."""


def draw_distribution(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the density of the values of all genes as a violin at each time."""
    told = estimate_densities(exploration)
    figure.set_size_inches(7.2, 3.3)
    axes = figure.add_subplot()
    widest = told.density.max(axis=1, keepdims=True)
    for place, half in enumerate(0.42 * told.density / widest):
        axes.fill_betweenx(told.grid, place - half, place + half, color=theme.accent, alpha=0.35, linewidth=0)
    places = np.arange(told.times.size)
    axes.vlines(places, told.quartiles[0], told.quartiles[2], color=theme.accent, linewidth=3)
    axes.plot(
        places,
        told.quartiles[1],
        color=theme.second,
        marker="o",
        markersize=3.5,
        linestyle="-",
        linewidth=0.8,
    )
    axes.set(xlabel="minutes", ylabel="value", xlim=(-0.7, told.times.size - 0.3))
    name_times(axes.xaxis, told.times)


def draw_skew(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the distribution of skewness and kurtosis of the profiles beside that of normal values."""
    told = describe_profiles(exploration)
    figure.set_size_inches(7.2, 3.1)
    left, right = figure.subplots(1, 2)
    spread = float(np.median(spread_skewness(told.count)))
    edges = bins(np.concatenate([told.skewness, [-3 * spread, 3 * spread]]))
    cycling = exploration.cycling
    for values, colour, style, name in (
        (told.skewness, theme.accent, "-", f"all ({told.count.size})"),
        (told.skewness[cycling], theme.second, "--", f"cycling ({cycling.sum()})"),
    ):
        outline(left, values, edges, color=colour, linestyle=style, linewidth=1.6, label=name)
    band = {"color": theme.faint, "linewidth": 0, "zorder": 0, "label": "95 % of normal values"}
    left.axvspan(-1.96 * spread, 1.96 * spread, **band)
    left.set(xlabel="skewness of a profile", ylabel="% of genes")
    shown = np.isfinite(told.kurtosis)
    cloud(
        right,
        told.skewness[shown & ~cycling],
        told.kurtosis[shown & ~cycling],
        color=theme.accent,
        alpha=0.35,
    )
    cloud(
        right, told.skewness[shown & cycling], told.kurtosis[shown & cycling], color=theme.second, marker="^"
    )
    right.axhline(0, color=theme.muted, linewidth=0.6, linestyle=":")
    right.axvline(0, color=theme.muted, linewidth=0.6, linestyle=":")
    right.set(xlabel="skewness of a profile", ylabel="excess kurtosis")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)


def draw_qq(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw quantiles of the residuals about mean and wave against those of a normal distribution."""
    told = compare_normal(exploration)
    figure.set_size_inches(4.8, 4.6)
    axes = figure.add_subplot()
    reach = max(float(np.abs(one.expected).max()) for one in told.values())
    axes.plot(
        [-reach, reach], [-reach, reach], color=theme.muted, linewidth=0.8, linestyle=":", label="normal"
    )
    for (name, one), colour, style in zip(
        told.items(), (theme.second, theme.accent), ("--", "-"), strict=False
    ):
        axes.plot(one.expected, one.observed, color=colour, linestyle=style, label=f"about {name}")
    axes.set(xlabel="expected of normal noise (standard deviations)", ylabel="observed")
    figure.legend(loc="outside lower center", ncols=3)


def draw_range(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how many genes have at least some dynamic range, and range against mean."""
    told = describe_profiles(exploration)
    figure.set_size_inches(7.2, 3.1)
    left, right = figure.subplots(1, 2)
    for wanted, colour, style, name in (
        (np.ones(told.span.size, dtype=np.bool_), theme.accent, "-", "all"),
        (exploration.cycling, theme.second, "--", "cycling"),
    ):
        if wanted.any():
            ordered = np.sort(told.span[wanted])
            share = 100 * (1 - np.arange(ordered.size) / ordered.size)
            places = np.unique(np.linspace(0, ordered.size - 1, 400).round().astype(np.int64))
            label = f"{name} ({wanted.sum()})"
            left.plot(ordered[places], share[places], color=colour, linestyle=style, label=label)
    left.set(xlabel="largest less smallest value", ylabel="% of genes with at least that", xlim=(0, None))
    left.set_xlim(0, float(np.quantile(told.span, 0.998)))
    _draw_cells(right, told.mean, told.span, theme)
    right.set(xlabel="mean of a gene's values", ylabel="largest less smallest value")
    figure.legend(loc="outside lower center", ncols=3)


def draw_spread(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the standard deviation of each gene against its mean, with its median along the mean."""
    told = describe_profiles(exploration)
    figure.set_size_inches(5.6, 3.6)
    axes = figure.add_subplot()
    _draw_cells(axes, told.mean, np.log10(told.deviation), theme)
    low, high = axes.get_ylim()
    ticks = [
        tick for tick in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100) if low <= np.log10(tick) <= high
    ]
    if len(ticks) > 1:
        axes.set_yticks(np.log10(ticks), [f"{tick:g}" for tick in ticks])
    else:
        axes.yaxis.set_major_formatter(lambda power, _: f"{10**power:.2g}")
    axes.set(xlabel="mean of a gene's values", ylabel="standard deviation")
    figure.legend(loc="outside lower center", ncols=2)


def _draw_cells(axes: Any, x: Any, y: Any, theme: Theme) -> None:
    """Draw two numbers of each gene as a cloud, and the median of one along the other, in groups."""
    large = {"s": 20, "alpha": 0.8} if x.size <= _FEW_GENES else {"alpha": 0.35}
    cloud(axes, x, y, color=theme.accent, **large)
    order = np.argsort(x, kind="stable")
    n_groups = min(max(x.size // _LEAST_GROUP, 1), 10)
    groups = np.array_split(order, n_groups)
    middle = [(float(np.median(x[group])), float(np.median(y[group]))) for group in groups]
    style = {
        "color": theme.second,
        "marker": "o",
        "markersize": 3.5,
        "label": f"median in {n_groups} equal groups of genes" if n_groups > 1 else "median",
    }
    axes.plot(*zip(*middle, strict=True), **style)
    for limit, values in ((axes.set_xlim, x), (axes.set_ylim, y)):
        low, high = np.quantile(values, [0.001, 0.999])
        limit(low - 0.05 * (high - low or 1), high + 0.05 * (high - low or 1))


def draw_gaps(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the share of genes missing at each time, and which values of which genes are missing."""
    missing = np.isnan(exploration.course.values)
    gappy = missing.any(axis=1)
    if not gappy.any():
        return
    figure.set_size_inches(5.6, 5.2)
    top, axes = figure.subplots(2, 1, height_ratios=[1, 4], sharex=True)
    places = np.arange(exploration.course.times.size)
    top.bar(places, 100 * missing.mean(axis=0), color=theme.accent, width=0.8)
    top.set(ylabel="% missing")
    rows = missing[gappy]
    # Most gaps last; genes with the same gaps side by side.
    order = np.lexsort((*rows.T[::-1], rows.sum(axis=1)))
    axes.imshow(rows[order], cmap=fade(theme.accent), vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    name_times(axes.xaxis, exploration.course.times)
    axes.set(xlabel="minutes", ylabel=f"{format_count(int(gappy.sum()), 'gene')} with a gap", yticks=[])
    top.set_title(
        f"{format_count(int(missing.sum()), 'value')} of {missing.size:,} missing".replace(",", "\u202f")
    )


def _warn_centred(exploration: Exploration) -> str:
    told = describe_profiles(exploration)
    if told.mean.std() < _CENTRED * np.median(told.deviation):
        return "the genes were centred before: what is left of their means says nothing."
    return ""


def _warn_shape(exploration: Exploration) -> str:
    n = int(np.median(np.isfinite(exploration.course.values[exploration.rows]).sum(axis=1)))
    if n < _FEW:
        return (
            f"{n} values of a gene say little of the shape of their distribution: look at all genes together."
        )
    return ""


PICTURES = (
    Picture(
        "distribution",
        "The values at each time",
        "One violin a time, as wide as the values of all genes are dense there, each scaled to its own "
        "widest place; the bar is the middle 50 % of the genes, the dot their median. Densities are told by"
        " a Gaussian kernel; one value in a thousand beyond either end is added to it. Arrays that were "
        "normalised alike have medians on a line and bars of one length: an array whose median leaves the "
        "line, or whose violin is wider, has another level or more noise than the others.",
        "exploration",
        draw_distribution,
        "no gene has a profile",
        family=FAMILY,
        source="Width of the kernel: Silverman 1986, doi 10.1201/9781315140919.",
    ),
    Picture(
        "skew",
        "Skewness and kurtosis of the profiles",
        "Left: how skewed the values of each gene are, with the band in which 95 % of the genes would lie "
        "were their values normal and independent. Right: the same against excess kurtosis. A gene with "
        "short high peaks has positive skewness, one with short deep troughs negative; a cosine has none, "
        "and kurtosis about -1.5. Genes far at the top right or left have a single value away from the "
        "rest: look for one array that many of them share.",
        "exploration",
        draw_skew,
        "no gene has a profile",
        family=FAMILY,
        source="G1 and G2 of Joanes and Gill 1998, doi 10.1111/1467-9884.00122.",
        warning=_warn_shape,
    ),
    Picture(
        "qq",
        "Values against a normal distribution",
        "Quantiles of what is left of all genes about their mean (dashed) and about a cosine of the "
        "experiment's period (line), against those of normal noise. Each residual is divided by its own "
        "standard deviation and turned into a normal score by the exact distribution of that ratio, so that"
        " few points a gene make no difference. Noise that is normal lies on the dotted line. Ends that "
        "leave it steeply are outliers: more large errors than tests that assume normal noise (F, t) count "
        "on.",
        "exploration",
        draw_qq,
        "no gene has residuals",
        family=FAMILY,
        source="Plot: Wilk and Gnanadesikan 1968, doi 10.1093/biomet/55.1.1; distribution of studentised "
        "residuals: Thompson 1935, doi 10.1214/aoms/1177732567.",
    ),
    Picture(
        "range",
        "Dynamic range",
        "Left: the share of genes whose largest value exceeds the smallest by so much or more; of "
        "logarithms to base 2, a difference of 1 is twofold. Right: that range against the gene's mean, "
        "with its median in ten groups of equally many genes. Cycling genes should have the larger ranges; "
        "where the two curves are one, the called rhythm is no larger than the noise. The outermost values "
        "(0.2 % of the genes) are not shown.",
        "exploration",
        draw_range,
        "no gene has a profile",
        family=FAMILY,
        warning=_warn_centred,
    ),
    Picture(
        "spread",
        "Spread against mean",
        "The standard deviation of each gene over time, on a logarithmic scale, against its mean; the line "
        "is the median in ten groups of equally many genes. On a scale that suits the values it is level. A"
        " line that rises says that large values vary in proportion, and logarithms would suit; one that "
        "falls, that low signals are noisy, as logarithms of counts near 0 are. Then amplitudes of genes of"
        " different levels cannot be compared.",
        "exploration",
        draw_spread,
        "no gene has a profile",
        family=FAMILY,
        warning=_warn_centred,
    ),
    Picture(
        "missing",
        "Missing values",
        "Top: the share of all genes without a value at each time. Below: a row for each gene with a gap, "
        "dark where the value is missing; genes with fewest gaps first, those with the same gaps side by "
        "side. Gaps at random look like dust. A column that is dark is an array that failed in part; many "
        "genes that miss the same times were filtered together, and their gaps may hide peaks of one phase.",
        "exploration",
        draw_gaps,
        "every value is there",
        family=FAMILY,
    ),
)
