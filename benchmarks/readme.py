"""Write the README's table from a full run of the benchmark: `python benchmarks/readme.py`.

It is made from `benchmarks/results/tracks.tsv` and from nothing else: `make benchmark` makes that file.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill

from phasecall.benchmark.answers import OPTIMUM
from phasecall.benchmark.outcomes import POOLED, read_rows
from phasecall.benchmark.tracks import TRACKS, Track
from phasecall.methods import METHODS
from phasecall.notation import UNKNOWN, format_estimate, format_number

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "results" / "tracks.tsv"
START, END = "<!-- tracks:start -->\n", "<!-- tracks:end -->"
SHOWN = (
    "simulated",
    "cdc15-9",
    "cdc15-9-five",
    "cdc15-23",
    "cdc15-23-five",
    "alpha",
    "cdc28",
    "elu",
    "fused",
    "fused-five",
    "transfer-alpha",
    "transfer-cdc15",
    "transfer-cdc28",
    "pramila",
    "orlando",
    "missing-cdc15-23",
    "missing-alpha",
)
OURS = ("phasecall", "phasecall-tuned")
BASELINE = "majority"
HEADER = (
    "track",
    "genes",
    "best other method",
    "accuracy %",
    "phasecall %",
    "phasecall, tuned %",
    "baseline %",
    "possible %",
)
WORDS = (
    "Share of genes called rightly, and Wilson's 95 % interval over the genes that judge. Every gene is"
    " called by methods that never saw its label. phasecall is the default network, which was trained on no"
    " real gene; tuned, it learns from the labelled genes of the experiment, as the other methods do. Where"
    " labelled genes of other folds tell an experiment's start, they do so for all methods that use a clock;"
    " the nine points of cdc15-9 get the period of the whole course. A dash: there is nothing to learn from,"
    " or no answer. Baseline: the most common phase of the training genes. Possible: what the"
    " classifier that knows the simulator gets on these genes. The best other method is the best of all that"
    " were run, chosen on these very genes, which flatters it a little."
)

Row = Mapping[str, str]


def table_of(rows: Sequence[Row]) -> str:
    """Return the Markdown table of the tracks that were run, and how to read it."""
    accuracy = {
        (row["track"], row["method"]): row
        for row in rows
        if row["fold"] == POOLED and row["metric"] == "accuracy" and row["status"] == "ok"
    }
    lines = [f"| {' | '.join(HEADER)} |", "|---" * len(HEADER) + "|"]
    for key in SHOWN:
        own = {method: row for (track, method), row in accuracy.items() if track == key}
        if own:
            lines.append(f"| {' | '.join(cells_of(TRACKS[key], own))} |")
    return "\n".join([*lines, "", fill(WORDS, 116), ""])


def cells_of(track: Track, own: Mapping[str, Row]) -> tuple[str, ...]:
    """Return one line of the table."""
    # Of fewer genes than others were asked about nobody is the best: they may be the easier ones.
    most = max(int(row["n"]) for row in own.values())
    rivals = {
        method: row
        for method, row in own.items()
        if method not in (*OURS, BASELINE, OPTIMUM.key) and int(row["n"]) == most
    }
    best = max(rivals, key=lambda method: float(rivals[method]["value"]), default=BASELINE)
    return (
        f"`{track.key}`",
        str(most),
        METHODS[best].title if best in METHODS else best,
        *(_estimate(own.get(method)) for method in (best, *OURS)),
        _value(own.get(BASELINE)),
        _value(own.get(OPTIMUM.key)),
    )


def renewed(page: str, rows: Sequence[Row]) -> str:
    """Return the README with its table made anew."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}{table_of(rows)}{END}{after}"


def _estimate(row: Row | None) -> str:
    if row is None:
        return UNKNOWN
    return format_estimate(float(row["value"]), [float(row["lo"]), float(row["hi"])], 1, scale=100)


def _value(row: Row | None) -> str:
    return UNKNOWN if row is None else format_number(100 * float(row["value"]), 1)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text("utf-8"), read_rows(RESULTS)), "utf-8")
    sys.stderr.write(f"wrote {README.name}\n")
