"""Dynamics: drift, relaxation, susceptibility and early warnings of what the waves leave."""

from __future__ import annotations

from typing import Any

import numpy as np

from phasecall.exploration import Exploration
from phasecall.exploration.dynamics import Relaxation, measure_drift, measure_relaxation
from phasecall.exploration.fluctuations import ONE_ARRAY, measure_criticality, measure_susceptibility
from phasecall.exploration.stretch import lay_stretch
from phasecall.figures.atlas.landscape import FAMILY, FEW
from phasecall.figures.palette import MARKERS, Theme
from phasecall.figures.picture import Picture

_LEAST = 0.1


def draw_drift(data: Exploration, figure: Any, theme: Theme) -> None:
    """Draw drift and diffusion of residuals by where they are, with those of white noise."""
    found = measure_drift(data)
    if found is None:
        return
    figure.set_size_inches(7.4, 3.2)
    panels = (
        (found.drift, found.drift_span, found.null_drift, "drift, deviations a turn"),
        (found.diffusion, found.diffusion_span, found.null_diffusion, "diffusion, squared deviations a turn"),
    )
    for place, (values, span, null, label) in enumerate(panels):
        axes = figure.add_subplot(1, 2, place + 1)
        axes.fill_between(found.centres, *null, color=theme.muted, alpha=0.4, linewidth=0)
        reach = np.abs(span - values)
        axes.errorbar(
            found.centres, values, reach, color=theme.accent, marker="o", markersize=4, linewidth=1.2
        )
        axes.axhline(0, color=theme.muted, linewidth=0.6, linestyle=":")
        axes.set(xlabel="what the waves leave, standard deviations", ylabel=label)
    figure.axes[0].set_title(f"{found.rate:.1f} a turn; white noise {found.null_rate:.1f}", fontsize=9)
    figure.axes[1].set_ylim(bottom=0)
    figure.axes[1].set_title(f"{found.n_genes} genes, {found.n_arrays} arrays", fontsize=9)


def draw_relaxation(data: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the autocorrelation of residuals with the fitted one, and how the common wave fades."""
    found = measure_relaxation(data)
    if found is None:
        return
    figure.set_size_inches(7.6, 3.5)
    both = np.isfinite(found.amplitude).any()
    left = figure.add_subplot(1, 2 if both else 1, 1)
    left.plot(found.lags, found.white, ":", color=theme.muted, label="white noise")
    left.plot(found.lags, found.expected, "--", color=theme.second, label="fitted")
    left.plot(found.lags, found.autocorrelation, "o", color=theme.accent, label="seen")
    left.axhline(0, color=theme.muted, linewidth=0.6)
    left.set(xlabel="lag, turns", ylabel="autocorrelation")
    share = f"{100 * found.memory_share:.0f} % of the noise"
    left.set_title(f"fluctuations: memory {_tell_memory(found)}\n{share}", fontsize=9)
    left.legend()
    if not both:
        return
    right = figure.add_subplot(1, 2, 2)
    style = {"color": theme.accent, "marker": "o", "markersize": 4, "linestyle": "", "label": "seen"}
    right.errorbar(found.moved, found.amplitude, 1.96 * found.amplitude_error, **style)
    right.plot(found.moved, found.kept, "--", color=theme.second, label="by the clock's loss")
    right.set(xlabel="turns since t = 0", ylabel="amplitude, share of a whole wave", ylim=(0, None))
    lasting = f"{found.synchrony:.1f} turns" if np.isfinite(found.synchrony) else "no loss seen"
    right.set_title(f"synchrony: {lasting}\n{found.n_cycling} cycling genes", fontsize=9)
    right.legend()


def _tell_memory(found: Relaxation) -> str:
    """Return the memory in words: one longer than the experiment is no number."""
    if not np.isfinite(found.memory):
        return "none"
    span = float(np.ptp(found.moved))
    return f"{found.memory:.2f} turns" if found.memory <= span else f"over {span:.1f} turns"


def draw_susceptibility(data: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the susceptibility of each phase with that of independent genes, and of each array."""
    found = measure_susceptibility(data)
    if found is None:
        return
    figure.set_size_inches(8.0, 3.6)
    left, right = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
    phases = data.calls.scheme.phases
    for place, code in enumerate(found.codes):
        colour = theme.ink if code < 0 else theme.phases[code]
        marker = "P" if code < 0 else MARKERS[code]
        left.plot(
            [found.null_low[place], found.null_high[place]], [place] * 2, color=theme.muted, linewidth=6
        )
        left.plot(found.whole[place], place, marker, color=colour, markersize=6)
        label = f"r = {found.likeness[place]:.2f}"
        note = {"xytext": (8, 0), "textcoords": "offset points", "va": "center", "fontsize": 8}
        left.annotate(label, (found.whole[place], place), **note)
        style = {"color": colour, "marker": marker, "markersize": 3.5, "linewidth": 1.6 if code < 0 else 0.8}
        # On a log scale 0 has no place; what is below a tenth is as good as none.
        right.plot(data.course.times, np.maximum(found.each[place], _LEAST), **style)
    names = ["all genes" if code < 0 else phases[code].name for code in found.codes]
    labels = [f"{name} ({size})" for name, size in zip(names, found.sizes, strict=True)]
    left.set_yticks(range(len(labels)), labels)
    top = max(float(found.whole.max()), float(found.null_high.max()))
    left.set(xscale="log", xlabel="susceptibility", ylim=(len(labels) - 0.4, -0.6))
    left.set_xlim(min(0.5 * float(found.null_low.min()), 0.3), 8 * top)
    right.axhspan(_LEAST, ONE_ARRAY, color=theme.muted, alpha=0.25, linewidth=0)
    right.axhline(1, color=theme.muted, linewidth=0.6, linestyle=":")
    right.set(yscale="log", xlabel="minutes", ylabel="susceptibility of one array")
    for axis in (left.xaxis, right.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(lambda *_: "")


def draw_criticality(data: Exploration, figure: Any, theme: Theme) -> None:
    """Draw the early warnings in a sliding window with those of stationary series, a panel each."""
    found = measure_criticality(data)
    if found is None:
        return
    figure.set_size_inches(8.6, 3.0)
    names = ("standard deviation", "autocorrelation, one step", "correlation of two genes")
    for place, name in enumerate(names):
        axes = figure.add_subplot(1, 3, place + 1)
        null = (found.low[place], found.high[place])
        axes.fill_between(found.minutes, *null, color=theme.muted, alpha=0.35, linewidth=0)
        axes.plot(found.minutes, found.indicators[place], color=theme.accent, marker="o", markersize=4)
        axes.set_title(f"trend {found.trend[place]:+.2f}, p = {found.p_values[place]:.2g}", fontsize=9)
        axes.set_ylabel(name)
        axes.grid(axis="y")
        axes.xaxis.get_major_locator().set_params(nbins=5)
    figure.supxlabel(f"middle of a window of {found.window} arrays, minutes", fontsize=9)


def _warn_of_noise(data: Exploration) -> str:
    n_arrays = len(lay_stretch(data))
    if n_arrays >= FEW:
        return ""
    return (
        f"{n_arrays} arrays at one step, from which up to five numbers a gene were fitted, cannot bear a"
        " force law: errors of measurement make most of both curves; read only where marks leave the band."
    )


def _warn_of_time(data: Exploration) -> str:
    cycles = data.estimate.clock.cycles(data.course.times)
    if not np.isfinite(cycles) or cycles >= 5:
        return ""
    return (
        f"{cycles:.1f} turns cannot tell a relaxation time near or above that from drift or trend, and the"
        " release disturbs the first arrays: read whether memory is shorter than a turn, and whether"
        " synchrony lasts the experiment."
    )


def _warn_of_togetherness(data: Exploration) -> str:
    n_times = data.course.times.size
    if n_times >= FEW:
        return ""
    return (
        f"{n_times} arrays without replicates cannot tell a response of the cells from an error that an array"
        " adds to all its genes: a high value names arrays to look at, and is no measure of regulation."
    )


def _warn_of_warnings(data: Exploration) -> str:
    n_arrays = len(lay_stretch(data))
    if n_arrays >= 2 * FEW:
        return ""
    return (
        f"Windows of {max(n_arrays // 2, 5)} of {n_arrays} arrays overlap and are no independent looks: no"
        " transition can be foretold from them, and fading synchrony moves all three; read only whether the"
        " course is stationary."
    )


_NO_NOISE = "no clock, or too few genes or arrays at one step"

PICTURES = (
    Picture(
        "drift",
        "Drift and diffusion of what the waves leave",
        "Mean and one or two waves of the clock are taken out of every gene, and the rest is scaled to a "
        "mean square of 1. By where it is at one array: the mean jump to the next array a turn (drift), "
        "and half of the jumps' variance a turn (diffusion), with 95 % intervals over genes drawn anew. "
        "The band holds 20 sets of white noise out of which the same waves were taken. A straight drift "
        "through 0 and an even diffusion are an Ornstein-Uhlenbeck process; the title gives the slope, "
        "minus one over its relaxation time. A drift flatter than the band is memory from array to array; "
        "one that is steeper, or a diffusion above the band, is an alternation of arrays.",
        "exploration",
        draw_drift,
        _NO_NOISE,
        family=FAMILY,
        source="Kramers-Moyal coefficients: Siegert, Friedrich and Peinke 1998,"
        " doi 10.1016/S0375-9601(98)00283-7; Friedrich et al. 2011, doi 10.1016/j.physrep.2011.05.003",
        warning=_warn_of_noise,
    ),
    Picture(
        "relaxation",
        "Relaxation times",
        "Left, how alike what the waves leave of a gene is some turns apart, all genes together (marks), "
        "with what the fitted noise of the experiment and white noise would show after the same waves were "
        "taken out. The memory is the relaxation time of that noise's Ornstein-Uhlenbeck part. Right, the "
        "amplitude of the wave that all cycling genes share at each array, with its 95 % interval over "
        "genes, and the decay by the clock's loss of synchrony, whose relaxation time the title gives. "
        "Look for marks off the dashed lines: what the models do not hold.",
        "exploration",
        draw_relaxation,
        _NO_NOISE,
        family=FAMILY,
        source="Uhlenbeck and Ornstein 1930, doi 10.1103/PhysRev.36.823",
        warning=_warn_of_time,
    ),
    Picture(
        "susceptibility",
        "How much genes fluctuate together",
        "The susceptibility of a group of genes is its number times the mean square of the group's mean, "
        "over that of single genes, of what the waves leave: 1 for independent genes, 1 + (N - 1) r for N "
        "genes of mean correlation r, which is written beside each. By linear response, what fluctuates "
        "together moves together under a common force. Left, groups by called phase; grey bars hold 95 % "
        "of values where each gene's arrays are shuffled, groups and waves held as they are. Right, the "
        "same array by array: grey is up to where 95 % of the arrays of independent genes would lie. "
        "Arrays far above it shift whole groups at once.",
        "exploration",
        draw_susceptibility,
        _NO_NOISE,
        family=FAMILY,
        source="fluctuation-dissipation theorem: Kubo 1966, doi 10.1088/0034-4885/29/1/306",
        warning=_warn_of_togetherness,
    ),
    Picture(
        "criticality",
        "Early warnings of a transition",
        "Before a system loses its stability its fluctuations grow, last longer and become common. Of what "
        "the waves leave of the genes in a window of half of the arrays: standard deviation, "
        "autocorrelation of neighbouring arrays, mean correlation of two genes. The band holds 95 % of "
        "those of 200 stationary sets of the same power spectra and the same relations between genes. "
        "Trend is Kendall's tau with time, p the share of these sets with as strong a one. Three lines "
        "that rise together out of the band would be a warning; a fall of the first is what fading "
        "synchrony or the end of the release does.",
        "exploration",
        draw_criticality,
        _NO_NOISE,
        family=FAMILY,
        source="Scheffer et al. 2009, doi 10.1038/nature08227; Dakos et al. 2012,"
        " doi 10.1371/journal.pone.0041010; Chen et al. 2012, doi 10.1038/srep00342",
        warning=_warn_of_warnings,
    ),
)
