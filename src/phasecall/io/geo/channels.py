"""Channels: in which dye of a two-colour array the culture is, and the sign its log ratios should have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasecall.io.geo.freetext import tells_swap
from phasecall.io.geo.soft import Sample
from phasecall.io.header import listed
from phasecall.timecourse import Note, Values

MIN_CORRELATION = 0.1
"""Swapped arrays of one time must correlate by so much over the genes to tell whether signs were turned."""

_ENOUGH_PAIRS = 4
"""From so many pairs on, what each gene has in all arrays of one dye is taken off: it is the dye's."""
_REFERENCE = re.compile(
    r"reference|genomic|async|(?<![a-z])(?:un|non-?)synchroni[sz]ed|(?<![a-z])(?:control|common|pool(?:ed)?)(?![a-z])",
    re.I,
)
_RED = re.compile(r"cy-?5|alexa(?:fluor)?[\s-]*647|red", re.I)
_GREEN = re.compile(r"cy-?3|alexa(?:fluor)?[\s-]*555|green", re.I)
# What a description says stands on top of the ratio: a channel, a dye, or the culture itself.
_TOPS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (
        top,
        re.compile(
            rf"(?<![a-z0-9])(?:{over})\s*(?:/|over|vs\.?|versus|to|by)\s*(?:{under})(?![a-z0-9])", re.I
        ),
    )
    for top, over, under in (
        ("2", r"ch(?:annel)?[\s_]*2", r"ch(?:annel)?[\s_]*1"),
        ("1", r"ch(?:annel)?[\s_]*1", r"ch(?:annel)?[\s_]*2"),
        ("red", r"cy-?5|635(?:\s?nm)?|red|r", r"cy-?3|532(?:\s?nm)?|green|g"),
        ("green", r"cy-?3|532(?:\s?nm)?|green|g", r"cy-?5|635(?:\s?nm)?|red|r"),
        (
            "culture",
            r"samples?|tests?|experiment(?:al)?|treat(?:ed|ment)|query",
            r"(?:common\s)?ref(?:erence)?|control",
        ),
        ("reference", r"(?:common\s)?ref(?:erence)?|control", r"samples?|tests?|experiment(?:al)?|query"),
    )
)


@dataclass(frozen=True)
class Side:
    """Where the culture is on one array.

    Parameters
    ----------
    channel
        The culture's, 1 or 2; None where that is not known, 1 on an array of one channel.
    swapped
        Whether the culture is in the other dye than usual: green, or channel 1 where labels do not tell;
        by the title where the channel is not known. None on an array of one channel.
    on_top
        Whether the submitter says that the culture is on top of the ratio; None where that is not known.
    said
        The words that say what is on top.
    """

    channel: int | None
    swapped: bool | None = None
    on_top: bool | None = None
    said: str = ""


def sides_of(samples: Sequence[Sample]) -> list[Side]:
    """Return on which side of its array the culture of each sample is.

    What all two-colour arrays share in either channel is the reference, unless only others are called one.
    """
    two = [sample for sample in samples if _n_channels(sample) == 2]
    count = Counter(text for sample in two for text in {_origin(sample, 1), _origin(sample, 2)} if text)
    shared = [text for text, number in count.items() if number == len(two)]
    called = [text for text in count if _REFERENCE.search(text)]
    alone = len(shared) == 1 and len(two) > 1 and (shared[0] in called or not called)
    reference = shared[0] if alone else None
    return [_side(sample, reference) if _n_channels(sample) == 2 else Side(1) for sample in samples]


def _n_channels(sample: Sample) -> int:
    said = sample.text("channel_count")
    return int(said) if said in ("1", "2") else 2 if sample.text("source_name_ch2") else 1


def _origin(sample: Sample, channel: int) -> str:
    texts = [
        *sample.texts.get(f"source_name_ch{channel}", ()),
        *sample.texts.get(f"characteristics_ch{channel}", ()),
    ]
    return "; ".join(texts).casefold()


def _side(sample: Sample, reference: str | None) -> Side:
    is_reference = [_origin(sample, channel) == reference for channel in (1, 2)]
    if reference is None or all(is_reference):
        is_reference = [_REFERENCE.search(_origin(sample, channel)) is not None for channel in (1, 2)]
    channel = 1 + is_reference.index(False) if sum(is_reference) == 1 else None
    labels = [sample.text("label_ch1"), sample.text("label_ch2")]
    red = next((c for c in (1, 2) if _RED.search(labels[c - 1]) and _GREEN.search(labels[2 - c])), None)
    swapped = tells_swap(sample.title) if channel is None else channel != (red or 2)
    top, said = _top(sample)
    if top in ("culture", "reference"):
        return Side(channel, swapped, top == "culture", said)
    on_top = {"1": 1, "2": 2, "red": red, "green": red and 3 - red}.get(top)
    return Side(channel, swapped, channel == on_top if channel and on_top else None, said)


def _top(sample: Sample) -> tuple[str, str]:
    """Return what is on top of the ratio, and the words that say so; empty where none do."""
    for attribute in ("#value", "data_processing", "description"):
        for text in sample.texts.get(attribute, ()):
            for top, pattern in _TOPS:
                if match := pattern.search(text[:2000]):
                    return top, match[0]
    return "", ""


def align(
    values: Values, times: NDArray[np.float64], samples: Sequence[Sample], sides: Sequence[Side]
) -> tuple[Values, list[Note]]:
    """Return log ratios with the culture on top, and what was done for it.

    Where arrays of one time were labelled both ways, the data decide: log ratios that were not turned
    correlate negatively over the genes. Elsewhere the submitter's words do.

    Parameters
    ----------
    values
        Shape (genes, samples).
    times
        Minutes, shape (samples,).
    samples, sides
        In the order of the columns.
    """
    two = np.array([side.swapped is not None for side in sides])
    swapped = np.array([bool(side.swapped) for side in sides])
    below = np.array([side.on_top is False for side in sides])
    if not two.all() or not (swapped.any() or below.any()):
        return values, []
    if not (values < 0).any():
        text = "no value is below 0: these are no log ratios, and swapped dyes were left as they are"
        return values, [Note("dye_swap", text)]
    r, n_pairs = _correlate(values, times, swapped)
    agreement = f"{n_pairs} pairs of swapped arrays of one time correlate at {r:.2f} (median)"
    if n_pairs and r >= MIN_CORRELATION and not below.all():
        return values, [Note("dye_swap", f"{agreement}: their signs agree, and were left")]
    said = next((side.said for side in sides if side.said), "")
    if n_pairs and r <= -MIN_CORRELATION:
        # Which of the two sides is on top is for the submitter to say; red is the custom.
        turn = below if (below != swapped).all() else swapped
        why = agreement
    elif below.any():
        turn, why = below, f"the submitter's ratio is '{said}'"
    elif any(side.on_top for side in sides):
        return values, [Note("dye_swap", f"dyes were swapped, but the ratio is '{said}': signs were left")]
    elif all(side.channel for side in sides):
        turn, why = swapped, "nothing says what the ratio is: taken for red over green, channel 2 over 1"
    else:
        text = "titles name swapped dyes, but nothing says whether signs were turned: they were left"
        return values, [Note("dye_swap", text)]
    names = [sample.accession for sample, wanted in zip(samples, turn.tolist(), strict=True) if wanted]
    text = (
        f"the sign of {len(names)} of {len(samples)} samples was turned, so that the culture is on top: {why}"
    )
    return np.where(turn, -values, values), [Note("dye_swap", f"{text}; {listed(names, 60)}")]


def _correlate(values: Values, times: NDArray[np.float64], swapped: NDArray[np.bool_]) -> tuple[float, int]:
    """Return the median correlation of arrays of one time that were labelled both ways, and their number."""
    shared = [time for time in np.unique(times).tolist() if len(set(swapped[times == time].tolist())) == 2]
    both = [(time == times) & side for time in shared for side in (swapped, ~swapped)]
    if not both:
        return 0.0, 0
    with np.errstate(invalid="ignore"):
        member = np.array(both).T.astype(np.float64)
        observed = np.isfinite(values)
        means = (np.where(observed, values, 0.0) @ member) / (observed @ member)
    ours, others = means[:, ::2], means[:, 1::2]
    complete = np.isfinite(means).all(axis=1)
    ours, others = ours[complete], others[complete]
    if len(shared) >= _ENOUGH_PAIRS:
        ours, others = ours - ours.mean(axis=1)[:, None], others - others.mean(axis=1)[:, None]
    found = [_pearson(ours[:, pair], others[:, pair]) for pair in range(len(shared))]
    return (float(np.median(found)) if len(ours) > 2 else 0.0), len(shared)


def _pearson(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    x, y = x - x.mean(), y - y.mean()
    norm = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / norm if norm > 0 else 0.0
