"""Figures of how good the calls are: each draws the rows of an evaluation summary and nothing else."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.figures.palette import DASHES, Theme
from phasecall.figures.picture import Picture
from phasecall.notation import format_calibration, format_percent, format_span, list_best

Row = Mapping[str, Any]
Summary = Mapping[str, Any]

_PANEL = (3.7, 3.7)
_MAX_COLUMNS = 3
_MAX_NAME = 30


def judged(summary: Summary) -> list[Row]:
    """Return one row a track: that of the summary's model, or else the track's first."""
    wanted = (summary.get("model") or {}).get("name")
    chosen: dict[str, Row] = {}
    for row in summary.get("tracks") or []:
        if row["track"] not in chosen or (row["method"] == wanted != chosen[row["track"]]["method"]):
            chosen[row["track"]] = row
    return list(chosen.values())


def draw_confusion(summary: Summary, figure: Any, theme: Theme) -> None:
    """Draw the count and the row's share of each pair of label and call, a panel a track."""
    rows = judged(summary)
    for axes, row in zip(_panels(figure, rows), rows, strict=True):
        draw_shares(axes, np.array(row["confusion"]), [phase["name"] for phase in row["per_phase"]], theme)
        _entitle(axes, row)


def draw_shares(axes: Any, counts: NDArray[np.int64], phases: Sequence[str], theme: Theme) -> None:
    """Draw a table of counts of known and called phases, and the share of each in its row as a shade."""
    from matplotlib.colors import ListedColormap, to_rgb

    # One colour, ever less see-through: it fits any background, and the ink is readable on all of it.
    shades = ListedColormap([(*to_rgb(theme.accent), 0.65 * step / 255) for step in range(256)])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.pcolormesh(shares, cmap=shades, vmin=0, vmax=1, edgecolors=theme.faint, linewidth=0.8)
    for (label, call), count in np.ndenumerate(counts):
        text = f"{count}\n{100 * shares[label, call]:.0f} %" if count else "0"
        axes.text(call + 0.5, label + 0.5, text, ha="center", va="center", fontsize=8)
    names = [name.replace(" ", "\n") for name in phases]
    axes.set_xticks(np.arange(len(names)) + 0.5, names)
    axes.set_yticks(np.arange(len(names)) + 0.5, names)
    axes.tick_params(length=0)
    axes.set(xlabel="called phase", ylabel="known phase", aspect="equal")
    axes.invert_yaxis()
    axes.spines[:].set_visible(False)


def draw_roc(summary: Summary, figure: Any, theme: Theme) -> None:
    """Draw true against false positives of each phase against the rest, a panel a track."""
    rows = [row for row in judged(summary) if any((row.get("roc") or {}).values())]
    for axes, row in zip(_panels(figure, rows), rows, strict=True):
        axes.plot([0, 1], [0, 1], color=theme.muted, linewidth=0.8, linestyle=":")
        for code, phase in enumerate(row["per_phase"]):
            curve = row["roc"].get(phase["phase"])
            if curve:
                label = f"{phase['name']}, AUC {row['auc'][phase['phase']]:.3f}"
                style = {"color": theme.phases[code], "linestyle": DASHES[code], "label": label}
                axes.plot(curve["fpr"], curve["tpr"], **style)
        axes.set(xlabel="false positive rate", ylabel="true positive rate", aspect="equal")
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        # A curve of a poor method runs through this corner: the names stay readable on it.
        axes.legend(loc="lower right", handlelength=2.6, frameon=True, framealpha=0.85, edgecolor="none")
        _entitle(axes, row)


def draw_reliability(summary: Summary, figure: Any, theme: Theme) -> None:
    """Draw accuracy against confidence, and the genes in each bin below, a pair of panels a track."""
    rows = judged(summary)
    upper, lower = _stacked_panels(figure, rows)
    for top, bottom, row in zip(upper, lower, rows, strict=True):
        bins = row["reliability"]
        left, width = np.array(bins["edges"][:-1]), np.diff(bins["edges"])
        full = np.array(bins["count"]) > 0
        accuracy = np.array(bins["accuracy"], dtype=np.float64)
        centre = left + width / 2
        top.bar(centre[full], accuracy[full], width[full] * 0.92, color=theme.accent, alpha=0.45)
        confidence = np.array(bins["confidence"], dtype=np.float64)
        top.plot(confidence[full], accuracy[full], "o", color=theme.accent, markersize=4)
        top.plot([0, 1], [0, 1], color=theme.second, linewidth=1.0, linestyle="--")
        top.set(ylabel="accuracy", xlim=(0, 1), ylim=(0, 1.03))
        bars = bottom.bar(centre, bins["count"], width * 0.92, color=theme.muted, alpha=0.6)
        bottom.bar_label(bars, [n or "" for n in bins["count"]], fontsize=7, padding=1)
        bottom.set(xlabel="confidence", ylabel="genes", yticks=[], ylim=(0, 1.35 * max(bins["count"])))
        _entitle(top, row, f"calibration error {format_calibration(row)}")


def draw_tracks(summary: Summary, figure: Any, theme: Theme) -> None:
    """Draw the accuracy of every method with its interval, a panel a track."""
    tracks: dict[str, list[Row]] = {}
    for row in summary.get("tracks") or []:
        tracks.setdefault(row["track"], []).append(row)
    if not tracks:
        return
    lengths = [len(rows) + len(list_best(rows[0])) for rows in tracks.values()]
    figure.set_size_inches(7.2, 0.5 + sum(0.62 + 0.27 * length for length in lengths))
    ratios = {"height_ratios": lengths}
    panels = figure.subplots(len(lengths), 1, sharex=True, squeeze=False, gridspec_kw=ratios)[:, 0]
    for axes, rows in zip(panels, tracks.values(), strict=True):
        _draw_track(axes, rows, theme)
    panels[0].set_xlim(0, 1)
    panels[0].xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
    panels[-1].set_xlabel("accuracy on test genes, with its 95 % interval")


def _draw_track(axes: Any, rows: Sequence[Row], theme: Theme) -> None:
    names = [_name(row) for row in rows]
    for place, row in enumerate(rows):
        span = row["accuracy_ci"] or [row["accuracy"]] * 2
        colour = theme.muted if row["method"] == "majority" else theme.accent
        axes.plot(span, [place, place], color=colour, linewidth=2.4, solid_capstyle="butt")
        axes.plot(row["accuracy"], place, "o", color=colour, markersize=6, clip_on=False)
        _beside(axes, place, f"{format_percent(row['accuracy'])} ({format_span(row['accuracy_ci'], 1, 100)})")
    for place, (name, bound) in enumerate(list_best(rows[0]).items(), start=len(rows)):
        names.append(f"best possible, {name}")
        if place == len(rows):
            axes.axvline(bound, color=theme.second, linewidth=1.0, linestyle="--")
        axes.plot(bound, place, "D", color=theme.second, markersize=5, clip_on=False)
        _beside(axes, place, format_percent(bound, 2))
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    tested = sorted({row["n_test"] for row in rows})
    axes.set_title(f"{rows[0]['title']} (n = {', '.join(map(str, tested))})")


def _name(row: Row) -> str:
    """Return what a method is called, cut where a user's own name would push the drawing aside."""
    title: str = row["method_title"]
    return title if len(title) <= _MAX_NAME else f"{title[: _MAX_NAME - 1]}…"


def _beside(axes: Any, place: int, text: str) -> None:
    axes.text(1.025, place, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8)


def _entitle(axes: Any, row: Row, more: str = "") -> None:
    axes.set_title(textwrap.fill(row["title"], 31), pad=20)
    text = more or f"{_name(row)}, {row['n_test']} test genes"
    axes.text(0, 1.02, text, transform=axes.transAxes, va="bottom", fontsize=8)


def _grid(n: int) -> tuple[int, int]:
    columns = min(n, _MAX_COLUMNS)
    return -(-n // columns), columns


def _panels(figure: Any, rows: Sequence[Row]) -> list[Any]:
    """Return one axes a row, on a grid of a size that fits them, with no empty place."""
    if not rows:
        return []
    n_rows, n_columns = _grid(len(rows))
    figure.set_size_inches(_PANEL[0] * n_columns, _PANEL[1] * n_rows)
    return [figure.add_subplot(n_rows, n_columns, place + 1) for place in range(len(rows))]


def _stacked_panels(figure: Any, rows: Sequence[Row]) -> tuple[list[Any], list[Any]]:
    """Return a tall and a low axes a row, the low one under the tall one."""
    if not rows:
        return [], []
    n_rows, n_columns = _grid(len(rows))
    figure.set_size_inches(_PANEL[0] * n_columns, 4.1 * n_rows)
    grid = figure.add_gridspec(2 * n_rows, n_columns, height_ratios=[3, 1] * n_rows)
    places = [divmod(place, n_columns) for place in range(len(rows))]
    upper = [figure.add_subplot(grid[2 * down, along]) for down, along in places]
    lower = [
        figure.add_subplot(grid[2 * down + 1, along], sharex=top)
        for (down, along), top in zip(places, upper, strict=True)
    ]
    for top in upper:
        top.tick_params(labelbottom=False)
    return upper, lower


PICTURES = (
    Picture(
        "tracks",
        "Accuracy of every method",
        "Share of the test genes whose called phase is the known one, for each method on each track. "
        "The line is Wilson's 95 % interval over the test genes. 'Best possible' is the "
        "Bayes-optimal classifier, known only where the data are simulated: expected, or as it came "
        "out on these genes, which a method can beat by luck. Compare methods within a panel, never "
        "between panels: a simulated track says nothing about real genes. Where two lines overlap "
        "widely, the test genes do not tell the methods apart.",
        "evaluation",
        draw_tracks,
        "no track was evaluated",
    ),
    Picture(
        "confusion",
        "Which phases are taken for which",
        "Test genes by known phase (row) and called phase (column): the count, and its share of the "
        "row, which is the shade. Look at the cells next to the diagonal: phases are arcs of a "
        "circle, so a gene near a border is easily called to the neighbour. Mistakes far from the "
        "diagonal are worse; the first and the last phase are neighbours, too.",
        "evaluation",
        draw_confusion,
        "no track was evaluated",
    ),
    Picture(
        "roc",
        "Each phase against the rest",
        "True positive rate against false positive rate as the probability asked for a phase falls "
        "from 1 to 0, each phase against all others. AUC is the chance that a gene of the phase gets "
        "a higher probability for it than a gene of another; the dotted line is guessing (0.5). Look "
        "for a curve that lies well below the others: that phase is the hard one.",
        "evaluation",
        draw_roc,
        "no method gave probabilities that rank the genes",
    ),
    Picture(
        "reliability",
        "Whether a confidence can be believed",
        "Test genes by their confidence, in ten bins of equal width. Bars: share called rightly; "
        "dots: the same at the bin's mean confidence; below, how many genes a bin holds. On the "
        "dashed line a confidence of 80 % is right 80 % of the time; below it, the method is too "
        "sure. The calibration error is the mean distance from the line, weighted by the genes in "
        "each bin. A bin of few genes may lie far off by chance; in brackets, where 95 % of the "
        "errors of a perfectly calibrated method with these probabilities would lie on as many "
        "genes: an error in this range is no evidence of miscalibration.",
        "evaluation",
        draw_reliability,
        "no track was evaluated",
    ),
)
