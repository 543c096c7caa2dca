"""Quality: what the checks of an experiment found, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from phasecall.timecourse import Note
from phasecall.web.page.desk.pictures import Drawing
from phasecall.web.page.desk.question import Question
from phasecall.web.work import Tell


@dataclass(frozen=True)
class Check:
    """A finding as the page shows it: `key` and `title` of the check, and whether it can be put right."""

    key: str
    title: str
    about: str
    verdict: str
    text: str
    advice: str
    offered: bool


@dataclass(frozen=True)
class Quality:
    """What was found in an experiment.

    Parameters
    ----------
    verdict
        The worst of the findings.
    score
        How synchronous the culture is, in words.
    checks
        The findings, the worst first.
    done
        What was put right.
    drawing
        The figure of the findings.
    """

    verdict: str
    score: str
    checks: tuple[Check, ...]
    done: tuple[Note, ...]
    drawing: Drawing


def judge_culture(question: Question, tell: Tell) -> tuple[str, str]:
    """Return the verdict on the experiment of a question, and what it rests on in words."""
    from phasecall.notation import format_count
    from phasecall.web.page.desk.culture import examine_course

    tell(0.5, "examining the experiment")
    made = examine_course(question)
    grave = sum(str(one.verdict) == str(made.verdict) for one in made.findings)
    return str(made.verdict), "" if str(made.verdict) == "ok" else format_count(grave, "finding")


def examine_culture(question: Question, tell: Tell) -> Quality:
    """Return what the checks find in the experiment of a question."""
    from phasecall.figures import draw
    from phasecall.notation import format_estimate
    from phasecall.qc import CHECKS
    from phasecall.qc.corrections import CORRECTIONS
    from phasecall.web.page.desk.culture import examine_course, find_course
    from phasecall.web.page.desk.pictures import show_figure

    tell(0.1, "reading")
    course = find_course(question)
    tell(0.2, "examining the experiment")
    made = examine_course(question)
    tell(0.8, "drawing")
    order = ("fail", "warn", "ok", "unknown")
    checks = [
        Check(
            one.key,
            CHECKS[one.key].title,
            CHECKS[one.key].about,
            str(one.verdict),
            "; ".join(filter(None, (one.text, ", ".join(one.unnamed)))),
            one.advice,
            one.key in CORRECTIONS and one.verdict in ("warn", "fail"),
        )
        for one in made.findings
    ]
    told = made.seen.synchrony
    score = f"synchrony {format_estimate(told.score, (told.low, told.high), 2)} of 1"
    return Quality(
        str(made.verdict),
        score if told.score == told.score else "synchrony unknown",
        tuple(sorted(checks, key=lambda check: order.index(check.verdict))),
        tuple(note for note in course.notes if note.code in question.mended),
        show_figure(draw("qc", made), "qc", "What the checks found, and what they rest on."),
    )
