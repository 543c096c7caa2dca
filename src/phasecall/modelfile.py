"""Model file: an ONNX graph with a card that says what it is, sealed by a checksum.

The card is JSON under the key `phasecall` of the file's metadata. Its entry `file_sha256` is the SHA-256 of
the whole file with those 64 digits set to 0. Before it is verified only the outermost fields are walked, to
find the card. A checksum does not stop somebody who means harm: `inspect` looks at what a graph would do.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from phasecall.density import N_HEADS
from phasecall.errors import ModelError
from phasecall.inspection import inspect
from phasecall.io import atomic
from phasecall.modelcard import OPEN_SEAL, ModelCard, require_grid
from phasecall.phases import SCHEMES
from phasecall.wire import frame_size, metadata_of

if TYPE_CHECKING:
    import onnx

SHIPPED = DEFAULT, REFERENCE = "phasecall", "reference"
"""Names of the models that come with the package."""
MAX_BYTES = 64 * 2**20
"""The largest file that is read."""
MAX_FRAME = 2**20
"""The largest file less its weights: what is parsed into objects many times its size."""

_KEY = "phasecall"
_SEAL = re.compile(rb'"file_sha256":"([0-9a-f]{64})"')
# How files begin that are often given by mistake.
_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive, such as a .keras file"),
    (b"\x89HDF", "an HDF5 file, such as an .h5 file of Keras"),
    *((bytes((0x80, version)), "a Python pickle, which could run code") for version in range(2, 6)),
)


@dataclass(frozen=True)
class ModelFile:
    """A model file, read and checked.

    Parameters
    ----------
    content
        The bytes of the file, which are what ONNX Runtime takes.
    card
        What it is.
    sha256
        Digest of the file as it is, 64 hexadecimal digits.
    """

    content: bytes
    card: ModelCard
    sha256: str


def write(path: str | Path, proto: onnx.ModelProto, card: ModelCard) -> ModelFile:
    """Write a graph with its card: whole or not at all, and the same bytes from the same graph and card.

    Parameters
    ----------
    path
        Where; a file there is replaced.
    proto
        What `phasecall.graph.to_onnx` returned; it is left as it is.
    card
        What it is.

    Returns
    -------
    ModelFile
        What was written.

    Raises
    ------
    ModelError
        If graph and card do not fit together.
    InputError
        If the file cannot be written.
    """
    sealed = seal(proto, card)
    with atomic(path, "wb") as stream:
        stream.write(sealed.content)
    return sealed


def seal(proto: onnx.ModelProto, card: ModelCard) -> ModelFile:
    """Return a graph with its card as a model file that is not on disk; see `write`."""
    import onnx

    _inspect(proto, card)
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    del copy.metadata_props[:]
    copy.metadata_props.add(key=_KEY, value=card.to_json())
    content = copy.SerializeToString(deterministic=True)
    seals = list(_SEAL.finditer(content))
    if len(seals) != 1:
        raise ModelError("the card holds an entry named 'file_sha256'", fix="name it otherwise")
    start, end = seals[0].span(1)
    content = content[:start] + hashlib.sha256(content).hexdigest().encode() + content[end:]
    return ModelFile(content, card, hashlib.sha256(content).hexdigest())


def read(path: str | Path) -> ModelFile:
    """Read a model file from anywhere: checked for changes, then for anything that ours never hold.

    Parameters
    ----------
    path
        A file that `write` wrote.

    Raises
    ------
    ModelError
        If it is missing, too large, no model file of phasecall, altered, of a newer format, or holds
        operators, shapes or links to other files that phasecall does not write.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    where = str(path)
    model = unseal(_load(Path(path)), where)
    try:
        if frame_size(model.content) > MAX_FRAME:
            raise ValueError(f"more than {MAX_FRAME:,} bytes beside its weights")
        proto = onnx.load_model_from_string(model.content)
    except (DecodeError, ValueError) as error:
        raise ModelError("the graph cannot be read", found=str(error), where=where) from error
    _inspect(proto, model.card, where)
    return model


@cache
def shipped(name: str = REFERENCE) -> ModelFile:
    """Return a model that comes with the package.

    Parameters
    ----------
    name
        `DEFAULT`, which reads any course on its clock, or `REFERENCE`, the published network on nine points.

    Raises
    ------
    ModelError
        If the installation is incomplete or the file was altered.
    """
    file = resources.files("phasecall") / "data" / f"{name}.onnx"
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ModelError(
            "a model that comes with phasecall is missing", where=str(file), fix="reinstall phasecall"
        ) from error
    return unseal(content, str(file))


def unseal(content: bytes, where: str = "model") -> ModelFile:
    """Return the bytes of a model file with their card, having checked that nothing was changed.

    Raises
    ------
    ModelError
        If they are no model file of phasecall, were altered, or their card cannot be read.
    """
    seals = list(_SEAL.finditer(content))
    metadata = metadata_of(content)
    if metadata is None or _KEY not in metadata or len(seals) != 1:
        raise ModelError(
            "this is not a model file of phasecall",
            expected="an .onnx file written by phasecall",
            found=_describe(content, metadata),
            where=where,
        )
    start, end = seals[0].span(1)
    digest = hashlib.sha256(content[:start] + OPEN_SEAL.encode() + content[end:]).hexdigest()
    if digest != seals[0][1].decode():
        raise ModelError(
            "the model file was altered after it was written",
            expected=f"SHA-256 {seals[0][1].decode()}",
            found=digest,
            where=where,
            fix="get the file again",
        )
    card = ModelCard.from_json(metadata[_KEY], where)
    return ModelFile(content, card, hashlib.sha256(content).hexdigest())


def _inspect(proto: onnx.ModelProto, card: ModelCard, where: str = "model") -> None:
    """Check a graph against the card that stands beside it."""
    if card.kind == "clock":
        inspect(proto, n_points=None, n_outputs=N_HEADS, where=where)
    else:
        inspect(proto, n_points=len(card.times), n_outputs=_count_phases(card), where=where)


def _count_phases(card: ModelCard) -> int:
    key = require_grid(card).scheme
    if key not in SCHEMES:
        raise ModelError(
            "the model calls the phases of an unknown scheme",
            expected=f"one of {', '.join(SCHEMES)}",
            found=key,
            where=f"model '{card.name}'",
        )
    return len(SCHEMES[key])


def _load(path: Path) -> bytes:
    where = str(path)
    if path.is_dir():
        raise ModelError("this is a folder", expected="a model file, .onnx", where=where)
    if not path.is_file():
        raise ModelError("there is no such model file", where=where, fix="check the path")
    size = path.stat().st_size
    if not 0 < size <= MAX_BYTES:
        raise ModelError(
            "the model file is empty" if size == 0 else "the model file is too large",
            expected=f"at most {MAX_BYTES:,} bytes",
            found=f"{size:,} bytes",
            where=where,
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError("the model file cannot be read", found=str(error), where=where) from error


def _describe(content: bytes, metadata: dict[str, str] | None) -> str:
    for start, what in _SIGNATURES:
        if content.startswith(start):
            return what
    if metadata is not None:
        return "a card without a seal" if _KEY in metadata else "an ONNX file without the card of phasecall"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "something else, or an incomplete file"
    return "text"
