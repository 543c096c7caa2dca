"""Seconds and memory beside CosinorPy and bootjtk, in one run: `python benchmarks/rivals.py`.

20,000 simulated genes x 24 points over two periods, without gaps. Every row is a process of its own that
reads the same file, on one core; a busy machine changes wall time, and hardly processor time. Who needs
minutes is measured at three sizes. What it needs for all genes is read off a straight line through them, a
fixed cost plus so much a gene; how far off the line they are is told. `--genes` and `--rival-genes` change
the sizes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from phasecall.clock import CDC15
from phasecall.methods import peaks
from phasecall.rhythm import fit_cosinor, fit_jtk
from phasecall.rhythm.table import score_combined
from phasecall.simulation import simulate
from phasecall.timecourse import TimeCourse

N_POINTS = 24
STEP = 2 * CDC15.period / N_POINTS


def fit_ours(course: TimeCourse) -> None:
    fit_cosinor(course.values, course.times, CDC15.period)


def rank_ours(course: TimeCourse) -> None:
    fit_jtk(course.values, course.times, CDC15.period)


def combine_ours(course: TimeCourse) -> None:
    score_combined(course.values, course.times, CDC15.period)


def fit_cosinorpy(course: TimeCourse) -> None:
    peaks.find_by_cosinorpy(course, CDC15.period, 0)


def run_bootjtk(course: TimeCourse) -> None:
    peaks.find_by_bootjtk(course, CDC15.period, 0)


@dataclass(frozen=True)
class Job:
    """One row: what runs, whose package it is, whether it takes all genes, and whether it warms up.

    What starts a process of its own, as bootjtk does, starts it every time.
    """

    title: str
    work: Callable[[TimeCourse], None]
    package: str
    whole: bool = False
    warm: bool = True


JOBS = {
    "cosinor": Job("phasecall, cosinor", fit_ours, "phasecall", whole=True),
    "jtk": Job("phasecall, JTK_CYCLE", rank_ours, "phasecall", whole=True),
    "combined": Job("phasecall, regulation and periodicity", combine_ours, "phasecall", whole=True),
    "cosinorpy": Job("CosinorPy, gene by gene", fit_cosinorpy, "CosinorPy"),
    "bootjtk": Job("bootjtk, `bootejtk-calcp`", run_bootjtk, "bootjtk", warm=False),
}


def work(key: str, path: str, n_genes: int) -> None:
    """Do one job in this process and print what it took, start-up left out."""
    with np.load(path) as file:
        values, times = file["values"][:n_genes], file["times"]
    course = TimeCourse(tuple(f"g{number}" for number in range(n_genes)), times, values)
    if JOBS[key].warm:
        # Imports, and what is compiled at first use, count as start-up.
        JOBS[key].work(course.select_genes(np.arange(min(4, n_genes))))
    wall, used = time.perf_counter(), processor_seconds()
    JOBS[key].work(course)
    print(json.dumps({"wall": time.perf_counter() - wall, "used": processor_seconds() - used}))


def processor_seconds() -> float:
    """Return the processor time of this process and of those that it ran."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def measure(key: str, path: str, n_genes: int) -> dict[str, float]:
    """Run a job in a process of its own; add the seconds with start-up, and the peak of memory in MiB."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    command = [sys.executable, __file__, "--work", key, path, str(n_genes)]
    # /proc would not hold the peak of bootjtk's own process; a middle process sums up its children.
    middle = (
        "import json, resource, subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "told = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024\n"
        "if told.returncode: sys.exit(told.stderr)\n"
        "whole = {'whole': time.perf_counter() - start, 'peak': peak}\n"
        "print(json.dumps(json.loads(told.stdout.splitlines()[-1]) | whole))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", middle, *command],
        capture_output=True,
        text=True,
        env={**os.environ, **threads},
        check=False,
    )
    if told.returncode:
        raise RuntimeError(told.stderr.strip().splitlines()[-1])
    return dict(json.loads(told.stdout))


def describe(key: str, path: str, n_genes: int, sizes: Sequence[int]) -> list[str]:
    """Return the rows of one job, in Markdown: of all genes, or of some sizes and what they say of all."""
    job = JOBS[key]
    try:
        title = f"{job.title} ({version(job.package)})"
    except PackageNotFoundError:
        return [f"| {job.title} | – | not installed: `pip install 'phasecall[peers]'` | – | – | – |"]
    rows, used = [], []
    for size in (n_genes,) if job.whole else sizes:
        took = measure(key, path, size)
        used.append(took["used"])
        rows.append(
            f"| {title} | {size:,} | {took['used']:.3g} | {took['wall']:.3g} | {took['whole']:.3g} |"
            f" {took['peak']:.0f} |"
        )
    if not job.whole:
        slope, fixed = np.polyfit(sizes, used, 1)
        off = max(
            abs(slope * size + fixed - seconds) / seconds for size, seconds in zip(sizes, used, strict=True)
        )
        told = f"about {slope * n_genes + fixed:.3g}: a line, off by {100 * off:.0f} % at most above"
        rows.append(f"| {title} | {n_genes:,}, not run | {told} | – | – | – |")
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--rival-genes", type=int, nargs="+", default=[250, 500, 1000])
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        key, path, n_genes = given.work
        work(key, path, int(n_genes))
        return
    times = np.round(np.arange(N_POINTS) * STEP, 2)
    course = simulate(given.genes, times=times, seed=20).course
    print("| tool | genes | processor seconds | wall seconds | wall with start-up | peak MiB |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "course.npz")
        np.savez(path, values=course.values, times=course.times)
        for key in JOBS:
            print("\n".join(describe(key, path, given.genes, given.rival_genes)), flush=True)


if __name__ == "__main__":
    main()
