"""Figure files and inline SVG: equal figures give equal bytes, and a crash leaves the old file whole."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from phasecall.errors import InputError
from phasecall.figures.palette import THEMES, settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 150
# Dates would make equal figures differ.
_METADATA: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "png": {}, "pdf": {"CreationDate": None}}

FORMATS = tuple(_METADATA)
"""Formats that `save` writes."""


def save(figure: Figure, stem: str | Path, formats: Sequence[str] = FORMATS) -> tuple[Path, ...]:
    """Write a figure to `stem.svg`, `stem.png`, ... and return the paths.

    Parameters
    ----------
    figure
        What `draw` returned.
    stem
        Path without a suffix; its folder exists.
    formats
        Some of `svg`, `png`, `pdf`.

    Returns
    -------
    paths
        One a format, in their order.

    Raises
    ------
    InputError
        If a format is not known, or a file cannot be written.
    """
    from phasecall.io import atomic

    unknown = [form for form in formats if form not in _METADATA]
    if unknown:
        raise InputError(f"no figure format '{unknown[0]}'", expected=f"one of {', '.join(FORMATS)}")
    paths = tuple(Path(f"{stem}.{form}") for form in formats)
    for form, path in zip(formats, paths, strict=True):
        content = _document(figure).encode() if form == "svg" else _render(figure, form)
        with atomic(path, "wb") as file:
            file.write(content)
    return paths


def svg(figure: Figure) -> str:
    """Return a figure as an SVG element to put into a page: sized by the page, named for screen readers.

    Ids begin with the figure's key, so that several figures fit on one page.
    """
    text = _document(figure)
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    opening, rest = text.split(">", 1)
    opening = re.sub(r'\s(?:width|height|version|xmlns(?::\w+)?)="[^"]*"', "", opening)
    label = quoteattr(str(figure.get_label()))
    return f'{opening} role="img" aria-label={label}>{rest}'.replace("xlink:href", "href")


def _document(figure: Figure) -> str:
    """Return the SVG file, its ids numbered: matplotlib takes some of them from memory addresses."""
    text = _render(figure, "svg").decode()
    number: dict[str, str] = {}
    for name in re.findall(r'\bid="([^"]+)"', text):
        number.setdefault(name, f"{figure.get_gid()}-{len(number)}")
    # Where the font is missing, one as wide takes its place; without a list it would be one with serifs.
    text = text.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
    places = re.compile(r'(\bid="|url\(#|href="#)([^")]+)')
    return places.sub(lambda found: found[1] + number.get(found[2], found[2]), text)


def _render(figure: Figure, form: str) -> bytes:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    canvas = {"svg": FigureCanvasSVG, "png": FigureCanvasAgg, "pdf": FigureCanvasPdf}[form](figure)
    buffer = io.BytesIO()
    # What matters here is the same in every theme: text stays text, ids are salted, the figure's own paper.
    with matplotlib.rc_context(settings(THEMES["light"])):
        figure.set_dpi(_DPI)
        # Not `savefig`, which draws everything once more beforehand, to lay it out: that is done.
        getattr(canvas, f"print_{form}")(buffer, metadata=_METADATA[form])
    return buffer.getvalue()
