"""Neighbours: genes by the default network's numbers, the nearest ones of a gene, and the map of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall import caller
from phasecall.calls import Calls, Reason
from phasecall.clock import KnownGenes
from phasecall.errors import InputError
from phasecall.modelfile import DEFAULT, ModelFile
from phasecall.synonyms import find_gene
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

N_NEAREST = 10
_MIN_COMMON = 4
"""Times at which both genes have a value, for a correlation."""


@dataclass(frozen=True, eq=False)
class Embedding:
    """The default network's numbers for each gene of a course, beside what it calls them.

    Parameters
    ----------
    course
        The experiment.
    calls
        Its calls, of all genes in their order.
    vectors
        What the network knows of each gene before its last layer, shape (n, 32); NaN rows for genes that it
        did not read.
    """

    course: TimeCourse
    calls: Calls
    vectors: Floats

    def __len__(self) -> int:
        return len(self.course)

    def __repr__(self) -> str:
        n_read, n_numbers = int(self.read.sum()), self.vectors.shape[1]
        return f"<Embedding: {n_read} of {len(self)} genes in {n_numbers} numbers each>"

    @property
    def read(self) -> NDArray[np.bool_]:
        """Which genes have numbers, shape (n,)."""
        return np.asarray(np.isfinite(self.vectors).all(axis=1))

    @property
    def reason(self) -> tuple[str, ...]:
        """Why a gene has no numbers, shape (n,); empty where it has."""
        reasons = zip(self.read, self.calls.reason, strict=True)
        return tuple("" if read else str(reason or Reason.TOO_FEW_POINTS) for read, reason in reasons)

    @cached_property
    def principal(self) -> tuple[Floats, Floats]:
        """Places on the map, shape (n, 2), and the share of the variance along either axis, shape (2,).

        The first two principal components (Pearson 1901, doi 10.1080/14786440109462720), each so turned that
        its largest weight is positive. NaN rows for genes without numbers.
        """
        places = np.full((len(self), 2), np.nan)
        vectors = self.vectors[self.read]
        about = vectors - vectors.sum(axis=0) / max(len(vectors), 1)
        scores, sizes, weights = np.linalg.svd(about, full_matrices=False)
        strongest = np.abs(weights[:2]).argmax(axis=1)
        signs = np.sign(weights[np.arange(len(strongest)), strongest])
        n_axes = len(signs)
        places[self.read] = 0.0
        places[np.flatnonzero(self.read), :n_axes] = scores[:, :n_axes] * sizes[:n_axes] * signs
        shares = np.zeros(2)
        shares[:n_axes] = sizes[:n_axes] ** 2 / max(float((sizes**2).sum()), np.finfo(np.float64).tiny)
        return places, shares

    def columns(self) -> Mapping[str, Any]:
        """Return the table but for the vectors: column name to a sequence of n values."""
        places, _ = self.principal
        return {
            "gene": self.course.genes,
            "phase": self.calls.phase,
            "peak_turn": self.calls.peak_turn,
            "periodic_q": self.calls.periodic_q,
            "map_1": places[:, 0],
            "map_2": places[:, 1],
            "reason": self.reason,
        }


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The genes nearest to one, the nearest first.

    Parameters
    ----------
    gene
        Whose they are, as the course has it.
    genes
        Their names, shape (n,).
    distance
        Euclidean, between vectors, shape (n,).
    phase, peak_turn
        What they are called, shape (n,).
    correlation
        Pearson's, of their values with the gene's at the times that both have, shape (n,); NaN where those
        are fewer than four.
    """

    gene: str
    genes: tuple[str, ...]
    distance: Floats
    phase: tuple[str, ...]
    peak_turn: Floats
    correlation: Floats

    def columns(self) -> Mapping[str, Any]:
        """Return the table: column name to a sequence of n values."""
        return {
            "gene": self.genes,
            "distance": self.distance,
            "phase": self.phase,
            "peak_turn": self.peak_turn,
            "correlation": self.correlation,
        }


def embed(
    course: TimeCourse,
    *,
    model: str | Path | ModelFile | None = None,
    sync: str | None = None,
    known: KnownGenes | None = None,
    period: float | None = None,
) -> Embedding:
    """Return the default network's numbers for every gene of a course, by which it tells genes apart.

    Parameters
    ----------
    course
        The experiment.
    model, sync, known, period
        As of `phasecall.call`; the network must be one that reads any course.

    Raises
    ------
    InputError
        If the network cannot read the course: it has no clock, or one that nothing ties to the cell cycle.

    Examples
    --------
    >>> import phasecall
    >>> found = embed(phasecall.load("alpha").select_genes(range(100)))
    >>> found.vectors.shape, found.principal[0].shape
    ((100, 32), (100, 2))
    """
    calls = caller.call(course, model=model or DEFAULT, sync=sync, known=known, period=period)
    if calls.embed is None:
        notes = [note.text for note in calls.notes if note.code in _TELLING]
        raise InputError(
            "the network has no numbers for the genes of this course",
            expected="a course whose clock is tied to the cell cycle, and a network that reads any course",
            found="; ".join(notes) or None,
            where=course.name,
            fix="say how the culture was synchronised (--sync), or how long a turn takes (--period)",
        )
    return Embedding(course, calls, calls.embed())


_TELLING = {"too_few_times", "no_varying_gene", "weak_clock", "under_one_cycle", "no_anchor"}


def nearest(embedding: Embedding, gene: str, n: int = N_NEAREST) -> Neighbours:
    """Return the genes nearest to one in the network's numbers.

    They are alike in what the network reads of the cell cycle, not in all that moves a gene: look at
    `correlation`, too (docs/embedding.md says which of both holds in another experiment).

    Parameters
    ----------
    embedding
        What `embed` returned.
    gene
        Its name, in any way that identifies it.
    n
        How many, 1 or more; all others where there are fewer.

    Raises
    ------
    InputError
        If there is no such gene, it has no numbers, or `n` is less than 1.

    Examples
    --------
    >>> import phasecall
    >>> found = nearest(embed(phasecall.load("alpha")), "YPL256C", 3)  # CLN2
    >>> len(found.genes), set(found.phase)
    (3, {'Late G1/S'})
    """
    if n < 1:
        raise InputError("a gene has one neighbour or more", expected="1 or more", found=str(n))
    row = _find_gene(embedding, gene)
    gaps = embedding.vectors - embedding.vectors[row]
    distance = np.sqrt((gaps**2).sum(axis=1))
    distance[row] = np.nan
    order = np.argsort(distance, kind="stable")
    order = order[np.isfinite(distance[order])][:n]
    phase = embedding.calls.phase
    return Neighbours(
        gene=embedding.course.genes[row],
        genes=tuple(embedding.course.genes[place] for place in order),
        distance=distance[order],
        phase=tuple(phase[place] for place in order),
        peak_turn=embedding.calls.peak_turn[order],
        correlation=_correlate(embedding.course, row, order),
    )


def _find_gene(embedding: Embedding, gene: str) -> int:
    genes = embedding.course.genes
    row = find_gene(genes, gene, embedding.course.name)
    if not embedding.read[row]:
        raise InputError(
            f"the network has no numbers for '{genes[row]}'",
            found=embedding.calls.reason[row].meaning if embedding.calls.reason[row] else None,
            where=embedding.course.name,
        )
    return row


def _correlate(course: TimeCourse, row: int, others: NDArray[np.int64]) -> Floats:
    """Return Pearson's correlation of one gene with some others, at the times that both have."""
    measured = course.values[:, course.measured()]
    both = np.isfinite(measured[row]) & np.isfinite(measured[others])
    count = np.maximum(both.sum(axis=1, keepdims=True), 1)
    sides = [np.where(both, values, 0.0) for values in (measured[row][None], measured[others])]
    centred = [np.where(both, side - side.sum(axis=1, keepdims=True) / count, 0.0) for side in sides]
    product = (centred[0] * centred[1]).sum(axis=1)
    length = np.sqrt((centred[0] ** 2).sum(axis=1) * (centred[1] ** 2).sum(axis=1))
    known = (both.sum(axis=1) >= _MIN_COMMON) & (length > 0)
    return np.asarray(np.divide(product, length, out=np.full(len(others), np.nan), where=known))
