"""Metrics: how good the calls of labelled genes are, and how much of that chance can do.

Intervals are 95 % intervals: of shares of genes (accuracy, precision, recall) Wilson's, which has a width
even where every call is right; of macro-F1 and the areas percentiles over resamples of the genes, the same
for all. Where all resamples agree the bootstrap cannot say, and there is none.

A calibration error is a sum of absolute values: it is above 0 for any method and finite n, and higher still
for its resamples. What one means shows against the errors that a perfectly calibrated method with the same
probabilities would get, found by drawing phases from these.

Calibration error: Guo et al. 2017, doi 10.48550/arXiv.1706.04599. Area under the curve as a rank statistic:
Hanley and McNeil 1982, doi 10.1148/radiology.143.1.7063747. Interval of a share: Wilson 1927,
doi 10.1080/01621459.1927.10502953. Bootstrap: Efron and Tibshirani 1993, doi 10.1007/978-1-4899-4541-9,
chapter 13.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasecall.errors import InputError
from phasecall.phases import Scheme

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

N_BINS = 10
"""Equal-width bins of confidence behind the calibration error and the reliability diagram."""
WANTED = 0.9875
"""The accuracy that selective calling is to reach: the one that the published model claims."""
_MAX_ROC_POINTS = 101
_BLOCK = 400_000  # Numbers a block of draws holds: small enough for the cache, whatever n is.
_Z = NormalDist().inv_cdf(0.975)


def summarise(
    truth: ArrayLike, probabilities: ArrayLike, scheme: Scheme, *, seed: int = 0, n_boot: int = 2000
) -> dict[str, Any]:
    """Judge probabilities against known phases; every value is a plain number, list or dict.

    Parameters
    ----------
    truth
        Codes of the known phases, shape (n,).
    probabilities
        Shape (n, phases), rows sum to 1, none missing.
    scheme
        What codes and columns mean.
    seed
        Of the resamples and of the drawn phases: equal seed, equal intervals.
    n_boot
        How many of each; 0 leaves what they would give None.

    Returns
    -------
    summary
        `n_test`; `accuracy`, `macro_f1` (mean over the phases that occur as label or call) and `auc` (one
        against the rest, by phase key; None where nothing is ranked), each with its `_ci`; `ece` (expected
        calibration error) and `ece_calibrated`, where the middle 95 % of a perfectly calibrated method's
        lie: an `ece` inside is no evidence of miscalibration; `brier` (sum over phases, 0 to 2);
        `per_phase`, precision and recall with their `_ci`; `confusion` (rows labels, columns calls); `roc`;
        `reliability`.

    Raises
    ------
    InputError
        If there is no gene, shapes disagree, a label is no phase or a probability is missing.

    Examples
    --------
    >>> from phasecall.phases import SCHEMES
    >>> chances = [[0.7, 0.1, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1]]
    >>> summary = summarise([0, 1, 1], chances, SCHEMES["four"], n_boot=50)
    >>> round(summary["accuracy"], 3), summary["auc"]["late_g1_s"], summary["auc"]["m"]
    (0.667, 1.0, None)
    """
    labels, chances = np.asarray(truth, dtype=np.int64), np.asarray(probabilities, dtype=np.float64)
    _check(labels, chances, len(scheme))
    keys = [phase.key for phase in scheme.phases]
    right = chances.argmax(axis=1) == labels
    table = _confusion(labels, chances, np.ones((labels.size, 1)))[..., 0]
    return {
        "n_test": int(labels.size),
        "accuracy": float(right.mean()),
        "accuracy_ci": bound_share(int(right.sum()), labels.size),
        **_resampled(labels, chances, keys, seed, n_boot),
        "ece": float(_calibration_error(chances, right[:, None])[0]),
        "ece_calibrated": _interval(_calibrated_errors(chances, seed, n_boot)),
        "brier": float(np.square(chances - np.eye(len(scheme))[labels]).sum(axis=1).mean()),
        "per_phase": _per_phase(table, scheme),
        "confusion": table.astype(int).tolist(),
        "roc": {key: _roc(chances[:, code], labels == code) for code, key in enumerate(keys)},
        "reliability": _reliability(labels, chances),
    }


def find_coverage(
    truth: ArrayLike, probabilities: ArrayLike, *, wanted: float = WANTED, n_boot: int = 0, seed: int = 0
) -> tuple[float, list[float] | None]:
    """Return the largest share of genes that can be called at a wanted accuracy, and its interval.

    The least confident are withheld, all genes of one confidence together. The threshold is that of these
    very genes: on others it may give another accuracy.

    Parameters
    ----------
    truth, probabilities
        As in `summarise`.
    wanted
        Accuracy that the called genes are to have.
    n_boot, seed
        How many resamples of the genes the 95 % interval rests on, and their seed.

    Examples
    --------
    >>> find_coverage([0, 0, 1, 1], [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    (0.75, None)
    """
    confidence, right = _confidence(truth, probabilities)
    share = _coverage(confidence, right, np.ones((right.size, 1)), wanted)
    draws = [_coverage(confidence, right, counts, wanted) for counts in _resamples(right.size, n_boot, seed)]
    return float(share[0]), _interval(np.concatenate([np.empty(0), *draws]))


def trace_coverage(truth: ArrayLike, probabilities: ArrayLike) -> dict[str, list[float]]:
    """Return the accuracy of the most confident genes, by how large a share of all they are."""
    confidence, right = _confidence(truth, probabilities)
    order = np.argsort(-confidence, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(confidence[order])), right.size - 1)
    if ends.size > _MAX_ROC_POINTS:
        ends = ends[np.linspace(0, ends.size - 1, _MAX_ROC_POINTS).round().astype(int)]
    called = ends + 1
    accuracy = np.cumsum(right[order])[ends] / called
    return {"share": (called / right.size).tolist(), "accuracy": accuracy.tolist()}


def measure_loss(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean negative log of the probability of the known phase, nats; below 1e-12 counts as that.

    Examples
    --------
    >>> round(measure_loss([0, 1], [[1.0, 0.0], [0.5, 0.5]]), 4)
    0.3466
    """
    chances = np.asarray(probabilities, dtype=np.float64)
    labels = np.asarray(truth, dtype=np.int64)
    return float(-np.log(np.maximum(chances[np.arange(labels.size), labels], 1e-12)).mean())


def measure_recovery(wanted: ArrayLike, scores: ArrayLike, top: int) -> tuple[float, list[float] | None]:
    """Return the share of wanted genes among those of the highest scores, and Wilson's interval.

    A gene without a score comes last; of equal scores, the gene that stands first.

    Examples
    --------
    >>> measure_recovery([1, 0, 1, 0], [0.9, 0.8, float("nan"), 0.1], 2)[0]
    0.5
    """
    known = np.asarray(wanted, dtype=bool)
    values = np.nan_to_num(np.asarray(scores, dtype=np.float64), nan=-np.inf)
    best = np.argsort(-values, kind="stable")[:top]
    return float(known[best].sum() / known.sum()), bound_share(int(known[best].sum()), int(known.sum()))


def bound_share(hits: float, n: int) -> list[float] | None:
    """Return Wilson's 95 % score interval of a share; None of nothing.

    Parameters
    ----------
    hits, n
        How many of how many; hits may be a mean over several counts.
    """
    if not n:
        return None
    share, weight = hits / n, _Z**2 / n
    middle = (share + weight / 2) / (1 + weight)
    half = _Z * ((share * (1 - share) + weight / 4) / n) ** 0.5 / (1 + weight)
    # At 0 and 1 the end is the share itself, but for rounding.
    return [max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))]


def _confidence(truth: ArrayLike, probabilities: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    chances = np.asarray(probabilities, dtype=np.float64)
    return chances.max(axis=1), chances.argmax(axis=1) == np.asarray(truth)


def _coverage(confidence: Floats, right: NDArray[np.bool_], counts: Floats, wanted: float) -> Floats:
    """Return the largest share called at an accuracy, for each draw."""
    order = np.argsort(-confidence, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(confidence[order])), right.size - 1)
    called = np.cumsum(counts[order], axis=0)[ends]
    hits = np.cumsum(counts[order] * right[order, None], axis=0)[ends]
    # Hits and calls are whole numbers: the slack is for the product only.
    enough = hits >= wanted * called - 1e-9
    return np.asarray(np.where(enough, called, 0.0).max(axis=0) / right.size)


def _check(labels: Codes, chances: Floats, n_phases: int) -> None:
    if not labels.size or chances.shape != (labels.size, n_phases):
        raise InputError(
            "labels and probabilities do not fit together",
            expected=f"at least one gene, probabilities of shape (genes, {n_phases})",
            found=f"{labels.size} labels, probabilities of shape {chances.shape}",
        )
    if labels.min() < 0 or labels.max() >= n_phases:
        raise InputError(
            "a label is no phase of the scheme",
            expected=f"0 to {n_phases - 1}",
            found=f"{labels.min()} to {labels.max()}",
            fix="evaluate labelled genes only",
        )
    if not np.isfinite(chances).all():
        raise InputError(
            "a labelled gene has no probabilities",
            where=f"row {int(np.flatnonzero(~np.isfinite(chances).all(axis=1))[0])}",
            fix="leave the gene out, or give it equal probabilities to count it as a guess",
        )


def _blocks(n: int, n_draws: int) -> list[int]:
    """Return how many draws of n genes each block has."""
    step = max(1, _BLOCK // n)
    return [min(step, n_draws - start) for start in range(0, n_draws, step)]


def _resamples(n: int, n_boot: int, seed: int) -> Iterator[Floats]:
    """Yield how often each gene is drawn in each resample, shape (n, draws of the block)."""
    rng = np.random.default_rng(seed)
    for size in _blocks(n, n_boot):
        drawn = rng.integers(0, n, size=(n, size)) * size + np.arange(size)
        yield np.bincount(drawn.ravel(), minlength=n * size).reshape(n, size).astype(np.float64)


def _resampled(labels: Codes, chances: Floats, keys: list[str], seed: int, n_boot: int) -> dict[str, Any]:
    """Return what `_measure` finds by name, each value with its bootstrap interval; None for none."""
    point = _measure(labels, chances, np.ones((labels.size, 1)))[:, 0]
    blocks = [_measure(labels, chances, weights) for weights in _resamples(labels.size, n_boot, seed)]
    draws = np.concatenate([np.empty((point.size, 0)), *blocks], axis=1)
    values = [None if np.isnan(x) else float(x) for x in point]
    intervals = [_interval(row) for row in draws]
    return {
        "macro_f1": values[0],
        "macro_f1_ci": intervals[0],
        "auc": dict(zip(keys, values[1:], strict=True)),
        "auc_ci": dict(zip(keys, intervals[1:], strict=True)),
    }


def _measure(labels: Codes, chances: Floats, weights: Floats) -> Floats:
    """Return macro-F1 and the areas, shape (1 + phases, draws)."""
    f1, used = _f1(_confusion(labels, chances, weights))
    areas = [_auc(chances[:, code], labels == code, weights) for code in range(chances.shape[1])]
    return np.stack([f1.sum(axis=0) / used, *areas])


def _calibration_error(chances: Floats, right: NDArray[np.bool_]) -> Floats:
    """Return the expected calibration error of each column of right and wrong calls, shape (draws,)."""
    confidence = chances.max(axis=1)
    gaps = _by_bin(chances, np.ones(confidence.size)) @ (right - confidence[:, None])
    # Rounded, so that an error on the end of a range is not put beyond it by the order of a sum.
    return np.asarray(np.abs(gaps).sum(axis=0) / confidence.size).round(12)


def _calibrated_errors(chances: Floats, seed: int, n_draws: int) -> Floats:
    """Return the calibration errors where phases are drawn from the probabilities, shape (draws,).

    Of a drawn phase only matters whether it is the called one, which it is as often as the confidence says.
    """
    rng = np.random.default_rng(seed)
    confidence = chances.max(axis=1, keepdims=True)
    errors = [
        _calibration_error(chances, rng.random((confidence.size, size)) < confidence)
        for size in _blocks(confidence.size, n_draws)
    ]
    return np.concatenate([np.empty(0), *errors])


def _confusion(labels: Codes, chances: Floats, weights: Floats) -> Floats:
    """Return weighted counts, shape (label, call, draws)."""
    n_phases = chances.shape[1]
    cell = labels * n_phases + chances.argmax(axis=1)
    member = np.equal.outer(np.arange(n_phases**2), cell).astype(np.float64)
    return np.asarray(member @ weights).reshape(n_phases, n_phases, -1)


def _f1(table: Floats) -> tuple[Floats, Floats]:
    """Return F1 by phase and draw, 0 for a phase that does not occur, and how many phases occur."""
    either = table.sum(axis=0) + table.sum(axis=1)
    hits = np.einsum("iid->id", table)
    return 2 * hits / np.maximum(either, 1.0), (either > 0).sum(axis=0)


def _bins(chances: Floats) -> tuple[Floats, Codes]:
    """Return the edges and the bin of each gene; a bin holds its upper edge, as in the paper."""
    edges = np.linspace(0.0, 1.0, N_BINS + 1)
    return edges, np.searchsorted(edges[1:-1], chances.max(axis=1), side="left").astype(np.int64)


def _by_bin(chances: Floats, values: Floats) -> Floats:
    """Return values spread over the bins of confidence, shape (bins, n): a row sum is a bin's sum."""
    return np.where(np.equal.outer(np.arange(N_BINS), _bins(chances)[1]), values, 0.0)


def _auc(score: Floats, positive: NDArray[np.bool_], weights: Floats) -> Floats:
    """Return the area under the curve for each draw: pairs that the score orders rightly, ties half."""
    order = np.argsort(score, kind="stable")
    score, positive, weights = score[order], positive[order], weights[order]
    if score[0] == score[-1]:
        return np.full(weights.shape[1], np.nan)
    below = np.zeros((score.size + 1, weights.shape[1]))
    np.cumsum(np.where(positive[:, None], 0.0, weights), axis=0, out=below[1:])
    first = np.searchsorted(score, score[positive], side="left")
    last = np.searchsorted(score, score[positive], side="right")
    own = weights[positive]
    won = (own * (below[first] + below[last])).sum(axis=0) / 2
    pairs = own.sum(axis=0) * below[-1]
    return np.where(pairs > 0, won / np.maximum(pairs, 1.0), np.nan)


def _roc(score: Floats, positive: NDArray[np.bool_]) -> dict[str, list[float]] | None:
    """Return the curve's corners; points on a straight line between two others change nothing."""
    if positive.all() or not positive.any() or score.min() == score.max():
        return None
    order = np.argsort(-score, kind="stable")
    # A point of the curve is a threshold: all genes of one score come at once.
    ends = np.append(np.flatnonzero(np.diff(score[order])), score.size - 1)
    hits = np.concatenate([[0], np.cumsum(positive[order])[ends]])
    false = np.concatenate([[0], ends + 1]) - hits
    turn = np.diff(false)[:-1] * np.diff(hits)[1:] != np.diff(false)[1:] * np.diff(hits)[:-1]
    keep = np.flatnonzero(np.concatenate([[True], turn, [True]]))
    if keep.size > _MAX_ROC_POINTS:
        keep = keep[np.linspace(0, keep.size - 1, _MAX_ROC_POINTS).round().astype(int)]
    return {"fpr": (false[keep] / false[-1]).tolist(), "tpr": (hits[keep] / hits[-1]).tolist()}


def _per_phase(table: Floats, scheme: Scheme) -> list[dict[str, Any]]:
    hits, support, called = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    return [
        {
            "phase": phase.key,
            "name": phase.name,
            "precision": float(hits[code] / called[code]) if called[code] else 0.0,
            "precision_ci": bound_share(int(hits[code]), int(called[code])),
            "recall": float(hits[code] / support[code]) if support[code] else 0.0,
            "recall_ci": bound_share(int(hits[code]), int(support[code])),
            "f1": float(2 * hits[code] / max(support[code] + called[code], 1.0)),
            "support": int(support[code]),
        }
        for code, phase in enumerate(scheme.phases)
    ]


def _reliability(labels: Codes, chances: Floats) -> dict[str, list[Any]]:
    """Return mean confidence, accuracy and count of each bin; None where a bin is empty."""
    edges, bins = _bins(chances)
    count = np.bincount(bins, minlength=N_BINS)
    confidence = _by_bin(chances, chances.max(axis=1)).sum(axis=1)
    right = _by_bin(chances, (chances.argmax(axis=1) == labels).astype(np.float64)).sum(axis=1)
    return {
        "edges": edges.round(6).tolist(),
        "confidence": [float(x / n) if n else None for x, n in zip(confidence, count, strict=True)],
        "accuracy": [float(x / n) if n else None for x, n in zip(right, count, strict=True)],
        "count": count.tolist(),
    }


def _interval(draws: Floats) -> list[float] | None:
    """Return where the middle 95 % of the draws with a value lie; None without any, or without a width."""
    known = draws[np.isfinite(draws)]
    if not known.size:
        return None
    low, high = np.percentile(known, [2.5, 97.5]).tolist()
    return [low, high] if low < high else None
