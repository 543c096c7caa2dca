"""Labels: what was published on which genes cycle, and when they peak."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping

from phasecall.datasets import Kind
from phasecall.errors import InputError, find_row
from phasecall.publicdata.annotations import load_orfs, orf_of_name
from phasecall.publicdata.folder import text_of_dataset
from phasecall.publicdata.table import PUBLIC, PublicDataset

M_G1_ANGLE = 0.5595
"""The published angle, in radians, at which M/G1 begins: midway between the last G2/M gene (0.565) and the
first M/G1 gene (0.554)."""

_PHASES = {"M/G1": "M/G1", "Late G1": "G1", "S-phase": "S", "S/G2": "S/G2", "G2/M": "G2/M"}
"""How the headings of the 104 known genes begin, and the phase they stand for."""


def load_public_labels(key: str) -> dict[str, str]:
    """Load public labels: gene or clone to its published phase.

    Names of the 104 known genes are turned into ORFs where SGD's table has them by one of the names given,
    and stay as they are written where it does not.

    Parameters
    ----------
    key
        A key of `PUBLIC` whose kind is `labels`.

    Raises
    ------
    MissingDataError
        If its file, or one that it needs, is not here.
    InputError
        If there is no such data set, it holds no labels, or its file is not the one expected.
    """
    dataset, text = _opened(key, "labels")
    if dataset.by_name:
        return known_from(text, orf_of_name(load_orfs()))
    return {row["clone"]: row["phase"] for row in csv.DictReader(io.StringIO(text))}


def load_angles(key: str = "spellman-angles") -> dict[str, float]:
    """Load published angles, in turns: 0 where M/G1 begins, growing with time.

    The published angles are radians that run backwards in time.

    Parameters
    ----------
    key
        A key of `PUBLIC` whose kind is `angles`.

    Raises
    ------
    MissingDataError
        If its file is not here.
    InputError
        If there is no such data set, it holds no angles, or its file is not the one expected.
    """
    _, text = _opened(key, "angles")
    return {
        row["ORF"] or row["SGD"]: (M_G1_ANGLE - float(row["Phase"])) / math.tau % 1.0
        for row in csv.DictReader(io.StringIO(text))
    }


def load_gene_set(key: str) -> tuple[str, ...]:
    """Load a public set of genes, in the order of its file.

    Parameters
    ----------
    key
        A key of `PUBLIC` whose kind is `gene set`.

    Raises
    ------
    MissingDataError
        If its file is not here.
    InputError
        If there is no such data set, it is no set of genes, or its file is not the one expected.
    """
    return tuple(_opened(key, "gene set")[1].split())


def known_from(text: str, orf: Mapping[str, str]) -> dict[str, str]:
    r"""Return the phase of the genes in a text of headings and lists of names.

    Parameters
    ----------
    text
        A line that ends in a colon is a heading; a line with commas lists names, `A/B` or `A(B)` where a gene
        has two.
    orf
        Name of a gene to its ORF.

    Examples
    --------
    >>> known_from("S-phase:\n\nHistones: HHT1, CSD2/CHS3.\n", {"CHS3": "YBR023C"})
    {'HHT1': 'S', 'YBR023C': 'S'}
    """
    labels: dict[str, str] = {}
    phase = None
    for line in map(str.strip, text.splitlines()):
        if line.endswith(":"):
            phase = next((label for start, label in _PHASES.items() if line.startswith(start)), None)
        elif phase is not None and "," in line:
            listed = line.rpartition(": ")[2].rstrip(".")
            for written in listed.split(", "):
                names = [name.upper() for name in re.split(r"[/()]", written) if name]
                labels[next((orf[name] for name in names if name in orf), written)] = phase
    return labels


def _opened(key: str, kind: Kind) -> tuple[PublicDataset, str]:
    dataset = find_row(PUBLIC, key, "public data set")
    if dataset.kind != kind:
        raise InputError(
            f"'{key}' holds no {kind}s" if kind == "gene set" else f"'{key}' holds no {kind}",
            expected=f"one of {', '.join(row.key for row in PUBLIC.values() if row.kind == kind)}",
            found=f"{dataset.title}: {dataset.kind}",
        )
    return dataset, text_of_dataset(dataset)[0]
