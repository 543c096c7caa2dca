"""Methods: the table of everything that can give a phase to a profile, ours and others' beside it."""

from phasecall.methods.record import Examples, Fit, Method, Predict, Probabilities, RefusalError, Score
from phasecall.methods.table import METHODS, NETWORKS

__all__ = [
    "METHODS",
    "NETWORKS",
    "Examples",
    "Fit",
    "Method",
    "Predict",
    "Probabilities",
    "RefusalError",
    "Score",
]
