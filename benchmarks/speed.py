"""Speed of the shipped networks and of the command: `[PHASECALL_DATA=FOLDER] python benchmarks/speed.py`.

Prints JSON; the machine should be idle, and `load` says how idle it was. First the reference network and the
command on embedded data. Then, under `default`, the default network on series of 24 points:

- how many multiply-adds a gene costs, counted from the shapes of the weights, and how many genes a second
  one thread reads, by processor time;
- how fast one thread of NumPy multiplies two large matrices of float32, by processor time, and which share of
  that rate the network reaches: what is lost to small matrices and to all that is no product. The rate hangs
  on the kernel that OpenBLAS takes, which is named: where OPENBLAS_CORETYPE is set, it may be an old one;
- how long one gene alone takes, by the clock on the wall;
- how long `phasecall call` takes for a genome of 6,178 genes, from the start of a new process to its end:
  reading, clock, network, writing. Without the public data set `spellman-alpha` this is null.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from threadpoolctl import threadpool_info, threadpool_limits

from phasecall import benchmark, datasets, modelfile, runtime
from phasecall.graph import N_CHANNELS
from phasecall.publicdata import export_public, reason_absent

RUNS = 7
N_BATCH = 20_000
N_SINGLE = 5000
N_POINTS = 24
GENOME = "spellman-alpha"
MATRIX = 1024
"""Rows and columns of a matrix whose products take a core as far as they can."""


def seconds_of(*words: str) -> float:
    """Return the median wall time of a command in a process of its own, after one run to warm up."""
    command = [sys.executable, "-m", "phasecall", *words]
    return median_seconds(lambda: subprocess.run(command, capture_output=True, check=True))


def median_seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the median time of some work by a clock, that on the wall if not given, after one to warm up."""
    seconds = []
    for _ in range(RUNS + 1):
        start = clock()
        work()
        seconds.append(clock() - start)
    return statistics.median(seconds[1:])


def genes_a_second(threads: int) -> float:
    """Return the median rate of batches of 20,000 genes."""
    runtime.THREADS = threads
    return float(benchmark.measure_speed(modelfile.shipped(), n_single=1)["genes_per_second"])


def count_products(content: bytes, n_points: int) -> int:
    """Return the multiply-adds that a network needs for one gene.

    The kernels of convolutions and recurrent layers meet every point, those of dense layers a gene once.
    """
    graph = onnx.shape_inference.infer_shapes(onnx.load_model_from_string(content)).graph
    shapes = {
        one.name: [axis.dim_value for axis in one.type.tensor_type.shape.dim] for one in graph.value_info
    }
    shapes |= {one.name: list(one.dims) for one in graph.initializer}
    # What follows the kernels among the inputs are biases: added, not multiplied.
    kernels = {"Conv": slice(1, 2), "LSTM": slice(1, 3), "MatMul": slice(1, 2)}
    total = 0
    for node in graph.node:
        names = node.input[kernels.get(node.op_type, slice(0, 0))]
        times = 1 if node.op_type == "MatMul" else n_points
        total += times * sum(math.prod(shapes[name]) for name in names)
    return total


def matrix_rate() -> float:
    """Return the multiply-adds a second of one thread in the product of two large matrices of float32."""
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((2, MATRIX, MATRIX), dtype=np.float32)
    with threadpool_limits(1):
        return MATRIX**3 / median_seconds(lambda: left @ right, time.process_time)


def measure_default(folder: Path) -> dict[str, Any]:
    """Return the figures of the default network."""
    content = modelfile.shipped(modelfile.DEFAULT).content
    predictor = runtime.Predictor(content)
    shape = (N_BATCH, N_POINTS, N_CHANNELS)
    points = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    predictor.predict(points[:1])
    singles = []
    for gene in range(N_SINGLE):
        start = time.perf_counter()
        predictor.predict(points[gene : gene + 1])
        singles.append(1e6 * (time.perf_counter() - start))
    runtime.THREADS = 1
    batch = median_seconds(lambda: predictor.predict(points), time.process_time)
    products, rate = count_products(content, N_POINTS), matrix_rate()
    return {
        "points": N_POINTS,
        "multiply_adds_per_gene": products,
        "us_per_gene_one_thread": 1e6 * batch / N_BATCH,
        "genes_per_second_one_thread": N_BATCH / batch,
        "matrix_kernel": [one.get("architecture") for one in threadpool_info() if one["user_api"] == "blas"],
        "matrix_gflops_one_thread": 2e-9 * rate,
        "network_gflops_one_thread": 2e-9 * products * N_BATCH / batch,
        "share_of_matrix_rate": products * N_BATCH / batch / rate,
        "us_single_p50": np.percentile(singles, 50),
        "us_single_p99": np.percentile(singles, 99),
        "call_6178_genes_s": call_genome(folder),
    }


def call_genome(folder: Path) -> float | None:
    """Return the seconds of `phasecall call` for a genome by the default network; None without the data."""
    if reason_absent(GENOME):
        return None
    course = folder / "genome.tsv"
    export_public(GENOME, course)
    out = str(folder / "genome_calls.tsv")
    return seconds_of("call", str(course), "--sync", "alpha", "--model", modelfile.DEFAULT, "-o", out)


def main() -> None:
    """Print the figures as JSON."""
    before = os.getloadavg()[0]
    speed = benchmark.measure_speed(modelfile.shipped(), n_single=N_SINGLE)
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course.tsv"
        datasets.export("cdc15-4381", course)
        out = str(Path(folder) / "calls.tsv")
        figures: dict[str, Any] = {
            "load": before,
            "version_s": seconds_of("--version"),
            "call_4381_genes_s": seconds_of("call", str(course), "--sync", "cdc15", "-o", out),
            "demo_s": seconds_of("demo", "-o", folder),
            "genes_per_second_one_thread": genes_a_second(1),
            "genes_per_second_two_threads": genes_a_second(2),
            "us_single_p50": speed["us_single_p50"],
            "us_single_p99": speed["us_single_p99"],
            "default": measure_default(Path(folder)),
        }
    print(json.dumps(rounded(figures), indent=1))


def rounded(value: Any) -> Any:
    """Return a figure, or all of several, to three digits after the point."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return float(np.round(value, 3)) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
