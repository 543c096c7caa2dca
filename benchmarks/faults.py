"""Whether the checks of `phasecall qc` find faults: `python benchmarks/faults.py -o FILE`.

Each fault is put into clean courses: simulated cultures from the prior, simulated ones like the embedded
experiments, and real ones, with some genes (none of fold 0) and some arrays drawn from them. Real ones are
the embedded courses, and public ones where `PHASECALL_DATA` has them; they have faults of their own, so that
an alarm in one is none that is known to be false. A rate is one of verdicts `warn` or `fail`; intervals are
Wilson's. Rows that are done are kept in build/faults.json; a run that was cut off goes on from there.

Then what the checks say of every real course as it is, and what taking out the alternation does to calls.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from faultcourses import INJECTIONS, Base, count_digits, draw_base, load_real, measure_correction, suits
from threadpoolctl import threadpool_limits

from phasecall.caller import tell_clock
from phasecall.clock import ClockEstimate
from phasecall.metrics import bound_share
from phasecall.qc import CHECKS
from phasecall.qc.examined import Examined
from phasecall.qc.finding import Finding, Verdict
from phasecall.timecourse import TimeCourse

Outcome = Mapping[str, Any]
KEPT = Path("build/faults.json")
N_CLEAN, N_EACH = 400, 200

CHECKED = (
    "outlying_samples",
    "swapped_samples",
    "flipped_samples",
    "replicates",
    "mislabelled_times",
    "reversed_times",
    "order",
    "time_unit",
    "alternating_batches",
    "block_batch",
    "interpolated_columns",
    "duplicated_columns",
    "sparse_samples",
    "sparse_genes",
    "missing_by_level",
    "marker_order",
)


TINY = TimeCourse(("a",), np.array([0.0, 1.0]), np.array([[0.0, 1.0]]))
UNTOLD = tell_clock(TINY)
"""A clock for checks that ask for none: most of the time goes into telling it."""


def look(key: str, course: TimeCourse, estimate: ClockEstimate) -> Finding:
    """Return what one check finds."""
    return CHECKS[key].find(Examined(course, estimate))


@dataclass(frozen=True)
class Row:
    """One fault of one of several severities: what puts it in and finds it, and whether its clock matters."""

    check: str
    severity: str
    what: str
    inject: str
    amount: float = 1.0
    timed: bool = True
    of: int = 2


ROWS = (
    Row("outlying_samples", "mild", "noise of the genes' own SD on one sample", "noise", 1.0),
    Row("outlying_samples", "plain", "noise of twice that", "noise", 2.0),
    Row("swapped_samples", "mild", "neighbours in time exchanged", "exchange", 0.0),
    Row("swapped_samples", "plain", "two samples at least two apart exchanged", "exchange", 2.0),
    Row("flipped_samples", "plain", "the sign of one sample turned round", "flip", of=1),
    Row("replicates", "plain", "one replicate is of another time", "misplace", 1.0, False, 1),
    Row("mislabelled_times", "mild", "one time wrong by one to two usual steps", "relabel", 1.0),
    Row("mislabelled_times", "plain", "one time wrong by more than two", "relabel", 2.0),
    Row("reversed_times", "plain", "the times turned round", "reverse", of=1),
    Row("order", "plain", "all samples in random order", "shuffle", of=1),
    Row("time_unit", "plain", "hours written as minutes", "unit", of=1),
    Row(
        "alternating_batches",
        "mild",
        "every other array shifted by 0.35 of the genes' SD",
        "alternate",
        0.35,
    ),
    Row("alternating_batches", "plain", "by 0.7 of it", "alternate", 0.7),
    Row("block_batch", "mild", "all arrays from one on shifted by the genes' SD", "block", 1.0),
    Row("block_batch", "plain", "by twice that", "block", 2.0),
    Row("interpolated_columns", "mild", "two neighbours interpolated", "interpolate", 2, False),
    Row("interpolated_columns", "plain", "one column interpolated", "interpolate", 1, False),
    Row("duplicated_columns", "plain", "one column copied over another", "copy", 1.0, False, 1),
    Row("sparse_samples", "mild", "a quarter of one sample missing", "thin", 0.25, False),
    Row("sparse_samples", "plain", "half of one sample missing", "thin", 0.5, False),
    Row("sparse_genes", "mild", "70 % of the values of 15 % of the genes missing", "bare", 0.15, False),
    Row("sparse_genes", "plain", "of 30 % of the genes", "bare", 0.3, False),
    Row("missing_by_level", "mild", "half of the lowest tenth of each gene missing", "censor", 0.5, False),
    Row("missing_by_level", "plain", "the lowest tenth of each gene missing", "censor", 1.0, False),
    Row("marker_order", "mild", "half of the marker genes named as another", "rename", 0.5),
    Row("marker_order", "plain", "all of them", "rename", 1.0),
)


def hit(finding: Finding) -> bool:
    """Return whether a finding raises an alarm."""
    return finding.verdict in (Verdict.WARN, Verdict.FAIL)


def try_fault(row: Row, base: Base, rng: np.random.Generator) -> Outcome:
    """Return whether a fault put into a course is found, and found in the right place."""
    faulty, where = INJECTIONS[row.inject](base.course, row.amount, rng)
    # What is added is written in as many digits as the rest.
    faulty = replace(faulty, values=np.round(faulty.values, count_digits(base.course)))
    finding = look(row.check, faulty, tell_clock(faulty) if row.timed else UNTOLD)
    found = hit(finding)
    named = set(where) <= set(finding.where) if where else found
    return {
        "real": base.real,
        "found": found,
        "placed": found and named,
        "unknown": finding.verdict is Verdict.UNKNOWN,
    }


def judge_row(number: int, tried: Sequence[Outcome], wanted: int) -> list[Outcome]:
    """Return what came of every course of a row, those that were tried before first."""
    row, found = ROWS[number], list(tried)
    seed = found[-1]["seed"] + 1 if found else 0
    while len(found) < wanted:
        rng = np.random.default_rng((number, seed))
        base = draw_base(seed, rng, replicated=row.inject == "misplace")
        if suits(row.inject, base):
            found.append({"seed": seed, **try_fault(row, base, rng)})
        seed += 1
    return found


def judge_clean(seed: int) -> Outcome:
    """Return the verdict of every check on a clean course."""
    rng = np.random.default_rng((10_000, seed))
    base = draw_base(seed, rng, replicated=seed % 4 == 3)
    estimate = tell_clock(base.course)
    findings = {key: look(key, base.course, estimate).verdict.value for key in CHECKED}
    return {"real": base.real, "name": base.name, "alternates": base.alternates, **findings}


def run(n_each: int, n_clean: int) -> dict[str, list[Outcome]]:
    """Return what came of all courses, and keep it."""
    kept: dict[str, list[Outcome]] = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    KEPT.parent.mkdir(exist_ok=True)
    clean = kept.setdefault("clean", [])
    while len(clean) < n_clean:
        clean.append(judge_clean(len(clean)))
        if len(clean) % 20 == 0:
            KEPT.write_text(json.dumps(kept), "utf-8")
    for number, row in enumerate(ROWS):
        key = f"{row.check} {row.severity}"
        kept[key] = judge_row(number, kept.get(key, []), n_each // row.of)
        KEPT.write_text(json.dumps(kept), "utf-8")
    return kept


def rate(flags: list[bool]) -> str:
    """Return a share in per cent with Wilson's interval."""
    if not flags:
        return "–"
    low, high = bound_share(sum(flags), len(flags)) or (0.0, 1.0)
    return f"{100 * sum(flags) / len(flags):.0f} ({100 * low:.0f} to {100 * high:.0f})"


def fine_rate(flags: list[bool]) -> str:
    """Return the same with one digit more."""
    low, high = bound_share(sum(flags), len(flags)) or (0.0, 1.0)
    return f"{100 * sum(flags) / len(flags):.1f} ({100 * low:.1f} to {100 * high:.1f})"


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table of Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ("---",) * len(heads), *rows)) + "\n"


def list_detection(kept: dict[str, list[Outcome]]) -> str:
    """Return the table of faults found."""
    rows = []
    for row in ROWS:
        own = kept[f"{row.check} {row.severity}"]
        cells = [f"`{row.check}`", row.severity, row.what, str(len(own))]
        for real in (False, True):
            part = [one for one in own if one["real"] is real]
            cells += [rate([one["found"] for one in part]), rate([one["placed"] for one in part])]
        rows.append((*cells, rate([one["unknown"] for one in own])))
    heads = (
        "check",
        "severity",
        "fault",
        "n",
        "simulated: found %",
        "and placed %",
        "real: found %",
        "and placed %",
    )
    return table((*heads, "unknown %"), rows)


def list_alarms(clean: list[Outcome]) -> str:
    """Return the table of alarms in clean courses."""
    rows = []
    for key in CHECKED:
        made = [
            one
            for one in clean
            if not one["real"] and not (key == "alternating_batches" and one["alternates"])
        ]
        real = [one for one in clean if one["real"]]
        alarms, fails = ([one[key] in words for one in made] for words in (("warn", "fail"), ("fail",)))
        names = sorted({str(one["name"]) for one in real if one[key] in ("warn", "fail")})
        cells = [f"`{key}`", str(len(made)), fine_rate(alarms), fine_rate(fails), str(len(real))]
        cells += [fine_rate([one[key] in words for one in real]) for words in (("warn", "fail"), ("fail",))]
        rows.append((*cells, ", ".join(names)))
    heads = ("check", "simulated", "warn or fail %", "fail %", "real", "warn or fail %", "fail %", "of")
    return table(heads, rows)


def list_real() -> str:
    """Return the table of what the checks say of the real courses as they are."""
    rows = []
    for course in load_real(whole=True):
        estimate = tell_clock(course)
        findings = [look(key, course, estimate) for key in CHECKED]
        rows += [
            (course.name, f"`{one.key}`", one.verdict.value, one.text) for one in findings if hit(one)
        ] or [(course.name, "", "ok", "")]
    return table(("course", "check", "verdict", "finding"), rows)


def main() -> None:
    """Run all and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", dest="output", type=Path, default=None)
    parser.add_argument("--each", type=int, default=N_EACH)
    parser.add_argument("--clean", type=int, default=N_CLEAN)
    given = parser.parse_args()
    with threadpool_limits(1):
        kept = run(given.each, given.clean)
        parts = [
            "# Faults found\n",
            "`python benchmarks/faults.py -o benchmarks/results/faults.md`\n",
            "## Faults put in\n",
            list_detection(kept),
            "## Clean courses\n",
            list_alarms(kept["clean"]),
            "## Real courses as they are\n",
            list_real(),
            "## Taking out the alternation\n",
            table(
                (
                    "course",
                    "scheme",
                    "method",
                    "genes",
                    "before %",
                    "after %",
                    "right only before",
                    "only after",
                    "p",
                ),
                measure_correction(),
            ),
        ]
    page = "\n".join(parts)
    print(page)
    if given.output:
        given.output.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
