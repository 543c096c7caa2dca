"""The question: what a visitor asks about a culture, and the command line that asks the same."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from pathlib import Path

from phasecall.enquiry import ORGANISMS as ORGANISMS
from phasecall.errors import InputError
from phasecall.web.saying import say_file, say_number

_CORRECTED = "corrected.parquet"


@dataclass(frozen=True)
class Given:
    """A file that a visitor gave.

    Parameters
    ----------
    path, name
        Where it lies on the server, and what the visitor calls it.
    """

    path: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """A file or a sample set, and what is said of it where that is not as it was recognised.

    It holds all that an answer depends on: equal questions have equal answers, whichever process gives them.

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
        What ties the clock to turns: one of `ORGANISMS` or a table of genes; a table of labelled genes.
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
    markers: str | Given | None = None
    labels: Given | None = None
    mended: tuple[str, ...] = ()
    model: str | None = None


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


def list_commands(question: Question, output: str = "calls.tsv", report: str | None = None) -> list[str]:
    """Return the command lines that give the same table as a question.

    Parameters
    ----------
    question
        Files are named as the visitor calls them.
    output
        Where the table is written.
    report
        Where the report is written; None where none is wanted.

    Examples
    --------
    >>> list_commands(Question(path="1", name="my course.csv", unit="h", period=85.0))
    ["phasecall call 'my course.csv' --unit h --period 85 -o calls.tsv"]
    >>> for line in list_commands(Question(sample="alpha", mended=("outlying_samples",))):
    ...     print(line)
    phasecall datasets export alpha -o alpha.parquet
    phasecall qc alpha.parquet --correct outlying_samples --corrected corrected.parquet
    phasecall call corrected.parquet -o calls.tsv
    """
    lines, source = [], _say_source(question)
    if question.sample:
        lines.append(["phasecall", "datasets", "export", question.sample, "-o", source])
    reading, culture = _say_reading(question), _say_culture(question)
    if question.mended:
        keys = [word for key in question.mended for word in ("--correct", key)]
        lines.append(["phasecall", "qc", source, *reading, *culture, *keys, "--corrected", _CORRECTED])
        source, reading = _CORRECTED, []
    wanted = ["--scheme", question.scheme] if question.scheme else []
    if question.model:
        culture = ["--model", Path(question.model).name]
    shown = ["--report", report] if report else []
    lines.append(["phasecall", "call", source, *reading, *culture, *wanted, "-o", output, *shown])
    return [shlex.join(words) for words in lines]


def say_source(question: Question) -> str:
    """Return how the last of the commands of a question names the time course.

    Examples
    --------
    >>> say_source(Question(sample="alpha")), say_source(Question(path="1", name="-o.csv"))
    ('alpha.parquet', './-o.csv')
    """
    return _CORRECTED if question.mended else _say_source(question)


def _say_source(question: Question) -> str:
    return f"{question.sample}.parquet" if question.sample else say_file(question.name)


def _say_reading(question: Question) -> list[str]:
    words = [] if question.experiment is None else ["--experiment", question.experiment]
    if question.times is not None:
        words += ["--times", ",".join(map(say_number, question.times))]
    if question.unit is not None:
        words += ["--unit", question.unit]
    if question.scale != "auto":
        words += ["--scale", question.scale]
    return [*words, "--transpose"] if question.transpose else words


def _say_culture(question: Question) -> list[str]:
    words = [] if question.sync is None else ["--sync", question.sync]
    if question.period is not None:
        words += ["--period", say_number(question.period)]
    if question.markers is not None:
        table = question.markers
        words += ["--markers", say_file(table.name) if isinstance(table, Given) else table]
    if question.labels is not None:
        words += ["--labels", say_file(question.labels.name)]
    return words
