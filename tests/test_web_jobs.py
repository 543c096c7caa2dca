"""Jobs: what is promised about them, in this process and with real processes below it."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

pytest.importorskip("fastapi", reason="fastapi is not installed")

import phasecall
from phasecall.errors import InputError
from phasecall.io import to_json
from phasecall.web.dispatch import Dispatcher
from phasecall.web.documents import describe_health
from phasecall.web.faults import NotFoundError, ToldError, TooManyError, UnavailableError
from phasecall.web.jobs import RECORD, Job, Records, State
from phasecall.web.keeping import keep, load_kept
from phasecall.web.limits import Limits
from phasecall.web.work import Options
from phasecall.web.workers import Order, Pool

ONE = Limits(workers=1)
ALPHA = Options(dataset="alpha")
NONE_WORK = replace(ONE, waiting=3, per_client=2)


class Clock:
    """A time that only tests move."""

    def __init__(self) -> None:
        self.seconds = 1e9

    def __call__(self) -> float:
        return self.seconds


@contextmanager
def working(root: Path, limits: Limits = ONE, now: Callable[[], float] = Clock()) -> Iterator[Dispatcher]:  # noqa: B008
    desk = Dispatcher(root, limits, now)
    desk.start()
    try:
        yield desk
    finally:
        desk.close()


async def begun(desk: Dispatcher, job: Job) -> None:
    """Return when a process has begun with a job."""
    while (await desk.wait(job.id, 0.05)).share == 0:
        pass


def test_calls_are_kept_with_every_digit(tmp_path: Path) -> None:
    course = phasecall.load("cdc15").select_genes(range(50))
    calls = phasecall.call(course)
    keep(calls, [course], tmp_path)
    same, (other,) = load_kept(tmp_path)
    assert to_json(same) == to_json(calls)
    for name, values in calls.columns().items():
        assert_array_equal(np.asarray(same.columns()[name]), np.asarray(values), name)
    assert (other.sha256(), other.name, other.sync) == (course.sha256(), course.name, course.sync)
    assert other.interpolated == course.interpolated
    assert calls.embed is not None
    assert same.embed is not None
    assert_array_equal(same.embed(), calls.embed())


def test_a_killed_process_and_a_cancelled_job_are_told_and_the_next_job_is_done(tmp_path: Path) -> None:
    async def live(desk: Dispatcher) -> None:
        killed = desk.submit("calls", [], ALPHA, "a")
        await begun(desk, killed)
        os.kill(desk.pids[0], signal.SIGKILL)
        killed = await desk.wait(killed.id, 60)
        assert killed.state is State.FAILED
        assert killed.error is not None
        assert (killed.error["error"], killed.error["found"]) == ("job_lost", "exit status -9")
        stopped, waiting = (desk.submit("qc", [], ALPHA, "a") for _ in range(2))
        await begun(desk, stopped)
        desk.cancel(waiting.id)
        desk.cancel(stopped.id)
        assert {(await desk.wait(one.id, 60)).state for one in (stopped, waiting)} == {State.CANCELLED}
        good = await desk.wait(desk.submit("qc", [], ALPHA, "a").id, 60)
        assert good.state is State.DONE
        # A process that dies while it waits costs no job.
        os.kill(desk.pids[0], signal.SIGKILL)
        good = await desk.wait(desk.submit("qc", [], ALPHA, "a").id, 60)
        assert good.state is State.DONE
        forgotten = desk.submit("calls", [], ALPHA, "a")
        await begun(desk, forgotten)
        folder = desk.folder_of(forgotten.id)
        desk.forget(forgotten.id)
        assert not folder.exists()
        with pytest.raises(NotFoundError):
            await desk.wait(forgotten.id, 60)

    with working(tmp_path) as desk:
        asyncio.run(live(desk))


def test_a_job_that_is_forgotten_is_stopped_before_its_folder_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    remove = Records.remove

    async def live(desk: Dispatcher) -> None:
        job = desk.submit("reports", [], ALPHA, "a")
        await begun(desk, job)
        (process,) = desk.pids

        def look(records: Records, name: str) -> None:
            # The process leads a group; as long as anything of it runs, the group is there.
            with pytest.raises(ProcessLookupError):
                os.killpg(process, 0)
            seen.append((records.folder_of(name) / RECORD).exists())
            remove(records, name)

        monkeypatch.setattr(Records, "remove", look)
        desk.forget(job.id)
        assert seen == [True]

    with working(tmp_path) as desk:
        asyncio.run(live(desk))


def test_where_no_process_can_be_started_jobs_say_so_and_the_next_try_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    popen, allowed = subprocess.Popen, threading.Event()

    def start(*given: Any, **more: Any) -> subprocess.Popen[str]:
        if not allowed.is_set():
            raise OSError(12, "no memory")
        return popen(*given, **more)

    async def live(desk: Dispatcher) -> None:
        lost = await desk.wait(desk.submit("qc", [], ALPHA, "a").id, 60)
        assert lost.error is not None
        assert (lost.error["error"], lost.error["found"]) == ("job_lost", "no memory")
        assert describe_health(desk).status == "no process can be started: no memory"
        allowed.set()
        good = await desk.wait(desk.submit("qc", [], ALPHA, "a").id, 60)
        while good.error is not None:
            good = await desk.wait(desk.submit("qc", [], ALPHA, "a").id, 60)
        assert describe_health(desk).status == "ok"
        # One that dies while it waits, and cannot be replaced.
        allowed.clear()
        os.kill(desk.pids[0], signal.SIGKILL)
        lost = await desk.wait(desk.submit("qc", [], ALPHA, "a").id, 60)
        assert lost.error is not None
        assert lost.error["found"] == "no memory"

    monkeypatch.setattr("phasecall.web.workers._PAUSE_SECONDS", 0.001)
    monkeypatch.setattr("phasecall.web.workers.subprocess.Popen", start)
    with working(tmp_path) as desk:
        asyncio.run(live(desk))


def test_a_job_that_takes_too_long_or_too_much_is_stopped_and_says_so(tmp_path: Path) -> None:
    async def end(desk: Dispatcher) -> Job:
        return await desk.wait(desk.submit("calls", [], ALPHA, "a").id, 60)

    with working(tmp_path, replace(ONE, job_seconds=0.01)) as desk:
        late = asyncio.run(end(desk))
    assert late.error is not None
    assert (late.error["error"], late.error["expected"]) == ("time_over", "at most 0.01 s")
    with working(tmp_path, replace(ONE, job_bytes=1 << 16)) as desk:
        large = asyncio.run(end(desk))
    assert large.error is not None
    assert large.error["error"] in ("too_large", "job_lost")


def test_a_restart_keeps_what_had_ended_and_does_again_what_had_not(tmp_path: Path) -> None:
    # A dispatcher that was not started takes jobs and does none.
    idle = Dispatcher(tmp_path, ONE, Clock())
    text = b"gene,0,10,20,30\n" + b"".join(f"g{n},1,{n % 7},2,{n % 3}\n".encode() for n in range(20))
    job = idle.submit("qc", [("file", "mine.csv", io.BytesIO(text))], Options(), "a")
    with working(tmp_path) as desk:
        first = asyncio.run(desk.wait(job.id, 60))
        assert first.state is State.DONE
        content = asyncio.run(desk.result(job.id)).read_bytes()
    with working(tmp_path) as desk:
        assert desk.find(job.id) == replace(first, stage="")
        assert asyncio.run(desk.result(job.id)).read_bytes() == content


def test_a_job_that_the_server_was_stopped_in_twice_is_told_as_lost(tmp_path: Path) -> None:
    job = Dispatcher(tmp_path, ONE, Clock()).submit("qc", [], ALPHA, "a")
    record = tmp_path / job.id / RECORD
    record.write_text(json.dumps({**json.loads(record.read_text()), "state": "running", "starts": 2}))
    with working(tmp_path) as desk:
        found = desk.find(job.id)
    assert found.state is State.FAILED
    assert found.error is not None
    assert found.error["error"] == "job_lost"


def test_what_is_no_whole_job_is_swept_away_and_strangers_stay(tmp_path: Path) -> None:
    records = Records(tmp_path, Clock())
    job = records.add("qc", [], {}, "a", 60)
    for name in (".new-x", ".gone-x", "0" * 32, "mine"):
        (tmp_path / name).mkdir()
    (tmp_path / ("0" * 32) / RECORD).write_text("{")
    again = Records(tmp_path, Clock())
    assert again.all() == [job]
    assert {one.name for one in tmp_path.iterdir()} == {job.id, "mine"}


def test_a_file_that_cannot_be_read_to_its_end_leaves_no_job(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("gone")

    records = Records(tmp_path, Clock())
    with pytest.raises(OSError, match="gone"):
        records.add("qc", [("file", "x", Broken())], {}, "a", 60)
    assert (records.all(), list(tmp_path.iterdir())) == ([], [])


def test_jobs_are_deleted_when_their_time_is_over(tmp_path: Path) -> None:
    now = Clock()
    records = Records(tmp_path, now)
    waiting, done = (records.add("qc", [], {}, "a", 60) for _ in range(2))
    records.change(done.id, state=State.DONE)
    now.seconds += 59
    assert records.purge() == []
    now.seconds += 1
    assert records.find(done.id) is None
    assert records.purge() == [done.id]
    assert not (tmp_path / done.id).exists()
    # A job that waits is a promise, however long it takes.
    assert records.find(waiting.id) is not None


def test_one_folder_that_cannot_be_deleted_keeps_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = Clock()
    records = Records(tmp_path, now)
    stuck, lost, plain = (records.add("qc", [], {}, "a", 60) for _ in range(3))
    for job in (stuck, lost, plain):
        records.change(job.id, state=State.DONE)
    now.seconds += 60
    shutil.rmtree(tmp_path / lost.id)
    (tmp_path / ".gone-x").mkdir()
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name == stuck.id:
            raise PermissionError(13, "not yours")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    assert set(records.purge()) == {lost.id, plain.id}
    assert "not yours" in caplog.text
    assert {one.name for one in tmp_path.iterdir()} == {stuck.id}
    monkeypatch.undo()
    assert records.purge() == [stuck.id]


def test_the_thread_that_deletes_outlives_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice, n_calls = threading.Event(), itertools.count(1)

    def purge(records: Records) -> list[str]:
        # The first is that of the start.
        if (number := next(n_calls)) == 2:
            raise RuntimeError("once")
        if number == 3:
            twice.set()
        return []

    monkeypatch.setattr(Records, "purge", purge)
    monkeypatch.setattr("phasecall.web.dispatch._PURGE_SECONDS", 0.001)
    with working(tmp_path):
        assert twice.wait(60)


def test_a_slow_disk_keeps_nobody_from_looking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = Records(tmp_path, Clock())
    job, other = (records.add("qc", [], {}, "a", 60) for _ in range(2))
    begun, go_on = threading.Event(), threading.Event()

    def write(folder: Path, job: Job) -> None:
        begun.set()
        assert go_on.wait(60)

    monkeypatch.setattr("phasecall.web.jobs._write", write)
    with ThreadPoolExecutor(2) as aside:
        changing = aside.submit(records.change, job.id, state=State.DONE)
        assert begun.wait(60)
        try:
            assert aside.submit(records.find, other.id).result(60) == other
            # What is not on disk yet is promised to nobody.
            assert records.find(job.id) == job
        finally:
            go_on.set()
        assert changing.result(60) == records.find(job.id)


def test_more_jobs_than_there_are_places_are_refused(tmp_path: Path) -> None:
    desk = Dispatcher(tmp_path, NONE_WORK, Clock())
    for client in "aabb":
        if client == "a" or desk.count()["queued"] < 3:
            desk.submit("qc", [], ALPHA, client)
    with pytest.raises(TooManyError, match="one client") as own:
        desk.submit("qc", [], ALPHA, "a")
    assert own.value.retry_after is not None
    desk.submit("qc", [], ALPHA, "c")
    with pytest.raises(TooManyError, match="the server has") as all_of_them:
        desk.submit("qc", [], ALPHA, "d")
    assert all_of_them.value.retry_after is not None
    full = Dispatcher(tmp_path / "full", replace(ONE, kept_bytes=1), Clock())
    full.submit("qc", [("file", "x", io.BytesIO(b"xx"))], Options(), "a")
    with pytest.raises(UnavailableError, match="no room"):
        full.submit("qc", [], ALPHA, "a")


def test_another_format_takes_a_place_and_room_and_fails_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without processes: what the pool is given stays there until the test ends it."""
    orders: list[Order] = []
    broken = dict(InputError("broken").as_dict())
    monkeypatch.setattr(Pool, "put", lambda _, order: orders.append(order))
    monkeypatch.setattr(Pool, "cancel", lambda _, order: order.end({**broken, "error": "cancelled"}))
    now = Clock()
    desk = Dispatcher(tmp_path, replace(ONE, per_client=1), now)

    async def ask(job: Job, form: str) -> asyncio.Task[Path]:
        task = asyncio.create_task(desk.result(job.id, form))
        n_before = len(orders)
        while len(orders) == n_before and not task.done():
            await asyncio.sleep(0)
        return task

    async def live() -> None:
        job = desk.submit("calls", [], ALPHA, "a")
        orders.pop().end(None)
        first = await ask(job, "tsv")
        with pytest.raises(TooManyError):
            desk.submit("calls", [], ALPHA, "a")
        with pytest.raises(TooManyError):
            await desk.result(job.id, "csv")
        (desk.folder_of(job.id) / "result.tsv").write_bytes(b"x" * 5000)
        before = desk.find(job.id).size
        orders.pop().end(None)
        assert (await first).name == "result.tsv"
        assert desk.find(job.id).size == before + 5000
        second = await ask(job, "csv")
        orders.pop().end(broken)
        for asked in (second, desk.result(job.id, "csv")):
            with pytest.raises(ToldError, match="broken"):
                await asked
        assert orders == []
        now.seconds += 3600
        third = await ask(job, "csv")
        await asyncio.to_thread(desk.forget, job.id)
        with pytest.raises(ToldError, match="broken"):
            await third
        assert not (tmp_path / job.id).exists()

    asyncio.run(live())


def test_nothing_to_look_at_is_refused(tmp_path: Path) -> None:
    desk = Dispatcher(tmp_path, ONE, Clock())
    for files, options in (([], Options()), ([("file", "x", io.BytesIO(b"x"))], ALPHA)):
        with pytest.raises(InputError, match="a file, or a data set"):
            desk.submit("qc", files, options, "a")
    with pytest.raises(InputError, match="no kind of jobs named 'tea'"):
        desk.submit("tea", [], ALPHA, "a")


def test_a_record_that_cannot_be_written_loses_no_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = Records(tmp_path, Clock())
    job = records.add("qc", [], {}, "a", 60)

    def refuse(folder: Path, job: Job) -> None:
        raise InputError("the disk is full")

    monkeypatch.setattr("phasecall.web.jobs._write", refuse)
    assert records.change(job.id, state=State.DONE) == records.find(job.id)
    monkeypatch.undo()
    (after_restart,) = Records(tmp_path, Clock()).all()
    assert after_restart.state is State.QUEUED
