"""`phasecall explore`: a time course in, its atlas out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import messages, options, reading

if TYPE_CHECKING:
    from phasecall.exploration import Exploration
    from phasecall.figures.gallery import Drawn, Manner

_EPILOG = """\b
Examples:
  phasecall explore course.tsv -o atlas             atlas.html, and a file a figure in atlas/figures
  phasecall explore course.tsv -o atlas --figure qq --figure memory
  phasecall explore course.tsv -o atlas --image svg,png,pdf --theme dark
  phasecall explore course.tsv -o atlas --gene YPL256C --gene CLB5
  phasecall explore combined.txt --experiment cdc15 -o atlas

\b
Keys of --figure:
  Profiles          heatmap profiles overlay envelope volatile
  Values            distribution skew qq range spread missing
  Noise             signal likeness replicates
  Memory            timecorrelation genecorrelation autocorrelation memory
  Peaks and shapes  wheel peaktimes asymmetry peakcounts motifs roughness
  Spectrum          periodogram clockshare coherence
  Components        ring scree loadings samplemap dimension embeddings
  Clusters          clusternumber clusterprofiles silhouettes clusterphases
  Distances         sampletree genetree genedistances centrality
  Influence         leads influence gain
  Landscape         landscape flow freeenergy drift relaxation susceptibility criticality
  Genes             minis
"""
# The keys of figures.FORMATS: the help of this verb needs no NumPy.
FORMATS = ("svg", "png", "pdf")
_MAX_PROCESSES = 4
"""More would wait for the slowest figure."""
_FEW = 4
"""So many figures are drawn before other processes have started."""


def _split_formats(_: click.Context, option: click.Parameter, text: str) -> tuple[str, ...]:
    formats = tuple(dict.fromkeys(text.lower().replace(",", " ").split()))
    if not formats or not set(formats) <= set(FORMATS):
        raise click.BadParameter(f"'{text}' is none of {', '.join(FORMATS)}", param=option)
    return formats


@click.command("explore", epilog=_EPILOG)
@click.argument("source", metavar="INPUT", type=click.Path(allow_dash=True))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for atlas.html and figures/.",
)
@click.option(
    "--figure", "keys", multiple=True, metavar="KEY", help="Draw this figure only; the keys are below."
)
@click.option(
    "--gene",
    "chosen",
    multiple=True,
    metavar="NAME",
    help="Show this gene (ORF or name) among the single ones; those of the surest rhythm if none is named.",
)
@click.option(
    "--image",
    "formats",
    default="svg",
    show_default=True,
    callback=_split_formats,
    metavar="svg,png,pdf",
    help="Formats of the figure files.",
)
@click.option(
    "--theme",
    type=click.Choice(["light", "dark"]),
    default="light",
    show_default=True,
    help="Of the figure files; the page follows its reader.",
)
@options.sync
@options.period
@options.seed
@options.as_json
@reading.options
def command(source: str, output: Path, formats: Sequence[str], as_json: bool, **how: Any) -> None:
    """Draw the atlas of a time course: one page, and a file for each figure.

    Every figure says what it shows, how it was computed and what to look for, names the source of its
    definition, and warns where these data cannot bear it. The page loads nothing and follows its reader's
    light or dark theme; docs/atlas.md lists the figures.
    """
    from phasecall.exploration import explore
    from phasecall.figures import ATLAS, choose_atlas
    from phasecall.figures.gallery import Manner

    keys = choose_atlas(how["keys"] or list(ATLAS))
    options.require_folder(output / "figures")
    course = reading.read_one(source, how["sync"], how["reading"])
    settings = {"sync": how["sync"], "period": how["period"], "seed": how["seed"]}
    found = explore(course, chosen=how["chosen"], **settings)
    messages.show_notes(found.calls.notes)
    if found.stands_in:
        messages.say(
            f"hardly any gene has a sure rhythm: the {int(found.cycling.sum())} of the best rank stand in"
            " where figures show cycling genes"
        )
    (output / "figures").mkdir(parents=True, exist_ok=True)
    manner = Manner(output / "figures", formats, how["theme"])
    drawn = _draw(found, keys, manner)
    page = _write_page(found, drawn, output)
    paths = [page, *(path for one in drawn for path in one.paths)]
    if as_json:
        messages.show_written(*paths, as_json=True)
    else:
        _show_empty([one.key for one in drawn if not one.paths])
        n_figures = sum(bool(one.paths) for one in drawn)
        messages.say(f"wrote {page} and {len(paths) - 1} files of {n_figures} figures in {manner.folder}")


def _draw(found: Exploration, keys: Sequence[str], manner: Manner) -> list[Drawn]:
    """Return the figures in the order of their keys, by as many processes as there are cores."""
    from phasecall.figures.gallery import draw_atlas

    processes = 1 if len(keys) <= _FEW else min(os.cpu_count() or 1, _MAX_PROCESSES)
    with messages.progress(len(keys), "drawing") as tell:
        drawn = {}
        for one in draw_atlas(found, keys, manner, processes=processes):
            drawn[one.key] = one
            tell(one.key)
    return [drawn[key] for key in keys]


def _show_empty(keys: Sequence[str]) -> None:
    """Say which figures have nothing to show of these data, and why."""
    from phasecall.figures import ATLAS

    for key in keys:
        messages.say(f"not drawn: {key} ({ATLAS[key].empty})")


def _write_page(found: Exploration, drawn: Sequence[Drawn], output: Path) -> Path:
    from phasecall.io import atomic
    from phasecall.report.atlas import render_atlas

    page = output / "atlas.html"
    with atomic(page, "w") as file:
        file.write(
            render_atlas(found, {one.key: one.drawing for one in drawn}, command=options.command_line())
        )
    return page
