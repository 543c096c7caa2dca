"""The classifier: the phase of each gene, or any other class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from threadpoolctl import threadpool_limits

from phasecall.clock import know_phases
from phasecall.density import share_out
from phasecall.errors import InputError
from phasecall.estimator.genes import Floats, GeneEstimator
from phasecall.estimator.reader import Reader, fit_reader, name_rows
from phasecall.labels import encode
from phasecall.phases import SCHEMES, Scheme
from phasecall.phases import scheme as find_scheme
from phasecall.tuning import draw_genes, tune

Codes = NDArray[np.int64]


class PhaseClassifier(ClassifierMixin, GeneEstimator):  # type: ignore[misc]  # scikit-learn has no types
    r"""Phase of each gene, by the default network and by what labelled genes add to it.

    .. math:: \log p(c \mid g) = \log p_0(c \mid g) + f_c(x_g) + b_c + \text{const}

    With `times`, and phases for classes, :math:`p_0` is the network's answer on the clock of the genes of
    `fit`. Without, all classes are alike before a value is seen, and what is left is kernel logistic
    regression. How much is learnt is told by cross-validation within `fit` (`phasecall.tuning`).

    Parameters
    ----------
    times
        Minutes of the columns, shape (n_times,), in any order; None where they are not known.
    period
        Minutes of a turn, if known; else the genes of `fit` tell it. Used with `times` only.
    scheme
        Key of the scheme of which the classes are phases, by name or by code; used with `times` only. If not
        given, the one in which they are the names of different phases; where there is none, `times` are not
        used.

    Attributes
    ----------
    classes_
        The classes as they stand in `y`, shape (n_classes,).
    n_features_in_
        Number of times.
    scheme_
        Key of the scheme; None where the network is not asked.
    clock_
        The clock of the genes of `fit`, a `phasecall.clock.ClockEstimate`; None where the network is not
        asked.
    tuning_
        What was learnt, a `phasecall.tuning.Tuning`. Its first share is what the answer before counts.

    Examples
    --------
    >>> import phasecall
    >>> course, labels = phasecall.load("alpha"), phasecall.datasets.load_labels()
    >>> phases = [labels[gene] for gene in course.genes]
    >>> caller = PhaseClassifier(times=course.times).fit(course.values[:600], phases[:600])
    >>> caller.scheme_, round(caller.clock_.clock.period)
    ('five', 62)
    >>> caller.predict(course.values[600:604]).tolist()
    ['G1', 'S', 'S', 'S']
    """

    def __init__(
        self, times: ArrayLike | None = None, period: float | None = None, scheme: str | None = None
    ) -> None:
        self.times = times
        self.period = period
        self.scheme = scheme

    def fit(self, X: ArrayLike, y: ArrayLike) -> PhaseClassifier:  # noqa: N803
        """Learn from labelled genes.

        Parameters
        ----------
        X
            Values, shape (n, n_times) or (n, 1, n_times); NaN = missing. All tell the clock; of more than
            1,000, as many are drawn to learn from.
        y
            Class of each, shape (n,).

        Raises
        ------
        InputError
            If a gene has no class, times and columns do not fit together, a class is no phase of the scheme
            given, or the network cannot read these genes on a clock of their own.
        """
        values, y = self._check_known(X, y, numbers=False)
        _require_classes(y)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self._network = self._fit_network(values, codes)
        self.scheme_ = None if self._network is None else self._network.scheme.key
        self.clock_ = None if self._network is None else self._network.reader.estimate
        drawn = draw_genes(codes.size)
        # Hundreds of products of small matrices: a second thread costs each of them more than it saves.
        with threadpool_limits(limits=1, user_api="blas"):
            self.tuning_ = tune(values[drawn], self._answer(values[drawn]), codes[drawn])
        return self

    def predict_proba(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Return the probability of each class, shape (n, n_classes), in the order of `classes_`.

        Parameters
        ----------
        X
            Values at the times of `fit`, shape (n, n_times) or (n, 1, n_times); NaN = missing.
        """
        values = self._check_asked(X)
        return np.asarray(self.tuning_.answer(values, self._answer(values)))

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return the most probable class of each gene, shape (n,).

        Parameters
        ----------
        X
            As `predict_proba` takes it.
        """
        places = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[places])

    def _fit_network(self, values: Floats, codes: Codes) -> _Network | None:
        """Return the network on the clock of labelled genes; None if it is not asked."""
        found = None if self.times is None else match_scheme(self.classes_, self.scheme)
        if self.times is None or found is None:
            return None
        scheme, phases = found
        genes = name_rows(len(values))
        labels = dict(zip(genes, map(str, phases[codes].tolist()), strict=True))
        known = know_phases(genes, labels, scheme)
        return _Network(fit_reader(values, self.times, known, self.period), scheme, phases)

    def _answer(self, values: Floats) -> Floats:
        """Return the answers before anything is learnt from the values, shape (n, n_classes)."""
        if self._network is None:
            return np.full((len(values), self.classes_.size), 1 / self.classes_.size)
        return np.asarray(self._network.answer(values))


class _Network(NamedTuple):
    """The default network, asked for some phases of a scheme."""

    reader: Reader
    scheme: Scheme
    phases: Codes

    def answer(self, values: Floats) -> Floats:
        """Return the probability of each, given that it is one of these, shape (n, phases)."""
        shares = share_out(self.reader.read(values), self.scheme)[:, self.phases]
        # A density may be so sharp that nothing is left for the phases that are asked for.
        shares = np.maximum(shares, np.finfo(np.float64).tiny)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def match_scheme(classes: NDArray[Any], key: str | None) -> tuple[Scheme, Codes] | None:
    """Return the scheme of which classes are phases, and the code of each; None if there is none.

    Parameters
    ----------
    classes
        All different, shape (n,).
    key
        Of the scheme, if that is known. Only then do codes stand for phases: numbers may mean anything.

    Raises
    ------
    InputError
        If a class is no phase of the scheme given, or two are the same.

    Examples
    --------
    >>> scheme, codes = match_scheme(np.array(["G1", "G2/M", "S"]), None)
    >>> scheme.key, codes.tolist()
    ('five', [1, 4, 2])
    """
    names = [str(one) for one in classes]
    if key is not None:
        scheme = find_scheme(key)
        codes = encode({name: name for name in names}, names, scheme)
        _require_different(names, codes, scheme)
        return scheme, codes
    if any(name.strip().isdecimal() for name in names):
        return None
    found = ((scheme, [scheme.code_of(name) for name in names]) for scheme in SCHEMES.values())
    fitting = [(scheme, own) for scheme, own in found if None not in own and len(set(own)) == len(own)]
    if not fitting:
        return None
    # Schemes know the names of one another as aliases: the one whose own names they are is meant.
    scheme, own = max(fitting, key=lambda pair: _count_own(names, pair[0]))
    return scheme, np.array(own, dtype=np.int64)


def _require_classes(y: NDArray[Any]) -> None:
    # scikit-learn looks for NaN only.
    blank = [row for row, one in enumerate(y.tolist()) if one is None]
    if blank:
        raise InputError(
            f"{len(blank)} genes have no class",
            found=f"None in row {blank[0]} of y",
            fix="fit on the labelled genes alone, and predict the others",
        )


def _count_own(names: Sequence[str], scheme: Scheme) -> int:
    own = {phase.name.lower() for phase in scheme.phases}
    return sum(name.strip().lower() in own for name in names)


def _require_different(names: Sequence[str], codes: Codes, scheme: Scheme) -> None:
    for phase in scheme.phases:
        same = [name for name, code in zip(names, codes, strict=True) if code == phase.code]
        if len(same) > 1:
            raise InputError(
                f"classes that are one phase of the scheme '{scheme.key}'",
                expected="one class for each phase",
                found=f"{' and '.join(same)}, all of them {phase.name}",
                fix="give them one label, or leave out the scheme",
            )
