"""The plain methods that stand beside a network in every table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.methods.record import Examples, Predict, Probabilities
from phasecall.phases import Scheme


def fit_majority(_: Examples, codes: NDArray[np.int64], scheme: Scheme, __: int) -> Predict:
    """Answer every gene with the shares of the phases among the training genes."""
    shares = np.bincount(codes, minlength=len(scheme)) / codes.size
    return lambda asked: np.tile(shares, (len(asked), 1))


def fit_logistic(known: Examples, codes: NDArray[np.int64], scheme: Scheme, _: int) -> Predict:
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
    model.fit(np.arcsinh(known.matrix), codes)
    classes = model[-1].classes_

    def predict(asked: Examples) -> Probabilities:
        probabilities = np.zeros((len(asked), len(scheme)))
        probabilities[:, classes] = model.predict_proba(np.arcsinh(asked.matrix))
        return probabilities

    return predict
