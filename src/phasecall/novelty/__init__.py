"""Novelty: how unlike the other genes of its own experiment a profile is, as a p value and in words."""

from phasecall.novelty.judgement import MAX_Q, Novelty, Remark, describe, explain, judge_novelty, note_novelty
from phasecall.novelty.profiles import Profiles
from phasecall.novelty.table import PATTERNS, Pattern

__all__ = [
    "MAX_Q",
    "PATTERNS",
    "Novelty",
    "Pattern",
    "Profiles",
    "Remark",
    "describe",
    "explain",
    "judge_novelty",
    "note_novelty",
]
