"""Outcomes: what became of each method on each track, as rows of a tidy table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from phasecall.benchmark.cells import Cell, Status
from phasecall.benchmark.measures import METRICS, N_BOOT, Estimate, Pool, primary_of
from phasecall.benchmark.tracks import Track
from phasecall.io import atomic
from phasecall.phases import SCHEMES

POOLED = "all"
"""Stands for the fold where all of them count."""


class Row(NamedTuple):
    """One row of `tracks.tsv`.

    Parameters
    ----------
    track, method, fold, metric
        What was measured: keys; a fold or draw by its number, or `all`.
    value, lo, hi
        The value and its 95 % interval: over genes, or over the draws of a track with few labels. None where
        there is none.
    n
        Genes that judge, each counted once.
    seconds, bytes
        Time to learn and to call, and memory that this added; for `all` the mean over folds.
    seed, status, reason, versions
        What it rests on; of a row without a value, why.
    """

    track: str
    method: str
    fold: str
    metric: str
    value: float | None
    lo: float | None
    hi: float | None
    n: int
    seconds: float | None
    bytes: float | None
    seed: int
    status: Status
    reason: str
    versions: str


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of one method on one track.

    Parameters
    ----------
    track
        The track.
    method
        Key of the method.
    cells
        One a part.
    pool
        Those with an answer; None without any.
    """

    track: Track
    method: str
    cells: tuple[Cell, ...]
    pool: Pool | None

    @property
    def status(self) -> Status:
        """`ok` where there is an answer; else what became of the first part."""
        return "ok" if self.pool is not None else self.cells[0].status

    def reasons(self) -> list[tuple[Status, str, list[int]]]:
        """Return why there is no answer, and in which parts."""
        parts: dict[tuple[Status, str], list[int]] = {}
        for cell in self.cells:
            if cell.status != "ok":
                parts.setdefault((cell.status, cell.reason), []).append(cell.part)
        return [(*why, where) for why, where in parts.items()]


def gather(cells: Iterable[Cell], tracks: Mapping[str, Track]) -> list[Outcome]:
    """Return the outcome of each method on each track, in the order of the cells."""
    grouped: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        grouped.setdefault((cell.track, cell.method), []).append(cell)
    outcomes = []
    for (key, method), own in grouped.items():
        track, answered = tracks[key], [cell for cell in own if cell.status == "ok"]
        pool = None
        if answered:
            # In draws a gene is asked for several times: resampling genes would count it as several.
            n_boot = 0 if track.kind == "draws" else N_BOOT
            pool = Pool(answered, track.kind, SCHEMES[track.scheme], own[0].seed, n_boot)
        outcomes.append(Outcome(track, method, tuple(own), pool))
    return outcomes


def tabulate(outcomes: Iterable[Outcome]) -> list[Row]:
    """Return the tidy table: every metric of the pooled genes, and the first ones of each fold.

    What has no answer has one row: of all folds where the reason is one, else of each.
    """
    return [row for outcome in outcomes for row in _rows_of(outcome)]


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """Write the tidy table as TSV, an empty cell for None."""
    with atomic(path) as file:
        file.write("\t".join(Row._fields) + "\n")
        for row in rows:
            file.write("\t".join(map(_written, row)) + "\n")


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a tidy table as they are written, by column."""
    header, *lines = path.read_text("utf-8").splitlines()
    names = header.split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]


def _rows_of(outcome: Outcome) -> list[Row]:
    pool, first = outcome.pool, primary_of(outcome.track.kind)
    if pool is None and len(outcome.reasons()) == 1:
        return [_row(outcome.cells[:1], POOLED, first, Estimate(None))]
    rows = [
        row
        for cell in outcome.cells
        for row in (
            _rows_of_part(cell, pool.part(cell))
            if pool is not None and cell.status == "ok"
            else [_row([cell], str(cell.part), first, Estimate(None))]
        )
    ]
    if pool is None:
        return rows
    fitting = [metric for metric in METRICS.values() if pool.kind in metric.kinds]
    estimates = {metric.key: metric.measure(pool) for metric in fitting}
    return rows + [
        _row(pool.cells, POOLED, key, estimate)
        for key, estimate in estimates.items()
        if estimate.value is not None
    ]


def _rows_of_part(cell: Cell, part: Pool) -> list[Row]:
    """Return the metrics of one fold or draw: of a draw only that by which methods are ranked."""
    names: Sequence[str] = (primary_of(part.kind),)
    if part.kind == "folds":
        names = ("accuracy", "macro_f1")
    return [_row([cell], str(cell.part), name, Estimate(METRICS[name].measure(part).value)) for name in names]


def _row(cells: Sequence[Cell], fold: str, metric: str, estimate: Estimate) -> Row:
    first = cells[0]
    return Row(
        first.track,
        first.method,
        fold,
        metric,
        *estimate,
        len({gene for cell in cells for gene in cell.genes}),
        _mean([_total(cell) for cell in cells]),
        _mean([cell.peak_bytes for cell in cells]),
        first.seed,
        first.status,
        first.reason,
        "; ".join(first.versions),
    )


def _total(cell: Cell) -> float | None:
    if cell.seconds_fit is None or cell.seconds_predict is None:
        return None
    return cell.seconds_fit + cell.seconds_predict


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _written(value: float | str | None) -> str:
    """Return a cell: no tab or line break is in any, and numbers have what digits they need."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())
