"""Quality control: whether an experiment can be trusted, and what to do about it."""

from phasecall.qc.examination import Examination, examine, tabulate
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.table import CHECKS, Check

__all__ = ["CHECKS", "Check", "Examination", "Finding", "Verdict", "examine", "tabulate"]
