"""Speed of the shipped model and of the command, on an idle machine: `python benchmarks/speed.py`."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from phasecall import benchmark, datasets, modelfile, runtime

RUNS = 7


def seconds_of(*words: str) -> float:
    """Return the median wall time of a command in a process of its own, after one run to warm up."""
    command = [sys.executable, "-m", "phasecall", *words]
    seconds = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def genes_a_second(threads: int) -> float:
    """Return the median rate of batches of 20,000 genes."""
    runtime.THREADS = threads
    return float(benchmark.measure_speed(modelfile.shipped(), n_single=1)["genes_per_second"])


def main() -> None:
    """Print the figures as JSON."""
    speed = benchmark.measure_speed(modelfile.shipped(), n_single=5000)
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course.tsv"
        datasets.export("cdc15-4381", course)
        out = str(Path(folder) / "calls.tsv")
        figures = {
            "version_s": seconds_of("--version"),
            "call_4381_genes_s": seconds_of("call", str(course), "--sync", "cdc15", "-o", out),
            "demo_s": seconds_of("demo", "-o", folder),
            "genes_per_second_one_thread": genes_a_second(1),
            "genes_per_second_two_threads": genes_a_second(2),
            "us_single_p50": speed["us_single_p50"],
            "us_single_p99": speed["us_single_p99"],
        }
    print(json.dumps({key: float(np.round(value, 3)) for key, value in figures.items()}, indent=1))


if __name__ == "__main__":
    main()
