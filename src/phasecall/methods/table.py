"""The table of methods."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from phasecall.methods.clocked import call_peaks, fit_folded
from phasecall.methods.deep import learn_fcn, learn_scratch
from phasecall.methods.default import call_default, tune_default
from phasecall.methods.inputs import of_columns, on_one_grid
from phasecall.methods.peaks import call_by_peak, find_by_bootjtk, find_by_cosinorpy, score_by_test
from phasecall.methods.plain import fit_logistic, fit_majority
from phasecall.methods.record import Method
from phasecall.methods.rhythms import score_aligned, score_by
from phasecall.methods.series import learn_hydra, learn_minirocket, learn_neighbours
from phasecall.methods.vectors import learn_boosting, learn_svm, learn_trees

_OURS = (
    Method(
        "phasecall",
        "phasecall (zero-shot)",
        "The default network, trained on simulated cultures alone, and the gene's wave on the experiment's"
        " clock, whose start genes of other folds tell, as for all methods that use a clock.",
        call_default,
        needs_labels=False,
    ),
    Method(
        "phasecall-tuned",
        "phasecall (tuned)",
        "The default network, and kernel logistic regression on asinh of the values of training genes.",
        tune_default,
        needs_labels=False,
    ),
    Method(
        "reference",
        "Published network",
        "CNN and BiLSTM on nine points, trained on simulated cultures and labelled genes of folds 2 to 4.",
    ),
    Method(
        "logistic",
        "Logistic regression",
        "Multinomial logistic regression on asinh of the values, fitted to the training genes.",
        on_one_grid(fit_logistic),
        packages=("scikit-learn",),
    ),
    Method(
        "majority",
        "Majority class",
        "The shares of the phases among the track's training genes, whatever the profile.",
        fit_majority,
    ),
    Method(
        "cosinor",
        "Cosinor on the clock",
        "The arc under the peak of a cosine fitted with the experiment's clock and noise; nothing is learnt.",
        call_peaks,
        needs_labels=False,
    ),
    Method(
        "folded",
        "Folded profile",
        "Logistic regression on the shape of the profile folded on the clock; reads any experiment.",
        fit_folded,
        packages=("scikit-learn",),
    ),
)

_SCORES = (
    Method(
        "fourier",
        "Fourier score, aligned",
        "Spellman's Fourier score over all experiments, their phases aligned; orders genes, calls no phase.",
        score=score_aligned,
    ),
    Method(
        "combined",
        "Regulation and periodicity",
        "De Lichtenberg's product of the p values of both, summed over experiments; calls no phase.",
        score=score_by("combined"),
    ),
    Method(
        "amplitude",
        "Cosinor amplitude",
        "Amplitude of the cosinor, summed over experiments; orders genes, calls no phase.",
        score=score_by("amplitude"),
    ),
    Method(
        "jtk",
        "JTK_CYCLE",
        "-log10 p of JTK_CYCLE, summed over experiments; orders genes, calls no phase.",
        score=score_by("jtk"),
    ),
)

_CLASSIFIERS = (
    Method(
        "svm",
        "SVM (RBF)",
        "Support vectors on asinh of the values; C and gamma by inner folds, sigmoids for probabilities.",
        of_columns(learn_svm),
        packages=("scikit-learn",),
        refuses_gaps=True,
    ),
    Method(
        "extra-trees",
        "Extra trees",
        "500 extremely randomised trees on asinh of the values.",
        of_columns(learn_trees),
        packages=("scikit-learn",),
    ),
    Method(
        "lightgbm",
        "LightGBM",
        "Boosted trees on asinh of the values, with the package's own settings.",
        of_columns(learn_boosting),
        packages=("lightgbm",),
    ),
    Method(
        "dtw",
        "k-NN, time warping",
        "Votes of the nearest standardised profiles; window and number of neighbours by leaving one out.",
        of_columns(learn_neighbours),
        packages=("aeon",),
        refuses_gaps=True,
    ),
    Method(
        "minirocket",
        "MiniRocket",
        "10,000 fixed convolutions of the standardised profile and a ridge classifier.",
        of_columns(learn_minirocket),
        packages=("aeon",),
        refuses_gaps=True,
        slow=True,
    ),
    Method(
        "hydra",
        "MultiRocket-Hydra",
        "Convolutions of the standardised profile, pooled and competing, and a ridge classifier.",
        of_columns(learn_hydra),
        packages=("aeon", "torch"),
        refuses_gaps=True,
        slow=True,
    ),
    Method(
        "fcn",
        "FCN",
        "The fully convolutional network of Wang et al. 2017, written anew, trained on the training genes.",
        of_columns(learn_fcn),
        packages=("keras", "jax"),
        refuses_gaps=True,
        slow=True,
    ),
    Method(
        "scratch",
        "CNN-BiLSTM (from scratch)",
        "The published network in its published setting, trained on the track's training genes alone.",
        of_columns(learn_scratch),
        packages=("keras", "jax"),
        refuses_gaps=True,
        slow=True,
    ),
)

_PEAK_FINDERS = (
    Method(
        "cosinorpy",
        "CosinorPy",
        "The arc under the peak of its cosinor at the clock's period; p of the fit as score.",
        call_by_peak(find_by_cosinorpy),
        score_by_test(find_by_cosinorpy),
        packages=("CosinorPy",),
        slow=True,
        needs_labels=False,
    ),
    Method(
        "bootjtk",
        "bootjtk (empirical JTK)",
        "The arc under the peak of the best of its lagged, skewed waves; gamma-fitted p as score.",
        call_by_peak(find_by_bootjtk),
        score_by_test(find_by_bootjtk),
        packages=("bootjtk",),
        refuses_gaps=True,
        slow=True,
        needs_labels=False,
    ),
)

METHODS: Mapping[str, Method] = MappingProxyType(
    {method.key: method for method in (*_OURS, *_SCORES, *_CLASSIFIERS, *_PEAK_FINDERS)}
)
"""Every method, by key."""

NETWORKS = ("phasecall", "phasecall-tuned", "reference")
"""Keys of the methods with a network of this package: figures single them out."""
