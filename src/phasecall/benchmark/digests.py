"""Digests: what a cell of the benchmark rests on, so that one that rests on something else is made anew."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall import __version__
from phasecall.methods import Examples, Method

_OURS = "phasecall"
_COMMON = ("numpy", "scipy")


def digest_method(method: Method, stand_in: Callable[..., Any] | None = None) -> str:
    """Return a digest of a method: its settings, and the code behind it as far as it is ours.

    Comments, docstrings and what only type checkers read do not count. The code is that of the modules of its
    functions, of all functions that these hold, and of all modules of this package that any of them imports;
    others' code counts by its version.

    Parameters
    ----------
    method
        The row.
    stand_in
        What answers for a row without a function of its own.
    """
    functions = [one for one in (method.fit, method.score, stand_in) if one is not None]
    settings = [method.key, method.refuses_gaps, method.needs_labels]
    return digest_json([*settings, describe_versions(method), [_describe(one) for one in functions]])


def describe_versions(method: Method) -> list[str]:
    """Return the versions of the packages that do a method's work, `name version`, ours first."""
    return [f"{_OURS} {__version__}", *(f"{name} {_version(name)}" for name in (*method.packages, *_COMMON))]


def digest_examples(examples: Examples) -> list[Any]:
    """Return what there is to know of some genes: digests of their courses, and their clocks."""
    clocks = [[asdict(one.clock), one.weights.tolist(), one.times.tolist()] for one in examples.clocks]
    return [[course.sha256() for course in examples.courses], clocks]


def digest_codes(codes: NDArray[np.int64]) -> str:
    """Return a digest of codes, the same on any machine."""
    return hashlib.sha256(np.asarray(codes, dtype="<i8").tobytes()).hexdigest()


def digest_json(value: Any) -> str:
    """Return the SHA-256 of a value as JSON."""
    return hashlib.sha256(json.dumps(_plain(value), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, numbers to six digits: sums in another order are no other data."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return f"{value:.6g}" if isinstance(value, float) else value


@cache
def digest_module(name: str) -> str:
    """Return a digest of the code of a module and of the modules of this package that it imports."""
    found: dict[str, str] = {}
    waiting = [name]
    while waiting:
        module = waiting.pop()
        if module not in found:
            tree = _parse(module)
            found[module] = "" if tree is None else ast.dump(tree)
            waiting += _imports(tree) if tree is not None else []
    return digest_json(found)


def _describe(value: Any) -> Any:
    """Return a value as text; of a function its name, its code, and what it holds, described likewise."""
    if isinstance(value, partial):
        given = {name: _describe(one) for name, one in value.keywords.items()}
        return [_describe(value.func), [_describe(one) for one in value.args], given]
    if not callable(value):
        return repr(value)
    held = [cell.cell_contents for cell in getattr(value, "__closure__", None) or ()]
    name = getattr(value, "__qualname__", type(value).__name__)
    module = getattr(value, "__module__", None) or "builtins"
    return [name, digest_module(module), [_describe(one) for one in held]]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _parse(module: str) -> ast.Module | None:
    """Return the code of a module without its docstrings; None of what is no module with a source."""
    origin = _origin(module)
    if origin is None or not origin.endswith(".py"):
        return None
    tree = ast.parse(Path(origin).read_text("utf-8"))
    _Plain().visit(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = node.body[ast.get_docstring(node, clean=False) is not None :]
    return tree


class _Plain(ast.NodeTransformer):
    """Leaves out what only type checkers read: no answer rests on it."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        only_types = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return None if only_types else self.generic_visit(node)


def _origin(module: str) -> str | None:
    """Return the file of a module; None of what is no module, or has none."""
    if module == "__main__":  # a script, which has no spec
        return getattr(sys.modules[module], "__file__", None)
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        return None
    return spec.origin if spec is not None else None


def _imports(tree: ast.Module) -> list[str]:
    """Return the modules of this package that some code imports, and names in them that may be modules."""
    named: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in named if name.partition(".")[0] == _OURS and name != _OURS]
