"""The report in a real browser: it opens by itself, asks nobody for anything, and shows every gene."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import examples
import phasecall
from phasecall import report
from phasecall.calls import Calls
from phasecall.qc import examine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

READY = "html[data-genes=shown]"
WIDTHS = {"desk": 1280, "phone": 390}


@pytest.fixture(scope="module")
def calls() -> Calls:
    return phasecall.call(course())


def course() -> phasecall.TimeCourse:
    """Real genes, some of them atypical, one with a name that is markup."""
    cdc15 = phasecall.load("cdc15")
    return replace(cdc15, genes=(examples.NASTY, *cdc15.genes[1:]))


@pytest.fixture(scope="module")
def place(calls: Calls, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report.compose(calls, examine(course()), command="phasecall call cdc15.tsv"), "utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, place: str) -> Iterator[Page]:
    """The report, opened; whatever it asks for or complains of fails the test."""
    opened = browser.new_page(viewport={"width": WIDTHS["desk"], "height": 900})
    wrong: list[str] = []
    opened.on("request", lambda one: wrong.append(one.url) if one.url.split("#")[0] != place else None)
    opened.on("console", lambda one: wrong.append(one.text))
    opened.on("pageerror", lambda one: wrong.append(str(one)))
    opened.on("dialog", lambda one: wrong.append(one.message))
    opened.goto(place)
    opened.wait_for_selector(READY)
    yield opened
    opened.close()
    assert wrong == []


def names(page: Page) -> list[str]:
    return page.locator("#genes-table tbody th button").all_inner_texts()


def test_every_gene_can_be_found(page: Page, calls: Calls) -> None:
    assert page.locator("#genes-count").inner_text() == "800 genes"
    assert names(page) == list(calls.genes[:50])
    page.fill("#genes-search", "ykr039")
    assert names(page) == ["YKR039W"]
    page.fill("#genes-search", "CLN2")
    assert names(page) == ["YPL256C"]
    page.fill("#genes-search", "all_missing")
    assert len(names(page)) == calls.reason.count("all_missing")
    page.fill("#genes-search", "no such gene")
    assert "No gene is like that." in page.locator("#genes-table tbody").inner_text()


def test_the_table_is_sorted_by_any_column_and_unknown_comes_last(page: Page, calls: Calls) -> None:
    page.get_by_role("button", name="Confidence").click()
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Confidence")
    best = np.nanmax(calls.confidence)
    assert page.locator("#genes-table tbody tr td.number").first.inner_text() == f"{100 * best:.1f} %"
    page.get_by_role("button", name="Confidence").click()
    assert page.locator("#genes-table tbody tr td.number").first.inner_text() != "–"
    page.get_by_role("button", name="next").focus()
    for _ in range(15):
        page.keyboard.press("Enter")
    assert "page 16 of 16" in page.locator("#genes-pages").inner_text()
    assert page.get_by_role("button", name="next").is_disabled()
    assert page.locator("#genes-table tbody tr").last.locator("td.number").first.inner_text() == "–"


def test_genes_of_one_phase_and_atypical_ones(page: Page, calls: Calls) -> None:
    page.select_option("#genes-show", label="G2")
    assert page.locator("#genes-count").inner_text() == f"{calls.phase.count('G2')} of 800 genes"
    page.select_option("#genes-show", label="atypical")
    shown = names(page)
    order = sorted(calls.atypical, key=lambda gene: calls.novelty[calls.genes.index(gene)])
    assert shown == order


def test_a_card_says_what_the_calls_say(page: Page, calls: Calls) -> None:
    row = calls.genes.index("YPL256C")
    page.fill("#genes-search", "CLN2")
    page.keyboard.press("Enter")
    card = page.locator("dialog[open]")
    text = card.inner_text()
    for phase, chance in zip(calls.scheme.phases, calls.probabilities[row], strict=True):
        assert f"{phase.name} {100 * chance:.1f} %" in text
    assert f"{calls.peak_time[row]:.1f} min" in text
    # The density on the circle is highest where the gene peaks.
    outline = card.locator("svg").nth(1).locator("path").last.get_attribute("d") or ""
    points = np.array(
        [[float(x) for x in pair.split(",")] for pair in re.findall(r"-?[\d.]+,-?[\d.]+", outline)]
    )
    radius = np.hypot(points[:, 0] - 110, points[:, 1] - 110)
    x, y = points[radius.argmax()] - 110
    turn = np.arctan2(x, -y) / (2 * np.pi) % 1
    assert abs(turn - calls.peak_turn[row]) < 0.006
    # Values as they are: the highest at the top.
    marks = card.locator("svg").first.locator("circle")
    heights = [float(one.get_attribute("cy") or "nan") for one in marks.all()]
    values = course().values[row]
    known = values[np.isfinite(values)]
    assert np.corrcoef(heights, known)[0, 1] == pytest.approx(-1, abs=1e-4)
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_a_card_has_an_address_and_neighbours(page: Page, place: str, calls: Calls) -> None:
    page.locator("#atypical a").first.click()
    assert page.locator("dialog[open] h3").inner_text().split()[0] == min(
        calls.atypical, key=lambda gene: calls.novelty[calls.genes.index(gene)]
    )
    page.get_by_role("button", name="close").click()
    page.goto(f"{place}#gene=cln2")
    page.wait_for_selector("dialog[open]")
    assert "YPL256C" in page.locator("dialog[open] h3").inner_text()
    page.get_by_role("button", name="next gene").click()
    after = calls.genes[calls.genes.index("YPL256C") + 1]
    assert after in page.locator("dialog[open] h3").inner_text()
    assert page.url.endswith(f"#gene={after}")


def test_a_name_that_is_markup_is_a_name(page: Page) -> None:
    page.fill("#genes-search", "<script>")
    page.keyboard.press("Enter")
    assert examples.NASTY in page.locator("dialog[open] h3").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_anybody_can_use_it(browser: Browser, place: str, width: str, scheme: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    size = {"width": WIDTHS[width], "height": 900}
    # The checker is a script of its own: the page's policy would not let it in.
    page = browser.new_page(viewport=size, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page.goto(place)
    page.wait_for_selector(READY)
    for details in page.locator("details").all():
        details.locator("summary").click()
    assert _serious(axe.run(page)) == []
    page.goto(f"{place}#gene=YKR039W")
    page.wait_for_selector("dialog[open]")
    assert _serious(axe.run(page)) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]
    page.close()


def _serious(results: Any) -> list[str]:
    found = results.response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def test_without_scripts_the_first_genes_are_there(browser: Browser, place: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(place)
    assert page.locator("#genes-table tbody tr").count() == 200
    assert page.locator("#genes-form").is_hidden()
    assert "The first 200 of 800 genes" in page.locator("#genes").inner_text()
    page.close()


def test_a_dialog_is_named_by_its_gene(page: Page) -> None:
    page.get_by_role("button", name="YAL040C").click()
    assert page.get_by_role("dialog", name="YAL040C").is_visible()


def test_it_can_be_printed(page: Page, tmp_path: Path) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#genes-form").is_hidden()
    assert "rows 1 to 50 of 800 genes" in page.locator(".on-paper").inner_text()
    assert page.pdf()[:5] == b"%PDF-"
