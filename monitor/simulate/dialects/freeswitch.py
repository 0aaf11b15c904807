"""FreeSWITCH's documents: percent-encoded, a second leg for every answered call, the number behind a privacy header."""

from __future__ import annotations

import io

import polars as pl

from monitor.simulate.columns import beside, shown


def freeswitch_json_documents(frame: pl.DataFrame) -> list[bytes]:
    """A document a leg, each A leg after its B leg, as they end."""
    calls = frame.with_row_index("_row").with_columns(
        _hidden=pl.col("presentation") == "restricted",
        _shown=shown(),
        _uuid=pl.format("{}-c0de-4000-8000-000000000000", pl.col("call_id")),
    )
    legs = calls.filter(pl.col("answered_at").is_not_null())
    buffer = io.BytesIO()
    beside(
        *(part.select("_row", *_document(second)) for part, second in ((legs, True), (calls, False)))
    ).write_ndjson(buffer)
    return buffer.getvalue().splitlines()


def _document(second: bool) -> list[pl.Expr]:
    def micros(name: str) -> pl.Expr:
        return pl.col(name).dt.epoch("us").fill_null(0).cast(pl.String)

    uuid = pl.lit("b-") + pl.col("_uuid") if second else pl.col("_uuid")
    seen = _encoded("_shown")
    asserted = pl.when("_hidden").then(pl.format("sip%3A{}%40carrier.invalid", _encoded("network_number")))
    variables = pl.struct(
        direction=pl.lit("outbound" if second else "inbound"),
        uuid=uuid,
        call_uuid="_uuid",
        originating_leg_uuid=pl.col("_uuid") if second else pl.lit(None, pl.String),
        sip_from_user=seen,
        sip_Privacy=pl.when("_hidden").then(pl.lit("id")),
        accountcode="account",
        user_context=pl.when(pl.col("direction") == "inbound")
        .then(pl.lit("public"))
        .otherwise(pl.lit("customers")),
        sip_gateway_name="trunk",
        start_epoch=pl.col("started_at").dt.epoch("s").cast(pl.String),
        start_uepoch=micros("started_at"),
        answer_uepoch=micros("answered_at"),
        end_uepoch=micros("ended_at"),
        hangup_cause=pl.lit("NORMAL_CLEARING"),
        **{"sip_P-Asserted-Identity": asserted},
    )
    profile = pl.struct(destination_number=_encoded("called_number"), caller_id_number=seen)
    return [
        pl.lit("5e0c0de0-0000-4000-8000-000000000000").alias("core-uuid"),
        variables.alias("variables"),
        pl.concat_list(pl.struct(caller_profile=profile)).alias("callflow"),
    ]


def _encoded(name: str) -> pl.Expr:
    return pl.col(name).str.replace("+", "%2B", literal=True)
