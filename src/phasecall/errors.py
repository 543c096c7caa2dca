"""What phasecall says when it cannot go on: one message that names the fault and the mend."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TypeVar

Row = TypeVar("Row")

MAX_SHOWN = 300
"""Characters of one part of a message that are shown; what is longer is cut in its middle."""


class PhasecallError(Exception):
    """Base of every error that a user can cause and mend.

    Parameters
    ----------
    problem
        What is wrong, in one sentence.
    expected, found
        What was wanted and what was met instead.
    where
        File, line and column, or the name of the argument.
    fix
        What to do about it.

    Examples
    --------
    >>> print(InputError("no times in the header", found="gene,a,b", fix="name the columns by minutes"))
    no times in the header
      found: gene,a,b
      fix: name the columns by minutes
    """

    code = "error"
    exit_status = 2

    def __init__(
        self,
        problem: str,
        *,
        expected: str | None = None,
        found: str | None = None,
        where: str | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.expected = expected
        self.found = found
        self.where = where
        self.fix = fix

    def as_dict(self) -> dict[str, str | None]:
        """Return the one error shape that `--json` and REST share: whole and as it is, since JSON escapes."""
        return {
            "error": self.code,
            "problem": self.problem,
            "expected": self.expected,
            "found": self.found,
            "where": self.where,
            "fix": self.fix,
        }

    def __str__(self) -> str:
        parts = [("expected", self.expected), ("found", self.found), ("where", self.where), ("fix", self.fix)]
        shown = [f"  {name}: {make_printable(text)}" for name, text in parts if text]
        return "\n".join([make_printable(self.problem), *shown])


class InputError(PhasecallError):
    """A file, a table or an argument that cannot be used."""

    code = "bad_input"


class MissingDataError(InputError):
    """A public data set that is not on this machine; its `problem` says why work on it is skipped."""

    code = "missing_data"


class ModelError(PhasecallError):
    """A model file that is not one, was altered, or does not fit the data."""

    code = "bad_model"


class MissingExtraError(PhasecallError):
    """A feature whose libraries belong to an extra that is not installed."""

    code = "missing_extra"

    def __init__(self, feature: str, extra: str, module: str) -> None:
        super().__init__(
            f"{feature} needs the extra '{extra}'",
            found=f"the module '{module}' is not installed",
            fix=f"pip install 'phasecall[{extra}]'",
        )


def require(feature: str, extra: str, *modules: str) -> None:
    """Refuse a feature where a library that it needs is not installed.

    Parameters
    ----------
    feature
        What needs it.
    extra
        The extra that brings it.
    *modules
        What the libraries are called when they are imported.

    Raises
    ------
    MissingExtraError
        If one cannot be imported.

    Examples
    --------
    >>> require("Feathers", "formats", "no_such_library")
    Traceback (most recent call last):
        ...
    phasecall.errors.MissingExtraError: Feathers needs the extra 'formats'
      found: the module 'no_such_library' is not installed
      fix: pip install 'phasecall[formats]'
    """
    for module in modules:
        try:
            import_module(module)
        except ImportError as fault:
            raise MissingExtraError(feature, extra, module) from fault


def make_printable(text: str) -> str:
    r"""Return a text of unknown origin so that it can be shown: on one line, of bounded length.

    A terminal obeys control characters, and some others make text read other than it is; they are escaped.
    The head and the tail of a long text are kept, since a place in a file comes after its path.

    Examples
    --------
    >>> print(make_printable("\x1b[2J a cell\n"), make_printable("YAL001C, é"))
    \x1b[2J a cell\n YAL001C, é
    """
    if len(text) > MAX_SHOWN:
        tail = MAX_SHOWN // 3
        text = f"{text[: MAX_SHOWN - tail - 5]} ... {text[-tail:]}"
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def find_row(table: Mapping[str, Row], key: str, noun: str) -> Row:
    """Return a row of a table by its key.

    Raises
    ------
    InputError
        If the table has no such row; it lists the keys.

    Examples
    --------
    >>> find_row({"four": 4}, "six", "scheme")
    Traceback (most recent call last):
        ...
    phasecall.errors.InputError: no scheme named 'six'
      expected: one of four
    """
    if key not in table:
        raise InputError(f"no {noun} named '{key}'", expected=f"one of {', '.join(table)}")
    return table[key]
