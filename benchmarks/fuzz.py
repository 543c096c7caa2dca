"""Fuzzing of the readers: `python benchmarks/fuzz.py [--cases N] [--seed N] [--jobs N] [--formats ...]`.

Example files (`EXAMPLES` of the modules of tests/ that `MODULES` names, and files of `--seeds FOLDER`) are
changed by `mutations.py` and read, in processes that may be killed. A file is read, or refused with one
message. Anything else is a fault: another exception, a warning, a crash, more than 5 s of processor time
(20 s where it unfolds to hundreds of megabytes), more than 1 GB of memory, or a wrong time course:

- genes that are none, unnamed or not unique; times that are not finite or not sorted; values of another
  shape, or infinite;
- a table that is only written in another way (line ends, quotes, gzip, a comment) and reads as another;
- a table that is cut off, and reads without a gene whose line is whole, or with other values of it.

Every case is told by seed and number: `--only NUMBER` repeats it. Faults go into a folder, the file beside
what was done and the traceback; the exit status is 1 where there are any.
"""

from __future__ import annotations

import argparse
import importlib
import math
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from signal import SIGKILL, SIGXCPU
from typing import Any

import numpy as np
from mutations import BINARY, Mutant, bomb, delimiter_of, mutate
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from phasecall.errors import PhasecallError
from phasecall.io import READERS, read_all
from phasecall.timecourse import TimeCourse

MODULES = ("layouts", "containers", "deposits")
"""Modules of tests/ with `EXAMPLES`: each with `key`, `title`, `content`, `how`, `samples` and `suffix`."""
SECONDS = 5
"""Processor time of a case."""
SECONDS_OF_BOMB = 20
"""The same where a file unfolds to so much that reading it takes long, if it is a table."""
MEGABYTES = 1000
"""Memory of a case, above what the process had."""
BATCH = 200
"""Cases that a process reads before a new one is forked."""
BOMBS = 400
"""One case in so many is a bomb: they take longest."""
_PATIENCE = 120.0
_LINE = re.compile(r"#\d+$")
_OPTIONS: tuple[Mapping[str, Any], ...] = (
    {"transpose": True},
    *({"format": key} for key in READERS),
    *({"unit": unit} for unit in ("min", "h", "s")),
    *({"scale": scale} for scale in ("log", "ratio", "intensity", "counts")),
    {"experiment": "alpha"},
    {"times": (0, 10, 20)},
    {"times": (0, 1, 1, 2, 3, 5), "unit": "h"},
)


@dataclass(frozen=True)
class Seed:
    """A file that is known to be read, with what is said of it to `read_all`."""

    key: str
    title: str
    content: bytes
    how: Mapping[str, Any]
    samples: bytes | None
    suffix: str


@dataclass
class Tally:
    """What came of the cases of one format."""

    cases: int = 0
    read: int = 0
    refused: int = 0
    faults: int = 0
    seconds: float = 0.0
    megabytes: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What came of one case: `read`, `refused` or what fault it was, and the traceback or message."""

    number: int
    key: str
    what: str
    told: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0


@dataclass(frozen=True)
class Fuzzer:
    """The seeds, and where faults go."""

    seeds: Sequence[Seed]
    seed: int
    folder: Path
    known: dict[str, list[TimeCourse]] = field(default_factory=dict)

    def random(self, number: int) -> Random:
        """Return the random numbers of a case."""
        return Random(f"{self.seed}:{number}")

    def is_bomb(self, number: int) -> bool:
        """Return whether a case is one of those that unfold to much."""
        return self.random(number).randrange(BOMBS) == 0

    def case(self, number: int) -> tuple[Seed, Mutant, dict[str, Any], bytes | None]:
        """Return a case by its number: seed, changed file, what is said of it, sheet of samples."""
        random = self.random(number)
        bombs = random.randrange(BOMBS) == 0
        keys = sorted({seed.key for seed in self.seeds})
        weights = [math.sqrt(sum(seed.key == key for seed in self.seeds)) for key in keys]
        key = random.choices(keys, weights)[0]
        seed = random.choice([seed for seed in self.seeds if seed.key == key])
        others = [other.content for other in self.seeds if _kind(other.content) == _kind(seed.content)]
        if bombs:
            return seed, bomb(seed.content, random), dict(seed.how), seed.samples
        mutant = mutate(seed.content, random, others)
        how, samples = dict(seed.how), seed.samples
        if random.random() < 0.15:
            how.update(random.choice(_OPTIONS))
            mutant = Mutant(mutant.content, (*mutant.done, f"said: {how}"))
        if samples is not None and random.random() < 0.5:
            samples = mutate(samples, random, [samples]).content
            mutant = Mutant(mutant.content, (*mutant.done, "samples changed"))
        return seed, mutant, how, samples

    def read(
        self, folder: Path, seed: Seed, content: bytes, samples: bytes | None, **how: Any
    ) -> list[TimeCourse]:
        """Read a file as `phasecall` does."""
        path = folder / f"course{seed.suffix}"
        path.write_bytes(content)
        if samples is not None:
            how["samples"] = folder / "samples.csv"
            how["samples"].write_bytes(samples)
        return read_all(path, **how)

    def run(self, number: int, folder: Path) -> Outcome:
        """Return what comes of a case, in this process."""
        seed, mutant, how, samples = self.case(number)
        before, start = _reset_peak(), time.process_time()
        what, told = "read", ""
        try:
            courses = self.read(folder, seed, mutant.content, samples, **how)
        except PhasecallError as fault:
            what, told = "refused", str(fault)
            if mutant.promise == "same":
                what = "fault: refused, and is the same"
            elif not fault.problem or not all(line.isprintable() for line in told.split("\n")):
                what = "fault: message"
        except BaseException:
            what, told = "fault: traceback", traceback.format_exc()
        seconds = time.process_time() - start
        megabytes = max(0.0, _peak() - before)
        if what == "read":
            told = "; ".join(self.wrongs(seed, mutant, courses, folder))
            what = "fault: wrong course" if told else what
        if megabytes > MEGABYTES and not what.startswith("fault"):
            what, told = "fault: memory", f"{megabytes:.0f} MB"
        return Outcome(number, seed.key, what, told, seconds, megabytes)

    def wrongs(
        self, seed: Seed, mutant: Mutant, courses: Sequence[TimeCourse], folder: Path
    ) -> Iterator[str]:
        """Yield what is wrong with the time courses that were read."""
        if not courses:
            yield "no time course"
        for course in courses:
            yield from _wrongs_of(course)
        if not mutant.promise:
            return
        if seed.title not in self.known:
            how = dict(seed.how)
            self.known[seed.title] = self.read(folder, seed, seed.content, seed.samples, **how)
        known = self.known[seed.title]
        if mutant.promise == "same":
            yield from _differences(known, courses)
        elif mutant.promise == "cut":
            yield from _losses(known, courses, mutant.content)


def _kind(content: bytes) -> bytes:
    return next((magic for magic in BINARY if content.startswith(magic)), b"")


def _wrongs_of(course: TimeCourse) -> Iterator[str]:
    if course.values.shape != (len(course.genes), course.times.size) or not course.values.size:
        yield f"values of shape {course.values.shape}"
    if len(set(course.genes)) < len(course.genes) or not all(course.genes):
        yield "genes without a name of their own"
    if not np.isfinite(course.times).all() or (np.diff(course.times) < 0).any():
        yield f"times {course.times.tolist()}"
    if np.isinf(course.values).any() or np.isnan(course.values).all():
        yield "values that are none"
    if not all(note.code and note.text for note in course.notes):
        yield "an empty note"


def _differences(known: Sequence[TimeCourse], courses: Sequence[TimeCourse]) -> Iterator[str]:
    if len(known) != len(courses):
        yield f"{len(courses)} experiments, not {len(known)}"
        return
    for old, new in zip(known, courses, strict=True):
        # A row without a name is called by its line.
        told = [
            ([_LINE.sub("", gene) for gene in one.genes], one.times.tolist(), one.sync) for one in (old, new)
        ]
        if told[0] != told[1]:
            yield f"{told[1]}, not {told[0]}"
        elif not np.array_equal(old.values, new.values, equal_nan=True):
            yield "other values"


def _losses(known: Sequence[TimeCourse], courses: Sequence[TimeCourse], content: bytes) -> Iterator[str]:
    """Yield genes of whole lines that are gone, and those whose values are others."""
    text = content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    over_lines = any(line.count('"') % 2 for line in text.split("\n"))
    if over_lines or any(note.code == "transposed" for note in known[0].notes):
        return
    mark = delimiter_of(text)
    whole = [line.split(mark)[0].strip(' "\ufeff') for line in text.split("\n")[:-1]]
    for old in known:
        new = next((course for course in courses if course.name == old.name), courses[0])
        genes = [gene for gene in old.genes if gene in whole]
        lost = [gene for gene in genes if gene not in new.genes]
        if lost:
            yield f"without {lost}, which are whole"
        elif genes and old.times.tolist() != new.times.tolist():
            yield f"times {new.times.tolist()}, not {old.times.tolist()}"
        elif not all(
            np.array_equal(
                old.values[old.genes.index(gene)], new.values[new.genes.index(gene)], equal_nan=True
            )
            for gene in genes
        ):
            yield "other values of whole lines"


# Processes


def _status(entry: str) -> float:
    """Return an entry of the process's status, in MB."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
            if line.startswith(entry):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _reset_peak() -> float:
    """Forget how much memory the process held, where the system can, and return what it holds, in MB."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    return _status("VmHWM")


def _peak() -> float:
    return _status("VmHWM")


def _work(fuzzer: Fuzzer, numbers: Sequence[int], pipe: Connection) -> None:
    """Run cases and send what comes of each; the system ends the process where one takes too long."""
    warnings.simplefilter("error")
    soft = int(_status("VmSize") + 4 * MEGABYTES) << 20
    resource.setrlimit(resource.RLIMIT_AS, (soft, soft))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            seconds = SECONDS_OF_BOMB if fuzzer.is_bomb(number) else SECONDS
            limit = math.ceil(time.process_time()) + seconds
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
            pipe.send(fuzzer.run(number, Path(folder)))


@dataclass
class Worker:
    """A process, the cases it has still to tell of, and when it last told of one."""

    process: Any
    pipe: Connection
    numbers: list[int]
    since: float = 0.0


def _start(fuzzer: Fuzzer, numbers: list[int]) -> Worker:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(fuzzer, numbers, theirs), daemon=True)
    with warnings.catch_warnings():
        # Of threads, the child uses none: that of the progress bar is left behind.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    theirs.close()
    return Worker(process, ours, numbers, since=time.monotonic())


def fuzz(fuzzer: Fuzzer, numbers: Sequence[int], jobs: int = 1) -> Iterator[Outcome]:
    """Yield what comes of each case."""
    waiting = [list(numbers[start : start + BATCH]) for start in range(0, len(numbers), BATCH)][::-1]
    workers: list[Worker] = []
    while waiting or workers:
        while waiting and len(workers) < jobs:
            workers.append(_start(fuzzer, waiting.pop()))
        multiprocessing.connection.wait([worker.pipe for worker in workers], timeout=1.0)
        for worker in [*workers]:
            outcomes, ended = _listen(worker)
            yield from outcomes
            if time.monotonic() - worker.since > _PATIENCE:
                worker.process.kill()
            if ended:
                workers.remove(worker)
                if worker.numbers:
                    # It ended in the first case that it did not tell of.
                    yield _killed(fuzzer, worker)
                    waiting += [worker.numbers[1:]] if worker.numbers[1:] else []


def _listen(worker: Worker) -> tuple[list[Outcome], bool]:
    """Return what a process has sent, and whether it has ended."""
    outcomes = []
    try:
        while worker.pipe.poll():
            outcomes.append(worker.pipe.recv())
            worker.numbers.remove(outcomes[-1].number)
            worker.since = time.monotonic()
    except EOFError:
        worker.process.join()
        return outcomes, True
    return outcomes, False


def _killed(fuzzer: Fuzzer, worker: Worker) -> Outcome:
    number = worker.numbers[0]
    signal = -(worker.process.exitcode or 0)
    if signal <= 0:
        raise RuntimeError(f"case {number} failed in the fuzzer itself")
    late = signal in (SIGKILL, SIGXCPU)
    what = "fault: too slow" if late else f"fault: ended by signal {signal}"
    return Outcome(number, fuzzer.case(number)[0].key, what, seconds=SECONDS if late else 0.0)


# Seeds, faults, summary


def load_seeds(formats: Sequence[str] = (), folder: Path | None = None) -> list[Seed]:
    """Return the example files of the tests, and those of a folder, of some formats or of all."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    seeds: list[Seed] = []
    for module in MODULES:
        seeds += [
            Seed(one.key, f"{one.key}: {one.title}", one.content, one.how, one.samples, one.suffix)
            for one in importlib.import_module(module).EXAMPLES
            if one.key in READERS
        ]
    for path in sorted(folder.iterdir()) if folder else []:
        suffix = "".join(path.suffixes[-2:])
        seeds.append(Seed(path.suffixes[0].strip("."), path.name, path.read_bytes(), {}, None, suffix))
    chosen = [seed for seed in seeds if not formats or seed.key in formats]
    if not chosen:
        raise SystemExit(f"no seeds; there are {', '.join(sorted({seed.key for seed in seeds}))}")
    return chosen


def keep_fault(fuzzer: Fuzzer, outcome: Outcome) -> None:
    """Write a case that went wrong into the folder of faults."""
    seed, mutant, how, samples = fuzzer.case(outcome.number)
    fuzzer.folder.mkdir(parents=True, exist_ok=True)
    path = fuzzer.folder / f"{fuzzer.seed}-{outcome.number}{seed.suffix}"
    if len(mutant.content) < 10 << 20:
        path.write_bytes(mutant.content)
    about = f"{outcome.what}\n{seed.title}\n{', '.join(mutant.done)}\n{how}\n\n{outcome.told}\n"
    path.with_name(f"{path.name}.fault").write_text(about, "utf-8", "backslashreplace")
    if samples is not None:
        path.with_name(f"{path.name}.samples").write_bytes(samples)


def tally(outcomes: Sequence[Outcome]) -> dict[str, Tally]:
    """Return the summary by format."""
    rows: dict[str, Tally] = {}
    for outcome in outcomes:
        row = rows.setdefault(outcome.key, Tally())
        row.cases += 1
        row.read += outcome.what == "read"
        row.refused += outcome.what == "refused"
        row.faults += outcome.what.startswith("fault")
        row.seconds = max(row.seconds, outcome.seconds)
        row.megabytes = max(row.megabytes, outcome.megabytes)
    return dict(sorted(rows.items()))


def _show(rows: Mapping[str, Tally]) -> Table:
    table = Table(
        "format", *(f"{name}" for name in ("cases", "read", "refused", "faults", "slowest s", "peak MB"))
    )
    for key, row in rows.items():
        counts = map(str, (row.cases, row.read, row.refused, row.faults))
        table.add_row(key, *counts, f"{row.seconds:.2f}", f"{row.megabytes:.0f}")
    return table


def main() -> int:
    """Fuzz, show a summary, and say whether there were faults."""
    parser = argparse.ArgumentParser(description="Fuzzing of the readers.")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--formats", nargs="*", default=[])
    parser.add_argument("--seeds", type=Path, help="folder of further files, named NAME.FORMAT.SUFFIX")
    parser.add_argument("--faults", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--only", type=int, help="number of a case")
    given = parser.parse_args()
    fuzzer = Fuzzer(load_seeds(given.formats, given.seeds), given.seed, given.faults)
    numbers = range(given.cases) if given.only is None else [given.only]
    outcomes: list[Outcome] = []
    columns = (TextColumn("fuzzing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=len(numbers))
        for outcome in fuzz(fuzzer, numbers, given.jobs):
            outcomes.append(outcome)
            progress.advance(task)
            if outcome.what.startswith("fault"):
                keep_fault(fuzzer, outcome)
                progress.console.print(f"{outcome.number} {outcome.key}: {outcome.what}", markup=False)
    rows = tally(outcomes)
    Console().print(_show(rows))
    return int(any(row.faults for row in rows.values()))


if __name__ == "__main__":
    raise SystemExit(main())
