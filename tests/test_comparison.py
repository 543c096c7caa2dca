"""Two conditions compared: what the answer must obey, against SciPy, on known changes, and faults."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

import phasecall
from phasecall.cli.compare import command
from phasecall.comparison import LEVEL, Change, Comparison, compare
from phasecall.comparison.judging import find_common, judge_amplitude, judge_change, judge_shift
from phasecall.comparison.record import Common
from phasecall.comparison.waves import Waves
from phasecall.errors import InputError
from phasecall.io.coursefile import write_course
from phasecall.timecourse import TimeCourse

N = 400
RHYTHMIC = 160
MINUTES = np.arange(0.0, 180.0, 7.5)


def lay_course(
    turn: NDArray[np.float64], size: NDArray[np.float64], seed: int, *, period: float = 60.0
) -> TimeCourse:
    """Cosines of these peaks and amplitudes, as many minutes as three turns of 60, noise of deviation 1."""
    angle = 2 * np.pi * (MINUTES / period - turn[:, None])
    noise = np.random.default_rng(seed).normal(size=angle.shape)
    names = tuple(f"g{row}" for row in range(turn.size))
    return TimeCourse(names, MINUTES, size[:, None] * np.cos(angle) + noise, name=f"culture {seed}")


def lay_pair(**changed: Any) -> tuple[TimeCourse, TimeCourse]:
    """Two cultures of the same genes; of the second, turns and sizes as given."""
    turn = np.random.default_rng(0).random(N)
    size = np.where(np.arange(N) < RHYTHMIC, 3.0, 0.0)
    return lay_course(turn, size, 1), lay_course(
        turn + changed.get("shift", 0.0),
        size * changed.get("factor", 1.0),
        2,
        period=changed.get("period", 60.0),
    )


A, B = lay_pair(
    shift=np.where(np.arange(N) < 20, 0.2, 0.0), factor=np.where(np.arange(N) // 20 == 1, 0.0, 1.0)
)
FOUND = compare(A, B)
LOST = FOUND.change.count(Change.LOST)


def test_known_changes_are_found() -> None:
    assert set(FOUND.change[:20]) == {Change.SHIFTED}
    # One in twenty flat genes may have a rhythm by chance.
    assert FOUND.change[20:40].count(Change.LOST) >= 18
    assert FOUND.change[40:RHYTHMIC].count(Change.SAME) > 0.9 * (RHYTHMIC - 40)
    assert FOUND.change[RHYTHMIC:].count(Change.NEITHER) > 0.9 * (N - RHYTHMIC)
    np.testing.assert_allclose(FOUND.shift[:20], 0.2, atol=0.1)
    held = (FOUND.shift_lo[:20] <= 0.2) & (FOUND.shift_hi[:20] >= 0.2)
    assert held.sum() >= 17


def test_a_gained_gene_is_the_lost_one_of_the_comparison_turned_round() -> None:
    turned = compare(B, A)
    assert turned.change[20:40].count(Change.GAINED) >= 18


def test_turning_the_pair_round_turns_the_signs() -> None:
    turned = compare(B, A)
    for name in ("shift_p", "shift_q", "amplitude_p", "amplitude_q", "change_p", "change_q"):
        np.testing.assert_allclose(getattr(turned, name), getattr(FOUND, name), rtol=1e-6, atol=1e-12)
    pairs = (
        ("shift", "shift"),
        ("shift_lo", "shift_hi"),
        ("log2_amplitude_ratio", "log2_amplitude_ratio"),
        ("log2_amplitude_ratio_lo", "log2_amplitude_ratio_hi"),
        ("log2_amplitude_ratio_hi", "log2_amplitude_ratio_lo"),
    )
    for one, other in pairs:
        np.testing.assert_allclose(getattr(turned, one), -getattr(FOUND, other), atol=1e-6)
    np.testing.assert_array_equal(turned.peak_turn_a, FOUND.peak_turn_b)
    np.testing.assert_array_equal(turned.amplitude_b, FOUND.amplitude_a)
    swap = {Change.GAINED: Change.LOST, Change.LOST: Change.GAINED}
    assert turned.change == tuple(swap.get(change, change) for change in FOUND.change)
    assert turned.common.offset == pytest.approx(-FOUND.common.offset, abs=1e-9)


def test_a_course_does_not_differ_from_itself() -> None:
    found = compare(A, A)
    assert set(found.change) <= {Change.SAME, Change.NEITHER}
    for name in ("shift", "log2_amplitude_ratio"):
        np.testing.assert_allclose(getattr(found, name), 0.0, atol=1e-9)
    np.testing.assert_allclose(found.change_p, 1.0)
    assert found.common.shift_excess == 0.0


def test_the_order_of_the_genes_does_not_matter() -> None:
    order = np.random.default_rng(3).permutation(N)
    made = compare(A, B, period=60.0)
    assert_same(compare(A, B.select_genes(order), period=60.0), made)
    back = compare(A.select_genes(order), B, period=60.0)
    assert back.genes == tuple(A.genes[row] for row in order)
    np.testing.assert_allclose(back.change_p, made.change_p[order], rtol=1e-3, atol=1e-6)
    assert back.change == tuple(made.change[row] for row in order)


def assert_same(one: Comparison, other: Comparison) -> None:
    for field in fields(Comparison):
        first, second = (getattr(found, field.name) for found in (one, other))
        if isinstance(first, np.ndarray):
            np.testing.assert_allclose(first, second, rtol=1e-3, atol=1e-4, err_msg=field.name)


@pytest.mark.parametrize("factor", [1e-150, 1e6, 1e150])
def test_the_unit_of_a_condition_does_not_matter(factor: float) -> None:
    found = compare(A, replace(B, values=B.values * factor))
    np.testing.assert_allclose(found.shift, FOUND.shift, atol=1e-4)
    np.testing.assert_allclose(found.log2_amplitude_ratio, FOUND.log2_amplitude_ratio, atol=1e-3)
    np.testing.assert_allclose(found.change_p, FOUND.change_p, rtol=1e-2, atol=1e-6)
    assert found.common.log2_amplitude_ratio == pytest.approx(
        FOUND.common.log2_amplitude_ratio + np.log2(factor), abs=1e-4
    )


def test_another_period_is_no_change() -> None:
    one, other = lay_pair(period=85.0)
    found = compare(one, other)
    assert abs(found.clocks[1].period - 85) < 3
    counted = found.count()
    assert counted[Change.SAME] > 0.9 * RHYTHMIC
    shifts = sum(counted[change] for change in (Change.SHIFTED, Change.BOTH))
    assert shifts <= 0.05 * RHYTHMIC


def test_without_a_change_p_values_are_uniform() -> None:
    turn = np.random.default_rng(0).random(3000)
    size = np.where(np.arange(3000) < 600, 3.0, 0.0)
    found = compare(lay_course(turn, size, 5), lay_course(turn, size, 6))
    assert stats.kstest(found.change_p, "uniform").statistic < 0.04
    assert abs((found.shift_p <= 0.05).sum() / 600 - 0.05) < 0.03
    asked = np.isfinite(found.amplitude_p)
    assert asked.sum() > 600
    assert abs((found.amplitude_p[asked] <= 0.05).mean() - 0.04) < 0.03
    covered = (found.shift_lo <= 0) & (found.shift_hi >= 0)
    assert abs(covered[:600].mean() - 0.95) < 0.03


def test_genes_of_one_course_only_get_a_row_and_a_reason() -> None:
    values = A.values.copy()
    values[3], values[4], values[5, 5:] = np.nan, 7.0, np.nan
    one = replace(A, values=values).select_genes(range(300))
    found = compare(one, B.select_genes(range(100, N)))
    assert found.genes == A.genes
    assert found.reason[0] == "not_in_b"
    assert found.reason[350] == "not_in_a"
    assert compare(replace(A, values=values), B).reason[3:7] == (
        "all_missing_a",
        "constant_a",
        "too_few_points_a",
        "",
    )
    told = np.array([bool(reason) for reason in found.reason])
    assert np.isnan(found.change_p[told]).all()
    assert np.isfinite(found.change_p[~told]).all()
    assert {change for change, out in zip(found.change, told, strict=True) if out} == {Change.UNTOLD}


def test_a_course_without_a_clock_is_not_compared() -> None:
    short = B.select_times(range(4))
    found = compare(A, short)
    assert set(found.reason) == {"no_clock_b"}
    assert np.isnan(found.shift).all()
    assert [note.code for note in found.notes][-1] == "common_unknown"
    assert len(found.columns()["gene"]) == N


def test_few_genes_have_nothing_in_common_told() -> None:
    found = compare(A.select_genes(range(5)), B.select_genes(range(5)), period=60.0)
    assert found.common == Common(found.common.n_genes)
    assert "fewer than 10" in found.notes[-1].text
    assert np.isfinite(found.shift).all()


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InputError, match="no gene in common"):
        compare(A, replace(B, genes=tuple(f"h{row}" for row in range(N))))
    with pytest.raises(InputError, match="this is no time course"):
        compare(A, "b.tsv")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="period is given 3 times"):
        compare(A, B, period=[60.0, 61.0, 62.0])


def lay_waves(vector: NDArray[np.float64], variance: float, freedom: float, q_value: float = 0.01) -> Waves:
    n = len(vector)
    spread = np.broadcast_to(variance * np.eye(2), (n, 2, 2)).copy()
    return Waves(vector, spread, np.full(n, freedom), np.full(n, q_value), ("",) * n)


def test_the_p_of_an_amplitude_is_welchs() -> None:
    one, other = lay_waves(np.array([[3.0, 0.0]]), 0.3, 9.0), lay_waves(np.array([[0.0, 4.0]]), 0.1, 20.0)
    found = judge_amplitude(one, other, Common(0))
    freedom = 0.4**2 / (0.3**2 / 9 + 0.1**2 / 20)
    assert found.p_value[0] == pytest.approx(2 * stats.t.sf(1 / np.sqrt(0.4), freedom))
    reach = stats.t.ppf(0.975, freedom)
    for bound in (found.low[0], found.high[0]):
        # Fieller: at either end of the interval, the difference is as large as Student's t allows.
        assert (4 - 2**bound * 3) ** 2 == pytest.approx(reach**2 * (0.1 + 4**bound * 0.3))
    across = np.sqrt(0.3 / 9 + 0.1 / 16) / (2 * np.pi)
    assert judge_shift(one, other, Common(0)).value[0] == pytest.approx(0.25)
    shifted = judge_shift(one, other, Common(0, offset=0.2))
    assert shifted.value[0] == pytest.approx(0.05)
    assert shifted.high[0] - shifted.value[0] > 1.96 * across


def test_the_p_of_a_change_is_that_of_f_where_one_condition_is_known() -> None:
    one, other = lay_waves(np.array([[3.0, 0.0]]), 0.5, 12.0), lay_waves(np.array([[3.0, 2.0]]), 1e-12, 12.0)
    assert judge_change(one, other, Common(0))[0] == pytest.approx(stats.f.sf(4 / 0.5 / 2, 2, 12), rel=1e-6)


def test_an_open_interval_has_no_end() -> None:
    weak, strong = lay_waves(np.array([[0.1, 0.0]]), 1.0, 12.0), lay_waves(np.array([[9.0, 0.0]]), 1.0, 12.0)
    found = judge_amplitude(weak, strong, Common(0))
    assert np.isnan(found.high[0])
    assert found.low[0] > 0


@settings(max_examples=25, deadline=None)
@given(offset=st.floats(-0.45, 0.45), factor=st.floats(0.1, 10.0), wobble=st.floats(0.0, 0.1))
def test_what_is_common_is_found(offset: float, factor: float, wobble: float) -> None:
    rng = np.random.default_rng(0)
    turn, size = rng.random(600), 4.0 * factor ** np.array([[0.0], [1.0]])
    turns = np.stack([turn, turn + offset + wobble * rng.normal(size=600)])
    places = np.stack([size * np.cos(2 * np.pi * turns), size * np.sin(2 * np.pi * turns)], axis=2)
    noisy = places + 0.02 * factor ** np.array([[[0.0]], [[1.0]]]) * rng.normal(size=places.shape)
    one, other = (lay_waves(own, (0.02 * x) ** 2, 15.0) for own, x in zip(noisy, (1.0, factor), strict=True))
    found = find_common(one, other)
    assert found.offset == pytest.approx(offset, abs=0.012)
    assert 2**found.log2_amplitude_ratio == pytest.approx(factor, rel=0.01)
    assert found.shift_excess == pytest.approx(wobble, abs=0.015)


def test_words_of_every_change() -> None:
    assert len({change.meaning for change in Change}) == len(Change)
    assert LEVEL == 0.05
    assert f"{LOST} lost" in repr(FOUND)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / "a.tsv", tmp_path / "b.tsv"]
    for course, path in zip((A, B), paths, strict=True):
        phasecall.write(course, path)
    return [str(path) for path in paths]


@pytest.mark.parametrize("suffix", ["tsv", "csv.gz", "json", "jsonl", "xlsx", "parquet", "feather"])
def test_the_verb_writes_every_format(files: list[str], tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"changes.{suffix}"
    done = CliRunner().invoke(command, [*files, "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert out.stat().st_size > 1000
    assert f"{LOST} lost" in done.stderr


def test_the_verb_answers_in_json_and_draws(files: list[str], tmp_path: Path) -> None:
    picture = tmp_path / "changes.svg"
    done = CliRunner().invoke(command, [*files, "--json", "--period", "60", "--figure", str(picture)])
    told = json.loads(done.stdout)
    assert told["counts"]["lost"] == LOST
    assert [row["gene"] for row in told["genes"]] == list(A.genes)
    assert told["common"]["n_genes"] > 100
    assert picture.read_text("utf-8").startswith("<?xml")


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["-o", "x.docx"], "no suffix of a format that tables of changes"),
        (["--figure", "x.bmp"], "no suffix of a figure"),
        (["--period", "1", "--period", "2", "--period", "3"], "--period is given 3 times"),
    ],
)
def test_the_verb_refuses_before_it_reads(files: list[str], more: list[str], text: str) -> None:
    done = CliRunner().invoke(command, [*files, *more])
    assert done.exit_code != 0
    assert text in str(done.exception)


def test_the_verb_wants_two_conditions(files: list[str]) -> None:
    for given_files, text in (
        (files[:1], "not 1"),
        ([*files, files[0] + "x"], "not 3"),
        (["-", "-"], "once only"),
    ):
        done = CliRunner().invoke(command, given_files)
        assert done.exit_code == 2
        assert text in done.output


def test_the_verb_does_not_end_well_where_nothing_could_be_compared(files: list[str], tmp_path: Path) -> None:
    short = tmp_path / "short.tsv"
    write_course(A.select_times(range(4)), short)
    output = tmp_path / "changes.tsv"
    done = CliRunner().invoke(command, [files[0], str(short), "-o", str(output)])
    assert isinstance(done.exception, InputError)
    assert done.exception.problem == "no gene could be compared"
    assert "no_clock_b of" in (done.exception.found or "")
    assert not output.exists()
