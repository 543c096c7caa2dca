"""Wire: what files of strangers hold outermost, read without building anything from it and within bounds.

An ONNX file is a protocol buffer: fields of a number and a kind, one after the other. To parse all of it
takes many times its size in memory and a library; its metadata and its proportions can be had without.
JSON sets no bounds to lengths, depths and numbers, but whatever is done with them does.
"""

from __future__ import annotations

import json
import math
from typing import Any

MAX_FIELDS = 20_000
"""Fields that one message may have; a small file of empty fields unfolds to gigabytes."""
MAX_TEXT = 2**20
"""Characters of a text of JSON, which unfold to many times as many bytes."""
MAX_DEPTH = 24
"""How deep a text of JSON may be nested; the description of the reference network goes to 11."""

_MAX_DIGITS = 18
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


def parse_json(text: str) -> Any:
    """Return what a text of JSON says, if it stays within bounds.

    Raises
    ------
    ValueError
        If it is no JSON, longer than `MAX_TEXT` or nested deeper than `MAX_DEPTH`; if a number is not finite
        or a whole number has more than 18 digits; if a text in it is no text of Unicode.

    Examples
    --------
    >>> parse_json('{"period": 110.5, "times": [0, 10]}')
    {'period': 110.5, 'times': [0, 10]}
    >>> parse_json("[1e999]")
    Traceback (most recent call last):
        ...
    ValueError: a number that is not finite, 1e999
    """
    if len(text) > MAX_TEXT:
        raise ValueError(f"more than {MAX_TEXT:,} characters")
    try:
        whole = json.loads(text, parse_constant=_finite, parse_float=_finite, parse_int=_short)
    except RecursionError as error:
        raise ValueError(f"nested more than {MAX_DEPTH} deep") from error
    _check_nested(whole, 0)
    return whole


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"a number that is not finite, {text[:40]}")
    return value


def _short(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _check_nested(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} deep")
    if isinstance(value, dict | list):
        for item in (*value, *value.values()) if isinstance(value, dict) else value:
            _check_nested(item, depth + 1)
    elif isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("half a character of Unicode")
