"""Hypotheses: which sets a gene of unknown function may belong to, by the known genes that behave like it.

Genes that rise and fall together over all of an experiment share functions a little more often than others
do: enough for a hypothesis, not for a finding (Gillis and Pavlidis 2012, doi 10.1371/journal.pcbi.1002444).
How often they are right is measured on the genes given, by hiding each known gene in turn. What the
constants rest on: `python benchmarks/annotation.py --constants`, genes of folds 1 to 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasecall.annotation.enrichment import find_cycling
from phasecall.annotation.likeness import Nearest, find_nearest, lay_profiles
from phasecall.annotation.membership import Columns, Mask, Membership
from phasecall.annotation.record import WANTED_Q, Annotation
from phasecall.circular import difference
from phasecall.errors import InputError
from phasecall.genesets import PROCESS
from phasecall.labels import N_FOLDS, fold_of
from phasecall.metrics import bound_share
from phasecall.timecourse import TimeCourse

Floats = NDArray[np.float64]

N_NEIGHBOURS = 50
"""Neighbours that are asked: with 20 or 10 the first hypothesis is right less often, with 100 as often."""
SHARPNESS = 2
"""A neighbour counts by this power of its correlation: 4 is as good of few experiments, worse of seven."""
PRIOR_NEIGHBOURS = 5.0
"""Neighbours that the share of all known genes counts for."""
DEPTHS = (1, 3, 5)
"""Numbers of hypotheses of a gene for which precision is told."""
N_PROPOSED = DEPTHS[1]
"""How many a gene gets."""
_LEAST_PAIRS = 50
"""Pairs of gene and set whose share of right ones makes a probability: of fewer it may be off by 0.07."""
_LEAST_KNOWN = 100
_N_NAMED = 5
_N_BINS = 10


class Curve(NamedTuple):
    """How often hypotheses of a score are right: the scores and, never falling, the shares."""

    scores: Floats
    shares: Floats

    def read(self, scores: Floats) -> Floats:
        """Return the probabilities at some scores."""
        return np.interp(scores, self.scores, self.shares)


@dataclass(frozen=True, eq=False)
class Hypotheses:
    """What genes of unknown function may do.

    Parameters
    ----------
    table
        `gene`, `rank`, `set`, `title`, `aspect`, `probability`, `prior` (of a known gene), `n_both` (of the
        neighbours those in the set), `neighbours` (the most alike of them, joined by `;`), `phase`,
        `peak_turn`, `evidence` (in words); the most probable first.
    precision
        Of each way, for each of `DEPTHS`, the share of right ones among as many first hypotheses of a known
        gene that was hidden: `correlation`, ours; `phase`, the sets most frequent in its phase; `prior`,
        those most frequent at all.
    n_known, n_unknown
        Genes with and without a known function.
    calibration
        Expected calibration error of the first hypotheses of hidden genes, by a curve of other folds.
    """

    table: Columns
    precision: Mapping[str, Mapping[int, float]]
    n_known: int
    n_unknown: int
    calibration: float

    def bound(self, way: str, depth: int) -> list[float]:
        """Return Wilson's 95 % interval of a precision over the known genes.

        A gene counts once, however many hypotheses of it are looked at: the interval of several is too wide
        rather than too narrow.
        """
        return bound_share(self.precision[way][depth] * self.n_known, self.n_known) or [0.0, 1.0]

    def as_dict(self) -> dict[str, Any]:
        """Return how good they are as JSON has it."""
        return {
            "known": self.n_known,
            "unknown": self.n_unknown,
            "precision": {
                way: {str(depth): round(share, 6) for depth, share in own.items()}
                for way, own in self.precision.items()
            },
            "precision_interval": {
                way: {str(depth): [round(end, 6) for end in self.bound(way, depth)] for depth in own}
                for way, own in self.precision.items()
            },
            "ece": round(self.calibration, 6),
        }


def propose(found: Annotation, courses: Sequence[TimeCourse]) -> Hypotheses:
    r"""Propose sets for the genes whose function is not known.

    A gene's score in a set is the share of its 50 nearest known genes that are in it, each counted by the
    square of its correlation `r` with the gene (mean over experiments), and drawn towards the share `p` of
    all known genes as if five average neighbours, of `v` each, had it,

    .. math:: s = (\sum_j r_j^2 y_j + 5 v p) / (\sum_j r_j^2 + 5 v)

    The probability is what share of known genes, each hidden in turn, were in a set at such a score, over all
    sets: an isotonic curve. It is that of a gene like the known ones; those of unknown function may not be.

    Parameters
    ----------
    found
        The annotation. Of GO only processes are proposed, and genes without one are asked about.
    courses
        The experiments that were called.

    Raises
    ------
    InputError
        If fewer than 100 genes with a profile have a known function.

    References
    ----------
    Zadrozny and Elkan 2002, doi 10.1145/775047.775151 (isotonic calibration).
    """
    members = found.members
    vectors = lay_profiles(courses, members.names)
    seen = np.any([(one != 0).any(axis=1) for one in vectors], axis=0)
    place = list_processes(members)
    holds = members.holds[:, place]
    known, asked = seen & holds.any(axis=1), np.flatnonzero(seen & members.unknown)
    if known.sum() < _LEAST_KNOWN:
        raise InputError(
            "too few genes of known function to learn from",
            expected=f"{_LEAST_KNOWN} measured genes or more in the gene sets",
            found=f"{known.sum()}",
            fix="give more gene sets, or leave out --hypotheses",
        )
    near = find_nearest(vectors, np.flatnonzero(known), N_NEIGHBOURS)
    scores = score_sets(near, holds, known)
    hidden, truth = scores[known], holds[known]
    phase = np.where(find_cycling(found.calls), found.calls.codes, -1)[members.rows][known]
    ways = {"correlation": hidden, "phase": score_phases(phase, truth), "prior": score_prior(truth)}
    folds = fold_of([name for name, one in zip(members.names, known, strict=True) if one])
    return Hypotheses(
        table=_tabulate(found, _choose(scores, asked, place, fit_curve(hidden, truth)), near, known),
        precision={way: measure_precision(own, truth) for way, own in ways.items()},
        n_known=int(known.sum()),
        n_unknown=asked.size,
        calibration=measure_calibration(hidden, calibrate_apart(hidden, truth, folds), truth),
    )


def list_processes(members: Membership) -> NDArray[np.int64]:
    """Return the places of the sets that are proposed: of GO processes, of others all."""
    wanted = [place for place, one in enumerate(members.sets) if one.aspect in ("", PROCESS)]
    return np.array(wanted, dtype=np.int64)


def score_sets(near: Nearest, holds: Mask, known: Mask) -> Floats:
    """Return the score of every gene in every set, by its neighbours, shape (n, n_sets); see `propose`.

    Parameters
    ----------
    near
        Neighbours of each gene among the known ones.
    holds
        Which set holds which gene, shape (n, n_sets).
    known
        Genes of known function, shape (n,).
    """
    from scipy.sparse import csr_array

    weights = np.clip(near.likeness, 0.0, None) ** SHARPNESS
    prior = np.tile(holds[known].mean(axis=0), (len(holds), 1))
    prior[known] = score_prior(holds[known])
    starts = np.arange(0, weights.size + 1, weights.shape[1])
    asked = csr_array((weights.ravel(), near.places.ravel(), starts), shape=(len(holds), len(holds)))
    # Few genes are in a set: thousands of sets would take minutes as full arrays.
    total = (asked @ csr_array(holds.astype(np.float64))).toarray()
    drawn = PRIOR_NEIGHBOURS * float(weights.mean())
    whole = weights.sum(axis=1, keepdims=True) + drawn
    return np.where(whole > 0, (total + drawn * prior) / np.where(whole > 0, whole, 1.0), prior)


def score_prior(truth: Mask) -> Floats:
    """Return the share of the other known genes that are in each set, shape (n, n_sets)."""
    return np.asarray((truth.sum(axis=0) - truth) / max(len(truth) - 1, 1))


def score_phases(phase: NDArray[np.int64], truth: Mask) -> Floats:
    """Return the share of the other known genes of a gene's phase that are in each set, shape (n, n_sets).

    The share of all known genes counts for one of them. Genes without a phase, code -1, are a phase too.
    """
    prior, scores = score_prior(truth), np.empty(truth.shape)
    for code in np.unique(phase):
        own = phase == code
        scores[own] = (truth[own].sum(axis=0) - truth[own] + prior[own]) / own.sum()
    return scores


def measure_precision(scores: Floats, truth: Mask) -> dict[int, float]:
    """Return the share of right ones among the first 1, 3 and 5 sets of each gene.

    Examples
    --------
    >>> measure_precision(np.array([[0.9, 0.1, 0.5]]), np.array([[True, True, False]]))
    {1: 1.0, 3: 0.6666666666666666}
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    depths = [depth for depth in DEPTHS if depth <= truth.shape[1]]
    return {depth: float(np.take_along_axis(truth, order[:, :depth], axis=1).mean()) for depth in depths}


def fit_curve(scores: Floats, truth: Mask) -> Curve:
    """Return how often hypotheses of a score are right.

    Pairs of gene and set are put together by score, 50 or more at a time, before the isotonic regression: the
    few best are too few to say that they are always right.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> scores = rng.random((2000, 5))
    >>> fit_curve(scores, rng.random(scores.shape) < scores).read(np.array([0.2, 0.8])).round(1).tolist()
    [0.2, 0.8]
    """
    from scipy.optimize import isotonic_regression

    order = np.argsort(scores, axis=None, kind="stable")
    starts = np.arange(0, max(order.size - _LEAST_PAIRS, 0) + 1, _LEAST_PAIRS)
    counts = np.diff(np.append(starts, order.size))
    means = [np.add.reduceat(values.ravel()[order], starts) / counts for values in (scores, truth)]
    return Curve(means[0], np.asarray(isotonic_regression(means[1], weights=counts).x))


def calibrate_apart(scores: Floats, truth: Mask, folds: NDArray[np.int64]) -> Floats:
    """Return the probability of each score by a curve of the genes of all other folds, shape (n, n_sets)."""
    chances = np.empty(scores.shape)
    for fold in range(N_FOLDS):
        own = folds == fold
        if own.any():
            rest = ~own if (~own).any() else own
            chances[own] = fit_curve(scores[rest], truth[rest]).read(scores[own])
    return chances


def measure_calibration(scores: Floats, chances: Floats, truth: Mask) -> float:
    """Return the expected calibration error of the first hypothesis of each gene: ten bins of as many genes.

    References
    ----------
    Guo et al. 2017, doi 10.48550/arXiv.1706.04599.
    """
    first = scores.argmax(axis=1)[:, None]
    gap = np.take_along_axis(chances - truth.astype(np.float64), first, axis=1).ravel()
    chance = np.take_along_axis(chances, first, axis=1).ravel()
    bins = np.array_split(np.argsort(chance, kind="stable"), _N_BINS)
    return sum(abs(float(gap[one].sum())) for one in bins) / gap.size


class _Chosen(NamedTuple):
    """Hypotheses: places of gene and set, rank and probability, shape (n,)."""

    genes: NDArray[np.int64]
    sets: NDArray[np.int64]
    rank: NDArray[np.int64]
    probability: Floats


def _choose(scores: Floats, asked: NDArray[np.int64], place: NDArray[np.int64], curve: Curve) -> _Chosen:
    """Return the first hypotheses of the genes asked about, those of the best first."""
    n = min(N_PROPOSED, place.size)
    first = np.argsort(-scores[asked], axis=1, kind="stable")[:, :n]
    best = np.take_along_axis(scores[asked], first, axis=1)
    order = np.argsort(-best[:, 0], kind="stable")
    rank = np.tile(np.arange(1, n + 1), order.size)
    return _Chosen(
        np.repeat(asked[order], n), place[first[order].ravel()], rank, curve.read(best[order].ravel())
    )


def _tabulate(found: Annotation, chosen: _Chosen, near: Nearest, known: Mask) -> Columns:
    """Return the table of hypotheses."""
    members, genes, sets = found.members, chosen.genes, chosen.sets
    both = members.holds[near.places[genes], sets[:, None]]
    prior = members.holds[known].mean(axis=0)[sets]
    calls, rows = found.calls, members.rows[genes]
    named = [_name_neighbours(members, near, gene, own) for gene, own in zip(genes, both, strict=True)]
    close = _tell_clock(found, rows, sets)
    phases = calls.phase
    return {
        "gene": tuple(members.names[gene] for gene in genes),
        "rank": chosen.rank,
        **members.columns(sets),
        "probability": chosen.probability,
        "prior": prior,
        "n_both": both.sum(axis=1),
        "neighbours": tuple(";".join(name for name, _ in own) for own in named),
        "phase": tuple(phases[row] for row in rows),
        "peak_turn": calls.peak_turn[rows],
        "evidence": tuple(
            _tell(int(count), share, own, more)
            for count, share, own, more in zip(both.sum(axis=1), prior, named, close, strict=True)
        ),
    }


def _name_neighbours(members: Membership, near: Nearest, gene: int, both: Mask) -> list[tuple[str, float]]:
    """Return the most alike of a gene's neighbours that are in a set, and their correlation with it."""
    chosen = np.flatnonzero(both)[:_N_NAMED]
    return [(members.names[near.places[gene, one]], float(near.likeness[gene, one])) for one in chosen]


def _tell(count: int, share: float, named: Sequence[tuple[str, float]], more: str) -> str:
    """Return the evidence for one hypothesis in words."""
    expected = f"{N_NEIGHBOURS * share:.1f} expected"
    text = f"{count} of its {N_NEIGHBOURS} nearest known genes by correlation, {expected}"
    if named:
        shown = ", ".join(f"{name} (r {likeness:.2f})" for name, likeness in named)
        text += f": {shown}" + (", ..." if count > len(named) else "")
    return text + more


def _tell_clock(found: Annotation, rows: NDArray[np.int64], sets: NDArray[np.int64]) -> list[str]:
    """Return, of each pair of gene and set, what to add where both peak at one place of the clock."""
    calls, clock = found.calls, found.clock
    cycling = find_cycling(calls)
    index = {key: row for row, key in enumerate(zip(clock["set"], clock["aspect"], strict=True))}
    texts = []
    for row, one in zip(rows, (found.members.sets[place] for place in sets), strict=True):
        own = index.get((one.name, one.aspect))
        text = ""
        if own is not None and cycling[row] and clock["q"][own] <= WANTED_Q:
            centre, turn = clock["turn"][own], calls.peak_turn[row]
            # The genes of a set are spread more widely than its mean is sure: an eighth of a turn is near.
            if abs(difference(turn, centre)) <= 1 / 8:
                text = f"; it peaks at {turn:.2f} of a turn, the set at {centre:.2f}"
        texts.append(text)
    return texts
