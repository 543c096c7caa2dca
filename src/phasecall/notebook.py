"""Calls as a notebook shows them: a line, a small wheel of the genes called, and the first rows, as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.colours import THEMES
from phasecall.phases import Phase, Scheme

N_ROWS = 5
"""Genes that are shown."""
COLUMNS = ("gene", "phase", "confidence", "peak_time", "peak_turn", "periodic_q", "reason")
"""Columns that are shown."""

_STEP = 1 / 40
"""Turns of a bar of the wheel, about."""
_INNER, _OUTER, _RING = 18.0, 62.0, 70.0
"""Where bars begin and end, and where the ring of the phases ends."""
_LONGEST = 24
"""Characters of a text that are shown."""
_PAGE = "phasecall-calls"
_RULES = """
.P{color:var(--ink);background:var(--paper);display:flex;flex-wrap:wrap;gap:1em;align-items:center;padding:.6em}
.P,.P table{font:13px/1.4 system-ui,sans-serif}
.P p{margin:0 0 .5em}
.P table{border-collapse:collapse;color:inherit;margin:0 0 .5em}
.P th,.P td{padding:.15em .6em;text-align:left;border-bottom:1px solid var(--faint);background:none}
.P i{display:inline-block;width:.7em;height:.7em;margin:0 .3em 0 .8em}
.P i:first-child{margin-left:0}
"""


def show_answers(
    title: str, scheme: Scheme, turns: NDArray[np.float64], codes: NDArray[np.int64], table: Mapping[str, Any]
) -> str:
    """Return calls as HTML that is readable on light and on dark pages, a few kilobytes whatever they hold.

    Parameters
    ----------
    title
        One line about them.
    scheme
        Their phases.
    turns, codes
        Peak and phase of each gene, shape (n,); -1 where the phase is withheld.
    table
        The native table.
    """
    counts = [int((codes == phase.code).sum()) for phase in scheme.phases]
    legend = "".join(
        f'<i style="background:var(--phase-{phase.code})"></i>{escape(phase.name)} {count}'
        for phase, count in zip(scheme.phases, counts, strict=True)
    )
    return (
        f'<div class="{_PAGE}"><style>{_style_page(len(scheme))}</style>'
        f"{draw_wheel(scheme, turns[codes >= 0])}"
        f"<div><p>{escape(title)}</p>{_lay_table(table)}<p>{legend}</p></div></div>"
    )


def draw_wheel(scheme: Scheme, turns: NDArray[np.float64]) -> str:
    """Return a wheel as SVG: a bar for each part of the turn, as large as there are genes that peak in it.

    The turn begins at the top and runs clockwise. Bars stand on the arcs of the phases, in their colours; it
    is their area that counts genes.

    Parameters
    ----------
    scheme
        The phases.
    turns
        Peaks of some genes, [0, 1); NaN is left out.

    Examples
    --------
    >>> from phasecall.phases import scheme
    >>> draw_wheel(scheme("four"), np.array([0.3, 0.31]))[:60]
    '<svg viewBox="-72 -72 144 144" width="144" height="144" role'
    """
    edges = [np.linspace(0, 1, max(round(phase.width / _STEP), 1) + 1) for phase in scheme.phases]
    densities = []
    for phase, steps in zip(scheme.phases, edges, strict=True):
        counts = np.histogram((turns - phase.start) % 1.0 / phase.width, steps)[0]
        densities.append(counts / (phase.width / counts.size))
    most = max(max(own.max() for own in densities), 1.0)
    paths = []
    for phase, steps, density in zip(scheme.phases, edges, densities, strict=True):
        outer = np.sqrt(_INNER**2 + (_OUTER**2 - _INNER**2) * density / most)
        bars = [
            _arc(_place(phase, low), _place(phase, high), _INNER, float(reach))
            for low, high, reach in zip(steps[:-1], steps[1:], outer, strict=True)
            if reach > _INNER
        ]
        ring = _arc(phase.start, phase.start + phase.width, _OUTER + 3, _RING)
        paths.append(f'<path fill="var(--phase-{phase.code})" d="{ring}{"".join(bars)}"/>')
    label = f"where on the cell cycle {int(np.isfinite(turns).sum())} genes peak that are called"
    return (
        f'<svg viewBox="-72 -72 144 144" width="144" height="144" role="img" aria-label="{label}"'
        f' stroke="var(--paper)" stroke-width="1">{"".join(paths)}</svg>'
    )


def _place(phase: Phase, share: float) -> float:
    return phase.start + phase.width * float(share)


def _arc(start: float, end: float, inner: float, outer: float) -> str:
    """Return the path of a part of a ring, from one turn to another."""
    (a, b), (c, d) = ([_point(turn, radius) for turn in (start, end)] for radius in (inner, outer))
    large = int(end - start > 0.5)
    return f"M{a}L{c}A{outer:.3g} {outer:.3g} 0 {large} 1 {d}L{b}A{inner:.3g} {inner:.3g} 0 {large} 0 {a}Z"


def _point(turn: float, radius: float) -> str:
    angle = 2 * np.pi * turn
    return f"{radius * np.sin(angle):.1f} {-radius * np.cos(angle):.1f}"


def _lay_table(table: Mapping[str, Any]) -> str:
    n = len(table["gene"])
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    rows = [
        "".join(f"<td>{escape(_write(table[name][row]))}</td>" for name in COLUMNS)
        for row in range(min(n, N_ROWS))
    ]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    more = f"<p>and {n - N_ROWS} more</p>" if n > N_ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _write(value: Any) -> str:
    """Return a cell: a number to three digits, a text that is not too long."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
    return "" if np.isnan(value) else f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _style_page(n_phases: int) -> str:
    """Return CSS for this element alone. It brings its own paper: pages seldom say whether they are dark."""
    names = ["paper", "ink", "faint", *(f"phase-{code}" for code in range(n_phases))]
    light, dark = (
        "{" + "".join(f"--{name}:{theme.roles()[name]};" for name in names) + "}" for theme in THEMES.values()
    )
    rules = (
        f".P{light}@media(prefers-color-scheme:dark){{.P{dark}}}"
        # JupyterLab and VS Code have themes of their own.
        f"[data-jp-theme-light=true] .P{light}[data-jp-theme-light=false] .P,body.vscode-dark .P{dark}"
        f"{_RULES}"
    )
    return rules.replace(".P", f".{_PAGE}")
