"""Attribution: whose call it is. The record's own word first, then the feed's rules in their order.

The bureau that made a call is kept apart from the organisation on whose behalf it called. What
nobody claims is `unknown`: a bucket that is visible in metrics, and that no verdict is about.
"""

from __future__ import annotations

import polars as pl

from monitor.call import UNKNOWN
from monitor.feed import Feed, Rule

_TEXTS = ("organisation", "bureau", "account", "trunk")


def attribute(calls: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """Fill `organisation` and `bureau`.

    calls: with `organisation`, `bureau`, `account`, `trunk` as the record has them (empty is none),
        and `_own` (UInt64): the organisation's number as sent, before presentation.
    """
    # What is null in every call, as most of these are in most feeds, need not be looked at.
    names = [name for name in _TEXTS if calls[name].null_count() < calls.height]
    calls = calls.with_columns(pl.col(names).str.strip_chars())
    calls = calls.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in names)
    organisation, bureau = pl.col("organisation"), pl.col("bureau")
    if feed.attribution:
        # The condition of the first rule must not be hidden by one that names a bureau alone.
        organisations, bureaus = pl.when(pl.lit(False)).then(None), pl.when(pl.lit(False)).then(None)
        for rule in feed.attribution:
            matches = _matches(rule)
            if rule.organisation is not None:
                organisations = organisations.when(matches).then(pl.lit(rule.organisation))
            if rule.bureau is not None:
                bureaus = bureaus.when(matches).then(pl.lit(rule.bureau))
        calls = calls.with_columns(
            pl.coalesce(organisation, organisations.otherwise(None).cast(pl.String)).alias("organisation"),
            pl.coalesce(bureau, bureaus.otherwise(None).cast(pl.String)).alias("bureau"),
        )
    return calls.with_columns(organisation.fill_null(pl.lit(feed.organisation or UNKNOWN)))


def _matches(rule: Rule) -> pl.Expr:
    """Whether all conditions of a rule hold."""
    conditions = [
        pl.col(column) == value
        for column, value in (("account", rule.account), ("trunk", rule.trunk), ("bureau", rule.bureau_is))
        if value is not None
    ]
    own = pl.col("_own")
    if rule.prefix is not None:
        conditions.append(own.cast(pl.String).str.starts_with(rule.prefix.lstrip("+")))
    if rule.first is not None:
        conditions.append(own.is_between(int(rule.first.lstrip("+")), int(rule.last.lstrip("+"))))
    return pl.all_horizontal(conditions).fill_null(False)
