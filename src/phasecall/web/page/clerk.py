"""Clerks: processes that work for visitors, one each, so that no answer keeps another visitor waiting.

A clerk keeps what it worked out (`phasecall.web.page.desk`), and a new one knows nothing, but comes to the
same: so one may be stopped at any time, to cancel what it does or because it has been idle.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

from phasecall.errors import PhasecallError
from phasecall.web.faults import ToldError
from phasecall.web.limits import Limits
from phasecall.web.processes import kill_group, surround
from phasecall.web.work import Tell

Result = TypeVar("Result")
Stream = TypeVar("Stream", asyncio.StreamReader, asyncio.StreamWriter)

_LENGTH = struct.Struct("!Q")
_PROGRAM = (
    "import sys; sys.path[:] = {path!r};"
    " from phasecall.web.page.clerk import serve; serve({ceiling!r}, {cells!r})"
)
MOST_KEPT = 4
"""Clerks that are kept with what they know; of more, the one that was asked longest ago is stopped."""


class Office:
    """What all visits to a server share: how many clerks work at once, how long one may, where files lie.

    Parameters
    ----------
    limits
        Those of the server: as many clerks work at once as it has workers, others wait.
    root
        Folder for the files of visits.
    """

    def __init__(self, limits: Limits, root: Path) -> None:
        self.limits = limits
        self.root = root
        self.n_visits = 0
        self.free = asyncio.Semaphore(limits.workers)
        self._kept: list[Clerk] = []

    def keep(self, clerk: Clerk) -> None:
        """Note that a clerk was asked, and stop those that were asked longest ago if there are too many."""
        self._kept = [*(one for one in self._kept if one is not clerk and one.alive), clerk]
        idle = [one for one in self._kept[:-1] if not one.busy]
        for one in idle[: max(len(self._kept) - MOST_KEPT, 0)]:
            one.stop()

    async def close(self) -> None:
        """Stop all clerks, and wait until they are gone."""
        for one in self._kept:
            one.stop()
        await asyncio.gather(*(one.wait() for one in self._kept))


class Clerk:
    """A process that answers one visitor's questions, one after the other.

    Parameters
    ----------
    office
        What it shares with others.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._process: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()
        self._n_stops = 0
        self._ending = False

    @property
    def alive(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.returncode is None

    @property
    def busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return self._one_at_a_time.locked()

    def stop(self) -> None:
        """Stop the process; who waits for an answer is told that it was cancelled."""
        self._n_stops += 1
        self._end()

    def _end(self) -> None:
        """Have the process end with all that it started; the next question starts another."""
        if self._process is None or self._process.returncode is not None:
            return
        self._ending = True
        kill_group(self._process.pid)

    async def wait(self) -> None:
        """Wait until the process has ended, if there is one, and let go of its pipes."""
        async with self._one_at_a_time:
            if self._process is not None:
                _pipe(self._process.stdin).close()
                await _pipe(self._process.stdout).read()
                await self._process.wait()

    async def ask(self, work: Callable[..., Result], *given: Any, tell: Tell | None = None) -> Result:
        """Return what a function of the desk says.

        Parameters
        ----------
        work
            A function that can be imported.
        *given
            Plain values.
        tell
            Is told how far the work is; the function takes one, too, as its last argument.

        Raises
        ------
        PhasecallError
            What the function raised, or why there is no answer.
        """
        n_stops = self._n_stops
        async with self._one_at_a_time, self._office.free:
            if self._n_stops != n_stops:
                raise _cancelled()
            process = await self._start()
            self._office.keep(self)
            payload = pickle.dumps((work, given, tell is not None))
            try:
                async with asyncio.timeout(self._office.limits.job_seconds):
                    _pipe(process.stdin).write(_LENGTH.pack(len(payload)) + payload)
                    found: Result = await self._listen(_pipe(process.stdout), tell)
                    return found
            except TimeoutError:
                self._end()
                raise PhasecallError(
                    "the work was stopped",
                    found=f"it took more than {self._office.limits.job_seconds:g} s",
                    fix="ask for fewer genes, or use the command line, which has no such limit",
                ) from None
            except (asyncio.IncompleteReadError, ConnectionError):
                await process.wait()
                if self._n_stops != n_stops:
                    raise _cancelled() from None
                raise PhasecallError(
                    "the process that worked on it died",
                    found="perhaps it wanted more memory than there is",
                    fix="try again with fewer genes",
                ) from None
            except PhasecallError:
                raise
            except BaseException:
                # What is still to come would be taken for the answer to the next question.
                self._end()
                raise

    async def _start(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._ending:
            await self._process.wait()
        if self._process is None or self._process.returncode is not None:
            self._ending = False
            limits = self._office.limits
            program = _PROGRAM.format(path=sys.path, ceiling=limits.job_bytes, cells=limits.cells)
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=surround(),
                # Ctrl-C is for the server, which ends its processes itself.
                start_new_session=True,
            )
        return self._process

    async def _listen(self, answers: asyncio.StreamReader, tell: Tell | None) -> Any:
        """Return the answer, and pass on how far it is until then."""
        while True:
            (length,) = _LENGTH.unpack(await answers.readexactly(_LENGTH.size))
            # From a process of our own, which sends what our own functions return.
            payload = await answers.readexactly(length)
            # Large tables are unpacked beside the loop, on which everybody else waits.
            kind, told = await asyncio.to_thread(pickle.loads, payload)
            if kind == "done":
                return told
            if kind == "fault":
                raise ToldError(told)
            if tell is not None:
                tell(*told)


def _cancelled() -> PhasecallError:
    return PhasecallError("cancelled", fix="nothing was changed: go on as you like")


def _pipe(stream: Stream | None) -> Stream:
    """Return a stream of a process that was started with pipes: it is there."""
    if stream is None:
        raise RuntimeError("the process of a clerk has no pipes")
    return stream


def serve(ceiling: int, cells: int) -> None:
    """Answer questions from standard input until it ends; the process of a clerk.

    Parameters
    ----------
    ceiling
        Bytes that the process may take beside what it takes when it starts.
    cells
        Genes times time points that a file may have.
    """
    from phasecall.web.child import limit_memory
    from phasecall.web.page.desk.culture import limit_cells

    limit_memory(ceiling)
    limit_cells(cells)
    # Whatever prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    questions = sys.stdin.buffer
    while head := questions.read(_LENGTH.size):
        work, given, told = pickle.loads(questions.read(*_LENGTH.unpack(head)))  # noqa: S301
        if told:
            given = (*given, lambda share, text: _send(answers, "told", (share, text)))
        _send(answers, *_work(work, given))


def _work(work: Callable[..., Any], given: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "done", work(*given)
    except PhasecallError as fault:
        return "fault", fault.as_dict()
    except MemoryError:
        return "fault", PhasecallError("not enough memory", fix="work on fewer genes at a time").as_dict()
    except Exception:
        # A fault of ours: the visitor goes on, and who runs the server sees what it was.
        traceback.print_exc(file=sys.stderr)
        return "fault", PhasecallError(
            "something went wrong that should not have", fix="the window of phasecall serve says what it was"
        ).as_dict()


def _send(answers: IO[bytes], kind: str, told: Any) -> None:
    payload = pickle.dumps((kind, told))
    answers.write(_LENGTH.pack(len(payload)) + payload)
    answers.flush()
