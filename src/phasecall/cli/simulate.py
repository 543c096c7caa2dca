"""`phasecall simulate`: a culture whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import messages, options
from phasecall.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from phasecall.simulation import Culture, Simulation

_MOST_TIMES = 1000

_EPILOG = """\b
Examples:
  phasecall simulate -o culture.tsv
  phasecall simulate -n 400 --noise 0.5 --seed 7 -o noisy.tsv --truth truth.tsv
  phasecall simulate --times 0:160:10 --period 85 --loss 0.2 --lag 10 -o course.tsv
  phasecall simulate --times 0,15,30,60,90,120 --replicates 2 --counts 300 -o sequenced.tsv
  phasecall simulate --realistic cdc15 --decoys 0.5 -o like_cdc15.tsv --truth truth.tsv

What each number means, and how like real data it is: docs/simulation.md.
"""


@click.command("simulate", epilog=_EPILOG)
@click.option(
    "-n", "--genes", type=click.IntRange(1, 10_000_000), default=2000, show_default=True, help="Genes."
)
@click.option(
    "--times",
    metavar="MIN",
    help="First:last:step, or a comma list, in minutes.  [default: 40:120:10, or the preset's]",
)
@click.option(
    "--replicates", type=click.IntRange(1, 100), default=1, show_default=True, help="Arrays at each time."
)
@click.option(
    "--realistic",
    metavar="NAME",
    help="Like an embedded course: alpha, cdc15, cdc28 or cdc15-4381. What else is given comes on top.",
)
@click.option("--period", type=float, help="Minutes a cycle takes.  [default: 114]")
@click.option("--lag", type=float, help="Minutes of recovery before the culture moves on.  [default: 0]")
@click.option("--loss", type=float, help="Share of the amplitude lost a cycle, 0 to 0.99.  [default: 0]")
@click.option("--noise", type=float, help="Noise; amplitude is 1 without a preset.  [default: 0.2]")
@click.option("--counts", type=float, help="Sequencing, log2(count + 1), with this median count.")
@click.option("--alternation", type=float, help="Shift between alternating batches, SD.  [default: 0]")
@click.option("--missing", type=float, help="Share of values that are missing.  [default: 0]")
@click.option("--decoys", type=float, help="Share of genes that do not cycle; they come last.  [default: 0]")
@options.seed
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Time course, TSV.",
)
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write what is true of each gene, and the clock, TSV.",
)
@options.as_json
def command(output: Path, truth: Path | None, as_json: bool, **settings: Any) -> None:
    """Simulate a synchronised culture, with the truth behind it.

    Genes peak near the centre of their phase's arc; amplitudes are log-normal, baselines and noise normal.
    A realistic culture adds what real ones have: peaks anywhere and of any sharpness, loss of synchrony,
    drifts, batches, missing values.
    """
    from phasecall.io.files import require_place
    from phasecall.simulation import simulate

    options.require_distinct(output, truth)
    for path in filter(None, (output, truth)):
        require_place(path)
    times, culture, sync = _experiment(settings)
    made = simulate(settings["genes"], times=times, culture=culture, seed=settings["seed"])
    _write(output, _course_rows(made, sync or made.course.sync))
    if truth is not None:
        _write(truth, _truth_rows(made, [phase.name for phase in culture.scheme.phases]))
    messages.show_written(output, truth, as_json=as_json)


def _experiment(settings: dict[str, Any]) -> tuple[list[float], Culture, str | None]:
    """Return the times, the culture and the synchronisation that were asked for."""
    from dataclasses import replace

    from phasecall.errors import find_row
    from phasecall.simulation import NINE_POINTS, REALISTIC, Culture

    def given(*names: str) -> dict[str, float]:
        return {name: settings[name] for name in names if settings[name] is not None}

    times, culture, sync = list(NINE_POINTS), Culture(), None
    if settings["realistic"] is not None:
        preset = find_row(REALISTIC, settings["realistic"], "realistic culture")
        times, culture = list(preset.times), preset.culture
        # On another clock it is no longer the culture that a model knows.
        sync = None if given("period", "lag") else preset.sync
    if settings["times"] is not None:
        times = _times_from(settings["times"])
    if settings["noise"] is not None:
        culture = replace(culture, noise=settings["noise"])
    culture = replace(
        culture,
        clock=replace(culture.clock, **given("period", "lag", "loss")),
        expression=replace(culture.expression, **given("decoys")),
        measurement=replace(culture.measurement, **given("counts", "alternation", "missing")),
    )
    return [time for time in times for _ in range(settings["replicates"])], culture, sync


def _times_from(text: str) -> list[float]:
    """Read `first:last:step`, the last included, or a comma list."""
    import math

    try:
        times = [float(part) for part in text.split(":" if ":" in text else ",")]
        if ":" in text:
            first, last, step = times
            count = math.floor((last - first) / step * (1 + 1e-9)) + 1 if step > 0 else 0
            times = [first + step * place for place in range(min(count, _MOST_TIMES + 1))]
    except (ValueError, OverflowError):
        times = []
    if not 1 <= len(times) <= _MOST_TIMES or not all(map(math.isfinite, times)):
        raise InputError(
            "the times cannot be read",
            expected=f"minutes, at most {_MOST_TIMES} of them",
            found=text,
            where="--times",
            fix="give first:last:step as in 0:160:10, or a comma list as in 0,10,25",
        )
    return times


def _course_rows(made: Simulation, sync: str | None) -> Iterator[list[str]]:
    yield ["gene", *_labels(made.course.times.tolist(), sync)]
    for gene, row in zip(made.course.genes, made.course.values.tolist(), strict=True):
        yield [gene, *("" if value != value else f"{value:.4f}" for value in row)]


def _labels(times: list[float], sync: str | None) -> list[str]:
    """Return labels of columns, in the order of the times, that are read as just these times."""
    from collections import Counter

    # Behind a prefix the sign of a time would be a dash.
    prefix = "" if sync is None or min(times) < 0 else f"{sync}_"
    labels = [f"{prefix}{_written(time)}min" for time in times]
    if len(set(labels)) == len(labels):
        return labels
    seen: Counter[str] = Counter()
    numbered = []
    for label in labels:
        seen[label] += 1
        numbered.append(f"{label}_rep{seen[label]}")
    return numbered


def _written(time: float) -> str:
    """Return minutes to the nine decimals that are read; a 0 ends them, as 40.1 may be a replicate of 40."""
    whole, _, decimals = f"{time:.9f}".partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals}0" if decimals else whole


def _truth_rows(made: Simulation, names: list[str]) -> Iterator[list[str]]:
    """Yield one row a gene: what is true of it, and then of the experiment, the same in each row."""
    numbers = {
        "peak_turn": made.peak_turn,
        "amplitude": made.amplitude,
        "sharpness": made.sharpness,
        "second_peak": made.second_peak,
        "noise": made.noise,
        "batch_shift": made.shift,
    }
    clock = {
        "period": made.clock.period,
        "turn_at_zero": made.clock.turn_at_zero,
        "lag": made.clock.lag,
        "loss": made.clock.loss,
    }
    yield ["gene", "phase", "kind", *numbers, *clock]
    tail = [f"{value:.6g}" for value in clock.values()]
    columns = zip(*(column.tolist() for column in numbers.values()), strict=True)
    for gene, code, kind, row in zip(made.course.genes, made.codes, made.kinds, columns, strict=True):
        phase = names[code] if code >= 0 else ""
        yield [gene, phase, kind, *("" if value != value else f"{value:.6f}" for value in row), *tail]


def _write(path: Path, rows: Iterator[list[str]]) -> None:
    from phasecall.io import atomic

    with atomic(path, "w") as file:
        file.writelines("\t".join(row) + "\n" for row in rows)
