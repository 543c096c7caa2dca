"""`phasecall export`: a trained network in the form that the next tool wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from phasecall.cli import messages, options

_EPILOG = """\b
Examples:
  phasecall export phasecall -o default.keras       the default network, for Keras
  phasecall export reference -o exact.onnx --float  the published network on nine points
  phasecall export run -o model.onnx                the network of a training run, small
"""


@click.command("export", epilog=_EPILOG)
@click.argument("source")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help=".onnx or .keras"
)
@click.option("--float", "exact", is_flag=True, help="Keep 32-bit weights in the ONNX file.")
@options.as_json
def command(source: str, output: Path, exact: bool, as_json: bool) -> None:
    """Write a trained network for use elsewhere.

    SOURCE is `phasecall` for the default network, `reference` for the published network, or the folder of
    a training run. An ONNX file holds the model card and is what --model takes; weights are stored in 4
    and 8 bits unless --float is given. A Keras file is for work in Keras; to add layers, begin with
    phasecall.network.reference().

    Needs the extra `train`.
    """
    from phasecall import packing
    from phasecall.io.files import require_place

    if output.suffix not in (".onnx", ".keras"):
        raise click.UsageError(f"the output must end in .onnx or .keras, not '{output.suffix}'.")
    require_place(output)
    model, card = packing.open_trained(source)
    told: dict[str, Any] = {"file": str(output), "format": output.suffix[1:]}
    if output.suffix == ".keras":
        packing.save_network(model, output)
    else:
        packed = packing.pack(model, card, output, exact=exact)
        told |= {"bytes": len(packed.content), **packing.measure_simulated_loss(model, packed)}
    if as_json:
        messages.show_json(told)
        return
    messages.say(f"wrote {output}")
    if output.suffix == ".onnx":
        messages.say(
            f"{told['bytes']:,} bytes; against the float network {100 * told['changed_calls']:.3f} % of"
            f" the calls of {told['n']} simulated genes change, no probability by more than"
            f" {told['max_probability_change']:.4f}"
        )
        options.say_if_large(told["bytes"])
