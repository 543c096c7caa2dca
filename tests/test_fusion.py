"""Several experiments called together: what is fused, what is not, and where they disagree."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import phasecall
from phasecall import caller, modelfile
from phasecall.caller.fusion import MIN_COMMON, combine_odds, combine_p, compare_peaks
from phasecall.calls import Calls, Reason
from phasecall.circular import distance
from phasecall.clock import KnownGenes, find_markers, know_phases
from phasecall.datasets import load, load_labels
from phasecall.density import SPREAD, describe_peak
from phasecall.errors import InputError
from phasecall.labels import TEST_FOLD, encode, fold_of
from phasecall.phases import SCHEMES
from phasecall.simulation import REALISTIC, simulate
from phasecall.timecourse import TimeCourse

KEYS = ("alpha", "cdc15", "cdc28")


@cache
def alone(key: str) -> Calls:
    return caller.call(load(key))


@cache
def fused(*keys: str) -> Calls:
    return caller.call([load(key) for key in keys])


def rows_of(calls: Calls, genes: tuple[str, ...]) -> list[int]:
    return [calls.genes.index(gene) for gene in genes]


def flagged(calls: Calls) -> np.ndarray:
    return np.array(["experiments_disagree" in flags for flags in calls.flags])


def texts(calls: Calls) -> str:
    return "\n".join(note.text for note in calls.notes)


def unanchored(course: TimeCourse, n: int = 60) -> TimeCourse:
    """The course of a few genes of which none is a known one, after who knows what."""
    markers = find_markers(course.genes)
    assert markers is not None
    few = course.select_genes(np.flatnonzero(np.isnan(markers.turns))[:n])
    return replace(few, sync=None, name="mystery")


# --- one experiment ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["alpha", "elu", "nine", "no anchor", "too long", "too short"])
def test_a_list_of_one_is_called_as_that_one(case: str) -> None:
    whole, period = load("cdc15-4381"), None
    course = {
        "nine": lambda: whole.select_times(np.isin(whole.times, range(40, 121, 10))),
        "no anchor": lambda: unanchored(load("cdc15")),
        "too long": lambda: simulate(60, times=range(0, 600, 10)).course,
        "too short": lambda: load("alpha").select_times(range(6)),
    }.get(case, lambda: load(case))()
    if case == "too short":
        period = 120.0
    one, listed = caller.call(course, period=period), caller.call([course], period=[period])
    assert (listed.method, listed.notes, listed.scheme) == (one.method, one.notes, one.scheme)
    for (name, here), there in zip(one.columns().items(), listed.columns().values(), strict=True):
        numbers = np.asarray(here).dtype.kind == "f"
        assert np.array_equal(np.asarray(here), np.asarray(there), equal_nan=numbers), name
    assert "fused" not in one.method
    assert not flagged(one).any()


# --- the embedded three: golden figures -------------------------------------------------------------------


def test_fusing_the_embedded_experiments_is_better_than_each_of_them() -> None:
    together = fused(*KEYS)
    known = encode(load_labels(), together.genes, together.scheme)
    asked = (known >= 0) & (fold_of(together.genes) != TEST_FOLD)
    assert asked.sum() == 648
    assert (together.codes == known)[asked].mean() == pytest.approx(0.897, abs=0.015)
    separate = [(alone(key).codes == known)[asked].mean() for key in KEYS]
    assert separate == pytest.approx([0.724, 0.795, 0.761], abs=0.02)
    # Sharper: surer of the phase, and of where the peak is.
    confidence = [float(np.nanmean(calls.confidence)) for calls in (*map(alone, KEYS), together)]
    assert confidence[-1] > max(confidence[:-1]) + 0.05
    widths = [
        float(np.nanmedian((calls.peak_hi - calls.peak_lo) / calls.period))
        for calls in (*map(alone, KEYS), together)
    ]
    assert widths[-1] < 0.75 * min(widths[:-1])
    assert (together.periodic_q <= 0.05).sum() > max((alone(key).periodic_q <= 0.05).sum() for key in KEYS)


def test_genes_on_which_the_embedded_experiments_disagree_are_more_often_wrong() -> None:
    together = fused(*KEYS)
    known = encode(load_labels(), together.genes, together.scheme)
    asked = (known >= 0) & (fold_of(together.genes) != TEST_FOLD)
    right, apart = together.codes == known, flagged(together)
    assert 5 <= apart.sum() <= 25
    assert right[asked & apart].mean() < right[asked & ~apart].mean() - 0.15
    # YOR308C, Late G1/S as published, peaks between its phases in alpha and elsewhere in cdc15 and cdc28.
    assert apart[together.genes.index("YOR308C")]


def test_the_order_of_experiments_changes_minutes_and_nothing_else() -> None:
    first = fused(*KEYS)
    for keys in (("cdc28", "cdc15", "alpha"), ("cdc15", "cdc28", "alpha")):
        other = fused(*keys)
        assert other.genes == first.genes
        assert other.probabilities == pytest.approx(first.probabilities, abs=1e-12, nan_ok=True)
        assert other.peak_turn == pytest.approx(first.peak_turn, abs=1e-12, nan_ok=True)
        assert (other.phase, other.reason, other.flags) == (first.phase, first.reason, first.flags)
        assert other.periodic_p == pytest.approx(first.periodic_p, rel=1e-9, nan_ok=True)
        assert other.amplitude == pytest.approx(first.amplitude, nan_ok=True)
        assert other.period == alone(keys[0]).period


def test_minutes_are_on_the_clock_of_the_first_experiment() -> None:
    calls, own = fused("cdc15", "alpha"), alone("cdc15")
    assert calls.period == own.period
    assert "minutes of peaks, and the period, are those of the clock of cdc15" in texts(calls)
    # The same turn is the same minute, whoever says that a gene peaks there.
    start = (own.peak_turn - own.peak_time / own.period) % 1
    here = (calls.peak_turn - calls.peak_time / calls.period) % 1
    assert np.nanmax(distance(here, np.nanmedian(start))) < 1e-9
    known = np.isfinite(calls.peak_time)
    assert ((calls.peak_lo <= calls.peak_time) & (calls.peak_time <= calls.peak_hi))[known].all()


def test_numbers_of_several_experiments_are_sums_means_and_ranks() -> None:
    together, parts = fused(*KEYS), [alone(key) for key in KEYS]
    assert np.array_equal(together.n_observed, sum(part.n_observed for part in parts))
    assert np.array_equal(together.n_missing, sum(part.n_missing for part in parts))
    complete = np.isfinite([part.amplitude for part in parts]).all(axis=0)
    mean = np.mean([part.amplitude[complete] for part in parts], axis=0)
    assert together.amplitude[complete] == pytest.approx(mean)
    assert together.method == f"{alone('alpha').method}, 3 experiments fused"
    ranked = together.rank > 0
    assert sorted(together.rank[ranked]) == list(range(1, ranked.sum() + 1))
    assert together.rank[np.nanargmin(together.periodic_p)] == 1
    gene = together.genes.index("YPL256C")
    # Fisher's method by hand: three p values, six degrees of freedom.
    half = -sum(np.log(part.periodic_p[gene]) for part in parts)
    assert together.periodic_p[gene] == pytest.approx(np.exp(-half) * (1 + half + half**2 / 2), rel=1e-9)


# --- genes that not every experiment has ------------------------------------------------------------------


def test_an_experiment_says_nothing_of_genes_that_it_lacks() -> None:
    alpha, cdc28 = load("alpha"), load("cdc28")
    lacking, extra = alpha.genes[:30], TimeCourse(("NEW1",), alpha.times, alpha.values[[40]])
    smaller = replace(
        alpha,
        genes=(*alpha.genes[30:], *extra.genes),
        values=np.vstack([alpha.values[30:], extra.values]),
    )
    calls = caller.call([smaller, cdc28])
    # The union, by first appearance.
    assert calls.genes == (*smaller.genes, *(gene for gene in cdc28.genes if gene not in smaller.genes))
    rows, own = rows_of(calls, lacking), rows_of(alone("cdc28"), lacking)
    assert calls.probabilities[rows] == pytest.approx(alone("cdc28").probabilities[own], nan_ok=True)
    assert np.array_equal(calls.periodic_p[rows], alone("cdc28").periodic_p[own], equal_nan=True)
    assert np.array_equal(calls.n_observed[rows], alone("cdc28").n_observed[own])
    new, small = calls.genes.index("NEW1"), caller.call(smaller)
    assert calls.probabilities[new] == pytest.approx(small.probabilities[-1])
    assert calls.peak_time[new] == pytest.approx(small.peak_time[-1])
    assert calls.n_observed[new] + calls.n_missing[new] == alpha.times.size


def test_genes_of_courses_in_another_order_meet() -> None:
    alpha, cdc28 = load("alpha"), load("cdc28")
    order = np.random.default_rng(1).permutation(len(cdc28))
    calls = caller.call([alpha, cdc28.select_genes(order)])
    straight = fused("alpha", "cdc28")
    assert calls.genes == straight.genes
    assert calls.probabilities == pytest.approx(straight.probabilities, abs=2e-3, nan_ok=True)


def test_replicates_and_unsorted_times_are_fused_as_they_are_called() -> None:
    alpha, cdc28 = load("alpha"), load("cdc28")
    order = np.random.default_rng(2).permutation(alpha.times.size)
    shuffled = replace(alpha, times=alpha.times[order], values=alpha.values[:, order])
    assert caller.call([shuffled, cdc28]).phase == fused("alpha", "cdc28").phase
    twice = replace(
        alpha,
        times=np.tile(alpha.times, 2),
        values=np.hstack([alpha.values + 0.1, alpha.values - 0.1]),
        name="twice",
    )
    calls = caller.call([twice, cdc28])
    assert np.array_equal(calls.n_observed + calls.n_missing, np.full(800, 2 * 18 + 17))
    told = (calls.codes >= 0) & (fused("alpha", "cdc28").codes >= 0)
    assert (calls.codes == fused("alpha", "cdc28").codes)[told].mean() > 0.9


def test_every_gene_without_an_answer_has_the_reason_that_is_nearest_to_one() -> None:
    alpha, cdc28 = load("alpha"), load("cdc28")
    one, two = alpha.values.copy(), cdc28.values.copy()
    one[0] = two[0] = one[1] = np.nan
    two[1] = one[2] = 0.1
    one[3, 3:] = np.nan
    two[2] = two[3] = np.nan
    one[4] = np.nan
    calls = caller.call([replace(alpha, values=one), replace(cdc28, values=two)])
    reasons = (Reason.ALL_MISSING, Reason.CONSTANT, Reason.CONSTANT, Reason.TOO_FEW_POINTS)
    assert calls.reason[:4] == reasons
    assert np.isnan(calls.probabilities[:4]).all()
    assert np.isnan(calls.peak_time[:4]).all()
    assert calls.rank[:3].tolist() == [0, 0, 0]
    assert calls.n_observed[:4].tolist() == [0, 17, 18, 3]
    # What is missing in one experiment is called by the other.
    assert calls.probabilities[4] == pytest.approx(alone("cdc28").probabilities[4], abs=0.01)


# --- experiments that say nothing of phases ---------------------------------------------------------------


def test_an_experiment_without_an_anchor_counts_for_rhythm_alone() -> None:
    alpha, mystery = load("alpha"), unanchored(load("cdc15"))
    calls = caller.call([mystery, alpha])
    rows = rows_of(calls, alpha.genes)
    assert calls.probabilities[rows] == pytest.approx(alone("alpha").probabilities, nan_ok=True)
    # Minutes are on the first clock that is on the cell cycle.
    assert calls.period == alone("alpha").period
    assert calls.peak_time[rows] == pytest.approx(alone("alpha").peak_time, nan_ok=True)
    assert "mystery is no evidence of phases: nothing ties its clock to the cell cycle" in texts(calls)
    assert "of the clock of alpha" in texts(calls)
    own = caller.call(mystery)
    gene = int(np.nanargmin(own.periodic_p))
    other = alone("alpha").periodic_p[alpha.genes.index(mystery.genes[gene])]
    expected = combine_p(np.array([[own.periodic_p[gene]], [other]]))[0]
    assert calls.periodic_p[gene] == pytest.approx(expected, rel=1e-9)


def test_where_no_experiment_is_on_the_cell_cycle_every_phase_is_withheld() -> None:
    courses = [unanchored(load("cdc15")), unanchored(load("alpha"))]
    calls = caller.call(courses)
    assert set(calls.reason) == {Reason.NO_ANCHOR}
    for numbers in (calls.probabilities, calls.peak_turn, calls.peak_time, calls.period):
        assert np.isnan(numbers).all()
    assert (calls.periodic_p <= 0.05).mean() > 0.5
    assert calls.method.startswith("cosinor on the clock")
    assert calls.method.endswith("2 experiments fused")
    # Two files of one name are told apart.
    assert "mystery (1) is no evidence" in texts(calls)
    assert "mystery (2): a turn takes" in texts(calls)


def test_a_gene_that_only_a_useless_experiment_has_gets_the_reason_of_that_one() -> None:
    alpha, mystery = load("alpha"), unanchored(load("cdc15"), 80)
    calls = caller.call([alpha.select_genes([gene != mystery.genes[0] for gene in alpha.genes]), mystery])
    assert calls.genes[-1] == mystery.genes[0]
    assert calls.reason[-1] == Reason.NO_ANCHOR
    assert np.isfinite(calls.periodic_p[-1])


def test_experiments_that_the_network_was_not_trained_for_are_named() -> None:
    long = [simulate(60, times=range(0, 600, 10), seed=seed).course for seed in (0, 1)]
    calls = caller.call(long)
    assert set(calls.reason) == {Reason.OUTSIDE_TRAINING_RANGE}
    assert np.isnan(calls.probabilities).all()
    assert "60 time points over 5.2 turns: the network was trained on at most 48 over at most 4" in texts(
        calls
    )
    usual = simulate(60, times=range(0, 240, 10), seed=2).course
    mixed, single = caller.call([long[0], usual]), caller.call(usual)
    assert mixed.probabilities == pytest.approx(single.probabilities)
    # The clock of the first holds, though its values are not read.
    assert mixed.period == caller.call(long[0]).period


def test_too_little_of_a_turn_is_no_evidence_beside_a_whole_one() -> None:
    alpha = load("alpha")
    short = replace(alpha.select_times(range(6)), name="short")
    calls = caller.call([short, load("cdc28")], period=[120.0, None])
    assert "short is no evidence of phases: it covers 0.29 of a turn" in texts(calls)
    assert calls.probabilities == pytest.approx(alone("cdc28").probabilities, nan_ok=True)
    shorter = replace(alpha.select_times(range(2, 8)), name="shorter")
    withheld = caller.call([short, shorter], period=120.0)
    told = np.isfinite(withheld.confidence)
    assert told.sum() > 700
    reasons = {why for why, finite in zip(withheld.reason, told, strict=True) if finite}
    assert reasons == {Reason.OUTSIDE_TRAINING_RANGE}


# --- disagreement -----------------------------------------------------------------------------------------


def test_a_gene_that_peaks_elsewhere_in_one_experiment_gets_no_phase() -> None:
    # CLN2 (late G1) and CLB2 (M) change places in one experiment.
    alpha, genes = load("alpha"), ("YPL256C", "YPR119W")
    values = alpha.values.copy()
    here = [alpha.genes.index(gene) for gene in genes]
    values[here] = values[here[::-1]]
    calls = caller.call([replace(alpha, values=values), load("cdc28")])
    assert flagged(calls)[here].all()
    assert [calls.reason[row] for row in here] == [Reason.EXPERIMENTS_DISAGREE] * 2
    assert [calls.phase[row] for row in here] == ["", ""]
    assert np.isfinite(calls.probabilities[here]).all()
    assert np.isfinite(calls.peak_time[here]).all()
    assert not flagged(fused("alpha", "cdc28"))[here].any()
    assert Reason.EXPERIMENTS_DISAGREE.meaning == "it peaks elsewhere in one experiment than in another"


def three_cultures(seed: int, n: int = 300) -> tuple[list[TimeCourse], list[KnownGenes], np.ndarray]:
    """Cultures like the embedded ones, in which the same genes peak as far apart as published peaks do."""
    rng = np.random.default_rng(seed)
    published, courses, known = rng.random(n), [], []
    for place, key in enumerate(KEYS):
        preset = REALISTIC[key]
        expression = replace(preset.culture.expression, decoys=0.0)
        culture = replace(preset.culture, expression=expression)
        made = simulate(5 * n, times=preset.times, culture=culture, seed=10 * seed + place)
        taken, picked = np.zeros(5 * n, dtype=bool), []
        for turn in (published + SPREAD * rng.standard_normal(n)) % 1:
            picked.append(int(np.where(taken, 1.0, distance(made.peak_turn, turn)).argmin()))
            taken[picked[-1]] = True
        course = made.course.select_genes(picked)
        courses.append(replace(course, genes=tuple(f"g{i}" for i in range(n)), name=key, sync=preset.sync))
        near = (published + 0.05 * rng.standard_normal(n)) % 1
        turns = np.where(rng.random(n) < 0.12, near, np.nan)
        known.append(KnownGenes(turns, np.full(n, 0.07), "genes of a known peak"))
    return courses, known, published


def test_simulated_experiments_disagree_where_genes_peak_elsewhere_and_hardly_ever_else() -> None:
    courses, known, published = three_cultures(seed=0)
    common = flagged(caller.call(courses, known=known))
    assert common.mean() < 0.015
    order = np.random.default_rng(0).permutation(len(published))
    renamed = replace(courses[2], genes=tuple(courses[2].genes[i] for i in order))
    calls = caller.call([*courses[:2], renamed], known=known)
    # Gene `order[i]` has the values of gene i there.
    elsewhere = np.empty(len(published))
    elsewhere[order] = published
    far = distance(published, elsewhere) > 0.25
    assert flagged(calls)[far].mean() > 0.5
    assert flagged(calls)[distance(published, elsewhere) < 0.1].mean() < 0.05


@pytest.mark.parametrize(
    ("apart", "errors"), [(0.0, (0.03, 0.05)), (0.1, (0.04, 0.04)), (0.25, (0.05, 0.03))]
)
def test_the_bayes_factor_is_that_of_normal_distributions(apart: float, errors: tuple[float, float]) -> None:
    naturals = np.stack(
        [
            describe_peak(np.array([turn]), np.array([error]))
            for turn, error in zip((0.95, 0.95 + apart), errors, strict=True)
        ]
    )
    # Two narrow normal distributions on a circle of 1: N(apart; 0, sum of variances).
    variance = sum(error**2 + SPREAD**2 for error in errors)
    expected = -(apart**2) / (2 * variance) - np.log(2 * np.pi * variance) / 2
    assert compare_peaks(naturals)[0] == pytest.approx(expected, rel=0.05, abs=0.1)


def test_what_published_peaks_differ_by_is_no_disagreement_however_sure_both_are() -> None:
    sure = np.array([0.02])
    far = np.array([describe_peak(np.array([turn]), sure) for turn in (0.5, 0.5 + 2 * SPREAD)])
    assert compare_peaks(far)[0] > 0
    further = np.array([describe_peak(np.array([turn]), sure) for turn in (0.5, 0.5 + 6 * SPREAD)])
    assert compare_peaks(further)[0] < np.log(MIN_COMMON)


def test_who_says_nothing_or_everything_alike_disagrees_with_nobody() -> None:
    peak = describe_peak(np.array([0.3]), np.array([0.03]))
    silent, flat = np.full_like(peak, np.nan), np.zeros_like(peak)
    for naturals in ([peak], [peak, silent], [peak, flat], [silent, silent], [flat, flat, peak]):
        assert compare_peaks(np.array(naturals)) == pytest.approx([0.0], abs=1e-9)


# --- combining numbers ------------------------------------------------------------------------------------


@given(st.lists(st.floats(1e-300, 1.0), min_size=2, max_size=6))
def test_p_values_combine_as_scipy_has_it(p_values: list[float]) -> None:
    from scipy.stats import combine_pvalues

    expected = combine_pvalues(p_values, method="fisher").pvalue
    assert combine_p(np.array(p_values)[:, None])[0] == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_p_values_at_the_ends_stay_p_values() -> None:
    combined = combine_p(np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, np.nan]]))
    assert ((combined >= 0) & (combined <= 1)).all()
    assert combined[0] < 1e-300
    assert combined[2:].tolist() == [1.0, 1.0]


def test_odds_multiply_and_survive_certainty() -> None:
    combined = combine_odds(np.array([[0.9, 1.0, 0.0, 0.5], [0.9, 0.0, np.nan, 0.2]]))
    assert combined[[0, 3]] == pytest.approx([81 / 82, 0.2])
    assert combined[2] < 1e-300
    assert np.isfinite(combined).all()


def test_p_values_of_experiments_without_rhythm_stay_even_when_combined() -> None:
    random = np.random.default_rng(7).random((3, 20_000))
    assert (combine_p(random) <= 0.05).mean() == pytest.approx(0.05, abs=0.005)


# --- what cannot be fused ---------------------------------------------------------------------------------


def test_the_same_experiment_twice_is_refused() -> None:
    with pytest.raises(InputError, match="evidence would count twice") as caught:
        caller.call([load("alpha"), load("cdc28"), replace(load("alpha"), name="copy")])
    assert "in alpha, copy" in str(caught.value)


def test_experiments_without_a_gene_in_common_are_named() -> None:
    human = replace(load("cdc28"), genes=tuple(f"H{i}" for i in range(800)), name="human")
    with pytest.raises(
        InputError, match="'human' has no gene in common with the other experiments"
    ) as caught:
        caller.call([load("alpha"), load("cdc15"), human])
    assert "alpha: YAL022C" in str(caught.value)
    assert "human: H0, H1, H2" in str(caught.value)


def test_what_is_no_list_of_time_courses_is_refused() -> None:
    with pytest.raises(InputError, match="no time course to call"):
        caller.call([])
    with pytest.raises(InputError, match="this is no time course") as caught:
        caller.call([load("alpha"), "cdc28.tsv"])  # type: ignore[list-item]
    assert "found: str" in str(caught.value)
    with pytest.raises(InputError, match="this is no time course"):
        caller.call(7)  # type: ignore[arg-type]


def test_a_network_with_a_grid_reads_one_experiment() -> None:
    with pytest.raises(InputError, match="reads one experiment only") as caught:
        caller.call([load("cdc15"), load("cdc28")], model=modelfile.shipped())
    assert "2 experiments" in str(caught.value)


def test_what_is_given_once_holds_for_all_and_more_must_be_as_many() -> None:
    courses = [load("alpha"), load("cdc28")]
    given = caller.call(courses, period=[62.0, 85.0])
    assert "alpha: a turn takes 62.0 min (as given)" in texts(given)
    assert "cdc28: a turn takes 85.0 min (as given)" in texts(given)
    assert caller.call(courses, period=70.0).period == 70.0
    assert texts(caller.call(courses, sync="nothing")).count("the start after 'nothing' is not known") == 2
    with pytest.raises(InputError, match="period is given 3 times for 2 experiments") as caught:
        caller.call(courses, period=[62.0, 85.0, 90.0])
    assert "once for all, or 2 times, in the order of the experiments" in str(caught.value)
    with pytest.raises(InputError, match="sync is given 2 times for 1 experiment\n"):
        caller.call(courses[0], sync=["alpha", "cdc28"])


def test_known_genes_are_given_for_each_course() -> None:
    courses, scheme = [load("alpha"), load("cdc28")], SCHEMES["four"]
    labels = {gene: name for gene, name in load_labels().items() if fold_of([gene])[0] > 1}
    known = [know_phases(course.genes, labels, scheme) for course in courses]
    calls = caller.call(courses, known=known)
    assert texts(calls).count("genes of known phase") == 2
    assert known[0] is not None
    for too_few, found in ((known[0], "one"), (known[:1], "a list of 1")):
        with pytest.raises(InputError, match="known genes are those of one course") as caught:
            caller.call(courses, known=too_few)
        assert f"found: {found}" in str(caught.value)


def test_the_public_name_fuses_too() -> None:
    calls = phasecall.call(iter([phasecall.load("alpha"), phasecall.load("cdc28")]), scheme="five")
    assert len(calls) == 800
    assert calls.scheme.key == "five"
    assert calls.method.endswith("2 experiments fused")
