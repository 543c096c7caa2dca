"""`phasecall annotate`: sets of genes against phases and the clock, and what unknown genes may do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import messages, options, reading
from phasecall.errors import InputError

if TYPE_CHECKING:
    from phasecall.annotation import Annotation, Hypotheses
    from phasecall.genesets import GeneSets
    from phasecall.timecourse import TimeCourse

_EPILOG = """\b
Examples:
  phasecall annotate alpha.tsv                       SGD's GO slim: phasecall datasets fetch go-slim
  phasecall annotate alpha.tsv --sets sets.gmt -o annotation
  phasecall annotate alpha.tsv --sets sgd.gaf.gz --sets own.csv --max-size 200
  phasecall annotate alpha.tsv cdc15.tsv --hypotheses hypotheses.tsv   two experiments together
  phasecall annotate alpha.tsv --sets sets.gmt --json
"""
_MOST_ROWS = 15


@click.command("annotate", epilog=_EPILOG)
@click.argument("sources", metavar="INPUT...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "--sets",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Gene sets: GMT, GAF 2, SGD's go_slim_mapping.tab, or two columns, gene and set. If none is given,"
    " SGD's GO slim in the folder of public data.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write phases.tsv, clock.tsv and figures/ here.",
)
@click.option(
    "--hypotheses",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write here what genes without known function may do (.tsv or .csv, .gz or not).",
)
@click.option(
    "--min-size", type=click.IntRange(min=1), default=3, show_default=True, help="Genes of the smallest set."
)
@click.option(
    "--max-size", type=click.IntRange(min=1), default=500, show_default=True, help="Genes of the largest set."
)
@options.syncs
@options.periods
@options.scheme
@options.seed
@options.as_json
@reading.options
def command(sources: tuple[str, ...], output: Path | None, as_json: bool, **how: Any) -> None:
    """Tell which sets of genes belong to a phase, and which peak together on the clock.

    INPUT is a time course, as `phasecall call` reads it, or several of the same genes. The genes that were
    measured are the background. Sets of too few or too many of them are left out, and counted.

    --hypotheses proposes processes for genes that no set holds, by the known genes whose values rise and fall
    with theirs, each with its evidence and with how often such a proposal is right, measured by hiding known
    genes. Nothing is sent anywhere.
    """
    from phasecall import caller
    from phasecall.annotation import annotate, propose

    hypotheses: Path | None = how["hypotheses"]
    _require_files(sources, how["sets"], output, hypotheses, how["reading"])
    if how["min_size"] > how["max_size"]:
        raise click.UsageError("--min-size is above --max-size.")
    files = _read_sets(how["sets"])
    syncs = caller.apportion("--sync", how["syncs"], len(sources))
    courses = reading.read_together(sources, syncs, how["reading"])
    periods = caller.apportion("--period", how["periods"], len(courses))
    calls = caller.call(courses, scheme=how["scheme"], period=periods)
    messages.show_notes(calls.notes)
    bounds = {"least": how["min_size"], "most": how["max_size"]}
    found = annotate(calls, files, seed=how["seed"], **bounds)
    messages.show_notes(found.notes)
    proposed = propose(found, courses) if hypotheses is not None else None
    written = _write(found, proposed, output, hypotheses)
    if as_json:
        messages.show_json(_to_dict(found, proposed, courses))
    else:
        _show(found, proposed)
        messages.show_written(*written, as_json=False)


def _require_files(
    sources: Sequence[str],
    sets: Sequence[Path],
    output: Path | None,
    hypotheses: Path | None,
    how: dict[str, Any],
) -> None:
    """Refuse files that cannot go together or be written."""
    from phasecall.io.tablefile import require_table

    piped = [str(one) for one in sets if str(one) == "-"]
    files = [one for one in sets if str(one) != "-"]
    options.require_sources([*sources, *piped], *files, how["samples"], output, hypotheses)
    if output is not None:
        options.require_folder(output)
    if hypotheses is not None:
        require_table(hypotheses, "hypotheses")


def _read_sets(paths: Sequence[Path]) -> list[GeneSets]:
    """Return the gene sets asked for, or else those of the folder of public data."""
    from phasecall import genesets
    from phasecall.errors import MissingDataError

    if paths:
        return [genesets.read_sets(path) for path in paths]
    try:
        return [genesets.load_slim()]
    except MissingDataError as fault:
        raise InputError(
            "no gene sets are given, and SGD's GO slim is not here",
            expected="--sets FILE",
            where=fault.where,
            fix=f"give --sets, or get the GO slim: {fault.fix}",
        ) from None


def _write(
    found: Annotation, proposed: Hypotheses | None, output: Path | None, hypotheses: Path | None
) -> list[Path]:
    from phasecall import figures
    from phasecall.io.tablefile import Table, write_table

    written = []
    if output is not None:
        (output / "figures").mkdir(parents=True, exist_ok=True)
        for name, columns in (("phases", found.phases), ("clock", found.clock)):
            written.append(output / f"{name}.tsv")
            write_table(Table(name, columns), written[-1])
        written += figures.save(figures.draw("annotation", found), output / "figures" / "annotation")
    if proposed is not None and hypotheses is not None:
        write_table(Table("hypotheses", proposed.table, proposed.as_dict()), hypotheses)
        written.append(hypotheses)
    return written


def _to_dict(found: Annotation, proposed: Hypotheses | None, courses: Sequence[TimeCourse]) -> dict[str, Any]:
    from phasecall.io.callfile import list_rows

    told = {"experiments": [course.name for course in courses], **found.as_dict()}
    if proposed is not None:
        told["hypotheses"] = {**proposed.as_dict(), "genes": list(list_rows(proposed.table))}
    return told


def _show(found: Annotation, proposed: Hypotheses | None) -> None:
    """Write what stands out to stdout, and how good hypotheses are to stderr."""
    _show_phases(found)
    click.echo()
    _show_clock(found)
    if proposed is not None:
        _tell_precision(proposed)


def _show_phases(found: Annotation) -> None:
    from phasecall.annotation import pick_distinct

    table = found.phases
    click.echo("Sets with more genes in a phase than chance gives them\n")
    rows = [
        (
            table["title"][row],
            table["phase"][row],
            f"{table['n_both'][row]} of {table['n_set'][row]}",
            f"{table['expected'][row]:.1f}",
            f"{table['odds_ratio'][row]:.1f} ({table['odds_lo'][row]:.1f} to {table['odds_hi'][row]:.1f})",
            f"{table['q'][row]:.2g}",
        )
        for row in pick_distinct(table, _MOST_ROWS)
    ]
    _show_table(("set", "phase", "genes", "expected", "odds ratio", "q"), rows)


def _show_clock(found: Annotation) -> None:
    from phasecall.annotation import pick_distinct

    table = found.clock
    click.echo("Sets that peak together on the clock\n")
    rows = [
        (
            table["title"][row],
            str(table["n"][row]),
            f"{table['turn'][row]:.3f} ({table['turn_lo'][row]:.3f} to {table['turn_hi'][row]:.3f})",
            f"{table['time'][row]:.0f}",
            f"{table['resultant'][row]:.2f}",
            f"{table['expected'][row]:.2f}",
            f"{table['q'][row]:.2g}",
        )
        for row in sorted(pick_distinct(table, _MOST_ROWS), key=lambda row: float(table["turn"][row]))
    ]
    _show_table(("set", "genes", "turn", "min", "resultant", "expected", "q"), rows)


def _show_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if rows:
        messages.show_table(header, rows)
    else:
        click.echo("none with a q of 0.05 or less")


def _tell_precision(proposed: Hypotheses) -> None:
    """Say how often the first hypothesis of a hidden gene was right, beside plainer ways."""
    first = {way: f"{100 * own[1]:.1f} %" for way, own in proposed.precision.items()}
    low, high = proposed.bound("correlation", 1)
    messages.say(
        f"hiding each of {proposed.n_known} genes of known function, the first hypothesis was right for"
        f" {first['correlation']} (95 %: {100 * low:.1f} to {100 * high:.1f}; most frequent sets of its"
        f" phase: {first['phase']}, of all genes: {first['prior']}); {proposed.n_unknown} genes have none"
    )
