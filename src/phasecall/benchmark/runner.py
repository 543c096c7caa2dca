"""The runner: every cell of a plan, from what was kept or made now, by one process or several."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from phasecall.benchmark.answers import OPTIMUM, settle
from phasecall.benchmark.cells import Cell
from phasecall.benchmark.tracks import TRACKS, Track
from phasecall.errors import PhasecallError
from phasecall.methods import METHODS, Method

_ONE_THREAD = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
    ),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
"""What makes a process that has not yet loaded its libraries use one core."""


@dataclass(frozen=True)
class Step:
    """One cell that is to be: a method in a part of a track."""

    track: Track
    part: int
    method: Method


def plan(
    tracks: Sequence[Track],
    methods: Sequence[Method],
    *,
    parts: Sequence[int] | None = None,
    named: Sequence[str] = (),
) -> list[Step]:
    """Return the cells of some tracks and methods, those of one part of a track together.

    Parameters
    ----------
    tracks, methods
        Which ones. Where genes are simulated the best possible answer stands beside the methods.
    parts
        Folds to which the tracks are cut down; all if not given.
    named
        Keys of methods that are run on every track: slow ones too, and where they do something else.
    """
    return [
        Step(track, part, method)
        for track in tracks
        for part in track.parts
        if parts is None or part in parts or len(track.parts) == 1
        for method in (*methods, *((OPTIMUM,) if track.simulated else ()))
        if method.key in named or (_fits(method, track) and not (track.many and method.slow))
    ]


def _fits(method: Method, track: Track) -> bool:
    """Return whether a track asks for what a method does: phases, or an order of genes."""
    if track.kind == "genome":
        return method.score is not None
    return method.fit is not None or method.score is None


def run(
    steps: Sequence[Step],
    folder: Path,
    *,
    seed: int = 0,
    jobs: int = 1,
    restart: bool = False,
    tell: Callable[[Cell], None] | None = None,
) -> list[Cell]:
    """Return the cell of each step, in their order.

    Parameters
    ----------
    steps
        What `plan` returned. Several processes know the rows of the tables only.
    folder
        Where cells are kept, each as soon as it is made: a run that was cut off goes on from there.
    seed
        Of the methods.
    jobs
        Processes, each on one core.
    restart
        Make every cell anew.
    tell
        Called with each cell as it comes.

    Raises
    ------
    PhasecallError
        If a process died.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = partial(_work, seed=seed, folder=folder, restart=restart)
    if jobs > 1:
        return _share_out(steps, work, jobs, tell)
    cells = []
    for step in steps:
        cells.append(settle(step.track, step.part, step.method, seed=seed, folder=folder, restart=restart))
        if tell is not None:
            tell(cells[-1])
    return cells


def _work(track: str, part: int, method: str, *, seed: int, folder: Path, restart: bool) -> Cell:
    """Settle a cell by its keys: rows of the tables may hold what cannot be sent to a process."""
    row = OPTIMUM if method == OPTIMUM.key else METHODS[method]
    return settle(TRACKS[track], part, row, seed=seed, folder=folder, restart=restart)


def _share_out(
    steps: Sequence[Step], work: Callable[..., Cell], jobs: int, tell: Callable[[Cell], None] | None
) -> list[Cell]:
    """Let several processes do the work."""
    with _workers(jobs) as pool:
        futures = [pool.submit(work, step.track.key, step.part, step.method.key) for step in steps]
        try:
            for future in as_completed(futures):
                if tell is not None:
                    tell(future.result())
            return [future.result() for future in futures]
        except BrokenProcessPool:
            raise PhasecallError(
                "a process of the benchmark died, perhaps for want of memory",
                fix="run the command again with fewer --jobs: what was finished is kept",
            ) from None


@contextmanager
def _workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Start processes on one core each; where the block ends badly they end at once."""
    others = set(multiprocessing.active_children())
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update({name: value for name, value in _ONE_THREAD.items() if not before[name]})
    # Spawned, not forked: a fork of a process with threads may hang, and Windows knows no other way.
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_ignore_interrupts)
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        raise
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


def _ignore_interrupts() -> None:
    """Leave it to the first process to say what an interrupt means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
