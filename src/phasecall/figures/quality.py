"""The one page of quality control: verdict, findings, and what they rest on."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from phasecall.clock.covariance import PARTS
from phasecall.figures.palette import Theme
from phasecall.figures.picture import Picture
from phasecall.qc import CHECKS, Examination, Finding, Verdict

_GLYPHS = {Verdict.OK: "o", Verdict.WARN: "^", Verdict.FAIL: "X", Verdict.UNKNOWN: "s"}
_WIDTH = 8.3
_LINE = 0.15
"""Inches of a line of the findings."""
_LETTERS = 76
"""Letters of what was found that fit beside the other columns."""
_PLACES = (0.015, 0.035, 0.258, 0.415)
"""Of glyph, title, value and text, as shares of the width."""
_MOST_LABELS = 12
_MOST_PLACES = 4


def draw_quality(made: Examination, figure: Any, theme: Theme) -> None:
    """Draw verdict and score, a row a finding, and four panels of what they rest on."""
    rows = [(one, _tell(one)) for one in made.findings]
    lines = sum(len(text) for _, text in rows) + 0.7 * len(rows)
    heights = [0.3, _LINE * lines, 2.9, 2.3]
    figure.set_size_inches(_WIDTH, sum(heights) + 0.9)
    grid = figure.add_gridspec(4, 2, height_ratios=heights)
    _draw_head(figure.add_subplot(grid[0, :]), made, theme)
    _draw_findings(figure.add_subplot(grid[1, :]), rows, theme)
    _draw_likeness(figure, figure.add_subplot(grid[2, 0]), made, theme)
    _draw_markers(figure.add_subplot(grid[2, 1]), made, theme)
    _draw_retained(figure.add_subplot(grid[3, 0]), made, theme)
    _draw_parts(figure.add_subplot(grid[3, 1]), made, theme)


def _draw_head(axes: Any, made: Examination, theme: Theme) -> None:
    score = made.score if np.isfinite(made.score) else 0.0
    told = f"{made.score:.2f}" if np.isfinite(made.score) else "unknown"
    axes.barh(0, 1, height=0.5, color=theme.faint)
    axes.barh(0, score, height=0.5, color=theme.accent)
    span = made.seen.synchrony.low, made.seen.synchrony.high
    if np.isfinite(span).all():
        axes.plot(span, (0, 0), color=theme.ink, linewidth=2, marker="|", markersize=9)
        told += f" ({span[0]:.2f} to {span[1]:.2f})"
    name = textwrap.shorten(made.course.name, 60, placeholder=" …")
    axes.set_title(f"{name}: {made.verdict}; synchrony {told} of 1", fontsize=13)
    axes.set(xlim=(0, 1), yticks=[], xticks=[0, 0.5, 1])
    axes.spines[:].set_visible(False)


def _tell(one: Finding) -> list[str]:
    """Return what is said of a finding, in lines; of one that is ok nothing but what was found."""
    places = one.unnamed if len(one.unnamed) <= _MOST_PLACES else (*one.unnamed[:_MOST_PLACES], "…")
    words = "; ".join(filter(None, (one.text, ", ".join(places), one.advice)))
    return textwrap.wrap(words, _LETTERS) or [""]


def _draw_findings(axes: Any, rows: list[tuple[Finding, list[str]]], theme: Theme) -> None:
    colours = {
        Verdict.OK: theme.phases[2],
        Verdict.WARN: theme.second,
        Verdict.FAIL: theme.phases[4],
        Verdict.UNKNOWN: theme.muted,
    }
    place = 0.0
    for one, lines in rows:
        style = {"color": colours[one.verdict], "marker": _GLYPHS[one.verdict], "linestyle": ""}
        hollow = {"markerfacecolor": theme.paper} if one.verdict is Verdict.UNKNOWN else {}
        axes.plot(_PLACES[0], place + 0.5, markersize=7, **style, **hollow)
        weight = "normal" if one.verdict in (Verdict.OK, Verdict.UNKNOWN) else "bold"
        texts = (CHECKS[one.key].title, _measure(one), "\n".join(lines))
        for x, text, heavy in zip(_PLACES[1:], texts, (weight, "normal", "normal"), strict=True):
            axes.text(x, place, text, fontsize=7.5, va="top", linespacing=1.15, fontweight=heavy)
        place += len(lines) + 0.7
    axes.set(xlim=(0, 1), ylim=(place, -0.3), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _measure(one: Finding) -> str:
    """Return value and limit with what is good of it; nothing where there is no value."""
    if not np.isfinite(one.value):
        return "–"
    least = CHECKS[one.key].least
    short = least is None and one.verdict is not Verdict.OK and one.value < one.limit
    sign = "≥" if least or short else "<"
    limit = f" ({sign} {_write(one.limit)})" if np.isfinite(one.limit) else ""
    return f"{_write(one.value)}{limit} {one.unit}".strip()


def _write(number: float) -> str:
    return f"{number:.2f}" if abs(number) < 1 else f"{number:.3g}" if abs(number) < 100 else f"{number:.0f}"


def _draw_likeness(figure: Any, axes: Any, made: Examination, theme: Theme) -> None:
    from matplotlib import colormaps

    likeness, times = made.seen.likeness, made.estimate.times
    shades = colormaps["viridis"].with_extremes(bad=theme.faint)
    size = np.sqrt(np.maximum(np.diag(likeness), 1e-12))
    image = axes.imshow(likeness / np.outer(size, size), cmap=shades, vmin=-1, vmax=1)
    step = -(-times.size // _MOST_LABELS)
    places = np.arange(0, times.size, step)
    names = [f"{minute:g}" for minute in times[places]]
    axes.set_xticks(places, names, rotation=90)
    axes.set_yticks(places, names)
    axes.set(xlabel="minutes", title="Which arrays are alike")
    figure.colorbar(image, ax=axes, shrink=0.7, aspect=20, label="correlation")


def _draw_markers(axes: Any, made: Examination, theme: Theme) -> None:
    turns, means = made.seen.marker_wave
    axes.set(title="Known genes past their peak", xlabel="turns past the known peak", ylabel="mean z score")
    axes.axhline(0, color=theme.muted, linewidth=0.6, linestyle=":")
    seen = np.isfinite(means)
    axes.set(xlim=(0, 1), ylim=(-1.6, 1.6))
    if not seen.any():
        axes.text(0.5, 0.4, "no known genes, or no start", ha="center")
        return
    axes.plot(turns[seen], means[seen], linestyle="", marker="o", color=theme.accent, label="measured")
    smooth = np.linspace(0, 1, 101)
    # A wave of the score's correlation has the root of 2 of that as its amplitude.
    wave = np.sqrt(2) * made.score * np.cos(2 * np.pi * smooth)
    axes.plot(smooth, wave, color=theme.second, linestyle="--", label="wave of the score")
    axes.legend(loc="upper center")


def _draw_retained(axes: Any, made: Examination, theme: Theme) -> None:
    axes.set(title="Synchrony of known genes", xlabel="minutes", ylabel="synchrony", ylim=(0, 1.05))
    axes.grid(axis="y")
    times, left = made.seen.retained
    axes.plot(times, left, color=theme.accent)
    if np.isfinite(made.score):
        axes.axhline(made.score, color=theme.second, linestyle="--")
        axes.text(times[-1], made.score, "score", ha="right", va="bottom", color=theme.second)


def _draw_parts(axes: Any, made: Examination, theme: Theme) -> None:
    shares = np.array([made.estimate.wave, *(made.estimate.shares[part] for part in PARTS)])
    names = ["wave", *PARTS]
    places = np.arange(len(names))
    colours = [theme.accent, *[theme.muted] * len(PARTS)]
    axes.barh(places, 100 * np.nan_to_num(shares), color=colours, height=0.7)
    axes.set_yticks(places, names)
    for place, share in zip(places, shares, strict=True):
        text = f"{share:.0%}" if np.isfinite(share) else "unknown"
        axes.text(100 * np.nan_to_num(share) + 1.5, place, text, va="center", fontsize=8)
    axes.set(title="What makes all genes vary", xlabel="% of the variance", xlim=(0, 108))
    axes.invert_yaxis()


PICTURES = (
    Picture(
        "qc",
        "Whether the experiment can be trusted",
        "On top the verdict, and the score of synchrony as a bar from 0 to 1. Below, a row a check: dot ok, "
        "triangle warn, cross fail, empty square unknown; its value, in brackets the good ones, and what "
        "was found. Then how alike arrays are (a cycle shows as bands beside the diagonal, a period apart; a "
        "mixed-up array as a line that breaks them), the known genes brought to their peak, with the wave "
        "that the score stands for, what is left of their synchrony over time, and what makes all genes "
        "vary, each part beside the others.",
        "examination",
        draw_quality,
        "there are no findings",
    ),
)
