"""Quality control: each check on any course, the score, the verdict, and `phasecall qc`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from click.testing import CliRunner

import phasecall
from phasecall import figures
from phasecall.cli.call import command as call
from phasecall.cli.qc import command
from phasecall.clock import KnownGenes, estimate_clock
from phasecall.errors import InputError
from phasecall.io.coursefile import write_course
from phasecall.io.tablefile import require_table, write_table
from phasecall.qc import CHECKS, DOUBTS, Examination, Finding, Verdict, examine, find_doubts, tabulate
from phasecall.qc.markers import rank_angles
from phasecall.qc.order import judge_order
from phasecall.qc.synchrony import measure_synchrony
from phasecall.simulation import REALISTIC, simulate
from phasecall.timecourse import TimeCourse

ALPHA = phasecall.load("alpha")


def mix_up(course: TimeCourse, seed: int) -> TimeCourse:
    """Arrays at one another's times."""
    order = np.random.default_rng(seed).permutation(course.times.size)
    return replace(course, values=course.values[:, order])


def keep_one_value() -> TimeCourse:
    values = np.full(ALPHA.values.shape, np.nan)
    values[0, 4] = 1.0
    return replace(ALPHA, values=values)


COURSES = {
    "alpha": ALPHA,
    "cdc15": phasecall.load("cdc15"),
    "elu": phasecall.load("elu"),
    "one gene": ALPHA.select_genes([0]),
    "half of cdc28": phasecall.load("cdc28").select_times(range(1, 17, 2)),
    "one time": ALPHA.select_times([3]),
    "five times": ALPHA.select_times(range(5)),
    "seven times": ALPHA.select_times(range(7)),
    "one value": keep_one_value(),
    "constant": replace(ALPHA, values=np.ones_like(ALPHA.values)),
    "huge": replace(ALPHA, values=ALPHA.values * 1e300),
    "hours as minutes": replace(ALPHA, times=ALPHA.times / 60),
    "nameless": replace(ALPHA, genes=tuple(f"g{row}" for row in range(len(ALPHA))), sync="magic"),
}


@pytest.fixture(scope="module")
def made() -> dict[str, Examination]:
    return {key: examine(course) for key, course in COURSES.items()}


def found(made: Examination, key: str) -> Finding:
    return next(one for one in made.findings if one.key == key)


@pytest.mark.parametrize("key", COURSES)
def test_each_check_gives_its_finding_on_any_course(key: str, made: dict[str, Examination]) -> None:
    one = made[key]
    assert [finding.key for finding in one.findings] == list(CHECKS)
    for finding in one.findings:
        assert finding.text
        assert (finding.advice != "") >= (finding.verdict in (Verdict.WARN, Verdict.FAIL))
    # No number that JSON does not have.
    json.dumps(one.summary(), allow_nan=False)
    assert not np.isinf(one.columns()["high"]).any()
    assert np.isnan(one.score) or 0 <= one.score <= 1
    assert figures.draw("qc", one).axes


@pytest.mark.parametrize("row", CHECKS.values(), ids=list(CHECKS))
def test_each_row_explains_itself(row: object) -> None:
    check = CHECKS[row.key]  # type: ignore[attr-defined]
    assert check.title
    assert check.about.endswith(".")


@pytest.mark.parametrize(
    ("key", "verdict", "score"),
    [("alpha", "ok", 0.66), ("cdc15", "warn", 0.68), ("elu", "warn", 0.36)],
)
def test_embedded_courses_have_their_verdict(
    key: str, verdict: str, score: float, made: dict[str, Examination]
) -> None:
    assert made[key].verdict == verdict
    assert made[key].score == pytest.approx(score, abs=0.01)


@pytest.mark.parametrize(
    ("key", "check", "verdict"),
    [
        ("elu", "cycles", "warn"),
        ("elu", "period", "warn"),
        ("elu", "loss", "unknown"),
        ("one gene", "synchrony", "unknown"),
        ("one gene", "release", "unknown"),
        ("half of cdc28", "order", "warn"),
        ("five times", "sampling", "fail"),
        ("constant", "signal", "fail"),
        ("hours as minutes", "time_unit", "fail"),
        ("nameless", "marker_order", "unknown"),
        ("nameless", "start", "unknown"),
        ("alpha", "start", "ok"),
    ],
)
def test_what_is_wrong_is_found(key: str, check: str, verdict: str, made: dict[str, Examination]) -> None:
    assert found(made[key], check).verdict == verdict


def test_a_wrong_synchronisation_is_found() -> None:
    start = found(examine(ALPHA, sync="hydroxyurea-yeast"), "start")
    assert start.verdict == "warn"
    assert start.value > start.limit


@pytest.mark.parametrize("key", ["alpha", "cdc15", "cdc28", "elu"])
def test_mixed_up_arrays_fail(key: str) -> None:
    assert all(examine(mix_up(phasecall.load(key), seed)).verdict == "fail" for seed in range(2))


def test_nothing_depends_on_the_order_of_genes_or_on_the_scale(made: dict[str, Examination]) -> None:
    order = np.random.default_rng(1).permutation(len(ALPHA))
    other = ALPHA.select_genes(order)
    other = replace(other, values=3 * other.values + 5)
    again = examine(other)
    for one, same in zip(made["alpha"].findings, again.findings, strict=True):
        assert same.verdict == one.verdict
        assert same.value == pytest.approx(one.value, rel=1e-3, abs=1e-3, nan_ok=True)


@pytest.mark.parametrize("n_times", [8, 18])
def test_the_order_of_noise_is_worth_nothing(n_times: int) -> None:
    genes = tuple(f"g{row}" for row in range(3000))
    times = np.arange(float(n_times))
    chances = []
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(size=(3000, n_times))
        # Batches in turn are no order either.
        noise += 0.5 * np.outer(noise[:, 0], np.arange(n_times) % 2) * (n_times > 10)
        order = judge_order(TimeCourse(genes, times, noise))
        chances.append(order.chance)
        assert order.wave < 1.5 * order.reached
    assert np.mean(np.array(chances) <= 0.05) <= 0.2
    assert 0.2 < np.median(chances) < 0.8


def test_the_score_has_the_interval_that_genes_drawn_anew_have(made: dict[str, Examination]) -> None:
    """Of 90 genes at a time of a large culture, 95 % of the intervals hold the score of all of them."""
    rng = np.random.default_rng(2)
    culture = replace(REALISTIC["alpha"].culture, noise=1.0)
    made_up = simulate(3000, times=ALPHA.times, culture=culture, seed=2)
    cycling = np.flatnonzero(made_up.kinds == "periodic")
    turns = (made_up.peak_turn + rng.normal(0, 0.07, 3000)) % 1
    estimate = estimate_clock(made_up.course, known=know(turns, cycling))
    whole = measure_synchrony(made_up.course, estimate, know(turns, cycling))
    assert whole.high - whole.low < 0.06
    held = []
    for _ in range(100):
        told = measure_synchrony(
            made_up.course, estimate, know(turns, rng.choice(cycling, 90, replace=False))
        )
        held.append(told.low <= whole.score <= told.high)
    # More or fewer are by chance once in a thousand times.
    assert 87 <= sum(held) <= 100
    one = found(made["alpha"], "synchrony")
    assert (one.low, one.high) == (made["alpha"].seen.synchrony.low, made["alpha"].seen.synchrony.high)
    assert one.low < one.value < one.high
    assert made["alpha"].summary()["score_lo"] == one.low


def know(turns: np.ndarray, rows: np.ndarray) -> KnownGenes:
    known = np.full(turns.size, np.nan)
    known[rows] = turns[rows]
    return KnownGenes(known, np.full(turns.size, 0.07), "known genes")


def test_all_genes_have_an_interval_by_groups_and_few_have_no_score() -> None:
    made_up = simulate(2000, times=ALPHA.times, culture=REALISTIC["alpha"].culture, seed=3)
    wholes, spans = [], []
    for part in range(5):
        some = made_up.course.select_genes(range(part, 2000, 5))
        told = measure_synchrony(some, estimate_clock(some, period=64.0), None)
        wholes.append(told.score)
        spans.append(told.high - told.low)
    # Five parts of the genes differ as the intervals say: twice the reach of Student's t is 4.2 errors.
    assert np.std(wholes, ddof=1) / (np.mean(spans) / 4.2) == pytest.approx(1, abs=0.7)
    few = made_up.course.select_genes(range(49))
    assert np.isnan(measure_synchrony(few, estimate_clock(few, period=64.0), None).score)


def test_files_are_written_whole_and_say_the_same(made: dict[str, Examination], tmp_path: Path) -> None:
    both = [made["alpha"], made["elu"]]
    write_table(tabulate(both), tmp_path / "findings.tsv")
    write_table(tabulate(both), tmp_path / "findings.json")
    lines = (tmp_path / "findings.tsv").read_text("utf-8").splitlines()
    assert lines[0].split("\t")[:4] == ["experiment", "key", "title", "verdict"]
    assert len(lines) == 1 + 2 * len(CHECKS)
    told = json.loads((tmp_path / "findings.json").read_text("utf-8"))
    assert [one["verdict"] for one in told["experiments"]] == ["ok", "warn"]
    assert [row["key"] for row in told["findings"]] == 2 * list(CHECKS)
    with pytest.raises(InputError, match="suffix"):
        require_table(tmp_path / "findings.docx", "findings")


def test_the_command_shows_draws_and_ends_with_1_where_it_fails(tmp_path: Path) -> None:
    phasecall.write(ALPHA, tmp_path / "alpha.tsv")
    phasecall.write(mix_up(ALPHA, 0), tmp_path / "mixed.tsv")
    page = tmp_path / "qc.svg"
    run = CliRunner()
    shown = run.invoke(command, [str(tmp_path / "alpha.tsv"), "--figure", str(page)], standalone_mode=False)
    assert shown.return_value == 0
    assert "ok, synchrony 0.66 of 1 (95 %: 0.62 to 0.71)" in shown.stdout
    assert page.read_bytes().startswith(b"<?xml")
    failed = run.invoke(command, [str(tmp_path / "mixed.tsv"), "--json"], standalone_mode=False)
    assert failed.return_value == 1
    assert json.loads(failed.stdout)["experiments"][0]["verdict"] == "fail"


def test_findings_are_put_right_where_that_is_asked_for(tmp_path: Path) -> None:
    source, better = tmp_path / "cdc15.tsv", tmp_path / "better.tsv"
    phasecall.write(phasecall.load("cdc15"), source)
    run = CliRunner()
    how = [str(source), "--correct", "alternating_batches", "--corrected", str(better)]
    told = run.invoke(command, how, standalone_mode=False)
    assert told.return_value == 0
    assert "was taken out of each gene" in told.stderr
    again = examine(phasecall.read(better))
    assert found(again, "alternating_batches").verdict == "ok"
    assert again.course.genes == phasecall.load("cdc15").genes
    every = run.invoke(command, [*how[:2], "all", *how[3:]], standalone_mode=False)
    assert phasecall.read(better).sha256() == again.course.sha256()
    assert every.return_value == 0
    assert run.invoke(command, how[:3]).exit_code == 2
    wrong = run.invoke(command, [*how[:2], "luck", *how[3:]])
    assert "no correction named 'luck'" in str(wrong.exception)


def test_two_experiments_have_no_page(tmp_path: Path) -> None:
    told = CliRunner().invoke(command, ["a.tsv", "b.tsv", "--figure", str(tmp_path / "qc.svg")])
    assert told.exit_code == 2
    assert "one experiment" in told.output


def swap(course: TimeCourse, one: int, other: int) -> TimeCourse:
    order = np.arange(course.times.size)
    order[[one, other]] = other, one
    return replace(course, values=course.values[:, order])


@pytest.mark.parametrize(
    ("course", "codes"),
    [
        (ALPHA, []),
        (COURSES["cdc15"], []),
        (mix_up(ALPHA, 0), ["order"]),
        (replace(ALPHA, times=ALPHA.times[::-1]), ["reversed_times"]),
        (swap(ALPHA, 4, 11), ["swapped_samples"]),
        (replace(ALPHA, values=ALPHA.values * np.where(ALPHA.times == 35, -1, 1)), ["flipped_samples"]),
    ],
    ids=["alpha", "cdc15", "shuffled", "backwards", "swapped", "flipped"],
)
def test_calls_are_doubted_for_what_is_wrong_and_nothing_else(course: TimeCourse, codes: list[str]) -> None:
    assert [note.code for note in find_doubts(course)] == codes


@pytest.mark.parametrize("key", COURSES)
def test_doubts_are_what_the_checks_find(key: str, made: dict[str, Examination]) -> None:
    notes = find_doubts(COURSES[key])
    looked_at = DOUBTS if made[key].seen.n_telling >= 50 else DOUBTS[:3]
    wrong = [one for one in made[key].findings if one.key in looked_at and one.verdict in ("warn", "fail")]
    assert {note.code for note in notes} <= {one.key for one in wrong}
    assert bool(notes) == bool(wrong)


def test_the_call_of_shuffled_times_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mixed up.tsv"
    write_course(mix_up(ALPHA, 0), path)
    told = CliRunner().invoke(call, [str(path), "--json"])
    (note,) = [one for one in json.loads(told.stdout)["notes"] if one["code"] == "order"]
    assert "of random orders of the arrays look as orderly" in note["text"]
    assert f"phasecall qc '{path}'" in told.stderr
    write_course(ALPHA, path)
    assert "phasecall qc" not in CliRunner().invoke(call, [str(path)]).stderr


@pytest.mark.parametrize("turns", [[0.3, 0.3, 0.1, 0.9, 0.1, 0.1], [0.5], []])
def test_ranks_are_those_of_scipy(turns: list[float]) -> None:
    expected = (scipy.stats.rankdata(turns) - 1) / max(len(turns), 1)
    assert rank_angles(np.array(turns)) == pytest.approx(expected)


def test_a_limit_says_which_side_is_good(made: dict[str, Examination]) -> None:
    for one in (one for made_of in made.values() for one in made_of.findings):
        bad_side = one.value < one.limit if CHECKS[one.key].least else one.value > one.limit
        assert not (one.verdict is Verdict.OK and bad_side), one
    assert {key for key, check in CHECKS.items() if check.least} >= {"synchrony", "reversed_times", "cycles"}


def test_samples_are_named_once() -> None:
    odd = replace(ALPHA, values=ALPHA.values * np.where(ALPHA.times == 35, -1, 1))
    told = [one for one in examine(odd).findings if one.key == "flipped_samples"]
    assert (told[0].where, told[0].unnamed) == (("35 min",), ())


def test_one_fault_is_told_once() -> None:
    odd = replace(ALPHA, values=ALPHA.values * np.where(ALPHA.times == 35, -1, 1))
    told = {one.key: one for one in examine(odd).findings}
    assert told["flipped_samples"].verdict is Verdict.WARN
    assert told["mislabelled_times"].verdict is Verdict.OK
    assert "which 'Sign of two-channel arrays' explains" in told["mislabelled_times"].text


def test_two_losses_are_told_apart() -> None:
    made = examine(ALPHA)
    text = next(one.text for one in made.findings if one.key == "loss")
    assert text.startswith("the waves of 90 marker genes of budding yeast lose 40% of their amplitude a turn")
    assert text.endswith(", those of all genes 30%")
    assert (made.summary()["loss"], made.summary()["clock"]["loss"]) == (made.loss, made.estimate.clock.loss)
    told = [note.text for note in phasecall.call(ALPHA).notes if note.code == "clock"]
    assert "the waves of all genes lose 30% of their amplitude a turn" in told[0]
