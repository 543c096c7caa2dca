"""`phasecall simulate`: a culture whose truth is known."""

from __future__ import annotations

from pathlib import Path

import click

from phasecall.cli import messages, options

_EPILOG = """\b
Examples:
  phasecall simulate -o culture.tsv
  phasecall simulate -n 400 --noise 0.5 --seed 7 -o noisy.tsv --truth truth.tsv
"""


@click.command("simulate", epilog=_EPILOG)
@click.option(
    "-n", "--genes", type=click.IntRange(1, 10_000_000), default=2000, show_default=True, help="Genes."
)
@click.option("--noise", type=float, default=0.2, show_default=True, help="Noise; amplitude is 1.")
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
    help="Write phase, peak and amplitude.",
)
@options.as_json
def command(genes: int, noise: float, seed: int, output: Path, truth: Path | None, as_json: bool) -> None:
    """Simulate a synchronised culture at nine points, with the truth behind it.

    Genes peak near the centre of their phase's arc; amplitudes are log-normal, baselines and noise normal.
    """
    from phasecall.io import atomic
    from phasecall.simulation import Culture, simulate

    options.require_distinct(output, truth)
    culture = Culture(noise=noise)
    made = simulate(genes, culture=culture, seed=seed)
    with atomic(output, "w") as file:
        file.write("\t".join(["gene", *(f"cdc15_{minute:g}" for minute in made.course.times)]) + "\n")
        for gene, row in zip(made.course.genes, made.course.values.tolist(), strict=True):
            file.write("\t".join([gene, *(f"{value:.4f}" for value in row)]) + "\n")
    if truth is not None:
        names = [phase.name for phase in culture.scheme.phases]
        with atomic(truth, "w") as file:
            file.write("gene\tphase\tpeak_turn\tamplitude\n")
            for gene, code, peak, height in zip(
                made.course.genes, made.codes, made.peak_turn, made.amplitude, strict=True
            ):
                file.write(f"{gene}\t{names[code]}\t{peak:.6f}\t{height:.6f}\n")
    messages.show_written(output, truth, as_json=as_json)
