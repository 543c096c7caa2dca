"""What `phasecall finetune` gains by few labels: `python benchmarks/few_labels.py [TRACK ...]`.

From folds 1 to 4 one fold is asked in turn, and 20, 50 and 100 labelled genes are drawn from the other
three, 16 times each; fold 0 is no part of it. Genes asked for are renamed, so that none of them anchors a
clock as a marker; genes of too few values are left out. `cdc15-9` has nine points and is given the period
that all points tell, and `elu`, which covers hardly one turn, the period of its track. Prints, as Markdown,
accuracy in per cent and mean negative log-likelihood of the genes asked for: without labels, and what each
rule adds to them, with the standard error from draw to draw; in how many draws it keeps the original answers,
and the most that a draw lost in likelihood. Takes two minutes a track on one core.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from phasecall import finetuning
from phasecall.benchmark import TRACKS, Task
from phasecall.caller.tuned import call_by_tuned
from phasecall.clock import estimate_clock
from phasecall.labels import TEST_FOLD
from phasecall.points import MIN_VALUES
from phasecall.timecourse import TimeCourse
from phasecall.tuning import score

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

KEYS = ("cdc15-9", "cdc15-23", "alpha", "elu", "pramila", "orlando")
SIZES = (20, 50, 100)
N_DRAWS = 16
_SEED = 2026


@dataclass(frozen=True)
class Trial:
    """Answers without labels and tuned ones: for labelled genes held out, and for the genes asked for."""

    codes: Codes
    held: tuple[Floats, Floats]
    truth: Codes
    asked: tuple[Floats, Floats]


Rule = Callable[[Trial], float]
"""What the tuned answers are to count; 0 where the original ones are kept."""


def take_whole(trial: Trial) -> float:
    """Take the tuned answers whole where they are better."""
    return float(not finetuning._judge(*trial.held, trial.codes).kept_original)


def take_whole_if_sure(trial: Trial) -> float:
    """Take them whole where they are better by more than a standard error, too."""
    zero, tuned = (score(answers, trial.codes) for answers in trial.held)
    gains = tuned - zero
    return take_whole(trial) * float(gains.sum() > gains.std() * np.sqrt(gains.size))


def take_mean(trial: Trial) -> float:
    """Average where the mean is better."""
    zero, tuned = trial.held
    mean = finetuning._average(zero, tuned, trial.codes)
    kept = finetuning._judge(zero, mean, trial.codes).kept_original
    return 0.0 if kept else finetuning._weigh(zero, tuned, trial.codes)


def take_mean_if_no_fewer(trial: Trial) -> float:
    """Average where the mean is better, and not one gene fewer is right."""
    zero, tuned = trial.held
    mean = finetuning._average(zero, tuned, trial.codes)
    before, after = ((answers.argmax(axis=1) == trial.codes).sum() for answers in (zero, mean))
    return take_mean(trial) * float(after >= before)


def take_mean_if_likelier(trial: Trial) -> float:
    """Average where the mean is likelier, whatever its accuracy."""
    zero, tuned = trial.held
    mean = finetuning._average(zero, tuned, trial.codes)
    likelier = score(mean, trial.codes).sum() > score(zero, trial.codes).sum()
    return finetuning._weigh(zero, tuned, trial.codes) if likelier else 0.0


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "mean, if better (chosen)": take_mean,
        "whole, if better": take_whole,
        "whole, if surely better": take_whole_if_sure,
        "mean, if likelier": take_mean_if_likelier,
        "mean, if better, none fewer right": take_mean_if_no_fewer,
    }
)


def draw(task: Task, size: int, number: int) -> tuple[TimeCourse, dict[str, str], NDArray[np.bool_]]:
    """Return a course, the labels drawn, and which genes are asked for; fewer labels are part of more."""
    fold = number % 4 + 1
    asked = task.labelled & (task.folds == fold)
    told = np.isfinite(task.course.values).sum(axis=1) >= MIN_VALUES
    others = np.flatnonzero(task.labelled & told & ~np.isin(task.folds, (TEST_FOLD, fold)))
    genes = tuple(f"asked {row}" if asked[row] else gene for row, gene in enumerate(task.course.genes))
    rows = np.random.default_rng([_SEED, number]).permutation(others)[:size]
    return replace(task.course, genes=genes), {genes[row]: str(task.codes[row]) for row in rows}, asked


def run_trial(task: Task, size: int, number: int, period: float | None) -> Trial:
    """Return the answers of one draw, whatever a rule would make of them."""
    course, labels, asked = draw(task, size, number)
    held: list[tuple[Floats, Floats]] = []
    hold_out, judge = finetuning._hold_out, finetuning._judge

    def record(*bench: object) -> tuple[Floats, Floats]:
        held.append(hold_out(*bench))  # type: ignore[arg-type]
        return held[-1]

    with (
        patch.object(finetuning, "_hold_out", record),
        patch.object(finetuning, "_judge", lambda *given: replace(judge(*given), kept_original=False)),
    ):
        model = finetuning.finetune(course, labels, scheme=task.scheme.key, period=period)
    rows = np.flatnonzero(asked)
    told = (replace(model, share=share) for share in (0.0, 1.0))
    zero, tuned = (call_by_tuned(course, one).probabilities[rows] for one in told)
    read = np.isfinite(zero).all(axis=1)
    return Trial(np.array(model.codes), held[0], task.codes[rows[read]], (zero[read], tuned[read]))


def show(key: str, size: int, trials: list[Trial]) -> None:
    """Print the rows of a track and a number of labels, one a rule."""
    before = np.array([measure(trial, 0.0) for trial in trials])
    start = f"{100 * before[:, 0].mean():.1f} / {before[:, 1].mean():.3f}"
    for name, rule in RULES.items():
        shares = np.array([rule(trial) for trial in trials])
        pairs = zip(trials, shares.tolist(), strict=True)
        gained = np.array([measure(trial, share) for trial, share in pairs]) - before
        error = 100 * gained[:, 0].std(ddof=1) / np.sqrt(len(trials))
        means = f"{100 * gained[:, 0].mean():+.1f} ± {error:.1f} / {gained[:, 1].mean():+.3f}"
        lost = max(float(gained[:, 1].max()), 0.0)
        print(f"| `{key}` | {size} | {start} | {name} | {means} | {(shares == 0).sum()} | {lost:.3f} |")


def measure(trial: Trial, share: float) -> tuple[float, float]:
    """Return accuracy and mean negative log-likelihood of the genes asked for."""
    zero, tuned = trial.asked
    answers = share * tuned + (1 - share) * zero
    right = (answers.argmax(axis=1) == trial.truth).mean()
    return float(right), float(-score(answers, trial.truth).mean())


if __name__ == "__main__":
    print("| track | labels | zero-shot | rule | gained | kept | most lost |\n|---|---|---|---|---|---|---|")
    for track in sys.argv[1:] or KEYS:
        loaded = TRACKS[track].load()
        minutes = loaded.asked[0].period
        if track == "cdc15-9":
            minutes = estimate_clock(loaded.asked[0].whole).clock.period
        for n_labels in SIZES:
            done = [run_trial(loaded, n_labels, number, minutes) for number in range(N_DRAWS)]
            show(track, n_labels, done)
            sys.stdout.flush()
