"""The inquiry: what a visitor asks about a culture, and the command line that asks the same."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from pathlib import Path

from phasecall.errors import InputError

ORGANISMS = ("yeast", "human")
"""Whose built-in marker genes may be asked for, as `--markers` has them."""
_MOST_TIMES = 10_000


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """A file or a sample set, and what is said of it where that is not as it was recognised.

    It holds all that an answer depends on: equal inquiries have equal answers, whichever process gives them.

    Parameters
    ----------
    path, name
        Where the file lies on the server, and what the visitor calls it.
    sample
        Key of an embedded time course instead.
    experiment
        Which one of a file with several.
    times, unit, scale, transpose
        As of `phasecall.read`.
    sync, scheme, period
        As of `phasecall.call`.
    markers, labels
        What ties the clock to turns: one of `ORGANISMS` or the file of a table; a file of labelled genes.
    mended
        Keys of the findings that are put right before anything is called.
    model
        File of a finetuned model.
    """

    path: str = ""
    name: str = ""
    sample: str = ""
    experiment: str | None = None
    times: tuple[float, ...] | None = None
    unit: str | None = None
    scale: str = "auto"
    transpose: bool = False
    sync: str | None = None
    scheme: str | None = None
    period: float | None = None
    markers: str | None = None
    labels: str | None = None
    mended: tuple[str, ...] = ()
    model: str | None = None


def split_times(text: str) -> tuple[float, ...] | None:
    """Return the times that a visitor typed, parted by commas or blanks; None of an empty text.

    Raises
    ------
    InputError
        If one is no number.

    Examples
    --------
    >>> split_times(" 0, 10 20.5"), split_times("")
    ((0.0, 10.0, 20.5), None)
    """
    parts = text.replace(",", " ").replace(";", " ").split()
    if not parts:
        return None
    try:
        times = tuple(float(part) for part in parts)
    except ValueError:
        times = (math.nan,)
    if len(times) > _MOST_TIMES or not all(map(math.isfinite, times)):
        raise InputError(
            "the times are no numbers parted by commas",
            expected="one for each column of the file, in its order, such as 0, 10, 20",
            found=text,
        )
    return times


def parse_period(text: str) -> float | None:
    """Return the minutes of a turn that a visitor typed; None of an empty text.

    Raises
    ------
    InputError
        If it is no number above 0.

    Examples
    --------
    >>> parse_period("62.5"), parse_period(" ")
    (62.5, None)
    """
    if not text.strip():
        return None
    try:
        period = float(text)
    except ValueError:
        period = math.nan
    if not (math.isfinite(period) and period > 0):
        raise InputError("the period is no number of minutes above 0", found=text)
    return period


def list_commands(inquiry: Inquiry, output: str = "calls.tsv") -> list[str]:
    """Return the command lines that give the same table as an inquiry.

    Parameters
    ----------
    inquiry
        Files are named as the visitor calls them.
    output
        Where the table is written.

    Examples
    --------
    >>> list_commands(Inquiry(path="/tmp/1", name="my course.csv", unit="h", period=85.0))
    ["phasecall call 'my course.csv' --unit h --period 85 -o calls.tsv"]
    >>> for line in list_commands(Inquiry(sample="alpha", mended=("outlying_samples",))):
    ...     print(line)
    phasecall datasets export alpha -o alpha.parquet
    phasecall qc alpha.parquet --correct outlying_samples --corrected corrected.parquet
    phasecall call corrected.parquet -o calls.tsv
    """
    lines, source = [], inquiry.name
    if inquiry.sample:
        source = f"{inquiry.sample}.parquet"
        lines.append(["phasecall", "datasets", "export", inquiry.sample, "-o", source])
    reading, culture = _say_reading(inquiry), _say_culture(inquiry)
    if inquiry.mended:
        keys = [word for key in inquiry.mended for word in ("--correct", key)]
        lines.append(["phasecall", "qc", source, *reading, *culture, *keys, "--corrected", "corrected.parquet"])
        source, reading = "corrected.parquet", []
    wanted = ["--scheme", inquiry.scheme] if inquiry.scheme else []
    if inquiry.model:
        culture = ["--model", Path(inquiry.model).name]
    lines.append(["phasecall", "call", source, *reading, *culture, *wanted, "-o", output])
    return [shlex.join(words) for words in lines]


def _say_reading(inquiry: Inquiry) -> list[str]:
    words = [] if inquiry.experiment is None else ["--experiment", inquiry.experiment]
    if inquiry.times is not None:
        words += ["--times", ",".join(f"{time:g}" for time in inquiry.times)]
    if inquiry.unit is not None:
        words += ["--unit", inquiry.unit]
    if inquiry.scale != "auto":
        words += ["--scale", inquiry.scale]
    return [*words, "--transpose"] if inquiry.transpose else words


def _say_culture(inquiry: Inquiry) -> list[str]:
    words = [] if inquiry.sync is None else ["--sync", inquiry.sync]
    if inquiry.period is not None:
        words += ["--period", f"{inquiry.period:g}"]
    if inquiry.markers is not None:
        words += ["--markers", Path(inquiry.markers).name]
    if inquiry.labels is not None:
        words += ["--labels", Path(inquiry.labels).name]
    return words
