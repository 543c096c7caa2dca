"""The folder of public data: where it is, and whether what lies in it is what it should be."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Literal

from phasecall.errors import InputError, MissingDataError, find_row
from phasecall.publicdata.sgd import check_revision
from phasecall.publicdata.table import PUBLIC, PublicDataset

VARIABLE = "PHASECALL_DATA"
"""The environment variable that names the folder."""

State = Literal["here", "another revision", "altered", "absent"]


def data_folder() -> Path:
    """Return the folder of public data: what `PHASECALL_DATA` says, or else one for this user."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or ".")
        # The XDG specification has a relative path ignored.
        base = base if base.is_absolute() else Path.home() / ".local" / "share"
    return base / "phasecall"


def text_of_dataset(dataset: PublicDataset, folder: Path | None = None) -> tuple[str, State]:
    """Return the text of a data set's file, checked, and whether it is the very one of the table.

    Parameters
    ----------
    dataset
        A row of `PUBLIC`.
    folder
        Where to look; `data_folder()` if not given.

    Returns
    -------
    text, state
        The state is `here`, or `another revision` of a file that its home replaces now and then: its layout
        and the number of its rows are right.

    Raises
    ------
    MissingDataError
        If the file is not there.
    InputError
        If it is not the one expected, or cannot be read.
    """
    from phasecall.io.files import decode

    path = (folder or data_folder()) / dataset.file
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise absence_of(dataset, path.parent) from None
    text = decode(content, str(path))
    if is_expected(dataset, text):
        return text, "here"
    expected, found = f"SHA-256 {dataset.text_sha256} of its text", f"SHA-256 {_digest(text)}"
    if dataset.revised:
        try:
            check_revision(dataset, text, str(path))
        except InputError as fault:
            expected += ", or a revision of it"
            found = f"{fault.problem}: {fault.found}"
        else:
            return text, "another revision"
    raise InputError(
        f"the file of the data set '{dataset.key}' is not the one expected",
        expected=expected,
        found=found,
        where=str(path),
        fix=f"move it away and get it again ({_how(dataset)}); phasecall.read reads files of your own making",
    )


def is_expected(dataset: PublicDataset, text: str) -> bool:
    """Return whether a text is, to the letter, the one of the table."""
    return _digest(text) == dataset.text_sha256


def absence_of(dataset: PublicDataset, folder: Path) -> MissingDataError:
    """Return the error that a data set is not in a folder, and what to do about it."""
    return MissingDataError(
        f"the data set '{dataset.key}' is not here",
        expected=f"the file {dataset.file}",
        where=str(folder),
        fix=f"{_how(dataset)}, or set {VARIABLE} to the folder that holds it",
    )


def state_of(dataset: PublicDataset) -> State:
    """Return whether the file of a data set is in the folder, and is the one of the table."""
    try:
        return text_of_dataset(dataset)[1]
    except MissingDataError:
        return "absent"
    except InputError:
        return "altered"


def reason_absent(key: str) -> str | None:
    """Return in one sentence why a public data set cannot be read; None where it can.

    Parameters
    ----------
    key
        A key of `PUBLIC`; what it needs must be there too.

    Raises
    ------
    InputError
        If there is no such data set.
    """
    dataset = find_row(PUBLIC, key, "public data set")
    for row in (dataset, *(PUBLIC[other] for other in dataset.needs)):
        try:
            text_of_dataset(row)
        except InputError as fault:
            return f"{fault.problem}; {fault.fix}" if fault.fix else fault.problem
    return None


def _how(dataset: PublicDataset) -> str:
    if dataset.addresses:
        return f"phasecall datasets fetch {dataset.key}"
    return f"'phasecall datasets show {dataset.key}' says where to get it by hand"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
