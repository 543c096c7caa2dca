"""Annotation: sets of genes against phases and the clock, and hypotheses on genes of unknown function."""

from phasecall.annotation.enrichment import compare_clock, compare_phases
from phasecall.annotation.hypotheses import Hypotheses, propose
from phasecall.annotation.membership import Membership, fit_sets
from phasecall.annotation.record import Annotation, annotate, pick_distinct

__all__ = [
    "Annotation",
    "Hypotheses",
    "Membership",
    "annotate",
    "compare_clock",
    "compare_phases",
    "fit_sets",
    "pick_distinct",
    "propose",
]
