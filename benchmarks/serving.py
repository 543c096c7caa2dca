"""What a server under load does: `python benchmarks/serving.py [--uploads 1000] [--clients 50]`.

Starts `phasecall serve` with its own limits, and lets clients send courses of 6,000 genes at once, asking
again after `Retry-After` where they are refused. One upload in twenty is malformed, one in twenty is cut off.
Each has a gene of its own name, so that an answer to another upload is seen; every answer is compared in full
with what `phasecall call --json` says of the same table. Prints, as Markdown, what came back, how long it
took, and the memory of the server and its processes before and after. Takes about two and a half seconds an
upload on two busy cores.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from phasecall.datasets import load

N_GENES = 6000
N_COURSES = 8
TAG = "a-gene-of-this-upload"
TIMEOUT = 600.0
_PATIENCE = 1.0


@dataclass(frozen=True)
class Outcome:
    """What became of one upload: in a word, after how many seconds, and how often it was refused."""

    word: str
    seconds: float
    refusals: int


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--uploads", type=int, default=1000)
    given.add_argument("--clients", type=int, default=50)
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        courses = list(make_courses())
        wanted = [tell(text, folder) for text in courses]
        process, address = start(folder / "jobs")
        try:
            report(asked.uploads, asked.clients, process.pid, Load(address, courses, wanted))
        finally:
            process.terminate()
            process.wait()


def make_courses() -> Iterator[str]:
    """Yield tables of 6,000 genes, each with other times and other noise."""
    course = load("cdc15-4381")
    rng = np.random.default_rng(0)
    for _ in range(N_COURSES):
        rows = np.arange(N_GENES) % len(course)
        columns = np.sort(rng.choice(course.times.size, 18, replace=False))
        values = course.values[rows][:, columns] + rng.normal(0, 0.1, (N_GENES, 18))
        names = [
            course.genes[row] if place < len(course) else f"again-{place}" for place, row in enumerate(rows)
        ]
        lines = ["gene\t" + "\t".join(f"cdc15_{minute:g}" for minute in course.times[columns])]
        lines += [
            f"{gene}\t" + "\t".join(f"{value:.3f}" for value in row)
            for gene, row in zip([*names[:-1], TAG], values, strict=True)
        ]
        yield "\n".join(lines) + "\n"


def tell(text: str, folder: Path) -> dict[str, Any]:
    """Return what the verb says of a table."""
    path = folder / "course.tsv"
    path.write_text(text)
    words = [sys.executable, "-m", "phasecall", "call", str(path), "--json"]
    told: dict[str, Any] = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    return told


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a server; return it and its address."""
    words = [sys.executable, "-m", "phasecall", "serve", "--port", "0", "--folder", str(folder)]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    found = None
    while found is None:
        found = re.search(r"http://[\d.]+:\d+", process.stderr.readline())
    # What it says later would fill the pipe.
    threading.Thread(target=process.stderr.read, daemon=True).start()
    return process, found[0]


class Load:
    """Clients of one server, and what they should be told.

    Parameters
    ----------
    address
        Of the server.
    courses, wanted
        Tables, and what the verb says of each.
    """

    def __init__(self, address: str, courses: list[str], wanted: list[dict[str, Any]]) -> None:
        self._address, self._courses, self._wanted = address, courses, wanted
        self._client = httpx.Client(
            base_url=f"{address}/api/v1", timeout=TIMEOUT, limits=httpx.Limits(max_connections=None)
        )

    def send(self, number: int) -> Outcome:
        """Send one upload, and judge what comes back."""
        begun = time.perf_counter()
        which = number % N_COURSES
        text = self._courses[which].replace(TAG, f"upload-{number}")
        if number % 20 == 7:
            return Outcome(self._cut_off(text), time.perf_counter() - begun, 0)
        if number % 20 == 13:
            text = text.replace("\t-", "\toops", 1)
        job, refusals = self._submit(text, number)
        while job["state"] in ("queued", "running"):
            job = self._client.get(f"/jobs/{job['id']}", params={"wait": 30}).raise_for_status().json()
        answer = self._client.get(f"/jobs/{job['id']}/result")
        word = self._judge(answer, number, which)
        self._client.delete(f"/jobs/{job['id']}").raise_for_status()
        return Outcome(word, time.perf_counter() - begun, refusals)

    def _submit(self, text: str, number: int) -> tuple[dict[str, Any], int]:
        refusals = 0
        while True:
            answer = self._client.post("/calls", files={"file": (f"upload-{number}.tsv", text.encode())})
            if answer.status_code != 429:
                job: dict[str, Any] = answer.raise_for_status().json()
                return job, refusals
            refusals += 1
            time.sleep(float(answer.headers["Retry-After"]))

    def _judge(self, answer: httpx.Response, number: int, which: int) -> str:
        told = answer.json()
        if number % 20 == 13:
            told_where = answer.status_code == 422 and f"upload-{number}.tsv, line " in str(told.get("where"))
            return "malformed, and told where" if told_where else "malformed, and wrongly answered"
        wanted = self._wanted[which]
        genes = [*wanted["genes"][:-1], {**wanted["genes"][-1], "gene": f"upload-{number}"}]
        same = told.get("genes") == genes and told["period"] == wanted["period"]
        return "right in every digit" if same else "wrong"

    def _cut_off(self, text: str) -> str:
        host, port = self._address.removeprefix("http://").split(":")
        body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.tsv"\r\n\r\n' + text.encode()
        head = (
            f"POST /api/v1/calls HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        )
        with socket.create_connection((host, int(port))) as line:
            line.sendall(head.encode() + body[: len(body) // 2])
        return "cut off by the client"

    def count(self) -> dict[str, int]:
        """Return the jobs that the server has."""
        told: dict[str, int] = self._client.get("/health").json()["jobs"]
        return told


def report(n_uploads: int, n_clients: int, server: int, load: Load) -> None:
    """Print what came back."""
    # What is loaded on first use is no leak.
    for number in range(2 * n_clients // 10):
        load.send(number * 20)
    before = measure(server)
    begun = time.perf_counter()
    with ThreadPoolExecutor(n_clients) as clients:
        outcomes = list(clients.map(load.send, range(n_uploads)))
    seconds = time.perf_counter() - begun
    time.sleep(_PATIENCE)
    after = measure(server)
    answered = sorted(one.seconds for one in outcomes if one.word.startswith("right"))
    print("# A server under load\n")
    command = f"python benchmarks/serving.py --uploads {n_uploads} --clients {n_clients}"
    print(f"Made by `{command}` on {os.cpu_count()} cores.\n")
    print(f"{n_uploads} uploads of {N_GENES:,} genes at 18 times, {n_clients} clients, {seconds:.0f} s.\n")
    print("| outcome | uploads |\n|---|---|")
    for word, count in sorted(Counter(one.word for one in outcomes).items()):
        print(f"| {word} | {count} |")
    print(f"| jobs left on the server | {sum(load.count().values())} |\n")
    print(f"Refused with 429 and sent again: {sum(one.refusals for one in outcomes)} times.\n")
    print(
        f"Seconds from upload to answer, {n_clients} at once: median {statistics.median(answered):.1f},"
        f" 95th percentile {answered[int(0.95 * len(answered))]:.1f}.\n"
    )
    print("| resident memory, MiB | before | after |\n|---|---|---|")
    for name in before:
        print(f"| {name} | {before[name]:.0f} | {after[name]:.0f} |")


def measure(server: int) -> dict[str, float]:
    """Return MiB that a server and the processes of its jobs have in memory."""
    children = Path(f"/proc/{server}/task").glob("*/children")
    pids = [int(pid) for one in children for pid in one.read_text().split()]
    return {"server": _resident(server), "processes of jobs": sum(map(_resident, pids))}


def _resident(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
