"""Peers that find a peak and know no labels: CosinorPy, and bootjtk of the empirical JTK lineage."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phasecall.calibration import fit_temperature, temper
from phasecall.circular import Turns
from phasecall.clock import ClockEstimate
from phasecall.errors import MissingExtraError
from phasecall.methods.clocked import join_peaks, spread_over_arcs
from phasecall.methods.inputs import Codes, Floats, needing, one_core
from phasecall.methods.record import Examples, Fit, Predict, Probabilities, RefusalError, Score
from phasecall.phases import Scheme
from phasecall.preparation import fill
from phasecall.rhythm.scores import strength
from phasecall.rhythm.significance import combine
from phasecall.timecourse import TimeCourse, find_constant

_LEAST_VALUES = 4
_LEAST_SPREAD = 1e-3
_DAY = 24.0
_FINE = 256
"""Parts of bootjtk's hour to which times are rounded: it looks for times by equality, and these are exact."""
_HALF_STEP = 1.0
"""Hours: half the step of the phases that bootjtk tries as it comes."""
_REFERENCES = ("period24.txt", "phases_00-22_by2.txt", "asymmetries_02-22_by2.txt")
_RUN = "import sys, numpy; numpy.random.seed(int(sys.argv.pop(1))); from bootjtk.pipeline import cli; cli()"


@dataclass(frozen=True)
class Findings:
    """What a package says of each gene; every field has shape (n,), NaN where it says nothing.

    Parameters
    ----------
    minute
        Time of the peak.
    spread
        Its own standard deviation, minutes.
    p_value
        Of its test of rhythm.
    """

    minute: Floats
    spread: Floats
    p_value: Floats


Find = Callable[[TimeCourse, float, int], Findings]
"""Takes an experiment, its period in minutes, and a seed."""


def call_by_peak(find: Find) -> Fit:
    """Return a method that calls the arc on which most of the peak lies, given its standard deviation.

    Of several experiments the mean direction is taken, each weighed by the inverse of its variance. Labels
    change no call: they set the temperature of the probabilities, and a gene without a peak gets the shares
    of the phases in training. Without any, probabilities are as sure as the package is, and these shares are
    the widths of the arcs.
    """

    def fit(known: Examples, codes: Codes, scheme: Scheme, seed: int) -> Predict:
        shares, temperature = np.array([phase.width for phase in scheme.phases]), 1.0

        def cover(genes: Examples) -> Probabilities:
            pairs = zip(genes.courses, genes.clocks, strict=True)
            turn, spread = join_peaks(_locate(find(c, k.clock.period, seed), k) for c, k in pairs)
            return np.where(np.isfinite(turn)[:, None], spread_over_arcs(turn, spread, scheme), shares)

        if codes.size:
            shares = np.bincount(codes, minlength=len(scheme)) / codes.size
            with one_core():
                temperature = fit_temperature(cover(known), codes)

        def predict(asked: Examples) -> Probabilities:
            with one_core():
                return temper(cover(asked), temperature)

        return predict

    return fit


def score_by_test(find: Find) -> Score:
    """Return a score, -log10 of the package's own p; the p values of several experiments are combined."""

    def score(genes: Examples, seed: int) -> Floats:
        pairs = zip(genes.courses, genes.clocks, strict=True)
        found = [find(course, one.clock.period, seed).p_value for course, one in pairs]
        return strength(found[0] if len(found) == 1 else combine(np.stack(found, axis=1)))

    return score


def find_by_cosinorpy(course: TimeCourse, period: float, _: int) -> Findings:
    """Fit CosinorPy's one-component cosinor to the values of each gene that are there.

    References
    ----------
    Moškon 2020, doi 10.1186/s12859-020-03830-w.
    """
    with needing("CosinorPy"):
        from CosinorPy import cosinor1

    found = np.full((3, len(course)), np.nan)
    for gene in np.flatnonzero(_usable(course)):
        observed = np.isfinite(course.values[gene])
        with warnings.catch_warnings():
            # A perfect or a degenerate fit divides by zero inside; what comes out is judged below.
            warnings.simplefilter("ignore", RuntimeWarning)
            fit, _amplitude, acrophase, statistics = cosinor1.fit_cosinor(
                course.times[observed], course.values[gene, observed], period, plot_on=False
            )
        found[:, gene] = -acrophase, statistics["SE"][2], fit.f_pvalue
    found[:, ~np.isfinite(found).all(axis=0)] = np.nan
    turns = period / (2 * np.pi)
    return Findings(found[0] * turns, found[1] * turns, found[2])


def find_by_bootjtk(course: TimeCourse, period: float, seed: int) -> Findings:
    """Run bootjtk's command on the course, its period told as a day of 24 hours, in a folder of its own.

    Its phases are hours of a day throughout. Without replicates its variances are 0 and all resamplings
    alike: what it does is the empirical JTK of Hutchison et al. 2015. The step of the phases that it tries is
    then all it says of their precision.

    References
    ----------
    Hutchison et al. 2015, doi 10.1371/journal.pcbi.1004094; Hutchison et al. 2018,
    doi 10.1177/0748730418789536.
    """
    place = find_spec("bootjtk")
    if place is None or place.origin is None:
        raise MissingExtraError("bootjtk", "peers", "bootjtk")
    references = [str(Path(place.origin).parent / "ref_files" / name) for name in _REFERENCES]
    options = [word for pair in zip(("-p", "-s", "-a"), references, strict=True) for word in pair]
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder) / "course.txt", course, period)
        command = [sys.executable, "-c", _RUN, str(seed), "-f", "course.txt", "-r", "1", *options]
        # Nothing in the command comes from a user, and names of genes are numbers.
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)  # noqa: S603
        results = list(Path(folder).glob("course_*_GammaP.txt"))
        if done.returncode or len(results) != 1:
            last = (done.stderr.strip().splitlines() or ["no result"])[-1]
            raise RefusalError(f"bootjtk: {last}")
        with results[0].open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    found = np.full((3, len(course)), np.nan)
    for row in rows:
        spread = float(np.hypot(float(row["PhaseStdDev"]), _HALF_STEP / np.sqrt(3)))
        found[:, int(row["ID"])] = float(row["PhaseMean"]), spread, float(row["GammaP"])
    found[:, ~_usable(course)] = np.nan
    minutes = period / _DAY
    return Findings(found[0] * minutes, found[1] * minutes, found[2])


def _write(path: Path, course: TimeCourse, period: float) -> None:
    """Write a course as bootjtk reads it: hours of a day, equal times numbered, genes by number, no gaps."""
    hours = np.round(course.times / period * _DAY * _FINE) / _FINE
    replicate = [int((hours[:place] == hour).sum()) + 1 for place, hour in enumerate(hours)]
    names = [f"ZT{hour:.8f}_{number}" for hour, number in zip(hours, replicate, strict=True)]
    values = fill(course.values, course.times)
    with path.open("w", encoding="utf-8") as file:
        print("ID", *names, sep="\t", file=file)
        for gene, row in enumerate(values.tolist()):
            print(gene, *row, sep="\t", file=file)


def _locate(peaks: Findings, estimate: ClockEstimate) -> tuple[Turns, Floats]:
    """Return where on the turn each gene peaks, and the standard deviation of that, turns."""
    clock = estimate.clock
    # A package names any one of the peaks of its wave; while the culture recovers the clock stands still, and
    # would take all minutes for one: it is asked about the first peak after that.
    early = np.maximum(clock.lag - peaks.minute, 0.0)
    minute = peaks.minute + clock.period * np.ceil(early / clock.period)
    return clock.turn(minute), np.maximum(peaks.spread / clock.period, _LEAST_SPREAD)


def _usable(course: TimeCourse) -> NDArray[np.bool_]:
    enough = np.isfinite(course.values).sum(axis=1) >= _LEAST_VALUES
    return np.asarray(enough & ~find_constant(course.values))
