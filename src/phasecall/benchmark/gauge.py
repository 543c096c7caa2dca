"""The gauge: how long a piece of work took and how much memory it added."""

from __future__ import annotations

import time
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"


class Gauge:
    """Seconds, and the most memory in use at a time beyond what was in use at the start.

    Memory is told by Linux, of the whole process; elsewhere it is not known.
    """

    def __init__(self) -> None:
        self._floor = _reset_peak()
        self._start = time.perf_counter()

    def lap(self) -> float:
        """Return the seconds since the start or the last lap."""
        start, self._start = self._start, time.perf_counter()
        return self._start - start

    def peak_bytes(self) -> int | None:
        """Return the most bytes that were in use at a time, beyond those at the start."""
        peak = _read("VmHWM")
        return None if self._floor is None or peak is None else max(0, peak - self._floor)


def _reset_peak() -> int | None:
    try:
        _CLEAR.write_text(_RESET_PEAK, "ascii")
    except OSError:
        return None
    return _read("VmRSS")


def _read(field: str) -> int | None:
    try:
        lines = _STATUS.read_text("ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), None)
