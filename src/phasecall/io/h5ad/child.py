"""Child: HDF5 files read in a process of their own.

The HDF5 library can crash on a broken file, and it can loop for ever. Of the child nothing comes back but
JSON and numbers: there is nothing in it to run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np

from phasecall.errors import InputError, require
from phasecall.io.h5ad.axes import Axis, Contents, extract
from phasecall.io.h5ad.hdf5 import open_store
from phasecall.io.memory import limited

SECONDS = 30.0
"""So long reading may take; a file of 100 MiB takes less than one."""

_PROGRAM = "import sys; sys.path[:] = {path!r}; from phasecall.io.h5ad.child import serve; serve()"


def read_contents(content: bytes, source: str, layer: str | None) -> Contents:
    """Return what an AnnData file holds.

    Parameters
    ----------
    content
        The file.
    source
        How messages name it.
    layer
        The layer to read; X if not given.

    Raises
    ------
    InputError
        If it cannot be read, or reading it fails in a way that ends the process.
    MissingExtraError
        If h5py is not installed.
    """
    require("AnnData input", "anndata", "h5py")
    asked = json.dumps([source, layer]).encode() + b"\n"
    command = [sys.executable, "-c", _PROGRAM.format(path=sys.path)]
    try:
        done = subprocess.run(  # noqa: S603  the interpreter that runs this
            command, input=asked + content, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _broken(source, f"reading it took more than {SECONDS:g} s") from None
    told, _, numbers = done.stdout.partition(b"\n")
    if done.returncode:
        raise _broken(source, "reading it crashed the HDF5 library")
    answer = json.loads(told)
    if "problem" in answer:
        raise InputError(**answer)
    values = np.frombuffer(numbers, dtype="<f8").reshape(answer["shape"])
    return Contents(Axis(**answer["obs"]), Axis(**answer["var"]), values, answer["told"])


def serve() -> None:
    """Read the file on standard input; write what it holds, or what is wrong with it, to standard output."""
    source, layer = json.loads(sys.stdin.buffer.readline())
    values = np.zeros((0, 0))
    answer: dict[str, Any]
    try:
        with limited(source), open_store(sys.stdin.buffer.read(), source) as store:
            found = extract(store, layer)
        values = found.values
        answer = {"obs": vars(found.obs), "var": vars(found.var), "shape": values.shape, "told": found.told}
    except InputError as fault:
        answer = {key: text for key, text in fault.as_dict().items() if key != "error"}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.write(np.ascontiguousarray(values, dtype="<f8").tobytes())


def _broken(source: str, found: str) -> InputError:
    return InputError(
        f"'{source}' is a broken HDF5 file",
        found=found,
        fix="write it again, or export the table as CSV",
    )
