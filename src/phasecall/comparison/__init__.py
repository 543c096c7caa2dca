"""Comparison: two conditions of the same genes, each on its own clock, and what differs between them."""

from phasecall.comparison.pairing import compare
from phasecall.comparison.record import LEVEL, Change, Comparison
from phasecall.comparison.table import require_compared, tabulate

__all__ = ["LEVEL", "Change", "Comparison", "compare", "require_compared", "tabulate"]
