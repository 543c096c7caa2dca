"""How large a report is, and how fast it opens: `PHASECALL_DATA=FOLDER python benchmarks/report.py`.

The embedded alpha course; all yeast genes in the cdc15 course, where the public data are at hand; and as many
simulated genes as man has, at 48 times. Opening is the time from asking for the file until its script has
shown the table, in Debian's Chromium, the median of five; it counts starting no browser. A Markdown table
goes to stdout (benchmarks/results/report.md has it).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

import phasecall
from phasecall import report
from phasecall.errors import MissingDataError
from phasecall.publicdata import load_public
from phasecall.qc import examine
from phasecall.simulation import simulate
from phasecall.timecourse import TimeCourse

CHROMIUM = "/usr/bin/chromium"
_QUIET = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking")
N_OPENED = 5


def list_courses(small: bool) -> Iterator[tuple[str, TimeCourse]]:
    """Yield what is reported; a small one only, to see that this runs."""
    yield "alpha, embedded", phasecall.load("alpha")
    if small:
        return
    try:
        yield "cdc15, all genes of yeast", load_public("spellman-cdc15")
    except MissingDataError as error:
        print(f"left out: {error}", file=sys.stderr)
    made = simulate(20_000, times=np.arange(48) * 30.0 / 2, seed=1).course
    yield "simulated, a human genome", replace(made, sync="cdc15")


def open_page(page: Page, path: Path) -> float:
    """Return the seconds until the report has shown its table."""
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-genes=shown]")
    return time.perf_counter() - start


def main(small: bool) -> None:
    print("| course | genes x samples | seconds to make | MB | seconds to open |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[f"--{word}" for word in _QUIET])
        page = browser.new_page()
        for name, course in list_courses(small):
            calls, made = phasecall.call(course), examine(course)
            start = time.perf_counter()
            text = report.compose(calls, made, command="phasecall call course.tsv")
            seconds = time.perf_counter() - start
            path = Path(folder) / "report.html"
            path.write_text(text, "utf-8")
            opened = statistics.median(open_page(page, path) for _ in range(N_OPENED))
            size = path.stat().st_size / 1e6
            shape = f"{len(course):,} x {course.times.size}"
            print(f"| {name} | {shape} | {seconds:.1f} | {size:.2f} | {opened:.2f} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main("--small" in sys.argv)
