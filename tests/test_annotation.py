"""Gene sets against phases and the clock, and hypotheses: references, calibration, and the verb."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from scipy import stats

import examples
import phasecall
from conftest import make_calls
from phasecall import figures
from phasecall.annotation import annotate, compare_clock, compare_phases, fit_sets, propose
from phasecall.annotation.enrichment import find_cycling, weigh_peaks
from phasecall.annotation.hypotheses import (
    calibrate_apart,
    fit_curve,
    measure_calibration,
    measure_precision,
    score_phases,
    score_prior,
    score_sets,
)
from phasecall.annotation.likeness import find_nearest, lay_profiles
from phasecall.annotation.membership import LEAST, MOST, Membership
from phasecall.calls import Calls, Reason
from phasecall.circular import difference
from phasecall.cli import main
from phasecall.cli.annotate import command
from phasecall.errors import InputError
from phasecall.genesets import GeneSet, GeneSets, load_slim, sets_from
from phasecall.io.callfile import list_rows
from phasecall.publicdata import load_public, reason_absent
from phasecall.timecourse import TimeCourse

N = 300


def named(n: int) -> tuple[str, ...]:
    return tuple(f"g{number:03d}" for number in range(n))


def sets_of(groups: dict[str, Sequence[str]]) -> GeneSets:
    return sets_from("".join("\t".join([key, "na", *own]) + "\n" for key, own in groups.items()), "x.gmt")


def members_of(holds: NDArray[np.bool_]) -> Membership:
    n, n_sets = holds.shape
    sets = tuple(GeneSet(f"s{index}", f"set {index}", ()) for index in range(n_sets))
    return Membership(named(n), np.arange(n), sets, holds, np.asarray(~holds.any(axis=1)))


def calls_at(turns: NDArray[np.float64], *, width: float = 10.0) -> Calls:
    """Calls of genes that all cycle, but for those without a turn; their phases are those of their turns."""
    n = turns.size
    made = make_calls(named(n))
    known = np.isfinite(turns)
    codes = made.scheme.assign(np.nan_to_num(turns))
    minutes = turns * 112.0
    return replace(
        made,
        probabilities=np.where(known[:, None], np.eye(4)[codes], 0.25),
        reason=tuple(Reason.CALLED if one else Reason.NOT_PERIODIC for one in known),
        peak_turn=turns,
        peak_time=minutes,
        peak_lo=minutes - width / 2,
        peak_hi=minutes + width / 2,
        flags=("",) * n,
    )


def uneven(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Peaks as a culture has them: most of them on one half of the turn."""
    return np.asarray(rng.vonmises(1.0, 0.8, n) / (2 * np.pi) % 1.0)


def test_phases_are_tested_as_fisher_does() -> None:
    rng = np.random.default_rng(0)
    turns = np.where(rng.random(N) < 0.3, np.nan, uneven(rng, N))
    calls, holds = calls_at(turns), rng.random((N, 12)) < rng.uniform(0.02, 0.3, 12)
    found = compare_phases(calls, members_of(holds))
    assert len(found["p"]) == 4 * 12
    assert (np.diff(found["p"]) >= 0).all()
    for row in range(len(found["p"])):
        own = holds[:, int(found["set"][row][1:])]
        phase = np.array([name == found["phase"][row] for name in calls.phase])
        a, b, c, d = (int((x & y).sum()) for x in (own, ~own) for y in (phase, ~phase))
        assert (found["n_set"][row], found["n_phase"][row], found["n_both"][row]) == (a + b, a + c, a)
        expected = stats.fisher_exact([[a, b], [c, d]], alternative="greater").pvalue
        assert found["p"][row] == pytest.approx(expected, rel=1e-9)
        cells = [count + 0.5 for count in (a, b, c, d)]
        ratio = cells[0] * cells[3] / (cells[1] * cells[2])
        reach = stats.norm.ppf(0.975) * sum(1 / cell for cell in cells) ** 0.5
        told = [found[name][row] for name in ("odds_ratio", "odds_lo", "odds_hi")]
        assert told == pytest.approx([ratio, ratio * np.exp(-reach), ratio * np.exp(reach)])
        names = [gene for gene, one in zip(calls.genes, own & phase, strict=True) if one]
        assert found["genes"][row].split(";") == (names or [""])
    np.testing.assert_allclose(found["q"], stats.false_discovery_control(found["p"]))


def test_genes_with_a_weak_rhythm_belong_to_no_phase() -> None:
    calls = calls_at(np.full(20, 0.3))
    weak = replace(calls, flags=("weak_rhythm",) * 5 + ("",) * 15)
    assert find_cycling(weak).sum() == 15
    assert compare_phases(weak, members_of(np.ones((20, 1), dtype=bool)))["n_both"].max() == 15


def test_the_clock_test_is_the_plain_one_of_random_sets() -> None:
    rng = np.random.default_rng(1)
    calls = calls_at(uneven(rng, 80))
    width = rng.uniform(5, 60, 80)
    calls = replace(calls, peak_lo=calls.peak_time - width / 2, peak_hi=calls.peak_time + width / 2)
    holds = np.zeros((80, 2), dtype=bool)
    holds[:6, 0] = holds[10:40, 1] = True
    found = compare_clock(calls, members_of(holds), n_draws=4000)
    weights = np.exp(-2 * np.pi**2 * (width / 112.0 / (2 * 1.959964)) ** 2)
    np.testing.assert_allclose(weigh_peaks(calls), weights, rtol=1e-6)
    vectors = weights * np.exp(2j * np.pi * calls.peak_turn)
    for row, name in enumerate(found["set"]):
        own = np.flatnonzero(holds[:, int(name[1:])])
        resultant = abs(vectors[own].sum()) / weights[own].sum()
        assert found["resultant"][row] == pytest.approx(resultant)
        drawn = [rng.choice(80, own.size, replace=False) for _ in range(4000)]
        random = np.array([abs(vectors[one].sum()) / weights[one].sum() for one in drawn])
        expected = (random >= resultant).mean()
        # Both are estimates of 4,000 draws.
        assert abs(found["p"][row] - expected) < 4 * np.sqrt(2 * 0.25 / 4000)
        assert found["expected"][row] == pytest.approx(random.mean(), abs=0.02)


@pytest.mark.parametrize("size", [3, 8, 40])
def test_p_on_the_clock_is_uniform_where_labels_are_shuffled(size: int) -> None:
    rng = np.random.default_rng(size)
    calls = calls_at(uneven(rng, 200), width=25.0)
    holds = np.zeros((200, 600), dtype=bool)
    for column in range(600):
        holds[rng.choice(200, size, replace=False), column] = True
    found = compare_clock(calls, members_of(holds), n_draws=2000, seed=size)
    assert stats.kstest(found["p"], "uniform").pvalue > 0.01
    assert (found["p"] <= 0.05).mean() == pytest.approx(0.05, abs=0.03)


def test_p_of_phases_is_valid_where_labels_are_shuffled() -> None:
    rng = np.random.default_rng(5)
    calls = calls_at(uneven(rng, N))
    holds = np.stack([rng.permutation(np.arange(N) < 60) for _ in range(800)], axis=1)
    p_values = compare_phases(calls, members_of(holds))["p"]
    for level in (0.01, 0.05, 0.2):
        # Counts are whole: the share is below its level, and not far.
        assert 0.3 * level < (p_values <= level).mean() < level + 3 * np.sqrt(level / p_values.size)
    assert (compare_phases(calls, members_of(holds))["q"] <= 0.05).sum() <= 2


def test_genes_that_peak_with_all_others_are_no_finding() -> None:
    """The background has a direction: a test against the even circle would find every large set."""
    rng = np.random.default_rng(2)
    calls = calls_at(rng.vonmises(0, 6.0, 400) / (2 * np.pi) % 1.0)
    holds = np.zeros((400, 1), dtype=bool)
    holds[:50] = True
    found = compare_clock(calls, members_of(holds), n_draws=2000)
    assert found["resultant"][0] > 0.8
    assert found["p"][0] > 0.05


def test_a_set_on_one_place_is_found_with_its_minute_and_interval() -> None:
    rng = np.random.default_rng(3)
    turns = rng.random(N)
    turns[:20] = (0.97 + rng.normal(0, 0.03, 20)) % 1.0
    holds = np.zeros((N, 3), dtype=bool)
    holds[:20, 0] = holds[30:60, 1] = holds[:2, 2] = True
    found = compare_clock(calls_at(turns), members_of(holds))
    # Two genes are too few.
    assert found["set"] == ("s0", "s1")
    assert found["p"][0] == pytest.approx(1e-4)
    assert found["turn"][0] == pytest.approx(0.97, abs=0.02)
    assert found["turn_lo"][0] < 0.97 < found["turn_hi"][0]
    assert found["time"][0] == pytest.approx(found["turn"][0] * 112.0)
    assert found["genes"][0] == ";".join(named(20))


def test_turning_the_clock_turns_the_means_and_changes_no_p() -> None:
    rng = np.random.default_rng(4)
    turns, holds = uneven(rng, N), rng.random((N, 10)) < 0.05
    one, other = (
        compare_clock(calls_at(t % 1.0), members_of(holds), n_draws=500) for t in (turns, turns + 0.3)
    )
    order = [other["set"].index(name) for name in one["set"]]
    np.testing.assert_allclose(one["p"], other["p"][order])
    np.testing.assert_allclose(
        np.exp(2j * np.pi * (one["turn"] + 0.3)), np.exp(2j * np.pi * other["turn"][order])
    )


@pytest.mark.parametrize("n", [4, 30])
def test_the_interval_of_a_mean_holds_it_as_often_as_it_says(n: int) -> None:
    rng = np.random.default_rng(6)
    inside = []
    for _ in range(400):
        turns = rng.vonmises(0, 2.0, n) / (2 * np.pi) % 1.0
        found = compare_clock(calls_at(turns), members_of(np.ones((n, 1), dtype=bool)), n_draws=1)
        centre = (found["turn"][0] + 0.5) % 1.0 - 0.5
        inside.append(abs(centre) <= (found["turn_hi"][0] - found["turn_lo"][0]) / 2)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.035)


def test_minutes_are_those_of_the_clock_with_its_lag() -> None:
    turns = np.array([0.5, 0.5, 0.5, 0.9, 0.9, 0.9])
    calls = calls_at(turns)
    clock = {"name": "x", "period": 112.0, "turn_at_zero": 0.75, "lag": 20.0, "loss": 0.0}
    minutes = 20.0 + (turns - 0.75) % 1.0 * 112.0
    calls = replace(calls, peak_time=minutes, clocks=(clock,))
    holds = np.repeat(np.eye(2, dtype=bool), 3, axis=0)
    found = compare_clock(calls, members_of(holds), n_draws=10)
    assert found["time"] == pytest.approx([minutes[3 * int(name[1:])] for name in found["set"]])


def test_each_gene_counts_once_and_unmeasured_and_dubious_ones_do_not() -> None:
    genes = ["CLN1", "CLN2;YPL256C", "CLN2#2", "CLN3", "cln3", "DUB", "ACT1", "ACT1#2", "TUB1"]
    measured = np.array([True] * 8 + [False])
    one = sets_of({"A": ["CLN1", "CLN2", "CLN3", "TUB1"], "B": ["DUB", "CLN1", "CLN3"]})
    other = sets_from("gene,set\nYPL256C,A\nACT1,A\n", "y.csv")
    found = fit_sets([replace(one, dubious=frozenset({"DUB"})), other], genes, measured, least=2)
    assert found.names == ("CLN1", "CLN2;YPL256C", "CLN3", "ACT1")
    assert found.rows.tolist() == [0, 1, 3, 6]
    assert [one.name for one in found.sets] == ["A", "B"]
    assert found.holds.tolist() == [[True, True], [True, False], [True, True], [True, False]]
    texts = {note.code: note.text for note in found.notes}
    assert texts["background"].startswith("4 genes were measured; 4 of them are in the gene sets' files")
    assert texts["dubious_genes"].endswith("left out: 1")


def test_sets_too_small_or_large_are_left_out_and_counted() -> None:
    genes = named(20)
    found = fit_sets(
        [sets_of({"A": genes[:2], "B": genes[:5], "C": genes})], genes, np.full(20, True), most=10
    )
    assert [one.name for one in found.sets] == ["B"]
    assert found.notes[-1].text == "gene sets left out: 1 of under 3 measured genes, 1 of over 10"
    # What a large set holds has a known function all the same.
    assert not found.unknown.any()


def test_of_go_only_named_genes_without_a_process_are_unknown() -> None:
    rows = [
        ("a", "P", "x"),
        ("b", "P", "x"),
        ("c", "P", "x"),
        ("d", "F", "y"),
        ("e", "P", "biological process"),
    ]
    keys = {"x": "GO:1", "y": "GO:2", "biological process": "GO:0008150"}
    text = "\n".join(
        f"{gene}\t\tS\t{aspect}\t{term}\t{keys[term]}\tORF|Verified" for gene, aspect, term in rows
    )
    found = fit_sets([sets_from(text, "slim.tab")], ["a", "b", "c", "d", "e", "f"], np.full(6, True))
    assert found.unknown.tolist() == [False, False, False, True, True, False]


@pytest.mark.parametrize(
    ("sets", "told"),
    [
        ({"A": ["x1", "x2", "x3"]}, "no measured gene is in the gene sets"),
        ({"A": ["g001"]}, "no gene set has 3"),
    ],
)
def test_sets_that_do_not_fit_are_refused(sets: dict[str, Sequence[str]], told: str) -> None:
    with pytest.raises(InputError, match=told):
        fit_sets([sets_of(sets)], named(5), np.full(5, True))


def test_a_course_without_calls_is_refused_with_the_reason() -> None:
    with pytest.raises(InputError, match="no gene is called") as fault:
        annotate(examples.silent_calls(), [sets_of({"A": named(3)})])
    assert "all_missing" in str(fault.value)


# Hypotheses.


def grouped(n_groups: int = 4, size: int = 60, noise: float = 0.3) -> tuple[TimeCourse, GeneSets]:
    """Genes of some groups, each with a wave of its own; the last ten of each are in no set."""
    rng = np.random.default_rng(7)
    times = np.arange(0.0, 130.0, 7.0)
    groups = np.repeat(np.arange(n_groups), size)
    values = np.cos(2 * np.pi * (times / 62.0 - groups[:, None] / n_groups)) + rng.normal(
        0, noise, (groups.size, times.size)
    )
    genes = named(groups.size)
    course = TimeCourse(genes, times, values, sync="alpha")
    return course, sets_of(
        {f"G{group}": genes[group * size : (group + 1) * size - 10] for group in range(n_groups)}
    )


def test_genes_that_behave_alike_are_told_their_set() -> None:
    course, sets = grouped()
    found = annotate(phasecall.call(course, period=62.0), [sets])
    told = propose(found, [course])
    assert (told.n_known, told.n_unknown) == (200, 40)
    assert told.precision["correlation"][1] > 0.95
    assert told.precision["prior"][1] < 0.3
    # Wilson's interval solves (s - p)^2 = z^2 p (1 - p) / n for p: a gene counts once at any depth.
    for way, depth in (("prior", 1), ("phase", 3)):
        share = told.precision[way][depth]
        for end in told.bound(way, depth):
            assert (share - end) ** 2 == pytest.approx(1.959964**2 * end * (1 - end) / 200, rel=1e-4)
        assert told.bound(way, depth)[0] <= share < told.bound(way, depth)[1]
        stored = told.as_dict()["precision_interval"][way][str(depth)]
        assert stored == pytest.approx(told.bound(way, depth), abs=1e-6)
    assert told.calibration < 0.1
    table = told.table
    first = table["rank"] == 1
    right = [
        name == f"G{int(gene[1:]) // 60}" for gene, name in zip(table["gene"], table["set"], strict=True)
    ]
    assert np.array(right)[first].mean() > 0.95
    assert (table["probability"][first] > 0.8).all()
    assert (np.diff(table["probability"][first]) <= 1e-12).all()
    row = int(np.flatnonzero(first)[0])
    assert table["evidence"][row].startswith(f"{table['n_both'][row]} of its 50 nearest known genes")
    assert len(table["neighbours"][row].split(";")) == 5
    assert json.dumps(told.as_dict() | {"genes": list(list_rows(table))})


def test_too_few_known_genes_are_refused() -> None:
    course, _ = grouped()
    found = annotate(phasecall.call(course, period=62.0), [sets_of({"A": named(50)})])
    with pytest.raises(InputError, match="too few genes of known function"):
        propose(found, [course])


def test_neighbours_are_those_of_the_mean_correlation() -> None:
    rng = np.random.default_rng(8)
    one = TimeCourse(named(40), np.arange(9.0), rng.normal(size=(40, 9)))
    other = TimeCourse(named(50)[10:], np.arange(7.0), rng.normal(size=(40, 7)))
    among = np.arange(5, 45)
    near = find_nearest(lay_profiles([one, other], named(50)), among, 6)
    correlations = np.full((2, 50, 50), np.nan)
    correlations[0, :40, :40] = np.corrcoef(one.values)
    correlations[1, 10:, 10:] = np.corrcoef(other.values)
    known = np.isfinite(correlations)
    mean = np.where(known, correlations, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    mean = np.where(known.any(axis=0), mean, -1.0)
    for gene in range(50):
        others = among[among != gene]
        best = others[np.argsort(-mean[gene, others], kind="stable")][:6]
        assert near.places[gene].tolist() == best.tolist()
        np.testing.assert_allclose(near.likeness[gene], mean[gene, best], atol=1e-6)


def test_gaps_are_no_profile_where_they_are_many() -> None:
    values = np.arange(40.0).reshape(4, 10) % 7
    values[1, :5] = values[2, :3] = np.nan
    values[3] = 2.0
    (profiles,) = lay_profiles([TimeCourse(named(4), np.arange(10.0), values)], named(4))
    assert (profiles != 0).any(axis=1).tolist() == [True, False, True, False]


def test_what_is_hidden_of_a_gene_does_not_tell_it() -> None:
    rng = np.random.default_rng(9)
    holds = rng.random((120, 8)) < 0.3
    holds[:, 7] = True
    known = np.ones(120, dtype=bool)
    vectors = lay_profiles([TimeCourse(named(120), np.arange(12.0), rng.normal(size=(120, 12)))], named(120))
    near = find_nearest(vectors, np.arange(120), 20)
    phase = rng.integers(-1, 4, 120)
    turned = holds.copy()
    turned[17, :7] = ~turned[17, :7]
    for score in (
        lambda own: score_sets(near, own, known),
        lambda own: score_phases(phase, own),
        score_prior,
    ):
        before, after = score(holds), score(turned)
        np.testing.assert_allclose(before[17], after[17], atol=1e-12)
        assert not np.allclose(before, after)


def test_probabilities_never_fall_with_the_score_and_come_of_other_folds() -> None:
    rng = np.random.default_rng(10)
    scores = rng.random((600, 6)) ** 2
    truth = rng.random(scores.shape) < scores**1.5
    curve = fit_curve(scores, truth)
    assert (np.diff(curve.shares) >= -1e-12).all()
    assert (curve.shares >= 0).all()
    assert (curve.shares <= 1).all()
    np.testing.assert_allclose(curve.read(np.array([0.1, 0.5])), np.array([0.1, 0.5]) ** 1.5, atol=0.06)
    folds = rng.integers(0, 5, 600)
    chances = calibrate_apart(scores, truth, folds)
    turned = np.where((folds == 2)[:, None], ~truth, truth)
    np.testing.assert_array_equal(calibrate_apart(scores, turned, folds)[folds == 2], chances[folds == 2])
    assert measure_calibration(scores, chances, truth) < 0.06
    assert measure_calibration(scores, np.ones_like(chances), truth) > 0.2


def test_precision_is_the_share_of_right_ones() -> None:
    scores = np.array([[3.0, 2, 1, 0], [0, 1, 2, 3]])
    truth = np.array([[1, 0, 0, 0], [1, 0, 1, 0]], dtype=bool)
    assert measure_precision(scores, truth) == {1: 0.5, 3: pytest.approx(1 / 3)}


def test_real_sets_are_where_biology_has_them() -> None:
    """Licensing in early G1, replication before histones, more right hypotheses than by frequency."""
    for key in ("go-slim", "pramila2006"):
        if absent := reason_absent(key):
            pytest.skip(absent)
    course = load_public("pramila2006")
    found = annotate(phasecall.call(course), [load_slim()])
    clock = dict(zip(found.clock["title"], list_rows(found.clock), strict=True))
    mcm, replication, histones = (clock[title] for title in ("MCM complex", "DNA replication", "nucleosome"))
    assert abs(difference(mcm["turn"], 0.04)) < 0.05
    assert 0.173 < replication["turn"] < histones["turn"] < 0.566
    assert max(one["q"] for one in (mcm, replication, histones)) < 0.01
    phases = {(row["title"], row["phase"]): row for row in list_rows(found.phases)}
    assert phases["DNA repair", "Late G1/S"]["q"] < 1e-6
    told = propose(found, [course])
    assert told.precision["correlation"][1] > 1.5 * told.precision["prior"][1]
    assert told.calibration < 0.03
    processes = (one for one in load_slim().sets if one.aspect == "process")
    assert not set(told.table["gene"]) & {gene for one in processes for gene in one.genes}


# The figure.


def test_the_figure_shows_each_set_at_its_mean() -> None:
    found = examples.annotation()
    axes = figures.draw("annotation", found).axes[1]
    titles = [label.get_text() for label in axes.get_yticklabels()]
    assert 1 < len(titles) <= 24
    turns = dict(zip(found.clock["title"], found.clock["turn"], strict=True))
    marks = [line for line in axes.lines if len(np.asarray(line.get_xdata())) == 1]
    assert [float(np.asarray(line.get_xdata())[0]) for line in marks] == [turns[title] for title in titles]


def test_a_figure_without_a_finding_says_so() -> None:
    rng = np.random.default_rng(11)
    calls = calls_at(rng.random(50))
    found = annotate(calls, [sets_of({"A": named(50)[::3]})])
    assert "Nothing to draw: no set of genes" in figures.draw("annotation", found).texts[0].get_text()


# The verb.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course and its gene sets as files."""
    place = tmp_path_factory.mktemp("annotate")
    course, sets = grouped()
    phasecall.write(course, place / "course.tsv")
    lines = ("\t".join([one.name, "na", *one.genes]) for one in sets.sets)
    (place / "sets.gmt").write_text("\n".join(lines) + "\n")
    return place


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(command, [str(word) for word in words])


def test_the_verb_writes_tables_and_figures(folder: Path, tmp_path: Path) -> None:
    base = (folder / "course.tsv", "--sets", folder / "sets.gmt", "--period", "62", "--sync", "alpha")
    told = run(*base, "-o", tmp_path / "out", "--hypotheses", tmp_path / "hypotheses.csv.gz")
    assert told.exit_code == 0, told.output
    assert "Sets that peak together on the clock" in told.stdout
    assert "hiding each of 200 genes" in told.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "clock.tsv",
        "figures",
        "phases.tsv",
    ]
    assert (tmp_path / "hypotheses.csv.gz").stat().st_size > 100
    header = (tmp_path / "out" / "clock.tsv").read_text().splitlines()[0].split("\t")
    page = (Path(__file__).parents[1] / "docs" / "annotation.md").read_text("utf-8")
    assert [name for name in header if f"`{name}`" not in page] == []
    first, again = run(*base, "--json"), run(*base, "--json")
    answer = json.loads(first.stdout)
    assert answer == json.loads(again.stdout)
    assert (answer["background"], answer["sets"]) == (240, 4)
    assert {row["set"] for row in answer["clock"] if row["q"] < 0.05} == {"G0", "G1", "G2", "G3"}


def test_the_command_looks_at_the_same_sizes() -> None:
    # It names them itself: its help loads no NumPy.
    default = {option.name: option.default for option in command.params}
    assert (default["min_size"], default["max_size"]) == (LEAST, MOST)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--min-size", "9", "--max-size", "3"], "--min-size is above --max-size"),
        (["--hypotheses", "x.docx"], "has no suffix of a format that tables of hypotheses are written in"),
        (["--hypotheses", "no/such/folder/x.tsv"], "there is no folder"),
        (["-o", "{folder}/sets.gmt"], "the same one"),
        (["-o", "{folder}/course.tsv/out"], "is no folder"),
        (["--sets", "{folder}/course.tsv"], "the same one"),
        (["--sets", "{folder}/nothing.gmt"], "there is no file"),
        (["--sets", "-", "--sets", "-"], "can be read once only"),
    ],
)
def test_bad_words_are_one_message(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    words = [word.format(folder=folder) for word in words]
    base = [str(folder / "course.tsv"), "--sets", str(folder / "sets.gmt")]
    with pytest.raises(SystemExit) as end:
        main(["annotate", *base, *words])
    assert end.value.code == 2
    assert told in capsys.readouterr().err


def test_without_sets_the_public_slim_is_wanted(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PHASECALL_DATA", str(tmp_path))
    with pytest.raises(SystemExit):
        main(["annotate", str(folder / "course.tsv"), "--json"])
    fault = json.loads(capsys.readouterr().err)
    assert fault["problem"] == "no gene sets are given, and SGD's GO slim is not here"
    assert "phasecall datasets fetch go-slim" in fault["fix"]
