"""The page: calls, and what is known of their experiment, laid out as one HTML file that loads nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from phasecall.benchmark import summarise_run
from phasecall.caller import name_network
from phasecall.calls import Calls, Reason
from phasecall.exploration import explore
from phasecall.figures import FIGURES, choose_atlas, draw, draw_all, recolour, stylesheet, svg
from phasecall.figures.evaluation import judged
from phasecall.figures.table import data_of
from phasecall.methods import METHODS
from phasecall.modelfile import SHIPPED, ModelFile, shipped
from phasecall.notation import EXPLANATIONS, UNKNOWN, format_number, format_percent, format_span, list_best
from phasecall.novelty import describe
from phasecall.qc import Examination
from phasecall.report.account import give_account
from phasecall.report.genes import pack_genes
from phasecall.report.script import read_script, write_policy
from phasecall.report.wording import COLUMNS, FLAGS, VERDICTS
from phasecall.timecourse import Note, TimeCourse

MAX_CALLS = 200
"""Calls that the page lists where its script cannot run; the table file has all of them."""
MAX_ATYPICAL = 20
"""Atypical genes that the page names before the table."""
_POINTS = 10.0
"""Of a drawing in a rem of the page: its letters are then a little smaller than the page's."""


def compose(
    calls: Calls,
    made: Examination,
    *,
    command: str,
    model: ModelFile | None = None,
    table: str = "calls.tsv",
    keys: Sequence[str] = (),
) -> str:
    """Return the report of calls as one HTML page: what they rest on is gathered and drawn here.

    Parameters
    ----------
    calls
        Calls of one time course.
    made
        What quality control says of it (`phasecall.qc.examine`), told the same of its culture as the calls.
    command
        How to get the page again.
    model
        The network asked for, where one was.
    table
        Where the whole table of calls is, for the reader.
    keys
        Figures of the atlas to show beside wheel, heat map and profiles.

    Raises
    ------
    InputError
        If the atlas has no such figure, or no gene has a profile to draw it from.

    Examples
    --------
    >>> import phasecall
    >>> from phasecall.qc import examine
    >>> course = phasecall.load("cdc28")
    >>> page = compose(phasecall.call(course), examine(course), command="phasecall call cdc28.tsv")
    >>> page.split("<h1>")[1].split("</h1>")[0]
    'cdc28: which phase each gene peaks in'
    """
    networks = [model] if model is not None else [shipped(name) for name in SHIPPED]
    # Calls by the clock owe nothing to a network: the page must not show one.
    used = next((one for one in networks if calls.method == name_network(one.card)), None)
    summary = summarise_run(used, command=command, answer=(calls, made))
    drawn = draw_all(calls=(calls, made.course))
    more = [key for key in choose_atlas(keys) if key not in drawn]
    if more:
        found = replace(explore(made.course, calls=calls), estimate=made.estimate)
        drawn |= {key: draw(key, data_of(FIGURES[key], found)) for key in more}
    return render(summary, calls, made.course, figures=drawn, table=table)


def render(
    summary: Mapping[str, Any],
    calls: Calls,
    course: TimeCourse,
    *,
    figures: Mapping[str, Any] | None = None,
    table: str = "calls.tsv",
) -> str:
    """Return the report as one HTML page, light or dark as the reader prefers, light in print.

    Parameters
    ----------
    summary
        What `metrics.json` holds. Without `qc`, `tracks`, `model` or `speed` their sections are left out.
    calls, course
        The calls and what they were made from.
    figures
        Figures drawn in the light theme, by key, to spare drawing them again; drawn here if not given.
    table
        Where the whole table of calls is, for the reader.

    Examples
    --------
    >>> from phasecall.calls import Reason
    >>> from phasecall.phases import SCHEMES
    >>> course = TimeCourse(("YAL001C",), [0, 10], [[1, 2]], name="pilot")
    >>> one, count = np.array([0.5]), np.array([2])
    >>> chances = np.array([[0.1, 0.8, 0.1, 0.0]])
    >>> reasons = (Reason.CALLED,)
    >>> numbers = [one, one, one, one, 60.0, one, one, one, count, count, count, one]
    >>> calls = Calls(course.genes, SCHEMES["four"], chances, reasons, *numbers, ("",), "example 1")
    >>> page = render({"phasecall": "0.1.0", "command": "phasecall call pilot.tsv"}, calls, course)
    >>> page.split("<h1>")[1].split("</h1>")[0]
    'pilot: which phase each gene peaks in'
    """
    if figures is None:
        figures = draw_all(evaluation=summary if summary.get("tracks") else None, calls=(calls, course))
    drawn = {key: recolour(svg(figure)) for key, figure in figures.items()}
    page: str = (
        make_environment()
        .get_template("report.html.jinja")
        .render(
            summary=summary,
            course=course,
            calls=calls,
            table=table,
            qc=summary.get("qc"),
            tracks=list(_by_track(summary)),
            pictures=[(FIGURES[key], drawn[key]) for key in FIGURES if key in drawn],
            notes=_notes(summary, calls, course),
            listed=_listed(calls),
            remarks=describe(calls),
            card=list(_flat((summary.get("model") or {}).get("card") or {})),
            methods=_methods(summary),
            account=give_account(calls, course, summary.get("qc") or {}),
            genes=pack_genes(calls, course),
            **_furnish(),
        )
    )
    return page


def _furnish() -> dict[str, Any]:
    """Return what every report has in common: style, script, and what words mean."""
    return {
        "palette": stylesheet(),
        "policy": write_policy(),
        "script": read_script(),
        "columns": COLUMNS,
        "flags": FLAGS,
        "verdicts": VERDICTS,
        "max_remarks": MAX_ATYPICAL,
        "reasons": {str(reason): reason.meaning for reason in Reason if reason},
        "told": EXPLANATIONS,
    }


def make_environment() -> Any:
    """Return what renders the templates of this package."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("phasecall", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=format_percent, span=format_span, figure=format_number)
    environment.filters.update(bounds=list_best, grouped=_grouped, shown=_shown, breadth=_measure)
    return environment


def _by_track(summary: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Yield the judged row of each track and all rows of it."""
    for best in judged(summary):
        yield best, [row for row in summary["tracks"] if row["track"] == best["track"]]


def _methods(summary: Mapping[str, Any]) -> dict[str, str]:
    """Return what each method of the summary is, in the words of its rows or else of the table."""
    told = {}
    for row in summary.get("tracks") or []:
        words = row.get("method_summary") or getattr(METHODS.get(row["method"]), "summary", None)
        if words:
            told[row["method_title"]] = words
    return told


def _notes(summary: Mapping[str, Any], calls: Calls, course: TimeCourse) -> list[Note]:
    """Return what to know about the experiment, each thing once, whoever said it."""
    told = [Note(note["code"], note["text"]) for note in summary.get("notes") or []]
    return list(dict.fromkeys([*told, *course.notes, *calls.notes]))


def _listed(calls: Calls) -> list[dict[str, Any]]:
    """Return the first calls as mappings of column to plain value."""
    columns = {name: values[:MAX_CALLS] for name, values in calls.columns().items()}
    columns["code"] = calls.codes[:MAX_CALLS]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _flat(card: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each fact of a model card as a name and a text, whatever its shape."""
    for name, value in card.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}: ")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield f"{prefix}{name}", ", ".join(map(str, value))
        else:
            yield f"{prefix}{name}", str(value)


def _known(value: Any) -> bool:
    return value is not None and bool(np.isfinite(value))


def _shown(value: Any) -> str:
    """Return a p value: short, and never 0 where it is not."""
    return f"{value:.2g}" if _known(value) else UNKNOWN


def _grouped(value: Any) -> str:
    return f"{value:,.0f}".replace(",", "\u202f") if _known(value) else UNKNOWN


def _measure(drawing: str) -> str:
    """Return how broad a drawing is at most, so that letters are as large in all of them."""
    found = re.search(r'viewBox="0 0 ([0-9.]+)', drawing)
    return f"{float(found[1]) / _POINTS:.1f}rem" if found else "none"
