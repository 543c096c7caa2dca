"""What a benchmark says: metrics, intervals and tests against their definitions, tables and figures against
the summary, and the command line."""

from __future__ import annotations

import json
import platform
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import standings as example
from phasecall import figures, metrics
from phasecall.benchmark import comparison, outcomes
from phasecall.benchmark.measures import METRICS, TOPS
from phasecall.benchmark.tracks import TRACKS
from phasecall.cli import VERBS, benchmark, main
from phasecall.methods import METHODS
from phasecall.report import standings

SUMMARY = example.summary()
ROWS = {(track["track"], row["method"]): row for track in SUMMARY["tracks"] for row in track["rows"]}
OUTCOMES = {(outcome.track.key, outcome.method): outcome for outcome in example.outcomes()}


def draw(key: str) -> Any:
    """Draw; untyped, since matplotlib types artists by what they might be."""
    return figures.draw(key, SUMMARY)


# Statistics.


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_test_of_pairs_is_the_binomial_test(won: int, lost: int) -> None:
    wanted = stats.binomtest(won, won + lost, 0.5).pvalue if won + lost else 1.0
    assert comparison.judge_pairs(won, lost) == pytest.approx(wanted, rel=1e-9)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_the_interval_of_a_mean_is_that_of_student(values: list[float]) -> None:
    mean, interval = comparison.bound_mean(values)
    assert interval is not None
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    assert mean == pytest.approx(np.mean(values))
    assert interval == pytest.approx([np.mean(values) - half, np.mean(values) + half], abs=1e-9)


def test_adjusted_p_values_are_those_of_a_plain_loop() -> None:
    values = np.random.default_rng(1).random(9) ** 3
    order = sorted(range(9), key=lambda place: values[place])
    wanted, highest = [0.0] * 9, 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (9 - rank) * values[place]))
        wanted[place] = highest
    assert comparison.adjust_by_holm(values.tolist()) == pytest.approx(wanted)
    assert comparison.adjust_by_holm([]) == []


@given(st.integers(1, 40), st.integers(0, 1000), st.booleans())
def test_the_share_called_is_that_of_a_plain_loop(n: int, seed: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.ones(3), size=n)
    if ties:
        chances = np.round(chances, 1) + 1e-3
    truth = rng.integers(0, 3, n)
    confidence, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    best = 0.0
    for threshold in confidence:
        called = confidence >= threshold
        if right[called].mean() >= 0.8 - 1e-12:
            best = max(best, called.mean())
    assert metrics.find_coverage(truth, chances, wanted=0.8)[0] == pytest.approx(best)


def test_the_interval_of_the_share_called_holds_it() -> None:
    rng = np.random.default_rng(3)
    chances = rng.dirichlet(np.ones(3) / 2, size=200)
    truth = np.array([rng.choice(3, p=row) for row in chances])
    share, interval = metrics.find_coverage(truth, chances, wanted=0.9, n_boot=300)
    assert interval is not None
    assert interval[0] < share < interval[1]
    curve = metrics.trace_coverage(truth, chances)
    assert curve["share"][-1] == 1.0
    assert curve["accuracy"][-1] == pytest.approx((chances.argmax(axis=1) == truth).mean())


def test_recovery_counts_the_wanted_among_the_first() -> None:
    rng = np.random.default_rng(2)
    wanted, scores = rng.random(500) < 0.1, rng.random(500)
    scores[::7] = np.nan
    order = sorted(range(500), key=lambda row: -scores[row] if np.isfinite(scores[row]) else np.inf)
    for top in (10, 100, 500):
        assert metrics.measure_recovery(wanted, scores, top)[0] == pytest.approx(
            sum(wanted[row] for row in order[:top]) / wanted.sum()
        )


def test_methods_are_compared_on_the_genes_that_both_called() -> None:
    right = {
        "one": dict.fromkeys("abcdef", True),
        "two": {**dict.fromkeys("abc", True), **dict.fromkeys("def", False)},
        "three": {"a": False},
        "alone": {"z": True},
    }
    found = comparison.compare(right)
    assert set(found) == {"one", "two", "three"}
    assert (found["one"].rival, found["one"].n, found["one"].won, found["one"].lost) == ("two", 6, 3, 0)
    assert (found["three"].rival, found["three"].n, found["three"].lost) == ("one", 1, 1)
    assert found["one"].p_holm >= found["one"].p == comparison.judge_pairs(3, 0)


def test_who_called_few_genes_is_no_rival_of_who_called_more() -> None:
    genes = [str(number) for number in range(100)]
    right = {
        "wide": dict.fromkeys(genes, True) | dict.fromkeys(genes[:30], False),
        "other": dict.fromkeys(genes, True) | dict.fromkeys(genes[:40], False),
        "easy": dict.fromkeys(genes[60:], True),
    }
    found = comparison.compare(right)
    assert (found["wide"].rival, found["wide"].n) == ("other", 100)
    assert (found["other"].rival, found["other"].n) == ("wide", 100)
    # Who called few is itself tested on these, against all who called them.
    assert (found["easy"].rival, found["easy"].n) == ("wide", 40)


def test_methods_that_are_alike_hardly_ever_differ() -> None:
    rng, genes, n_times = np.random.default_rng(0), [str(number) for number in range(60)], 400
    found, by_holm_alone = 0, 0
    for _ in range(n_times):
        called = rng.random((12, 60)) < 0.8
        right = {
            str(place): dict(zip(genes, map(bool, row), strict=True)) for place, row in enumerate(called)
        }
        tests = comparison.compare(right).values()
        found += min(test.p_holm for test in tests) <= 0.05
        by_holm_alone += min(comparison.adjust_by_holm([test.p for test in tests])) <= 0.05
    assert found / n_times <= 0.05
    # The best of eleven rivals is chosen, of which Holm's method knows nothing.
    assert by_holm_alone / n_times > 0.05


# The summary.


def test_a_value_is_the_mean_over_folds_and_pooled_genes_stand_beside_it() -> None:
    row, outcome = ROWS["cdc15-23", "logistic"], OUTCOMES["cdc15-23", "logistic"]
    shares = [(cell.values.argmax(axis=1) == cell.codes).mean() for cell in outcome.cells]
    assert row["value"] == pytest.approx(np.mean(shares))
    assert row["n"] == 200
    low, high = row["interval"]
    half = stats.t.ppf(0.975, 4) * stats.sem(shares)
    assert [low, high] == pytest.approx([np.mean(shares) - half, min(1, np.mean(shares) + half)])
    assert row["metrics"]["accuracy"][0] == pytest.approx(np.mean(shares))
    assert row["best"]
    assert row["test"]["rival"] == "majority"


def test_a_network_judged_on_one_fold_has_the_interval_over_its_genes_and_says_so() -> None:
    row = ROWS["cdc15-9", "reference"]
    assert (row["n"], list(row["parts"])) == (40, ["0"])
    wilson = stats.binomtest(round(row["value"] * 40), 40).proportion_ci(method="wilson")
    assert row["interval"] == pytest.approx([wilson.low, wilson.high])
    # It was asked about fewer genes than the others: it is not the best, however many it has right.
    assert not row["best"]
    assert row["notes"] == ["skipped in folds 1, 2, 3, 4: not for it"]
    assert ROWS["cdc15-23", "reference"]["notes"] == ["refused: not for it"]
    assert ROWS["missing-cdc15-23", "logistic"]["notes"] == [
        "gaps in the data were filled linearly in time, since it refuses them"
    ]


def test_where_labels_are_few_the_interval_is_that_over_draws() -> None:
    row = ROWS["few-20-alpha", "logistic"]
    assert len(row["parts"]) == 30
    value, low, high = row["metrics"]["accuracy"]
    assert [value, low, high] == pytest.approx([row["value"], *row["interval"]])
    assert row["n"] == 200
    assert row["test"]["n"] == 200
    # Thirty draws of the same 200 genes are not 1,200 genes: the interval is that over 200 at least.
    shares = list(row["parts"].values())
    half = stats.t.ppf(0.975, 29) * stats.sem(shares)
    wilson = metrics.bound_share(200 * np.mean(shares), 200)
    assert wilson is not None
    assert wilson[1] - wilson[0] > 2 * half
    assert row["interval"] == pytest.approx(wilson)
    assert all(span == [None, None] for key, (_, *span) in row["metrics"].items() if key != "accuracy")


def test_genes_found_have_metrics_of_their_own() -> None:
    row = ROWS["recovery-alpha", "logistic"]
    assert {f"recovery_{top}" for top in TOPS} <= set(row["metrics"])
    assert "accuracy" not in row["metrics"]
    assert row["test"] is None


def test_the_bound_is_no_rival() -> None:
    track = next(track for track in SUMMARY["tracks"] if track["track"] == "simulated")
    bound = ROWS["simulated", "best-possible"]
    assert bound["bound"]
    assert not bound["best"]
    assert bound["test"] is None
    assert all(row["test"]["rival"] != "best-possible" for row in track["rows"] if row["test"])


def test_the_summary_is_plain_and_names_no_machine() -> None:
    text = json.dumps(SUMMARY, allow_nan=False)
    assert json.loads(text) == json.loads(json.dumps(SUMMARY))
    assert platform.node() not in text
    assert {"cores", "memory_gib", "system", "python"} == set(SUMMARY["machine"])


# Tables.


def test_every_number_of_a_section_is_in_markdown_and_page() -> None:
    text, page = standings.write_markdown(SUMMARY), standings.render_standings(SUMMARY, {})
    for table in standings.lay_out(SUMMARY):
        assert f"## {table.title}" in text
        assert table.title.replace("'", "&#39;") in page
        for _, cells in table.rows:
            for shown, best, _ in cells:
                assert (f"**{shown}**" if best else shown) in text
                value, _, interval = shown.partition(" ")
                assert (f"<strong>{value}</strong>" if best else value) in page
                assert f"<small>{interval}</small>" in page or not interval
        for number, note in enumerate(table.notes, 1):
            assert f"{number}. {note}" in text
            assert note in page
    for track in SUMMARY["tracks"]:
        assert track["what"] in text
    assert "phasecall benchmark" in text
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", page)


def test_a_test_is_told_with_its_genes() -> None:
    track = next(track for track in SUMMARY["tracks"] if track["track"] == "cdc15-9")
    told = {row[0]: dict(zip(standings.DETAILS, row, strict=False)) for row in standings.detail(track)}
    network = told["Published network"]
    assert (network["best rival"], network["shared"]) == ("Logistic regression", "40")
    # The network was asked about one fold: it is the rival of nobody who was asked about all.
    assert (told["Logistic regression"]["best rival"], told["Logistic regression"]["shared"]) == (
        "Majority class",
        "200",
    )


def test_a_markdown_table_has_as_many_cells_as_columns() -> None:
    tables = re.findall(r"(?:^\|.*\|\n)+", standings.write_markdown(SUMMARY), re.MULTILINE)
    assert len(tables) > len(SUMMARY["tracks"])
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_every_metric_names_what_is_better() -> None:
    assert {metric.better for metric in METRICS.values()} == {"high", "low"}
    assert all(metric.what.endswith(".") for metric in METRICS.values())


def test_tidy_rows_of_draws_hold_the_first_metric_only() -> None:
    rows = [row for row in outcomes.tabulate(example.outcomes(("few-20-alpha",))) if row.method == "majority"]
    assert {row.metric for row in rows if row.fold != "all"} == {"accuracy"}
    assert sum(row.fold != "all" for row in rows) == 30


# Figures.


def test_the_standings_are_drawn_best_last_with_their_intervals() -> None:
    figure = draw("standings")
    shown = [track for track in SUMMARY["tracks"] if not TRACKS[track["track"]].many]
    assert len(figure.axes) == len(shown)
    for axes, track in zip(figure.axes, shown, strict=True):
        rows = sorted(
            (row for row in track["rows"] if row["value"] is not None), key=lambda row: row["value"]
        )
        points = [line for line in axes.lines if len(line.get_xdata()) == 1]
        assert [line.get_xdata()[0] for line in points] == pytest.approx([100 * row["value"] for row in rows])
        spans = [list(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2]
        wanted = [[100 * end for end in row["interval"]] for row in rows if row["interval"] is not None]
        assert np.allclose(spans, wanted)
        assert [label.get_text() for label in axes.get_yticklabels()] == [row["title"] for row in rows]


def test_mistakes_are_those_of_the_best_method_and_of_our_networks() -> None:
    figure = draw("mistakes")
    told = [(axes.get_title(loc="left"), axes.texts[-1].get_text()) for axes in figure.axes]
    assert told == [
        ("cdc15-9, 40 genes", "Published network"),
        ("cdc15-9, 200 genes", "Logistic regression"),
        ("cdc15-23, 200 genes", "Logistic regression"),
    ]
    counts = [int(text.get_text().split()[0]) for text in figure.axes[1].texts[:-1]]
    assert counts == np.ravel(ROWS["cdc15-9", "logistic"]["confusion"]).tolist()


def test_coverage_draws_the_curves_and_the_wanted_accuracy() -> None:
    figure = draw("coverage")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["cdc15-9", "cdc15-23"]
    line = figure.axes[1].lines[0]
    curve = ROWS["cdc15-23", "logistic"]["coverage"]
    assert np.allclose(line.get_xdata(), 100 * np.array(curve["share"]))
    assert np.allclose(line.get_ydata(), 100 * np.array(curve["accuracy"]))
    assert figure.axes[1].lines[-1].get_ydata()[0] == 98.75


def test_noise_is_drawn_with_the_best_possible() -> None:
    (axes,) = draw("noise").axes
    lines = {line.get_label(): line for line in axes.lines}
    assert set(lines) == {"Published network", "Logistic regression", "Majority class", "Best possible"}
    for method, title in (("logistic", "Logistic regression"), ("best-possible", "Best possible")):
        assert list(lines[title].get_xdata()) == [0.2, 0.4, 0.8]
        wanted = [100 * ROWS[key, method]["value"] for key in ("simulated", "noise-0.4", "noise-0.8")]
        assert np.allclose(lines[title].get_ydata(), wanted)


def test_gaps_are_drawn_from_none_to_many() -> None:
    (axes,) = draw("gaps").axes
    line = next(line for line in axes.lines if line.get_label() == "Logistic regression")
    assert list(line.get_xdata()) == [0, 10, 30]
    keys = ("cdc15-23", "missing-10-cdc15-23", "missing-cdc15-23")
    assert np.allclose(line.get_ydata(), [100 * ROWS[key, "logistic"]["value"] for key in keys])


def test_time_is_drawn_against_genes() -> None:
    fit, call = draw("time").axes
    for axes, metric in ((fit, "seconds_fit"), (call, "seconds_predict")):
        line = next(line for line in axes.lines if line.get_label() == "Logistic regression")
        assert list(line.get_xdata()) == [250, 1000]
        keys = ("genes-250", "genes-1000")
        assert np.allclose(line.get_ydata(), [ROWS[key, "logistic"]["metrics"][metric][0] for key in keys])
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


@pytest.mark.parametrize("key", [key for key, row in figures.FIGURES.items() if row.needs == "benchmark"])
def test_a_benchmark_of_nothing_is_drawn_as_such(key: str) -> None:
    nothing = example.summary(("recovery-alpha",)) | {"tracks": []}
    assert "Nothing to draw" in figures.draw(key, nothing).texts[0].get_text()


# The command line.


def test_the_list_names_every_track_and_method() -> None:
    told = CliRunner().invoke(benchmark.command, ["--list"]).output
    assert [key for key in (*TRACKS, *METHODS) if key not in told] == []
    found = json.loads(CliRunner().invoke(benchmark.command, ["--list", "--json"]).output)
    assert list(found["tracks"]) == list(TRACKS)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--track", "cdc16"], "no track or group of tracks named 'cdc16'"),
        (["--method", "oracle"], "no method named 'oracle'"),
        (["--jobs", "0"], "0 is not in the range"),
    ],
)
def test_a_bad_name_gets_one_message_with_the_known_ones(
    words: list[str], wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["benchmark", *words, "-o", str(tmp_path / "out")])
    told = capsys.readouterr().err
    assert end.value.code == 2
    assert wanted in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()
    if "named" in wanted:
        assert "cdc15-9" in told or "logistic" in told


def test_a_run_writes_tables_page_figures_and_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(
            [
                "benchmark",
                "--quick",
                "--track",
                "alpha",
                "--method",
                "majority",
                "-o",
                str(tmp_path),
                "--json",
            ]
        )
    told = capsys.readouterr()
    assert end.value.code == 0
    summary = json.loads(told.out)
    assert json.loads((tmp_path / "benchmark.json").read_text()) == summary
    assert summary["tracks"][0]["rows"][0]["n"] > 300
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"benchmark.html", "benchmark.json", "cells", "figures", "tracks.md", "tracks.tsv"}
    assert "standings.svg" in {path.name for path in (tmp_path / "figures").iterdir()}
    assert "wrote" in told.err


def test_the_verb_stands_between_evaluate_and_simulate() -> None:
    verbs = list(VERBS)
    assert verbs[verbs.index("evaluate") + 1 : verbs.index("simulate")] == ["benchmark"]
