"""A real server in a process of its own, as `phasecall serve` starts it."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 120
"""So long a server may take to start, or to stop: a failure, not a wait."""


class Server:
    """A running server.

    Parameters
    ----------
    folder
        Where it keeps its jobs.
    *words
        More options of the verb.
    """

    def __init__(self, folder: Path, *words: str) -> None:
        asked = ["serve", "--port", "0", "--folder", str(folder), *words]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "phasecall", *asked],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.said: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.address = ""
        while not self.address:
            line = self._lines.get(timeout=SECONDS)
            assert line, "".join(self.said)
            found = re.search(r"http://\S+?:\d+", line)
            self.address = found[0] if found else ""

    @property
    def api(self) -> str:
        """Where REST is."""
        return f"{self.address}/api/v1"

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Stop it and return its exit status."""
        self.process.send_signal(how)
        status = self.process.wait(SECONDS)
        self._reader_ended()
        return status

    def _reader_ended(self) -> None:
        while self._lines.get(timeout=SECONDS):
            pass

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                self.said.append(line)
                self._lines.put(line)
        self._lines.put("")


@contextmanager
def served(folder: Path, *words: str) -> Iterator[Server]:
    """Start a server, and stop it at the end."""
    server = Server(folder, *words)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
