"""Labels: the known phase of some genes, and the fixed split of genes into folds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import InputError
from phasecall.phases import Scheme

N_FOLDS = 5
TEST_FOLD = 0
"""The fold that no shipped weight ever saw."""
VALIDATION_FOLD = 1
"""The fold that stops training early and sets the temperature."""


def fold_of(genes: Sequence[str]) -> NDArray[np.int64]:
    """Return the fold of each gene, shape (n,), 0 to 4.

    The fold is the first 8 hexadecimal digits of SHA-256 of the name, modulo 5: the same gene is in the
    same fold in every experiment, so that none leaks from one into the test set of another.

    Examples
    --------
    >>> fold_of(["YAL001C", "YAL040C"]).tolist()
    [4, 2]
    """
    digests = (hashlib.sha256(gene.encode()).hexdigest() for gene in genes)
    return np.array([int(digest[:8], 16) % N_FOLDS for digest in digests], dtype=np.int64)


def encode(labels: Mapping[str, str], genes: Sequence[str], scheme: Scheme) -> NDArray[np.int64]:
    """Return the code of each gene's label, shape (n,); -1 where a gene has none.

    Parameters
    ----------
    labels
        Gene name to the label as the source spells it (key, name, alias or code of a phase).
    genes
        Names in the order wanted.
    scheme
        What the codes mean.

    Raises
    ------
    InputError
        If a label is no phase of the scheme.

    Examples
    --------
    >>> from phasecall.phases import SCHEMES
    >>> encode({"YAL040C": "G2/M"}, ["YAL040C", "YAL001C"], SCHEMES["four"]).tolist()
    [3, -1]
    """
    known = {label: scheme.code_of(label) for label in set(labels.values())}
    unknown = sorted(label for label, code in known.items() if code is None)
    if unknown:
        raise InputError(
            f"labels that are no phase of the scheme '{scheme.key}'",
            expected=", ".join(phase.name for phase in scheme.phases),
            found=", ".join(unknown[:5]),
        )
    code = {gene: known[label] for gene, label in labels.items()}
    return np.array([code.get(gene, -1) for gene in genes], dtype=np.int64)
