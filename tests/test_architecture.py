"""The structure that docs/architecture.md promises: layers, cycles, sizes and a lazy start."""

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "phasecall"
LAYERS = (
    (
        *("errors", "circular", "phases", "timecourse", "conformal", "colours", "notebook", "calls"),
        *("labels", "identifiers"),
    ),
    ("io", "datasets", "publicdata", "genesets", "synonyms"),
    (
        "rhythm",
        "clock",
        "simulation",
        "preparation",
        "calibration",
        "trainingset",
        "density",
        "points",
        "lessons",
        "checkpoints",
        "network",
        "graph",
        "emitters",
        "quantisation",
        "wire",
        "inspection",
        "modelcard",
        "modelfile",
        "runtime",
        "training",
        "pretraining",
        "reading",
        "embedding",
        "tuning",
        "tunedmodel",
        "tunedfile",
        "methods",
        "novelty",
        "caller",
    ),
    (
        *("metrics", "benchmark", "finetuning", "packing", "styles"),
        *("qc", "exploration", "annotation", "comparison", "neighbours", "enquiry"),
    ),
    ("notation", "figures", "report", "estimator", "scverse", "web", "cli"),
)
LAYER_OF = {noun: number for number, nouns in enumerate(LAYERS) for noun in nouns}
# The package itself only names things, and `python -m phasecall` is the command line.
UNRANKED = {"__init__", "__main__"}
HEAVY = {
    "keras": {"network", "graph", "checkpoints", "training", "pretraining", "packing"},
    "onnxruntime": {"runtime"},
    "onnx": {"graph", "emitters", "quantisation", "inspection", "modelfile"},
    "matplotlib": {"figures", "cli", "scverse"},
    "jinja2": {"report", "web"},
    "fastapi": {"web"},
    "uvicorn": {"web"},
    "nicegui": {"web"},
    "sklearn": {"methods", "metrics", "estimator", "exploration"},
    "aeon": {"methods"},
    "lightgbm": {"methods"},
    "CosinorPy": {"methods"},
    "torch": {"methods"},
    "pyarrow": {"io"},
    "openpyxl": {"io"},
    "anndata": {"io", "scverse"},
    "h5py": {"io", "network"},
    "pandas": {"calls", "io", "scverse"},
    "polars": {"calls"},
}
MODULES = sorted(SOURCE.rglob("*.py"))


def noun_of(path: Path) -> str:
    return path.relative_to(SOURCE).with_suffix("").parts[0]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports_of(path: Path) -> set[str]:
    """Dotted names that a module imports, at any depth."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own_imports_of(path: Path) -> set[str]:
    parts = [name.split(".") for name in imports_of(path)]
    return {part[1] for part in parts if part[0] == "phasecall" and len(part) > 1 and part[1] in LAYER_OF}


def functions_of(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef)]


def public_functions_of(path: Path) -> set[str]:
    return {
        node.name
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def test_every_module_has_a_layer_and_every_layer_its_modules() -> None:
    assert {noun_of(path) for path in MODULES} - UNRANKED == set(LAYER_OF)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_arrows_point_down(path: Path) -> None:
    noun = noun_of(path)
    if noun in UNRANKED:
        return
    upward = {other for other in own_imports_of(path) if LAYER_OF[other] > LAYER_OF[noun]}
    assert upward == set()


def test_there_is_no_import_cycle() -> None:
    arrows: dict[str, set[str]] = {noun: set() for noun in LAYER_OF}
    for path in MODULES:
        if noun_of(path) not in UNRANKED:
            arrows[noun_of(path)] |= own_imports_of(path) - {noun_of(path)}
    done: list[str] = []
    while len(done) < len(arrows):
        free = [noun for noun in arrows if noun not in done and arrows[noun] <= set(done)]
        assert free, f"a cycle among {sorted(set(arrows) - set(done))}"
        done += free


@pytest.mark.parametrize("library", HEAVY)
def test_a_heavy_library_is_known_where_it_belongs_only(library: str) -> None:
    users = {noun_of(path) for path in MODULES if any(n.split(".")[0] == library for n in imports_of(path))}
    assert users <= HEAVY[library]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400
    for function in functions_of(path):
        assert function.end_lineno is not None
        assert function.end_lineno - function.lineno < 60, function.name
        arguments = function.args
        count = len(arguments.posonlyargs + arguments.args + arguments.kwonlyargs)
        assert count - (arguments.args[:1] != [] and arguments.args[0].arg in ("self", "cls")) <= 6, (
            function.name
        )


def test_no_module_shares_its_name_with_a_public_function() -> None:
    # Only names of the package itself can shadow one another: phasecall.call is not phasecall.cli.call.
    public = {name for path in MODULES for name in public_functions_of(path)}
    assert {path.stem for path in SOURCE.iterdir()} & public == set()


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_the_command_starts_without_numpy(word: str) -> None:
    code = (
        "import sys, json\n"
        "from phasecall.cli import main\n"
        "try:\n    main([sys.argv[1]])\n"
        "except SystemExit as end:\n    print(json.dumps([end.code, sorted(sys.modules)]), file=sys.stderr)\n"
    )
    told = subprocess.run([sys.executable, "-c", code, word], capture_output=True, text=True, check=True)
    status, modules = json.loads(told.stderr)
    assert status == 0
    assert {"numpy", "rich", "matplotlib", "onnxruntime", "phasecall.cli.call"} & set(modules) == set()
    assert "phasecall" in told.stdout


def test_the_architecture_page_names_every_module() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    assert [noun for noun in LAYER_OF if f"`{noun}`" not in page and f"`{noun}/`" not in page] == []
