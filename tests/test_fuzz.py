"""The readers survive some hundred changed files, and the fuzzer sees what is wrong."""

from __future__ import annotations

import gzip
import importlib
import io
import os
import signal
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from phasecall.errors import InputError
from phasecall.timecourse import TimeCourse

# Tests of networks before these leave JAX in the process; what is forked here does not use it.
pytestmark = pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
TABLE = b"gene,0,10,20\na,1,2,3\nb,4,5,6\n"
COURSE = TimeCourse(("a", "b"), np.array([0.0, 10, 20]), np.array([[1.0, 2, 3], [4, 5, 6]]), name="course")


@pytest.fixture
def fuzzing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script, as a module."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("fuzz")


@pytest.fixture
def fuzzer(fuzzing: Any, tmp_path: Path) -> Any:
    seed = fuzzing.Seed("table", "small", TABLE, {}, None, ".csv")
    return fuzzing.Fuzzer([seed], 0, tmp_path / "faults")


def test_no_reader_fails_on_some_hundred_files(fuzzing: Any, tmp_path: Path) -> None:
    fuzzer = fuzzing.Fuzzer(fuzzing.load_seeds(), 0, tmp_path)
    bombs = set(filter(fuzzer.is_bomb, range(600)))
    outcomes = list(fuzzing.fuzz(fuzzer, [n for n in range(600) if n not in bombs]))
    assert [(one.number, one.what, one.told) for one in outcomes if one.what.startswith("fault")] == []
    assert sorted(one.number for one in outcomes) == sorted(set(range(600)) - bombs)
    rows = fuzzing.tally(outcomes)
    assert min(row.read for row in rows.values()) > 0
    assert sum(row.cases for row in rows.values()) == 600 - len(bombs)


def test_a_case_is_told_by_its_number(fuzzing: Any, fuzzer: Any) -> None:
    assert fuzzer.case(7) == fuzzer.case(7)
    assert len({fuzzer.case(number)[1].content for number in range(60)}) > 40


# What a reader could do wrong, and what it is called.
def _raise_value() -> list[TimeCourse]:
    raise ValueError("a traceback")


def _warn() -> list[TimeCourse]:
    warnings.warn("a warning", stacklevel=1)
    return [COURSE]


def _fill_memory() -> list[TimeCourse]:
    np.ones(20_000_000).sum()
    return [COURSE]


def _spin() -> list[TimeCourse]:
    while True:
        pass


def _crash() -> list[TimeCourse]:
    os.kill(os.getpid(), signal.SIGUSR1)
    return []


def _refuse() -> list[TimeCourse]:
    raise InputError("refused")


def _other(**changes: Any) -> Any:
    return lambda: [replace(COURSE, **changes)]


WRONG = [
    (_raise_value, "", "fault: traceback", "ValueError: a traceback"),
    (_warn, "", "fault: traceback", "UserWarning: a warning"),
    (_fill_memory, "", "fault: memory", "MB"),
    (_crash, "", f"fault: ended by signal {signal.SIGUSR1:d}", ""),
    (_refuse, "same", "fault: refused, and is the same", "refused"),
    (_refuse, "", "refused", "refused"),
    (list, "", "fault: wrong course", "no time course"),
    (_other(), "same", "read", ""),
    (_other(times=[0, 10, 30]), "", "read", ""),
    (_other(times=[0, 10, 30]), "same", "fault: wrong course", "[0.0, 10.0, 30.0]"),
    (_other(values=COURSE.values + 1), "same", "fault: wrong course", "other values"),
    (_other(genes=("b", "a")), "same", "fault: wrong course", "['b', 'a']"),
    (_other(genes=("a", "c")), "cut", "fault: wrong course", "without ['b']"),
    (_other(times=[0, 10, 30]), "cut", "fault: wrong course", "[0.0, 10.0, 30.0]"),
    (_other(values=COURSE.values + 1), "cut", "fault: wrong course", "other values of whole lines"),
    (lambda: [COURSE, COURSE], "same", "fault: wrong course", "2 experiments, not 1"),
]


@pytest.mark.parametrize(("wrong", "promise", "what", "told"), WRONG)
def test_what_is_wrong_is_seen(
    fuzzing: Any,
    fuzzer: Any,
    monkeypatch: pytest.MonkeyPatch,
    wrong: Any,
    promise: str,
    what: str,
    told: str,
) -> None:
    mutant = fuzzing.Mutant(TABLE, ("nothing",), promise)
    monkeypatch.setattr(fuzzing.Fuzzer, "case", lambda self, number: (self.seeds[0], mutant, {}, None))
    fuzzer.known["small"] = [COURSE]
    monkeypatch.setattr(fuzzing, "MEGABYTES", 100)
    monkeypatch.setattr(fuzzing, "read_all", lambda path, **how: wrong())
    (outcome,) = fuzzing.fuzz(fuzzer, [0])
    assert outcome.what == what
    assert told in outcome.told


def test_a_case_without_end_is_ended_and_the_others_go_on(
    fuzzing: Any, fuzzer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzzing, "SECONDS", 0)
    done: list[int] = []

    def read(path: Path, **how: Any) -> list[TimeCourse]:
        done.append(1)
        return _spin() if len(done) == 2 else [COURSE]

    monkeypatch.setattr(fuzzing, "read_all", read)
    monkeypatch.setattr(
        fuzzing.Fuzzer, "case", lambda self, number: (self.seeds[0], fuzzing.Mutant(TABLE), {}, None)
    )
    outcomes = list(fuzzing.fuzz(fuzzer, [0, 1, 2]))
    assert [(one.number, one.what) for one in outcomes] == [
        (0, "read"), (1, "fault: too slow"), (2, "read"),
    ]  # fmt: skip


def test_faults_are_kept_with_what_was_done(fuzzing: Any, fuzzer: Any) -> None:
    outcome = fuzzing.Outcome(3, "table", "fault: traceback", "the traceback")
    fuzzing.keep_fault(fuzzer, outcome)
    seed, mutant, _, _ = fuzzer.case(3)
    assert (fuzzer.folder / "0-3.csv").read_bytes() == mutant.content
    about = (fuzzer.folder / "0-3.csv.fault").read_text()
    assert all(part in about for part in ("fault: traceback", seed.title, *mutant.done, "the traceback"))


def test_parts_of_an_archive_are_changed_under_a_right_checksum(fuzzing: Any) -> None:
    mutate = fuzzing.mutate
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.xml", b"<a>" * 50)
        archive.writestr("b.xml", b"<b>" * 50)
    intact, inner = 0, 0
    for number in range(200):
        mutant = mutate(stream.getvalue(), Random(number), [stream.getvalue()])
        content = gzip.decompress(mutant.content) if "packed" in mutant.done else mutant.content
        if any(done.startswith("in ") for done in mutant.done) and "gzip changed" not in mutant.done:
            inner += 1
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                intact += archive.testzip() is None
    assert inner == intact > 50
