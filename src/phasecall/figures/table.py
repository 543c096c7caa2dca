"""The table of figures, and drawing one by its key."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from phasecall.errors import InputError
from phasecall.figures import (
    annotation,
    comparison,
    courses,
    evaluation,
    genemap,
    learning,
    quality,
    standings,
)
from phasecall.figures.atlas import (
    clusters,
    components,
    distances,
    dynamics,
    influence,
    landscape,
    memory,
    minis,
    noise,
    peaks,
    profiles,
    spectrum,
    values,
)
from phasecall.figures.palette import THEMES, settings
from phasecall.figures.picture import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from phasecall.exploration import Exploration

_MODULES = (
    *(evaluation, courses, learning, standings, annotation, comparison, genemap, quality),
    *(profiles, values, noise, memory, peaks, spectrum, components, clusters, distances),
    *(influence, landscape, dynamics, minis),
)

FIGURES = MappingProxyType({row.key: row for module in _MODULES for row in module.PICTURES})
"""Every figure, by key, in the order in which they are shown."""

_WIDTH_OF_LETTER = 0.085
"""Inches, of the size in which an empty figure says why."""

FAMILIES = (
    *("Profiles", "Values", "Noise", "Memory", "Peaks and shapes", "Spectrum", "Components", "Clusters"),
    *("Distances", "Influence", "Landscape", "Genes"),
)
"""Headings of the atlas, in their order."""

ATLAS = MappingProxyType(
    {picture.key: picture for family in FAMILIES for picture in FIGURES.values() if picture.family == family}
)
"""Figures of the atlas, by key, family by family."""


def choose_atlas(names: Sequence[str]) -> list[str]:
    """Return the keys of the figures of the atlas asked for, each once, in the order of the atlas.

    Raises
    ------
    InputError
        If the atlas has no such figure.

    Examples
    --------
    >>> choose_atlas(["memory", "qq", "memory"])
    ['qq', 'memory']
    """
    unknown = next((name for name in names if name not in ATLAS), None)
    if unknown is not None:
        near = get_close_matches(unknown.lower(), ATLAS, cutoff=0.5)
        raise InputError(
            f"no figure of the atlas named '{unknown}'",
            expected=f"a key such as {', '.join(near or list(ATLAS)[:3])}",
            fix="phasecall explore --help lists all keys, by family",
        )
    return [key for key in ATLAS if key in names]


def data_of(picture: Picture, found: Exploration) -> Any:
    """Return what a figure of the atlas is drawn from."""
    return found if picture.needs == "exploration" else (found.calls, found.course)


def warn(picture: Picture, found: Exploration) -> str:
    """Return what these data cannot bear of a figure of the atlas, in sentences; empty where they can.

    Where genes of the best ranks stand in for cycling ones, these were chosen for looking rhythmic, and what
    their shuffled times show beside them was not.
    """
    told = [picture.warning(found)]
    if found.stands_in and "cycling" in picture.caption:
        told.append(
            f"hardly any rhythm is sure: the cycling genes are the {int(found.cycling.sum())} of the best"
            " rank, which look rhythmic by choice; what is said of chance does not allow for that."
        )
    return " ".join(filter(None, told))


def draw(key: str, data: Any, *, theme: str = "light") -> Figure:
    """Draw one figure.

    Parameters
    ----------
    key
        A key of `FIGURES`.
    data
        What the figure needs: an evaluation summary, a pair of calls and time course (of all genes, or of a
        few), a history of training, the summary of a benchmark, an exploration, an annotation, a comparison
        and both its courses, an embedding, or an examination.
    theme
        `light` or `dark`.

    Returns
    -------
    figure
        A matplotlib Figure that no global state knows of.

    Raises
    ------
    InputError
        If there is no such figure or theme.

    Examples
    --------
    >>> epochs = [{"epoch": 1, "loss": 0.9, "accuracy": 0.6, "val_loss": 1.0, "val_accuracy": 0.5}]
    >>> [axes.get_title(loc="left") for axes in draw("training", epochs).axes]
    ['loss', 'accuracy']
    """
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    for name, known in ((key, FIGURES), (theme, THEMES)):
        if name not in known:
            raise InputError(f"no figure or theme '{name}'", expected=f"one of {', '.join(known)}")
    picture = FIGURES[key]
    engine = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08)
    with matplotlib.rc_context(settings(THEMES[theme])):
        figure = Figure(layout=engine)
        figure.set_gid(key)
        figure.set_label(picture.title)
        picture.render(data, figure, THEMES[theme])
        if figure.axes:
            # The places are found once, here, not again for every file.
            engine.execute(figure)
        else:
            text = f"Nothing to draw: {picture.empty}."
            figure.set_size_inches(max(5.0, _WIDTH_OF_LETTER * len(text)), 0.6)
            figure.text(0.5, 0.5, text, ha="center", va="center")
        figure.set_layout_engine("none")
    return figure


def draw_all(
    *,
    evaluation: Any = None,
    calls: Any = None,
    training: Any = None,
    benchmark: Any = None,
    exploration: Any = None,
    theme: str = "light",
) -> dict[str, Figure]:
    """Draw every figure whose data are given, by key, in the order of the table.

    Parameters
    ----------
    evaluation, calls, training, benchmark, exploration
        What `draw` takes for figures with this need; figures of a need that is None are left out.
    theme
        `light` or `dark`.

    Examples
    --------
    >>> list(draw_all(training=[]))
    ['training']
    """
    data = {
        "evaluation": evaluation,
        "calls": calls,
        "training": training,
        "benchmark": benchmark,
        "exploration": exploration,
    }
    wanted = [picture for picture in FIGURES.values() if data.get(picture.needs) is not None]
    return {picture.key: draw(picture.key, data[picture.needs], theme=theme) for picture in wanted}
