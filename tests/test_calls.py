"""Calls themselves: data frames, what a notebook shows, and what they say they rest on."""

from __future__ import annotations

import pickle
import re
import sys
from dataclasses import asdict, replace
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import examples
import phasecall
from conftest import make_calls
from phasecall import modelfile
from phasecall.caller.anchoring import anchor_clock
from phasecall.calls import Calls
from phasecall.embedding import embed_course
from phasecall.errors import MissingExtraError
from phasecall.finetuning import finetune
from phasecall.notebook import N_ROWS, draw_wheel
from phasecall.phases import SCHEMES
from phasecall.points import lay_points
from phasecall.reading import read_course
from phasecall.runtime import Predictor
from phasecall.timecourse import TimeCourse

NAMES = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=7, unique=True)


@cache
def alpha() -> tuple[TimeCourse, Calls]:
    course = phasecall.load("alpha")
    return course, phasecall.call(course)


# Data frames


@settings(max_examples=30)
@given(NAMES, st.sampled_from(sorted(SCHEMES)))
def test_a_pandas_frame_is_the_native_table(names: list[str], scheme: str) -> None:
    pytest.importorskip("pandas")
    calls = make_calls(tuple(names), scheme=SCHEMES[scheme])
    frame, columns = calls.to_pandas(), calls.columns()
    assert frame.columns.tolist() == list(columns)
    for name, values in columns.items():
        wanted = np.asarray(values)
        if wanted.dtype.kind in "biuf":
            assert frame[name].dtype == wanted.dtype
            assert_array_equal(frame[name].to_numpy(), wanted)
        else:
            assert frame[name].tolist() == list(values)


@settings(max_examples=30)
@given(NAMES, st.sampled_from(sorted(SCHEMES)))
def test_a_polars_frame_is_the_native_table(names: list[str], scheme: str) -> None:
    pl = pytest.importorskip("polars")
    calls = make_calls(tuple(names), scheme=SCHEMES[scheme])
    frame, columns = calls.to_polars(), calls.columns()
    assert frame.columns == list(columns)
    kinds = {"b": pl.Boolean, "i": pl.Int64, "f": pl.Float64}
    for name, values in columns.items():
        wanted = np.asarray(values)
        assert frame[name].dtype == kinds.get(wanted.dtype.kind, pl.String)
        back = frame[name].to_list()
        plain = wanted.tolist() if wanted.dtype.kind in kinds else list(values)
        assert back == [None if isinstance(one, float) and np.isnan(one) else one for one in plain]


def test_a_frame_shares_nothing_with_the_calls() -> None:
    pytest.importorskip("pandas")
    calls = make_calls()
    frame = calls.to_pandas()
    frame.loc[0, "peak_turn"] = 5.0
    assert calls.peak_turn[0] < 1


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_missing_frame_library_names_the_extra(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=r"phasecall\[frames\]"):
        getattr(make_calls(), f"to_{library}")()


# Notebooks


class _Tags(HTMLParser):
    """Checks that tags close in order, and keeps names and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.seen.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(calls: Calls) -> _Tags:
    page = calls._repr_html_()
    assert len(page) < 8000
    assert "http" not in page
    tags = _Tags()
    tags.feed(page)
    tags.close()
    assert tags.open == []
    return tags


def test_a_notebook_shows_a_line_a_wheel_and_the_first_rows() -> None:
    _, calls = alpha()
    tags = shown(calls)
    assert "650 of 800 genes called by phasecall 0.1.0; a turn takes 61.6 min" in tags.text
    assert tags.seen.count("tr") == N_ROWS + 1
    assert f"and {len(calls) - N_ROWS} more" in tags.text
    for phase in calls.scheme.phases:
        assert f"{phase.name} {calls.phase.count(phase.name)}" in tags.text
    assert tags.seen.count("path") == len(calls.scheme)


@pytest.mark.parametrize(
    "calls",
    [
        examples.calls(),
        examples.calls(scheme="human"),
        examples.withheld_calls(),
        examples.silent_calls(),
        make_calls(("<b>", '"')),
        replace(make_calls(), period=np.nan),
    ],
)
def test_any_calls_are_shown_and_escaped(calls: Calls) -> None:
    tags = shown(calls)
    assert not {"script", "b"} & set(tags.seen)
    assert calls.genes[0][:20] in tags.text


def test_both_themes_are_in_the_page() -> None:
    from phasecall.colours import THEMES

    page = make_calls()._repr_html_()
    assert "prefers-color-scheme:dark" in page
    for theme in THEMES.values():
        assert {theme.paper, theme.ink, *theme.phases[:4]} <= set(re.findall("#[0-9a-f]{6}", page))
    # Nothing outside the element is styled.
    rules = re.findall(r"([^{}]+)\{[^{}]*\}", page[page.index("<style>") + 7 : page.index("</style>")])
    selectors = [one for rule in rules for one in rule.split(",") if not one.strip().startswith("@media")]
    assert all(".phasecall-calls" in selector for selector in selectors)


@given(st.lists(st.floats(0, 1, exclude_max=True) | st.just(np.nan), max_size=50))
def test_the_wheel_counts_by_area(turns: list[float]) -> None:
    scheme = SCHEMES["four"]
    root = ElementTree.fromstring(draw_wheel(scheme, np.array(turns, dtype=np.float64)))
    drawn = sum(path.get("d", "").count("Z") - 1 for path in root)
    known = np.array([turn for turn in turns if np.isfinite(turn)])
    filled = 0
    for phase in scheme.phases:
        share = ((known - phase.start) % 1.0) / phase.width
        filled += int((np.histogram(share, np.linspace(0, 1, round(phase.width * 40) + 1))[0] > 0).sum())
    assert drawn == filled
    assert f" {known.size} genes" in root.get("aria-label", "")


# What calls rest on


def test_the_default_network_signs_its_calls() -> None:
    course, calls = alpha()
    estimate = anchor_clock(course, None, sync=course.sync, period=None)
    how = {name: getattr(estimate, name) for name in ("period_lo", "period_hi", "anchor")}
    assert calls.clocks == ({"name": course.name, **asdict(estimate.clock), **how},)
    card = modelfile.shipped(modelfile.DEFAULT).card
    assert calls.card == {**asdict(card), "times": []}


def test_the_published_network_signs_with_its_own_clock() -> None:
    whole = phasecall.load("cdc15-4381")
    course = whole.select_times(np.isin(whole.times, range(40, 121, 10)))
    card = modelfile.shipped().card
    calls = phasecall.call(course, sync="cdc15")
    (clock,) = calls.clocks
    assert (clock["period"], clock["turn_at_zero"]) == (card.period, card.turn_at_zero)
    assert calls.card is not None
    assert calls.card["name"] == "reference"
    foreign = phasecall.call(course, model="reference", sync="alpha")
    assert np.isnan(foreign.clocks[0]["period"])


def test_fused_calls_name_the_clock_of_each_experiment() -> None:
    courses = [phasecall.load("alpha"), replace(phasecall.load("cdc28"), name="alpha")]
    calls = phasecall.call(courses)
    assert [clock["name"] for clock in calls.clocks] == ["alpha (1)", "alpha (2)"]
    assert calls.clocks[0]["period"] == calls.period != calls.clocks[1]["period"]
    assert calls.embed is None


def test_calls_by_the_clock_alone_have_no_card() -> None:
    course = phasecall.load("alpha").select_times(range(4))
    calls = phasecall.call(course)
    assert calls.card is None
    assert calls.embed is None
    assert np.isnan(calls.clocks[0]["period"])


def test_a_tuned_model_is_named_beside_the_network() -> None:
    course, _ = alpha()
    labels = phasecall.datasets.load_labels()
    tuned = finetune(course, {gene: labels[gene] for gene in course.genes[:60]})
    calls = phasecall.call(course, model=tuned)
    assert calls.card is not None
    assert calls.card["name"] == "phasecall"
    assert calls.card["tuned"]["labelled_genes"] == tuned.verdict.n
    assert np.isfinite(calls.clocks[0]["turn_at_zero"])
    assert calls.embed is not None


# Embeddings


def test_embeddings_are_those_of_the_very_reading_that_was_called() -> None:
    course, calls = alpha()
    assert calls.embed is not None
    embedding = calls.embed()
    estimate = anchor_clock(course, None, sync=course.sync, period=None)
    assert_array_equal(embedding, embed_course(course, estimate))
    periodic = read_course(course, estimate).periodic
    read = np.isfinite(periodic)
    assert embedding.shape == (len(course), 32)
    assert_array_equal(np.isfinite(embedding).all(axis=1), read)
    assert np.isnan(embedding[~read]).all()
    # The last layer of the network is a matrix: what it says follows from the embedding.
    logit = np.log(periodic[read] / (1 - periodic[read]))
    design = np.column_stack([np.ones(read.sum()), embedding[read]])
    weights = np.linalg.lstsq(design, logit, rcond=None)[0]
    assert_allclose(design @ weights, logit, atol=1e-4)


def test_embeddings_are_those_of_the_network_asked_for() -> None:
    course = phasecall.load("alpha").select_genes(range(10))
    estimate = anchor_clock(course, None, sync="alpha", period=62.0)
    source = modelfile.shipped(modelfile.DEFAULT)
    points = lay_points(course, estimate)
    _, wanted = Predictor(source.content).predict(points, embeddings=True)
    assert_allclose(embed_course(course, estimate, source), wanted)


def test_genes_that_cannot_be_read_have_no_embedding() -> None:
    course, _ = alpha()
    values = course.values[:6].copy()
    values[0], values[1], values[2, 3:] = np.nan, 1.0, np.nan
    gappy = TimeCourse(course.genes[:6], course.times, values)
    estimate = anchor_clock(gappy, None, sync="alpha", period=62.0)
    assert np.isnan(embed_course(gappy, estimate)).all(axis=1).tolist() == [True, True, True, *[False] * 3]
    nothing = gappy.select_genes([1, 2])
    assert np.isnan(embed_course(nothing, estimate)).all()


def test_calls_with_an_embedding_can_be_pickled() -> None:
    _, calls = alpha()
    again = pickle.loads(pickle.dumps(calls))
    assert_array_equal(again.embed(), calls.embed() if calls.embed else None)


def test_the_embedding_of_averaged_replicates_is_that_of_what_was_read() -> None:
    course, _ = alpha()
    three = TimeCourse(course.genes, np.tile(course.times, 3), np.tile(course.values, 3), sync=course.sync)
    again = phasecall.call(three)
    assert again.embed is not None
    averaged = phasecall.call(three.average_replicates())
    assert averaged.embed is not None
    assert_array_equal(again.embed(), averaged.embed())
