"""The page in a browser: from a file that is dropped to what is taken away, by mouse and by keyboard."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest

import phasecall
from phasecall import datasets

pytest.importorskip("nicegui")
pytest.importorskip("axe_playwright_python", reason="axe is not installed")

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Download, Locator, Page

EVIL, WORSE = "<script>alert(1)</script>", "<img src=x onerror=alert(2)>"
WAIT = 60_000
"""Milliseconds; what is waited for is there long before on an idle machine."""
SHAPES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
}
DROP = """(files) => {
    const data = new DataTransfer();
    for (const [name, text] of files) data.items.add(new File([text], name));
    const told = { dataTransfer: data, bubbles: true, cancelable: true };
    for (const kind of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(kind, told));
}"""

ROWS = "document.querySelectorAll('.pc-grid .ag-pinned-left-cols-container [role=row]')"

Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the server keeps what it is given."""
    return tmp_path_factory.mktemp("page-server")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Start the server, and stop it afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "log.txt"
    with log.open("w") as told:
        words = ["serve", "--port", str(port), "--workers", "1", "--folder", str(folder / "jobs")]
        server = subprocess.Popen([sys.executable, "-m", "phasecall", *words], stdout=told, stderr=told)
        try:
            _wait_for(port, server)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=60)
    # Nothing went wrong that a visitor was not told of.
    assert "Traceback" not in log.read_text("utf-8")


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    pytest.fail("the server did not start")


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Give a function that opens the page for a visitor of their own; watch what it asks for and says."""
    contexts, outside, faults = [], [], []

    def watch(page: Page) -> None:
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)

    def opened(shape: str = "desktop") -> Page:
        context = browser.new_context(**SHAPES[shape], accept_downloads=True, reduced_motion="reduce")
        context.set_default_timeout(WAIT)
        contexts.append(context)
        host = address.split("//")[1]
        context.on(
            "request",
            lambda asked: (
                None
                if asked.url.split("//")[-1].startswith(host) or asked.url.startswith(("data:", "blob:"))
                else outside.append(asked.url)
            ),
        )
        page = context.new_page()
        watch(page)
        page.goto(address)
        page.get_by_role("button", name="Choose a file").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert outside == []
    assert faults == []


def require_accessible(page: Page, state: str) -> None:
    """Refuse what axe finds serious or critical."""
    found = Axe().run(page).response["violations"]
    bad = [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert bad == [], state
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{state}: wider than the screen"


def wait_idle(page: Page) -> None:
    page.locator(".pc-progress").wait_for(state="hidden")


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).locator("visible=true").first.click()
    page.get_by_role("option", name=option).first.click()


def rows_of(page: Page) -> Locator:
    return page.locator(".pc-grid .ag-center-cols-container [role=row]")


def genes_of(page: Page) -> list[str]:
    """Return the names of the genes that the table shows, from its top."""
    found: list[str] = page.locator(".pc-grid .ag-pinned-left-cols-container [role=row]").evaluate_all(
        "rows => rows.sort((a, b) => a.getAttribute('row-index') - b.getAttribute('row-index'))"
        ".map(row => row.textContent)"
    )
    return found


def call_sample(page: Page, key: str) -> None:
    page.locator(".pc-sample", has=page.get_by_text(key, exact=True)).click()
    page.get_by_role("heading", name=f"{key}: what was recognised").wait_for()
    page.get_by_role("button", name="Call the phases").click()
    page.get_by_role("heading", name=key, exact=True).wait_for()
    page.locator(".pc-linked").nth(1).wait_for()
    wait_idle(page)


def write_course(n_genes: int = 120) -> str:
    """Return a table of genes of alpha and two of evil names, without times in its header."""
    course = phasecall.load("alpha")
    lines = [",".join(["gene", *(f"sample{k + 1}" for k in range(course.times.size))])]
    evil = [(EVIL, np.cos(course.times / 10)), (WORSE, np.sin(course.times / 10))]
    profiles = [*evil, *zip(course.genes[:n_genes], course.values, strict=False)]
    for gene, values in profiles:
        lines.append(",".join([gene, *("" if np.isnan(value) else f"{value:.3f}" for value in values)]))
    return "\n".join(lines) + "\n"


def take(page: Page, press: Callable[[], None]) -> Download:
    with page.expect_download() as got:
        press()
    return got.value


@pytest.mark.parametrize("shape", SHAPES)
def test_the_whole_way(open_page: Open, tmp_path: Path, shape: str) -> None:
    page = open_page(shape)
    require_accessible(page, "start")
    page.evaluate(DROP, [["mine.csv", write_course()]])
    # What cannot be read says why, and can be corrected without giving the file again.
    page.get_by_role("alert").get_by_text("no times in the header").wait_for()
    require_accessible(page, "an error")
    times = ", ".join(f"{time / 60:.4g}" for time in phasecall.load("alpha").times)
    page.get_by_label("Times, one for each column").fill(times)
    choose(page, "Unit of the times", "h")
    page.get_by_text("122", exact=True).wait_for()
    # What was corrected is read without a button, whatever order it is typed in.
    page.get_by_text("in minutes: 0, 7.002").wait_for()
    assert page.get_by_role("alert").inner_text() == ""
    require_accessible(page, "recognised")
    page.get_by_role("button", name="Call the phases").click()
    page.get_by_role("heading", name="mine", exact=True).wait_for()
    page.locator(".pc-linked").nth(1).wait_for()
    wait_idle(page)
    require_accessible(page, "genes")
    calls = phasecall.call(
        phasecall.read(
            _written(tmp_path, write_course()), times=[float(t) for t in times.split(",")], unit="h"
        )
    )
    # Sorted: by rank where that column is on the screen, else backwards by name.
    column, order = ("rank", "ascending") if shape == "desktop" else ("gene", "descending")
    header = page.locator(f".ag-header-cell[col-id={column}]")
    for _ in range(1 + (order == "descending")):
        header.locator(".ag-header-cell-label").click()
    page.locator(f".ag-header-cell[col-id={column}][aria-sort={order}]").wait_for()
    first = calls.genes[int(np.flatnonzero(calls.rank == 1)[0])] if shape == "desktop" else max(calls.genes)
    page.wait_for_function(f"{ROWS}.length > 5")
    assert genes_of(page)[0] == first
    # Searched, and the card of the gene of an evil name.
    page.get_by_label("Search genes").fill("alert")
    page.get_by_text("2 genes are shown").wait_for()
    page.wait_for_function(f"{ROWS}.length === 2")
    assert set(genes_of(page)) == {EVIL, WORSE}
    page.get_by_role("gridcell", name=EVIL).click()
    card = page.get_by_role("dialog")
    card.get_by_role("heading", name=EVIL).wait_for()
    card.locator(".pc-chart svg").first.wait_for()
    require_accessible(page, "card")
    card.get_by_role("button", name="Close").click()
    card.wait_for(state="hidden")
    # Taken away: the same table as that of the package.
    page.get_by_role("tab", name="Download").click()
    require_accessible(page, "download")
    got = take(page, page.get_by_role("button", name="TSV (.tsv)").first.click)
    assert got.suggested_filename == "mine.calls.tsv"
    got.save_as(tmp_path / "got.tsv")
    assert (tmp_path / "got.tsv").read_text("utf-8") == phasecall.io.to_text(calls)
    assert page.locator(".pc-commands").inner_text().startswith("phasecall call mine.csv --times 0,0.1167")


def _written(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_dropped_at_any_step_and_two_at_none(open_page: Open) -> None:
    page = open_page()
    named = write_course().replace("sample", "alpha_")
    page.evaluate(DROP, [["one.csv", named], ["two.csv", named]])
    page.get_by_role("alert").get_by_text("one file at a time is read").wait_for()
    call_sample(page, "alpha")
    # A gene is found by the name that people say.
    page.get_by_label("Search genes").fill("CLN2")
    page.get_by_text("1 gene is shown").wait_for()
    page.wait_for_function(f"{ROWS}.length === 1")
    assert genes_of(page) == ["YPL256C"]
    page.evaluate(DROP, [["mine.csv", named]])
    page.get_by_role("heading", name="mine.csv: what was recognised").wait_for()


def test_every_tab(open_page: Open, tmp_path: Path) -> None:
    page = open_page()
    call_sample(page, "cdc15")
    genes = genes_of(page)
    # The pictures are linked with the table.
    page.locator(".pc-linked").nth(1).click(position={"x": 180, "y": 200})
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("dialog").wait_for(state="hidden")
    assert page.locator(".pc-ring").count() == page.locator(".pc-line").count() == 1
    page.locator(".pc-grid .ag-row-selected").first.wait_for()
    page.get_by_role("switch", name="Atypical genes first").click()
    page.locator(".ag-header-cell[col-id=odd]").wait_for(state="attached")
    assert genes_of(page) != genes
    choose(page, "Show", "G2")
    page.wait_for_function(
        "document.querySelector('.pc-hint[role=status]').textContent.startsWith('4') == false"
    )
    # Calls change with the scheme.
    page.get_by_text("Change scheme, anchor or period").click()
    choose(page, "Phases (scheme)", "five")
    page.locator(".pc-linked .pc-svg", has_text="M/G1").first.wait_for()
    wait_idle(page)
    require_accessible(page, "genes, filtered")
    # Findings, and one that is put right.
    page.get_by_role("button", name="See the checks").click()
    page.get_by_role("button", name="Put right: Alternating batches").click()
    page.get_by_text("What was put right (1)").wait_for()
    _wait_for_focus(page, "Can the experiment be trusted?")
    require_accessible(page, "quality")
    page.get_by_role("tab", name="Atlas").click()
    page.get_by_role("heading", name="The landscape of states").wait_for()
    require_accessible(page, "atlas")
    page.get_by_role("tab", name="Compare").click()
    choose(page, "Or a sample set", "alpha")
    page.get_by_role("heading", name="alpha against cdc15").wait_for()
    require_accessible(page, "compare")
    got = take(page, page.get_by_role("button", name="Download changes.tsv").click)
    got.save_as(tmp_path / "changes.tsv")
    assert (tmp_path / "changes.tsv").read_text("utf-8").startswith("gene\tchange\t")
    page.get_by_role("tab", name="Download").click()
    got = take(page, page.get_by_role("button", name="Report (.html)").click)
    got.save_as(tmp_path / "report.html")
    assert "--correct alternating_batches" in (tmp_path / "report.html").read_text("utf-8")
    assert "--correct alternating_batches" in page.locator(".pc-commands").inner_text()


def test_labels_that_are_dropped_tune_the_network(open_page: Open) -> None:
    page = open_page()
    call_sample(page, "alpha")
    page.get_by_role("tab", name="Labels").click()
    page.get_by_role("button", name="Choose a table of labels").wait_for()
    page.evaluate(DROP, [["labels.tsv", "YAL022C\tM\n"]])
    page.get_by_role("alert").get_by_text("too few labelled genes").wait_for()
    labels = datasets.load_labels()
    some = "".join(f"{gene}\t{labels[gene]}\n" for gene in phasecall.load("alpha").genes[:60])
    page.evaluate(DROP, [["labels.tsv", some]])
    page.get_by_text("60 labelled genes, each judged").wait_for()
    require_accessible(page, "labels")
    page.get_by_role("button", name="Call by the tuned model").click()
    wait_idle(page)
    page.get_by_role("tab", name="Download").click()
    page.locator(".pc-commands", has_text="--model tuned.json").wait_for()


def test_by_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    keys = page.keyboard
    keys.press("Tab")
    assert _focused(page) == "Skip to the content"
    _tab_to(page, "alpha")
    keys.press("Enter")
    _wait_for_focus(page, "alpha: what was recognised")
    wait_idle(page)
    _tab_to(page, "Call the phases")
    keys.press("Enter")
    _wait_for_focus(page, "alpha")
    page.locator(".pc-linked").nth(1).wait_for()
    wait_idle(page)
    _tab_to(page, "gene")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Enter")
    page.get_by_role("dialog", name="YAL040C").get_by_role("heading", name="YAL040C").wait_for()
    keys.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")


def _focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.innerText.trim()")
    return found


def _wait_for_focus(page: Page, heading: str) -> None:
    """Wait until the heading of a step has the focus: reading goes on there."""
    page.wait_for_function(
        "text => document.activeElement.matches('h2') && document.activeElement.innerText === text",
        arg=heading,
    )


def _tab_to(page: Page, start: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if _focused(page).startswith(start):
            return
    pytest.fail(f"no Tab leads to '{start}'")


def test_work_can_be_cancelled_and_faults_leave_what_was_there(open_page: Open) -> None:
    page = open_page()
    call_sample(page, "cdc28")
    page.get_by_text("Change scheme, anchor or period").click()
    period = page.locator(".pc-change").get_by_label("Period, minutes")
    period.fill("soon")
    period.press("Enter")
    page.get_by_role("alert").get_by_text("no number of minutes").wait_for()
    assert len(genes_of(page)) > 5
    period.fill("90")
    period.press("Enter")
    page.locator(".pc-key").get_by_text("90.0 min").wait_for()
    wait_idle(page)
    page.get_by_role("tab", name="Atlas").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("alert").get_by_text("cancelled").wait_for()
    page.get_by_role("tab", name="Genes").click()
    assert len(genes_of(page)) > 5
    # What was cancelled is tried again when it is asked for again.
    page.get_by_role("tab", name="Atlas").click()
    page.get_by_role("heading", name="The landscape of states").wait_for()
    # A file that is none at all: the way back is open.
    page.get_by_role("button", name="1 File").click()
    page.evaluate(DROP, [["photo.png", "\x89PNG\r\n\x1a\n\x00\x00"]])
    page.get_by_role("alert").get_by_text("photo.png").first.wait_for()
    page.get_by_role("heading", name="A time course of a synchronised culture").wait_for()
    require_accessible(page, "no table")
    page.get_by_role("button", name="3 Calls").click()
    page.get_by_role("heading", name="cdc28", exact=True).wait_for()
    # A page that is loaded anew says what it lost.
    page.reload()
    page.get_by_text("what it showed of cdc28 is deleted").wait_for()


def test_one_of_several_experiments_is_chosen(open_page: Open) -> None:
    page = open_page()
    rows = [f"g{k},1,-2,3,4,5,6" for k in range(3)]
    page.evaluate(DROP, [["both.csv", "\n".join(["gene,wt_0,wt_10,wt_20,ko_0,ko_10,ko_20", *rows])]])
    page.get_by_text("The file holds 2 experiments").wait_for()
    assert page.get_by_role("button", name="Call the phases").is_disabled()
    choose(page, "Experiment", "ko")
    page.get_by_text("3, in minutes: 0, 10, 20").wait_for()
    page.get_by_role("button", name="Call the phases").click()
    page.locator(".pc-key").get_by_text("0 of 3").wait_for()
    page.get_by_text("no gene has a peak that is tied to the cell cycle").wait_for()


def test_visitors_do_not_see_one_another(open_page: Open) -> None:
    one, other = open_page(), open_page()
    one.get_by_role("button", name="elu").first.click()
    one.get_by_role("heading", name="elu: what was recognised").wait_for()
    assert other.get_by_text("elu: what was recognised").count() == 0
    assert other.get_by_role("button", name="2 What it is").is_disabled()
    other.get_by_role("button", name="cdc28").first.click()
    other.get_by_role("heading", name="cdc28: what was recognised").wait_for()
    assert one.get_by_role("heading", name="elu: what was recognised").is_visible()


def test_who_only_fetches_the_page_makes_no_visit(open_page: Open, address: str, folder: Path) -> None:
    visits = folder / "jobs" / "visits"
    # The port is open before the server answers.
    httpx.get(address, timeout=WAIT / 1000)
    before = set(visits.iterdir())
    assert httpx.get(address).status_code == 200
    assert set(visits.iterdir()) <= before
    open_page()
    assert len(set(visits.iterdir()) - before) == 1


def test_a_report_of_rest_opens_in_its_sandbox(browser: Browser, address: str) -> None:
    jobs = f"{address}api/v1"
    asked = httpx.post(f"{jobs}/reports", files={"dataset": (None, "alpha")}, timeout=WAIT / 1000)
    job = asked.json()["id"]
    assert httpx.get(f"{jobs}/jobs/{job}?wait=60", timeout=WAIT / 1000).json()["state"] == "done"
    page, wrong = browser.new_page(), []
    page.on("console", lambda told: wrong.append(told.text))
    page.on("pageerror", lambda fault: wrong.append(str(fault)))
    page.goto(f"{jobs}/jobs/{job}/result")
    page.wait_for_selector("html[data-genes=shown]")
    page.fill("#genes-search", "CLN2")
    page.keyboard.press("Enter")
    assert "YPL256C" in page.locator("dialog[open] h3").inner_text()
    page.close()
    assert wrong == []
