"""The command line: words into calls of the package, results to stdout or files, messages to stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from phasecall import __version__
from phasecall.cli.messages import show_error
from phasecall.errors import InputError, PhasecallError

# A verb is a module of this package with a `command`; it is imported when the verb is used, so that
# `phasecall --help` is there at once.
VERBS = {
    "demo": "Run the main job on the embedded real data, and show how good it is.",
    "call": "Call the phase in which each gene of a time course peaks.",
    "qc": "Tell whether an experiment can be trusted, and what to do about it.",
    "explore": "Draw the atlas of a time course: what its values, profiles and rhythms look like.",
    "annotate": "Tell which sets of genes peak in a phase or together, and what unknown genes may do.",
    "compare": "Compare two conditions of the same genes: shifts, gained and lost rhythm.",
    "embed": "Give the numbers by which the network tells genes apart, neighbours and a map.",
    "finetune": "Tune the default network to an experiment by a few labelled genes of it.",
    "train": "Train a network from simulated cultures and labelled genes.",
    "pretrain": "Train the network that reads any course, from simulated experiments alone.",
    "evaluate": "Judge a model on the benchmark's tracks or on your own labels.",
    "benchmark": "Judge every method, ours and others', on the same genes of every track.",
    "simulate": "Simulate a synchronised culture, with the truth behind it.",
    "datasets": "List, show and export the embedded data, and fetch public ones.",
    "serve": "Serve the same over HTTP, on this machine: REST, with jobs and limits.",
    "export": "Write a trained network for use elsewhere: small or float ONNX, or Keras.",
}

EXIT_INTERRUPTED = 130


class _Verbs(click.Group):
    """The verbs, imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of use."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"phasecall.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=_Verbs,
    subcommand_metavar="VERB [OPTIONS] ...",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: phasecall demo",
)
@click.version_option(__version__, "--version", prog_name="phasecall")
def group() -> None:
    """Tell, for every gene of a synchronised time course, in which phase of the cell cycle it peaks."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 bad input or usage, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    try:
        status = group.main(args=words, prog_name="phasecall", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as fault:
        click.echo(fault.format_message(), err=True)
        status = fault.exit_code
    except click.ClickException as fault:
        where = fault.ctx.command_path if isinstance(fault, click.UsageError) and fault.ctx else "phasecall"
        show_error(InputError(fault.format_message(), fix=f"see {where} --help"), as_json=as_json)
        status = InputError.exit_status
    except PhasecallError as fault:
        show_error(fault, as_json=as_json)
        status = fault.exit_status
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        status = EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`); Python must not complain at exit either.
        sys.stdout = None
        status = 0
    except MemoryError:
        show_error(InputError("not enough memory", fix="work on fewer genes at a time"), as_json=as_json)
        status = InputError.exit_status
    except OSError as fault:
        show_error(_from_system(fault), as_json=as_json)
        status = InputError.exit_status
    sys.exit(status if isinstance(status, int) else 0)


def _from_system(fault: OSError) -> InputError:
    return InputError(
        f"the system refused: {fault.strerror or fault}",
        where=str(fault.filename) if fault.filename else None,
        fix="check that the folder exists, that you may write there, and that the disk is not full",
    )
