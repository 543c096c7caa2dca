"""The table of a comparison, as it is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

from phasecall.comparison.record import Comparison
from phasecall.errors import InputError
from phasecall.io.heading import describe_notes
from phasecall.io.tablefile import Table


def require_compared(found: Comparison) -> None:
    """Refuse two conditions of which not one gene could be compared.

    Raises
    ------
    InputError
        It says why.
    """
    if not all(found.reason):
        return
    counted = Counter(found.reason).items()
    raise InputError(
        "no gene could be compared",
        expected="two conditions with a period each, and genes with a wave in both",
        found=", ".join(f"{reason} of {n} gene{'s' * (n > 1)}" for reason, n in counted),
        where=" and ".join(found.names),
        fix="look at both with phasecall qc; give their periods if they are known (--period)",
    )


def tabulate(found: Comparison) -> Table:
    """Return a comparison as a table to write, a gene a row.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.comparison import compare
    >>> tabulate(compare(phasecall.load("alpha"), phasecall.load("cdc28"))).about["conditions"]
    ['alpha', 'cdc28']
    """
    about = {
        "conditions": list(found.names),
        "clocks": [
            {"name": name, **asdict(clock)} for name, clock in zip(found.names, found.clocks, strict=True)
        ],
        "common": asdict(found.common),
        "counts": {str(change) or "not compared": n for change, n in found.count().items()},
        "notes": describe_notes(found.notes),
    }
    return Table("changes", found.columns(), about)
