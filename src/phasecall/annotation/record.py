"""The annotation of a course: its calls, the sets they were compared with, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from phasecall.annotation.enrichment import compare_clock, compare_phases
from phasecall.annotation.membership import LEAST, MOST, Columns, Membership, fit_sets
from phasecall.calls import Calls
from phasecall.errors import InputError
from phasecall.genesets import GeneSets
from phasecall.io.callfile import list_rows
from phasecall.io.heading import describe_notes
from phasecall.timecourse import Note

WANTED_Q = 0.05
"""Sets below this are told and drawn."""


@dataclass(frozen=True, eq=False)
class Annotation:
    """What sets of genes say of calls.

    Parameters
    ----------
    calls
        The calls.
    members
        Which of their genes the sets hold.
    phases, clock
        Tables of `compare_phases` and `compare_clock`.
    """

    calls: Calls
    members: Membership
    phases: Columns
    clock: Columns

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was left out, and why."""
        return self.members.notes

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
        return {
            "method": self.calls.method,
            "background": len(self.members.names),
            "sets": len(self.members.sets),
            "notes": describe_notes(self.notes),
            "phases": list(list_rows(self.phases)),
            "clock": list(list_rows(self.clock)),
        }


def annotate(
    calls: Calls, files: Sequence[GeneSets], *, least: int = LEAST, most: int = MOST, seed: int = 0
) -> Annotation:
    r"""Compare sets of genes with phases and with places on the clock.

    The background are the genes that were measured well enough to be called, each once.

    Parameters
    ----------
    calls
        Calls of one experiment, or of several fused.
    files
        Gene sets: `phasecall.genesets.read_sets`, `load_slim`.
    least, most
        Sizes of the sets that are looked at, in measured genes.
    seed
        Of the random sets.

    Raises
    ------
    InputError
        If no gene is called, none is in the sets, or no set has such a size.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.genesets import sets_from
    >>> histones = "YBL002W YBL003C YBR009C YBR010W YDR224C YDR225W YNL030W YNL031C".split()
    >>> sets = sets_from("\t".join(["histones", "na", *histones]), "sets.gmt")
    >>> found = annotate(phasecall.call(phasecall.load("alpha")), [sets])
    >>> found.phases["phase"][0], found.phases["n_both"][0].item(), bool(found.clock["p"][0] < 0.001)
    ('Late G1/S', 8, True)
    """
    measured = calls.codes >= 0
    if not measured.any() or calls.abstained.all():
        reasons = [reason for reason in calls.reason if reason]
        most_often = max(set(reasons), key=reasons.count)
        raise InputError(
            "no gene is called: there is nothing to compare gene sets with",
            found=f"{reasons.count(most_often)} of {len(calls)} genes withheld as {most_often}:"
            f" {most_often.meaning}",
            fix="--sync or --period may say what the course does not",
        )
    members = fit_sets(files, calls.genes, measured, least=least, most=most)
    return Annotation(
        calls, members, compare_phases(calls, members), compare_clock(calls, members, seed=seed)
    )


def pick_distinct(columns: Columns, most: int) -> list[int]:
    """Return the first rows with a q of 0.05 or less, without those that say again what one before says.

    A row does where more than half of its genes are those of one before, of the same phase if it has one.

    Examples
    --------
    >>> table = {"q": np.array([0.01, 0.02, 0.03, 0.2]), "genes": ("a;b;c", "b;c", "c;d", "e;f")}
    >>> pick_distinct(table, 5)
    [0, 2]
    """
    picked: list[int] = []
    phases = columns.get("phase", ("",) * len(columns["genes"]))
    genes = [frozenset(names.split(";")) for names in columns["genes"]]
    for row in np.flatnonzero(columns["q"] <= WANTED_Q).tolist():
        before = (genes[one] for one in picked if phases[one] == phases[row])
        if not any(2 * len(genes[row] & own) > len(genes[row]) for own in before):
            picked.append(row)
        if len(picked) == most:
            break
    return picked
