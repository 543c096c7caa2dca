"""`phasecall export`: a trained network in the form that the next tool wants."""

from __future__ import annotations

from pathlib import Path

import click

from phasecall.cli import messages

_EPILOG = """\b
Examples:
  phasecall export reference -o reference.keras     the shipped network, to build on in Keras
  phasecall export reference -o exact.onnx --float
  phasecall export run -o model.onnx                the network of a training run, small
"""


@click.command("export", epilog=_EPILOG)
@click.argument("source")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help=".onnx or .keras"
)
@click.option("--float", "exact", is_flag=True, help="Keep 32-bit weights in the ONNX file.")
def command(source: str, output: Path, exact: bool) -> None:
    """Write a trained network for use elsewhere.

    SOURCE is `reference` for the shipped network, or the folder of a training run. An ONNX file holds the
    model card and is what --model takes; weights are stored in 4 and 8 bits unless --float is given. A Keras
    file is for training on and for adding layers. Needs the extra `train`.
    """
    from phasecall import modelfile, packing

    if output.suffix not in (".onnx", ".keras"):
        raise click.UsageError(f"the output must end in .onnx or .keras, not '{output.suffix}'.")
    model, card = packing.open_trained(source)
    if output.suffix == ".keras":
        packing.save_network(model, output)
        messages.say(f"wrote {output}")
        return
    size = packing.pack(model, card, output, exact=exact)
    loss = packing.measure_loss(model, modelfile.read(output))
    messages.say(
        f"wrote {output}: {size:,} bytes; against the float network {100 * loss['changed_calls']:.3f} % of"
        f" {loss['n']} calls change, no probability by more than {loss['max_probability_change']:.4f}"
    )
    if not exact and size > packing.MAX_SMALL_BYTES:
        messages.say(
            f"note: over {packing.MAX_SMALL_BYTES:,} bytes, the limit of the networks phasecall ships"
        )
