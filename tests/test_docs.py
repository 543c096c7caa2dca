"""The documents: every command and code block runs, and every figure is the one that is measured."""

import os
import re
import runpy
import shlex
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from phasecall import modelfile
from phasecall.benchmark import TRACKS, evaluate
from phasecall.benchmark.outcomes import read_rows
from phasecall.caller import call
from phasecall.calls import Reason
from phasecall.cli import main
from phasecall.datasets import load
from phasecall.methods import METHODS
from phasecall.phases import SCHEMES
from phasecall.publicdata import reason_absent
from servers import served

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


SHELL = {"|", ">", ">>"}
# `make` is what runs these tests; tests/test_fetching.py has a server of its own to fetch from; a page that
# asks a server gets one that is running already.
NOT_RUN = ("make", "phasecall datasets fetch", "phasecall serve")
SERVED = "http://127.0.0.1:8642"


def commands_of(block: str) -> list[str]:
    return [line[2:].split("  #")[0].strip() for line in block.splitlines() if line.startswith("$ ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_code_block_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if page.name == "data.md" and (absent := reason_absent("spellman-alpha")):
        pytest.skip(absent)
    monkeypatch.chdir(tmp_path)
    text = page.read_text("utf-8")
    with ExitStack() as stack:
        if SERVED in text:
            pytest.importorskip("fastapi", reason="fastapi is not installed")
            server = stack.enter_context(served(tmp_path / "jobs", "--workers", "1"))
            text = text.replace(SERVED, server.address)
        for kind, block in BLOCK.findall(text):
            if kind == "python":
                exec(compile(block, page.name, "exec"), {"__name__": "__main__"})
                continue
            for line in commands_of(block):
                if not line.startswith(NOT_RUN):
                    run(line, in_shell=page.name == "README.md")


def run(line: str, *, in_shell: bool) -> None:
    """Run a command of a page: in this process, which has started already, if it needs no shell."""
    words = shlex.split(line)
    if words[0] == "phasecall" and not in_shell and not SHELL & set(words):
        with pytest.raises(SystemExit) as ended:
            main(words[1:])
        assert ended.value.code == 0, line
        return
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    told = subprocess.run(
        ["bash", "-c", line], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, f"{line}\n{told.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)", page.read_text("utf-8"))
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


def test_the_readme_holds_the_figures_of_the_benchmark() -> None:
    maker = runpy.run_path(str(ROOT / "benchmarks" / "readme.py"))
    rows = read_rows(maker["RESULTS"])
    page = (ROOT / "README.md").read_text("utf-8")
    assert maker["renewed"](page, rows) == page
    # The benchmark was run with the network that is shipped.
    (judged,) = [
        row for row in evaluate(modelfile.shipped(), [TRACKS["cdc15-9"]]) if row["method"] == "reference"
    ]
    (kept,) = [
        row
        for row in rows
        if (row["track"], row["method"], row["fold"], row["metric"])
        == ("cdc15-9", "reference", "0", "accuracy")
    ]
    assert float(kept["value"]) == pytest.approx(judged["accuracy"], abs=1e-6)


def test_the_best_method_of_the_readme_was_asked_about_most_genes() -> None:
    maker = runpy.run_path(str(ROOT / "benchmarks" / "readme.py"))
    row = {"lo": "0.5", "hi": "0.9"}
    own = {
        "svm": {"value": "0.9", "n": "100", **row},
        "logistic": {"value": "0.7", "n": "600", **row},
        "folded": {"value": "0.6", "n": "600", **row},
    }
    assert maker["cells_of"](TRACKS["alpha"], own)[1:3] == ("600", METHODS["logistic"].title)


def test_the_conventions_explain_every_column_reason_phase_and_border() -> None:
    page = (ROOT / "docs" / "conventions.md").read_text("utf-8")
    columns = call(load("cdc15-4381").select_genes(range(3))).columns()
    missing = [name for name in columns if not name.startswith("p_") and f"`{name}`" not in page]
    missing += [str(reason) for reason in Reason if reason and f"`{reason}`" not in page]
    for scheme in SCHEMES.values():
        missing += [p.name for p in scheme.phases if f"| {p.code} | {p.name} | {p.start:.3g}" not in page]
    assert missing == []
