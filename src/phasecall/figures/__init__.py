"""Figures: one table of them, one palette, files and inline SVG."""

from __future__ import annotations

from phasecall.figures.output import FORMATS, save, svg
from phasecall.figures.palette import THEMES, recolour, stylesheet
from phasecall.figures.picture import Picture
from phasecall.figures.table import ATLAS, FAMILIES, FIGURES, choose_atlas, draw, draw_all

__all__ = [
    "ATLAS",
    "FAMILIES",
    "FIGURES",
    "FORMATS",
    "THEMES",
    "Picture",
    "choose_atlas",
    "draw",
    "draw_all",
    "recolour",
    "save",
    "stylesheet",
    "svg",
]
