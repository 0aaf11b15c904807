"""From what a dialect read to the canonical call: times, numbers, whose it is, and pseudonyms.

After this step no called number is readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import polars_hash as plh

from monitor.attribution import Attribution
from monitor.call import CALLS, LONGEST_NAME, UNKNOWN
from monitor.cdr import Parsed, Reason
from monitor.cdr.times import not_before
from monitor.cdr.values import unflawed
from monitor.day.nearby import same_area
from monitor.feed import Feed
from monitor.number import ALLOWED, UNAVAILABLE, Numbers, reading
from monitor.numbering.spelling import long_run
from monitor.privacy import Pseudonyms

#: Digits of a number's end that tell whose it is, however it begins.
_TELLING = 8
_DIGITS = f"[0-9]{{{_TELLING}}}"
_LATER = ("answered_at", "ended_at")
#: No call rings or lasts for longer: an instant behind it is a database's word for "never" (2038-01-19, 9999-12-31).
_LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Canonical:
    """`calls`: the columns of `CALLS` and `row`; `rejected`: what has an absurd time or number."""

    calls: pl.DataFrame
    rejected: pl.DataFrame


def canonicalise(
    parsed: Parsed,
    feed: Feed,
    pseudonyms: Pseudonyms,
    *,
    now: datetime,
    attribution: Attribution | None = None,
) -> Canonical:
    """Make canonical calls of a parsed batch.

    now: when the batch arrived, to tell calls of a future that can't be. attribution: by default that of the feed alone,
        without a reference.
    """
    raw = parsed.calls
    outbound = raw["direction"] == "outbound"
    with reading(feed.region) as numbers:
        shown = numbers.shown(raw["presented_number"], outbound.to_numpy())
        called, called_long = numbers.digits(raw["called_number"])
        network = _network(numbers, raw["network_number"], outbound.to_numpy())
    frame = raw.with_columns(
        *shown.rename(
            {"number": "_shown", "presentation": "_read", "defect": "_defect", "too_long": "_long"}
        ).get_columns(),
        called.alias("_called"),
        called_long.alias("_called_long"),
        network.alias("_network"),
        outbound.alias("_outbound"),
    )
    frame, rejected = _refuse(frame, feed, now)
    frame = frame.with_columns(_as_finely(name) for name in _LATER)
    calls = _numbered(
        frame.with_columns(not_before(frame[name], frame["started_at"], feed.zone) for name in _LATER)
    )
    calls = _apart(_unnamed((attribution or Attribution(feed)).of(calls)), feed)
    calls = calls.with_columns(
        pseudonyms.of(calls["_person"]).alias("person"),
        ids(calls["call_id"], feed.id_space).alias("id"),
        pl.lit(feed.name).alias("feed"),
        same_area(feed.region, calls["number"], calls["_called"]),
    )
    return Canonical(calls.select("row", *CALLS).cast({"row": pl.UInt32, **CALLS}), rejected)


def _network(numbers: Numbers, texts: pl.Series, outbound: np.ndarray) -> pl.Series:
    """What the network says of an organisation that calls. What it says of a person who calls one is not kept."""
    asserted = np.flatnonzero(outbound & texts.is_not_null().to_numpy())
    known = pl.repeat(None, len(texts), dtype=pl.UInt64, eager=True)
    if not len(asserted):
        return known
    return known.scatter(asserted, numbers.shown(texts.gather(asserted))["number"])


def _refuse(frame: pl.DataFrame, feed: Feed, now: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    started = pl.col("started_at")
    flaws = (
        (started.is_null(), Reason.BAD_TIME, "started_at"),
        (started < pl.lit(feed.earliest), Reason.TOO_EARLY, "started_at"),
        (started > pl.lit(now + feed.future_tolerance), Reason.IN_FUTURE, "started_at"),
        (pl.col("_long"), Reason.BAD_NUMBER, "presented_number"),
        (pl.col("_called_long"), Reason.BAD_NUMBER, "called_number"),
        *(
            (pl.col(name).str.len_bytes() > LONGEST_NAME, Reason.TOO_LONG, name)
            for name in ("organisation", "account", "trunk", "bureau")
            if frame[name].null_count() < frame.height
        ),
    )
    return unflawed(frame, flaws)


def _as_finely(name: str) -> pl.Expr:
    """Instants written in whole seconds, of calls whose start has fractions: within its second they are the start."""
    at, started = pl.col(name), pl.col("started_at")
    return (
        pl.when((at < started) & (at > started - timedelta(seconds=1)))
        .then(started)
        .otherwise(at)
        .alias(name)
    )


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """The organisation's number and the other party's, by direction, and what is shown of them.

    An instant after the start that lies before it is none: switches say 0 or 1970 for "did not happen". So is one that lies weeks
    behind it, since databases say 2038 or 9999 for that.
    """
    started, outbound = pl.col("started_at"), pl.col("_outbound")
    said, read = pl.col("presentation"), pl.col("_read")
    # A number that reads as withheld is, whatever the flag says; a flag hides a number that is there. Where there is no
    # number at all and the flag says that it was shown, nobody withheld it: it got lost on the way here.
    hidden = read != ALLOWED
    lost = pl.col("presented_number").fill_null("") == ""
    presentation = (
        pl.when(lost & (said == ALLOWED))
        .then(pl.lit(UNAVAILABLE))
        .when(hidden & (said.is_null() | (said == ALLOWED)))
        .then(read)
        .when(said.is_null())
        .then(pl.lit(ALLOWED))
        .otherwise(said)
    )
    visible = pl.col("presentation") == ALLOWED
    return frame.with_columns(
        presentation.alias("presentation"),
        *(
            pl.when(pl.col(name).is_between(started, started + _LONGEST)).then(pl.col(name)).alias(name)
            for name in _LATER
        ),
        pl.when(outbound).then(pl.coalesce("_shown", "_network")).otherwise(pl.col("_called")).alias("_own"),
        pl.col("_network").alias("network_number"),
    ).with_columns(
        pl.when(~outbound).then(pl.col("_called")).when(visible).then(pl.col("_shown")).alias("number"),
        pl.when(outbound & visible).then(pl.col("_defect")).alias("defect"),
        pl.when(outbound).then(pl.col("_called")).when(visible).then(pl.col("_shown")).alias("_person"),
    )


def _unnamed(calls: pl.DataFrame) -> pl.DataFrame:
    """The calls without texts that name the other party by its number: a gateway or an account that was made of it.

    Whose call it is has been told from them by now.
    """
    blanked = []
    for name in ("account", "trunk", "bureau"):
        if not long_run(calls[name], _TELLING):
            continue
        rows = calls[name].str.contains(_DIGITS).fill_null(False).arg_true()
        told = calls.select(pl.col(name, "_person").gather(rows))
        number = pl.col("_person").cast(pl.String)
        end = pl.when(number.str.len_bytes() >= _TELLING).then(number.str.tail(_TELLING))
        named = told.select(pl.col(name).str.contains(end, literal=True).fill_null(False)).to_series()
        if named.any():
            blanked.append(calls[name].scatter(rows.filter(named), None))
    return calls.with_columns(blanked)


def _apart(calls: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """The calls that nothing names under the name of their account or trunk, where the feed says so.

    After those texts lost whatever names the other party, since names are told; one of nearly the length that a name may have stays
    without.
    """
    if feed.unnamed == "together":
        return calls
    place = pl.col(feed.unnamed)
    name = pl.format("{} {} ({})", pl.lit(feed.unnamed), place, pl.lit(feed.name))
    apart = (pl.col("organisation") == UNKNOWN) & place.is_not_null() & (name.str.len_bytes() <= LONGEST_NAME)
    return calls.with_columns(
        pl.when(apart).then(name).otherwise(pl.col("organisation")).alias("organisation")
    )


def ids(call_ids: pl.Series, space: str) -> pl.Series:
    """Stable 64-bit hashes (xxHash64) of the call ids within their space."""
    frame = pl.DataFrame({"key": call_ids})
    return frame.select(plh.concat_str(pl.lit(f"{space}\0"), pl.col("key")).nchash.xxhash64()).to_series()
