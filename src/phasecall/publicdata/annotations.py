"""Annotations: what SGD says of yeast genes - names, status, GO slim terms."""

from __future__ import annotations

from collections.abc import Mapping

from phasecall.publicdata.folder import text_of_dataset
from phasecall.publicdata.sgd import Orf, Term, orfs_from, terms_from
from phasecall.publicdata.table import PUBLIC


def load_orfs() -> dict[str, Orf]:
    """Load the ORFs of the yeast genome, by systematic name.

    Raises
    ------
    MissingDataError
        If the file is not here.
    InputError
        If it is no such table.
    """
    dataset = PUBLIC["sgd-orfs"]
    return orfs_from(text_of_dataset(dataset)[0], dataset.file)


def load_go_slim() -> tuple[Term, ...]:
    """Load the GO slim terms of yeast genes; what the file says of protein complexes is no gene's.

    Raises
    ------
    MissingDataError
        If the file is not here.
    InputError
        If it is no such table.
    """
    dataset = PUBLIC["go-slim"]
    return terms_from(text_of_dataset(dataset)[0], dataset.file)


def orf_of_name(orfs: Mapping[str, Orf]) -> dict[str, str]:
    """Return the ORF of every name by which a gene may go: its own, or the gene's."""
    return {orf.gene: orf.name for orf in orfs.values() if orf.gene} | {name: name for name in orfs}
