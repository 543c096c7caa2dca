"""The genes of a report, packed for the page's script: profiles, peaks and densities of all of them.

The script draws and sorts, and computes nothing but a density from its natural parameters. It is given JSON,
then bytes, all of it gzip and base64: browsers unpack that themselves, and nothing of it is ever run.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasecall.calls import Calls, Reason
from phasecall.novelty import PATTERNS
from phasecall.report.wording import FLAGS
from phasecall.synonyms import list_names
from phasecall.timecourse import TimeCourse

STEPS = 254
"""Between the lowest and the highest value of a gene; 255 is a missing value."""
STEP = 0.02
"""Of the natural parameters of a density."""
_NONE = np.iinfo(np.int16).min
_FIGURES = 4


def pack_genes(calls: Calls, course: TimeCourse) -> str:
    """Return what the page's script shows of each gene, as text to put into the page.

    Parameters
    ----------
    calls
        The calls, shape (n,).
    course
        What they were made from: replicates are told apart, times that were not measured left out.

    Returns
    -------
    text
        Base64 of gzip of four bytes (the length of the JSON, the lowest first), the JSON, and three tables
        of numbers, a row a gene: values as steps from the gene's `low` to its `high` (a byte each),
        probabilities in thousandths, and natural parameters of the density in steps of `step` (16 bits, the
        lowest byte first). The highest byte, -1 and the least number stand for "not known".

    Examples
    --------
    >>> import phasecall
    >>> course = phasecall.load("cdc28")
    >>> len(pack_genes(phasecall.call(course), course)) < 200_000
    True
    """
    measured = course.select_times(course.measured())
    steps, low, high = _scale(measured.values)
    heading = _describe(calls, measured) | {"low": _short(low), "high": _short(high)}
    text = json.dumps(heading, allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode()
    chances = np.where(np.isfinite(calls.probabilities), np.round(1000 * calls.probabilities), -1)
    tables = (steps, np.nan_to_num(chances).astype("<i2"), _step_densities(calls))
    content = b"".join([len(text).to_bytes(4, "little"), text, *(table.tobytes() for table in tables)])
    # No time in the heading of the archive: the same calls make the same page.
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def _describe(calls: Calls, course: TimeCourse) -> dict[str, Any]:
    """Return what can be told in JSON: texts, and numbers with None where there is none."""
    reasons, reason = _number(map(str, calls.reason))
    flags, flag = _number(calls.flags)
    sets, phase_set = _number(calls.phase_set)
    known = {code for text in flags for code in text.split(";") if code}
    return {
        "times": _short(course.times),
        "period": _short(np.array([calls.period]))[0],
        "phases": [
            {"name": phase.name, "start": phase.start, "width": phase.width} for phase in calls.scheme.phases
        ],
        "genes": calls.genes,
        "other": {row: " ".join(names) for row, names in list_names(calls.genes).items()},
        "codes": np.where(calls.abstained, -1, calls.codes).tolist(),
        "reasons": reasons,
        "meanings": [Reason(text).meaning if text in set(Reason) else text for text in reasons],
        "reason": reason,
        "flags": flags,
        "flag": flag,
        "told": {code: FLAGS.get(code, code.replace("_", " ")) for code in sorted(known)},
        "patterns": sorted(known & set(PATTERNS)),
        "sets": sets,
        "set": phase_set,
        "sentences": {
            row: calls.atypical[gene] for row, gene in enumerate(calls.genes) if gene in calls.atypical
        },
        "peak": _short(calls.peak_time),
        "from": _short(calls.peak_lo),
        "to": _short(calls.peak_hi),
        "p": _short(calls.periodic_p, 2),
        "q": _short(calls.periodic_q, 2),
        "rank": calls.rank.tolist(),
        "amplitude": _short(calls.amplitude, 3),
        "observed": calls.n_observed.tolist(),
        "missing": calls.n_missing.tolist(),
        "novelty": _short(calls.novelty, 2),
        "steps": STEPS,
        "step": STEP,
        "dense": calls.density is not None,
    }


def _number(texts: Iterable[str]) -> tuple[list[str], list[int]]:
    """Return the different texts, and the place of each text among them."""
    given = list(texts)
    place = {text: number for number, text in enumerate(dict.fromkeys(given))}
    return list(place), [place[text] for text in given]


def _short(numbers: NDArray[Any] | Sequence[float], digits: int = _FIGURES) -> list[float | None]:
    """Return numbers with a few significant figures; None where there is none."""
    array = np.asarray(numbers, dtype=np.float64)
    known = np.isfinite(array)
    return [
        float(f"{number:.{digits}g}") if there else None
        for number, there in zip(array.tolist(), known.tolist(), strict=True)
    ]


def _scale(values: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[Any], NDArray[Any]]:
    """Return values as steps between the lowest and the highest of their gene, and both."""
    known = np.isfinite(values)
    some = known.any(axis=1)
    low = np.where(some, np.where(known, values, np.inf).min(axis=1), np.nan)
    high = np.where(some, np.where(known, values, -np.inf).max(axis=1), np.nan)
    width = np.where(high > low, high - low, 1.0)
    share = (np.where(known, values, 0.0) - np.nan_to_num(low)[:, None]) / width[:, None]
    steps = np.round(STEPS * np.clip(share, 0.0, 1.0))
    return np.where(known, steps, STEPS + 1).astype(np.uint8), low, high


def _step_densities(calls: Calls) -> NDArray[np.int16]:
    """Return the natural parameters of the densities in steps; nothing where peaks rest on none."""
    if calls.density is None:
        return np.empty((len(calls), 0), dtype="<i2")
    steps = np.clip(np.round(np.nan_to_num(calls.density) / STEP), _NONE + 1, np.iinfo(np.int16).max)
    return np.where(np.isfinite(calls.density), steps, _NONE).astype("<i2")
