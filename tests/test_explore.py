"""`phasecall explore`: files, the page and what it says, bad input, and courses that hold next to nothing."""

from __future__ import annotations

import json
import re
import runpy
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

import examples
import phasecall
from phasecall import datasets, figures
from phasecall.errors import PhasecallError
from phasecall.exploration import explore
from phasecall.figures import gallery
from phasecall.figures.gallery import Manner, draw_atlas
from phasecall.figures.table import data_of
from phasecall.report.atlas import MAX_NAMES, render_atlas
from phasecall.timecourse import TimeCourse
from test_cli import run
from test_report import Page

FOUND = examples.exploration()
# No time of alpha was measured twice.
DRAWN = [key for key in figures.ATLAS if key != "replicates"]
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("course") / "alpha.tsv"
    datasets.export("alpha", path)
    return path


@pytest.fixture(scope="module")
def atlas(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "atlas"
    status, out, err = run("explore", course, "-o", folder, "--sync", "alpha", "--gene", "YPR120C")
    assert status == 0, err
    assert out == ""
    assert "a turn takes" in err
    assert f"{len(DRAWN)} figures" in err
    assert "not drawn: replicates (no time was measured twice)" in err
    return folder


def test_the_atlas_is_a_page_and_a_file_for_each_figure(atlas: Path) -> None:
    assert sorted(path.name for path in atlas.iterdir()) == ["atlas.html", "figures"]
    names = {path.name for path in (atlas / "figures").iterdir()}
    assert names == {f"{key}.svg" for key in DRAWN}


def test_the_page_loads_nothing_and_holds_every_figure(atlas: Path) -> None:
    source = (atlas / "atlas.html").read_text("utf-8")
    page = Page(source)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.tags}
    assert "http" not in source
    assert "@import" not in source
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href", "action", "srcset", "data"):
            target = attributes.get(name)
            assert target is None or target.startswith(("#", "data:image/png;base64,")), (tag, name, target)
    assert [figure["id"] for figure in page.all("figure")] == DRAWN
    for row in map(figures.ATLAS.__getitem__, DRAWN):
        assert f'href="#{row.key}"' in source
        assert " ".join(row.caption.split()) in page.text
        assert row.source in page.text
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(set(ids)) == len(ids)
    assert "var(--pc-ink)" in source
    assert "prefers-color-scheme: dark" in source
    assert len(source) < 6_000_000


def test_the_page_says_what_was_left_out_and_how_to_get_it_again(atlas: Path) -> None:
    text = Page((atlas / "atlas.html").read_text("utf-8")).text
    assert "800 genes at 18 time points" in text
    assert re.search(r"8 genes have none, for fewer than 4 values .* and are left out: Y", text)
    assert "--gene YPR120C" in text
    assert "no time was measured twice. (replicates)" in text


def test_one_figure_in_three_formats_and_as_json(course: Path, tmp_path: Path) -> None:
    words = ("--figure", "qq", "--figure", "qq", "--image", "png,svg,pdf", "--theme", "dark", "--json")
    status, out, _ = run("explore", course, "-o", tmp_path, *words)
    assert status == 0
    written = [Path(path).relative_to(tmp_path).as_posix() for path in json.loads(out)["written"]]
    assert written == ["atlas.html", *(f"figures/qq.{form}" for form in ("png", "svg", "pdf"))]
    assert figures.THEMES["dark"].paper in (tmp_path / "figures" / "qq.svg").read_text()
    page = (tmp_path / "atlas.html").read_text("utf-8")
    assert "var(--pc-paper)" in page
    assert [figure["id"] for figure in Page(page).all("figure")] == ["qq"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--figure", "pie"), "no figure of the atlas named 'pie'"),
        (("--figure", "roc"), "no figure of the atlas named 'roc'"),
        (("--image", "bmp"), "'bmp' is none of svg, png, pdf"),
        (("--gene", "NOSUCH"), "no gene 'NOSUCH' in this course"),
        (("--period", "0"), "--period"),
        (("--experiment", "a", "--experiment", "b"), "one --experiment"),
    ],
)
def test_bad_words_are_told_before_anything_is_written(
    course: Path, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    status, out, err = run("explore", course, "-o", tmp_path / "atlas", *words)
    assert (status, out) == (2, "")
    assert told in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_bad_input_is_told_before_anything_is_written(course: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    status, _, err = run("explore", course, "-o", tmp_path / "taken")
    assert (status, "is no folder" in err) == (2, True)
    status, _, err = run("explore", tmp_path / "none.csv", "-o", tmp_path / "atlas")
    assert (status, "there is no file" in err) == (2, True)
    short = tmp_path / "short.csv"
    short.write_text("gene,0,10,20\na,1,2,3\nb,2,1,2\n")
    status, _, err = run("explore", short, "-o", tmp_path / "atlas")
    assert (status, "has a profile" in err) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["short.csv", "taken"]


def test_figures_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    keys = ["signal", "autocorrelation", "wheel"]
    drawn = []
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        folder.mkdir()
        done = {one.key: one for one in draw_atlas(FOUND, keys, Manner(folder), processes=processes)}
        drawn.append([(done[key].drawing, done[key].paths[0].read_bytes()) for key in keys])
    assert drawn[0] == drawn[1]
    assert all(drawing.startswith("<svg") for drawing, _ in drawn[0])


def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    with mock.patch.object(gallery, "_draw", _die), pytest.raises(PhasecallError, match="draws died"):
        list(draw_atlas(FOUND, ["qq", "skew"], Manner(tmp_path), processes=2))


def _die(*_: Any) -> None:
    signal.raise_signal(signal.SIGKILL)


def test_names_from_a_file_are_shown_and_not_run() -> None:
    course = phasecall.load("alpha").select_genes(range(60))
    values = course.values.copy()
    values[:30] = 1.0
    names = (examples.NASTY, *course.genes[1:])
    page = render_atlas(explore(replace(course, genes=names, values=values)), {}, command="x")
    assert examples.NASTY not in page
    assert "&lt;script&gt;" in page
    shown = re.search(r"left out:\s(.*?)\n", page)
    assert shown is not None
    assert shown[1].count(",") == MAX_NAMES
    assert shown[1].endswith("…")


def small(n_genes: int, n_times: int, **given: Any) -> TimeCourse:
    """A course of waves and noise that hardly says anything."""
    rng = np.random.default_rng(n_times)
    times = np.arange(0.0, 10.0 * n_times, 10.0)
    peaks = rng.uniform(0, 60, (n_genes, 1))
    values = np.cos(2 * np.pi * (times - peaks) / 60) + rng.normal(0, 0.3, (n_genes, n_times))
    genes = tuple(f"YAL{row:03d}C" for row in range(n_genes))
    return replace(TimeCourse(genes, times, values, name="small"), **given)


def gappy() -> TimeCourse:
    """Genes with gaps of all kinds: one without a value, one with four, a time without a value."""
    course = small(60, 12)
    values = np.where(np.random.default_rng(0).random(course.values.shape) < 0.4, np.nan, course.values)
    values[0] = np.nan
    values[1, 4:] = np.nan
    values[1, :4] = [0, 1, 5, 2]
    values[:, 7] = np.nan
    values[2] = 3.0
    return replace(course, values=values)


COURSES = {
    "one gene": small(1, 12),
    "four times": small(3, 4),
    "nine times": small(40, 9),
    "gaps": gappy(),
    "large numbers": replace(small(20, 14), values=small(20, 14).values * 1e120),
    "equal genes, small numbers": replace(
        small(12, 12), values=np.tile(small(1, 12).values * 1e-120, (12, 1))
    ),
    "hours apart": replace(small(20, 16), times=np.cumsum(np.linspace(5, 240, 16))),
}


@pytest.mark.parametrize("name", COURSES)
def test_any_course_has_an_atlas(name: str) -> None:
    found = explore(COURSES[name], sync="alpha")
    drawings = {}
    for key, picture in figures.ATLAS.items():
        figure = figures.draw(key, data_of(picture, found))
        # To write what is laid out takes as long again, and hangs on the data only where values are missing.
        drawings[key] = figures.svg(figure) if name == "gaps" else "<svg></svg>"
        warning = picture.warning(found)
        assert not warning or warning.endswith(".")
    page = Page(render_atlas(found, drawings, command="phasecall explore"))
    assert [figure["id"] for figure in page.all("figure")] == list(figures.ATLAS)


def test_figures_warn_where_few_points_cannot_bear_them() -> None:
    few, many = explore(COURSES["nine times"], sync="alpha"), FOUND
    warned = [key for key, row in figures.ATLAS.items() if row.warning(few) and not row.warning(many)]
    assert {"autocorrelation", "memory", "skew"} <= set(warned)


def test_the_help_of_the_verb_loads_no_numpy() -> None:
    code = (
        "import sys\nfrom phasecall.cli import main\n"
        "try:\n    main(['explore', '--help'])\nexcept SystemExit:\n    pass\n"
        "print('numpy' in sys.modules, file=sys.stderr)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stderr == "False\n"
    assert "--figure" in told.stdout


def test_the_chapter_lists_every_figure() -> None:
    page = (ROOT / "docs" / "atlas.md").read_text("utf-8")
    assert runpy.run_path(str(ROOT / "benchmarks" / "atlas.py"))["renewed"](page) == page
    assert all(f"| {row.family} | `{key}` |" in page for key, row in figures.ATLAS.items())


def test_the_help_lists_the_keys_of_the_figures_by_family() -> None:
    told = run("explore", "--help")[1].split("Keys of --figure:")[1]
    expected = {
        family: [key for key, picture in figures.ATLAS.items() if picture.family == family]
        for family in dict.fromkeys(picture.family for picture in figures.ATLAS.values())
    }
    rows = [line.strip() for line in told.splitlines() if line.strip()]
    assert {row[:18].strip(): row[18:].split() for row in rows} == expected


def test_an_unknown_key_has_near_ones_told(course: Path, tmp_path: Path) -> None:
    err = run("explore", course, "-o", tmp_path / "atlas", "--figure", "peaktime")[2]
    assert "a key such as peaktimes" in err


FEW = explore(phasecall.load("alpha").select_genes(range(100, 112)))


def test_few_genes_are_named() -> None:
    names = set(FEW.course.genes)
    for key in ("ring", "peaktimes"):
        shown = [text.get_text() for axes in figures.draw(key, FEW, theme="dark").axes for text in axes.texts]
        named = [text for text in shown if text in names]
        assert len(named) > FEW.cycling.sum() / 2
        assert len(set(named)) == len(named)
    many = figures.draw("ring", FOUND)
    assert not {text.get_text() for axes in many.axes for text in axes.texts} & set(FOUND.course.genes)


def test_few_genes_have_medians_of_groups() -> None:
    assert [np.size(line.get_xdata()) for line in figures.draw("range", FEW).axes[1].lines] == [2]
    assert [np.size(line.get_xdata()) for line in figures.draw("range", FOUND).axes[1].lines] == [10]
