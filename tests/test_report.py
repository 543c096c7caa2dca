"""The report: one page that loads nothing, shows names and runs none, and tells the tracks apart."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import examples
import phasecall
from phasecall import figures, report
from phasecall.caller import tell_clock
from phasecall.calls import Calls
from phasecall.cli import evaluate
from phasecall.clock import find_markers, know_turns
from phasecall.density import lay_out
from phasecall.finetuning import finetune
from phasecall.methods import METHODS
from phasecall.qc import examine
from phasecall.qc.corrections import correct
from phasecall.report.account import give_account
from phasecall.report.genes import pack_genes
from phasecall.report.page import MAX_CALLS
from phasecall.report.script import write_policy
from phasecall.report.wording import COLUMNS, FLAGS, VERDICTS
from phasecall.timecourse import Note, TimeCourse
from test_cli import run

SUMMARY = examples.summary() | {"qc": examples.examination().describe()}
CALLS, COURSE = examples.calls(), examples.course()
DOCS = Path(__file__).parents[1] / "docs"
VOID = {"meta", "link", "img", "br", "hr", "input", "path", "use", "image", "rect", "circle"}


class Page(HTMLParser):
    """What a page consists of; it complains about tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, Mapping[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID or tag in ("path", "use"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split()).replace("( ", "(").replace(" )", ")")

    def all(self, tag: str) -> list[Mapping[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def source() -> str:
    return report.render(SUMMARY, CALLS, COURSE)


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_the_page_loads_nothing(source: str, page: Page) -> None:
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.tags}
    assert page.all("script") == [{"type": "application/octet-stream", "id": "genes-data"}, {}]
    [policy] = [one["content"] for one in page.all("meta") if "http-equiv" in one]
    assert policy == write_policy()
    # The one script that may run is the one that is there.
    script = source.rsplit("<script>", 1)[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in str(policy)
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href", "action", "srcset", "data"):
            target = attributes.get(name)
            assert target is None or target.startswith(("#", "data:image/png;base64,")), (tag, name, target)
    # Its name, not its address, is all that a drawing made by the script needs.
    assert "http" not in source.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert "@import" not in source
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", source))


def test_the_page_is_small(source: str) -> None:
    assert len(source.encode()) < 1_000_000


def test_names_are_shown_and_not_run(source: str, page: Page) -> None:
    assert examples.NASTY not in source
    assert examples.NASTY in page.text
    assert "<b>markup" not in source
    assert "example & co" in page.text


def test_anything_given_is_escaped() -> None:
    nasty = "</style><script>x</script>"
    summary = {
        **SUMMARY,
        "command": nasty,
        "tracks": [
            {**row, "title": nasty, "method_title": nasty, "method_summary": nasty}
            for row in SUMMARY["tracks"]
        ],
        "model": {**SUMMARY["model"], "name": nasty, "card": {nasty: {nasty: [nasty]}}},
        "notes": [{"code": nasty, "text": nasty}],
    }
    calls = replace(CALLS, flags=(nasty,) * len(CALLS), method=nasty, notes=(Note(nasty, nasty),))
    source = report.render(summary, calls, replace(COURSE, name=nasty, sync=nasty), table=nasty)
    assert nasty not in source
    assert source.count("<script") == 2
    Page(source)


def test_sections_have_headings_and_links_have_targets(page: Page) -> None:
    sections = [attributes["id"] for attributes in page.all("section")]
    assert sections == [
        *("trust", "clock", "calls", "figures", "genes", "tracks", "model", "methods", "columns", "again")
    ]
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    targets = {attributes["href"] for attributes in page.all("a")}
    assert targets == {f"#{name}" for name in sections}
    referred = {
        attributes["aria-labelledby"] for _, attributes in page.tags if "aria-labelledby" in attributes
    }
    assert referred <= set(names)
    assert len(page.all("h1")) == 1


def test_the_page_can_be_read_by_machine_and_in_the_dark(source: str, page: Page) -> None:
    assert page.all("html")[0]["lang"] == "en"
    assert all(attributes.get("scope") in ("row", "col") for attributes in page.all("th"))
    drawings = page.all("svg")
    assert [attributes["aria-label"] for attributes in drawings] == [
        picture.title
        for need in ("calls", "evaluation")
        for picture in figures.FIGURES.values()
        if picture.needs == need
    ]
    assert all(attributes["role"] == "img" for attributes in drawings)
    assert "prefers-color-scheme: dark" in source
    assert "@media print" in source
    light = set(figures.THEMES["light"].roles().values())
    body = source[source.index("</style>") :]
    assert not [colour for colour in light if colour in body]


def test_every_figure_stands_beside_its_caption(page: Page) -> None:
    for picture in figures.FIGURES.values():
        if picture.needs in ("evaluation", "calls"):
            assert picture.title in page.text
            assert picture.caption in page.text


def test_tracks_are_told_apart(page: Page) -> None:
    simulated = page.text.index("Track simulated")
    real = page.text.index("Track cdc15-9")
    parts = {
        "simulated": page.text[simulated:real],
        "cdc15-9": page.text[real : page.text.index("Accuracy of every method")],
    }
    for track, part in parts.items():
        assert f"What the track {track} means" in part
        rows = [row for row in SUMMARY["tracks"] if row["track"] == track]
        assert f"All methods on track {track}" in part
        for row in rows:
            low, high = (f"{100 * end:.1f}" for end in row["accuracy_ci"])
            assert f"{100 * row['accuracy']:.1f} % {low} to {high}" in part
            assert f" {row['n_test']} " in part
            assert row["what"] in part
        assert rows[0]["auc"]["m"] is not None
        assert f"{rows[0]['auc']['m']:.3f}" in part
    assert "best possible expected 99.12 %" in parts["simulated"]
    assert "best possible on these genes 99.70 %" in parts["simulated"]
    assert "best possible" not in parts["cdc15-9"]


def test_shares_and_calibration_stand_beside_what_chance_can_do(page: Page) -> None:
    for row in SUMMARY["tracks"]:
        low, high = row["ece_calibrated"]
        assert f" {row['ece']:.3f} perfect: {low:.3f} to {high:.3f} " in page.text
    assert "is no evidence of miscalibration" in page.text
    for phase in SUMMARY["tracks"][0]["per_phase"]:
        shown = [str(phase["support"])]
        for name in ("precision", "recall"):
            low, high = phase[f"{name}_ci"]
            shown.append(f"{100 * phase[name]:.1f} % {100 * low:.1f} to {100 * high:.1f}")
        assert f"{phase['name']} {' '.join(shown)} " in page.text


def test_a_perfect_score_is_shown_without_an_interval_of_no_width() -> None:
    rows = [{**row, "macro_f1": 1.0, "macro_f1_ci": None} for row in SUMMARY["tracks"]]
    text = Page(report.render({**SUMMARY, "tracks": rows}, CALLS, COURSE, figures={})).text
    assert "100.0 % – " in text
    widths = re.findall(r"([\d.]+) to ([\d.]+)", text)
    assert [ends for ends in widths if ends[0] == ends[1]] == []


def test_methods_are_explained(page: Page) -> None:
    for row in SUMMARY["tracks"]:
        assert f"{row['method_title']} {row['method_summary']}" in page.text
    assert METHODS["reference"].summary not in page.text


def test_a_method_that_says_nothing_of_itself_is_explained_by_the_table() -> None:
    silent = [{**row, "method_summary": None} for row in SUMMARY["tracks"]]
    unknown = [{**row, "method": "other", "method_title": "Other"} for row in silent]
    text = Page(report.render({**SUMMARY, "tracks": silent + unknown}, CALLS, COURSE, figures={})).text
    assert f"The logistic method {METHODS['logistic'].summary}" in text
    assert " Other " not in text[text.index("The methods") :].split("Intervals are")[0]


def test_limits_come_from_everyone_once() -> None:
    told = COURSE.notes[0]
    summary = {**SUMMARY, "notes": [{"code": told.code, "text": told.text}]}
    text = Page(report.render(summary, CALLS, COURSE, figures={})).text
    assert text.count(told.text) == 1
    assert CALLS.notes[0].text in text


def test_the_model_and_how_to_get_it_again_are_there(page: Page) -> None:
    for expected in (
        "39 412 bytes, 54 180 parameters",
        SUMMARY["model"]["sha256"],
        "trained on simulated cultures, then 504 labelled genes of folds 1 to 4",
        "14.2 µs a gene",
        "41.0 µs (median)",
        "phasecall demo -o out",
        "version phasecall 0.1.0",
        "seed 0",
        COURSE.sha256(),
        *(f"track {row['track']}, SHA-256 {row['data_sha256']}" for row in SUMMARY["tracks"]),
    ):
        assert expected in page.text, expected


def test_calls_are_counted_and_listed(page: Page) -> None:
    assert "126 of 130 genes were called." in page.text
    assert "1 gene: no value at any time point (all_missing)" in page.text
    assert "All 130 genes. The whole table, with a probability for each phase, is in calls.tsv" in page.text
    assert "YAL129C withheld" in page.text
    assert "nan" not in page.text.lower()


def test_a_long_table_is_cut_and_says_so() -> None:
    calls, course = examples.calls(400), examples.course(400)
    page = Page(report.render(SUMMARY, calls, course, figures={}, table="out/calls.tsv"))
    assert f"The first {MAX_CALLS} of 400 genes; where scripts run" in page.text
    assert "in out/calls.tsv" in page.text
    genes = [attributes for attributes in page.all("th") if attributes.get("class") == "gene"]
    assert len(genes) == MAX_CALLS


def test_every_column_of_the_table_is_explained() -> None:
    columns = ["p_…" if name.startswith("p_") else name for name in CALLS.columns()]
    assert list(dict.fromkeys(columns)) == list(COLUMNS)


def test_calls_without_an_evaluation_make_a_shorter_page() -> None:
    page = Page(report.render({"phasecall": "0.1.0", "command": "phasecall call x.tsv"}, CALLS, COURSE))
    sections = [attributes["id"] for attributes in page.all("section")]
    assert sections == ["trust", "calls", "figures", "genes", "methods", "columns", "again"]
    assert len(page.all("svg")) == 3


def test_a_figure_drawn_before_is_used() -> None:
    drawn = {"training": figures.draw("training", examples.history())}
    page = Page(report.render(SUMMARY, CALLS, COURSE, figures=drawn))
    assert [attributes["aria-label"] for attributes in page.all("svg")] == ["How the network learned"]


@pytest.mark.parametrize("auc", [None, dict.fromkeys(("early_g1", "late_g1_s", "g2", "m"))])
def test_what_is_not_known_is_a_dash(auc: Any) -> None:
    rows = [dict(row) for row in SUMMARY["tracks"] if row["method"] == "majority"]
    for row in rows:
        row.update(auc=auc, auc_ci=auc, roc=auc, ece_calibrated=None, accuracy_ci=None)
        row.update(bayes_optimal=None, bayes_expected=None)
    summary = {**SUMMARY, "tracks": rows, "model": None, "speed": None, "notes": []}
    page = Page(report.render(summary, CALLS, replace(COURSE, notes=()), figures={}))
    assert "model" not in [attributes.get("id") for attributes in page.all("section")]
    assert "–" in page.text


def test_a_course_that_gave_no_answer_can_be_reported() -> None:
    silent = replace(examples.silent_calls(), period=float("nan"), notes=())
    page = Page(
        report.render({"phasecall": "0.1.0", "command": "x"}, silent, replace(COURSE, notes=(), sync=None))
    )
    assert "Nothing was noticed." in page.text
    assert np.isnan(silent.peak_time).all()
    assert "withheld – –" in page.text


def test_the_command_line_shows_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    evaluate.show_tracks(SUMMARY)
    evaluate.show_phases(SUMMARY)
    told = capsys.readouterr().out
    tracks, phases = told.split("phase by phase")
    assert max(map(len, told.splitlines())) <= 120
    for row in SUMMARY["tracks"]:
        low, high = row["accuracy_ci"]
        assert f"{row['method_title']} " in tracks
        assert f" {100 * row['accuracy']:.1f} ({100 * low:.1f} to {100 * high:.1f}) " in tracks
        assert re.search("{:.3f} +{:.3f} to {:.3f}\n".format(row["ece"], *row["ece_calibrated"]), tracks)
    assert tracks.count("expected / on these genes: 99.12 / 99.70") == 1
    assert "no evidence of miscalibration" in tracks
    for row in SUMMARY["tracks"][::3]:
        for phase in row["per_phase"]:
            low, high = phase["recall_ci"]
            line = next(x for x in phases.splitlines() if x.startswith(row["track"]) and phase["name"] in x)
            assert f" {phase['support']} " in line
            assert f" {100 * phase['recall']:.1f} ({100 * low:.1f} to {100 * high:.1f}) " in line


def unpack(text: str, calls: Calls, course: TimeCourse) -> tuple[Any, ...]:
    """What the page's script reads: the heading, values, probabilities and natural parameters."""
    content = gzip.decompress(base64.b64decode(text))
    end = 4 + int.from_bytes(content[:4], "little")
    heading = json.loads(content[4:end])
    n, n_values = len(calls), course.values.size
    steps = np.frombuffer(content, np.uint8, n_values, end).reshape(course.values.shape).astype(float)
    steps[steps == 255] = np.nan
    rest = np.frombuffer(content, "<i2", -1, end + n_values).astype(float)
    return heading, steps, rest[: n * len(calls.scheme)].reshape(n, -1), rest[n * len(calls.scheme) :]


def test_the_script_is_given_what_the_calls_say() -> None:
    course = phasecall.load("cdc15")
    calls = phasecall.call(course)
    text = pack_genes(calls, course)
    heading, steps, chances, natural = unpack(text, calls, course)
    assert heading["genes"] == list(calls.genes)
    assert heading["codes"] == np.where(calls.abstained, -1, calls.codes).tolist()
    assert [heading["reasons"][place] for place in heading["reason"]] == [str(x) for x in calls.reason]
    assert [heading["flags"][place] for place in heading["flag"]] == list(calls.flags)
    assert [heading["sets"][place] for place in heading["set"]] == list(calls.phase_set)
    for name, numbers in {"peak": calls.peak_time, "from": calls.peak_lo, "to": calls.peak_hi}.items():
        np.testing.assert_allclose(np.array(heading[name], dtype=float), numbers, rtol=1e-3)
    low, high = (np.array(heading[name], dtype=float)[:, None] for name in ("low", "high"))
    shown = low + (high - low) * steps / heading["steps"]
    np.testing.assert_allclose(shown, course.values, atol=0.003 * np.nanmax(high - low))
    np.testing.assert_allclose(chances / 1000, np.nan_to_num(calls.probabilities, nan=-1e-3), atol=6e-4)
    assert calls.density is not None
    known = np.isfinite(calls.density).all(axis=1)
    back = np.where(natural == -32768, np.nan, natural * heading["step"]).reshape(-1, 8)
    assert (np.isfinite(back).all(axis=1) == known).all()
    apart = np.abs(lay_out(back[known]) - lay_out(calls.density[known])).sum(axis=1) / 2
    assert apart.max() < 0.02
    assert {int(row): sentence for row, sentence in heading["sentences"].items()} == {
        calls.genes.index(gene): sentence for gene, sentence in calls.atypical.items()
    }
    assert pack_genes(calls, course) == text


def test_genes_without_values_or_densities_can_be_packed() -> None:
    course = TimeCourse(("a", "b"), np.array([0.0, 10.0, 20.0]), np.array([[np.nan] * 3, [1.0] * 3]))
    calls = phasecall.call(course)
    heading, steps, chances, natural = unpack(pack_genes(calls, course), calls, course)
    assert heading["low"] == [None, 1.0]
    assert np.isnan(steps[0]).all()
    assert (steps[1] == 0).all()
    assert (chances == -1).all()
    assert not heading["dense"]
    assert not natural.size


def test_every_flag_is_explained_as_the_conventions_have_it() -> None:
    table = (DOCS / "conventions.md").read_text("utf-8").split("| flag | meaning |")[1].split("\n\n")[0]
    assert list(FLAGS) == re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)


def test_the_account_names_clock_network_and_sources() -> None:
    course = phasecall.load("alpha")
    calls, made = phasecall.call(course), examine(course)
    account = give_account(calls, course, made.describe())
    text = " ".join(account.paragraphs)
    numbers = [int(number) for number in re.findall(r"\[(\d)\]", text)]
    assert sorted(set(numbers)) == list(range(1, len(account.sources) + 1))
    # Numbered in the order in which they are cited.
    assert list(dict.fromkeys(numbers)) == sorted(set(numbers))
    assert all("doi 10." in source for source in account.sources)
    for told in (
        "800 genes of the time course alpha were read at 18 time points from 0 to 119 min",
        "2.7 % of the values are missing.",
        f"It is {calls.period:.1f} min (95 % interval 58.3 to 65.0 min",
        "told by 90 marker genes of budding yeast [2]",
        f"{calls.card['parameters']} parameters" if calls.card else "",
        f"withheld for {calls.abstained.sum()} of 800 genes",
        f"phasecall {phasecall.__version__}",
        course.sha256(),
    ):
        assert told in text


@pytest.mark.parametrize(
    ("key", "how", "told"),
    [
        ("alpha", {"period": 62.0}, "The length of the cell cycle was given as 62 min."),
        ("cdc15-4381", {"model": "reference"}, "Phases were called by the network reference"),
    ],
)
def test_the_account_follows_what_the_calls_rest_on(key: str, how: dict[str, Any], told: str) -> None:
    course = phasecall.load(key)
    calls = phasecall.call(course, **how)
    made = examine(course, period=how.get("period"))
    assert told in " ".join(give_account(calls, course, made.describe()).paragraphs)


@pytest.mark.parametrize("kept", [False, True])
def test_the_account_of_a_tuned_model_says_what_was_learnt(kept: bool) -> None:
    course, labels = phasecall.load("alpha"), phasecall.datasets.load_labels()
    tuned = finetune(course, {gene: labels[gene] for gene in course.genes[:60]}, period=62.5)
    tuned = replace(tuned, verdict=replace(tuned.verdict, kept_original=kept))
    calls = phasecall.call(course, model=tuned)
    text = " ".join(give_account(calls, course, examine(course).describe()).paragraphs)
    learnt = "The probabilities of phases were learnt beside that from 60 genes of this experiment"
    assert (learnt in text) is not kept
    assert ("A model tuned by 60 genes of known phase was no better" in text) is kept
    assert ("The probability of a phase is the part of the density on its arc." in text) is kept
    assert (calls.density is not None) is kept
    assert "was given as 62.5 min" in text
    assert "the network's training" not in text
    assert calls.clocks[0]["anchor"] in text


def test_the_account_cites_nobody_for_genes_of_the_user() -> None:
    course = phasecall.load("alpha")
    markers = find_markers(course.genes)
    assert markers is not None
    own = dict(zip(course.genes, markers.turns.tolist(), strict=True))
    known = know_turns(course.genes, {gene: turn for gene, turn in own.items() if turn == turn})
    calls = phasecall.call(course, known=known)
    text = " ".join(give_account(calls, course, examine(course, known=known).describe()).paragraphs)
    assert f"told by {calls.clocks[0]['anchor']}." in text


def test_what_was_put_right_or_interpolated_is_told() -> None:
    course = phasecall.load("cdc15-4381").select_genes(range(1200))
    better, notes = correct(course, tell_clock(course), ["alternating_batches"])
    better = replace(better, notes=(*better.notes, *notes))
    calls = phasecall.call(better)
    text = give_account(calls, better, examine(better).describe()).paragraphs[0]
    assert "The times 40, 60 and 260 min were interpolated, and left out." in text
    assert notes[0].text[1:] in text
    heading, steps, *_ = unpack(pack_genes(calls, better), calls, better.select_times(better.measured()))
    assert 40.0 not in heading["times"]
    assert steps.shape == (1200, 20)


def test_a_course_without_a_clock_has_an_account() -> None:
    rng = np.random.default_rng(0)
    course = TimeCourse(tuple(f"g{i}" for i in range(60)), np.arange(0.0, 90, 10), rng.normal(size=(60, 9)))
    calls, made = phasecall.call(course), examine(course)
    text = " ".join(give_account(calls, course, made.describe()).paragraphs)
    assert "withheld for 60 of 60 genes" in text
    assert "nan" not in text
    page = Page(report.compose(calls, made, command="x"))
    assert made.verdict in page.text


def test_trust_comes_first(page: Page) -> None:
    made = examples.examination()
    start, end = page.text.index("Can this experiment be trusted?"), page.text.index("The clock of the")
    part = page.text[start:end]
    assert VERDICTS[made.verdict] in part
    for one in made.findings:
        assert one.text in part
        assert one.advice in part
    assert start < page.text.index("were called.") < page.text.index("The whole table, with")


def test_a_figure_of_the_atlas_can_be_asked_for(tmp_path: Path) -> None:
    source = tmp_path / "alpha.tsv"
    phasecall.write(phasecall.load("alpha").select_genes(range(200)), source)
    place = tmp_path / "report.html"
    words = ["call", str(source), "-o", str(tmp_path / "calls.tsv"), "--report", str(place)]
    assert run(*words, "--figure", "qq", "--figure", "wheel")[0] == 0
    shown = [one["id"] for one in Page(place.read_text("utf-8")).all("figure")]
    assert shown == ["figure-wheel", "figure-heatmap", "figure-profiles", "figure-qq"]
    place.unlink()
    for wrong, told in {
        (*words, "--figure", "pie"): "no figure of the atlas named 'pie'",
        ("call", str(source), "--figure", "qq"): "--figure shows a figure in the report",
    }.items():
        status, _, err = run(*wrong)
        assert status == 2
        assert told in err
        assert not place.exists()


def test_a_report_is_the_same_again(tmp_path: Path) -> None:
    course = phasecall.load("cdc28")
    calls, made = phasecall.call(course), examine(course)
    assert report.compose(calls, made, command="x") == report.compose(calls, made, command="x")
