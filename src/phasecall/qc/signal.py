"""Signal: whether there is a rhythm at all, and whether it is the cell cycle's."""

from __future__ import annotations

import numpy as np

from phasecall.caller.rules import MIN_GENES
from phasecall.clock.anchors import MIN_KNOWN
from phasecall.qc.examined import Examined
from phasecall.qc.finding import Finding, Verdict
from phasecall.qc.order import MANY_TIMES, MIN_TIMES

_CHANCE, _CHANCE_FEW, _FEW_TIMES = 0.005, 0.01, 14
"""Share of random orders, and the same of fewer times: .001 to .002 in all courses that come with phasecall
and the public ones (14 times and more) but HeLa, of 12, which has .018."""
_DOUBT = 0.05
"""Of few times an order as good as one random one in twenty is no proof that they are mixed up: every other
sample of the courses of yeast, in the right order, has .001 to .023 where these are nine times or more, but
up to .22 where they are seven or eight. Of fewer than ten, no order is: too few others are worse."""
_AGREE = 0.6
"""Length of the mean arrow of known genes: .94 and more in alpha, cdc15, cdc28, .85 and more in Orlando's,
.6 in elu, which is not quite a turn."""
_RHYTHMIC, _SURE_Q = 0.02, 0.05
"""Share of genes of a q of 0.05: .04 to .16 in the whole genomes of yeast with a clear cycle, .01 in elu, 0
in HeLa."""
_SCORE = 0.5
"""Synchrony: .51 and more in all courses of yeast over one cycle, .36 in elu."""
_LOSS = 0.6
"""Loss a turn: .25 to .45 in alpha, cdc15, cdc28 and Pramila's, .6 in one of Orlando's, .75 in elu."""


def find_order(seen: Examined) -> Finding:
    """Judge whether arrays change in step with time."""
    chance = seen.order.chance
    if not np.isfinite(chance):
        text = f"fewer than {MIN_TIMES} different times, or no gene varies: any order is as good"
        return Finding("order", Verdict.UNKNOWN, text)
    limit = _CHANCE if seen.n_times >= _FEW_TIMES else _CHANCE_FEW
    bad = chance > limit
    text = f"{chance:.1%} of random orders of the arrays look as orderly in time"
    advice = "are the times those of these samples? Look for mixed-up samples in the picture" if bad else ""
    few = seen.n_times < MANY_TIMES
    text += f"; the right order of {seen.n_times} times may be no rarer" if bad and few else ""
    # In few genes neighbours may differ by chance; and few samples have few orders that are worse.
    doubtful = few or (seen.n_times < _FEW_TIMES and chance <= _DOUBT)
    worst = Verdict.WARN if seen.n_telling < MIN_GENES or doubtful else Verdict.FAIL
    verdict = worst if bad else Verdict.OK
    return Finding("order", verdict, text, 100 * chance, 100 * limit, "%", advice=advice)


def find_signal(seen: Examined) -> Finding:
    """Judge whether the best wave explains more than in random orders of the arrays."""
    order, estimate = seen.order, seen.estimate
    if not seen.n_telling:
        text = "no gene has four values that are not all the same"
        return Finding("signal", Verdict.FAIL, text, advice="is this the right table, and the right scale?")
    if not np.isfinite(order.wave):
        return Finding("signal", Verdict.UNKNOWN, "too few times for a wave, or no gene varies")
    beyond = order.wave > order.reached
    vouched = estimate.agreement >= _AGREE
    if beyond and not seen.noted("weak_clock"):
        verdict = Verdict.OK
    else:
        # Known genes that agree on the start, or that nobody knows: there may be a cycle for all that.
        verdict = Verdict.WARN if beyond or vouched or seen.n_known < MIN_KNOWN else Verdict.FAIL
    text = (
        f"the best wave takes up {order.wave:.0%} of the genes' variance, noise that looks like it included;"
        f" one random order in a hundred reaches {order.reached:.0%}"
    )
    advice = (
        "" if verdict is Verdict.OK else "give the period if it is known (--period); call no gene by this"
    )
    return Finding("signal", verdict, text, 100 * order.wave, 100 * order.reached, "%", advice=advice)


def find_rhythm(seen: Examined) -> Finding:
    """Judge how many genes are rhythmic."""
    q_values = seen.rhythm.q_value
    judged = np.isfinite(q_values)
    if not judged.any():
        return Finding("rhythm", Verdict.UNKNOWN, "no gene's rhythm can be judged")
    n_sure = int((q_values[judged] <= _SURE_Q).sum())
    share = n_sure / int(judged.sum())
    few = share < _RHYTHMIC
    text = f"{n_sure} of {int(judged.sum())} genes are rhythmic (q of at most {_SURE_Q:g})"
    advice = "look at periodic_q before you believe a gene; measure more turns or more samples" if few else ""
    verdict = Verdict.WARN if few else Verdict.OK
    return Finding("rhythm", verdict, text, 100 * share, 100 * _RHYTHMIC, "%", advice=advice)


def find_synchrony(seen: Examined) -> Finding:
    """Judge how synchronous the culture is over the time measured: the score."""
    made = seen.synchrony
    if not np.isfinite(made.score):
        return _cannot_tell("synchrony", seen)
    span = f"95 %: {made.low:.2f} to {made.high:.2f}"
    text = f"the culture is synchronous by {made.score:.2f} of 1 ({span}), told by {made.told_by}"
    low = made.score < _SCORE
    verdict = Verdict.WARN if low else Verdict.OK
    advice = "few cells are in step: amplitudes are too small, and weak genes are lost" if low else ""
    return Finding(
        "synchrony", verdict, text, made.score, _SCORE, low=made.low, high=made.high, advice=advice
    )


def _cannot_tell(key: str, seen: Examined) -> Finding:
    """Return that there is no synchrony to be judged, and why."""
    why = "no period, so no synchrony can be told"
    if np.isfinite(seen.estimate.clock.period) and np.isfinite(seen.estimate.gain):
        genes = "1 gene that varies does" if seen.n_telling == 1 else f"{seen.n_telling} genes that vary do"
        why = f"{genes} not tell how synchronous a culture is: {MIN_GENES}, or {MIN_KNOWN} known ones, do"
    return Finding(key, Verdict.UNKNOWN, why)


def find_beginning(seen: Examined) -> Finding:
    """Judge how synchronous the culture is at the release."""
    made = seen.synchrony
    if not np.isfinite(made.start):
        return _cannot_tell("release", seen)
    low = made.start < _SCORE
    text = f"at the release it is {made.start:.2f} of 1"
    advice = "the arrest took too few cells, or they were released too late" if low else ""
    return Finding("release", Verdict.WARN if low else Verdict.OK, text, made.start, _SCORE, advice=advice)


def find_loss(seen: Examined) -> Finding:
    """Judge how fast synchrony is lost."""
    made, estimate = seen.synchrony, seen.estimate
    if not np.isfinite(made.loss):
        return _cannot_tell("loss", seen)
    if estimate.clock.cycles(estimate.times) < 1:
        return Finding("loss", Verdict.UNKNOWN, "less than a turn does not show what a turn loses")
    high = made.loss >= _LOSS
    text = f"the waves of {made.told_by} lose {made.loss:.0%} of their amplitude a turn"
    if round(made.loss, 2) != round(estimate.clock.loss, 2):
        text += f", those of all genes {estimate.clock.loss:.0%}"
    advice = "call by the first turn; later ones say little" if high else ""
    verdict = Verdict.WARN if high else Verdict.OK
    return Finding("loss", verdict, text, 100 * made.loss, 100 * _LOSS, "%", advice=advice)
