"""`phasecall finetune`: the default network tuned to one experiment by a few labelled genes of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import messages, options, reading

if TYPE_CHECKING:
    from phasecall.tunedmodel import Verdict

_EPILOG = """\b
Examples:
  phasecall finetune course.csv --labels phases.csv               writes tuned.json
  phasecall call course.csv --model tuned.json -o calls.tsv       calls by it
  phasecall finetune course.csv --labels phases.csv --sync alpha -o alpha.json
  phasecall finetune short.csv --labels phases.csv --period 85 --scheme five --json
"""


@click.command("finetune", epilog=_EPILOG)
@click.argument("source", metavar="COURSE", type=click.Path(allow_dash=True))
@click.option(
    "--labels",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Known phases of 20 genes or more: a column of genes and one of phases.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    default="tuned.json",
    show_default=True,
    help="Write the tuned model here.",
)
@options.sync
@options.period
@options.scheme
@options.as_json
@reading.options
def command(source: str, labels: Path, output: Path, as_json: bool, **how: Any) -> None:
    """Tune the default network to one experiment by 20 labelled genes of it, or more.

    COURSE is a table as `phasecall call` takes it, with all genes of the experiment. What the labelled genes
    teach is judged by genes held out among them, and said: the share that is called rightly and the mean
    negative log of the probability of the known phase (loss; lower is better), without and with tuning. Where
    tuning is no better, the file says so, and calls by it are those without labels.
    """
    from phasecall import caller, tunedfile
    from phasecall.finetuning import finetune
    from phasecall.io.files import require_place
    from phasecall.phases import scheme as find_scheme
    from phasecall.tunedmodel import CONTRADICTED

    given = None if source == "-" else Path(source)
    options.require_distinct(given, labels, how["reading"]["samples"], output)
    require_place(output)
    course = reading.read_one(source, how["sync"], how["reading"])
    messages.show_notes(course.notes)
    key = how["scheme"] or caller.scheme_of(caller.find_organism(course.genes, course.sync))
    known = options.fit_labels(labels, course, find_scheme(key))
    messages.say(f"tuning to {len(course)} genes at {course.times.size} times, judging by genes held out ...")
    tuned = finetune(course, known, scheme=key, sync=how["sync"], period=how["period"])
    tunedfile.write(output, tuned)
    if as_json:
        messages.show_json({"written": str(output), "scheme": tuned.scheme, **asdict(tuned.verdict)})
    else:
        _show_verdict(tuned.verdict)
        if tuned.contradicted:
            messages.say(f"note: {CONTRADICTED}")
        messages.show_written(output, as_json=False)


def _show_verdict(verdict: Verdict) -> None:
    from phasecall.notation import format_estimate, format_number

    held = {"zero-shot": verdict.zero_shot, "tuned": verdict.tuned}
    rows = [
        (
            name,
            str(verdict.n),
            format_estimate(one.accuracy, one.accuracy_ci, 1, scale=100),
            format_number(one.loss),
        )
        for name, one in held.items()
    ]
    messages.show_table(("answers", "labelled genes", "accuracy %, held out", "loss"), rows)
    done = "The original answers are kept" if verdict.kept_original else "The tuned answers are used"
    click.echo(f"{done}: {verdict.why}.")
