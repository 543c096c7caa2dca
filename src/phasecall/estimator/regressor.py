"""The regressor: where on the turn each gene peaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from threadpoolctl import threadpool_limits

from phasecall.circular import Turns, difference, wrap
from phasecall.clock import KnownGenes
from phasecall.clock.anchors import MARKER_SPREAD
from phasecall.density import N_GRID
from phasecall.estimator.genes import Floats, GeneEstimator
from phasecall.estimator.reader import fit_reader
from phasecall.tuning import draw_genes, measure_alikeness

Directions = NDArray[np.complex128]
"""Where genes peak, shape (n,): on the unit circle, and nearer to 0 the less is known."""

_PLACES = np.exp(2j * np.pi * (np.arange(N_GRID) + 0.5) / N_GRID)
"""Directions at which a density is laid out."""
_STIFFNESSES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Variance of directions about the function, in units of the function's own."""
_LEAST = 1e-4
"""Directions of the kernel with less than this share of the largest are noise of the arithmetic, or come of
missing values."""


class PeakRegressor(RegressorMixin, GeneEstimator):  # type: ignore[misc]  # scikit-learn has no types
    r"""Where on the turn each gene peaks: kernel ridge regression of directions.

    .. math::
        \hat\theta(g) = \frac{1}{2 \pi} \arg f(g), \qquad
        f = \arg\min_f \sum_i |e^{2 \pi i \theta_i} - f(g_i)|^2 + \lambda \|f\|^2

    The norm is that of the kernel :math:`1 + k(x, x') + z \bar z'`: k compares values (`phasecall.tuning`),
    and z is the mean direction of the density that the default network lays over the turn, on the clock of
    the genes of `fit`; without `times` it is 0. :math:`\lambda` is told by leaving out each gene in turn.

    Parameters
    ----------
    times
        Minutes of the columns, shape (n_times,), in any order; None where they are not known.
    period
        Minutes of a turn, if known; else the genes of `fit` tell it. Used with `times` only.

    Attributes
    ----------
    n_features_in_
        Number of times.
    clock_
        The clock of the genes of `fit`, a `phasecall.clock.ClockEstimate`; None without `times`.
    stiffness_
        What :math:`\lambda` is: the more, the less was learnt.

    References
    ----------
    Saunders et al. 1998, Ridge regression learning algorithm in dual variables, ICML, 515-521; Allen 1974,
    doi 10.1080/00401706.1974.10489157 (leaving out each gene).

    Examples
    --------
    >>> from phasecall.simulation import simulate
    >>> made = simulate(150, times=range(0, 240, 10), seed=1)
    >>> values, peaks = made.course.values, made.peak_turn
    >>> finder = PeakRegressor(times=made.course.times).fit(values[:100], peaks[:100])
    >>> round(finder.score(values[100:], peaks[100:]), 2)
    1.0
    """

    def __init__(self, times: ArrayLike | None = None, period: float | None = None) -> None:
        self.times = times
        self.period = period

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # The common checks ask for a good score where y, a line, winds round the turn several times.
        tags.regressor_tags.poor_score = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike) -> PeakRegressor:  # noqa: N803
        """Learn from genes whose peak is known.

        Parameters
        ----------
        X
            Values, shape (n, n_times) or (n, 1, n_times); NaN = missing. All tell the clock; of more than
            1,000, as many are drawn to learn from.
        y
            Where each peaks, shape (n,), turns; what lies outside [0, 1) is wrapped. With `times`, 0 is the
            M/G1 boundary; without, it may be anything.

        Raises
        ------
        InputError
            If times and columns do not fit together, or the network cannot read these genes on a clock of
            their own.
        """
        values, y = self._check_known(X, y, numbers=True)
        turns = wrap(y)
        self._reader, self.clock_ = None, None
        if self.times is not None:
            known = KnownGenes(turns, np.full(turns.size, MARKER_SPREAD), "genes of known peak")
            self._reader = fit_reader(values, self.times, known, self.period)
            self.clock_ = self._reader.estimate
        drawn = draw_genes(turns.size)
        values, truth = values[drawn], np.exp(2j * np.pi * turns[drawn])
        # Products of small matrices: a second thread costs each of them more than it saves.
        with threadpool_limits(limits=1, user_api="blas"):
            self._pull, self.stiffness_ = _fit_pull(values, self._point(values), truth)
        return self

    def predict(self, X: ArrayLike) -> Turns:  # noqa: N803
        """Return where each gene peaks, shape (n,), turns, [0, 1).

        Parameters
        ----------
        X
            Values at the times of `fit`, shape (n, n_times) or (n, 1, n_times); NaN = missing.
        """
        values = self._check_asked(X)
        return wrap(np.angle(self._pull.answer(values, self._point(values))) / (2 * np.pi))

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: Floats | None = None) -> float:  # noqa: N803
        r"""Return the mean cosine of the error, [-1, 1]: 1 where all is right, 0 by chance.

        .. math:: \frac{1}{n} \sum_i \cos 2 \pi (\hat\theta_i - \theta_i)

        Parameters
        ----------
        X, y
            As `fit` takes them.
        sample_weight
            What each gene counts, shape (n,), not negative; all the same if not given.
        """
        cosines = np.cos(2 * np.pi * difference(self.predict(X), y))
        return float(np.average(cosines, weights=sample_weight))

    def _point(self, values: Floats) -> Directions:
        """Return where the network sees each gene peak, shape (n,); 0 where it is not asked."""
        if self._reader is None:
            return np.zeros(len(values), dtype=np.complex128)
        return np.asarray(self._reader.read(values) @ _PLACES)


@dataclass(frozen=True, eq=False)
class _Pull:
    """What was learnt of directions.

    Parameters
    ----------
    rows, centre, spread
        asinh of the values of the genes learnt from, and of each time mean and deviation over these.
    seen
        Where the network sees these genes peak.
    weights
        What each of them counts.
    """

    rows: Floats
    centre: Floats
    spread: Floats
    seen: Directions
    weights: Directions

    def answer(self, values: Floats, seen: Directions) -> Directions:
        """Return the direction of each gene's peak, shape (n,)."""
        return np.asarray(self.compare(np.arcsinh(values), seen) @ self.weights)

    def compare(self, rows: Floats, seen: Directions) -> NDArray[np.complex128]:
        """Return the kernel between genes and those learnt from, shape (n, n_known)."""
        alike = measure_alikeness(rows, self.rows, self.centre, self.spread)
        return np.asarray(1 + alike + np.outer(seen, self.seen.conj()))


def _fit_pull(values: Floats, seen: Directions, truth: Directions) -> tuple[_Pull, float]:
    """Return what is learnt of directions, and how stiffly it is held."""
    rows = np.arcsinh(values)
    known = np.ma.masked_invalid(rows)
    centre, spread = known.mean(axis=0).filled(0.0), known.std(axis=0).filled(0.0)
    blank = _Pull(rows, centre, spread, seen, truth)
    roots, vectors = np.linalg.eigh(blank.compare(rows, seen))
    kept = roots > _LEAST * roots.max()
    roots, vectors = roots[kept], vectors[:, kept]
    stiffness = min(_STIFFNESSES, key=lambda one: _judge(roots, vectors, truth, one))
    weights = vectors @ ((vectors.conj().T @ truth) / (roots + stiffness))
    return replace(blank, weights=weights), stiffness


def _judge(roots: Floats, vectors: NDArray[np.complex128], truth: Directions, stiffness: float) -> float:
    """Return the mean squared error at each gene by what all others teach."""
    kept = roots / (roots + stiffness)
    fitted = vectors @ (kept * (vectors.conj().T @ truth))
    missed = (truth - fitted) / (1 - np.square(np.abs(vectors)) @ kept)
    return float(np.square(np.abs(missed)).mean())
