"""Fetching: public data from their homes into the folder, checked, and written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from phasecall.errors import InputError, MissingDataError, find_row
from phasecall.io.files import atomic, decode, packed
from phasecall.publicdata.folder import absence_of, data_folder, is_expected, text_of_dataset
from phasecall.publicdata.sgd import check_revision, orfs_of_features
from phasecall.publicdata.table import PUBLIC, PublicDataset
from phasecall.publicdata.transfer import Show, discard, download

Status = Literal["fetched", "already here", "by hand", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Parameters
    ----------
    file
        Its name.
    keys
        The data sets that are in it.
    status
        What was done.
    path
        Where it is; None where it is not.
    error
        Why it is not.
    """

    file: str
    keys: tuple[str, ...]
    status: Status
    path: Path | None = None
    error: InputError | None = None


def fetch(
    keys: Sequence[str] = (),
    folder: Path | None = None,
    show: Callable[[str, int, int | None], None] | None = None,
) -> list[Outcome]:
    """Fetch public data sets, and those that they need.

    A file that is there is left alone. One failure does not stop the others.

    Parameters
    ----------
    keys
        Keys of `PUBLIC`; all if none is given.
    folder
        Where to put them, made if it is not there; `data_folder()` if not given.
    show
        Told the name of the file, how many bytes have come, and how many there are where that is known.

    Returns
    -------
    outcomes
        One a file, in the order of the table.

    Raises
    ------
    InputError
        If there is no such data set, or the folder cannot be made.
    """
    wanted = {row.key: row for row in (find_row(PUBLIC, key, "public data set") for key in keys or PUBLIC)}
    wanted |= {key: PUBLIC[key] for row in list(wanted.values()) for key in row.needs}
    folder = folder or data_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise InputError(f"the folder '{folder}' cannot be made", found=fault.strerror) from None
    files = {row.file: row for row in PUBLIC.values() if row.key in wanted}
    return [_outcome(row, folder, show) for row in files.values()]


def _outcome(
    dataset: PublicDataset, folder: Path, show: Callable[[str, int, int | None], None] | None
) -> Outcome:
    keys = tuple(row.key for row in PUBLIC.values() if row.file == dataset.file)
    path = folder / dataset.file

    def told(done: int, total: int | None) -> None:
        if show is not None:
            show(dataset.file, done, total)

    try:
        text_of_dataset(dataset, folder)
        return Outcome(dataset.file, keys, "already here", path)
    except MissingDataError:
        if not dataset.addresses:
            return Outcome(dataset.file, keys, "by hand", error=_by_hand(dataset, folder))
    except InputError as fault:
        return Outcome(dataset.file, keys, "failed", error=fault)
    try:
        _write(path, _fetched(dataset, folder / f"{dataset.file}.part", told))
    except InputError as fault:
        return Outcome(dataset.file, keys, "failed", error=fault)
    return Outcome(dataset.file, keys, "fetched", path)


def _fetched(dataset: PublicDataset, part: Path, show: Show) -> str:
    """Return the text of a data set from the first of its addresses that has it."""
    faults: list[tuple[str, InputError]] = []
    for address in dataset.addresses:
        try:
            download(address, part, show)
        except InputError as fault:
            faults.append((address, fault))
            continue
        try:
            text = _checked(dataset, part.read_bytes(), address)
        except InputError as fault:
            faults.append((address, fault))
            text = None
        # It is whole: either its text is ours now, or it is of no use.
        discard(part)
        if text is not None:
            return text
    raise MissingDataError(
        f"the file {dataset.file} could not be fetched",
        found="; ".join(f"{fault.problem} ({fault.found or address})" for address, fault in faults),
        where=", ".join(dataset.addresses),
        fix=f"run the command again, or by hand: {dataset.recipe}; put it into {part.parent}",
    )


def _checked(dataset: PublicDataset, content: bytes, address: str) -> str:
    text = decode(content, address)
    if dataset.conversion == "ORFs of SGD's features":
        text = orfs_of_features(text, address)
    if is_expected(dataset, text):
        return text
    if not dataset.revised:
        raise InputError("what the server sent is another file", expected=f"SHA-256 {dataset.text_sha256}")
    check_revision(dataset, text, address)
    return text


def _by_hand(dataset: PublicDataset, folder: Path) -> MissingDataError:
    missing = absence_of(dataset, folder)
    return MissingDataError(
        f"the data set '{dataset.key}' cannot be fetched: its file is to be made by hand",
        expected=f"{missing.expected}: {dataset.recipe}",
        where=missing.where,
        fix=f"start from {dataset.homes[0]}; its text must have the SHA-256 {dataset.text_sha256}",
    )


def _write(path: Path, text: str) -> None:
    content = text.encode()
    with atomic(path, "wb") as file:
        file.write(packed(content) if path.suffix == ".gz" else content)
