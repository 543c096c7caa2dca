"""Whether the logarithm of a table helps its calls: ratios and intensities as they are, and their log2.

    PHASECALL_DATA=... python benchmarks/scale.py

Genes of known phase outside fold 0, which judges nothing here. docs/experiments.md has the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from phasecall import TimeCourse, call
from phasecall.datasets import load_labels
from phasecall.io.scale import to_log
from phasecall.labels import TEST_FOLD, encode, fold_of
from phasecall.phases import SCHEMES
from phasecall.publicdata import load_public, load_public_labels

HELA = 924.0
"""Minutes of a cycle: Whitfield et al. 2002, doi 10.1091/mbc.02-02-0030."""


def main() -> None:
    print("| course | values | genes | accuracy % | log loss | called of all genes |")
    print("|---|---|---|---|---|---|")
    for key in ("orlando2008-wt1", "orlando2008-wt2"):
        course = load_public(key)
        show(key, "intensities", course, load_labels(), "four", None)
        logs = to_log(course.values, "intensity", key)
        show(key, "their log2", replace(course, values=logs), load_labels(), "four", None)
    # Clones have no names of marker genes: the start is the block's, the period that of the paper.
    course = replace(load_public("whitfield2002"), sync="thymidine")
    labels = load_public_labels("whitfield2002-phases")
    show("whitfield2002", "ratios", replace(course, values=2**course.values), labels, "human", HELA)
    show("whitfield2002", "their log2", course, labels, "human", HELA)


def show(key: str, what: str, course: TimeCourse, labels: Mapping[str, str], *how: Any) -> None:
    scheme, period = how
    calls = call(course, scheme=scheme, period=period)
    codes = encode(labels, course.genes, SCHEMES[scheme])
    judged = (codes >= 0) & (fold_of(course.genes) != TEST_FOLD) & (calls.codes >= 0)
    right = np.mean(calls.codes[judged] == codes[judged])
    loss = -np.log(calls.probabilities[judged, codes[judged]]).mean()
    called = int((~calls.abstained).sum())
    print(f"| {key} | {what} | {judged.sum()} | {100 * right:.1f} | {loss:.3f} | {called} of {len(course)} |")


if __name__ == "__main__":
    main()
