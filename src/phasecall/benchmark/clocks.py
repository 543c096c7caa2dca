"""The clocks of a task: told from what may be known of an experiment, and from no gene that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from phasecall.benchmark.task import Experiment, Split, Task
from phasecall.caller.anchoring import know_genes
from phasecall.clock import ClockEstimate, estimate_clock
from phasecall.methods import RefusalError
from phasecall.phases import Scheme
from phasecall.timecourse import TimeCourse

Clocks = tuple[ClockEstimate, ...]

_PERIODS: dict[str, float] = {}
"""By digest of a course: several tracks and all folds ask about the same experiment."""


@dataclass(frozen=True)
class Knowledge:
    """What may be known in one part of a task.

    Parameters
    ----------
    labels
        Code of the phase of each gene that is learnt from, as text.
    asked
        Genes that are asked for: nothing of them is known.
    scheme
        What the codes mean.
    """

    labels: Mapping[str, str]
    asked: frozenset[str]
    scheme: Scheme


def fit_clocks(task: Task, split: Split) -> tuple[Clocks, Clocks]:
    """Return the clocks of the experiments learnt from and of those asked about.

    All genes tell the period. The start is told by the genes learnt from where their phases may be known
    there; where they are few or none, by the marker genes that are not asked for, too; else by the
    synchronisation.

    Raises
    ------
    RefusalError
        If nothing ties an experiment's minutes to turns.
    """
    genes = np.array(task.course.genes)
    codes = map(str, task.codes[split.known].tolist())
    labels = dict(zip(genes[split.known].tolist(), codes, strict=True))
    known = Knowledge(labels, frozenset(genes[split.asked].tolist()), task.scheme)
    # An experiment that is learnt from and asked about has one clock.
    experiments = {id(experiment): experiment for experiment in (*task.learnt, *task.asked)}
    found = {key: _fit(experiment, known) for key, experiment in experiments.items()}
    return tuple(found[id(one)] for one in task.learnt), tuple(found[id(one)] for one in task.asked)


def _fit(experiment: Experiment, known: Knowledge) -> ClockEstimate:
    course = experiment.whole
    labels = known.labels if experiment.labelled else {}
    anchors = know_genes(course.genes, labels, known.scheme, None, known.asked)
    period = experiment.period or _find_period(course)
    if not np.isfinite(period):
        raise RefusalError("no clock: this experiment shows no period")
    estimate = estimate_clock(course, known=anchors, period=period)
    if not np.isfinite(estimate.clock.turn_at_zero):
        raise RefusalError("no clock: nothing ties this experiment to the cell cycle")
    return estimate


def _find_period(course: TimeCourse) -> float:
    """Return the period that all genes tell, without a label: the same for all folds."""
    digest = course.sha256()
    if digest not in _PERIODS:
        _PERIODS[digest] = estimate_clock(course).clock.period
    return _PERIODS[digest]
