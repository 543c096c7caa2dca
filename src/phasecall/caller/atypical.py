"""Atypical genes: what the experiments of a call say of how unlike the others a gene is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from phasecall.caller.evidence import Evidence
from phasecall.caller.fusion import Rows, lay_over
from phasecall.calls import Calls
from phasecall.clock import Clock
from phasecall.density import fuse
from phasecall.novelty import Novelty, Profiles, judge_novelty, note_novelty
from phasecall.rhythm import Noise, correlation
from phasecall.timecourse import TimeCourse


def judge_together(experiments: Sequence[Evidence], rows: Sequence[Rows], n: int) -> Novelty:
    """Return how unlike the others genes are by all experiments that have a clock.

    Parameters
    ----------
    experiments
        One or more.
    rows
        Of each experiment the place of its genes among all.
    n
        Number of all genes.
    """
    told = [(one.profiles, own) for one, own in zip(experiments, rows, strict=True) if one.profiles]
    placed = [place for place, (one, _) in enumerate(told) if one.density is not None]
    densities = {place: told[place][0].density for place in placed}
    for place in placed if len(placed) > 1 else []:
        others = [other for other in placed if other != place]
        laid = lay_over(
            [density for other in others if (density := densities[other]) is not None],
            [told[other][1] for other in others],
            n,
        )
        elsewhere = fuse(laid)
        elsewhere[np.isnan(laid).all(axis=(0, 2))] = np.nan
        one, own = told[place]
        told[place] = (replace(one, elsewhere=elsewhere[own]), own)
    return judge_novelty(told, n)


def judge_whole(calls: Calls, course: TimeCourse, clock: Clock, noise: Noise) -> Calls:
    """Return calls by a network on its own grid with how unlike the others genes are at all times measured.

    Parameters
    ----------
    calls
        Of all genes of the course.
    course, clock, noise
        The experiment, the network's clock, and the noise. Calls without a period stay as they are.
    """
    if not np.isfinite(calls.period):
        return calls
    measured = course.select_times(course.measured())
    covariance = correlation(noise, measured.times)
    profiles = Profiles(course.name, measured.values, measured.times, clock, covariance)
    return note_novelty(calls, judge_novelty([(profiles, np.arange(len(course)))], len(course)))
