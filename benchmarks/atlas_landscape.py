"""What influence and landscape read in real courses: `python benchmarks/atlas_landscape.py`.

Prints the tables of docs/atlas-landscape.md: the embedded courses, and those of `PHASECALL_DATA` where it is
set. Deterministic; half a minute.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from phasecall.circular import distance
from phasecall.datasets import load
from phasecall.exploration import Exploration, explore
from phasecall.exploration.dynamics import measure_relaxation
from phasecall.exploration.fluctuations import measure_criticality, measure_susceptibility
from phasecall.exploration.influence import SURE, measure_influence, measure_leads
from phasecall.exploration.landscape import measure_flow, measure_landscape
from phasecall.publicdata import load_public, reason_absent

EMBEDDED = ("alpha", "cdc15", "cdc28", "elu", "cdc15-4381")
PUBLIC = ("spellman-alpha", "spellman-cdc15")


def load_all() -> Iterator[tuple[str, Exploration]]:
    for key in EMBEDDED:
        yield key, explore(load(key))
    for key in PUBLIC:
        if reason_absent(key) is None:
            yield key, explore(load_public(key))


def count_sure(q_values: np.ndarray) -> str:
    known = np.isfinite(q_values)
    return f"{int((q_values[known] <= SURE).sum())} of {int(known.sum())}"


def tell_leads(key: str, data: Exploration) -> str:
    leads = measure_leads(data)
    if leads is None:
        return f"| {key} | | | |"
    pairs = ~np.eye(leads.codes.size, dtype=bool)
    off = distance(leads.lag, leads.expected)[pairs]
    reached = np.nanmax(leads.high[pairs], axis=-1)
    known = f"{int(np.isfinite(off).sum())} of {off.size}"
    return f"| {key} | {known} | {np.nanmedian(off):.3f} | {reached.min():.2f} to {reached.max():.2f} |"


def tell_influence(key: str, data: Exploration) -> str:
    found = measure_influence(data)
    if found is None:
        return f"| {key} | {data.course.times.size} | | | | | |"
    gains = f"{np.nanmean(found.gain):.2f} | {np.nanmean(found.gain_clock):.2f}"
    sure = f"{count_sure(found.q)} | {count_sure(found.q_clock)}"
    return f"| {key} | {data.course.times.size} | {found.n_pairs} | {gains} | {sure} |"


def tell_landscape(key: str, data: Exploration) -> str:
    land, flow = measure_landscape(data), measure_flow(data)
    cells = [key, str(int(data.cycling.sum()))]
    if land is not None:
        cells += [f"{land.hill:.2f} ({land.hill_low:.2f} to {land.hill_high:.2f})", f"{land.null_hill:.2f}"]
    if flow is not None:
        cells += [f"{flow.rotation:.2f} ({flow.rotation_low:.2f} to {flow.rotation_high:.2f})"]
        cells += [f"{flow.spread:.2f}", f"{flow.noise:.2f}"]
    return f"| {' | '.join(cells + [''] * (7 - len(cells)))} |"


def tell_dynamics(key: str, data: Exploration) -> str:
    relaxation, warning = measure_relaxation(data), measure_criticality(data)
    susceptibility = measure_susceptibility(data)
    cells = [key]
    if relaxation is not None:
        span = float(np.ptp(relaxation.moved))
        memory = relaxation.memory
        told = f"{memory:.2f}" if memory <= span else "none" if np.isnan(memory) else f"over {span:.1f}"
        cells += [told, f"{100 * relaxation.memory_share:.0f}", f"{relaxation.synchrony:.1f}"]
    if susceptibility is not None:
        cells += [f"{susceptibility.whole[0]:.0f}", f"{susceptibility.likeness[0]:.2f}"]
    if warning is not None:
        cells += [f"{p:.2g}" for p in warning.p_values]
    return f"| {' | '.join(cells + [''] * (9 - len(cells)))} |"


TABLES = (
    (tell_leads, ("course", "leads with a top", "off the called peaks, turns (median)", "null reaches")),
    (
        tell_influence,
        (
            "course",
            "arrays",
            "pairs of arrays",
            "mean gain",
            "beyond the clock",
            "sure",
            "sure beyond the clock",
        ),
    ),
    (
        tell_landscape,
        (
            *("course", "cycling genes", "hill, kT", "highest of 20 orders", "turns a turn", "diffusion"),
            "error of measurement",
        ),
    ),
    (
        tell_dynamics,
        (
            *("course", "memory, turns", "its share, %", "synchrony, turns", "susceptibility", "likeness"),
            *("p, deviation", "p, autocorrelation", "p, correlation"),
        ),
    ),
)


def main() -> None:
    courses = list(load_all())
    for tell, names in TABLES:
        print(f"| {' | '.join(names)} |")
        print(f"|{'---|' * len(names)}")
        for key, data in courses:
            print(tell(key, data))
        print()


if __name__ == "__main__":
    main()
