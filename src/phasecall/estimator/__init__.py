"""Estimators: what labelled genes of an experiment teach, in the form that scikit-learn expects.

Rows are genes, columns the times of one experiment; NaN = missing. Both estimators learn from the values,
and, where `times` are given and `y` speaks of the cell cycle, from what the default network says of them on
the clock of the genes of `fit`: their values tell its period, and `y` its start.

Genes that are asked for tell nothing of the clock, nor of the unit of the experiment: what is said of a gene
is the same whatever genes stand beside it.
"""

from phasecall.estimator.classifier import PhaseClassifier
from phasecall.estimator.regressor import PeakRegressor

__all__ = ["PeakRegressor", "PhaseClassifier"]
