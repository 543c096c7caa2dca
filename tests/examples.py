"""Small examples of what the faces are given: calls with their course, a history, an evaluation."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import phasecall
from phasecall import __version__, metrics
from phasecall.annotation import Annotation, annotate
from phasecall.calls import Calls, Reason
from phasecall.circular import wrap
from phasecall.comparison import Comparison, compare
from phasecall.exploration import Exploration, explore
from phasecall.genesets import sets_from
from phasecall.neighbours import Embedding, embed
from phasecall.phases import SCHEMES, Scheme
from phasecall.qc import Examination, examine
from phasecall.timecourse import Note, TimeCourse

N_GENES = 130
PERIOD = 110.0
NASTY = "<script>alert('gene')</script>"
"""A gene name that a page must show, not run."""


def course(n_genes: int = N_GENES) -> TimeCourse:
    """Cosines with noise, 9 points from 40 to 120 min, two missing values, names that need escaping."""
    rng = np.random.default_rng(1)
    times = np.arange(40.0, 121.0, 10.0)
    values = np.cos(2 * np.pi * (times / PERIOD - _peaks(n_genes)[:, None]))
    values = values * rng.uniform(0.5, 1.5, (n_genes, 1)) + rng.normal(0, 0.3, values.shape)
    values[1, 3] = values[4, 0] = np.nan
    genes = (NASTY, *(f"YAL{number:03d}C" for number in range(1, n_genes)))
    notes = (
        Note("under_one_cycle", "the 80 min measured are 0.73 of a cell cycle: a trend can pass for a peak"),
    )
    return TimeCourse(genes, times, values, name="example & co", sync="cdc15", notes=notes)


def calls(n_genes: int = N_GENES, scheme: str = "four") -> Calls:
    """Calls of `course`: most right, the last of them withheld for every reason there is."""
    rng = np.random.default_rng(2)
    turns = wrap(_peaks(n_genes) + rng.normal(0, 0.03, n_genes))
    chances = probabilities(SCHEMES[scheme].assign(_peaks(n_genes)), SCHEMES[scheme], seed=3)
    withheld = [Reason.ALL_MISSING, Reason.CONSTANT, Reason.TOO_FEW_POINTS, Reason.BETWEEN_PHASES]
    reasons = [Reason.CALLED] * (n_genes - len(withheld)) + withheld
    unknown = np.array([reason in withheld[:3] for reason in reasons])
    chances[unknown] = np.nan
    turns[unknown] = np.nan
    p_values = np.where(unknown, np.nan, rng.uniform(0, 0.05, n_genes))
    rank = np.where(unknown, 0, np.argsort(np.argsort(p_values)) + 1)
    return Calls(
        genes=course(n_genes).genes,
        scheme=SCHEMES[scheme],
        probabilities=chances,
        reason=tuple(reasons),
        peak_turn=turns,
        peak_time=turns * PERIOD,
        peak_lo=turns * PERIOD - 6,
        peak_hi=turns * PERIOD + 6,
        period=PERIOD,
        amplitude=np.where(unknown, np.nan, 1.0),
        periodic_p=p_values,
        periodic_q=np.minimum(p_values * 1.5, 1.0),
        rank=rank.astype(np.int64),
        n_observed=np.full(n_genes, 9),
        n_missing=np.zeros(n_genes, dtype=np.int64),
        novelty=np.full(n_genes, np.nan),
        flags=("few_points;trend", *("" for _ in range(n_genes - 1))),
        method=f"reference {__version__}",
        notes=(Note("interpolated", "2 of the 9 columns are interpolated: they carry no measurement"),),
    )


@cache
def exploration(key: str = "alpha", n_genes: int = 800) -> Exploration:
    """What the figures of the atlas draw: of an embedded course, or of some of its genes."""
    return explore(phasecall.load(key).select_genes(range(n_genes)))


@cache
def replicated() -> Exploration:
    """The same of a course whose first times were measured twice, with an error of their own."""
    alpha = phasecall.load("alpha")
    again = alpha.values[:, :4] + np.random.default_rng(4).normal(0, 0.2, (len(alpha), 4))
    times = np.concatenate([alpha.times, alpha.times[:4]])
    return explore(replace(alpha, times=times, values=np.concatenate([alpha.values, again], axis=1)))


@cache
def annotation(key: str = "alpha") -> Annotation:
    """Sets of genes of an embedded course: those that follow one another on its clock, ten a set."""
    found = phasecall.call(phasecall.load(key))
    order = [index for index in np.argsort(found.peak_turn) if not found.reason[index]]
    names = [found.genes[index] for index in order]
    lines = [f"{name},part {place // 10} of the clock" for place, name in enumerate(names)]
    return annotate(found, [sets_from("gene,set\n" + "\n".join(lines[:260]), "sets.csv")])


@cache
def comparison() -> tuple[Comparison, TimeCourse, TimeCourse]:
    """Two embedded courses compared, some genes of the second silenced, shifted or made louder."""
    one, other = (phasecall.load(key).select_genes(range(400)) for key in ("cdc15", "cdc28"))
    sure = np.argsort(phasecall.call(other).periodic_p)[:24]
    values = other.values.copy()
    values[sure[:8]] = np.random.default_rng(0).normal(0, 0.2, (8, other.times.size))
    values[sure[8:16]] *= -1
    values[sure[16:]] *= 3
    changed = replace(other, values=values)
    return compare(one, changed), one, changed


@cache
def embedding(key: str = "alpha") -> Embedding:
    """The network's numbers for the genes of an embedded course."""
    return embed(phasecall.load(key).select_genes(range(300)))


@cache
def examination() -> Examination:
    """What the page of quality control draws."""
    return examine(phasecall.load("elu"))


def withheld_calls() -> Calls:
    """Calls without an anchor: the minutes of the peaks are known, no phase and no turn is."""
    made = calls()
    reason = tuple(reason or Reason.NO_ANCHOR for reason in made.reason)
    return replace(made, reason=reason, peak_turn=np.full(len(made), np.nan))


def silent_calls() -> Calls:
    """Calls without a peak or a phase for any gene."""
    made = calls()
    missing = np.full(len(made), np.nan)
    return replace(
        made,
        probabilities=np.full_like(made.probabilities, np.nan),
        reason=(Reason.ALL_MISSING,) * len(made),
        peak_turn=missing,
        peak_time=missing,
    )


def history(n_epochs: int = 40) -> list[dict[str, float]]:
    """Two curves that fall and flatten."""
    return [
        {
            "epoch": epoch,
            "loss": 0.3 + np.exp(-epoch / 8),
            "accuracy": 0.9 - 0.6 * np.exp(-epoch / 8),
            "val_loss": 0.45 + np.exp(-epoch / 7) + 0.002 * epoch,
            "val_accuracy": 0.8 - 0.5 * np.exp(-epoch / 7),
        }
        for epoch in range(1, n_epochs + 1)
    ]


def probabilities(
    codes: NDArray[np.int64], scheme: Scheme, *, seed: int = 0, signal: float = 3.0
) -> NDArray[np.float64]:
    """Softmax of noise that leans to the given codes, shape (n, phases)."""
    logits = np.random.default_rng(seed).normal(size=(codes.size, len(scheme)))
    logits[np.arange(codes.size), codes] += signal
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def row(track: str, method: str, *, n: int, signal: float, bound: float | None = None) -> dict[str, Any]:
    """One row of the tracks of a summary; no signal is the majority."""
    scheme = SCHEMES["four"]
    truth = np.random.default_rng(len(track)).choice(4, n, p=[0.2, 0.45, 0.15, 0.2])
    chances = probabilities(truth, scheme, seed=n, signal=signal)
    if method == "majority":
        chances = np.tile([0.2, 0.45, 0.15, 0.2], (n, 1))
    return {
        "track": track,
        "title": _TITLES[track],
        "what": f"What the track {track} means, in a sentence & no <b>markup</b>.",
        "method": method,
        "method_title": f"The {method} method",
        "method_summary": f"What {method} does.",
        "n_train": 4 * n,
        "data_sha256": "decade" * 10 + track[:4],
        **metrics.summarise(truth, chances, scheme, n_boot=200),
        "bayes_optimal": bound,
        "bayes_expected": bound and bound - 0.0058,
        "seconds": 0.1,
    }


def summary() -> dict[str, Any]:
    """An evaluation of three methods on two tracks, in the shape of `metrics.json`."""
    made = calls()
    reasons = [str(reason) for reason in made.reason if reason]
    methods = {"reference": 5.5, "logistic": 3.2, "majority": 0.0}
    return {
        "phasecall": __version__,
        "command": "phasecall demo -o out",
        "seed": 0,
        "tracks": [
            *(row("simulated", name, n=400, signal=x * 0.85, bound=0.997) for name, x in methods.items()),
            *(row("cdc15-9", name, n=126, signal=x / 2) for name, x in methods.items()),
        ],
        "model": {
            "name": "reference",
            "bytes": 39_412,
            "parameters": 54_180,
            "sha256": "c0ffee" * 10 + "feed",
            "scheme": "four",
            "card": {
                "version": "1.0",
                "trained_on": "simulated cultures, then 504 labelled genes of folds 1 to 4",
                "times": [40, 50, 60, 70, 80, 90, 100, 110, 120],
                "temperature": 1.3,
            },
        },
        "speed": {
            "us_per_gene_batch": 14.2,
            "us_single_p50": 41.0,
            "us_single_p99": 66.5,
            "genes_per_second": 70_422.5,
            "n_batch": 4381,
        },
        "calls": {
            "n": len(made),
            "called": int((~made.abstained).sum()),
            "weak_rhythm": int(made.weak.sum()),
            "abstained": {reason: reasons.count(reason) for reason in sorted(set(reasons))},
            "per_phase": {phase.name: made.phase.count(phase.name) for phase in made.scheme.phases},
        },
        "notes": [
            {"code": "labels", "text": "published phases are arcs of a circle; genes sit on the borders"}
        ],
    }


_TITLES = {
    "simulated": "Simulated genes, 9 time points",
    "cdc15-9": "Real held-out genes of cdc15, 9 time points",
}


def _peaks(n_genes: int) -> NDArray[np.float64]:
    return np.random.default_rng(0).uniform(0, 1, n_genes)
