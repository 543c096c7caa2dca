"""`phasecall pretrain`: the default network, from simulated experiments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from phasecall.cli import messages, options, runs

if TYPE_CHECKING:
    from phasecall.pretraining import Plan

_EPILOG = """\b
Examples:
  phasecall pretrain -o run                             the default network, anew
  phasecall pretrain -o run --epochs 1 --lessons 4      a quick look
  phasecall pretrain -o other --seed 1                  other lessons, other initial weights

A run that was stopped goes on where it was when the same command is given again.
"""


@click.command("pretrain", epilog=_EPILOG)
@runs.output
@options.seed
@click.option("--epochs", type=click.IntRange(min=1), help="[default: 60]")
@click.option("--lessons", type=click.IntRange(min=1), help="Simulated experiments an epoch.  [default: 100]")
@click.option(
    "--genes", "n_genes", type=click.IntRange(min=1), help="Genes of each, 64 or more.  [default: 256]"
)
@click.option("--batch-size", type=click.IntRange(min=1), help="[default: 512]")
@click.option("--learning-rate", type=click.FloatRange(0, 1, min_open=True), help="[default: 0.003]")
@runs.restart
@options.as_json
def command(output: Path, restart: bool, as_json: bool, **settings: Any) -> None:
    """Train the network that reads any course, and write it as a model file with its card.

    It learns from simulated experiments alone, fresh in every epoch: any times, gaps, noise, and clocks that
    are off. It sees no real gene, so that every real gene can judge it.
    The folder gets model.onnx, model.keras, card.json, log.json and curve.svg/png/pdf. Same seed, same
    weights. Runs on a GPU where JAX has one. Needs the extra `train`.
    """
    from phasecall import modelfile, network, packing
    from phasecall.pretraining import Plan, pretrain

    options.require_folder(output)
    plan = _plan(settings)
    model = network.default(plan.seed).build()
    checkpoints = runs.open_checkpoints(output, restart=restart)
    with runs.show_progress(plan.epochs) as progress:
        trained = pretrain(model, plan, checkpoints, progress)
    name = modelfile.DEFAULT if plan == Plan() else output.resolve().name
    words = options.command_line(names_only=True)
    card = packing.describe_default(trained, plan, name=name, command=words)
    summary = packing.finish_default(trained.model, card, output)
    runs.write_log(trained.log, output)
    if as_json:
        messages.show_json(summary)
    _show_validation(summary["model"]["card"])
    messages.say(f"wrote {output}/model.onnx ({summary['model']['bytes']:,} bytes)")
    options.say_if_large(summary["model"]["bytes"])


def _plan(settings: dict[str, Any]) -> Plan:
    from phasecall.pretraining import Plan

    return Plan(**{name: value for name, value in settings.items() if value is not None})


def _show_validation(card: dict[str, Any]) -> None:
    last, loss = card["metrics"]["validation"], card["metrics"]["quantisation"]
    messages.say(
        f"epoch {last['epoch']}: {100 * last['val_accuracy']:.1f} % of simulated genes placed within a tenth"
        f" of a turn; the small file changes {100 * loss['changed_calls']:.3f} % of the calls of"
        f" {loss['n']} genes"
    )
