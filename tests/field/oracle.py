"""The oracle: what the counts must be, by SQL over the records, without a line of the monitor's own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import polars as pl

#: Calls by (organisation, number): each call id once, answered if any record of it says so.
_SQL = """
with calls as (
    select
        feed, call_id,
        any_value(organisation) as organisation,
        any_value(direction) as direction,
        any_value(presentation) as presentation,
        any_value(presented_number) as presented_number,
        any_value(called_number) as called_number,
        bool_or(answered_at is not null) as answered
    from records group by feed, call_id
), told as (
    select *, coalesce(presentation, case when presented_number is null then 'restricted' else 'allowed' end) as shown
    from calls
)
select
    organisation,
    case when direction = 'inbound' then cast(substr(called_number, 2) as ubigint)
         when shown = 'allowed' then cast(substr(presented_number, 2) as ubigint) else 0 end as number,
    count(*) filter (direction = 'outbound') as calls,
    count(*) filter (direction = 'outbound' and answered) as answered,
    count(*) filter (direction = 'outbound' and shown = 'restricted') as withheld,
    count(*) filter (direction = 'inbound') as inbound,
    count(*) filter (direction = 'inbound' and answered) as inbound_answered
from told group by all order by all
"""
COUNTS = ("calls", "answered", "withheld", "inbound", "inbound_answered")


def expected(records: pl.DataFrame) -> pl.DataFrame:
    """Counts by (organisation, number; 0 for none) of canonical records with their `feed`, however often sent."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "records.parquet"
        records.write_parquet(path)
        connection.execute(f"create view records as select * from read_parquet('{path}')")
        rows = connection.execute(_SQL).fetchall()
    return _sorted(pl.DataFrame(rows, ["organisation", "number", *COUNTS], orient="row"))


def counted(usage: pl.DataFrame) -> pl.DataFrame:
    """The same of rows of usage."""
    return _sorted(usage.group_by("organisation", "number").agg(pl.col(*COUNTS).sum()))


def _sorted(frame: pl.DataFrame) -> pl.DataFrame:
    types = {"number": pl.UInt64} | dict.fromkeys(COUNTS, pl.Int64)
    return frame.select("organisation", "number", *COUNTS).cast(types).sort("organisation", "number")
