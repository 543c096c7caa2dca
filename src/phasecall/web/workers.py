"""Workers: warm processes that jobs run in. A dead one is replaced; to stop a job is to kill its process."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from phasecall.web.child import PROGRAM
from phasecall.web.faults import JobError
from phasecall.web.limits import Limits
from phasecall.web.processes import kill_group, surround

_ORDERS_A_PROCESS = 200
"""A process is replaced after so many: what libraries never give back is then gone."""
_PAUSE_SECONDS = 5.0
"""Before the next try where no process can be started."""
_CLOSE_SECONDS = 10.0
"""A process that was killed is gone long before, unless the system itself hangs."""
_LOST = "job_lost"
_CANCELLED = JobError("cancelled", "the job was cancelled")


@dataclass(frozen=True, eq=False)
class Order:
    """Something for a process to do.

    Parameters
    ----------
    told
        What the process is told, as JSON has it.
    started
        Called when it begins.
    progressed
        Called with the share of it that is done, and what is done next.
    ended
        Called with what went wrong, None if nothing did.
    over
        Set after that, when nothing touches its files any more.
    """

    told: Mapping[str, Any]
    started: Callable[[], None]
    progressed: Callable[[float, str], None]
    ended: Callable[[Mapping[str, Any] | None], None]
    over: threading.Event = field(default_factory=threading.Event)

    def end(self, error: Mapping[str, Any] | None) -> None:
        """Tell how it ended."""
        self.ended(error)
        self.over.set()


class _Process:
    """One process, and why it was killed."""

    def __init__(self, limits: Limits) -> None:
        program = PROGRAM.format(path=sys.path, ceiling=limits.job_bytes)
        self._seconds = limits.job_seconds
        self.why: JobError | None = None
        self.n_orders = 0
        self._heard = False
        self._popen = subprocess.Popen(  # noqa: S603  the interpreter that runs this
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=surround(),
            # Ctrl-C is for the server, which ends its processes itself.
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def usable(self) -> bool:
        return self.why is None and self._popen.poll() is None and self.n_orders < _ORDERS_A_PROCESS

    @property
    def died_idle(self) -> bool:
        """Whether it ended, unasked, before it took the last order."""
        return self.why is not None and self.why.code == _LOST and not self._heard

    def warm(self) -> None:
        """Wait until it can take an order, or has died."""
        if self._popen.stdout is not None:
            self._popen.stdout.readline()

    def carry_out(self, order: Order) -> Mapping[str, Any] | None:
        """Have an order done; return what went wrong."""
        self.n_orders += 1
        self._heard = False
        timer = threading.Timer(self._seconds, self.kill, [_time_over(self._seconds)])
        timer.daemon = True
        timer.start()
        try:
            return self._converse(order)
        finally:
            timer.cancel()

    def _converse(self, order: Order) -> Mapping[str, Any] | None:
        questions, answers = self._popen.stdin, self._popen.stdout
        if questions is None or answers is None:
            raise RuntimeError("the process of a job has no pipes")
        with suppress(OSError, ValueError):
            questions.write(json.dumps(order.told) + "\n")
            questions.flush()
            for line in answers:
                told, self._heard = json.loads(line), True
                if "error" in told:
                    error: Mapping[str, Any] | None = told["error"]
                    return error
                order.progressed(told["share"], told["stage"])
        # Whoever killed it relies on its end, too.
        status = self._popen.wait()
        self.why = self.why or _lost(status)
        return self.why.as_dict()

    def kill(self, why: JobError) -> None:
        """End it with all that it started."""
        self.why = self.why or why
        kill_group(self._popen.pid)

    def close(self) -> None:
        """Give back what the system holds for it."""
        self._popen.kill()
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


class Pool:
    """Processes that take orders, the oldest first.

    Parameters
    ----------
    limits
        How many they are, and what each may take.

    Examples
    --------
    >>> pool = Pool(Limits(workers=1))
    >>> pool.close()
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: deque[Order] = deque()
        self._running: dict[Order, _Process] = {}
        self._processes: dict[int, _Process] = {}
        self._unwanted: set[Order] = set()
        self._turn = threading.Condition()
        self._closing = False
        self._fault: str | None = None
        self._threads = [
            threading.Thread(target=self._work, args=[place], name=f"worker-{place}", daemon=True)
            for place in range(limits.workers)
        ]

    def start(self) -> None:
        """Start the processes."""
        for thread in self._threads:
            thread.start()

    @property
    def fault(self) -> str | None:
        """Why no process can be started, if that is so."""
        return self._fault

    @property
    def pids(self) -> list[int]:
        """Numbers of the processes that there are now."""
        with self._turn:
            return [one.pid for one in self._processes.values()]

    def put(self, order: Order) -> None:
        """Have something done when its turn comes."""
        with self._turn:
            self._waiting.append(order)
            self._turn.notify()

    def cancel(self, order: Order) -> None:
        """Have something not done: `ended` is called with the error `cancelled`, unless it ended before.

        When this returns, no process touches its files any more.
        """
        with self._turn:
            process = self._running.get(order)
            waits = order in self._waiting
            if process is not None:
                self._unwanted.add(order)
                process.kill(_CANCELLED)
            if waits:
                self._waiting.remove(order)
        if waits:
            order.end(_CANCELLED.as_dict())
        elif process is not None:
            order.over.wait(_CLOSE_SECONDS)

    def close(self) -> None:
        """Stop all work; what was not done is told to nobody."""
        with self._turn:
            self._closing = True
            self._waiting.clear()
            for process in self._processes.values():
                process.kill(JobError("cancelled", "the server stops"))
            self._turn.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _work(self, place: int) -> None:
        while not self._closing:
            try:
                process = self._process(place)
            except OSError as fault:
                self._suffer(fault)
                continue
            order = None if process is None else self._take(process)
            if process is None or order is None:
                break
            order.started()
            self._finish(order, self._carry_out(place, process, order))
        with self._turn:
            last = self._processes.pop(place, None)
        if last is not None:
            last.close()

    def _carry_out(self, place: int, process: _Process, order: Order) -> Mapping[str, Any] | None:
        """Have an order done; return what went wrong."""
        error = process.carry_out(order)
        if process.died_idle:
            # It died while it waited, before it heard of the order: that is no fault of the order.
            try:
                renewed = self._renew(place, order)
            except OSError as fault:
                return _unstarted(fault).as_dict()
            if renewed is not None:
                return renewed.carry_out(order)
        return error

    def _finish(self, order: Order, error: Mapping[str, Any] | None) -> None:
        with self._turn:
            self._running.pop(order)
            closing = self._closing
            if order in self._unwanted:
                self._unwanted.remove(order)
                error = None if error is None else _CANCELLED.as_dict()
        if closing:
            order.over.set()
        else:
            order.end(error)

    def _suffer(self, fault: OSError) -> None:
        """Wait before the next try to start a process; with none at all, the oldest order is lost."""
        with self._turn:
            self._fault = fault.strerror or str(fault)
            order = self._waiting.popleft() if self._waiting and not self._processes else None
        if order is not None:
            order.end(_unstarted(fault).as_dict())
        with self._turn:
            self._turn.wait_for(lambda: self._closing, _PAUSE_SECONDS)

    def _process(self, place: int) -> _Process | None:
        """Return a warm process for a thread, a new one if the old one is spent; None at the end."""
        old = self._processes.get(place)
        if old is not None and old.usable:
            return old
        if old is not None:
            old.close()
        with self._turn:
            self._processes.pop(place, None)
            if self._closing:
                return None
            made = self._processes[place] = _Process(self._limits)
            self._fault = None
        made.warm()
        return made

    def _renew(self, place: int, order: Order) -> _Process | None:
        """Return a new process for an order whose own died before it began; None if it is not to be done."""
        process = self._process(place)
        with self._turn:
            if order in self._unwanted:
                return None
            if process is not None:
                self._running[order] = process
        return process

    def _take(self, process: _Process) -> Order | None:
        """Return the next order, once there is one; None at the end."""
        with self._turn:
            while not self._waiting and not self._closing:
                self._turn.wait()
            if self._closing:
                return None
            order = self._waiting.popleft()
            self._running[order] = process
            return order


def _time_over(seconds: float) -> JobError:
    return JobError(
        "time_over",
        "the job took too long and was stopped",
        expected=f"at most {seconds:g} s",
        fix="ask for fewer genes at a time, or use the command line, which has no such limit",
    )


def _unstarted(fault: OSError) -> JobError:
    return JobError(
        _LOST,
        "no process could be started for the job",
        found=fault.strerror or str(fault),
        fix="ask again a little later; who runs the server sees why under /api/v1/health",
    )


def _lost(status: int) -> JobError:
    return JobError(
        _LOST,
        "the process of the job ended before the job did",
        found=f"exit status {status}",
        fix="ask again; if it happens again, the file may need more memory than there is",
    )
