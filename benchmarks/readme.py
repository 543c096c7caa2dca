"""Write the README's table of figures from the shipped model: `python benchmarks/readme.py`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from phasecall import modelfile
from phasecall.benchmark import evaluate

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- tracks:start -->\n", "<!-- tracks:end -->"


def table_of(rows: list[dict[str, Any]]) -> str:
    """Return the Markdown table of evaluated tracks."""
    lines = [
        "| track | method | test genes | accuracy % (95 % interval) | macro-F1 % | AUC of the worst phase"
        " | calibration error | best possible % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        areas = [area for area in row["auc"].values() if area is not None]
        low, high = (f"{100 * end:.1f}" for end in row["accuracy_ci"])
        cells = (
            f"`{row['track']}`",
            row["method_title"],
            str(row["n_test"]),
            f"{100 * row['accuracy']:.2f} ({low} to {high})",
            f"{100 * row['macro_f1']:.2f}",
            f"{min(areas):.3f}" if areas else "",
            f"{row['ece']:.3f}",
            f"{100 * row['bayes_optimal']:.2f}" if row["bayes_optimal"] else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def renewed(page: str, rows: list[dict[str, Any]]) -> str:
    """Return the README with its table made anew."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}{table_of(rows)}{END}{after}"


if __name__ == "__main__":
    README.write_text(renewed(README.read_text("utf-8"), evaluate(modelfile.shipped())), "utf-8")
    sys.stderr.write(f"wrote {README.name}\n")
