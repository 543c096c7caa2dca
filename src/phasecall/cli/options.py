"""Options that several verbs share, each defined once."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from phasecall.cli import messages
from phasecall.errors import InputError
from phasecall.phases import SCHEMES

if TYPE_CHECKING:
    from phasecall.benchmark import Track
    from phasecall.modelfile import ModelFile
    from phasecall.phases import Scheme
    from phasecall.timecourse import TimeCourse

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _model_option(verbs: str) -> Callable[[_Command], _Command]:
    return click.option(
        "--model",
        type=click.Path(path_type=Path),
        metavar="NAME|FILE",
        help="phasecall (the default network), reference (the published network), or a file that"
        f" {verbs} wrote.",
    )


model = _model_option("`phasecall finetune`, `pretrain`, `train` or `export`")
network = _model_option("`phasecall pretrain`, `train` or `export`")
"""As `model`, for verbs that take no finetuned one."""
as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
seed = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Random seed.")
sync = click.option(
    "--sync",
    metavar="NAME",
    help="How the culture was synchronised: alpha, cdc15, cdc28, elutriation, thymidine, nocodazole ...",
)
period = click.option(
    "--period",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MINUTES",
    help="Length of a cell cycle; estimated from all genes if not given.",
)
syncs = click.option(
    "--sync",
    "syncs",
    multiple=True,
    metavar="NAME",
    help="How the culture was synchronised: alpha, cdc15, cdc28, elutriation, thymidine, nocodazole ..."
    " Of several inputs once for all, or once for each, in their order.",
)
periods = click.option(
    "--period",
    "periods",
    multiple=True,
    type=click.FloatRange(min=0, min_open=True),
    metavar="MINUTES",
    help="Length of a cell cycle; estimated from all genes if not given. Of several inputs as --sync.",
)
scheme = click.option(
    "--scheme", type=click.Choice(list(SCHEMES)), help="Phases; those of the model or organism if not given."
)
data = click.option(
    "--data", type=click.Path(path_type=Path), metavar="FILE", help="Your own time course (CSV or TSV)."
)
labels = click.option(
    "--labels",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Known phases of its genes: a column of genes and one of phases.",
)
output_table = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the table here, in the format of its suffix.",
)
figure = click.option(
    "--figure",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw it, too: .svg, .png or .pdf.",
)


def require_sources(sources: Sequence[str], *beside: Path | None) -> None:
    """Refuse standard input given twice, and two files of one command in the same place.

    Parameters
    ----------
    sources
        Inputs; `-` is standard input. The same file twice is told by what is in it.
    beside
        All other files of the command; None for what is not given.
    """
    if sources.count("-") > 1:
        raise click.UsageError("standard input (-) can be read once only.")
    require_distinct(*{Path(source).resolve() for source in sources if source != "-"}, *beside)


def require_folder(output: Path) -> None:
    """Refuse a folder that cannot be made or written into, before anything is computed."""
    first = next((place for place in (output, *output.resolve().parents) if place.exists()), output)
    if not first.is_dir():
        raise InputError(f"'{first}' is no folder", expected="a folder to write into, or a new one")
    if not os.access(first, os.W_OK):
        raise InputError(f"'{output}' cannot be written", found=f"no permission to write into '{first}'")


def require_outputs(output: Path | None, figure: Path | None, title: str) -> None:
    """Refuse a table or a figure that could not be written, before anything is read."""
    from phasecall.figures import FORMATS
    from phasecall.io.files import require_place
    from phasecall.io.tablefile import require_table

    if output is not None:
        require_table(output, title)
    if figure is not None:
        if figure.suffix.lower().removeprefix(".") not in FORMATS:
            raise InputError(
                f"'{figure}' has no suffix of a figure", expected=", ".join(f".{form}" for form in FORMATS)
            )
        require_place(figure)


def save_figure(key: str, data: Any, path: Path) -> None:
    """Draw a figure into a file of the format that its suffix names."""
    from phasecall import figures

    figures.save(figures.draw(key, data), path.with_suffix(""), [path.suffix.lower().removeprefix(".")])


def command_line(*, names_only: bool = False) -> str:
    """Return the command that runs, as somebody can give it again; without the folders of files if asked."""
    context = click.get_current_context()
    words = []
    for parameter in context.command.params:
        if context.get_parameter_source(parameter.name or "") != click.core.ParameterSource.COMMANDLINE:
            continue
        value = context.params[parameter.name or ""]
        values = value if isinstance(value, tuple) else (value,)
        named = isinstance(parameter.type, click.Path) and names_only
        for text in (Path(one).name if named else str(one) for one in values):
            if isinstance(parameter, click.Argument):
                words.append(text)
            else:
                words += [parameter.opts[-1]] if value is True else [parameter.opts[-1], text]
    return shlex.join(["phasecall", context.command.name or "", *words])


def require_distinct(*paths: Path | None) -> None:
    """Refuse two files of one command in the same place: one would be lost."""
    places = [path.resolve() for path in paths if path is not None]
    twice = [str(path) for path in places if places.count(path) > 1]
    if twice:
        raise InputError(
            "two files of this command are the same one", found=twice[0], fix="give each a name of its own"
        )


def open_model(path: Path | None) -> ModelFile:
    """Return the model asked for, by the name of a shipped one or as a file; else the default one."""
    from phasecall import modelfile

    if path is None:
        return modelfile.shipped(modelfile.DEFAULT)
    named = str(path) in modelfile.SHIPPED and not path.is_file()
    return modelfile.shipped(str(path)) if named else modelfile.read(path)


def say_if_large(size: int) -> None:
    """Say so where a model file is larger than those that phasecall ships."""
    from phasecall.packing import MAX_SMALL_BYTES

    if size > MAX_SMALL_BYTES:
        messages.say(f"note: over {MAX_SMALL_BYTES:,} bytes, the limit of networks that come with phasecall")


def require_both(data: Path | None, labels: Path | None) -> None:
    """Refuse one of `--data` and `--labels` without the other."""
    if (data is None) != (labels is None):
        given, wanted = ("--data", "--labels") if labels is None else ("--labels", "--data")
        raise click.UsageError(f"{given} needs {wanted} too.")


def fit_labels(path: Path, course: TimeCourse, scheme: Scheme) -> dict[str, str]:
    """Return the labels of the genes of a course, and say what is to be known of them.

    Raises
    ------
    InputError
        If there is none, or one is no phase of the scheme.
    """
    from phasecall.io.labelling import fit_labels, read_label_table

    table = read_label_table(path)
    labels, notes = fit_labels(table, course.genes, scheme)
    messages.show_notes((*table.notes, *notes))
    if not labels:
        raise InputError(
            f"none of the labelled genes is in the time course '{course.name}'",
            expected=f"gene names such as {', '.join(course.genes[:3])}",
            found=f"labels for {', '.join(list(table.labels)[:3])}",
            where=table.source,
        )
    return labels


def own_track(course: TimeCourse, labels: Path, scheme: str | None) -> Track:
    """Return a track of the user's own data; its phases are those of the organism if none are named."""
    from phasecall import benchmark, caller
    from phasecall.phases import scheme as find_scheme

    key = scheme or caller.scheme_of(caller.find_organism(course.genes, course.sync))
    wanted = find_scheme(key)
    return benchmark.own_track(course, fit_labels(labels, course, wanted), wanted)
