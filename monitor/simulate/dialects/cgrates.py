"""CGRateS's objects: two rating runs of every call, in any order, usage in nanoseconds."""

from __future__ import annotations

import io

import polars as pl

from monitor.simulate.columns import beside, shown

#: The category of calls from the network, which the feed's options must name.
INBOUND_CATEGORY = "call_in"
_NEVER = "0001-01-01T00:00:00Z"


def cgrates_json_objects(frame: pl.DataFrame) -> list[bytes]:
    """An object a rating run; the run that stands for the call comes first for every other one."""
    buffer = io.BytesIO()
    calls = frame.with_row_index("_row")
    odd = pl.col("_row") % 2 == 1
    first, second = (
        calls.with_columns(_run=pl.when(odd).then(pl.lit(run)).otherwise(pl.lit(other)))
        for run, other in (("*costs", "*default"), ("*default", "*costs"))
    )
    beside(first, second).select(_object()).write_ndjson(buffer)
    return buffer.getvalue().splitlines()


def _object() -> list[pl.Expr]:
    form = "%Y-%m-%dT%H:%M:%S%.6fZ"
    talk = (pl.col("ended_at") - pl.col("answered_at")).dt.total_nanoseconds().fill_null(0)
    return [
        pl.col("call_id").alias("CGRID"),
        pl.col("_run").alias("RunID"),
        pl.col("call_id").alias("OriginID"),
        pl.lit("192.0.2.1").alias("OriginHost"),
        pl.lit("*voice").alias("ToR"),
        pl.lit("cgrates.org").alias("Tenant"),
        pl.when(pl.col("direction") == "inbound")
        .then(pl.lit(INBOUND_CATEGORY))
        .otherwise(pl.lit("call"))
        .alias("Category"),
        pl.col("account").alias("Account"),
        pl.col("account").alias("Subject"),
        pl.col("called_number").str.strip_prefix("+").alias("Destination"),
        pl.col("started_at").dt.strftime(form).alias("SetupTime"),
        pl.col("answered_at").dt.strftime(form).fill_null(_NEVER).alias("AnswerTime"),
        # At least a nanosecond, so that an answered call of no length is answered.
        pl.when(pl.col("answered_at").is_null()).then(0).otherwise(pl.max_horizontal(talk, 1)).alias("Usage"),
        pl.struct(
            CLI=shown(),
            PAI="network_number",
            Trunk="trunk",
        ).alias("ExtraFields"),
    ]
