"""Write the README's table of figures from the shipped model: `python benchmarks/readme.py`."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import fill
from typing import Any

from phasecall import modelfile
from phasecall.benchmark import evaluate, tracks_of
from phasecall.notation import (
    EXPLANATIONS,
    format_best,
    format_calibration,
    format_estimate,
    format_worst_area,
)

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- tracks:start -->\n", "<!-- tracks:end -->"


def table_of(rows: list[dict[str, Any]]) -> str:
    """Return the Markdown table of evaluated tracks, and how to read it."""
    lines = [
        "| track | method | test genes | accuracy % | macro-F1 % | AUC of the worst phase | calibration error"
        " | best possible %, expected / on these genes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = (
            f"`{row['track']}`",
            row["method_title"],
            str(row["n_test"]),
            format_estimate(row["accuracy"], row["accuracy_ci"], 1, scale=100),
            format_estimate(row["macro_f1"], row["macro_f1_ci"], 1, scale=100),
            format_worst_area(row),
            format_calibration(row),
            format_best(row),
        )
        lines.append(f"| {' | '.join(cells)} |")
    words = f"{EXPLANATIONS['intervals']} {EXPLANATIONS['calibrated']} Best possible: {EXPLANATIONS['best']}"
    return "\n".join([*lines, "", fill(words, 116), ""])


def renewed(page: str, rows: list[dict[str, Any]]) -> str:
    """Return the README with its table made anew."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}{table_of(rows)}{END}{after}"


if __name__ == "__main__":
    model = modelfile.shipped()
    rows = evaluate(model, tracks_of(model.card.scheme))
    README.write_text(renewed(README.read_text("utf-8"), rows), "utf-8")
    sys.stderr.write(f"wrote {README.name}\n")
