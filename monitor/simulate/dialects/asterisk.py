"""Asterisk's rows: local time, a second branch that nobody answered for every fifth call."""

from __future__ import annotations

import io

import polars as pl

from monitor.simulate.columns import beside, shown

_ZONE = "Europe/Amsterdam"
#: Whose calls come from the network: the context that the feed's options must name.
INBOUND_CONTEXT = "from-trunk"


def asterisk_csv_lines(frame: pl.DataFrame) -> list[bytes]:
    """Lines of Master.csv with 21 columns."""
    buffer = io.BytesIO()
    _rows(frame).write_csv(buffer, include_header=False, quote_style="non_numeric")
    return buffer.getvalue().splitlines()


def asterisk_json_lines(frame: pl.DataFrame) -> list[bytes]:
    """Objects as a Kafka module sends them: an offset without a colon, 0 for a call that nobody answered."""
    rows = _rows(frame, "%Y-%m-%dT%H:%M:%S%z")
    buffer = io.BytesIO()
    rows.with_columns(
        answer=pl.when(pl.col("answer") == "").then(pl.lit("0")).otherwise("answer")
    ).write_ndjson(buffer)
    return buffer.getvalue().splitlines()


def _rows(frame: pl.DataFrame, form: str = "%Y-%m-%d %H:%M:%S") -> pl.DataFrame:
    inbound = pl.col("direction") == "inbound"
    key = pl.col("started_at").dt.epoch("s").cast(pl.String) + "." + pl.col("call_id")

    def local(name: str) -> pl.Expr:
        return pl.col(name).dt.convert_time_zone(_ZONE).dt.strftime(form).fill_null("")

    calls = frame.select(
        pl.col("account").fill_null("").alias("accountcode"),
        src=pl.lit("201"),
        dst=pl.col("called_number").str.replace("+", "00", literal=True),
        dcontext=pl.when(inbound).then(pl.lit(INBOUND_CONTEXT)).otherwise(pl.lit("to-network")),
        clid=pl.format('"" <{}>', shown()),
        channel=pl.lit("PJSIP/201-0000001a"),
        dstchannel=pl.format("PJSIP/{}-0000001b", pl.col("trunk").fill_null("trunk")),
        lastapp=pl.lit("Dial"),
        lastdata=pl.lit("PJSIP/trunk,60"),
        start=local("started_at"),
        answer=local("answered_at"),
        end=local("ended_at"),
        duration=(pl.col("ended_at") - pl.col("started_at")).dt.total_seconds().fill_null(0).cast(pl.String),
        billsec=(pl.col("ended_at") - pl.col("answered_at")).dt.total_seconds().fill_null(0).cast(pl.String),
        disposition=pl.when(pl.col("answered_at").is_null())
        .then(pl.lit("NO ANSWER"))
        .otherwise(pl.lit("ANSWERED")),
        amaflags=pl.lit("DOCUMENTATION"),
        uniqueid=key,
        userfield=pl.lit(""),
        peeraccount=pl.lit(""),
        linkedid=key,
        sequence=pl.lit("1"),
        _row=pl.int_range(pl.len()),
    )
    forks = calls.gather_every(5).with_columns(
        answer=pl.lit(""), disposition=pl.lit("NO ANSWER"), billsec=pl.lit("0"), sequence=pl.lit("2"),
        dstchannel=pl.lit("PJSIP/other-0000001c"),
    )  # fmt: skip
    return beside(calls, forks)
