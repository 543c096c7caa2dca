"""The listing: every data set there is, embedded or public, and whether it is here."""

from __future__ import annotations

from collections.abc import Mapping

from phasecall.datasets import DATASETS, Dataset
from phasecall.publicdata.folder import state_of
from phasecall.publicdata.table import PUBLIC, PublicDataset

EMBEDDED = "embedded"


def all_datasets() -> Mapping[str, Dataset]:
    """Return the tables of embedded and of public data sets as one, by key."""
    return {**DATASETS, **PUBLIC}


def tell_state(row: Dataset) -> str:
    """Return where a data set is: `embedded`, or what `state_of` says of its file.

    Examples
    --------
    >>> tell_state(DATASETS["alpha"])
    'embedded'
    """
    return state_of(row) if isinstance(row, PublicDataset) else EMBEDDED
