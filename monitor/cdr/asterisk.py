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
from monitor.cdr.inside import inside
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
    # Without ids, what a row is about is all there is to know a call by. A channel does one thing at a time, so
    # whom it called is not needed; a key is hashed without a secret, and whom it held could be found by trying.
    known = pl.coalesce("channel", pl.concat_str(pl.col("src", "dst").fill_null(""), separator="|"))
    about = pl.concat_str([pl.col("start").fill_null(""), known], separator="|")
    rows = rows.with_columns(_key=pl.coalesce("linkedid", "uniqueid", about))
    second = epoch(rows["_key"].str.extract(_SECOND))
    rows = rows.with_columns(_begin=second.fill_null(rows["_start"]))
    bad = pl.col("_begin").is_null()
    refused = rejection((row, Reason.BAD_TIME, "start") for row in rows.filter(bad)["row"])
    rows = rows.filter(~bad)
    inbound = pl.col("dcontext").is_in(list(chosen.inbound_contexts)).fill_null(False)
    rows = rows.with_columns(_inbound=inbound)
    within = inside(rows, _shown(), pl.col("dst")) & ~rows["_inbound"]
    if chosen.outbound_contexts:
        contexts = list(chosen.outbound_contexts)
        within |= ~(rows["dcontext"].is_in(contexts).fill_null(False) | rows["_inbound"])
    rows = rows.filter(~within)
    made = _folded(rows)
    folded = {"leg": rows.height - made.height, "inside": int(within.sum())}
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
        _trunk=_trunk(rows["dstchannel"]),
    )
    # Rows are in the order in which they came, and of equal ones the first counts.
    one = {
        name: pl.col(name).get(pl.col("_order").arg_min())
        for name in ("clid", "src", "dst", "accountcode", "_inbound")
    }
    grouped = rows.group_by("_key", maintain_order=True).agg(
        pl.col("row").min(),
        pl.col("_begin").min(),
        pl.col("_answered").min(),
        pl.col("_ended").max(),
        pl.col("_trunk").sort_by("_order", "row").drop_nulls().first(),
        **one,
    ) if rows["_key"].n_unique() < rows.height else rows  # fmt: skip
    return (
        grouped.select(
            "row",
            call_id="_key",
            started_at="_begin",
            answered_at="_answered",
            ended_at="_ended",
            direction=pl.when("_inbound").then(pl.lit("inbound")).otherwise(pl.lit("outbound")),
            presented_number=_shown(),
            network_number=pl.lit(None, pl.String),
            presentation=pl.lit(None, pl.String),
            called_number="dst",
            organisation=pl.lit(None, pl.String),
            account="accountcode",
            trunk="_trunk",
            bureau=pl.lit(None, pl.String),
        )
        .select(*RAW)
        .cast(dict(RAW))
    )


def _shown() -> pl.Expr:
    within = pl.col("clid").str.extract(r"<([^<>]*)>\s*$")
    return pl.coalesce(within, pl.when(~pl.col("clid").str.contains("<")).then("clid"), "src", pl.lit(""))


def _trunk(channels: pl.Series) -> pl.Series:
    """Where a call went: a channel is a technology, a slash, its peer, a dash, and a number of its own.

    A channel of lines has whom it called behind its group (`DAHDI/i1/0600000001-5`), and one that leads back into
    the dialplan in place of a peer (`Local/0600000001@out-5;1`), which is no trunk.
    """
    peers = channels.set(channels.str.starts_with("Local/"), None)
    # In most batches no name has a second slash, and to look for one costs less than to cut at it.
    if (peers.str.count_matches("/", literal=True).max() or 0) > 1:
        peers = peers.str.replace(r"^([^/]*/[^/]*)/.*$", "$1")
    return peers.str.replace(r"-[0-9a-fA-F]+(;\d)?$", "")


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
