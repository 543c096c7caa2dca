"""Statistics of peaks, spectrum, components, clusters and distances against references, and their figures."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.spatial.distance import pdist, squareform
from scipy.stats import binom, pearsonr
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

import examples
from phasecall import figures
from phasecall.calls import Reason
from phasecall.clock import Clock
from phasecall.exploration import Exploration, explore
from phasecall.exploration.chance import select_cycling
from phasecall.exploration.clusters import compare_phases, find_clusters, measure_recovery
from phasecall.exploration.components import find_components, lay_ring, map_samples
from phasecall.exploration.distances import (
    find_closeness,
    grow_tree,
    measure_centrality,
    measure_distances,
    relate_clusters,
    relate_samples,
)
from phasecall.exploration.landscape import measure_landscape
from phasecall.exploration.manifold import embed_genes, find_ratios, fit_dimension, measure_dimension
from phasecall.exploration.peaks import (
    PATTERNS,
    count_motifs,
    count_peaks,
    fit_shapes,
    measure_noise,
    measure_roughness,
    neumann_ratio,
    share_patterns,
)
from phasecall.exploration.selection import choose_rows, place_minutes
from phasecall.exploration.spectrum import (
    choose_periods,
    lay_waves,
    measure_agreement,
    measure_coherence,
    measure_share,
    measure_spectrum,
)
from phasecall.phases import SCHEMES
from phasecall.rhythm import periodogram
from phasecall.timecourse import TimeCourse
from test_figures import assert_legible

Floats = NDArray[np.float64]

PERIOD = 60.0
TIMES = np.arange(0.0, 120.0, 6.0)
FAMILIES = ("Peaks and shapes", "Spectrum", "Components", "Clusters", "Distances")
KEYS = [
    key
    for key, picture in figures.FIGURES.items()
    if picture.render.__module__.rpartition(".")[2]
    in ("peaks", "spectrum", "components", "clusters", "distances")
]


def lay(values: Floats, turns: Floats, *, times: Floats = TIMES, cycling: Any = True) -> Exploration:
    """An exploration of known profiles, peaks and cycling genes, on a clock of 60 min that starts at 0."""
    count, scheme = len(values), SCHEMES["four"]
    course = TimeCourse(tuple(f"g{row}" for row in range(count)), times, values)
    calls = replace(
        examples.calls(count),
        genes=course.genes,
        probabilities=examples.probabilities(scheme.assign(turns), scheme, signal=9),
        reason=(Reason.CALLED,) * count,
        peak_turn=turns,
        peak_time=turns * PERIOD,
        period=PERIOD,
        periodic_q=np.where(np.broadcast_to(cycling, count), 0.0, 1.0),
    )
    estimate = replace(base().estimate, clock=Clock(PERIOD, 0.0), times=times)
    return Exploration(course, calls, estimate)


def waves(turns: Floats, *, times: Floats = TIMES, noise: float = 0.3, seed: int = 0) -> Floats:
    errors = np.random.default_rng(seed).normal(0, noise, (len(turns), times.size))
    return np.cos(2 * np.pi * (times / PERIOD - turns[:, None])) + errors


@cache
def base() -> Exploration:
    return examples.exploration(n_genes=60)


@cache
def ring() -> Exploration:
    turns = np.arange(200) / 200
    return lay(waves(turns), turns)


@cache
def noisy() -> Exploration:
    """Waves and noise, half and half, a few values missing."""
    turns = np.random.default_rng(1).uniform(size=120)
    values = waves(turns, noise=0.5)
    values[60:] = np.random.default_rng(2).normal(size=(60, TIMES.size))
    values[3, 4] = values[70, 0] = values[71, [5, 6]] = np.nan
    return lay(values, turns, cycling=np.arange(120) < 60)


def strip(found: Exploration) -> Exploration:
    """The same without an anchor: no gene has a turn or a phase."""
    calls = found.calls
    silent: dict[str, Any] = {
        "peak_turn": np.full(len(calls), np.nan),
        "reason": (Reason.NO_ANCHOR,) * len(calls),
    }
    clock = replace(found.estimate.clock, turn_at_zero=float("nan"))
    return replace(found, calls=replace(calls, **silent), estimate=replace(found.estimate, clock=clock))


def scatter(seed: int, count: int, times: Floats, missing: float = 0.0) -> TimeCourse:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, times.size))
    values[rng.uniform(size=values.shape) < missing] = np.nan
    values[0, :4] = [1.0, 3.0, 2.0, 5.0][: times.size]
    return TimeCourse(tuple(f"g{row}" for row in range(count)), times, values)


POOR = {
    "nine points": lambda: explore(examples.course()),
    "ten genes": lambda: explore(examples.course(10)),
    "one gene": lambda: explore(scatter(0, 1, TIMES)),
    "noise": lambda: explore(scatter(1, 80, TIMES)),
    "many gaps": lambda: explore(scatter(2, 80, TIMES, missing=0.7)),
    "gaps in waves": lambda: holes(0.4),
    "no anchor": lambda: strip(ring()),
    "three times": lambda: lay(scatter(3, 40, TIMES[:3]).values, np.zeros(40), times=TIMES[:3]),
    "four times": lambda: explore(scatter(4, 40, TIMES[:4])),
    "constant": lambda: lay(np.ones((20, 5)), np.zeros(20), times=TIMES[:5]),
    "equal genes": lambda: lay(np.tile(waves(np.array([0.2])), (40, 1)), np.full(40, 0.2)),
    "under one cycle": lambda: lay(
        waves(np.arange(40) / 40, times=TIMES[:8]), np.arange(40) / 40, times=TIMES[:8]
    ),
    "sixty times": lambda: lay(
        waves(np.arange(40) / 40, times=np.arange(0.0, 300.0, 5.0)),
        np.arange(40) / 40,
        times=np.arange(0.0, 300.0, 5.0),
    ),
    "all cycle, few": lambda: lay(waves(np.arange(12) / 12), np.arange(12) / 12),
}


def holes(share: float) -> Exploration:
    turns = np.arange(100) / 100
    values = waves(turns)
    values[np.random.default_rng(5).uniform(size=values.shape) < share] = np.nan
    return lay(values, turns)


@cache
def poor(name: str) -> Exploration:
    return POOR[name]()


@pytest.mark.parametrize("name", POOR)
@pytest.mark.parametrize("key", KEYS)
def test_poor_data_are_drawn_or_said_to_hold_nothing(key: str, name: str) -> None:
    figure = figures.draw(key, poor(name))
    if not figure.axes:
        assert figure.texts[0].get_text() == f"Nothing to draw: {figures.FIGURES[key].empty}."
    assert all(axes.has_data() for axes in figure.axes)
    assert_legible(figure)


@pytest.mark.parametrize("key", KEYS)
def test_rows_say_family_source_and_what_few_times_cannot_bear(key: str) -> None:
    picture = figures.FIGURES[key]
    assert picture.family in FAMILIES
    assert "doi 10." in picture.source
    assert picture.warning(ring()) == ""
    said = picture.warning(poor("nine points"))
    assert said == "" or (said.startswith("With 9 times ") and said.endswith("."))


def test_every_family_has_figures_and_most_of_them_warn() -> None:
    assert {figures.FIGURES[key].family for key in KEYS} == set(FAMILIES)
    assert sum(bool(figures.FIGURES[key].warning(poor("nine points"))) for key in KEYS) > 15


@pytest.mark.parametrize("scheme", ["five", "human"])
@pytest.mark.parametrize("key", KEYS)
def test_other_schemes_fit(key: str, scheme: str) -> None:
    calls = replace(
        ring().calls,
        scheme=SCHEMES[scheme],
        probabilities=examples.probabilities(SCHEMES[scheme].assign(ring().turns), SCHEMES[scheme], signal=9),
    )
    assert_legible(figures.draw(key, replace(ring(), calls=calls)))


def test_rows_are_drawn_at_random_and_the_same_each_time() -> None:
    assert choose_rows(noisy(), 1000).tolist() == list(range(60))
    some = choose_rows(noisy(), 50, cycling=False)
    assert some.size == 50
    assert (np.diff(some) > 0).all()
    assert some.tolist() == choose_rows(noisy(), 50, cycling=False).tolist()
    assert some.tolist() != choose_rows(replace(noisy(), seed=1), 50, cycling=False).tolist()


def test_minutes_lie_on_the_clock() -> None:
    np.testing.assert_allclose(place_minutes(ring(), np.array([0.0, 15, 75])), [0, 0.25, 0.25])
    np.testing.assert_allclose(place_minutes(strip(ring()), np.array([30.0])), [0.5])
    late = replace(ring(), estimate=replace(ring().estimate, clock=Clock(PERIOD, 0.9, lag=12.0)))
    np.testing.assert_allclose(place_minutes(late, np.array([12.0, 27.0])), [0.9, 0.15])


# Peaks and shapes


def test_shapes_of_known_waves() -> None:
    times = np.arange(0.0, 120.0, 5.0)
    turns = np.arange(40) / 40
    angle = 2 * np.pi * (times / PERIOD - turns[:, None])
    # Peak at the turn; the second harmonic brings the trough nearer on one side.
    values = np.cos(angle) + 0.2 * np.sin(2 * angle)
    found = fit_shapes(lay(values, turns, times=times))
    assert found is not None
    fine = np.linspace(0, 1, 100_000, endpoint=False)
    wave = np.cos(2 * np.pi * fine) + 0.2 * np.sin(4 * np.pi * fine)
    rise = (fine[wave.argmax()] - fine[wave.argmin()]) % 1
    np.testing.assert_allclose(found.rise, rise, atol=0.006)
    off = (found.peak - turns - fine[wave.argmax()] + 0.5) % 1 - 0.5
    np.testing.assert_allclose(off, 0, atol=0.006)
    np.testing.assert_allclose((found.peak - found.trough) % 1, found.rise, atol=1e-9)
    # Cosines with these errors lie about half on either side.
    assert abs(np.median(found.plain) - 0.5) < 0.1


def test_shapes_of_plain_cosines_are_those_of_chance() -> None:
    found = fit_shapes(ring())
    assert found is not None
    assert abs(np.median(found.rise) - 0.5) < 0.03
    assert abs(found.rise.std() - found.plain.std()) < 0.02


def test_peaks_are_counted_and_noise_is_not() -> None:
    angle = 2 * np.pi * TIMES / 120
    values = np.array([np.sin(count * angle) for count in (1, 2, 3) for _ in range(5)])
    found = count_peaks(lay(values, np.zeros(15)))
    assert found is not None
    assert found.counts.tolist() == [1] * 5 + [2] * 5 + [3] * 5
    assert found.cycles == pytest.approx(1.9)  # 20 samples span 114 of 60 min
    noise = count_peaks(lay(np.random.default_rng(0).normal(size=(300, TIMES.size)), np.zeros(300)))
    assert noise is not None
    assert abs(noise.counts.mean() - noise.shuffled.mean()) < 0.15


def test_noise_is_the_mean_square_off_the_line_between_neighbours() -> None:
    times = np.array([0.0, 10, 15, 40, 50])
    profile = np.array([1.0, 3, 2, 5, 4])
    squares = []
    for place in (1, 2, 3):
        left, here, right = times[place - 1 : place + 2]
        weight = (here - left) / (right - left)
        off = (1 - weight) * profile[place - 1] + weight * profile[place + 1] - profile[place]
        squares.append(off**2 / ((1 - weight) ** 2 + weight**2 + 1))
    np.testing.assert_allclose(measure_noise(profile[None], times), [np.sqrt(np.mean(squares))])
    white = np.random.default_rng(0).normal(0, 2.0, (2000, 30))
    spread = np.sqrt((measure_noise(white, np.arange(30.0)) ** 2).mean())
    np.testing.assert_allclose(spread, 2.0, rtol=0.02)


def test_patterns_are_counted_as_a_loop_counts_them() -> None:
    profiles = noisy().scaled
    counts = dict.fromkeys(PATTERNS, 0)
    for profile in profiles:
        for start in range(profile.size - 2):
            triple = profile[start : start + 3]
            if np.isfinite(triple).all():
                counts[tuple(np.argsort(np.argsort(triple, kind="stable")).tolist())] += 1
    expected = np.array(list(counts.values())) / sum(counts.values())
    np.testing.assert_allclose(share_patterns(profiles), expected)
    assert sorted(PATTERNS) == sorted(permutations(range(3)))


def test_equal_values_rise() -> None:
    assert share_patterns(np.ones((1, 5)))[0] == 1.0


def test_motifs_of_noise_lie_in_the_band_of_waves_above_it() -> None:
    noise = count_motifs(lay(np.random.default_rng(0).normal(size=(500, TIMES.size)), np.zeros(500)))
    found = count_motifs(ring())
    assert noise is not None
    assert found is not None
    assert ((noise.low <= noise.share) & (noise.share <= noise.high)).mean() > 0.6
    assert (found.share[[0, 5]] > found.high[[0, 5]]).all()
    assert (found.share[1:5] < found.low[1:5]).all()


@given(arrays(np.float64, 12, elements=st.floats(-100, 100), unique=True))
def test_the_neumann_ratio_knows_no_unit_and_no_direction(values: Floats) -> None:
    ratio = neumann_ratio(values)
    loop = sum((one - other) ** 2 for one, other in zip(values[1:], values, strict=False)) / 11
    np.testing.assert_allclose(ratio, loop / np.mean((values - values.mean()) ** 2), rtol=1e-6)
    np.testing.assert_allclose(neumann_ratio(3 - 2 * values[::-1]), ratio, rtol=1e-6)
    assert 0 < ratio <= 4.4


def test_roughness_of_noise_is_what_theory_says() -> None:
    found = measure_roughness(lay(np.random.default_rng(0).normal(size=(800, TIMES.size)), np.zeros(800)))
    assert found is not None
    expected = 2 * TIMES.size / (TIMES.size - 1)
    np.testing.assert_allclose([found.ratio.mean(), found.shuffled.mean()], expected, rtol=0.03)
    smooth = measure_roughness(ring())
    assert smooth is not None
    assert np.median(smooth.ratio) < 1


# Spectrum


def test_the_spectrum_is_the_mean_of_the_periodograms() -> None:
    found = measure_spectrum(noisy())
    assert found is not None
    powers = periodogram(noisy().filled, TIMES, found.periods)
    seen = np.isfinite(powers).all(axis=0)
    assert seen.mean() > 0.9
    np.testing.assert_allclose(found.power[seen], powers.mean(axis=0)[seen], atol=1e-6)
    np.testing.assert_allclose(found.cycling[seen], powers[:60].mean(axis=0)[seen], atol=1e-6)
    assert abs(found.periods[found.cycling.argmax()] - PERIOD) < 3
    assert found.cycling.max() > found.highest > found.high.mean()


def test_shuffled_times_are_those_of_all_genes_together() -> None:
    # One wave that all genes share is as strong at the period that a shuffle gives it.
    same = lay(np.tile(waves(np.array([0.3]), noise=0.0), (30, 1)) + 0.01 * ring().filled[:30], np.zeros(30))
    found, apart = measure_spectrum(same), measure_spectrum(noisy())
    assert found is not None
    assert apart is not None
    assert found.highest > 2 * apart.highest


def test_waves_are_orthonormal_or_nothing() -> None:
    periods = choose_periods(TIMES)
    basis = lay_waves(TIMES, periods)
    products = np.einsum("fti,ftj->fij", basis, basis)
    np.testing.assert_allclose(products[:-1], np.broadcast_to(np.eye(2), (len(periods) - 1, 2, 2)), atol=1e-9)
    # Of two steps of even times there is a cosine only.
    np.testing.assert_allclose(products[-1], np.diag([1.0, 0.0]), atol=1e-9)
    np.testing.assert_allclose(basis.sum(axis=1), 0, atol=1e-9)


def test_shares_are_those_of_nested_fits() -> None:
    found = measure_share(noisy())
    assert found is not None
    angle = 2 * np.pi * TIMES / PERIOD
    columns = [np.ones_like(TIMES)]
    left = [(noisy().filled ** 2).sum(axis=1)]
    for added in ([np.cos(angle), np.sin(angle)], [np.cos(2 * angle), np.sin(2 * angle)], [TIMES]):
        columns += added
        design = np.stack(columns, axis=1)
        fitted = design @ np.linalg.lstsq(design, noisy().filled.T, rcond=None)[0]
        left.append(((noisy().filled.T - fitted) ** 2).sum(axis=0))
    steps = -np.diff(np.array(left), axis=0) / left[0]
    np.testing.assert_allclose(found.share, steps[0], atol=1e-5)
    for row, group in enumerate((slice(60), slice(60, None))):
        means = steps[:, group].mean(axis=1)
        np.testing.assert_allclose(found.parts[row], [*means, 1 - means.sum()], atol=1e-5)
    # Without rhythm the share is Beta(1, (n - 3) / 2).
    np.testing.assert_allclose(found.shuffled.mean(), 2 / (TIMES.size - 1), rtol=0.2)


def test_coherence_is_one_of_alike_waves_and_little_of_any() -> None:
    periods = np.array([PERIOD, 37.0])
    basis = lay_waves(TIMES, periods)
    alike = waves(np.full(3, 0.4), noise=0.0)
    assert measure_agreement(alike, basis)[0] == pytest.approx(1.0)
    spread = measure_agreement(waves(np.arange(100) / 100, noise=0.0), basis)
    assert spread[0] < 1e-9
    own = np.einsum("gt,fti->gfi", ring().filled, basis)
    expected = (own.sum(axis=0) ** 2).sum(axis=1) / (200 * (own**2).sum(axis=(0, 2)))
    np.testing.assert_allclose(measure_agreement(ring().filled, basis), expected)


def test_coherence_of_phases_and_of_a_shifted_array() -> None:
    found = measure_coherence(ring())
    assert found is not None
    place = np.abs(found.periods - PERIOD).argmin()
    assert found.codes == (0, 1, 2, 3)
    assert sum(found.sizes) == 200
    assert (found.groups[:, place] > 0.4).all()
    assert found.everyone[place] < 0.05
    batches = lay(waves(ring().turns) + 0.6 * (-1.0) ** np.arange(TIMES.size), ring().turns)
    shifted = measure_coherence(batches)
    assert shifted is not None
    assert shifted.everyone[-1] > 0.5


# Components


@pytest.mark.parametrize("cycling", [False, True])
def test_components_are_those_of_scikit_learn(cycling: bool) -> None:
    found = find_components(noisy(), cycling=cycling)
    assert found is not None
    profiles = noisy().filled[:60] if cycling else noisy().filled
    model = PCA(svd_solver="full").fit(profiles)
    count = len(found.shares)
    np.testing.assert_allclose(found.shares, model.explained_variance_ratio_[:count], atol=1e-6)
    alike = np.abs((found.loadings[:3] * model.components_[:3]).sum(axis=1))
    np.testing.assert_allclose(alike, 1, atol=1e-6)
    np.testing.assert_allclose(
        np.abs(found.scores[:, :2]), np.abs(model.transform(profiles)[:, :2]), atol=1e-5
    )
    assert found.n_above_chance == 2
    assert found.participation == pytest.approx(1 / (model.explained_variance_ratio_**2).sum(), rel=1e-6)


def test_components_of_the_cycling_genes_have_the_signs_of_those_of_all() -> None:
    everyone, cycling = find_components(noisy()), find_components(noisy(), cycling=True)
    assert everyone is not None
    assert cycling is not None
    assert ((everyone.loadings * cycling.loadings).sum(axis=1) >= 0).all()


def test_noise_has_hardly_a_component_above_chance() -> None:
    found = find_components(lay(np.random.default_rng(3).normal(size=(400, TIMES.size)), np.zeros(400)))
    assert found is not None
    assert found.n_above_chance <= 1
    assert found.participation > 0.9 * (TIMES.size - 1)


def choose_from_noise(seed: int, n_shared: int = 0) -> Exploration:
    """Noise, of which the tenth that looks most like a wave is taken for cycling."""
    generator = np.random.default_rng((seed, 5))
    values = generator.normal(size=(300, TIMES.size))
    values += 0.6 * generator.normal(size=(300, n_shared)) @ generator.normal(size=(n_shared, TIMES.size))
    blank = lay(values, np.zeros(300))
    rows, turns = select_cycling(blank.filled, TIMES, 30)
    peaks = np.zeros(300)
    peaks[rows] = turns
    return replace(lay(values, peaks, cycling=np.isin(np.arange(300), rows)), seed=seed)


def test_genes_chosen_from_noise_have_components_and_clusters_of_chance() -> None:
    """The chance of a component above 20 shuffles is 1 in 21, of a silhouette above that of one a half."""
    above, apart = 0, []
    for seed in range(60):
        found = find_components(choose_from_noise(seed), cycling=True)
        assert found is not None
        above += found.shares[0] > found.chance[0]
    for seed in range(24):
        clusters = find_clusters(choose_from_noise(seed))
        assert clusters is not None
        apart.append(clusters.scores[0] > clusters.chance[0])
    # More are so by chance once in a thousand times; shuffling the chosen genes alone, all are.
    assert above <= binom.ppf(0.999, 60, 1 / 21)
    assert abs(sum(apart) - 12) <= 12 - binom.ppf(0.0005, 24, 0.5)


@pytest.mark.parametrize("n_shared", [0, 3])
def test_genes_chosen_from_noise_have_a_hill_of_chance(n_shared: int) -> None:
    hills = [measure_landscape(choose_from_noise(seed, n_shared)) for seed in range(60)]
    known = [found for found in hills if found is not None]
    assert len(known) > 40
    above = sum(found.hill > found.null_hill for found in known)
    assert above <= binom.ppf(0.999, len(known), 1 / 21)


@given(st.integers(0, 2**16), st.integers(1, 30))
def test_genes_are_chosen_by_the_share_of_the_best_wave(seed: int, count: int) -> None:
    profiles = np.random.default_rng(seed).normal(size=(30, 9))
    profiles = (profiles - profiles.mean(axis=1, keepdims=True)) / profiles.std(axis=1, keepdims=True)
    times = np.arange(9.0)
    power = {
        period: periodogram(profiles, times, np.array([period]))[:, 0] for period in choose_periods(times)
    }
    period = max(power, key=lambda one: power[one].mean())
    rows, turns = select_cycling(profiles, times, count)
    rest = np.delete(power[period], rows)
    assert len(rows) == count
    assert power[period][rows].min() >= max(rest, default=0) - 1e-9
    angle = 2 * np.pi * (times / period - turns[:, None])
    # In quadrature with its own peak no wave is left.
    basis = np.stack([np.ones((count, 9)), np.cos(angle), np.sin(angle)], axis=2)
    weights = np.array(
        [np.linalg.lstsq(one, row, rcond=None)[0] for one, row in zip(basis, profiles[rows], strict=True)]
    )
    np.testing.assert_allclose(weights[:, 2], 0, atol=1e-6)
    assert (weights[:, 1] >= -1e-9).all()


def test_the_ring_is_upright() -> None:
    found = lay_ring(ring())
    assert found is not None
    angle = np.arctan2(found.genes[:, 0], found.genes[:, 1]) / (2 * np.pi)
    np.testing.assert_allclose((angle - ring().turns + 0.5) % 1, 0.5, atol=0.1)
    places = np.arctan2(found.samples[:, 0], found.samples[:, 1]) / (2 * np.pi)
    np.testing.assert_allclose((places - TIMES / PERIOD + 0.5) % 1, 0.5, atol=0.05)
    assert found.agreement > 0.98
    assert found.shares.min() > 0.7
    # The clock starts at 0: without an anchor, turns from t = 0 are the same.
    free = lay_ring(strip(ring()))
    assert free is not None
    np.testing.assert_allclose(free.genes, found.genes)


def test_the_map_of_samples_is_that_of_their_principal_components() -> None:
    found = map_samples(noisy())
    assert found is not None
    samples = noisy().filled.T
    scaled = (samples - samples.mean(axis=1, keepdims=True)) / samples.std(axis=1, keepdims=True)
    expected = PCA(2, svd_solver="full").fit_transform(scaled / np.sqrt(samples.shape[1]))
    np.testing.assert_allclose(np.abs(found.points), np.abs(expected), atol=1e-6)
    distances, drawn = pdist(scaled) / np.sqrt(samples.shape[1]), pdist(expected)
    off = [((distances - scale * drawn) ** 2).sum() for scale in np.linspace(0.5, 3, 2001)]
    assert found.stress == pytest.approx(np.sqrt(min(off) / (distances**2).sum()), abs=1e-4)


def test_ratios_of_distances_are_those_of_a_loop() -> None:
    points = np.random.default_rng(0).normal(size=(60, 5))
    distances = squareform(pdist(points))
    nearest = [sorted(row)[1:3] for row in distances]
    expected = sorted(second / first for first, second in nearest)
    np.testing.assert_allclose(find_ratios(points), expected)
    assert find_ratios(np.zeros((12, 3))).size == 0


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_the_dimension_of_even_points_is_found(dimension: int) -> None:
    points = np.random.default_rng(1).uniform(size=(2000, dimension))
    flat = np.concatenate([points, np.ones((2000, 3))], axis=1)
    assert fit_dimension(find_ratios(flat)) == pytest.approx(dimension, rel=0.15)


def test_waves_have_fewer_dimensions_than_noise() -> None:
    clean = lay(waves(np.random.default_rng(0).uniform(size=300), noise=0.001), np.zeros(300))
    cycling, _, shuffled = measure_dimension(clean)
    assert cycling.neighbours < 2 < 5 < shuffled.neighbours
    assert cycling.participation == pytest.approx(2, abs=0.1)
    assert cycling.heights.size == cycling.ratios.size


def test_a_ring_is_as_flat_by_either_map() -> None:
    found = embed_genes(ring())
    assert found is not None
    assert found.rows.size == 200
    assert (found.trust > 0.9).all()
    for plane in (found.linear, found.curved):
        angle = np.arctan2(plane[:, 0], plane[:, 1]) / (2 * np.pi)
        assert np.abs((angle - ring().turns + 0.5) % 1 - 0.5).mean() < 0.06


def test_two_groups_far_apart_take_more_neighbours_to_hang_together() -> None:
    turns = np.repeat([0.0, 0.5], 30)
    found = embed_genes(lay(waves(turns, noise=0.01), turns))
    assert found is not None
    assert found.n_neighbours > 29


# Clusters


@cache
def planted() -> tuple[Exploration, NDArray[np.int64]]:
    """Genes of four bunches round the clock, in any order."""
    truth = np.random.default_rng(0).integers(4, size=160)
    turns = 0.1 + truth / 4
    return lay(waves(turns, noise=0.4), turns), truth


def test_planted_clusters_are_found_in_the_order_of_their_peaks() -> None:
    exploration, truth = planted()
    found = find_clusters(exploration)
    assert found is not None
    assert found.labels.tolist() == truth.tolist()
    assert found.scores.argmax() == 2
    assert (found.chance < found.scores).all()
    assert found.agreement[2] > 0.99
    np.testing.assert_allclose(found.recovered, 1, atol=0.01)
    assert [len(own) for own in found.recovery] == found.tried.tolist()
    assert max(own.min() for own in found.recovery[3:]) < 0.75
    assert found.silhouettes.mean() == pytest.approx(found.scores[2])
    table = compare_phases(exploration)
    assert table is not None
    assert table.counts.sum() == 160
    codes = exploration.codes
    assert table.agreement == pytest.approx(adjusted_rand_score(truth, codes))
    for label, code in np.ndindex(table.counts.shape):
        assert table.counts[label, code] == ((truth == label) & (codes == code)).sum()


def test_recovery_is_the_mean_of_the_best_jaccard_indices() -> None:
    rng = np.random.default_rng(0)
    labels = np.concatenate([np.arange(3), rng.integers(3, size=37)])
    parts = [np.sort(rng.choice(40, 25, replace=False)) for _ in range(6)]
    again = [rng.integers(4, size=25) for _ in parts]
    for label, found in enumerate(measure_recovery(labels, again, parts)):
        best = []
        for part, others in zip(parts, again, strict=True):
            own = {gene for gene in part if labels[gene] == label}
            sets = [{gene for gene, other in zip(part, others, strict=True) if other == k} for k in range(4)]
            best.append(max(len(own & other) / len(own | other) for other in sets))
        assert found == pytest.approx(np.mean(best))


def test_clusters_without_phases_have_no_table() -> None:
    exploration, truth = planted()
    found = find_clusters(strip(exploration))
    assert found is not None
    # Peaks are known in minutes still: the order is the same.
    assert found.labels.tolist() == truth.tolist()
    assert compare_phases(strip(exploration)) is None


# Distances


def test_a_tree_is_that_of_average_linkage() -> None:
    profiles = noisy().filled[:15]
    tree = grow_tree(profiles)
    gaps = pdist(profiles, "correlation")
    expected = linkage(gaps, "average")
    np.testing.assert_allclose(tree.linkage[:, 2], expected[:, 2])
    assert tree.cophenetic == pytest.approx(cophenet(expected, gaps)[0])
    assert sorted(tree.leaves) == list(range(15))


def test_samples_are_joined_by_their_correlations_over_genes() -> None:
    found = relate_samples(noisy())
    assert found is not None
    apart = pdist(noisy().filled.T, "correlation")
    np.testing.assert_allclose(found.linkage[:, 2], linkage(apart, "average")[:, 2], atol=1e-6)


def test_twelve_clusters_hold_all_genes() -> None:
    found = relate_clusters(ring())
    assert found is not None
    assert found.sizes.sum() == 200
    middle = (found.centres * found.sizes[:, None]).sum(axis=0) / 200
    np.testing.assert_allclose(middle, ring().filled.mean(axis=0), atol=1e-6)


def test_distances_of_genes_are_those_of_a_loop() -> None:
    exploration = noisy()
    found = measure_distances(exploration)
    assert found is not None
    within: list[float] = []
    between: list[float] = []
    for one, other in combinations(range(60), 2):
        apart = 1 - float(pearsonr(*exploration.filled[[one, other]])[0])
        (within if exploration.codes[one] == exploration.codes[other] else between).append(apart)
    np.testing.assert_allclose(found.within, within, atol=1e-6)
    np.testing.assert_allclose(found.between, between, atol=1e-6)
    assert found.n_genes == 60


def test_distances_of_clean_waves_are_what_cosines_have() -> None:
    turns = np.arange(100) / 100
    found = measure_distances(lay(waves(turns, noise=0.001), turns))
    assert found is not None
    np.testing.assert_allclose(found.middle, found.expected, atol=0.11)


def test_closeness_is_that_of_the_shortest_ways() -> None:
    samples = noisy().filled.T[:9]
    ways = squareform(pdist(samples, "correlation"))
    for middle, one, other in np.ndindex(9, 9, 9):
        ways[one, other] = min(ways[one, other], ways[one, middle] + ways[middle, other])
    np.fill_diagonal(ways, 0)
    np.testing.assert_allclose(find_closeness(samples), 8 / ways.sum(axis=1), rtol=1e-5)


def test_a_sample_like_no_other_is_far_from_all() -> None:
    values = waves(ring().turns)
    values[:, 7] = np.random.default_rng(9).normal(size=200)
    found = measure_centrality(lay(values, ring().turns))
    assert found is not None
    assert found.closeness.argmin() == 7
    assert found.high[7] < np.delete(found.low, 7).min()
