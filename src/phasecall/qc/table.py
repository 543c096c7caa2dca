"""The table of checks of an experiment: a row looks at one thing and gives a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from phasecall.clock import ClockEstimate, KnownGenes
from phasecall.qc import arrays, batches, clockwork, gaps, interpolation, markers, signal, times
from phasecall.qc.examined import Examined
from phasecall.qc.finding import Finding
from phasecall.timecourse import TimeCourse


@dataclass(frozen=True)
class Check:
    """One row of the table.

    Parameters
    ----------
    key
        What its finding is called.
    title
        What people call it.
    about
        What is looked at, and why it matters, in a sentence.
    find
        Looks, and never fails on a course.
    least
        Whether the limit is the least value that is good; else the value must be below it. None where there
        is one at either end, of which a finding has the one that is not met.
    """

    key: str
    title: str
    about: str
    find: Callable[[Examined], Finding]
    least: bool | None = False


def _of_course(find: Callable[[TimeCourse, ClockEstimate], Finding]) -> Callable[[Examined], Finding]:
    return lambda seen: find(seen.course, seen.estimate)


def _with_known(
    find: Callable[[TimeCourse, ClockEstimate, KnownGenes | None], Finding],
) -> Callable[[Examined], Finding]:
    return lambda seen: find(seen.course, seen.estimate, seen.known)


_ROWS = (
    Check(
        "order",
        "Arrays in order",
        "Arrays resemble those before and after them more than in random orders: times are not mixed up.",
        signal.find_order,
    ),
    Check(
        "signal",
        "Signal beside noise",
        "The best wave explains more of the genes' variance than in random orders: there is a rhythm.",
        signal.find_signal,
        least=True,
    ),
    Check(
        "period",
        "Period",
        "How long a turn takes, and how well that is known.",
        clockwork.find_period,
    ),
    Check(
        "cycles",
        "Turns measured",
        "What was seen once may be no rhythm, and drift looks like a longer turn.",
        clockwork.find_cycles,
        least=True,
    ),
    Check(
        "sampling",
        "Samples a turn",
        "With few samples a turn, waves of other periods look the same and sharp peaks are missed.",
        clockwork.find_sampling,
        least=True,
    ),
    Check(
        "synchrony",
        "Synchrony",
        "How much of what one cell does shows in the culture, over the time measured: the score.",
        signal.find_synchrony,
        least=True,
    ),
    Check(
        "release",
        "Synchrony at the release",
        "The same at the release, by what a turn loses: how well the arrest worked.",
        signal.find_beginning,
        least=True,
    ),
    Check(
        "loss",
        "Loss of synchrony",
        "Cells differ in their tempo: how much of the waves' amplitude a turn takes away.",
        signal.find_loss,
    ),
    Check(
        "lag",
        "Recovery",
        "How long nothing moves after the release: samples of that time are of the arrest, not of the cycle.",
        clockwork.find_lag,
    ),
    Check(
        "start",
        "Start",
        "Where known genes put t = 0 on the turn, against where the declared synchronisation does.",
        clockwork.find_start,
    ),
    Check(
        "rhythm",
        "Rhythmic genes",
        "How many genes have a sure rhythm of that period.",
        signal.find_rhythm,
        least=True,
    ),
    Check(
        "marker_order",
        "Known genes in order",
        "Genes whose peak is known come in their known order: the rhythm is that of the cell cycle.",
        _with_known(markers.find_disorder),
        least=True,
    ),
    Check(
        "reversed_times",
        "Direction of time",
        "Known genes come in their order forwards, not backwards: samples are listed from first to last.",
        _with_known(times.find_reversal),
        least=True,
    ),
    Check(
        "time_unit",
        "Unit of the times",
        "A turn is as long as a cell cycle can be: times are minutes.",
        _of_course(times.find_unit),
        least=None,
    ),
    Check(
        "mislabelled_times",
        "Time of each sample",
        "Each sample lies where the others put it: no time is mistaken.",
        times.find_mislabelling,
    ),
    Check(
        "swapped_samples",
        "Exchanged samples",
        "No two samples fit better in each other's place.",
        arrays.find_exchange,
    ),
    Check(
        "outlying_samples",
        "Outlying samples",
        "No sample is unlike all that the others foretell of it.",
        arrays.find_outliers,
    ),
    Check(
        "flipped_samples",
        "Sign of two-channel arrays",
        "No sample has its sign turned round, as a dye swap does.",
        arrays.find_flip,
    ),
    Check(
        "replicates",
        "Replicates",
        "Samples of the same time resemble one another more than those of others.",
        arrays.find_disagreement,
    ),
    Check(
        "alternating_batches",
        "Alternating batches",
        "Every other sample is not shifted: arrays were not made in two batches in turn.",
        batches.find_alternation,
    ),
    Check(
        "block_batch",
        "Batches one after the other",
        "No step parts earlier samples from later ones.",
        batches.find_block,
    ),
    Check(
        "interpolated_columns",
        "Interpolated columns",
        "Every column was measured: none is made of its neighbours.",
        _of_course(interpolation.find_interpolated),
    ),
    Check(
        "duplicated_columns",
        "Columns given twice",
        "No column holds the values of another.",
        _of_course(interpolation.find_twins),
    ),
    Check(
        "sparse_samples",
        "Gaps by sample",
        "No sample lacks far more values than the others.",
        _of_course(gaps.find_sparse_samples),
    ),
    Check(
        "sparse_genes",
        "Gaps by gene",
        "Few genes lack most of their values.",
        _of_course(gaps.find_sparse_genes),
    ),
    Check(
        "missing_by_level",
        "Gaps by level",
        "Values are missing whatever they would have been, not because they are low or high.",
        _of_course(gaps.find_censoring),
    ),
)

CHECKS: Mapping[str, Check] = MappingProxyType({row.key: row for row in _ROWS})
"""Every check of an experiment, by key, in the order in which they are shown."""
