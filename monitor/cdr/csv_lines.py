"""Lines of CSV as UTF-8, whether a parser of whole batches took them for what they are, and headers among them.

Nothing in a line says how its letters are written. A switch puts down what a device sent as its name, so one line in
many has a single byte for an é, and the numbers beside it are as good as those of any other: what is no UTF-8 is read as
Latin-1, of which every byte is a letter, and what is UTF-8 as that, in the same line too.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from monitor.cdr.block import Block

_BOM = b"\xef\xbb\xbf"  # what some programs put in front of a file, and so of its first record
#: Added to the detail of a record that holds the names of its columns.
TITLES = " (the names of columns?)"
#: What Python takes bytes for that are no UTF-8, and the letters that they are in Latin-1.
_LETTERS = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}


def lines(values: Block) -> tuple[Block, bytes]:
    """The lines in UTF-8 without a mark in front, and the same with line ends between them."""
    joined = values.joined()
    if joined.isascii() or (_BOM not in joined and utf8(joined) is joined):
        return values, joined
    values = Block.of([utf8(value).removeprefix(_BOM) for value in values])
    return values, values.joined()


def utf8(text: bytes) -> bytes:
    """A text in UTF-8: itself, where it is that."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return text.decode("utf-8", "surrogateescape").translate(_LETTERS).encode()
    return text


def whole(frame: pl.DataFrame, delimiters: int, delimiter: str) -> bool:
    """Whether no line was short: the parser fills those up without a word.

    delimiters: in the text; those that are not inside a cell stand between two.
    """
    inside = frame.select(pl.all().str.count_matches(delimiter, literal=True).sum())
    return delimiters == (frame.width - 1) * frame.height + sum(inside.row(0))


def titles(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Those of some rows in which a field holds the name of its own column, as a header does. rows: with `columns`."""
    own = (pl.col(name).str.strip_chars().str.to_lowercase() == name.lower() for name in columns)
    return rows.filter(pl.any_horizontal(own))


def told_of_titles(rejected: pl.DataFrame, rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Rejected records (`REJECTED`), with what was probably meant by those that are a header. Good ones are not looked at.

    rows: with `row` and `columns`, those records among them.
    """
    if not rejected.height:
        return rejected
    headers = titles(rows.filter(pl.col("row").is_in(rejected["row"].implode())), columns)["row"]
    is_header = pl.col("row").is_in(headers.implode())
    return rejected.with_columns(
        pl.when(is_header).then(pl.col("detail") + TITLES).otherwise("detail").alias("detail")
    )
