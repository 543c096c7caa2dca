"""Methods: the table of everything that can give a phase to a profile, ours and the plain ones beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.preparation import Prepared

Probabilities = NDArray[np.float64]
"""Shape (genes, phases), rows sum to 1."""

Predict = Callable[[Prepared], Probabilities]
Fit = Callable[[Prepared, NDArray[np.int64], int], Predict]
"""Takes training profiles, their codes (no -1 among them) and the number of phases."""


@dataclass(frozen=True)
class Method:
    """One way to call phases.

    Parameters
    ----------
    key
        Name in options, tables and JSON.
    title
        Name shown to people.
    summary
        What it does, in one sentence.
    fit
        Trains it on a track's training genes; None if it comes trained, as a model file.
    """

    key: str
    title: str
    summary: str
    fit: Fit | None


def fit_majority(_: Prepared, codes: NDArray[np.int64], n_phases: int) -> Predict:
    """Answer every gene with the shares of the phases among the training genes."""
    shares = np.bincount(codes, minlength=n_phases) / codes.size
    return lambda asked: np.tile(shares, (len(asked.course), 1))


def fit_logistic(prepared: Prepared, codes: NDArray[np.int64], n_phases: int) -> Predict:
    """Fit multinomial logistic regression to asinh of the measured values.

    Values rather than standardised profiles, and C = 1: the best of five inputs and five strengths on the
    inner folds (folds 1 to 4) of `cdc15-9`, so that the rival is as strong as it can be.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if np.unique(codes).size < 2:
        raise InputError(
            "logistic regression has nothing to tell apart",
            expected="training genes of two phases or more (all folds but fold 0)",
            found=f"{codes.size} training genes of one phase",
        )
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))
    model.fit(np.arcsinh(prepared.course.values), codes)
    classes = model[-1].classes_

    def predict(asked: Prepared) -> Probabilities:
        probabilities = np.zeros((len(asked.course), n_phases))
        probabilities[:, classes] = model.predict_proba(np.arcsinh(asked.course.values))
        return probabilities

    return predict


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.key: method
        for method in (
            Method(
                "reference",
                "CNN-BiLSTM (shipped)",
                "The published network, trained on simulated cultures and labelled genes of folds 2 to 4.",
                None,
            ),
            Method(
                "logistic",
                "Logistic regression",
                "Multinomial logistic regression on asinh of the values, fitted to the training genes.",
                fit_logistic,
            ),
            Method(
                "majority",
                "Majority class",
                "The shares of the phases among the track's training genes, whatever the profile.",
                fit_majority,
            ),
        )
    }
)
"""Every method, by key."""
