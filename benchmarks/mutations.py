"""Mutations of files: what `benchmarks/fuzz.py` does to its seeds.

Some keep the meaning of a table, and the reader must then say the same of it (`same`); one cuts it off, and
the genes above the cut must be there, or the file refused (`cut`); of all others anything may come.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
BINARY = (ZIP, b"PAR1", b"ARROW1", b"\x89HDF")
"""How files begin that are no text."""

_TEXTS = (
    ',¦;¦\t¦|¦"¦\'¦""¦"""¦\n¦\r¦\r\n¦\0¦#¦!¦%¦//¦ ¦+¦-¦.¦..¦\ufeff¦\u202e¦\u0661¦\x1b[2J¦\u00e9'
    "¦NaN¦nan¦NA¦inf¦-inf¦1e999¦-1e999¦1e-999¦1_000¦0x10¦1,5¦1.234,5¦1,234.5¦#DIV/0!¦-0¦1e308¦-1e308"
    "¦99999999999999999999¦4294967296¦2147483647¦-1¦65536¦1048577¦XFD1048576¦EWEIGHT¦../../x"
    "¦time¦gene¦ID¦CycID¦Gene.Name¦alpha0¦cdc15_10¦ZT4_rep1¦CT0_AA_1¦TP2.1¦12:00¦24:00¦1h30¦40min¦T-10¦0 sd"
    '¦<!DOCTYPE x [<!ENTITY a "b">]>¦<!ENTITY¦&a;¦&lt;¦&amp;¦<![CDATA[¦]]>'
    "¦!series_matrix_table_begin¦^SAMPLE = GSM1¦!Sample_title"
)
TOKENS = (*(text.encode() for text in _TEXTS.split("¦")), b"\xc3", b"\xff\xfe", *BINARY, GZIP)
"""What means something to a reader."""
INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
LONG = 50_000
"""Length of what is called a very long run."""
BOMB = 300 << 20
"""Bytes that a bomb unfolds to."""


@dataclass(frozen=True)
class Mutant:
    """A file that was changed: its bytes, what was done, and what is promised (`same`, `cut` or nothing)."""

    content: bytes
    done: tuple[str, ...] = ()
    promise: str = ""


Change = Callable[[bytes, Random, Sequence[bytes]], bytes]
"""What changes bytes, given others to splice in."""


def mutate(content: bytes, random: Random, others: Sequence[bytes]) -> Mutant:
    """Return a file changed in some way."""
    if content.startswith(ZIP):
        return _mutate_zip(content, random, others)
    text = not content.startswith(BINARY)
    ways: list[Callable[[bytes, Random, Sequence[bytes]], Mutant]] = [_stack_bytes]
    if text:
        ways += [_stack_cells, _stack_cells, _keep, _cut]
    mutant = random.choice(ways)(content, random, others)
    if random.random() < 0.1 and not mutant.content.startswith(GZIP):
        mutant = replace(
            mutant, content=gzip.compress(mutant.content, 1, mtime=0), done=(*mutant.done, "packed")
        )
        if random.random() < 0.4:
            mutant = Mutant(_change(mutant.content, random, others), (*mutant.done, "gzip changed"))
    return mutant


def bomb(content: bytes, random: Random) -> Mutant:
    """Return a small file that unfolds to a large one, or says that it is large."""
    if content.startswith(ZIP):
        parts = _parts(content)
        name = random.choice([*parts])
        if random.random() < 0.5:
            parts[name] = parts[name][:200] + bytes([random.choice(b"\0 A<")]) * BOMB
            return Mutant(_zipped(parts), (f"bomb in {name}",))
        huge = rb'\1"A1:XFD1048576"'
        parts = {key: re.sub(rb'(ref=)"[^"]*"', huge, part) for key, part in parts.items()}
        return Mutant(_zipped(parts), ("huge dimensions",))
    line = content.splitlines()[-1][:200] if not content.startswith(BINARY) else b"1,"
    unit = random.choice((b"\0", b"\n", b",", b'"', b"a,1,2\n", b" ", b"1\t", line + b"\n"))
    size = random.choice((BOMB, BOMB // 3, BOMB // 15))
    unfolded = content + unit * (size // len(unit))
    return Mutant(gzip.compress(unfolded, 1, mtime=0), (f"bomb of {size} bytes of {unit[:20]!r}",))


def _change(content: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Return bytes with one change to them, as AFL makes."""
    if not content:
        return random.choice(TOKENS)
    start = random.randrange(len(content))
    stop = min(len(content), start + random.choice((1, 2, 4, 8, 32, 128)))
    block = content[start:stop]
    other = random.choice(others)
    place, from_ = random.randrange(len(content)), random.randrange(len(other) + 1)
    token = random.choice(TOKENS)
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: content[:start] + bytes([content[start] ^ 1 << random.randrange(8)]) + content[start + 1 :],
        lambda: content[:start] + bytes([random.randrange(256)]) + content[start + 1 :],
        lambda: _with_number(content, start, random),
        lambda: content[:start] + content[stop:],
        lambda: content[:stop] + block * random.choice((1, 2, 100)) + content[stop:],
        lambda: content[:place] + block + content[place + len(block) :],
        lambda: content[:start] + other[from_ : from_ + random.choice((8, 64, 1000))] + content[stop:],
        lambda: content[:start] + other[from_:],
        lambda: content[:start],
        lambda: content[:start] + token + content[start:],
        lambda: content[:start] + (random.choice((token, block[:1])) * LONG)[:LONG] + content[start:],
    )
    return random.choice(ways)()


def _with_number(content: bytes, start: int, random: Random) -> bytes:
    width = random.choice((1, 2, 4, 8))
    number = (random.choice(INTERESTING) % (1 << 8 * width)).to_bytes(width, "little")
    return content[:start] + number[:: random.choice((1, -1))] + content[start + width :]


def _stack_bytes(content: bytes, random: Random, others: Sequence[bytes]) -> Mutant:
    count = random.choice((1, 1, 2, 4, 8))
    for _ in range(count):
        content = _change(content, random, others)
    return Mutant(content, (f"{count} changes of bytes",))


def _mutate_zip(content: bytes, random: Random, others: Sequence[bytes]) -> Mutant:
    """Change the container, or a part of it that is then packed with a right checksum."""
    way = random.randrange(4)
    if way == 0:
        return _stack_bytes(content, random, others)
    parts = _parts(content)
    name = random.choice([*parts])
    if way == 1:
        return Mutant(_zipped(parts, zipfile.ZIP_STORED), ("packed again",), "same")
    if way == 2 and random.random() < 0.3:
        return Mutant(
            _zipped({key: part for key, part in parts.items() if key != name}), (f"without {name}",)
        )
    inner = _stack_bytes(parts[name], random, [*parts.values()])
    return Mutant(_zipped({**parts, name: inner.content}), (f"in {name}:", *inner.done))


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def _zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part, method, 1)
    return stream.getvalue()


# Text tables


def delimiter_of(text: str) -> str:
    """Return what parts the cells of a seed."""
    last = [line for line in text.splitlines() if not line.startswith("#")][-1:]
    return next((mark for mark in "\t;," if any(mark in line for line in last)), " ")


def _stack_cells(content: bytes, random: Random, others: Sequence[bytes]) -> Mutant:
    """Change cells, rows and columns."""
    text = content.decode("utf-8", "replace")
    mark = delimiter_of(text) if text.strip() else ","
    rows = [line.split(mark) for line in text.splitlines()]
    done = [_change_cells(rows, random, others) for _ in range(random.choice((1, 1, 2, 4)))]
    marks = [mark] * len(rows)
    if random.random() < 0.1:
        done.append("delimiters mixed")
        marks = [random.choice((mark, mark, ",", "\t", ";", " ")) for _ in rows]
    lines = (own.join(row) for own, row in zip(marks, rows, strict=True))
    return Mutant("\n".join(lines).encode("utf-8", "replace"), tuple(done))


def _change_cells(rows: list[list[str]], random: Random, others: Sequence[bytes]) -> str:
    """Change rows of cells where they are, and return what was done."""
    if not rows:
        rows.append(["gene"])
    row = rows[random.randrange(len(rows))] or [""]
    column = random.randrange(len(row))
    token = random.choice(TOKENS).decode("utf-8", "replace")
    header = rows[0]
    ways: dict[str, Callable[[], object]] = {
        "cell set": lambda: row.__setitem__(column, token),
        "cell dropped": lambda: row.__delitem__(column),
        "cell doubled": lambda: row.insert(column, row[column]),
        "cells swapped": lambda: random.shuffle(row),
        "row dropped": lambda: rows.__delitem__(random.randrange(len(rows))),
        "row doubled": lambda: rows.insert(random.randrange(len(rows)), [*row]),
        "rows shuffled": lambda: random.shuffle(rows),
        "header shuffled": lambda: random.shuffle(header),
        "label set": lambda: header.__setitem__(random.randrange(len(header)), token) if header else None,
        "label of another": lambda: _take_label(header, random, others),
        "column doubled": lambda: [
            own.__setitem__(slice(column, column), own[column : column + 1]) for own in rows
        ],
        "column dropped": lambda: [own.__setitem__(slice(column, column + 1), []) for own in rows],
        "column set": lambda: [own.__setitem__(column, token) for own in rows[1:] if column < len(own)],
        "turned": lambda: rows.__setitem__(slice(None), [[*cells] for cells in zip(*rows, strict=False)]),
        "long cell": lambda: row.__setitem__(column, token * (LONG // max(1, len(token)))),
        "many columns": lambda: [own.__setitem__(slice(len(own), None), own[-1:] * 500) for own in rows],
        "many rows": lambda: rows.extend([[*row] for _ in range(500)]),
    }
    what = random.choice([*ways])
    ways[what]()
    return what


def _take_label(header: list[str], random: Random, others: Sequence[bytes]) -> None:
    if header:
        first = random.choice(others)[:2000].split(b"\n")[0].decode("utf-8", "replace")
        header[random.randrange(len(header))] = random.choice(re.split(r"[\t,;]", first))


def _keep(content: bytes, random: Random, _: Sequence[bytes]) -> Mutant:
    """Change how a table is written, not what it says."""
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    mark, lines = delimiter_of(text), text.rstrip("\n").split("\n")
    # Files of GEO have signs and comments of their own.
    table = text[:1] not in ("!", "^")
    plain = table and '"' not in text
    ways = {
        "gzip": gzip.compress(content, mtime=0),
        "gzip in two members": gzip.compress(content[:20]) + gzip.compress(content[20:]),
        "byte order mark": b"\xef\xbb\xbf" + text.encode(),
        "no last line end": text.rstrip("\n").encode(),
    }
    if table:
        ways["comment behind"] = (text.rstrip("\n") + "\n#comment\n").encode()
    if not any(line.count('"') % 2 for line in lines):
        ways["Windows"] = "\r\n".join(lines).encode()
        ways["old Mac"] = "\r".join(lines).encode()
        ways["empty lines"] = "\n\n".join(lines).encode()
    if plain:
        ways["quoted"] = "\n".join(
            mark.join(f'"{cell}"' for cell in line.split(mark)) for line in lines
        ).encode()
    if plain and mark in "\t," and not any(other in text for other in ";\t,".replace(mark, "")):
        ways["semicolons"] = text.replace(mark, ";").encode()
    what = random.choice([*ways])
    return Mutant(ways[what], (what,), "same")


def _cut(content: bytes, random: Random, _: Sequence[bytes]) -> Mutant:
    return Mutant(content[: random.randrange(1, len(content))], ("cut off",), "cut")
