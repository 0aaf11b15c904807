"""Records to measure with: many organisations, many numbers, as a national stream has them."""

from __future__ import annotations

import io
import struct

import numpy as np
import polars as pl
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from monitor.simulate.writers import records

#: How the dialect `mapping` reads canonical JSON.
MAPPING = {
    "call_id": "call_id",
    "started_at": "started_at",
    "answered_at": "answered_at",
    "ended_at": "ended_at",
    "presented_number": "presented_number",
    "called_number": "called_number",
    "organisation": "organisation",
    "account": "account",
    "trunk": "trunk",
}

#: 2026-01-01, µs since 1970.
_BEGIN = 1_767_225_600_000_000


def calls(
    count: int, *, organisations: int = 5_000, numbers: int = 100_000, days: float = 1.0, seed: int = 1
) -> pl.DataFrame:
    """Canonical columns of calls in the order of time; invented numbers."""
    chance = np.random.default_rng(seed)
    # A few organisations call much and most little, as in the field.
    organisation = np.minimum((organisations * chance.random(count) ** 2).astype(np.int64), organisations - 1)
    own = numbers // organisations
    number = 31_200_000_000 + organisation * own + chance.integers(0, own, count)
    started = _BEGIN + np.sort(chance.integers(0, int(days * 86_400_000_000), count))
    answered = chance.random(count) < 0.3
    frame = pl.DataFrame(
        {
            "call_id": np.arange(count) + seed * 10**10,
            "started": started,
            "answered": np.where(answered, started + 8_000_000, 0),
            "number": number,
            "organisation": organisation,
            "called": 31_600_000_000 + chance.integers(0, 9_999_999, count),
        }
    )
    instant = pl.Datetime("us", "UTC")
    return frame.select(
        call_id=pl.format("call-{}-{}", "call_id", pl.col("started") % 1_000_000),
        started_at=pl.col("started").cast(instant),
        answered_at=pl.when(pl.col("answered") > 0).then("answered").cast(instant),
        ended_at=(pl.col("started") + 40_000_000).cast(instant),
        direction=pl.lit("outbound"),
        presented_number=pl.format("+{}", "number"),
        network_number=pl.lit(None, pl.String),
        presentation=pl.lit("allowed"),
        called_number=pl.format("+{}", "called"),
        organisation=pl.format("organisation-{}", "organisation"),
        account=pl.format("acc-{}", "organisation"),
        trunk=pl.format("trunk-{}", pl.col("organisation") % 40),
        bureau=pl.lit(None, pl.String),
        feed=pl.lit("alfa"),
    )


def lines(frame: pl.DataFrame, dialect: str = "canonical") -> list[bytes]:
    """One record a value."""
    return records(frame, dialect)


def sent(values: list[bytes], size: int = 500) -> bytes:
    """What a broker sends of these values: record batches of so many, and at the end half of the next one."""
    answer, base = [], 0
    for at in range(0, len(values), size):
        builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 30)
        for place, value in enumerate(values[at : at + size]):
            builder.append(place, 1_767_225_600_000 + place, None, value, [])
        batch = bytearray(builder.build())
        struct.pack_into(">q", batch, 0, base + at)
        answer.append(bytes(batch))
    return b"".join([*answer, answer[-1][: len(answer[-1]) // 2]])


def batches(frame: pl.DataFrame, form: str, size: int = 500) -> list[bytes]:
    """Many records a value: NDJSON, or an Arrow IPC stream of canonical columns."""
    values = []
    for at in range(0, frame.height, size):
        part = frame[at : at + size].drop("feed")
        if form == "ndjson":
            values.append(b"\n".join(records(frame[at : at + size])))
        else:
            buffer = io.BytesIO()
            part.write_ipc_stream(buffer, compression="lz4")
            values.append(buffer.getvalue())
    return values
