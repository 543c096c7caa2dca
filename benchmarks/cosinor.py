"""How far `--style cosinor` is from CosinorPy's own table: `python benchmarks/cosinor.py` (extra `peers`).

Both fit the same genes, all of the embedded alpha and cdc28 that have a value at every time, at the
clock's period. Prints, as Markdown, the largest difference of each number that both compute the same way,
relative to its largest value: the cosinor's amplitude, its test and its interval. (p, q and acrophase of the
style are those of the calls, and differ by intent.)
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import phasecall
from phasecall.styles import style_columns

NUMBERS = ("amplitude", "p(amplitude)", "CI(amplitude)")


def main() -> None:
    from CosinorPy import cosinor1

    print("| course | genes | " + " | ".join(NUMBERS) + " |")
    print("|---|---|" + "---|" * len(NUMBERS))
    for key in ("alpha", "cdc28"):
        course = phasecall.load(key)
        course = course.select_genes(np.asarray(np.isfinite(course.values).all(axis=1)))
        calls = phasecall.call(course)
        ours = style_columns(calls, course, "cosinor")
        frame = pd.DataFrame(
            {
                "test": np.repeat(course.genes, course.times.size),
                "x": np.tile(course.times, len(course)),
                "y": course.values.ravel(),
            }
        )
        theirs = cosinor1.fit_group(frame, period=float(calls.period), plot_on=False)
        gaps = [compare(list(ours[name]), theirs[name].tolist()) for name in NUMBERS]
        print(f"| {key} | {len(course)} | " + " | ".join(f"{gap:.1e}" for gap in gaps) + " |")


def compare(ours: list[object], theirs: list[object]) -> float:
    """Return the largest difference, in units of the largest number."""
    one, other = (np.array([numbers_of(cell) for cell in cells]) for cells in (ours, theirs))
    return float(np.abs(one - other).max() / np.abs(other).max())


def numbers_of(cell: object) -> list[float]:
    """Return the numbers of a cell: one, or the two ends of an interval."""
    ends = cell.strip("[]").split(",") if isinstance(cell, str) else np.atleast_1d(np.asarray(cell))
    return [float(end) for end in ends]


if __name__ == "__main__":
    main()
