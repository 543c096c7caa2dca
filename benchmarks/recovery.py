"""Known cell-cycle genes in the top of the genome: `PHASECALL_DATA=FOLDER python benchmarks/recovery.py`.

The folder holds `spellman1998_combined.txt.gz` (Spellman et al. 1998, doi 10.1091/mbc.9.12.3273) and
`benchmark_B1.txt` (de Lichtenberg et al. 2005, doi 10.1093/bioinformatics/bti093).
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phasecall.rhythm import align_fourier, measure_fourier

Floats = NDArray[np.float64]

# Periods that `clock.fit_clock` finds on the embedded 800 genes of each experiment.
PERIODS = {"alpha": 62.5, "cdc15": 114.5, "cdc28": 86.5}
TOPS = (300, 500, 800)


def read_experiments(path: Path) -> tuple[list[str], dict[str, tuple[Floats, Floats]]]:
    """Return the genes, and values and minutes of each experiment."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        header, *lines = csv.reader(file, delimiter="\t")
    experiments = {}
    for name in PERIODS:
        columns = [i for i, label in enumerate(header) if label.startswith(name) and label[len(name) :]]
        minutes = [float(header[i][len(name) :].strip("_")) for i in columns]
        values = [[float(line[i]) if line[i].strip() else np.nan for i in columns] for line in lines]
        experiments[name] = np.array(values), np.array(minutes)
    return [line[0] for line in lines], experiments


def recovered(genes: list[str], score: Floats, known: set[str]) -> str:
    """Return the share of known genes among the best of all, for each depth."""
    order = [genes[i] for i in np.argsort(-np.nan_to_num(score, nan=-np.inf), kind="stable")]
    return " / ".join(f"{len(known & set(order[:top])) / len(known):.3f}" for top in TOPS)


if __name__ == "__main__":
    if "PHASECALL_DATA" not in os.environ:
        sys.exit(__doc__)
    folder = Path(os.environ["PHASECALL_DATA"])
    names, courses = read_experiments(folder / "spellman1998_combined.txt.gz")
    b1 = set((folder / "benchmark_B1.txt").read_text("utf-8").split())
    print(f"{len(names)} genes, {len(b1 & set(names))} of {len(b1)} known ones; top {TOPS}")
    print("alpha:", recovered(names, measure_fourier(*courses["alpha"], PERIODS["alpha"]), b1))
    three = [(*courses[name], period) for name, period in PERIODS.items()]
    print("alpha, cdc15, cdc28:", recovered(names, align_fourier(three), b1))
