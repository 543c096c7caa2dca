"""Where tasks come from: simulated cultures, embedded experiments, and public data where they are here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from phasecall import datasets, publicdata
from phasecall.benchmark.task import Experiment, Task
from phasecall.errors import MissingDataError
from phasecall.labels import N_FOLDS, encode, fold_of
from phasecall.phases import SCHEMES
from phasecall.simulation import NINE_POINTS, Culture, simulate
from phasecall.timecourse import TimeCourse

SIMULATED_SEED = 1998
N_SIMULATED = 2000
_MISSING_SEED = 30

COMPLETE_CDC15 = "cdc15-4381"


def load_simulated(noise: float = 0.2, n_genes: int = N_SIMULATED) -> Task:
    """Return simulated genes of balanced phases at nine points; each fold has a fifth of every phase."""
    culture = Culture(noise=noise)
    made = simulate(n_genes, culture=culture, seed=SIMULATED_SEED)
    folds = np.arange(n_genes) // len(culture.scheme) % N_FOLDS
    # Its clock is the simulator's, which nine points in 0.7 of a turn do not tell.
    experiments = (Experiment(made.course, made.course, period=culture.clock.period),)
    return Task(experiments, experiments, made.codes, folds, culture.scheme, culture)


def load_embedded(*keys: str, scheme: str = "four", nine: bool = False, n_labels: int | None = None) -> Task:
    """Return one embedded experiment, or several with the same genes, and the published phases.

    Parameters
    ----------
    keys
        Time courses of `DATASETS`.
    scheme
        Key of the scheme.
    nine
        Keep the nine time points of the published model. The clock is told from all.
    n_labels
        As in `Task`.
    """
    experiments = tuple(_embedded(key, nine=nine) for key in keys)
    codes, folds = _judge(experiments[0].course, scheme)
    if n_labels is not None:
        experiments = tuple(replace(experiment, labelled=n_labels > 0) for experiment in experiments)
    return Task(experiments, experiments, codes, folds, SCHEMES[scheme], n_labels=n_labels)


def load_transfer(*known: str, asked: str) -> Task:
    """Return a task that teaches by some embedded experiments and asks about another, unlabelled one."""
    third = replace(_embedded(asked), labelled=False)
    codes, folds = _judge(third.course, "four")
    return Task(tuple(map(_embedded, known)), (third,), codes, folds, SCHEMES["four"])


def load_unseen(key: str) -> Task:
    """Return a task that teaches by the embedded experiments and asks about one of another laboratory.

    Raises
    ------
    MissingDataError
        If that one is not on this machine.
    """
    whole = publicdata.load_public(key)
    place = {gene: row for row, gene in enumerate(whole.genes)}
    known = [_embedded(name) for name in ("alpha", "cdc15", "cdc28")]
    shared = np.array([gene in place for gene in known[0].course.genes])
    learnt = tuple(_keep(experiment, shared) for experiment in known)
    course = whole.select_genes([place[gene] for gene in learnt[0].course.genes])
    codes, folds = _judge(course, "four")
    return Task(learnt, (Experiment(course, whole, labelled=False),), codes, folds, SCHEMES["four"])


def load_thinned(key: str, share: float) -> Task:
    """Return an embedded experiment of whose values a further share is missing, at random."""
    task = load_embedded(key)
    course = task.course
    # One order of losing values for all shares: what is missing at 10 % is missing at 20 %.
    lost = np.random.default_rng(_MISSING_SEED).random(course.values.shape) < share
    thinned = replace(course, values=np.where(lost, np.nan, course.values))
    experiments = (replace(task.asked[0], course=thinned, whole=thinned),)
    return replace(task, learnt=experiments, asked=experiments)


def load_recovery(*keys: str) -> Task:
    """Return genomes in which the genes known from single-gene experiments (B1) are to be found.

    Raises
    ------
    MissingDataError
        If they are not on this machine.
    """
    courses = [publicdata.load_public(key) for key in keys]
    wanted = set(publicdata.load_gene_set("benchmark-b1"))
    genes = courses[0].genes
    codes = np.array([gene in wanted for gene in genes], dtype=np.int64)
    experiments = tuple(Experiment(course, course, labelled=False) for course in courses)
    return Task(experiments, experiments, codes, np.zeros_like(codes), SCHEMES["four"])


def load_human() -> Task:
    """Return the clones with a published phase in a double thymidine course of HeLa cells.

    Raises
    ------
    MissingDataError
        If they are not on this machine.
    """
    whole, labels = (
        publicdata.load_public("whitfield2002"),
        publicdata.load_public_labels("whitfield2002-phases"),
    )
    scheme = SCHEMES["human"]
    codes = encode(labels, whole.genes, scheme)
    # Less than three turns of cells whose doubling time is well known: the published period is given.
    human = Experiment(whole, whole, labelled=False, period=publicdata.PUBLIC["whitfield2002"].period)
    experiments = (_keep(human, codes >= 0),)
    codes = codes[codes >= 0]
    return Task(experiments, experiments, codes, fold_of(experiments[0].course.genes), scheme)


def load_circadian() -> Task:
    """Say why nothing can be judged on a rhythm of the day.

    Raises
    ------
    MissingDataError
        Always.
    """
    raise MissingDataError("no phase was published for these genes: there is nothing to judge calls by")


def _embedded(key: str, *, nine: bool = False) -> Experiment:
    whole = datasets.load(key)
    course = whole.select_times(np.isin(whole.times, NINE_POINTS)) if nine else whole
    # Barely one turn does not tell how long it takes.
    period = datasets.DATASETS[key].period if key == "elu" else None
    return Experiment(course, whole, period=period)


def _judge(course: TimeCourse, scheme: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the codes of the published phases and the folds."""
    return encode(datasets.load_labels(), course.genes, SCHEMES[scheme]), fold_of(course.genes)


def _keep(experiment: Experiment, wanted: Sequence[bool] | NDArray[np.bool_]) -> Experiment:
    return replace(experiment, course=experiment.course.select_genes(np.asarray(wanted)))
