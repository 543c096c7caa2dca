"""Memory: a ceiling for what a library makes of a file that may unfold to any size."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from phasecall.errors import InputError

CEILING = 768 << 20
"""Bytes that a file may take beside what is in use already."""

# The limit belongs to the whole process: two that set it would restore it in the wrong order.
_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def limited(source: str) -> Iterator[None]:
    """Read a file under a ceiling: an allocation above it fails, and a message says so.

    Where the system has no such limit (all but Linux) nothing is limited.

    Parameters
    ----------
    source
        How messages name the file.

    Raises
    ------
    InputError
        If there was not enough memory.

    Examples
    --------
    >>> with limited("bomb.h5ad"):
    ...     raise MemoryError
    Traceback (most recent call last):
        ...
    phasecall.errors.InputError: 'bomb.h5ad' is too large
      expected: a table that unfolds to at most 768 MiB
      fix: keep the columns of one experiment, or split the genes over files
    """
    with _ONE_AT_A_TIME:
        restore = _lower()
        try:
            yield
        except MemoryError:
            raise InputError(
                f"'{source}' is too large",
                expected=f"a table that unfolds to at most {CEILING >> 20} MiB",
                fix="keep the columns of one experiment, or split the genes over files",
            ) from None
        finally:
            if restore is not None:
                import resource

                resource.setrlimit(resource.RLIMIT_AS, restore)


def _lower() -> tuple[int, int] | None:
    """Lower the limit of the process, and return what it was; None where that cannot be done."""
    try:
        import resource

        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    except (ImportError, OSError, ValueError, AttributeError):
        return None
    wanted = used + CEILING
    if soft != resource.RLIM_INFINITY and soft <= wanted:
        return None
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    return soft, hard
