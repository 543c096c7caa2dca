"""The one palette: a colour for each phase code and each role, in a light and a dark theme."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Theme:
    """Colours by role, as `#rrggbb`; no two roles of a theme share one.

    Parameters
    ----------
    key
        `light` or `dark`.
    paper, ink
        Background and text.
    muted, faint
        Secondary text and reference lines; grid lines and missing values.
    accent, second
        What is measured, and what it is compared with.
    phases
        One colour a phase code.
    """

    key: str
    paper: str
    ink: str
    muted: str
    faint: str
    accent: str
    second: str
    phases: tuple[str, ...]

    def roles(self) -> dict[str, str]:
        """Return every colour by the name of its role."""
        names = ("paper", "ink", "muted", "faint", "accent", "second")
        numbered = {f"phase-{code}": colour for code, colour in enumerate(self.phases)}
        return {name: getattr(self, name) for name in names} | numbered


# The colours of the first four phases lie at least 17 CIELAB units apart for the three kinds of colour
# blindness (Machado et al. 2009, doi 10.1109/TVCG.2009.113), and every one at a contrast of 3:1 or more
# from the paper. Pure black is not used: matplotlib leaves it out of an SVG, where it cannot be replaced.
THEMES = MappingProxyType(
    {
        theme.key: theme
        for theme in (
            Theme(
                "light",
                paper="#ffffff",
                ink="#1d2329",
                muted="#59636e",
                faint="#d5dbe1",
                accent="#3b6ea5",
                second="#b4532a",
                phases=("#b28606", "#0b4fc4", "#109c73", "#a6158d", "#8c1418"),
            ),
            Theme(
                "dark",
                paper="#14181d",
                ink="#e6e9ec",
                muted="#a3adb8",
                faint="#363e47",
                accent="#5f93d0",
                second="#e89a6c",
                phases=("#ffd048", "#4584e4", "#17b890", "#f4a3f4", "#e0523f"),
            ),
        )
    }
)
"""Every theme, by key."""

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
