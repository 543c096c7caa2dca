"""HDF5: the arrays of a file that nobody vouches for.

A file may name other files, as links, as external storage or as virtual data sets; it may declare arrays of
any size, hold many references to one long text, and chunks that unfold to more than they declare.
`Store` follows nothing out of the file and looks at every size before it reads; `phasecall.io.memory` limits
what is left. Nothing read is ever run: objects, references and compound types are refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.io.files import MAX_BYTES
from phasecall.io.series import MAX_VALUES

MAX_NAMES = 2_000_000
_BLOCK = 4096


class Store:
    """A group of an HDF5 file whose members are data sets and groups of the same file.

    Parameters
    ----------
    group
        What h5py opened.
    source
        How messages name the file.
    """

    def __init__(self, group: Any, source: str) -> None:
        self._group = group
        self.source = source

    @property
    def name(self) -> str:
        """What the group is called in its file."""
        return str(self._group.name)

    def __contains__(self, key: str) -> bool:
        return self._group.get(key, getlink=True) is not None

    def keys(self) -> list[str]:
        """Return what the members are called."""
        return list(self._group)

    def kind(self, key: str | None = None) -> str:
        """Return what AnnData says a member is, or the group itself; empty where it says nothing."""
        return str(self.attribute("encoding-type", "", key))

    def attribute(self, name: str, default: Any = None, key: str | None = None) -> Any:
        """Return an attribute of the group or of a member, lists as tuples; the default if there is none."""
        holder = self._group if key is None else self._open(key)
        attributes = holder.attrs
        if name not in attributes:
            return default
        shape, kind = attributes.get_id(name).shape, attributes.get_id(name).dtype
        if kind.names or (shape is not None and int(np.prod(shape, dtype=object)) > MAX_NAMES):
            raise InputError(f"'{self.source}' has an attribute '{name}' that is no list")
        value = attributes[name]
        return tuple(map(_text, value.tolist())) if isinstance(value, np.ndarray) else _text(value)

    def is_group(self, key: str) -> bool:
        """Return whether a member is a group."""
        import h5py  # type: ignore[import-untyped]

        return isinstance(self._open(key), h5py.Group)

    def open(self, key: str) -> Store:
        """Return a member that is a group."""
        if not self.is_group(key):
            raise InputError(f"'{self.source}' has no group {self.name}/{key}", found="a data set")
        return Store(self._open(key), self.source)

    def shape(self, key: str) -> tuple[int, ...]:
        """Return the shape of a data set."""
        return tuple(self._dataset(key).shape or ())

    def numbers(self, key: str) -> NDArray[Any]:
        """Return a data set of numbers or truth values, of any shape.

        Raises
        ------
        InputError
            If it is too large, or holds something else.
        """
        dataset = self._dataset(key)
        if dataset.dtype.kind not in "biuf":
            raise InputError(
                f"'{self.source}' holds no numbers where some should be",
                expected="integers or floats",
                found=f"{dataset.dtype} in {self.name}/{key}",
            )
        self._refuse_size(dataset, MAX_VALUES)
        return np.asarray(dataset[()])

    def is_text(self, key: str) -> bool:
        """Return whether a data set holds texts."""
        import h5py

        kind = self._dataset(key).dtype
        return kind.kind == "S" or h5py.check_string_dtype(kind) is not None

    def texts(self, key: str) -> list[str]:
        """Return a data set of texts.

        Raises
        ------
        InputError
            If it is too large, or holds something else.
        """
        dataset = self._dataset(key)
        if not self.is_text(key) or len(dataset.shape or ()) != 1:
            raise InputError(
                f"'{self.source}' holds no list of texts where one should be",
                found=f"{dataset.dtype} of shape {dataset.shape} in {self.name}/{key}",
            )
        self._refuse_size(dataset, MAX_NAMES, MAX_BYTES // max(dataset.dtype.itemsize, 1))
        texts: list[str] = []
        size = 0
        for start in range(0, dataset.shape[0], _BLOCK):
            texts += map(_text, dataset[start : start + _BLOCK].tolist())
            size += sum(map(len, texts[start:]))
            if size > MAX_BYTES:
                raise MemoryError(self.source)
        return texts

    def _dataset(self, key: str) -> Any:
        import h5py

        found = self._open(key)
        if not isinstance(found, h5py.Dataset):
            raise InputError(f"'{self.source}' has no data set {self.name}/{key}", found="a group")
        return found

    def _open(self, key: str) -> Any:
        """Return a member that lies in this file, and nowhere else."""
        import h5py

        link = self._group.get(key, getlink=True)
        if link is None:
            raise InputError(f"'{self.source}' has no {self.name.rstrip('/')}/{key}")
        found = self._group[key] if isinstance(link, h5py.HardLink) else None
        # Before anything else of it: even to ask for the shape of a virtual data set opens other files.
        outside = found is None or (isinstance(found, h5py.Dataset) and _lies_outside(found))
        if outside:
            raise InputError(
                f"'{self.source}' refers to other files",
                expected="a file that holds all of its data",
                found=f"a link in {self.name.rstrip('/')}/{key}",
                fix="read it with anndata and write it again",
            )
        return found

    def _refuse_size(self, dataset: Any, *most: int) -> None:
        size = int(np.prod(dataset.shape, dtype=object)) if dataset.shape is not None else 0
        if size > min(most):
            raise InputError(
                f"'{self.source}' is too large",
                expected=f"at most {min(most):,} entries in {dataset.name}",
                found=f"{size:,}",
                fix="keep the genes and samples of one experiment",
            )


@contextmanager
def open_store(content: bytes, source: str) -> Iterator[Store]:
    """Open an HDF5 file, and turn whatever a broken one raises while it is open into one message.

    Parameters
    ----------
    content
        The file.
    source
        How messages name it.

    Raises
    ------
    InputError
        If it is broken. Some broken files crash the library, though: see `phasecall.io.h5ad.child`.
    """
    import h5py

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            yield Store(file, source)
    except (InputError, MemoryError):
        raise
    except Exception as fault:
        raise InputError(
            f"'{source}' is a broken HDF5 file",
            found=f"{fault}",
            fix="write it again, or export the table as CSV",
        ) from None


def _lies_outside(dataset: Any) -> bool:
    """Return whether the data of a data set lie in other files."""
    made = dataset.id.get_create_plist()
    return bool(made.get_external_count()) or dataset.is_virtual


def _text(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
