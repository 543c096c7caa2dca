"""The machine: what a run of the benchmark was made on, without a name or a path of it."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from phasecall import __version__


def describe_machine() -> dict[str, Any]:
    """Return cores, memory, system and Python; None for what the system does not tell."""
    return {
        "cores": os.cpu_count(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def describe_source() -> str:
    """Return the commit of the source that runs, where it runs from a git checkout; else the version."""
    here = str(Path(__file__).parent)
    # Only a checkout of ours tracks this file: another that holds an environment says nothing of the source.
    for words in (
        ["ls-files", "--error-unmatch", __file__],
        ["describe", "--always", "--dirty", "--abbrev=12"],
    ):
        try:
            told = subprocess.run(  # noqa: S603
                ["git", "-C", here, *words],  # noqa: S607
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            return __version__
        if told.returncode:
            return __version__
    return told.stdout.strip()


def _memory_gib() -> float | None:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    return round(size / 2**30, 1)
