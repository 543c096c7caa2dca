"""Standings: the summary of a benchmark as Markdown and as one HTML page that loads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from phasecall.figures import FIGURES, recolour, stylesheet, svg
from phasecall.notation import UNKNOWN, format_estimate, format_number
from phasecall.report.page import make_environment

Summary = Mapping[str, Any]

TELLS = (
    "A value is the mean over folds (or, where labels are few, over draws of labels) in percent, with its"
    " 95 % interval by Student's t over these; where there are no folds, Wilson's interval over genes. Draws"
    " ask for the same genes again and again: theirs is the wider of the two intervals. The best method of a"
    " track is bold. A dash: no answer, and the note says why.",
    "Each method is tested against its best rival, of those that called as many of its genes as any did, on"
    " the genes that both called (exact McNemar test: genes that only the method has right : genes that only"
    " the rival has right). p counts once for each rival that could have been the best one, and is then"
    " adjusted by Holm's method for all methods of the track. Where labels are few, the first five draws, in"
    " which every gene comes once.",
    "Compare methods within a track, never between tracks.",
)
DETAILS = ("method", "learnt from", "genes", "value %", "pooled %", "best rival", "shared", "won : lost", "p")
MEASURED = (
    ("macro_f1", 100, 1),
    ("ece", 1, 3),
    ("nll", 1, 3),
    ("called_at_9875", 100, 1),
    ("set_coverage", 100, 1),
    ("set_size", 1, 2),
    ("seconds_fit", 1, 2),
    ("seconds_predict", 1, 3),
)


@dataclass
class Overview:
    """One table of a section: a row a method, a column a track.

    Parameters
    ----------
    title
        What stands above it.
    tracks
        Keys of its columns.
    rows
        Title of a method, and for each track the text, whether it is the best, and numbers of notes.
    notes
        Texts in the order of their numbers, from 1.
    """

    title: str
    tracks: list[str]
    rows: list[tuple[str, list[tuple[str, bool, list[int]]]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def lay_out(summary: Summary) -> list[Overview]:
    """Return the tables of a benchmark, one a section."""
    tracks = {track["track"]: track for track in summary["tracks"]}
    return [
        _overview(section["title"], [tracks[key] for key in section["tracks"]])
        for section in summary["sections"]
    ]


def format_standing(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a method, its value in percent, the genes that judge it, seconds to fit, and what to know."""
    seconds = row["metrics"].get("seconds_fit", [None])[0]
    notes = "; ".join(row["notes"])
    return (row["title"], _value(row), str(row["n"] or UNKNOWN), format_number(seconds, 2), notes)


def write_markdown(summary: Summary) -> str:
    """Return the standings as Markdown."""
    lines = ["# Benchmark", "", *_paragraphs(TELLS)]
    for table in lay_out(summary):
        lines += [f"## {table.title}", "", *_markdown_of(table), ""]
    lines += ["## Track by track", ""]
    for track in summary["tracks"]:
        lines += [f"### `{track['track']}`: {track['title']}", "", track["what"], ""]
        lines += [*_table([*DETAILS, *(key for key, *_ in MEASURED)], list(detail(track))), ""]
    lines += ["## Methods", ""]
    lines += [f"- `{row['method']}`: {row['title']}. {row['summary']}" for row in summary["methods"]]
    lines += ["", "## Metrics", ""]
    lines += [f"- `{row['metric']}` ({row['better']} is better): {row['what']}" for row in summary["metrics"]]
    lines += [
        "",
        "## How to get this again",
        "",
        *(f"- {name}: {text}" for name, text in describe_origin(summary)),
        "",
    ]
    return "\n".join(lines)


def render_standings(summary: Summary, figures: Mapping[str, Any]) -> str:
    """Return the standings as one HTML page, light or dark as the reader prefers.

    Parameters
    ----------
    summary
        What `summarise_benchmark` returned.
    figures
        Figures drawn of it in the light theme, by key.
    """
    page: str = (
        make_environment()
        .get_template("standings.html.jinja")
        .render(
            summary=summary,
            palette=stylesheet(),
            tables=lay_out(summary),
            tells=TELLS,
            details={track["track"]: list(detail(track)) for track in summary["tracks"]},
            columns=[*DETAILS, *(key for key, *_ in MEASURED)],
            pictures=[(FIGURES[key], recolour(svg(figure))) for key, figure in figures.items()],
            origin=list(describe_origin(summary)),
        )
    )
    return page


def detail(track: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield a row a method with a number on a track, the best first, as `DETAILS` and `MEASURED` name it."""
    titles = {row["method"]: row["title"] for row in track["rows"]}
    known = [row for row in track["rows"] if row["value"] is not None]
    for row in sorted(known, key=lambda row: -row["value"]):
        test = row["test"]
        pooled = row["metrics"][track["metric"]]
        compared = (UNKNOWN,) * 4
        if test is not None:
            pairs = f"{test['won']} : {test['lost']}"
            compared = (titles[test["rival"]], str(test["n"]), pairs, _chance(test["p_holm"]))
        yield (
            row["title"],
            str(row["n_known"]),
            str(row["n"]),
            _value(row),
            format_estimate(pooled[0], _interval(pooled), 1, scale=100),
            *compared,
            *(_metric(row, *measured) for measured in MEASURED),
        )


def describe_origin(summary: Summary) -> Iterator[tuple[str, str]]:
    """Yield how a run was made, as name and text."""
    machine = summary["machine"]
    memory = format_number(machine["memory_gib"], 1)
    yield "command", summary["command"]
    yield "source", summary["source"]
    yield "seed", str(summary["seed"])
    yield (
        "machine",
        f"{machine['cores']} cores, of which a method has one; {memory} GiB, {machine['system']},"
        f" Python {machine['python']}",
    )
    yield "versions", ", ".join(summary["versions"])


def _overview(title: str, tracks: Sequence[Mapping[str, Any]]) -> Overview:
    table = Overview(title, [track["track"] for track in tracks])
    # Who does something else altogether has a row in tracks.tsv, and none here.
    methods = {row["method"]: row["title"] for track in tracks for row in track["rows"] if row["apt"]}
    for method, name in methods.items():
        cells = []
        for track in tracks:
            row = next((row for row in track["rows"] if row["method"] == method), None)
            cells.append(
                (UNKNOWN, False, []) if row is None else (_value(row), row["best"], _mark(table, row))
            )
        table.rows.append((name, cells))
    return table


def _mark(table: Overview, row: Mapping[str, Any]) -> list[int]:
    """Return the numbers of a row's notes in a table, which learns those that are new to it."""
    for note in row["notes"]:
        if note not in table.notes:
            table.notes.append(note)
    return [table.notes.index(note) + 1 for note in row["notes"]]


def _markdown_of(table: Overview) -> list[str]:
    body = []
    for name, cells in table.rows:
        texts = [f"**{text}**" if best else text for text, best, _ in cells]
        marks = [f" [{', '.join(map(str, marks))}]" if marks else "" for *_, marks in cells]
        body.append((name, *(text + mark for text, mark in zip(texts, marks, strict=True))))
    notes = [f"{number}. {note}" for number, note in enumerate(table.notes, 1)]
    return [*_table(["method", *(f"`{key}`" for key in table.tracks)], body), *([""] * bool(notes)), *notes]


def _table(header: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    rows = [header, ["---"] * len(header), *body]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]


def _paragraphs(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        yield text
        yield ""


def _value(row: Mapping[str, Any]) -> str:
    if row["value"] is None or row["interval"] is not None:
        return format_estimate(row["value"], row["interval"], 1, scale=100)
    return format_number(100 * row["value"], 1)


def _metric(row: Mapping[str, Any], key: str, scale: float, digits: int) -> str:
    value = row["metrics"].get(key, [None])[0]
    return format_number(None if value is None else scale * value, digits)


def _interval(estimate: Sequence[float | None]) -> list[float] | None:
    _, low, high = estimate
    return None if low is None or high is None else [low, high]


def _chance(value: float) -> str:
    return "<0.001" if value < 0.001 else format_number(value, 3)
