"""The one palette in figures and pages: the colours of both themes, markers, matplotlib settings, CSS."""

from __future__ import annotations

import re
from typing import Any

from phasecall.colours import THEMES as THEMES
from phasecall.colours import Theme as Theme

MARKERS = ("o", "s", "^", "D", "v")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
"""A marker and a line style a phase code, so that no figure rests on colour alone."""


def settings(theme: Theme) -> dict[str, Any]:
    """Return the matplotlib settings of a theme; text stays text, and equal figures give equal bytes."""
    return {
        "figure.facecolor": theme.paper,
        "savefig.facecolor": "auto",
        "axes.facecolor": theme.paper,
        "axes.edgecolor": theme.muted,
        "axes.labelcolor": theme.ink,
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "grid.color": theme.faint,
        "grid.linewidth": 0.6,
        "text.color": theme.ink,
        "text.usetex": False,
        "text.parse_math": False,
        "xtick.color": theme.muted,
        "ytick.color": theme.muted,
        "xtick.labelcolor": theme.ink,
        "ytick.labelcolor": theme.ink,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "legend.fontsize": 8,
        "legend.frameon": False,
        "font.family": ["DejaVu Sans"],
        "font.size": 9,
        "lines.linewidth": 1.6,
        "svg.fonttype": "none",
        "svg.hashsalt": "phasecall",
        "pdf.fonttype": 3,
    }


def stylesheet() -> str:
    """Return CSS that sets a variable for each role, by the reader's preferred colour scheme.

    Paper has the light colours, whatever the screen shows.

    Examples
    --------
    >>> stylesheet().splitlines()[0]
    ':root { color-scheme: light dark; --pc-paper: #ffffff; --pc-ink: #1d2329; --pc-muted: #59636e;'
    """

    def variables(theme: Theme) -> list[str]:
        return [f"--pc-{role}: {colour};" for role, colour in theme.roles().items()]

    light, dark = variables(THEMES["light"]), variables(THEMES["dark"])
    return (
        f":root {{ color-scheme: light dark; {' '.join(light[:3])}\n  {' '.join(light[3:])} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{\n  :root {{ {' '.join(dark)} }}\n}}\n"
    )


def recolour(svg: str) -> str:
    """Return a light SVG whose colours are the variables of `stylesheet`, so that it follows the page.

    Examples
    --------
    >>> recolour('<path style="fill: #1d2329; stroke: #123456"/>')
    '<path style="fill: var(--pc-ink); stroke: #123456"/>'
    """
    role = {colour: name for name, colour in THEMES["light"].roles().items()}
    pattern = re.compile("|".join(map(re.escape, role)))
    return pattern.sub(lambda found: f"var(--pc-{role[found[0]]})", svg)
