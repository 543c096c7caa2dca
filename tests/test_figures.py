"""The table of figures: each row draws what it is given, in every theme and format, the same each time."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Text
from numpy.typing import NDArray

import examples
import standings
from phasecall import figures
from phasecall.calls import Calls
from phasecall.errors import InputError
from phasecall.figures import table
from phasecall.figures.evaluation import judged
from phasecall.figures.palette import DASHES, MARKERS
from phasecall.phases import SCHEMES

SUMMARY = examples.summary()
CALLED = (examples.calls(), examples.course())
BENCHMARK = standings.summary()
# Every worker reads this module, and most need not make what takes long.
DATA: dict[str, Callable[[], Any]] = {
    "evaluation": lambda: SUMMARY,
    "calls": lambda: CALLED,
    "genes": lambda: (examples.calls(7), examples.course(7)),
    "training": examples.history,
    "benchmark": lambda: BENCHMARK,
    "exploration": examples.exploration,
    "annotation": examples.annotation,
    "comparison": examples.comparison,
    "embedding": examples.embedding,
    "examination": examples.examination,
}
# What is drawn from other data of its kind than the others are.
OWN: dict[str, Callable[[], Any]] = {"replicates": examples.replicated}
MAGIC = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


def data_of(key: str) -> Any:
    return OWN.get(key, DATA[figures.FIGURES[key].needs])()


def draw(key: str, data: Any, theme: str = "light") -> Any:
    """Draw; untyped, since matplotlib types artists by what they might be."""
    return figures.draw(key, data, theme=theme)


def visible_texts(figure: Any) -> list[Any]:
    """Every text that is drawn: tick labels within the view, titles, legends, cells."""
    ticks = {
        id(label): tick.get_loc()
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not min(axis.get_view_interval()) - 1e-9 <= tick.get_loc() <= max(axis.get_view_interval()) + 1e-9
    }
    found = figure.findobj(Text)
    return [
        text for text in found if text.get_text().strip() and text.get_visible() and id(text) not in ticks
    ]


def boxes(figure: Any) -> list[tuple[str, Any]]:
    canvas = FigureCanvasAgg(figure)
    # Legends and labels find their final places when they are drawn.
    canvas.draw()
    renderer = canvas.get_renderer()
    return [(text.get_text(), text.get_window_extent(renderer)) for text in visible_texts(figure)]


def assert_legible(figure: Any) -> None:
    """No text covers another, and none leaves the figure."""
    names, placed = zip(*((text, box.extents) for text, box in boxes(figure)), strict=True)
    low, high = np.array(placed)[:, :2], np.array(placed)[:, 2:]
    outside = ((low < -1) | (high > np.array(figure.bbox.size) + 1)).any(axis=1)
    assert not [names[place] for place in np.flatnonzero(outside)]
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    pairs = np.argwhere(np.triu((shared > 1).all(axis=2), k=1))
    assert not [(names[one], names[other]) for one, other in pairs]


def test_no_two_figures_share_a_key() -> None:
    keys = [picture.key for module in table._MODULES for picture in module.PICTURES]
    assert len(set(keys)) == len(keys)


def test_the_atlas_holds_every_figure_with_a_family_and_those_of_an_exploration() -> None:
    assert set(figures.ATLAS) == {key for key, row in figures.FIGURES.items() if row.family}
    assert {row.needs for row in figures.ATLAS.values()} <= {"exploration", "calls"}
    assert all(row.family for row in figures.FIGURES.values() if row.needs == "exploration")
    order = [figures.FAMILIES.index(row.family) for row in figures.ATLAS.values()]
    assert order == sorted(order)


@pytest.mark.parametrize("key", figures.FIGURES)
def test_each_figure_is_written_in_each_format_and_the_same_again(key: str, tmp_path: Path) -> None:
    figure = draw(key, data_of(key))
    assert_drawn(figure)
    paths = figures.save(figure, tmp_path / key)
    assert [path.name for path in paths] == [f"{key}.{form}" for form in figures.FORMATS]
    for path in paths:
        assert path.read_bytes().startswith(MAGIC[path.suffix[1:]])
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    again = draw(key, data_of(key))
    (path,) = figures.save(again, tmp_path / "again", ("svg",))
    assert path.read_bytes() == (tmp_path / f"{key}.svg").read_bytes()
    text = figures.svg(again)
    assert_whole(text, key)
    assert_follows_the_page(figures.recolour(text))


@pytest.mark.parametrize("key", figures.FIGURES)
def test_each_figure_is_drawn_in_the_dark(key: str) -> None:
    assert_drawn(draw(key, data_of(key), theme="dark"))


def assert_drawn(figure: Any) -> None:
    assert figure.axes
    assert all(axes.has_data() for axes in figure.axes)
    assert_legible(figure)


def assert_whole(text: str, key: str) -> None:
    """Refuse an SVG for a page that is not whole, has foreign names or loads something."""
    root = ElementTree.fromstring(text)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.get("aria-label") == figures.FIGURES[key].title
    assert root.get("width") is None
    assert root.get("viewBox")
    names = [element.get("id", "") for element in root.iter() if element.get("id")]
    assert max(Counter(names).values()) == 1
    assert all(name.startswith(f"{key}-") for name in names)
    used = re.findall(r'href="([^"]+)"', text) + re.findall(r"url\(([^)]+)\)", text)
    assert all(target[1:] in names or target.startswith("data:image/png;base64,") for target in used)
    assert list(root.iter("text"))
    assert "http" not in text


def assert_follows_the_page(text: str) -> None:
    roles = figures.THEMES["light"].roles()
    assert "var(--pc-ink)" in text
    assert not [colour for colour in roles.values() if colour in text]
    assert set(re.findall(r"var\(--pc-([a-z0-9-]+)\)", text)) <= set(roles)


@pytest.mark.parametrize("key", figures.FIGURES)
def test_each_row_explains_itself(key: str) -> None:
    picture = figures.FIGURES[key]
    assert picture.key == key
    assert picture.needs in DATA
    assert picture.title
    assert len(picture.caption.split()) > 30
    assert picture.caption.endswith(".")


def write(key: str, folder: Path, form: str = "svg") -> bytes:
    (path,) = figures.save(draw(key, data_of(key)), folder / key, (form,))
    return path.read_bytes()


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_equal_data_give_equal_bytes_in_other_formats(form: str, tmp_path: Path) -> None:
    assert write("heatmap", tmp_path, form) == write("heatmap", tmp_path, form)


def test_confusion_shows_counts_and_shares() -> None:
    figure = draw("confusion", SUMMARY)
    for axes, row in zip(figure.axes, judged(SUMMARY), strict=True):
        counts = np.array(row["confusion"])
        mesh = np.asarray(axes.collections[0].get_array()).reshape(counts.shape)
        np.testing.assert_allclose(mesh, counts / counts.sum(axis=1, keepdims=True))
        cells = [text.get_text().split("\n")[0] for text in axes.texts[: counts.size]]
        assert cells == [str(count) for count in counts.ravel()]
        assert axes.yaxis_inverted()


def test_roc_draws_the_curves_and_names_the_areas() -> None:
    figure = draw("roc", SUMMARY)
    for axes, row in zip(figure.axes, judged(SUMMARY), strict=True):
        lines = {line.get_label(): line for line in axes.lines[1:]}
        assert len(lines) == 4
        for phase in row["per_phase"]:
            line = lines[f"{phase['name']}, AUC {row['auc'][phase['phase']]:.3f}"]
            curve = row["roc"][phase["phase"]]
            np.testing.assert_array_equal(line.get_xdata(), curve["fpr"])
            np.testing.assert_array_equal(line.get_ydata(), curve["tpr"])
        assert len(axes.get_legend().get_texts()) == 4


def test_reliability_draws_the_bins() -> None:
    figure = draw("reliability", SUMMARY)
    rows = judged(SUMMARY)
    for top, bottom, row in zip(figure.axes[: len(rows)], figure.axes[len(rows) :], rows, strict=True):
        bins = row["reliability"]
        full = [place for place, count in enumerate(bins["count"]) if count]
        assert [bar.get_height() for bar in top.patches] == [bins["accuracy"][place] for place in full]
        np.testing.assert_array_equal(top.lines[0].get_xdata(), [bins["confidence"][place] for place in full])
        assert [bar.get_height() for bar in bottom.patches] == bins["count"]
        assert [text.get_text() for text in bottom.texts] == [str(n) if n else "" for n in bins["count"]]
        low, high = row["ece_calibrated"]
        told = f"calibration error {row['ece']:.3f} (perfect: {low:.3f} to {high:.3f})"
        assert told in [text.get_text() for text in top.texts]


def test_tracks_are_panels_with_an_interval_a_method() -> None:
    figure = draw("tracks", SUMMARY)
    assert len(figure.axes) == 2
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Simulated genes, 9 time points (n = 400)",
        "Real held-out genes of cdc15, 9 time points (n = 126)",
    ]
    simulated, real = figure.axes
    rows = SUMMARY["tracks"][:3]
    for place, row in enumerate(rows):
        span, dot = simulated.lines[2 * place : 2 * place + 2]
        assert list(span.get_xdata()) == row["accuracy_ci"]
        assert list(dot.get_xdata()) == [row["accuracy"]]
    names = [label.get_text() for label in simulated.get_yticklabels()]
    assert names[:3] == ["The reference method", "The logistic method", "The majority method"]
    assert names[3:] == ["best possible, expected", "best possible, on these genes"]
    dashed, expected, realised = simulated.lines[6:]
    assert [list(line.get_xdata()) for line in (expected, realised)] == [[0.9912], [0.997]]
    assert list(dashed.get_xdata()) == [0.9912] * 2
    # Nothing is known to be the best possible on real genes.
    assert len(real.lines) == 6


def test_tracks_do_without_an_expected_best() -> None:
    rows = [{**row, "bayes_expected": None} for row in SUMMARY["tracks"]]
    figure = draw("tracks", {"tracks": rows})
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()][3:] == [
        "best possible, on these genes"
    ]
    assert_legible(figure)


@pytest.mark.parametrize("key", ["tracks", "confusion", "roc", "reliability"])
def test_a_long_name_of_a_users_own_network_fits(key: str) -> None:
    rows = [{**row, "method_title": "my network, the third one, with dropout"} for row in SUMMARY["tracks"]]
    assert_legible(draw(key, {"tracks": rows}))


def test_the_wheel_has_every_peak_at_its_angle() -> None:
    calls, _ = CALLED
    axes = draw("wheel", CALLED).axes[0]
    drawn = np.concatenate([np.asarray(dots.get_offsets()) for dots in axes.collections])
    shown = np.isfinite(calls.peak_turn)
    expected = np.stack([2 * np.pi * calls.peak_turn[shown], calls.confidence[shown]], axis=1)
    np.testing.assert_allclose(drawn[np.lexsort(drawn.T)], expected[np.lexsort(expected.T)])
    arcs = [(bar.get_x() / (2 * np.pi), bar.get_width() / (2 * np.pi)) for bar in axes.patches]
    np.testing.assert_allclose(arcs, [(phase.start, phase.width) for phase in calls.scheme.phases])
    assert {phase.name for phase in calls.scheme.phases} <= {text.get_text() for text in axes.texts}


def test_the_heatmap_is_ordered_by_peak_and_scaled_by_row() -> None:
    calls, course = CALLED
    strip, axes = draw("heatmap", CALLED).axes[:2]
    image: NDArray[np.float64] = np.ma.filled(np.ma.asarray(axes.images[0].get_array(), dtype=float), np.nan)
    shown = np.flatnonzero(np.isfinite(calls.peak_time))
    order = shown[np.argsort((calls.peak_time[shown] - 40.0) % calls.period, kind="stable")]
    values = course.values[order]
    np.testing.assert_array_equal(np.isnan(image), np.isnan(values))
    spread = np.nanstd(values, axis=1, keepdims=True)
    expected = (values - np.nanmean(values, axis=1, keepdims=True)) / spread
    whole = np.isfinite(values).all(axis=1)
    assert 0 < (~whole).sum() < 3
    np.testing.assert_allclose(image[whole], expected[whole], atol=1e-6)
    # Gaps are filled before a row is scaled.
    np.testing.assert_allclose(image[~whole], expected[~whole], atol=0.4)
    strip_colours: dict[int, str] = {}
    for bar in strip.patches:
        for row in range(round(bar.get_y() + 0.5), round(bar.get_y() + bar.get_height() + 0.5)):
            strip_colours[row] = to_hex(bar.get_facecolor())
    light = figures.THEMES["light"]
    colours = [*light.phases[:4], light.faint]
    codes = np.where(calls.abstained, 4, calls.codes)[order]
    assert [strip_colours[row] for row in range(len(codes))] == [colours[code] for code in codes]
    assert [label.get_text() for label in axes.get_xticklabels()] == [f"{x:g}" for x in course.times]


def test_profiles_are_means_of_the_called_genes() -> None:
    calls, course = CALLED
    panels = draw("profiles", CALLED).axes
    assert len(panels) == 4
    values = course.values
    scaled = (values - np.nanmean(values, axis=1, keepdims=True)) / np.nanstd(values, axis=1, keepdims=True)
    for code, axes in enumerate(panels):
        own = np.array([name == calls.scheme.phases[code].name for name in calls.phase])
        # One gene or two with a gap in a panel are scaled with it filled.
        drawn = np.asarray(axes.lines[0].get_ydata())
        np.testing.assert_allclose(drawn, np.nanmean(scaled[own], axis=0), atol=0.02)
        assert f"({own.sum()} genes)" in axes.get_title(loc="left")


def test_training_draws_the_history() -> None:
    history = examples.history()
    loss, accuracy = draw("training", history).axes
    for axes, key in ((loss, "loss"), (accuracy, "accuracy")):
        for line, name in zip(axes.lines, (key, f"val_{key}"), strict=True):
            assert list(line.get_xdata()) == [entry["epoch"] for entry in history]
            assert list(line.get_ydata()) == [entry[name] for entry in history]


@pytest.mark.parametrize(
    ("key", "data"),
    [
        *((key, {"tracks": []}) for key in ("tracks", "confusion", "roc", "reliability")),
        *((key, (examples.silent_calls(), CALLED[1])) for key in ("wheel", "heatmap", "profiles")),
        *((key, (examples.withheld_calls(), CALLED[1])) for key in ("wheel", "profiles")),
        ("training", []),
    ],
)
def test_nothing_to_draw_is_said_in_words(key: str, data: Any, tmp_path: Path) -> None:
    figure = draw(key, data)
    assert not figure.axes
    assert figure.texts[0].get_text() == f"Nothing to draw: {figures.FIGURES[key].empty}."
    assert_legible(figure)
    figures.save(figure, tmp_path / key)


@pytest.mark.parametrize("auc", [None, dict.fromkeys(("early_g1", "late_g1_s", "g2", "m"))])
def test_a_method_that_ranks_nothing_has_no_curve(auc: Any) -> None:
    rows = [dict(row) for row in SUMMARY["tracks"] if row["method"] == "majority"]
    for row in rows:
        row["auc"] = row["auc_ci"] = row["roc"] = auc
    summary = {"tracks": rows}
    assert not draw("roc", summary).axes
    assert len(draw("confusion", summary).axes) == 2


def test_the_judged_row_is_that_of_the_model() -> None:
    rows = SUMMARY["tracks"]
    assert [row["method"] for row in judged({"tracks": rows[::-1], "model": {"name": "reference"}})] == [
        "reference",
        "reference",
    ]
    assert [row["method"] for row in judged({"tracks": rows[1:3]})] == ["logistic"]


@pytest.mark.parametrize("n_tracks", [1, 3, 5])
@pytest.mark.parametrize("key", ["tracks", "confusion", "roc", "reliability"])
def test_any_number_of_tracks_fits(key: str, n_tracks: int) -> None:
    rows = [{**SUMMARY["tracks"][3], "track": f"track {number}"} for number in range(n_tracks)]
    figure = draw(key, {"tracks": rows})
    assert len(figure.axes) == n_tracks * (2 if key == "reliability" else 1)
    assert_legible(figure)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("key", ["wheel", "heatmap", "profiles"])
def test_any_scheme_fits(key: str, scheme: str) -> None:
    assert_legible(draw(key, (examples.calls(scheme=scheme), CALLED[1])))


@pytest.mark.parametrize("key", ["wheel", "heatmap"])
def test_a_whole_genome_stays_a_small_file(key: str) -> None:
    data = (examples.calls(4000), examples.course(4000))
    assert len(figures.svg(draw(key, data))) < 600_000


@pytest.mark.parametrize("key", ["wheel", "heatmap", "profiles"])
def test_a_single_gene_can_be_drawn(key: str) -> None:
    calls, course = examples.calls(5), examples.course(5)
    assert_legible(draw(key, (first_of(calls), course.select_genes([0]))))


def first_of(calls: Calls) -> Calls:
    lengths = (tuple, np.ndarray)
    cut: dict[str, Any] = {
        field.name: value[:1]
        for field in fields(calls)
        if isinstance(value := getattr(calls, field.name), lengths) and field.name != "notes"
    }
    return replace(calls, **cut)


def test_draw_all_takes_what_is_given() -> None:
    assert list(figures.draw_all(evaluation=SUMMARY)) == ["tracks", "confusion", "roc", "reliability"]
    assert list(figures.draw_all(calls=CALLED, theme="dark")) == ["wheel", "heatmap", "profiles"]
    assert figures.draw_all() == {}


def test_what_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pie"):
        draw("pie", SUMMARY)
    with pytest.raises(InputError, match="sepia"):
        draw("tracks", SUMMARY, theme="sepia")
    with pytest.raises(InputError, match="bmp"):
        figures.save(draw("training", examples.history()), tmp_path / "x", ["svg", "bmp"])
    with pytest.raises(InputError):
        figures.save(draw("training", examples.history()), tmp_path / "missing" / "x", ["svg"])
    assert not list(tmp_path.iterdir())


def test_settings_of_the_user_stay_as_they_were() -> None:
    before = dict(matplotlib.rcParams)
    draw("training", examples.history(), theme="dark")
    assert dict(matplotlib.rcParams) == before


def test_faces_load_their_libraries_late_and_pyplot_never(tmp_path: Path) -> None:
    program = (
        "import sys, phasecall.figures as figures, phasecall.report\n"
        "early = {'matplotlib', 'jinja2', 'scipy', 'sklearn'} & set(sys.modules)\n"
        "figures.save(figures.draw('training', []), sys.argv[1])\n"
        "print(early, 'matplotlib.pyplot' in sys.modules)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "figure")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "set() False\n"


def channels(colour: str) -> NDArray[np.float64]:
    """Linear RGB of `#rrggbb`."""
    raw = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(raw <= 0.04045, raw / 12.92, ((raw + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Contrast of WCAG 2."""
    light = sorted(float(channels(colour) @ [0.2126, 0.7152, 0.0722]) + 0.05 for colour in (one, other))
    return light[1] / light[0]


@pytest.mark.parametrize("theme", figures.THEMES.values(), ids=lambda theme: theme.key)
def test_colours_stand_out_from_the_paper_and_fit_every_scheme(theme: Any) -> None:
    assert contrast(theme.ink, theme.paper) > 7
    assert contrast(theme.muted, theme.paper) > 4.5
    assert contrast(theme.accent, theme.paper) > 4.5
    assert all(contrast(colour, theme.paper) > 3 for colour in (*theme.phases, theme.second))
    assert len(set(theme.roles().values())) == len(theme.roles())
    assert "#000000" not in theme.roles().values()
    longest = max(len(scheme) for scheme in SCHEMES.values())
    assert min(len(theme.phases), len(MARKERS), len(DASHES)) >= longest


def lab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB of linear RGB, D65."""
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ np.clip(linear, 0, 1) / [0.9505, 1, 1.089]
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


# What protan, deutan and tritan eyes see of linear RGB: Machado et al. 2009, doi 10.1109/TVCG.2009.113.
EYES = {
    "usual": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", figures.THEMES.values(), ids=lambda theme: theme.key)
def test_phases_are_told_apart_by_any_eye(theme: Any, eye: str) -> None:
    seen = [lab(np.asarray(EYES[eye]) @ channels(colour)) for colour in theme.phases]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 15
