"""Builders that the tests share."""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings

from phasecall.calls import Calls, Reason
from phasecall.phases import SCHEMES, Scheme
from phasecall.timecourse import Note

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A busy machine is slow at times: that is no failure of a property.
settings.register_profile("phasecall", deadline=None)
settings.load_profile("phasecall")

# Tests train the same small networks again and again: most of that is compiling. Each worker has a folder of
# its own, since JAX does not write whole or not at all; what a test starts inherits it.
COMPILED = tempfile.TemporaryDirectory(prefix="phasecall-jax-")
os.environ["JAX_COMPILATION_CACHE_DIR"] = COMPILED.name
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

CHROMIUM = Path("/usr/bin/chromium")
"""Debian's; tests that need a browser are skipped where it is not."""
_QUIET = (
    *("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
    *("disable-component-update", "disable-sync"),
)

WriteTable = Callable[..., Path]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window, that asks nobody for anything by itself.

    Not of the session: while Playwright is open it holds the event loop of the thread, and the tests
    of another module that falls to the same process could run none of their own.
    """
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as made:
        opened = made.chromium.launch(executable_path=str(CHROMIUM), args=[f"--{word}" for word in _QUIET])
        yield opened
        opened.close()


@pytest.fixture
def table(tmp_path: Path) -> WriteTable:
    """Write text or bytes to a file of the test's own folder and return its path."""

    def write(content: str | bytes, name: str = "course.csv", *, packed: bool = False) -> Path:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if packed else data)
        return path

    return write


def make_calls(
    genes: tuple[str, ...] = ("YAL001C", "YAL040C", "YBR160W"),
    *,
    scheme: Scheme = SCHEMES["four"],
    seed: int = 0,
    notes: tuple[Note, ...] = (),
) -> Calls:
    """Return calls with made-up but lawful numbers; every third gene has no answer."""
    rng = np.random.default_rng(seed)
    n = len(genes)
    silent = np.arange(n) % 3 == 2
    probabilities = rng.dirichlet(np.ones(len(scheme)), size=n)
    probabilities[silent] = np.nan
    turn, p_value = rng.random(n), rng.random(n) ** 8
    turn[silent] = p_value[silent] = np.nan
    return Calls(
        genes=genes,
        scheme=scheme,
        probabilities=probabilities,
        reason=tuple(Reason.ALL_MISSING if quiet else Reason.CALLED for quiet in silent),
        peak_turn=turn,
        peak_time=turn * 112.0,
        peak_lo=turn * 112.0 - 5.0,
        peak_hi=turn * 112.0 + 5.0,
        period=112.0,
        amplitude=rng.random(n),
        periodic_p=p_value,
        periodic_q=p_value,
        rank=np.where(silent, 0, np.arange(1, n + 1)).astype(np.int64),
        n_observed=np.where(silent, 0, 23).astype(np.int64),
        n_missing=np.where(silent, 23, 0).astype(np.int64),
        novelty=np.full(n, np.nan),
        flags=tuple("all_missing" if quiet else "" for quiet in silent),
        method="example 1",
        notes=notes,
    )
