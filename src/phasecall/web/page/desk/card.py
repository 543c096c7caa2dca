"""The card of a gene: its profile, where it peaks and how sure that is, and what to know in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from phasecall.web.page.desk.question import Question

if TYPE_CHECKING:
    from phasecall.calls import Calls

_N_CURVE = 160
_BINS = 4
"""Parts of the laid out density that are shown as one: 90 places on the circle."""


@dataclass(frozen=True)
class Card:
    """A gene as the page shows it.

    Parameters
    ----------
    gene
        Its name.
    phase
        Name of the called phase; empty where it is withheld.
    code
        Of the most probable phase; -1 where there is none.
    facts
        Terms and what is known, in words.
    words
        What else to know: why the phase is withheld, flags, what is unlike other genes.
    chances
        Name of each phase and its probability; none where there is no answer.
    arcs
        Start and end of each phase, turns; the last ends at 1.
    points
        Minute and value of each sample that was measured and has one.
    curve
        Minute and value along the wave of the clock's period; none where none was fitted.
    peaks
        Each peak in the time measured: its minute and both ends of its 95 % interval.
    density
        Turn and probability of places on the circle; none where the calls rest on no density.
    peak
        The peak and both ends of its interval, turns; None where it is not known.
    """

    gene: str
    phase: str
    code: int
    facts: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    chances: tuple[tuple[str, float], ...]
    arcs: tuple[tuple[float, float], ...]
    points: tuple[tuple[float, float], ...]
    curve: tuple[tuple[float, float], ...]
    peaks: tuple[tuple[float, float, float], ...]
    density: tuple[tuple[float, float], ...]
    peak: tuple[float, float, float] | None


def lay_card(question: Question, row: int) -> Card:
    """Return the card of a gene by its row."""
    import numpy as np

    from phasecall.web.page.desk.culture import call_genes, find_course, lay_density

    calls, course = call_genes(question), find_course(question)
    values = course.values[row]
    seen = np.flatnonzero(np.isfinite(values) & course.measured())
    chances = calls.probabilities[row]
    told = bool(np.isfinite(chances).all())
    masses = lay_density(question)
    peak = None
    if np.isfinite(calls.peak_turn[row]) and np.isfinite(calls.period):
        ends = (calls.peak_lo[row], calls.peak_hi[row])
        low, high = ((end - calls.peak_time[row]) / calls.period + calls.peak_turn[row] for end in ends)
        peak = (float(calls.peak_turn[row]), float(low), float(high))
    names = [phase.name for phase in calls.scheme.phases]
    return Card(
        gene=calls.genes[row],
        phase=calls.phase[row],
        code=int(calls.codes[row]),
        facts=tuple(_tell_facts(calls, row)),
        words=tuple(_tell_words(calls, row)),
        chances=tuple(zip(names, chances.tolist(), strict=True)) if told else (),
        arcs=tuple((phase.start, phase.end or 1.0) for phase in calls.scheme.phases),
        points=tuple(zip(course.times[seen].tolist(), values[seen].tolist(), strict=True)),
        curve=_trace(question, row),
        peaks=tuple(_list_peaks(calls, row, float(course.times[0]), float(course.times[-1]))),
        density=_thin(masses[row]) if masses is not None and told else (),
        peak=peak,
    )


def _thin(masses: Any) -> tuple[tuple[float, float], ...]:
    """Return a density at fewer places: what lies about each of them."""
    shares = masses.reshape(-1, _BINS).sum(axis=1).tolist()
    return tuple(((place + 0.5) / len(shares), share) for place, share in enumerate(shares))


def _trace(question: Question, row: int) -> tuple[tuple[float, float], ...]:
    """Return the wave that was fitted to a gene; nothing where none was."""
    import numpy as np

    from phasecall.errors import InputError
    from phasecall.web.page.desk.culture import explore_course, fit_waves

    try:
        found, waves = explore_course(question), fit_waves(question)
    except InputError:
        # No gene has a profile: there is nothing to fit, and the card shows its points only.
        return ()
    place = np.flatnonzero(found.rows == row)
    if waves is None or not place.size:
        return ()
    minutes = np.linspace(found.course.times[0], found.course.times[-1], _N_CURVE)
    curve = waves.trace(minutes)[place[0]]
    return tuple(zip(minutes.tolist(), curve.tolist(), strict=True)) if np.isfinite(curve).all() else ()


def _list_peaks(calls: Calls, row: int, first: float, last: float) -> Iterator[tuple[float, float, float]]:
    """Yield the peaks of a gene in the time measured, with their intervals cut to it."""
    import numpy as np

    peak, period = float(calls.peak_time[row]), float(calls.period)
    if not (np.isfinite(peak) and np.isfinite(period)):
        return
    low, high = float(calls.peak_lo[row]) - peak, float(calls.peak_hi[row]) - peak
    for turn in range(int(np.ceil((first - peak) / period)), int(np.floor((last - peak) / period)) + 1):
        minute = peak + turn * period
        yield minute, max(minute + low, first), min(minute + high, last)


def _tell_facts(calls: Calls, row: int) -> Iterator[tuple[str, str]]:
    from phasecall.notation import UNKNOWN, format_number, format_percent
    from phasecall.synonyms import list_names

    others = list_names([calls.genes[row]])
    if others:
        yield "Other names", " ".join(others[0])
    yield "Phase", calls.phase[row] or "withheld"
    if calls.phase_set[row]:
        yield "May belong to", calls.phase_set[row].replace(";", ", ")
    yield "Confidence", format_percent(calls.confidence[row])
    low, high = format_number(calls.peak_lo[row], 0), format_number(calls.peak_hi[row], 0)
    known = calls.peak_time[row] == calls.peak_time[row]
    yield (
        "Peak",
        f"{format_number(calls.peak_time[row], 1)} min (95 %: {low} to {high})" if known else UNKNOWN,
    )
    yield "Peak on the turn", format_number(calls.peak_turn[row], 3)
    yield "Amplitude", format_number(calls.amplitude[row], 3)
    q = calls.periodic_q[row]
    rank = f", rank {calls.rank[row]} of {len(calls)}" if calls.rank[row] else ""
    yield "Rhythm, q", f"{q:.2g}{rank}" if q == q else UNKNOWN
    yield "Values", f"{calls.n_observed[row]} measured, {calls.n_missing[row]} missing"


def _tell_words(calls: Calls, row: int) -> Iterator[str]:
    from phasecall.novelty import PATTERNS, explain
    from phasecall.report.wording import FLAGS

    if calls.reason[row]:
        yield f"The phase is withheld: {calls.reason[row].meaning}."
    for code in filter(None, calls.flags[row].split(";")):
        if code not in PATTERNS:
            meaning = FLAGS[code]
            yield f"{meaning[0].upper()}{meaning[1:]}."
    odd = explain(calls, calls.genes[row])
    if odd:
        yield f"Atypical: {odd}."
