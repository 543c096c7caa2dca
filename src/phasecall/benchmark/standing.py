"""The standing: the one summary of a benchmark, which all of its tables and figures are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from phasecall import __version__
from phasecall.benchmark.answers import OPTIMUM
from phasecall.benchmark.comparison import bound_mean, compare
from phasecall.benchmark.groups import GROUPS, SECTIONS, SWEEPS
from phasecall.benchmark.machine import describe_machine, describe_source
from phasecall.benchmark.measures import METRICS, Pool, primary_of, share_right
from phasecall.benchmark.outcomes import Outcome
from phasecall.benchmark.tracks import Track
from phasecall.labels import N_FOLDS
from phasecall.methods import NETWORKS, Method
from phasecall.metrics import trace_coverage
from phasecall.phases import SCHEMES

_FILLED = "gaps in the data were filled linearly in time, since it refuses them"
_DRAWN = ("folds", "whole")
_MOST_PICTURED = 3
_ONCE = tuple(range(N_FOLDS))
"""The draws that pairs are tested on: together they ask for every gene once."""


def summarise_benchmark(
    outcomes: Sequence[Outcome], methods: Iterable[Method], *, command: str, seed: int
) -> dict[str, Any]:
    """Return the one summary that the tables, the page and the figures are made of; all of it plain.

    Parameters
    ----------
    outcomes
        What `gather` returned.
    methods
        Those that were run.
    command, seed
        How to get the same again.
    """
    by_track: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_track.setdefault(outcome.track.key, []).append(outcome)
    titles = {method.key: method for method in (*methods, OPTIMUM)}
    versions = {name for outcome in outcomes for cell in outcome.cells for name in cell.versions}
    used = {outcome.method for outcome in outcomes}
    return {
        "phasecall": __version__,
        "source": describe_source(),
        "command": command,
        "seed": seed,
        "machine": describe_machine(),
        "versions": sorted(versions),
        "methods": [
            {"method": key, "title": row.title, "summary": row.summary}
            for key, row in titles.items()
            if key in used
        ],
        "metrics": [
            {"metric": row.key, "title": row.title, "better": row.better, "what": row.what}
            for row in METRICS.values()
        ],
        "tracks": [_describe_track(own, titles) for own in by_track.values()],
        "sections": [
            {"title": title, "tracks": shown}
            for title, keys in SECTIONS.items()
            if (shown := [key for key in keys if key in by_track])
        ],
        "pictured": _pictured(by_track),
        "sweeps": [
            {"key": sweep.key, "title": sweep.title, "label": sweep.label, "points": points}
            for sweep in SWEEPS.values()
            if len(points := [[level, key] for level, key in sweep.points if key in by_track]) > 1
        ],
    }


def _pictured(tracks: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """Return the tracks that are drawn in full: those of `selective`, or else the first few that can be."""
    drawn = [key for key, own in tracks.items() if not own[0].track.many and own[0].track.kind in _DRAWN]
    return [key for key in GROUPS["selective"] if key in drawn] or drawn[:_MOST_PICTURED]


def _describe_track(outcomes: Sequence[Outcome], titles: Mapping[str, Method]) -> dict[str, Any]:
    """Return one track: what it is, and a row a method."""
    track = outcomes[0].track
    rows = [_describe_row(outcome, titles[outcome.method]) for outcome in outcomes]
    answered = [o for o in outcomes if o.pool is not None and o.method != OPTIMUM.key]
    # Of fewer genes than others were asked about nobody is the best: they may be the easier ones.
    most = max((row["n"] for row in rows), default=0)
    known = {row["method"]: row["value"] for row in rows if row["n"] == most > 0 and not row["bound"]}
    best = max(known, key=known.__getitem__, default=None)
    parts = _ONCE if track.kind == "draws" else None
    tested = (
        compare({o.method: o.pool.right(parts) for o in answered if o.pool is not None})
        if track.kind != "genome"
        else {}
    )
    for row in rows:
        row["best"] = row["method"] == best
        row["test"] = asdict(tested[row["method"]]) if row["method"] in tested else None
    return {
        "track": track.key,
        "title": track.title,
        "what": track.what,
        "scheme": track.scheme,
        "phases": [phase.name for phase in SCHEMES[track.scheme].phases],
        "kind": track.kind,
        "many": track.many,
        "metric": primary_of(track.kind),
        "rows": rows,
    }


def _describe_row(outcome: Outcome, method: Method) -> dict[str, Any]:
    """Return what one method got: the mean over folds or draws, and every metric of the pooled genes."""
    row: dict[str, Any] = {
        "method": method.key,
        "title": method.title,
        "bound": method.key == OPTIMUM.key,
        "ours": method.key in NETWORKS,
        "apt": _is_apt(method, outcome.track),
        "status": outcome.status,
        "notes": _notes(outcome),
        "value": None,
        "interval": None,
        "parts": {},
        "n": 0,
        "n_known": outcome.cells[0].n_known,
        "metrics": {},
    }
    pool = outcome.pool
    if pool is None:
        return row
    estimates = {key: row_.measure(pool) for key, row_ in METRICS.items() if pool.kind in row_.kinds}
    value, low, high = estimates[primary_of(pool.kind)]
    interval = None if low is None or high is None else [low, high]
    if pool.kind in ("folds", "draws"):
        row["parts"] = {str(cell.part): share_right(cell) for cell in pool.cells}
    if pool.kind == "folds":
        value, over_folds = bound_mean(list(row["parts"].values()))
        # One fold has no spread: its interval is that over its genes.
        if over_folds is not None:
            # Student's t knows nothing of what a share can be.
            interval = [max(0.0, over_folds[0]), min(1.0, over_folds[1])]
    return {
        **row,
        "value": value,
        "interval": interval,
        "n": len(set(pool.genes)),
        "metrics": {key: list(found) for key, found in estimates.items() if found.value is not None},
        **_curves(outcome.track, pool),
    }


def _is_apt(method: Method, track: Track) -> bool:
    """Return whether a method does at all what a track asks for: order a genome, or call phases."""
    if track.kind == "genome":
        return method.score is not None
    return method.fit is not None or method.score is None


def _curves(track: Track, pool: Pool) -> dict[str, Any]:
    """Return what figures draw of one method on one track, where genes come once."""
    if track.many or track.kind not in _DRAWN:
        return {}
    return {
        "confusion": pool.summary["confusion"],
        "coverage": trace_coverage(pool.codes, pool.values),
    }


def _notes(outcome: Outcome) -> list[str]:
    """Return what to know about a number, or about why there is none."""
    notes = [_FILLED] if any(cell.filled for cell in outcome.cells) else []
    for status, reason, parts in outcome.reasons():
        where = ""
        if len(parts) < len(outcome.cells):
            part = "draw" if outcome.track.kind == "draws" else "fold"
            where = f" in {part}{'s' if len(parts) > 1 else ''} {', '.join(map(str, parts))}"
        notes.append(f"{status}{where}: {reason}")
    return notes
