"""Package: the XML parts of an Office document, of a file that nobody vouches for.

Each part is read as a stream: no tree of it is built, and no entity in it is ever resolved.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from posixpath import join, normpath
from xml.parsers import expat

from phasecall.errors import InputError
from phasecall.io.header import listed

ROOT = "_rels/.rels"
"""The part that says which part is the document."""
MAX_PARTS = 20_000
MAX_UNPACKED = 512 << 20
"""Bytes of all parts together, as unpacked; a table of 20,000 genes and 48 times has 35 MiB."""

_MAX_DEPTH = 64
_MAX_TAG = 4 << 20
_CHUNK = 1 << 16
# Archives that are often given by mistake, by a part that they have.
_OTHERS = (
    ("xl/workbook.bin", "a binary Excel workbook (xlsb)", "save it as xlsx or CSV"),
    ("word/document.xml", "a Word document", "save the table in it as CSV"),
    ("ppt/presentation.xml", "a presentation", "save the table in it as CSV"),
    ("content.xml", "an OpenDocument file", "save the sheet as xlsx or CSV"),
)
Attributes = dict[str, str]


@contextmanager
def one_message(source: str) -> Iterator[None]:
    """Turn whatever reading a broken file raises into one message."""
    try:
        yield
    except InputError:
        raise
    except MemoryError:
        raise
    except Exception as fault:
        raise InputError(
            f"'{source}' is no workbook that can be read",
            found=f"{type(fault).__name__}: {fault}",
            fix="open it in Excel and save it again as xlsx or CSV",
        ) from None


def refuse_archive(archive: zipfile.ZipFile, source: str) -> None:
    """Refuse what is no workbook, and what would unfold to too much."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    size = sum(entry.file_size for entry in entries)
    for part, what, fix in _OTHERS:
        if part in names:
            raise InputError(f"'{source}' is no table", found=f"it looks like {what}", fix=fix)
    if ROOT not in names:
        found = f"another zip archive, of {listed(names)}" if names else "an empty zip archive"
        raise InputError(
            f"'{source}' is no Excel workbook", found=found, fix="unpack it, and give the table in it"
        )
    if len(entries) > MAX_PARTS or size > MAX_UNPACKED:
        raise InputError(
            f"'{source}' is too large",
            expected=f"at most {MAX_UNPACKED >> 20} MiB unpacked, in {MAX_PARTS:,} parts",
            found=f"{size >> 20:,} MiB in {len(entries):,} parts",
            fix="keep the sheet of one experiment",
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise InputError(f"'{source}' is protected by a password", fix="save it without one")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise InputError(f"'{source}' is packed as no workbook is", fix="save it again as xlsx or CSV")


def parse(
    archive: zipfile.ZipFile,
    part: str,
    where: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Read a part, and tell of every tag, without its prefix, and every text in it."""
    parser = expat.ParserCreate()
    depth = 0

    def begin(tag: str, about: Attributes) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise ValueError(f"tags are nested deeper than {_MAX_DEPTH}")
        start(tag[tag.find(":") + 1 :], about)

    def finish(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(tag[tag.find(":") + 1 :])

    def refuse(*_: object) -> None:
        raise InputError(
            f"'{where}' holds a document type, which no workbook has",
            found=f"a DTD in {part}",
            fix="open it in Excel and save it again",
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    if text is not None:
        parser.CharacterDataHandler = text
    fed = 0
    with archive.open(part) as stream:
        while block := stream.read(_CHUNK):
            parser.Parse(block)
            fed += len(block)
            if fed - parser.CurrentByteIndex > _MAX_TAG:
                raise ValueError(f"a tag in {part} is longer than {_MAX_TAG >> 20} MiB")
    parser.Parse(b"", True)


def find_targets(archive: zipfile.ZipFile, links: str, source: str) -> dict[str, list[str]]:
    """Return the parts that a part links to, by the last word of their type and by their identity."""
    base = links.rpartition("_rels/")[0]
    found: dict[str, list[str]] = {}

    def start(tag: str, about: Attributes) -> None:
        if tag == "Relationship" and about.get("TargetMode") != "External":
            target = about["Target"]
            part = target[1:] if target.startswith("/") else normpath(join(base, target))
            kind = about["Type"].rpartition("/")[2]
            found.setdefault(kind, []).append(part)
            if kind == "worksheet":
                found[f"id {about['Id']}"] = [part]

    parse(archive, links, source, start)
    return found
