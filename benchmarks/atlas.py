"""Write the list of figures in docs/atlas.md from the table of figures: `python benchmarks/atlas.py`."""

from __future__ import annotations

from pathlib import Path

from phasecall.figures import ATLAS

PAGE = Path(__file__).parents[1] / "docs" / "atlas.md"
START, END = "<!-- figures:start -->\n", "<!-- figures:end -->"
HEADER = ("family", "`--figure`", "what it shows", "where its definition is from")


def renewed(page: str) -> str:
    """Return the page with the list of the figures that there are."""
    rows = [(row.family, f"`{key}`", row.title, row.source) for key, row in ATLAS.items()]
    table = [HEADER, ["---"] * len(HEADER), *rows]
    before, rest = page.split(START)
    _, after = rest.split(END)
    return before + START + "".join(f"| {' | '.join(cells)} |\n" for cells in table) + END + after


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
