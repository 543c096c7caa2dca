"""The account: how the calls were made, in sentences for the methods of a paper, with their sources."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import numpy as np

from phasecall import __version__
from phasecall.calls import Calls, Reason
from phasecall.conformal import LEVEL
from phasecall.novelty import PATTERNS
from phasecall.phases import SCHEMES
from phasecall.qc import CHECKS
from phasecall.qc.corrections import CORRECTIONS
from phasecall.timecourse import TimeCourse

SOURCES = MappingProxyType(
    {
        "spellman": "Spellman et al. 1998, Mol Biol Cell 9:3273, doi 10.1091/mbc.9.12.3273",
        "whitfield": "Whitfield et al. 2002, Mol Biol Cell 13:1977, doi 10.1091/mbc.02-02-0030",
        "likelihood": "Patterson and Thompson 1971, Biometrika 58:545, doi 10.1093/biomet/58.3.545",
        "squares": "Aitken 1936, Proc R Soc Edinb 55:42, doi 10.1017/S0370164600014346",
        "combination": "Liu and Xie 2020, J Am Stat Assoc 115:393, doi 10.1080/01621459.2018.1554485",
        "discoveries": "Benjamini and Hochberg 1995, J R Stat Soc B 57:289,"
        " doi 10.1111/j.2517-6161.1995.tb02031.x",
        "sets": "Sadinle, Lei and Wasserman 2019, J Am Stat Assoc 114:223, doi 10.1080/01621459.2017.1395341",
    }
)
"""What the account cites, by key."""

_MARKERS = {"budding yeast": "spellman", "human": "whitfield"}
"""Where the built-in marker genes of an organism are from."""
_LIBRARIES = ("numpy", "scipy", "onnxruntime")


@dataclass(frozen=True)
class Account:
    """How calls were made.

    Parameters
    ----------
    paragraphs
        Sentences; a number in square brackets is the place of a source, from 1.
    sources
        What is cited, in the order in which it is.
    """

    paragraphs: tuple[str, ...]
    sources: tuple[str, ...]


class _Sources:
    """What was cited so far."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def cite(self, key: str) -> str:
        """Return the number of a source in square brackets."""
        if key not in self.keys:
            self.keys.append(key)
        return f"[{self.keys.index(key) + 1}]"


def give_account(calls: Calls, course: TimeCourse, qc: Mapping[str, Any]) -> Account:
    """Return how calls of one time course were made, in sentences for a paper.

    Parameters
    ----------
    calls, course
        The calls and what they were made from.
    qc
        What `phasecall.qc.Examination.describe` says of the course.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.qc import examine
    >>> course = phasecall.load("alpha")
    >>> account = give_account(phasecall.call(course), course, examine(course).describe())
    >>> print(account.paragraphs[1].split(".")[0])
    The quality control of phasecall (26 checks) gave the verdict ok
    >>> account.sources[0].split(",")[0]
    'Patterson and Thompson 1971'
    """
    sources = _Sources()
    parts = (
        [_tell_data(course)],
        _tell_trust(qc),
        _tell_clock(calls, sources),
        _tell_calls(calls, sources),
        _tell_rhythm(calls, sources),
        [_tell_software(course)],
    )
    paragraphs = tuple(filter(None, (" ".join(part) for part in parts)))
    return Account(paragraphs, tuple(SOURCES[key] for key in sources.keys))


def _tell_data(course: TimeCourse) -> str:
    times = np.unique(course.times)
    missing = 100 * float(np.isnan(course.values).mean()) if course.values.size else 0.0
    sync = f" (synchronisation: {course.sync})" if course.sync else ""
    replicates = f", {course.times.size} samples," if course.times.size > times.size else ""
    text = (
        f"{len(course)} genes of the time course {course.name} were read at {times.size} time points"
        f"{replicates} from {times[0]:g} to {times[-1]:g} min{sync}; {missing:.1f} % of the values are"
        " missing."
    )
    if course.interpolated:
        minutes = _enumerate([f"{minute:g}" for minute in course.interpolated])
        text += f" The times {minutes} min were interpolated, and left out."
    done = [note.text for note in course.notes if note.code in {"scale", *CORRECTIONS}]
    return " ".join([text, *(f"{one[:1].upper()}{one[1:]}." for one in done)])


def _tell_trust(qc: Mapping[str, Any]) -> Iterator[str]:
    if not qc:
        return
    found = [one["title"] for one in qc["findings"] if one["verdict"] in ("warn", "fail")]
    yield (
        f"The quality control of phasecall ({len(CHECKS)} checks) gave the verdict {qc['verdict']}"
        f"{f' ({_enumerate(found)})' if found else ''}."
    )
    if qc["score"] is not None:
        span = ""
        if qc["score_lo"] is not None:
            span = f" (95 % interval {qc['score_lo']:.2f} to {qc['score_hi']:.2f})"
        yield f"The synchrony of the culture over the time measured was {qc['score']:.2f} of 1{span}."


def _tell_clock(calls: Calls, sources: _Sources) -> Iterator[str]:
    """Yield what is known of the clock that the calls rest on."""
    clock = calls.clocks[0] if calls.clocks else {}
    period = clock.get("period", np.nan)
    if not np.isfinite(period):
        yield "No length of the cell cycle could be told."
        return
    low, high = (clock.get(end, np.nan) for end in ("period_lo", "period_hi"))
    if np.isnan(low):
        yield f"The clock is that of the network's training: a cell cycle takes {period:.0f} min."
        return
    if low == high:
        yield f"The length of the cell cycle was given as {period:g} min."
    else:
        upper = f"{high:.1f}" if np.isfinite(high) else "unknown"
        yield (
            "The length of the cell cycle was estimated from all genes together: the mean products of their"
            " values at any two arrays were fitted by a wave beside white noise, drift, trend, recovery from"
            " the release and alternating batches, by restricted maximum likelihood"
            f" {sources.cite('likelihood')}. It is {period:.1f} min (95 % interval {low:.1f} to"
            f" {upper} min, jackknife over arrays)."
        )
    anchor = clock["anchor"]
    if not anchor:
        yield "Nothing ties this clock to the cell cycle."
        return
    cited = next((key for whose, key in _MARKERS.items() if f"genes of {whose}" in anchor), "")
    yield (
        f"The experiment starts at turn {clock['turn_at_zero']:.2f} after the M/G1 boundary, told by {anchor}"
        f"{f' {sources.cite(cited)}' if cited else ''}."
    )


def _tell_calls(calls: Calls, sources: _Sources) -> Iterator[str]:
    """Yield how the phase of each gene was told, and when it was withheld."""
    if np.isfinite(calls.peak_time).any():
        yield from _tell_reading(calls, sources)
    known = "spellman" if calls.scheme.source == SCHEMES["four"].source else "whitfield"
    scheme = f"'{calls.scheme.key}' ({calls.scheme.organism})"
    yield f"Phases are the arcs of the scheme {scheme} {sources.cite(known)}."
    withheld = int(calls.abstained.sum())
    if withheld:
        reasons = [reason for reason in Reason if reason and reason in calls.reason]
        counted = [f"{calls.reason.count(reason)} {str(reason).replace('_', ' ')}" for reason in reasons]
        yield f"The phase was withheld for {withheld} of {len(calls)} genes ({_enumerate(counted)})."
    if calls.least is not None:
        yield (
            f"Sets of phases are conformal {sources.cite('sets')}: made to hold the right one of"
            f" {100 * LEVEL:g} % of genes."
        )


def _tell_reading(calls: Calls, sources: _Sources) -> Iterator[str]:
    """Yield how peaks and the probabilities of phases were told."""
    card = calls.card or {}
    if card.get("kind") == "grid":
        yield (
            f"Phases were called by the network {card['name']} {card['version']} ({card['parameters']}"
            f" parameters), which reads {len(card['times'])} time points; peaks are those of fitted cosines."
        )
        return
    if not card:
        yield (
            "Each gene's peak is that of a cosine fitted by generalised least squares"
            f" {sources.cite('squares')}, and the probability of a phase the part of the peak's normal"
            " distribution on its arc."
        )
        return
    yield (
        "Where each gene peaks on the cell cycle was read by a network of phasecall"
        f" ({card['name']} {card['version']}, {card['parameters']} parameters, trained on simulated"
        " experiments and on no real gene) and by a cosine fitted by generalised least squares"
        f" {sources.cite('squares')}; the logarithms of both densities over the cell cycle were averaged."
        " The peak is the most likely place, and its 95 % interval the shortest that holds as much of the"
        " density."
    )
    tuned = card.get("tuned")
    if tuned is None or tuned["kept_original"]:
        yield "The probability of a phase is the part of the density on its arc."
    else:
        yield (
            f"The probabilities of phases were learnt beside that from {tuned['labelled_genes']} genes of"
            " this experiment whose phase is known."
        )
    if tuned is not None and tuned["kept_original"]:
        yield (
            f"A model tuned by {tuned['labelled_genes']} genes of known phase was no better, and did not"
            " count."
        )


def _tell_rhythm(calls: Calls, sources: _Sources) -> Iterator[str]:
    if np.isfinite(calls.periodic_p).any():
        yield (
            "Periodicity was tested by F tests of the wave and of its second harmonic under the noise that"
            f" all genes of the experiment show {sources.cite('squares')}, put together by the Cauchy"
            f" combination {sources.cite('combination')}; q values are those of Benjamini and Hochberg"
            f" {sources.cite('discoveries')}."
        )
    if np.isfinite(calls.novelty).any():
        flagged = sum(any(code in PATTERNS for code in flags.split(";")) for flags in calls.flags)
        yield (
            f"Genes unlike all others of the experiment were sought by the patterns of phasecall.novelty;"
            f" {flagged} of {len(calls)} are flagged (q of at most 0.05)."
        )


def _tell_software(course: TimeCourse) -> str:
    libraries = _enumerate([f"{name} {version(name)}" for name in _LIBRARIES])
    return (
        f"All was computed by phasecall {__version__} with {libraries} on Python {platform.python_version()}."
        " Calls draw nothing at random; quality control draws random orders of the arrays, from the seed 0."
        " Names, times and values as they were called, corrections and logarithms included, have the SHA-256"
        f" {course.sha256()}."
    )


def _enumerate(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
