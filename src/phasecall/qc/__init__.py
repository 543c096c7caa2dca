"""Quality control: whether an experiment can be trusted, and what to do about it."""

from phasecall.qc.examination import DOUBTS, Examination, examine, find_doubts, tabulate
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.table import CHECKS, Check

__all__ = [
    "CHECKS",
    "DOUBTS",
    "Check",
    "Examination",
    "Finding",
    "Verdict",
    "examine",
    "find_doubts",
    "tabulate",
]
