"""Styles: the columns, units and signs of other tools."""

from __future__ import annotations

import ast
import csv
import gzip
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm

import phasecall
from phasecall.calls import Calls
from phasecall.cli.call import STYLES as OFFERED
from phasecall.cli.call import command
from phasecall.errors import InputError
from phasecall.io.callfile import columns_to_text
from phasecall.rhythm import fit_cosinor
from phasecall.styles import STYLES, style_columns
from phasecall.timecourse import TimeCourse

PAGE = Path(__file__).parents[1] / "docs" / "styles.md"
OURS = ["phasecall_phase", "phasecall_confidence", "phasecall_reason"]
PERIOD = 60.0
Floats = NDArray[np.float64]
FIELDS = (
    "probabilities", "peak_turn", "peak_time", "peak_lo", "peak_hi", "amplitude", "periodic_p", "periodic_q"
)  # fmt: skip


def documented(key: str) -> list[str]:
    """Return the columns that the page names under a style, in its order."""
    section = PAGE.read_text("utf-8").split(f"\n## {key}\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")][2:]
    return [name for cell in cells for name in ([""] if "no name" in cell else re.findall("`(.+?)`", cell))]


def make_course(seed: int = 0, n: int = 30) -> TimeCourse:
    """Return noisy waves at uneven times with replicates and gaps; the first three genes have no wave."""
    rng = np.random.default_rng(seed)
    times = np.array([0.0, 7, 14, 14, 21, 30, 37, 44, 51, 60, 70, 77, 84])
    waves = np.cos(2 * np.pi * (times / PERIOD - rng.random((n, 1)))) * rng.uniform(0.5, 3, (n, 1))
    values = waves + rng.normal(size=waves.shape) / 2 + rng.uniform(-3, 9, (n, 1))
    values[rng.random(values.shape) < 0.1] = np.nan
    values[0], values[1] = np.nan, 4.0
    values[2, 2:] = np.nan
    return TimeCourse(tuple(f"G{row:02}" for row in range(n)), times, values)


def call_by_cosinor(course: TimeCourse, period: float = PERIOD) -> Calls:
    """Return calls whose peaks are those of a plain cosinor."""
    calls = phasecall.call(course, period=period)
    fit = fit_cosinor(course.values, course.times, period)
    return replace(
        calls, period=period, peak_time=fit.peak_time, peak_lo=fit.peak_lo, peak_hi=fit.peak_hi,
        peak_turn=fit.peak_time / period, periodic_p=fit.p_value,
    )  # fmt: skip


@pytest.fixture(scope="module")
def course() -> TimeCourse:
    return make_course()


@pytest.fixture(scope="module")
def calls(course: TimeCourse) -> Calls:
    return call_by_cosinor(course)


@pytest.fixture(scope="module")
def alpha() -> tuple[TimeCourse, Calls]:
    course = phasecall.load("alpha")
    return course, phasecall.call(course)


@pytest.mark.parametrize("key", STYLES)
def test_every_style_has_the_documented_columns_and_every_gene(
    alpha: tuple[TimeCourse, Calls], key: str
) -> None:
    course, calls = alpha
    columns = style_columns(calls, course, key)
    assert list(columns) == [*documented(key), *OURS]
    assert {len(values) for values in columns.values()} == {len(course)}
    assert next(iter(columns.values())) == course.genes
    told = zip(columns["phasecall_phase"], columns["phasecall_reason"], strict=True)
    assert all(bool(phase) != bool(reason) for phase, reason in told)
    assert STYLES[key].key == key
    assert STYLES[key].doi in PAGE.read_text("utf-8")


def test_the_command_offers_every_style() -> None:
    assert tuple(STYLES) == OFFERED
    with pytest.raises(InputError, match="no style named 'r'"):
        style_columns(None, None, "r")  # type: ignore[arg-type]


def fit_plainly(values: Floats, times: Floats) -> tuple[Floats, float, float]:
    """Return the weights of one gene by least squares, the error of its amplitude, and R squared."""
    seen = np.isfinite(values)
    angle, values = 2 * np.pi * times[seen] / PERIOD, values[seen]
    design = np.column_stack([np.ones(angle.size), np.cos(angle), np.sin(angle)])
    weights, (rest,), *_ = np.linalg.lstsq(design, values, rcond=None)
    covariance = np.linalg.inv(design.T @ design) * rest / (angle.size - 3)
    along = np.array([0.0, *weights[1:]]) / np.hypot(weights[1], weights[2])
    return weights, np.sqrt(along @ covariance @ along), 1 - rest / np.square(values - values.mean()).sum()


def test_a_cosinor_is_that_of_a_plain_loop(course: TimeCourse, calls: Calls) -> None:
    cosinor, disco = (style_columns(calls, course, key) for key in ("cosinor", "discorhythm"))
    assert np.isnan(cosinor["amplitude"][:3]).all()
    assert cosinor["CI(amplitude)"][:3] == ("", "", "")
    for row in range(3, len(course)):
        weights, error, share = fit_plainly(course.values[row], course.times)
        _, cosine, sine = weights
        amplitude = np.hypot(cosine, sine)
        # The wave is amplitude cos(angle + acrophase): its phase runs against the time of its peak.
        assert cosinor["amplitude"][row] == pytest.approx(amplitude)
        assert cosinor["acrophase"][row] == pytest.approx(np.arctan2(-sine, cosine))
        peak = np.arctan2(sine, cosine) / (2 * np.pi) % 1 * PERIOD
        assert cosinor["acrophase[h]"][row] == pytest.approx(peak)
        interval = [amplitude - 1.959964 * error, amplitude + 1.959964 * error]
        assert ast.literal_eval(cosinor["CI(amplitude)"][row]) == pytest.approx(interval, rel=1e-4)
        # DiscoRhythm's acrophase is a time.
        told = [disco[name][row] for name in ("mesor", "coscoef", "sincoef", "Rsq", "amplitude", "acrophase")]
        assert told == pytest.approx([*weights, share, amplitude, peak])


def test_tests_of_the_cosinor_are_those_of_the_normal_distribution() -> None:
    course = make_course(seed=3)
    columns = style_columns(call_by_cosinor(course), course, "cosinor")
    for row in range(3, len(course)):
        for name in ("amplitude", "acrophase"):
            low, high = ast.literal_eval(columns[f"CI({name})"][row])
            assert low <= columns[name][row] <= high
            size = abs(columns[name][row]) / ((high - low) / 2 / norm.ppf(0.975))
            assert columns[f"p({name})"][row] == pytest.approx(2 * norm.sf(size), rel=1e-3, abs=1e-12)
            assert columns[f"q({name})"][row] >= columns[f"p({name})"][row]


def test_an_acrophase_lies_in_its_range_and_keeps_its_interval_about_it(
    course: TimeCourse, calls: Calls
) -> None:
    peaks = np.linspace(0, 119, len(course))
    moved = replace(calls, peak_time=peaks, peak_lo=peaks - 6, peak_hi=peaks + 3)
    columns = style_columns(moved, course, "cosinor")
    assert (columns["acrophase"] > -np.pi).all()
    assert (columns["acrophase"] <= np.pi).all()
    np.testing.assert_allclose(np.cos(columns["acrophase"]), np.cos(2 * np.pi * peaks / PERIOD))
    np.testing.assert_allclose(np.sin(columns["acrophase"]), -np.sin(2 * np.pi * peaks / PERIOD), atol=1e-12)
    for place, text in zip(columns["acrophase"], columns["CI(acrophase)"], strict=True):
        low, high = ast.literal_eval(text)
        assert [place - low, high - place] == pytest.approx([0.1 * np.pi, 0.2 * np.pi], rel=1e-4)


def test_half_a_period_is_plus_pi(course: TimeCourse, calls: Calls) -> None:
    half = np.full(len(course), PERIOD / 2)
    columns = style_columns(replace(calls, peak_time=half, peak_lo=half, peak_hi=half), course, "cosinor")
    assert columns["acrophase"].tolist() == [np.pi] * len(course)


def test_baseline_and_amplitude_are_those_of_meta2d(course: TimeCourse, calls: Calls) -> None:
    columns = style_columns(calls, course, "metacycle")
    assert np.isnan(columns["meta2d_Base"][0])
    assert columns["meta2d_Base"][1] == 4.0
    assert np.isnan(columns["meta2d_AMP"][:3]).all()
    for row in range(3, len(course)):
        seen = np.isfinite(course.values[row])
        times, phase = course.times[seen], columns["meta2d_phase"][row]
        wave = np.cos(2 * np.pi * (times - phase) / PERIOD)
        design = np.column_stack([np.ones(times.size), times - times.mean(), wave])
        base, _, amplitude = np.linalg.lstsq(design, course.values[row][seen], rcond=None)[0]
        assert columns["meta2d_Base"][row] == pytest.approx(base)
        assert columns["meta2d_AMP"][row] == pytest.approx(abs(amplitude))
        relative = abs(amplitude / base) if abs(base) >= 1 else abs(amplitude)
        assert columns["meta2d_rAMP"][row] == pytest.approx(relative)
    for name in ("meta2d_phase", "JTK_adjphase", "LS_adjphase"):
        known = columns[name][3:]
        assert ((known >= 0) & (known < PERIOD)).all()


def test_a_tenth_of_the_baseline_is_an_amplitude_of_a_tenth() -> None:
    times = np.arange(0.0, 120.0, 8.0)
    values = 50 + 5 * np.cos(2 * np.pi * (times - 12) / PERIOD) + 0.1 * (times - times.mean())
    course = TimeCourse(("A", "B"), times, np.stack([values, values]))
    calls = call_by_cosinor(course)
    columns = style_columns(replace(calls, peak_time=np.full(2, 72.0)), course, "metacycle")
    told = [columns[f"meta2d_{name}"][0] for name in ("phase", "Base", "AMP", "rAMP")]
    assert told == pytest.approx([12.0, 50.0, 5.0, 0.1])


@pytest.mark.parametrize("key", STYLES)
@settings(max_examples=5)
@given(seed=st.integers(0, 50))
def test_genes_in_another_order_are_rows_in_another_order(key: str, seed: int) -> None:
    course, order = make_course(), np.random.default_rng(seed).permutation(30)
    calls = call_by_cosinor(course)
    turned = course.select_genes(order)
    moved = replace(
        calls, genes=turned.genes, reason=tuple(calls.reason[i] for i in order),
        **{name: getattr(calls, name)[order] for name in FIELDS},
    )  # fmt: skip
    here, there = style_columns(calls, course, key), style_columns(moved, turned, key)
    for name, values in here.items():
        if isinstance(values, np.ndarray):
            np.testing.assert_allclose(there[name], values[order], rtol=1e-7, atol=1e-9)
        else:
            assert there[name] == tuple(values[i] for i in order)


@settings(max_examples=20)
@given(shift=st.floats(-500, 500))
def test_shifted_times_are_shifted_phases(shift: float) -> None:
    course = make_course(seed=1)
    later = replace(course, times=course.times + shift)
    here = call_by_cosinor(course)
    there = replace(
        here, peak_time=here.peak_time + shift, peak_lo=here.peak_lo + shift, peak_hi=here.peak_hi + shift
    )
    for key, names, unit in (
        ("metacycle", ("meta2d_phase", "LS_adjphase"), PERIOD),
        ("jtk", ("LAG",), PERIOD),
        ("discorhythm", ("acrophase",), PERIOD),
        ("cosinor", ("acrophase", "acrophase[h]"), PERIOD),
    ):
        before, after = style_columns(here, course, key), style_columns(there, later, key)
        for name in names:
            radians = (key, name) == ("cosinor", "acrophase")
            scale, moved = (2 * np.pi, -shift / unit) if radians else (unit, shift / unit)
            off = (after[name] - before[name])[3:] / scale - moved
            np.testing.assert_allclose(off, np.round(off), atol=1e-6)


def test_shares_of_the_cycle_and_ranks_are_those_of_cyclebase(alpha: tuple[TimeCourse, Calls]) -> None:
    course, calls = alpha
    columns = style_columns(calls, course, "cyclebase")
    np.testing.assert_allclose(columns["Peaktime"], 100 * calls.peak_turn)
    both = columns["P(per)"] * columns["P(reg)"]
    for name in ("P(per)", "P(reg)"):
        both = both * (1 + (columns[name] / 0.001) ** 2)
    known = np.isfinite(both)
    assert np.isnan(columns["Rank"][~known]).all()
    assert sorted(columns["Rank"][known]) == list(range(1, known.sum() + 1))
    by_rank = both[known][np.argsort(columns["Rank"][known])]
    assert (np.diff(by_rank) >= -1e-12 * by_rank[1:]).all()


@pytest.mark.parametrize("key", STYLES)
def test_without_a_period_there_are_rows_and_reasons(key: str) -> None:
    rng = np.random.default_rng(0)
    course = TimeCourse(("A", "B", "C"), np.array([0.0, 10, 20]), rng.normal(size=(3, 3)))
    columns = style_columns(phasecall.call(course), course, key)
    assert columns["phasecall_reason"] == ("too_few_points",) * 3
    numbers = [name for name, values in columns.items() if isinstance(values, np.ndarray)]
    left = {name for name in numbers if np.isfinite(columns[name]).any()}
    assert left <= {"P(reg)", "meta2d_Base"}


@pytest.mark.parametrize("key", STYLES)
@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_figures_have_the_unit_of_the_values(
    course: TimeCourse, calls: Calls, key: str, scale: float
) -> None:
    large = replace(course, values=course.values * scale)
    here, there = style_columns(calls, course, key), style_columns(calls, large, key)
    for name in ("amplitude", "mesor", "sincoef", "meta2d_Base", "meta2d_AMP", "LS_amplitude"):
        if name in here:
            np.testing.assert_allclose(there[name], here[name] * scale, rtol=1e-7)


def test_text_says_what_the_tool_says_where_there_is_nothing() -> None:
    columns = {"a": ("x,y", ""), "b": np.array([np.nan, 1 / 3])}
    assert columns_to_text(columns, ",", "NA") == 'a,b\n"x,y",NA\n,0.333333\n'


@pytest.fixture(scope="module")
def alpha_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("styles") / "alpha.csv"
    course = phasecall.load("alpha")
    columns = {f"alpha{time:g}": values for time, values in zip(course.times, course.values.T, strict=True)}
    path.write_text(columns_to_text({"gene": course.genes, **columns}, ","))
    return path


@pytest.mark.parametrize("key", STYLES)
def test_the_command_prints_and_writes(alpha_file: Path, tmp_path: Path, key: str) -> None:
    printed = CliRunner().invoke(command, [str(alpha_file), "--style", key])
    assert printed.exit_code == 0
    table = list(csv.reader(printed.stdout.splitlines(), delimiter="\t"))
    assert table[0] == [*documented(key), *OURS]
    assert tuple(row[0] for row in table[1:]) == phasecall.load("alpha").genes
    silent = table[1 + [row[-1] for row in table[1:]].index("all_missing")]
    assert silent[-2] == STYLES[key].missing
    output = tmp_path / "out.CSV.gz"
    written = CliRunner().invoke(command, [str(alpha_file), "--style", key, "-o", str(output)])
    assert written.exit_code == 0
    assert written.stdout == ""
    text = gzip.decompress(output.read_bytes()).decode()
    assert list(csv.reader(text.splitlines())) == table


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["b.csv"], "--style shows one experiment"),
        (["--json"], "--json has the native columns"),
        (["-o", "out.parquet"], "--style is written as .csv, .tsv, .csv.gz or .tsv.gz, not as 'out.parquet'"),
    ],
)
def test_what_a_style_cannot_be_is_refused_before_any_work(words: list[str], problem: str) -> None:
    told = CliRunner().invoke(command, ["a.csv", *words, "--style", "jtk"])
    assert told.exit_code == 2
    assert problem in told.stderr
