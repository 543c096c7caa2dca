"""Groups of tracks: series that differ in one number, names for several, and the sections of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from phasecall.benchmark.tracks import NOISES, SHARES, SIZES, THINNED, TRACKS
from phasecall.simulation import Culture


@dataclass(frozen=True)
class Sweep:
    """Tracks that differ in one number: where each lies, and what the number is."""

    key: str
    title: str
    label: str
    points: tuple[tuple[float, str], ...]


SWEEPS: Mapping[str, Sweep] = MappingProxyType(
    {
        sweep.key: sweep
        for sweep in (
            Sweep(
                "noise",
                "Simulated cultures",
                "noise, as a share of the median amplitude",
                ((Culture().noise, "simulated"), *((noise, f"noise-{noise:g}") for noise in NOISES)),
            ),
            *(
                Sweep(
                    f"missing-{key}",
                    TRACKS[key].title,
                    "further values missing, %",
                    (
                        (0, key),
                        *sorted([(30, f"missing-{key}"), *((x, f"missing-{x}-{key}") for x in SHARES)]),
                    ),
                )
                for key in THINNED
            ),
            Sweep(
                "genes",
                "Simulated cultures",
                "genes, of which a fifth are called",
                tuple((n, f"genes-{n}") for n in SIZES),
            ),
        )
    }
)
"""Every series of tracks that differ in one number, by key."""


def _of(sweep: str) -> tuple[str, ...]:
    return tuple(track for _, track in SWEEPS[sweep].points)


def _starting(start: str, end: str) -> tuple[str, ...]:
    return tuple(key for key in TRACKS if key.startswith(start) and key.endswith(end))


GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "five": tuple(key for key in TRACKS if key.endswith("-five")),
        "transfer": tuple(key for key in TRACKS if key.startswith("transfer-")),
        "unseen-lab": ("pramila", "orlando"),
        "few-labels": tuple(key for key in TRACKS if key.startswith("few-")),
        "recovery": ("recovery-alpha", "recovery-three"),
        "missing": ("cdc15-23", "alpha", "missing-cdc15-23", "missing-alpha"),
        "missing-levels": (*_of("missing-cdc15-23"), *_of("missing-alpha")),
        "noise": _of("noise"),
        "genes": _of("genes"),
        "selective": ("cdc15-9", "cdc15-23", "fused"),
        "calibration": ("cdc15-9", "cdc15-23", "alpha", "cdc28", "elu", "fused"),
    }
)
"""Names that stand for several tracks; each of their tracks is reported with every metric."""

QUICK_TRACKS = ("simulated", "cdc15-9", "transfer-alpha")
QUICK_PARTS = (1, 2)
"""What a quick run is made of: embedded data, and none of the genes that judge the networks."""

SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Simulated cultures": _of("noise"),
        "Real genes, other genes of the same experiment known": (
            "cdc15-9",
            "cdc15-23",
            "alpha",
            "cdc28",
            "elu",
            "fused",
        ),
        "The same, five phases": GROUPS["five"],
        "Experiments without a label": (*GROUPS["transfer"], *GROUPS["unseen-lab"], "human", "circadian"),
        **{f"Few labels, {key}": _starting("few-", f"-{key}") for key in ("cdc15-9", "cdc15-23", "alpha")},
        **{f"More values missing, {key}": _starting("missing-", key) for key in THINNED},
        "Known genes found in the genome": GROUPS["recovery"],
        "More and more genes": GROUPS["genes"],
    }
)
"""The tables of a report: every track stands in one."""
