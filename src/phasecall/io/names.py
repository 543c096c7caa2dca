"""Names: what the rows of a table are called, each by a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from phasecall.timecourse import Note


def tidy_names(names: Sequence[str], places: Callable[[int], str]) -> tuple[list[str], list[Note]]:
    """Return names of which none is empty or occurs twice, and what was changed."""
    seen: Counter[str] = Counter()
    unique = []
    for row, name in enumerate(names):
        name = name or f"unnamed ({places(row)})"
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    repeated = [name for name, count in seen.items() if count > 1]
    if not repeated:
        return unique, []
    text = f"{len(repeated)} names occur more than once; the later rows are numbered: "
    return unique, [Note("numbered_names", text + ", ".join(f"{name}#2" for name in repeated[:5]))]
