"""Tuning: a model finetuned to the visitor's labels, and what came out, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from phasecall.timecourse import Note
from phasecall.web.page.desk.question import Given, Question
from phasecall.web.work import Tell


@dataclass(frozen=True)
class Tuned:
    """What came out of tuning.

    Parameters
    ----------
    labels
        How many labelled genes were learnt from and judged by.
    rows
        Name, accuracy with its interval in percent, and loss, of the answers without and with tuning.
    kept
        Whether the answers stay as they are without labels.
    why
        The reason.
    warning
        What the labels make doubtful; empty where they do not.
    notes
        What was noticed in the table of labels.
    """

    labels: int
    rows: tuple[tuple[str, str, str], ...]
    kept: bool
    why: str
    warning: str
    notes: tuple[Note, ...]


def tune_model(question: Question, labels: Given, output: str, tell: Tell) -> Tuned:
    """Tune the default network to the experiment of a question by a table of labels, and write the model.

    Parameters
    ----------
    question
        The experiment.
    labels, output
        The table; the file that the model is written to.
    tell
        Is told how far it is.

    Raises
    ------
    InputError
        If the labels cannot be read, are too few, or fit neither the genes nor the scheme.
    """
    from phasecall import caller, tunedfile
    from phasecall.errors import InputError
    from phasecall.finetuning import finetune
    from phasecall.io.labelling import fit_labels
    from phasecall.notation import format_estimate, format_number
    from phasecall.phases import scheme as find_scheme
    from phasecall.tunedmodel import CONTRADICTED
    from phasecall.web.page.desk.culture import find_course, read_table

    tell(0.1, "reading the labels")
    course = find_course(replace(question, model=None))
    key = question.scheme or caller.scheme_of(caller.find_organism(course.genes, course.sync))
    table = read_table(labels)
    known, notes = fit_labels(table, course.genes, find_scheme(key))
    if not known:
        raise InputError(
            f"none of the labelled genes is in the time course '{course.name}'",
            expected=f"gene names such as {', '.join(course.genes[:3])}",
            found=f"labels for {', '.join(list(table.labels)[:3])}",
            where=labels.name,
        )
    tell(0.2, f"tuning to {len(known)} labelled genes, judging by genes held out")
    tuned = finetune(course, known, scheme=key, period=question.period)
    tunedfile.write(output, tuned)
    verdict = tuned.verdict
    held = {"without labels": verdict.zero_shot, "with tuning": verdict.tuned}
    return Tuned(
        verdict.n,
        tuple(
            (name, format_estimate(one.accuracy, one.accuracy_ci, 1, scale=100), format_number(one.loss))
            for name, one in held.items()
        ),
        verdict.kept_original,
        verdict.why,
        CONTRADICTED if tuned.contradicted else "",
        (*table.notes, *notes),
    )
