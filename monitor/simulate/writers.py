"""Frames of calls as records: in the dialect of a switch, and as a file.

`records` gives what a topic carries, one value a record; `write` fills an open file. A file's form is
told by its name: `.jsonl`, `.csv` or `.parquet`, the first two also with `.gz` or `.zst` behind. CSV
and Parquet hold canonical columns, unless the dialect is itself made of CSV lines.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import BinaryIO

import polars as pl
import zstandard
from polars.io.plugins import register_io_source

from monitor.simulate.columns import COLUMNS, canonical
from monitor.simulate.dialects import DIALECTS

#: Rows of a row group: a reader goes through a file of any length in tens of megabytes.
_ROW_GROUP = 100_000
#: Told of the calls written so far.
Progress = Callable[[int], None]


class WrongFormat(ValueError):
    """No file of this name can be written in this dialect."""


def records(frame: pl.DataFrame, dialect: str = "canonical") -> list[bytes]:
    """The records of a chunk of calls, in its order.

    A call may be several records (legs, rating runs), so there may be more than rows.
    """
    return maker(dialect)(frame)


def maker(dialect: str) -> Callable[[pl.DataFrame], list[bytes]]:
    """What makes the records of a dialect. Raises `WrongFormat`."""
    if dialect not in DIALECTS:
        raise WrongFormat(
            f"no records of the dialect {dialect!r} can be made; there are {', '.join(DIALECTS)}"
        )
    return DIALECTS[dialect]


def by_feed(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """A chunk, parted by the operator that sends it, each part in the chunk's order."""
    parts = frame.partition_by("feed", as_dict=True, maintain_order=True)
    return {feed: part for (feed,), part in parts.items()}


def write(
    file: BinaryIO,
    name: str,
    chunks: Iterable[pl.DataFrame],
    dialect: str = "canonical",
    progress: Progress | None = None,
) -> int:
    """Write chunks of calls into an open file, in bounded memory; returns the calls written.

    name: the file's name, which tells its form. Raises `WrongFormat`.
    """
    form, packing = _form(name)
    if form != ".jsonl" and dialect != "canonical" and not (form == ".csv" and dialect == "asterisk_csv"):
        raise WrongFormat(f"{name}: records of {dialect} are lines; give it a name that ends in .jsonl")
    counted = _counted(chunks, progress)
    if form == ".parquet":
        return _parquet(file, counted)
    with _packed(file, packing) as out:
        total = 0
        for chunk in counted:
            header = form == ".csv" and dialect == "canonical" and not total
            out.write(_lines(chunk, form, dialect, header))
            total += chunk.height
    return total


def _lines(chunk: pl.DataFrame, form: str, dialect: str, header: bool) -> bytes:
    if dialect != "canonical":
        return b"".join(record + b"\n" for record in records(chunk, dialect))
    buffer = io.BytesIO()
    if form == ".csv":
        canonical(chunk).write_csv(buffer, include_header=header, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
    else:
        canonical(chunk).write_ndjson(buffer)
    return buffer.getvalue()


def _parquet(file: BinaryIO, chunks: Iterator[pl.DataFrame]) -> int:
    """Parquet, row group by row group as the chunks come."""
    total = 0

    def rows(with_columns, predicate, n_rows, batch_size) -> Iterator[pl.DataFrame]:
        """What polars asks of a source; a sink wants every column of every row."""
        nonlocal total
        for chunk in chunks:
            total += chunk.height
            yield canonical(chunk)

    schema = pl.Schema({column: kind for column, kind in COLUMNS.items() if column != "feed"})
    register_io_source(rows, schema=schema).sink_parquet(file, row_group_size=_ROW_GROUP)
    return total


def _form(name: str) -> tuple[str, str]:
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes]
    packing = suffixes.pop() if suffixes and suffixes[-1] in (".gz", ".zst") else ""
    form = suffixes[-1] if suffixes else ".jsonl"
    if form not in (".jsonl", ".ndjson", ".csv", ".parquet") or (form == ".parquet" and packing):
        raise WrongFormat(
            f"{name}: the name must end in .jsonl, .csv (or these with .gz or .zst) or .parquet"
        )
    return {".ndjson": ".jsonl"}.get(form, form), packing


@contextmanager
def _packed(file: BinaryIO, packing: str) -> Iterator[BinaryIO]:
    """The file, or a compressor in front of it that is finished but leaves the file open."""
    match packing:
        case ".gz":
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0) as out:
                yield out
        case ".zst":
            with zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False) as out:
                yield out
        case _:
            yield file


def _counted(chunks: Iterable[pl.DataFrame], progress: Progress | None) -> Iterator[pl.DataFrame]:
    done = 0
    for chunk in chunks:
        yield chunk
        done += chunk.height
        if progress is not None:
            progress(done)
