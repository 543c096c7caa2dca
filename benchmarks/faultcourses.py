"""The courses and the faults of `faults.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

import phasecall
from phasecall.caller import tell_clock
from phasecall.caller.anchoring import seek_markers
from phasecall.circular import distance
from phasecall.clock import find_markers
from phasecall.datasets import DATASETS, load_labels
from phasecall.labels import TEST_FOLD, encode, fold_of
from phasecall.phases import SCHEMES
from phasecall.publicdata import PUBLIC, load_public, reason_absent
from phasecall.qc.corrections import correct
from phasecall.qc.naming import name_arrays
from phasecall.simulation import REALISTIC, draw_culture, draw_times, simulate
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]
Injection = Callable[[TimeCourse, float, np.random.Generator], tuple[TimeCourse, tuple[str, ...]]]

N_GENES = 400
N_MARKERS = 40
SEED = 90_000_000
_SPREAD = 0.05
"""Standard deviation of a real marker's peak about its published turn, turns."""
_ALTERNATES = 0.1
"""Share of the median amplitude by which batches must be shifted to count as alternating."""


@dataclass(frozen=True)
class Base:
    """A course without a fault that is known, and what it is."""

    course: TimeCourse
    real: bool
    name: str
    alternates: bool = False


@cache
def load_real(*, whole: bool = False) -> tuple[TimeCourse, ...]:
    """Return every real course: whole, interpolated columns undeclared; or without the genes of fold 0."""
    embedded = [phasecall.load(row.key) for row in DATASETS.values() if row.kind == "time course"]
    there = [row.key for row in PUBLIC.values() if row.kind == "time course" and not reason_absent(row.key)]
    courses = [*embedded, *map(load_public, there)]
    if whole:
        return tuple(replace(one, interpolated=()) for one in courses)
    return tuple(
        one.select_genes(fold_of(one.genes) != TEST_FOLD).select_times(one.measured()) for one in courses
    )


def draw_base(seed: int, rng: np.random.Generator, *, replicated: bool = False) -> Base:
    """Draw a course: from the prior, from a preset, or a real one; replicated ones are simulated."""
    kind = seed % (2 if replicated else 3)
    if kind == 2:
        return _draw_real(seed // 3, rng)
    if kind == 0:
        culture = draw_culture(SEED + seed)
        times, name = draw_times(culture, SEED + seed), "prior"
    else:
        preset = list(REALISTIC.values())[seed // 3 % len(REALISTIC)]
        culture, times, name = preset.culture, np.array(preset.times), preset.key
    if replicated:
        times = np.repeat(times, 2)
    made = simulate(N_GENES, times=times, culture=culture, seed=SEED + seed)
    alternates = culture.measurement.alternation > _ALTERNATES * culture.expression.amplitude
    return Base(_name_markers(made.course, made.peak_turn, rng), False, name, alternates)


def _draw_real(number: int, rng: np.random.Generator) -> Base:
    courses = load_real()
    course = courses[number % len(courses)]
    markers = seek_markers(course.genes)
    known = np.flatnonzero(np.isfinite(markers.turns)) if markers else np.array([], dtype=np.int64)
    others = np.setdiff1d(np.arange(len(course)), known)
    genes = np.union1d(known, rng.choice(others, N_GENES, replace=False))
    times = rng.choice(course.times.size, course.times.size - int(rng.integers(0, 4)), replace=False)
    return Base(course.select_genes(genes).select_times(np.sort(times)), True, course.name, True)


def _name_markers(course: TimeCourse, peaks: Floats, rng: np.random.Generator) -> TimeCourse:
    """Return the course with some genes named as yeast's marker genes that peak where they do."""
    names, markers = _read_markers()
    genes, free = list(course.genes), np.isfinite(peaks)
    for row in rng.permutation(np.flatnonzero(np.isfinite(markers)))[:N_MARKERS]:
        wanted = markers[row] + _SPREAD * rng.standard_normal()
        apart = np.where(free, distance(np.nan_to_num(peaks), wanted), np.inf)
        nearest = int(apart.argmin())
        if np.isfinite(apart[nearest]):
            genes[nearest], free[nearest] = names[row], False
    return replace(course, genes=tuple(genes), sync=None)


@cache
def _read_markers() -> tuple[list[str], Floats]:
    names = list(load_labels())
    markers = find_markers(names, "budding yeast")
    assert markers is not None
    return names, markers.turns


def suits(fault: str, base: Base) -> bool:
    """Return whether a fault can be put into a course, and would be one there."""
    course = base.course
    if fault == "alternate":
        return not base.alternates or (
            base.real and not base.name.endswith(("cdc15", "4381", "spellman-alpha", "zhang2014"))
        )
    if fault == "flip":
        return bool((course.values < 0).mean() > 0.2)
    if fault in ("reverse", "rename"):
        return base.name not in ("zhang2014", "whitfield2002")
    if fault == "unit":
        return not base.name.startswith("whitfield") and (base.real or tell_clock(course).sure)
    if fault == "interpolate":
        return course.times.size >= 6
    if fault in ("exchange", "relabel", "shuffle"):
        return course.times.size >= 8
    return True


def count_digits(course: TimeCourse) -> int:
    """Return how many digits the values of a course are written in, at most 8."""
    known = course.values[np.isfinite(course.values)]
    return next((n for n in range(8) if (np.abs(known - np.round(known, n)) < 1e-7).mean() > 0.99), 8)


def _scale(course: TimeCourse) -> Floats:
    """Return the standard deviation of each gene, shape (n, 1)."""
    values = np.where(np.isfinite(course.values).any(axis=1, keepdims=True), course.values, 0.0)
    spread = np.nanstd(values, axis=1, keepdims=True)
    return np.asarray(spread)


def _name(course: TimeCourse, *columns: int) -> tuple[str, ...]:
    return name_arrays(course.times, columns)


def _noise(course: TimeCourse, amount: float, rng: np.random.Generator) -> tuple[TimeCourse, tuple[str, ...]]:
    column = int(rng.integers(course.times.size))
    values = course.values.copy()
    values[:, column] += amount * (_scale(course)[:, 0] * rng.standard_normal(len(course)))
    return replace(course, values=values), _name(course, column)


def _exchange(
    course: TimeCourse, least: float, rng: np.random.Generator
) -> tuple[TimeCourse, tuple[str, ...]]:
    one = int(rng.integers(course.times.size))
    apart = np.abs(np.arange(course.times.size) - one)
    other = int(rng.choice(np.flatnonzero(apart == 1 if least == 0 else apart >= least)))
    values = course.values.copy()
    values[:, [one, other]] = values[:, [other, one]]
    return replace(course, values=values), _name(course, one, other)


def _flip(course: TimeCourse, _: float, rng: np.random.Generator) -> tuple[TimeCourse, tuple[str, ...]]:
    column = int(rng.integers(course.times.size))
    values = course.values.copy()
    values[:, column] *= -1
    return replace(course, values=values), _name(course, column)


def _misplace(course: TimeCourse, _: float, rng: np.random.Generator) -> tuple[TimeCourse, tuple[str, ...]]:
    """Put the values of a sample at least a quarter of the course away in the place of a replicate."""
    far = np.ptp(course.times) / 4
    column = int(rng.integers(course.times.size))
    other = int(rng.choice(np.flatnonzero(np.abs(course.times - course.times[column]) >= far)))
    values = course.values.copy()
    values[:, column] = values[:, other]
    # A copy would be seen as one: this is another array of the same sample.
    values[:, column] += 0.3 * _scale(course)[:, 0] * rng.standard_normal(len(course))
    return replace(course, values=values), _name(course, column)


def _relabel(
    course: TimeCourse, least: float, rng: np.random.Generator
) -> tuple[TimeCourse, tuple[str, ...]]:
    step = float(np.median(np.diff(course.times)))
    column = int(rng.integers(course.times.size))
    own = course.times[column]
    reach = (step, 2 * step) if least < 2 else (2 * step, float(np.ptp(course.times)))
    while True:
        time = round(float(own + rng.choice([-1, 1]) * rng.uniform(*reach)), 3)
        if course.times[0] <= time <= course.times[-1] and time not in course.times:
            break
        column = int(rng.integers(course.times.size))
        own = course.times[column]
    times = course.times.copy()
    times[column] = time
    return replace(course, times=times), (f"{time:g} min",)


def _reverse(course: TimeCourse, *_: object) -> tuple[TimeCourse, tuple[str, ...]]:
    return replace(course, times=course.times[0] + course.times[-1] - course.times), ()


def _shuffle(course: TimeCourse, _: float, rng: np.random.Generator) -> tuple[TimeCourse, tuple[str, ...]]:
    return replace(course, values=course.values[:, rng.permutation(course.times.size)]), ()


def _unit(course: TimeCourse, *_: object) -> tuple[TimeCourse, tuple[str, ...]]:
    return replace(course, times=course.times / 60), ()


def _alternate(
    course: TimeCourse, amount: float, rng: np.random.Generator
) -> tuple[TimeCourse, tuple[str, ...]]:
    from phasecall.timecourse import find_batches

    batch = find_batches(course.times, course.times)
    shift = amount * _scale(course) * rng.standard_normal((len(course), 1))
    return replace(course, values=course.values + shift * (2 * batch - 1)), _name(
        course, *np.flatnonzero(batch)
    )


def _block(course: TimeCourse, amount: float, rng: np.random.Generator) -> tuple[TimeCourse, tuple[str, ...]]:
    n = course.times.size
    start = int(rng.integers(min(3, n // 2), max(n - 2, n // 2 + 1)))
    shift = amount * _scale(course) * rng.standard_normal((len(course), 1))
    return replace(course, values=course.values + shift * (np.arange(n) >= start)), _name(
        course, start - 1, start
    )


def _interpolate(
    course: TimeCourse, run: float, rng: np.random.Generator
) -> tuple[TimeCourse, tuple[str, ...]]:
    columns = int(rng.integers(1, course.times.size - int(run))) + np.arange(int(run))
    before, after = columns[0] - 1, columns[-1] + 1
    # Tables have a few digits; those of what is interpolated are cut off like all others.
    values = np.round(course.values, 2)
    share = (course.times[columns] - course.times[before]) / (course.times[after] - course.times[before])
    values[:, columns] = np.round(values[:, [before]] * (1 - share) + values[:, [after]] * share, 2)
    return replace(course, values=values), _name(course, *columns)


def _copy(course: TimeCourse, _: float, rng: np.random.Generator) -> tuple[TimeCourse, tuple[str, ...]]:
    one, other = (int(column) for column in rng.choice(course.times.size, 2, replace=False))
    values = course.values.copy()
    values[:, other] = values[:, one]
    return replace(course, values=values), _name(course, one, other)


def _thin(course: TimeCourse, share: float, rng: np.random.Generator) -> tuple[TimeCourse, tuple[str, ...]]:
    column = int(rng.integers(course.times.size))
    values = course.values.copy()
    values[rng.random(len(course)) < share, column] = np.nan
    return replace(course, values=values), _name(course, column)


def _bare(course: TimeCourse, share: float, rng: np.random.Generator) -> tuple[TimeCourse, tuple[str, ...]]:
    values = course.values.copy()
    rows = rng.random(len(course)) < share
    values[rows[:, None] & (rng.random(values.shape) < 0.7)] = np.nan
    return replace(course, values=values), ()


def _censor(course: TimeCourse, share: float, rng: np.random.Generator) -> tuple[TimeCourse, tuple[str, ...]]:
    values = course.values.copy()
    known = np.where(np.isfinite(values), values, np.inf)
    place = np.isfinite(values).sum(axis=1, keepdims=True) // 10
    lowest = np.take_along_axis(np.sort(known, axis=1), place, axis=1)
    values[(values <= lowest) & (rng.random(values.shape) < share)] = np.nan
    return replace(course, values=values), ()


def _rename(course: TimeCourse, share: float, rng: np.random.Generator) -> tuple[TimeCourse, tuple[str, ...]]:
    markers = seek_markers(course.genes)
    if markers is None:
        return course, ()
    rows = np.flatnonzero(np.isfinite(markers.turns))
    some = rng.permutation(rows)[: round(share * rows.size)]
    genes = np.array(course.genes, dtype=object)
    genes[some] = genes[rng.permutation(some)]
    return replace(course, genes=tuple(genes)), ()


INJECTIONS: Mapping[str, Injection] = MappingProxyType(
    {
        "noise": _noise,
        "exchange": _exchange,
        "flip": _flip,
        "misplace": _misplace,
        "relabel": _relabel,
        "reverse": _reverse,
        "shuffle": _shuffle,
        "unit": _unit,
        "alternate": _alternate,
        "block": _block,
        "interpolate": _interpolate,
        "copy": _copy,
        "thin": _thin,
        "bare": _bare,
        "censor": _censor,
        "rename": _rename,
    }
)
"""What puts a fault into a course, and returns the samples that it put it into."""


def measure_correction() -> list[tuple[str, ...]]:
    """Return accuracy before and after taking out the alternation, of labelled genes outside fold 0."""
    from scipy.stats import binomtest

    rows: list[tuple[str, ...]] = []
    for key in ("cdc15", "cdc15-4381"):
        course = phasecall.load(key)
        better, _ = correct(course, tell_clock(course), ["alternating_batches"])
        for name in ("four", "five"):
            scheme = SCHEMES[name]
            codes = encode(load_labels(), course.genes, scheme)
            judged = (codes >= 0) & (fold_of(course.genes) != TEST_FOLD)
            for method, ask in METHODS.items():
                chances = [ask(one, name) for one in (course, better)]
                asked = judged & np.all([np.isfinite(one).all(axis=1) for one in chances], axis=0)
                before, after = (one[asked].argmax(axis=1) == codes[asked] for one in chances)
                lost, won = int((before & ~after).sum()), int((after & ~before).sum())
                p = binomtest(won, won + lost).pvalue if won + lost else 1.0
                shares = f"{100 * before.mean():.1f}", f"{100 * after.mean():.1f}"
                rows.append(
                    (key, name, method, str(int(asked.sum())), *shares, str(lost), str(won), f"{p:.2f}")
                )
    return rows


def _ask_network(course: TimeCourse, scheme: str) -> Floats:
    return phasecall.call(course, scheme=scheme).probabilities


def _ask_clock(course: TimeCourse, scheme: str) -> Floats:
    from phasecall.caller.clock import call_by_clock

    return call_by_clock(course, tell_clock(course), SCHEMES[scheme]).probabilities


def _ask_cosinor(course: TimeCourse, scheme: str) -> Floats:
    """Return certainty of the phase under the peak of a cosinor that knows of no batches."""
    from phasecall.rhythm import fit_cosinor

    clock = tell_clock(course).clock
    measured = course.select_times(course.measured())
    peaks = fit_cosinor(measured.values, measured.times, clock.period).peak_time
    turns = clock.turn_at_zero + peaks / clock.period
    chances = np.eye(len(SCHEMES[scheme]))[SCHEMES[scheme].assign(np.mod(np.nan_to_num(turns), 1.0))]
    return np.where(np.isfinite(turns)[:, None], chances, np.nan)


METHODS = MappingProxyType(
    {"default network": _ask_network, "cosinor on the clock": _ask_clock, "plain cosinor": _ask_cosinor}
)
