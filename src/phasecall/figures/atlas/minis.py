"""Minis: forty genes one by one, each in a small plot."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.exploration import MAX_CHOSEN, Exploration
from phasecall.exploration.waves import fit_profiles
from phasecall.figures.courses import name_phases
from phasecall.figures.palette import Theme
from phasecall.figures.picture import Picture

FAMILY = "Genes"
_COLUMNS = 5
_LONGEST = 12


def draw_minis(exploration: Exploration, figure: Any, theme: Theme) -> None:
    """Draw values, wave and peak of the chosen genes, or of those of the surest rhythm, a small plot each."""
    rows = _choose(exploration)
    if not rows.size:
        return
    n_columns = min(rows.size, _COLUMNS)
    n_rows = -(-rows.size // n_columns)
    figure.set_size_inches(0.5 + 1.55 * n_columns, 0.6 + 1.05 * n_rows)
    panels = figure.subplots(n_rows, n_columns, sharex=True, squeeze=False).ravel()
    waves = fit_profiles(exploration)
    profile_of = {int(row): place for place, row in enumerate(exploration.rows)}
    minutes = np.linspace(exploration.course.times[0], exploration.course.times[-1], 80)
    curves = None if waves is None else waves.trace(minutes)
    for axes, row in zip(panels, rows, strict=False):
        place = profile_of.get(int(row), -1)
        code = exploration.codes[place] if place >= 0 else -1
        colour = theme.muted if code < 0 else theme.phases[code]
        axes.plot(exploration.course.times, exploration.course.values[row], "o", markersize=2.2, color=colour)
        if curves is not None and place >= 0:
            axes.plot(minutes, curves[place], color=colour, linewidth=1.0)
        for peak in _peaks(exploration, int(row)):
            axes.axvline(peak, color=theme.muted, linewidth=0.7, linestyle="--")
        name = exploration.course.genes[row]
        axes.set_title(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…", fontsize=7, pad=2)
        axes.tick_params(labelsize=6, length=2)
        axes.locator_params(nbins=3, steps=[1, 2, 5, 10])
    for axes in panels[rows.size :]:
        axes.remove()
    codes = np.where(exploration.calls.abstained, len(exploration.calls.scheme), exploration.calls.codes)[
        rows
    ]
    name_phases(figure, exploration.calls, codes, theme, loc="outside upper center", withheld=theme.muted)
    figure.supxlabel("minutes", fontsize=8)
    figure.supylabel("value", fontsize=8)


def _choose(exploration: Exploration) -> NDArray[np.int64]:
    """Return the rows of the chosen genes, or of those of the surest rhythm, surest first."""
    if exploration.chosen:
        return np.array(exploration.chosen, dtype=np.int64)
    rank = exploration.calls.rank[exploration.rows]
    known = np.flatnonzero(rank > 0)
    return exploration.rows[known[np.argsort(rank[known], kind="stable")]][:MAX_CHOSEN]


def _peaks(exploration: Exploration, row: int) -> NDArray[np.float64]:
    """Return every minute of the time measured at which a gene peaks."""
    peak, period, times = (
        float(exploration.calls.peak_time[row]),
        exploration.calls.period,
        exploration.course.times,
    )
    if not (np.isfinite(peak) and np.isfinite(period)):
        return np.empty(0)
    first, last = np.ceil((times[0] - peak) / period), np.floor((times[-1] - peak) / period)
    return np.asarray(peak + period * np.arange(first, last + 1))


PICTURES = (
    Picture(
        "minis",
        "Forty genes one by one",
        "The genes that were chosen, or else the forty of the surest rhythm, surest first: values (dots, in"
        " their own unit, each plot with its own scale), the cosine fitted at the experiment's period "
        "(line), and every minute at which the gene is called to peak (dashed). The colour is the called "
        "phase. Dots should follow the line in every turn; a line that one or two dots hold up is no "
        "rhythm, whatever its p value, and dashes beside the line's top belong to waves that are no cosine.",
        "exploration",
        draw_minis,
        "no gene has a p value of its rhythm",
        family=FAMILY,
    ),
)
