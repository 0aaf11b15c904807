"""Files of CDRs: lines or columns, plain or compressed, from a path or standard input.

What a file is shows in its first bytes, never in its name: gzip, zstd and Parquet have marks of
their own. Lines come in blocks as they are on disk; columns come as frames. Either way a batch is a
few tens of megabytes, so memory does not grow with the file.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import BinaryIO

import polars as pl
import zstandard

from monitor.cdr.block import Block
from monitor.cdr.csv_lines import utf8
from streams.likely import likely

#: Bytes of text in a batch: about 50,000 canonical records of 300 bytes. Columns pay from a few
#: thousand on, and nothing is gained beyond; some copies of a batch are in memory at once.
BLOCK = 16 * 1024**2
#: Rows of a batch of columns, which are smaller than text.
ROWS = 100_000
#: A file without a line end in this many bytes is no file of lines. Records of a call have
#: kilobytes; the largest that is worth a rejection of its own is one of 10 MB.
LONGEST_LINE = 64 * 1024**2
_ENDLESS = f"{{}} has no line end in {LONGEST_LINE:,} bytes: not a file of lines"

_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
#: How files begin that are packed in other ways.
_OTHERS = {b"BZh": "bzip2", b"\xfd7zX": "xz", b"PK\x03\x04": "zip"}
_BOM = b"\xef\xbb\xbf"
#: What packed files raise that are damaged.
_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError)

#: What is said of CSV that begins otherwise than ours: Excel puts `;` where the comma is the sign of decimals.
NO_HEADER = (
    "there is no header of Nummerwacht's CSV, a first line such as call_id,started_at,presented_number,called_number. Is it "
    "separated by `;`? Then write it with commas; CSV of your own is read by the dialect `mapping`, which takes any sign"
)

#: How a JSON array of objects begins; a log's `[2026-01-05 ...]` on the first line of a file does not.
_ARRAY = re.compile(rb"\s*\[\s*(?:[{\]]|\Z)")

#: Called with the bytes of the file (as it is on disk) that have been read so far.
Read = Callable[[int], None]


class Unreadable(ValueError):
    """A file that can't be read, or not to its end; the text says how far and why."""


def batches(
    path: Path, dialect: str, read: Read | None = None
) -> Iterator[Block | list[bytes] | pl.DataFrame]:
    """The records of a file in batches: values for a dialect to parse, or columns.

    path: `-` is standard input. dialect: only `canonical` has columns (Parquet) and a header row
    (CSV); every other dialect is given the lines. Raises `Unreadable`, `OSError`.
    """
    if str(path) == "-":
        yield from _stream(sys.stdin.buffer, None, dialect, read)
        return
    with path.open("rb") as file:
        yield from _stream(file, path, dialect, read)


def lines(path: Path, read: Read | None = None) -> Iterator[bytes]:
    """The lines of a file that holds no calls, plain or packed; path: `-` is standard input. Raises `Unreadable`, `OSError`."""
    is_input = str(path) == "-"
    name = "standard input" if is_input else str(path)
    with nullcontext(sys.stdin.buffer) if is_input else path.open("rb") as file:
        counted = _Counted(file)
        try:
            plain = io.BufferedReader(_inflated(io.BufferedReader(counted, 1024**2), name), 1024**2)
            while line := plain.readline(LONGEST_LINE + 1):
                if len(line) > LONGEST_LINE:
                    raise Unreadable(_ENDLESS.format(name))
                if read:
                    read(counted.bytes)
                yield line
        except _DAMAGE as error:
            raise Unreadable(_damaged(name, counted, error)) from None


def size(path: Path) -> int | None:
    """Bytes of a file, for a progress bar; None where nobody knows."""
    return path.stat().st_size if str(path) != "-" and path.is_file() else None


def _stream(
    file: BinaryIO, path: Path | None, dialect: str, read: Read | None
) -> Iterator[Block | list[bytes] | pl.DataFrame]:
    name = str(path or "standard input")
    counted = _Counted(file)
    raw = io.BufferedReader(counted, 1024**2)
    inflated = _inflated(raw, name)
    plain = io.BufferedReader(inflated, 1024**2)
    try:
        if plain.peek(4)[:4] == _PARQUET:
            if dialect != "canonical":
                raise Unreadable(
                    f"{name} is Parquet, which holds canonical calls; the dialect {dialect} reads lines"
                )
            with _seekable(plain, path if inflated is raw else None) as there:
                yield from _columns(there, name, read, counted.bytes if inflated is not raw else None)
            return
        begin = plain.peek(4096).removeprefix(_BOM)
        # Its last element alone has no comma behind it, and would be read as the only call of the file.
        if _ARRAY.match(begin):
            raise Unreadable(f"{name}: this is one JSON array; write one object a line")
        first = begin.split(b"\n", 1)[0]
        rows = dialect == "canonical" and _is_header(first)
        if dialect == "canonical" and not rows and (said := likely(first)):
            raise Unreadable(f"{name}: {said}")
        if dialect == "canonical" and not rows and _is_other_csv(first, path):
            raise Unreadable(f"{name}: {NO_HEADER}")
        for batch in _table(plain, name) if rows else _lines(plain, name):
            if read:
                read(counted.bytes)
            yield batch
    except _DAMAGE as error:
        raise Unreadable(_damaged(name, counted, error)) from None


def _damaged(name: str, counted: _Counted, error: Exception) -> str:
    return f"{name} breaks off or is damaged near byte {counted.bytes:,}: {error}"


class _Counted(io.RawIOBase):
    """A file that knows how much of it was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        read = self._file.readinto(buffer)
        self.bytes += read
        return read


def _inflated(raw: io.BufferedReader, name: str) -> io.RawIOBase:
    mark = raw.peek(4)[:4]
    for begin, packer in _OTHERS.items():
        if mark.startswith(begin):
            raise Unreadable(f"{name} is packed with {packer}; unpack it, or pack it with gzip or zstd")
    if mark.startswith(_GZIP):
        return gzip.GzipFile(fileobj=raw, mode="rb")
    if mark == _ZSTD:
        return _Zstd(raw)
    return raw


class _Zstd(io.RawIOBase):
    """zstd frames one after the other. The library's own reader takes a file that breaks off for a whole one."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._fresh, self._ready = True, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        while not self._ready:
            packed = self._frame.unused_data if self._frame.eof else b""
            packed = packed or self._file.read(128 * 1024)
            if not packed:
                if self._fresh or self._frame.eof:
                    return 0
                raise EOFError("the last zstd frame has no end")
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._ready, self._fresh = self._frame.decompress(packed), False
        taken = self._ready[: len(buffer)]
        buffer[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)


def _blocks(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Blocks that end where a line ends."""
    rest = file.read(len(_BOM)).removeprefix(_BOM)
    while block := file.read(BLOCK):
        if end := block.rfind(b"\n") + 1:
            yield b"".join((rest, memoryview(block)[:end]))
            rest = block[end:]
        else:
            rest += block
            if len(rest) > LONGEST_LINE:
                raise Unreadable(_ENDLESS.format(name))
    if rest:
        yield rest


def _lines(file: BinaryIO, name: str) -> Iterator[Block]:
    """The lines of a file, without their ends; an empty line is a record too, and will be rejected."""
    for block in _blocks(file, name):
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n").removesuffix(b"\r")
        yield Block.lines(block)


def _table(file: BinaryIO, name: str) -> Iterator[Block | list[bytes] | pl.DataFrame]:
    """The rows of a CSV file with a header of canonical names."""
    header: list[str] | None = None
    begun = b""  # a row with a line end in a cell, which goes on in the next block
    for block in _blocks(file, name):
        block = begun + utf8(block)
        if header is None:
            first, _, block = block.partition(b"\n")
            header = _names(first)
        begun = b""
        if block:
            frame = _plain_rows(header, block)
            if frame is None:
                rows, begun = _rows(header, block)
            yield rows if frame is None else frame
    if begun and header is not None:
        yield _rows(header, begun, last=True)[0]


def _is_header(line: bytes) -> bool:
    """Whether a first line names canonical columns; whatever else it is, the dialect will say."""
    return not line.lstrip(b" ").startswith(b"{") and "call_id" in _names(line)


def _is_other_csv(line: bytes, path: Path | None) -> bool:
    """Whether a first line that is no header is of CSV all the same: by the file's name, or by our names between other signs."""
    if not line.strip() or line.lstrip().startswith(b"{"):
        return False
    named = path is not None and ".csv" in (suffix.lower() for suffix in path.suffixes)
    return named or any("call_id" in _names(line, sign) for sign in (";", "\t"))


def _names(line: bytes, sign: str = ",") -> list[str]:
    return [column.strip(' "\r') for column in line.decode("utf-8", "replace").split(sign)]


def _plain_rows(header: list[str], block: bytes) -> pl.DataFrame | None:
    """The rows as columns of text, if nothing in them asks for care: no quotes, no row too short or long.

    polars fills short rows with nulls, and a null would read as a number withheld.
    """
    rows = block.count(b"\n") + (not block.endswith(b"\n"))
    if b'"' in block or b"\n\n" in block or block.count(b",") != rows * (len(header) - 1):
        return None
    try:
        frame = pl.read_csv(
            block.replace(b"\r\n", b"\n"),
            has_header=False,
            new_columns=header,
            infer_schema=False,
            quote_char=None,
        )
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.height == rows else None


def _rows(header: list[str], block: bytes, *, last: bool = False) -> tuple[list[bytes], bytes]:
    """The rows as JSON lines, so that the dialect says of each what is wrong with it; and what has begun of one that goes on.

    A cell in quotes may hold line ends. One whose quotes do not end as they should, or not within what `csv` takes for a cell,
    would take the rows behind it for a part of itself: its first line is a row, and the next begins behind that. last: nothing
    comes behind the block.
    """
    lines = list(io.StringIO(block.decode(), newline=""))
    reader, before = csv.reader(lines, strict=True), 0
    made: list[bytes] = []
    end = 0
    while end < len(lines):
        begin, row = end, None
        with suppress(csv.Error):
            row = next(reader)
        end = before + reader.line_num
        whole = "".join(lines[begin:end])
        if row is not None and (len(row) == len(header) or end - begin == 1):
            made.append(_row(header, row, whole))
        elif row is None and end == len(lines) and len(whole) <= csv.field_size_limit() and not last:
            return made, whole.encode()
        else:
            made.append(_alone(header, lines[begin]))
            before = end = begin + 1
            reader = csv.reader(map(lines.__getitem__, range(end, len(lines))), strict=True)
    return made, b""


def _alone(header: list[str], line: str) -> bytes:
    """A line as a row, whatever its quotes say."""
    row: list[str] = []
    with suppress(csv.Error):
        row = next(csv.reader([line.rstrip("\r\n")]))
    return _row(header, row, line)


def _row(header: list[str], row: list[str], text: str) -> bytes:
    """A row as a JSON line; one of the wrong length as its text, which is no JSON, and will be rejected."""
    if len(row) != len(header):
        return text.rstrip("\r\n").encode()
    return json.dumps({name: value or None for name, value in zip(header, row, strict=True)}).encode()


@contextmanager
def _seekable(raw: io.BufferedReader, path: Path | None) -> Iterator[Path]:
    """Where a Parquet file can be read from its end: its own path, or a copy of what comes packed or through a pipe."""
    if path is not None and path.is_file():
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="nummerwacht-", suffix=".parquet") as spooled:
        shutil.copyfileobj(raw, spooled, 1024**2)
        spooled.flush()
        yield Path(spooled.name)


def _columns(path: Path, name: str, read: Read | None, packed: int | None) -> Iterator[pl.DataFrame]:
    """The columns of a Parquet file, as they are named and typed in it; packed: bytes of what it was unpacked from."""
    total, seen = packed or path.stat().st_size, 0
    try:
        # A name is a name: `calls[1].parquet` is a file and no pattern of others.
        frames = pl.scan_parquet(path, low_memory=True, glob=False)
        rows = frames.select(pl.len()).collect().item()
        for frame in frames.collect_batches(chunk_size=ROWS, maintain_order=True):
            seen += frame.height
            if read:
                read(total * seen // max(1, rows))
            yield frame
    except pl.exceptions.PolarsError as error:
        raise Unreadable(f"{name} is no whole Parquet file: {error}") from None
