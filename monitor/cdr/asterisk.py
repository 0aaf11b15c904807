"""What Asterisk's call-detail records mean, however they are written: see `asterisk_csv`, `asterisk_json`.

A row is written for every branch that was dialled and for every part of a transferred call; rows of
one call have one `linkedid`. It begins with the UTC second in which the call's first channel was
made, so all rows of a call have one start, and the server's time zone does not matter.

There is no flag for a withheld number: what the callee saw is inside `<>` of the caller id.
"""

from __future__ import annotations

import polars as pl
from pydantic import Field

from monitor.call import RAW
from monitor.cdr.dialect import Parsed
from monitor.cdr.options import Options, options
from monitor.cdr.reasons import Reason
from monitor.cdr.times import epoch, local, rfc3339
from monitor.cdr.values import rejection
from monitor.feed import Feed


class Asterisk(Options):
    """Options of the feed."""

    outbound_contexts: frozenset[str] = Field(
        frozenset(),
        description="Contexts (`dcontext`) of calls to the network; without any, all that are not inbound.",
    )
    inbound_contexts: frozenset[str] = Field(
        frozenset(),
        description="Contexts of calls from the network. Calls in neither stay inside and are left out.",
    )
    utc: bool = Field(
        False, description="Times are UTC (`usegmtime=yes`), not local time of the feed's zone."
    )


#: The columns of a row, by Asterisk's own names.
COLUMNS = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags"),
    *("uniqueid", "userfield", "peeraccount", "linkedid", "sequence"),
)
_SECOND = r"(\d{9,10})\.\d+$"
_FORMATS = ("%Y-%m-%d %H:%M:%S%.f",)


def calls(rows: pl.DataFrame, feed: Feed) -> Parsed:
    """The calls of rows: a frame of texts with `row` and `COLUMNS`."""
    chosen = options(feed, Asterisk)
    zone = "UTC" if chosen.utc else feed.zone
    rows = rows.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in COLUMNS)
    times = {name: _instants(rows[name], zone) for name in ("start", "answer", "end")}
    rows = rows.with_columns(**{f"_{name}": read for name, read in times.items()})
    # Without ids, what a row is about is all there is to know a call by.
    about = pl.concat_str(
        [pl.col(n).fill_null("") for n in ("start", "channel", "src", "dst")], separator="|"
    )
    rows = rows.with_columns(_key=pl.coalesce("linkedid", "uniqueid", about))
    second = epoch(rows["_key"].str.extract(_SECOND))
    rows = rows.with_columns(_begin=second.fill_null(rows["_start"]))
    bad = pl.col("_begin").is_null()
    refused = rejection((row, Reason.BAD_TIME, "start") for row in rows.filter(bad)["row"])
    rows = rows.filter(~bad)
    inbound = pl.col("dcontext").is_in(list(chosen.inbound_contexts)).fill_null(False)
    outward = pl.lit(True)
    if chosen.outbound_contexts:
        outward = pl.col("dcontext").is_in(list(chosen.outbound_contexts)).fill_null(False) | inbound
    inside = rows.select((~outward).sum()).item() if rows.height else 0
    rows = rows.filter(outward).with_columns(_inbound=inbound)
    made = _folded(rows)
    folded = {"leg": rows.height - made.height, "inside": inside}
    return Parsed(made, refused, {reason: many for reason, many in folded.items() if many})


def _folded(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a call: the first branch says who called whom, any branch that it was answered."""
    # Offsets from the row's own start: right in whatever zone the server thinks it is.
    answered = pl.col("_begin") + pl.max_horizontal(pl.col("_answer") - pl.col("_start"), pl.duration())
    ended = pl.col("_begin") + pl.max_horizontal(pl.col("_end") - pl.col("_start"), pl.duration())
    rows = rows.with_columns(
        _answered=pl.when(pl.col("disposition").str.to_uppercase() == "ANSWERED").then(answered),
        _ended=ended,
        _order=pl.col("sequence").cast(pl.Int64, strict=False).fill_null(0),
    )
    one = {
        name: pl.col(name).sort_by("_order", "row").first() for name in ("clid", "src", "dst", "accountcode")
    }
    grouped = rows.group_by("_key", maintain_order=True).agg(
        pl.col("row").min(),
        pl.col("_begin").min(),
        pl.col("_answered").min(),
        pl.col("_ended").max(),
        pl.col("_inbound").first(),
        pl.col("dstchannel").sort_by("_order", "row").drop_nulls().first(),
        **one,
    ) if rows["_key"].n_unique() < rows.height else rows  # fmt: skip
    inside = pl.col("clid").str.extract(r"<([^<>]*)>\s*$")
    return (
        grouped.select(
            "row",
            call_id="_key",
            started_at="_begin",
            answered_at="_answered",
            ended_at="_ended",
            direction=pl.when("_inbound").then(pl.lit("inbound")).otherwise(pl.lit("outbound")),
            presented_number=pl.coalesce(
                inside, pl.when(~pl.col("clid").str.contains("<")).then("clid"), "src", pl.lit("")
            ),
            network_number=pl.lit(None, pl.String),
            presentation=pl.lit(None, pl.String),
            called_number="dst",
            organisation=pl.lit(None, pl.String),
            account="accountcode",
            # A channel is its peer, a dash, and a number of its own.
            trunk=pl.col("dstchannel").str.replace(r"-[0-9a-fA-F]+(;\d)?$", ""),
            bureau=pl.lit(None, pl.String),
        )
        .select(*RAW)
        .cast(dict(RAW))
    )


def _instants(texts: pl.Series, zone: str) -> pl.Series:
    """Local times; or, as the Kafka modules have them, with an offset or as seconds since 1970."""
    read = local(texts, zone, _FORMATS)
    if read.null_count() > texts.null_count():
        rest = texts.set(read.is_not_null(), None)
        seconds = epoch(rest.str.extract(r"^(\d{9,10}(?:\.\d+)?)$"))
        read = read.fill_null(seconds).fill_null(
            rfc3339(rest.str.replace(r"([+-]\d\d)(\d\d)$", "$1:$2"), zone)
        )
    return read
