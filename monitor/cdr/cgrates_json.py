"""`cgrates_json`: CGRateS's CDRs as it exports them, one object a rating run.

The same call comes once for each run; the one that is asked for is the call, `*default` unless the
option `run` says otherwise. CGRateS has no field for the number that was shown: the switch puts it
in an extra field, and the option `presented` says in which. Where none of these is there, nothing tells
whether a number was withheld, so it is unavailable and not restricted. CGRateS makes a subject of the
account where the switch sends none, so a subject counts only where it can be a number.
"""

from __future__ import annotations

import re
from typing import Literal

import polars as pl
from pydantic import Field

from monitor.call import RAW
from monitor.cdr import nested
from monitor.cdr.block import Block
from monitor.cdr.dialect import Parsed
from monitor.cdr.options import Options, options
from monitor.cdr.reasons import Reason
from monitor.cdr.times import epoch, rfc3339
from monitor.cdr.values import rejection
from monitor.feed import Feed


class CGRateS(Options):
    """Options of the feed."""

    run: str = Field("*default", description="The rating run that stands for the call.")
    presented: tuple[str, ...] = Field(
        ("ExtraFields.CLI", "ExtraFields.CallerID", "ExtraFields.caller_id_number", "Subject"),
        description="Fields that may hold the shown number; the first that is there counts. An exporter (`*kafka_json_map`) "
        "writes extra fields beside the others: of one it is `[CLI]`, without `ExtraFields.` in front.",
    )
    network: tuple[str, ...] = Field(("ExtraFields.PAI",), description="The same for the network's number.")
    trunk: tuple[str, ...] = Field(("ExtraFields.Trunk", "OriginHost"), description="The same for the trunk.")
    inbound_categories: frozenset[str] = Field(
        frozenset(), description="Values of `Category` of calls that come in from the network."
    )
    organisation_from: Literal["Tenant", "Account", "Subject"] | None = Field(
        None, description="The field that names the organisation; by default the feed's rules do."
    )


OPTIONS = CGRateS
_FIELDS = (
    *("CGRID", "RunID", "OriginID", "OriginHost", "ToR", "Tenant", "Account", "Subject", "Destination"),
    "Category",
    *("SetupTime", "AnswerTime", "Usage"),
)
#: What a text has that can be called back: as many digits as the shortest number of a country with its code.
_NUMBER = r"[0-9]{7}"
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def parse(values: Block, feed: Feed) -> Parsed:
    """One object a value."""
    chosen = options(feed, CGRateS)
    paths = tuple(dict.fromkeys([*_FIELDS, *chosen.presented, *chosen.network, *chosen.trunk]))
    return nested.parse(values, paths, lambda frame: _calls(frame, feed, chosen))


def frame(frame: pl.DataFrame, feed: Feed) -> Parsed:
    """Objects with extra fields have no columns."""
    return Parsed(rejected=rejection((row, Reason.WRONG_COLUMNS, "objects") for row in range(frame.height)))


def _calls(rows: pl.DataFrame, feed: Feed, chosen: CGRateS) -> Parsed:
    there = {" or ".join(said): _there(rows, said) for said in _told(chosen)}
    other = (pl.col("RunID") != chosen.run).fill_null(False)
    silent = (pl.col("ToR") != "*voice").fill_null(False)
    counts = rows.select(run=other.sum(), silent=(silent & ~other).sum()).row(0)
    rows = rows.filter(~other & ~silent)
    key = pl.coalesce(_filled("CGRID"), _filled("OriginID"))
    refused = rejection((row, Reason.MISSING_FIELD, "CGRID") for row in rows.filter(key.is_null())["row"])
    rows = rows.filter(key.is_not_null())
    setup, answer = (_instants(rows[name], feed.zone) for name in ("SetupTime", "AnswerTime"))
    seconds = _seconds(rows["Usage"])
    lasts = (seconds * 1e6).cast(pl.Int64).cast(pl.Duration("us"))
    answered = answer.set(~((seconds > 0).fill_null(False)), None)
    begun = setup.fill_null(answer)
    calls = rows.with_columns(
        call_id=key,
        started_at=begun,
        answered_at=answered,
        ended_at=answered.fill_null(begun) + lasts,
        direction=pl.when(pl.col("Category").is_in(list(chosen.inbound_categories)))
        .then(pl.lit("inbound"))
        .otherwise(pl.lit("outbound")),
        presented_number=pl.coalesce(*(_shown(name) for name in chosen.presented), pl.lit("unavailable")),
        network_number=pl.coalesce(*(_filled(name) for name in chosen.network)),
        presentation=pl.lit(None, pl.String),
        called_number=pl.col("Destination"),
        organisation=pl.col(chosen.organisation_from)
        if chosen.organisation_from
        else pl.lit(None, pl.String),
        account=pl.col("Account"),
        trunk=pl.coalesce(*(_filled(name) for name in chosen.trunk)),
        bureau=pl.lit(None, pl.String),
    ).select(*RAW)
    folded = dict(zip(("rating_run", "not_voice"), counts, strict=True))
    return Parsed(calls.cast(dict(RAW)), refused, folded, there=there)


def _told(chosen: CGRateS) -> list[tuple[str, ...]]:
    """The fields that the feed's options name: of those that are looked for by default most are nowhere."""
    names = (name for name in ("presented", "network", "trunk") if name in chosen.model_fields_set)
    return [getattr(chosen, name) for name in names]


def _there(rows: pl.DataFrame, names: tuple[str, ...]) -> int:
    """Records that have one of some fields."""
    return rows.select(pl.any_horizontal(pl.col(name).is_not_null() for name in names).sum()).item()


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name))


def _shown(name: str) -> pl.Expr:
    if name not in ("Subject", "Account"):
        return pl.col(name)
    return pl.when(pl.col(name).str.contains(_NUMBER)).then(pl.col(name))


def _instants(texts: pl.Series, zone: str) -> pl.Series:
    """Go's "no time" is the year 1. Where a switch's own time was passed on, it may be seconds since 1970."""
    read = rfc3339(texts, zone)
    if read.null_count() > texts.null_count():
        read = read.fill_null(epoch(texts.str.extract(r"^(\d{9,10}(?:\.\d+)?)$")))
    return read.set((read.dt.year() < 1971).fill_null(False), None)


def _seconds(texts: pl.Series) -> pl.Series:
    """Seconds of a usage: a count of nanoseconds, or Go's `1h2m3.5s`."""
    seconds = texts.cast(pl.Float64, strict=False) * 1e-9
    if seconds.null_count() > texts.null_count():
        written = [
            _go(text) if count is None and text else None for text, count in zip(texts, seconds, strict=True)
        ]
        seconds = seconds.fill_null(pl.Series(written, dtype=pl.Float64))
    return seconds.fill_nan(None).fill_null(0.0).clip(0, 10**7)


def _go(text: str) -> float | None:

    parts = re.findall(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
