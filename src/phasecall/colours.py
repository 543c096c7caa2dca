"""Colours: one for each phase code and each role, in a light and a dark theme."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


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
