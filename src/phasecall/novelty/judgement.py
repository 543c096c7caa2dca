"""Judgement: one p value a gene from all patterns and experiments, what is flagged, and why in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phasecall.calls import Calls
from phasecall.errors import InputError
from phasecall.novelty.profiles import Floats, Profiles
from phasecall.novelty.shapes import sidak
from phasecall.novelty.table import PATTERNS
from phasecall.rhythm import adjust
from phasecall.timecourse import Note

MAX_Q = 0.05
"""Up to this Benjamini-Hochberg q value a gene is flagged."""


@dataclass(frozen=True, eq=False)
class Novelty:
    """How unlike its experiments' genes each gene is.

    Parameters
    ----------
    p_value, q_value
        Shape (n,); NaN where a gene cannot be judged.
    flags
        Pattern of the smallest p value where `q_value` is at most `MAX_Q`, else empty; shape (n,).
    sentences
        Why, of each gene that is flagged, by its row.
    """

    p_value: Floats
    q_value: Floats
    flags: tuple[str, ...]
    sentences: dict[int, str]


class Remark(NamedTuple):
    """Why a gene is flagged: its name, the code and the title of the pattern, its p value, and a sentence."""

    gene: str
    pattern: str
    title: str
    p_value: float
    sentence: str


def judge_novelty(experiments: Sequence[tuple[Profiles, NDArray[np.int64]]], n: int) -> Novelty:
    r"""Return how unlike the other genes of their experiments some genes are.

    Every pattern of `PATTERNS` is tested in every experiment. Of a gene that k tests judge with the smallest
    p value p, novelty is :math:`1 - (1 - p)^k` (Šidák 1967, doi 10.1080/01621459.1967.10482935).

    Parameters
    ----------
    experiments
        Of each its profiles, and the rows of their genes among all.
    n
        Number of all genes.

    Examples
    --------
    >>> from phasecall.clock import Clock
    >>> times = np.arange(0.0, 240, 10)
    >>> values = np.random.default_rng(0).normal(size=(100, 24))
    >>> values[7, 5] += 30
    >>> profiles = Profiles("", values, times, Clock(100.0, 0.0), np.eye(24))
    >>> told = judge_novelty([(profiles, np.arange(100))], 100)
    >>> told.flags[7], told.sentences[7].split(",")[0]
    ('spike', 'the sample at 50 min is far from what the others say')
    """
    findings = [
        (pattern, one, own, pattern.test(one)) for one, own in experiments for pattern in PATTERNS.values()
    ]
    laid = np.full((max(len(findings), 1), n), np.nan)
    for place, (_, _, own, finding) in enumerate(findings):
        laid[place, own] = finding.p_value
    count = np.isfinite(laid).sum(axis=0)
    smallest = np.where(np.isfinite(laid), laid, 2.0)
    which = smallest.argmin(axis=0)
    p_value = np.full(n, np.nan)
    judged = count > 0
    p_value[judged] = sidak(smallest.min(axis=0)[judged], count[judged])
    q_value = adjust(p_value)
    flags, sentences = [""] * n, {}
    for row in np.flatnonzero(q_value <= MAX_Q).tolist():
        pattern, one, own, finding = findings[which[row]]
        place = int(np.flatnonzero(own == row)[0])
        flags[row] = pattern.key
        where = f" ({one.name})" if len(experiments) > 1 else ""
        told = pattern.sentence.format(**finding.tell(place))
        sentences[row] = f"{told}{where}, p = {p_value[row]:.2g}"
    return Novelty(p_value, q_value, tuple(flags), sentences)


def note_novelty(calls: Calls, novelty: Novelty) -> Calls:
    """Return calls with how unlike the other genes each is, flagged and in words."""
    flags = zip(calls.flags, novelty.flags, strict=True)
    return replace(
        calls,
        novelty=novelty.p_value,
        flags=tuple(";".join(filter(None, codes)) for codes in flags),
        atypical={calls.genes[row]: sentence for row, sentence in novelty.sentences.items()},
        notes=(*calls.notes, *_count(novelty)),
    )


def _count(novelty: Novelty) -> Iterator[Note]:
    """Yield a note on how many genes are flagged, and why."""
    if not novelty.sentences:
        return
    found = Counter(filter(None, novelty.flags)).most_common()
    kinds = ", ".join(f"{count} {key}" for key, count in found)
    text = f"{len(novelty.sentences)} genes are unlike all others: {kinds} (columns novelty and flags)"
    yield Note("atypical", text.replace("1 genes are", "1 gene is") if len(novelty.sentences) == 1 else text)


def describe(calls: Calls) -> list[Remark]:
    """Return why genes are flagged as unlike the others, the most unlike first.

    Parameters
    ----------
    calls
        As `phasecall.call` returns them. Of calls read from a file sentences say no more than the flag.

    Examples
    --------
    >>> import phasecall
    >>> [remark] = describe(phasecall.call(phasecall.load("cdc15")))[:1]
    >>> remark.pattern, round(remark.p_value, 9)
    ('spike', 0.0)
    """
    remarks = []
    for gene, flags, p_value in zip(calls.genes, calls.flags, calls.novelty.tolist(), strict=True):
        for code in (key for key in PATTERNS if key in flags.split(";")):
            title = PATTERNS[code].title
            sentence = calls.atypical.get(gene, f"{title}, p = {p_value:.2g}")
            remarks.append(Remark(gene, code, title, p_value, sentence))
    return sorted(remarks, key=lambda remark: remark.p_value)


def explain(calls: Calls, gene: str) -> str:
    """Return in words what is unlike the others in a gene; empty if nothing is flagged.

    Raises
    ------
    InputError
        If the calls do not have the gene.

    Examples
    --------
    >>> import phasecall
    >>> calls = phasecall.call(phasecall.load("alpha"))
    >>> explain(calls, calls.genes[0])
    ''
    """
    if gene not in calls.genes:
        raise InputError(
            "these calls do not have the gene", found=gene, expected=f"a gene such as {calls.genes[0]}"
        )
    return next((remark.sentence for remark in describe(calls) if remark.gene == gene), "")
