"""Child: the process that jobs run in, one after the other, under a ceiling of memory.

Orders come on standard input and answers go to standard output, a line of JSON each. What a library prints
goes to standard error. The process ends when its input does.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from phasecall.errors import PhasecallError
from phasecall.web.faults import JobError, TooLargeError
from phasecall.web.jobs import Upload
from phasecall.web.work import Errand, Options, perform

PROGRAM = "import sys; sys.path[:] = {path!r}; from phasecall.web.child import serve; serve({ceiling!r})"


def serve(ceiling: int) -> None:
    """Do what is ordered until the orders end.

    Parameters
    ----------
    ceiling
        Bytes that the process may take beside what it takes when it is warm.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    _warm()
    limit_memory(ceiling)
    _say(answers, {"ready": True})
    for line in sys.stdin:
        _say(answers, {"share": 0.0, "stage": "starting"})
        _say(answers, {"error": _do(json.loads(line), answers)})


def _do(order: dict[str, Any], answers: IO[str]) -> dict[str, Any] | None:
    """Do what one order says; return what went wrong, None if nothing did."""
    try:
        errand = Errand(
            Path(order["folder"]),
            Options(**order["options"]),
            tuple(Upload(**one) for one in order["uploads"]),
            order["cells"],
            lambda share, stage: _say(answers, {"share": share, "stage": stage}),
        )
        perform(order["kind"], errand, order["form"])
    except PhasecallError as fault:
        return dict(fault.as_dict())
    except MemoryError:
        fix = "keep the columns of one experiment, or split the genes over files"
        return dict(TooLargeError("the job needs more memory than it may have", fix=fix).as_dict())
    except Exception:
        # What is wrong with the program is for who runs it, not for who asked.
        traceback.print_exc(file=sys.stderr)
        fix = "tell the makers of phasecall; the server's own output has the details"
        return dict(JobError("internal", "the job failed by a fault of the program", fix=fix).as_dict())
    return None


def _say(answers: IO[str], told: dict[str, Any]) -> None:
    answers.write(json.dumps(told) + "\n")
    answers.flush()


def _warm() -> None:
    """Load what the first job would otherwise wait for."""
    import phasecall
    from phasecall import qc

    course = phasecall.load("alpha").select_genes(range(20))
    phasecall.call(course)
    qc.find_doubts(course)


def limit_memory(ceiling: int) -> None:
    """Let allocations fail above a ceiling, where the system can do that.

    Parameters
    ----------
    ceiling
        Bytes that this process may take beside what it takes now.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource

        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (used + ceiling, hard))
