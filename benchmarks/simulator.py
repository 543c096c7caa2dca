"""Simulated against real experiments: `python benchmarks/simulator.py`; ends with 1 where they differ.

`python benchmarks/simulator.py --fit KEY` fits the numbers of a preset anew (minutes).
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from phasecall.clock import Clock
from phasecall.datasets import load
from phasecall.rhythm import fit_cosinor
from phasecall.simulation import REALISTIC, Culture, Expression, Measurement, Population, simulate
from phasecall.timecourse import TimeCourse, find_batches

Floats = NDArray[np.float64]

N_GENES = 2000
SEEDS = range(100, 110)
LEAST_SPEED = 100_000
LEAST_VALUES = 12
QUANTILES = (0.1, 0.5, 0.9)
# What may differ: a share of the real figure, or so much of it.
RELATIVE = {"amplitude": 0.15, "residual SD": 0.2, "batch shift": 0.2, "second harmonic": 0.2}
ABSOLUTE = {"R2": 0.08, "lag-1": 0.08, "neighbours": 0.12, "loss": 0.1, "missing": 0.005, "arrays": 0.04}


def residuals(values: Floats, times: Floats, period: float, harmonics: int) -> tuple[Floats, Floats]:
    """Return the weights and the residuals of waves fitted to each gene's own values."""
    angle = 2 * np.pi * times / period
    waves = [wave(k * angle) for k in range(1, harmonics + 1) for wave in (np.cos, np.sin)]
    design = np.stack([np.ones_like(angle), *waves], axis=1)
    observed = np.isfinite(values)
    gram = np.einsum("nt,ti,tj->nij", observed.astype(np.float64), design, design)
    weights = np.linalg.solve(gram, (np.where(observed, values, 0.0) @ design)[..., None])[..., 0]
    return weights, values - weights @ design.T


def describe(course: TimeCourse, period: float) -> dict[str, float]:
    """Return the marginals of a course: waves, noise, batches, gaps."""
    enough = np.isfinite(course.values).sum(axis=1) >= LEAST_VALUES
    values, times = course.values[enough], course.times
    fit = fit_cosinor(values, times, period)
    left = residuals(values, times, period, 1)[1]
    known = np.isfinite(left)
    spread = np.sqrt(np.nansum(left**2, axis=1) / (known.sum(axis=1) - 3))
    told = {}
    for name, column in (("amplitude", fit.amplitude), ("residual SD", spread), ("R2", fit.r_squared)):
        for level in QUANTILES:
            told[f"{name}, {100 * level:.0f} %"] = float(np.quantile(column, level))
    products = np.nansum(left[:, :-1] * left[:, 1:], axis=1) / np.nansum(left**2, axis=1)
    told["lag-1 autocorrelation"] = float(products.mean())
    told["lag-1 autocorrelation, SD"] = float(products.std())
    batch = find_batches(times, times)
    shift = _mean(left[:, batch == 0]) - _mean(left[:, batch == 1])
    told["batch shift, SD"] = float(np.nanstd(shift))
    told["neighbours in other batches, correlation"] = _correlate(left, batch)
    centred = values - _mean(values)[:, None]
    told["arrays' means, SD"] = float(_mean(centred.T).std())
    weights = residuals(values, times, period, 2)[0]
    told["second harmonic / first"] = float(
        np.sqrt((weights[:, 3:] ** 2).sum() / (weights[:, 1:3] ** 2).sum())
    )
    strong = fit.r_squared >= np.quantile(fit.r_squared, 0.75)
    told["loss a turn, quarter of highest R2"] = _loss(values[strong], times, period)
    told["missing, share"] = float(np.isnan(course.values).mean())
    return told


def _mean(values: Floats) -> Floats:
    """Return the mean of each row's values; NaN where there is none."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.where(count, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _correlate(left: Floats, batch: NDArray[np.int_]) -> float:
    """Return the mean correlation, over the genes, of neighbouring arrays of two batches."""
    told = []
    for column in np.flatnonzero(np.diff(batch)):
        pair = left[np.isfinite(left[:, column : column + 2]).all(axis=1), column : column + 2]
        told.append(float(np.asarray(np.corrcoef(pair.T))[0, 1]))
    return float(np.mean(told))


def _loss(values: Floats, times: Floats, period: float) -> float:
    """Return how much of the median amplitude is lost a turn, by the first and the last turn measured."""
    first, last = times <= times[0] + period, times >= times[-1] - period
    high, low = (np.nanmedian(fit_cosinor(values[:, w], times[w], period).amplitude) for w in (first, last))
    return float(1 - (low / high) ** (period / (times[last].mean() - times[first].mean())))


def measured(key: str) -> TimeCourse:
    """Return an embedded course at the times that were measured."""
    course = load(key)
    return course.select_times(course.measured())


def simulated(culture: Culture, course: TimeCourse, seeds: range) -> dict[str, float]:
    """Return the mean marginals of simulated courses sampled as a real one."""
    period = culture.clock.period
    told = [
        describe(simulate(N_GENES, times=course.times, culture=culture, seed=seed).course, period)
        for seed in seeds
    ]
    return {name: float(np.mean([one[name] for one in told])) for name in told[0]}


def distance(name: str, real: float, made: float) -> float:
    """Return how far a simulated figure is off, 1 being all that is allowed."""
    for start, share in RELATIVE.items():
        if name.startswith(start):
            return abs(made - real) / (share * real)
    return next(abs(made - real) / most for start, most in ABSOLUTE.items() if name.startswith(start))


def speed(counts: float | None) -> float:
    """Return profiles a second of CPU time in the best of 20 rounds, 24 points, everything switched on."""
    culture = Culture(
        Clock(114.0, 0.96, lag=10.0, loss=0.2),
        spread=0.1,
        population=Population(0.05, 0.1),
        expression=Expression(1.0, 0.5, 4.0, 0.1, 0.2, 0.3),
        measurement=Measurement(0.3, 0.1, counts, 0.2, 0.05),
    )
    times, n_genes, best = np.linspace(10, 290, 24), 5000, 0.0
    for seed in range(20):
        start = time.process_time()
        simulate(n_genes, times=times, culture=culture, seed=seed)
        best = max(best, n_genes / (time.process_time() - start))
    return best


def verify() -> bool:
    """Print the tables; return whether all is within what is allowed."""
    reals = {key: describe(measured(key), preset.culture.clock.period) for key, preset in REALISTIC.items()}
    mades = {key: simulated(preset.culture, measured(key), SEEDS) for key, preset in REALISTIC.items()}
    print(f"| real / simulated | {' | '.join(REALISTIC)} | may differ by |")
    print("|---|" + "---|" * (len(REALISTIC) + 1))
    good = True
    for name in next(iter(reals.values())):
        cells = []
        for key in REALISTIC:
            real, made = reals[key][name], mades[key][name]
            off = distance(name, real, made) > 1
            good &= not off
            cells.append(f"{real:.3f} / {made:.3f}{' **off**' * off}")
        share = next((f"{v:.0%}" for start, v in RELATIVE.items() if name.startswith(start)), None)
        most = share or next(f"{v:g}" for start, v in ABSOLUTE.items() if name.startswith(start))
        print(f"| {name} | {' | '.join(cells)} | {most} |")
    print(f"\nSimulated: mean of {len(SEEDS)} cultures of {N_GENES} genes.\n")
    print("| measured as | profiles / s of one core, 24 points, everything on |\n|---|---|")
    for title, counts in (("log ratios of arrays", None), ("counts of sequencing", 300.0)):
        rate = speed(counts)
        good &= rate >= LEAST_SPEED
        print(f"| {title} | {rate:,.0f} |")
    return good


def fit(key: str) -> Culture:
    """Return the preset's culture with its numbers fitted to the marginals of the embedded course."""
    from scipy.optimize import minimize

    course, preset = measured(key), REALISTIC[key].culture
    real = describe(course, preset.clock.period)
    start = np.array(_numbers(preset))
    free = start > 0

    def cost(logs: Floats) -> float:
        numbers = np.zeros_like(start)
        numbers[free] = np.exp(np.minimum(logs, np.log(4.0)))
        made = simulated(_culture(preset, numbers), course, range(4))
        return sum(distance(name, real[name], made[name]) ** 2 for name in real)

    found = minimize(cost, np.log(start[free]), method="Nelder-Mead", options={"maxfev": 300})
    numbers = np.zeros_like(start)
    numbers[free] = np.exp(found.x)
    print(f"{key}: {cost(np.log(start[free])):.2f} to {found.fun:.2f}")
    return _culture(preset, numbers)


def _numbers(culture: Culture) -> list[float]:
    made, seen = culture.expression, culture.measurement
    waves = [made.amplitude, made.amplitude_spread, made.sharpness, made.drift, made.decoys]
    return [culture.clock.loss, culture.noise, *waves, seen.noise_spread, seen.shared, seen.alternation]


def _culture(like: Culture, numbers: Floats) -> Culture:
    loss, noise, height, spread, sharpness, drift, decoys, noise_spread, shared, alternation = (
        numbers.tolist()
    )
    return replace(
        like,
        clock=replace(like.clock, loss=min(loss, 0.9)),
        noise=noise,
        expression=Expression(
            height, min(spread, 3.0), sharpness, like.expression.two_peaked, drift, min(decoys, 1.0)
        ),
        measurement=replace(
            like.measurement, noise_spread=min(noise_spread, 2.0), shared=shared, alternation=alternation
        ),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", metavar="KEY", choices=list(REALISTIC))
    asked = parser.parse_args()
    if asked.fit:
        fitted = fit(asked.fit)
        print(fitted.clock, fitted.noise, fitted.expression, fitted.measurement, sep="\n")
        sys.exit(0)
    sys.exit(0 if verify() else 1)
