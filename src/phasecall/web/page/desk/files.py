"""Files: what a visitor takes away."""

from __future__ import annotations

from pathlib import Path

from phasecall.errors import find_row
from phasecall.web.page.desk.question import Question, list_commands


def write_calls(question: Question, path: str) -> None:
    """Write the calls in the format that the suffix of a file names; AnnData holds the course, too."""
    from phasecall import io
    from phasecall.web.page.desk.culture import call_with_doubts, find_course

    io.write(call_with_doubts(question), path, course=find_course(question))


def write_course(question: Question, path: str) -> None:
    """Write the time course as it was called, put right where that was asked for."""
    from phasecall import io
    from phasecall.web.page.desk.culture import find_course

    io.write(find_course(question), path)


def write_findings(question: Question, path: str) -> None:
    """Write the table of what the checks found."""
    from phasecall.io.tablefile import write_table
    from phasecall.qc import tabulate
    from phasecall.web.page.desk.culture import examine_course

    write_table(tabulate([examine_course(question)]), path)


def write_changes(one: Question, other: Question, path: str) -> None:
    """Write the table of what differs between two experiments."""
    from phasecall.comparison import tabulate
    from phasecall.io.tablefile import write_table
    from phasecall.web.page.desk.changes import compare_courses

    write_table(tabulate(compare_courses(one, other)), path)


def write_figure(question: Question, key: str, theme: str, path: str) -> None:
    """Draw a figure of the atlas into a file of the format that its suffix names."""
    from phasecall.figures import ATLAS, draw, save
    from phasecall.figures.table import data_of
    from phasecall.web.page.desk.culture import explore_course

    picture = find_row(ATLAS, key, "figure")
    target = Path(path)
    figure = draw(key, data_of(picture, explore_course(question)), theme=theme)
    save(figure, target.with_suffix(""), [target.suffix.removeprefix(".")])


def write_report(question: Question, path: str) -> None:
    """Write the report of the calls."""
    from phasecall import io
    from phasecall.report import compose
    from phasecall.web.page.desk.culture import call_with_doubts, examine_course

    command = "; ".join(list_commands(question, report="report.html"))
    page = compose(call_with_doubts(question), examine_course(question), command=command)
    with io.atomic(path, "w") as file:
        file.write(page)
