"""The visit: one visitor's stay on the page - their files, what they asked, and who answers."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from phasecall.errors import PhasecallError
from phasecall.web.page.clerk import Clerk, Office
from phasecall.web.page.desk.answer import Answer
from phasecall.web.page.desk.question import Question
from phasecall.web.page.desk.recognition import Recognised
from phasecall.web.work import Tell

Result = TypeVar("Result")

_MOST_FILES = 200
"""Files given and taken away in one visit."""


class Visit:
    """A visitor's stay; nobody else sees what belongs to it, and nothing is left of it afterwards.

    Parameters
    ----------
    office
        Of the server; in its folder the visit has one of its own.

    Raises
    ------
    PhasecallError
        If there are as many visits as there may be.
    """

    def __init__(self, office: Office) -> None:
        if office.n_visits >= office.limits.visits:
            raise PhasecallError(
                "this page is open as often as it may be",
                expected=f"at most {office.limits.visits} tabs at once, of all visitors together",
                fix="Close other tabs of it, wait a minute and load the page anew",
            )
        office.n_visits += 1
        self._office = office
        self.limits = office.limits
        self.folder = Path(tempfile.mkdtemp(prefix="visit-", dir=office.root))
        self.clerk = Clerk(office)
        self.draft = Question()
        """What is being said of a file before it is called."""
        self.question = Question()
        """What was answered."""
        self.recognised: Recognised | None = None
        self.answer: Answer | None = None
        self.other: Question | None = None
        """The second experiment of a comparison."""
        self.tuned: str | None = None
        """File of the model that was tuned to the experiment."""
        self._n_files = 0

    def close(self) -> None:
        """Stop what is being done and delete all files."""
        self._office.n_visits -= 1
        self.clerk.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def reserve(self, name: str, size: int = 0) -> Path:
        """Return where a new file of the visit may lie: in a folder of its own.

        Parameters
        ----------
        name
            One of ours; what the visitor calls a file is only shown.
        size
            Bytes of the file, where that is known.

        Raises
        ------
        PhasecallError
            If the visit has as many files as it may have, or there is no room for another.
        """
        self.require_room(size)
        self._n_files += 1
        if self._n_files > _MOST_FILES:
            raise PhasecallError("this visit has as many files as it may have", fix="load the page anew")
        folder = self.folder / str(self._n_files)
        try:
            folder.mkdir()
        except OSError as fault:
            raise refuse_file(fault) from None
        return folder / name

    def require_room(self, size: int = 0) -> None:
        """Refuse so many bytes beside the files of the visit where that is more than it may have.

        Raises
        ------
        PhasecallError
            If it is.
        """
        most = self.limits.visit_bytes
        used = 0
        for file in self.folder.glob("*/*"):
            # Meanwhile it may have been sent, or got its name.
            with suppress(FileNotFoundError):
                used += file.stat().st_size
        if used + size > most:
            raise PhasecallError(
                "the files of this visit take too much room",
                expected=f"at most {most >> 20} MiB together",
                fix="load the page anew, which deletes them, or use the command line",
            )

    async def ask(self, work: Callable[..., Result], *given: object, tell: Tell | None = None) -> Result:
        """Return what a function of the desk says; files are named in messages as the visitor calls them.

        Raises
        ------
        PhasecallError
            As `Clerk.ask` does.
        """
        try:
            return await self.clerk.ask(work, *given, tell=tell)
        except PhasecallError as fault:
            raise self._without_folder(fault) from None

    def _without_folder(self, fault: PhasecallError) -> PhasecallError:
        place = re.compile(re.escape(str(self.folder)) + r"[\\/]\d+[\\/]")
        told = {
            name: place.sub("", text) if isinstance(text := getattr(fault, name), str) else None
            for name in ("expected", "found", "where", "fix")
        }
        renewed = PhasecallError(place.sub("", fault.problem), **told)
        renewed.code = fault.code
        return renewed


def refuse_file(fault: OSError) -> PhasecallError:
    """Return what to tell a visitor whose file could not be kept."""
    fix = "try again later, or use the command line"
    return PhasecallError("the server cannot keep the file", found=fault.strerror or str(fault), fix=fix)
