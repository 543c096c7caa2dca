"""Known cell-cycle genes in the top of the genome: `PHASECALL_DATA=FOLDER python benchmarks/recovery.py`.

With `--variants` also other scores that were tried, and on genes to choose by: B2 without B1. The folder
holds `spellman1998_combined.txt.gz` (Spellman et al. 1998, doi 10.1091/mbc.9.12.3273) and `benchmark_B1.txt`,
for variants `benchmark_B2.txt`, too (de Lichtenberg et al. 2005, doi 10.1093/bioinformatics/bti093).
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phasecall.rhythm import RHYTHMS, add_fourier, align_fourier, fit_cosinor, fit_noise, measure_fourier
from phasecall.rhythm.design import invert_gram, lay_columns
from phasecall.rhythm.fourier import Measured, transform
from phasecall.rhythm.scores import centre

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


def share_phase(experiments: list[Measured], prior: float) -> Floats:
    """Return the log evidence that a gene peaks at one phase, whichever, of all experiments.

    At each phase it is the squares that a wave of that phase explains, in units of the gene's own variance,
    which is drawn towards the median one as if that had been seen `prior` times. The clocks are put together
    as by `align_fourier`.
    """
    components = np.stack([transform(v, t, np.array([p]))[:, 0] for v, t, p in experiments], axis=1)
    components = np.nan_to_num(components / np.nanmedian(np.abs(components), axis=0))
    clocks = np.angle(np.linalg.eigh(components.conj().T @ components)[1][:, -1])
    total = np.zeros((len(components), 72))
    for (values, times, period), clock in zip(experiments, clocks, strict=True):
        about, observed, count, _ = centre(values)
        design = lay_columns(times, period)
        inverse, determined = invert_gram(observed, design)
        weights = np.einsum("nij,nj->ni", inverse, about @ design)
        squares = (np.where(observed, about - weights @ design.T, 0.0) ** 2).sum(axis=1)
        freedom = np.maximum(count - 3.0, 1.0)
        usable = determined & (count > 5)
        usual = float(np.median(squares[usable] / freedom[usable]))
        variance = (prior * usual + squares) / (prior + freedom)
        angle = np.linspace(0, 2 * np.pi, 72, endpoint=False) - clock
        precision = np.linalg.inv(inverse[:, 1:, 1:])
        phases = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        along = np.maximum(np.einsum("fi,nij,nj->nf", phases, precision, weights[:, 1:]), 0.0)
        length = np.einsum("fi,nij,fj->nf", phases, precision, phases)
        gained = along**2 / length / variance[:, None] / 2
        total += np.where(usable[:, None], gained, 0.0)
    most = total.max(axis=1)
    return np.asarray(most + np.log(np.exp(total - most[:, None]).mean(axis=1)))


def align_amplitudes(experiments: list[Measured]) -> Floats:
    """Return what `align_fourier` does, by waves fitted under each experiment's noise."""
    parts = []
    for values, times, period in experiments:
        fit = fit_cosinor(values, times, period, noise=fit_noise(values, times, period))
        wave = fit.amplitude * np.exp(2j * np.pi * fit.peak_time / period)
        parts.append(np.nan_to_num(wave / np.nanmedian(fit.amplitude)))
    together = np.stack(parts, axis=1)
    return np.asarray(np.abs(together @ np.linalg.eigh(together.conj().T @ together)[1][:, -1]))


def level_arrays(values: Floats) -> Floats:
    """Return genes about their means, and arrays about the medians of that."""
    about, observed, _, _ = centre(values)
    about[~observed] = np.nan
    return np.asarray(about - np.nanmedian(about, axis=0))


def list_variants(courses: dict[str, tuple[Floats, Floats]]) -> dict[str, Floats]:
    """Return the scores that were tried, by name."""
    three = [(*courses[name], period) for name, period in PERIODS.items()]
    level = [(level_arrays(values), times, period) for values, times, period in three]
    noise = fit_noise(*three[0])
    return {
        "alpha: Fourier": measure_fourier(*three[0]),
        "alpha: Fourier, arrays levelled": measure_fourier(*level[0]),
        "alpha: amplitude under the noise": fit_cosinor(*three[0], noise=noise).amplitude,
        "alpha: `combined`": RHYTHMS["combined"].score(*three[0]).score,
        "three: Fourier aligned": align_fourier(three),
        "three: amplitude under the noise, aligned": align_amplitudes(three),
        "three: Fourier added": add_fourier(three),
        "three: Fourier aligned, arrays levelled": align_fourier(level),
        **{f"three: one phase, prior {prior}": share_phase(three, prior) for prior in (10, 50, 200)},
        "three: one phase, prior 50, arrays levelled": share_phase(level, 50),
    }


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
    if "--variants" in sys.argv:
        others = set((folder / "benchmark_B2.txt").read_text("utf-8").split()) - b1
        chosen_by = [i for i, name in enumerate(names) if name not in b1]
        print("| score | B2 without B1 | B1 |\n|---|---|---|")
        for title, ranked in list_variants(courses).items():
            among = recovered([names[i] for i in chosen_by], ranked[chosen_by], others)
            print(f"| {title} | {among} | {recovered(names, ranked, b1)} |")
