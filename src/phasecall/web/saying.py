"""Saying: what people type into fields and call their files, and how a command line says the same."""

from __future__ import annotations

import math
from pathlib import PurePosixPath

from phasecall.enquiry import ORGANISMS
from phasecall.errors import InputError, make_printable

_MOST_TIMES = 10_000
_NO_NAME = "file"
_LONGEST_LABEL = 120


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
            where="times",
            found=make_printable(text),
        )
    return times


def say_number(value: float) -> str:
    """Return a number as a visitor would type it, with all its figures: reading it gives the same number.

    Examples
    --------
    >>> say_number(62.0), say_number(62.1234567)
    ('62', '62.1234567')
    """
    return repr(float(value)).removesuffix(".0")


def say_file(name: str) -> str:
    """Return how a command names a file, whatever its name could be taken for.

    Examples
    --------
    >>> say_file("my course.tsv"), say_file("-o.csv"), say_file("yeast")
    ('my course.tsv', './-o.csv', './yeast')
    """
    return f"./{name}" if name.startswith("-") or name in ORGANISMS else name


def label_of_upload(name: str | None) -> str:
    r"""Return what a file is called, from what a client says that it is: a name without folders, to show.

    Examples
    --------
    >>> label_of_upload("../../etc/passwd"), label_of_upload("C:\\data\\course.tsv"), label_of_upload("..")
    ('passwd', 'course.tsv', 'file')
    """
    last = PurePosixPath((name or "").replace("\\", "/")).name
    shown = make_printable(last).strip()[-_LONGEST_LABEL:]
    return shown if shown.strip(".") else _NO_NAME
