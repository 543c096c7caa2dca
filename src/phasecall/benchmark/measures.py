"""The measures: the table of metrics, each of the pooled genes of one method on one track."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasecall.benchmark.cells import Cell
from phasecall.benchmark.comparison import bound_mean
from phasecall.benchmark.tracks import Kind
from phasecall.conformal import LEVEL, choose_sets, find_least
from phasecall.metrics import bound_share, find_coverage, measure_loss, measure_recovery, summarise
from phasecall.phases import SCHEMES, Scheme

N_BOOT = 1000
TOPS = (300, 500, 800)

PHASE_KINDS: tuple[Kind, ...] = ("folds", "draws", "whole")
ALL_KINDS: tuple[Kind, ...] = (*PHASE_KINDS, "genome")


class Estimate(NamedTuple):
    """A value and its 95 % interval; None where there is none."""

    value: float | None
    lo: float | None = None
    hi: float | None = None


@dataclass(frozen=True, eq=False)
class Pool:
    """What one method answered in all parts of a track.

    Parameters
    ----------
    cells
        Those with an answer, one or more.
    kind
        Of the track. In draws a gene is asked for several times: intervals are those over the draws.
    scheme
        Of its labels.
    seed
        Of the bootstrap.
    n_boot
        How many resamples an interval over genes rests on.
    """

    cells: Sequence[Cell]
    kind: Kind
    scheme: Scheme
    seed: int = 0
    n_boot: int = N_BOOT

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """Known phases of the genes asked for, part after part."""
        return np.concatenate([cell.codes for cell in self.cells])

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """What was answered."""
        return np.concatenate([cell.values for cell in self.cells])

    @cached_property
    def genes(self) -> tuple[str, ...]:
        """Names of the genes asked for."""
        return tuple(gene for cell in self.cells for gene in cell.genes)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """All that `metrics.summarise` says."""
        return summarise(self.codes, self.values, self.scheme, seed=self.seed, n_boot=self.n_boot)

    def part(self, cell: Cell) -> Pool:
        """Return the answers of one part alone."""
        return replace(self, cells=[cell], n_boot=0)

    def right(self, parts: Sequence[int] | None = None) -> dict[str, bool]:
        """Return by gene whether it was called rightly, in some parts."""
        cells = [cell for cell in self.cells if parts is None or cell.part in parts]
        called = [cell.values.argmax(axis=1) == cell.codes for cell in cells]
        return {
            gene: bool(hit)
            for cell, hits in zip(cells, called, strict=True)
            for gene, hit in zip(cell.genes, hits, strict=True)
        }


@dataclass(frozen=True)
class Metric:
    """One row of the table of metrics.

    Parameters
    ----------
    key, title
        Names in tables and for people.
    better
        Whether higher or lower is better.
    what
        What it says, in one sentence.
    measure
        Takes what a method answered.
    kinds
        The kinds of track that have it.
    """

    key: str
    title: str
    better: Literal["high", "low"]
    what: str
    measure: Callable[[Pool], Estimate]
    kinds: tuple[Kind, ...] = PHASE_KINDS


def _bounded(value: float | None, interval: Sequence[float] | None) -> Estimate:
    return Estimate(value, *interval) if interval is not None else Estimate(value)


def measure_accuracy(pool: Pool) -> Estimate:
    """Return the share of genes called rightly, with Wilson's interval.

    Of draws the mean share, with the wider of Wilson's interval over their distinct genes and Student's t
    over the draws: these ask for the same genes several times, so that their spread is not that of genes.
    """
    if pool.kind != "draws":
        return _bounded(pool.summary["accuracy"], pool.summary["accuracy_ci"])
    share, over_draws = bound_mean([share_right(cell) for cell in pool.cells])
    n_genes = len(set(pool.genes))
    intervals = [one for one in (over_draws, bound_share(share * n_genes, n_genes)) if one is not None]
    low, high = max(intervals, key=lambda ends: ends[1] - ends[0])
    # Student's t knows nothing of what a share can be.
    return Estimate(share, max(0.0, low), min(1.0, high))


def share_right(cell: Cell) -> float:
    """Return the share of a cell's genes that were called rightly."""
    return float((cell.values.argmax(axis=1) == cell.codes).mean())


def _summarised(name: str, pool: Pool) -> Estimate:
    return _bounded(pool.summary[name], pool.summary.get(f"{name}_ci"))


def _area(phase: str, pool: Pool) -> Estimate:
    """Return the area under the curve of one phase, which another scheme may not have."""
    summary = pool.summary
    return _bounded(summary["auc"].get(phase), summary["auc_ci"].get(phase))


def _mean_area(pool: Pool) -> Estimate:
    areas = [area for area in pool.summary["auc"].values() if area is not None]
    return Estimate(float(np.mean(areas)) if areas else None)


def _loss(pool: Pool) -> Estimate:
    return Estimate(measure_loss(pool.codes, pool.values))


def _called(pool: Pool) -> Estimate:
    return _bounded(*find_coverage(pool.codes, pool.values, n_boot=pool.n_boot, seed=pool.seed))


def _cover(pool: Pool) -> tuple[list[NDArray[np.bool_]], list[NDArray[np.bool_]]]:
    """Return of each part which phases are in the genes' sets, and which one is right.

    What probability is enough is told by the answers of the other parts.
    """
    sets, truth = [], []
    for cell in pool.cells if len(pool.cells) > 1 else ():
        others = replace(pool, cells=[one for one in pool.cells if one is not cell])
        sets.append(choose_sets(cell.values, find_least(others.values, others.codes)))
        truth.append(np.arange(cell.values.shape[1]) == cell.codes[:, None])
    return sets, truth


def _covered(pool: Pool) -> Estimate:
    sets, truth = _cover(pool)
    if not sets:
        return Estimate(None)
    right = (np.concatenate(sets) & np.concatenate(truth)).any(axis=1)
    return _bounded(float(right.mean()), bound_share(int(right.sum()), right.size))


def _set_size(pool: Pool) -> Estimate:
    sets, _ = _cover(pool)
    return Estimate(float(np.concatenate(sets).sum(axis=1).mean()) if sets else None)


def _recovered(top: int, pool: Pool) -> Estimate:
    return _bounded(*measure_recovery(pool.codes, pool.values[:, 0], top))


def _mean_of(name: str, pool: Pool) -> Estimate:
    """Return the mean of a number of the cells."""
    known = [value for cell in pool.cells if (value := getattr(cell, name)) is not None]
    return Estimate(float(np.mean(known)) if known else None)


_PHASES = {phase.key: phase.name for scheme in SCHEMES.values() for phase in scheme.phases}

METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.key: metric
        for metric in (
            Metric("accuracy", "Accuracy", "high", "Share of genes called rightly.", measure_accuracy),
            Metric(
                "macro_f1",
                "Macro-F1",
                "high",
                "Mean of the F1 of the phases, rare ones counting as much as common ones.",
                partial(_summarised, "macro_f1"),
            ),
            Metric(
                "auc", "AUC", "high", "Mean area under the curve of each phase against the rest.", _mean_area
            ),
            *(
                Metric(
                    f"auc_{key}", f"AUC of {name}", "high", f"{name} against the rest.", partial(_area, key)
                )
                for key, name in _PHASES.items()
            ),
            Metric(
                "ece",
                "Calibration error",
                "low",
                "How far a stated confidence is from the share that turns out right.",
                partial(_summarised, "ece"),
            ),
            Metric(
                "nll", "Log loss", "low", "Mean negative log probability of the known phase, nats.", _loss
            ),
            Metric(
                "brier",
                "Brier score",
                "low",
                "Mean squared distance from certainty of the known phase, 0 to 2.",
                partial(_summarised, "brier"),
            ),
            Metric(
                "called_at_9875",
                "Called at 98.75 %",
                "high",
                "Largest share of genes, the most confident ones, that is called at an accuracy of 98.75 %.",
                _called,
            ),
            Metric(
                "set_coverage",
                "Sets that hold",
                "high",
                f"Share of genes whose conformal set holds the right phase; {100 * LEVEL:g} % are promised."
                " What is enough for a set, the other folds tell.",
                _covered,
                ("folds",),
            ),
            Metric(
                "set_size",
                "Phases in a set",
                "low",
                "Phases in the conformal set of a gene, on average.",
                _set_size,
                ("folds",),
            ),
            *(
                Metric(
                    f"recovery_{top}",
                    f"Found in {top}",
                    "high",
                    f"Share of the known genes among the first {top} of the genome.",
                    partial(_recovered, top),
                    ("genome",),
                )
                for top in TOPS
            ),
            Metric(
                "seconds_fit",
                "Seconds to fit",
                "low",
                "Time to learn, on one core, mean over folds.",
                partial(_mean_of, "seconds_fit"),
                ALL_KINDS,
            ),
            Metric(
                "seconds_predict",
                "Seconds to call",
                "low",
                "Time to call the genes asked for, on one core, mean over folds.",
                partial(_mean_of, "seconds_predict"),
                ALL_KINDS,
            ),
            Metric(
                "peak_bytes",
                "Memory",
                "low",
                "Most bytes that learning and calling added at a time, mean over folds; known on Linux.",
                partial(_mean_of, "peak_bytes"),
                ALL_KINDS,
            ),
            Metric(
                "model_bytes",
                "Model file",
                "low",
                "Bytes of the model file of a method that has one.",
                partial(_mean_of, "model_bytes"),
                ALL_KINDS,
            ),
        )
    }
)
"""Every metric, by key."""


def primary_of(kind: Kind) -> str:
    """Return the key of the metric by which the methods of a track are ranked."""
    return f"recovery_{TOPS[0]}" if kind == "genome" else "accuracy"
