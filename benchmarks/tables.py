"""How fast tables are read, and in how much memory: `python benchmarks/tables.py`, Markdown to the screen.

A made-up course of 20,000 genes and 48 times, three decimals, 5 % of them missing, is written in every format
by phasecall, and read by `phasecall.read` and by pandas or anndata, each in a new process: median of three.
Seconds count from the first import; memory is the largest the process was, or the process that it started.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 3
# The process that measures stays small: what it starts would count its memory as their own.
MAKE = """
import pathlib, sys
import numpy as np
from phasecall.io.coursefile import write_course
from phasecall.timecourse import TimeCourse
rng = np.random.default_rng(0)
values = rng.normal(size=(20_000, 48)).round(3)
values[rng.random(values.shape) < 0.05] = np.nan
course = TimeCourse(tuple(f"G{row:05d}" for row in range(20_000)), 10.0 * np.arange(48), values)
for suffix in sys.argv[2:]:
    write_course(course, pathlib.Path(sys.argv[1]) / f"course{suffix}")
"""
OURS = "import phasecall; table = phasecall.read(path, scale='log').values"
THEIRS = {
    ".csv": "import pandas; table = pandas.read_csv(path, index_col=0).to_numpy()",
    ".parquet": "import pandas; table = pandas.read_parquet(path).set_index('gene').to_numpy()",
    ".feather": "import pandas; table = pandas.read_feather(path).set_index('gene').to_numpy()",
    ".xlsx": "import pandas; table = pandas.read_excel(path, index_col=0).to_numpy()",
    ".h5ad": "import anndata; table = anndata.read_h5ad(path).to_df().T.to_numpy()",
}
PROGRAM = """
import json, resource, sys, time
path, start = sys.argv[1], time.perf_counter()
{work}
seconds = time.perf_counter() - start
assert table.shape == (20000, 48)
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps([seconds, peak / 1024]))
"""


def measure(work: str, path: Path) -> str:
    """Return median seconds and MiB of some work on a file, each time in a new process."""
    told = []
    for _ in range(RUNS):
        command = [sys.executable, "-W", "ignore", "-c", PROGRAM.format(work=work), str(path)]
        told.append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
    seconds, peak = (statistics.median(column) for column in zip(*told, strict=True))
    return f"{seconds:.2f} s, {peak:.0f} MiB"


def main() -> None:
    print("| format | size, MB | phasecall | pandas, anndata |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", MAKE, folder, *THEIRS], check=True)
        for suffix, theirs in THEIRS.items():
            path = Path(folder) / f"course{suffix}"
            size = path.stat().st_size / 1e6
            print(f"| {suffix} | {size:.1f} | {measure(OURS, path)} | {measure(theirs, path)} |", flush=True)


if __name__ == "__main__":
    main()
