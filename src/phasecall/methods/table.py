"""The table of methods."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from phasecall.methods.plain import fit_logistic, fit_majority
from phasecall.methods.record import Method

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.key: method
        for method in (
            Method(
                "reference",
                "CNN-BiLSTM (shipped)",
                "The published network, trained on simulated cultures and labelled genes of folds 2 to 4.",
            ),
            Method(
                "logistic",
                "Logistic regression",
                "Multinomial logistic regression on asinh of the values, fitted to the training genes.",
                fit_logistic,
                packages=("scikit-learn",),
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
