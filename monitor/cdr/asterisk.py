"""What Asterisk's call-detail records mean, however they are written: see `asterisk_csv`, `asterisk_json`.

A row is written for every branch that was dialled and for every part of a transferred call; rows of
one call have one `linkedid`. It begins with the UTC second in which the call's first channel was
made, so all rows of a call have one start, and the server's time zone does not matter.

Not all rows of one `linkedid` are of one call: a channel that joins a bridge takes the oldest there
(`ast_bridge_channel_update_linkedids` in Asterisk's bridge_channel.c). An agent who is logged in all
day so lends his to whoever he is connected with. A channel of a device or a trunk that calls the network, or comes from
it, is a call by itself, whatever it is linked with: it has its own `uniqueid`, which all its branches have too. Only where
the exchange's own channels are between, as those of a dialler, a row is half of a call that began elsewhere.

There is no flag for a withheld number: what the callee saw is inside `<>` of the caller id.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from pydantic import Field

from monitor.call import RAW
from monitor.cdr.dialect import Parsed
from monitor.cdr.inside import inside, outside
from monitor.cdr.options import Options, options
from monitor.cdr.reasons import Reason
from monitor.cdr.times import epoch, local, rfc3339
from monitor.cdr.values import rejection
from monitor.config.duration import Duration
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
    apart: Duration = Field(
        timedelta(hours=1),
        description="From when on a channel of the exchange itself (`Local/`) is a call of its own, counted from the first one of "
        "its `linkedid`. Nobody waits longer to be sent on; an agent's session that lends its id to calls lasts longer.",
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
#: An answered call as a word, and as the number that a database has without `dispositionstring`.
_ANSWERED = ("ANSWERED", "8")
_SECOND = r"(\d{9,10})\.\d+$"
#: Channels that the exchange makes for itself, to lead a call elsewhere or to move it.
_WITHIN = r"^(?:Local|AsyncGoto|Surrogate|Bridge|Parked)/"
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
    inbound = pl.col("dcontext").is_in(list(chosen.inbound_contexts)).fill_null(False)
    rows = rows.with_columns(_key=pl.coalesce("linkedid", "uniqueid", about), _inbound=inbound)
    second = epoch(rows["_key"].str.extract(_SECOND))
    rows, second = _apart(rows, second, chosen.apart)
    rows = rows.with_columns(_begin=second.fill_null(rows["_start"]))
    bad = pl.col("_begin").is_null()
    refused = rejection((row, Reason.BAD_TIME, "start") for row in rows.filter(bad)["row"])
    rows = rows.filter(~bad)
    within = (inside(rows, _shown(), pl.col("dst")) | _rings(rows)) & ~rows["_inbound"]
    if chosen.outbound_contexts:
        contexts = list(chosen.outbound_contexts)
        within |= ~(rows["dcontext"].is_in(contexts).fill_null(False) | rows["_inbound"])
    rows = rows.filter(~within)
    made = _folded(rows)
    return Parsed(made, refused, {"leg": rows.height - made.height, "inside": int(within.sum())})


def _apart(rows: pl.DataFrame, second: pl.Series, apart: timedelta) -> tuple[pl.DataFrame, pl.Series]:
    """Rows by the id of their own channel, and its second, where it is of another call than the first of its `linkedid`.

    What a row says of itself decides, so that it is the same call in whatever batch it comes.
    """
    others = rows.select(pl.col("uniqueid") != pl.col("linkedid")).to_series().fill_null(False)
    if not others.any():
        return rows, second
    own = epoch(rows["uniqueid"].set(~others, None).str.extract(_SECOND))
    later = (own - second > apart).fill_null(False)
    by_itself = pl.col("_inbound") | outside(pl.col("dst"))
    for channel in ("channel", "dstchannel"):
        by_itself &= ~pl.col(channel).fill_null("").str.contains(_WITHIN)
    # One whose id is no second (a dialler's own) has a start in each of its branches.
    own_call = later | (own.is_not_null() & rows.select(by_itself).to_series())
    key = pl.when(own_call).then("uniqueid").otherwise("_key")
    return rows.with_columns(_key=key), own.zip_with(own_call, second)


def _folded(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a call: the first branch says who called whom, any branch that it was answered.

    The first: from the network if any is, else to the network; a dialler's call has a half that leads to the agent.
    """
    # Offsets from the row's own start: right in whatever zone the server thinks it is.
    answered = pl.col("_begin") + pl.max_horizontal(pl.col("_answer") - pl.col("_start"), pl.duration())
    ended = pl.col("_begin") + pl.max_horizontal(pl.col("_end") - pl.col("_start"), pl.duration())
    rows = rows.with_columns(
        _answered=pl.when(pl.col("disposition").str.to_uppercase().is_in(_ANSWERED)).then(answered),
        _ended=ended,
        _order=pl.col("sequence").cast(pl.Int64, strict=False).fill_null(0),
        _trunk=_trunk(rows["dstchannel"]),
    )
    if rows["_key"].n_unique() < rows.height:
        firsts = (~pl.col("_inbound"), ~outside(pl.col("dst")), "_order", "row")
        one = {name: pl.col(name).first() for name in ("clid", "src", "dst", "accountcode", "_inbound")}
        rows = (
            rows.sort(*firsts)
            .group_by("_key", maintain_order=True)
            .agg(
                pl.col("row").min(),
                pl.col("_begin").min(),
                pl.col("_answered").min(),
                pl.col("_ended").max(),
                pl.col("_trunk").drop_nulls().first(),
                **one,
            )
            .sort("row")
        )
    return (
        rows.select(
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


def _rings(rows: pl.DataFrame) -> pl.Series:
    """Where an extension was called and its own device rang (`PJSIP/1001-0000001b`), whoever is shown.

    A queue or a group rings each of its members with the number of whoever called from the network; the row of that comes by
    itself, in another batch than that of the call.
    """
    short = rows.select((pl.col("dst").str.len_bytes() <= 6).fill_null(False)).to_series()
    if not short.any():
        return short
    device = pl.col("dstchannel").str.extract(r"^[^/]+/([0-9]{1,6})-[0-9a-fA-F]+$")
    rang = rows.filter(short).select((device == pl.col("dst")).fill_null(False)).to_series()
    return short.scatter(short.arg_true(), rang)


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
