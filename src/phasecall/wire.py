"""Wire: the outermost layers of an ONNX file, read without building anything from them.

An ONNX file is a protocol buffer: fields of a number and a kind, one after the other. To parse all of it
takes many times its size in memory and a library; its metadata and its proportions can be had without.
"""

from __future__ import annotations

MAX_FIELDS = 20_000
"""Fields that one message may have; a small file of empty fields unfolds to gigabytes."""

_GRAPH, _METADATA = 7, 14
_KEY, _VALUE = 1, 2
_INITIALISER, _RAW_DATA = 5, 9


def metadata_of(content: bytes) -> dict[str, str] | None:
    """Return the metadata of an ONNX file; None if it is no ONNX file.

    Examples
    --------
    >>> metadata_of(b"gene,0,10,20"), metadata_of(bytes([58, 0]))
    (None, {})
    """
    try:
        parts = split(content)
        entries = [dict(split(part)) for number, part in parts if number == _METADATA]
        graphs = [part for number, part in parts if number == _GRAPH]
        found = {entry[_KEY].decode(): entry[_VALUE].decode() for entry in entries}
    except (ValueError, KeyError):
        return None
    return found if len(graphs) == 1 else None


def frame_size(content: bytes) -> int:
    """Return how many bytes of an ONNX file are not the raw data of weights.

    Raises
    ------
    ValueError
        If it is no ONNX file, or one of too many fields.
    """
    weights = 0
    for graph in (part for number, part in split(content) if number == _GRAPH):
        for tensor in (part for number, part in split(graph) if number == _INITIALISER):
            weights += sum(len(part) for number, part in split(tensor) if number == _RAW_DATA)
    return len(content) - weights


def split(message: bytes) -> list[tuple[int, bytes]]:
    """Return number and content of each field of a message; a field that is itself a number has no content.

    Raises
    ------
    ValueError
        If the bytes are no such message.

    Examples
    --------
    >>> split(bytes([8, 10, 18, 2]) + b"me")
    [(1, b''), (2, b'me')]
    """
    parts: list[tuple[int, bytes]] = []
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, kind = tag >> 3, tag & 7
        value, place = _varint(message, place)
        if kind not in (0, 2):
            raise ValueError("a kind of field that ONNX does not use")
        end = place + (value if kind == 2 else 0)
        if end > len(message) or len(parts) == MAX_FIELDS:
            raise ValueError("a field ends behind the file, or there are too many")
        parts.append((number, message[place:end]))
        place = end
    return parts


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """Return the number at a place, 7 bits a byte, lowest first, and the place behind it."""
    value = 0
    for shift, byte in enumerate(message[place : place + 10]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, place + shift + 1
    raise ValueError("a number that does not end")
