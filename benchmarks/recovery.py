"""Scores for the recovery of known genes: `PHASECALL_DATA=FOLDER python benchmarks/recovery.py [--variants]`.

The tracks `recovery-alpha` and `recovery-three` of `phasecall benchmark`, on their genes, their clocks and by
their measure: known cell-cycle genes (B1) in the top of the genome. With `--variants` also other scores that
were tried, and on genes to choose by: B2 without B1.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from phasecall.benchmark.answers import pose
from phasecall.benchmark.measures import TOPS
from phasecall.benchmark.tracks import TRACKS
from phasecall.methods import METHODS, Examples
from phasecall.metrics import measure_recovery
from phasecall.publicdata import load_gene_set
from phasecall.rhythm import RHYTHMS, add_fourier, align_fourier, fit_cosinor, fit_noise, measure_fourier
from phasecall.rhythm.design import invert_gram, lay_columns
from phasecall.rhythm.fourier import Measured, transform
from phasecall.rhythm.scores import centre

Floats = NDArray[np.float64]

SCORED = "fourier"


def measured(genes: Examples) -> list[Measured]:
    """Return values, minutes and period of each experiment of some genes."""
    pairs = zip(genes.courses, genes.clocks, strict=True)
    return [(course.values, course.times, one.clock.period) for course, one in pairs]


def recovered(wanted: NDArray[np.bool_], score: Floats) -> str:
    """Return the share of wanted genes among the best of all, for each depth."""
    return " / ".join(f"{measure_recovery(wanted, score, top)[0]:.3f}" for top in TOPS)


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


def list_variants(three: list[Measured]) -> dict[str, Floats]:
    """Return the scores that were tried, by name."""
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


def main() -> None:
    """Print the figures of the tracks, and the table of variants."""
    score = METHODS[SCORED].score
    assert score is not None
    for key in ("recovery-alpha", "recovery-three"):
        question = pose(TRACKS[key], 0)
        print(f"{key}: {recovered(question.truth == 1, score(question.asked, 0))}; top {TOPS}")
    if "--variants" not in sys.argv:
        return
    genes, known = question.asked.courses[0].genes, question.truth == 1
    others = np.isin(genes, load_gene_set("benchmark-b2"))
    print("| score | B2 without B1 | B1 |\n|---|---|---|")
    for title, ranked in list_variants(measured(question.asked)).items():
        among = recovered(others[~known], ranked[~known])
        print(f"| {title} | {among} | {recovered(known, ranked)} |")


if __name__ == "__main__":
    main()
