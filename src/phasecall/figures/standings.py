"""Figures of a benchmark: each draws its summary and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from phasecall.figures.evaluation import draw_shares
from phasecall.figures.palette import DASHES, MARKERS, Theme
from phasecall.figures.picture import Picture
from phasecall.metrics import WANTED
from phasecall.notation import format_number

Row = Mapping[str, Any]
Track = Mapping[str, Any]
Summary = Mapping[str, Any]

MOST_LINES = 5
"""More lines in a panel cannot be told apart."""
_MAX_NAME = 26


def draw_standings(summary: Summary, figure: Any, theme: Theme) -> None:
    """Draw each method's accuracy with its interval, best first, a panel a track."""
    tracks = [track for track in summary["tracks"] if not track["many"] and _answered(track)]
    if not tracks:
        return
    n_rows = -(-len(tracks) // 2)
    lengths = [len(_answered(track)) for track in tracks]
    ratios = [max(lengths[2 * place : 2 * place + 2]) for place in range(n_rows)]
    figure.set_size_inches(10.4, sum(0.75 + 0.2 * length for length in ratios))
    grid = figure.add_gridspec(n_rows, min(2, len(tracks)), height_ratios=[4 + ratio for ratio in ratios])
    for place, track in enumerate(tracks):
        _draw_standing(figure.add_subplot(grid[divmod(place, 2)]), track, theme)


def draw_mistakes(summary: Summary, figure: Any, theme: Theme) -> None:
    """Draw the confusion of the best method and of our networks, a panel each."""
    chosen = [
        (track, row)
        for track in _pictured(summary)
        for row in _answered(track)
        if row.get("confusion") and (row["best"] or row["ours"])
    ]
    if not chosen:
        return
    n_rows = -(-len(chosen) // 2)
    figure.set_size_inches(3.9 * min(2, len(chosen)), 3.9 * n_rows)
    for place, (track, row) in enumerate(chosen):
        axes = figure.add_subplot(n_rows, min(2, len(chosen)), place + 1)
        draw_shares(axes, np.array(row["confusion"]), track["phases"], theme)
        axes.set_title(f"{track['track']}, {row['n']} genes", pad=20)
        axes.text(0, 1.02, _name(row), transform=axes.transAxes, va="bottom", fontsize=8)


def draw_coverage(summary: Summary, figure: Any, theme: Theme) -> None:
    """Draw accuracy against the share of genes called, the least confident withheld, a panel a track."""
    tracks = [track for track in _pictured(summary) if any("coverage" in row for row in track["rows"])]
    panels = _panels(figure, len(tracks))
    for axes, track in zip(panels, tracks, strict=True):
        rows = sorted(
            (row for row in track["rows"] if "coverage" in row and not row["bound"]),
            key=lambda row: -row["metrics"]["called_at_9875"][0],
        )
        most = max(row["n"] for row in rows)
        for place, row in enumerate(rows[:MOST_LINES]):
            curve = row["coverage"]
            # A line of fewer genes than the others' is no fair match for them: it says so.
            fewer = f" of {row['n']}" if row["n"] < most else ""
            share, accuracy = (100 * np.array(curve[name]) for name in ("share", "accuracy"))
            called = format_number(100 * row["metrics"]["called_at_9875"][0], 0)
            axes.plot(
                share,
                accuracy,
                label=f"{_name(row)}, {called} %{fewer} called",
                markevery=0.12,
                **_style(place, theme),
            )
        axes.axhline(100 * WANTED, color=theme.muted, linewidth=0.9, linestyle=":")
        axes.set(xlim=(0, 100), ylim=(None, 101), xlabel="genes called, %", ylabel="accuracy, %")
        axes.set_title(track["track"])
        axes.grid(axis="y")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), handlelength=2.6)


def draw_noise(summary: Summary, figure: Any, theme: Theme) -> None:
    """Draw accuracy against the noise of simulated genes, and the best possible."""
    _draw_sweeps(summary, figure, theme, "noise")


def draw_gaps(summary: Summary, figure: Any, theme: Theme) -> None:
    """Draw accuracy against the share of further missing values, a panel an experiment."""
    _draw_sweeps(summary, figure, theme, "missing")


def draw_time(summary: Summary, figure: Any, theme: Theme) -> None:
    """Draw the seconds to fit and to call against the number of genes."""
    sweep = next((sweep for sweep in summary["sweeps"] if sweep["key"] == "genes"), None)
    if sweep is None:
        return
    lines = _lines(summary, sweep)
    names = [title for title, row in lines.items() if not row["bound"]]
    figure.set_size_inches(8.6, 3.9 + 0.2 * (len(names) // 4))
    for place, (metric, label) in enumerate((("seconds_fit", "fit"), ("seconds_predict", "call")), start=1):
        axes = figure.add_subplot(1, 2, place)
        for number, name in enumerate(names):
            points = [
                (level, row["metrics"][metric][0])
                for level, row in lines[name]["points"]
                if metric in row["metrics"]
            ]
            style = _style(number % MOST_LINES, theme) | {
                "linestyle": DASHES[number // MOST_LINES % len(DASHES)]
            }
            axes.plot(*zip(*points, strict=True), label=_short(name), **style)
        axes.set(xscale="log", yscale="log", xlabel=sweep["label"], ylabel="seconds")
        axes.minorticks_off()
        axes.set_xticks([level for level, _ in sweep["points"]])
        for axis in (axes.xaxis, axes.yaxis):
            # Powers of ten would be written as formulas, which figures here do not have.
            axis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_title(f"seconds to {label}")
        axes.grid(axis="y")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, handlelength=3)


def _draw_standing(axes: Any, track: Track, theme: Theme) -> None:
    rows = sorted(_answered(track), key=lambda row: row["value"])
    for place, row in enumerate(rows):
        colour = theme.second if row["bound"] else theme.accent if row["best"] or row["ours"] else theme.muted
        marker = "D" if row["bound"] else "s" if row["ours"] else "o"
        if row["interval"] is not None:
            # An interval by Student's t may reach beyond what a share can be.
            low, high = (float(np.clip(100 * end, 0, 100)) for end in row["interval"])
            axes.plot([low, high], [place, place], color=colour, linewidth=1.8, solid_capstyle="butt")
        axes.plot(100 * row["value"], place, marker, color=colour, markersize=4.5, clip_on=False)
        text = format_number(100 * row["value"], 1)
        axes.text(1.02, place, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
    axes.set_yticks(range(len(rows)), [_name(row) for row in rows])
    axes.set(ylim=(-0.6, len(rows) - 0.4), xlim=(0, 100))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_title(f"{track['track']} (n = {max(row['n'] for row in rows)})")


def _draw_sweeps(summary: Summary, figure: Any, theme: Theme, start: str) -> None:
    """Draw accuracy along the sweeps whose key begins with a word, the best methods of each."""
    sweeps = [sweep for sweep in summary["sweeps"] if sweep["key"].startswith(start)]
    for axes, sweep in zip(_panels(figure, len(sweeps)), sweeps, strict=True):
        lines = _lines(summary, sweep).values()
        # A mean over the easy levels alone would stand before all that were asked at hard ones, too.
        most = max((len(line["points"]) for line in lines), default=0)
        whole = [line for line in lines if len(line["points"]) == most]
        ranked = sorted(whole, key=lambda line: -float(np.mean([row["value"] for _, row in line["points"]])))
        chosen = [line for line in ranked if not line["bound"]][:MOST_LINES]
        for place, line in enumerate(chosen):
            levels, values = zip(*((level, 100 * row["value"]) for level, row in line["points"]), strict=True)
            axes.plot(levels, values, label=_short(line["title"]), **_style(place, theme))
        for line in ranked:
            if line["bound"]:
                levels, values = zip(
                    *((level, 100 * row["value"]) for level, row in line["points"]), strict=True
                )
                axes.plot(levels, values, color=theme.ink, linestyle=":", label=line["title"])
        axes.set(xlabel=sweep["label"], ylabel="accuracy, %")
        axes.set_title(sweep["title"])
        axes.grid(axis="y")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), handlelength=2.6)


def _lines(summary: Summary, sweep: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return by title what each method got along a sweep: level and row, where there is a number."""
    tracks = {track["track"]: track for track in summary["tracks"]}
    lines: dict[str, dict[str, Any]] = {}
    for level, key in sweep["points"]:
        for row in _answered(tracks[key]):
            line = lines.setdefault(
                row["title"], {"title": row["title"], "bound": row["bound"], "points": []}
            )
            line["points"].append((level, row))
    return lines


def _pictured(summary: Summary) -> list[Track]:
    return [track for track in summary["tracks"] if track["track"] in summary["pictured"]]


def _answered(track: Track) -> list[Row]:
    return [row for row in track["rows"] if row["value"] is not None]


def _panels(figure: Any, n: int) -> Sequence[Any]:
    if not n:
        return []
    figure.set_size_inches(3.9 * n if n > 1 else 4.8, 4.6)
    panels: Sequence[Any] = figure.subplots(1, n, squeeze=False)[0]
    return panels


def _style(place: int, theme: Theme) -> dict[str, Any]:
    """Return how a line looks: colour, dash and marker differ, so that none is needed alone."""
    return {
        "color": theme.phases[place],
        "linestyle": DASHES[place],
        "marker": MARKERS[place],
        "markersize": 4,
    }


def _name(row: Row) -> str:
    return _short(row["title"])


def _short(title: str) -> str:
    return title if len(title) <= _MAX_NAME else f"{title[: _MAX_NAME - 1]}…"


PICTURES = (
    Picture(
        "standings",
        "Accuracy of every method on every track",
        "Mean over folds, in percent, and its 95 % interval by Student's t over the folds; of the "
        "recovery tracks the share of the known genes among the first 300, and Wilson's interval. "
        "The best method and the networks of this package (squares) are coloured; a diamond is the "
        "best possible, known only where genes are simulated. Methods without an answer are left "
        "out. Compare methods within a panel only.",
        "benchmark",
        draw_standings,
        "no method has an answer",
    ),
    Picture(
        "mistakes",
        "Which phases the best method and our networks take for which",
        "Genes of all folds by known phase (row) and called phase (column): the count, and its share "
        "of the row, which is the shade. Cells next to the diagonal are neighbours on the circle, as "
        "are the first and the last phase.",
        "benchmark",
        draw_mistakes,
        "no method called phases of real genes",
    ),
    Picture(
        "coverage",
        "How accurate the confident calls are",
        "Accuracy of the most confident genes against how many of all these are; the least confident "
        "are withheld. The five methods that call most at an accuracy of 98.75 % (dotted), and how "
        "many they call. Thresholds are those of these very genes. A line should fall from left to "
        "right: where it does not, confidence says little.",
        "benchmark",
        draw_coverage,
        "no method called phases of real genes",
    ),
    Picture(
        "noise",
        "Accuracy against noise",
        "Simulated genes of growing noise: mean accuracy over folds of the five best methods, and "
        "of the Bayes-optimal classifier (dotted), which no method can beat except by luck. The "
        "distance to that line is what is left to learn.",
        "benchmark",
        draw_noise,
        "tracks of one noise only",
    ),
    Picture(
        "gaps",
        "Accuracy against missing values",
        "Real genes of which a growing share of values was removed at random, when learning and when "
        "calling: mean accuracy over folds of the five best methods. Values that are missing at one "
        "share are missing at every larger one. A level line makes do with what is left.",
        "benchmark",
        draw_gaps,
        "no track with values removed",
    ),
    Picture(
        "time",
        "Time against the number of genes",
        "Seconds to learn from four fifths of the genes, and to call the last fifth, on one core; "
        "both axes are logarithmic. A slope of one decade a decade is time in proportion to genes.",
        "benchmark",
        draw_time,
        "no tracks of several sizes",
    ),
)
