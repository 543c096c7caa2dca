"""Processes: what those of jobs and of clerks have in common: how they are surrounded, and how they end."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def surround() -> dict[str, str]:
    """Return the environment of a process that works: that of the server, and one thread for matrices."""
    return {**os.environ, **_ONE_THREAD}


def kill_group(pid: int) -> None:
    """End a process that leads a session of its own, with all that it started; one that is gone is left.

    What it started to read a file is in its group, too, and would go on without it.
    """
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)
