"""Public data: sets that are not in the package but in a folder of the user's, and where to get them."""

from __future__ import annotations

from phasecall.publicdata.annotations import load_go_slim, load_orfs
from phasecall.publicdata.courses import export_public, load_public
from phasecall.publicdata.folder import VARIABLE, data_folder, reason_absent, state_of
from phasecall.publicdata.labels import load_angles, load_gene_set, load_public_labels
from phasecall.publicdata.sgd import Orf, Term
from phasecall.publicdata.table import PUBLIC, PublicDataset

# `phasecall.publicdata.fetching` is not among them: who only reads needs no HTTP.
__all__ = [
    "PUBLIC",
    "VARIABLE",
    "Orf",
    "PublicDataset",
    "Term",
    "data_folder",
    "export_public",
    "load_angles",
    "load_gene_set",
    "load_go_slim",
    "load_orfs",
    "load_public",
    "load_public_labels",
    "reason_absent",
    "state_of",
]
