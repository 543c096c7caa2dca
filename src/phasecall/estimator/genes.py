"""Genes as scikit-learn hands them over: rows of values, some missing, or series of one channel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from phasecall.errors import InputError

Floats = NDArray[np.float64]

_VALUES = {"dtype": np.float64, "ensure_all_finite": "allow-nan"}


class GeneEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What both estimators share."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags

    def _check_known(self, genes: ArrayLike, y: ArrayLike, *, numbers: bool) -> tuple[Floats, NDArray[Any]]:
        """Return values and what is known of genes that are learnt from."""
        checked: tuple[Floats, NDArray[Any]] = validate_data(
            self, flatten(genes), y, y_numeric=numbers, ensure_min_samples=2, **_VALUES
        )
        return checked

    def _check_asked(self, genes: ArrayLike) -> Floats:
        """Return values of genes that are asked for."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, flatten(genes), reset=False, **_VALUES))


def flatten(genes: Any) -> Any:
    """Return series of one channel, shape (n, 1, n_times), as rows, and all else as it is.

    Raises
    ------
    InputError
        If there are several channels.

    Examples
    --------
    >>> flatten(np.zeros((5, 1, 18))).shape
    (5, 18)
    """
    if getattr(genes, "ndim", 2) != 3:
        return genes
    if genes.shape[1] != 1:
        raise InputError(
            "a gene has one series of values",
            expected="shape (genes, times), or (genes, 1, times)",
            found=f"shape {genes.shape}: {genes.shape[1]} channels",
            fix="fit an estimator to each experiment; give replicates as columns with equal times",
        )
    return genes[:, 0, :]
