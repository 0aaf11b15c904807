"""Lines of CSV as UTF-8, and whether a parser of whole batches took them for what they are.

Nothing in a line says how its letters are written. A switch puts down what a device sent as its name, so one line in
many has a single byte for an é, and the numbers beside it are as good as those of any other: what is no UTF-8 is read as
Latin-1, of which every byte is a letter, and what is UTF-8 as that, in the same line too.
"""

from __future__ import annotations

import polars as pl

from monitor.cdr.block import Block

_BOM = b"\xef\xbb\xbf"  # what some programs put in front of a file, and so of its first record
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
