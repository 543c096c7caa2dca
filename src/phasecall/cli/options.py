"""Options that several verbs share, each defined once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from phasecall.phases import SCHEMES

if TYPE_CHECKING:
    from phasecall.benchmark import Track
    from phasecall.modelfile import ModelFile

model = click.option(
    "--model",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Model file written by `phasecall train` or `phasecall export`; the shipped one if not given.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
seed = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Random seed.")
sync = click.option("--sync", metavar="NAME", help="How the culture was synchronised: cdc15, alpha ...")
scheme = click.option("--scheme", type=click.Choice(list(SCHEMES)), help="Phases; the model's if not given.")
data = click.option(
    "--data", type=click.Path(path_type=Path), metavar="FILE", help="Your own time course (CSV or TSV)."
)
labels = click.option(
    "--labels",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Known phases of its genes: two columns, gene and phase.",
)
transpose = click.option("--transpose", is_flag=True, help="Genes are columns and times are rows.")


def open_model(path: Path | None) -> ModelFile:
    """Return the model file asked for, or the shipped one."""
    from phasecall import modelfile

    return modelfile.shipped() if path is None else modelfile.read(path)


def require_both(data: Path | None, labels: Path | None) -> None:
    """Refuse one of `--data` and `--labels` without the other."""
    if (data is None) != (labels is None):
        given, wanted = ("--data", "--labels") if labels is None else ("--labels", "--data")
        raise click.UsageError(f"{given} needs {wanted} too.")


def own_track(data: Path, labels: Path, scheme: str) -> Track:
    """Return a track of the user's own data."""
    from phasecall import benchmark, io
    from phasecall.phases import scheme as find_scheme

    return benchmark.own_track(io.read(data), io.read_labels(labels), find_scheme(scheme))
