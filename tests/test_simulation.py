"""The simulator, its clock and the Bayes-optimal answer."""

import hashlib
import itertools
import math
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from phasecall.circular import difference, distance
from phasecall.cli import main
from phasecall.clock import CDC15, Clock
from phasecall.clock.covariance import PARTS, lay_parts
from phasecall.datasets import load
from phasecall.errors import InputError
from phasecall.io import read
from phasecall.phases import SCHEMES
from phasecall.simulation import (
    KINDS,
    REALISTIC,
    Culture,
    Expression,
    Measurement,
    Population,
    Simulation,
    attenuate,
    draw_culture,
    draw_times,
    posterior,
    simulate,
)
from phasecall.timecourse import find_batches

FOUR = SCHEMES["four"]
EVERYTHING = Culture(
    Clock(112.0, 0.96, lag=10.0, loss=0.2),
    noise=0.3,
    spread=None,
    population=Population(0.05, 0.1),
    expression=Expression(1.2, 0.5, 4.0, 0.2, 0.2, 0.3),
    measurement=Measurement(0.3, 0.1, None, 0.2, 0.1),
)
EVERY_TEN = np.arange(0.0, 240.0, 10.0)
seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=25, deadline=None)
HUMAN = Culture(Clock(900.0, 0.3), SCHEMES["human"], 0.4, 0.05)
# Digests of data of before there were populations, waveforms and instruments: the shipped network and the
# track `simulated` rest on them.
GOLDEN = {
    "default": (
        simulate(2000, seed=0),
        "3bc068116174a95a6095416d86a2ed41caede3d9b7cb215f519ef13f4413afb1",
    ),
    "noisy": (
        simulate(333, culture=Culture(noise=0.7, spread=0.1), seed=5),
        "d74a1191b2af01a228c52f4adb4747ad944d722ce49e8d48da098e74796fadca",
    ),
    "anywhere": (
        simulate(500, culture=Culture(noise=0.3, spread=None), seed=6),
        "24574638d523b0061f126a9d1e75bc028283a6bcc15ad66ea04f5796fc01d3c6",
    ),
    "human": (
        simulate(100, times=[0, 3, 3, 50, 20, 700, -10], culture=HUMAN, seed=7),
        "d00de513d6426c297a0a88f7d577c73e83771d1de912bb01835dd9b86990d165",
    ),
}


def digest(made: Simulation) -> str:
    """Digest of data and truth to nine decimals: processors differ in the last bits of a cosine."""
    told = hashlib.sha256()
    for array in (made.course.times, made.course.values, made.codes, made.peak_turn, made.amplitude):
        told.update((np.round(array.astype(np.float64), 9) + 0.0).astype("<f8").tobytes())
    return told.hexdigest()


@pytest.mark.parametrize("name", GOLDEN)
def test_a_plain_culture_is_what_it_has_always_been(name: str) -> None:
    made, known = GOLDEN[name]
    assert digest(made) == known


def test_a_plain_culture_equals_its_formula_to_the_bit() -> None:
    rng = np.random.default_rng(5)
    centres = np.array([phase.centre for phase in FOUR.phases])[np.arange(50) % 4]
    peaks = np.mod(centres + 0.02 * rng.standard_normal(50), 1.0)
    amplitude, baseline = np.exp(0.3 * rng.standard_normal(50)), 0.5 * rng.standard_normal(50)
    turn = np.mod(0.96 + np.arange(40.0, 121.0, 10.0) / 114.0, 1.0)
    wave = np.cos(2 * np.pi * (turn[None, :] - peaks[:, None]))
    values = baseline[:, None] + amplitude[:, None] * wave + 0.2 * rng.standard_normal(wave.shape)
    assert np.array_equal(simulate(50, seed=5).course.values, values)


def test_the_same_seed_gives_the_same_data_and_another_one_does_not() -> None:
    assert simulate(40, seed=3).course.sha256() == simulate(40, seed=3).course.sha256()
    assert simulate(40, seed=3).course.sha256() != simulate(40, seed=4).course.sha256()


def test_the_truth_is_what_was_asked_for() -> None:
    made = simulate(4000, culture=Culture(noise=0.2, spread=0.03), seed=1)
    assert np.bincount(made.codes).tolist() == [1000] * 4
    centres = np.array([phase.centre for phase in FOUR.phases])[made.codes]
    off = difference(made.peak_turn, centres)
    assert off.std() == pytest.approx(0.03, rel=0.05)
    assert abs(off.mean()) < 0.002
    wave = np.cos(2 * np.pi * (CDC15.turn(made.course.times) - made.peak_turn[:, None]))
    left = made.course.values - made.amplitude[:, None] * wave
    assert (left - left.mean(axis=1, keepdims=True)).std(ddof=0) == pytest.approx(
        0.2 * math.sqrt(8 / 9), rel=0.03
    )
    assert np.median(made.amplitude) == pytest.approx(1, rel=0.02)


def test_the_posterior_equals_a_plain_sum_over_a_grid() -> None:
    culture = Culture(noise=0.5, spread=0.05)
    made = simulate(6, culture=culture, seed=2)
    nodes = np.linspace(-4, 4, 33)
    weight = np.exp(-0.5 * nodes**2)
    covariance = culture.noise**2 * np.eye(9) + 0.25 * np.ones((9, 9))
    inverse = np.linalg.inv(covariance)
    turn = culture.clock.turn(made.course.times)
    expected = np.zeros((6, 4))
    for gene, phase in itertools.product(range(6), FOUR.phases):
        for i, j in itertools.product(range(33), range(33)):
            wave = math.exp(0.3 * nodes[j]) * np.cos(2 * np.pi * (turn - phase.centre - 0.05 * nodes[i]))
            left = made.course.values[gene] - wave
            expected[gene, phase.code] += weight[i] * weight[j] * math.exp(-0.5 * left @ inverse @ left)
    expected /= expected.sum(axis=1, keepdims=True)
    assert posterior(made.course, culture) == pytest.approx(expected, abs=1e-9)


def test_the_posterior_is_calibrated_and_worse_with_more_noise() -> None:
    accuracies = []
    for noise in (0.2, 0.6, 1.2):
        culture = Culture(noise=noise)
        made = simulate(4000, culture=culture, seed=9)
        answer = posterior(made.course, culture)
        right = answer.argmax(axis=1) == made.codes
        accuracies.append(right.mean())
        # If the answer is the true posterior, its mean confidence is its accuracy.
        assert answer.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.015)
    assert accuracies == sorted(accuracies, reverse=True)


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"noise": 0.0}, "noise"),
        ({"noise": -1.0}, "noise"),
        ({"noise": math.nan}, "noise"),
        ({"noise": math.inf}, "noise"),
        ({"noise": 1e-200}, "noise"),
        ({"spread": -0.1}, "spread"),
        ({"clock": Clock(0.0, 0.1)}, "period"),
        ({"clock": Clock(1e-300, 0.1)}, "period"),
        ({"clock": Clock(1e300, 0.1)}, "period"),
        ({"clock": Clock(100.0, 0.1, lag=-1.0)}, "lag"),
        ({"clock": Clock(100.0, 0.1, lag=1e300)}, "lag"),
        ({"clock": Clock(100.0, 0.1, loss=1.0)}, "loss"),
    ],
)
def test_an_impossible_culture_is_refused(parts: dict[str, float], named: str) -> None:
    with pytest.raises(InputError, match="a culture cannot be like that") as fault:
        Culture(**parts)  # type: ignore[arg-type]
    assert fault.value.expected is not None
    assert fault.value.expected.startswith(named)
    assert fault.value.fix is not None


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        (Population, "initial_spread", 0.4),
        (Population, "asymmetry", -0.1),
        (Expression, "amplitude", 0.0),
        (Expression, "sharpness", 4.1),
        (Expression, "decoys", 1.1),
        (Measurement, "counts", 0.0),
        (Measurement, "missing", 1.0),
        (Measurement, "missing", math.nan),
    ],
)
def test_an_impossible_part_is_refused(part: type, name: str, value: float) -> None:
    with pytest.raises(InputError, match="a culture cannot be like that") as fault:
        part(**{name: value})
    assert name in str(fault.value.found)


def test_no_genes_and_no_times_are_refused() -> None:
    with pytest.raises(InputError, match="at least one gene"):
        simulate(0)
    for times in ([], [math.nan], [[1.0, 2.0]]):
        with pytest.raises(InputError, match="a simulation needs times"):
            simulate(4, times=times)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "culture",
    [
        Culture(Clock(114.0, 0.96, loss=0.1)),
        Culture(population=Population(0.05)),
        Culture(expression=Expression(drift=0.1)),
        Culture(measurement=Measurement(missing=0.1)),
    ],
)
def test_the_posterior_is_refused_where_it_is_not_known(culture: Culture) -> None:
    with pytest.raises(InputError, match="not known for this culture"):
        posterior(simulate(4).course, culture)


def test_the_posterior_knows_the_recovery() -> None:
    culture = Culture(Clock(114.0, 0.96, lag=57.0))
    made = simulate(400, culture=culture, times=np.arange(0.0, 180.0, 10.0), seed=4)
    assert (posterior(made.course, culture).argmax(axis=1) == made.codes).mean() > 0.97
    assert (posterior(made.course).argmax(axis=1) == made.codes).mean() < 0.7


def walk(culture: Culture, times: NDArray[np.float64], n_cells: int, seed: int) -> NDArray[np.float64]:
    """Places of explicit cells, one line of descent each, in turns, shape (n_cells, n_times)."""
    rng = np.random.default_rng(seed)
    clock, cells = culture.clock, culture.population
    moved = clock.moved(times)
    places = np.empty((n_cells, times.size))
    for cell in range(n_cells):
        is_daughter = rng.random(16) < 0.5
        come, before = clock.turn_at_zero + cells.initial_spread * rng.standard_normal(), 0.0
        for column, now in enumerate(moved):
            come += (now - before) + culture.cycle_spread * math.sqrt(now - before) * rng.standard_normal()
            before = now
            places[cell, column] = follow(come, is_daughter, cells.asymmetry)
    return places


def follow(come: float, is_daughter: NDArray[np.bool_], delay: float) -> float:
    """Place of a cell whose founder has come so far: cycle by cycle, some after a wait at turn 0."""
    if come < 1:
        return come
    since = come - 1
    for late in is_daughter:
        wait = delay if late else 0.0
        if since < wait:
            return 0.0
        if since < wait + 1 - delay / 2:
            return (since - wait) / (1 - delay / 2)
        since -= wait + 1 - delay / 2
    raise AssertionError("more cycles than were drawn")


@pytest.mark.parametrize("asymmetry", [0.0, 0.1, 0.3])
def test_the_population_is_the_average_of_explicit_cells(asymmetry: float) -> None:
    culture = Culture(Clock(100.0, 0.6, lag=10.0, loss=0.15), population=Population(0.04, asymmetry))
    times = np.array([0.0, 20.0, 50.0, 130.0, 240.0, 400.0])
    n_cells = 20_000
    turned = walk(culture, times, n_cells, seed=1) - culture.clock.turn(times)
    expected = attenuate(culture, times)
    for harmonic in (1, 2, 3):
        seen = np.exp(2j * np.pi * harmonic * turned).mean(axis=0)
        # Four standard errors, and what the steps of the lines of descent may miss.
        assert np.abs(seen - expected[harmonic - 1]).max() < 4 / math.sqrt(n_cells) + 0.004


def test_a_gene_is_the_average_over_cells_of_its_waveform() -> None:
    culture = replace(
        EVERYTHING,
        noise=1e-9,
        expression=Expression(1.0, 0.3, 4.0, 0.5),
        measurement=Measurement(),
    )
    times = np.array([0.0, 40.0, 90.0, 150.0])
    made = simulate(6, times=times, culture=culture, seed=3)
    places = walk(culture, times, 20_000, seed=2)
    for gene in range(6):
        cosine = np.cos(2 * np.pi * (places - made.peak_turn[gene]))
        kappa, second = made.sharpness[gene], made.second_peak[gene]
        turn = np.cos(2 * np.pi * np.arange(1000) / 1000)
        whole = np.exp(kappa * turn) + second * np.exp(-kappa * turn)
        cells = np.exp(kappa * cosine) + second * np.exp(-kappa * cosine)
        expected = (cells.mean(axis=0) - whole.mean()) / (np.ptp(whole) / 2) * made.amplitude[gene]
        seen = made.course.values[gene]
        assert seen - seen.mean() == pytest.approx(
            expected - expected.mean(), abs=0.05 * made.amplitude[gene]
        )


@given(seeds, st.sampled_from([0.0, 0.2, 0.5]))
@quick
def test_the_clock_says_what_the_first_harmonic_loses(seed: int, loss: float) -> None:
    start = np.random.default_rng(seed).random()
    culture = Culture(Clock(100.0, start, loss=loss), population=Population(0.05))
    made = simulate(4, times=np.arange(0.0, 300.0, 20.0), culture=culture, seed=seed)
    assert made.clock.loss == pytest.approx(loss, abs=1e-9)
    delayed = replace(culture, population=Population(0.05, 0.2))
    # Of two equal shares of lines a delay d apart, |cos(pi d)| is left at each division.
    expected = 1 - (1 - loss) * math.cos(math.pi * 0.2)
    told = simulate(4, times=np.arange(0.0, 300.0, 20.0), culture=delayed).clock.loss
    assert told == pytest.approx(expected, abs=0.07)


@given(seeds, st.floats(-200, 200))
@quick
def test_a_shift_of_time_is_a_shift_of_the_clock(seed: int, delay: float) -> None:
    culture = Culture(Clock(100.0, 0.3), expression=Expression(sharpness=3.0, two_peaked=0.2))
    later = replace(culture, clock=Clock(100.0, float(culture.clock.turn(-delay))))
    one = simulate(12, times=EVERY_TEN, culture=culture, seed=seed)
    other = simulate(12, times=EVERY_TEN + delay, culture=later, seed=seed)
    assert other.course.values == pytest.approx(one.course.values, abs=1e-9)


@given(seeds)
@quick
def test_equal_seeds_give_equal_experiments(seed: int) -> None:
    culture = draw_culture(seed)
    times = draw_times(culture, seed)
    assert culture == draw_culture(seed)
    assert np.array_equal(times, draw_times(culture, seed))
    one, other, third = (simulate(30, times=times, culture=culture, seed=s) for s in (seed, seed, seed + 1))
    assert one.course.sha256() == other.course.sha256() != third.course.sha256()


@given(seeds)
@quick
def test_the_prior_draws_what_it_says(seed: int) -> None:
    culture = draw_culture(seed)
    times = draw_times(culture, seed)
    cycles = np.ptp(times) / culture.clock.period
    assert 6 <= times.size <= 30
    assert cycles + 1e-9 >= 0.8
    assert cycles - 1e-9 <= 3
    assert (times.size - 1) / cycles >= 4 - 1e-9
    assert (np.diff(times) > 0).all()
    assert times[0] >= 0
    made = simulate(60, times=times, culture=culture, seed=seed)
    assert np.isfinite(made.course.values).any(axis=0).all()


@given(seeds, st.sampled_from(["alternation", "missing", "shared"]))
@quick
def test_measuring_otherwise_leaves_the_genes_alone(seed: int, name: str) -> None:
    more = replace(EVERYTHING, measurement=replace(EVERYTHING.measurement, **{name: 0.4}))
    one, other = (simulate(20, times=EVERY_TEN, culture=c, seed=seed) for c in (EVERYTHING, more))
    for truth in ("peak_turn", "amplitude", "sharpness", "noise"):
        assert np.array_equal(getattr(one, truth), getattr(other, truth), equal_nan=True)
    if name == "missing":
        both = np.isfinite(one.course.values) & np.isfinite(other.course.values)
        assert np.array_equal(one.course.values[both], other.course.values[both])


@given(seeds)
@quick
def test_the_order_of_the_times_does_not_matter_to_the_genes(seed: int) -> None:
    quiet = replace(EVERYTHING, noise=1e-12, measurement=Measurement(alternation=0.3))
    quiet = replace(quiet, expression=replace(quiet.expression, drift=0.0, decoys=0.0))
    order = np.random.default_rng(seed).permutation(EVERY_TEN.size)
    one, other = (simulate(9, times=t, culture=quiet, seed=seed) for t in (EVERY_TEN, EVERY_TEN[order]))
    assert other.course.values == pytest.approx(one.course.values, abs=1e-9)
    assert np.array_equal(one.attenuation, other.attenuation)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5])
def test_the_share_asked_for_is_missing(share: float) -> None:
    made = simulate(2000, times=EVERY_TEN, culture=Culture(measurement=Measurement(missing=share)))
    seen = np.isnan(made.course.values).mean()
    assert seen == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / made.course.values.size))


def test_replicates_share_all_but_the_noise() -> None:
    quiet = replace(EVERYTHING, noise=1e-9, measurement=Measurement())
    made = simulate(200, times=np.repeat(EVERY_TEN, 2), culture=quiet, seed=2)
    kinds = made.kinds != "spike"  # a spike is one array's
    assert made.course.values[kinds, ::2] == pytest.approx(made.course.values[kinds, 1::2], abs=1e-6)
    noisy = simulate(200, times=np.repeat(EVERY_TEN, 2), culture=Culture(noise=0.5), seed=2)
    apart = noisy.course.values[:, ::2] - noisy.course.values[:, 1::2]
    assert apart.std() == pytest.approx(0.5 * math.sqrt(2), rel=0.03)


def test_decoys_come_last_and_have_no_phase() -> None:
    made = simulate(1000, times=EVERY_TEN, culture=Culture(expression=Expression(decoys=0.3)), seed=1)
    assert (made.codes[:700] >= 0).all()
    assert (made.codes[700:] == -1).all()
    assert np.isnan(made.peak_turn[700:]).all()
    assert set(made.kinds[:700]) == {"periodic"}
    assert {kind: int((made.kinds == kind).sum()) for kind in KINDS[1:]} == dict.fromkeys(KINDS[1:], 50)
    assert (made.amplitude[made.kinds == "flat"] == 0).all()
    only = simulate(12, culture=Culture(expression=Expression(decoys=1.0)))
    assert (only.codes == -1).all()


def test_each_kind_of_decoy_looks_as_it_is_called() -> None:
    culture = Culture(noise=1e-9, expression=Expression(decoys=1.0, amplitude_spread=0.0))
    made = simulate(6000, times=EVERY_TEN, culture=culture, seed=1)
    shape = {kind: made.course.values[made.kinds == kind] for kind in KINDS[1:]}
    assert np.abs(np.diff(shape["flat"])).max() < 1e-6
    assert np.abs(np.diff(shape["trend"], n=2)).max() < 1e-6
    assert np.abs(shape["trend"][:, -1] - shape["trend"][:, 0]) == pytest.approx(2, abs=1e-6)
    assert ((np.abs(np.diff(shape["spike"])) > 1e-6).sum(axis=1) <= 2).all()
    assert np.ptp(shape["spike"], axis=1) == pytest.approx(2, abs=1e-6)
    steps = np.diff(shape["step"])
    assert np.abs(steps.sum(axis=1)) == pytest.approx(np.abs(steps).sum(axis=1), abs=1e-6)
    assert np.ptp(shape["step"], axis=1).max() <= 2 + 1e-6
    away = np.abs(shape["transient"] - shape["transient"][:, :1])
    assert (away.argmax(axis=1) < 0.55 * EVERY_TEN.size).all()
    assert away.max() <= 2 + 1e-6
    lag = [np.corrcoef(shape["wander"][:, 0], shape["wander"][:, k])[0, 1] for k in (1, 8)]
    span = np.ptp(EVERY_TEN)
    # The baseline, of standard deviation 0.5 beside the wandering's 0.7, is common to all times.
    told = [(0.25 + 0.5 * math.exp(-10 * k / (0.2 * span))) / 0.75 for k in (1, 8)]
    assert lag == pytest.approx(told, abs=0.08)


def test_drifts_are_as_large_as_asked_and_slow() -> None:
    base = Culture(noise=1e-9, spread=None)
    drifting = replace(base, expression=Expression(drift=0.7))
    one, other = (simulate(4000, times=EVERY_TEN, culture=culture, seed=6) for culture in (base, drifting))
    drift = other.course.values - one.course.values
    assert drift.std(axis=0) == pytest.approx(0.7, rel=0.06)
    assert np.corrcoef(drift[:, 3], drift[:, 4])[0, 1] == pytest.approx(math.exp(-10 / (0.2 * 230)), abs=0.03)


@pytest.mark.parametrize("replicates", [1, 2])
def test_the_clock_knows_batches_by_the_rule_of_the_simulator(replicates: int) -> None:
    for seed in range(40):
        times = np.repeat(draw_times(Culture(), seed), replicates)
        batch = find_batches(times, times).astype(np.float64)
        seen = lay_parts(times, times)[PARTS.index("alternation")]
        centred = batch - batch.mean()
        assert seen == pytest.approx(np.outer(centred, centred) / max(batch.var(), 1e-12), abs=1e-9)


def test_batches_alternate_with_the_sign_of_each_gene() -> None:
    times = np.array([10.0, 30.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 120.0])
    base = Culture(noise=0.01)
    shifted = replace(base, measurement=Measurement(alternation=0.8))
    one, other = (simulate(1000, times=times, culture=culture, seed=6) for culture in (base, shifted))
    sign = np.array([1, 1, 1, -1, 1, -1, 1, -1, -1])
    assert other.course.values - one.course.values == pytest.approx(np.outer(other.shift, sign / 2), abs=1e-9)
    assert other.shift.std() == pytest.approx(0.8, rel=0.08)


def test_arrays_share_noise_and_genes_have_their_own() -> None:
    culture = replace(Culture(), measurement=Measurement(noise_spread=0.6, shared=2.0))
    times = np.arange(400.0)
    made, base = simulate(500, times=times, culture=culture), simulate(500, times=times)
    apart = made.course.values - base.course.values
    assert np.median(apart, axis=0).std() == pytest.approx(2.0, rel=0.15)
    assert np.log(made.noise).std() == pytest.approx(0.6, rel=0.1)
    own = (apart - np.median(apart, axis=0)).std(axis=1)
    assert np.corrcoef(own, np.abs(made.noise - 0.2))[0, 1] > 0.95


def test_counts_are_whole_and_vary_as_a_negative_binomial() -> None:
    culture = Culture(
        noise=0.5,
        expression=Expression(amplitude=0.01, amplitude_spread=0.0),
        measurement=Measurement(counts=100.0),
    )
    made = simulate(300, times=np.arange(1000.0), culture=culture, seed=2)
    counts = np.exp2(made.course.values) - 1
    assert np.allclose(counts, np.rint(counts), rtol=1e-9, atol=1e-9)
    mean, variance = counts.mean(axis=1), counts.var(axis=1)
    dispersion = (0.5 * math.log(2)) ** 2
    ratio = variance / (mean + dispersion * mean**2)
    assert np.median(ratio) == pytest.approx(1, abs=0.03)
    rare, common = mean < 30, mean > 1000
    assert np.median(ratio[rare]) == pytest.approx(1, abs=0.06)
    assert np.median(ratio[common]) == pytest.approx(1, abs=0.06)
    assert np.median(mean) == pytest.approx(100, rel=0.4)
    # Genes of many counts have the noise of the culture, those of few have more.
    assert np.median(made.course.values[common].std(axis=1)) == pytest.approx(0.5, rel=0.1)
    assert np.median(made.course.values[rare].std(axis=1)) > 0.55


def test_a_second_peak_lies_half_a_turn_away() -> None:
    culture = Culture(
        Clock(100.0, 0.0), noise=1e-9, expression=Expression(amplitude_spread=0.0, two_peaked=1.0)
    )
    made = simulate(40, times=np.arange(0.0, 100.0, 0.5), culture=culture, seed=3)
    assert np.ptp(made.course.values, axis=1) == pytest.approx(2, abs=0.03)
    for values, peak in zip(made.course.values, made.peak_turn, strict=True):
        higher = (values > np.roll(values, 1)) & (values > np.roll(values, -1))
        summits = made.course.times[higher] / 100
        assert float(distance(summits, peak).min()) < 0.01
        assert float(distance(summits, peak + 0.5).min()) < 0.01
        assert values.argmax() == np.argmin(distance(made.course.times / 100, peak))


@pytest.mark.parametrize("key", REALISTIC)
def test_a_preset_is_sampled_as_its_experiment(key: str) -> None:
    preset, course = REALISTIC[key], load(key)
    assert (preset.key, preset.sync) == (key, course.sync)
    assert list(preset.times) == course.times.tolist()
    # Interpolated columns have no gaps of their own.
    assert preset.culture.measurement.missing == pytest.approx(np.isnan(course.values).mean(), abs=0.005)


def run(*words: object) -> int:
    """Run `phasecall simulate` and return its status."""
    with pytest.raises(SystemExit) as ended:
        main(["simulate", *map(str, words)])
    return int(ended.value.code or 0)


def test_the_command_writes_the_course_and_the_truth(tmp_path: Path) -> None:
    table, truth = tmp_path / "made.tsv", tmp_path / "truth.tsv"
    words = ["--times", "0:100:12.5", "--replicates", 2, "--decoys", 0.25, "--missing", 0.1, "--loss", 0.3]
    assert run("-n", 80, *words, "--period", 50, "-o", table, "--truth", truth) == 0
    course = read(table)
    assert course.times.tolist() == np.repeat(np.arange(0, 100.1, 12.5), 2).tolist()
    culture = Culture(
        Clock(50.0, 0.96, loss=0.3), expression=Expression(decoys=0.25), measurement=Measurement(missing=0.1)
    )
    made = simulate(80, times=course.times, culture=culture)
    assert course.values == pytest.approx(made.course.values, abs=1e-4, nan_ok=True)
    header, *rows = [line.split("\t") for line in truth.read_text("utf-8").splitlines()]
    known = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["phase"] for row in known[:4]] == [phase.name for phase in FOUR.phases]
    assert [row["phase"] for row in known[60:]] == [""] * 20
    assert [row["kind"] for row in known] == made.kinds.tolist()
    assert {(row["period"], row["loss"]) for row in known} == {("50", "0.3")}
    assert [row["peak_turn"] for row in known[59:61]] == [f"{made.peak_turn[59]:.6f}", ""]


def test_a_preset_is_what_further_options_change(tmp_path: Path) -> None:
    table = tmp_path / "made.tsv"
    assert run("-n", 20, "--realistic", "alpha", "--noise", 0.4, "-o", table) == 0
    preset, course = REALISTIC["alpha"], read(table)
    made = simulate(20, times=preset.times, culture=replace(preset.culture, noise=0.4))
    assert course.sync == "alpha"
    assert course.values == pytest.approx(made.course.values, abs=1e-4, nan_ok=True)
    assert run("-n", 20, "--realistic", "alpha", "--period", 80, "-o", table) == 0
    assert read(table).sync is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--times", "0:10"], "the times cannot be read"),
        (["--times", "9:1:2"], "the times cannot be read"),
        (["--times", "0:1e9:1e-9"], "the times cannot be read"),
        (["--times", "0,inf"], "the times cannot be read"),
        (["--loss", "2"], "loss at least 0, at most 0.99"),
        (["--missing", "nan"], "missing at least 0, at most 0.9"),
        (["--period", "0"], "period at least 0.01, at most 100000"),
        (["--period", "1e-300"], "found: period 1e-300"),
        (["--lag", "1e300"], "lag at least 0, at most 100000"),
        (["--realistic", "cdc15", "--noise", "1e-200", "--counts", "5"], "noise at least 1e-12"),
        (["--realistic", "alpha", "--period", "0.1"], "found: 119 min, 1190 turns of 0.1 min"),
        (["--times", "0,1e300"], "times at most 100 turns from the release"),
        (["--realistic", "none"], "one of alpha, cdc15, cdc28, cdc15-4381"),
    ],
)
def test_what_cannot_be_simulated_is_one_message(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words, "-o", tmp_path / "made.tsv") == 2
    said = capsys.readouterr().err
    assert told in said
    assert "  expected: " in said
    assert "Traceback" not in said
    assert "Warning" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "words",
    [
        ["--period", 0.01, "--times", "0,0.2,0.5,1"],
        ["--realistic", "alpha", "--period", 1.2],
        ["--realistic", "cdc15", "--period", 100_000, "--lag", 100_000],
        ["--realistic", "cdc15", "--noise", 1e-12, "--counts", 5],
    ],
)
def test_what_is_just_within_the_bounds_is_simulated(words: list[object], tmp_path: Path) -> None:
    assert run("-n", 20, *words, "-o", tmp_path / "made.tsv") == 0
    assert len(read(tmp_path / "made.tsv")) == 20


@pytest.mark.filterwarnings("error")
@given(st.lists(st.decimals(-50, 500, places=3), min_size=1, max_size=12), st.integers(1, 3))
@example([Decimal(0), Decimal(0), Decimal(10)], 2)
@example([Decimal(40), Decimal("40.1"), Decimal(50), Decimal("50.1")], 1)
@quick
def test_what_is_written_is_read_with_the_same_times(times: list[Decimal], replicates: int) -> None:
    with TemporaryDirectory() as folder:
        for preset in ([], ["--realistic", "cdc15"]):
            words = [*preset, f"--times={','.join(map(str, times))}", "--replicates", replicates]
            assert run("-n", 12, *words, "-o", f"{folder}/made.tsv") == 0
            course = read(f"{folder}/made.tsv")
            assert course.times.tolist() == sorted(float(time) for time in times for _ in range(replicates))


def test_counts_beyond_all_bounds_do_not_fail() -> None:
    wild = Culture(
        noise=1000.0,
        expression=Expression(amplitude=20.0, amplitude_spread=3.0),
        measurement=Measurement(noise_spread=2.0, counts=1e6),
    )
    assert np.isfinite(simulate(200, culture=wild).course.values).all()
