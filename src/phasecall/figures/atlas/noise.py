"""Noise: waves beside what they leave, how that is alike in time, and how replicates agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasecall.exploration import Exploration
from phasecall.exploration.noise import compare_replicates, measure_likeness, weigh_signal
from phasecall.figures.atlas.marks import bins, cloud, outline
from phasecall.figures.palette import Theme
from phasecall.figures.picture import Picture
from phasecall.rhythm import Noise

FAMILY = "Noise"
_FREEDOM = 6
"""Fewer degrees of freedom leave the noise of a gene unknown to a factor of two."""


def draw_signal(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw amplitude against noise, gene by gene, and the distribution of their ratio."""
    told = weigh_signal(exploration)
    if told is None or not np.isfinite(told.ratio).any():
        return
    figure.set_size_inches(7.4, 3.4)
    left, right = figure.subplots(1, 2)
    known = np.isfinite(told.ratio) & (told.amplitude > 0)
    cycling = exploration.cycling & known
    calm = known & ~cycling
    cloud(left, told.deviation[calm], told.amplitude[calm], color=theme.accent, alpha=0.35)
    cloud(left, told.deviation[cycling], told.amplitude[cycling], color=theme.second, marker="^")
    left.set(
        xscale="log", yscale="log", xlabel="noise: deviation from the wave", ylabel="amplitude of the wave"
    )
    _name_decades(left)
    _draw_diagonal(left, theme)
    edges = np.linspace(0, float(np.quantile(told.ratio[known], 0.995)), 41)
    for values, colour, style, name in (
        (told.ratio[known & ~cycling], theme.accent, "-", "not cycling"),
        (told.ratio[cycling], theme.second, "--", "cycling"),
        (told.shuffled, theme.muted, ":", "all, times shuffled"),
    ):
        outline(right, values, edges, color=colour, linestyle=style, linewidth=1.6, label=name)
    right.set(xlabel="signal to noise: amplitude / deviation", ylabel="% of genes")
    figure.legend(loc="outside lower center", ncols=4)


def _name_decades(axes: Any) -> None:
    """Name round numbers on axes of logarithms, few enough to be read."""
    from matplotlib.ticker import LogLocator, NullFormatter

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 3.0), numticks=6))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())


def _draw_diagonal(axes: Any, theme: Theme) -> None:
    reach = (*axes.get_xlim(), *axes.get_ylim())
    limits = axes.get_xlim(), axes.get_ylim()
    line = [min(reach), max(reach)]
    axes.plot(line, line, color=theme.muted, linewidth=0.8, linestyle="-.", label="wave as large as noise")
    axes.set(xlim=limits[0], ylim=limits[1])


def draw_likeness(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw how residuals are alike some minutes apart, and what the model of the noise expects."""
    told = measure_likeness(exploration)
    if told is None or not told.lags.size:
        return
    figure.set_size_inches(5.6, 3.9)
    axes = figure.add_subplot()
    axes.axhline(0, color=theme.muted, linewidth=0.6, linestyle=":")
    axes.plot(told.lags, told.white, color=theme.muted, linestyle=":", label="expected of independent noise")
    axes.plot(told.lags, told.fitted, color=theme.second, linestyle="--", label="expected by the noise model")
    style = {"color": theme.accent, "marker": "o", "markersize": 4}
    axes.plot(told.lags, told.seen, label=f"seen in {told.n_genes} genes", **style)
    axes.set(xlabel="minutes apart", ylabel="product of residuals")
    axes.set_title(_name_parts(told.noise), fontsize=8, fontweight="normal")
    figure.legend(loc="outside lower center", ncols=1)


def _name_parts(noise: Noise) -> str:
    """Return the parts of the noise, a line each, with their correlation from one step to the next."""
    parts = [
        (1 - noise.drift - noise.swing, "independent"),
        (noise.drift, f"drift ({noise.drift_kept:+.2f} a step)"),
        (noise.swing, f"alternating ({-noise.swing_kept:+.2f} a step)"),
    ]
    return "\n".join(f"{100 * share:.0f} % {name}" for share, name in parts if share >= 0.005)


def draw_replicates(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw one replicate against another, and how they agree at each time."""
    told = compare_replicates(exploration)
    if told is None or not told.one.size:
        return
    figure.set_size_inches(7.4, 3.4)
    left, right = figure.subplots(1, 2)
    cloud(left, told.one, told.other, color=theme.accent, alpha=0.35)
    edges = bins(np.concatenate([told.one, told.other]))
    left.plot(edges[[0, -1]], edges[[0, -1]], color=theme.muted, linewidth=0.8, linestyle=":", label="equal")
    left.set(xlabel="first replicate", ylabel="second replicate", xlim=edges[[0, -1]], ylim=edges[[0, -1]])
    right.plot(told.times, told.intraclass, color=theme.accent, marker="o", linestyle="", label="a time")
    right.axhline(0, color=theme.muted, linewidth=0.6, linestyle=":")
    right.set(
        xlabel="minutes",
        ylabel="intraclass correlation",
        ylim=(min(0.0, float(np.nanmin(told.intraclass))) - 0.05, 1.02),
    )


def _warn_freedom(exploration: Exploration) -> str:
    n = int(np.median(np.isfinite(exploration.course.values[exploration.rows]).sum(axis=1)))
    if n - 3 < _FREEDOM:
        return (
            f"{n} values of a gene leave {n - 3} for its noise once a wave is fitted: single ratios are wild,"
            " only their distribution can be read."
        )
    return ""


def _warn_lags(exploration: Exploration) -> str:
    from phasecall.caller.rules import MIN_GENES

    if len(exploration.course) < MIN_GENES:
        return f"fewer than {MIN_GENES} genes do not show how noise is alike: it is taken for independent."
    return ""


PICTURES = (
    Picture(
        "signal",
        "Signal and noise",
        "Left: the amplitude of the cosine fitted to each gene at the experiment's period against the "
        "standard deviation of what it leaves, both in the unit of the values; cycling genes are triangles."
        " Right: how their ratio is distributed, in percent of the genes of each kind, with that of all "
        "genes after their times were shuffled, each gene's on its own. A ratio of shuffled times is what "
        "noise alone reaches: cycling genes should lie right of it, and others upon it.",
        "exploration",
        draw_signal,
        "there is no period, or too few values to fit a wave",
        family=FAMILY,
        source="Cosinor: Cornelissen 2014, doi 10.1186/1742-4682-11-16.",
        warning=_warn_freedom,
    ),
    Picture(
        "likeness",
        "How noise is alike in time",
        "Residuals of each gene that does not cycle (of all, if these are fewer than 50) about a cosine of "
        "the experiment's period, divided by their standard deviation: mean product of two of them so many "
        "minutes apart (line), what the noise model of the rhythm test expects (dashed), and what "
        "independent noise would give (dotted; not 0, as the fit takes its part). Line and dashes should "
        "agree: periodic_p counts on the model. A line far above the dots at short times is drift; a zigzag"
        " is arrays of two batches in turn.",
        "exploration",
        draw_likeness,
        "there is no period, or too few times",
        family=FAMILY,
        source="Model fitted by restricted maximum likelihood: Patterson and Thompson 1971, doi "
        "10.1093/biomet/58.3.545.",
        warning=_warn_lags,
    ),
    Picture(
        "replicates",
        "How replicates agree",
        "Left: the first against the second of two arrays of the same time, a point a gene and time, each "
        "array about its own mean. Right: the intraclass correlation of the replicates of each time over "
        "genes, the share of the variance between genes that is not between replicates. Points far from the"
        " dotted line are genes measured badly once; a time with a low correlation has an array that should"
        " be looked at.",
        "exploration",
        draw_replicates,
        "no time was measured twice",
        family=FAMILY,
        source="ICC(1,1) of Shrout and Fleiss 1979, doi 10.1037/0033-2909.86.2.420.",
    ),
)
