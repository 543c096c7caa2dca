"""Files: text in, checked before anything parses it; output out, whole or not at all."""

from __future__ import annotations

import gzip
import io
import os
import secrets
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Literal, TextIO, cast, overload

from phasecall.errors import InputError

STDIN = "-"
GZIP_MAGIC = b"\x1f\x8b"
MAX_BYTES = 128 << 20
"""The largest text that is read: a small gzip file can unfold to any size.

A table of 20,000 genes and 48 time points takes about 8 MB. Reading takes ten to twenty times the text in
memory.
"""

_SAVE_AS = "export the table as CSV or TSV and read that"
_NO_PICKLE = "phasecall never opens pickles, which can run code: save the table as CSV or TSV"
# How files begin that hold tables, and what they are.
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "workbook"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\x89HDF", "hdf5"),
)
# How files begin that are often given by mistake: what they are and what to do instead.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel workbook (xls), or one with a password",
        "save it as plain xlsx or CSV",
    ),
    *((bytes((0x80, version)), "a Python pickle", _NO_PICKLE) for version in range(2, 6)),
    (b"\x93NUMPY", "a NumPy array file", _SAVE_AS),
    (b"RDX", "an R data file", _SAVE_AS),
    (b"X\n\x00", "an R data file (rds)", _SAVE_AS),
    (b"%PDF", "a PDF document", _SAVE_AS),
    (b"BZh", "a bzip2 archive", "unpack it, or compress it with gzip"),
    (b"\xfd7zXZ", "an xz archive", "unpack it, or compress it with gzip"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it, or compress it with gzip"),
    (GZIP_MAGIC, "a gzip file inside a gzip file", "unpack it once"),
    (b"<!DOCTYPE", "a web page", "download the table itself"),
    (b"<html", "a web page", "download the table itself"),
    (b"{", "JSON", _SAVE_AS),
)


def label_of(path: str | os.PathLike[str]) -> str:
    """Return how messages name a file."""
    return "standard input" if os.fspath(path) == STDIN else os.fspath(path)


def text_of(path: str | os.PathLike[str]) -> str:
    """Return the text of a file, plain or gzip, or of standard input where the path is `-`.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, binary or broken, or is not UTF-8.

    Examples
    --------
    >>> text_of("no/such/file.csv")
    Traceback (most recent call last):
        ...
    phasecall.errors.InputError: there is no file 'no/such/file.csv'
      fix: check the name and the folder
    """
    return decode(bytes_of(path), label_of(path))


def decode(data: bytes, source: str) -> str:
    """Return the text that the bytes of a file hold: gzip undone, UTF-8 with or without a mark.

    Parameters
    ----------
    data
        The file as it is.
    source
        How messages name it.

    Raises
    ------
    InputError
        If the bytes are no UTF-8 text.

    Examples
    --------
    >>> decode(gzip.compress(b"gene,0,10"), "course.csv.gz")
    'gene,0,10'
    """
    data = unpacked(data, source)
    if kind_of(data, source) != "text":
        raise InputError(
            f"'{source}' is no text table", found="it looks like another kind of file", fix=_SAVE_AS
        )
    return decoded(data, source)[0]


def unpacked(data: bytes, source: str) -> bytes:
    """Return the bytes of a file, gzip undone.

    Raises
    ------
    InputError
        If they are broken, too large or none.
    """
    if data[:2] == GZIP_MAGIC:
        data = _unpack(data, source)
    _refuse_size(len(data), source)
    if not data.strip():
        raise InputError(f"'{source}' is empty", fix="was it written in full?")
    return data


def packed(payload: bytes) -> bytes:
    """Return bytes as a gzip file: the same bytes give the same file, whenever and wherever.

    Examples
    --------
    >>> packed(b"gene") == packed(b"gene"), gzip.decompress(packed(b"gene"))
    (True, b'gene')
    """
    stream = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=stream, mtime=0) as file:
        file.write(payload)
    return stream.getvalue()


def kind_of(data: bytes, source: str) -> str:
    """Return what the bytes of a file are: `text`, `workbook`, `parquet`, `arrow` or `hdf5`.

    Raises
    ------
    InputError
        If they are something else that is known, with what to do about it.

    Examples
    --------
    >>> kind_of(b"gene,0,10", "course.csv"), kind_of(b"PAR1....", "course.parquet")
    ('text', 'parquet')
    """
    for magic, kind, fix in _SIGNATURES:
        if data.startswith(magic):
            raise InputError(f"'{source}' is no table", found=f"it looks like {kind}", fix=fix)
    return next((kind for magic, kind in _KINDS if data.startswith(magic)), "text")


def decoded(data: bytes, source: str) -> tuple[str, str]:
    """Return the text that bytes are, and its encoding.

    UTF-8, with or without a mark; or what Excel saves tables in, UTF-16 with a mark and Windows-1252.

    Raises
    ------
    InputError
        If they are none of these.

    Examples
    --------
    >>> decoded("gène".encode(), "x"), decoded("gène".encode("cp1252"), "x")
    (('gène', 'utf-8-sig'), ('gène', 'cp1252'))
    """
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not marked and b"\0" in data:
        raise InputError(
            f"'{source}' holds a NUL byte",
            expected="a text table",
            found="binary data",
            where=_where(data, data.index(b"\0"), source),
            fix=_SAVE_AS,
        )
    fault: UnicodeDecodeError | None = None
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError as error:
            fault = fault or error
    found, start = ("", 0) if fault is None else (f"the byte 0x{fault.object[fault.start]:02x}", fault.start)
    raise InputError(
        f"'{source}' is not UTF-8 text",
        found=found,
        where=_where(data, start, source),
        fix="save the file as UTF-8",
    )


def bytes_of(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a file, or of standard input; no more than one above `MAX_BYTES`.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    if os.fspath(path) == STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError(f"there is no file '{path}'", fix="check the name and the folder") from None
    except IsADirectoryError:
        raise InputError(f"'{path}' is a folder", expected="a file") from None
    except (OSError, ValueError) as fault:
        raise InputError(f"'{path}' cannot be read", found=_said(fault)) from None


def _unpack(data: bytes, source: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return file.read(MAX_BYTES + 1)
    except EOFError:
        found = "the compressed data end too early"
    except (OSError, zlib.error) as fault:
        found = f"the compressed data are corrupt ({fault})"
    raise InputError(f"'{source}' is a broken gzip file", found=found, fix="copy or download it again")


def _refuse_size(size: int, source: str) -> None:
    if size > MAX_BYTES:
        raise InputError(
            f"'{source}' is too large",
            expected=f"at most {MAX_BYTES >> 20} MiB",
            fix="keep the columns of one experiment, or split the genes over files with the same header",
        )


def _where(data: bytes, offset: int, source: str) -> str:
    before = data[:offset]
    line = max(before.count(b"\n"), before.count(b"\r")) + 1
    return f"{source}, line {line}, byte {offset}"


def _said(fault: Exception) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or str(fault)


@overload
def atomic(path: str | os.PathLike[str], mode: Literal["w"] = "w") -> AbstractContextManager[TextIO]: ...
@overload
def atomic(path: str | os.PathLike[str], mode: Literal["wb"]) -> AbstractContextManager[BinaryIO]: ...
def atomic(
    path: str | os.PathLike[str], mode: Literal["w", "wb"] = "w"
) -> AbstractContextManager[TextIO] | AbstractContextManager[BinaryIO]:
    """Open a file to write that appears whole, at the end, or not at all.

    What is written goes into a file beside it, which takes its place when the block ends well. When it
    does not, the old file stays as it was and nothing is left behind. A device or a pipe is written
    to as it is.

    Parameters
    ----------
    path
        The file to make or to replace. A link is followed.
    mode
        `w` for UTF-8 text with line ends as written, `wb` for bytes.

    Raises
    ------
    InputError
        If the folder is missing or cannot be written to, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "note.txt"
    ...     with atomic(target) as file:
    ...         _ = file.write("whole")
    ...     target.read_text(), len(list(Path(folder).iterdir()))
    ('whole', 1)
    """
    opened = _atomic(Path(path), mode)
    return cast("AbstractContextManager[TextIO]", opened)


@contextmanager
def _atomic(path: Path, mode: str) -> Iterator[IO[str] | IO[bytes]]:
    beside: Path | None = None
    try:
        target = _target(path)
        if target.exists() and not target.is_file():
            # A device or a pipe: replacing it by a file would destroy it.
            with _open(target, mode) as file:
                yield file
            return
        beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.tmp")
        with _open(beside, mode.replace("w", "x")) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o777)
        beside.replace(target)
    except OSError as fault:
        _discard(beside)
        # An error that names another file was raised by the block, not by writing.
        if fault.filename not in (None, str(beside), str(path)):
            raise
        raise InputError(f"'{path}' cannot be written", found=_said(fault)) from fault
    except BaseException:
        _discard(beside)
        raise


def require_place(path: str | os.PathLike[str]) -> None:
    """Refuse a file, of any format, that is a folder, lies in no folder, or in one that takes no files.

    Raises
    ------
    InputError
        If it does.
    """
    target = _target(Path(path))
    # What is there already and no file, as a pipe is, is written to as it is.
    taker = target if target.exists() and not target.is_file() else target.parent
    if not os.access(taker, os.W_OK):
        raise InputError(f"'{path}' cannot be written", found=f"no permission to write into '{taker}'")


def _target(path: Path) -> Path:
    try:
        target = path.resolve()
    except (OSError, RuntimeError, ValueError) as fault:
        raise InputError(f"'{path}' cannot be written", found=str(fault)) from None
    if target.is_dir():
        raise InputError(f"'{path}' is a folder", expected="the name of a file to write")
    if not target.parent.is_dir():
        raise InputError(f"there is no folder '{path.parent}' to write into", fix="make it first")
    return target


def _open(path: Path, mode: str) -> IO[str] | IO[bytes]:
    if "b" in mode:
        return path.open(mode)
    return path.open(mode, encoding="utf-8", newline="")


def _discard(path: Path | None) -> None:
    if path is not None:
        path.unlink(missing_ok=True)
