"""The atlas as one HTML page that loads nothing: every figure with what it shows and what to make of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from phasecall import __version__
from phasecall.exploration import MIN_VALUES, Exploration
from phasecall.figures import ATLAS, FAMILIES, stylesheet
from phasecall.figures.table import warn
from phasecall.report.page import make_environment

MAX_NAMES = 20
"""Genes without a profile that the page names."""


def render_atlas(found: Exploration, drawings: Mapping[str, str], *, command: str) -> str:
    """Return the atlas as one HTML page, light or dark as the reader prefers, light in print.

    Parameters
    ----------
    found
        What the figures were drawn from.
    drawings
        SVG of each figure, by key, in the colours of the page; empty where there was nothing to draw.
    command
        How to get the page again.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.exploration import explore
    >>> page = render_atlas(explore(phasecall.load("elu")), {"qq": ""}, command="phasecall explore elu.tsv")
    >>> page.split("<h1>")[1].split("</h1>")[0]
    'elu: an atlas'
    """
    pictures = [
        (family, [ATLAS[key] for key in ATLAS if drawings.get(key) and ATLAS[key].family == family])
        for family in FAMILIES
    ]
    page: str = (
        make_environment()
        .get_template("atlas.html.jinja")
        .render(
            version=__version__,
            course=found.course,
            clock=found.estimate.clock,
            calls=found.calls,
            n_profiles=found.rows.size,
            n_cycling=int(found.cycling.sum()),
            stands_in=found.stands_in,
            left_out=_left_out(found),
            max_names=MAX_NAMES,
            min_values=MIN_VALUES,
            families=[(family, rows) for family, rows in pictures if rows],
            drawings=drawings,
            not_drawn=[ATLAS[key] for key in ATLAS if key in drawings and not drawings[key]],
            warnings={key: warn(ATLAS[key], found) for key in drawings},
            notes=list(dict.fromkeys([*found.course.notes, *found.calls.notes])),
            seed=found.seed,
            command=command,
            palette=stylesheet(),
        )
    )
    return page


def _left_out(found: Exploration) -> list[str]:
    """Return the genes that have no profile."""
    without = np.setdiff1d(np.arange(len(found.course)), found.rows)
    return [found.course.genes[row] for row in without]
