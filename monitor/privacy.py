"""Pseudonyms: a called person's number becomes a value that nobody without the key can read back.

There are so few phone numbers that a plain hash of one is undone by trying them all (AEPD and EDPS,
2019; EDPB 01/2025), so the function must have a secret key: HMAC-SHA-256 (RFC 2104), of which 64
bits are kept. Whoever has the key can still undo it; it is kept apart, by the operator.

Two persons share a pseudonym with a probability of 2**-64: among a hundred million called, once in
some four thousand such sets.
"""

from __future__ import annotations

import hashlib

import polars as pl
import polars_hash as plh


class Pseudonyms:
    """A keyed function over numbers, a column at a time. `key_id` names the key, so that keys can change."""

    def __init__(self, key: bytes, key_id: str) -> None:
        # The column function takes its key as text; a digest of any key is one of 256 bits.
        self._key = hashlib.blake2b(key, digest_size=32, person=b"nw-pseudonym").hexdigest()
        self.key_id = key_id

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits by which keys are told apart, and from which none is read back: a digest of a digest."""
        return hashlib.blake2b(self._key.encode(), digest_size=4, person=b"nw-fingerprint").hexdigest()

    def of(self, numbers: pl.Series) -> pl.Series:
        """The pseudonyms (UInt64) of E.164 digits (UInt64); null stays null."""
        digits = pl.DataFrame({"number": numbers.cast(pl.String)})
        digest = plh.col("number").chash.hmac_sha256(key=self._key)
        return (
            digits.select(digest.str.slice(0, 16).str.to_integer(base=16, dtype=pl.UInt64, strict=False))
            .to_series()
            .rename(numbers.name)
        )
