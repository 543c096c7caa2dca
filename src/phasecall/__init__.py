"""phasecall: in which phase of the cell cycle each gene of a time course peaks, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from phasecall.caller import call as call
    from phasecall.calls import Calls as Calls
    from phasecall.datasets import load as load
    from phasecall.errors import PhasecallError as PhasecallError
    from phasecall.io import read as read
    from phasecall.io import read_all as read_all
    from phasecall.io import write as write
    from phasecall.simulation import simulate as simulate
    from phasecall.timecourse import TimeCourse as TimeCourse

# Where each public name lives: importing phasecall loads none of them (PEP 562), so that
# `phasecall --help` does not wait for NumPy.
_HOMES = {
    "Calls": "phasecall.calls",
    "PhasecallError": "phasecall.errors",
    "TimeCourse": "phasecall.timecourse",
    "call": "phasecall.caller",
    "load": "phasecall.datasets",
    "read": "phasecall.io",
    "read_all": "phasecall.io",
    "simulate": "phasecall.simulation",
    "write": "phasecall.io",
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'phasecall' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
