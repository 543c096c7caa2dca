"""The gallery: figures of the atlas, drawn by one process or several, into files and for the page."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from phasecall.errors import PhasecallError
from phasecall.exploration import Exploration
from phasecall.figures.output import save, svg
from phasecall.figures.palette import recolour
from phasecall.figures.table import ATLAS, data_of, draw


@dataclass(frozen=True)
class Drawn:
    """A figure that was drawn.

    Parameters
    ----------
    key
        That of the figure.
    drawing
        Its SVG for a page, in the colours of the page; empty where there was nothing to draw.
    paths
        The files that were written; none where there was nothing to draw.
    """

    key: str
    drawing: str
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Manner:
    """How figures are written: the folder, the formats of `FORMATS`, and the theme of the files."""

    folder: Path
    formats: Sequence[str] = ("svg",)
    theme: str = "light"


def draw_atlas(
    found: Exploration, keys: Sequence[str], manner: Manner, *, processes: int = 1
) -> Iterator[Drawn]:
    """Draw figures of the atlas and write their files; yield each when it is done, in whatever order.

    However many processes there are, the figures are the same.

    Parameters
    ----------
    found
        What they are drawn from.
    keys
        Keys of `ATLAS`.
    manner
        How they are written; the folder exists.
    processes
        How many draw.

    Raises
    ------
    PhasecallError
        If a process dies.
    """
    if processes == 1:
        yield from (_draw(key, manner, found) for key in keys)
        return
    # Spawned, not forked: a fork of a process with threads may hang, and Windows knows no other way.
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), initializer=_keep, initargs=(found,)
    )
    try:
        for future in as_completed([pool.submit(_draw, key, manner) for key in keys]):
            yield future.result()
    except BrokenProcessPool:
        raise PhasecallError(
            "a process that draws died, perhaps for want of memory", fix="ask for fewer figures at a time"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


_KEPT: list[Exploration] = []
"""What a process that draws was given when it was started: sent once, not with every figure."""


def _keep(found: Exploration) -> None:
    # It is left to the first process to say what an interrupt means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _KEPT[:] = [found]


def _draw(key: str, manner: Manner, found: Exploration | None = None) -> Drawn:
    from threadpoolctl import threadpool_limits

    data = data_of(ATLAS[key], found or _KEPT[0])
    # Sums over several threads differ in their last digits, and processes have a core each.
    with threadpool_limits(1):
        light = draw(key, data)
        shown = light if manner.theme == "light" else draw(key, data, theme=manner.theme)
    if not light.axes:
        # A file of an earlier run would seem to be of this one.
        for form in manner.formats:
            (manner.folder / f"{key}.{form}").unlink(missing_ok=True)
        return Drawn(key, "", ())
    return Drawn(key, recolour(svg(light)), save(shown, manner.folder / key, manner.formats))
