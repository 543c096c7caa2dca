"""Where time courses come from and where calls go: the tables of readers and writers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phasecall.io.callfile import WRITERS as WRITERS
    from phasecall.io.callfile import to_json as to_json
    from phasecall.io.callfile import to_text as to_text
    from phasecall.io.callfile import write as write
    from phasecall.io.files import atomic as atomic
    from phasecall.io.labelling import read_labels as read_labels
    from phasecall.io.sources import READERS as READERS
    from phasecall.io.sources import read as read
    from phasecall.io.sources import read_all as read_all

# Where each public name lives: importing the package loads no NumPy (PEP 562).
_HOMES = {
    "READERS": "phasecall.io.sources",
    "WRITERS": "phasecall.io.callfile",
    "atomic": "phasecall.io.files",
    "read": "phasecall.io.sources",
    "read_all": "phasecall.io.sources",
    "read_labels": "phasecall.io.labelling",
    "to_json": "phasecall.io.callfile",
    "to_text": "phasecall.io.callfile",
    "write": "phasecall.io.callfile",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'phasecall.io' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
