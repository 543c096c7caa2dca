"""Peers that read a row of numbers: support vectors, extremely randomised trees, boosted trees."""

from __future__ import annotations

import warnings

import numpy as np

from phasecall.methods.inputs import Answer, Codes, Floats, needing, read_values
from phasecall.methods.record import Examples

_FOLDS = 5
_STRENGTHS = tuple(2.0**power for power in (-1, 1, 3, 5, 7))
_WIDTHS = tuple(2.0**power for power in (-9, -7, -5, -3, -1))
_N_TREES = 500


def learn_svm(known: Examples, codes: Codes, seed: int) -> Answer:
    """Fit support vectors with a Gaussian kernel to scaled values.

    C and gamma are those of a coarse grid with the best accuracy in five folds of the training genes;
    probabilities are sigmoids of decisions on genes that the machine was not fitted to, one a phase.

    References
    ----------
    Cortes and Vapnik 1995, doi 10.1007/BF00994018; grid: Chang and Lin 2011, doi 10.1145/1961189.1961199;
    sigmoids: Zadrozny and Elkan 2002, doi 10.1145/775047.775151.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    values, codes = _repeat_rare(read_values(known), codes)
    folds = StratifiedKFold(min(_FOLDS, int(np.bincount(codes).min())), shuffle=True, random_state=seed)
    machine = make_pipeline(StandardScaler(), SVC())
    grid = {"svc__C": _STRENGTHS, "svc__gamma": _WIDTHS}
    search = GridSearchCV(machine, grid, cv=folds, n_jobs=1).fit(values, codes)
    model = CalibratedClassifierCV(search.best_estimator_, cv=folds, ensemble=False).fit(values, codes)
    return lambda asked: np.asarray(model.predict_proba(read_values(asked)))


def learn_trees(known: Examples, codes: Codes, seed: int) -> Answer:
    """Fit 500 extremely randomised trees; they take missing values as they are.

    References
    ----------
    Geurts, Ernst and Wehenkel 2006, doi 10.1007/s10994-006-6226-1.
    """
    from sklearn.ensemble import ExtraTreesClassifier

    model = ExtraTreesClassifier(_N_TREES, random_state=seed, n_jobs=1)
    model.fit(read_values(known, filled=False), codes)
    return lambda asked: np.asarray(model.predict_proba(read_values(asked, filled=False)))


def learn_boosting(known: Examples, codes: Codes, seed: int) -> Answer:
    """Fit LightGBM as it comes, made deterministic; it takes missing values as they are.

    References
    ----------
    Ke et al. 2017, https://papers.nips.cc/paper/6907-lightgbm-a-highly-efficient-gradient-boosting-decision-tree
    """
    with needing("LightGBM"):
        from lightgbm import LGBMClassifier

    model = LGBMClassifier(random_state=seed, n_jobs=1, deterministic=True, force_row_wise=True, verbosity=-1)
    model.fit(read_values(known, filled=False), codes)

    def answer(asked: Examples) -> Floats:
        with warnings.catch_warnings():
            # scikit-learn misses names of columns that LightGBM made up itself.
            warnings.filterwarnings("ignore", "X does not have valid feature names", UserWarning)
            return np.asarray(model.predict_proba(read_values(asked, filled=False)))

    return answer


def _repeat_rare(values: Floats, codes: Codes) -> tuple[Floats, Codes]:
    """Return the genes, the only one of a phase twice: calibration wants one to fit to and one to judge."""
    alone = np.flatnonzero(np.bincount(codes)[codes] == 1)
    return np.vstack([values, values[alone]]), np.concatenate([codes, codes[alone]])
