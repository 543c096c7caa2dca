"""The benchmark: fixed tracks, every method on the same genes, and one summary of how good they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phasecall.benchmark.evaluation import evaluate as evaluate
    from phasecall.benchmark.evaluation import network_of as network_of
    from phasecall.benchmark.evaluation import own_track as own_track
    from phasecall.benchmark.groups import GROUPS as GROUPS
    from phasecall.benchmark.groups import SWEEPS as SWEEPS
    from phasecall.benchmark.measures import METRICS as METRICS
    from phasecall.benchmark.runner import run as run
    from phasecall.benchmark.standing import summarise_benchmark as summarise_benchmark
    from phasecall.benchmark.summary import count_calls as count_calls
    from phasecall.benchmark.summary import describe_model as describe_model
    from phasecall.benchmark.summary import measure_speed as measure_speed
    from phasecall.benchmark.summary import summarise_run as summarise_run
    from phasecall.benchmark.task import Task as Task
    from phasecall.benchmark.task import split_task as split_task
    from phasecall.benchmark.tracks import TRACKS as TRACKS
    from phasecall.benchmark.tracks import Track as Track
    from phasecall.benchmark.tracks import cdc15_task as cdc15_task
    from phasecall.benchmark.tracks import tracks_of as tracks_of

# Where each public name lives: who summarises a call loads neither the tracks nor the runner (PEP 562).
_HOMES = {
    "GROUPS": "groups",
    "METRICS": "measures",
    "SWEEPS": "groups",
    "TRACKS": "tracks",
    "Task": "task",
    "Track": "tracks",
    "cdc15_task": "tracks",
    "count_calls": "summary",
    "describe_model": "summary",
    "evaluate": "evaluation",
    "measure_speed": "summary",
    "network_of": "evaluation",
    "own_track": "evaluation",
    "run": "runner",
    "split_task": "task",
    "summarise_benchmark": "standing",
    "summarise_run": "summary",
    "tracks_of": "tracks",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'phasecall.benchmark' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"phasecall.benchmark.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
