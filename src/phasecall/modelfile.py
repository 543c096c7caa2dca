"""Model file: an ONNX graph with a card that says what it is, sealed by a checksum.

The card is JSON under the key `phasecall` of the file's metadata. Its entry `file_sha256` is the SHA-256 of
the whole file with those 64 digits set to 0. Before it is verified only the outermost fields are walked, to
find the card. A checksum does not stop somebody who means harm: `inspect` looks at what a graph would do.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phasecall.errors import ModelError
from phasecall.inspection import inspect
from phasecall.io import atomic
from phasecall.phases import SCHEMES
from phasecall.wire import frame_size, metadata_of, parse_json

if TYPE_CHECKING:
    import onnx

FORMAT = 1
"""Version of the card; files of a newer one are refused."""
MAX_BYTES = 64 * 2**20
"""The largest file that is read."""
MAX_FRAME = 2**20
"""The largest file less its weights: what is parsed into objects many times its size."""
MAX_MINUTES = 1e6
"""The longest period and the latest time of a card: about two years."""

_KEY = "phasecall"
_SEAL = re.compile(rb'"file_sha256":"([0-9a-f]{64})"')
_OPEN_SEAL = "0" * 64
_MAX_TEXT = 1000
# How files begin that are often given by mistake.
_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive, such as a .keras file"),
    (b"\x89HDF", "an HDF5 file, such as an .h5 file of Keras"),
    *((bytes((0x80, version)), "a Python pickle, which could run code") for version in range(2, 6)),
)


@dataclass(frozen=True)
class ModelCard:
    """What a model is, was made from and is good for.

    Parameters
    ----------
    name, version, description
        What people call it, and one sentence about it.
    method
        Key of the method that made it.
    scheme
        Key of the scheme whose phases it calls, in the order of its outputs.
    times
        Minutes of the grid that it takes, rising.
    sync
        Synchronisation of the experiment it was trained on, or None for any.
    period
        Minutes of a turn in that experiment.
    turn_at_zero
        Turn at 0 minutes in that experiment, [0, 1).
    temperature
        What the logits were divided by, folded into the graph.
    parameters
        How many numbers the network has.
    training
        Data sets with their SHA-256, folds, seed, epochs, command, commit: what it takes to make it again.
    metrics
        How good it was, by track.
    licence
        Terms of the weights.
    created
        Date, ISO 8601.
    """

    name: str
    version: str
    description: str
    method: str
    scheme: str
    times: tuple[float, ...]
    sync: str | None
    period: float
    turn_at_zero: float
    temperature: float
    parameters: int
    training: dict[str, Any]
    metrics: dict[str, Any]
    licence: str
    created: str

    def to_json(self) -> str:
        """Return the card as JSON on one line, its seal still open.

        Raises
        ------
        ModelError
            If the card could not be read again: see `from_json`.
        """
        try:
            whole = {"format": FORMAT, **asdict(self), "file_sha256": _OPEN_SEAL}
            text = json.dumps(whole, separators=(",", ":"), allow_nan=False)
        except (ValueError, TypeError, RecursionError) as error:
            raise ModelError("the model card cannot be written", found=str(error), where=self.name) from error
        self.from_json(text)
        return text

    @classmethod
    def from_json(cls, text: str, where: str = "model card") -> ModelCard:
        """Return the card in a text.

        Raises
        ------
        ModelError
            If it is no card, of a newer format, or an entry is missing, unknown or not what it should be.
        """
        try:
            whole = parse_json(text)
        except ValueError as error:
            raise ModelError("the model card is not JSON", found=str(error), where=where) from error
        number = whole.pop("format", None) if isinstance(whole, dict) else None
        if type(number) is not int:
            raise ModelError("the model card has no format", found=text[:60], where=where)
        if number > FORMAT:
            raise ModelError(
                "the model was made by a newer phasecall",
                expected=f"a card of format {FORMAT} or older",
                found=f"format {number}",
                where=where,
                fix="pip install --upgrade phasecall",
            )
        whole.pop("file_sha256", None)
        _check_entries(whole, where)
        if fault := next(_range_faults(whole), None):
            raise ModelError(
                "the model card holds something out of range",
                expected="times that rise, a period above 0, a turn from 0 to 1, a temperature above 0",
                found=fault,
                where=where,
            )
        return cls(**{**whole, "times": tuple(map(float, whole["times"]))})


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

    inspect(proto, n_points=len(card.times), n_phases=_count_phases(card))
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
    inspect(proto, n_points=len(model.card.times), n_phases=_count_phases(model.card), where=where)
    return model


@cache
def shipped() -> ModelFile:
    """Return the model that comes with the package.

    Raises
    ------
    ModelError
        If the installation is incomplete or the file was altered.
    """
    file = resources.files("phasecall") / "data" / "reference.onnx"
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ModelError(
            "the model that comes with phasecall is missing", where=str(file), fix="reinstall phasecall"
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
    digest = hashlib.sha256(content[:start] + _OPEN_SEAL.encode() + content[end:]).hexdigest()
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


def require_scheme(card: ModelCard, key: str) -> None:
    """Check that a model calls the phases of a scheme.

    Raises
    ------
    ModelError
        If it was trained for another scheme.
    """
    if card.scheme != key:
        raise ModelError(
            "the model calls the phases of another scheme",
            expected=f"scheme '{key}'",
            found=f"scheme '{card.scheme}'",
            where=f"model '{card.name}'",
            fix=f"use --scheme {card.scheme}, or a model trained for '{key}'",
        )


def _count_phases(card: ModelCard) -> int:
    if card.scheme not in SCHEMES:
        raise ModelError(
            "the model calls the phases of an unknown scheme",
            expected=f"one of {', '.join(SCHEMES)}",
            found=card.scheme,
            where=f"model '{card.name}'",
        )
    return len(SCHEMES[card.scheme])


def _check_entries(whole: dict[str, Any], where: str) -> None:
    wanted = {field.name: str(field.type) for field in fields(ModelCard)}
    wrong = sorted(wanted.keys() ^ whole.keys())
    for name in wanted.keys() & whole.keys():
        value, kind = whole[name], wanted[name]
        fits = {
            "str": isinstance(value, str),
            "str | None": value is None or isinstance(value, str),
            "float": type(value) in (int, float),
            "int": type(value) is int,
            "dict[str, Any]": isinstance(value, dict),
            "tuple[float, ...]": bool(value)
            and isinstance(value, list)
            and {type(item) for item in value} <= {int, float},
        }
        if not fits[kind]:
            wrong.append(name)
    if wrong:
        raise ModelError(
            "the model card cannot be read",
            expected=f"the entries {', '.join(wanted)}",
            found=f"missing, unknown or of another type: {', '.join(sorted(wrong))}",
            where=where,
        )


def _range_faults(whole: dict[str, Any]) -> Iterator[str]:
    times, least = whole["times"], 1 / MAX_MINUTES
    fits = {
        "times": max(map(abs, times)) <= MAX_MINUTES and all(a < b for a, b in pairwise(times)),
        "period": least <= whole["period"] <= MAX_MINUTES,
        "turn_at_zero": 0 <= whole["turn_at_zero"] < 1,
        "temperature": least <= whole["temperature"] <= MAX_MINUTES,
        "parameters": whole["parameters"] >= 0,
    }
    yield from (f"{name} = {whole[name]}" for name, holds in fits.items() if not holds)
    # Texts go into tables, a line a gene, and onto terminals.
    texts = {name: value for name, value in whole.items() if isinstance(value, str)}
    odd = (name for name, text in texts.items() if not text.isprintable() or len(text) > _MAX_TEXT)
    yield from (f"{name} = {texts[name]}, too long or with control characters" for name in odd)


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
